// SPDX-License-Identifier: GPL-2.0-only
/* full - no space left, quotas; for file systems that can be filled */
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

#include "ops.h"

/* Fill "big" until no more goes in. Return: the errno that ended it. */
static int fill(const char *path, off_t *ret_size)
{
	static char buf[65536];
	int fd = MUST(open(path, O_CREAT | O_WRONLY, 0644)), err = 0;
	size_t len = sizeof(buf);

	memset(buf, 'f', sizeof(buf));
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0) {
			err = errno;
			len /= 2;
		} else if (fsync(fd) < 0) {
			err = errno;
			break;
		}
	}
	*ret_size = fc_size(path);
	MUST(close(fd));
	return err;
}

/* What puts data into a file, here each into an empty one. */
#define PIECE	4096

static char piece[PIECE];

static ssize_t by_write(int to, int from)
{
	(void)from;
	return write(to, piece, PIECE);
}

static ssize_t by_pwrite(int to, int from)
{
	(void)from;
	return pwrite(to, piece, PIECE, 1 << 20);
}

static ssize_t by_writev(int to, int from)
{
	struct iovec v[2] = {
		{ .iov_base = piece, .iov_len = 100 },
		{ .iov_base = piece + 100, .iov_len = PIECE - 100 },
	};

	(void)from;
	return writev(to, v, 2);
}

static ssize_t by_fallocate(int to, int from)
{
	(void)from;
	if (!fc_have(FC_NEED_FALLOC))
		return by_write(to, from);
	return fallocate(to, 0, 0, 16 * PIECE);
}

static ssize_t by_copy(int to, int from)
{
	loff_t off = 0;

	if (!fc_have(FC_NEED_COPYRANGE))
		return by_write(to, from);
	return copy_file_range(from, &off, to, NULL, PIECE, 0);
}

static ssize_t by_sendfile(int to, int from)
{
	off_t off = 0;

	return sendfile(to, from, &off, PIECE);
}

static const struct {
	const char *name;
	ssize_t (*call)(int to, int from);
} putters[] = {
	{ "write", by_write },		{ "pwrite", by_pwrite },
	{ "writev", by_writev },	{ "fallocate", by_fallocate },
	{ "copy_file_range", by_copy },	{ "sendfile", by_sendfile },
};

/* Empty files 0, 1, ... in "t", one for each putter, and "from" with data. */
static void stage_putters(void)
{
	char text[PIECE + 1];

	memset(text, 's', PIECE);
	text[PIECE] = '\0';
	fc_dir("t", 0777);
	fc_file("t/from", 0644, text);
	for (size_t i = 0; i < ARRAY_SIZE(putters); i++) {
		fc_file(fc_fmt("t/%zu", i), 0644, "");
		fc_give(fc_fmt("t/%zu", i));
	}
}

/* Where no room is left, each putter fails with @want and changes nothing. */
static void refuse_putters(int want)
{
	int from = MUST(open("t/from", O_RDONLY));

	for (size_t i = 0; i < ARRAY_SIZE(putters); i++) {
		const char *name = fc_fmt("t/%zu", i);
		int to = MUST(open(name, O_WRONLY));

		CHECK_ERR(putters[i].call(to, from), want, "%s",
			  putters[i].name);
		CHECK_EQ(fc_size(name), 0, "%s: the size", putters[i].name);
		CHECK_OK(ftruncate(to, 1 << 20), "%s: a hole takes no room",
			 putters[i].name);
		MUST(close(to));
	}
	MUST(close(from));
}

/* Each call of the table that takes an inode fails with @want in "d". */
static void refuse_inodes(int want)
{
	int d = MUST(open("d", O_RDONLY | O_DIRECTORY));

	for_each_op(op, fc_ops, OP_I) {
		if ((op->flags & OP_P) && want == EDQUOT)
			continue;	/* nobody without privilege may */
		CHECK_ERR(op->call(op->flags & OP_D ? "d" : "d/new"), want,
			  "%s", op->name);
	}
	for_each_op(op, fc_at_ops, OP_I)
		CHECK_ERR(op->call_at(d, "new"), want, "%s", op->name);
	CHECK(!fc_exists("d/new"), "nothing has been made");
	MUST(close(d));
}

