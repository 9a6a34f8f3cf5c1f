// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest - the kernel's process: its command line, its start, its end
 *
 * Theory of operation
 *
 * The kernel gets /dev/null as standard input, a pipe that hum drains as output,
 * then from descriptor 3 on its end of the control socket and the shares;
 * everything else is closed. It does not see the command's own standard
 * descriptors: they travel through the control socket.
 *
 * It is a session of its own (a Ctrl-C at the terminal is for hum, which tells
 * the guest), has default signal dispositions, next to no environment,
 * and SIGKILL as parent-death signal: when hum is gone, however it went, the
 * kernel goes, and its stub processes go with it in the same way.
 *
 * A guest with one CPU is pinned to one host CPU: its kernel and its programs
 * are different host processes that hand over to each other at every system call,
 * and that costs a few microseconds on one CPU but tens across two.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "msg.h"

#define FIRST_FD	3	/* hum.control's; the shares follow */
#define CMDLINE_MAX	4096	/* COMMAND_LINE_SIZE of arch/um */
#define CMDLINE_OWN	64	/* what the kernel adds by itself */
#define NOFILE_MAX	(1u << 20)	/* fs.nr_open's default */

int guest_arguments(const struct config *c, const struct shares *s,
		    struct strv *ret)
{
	static const char *const modes[] = {
		[MODE_AUTO] = "auto",
		[MODE_SECCOMP] = "on",
		[MODE_PTRACE] = "off",
	};
	size_t i, length = CMDLINE_OWN;
	int r;

	r = strv_add(ret, c->kernel_path);
	r = r ? r : strv_addf(ret, "mem=%lluK",
			      (unsigned long long)(c->memory >> 10));
	r = r ? r : strv_addf(ret, "ncpus=%u", c->cpus);
	r = r ? r : strv_addf(ret, "seccomp=%s", modes[c->mode]);
	r = r ? r : strv_add(ret, "con0=null,fd:1");
	r = r ? r : strv_add(ret, "con=null");
	r = r ? r : strv_add(ret, "ssl=null");
	r = r ? r : strv_add(ret, "panic=-1");
	r = r ? r : strv_addf(ret, "hum.control=%d", FIRST_FD);
	for (i = 0; i < s->n && r == 0; i++)
		r = strv_addf(ret, "hum.share=%s:%d:%s", s->v[i].tag,
			      FIRST_FD + 1 + (int)i,
			      s->v[i].read_only ? "ro" : "rw");
	for (i = 0; i < c->append.n && r == 0; i++)
		r = strv_add(ret, c->append.v[i]);
	for (i = 1; i < ret->n; i++)
		length += strlen(ret->v[i]) + 1;
	return r == 0 && length > CMDLINE_MAX ? -E2BIG : r;
}

/* What the new process needs; prepared before the fork. */
struct child {
	const struct config *config;
	const struct shares *shares;
	char **argv;
	pid_t parent;
	char *home, *state;	/* HOME=..., XDG_STATE_HOME=... */
	int null, output, control, error;
	int cpu;		/* to stay on, -1 = any */
};

/* Our own descriptors to where the kernel expects them, the others closed. */
static int place_fds(const struct child *ch)
{
	int nshares = (int)ch->shares->n, last = FIRST_FD + 1 + nshares;
	int from[VOLUMES_MAX + 2 + FIRST_FD + 1 + 1], i, n = 0;

	from[n++] = ch->null;
	from[n++] = ch->output;
	from[n++] = ch->output;
	from[n++] = ch->control;
	for (i = 0; i < nshares; i++)
		from[n++] = ch->shares->v[i].fd;
	from[n++] = ch->error;
	/* Out of the way first, so that none is overwritten before its turn. */
	for (i = 0; i < n; i++) {
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, last + 1);
		if (from[i] < 0)
			return -errno;
	}
	for (i = 0; i < n; i++)
		if (dup3(from[i], i, i == last ? O_CLOEXEC : 0) < 0)
			return -errno;
	if (close_range((unsigned int)last + 1, ~0u, 0) < 0)
		return -errno;
	return 0;
}

