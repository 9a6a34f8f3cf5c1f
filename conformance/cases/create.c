// SPDX-License-Identifier: GPL-2.0-only
/* create - mkdir, mknod, symlink: what a new object is, and its parent after */
#include <linux/capability.h>
#include <sys/sysmacros.h>

#include "../harness/fsconf.h"

/* Make an object of a type with @mode, by the call that is meant for it. */
static long create(enum fc_type t, const char *path, mode_t mode)
{
	switch (t) {
	case FC_REG:
		return fc_try_open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
	case FC_DIR:
		return mkdir(path, mode);
	case FC_LNK:
		return symlink("target", path);
	case FC_CHR:
		return mknod(path, S_IFCHR | mode, makedev(1, 3));
	case FC_BLK:
		return mknod(path, S_IFBLK | mode, makedev(7, 255));
	default:
		return mknod(path, fc_type_fmt(t) | mode, 0);
	}
}

/* Devices are for those with CAP_MKNOD. */
static bool for_all(enum fc_type t)
{
	return t != FC_CHR && t != FC_BLK;
}

static void mode_and_umask(void)
{
	static const mode_t masks[] = { 0, 0022, 0077, 0777 };
	static const mode_t modes[] = { 0, 0111, 0644, 0700, 0751, 0777 };

	for_each_type(t) {
		for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
			for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
				umask(masks[m]);
				MUST(create(t, "x", modes[i]));
				umask(0);
				CHECK_OCT(fc_mode("x"), modes[i] & ~masks[m],
					  "%s, mode %04o, umask %04o",
					  fc_type_names[t], modes[i], masks[m]);
				fc_remove("x");
			}
		}
	}
}

/* mkdir keeps the sticky bit; setuid and setgid are the parent's matter. */
static void mkdir_special_bits(void)
{
	MUST(mkdir("s", 01777));
	CHECK_OCT(fc_mode("s"), 01777, "sticky is kept");
	MUST(mkdir("g", 02777));
	CHECK_OCT(fc_mode("g"), 0777, "setgid is not taken from the mode");
	MUST(mkdir("u", 04777));
	CHECK_OCT(fc_mode("u"), 0777, "setuid is not taken from the mode");
	umask(07777);
	MUST(mkdir("n", 01777));
	umask(0);
	CHECK_OCT(fc_mode("n"), 01000, "the umask has nine bits only");
}

static void attributes(void)
{
	fc_dir("d", 0777);
	for_each_type(t) {
		struct stat st;
		struct fc_watch w;
		const char *name = fc_type_names[t];

		if (!for_all(t))
			continue;
		fc_as(FC_OWNER);
		WATCH(&w, "d");
		CHECK_OK(create(t, "d/x", 0750), "%s: made", name);
		CHECK_STAMP(&w, 0, "mc", fc_fmt("making a %s", name));
		st = fc_lstat("d/x");
		CHECK_EQ(st.st_mode & S_IFMT, fc_type_fmt(t), "%s: type", name);
		CHECK_EQ(st.st_uid, fc_uid_of(FC_OWNER), "%s: owner", name);
		CHECK_EQ(st.st_gid, fc_gid_of(FC_OWNER), "%s: group", name);
		CHECK_EQ(st.st_size, t == FC_LNK ? 6 :
			 t == FC_DIR ? st.st_size : 0, "%s: size", name);
		CHECK(fc_later(&st.st_atim, &w.stamps[0].st.st_mtim),
		      "%s: atime is now", name);
		CHECK(fc_later(&st.st_mtim, &w.stamps[0].st.st_mtim),
		      "%s: mtime is now", name);
		CHECK(fc_later(&st.st_ctim, &w.stamps[0].st.st_mtim),
		      "%s: ctime is now", name);
		CHECK(t == FC_DIR || st.st_nlink == 1, "%s: one link", name);
		fc_back();
		fc_remove("d/x");
	}
}

