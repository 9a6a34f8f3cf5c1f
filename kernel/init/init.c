// SPDX-License-Identifier: GPL-2.0-only
/*
 * init - pid 1 of the guest: does what the launcher asks for, reaps, powers off
 *
 * Theory of operation
 *
 * One thread, one epoll set, no timers: the launcher's messages, SIGCHLD and the
 * terminals' bytes are all that ever happens. A source that is not finished
 * when its turn is over asks for another one (agent_again()).
 *
 * The guest lives as long as the control socket: end of file on it, POWEROFF, or
 * a request that makes no sense ends everything. The launcher never has to kill
 * a guest that can still hear.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define EVENTS		16
#define AGAIN_MAX	64
#define KILL_WAIT_MS	2000	/* for what SIGKILL does not end at once */

static int epoll = -1;
/* Who wants another turn, and whose turn is being done. */
static struct source *again[AGAIN_MAX], *turn[AGAIN_MAX];
static size_t nagain;
static bool is_set_up;

static const int poweroff_signals[] = {
	SIGINT, SIGTERM, SIGPWR, SIGUSR1, SIGUSR2,
};

int agent_watch(struct source *source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = source };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &ev) < 0)
		return -errno;
	return 0;
}

/* Call the source's ready() once more, before waiting for anything. */
void agent_again(struct source *source)
{
	size_t i;

	for (i = 0; i < nagain; i++)
		if (again[i] == source)
			return;
	if (nagain < AGAIN_MAX)
		again[nagain++] = source;
}

static struct epoll_event events[EVENTS];
static int nevents;

/* No call of ready() comes any more, also not for what is already reported. */
void agent_unwatch(struct source *source)
{
	size_t i;
	int e;

	if (source->fd >= 0)
		(void)epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
	for (e = 0; e < nevents; e++)
		if (events[e].data.ptr == source)
			events[e].data.ptr = NULL;
	for (i = 0; i < AGAIN_MAX; i++) {
		if (again[i] == source)
			again[i] = NULL;
		if (turn[i] == source)
			turn[i] = NULL;
	}
}

/* SIGKILL for everybody, then a bounded wait until they are gone. */
static void kill_all(void)
{
	struct timespec limit = { KILL_WAIT_MS / 1000,
				  KILL_WAIT_MS % 1000 * 1000000L };
	sigset_t child;
	pid_t pid;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)kill(-1, SIGKILL);
	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return;
		if (sigtimedwait(&child, NULL, &limit) < 0 && errno == EAGAIN)
			return;
	}
}

void agent_poweroff(void)
{
	kill_all();
	mounts_end();
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		exec_ended(pid, status);
}

static void signal_ready(struct source *s)
{
	struct signalfd_siginfo si;

	while (read(s->fd, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			agent_poweroff();
	reap();
}

/* The loopback interface; a guest without any network has at least that. */
static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)ioctl(fd, SIOCSIFFLAGS, &request);
	(void)close(fd);
}

static int set_hostname(const struct message *m)
{
	struct ctl_reader r;
	struct ctl_value v;

	ctl_open(&r, m->header.type, m->fields, m->header.length);
	while (ctl_next(&r, &v) > 0)
		if (v.tag == CTL_T_HOSTNAME &&
		    sethostname(v.data, v.length) < 0)
			return -errno;
	return 0;
}

/* Return: how the fields end: 0 when all of them are right. */
static int check_fields(const struct message *m)
{
	struct ctl_reader r;
	struct ctl_value v;
	int n;

	ctl_open(&r, m->header.type, m->fields, m->header.length);
	while ((n = ctl_next(&r, &v)) > 0)
		;
	return n;
}

static void setup(const struct message *m)
{
	int err;

	if (is_set_up) {
		control_error(0, -EALREADY, 0, "the guest is set up");
		return;
	}
	if (mounts_setup(m))
		return;
	loopback_up();
	err = set_hostname(m);
	if (err) {
		control_error(0, err, 0, "cannot set the host name: %m");
		return;
	}
	is_set_up = true;
	control_say(CTL_DONE, 0, 0, 0);
}

