// SPDX-License-Identifier: GPL-2.0-only
/* mmap - mappings of files: shared, private, beyond the end, against write */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "../harness/fsconf.h"

static sigjmp_buf on_bus;

static void bus(int sig)
{
	(void)sig;
	siglongjmp(on_bus, 1);
}

/* Return: true if touching the byte is SIGBUS. */
static bool is_bus(volatile char *p, bool writing)
{
	bool hit;

	signal(SIGBUS, bus);
	hit = sigsetjmp(on_bus, 1);
	if (!hit) {
		if (writing)
			*p = 'b';
		else
			(void)*p;
	}
	signal(SIGBUS, SIG_DFL);
	return hit;
}

static char *map(int fd, size_t len, int prot, int flags)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		fc_abort_case(HERE, "cannot map: %s", strerrorname_np(errno));
	return p;
}

static int file_of(size_t len)
{
	int fd = MUST(open("x", O_CREAT | O_TRUNC | O_RDWR, 0644));
	char c = 'f';

	for (size_t i = 0; i < len; i += 1024)
		MUST(pwrite(fd, &c, 1, i));
	MUST(ftruncate(fd, len));
	return fd;
}

#define RW (PROT_READ | PROT_WRITE)

static void shared(void)
{
	char buf[8] = "";
	int fd = file_of(10000);
	char *p = map(fd, 10000, RW, MAP_SHARED);

	CHECK_EQ(p[1024], 'f', "the mapping shows the file");
	memcpy(p + 5000, "map", 3);
	CHECK_EQ(pread(fd, buf, 3, 5000), 3, "read after a store");
	CHECK_STR(buf, "map", "sees the store");
	MUST(pwrite(fd, "write", 5, 6000));
	CHECK(!memcmp(p + 6000, "write", 5), "the mapping sees a write");
	CHECK_OK(msync(p, 10000, MS_SYNC), "msync, MS_SYNC");
	CHECK_OK(msync(p, 10000, MS_ASYNC), "msync, MS_ASYNC");
	CHECK_ERR(msync(p, 10000, MS_SYNC | MS_ASYNC), EINVAL, "msync, both");
	CHECK_ERR(msync(p + 1, 100, MS_SYNC), EINVAL, "msync within a page");
	MUST(munmap(p, 10000));
	CHECK_ERR(msync(p, 10000, MS_SYNC), ENOMEM, "msync of nothing");
	MUST(close(fd));
	fd = MUST(open("x", O_RDONLY));
	MUST(pread(fd, buf, 3, 5000));
	CHECK_STR(buf, "map", "the store is there after munmap");
	MUST(close(fd));
}

static void two_mappings(void)
{
	int fd = file_of(8192), other = MUST(open("x", O_RDWR));
	char *a = map(fd, 8192, RW, MAP_SHARED);
	char *b = map(other, 8192, RW, MAP_SHARED);

	a[4096] = 'A';
	CHECK_EQ(b[4096], 'A', "the second sees the first");
	b[4097] = 'B';
	CHECK_EQ(a[4097], 'B', "the first sees the second");
	MUST(close(fd));
	MUST(close(other));
	a[1] = 'C';
	CHECK_EQ(b[1], 'C', "mappings outlive descriptors");
}

static void store_child(void *arg)
{
	char *p = arg;

	p[0] = 'c';
	p[4096] = 'd';
}

static void between_processes(void)
{
	int fd = file_of(8192);
	char *p = map(fd, 8192, RW, MAP_SHARED);
	char c;

	CHECK_EQ(fc_in_child(store_child, p), 0, "a child stores");
	CHECK(p[0] == 'c' && p[4096] == 'd', "its parent sees it");
	MUST(pread(fd, &c, 1, 4096));
	CHECK_EQ(c, 'd', "and so does read");
	MUST(close(fd));
}

static void private(void)
{
	int fd = file_of(8192), ro = MUST(open("x", O_RDONLY));
	char *p = map(ro, 8192, RW, MAP_PRIVATE);
	char c;

	p[0] = 'p';
	MUST(pread(fd, &c, 1, 0));
	CHECK_EQ(c, 'f', "a private store is not in the file");
	CHECK_EQ(p[0], 'p', "but in the mapping");
	MUST(pwrite(fd, "w", 1, 0));
	CHECK_EQ(p[0], 'p', "a write does not change a stored page");
	MUST(close(fd));
	MUST(close(ro));
}

static void beyond_end(void)
{
	int fd = file_of(5000);
	char *p = map(fd, 16384, RW, MAP_SHARED);
	char buf[4096];

	CHECK_EQ(p[5000], 0, "zeroes behind the end within the page");
	CHECK(is_bus(p + 8192, false), "reading a page beyond is SIGBUS");
	CHECK(is_bus(p + 8192, true), "writing a page beyond is SIGBUS");
	p[6000] = 'z';
	CHECK_EQ(fc_size("x"), 5000, "a store behind the end grows nothing");
	MUST(msync(p, 8192, MS_SYNC));
	MUST(ftruncate(fd, 8192));
	MUST(pread(fd, buf, 4096, 4096));
	CHECK_EQ(buf[6000 - 4096], 0, "and does not show when the file grows");
	MUST(ftruncate(fd, 12288));
	CHECK(!is_bus(p + 8192, false), "growing the file makes pages valid");
	MUST(ftruncate(fd, 4096));
	CHECK(is_bus(p + 4096, false), "shrinking makes them invalid");
	MUST(close(fd));
}

