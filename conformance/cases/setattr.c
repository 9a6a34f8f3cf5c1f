// SPDX-License-Identifier: GPL-2.0-only
/* setattr - who may change mode, owner, times and attributes of an object */
#include <linux/capability.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

#define CAP(c)	(1ull << (c))

/*
 * Calls on the object "x", which belongs to the owner, that only its owner may
 * make: name, call, capability that allows it to a stranger, whether it can be
 * asked of a symbolic link, need.
 */
#define FC_NEED_NONE	FC_NEEDS
#define CALLS(X)							\
	X(chmod, chmod("x", 0701), CAP_FOWNER, false, NONE)		\
	X(fchmodat, fchmodat(AT_FDCWD, "x", 0702, 0), CAP_FOWNER, false, NONE) \
	X(fchmodat2, syscall(452, AT_FDCWD, "x", 0703, AT_SYMLINK_NOFOLLOW), \
	  CAP_FOWNER, false, FCHMODAT2)					\
	X(chown_uid, lchown("x", FC_UID_STRANGER, -1), CAP_CHOWN, true, ROOT) \
	X(chown_other_group, lchown("x", -1, FC_GID_STRANGER + 7),	\
	  CAP_CHOWN, true, ROOT)					\
	X(utimensat, utimensat(AT_FDCWD, "x", times, AT_SYMLINK_NOFOLLOW), \
	  CAP_FOWNER, true, NONE)					\
	X(utimensat_omit, utimensat(AT_FDCWD, "x", omit, AT_SYMLINK_NOFOLLOW), \
	  CAP_FOWNER, true, NONE)

static const struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
static const struct timespec omit[2] = { { 0, UTIME_OMIT }, { 2000, 0 } };

#define X(id, expr, cap, links, need) \
	static long do_##id(void) { return (expr); }
CALLS(X)
#undef X

static const struct {
	const char *name;
	long (*call)(void);
	uint64_t cap;
	bool links;
	enum fc_need need;
} owner_calls[] = {
#define X(id, expr, cap, links, need) \
	{ #id, do_##id, CAP(cap), links, FC_NEED_##need },
	CALLS(X)
#undef X
};

static bool usable(size_t i, enum fc_type t)
{
	if (t == FC_LNK && !owner_calls[i].links)
		return false;
	return owner_calls[i].need == FC_NEEDS || fc_have(owner_calls[i].need);
}

static void fresh(enum fc_type t, mode_t mode)
{
	fc_remove("x");
	fc_make_owned(t, "x", mode);
}

/* The owner may, but for giving away; everybody else may not, mode or not. */
static void identities(void)
{
	for_each_type(t) {
		for (size_t i = 0; i < ARRAY_SIZE(owner_calls); i++) {
			bool gives = owner_calls[i].cap == CAP(CAP_CHOWN);

			if (!usable(i, t))
				continue;
			for_each_who(w, FC_OWNER) {
				fresh(t, 0777);
				fc_as(w);
				CHECK_CALL(owner_calls[i].call(),
					   w == FC_OWNER && !gives ? 0 : EPERM,
					   "%s: %s of a %s", fc_who_names[w],
					   owner_calls[i].name,
					   fc_type_names[t]);
				fc_back();
			}
		}
	}
}

static void capabilities(void)
{
	static const struct {
		const char *name;
		uint64_t caps;
	} powers[] = {
		{ "CAP_FOWNER", CAP(CAP_FOWNER) },
		{ "CAP_CHOWN", CAP(CAP_CHOWN) },
		{ "CAP_DAC_OVERRIDE", CAP(CAP_DAC_OVERRIDE) },
		{ "CAP_FSETID", CAP(CAP_FSETID) },
	};

	for_each_type(t) {
		for (size_t i = 0; i < ARRAY_SIZE(owner_calls); i++) {
			for (size_t p = 0; p < ARRAY_SIZE(powers); p++) {
				if (!usable(i, t))
					continue;
				fresh(t, 0700);
				fc_as_caps(FC_STRANGER, powers[p].caps);
				CHECK_CALL(owner_calls[i].call(),
					   owner_calls[i].cap & powers[p].caps ?
					   0 : EPERM, "%s: %s of a %s",
					   powers[p].name, owner_calls[i].name,
					   fc_type_names[t]);
				fc_back();
			}
		}
	}
}

/* Setting the times to now needs to be the owner or to be able to write. */
static void times_now(void)
{
	static const mode_t modes[] = { 0000, 0222, 0200, 0020, 0002, 0555 };
	static const int shift[FC_WHOS] = { 0, 6, 3, 3, 0 };

	for_each_type(t) {
		for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
			fresh(t, modes[m]);
			for_each_who(w, FC_OWNER) {
				bool may = w == FC_OWNER ||
					   modes[m] >> shift[w] & 2;

				fc_as(w);
				CHECK_CALL(utimensat(AT_FDCWD, "x", NULL, 0),
					   may ? 0 : EACCES,
					   "%s, %s %04o", fc_who_names[w],
					   fc_type_names[t], modes[m]);
				fc_back();
			}
		}
	}
}

