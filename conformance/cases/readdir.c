// SPDX-License-Identifier: GPL-2.0-only
/* readdir - getdents, readdir, seekdir, telldir, rewinddir */
#include <dirent.h>

#include "../harness/fsconf.h"

/* How often each of the names n0...n(count-1) is listed. */
struct tally {
	int count;
	unsigned char *times;
	int others;
};

static struct tally tally_new(int count)
{
	struct tally t = { count, calloc(count, 1), 0 };

	if (!t.times)
		fc_abort_case(HERE, "no memory");
	return t;
}

static void tally_add(struct tally *t, const char *name)
{
	int i;

	if (sscanf(name, "n%d", &i) == 1 && i >= 0 && i < t->count)
		t->times[i]++;
	else if (strcmp(name, ".") && strcmp(name, ".."))
		t->others++;
}

static bool all_times(const struct tally *t, int from, int to, int times)
{
	for (int i = from; i < to; i++) {
		if (t->times[i] != times)
			return false;
	}
	return true;
}

static void make_many(const char *dir, int count)
{
	for (int i = 0; i < count; i++)
		fc_file(fc_fmt("%s/n%d", dir, i), 0644, "");
}

static void types_and_inodes(void)
{
	static const unsigned char types[FC_TYPES] = {
		DT_REG, DT_DIR, DT_FIFO, DT_SOCK, DT_CHR, DT_BLK, DT_LNK,
	};

	fc_dir("d", 0755);
	for_each_type(t)
		fc_make(t, fc_fmt("d/n%d", t));
	DIR *dir = opendir("d");
	CHECK(dir, "opendir");
	for (struct dirent *e; dir && (e = readdir(dir));) {
		int t;

		if (sscanf(e->d_name, "n%d", &t) != 1)
			continue;
		CHECK(e->d_type == types[t] || e->d_type == DT_UNKNOWN,
		      "%s: d_type", fc_type_names[t]);
		CHECK_EQ(e->d_ino, fc_ino(fc_fmt("d/%s", e->d_name)),
			 "%s: d_ino is st_ino", fc_type_names[t]);
	}
	if (dir)
		closedir(dir);
}

static void dots(void)
{
	int dot = 0, dotdot = 0, others = 0;
	DIR *dir;

	fc_dir("d", 0755);
	dir = opendir("d");
	for (struct dirent *e; (e = readdir(dir));) {
		if (!strcmp(e->d_name, ".")) {
			dot++;
			CHECK_EQ(e->d_ino, fc_ino("d"), "the number of '.'");
		} else if (!strcmp(e->d_name, "..")) {
			dotdot++;
			CHECK_EQ(e->d_ino, fc_ino("."), "the number of '..'");
		} else {
			others++;
		}
	}
	closedir(dir);
	CHECK_EQ(dot, 1, "'.' once");
	CHECK_EQ(dotdot, 1, "'..' once");
	CHECK_EQ(others, 0, "nothing else");
}

/* The last is more than one buffer takes anywhere. */
static const int counts[] = { 1, 2, 10, 100, 127, 128, 129, 1000, 5000 };

static void complete(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct tally t = tally_new(counts[i]);
		char name[16];
		DIR *dir;

		snprintf(name, sizeof(name), "d%d", counts[i]);
		fc_dir(name, 0755);
		make_many(name, counts[i]);
		dir = opendir(name);
		for (struct dirent *e; (e = readdir(dir));)
			tally_add(&t, e->d_name);
		CHECK(all_times(&t, 0, counts[i], 1), "%d names once each",
		      counts[i]);
		CHECK_EQ(t.others, 0, "nothing but the %d", counts[i]);
		rewinddir(dir);
		for (struct dirent *e; (e = readdir(dir));)
			tally_add(&t, e->d_name);
		CHECK(all_times(&t, 0, counts[i], 2), "%d names after rewinddir",
		      counts[i]);
		closedir(dir);
	}
}

