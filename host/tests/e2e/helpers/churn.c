// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn - one side changes a tree all the time, the other looks at it
 *
 *	churn host DIR SCENARIO			until its stdin ends
 *	churn guest DIR SCENARIO SECONDS	"SCENARIO: fine N" or what is wrong
 *
 * The host says in DIR/SCENARIO.said what it has done, after it has done it; the
 * guest reads that first and must then see at least as much. What every name
 * must always be, and what may never be seen, stands with each scenario.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *scenario;
static int said = -1;

static void __attribute__((noreturn, format(printf, 1, 2)))
wrong(const char *format, ...)
{
	va_list args;

	printf("%s: ", scenario);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

#define MUST(call) ({							\
	long must_ = (long)(call);					\
	if (must_ < 0)							\
		wrong("%s: %s", #call, strerror(errno));		\
	must_;								\
})

static void say(uint64_t count)
{
	MUST(pwrite(said, &count, sizeof(count), 0));
}

static uint64_t heard(void)
{
	uint64_t count = 0;

	if (MUST(pread(said, &count, sizeof(count), 0)) != sizeof(count))
		wrong("%s.said is cut", scenario);
	return count;
}

/* Write a whole file: `words` times the number, no two files of one size. */
static void put(const char *name, uint64_t count, int words)
{
	uint64_t text[1024];
	int fd = MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	for (int i = 0; i < words; i++)
		text[i] = count;
	MUST(write(fd, text, words * sizeof(*text)));
	MUST(close(fd));
}

static int words_of(uint64_t count)
{
	return 1 + count * 7 % 1000;
}

/* The number that fills the file that fd is; all of it, and no other. */
static uint64_t number_in(int fd, const char *name)
{
	uint64_t text[1024];
	struct stat st;
	ssize_t got = MUST(pread(fd, text, sizeof(text), 0));

	if (got < 8 || got % 8)
		wrong("%s has %zd bytes", name, got);
	for (int i = 0; i < got / 8; i++)
		if (text[i] != text[0])
			wrong("%s has %lu and %lu", name, (long)text[0],
			      (long)text[i]);
	MUST(fstat(fd, &st));
	if (st.st_size != got || got / 8 != words_of(text[0]))
		wrong("%s: %zd bytes read, %ld in stat, number %lu", name, got,
		      (long)st.st_size, (long)text[0]);
	return text[0];
}

/* --- replace: `f` is always there, whole, and never older than said -------- */

static void replace_host(uint64_t n)
{
	put("new", n, words_of(n));
	MUST(rename("new", "f"));
	say(n);
}

static void replace_guest(void)
{
	static uint64_t last;
	uint64_t least = heard(), n;
	struct stat st;
	int fd;

	MUST(stat("f", &st));
	fd = MUST(open("f", O_RDONLY));
	n = number_in(fd, "f");
	MUST(close(fd));
	if (n < least || n < last)
		wrong("%lu after %lu was said and %lu seen", (long)n,
		      (long)least, (long)last);
	last = n;
}

/* --- recreate: removed and made anew, often with the same inode number ------ */

static void recreate_host(uint64_t n)
{
	if (unlink("f"))
		MUST(errno == ENOENT ? 0 : -1);
	put("new", n, words_of(n));
	MUST(link("new", "f"));
	MUST(unlink("new"));
	say(n);
}

static void recreate_guest(void)
{
	uint64_t least = heard(), n;
	int fd = open("f", O_RDONLY);

	if (fd < 0) {
		if (errno != ENOENT)
			wrong("open: %s", strerror(errno));
		return;
	}
	n = number_in(fd, "f");
	MUST(close(fd));
	if (n < least)
		wrong("%lu after %lu was said", (long)n, (long)least);
}

/* --- grow: numbered words are appended; cut to nothing now and then --------- */

static void grow_host(uint64_t n)
{
	static int fd = -1;

	if (fd < 0)
		fd = MUST(open("f", O_WRONLY | O_CREAT | O_APPEND, 0644));
	if (n % 500 == 0)
		MUST(ftruncate(fd, 0));
	MUST(write(fd, &n, sizeof(n)));
	say(n);
}

static void grow_guest(void)
{
	static int fd = -1;
	uint64_t text[1024], least = heard(), last;
	ssize_t got;

	if (fd < 0)
		fd = MUST(open("f", O_RDONLY));
	got = MUST(pread(fd, text, sizeof(text), 0));
	/* It may be cut, and begun again, while it is read. */
	if (got < 8 || text[0] % 500 || heard() / 500 != least / 500)
		return;
	last = text[got / 8 - 1];
	for (int i = 1; i < got / 8; i++)
		if (text[i] != text[0] + i && text[i] / 500 == text[0] / 500)
			wrong("%lu follows %lu", (long)text[i],
			      (long)text[i - 1]);
	if (last < least)
		wrong("ends with %lu after %lu was said", (long)last,
		      (long)least);
}

/* --- map: overwritten in place, at the same size ------------------------------ */

static void map_host(uint64_t n)
{
	static int fd = -1;

	if (fd < 0)
		fd = MUST(open("f", O_RDWR));
	MUST(pwrite(fd, &n, sizeof(n), 0));
	MUST(pwrite(fd, &n, sizeof(n), 40960));
	say(n);
}

static uint64_t mapped(volatile uint64_t *p, int at)
{
	return p[at / 8];
}

