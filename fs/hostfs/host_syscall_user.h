/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_syscall_user.h - host system calls newer than the libc this is built with
 *
 * Called by number through syscall(2). A call that the running kernel lacks
 * answers -ENOSYS; host_init() probes each once (struct host_features).
 * Linux 6.13's setxattrat() family is not here: it refuses O_PATH descriptors.
 */
#ifndef HOSTFS_HOST_SYSCALL_USER_H
#define HOSTFS_HOST_SYSCALL_USER_H

#include <stdint.h>
#include <sys/syscall.h>

/* The numbers of calls since Linux 5.1 are the same on all architectures. */
#ifndef SYS_openat2
# define SYS_openat2		437
#endif
#ifndef SYS_fchmodat2
# define SYS_fchmodat2		452
#endif
#ifndef RESOLVE_NO_XDEV
# define RESOLVE_NO_XDEV	0x01
# define RESOLVE_NO_MAGICLINKS	0x02
# define RESOLVE_NO_SYMLINKS	0x04
# define RESOLVE_BENEATH	0x08
# define RESOLVE_IN_ROOT	0x10
#endif

/* struct open_how of openat2(2). */
struct host_open_how {
	uint64_t flags, mode, resolve;
};

#endif /* HOSTFS_HOST_SYSCALL_USER_H */
