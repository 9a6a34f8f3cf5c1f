// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn_data - scenarios about the content of files
 *
 * What every name must always be, and what may never be seen, stands with each.
 */
#include "churn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* No two files that follow one another have one size. */
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
		churn_wrong("%s has %zd bytes", name, got);
	for (int i = 0; i < got / 8; i++)
		if (text[i] != text[0])
			churn_wrong("%s has %lu and %lu", name, (long)text[0],
			      (long)text[i]);
	MUST(fstat(fd, &st));
	if (st.st_size != got || got / 8 != words_of(text[0]))
		churn_wrong("%s: %zd bytes read, %ld in stat, number %lu", name, got,
		      (long)st.st_size, (long)text[0]);
	return text[0];
}

/* --- replace: `f` is always there, whole, and never older than said -------- */

static void replace_host(uint64_t n)
{
	churn_put("new", n, words_of(n));
	MUST(rename("new", "f"));
	churn_say(n);
}

static void replace_guest(void)
{
	static uint64_t last;
	uint64_t least = churn_heard(), n;
	struct stat st;
	int fd;

	MUST(stat("f", &st));
	fd = MUST(open("f", O_RDONLY));
	n = number_in(fd, "f");
	MUST(close(fd));
	if (n < least || n < last)
		churn_wrong("%lu after %lu was said and %lu seen", (long)n,
		      (long)least, (long)last);
	last = n;
}

/* --- recreate: removed and made anew, often with the same inode number ------ */

static void recreate_host(uint64_t n)
{
	if (unlink("f"))
		MUST(errno == ENOENT ? 0 : -1);
	churn_put("new", n, words_of(n));
	MUST(link("new", "f"));
	MUST(unlink("new"));
	churn_say(n);
}

static void recreate_guest(void)
{
	uint64_t least = churn_heard(), n;
	int fd = open("f", O_RDONLY);

	if (fd < 0) {
		if (errno != ENOENT)
			churn_wrong("open: %s", strerror(errno));
		return;
	}
	n = number_in(fd, "f");
	MUST(close(fd));
	if (n < least)
		churn_wrong("%lu after %lu was said", (long)n, (long)least);
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
	churn_say(n);
}

static void grow_guest(void)
{
	static int fd = -1;
	uint64_t text[1024], least = churn_heard(), last;
	ssize_t got;

	if (fd < 0)
		fd = MUST(open("f", O_RDONLY));
	got = MUST(pread(fd, text, sizeof(text), 0));
	/* It may be cut, and begun again, while it is read. */
	if (got < 8 || text[0] % 500 || churn_heard() / 500 != least / 500)
		return;
	last = text[got / 8 - 1];
	for (int i = 1; i < got / 8; i++)
		if (text[i] != text[0] + i && text[i] / 500 == text[0] / 500)
			churn_wrong("%lu follows %lu", (long)text[i],
			      (long)text[i - 1]);
	if (last < least)
		churn_wrong("ends with %lu after %lu was said", (long)last,
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
	churn_say(n);
}

static uint64_t mapped(volatile uint64_t *p, int at)
{
	return p[at / 8];
}

static void map_guest(void)
{
	static uint64_t *kept, n;
	static int fd = -1;
	uint64_t *p, least = churn_heard();

	if (fd < 0) {
		fd = MUST(open("f", O_RDWR));
		kept = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	}
	p = mmap(NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || kept == MAP_FAILED)
		churn_wrong("mmap: %s", strerror(errno));
	if (mapped(p, 0) < least || mapped(p, 40960) < least)
		churn_wrong("a new mapping has %lu, %lu after %lu was said",
		      (long)mapped(p, 0), (long)mapped(p, 40960), (long)least);
	MUST(pread(fd, &n, sizeof(n), 40960));
	if (n < least || mapped(kept, 40960) < n || mapped(p, 40960) < n)
		churn_wrong("%lu read, %lu and %lu mapped, %lu said", (long)n,
		      (long)mapped(kept, 40960), (long)mapped(p, 40960),
		      (long)least);
	munmap(p, 65536);
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
	churn_say(n);
}

static void append_guest(void)
{
	static uint64_t n;

	append_line('g', ++n);
}

const struct churn churn_data[] = {
	{ "replace", replace_host, replace_guest },
	{ "recreate", recreate_host, recreate_guest },
	{ "grow", grow_host, grow_guest },
	{ "map", map_host, map_guest },
	{ "append", append_host, append_guest },
	{ NULL, NULL, NULL }
};
