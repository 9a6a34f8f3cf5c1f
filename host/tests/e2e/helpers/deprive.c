/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deprive - runs a command without something that hosts usually have
 *
 *	deprive [OPTIONS] COMMAND...
 *	--no-seccomp	seccomp(2) and its prctl(2) as a kernel without them has them
 *	--no-ptrace	ptrace(2) is not permitted
 *	--no-memfd	memfd_create(2) does not exist
 *	--no-fanotify	fanotify_init(2) is not permitted, as in most containers
 *	--no-inotify	the user has no inotify instances left
 *	--no-shm	there is no /dev/shm
 *	--shm=BYTES	/dev/shm is a file system of its own, of this size
 *	--as=BYTES	limit of the address space
 *	--fsize=BYTES	limit of a file's size
 *	--nofile=N	limit of descriptors; all but 0, 1 and 2 are closed
 *	--nproc=N	limit of processes (not for root)
 *
 * The /dev/shm options need a mount namespace: as root a plain one, otherwise
 * one inside a user namespace in which the caller keeps its own numbers.
 * Exit status: 77 when this host does not let us take the thing away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NO_SECCOMP = 1, NO_PTRACE = 2, NO_MEMFD = 4, NO_FANOTIFY = 8, NO_INOTIFY = 16 };

static void cannot(const char *what)
{
	fprintf(stderr, "deprive: %s: %s\n", what, strerror(errno));
	exit(77);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		cannot(path);
	close(fd);
}

static void own_mounts(void)
{
	unsigned int uid = getuid(), gid = getgid();
	char map[64];

	if (!geteuid()) {
		if (unshare(CLONE_NEWNS) < 0)
			cannot("unshare");
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			cannot("unshare");
		put("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "%u %u 1", uid, uid);
		put("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "%u %u 1", gid, gid);
		put("/proc/self/gid_map", map);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		cannot("private mounts");
}

static void small_shm(const char *size)
{
	char options[64];

	own_mounts();
	snprintf(options, sizeof(options), "size=%s,mode=1777", size);
	if (mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		cannot("/dev/shm");
}

/* A new /dev with the old one's nodes, each bound to a file of its name. */
static void no_shm(void)
{
	static const char *const nodes[] = {
		"null", "zero", "full", "random", "urandom", "tty", "ptmx", NULL,
	};
	int old[8], pts, i, fd;
	char from[64], to[64];

	own_mounts();
	for (i = 0; nodes[i]; i++) {
		snprintf(from, sizeof(from), "/dev/%s", nodes[i]);
		old[i] = open(from, O_PATH | O_CLOEXEC);
	}
	pts = open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755") < 0)
		cannot("/dev");
	for (i = 0; nodes[i]; i++) {
		snprintf(from, sizeof(from), "/proc/self/fd/%d", old[i]);
		snprintf(to, sizeof(to), "/dev/%s", nodes[i]);
		fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		close(fd);
		if (old[i] >= 0 && mount(from, to, NULL, MS_BIND, NULL) < 0)
			cannot(to);
	}
	snprintf(from, sizeof(from), "/proc/self/fd/%d", pts);
	if (mkdir("/dev/pts", 0755) < 0 ||
	    (pts >= 0 && mount(from, "/dev/pts", NULL, MS_BIND | MS_REC, NULL) < 0))
		cannot("/dev/pts");
	(void)symlink("/proc/self/fd", "/dev/fd");	/* as far as we need them */
	(void)symlink("/proc/self/fd/0", "/dev/stdin");
	(void)symlink("/proc/self/fd/1", "/dev/stdout");
	(void)symlink("/proc/self/fd/2", "/dev/stderr");
	if (mount(NULL, "/dev", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		cannot("read-only /dev");
}

#define REFUSE(nr, error) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

static void filter(unsigned int what)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(what & NO_PTRACE ? SYS_ptrace : 0xffff, EPERM),
		REFUSE(what & NO_MEMFD ? SYS_memfd_create : 0xffff, ENOSYS),
		REFUSE(what & NO_SECCOMP ? SYS_seccomp : 0xffff, ENOSYS),
		REFUSE(what & NO_FANOTIFY ? SYS_fanotify_init : 0xffff, EPERM),
		REFUSE(what & NO_INOTIFY ? SYS_inotify_init1 : 0xffff, EMFILE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 what & NO_SECCOMP ? SYS_prctl : 0xffff, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		REFUSE(PR_SET_SECCOMP, EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		cannot("seccomp");
}

static void limit(__rlimit_resource_t which, const char *text)
{
	struct rlimit r;

	r.rlim_cur = strtoull(text, NULL, 10);
	r.rlim_max = r.rlim_cur;
	if (setrlimit(which, &r) < 0)
		cannot("setrlimit");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "no-seccomp", 0, NULL, 's' }, { "no-ptrace", 0, NULL, 'p' },
		{ "no-memfd", 0, NULL, 'm' }, { "no-shm", 0, NULL, 'h' },
		{ "no-fanotify", 0, NULL, 'F' }, { "no-inotify", 0, NULL, 'I' },
		{ "shm", 1, NULL, 'S' }, { "as", 1, NULL, 'a' },
		{ "fsize", 1, NULL, 'f' }, { "nofile", 1, NULL, 'n' },
		{ "nproc", 1, NULL, 'P' }, { 0 },
	};
	unsigned int what = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (opt) {
		case 's': what |= NO_SECCOMP; break;
		case 'p': what |= NO_PTRACE; break;
		case 'm': what |= NO_MEMFD; break;
		case 'F': what |= NO_FANOTIFY; break;
		case 'I': what |= NO_INOTIFY; break;
		case 'h': no_shm(); break;
		case 'S': small_shm(optarg); break;
		case 'a': limit(RLIMIT_AS, optarg); break;
		case 'f': limit(RLIMIT_FSIZE, optarg); break;
		case 'n':
			/* those that are open count as well: have only 0, 1, 2 */
			(void)close_range(3, ~0U, 0);
			limit(RLIMIT_NOFILE, optarg);
			break;
		case 'P': limit(RLIMIT_NPROC, optarg); break;
		default: return 2;
		}
	}
	if (optind == argc)
		return 2;
	if (what)
		filter(what);
	execvp(argv[optind], argv + optind);
	fprintf(stderr, "deprive: %s: %s\n", argv[optind], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
