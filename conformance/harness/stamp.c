// SPDX-License-Identifier: GPL-2.0-only
/*
 * stamp - which operation changes which time of which file
 *
 * Never sleeps: fc_tick() writes to a file of the same file system until the
 * file system gives it a time later than every time that is being watched, so
 * a change made from then on gets a later time, whatever the granularity.
 */
#include "fsconf.h"

bool fc_later(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec > b->tv_sec;
	return a->tv_nsec > b->tv_nsec;
}

bool fc_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

void fc_tick(const struct timespec *after)
{
	struct stat st;

	fc_doubt.honest++;	/* as often as it takes: not to be counted */
	do {
		if (pwrite(fc_env.tick_fd, "t", 1, 0) != 1)
			fc_abort_case(HERE, "cannot write the tick file");
		MUST(fstat(fc_env.tick_fd, &st));
	} while (!fc_later(&st.st_mtim, after));
	fc_doubt.honest--;
}

void fc_watch_start(struct fc_watch *w, const char *const *paths)
{
	struct timespec last = { 0, 0 };

	w->count = 0;
	for (; *paths && w->count < FC_WATCH_MAX; paths++) {
		struct fc_stamp *s = &w->stamps[w->count++];

		s->path = *paths;
		s->st = fc_lstat(*paths);
		if (fc_later(&s->st.st_mtim, &last))
			last = s->st.st_mtim;
		if (fc_later(&s->st.st_ctim, &last))
			last = s->st.st_ctim;
	}
	fc_tick(&last);
}

static void check_one(const struct fc_here *at, const char *label,
		      const char *what, const struct timespec *now,
		      const struct timespec *before, bool want)
{
	bool changed = want ? fc_later(now, before) :
			      !fc_same_time(now, before);

	fc_check_str(at, changed ? "changed" : "unchanged",
		     want ? "changed" : "unchanged", "%s: %s", label, what);
}

/*
 * fc_watch_check - check which times of a watched path have changed
 * @which: index among the watched paths
 * @want: letters of the times that must have changed, 'm' and 'c'; the other
 *	one must not have; "-" before a letter leaves it out
 */
void fc_watch_check(const struct fc_here *at, const struct fc_watch *w,
		    int which, const char *want, const char *label)
{
	const struct fc_stamp *s = &w->stamps[which];
	struct stat now = fc_lstat(s->path);

	if (!strstr(want, "-m"))
		check_one(at, label, fc_fmt("mtime of %s", s->path),
			  &now.st_mtim, &s->st.st_mtim,
			  strchr(want, 'm'));
	if (!strstr(want, "-c"))
		check_one(at, label, fc_fmt("ctime of %s", s->path),
			  &now.st_ctim, &s->st.st_ctim,
			  strchr(want, 'c'));
}
