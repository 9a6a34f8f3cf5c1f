/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_sharing - checks of `process`: what one thread does to memory, the
 * others see at once
 *
 * In each, a thread goes on using a page while the first one takes it away,
 * forbids it or has it copied. On one CPU they take turns, and most of this
 * cannot go wrong.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

enum { SECONDS = 1, FORKS = 200 };

/* The page that it is about */
static volatile atomic_long *page;
static size_t size;

/* What the threads know of each other: shared, so never copied or forbidden */
static struct {
	/* what was in the page before this was written */
	atomic_long published;
	/* how often the other thread has used the page */
	atomic_long uses;
	atomic_bool done, stale;
} *all;

static void refused(int sig)
{
	/* The access is made again: the page comes back in a moment. */
	(void)sig;
}

static void *writer(void *unused)
{
	while (!all->done) {
		(*page)++;
		all->uses++;
	}
	return unused;
}

/* What is read may be newer than what was published before, never older. */
static void *reader(void *unused)
{
	while (!all->done) {
		long least = all->published;

		if (*page < least)
			all->stale = true;
		all->uses++;
	}
	return unused;
}

static volatile atomic_long *map_page(void)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static const char *prepare(void)
{
	struct sigaction sa = { .sa_handler = refused };

	sigaction(SIGSEGV, &sa, NULL);
	size = sysconf(_SC_PAGESIZE);
	all = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	page = map_page();
	return all == MAP_FAILED || !page ? "no memory" : NULL;
}

/* Return when the other thread has begun to use the page. */
static const char *begin(pthread_t *thread, void *(*other)(void *))
{
	const char *wrong = all ? NULL : prepare();

	if (wrong)
		return wrong;
	if (pthread_create(thread, NULL, other, NULL) != 0)
		return "a thread cannot be made";
	while (!all->uses)
		sched_yield();
	return NULL;
}

static const char *end(pthread_t thread, const char *wrong)
{
	all->done = true;
	pthread_join(thread, NULL);
	return wrong ? wrong : all->stale ? "a thread has read what was gone" : NULL;
}

static bool time_left(void)
{
	static time_t start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start)
		start = now.tv_sec;
	return now.tv_sec <= start + SECONDS;
}

/* Long enough for the other thread to write, if it can; or to be let run. */
static void moment(void)
{
	for (volatile int i = 0; i < 2000; i++)
		;
}

/* What is not to be written to does not change. */
const char *check_protect_race(void)
{
	const char *wrong;
	pthread_t thread;

	wrong = begin(&thread, writer);
	if (wrong)
		return wrong;
	while (!wrong && time_left()) {
		long was;

		if (mprotect((void *)page, size, PROT_READ) < 0)
			wrong = "no mprotect()";
		was = *page;
		moment();
		if (*page != was)
			wrong = "a page that is only read has changed";
		if (mprotect((void *)page, size, PROT_READ | PROT_WRITE) < 0)
			wrong = "no mprotect() back";
		moment();
	}
	return end(thread, wrong);
}

/* Another page in the place of one is what is read there from then on. */
const char *check_remap_race(void)
{
	const char *wrong;
	pthread_t thread;

	wrong = begin(&thread, reader);
	if (wrong)
		return wrong;
	for (long n = 1; !wrong && time_left(); n++) {
		volatile atomic_long *next = map_page();

		if (!next)
			return end(thread, "no page");
		*next = n;
		if (mremap((void *)next, size, size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, page) == MAP_FAILED)
			wrong = "no mremap()";
		all->published = n;
		moment();
	}
	return end(thread, wrong);
}

/* A child's memory does not change by what its parent's threads write. */
const char *check_fork_race(void)
{
	const char *wrong;
	pthread_t thread;

	wrong = begin(&thread, writer);
	if (wrong)
		return wrong;
	for (int i = 0; !wrong && i < FORKS && time_left(); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			long was = *page;

			moment();
			_exit(*page != was);
		}
		if (pid < 0 || ended(pid, 0) < 0)
			wrong = "a child's memory has changed";
	}
	return end(thread, wrong);
}

/* A page that is copied because it is written to is the other threads', too. */
const char *check_copy_race(void)
{
	const char *wrong;
	pthread_t thread;

	wrong = begin(&thread, reader);
	if (wrong)
		return wrong;
	for (long n = 1; !wrong && n < FORKS && time_left(); n++) {
		int hold[2];
		char byte;
		pid_t pid;

		if (pipe(hold) < 0)
			return end(thread, "no pipe");
		pid = fork();
		if (pid == 0) {
			close(hold[1]);
			_exit(read(hold[0], &byte, 1) != 0 || *page != n - 1);
		}
		close(hold[0]);
		*page = n;
		all->published = n;
		moment();
		close(hold[1]);
		if (pid < 0 || ended(pid, 0) < 0)
			wrong = "the child has seen its parent's page";
	}
	return end(thread, wrong);
}

/* So is a page of a file, in a private mapping that was only read. */
const char *check_file_race(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const char *wrong = prepare();
	pthread_t thread;

	for (int i = 0; !wrong && i < FORKS && time_left(); i++) {
		long before;

		page = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (page == MAP_FAILED)
			return "no mapping";
		all->published = before = *page;
		all->uses = 0;
		all->done = false;
		wrong = begin(&thread, reader);
		if (wrong)
			return wrong;
		if (mprotect((void *)page, size, PROT_READ | PROT_WRITE) < 0)
			wrong = "no mprotect()";
		else
			*page = before + 1;
		all->published = before + 1;
		moment();
		wrong = end(thread, wrong);
		munmap((void *)page, size);
	}
	close(fd);
	return wrong;
}

/*
 * membarrier() in place of one thread's barrier. The window is some nanoseconds
 * and is not hit by trying: this is about ways to hang.
 */
const char *check_barriers(void)
{
	const char *wrong;
	pthread_t thread;
	int n = 0;

	if (syscall(SYS_membarrier,
		    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) < 0)
		return NULL;
	wrong = begin(&thread, writer);
	if (wrong)
		return wrong;
	while (!wrong && n++ < 5000 && time_left())
		if (syscall(SYS_membarrier,
			    MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) < 0 ||
		    (n % 100 == 0 &&
		     syscall(SYS_membarrier,
			     MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) < 0))
			wrong = "no membarrier()";
	return end(thread, wrong);
}
