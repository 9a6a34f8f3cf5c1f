// SPDX-License-Identifier: GPL-2.0-only
/* io - read, write, truncate, offsets, append, limits, direct I/O, sync */
#include <signal.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "../harness/fsconf.h"

static const off_t sizes[] = {
	0, 1, 511, 512, 513, 4095, 4096, 4097, 8192, 65535, 65536, 65537,
	1048575, 1048576, 1048577,
};

/* The byte that belongs at an offset: no two pages are alike. */
static unsigned char pattern(off_t off)
{
	return off * 7 + (off >> 12) * 13 + 1;
}

static void fill(char *buf, size_t len, off_t off)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = pattern(off + i);
}

static bool matches(const char *buf, size_t len, off_t off)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)buf[i] != pattern(off + i))
			return false;
	}
	return true;
}

static bool zeroes(const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (buf[i])
			return false;
	}
	return true;
}

static char *room(size_t len)
{
	char *p = aligned_alloc(65536, (len + 65535) / 65536 * 65536 + 65536);

	if (!p)
		fc_abort_case(HERE, "no memory");
	return p;
}

static void write_read_sizes(void)
{
	char *out = room(2 << 20), *in = room(2 << 20);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		long len = sizes[i];
		int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR, 0644));

		fill(out, len, 0);
		CHECK_EQ(write(fd, out, len), len, "write of %ld bytes", len);
		CHECK_EQ(fc_size("x"), len, "size after %ld bytes", len);
		CHECK_EQ(lseek(fd, 0, SEEK_CUR), len, "offset after %ld bytes",
			 len);
		CHECK_EQ(pread(fd, in, len + 10, 0), len, "read of %ld bytes",
			 len);
		CHECK(matches(in, len, 0), "content of %ld bytes", len);
		MUST(close(fd));
		fd = MUST(open("x", O_RDONLY));
		memset(in, 0, len + 1);
		CHECK_EQ(read(fd, in, len + 1), len, "read of %ld bytes anew",
			 len);
		CHECK(matches(in, len, 0), "content of %ld bytes anew", len);
		CHECK_EQ(read(fd, in, 1), 0, "end of file at %ld", len);
		MUST(close(fd));
	}
}

/* Writes that begin or end within pages leave their neighbours alone. */
static void overwrite(void)
{
	static const struct {
		int off, len;
	} parts[] = {
		{ 0, 1 }, { 1, 1 }, { 4095, 1 }, { 4095, 2 }, { 4096, 1 },
		{ 100, 4096 }, { 4000, 5000 }, { 8191, 4098 }, { 16383, 1 },
		{ 16380, 20 },
	};
	char *buf = room(32768), want[32768];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR, 0644));
		int end = parts[i].off + parts[i].len;
		int size = end > 16384 ? end : 16384;

		fill(want, 16384, 0);
		if (write(fd, want, 16384) != 16384)
			fc_abort_case(HERE, "cannot write");
		memset(want + parts[i].off, '#', parts[i].len);
		CHECK_EQ(pwrite(fd, want + parts[i].off, parts[i].len,
				parts[i].off), parts[i].len,
			 "%d bytes at %d", parts[i].len, parts[i].off);
		CHECK_EQ(pread(fd, buf, 32768, 0), size, "%d at %d: size",
			 parts[i].len, parts[i].off);
		CHECK(!memcmp(buf, want, size), "%d at %d: content",
		      parts[i].len, parts[i].off);
		MUST(close(fd));
	}
}

