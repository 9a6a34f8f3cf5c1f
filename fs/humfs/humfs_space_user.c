// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_space - operations on data in a tree with limits: room is taken before
 * them, and what they did not need is given back
 */
#include "humfs_user.h"

#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define UNIT_MAX	65536u	/* bytes; more is no block but a good size of I/O */
#define UNIT_MIN	4096u
#define EXTENTS_MAX	100000	/* looked at for one operation */

/* What one operation on a file takes. */
struct space {
	struct humfs_quota *quota;
	int fd;
	struct host_attr before;
	uint64_t taken;		/* bytes */
};

static uint64_t unit_of(const struct host_attr *attr)
{
	return attr->blksize >= UNIT_MIN && attr->blksize <= UNIT_MAX ?
	       attr->blksize : UNIT_MIN;
}

static int space_begin(struct host_file *file, struct space *ret)
{
	ret->quota = humfs_of(file->tree)->quota;
	ret->fd = file->fd;
	ret->taken = 0;
	return host_statx(file->fd, "", &ret->before);
}

/* It was done, or failed: how much has it used? */
static void space_end(const struct space *space)
{
	int64_t used = -(int64_t)space->taken;
	struct host_attr after;

	if (host_statx(space->fd, "", &after) == 0)
		used += (int64_t)humfs_quota_bytes(&after) -
			(int64_t)humfs_quota_bytes(&space->before);
	humfs_quota_add(space->quota, HUMFS_BYTES, used);
}

/* --- what a range has already ---------------------------------------------------- */

/* The first part of [at, end) that has blocks; none: *ret_from is end. */
static void next_extent(int fd, uint64_t at, uint64_t end, uint64_t *ret_from,
			uint64_t *ret_to)
{
	union {
		struct fiemap map;
		char space[sizeof(struct fiemap) +
			   sizeof(struct fiemap_extent)];
	} arg;
	struct fiemap_extent *extent = arg.map.fm_extents;
	int64_t from, to;

	*ret_from = *ret_to = end;
	memset(&arg, 0, sizeof(arg));
	arg.map.fm_start = at;
	arg.map.fm_length = end - at;
	arg.map.fm_extent_count = 1;
	if (HOST_CALL(OTHER, ioctl(fd, FS_IOC_FIEMAP, &arg)) == 0) {
		if (arg.map.fm_mapped_extents) {
			*ret_from = extent->fe_logical;
			*ret_to = extent->fe_logical + extent->fe_length;
		}
		return;
	}
	/* Without it (tmpfs): what is set aside and not written is not known. */
	from = HOST_CALL(OTHER, lseek(fd, at, SEEK_DATA));
	to = from < 0 ? from : HOST_CALL(OTHER, lseek(fd, from, SEEK_HOLE));
	if (to > from && from < (int64_t)end) {
		*ret_from = from;
		*ret_to = to;
	}
}

/*
 * How far from `start` can be written with `room` bytes? *ret_cost: what that takes.
 * Return: the offset, at most end.
 */
static uint64_t reach(const struct space *space, uint64_t start, uint64_t end,
		      uint64_t room, uint64_t *ret_cost)
{
	uint64_t unit = unit_of(&space->before), from, to;
	uint64_t at = start / unit * unit, last;

	last = (end + unit - 1) / unit * unit;
	room = room / unit * unit;
	*ret_cost = 0;
	for (int left = EXTENTS_MAX; at < last && left; left--) {
		next_extent(space->fd, at, last, &from, &to);
		from = from < at ? at : from / unit * unit;
		if (from - at > room) {
			*ret_cost += room;
			at += room;
			break;
		}
		*ret_cost += from - at;
		room -= from - at;
		if (from >= last || to <= at)
			at = last;
		else
			at = (to + unit - 1) / unit * unit;
	}
	return at < end ? at : end;
}

/*
 * Take room for [start, start + length), or for as much of it as there is room
 * for. Return: that length, 0: not even for its beginning.
 */
static uint64_t space_take(struct space *space, uint64_t start, uint64_t length)
{
	uint64_t unit = unit_of(&space->before), most, cost, end;

	/* Both ends may be in the middle of a block. */
	most = (length + 2 * unit - 1) / unit * unit;
	if (length > INT64_MAX - start - 2 * unit)
		return 0;
	if (humfs_quota_take(space->quota, HUMFS_BYTES, most)) {
		space->taken = most;
		return length;
	}
	for (int tries = 0; tries < 8; tries++) {
		end = reach(space, start, start + length,
			    humfs_quota_left(space->quota, HUMFS_BYTES), &cost);
		if (end <= start)
			return 0;
		if (cost == 0 || humfs_quota_take(space->quota, HUMFS_BYTES,
						  cost)) {
			space->taken = cost;
			return end - start;
		}
	}
	return 0;	/* others are faster */
}

/* --- writing ------------------------------------------------------------------------ */

static uint64_t iov_length(const struct host_iovec *iov, uint32_t count)
{
	uint64_t length = 0;

	for (uint32_t i = 0; i < count; i++)
		length += iov[i].length;
	return length;
}

