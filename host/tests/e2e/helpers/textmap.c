/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * textmap - private mappings of files, as programs and libraries are mapped
 *
 *	textmap DIR	prints a line for each check; DIR is for its files
 *	textmap wait F	maps F, touches it, says so, and at each line of its input
 *			prints the first byte of each 64 KiB, or what signal came
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096ul
#define PAGES	1200ul		/* more than two page tables */

static sigjmp_buf back;
static volatile int caught;
static char *volatile caught_at;
static int fd_a, fd_b;

static void jump_back(int sig, siginfo_t *si, void *unused)
{
	(void)unused;
	caught = sig;
	caught_at = si->si_addr;
	siglongjmp(back, 1);
}

/* The first byte at p, or minus the signal */
static int look(const volatile char *p)
{
	if (sigsetjmp(back, 1))
		return -caught;
	return (unsigned char)*p;
}

static int store(volatile char *p, char c)
{
	if (sigsetjmp(back, 1))
		return -caught;
	*p = c;
	return 0;
}

static int want(unsigned long page, int which)
{
	return (int)(page * 7 + which) % 251 + 1;
}

static int make(const char *name, int which)
{
	char page[PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0755);

	for (unsigned long i = 0; i < PAGES; i++) {
		memset(page, want(i, which), PAGE);
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(2);
	}
	close(fd);
	return open(name, O_RDONLY);
}

static char *map(int fd, void *at)
{
	char *p = mmap(at, PAGES * PAGE, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | (at ? MAP_FIXED : 0), fd, 0);

	if (p == MAP_FAILED)
		exit(2);
	return p;
}

static int right(const char *p, unsigned long from, unsigned long to, int which)
{
	for (unsigned long i = from; i < to; i++)
		if (look(p + i * PAGE) != want(i, which))
			return 0;
	return 1;
}

/* The kernel reads, too: before the process does, after it, in its midst */
static const char *check_read(void)
{
	static char got[PAGE];
	int ends[2];
	char *p = map(fd_a, NULL);

	if (pipe(ends))
		return "no pipe";
	for (unsigned long i = 0; i < PAGES; i += 5) {
		if (i % 2 && look(p + i * PAGE) != want(i, 0))
			return "wrong data";
		if (write(ends[1], p + i * PAGE, PAGE) != (ssize_t)PAGE ||
		    read(ends[0], got, PAGE) != (ssize_t)PAGE ||
		    memcmp(got, p + i * PAGE, PAGE) != 0 ||
		    got[PAGE - 1] != (char)want(i, 0))
			return "wrong data for the kernel";
	}
	if (!right(p, 0, PAGES, 0))
		return "wrong data after the kernel's access";
	close(ends[0]);
	close(ends[1]);
	munmap(p, PAGES * PAGE);
	return NULL;
}

