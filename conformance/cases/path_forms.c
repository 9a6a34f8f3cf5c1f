// SPDX-License-Identifier: GPL-2.0-only
/* path_forms - every call works on every legal way to write a path */
#include "ops.h"

static bool skipped(const struct fc_op *op)
{
	return op->flags & OP_N;
}

/*
 * The target is @name within "d"; the call sees it through @path. Calls that
 * replace the parent's entry ("rename_directory_to") want no file there.
 */
static void form(const char *name, const char *path, const char *what)
{
	const char *target = fc_fmt("d/%s", name);

	for_each_op(op, fc_ops, 0) {
		if (skipped(op))
			continue;
		fc_op_restage();
		if (!(op->flags & (OP_E | OP_C)))
			fc_remove(target);
		fc_op_target(op, target);
		CHECK_OK(op->call(path), "%s: %s", op->name, what);
	}
	fc_remove(target);
}

static void stage(void)
{
	fc_op_stage();
	fc_dir("d", 0755);
	fc_dir("d/e", 0755);
	MUST(symlink("d", "link"));
	MUST(symlink("link", "link2"));
}

static void plain(void)
{
	stage();
	form("x", "d/x", "d/x");
}

static void dots(void)
{
	stage();
	form("x", "./d/./x", "./d/./x");
	form("x", "d/e/../x", "d/e/../x");
}

static void slashes(void)
{
	stage();
	form("x", "d///x", "d///x");
}

static void absolute(void)
{
	char here[PATH_MAX], path[PATH_MAX + 16];

	stage();
	if (!getcwd(here, sizeof(here)))
		fc_abort_case(HERE, "no current directory");
	snprintf(path, sizeof(path), "%s/d/x", here);
	form("x", path, "an absolute path");
}

static void through_links(void)
{
	stage();
	form("x", "link/x", "through a link");
	form("x", "link2/x", "through a link to a link");
}

static void longest_name(void)
{
	char name[300], path[310];
	long max = MUST(pathconf(".", _PC_NAME_MAX));

	if (max > 255)
		max = 255;
	memset(name, 'n', max);
	name[max] = '\0';
	snprintf(path, sizeof(path), "d/%s", name);
	stage();
	form(name, path, "a name of NAME_MAX bytes");
}

static void longest_path(void)
{
	char path[PATH_MAX + 8];

	stage();
	for (int i = 0; i < PATH_MAX; i += 2)
		memcpy(path + i, "./", 3);
	strcpy(path + PATH_MAX - 4, "d/x");
	form("x", path, "a path of PATH_MAX - 1 bytes");
}

static void odd_names(void)
{
	static const struct {
		const char *name, *what;
	} odd[] = {
		{ "\xff\xfe\x80", "bytes that are no UTF-8" },
		{ "a\nb", "a newline" },
		{ " ", "a space" },
		{ "-x", "a dash in front" },
		{ "...", "three dots" },
		{ "\xc3\xa4", "a letter of two bytes" },
		{ "a\\b", "a backslash" },
	};

	stage();
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		form(odd[i].name, fc_fmt("d/%s", odd[i].name), odd[i].what);
}

/* All bytes but NUL and '/' may be in a name, and come back as they were. */
static void every_byte(void)
{
	for (int c = 1; c < 256; c++) {
		char name[4] = { 'b', c, 'e', 0 };

		if (c == '/')
			continue;
		fc_file(name, 0644, "");
		CHECK(fc_exists(name), "byte 0x%02x", c);
	}
	CHECK_EQ(fc_count_entries("."), 254, "254 different names");
}

static void case_matters(void)
{
	fc_file("name", 0644, "small");
	CHECK_ERR(access("NAME", F_OK), ENOENT, "the other case is missing");
	CHECK_OK(fc_try_open("NAME", O_CREAT | O_EXCL | O_WRONLY, 0644),
		 "both cases live side by side");
	CHECK_EQ(fc_count_entries("."), 2, "two names");
	CHECK(fc_content_is("name", "small"), "the first is untouched");
	fc_file("\xc3\xa4", 0644, "composed");
	CHECK_ERR(access("a\xcc\x88", F_OK), ENOENT, "no normalization");
}