static void default_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);	/* fails for KILL, STOP, libc's: right */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Limits: no core file (it would be as large as the guest's memory), as many
 * open files as we may have (hostfs has one for each open file of the guest).
 */
static int set_limits(void)
{
	struct rlimit core = { 0, 0 }, files;

	if (setrlimit(RLIMIT_CORE, &core) < 0 ||
	    getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -errno;
	if (files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max < NOFILE_MAX ?
				 files.rlim_max : NOFILE_MAX;
		if (setrlimit(RLIMIT_NOFILE, &files) < 0)
			return -errno;
	}
	return 0;
}

static int stay_on(int cpu)
{
	cpu_set_t *set = CPU_ALLOC((size_t)cpu + 1);
	size_t size = CPU_ALLOC_SIZE((size_t)cpu + 1);
	int r = 0;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S((size_t)cpu, size, set);
	if (sched_setaffinity(0, size, set) < 0)
		r = -errno;
	CPU_FREE(set);
	return r;
}

static int become_kernel(const struct child *ch)
{
	static char path[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	/*
	 * arch/um replaces PATH and takes the highest string of those that are
	 * left for the top of its address space, so one has to be left, last and
	 * short. (Without it the stubs lie in the middle of a stack and die.)
	 */
	static char last[] = "HUM=1";
	/* humfs keeps side stores where these say (docs/humfs.md). */
	char *const environment[] = { path, ch->home, ch->state, last, NULL };
	int r, error = FIRST_FD + 1 + (int)ch->shares->n;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	if (getppid() != ch->parent)
		_exit(EXIT_LAUNCH);	/* hum died before the line above */
	default_signals();
	(void)setsid();		/* cannot fail: a new process leads no group */
	(void)umask(0);		/* modes are the guest's to decide */
	r = set_limits();
	if (r == 0 && ch->cpu >= 0)
		r = stay_on(ch->cpu);
	if (r == 0)
		r = place_fds(ch);
	if (r < 0)
		return r;
	/* The kernel would do so itself, and execute itself once more. */
	(void)personality(PER_LINUX | ADDR_NO_RANDOMIZE);
	execve(ch->config->kernel_path, ch->argv, environment);
	r = -errno;
	(void)!write(error, &r, sizeof(r));	/* nobody else to tell */
	_exit(EXIT_LAUNCH);
}

static void run_child(const struct child *ch)
{
	int r = become_kernel(ch);

	(void)!write(ch->error, &r, sizeof(r));	/* nobody else to tell */
	_exit(EXIT_LAUNCH);
}

/* Which CPU to stay on: the one that we are on, it is an allowed one. */
static int choose_cpu(const struct config *c)
{
	if (c->pin == PIN_OFF || (c->pin == PIN_AUTO && c->cpus > 1))
		return -1;
	return c->pin >= 0 ? c->pin : sched_getcpu();
}

/* Fork. Return: 0; the errno that stopped the child before it was a kernel. */
static int start_child(struct child *ch, struct guest *g, int error)
{
	int r = 0;
	ssize_t n;

	ch->parent = getpid();
	g->pid = fork();
	if (g->pid < 0) {
		r = -errno;
		g->pid = 0;
		return r;
	}
	if (g->pid == 0)
		run_child(ch);
	cleanup_close(&ch->error);
	do {
		n = read(error, &r, sizeof(r));
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(r))
		return r;
	g->pidfd = pidfd_open(g->pid, 0);
	return g->pidfd < 0 ? -errno : 0;
}

int guest_start(const struct config *c, const struct shares *s,
		const struct strv *arguments, struct guest *ret)
{
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int output = -1, control = -1, error = -1;
	struct child ch = { .config = c, .shares = s, .argv = arguments->v };
	_cleanup_free_ char *home = NULL, *state = NULL;
	int sock[2], pipes[2], errors[2], r;

	*ret = (struct guest){ .pidfd = -1, .control = -1, .log = -1 };
	if (asprintf(&home, "HOME=%s", getenv("HOME") ?: "/") < 0) {
		home = NULL;
		goto fail;
	}
	if (asprintf(&state, "XDG_STATE_HOME=%s",
		     getenv("XDG_STATE_HOME") ?: "") < 0) {
		state = NULL;
		goto fail;
	}
	if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				   sock) < 0)
		goto fail;
	ret->control = sock[0];
	control = sock[1];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		goto fail;
	ret->log = pipes[0];
	output = pipes[1];
	if (pipe2(errors, O_CLOEXEC) < 0)
		goto fail;
	error = errors[0];
	ch.error = errors[1];
	ch.null = null;
	ch.output = output;
	ch.control = control;
	ch.cpu = choose_cpu(c);
	ch.home = home;
	ch.state = state;
	/* Room for messages while hum itself is stopped; less room does as well. */
	(void)fcntl(output, F_SETPIPE_SZ, 1 << 18);
	/* Both are ours alone: these are not the ends that the guest has. */
	if (fcntl(ret->control, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(ret->log, F_SETFL, O_NONBLOCK) < 0)
		goto fail;
	r = start_child(&ch, ret, error);
	cleanup_close(&ch.error);
	if (r == 0)
		return 0;
	if (r == -EINVAL && c->pin >= 0)
		msg("--pin %d: this process may not use that CPU", c->pin);
	else
		msg_errno(r, "cannot start the kernel '%s'", c->kernel_path);
	guest_close(ret);
	return r;
fail:
	r = -errno;
	msg_errno(r, "cannot start the guest");
	guest_close(ret);
	return r;
}

void guest_kill(struct guest *g)
{
	if (g->pid)
		(void)kill(g->pid, SIGKILL);	/* not reaped: it is that process */
}

int guest_reap(struct guest *g)
{
	int status = 0;

	while (g->pid && waitpid(g->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	g->pid = 0;
	return status;
}

void guest_close(struct guest *g)
{
	guest_kill(g);
	(void)guest_reap(g);	/* it was killed: nothing to learn */
	cleanup_close(&g->pidfd);
	cleanup_close(&g->control);
	cleanup_close(&g->log);
}
