// SPDX-License-Identifier: GPL-2.0-only
/* stat - stat, lstat, fstat, statx, statfs: what they tell, and agree on */
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "../harness/fsconf.h"

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_mode == b->st_mode && a->st_nlink == b->st_nlink &&
	       a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_rdev == b->st_rdev && a->st_size == b->st_size &&
	       a->st_blocks == b->st_blocks &&
	       fc_same_time(&a->st_mtim, &b->st_mtim) &&
	       fc_same_time(&a->st_ctim, &b->st_ctim);
}

static void all_agree(void)
{
	for_each_type(t) {
		struct stat st, at, fst;
		const char *name = fc_type_names[t];
		int fd;

		fc_make_owned(t, "x", 0640);
		st = fc_lstat("x");
		CHECK(st.st_mode >> 12 == fc_type_fmt(t) >> 12, "%s: type", name);
		MUST(fstatat(AT_FDCWD, "x", &at, AT_SYMLINK_NOFOLLOW));
		CHECK(same_stat(&st, &at), "%s: fstatat is lstat", name);
		fd = MUST(open("x", O_PATH | O_NOFOLLOW));
		MUST(fstat(fd, &fst));
		CHECK(same_stat(&st, &fst), "%s: fstat is lstat", name);
		MUST(close(fd));
		CHECK_EQ(st.st_dev, fc_lstat(".").st_dev, "%s: st_dev", name);
		CHECK(st.st_ino != 0, "%s: st_ino", name);
		CHECK(st.st_blksize >= 512, "%s: st_blksize", name);
		if (t == FC_CHR)
			CHECK_EQ(st.st_rdev, makedev(1, 3), "%s: st_rdev", name);
		if (t == FC_REG || t == FC_FIFO || t == FC_SOCK)
			CHECK_EQ(st.st_size, 0, "%s: st_size", name);
		fc_remove("x");
	}
}

static void statx_agrees(void)
{
	for_each_type(t) {
		struct statx sx;
		struct stat st;
		const char *n = fc_type_names[t];

		fc_make_owned(t, "x", 0640);
		st = fc_lstat("x");
		CHECK_OK(statx(AT_FDCWD, "x", AT_SYMLINK_NOFOLLOW,
			       STATX_BASIC_STATS, &sx), "%s", n);
		CHECK_EQ(sx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS,
			 "%s: mask", n);
		CHECK_EQ(sx.stx_ino, st.st_ino, "%s: inode", n);
		CHECK_OCT(sx.stx_mode, st.st_mode, "%s: mode", n);
		CHECK_EQ(sx.stx_nlink, st.st_nlink, "%s: links", n);
		CHECK_EQ(sx.stx_uid, st.st_uid, "%s: user", n);
		CHECK_EQ(sx.stx_gid, st.st_gid, "%s: group", n);
		CHECK_EQ(sx.stx_size, st.st_size, "%s: size", n);
		CHECK_EQ(sx.stx_blocks, st.st_blocks, "%s: blocks", n);
		CHECK_EQ(sx.stx_blksize, st.st_blksize, "%s: block size", n);
		CHECK_EQ(makedev(sx.stx_rdev_major, sx.stx_rdev_minor),
			 st.st_rdev, "%s: device", n);
		CHECK_EQ(makedev(sx.stx_dev_major, sx.stx_dev_minor),
			 st.st_dev, "%s: file system", n);
		CHECK(sx.stx_mtime.tv_sec == st.st_mtim.tv_sec &&
		      sx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec,
		      "%s: mtime", n);
		CHECK(sx.stx_ctime.tv_sec == st.st_ctim.tv_sec &&
		      sx.stx_ctime.tv_nsec == st.st_ctim.tv_nsec,
		      "%s: ctime", n);
		fc_remove("x");
	}
}

