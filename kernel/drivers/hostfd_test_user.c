// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_test_user - host half of the KUnit tests: a pipe, as a shell makes it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

int hostfd_test_pipe(int32_t *ret_fds);

int hostfd_test_pipe(int32_t *ret_fds)
{
	return pipe2(ret_fds, O_CLOEXEC) < 0 ? -errno : 0;
}
