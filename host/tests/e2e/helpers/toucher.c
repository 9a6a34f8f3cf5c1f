// SPDX-License-Identifier: GPL-2.0-only
/*
 * toucher - uses its memory in odd ways and says what it found there
 *
 *	toucher all MB SEED	write MB in random order, then read them back
 *	toucher sparse N	touch N pages far apart in 1 TB
 *	toucher alone N		touch every eighth of 8N pages
 *	toucher run N		touch N pages one after the other, up and down
 *	toucher protect N SEED	N random mprotect() calls, each checked
 *	toucher fork N SEED	N generations that share, write and check pages
 *	toucher replace		put mappings with holes over full ones
 *	toucher threads N	N threads write while others fork and map
 *	toucher hog		touch memory until killed
 *
 * What it prints is the same on every machine, or it exits with status 1 and
 * says on stderr what was wrong. Where memory beyond what was touched counts, it
 * prints "more than half too much", or not.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL

static uint64_t seed;

static uint64_t random_64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void wrong(const char *what, unsigned long page)
{
	fprintf(stderr, "toucher: %s at page %lu\n", what, page);
	_exit(1);
}

static char *map(size_t bytes, int more)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);

	if (p == MAP_FAILED) {
		perror("toucher: mmap");
		_exit(1);
	}
	return p;
}

static void put(char *p, unsigned long page, uint64_t value)
{
	*(volatile uint64_t *)(p + page * PAGE + page % 500 * 8) = value;
}

static uint64_t get(const char *p, unsigned long page)
{
	return *(volatile const uint64_t *)(p + page * PAGE + page % 500 * 8);
}

/* Anonymous memory that is there, in pages */
static long resident(void)
{
	char line[100];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb / 4;
}

