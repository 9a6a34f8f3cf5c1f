/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse - numbers, sizes and words from strings: pure, strict, no allocation
 */
#ifndef HUM_PARSE_H
#define HUM_PARSE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A decimal number without sign, blank or leading rubbish.
 * Return: 0; -EINVAL when it is none; -ERANGE outside @min to @max.
 */
int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/*
 * A size in bytes: a decimal number and K, M, G or T (powers of 1024; a small
 * letter or a "B" or "iB" behind it does no harm). Without a letter it is bytes.
 * Return: as parse_u64().
 */
int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/*
 * Split @text into words as a shell does: blanks separate, '...' is taken as it
 * is, in "..." a backslash escapes " \ $ and `, elsewhere any character.
 * Nothing is expanded. The words go to @buf one behind the other, each ended by
 * NUL; strlen(text) + 1 bytes always hold them.
 * Return: 0; -EINVAL when a quote is open at the end; -ENOSPC.
 */
int parse_words(const char *text, char *buf, size_t size, size_t *ret_count);

#endif /* HUM_PARSE_H */
