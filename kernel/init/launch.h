/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * launch - a command that is being started, between exec.c and become.c
 */
#ifndef HUM_LAUNCH_H
#define HUM_LAUNCH_H

#include "agent.h"

/* How far it came. */
enum step { STEP_SETUP, STEP_USER, STEP_CWD, STEP_EXEC };

/* A command to be started, and how that failed. */
struct launch {
	char **argv, **envp;
	size_t nargs, nenv;
	char *cwd, *user;
	bool has_uid, has_gid, has_tty;
	struct identity id;
	struct ctl_tty size;
	uint32_t umask, stdio;
	int fds[3];		/* -1: closed in the command */
	int master, slave;
	char *path;		/* room for the longest name to try */
	char **script;		/* room for sh, name, arguments */
	enum step step;
	int err;
};

const char *launch_search_path(const struct launch *l);
void launch_become(struct launch *l);

#endif /* HUM_LAUNCH_H */
