// SPDX-License-Identifier: GPL-2.0-only
/*
 * doubt - is each check able to fail? (--doubt)
 *
 * Theory of operation
 *
 * A check that cannot fail shows nothing. So each case runs once as it is, and the
 * places in the sources where checks stand are noted, with the calls of the C
 * library before and in each (doubt_calls.c counts them). Then, place by place, it
 * runs again and again with a lie: at one moment a call does nothing and fails, or
 * does nothing and reports success, or reports something else than what is. Tried are
 * the calls that are the check's own arguments, then single ones before it, the last
 * first. The lie counts when the check at that place fails; the case ends there.
 *
 * What --lie does, a call that lies always, ends most cases at their first line.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "doubt.h"
#include "record.h"
#include "rmtree.h"
#include "run.h"

#define BACK	48		/* calls before a check that are tried, one by one */
#define SECOND	1000000000ll
#define FAR	4096		/* no more than so many back */
#define FIRST	16		/* calls of a child that are tried */

static const char *const kinds[FC_LIES] = { "failure", "nothing", "untruth" };

static const enum fc_lie_kind order[FC_LIES] = {
	FC_LIE_ZERO, FC_LIE_WRONG, FC_LIE_ERROR,
};

struct fc_doubt fc_doubt;
struct fc_doubts *fc_doubts;

static int places, noticed;
static long long lie_limit;	/* of the running case, ns: some lies stop it */

static int find_site(const struct fc_here *at)
{
	for (int i = 0; i < fc_doubts->count; i++) {
		if (fc_doubts->sites[i].line == at->line &&
		    !strcmp(fc_doubts->sites[i].file, at->file))
			return i;
	}
	return -1;
}

static void note_site(const struct fc_here *at, bool held)
{
	struct fc_site *s;
	int i = find_site(at);

	if (i < 0 && fc_doubts->count == FC_SITES)
		return;
	if (i < 0) {
		i = fc_doubts->count++;
		fc_doubts->sites[i] = (struct fc_site){ at->file, at->line };
		fc_doubts->failed[i] = false;
	}
	s = &fc_doubts->sites[i];
	s->moments[s->count] = (struct fc_moment){
		fc_doubt.checked, fc_doubt.begun, fc_doubt.calls,
	};
	if (s->count < FC_MOMENTS - 1)
		s->count++;
	if (!held)
		fc_doubts->failed[i] = true;
}

void fc_doubt_checked(const struct fc_here *at, bool held)
{
	if (!fc_doubts)
		return;
	if (!fc_doubts->lying || !held)	/* others may notice a lie, too */
		note_site(at, held);
	if (fc_doubts->lying && !held && fc_doubts->line == at->line &&
	    !strcmp(fc_doubts->file, at->file)) {
		fc_doubts->noticed = true;
		_exit(0);
	}
	fc_doubt.checked = fc_doubt.calls;
}

bool fc_doubt_call(const char *name, enum fc_lie_kind *ret_kind)
{
	unsigned int nr;

	if (fc_doubt.honest)
		return false;
	nr = fc_doubt.calls++;
	if (!fc_doubts || !fc_doubts->lying || nr < fc_doubts->from ||
	    nr >= fc_doubts->to)
		return false;
	fc_doubts->call = name;
	*ret_kind = fc_doubts->kind;
	return true;
}