static void pread_pwrite(void)
{
	char buf[8] = "";
	int fd;

	fc_file("x", 0644, "0123456789");
	fd = MUST(open("x", O_RDWR));
	MUST(lseek(fd, 2, SEEK_SET));
	CHECK_EQ(pread(fd, buf, 3, 7), 3, "pread");
	CHECK_STR(buf, "789", "what it reads");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2, "pread leaves the offset");
	CHECK_EQ(pwrite(fd, "AB", 2, 0), 2, "pwrite");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2, "pwrite leaves the offset");
	CHECK(fc_content_is("x", "AB23456789"), "what it writes");
	CHECK_EQ(pread(fd, buf, 8, 10), 0, "pread at the end");
	CHECK_EQ(pread(fd, buf, 8, 1000), 0, "pread beyond the end");
	CHECK_EQ(lseek(fd, -3, SEEK_END), 7, "lseek from the end");
	CHECK_EQ(lseek(fd, 2, SEEK_CUR), 9, "lseek from here");
	CHECK_EQ(lseek(fd, 5, SEEK_END), 15, "lseek beyond the end");
	CHECK_EQ(fc_size("x"), 10, "which does not grow the file");
	MUST(close(fd));
}

static void vectors(void)
{
	char a[4] = "", b[8] = "";
	struct iovec out[] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 } };
	struct iovec in[] = { { a, 3 }, { b, 7 } };
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	CHECK_EQ(writev(fd, out, 3), 8, "writev");
	CHECK(fc_content_is("x", "abcdefgh"), "in the order of the parts");
	CHECK_EQ(preadv(fd, in, 2, 1), 7, "preadv");
	CHECK_STR(a, "bcd", "the first part");
	CHECK_STR(b, "efgh", "the second part");
	CHECK_EQ(pwritev(fd, out, 3, 8), 8, "pwritev");
	CHECK_EQ(fc_size("x"), 16, "pwritev at the end grows");
	CHECK_EQ(pwritev2(fd, out, 1, -1, RWF_APPEND), 3, "RWF_APPEND");
	CHECK_EQ(fc_size("x"), 19, "appends");
	CHECK_ERR2(pwritev2(fd, out, 1, 0, 1 << 30), EOPNOTSUPP, EINVAL,
		   "an unknown RWF flag");
	MUST(close(fd));
}

static void vector_flags(void)
{
	char got[8] = "";
	struct iovec out = { "abcd", 4 }, in = { got, 4 };
	int fd = MUST(open("x", O_CREAT | O_RDWR | O_APPEND, 0644));

	CHECK_EQ(pwritev2(fd, &out, 1, 0, RWF_DSYNC), 4, "RWF_DSYNC");
	CHECK_EQ(pwritev2(fd, &out, 1, -1, RWF_SYNC), 4, "RWF_SYNC, no offset");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8, "no offset moves the position");
	CHECK_EQ(preadv2(fd, &in, 1, 4, RWF_HIPRI), 4, "RWF_HIPRI");
	CHECK_STR(got, "abcd", "what was written");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8, "an offset leaves the position");
	CHECK_ERR2(preadv2(fd, &in, 1, 0, 1 << 30), EOPNOTSUPP, EINVAL,
		   "an unknown RWF flag");
	MUST(close(fd));
}

/* Without a way through the caller's memory. */
static void spliced(void)
{
	int in, out, ends[2];
	off_t from = 2;

	fc_file("x", 0644, "0123456789");
	in = MUST(open("x", O_RDONLY));
	out = MUST(open("y", O_CREAT | O_RDWR, 0644));
	MUST(pipe(ends));
	CHECK_EQ(sendfile(out, in, &from, 4), 4, "sendfile");
	CHECK_EQ(from, 6, "and its offset moves");
	CHECK(fc_content_is("y", "2345"), "what it has written");
	CHECK_EQ(sendfile(out, in, &from, 100), 4, "as far as there is something");
	CHECK_EQ(sendfile(out, in, &from, 100), 0, "then nothing");
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 0, "the position stays");
	from = 1;
	CHECK_EQ(splice(in, &from, ends[1], NULL, 3, 0), 3, "splice into a pipe");
	CHECK_EQ(splice(ends[0], NULL, out, NULL, 3, 0), 3, "splice out of it");
	CHECK(fc_content_is("y", "23456789123"), "at the position of the target");
	MUST(close(out));
	out = MUST(open("y", O_WRONLY | O_APPEND));
	CHECK_EQ(write(ends[1], "zz", 2), 2, "into the pipe");
	CHECK_ERR(splice(ends[0], NULL, out, NULL, 2, 0), EINVAL,
		  "splice into a file that is appended to");
	CHECK_ERR(sendfile(out, in, NULL, 2), EINVAL, "sendfile into it");
}