/* In a setgid directory objects get its group, directories the bit, too. */
static void setgid_parent(void)
{
	fc_dir("d", 0777);
	MUST(chown("d", FC_UID_OWNER, FC_GID_OWNER));
	MUST(chmod("d", 02777));
	for_each_type(t) {
		const char *name = fc_type_names[t];

		if (!for_all(t))
			continue;
		fc_as(FC_STRANGER);
		MUST(create(t, "d/x", 0755));
		fc_back();
		CHECK_EQ(fc_lstat("d/x").st_gid, FC_GID_OWNER,
			 "%s: the directory's group", name);
		CHECK_EQ(fc_lstat("d/x").st_uid, FC_UID_STRANGER,
			 "%s: the creator's user", name);
		CHECK_OCT(fc_mode("d/x"), t == FC_DIR ? 02755 :
			  t == FC_LNK ? 0777 : 0755, "%s: the mode", name);
		fc_remove("d/x");
	}
}

/* A setgid executable needs a member of the group as its creator. */
static void setgid_file_in_setgid_parent(void)
{
	fc_dir("d", 0777);
	MUST(chown("d", FC_UID_OWNER, FC_GID_OWNER));
	MUST(chmod("d", 02777));
	fc_as(FC_STRANGER);
	MUST(create(FC_REG, "d/x", 02755));
	fc_back();
	CHECK_OCT(fc_mode("d/x"), 0755, "stranger: setgid is dropped");
	fc_as(FC_MEMBER);
	MUST(create(FC_REG, "d/y", 02755));
	fc_back();
	CHECK_OCT(fc_mode("d/y"), 02755, "member: setgid is kept");
	fc_as_caps(FC_STRANGER, 1ull << CAP_FSETID);
	MUST(create(FC_REG, "d/z", 02755));
	fc_back();
	CHECK_OCT(fc_mode("d/z"), 02755, "CAP_FSETID: setgid is kept");
}

static void mkdir_links(void)
{
	long before;

	fc_dir("d", 0755);
	before = fc_nlink("d");
	CHECK(before == 2 || before == 1, "an empty directory has 2 links, or 1");
	fc_dir("d/a", 0755);
	fc_dir("d/b", 0755);
	CHECK_EQ(fc_nlink("d"), before == 1 ? 1 : 4, "two directories add two");
	fc_file("d/f", 0644, "");
	CHECK_EQ(fc_nlink("d"), before == 1 ? 1 : 4, "a file adds none");
	MUST(rmdir("d/a"));
	CHECK_EQ(fc_nlink("d"), before == 1 ? 1 : 3, "removing one takes one");
	MUST(rename("d/b", "b"));
	CHECK_EQ(fc_nlink("d"), before, "moving one out takes one");
	CHECK_EQ(fc_count_entries("b"), 0, "a new directory is empty");
	CHECK_EQ(fc_lstat("b/.").st_ino, fc_ino("b"), "'.' is itself");
	CHECK_EQ(fc_lstat("b/..").st_ino, fc_ino("."), "'..' is its parent");
}

static const struct {
	unsigned int major, minor;
} numbers[] = {
	{ 0, 1 }, { 1, 3 }, { 1, 255 }, { 255, 255 }, { 256, 0 }, { 1, 256 },
	{ 4095, 255 }, { 4095, 1048575 }, { 7, 65536 },
};

static void device_numbers(void)
{
	static const enum fc_type types[] = { FC_CHR, FC_BLK };

	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			dev_t dev = makedev(numbers[i].major, numbers[i].minor);

			if (!CHECK_OK(mknod("x", fc_type_fmt(types[t]) | 0600,
					    dev), "%s %u:%u",
				      fc_type_names[types[t]],
				      numbers[i].major, numbers[i].minor))
				continue;
			CHECK_EQ(fc_lstat("x").st_rdev, dev,
				 "%s %u:%u: st_rdev", fc_type_names[types[t]],
				 numbers[i].major, numbers[i].minor);
			fc_remove("x");
		}
	}
}

