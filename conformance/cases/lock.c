// SPDX-License-Identifier: GPL-2.0-only
/* lock - POSIX, open file description and flock locks, leases */
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "../harness/fsconf.h"

static long set(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET,
			    .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &fl);
}

/* Another process tries the lock on its own descriptor of "x". */
struct trial {
	int cmd, type;
	off_t start, len;
	int err;	/* of the trial, by exit status */
};

static void trial_child(void *arg)
{
	struct trial *t = arg;
	int fd = open("x", O_RDWR);

	if (t->cmd == LOCK_EX || t->cmd == LOCK_SH)
		_exit(flock(fd, t->cmd | LOCK_NB) < 0 ? errno : 0);
	_exit(set(fd, t->cmd, t->type, t->start, t->len) < 0 ? errno : 0);
}

static int elsewhere(int cmd, int type, off_t start, off_t len)
{
	struct trial t = { cmd, type, start, len, 0 };

	return fc_in_child(trial_child, &t);
}

static const struct {
	const char *name;
	int cmd;
} kinds[] = {
	{ "POSIX", F_SETLK }, { "OFD", F_OFD_SETLK },
};

static void conflict_kinds(size_t held, size_t tried)
{
	static const struct {
		const char *name;
		int held, tried, want;
	} pairs[] = {
		{ "read and read", F_RDLCK, F_RDLCK, 0 },
		{ "read and write", F_RDLCK, F_WRLCK, EAGAIN },
		{ "write and read", F_WRLCK, F_RDLCK, EAGAIN },
		{ "write and write", F_WRLCK, F_WRLCK, EAGAIN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		int fd = MUST(open("x", O_RDWR));

		MUST(set(fd, kinds[held].cmd, pairs[i].held, 10, 10));
		CHECK_EQ(elsewhere(kinds[tried].cmd, pairs[i].tried, 15, 10),
			 pairs[i].want, "%s held, %s tried: %s",
			 kinds[held].name, kinds[tried].name, pairs[i].name);
		CHECK_EQ(elsewhere(kinds[tried].cmd, pairs[i].tried, 0, 10), 0,
			 "%s held, %s tried, before: %s", kinds[held].name,
			 kinds[tried].name, pairs[i].name);
		CHECK_EQ(elsewhere(kinds[tried].cmd, pairs[i].tried, 20, 0), 0,
			 "%s held, %s tried, behind: %s", kinds[held].name,
			 kinds[tried].name, pairs[i].name);
		MUST(close(fd));
	}
}

static void conflicts(void)
{
	fc_file("x", 0644, "text");
	for (size_t h = 0; h < ARRAY_SIZE(kinds); h++) {
		for (size_t t = 0; t < ARRAY_SIZE(kinds); t++)
			conflict_kinds(h, t);
	}
}

static void split_and_join(void)
{
	int fd;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_RDWR));
	MUST(set(fd, F_SETLK, F_WRLCK, 0, 100));
	MUST(set(fd, F_SETLK, F_UNLCK, 40, 20));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 40), EAGAIN, "the first part");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 40, 20), 0, "the gap");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 60, 40), EAGAIN, "the second part");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 100, 1), 0, "behind");
	MUST(set(fd, F_SETLK, F_RDLCK, 0, 10));
	CHECK_EQ(elsewhere(F_SETLK, F_RDLCK, 0, 10), 0, "a part made weaker");
	CHECK_EQ(elsewhere(F_SETLK, F_RDLCK, 10, 1), EAGAIN, "the rest is not");
	MUST(set(fd, F_SETLK, F_WRLCK, 0, 0));
	CHECK_EQ(elsewhere(F_SETLK, F_RDLCK, 1ll << 40, 1), EAGAIN,
		 "length 0 is to the end, however far");
	MUST(set(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), 0, "all is free");
	MUST(set(fd, F_SETLK, F_WRLCK, 50, -10));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 40), 0,
		 "a negative length: before");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 40, 1), EAGAIN,
		 "a negative length: its first byte");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 50, 1), 0,
		 "a negative length: behind");
	MUST(close(fd));
}

