// SPDX-License-Identifier: GPL-2.0-only
/* rename - rename and renameat2: types, times, directories, flags */
#include <sys/sysmacros.h>

#include "../harness/fsconf.h"

/* What rename says when a @from is put over a @to: directories or not. */
static int want_over(enum fc_type from, enum fc_type to)
{
	if (from == FC_DIR)
		return to == FC_DIR ? 0 : ENOTDIR;
	return to == FC_DIR ? EISDIR : 0;
}

static void over_types(void)
{
	for_each_type(from) {
		for_each_type(to) {
			const char *pair = fc_fmt("%s over %s",
						  fc_type_names[from],
						  fc_type_names[to]);
			int want = want_over(from, to);
			uint64_t a, b;

			fc_make(from, "x");
			fc_make(to, "y");
			a = fc_ino("x");
			b = fc_ino("y");
			CHECK_CALL(rename("x", "y"), want, "%s", pair);
			CHECK_EQ(fc_exists("x"), !!want, "%s: the old name",
				 pair);
			CHECK_EQ(fc_ino("y"), want ? b : a, "%s: the new name",
				 pair);
			if (want)
				fc_remove("x");
			fc_remove("y");
		}
	}
}

static void keeps_object(void)
{
	fc_dir("d", 0755);
	for_each_type(t) {
		struct stat a, b;
		struct fc_watch w;
		const char *name = fc_type_names[t];

		fc_make_owned(t, "x", 0641);
		a = fc_lstat("x");
		WATCH(&w, "d", ".");
		CHECK_OK(rename("x", "d/y"), "%s", name);
		CHECK_STAMP(&w, 0, "mc", fc_fmt("rename of a %s", name));
		CHECK_STAMP(&w, 1, "mc", fc_fmt("rename of a %s", name));
		b = fc_lstat("d/y");
		CHECK_EQ(b.st_ino, a.st_ino, "%s: inode", name);
		CHECK_OCT(b.st_mode, a.st_mode, "%s: mode", name);
		CHECK_EQ(b.st_uid, a.st_uid, "%s: owner", name);
		CHECK_EQ(b.st_gid, a.st_gid, "%s: group", name);
		CHECK_EQ(b.st_rdev, a.st_rdev, "%s: device", name);
		CHECK_EQ(b.st_size, a.st_size, "%s: size", name);
		CHECK_EQ(b.st_nlink, a.st_nlink, "%s: links", name);
		CHECK(fc_same_time(&a.st_mtim, &b.st_mtim), "%s: mtime", name);
		CHECK(!fc_exists("x"), "%s: the old name is gone", name);
		fc_remove("d/y");
	}
}

static void replaced(void)
{
	struct stat st;
	struct fc_watch w;
	char buf[16] = "";
	int fd;

	fc_file("x", 0644, "new");
	fc_file("y", 0644, "old");
	MUST(link("y", "other"));
	fd = MUST(open("y", O_RDONLY));
	WATCH(&w, "other");
	CHECK_OK(rename("x", "y"), "replace");
	CHECK(fc_content_is("y", "new"), "the name has the new text");
	CHECK(fc_content_is("other", "old"), "another name the old one");
	CHECK_EQ(fc_nlink("other"), 1, "the replaced lost a link");
	CHECK_STAMP(&w, 0, "c", "replaced by rename");
	CHECK_EQ(pread(fd, buf, 16, 0), 3, "the open file reads on");
	CHECK_STR(buf, "old", "the old text");
	MUST(unlink("other"));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0, "and has no links at last");
	MUST(close(fd));
}

static void same_object(void)
{
	struct fc_watch w;

	fc_file("x", 0644, "");
	MUST(link("x", "y"));
	WATCH(&w, ".", "x");
	CHECK_OK(rename("x", "y"), "over its own link");
	CHECK(fc_exists("x") && fc_exists("y"), "does nothing");
	CHECK_STAMP(&w, 0, "", "rename over the own link");
	CHECK_STAMP(&w, 1, "", "rename over the own link");
	CHECK_OK(rename("x", "x"), "to itself");
	CHECK(fc_exists("x"), "it is there still");
	fc_dir("d", 0755);
	CHECK_OK(rename("d", "d"), "a directory to itself");
}

