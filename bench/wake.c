// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake - how long until somebody who watches a directory knows of a change
 *
 *	wake sleeper DIR		prints a byte, and one for each change
 *	wake waker FILE COUNT COMMAND...	changes FILE, waits for the byte
 *
 * COMMAND runs the sleeper, here or in a guest. What is measured is from before
 * write() until the sleeper's byte has come back through a pipe, so the way back
 * is in it. Between two changes everybody gets idle. Prints microseconds: the
 * median and the 99th percentile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IDLE_US	5000

static int fail(const char *what)
{
	fprintf(stderr, "wake: %s: %s\n", what, strerror(errno));
	return 1;
}

static int sleeper(const char *dir)
{
	static _Alignas(8) char events[4096];
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, dir, IN_MODIFY) < 0)
		return fail(dir);
	do {
		if (write(1, "!", 1) != 1)
			return 0;
	} while (read(fd, events, sizeof(events)) > 0);
	return fail("read");
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Return: 0, or -1 when the sleeper is gone. */
static int wake(int file, int pipe, int count, double *took)
{
	char byte;

	if (read(pipe, &byte, 1) != 1)
		return -1;
	for (int i = 0; i < count; i++) {
		double start;

		usleep(IDLE_US);
		start = now_us();
		if (pwrite(file, "x", 1, 0) != 1 || read(pipe, &byte, 1) != 1)
			return -1;
		took[i] = now_us() - start;
	}
	return 0;
}

static int waker(const char *name, int count, char **command)
{
	double *took = count > 0 ? calloc(count, sizeof(*took)) : NULL;
	int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int ends[2], bad;
	pid_t pid;

	if (!took || file < 0 || pipe2(ends, O_CLOEXEC))
		return fail(name);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		execvp(command[0], command);
		_exit(127);
	}
	close(ends[1]);
	bad = pid < 0 || wake(file, ends[0], count, took);
	close(ends[0]);
	/* One more change: the sleeper finds its pipe closed, and ends. */
	(void)!pwrite(file, "y", 1, 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (bad) {
		fprintf(stderr, "wake: %s does not answer\n", command[0]);
		return 1;
	}
	qsort(took, count, sizeof(*took), less);
	printf("%.0f %.0f\n", took[count / 2], took[count * 99 / 100]);
	free(took);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sleeper"))
		return sleeper(argv[2]);
	if (argc >= 5 && !strcmp(argv[1], "waker"))
		return waker(argv[2], atoi(argv[3]), argv + 4);
	fprintf(stderr, "Usage: wake sleeper DIR | wake waker FILE COUNT COMMAND...\n");
	return 2;
}
