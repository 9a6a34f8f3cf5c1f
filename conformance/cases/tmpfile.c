// SPDX-License-Identifier: GPL-2.0-only
/* tmpfile - O_TMPFILE: files without a name, and giving them one */
#include <sys/xattr.h>

#include "../harness/fsconf.h"

static struct stat fd_stat(int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	return st;
}

static void anonymous(void)
{
	struct fc_watch w;
	struct stat st;
	char buf[8] = "";
	int fd;

	fc_dir("d", 0755);
	WATCH(&w, "d");
	fd = open("d", O_TMPFILE | O_RDWR, 0640);
	CHECK_OK(fd, "opens");
	CHECK_STAMP(&w, 0, "", "the directory");
	st = fd_stat(fd);
	CHECK(S_ISREG(st.st_mode), "a regular file");
	CHECK_OCT(st.st_mode & 07777, 0640, "its mode");
	CHECK_EQ(st.st_nlink, 0, "no links");
	CHECK_EQ(st.st_size, 0, "no size");
	CHECK_EQ(fc_count_entries("d"), 0, "no name");
	CHECK_EQ(write(fd, "text", 4), 4, "takes data");
	CHECK_EQ(pread(fd, buf, 8, 0), 4, "gives them");
	CHECK_OK(rmdir("d"), "does not keep its directory");
	CHECK_EQ(pread(fd, buf, 8, 0), 4, "and outlives it");
	MUST(close(fd));
}

static void mode_and_owner(void)
{
	static const mode_t masks[] = { 0, 0022, 0077 };
	int fd;

	fc_dir("d", 0777);
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		umask(masks[i]);
		fd = MUST(open("d", O_TMPFILE | O_WRONLY, 0666));
		umask(0);
		CHECK_OCT(fd_stat(fd).st_mode & 07777, 0666 & ~masks[i],
			  "umask %04o", masks[i]);
		MUST(close(fd));
	}
	fc_as(FC_OWNER);
	fd = MUST(open("d", O_TMPFILE | O_RDWR, 0));
	fc_back();
	CHECK_EQ(fd_stat(fd).st_uid, fc_uid_of(FC_OWNER), "the user");
	CHECK_EQ(fd_stat(fd).st_gid, fc_gid_of(FC_OWNER), "the group");
	CHECK_OCT(fd_stat(fd).st_mode & 07777, 0, "mode 0 may be written");
	MUST(close(fd));
}

static void linked(void)
{
	struct fc_watch w;
	int fd;

	fc_dir("d", 0755);
	fd = MUST(open("d", O_TMPFILE | O_RDWR, 0644));
	MUST(write(fd, "text", 4));
	WATCH(&w, "d");
	CHECK_OK(linkat(AT_FDCWD, fc_fmt("/proc/self/fd/%d", fd), AT_FDCWD,
			"d/x", AT_SYMLINK_FOLLOW), "is given a name");
	CHECK_STAMP(&w, 0, "mc", "the directory of the name");
	CHECK(fc_content_is("d/x", "text"), "has its content");
	CHECK_EQ(fc_nlink("d/x"), 1, "one link");
	CHECK_EQ(fc_ino("d/x"), fd_stat(fd).st_ino, "the inode");
	CHECK_OK(linkat(AT_FDCWD, fc_fmt("/proc/self/fd/%d", fd), AT_FDCWD,
			"y", AT_SYMLINK_FOLLOW), "a second name");
	CHECK_EQ(fc_nlink("y"), 2, "two links");
	MUST(write(fd, "more", 4));
	CHECK(fc_content_is("y", "textmore"), "writes go to the named file");
	MUST(close(fd));
	fd = MUST(open("d", O_TMPFILE | O_RDWR, 0644));
	CHECK_ERR(linkat(AT_FDCWD, fc_fmt("/proc/self/fd/%d", fd), AT_FDCWD,
			 "d/x", AT_SYMLINK_FOLLOW), EEXIST, "a taken name");
	MUST(close(fd));
}

static void linked_empty_path(void)
{
	int fd = MUST(open(".", O_TMPFILE | O_RDWR, 0644));

	CHECK_OK(linkat(fd, "", AT_FDCWD, "x", AT_EMPTY_PATH), "AT_EMPTY_PATH");
	CHECK_EQ(fc_ino("x"), fd_stat(fd).st_ino, "the inode");
	MUST(close(fd));
}

