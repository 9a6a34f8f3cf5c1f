/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_access - checks of `process`: the kernel's own accesses to the memory
 * of a process, and the time that is told to be the process's
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#define PAGE 4096ul

#ifndef MADV_FREE
#define MADV_FREE 8
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static char *pages(size_t n, int flags)
{
	return mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
		    flags | MAP_ANONYMOUS, -1, 0);
}

const char *check_call_forbidden(void)
{
	char *p = pages(2, MAP_PRIVATE);
	int fd[2];

	if (pipe(fd) < 0 || p == MAP_FAILED)
		return "no pipe or memory";
	memset(p, 'x', 2 * PAGE);
	if (write(fd[1], p, 1) != 1)
		return "cannot write from memory";

	mprotect(p, PAGE, PROT_NONE);
	if (write(fd[1], p, 1) != -1 || errno != EFAULT)
		return "a call read what the process may not";
	mprotect(p, PAGE, PROT_READ);
	if (read(fd[0], p, 1) != -1 || errno != EFAULT)
		return "a call wrote where the process may not";
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	if (write(fd[1], p, 1) != 1 || read(fd[0], p + 1, 1) != 1)
		return "memory that is allowed again is not";
	return p[1] == 'x' ? NULL : "not what was written";
}

/* What a call wrote to memory that had been given up is there to stay. */
const char *check_call_dirties(void)
{
	enum { N = 64 };
	char *p = pages(N, MAP_PRIVATE);
	char fresh[PAGE];
	int fd[2];

	if (pipe(fd) < 0 || p == MAP_FAILED)
		return "no pipe or memory";
	memset(fresh, 'n', sizeof(fresh));
	memset(p, 'o', N * PAGE);
	if (madvise(p, N * PAGE, MADV_FREE) < 0)
		return NULL;	/* not on this kernel */

	for (size_t i = 0; i < N; i++)
		if (write(fd[1], fresh, PAGE) != (ssize_t)PAGE ||
		    read(fd[0], p + i * PAGE, PAGE) != (ssize_t)PAGE)
			return "the pipe does not work";
	/* An old kernel or the wrong file system: there is nothing to check */
	(void)madvise(p, N * PAGE, MADV_PAGEOUT);
	for (size_t i = 0; i < N * PAGE; i++)
		if (p[i] != 'n')
			return "what a call wrote has got lost";
	return NULL;
}

static int on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* FUTEX_WAKE_OP adds while another process does: none of it gets lost. */
const char *check_futex_adds(void)
{
	enum { BY_CALL = 200000 };
	int op = FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0);
	/* the word, the one that nobody waits at, what the child added, the end */
	unsigned int *w = (void *)pages(1, MAP_SHARED);
	pid_t pid;

	if (w == MAP_FAILED)
		return "no memory";
	pid = fork();
	if (pid == 0) {
		(void)on_cpu(1);
		while (!__atomic_load_n(&w[3], __ATOMIC_ACQUIRE)) {
			__atomic_fetch_add(&w[0], 1, __ATOMIC_SEQ_CST);
			w[2]++;
		}
		_exit(0);
	}
	(void)on_cpu(0);
	for (int i = 0; i < BY_CALL; i++)
		if (syscall(SYS_futex, &w[1], FUTEX_WAKE_OP, 0, NULL, &w[0],
			    op) != 0)
			break;
	__atomic_store_n(&w[3], 1, __ATOMIC_RELEASE);
	if (ended(pid, 0))
		return "the other process ended wrongly";
	return w[0] == w[2] + BY_CALL ? NULL : "an addition got lost";
}

static char *target;
static int over;

static void *gives_up(void *unused)
{
	(void)unused;
	(void)on_cpu(1);
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		madvise(target, PAGE, MADV_DONTNEED);
		/* Whoever gets the page that was freed: it is zero, and stays so. */
		for (int i = 0; i < 4; i++) {
			volatile char *q = pages(1, MAP_PRIVATE);

			q[0] = 0;
			for (size_t k = 0; k < PAGE; k += 64)
				if (q[k])
					return (void *)1;
			munmap((void *)q, PAGE);
		}
	}
	return NULL;
}

/* A call that writes to memory that another thread gives up writes nowhere else. */
const char *check_call_given_up(void)
{
	struct timespec now, end;
	void *wrong = NULL;
	pthread_t thread;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	target = pages(1, MAP_PRIVATE);
	if (fd < 0 || target == MAP_FAILED ||
	    pthread_create(&thread, NULL, gives_up, NULL) != 0)
		return "no file, memory or thread";
	(void)on_cpu(0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 2;
	do {
		for (int i = 0; i < 200; i++)
			if (pread(fd, target, PAGE, 0) < 0 && errno != EFAULT)
				return "the file cannot be read";
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	pthread_join(thread, &wrong);
	return wrong ? "a call wrote to a page that was another's" : NULL;
}

static volatile sig_atomic_t alarms;

static void count(int sig)
{
	(void)sig;
	alarms++;
}

/* Computing is the process's own time, by which its timers run. */
const char *check_user_time(void)
{
	struct itimerval it = {
		.it_interval.tv_usec = 50000,
		.it_value.tv_usec = 50000,
	};
	struct timespec spent;
	struct rusage u;
	long user, system;

	signal(SIGVTALRM, count);
	setitimer(ITIMER_VIRTUAL, &it, NULL);
	do {
		for (volatile int i = 0; i < 1000000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	} while (spent.tv_sec < 1);
	getrusage(RUSAGE_SELF, &u);
	user = u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000;
	system = u.ru_stime.tv_sec * 1000 + u.ru_stime.tv_usec / 1000;
	if (user < 4 * system)
		return "the time of a loop is the kernel's";
	return alarms >= 10 ? NULL : "a timer for the process's own time stood still";
}
