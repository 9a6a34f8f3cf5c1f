// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - locks that processes of the host respect, and the reverse
 *
 * flock(2) and open-file-description locks belong to an open file, and every
 * open file of the guest has its own on the host: the host decides about them,
 * between guest processes too. The guest's table only shows them (/proc/locks).
 * A wait is not the host's, which would stop a virtual CPU: it is asked again,
 * at growing intervals, until it agrees or a signal comes.
 *
 * POSIX locks belong to a process, and the host knows only one; they are kept
 * within the guest.
 */
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include "hostfs.h"

#define HOSTFS_LOCK_WAIT_MAX	(HZ / 20)

static void hostfs_lock_wanted(const struct file_lock *fl, u32 kind,
			       struct host_lock *ret)
{
	*ret = (struct host_lock){ .kind = kind, .type = HOST_LOCK_NONE };
	if (fl->c.flc_type == F_RDLCK)
		ret->type = HOST_LOCK_READ;
	else if (fl->c.flc_type == F_WRLCK)
		ret->type = HOST_LOCK_WRITE;
	if (kind == HOST_LOCK_FLOCK)
		return;
	ret->start = fl->fl_start;
	if (fl->fl_end != OFFSET_MAX)
		ret->length = fl->fl_end - fl->fl_start + 1;
}

/* Ask the host until it agrees, or, without FL_SLEEP, once. */
static int hostfs_lock_host(struct file *file, const struct file_lock *fl,
			    const struct host_lock *lock)
{
	long wait = 1;
	int err;

	for (;;) {
		err = hostfs_call(file_inode(file), setlock,
				  hostfs_file(file)->host, lock);
		/* -EACCES: fcntl(2) may say so instead. */
		if (err != -EAGAIN && err != -EACCES)
			return err;
		if (!(fl->c.flc_flags & FL_SLEEP))
			return -EAGAIN;
		schedule_timeout_interruptible(wait);
		if (signal_pending(current))
			return -ERESTARTSYS;
		wait = min(2 * wait, (long)HOSTFS_LOCK_WAIT_MAX);
	}
}

static int hostfs_lock_both(struct file *file, struct file_lock *fl, u32 kind)
{
	struct host_lock lock;
	int err, late;

	hostfs_lock_wanted(fl, kind, &lock);
	if (lock.type == HOST_LOCK_NONE) {
		err = locks_lock_file_wait(file, fl);
		late = hostfs_lock_host(file, fl, &lock);
		return err ?: late;
	}
	err = hostfs_lock_host(file, fl, &lock);
	if (err)
		return err;
	err = locks_lock_file_wait(file, fl);
	if (err) {
		lock.type = HOST_LOCK_NONE;
		(void)hostfs_lock_host(file, fl, &lock);
	}
	return err;
}

int hostfs_flock(struct file *file, int cmd, struct file_lock *fl)
{
	return hostfs_lock_both(file, fl, HOST_LOCK_FLOCK);
}

/* Who is in the way? Of the guest's processes first, then of the host's. */
static int hostfs_getlk(struct file *file, struct file_lock *fl)
{
	unsigned char wanted = fl->c.flc_type;
	struct host_lock lock;
	int err;

	posix_test_lock(file, fl);
	if (fl->c.flc_type != F_UNLCK)
		return 0;
	fl->c.flc_type = wanted;
	hostfs_lock_wanted(fl, HOST_LOCK_OFD, &lock);
	err = hostfs_call(file_inode(file), getlock, hostfs_file(file)->host,
			  &lock);
	if (err)
		return err;
	if (lock.type == HOST_LOCK_NONE) {
		fl->c.flc_type = F_UNLCK;
		return 0;
	}
	fl->c.flc_type = lock.type == HOST_LOCK_READ ? F_RDLCK : F_WRLCK;
	fl->fl_start = lock.start;
	fl->fl_end = lock.length ? lock.start + lock.length - 1 : OFFSET_MAX;
	fl->c.flc_pid = 0;	/* nobody that the guest could name */
	return 0;
}

int hostfs_lock(struct file *file, int cmd, struct file_lock *fl)
{
	bool ofd = fl->c.flc_flags & FL_OFDLCK;

	if (cmd == F_CANCELLK)
		return 0;
	if (cmd == F_GETLK && ofd)
		return hostfs_getlk(file, fl);
	if (cmd == F_GETLK) {
		posix_test_lock(file, fl);
		return 0;
	}
	if (ofd)
		return hostfs_lock_both(file, fl, HOST_LOCK_OFD);
	/* The caller waits for those that are blocked. */
	return posix_lock_file(file, fl, NULL);
}
