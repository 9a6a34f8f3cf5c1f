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
 *	time NAME MS ARG	repeat an operation for MS ms	@@ ok NS-EACH COUNT
 *	count NAME N ARG	repeat it N times or a few more	@@ ok NS-EACH COUNT
 *	sh COMMAND		one shell command		@@ ok NS STATUS BYTES HASH
 *	cd DIR | sync | drop | quit				@@ ok
 *
 * or "@@ error TEXT". The command's stdout goes to a memory file and comes back as
 * length and hash, so that the harness can compare what peers have said
 * without another program's time in the measurement. `drop` empties the kernel's
 * caches where there is a kernel of the peer's own (argument "guest").
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
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

static void answer_error(const char *what)
{
	printf("@@ error %s: %s\n", what, strerror(errno));
}

/* Repetitions for @ms ms, in batches that grow to a fifth of that. */
static long repeat_for(const struct op *op, long ms, const char *arg, int64_t *ret_ns)
{
	int64_t start = now_ns(), t = start, end = start + (int64_t)ms * 1000000;
	long total = 0, batch = 1;

	while (t < end) {
		int64_t before = t;
		long done = op->run(batch, arg);

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

/*
 * What is left to be removed by the last operation. It waits for the next request:
 * whoever counts what an operation does may look until the answer comes.
 */
static const struct op *last;
static char *last_arg;

static void end_last(void)
{
	if (last && last->end)
		last->end(last_arg);
	free(last_arg);
	last = NULL;
	last_arg = NULL;
}

static void do_op(char *line, int timed)
{
	char *name = strsep(&line, " "), *number = strsep(&line, " ");
	const struct op *op = name ? op_find(name) : NULL;
	int64_t ns = 0;
	long done;

	errno = EINVAL;
	if (!op || !number || !line || (op->begin && op->begin(line))) {
		answer_error(name ? name : "op");
		return;
	}
	last = op;
	last_arg = strdup(line);
	if (timed) {
		(void)op->run(1, line);	/* warm */
		done = repeat_for(op, atol(number), line, &ns);
	} else {
		ns = now_ns();
		done = op->run(atol(number), line);
		ns = now_ns() - ns;
	}
	if (done <= 0)
		answer_error(name);
	else
		printf("@@ ok %.1f %ld\n", (double)ns / (double)done, done);
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

static void do_sh(const char *command)
{
	int out = memfd_create("out", MFD_CLOEXEC), status;
	uint64_t size, hash;
	int64_t ns;
	pid_t pid;

	if (out < 0) {
		answer_error("memfd_create");
		return;
	}
	ns = now_ns();
	pid = vfork();
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, 0);
		dup2(out, 1);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		answer_error("sh");
		goto out;
	}
	ns = now_ns() - ns;
	if (digest(out, &size, &hash))
		answer_error("sh: output");
	else
		printf("@@ ok %" PRId64 " %d %" PRIu64 " %016" PRIx64 "\n", ns,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		       size, hash);
out:
	close(out);
}

static int drop_caches(void)
{
	int fd, err;

	if (!guest)
		return 0;
	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = write(fd, "3\n", 2) == 2 ? 0 : -1;
	close(fd);
	return err;
}

static void plain(const char *what, int err)
{
	if (err)
		answer_error(what);
	else
		printf("@@ ok\n");
}

/* pid 1 of a kernel alone: what a program expects around it */
static void be_init(void)
{
	struct termios t;

	if (!tcgetattr(0, &t)) {
		cfmakeraw(&t);
		tcsetattr(0, TCSANOW, &t);
	}
	(void)mount("proc", "/proc", "proc", 0, NULL);
	(void)mount("dev", "/dev", "devtmpfs", 0, NULL);
	(void)mkdir("/dev/shm", 01777);
	(void)mount("shm", "/dev/shm", "tmpfs", 0, NULL);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/root", 1);
}

int main(int argc, char **argv)
{
	char *line = NULL, *rest;
	size_t room = 0;
	ssize_t n;

	guest = argc > 1 && !strcmp(argv[1], "guest");
	if (getpid() == 1 && guest)
		be_init();
	setenv("LC_ALL", "C", 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("@@ ok\n");
	while ((n = getline(&line, &room, stdin)) > 0) {
		line[n - 1] = 0;
		end_last();
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
		else if (!strcmp(line, "sync"))
			plain("sync", (sync(), 0));
		else if (!strcmp(line, "quit"))
			break;
		else
			printf("@@ error no such request\n");
	}
	if (getpid() == 1 && guest)
		reboot(RB_POWER_OFF);
	return 0;
}
