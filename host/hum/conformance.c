// SPDX-License-Identifier: GPL-2.0-only
/*
 * conformance - `hum conformance DIR|TAG`: fsconf in a guest, its helper out here
 *
 * The guest has DIR at its own place and runs fsconf on it; TAG names a share that
 * the guest has anyway, with its options: "cwd", or "v0" for the first -v. What guest and host
 * see of each other is tested, too: `fsconf --serve` works on the same directory
 * from the host, and the two talk over a socket that is the guest's standard
 * input. The helper ends when that is closed, at the latest with hum.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "conformance.h"
#include "msg.h"

/* Places of fsconf relative to this program's directory, best first. */
static const char *const places[] = {
	"fsconf",			/* installed or copied side by side */
	"../../conformance/fsconf",	/* build tree */
};

/* Return: the absolute path, to be freed; NULL = nowhere. */
static char *find_fsconf(void)
{
	_cleanup_free_ char *self = realpath("/proc/self/exe", NULL);
	const char *named = getenv("HUM_FSCONF");
	char *slash = self ? strrchr(self, '/') : NULL;
	size_t i;

	if (named && *named)
		return realpath(named, NULL);
	if (!slash)
		return NULL;
	*slash = 0;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		_cleanup_free_ char *path = NULL;
		char *whole;

		if (asprintf(&path, "%s/%s", self, places[i]) < 0)
			return NULL;
		whole = realpath(path, NULL);
		if (whole)
			return whole;
	}
	return NULL;
}

/* What is tested. */
struct subject {
	char *guest;		/* where the guest has it; allocated */
	char *host;		/* the same objects out here; allocated */
	const char *lists[2];	/* of known differences */
	bool alone;		/* cache=exclusive: nobody else changes it */
};

static void subject_clear(struct subject *s)
{
	free(s->guest);
	free(s->host);
}

static int add_words(struct config *c, const char *fsconf,
		     const struct subject *s, int argc, char **argv)
{
	bool self = c->dry_run || s->alone;
	int r = strv_add(&c->command, fsconf);
	size_t i;

	if (r == 0)
		r = strv_add(&c->command, "--peer");
	if (r == 0)
		r = strv_add(&c->command, self ? "self" : "fd:0,0");
	for (i = 0; i < 2 && s->lists[i] && r == 0; i++) {
		r = strv_add(&c->command, "--expected");
		if (r == 0)
			r = strv_add(&c->command, s->lists[i]);
	}
	for (; argc && r == 0; argc--, argv++)
		r = strv_add(&c->command, *argv);
	return r ? r : strv_add(&c->command, s->guest);
}

/* What the host does not let an ordinary user do is known. */
static void plain_lists(struct subject *s)
{
	if (!geteuid())
		return;
	s->lists[0] = "hostfs";
	s->lists[1] = "hostfs-user";
}

/* Return: 0 or a negative errno. */
static int find_directory(struct config *c, const char *word,
			  struct subject *ret)
{
	struct volume *v;

	ret->guest = realpath(word, NULL);
	if (!ret->guest)
		return -errno;
	ret->host = strdup(ret->guest);
	v = config_add_volume(c);
	if (!v || !ret->host)
		return -ENOMEM;
	memset(v, 0, sizeof(*v));
	if (strlen(ret->guest) >= sizeof(v->source))
		return -ENAMETOOLONG;
	strcpy(v->source, ret->guest);
	plain_lists(ret);
	return 0;
}

/* The share of a tag as shares_open() gives them. Return: is there one? */
static bool find_share(const struct config *c, const char *tag,
		       const struct volume **ret)
{
	char name[24];
	size_t i;

	*ret = NULL;
	if (!strcmp(tag, "cwd"))
		return true;
	for (i = 0; i < c->nvolumes; i++) {
		snprintf(name, sizeof(name), "v%zu", i);
		if (!strcmp(tag, name)) {
			*ret = &c->volumes[i];
			return true;
		}
	}
	return false;
}

/* A tree of humfs-meta's has its objects in a folder. */
static char *data_of(const char *source)
{
	_cleanup_free_ char *super = NULL;
	char *data = NULL;

	if (asprintf(&super, "%s/superblock", source) < 0 ||
	    asprintf(&data, "%s/%s", source, access(super, F_OK) ? "" : "data") < 0)
		return NULL;
	return data;
}

static int find_tagged(const struct volume *v, struct subject *ret)
{
	const char *source = v ? v->source : ".";

	ret->guest = v && *v->target ? strdup(v->target) : realpath(source, NULL);
	if (!ret->guest)
		return -errno;
	if (v && v->humfs) {
		ret->alone = strstr(v->options, "cache=exclusive");
		ret->host = data_of(source);
		ret->lists[0] = "humfs";
		ret->lists[1] = ret->alone ? "humfs-exclusive" : NULL;
	} else {
		ret->alone = v && strstr(v->options, "cache=exclusive");
		ret->host = strdup(source);
		plain_lists(ret);
	}
	return ret->host ? 0 : -ENOMEM;
}

static void helper(const char *fsconf, const char *dir, int sock, pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);	/* the socket's end does, too */
	if (getppid() == parent && dup2(sock, 0) == 0 && dup2(sock, 1) == 1)
		execl(fsconf, fsconf, "--serve", dir, (char *)NULL);
	_exit(EXIT_NOT_RUN);
}

/* Standard input becomes the line to the helper. */
static int start_helper(const char *fsconf, const char *dir)
{
	pid_t parent = getpid(), pid;
	int pair[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		helper(fsconf, dir, pair[1], parent);
	if (pid < 0 || dup2(pair[0], 0) < 0)
		r = -errno;
	(void)close(pair[0]);	/* nothing was written to them */
	(void)close(pair[1]);
	return r;
}

int conformance_prepare(struct config *c, int argc, char **argv)
{
	_cleanup_free_ char *fsconf = find_fsconf();
	_cleanup_(subject_clear) struct subject subject = { 0 };
	const struct volume *v;
	int r;

	if (!argc) {
		msg("no directory or tag given; see 'hum conformance --help'");
		return -EINVAL;
	}
	r = find_share(c, argv[0], &v) ? find_tagged(v, &subject) :
					 find_directory(c, argv[0], &subject);
	if (r < 0) {
		msg_errno(r, "cannot find the directory '%s'", argv[0]);
		return r;
	}
	if (!fsconf) {
		msg("fsconf is neither beside hum nor where HUM_FSCONF says");
		return -ENOENT;
	}
	if (!c->user)
		c->user = "root";
	r = add_words(c, fsconf, &subject, argc - 1, argv + 1);
	if (r == 0 && !c->dry_run && !subject.alone)
		r = start_helper(fsconf, subject.host);
	if (r < 0)
		msg_errno(r, "cannot start the test of '%s'", argv[0]);
	return r;
}
