/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptydrive - runs a command on a terminal and follows a script on stdin
 *
 *	ptydrive [-n] [-r ROWS] [-c COLUMNS] [-l SECONDS] COMMAND... <SCRIPT
 *
 * The terminal is a new pseudo-terminal, the command its session leader. With
 * -n there is none: stdin is a pipe, stdout and stderr are another one. Every
 * step of the script may take SECONDS (30). A step is one line; text has C's
 * escapes (\r \n \e \xHH \\):
 *
 *	expect TEXT	the output goes on to contain TEXT
 *	send TEXT	typed
 *	eof		end of the input (-n only)
 *	resize R C	of the terminal
 *	signal NAME	to the command
 *	pause MS	for moments that must be arbitrary, never to wait
 *	hangup		the terminal goes away
 *	modes		the terminal's modes are those it had in the beginning
 *	wait STATUS	the command ends like this (128+N for signal N, * = any)
 *	never TEXT	the output did not contain TEXT anywhere
 *
 * In the end the command has to be gone with all its descendants.
 * Exit status: 0 every step succeeded, 1 one did not (stderr says which and
 * shows the output), 2 wrong usage.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "strays.h"

static int limit_ms = 30000;

struct step {
	const char *name;
	int (*run)(struct session *s, char *arg);
};

/* Undo C's escapes in place. Return: the length, text may hold NUL. */
static size_t unescape(char *text)
{
	static const char from[] = "rnte\\0", to[] = "\r\n\t\033\\\0";
	char *in = text, *out = text, hex[3] = "";
	const char *p;

	while (*in) {
		if (*in != '\\' || !in[1]) {
			*out++ = *in++;
			continue;
		}
		in++;
		p = strchr(from, *in);
		if (p) {
			*out++ = to[p - from];
			in++;
		} else if (*in == 'x' && isxdigit((unsigned char)in[1]) &&
			   isxdigit((unsigned char)in[2])) {
			memcpy(hex, in + 1, 2);
			*out++ = (char)strtol(hex, NULL, 16);
			in += 3;
		} else {
			*out++ = *in++;
		}
	}
	*out = 0;
	return (size_t)(out - text);
}

static int step_expect(struct session *s, char *arg)
{
	return session_expect(s, arg, unescape(arg), limit_ms);
}

static int step_send(struct session *s, char *arg)
{
	return session_send(s, arg, unescape(arg), limit_ms);
}

static int step_eof(struct session *s, char *arg)
{
	(void)arg;
	return session_eof(s);
}

static int step_resize(struct session *s, char *arg)
{
	unsigned short rows, cols;

	if (sscanf(arg, "%hu %hu", &rows, &cols) != 2)
		return -EINVAL;
	return session_resize(s, rows, cols);
}

static int step_signal(struct session *s, char *arg)
{
	static const struct { const char *name; int signo; } names[] = {
		{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT },
		{ "KILL", SIGKILL }, { "TERM", SIGTERM }, { "TSTP", SIGTSTP },
		{ "CONT", SIGCONT }, { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },
		{ "WINCH", SIGWINCH },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, arg))
			return kill(s->pid, names[i].signo) < 0 ? -errno : 0;
	return -EINVAL;
}

static int step_pause(struct session *s, char *arg)
{
	return session_pump(s, atoi(arg));
}

static int step_hangup(struct session *s, char *arg)
{
	(void)arg;
	session_hangup(s);
	return 0;
}

static int step_modes(struct session *s, char *arg)
{
	(void)arg;
	return session_same_modes(s);
}

static int step_wait(struct session *s, char *arg)
{
	int got = session_wait(s, limit_ms);

	if (got < 0)
		return got;
	if (*arg == '*' || got == atoi(arg))
		return 0;
	fprintf(stderr, "ptydrive: exit status %d, expected %s\n", got, arg);
	return -EPROTO;
}

static int step_never(struct session *s, char *arg)
{
	size_t len = unescape(arg);

	return memmem(s->text, s->len, arg, len) ? -EPROTO : 0;
}

static const struct step steps[] = {
	{ "expect", step_expect }, { "send", step_send }, { "eof", step_eof },
	{ "resize", step_resize }, { "signal", step_signal },
	{ "pause", step_pause }, { "hangup", step_hangup },
	{ "modes", step_modes }, { "wait", step_wait }, { "never", step_never },
};

/* One line of the script. Return: 0 or a negative errno. */
static int run_line(struct session *s, char *line)
{
	char *arg = strchr(line, ' ');
	size_t i;

	if (!*line || *line == '#')
		return 0;
	if (arg)
		*arg++ = 0;
	else
		arg = line + strlen(line);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].name, line))
			return steps[i].run(s, arg);
	return -EINVAL;
}

static int run_script(struct session *s, FILE *script)
{
	char *line = NULL, *shown;
	size_t room = 0;
	int number = 0, ret = 0;
	ssize_t n;

	while (!ret && (n = getline(&line, &room, script)) >= 0) {
		number++;
		if (n && line[n - 1] == '\n')
			line[n - 1] = 0;
		shown = strdup(line);
		ret = run_line(s, line);
		if (ret)
			fprintf(stderr, "ptydrive: step %d (%s): %s\n", number,
				shown ? shown : "", strerror(-ret));
		free(shown);
	}
	free(line);
	return ret;
}

int main(int argc, char **argv)
{
	struct session s = { .rows = 24, .cols = 80, .terminal = 1 };
	FILE *script;
	int opt, ret;

	while ((opt = getopt(argc, argv, "+nr:c:l:")) != -1) {
		switch (opt) {
		case 'n': s.terminal = 0; break;
		case 'r': s.rows = (unsigned short)atoi(optarg); break;
		case 'c': s.cols = (unsigned short)atoi(optarg); break;
		case 'l': limit_ms = atoi(optarg) * 1000; break;
		default: return 2;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "usage: ptydrive [-n] [-r ROWS] [-c COLUMNS] [-l SECONDS] COMMAND...\n");
		return 2;
	}
	script = fdopen(fcntl(0, F_DUPFD_CLOEXEC, 3), "r");
	if (!script || strays_adopt() < 0) {
		perror("ptydrive");
		return 1;
	}
	ret = session_start(&s, argv + optind);
	if (ret < 0) {
		fprintf(stderr, "ptydrive: %s: %s\n", argv[optind], strerror(-ret));
		return 1;
	}
	ret = run_script(&s, script);
	if (ret)
		session_show(&s, stderr);
	session_end(&s);
	if (strays_end(ret ? 0 : 5000))
		ret = -EBUSY;
	return ret ? 1 : 0;
}
