// SPDX-License-Identifier: GPL-2.0-only
/* open - flags of open(2) against file types, what creation makes */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../harness/fsconf.h"

static void excl(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		CHECK_ERR(fc_try_open("x", O_CREAT | O_EXCL | O_RDWR, 0600),
			  EEXIST, "existing %s", fc_type_names[t]);
		CHECK_EQ(fc_lstat("x").st_mode & S_IFMT, fc_type_fmt(t),
			 "the %s is as it was", fc_type_names[t]);
		fc_remove("x");
	}
	MUST(symlink("missing", "x"));
	CHECK_ERR(fc_try_open("x", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST,
		  "a dangling link is not followed");
	CHECK(!fc_exists("missing"), "its target is not made");
}

/* What open says of each type, by flag; -1 = not asked. */
static const struct {
	const char *name;
	int flags;
	int want[FC_TYPES];	/* reg dir fifo sock chr blk lnk(dangling) */
} type_rules[] = {
	{ "O_RDONLY", O_RDONLY | O_NONBLOCK,
	  { 0, 0, 0, ENXIO, 0, -1, ENOENT } },
	{ "O_WRONLY", O_WRONLY | O_NONBLOCK,
	  { 0, EISDIR, ENXIO, ENXIO, 0, -1, ENOENT } },
	{ "O_RDWR", O_RDWR | O_NONBLOCK,
	  { 0, EISDIR, 0, ENXIO, 0, -1, ENOENT } },
	{ "O_RDONLY|O_DIRECTORY", O_RDONLY | O_DIRECTORY,
	  { ENOTDIR, 0, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOENT } },
	{ "O_RDWR|O_DIRECTORY", O_RDWR | O_DIRECTORY,
	  { ENOTDIR, EISDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOENT } },
	{ "O_NOFOLLOW", O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
	  { 0, 0, 0, ENXIO, 0, -1, ELOOP } },
	{ "O_NOFOLLOW|O_DIRECTORY", O_RDONLY | O_NOFOLLOW | O_DIRECTORY,
	  { ENOTDIR, 0, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR } },
	{ "O_NOFOLLOW|O_PATH", O_PATH | O_NOFOLLOW, { 0, 0, 0, 0, 0, 0, 0 } },
	{ "O_PATH", O_PATH, { 0, 0, 0, 0, 0, 0, ENOENT } },
	{ "O_PATH|O_DIRECTORY", O_PATH | O_DIRECTORY,
	  { ENOTDIR, 0, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, ENOENT } },
	{ "O_WRONLY|O_TRUNC", O_WRONLY | O_TRUNC | O_NONBLOCK,
	  { 0, EISDIR, ENXIO, ENXIO, 0, -1, ENOENT } },
	{ "O_RDONLY|O_CREAT", O_RDONLY | O_CREAT | O_NONBLOCK,
	  { 0, EISDIR, 0, ENXIO, 0, -1, 0 } },
	{ "O_RDWR|O_CREAT", O_RDWR | O_CREAT | O_NONBLOCK,
	  { 0, EISDIR, 0, ENXIO, 0, -1, 0 } },
	{ "O_CREAT|O_NOFOLLOW", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
	  { 0, EISDIR, 0, ENXIO, 0, -1, ELOOP } },
	{ "O_RDONLY|O_APPEND", O_RDONLY | O_APPEND | O_NONBLOCK,
	  { 0, 0, 0, ENXIO, 0, -1, ENOENT } },
	{ "O_WRONLY|O_SYNC", O_WRONLY | O_SYNC | O_NONBLOCK,
	  { 0, EISDIR, ENXIO, ENXIO, 0, -1, ENOENT } },
};

static void flags_by_type(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_rules); i++) {
		for_each_type(t) {
			int want = type_rules[i].want[t];

			if (want < 0 || (t == FC_CHR && !fc_have(FC_NEED_DEV)))
				continue;
			fc_make(t, "x");
			CHECK_CALL(fc_try_open("x", type_rules[i].flags, 0644),
				   want, "%s of a %s", type_rules[i].name,
				   fc_type_names[t]);
			fc_remove("x");
			fc_remove("target-of-link");
		}
	}
}