static void no_space(void)
{
	struct statvfs before, after;
	off_t size;
	char c;
	int fd;

	fc_file("kept", 0644, "kept");
	stage_putters();
	MUST(statvfs(".", &before));
	CHECK_EQ(fill("big", &size), ENOSPC, "writing ends with ENOSPC");
	CHECK(size > 0, "something went in");
	CHECK(fc_content_is("kept", "kept"), "other files are as they were");
	fd = MUST(open("big", O_RDWR));
	CHECK_EQ(pread(fd, &c, 1, size - 1), 1, "the last byte is there");
	CHECK_EQ(c, 'f', "and right");
	CHECK_EQ(pwrite(fd, "F", 1, 0), 1, "overwriting works");
	CHECK_ERR(fallocate(fd, 0, size, 64 << 20), ENOSPC,
		  "fallocate of more than there is");
	refuse_putters(ENOSPC);
	CHECK_OK(rename("kept", "renamed"), "rename works");
	CHECK_OK(unlink("renamed"), "unlink works");
	MUST(ftruncate(fd, 0));
	MUST(close(fd));
	MUST(statvfs(".", &after));
	CHECK(after.f_bavail * 10 >= before.f_bavail * 9,
	      "truncating gives the room back");
	fd = MUST(open("big", O_RDWR));
	CHECK_EQ(pwrite(fd, "again", 5, 0), 5, "and it can be used");
	CHECK_OK(fsync(fd), "and synced");
	MUST(close(fd));
}

static void no_inodes(void)
{
	char name[32];
	int made = 0, ret = 0, err;

	fc_dir("d", 0755);
	while (made < 200000 && !ret) {
		snprintf(name, sizeof(name), "d/%d", made);
		ret = fc_try_open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
		made += !ret;
	}
	err = errno;
	if (!ret) {
		fc_skip("200000 files can be made", "ENOSPC");
		return;
	}
	CHECK_EQ(err, ENOSPC, "creating ends with ENOSPC");
	CHECK_EQ(fc_count_entries("d"), made, "all that were made are there");
	refuse_inodes(ENOSPC);
	snprintf(name, sizeof(name), "d/%d", made / 2);
	CHECK_OK(unlink(name), "one less");
	CHECK_OK(fc_try_open(name, O_CREAT | O_EXCL | O_WRONLY, 0644),
		 "makes room for one more");
}

/* A store into a hole that finds no room must not be lost in silence. */
static void mapped_hole(void)
{
	struct statvfs sv;
	off_t size;
	int fd = MUST(open("hole", O_CREAT | O_RDWR, 0644));

	MUST(ftruncate(fd, 1 << 20));
	fill("big", &size);
	MUST(statvfs(".", &sv));
	CHECK(pwrite(fd, "x", 1, 500000) == 1 || errno == ENOSPC,
	      "a write into a hole works or is ENOSPC");
	CHECK_EQ(fc_size("hole"), 1 << 20, "the size is as it was");
	MUST(close(fd));
}

/* Quotas are set where they are kept: on the other side, if there is one. */
static long quota_set(int blocks, int inodes)
{
	return fc_peer_connected() ?
	       fc_peer("quota %d %d %d", FC_UID_OWNER, blocks, inodes) :
	       fc_quota_set(FC_UID_OWNER, blocks, inodes);
}

/* Make files in "d" until no more can be made. Return: how many there are. */
static int fill_inodes(int limit)
{
	int made = 0;

	while (made < limit && fc_try_open(fc_fmt("d/%d", made),
					   O_CREAT | O_EXCL | O_WRONLY, 0644) == 0)
		made++;
	return made;
}

static void quota_bytes(void)
{
	off_t size;
	int fd;

	stage_putters();
	fc_dir("d", 0777);
	CHECK_EQ(quota_set(64, 0), 0, "set");
	fc_as(FC_OWNER);
	CHECK_EQ(fill("d/big", &size), EDQUOT, "writing ends with EDQUOT");
	CHECK(size > 0 && size <= 64 * 1024, "at the limit");
	refuse_putters(EDQUOT);
	fd = MUST(open("d/big", O_RDWR));
	CHECK_EQ(pwrite(fd, "F", 1, 0), 1, "overwriting works");
	CHECK_OK(rename("d/big", "d/renamed"), "rename works");
	CHECK_OK(chmod("d/renamed", 0600), "chmod works");
	CHECK_OK(ftruncate(fd, size / 2), "truncate gives room back");
	CHECK_EQ(pwrite(fd, piece, PIECE, size), PIECE, "which can be used");
	MUST(close(fd));
	fc_back();
	fc_file("others", 0644, "text");
	CHECK_OK(chown("others", FC_UID_OWNER, -1), "a file that has room");
	MUST(truncate("others", 0));
	fd = MUST(open("others", O_WRONLY));
	for (int i = 0; i < 16; i++)
		CHECK_EQ(write(fd, piece, PIECE), PIECE,
			 "who is privileged is not bound: %d", i);
	MUST(close(fd));
	CHECK_EQ(quota_set(0, 0), 0, "unset");
}

