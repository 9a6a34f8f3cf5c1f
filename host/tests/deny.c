// SPDX-License-Identifier: GPL-2.0-only
/*
 * deny - run a command that the host refuses system calls, as containers do
 *
 * deny CALL[,CALL]... COMMAND...: seccomp (new filters) and ptrace fail with
 * EPERM, memfd with ENOSYS, for the command and its children.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int number, error;
} calls[] = {
	{ "seccomp", SYS_seccomp, EPERM },
	{ "ptrace", SYS_ptrace, EPERM },
	{ "memfd", SYS_memfd_create, ENOSYS },
};

static int deny(unsigned int number, unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	char *name;
	size_t i;

	if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 2;
	/* By prctl(2), so that seccomp(2) itself may be among the refused. */
	for (name = strtok(argv[1], ","); name; name = strtok(NULL, ",")) {
		for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			if (!strcmp(name, calls[i].name))
				break;
		if (i == sizeof(calls) / sizeof(calls[0]) ||
		    deny(calls[i].number, calls[i].error) < 0) {
			perror(name);
			return 2;
		}
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
