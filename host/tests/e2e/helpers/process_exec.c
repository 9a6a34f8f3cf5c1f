/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_exec - checks of `process`: what may be executed, and nothing else is
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define PAGE 4096ul
#define RET 0xc3		/* the whole of a function */

static sigjmp_buf back;
static siginfo_t how;

static void jump_back(int sig, siginfo_t *info, void *context)
{
	(void)context;
	how = *info;
	siglongjmp(back, sig);
}

static void catch_faults(void)
{
	struct sigaction action = {
		.sa_sigaction = jump_back, .sa_flags = SA_SIGINFO,
	};

	sigaction(SIGSEGV, &action, NULL);
}

/* Return: 0 if the function at @code has run, 1 for the right fault, else -1. */
static int faults_running(void *code)
{
	if (sigsetjmp(back, 1) == 0) {
		((void (*)(void))(uintptr_t)code)();
		return 0;
	}
	return how.si_code == SEGV_ACCERR && how.si_addr == code ? 1 : -1;
}

static unsigned char *memory(int prot, int flags)
{
	unsigned char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p[0] = RET;
	return mprotect(p, PAGE, prot) ? NULL : p;
}

/* The program's own file, where it has a RET, as data */
static unsigned char *file_memory(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	unsigned char *p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	return p == MAP_FAILED ? NULL : memchr(p, RET, 4 * PAGE);
}

static const char *try_data(void)
{
	unsigned char *private = memory(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned char *shared = memory(PROT_READ | PROT_WRITE, MAP_SHARED);
	unsigned char *read_only = memory(PROT_READ, MAP_PRIVATE);
	unsigned char *code = memory(PROT_READ | PROT_EXEC, MAP_PRIVATE);
	unsigned char *heap = sbrk(PAGE), *file = file_memory();
	static unsigned char data[] = { RET };
	unsigned char stack[] = { RET };

	if (!private || !shared || !read_only || !code || heap == (void *)-1)
		return "no memory";
	*heap = RET;
	if (faults_running(code))
		return "what may be executed is not";
	if (faults_running(private) != 1)
		return "private memory is executed";
	if (faults_running(shared) != 1)
		return "shared memory is executed";
	if (faults_running(read_only) != 1)
		return "read-only memory is executed";
	if (faults_running(heap) != 1)
		return "the heap is executed";
	if (faults_running(data) != 1)
		return "data are executed";
	if (faults_running(stack) != 1)
		return "the stack is executed";
	return file && faults_running(file) != 1 ? "a file's data are executed" :
						   NULL;
}

const char *check_no_exec(void)
{
	const char *wrong;
	int pid;

	catch_faults();
	wrong = try_data();
	if (wrong)
		return wrong;
	pid = fork();
	if (pid == 0)
		_exit(try_data() ? 1 : 0);
	return ended(pid, 0) ? "not so in a child" : NULL;
}

/* Rights changed at random: each page runs exactly when it may. */
const char *check_exec_rights(void)
{
	static const int prots[] = {
		PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};
	enum { N = 32 };
	unsigned char *p = mmap(NULL, N * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int seed = 1, have[N] = { 0 };

	if (p == MAP_FAILED)
		return "no memory";
	catch_faults();
	memset(p, RET, N * PAGE);
	mprotect(p, N * PAGE, prots[0]);
	for (int i = 0; i < 3000; i++) {
		unsigned int from = (unsigned int)rand_r(&seed) % N;
		unsigned int to = from + (unsigned int)rand_r(&seed) % (N - from);
		unsigned int prot = (unsigned int)rand_r(&seed) % 4;
		unsigned int at = (unsigned int)rand_r(&seed) % N;

		if (mprotect(p + from * PAGE, (to - from + 1) * PAGE, prots[prot]))
			return "no rights can be given";
		for (unsigned int n = from; n <= to; n++)
			have[n] = prot;
		if (faults_running(p + at * PAGE) != (have[at] < 2))
			return "not as the rights say";
	}
	return NULL;
}