static void creation_mode(void)
{
	static const mode_t masks[] = { 0, 0022, 0077, 0777, 0137 };

	for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
		for (mode_t mode = 0; mode <= 0777; mode += 0111) {
			umask(masks[m]);
			MUST(fc_try_open("x", O_CREAT | O_WRONLY, mode));
			umask(0);
			CHECK_OCT(fc_mode("x"), mode & ~masks[m],
				  "mode %04o, umask %04o", mode, masks[m]);
			fc_remove("x");
		}
	}
}

static void creation_special_bits(void)
{
	static const mode_t modes[] = { 01644, 02755, 04755, 07777 };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		MUST(fc_try_open("x", O_CREAT | O_WRONLY, modes[i]));
		CHECK_OCT(fc_mode("x"), modes[i], "mode %04o", modes[i]);
		fc_remove("x");
	}
}

static void creation_attributes(void)
{
	struct stat st;
	struct fc_watch w;

	fc_dir("d", 0777);
	fc_as(FC_OWNER);
	WATCH(&w, "d");
	MUST(fc_try_open("d/x", O_CREAT | O_WRONLY, 0640));
	CHECK_STAMP(&w, 0, "mc", "creating a file");
	st = fc_lstat("d/x");
	CHECK_EQ(st.st_uid, fc_uid_of(FC_OWNER), "the owner");
	CHECK_EQ(st.st_gid, fc_gid_of(FC_OWNER), "the group");
	CHECK_EQ(st.st_size, 0, "the size");
	CHECK_EQ(st.st_nlink, 1, "one link");
	CHECK_EQ(st.st_blocks, 0, "no blocks");
	CHECK(S_ISREG(st.st_mode), "a regular file");
	CHECK(fc_later(&st.st_mtim, &w.stamps[0].st.st_mtim), "its mtime is now");
	CHECK(fc_later(&st.st_ctim, &w.stamps[0].st.st_ctim), "its ctime is now");
	CHECK(fc_later(&st.st_atim, &w.stamps[0].st.st_mtim), "its atime is now");
	fc_back();
}

static void existing_keeps(void)
{
	struct fc_watch w;

	fc_dir("d", 0755);
	fc_file("d/x", 0604, "text");
	WATCH(&w, "d/x", "d");
	MUST(fc_try_open("d/x", O_CREAT | O_RDWR, 0777));
	CHECK_OCT(fc_mode("d/x"), 0604, "O_CREAT leaves the mode");
	CHECK_EQ(fc_size("d/x"), 4, "O_CREAT leaves the size");
	CHECK_STAMP(&w, 0, "", "opening an existing file");
	CHECK_STAMP(&w, 1, "", "opening an existing file");
}

static void truncating(void)
{
	struct fc_watch w;

	fc_dir("d", 0755);
	fc_file("d/x", 0644, "text");
	WATCH(&w, "d/x", "d");
	MUST(fc_try_open("d/x", O_WRONLY | O_TRUNC, 0));
	CHECK_EQ(fc_size("d/x"), 0, "the size is 0");
	CHECK_STAMP(&w, 0, "mc", "O_TRUNC");
	CHECK_STAMP(&w, 1, "", "O_TRUNC");
	WATCH(&w, "d/x");
	MUST(fc_try_open("d/x", O_WRONLY | O_TRUNC, 0));
	CHECK_STAMP(&w, 0, "mc", "O_TRUNC of an empty file");
	fc_file("d/y", 0644, "text");
	MUST(fc_close_of(creat("d/y", 0600)));
	CHECK_EQ(fc_size("d/y"), 0, "creat truncates");
	CHECK_OCT(fc_mode("d/y"), 0644, "creat leaves the mode");
}

