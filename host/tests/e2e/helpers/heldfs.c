// SPDX-License-Identifier: GPL-2.0-only
/*
 * heldfs - a FUSE file system that answers nothing while somebody holds a file
 *
 *	heldfs BACKING MOUNTPOINT HOLD [fuse options]
 *
 * Shows the directory BACKING at MOUNTPOINT and caches no names or attributes.
 * Each request first takes a shared flock(2) on HOLD: who has it exclusively
 * makes the file system as slow as a server that does not answer, for exactly
 * as long. In the foreground; it is mounted when "ready" is printed, and ends
 * with its mount.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *backing, *hold;

/* Wait until nobody holds the file. An own open file: threads exclude nobody. */
static void held(void)
{
	int fd = open(hold, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
		;
	close(fd);
}

/* The backing path, in a buffer of the thread's. */
static const char *at(const char *path, int which)
{
	static _Thread_local char buffer[2][4096];

	snprintf(buffer[which], sizeof(buffer[which]), "%s%s", backing, path);
	return buffer[which];
}

#define DO(call) (held(), (call) < 0 ? -errno : 0)

static int h_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	return DO(fi ? fstat(fi->fh, st) : lstat(at(path, 0), st));
}

static int h_readdir(const char *path, void *buf, fuse_fill_dir_t fill,
		     off_t offset, struct fuse_file_info *fi,
		     enum fuse_readdir_flags flags)
{
	struct dirent *entry;
	DIR *dir;

	(void)offset, (void)fi, (void)flags;
	held();
	dir = opendir(at(path, 0));
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		fill(buf, entry->d_name, NULL, 0, 0);
	closedir(dir);
	return 0;
}

static int opened(int fd, struct fuse_file_info *fi)
{
	if (fd < 0)
		return -errno;
	fi->fh = fd;
	return 0;
}

static int h_open(const char *path, struct fuse_file_info *fi)
{
	held();
	return opened(open(at(path, 0), fi->flags & ~O_NOFOLLOW), fi);
}

static int h_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	held();
	return opened(open(at(path, 0), fi->flags | O_CREAT, mode), fi);
}

static int h_read(const char *path, char *buf, size_t size, off_t offset,
		  struct fuse_file_info *fi)
{
	ssize_t got;

	(void)path;
	held();
	got = pread(fi->fh, buf, size, offset);
	return got < 0 ? -errno : got;
}

static int h_write(const char *path, const char *buf, size_t size, off_t offset,
		   struct fuse_file_info *fi)
{
	ssize_t put;

	(void)path;
	held();
	put = pwrite(fi->fh, buf, size, offset);
	return put < 0 ? -errno : put;
}

static int h_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	return DO(close(fi->fh));
}

static int h_flush(const char *path, struct fuse_file_info *fi)
{
	(void)path, (void)fi;
	return DO(0);
}

static int h_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	(void)path, (void)data;
	return DO(fsync(fi->fh));
}

static int h_readlink(const char *path, char *buf, size_t size)
{
	ssize_t length;

	held();
	length = readlink(at(path, 0), buf, size - 1);
	if (length < 0)
		return -errno;
	buf[length] = '\0';
	return 0;
}

static int h_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	return DO(fi ? ftruncate(fi->fh, size) : truncate(at(path, 0), size));
}

static int h_utimens(const char *path, const struct timespec times[2],
		     struct fuse_file_info *fi)
{
	(void)fi;
	return DO(utimensat(AT_FDCWD, at(path, 0), times, AT_SYMLINK_NOFOLLOW));
}

static int h_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	(void)fi;
	return DO(chmod(at(path, 0), mode));
}

static int h_mkdir(const char *path, mode_t mode)
{
	return DO(mkdir(at(path, 0), mode));
}

static int h_rmdir(const char *path)
{
	return DO(rmdir(at(path, 0)));
}

static int h_unlink(const char *path)
{
	return DO(unlink(at(path, 0)));
}

static int h_symlink(const char *target, const char *path)
{
	return DO(symlink(target, at(path, 0)));
}

static int h_link(const char *old, const char *new)
{
	return DO(link(at(old, 0), at(new, 1)));
}

static int h_rename(const char *old, const char *new, unsigned int flags)
{
	return DO(renameat2(AT_FDCWD, at(old, 0), AT_FDCWD, at(new, 1), flags));
}

static int h_statfs(const char *path, struct statvfs *st)
{
	return DO(statvfs(at(path, 0), st));
}

static int h_getxattr(const char *path, const char *name, char *value,
		      size_t size)
{
	ssize_t got;

	held();
	got = lgetxattr(at(path, 0), name, value, size);
	return got < 0 ? -errno : got;
}

static void *h_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	config->entry_timeout = config->attr_timeout = 0;
	config->negative_timeout = 0;
	config->use_ino = 1;
	config->nullpath_ok = 0;
	puts("ready");
	fflush(stdout);
	return NULL;
}

static const struct fuse_operations operations = {
	.init = h_init, .getattr = h_getattr, .readdir = h_readdir,
	.open = h_open, .create = h_create, .read = h_read, .write = h_write,
	.release = h_release, .flush = h_flush, .fsync = h_fsync,
	.readlink = h_readlink, .truncate = h_truncate, .utimens = h_utimens,
	.chmod = h_chmod, .mkdir = h_mkdir, .rmdir = h_rmdir,
	.unlink = h_unlink, .symlink = h_symlink, .link = h_link,
	.rename = h_rename, .statfs = h_statfs, .getxattr = h_getxattr,
};

int main(int argc, char **argv)
{
	char *args[16] = { argv[0], "-f" };
	int count = 2;

	if (argc < 4 || argc > 14) {
		fputs("usage: heldfs BACKING MOUNTPOINT HOLD [options]\n", stderr);
		return 2;
	}
	backing = argv[1];
	hold = argv[3];
	umask(0);
	for (int i = 4; i < argc; i++)
		args[count++] = argv[i];
	args[count++] = argv[2];
	return fuse_main(count, args, &operations, NULL);
}
