/* SPDX-License-Identifier: GPL-2.0-only */
/* process_memory - checks of `process`: address spaces and those who share one */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define PAGE 4096ul
#define SELF "/proc/self/exe"

const char *check_vfork(void)
{
	volatile int shared = 0;

	for (int i = 0; i < 100; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			shared++;
			(void)getppid();
			if (i % 2) {
				char n[12];

				snprintf(n, sizeof(n), "%d", i);
				execl(SELF, "process", "exit", n, (char *)NULL);
			}
			_exit(i);
		}
		if (shared != i + 1)
			return "a vfork child did not write to its parent";
		if (ended(pid, i << 8))
			return "a vfork child ended wrongly";
	}
	return NULL;
}

const char *check_spawn(void)
{
	char *argv[] = { (char *)"process", (char *)"exit", (char *)"42", NULL };
	char *env[] = { NULL };
	pid_t pid;

	for (int i = 0; i < 30; i++)
		if (posix_spawn(&pid, SELF, NULL, NULL, argv, env) != 0 ||
		    ended(pid, 42 << 8))
			return "a spawned program ended wrongly";
	return posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, env) == 2 ?
	       NULL : "no error for a program that is not there";
}

static int holds(const unsigned long *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (p[i * PAGE / sizeof(*p)] != i + 1)
			return 0;
	return 1;
}

const char *check_mremap(void)
{
	size_t n = 16;
	unsigned long *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int turn = 0; turn < 40; turn++) {
		size_t more = turn % 2 ? n / 2 : n * 2;
		unsigned long *q;

		for (size_t i = 0; i < n; i++)
			p[i * PAGE / sizeof(*p)] = i + 1;
		q = mremap(p, n * PAGE, more * PAGE, MREMAP_MAYMOVE);
		if (q == MAP_FAILED || !holds(q, more < n ? more : n))
			return "moved memory is not what it was";
		if (more > n && q[n * PAGE / sizeof(*q)] != 0)
			return "new memory is not zero";
		p = q;
		n = more;
	}
	return NULL;
}

static sigjmp_buf back;

static void jump_back(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static int faults_at(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return 1;
	*p = 1;
	return 0;
}

const char *check_growsdown(void)
{
	char *area = mmap(NULL, 1024 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *top = area + 1023 * PAGE;

	signal(SIGSEGV, jump_back);
	munmap(area, 1024 * PAGE);
	top = mmap(top, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED |
		   MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	if (top == MAP_FAILED)
		return "no mapping that grows";
	for (int i = 0; i < 200; i++)
		if (faults_at(top - (unsigned long)i * PAGE))
			return "it did not grow";
	return faults_at(top + PAGE) || faults_at(area + 100 * PAGE) ? NULL :
	       "what is not mapped can be written";
}

/* Rights changed at random: each access faults exactly when it has to. */
const char *check_protect(void)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	unsigned int seed = 1, have[64] = { 0 };
	char *p = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	signal(SIGSEGV, jump_back);
	for (int i = 0; i < 6000; i++) {
		unsigned int page = (seed = seed * 1103515245 + 12345) >> 16 & 63;
		unsigned int want = (seed >> 24) % 3, n = 1 + (seed >> 20 & 3);

		for (unsigned int k = page; k < page + n && k < 64; k++) {
			if (mprotect(p + k * PAGE, PAGE, prots[want]) < 0)
				return "mprotect";
			have[k] = want;
		}
		page = (seed >> 8) & 63;
		if (faults_at(p + page * PAGE) != (have[page] != 2))
			return "a write faults where it must not, or does not";
	}
	return NULL;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static long total, whose;

static void *locker(void *arg)
{
	long me = (long)(intptr_t)arg;

	for (int i = 0; i < 3000; i++) {
		pthread_mutex_lock(&lock);
		total++;
		pthread_mutex_unlock(&lock);
	}
	for (int i = 0; i < 300; i++) {
		pthread_mutex_lock(&lock);
		while (whose != me)
			pthread_cond_wait(&turn, &lock);
		whose = (whose + 1) % 4;
		total++;
		pthread_cond_broadcast(&turn);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

const char *check_mutexes(void)
{
	pthread_t t[4];

	for (intptr_t i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, locker, (void *)i) != 0)
			return "no thread";
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	return total == 4 * 3300 ? NULL : "a turn was lost";
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *spin(void *arg)
{
	for (;;)
		getppid();
	return arg;
}

static void *exec_now(void *arg)
{
	execl(SELF, "process", "exit", "5", (char *)NULL);
	return arg;
}

/* A program of five threads; the last does @last */
static pid_t crowd(void *(*last)(void *))
{
	pid_t pid = fork();
	pthread_t t;

	if (pid != 0)
		return pid;
	for (int i = 0; i < 4; i++)
		pthread_create(&t, NULL, i < 2 ? wait_for_ever : spin, NULL);
	pthread_create(&t, NULL, last, NULL);
	wait_for_ever(NULL);
	return -1;
}

const char *check_thread_exec(void)
{
	for (int i = 0; i < 10; i++)
		if (ended(crowd(exec_now), 5 << 8))
			return "exec in a thread";
	return NULL;
}

const char *check_thread_kill(void)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = crowd(spin);

		usleep(2000 * (useconds_t)i);
		kill(pid, SIGKILL);
		if (ended(pid, SIGKILL))
			return "not killed";
	}
	return NULL;
}
