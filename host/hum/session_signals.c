// SPDX-License-Identifier: GPL-2.0-only
/*
 * session_signals - which signals hum takes, and what the command gets of them
 */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "request.h"
#include "session.h"
#include "session_impl.h"

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
		session_enter(s, OFF, OFF_LIMIT);
	}
}

void session_take_signals(struct session *s)
{
	struct signalfd_siginfo info;
	ssize_t n;

	for (;;) {
		n = read(s->signals, &info, sizeof(info));
		if (n == sizeof(info))
			on_signal(s, (int)info.ssi_signo);
		else if (n >= 0 || errno != EINTR)
			return;
	}
}
