// SPDX-License-Identifier: GPL-2.0-only
/*
 * fakekernel - a test double of the guest: speaks its side of the control socket
 *
 * It passes for a kernel (it has a banner), takes the arguments that hum gives a
 * kernel, and runs the command as a child on the host, so that what hum does
 * with statuses, signals, descriptors and terminals can be tested without a
 * guest. --append fake=KIND makes it misbehave; the kinds are in kinds[].
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_sock.h"
#include "strv.h"

/* What hum looks for in a kernel file. */
__attribute__((used)) static const char banner[] =
	"Linux version 0.0.0-hum-fake (test double)";

struct fake {
	int control;
	const char *kind;	/* of misbehaviour, "" = none */
	pid_t pid;		/* of the command */
	uint32_t id;
};

static struct fake fake = { .control = -1, .kind = "" };

static bool is(const char *kind)
{
	return !strcmp(fake.kind, kind);
}

static void answer(uint16_t type, uint32_t id, uint16_t tag, uint32_t number,
		   const char *text)
{
	unsigned char buf[1024];
	struct ctl_builder b;

	ctl_build(&b, buf, sizeof(buf), type, id);
	if (tag)
		ctl_put_u32(&b, tag, number);
	if (text)
		ctl_put_string(&b, CTL_T_TEXT, text);
	if (ctl_sock_send(fake.control, &b, NULL, 0) < 0)
		printf("fake: cannot answer\n");
}

static void crash(void)
{
	printf("first line\nKernel panic - not syncing: fake\n");
	fflush(stdout);
	abort();
}

static void end(void)
{
	printf("fake: a reason to end\n");
	exit(3);
}

static void hang(void)
{
	for (;;)
		pause();
}

static void garbage(void)
{
	(void)!send(fake.control, "rubbish", 7, 0);
	hang();
}

static void other_version(void)
{
	struct ctl_header h = { .magic = CTL_MAGIC, .version = CTL_VERSION + 1,
				.type = CTL_HELLO };

	(void)!send(fake.control, &h, sizeof(h), 0);
	hang();
}

static void unexpected(void)
{
	answer(CTL_DONE, 0, 0, 0, NULL);
	hang();
}

static void no_modes(void)
{
	printf("Checking that seccomp filters can be installed...error\n"
	       "ptrace: Operation not permitted\n"
	       "check_ptrace : expected SIGSTOP, got status = 9");
	exit(1);
}

static void mute(void)
{
	close(fake.control);
	hang();
}

/* Kinds that act before HELLO. Others are asked for with is(). */
static const struct {
	const char *name;
	void (*act)(void);
} kinds[] = {
	{ "panic", crash }, { "end", end }, { "hang", hang },
	{ "garbage", garbage }, { "version", other_version },
	{ "unexpected", unexpected }, { "no-modes", no_modes },
	{ "mute", mute },
};

struct command {
	struct strv argv, env;
	char cwd[4096];
	uint32_t umask, stdio;
	bool tty;
};

static void take_field(struct command *c, const struct ctl_value *v)
{
	_cleanup_free_ char *text = strndup(v->data, v->length);
	struct ctl_tty size;

	switch (v->tag) {
	case CTL_T_ARG:
		strv_add(&c->argv, text);
		break;
	case CTL_T_ENV:
		strv_add(&c->env, text);
		break;
	case CTL_T_CWD:
		ctl_string(v, c->cwd, sizeof(c->cwd));
		break;
	case CTL_T_UMASK:
		c->umask = ctl_u32(v);
		break;
	case CTL_T_STDIO:
		c->stdio = ctl_u32(v);
		break;
	case CTL_T_TTY:
		size = ctl_tty(v);
		c->tty = true;
		printf("tty %ux%u\n", size.cols, size.rows);
		return;
	case CTL_T_UID: case CTL_T_GID: case CTL_T_GROUP:
		printf("field %u %u\n", v->tag, ctl_u32(v));
		return;
	}
	if (v->length != sizeof(uint32_t) || v->tag < CTL_T_UID)
		printf("field %u %s\n", v->tag, text);
}

static void child(struct command *c, const int *fds, int nfds, int report)
{
	sigset_t none;
	int i, n = 0, high[3];

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!c->tty)
		setpgid(0, 0);
	umask((mode_t)c->umask);
	for (i = 0; i < nfds; i++)
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
	report = fcntl(report, F_DUPFD_CLOEXEC, 10);
	for (i = 0; i < 3; i++) {
		if (c->stdio & 1u << i)
			dup2(high[n++], i);
		else
			close(i);
	}
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	if (chdir(c->cwd) == 0)
		execvpe(c->argv.v[0], c->argv.v, c->env.v);
	n = errno;
	(void)!write(report, &n, sizeof(n));
	_exit(1);
}

