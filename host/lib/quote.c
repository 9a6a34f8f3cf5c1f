// SPDX-License-Identifier: GPL-2.0-only
/*
 * quote - words as a POSIX shell reads them back
 */
#include <string.h>

#include "quote.h"

/* No "=": as the first word NAME=VALUE would be an assignment. No "~". */
static const char plain[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	"_-./,:+@%";

void quote_word(FILE *out, const char *word)
{
	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	}
	putc('\'', out);
}
