/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work - bench-work, which does and times what bench/run asks for, inside a peer
 *
 * Theory of operation
 *
 * The same static program runs natively, in a guest under `hum run`, as pid 1 of a
 * kernel that has nothing else, and under any other peer. It reads requests from
 * stdin, a line each, and answers each with a line on stdout that begins with "@@"
 * (a kernel may say other things there):
 *
 *	begin NAME ARG		prepare an operation		@@ ok
 *	time MS			repeat it for MS ms		@@ ok NS-EACH CPU COUNT
 *	count N			repeat it N times or a few more	@@ ok NS-EACH CPU COUNT
 *	end			remove what it has left		@@ ok
 *	sh COMMAND		one shell command		@@ ok NS CPU STATUS BYTES HASH
 *	cd DIR | drop | quit					@@ ok
 *
 * or "@@ error TEXT". CPU is the time of ended children in ns. The command's stdout goes to a memory file and comes back as
 * length and hash, so that the harness can compare what peers have said
 * without another program's time in the measurement. Its stderr is the file of that name. `drop` empties the kernel's
 * caches where there is a kernel of the peer's own (arguments "guest", the user, the group).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ops.h"

static int guest;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* CPU time of the children that have been waited for */
static int64_t children_ns(void)
{
	struct rusage use;

	getrusage(RUSAGE_CHILDREN, &use);
	return ((int64_t)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000 +
	       (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000;
}

static void answer_error(const char *what)
{
	printf("@@ error %s: %s\n", what, strerror(errno));
}

/* The operation that has been prepared, until `end` */
static const struct op *op;
static char *op_arg;

static void do_end(void)
{
	if (op && op->end)
		op->end(op_arg);
	free(op_arg);
	op = NULL;
	op_arg = NULL;
}

static int do_begin(char *line)
{
	char *name = strsep(&line, " ");

	do_end();
	op = op_find(name);
	op_arg = strdup(line ? line : "");
	errno = EINVAL;
	if (!op || !op_arg || (op->begin && op->begin(op_arg)))
		return -1;
	return op->run(1, op_arg) < 0 ? -1 : 0;		/* warm */
}

/* Repetitions for @ms ms, in batches that grow to a fifth of that. */
static long repeat_for(long ms, int64_t *ret_ns)
{
	int64_t start = now_ns(), t = start, end = start + (int64_t)ms * 1000000;
	long total = 0, batch = 1;

	while (t < end) {
		int64_t before = t;
		long done = op->run(batch, op_arg);

		if (done < 0)
			return -1;
		total += done;
		t = now_ns();
		if (t - before < (int64_t)ms * 100000)
			batch *= 2;
	}
	*ret_ns = t - start;
	return total;
}

/* @number: of ms if it is @timed, of repetitions if not */
static void do_op(const char *number, int timed)
{
	int64_t ns, cpu = children_ns();
	long done;

	errno = EINVAL;
	if (!op) {
		answer_error("nothing begun");
		return;
	}
	if (timed) {
		done = repeat_for(atol(number), &ns);
	} else {
		ns = now_ns();
		done = op->run(atol(number), op_arg);
		ns = now_ns() - ns;
	}
	if (done <= 0)
		answer_error(op->name);
	else
		printf("@@ ok %.1f %" PRId64 " %ld\n", (double)ns / (double)done,
		       children_ns() - cpu, done);
}

/*
 * Length of all that is in @fd, and the sum of its lines' FNV-1a hashes: the host
 * may list a directory in any order. Return: 0, -1 with errno
 */
static int digest(int fd, uint64_t *ret_size, uint64_t *ret_hash)
{
	const uint64_t basis = 0xcbf29ce484222325;
	uint64_t hash = basis, sum = 0, size = 0;
	static unsigned char buf[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			hash = (hash ^ buf[i]) * 0x100000001b3;
			if (buf[i] == '\n') {
				sum += hash;
				hash = basis;
			}
		}
		size += (uint64_t)n;
	}
	*ret_size = size;
	*ret_hash = sum + hash;
	return n < 0 ? -1 : 0;
}

static void do_sh(char *command)
{
	char *const argv[] = { "sh", "-c", command, NULL };
	posix_spawn_file_actions_t files;
	int out = memfd_create("out", MFD_CLOEXEC), status;
	int err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint64_t size, hash;
	int64_t ns, cpu = children_ns();
	pid_t pid;

	if (out < 0 || err < 0) {
		answer_error("sh: no place for output");
		return;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	ns = now_ns();
	errno = posix_spawn(&pid, "/bin/sh", &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (errno || waitpid(pid, &status, 0) != pid) {
		answer_error("sh");
		goto out;
	}
	ns = now_ns() - ns;
	cpu = children_ns() - cpu;
	if (digest(out, &size, &hash))
		answer_error("sh: output");
	else
		printf("@@ ok %" PRId64 " %" PRId64 " %d %" PRIu64 " %016" PRIx64 "\n", ns, cpu,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		       size, hash);
out:
	close(out);
	close(err);
}

/*
 * In a guest bench-work begins as root and works as the user that owns the loads; root
 * is what it was, so that it can drop caches. Programs that it runs have only the user.
 */
static int be_user(const char *uid, const char *gid)
{
	gid_t g = (gid_t)atoi(gid);
	uid_t u = (uid_t)atoi(uid);

	return setgroups(1, &g) || setresgid(g, g, g) || setresuid(u, u, 0) ? -1 : 0;
}

static int drop_caches(void)
{
	uid_t user = geteuid();
	int fd, err;

	if (!guest)
		return 0;
	sync();
	if (seteuid(0))
		return -1;
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	err = fd >= 0 && write(fd, "3\n", 2) == 2 ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return seteuid(user) ? -1 : err;
}

static void plain(const char *what, int err)
{
	if (err)
		answer_error(what);
	else
		printf("@@ ok\n");
}

/* pid 1 of a kernel alone: what a program expects around it. /dev is the host's. */
static void be_init(void)
{
	struct termios t;

	if (!tcgetattr(0, &t)) {
		cfmakeraw(&t);
		tcsetattr(0, TCSANOW, &t);
	}
	(void)mount("proc", "/proc", "proc", 0, NULL);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/", 1);
}

int main(int argc, char **argv)
{
	char *line = NULL, *rest;
	size_t room = 0;
	ssize_t n;

	guest = argc >= 4 && !strcmp(argv[1], "guest");
	if (getpid() == 1 && guest)
		be_init();
	if (guest && be_user(argv[2], argv[3]))
		answer_error("user");
	setenv("LC_ALL", "C", 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("@@ ok\n");
	while ((n = getline(&line, &room, stdin)) > 0) {
		line[n - 1] = 0;
		rest = line;
		strsep(&rest, " ");
		if (!rest)
			rest = line + n - 1;
		if (!strcmp(line, "time"))
			do_op(rest, 1);
		else if (!strcmp(line, "count"))
			do_op(rest, 0);
		else if (!strcmp(line, "sh"))
			do_sh(rest);
		else if (!strcmp(line, "cd"))
			plain(rest, chdir(rest));
		else if (!strcmp(line, "drop"))
			plain("drop", drop_caches());
		else if (!strcmp(line, "end"))
			plain("end", (do_end(), 0));
		else if (!strcmp(line, "begin"))
			plain(rest, do_begin(rest));
		else if (!strcmp(line, "quit"))
			break;
		else
			printf("@@ error no such request\n");
	}
	if (getpid() == 1 && guest && !seteuid(0))
		reboot(RB_POWER_OFF);
	return 0;
}