/* POSIX 4.13: a trailing slash makes a link to a directory be followed. */
static void trailing_slash(void)
{
	struct stat st;

	stage();
	CHECK_OK(lstat("link/", &st), "lstat of link/");
	CHECK(S_ISDIR(st.st_mode), "link/ is the directory");
	CHECK_OK(lstat("d/", &st), "lstat of d/");
	CHECK_OK(mkdir("new/", 0755), "mkdir of new/");
	CHECK_OK(rename("new/", "newer/"), "rename of new/ to newer/");
	CHECK_OK(rmdir("newer/"), "rmdir of newer/");
	CHECK_ERR(rmdir("link/"), ENOTDIR, "rmdir of link/");
	CHECK_ERR(unlink("link/"), ENOTDIR, "unlink of link/");
	CHECK_ERR(fc_try_open("new/", O_CREAT | O_WRONLY, 0644), EISDIR,
		  "open with O_CREAT of new/");
	CHECK_ERR(mknod("new/", S_IFREG | 0644, 0), ENOENT, "mknod of new/");
	CHECK_ERR(mkfifo("new/", 0644), ENOENT, "mkfifo of new/");
	CHECK_ERR(symlink("t", "new/"), ENOENT, "symlink of new/");
	CHECK_ERR(link("base", "new/"), ENOENT, "link to new/");
	CHECK_ERR(rename("base", "new/"), ENOTDIR, "rename of a file to new/");
	CHECK_ERR(rename("base/", "new"), ENOTDIR, "rename of base/");
	CHECK_ERR(mkdir("link/", 0755), EEXIST, "mkdir of link/");
}

static void depth_beyond_path_max(void)
{
	struct stat st, above;
	int levels = PATH_MAX / 50 + 10;
	char name[64];

	memset(name, 'd', 60);
	name[60] = '\0';
	for (int i = 0; i < levels; i++) {
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	CHECK_OK(fc_try_open("file", O_CREAT | O_WRONLY, 0644), "create");
	CHECK_OK(stat("file", &st), "stat");
	CHECK_OK(mkdir("dir", 0755), "mkdir");
	CHECK_OK(rename("file", "dir/file"), "rename");
	CHECK_EQ(fc_count_entries("."), 1, "list");
	CHECK_OK(stat("..", &above), "'..'");
	CHECK_OK(chdir(".."), "chdir to '..'");
	CHECK_OK(fc_lstat(".").st_ino == above.st_ino ? 0 : -1,
		 "'..' is where chdir goes");
	CHECK(!getcwd(name, sizeof(name)), "getcwd does not fit");
}

#define ROW(fn, text, needs) \
	{ "*", #fn, text, needs, FC_T_ALL, "POSIX 4.13 Pathname Resolution", fn }

static const struct fc_case cases[] = {
	ROW(plain, "every call works on d/x", 0),
	ROW(dots, "'.' and '..' are directories like others", 0),
	ROW(slashes, "several slashes are one", 0),
	ROW(absolute, "every call works on an absolute path", FC_N(ROOT)),
	ROW(through_links, "links to directories are followed", FC_N(SYMLINK)),
	ROW(longest_name, "names of NAME_MAX bytes work", 0),
	ROW(longest_path, "paths of PATH_MAX - 1 bytes work", 0),
	ROW(odd_names, "names are bytes", 0),
	ROW(every_byte, "all bytes but two may be in a name", 0),
	ROW(case_matters, "names are compared byte by byte", 0),
	ROW(trailing_slash, "a trailing slash means a directory", 0),
	ROW(depth_beyond_path_max, "trees may be deeper than PATH_MAX", 0),
};

FC_FAMILY(path_forms, "path", cases);
