// SPDX-License-Identifier: GPL-2.0-only
/* link - hard links: link, unlink, rmdir, and objects without a name */
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

static void same_object(void)
{
	for_each_type(t) {
		const char *name = fc_type_names[t];

		fc_make(t, "x");
		CHECK_OK(link("x", "y"), "%s: link", name);
		CHECK_EQ(fc_ino("y"), fc_ino("x"), "%s: one inode", name);
		CHECK_EQ(fc_nlink("x"), 2, "%s: two links", name);
		CHECK_OK(link("y", "z"), "%s: link of a link", name);
		CHECK_EQ(fc_nlink("x"), 3, "%s: three links", name);
		if (t != FC_LNK) {
			MUST(chmod("z", 0601));
			CHECK_OCT(fc_mode("x"), 0601, "%s: one mode", name);
		}
		MUST(utimensat(AT_FDCWD, "y",
			       (struct timespec[]){ { 7, 0 }, { 8, 0 } },
			       AT_SYMLINK_NOFOLLOW));
		CHECK_EQ(fc_lstat("x").st_mtime, 8, "%s: one mtime", name);
		CHECK_EQ(fc_lstat("x").st_mode & S_IFMT,
			 fc_lstat("z").st_mode & S_IFMT, "%s: one type", name);
		CHECK_OK(unlink("x"), "%s: unlink the first", name);
		CHECK_EQ(fc_nlink("z"), 2, "%s: two are left", name);
		CHECK_OK(unlink("z"), "%s: unlink the third", name);
		CHECK_EQ(fc_nlink("y"), 1, "%s: one is left", name);
		fc_remove("y");
	}
}

static void link_times(void)
{
	fc_dir("d", 0755);
	for_each_type(t) {
		struct fc_watch w;

		fc_make(t, "x");
		WATCH(&w, "x", "d", ".");
		MUST(link("x", "d/y"));
		CHECK_STAMP(&w, 0, "c", fc_fmt("link of a %s", fc_type_names[t]));
		CHECK_STAMP(&w, 1, "mc", fc_fmt("link of a %s", fc_type_names[t]));
		WATCH(&w, "x", "d");
		MUST(unlink("d/y"));
		CHECK_STAMP(&w, 0, "c",
			    fc_fmt("unlink of a %s", fc_type_names[t]));
		CHECK_STAMP(&w, 1, "mc",
			    fc_fmt("unlink of a %s", fc_type_names[t]));
		fc_remove("x");
	}
}

/* A call that fails changes nothing. */
static void failed_link_times(void)
{
	struct fc_watch w;

	fc_dir("d", 0755);
	fc_file("x", 0644, "");
	fc_file("d/y", 0644, "");
	WATCH(&w, "x", "d", "d/y");
	CHECK_ERR(link("x", "d/y"), EEXIST, "the name is taken");
	for (int i = 0; i < 3; i++)
		CHECK_STAMP(&w, i, "", "link that fails");
	CHECK_EQ(fc_nlink("x"), 1, "one link");
	WATCH(&w, "d", "d/y");
	CHECK_ERR(unlink("d/missing"), ENOENT, "unlink of nothing");
	CHECK_STAMP(&w, 0, "", "unlink that fails");
	CHECK_ERR(rmdir("d"), ENOTEMPTY, "rmdir of a full directory");
	CHECK_STAMP(&w, 0, "", "rmdir that fails");
}

static void directories(void)
{
	fc_dir("d", 0755);
	CHECK_ERR(link("d", "e"), EPERM, "link to a directory");
	CHECK_ERR(link(".", "e"), EPERM, "link to '.'");
	CHECK_ERR(unlink("d"), EISDIR, "unlink of a directory");
	CHECK_ERR(unlink("."), EISDIR, "unlink of '.'");
	CHECK_ERR(unlink(".."), EISDIR, "unlink of '..'");
	CHECK(fc_exists("d"), "the directory is there still");
}

static void to_symlink(void)
{
	fc_file("target", 0644, "text");
	MUST(symlink("target", "link"));
	CHECK_OK(link("link", "a"), "link does not follow");
	CHECK_EQ(fc_ino("a"), fc_ino("link"), "it is the link's inode");
	CHECK_OK(linkat(AT_FDCWD, "link", AT_FDCWD, "b", AT_SYMLINK_FOLLOW),
		 "AT_SYMLINK_FOLLOW follows");
	CHECK_EQ(fc_ino("b"), fc_ino("target"), "it is the target's inode");
}

