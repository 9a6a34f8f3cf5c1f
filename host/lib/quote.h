/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote - words as a POSIX shell reads them back
 */
#ifndef HUM_QUOTE_H
#define HUM_QUOTE_H

#include <stdio.h>

/* Write @word, in single quotes where it needs them. */
void quote_word(FILE *out, const char *word);

#endif /* HUM_QUOTE_H */
