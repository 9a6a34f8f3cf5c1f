// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer - two-sided cases: what the other side has done before our call begins,
 * our call sees, and the other way round
 */
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

/* The order itself is a check, by the name of its text. */
#define CHECK_PEER(want, ...) \
	CHECK_EQ(fc_peer(__VA_ARGS__), want, __VA_ARGS__)
/* An order that is no check, as MUST() is to CHECK_OK(). */
#define ORDER(...)	obeyed(HERE, fc_peer(__VA_ARGS__))

static void obeyed(const struct fc_here *at, long ret)
{
	if (ret < 0)
		fc_abort_case(at, "the peer: %s", strerrorname_np(-ret));
}

static void names(void)
{
	CHECK_ERR(access("x", F_OK), ENOENT, "missing at first");
	CHECK_PEER(4, "create x text");
	CHECK_OK(access("x", F_OK), "seen after create");
	CHECK_EQ(fc_count_entries("."), 1, "listed after create");
	CHECK_PEER(0, "rename x y");
	CHECK_ERR(access("x", F_OK), ENOENT, "the old name after rename");
	CHECK_OK(access("y", F_OK), "the new name after rename");
	CHECK_PEER(0, "unlink y");
	CHECK_ERR(access("y", F_OK), ENOENT, "gone after unlink");
	CHECK_EQ(fc_count_entries("."), 0, "not listed after unlink");
	CHECK_PEER(0, "mkdir d");
	CHECK_OK(fc_try_open("d/x", O_CREAT | O_WRONLY, 0644),
		 "create in its directory");
	CHECK_PEER(1, "count d");
	CHECK_PEER(-ENOTEMPTY, "rmdir d");
	MUST(unlink("d/x"));
	CHECK_EQ(fc_peer("rmdir d"), 0, "rmdir d, empty");
	CHECK_ERR(access("d", F_OK), ENOENT, "gone after rmdir");
}

static void content(void)
{
	char buf[64] = "";
	int fd;

	CHECK_PEER(5, "create x first");
	CHECK(fc_content_is("x", "first"), "its text");
	CHECK_PEER(2, "write x 0 FI");
	CHECK(fc_content_is("x", "FIrst"), "its change");
	CHECK_PEER(4, "append x more");
	CHECK(fc_content_is("x", "FIrstmore"), "its growth");
	CHECK_EQ(fc_size("x"), 9, "the size");
	CHECK_PEER(0, "truncate x 3");
	CHECK_EQ(fc_size("x"), 3, "the size after truncate");
	CHECK(fc_content_is("x", "FIr"), "the text after truncate");
	fd = MUST(open("x", O_RDWR));
	MUST(pread(fd, buf, 64, 0));
	CHECK_PEER(3, "write x 0 new");
	CHECK_EQ(pread(fd, buf, 64, 0), 3, "an open file is read again");
	CHECK(!memcmp(buf, "new", 3), "and shows the change");
	CHECK_EQ(pwrite(fd, "ours", 4, 3), 4, "we write");
	CHECK_PEER(7, "read x 0 100");
	CHECK_STR(fc_peer_text(), "newours", "it reads");
	MUST(ftruncate(fd, 1));
	CHECK_EQ(fc_peer("read x 0 100"), 1, "it reads what we left");
	MUST(close(fd));
}

/* Same size, same second: only the content tells. */
static void same_size(void)
{
	char buf[8];
	int wrong = 0, fd;

	fc_file("x", 0644, "000000");
	fd = MUST(open("x", O_RDONLY));
	for (int i = 0; i < 200; i++) {
		char want[8];

		snprintf(want, sizeof(want), "%06d", i);
		ORDER("write x 0 %s", want);
		memset(buf, 0, sizeof(buf));
		wrong += pread(fd, buf, 6, 0) != 6 || strcmp(buf, want);
	}
	CHECK_EQ(wrong, 0, "200 changes are seen at once");
	MUST(close(fd));
}

static void grows(void)
{
	char buf[16];
	int wrong = 0, fd;

	fc_file("log", 0644, "");
	fd = MUST(open("log", O_RDONLY));
	for (int i = 0; i < 200; i++) {
		char want[16];

		snprintf(want, sizeof(want), "line%05d|", i);
		ORDER("append log %s", want);
		memset(buf, 0, sizeof(buf));
		wrong += read(fd, buf, sizeof(buf)) != 10 || strcmp(buf, want);
	}
	CHECK_EQ(wrong, 0, "a reader follows 200 lines");
	CHECK_EQ(read(fd, buf, 16), 0, "and then is at the end");
	MUST(close(fd));
}

