// SPDX-License-Identifier: GPL-2.0-only
/* space - fallocate, holes, copy_file_range, reflinks, deduplication */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>

#include "../harness/fsconf.h"

#define KIB 1024

static char page[65536], got[1 << 20];

/* "x" of @len bytes, all 'd' (or 'a' + number of the block of 4 KiB). */
static int data_file(const char *path, size_t len)
{
	int fd = MUST(open(path, O_CREAT | O_TRUNC | O_RDWR, 0644));

	for (size_t at = 0; at < len; at += 4096) {
		size_t n = len - at < 4096 ? len - at : 4096;

		memset(page, 'a' + at / 4096 % 26, n);
		if (pwrite(fd, page, n, at) != (ssize_t)n)
			fc_abort_case(HERE, "cannot write %s", path);
	}
	return fd;
}

/* Every byte from @from to @to is @c, or what data_file() wrote for c = 0. */
static bool range_is(int fd, off_t from, off_t to, int c)
{
	ssize_t n = pread(fd, got, to - from, from);

	if (n != to - from)
		return false;
	for (off_t i = 0; i < n; i++) {
		int want = c < 0 ? 'a' + (int)((from + i) / 4096 % 26) : c;

		if ((unsigned char)got[i] != want)
			return false;
	}
	return true;
}

#define DATA (-1)

static void allocate(void)
{
	struct fc_watch w;
	int fd = data_file("x", 10000);

	WATCH(&w, "x");
	CHECK_OK(fallocate(fd, 0, 0, 100000), "to 100000");
	CHECK_EQ(fc_size("x"), 100000, "the size");
	CHECK_STAMP(&w, 0, "-mc", "growing");
	CHECK(range_is(fd, 0, 10000, DATA), "the data are there");
	CHECK(range_is(fd, 10000, 100000, 0), "zeroes behind");
	CHECK(fc_lstat("x").st_blocks >= 190, "blocks are there");
	CHECK_OK(fallocate(fd, 0, 0, 50), "within: nothing to do");
	CHECK_EQ(fc_size("x"), 100000, "the size stays");
	CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 200000), "KEEP_SIZE");
	CHECK_EQ(fc_size("x"), 100000, "keeps the size");
	CHECK_EQ(posix_fallocate(fd, 0, 150000), 0, "posix_fallocate");
	CHECK_EQ(fc_size("x"), 150000, "grows");
	MUST(close(fd));
}

static void allocate_errors(void)
{
	int fd = data_file("x", 10000), ro = MUST(open("x", O_RDONLY));

	CHECK_ERR(fallocate(fd, 0, -1, 100), EINVAL, "offset -1");
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL, "length 0");
	CHECK_ERR(fallocate(fd, 0, 0, -1), EINVAL, "length -1");
	CHECK_ERR(fallocate(fd, 0, 0x7fffffffffffffffll, 1), EFBIG,
		  "beyond the largest offset");
	CHECK_ERR(fallocate(ro, 0, 0, 100), EBADF, "read-only descriptor");
	CHECK_ERR(fallocate(fd, 0x40000000, 0, 100), EOPNOTSUPP, "unknown mode");
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 100), EOPNOTSUPP,
		  "PUNCH_HOLE without KEEP_SIZE");
	CHECK_EQ(fc_size("x"), 10000, "the size is as it was");
	MUST(close(fd));
	MUST(close(ro));
}

static const struct {
	int off, len;
} ranges[] = {
	{ 0, 4096 }, { 4096, 4096 }, { 4096, 8192 }, { 0, 100 }, { 100, 200 },
	{ 4000, 200 }, { 4095, 2 }, { 100, 20000 }, { 28672, 4096 },
	{ 30000, 10000 }, { 0, 32768 },
};

/* Punch and zero are alike but for what becomes of the blocks. */
static void clear_ranges(int mode, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		int off = ranges[i].off, end = off + ranges[i].len;
		int fd = data_file("x", 32768);

		CHECK_OK(fallocate(fd, mode, off, ranges[i].len),
			 "%s of %d at %d", name, ranges[i].len, off);
		if (end > 32768)
			end = 32768;
		CHECK_EQ(fc_size("x"), 32768, "%s of %d at %d: size", name,
			 ranges[i].len, off);
		CHECK(range_is(fd, 0, off, DATA), "%s of %d at %d: before",
		      name, ranges[i].len, off);
		CHECK(range_is(fd, off, end, 0), "%s of %d at %d: zeroes",
		      name, ranges[i].len, off);
		CHECK(range_is(fd, end, 32768, DATA), "%s of %d at %d: behind",
		      name, ranges[i].len, off);
		MUST(close(fd));
	}
}