static void append(void)
{
	int a, b;

	fc_file("x", 0644, "start.");
	a = MUST(open("x", O_WRONLY | O_APPEND));
	b = MUST(open("x", O_WRONLY | O_APPEND));
	CHECK_EQ(write(a, "a1.", 3), 3, "first");
	CHECK_EQ(write(b, "b1.", 3), 3, "by another descriptor");
	MUST(lseek(a, 0, SEEK_SET));
	CHECK_EQ(write(a, "a2.", 3), 3, "after lseek to the start");
	CHECK(fc_content_is("x", "start.a1.b1.a2."), "all at the end");
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 15, "the offset is behind");
	CHECK_EQ(pwrite(a, "p.", 2, 0), 2, "pwrite appends, too (Linux)");
	CHECK(fc_content_is("x", "start.a1.b1.a2.p."), "at the end");
	MUST(fcntl(a, F_SETFL, 0));
	MUST(lseek(a, 0, SEEK_SET));
	CHECK_EQ(write(a, "S", 1), 1, "after O_APPEND is taken off");
	CHECK(fc_content_is("x", "Start.a1.b1.a2.p."), "at the offset");
	MUST(truncate("x", 2));
	CHECK_EQ(write(b, "!", 1), 1, "after truncate");
	CHECK(fc_content_is("x", "St!"), "at the new end");
	MUST(fcntl(a, F_SETFL, O_APPEND));
	MUST(lseek(a, 0, SEEK_SET));
	CHECK_EQ(write(a, "+", 1), 1, "after O_APPEND is put on again");
	CHECK(fc_content_is("x", "St!+"), "at the end again");
	MUST(close(a));
	a = MUST(open("x", O_WRONLY));
	MUST(fcntl(a, F_SETFL, O_APPEND));
	CHECK_EQ(write(a, "-", 1), 1, "after O_APPEND is put on");
	CHECK(fc_content_is("x", "St!+-"), "at the end as well");
	MUST(close(a));
	MUST(close(b));
}

static void shared_offset(void)
{
	int a, b, c;

	fc_file("x", 0644, "0123456789");
	a = MUST(open("x", O_RDONLY));
	b = MUST(dup(a));
	c = MUST(open("x", O_RDONLY));
	MUST(lseek(a, 4, SEEK_SET));
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 4, "dup shares the offset");
	CHECK_EQ(lseek(c, 0, SEEK_CUR), 0, "another open has its own");
	MUST(close(a));
	MUST(close(b));
	MUST(close(c));
}

static void stamps(void)
{
	struct fc_watch w;
	char c;
	int fd;

	fc_dir("d", 0755);
	fc_file("d/x", 0644, "text");
	fd = MUST(open("d/x", O_RDWR));
	WATCH(&w, "d/x", "d");
	MUST(write(fd, "T", 1));
	CHECK_STAMP(&w, 0, "mc", "write");
	CHECK_STAMP(&w, 1, "", "write");
	WATCH(&w, "d/x");
	MUST(pread(fd, &c, 1, 0));
	CHECK_STAMP(&w, 0, "", "read");
	WATCH(&w, "d/x");
	MUST(write(fd, "", 0));
	CHECK_STAMP(&w, 0, "", "write of nothing");
	WATCH(&w, "d/x");
	MUST(ftruncate(fd, 4));
	CHECK_STAMP(&w, 0, "mc", "ftruncate to the same size");
	WATCH(&w, "d/x");
	MUST(ftruncate(fd, 2));
	CHECK_STAMP(&w, 0, "mc", "ftruncate to less");
	WATCH(&w, "d/x");
	MUST(truncate("d/x", 20));
	CHECK_STAMP(&w, 0, "mc", "truncate to more");
	WATCH(&w, "d/x");
	MUST(fsync(fd));
	MUST(lseek(fd, 0, SEEK_SET));
	MUST(close(fd));
	CHECK_STAMP(&w, 0, "", "fsync, lseek and close");
}

