/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strays - finds what a command leaves running
 *
 * Theory of operation
 *
 * A child subreaper becomes the parent of every orphan among its descendants,
 * whatever session, process group or name they have given themselves. So a test
 * program that is one needs no marks on processes: what it is still the parent
 * of when the command has ended was left behind.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "strays.h"

long long strays_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int strays_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The parent of a process as /proc/PID/stat has it; 0 = gone. */
static pid_t parent_of(const char *pid)
{
	char path[300], line[512], *end;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = 0;
	end = strrchr(line, ')');	/* the name may hold anything */
	if (!end || strlen(end) < 5)
		return 0;
	return (pid_t)strtol(end + 4, NULL, 10);
}

static void name_stray(const char *pid)
{
	char path[300], line[200];
	ssize_t n, i;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		n = 0;
	for (i = 0; i < n; i++)
		if (line[i] < ' ')
			line[i] = ' ';
	line[n] = 0;
	fprintf(stderr, "left running: %s %s\n", pid, line);
}

/* Name and kill the children; their own children come to us next. */
static int kill_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int count = 0;

	if (!proc)
		return 1;
	while ((d = readdir(proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
		    parent_of(d->d_name) != getpid())
			continue;
		name_stray(d->d_name);
		kill((pid_t)strtol(d->d_name, NULL, 10), SIGKILL);
		count++;
	}
	closedir(proc);
	return count;
}

/* Wait for every child until @deadline. Return: 1 when none is left. */
static int reap_until(long long deadline)
{
	struct timespec tick = { .tv_nsec = 50 * 1000000 };
	sigset_t chld;
	pid_t pid;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	for (;;) {
		do
			pid = waitpid(-1, NULL, WNOHANG | __WALL);
		while (pid > 0);
		if (pid < 0 && errno == ECHILD)
			return 1;
		if (strays_now() >= deadline)
			return 0;
		(void)sigtimedwait(&chld, NULL, &tick);	/* woken or not, look again */
	}
}

int strays_end(int limit_ms)
{
	int count = 0, round;

	if (reap_until(strays_now() + limit_ms))
		return 0;
	for (round = 0; round < 20; round++) {
		count += kill_children();
		if (reap_until(strays_now() + 200))
			break;
	}
	return count;
}
