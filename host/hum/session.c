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
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl_sock.h"
#include "msg.h"
#include "request.h"
#include "session.h"
#include "terminal.h"

/* The tests are built with less. */
#ifndef OFF_LIMIT
#define OFF_LIMIT	30	/* seconds from POWEROFF to the process's end */
#define END_LIMIT	5	/* from the socket's end to the process's */
#endif
#define TAIL_LINES	25	/* of the kernel's, after a failure */
#define TEXT_MAX_SHOWN	512	/* of what the agent says about an error */

enum phase { BOOT, SETUP, RUN, OFF };

struct session {
	const struct config *config;
	const struct shares *shares;
	struct guest *guest;
	struct klog *log;
	struct terminal terminal;
	int signals;
	enum phase phase;
	int64_t deadline;	/* of the phase, in ms; 0 = none */
	int status;		/* to exit with; -1 = not known yet */
	bool started;		/* the command runs */
	bool failed;		/* a message was printed, the log is to follow */
	bool hung_up;		/* the terminal is gone */
	bool ended;		/* the process has ended */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void enter(struct session *s, enum phase phase, unsigned int limit)
{
	s->phase = phase;
	s->deadline = limit ? now_ms() + (int64_t)limit * 1000 : 0;
}

/* End with 125; the caller has printed why. */
static void give_up(struct session *s)
{
	s->status = EXIT_LAUNCH;
	s->failed = true;
	guest_kill(s->guest);
	enter(s, OFF, OFF_LIMIT);
}

/* The command is over, or never began: end the guest in good order. */
static void power_off(struct session *s, int status)
{
	terminal_restore(&s->terminal);
	s->status = status;
	enter(s, OFF, OFF_LIMIT);
	if (request_poweroff(s->guest->control) < 0)
		guest_kill(s->guest);
}

/* Put /dev/null in place of our copies of what the command now has. */
static int drop_stdio(void)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

static int send_command(struct session *s)
{
	const struct config *c = s->config;
	struct ctl_tty size = terminal_size(&s->terminal);
	int fds[3], r, i;
	unsigned int n = 0;

	for (i = 0; i < 3; i++)
		if (!(c->closed_stdio & 1u << i))
			fds[n++] = i;
	r = terminal_raw(&s->terminal);
	if (r == 0)
		r = request_exec(s->guest->control, c, c->tty ? &size : NULL,
				 fds, n);
	return r ? r : drop_stdio();
}

static void on_hello(struct session *s)
{
	int r = request_setup(s->guest->control, s->shares);

	if (r < 0) {
		msg_errno(r, "cannot tell the guest its directories");
		give_up(s);
		return;
	}
	enter(s, SETUP, s->config->boot_timeout);
}

static void on_done(struct session *s)
{
	int r = send_command(s);

	if (r == 0) {
		enter(s, RUN, 0);
		return;
	}
	terminal_restore(&s->terminal);
	if (r == -E2BIG)
		msg("the command's arguments and environment are more than %d MB",
		    CTL_FILE_MAX >> 20);
	else
		msg_errno(r, "cannot hand the command to the guest");
	give_up(s);
}

struct answer {
	uint32_t number;	/* errno, status or pid */
	uint32_t exit_status;	/* of CTL_ERROR, 0 = not said */
	char text[TEXT_MAX_SHOWN];
};

/* The fields of a message that has a number and perhaps a text. */
static int read_answer(const struct ctl_header *h, const void *fields,
		       struct answer *ret)
{
	struct ctl_reader r;
	struct ctl_value v;
	int more;

