// SPDX-License-Identifier: GPL-2.0-only
/*
 * clocks - what libc's clocks say, which ask the vDSO, against the kernel's
 *
 *   clocks agree	each clock, between two system calls that ask it, too
 *   clocks forward	threads on all CPUs never see the time go back
 *   clocks quiet	none of it makes a system call
 *   clocks cpu		getcpu() on each CPU
 *   clocks set		a clock set an hour ahead (root)
 *   clocks namespace	a time namespace of its own (root)
 *   clocks host	the host's vDSO makes a system call (guests only)
 *
 * Says "right", or what is wrong first. Runs natively as well.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef CLOCK_TAI
#define CLOCK_TAI 11
#endif

#define SECOND INT64_C(1000000000)

static const struct {
	clockid_t id;
	const char *name;
} clocks[] = {
	{ CLOCK_REALTIME, "realtime" },
	{ CLOCK_MONOTONIC, "monotonic" },
	{ CLOCK_MONOTONIC_RAW, "raw" },
	{ CLOCK_BOOTTIME, "boottime" },
	{ CLOCK_TAI, "tai" },
	{ CLOCK_REALTIME_COARSE, "realtime, coarse" },
	{ CLOCK_MONOTONIC_COARSE, "monotonic, coarse" },
};

#define N_CLOCKS (sizeof(clocks) / sizeof(clocks[0]))

static int64_t by_libc(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		err(1, "clock_gettime(%d)", id);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static int64_t by_kernel(clockid_t id)
{
	struct timespec ts;

	if (syscall(SYS_clock_gettime, id, &ts) < 0)
		err(1, "the system call clock_gettime(%d)", id);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* gettimeofday() and time() between two readings of the real time. */
static void agree_old(void)
{
	int64_t before = by_kernel(CLOCK_REALTIME), now, after;
	int64_t coarse = by_kernel(CLOCK_REALTIME_COARSE);
	struct timeval tv;
	time_t t;

	if (gettimeofday(&tv, NULL) < 0)
		err(1, "gettimeofday");
	now = tv.tv_sec * SECOND + tv.tv_usec * 1000;
	after = by_kernel(CLOCK_REALTIME);
	if (now < before - 1000 || now > after)
		errx(1, "gettimeofday() says %jd between %jd and %jd",
		     (intmax_t)now, (intmax_t)before, (intmax_t)after);
	t = time(NULL);
	after = by_kernel(CLOCK_REALTIME);
	if (t < coarse / SECOND || t > after / SECOND)
		errx(1, "time() says %jd between %jd and %jd", (intmax_t)t,
		     (intmax_t)coarse, (intmax_t)after);
}

static void agree(void)
{
	for (size_t i = 0; i < N_CLOCKS; i++) {
		clockid_t id = clocks[i].id;

		for (int round = 0; round < 20000; round++) {
			int64_t before = by_kernel(id), now = by_libc(id),
				after = by_kernel(id);

			if (now < before || now > after)
				errx(1, "%s: %jd between %jd and %jd",
				     clocks[i].name, (intmax_t)now,
				     (intmax_t)before, (intmax_t)after);
		}
	}
	for (int round = 0; round < 1000; round++)
		agree_old();
	for (size_t i = 0; i < N_CLOCKS; i++) {
		struct timespec libc, kernel;

		if (clock_getres(clocks[i].id, &libc) < 0 ||
		    syscall(SYS_clock_getres, clocks[i].id, &kernel) < 0)
			err(1, "clock_getres: %s", clocks[i].name);
		if (libc.tv_sec != kernel.tv_sec || libc.tv_nsec != kernel.tv_nsec)
			errx(1, "%s: resolution %ld, not %ld", clocks[i].name,
			     libc.tv_nsec, kernel.tv_nsec);
	}
	if (clock_gettime(1000, &(struct timespec){ 0 }) == 0 || errno != EINVAL)
		errx(1, "there is a clock 1000");
}

static _Atomic int64_t latest;
static _Atomic int backwards;

static void *look(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300000; i++) {
		int64_t seen = atomic_load(&latest);
		int64_t now = by_libc(CLOCK_MONOTONIC);

		if (now < seen)
			backwards++;
		while (seen < now &&
		       !atomic_compare_exchange_weak(&latest, &seen, now))
			;
		if (i % 1000 == 0)
			sched_yield();
	}
	return NULL;
}

static void forward(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, look, NULL))
			errx(1, "cannot make a thread");
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	if (backwards)
		errx(1, "the time went back %d times", backwards);
}

/* The calls that nobody has to make are killed from here on. */
static void forbid(void)
{
#define FORBID(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		FORBID(SYS_clock_gettime),
		FORBID(SYS_clock_getres),
		FORBID(SYS_gettimeofday),
#ifdef SYS_time
		FORBID(SYS_time),
#endif
		FORBID(SYS_getcpu),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		err(1, "cannot forbid system calls");
}

