// SPDX-License-Identifier: GPL-2.0-only
/* at - the directory descriptor of the *at calls */
#include "ops.h"

static void each(int dirfd, const char *path, int want, unsigned int flags,
		 const char *what)
{
	for_each_op(op, fc_at_ops, flags)
		CHECK_ERR(op->call_at(dirfd, path), want, "%s: %s", op->name,
			  what);
}

static void ebadf(void)
{
	fc_op_stage();
	each(1000, "x", EBADF, 0, "a descriptor that is not open");
	each(-1, "x", EBADF, 0, "descriptor -1");
}

static void enotdir(void)
{
	int fd, fifo;

	fc_op_stage();
	fd = MUST(open("base", O_RDWR));
	each(fd, "x", ENOTDIR, 0, "a descriptor of a file");
	MUST(close(fd));
	fd = MUST(open("base", O_PATH));
	each(fd, "x", ENOTDIR, 0, "an O_PATH descriptor of a file");
	MUST(close(fd));
	if (fc_have(FC_NEED_FIFO)) {
		MUST(mkfifo("fifo", 0644));
		fifo = MUST(open("fifo", O_RDWR));
		each(fifo, "x", ENOTDIR, 0, "a descriptor of a fifo");
		MUST(close(fifo));
	}
}

static void errors_below(void)
{
	int fd;

	fc_op_stage();
	fc_dir("d", 0755);
	fc_file("d/file", 0644, "");
	MUST(symlink("loop", "d/loop"));
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	each(fd, "missing/x", ENOENT, 0, "a missing component");
	each(fd, "missing", ENOENT, OP_E, "a missing object");
	each(fd, "file/x", ENOTDIR, 0, "below a file");
	each(fd, "loop/x", ELOOP, 0, "below a loop");
	each(fd, (const char *)1, EFAULT, 0, "a bad address");
	for_each_op(op, fc_at_ops, OP_C)
		CHECK_ERR(op->call_at(fd, "file"), EEXIST, "%s: existing",
			  op->name);
	MUST(close(fd));
}

static void eacces(void)
{
	fc_op_stage();
	fc_dir("d", 0755);
	fc_give("d");
	MUST(chmod("d", 0600));
	for_each_who(w, FC_OWNER) {
		int fd = MUST(open("d", O_PATH));

		fc_as(w);
		for_each_op(op, fc_at_ops, 0)
			CHECK_ERR(op->call_at(fd, "x"), EACCES,
				  "%s: %s may not search", op->name,
				  fc_who_names[w]);
		fc_back();
		MUST(close(fd));
	}
	MUST(chmod("d", 0700));
}

/* The call works with @dirfd and sees the target, which is d/x. */
static void works(int dirfd, const char *path, const char *what)
{
	for_each_op(op, fc_at_ops, 0) {
		if (op->flags & OP_N)
			continue;
		fc_op_restage();
		fc_remove("d/x");
		fc_op_target(op, "d/x");
		CHECK_OK(op->call_at(dirfd, path), "%s: %s", op->name, what);
	}
}

static void relative(void)
{
	int fd, path;

	fc_op_stage();
	fc_dir("d", 0755);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	path = MUST(open("d", O_PATH));
	works(fd, "x", "a descriptor of the directory");
	works(path, "x", "an O_PATH descriptor of the directory");
	works(AT_FDCWD, "d/x", "AT_FDCWD");
	MUST(rename("d", "e"));
	MUST(symlink("e", "d"));
	works(fd, "x", "the directory has been renamed");
	MUST(close(fd));
	MUST(close(path));
}

static void absolute(void)
{
	char here[PATH_MAX], path[PATH_MAX + 8];

	fc_op_stage();
	fc_dir("d", 0755);
	if (!getcwd(here, sizeof(here)))
		fc_abort_case(HERE, "no current directory");
	snprintf(path, sizeof(path), "%s/d/x", here);
	works(-1, path, "an absolute path makes the descriptor irrelevant");
}

static void removed_directory(void)
{
	int fd;

	fc_op_stage();
	fc_dir("d", 0755);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	MUST(rmdir("d"));
	each(fd, "x", ENOENT, 0, "the directory has been removed");
	MUST(close(fd));
}

