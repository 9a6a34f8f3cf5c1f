/* SPDX-License-Identifier: GPL-2.0-only */
/* prog - programs to run: copies of fsconf that report what they are */
#ifndef FSCONF_PROG_H
#define FSCONF_PROG_H

#include "../harness/fsconf.h"

/* What prog_run() returns when the program could not be run. */
enum {
	PROG_FAILED = 100, PROG_EACCES, PROG_ETXTBSY, PROG_EPERM, PROG_ENOEXEC,
	PROG_ENOENT, PROG_ELOOP,
};

/* Copy the running program to @path. Ends the case if it cannot. */
void prog_copy(const char *path, mode_t mode);

/*
 * Run @path as @who, for good; @ask names what it reports ("euid", "ruid",
 * "egid", "netraw", or "zero").
 * Return: the answer modulo 100, or one of PROG_*.
 */
int prog_run(enum fc_who who, const char *path, const char *ask);
/* The same by execveat(2). */
int prog_run_at(enum fc_who who, int dirfd, const char *path, const char *ask,
		int flags);

#endif
