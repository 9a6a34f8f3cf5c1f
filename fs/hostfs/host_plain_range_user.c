// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_range - ranges shared and copied between files, and inode flags
 */
#include "host_own_user.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

/* A part of a file is overwritten with something: what the mount says to it. */
static int range_may(const struct host_file *out)
{
	return host_tree_may(out->tree, out->flags & HOST_APPEND ? HOST_GROW :
			     HOST_ALTER);
}

static void own_range(struct host_own *own, const struct host_file *in,
		      const struct host_file *out)
{
	host_own_object(own, in->fd, HOST_EVENT_ACCESS);
	host_own_object(own, out->fd, HOST_CHANGED);
}

int64_t host_plain_copy(struct host_file *in, uint64_t in_offset,
			struct host_file *out, uint64_t out_offset,
			uint64_t length)
{
	int64_t from = in_offset, to = out_offset;
	int error = range_may(out);

	if (error)
		return error;
	if (from < 0 || to < 0)
		return -EINVAL;
	return HOST_OWN(own_range(&own_, in, out),
			HOST_CALL(OTHER, syscall(SYS_copy_file_range, in->fd,
						 &from, out->fd, &to, length,
						 0)));
}

int host_plain_clone(struct host_file *in, uint64_t in_offset,
		     struct host_file *out, uint64_t out_offset,
		     uint64_t length)
{
	struct file_clone_range range = {
		.src_fd = in->fd,
		.src_offset = in_offset,
		.src_length = length,
		.dest_offset = out_offset,
	};
	int error = range_may(out);

	if (error)
		return error;
	return HOST_OWN(own_range(&own_, in, out),
			HOST_CALL(OTHER, ioctl(out->fd, FICLONERANGE, &range)));
}

/* The bytes stay the same, so that an append-only mount has nothing against. */
int64_t host_plain_dedupe(struct host_file *in, uint64_t in_offset,
			  struct host_file *out, uint64_t out_offset,
			  uint64_t length)
{
	union {
		struct file_dedupe_range range;
		char space[sizeof(struct file_dedupe_range) +
			   sizeof(struct file_dedupe_range_info)];
	} arg;
	struct file_dedupe_range_info *info = arg.range.info;
	int error = host_tree_may(out->tree, HOST_GROW);

	if (error)
		return error;
	memset(&arg, 0, sizeof(arg));
	arg.range.src_offset = in_offset;
	arg.range.src_length = length;
	arg.range.dest_count = 1;
	info->dest_fd = out->fd;
	info->dest_offset = out_offset;
	error = HOST_CALL(OTHER, ioctl(in->fd, FIDEDUPERANGE, &arg.range));
	if (error)
		return error;
	if (info->status == FILE_DEDUPE_RANGE_DIFFERS)
		return -EBADE;
	return info->status < 0 ? info->status : (int64_t)info->bytes_deduped;
}

int host_plain_getflags(struct host_file *file, uint32_t *ret)
{
	int flags, error;	/* an int, whatever the number of the ioctl says */

	error = HOST_CALL(OTHER, ioctl(file->fd, FS_IOC_GETFLAGS, &flags));
	if (error == 0)
		*ret = flags;
	return error;
}

int host_plain_setflags(struct host_file *file, uint32_t flags)
{
	int value = flags;
	int error = host_tree_may(file->tree, HOST_ALTER);

	if (error)
		return error;
	return HOST_OWN_OBJECT(file->fd, HOST_EVENT_ATTRIB,
			       HOST_CALL(OTHER, ioctl(file->fd, FS_IOC_SETFLAGS,
						      &value)));
}
