// SPDX-License-Identifier: GPL-2.0-only
/*
 * session - one command in one guest, from boot to power-off
 *
 * Theory of operation
 *
 * One poll(2) loop over five descriptors: the control socket, the kernel's
 * output, a signalfd, the kernel's pidfd and, with -t, the terminal (for its
 * hang-up only: its bytes go between guest and terminal without us).
 *
 *   BOOT --HELLO--> SETUP --DONE--> RUN --EXITED--> OFF --process ends--> done
 *
 * BOOT, SETUP and OFF have a limit of time, RUN has none. An end of the process
 * in any phase but OFF is a failure: one line says so, the kernel's last lines
 * follow, the status is 125. Whatever happens, the kernel is gone on return.
 *
 * hum keeps no copy of the command's standard input and output once the guest
 * has them: a reader at the other end of a pipe sees the end of file when the
 * command closes it, a writer EPIPE, not when hum ends.
 *
 * Signals: what hum gets, the command gets (also a second time: hum has no
 * opinion about a command that ignores SIGTERM). Before there is a command,
 * those that would end hum end the guest's start.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl_sock.h"
#include "msg.h"
#include "request.h"
#include "session.h"
#include "session_impl.h"

#define TAIL_LINES	25	/* of the kernel's, after a failure */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void session_enter(struct session *s, enum phase phase, unsigned int limit)
{
	s->phase = phase;
	s->deadline = limit ? now_ms() + (int64_t)limit * 1000 : 0;
}

void session_give_up(struct session *s)
{
	s->status = EXIT_LAUNCH;
	s->failed = true;
	guest_kill(s->guest);
	session_enter(s, OFF, OFF_LIMIT);
}

void session_power_off(struct session *s, int status)
{
	terminal_restore(&s->terminal);
	s->status = status;
	session_enter(s, OFF, OFF_LIMIT);
	if (request_poweroff(s->guest->control) < 0)
		guest_kill(s->guest);
}

/* Take everything from the socket. At its end the process must end soon, too. */
static void on_control(struct session *s)
{
	static unsigned char buf[CTL_PACKET_MAX];
	struct ctl_header h;
	int r;

	while (s->guest->control >= 0) {
		r = ctl_sock_receive(s->guest->control, buf, sizeof(buf), &h);
		if (r == -EAGAIN)
			return;
		if (r == 1) {
			session_message(s, &h, buf + sizeof(h));
			continue;
		}
		if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
			terminal_restore(&s->terminal);
			msg(r == -EBADMSG ?
			    "the guest sent a message that hum cannot read" :
			    "hum and its kernel '%s' are not of the same version; build them together",
			    s->config->kernel_path);
			session_give_up(s);
		}
		cleanup_close(&s->guest->control);
		if (s->phase != OFF)
			s->deadline = now_ms() + END_LIMIT * 1000;
	}
}

static void on_log(struct session *s)
{
	char buf[4096];
	ssize_t n;

	for (;;) {
		n = read(s->guest->log, buf, sizeof(buf));
		if (n > 0)
			klog_add(s->log, buf, (size_t)n);
		else if (n == 0 || errno != EINTR)
			break;
	}
	if (n == 0)
		cleanup_close(&s->guest->log);
}

static void on_deadline(struct session *s)
{
	terminal_restore(&s->terminal);
	if (s->phase == OFF) {
		if (!s->config->quiet)
			msg("the guest did not power off within %d s and was killed",
			    OFF_LIMIT);
		guest_kill(s->guest);
		session_enter(s, OFF, OFF_LIMIT);
		return;
	}
	if (s->guest->control < 0)
		msg("the guest closed its control socket but did not end within %d s and was killed",
		    END_LIMIT);
	else
		msg("the guest did not %s within %u s and was killed; --boot-timeout gives it more time",
		    s->phase == BOOT ? "come up" : "mount its directories",
		    s->config->boot_timeout);
	session_give_up(s);
}

/*
 * One line for the end of a guest that was still needed. A known cause needs no
 * more than that line; otherwise the kernel's own words are to follow.
 */
static void say_end(struct session *s, int status)
{
	bool running = s->phase == RUN;
	_cleanup_free_ char *said =
		klog_tail(s->log, running ? TAIL_LINES : SIZE_MAX);
	const char *cause = said ? klog_diagnose(said) : NULL;
	const char *when = running ? "before the command did" :
				     "before it was up";

	s->status = EXIT_LAUNCH;
	s->failed = running || !cause;
	if (cause && running)
		msg("the guest ended before the command did: %s", cause);
	else if (cause)
		msg("the guest cannot start: %s", cause);
	else if (said && strstr(said, "Kernel panic"))
		msg("the guest's kernel panicked %s", when);
	else if (WIFSIGNALED(status))
		msg("the guest was ended by signal %d (%s) %s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)), when);
	else
		msg("the guest ended with status %d %s", WEXITSTATUS(status),
		    when);
}

/* The process is gone: what it said before comes first. */
static void on_end(struct session *s)
{
	int status;

	on_control(s);
	if (s->guest->log >= 0)
		on_log(s);
	status = guest_reap(s->guest);
	s->ended = true;
	terminal_restore(&s->terminal);
	if (s->phase != OFF)
		say_end(s, status);
}

static void on_hangup(struct session *s)
{
	s->hung_up = true;
	if (s->phase == RUN)
		(void)request_signal(s->guest->control, SIGHUP);
}

static void step(struct session *s)
{
	struct pollfd p[] = {
		{ .fd = s->guest->control, .events = POLLIN },
		{ .fd = s->guest->log, .events = POLLIN },
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->guest->pidfd, .events = POLLIN },
		{ .fd = s->hung_up ? -1 : s->terminal.fd, .events = 0 },
	};
	int64_t left = -1;

	if (s->deadline) {
		left = s->deadline - now_ms();
		if (left <= 0) {
			on_deadline(s);
			return;
		}
	}
	if (poll(p, sizeof(p) / sizeof(p[0]), (int)left) < 0)
		return;		/* EINTR: a stop and continue */
	if (p[1].revents)
		on_log(s);
	if (p[0].revents)
		on_control(s);
	if (p[2].revents)
		session_take_signals(s);
	if (p[4].revents & (POLLHUP | POLLERR | POLLNVAL))
		on_hangup(s);
	if (p[3].revents)
		on_end(s);
}

static void show_log(const struct session *s)
{
	_cleanup_free_ char *tail = NULL;

	if (s->log->file_error)
		msg_errno(s->log->file_error, "cannot write '%s'",
			  s->config->log);
	if (!s->failed || s->config->quiet || !s->log->total)
		return;
	tail = klog_tail(s->log, TAIL_LINES);
	if (tail)
		msg_bytes(tail, strlen(tail));
}

int session_run(const struct config *c, const struct shares *shares,
		struct guest *g, struct klog *log, int signals)
{
	struct session s = {
		.config = c, .shares = shares, .guest = g, .log = log,
		.terminal = { .fd = -1 }, .signals = signals, .status = -1,
	};
	int r = c->tty ? terminal_open(&s.terminal, STDIN_FILENO) : 0;

	if (r < 0) {
		msg_errno(r, "cannot use the terminal");
		guest_close(g);
		return EXIT_LAUNCH;
	}
	session_enter(&s, BOOT, c->boot_timeout);
	while (!s.ended)
		step(&s);
	terminal_close(&s.terminal);
	show_log(&s);
	return s.status;
}
