// SPDX-License-Identifier: GPL-2.0-only
/*
 * run - run the selected cases, each in a process group and directory of its own
 *
 * Up to --jobs cases run at once; results are printed in the order of the
 * cases. The runner is the reaper of orphans (a subreaper), so what a case
 * leaves running is found, killed and reported.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "expect.h"
#include "peer.h"
#include "record.h"
#include "rmtree.h"
#include "run.h"

#define JOBS_MAX 32
#define WORK_ROOM (2u << 20)	/* bytes that the largest cases write */

struct slot {
	pid_t pid;		/* 0 = free */
	size_t job;
	struct timespec deadline;
	struct fc_record *rec;
};

struct job {
	struct fc_result result;
	bool done;
	char leak[128];
};

static const struct fc_options *opts;
static struct slot slots[JOBS_MAX];
static struct job *jobs;
static size_t job_count;
static char work_name[64];
static int stop_signal;		/* that ended the run */

bool fc_selected(const struct fc_options *o, const struct fc_family *f,
		 const struct fc_case *c)
{
	char name[256];

	if (o->types && !(c->types & o->types))
		return false;
	if (!o->filter_count)
		return true;
	snprintf(name, sizeof(name), "%s.%s", f->name, c->name);
	for (int i = 0; i < o->filter_count; i++) {
		if (!fnmatch(o->filters[i], name, 0) ||
		    !strcmp(o->filters[i], f->name))
			return true;
	}
	return false;
}

/* The cases of this shard; neighbours go to different shards. */
static bool collect_jobs(void)
{
	size_t room = 0, nr = 0;

	for (int i = 0; fc_families[i]; i++)
		room += fc_families[i]->count;
	jobs = calloc(room + 1, sizeof(*jobs));
	if (!jobs)
		return false;
	for (int i = 0; fc_families[i]; i++) {
		const struct fc_family *f = fc_families[i];

		for (size_t c = 0; c < f->count; c++) {
			if (!fc_selected(opts, f, &f->cases[c]) ||
			    (int)(nr++ % opts->shards) != opts->shard - 1)
				continue;
			jobs[job_count].result.family = f;
			jobs[job_count++].result.cs = &f->cases[c];
		}
	}
	return true;
}

static void slot_dir(const struct slot *s, char *buf, size_t size)
{
	snprintf(buf, size, "%04zu", s->job);
}

void fc_case_child(const struct fc_case *c, const char *dir)
{
	char place[128];
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(0);
	fc_env.types = opts->types ? c->types & opts->types : c->types;
	snprintf(place, sizeof(place), "%s/%s", work_name, dir);
	fc_peer_place(place);
	MUST(fchdir(fc_env.work_fd));
	MUST(mkdir(dir, 0755));
	MUST(chdir(dir));
	fc_lie(true);
	fc_doubt.calls = 0;
	c->run();
	atomic_store(&fc_record->finished, 1);
	_exit(0);
}

/* There is one helper, and one last free block: such cases take turns. */
static bool must_wait(const struct fc_case *c)
{
	static const uint64_t turns[] = {
		FC_N(PEER), FC_N(SMALL) | FC_N(QUOTA),
	};

	for (int i = 0; i < opts->jobs; i++) {
		for (size_t t = 0; slots[i].pid && t < ARRAY_SIZE(turns); t++) {
			if ((c->needs & turns[t]) &&
			    (jobs[slots[i].job].result.cs->needs & turns[t]))
				return true;
		}
	}
	return false;
}

static bool start_job(size_t job, struct slot *s)
{
	enum fc_need missing = fc_need_missing(jobs[job].result.cs->needs);

	if (missing != FC_NEEDS) {
		jobs[job].result.skip = fc_need_rows[missing].name;
		jobs[job].done = true;
		return true;
	}
	if (must_wait(jobs[job].result.cs))
		return false;
	fc_record_reset(s->rec);
	clock_gettime(CLOCK_MONOTONIC, &s->deadline);
	s->deadline.tv_sec += opts->timeout;
	s->job = job;
	fflush(stdout);
	s->pid = fork();
	if (!s->pid) {
		char dir[32];

		slot_dir(s, dir, sizeof(dir));
		fc_record = s->rec;
		fc_case_child(jobs[job].result.cs, dir);
	}
	if (s->pid < 0) {
		s->pid = 0;
		return false;
	}
	setpgid(s->pid, s->pid);	/* the child does it, too: no race */
	return true;
}