static void punch(void)
{
	struct fc_watch w;
	int fd;

	clear_ranges(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch");
	fd = data_file("x", 65536);
	MUST(fsync(fd));
	WATCH(&w, "x");
	MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       32768));
	CHECK_STAMP(&w, 0, "mc", "punching");
	CHECK(fc_lstat("x").st_blocks <= 80, "punching frees blocks");
	CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			   100000, 4096), "punch beyond the end");
	CHECK_EQ(fc_size("x"), 65536, "changes no size");
	MUST(close(fd));
}

static void zero(void)
{
	int fd;

	clear_ranges(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, "zero");
	fd = data_file("x", 10000);
	CHECK_OK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 8192, 8192),
		 "zero beyond the end");
	CHECK_EQ(fc_size("x"), 16384, "grows the file");
	CHECK(range_is(fd, 0, 8192, DATA), "the data before are there");
	CHECK(range_is(fd, 8192, 16384, 0), "the rest is zeroes");
	MUST(close(fd));
}

static void collapse(void)
{
	struct statvfs sv;
	int fd = data_file("x", 65536), b;

	MUST(statvfs(".", &sv));
	b = sv.f_bsize;
	CHECK_OK(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, b, b), "collapse");
	CHECK_EQ(fc_size("x"), 65536 - b, "the size shrinks");
	CHECK(range_is(fd, 0, b, DATA), "what was before stays");
	MUST(pread(fd, got, 1, b));
	CHECK_EQ(got[0], 'a' + 2 * b / 4096 % 26, "what was behind moves up");
	CHECK_OK(fallocate(fd, FALLOC_FL_INSERT_RANGE, b, b), "insert");
	CHECK_EQ(fc_size("x"), 65536, "the size grows");
	CHECK(range_is(fd, b, 2 * b, 0), "what is inserted is zeroes");
	MUST(pread(fd, got, 1, 2 * b));
	CHECK_EQ(got[0], 'a' + 2 * b / 4096 % 26, "what was behind moves down");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 1, b), EINVAL,
		  "collapse of a part of a block");
	CHECK_ERR(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 65536), EINVAL,
		  "collapse to the end");
	CHECK_ERR(fallocate(fd, FALLOC_FL_INSERT_RANGE, 65536, b), EINVAL,
		  "insert at the end");
	MUST(close(fd));
}

static void seek_holes(void)
{
	const off_t m = 1 << 20;
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	memset(page, 'd', sizeof(page));
	MUST(pwrite(fd, page, 65536, m));
	MUST(pwrite(fd, page, 65536, 3 * m));
	MUST(ftruncate(fd, 4 * m));
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), m, "the first data");
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0, "the first hole");
	CHECK_EQ(lseek(fd, m, SEEK_DATA), m, "data from data");
	CHECK_EQ(lseek(fd, m + 5, SEEK_DATA), m + 5, "data from within data");
	CHECK_EQ(lseek(fd, m, SEEK_HOLE), m + 65536, "the hole behind data");
	CHECK_EQ(lseek(fd, m + 65536, SEEK_HOLE), m + 65536, "hole from hole");
	CHECK_EQ(lseek(fd, 2 * m, SEEK_HOLE), 2 * m, "hole from within a hole");
	CHECK_EQ(lseek(fd, m + 65536, SEEK_DATA), 3 * m, "the second data");
	CHECK_EQ(lseek(fd, 3 * m, SEEK_HOLE), 3 * m + 65536, "the last hole");
	CHECK_ERR(lseek(fd, 3 * m + 65536, SEEK_DATA), ENXIO, "no more data");
	CHECK_ERR(lseek(fd, 4 * m, SEEK_DATA), ENXIO, "data at the end");
	CHECK_ERR(lseek(fd, 4 * m, SEEK_HOLE), ENXIO, "hole at the end");
	CHECK_ERR2(lseek(fd, -1, SEEK_DATA), ENXIO, EINVAL, "data from -1");
	CHECK_EQ(lseek(fd, 4 * m - 1, SEEK_HOLE), 4 * m - 1, "the last byte");
	MUST(ftruncate(fd, 3 * m + 65536));
	CHECK_EQ(lseek(fd, 3 * m, SEEK_HOLE), 3 * m + 65536,
		 "the end is a hole");
	MUST(close(fd));
	fd = MUST(open("empty", O_CREAT | O_RDWR, 0644));
	CHECK_ERR(lseek(fd, 0, SEEK_DATA), ENXIO, "data of an empty file");
	CHECK_ERR(lseek(fd, 0, SEEK_HOLE), ENXIO, "hole of an empty file");
	MUST(close(fd));
}