static void directories(void)
{
	fc_dir("a", 0755);
	fc_dir("b", 0755);
	fc_dir("full", 0755);
	fc_file("full/x", 0644, "");
	CHECK_OK(rename("a", "b"), "over an empty directory");
	CHECK(!fc_exists("a"), "the old name is gone");
	CHECK_ERR2(rename("b", "full"), ENOTEMPTY, EEXIST, "over a full one");
	CHECK_OK(rename("full", "b"), "a full one over an empty one");
	CHECK(fc_exists("b/x"), "with what is in it");
	fc_dir("b/c", 0755);
	fc_dir("b/c/d", 0755);
	CHECK_ERR(rename("b", "b/c/d/e"), EINVAL, "into itself");
	CHECK_ERR(rename("b", "b/c"), EINVAL, "over its child");
	CHECK_ERR2(rename("b/c/d", "b"), ENOTEMPTY, EEXIST,
		   "over its grandparent");
	CHECK_ERR(rename("b/.", "e"), EBUSY, "'.' at the end of the old");
	CHECK_ERR(rename("b/..", "e"), EBUSY, "'..' at the end of the old");
	CHECK_ERR(rename("b", "."), EBUSY, "'.' as the new");
	CHECK_ERR(rename("b", "b/.."), EBUSY, "'..' at the end of the new");
	CHECK_OK(rename("b/", "e/"), "slashes at the end of directories");
	CHECK(fc_exists("e/c/d"), "the tree came along");
}

static void parent_follows(void)
{
	long a, b;

	fc_dir("a", 0755);
	fc_dir("b", 0755);
	fc_dir("a/x", 0755);
	a = fc_nlink("a");
	b = fc_nlink("b");
	MUST(rename("a/x", "b/x"));
	CHECK_EQ(fc_lstat("b/x/..").st_ino, fc_ino("b"), "'..' is the new parent");
	CHECK_EQ(fc_nlink("a"), a > 1 ? a - 1 : a, "the old parent's links");
	CHECK_EQ(fc_nlink("b"), b > 1 ? b + 1 : b, "the new parent's links");
	MUST(mkdir("b/y", 0755));
	MUST(rename("b/x", "b/y"));
	CHECK_EQ(fc_nlink("b"), b > 1 ? b + 1 : b, "replacing takes one away");
}

/* Moving a directory to another parent rewrites '..': write permission. */
static void directory_permission(void)
{
	fc_dir("a", 0777);
	fc_dir("b", 0777);
	fc_make_owned(FC_DIR, "a/x", 0555);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(rename("a/x", "b/x"), EACCES,
			  "%s moves a directory of mode 0555",
			  fc_who_names[w]);
		CHECK_OK(rename("a/x", "a/y"), "%s renames it in place",
			 fc_who_names[w]);
		MUST(rename("a/y", "a/x"));
		fc_back();
	}
}

static void cwd_moves(void)
{
	char before[PATH_MAX], after[PATH_MAX];

	fc_dir("a", 0755);
	fc_dir("a/b", 0755);
	MUST(chdir("a/b"));
	if (!getcwd(before, sizeof(before)))
		fc_abort_case(HERE, "no current directory");
	MUST(rename("../../a", "../../c"));
	CHECK(getcwd(after, sizeof(after)), "getcwd works");
	CHECK_STR(strrchr(after, '/'), "/b", "the last component");
	CHECK(strstr(after, "/c/b"), "the new name above is seen");
	CHECK_OK(fc_try_open("file", O_CREAT | O_WRONLY, 0644), "create here");
	CHECK_OK(access("../../c/b/file", F_OK), "it is there by the new name");
	CHECK_ERR(access("../../a", F_OK), ENOENT, "the old name is gone");
}

