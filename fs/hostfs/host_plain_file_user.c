// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_file - reading, writing and listing open files
 */
#include "host_own_user.h"

#include <limits.h>
#include <linux/falloc.h>
#include <sys/uio.h>

/* struct host_iovec goes to the host as it is. */
_Static_assert(sizeof(struct host_iovec) == sizeof(struct iovec) &&
	       offsetof(struct host_iovec, length) ==
	       offsetof(struct iovec, iov_len), "host_iovec is struct iovec");

#ifndef RWF_DSYNC
# define RWF_DSYNC	0x02
# define RWF_SYNC	0x04
# define RWF_NOWAIT	0x08
#endif
#ifndef RWF_APPEND
# define RWF_APPEND	0x10
#endif
#ifndef RWF_NOAPPEND
# define RWF_NOAPPEND	0x20	/* Linux 6.9 */
#endif

void host_plain_close(struct host_file *file)
{
	if (!file)
		return;
	host_close_fd(file->fd);
	pthread_mutex_destroy(&file->position_lock);
	host_node_put(file->dir);
	host_free(file);
}

static int io_flags(uint32_t flags)
{
	return (flags & HOST_NOWAIT ? RWF_NOWAIT : 0) |
	       (flags & HOST_IO_DSYNC ? RWF_DSYNC : 0) |
	       (flags & HOST_IO_SYNC ? RWF_SYNC : 0);
}

int64_t host_plain_read(struct host_file *file, const struct host_iovec *iov,
			uint32_t count, uint64_t offset, uint32_t flags)
{
	const struct iovec *vec = (const struct iovec *)iov;

	if (offset > INT64_MAX)
		return -EINVAL;		/* -1 is the descriptor's position */
	if (count > IOV_MAX)
		count = IOV_MAX;	/* a short read */
	return HOST_OWN_OBJECT(file->fd, HOST_EVENT_ACCESS,
			       HOST_CALL(READ, preadv2(file->fd, vec, count,
						       offset, io_flags(flags))));
}

/* Append or not, when that is not what the descriptor does by itself. */
static int append_flags(struct host_file *file, uint32_t flags)
{
	bool opened = file->flags & HOST_APPEND;
	bool does = opened && !atomic_load(&file->append_dropped);
	bool want = flags & HOST_IO_APPEND ? true :
		    flags & HOST_IO_NOAPPEND ? false : opened;

	if (want == does)
		return 0;
	return want ? RWF_APPEND : RWF_NOAPPEND;
}

/*
 * For hosts without RWF_NOAPPEND: the descriptor is ours alone, so it loses
 * O_APPEND, and writes that append say so from now on.
 */
static int append_drop(struct host_file *file)
{
	int flags = HOST_CALL(OTHER, fcntl(file->fd, F_GETFL));

	if (flags >= 0)
		flags = HOST_CALL(OTHER, fcntl(file->fd, F_SETFL,
					       flags & ~O_APPEND));
	if (flags < 0)
		return flags;
	atomic_store(&file->append_dropped, true);
	return 0;
}

static int64_t write_once(struct host_file *file, const struct iovec *vec,
			  uint32_t count, uint64_t offset, int how)
{
	return HOST_OWN_OBJECT(file->fd, HOST_CHANGED,
			       HOST_CALL(WRITE, pwritev2(file->fd, vec, count,
							 offset, how)));
}

int64_t host_plain_write(struct host_file *file, const struct host_iovec *iov,
			 uint32_t count, uint64_t offset, uint32_t flags)
{
	const struct iovec *vec = (const struct iovec *)iov;
	int how = io_flags(flags), append = append_flags(file, flags);
	int64_t result = host_tree_may(file->tree, HOST_GROW);

	if (result)
		return result;
	if (offset > INT64_MAX)
		return -EINVAL;		/* -1 is the descriptor's position */
	if ((flags & HOST_IO_NOAPPEND) && (file->flags & HOST_APPEND) &&
	    (file->tree->fs.flags & HOST_APPENDONLY))
		return -EPERM;
	if (count > IOV_MAX)
		count = IOV_MAX;	/* a short write */
	result = write_once(file, vec, count, offset, how | append);
	if (result != -EOPNOTSUPP || append != RWF_NOAPPEND ||
	    (flags & HOST_NOWAIT))
		return result;
	result = append_drop(file);
	return result ? result : write_once(file, vec, count, offset, how);
}

/* Where the host stands after `bytes` of entries: behind the last of them. */
static int64_t last_position(const char *entries, int64_t bytes, int64_t before)
{
	int64_t position = before;

	for (int64_t at = 0; at < bytes; ) {
		struct host_dirent entry;

		memcpy(&entry, entries + at, sizeof(entry));
		if (entry.reclen == 0)
			return -1;	/* broken: seek the next time */
		position = entry.next;
		at += entry.reclen;
	}
	return position;
}

int64_t host_plain_readdir(struct host_file *file, int64_t position,
			   void *entries, uint64_t size)
{
	int64_t result = 0;

	if (file->type != S_IFDIR)
		return -ENOTDIR;
	if (position < 0)
		return -EINVAL;
	if (size > INT32_MAX)
		size = INT32_MAX;
	pthread_mutex_lock(&file->position_lock);
	if (position != file->position)
		result = HOST_CALL(READDIR, lseek(file->fd, position, SEEK_SET));
	if (result >= 0)
		result = HOST_OWN_OBJECT(file->fd, HOST_EVENT_ACCESS,
			HOST_CALL(READDIR, syscall(SYS_getdents64, file->fd,
						   entries, size)));
	file->position = result < 0 ? -1 :
			 last_position(entries, result, position);
	pthread_mutex_unlock(&file->position_lock);
	return result;
}

int host_plain_fsync(struct host_file *file, int datasync)
{
	return datasync ? HOST_CALL(OTHER, fdatasync(file->fd)) :
			  HOST_CALL(OTHER, fsync(file->fd));
}

/* chattr +a leaves preallocation only, as vfs_fallocate() has it. */
int host_plain_fallocate(struct host_file *file, int mode, uint64_t offset,
			 uint64_t length)
{
	int error = host_tree_may(file->tree, mode & ~FALLOC_FL_KEEP_SIZE ?
				  HOST_ALTER : HOST_GROW);

	if (error)
		return error;
	if (offset > INT64_MAX || length > INT64_MAX)
		return -EFBIG;
	return HOST_OWN_OBJECT(file->fd, HOST_CHANGED,
			       HOST_CALL(OTHER, fallocate(file->fd, mode, offset,
							  length)));
}

/* The descriptor's own position is of no use to anybody but readdir. */
int64_t host_plain_seek(struct host_file *file, uint64_t offset, int data)
{
	if (file->type == S_IFDIR)
		return -EINVAL;
	if (offset > INT64_MAX)
		return -ENXIO;
	return HOST_CALL(OTHER, lseek(file->fd, offset,
				      data ? SEEK_DATA : SEEK_HOLE));
}
