#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# symbols - what the host half defines and what it takes from libc
# Usage: symbols.sh LIBRARY [PREFIXES]
#
# In the guest kernel both share one name space: a global of ours without its
# prefix may be the kernel's, and a libc function that the kernel defines too is
# silently the kernel's. So every name from libc is in the list below, and was
# looked up in a kernel's System.map (not there, or the same function: the
# string functions) before it was added. What the kernel has: syscall(2) by
# number.
set -eu
library=${1:?usage: symbols.sh LIBRARY [PREFIXES]}
allowed='
__errno_location __libc_current_sigrtmin calloc chmod close fallocate64 fchmod
fchownat fcntl64 fdatasync fgetxattr flistxattr flock free fremovexattr
fsetxattr fstatfs64 fsync ftruncate64 getegid getenv geteuid getgroups getrlimit64
getxattr ioctl linkat lseek64 malloc memchr memcmp memcpy memmove memset mkdirat
mmap munmap posix_fadvise posix_fadvise64 mmap64
mknodat open64 openat64 pipe2 preadv64v2 pthread_atfork pthread_attr_destroy
pthread_attr_init pthread_attr_setdetachstate pthread_attr_setstacksize
pthread_cond_init pthread_cond_signal pthread_cond_wait pthread_create
pthread_kill pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock
pthread_mutex_trylock
pthread_mutex_unlock pthread_self pthread_sigmask pwritev64v2 read readlinkat
removexattr setrlimit64 setxattr sigaction sigaddset sigemptyset sigfillset
statx strchr strcmp strlen strncmp strnlen strrchr strspn symlinkat syncfs syscall truncate64
umask unlinkat utimensat write
fallocate fcntl fstatfs ftruncate getrlimit lseek open openat preadv2 pwritev2
setrlimit truncate'

# Coverage and sanitizers bring names of their own, which the kernel never sees.
ours=${2:-host_}
tools='__asan_|__ubsan_|__gcov_|__sanitizer_|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'

status=0
result() {	# NUMBER NAME OFFENDERS
	if [ -z "$3" ]; then
		echo "ok $1 - $2"
	else
		echo "# $3"
		echo "not ok $1 - $2"
		status=1
	fi
}

echo 1..2
bad=$(nm -g --defined-only "$library" |
	awk 'NF == 3 { print $3 }' | grep -Ev "^($ours|$tools)" | tr '\n' ' ' || :)
result 1 every_global_has_its_prefix "$bad"
bad=$(nm -u "$library" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u |
	grep -Ev "^($ours|host_|$tools)" |
	while read -r name; do
		case " $(echo "$allowed" | tr '\n' ' ') " in
		*" $name "*) ;;
		*) printf '%s ' "$name" ;;
		esac
	done)
result 2 libc_names_are_known_not_to_be_the_kernels "$bad"
exit $status
