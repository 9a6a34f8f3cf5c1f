// SPDX-License-Identifier: GPL-2.0-only
/*
 * tty - a guest terminal for a command, bridged to the launcher's descriptors
 *
 * Theory of operation
 *
 * As sshd does it: the command's session is on a pty of the guest, so job
 * control, line editing, window size and hang-up are the guest kernel's. The
 * bridge carries bytes, launcher's stdin -> master and master -> launcher's
 * stdout, through two buffers. The launcher has put its own terminal into raw
 * mode.
 *
 * All descriptors are non-blocking (for the launcher's that is a flag of the
 * guest's file, not of the host's description) and watched edge-triggered:
 * after any event pump() goes on until nothing moves, so no wish list has to be
 * kept. A pump that never ends (`yes`) gives way after ROUNDS and is called
 * again by the event loop.
 *
 * Ends:
 * - the command ends: its session is hung up by the kernel, the master gives
 *   what is left and then EIO, twice; when all that is written, drained() is
 *   called.
 * - the launcher's terminal is gone (end of file or error on it): the master is
 *   closed, which hangs up the session.
 * - a stdin that is no terminal ends: the terminal's end-of-file character is
 *   typed, as ssh does, and output goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"

#define BUFFER	16384
#define ROUNDS	64
#define TTY_GID	5

struct flow {
	char data[BUFFER];
	size_t from, to;	/* bytes waiting: data[from..to) */
	bool ended;		/* nothing more comes */
};

struct bridge {
	struct source master, in, out;
	struct flow typed, shown;
	bool in_is_terminal;
	bool command_ended;
	bool done;
	void (*drained)(void *arg);
	void *arg;
};

/**
 * bridge_terminal - make a pty
 * @size:	its window
 * @owner:	whose command it is for
 * @ret_master:	the side that pid 1 keeps
 * @ret_slave:	the side that is the command's
 *
 * Return: 0 or a negative errno.
 */