static void quota_inodes(void)
{
	fc_dir("d", 0777);
	fc_op_stage();
	CHECK_EQ(quota_set(0, 10), 0, "set");
	fc_as(FC_OWNER);
	CHECK_EQ(fill_inodes(100), 10, "as many files as the limit has");
	refuse_inodes(EDQUOT);
	CHECK_OK(link("d/1", "d/link"), "a name takes none");
	CHECK_OK(unlink("d/link"), "and frees none");
	CHECK_ERR(mkdir("d/dir", 0755), EDQUOT, "so it is full still");
	CHECK_OK(unlink("d/1"), "one less");
	CHECK_OK(mkdir("d/dir", 0755), "then mkdir");
	CHECK_OK(rmdir("d/dir"), "and rmdir");
	fc_back();
	fc_file("others", 0644, "text");
	CHECK_OK(chown("others", FC_UID_OWNER, -1), "chown to who has room");
	fc_file("more", 0644, "text");
	CHECK_OK(chown("more", FC_UID_OWNER, -1),
		 "who is privileged may give him more");
	CHECK_EQ(fc_lstat("more").st_uid, FC_UID_OWNER, "which is his then");
	fc_as(FC_OWNER);
	CHECK_ERR(mkdir("d/dir", 0755), EDQUOT, "he himself cannot");
	fc_back();
	CHECK_OK(chown("others", FC_UID_STRANGER, -1), "away from the user");
	CHECK_OK(chown("more", FC_UID_STRANGER, -1), "both");
	fc_as(FC_OWNER);
	CHECK_OK(mkdir("d/dir", 0755), "makes room");
	fc_back();
	CHECK_OK(fc_try_open("d/roots", O_CREAT | O_WRONLY, 0644),
		 "others are not bound");
	CHECK_EQ(quota_set(0, 0), 0, "unset");
}

/* A store that has no room: the page cannot be given, SIGBUS. */
static void store(void *page)
{
	*(volatile char *)page = 's';
}

static void quota_mapped(void)
{
	off_t size;
	char *p;
	int fd;

	fc_file("hole", 0644, "");
	fc_give("hole");
	fc_dir("d", 0777);
	CHECK_EQ(quota_set(64, 0), 0, "set");
	fc_as(FC_OWNER);
	fd = MUST(open("hole", O_RDWR));
	MUST(ftruncate(fd, 1 << 20));
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED, "a hole is mapped");
	CHECK_EQ(fc_in_child(store, p), 0, "a store that has room");
	MUST(fsync(fd));
	fill("d/big", &size);
	CHECK_EQ(fc_in_child(store, p + (1 << 19)), 128 + SIGBUS,
		 "a store that has none");
	CHECK_EQ(p[0], 's', "what was stored is there");
	MUST(munmap(p, 1 << 20));
	MUST(close(fd));
	fc_back();
	CHECK_EQ(quota_set(0, 0), 0, "unset");
}

#define ROW(call, fn, text, needs, origin) \
	{ call, #fn, text, needs, FC_T(REG), origin, fn }

#define QUOTA	(FC_N(QUOTA) | FC_N(USERS) | FC_N(CHOWN))

static const struct fc_case cases[] = {
	ROW("write", no_space, "a full file system", FC_N(SMALL),
	    "POSIX write()"),
	ROW("open", no_inodes, "no inodes left", FC_N(SMALL), "POSIX open()"),
	ROW("pwrite", mapped_hole, "holes on a full file system",
	    FC_N(SMALL) | FC_N(HOLES), "POSIX write()"),
	ROW("write, fallocate", quota_bytes, "a user's limit of bytes is kept",
	    QUOTA, "quotactl(2)"),
	ROW("open, mkdir", quota_inodes, "a user's limit of objects is kept",
	    QUOTA, "quotactl(2)"),
	ROW("mmap", quota_mapped, "a limit holds for mappings",
	    QUOTA | FC_N(MMAPSHARED), "POSIX mmap()"),
};

FC_FAMILY(full, "full", cases);