static void by_proc(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));
	const char *path = fc_fmt("/proc/self/fd/%d", fd);

	CHECK_OK(linkat(AT_FDCWD, path, AT_FDCWD, "y", AT_SYMLINK_FOLLOW),
		 "link by descriptor");
	CHECK_EQ(fc_ino("y"), fc_ino("x"), "the same inode");
	MUST(unlink("x"));
	MUST(unlink("y"));
	CHECK_ERR(linkat(AT_FDCWD, path, AT_FDCWD, "z", AT_SYMLINK_FOLLOW),
		  ENOENT, "an object without links cannot be linked");
	MUST(close(fd));
}

static void other_file_system(void)
{
	const char *there = fc_fmt("%s/fsconf-link.%d", fc_env.second, getpid());

	fc_file("x", 0644, "");
	CHECK_ERR(link("x", there), EXDEV, "link to another file system");
	CHECK_ERR(rename("x", there), EXDEV, "rename to another file system");
	CHECK(!fc_exists(there), "nothing is there");
	fc_dir("d", 0755);
	CHECK_ERR(rename("d", there), EXDEV, "rename of a directory");
	CHECK_ERR(renameat2(AT_FDCWD, "x", AT_FDCWD, there, RENAME_NOREPLACE),
		  EXDEV, "rename without replacing");
}

static void unlink_types(void)
{
	fc_dir("d", 0755);
	for_each_type(t) {
		struct fc_watch w;
		const char *name = fc_type_names[t];

		fc_make(t, "d/x");
		WATCH(&w, "d");
		if (t == FC_DIR)
			CHECK_OK(rmdir("d/x"), "%s", name);
		else
			CHECK_OK(unlink("d/x"), "%s", name);
		CHECK(!fc_exists("d/x"), "%s: the name is gone", name);
		CHECK_STAMP(&w, 0, "mc", fc_fmt("removing a %s", name));
		CHECK_ERR(unlink("d/x"), ENOENT, "%s: a second time", name);
		CHECK_EQ(fc_count_entries("d"), 0, "%s: d is empty", name);
	}
}

static void rmdir_rules(void)
{
	static const struct {
		const char *path;
		int want;
	} rules[] = {
		{ ".", EINVAL }, { "d/.", EINVAL }, { "d/..", ENOTEMPTY },
		{ "full", ENOTEMPTY }, { "file", ENOTDIR }, { "link", ENOTDIR },
		{ "missing", ENOENT }, { "d/", 0 },
	};

	fc_dir("d", 0755);
	fc_dir("full", 0755);
	fc_file("full/x", 0644, "");
	fc_file("file", 0644, "");
	MUST(symlink("d", "link"));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		CHECK_CALL(rmdir(rules[i].path), rules[i].want, "rmdir %s",
			   rules[i].path);
	for_each_type(t) {
		fc_dir("e", 0755);
		fc_make(t, "e/x");
		CHECK_ERR(rmdir("e"), ENOTEMPTY, "with a %s in it",
			  fc_type_names[t]);
		fc_remove("e/x");
		CHECK_OK(rmdir("e"), "after the %s is gone", fc_type_names[t]);
	}
}

/* A removed directory that is still open is empty and takes nothing. */
static void removed_directory(void)
{
	struct stat st;
	int fd;

	fc_dir("d", 0755);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	MUST(rmdir("d"));
	MUST(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 0, "no links");
	CHECK_ERR(mkdirat(fd, "x", 0755), ENOENT, "mkdir in it");
	CHECK_ERR(openat(fd, "x", O_CREAT | O_WRONLY, 0644), ENOENT,
		  "create in it");
	CHECK_ERR(symlinkat("t", fd, "x"), ENOENT, "symlink in it");
	CHECK_OK(fchmod(fd, 0700), "fchmod of it");
	CHECK_OK(fchdir(fd), "chdir to it");
	CHECK_ERR(access("x", F_OK), ENOENT, "a name in it");
	char buf[64];
	CHECK(!getcwd(buf, sizeof(buf)) && errno == ENOENT, "getcwd");
	CHECK_ERR(open("..", O_CREAT | O_WRONLY, 0644), EISDIR, "'..' is known");
	MUST(close(fd));
}