static long long nsec(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

/* Run @c once, for @limit ns at most. Return: the ns it took. */
static long long run_case(const struct fc_case *c, long long limit)
{
	static const struct timespec tick = { 0, 20000000 };
	struct timespec began, now;
	sigset_t set;
	bool late = false;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fc_record_reset(fc_record);
	clock_gettime(CLOCK_MONOTONIC, &began);
	now = began;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 0;
	if (!pid)
		fc_case_child(c, "0000");
	setpgid(pid, pid);
	while (!late && waitpid(pid, NULL, WNOHANG) != pid) {
		sigtimedwait(&set, NULL, &tick);
		clock_gettime(CLOCK_MONOTONIC, &now);
		late = nsec(&now) - nsec(&began) > limit;
	}
	if (late) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	fc_sweep_group(pid);
	(void)fc_rmtree(fc_env.work_fd, "0000");
	return nsec(&now) - nsec(&began);
}

static bool try(const struct fc_case *c, enum fc_lie_kind kind,
		unsigned int from, unsigned int to)
{
	if (from >= to)
		return false;
	fc_doubts->kind = kind;
	fc_doubts->from = from;
	fc_doubts->to = to;
	fc_doubts->noticed = false;
	fc_doubts->call = "no call";
	fc_doubts->lying = true;
	(void)run_case(c, lie_limit);
	fc_doubts->lying = false;
	return fc_doubts->noticed;
}

static bool try_each(const struct fc_case *c, unsigned int nr)
{
	for (int k = 0; k < FC_LIES; k++) {
		if (try(c, order[k], nr, nr + 1))
			return true;
	}
	return false;
}

/* The calls before it, one by one, then ever farther apart; and all from there on. */
static bool provoke_before(const struct fc_case *c, const struct fc_moment *m)
{
	unsigned int end = m->done > m->begun + BACK ? m->begun + BACK : m->done;

	for (unsigned int back = 1; back <= end && back < FAR;
	     back += back < BACK ? 1 : back / 3) {
		if (try_each(c, end - back) || (back < BACK &&
		    try(c, FC_LIE_ZERO, end - back, m->begun)))
			return true;
	}
	end = m->done > m->checked + BACK ? m->checked + BACK : m->done + FIRST;
	for (unsigned int nr = m->checked; nr < end; nr++) {
		if (try_each(c, FC_CHILD + nr))
			return true;
	}
	return false;
}

/*
 * In turn: all that the check itself calls; the same, and all that children of the
 * case call that it waits for; all since the last check; one call.
 */
static bool provoke_at(const struct fc_case *c, const struct fc_moment *m)
{
	const unsigned int ranges[][2] = {
		{ m->begun, m->done }, { m->begun, UINT_MAX },
		{ m->checked, m->begun }, { m->checked, UINT_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		for (int k = 0; k < FC_LIES; k++) {
			if (try(c, i ? order[k] : (enum fc_lie_kind)k, ranges[i][0], ranges[i][1]))
				return true;
		}
	}
	return provoke_before(c, m);
}

static bool provoke(const struct fc_case *c, const struct fc_site *s)
{
	fc_doubts->file = s->file;
	fc_doubts->line = s->line;
	for (int i = 0; i < FC_MOMENTS; i++) {
		const struct fc_moment *m = &s->moments[i];

		if ((!i || m->done) && provoke_at(c, m))
			return true;
	}
	return false;
}

/* Places that an earlier case has settled: helpers stand in several. */
static struct fc_site *settled;
static int settled_count;

static bool is_settled(const struct fc_site *s)
{
	for (int i = 0; i < settled_count; i++) {
		if (settled[i].line == s->line && !strcmp(settled[i].file, s->file))
			return true;
	}
	return false;
}

static void settle(const struct fc_site *s)
{
	struct fc_site *more = realloc(settled, (settled_count + 1) * sizeof(*s));

	if (more) {
		settled = more;
		settled[settled_count++] = *s;
	}
}

static void can_fail(const struct fc_family *f, const struct fc_case *c,
		     const struct fc_site *s, const char *how)
{
	settle(s);
	noticed++;
	printf("ok %d - %s.%s at line %d can fail\n# %s at %s:%d\n", ++places,
	       f->name, c->name, s->line, how, s->file, s->line);
}

static void doubt_case(const struct fc_family *f, const struct fc_case *c)
{
	static struct fc_site sites[FC_SITES];
	int count;

	fc_doubts->count = 0;
	lie_limit = 2 * run_case(c, 60 * SECOND) + SECOND;
	if (c->needs & FC_N(PEER))	/* these wait for what does not come */
		lie_limit += 3 * SECOND;
	count = fc_doubts->count;
	memcpy(sites, fc_doubts->sites, count * sizeof(*sites));
	for (int i = 0; i < count; i++) {
		if (is_settled(&sites[i]))
			continue;
		if (fc_doubts->failed[i])
			can_fail(f, c, &sites[i], "as it is, or by the way");
		else if (provoke(c, &sites[i]))
			can_fail(f, c, &sites[i],
				 fc_fmt("%s of %s", kinds[fc_doubts->kind],
					fc_doubts->call));
		else
			printf("not ok %d - %s.%s at line %d: no lie makes it "
			       "fail\n", ++places, f->name, c->name, sites[i].line);
	}
	/* checks that are made where something has failed, only */
	for (int i = count; i < fc_doubts->count; i++) {
		if (!is_settled(&fc_doubts->sites[i]))
			can_fail(f, c, &fc_doubts->sites[i], "by the way");
	}
}

/*
 * A file system that does not have what a case is about fails it, as a broken one
 * would; but a large one is not filled, and nobody is asked who is not there.
 */
static bool can_run(const struct fc_case *c)
{
	const uint64_t lacking = FC_N(REFLINK) | FC_N(DEDUPE) | FC_N(COLLAPSE) |
		FC_N(ZERO) | FC_N(PUNCH) | FC_N(WHITEOUT) | FC_N(FLAGS) |
		FC_N(HOLES) | FC_N(EXCHANGE);

	return fc_need_missing(c->needs & ~lacking) == FC_NEEDS;
}

int fc_doubt_run(const struct fc_options *o)
{
	int nr = 0;

	fc_doubts = mmap(NULL, sizeof(*fc_doubts), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fc_record = fc_record_new();
	if (fc_doubts == MAP_FAILED || !fc_record)
		return 2;
	for (int i = 0; fc_families[i]; i++) {
		const struct fc_family *f = fc_families[i];

		for (size_t k = 0; k < f->count; k++) {
			if (!fc_selected(o, f, &f->cases[k]) ||
			    nr++ % o->shards != o->shard - 1)
				continue;
			if (can_run(&f->cases[k]))
				doubt_case(f, &f->cases[k]);
		}
	}
	printf("1..%d\n# %d of %d places have been seen to fail\n", places,
	       noticed, places);
	return fflush(stdout) || noticed != places;
}
