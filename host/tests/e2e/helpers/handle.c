/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle - file handles for the tests
 *
 *	handle make FILE		writes FILE's handle to stdout
 *	handle open MOUNTED		opens the one on stdin, in the file system that
 *					MOUNTED is in, and prints what is in the file,
 *					or where the directory is
 *
 * Exit status: 0, or 1 with the reason on stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static union {
	struct file_handle h;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
} handle;

static int report(const char *what)
{
	fprintf(stderr, "handle: %s: %s\n", what, strerror(errno));
	return 1;
}

static int make(const char *file)
{
	int mount;

	handle.h.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, file, &handle.h, &mount, 0) < 0)
		return report(file);
	return write(STDOUT_FILENO, &handle, sizeof(handle)) !=
	       (ssize_t)sizeof(handle);
}

static int show(int fd)
{
	char text[4096], link[64];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return report("fstat");
	if (S_ISDIR(st.st_mode)) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, text, sizeof(text) - 1);
		if (n < 0)
			return report(link);
		text[n++] = '\n';
		return write(STDOUT_FILENO, text, (size_t)n) != n;
	}
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, (size_t)n) != n)
			return report("write");
	return n < 0 ? report("read") : 0;
}

static int open_it(const char *mounted)
{
	int mount = open(mounted, O_RDONLY | O_CLOEXEC), fd;

	if (mount < 0)
		return report(mounted);
	if (read(STDIN_FILENO, &handle, sizeof(handle)) !=
	    (ssize_t)sizeof(handle))
		return report("stdin");
	fd = open_by_handle_at(mount, &handle.h, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? report("open") : show(fd);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "open"))
		return open_it(argv[2]);
	fprintf(stderr, "usage: handle make FILE | handle open MOUNTED\n");
	return 2;
}