static void sparse_blocks(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	MUST(pwrite(fd, "e", 1, 100 << 20));
	CHECK(fc_lstat("x").st_blocks < 2048, "100 MiB of hole take no room");
	CHECK(range_is(fd, 50 << 20, (50 << 20) + 4096, 0), "and read as zeroes");
	MUST(close(fd));
}

static void copy_range(void)
{
	int a = data_file("a", 40000), b, c;
	loff_t in = 0, out = 0;

	b = MUST(open("b", O_CREAT | O_RDWR, 0644));
	CHECK_EQ(copy_file_range(a, &in, b, &out, 40000, 0), 40000, "all");
	CHECK(in == 40000 && out == 40000, "the offsets move");
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 0, "the descriptor's does not");
	CHECK(range_is(b, 0, 40000, DATA), "the content");
	in = 4096;
	out = 50000;
	CHECK_EQ(copy_file_range(a, &in, b, &out, 100, 0), 100, "a part");
	CHECK_EQ(fc_size("b"), 50100, "beyond the end: the size");
	CHECK(range_is(b, 40000, 50000, 0), "beyond the end: the hole");
	CHECK(range_is(b, 50000, 50100, 'b'), "beyond the end: the content");
	in = 39000;
	out = 0;
	CHECK_EQ(copy_file_range(a, &in, b, &out, 4000, 0), 1000,
		 "ends with the source");
	in = 40000;
	CHECK_EQ(copy_file_range(a, &in, b, &out, 10, 0), 0, "at the end: 0");
	MUST(lseek(a, 10, SEEK_SET));
	MUST(lseek(b, 0, SEEK_SET));
	CHECK_EQ(copy_file_range(a, NULL, b, NULL, 10, 0), 10, "by position");
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 20, "the source's position moves");
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 10, "the target's position moves");
	in = 0;
	out = 20000;
	CHECK_EQ(copy_file_range(a, &in, a, &out, 1000, 0), 1000,
		 "within one file");
	CHECK(range_is(a, 20000, 21000, 'a'), "within one file: the content");
	out = 500;
	in = 0;
	CHECK_ERR(copy_file_range(a, &in, a, &out, 1000, 0), EINVAL, "overlap");
	CHECK_ERR(copy_file_range(a, &in, b, &out, 10, 1), EINVAL, "a flag");
	c = MUST(open("b", O_WRONLY | O_APPEND));
	CHECK_ERR(copy_file_range(a, &in, c, &out, 10, 0), EBADF, "O_APPEND");
	MUST(close(a));
	MUST(close(b));
	MUST(close(c));
}

static void copy_range_stamps(void)
{
	struct fc_watch w;
	int a = data_file("a", 4096), b = data_file("b", 10);
	loff_t in = 0, out = 0;

	WATCH(&w, "a", "b");
	MUST(copy_file_range(a, &in, b, &out, 4096, 0));
	CHECK_STAMP(&w, 0, "", "the source of a copy");
	CHECK_STAMP(&w, 1, "mc", "the target of a copy");
	MUST(close(a));
	MUST(close(b));
}