static void bad_flags(void)
{
	struct stat st;
	struct statx stx;

	fc_op_stage();
	CHECK_ERR(fstatat(AT_FDCWD, "base", &st, 0x80000000), EINVAL, "fstatat");
	CHECK_ERR(unlinkat(AT_FDCWD, "base", 0x80000000), EINVAL, "unlinkat");
	CHECK_ERR(linkat(AT_FDCWD, "base", AT_FDCWD, "x", 0x80000000), EINVAL,
		  "linkat");
	CHECK_ERR(fchownat(AT_FDCWD, "base", -1, -1, 0x80000000), EINVAL,
		  "fchownat");
	CHECK_ERR(utimensat(AT_FDCWD, "base", NULL, 0x80000000), EINVAL,
		  "utimensat");
	CHECK_ERR(statx(AT_FDCWD, "base", 0x80000000, 0, &stx), EINVAL,
		  "statx");
	CHECK_ERR(renameat2(AT_FDCWD, "base", AT_FDCWD, "x", 0x80), EINVAL,
		  "renameat2");
	if (fc_have(FC_NEED_FCHMODAT2))
		CHECK_ERR(syscall(452, AT_FDCWD, "base", 0644, 0x80000000),
			  EINVAL, "fchmodat2");
	if (fc_have(FC_NEED_FACCESSAT2))
		CHECK_ERR(syscall(439, AT_FDCWD, "base", 0, 0x80000000),
			  EINVAL, "faccessat2");
	CHECK(fc_exists("base"), "nothing was done");
	CHECK(!fc_exists("x"), "nothing was made");
}

static void empty_path(void)
{
	struct stat st;
	struct statx stx;
	int fd;

	fc_op_stage();
	fd = MUST(open("base", O_PATH));
	CHECK_OK(fstatat(fd, "", &st, AT_EMPTY_PATH), "fstatat");
	CHECK_EQ(st.st_ino, fc_ino("base"), "fstatat: the inode");
	CHECK_OK(statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx), "statx");
	CHECK_EQ(stx.stx_ino, fc_ino("base"), "statx: the inode");
	CHECK_OK(fchownat(fd, "", -1, -1, AT_EMPTY_PATH), "fchownat");
	CHECK_OK(utimensat(fd, "", NULL, AT_EMPTY_PATH), "utimensat");
	if (fc_have(FC_NEED_FCHMODAT2)) {
		CHECK_OK(syscall(452, fd, "", 0604, AT_EMPTY_PATH), "fchmodat2");
		CHECK_OCT(fc_mode("base"), 0604, "fchmodat2: the mode");
	}
	if (fc_have(FC_NEED_FACCESSAT2))
		CHECK_OK(syscall(439, fd, "", R_OK, AT_EMPTY_PATH),
			 "faccessat2");
	if (fc_have(FC_NEED_ROOT)) {
		CHECK_OK(linkat(fd, "", AT_FDCWD, "linked", AT_EMPTY_PATH),
			 "linkat");
		CHECK_EQ(fc_ino("linked"), fc_ino("base"), "linkat: the inode");
	}
	CHECK_ERR(fstatat(fd, "", &st, 0), ENOENT, "without AT_EMPTY_PATH");
	MUST(close(fd));
}

#define ROW(fn, text, needs, origin) \
	{ "*at", #fn, text, needs, FC_T_ALL, origin, fn }

static const struct fc_case cases[] = {
	ROW(ebadf, "a relative path needs a descriptor", 0, "POSIX open()"),
	ROW(enotdir, "a relative path needs a directory", 0, "POSIX open()"),
	ROW(errors_below, "errors below a descriptor are the usual ones",
	    FC_N(SYMLINK), "path_resolution(7)"),
	ROW(eacces, "the descriptor's directory must be searchable",
	    FC_N(ACTOR) | FC_N(MODES), "POSIX open()"),
	ROW(relative, "relative paths start at the descriptor", FC_N(SYMLINK),
	    "POSIX open()"),
	ROW(absolute, "absolute paths ignore the descriptor", FC_N(ROOT),
	    "POSIX open()"),
	ROW(removed_directory, "nothing can be found in a removed directory", 0,
	    "path_resolution(7)"),
	ROW(bad_flags, "unknown flags are EINVAL", 0, "open(2)"),
	ROW(empty_path, "AT_EMPTY_PATH means the descriptor's object", 0,
	    "open(2)"),
};

FC_FAMILY(at, "at", cases);
