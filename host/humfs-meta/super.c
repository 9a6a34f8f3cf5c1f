// SPDX-License-Identifier: GPL-2.0-only
/*
 * super - the superblock of a tree's folder, read and replaced
 *
 * A new superblock is on the disk before it gets its name: neither a kill nor a
 * loss of power leaves half of one, or none.
 */
#include "cleanup.h"
#include "fileio.h"
#include "super.h"

#define SUPER_NEW	".superblock.new"

int super_read(int folder, struct hmeta_super *ret, enum hmeta_fault *ret_fault)
{
	char text[HMETA_SUPER_MAX + 2];
	struct host_attr attr;
	enum hmeta_fault fault;
	int length, error;

	/* A FIFO of that name is not to be opened. */
	error = host_statx(folder, HMETA_TREE_SUPER, &attr);
	if (error)
		return error;
	length = S_ISREG(attr.mode) ?
		fileio_read(folder, HMETA_TREE_SUPER, text, sizeof(text)) :
		-EFBIG;
	if (length < 0 && length != -EFBIG)
		return length;
	fault = length < 0 ? HMETA_LENGTH :
		hmeta_super_parse(text, (size_t)length, ret);
	if (fault)
		*ret_fault = fault;
	return fault ? -EIO : 0;
}

int super_write(int folder, const struct hmeta_super *super)
{
	_cleanup_close_ int fd = -1;
	char text[HMETA_SUPER_MAX];
	size_t length = hmeta_super_print(super, text);
	int error;

	fd = openat(folder, SUPER_NEW, O_WRONLY | O_CREAT | O_TRUNC |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	error = fileio_write(fd, text, length);
	if (error == 0 && fsync(fd))
		error = -errno;
	if (error == 0 && renameat(folder, SUPER_NEW, folder, HMETA_TREE_SUPER))
		error = -errno;
	if (error)
		(void)unlinkat(folder, SUPER_NEW, 0);	/* as it was */
	return error;
}
