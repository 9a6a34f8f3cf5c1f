// SPDX-License-Identifier: GPL-2.0-only
/* full - no space left, quotas; for file systems that can be filled */
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "../harness/fsconf.h"

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

static void no_space(void)
{
	struct statvfs before, after;
	off_t size;
	char c;
	int fd;

	fc_file("kept", 0644, "kept");
	MUST(statvfs(".", &before));
	CHECK_EQ(fill("big", &size), ENOSPC, "writing ends with ENOSPC");
	CHECK(size > 0, "something went in");
	CHECK(fc_content_is("kept", "kept"), "other files are as they were");
	fd = MUST(open("big", O_RDWR));
	CHECK_EQ(pread(fd, &c, 1, size - 1), 1, "the last byte is there");
	CHECK_EQ(c, 'f', "and right");
	CHECK_EQ(pwrite(fd, "F", 1, 0), 1, "overwriting works");
	CHECK_ERR(fallocate(fd, 0, size, 64 << 20), ENOSPC, "fallocate");
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

static void quota(void)
{
	char name[32];
	int made = 0;
	off_t size;

	fc_dir("d", 0777);
	CHECK_EQ(quota_set(64, 10), 0, "set");
	fc_as(FC_OWNER);
	CHECK_EQ(fill("d/big", &size), EDQUOT, "writing ends with EDQUOT");
	CHECK(size <= 64 * 1024, "at the limit");
	for (made = 1; made < 100; made++) {
		snprintf(name, sizeof(name), "d/%d", made);
		if (fc_try_open(name, O_CREAT | O_WRONLY, 0644) < 0)
			break;
	}
	CHECK_EQ(errno, EDQUOT, "creating ends with EDQUOT");
	CHECK_EQ(made, 10, "at the limit of inodes");
	CHECK_ERR(mkdir("d/dir", 0755), EDQUOT, "mkdir");
	CHECK_ERR(symlink("t", "d/link"), EDQUOT, "symlink");
	CHECK_OK(unlink("d/1"), "one less");
	CHECK_OK(mkdir("d/dir", 0755), "then mkdir");
	fc_back();
	fc_file("others", 0644, "text");
	CHECK_ERR(chown("others", FC_UID_OWNER, -1), EDQUOT,
		  "chown to who has no room");
	CHECK_OK(fc_try_open("d/roots", O_CREAT | O_WRONLY, 0644),
		 "others are not bound");
	CHECK_EQ(quota_set(0, 0), 0, "unset");
}

#define ROW(call, fn, text, needs, origin) \
	{ call, #fn, text, needs, FC_T(REG), origin, fn }

static const struct fc_case cases[] = {
	ROW("write", no_space, "a full file system", FC_N(SMALL),
	    "POSIX write()"),
	ROW("open", no_inodes, "no inodes left", FC_N(SMALL), "POSIX open()"),
	ROW("pwrite", mapped_hole, "holes on a full file system",
	    FC_N(SMALL) | FC_N(HOLES), "POSIX write()"),
	ROW("write, open", quota, "quotas are kept",
	    FC_N(QUOTA) | FC_N(USERS) | FC_N(CHOWN), "quotactl(2)"),
};

FC_FAMILY(full, "full", cases);