static void run(const struct ctl_header *h, const void *fields, const int *fds,
		int nfds)
{
	struct command c = { .stdio = 7 };
	int failed[2], error;
	struct ctl_reader r;
	struct ctl_value v;

	ctl_open(&r, h->type, fields, h->length);
	while (ctl_next(&r, &v) > 0)
		take_field(&c, &v);
	fflush(stdout);
	if (pipe2(failed, O_CLOEXEC) < 0)
		exit(7);
	fake.id = h->id;
	fake.pid = fork();
	if (fake.pid == 0)
		child(&c, fds, nfds, failed[1]);
	if (!c.tty)
		setpgid(fake.pid, fake.pid);
	close(failed[1]);
	if (read(failed[0], &error, sizeof(error)) == sizeof(error)) {
		waitpid(fake.pid, NULL, 0);
		fake.pid = 0;
		answer(CTL_ERROR, h->id, CTL_T_ERRNO, (uint32_t)error,
		       error == ENOENT ? "cannot run: No such file" : "cannot run");
	} else {
		answer(CTL_STARTED, h->id, CTL_T_PID, (uint32_t)fake.pid, NULL);
	}
	close(failed[0]);
	strv_clear(&c.argv);
	strv_clear(&c.env);
	if (is("die-running"))
		raise(SIGKILL);
}

static void setup(const struct ctl_header *h, const void *fields)
{
	struct ctl_reader r;
	struct ctl_value v;

	ctl_open(&r, h->type, fields, h->length);
	while (ctl_next(&r, &v) > 0) {
		struct ctl_mount m;

		if (v.tag != CTL_T_MOUNT)
			continue;
		m = ctl_mount(&v);
		printf("mount %s %s %s %s\n", m.source, m.target, m.type,
		       m.options);
	}
	if (is("setup-error"))
		answer(CTL_ERROR, 0, CTL_T_ERRNO, EIO, "cannot mount 'root': Input/output error");
	else
		answer(CTL_DONE, 0, 0, 0, NULL);
}

static void power_off(void)
{
	if (is("no-power-off"))
		hang();
	printf("fake: power off\n");
	exit(0);
}

static void number_field(const struct ctl_header *h, const void *fields)
{
	struct ctl_reader r;
	struct ctl_value v;
	struct ctl_tty size;

	ctl_open(&r, h->type, fields, h->length);
	if (ctl_next(&r, &v) != 1)
		return;
	if (v.tag == CTL_T_TTY) {
		size = ctl_tty(&v);
		printf("winsize %ux%u\n", size.cols, size.rows);
	} else {
		printf("signal %u\n", ctl_u32(&v));
		kill(-fake.pid, (int)ctl_u32(&v));
		kill(fake.pid, (int)ctl_u32(&v));
	}
	fflush(stdout);
}

static void receive(void)
{
	static unsigned char buf[CTL_PACKET_MAX];
	static unsigned char file[CTL_FILE_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(CTL_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fake.control, &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	unsigned char *fields = buf + sizeof(struct ctl_header);
	int fds[CTL_FDS_MAX], nfds = 0, i;
	struct ctl_header h;

	if (n <= 0)
		exit(4);
	if (c) {
		nfds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)nfds * sizeof(int));
	}
	if (ctl_parse(buf, (size_t)n, (uint32_t)nfds, &h) < 0)
		exit(5);
	if (h.flags & CTL_F_FILE) {
		fields = file;
		if (read(fds[nfds - 1], file, sizeof(file)) != h.length)
			exit(6);
	}
	if (h.type == CTL_SETUP)
		setup(&h, fields);
	else if (h.type == CTL_EXEC)
		run(&h, fields, fds, nfds - !!(h.flags & CTL_F_FILE));
	else if (h.type == CTL_SIGNAL || h.type == CTL_WINSIZE)
		number_field(&h, fields);
	else if (h.type == CTL_POWEROFF)
		power_off();
	for (i = 0; i < nfds; i++)
		close(fds[i]);
}

static void report(int status)
{
	answer(CTL_EXITED, fake.id, CTL_T_STATUS, (uint32_t)status, NULL);
	fake.pid = 0;
}

static void loop(int children)
{
	struct pollfd p[] = { { .fd = fake.control, .events = POLLIN },
			      { .fd = children, .events = POLLIN } };
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents)
			receive();
		if (p[1].revents &&
		    read(children, &info, sizeof(info)) == sizeof(info) &&
		    fake.pid > 0 && waitpid(fake.pid, &status, WNOHANG) > 0)
			report(status);
	}
}

int main(int argc, char **argv)
{
	sigset_t chld;
	size_t k;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++) {
		printf("arg %s\n", argv[i]);
		if (!strncmp(argv[i], "hum.control=", 12))
			fake.control = atoi(argv[i] + 12);
		if (!strncmp(argv[i], "fake=", 5))
			fake.kind = argv[i] + 5;
	}
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (is(kinds[k].name))
			kinds[k].act();
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	answer(CTL_HELLO, 0, 0, 0, "0.0.0-hum-fake");
	loop(signalfd(-1, &chld, SFD_CLOEXEC));
}