static void flags(void)
{
	fc_file("x", 0644, "x");
	fc_file("y", 0644, "y");
	fc_dir("d", 0755);
	CHECK_ERR(renameat2(AT_FDCWD, "x", AT_FDCWD, "y",
			    RENAME_NOREPLACE | RENAME_EXCHANGE), EINVAL,
		  "NOREPLACE and EXCHANGE exclude each other");
	CHECK_ERR(renameat2(AT_FDCWD, "x", AT_FDCWD, "y",
			    RENAME_WHITEOUT | RENAME_EXCHANGE), EINVAL,
		  "WHITEOUT and EXCHANGE exclude each other");
	CHECK_ERR(renameat2(AT_FDCWD, "x", AT_FDCWD, "missing",
			    RENAME_EXCHANGE), ENOENT,
		  "EXCHANGE needs both");
	CHECK_ERR(renameat2(AT_FDCWD, "d", AT_FDCWD, "d/y", RENAME_EXCHANGE),
		  ENOENT, "EXCHANGE with a missing child");
	fc_file("d/y", 0644, "");
	CHECK_ERR(renameat2(AT_FDCWD, "d", AT_FDCWD, "d/y", RENAME_EXCHANGE),
		  EINVAL, "EXCHANGE with its own child");
	CHECK_ERR2(renameat2(AT_FDCWD, "d/y", AT_FDCWD, "d", RENAME_EXCHANGE),
		   EINVAL, ENOTEMPTY, "EXCHANGE with its own parent");
	CHECK_OK(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", 0), "no flag is rename");
}

static void noreplace(void)
{
	for_each_type(from) {
		for_each_type(to) {
			const char *pair = fc_fmt("%s to %s",
						  fc_type_names[from],
						  fc_type_names[to]);
			uint64_t a, b;

			fc_make(from, "x");
			fc_make(to, "y");
			a = fc_ino("x");
			b = fc_ino("y");
			CHECK_ERR(renameat2(AT_FDCWD, "x", AT_FDCWD, "y",
					    RENAME_NOREPLACE), EEXIST, "%s", pair);
			CHECK(fc_ino("x") == a && fc_ino("y") == b,
			      "%s: nothing moved", pair);
			fc_remove("y");
			if (from == to) {
				CHECK_OK(renameat2(AT_FDCWD, "x", AT_FDCWD, "y",
						   RENAME_NOREPLACE),
					 "%s to a free name",
					 fc_type_names[from]);
				fc_remove("y");
			} else {
				fc_remove("x");
			}
		}
	}
}

static void exchange(void)
{
	fc_dir("d", 0755);
	for_each_type(from) {
		for_each_type(to) {
			const char *pair = fc_fmt("%s with %s",
						  fc_type_names[from],
						  fc_type_names[to]);
			uint64_t a, b;

			fc_make(from, "x");
			fc_make(to, "d/y");
			a = fc_ino("x");
			b = fc_ino("d/y");
			CHECK_OK(renameat2(AT_FDCWD, "x", AT_FDCWD, "d/y",
					   RENAME_EXCHANGE), "%s", pair);
			CHECK_EQ(fc_ino("x"), b, "%s: the first name", pair);
			CHECK_EQ(fc_ino("d/y"), a, "%s: the second name", pair);
			fc_remove("x");
			fc_remove("d/y");
		}
	}
}

static void exchange_links(void)
{
	struct fc_watch w;
	long d;

	fc_dir("d", 0755);
	d = fc_nlink("d");
	fc_dir("x", 0755);
	fc_file("d/y", 0644, "");
	WATCH(&w, ".", "d", "x", "d/y");
	MUST(renameat2(AT_FDCWD, "x", AT_FDCWD, "d/y", RENAME_EXCHANGE));
	CHECK_EQ(fc_nlink("d"), d > 1 ? d + 1 : d, "a directory came in");
	CHECK_EQ(fc_lstat("d/y/..").st_ino, fc_ino("d"), "its parent is d");
	CHECK_STAMP(&w, 0, "mc", "exchange");
	CHECK_STAMP(&w, 1, "mc", "exchange");
}

static void whiteout(void)
{
	struct stat st;

	fc_file("x", 0644, "text");
	CHECK_OK(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_WHITEOUT),
		 "rename and leave a whiteout");
	CHECK(fc_content_is("y", "text"), "the file moved");
	st = fc_lstat("x");
	CHECK(S_ISCHR(st.st_mode), "a character device is left");
	CHECK_EQ(st.st_rdev, makedev(0, 0), "with number 0:0");
	fc_file("z", 0644, "");
	CHECK_ERR(renameat2(AT_FDCWD, "y", AT_FDCWD, "z",
			    RENAME_WHITEOUT | RENAME_NOREPLACE), EEXIST,
		  "NOREPLACE holds with WHITEOUT, too");
	CHECK_OK(renameat2(AT_FDCWD, "y", AT_FDCWD, "z", RENAME_WHITEOUT),
		 "over a file");
	CHECK(fc_content_is("z", "text"), "which is replaced");
}