static void truncate_sizes(void)
{
	char *buf = room(2 << 20);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (int way = 0; way < 2; way++) {
			const char *name = way ? "ftruncate" : "truncate";
			long len = sizes[i];
			int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR,
					   0644));

			fill(buf, 5000, 0);
			if (write(fd, buf, 5000) != 5000)
				fc_abort_case(HERE, "cannot write");
			CHECK_OK(way ? ftruncate(fd, len) : truncate("x", len),
				 "%s to %ld", name, len);
			CHECK_EQ(fc_size("x"), len, "%s to %ld: size", name,
				 len);
			CHECK_EQ(pread(fd, buf, 2 << 20, 0), len,
				 "%s to %ld: read", name, len);
			CHECK(matches(buf, len < 5000 ? len : 5000, 0),
			      "%s to %ld: what was there", name, len);
			CHECK(len <= 5000 || zeroes(buf + 5000, len - 5000),
			      "%s to %ld: zeroes behind", name, len);
			MUST(close(fd));
		}
	}
}

/* What a truncate cut off must not come back when the file grows again. */
static void truncate_and_grow(void)
{
	static const int cuts[] = { 0, 1, 100, 4095, 4096, 4097, 10000 };
	char *buf = room(65536);

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		int cut = cuts[i];
		int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR, 0644));

		fill(buf, 16384, 0);
		if (write(fd, buf, 16384) != 16384)
			fc_abort_case(HERE, "cannot write");
		MUST(ftruncate(fd, cut));
		MUST(ftruncate(fd, 16384));
		MUST(pread(fd, buf, 16384, 0));
		CHECK(matches(buf, cut, 0), "to %d: kept", cut);
		CHECK(zeroes(buf + cut, 16384 - cut), "to %d: zeroes", cut);
		MUST(ftruncate(fd, cut));
		CHECK_EQ(pwrite(fd, "e", 1, 20000), 1, "to %d: write beyond",
			 cut);
		MUST(pread(fd, buf, 20000, 0));
		CHECK(zeroes(buf + cut, 20000 - cut), "to %d: a hole of zeroes",
		      cut);
		MUST(close(fd));
	}
}

static void truncate_types(void)
{
	for_each_type(t) {
		if (t == FC_LNK)
			continue;
		fc_make(t, "x");
		CHECK_CALL(truncate("x", 0), t == FC_REG ? 0 :
			   t == FC_DIR ? EISDIR : EINVAL, "of a %s",
			   fc_type_names[t]);
		fc_remove("x");
	}
}

static void truncate_permission(void)
{
	fc_make_owned(FC_REG, "x", 0444);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(truncate("x", 0), EACCES, "%s truncates 0444",
			  fc_who_names[w]);
		fc_back();
	}
	MUST(chmod("x", 0222));
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_OK(truncate("x", 0), "%s truncates 0222",
			 fc_who_names[w]);
		fc_back();
	}
}

static const off_t offsets[] = {
	0x7fffffffll, 0x80000000ll, 0xffffffffll, 0x100000000ll,
	0x1000000000ll, 0xf0000000000ll,
};

static void large_offsets(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		long long off = offsets[i];
		char buf[4] = "";
		int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR, 0644));

		if (i && ftruncate(fd, off + 3) < 0 && errno == EFBIG) {
			fc_skip("beyond the file system's limit", "at %llx",
				off);
			MUST(close(fd));
			continue;
		}
		CHECK_EQ(pwrite(fd, "end", 3, off), 3, "write at %llx", off);
		CHECK_EQ(fc_size("x"), off + 3, "size at %llx", off);
		CHECK_EQ(lseek(fd, -3, SEEK_END), off, "lseek to %llx", off);
		CHECK_EQ(read(fd, buf, 4), 3, "read at %llx", off);
		CHECK_STR(buf, "end", "the data at %llx", off);
		CHECK_EQ(pread(fd, buf, 3, off / 2), 3, "the hole before %llx",
			 off);
		CHECK(zeroes(buf, 3), "is zeroes before %llx", off);
		CHECK_OK(ftruncate(fd, off), "ftruncate to %llx", off);
		CHECK_EQ(fc_size("x"), off, "size after ftruncate to %llx", off);
		MUST(close(fd));
	}
}