static void statx_flags(void)
{
	static const int syncs[] = { AT_STATX_SYNC_AS_STAT,
				     AT_STATX_FORCE_SYNC, AT_STATX_DONT_SYNC };
	struct statx sx;

	fc_file("x", 0644, "12345");
	for (size_t i = 0; i < ARRAY_SIZE(syncs); i++) {
		CHECK_OK(statx(AT_FDCWD, "x", syncs[i], STATX_SIZE, &sx),
			 "sync type %zu", i);
		CHECK_EQ(sx.stx_size, 5, "sync type %zu: size", i);
	}
	CHECK_ERR(statx(AT_FDCWD, "x", AT_STATX_FORCE_SYNC |
			AT_STATX_DONT_SYNC, STATX_SIZE, &sx), EINVAL,
		  "both sync types");
	CHECK_ERR(statx(AT_FDCWD, "x", 0, STATX__RESERVED, &sx), EINVAL,
		  "the reserved mask bit");
	CHECK_OK(statx(AT_FDCWD, "x", 0, 0, &sx), "an empty mask");
	CHECK_EQ(sx.stx_attributes & ~sx.stx_attributes_mask, 0,
		 "attributes are within their mask");
}

static struct statx_timestamp btime_of(const char *path)
{
	struct statx sx;

	MUST(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &sx));
	return sx.stx_btime;
}

static bool same_btime(struct statx_timestamp a, struct statx_timestamp b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void birth(void)
{
	static const struct timespec ts[2] = { { 100, 0 }, { 200, 0 } };

	for_each_type(t) {
		struct statx_timestamp b;
		const char *n = fc_type_names[t];
		struct stat st;

		fc_make(t, "x");
		b = btime_of("x");
		st = fc_lstat("x");
		CHECK(b.tv_sec <= st.st_mtim.tv_sec &&
		      b.tv_sec >= st.st_mtim.tv_sec - 5, "%s: it is now", n);
		MUST(utimensat(AT_FDCWD, "x", ts, AT_SYMLINK_NOFOLLOW));
		CHECK(same_btime(b, btime_of("x")), "%s: kept by utimensat", n);
		MUST(rename("x", "y"));
		CHECK(same_btime(b, btime_of("y")), "%s: kept by rename", n);
		if (t != FC_LNK)
			MUST(chmod("y", 0700));
		CHECK(same_btime(b, btime_of("y")), "%s: kept by chmod", n);
		if (t == FC_REG) {
			fc_file("y", 0644, "written");
			CHECK(same_btime(b, btime_of("y")), "kept by write");
		}
		fc_remove("y");
	}
}

/* Two objects have two numbers; one object keeps its number. */
static void inode_numbers(void)
{
	uint64_t seen[FC_TYPES] = { 0 };
	int n = 0;

	for_each_type(t) {
		const char *path = fc_fmt("x%d", t);

		fc_make(t, path);
		seen[n] = fc_ino(path);
		for (int i = 0; i < n; i++)
			CHECK(seen[i] != seen[n], "%s and object %d differ",
			      fc_type_names[t], i);
		CHECK_EQ(fc_ino(path), seen[n], "%s: the same the second time",
			 fc_type_names[t]);
		n++;
	}
}

static void permission(void)
{
	struct stat st;

	fc_dir("d", 0755);
	fc_make_owned(FC_REG, "d/x", 0);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_OK(stat("d/x", &st), "%s: stat of mode 0000",
			 fc_who_names[w]);
		fc_back();
	}
	fc_give("d");
	MUST(chmod("d", 0));
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(stat("d/x", &st), EACCES,
			  "%s: stat in a directory of mode 0000",
			  fc_who_names[w]);
		CHECK_OK(stat("d", &st), "%s: stat of that directory",
			 fc_who_names[w]);
		fc_back();
	}
	MUST(chmod("d", 0700));
}

static void links(void)
{
	struct stat st;

	fc_file("x", 0644, "12345");
	MUST(symlink("x", "link"));
	MUST(symlink("link", "link2"));
	CHECK_OK(stat("link2", &st), "stat through two links");
	CHECK(S_ISREG(st.st_mode) && st.st_size == 5, "is the file");
	CHECK_EQ(st.st_ino, fc_ino("x"), "its inode");
	CHECK_OK(lstat("link2", &st), "lstat of a link");
	CHECK(S_ISLNK(st.st_mode), "is the link");
	CHECK_EQ(st.st_size, 4, "its size is its text's");
	CHECK_OCT(st.st_mode & 07777, 0777, "its mode is 0777");
}