/* Small buffers split the listing at every possible place. */
static void small_buffers(void)
{
	static const int sizes[] = { 32, 40, 64, 100, 256, 1000, 4096, 65536 };

	fc_dir("d", 0755);
	make_many("d", 200);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		static char buf[65536];
		struct tally t = tally_new(200);
		int fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
		long n;

		while ((n = syscall(SYS_getdents64, fd, buf, sizes[i])) > 0) {
			for (long at = 0; at < n;) {
				struct dirent64 *e = (void *)(buf + at);

				tally_add(&t, e->d_name);
				at += e->d_reclen;
			}
		}
		CHECK_EQ(n, 0, "buffer of %d: ends", sizes[i]);
		CHECK(all_times(&t, 0, 200, 1), "buffer of %d: once each",
		      sizes[i]);
		CHECK_EQ(syscall(SYS_getdents64, fd, buf, sizes[i]), 0,
			 "buffer of %d: stays at the end", sizes[i]);
		MUST(close(fd));
	}
	int fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	char tiny[8];
	CHECK_ERR(syscall(SYS_getdents64, fd, tiny, sizeof(tiny)), EINVAL,
		  "a buffer too small for one entry");
	MUST(close(fd));
}

/* seekdir to each telldir position continues with the same entry. */
static void seek_positions(void)
{
	static long at[301];
	static char name[301][16];
	int n = 0, wrong = 0;
	DIR *dir;

	fc_dir("d", 0755);
	make_many("d", 298);
	dir = opendir("d");
	for (;; n++) {
		struct dirent *e;

		at[n] = telldir(dir);
		e = readdir(dir);
		if (!e || n == 300)
			break;
		snprintf(name[n], sizeof(name[n]), "%.15s", e->d_name);
	}
	CHECK_EQ(n, 300, "300 entries");
	for (int i = n - 1; i >= 0; i -= 7) {
		struct dirent *e;

		seekdir(dir, at[i]);
		e = readdir(dir);
		wrong += !e || strcmp(e->d_name, name[i]);
	}
	CHECK_EQ(wrong, 0, "each position leads to its entry, backwards");
	for (int i = 0; i < n; i += 5) {
		struct dirent *e;

		seekdir(dir, at[i]);
		e = readdir(dir);
		wrong += !e || strcmp(e->d_name, name[i]);
	}
	CHECK_EQ(wrong, 0, "each position leads to its entry, forwards");
	seekdir(dir, at[n]);
	CHECK(!readdir(dir), "the last position is the end");
	closedir(dir);
}

/* Positions stay good while other entries come and go. */
static void seek_after_change(void)
{
	struct tally t = tally_new(500);
	long middle = 0;
	DIR *dir;
	int n = 0;

	fc_dir("d", 0755);
	make_many("d", 500);
	dir = opendir("d");
	for (struct dirent *e; n < 250 && (e = readdir(dir)); n++)
		tally_add(&t, e->d_name);
	middle = telldir(dir);
	for (int i = 0; i < 100; i++)
		fc_file(fc_fmt("d/later%d", i), 0644, "");
	seekdir(dir, middle);
	for (struct dirent *e; (e = readdir(dir));)
		tally_add(&t, e->d_name);
	CHECK(all_times(&t, 0, 500, 1), "what was there is listed once");
	closedir(dir);
}

/* POSIX: entries that are neither added nor removed are listed exactly once. */
static void remove_while_reading(void)
{
	struct tally t = tally_new(1000);
	DIR *dir;
	int n = 0;

	fc_dir("d", 0755);
	make_many("d", 1000);
	dir = opendir("d");
	for (struct dirent *e; (e = readdir(dir)); n++) {
		tally_add(&t, e->d_name);
		if (n == 300) {
			for (int i = 0; i < 1000; i += 2)
				MUST(unlink(fc_fmt("d/n%d", i)));
		}
	}
	closedir(dir);
	int once = 0, more = 0;
	for (int i = 1; i < 1000; i += 2)
		once += t.times[i] == 1;
	for (int i = 0; i < 1000; i++)
		more += t.times[i] > 1;
	CHECK_EQ(once, 500, "what stays is listed once");
	CHECK_EQ(more, 0, "nothing is listed twice");
	CHECK_EQ(fc_count_entries("d"), 500, "500 are left");
}

/* rm -r: removing what has just been listed leaves nothing behind. */
static void remove_all_listed(void)
{
	DIR *dir;

	fc_dir("d", 0755);
	make_many("d", 1000);
	dir = opendir("d");
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == 'n')
			MUST(unlinkat(dirfd(dir), e->d_name, 0));
	}
	closedir(dir);
	CHECK_EQ(fc_count_entries("d"), 0, "one pass removes all 1000");
	CHECK_OK(rmdir("d"), "the directory can be removed");
}

