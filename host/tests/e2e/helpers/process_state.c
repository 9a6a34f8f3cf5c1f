/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_state - checks of `process`: registers are a task's own
 *
 * Across system calls, signals, and switches to tasks that have other values in
 * them. The vector registers are checked at their full width.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define VECTORS 16

struct vectors {
	uint8_t reg[VECTORS][64];
} __attribute__((aligned(64)));

#define EACH(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) \
	x(12) x(13) x(14) x(15)

#define LOAD_X(n) "movdqu " #n "*64(%1), %%xmm" #n "\n"
#define SAVE_X(n) "movdqu %%xmm" #n ", " #n "*64(%2)\n"
#define LOAD_Y(n) "vmovdqu " #n "*64(%1), %%ymm" #n "\n"
#define SAVE_Y(n) "vmovdqu %%ymm" #n ", " #n "*64(%2)\n"
#define LOAD_Z(n) "vmovdqu64 " #n "*64(%1), %%zmm" #n "\n"
#define SAVE_Z(n) "vmovdqu64 %%zmm" #n ", " #n "*64(%2)\n"

/* Load, make one system call or turn 2000 times, save */
#define WORK						\
	"test %%eax, %%eax\n js 2f\n syscall\n jmp 3f\n"	\
	"2: mov $2000, %%ecx\n 1: dec %%ecx\n jnz 1b\n 3:\n"
#define PASS(load, save)				\
	asm volatile(EACH(load) WORK EACH(save)		\
		     : "+a"(nr) : "r"(in), "r"(out)	\
		     : "rcx", "r11", "memory", "cc")

static size_t width(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f"))
		return 64;
	return __builtin_cpu_supports("avx") ? 32 : 16;
}

/* Return: do the registers come out of call @nr (< 0: none) as they went in? */
static int pass(const struct vectors *in, struct vectors *out, long nr)
{
	const size_t w = width();

	memset(out, 0, sizeof(*out));
	if (w == 64)
		PASS(LOAD_Z, SAVE_Z);
	else if (w == 32)
		PASS(LOAD_Y, SAVE_Y);
	else
		PASS(LOAD_X, SAVE_X);
	for (int i = 0; i < VECTORS; i++)
		if (memcmp(in->reg[i], out->reg[i], w) != 0)
			return 0;
	return 1;
}

static void fill(struct vectors *v, unsigned int seed)
{
	uint8_t *p = v->reg[0];

	for (size_t i = 0; i < sizeof(*v); i++)
		p[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
}

static int passes(unsigned int seed, int times)
{
	struct vectors in, out;

	for (int i = 0; i < times; i++) {
		fill(&in, seed + (unsigned int)i);
		if (!pass(&in, &out, i % 3 == 0 ? SYS_getppid :
				     i % 3 == 1 ? SYS_sched_yield : -1))
			return 0;
	}
	return 1;
}

const char *check_call_vectors(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(!passes(1, 3000));
	if (!passes(7777, 3000))
		return "vector registers changed";
	return ended(pid, 0) ? "vector registers of a child changed" : NULL;
}

static atomic_int signals;

static void on_alarm(int sig)
{
	struct vectors other, out;

	(void)sig;
	fill(&other, 99);
	(void)pass(&other, &out, -1);
	signals++;
}

const char *check_signal_vectors(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int ok = 1;

	sigaction(SIGALRM, &sa, NULL);
	tick(300);
	for (int i = 0; ok && signals < 100; i++)
		ok = passes((unsigned int)i, 30);
	tick(0);
	return ok ? NULL : "vector registers changed by a signal";
}

static void *thread(void *arg)
{
	return passes((unsigned int)(uintptr_t)arg * 1000, 1500) ? NULL : arg;
}

const char *check_thread_vectors(void)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	pthread_t t[4];
	int bad = 0;

	sigaction(SIGALRM, &sa, NULL);
	tick(500);
	for (uintptr_t i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, thread, (void *)(i + 1)) != 0)
			return "no thread";
	for (int i = 0; i < 4; i++) {
		void *ret;

		pthread_join(t[i], &ret);
		bad |= ret != NULL;
	}
	tick(0);
	return bad ? "a thread's vector registers changed" : NULL;
}

