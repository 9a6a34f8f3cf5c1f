// SPDX-License-Identifier: GPL-2.0-only
/* perm_file - mode bits of files against identities, with and without caps */
#include <linux/capability.h>

#include "../harness/fsconf.h"

#define CAP(c)	(1ull << (c))

/* Which of the three classes an identity belongs to: shift of its bits. */
static const int class_shift[FC_WHOS] = {
	[FC_OWNER] = 6, [FC_GROUP] = 3, [FC_MEMBER] = 3, [FC_STRANGER] = 0,
};

static const struct {
	const char *name;
	int flags, bits;
} accesses[] = {
	{ "O_RDONLY", O_RDONLY, 4 },
	{ "O_WRONLY", O_WRONLY, 2 },
	{ "O_RDWR", O_RDWR, 6 },
};

/* The class has @bits, the other classes have the opposite. */
static mode_t mode_for(enum fc_who w, int bits)
{
	mode_t others = 0777 & ~(7 << class_shift[w]);

	return (bits << class_shift[w]) |
	       (others & ((~bits & 7) * 0111));
}

static void open_one(enum fc_type t, enum fc_who w, int bits)
{
	mode_t mode = mode_for(w, bits);

	MUST(chmod("x", mode));
	fc_as(w);
	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		int need = accesses[i].bits;
		int want = (bits & need) == need ? 0 : EACCES;

		if (t == FC_DIR && (need & 2))
			want = EISDIR;
		if (t == FC_FIFO && need == 2 && !want)
			want = ENXIO;	/* nobody reads */
		CHECK_CALL(fc_try_open("x", accesses[i].flags | O_NONBLOCK, 0),
			   want, "%s opens %s %04o %s", fc_who_names[w],
			   fc_type_names[t], mode, accesses[i].name);
	}
	fc_back();
}

static void open_modes(void)
{
	for_each_type(t) {
		fc_make_owned(t, "x", 0);
		for_each_who(w, FC_OWNER) {
			for (int bits = 0; bits < 8; bits++)
				open_one(t, w, bits);
		}
		fc_remove("x");
	}
}

static void access_one(enum fc_type t, enum fc_who w, int bits)
{
	MUST(chmod("x", mode_for(w, bits)));
	fc_as(w);
	for (int ask = 1; ask < 8; ask++) {
		int want = (bits & ask) == ask ? 0 : EACCES;

		CHECK_CALL(access("x", ask), want,
			   "%s asks %d of %s %04o", fc_who_names[w], ask,
			   fc_type_names[t], mode_for(w, bits));
	}
	fc_back();
}

static void access_modes(void)
{
	for_each_type(t) {
		fc_make_owned(t, "x", 0);
		for_each_who(w, FC_OWNER) {
			for (int bits = 0; bits < 8; bits++)
				access_one(t, w, bits);
		}
		MUST(chmod("x", 0700));
		fc_remove("x");
	}
}

/* access() asks for the real ids, AT_EACCESS for the effective ones. */
static void real_and_effective(void)
{
	fc_make_owned(FC_REG, "x", 0600);
	MUST(setresuid(FC_UID_OWNER, 0, 0));
	CHECK_OK(access("x", R_OK), "real owner, effective root: access");
	CHECK_ERR(access("x", X_OK), EACCES, "real owner: not executable");
	MUST(setresuid(0, FC_UID_OWNER, 0));
	CHECK_OK(access("x", R_OK), "real root, effective owner: access");
	CHECK_OK(faccessat(AT_FDCWD, "x", R_OK, AT_EACCESS),
		 "real root, effective owner: AT_EACCESS");
	MUST(setresuid(0, 0, 0));
	MUST(setresuid(FC_UID_STRANGER, 0, 0));
	CHECK_ERR(access("x", R_OK), EACCES,
		  "real stranger, effective root: access");
	CHECK_OK(faccessat(AT_FDCWD, "x", R_OK, AT_EACCESS),
		 "real stranger, effective root: AT_EACCESS");
	CHECK_OK(fc_try_open("x", O_RDONLY, 0), "open asks for the effective id");
	MUST(setresuid(0, 0, 0));
}