bool fc_sweep_group(pid_t pid)
{
	bool left;

	while (waitpid(-pid, NULL, WNOHANG) > 0)
		;
	left = !kill(-pid, SIGKILL);
	while (waitpid(-pid, NULL, 0) > 0)
		;
	return left;
}

/* Anything in the work directory that is no private directory of a case. */
static bool stray_entry(char *buf, size_t size)
{
	int fd = dup(fc_env.work_fd);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool found = false;

	if (!d)
		return false;
	rewinddir(d);
	for (struct dirent *e; !found && (e = readdir(d));) {
		if (e->d_name[0] == '.' ||
		    strspn(e->d_name, "0123456789") == strlen(e->d_name))
			continue;
		snprintf(buf, size, "'%.80s' outside its directory", e->d_name);
		fc_rmtree(fc_env.work_fd, e->d_name);
		found = true;
	}
	closedir(d);
	return found;
}

static void note_leaks(struct job *job, const struct slot *s, bool process)
{
	char dir[32];

	slot_dir(s, dir, sizeof(dir));
	if (process)
		snprintf(job->leak, sizeof(job->leak), "a running process");
	else
		stray_entry(job->leak, sizeof(job->leak));
	if (!opts->keep && fc_rmtree(fc_env.work_fd, dir) < 0)
		snprintf(job->leak, sizeof(job->leak),
			 "a directory that cannot be removed: %s",
			 strerrorname_np(errno));
	if (job->leak[0])
		job->result.leak = job->leak;
}

static void finish_job(struct slot *s, int status, bool timeout)
{
	struct job *job = &jobs[s->job];
	struct fc_result *r = &job->result;
	bool left = fc_sweep_group(s->pid);
	char *text;

	if (timeout) {
		r->end = FC_END_TIMEOUT;
	} else if (WIFSIGNALED(status)) {
		r->end = FC_END_SIGNAL;
		r->code = WTERMSIG(status);
	} else if (!atomic_load(&s->rec->finished)) {
		r->end = FC_END_EARLY;
		r->code = WEXITSTATUS(status);
	}
	note_leaks(job, s, left && !timeout);
	r->len = atomic_load(&s->rec->used);
	if (r->len > sizeof(s->rec->text))
		r->len = sizeof(s->rec->text);
	text = malloc(r->len + 1);
	if (text)
		memcpy(text, s->rec->text, r->len);
	else
		r->len = 0;
	r->text = text;
	job->done = true;
	s->pid = 0;
}

static void print_done(size_t *next)
{
	while (*next < job_count && jobs[*next].done) {
		struct fc_result *r = &jobs[(*next)++].result;

		fc_report_case(r);
		free((void *)r->text);
		r->text = NULL;
	}
}

/* Reap what has ended or is over its time. Return: the number of those. */
static int reap(void)
{
	struct timespec now;
	int count = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (int i = 0; i < opts->jobs; i++) {
		struct slot *s = &slots[i];
		bool late;
		int status = 0;

		if (!s->pid)
			continue;
		late = fc_later(&now, &s->deadline);
		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			finish_job(s, status, false);
			count++;
		} else if (late) {
			kill(-s->pid, SIGKILL);
			waitpid(s->pid, &status, 0);
			finish_job(s, status, true);
			count++;
		}
	}
	return count;
}

static struct slot *free_slot(void)
{
	for (int i = 0; i < opts->jobs; i++) {
		if (!slots[i].pid)
			return &slots[i];
	}
	return NULL;
}

static bool busy(void)
{
	for (int i = 0; i < opts->jobs; i++) {
		if (slots[i].pid)
			return true;
	}
	return false;
}