static void too_large(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	CHECK_ERR2(pwrite(fd, "w", 1, 0x7fffffffffffffffll), EFBIG, EINVAL,
		   "write at the largest offset");
	CHECK_ERR2(ftruncate(fd, 0x7fffffffffffffffll), EFBIG, 0,
		   "ftruncate to the largest offset");
	MUST(ftruncate(fd, 0));
	CHECK_EQ(fc_size("x"), 0, "back to nothing");
	MUST(close(fd));
}

static void size_limit(void)
{
	struct rlimit lim = { 8192, RLIM_INFINITY };
	char *buf = room(16384);
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	memset(buf, 'l', 16384);
	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &lim));
	CHECK_EQ(write(fd, buf, 16384), 8192, "a write stops at RLIMIT_FSIZE");
	CHECK_ERR(write(fd, buf, 1), EFBIG, "the next one fails");
	CHECK_ERR(ftruncate(fd, 8193), EFBIG, "ftruncate beyond");
	CHECK_ERR(truncate("x", 8193), EFBIG, "truncate beyond");
	CHECK_OK(ftruncate(fd, 100), "ftruncate below");
	CHECK_EQ(pwrite(fd, buf, 1, 8191), 1, "the last byte");
	CHECK_EQ(fc_size("x"), 8192, "the size is the limit");
	MUST(close(fd));
}

static void xfsz(void *arg)
{
	struct rlimit lim = { 10, RLIM_INFINITY };
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));

	(void)arg;
	signal(SIGXFSZ, SIG_DFL);
	MUST(setrlimit(RLIMIT_FSIZE, &lim));
	(void)!pwrite(fd, "w", 1, 10);	/* does not come back */
}

static void size_limit_signal(void)
{
	CHECK_EQ(fc_in_child(xfsz, NULL), 128 + SIGXFSZ,
		 "writing beyond RLIMIT_FSIZE is SIGXFSZ");
}

static void sync_flags(void)
{
	static const int flags[] = { O_SYNC, O_DSYNC };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR | flags[i],
				   0644));

		CHECK_EQ(write(fd, "synced", 6), 6, "write, flag %zu", i);
		CHECK(fc_content_is("x", "synced"), "read, flag %zu", i);
		CHECK_OK(fsync(fd), "fsync, flag %zu", i);
		CHECK_OK(fdatasync(fd), "fdatasync, flag %zu", i);
		MUST(close(fd));
	}
	for_each_type(t) {
		if (t != FC_REG && t != FC_DIR)
			continue;
		fc_make(t, "y");
		int fd = MUST(open("y", O_RDONLY));
		CHECK_OK(fsync(fd), "fsync of a read-only %s", fc_type_names[t]);
		MUST(close(fd));
		fc_remove("y");
	}
}

static void direct(void)
{
	char *buf = room(65536), *in = room(65536);
	int fd = MUST(open("x", O_CREAT | O_RDWR | O_DIRECT, 0644));

	fill(buf, 65536, 0);
	CHECK_EQ(write(fd, buf, 65536), 65536, "write of 64 KiB");
	CHECK_EQ(fc_size("x"), 65536, "size");
	CHECK_EQ(pread(fd, in, 65536, 0), 65536, "read of 64 KiB");
	CHECK(matches(in, 65536, 0), "content");
	CHECK_EQ(pread(fd, in, 4096, 65536), 0, "read at the end");
	CHECK_EQ(pread(fd, in, 65536, 61440), 4096, "read over the end");
	CHECK_EQ(pwrite(fd, buf, 4096, 131072), 4096, "write with a hole");
	CHECK_EQ(pread(fd, in, 65536, 65536), 65536, "read of the hole");
	CHECK(zeroes(in, 65536), "is zeroes");
	MUST(close(fd));
}

