// SPDX-License-Identifier: GPL-2.0-only
/* perm_dir - mode bits of directories: list, search, create, remove */
#include <dirent.h>
#include <linux/capability.h>
#include <sys/sysmacros.h>

#include "../harness/fsconf.h"

#define CAP(c)	(1ull << (c))

enum { R = 4, W = 2, X = 1 };

/* What may be done in the directory "d", and which bits of it that takes. */
struct dir_call {
	const char *name;
	int bits;
	long (*call)(void);
};

static struct stat st;

static long do_list(void)
{
	return fc_close_of(open("d", O_RDONLY | O_DIRECTORY));
}

static long do_path(void)
{
	return fc_close_of(open("d", O_PATH));
}

static long do_chdir(void)
{
	int here = open(".", O_PATH);
	long ret = chdir("d");
	int err = errno;

	MUST(fchdir(here));
	close(here);
	errno = err;
	return ret;
}

#define CALL(id, expr) static long do_##id(void) { return (expr); }
CALL(stat, stat("d/file", &st))
CALL(stat_self, stat("d", &st))
CALL(open_file, fc_try_open("d/file", O_RDWR, 0))
CALL(create, fc_try_open("d/new", O_CREAT | O_EXCL | O_WRONLY, 0644))
CALL(mkdir, mkdir("d/new", 0755))
CALL(mkfifo, mknod("d/new", S_IFIFO | 0644, 0))
CALL(symlink, symlink("t", "d/new"))
CALL(link, link("own", "d/new"))
CALL(unlink, unlink("d/file"))
CALL(rmdir, rmdir("d/sub"))
CALL(rename_in, rename("open/mine", "d/new"))
CALL(rename_out, rename("d/file", "open/out"))
CALL(rename_within, rename("d/file", "d/new"))
CALL(rename_over, rename("open/mine", "d/file"))
CALL(exchange, renameat2(AT_FDCWD, "open/mine", AT_FDCWD, "d/file",
			 RENAME_EXCHANGE))
CALL(tmpfile, fc_try_open("d", O_TMPFILE | O_RDWR, 0644))
CALL(readlink, readlink("d/link", (char[64]){ 0 }, 64))
CALL(opendir_sub, fc_try_open("d/sub", O_RDONLY | O_DIRECTORY, 0))

static const struct dir_call dir_calls[] = {
	{ "open to list", R, do_list },
	{ "open with O_PATH", 0, do_path },
	{ "stat of itself", 0, do_stat_self },
	{ "chdir", X, do_chdir },
	{ "stat of a file", X, do_stat },
	{ "open of a file", X, do_open_file },
	{ "readlink", X, do_readlink },
	{ "open of a directory", X, do_opendir_sub },
	{ "create", W | X, do_create },
	{ "mkdir", W | X, do_mkdir },
	{ "mkfifo", W | X, do_mkfifo },
	{ "symlink", W | X, do_symlink },
	{ "link", W | X, do_link },
	{ "unlink", W | X, do_unlink },
	{ "rmdir", W | X, do_rmdir },
	{ "rename into", W | X, do_rename_in },
	{ "rename out of", W | X, do_rename_out },
	{ "rename within", W | X, do_rename_within },
	{ "rename over", W | X, do_rename_over },
	{ "exchange", W | X, do_exchange },
	{ "O_TMPFILE", W | X, do_tmpfile },
};

/* Objects that everybody may use: only the directory's bits decide. */
static void stage(void)
{
	fc_remove("open/out");
	if (!fc_exists("open"))
		fc_dir("open", 0777);
	if (!fc_exists("d")) {
		fc_dir("d", 0777);
		fc_give("d");
	}
	MUST(chmod("d", 0777));
	fc_remove("d/new");
	for (const char *const *p = (const char *const[]){ "d/file", "own",
							    "open/mine", NULL };
	     *p; p++)
		fc_file(*p, 0666, "");
	if (!fc_exists("d/sub"))
		fc_dir("d/sub", 0777);
	if (!fc_exists("d/link"))
		MUST(symlink("t", "d/link"));
}