static void replaced(void)
{
	char buf[64] = "";
	int fd;

	fc_file("x", 0644, "old");
	fd = MUST(open("x", O_RDONLY));
	CHECK_PEER(0, "replace x new");
	CHECK(fc_content_is("x", "new"), "the name has the new text");
	CHECK_EQ(pread(fd, buf, 64, 0), 3, "the open file reads on");
	CHECK_STR(buf, "old", "the old text");
	MUST(close(fd));
	for (int i = 0; i < 50; i++) {
		char want[8];

		snprintf(want, sizeof(want), "r%d", i);
		ORDER("replace x %s", want);
		CHECK(fc_content_is("x", want), "replacement %d", i);
	}
	CHECK(fc_content_is("x", "r49"), "50 replacements are seen");
}

static void attributes(void)
{
	fc_file("x", 0644, "text");
	CHECK_PEER(0, "chmod x 0600");
	CHECK_OCT(fc_mode("x"), 0600, "its mode");
	CHECK_PEER(0, "utimens x 100 200");
	CHECK_EQ(fc_lstat("x").st_mtime, 200, "its mtime");
	CHECK_EQ(fc_lstat("x").st_atime, 100, "its atime");
	CHECK_PEER(0, "link x y");
	CHECK_EQ(fc_nlink("x"), 2, "its links");
	CHECK_EQ(fc_ino("x"), fc_ino("y"), "one inode");
	CHECK_PEER(0, "unlink x");
	CHECK_EQ(fc_nlink("y"), 1, "one link is left");
	MUST(chmod("y", 0640));
	MUST(truncate("y", 2));
	CHECK_PEER(0, "stat y");
	CHECK(!strncmp(fc_peer_text(), "2 100640 1 ", 11), "it sees ours");
	CHECK_PEER(0, "chmod y 0");
	CHECK_OCT(fc_mode("y"), 0, "mode 0");
}

static void links(void)
{
	char buf[64] = "";

	CHECK_PEER(0, "symlink target link");
	CHECK_EQ(readlink("link", buf, 64), 6, "its link");
	CHECK_STR(buf, "target", "its text");
	CHECK_PEER(0, "unlink link");
	CHECK_PEER(0, "symlink other link");
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(readlink("link", buf, 64), 5, "another link of that name");
	CHECK_STR(buf, "other", "its text is another");
	MUST(symlink("ours", "mine"));
	CHECK_PEER(4, "readlink mine");
	CHECK_STR(fc_peer_text(), "ours", "it reads ours");
	ORDER("unlink link");
	CHECK_PEER(0, "mkdir link");
	CHECK(S_ISDIR(fc_lstat("link").st_mode), "a link became a directory");
	CHECK_PEER(0, "rmdir link");
	CHECK_PEER(1, "create link f");
	CHECK(S_ISREG(fc_lstat("link").st_mode), "and then a file");
	CHECK_PEER(0, "exchange link mine");
	CHECK(S_ISLNK(fc_lstat("link").st_mode), "exchanged with a link");
}

static void xattrs(void)
{
	char buf[64] = "";

	fc_file("x", 0644, "");
	CHECK_ERR(getxattr("x", "user.a", buf, 64), ENODATA, "none at first");
	CHECK_PEER(0, "setxattr x user.a theirs");
	CHECK_EQ(getxattr("x", "user.a", buf, 64), 6, "its attribute");
	CHECK_STR(buf, "theirs", "its value");
	CHECK_PEER(0, "setxattr x user.a other");
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(getxattr("x", "user.a", buf, 64), 5, "its change");
	MUST(setxattr("x", "user.b", "ours", 4, 0));
	CHECK_PEER(4, "getxattr x user.b");
	CHECK_PEER(0, "rmxattr x user.a");
	CHECK_ERR(getxattr("x", "user.a", buf, 64), ENODATA, "its removal");
}

static void directories(void)
{
	int fd;

	fc_dir("d", 0755);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	CHECK_EQ(fc_count_entries("d"), 0, "empty");
	CHECK_PEER(0, "many d 300");
	CHECK_EQ(fc_count_entries("d"), 300, "300 names");
	CHECK_PEER(0, "rename d e");
	CHECK_OK(faccessat(fd, "n7", F_OK, 0), "an open directory, renamed");
	CHECK_ERR(access("d/n7", F_OK), ENOENT, "the old path");
	CHECK_OK(access("e/n7", F_OK), "the new path");
	CHECK_OK(unlinkat(fd, "n7", 0), "unlink by descriptor");
	CHECK_PEER(299, "count e");
	CHECK_PEER(0, "mkdir d");
	CHECK_EQ(fc_count_entries("d"), 0, "another directory of that name");
	CHECK(fc_ino("d") != fc_ino("e"), "another inode");
	MUST(close(fd));
}

