// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmtree - remove a tree of any depth, whatever its modes
 *
 * One descriptor at a time: it goes down by openat and up by "..", so neither
 * PATH_MAX nor the limit of open files matters.
 */
#include <dirent.h>
#include <sys/ioctl.h>
#include <linux/fs.h>

#include "fsconf.h"
#include "rmtree.h"

static void drop_flags(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	int flags = 0;

	if (fd < 0)
		return;
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* best effort: most have none */
	close(fd);
}

/* Return: 0 gone, 1 it is a directory with something in it, -1 stuck. */
static int remove_entry(int dirfd, const char *name)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
			return 0;
		if (!unlinkat(dirfd, name, AT_REMOVEDIR))
			return 0;
		if (errno == ENOTEMPTY || errno == EEXIST)
			return 1;
		drop_flags(dirfd, name);
		(void)fchmod(dirfd, 0700); /* if it fails, unlinkat says so */
	}
	return -1;
}

static int open_dir(int dirfd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags);

	if (fd < 0) {
		(void)fchmodat(dirfd, name, 0700, 0);
		fd = openat(dirfd, name, flags);
	}
	return fd;
}

/*
 * Remove what can be removed in @fd.
 * Return: 0 all gone, 1 @ret_below names a directory to empty first, -1 stuck.
 */
static int sweep(int fd, char *ret_below)
{
	int copy = dup(fd), ret = 0;
	DIR *dir;

	if (copy < 0)
		return -1;
	dir = fdopendir(copy);
	if (!dir) {
		close(copy);
		return -1;
	}
	rewinddir(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		ret = remove_entry(fd, d->d_name);
		if (ret) {
			strcpy(ret_below, d->d_name);
			break;
		}
	}
	closedir(dir);
	return ret;
}

static bool same_object(int fd, const struct stat *other)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == other->st_ino &&
	       st.st_dev == other->st_dev;
}

static int empty(int top)
{
	char below[NAME_MAX + 1];
	int depth = 0, fd = dup(top);
	struct stat left = { 0 };	/* the one that was emptied last */

	while (fd >= 0) {
		int ret = sweep(fd, below);
		int next = -1;

		if (ret == 1)
			next = open_dir(fd, below);
		/* removal that removes nothing would go round for ever */
		if (next >= 0 && left.st_ino && same_object(next, &left)) {
			close(next);
			next = -1;
		}
		if (ret || fstat(fd, &left) < 0)
			left.st_ino = 0;
		if (!ret && depth)
			next = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		if (!ret && !depth)
			return 0;
		depth += ret ? 1 : -1;
		fd = next;
	}
	return -1;
}

int fc_rmtree(int dirfd, const char *name)
{
	int fd, ret = remove_entry(dirfd, name);

	if (ret <= 0)
		return ret;
	fd = open_dir(dirfd, name);
	if (fd < 0)
		return -1;
	ret = empty(fd);
	close(fd);
	return ret ? ret : unlinkat(dirfd, name, AT_REMOVEDIR);
}