/* One getppid with known values in all that a call may not change */
static int call_keeps(uint64_t seed)
{
	uint64_t in[12], out[12];

	for (int i = 0; i < 12; i++)
		in[i] = seed * 0x9e3779b97f4a7c15u + (uint64_t)i;
	/* below the red zone, in which a compiler may keep what it likes */
	asm volatile("sub $128, %%rsp\n push %%rbp\n push %%rbx\n push %1\n"
		     "mov %0, %%rax\n"
		     "mov (%%rax), %%rbx\n mov 8(%%rax), %%rbp\n"
		     "mov 16(%%rax), %%r12\n mov 24(%%rax), %%r13\n"
		     "mov 32(%%rax), %%r14\n mov 40(%%rax), %%r15\n"
		     "mov 48(%%rax), %%rdi\n mov 56(%%rax), %%rsi\n"
		     "mov 64(%%rax), %%rdx\n mov 72(%%rax), %%r8\n"
		     "mov 80(%%rax), %%r9\n mov 88(%%rax), %%r10\n"
		     "mov $110, %%eax\n syscall\n mov (%%rsp), %%rax\n"
		     "mov %%rbx, (%%rax)\n mov %%rbp, 8(%%rax)\n"
		     "mov %%r12, 16(%%rax)\n mov %%r13, 24(%%rax)\n"
		     "mov %%r14, 32(%%rax)\n mov %%r15, 40(%%rax)\n"
		     "mov %%rdi, 48(%%rax)\n mov %%rsi, 56(%%rax)\n"
		     "mov %%rdx, 64(%%rax)\n mov %%r8, 72(%%rax)\n"
		     "mov %%r9, 80(%%rax)\n mov %%r10, 88(%%rax)\n"
		     "add $8, %%rsp\n pop %%rbx\n pop %%rbp\n add $128, %%rsp\n"
		     : : "S"(in), "D"(out)
		     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
		       "r13", "r14", "r15", "memory", "cc");
	return memcmp(in, out, sizeof(in)) == 0;
}

static void *keeper(void *arg)
{
	for (uint64_t i = 0; i < 3000; i++)
		if (!call_keeps((uintptr_t)arg + i * 64))
			return arg;
	return NULL;
}

const char *check_call_registers(void)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	pthread_t t;
	void *ret;

	if (keeper((void *)1))
		return "registers changed";
	sigaction(SIGALRM, &sa, NULL);
	tick(400);
	if (pthread_create(&t, NULL, keeper, (void *)2) != 0)
		return "no thread";
	if (keeper((void *)3))
		return "registers changed beside a thread";
	pthread_join(t, &ret);
	tick(0);
	return ret ? "a thread's registers changed" : NULL;
}

/* The handler skips the trapping instruction and sets what it "returned". */
static void on_ill(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	g[REG_RIP] += 2;
	g[REG_RAX] = 4711;
	g[REG_R13] ^= 0xff;
}

const char *check_signal_edits_registers(void)
{
	struct sigaction sa = { .sa_sigaction = on_ill, .sa_flags = SA_SIGINFO };
	uint64_t rax, r13;

	sigaction(SIGILL, &sa, NULL);
	for (int i = 0; i < 500; i++) {
		getppid();
		asm volatile("mov $0x1200, %%r13\n xor %%eax, %%eax\n ud2\n"
			     "mov %%r13, %1\n"
			     : "=a"(rax), "=r"(r13) : : "r13");
		if (rax != 4711 || r13 != 0x12ff)
			return "what a handler wrote is not in the registers";
	}
	return NULL;
}
