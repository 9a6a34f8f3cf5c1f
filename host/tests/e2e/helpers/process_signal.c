/* SPDX-License-Identifier: GPL-2.0-only */
/* process_signal - checks of `process`: signals that interrupt everything */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#define NUMBERS 20000
#define PAGE 4096

static atomic_int signals;

static void count(int sig)
{
	(void)sig;
	signals++;
}

static void catch(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

static void touch_fresh_page(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(3);
	p[0] = 1;
	munmap(p, PAGE);
}

static void write_numbers(int fd)
{
	for (int i = 0; i < NUMBERS; i++) {
		if (write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(2);
		if (i % 8 == 0)
			touch_fresh_page();
	}
	_exit(0);
}

/*
 * Numbers through a pipe, timers on both sides, a third process that kills,
 * page faults in between: each number once, in order, and no EINTR.
 */
const char *check_storm(void)
{
	int p[2], n, wrong = 0;
	pid_t writer, killer, me = getpid();

	if (pipe(p) < 0)
		return "no pipe";
	catch(SIGALRM, count, SA_RESTART);
	catch(SIGUSR1, count, SA_RESTART);
	writer = fork();
	if (writer == 0) {
		tick(150);
		write_numbers(p[1]);
	}
	killer = fork();
	if (killer == 0)
		while (kill(writer, SIGUSR1) == 0 && kill(me, SIGUSR1) == 0)
			usleep(50);
	close(p[1]);
	tick(170);
	for (int i = 0; i < NUMBERS && !wrong; i++) {
		if (read(p[0], &n, sizeof(n)) != sizeof(n))
			wrong = 1;
		else if (n != i)
			wrong = 2;
	}
	tick(0);
	kill(killer, SIGKILL);
	if (ended(killer, SIGKILL))
		return "the killer did not die of SIGKILL";
	if (ended(writer, 0))
		return "the writer failed";
	return wrong == 1 ? "a read failed" :
	       wrong == 2 ? "a call was lost or made twice" : NULL;
}

static pid_t kill_soon(int sig)
{
	pid_t pid = fork();

	if (pid == 0) {
		usleep(20000);
		kill(getppid(), sig);
		_exit(0);
	}
	return pid;
}

/* A read that waits: restarted, or ended by EINTR, as its handler wants it */
const char *check_restart(void)
{
	struct timespec long_time = { .tv_sec = 100 }, left;
	int p[2];
	char c;
	pid_t pid;

	if (pipe(p) < 0)
		return "no pipe";
	catch(SIGUSR1, count, 0);
	pid = kill_soon(SIGUSR1);
	if (read(p[0], &c, 1) != -1 || errno != EINTR || ended(pid, 0))
		return "a read was not interrupted";

	pid = kill_soon(SIGUSR1);
	if (nanosleep(&long_time, &left) != -1 || errno != EINTR ||
	    left.tv_sec != 99 || ended(pid, 0))
		return "nanosleep did not say what was left";

	catch(SIGUSR1, count, SA_RESTART);
	pid = kill_soon(SIGUSR1);
	if (fork() == 0) {
		usleep(60000);
		_exit(write(p[1], "x", 1) != 1);
	}
	if (read(p[0], &c, 1) != 1 || c != 'x' || ended(pid, 0))
		return "a read was not restarted";
	wait(NULL);
	return signals == 3 ? NULL : "not three signals";
}

static char *region;
static atomic_int faults;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	char *page = (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1));
	char here;

	(void)sig;
	(void)context;
	if (info->si_code != SEGV_ACCERR || page < region ||
	    page >= region + 256 * PAGE)
		_exit(4);
	if (&here >= region && &here < region + 256 * PAGE)
		_exit(5);
	faults++;
	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) < 0)
		_exit(6);
}

static int use_altstack(void)
{
	stack_t ss = { .ss_size = 64 * 1024 };

	ss.ss_sp = malloc(ss.ss_size);
	return ss.ss_sp ? sigaltstack(&ss, NULL) : -1;
}

const char *check_altstack(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_segv,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	if (use_altstack() < 0)
		return "no alternate stack";
	region = mmap(NULL, 256 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	sigaction(SIGSEGV, &sa, NULL);
	catch(SIGALRM, count, SA_RESTART | SA_ONSTACK);
	tick(200);
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < 256; i++)
			region[i * PAGE + round] = (char)i;
		if (mprotect(region, 256 * PAGE, PROT_NONE) < 0)
			return "mprotect";
	}
	tick(0);
	return faults == 8 * 256 ? NULL : "not one fault for each page";
}

static sigjmp_buf back;

static void jump_back(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static int __attribute__((noinline)) deep(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	return n <= 0 ? 0 : deep(n + 1) + room[0];
}

const char *check_overflow(void)
{
	if (use_altstack() < 0)
		return "no alternate stack";
	catch(SIGSEGV, jump_back, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(back, 1) == 0 && deep(1))
			return "an endless recursion ended";
	return NULL;
}

/* How children end, as their parent is told */
const char *check_status(void)
{
	static const int sigs[] = { SIGSEGV, SIGABRT, SIGKILL, SIGTERM, SIGFPE };
	int status;

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(sigs[i], SIG_DFL);
			raise(sigs[i]);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != sigs[i])
			return "a wrong signal";
	}
	for (int i = 0; i < 256; i += 51) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		if (ended(pid, i << 8))
			return "a wrong status";
	}
	return NULL;
}

/* Stopped and continued while it counts: it goes on where it was. */
const char *check_stop(void)
{
	int p[2], status, n = -1, last = -1;
	pid_t pid;

	if (pipe(p) < 0)
		return "no pipe";
	pid = fork();
	if (pid == 0)
		write_numbers(p[1]);
	close(p[1]);
	for (int i = 0; i < 40; i++) {
		if (read(p[0], &n, sizeof(n)) != sizeof(n) || n != ++last)
			return "a number is missing";
		kill(pid, SIGSTOP);
		if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
			return "not stopped";
		kill(pid, SIGCONT);
		if (waitpid(pid, &status, WCONTINUED) != pid ||
		    !WIFCONTINUED(status))
			return "not continued";
	}
	while (read(p[0], &n, sizeof(n)) == sizeof(n))
		if (n != ++last)
			return "a number is missing or there twice";
	return ended(pid, 0) ? "the writer failed" : NULL;
}