static void creat_descriptor(void)
{
	char c;
	int fd = MUST(creat("x", 0644));

	CHECK_EQ(write(fd, "w", 1), 1, "creat gives a writable descriptor");
	CHECK_ERR(read(fd, &c, 1), EBADF, "which cannot be read");
	MUST(close(fd));
}

static void through_link(void)
{
	fc_dir("d", 0755);
	MUST(symlink("d/target", "link"));
	CHECK_OK(fc_try_open("link", O_CREAT | O_WRONLY, 0600),
		 "O_CREAT through a dangling link");
	CHECK(fc_exists("d/target"), "makes the target");
	CHECK_OK(fc_try_open("link", O_RDONLY, 0), "opens through the link");
	CHECK_EQ(fc_lstat("link").st_mode & S_IFMT, S_IFLNK,
		 "the link is a link still");
	CHECK_ERR(fc_try_open("link", O_RDONLY | O_NOFOLLOW, 0), ELOOP,
		  "O_NOFOLLOW");
	MUST(symlink("d", "dlink"));
	CHECK_OK(fc_try_open("dlink/target", O_RDONLY | O_NOFOLLOW, 0),
		 "O_NOFOLLOW is for the last component only");
	CHECK_ERR(fc_try_open("dlink", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0),
		  ENOTDIR, "O_DIRECTORY|O_NOFOLLOW of a link to a directory");
}

static void lowest_descriptor(void)
{
	int a = MUST(open(".", O_RDONLY)), b = MUST(open(".", O_RDONLY));

	MUST(close(a));
	CHECK_EQ(open(".", O_RDONLY), a, "the lowest free number");
	MUST(close(a));
	MUST(close(b));
}

static void cloexec(void)
{
	int a = MUST(open(".", O_RDONLY)), b;

	b = MUST(open(".", O_RDONLY | O_CLOEXEC));
	CHECK_EQ(fcntl(a, F_GETFD), 0, "no FD_CLOEXEC by default");
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC, "O_CLOEXEC sets it");
	CHECK_EQ(fcntl(b, F_GETFL) & O_ACCMODE, O_RDONLY, "the access mode");
	MUST(close(a));
	MUST(close(b));
}

static void status_flags(void)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = {
		{ "O_APPEND", O_APPEND }, { "O_NONBLOCK", O_NONBLOCK },
		{ "O_SYNC", O_SYNC }, { "O_DSYNC", O_DSYNC },
		{ "O_NOATIME", O_NOATIME },
	};

	fc_file("x", 0644, "");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int fd = MUST(open("x", O_RDWR | flags[i].flag));

		CHECK_EQ(fcntl(fd, F_GETFL) & flags[i].flag, flags[i].flag,
			 "F_GETFL has %s", flags[i].name);
		CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR,
			 "%s: the access mode is kept", flags[i].name);
		MUST(close(fd));
	}
}

static void noatime_owner(void)
{
	fc_make_owned(FC_REG, "x", 0666);
	fc_as(FC_OWNER);
	CHECK_OK(fc_try_open("x", O_RDONLY | O_NOATIME, 0), "owner");
	fc_back();
	for_each_who(w, FC_GROUP) {
		fc_as(w);
		CHECK_ERR(fc_try_open("x", O_RDONLY | O_NOATIME, 0), EPERM,
			  "%s", fc_who_names[w]);
		fc_back();
	}
}

static void fifo_open(void)
{
	int r, w;

	MUST(mkfifo("f", 0644));
	CHECK_ERR(open("f", O_WRONLY | O_NONBLOCK), ENXIO, "no reader");
	r = open("f", O_RDONLY | O_NONBLOCK);
	CHECK_OK(r, "a reader does not wait with O_NONBLOCK");
	w = open("f", O_WRONLY | O_NONBLOCK);
	CHECK_OK(w, "a writer finds the reader");
	CHECK_EQ(write(w, "data", 4), 4, "data go in");
	char buf[8] = "";
	CHECK_EQ(read(r, buf, 8), 4, "data come out");
	CHECK_STR(buf, "data", "the same data");
	MUST(close(w));
	CHECK_EQ(read(r, buf, 8), 0, "end of file after the writer");
	MUST(close(r));
	CHECK_EQ(fc_size("f"), 0, "a fifo has size 0");
}

