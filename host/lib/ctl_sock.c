// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctl_sock - messages of ctl.h through the launcher's end of the control socket
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cleanup.h"
#include "ctl_sock.h"
#include "fileio.h"

union fd_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(CTL_FDS_MAX * sizeof(int))];
};

/* The fields as a memory file. Return: its descriptor or a negative errno. */
static int fields_file(const void *fields, size_t size)
{
	_cleanup_close_ int fd = memfd_create("hum-ctl", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = fileio_write(fd, fields, size);
	if (r < 0)
		return r;
	/* The offset travels with the descriptor. */
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int send_packet(int sock, void *packet, size_t size, const int *fds,
		       unsigned int nfds)
{
	struct iovec iov = { .iov_base = packet, .iov_len = size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union fd_control control = { 0 };
	struct cmsghdr *c = &control.align;

	if (nfds) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	}
	while (sendmsg(sock, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int ctl_sock_send(int sock, struct ctl_builder *b, const int *fds,
		  unsigned int nfds)
{
	_cleanup_close_ int file = -1;
	int all[CTL_FDS_MAX];
	size_t packet, extra;
	int r;

	r = ctl_finish(b, nfds, &packet, &extra);
	if (r < 0)
		return r;
	if (nfds)
		memcpy(all, fds, nfds * sizeof(int));
	if (extra) {
		file = fields_file(b->buf + sizeof(struct ctl_header), extra);
		if (file < 0)
			return file;
		all[nfds++] = file;
	}
	return send_packet(sock, b->buf, packet, all, nfds);
}

/* Close what a packet brought. Return: how many descriptors that were. */
static unsigned int drop_fds(struct msghdr *m)
{
	struct cmsghdr *c;
	unsigned int count = 0;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n, i;
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++, count++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			(void)close(fd);	/* never used */
		}
	}
	return count;
}

int ctl_sock_receive(int sock, void *buf, size_t size,
		     struct ctl_header *ret_header)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	union fd_control control;
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;
	int r;

	do {
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (drop_fds(&m) || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return -EBADMSG;
	if (n == 0)
		return 0;
	r = ctl_parse(buf, (size_t)n, 0, ret_header);
	return r < 0 ? r : 1;
}
