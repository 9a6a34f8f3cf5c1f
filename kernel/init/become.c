// SPDX-License-Identifier: GPL-2.0-only
/*
 * become - what a command's process does before it is the command
 *
 * It runs between vfork() and execve(), in pid 1's memory: nothing here may
 * allocate, print, or write anywhere but to struct launch and the stack.
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch.h"

#define DEFAULT_PATH	"/usr/local/bin:/usr/bin:/bin"

/* The PATH that the command is looked for in: its own. */
const char *launch_search_path(const struct launch *l)
{
	size_t i;

	for (i = 0; i < l->nenv; i++)
		if (!strncmp(l->envp[i], "PATH=", 5))
			return l->envp[i] + 5;
	return DEFAULT_PATH;
}

/* One name. A file without a known format is a script for sh, as execvp(3). */
static int try_exec(struct launch *l, const char *name)
{
	size_t i;

	(void)execve(name, l->argv, l->envp);
	if (errno != ENOEXEC)
		return -errno;
	l->script[0] = (char *)"sh";
	l->script[1] = (char *)name;
	for (i = 1; i <= l->nargs; i++)
		l->script[i + 1] = l->argv[i];
	(void)execve("/bin/sh", l->script, l->envp);
	return -ENOEXEC;
}

/* The errors that execvp(3) takes for "not in this directory". */
static bool not_here(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -ENAMETOOLONG ||
	       err == -ESTALE || err == -ENODEV || err == -ETIMEDOUT;
}

static int search_and_exec(struct launch *l)
{
	const char *name = l->argv[0], *at, *end;
	int err, denied = 0;
	size_t n;

	if (!*name)
		return -ENOENT;
	if (strchr(name, '/'))
		return try_exec(l, name);
	for (at = launch_search_path(l); ; at = end + 1) {
		end = strchrnul(at, ':');
		n = (size_t)(end - at);
		memcpy(l->path, at, n);
		if (n)
			l->path[n++] = '/';
		strcpy(l->path + n, name);
		err = try_exec(l, l->path);
		if (err == -EACCES)
			denied = err;
		else if (!not_here(err))
			return err;
		if (!*end)
			return denied ? denied : -ENOENT;
	}
}

static int set_stdio(struct launch *l)
{
	int i, fd;

	if (l->slave >= 0 && ioctl(l->slave, TIOCSCTTY, 0) < 0)
		return -errno;
	for (i = 0; i < 3; i++) {
		fd = l->slave >= 0 ? l->slave : l->fds[i];
		if (fd < 0)
			(void)close(i);
		else if (dup2(fd, i) < 0)
			return -errno;
	}
	return 0;
}

static int set_identity(const struct identity *id)
{
	if (setgroups(id->ngroups, id->groups) < 0 ||
	    setresgid(id->gid, id->gid, id->gid) < 0 ||
	    setresuid(id->uid, id->uid, id->uid) < 0)
		return -errno;
	return 0;
}

/**
 * launch_become - become the command
 * @l:		the command; on failure @step and @err say what failed
 *
 * Returns only on failure.
 */
void launch_become(struct launch *l)
{
	sigset_t none;

	l->step = STEP_SETUP;
	if (setsid() < 0) {
		l->err = -errno;
		return;
	}
	l->err = set_stdio(l);
	if (l->err)
		return;
	(void)umask(l->umask);
	l->step = STEP_USER;
	l->err = set_identity(&l->id);
	if (l->err)
		return;
	l->step = STEP_CWD;
	if (chdir(l->cwd ? l->cwd : "/") < 0) {
		l->err = -errno;
		return;
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	l->step = STEP_EXEC;
	l->err = search_and_exec(l);
}