static const char *check_over(void)
{
	char *p = map(fd_a, NULL), *q;

	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	map(fd_b, p);
	if (!right(p, 0, PAGES, 1))
		return "another file, mapped over it, is not seen";
	munmap(p, PAGES * PAGE);
	q = mmap(p, PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (q != p)
		return "the place is not free";
	for (unsigned long i = 0; i < PAGES; i++)
		if (look(p + i * PAGE) != 0)
			return "memory that is not empty";
	munmap(p, PAGES * PAGE);
	return look(p) == -SIGSEGV ? NULL : "something is left";
}

static const char *check_holes(void)
{
	char *p = map(fd_a, NULL);

	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	munmap(p + 100 * PAGE, 300 * PAGE);
	munmap(p + 600 * PAGE, PAGE);
	for (unsigned long i = 0; i < PAGES; i++) {
		int gone = (i >= 100 && i < 400) || i == 600;

		if (look(p + i * PAGE) != (gone ? -SIGSEGV : want(i, 0)))
			return gone ? "still there" : "gone, too";
	}
	munmap(p, PAGES * PAGE);
	return NULL;
}

static const char *check_protect(void)
{
	char *p = map(fd_a, NULL);

	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	if (store(p, 1) != -SIGSEGV)
		return "a store that should fail";
	mprotect(p + 10 * PAGE, 20 * PAGE, PROT_NONE);
	if (look(p + 10 * PAGE) != -SIGSEGV || look(p + 29 * PAGE) != -SIGSEGV ||
	    look(p + 9 * PAGE) != want(9, 0) || look(p + 30 * PAGE) != want(30, 0))
		return "PROT_NONE";
	mprotect(p + 10 * PAGE, 20 * PAGE, PROT_READ);
	if (!right(p, 0, PAGES, 0))
		return "wrong data after PROT_NONE";
	mprotect(p + 500 * PAGE, 100 * PAGE, PROT_READ | PROT_WRITE);
	if (!right(p, 0, PAGES, 0))
		return "wrong data when it may be written to";
	for (unsigned long i = 500; i < 600; i += 3)
		if (store(p + i * PAGE, 0))
			return "no store";
	mprotect(p + 500 * PAGE, 100 * PAGE, PROT_READ);
	for (unsigned long i = 400; i < 700; i++) {
		int own = i >= 500 && i < 600 && (i - 500) % 3 == 0;

		if (look(p + i * PAGE) != (own ? 0 : want(i, 0)))
			return own ? "a store is lost" : "wrong data beside a store";
	}
	madvise(p, PAGES * PAGE, MADV_DONTNEED);
	if (!right(p, 0, PAGES, 0))
		return "wrong data after MADV_DONTNEED";
	munmap(p, PAGES * PAGE);
	return NULL;
}

static const char *check_move(void)
{
	char *p = map(fd_a, NULL), *q;

	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	q = mremap(p, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p + 4 * PAGES * PAGE);
	if (q == MAP_FAILED)
		return "no mremap";
	if (!right(q, 0, PAGES, 0))
		return "wrong data at the new place";
	if (look(p) != -SIGSEGV || look(p + (PAGES - 1) * PAGE) != -SIGSEGV)
		return "still at the old place";
	munmap(q, PAGES * PAGE);
	return NULL;
}

static const char *check_fork(void)
{
	char *p = map(fd_a, NULL);
	int status;
	pid_t pid;

	if (!right(p, 0, 600, 0))
		return "wrong data";
	pid = fork();
	if (pid == 0) {
		int good = right(p, 0, PAGES, 0);

		map(fd_b, p);
		_exit(good && right(p, 0, PAGES, 1) ? 0 : 1);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		return "wrong data in a child";
	if (!right(p, 0, PAGES, 0))
		return "wrong data after a child";
	munmap(p, PAGES * PAGE);
	return NULL;
}

static const char *check_size(void)
{
	int fd = open("c", O_RDWR);
	int ro = make("c", 0);
	char *p = map(ro, NULL);

	close(fd);
	fd = open("c", O_RDWR);
	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	if (pwrite(fd, "\xfe", 1, 700 * PAGE) != 1 ||
	    look(p + 700 * PAGE) != 0xfe)
		return "a write is not seen";
	if (ftruncate(fd, 300 * PAGE))
		return "no ftruncate";
	if (look(p + 299 * PAGE) != want(299, 0) ||
	    look(p + 300 * PAGE) != -SIGBUS || caught_at != p + 300 * PAGE ||
	    look(p + 1100 * PAGE) != -SIGBUS || caught_at != p + 1100 * PAGE)
		return "behind the end";
	if (ftruncate(fd, PAGES * PAGE) || look(p + 300 * PAGE) != 0 ||
	    look(p + 1100 * PAGE) != 0 || look(p + 299 * PAGE) != want(299, 0))
		return "longer again";
	unlink("c");
	close(ro);
	close(fd);
	if (look(p + 200 * PAGE) != want(200, 0))
		return "closed and without a name";
	munmap(p, PAGES * PAGE);
	return NULL;
}

static const char *check_shared(void)
{
	int ro = make("d", 0), fd = open("d", O_RDWR);
	char *p = map(ro, NULL), *q, *s;

	if (!right(p, 0, PAGES, 0))
		return "wrong data";
	s = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return "no shared mapping";
	s[5 * PAGE] = 0x7f;
	s[900 * PAGE] = 0x7e;
	if (look(p + 5 * PAGE) != 0x7f || look(p + 900 * PAGE) != 0x7e)
		return "a store to a shared mapping is not seen";
	q = map(ro, NULL);
	if (look(q + 5 * PAGE) != 0x7f || look(q + 900 * PAGE) != 0x7e)
		return "a store made before is not seen";
	msync(s, PAGES * PAGE, MS_SYNC);
	munmap(s, PAGES * PAGE);
	if (look(q + 5 * PAGE) != 0x7f || look(p + 6 * PAGE) != want(6, 0))
		return "wrong data after msync";
	munmap(p, PAGES * PAGE);
	munmap(q, PAGES * PAGE);
	close(ro);
	close(fd);
	return NULL;
}

/* One thread maps, the other looks: what it sees is never older than the call */
static char *place;
static _Atomic int mapped, stop, wrong;

static void *looker(void *unused)
{
	unsigned long n = 0;

	while (!stop) {
		int before = mapped, got, after;
		unsigned long page = n++ * 37 % PAGES;

		got = *(volatile unsigned char *)(place + page * PAGE);
		after = mapped;
		/* odd: a change is under way */
		if (before == after && before % 2 == 0 &&
		    got != want(page, before / 2 % 2))
			wrong++;
	}
	return unused;
}

static const char *check_threads(void)
{
	pthread_t thread;

	place = map(fd_a, NULL);
	if (pthread_create(&thread, NULL, looker, NULL))
		return "no thread";
	for (int i = 0; i < 400 && !wrong; i++) {
		mapped++;
		map(i % 2 ? fd_a : fd_b, place);
		mapped++;
		if (look(place + 17 * PAGE) != want(17, (i + 1) % 2))
			wrong++;
		usleep(300);
	}
	stop = 1;
	pthread_join(thread, NULL);
	munmap(place, PAGES * PAGE);
	return wrong ? "what was there before" : NULL;
}

static int wait_for(const char *file)
{
	int fd = open(file, O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);
	char line[16], *p;

	p = mmap(NULL, (size_t)size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return 2;
	puts("mapped");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		for (off_t at = 0; at < size; at += 65536) {
			int got = look(p + at);

			if (got > 0)
				putchar(got);
			else
				printf("%d", got);
		}
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const char *(*check)(void);
	} checks[] = {
		{ "read by the process and by the kernel", check_read },
		{ "something else mapped over it", check_over },
		{ "holes", check_holes },
		{ "mprotect", check_protect },
		{ "mremap", check_move },
		{ "fork", check_fork },
		{ "shorter, longer, written to, removed", check_size },
		{ "stores to a shared mapping", check_shared },
		{ "threads", check_threads },
	};
	struct sigaction action = { .sa_sigaction = jump_back, .sa_flags = SA_SIGINFO };
	int bad = 0;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	if (argc == 3 && strcmp(argv[1], "wait") == 0)
		return wait_for(argv[2]);
	if (argc != 2 || chdir(argv[1])) {
		fprintf(stderr, "usage: textmap DIR | textmap wait FILE\n");
		return 2;
	}
	fd_a = make("a", 0);
	fd_b = make("b", 1);
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		const char *why = checks[i].check();

		printf("%s: %s\n", checks[i].name, why ? why : "right");
		bad |= why != NULL;
	}
	return bad;
}
