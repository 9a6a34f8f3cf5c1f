/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsconf - what a conformance case is, and what it may call
 *
 * Theory of operation
 *
 * A case is a static function and one row of struct fc_case. The runner forks
 * for each case; the child stands in a directory of its own, with umask 0 and
 * relative names only, so no ancestor's mode matters. Every CHECK*() is one
 * check: one line of TAP with a name of its own (two checks of one name are a
 * failure of the suite). MUST() is preparation: not a check while it works,
 * a failed check and the end of the case when it does not.
 *
 * Children that a case forks may use CHECK*() as well (results travel through
 * shared memory). A case reaps its own children; what is left is a failure.
 */
#ifndef FSCONF_H
#define FSCONF_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "needs.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PRINTF(a, b)	__attribute__((format(printf, a, b)))

/* File types, in the order in which cases walk them. */
enum fc_type {
	FC_REG, FC_DIR, FC_FIFO, FC_SOCK, FC_CHR, FC_BLK, FC_LNK, FC_TYPES
};

#define FC_T(t)		(1u << FC_##t)
#define FC_T_ALL	((1u << FC_TYPES) - 1)
#define FC_T_NOLNK	(FC_T_ALL & ~FC_T(LNK))
#define FC_T_NODIR	(FC_T_ALL & ~FC_T(DIR))
#define FC_T_PLAIN	(FC_T_NOLNK & ~FC_T(DIR))

struct fc_case {
	const char *syscall;
	const char *name;
	const char *sentence;	/* what must hold */
	uint64_t needs;		/* FC_N(...) bits, all of them */
	unsigned int types;	/* file types it walks, FC_T(...) */
	const char *origin;	/* POSIX page or manual page */
	void (*run)(void);
};

struct fc_family {
	const char *name;
	const struct fc_case *cases;
	size_t count;
};

#define FC_FAMILY(id, text, rows)					\
	const struct fc_family fc_family_##id = {			\
		.name = (text), .cases = (rows), .count = ARRAY_SIZE(rows), \
	}

/* What a case knows of the run. Filled by the runner before the fork. */
struct fc_env {
	uid_t uid;		/* who runs the suite */
	gid_t gid;
	uint64_t have;		/* needs that the probes found */
	unsigned int types;	/* of the running case, cut by --type */
	int tick_fd;		/* file of the tested file system, for fc_tick() */
	int work_fd;		/* directory that holds the private ones */
	char second[256];	/* writable directory elsewhere, "" = none */
	const char *dir;	/* the directory under test, absolute */
};

extern struct fc_env fc_env;

static inline bool fc_have(enum fc_need need)
{
	return fc_env.have & (1ull << need);
}

/* Objects can be given to other users, and the run can act as them. */
static inline bool fc_users(void)
{
	return fc_have(FC_NEED_USERS) && fc_have(FC_NEED_CHOWN);
}

/* Who acts. The ids are below 65536 so that containers have them. */
enum fc_who {
	FC_ROOT,	/* the one who runs the suite, whoever that is */
	FC_OWNER,	/* owns the objects */
	FC_GROUP,	/* has the object's group as its own group */
	FC_MEMBER,	/* has the object's group among its supplementary ones */
	FC_STRANGER,
	FC_WHOS
};

#define FC_UID_OWNER	64001
#define FC_UID_GROUP	64002
#define FC_UID_MEMBER	64003
#define FC_UID_STRANGER	64004
#define FC_GID_OWNER	64001
#define FC_GID_MEMBER	64003
#define FC_GID_STRANGER	64004

extern const char *const fc_who_names[FC_WHOS];
/*
 * Become @who until fc_back(); capabilities (bits of CAP_*) stay effective.
 * Where the run cannot be @who the rest of the case is skipped.
 */
void fc_as(enum fc_who who);
void fc_as_caps(enum fc_who who, uint64_t caps);
void fc_back(void);
/* True if the run can act as @who (an ordinary user is its own owner). */
bool fc_can_be(enum fc_who who);
uid_t fc_uid_of(enum fc_who who);
gid_t fc_gid_of(enum fc_who who);

/* Checks. Each returns true if it held. */
struct fc_here {
	const char *file;
	int line;
};

#define HERE	(&(const struct fc_here){ __FILE__, __LINE__ })

bool fc_check_call(const struct fc_here *at, long ret, int want,
		   const char *fmt, ...) PRINTF(4, 5);
bool fc_check_either(const struct fc_here *at, long ret, int want, int other,
		     const char *fmt, ...) PRINTF(5, 6);
bool fc_check_num(const struct fc_here *at, long long got, long long want,
		  const char *fmt, ...) PRINTF(4, 5);
bool fc_check_oct(const struct fc_here *at, unsigned int got,
		  unsigned int want, const char *fmt, ...) PRINTF(4, 5);
bool fc_check_str(const struct fc_here *at, const char *got, const char *want,
		  const char *fmt, ...) PRINTF(4, 5);
bool fc_check_true(const struct fc_here *at, bool held, const char *what,
		   const char *fmt, ...) PRINTF(4, 5);
void fc_skip(const char *reason, const char *fmt, ...) PRINTF(2, 3);
/* Skip the rest of the case. */
_Noreturn void fc_end_case(const char *reason);
long fc_must(const struct fc_here *at, long ret, const char *what);
_Noreturn void fc_abort_case(const struct fc_here *at, const char *fmt, ...)
	PRINTF(2, 3);

