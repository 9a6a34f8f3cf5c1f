// SPDX-License-Identifier: GPL-2.0-only
/* chmod - chmod and chown: what is stored, what is cleared, what is stamped */
#include <linux/capability.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

#define CAP(c)	(1ull << (c))

static long by_path(const char *path, mode_t mode)
{
	return chmod(path, mode);
}

static long by_fd(const char *path, mode_t mode)
{
	int fd = MUST(open(path, O_RDONLY | O_NONBLOCK));
	long ret = fchmod(fd, mode);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static long by_at(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, 0);
}

static const struct {
	const char *name;
	long (*call)(const char *path, mode_t mode);
	bool opens;
} chmods[] = {
	{ "chmod", by_path, false },
	{ "fchmod", by_fd, true },
	{ "fchmodat", by_at, false },
};

static bool opens_freely(enum fc_type t)
{
	return t == FC_REG || t == FC_DIR || t == FC_FIFO;
}

static void all_bits(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		for (size_t i = 0; i < ARRAY_SIZE(chmods); i++) {
			if (chmods[i].opens && !opens_freely(t))
				continue;
			for (int bit = 0; bit < 12; bit++) {
				mode_t mode = 1 << bit | 0400;

				MUST(chmods[i].call("x", 0400));
				CHECK_OK(chmods[i].call("x", mode),
					 "%s of a %s to %04o", chmods[i].name,
					 fc_type_names[t], mode);
				CHECK_OCT(fc_mode("x"), mode,
					  "%s of a %s: mode %04o",
					  chmods[i].name, fc_type_names[t],
					  mode);
			}
		}
		MUST(chmod("x", 0700));
		fc_remove("x");
	}
}

static void stamps(void)
{
	fc_dir("d", 0755);
	for_each_type(t) {
		struct fc_watch w;
		const char *name = fc_type_names[t];

		fc_make(t, "d/x");
		WATCH(&w, "d/x", "d");
		MUST(chmod("d/x", 0711));
		CHECK_STAMP(&w, 0, "c", fc_fmt("chmod of a %s", name));
		CHECK_STAMP(&w, 1, "", fc_fmt("chmod of a %s", name));
		WATCH(&w, "d/x");
		MUST(chmod("d/x", 0711));
		CHECK_STAMP(&w, 0, "c", fc_fmt("chmod of a %s, no change", name));
		fc_remove("d/x");
	}
}

static void failed_stamps(void)
{
	struct fc_watch w;

	fc_make_owned(FC_REG, "x", 0644);
	WATCH(&w, "x");
	fc_as(FC_STRANGER);
	CHECK_ERR(chmod("x", 0600), EPERM, "chmod by a stranger");
	CHECK_ERR(chown("x", FC_UID_STRANGER, -1), EPERM, "chown by a stranger");
	fc_back();
	CHECK_STAMP(&w, 0, "", "what fails");
	CHECK_OCT(fc_mode("x"), 0644, "the mode is as it was");
}

static void follows_links(void)
{
	mode_t before;

	fc_file("x", 0644, "");
	MUST(symlink("x", "link"));
	before = fc_mode("link");
	MUST(chmod("link", 0601));
	CHECK_OCT(fc_mode("x"), 0601, "chmod changes the target");
	CHECK_OCT(fc_mode("link"), before, "not the link");
	if (fc_have(FC_NEED_FCHMODAT2)) {
		CHECK_ERR(syscall(452, AT_FDCWD, "link", 0600,
				  AT_SYMLINK_NOFOLLOW), EOPNOTSUPP,
			  "the mode of a link cannot be changed");
		CHECK_OCT(fc_mode("x"), 0601, "nor its target's that way");
	}
}