static void map_guest(void)
{
	static uint64_t *kept, n;
	static int fd = -1;
	uint64_t *p, least = heard();

	if (fd < 0) {
		fd = MUST(open("f", O_RDWR));
		kept = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	}
	p = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || kept == MAP_FAILED)
		wrong("mmap: %s", strerror(errno));
	if (mapped(p, 0) < least || mapped(p, 40960) < least)
		wrong("a new mapping has %lu, %lu after %lu was said",
		      (long)mapped(p, 0), (long)mapped(p, 40960), (long)least);
	MUST(pread(fd, &n, sizeof(n), 40960));
	if (n < least || mapped(kept, 40960) < n || mapped(p, 40960) < n)
		wrong("%lu read, %lu and %lu mapped, %lu said", (long)n,
		      (long)mapped(kept, 40960), (long)mapped(p, 40960),
		      (long)least);
	munmap(p, 65536);
}

/* --- list: a..t are always there, what else there is comes and goes ----------- */

static void list_host(uint64_t n)
{
	char name[32];

	snprintf(name, sizeof(name), "d/x%lu", (long)n % 97);
	put(name, n, 1);
	snprintf(name, sizeof(name), "d/x%lu", (long)(n + 40) % 97);
	(void)unlink(name);
	say(n);
}

static void list_guest(void)
{
	int seen[20] = { 0 };
	struct dirent *entry;
	DIR *dir = opendir("d");

	if (!dir)
		wrong("opendir: %s", strerror(errno));
	errno = 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= 'a' && entry->d_name[0] < 'a' + 20)
			seen[entry->d_name[0] - 'a']++;
	if (errno)
		wrong("readdir: %s", strerror(errno));
	closedir(dir);
	for (int i = 0; i < 20; i++)
		if (seen[i] != 1)
			wrong("%c listed %d times", 'a' + i, seen[i]);
}

/* --- swap: a directory and a link change places; outside must not be seen ---- */

static void exchange(const char *a, const char *b)
{
	MUST(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}

static void swap_host(uint64_t n)
{
	exchange("s", "t");
	say(n);
}

/* The text of a small file, which is what it should be called. */
static const char *text_of(const char *name)
{
	static char text[32];
	int fd = open(name, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return strerror(errno);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got < 0 ? strerror(errno) : text;
}

static void one_of(const char *name, const char *a, const char *b)
{
	const char *text = text_of(name);

	if (strcmp(text, a) && strcmp(text, b))
		wrong("%s: %s", name, text);
}

static void swap_guest(void)
{
	one_of("s/who", "directory", "linked");
	one_of("t/who", "directory", "linked");
}

/* --- move: two whole trees change places ---------------------------------------- */

static void move_host(uint64_t n)
{
	exchange("one", "two");
	say(n);
}

static void move_guest(void)
{
	static int fd = -1;
	const char *text;

	if (fd < 0) {
		fd = MUST(open("one/a/b", O_PATH | O_DIRECTORY));
		MUST(fchdir(fd));
		MUST(chdir("../../.."));
	}
	one_of("one/a/b/who", "one", "two");
	one_of("two/a/b/who", "one", "two");
	/* By descriptor it is one and the same, wherever it is. */
	MUST(fchdir(fd));
	text = text_of("who");
	static char first[32];
	if (!*first)
		strcpy(first, text);
	if (strcmp(text, first))
		wrong("an open directory was '%s', is '%s'", first, text);
	MUST(chdir("../../.."));
}

/* --- append: both sides append to one file; nothing may get lost --------------- */

static void append_line(char who, uint64_t n)
{
	static int fd = -1;
	char line[32];

	if (fd < 0)
		fd = MUST(open("log", O_WRONLY | O_CREAT | O_APPEND, 0644));
	snprintf(line, sizeof(line), "%c%014lu\n", who, (long)n);
	MUST(write(fd, line, 16));
}

static void append_host(uint64_t n)
{
	append_line('h', n);
	say(n);
}

static void append_guest(void)
{
	static uint64_t n;

	append_line('g', ++n);
}

/* --- mount: another file system is mounted over a directory, and goes ----------- */

static void mount_host(uint64_t n)
{
	MUST(mount("other", "m", NULL, MS_BIND, NULL));
	say(n);
	MUST(umount2("m", MNT_DETACH));
}

static void mount_guest(void)
{
	one_of("m/who", "below", "above");
}

static const struct {
	const char *name;
	void (*host)(uint64_t n);
	void (*guest)(void);
} scenarios[] = {
	{ "replace", replace_host, replace_guest },
	{ "recreate", recreate_host, recreate_guest },
	{ "grow", grow_host, grow_guest },
	{ "map", map_host, map_guest },
	{ "list", list_host, list_guest },
	{ "swap", swap_host, swap_guest },
	{ "move", move_host, move_guest },
	{ "append", append_host, append_guest },
	{ "mount", mount_host, mount_guest },
};

static void as_host(void (*step)(uint64_t))
{
	struct pollfd end = { .fd = 0, .events = POLLIN };
	uint64_t n = 0;

	do {
		step(++n);
		if (n == 1) {
			puts("ready");
			fflush(stdout);
		}
	} while (poll(&end, 1, 0) == 0);
}

static void as_guest(void (*look)(void), long seconds)
{
	struct timespec now, end;
	long count = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		look();
		count++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec &&
					     now.tv_nsec < end.tv_nsec));
	printf("%s: fine %ld\n", scenario, count);
}

int main(int argc, char **argv)
{
	char name[64];

	if (argc < 4 || chdir(argv[2])) {
		fputs("usage: churn host|guest DIR SCENARIO [SECONDS]\n", stderr);
		return 2;
	}
	scenario = argv[3];
	snprintf(name, sizeof(name), "../%s.said", scenario);
	said = MUST(open(name, O_RDWR | O_CREAT, 0666));
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(scenarios[i].name, scenario))
			continue;
		if (!strcmp(argv[1], "host"))
			as_host(scenarios[i].host);
		else
			as_guest(scenarios[i].guest, argc > 4 ? atol(argv[4]) : 1);
		return 0;
	}
	wrong("no such scenario");
}