static void rename_while_reading(void)
{
	struct tally t = tally_new(600);
	DIR *dir;
	int n = 0;

	fc_dir("d", 0755);
	fc_dir("e", 0755);
	make_many("d", 600);
	dir = opendir("d");
	for (struct dirent *e; (e = readdir(dir)); n++) {
		tally_add(&t, e->d_name);
		if (n == 100) {
			for (int i = 0; i < 600; i += 3)
				MUST(rename(fc_fmt("d/n%d", i),
					    fc_fmt("e/n%d", i)));
		}
	}
	closedir(dir);
	int once = 0;
	for (int i = 0; i < 600; i++)
		once += i % 3 && t.times[i] == 1;
	CHECK_EQ(once, 400, "what stays is listed once");
	CHECK_EQ(fc_count_entries("e"), 200, "the rest is elsewhere");
}

static void removed_while_open(void)
{
	char buf[1024];
	int fd;

	fc_dir("d", 0755);
	fd = MUST(open("d", O_RDONLY | O_DIRECTORY));
	MUST(rmdir("d"));
	CHECK_ERR(syscall(SYS_getdents64, fd, buf, sizeof(buf)), ENOENT,
		  "getdents of a removed directory");
	MUST(close(fd));
}

static void independent(void)
{
	struct tally a = tally_new(100), b = tally_new(100);
	DIR *first, *second;

	fc_dir("d", 0755);
	make_many("d", 100);
	first = opendir("d");
	second = opendir("d");
	for (int i = 0; i < 50; i++)
		tally_add(&a, readdir(first)->d_name);
	for (struct dirent *e; (e = readdir(second));)
		tally_add(&b, e->d_name);
	for (struct dirent *e; (e = readdir(first));)
		tally_add(&a, e->d_name);
	CHECK(all_times(&a, 0, 100, 1), "the first stream lists all");
	CHECK(all_times(&b, 0, 100, 1), "the second stream lists all");
	closedir(first);
	closedir(second);
}

static void long_names(void)
{
	char name[256], path[300];
	int found = 0;
	DIR *dir;

	fc_dir("d", 0755);
	for (int len = 1; len <= 255; len++) {
		memset(name, 'l', len);
		name[len] = '\0';
		snprintf(path, sizeof(path), "d/%s", name);
		fc_file(path, 0644, "");
	}
	dir = opendir("d");
	for (struct dirent *e; (e = readdir(dir));)
		found += e->d_name[0] == 'l' &&
			 strspn(e->d_name, "l") == strlen(e->d_name);
	closedir(dir);
	CHECK_EQ(found, 255, "names of 1 to 255 bytes are listed");
}

#define ROW(call, fn, text, types, origin) \
	{ call, #fn, text, 0, types, origin, fn }
#define P "POSIX readdir()"

static const struct fc_case cases[] = {
	ROW("getdents", types_and_inodes, "entries tell type and number",
	    FC_T_ALL, "getdents(2)"),
	ROW("readdir", dots, "'.' and '..' are listed once", FC_T(DIR), P),
	ROW("readdir", complete, "each name is listed once", FC_T(REG), P),
	ROW("getdents", small_buffers, "any buffer will do", FC_T(REG),
	    "getdents(2)"),
	ROW("seekdir", seek_positions, "telldir positions are exact",
	    FC_T(REG), "POSIX seekdir()"),
	ROW("seekdir", seek_after_change, "positions survive creation",
	    FC_T(REG), "POSIX seekdir()"),
	ROW("readdir", remove_while_reading, "what stays is listed once",
	    FC_T(REG), P),
	ROW("readdir", remove_all_listed, "removing what is listed gets all",
	    FC_T(REG), P),
	ROW("readdir", rename_while_reading, "what stays is listed once",
	    FC_T(REG), P),
	ROW("getdents", removed_while_open, "a removed directory lists nothing",
	    FC_T(DIR), "getdents(2)"),
	ROW("readdir", independent, "streams are independent", FC_T(REG), P),
	ROW("readdir", long_names, "names of all lengths", FC_T(REG), P),
};

FC_FAMILY(readdir, "readdir", cases);