static void device_needs_cap(void)
{
	static const mode_t types[] = { S_IFCHR, S_IFBLK };

	fc_dir("d", 0777);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for_each_who(w, FC_OWNER) {
			fc_as(w);
			CHECK_ERR(mknod("d/x", types[i] | 0600, makedev(1, 3)),
				  EPERM, "%s makes a %s", fc_who_names[w],
				  i ? "block device" : "char device");
			fc_back();
		}
		if (!fc_users())
			continue;
		fc_as_caps(FC_STRANGER, 1ull << CAP_MKNOD);
		CHECK_OK(mknod("d/x", types[i] | 0600, makedev(1, 3)),
			 "CAP_MKNOD makes a %s", i ? "block device" :
						     "char device");
		fc_back();
		fc_remove("d/x");
	}
}

static void device_works(void)
{
	char c;
	int fd;

	MUST(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	fd = open("null", O_RDWR);
	CHECK_OK(fd, "the null device opens");
	CHECK_EQ(write(fd, "w", 1), 1, "takes data");
	CHECK_EQ(read(fd, &c, 1), 0, "and has none");
	CHECK_ERR(lseek(fd, 0, 99), EINVAL, "lseek from nowhere");
	close(fd);
	MUST(mknod("none", S_IFCHR | 0666, makedev(254, 99999)));
	CHECK_ERR2(fc_try_open("none", O_RDONLY, 0), ENXIO, ENODEV,
		   "a device without a driver");
}

static void mknod_types(void)
{
	CHECK_ERR(mknod("x", S_IFDIR | 0755, 0), EPERM, "a directory");
	CHECK_ERR2(mknod("x", S_IFLNK | 0755, 0), EINVAL, EPERM, "a link");
	CHECK_ERR(mknod("x", 0xf000 | 0644, 0), EINVAL, "an unknown type");
	CHECK_OK(mknod("x", 0644, 0), "no type is a regular file");
	CHECK(S_ISREG(fc_lstat("x").st_mode), "a regular file");
	CHECK_OCT(fc_mode("x"), 0644, "its mode");
	CHECK_OK(mknod("fifo", S_IFIFO | 0640, 0), "a fifo");
	CHECK(S_ISFIFO(fc_lstat("fifo").st_mode), "it is one");
	CHECK_OCT(fc_mode("fifo"), 0640, "the mode of a fifo");
	CHECK_OK(mknod("sock", S_IFSOCK | 0640, 0), "a socket");
	CHECK(S_ISSOCK(fc_lstat("sock").st_mode), "that is one");
	CHECK_OCT(fc_mode("sock"), 0640, "the mode of a socket");
}

static void symlink_text(void)
{
	static const char *const texts[] = {
		"t", "/", ".", "..", "/absolute/path", "../relative",
		"a//b/./c/..", " ", "\xff\xfe", "new\nline", "trailing/",
	};
	char buf[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		ssize_t n;

		MUST(symlink(texts[i], "x"));
		memset(buf, 'Z', sizeof(buf));
		n = readlink("x", buf, sizeof(buf) - 1);
		CHECK_EQ(n, strlen(texts[i]), "text %zu: length", i);
		buf[n > 0 ? n : 0] = '\0';
		CHECK_STR(buf, texts[i], "text %zu: text", i);
		CHECK_EQ(fc_size("x"), strlen(texts[i]), "text %zu: size", i);
		fc_remove("x");
	}
}

/* Some file systems end at 1023 bytes; it must be said, then. */
static void symlink_lengths(void)
{
	static const int lengths[] = {
		1, 2, 30, 31, 32, 58, 59, 60, 61, 100, 127, 128, 250, 255, 256,
		1000, 1023, 1024, 2000, 4000, 4095,
	};
	char text[PATH_MAX + 2], buf[PATH_MAX + 2];

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		int len = lengths[i];

		memset(text, 'l', len);
		text[len] = '\0';
		if (symlink(text, "x") < 0) {
			if (errno != ENAMETOOLONG || len < 1024)
				CHECK_OK(-1, "%d bytes", len);
			fc_skip("the file system has a lower limit",
				"%d bytes", len);
			continue;
		}
		CHECK_EQ(fc_size("x"), len, "%d bytes: size", len);
		memset(buf, 0, sizeof(buf));
		CHECK_EQ(readlink("x", buf, sizeof(buf)), len,
			 "%d bytes: readlink", len);
		CHECK(!strcmp(buf, text), "%d bytes: the same text", len);
		fc_remove("x");
	}
	memset(text, 'l', PATH_MAX);
	text[PATH_MAX] = '\0';
	CHECK_ERR(symlink(text, "x"), ENAMETOOLONG, "PATH_MAX bytes");
	CHECK_ERR(symlink("", "x"), ENOENT, "no text");
}

