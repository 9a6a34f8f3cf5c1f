// SPDX-License-Identifier: GPL-2.0-only
/*
 * msg - what a command tells its user on stderr
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"

static const char *program = "hum";

void msg_program(const char *name)
{
	program = name;
}

/* Bytes from 0x80 stay as they are: UTF-8 names are to be readable. */
static bool harmless(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

static void put_harmless(FILE *out, const char *data, size_t length,
			 bool keep_lines)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)data[i];

		if (harmless(c) || (keep_lines && (c == '\n' || c == '\t')))
			putc(c, out);
		else if (!(keep_lines && c == '\r'))
			fprintf(out, "\\%03o", c);
	}
}

/* One write(2) a message, so that those of parallel programs do not mix. */
static void write_stderr(const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(STDERR_FILENO, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;		/* nobody is left to tell */
		data += n;
		length -= (size_t)n;
	}
}

static void message(const char *error, const char *format, va_list args)
{
	_cleanup_free_ char *text = NULL, *line = NULL;
	size_t size = 0;
	FILE *out;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		write_stderr("out of memory\n", 14);
		return;
	}
	out = open_memstream(&line, &size);
	if (!out)
		return;
	fprintf(out, "%s: ", program);
	put_harmless(out, text, strlen(text), false);
	if (error)
		fprintf(out, ": %s", error);
	putc('\n', out);
	if (fclose(out) == 0)
		write_stderr(line, size);
}

void msg(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(NULL, format, args);
	va_end(args);
}

void msg_errno(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(strerror(-error), format, args);
	va_end(args);
}

void msg_bytes(const char *data, size_t length)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	put_harmless(out, data, length, true);
	if (length && data[length - 1] != '\n')
		putc('\n', out);
	if (fclose(out) == 0)
		write_stderr(text, size);
}