static void unlinked_open(void)
{
	char buf[64] = "", name[64];
	struct stat st;
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	if (write(fd, "before", 6) != 6)
		fc_abort_case(HERE, "cannot write");
	MUST(unlink("x"));
	CHECK(!fc_exists("x"), "the name is gone");
	CHECK_EQ(pread(fd, buf, 64, 0), 6, "reads");
	CHECK_STR(buf, "before", "what was written before");
	CHECK_EQ(pwrite(fd, "after", 5, 6), 5, "writes");
	CHECK_OK(fstat(fd, &st), "fstat");
	CHECK_EQ(st.st_nlink, 0, "no links");
	CHECK_EQ(st.st_size, 11, "the new size");
	CHECK_OK(fchmod(fd, 0600), "fchmod");
	CHECK_OK(ftruncate(fd, 3), "ftruncate");
	CHECK_OK(futimens(fd, NULL), "futimens");
	CHECK_OK(fsync(fd), "fsync");
	fc_file("x", 0644, "another");
	CHECK(fc_lstat("x").st_ino != st.st_ino, "a new x is another inode");
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(pread(fd, buf, 64, 0), 3, "the old one has its size");
	CHECK_STR(buf, "bef", "and its text");
	if (fc_have(FC_NEED_PROC)) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		CHECK_OK(fc_try_open(name, O_RDONLY, 0), "opens by /proc");
	}
	MUST(close(fd));
}

static void unlinked_mapped(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));
	char *p;

	MUST(ftruncate(fd, 8192));
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED, "mapped");
	MUST(unlink("x"));
	MUST(close(fd));
	memset(p, 'm', 8192);
	CHECK_OK(msync(p, 8192, MS_SYNC), "msync without name and descriptor");
	CHECK_EQ(p[8000], 'm', "the data are there");
	munmap(p, 8192);
}

/* Times of a removed file: unlink changes the ctime of what is left. */
static void unlinked_ctime(void)
{
	struct stat before, after;
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	MUST(fstat(fd, &before));
	fc_tick(&before.st_ctim);
	MUST(unlink("x"));
	MUST(fstat(fd, &after));
	CHECK(fc_later(&after.st_ctim, &before.st_ctim), "ctime changes");
	CHECK(fc_same_time(&after.st_mtim, &before.st_mtim), "mtime does not");
	MUST(close(fd));
}

/* The limit is found by trying: what pathconf says is a guess of the libc. */
static void too_many(void)
{
	char name[32];
	int i, ret = 0;

	fc_file("x", 0644, "");
	for (i = 1; i < 65536 && !ret; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ret = link("x", name);
	}
	if (!ret || errno == ENOSPC) {
		fc_skip("no limit can be reached", "EMLINK");
		return;
	}
	CHECK_ERR(ret, EMLINK, "the limit is EMLINK");
	CHECK_EQ(fc_nlink("x"), i - 1, "all links are counted");
	CHECK_ERR(link("x", name), EMLINK, "one more");
	MUST(unlink("l1"));
	CHECK_OK(link("x", name), "one more after one less");
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("link", same_object, "links are names of one object", FC_N(LINK),
	    FC_T_NODIR, "POSIX link()"),
	ROW("link", link_times, "ctime of the object, both of the directory",
	    FC_N(LINK), FC_T_NODIR, "POSIX link(), unlink()"),
	ROW("link", failed_link_times, "what fails changes nothing",
	    FC_N(LINK), FC_T(REG), "POSIX link()"),
	ROW("link", directories, "directories have one name", 0, FC_T(DIR),
	    "link(2), unlink(2)"),
	ROW("linkat", to_symlink, "link follows on demand only",
	    FC_N(LINK) | FC_N(SYMLINK), FC_T(LNK), "linkat(2)"),
	ROW("linkat", by_proc, "descriptors can be linked by /proc",
	    FC_N(LINK) | FC_N(PROC), FC_T(REG), "linkat(2)"),
	ROW("link, rename", other_file_system, "no link leads elsewhere",
	    FC_N(SECOND) | FC_N(LINK), FC_T(REG), "POSIX link(), rename()"),
	ROW("unlink, rmdir", unlink_types, "removal takes the name away", 0,
	    FC_T_ALL, "POSIX unlink(), rmdir()"),
	ROW("rmdir", rmdir_rules, "rmdir removes empty directories", 0,
	    FC_T_ALL, "POSIX rmdir()"),
	ROW("rmdir", removed_directory, "a removed directory takes nothing", 0,
	    FC_T(DIR), "POSIX rmdir()"),
	ROW("unlink", unlinked_open, "an open file outlives its name", 0,
	    FC_T(REG), "POSIX unlink()"),
	ROW("unlink", unlinked_mapped, "a mapping outlives the name",
	    FC_N(MMAPSHARED), FC_T(REG), "POSIX mmap()"),
	ROW("unlink", unlinked_ctime, "unlink changes the ctime", 0,
	    FC_T(REG), "POSIX unlink()"),
	ROW("link", too_many, "too many links are EMLINK",
	    FC_N(LINK), FC_T(REG), "POSIX link()"),
};

FC_FAMILY(link, "link", cases);