/* chmod clears setgid unless the owner is in the group or CAP_FSETID is had. */
static void setgid_needs_group(void)
{
	static const struct {
		const char *name;
		gid_t gid;
		uint64_t caps;
		mode_t want;
	} rules[] = {
		{ "own group", FC_GID_STRANGER, 0, 02755 },
		{ "foreign group", FC_GID_OWNER, 0, 0755 },
		{ "foreign group, CAP_FSETID", FC_GID_OWNER, CAP(CAP_FSETID),
		  02755 },
		{ "foreign group, CAP_FOWNER", FC_GID_OWNER, CAP(CAP_FOWNER),
		  0755 },
	};

	for_each_type(t) {
		for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
			fc_make(t, "x");
			MUST(chown("x", FC_UID_STRANGER, rules[i].gid));
			fc_as_caps(FC_STRANGER, rules[i].caps);
			CHECK_OK(chmod("x", 02755), "%s: chmod of a %s",
				 rules[i].name, fc_type_names[t]);
			fc_back();
			CHECK_OCT(fc_mode("x"), rules[i].want,
				  "%s: mode of a %s", rules[i].name,
				  fc_type_names[t]);
			fc_remove("x");
		}
	}
}

/* A supplementary group will do. */
static void setgid_supplementary(void)
{
	fc_make(FC_REG, "x");
	MUST(chown("x", FC_UID_MEMBER, FC_GID_OWNER));
	fc_as(FC_MEMBER);
	MUST(chmod("x", 02755));
	fc_back();
	CHECK_OCT(fc_mode("x"), 02755, "setgid is kept");
}

static void sticky_file(void)
{
	fc_make_owned(FC_REG, "x", 0644);
	fc_as(FC_OWNER);
	CHECK_OK(chmod("x", 01644), "the owner sets sticky on a file");
	fc_back();
	CHECK_OCT(fc_mode("x"), 01644, "Linux keeps it");
}

/* ids that chown stores */
static const uid_t ids[] = { 0, 1, 1000, 65533, 65534, 65535, 65536,
			     0x7fffffff, 0x80000000, 0xfffffffd };

static void chown_ids(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			if (ids[i] > 65535 && !fc_have(FC_NEED_IDS32))
				continue;
			CHECK_OK(lchown("x", ids[i], ids[i] ^ 1),
				 "%s to %u:%u", fc_type_names[t], ids[i],
				 ids[i] ^ 1);
			CHECK_EQ(fc_lstat("x").st_uid, ids[i],
				 "%s: user %u", fc_type_names[t], ids[i]);
			CHECK_EQ(fc_lstat("x").st_gid, ids[i] ^ 1,
				 "%s: group %u", fc_type_names[t], ids[i] ^ 1);
		}
		fc_remove("x");
	}
}

static void chown_large_ids(void)
{
	fc_file("x", 0644, "");
	CHECK_OK(chown("x", 65536, 0x12345678), "beyond 16 bits");
	CHECK_EQ(fc_lstat("x").st_uid, 65536, "the user");
	CHECK_EQ(fc_lstat("x").st_gid, 0x12345678, "the group");
}

static void chown_parts(void)
{
	for_each_type(t) {
		struct fc_watch w;
		const char *name = fc_type_names[t];

		fc_make(t, "x");
		MUST(lchown("x", 11, 12));
		WATCH(&w, "x");
		MUST(lchown("x", 21, -1));
		CHECK_EQ(fc_lstat("x").st_uid, 21, "%s: user alone", name);
		CHECK_EQ(fc_lstat("x").st_gid, 12, "%s: group stays", name);
		CHECK_STAMP(&w, 0, "c", fc_fmt("chown of a %s", name));
		MUST(lchown("x", -1, 22));
		CHECK_EQ(fc_lstat("x").st_uid, 21, "%s: user stays", name);
		CHECK_EQ(fc_lstat("x").st_gid, 22, "%s: group alone", name);
		fc_remove("x");
	}
}

static void chown_links(void)
{
	uid_t before;

	fc_file("x", 0644, "");
	MUST(symlink("x", "link"));
	before = fc_lstat("link").st_uid;
	MUST(chown("link", 31, 32));
	CHECK_EQ(fc_lstat("x").st_uid, 31, "chown follows");
	CHECK_EQ(fc_lstat("link").st_uid, before, "and leaves the link");
	MUST(lchown("link", 41, 42));
	CHECK_EQ(fc_lstat("link").st_uid, 41, "lchown does not follow: user");
	CHECK_EQ(fc_lstat("link").st_gid, 42, "lchown does not follow: group");
	CHECK_EQ(fc_lstat("x").st_uid, 31, "and leaves the target");
}

/* What may clear setuid and setgid of "x", which belongs to the member. */
static long act_chown_uid(void)
{
	return lchown("x", FC_UID_STRANGER, -1);
}