static void reflink(void)
{
	struct file_clone_range r = { 0 };
	int a = data_file("a", 65536), b = data_file("b", 10);

	CHECK_OK(ioctl(b, FICLONE, a), "FICLONE");
	CHECK_EQ(fc_size("b"), 65536, "the size");
	CHECK(range_is(b, 0, 65536, DATA), "the content");
	MUST(pwrite(b, "Z", 1, 0));
	CHECK(range_is(a, 0, 4096, 'a'), "writing the copy leaves the source");
	MUST(pwrite(a, "Y", 1, 8192));
	CHECK(range_is(b, 8192, 12288, 'c'), "and the other way round");
	MUST(ftruncate(a, 0));
	CHECK(range_is(b, 4096, 65536, DATA), "truncating the source, too");
	MUST(close(a));
	a = data_file("a", 65536);
	r.src_fd = a;
	r.src_offset = 4096;
	r.src_length = 8192;
	r.dest_offset = 65536;
	CHECK_OK(ioctl(b, FICLONERANGE, &r), "FICLONERANGE");
	CHECK_EQ(fc_size("b"), 73728, "grows the file");
	CHECK(range_is(b, 65536, 69632, 'b'), "the content of the range");
	r.src_offset = 1;
	CHECK_ERR(ioctl(b, FICLONERANGE, &r), EINVAL, "a part of a block");
	CHECK_ERR(ioctl(MUST(open("a", O_RDONLY)), FICLONE, b), EBADF,
		  "a read-only target");
	MUST(close(a));
	MUST(close(b));
}

static void dedupe(void)
{
	union {
		struct file_dedupe_range r;
		char space[sizeof(struct file_dedupe_range) +
			   sizeof(struct file_dedupe_range_info)];
	} u = { .r = { .src_length = 8192, .dest_count = 1 } };
	int a = data_file("a", 8192), b = data_file("b", 8192);

	u.r.info[0].dest_fd = b;
	u.r.info[0].status = -EIO;
	CHECK_OK(ioctl(a, FIDEDUPERANGE, &u.r), "of equal content");
	CHECK_EQ(u.r.info[0].status, FILE_DEDUPE_RANGE_SAME, "is the same");
	CHECK_EQ(u.r.info[0].bytes_deduped, 8192, "all of it");
	CHECK(range_is(b, 0, 8192, DATA), "the content stays");
	MUST(pwrite(b, "Z", 1, 5000));
	u.r.info[0].status = 0;
	CHECK_OK(ioctl(a, FIDEDUPERANGE, &u.r), "of other content");
	CHECK_EQ(u.r.info[0].status, FILE_DEDUPE_RANGE_DIFFERS, "differs");
	CHECK(range_is(a, 4096, 8192, 'b'), "the source stays");
	MUST(close(a));
	MUST(close(b));
}

#define ROW(call, fn, text, needs, origin) \
	{ call, #fn, text, needs, FC_T(REG), origin, fn }

static const struct fc_case cases[] = {
	ROW("fallocate", allocate, "room is reserved", FC_N(FALLOC),
	    "fallocate(2)"),
	ROW("fallocate", allocate_errors, "errors of fallocate",
	    FC_N(FALLOC) | FC_N(PUNCH), "fallocate(2)"),
	ROW("fallocate", punch, "holes are punched", FC_N(PUNCH),
	    "fallocate(2)"),
	ROW("fallocate", zero, "ranges are zeroed", FC_N(ZERO), "fallocate(2)"),
	ROW("fallocate", collapse, "blocks are cut out and put in",
	    FC_N(COLLAPSE), "fallocate(2)"),
	ROW("lseek", seek_holes, "SEEK_DATA and SEEK_HOLE", FC_N(HOLES),
	    "lseek(2)"),
	ROW("pwrite", sparse_blocks, "holes take no room", FC_N(BIGFILE),
	    "POSIX write()"),
	ROW("copy_file_range", copy_range, "ranges are copied",
	    FC_N(COPYRANGE), "copy_file_range(2)"),
	ROW("copy_file_range", copy_range_stamps, "the target changes",
	    FC_N(COPYRANGE), "copy_file_range(2)"),
	ROW("ioctl(FICLONE)", reflink, "copies share and part",
	    FC_N(REFLINK), "ioctl_ficlone(2)"),
	ROW("ioctl(FIDEDUPERANGE)", dedupe, "equal ranges are shared",
	    FC_N(DEDUPE), "ioctl_fideduperange(2)"),
};

FC_FAMILY(space, "space", cases);
