// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptyrun - run a command in a terminal as a shell's foreground job, by a script
 *
 * ptyrun COMMAND... <SCRIPT. One action a line, each with a limit of time; the
 * first that fails ends the run with status 1 and a line that says what was seen:
 *
 *   expect TEXT	wait until the command has written TEXT (since the last match)
 *   send TEXT		type TEXT
 *   mode raw|cooked	wait until the terminal is in that mode
 *   resize ROWS COLS	change the window's size
 *   signal N		send the signal to the command's process
 *   stopped		wait until the command is stopped
 *   fg			bring it to the foreground, and continue it
 *   close		close the terminal
 *   exit N		wait for the command's end with status N (128+S: signal S)
 *
 * TEXT knows \n \r \\ and \NNN (octal).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 20000

static int master = -1;
static int from_leader, to_leader;	/* statuses; "continue it" */
static pid_t command_pid;
static char seen[1 << 16];
static size_t nseen;
static int line_number;

static void fail(const char *why)
{
	fprintf(stderr, "ptyrun: line %d: %s; seen: '%.*s'\n", line_number, why,
		(int)nseen, seen);
	/* The terminal's end hangs up what still runs. */
	exit(1);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/*
 * The session's leader plays the interactive shell: gives the terminal to the
 * command, takes it back when that stops, reports every change of state.
 */
static void lead(char **argv, int report, int orders)
{
	pid_t pid;
	int status;
	char c;

	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		close(report);
		close(orders);
		execvp(argv[0], argv);
		_exit(127);
	}
	setpgid(pid, pid);
	(void)!write(report, &pid, sizeof(pid));
	while (waitpid(pid, &status, WUNTRACED) == pid) {
		if (WIFSTOPPED(status))
			tcsetpgrp(0, getpid());
		(void)!write(report, &status, sizeof(status));
		if (!WIFSTOPPED(status))
			break;
		if (read(orders, &c, 1) != 1)
			break;
		tcsetpgrp(0, pid);
		kill(-pid, SIGCONT);
	}
	_exit(0);
}

static void start(char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int reports[2], orders[2];
	pid_t leader;

	if (pipe2(reports, O_CLOEXEC) < 0 || pipe2(orders, O_CLOEXEC) < 0)
		exit(2);
	leader = forkpty(&master, NULL, NULL, &size);
	if (leader < 0)
		exit(2);
	if (leader == 0) {
		close(reports[0]);
		close(orders[1]);
		lead(argv, reports[1], orders[0]);
	}
	close(reports[1]);
	close(orders[0]);
	from_leader = reports[0];
	to_leader = orders[1];
	fcntl(master, F_SETFD, FD_CLOEXEC);
	if (read(from_leader, &command_pid, sizeof(command_pid)) !=
	    sizeof(command_pid))
		exit(2);
}

/* Take what the terminal has to say. Return: false at its end. */
static bool take_output(int timeout)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	ssize_t n;

	if (master < 0 || poll(&p, 1, timeout) <= 0)
		return true;
	if (nseen == sizeof(seen))
		nseen = 0;
	n = read(master, seen + nseen, sizeof(seen) - nseen);
	if (n > 0)
		nseen += (size_t)n;
	return n > 0;
}

static size_t unescape(char *text)
{
	char *to = text, *at = text;

	while (*at) {
		if (*at != '\\') {
			*to++ = *at++;
		} else if (at[1] == 'n' || at[1] == 'r') {
			*to++ = at[1] == 'n' ? '\n' : '\r';
			at += 2;
		} else if (at[1] >= '0' && at[1] <= '3') {
			*to++ = (char)strtol((char[]){ at[1], at[2], at[3], 0 },
					     NULL, 8);
			at += 4;
		} else {
			at++;
			*to++ = *at++;
		}
	}
	return (size_t)(to - text);
}

static void expect(char *text)
{
	size_t n = unescape(text);
	long long end = now_ms() + LIMIT_MS;
	char *at;

	while (!(at = memmem(seen, nseen, text, n))) {
		if (now_ms() > end)
			fail("expected text did not come");
		if (!take_output(100))
			usleep(10000);
	}
	at += n;
	nseen -= (size_t)(at - seen);
	memmove(seen, at, nseen);
}

static void send_text(char *text)
{
	size_t n = unescape(text);

	if (write(master, text, n) != (ssize_t)n)
		fail("cannot type");
}

static void mode(char *text)
{
	bool raw = !strcmp(text, "raw");
	long long end = now_ms() + LIMIT_MS;
	struct termios t;

	for (;;) {
		if (tcgetattr(master, &t) == 0 && !(t.c_lflag & ICANON) == raw)
			return;
		if (now_ms() > end)
			fail("the terminal is in the other mode");
		take_output(10);
	}
}

static void resize(char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) != 2 ||
	    ioctl(master, TIOCSWINSZ, &size) < 0)
		fail("cannot resize");
}

/* The next status of the command; the terminal is emptied meanwhile. */
static int next_status(void)
{
	long long end = now_ms() + LIMIT_MS;
	int status;

	for (;;) {
		struct pollfd p = { .fd = from_leader, .events = POLLIN };

		if (poll(&p, 1, 20) > 0 &&
		    read(from_leader, &status, sizeof(status)) == sizeof(status))
			return status;
		if (now_ms() > end)
			fail("the command's state did not change");
		take_output(0);
	}
}

static void send_signal(char *text)
{
	if (kill(command_pid, atoi(text)) < 0)
		fail("cannot send the signal");
}

static void stopped(char *text)
{
	(void)text;
	if (!WIFSTOPPED(next_status()))
		fail("the command ended instead of stopping");
}

static void foreground(char *text)
{
	(void)text;
	if (write(to_leader, "c", 1) != 1)
		fail("cannot continue");
}

static void close_terminal(char *text)
{
	(void)text;
	close(master);
	master = -1;
}

static void expect_exit(char *text)
{
	int status = next_status(), code;

	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
	if (WIFSTOPPED(status) || code != atoi(text)) {
		fprintf(stderr, "ptyrun: status %#x\n", (unsigned int)status);
		fail("another end than expected");
	}
}

static const struct {
	const char *name;
	void (*act)(char *text);
} actions[] = {
	{ "expect", expect }, { "send", send_text }, { "mode", mode },
	{ "resize", resize }, { "signal", send_signal },
	{ "stopped", stopped }, { "fg", foreground },
	{ "close", close_terminal }, { "exit", expect_exit },
};

int main(int argc, char **argv)
{
	char line[4096], *text;
	size_t i;

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	start(argv + 1);
	while (fgets(line, sizeof(line), stdin)) {
		line_number++;
		line[strcspn(line, "\n")] = 0;
		text = line + strcspn(line, " ");
		if (*text)
			*text++ = 0;
		for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
			if (!strcmp(line, actions[i].name))
				break;
		if (i == sizeof(actions) / sizeof(actions[0]))
			fail("no such action");
		actions[i].act(text);
	}
	return 0;
}
