// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec - start commands for the launcher and report how they end
 *
 * Theory of operation
 *
 * A command is a child in a session of its own. It is made by vfork(): the
 * child shares pid 1's memory until it has become the command or failed, which
 * saves copying the address space (expensive in a guest), and lets it leave the
 * reason of a failure in struct launch, where the parent reads it. So the
 * child (become.c) allocates nothing and writes to nothing else; all
 * that it needs is prepared before.
 *
 * A command on a terminal has a guest pty; its end is reported when the bridge
 * has carried the last of the output. Other commands have the launcher's own
 * descriptors, of which pid 1 keeps no copy: end of file and hang-up are exact.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"

#define STATUS_FAILED		125
#define STATUS_CANNOT_RUN	126
#define STATUS_NOT_FOUND	127

struct command {
	struct command *next;
	uint32_t id;
	pid_t pid;
	struct bridge *bridge;
	bool ended;
	int status;
};

static struct command *commands;

static void add_string(char ***list, size_t *n, const struct ctl_value *v)
{
	*list = xgrow(*list, (*n + 2) * sizeof(char *));
	(*list)[(*n)++] = xstrndup(v->data, v->length);
	(*list)[*n] = NULL;
}

static void set_string(char **where, const struct ctl_value *v)
{
	free(*where);
	*where = xstrndup(v->data, v->length);
}

static void take_field(struct launch *l, const struct ctl_value *v)
{
	struct identity *id = &l->id;

	switch (v->tag) {
	case CTL_T_ARG:
		add_string(&l->argv, &l->nargs, v);
		break;
	case CTL_T_ENV:
		add_string(&l->envp, &l->nenv, v);
		break;
	case CTL_T_CWD:
		set_string(&l->cwd, v);
		break;
	case CTL_T_USER:
		set_string(&l->user, v);
		break;
	case CTL_T_UID:
		id->uid = ctl_u32(v);
		l->has_uid = true;
		break;
	case CTL_T_GID:
		id->gid = ctl_u32(v);
		l->has_gid = true;
		break;
	case CTL_T_GROUP:
		id->groups = xgrow(id->groups,
				   (id->ngroups + 1) * sizeof(gid_t));
		id->groups[id->ngroups++] = ctl_u32(v);
		break;
	case CTL_T_TTY:
		l->size = ctl_tty(v);
		l->has_tty = true;
		break;
	case CTL_T_UMASK:
		l->umask = ctl_u32(v) & 0777;
		break;
	case CTL_T_STDIO:
		l->stdio = ctl_u32(v);
		break;
	}
}

/* Bit n of the STDIO field = descriptor n comes with the message. */
static int take_descriptors(struct launch *l, struct message *m)
{
	uint32_t i, next = 0;

	if (l->stdio > 7 || (l->has_tty && l->stdio != 7))
		return -EBADMSG;
	for (i = 0; i < 3; i++) {
		if (!(l->stdio & (1u << i)))
			continue;
		l->fds[i] = control_take_fd(m, next++);
		if (l->fds[i] < 0)
			return l->fds[i];
	}
	return next == m->nfds ? 0 : -EBADMSG;
}

static bool has_variable(const struct launch *l, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < l->nenv; i++)
		if (!strncmp(l->envp[i], name, n) && l->envp[i][n] == '=')
			return true;
	return false;
}

static void add_variable(struct launch *l, const char *name, const char *value)
{
	char *text;
	struct ctl_value v;

	if (!value || has_variable(l, name) ||
	    asprintf(&text, "%s=%s", name, value) < 0)
		return;
	v = (struct ctl_value) { CTL_T_ENV, (uint32_t)strlen(text), text };
	add_string(&l->envp, &l->nenv, &v);
	free(text);
}

/* Who runs it; the environment that goes with that person. */
static int find_identity(struct launch *l)
{
	int err = 0;

	if (l->user) {
		free(l->id.groups);
		l->id = (struct identity) { .uid = 0 };
		err = users_find(l->user, &l->id);
	} else if (l->has_uid != l->has_gid) {
		err = -EBADMSG;
	} else {
		(void)users_describe(&l->id);	/* a number needs no entry */
	}
	if (err)
		return err;
	add_variable(l, "HOME", l->id.home ? l->id.home : "/");
	add_variable(l, "SHELL", l->id.shell);
	add_variable(l, "USER", l->id.name);
	add_variable(l, "LOGNAME", l->id.name);
	return 0;
}

static pid_t spawn(struct launch *l)
{
	pid_t pid;

	l->path = xalloc(strlen(launch_search_path(l)) + strlen(l->argv[0]) + 2);
	l->script = xalloc((l->nargs + 3) * sizeof(char *));
	l->err = 0;
	pid = vfork();
	if (pid == 0) {
		launch_become(l);
		_exit(STATUS_NOT_FOUND);
	}
	if (pid < 0)
		l->err = -errno;
	return pid;
}

