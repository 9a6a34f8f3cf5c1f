// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog - programs to run: copies of fsconf that report what they are
 *
 * Under the name FC_REPORT_NAME the copy ends at once, with a status made of
 * its ids, see harness/report_ids.c.
 */
#include <linux/capability.h>

#include "../harness/report_ids.h"
#include "prog.h"

void prog_copy(const char *path, mode_t mode)
{
	int in = MUST(open("/proc/self/exe", O_RDONLY));
	int out = MUST(open(path, O_CREAT | O_TRUNC | O_WRONLY, 0700));
	char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (write(out, buf, n) != n)
			fc_abort_case(HERE, "cannot write %s", path);
	}
	MUST(fchmod(out, mode));
	MUST(close(in));
	MUST(close(out));
}

struct plan {
	enum fc_who who;
	int dirfd, flags;
	const char *path, *ask;
};

/* Not even the saved ids may be another's when the program starts. */
static void become_for_good(enum fc_who who)
{
	fc_as(who);
	if (fc_users() && who != FC_ROOT) {
		uid_t uid = geteuid();
		gid_t gid = getegid();

		fc_as_caps(who, 1ull << CAP_SETUID | 1ull << CAP_SETGID);
		MUST(setresgid(gid, gid, gid));
		MUST(setresuid(uid, uid, uid));
	}
}

static int status_of(int err)
{
	static const int errors[] = { 0, EACCES, ETXTBSY, EPERM, ENOEXEC,
				      ENOENT, ELOOP };

	for (size_t i = 1; i < ARRAY_SIZE(errors); i++) {
		if (errors[i] == err)
			return PROG_FAILED + i;
	}
	return PROG_FAILED;
}

static void exec_child(void *arg)
{
	const struct plan *p = arg;
	char *const argv[] = { FC_REPORT_NAME, (char *)p->ask, NULL };
	char *const env[] = { NULL };

	become_for_good(p->who);
	execveat(p->dirfd, p->path, argv, env, p->flags);
	_exit(status_of(errno));
}

int prog_run_at(enum fc_who who, int dirfd, const char *path, const char *ask,
		int flags)
{
	struct plan p = { who, dirfd, flags, path, ask };

	return fc_in_child(exec_child, &p);
}

int prog_run(enum fc_who who, const char *path, const char *ask)
{
	return prog_run_at(who, AT_FDCWD, path, ask, 0);
}
