// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount_files - requests about open files, directories and attributes
 */
#include "mount.h"

#define MOUNT_ENTRIES	65536		/* bytes of the host's entries at once */

static struct host_node *node_of(fuse_req_t request, fuse_ino_t ino)
{
	return mount_inode(mount_of(request), ino)->node;
}

static void reply(fuse_req_t request, int64_t error)
{
	(void)fuse_reply_err(request, (int)-error);	/* as in mount_names.c */
}

/* O_APPEND is the kernel's here: it sends the offset. */
static uint32_t open_flags(int flags)
{
	uint32_t how = flags & O_TRUNC ? HOST_TRUNC : 0;

	if ((flags & O_ACCMODE) != O_WRONLY)
		how |= HOST_READ;
	if ((flags & O_ACCMODE) != O_RDONLY)
		how |= HOST_WRITE;
	return how;
}

static void open_as(fuse_req_t request, fuse_ino_t ino, uint32_t flags,
		    struct fuse_file_info *info)
{
	const struct host_ops *ops = mount_of(request)->ops;
	struct host_file *file;
	int error = ops->open(node_of(request, ino), NULL, flags, &file);

	if (error) {
		reply(request, error);
		return;
	}
	info->fh = (uintptr_t)file;
	if (fuse_reply_open(request, info))
		ops->close(file);
}

static void do_open(fuse_req_t request, fuse_ino_t ino,
		    struct fuse_file_info *info)
{
	open_as(request, ino, open_flags(info->flags), info);
}

static void do_opendir(fuse_req_t request, fuse_ino_t ino,
		       struct fuse_file_info *info)
{
	open_as(request, ino, HOST_READ | HOST_DIRECTORY, info);
}

static void do_release(fuse_req_t request, fuse_ino_t ino,
		       struct fuse_file_info *info)
{
	(void)ino;
	mount_of(request)->ops->close(mount_file(info));
	reply(request, 0);
}

static void do_read(fuse_req_t request, fuse_ino_t ino, size_t size,
		    off_t offset, struct fuse_file_info *info)
{
	char *buffer = malloc(size);
	const struct host_iovec iov = { buffer, size };
	int64_t got = buffer ? mount_of(request)->ops->read(mount_file(info),
				&iov, 1, (uint64_t)offset, 0) : -ENOMEM;

	(void)ino;
	if (got < 0)
		reply(request, got);
	else
		(void)fuse_reply_buf(request, buffer, (size_t)got);
	free(buffer);
}

static void do_write(fuse_req_t request, fuse_ino_t ino, const char *data,
		     size_t size, off_t offset, struct fuse_file_info *info)
{
	const struct host_iovec iov = { (void *)data, size };
	int64_t done = mount_of(request)->ops->write(mount_file(info), &iov, 1,
						     (uint64_t)offset, 0);

	(void)ino;
	if (done < 0)
		reply(request, done);
	else
		(void)fuse_reply_write(request, (size_t)done);
}

static void do_fsync(fuse_req_t request, fuse_ino_t ino, int datasync,
		     struct fuse_file_info *info)
{
	(void)ino;
	reply(request, mount_of(request)->ops->fsync(mount_file(info),
						     datasync));
}

static void do_fallocate(fuse_req_t request, fuse_ino_t ino, int mode,
			 off_t offset, off_t length, struct fuse_file_info *info)
{
	(void)ino;
	reply(request, mount_of(request)->ops->fallocate(mount_file(info), mode,
			(uint64_t)offset, (uint64_t)length));
}

static void do_lseek(fuse_req_t request, fuse_ino_t ino, off_t offset,
		     int whence, struct fuse_file_info *info)
{
	int64_t at;

	(void)ino;
	if (whence != SEEK_DATA && whence != SEEK_HOLE) {
		reply(request, -EINVAL);
		return;
	}
	at = mount_of(request)->ops->seek(mount_file(info), (uint64_t)offset,
					  whence == SEEK_DATA);
	if (at < 0)
		reply(request, at);
	else
		(void)fuse_reply_lseek(request, at);
}

/* The host's entries, as many as fit into the kernel's buffer. */
static size_t put_entries(fuse_req_t request, const char *entries,
			  int64_t length, char *buffer, size_t size)
{
	size_t used = 0;

	for (int64_t at = 0; at < length;) {
		const struct host_dirent *entry =
			(const struct host_dirent *)(entries + at);
		const struct stat st = {
			.st_ino = entry->ino, .st_mode = (mode_t)entry->type << 12,
		};
		size_t need = fuse_add_direntry(request, buffer + used,
						size - used, entry->name, &st,
						entry->next);

		if (need > size - used)
			break;
		used += need;
		at += entry->reclen;
	}
	return used;
}

static void do_readdir(fuse_req_t request, fuse_ino_t ino, size_t size,
		       off_t offset, struct fuse_file_info *info)
{
	char *entries = malloc(MOUNT_ENTRIES), *buffer = malloc(size);
	int64_t length = entries && buffer ?
		mount_of(request)->ops->readdir(mount_file(info), offset,
						entries, MOUNT_ENTRIES) :
		-ENOMEM;

	(void)ino;
	if (length < 0)
		reply(request, length);
	else
		(void)fuse_reply_buf(request, buffer, put_entries(request,
					entries, length, buffer, size));
	free(entries);
	free(buffer);
}

/* --- extended attributes ------------------------------------------------------- */

static void do_setxattr(fuse_req_t request, fuse_ino_t ino, const char *name,
			const char *value, size_t size, int flags)
{
	reply(request, mount_of(request)->ops->setxattr(node_of(request, ino),
				NULL, name, value, size, flags));
}

static void do_removexattr(fuse_req_t request, fuse_ino_t ino,
			   const char *name)
{
	reply(request, mount_of(request)->ops->removexattr(
				node_of(request, ino), NULL, name));
}

/* size 0 asks for the length only. */
static void reply_value(fuse_req_t request, int result, const char *value,
			size_t size)
{
	if (result < 0)
		reply(request, result);
	else if (size == 0)
		(void)fuse_reply_xattr(request, (size_t)result);
	else
		(void)fuse_reply_buf(request, value, (size_t)result);
}

static void do_getxattr(fuse_req_t request, fuse_ino_t ino, const char *name,
			size_t size)
{
	char *value = malloc(size ? size : 1);
	int result = value ? mount_of(request)->ops->getxattr(
		node_of(request, ino), NULL, name, value, size) : -ENOMEM;

	reply_value(request, result, value, size);
	free(value);
}

static void do_listxattr(fuse_req_t request, fuse_ino_t ino, size_t size)
{
	char *list = malloc(size ? size : 1);
	int result = list ? mount_of(request)->ops->listxattr(
		node_of(request, ino), NULL, list, size) : -ENOMEM;

	reply_value(request, result, list, size);
	free(list);
}

void mount_files_ops(struct fuse_lowlevel_ops *ops)
{
	ops->open = do_open;
	ops->release = do_release;
	ops->read = do_read;
	ops->write = do_write;
	ops->fsync = do_fsync;
	ops->fallocate = do_fallocate;
	ops->lseek = do_lseek;
	ops->opendir = do_opendir;
	ops->readdir = do_readdir;
	ops->releasedir = do_release;
	ops->setxattr = do_setxattr;
	ops->getxattr = do_getxattr;
	ops->listxattr = do_listxattr;
	ops->removexattr = do_removexattr;
}