/* The first field of a message that has only one. */
static bool only_field(const struct message *m, uint16_t tag,
		       struct ctl_value *ret_value)
{
	struct ctl_reader r;

	ctl_open(&r, m->header.type, m->fields, m->header.length);
	return ctl_next(&r, ret_value) > 0 && ret_value->tag == tag;
}

static void handle(struct message *m)
{
	struct ctl_value v;
	struct ctl_tty size;
	int err = check_fields(m);

	if (err) {
		control_error(m->header.id, err, 0, "message %u has a bad field",
			      m->header.type);
		return;
	}
	switch (m->header.type) {
	case CTL_SETUP:
		setup(m);
		break;
	case CTL_EXEC:
		exec_start(m);
		break;
	case CTL_SIGNAL:
		if (only_field(m, CTL_T_SIGNO, &v))
			exec_signal(m->header.id, (int)ctl_u32(&v));
		break;
	case CTL_WINSIZE:
		if (only_field(m, CTL_T_TTY, &v)) {
			size = ctl_tty(&v);
			exec_resize(m->header.id, &size);
		}
		break;
	case CTL_POWEROFF:
		agent_poweroff();
	default:
		control_error(m->header.id, -EPROTO, 0, "unknown message %u",
			      m->header.type);
	}
}

static void control_ready(struct source *s)
{
	struct message m;
	int n = control_receive(&m);

	(void)s;
	if (n < 0)
		agent_poweroff();
	if (!n)
		return;
	handle(&m);
	control_done_with(&m);
}

static void hello(void)
{
	unsigned char buf[256];
	struct ctl_builder b;
	struct utsname u;

	(void)uname(&u);
	ctl_build(&b, buf, sizeof(buf), CTL_HELLO, 0);
	ctl_put_string(&b, CTL_T_TEXT, u.release);
	control_send(&b);
}

/* Descriptors 0 to 2 must not be given to anything else. */
static void fill_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3);
	if (fd >= 0)
		(void)close(fd);
}

static int open_signals(void)
{
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (i = 0; i < sizeof(poweroff_signals) / sizeof(int); i++)
		(void)sigaddset(&set, poweroff_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* As many descriptors as programs may raise themselves to; few by default. */
static void set_limits(void)
{
	struct rlimit files = { 1024, 524288 }, core = { 0, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)setrlimit(RLIMIT_CORE, &core);
}

static void run_again(void)
{
	size_t i;

	memcpy(turn, again, sizeof(turn));
	memset(again, 0, sizeof(again));
	nagain = 0;
	for (i = 0; i < AGAIN_MAX; i++) {
		struct source *s = turn[i];

		turn[i] = NULL;
		if (s)
			s->ready(s);
	}
}

static void loop(void)
{
	int e;

	for (;;) {
		nevents = epoll_wait(epoll, events, EVENTS, nagain ? 0 : -1);
		for (e = 0; e < nevents; e++) {
			struct source *s = events[e].data.ptr;

			if (s)
				s->ready(s);
		}
		nevents = 0;
		run_again();
	}
}

int main(void)
{
	static struct source control = { -1, control_ready };
	static struct source signals = { -1, signal_ready };

	(void)umask(022);
	if (mounts_early() || (fill_stdio(), control.fd = control_open()) < 0) {
		fprintf(stderr, "init: no control socket (hum.control=): "
			"start this guest with 'hum run', or give rdinit=none "
			"and root=\n");
		agent_poweroff();
	}
	signals.fd = open_signals();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (agent_watch(&control, EPOLLIN) || agent_watch(&signals, EPOLLIN))
		agent_poweroff();
	set_limits();
	/* What ends the machine from outside comes as SIGINT, for us to do in order. */
	(void)reboot(RB_DISABLE_CAD);
	hello();
	loop();
}