/* The first `length` bytes of it, or fewer: a short write. */
static int64_t write_part(struct host_file *file, const struct host_iovec *iov,
			  uint64_t length, uint64_t offset, uint32_t flags)
{
	struct host_iovec first = iov[0];
	uint32_t count = 0;

	if (first.length > length) {
		first.length = length;
		return host_plain_write(file, &first, 1, offset, flags);
	}
	while (length && iov[count].length <= length)
		length -= iov[count++].length;
	return host_plain_write(file, iov, count, offset, flags);
}

static bool appends(const struct host_file *file, uint32_t flags)
{
	return (flags & HOST_IO_APPEND) ||
	       ((file->flags & HOST_APPEND) && !(flags & HOST_IO_NOAPPEND));
}

static int64_t space_write(struct host_file *file, const struct host_iovec *iov,
			   uint32_t count, uint64_t offset, uint32_t flags)
{
	uint64_t length = iov_length(iov, count), fits;
	struct space space;
	int64_t result;

	if (length == 0 || offset > INT64_MAX)
		return host_plain_write(file, iov, count, offset, flags);
	result = space_begin(file, &space);
	if (result)
		return result;
	fits = space_take(&space, appends(file, flags) ? space.before.size :
			  offset, length);
	if (!fits)
		return -ENOSPC;
	result = fits == length ?
		 host_plain_write(file, iov, count, offset, flags) :
		 write_part(file, iov, fits, offset, flags);
	space_end(&space);
	return result;
}

/* --- ranges ------------------------------------------------------------------------- */

#define GIVES	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE | \
		 FALLOC_FL_INSERT_RANGE)

static int space_fallocate(struct host_file *file, int mode, uint64_t offset,
			   uint64_t length)
{
	struct space space;
	int error = space_begin(file, &space);

	if (error)
		return error;
	if (!(mode & GIVES) && length && offset <= INT64_MAX &&
	    length <= INT64_MAX - offset &&
	    space_take(&space, offset, length) != length)
		error = -ENOSPC;
	if (error == 0)
		error = host_plain_fallocate(file, mode, offset, length);
	space_end(&space);
	return error;
}

/* No more than there is to copy. */
static int source_left(struct host_file *in, uint64_t offset, uint64_t *length)
{
	struct host_attr attr;
	int error = host_statx(in->fd, "", &attr);

	if (error == 0 && offset >= attr.size)
		*length = 0;
	else if (error == 0 && *length > attr.size - offset)
		*length = attr.size - offset;
	return error;
}

static int64_t space_copy(struct host_file *in, uint64_t in_offset,
			  struct host_file *out, uint64_t out_offset,
			  uint64_t length)
{
	uint64_t fits = length;
	struct space space;
	int64_t result = space_begin(out, &space);

	if (result == 0)
		result = source_left(in, in_offset, &fits);
	if (result)
		return result;
	if (fits && out_offset <= INT64_MAX) {
		length = space_take(&space, out_offset, fits);
		if (!length)
			return -ENOSPC;
	}
	result = host_plain_copy(in, in_offset, out, out_offset, length);
	space_end(&space);
	return result;
}

static int space_clone(struct host_file *in, uint64_t in_offset,
		       struct host_file *out, uint64_t out_offset,
		       uint64_t length)
{
	uint64_t all = length ? length : UINT64_MAX;
	struct space space;
	int error = space_begin(out, &space);

	if (error == 0)
		error = source_left(in, in_offset, &all);
	if (error)
		return error;
	if (all && out_offset <= INT64_MAX &&
	    space_take(&space, out_offset, all) != all)
		error = -ENOSPC;
	if (error == 0)
		error = host_plain_clone(in, in_offset, out, out_offset, length);
	space_end(&space);
	return error;
}

/* --- cutting -------------------------------------------------------------------------- */

/* call, which may make the object's data less or more; none is refused. */
#define CUTTING(fs, node, file, call)					\
({									\
	struct host_attr before_, after_;				\
	int cutting_ = host_plain_getattr((node), (file), &before_);	\
	if (cutting_ == 0) {						\
		cutting_ = (call);					\
		if (host_plain_getattr((node), (file), &after_) == 0)	\
			humfs_quota_add((fs)->quota, HUMFS_BYTES,	\
				(int64_t)humfs_quota_bytes(&after_) -	\
				(int64_t)humfs_quota_bytes(&before_));	\
	}								\
	cutting_;							\
})

static int space_setattr(struct host_node *node, struct host_file *file,
			 const struct host_setattr *set, struct host_attr *ret)
{
	struct humfs *fs;

	if (!(set->set & HOST_SET_SIZE) || (!node && !file))
		return humfs_setattr(node, file, set, ret);
	fs = humfs_of_object(node, file);
	return CUTTING(fs, node, file, humfs_setattr(node, file, set, ret));
}

static int space_open(struct host_node *node, struct host_file *file,
		      uint32_t flags, struct host_file **ret)
{
	struct humfs *fs;

	if (!(flags & HOST_TRUNC))
		return humfs_open(node, file, flags, ret);
	fs = humfs_of_object(node, file);
	return CUTTING(fs, node, file, humfs_open(node, file, flags, ret));
}

void humfs_space_ops(struct host_ops *ops)
{
	ops->write = space_write;
	ops->fallocate = space_fallocate;
	ops->copy = space_copy;
	ops->clone = space_clone;
	ops->setattr = space_setattr;
	ops->open = space_open;
}