static void exclusive(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0644);

	CHECK_OK(fd, "O_EXCL");
	CHECK_ERR(linkat(AT_FDCWD, fc_fmt("/proc/self/fd/%d", fd), AT_FDCWD,
			 "x", AT_SYMLINK_FOLLOW), ENOENT,
		  "is never given a name");
	MUST(close(fd));
}

static void errors(void)
{
	fc_file("file", 0644, "");
	fc_make_owned(FC_DIR, "d", 0555);
	CHECK_ERR(open("file", O_TMPFILE | O_RDWR, 0644), ENOTDIR, "of a file");
	CHECK_ERR(open(".", O_TMPFILE | O_RDONLY, 0644), EINVAL, "read-only");
	CHECK_ERR(open("missing", O_TMPFILE | O_RDWR, 0644), ENOENT,
		  "of nothing");
	CHECK_ERR2(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0644), EINVAL,
		   EISDIR, "with O_CREAT");
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(open("d", O_TMPFILE | O_RDWR, 0644), EACCES,
			  "%s in a directory 0555", fc_who_names[w]);
		fc_back();
	}
}

static void attributes(void)
{
	static const struct timespec ts[2] = { { 100, 0 }, { 200, 0 } };
	char buf[8];
	int fd = MUST(open(".", O_TMPFILE | O_RDWR, 0644));

	CHECK_OK(fchmod(fd, 0600), "fchmod");
	CHECK_OK(ftruncate(fd, 1000), "ftruncate");
	CHECK_OK(futimens(fd, ts), "futimens");
	CHECK_OK(fsync(fd), "fsync");
	if (fc_have(FC_NEED_XATTR)) {
		CHECK_OK(fsetxattr(fd, "user.a", "v", 1, 0), "fsetxattr");
		CHECK_EQ(fgetxattr(fd, "user.a", buf, 8), 1, "fgetxattr");
	}
	MUST(linkat(AT_FDCWD, fc_fmt("/proc/self/fd/%d", fd), AT_FDCWD, "x",
		    AT_SYMLINK_FOLLOW));
	CHECK_OCT(fc_mode("x"), 0600, "the mode is kept by linking");
	CHECK_EQ(fc_lstat("x").st_mtime, 200, "the mtime is kept by linking");
	CHECK_EQ(fc_size("x"), 1000, "the size is kept by linking");
	if (fc_have(FC_NEED_XATTR))
		CHECK_EQ(getxattr("x", "user.a", buf, 8), 1,
			 "the attribute is kept by linking");
	MUST(close(fd));
}

static void many(void)
{
	int fds[100], bad = 0;

	for (int i = 0; i < 100; i++) {
		fds[i] = MUST(open(".", O_TMPFILE | O_RDWR, 0644));
		MUST(pwrite(fds[i], &i, sizeof(i), 0));
	}
	for (int i = 0; i < 100; i++) {
		int n = -1;

		bad += pread(fds[i], &n, sizeof(n), 0) != sizeof(n) || n != i;
		MUST(close(fds[i]));
	}
	CHECK_EQ(bad, 0, "100 files at once keep their own data");
}

#define ROW(fn, text, needs) \
	{ "open", #fn, text, FC_N(TMPFILE) | (needs), FC_T(REG), "open(2)", fn }

static const struct fc_case cases[] = {
	ROW(anonymous, "a file without a name", 0),
	ROW(mode_and_owner, "it is the caller's", FC_N(MODES)),
	ROW(linked, "it can be given names", FC_N(PROC) | FC_N(LINK)),
	ROW(linked_empty_path, "it can be given a name by descriptor",
	    FC_N(ROOT) | FC_N(LINK)),
	ROW(exclusive, "O_EXCL keeps it without a name", FC_N(PROC)),
	ROW(errors, "what cannot have one", FC_N(MODES)),
	ROW(attributes, "it has attributes like any file",
	    FC_N(PROC) | FC_N(LINK)),
	ROW(many, "there may be many", 0),
};

FC_FAMILY(tmpfile, "tmpfile", cases);