static const struct {
	const char *name;
	uint64_t caps;
	int reg, reg_x, dir;	/* what mode 0, 0100 and directory 0 allow */
} powers[] = {
	{ "nothing", 0, 0, 0, 0 },
	{ "CAP_DAC_READ_SEARCH", CAP(CAP_DAC_READ_SEARCH), 4, 4, 5 },
	{ "CAP_DAC_OVERRIDE", CAP(CAP_DAC_OVERRIDE), 6, 7, 7 },
	{ "CAP_FOWNER", CAP(CAP_FOWNER), 0, 0, 0 },
	{ "CAP_CHOWN", CAP(CAP_CHOWN), 0, 0, 0 },
	{ "CAP_FSETID", CAP(CAP_FSETID), 0, 0, 0 },
	{ "CAP_SYS_ADMIN", CAP(CAP_SYS_ADMIN), 0, 0, 0 },
};

static void power_asks(size_t i, int allowed, const char *what)
{
	for (int ask = 1; ask < 8; ask++) {
		int want = (allowed & ask) == ask ? 0 : EACCES;

		CHECK_CALL(faccessat(AT_FDCWD, "x", ask, AT_EACCESS), want,
			   "stranger with %s asks %d of a %s", powers[i].name,
			   ask, what);
	}
}

static void capabilities(void)
{
	static const struct {
		enum fc_type type;
		mode_t mode;
		const char *what;
	} objects[] = {
		{ FC_REG, 0, "file 0000" }, { FC_REG, 0100, "file 0100" },
		{ FC_DIR, 0, "directory 0000" },
	};

	for (size_t o = 0; o < ARRAY_SIZE(objects); o++) {
		fc_make_owned(objects[o].type, "x", objects[o].mode);
		for (size_t i = 0; i < ARRAY_SIZE(powers); i++) {
			int allowed = objects[o].type == FC_DIR ? powers[i].dir :
				      objects[o].mode ? powers[i].reg_x :
							powers[i].reg;

			fc_as_caps(FC_STRANGER, powers[i].caps);
			power_asks(i, allowed, objects[o].what);
			fc_back();
		}
		fc_remove("x");
	}
}

static void open_with_caps(void)
{
	fc_make_owned(FC_REG, "x", 0);
	for (size_t i = 0; i < ARRAY_SIZE(powers); i++) {
		fc_as_caps(FC_STRANGER, powers[i].caps);
		for (size_t a = 0; a < ARRAY_SIZE(accesses); a++) {
			int need = accesses[a].bits;
			int want = (powers[i].reg & need) == need ? 0 : EACCES;

			CHECK_CALL(fc_try_open("x", accesses[a].flags, 0), want,
				   "%s opens 0000 %s", powers[i].name,
				   accesses[a].name);
		}
		CHECK_CALL(fc_try_open("x", O_WRONLY | O_TRUNC, 0),
			   powers[i].reg & 2 ? 0 : EACCES,
			   "%s truncates 0000", powers[i].name);
		CHECK_CALL(truncate("x", 0), powers[i].reg & 2 ? 0 : EACCES,
			   "%s: truncate(2) of 0000", powers[i].name);
		fc_back();
	}
}

/* Uid 0 without capabilities is an ordinary user. */
static void root_without_caps(void)
{
	fc_make_owned(FC_REG, "theirs", 0600);
	fc_file("mine", 0400, "");
	fc_as_caps(FC_ROOT, 0);
	CHECK_ERR(fc_try_open("theirs", O_RDONLY, 0), EACCES, "reads 0600");
	CHECK_ERR(fc_try_open("mine", O_WRONLY, 0), EACCES, "writes 0400");
	CHECK_OK(fc_try_open("mine", O_RDONLY, 0), "reads its own 0400");
	CHECK_ERR(chmod("theirs", 0644), EPERM, "changes a mode");
	CHECK_ERR(chown("mine", FC_UID_OWNER, -1), EPERM, "gives away");
	fc_back();
}