/* UTIME_NOW for one time only is an arbitrary setting: owners only. */
static void times_mixed(void)
{
	static const struct {
		const char *name;
		struct timespec t[2];
		int want;	/* for a stranger who can write */
	} sets[] = {
		{ "now, now", { { 0, UTIME_NOW }, { 0, UTIME_NOW } }, 0 },
		{ "omit, omit", { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } }, 0 },
		{ "now, omit", { { 0, UTIME_NOW }, { 0, UTIME_OMIT } }, EPERM },
		{ "omit, now", { { 0, UTIME_OMIT }, { 0, UTIME_NOW } }, EPERM },
		{ "now, 5", { { 0, UTIME_NOW }, { 5, 0 } }, EPERM },
		{ "5, now", { { 5, 0 }, { 0, UTIME_NOW } }, EPERM },
		{ "5, 5", { { 5, 0 }, { 5, 0 } }, EPERM },
	};

	fc_make_owned(FC_REG, "x", 0666);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		for_each_who(w, FC_OWNER) {
			fc_as(w);
			CHECK_CALL(utimensat(AT_FDCWD, "x", sets[i].t, 0),
				   w == FC_OWNER ? 0 : sets[i].want,
				   "%s: %s", fc_who_names[w], sets[i].name);
			fc_back();
		}
	}
}

/* user.* attributes follow the mode bits of the object. */
static void user_xattrs(void)
{
	static const mode_t modes[] = { 0, 0222, 0444, 0666 };
	char buf[8];

	for_each_type(t) {
		for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
			fresh(t, 0700);
			MUST(setxattr("x", "user.fsconf", "v", 1, 0));
			MUST(chmod("x", modes[m]));
			for_each_who(w, FC_OWNER) {
				fc_as(w);
				CHECK_CALL(getxattr("x", "user.fsconf", buf, 8),
					   modes[m] & 4 ? 0 : EACCES,
					   "%s reads, %s %04o", fc_who_names[w],
					   fc_type_names[t], modes[m]);
				CHECK_CALL(setxattr("x", "user.fsconf", "w", 1,
						    0), modes[m] & 2 ? 0 :
					   EACCES, "%s writes, %s %04o",
					   fc_who_names[w], fc_type_names[t],
					   modes[m]);
				CHECK_OK(listxattr("x", NULL, 0),
					 "%s lists, %s %04o", fc_who_names[w],
					 fc_type_names[t], modes[m]);
				fc_back();
			}
		}
	}
}

/* The owner may give the object to a group that it is in, and no other. */
static void own_groups(void)
{
	for_each_type(t) {
		fresh(t, 0644);
		MUST(lchown("x", FC_UID_MEMBER, FC_GID_MEMBER));
		fc_as(FC_MEMBER);
		CHECK_OK(lchown("x", -1, FC_GID_OWNER),
			 "%s: to a supplementary group", fc_type_names[t]);
		CHECK_EQ(fc_lstat("x").st_gid, FC_GID_OWNER,
			 "%s: the group is that one", fc_type_names[t]);
		CHECK_OK(lchown("x", FC_UID_MEMBER, FC_GID_MEMBER),
			 "%s: back, naming the owner that it has",
			 fc_type_names[t]);
		CHECK_ERR(lchown("x", -1, FC_GID_STRANGER), EPERM,
			  "%s: to a foreign group", fc_type_names[t]);
		CHECK_ERR(lchown("x", FC_UID_OWNER, -1), EPERM,
			  "%s: to another user", fc_type_names[t]);
		CHECK_OK(lchown("x", -1, -1), "%s: to nobody",
			 fc_type_names[t]);
		fc_back();
		fc_as(FC_STRANGER);
		CHECK_ERR(lchown("x", -1, FC_GID_STRANGER), EPERM,
			  "%s: a stranger takes it for its group",
			  fc_type_names[t]);
		fc_back();
	}
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN))

static const struct fc_case cases[] = {
	ROW("chmod, chown, utimensat", identities,
	    "attributes are the owner's to change", FC_N(ACTOR) | FC_N(MODES), FC_T_ALL,
	    "POSIX chmod(), chown(), futimens()"),
	ROW("chmod, chown, utimensat", capabilities,
	    "each capability allows what it is for", IDS, FC_T_ALL,
	    "capabilities(7)"),
	ROW("utimensat", times_now, "writers may set the times to now",
	    FC_N(ACTOR) | FC_N(MODES), FC_T_NOLNK, "POSIX futimens()"),
	ROW("utimensat", times_mixed, "anything but now is the owner's",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(REG), "utimensat(2)"),
	ROW("setxattr", user_xattrs, "user attributes follow the mode",
	    FC_N(XATTR) | FC_N(ACTOR) | FC_N(MODES), FC_T(REG) | FC_T(DIR), "xattr(7)"),
	ROW("chown", own_groups, "owners choose among their groups",
	    IDS, FC_T_ALL, "POSIX chown()"),
};

FC_FAMILY(setattr, "setattr", cases);
