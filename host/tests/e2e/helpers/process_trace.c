/* SPDX-License-Identifier: GPL-2.0-only */
/* process_trace - checks of `process`: ptrace as a debugger uses it */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define MARK 0x1122334455667788ul

/* getppid() and what comes of it, with a mark in a register and in a vector */
static long marked_call(long nr, long a, long b, long c)
{
	long ret = nr;

	asm volatile("mov %4, %%rbx\n movq %%rbx, %%xmm7\n syscall\n"
		     : "+a"(ret)
		     : "D"(a), "S"(b), "d"(c), "r"(MARK)
		     : "rbx", "rcx", "r11", "xmm7", "memory");
	return ret;
}

static int next_stop(pid_t pid, int request, int sig)
{
	int status;

	if (ptrace(request, pid, 0, 0) < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSTOPPED(status) && WSTOPSIG(status) == sig ? 0 : -1;
}

static pid_t traced(void (*run)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		run();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	ptrace(PTRACE_SETOPTIONS, pid, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	return pid;
}

static void call_fifty_times(void)
{
	for (int i = 0; i < 50; i++)
		if (marked_call(SYS_getppid, i, 2, 3) != 1000 + i)
			_exit(9);
}

/* Each call stops twice; registers are whole, and what is written to them counts */
const char *check_trace_calls(void)
{
	struct user_regs_struct r;
	struct user_fpregs_struct fp;
	pid_t pid = traced(call_fifty_times);
	unsigned long low;

	for (int i = 0; i < 50; i++) {
		do {
			if (next_stop(pid, PTRACE_SYSCALL, SIGTRAP | 0x80) ||
			    ptrace(PTRACE_GETREGS, pid, 0, &r) < 0)
				return "no stop at a call";
		} while (r.orig_rax != SYS_getppid);
		ptrace(PTRACE_GETFPREGS, pid, 0, &fp);
		memcpy(&low, &fp.xmm_space[7 * 4], sizeof(low));
		if (r.rdi != (unsigned long)i || r.rsi != 2 || r.rdx != 3)
			return "wrong arguments";
		if (r.rbx != MARK || low != MARK)
			return "wrong registers at a call";
		if (next_stop(pid, PTRACE_SYSCALL, SIGTRAP | 0x80) ||
		    ptrace(PTRACE_GETREGS, pid, 0, &r) < 0)
			return "no stop after a call";
		if (r.rbx != MARK || r.rax != (unsigned long)getpid())
			return "wrong registers after a call";
		r.rax = 1000 + (unsigned long)i;
		if (ptrace(PTRACE_SETREGS, pid, 0, &r) < 0)
			return "registers not set";
	}
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return ended(pid, 0) ? "what was written was not returned" : NULL;
}

static int blocked_pipe[2];

/* Return: does @pid sleep, at last? */
static int sleeps(pid_t pid)
{
	char name[32], text[64];

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	for (int i = 0; i < 5000; i++) {
		FILE *f = fopen(name, "re");
		char *end = f && fgets(text, sizeof(text), f) ?
			    strchr(text, ')') : NULL;

		if (f)
			fclose(f);
		if (end && end[2] == 'S')
			return 1;
		usleep(1000);
	}
	return 0;
}

/* Attached to while it waits in a call, looked at, and let go: nothing is lost. */
const char *check_trace_blocked(void)
{
	struct user_regs_struct r;
	int status;
	pid_t pid;
	char c;

	if (pipe(blocked_pipe) < 0)
		return "no pipe";
	pid = fork();
	if (pid == 0)
		for (int i = 0; i < 20; i++)
			if (marked_call(SYS_read, blocked_pipe[0], (long)&c, 1) != 1 ||
			    c != 'a' + i)
				_exit(1 + (i == 19));
	if (pid == 0)
		_exit(0);
	for (int i = 0; i < 20; i++) {
		if (!sleeps(pid))
			return "it does not wait";
		if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 ||
		    ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			return "not stopped";
		if (ptrace(PTRACE_GETREGS, pid, 0, &r) < 0 || r.rbx != MARK ||
		    r.rsi != (unsigned long)&c || r.rdx != 1)
			return "wrong registers in a call that waits";
		ptrace(PTRACE_DETACH, pid, 0, 0);
		c = (char)('a' + i);
		if (write(blocked_pipe[1], &c, 1) != 1)
			return "no write";
	}
	return ended(pid, 0) ? "a read that was traced went wrong" : NULL;
}

static void count_up(void)
{
	register long n asm("r12") = 0;

	/* 5000 turns of two instructions, a call after every 1000 */
	for (int i = 0; i < 5; i++) {
		asm volatile("mov $1000, %%ecx\n 1: inc %0\n dec %%ecx\n jnz 1b\n"
			     : "+r"(n) : : "rcx", "cc");
		getppid();
	}
	_exit(n == 5000 ? 7 : 8);
}

const char *check_trace_steps(void)
{
	struct user_regs_struct r, was;
	pid_t pid = traced(count_up);

	if (pid < 0 || ptrace(PTRACE_GETREGS, pid, 0, &was) < 0)
		return "not traced";
	for (int i = 0; i < 400; i++) {
		if (next_stop(pid, PTRACE_SINGLESTEP, SIGTRAP) ||
		    ptrace(PTRACE_GETREGS, pid, 0, &r) < 0)
			return "no step";
		if (r.rip == was.rip)
			return "a step that does not move";
		was = r;
	}
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return ended(pid, 7 << 8) ? "it counted wrong under steps" : NULL;
}