static long act_chown_gid(void)
{
	return lchown("x", -1, FC_GID_OWNER);
}

static long act_chown_same(void)
{
	struct stat st = fc_lstat("x");

	return lchown("x", st.st_uid, st.st_gid);
}

static long act_write(void)
{
	int fd = MUST(open("x", O_WRONLY));
	long n = write(fd, "w", 1);

	close(fd);
	return n;
}

static long act_write_nothing(void)
{
	int fd = MUST(open("x", O_WRONLY));
	long n = write(fd, "", 0);

	close(fd);
	return n;
}

static long act_truncate(void)
{
	return truncate("x", 1);
}

static long act_trunc(void)
{
	return fc_try_open("x", O_WRONLY | O_TRUNC, 0);
}

static long act_allocate(void)
{
	int fd = MUST(open("x", O_WRONLY));
	long ret = fallocate(fd, 0, 0, 100);

	close(fd);
	return ret;
}

static long act_copy(void)
{
	int in = MUST(open("source", O_RDONLY)), out = MUST(open("x", O_WRONLY));
	long n = copy_file_range(in, NULL, out, NULL, 4, 0);

	close(in);
	close(out);
	return n;
}

static long act_rename(void)
{
	MUST(rename("x", "y"));
	return rename("y", "x");
}

static long act_link(void)
{
	MUST(link("x", "y"));
	return unlink("y");
}

static long act_times(void)
{
	return utimensat(AT_FDCWD, "x", NULL, 0);
}

static long act_read(void)
{
	char buf[8];

	return fc_slurp("x", buf, sizeof(buf));
}

static long act_xattr(void)
{
	return setxattr("x", "user.fsconf", "v", 1, 0);
}

static const struct {
	const char *name;
	long (*act)(void);
	bool privileged;	/* the act itself needs it */
	bool clears;		/* for the unprivileged */
	bool always;		/* for root as well */
	enum fc_need need;
} acts[] = {
	{ "chown of the user", act_chown_uid, true, true, true, FC_NEEDS },
	{ "chown of the group", act_chown_gid, false, true, true, FC_NEEDS },
	{ "chown to the same", act_chown_same, false, true, true, FC_NEEDS },
	{ "write", act_write, false, true, false, FC_NEEDS },
	{ "write of nothing", act_write_nothing, false, false, false, FC_NEEDS },
	{ "truncate", act_truncate, false, true, false, FC_NEEDS },
	{ "O_TRUNC", act_trunc, false, true, false, FC_NEEDS },
	{ "fallocate", act_allocate, false, true, false, FC_NEED_FALLOC },
	{ "copy_file_range", act_copy, false, true, false,
	  FC_NEED_COPYRANGE },
	{ "rename", act_rename, false, false, false, FC_NEEDS },
	{ "link", act_link, false, false, false, FC_NEED_LINK },
	{ "utimensat", act_times, false, false, false, FC_NEEDS },
	{ "read", act_read, false, false, false, FC_NEEDS },
	{ "setxattr", act_xattr, false, false, false, FC_NEED_XATTR },
};

static mode_t cleared(mode_t mode)
{
	mode &= ~S_ISUID;
	return mode & S_IXGRP ? mode & ~S_ISGID : mode;
}

/* Modes that chmod can have before; all are readable for the owner. */
static const mode_t before[] = { 04755, 02755, 06755, 04644, 06711, 01755,
				 0755 };

static void clear_by(enum fc_who w, size_t a)
{
	for (size_t m = 0; m < ARRAY_SIZE(before); m++) {
		bool clears = w == FC_ROOT ? acts[a].always : acts[a].clears;

		fc_remove("x");
		fc_file("x", 0644, "text");
		MUST(chown("x", FC_UID_MEMBER, FC_GID_MEMBER));
		MUST(chmod("x", before[m] | 0200));
		fc_as(w);
		CHECK_OK(acts[a].act(), "%s, %s, mode %04o", acts[a].name,
			 fc_who_names[w], before[m]);
		fc_back();
		CHECK_OCT(fc_mode("x"), clears ? cleared(before[m] | 0200) :
			  before[m] | 0200, "%s, %s, mode %04o: the mode after",
			  acts[a].name, fc_who_names[w], before[m]);
	}
}