static void blocks(void)
{
	char buf[65536];
	struct stat st;
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	CHECK_EQ(fc_lstat("x").st_blocks, 0, "an empty file has none");
	memset(buf, 'b', sizeof(buf));
	if (write(fd, buf, sizeof(buf)) != sizeof(buf))
		fc_abort_case(HERE, "cannot write");
	MUST(fsync(fd));
	st = fc_lstat("x");
	CHECK(st.st_blocks >= 128, "64 KiB have 128 at least");
	CHECK(st.st_blocks <= 512, "and not many more");
	MUST(ftruncate(fd, 0));
	CHECK_EQ(fc_lstat("x").st_blocks, 0, "none are left after truncate");
	MUST(close(fd));
}

static void file_system(void)
{
	struct statfs sf, sd;
	struct statvfs sv;
	char name[NAME_MAX + 2];
	int fd;

	fc_file("x", 0644, "");
	CHECK_OK(statfs(".", &sd), "statfs of the directory");
	for_each_type(t) {
		if (t == FC_LNK)
			continue;
		fc_make(t, "y");
		CHECK_OK(statfs("y", &sf), "statfs of a %s", fc_type_names[t]);
		CHECK_EQ(sf.f_type, sd.f_type, "%s: type", fc_type_names[t]);
		CHECK(!memcmp(&sf.f_fsid, &sd.f_fsid, sizeof(sf.f_fsid)),
		      "%s: id", fc_type_names[t]);
		fc_remove("y");
	}
	fd = MUST(open("x", O_RDONLY));
	CHECK_OK(fstatfs(fd, &sf), "fstatfs");
	CHECK_EQ(sf.f_type, sd.f_type, "fstatfs: type");
	MUST(close(fd));
	CHECK(sf.f_type != 0, "a type");
	CHECK(sf.f_bsize >= 512, "a block size");
	CHECK_EQ(sf.f_namelen, pathconf(".", _PC_NAME_MAX), "name length");
	memset(name, 'n', sizeof(name));
	name[sf.f_namelen < NAME_MAX ? sf.f_namelen : NAME_MAX] = '\0';
	CHECK_OK(fc_try_open(name, O_CREAT | O_WRONLY, 0644),
		 "a name of that length");
	name[sf.f_namelen < NAME_MAX ? sf.f_namelen : NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	CHECK_ERR(fc_try_open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG,
		  "a longer one");
	CHECK(sf.f_bfree <= sf.f_blocks, "free blocks are among all");
	CHECK(sf.f_bavail <= sf.f_bfree, "available blocks are free");
	CHECK(sf.f_ffree <= sf.f_files, "free inodes are among all");
	CHECK_OK(statvfs(".", &sv), "statvfs");
	CHECK_EQ(sv.f_namemax, sf.f_namelen, "statvfs: name length");
	CHECK_EQ(sv.f_flag & ST_RDONLY, 0, "not read-only");
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("stat, lstat, fstat", all_agree, "all of the family agree", 0,
	    FC_T_ALL, "POSIX fstatat()"),
	ROW("statx", statx_agrees, "statx agrees with stat", 0, FC_T_ALL,
	    "statx(2)"),
	ROW("statx", statx_flags, "flags of statx", 0, FC_T(REG), "statx(2)"),
	ROW("statx", birth, "the time of birth stays", FC_N(BTIME), FC_T_ALL,
	    "statx(2)"),
	ROW("stat", inode_numbers, "objects have numbers of their own", 0,
	    FC_T_ALL, "POSIX <sys/stat.h>"),
	ROW("stat", permission, "stat needs to search, not to read",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(REG), "POSIX fstatat()"),
	ROW("lstat", links, "lstat does not follow", FC_N(SYMLINK), FC_T(LNK),
	    "POSIX lstat()"),
	ROW("stat", blocks, "st_blocks follows the content", 0, FC_T(REG),
	    "POSIX <sys/stat.h>"),
	ROW("statfs", file_system, "statfs tells of the file system", 0,
	    FC_T_ALL, "statfs(2)"),
};

FC_FAMILY(stat, "stat", cases);