static void quiet(void)
{
	struct timespec ts;
	struct timeval tv;

	forbid();
	for (int round = 0; round < 1000; round++) {
		for (size_t i = 0; i < N_CLOCKS; i++) {
			by_libc(clocks[i].id);
			if (clock_getres(clocks[i].id, &ts) < 0)
				errx(1, "clock_getres: %s", clocks[i].name);
		}
		gettimeofday(&tv, NULL);
		time(NULL);
		if (sched_getcpu() < 0)
			errx(1, "sched_getcpu");
	}
}

static void cpu(void)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		err(1, "sched_getaffinity");
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			err(1, "sched_setaffinity to %d", i);
		for (int round = 0; round < 1000; round++)
			if (sched_getcpu() != i)
				errx(1, "on CPU %d, not %d", sched_getcpu(), i);
	}
}

static void set(void)
{
	int64_t ahead = by_kernel(CLOCK_REALTIME) + 3600 * SECOND, now;
	int64_t steady = by_libc(CLOCK_MONOTONIC);
	struct timespec ts = { ahead / SECOND, ahead % SECOND };

	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		err(1, "clock_settime");
	now = by_libc(CLOCK_REALTIME);
	if (now < ahead || now > ahead + 60 * SECOND)
		errx(1, "set to %jd, it is %jd", (intmax_t)ahead, (intmax_t)now);
	now = by_libc(CLOCK_MONOTONIC);
	if (now < steady || now > steady + 60 * SECOND)
		errx(1, "the monotonic clock went from %jd to %jd",
		     (intmax_t)steady, (intmax_t)now);
	agree();
}

static void namespace(void)
{
	static const char ahead[] = "monotonic 100000 0\nboottime 200000 0\n";
	int64_t before = by_libc(CLOCK_MONOTONIC);
	int fd, status;
	pid_t child;

	if (unshare(CLONE_NEWTIME) < 0)
		err(1, "unshare");
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	if (fd < 0 || write(fd, ahead, strlen(ahead)) < 0)
		err(1, "/proc/self/timens_offsets");
	child = fork();
	if (child == 0) {
		if (by_libc(CLOCK_MONOTONIC) < before + 100000 * SECOND)
			errx(1, "the offset is not there");
		agree();
		cpu();
		exit(0);
	}
	if (waitpid(child, &status, 0) < 0 || status)
		errx(1, "status %d in the namespace", status);
}

/*
 * What the host's vDSO does when it cannot read its clock: a call at its address.
 * Behind the instruction come leave and ret, so give them a frame.
 */
long call_at(long nr, long id, void *ts, const char *instruction);
__asm__(".pushsection .text\n"
	"call_at:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	jmp *%rcx\n"
	".popsection\n");

static void host(void)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	int (*host_clock_gettime)(clockid_t id, struct timespec *ts);
	struct timespec before, now, after;
	const char *at;

	/* struct arch_vdso_time_data, at the begin of the vDSO's four data pages */
	memcpy(&host_clock_gettime, image - 4 * 4096, sizeof(host_clock_gettime));
	if (!host_clock_gettime)
		errx(1, "the host's vDSO is not there");
	at = (const char *)((uintptr_t)host_clock_gettime & ~(uintptr_t)4095);
	while (memcmp(at, "\x0f\x05\xc9", 3)) {	/* syscall; leave */
		if (++at > (const char *)host_clock_gettime + 1024) {
			puts("no such instruction");
			exit(77);
		}
	}
	host_clock_gettime(CLOCK_MONOTONIC, &before);
	if (call_at(SYS_clock_gettime, CLOCK_MONOTONIC, &now, at))
		errx(1, "the host's call fails");
	host_clock_gettime(CLOCK_MONOTONIC, &after);
	if (now.tv_sec < before.tv_sec || now.tv_sec > after.tv_sec)
		errx(1, "%jd s, between the host's %jd and %jd", (intmax_t)now.tv_sec,
		     (intmax_t)before.tv_sec, (intmax_t)after.tv_sec);
	if (call_at(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)16, at) != -EFAULT)
		errx(1, "the time is written anywhere");
	if (call_at(SYS_getppid, 0, NULL, at) != getppid())
		errx(1, "getppid() from there");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} commands[] = {
		{ "agree", agree }, { "forward", forward }, { "quiet", quiet },
		{ "cpu", cpu }, { "set", set }, { "namespace", namespace },
		{ "host", host },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		commands[i].run();
		puts("right");
		return 0;
	}
	errx(2, "usage: clocks agree|forward|quiet|cpu|set|namespace|host");
}
