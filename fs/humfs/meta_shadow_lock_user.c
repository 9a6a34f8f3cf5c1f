// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow_lock - the shadow store's lock, and the count by which readers know
 * that nothing has changed
 */
#include "meta_shadow.h"

#include <sys/mman.h>

#define LOCK_SIZE	4096	/* bytes; the count is at the front */

/* For writing, or for reading only: then there may be none. */
static int open_lock(const struct hmeta_shadow *shadow)
{
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, fd = -EROFS;

	if (shadow->writable)
		fd = HOST_OPEN(openat(shadow->fd, HMETA_SHADOW_LOCK,
				      O_RDWR | O_CREAT | flags, 0600));
	if (fd == -EROFS || fd == -EACCES || fd == -EPERM)
		fd = HOST_OPEN(openat(shadow->fd, HMETA_SHADOW_LOCK,
				      O_RDONLY | flags));
	return fd;
}

/* Room on the disk, too: a store to the page must not find it full. */
static int fill_lock(const struct hmeta_shadow *shadow, int fd)
{
	struct host_attr attr;
	int error = host_statx(fd, "", &attr);

	if (error)
		return error;
	if ((attr.mode & S_IFMT) != S_IFREG)
		return -EIO;
	if (attr.size >= LOCK_SIZE)
		return 0;
	if (!shadow->writable)
		return -ENOENT;
	error = HOST_CALL(OTHER, fallocate(fd, 0, 0, LOCK_SIZE));
	if (error == -EOPNOTSUPP)
		error = HOST_CALL(OTHER, ftruncate(fd, LOCK_SIZE));
	return error;
}

/* Of a pointer that mmap(2) returns. */
static int64_t map(const struct hmeta_shadow *shadow, int fd)
{
	return syscall(SYS_mmap, NULL, LOCK_SIZE, shadow->writable ?
		       PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0L);
}

int hmeta_shadow_lock_open(struct hmeta_shadow *shadow)
{
	int64_t page;
	int error;

	shadow->lock_fd = open_lock(shadow);
	/* Only looked at, and nobody has ever changed it. */
	if (!shadow->writable && shadow->lock_fd < 0)
		return 0;
	if (shadow->lock_fd < 0)
		return shadow->lock_fd;
	error = fill_lock(shadow, shadow->lock_fd);
	if (error == 0) {
		page = HOST_CALL(OTHER, map(shadow, shadow->lock_fd));
		error = page < 0 && page > -4096 ? (int)page : 0;
	}
	if (error == 0)
		shadow->count = (_Atomic uint64_t *)(intptr_t)page;
	return error == -ENOENT ? 0 : error;
}

void hmeta_shadow_lock_close(struct hmeta_shadow *shadow)
{
	if (shadow->count)
		(void)syscall(SYS_munmap, (void *)shadow->count, LOCK_SIZE);
	if (shadow->lock_fd >= 0)
		host_close_fd(shadow->lock_fd);
}

static int lock_file(const struct hmeta_shadow *shadow, short type)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET };
	int error = HOST_CALL(OTHER, fcntl(shadow->lock_fd, F_OFD_SETLKW,
					   &range));

	/* A host file system without locks: between guests there are none. */
	if (error == -ENOLCK || error == -EINVAL || error == -EOPNOTSUPP)
		error = 0;
	return error;
}

/* No HOST_CALL: it waits for nothing, and fails only where locking failed. */
static void unlock_file(struct hmeta_shadow *shadow)
{
	const struct flock range = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	(void)fcntl(shadow->lock_fd, F_OFD_SETLK, &range);
	pthread_mutex_unlock(&shadow->lock);
}

/* Who cannot write waits until nobody changes anything. */
int hmeta_shadow_lock(struct hmeta_shadow *shadow)
{
	uint64_t count;
	int error;

	if (!shadow->count)
		return -EROFS;
	hmeta_lock_wait(&shadow->lock);
	error = lock_file(shadow, shadow->writable ? F_WRLCK : F_RDLCK);
	if (error) {
		pthread_mutex_unlock(&shadow->lock);
		return error;
	}
	count = atomic_load(shadow->count);
	if (!shadow->writable) {
		/* Somebody was killed in the middle, and we cannot end it. */
		if ((count & 1) && hmeta_shadow_noted(shadow)) {
			hmeta_shadow_unlock(shadow);
			return -EIO;
		}
		return 0;
	}
	/* Odd, and another than it was: readers are to begin anew. */
	atomic_store(shadow->count, (count | 1) + (count & 1 ? 2 : 0));
	/* Somebody was killed (odd), or the machine was, which no count tells. */
	if (!(count & 1) && atomic_load(&shadow->recovered))
		return 0;
	error = hmeta_shadow_recover(shadow);
	atomic_store(&shadow->recovered, error == 0);
	if (error) {
		/* It stays odd: what the note says is not done. */
		unlock_file(shadow);
	}
	return error;
}

void hmeta_shadow_unlock(struct hmeta_shadow *shadow)
{
	/* Odd as long as there is something to be ended. */
	if (shadow->writable)
		atomic_fetch_add(shadow->count,
				 atomic_load(&shadow->recovered) ? 1 : 2);
	unlock_file(shadow);
}