static void report_failure(const struct launch *l, uint32_t id)
{
	switch (l->step) {
	case STEP_SETUP:
	case STEP_USER:
		control_error(id, l->err, STATUS_FAILED, "cannot start '%s': %m",
			      l->argv[0]);
		break;
	case STEP_CWD:
		control_error(id, l->err, STATUS_CANNOT_RUN,
			      "cannot change to '%s': %m", l->cwd ? l->cwd : "/");
		break;
	case STEP_EXEC:
		control_error(id, l->err, l->err == -ENOENT ? STATUS_NOT_FOUND :
			      STATUS_CANNOT_RUN, "cannot run '%s': %m", l->argv[0]);
		break;
	}
}

static void launch_free(struct launch *l)
{
	size_t i;

	for (i = 0; i < l->nargs; i++)
		free(l->argv[i]);
	for (i = 0; i < l->nenv; i++)
		free(l->envp[i]);
	free(l->argv);
	free(l->envp);
	free(l->cwd);
	free(l->user);
	free(l->path);
	free(l->script);
	users_free(&l->id);
	for (i = 0; i < 3; i++)
		xclose(&l->fds[i]);
	xclose(&l->slave);
	xclose(&l->master);
}

static struct command *find_command(uint32_t id)
{
	struct command *c;

	for (c = commands; c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

/* Report the end of a command and forget it. */
static void finish(struct command *c)
{
	struct command **p;

	control_say(CTL_EXITED, c->id, CTL_T_STATUS, (uint32_t)c->status);
	for (p = &commands; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	if (c->bridge)
		bridge_free(c->bridge);
	free(c);
}

static void drained(void *arg)
{
	finish(arg);
}

/* The command runs: what it needs no more is closed, its end is waited for. */
static void started(struct launch *l, uint32_t id, pid_t pid)
{
	struct command *c = xalloc(sizeof(*c));

	*c = (struct command) { .next = commands, .id = id, .pid = pid };
	commands = c;
	control_say(CTL_STARTED, id, CTL_T_PID, (uint32_t)pid);
	if (l->master < 0)
		return;
	xclose(&l->slave);
	xclose(&l->fds[2]);
	c->bridge = bridge_start(l->master, l->fds[0], l->fds[1], drained, c);
	l->master = l->fds[0] = l->fds[1] = -1;
}

static int prepare(struct launch *l, struct message *m)
{
	struct ctl_reader r;
	struct ctl_value v;
	int n;

	ctl_open(&r, m->header.type, m->fields, m->header.length);
	while ((n = ctl_next(&r, &v)) > 0)
		take_field(l, &v);
	if (n < 0)
		return n;
	if (!l->nargs || !m->header.id || find_command(m->header.id))
		return -EBADMSG;
	if (!l->envp)
		l->envp = xalloc(sizeof(char *));
	return take_descriptors(l, m);
}

static int prepare_terminal(struct launch *l)
{
	if (!l->has_tty)
		return 0;
	return bridge_terminal(&l->size, l->id.uid, &l->master, &l->slave);
}

/**
 * exec_start - carry out an EXEC
 * @m:		the message
 *
 * The launcher is sent STARTED, later EXITED; or ERROR.
 */
void exec_start(struct message *m)
{
	struct launch l = { .umask = 022, .stdio = 7, .fds = { -1, -1, -1 },
			    .master = -1, .slave = -1 };
	uint32_t id = m->header.id;
	pid_t pid;
	int err;

	err = prepare(&l, m);
	if (err) {
		control_error(id, err, STATUS_FAILED, "cannot start '%s': %m",
			      l.nargs ? l.argv[0] : "");
	} else if ((err = find_identity(&l))) {
		control_error(id, err, STATUS_FAILED, "the guest has no user '%s'",
			      l.user ? l.user : "");
	} else if ((err = prepare_terminal(&l))) {
		control_error(id, err, STATUS_FAILED, "no terminal for '%s': %m",
			      l.argv[0]);
	} else {
		pid = spawn(&l);
		if (l.err)
			report_failure(&l, id);
		else
			started(&l, id, pid);
	}
	launch_free(&l);
}

/* Process @pid has been reaped; orphans, and children that never ran, are none. */
void exec_ended(pid_t pid, int status)
{
	struct command *c;

	for (c = commands; c; c = c->next)
		if (c->pid == pid && !c->ended)
			break;
	if (!c)
		return;
	c->ended = true;
	c->status = status;
	if (c->bridge)
		bridge_command_ended(c->bridge);
	else
		finish(c);
}

/* To the process group of a command, on a terminal the one in the foreground. */
void exec_signal(uint32_t id, int signo)
{
	struct command *c = find_command(id);
	pid_t group;

	if (!c || (c->ended && !c->bridge))
		return;
	group = c->bridge ? bridge_foreground(c->bridge) : 0;
	if (group <= 0)
		group = c->pid;
	if (group > 1)
		(void)kill(-group, signo);	/* gone already: nothing to do */
}

void exec_resize(uint32_t id, const struct ctl_tty *size)
{
	struct command *c = find_command(id);

	if (c && c->bridge)
		bridge_resize(c->bridge, size);
}
