/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ops - the single operations that bench-work repeats and times
 *
 * Each takes the number of repetitions and returns how often it has been done, or -1
 * with errno. It fails, too, when the answer of a call is not the right one: a quick
 * wrong answer is no result. What can be prepared is prepared outside of the time:
 * ops_begin() and ops_end().
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ops.h"

#define BIG (20u << 20)		/* what "a process of 20 MB" has touched */
#define BLOCK 65536

static char block[BLOCK];
static int fd = -1, ping[2], pong[2];
static pid_t partner;
static char *big;

static long wrong(void)
{
	errno = EBADMSG;
	return -1;
}

static long op_getppid(long n, const char *arg)
{
	pid_t first = getppid();

	(void)arg;
	for (long i = 0; i < n; i++)
		if (syscall(SYS_getppid) != first)
			return wrong();
	return n;
}

static long op_clock(long n, const char *arg)
{
	struct timespec ts;

	(void)arg;
	for (long i = 0; i < n; i++)
		if (clock_gettime(CLOCK_MONOTONIC, &ts))
			return -1;
	return n;
}

static long op_stat(long n, const char *arg)
{
	struct stat st;

	for (long i = 0; i < n; i++)
		if (stat(arg, &st) || !S_ISREG(st.st_mode))
			return -1;
	return n;
}

static long op_open(long n, const char *arg)
{
	for (long i = 0; i < n; i++) {
		int f = open(arg, O_RDONLY | O_CLOEXEC);

		if (f < 0 || close(f))
			return -1;
	}
	return n;
}

/* begin: a file of one block, whose bytes are their positions */
static int begin_file(const char *arg)
{
	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (char)(i / 256 + i);
	fd = open(arg, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return fd < 0 || pwrite(fd, block, BLOCK, 0) != BLOCK ? -1 : 0;
}

static long pread_some(long n, size_t size)
{
	static char got[BLOCK];

	for (long i = 0; i < n; i++)
		if (pread(fd, got, size, 0) != (ssize_t)size)
			return -1;
	return n && memcmp(got, block, size) ? wrong() : n;
}

static long op_pread4k(long n, const char *arg)
{
	(void)arg;
	return pread_some(n, 4096);
}

static long op_pread64k(long n, const char *arg)
{
	(void)arg;
	return pread_some(n, BLOCK);
}

static long op_pwrite64k(long n, const char *arg)
{
	(void)arg;
	for (long i = 0; i < n; i++)
		if (pwrite(fd, block, BLOCK, 0) != BLOCK)
			return -1;
	return n;
}

static void end_file(const char *arg)
{
	close(fd);
	unlink(arg);
}

/* anonymous pages, touched in order; a repetition is a page */
static long op_fault(long n, const char *arg)
{
	const size_t chunk = 16u << 20;
	long done = 0;

	(void)arg;
	while (done < n) {
		char *p = mmap(NULL, chunk, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return -1;
		for (size_t i = 0; i < chunk; i += 4096, done++)
			if (p[i]++)
				return wrong();
		munmap(p, chunk);
	}
	return done;
}

static long op_fork(long n, const char *arg)
{
	int status;

	(void)arg;
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(7);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return -1;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 7)
			return wrong();
	}
	return n;
}

static int begin_big(const char *arg)
{
	(void)arg;
	big = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (big == MAP_FAILED)
		return -1;
	memset(big, 1, BIG);
	return 0;
}

static void end_big(const char *arg)
{
	(void)arg;
	munmap(big, BIG);
}

static long op_exec(long n, const char *arg)
{
	char *const argv[] = { "true", NULL };
	int status;

	(void)arg;
	for (long i = 0; i < n; i++) {
		pid_t pid;

		/* the libc's is a clone() like vfork() */
		errno = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
		if (errno || waitpid(pid, &status, 0) != pid)
			return -1;
		if (status)
			return wrong();
	}
	return n;
}

static int begin_pipe(const char *arg)
{
	char c;

	(void)arg;
	if (pipe2(ping, O_CLOEXEC) || pipe2(pong, O_CLOEXEC))
		return -1;
	partner = fork();
	if (partner)
		return partner < 0 ? -1 : 0;
	close(ping[1]);
	while (read(ping[0], &c, 1) == 1 && write(pong[1], &c, 1) == 1)
		;
	_exit(0);
}

static long op_pipe(long n, const char *arg)
{
	(void)arg;
	for (long i = 0; i < n; i++) {
		char c = (char)i, d = 0;

		if (write(ping[1], &c, 1) != 1 || read(pong[0], &d, 1) != 1)
			return -1;
		if (c != d)
			return wrong();
	}
	return n;
}

