// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostctl_user - host half of /dev/hostctl: packets with descriptors
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <os.h>

#include "hostfd_host.h"

/* The control descriptor must be what the launcher promised. */
int hostctl_host_check(int32_t fd)
{
	socklen_t size = sizeof(int);
	int type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return -errno;
	if (type != SOCK_SEQPACKET)
		return -EPROTOTYPE;
	return os_set_exec_close(fd);
}

static void take_fds(struct msghdr *msg, int32_t *fds, uint32_t *ret_nfds)
{
	struct cmsghdr *c;
	uint32_t n = 0;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	*ret_nfds = n;
}

/**
 * hostctl_host_receive - take one packet, without waiting
 * @fd:		the control socket
 * @buf:	room for its bytes
 * @size:	how much
 * @fds:	room for HOSTFD_PASS_MAX descriptors, all O_CLOEXEC
 * @ret_nfds:	how many came
 *
 * Return: bytes; 0 at end of file; -EAGAIN; -EMSGSIZE when bytes or descriptors
 * were more than there was room for: the packet is lost, nothing leaks.
 */
int64_t hostctl_host_receive(int32_t fd, void *buf, size_t size, int32_t *fds,
			     uint32_t *ret_nfds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * HOSTFD_PASS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	uint32_t nfds, i;
	int64_t n;

	do {
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0)
			n = -errno;
	} while (n == -EINTR);
	/* A launcher that died with our packets unread: the same end of file. */
	if (n == -ECONNRESET)
		n = 0;
	*ret_nfds = 0;
	if (n < 0)
		return n;
	take_fds(&msg, fds, &nfds);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		for (i = 0; i < nfds; i++)
			close(fds[i]);
		return -EMSGSIZE;
	}
	*ret_nfds = nfds;
	return n;
}

/* Send one packet. Return: 0; -EAGAIN; -EPIPE when the launcher is gone. */
int64_t hostctl_host_send(int32_t fd, const void *buf, size_t size)
{
	int64_t n;

	do {
		n = send(fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			n = -errno;
	} while (n == -EINTR);
	return n < 0 ? n : 0;
}
