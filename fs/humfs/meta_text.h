/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_text.h - reading and writing numbers for the formats' own files
 */
#ifndef HUMFS_META_TEXT_H
#define HUMFS_META_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is left to read. */
struct hmeta_text {
	const char *at, *end;
};

/* The value of a digit in base, or -1. */
static inline int hmeta_digit(char c, unsigned int base)
{
	int value = c >= '0' && c <= '9' ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

	return value < (int)base ? value : -1;
}

/* A number of at most max, digits only. Return: false, and nothing is read. */
static inline bool hmeta_number(struct hmeta_text *text, unsigned int base,
				uint64_t max, uint64_t *ret)
{
	const char *at = text->at;
	uint64_t value = 0;
	int digit;

	while (at < text->end && (digit = hmeta_digit(*at, base)) >= 0) {
		if (value > (max - digit) / base || max < (uint64_t)digit)
			return false;
		value = value * base + digit;
		at++;
	}
	if (at == text->at)
		return false;
	text->at = at;
	*ret = value;
	return true;
}

static inline bool hmeta_number32(struct hmeta_text *text, unsigned int base,
				  uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!hmeta_number(text, base, max, &value))
		return false;
	*ret = value;
	return true;
}

static inline bool hmeta_char(struct hmeta_text *text, char c)
{
	if (text->at == text->end || *text->at != c)
		return false;
	text->at++;
	return true;
}

/* Is word next? Then it is read. */
static inline bool hmeta_word(struct hmeta_text *text, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(text->end - text->at) < length ||
	    memcmp(text->at, word, length))
		return false;
	text->at += length;
	return true;
}

static inline bool hmeta_at_end(const struct hmeta_text *text)
{
	return text->at == text->end;
}

/* Append a number of at least `width` digits. Return: behind it. */
static inline char *hmeta_put(char *at, uint64_t value, unsigned int base,
			      unsigned int width)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n < width)
		digits[n++] = '0';
	while (n)
		*at++ = digits[--n];
	return at;
}

static inline char *hmeta_puts(char *at, const char *word)
{
	size_t length = strlen(word);

	memcpy(at, word, length);
	return at + length;
}

#endif /* HUMFS_META_TEXT_H */
