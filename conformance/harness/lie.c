// SPDX-License-Identifier: GPL-2.0-only
/*
 * lie - a system call that lies to the cases, for tests of the tests (--lie)
 *
 * A check that cannot fail shows nothing. --lie CALL[=ERROR] makes a broken file
 * system of any: while a case runs, CALL in all its forms does nothing and answers
 * with success, or with the number ERROR of errno. What was probed before is true,
 * and so is what the harness does itself. With --serve it is the helper that is lied
 * to. conformance/lies goes through all calls.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "run.h"

#define FORMS	4

static const struct lie {
	const char *call;
	int forms[FORMS];		/* system calls; 0: no more */
} lies[] = {
#ifdef SYS_open				/* newer machines lack the old forms */
	{ "access", { SYS_access, SYS_faccessat, SYS_faccessat2 } },
	{ "chdir", { SYS_chdir, SYS_fchdir } },
	{ "chmod", { SYS_chmod, SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */ } },
	{ "chown", { SYS_chown, SYS_lchown, SYS_fchown, SYS_fchownat } },
	{ "copy_file_range", { SYS_copy_file_range } },
	{ "creat", { SYS_creat } },
	{ "fcntl", { SYS_fcntl } },
	{ "getdents", { SYS_getdents64, SYS_getdents } },
	{ "execve", { SYS_execve, SYS_execveat } },
	{ "fallocate", { SYS_fallocate } },
	{ "fanotify_mark", { SYS_fanotify_mark } },
	{ "flock", { SYS_flock } },
	{ "fsync", { SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_sync_file_range } },
	{ "getxattr", { SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr } },
	{ "handle", { SYS_name_to_handle_at } },
	{ "inotify_add_watch", { SYS_inotify_add_watch } },
	{ "ioctl", { SYS_ioctl } },
	{ "link", { SYS_link, SYS_linkat } },
	{ "listxattr", { SYS_listxattr, SYS_llistxattr, SYS_flistxattr } },
	{ "lseek", { SYS_lseek } },
	{ "mknod", { SYS_mknod, SYS_mknodat } },
	{ "mkdir", { SYS_mkdir, SYS_mkdirat } },
	{ "mmap", { SYS_mmap } },
	{ "mount", { SYS_mount } },
	{ "mount_setattr", { SYS_mount_setattr } },
	{ "msync", { SYS_msync } },
	{ "open_by_handle_at", { SYS_open_by_handle_at } },
	{ "open", { SYS_open, SYS_openat, SYS_creat, SYS_openat2 } },
	{ "openat2", { SYS_openat2 } },
	{ "pread", { SYS_pread64, SYS_preadv, SYS_preadv2 } },
	{ "pwrite", { SYS_pwrite64, SYS_pwritev, SYS_pwritev2 } },
	{ "read", { SYS_read } },
	{ "readlink", { SYS_readlink, SYS_readlinkat } },
	{ "readv", { SYS_readv } },
	{ "removexattr", { SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr } },
	{ "rename", { SYS_rename, SYS_renameat, SYS_renameat2 } },
	{ "setxattr", { SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr } },
	{ "statfs", { SYS_statfs, SYS_fstatfs } },
	{ "stat", { SYS_newfstatat, SYS_fstat, SYS_stat, SYS_lstat } },
	{ "statx", { SYS_statx } },
	{ "symlink", { SYS_symlink, SYS_symlinkat } },
	{ "truncate", { SYS_truncate, SYS_ftruncate } },
	{ "unlink", { SYS_unlink, SYS_unlinkat, SYS_rmdir } },
	{ "utimes", { SYS_utimensat, SYS_utime, SYS_utimes, SYS_futimesat } },
	{ "write", { SYS_write } },
	{ "writev", { SYS_writev } },
#endif
};

static const struct lie *told;
static unsigned int told_error;

bool fc_lie_set(const char *word)
{
	size_t n = strcspn(word, "=");
	char *end = "";

	told_error = word[n] ? strtoul(word + n + 1, &end, 10) : 0;
	if (*end || told_error > 4095)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		if (strlen(lies[i].call) == n && !strncmp(lies[i].call, word, n))
			told = &lies[i];
	}
	return told;
}

#define CODE(...)	((struct sock_filter)__VA_ARGS__)

void fc_lie(bool own_input)
{
	struct sock_filter code[2 * FORMS + 2];
	struct sock_fprog prog = { .filter = code };
	int n = 0, fd;

	if (!told)
		return;
	/* Where open() lies, all goes to descriptor 0: not to what others use. */
	if (own_input && (fd = memfd_create("lie", MFD_CLOEXEC)) > 0) {
		MUST(dup2(fd, 0));
		close(fd);
	}
	code[n++] = CODE(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				  offsetof(struct seccomp_data, nr)));
	/* A row of fewer forms ends with 0, which is read() on some machines. */
	for (int i = 0; i < FORMS && (!i || told->forms[i]); i++) {
		code[n++] = CODE(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
					  told->forms[i], 0, 1));
		code[n++] = CODE(BPF_STMT(BPF_RET | BPF_K,
					  SECCOMP_RET_ERRNO | told_error));
	}
	code[n++] = CODE(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	prog.len = n;
	/* Root's filter needs no no_new_privs, which set-id programs would mind. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
		return;
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}