/* Wait for a child or an order to stop, for @nsec at most. */
static void wait_signal(const sigset_t *set, long nsec)
{
	const struct timespec limit = { 0, nsec };
	int sig = sigtimedwait(set, NULL, &limit);

	if (sig > 0 && sig != SIGCHLD)
		stop_signal = sig;
}

static void stop_all(void)
{
	for (int i = 0; i < opts->jobs; i++) {
		char dir[32];

		if (!slots[i].pid)
			continue;
		kill(-slots[i].pid, SIGKILL);
		waitpid(slots[i].pid, NULL, 0);
		fc_sweep_group(slots[i].pid);
		slot_dir(&slots[i], dir, sizeof(dir));
		fc_rmtree(fc_env.work_fd, dir);
	}
}

/* From before the first directory on: an order to stop waits until then. */
static void block_signals(sigset_t *ret_set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	sigemptyset(ret_set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(ret_set, signals[i]);
	sigprocmask(SIG_BLOCK, ret_set, NULL);
}

static void run_jobs(void)
{
	size_t next = 0, printed = 0;
	sigset_t set;

	block_signals(&set);
	while (!stop_signal && (next < job_count || busy())) {
		struct slot *s;

		while (next < job_count && (s = free_slot()) &&
		       start_job(next, s))
			next++;
		if (busy())
			wait_signal(&set, reap() ? 0 : 100000000);
		print_done(&printed);
	}
	if (stop_signal)
		stop_all();
	print_done(&printed);
}

static void choose_second(const struct fc_options *o)
{
	static const char *const places[] = {
		"/dev/shm", "/tmp", "/var/tmp", "/run", "/mnt",
	};
	struct stat here, there;

	if (o->second) {
		snprintf(fc_env.second, sizeof(fc_env.second), "%s", o->second);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (stat(o->dir, &here) < 0 || stat(places[i], &there) < 0 ||
		    here.st_dev == there.st_dev ||
		    access(places[i], W_OK | X_OK) < 0)
			continue;
		snprintf(fc_env.second, sizeof(fc_env.second), "%s", places[i]);
		return;
	}
}

/* Room for any case but those that fill a file system: else all would fail. */
static bool has_room(void)
{
	static const char block[1 << 16];
	int fd = openat(fc_env.work_fd, ".room", O_CREAT | O_WRONLY | O_CLOEXEC,
			0600);
	int err = fd < 0 ? errno : 0;

	for (size_t done = 0; !err && done < WORK_ROOM; done += sizeof(block)) {
		ssize_t n = write(fd, block, sizeof(block));

		if (n != (ssize_t)sizeof(block))
			err = n < 0 ? errno : ENOSPC;
	}
	if (fd >= 0 && close(fd) < 0 && !err)
		err = errno;
	(void)unlinkat(fc_env.work_fd, ".room", 0);
	errno = err;
	return !err;
}

static bool open_work(int dirfd)
{
	snprintf(work_name, sizeof(work_name), "fsconf.%d", getpid());
	if (mkdirat(dirfd, work_name, 0755) < 0)
		return false;
	fc_env.work_fd = openat(dirfd, work_name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fc_env.work_fd < 0)
		return false;
	/* What the directory hands down must not reach the cases. */
	(void)fremovexattr(fc_env.work_fd, "system.posix_acl_default");
	if (fchmod(fc_env.work_fd, 0755) < 0)
		return false;
	fc_env.tick_fd = openat(fc_env.work_fd, ".tick",
				O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	return fc_env.tick_fd >= 0 && has_room();
}

static bool prepare(int dirfd)
{
	static char where[PATH_MAX];
	struct rlimit lim;
	sigset_t set;

	block_signals(&set);
	fc_env.uid = geteuid();
	fc_env.gid = getegid();
	fc_env.dir = realpath(opts->dir, where);
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	getrlimit(RLIMIT_CORE, &lim);
	lim.rlim_cur = 0;	/* crashes are reported, not kept */
	setrlimit(RLIMIT_CORE, &lim);
	if (!fc_env.dir || !open_work(dirfd))
		return false;
	for (int i = 0; i < opts->jobs; i++) {
		slots[i].rec = fc_record_new();
		if (!slots[i].rec)
			return false;
	}
	choose_second(opts);
	return true;
}

static void show_needs(void)
{
	for (enum fc_need n = 0; n < FC_NEEDS; n++) {
		const char *why = fc_need_reason(n);

		printf("%-12s %-4s %s%s%s%s\n", fc_need_rows[n].name,
		       *why ? "no" : "yes", fc_need_rows[n].text,
		       *why ? " (" : "", why, *why ? ")" : "");
	}
}

static const struct {
	long magic;
	const char *name;
} fs_names[] = {
	{ 0xef53, "ext4" },	{ 0x01021994, "tmpfs" }, { 0x58465342, "xfs" },
	{ 0x9123683e, "btrfs" }, { 0x794c7630, "overlay" },
	{ 0x00c0ffee, "hostfs" }, { 0x6969, "nfs" }, { 0x65735546, "fuse" },
	{ 0x01021997, "9p" },
};

static const char *fs_name(void)
{
	struct statfs st;

	if (fstatfs(fc_env.work_fd, &st) < 0)
		return "unknown";
	for (size_t i = 0; i < ARRAY_SIZE(fs_names); i++) {
		if (fs_names[i].magic == (long)st.f_type)
			return fs_names[i].name;
	}
	return "unknown";
}

static int load_list(const char *list)
{
	int line;

	if (!strcmp(list, "none") || !fc_expect_builtin(list) ||
	    !fc_expect_file(list, &line))
		return 0;
	if (line)
		fprintf(stderr, "fsconf: %s:%d: expected 'fail PATTERN -- "
			"reason' or 'skip NEED -- reason'\n", list, line);
	else
		fprintf(stderr, "fsconf: cannot read the list '%s': %s\n",
			list, strerror(errno));
	return -1;
}

static int load_expected(void)
{
	if (!opts->expected_count)	/* no list: no known differences */
		(void)fc_expect_builtin(fs_name());
	for (int i = 0; i < opts->expected_count; i++) {
		if (load_list(opts->expected[i]) < 0)
			return -1;
	}
	return 0;
}

static int run_prepared(void)
{
	if (opts->peer && fc_peer_connect(opts->peer, fc_env.dir) < 0) {
		fprintf(stderr, "fsconf: cannot reach the peer '%s': %s\n",
			opts->peer, strerror(errno));
		return 2;
	}
	fc_needs_probe();
	if (opts->second && *fc_need_reason(FC_NEED_SECOND)) {
		fprintf(stderr, "fsconf: --second '%s': not a directory on "
			"another file system that can be written\n",
			opts->second);
		return 2;
	}
	if (opts->needs) {
		show_needs();
		return 0;
	}
	if (opts->doubt)
		return fc_doubt_run(opts);
	if (load_expected() < 0)
		return 2;
	if (!collect_jobs())
		return 1;
	fc_report_start(opts);
	if (!opts->json)
		printf("# %s at %s, uid %d\n", fs_name(), fc_env.dir,
		       fc_env.uid);
	run_jobs();
	if (stop_signal) {
		printf("Bail out! SIG%s\n", sigabbrev_np(stop_signal));
		return 128 + stop_signal;
	}
	return fc_report_end();
}

int fc_run(const struct fc_options *o)
{
	int ret, dirfd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	opts = o;
	if (dirfd < 0 || !prepare(dirfd)) {
		fprintf(stderr, "fsconf: cannot work in '%s': %s\n", o->dir,
			strerror(errno));
		if (*work_name)
			(void)fc_rmtree(dirfd, work_name);
		return 2;
	}
	ret = run_prepared();
	fc_peer_close();
	if (!o->keep && fc_rmtree(dirfd, work_name) < 0) {
		fprintf(stderr, "fsconf: cannot remove '%s/%s': %s\n", o->dir,
			work_name, strerror(errno));
		ret = ret ? ret : 1;
	}
	return ret;
}