/* Our current directory is moved from under us. */
static void moved_cwd(void)
{
	fc_dir("a", 0755);
	fc_dir("a/b", 0755);
	fc_dir("c", 0755);
	MUST(chdir("a/b"));
	CHECK_PEER(0, "rename a/b c/moved");
	CHECK_OK(fc_try_open("file", O_CREAT | O_WRONLY, 0644), "create here");
	CHECK_PEER(1, "count c/moved");
	CHECK_OK(access("../../c/moved/file", F_OK), "'..' is the new parent");
	CHECK_PEER(0, "unlink c/moved/file");
	CHECK_PEER(0, "rmdir c/moved");
	CHECK_ERR(fc_try_open("file", O_CREAT | O_WRONLY, 0644), ENOENT,
		  "create in a removed directory");
}

static void unlinked(void)
{
	char buf[16] = "";
	struct stat st;
	int fd;

	fc_file("x", 0644, "text");
	fd = MUST(open("x", O_RDWR));
	CHECK_PEER(0, "unlink x");
	CHECK_EQ(pread(fd, buf, 16, 0), 4, "an open file reads on");
	CHECK_EQ(pwrite(fd, "more", 4, 4), 4, "and writes on");
	CHECK_OK(fstat(fd, &st), "fstat");
	CHECK_EQ(st.st_size, 8, "the size");
	CHECK_EQ(st.st_nlink, 0, "no links");
	CHECK_OK(ftruncate(fd, 2), "ftruncate");
	CHECK_OK(fchmod(fd, 0600), "fchmod");
	CHECK_PEER(3, "create x new");
	CHECK_EQ(pread(fd, buf, 16, 0), 2, "a new x is another file");
	MUST(close(fd));
}

static void mapped(void)
{
	char *p;
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fc_abort_case(HERE, "cannot map");
	CHECK_EQ(p[0], '0', "mapped");
	memcpy(p, "map", 3);
	MUST(msync(p, 4096, MS_SYNC));
	CHECK_PEER(10, "read x 0 100");
	CHECK_STR(fc_peer_text(), "map3456789", "a store is seen after msync");
	CHECK_PEER(4, "write x 6 peer");
	char buf[16] = "";
	CHECK_EQ(pread(fd, buf, 16, 0), 10, "read after its write");
	CHECK_STR(buf, "map345peer", "is whole");
	CHECK(!memcmp(p, "map345peer", 10), "and so is the mapping after it");
	munmap(p, 4096);
	MUST(close(fd));
}

static long our_lock(int fd, int cmd, int type, off_t start, off_t len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET,
			    .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &fl);
}

static void locks(void)
{
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	CHECK_PEER(0, "hold x");
	CHECK_PEER(0, "lock posix-write 0 10");
	CHECK_ERR2(our_lock(fd, F_SETLK, F_WRLCK, 5, 1), EAGAIN, EACCES,
		   "its lock keeps ours out");
	CHECK_ERR2(our_lock(fd, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN, EACCES,
		   "and an OFD lock");
	CHECK_OK(our_lock(fd, F_SETLK, F_WRLCK, 10, 1), "behind it is free");
	CHECK_PEER(0, "lock posix-none 0 10");
	CHECK_OK(our_lock(fd, F_SETLK, F_WRLCK, 0, 5), "unlocked, we may");
	CHECK_PEER(-EAGAIN, "lock posix-read 0 1");
	CHECK_PEER(-EAGAIN, "lock ofd-write 4 1");
	CHECK_PEER(0, "lock posix-read 5 1");
	MUST(our_lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_PEER(0, "lock ofd-write 20 1");
	CHECK_PEER(0, "drop");
	CHECK_OK(our_lock(fd, F_SETLK, F_WRLCK, 0, 0), "closing frees all");
	MUST(close(fd));
}

static void flocks(void)
{
	int fd;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_RDWR));
	CHECK_PEER(0, "hold x");
	MUST(flock(fd, LOCK_EX));
	CHECK_PEER(-EWOULDBLOCK, "flock %d", LOCK_SH);
	MUST(flock(fd, LOCK_SH));
	CHECK_EQ(fc_peer("flock %d", LOCK_SH), 0, "shared with shared");
	CHECK_ERR(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK,
		  "its lock keeps ours out");
	CHECK_PEER(0, "drop");
	CHECK_OK(flock(fd, LOCK_EX | LOCK_NB), "closing frees it");
	MUST(close(fd));
}

/* Wait for an event of @mask about @name, 2 seconds at most. */
static bool await(int fd, uint32_t mask, const char *name)
{
	char buf[4096] __attribute__((aligned(8)));
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, 2000) > 0) {
		ssize_t n = read(fd, buf, sizeof(buf));

		for (char *e = buf; n > 0 && e < buf + n;) {
			struct inotify_event *ev = (void *)e;

			if ((ev->mask & mask) &&
			    (!name[0] || (ev->len && !strcmp(ev->name, name))))
				return true;
			e += sizeof(*ev) + ev->len;
		}
	}
	return false;
}