static void clearing(void)
{
	MUST(chmod(".", 0777));
	fc_file("source", 0644, "source");
	for (size_t a = 0; a < ARRAY_SIZE(acts); a++) {
		if (acts[a].need != FC_NEEDS && !fc_have(acts[a].need))
			continue;
		clear_by(FC_ROOT, a);
		if (!acts[a].privileged)
			clear_by(FC_MEMBER, a);
	}
}

/* Directories keep their bits when the owner changes. */
static void clearing_directory(void)
{
	fc_dir("d", 0755);
	MUST(chmod("d", 07755));
	MUST(chown("d", FC_UID_OWNER, FC_GID_OWNER));
	CHECK_OCT(fc_mode("d"), 07755, "chown of a directory");
	fc_as(FC_OWNER);
	MUST(fc_try_open("d/x", O_CREAT | O_WRONLY, 0644));
	fc_back();
	CHECK_OCT(fc_mode("d"), 07755, "creating in it");
}

/* A write by somebody without CAP_FSETID drops file capabilities as well. */
static void clearing_fcaps(void)
{
	const uint32_t cap[5] = { 0x02000001, CAP(CAP_NET_RAW), 0, 0, 0 };
	static long (*const clears[])(void) = {
		act_write, act_truncate, act_chown_same,
	};
	static const char *const names[] = { "write", "truncate", "chown" };

	for (size_t i = 0; i < ARRAY_SIZE(clears); i++) {
		fc_remove("x");
		fc_make_owned(FC_REG, "x", 0755);
		MUST(setxattr("x", "security.capability", cap, 20, 0));
		CHECK_EQ(getxattr("x", "security.capability", NULL, 0), 20,
			 "set before %s", names[i]);
		MUST(clears[i]());
		CHECK_ERR(getxattr("x", "security.capability", NULL, 0),
			  ENODATA, "gone after %s", names[i]);
	}
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN) | FC_N(MODES))

static const struct fc_case cases[] = {
	ROW("chmod", all_bits, "all twelve bits are kept",
	    FC_N(MODES), FC_T_NOLNK, "POSIX chmod()"),
	ROW("chmod", stamps, "chmod changes the ctime only", FC_N(MODES),
	    FC_T_NOLNK, "POSIX chmod()"),
	ROW("chmod", failed_stamps, "what fails changes nothing", IDS,
	    FC_T(REG), "POSIX chmod()"),
	ROW("chmod", follows_links, "chmod follows links",
	    FC_N(MODES) | FC_N(SYMLINK), FC_T(LNK), "chmod(2)"),
	ROW("chmod", setgid_needs_group, "setgid is for members of the group",
	    IDS, FC_T_NOLNK, "POSIX chmod()"),
	ROW("chmod", setgid_supplementary, "supplementary groups count", IDS,
	    FC_T(REG), "chmod(2)"),
	ROW("chmod", sticky_file, "sticky files may be had", FC_N(MODES),
	    FC_T(REG), "chmod(2)"),
	ROW("chown", chown_ids, "all ids but -1 are kept", FC_N(CHOWN),
	    FC_T_ALL, "POSIX chown()"),
	ROW("chown", chown_large_ids, "ids have 32 bits",
	    FC_N(CHOWN) | FC_N(IDS32), FC_T(REG), "chown(2)"),
	ROW("chown", chown_parts, "-1 leaves an id, ctime changes",
	    FC_N(CHOWN), FC_T_ALL, "POSIX chown()"),
	ROW("lchown", chown_links, "lchown changes the link",
	    FC_N(CHOWN) | FC_N(SYMLINK), FC_T(LNK), "POSIX lchown()"),
	ROW("chown, write, truncate", clearing,
	    "setuid and setgid fall when content or owner change", IDS,
	    FC_T(REG), "POSIX chown(), write(); inode(7)"),
	ROW("chown", clearing_directory, "directories keep their bits", IDS,
	    FC_T(DIR), "chown(2)"),
	ROW("write, truncate", clearing_fcaps,
	    "file capabilities fall with the content", IDS | FC_N(FCAPS),
	    FC_T(REG), "capabilities(7)"),
};

FC_FAMILY(chmod, "chmod", cases);