static bool call_usable(const struct dir_call *c)
{
	return (c->call != do_tmpfile || fc_have(FC_NEED_TMPFILE)) &&
	       (c->call != do_exchange || fc_have(FC_NEED_EXCHANGE));
}

static mode_t mode_for(enum fc_who w, int bits)
{
	static const int shift[FC_WHOS] = { 0, 6, 3, 3, 0 };

	/* The other classes get the opposite: they must not matter. */
	return bits << shift[w] |
	       ((~bits & 7) * 0111 & ~(7 << shift[w]));
}

static void one_mode(enum fc_who w, int bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(dir_calls); i++) {
		const struct dir_call *c = &dir_calls[i];

		if (!call_usable(c))
			continue;
		stage();
		MUST(chmod("d", mode_for(w, bits)));
		fc_as(w);
		CHECK_CALL(c->call(), (bits & c->bits) == c->bits ? 0 : EACCES,
			   "%s, directory %04o: %s", fc_who_names[w],
			   mode_for(w, bits), c->name);
		fc_back();
		MUST(chmod("d", 0777));
	}
}

static void modes(void)
{
	for_each_who(w, FC_OWNER) {
		for (int bits = 0; bits < 8; bits++)
			one_mode(w, bits);
	}
}

static void capabilities(void)
{
	static const struct {
		const char *name;
		uint64_t caps;
		int bits;
	} powers[] = {
		{ "CAP_DAC_OVERRIDE", CAP(CAP_DAC_OVERRIDE), R | W | X },
		{ "CAP_DAC_READ_SEARCH", CAP(CAP_DAC_READ_SEARCH), R | X },
		{ "CAP_FOWNER", CAP(CAP_FOWNER), 0 },
	};

	for (size_t p = 0; p < ARRAY_SIZE(powers); p++) {
		for (size_t i = 0; i < ARRAY_SIZE(dir_calls); i++) {
			const struct dir_call *c = &dir_calls[i];

			if (!call_usable(c))
				continue;
			stage();
			MUST(chmod("d", 0));
			fc_as_caps(FC_STRANGER, powers[p].caps);
			CHECK_CALL(c->call(),
				   (powers[p].bits & c->bits) == c->bits ?
				   0 : EACCES, "%s, directory 0000: %s",
				   powers[p].name, c->name);
			fc_back();
		}
	}
}

/* Rows of who owns what: may @actor remove an entry of a sticky directory? */
static const struct {
	enum fc_who dir, file, actor;
	int want;
} sticky_rules[] = {
	{ FC_OWNER, FC_OWNER, FC_OWNER, 0 },
	{ FC_OWNER, FC_STRANGER, FC_OWNER, 0 },
	{ FC_STRANGER, FC_OWNER, FC_OWNER, 0 },
	{ FC_ROOT, FC_OWNER, FC_OWNER, 0 },
	{ FC_STRANGER, FC_STRANGER, FC_OWNER, EPERM },
	{ FC_ROOT, FC_STRANGER, FC_OWNER, EPERM },
	{ FC_ROOT, FC_ROOT, FC_OWNER, EPERM },
	{ FC_STRANGER, FC_STRANGER, FC_ROOT, 0 },
	{ FC_ROOT, FC_OWNER, FC_GROUP, EPERM },
	{ FC_ROOT, FC_OWNER, FC_MEMBER, EPERM },
	{ FC_OWNER, FC_OWNER, FC_GROUP, EPERM },
	{ FC_OWNER, FC_OWNER, FC_MEMBER, EPERM },
	{ FC_OWNER, FC_OWNER, FC_STRANGER, EPERM },
};

static void give_to(const char *path, enum fc_who w)
{
	MUST(lchown(path, fc_uid_of(w), fc_gid_of(w)));
}