static void failed_times(void)
{
	struct fc_watch w;

	fc_dir("d", 0755);
	fc_dir("e", 0755);
	fc_file("d/x", 0644, "");
	fc_dir("e/y", 0755);
	WATCH(&w, "d", "e", "d/x", "e/y");
	CHECK_ERR(rename("d/x", "e/y"), EISDIR, "a file over a directory");
	for (int i = 0; i < 4; i++)
		CHECK_STAMP(&w, i, "", "rename that fails");
}

static void open_survives(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	MUST(rename("x", "y"));
	CHECK_EQ(write(fd, "text", 4), 4, "writes after the rename");
	CHECK(fc_content_is("y", "text"), "go to the new name");
	MUST(rename("y", "z"));
	CHECK_OK(ftruncate(fd, 2), "ftruncate after two renames");
	CHECK_EQ(fc_size("z"), 2, "is seen by the newest name");
	MUST(close(fd));
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define P "POSIX rename()"

static const struct fc_case cases[] = {
	ROW("rename", over_types, "directories and the rest do not mix", 0,
	    FC_T_ALL, P),
	ROW("rename", keeps_object, "the object is the same, the parents change",
	    0, FC_T_ALL, P),
	ROW("rename", replaced, "what is replaced loses a link", FC_N(LINK),
	    FC_T(REG), P),
	ROW("rename", same_object, "two names of one object: nothing happens",
	    FC_N(LINK), FC_T(REG), P),
	ROW("rename", directories, "directories replace empty ones, not parents",
	    0, FC_T(DIR), P),
	ROW("rename", parent_follows, "'..' and link counts follow", 0,
	    FC_T(DIR), P),
	ROW("rename", directory_permission, "'..' is written by its writer",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(DIR), "rename(2)"),
	ROW("rename", cwd_moves, "the current directory moves with its parent",
	    0, FC_T(DIR), P),
	ROW("renameat2", flags, "flags that exclude each other", FC_N(EXCHANGE),
	    FC_T(REG), "rename(2)"),
	ROW("renameat2", noreplace, "RENAME_NOREPLACE replaces nothing",
	    FC_N(NOREPLACE), FC_T_ALL, "rename(2)"),
	ROW("renameat2", exchange, "RENAME_EXCHANGE swaps any two types",
	    FC_N(EXCHANGE), FC_T_ALL, "rename(2)"),
	ROW("renameat2", exchange_links, "parents know what was exchanged",
	    FC_N(EXCHANGE), FC_T(DIR), "rename(2)"),
	ROW("renameat2", whiteout, "RENAME_WHITEOUT leaves device 0:0",
	    FC_N(WHITEOUT), FC_T(REG), "rename(2)"),
	ROW("rename", failed_times, "what fails changes no time", 0,
	    FC_T(REG), P),
	ROW("rename", open_survives, "open files follow their object", 0,
	    FC_T(REG), P),
};

FC_FAMILY(rename, "rename", cases);
