// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_ctl - messages between launcher and agent: built, sent, read, refused
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_sock.h"
#include "tap.h"

static unsigned char buf[CTL_PACKET_MAX];

/* A CTL_ERROR with one text, its packet in buf. Return: the packet's size. */
static size_t error_message(const char *text)
{
	struct ctl_builder b;
	size_t packet = 0, file = 0;

	ctl_build(&b, buf, sizeof(buf), CTL_ERROR, 7);
	ctl_put_u32(&b, CTL_T_ERRNO, ENOENT);
	ctl_put_string(&b, CTL_T_TEXT, text);
	CHECK_INT(ctl_finish(&b, 0, &packet, &file), 0);
	CHECK_INT(file, 0);
	return packet;
}

static void message_reads_back_as_built(void)
{
	size_t size = error_message("no such thing");
	struct ctl_header h;
	struct ctl_reader r;
	struct ctl_value v;
	char text[64];

	CHECK_INT(ctl_parse(buf, size, 0, &h), 0);
	CHECK_INT(h.type, CTL_ERROR);
	CHECK_INT(h.id, 7);
	ctl_open(&r, h.type, buf + sizeof(h), h.length);
	CHECK_INT(ctl_next(&r, &v), 1);
	CHECK_INT(v.tag, CTL_T_ERRNO);
	CHECK_INT(ctl_u32(&v), ENOENT);
	CHECK_INT(ctl_next(&r, &v), 1);
	CHECK_INT(ctl_string(&v, text, sizeof(text)), 0);
	CHECK_STR(text, "no such thing");
	CHECK_INT(ctl_string(&v, text, 5), -ENAMETOOLONG);
	CHECK_INT(ctl_next(&r, &v), 0);
}

static void every_cut_of_a_message_is_refused(void)
{
	size_t size = error_message("cut"), n;
	struct ctl_header h;

	for (n = 0; n < size; n++)
		CHECK_INT(ctl_parse(buf, n, 0, &h), -EBADMSG);
	CHECK_INT(ctl_parse(buf, size + 1, 0, &h), -EBADMSG);
	CHECK_INT(ctl_parse(buf, size, 1, &h), -EBADMSG);
}

static void other_version_is_told_apart(void)
{
	size_t size = error_message("x");
	struct ctl_header h;

	buf[4]++;
	CHECK_INT(ctl_parse(buf, size, 0, &h), -EPROTONOSUPPORT);
	buf[0]++;
	CHECK_INT(ctl_parse(buf, size, 0, &h), -EBADMSG);
}

static void field_that_the_type_lacks_is_refused(void)
{
	struct ctl_builder b;
	size_t packet, file;

	ctl_build(&b, buf, sizeof(buf), CTL_HELLO, 0);
	ctl_put_u32(&b, CTL_T_SIGNO, 9);
	CHECK_INT(ctl_finish(&b, 0, &packet, &file), -EINVAL);
}

static void socket_carries_a_long_message_in_a_file(void)
{
	struct ctl_builder b;
	struct ctl_header h;
	size_t size = 4 * CTL_INLINE_MAX, length = 2 * CTL_INLINE_MAX;
	unsigned char *big = malloc(size);
	char *arg = malloc(length + 1);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int sock[2], fd;
	ssize_t n;

	memset(arg, 'x', length);
	arg[length] = 0;
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock), 0);
	ctl_build(&b, big, size, CTL_EXEC, 1);
	ctl_put_string(&b, CTL_T_ARG, arg);
	CHECK_INT(ctl_sock_send(sock[0], &b, NULL, 0), 0);
	n = recvmsg(sock[1], &m, 0);
	CHECK_INT(n, sizeof(h));
	CHECK_INT(ctl_parse(buf, (size_t)n, 1, &h), 0);
	CHECK(h.flags & CTL_F_FILE);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	CHECK_INT(read(fd, big, size), h.length);
	CHECK(!memcmp(big + sizeof(struct ctl_field), arg, length));
	close(fd);
	close(sock[0]);
	close(sock[1]);
	free(big);
	free(arg);
}

static void socket_refuses_descriptors_from_the_guest(void)
{
	struct ctl_builder b;
	struct ctl_header h;
	int sock[2], before, after, fd = 0;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock), 0);
	before = dup(0);
	close(before);
	ctl_build(&b, buf, sizeof(buf), CTL_DONE, 0);
	CHECK_INT(ctl_sock_send(sock[0], &b, &fd, 1), 0);
	CHECK_INT(ctl_sock_receive(sock[1], buf, sizeof(buf), &h), -EBADMSG);
	after = dup(0);
	CHECK_INT(after, before);
	close(after);
	close(sock[0]);
	CHECK_INT(ctl_sock_receive(sock[1], buf, sizeof(buf), &h), 0);
	close(sock[1]);
}

static const struct tap_case cases[] = {
	TAP_CASE(message_reads_back_as_built),
	TAP_CASE(every_cut_of_a_message_is_refused),
	TAP_CASE(other_version_is_told_apart),
	TAP_CASE(field_that_the_type_lacks_is_refused),
	TAP_CASE(socket_carries_a_long_message_in_a_file),
	TAP_CASE(socket_refuses_descriptors_from_the_guest),
};

TAP_MAIN(cases)
