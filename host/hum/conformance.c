// SPDX-License-Identifier: GPL-2.0-only
/*
 * conformance - `hum conformance DIR`: fsconf in a guest, its helper out here
 *
 * The guest has DIR at its own place and runs fsconf on it. What guest and host
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

static int add_words(struct config *c, const char *fsconf, const char *dir,
		     int argc, char **argv)
{
	static const char *const user[] = {
		"--expected", "hostfs", "--expected", "hostfs-user",
	};
	int r = strv_add(&c->command, fsconf);
	size_t i;

	if (r == 0)
		r = strv_add(&c->command, "--peer");
	if (r == 0)
		r = strv_add(&c->command, c->dry_run ? "self" : "fd:0,0");
	/* What the host does not let an ordinary user do is known. */
	for (i = 0; geteuid() && i < sizeof(user) / sizeof(user[0]) && !r; i++)
		r = strv_add(&c->command, user[i]);
	for (; argc && r == 0; argc--, argv++)
		r = strv_add(&c->command, *argv);
	return r ? r : strv_add(&c->command, dir);
}

static int add_directory(struct config *c, const char *dir)
{
	struct volume *v = config_add_volume(c);

	if (!v)
		return -ENOMEM;
	memset(v, 0, sizeof(*v));
	if (strlen(dir) >= sizeof(v->source))
		return -ENAMETOOLONG;
	strcpy(v->source, dir);
	return 0;
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
	_cleanup_free_ char *fsconf = find_fsconf(), *dir = NULL;
	int r;

	if (!argc) {
		msg("no directory given; see 'hum conformance --help'");
		return -EINVAL;
	}
	dir = realpath(argv[0], NULL);
	if (!dir) {
		r = -errno;
		msg_errno(r, "cannot find the directory '%s'", argv[0]);
		return r;
	}
	if (!fsconf) {
		msg("fsconf is neither beside hum nor where HUM_FSCONF says");
		return -ENOENT;
	}
	if (!c->user)
		c->user = "root";
	r = add_directory(c, dir);
	if (r == 0)
		r = add_words(c, fsconf, dir, argc - 1, argv + 1);
	if (r == 0 && !c->dry_run)
		r = start_helper(fsconf, dir);
	if (r < 0)
		msg_errno(r, "cannot start the test of '%s'", dir);
	return r;
}