static void bad_ranges(void)
{
	const off_t last = 0x7fffffffffffffffll;
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *n = kinds[i].name;

		CHECK_ERR(set(fd, kinds[i].cmd, F_WRLCK, -1, 10), EINVAL,
			  "%s: a start of -1", n);
		CHECK_ERR(set(fd, kinds[i].cmd, F_WRLCK, 5, -10), EINVAL,
			  "%s: before the start", n);
		CHECK_ERR(set(fd, kinds[i].cmd, F_WRLCK, last, 10), EOVERFLOW,
			  "%s: beyond the largest offset", n);
		CHECK_OK(set(fd, kinds[i].cmd, F_WRLCK, last, 1),
			 "%s: the largest offset", n);
		CHECK_ERR(set(fd, kinds[i].cmd, 77, 0, 1), EINVAL,
			  "%s: an unknown type", n);
		MUST(set(fd, kinds[i].cmd, F_UNLCK, 0, 0));
	}
	MUST(close(fd));
}

static void from_where(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_END,
			    .l_start = -3, .l_len = 2 };
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	MUST(fcntl(fd, F_SETLK, &fl));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 7), 0, "SEEK_END: before");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 7, 1), EAGAIN, "SEEK_END: first");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 9, 1), 0, "SEEK_END: behind");
	MUST(lseek(fd, 4, SEEK_SET));
	fl = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR,
			     .l_start = 1, .l_len = 1 };
	MUST(fcntl(fd, F_SETLK, &fl));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 5, 1), EAGAIN, "SEEK_CUR: its byte");
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 4, 1), 0, "SEEK_CUR: before");
	MUST(close(fd));
}

struct owner {
	int to, from;	/* pipes of a child that holds a lock */
	pid_t pid;
};

static struct owner hold(int cmd, int type, off_t start, off_t len)
{
	int a[2], b[2];
	struct owner o;

	MUST(pipe(a));
	MUST(pipe(b));
	o.pid = MUST(fork());
	if (!o.pid) {
		int fd = open("x", O_RDWR);
		char c = set(fd, cmd, type, start, len) < 0 ? 'f' : 'h';

		close(a[1]);
		(void)!write(b[1], &c, 1);	/* the parent reads or is gone */
		(void)!read(a[0], &c, 1);	/* until the parent closes */
		_exit(0);
	}
	close(a[0]);
	close(b[1]);
	o.to = a[1];
	o.from = b[0];
	char c = 0;
	if (read(o.from, &c, 1) != 1 || c != 'h')
		fc_abort_case(HERE, "the child cannot lock");
	return o;
}

static void release(struct owner *o)
{
	close(o->to);
	close(o->from);
	waitpid(o->pid, NULL, 0);
}

static void get_lock(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct owner o;
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	o = hold(F_SETLK, F_WRLCK, 5, 10);
	CHECK_OK(fcntl(fd, F_GETLK, &fl), "F_GETLK");
	CHECK_EQ(fl.l_type, F_WRLCK, "the type");
	CHECK_EQ(fl.l_start, 5, "the start");
	CHECK_EQ(fl.l_len, 10, "the length");
	CHECK_EQ(fl.l_pid, o.pid, "the process");
	fl = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET,
			     .l_start = 100, .l_len = 1 };
	CHECK_OK(fcntl(fd, F_GETLK, &fl), "F_GETLK elsewhere");
	CHECK_EQ(fl.l_type, F_UNLCK, "nothing in the way");
	release(&o);
	CHECK_EQ(set(fd, F_SETLK, F_WRLCK, 0, 0), 0,
		 "an owner's end frees its locks");
	MUST(close(fd));
}

/* POSIX: closing any descriptor of the file drops the process's locks. */
static void close_drops(void)
{
	int a, b;

	fc_file("x", 0644, "");
	a = MUST(open("x", O_RDWR));
	b = MUST(open("x", O_RDWR));
	MUST(set(a, F_SETLK, F_WRLCK, 0, 0));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), EAGAIN, "held");
	MUST(close(b));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), 0,
		 "POSIX: another descriptor's close drops it");
	b = MUST(open("x", O_RDWR));
	MUST(set(a, F_OFD_SETLK, F_WRLCK, 0, 0));
	MUST(close(b));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), EAGAIN,
		 "OFD: another descriptor's close does not");
	b = MUST(dup(a));
	MUST(close(a));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), EAGAIN,
		 "OFD: a duplicate keeps it");
	MUST(close(b));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), 0, "OFD: the last drops it");
}