static void truncated(void)
{
	int fd = file_of(16384);
	char *p = map(fd, 16384, RW, MAP_SHARED);

	memset(p, 't', 16384);
	MUST(ftruncate(fd, 100));
	CHECK_EQ(p[99], 't', "what is left is there");
	CHECK_EQ(p[100], 0, "what was cut is zero");
	CHECK(is_bus(p + 4096, false), "what is beyond is SIGBUS");
	MUST(ftruncate(fd, 16384));
	CHECK_EQ(p[5000], 0, "what comes back is zero");
	p[5000] = 'n';
	CHECK_EQ(p[5000], 'n', "and can be stored to");
	MUST(close(fd));
}

static void stamps(void)
{
	int fd = file_of(8192);
	char *p = map(fd, 8192, RW, MAP_SHARED);
	struct fc_watch w;

	MUST(fsync(fd));
	WATCH(&w, "x");
	p[0] = 's';
	MUST(msync(p, 8192, MS_SYNC));
	CHECK_STAMP(&w, 0, "mc", "a store and msync");
	WATCH(&w, "x");
	CHECK_EQ(p[1024], 'f', "a load");
	CHECK_STAMP(&w, 0, "", "a load");
	MUST(close(fd));
}

static void offsets(void)
{
	int fd = file_of(65536);
	char *p;

	for (off_t off = 0; off < 65536; off += 4096)
		MUST(pwrite(fd, &(char){ 'a' + off / 4096 }, 1, off));
	for (off_t off = 0; off < 65536; off += 4096) {
		p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, off);
		CHECK(p != MAP_FAILED && p[0] == 'a' + off / 4096,
		      "at offset %ld", (long)off);
		munmap(p, 4096);
	}
	CHECK_ERR((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 100),
		  EINVAL, "at an offset within a page");
	CHECK_ERR((long)mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0), EINVAL,
		  "of length 0");
	MUST(close(fd));
}

/* Store by mapping and by write in turns: none is lost. */
static void interleaved(void)
{
	int fd = file_of(65536), bad = 0;
	char *p = map(fd, 65536, RW, MAP_SHARED);

	for (int i = 0; i < 65536; i += 64) {
		char c = 'w';

		p[i] = 'm';
		MUST(pwrite(fd, &c, 1, i + 1));
		MUST(pread(fd, &c, 1, i));
		bad += c != 'm' || p[i + 1] != 'w';
	}
	CHECK_EQ(bad, 0, "1024 turns agree");
	MUST(msync(p, 65536, MS_SYNC));
	MUST(munmap(p, 65536));
	MUST(close(fd));
	fd = MUST(open("x", O_RDONLY));
	for (int i = 0; i < 65536; i += 64) {
		char two[2];

		MUST(pread(fd, two, 2, i));
		bad += two[0] != 'm' || two[1] != 'w';
	}
	CHECK_EQ(bad, 0, "and all is there afterwards");
	MUST(close(fd));
}

static void hole(void)
{
	int fd = MUST(open("x", O_CREAT | O_RDWR, 0644));
	char *p, buf[3];

	MUST(ftruncate(fd, 1 << 20));
	p = map(fd, 1 << 20, RW, MAP_SHARED);
	CHECK_EQ(p[500000], 0, "a hole is zeroes");
	p[500000] = 'h';
	MUST(msync(p, 1 << 20, MS_SYNC));
	MUST(pread(fd, buf, 3, 499999));
	CHECK(!buf[0] && buf[1] == 'h' && !buf[2], "a store fills it");
	MUST(close(fd));
}

#define ROW(call, fn, text, origin) \
	{ call, #fn, text, FC_N(MMAPSHARED), FC_T(REG), origin, fn }
#define P "POSIX mmap()"

static const struct fc_case cases[] = {
	ROW("mmap, msync", shared, "shared mappings are the file", P),
	ROW("mmap", two_mappings, "mappings of one file agree", P),
	ROW("mmap", between_processes, "processes share", P),
	ROW("mmap", private, "private mappings keep to themselves", P),
	ROW("mmap", beyond_end, "beyond the end is SIGBUS", P),
	ROW("mmap, ftruncate", truncated, "truncating takes pages away", P),
	ROW("mmap, msync", stamps, "stores stamp at msync", P),
	ROW("mmap", offsets, "mappings begin at pages", P),
	ROW("mmap, pwrite", interleaved, "stores and writes agree", P),
	ROW("mmap", hole, "stores fill holes", P),
};

FC_FAMILY(mmap, "mmap", cases);