static void events(void)
{
	int fd = MUST(inotify_init1(IN_CLOEXEC));

	fc_dir("d", 0755);
	MUST(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
	CHECK_PEER(4, "create d/x text");
	CHECK(await(fd, IN_CREATE, "x"), "create");
	CHECK_PEER(4, "append d/x more");
	CHECK(await(fd, IN_MODIFY, "x"), "modify");
	CHECK_PEER(0, "chmod d/x 0600");
	CHECK(await(fd, IN_ATTRIB, "x"), "attrib");
	CHECK_PEER(0, "rename d/x d/y");
	CHECK(await(fd, IN_MOVED_TO | IN_CREATE, "y"), "moved");
	CHECK_PEER(0, "mkdir d/sub");
	CHECK(await(fd, IN_CREATE, "sub"), "mkdir");
	CHECK_PEER(0, "unlink d/y");
	CHECK(await(fd, IN_DELETE, "y"), "delete");
	MUST(close(fd));
}

static void event_on_file(void)
{
	int fd = MUST(inotify_init1(IN_CLOEXEC));

	fc_file("x", 0644, "text");
	MUST(inotify_add_watch(fd, "x", IN_ALL_EVENTS));
	CHECK_PEER(4, "append x more");
	CHECK(await(fd, IN_MODIFY, ""), "modify of a watched file");
	CHECK_PEER(0, "unlink x");
	CHECK(await(fd, IN_DELETE_SELF | IN_ATTRIB, ""),
	      "removal of a watched file");
	MUST(close(fd));
}

static void appends(void)
{
	int fd;

	fc_file("x", 0644, "");
	fd = MUST(open("x", O_WRONLY | O_APPEND));
	for (int i = 0; i < 50; i++) {
		ORDER("append x p%d", i % 10);
		MUST(write(fd, "us", 2));
	}
	CHECK_EQ(fc_size("x"), 200, "both sides' appends are all there");
	CHECK_PEER(8, "read x 0 8");
	CHECK_STR(fc_peer_text(), "p0usp1us", "in turn");
	MUST(close(fd));
}

/* A name that was looked up in vain must be seen once it is there. */
static void negative(void)
{
	int missed = 0;

	for (int i = 0; i < 100; i++) {
		const char *name = fc_fmt("n%d", i);

		if (!access(name, F_OK))
			missed++;
		ORDER("create %s x", name);
		missed += access(name, F_OK) < 0;
		ORDER("unlink %s", name);
		missed += !access(name, F_OK);
	}
	CHECK_EQ(missed, 0, "100 names come and go at once");
	ORDER("create taken x");
	CHECK_ERR(fc_try_open("taken", O_CREAT | O_EXCL | O_WRONLY, 0644),
		  EEXIST, "O_EXCL sees what the other side made");
	CHECK_ERR(mkdir("taken", 0755), EEXIST, "and so does mkdir");
}

#define ROW(call, fn, text, needs) \
	{ call, #fn, text, FC_N(PEER) | (needs), FC_T_ALL, \
	  "docs/consistency.md", fn }

static const struct fc_case cases[] = {
	ROW("*", names, "names come, move and go", 0),
	ROW("read, write", content, "content is seen both ways", 0),
	ROW("read", same_size, "changes of the same size are seen", 0),
	ROW("read", grows, "a reader follows a log", 0),
	ROW("rename", replaced, "replaced files are new files", 0),
	ROW("stat", attributes, "attributes are seen both ways", 0),
	ROW("readlink", links, "links and changes of type", FC_N(SYMLINK)),
	ROW("getxattr", xattrs, "attributes are seen both ways",
	    FC_N(XATTR)),
	ROW("readdir", directories, "directories that move", 0),
	ROW("chdir", moved_cwd, "the current directory moves", 0),
	ROW("unlink", unlinked, "open files outlive their names", 0),
	ROW("mmap", mapped, "mappings are coherent after msync",
	    FC_N(MMAPSHARED)),
	ROW("fcntl", locks, "record locks exclude both ways",
	    FC_N(LOCKS) | FC_N(OFD)),
	ROW("flock", flocks, "flock excludes both ways", FC_N(FLOCK)),
	ROW("inotify", events, "changes wake a watch of the directory",
	    FC_N(INOTIFY)),
	ROW("inotify", event_on_file, "changes wake a watch of the file",
	    FC_N(INOTIFY)),
	ROW("write", appends, "appends of both sides are kept", 0),
	ROW("open", negative, "missing names are not remembered", 0),
};

FC_FAMILY(peer, "peer", cases);
