/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msg - what a command tells its user on stderr
 *
 * The one place of host/lib that prints; only commands call it, never a library.
 * A message is one line whatever stands in it: control characters of names and
 * of guest texts come out as \ooo, so that a file name with a newline stays on
 * the line and a guest cannot send escape sequences to the user's terminal.
 */
#ifndef HUM_MSG_H
#define HUM_MSG_H

#include <stddef.h>

/* The name that begins every message. @name must stay valid. */
void msg_program(const char *name);

/* Print "NAME: message". */
void msg(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print the same with ": strerror(error)" behind it; @error is a negative errno. */
void msg_errno(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Print bytes that a guest wrote, line by line, made harmless as above. */
void msg_bytes(const char *data, size_t length);

#endif /* HUM_MSG_H */
