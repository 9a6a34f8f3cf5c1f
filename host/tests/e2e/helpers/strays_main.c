/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strays - runs a command and fails when it leaves a process running
 *
 *	strays [-l MILLISECONDS] COMMAND...
 *
 * Exit status: the command's (128+N for signal N); 99 when it left processes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "strays.h"

int main(int argc, char **argv)
{
	int limit = 3000, status = 0, opt;
	pid_t pid, got;

	while ((opt = getopt(argc, argv, "+l:")) != -1) {
		if (opt != 'l')
			return 2;
		limit = atoi(optarg);
	}
	if (optind == argc) {
		fprintf(stderr, "usage: strays [-l MILLISECONDS] COMMAND...\n");
		return 2;
	}
	if (strays_adopt() < 0) {
		perror("strays: prctl");
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		perror("strays: fork");
		return 1;
	}
	if (!pid) {
		execvp(argv[optind], argv + optind);
		fprintf(stderr, "strays: %s: %s\n", argv[optind], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	do
		got = waitpid(-1, &status, __WALL);
	while (got != pid && (got > 0 || errno == EINTR));
	if (strays_end(limit))
		return 99;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