static void ofd_in_one_process(void)
{
	int a, b;

	fc_file("x", 0644, "");
	a = MUST(open("x", O_RDWR));
	b = MUST(open("x", O_RDWR));
	MUST(set(a, F_OFD_SETLK, F_WRLCK, 0, 0));
	CHECK_ERR(set(b, F_OFD_SETLK, F_WRLCK, 0, 0), EAGAIN,
		  "two descriptions exclude each other");
	CHECK_ERR(set(b, F_SETLK, F_WRLCK, 0, 0), EAGAIN,
		  "and so do an OFD and a POSIX lock of one process");
	MUST(set(a, F_OFD_SETLK, F_UNLCK, 0, 0));
	CHECK_OK(set(b, F_OFD_SETLK, F_WRLCK, 0, 0), "after unlocking");
	MUST(close(a));
	MUST(close(b));
}

static void not_inherited(void)
{
	int fd;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_RDWR));
	MUST(set(fd, F_SETLK, F_WRLCK, 0, 0));
	CHECK_EQ(elsewhere(F_SETLK, F_RDLCK, 0, 0), EAGAIN,
		 "a child does not have its parent's POSIX locks");
	MUST(close(fd));
}

/* A waiter gets the lock when the holder goes. */
static void wait_child(const int *ready, int cmd)
{
	int fd = open("x", O_RDWR);

	(void)!write(ready[1], "r", 1);
	_exit(set(fd, cmd, F_WRLCK, 0, 0) < 0 ? errno : 0);
}

static void wait_for(const char *name, int cmd, int waiting)
{
	struct pollfd p;
	int fd, ready[2], status;
	pid_t pid;
	char c;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_RDWR));
	MUST(set(fd, cmd, F_WRLCK, 0, 0));
	MUST(pipe(ready));
	pid = MUST(fork());
	if (!pid)
		wait_child(ready, waiting);
	MUST(read(ready[0], &c, 1));
	p = (struct pollfd){ .fd = ready[0], .events = POLLIN };
	poll(&p, 1, 50);	/* time for the child to block, or to be wrong */
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0, "%s waits", name);
	MUST(set(fd, cmd, F_UNLCK, 0, 0));
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status),
	      "%s gets it when it is free", name);
	MUST(close(fd));
}

static void waits(void)
{
	wait_for("F_SETLKW", F_SETLK, F_SETLKW);
	wait_for("F_OFD_SETLKW", F_OFD_SETLK, F_OFD_SETLKW);
}

