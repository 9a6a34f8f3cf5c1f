// SPDX-License-Identifier: GPL-2.0-only
/* times - utimensat and its kin: what is stored, what is stamped */
#include <sys/time.h>
#include <utime.h>

#include "../harness/fsconf.h"

/* Times that every file system must keep: 1901 is not among them. */
static const struct timespec stored[] = {
	{ 0, 0 }, { 1, 1 }, { 1000000000, 999999999 }, { 1234567890, 1000 },
	{ 0x7fffffff, 0 }, { 0x7fffffff, 999999999 },
};

static void stores(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
			size_t j = ARRAY_SIZE(stored) - 1 - i;
			struct timespec ts[2] = { stored[i], stored[j] };
			struct stat st;

			CHECK_OK(utimensat(AT_FDCWD, "x", ts,
					   AT_SYMLINK_NOFOLLOW), "%s, pair %zu",
				 fc_type_names[t], i);
			st = fc_lstat("x");
			CHECK(fc_same_time(&st.st_atim, &ts[0]),
			      "%s, pair %zu: atime", fc_type_names[t], i);
			CHECK(fc_same_time(&st.st_mtim, &ts[1]),
			      "%s, pair %zu: mtime", fc_type_names[t], i);
		}
		fc_remove("x");
	}
}

/* Beyond 2038 and before 1970, where the file system says it can. */
static void far_times(void)
{
	static const long long secs[] = { 0x80000000ll, 0xffffffffll,
					  0x100000000ll, 4102444800ll, -1,
					  -1000000 };

	fc_file("x", 0644, "");
	for (size_t i = 0; i < ARRAY_SIZE(secs); i++) {
		struct timespec ts[2] = { { secs[i], 0 }, { secs[i], 0 } };

		CHECK_OK(utimensat(AT_FDCWD, "x", ts, 0), "%lld", secs[i]);
		CHECK_EQ(fc_lstat("x").st_mtime, secs[i], "%lld is kept",
			 secs[i]);
	}
}

static void stamps(void)
{
	static const struct timespec ts[2] = { { 100, 0 }, { 200, 0 } };

	for_each_type(t) {
		struct fc_watch w;
		struct stat st;
		const char *name = fc_type_names[t];

		fc_make(t, "x");
		WATCH(&w, "x");
		MUST(utimensat(AT_FDCWD, "x", ts, AT_SYMLINK_NOFOLLOW));
		CHECK_STAMP(&w, 0, "-mc", fc_fmt("times of a %s", name));
		st = fc_lstat("x");
		CHECK_EQ(st.st_mtime, 200, "%s: mtime as set", name);
		WATCH(&w, "x");
		MUST(utimensat(AT_FDCWD, "x", NULL, AT_SYMLINK_NOFOLLOW));
		CHECK_STAMP(&w, 0, "mc", fc_fmt("now for a %s", name));
		st = fc_lstat("x");
		CHECK(fc_same_time(&st.st_atim, &st.st_mtim),
		      "%s: both times are the same now", name);
		CHECK(fc_later(&st.st_atim, &w.stamps[0].st.st_ctim),
		      "%s: atime is now", name);
		fc_remove("x");
	}
}

static void now_and_omit(void)
{
	static const struct {
		const char *name;
		long a, m;	/* nanoseconds field; 5 = explicit */
	} sets[] = {
		{ "now, omit", UTIME_NOW, UTIME_OMIT },
		{ "omit, now", UTIME_OMIT, UTIME_NOW },
		{ "omit, omit", UTIME_OMIT, UTIME_OMIT },
		{ "now, now", UTIME_NOW, UTIME_NOW },
		{ "5, omit", 5, UTIME_OMIT },
		{ "omit, 5", UTIME_OMIT, 5 },
		{ "now, 5", UTIME_NOW, 5 },
		{ "5, now", 5, UTIME_NOW },
	};

	fc_file("x", 0644, "");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		static const struct timespec old[2] = { { 50, 0 }, { 60, 0 } };
		struct timespec ts[2] = { { 70, sets[i].a }, { 80, sets[i].m } };
		struct stat st;
		struct fc_watch w;
		bool none = sets[i].a == UTIME_OMIT && sets[i].m == UTIME_OMIT;

		MUST(utimensat(AT_FDCWD, "x", old, 0));
		WATCH(&w, "x");
		CHECK_OK(utimensat(AT_FDCWD, "x", ts, 0), "%s", sets[i].name);
		st = fc_lstat("x");
		CHECK(sets[i].a == UTIME_OMIT ? st.st_atime == 50 :
		      sets[i].a == 5 ? st.st_atime == 70 : st.st_atime > 1000,
		      "%s: atime", sets[i].name);
		CHECK(sets[i].m == UTIME_OMIT ? st.st_mtime == 60 :
		      sets[i].m == 5 ? st.st_mtime == 80 : st.st_mtime > 1000,
		      "%s: mtime", sets[i].name);
		CHECK_STAMP(&w, 0, none ? "-m" : "-mc", sets[i].name);
	}
}

static void bad_values(void)
{
	static const long bad[] = { -1, 1000000000, 0x7fffffff };

	fc_file("x", 0644, "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct timespec a[2] = { { 1, bad[i] }, { 1, 0 } };
		struct timespec m[2] = { { 1, 0 }, { 1, bad[i] } };

		CHECK_ERR(utimensat(AT_FDCWD, "x", a, 0), EINVAL,
			  "atime with %ld nanoseconds", bad[i]);
		CHECK_ERR(utimensat(AT_FDCWD, "x", m, 0), EINVAL,
			  "mtime with %ld nanoseconds", bad[i]);
	}
	CHECK(fc_lstat("x").st_mtime > 1000, "the time is as it was");
}

