// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_lock - locks that exclude processes of the host and other guests
 *
 * The guest is one process to the host, so the host's POSIX locks, which belong
 * to a process, cannot tell the guest's processes apart and would be lost at
 * any close. So both POSIX and OFD locks are OFD locks here, of the descriptor
 * that the caller names. flock(2) is flock(2).
 *
 * A wait blocks the calling thread, and with it its virtual CPU: with `wait`
 * this is for workers, whose waits host_job_cancel() ends.
 */
#include "host_user.h"

#include <sys/file.h>

static int lock_flock(int fd, const struct host_lock *lock)
{
	static const int operations[] = {
		[HOST_LOCK_READ]  = LOCK_SH,
		[HOST_LOCK_WRITE] = LOCK_EX,
		[HOST_LOCK_NONE]  = LOCK_UN,
	};
	int operation = operations[lock->type] | (lock->wait ? 0 : LOCK_NB);
	int result;

	host_tally(HOST_COUNT_OTHER);
	/* Not HOST_CALL: -EINTR ends a wait. */
	result = flock(fd, operation);
	return result < 0 ? -errno : 0;
}

static void lock_range(const struct host_lock *lock, struct flock *ret)
{
	static const short types[] = {
		[HOST_LOCK_READ]  = F_RDLCK,
		[HOST_LOCK_WRITE] = F_WRLCK,
		[HOST_LOCK_NONE]  = F_UNLCK,
	};

	memset(ret, 0, sizeof(*ret));	/* l_pid has to be 0 */
	ret->l_type = types[lock->type];
	ret->l_whence = SEEK_SET;
	ret->l_start = lock->start;
	ret->l_len = lock->length;
}

static int lock_check(const struct host_lock *lock)
{
	if (lock->type > HOST_LOCK_NONE || lock->kind > HOST_LOCK_FLOCK ||
	    lock->start < 0 || lock->length < 0)
		return -EINVAL;
	return 0;
}

int host_plain_setlock(struct host_file *file, const struct host_lock *lock)
{
	struct flock range;
	int error = lock_check(lock);

	if (error)
		return error;
	if (lock->kind == HOST_LOCK_FLOCK)
		return lock_flock(file->fd, lock);
	lock_range(lock, &range);
	host_tally(HOST_COUNT_OTHER);
	/* Not HOST_CALL: -EINTR ends a wait. */
	error = fcntl(file->fd, lock->wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
	return error < 0 ? -errno : 0;
}

/* Who stands in the way of *lock? It is that lock afterwards, or of type NONE. */
int host_plain_getlock(struct host_file *file, struct host_lock *lock)
{
	struct flock range;
	int error = lock_check(lock);

	if (error)
		return error;
	/* flock(2) has no such question, and NONE stands in nobody's way. */
	if (lock->kind == HOST_LOCK_FLOCK || lock->type == HOST_LOCK_NONE)
		return -EINVAL;
	lock_range(lock, &range);
	error = HOST_CALL(OTHER, fcntl(file->fd, F_OFD_GETLK, &range));
	if (error)
		return error;
	if (range.l_type == F_UNLCK) {
		lock->type = HOST_LOCK_NONE;
		return 0;
	}
	lock->type = range.l_type == F_RDLCK ? HOST_LOCK_READ : HOST_LOCK_WRITE;
	lock->start = range.l_start;
	lock->length = range.l_len;
	lock->pid = range.l_pid > 0 ? range.l_pid : 0;	/* -1: an OFD lock */
	return 0;
}
