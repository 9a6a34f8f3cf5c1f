/* SPDX-License-Identifier: GPL-2.0-only */
/* session.h - a command on a pseudo-terminal or on pipes, and its output */
#ifndef HUM_SESSION_H
#define HUM_SESSION_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

struct session {
	int terminal;			/* a pseudo-terminal, else pipes */
	unsigned short rows, cols;
	pid_t pid;
	int in, out;			/* ours; the same for a terminal, -1 = closed */
	int children;			/* signalfd for SIGCHLD */
	int ended, status;		/* the command, as a shell says it */
	struct termios modes;		/* in the beginning */
	char *text;			/* everything read so far */
	size_t len, room, seen;		/* seen: where the next expect begins */
};

/* All return 0 or a negative errno, -ETIMEDOUT when the limit is over. */
int session_start(struct session *s, char **argv);
int session_expect(struct session *s, const char *text, size_t len, int limit_ms);
int session_send(struct session *s, const char *text, size_t len, int limit_ms);
int session_eof(struct session *s);
int session_resize(struct session *s, unsigned short rows, unsigned short cols);
int session_same_modes(struct session *s);
void session_hangup(struct session *s);

/* Read what comes for so long. */
int session_pump(struct session *s, int ms);

/* Return: the exit status, 128+N for signal N, or a negative errno. */
int session_wait(struct session *s, int limit_ms);

/* Print the output so far, unprintable bytes escaped. */
void session_show(const struct session *s, FILE *to);

/* Kill the command if it still runs, close everything. */
void session_end(struct session *s);

#endif /* HUM_SESSION_H */
