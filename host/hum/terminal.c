// SPDX-License-Identifier: GPL-2.0-only
/*
 * terminal - the user's terminal while a -t command has it
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "terminal.h"

int terminal_open(struct terminal *t, int fd)
{
	t->raw = false;
	t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return t->fd < 0 ? -errno : 0;
}

/*
 * In the background the first call stops us with SIGTTOU until the user brings
 * hum to the foreground, as any program that wants the terminal: that is wanted.
 */
int terminal_raw(struct terminal *t)
{
	struct termios raw;

	if (t->fd < 0 || t->raw)
		return 0;
	if (tcgetattr(t->fd, &t->saved) < 0)
		return -errno;
	raw = t->saved;
	cfmakeraw(&raw);
	while (tcsetattr(t->fd, TCSADRAIN, &raw) < 0)
		if (errno != EINTR)
			return -errno;
	t->raw = true;
	return 0;
}

void terminal_restore(struct terminal *t)
{
	sigset_t ttou, old;
	pid_t foreground;

	if (t->fd < 0 || !t->raw)
		return;
	t->raw = false;
	/* Somebody else's turn (we were put in the background): hands off. */
	foreground = tcgetpgrp(t->fd);
	if (foreground > 0 && foreground != getpgrp())
		return;
	/* Should that change right now, do not stop in the middle of an end. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	while (tcsetattr(t->fd, TCSADRAIN, &t->saved) < 0 && errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

struct ctl_tty terminal_size(const struct terminal *t)
{
	struct winsize w = { 0 };

	if (t->fd >= 0 && ioctl(t->fd, TIOCGWINSZ, &w) < 0)
		w = (struct winsize){ 0 };	/* gone: there is no size */
	return (struct ctl_tty){ w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel };
}

void terminal_close(struct terminal *t)
{
	terminal_restore(t);
	if (t->fd >= 0)
		(void)close(t->fd);	/* a terminal: nothing to be lost */
	t->fd = -1;
}