int bridge_terminal(const struct ctl_tty *size, uid_t owner, int *ret_master,
		    int *ret_slave)
{
	struct winsize w = { size->rows, size->cols, size->xpixel,
			     size->ypixel };
	int master, slave = -1, zero = 0, err = 0;
	struct termios t;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (master < 0)
		return -errno;
	if (ioctl(master, TIOCSPTLCK, &zero) < 0)
		err = -errno;
	if (!err) {
		slave = ioctl(master, TIOCGPTPEER,
			      O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (slave < 0)
			err = -errno;
	}
	if (!err && (ioctl(master, TIOCSWINSZ, &w) < 0 ||
		     tcgetattr(slave, &t) < 0 ||
		     fchown(slave, owner, users_group("tty", TTY_GID)) < 0))
		err = -errno;
	if (!err) {
		t.c_iflag |= IUTF8;
		if (tcsetattr(slave, TCSANOW, &t) < 0)
			err = -errno;
	}
	if (err) {
		xclose(&slave);
		xclose(&master);
		return err;
	}
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

static void stop(struct source *s)
{
	if (s->fd < 0)
		return;
	agent_unwatch(s);
	xclose(&s->fd);
}

/* The launcher's side is gone: hang up the session. */
static void hang_up(struct bridge *b)
{
	stop(&b->in);
	stop(&b->out);
	stop(&b->master);
	b->typed.ended = b->shown.ended = true;
	b->typed.from = b->typed.to = 0;
	b->shown.from = b->shown.to = 0;
}

/*
 * A master's first EIO is not its end: n_tty_read() waits for what was written
 * to get through, and then asks whether the other side is closed. What was
 * written and closed between the two comes with the next read.
 *
 * Return: 1 when bytes moved, 0 when not now, -1 at the end or an error.
 */
static int fill(struct flow *f, int fd)
{
	ssize_t n;

	if (f->from < f->to || f->ended || fd < 0)
		return 0;
	n = read(fd, f->data, sizeof(f->data));
	if (n < 0 && errno == EIO)
		n = read(fd, f->data, sizeof(f->data));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	f->from = 0;
	f->to = (size_t)n;
	return 1;
}

static int drain(struct flow *f, int fd)
{
	ssize_t n;

	if (f->from == f->to || fd < 0)
		return 0;
	n = write(fd, f->data + f->from, f->to - f->from);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return -1;
	f->from += (size_t)n;
	return n > 0;
}

/* Stdin ended. Type ^D, or whatever it is, if the line discipline cares. */
static void input_ended(struct bridge *b)
{
	struct termios t;

	b->typed.ended = true;
	stop(&b->in);
	if (b->in_is_terminal) {
		hang_up(b);
		return;
	}
	if (tcgetattr(b->master.fd, &t) == 0 && (t.c_lflag & ICANON)) {
		b->typed.data[0] = (char)t.c_cc[VEOF];
		b->typed.from = 0;
		b->typed.to = 1;
	}
}

static bool pump_input(struct bridge *b)
{
	int filled = fill(&b->typed, b->in.fd), drained;

	if (filled < 0) {
		input_ended(b);
		return true;
	}
	drained = drain(&b->typed, b->master.fd);
	if (drained < 0)	/* hung up: the session takes no more */
		b->typed.from = b->typed.to = 0;
	return filled > 0 || drained > 0;
}

static bool pump_output(struct bridge *b)
{
	int filled = fill(&b->shown, b->master.fd), drained;

	if (filled < 0)
		b->shown.ended = true;
	drained = drain(&b->shown, b->out.fd);
	if (drained < 0) {
		hang_up(b);
		return false;
	}
	return filled > 0 || drained > 0;
}

static void finish(struct bridge *b)
{
	if (b->done || !b->command_ended || !b->shown.ended ||
	    b->shown.from < b->shown.to)
		return;
	b->done = true;
	b->drained(b->arg);	/* frees b */
}

static void pump(struct bridge *b)
{
	int rounds;
	bool moved = true;

	for (rounds = 0; moved && rounds < ROUNDS; rounds++) {
		moved = pump_output(b);
		moved |= pump_input(b);
	}
	if (moved)
		agent_again(&b->master);
	finish(b);
}

static void master_ready(struct source *s)
{
	pump((struct bridge *)((char *)s - offsetof(struct bridge, master)));
}

static void in_ready(struct source *s)
{
	pump((struct bridge *)((char *)s - offsetof(struct bridge, in)));
}

static void out_ready(struct source *s)
{
	pump((struct bridge *)((char *)s - offsetof(struct bridge, out)));
}

static void set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/**
 * bridge_start - carry bytes between a pty and the launcher
 * @master:	the pty; this and the next two are the bridge's from now on
 * @in:		the launcher's stdin
 * @out:	the launcher's stdout
 * @drained:	called once, when the command has ended and all its output is out
 * @arg:	its argument
 *
 * Return: the bridge; bridge_free() ends it.
 */
struct bridge *bridge_start(int master, int in, int out, void (*drained)(void *),
			    void *arg)
{
	struct bridge *b = xalloc(sizeof(*b));

	b->master = (struct source) { master, master_ready };
	b->in = (struct source) { in, in_ready };
	b->out = (struct source) { out, out_ready };
	b->in_is_terminal = isatty(in);
	b->drained = drained;
	b->arg = arg;
	set_nonblocking(in);
	set_nonblocking(out);
	/* A regular file cannot be watched and need not be: it never waits. */
	(void)agent_watch(&b->master, EPOLLIN | EPOLLOUT | EPOLLET);
	(void)agent_watch(&b->in, EPOLLIN | EPOLLET);
	(void)agent_watch(&b->out, EPOLLOUT | EPOLLET);
	agent_again(&b->master);
	return b;
}

void bridge_command_ended(struct bridge *b)
{
	b->command_ended = true;
	pump(b);
}

void bridge_resize(struct bridge *b, const struct ctl_tty *size)
{
	struct winsize w = { size->rows, size->cols, size->xpixel,
			     size->ypixel };

	if (b->master.fd >= 0)
		(void)ioctl(b->master.fd, TIOCSWINSZ, &w);
}

/* The foreground process group of the session, 0 when there is none. */
pid_t bridge_foreground(struct bridge *b)
{
	pid_t group = 0;

	if (b->master.fd < 0 || ioctl(b->master.fd, TIOCGPGRP, &group) < 0)
		return 0;
	return group;
}

void bridge_free(struct bridge *b)
{
	stop(&b->in);
	stop(&b->out);
	stop(&b->master);
	agent_unwatch(&b->master);
	free(b);
}