static void deadlock(void)
{
	struct pollfd p = { .fd = -1 };
	int fd, err = 0, status;
	pid_t pid;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_RDWR));
	MUST(set(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = MUST(fork());
	if (!pid) {
		int mine = open("x", O_RDWR);

		set(mine, F_SETLK, F_WRLCK, 1, 1);
		set(mine, F_SETLKW, F_WRLCK, 0, 1);
		_exit(0);
	}
	do {	/* until the child holds its byte */
		struct flock fl = { .l_type = F_WRLCK, .l_start = 1, .l_len = 1 };

		MUST(fcntl(fd, F_GETLK, &fl));
		err = fl.l_type;
	} while (err == F_UNLCK);
	poll(&p, 1, 50);	/* it then waits for ours */
	CHECK_ERR(set(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK,
		  "waiting for each other");
	MUST(close(fd));
	MUST(waitpid(pid, &status, 0));
}

static void flock_conflicts(void)
{
	static const struct {
		const char *name;
		int held, tried, want;
	} pairs[] = {
		{ "shared and shared", LOCK_SH, LOCK_SH, 0 },
		{ "shared and exclusive", LOCK_SH, LOCK_EX, EWOULDBLOCK },
		{ "exclusive and shared", LOCK_EX, LOCK_SH, EWOULDBLOCK },
		{ "exclusive and exclusive", LOCK_EX, LOCK_EX, EWOULDBLOCK },
	};

	for_each_type(t) {
		if (t != FC_REG && t != FC_DIR)
			continue;
		fc_make(t, "y");
		for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
			int a = MUST(open("y", O_RDONLY));
			int b = MUST(open("y", O_RDONLY));

			MUST(flock(a, pairs[i].held));
			CHECK_CALL(flock(b, pairs[i].tried | LOCK_NB),
				   pairs[i].want, "%s: %s", fc_type_names[t],
				   pairs[i].name);
			MUST(flock(a, LOCK_UN));
			CHECK_OK(flock(b, pairs[i].tried | LOCK_NB),
				 "%s: %s, unlocked", fc_type_names[t],
				 pairs[i].name);
			MUST(close(a));
			MUST(close(b));
		}
		fc_remove("y");
	}
}

static void flock_life(void)
{
	int a, b;

	fc_file("x", 0644, "");
	a = MUST(open("x", O_RDWR));
	MUST(flock(a, LOCK_EX));
	b = MUST(dup(a));
	MUST(close(a));
	CHECK_EQ(elsewhere(LOCK_EX, 0, 0, 0), EWOULDBLOCK, "a duplicate holds it");
	CHECK_OK(flock(b, LOCK_SH | LOCK_NB), "made weaker");
	CHECK_EQ(elsewhere(LOCK_SH, 0, 0, 0), 0, "then others may share");
	MUST(close(b));
	CHECK_EQ(elsewhere(LOCK_EX, 0, 0, 0), 0, "closing frees it");
	a = MUST(open("x", O_RDWR));
	MUST(flock(a, LOCK_EX));
	CHECK_EQ(elsewhere(F_SETLK, F_WRLCK, 0, 0), 0,
		 "flock and fcntl do not see each other");
	MUST(close(a));
}

static void lease(void)
{
	int a, b;

	fc_file("x", 0644, "");
	signal(SIGIO, SIG_IGN);
	a = MUST(open("x", O_RDONLY));
	CHECK_OK(fcntl(a, F_SETLEASE, F_RDLCK), "a read lease");
	CHECK_EQ(fcntl(a, F_GETLEASE), F_RDLCK, "is told");
	CHECK_OK(fc_try_open("x", O_RDONLY, 0), "readers may come");
	CHECK_ERR(fc_try_open("x", O_WRONLY | O_NONBLOCK, 0), EWOULDBLOCK,
		  "a writer is held back");
	CHECK_OK(fcntl(a, F_SETLEASE, F_UNLCK), "given back");
	CHECK_OK(fc_try_open("x", O_WRONLY | O_NONBLOCK, 0), "then it may");
	b = MUST(open("x", O_RDWR));
	CHECK_ERR(fcntl(a, F_SETLEASE, F_RDLCK), EAGAIN,
		  "no read lease beside a writer");
	MUST(close(a));
	CHECK_OK(fcntl(b, F_SETLEASE, F_WRLCK), "a write lease");
	CHECK_ERR(fc_try_open("x", O_RDONLY | O_NONBLOCK, 0), EWOULDBLOCK,
		  "a reader is held back");
	MUST(close(b));
	CHECK_OK(fc_try_open("x", O_RDONLY | O_NONBLOCK, 0),
		 "closing gives it back");
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("fcntl", conflicts, "readers share, writers exclude",
	    FC_N(LOCKS) | FC_N(OFD), FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", split_and_join, "ranges are split and joined",
	    FC_N(LOCKS), FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", bad_ranges, "ranges that cannot be",
	    FC_N(LOCKS) | FC_N(OFD), FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", from_where, "ranges from the position and the end",
	    FC_N(LOCKS), FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", get_lock, "F_GETLK tells who is in the way",
	    FC_N(LOCKS), FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", close_drops, "what closing drops",
	    FC_N(LOCKS) | FC_N(OFD), FC_T(REG), "fcntl(2)"),
	ROW("fcntl", ofd_in_one_process, "descriptions exclude each other",
	    FC_N(LOCKS) | FC_N(OFD), FC_T(REG), "fcntl(2)"),
	ROW("fcntl", not_inherited, "locks are not inherited", FC_N(LOCKS),
	    FC_T(REG), "POSIX fcntl()"),
	ROW("fcntl", waits, "F_SETLKW waits", FC_N(LOCKS), FC_T(REG),
	    "POSIX fcntl()"),
	ROW("fcntl", deadlock, "deadlocks are found", FC_N(LOCKS), FC_T(REG),
	    "POSIX fcntl()"),
	ROW("flock", flock_conflicts, "shared locks share", FC_N(FLOCK),
	    FC_T(REG) | FC_T(DIR), "flock(2)"),
	ROW("flock", flock_life, "locks live with the description",
	    FC_N(FLOCK) | FC_N(LOCKS), FC_T(REG), "flock(2)"),
	ROW("fcntl", lease, "leases hold others back", FC_N(LEASE),
	    FC_T(REG), "fcntl(2)"),
};

FC_FAMILY(lock, "lock", cases);