static void socket_file(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "s" };
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), c;
	struct stat st;

	umask(0027);
	CHECK_OK(bind(s, (void *)&sun, sizeof(sun)), "bind makes the name");
	umask(0);
	st = fc_lstat("s");
	CHECK(S_ISSOCK(st.st_mode), "a socket");
	CHECK_OCT(st.st_mode & 07777, 0750, "umask applies to bind");
	CHECK_ERR(bind(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&sun,
		       sizeof(sun)), EADDRINUSE, "the name is taken");
	c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_ERR(connect(c, (void *)&sun, sizeof(sun)), ECONNREFUSED,
		  "nobody listens yet");
	MUST(listen(s, 1));
	CHECK_OK(connect(c, (void *)&sun, sizeof(sun)), "connect by name");
	MUST(rename("s", "t"));
	strcpy(sun.sun_path, "t");
	CHECK_OK(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&sun,
			 sizeof(sun)), "connect after a rename");
	MUST(unlink("t"));
	CHECK_ERR(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&sun,
			  sizeof(sun)), ENOENT, "connect after unlink");
}

static void socket_permission(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "s" };
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	MUST(bind(s, (void *)&sun, sizeof(sun)));
	MUST(listen(s, 8));
	fc_give("s");
	MUST(chmod("s", 0200));
	for_each_who(w, FC_OWNER) {
		int c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

		fc_as(w);
		CHECK_CALL(connect(c, (void *)&sun, sizeof(sun)),
			   w == FC_OWNER ? 0 : EACCES,
			   "%s connects to 0200", fc_who_names[w]);
		fc_back();
		MUST(close(c));
	}
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("open", excl, "O_CREAT|O_EXCL refuses every existing type", 0,
	    FC_T_ALL, "POSIX open()"),
	ROW("open", flags_by_type, "each flag treats each type as told", 0,
	    FC_T_ALL, "open(2)"),
	ROW("open", creation_mode, "the mode is cut by the umask", 0, FC_T(REG),
	    "POSIX open()"),
	ROW("open", creation_special_bits, "special bits are kept at creation",
	    FC_N(ROOT) | FC_N(MODES), FC_T(REG), "open(2)"),
	ROW("open", creation_attributes, "a new file is new and the caller's",
	    0, FC_T(REG), "POSIX open()"),
	ROW("open", existing_keeps, "O_CREAT changes nothing that exists", 0,
	    FC_T(REG), "POSIX open()"),
	ROW("open", truncating, "O_TRUNC empties and stamps", 0, FC_T(REG),
	    "POSIX open()"),
	ROW("creat", creat_descriptor, "creat opens for writing only", 0,
	    FC_T(REG), "POSIX creat()"),
	ROW("open", through_link, "links are followed but by O_NOFOLLOW",
	    FC_N(SYMLINK), FC_T(LNK), "POSIX open()"),
	ROW("open", lowest_descriptor, "the lowest descriptor is used", 0,
	    FC_T(DIR), "POSIX open()"),
	ROW("open", cloexec, "O_CLOEXEC sets FD_CLOEXEC", 0, FC_T(DIR),
	    "POSIX open()"),
	ROW("fcntl", status_flags, "F_GETFL tells the status flags", 0,
	    FC_T(REG), "POSIX fcntl()"),
	ROW("open", noatime_owner, "O_NOATIME is for the owner",
	    FC_N(MODES), FC_T(REG), "open(2)"),
	ROW("open", fifo_open, "fifos carry data and wait for partners",
	    FC_N(FIFO), FC_T(FIFO), "POSIX open()"),
	ROW("bind", socket_file, "sockets are bound and found by name", 0,
	    FC_T(SOCK), "unix(7)"),
	ROW("connect", socket_permission, "connecting needs write permission",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(SOCK), "unix(7)"),
};

FC_FAMILY(open, "open", cases);
