// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash_load - the load itself, as root of a guest, on and on (the program crashload)
 *
 *	crashload MODEL JOURNAL DIR
 */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "crash.h"

static int make_one(const struct crash_op *op, const char *path)
{
	int fd;

	switch (op->mode & S_IFMT) {
	case S_IFREG:
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, op->mode & 07777);
		return fd < 0 ? -1 : close(fd);
	case S_IFDIR:
		return mkdir(path, op->mode & 07777);
	case S_IFLNK:
		return symlink("target", path);
	case S_IFCHR:
	case S_IFBLK:
		return mknod(path, op->mode, makedev(1, op->value % 200 + 1));
	default:
		return mknod(path, op->mode, 0);
	}
}

/* As its owner: so it is that from the beginning. Devices only root makes. */
static int make(const struct crash_op *op, const char *path)
{
	bool device = op->kind == CRASH_MKNOD;
	int ret, err;

	if (!device) {
		setfsgid(op->gid);
		setfsuid(op->uid);
	}
	ret = make_one(op, path);
	err = errno;
	setfsuid(0);
	setfsgid(0);
	errno = err;
	return ret;
}

static int do_one(const struct crash_op *op)
{
	char a[CRASH_PATH], b[CRASH_PATH], value[8];
	struct stat st;

	crash_path(op->a, a);
	crash_path(op->b, b);
	switch (op->kind) {
	case CRASH_LINK:
		return linkat(AT_FDCWD, a, AT_FDCWD, b, 0);
	case CRASH_UNLINK:
		if (unlink(a) == 0)
			return 0;
		return errno == EISDIR ? rmdir(a) : -1;
	case CRASH_RENAME:
		return rename(a, b);
	case CRASH_WHITEOUT:
		return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_WHITEOUT);
	case CRASH_CHMOD:
		if (lstat(a, &st))
			return -1;
		if (S_ISLNK(st.st_mode)) {
			errno = EOPNOTSUPP;
			return -1;
		}
		return chmod(a, op->mode & 07777);
	case CRASH_CHOWN:
		return lchown(a, op->uid, op->gid);
	case CRASH_XATTR:
		snprintf(value, sizeof(value), "%u", op->value);
		return lsetxattr(a, "trusted.x", value, strlen(value), 0);
	default:
		return make(op, a);
	}
}

/* Journal and model are the host's: what is written there is there at a kill. */
int main(int argc, char **argv)
{
	struct crash_model model;
	int fd = argc == 4 ? open(argv[1], O_RDONLY) : -1;
	int journal = fd < 0 ? -1 : open(argv[2], O_WRONLY);
	uint64_t n;

	if (journal < 0 || read(fd, &model, sizeof(model)) != sizeof(model) ||
	    chdir(argv[3]))
		return 1;
	umask(0);
	for (n = model.next; ; n++) {
		struct crash_op op = crash_op(model.seed, n);
		int expected = crash_apply(&model, &op), got;

		if (pwrite(journal, &n, 8, 0) != 8)
			return 1;
		errno = 0;
		got = do_one(&op) ? errno : 0;
		if (got != expected) {
			fprintf(stderr, "%s of n%02u, n%02u: expected %s, got %s\n",
				crash_text(op.kind), op.a, op.b,
				strerror(expected), strerror(got));
			return 1;
		}
		if (pwrite(journal, &n, 8, 8) != 8)
			return 1;
	}
}
