// SPDX-License-Identifier: GPL-2.0-only
/*
 * request - the messages that hum sends to the guest's agent
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ctl_sock.h"
#include "request.h"

#define SMALL 256		/* holds a message with a number or two */

/* Room for a string or a number: header, bytes, padding, and one NUL. */
static size_t field_size(size_t length)
{
	return sizeof(struct ctl_field) + length + 8;
}

int request_setup(int sock, const struct shares *s)
{
	_cleanup_free_ void *buf = NULL;
	size_t size = SMALL + sizeof(struct utsname), i;
	struct ctl_builder b;
	struct utsname host;

	for (i = 0; i < s->n; i++)
		size += field_size(strlen(s->v[i].target) +
				   strlen(s->v[i].options) + 64);
	buf = malloc(size);
	if (!buf)
		return -ENOMEM;
	ctl_build(&b, buf, size, CTL_SETUP, 0);
	for (i = 0; i < s->n; i++) {
		const struct share *share = &s->v[i];
		char options[sizeof(((struct volume *)0)->options) + 4];
		struct ctl_mount m = {
			.source = share->tag,
			.target = share->target,
			.type = share->humfs ? "humfs" :
				i ? "hostfs" : "overlay-root",
			.options = options,
		};

		snprintf(options, sizeof(options), "%s%s%s",
			 i && share->read_only ? "ro" : "rw",
			 *share->options ? "," : "", share->options);
		ctl_put_mount(&b, &m);
	}
	/*
	 * The host's name: it is in the host's /etc/hosts, which the guest reads,
	 * and builds that write it down give the same result.
	 */
	if (uname(&host) == 0)
		ctl_put_string(&b, CTL_T_HOSTNAME, host.nodename);
	return ctl_sock_send(sock, &b, NULL, 0);
}

static void put_list(struct ctl_builder *b, uint16_t tag,
		     const struct strv *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		ctl_put_string(b, tag, list->v[i]);
}

static size_t list_size(const struct strv *list)
{
	size_t size = 0, i;

	for (i = 0; i < list->n; i++)
		size += field_size(strlen(list->v[i]));
	return size;
}

/* The user of the command: the name for the guest to look up, or ourselves. */
static void put_user(struct ctl_builder *b, const struct config *c,
		     const gid_t *groups, int ngroups)
{
	int i;

	if (c->user) {
		ctl_put_string(b, CTL_T_USER, c->user);
		return;
	}
	ctl_put_u32(b, CTL_T_UID, geteuid());
	ctl_put_u32(b, CTL_T_GID, getegid());
	for (i = 0; i < ngroups; i++)
		ctl_put_u32(b, CTL_T_GROUP, groups[i]);
}

/* Our supplementary groups. Return: how many; a negative errno. */
static int own_groups(gid_t **ret)
{
	int n = getgroups(0, NULL);
	gid_t *groups;

	if (n < 0)
		return -errno;
	groups = calloc((size_t)n + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	n = getgroups(n, groups);
	if (n < 0) {
		free(groups);
		return -errno;
	}
	*ret = groups;
	return n;
}

static uint32_t own_umask(void)
{
	mode_t mask = umask(022);

	(void)umask(mask);	/* there is no way to read it without setting */
	return mask;
}

int request_exec(int sock, const struct config *c, const struct ctl_tty *tty,
		 const int *fds, unsigned int nfds)
{
	_cleanup_free_ void *buf = NULL;
	_cleanup_free_ gid_t *groups = NULL;
	_cleanup_free_ char *workdir = config_workdir(c);
	struct ctl_builder b;
	int ngroups, r;
	size_t size;

	if (!workdir)
		return -ENOMEM;
	ngroups = own_groups(&groups);
	if (ngroups < 0)
		return ngroups;
	size = SMALL + list_size(&c->command) + list_size(&c->env) +
	       field_size(strlen(workdir)) +
	       field_size(c->user ? strlen(c->user) : 0) +
	       (size_t)ngroups * field_size(sizeof(uint32_t));
	buf = malloc(size);
	if (!buf)
		return -ENOMEM;
	ctl_build(&b, buf, size, CTL_EXEC, COMMAND_ID);
	put_list(&b, CTL_T_ARG, &c->command);
	put_list(&b, CTL_T_ENV, &c->env);
	ctl_put_string(&b, CTL_T_CWD, workdir);
	put_user(&b, c, groups, ngroups);
	ctl_put_u32(&b, CTL_T_UMASK, own_umask());
	ctl_put_u32(&b, CTL_T_STDIO, 7 & ~c->closed_stdio);
	if (tty)
		ctl_put_tty(&b, tty);
	r = ctl_sock_send(sock, &b, fds, nfds);
	return r == -EMSGSIZE ? -E2BIG : r;
}

int request_signal(int sock, int signo)
{
	unsigned char buf[SMALL];
	struct ctl_builder b;

	ctl_build(&b, buf, sizeof(buf), CTL_SIGNAL, COMMAND_ID);
	ctl_put_u32(&b, CTL_T_SIGNO, (uint32_t)signo);
	return ctl_sock_send(sock, &b, NULL, 0);
}

int request_winsize(int sock, const struct ctl_tty *tty)
{
	unsigned char buf[SMALL];
	struct ctl_builder b;

	ctl_build(&b, buf, sizeof(buf), CTL_WINSIZE, COMMAND_ID);
	ctl_put_tty(&b, tty);
	return ctl_sock_send(sock, &b, NULL, 0);
}

int request_poweroff(int sock)
{
	unsigned char buf[SMALL];
	struct ctl_builder b;

	ctl_build(&b, buf, sizeof(buf), CTL_POWEROFF, 0);
	return ctl_sock_send(sock, &b, NULL, 0);
}