static int touch_all(unsigned long mb)
{
	unsigned long pages = mb << 8, n, i, step;
	char *p = map(mb << 20, 0);

	/* a step that has no divisor in common comes to every page once */
	for (step = random_64() % pages | 1; ; step += 2) {
		unsigned long a = step, b = pages;

		while (b) {
			unsigned long rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			break;
	}
	for (n = 0, i = 0; n < pages; n++, i = (i + step) % pages) {
		if (get(p, i))
			wrong("not zero", i);
		put(p, i, i * 3 + 1);
	}
	for (n = 0; n < pages; n++)
		if (get(p, n) != n * 3 + 1)
			wrong("other contents", n);
	puts("all there");
	return 0;
}

static int touch_sparse(unsigned long count)
{
	const unsigned long distance = (1UL << 40) / count / PAGE;
	char *p = map(1UL << 40, MAP_NORESERVE);
	long before = resident();
	unsigned long n;

	for (n = 0; n < count; n++)
		put(p, n * distance, n + 1);
	for (n = 0; n < count; n++)
		if (get(p, n * distance) != n + 1 ||
		    get(p, n * distance + 1))
			wrong("other contents", n * distance);
	printf("%ssparse\n", resident() - before > (long)count * 3 / 2 ?
	       "more than half too much, " : "");
	return munmap(p, 1UL << 40);
}

static int touch_alone(unsigned long count)
{
	char *p = map(count * 8 * PAGE, 0);
	long before = resident();
	unsigned long n;

	for (n = 0; n < count; n++)
		put(p, n * 8, n + 1);
	printf("%salone\n", resident() - before > (long)count * 3 / 2 ?
	       "more than half too much, " : "");
	return 0;
}

static int touch_run(unsigned long count)
{
	char *up = map((count + 1000) * PAGE, 0);
	char *down = map((count + 1000) * PAGE, 0);
	unsigned long n;

	for (n = 0; n < count; n++) {
		if (get(up, n) || get(down, 999 + count - n))
			wrong("not zero", n);
		put(up, n, n + 1);
		put(down, 999 + count - n, n + 1);
	}
	for (n = 0; n < count; n++)
		if (get(up, n) != n + 1 || get(down, 999 + count - n) != n + 1)
			wrong("other contents", n);
	/* a quarter of it goes, and comes back as zeros */
	madvise(up + count / 4 * PAGE, count / 4 * PAGE, MADV_DONTNEED);
	for (n = 0; n < count; n++)
		if (get(up, n) != (n / (count / 4) == 1 ? 0 : n + 1))
			wrong("other contents after MADV_DONTNEED", n);
	puts("run");
	return 0;
}

static sigjmp_buf back;

static void on_segv(int signal)
{
	siglongjmp(back, signal);
}

/* May the page be read (1), written (2)? */
static int rights(char *p, unsigned long page)
{
	volatile int may = 0;

	if (sigsetjmp(back, 1))
		return may;
	(void)get(p, page);
	may = 1;
	put(p, page, get(p, page));
	return 3;
}

static int protect_at_random(unsigned long count)
{
	enum { PAGES = 300 };
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	static const int means[] = { 0, 1, 3 };
	char is[PAGES], *p = map(PAGES * PAGE, 0);
	unsigned long n, i;

	signal(SIGSEGV, on_segv);
	for (i = 0; i < PAGES; i++) {
		is[i] = 2;
		if (i % 3)
			put(p, i, i + 1);
	}
	for (n = 0; n < count; n++) {
		unsigned long from = random_64() % PAGES;
		unsigned long len = 1 + random_64() % 20;
		int to = random_64() % 3;

		if (from + len > PAGES)
			len = PAGES - from;
		if (mprotect(p + from * PAGE, len * PAGE, prots[to]))
			return perror("toucher: mprotect"), 1;
		memset(is + from, to, len);
		for (i = from ? from - 1 : 0; i < PAGES && i <= from + len; i++)
			if (rights(p, i) != means[(int)is[i]])
				wrong("other rights", i);
	}
	mprotect(p, PAGES * PAGE, PROT_READ);
	for (i = 0; i < PAGES; i++)
		if (get(p, i) != (i % 3 ? i + 1 : 0))
			wrong("other contents", i);
	puts("protected");
	return 0;
}

/* Each process writes what only it may see, the last generation first. */
static int generations(unsigned long count)
{
	enum { PAGES = 700 };
	char *p = map(PAGES * PAGE, 0);
	uint64_t is[PAGES] = { 0 };
	unsigned long depth, n, i;
	int status = 0;
	pid_t child = 0;

	for (depth = 0; depth < count; depth++) {
		for (n = 0; n < 100; n++) {
			i = random_64() % PAGES;
			put(p, i, is[i] = random_64());
		}
		child = fork();
		if (child < 0)
			return perror("toucher: fork"), 1;
		if (child)
			break;
	}
	/* parent and child write at the same time */
	for (n = 0; n < 300; n++) {
		i = (random_64() + depth * 77) % PAGES;
		put(p, i, is[i] = random_64() + depth);
	}
	for (i = 0; i < PAGES; i++)
		if (get(p, i) != is[i])
			wrong("another process's contents", i);
	if (child && (waitpid(child, &status, 0) != child || status))
		return 1;
	for (i = 0; i < PAGES; i++)
		if (get(p, i) != is[i])
			wrong("a child's contents", i);
	if (!depth)
		puts("apart");
	return 0;
}

/* A mapping with one page in it takes the place of one that is full. */
static int replace(void)
{
	const size_t size = 8UL << 20;
	char *full = map(size * 2, 0), *holes, *p;
	unsigned long n;

	/* whole page tables */
	full = (char *)(((uintptr_t)full + size - 1) & -(uintptr_t)size);
	for (n = 0; n < 3; n++) {
		memset(full, 'x', size);
		holes = map(size, 0);
		holes[5 * PAGE] = 'y';
		switch (n) {
		case 0:
			p = mremap(holes, size, size, MREMAP_MAYMOVE |
				   MREMAP_FIXED, full);
			break;
		case 1:
			p = mmap(full, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
				 MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			p[5 * PAGE] = 'y';
			break;
		default:
			p = full;
			madvise(p, size, MADV_DONTNEED);
			p[5 * PAGE] = 'y';
		}
		if (p != full)
			return 1;
		for (size_t i = 0; i < size / PAGE; i++)
			if (p[i * PAGE] != (i == 5 ? 'y' : 0))
				wrong("what was there before", i);
	}
	puts("replaced");
	return 0;
}

static _Atomic int stop;

static void *write_on(void *arg)
{
	enum { PAGES = 400 };
	char *p = map(PAGES * PAGE, 0);
	unsigned long n, round = 0;

	while (!stop) {
		round++;
		for (n = 0; n < PAGES; n++)
			put(p, n, round + n + (uintptr_t)arg);
		for (n = 0; n < PAGES; n++)
			if (get(p, n) != round + n + (uintptr_t)arg)
				wrong("another thread's contents", n);
		if (round % 7 == 0)
			madvise(p, PAGES * PAGE / 2, MADV_DONTNEED);
	}
	return NULL;
}

static int write_while_forking(unsigned long count)
{
	pthread_t threads[16];
	unsigned long n, i;
	int status;

	for (i = 0; i < count && i < 16; i++)
		if (pthread_create(&threads[i], NULL, write_on, (void *)(i << 32)))
			return 1;
	for (n = 0; n < 60; n++) {
		char *p = map(300 * PAGE, 0);
		pid_t child;

		for (i = 0; i < 300; i++)
			put(p, i, n + i);
		child = fork();
		if (!child) {
			for (i = 0; i < 300; i++)
				if (get(p, i) != n + i)
					wrong("not what was forked", i);
			_exit(0);
		}
		for (i = 0; i < 300; i++)
			put(p, i, 0);
		if (child < 0 || waitpid(child, &status, 0) != child || status)
			return 1;
		munmap(p, 300 * PAGE);
	}
	stop = 1;
	for (i = 0; i < count && i < 16; i++)
		pthread_join(threads[i], NULL);
	puts("in parallel");
	return 0;
}

static _Noreturn void hog(void)
{
	for (;;)
		memset(map(1 << 20, 0), 1, 1 << 20);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	seed = (argc > 3 ? strtoull(argv[3], NULL, 0) : 1) * 0x9e3779b97f4a7c15 | 1;
	if (!strcmp(verb, "all"))
		return touch_all(n);
	if (!strcmp(verb, "sparse"))
		return touch_sparse(n);
	if (!strcmp(verb, "alone"))
		return touch_alone(n);
	if (!strcmp(verb, "run"))
		return touch_run(n);
	if (!strcmp(verb, "protect"))
		return protect_at_random(n);
	if (!strcmp(verb, "fork"))
		return generations(n);
	if (!strcmp(verb, "replace"))
		return replace();
	if (!strcmp(verb, "threads"))
		return write_while_forking(n);
	if (!strcmp(verb, "hog"))
		hog();
	fprintf(stderr, "toucher: what is '%s'?\n", verb);
	return 2;
}