static void sticky_stage(enum fc_type t, size_t rule)
{
	fc_dir("s", 01777);
	fc_dir("open", 0777);
	fc_make(t, "s/x");
	fc_make(t, "open/y");
	if (t != FC_LNK)
		MUST(chmod("s/x", 0777));
	give_to("s", sticky_rules[rule].dir);
	give_to("s/x", sticky_rules[rule].file);
	give_to("open/y", sticky_rules[rule].actor);
}

static void sticky_unstage(void)
{
	const char *paths[] = { "s/x", "s/z", "open/y", "open/z", "s", "open" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		fc_remove(paths[i]);
}

static long remove_of(enum fc_type t)
{
	return t == FC_DIR ? rmdir("s/x") : unlink("s/x");
}

static void sticky(void)
{
	for_each_type(t) {
		for (size_t i = 0; i < ARRAY_SIZE(sticky_rules); i++) {
			enum fc_who a = sticky_rules[i].actor;
			int want = sticky_rules[i].want;
			const char *who = fc_fmt(
				"%s, %s's %s in %s's directory",
				fc_who_names[a],
				fc_who_names[sticky_rules[i].file],
				fc_type_names[t],
				fc_who_names[sticky_rules[i].dir]);

			sticky_stage(t, i);
			fc_as(a);
			CHECK_CALL(rename("s/x", "s/z"), want,
				   "%s: rename within", who);
			if (!want)
				MUST(rename("s/z", "s/x"));
			CHECK_CALL(rename("s/x", "open/z"), want,
				   "%s: rename out", who);
			if (!want)
				MUST(rename("open/z", "s/x"));
			CHECK_CALL(rename("open/y", "s/x"), want,
				   "%s: rename over", who);
			CHECK_CALL(remove_of(t), want, "%s: remove", who);
			fc_back();
			sticky_unstage();
		}
	}
}

static void sticky_fowner(void)
{
	fc_dir("s", 01777);
	fc_file("s/x", 0644, "");
	fc_as_caps(FC_STRANGER, CAP(CAP_DAC_OVERRIDE));
	CHECK_ERR(unlink("s/x"), EPERM, "CAP_DAC_OVERRIDE is not enough");
	fc_back();
	fc_as_caps(FC_STRANGER, CAP(CAP_FOWNER));
	CHECK_OK(unlink("s/x"), "CAP_FOWNER is");
	fc_back();
}

/* Creating in a sticky directory needs no more than usual. */
static void sticky_creates(void)
{
	fc_dir("s", 01777);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_OK(fc_try_open("s/new", O_CREAT | O_EXCL | O_RDWR, 0600),
			 "%s creates", fc_who_names[w]);
		CHECK_OK(unlink("s/new"), "%s removes its own",
			 fc_who_names[w]);
		fc_back();
	}
}

#define ROW(fn, text, needs, types, origin) \
	{ "*", #fn, text, needs, types, origin, fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN) | FC_N(MODES))

static const struct fc_case cases[] = {
	ROW(modes, "list is r, search is x, change is w and x",
	    FC_N(ACTOR) | FC_N(MODES) | FC_N(SYMLINK) | FC_N(FIFO) | FC_N(LINK), FC_T(DIR),
	    "POSIX 4.5 File Access Permissions"),
	ROW(capabilities, "capabilities add their rights only",
	    IDS | FC_N(SYMLINK) | FC_N(FIFO) | FC_N(LINK), FC_T(DIR),
	    "capabilities(7)"),
	ROW(sticky, "a sticky directory protects what others own", IDS,
	    FC_T_ALL, "POSIX unlink(), rename()"),
	ROW(sticky_fowner, "CAP_FOWNER is what overrides sticky", IDS,
	    FC_T(REG), "capabilities(7)"),
	ROW(sticky_creates, "everybody creates in a sticky directory",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(REG), "inode(7)"),
};

FC_FAMILY(perm_dir, "perm_dir", cases);