static void end_pipe(const char *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		close(ping[i]);
		close(pong[i]);
	}
	waitpid(partner, NULL, 0);
}

static int make_one(const char *path)
{
	int f = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return f < 0 || write(f, block, 100) != 100 || close(f) ? -1 : 0;
}

static long op_create(long n, const char *arg)
{
	for (long i = 0; i < n; i++)
		if (make_one(arg) || unlink(arg))
			return -1;
	return n;
}

/* files that stay, ARG.0 and so on; they are removed outside of the time */
static long made;

static long op_create_only(long n, const char *arg)
{
	char path[4096];

	for (long i = 0; i < n; i++, made++) {
		snprintf(path, sizeof(path), "%s.%ld", arg, made);
		if (make_one(path))
			return -1;
	}
	return n;
}

static void end_create_only(const char *arg)
{
	char path[4096];

	while (made > 0) {
		snprintf(path, sizeof(path), "%s.%ld", arg, --made);
		unlink(path);
	}
}

static long op_chmod(long n, const char *arg)
{
	for (long i = 0; i < n; i++)
		if (chmod(arg, i % 2 ? 0600 : 0640))
			return -1;
	return n;
}

/* a listing of ARG, names and types; a repetition is an entry */
static long op_names(long n, const char *arg)
{
	long done = 0;

	while (done < n) {
		DIR *dir = opendir(arg);
		struct dirent *d;

		if (!dir)
			return -1;
		while ((d = readdir(dir)))
			done += d->d_name[0] != '.';
		closedir(dir);
	}
	return done;
}

/* a listing of ARG with the attributes of each entry; a repetition is an entry */
static long op_list(long n, const char *arg)
{
	long done = 0;

	while (done < n) {
		DIR *dir = opendir(arg);
		struct dirent *d;
		struct stat st;

		if (!dir)
			return -1;
		while ((d = readdir(dir))) {
			if (d->d_name[0] == '.')
				continue;
			if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			    st.st_ino != d->d_ino)
				return wrong();
			done++;
		}
		closedir(dir);
	}
	return done;
}

/* 4 KiB at random places of a file of 64 MB, one read for each write */
#define PLACES 16384

static int begin_random(const char *arg)
{
	if (begin_file(arg))
		return -1;
	for (long i = 1; i < (long)PLACES * 4096 / BLOCK; i++)
		if (pwrite(fd, block, BLOCK, i * BLOCK) != BLOCK)
			return -1;
	return 0;
}

static long op_random(long n, const char *arg)
{
	static uint32_t state = 1;
	char got[4096];

	(void)arg;
	for (long i = 0; i < n; i++) {
		off_t at;

		state = state * 1664525 + 1013904223;
		at = (off_t)(state >> 8) % PLACES * 4096;
		if (pread(fd, got, sizeof(got), at) != (ssize_t)sizeof(got) ||
		    pwrite(fd, got, sizeof(got), at) != (ssize_t)sizeof(got))
			return -1;
		if (got[0] != block[at % BLOCK])
			return wrong();
	}
	return n;
}

static long op_fsync(long n, const char *arg)
{
	(void)arg;
	for (long i = 0; i < n; i++)
		if (pwrite(fd, block, 4096, i % 16 * 4096) != 4096 || fsync(fd))
			return -1;
	return n;
}

static const struct op ops[] = {
	{ "getppid", op_getppid, NULL, NULL },
	{ "clock", op_clock, NULL, NULL },
	{ "stat", op_stat, NULL, NULL },
	{ "open", op_open, NULL, NULL },
	{ "pread4k", op_pread4k, begin_file, end_file },
	{ "pread64k", op_pread64k, begin_file, end_file },
	{ "pwrite64k", op_pwrite64k, begin_file, end_file },
	{ "fault", op_fault, NULL, NULL },
	{ "fork", op_fork, NULL, NULL },
	{ "fork20", op_fork, begin_big, end_big },
	{ "exec", op_exec, NULL, NULL },
	{ "pipe", op_pipe, begin_pipe, end_pipe },
	{ "create", op_create, NULL, NULL },
	{ "create-only", op_create_only, NULL, end_create_only },
	{ "chmod", op_chmod, begin_file, end_file },
	{ "names", op_names, NULL, NULL },
	{ "list", op_list, NULL, NULL },
	{ "random", op_random, begin_random, end_file },
	{ "fsync", op_fsync, begin_file, end_file },
};

const struct op *op_find(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}
