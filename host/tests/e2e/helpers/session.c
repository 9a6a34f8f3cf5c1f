/* SPDX-License-Identifier: GPL-2.0-only */
/* session - a command on a pseudo-terminal or on pipes, and its output */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"
#include "strays.h"

/* In the child: no handler and no ignored signal of the caller's. */
static void default_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);	/* some numbers cannot be set */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child(char **argv, int in, int out, int terminal)
{
	default_signals();
	setsid();
	if (terminal && ioctl(in, TIOCSCTTY, 0) < 0)
		_exit(126);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

/* @fds: the child's input and output. */
static int open_terminal(struct session *s, int fds[2])
{
	struct winsize size = { .ws_row = s->rows, .ws_col = s->cols };

	s->in = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	s->out = s->in;
	if (s->in < 0 || grantpt(s->in) < 0 || unlockpt(s->in) < 0)
		return -errno;
	fds[0] = open(ptsname(s->in), O_RDWR | O_NOCTTY | O_CLOEXEC);
	fds[1] = fds[0];
	if (fds[0] < 0 || ioctl(s->in, TIOCSWINSZ, &size) < 0 ||
	    tcgetattr(s->in, &s->modes) < 0)
		return -errno;
	return 0;
}

static int open_pipes(struct session *s, int fds[2])
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	fds[0] = in[0];
	s->in = in[1];
	s->out = out[0];
	fds[1] = out[1];
	return 0;
}

int session_start(struct session *s, char **argv)
{
	sigset_t chld;
	int fds[2] = { -1, -1 }, ret;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	s->children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->children < 0)
		return -errno;
	ret = s->terminal ? open_terminal(s, fds) : open_pipes(s, fds);
	if (ret < 0)
		return ret;
	s->pid = fork();
	if (s->pid < 0)
		return -errno;
	if (!s->pid)
		child(argv, fds[0], fds[1], s->terminal);
	close(fds[0]);
	if (!s->terminal)
		close(fds[1]);
	return 0;
}

static void close_out(struct session *s)
{
	if (s->out < 0)
		return;
	close(s->out);
	if (s->in == s->out)
		s->in = -1;
	s->out = -1;
}

/*
 * A terminal answers EIO while no process has it open: the command has ended
 * or closed it. The descriptor stays, its modes are still wanted.
 */
static int take_output(struct session *s)
{
	ssize_t n;
	char *text;

	if (s->room - s->len < 4096) {
		text = realloc(s->text, s->room + 65536);
		if (!text)
			return -ENOMEM;
		s->text = text;
		s->room += 65536;
	}
	n = read(s->out, s->text + s->len, s->room - s->len);
	if (n > 0)
		s->len += (size_t)n;
	else if (!n && !s->terminal)
		close_out(s);
	return n > 0;
}

static void take_children(struct session *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(s->children, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (pid != s->pid)
			continue;	/* an orphan that came to us */
		s->ended = 1;
		s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

/* Wait for output or a child until @deadline. Return: 0 or -ETIMEDOUT. */
static int wait_event(struct session *s, long long deadline)
{
	struct pollfd fds[2] = {
		{ .fd = s->children, .events = POLLIN },
		{ .fd = s->out, .events = POLLIN },
	};
	long long left = deadline - strays_now();
	int n;

	if (left < 0)
		left = 0;
	/* a terminal that nobody has open would report POLLHUP for ever */
	if (s->terminal && s->ended)
		fds[1].fd = -1;
	n = poll(fds, 2, (int)left);
	if (!n)
		return -ETIMEDOUT;
	if (fds[1].revents)
		(void)take_output(s);
	if (fds[1].revents == POLLHUP && s->terminal)
		poll(fds, 1, (int)(left > 20 ? 20 : left));
	if (fds[0].revents)
		take_children(s);
	return 0;
}

/* What the command had written before it ended. */
static void drain(struct session *s)
{
	struct pollfd fd = { .fd = s->out, .events = POLLIN };

	while (s->out >= 0 && poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN) && take_output(s) > 0)
		;
}

int session_expect(struct session *s, const char *text, size_t len, int limit_ms)
{
	long long deadline = strays_now() + limit_ms;
	char *found;
	int ret;

	for (;;) {
		if (s->ended)
			drain(s);
		found = s->text ? memmem(s->text + s->seen, s->len - s->seen, text, len) : NULL;
		if (found) {
			s->seen = (size_t)(found - s->text) + len;
			return 0;
		}
		if (s->ended || (s->out < 0 && !s->terminal))
			return -EPIPE;
		ret = wait_event(s, deadline);
		if (ret < 0)
			return ret;
	}
}

int session_send(struct session *s, const char *text, size_t len, int limit_ms)
{
	struct pollfd fd = { .fd = s->in, .events = POLLOUT };
	ssize_t n;

	while (len) {
		if (poll(&fd, 1, limit_ms) <= 0)
			return -ETIMEDOUT;
		n = write(s->in, text, len);
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int session_eof(struct session *s)
{
	if (s->terminal || s->in < 0)
		return -EINVAL;
	close(s->in);
	s->in = -1;
	return 0;
}

int session_resize(struct session *s, unsigned short rows, unsigned short cols)
{
	struct winsize size = { .ws_row = rows, .ws_col = cols };

	return ioctl(s->in, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int session_same_modes(struct session *s)
{
	struct termios now;

	if (tcgetattr(s->in, &now) < 0)
		return -errno;
	if (now.c_iflag == s->modes.c_iflag && now.c_oflag == s->modes.c_oflag &&
	    now.c_cflag == s->modes.c_cflag && now.c_lflag == s->modes.c_lflag &&
	    !memcmp(now.c_cc, s->modes.c_cc, sizeof(now.c_cc)))
		return 0;
	fprintf(stderr, "ptydrive: modes i=%x o=%x c=%x l=%x, expected i=%x o=%x c=%x l=%x\n",
		now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag, s->modes.c_iflag,
		s->modes.c_oflag, s->modes.c_cflag, s->modes.c_lflag);
	return -EPROTO;
}

void session_hangup(struct session *s)
{
	if (s->in >= 0 && s->in != s->out)
		close(s->in);
	s->in = -1;
	if (s->out >= 0)
		close(s->out);
	s->out = -1;
}

int session_pump(struct session *s, int ms)
{
	long long deadline = strays_now() + ms;

	while (!s->ended && !wait_event(s, deadline))
		;
	return 0;
}

int session_wait(struct session *s, int limit_ms)
{
	long long deadline = strays_now() + limit_ms;
	int ret;

	while (!s->ended) {
		ret = wait_event(s, deadline);
		if (ret < 0)
			return ret;
	}
	drain(s);
	return s->status;
}

void session_show(const struct session *s, FILE *to)
{
	size_t i, from = s->len > 3000 ? s->len - 3000 : 0;

	fprintf(to, "ptydrive: output, %zu bytes%s:\n", s->len, from ? ", the end of them" : "");
	for (i = from; i < s->len; i++) {
		unsigned char c = (unsigned char)s->text[i];

		if (c == '\n')
			fputs("\\n\n", to);
		else if (c < ' ' || c > '~')
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
	fputc('\n', to);
}

void session_end(struct session *s)
{
	if (!s->ended) {
		kill(s->pid, SIGTERM);
		if (session_wait(s, 3000) < 0)
			kill(s->pid, SIGKILL);
	}
	session_hangup(s);
	close(s->children);
	free(s->text);
	s->text = NULL;
}