static void other_calls(void)
{
	const struct utimbuf ut = { 11, 12 };
	const struct timeval tv[2] = { { 21, 500000 }, { 22, 250000 } };
	const struct timespec ts[2] = { { 31, 1 }, { 32, 2 } };
	struct stat st;
	int fd;

	fc_file("x", 0644, "");
	MUST(symlink("x", "link"));
	CHECK_OK(utime("link", &ut), "utime follows");
	st = fc_lstat("x");
	CHECK(st.st_atime == 11 && st.st_mtime == 12, "utime sets both");
	CHECK_OK(utimes("link", tv), "utimes follows");
	st = fc_lstat("x");
	CHECK(st.st_atim.tv_nsec == 500000000 && st.st_mtim.tv_nsec == 250000000,
	      "utimes has microseconds");
	CHECK_OK(lutimes("link", tv), "lutimes");
	CHECK_EQ(fc_lstat("link").st_mtime, 22, "lutimes sets the link's");
	fd = MUST(open("x", O_RDONLY));
	CHECK_OK(futimens(fd, ts), "futimens of a read-only descriptor");
	st = fc_lstat("x");
	CHECK(st.st_atim.tv_nsec == 1 && st.st_mtim.tv_nsec == 2,
	      "futimens has nanoseconds");
	CHECK_OK(futimes(fd, tv), "futimes");
	CHECK_EQ(fc_lstat("x").st_mtime, 22, "futimes sets both");
	MUST(close(fd));
	CHECK_OK(utimensat(AT_FDCWD, "link", ts, 0), "utimensat follows");
	CHECK_EQ(fc_lstat("x").st_mtime, 32, "utimensat sets the target's");
	CHECK_EQ(fc_lstat("link").st_mtime, 22, "not the link's");
}

/* relatime, noatime or strictatime: an old atime is what all agree on. */
static void atime(void)
{
	static const struct timespec old[2] = { { 100, 0 }, { 200, 0 } };
	struct stat st;
	char buf[16];
	int fd;

	fc_file("x", 0644, "text");
	MUST(utimensat(AT_FDCWD, "x", old, 0));
	fd = MUST(open("x", O_RDONLY));
	CHECK_EQ(fc_lstat("x").st_atime, 100, "open leaves the atime");
	MUST(read(fd, buf, 0));
	CHECK_EQ(fc_lstat("x").st_atime, 100, "read of nothing leaves it");
	CHECK_EQ(read(fd, buf, 16), 4, "read");
	st = fc_lstat("x");
	CHECK(st.st_atime > 1000, "read changes the atime");
	CHECK_EQ(st.st_mtime, 200, "not the mtime");
	MUST(close(fd));
	MUST(utimensat(AT_FDCWD, "x", old, 0));
	fd = MUST(open("x", O_RDONLY | O_NOATIME));
	MUST(read(fd, buf, 16));
	CHECK_EQ(fc_lstat("x").st_atime, 100, "O_NOATIME leaves it");
	MUST(close(fd));
}

static void atime_directory(void)
{
	static const struct timespec old[2] = { { 100, 0 }, { 200, 0 } };
	char buf[64];

	fc_dir("d", 0755);
	fc_file("d/x", 0644, "");
	MUST(symlink("d", "link"));
	MUST(utimensat(AT_FDCWD, "d", old, 0));
	MUST(utimensat(AT_FDCWD, "link", old, AT_SYMLINK_NOFOLLOW));
	CHECK_OK(access("d/x", F_OK), "lookup");
	CHECK_EQ(fc_lstat("d").st_atime, 100, "lookup leaves the atime");
	CHECK_EQ(fc_count_entries("d"), 1, "list");
	CHECK(fc_lstat("d").st_atime > 1000, "listing changes it");
	MUST(readlink("link", buf, sizeof(buf)));
	CHECK(fc_lstat("link").st_atime > 1000, "readlink changes the link's");
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("utimensat", stores, "times are kept to the nanosecond",
	    FC_N(NSEC), FC_T_ALL, "POSIX futimens()"),
	ROW("utimensat", far_times, "times beyond 2038 and before 1970", 0,
	    FC_T(REG), "utimensat(2)"),
	ROW("utimensat", stamps, "setting times changes the ctime", 0,
	    FC_T_ALL, "POSIX futimens()"),
	ROW("utimensat", now_and_omit, "UTIME_NOW and UTIME_OMIT", 0,
	    FC_T(REG), "POSIX futimens()"),
	ROW("utimensat", bad_values, "nanoseconds out of range are EINVAL", 0,
	    FC_T(REG), "POSIX futimens()"),
	ROW("utime, utimes, futimens", other_calls, "the older calls",
	    FC_N(SYMLINK) | FC_N(NSEC), FC_T(REG), "utime(2), futimes(3)"),
	ROW("read", atime, "reading changes the atime", FC_N(ATIME),
	    FC_T(REG), "POSIX read()"),
	ROW("getdents, readlink", atime_directory,
	    "listing and reading links change the atime",
	    FC_N(ATIME) | FC_N(SYMLINK), FC_T(DIR) | FC_T(LNK),
	    "POSIX readdir(), readlink()"),
};

FC_FAMILY(times, "times", cases);