/*
 * What --doubt knows of a process: how many calls it has made so far, and where
 * among them the check stands that is being evaluated (doubt.c).
 */
struct fc_doubt {
	unsigned int calls;	/* that may lie, since the case began */
	unsigned int checked;	/* of these before the end of the last check */
	unsigned int begun;	/* before the check that is being evaluated */
	unsigned int honest;	/* calls neither lie nor count: the harness's own */
};

extern struct fc_doubt fc_doubt;

/* Evaluated before the arguments of a check are. */
#define FC_BEGIN	(fc_doubt.begun = fc_doubt.calls)

/* @want: 0 = the call succeeds (returns >= 0), else the errno it fails with. */
#define CHECK_CALL(call, want, ...) \
	(FC_BEGIN, fc_check_call(HERE, (long)(call), (want), __VA_ARGS__))
#define CHECK_OK(call, ...)	CHECK_CALL(call, 0, __VA_ARGS__)
#define CHECK_ERR(call, want, ...)	CHECK_CALL(call, want, __VA_ARGS__)
#define CHECK_ERR2(call, want, other, ...) (FC_BEGIN, \
	fc_check_either(HERE, (long)(call), (want), (other), __VA_ARGS__))
#define CHECK_EQ(got, want, ...) (FC_BEGIN, \
	fc_check_num(HERE, (long long)(got), (long long)(want), __VA_ARGS__))
#define CHECK_OCT(got, want, ...) \
	(FC_BEGIN, fc_check_oct(HERE, (got), (want), __VA_ARGS__))
#define CHECK_STR(got, want, ...) \
	(FC_BEGIN, fc_check_str(HERE, (got), (want), __VA_ARGS__))
#define CHECK(cond, ...) \
	(FC_BEGIN, fc_check_true(HERE, !!(cond), #cond, __VA_ARGS__))
#define MUST(call)		fc_must(HERE, (long)(call), #call)

/* Walk the file types of the running case that can be made here. */
#define for_each_type(t) \
	for (enum fc_type t = FC_REG; t < FC_TYPES; t++) \
		if (fc_type_usable(t))

/* Walk the identities from @first that the run can take. */
#define for_each_who(w, first) \
	for (enum fc_who w = (first); w < FC_WHOS; w++) \
		if (fc_can_be(w))

extern const char *const fc_type_names[FC_TYPES];
bool fc_type_usable(enum fc_type type);
mode_t fc_type_fmt(enum fc_type type);

/* Fixtures: all end the case when they fail. */
void fc_make(enum fc_type type, const char *path);
void fc_make_owned(enum fc_type type, const char *path, mode_t mode);
void fc_file(const char *path, mode_t mode, const char *text);
void fc_dir(const char *path, mode_t mode);
/* Give @path to the owner's ids (nothing to do for an ordinary user). */
void fc_give(const char *path);
void fc_remove(const char *path);	/* whatever it is; absent is fine */
const char *fc_fmt(const char *fmt, ...) PRINTF(1, 2);	/* 8 buffers in turn */

/* Small reads of state: value, or ends the case. */
struct stat fc_lstat(const char *path);
unsigned int fc_mode(const char *path);		/* 07777 of lstat */
long long fc_size(const char *path);
long fc_nlink(const char *path);
uint64_t fc_ino(const char *path);
bool fc_exists(const char *path);
int fc_slurp(const char *path, char *buf, size_t size);
bool fc_content_is(const char *path, const char *text);
int fc_count_entries(const char *path);

/* Calls that leave no descriptor behind: 0, or -1 with errno. */
int fc_try_open(const char *path, int flags, mode_t mode);
int fc_close_of(int fd);

/* Children: fn runs in a fork; Return: its exit status, or 128 + signal. */
int fc_in_child(void (*fn)(void *), void *arg);

/* Timestamps. */
#define FC_WATCH_MAX	4

struct fc_stamp {
	const char *path;
	struct stat st;
};

struct fc_watch {
	struct fc_stamp stamps[FC_WATCH_MAX];
	int count;
};

bool fc_later(const struct timespec *a, const struct timespec *b);	/* a > b */
bool fc_same_time(const struct timespec *a, const struct timespec *b);
/* Wait until the file system stamps changes with a time later than @after. */
void fc_tick(const struct timespec *after);
void fc_watch_start(struct fc_watch *w, const char *const *paths);
/* Which of mtime ('m') and ctime ('c') changed must equal @want, per path. */
void fc_watch_check(const struct fc_here *at, const struct fc_watch *w,
		    int which, const char *want, const char *label);

#define WATCH(w, ...) \
	fc_watch_start((w), (const char *const[]){ __VA_ARGS__, NULL })
#define CHECK_STAMP(w, which, want, label) \
	(FC_BEGIN, fc_watch_check(HERE, (w), (which), (want), (label)))

/* Namespaces: Return: 0, or -1 with errno. */
int fc_own_mounts(void);	/* private mount namespace, as root */
int fc_bind(const char *path, unsigned long flags);	/* on itself, with MS_* */

/* The helper on the other side, for cases that need "peer". */
/* Hard limits of a user here, blocks in KiB, 0 = none. Return: 0, or -1. */
int fc_quota_set(int uid, long blocks, long inodes);
bool fc_peer_connected(void);
long fc_peer(const char *fmt, ...) PRINTF(1, 2);	/* >= 0, or -errno */
const char *fc_peer_text(void);		/* text of the last answer */

#endif