/* The first class that matches decides, even if a later one would allow. */
static void first_class_decides(void)
{
	fc_make_owned(FC_REG, "x", 0077);
	fc_as(FC_OWNER);
	CHECK_ERR(fc_try_open("x", O_RDONLY, 0), EACCES, "owner of 0077");
	fc_back();
	if (!fc_can_be(FC_MEMBER))
		return;
	MUST(chmod("x", 0707));
	fc_as(FC_MEMBER);
	CHECK_ERR(fc_try_open("x", O_RDONLY, 0), EACCES, "member of 0707");
	fc_back();
	fc_as(FC_GROUP);
	CHECK_ERR(fc_try_open("x", O_RDONLY, 0), EACCES, "group of 0707");
	fc_back();
	fc_as(FC_STRANGER);
	CHECK_OK(fc_try_open("x", O_RDONLY, 0), "stranger of 0707");
	fc_back();
}

/* Rights are those of the open, not of the moment. */
static void rights_stay(void)
{
	char c;
	int fd;

	fc_make_owned(FC_REG, "x", 0600);
	fc_as(FC_OWNER);
	fd = MUST(open("x", O_RDWR));
	MUST(chmod("x", 0));
	CHECK_EQ(write(fd, "w", 1), 1, "writes after chmod 0");
	CHECK_EQ(pread(fd, &c, 1, 0), 1, "reads after chmod 0");
	CHECK_OK(ftruncate(fd, 0), "truncates after chmod 0");
	CHECK_ERR(truncate("x", 0), EACCES, "truncate(2) asks again");
	CHECK_ERR(fc_try_open("x", O_RDONLY, 0), EACCES, "open asks again");
	fc_back();
	MUST(close(fd));
}

/* The creator gets what it asked for, whatever the mode says. */
static void creation_ignores_mode(void)
{
	static const mode_t modes[] = { 0, 0200, 0400, 0444, 0077 };
	int fd;

	fc_dir("d", 0777);
	fc_as(FC_OWNER);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *path = fc_fmt("d/f%zu", i);

		fd = open(path, O_CREAT | O_EXCL | O_RDWR, modes[i]);
		CHECK_OK(fd, "O_RDWR with mode %04o", modes[i]);
		CHECK_EQ(write(fd, "w", 1), 1, "writes, mode %04o", modes[i]);
		MUST(close(fd));
		CHECK_OCT(fc_mode(path), modes[i], "the mode is %04o", modes[i]);
	}
	fc_back();
}

#define DEVS (FC_T(REG) | FC_T(DIR) | FC_T(FIFO) | FC_T(CHR))
#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define A "POSIX 4.5 File Access Permissions"

static const struct fc_case cases[] = {
	ROW("open", open_modes, "the class's bits decide what open allows",
	    FC_N(ACTOR) | FC_N(MODES), DEVS, A),
	ROW("access", access_modes, "the class's bits decide what access says",
	    FC_N(ACTOR) | FC_N(MODES), FC_T_NOLNK, A),
	ROW("access", real_and_effective, "access asks for the real ids",
	    FC_N(USERS) | FC_N(CHOWN), FC_T(REG), "access(2)"),
	ROW("faccessat", capabilities, "capabilities add their rights only",
	    FC_N(USERS) | FC_N(CHOWN), FC_T(REG) | FC_T(DIR),
	    "capabilities(7)"),
	ROW("open", open_with_caps, "capabilities open what they allow",
	    FC_N(USERS) | FC_N(CHOWN), FC_T(REG), "capabilities(7)"),
	ROW("open", root_without_caps, "uid 0 has no right of its own",
	    FC_N(USERS) | FC_N(CHOWN), FC_T(REG), "capabilities(7)"),
	ROW("open", first_class_decides, "the first class that matches decides",
	    FC_N(MODES), FC_T(REG), A),
	ROW("open", rights_stay, "an open file keeps its rights", FC_N(MODES),
	    FC_T(REG), "POSIX open()"),
	ROW("open", creation_ignores_mode, "the mode does not bind its creator",
	    0, FC_T(REG), "POSIX open()"),
};

FC_FAMILY(perm_file, "perm", cases);