/* Buffered and direct I/O on one file see each other's data. */
static void direct_and_buffered(void)
{
	char *buf = room(65536);
	int d, b;

	b = MUST(open("x", O_CREAT | O_RDWR, 0644));
	d = MUST(open("x", O_RDWR | O_DIRECT));
	memset(buf, 'b', 65536);
	if (write(b, buf, 65536) != 65536)
		fc_abort_case(HERE, "cannot write");
	memset(buf, 0, 4096);
	CHECK_EQ(pread(d, buf, 4096, 4096), 4096, "direct read");
	CHECK(buf[0] == 'b' && buf[4095] == 'b', "sees a buffered write");
	memset(buf, 'd', 4096);
	CHECK_EQ(pwrite(d, buf, 4096, 8192), 4096, "direct write");
	memset(buf, 0, 16384);
	CHECK_EQ(pread(b, buf, 16384, 0), 16384, "buffered read");
	CHECK(buf[8191] == 'b' && buf[8192] == 'd' && buf[12287] == 'd' &&
	      buf[12288] == 'b', "sees a direct write");
	MUST(close(b));
	MUST(close(d));
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("read, write", write_read_sizes, "what is written is read", 0,
	    FC_T(REG), "POSIX read(), write()"),
	ROW("pwrite", overwrite, "neighbours of a write stay", 0, FC_T(REG),
	    "POSIX write()"),
	ROW("pread, lseek", pread_pwrite, "offsets are as told", 0, FC_T(REG),
	    "POSIX read(), lseek()"),
	ROW("readv, writev", vectors, "vectors are read and written in order",
	    0, FC_T(REG), "readv(2)"),
	ROW("preadv2, pwritev2", vector_flags, "flags of one call", 0,
	    FC_T(REG), "readv(2)"),
	ROW("sendfile, splice", spliced, "data goes from file to file", 0,
	    FC_T(REG), "sendfile(2), splice(2)"),
	ROW("write", append, "O_APPEND writes at the end", 0, FC_T(REG),
	    "POSIX write()"),
	ROW("dup", shared_offset, "descriptions have one offset", 0, FC_T(REG),
	    "POSIX dup()"),
	ROW("read, write", stamps, "writing stamps, reading does not", 0,
	    FC_T(REG), "POSIX write(), ftruncate()"),
	ROW("truncate", truncate_sizes, "files shrink and grow with zeroes", 0,
	    FC_T(REG), "POSIX truncate()"),
	ROW("ftruncate", truncate_and_grow, "what was cut off is gone", 0,
	    FC_T(REG), "POSIX ftruncate()"),
	ROW("truncate", truncate_types, "files only are truncated", 0,
	    FC_T_ALL, "POSIX truncate()"),
	ROW("truncate", truncate_permission, "truncate needs to write",
	    FC_N(ACTOR) | FC_N(MODES), FC_T(REG), "POSIX truncate()"),
	ROW("pwrite, lseek", large_offsets, "offsets beyond 2 and 4 GiB",
	    FC_N(BIGFILE), FC_T(REG), "lseek(2)"),
	ROW("pwrite, ftruncate", too_large, "the largest offset", 0,
	    FC_T(REG), "write(2)"),
	ROW("write", size_limit, "RLIMIT_FSIZE is kept", 0, FC_T(REG),
	    "POSIX write()"),
	ROW("write", size_limit_signal, "SIGXFSZ is sent", 0, FC_T(REG),
	    "POSIX write()"),
	ROW("fsync", sync_flags, "synchronized writing", 0,
	    FC_T(REG) | FC_T(DIR), "POSIX fsync()"),
	ROW("read, write", direct, "O_DIRECT moves whole blocks",
	    FC_N(DIRECT), FC_T(REG), "open(2)"),
	ROW("read, write", direct_and_buffered, "direct and buffered agree",
	    FC_N(DIRECT), FC_T(REG), "open(2)"),
};

FC_FAMILY(io, "io", cases);