static void readlink_buffer(void)
{
	char buf[16];

	memset(buf, 'Z', sizeof(buf));
	MUST(symlink("abcdefgh", "x"));
	CHECK_EQ(readlink("x", buf, 4), 4, "a short buffer is filled");
	CHECK(!memcmp(buf, "abcdZ", 5), "and not overrun nor terminated");
	CHECK_EQ(readlink("x", buf, 8), 8, "an exact buffer");
	CHECK_EQ(buf[8], 'Z', "is not terminated");
	for_each_type(t) {
		if (t == FC_LNK)
			continue;
		fc_make(t, "y");
		CHECK_ERR(readlink("y", buf, 16), EINVAL, "of a %s",
			  fc_type_names[t]);
		fc_remove("y");
	}
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN) | FC_N(MODES))

static const struct fc_case cases[] = {
	ROW("mkdir, mknod, open", mode_and_umask, "the umask cuts the mode", 0,
	    FC_T_NOLNK, "POSIX mkdir(), mknod(), open()"),
	ROW("mkdir", mkdir_special_bits, "mkdir takes the sticky bit only",
	    FC_N(MODES), FC_T(DIR), "mkdir(2)"),
	ROW("mkdir, mknod, symlink", attributes,
	    "a new object is new and the caller's", 0, FC_T_ALL,
	    "POSIX mkdir(), mknod(), symlink()"),
	ROW("mkdir, mknod, symlink", setgid_parent,
	    "setgid directories hand down their group", IDS, FC_T_ALL,
	    "inode(7)"),
	ROW("open", setgid_file_in_setgid_parent,
	    "a foreign group's setgid file cannot be made", IDS, FC_T(REG),
	    "inode(7)"),
	ROW("mkdir", mkdir_links, "directories count their directories", 0,
	    FC_T(DIR), "inode(7)"),
	ROW("mknod", device_numbers, "device numbers are kept", FC_N(MKNOD),
	    FC_T(CHR) | FC_T(BLK), "mknod(2)"),
	ROW("mknod", device_needs_cap, "devices need CAP_MKNOD", FC_N(ACTOR) | FC_N(MODES),
	    FC_T(CHR) | FC_T(BLK), "mknod(2)"),
	ROW("mknod", device_works, "device nodes lead to devices",
	    FC_N(MKNOD) | FC_N(DEV), FC_T(CHR), "mknod(2)"),
	ROW("mknod", mknod_types, "mknod makes what it is for", 0, FC_T(REG),
	    "mknod(2)"),
	ROW("symlink", symlink_text, "any text is kept", FC_N(SYMLINK),
	    FC_T(LNK), "POSIX symlink()"),
	ROW("symlink", symlink_lengths, "texts of 1 to PATH_MAX - 1 bytes",
	    FC_N(SYMLINK), FC_T(LNK), "symlink(2)"),
	ROW("readlink", readlink_buffer, "readlink fills the buffer, no more",
	    FC_N(SYMLINK), FC_T_ALL, "POSIX readlink()"),
};

FC_FAMILY(create, "create", cases);
