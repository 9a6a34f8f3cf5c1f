// SPDX-License-Identifier: GPL-2.0-only
/*
 * control - packets from and to the launcher through /dev/hostctl
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"
#include "hostctl.h"

#define TEXT_MAX	1024

static int control = -1;
static unsigned char packet[CTL_PACKET_MAX];

/* Return: a descriptor to poll; -ENOENT when hum.control= was not given. */
int control_open(void)
{
	control = open("/dev/hostctl", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return control < 0 ? -errno : control;
}

static int load_fields(struct message *m)
{
	size_t length = m->header.length, done = 0;
	int fd = m->fds[m->nfds - 1];
	ssize_t n;

	m->nfds--;
	if (fd < 0)
		return fd;
	m->file = xalloc(length);
	m->fields = m->file;
	while (done < length) {
		n = pread(fd, (char *)m->file + done, length - done,
			  (off_t)done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	xclose(&fd);
	return done == length ? 0 : -EBADMSG;
}

/**
 * control_receive - take the next message
 * @ret_message:	the message; control_done_with() ends it. Its fields are
 *			valid until the next call
 *
 * Return: 1; 0 when none is there; -EPIPE when the launcher is gone; -EBADMSG
 * and the like for a packet that is none: the launcher is not ours.
 */
int control_receive(struct message *ret_message)
{
	struct hostctl_message h = {
		.data = (uintptr_t)packet,
		.size = sizeof(packet),
	};
	struct message m = { .fields = packet + sizeof(struct ctl_header) };
	int err;

	if (ioctl(control, HOSTCTL_RECEIVE, &h) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!h.size && !h.nfds)
		return -EPIPE;
	m.nfds = h.nfds;
	memcpy(m.fds, h.fds, sizeof(m.fds));
	err = ctl_parse(packet, h.size, h.nfds, &m.header);
	if (!err && (m.header.flags & CTL_F_FILE))
		err = load_fields(&m);
	if (err) {
		control_done_with(&m);
		return err;
	}
	*ret_message = m;
	return 1;
}

void control_done_with(struct message *m)
{
	uint32_t i;

	for (i = 0; i < m->nfds; i++)
		xclose(&m->fds[i]);
	m->nfds = 0;
	free(m->file);
	m->file = NULL;
}

/* Descriptor @i is the caller's from now on. Return: it, or a negative errno. */
int control_take_fd(struct message *m, uint32_t i)
{
	int fd;

	if (i >= m->nfds)
		return -EBADMSG;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}

/* Send a message; a launcher that is gone is found out by the next receive. */
void control_send(struct ctl_builder *b)
{
	struct pollfd p = { .fd = control, .events = POLLOUT };
	struct hostctl_message h = { .data = (uintptr_t)b->buf };
	size_t size;

	if (ctl_finish(b, 0, &size, NULL))
		return;
	h.size = (uint32_t)size;
	while (ioctl(control, HOSTCTL_SEND, &h) < 0) {
		if (errno == EAGAIN)
			(void)poll(&p, 1, -1);	/* the ioctl tells what came */
		else if (errno != EINTR)
			return;
	}
}

/* A message with one number in it, or with none: @tag 0. */
void control_say(uint16_t type, uint32_t id, uint16_t tag, uint32_t value)
{
	unsigned char buf[64];
	struct ctl_builder b;

	ctl_build(&b, buf, sizeof(buf), type, id);
	if (tag)
		ctl_put_u32(&b, tag, value);
	control_send(&b);
}

/* One line for a person, whatever bytes a name has in it. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/**
 * control_error - tell that a request failed
 * @id:		the request's command
 * @err:	negative errno
 * @status:	what hum is to exit with; 0: not said
 * @format:	what could not be done; "%m" in it is the reason
 */
void control_error(uint32_t id, int err, uint32_t status, const char *format,
		   ...)
{
	unsigned char buf[TEXT_MAX + 128];
	char text[TEXT_MAX];
	struct ctl_builder b;
	va_list args;

	errno = -err;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	make_printable(text);
	ctl_build(&b, buf, sizeof(buf), CTL_ERROR, id);
	ctl_put_u32(&b, CTL_T_ERRNO, (uint32_t)-err);
	if (status)
		ctl_put_u32(&b, CTL_T_STATUS, status);
	ctl_put_string(&b, CTL_T_TEXT, text);
	control_send(&b);
}