	memset(ret, 0, sizeof(*ret));
	ctl_open(&r, h->type, fields, h->length);
	while ((more = ctl_next(&r, &v)) > 0) {
		if (v.tag == CTL_T_TEXT) {
			size_t n = v.length < sizeof(ret->text) - 1 ?
				   v.length : sizeof(ret->text) - 1;

			memcpy(ret->text, v.data, n);
			ret->text[n] = 0;
		} else if (v.tag == CTL_T_STATUS && h->type == CTL_ERROR) {
			ret->exit_status = ctl_u32(&v);
		} else {
			ret->number = ctl_u32(&v);
		}
	}
	return more;
}

/* The agent's text says what failed; how to exit is said or follows from errno. */
static void on_error(struct session *s, const struct ctl_header *h,
		     const struct answer *a)
{
	int status = EXIT_LAUNCH;

	terminal_restore(&s->terminal);
	if (s->phase == OFF || s->started)
		return;		/* about a signal or a size: too late to matter */
	if (a->number)
		msg_errno(-(int)(a->number & 0xffff), "%s", a->text);
	else
		msg("%s", a->text);
	if (h->id == COMMAND_ID && s->phase == RUN) {
		status = a->number == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
		if (a->exit_status >= EXIT_LAUNCH &&
		    a->exit_status <= EXIT_NOT_FOUND)
			status = (int)a->exit_status;
	} else {
		s->failed = true;
	}
	power_off(s, status);
}

static void on_exited(struct session *s, uint32_t status)
{
	int st = (int)status;

	power_off(s, WIFSIGNALED(st) ? EXIT_SIGNAL + WTERMSIG(st) :
				       WEXITSTATUS(st));
}

static void on_message(struct session *s, const struct ctl_header *h,
		       const void *fields)
{
	struct answer a;

	if (read_answer(h, fields, &a) < 0)
		goto confused;
	if (h->type == CTL_ERROR)
		on_error(s, h, &a);
	else if (h->type == CTL_HELLO && s->phase == BOOT)
		on_hello(s);
	else if (h->type == CTL_DONE && s->phase == SETUP)
		on_done(s);
	else if (h->type == CTL_EXITED && s->phase == RUN &&
		 h->id == COMMAND_ID)
		on_exited(s, a.number);
	else if (h->type == CTL_STARTED && s->phase == RUN)
		s->started = true;
	else if (s->phase != OFF)
		goto confused;
	return;
confused:
	terminal_restore(&s->terminal);
	msg("the guest sent a message that hum does not expect (type %u)",
	    h->type);
	give_up(s);
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
			on_message(s, &h, buf + sizeof(h));
			continue;
		}
		if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
			terminal_restore(&s->terminal);
			msg(r == -EBADMSG ?
			    "the guest sent a message that hum cannot read" :
			    "hum and its kernel '%s' are not of the same version; build them together",
			    s->config->kernel_path);
			give_up(s);
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

/*
 * Stop as a program that has no handler does (so not in an orphaned group),
 * with the terminal as it was, and with the command stopped.
 */
static void on_stop(struct session *s)
{
	struct ctl_tty size;
	sigset_t tstp;

	if (s->phase == RUN && !s->config->tty)
		(void)request_signal(s->guest->control, SIGTSTP);
	terminal_restore(&s->terminal);
	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &tstp, NULL);	/* we stop here */
	sigprocmask(SIG_BLOCK, &tstp, NULL);
	if (s->phase != RUN)
		return;
	if (s->config->tty && terminal_raw(&s->terminal) == 0) {
		size = terminal_size(&s->terminal);
		(void)request_winsize(s->guest->control, &size);
	}
	/* The SIGCONT that woke us is in the signalfd; it is passed on from there. */
}

static bool ends_us(int signo)
{
	return signo != SIGCONT && signo != SIGWINCH && signo != SIGURG;
}

/* Without the socket (the guest is dying) there is nobody to tell: ignored. */
static void on_signal(struct session *s, int signo)
{
	struct ctl_tty size;

	if (signo == SIGTSTP) {
		on_stop(s);
	} else if (signo == SIGWINCH) {
		size = terminal_size(&s->terminal);
		if (s->phase == RUN && s->config->tty)
			(void)request_winsize(s->guest->control, &size);
	} else if (s->phase == RUN) {
		(void)request_signal(s->guest->control, signo);
	} else if (s->phase != OFF && ends_us(signo)) {
		s->status = EXIT_SIGNAL + signo;
		guest_kill(s->guest);
		enter(s, OFF, OFF_LIMIT);
	}
}

static void on_signals(struct session *s)
{
	struct signalfd_siginfo info;
	ssize_t n;

	while ((n = read(s->signals, &info, sizeof(info))) == sizeof(info))
		on_signal(s, (int)info.ssi_signo);
	if (n < 0 && errno == EINTR)
		on_signals(s);
}

static void on_deadline(struct session *s)
{
	terminal_restore(&s->terminal);
	if (s->phase == OFF) {
		if (!s->config->quiet)
			msg("the guest did not power off within %d s and was killed",
			    OFF_LIMIT);
		guest_kill(s->guest);
		enter(s, OFF, OFF_LIMIT);
		return;
	}
	if (s->guest->control < 0)
		msg("the guest closed its control socket but did not end within %d s and was killed",
		    END_LIMIT);
	else
		msg("the guest did not %s within %u s and was killed; --boot-timeout gives it more time",
		    s->phase == BOOT ? "come up" : "mount its directories",
		    s->config->boot_timeout);
	give_up(s);
}

static void say_end(struct session *s, int status)
{
	_cleanup_free_ char *said = klog_tail(s->log, SIZE_MAX);
	const char *cause = said ? klog_diagnose(said) : NULL;
	const char *when = s->phase == RUN ? "before the command did" :
					     "before it was up";

	s->failed = true;
	s->status = EXIT_LAUNCH;
	if (s->phase != RUN && cause)
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
		on_signals(s);
	if (p[4].revents & (POLLHUP | POLLERR | POLLNVAL))
		on_hangup(s);
	if (p[3].revents)
		on_end(s);
}

int session_signals(void)
{
	/* Not for us to pass on: faults of our own, job control, children. */
	static const int kept[] = {
		SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
		SIGSYS, SIGABRT, SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU, SIGURG,
	};
	sigset_t set;
	size_t i;
	int fd;

	sigfillset(&set);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		sigdelset(&set, kept[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
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
	enter(&s, BOOT, c->boot_timeout);
	while (!s.ended)
		step(&s);
	terminal_close(&s.terminal);
	show_log(&s);
	return s.status;
}
