// SPDX-License-Identifier: GPL-2.0-only
/*
 * modes - chmod's words: octal, or u+s,go-w,a=rX (POSIX, chmod; no file mode mask)
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "modes.h"

static int octal(const char *text, uint32_t *ret)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '7' && value <= 07777; text++)
		value = value * 8 + (uint32_t)(*text - '0');
	if (*text || value > 07777)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* Bits of one permission letter for all of u, g and o. */
static int letter_bits(char letter, uint32_t mode, uint32_t *ret)
{
	switch (letter) {
	case 'r': *ret = 0444; return 0;
	case 'w': *ret = 0222; return 0;
	case 'x': *ret = 0111; return 0;
	case 'X':
		*ret = S_ISDIR(mode) || (mode & 0111) ? 0111 : 0;
		return 0;
	case 's': *ret = 06000; return 0;
	case 't': *ret = 01000; return 0;
	default: return -EINVAL;
	}
}

/* What u, g, o and a let a clause touch; nobody named: all. */
static uint32_t who_bits(const char **text)
{
	uint32_t who = 0;

	for (;; ++*text) {
		switch (**text) {
		case 'u': who |= 04700; break;
		case 'g': who |= 02070; break;
		case 'o': who |= 01007; break;
		case 'a': who |= 07777; break;
		default: return who ? who : 07777;
		}
	}
}

/* One operator and its letters. "t" is not bound to "o" (as chmod(1) has it). */
static int action(const char **text, uint32_t who, uint32_t *mode)
{
	char operator = **text;
	uint32_t bits = 0, one = 0;

	if (!operator || !strchr("+-=", operator))
		return -EINVAL;
	while (*++*text && !strchr(",+-=", **text)) {
		if (letter_bits(**text, *mode, &one))
			return -EINVAL;
		bits |= one & (one == 01000 ? 01000 : who);
	}
	if (operator == '=')
		*mode &= ~(who & (S_ISDIR(*mode) ? 01777u : 07777u));
	*mode = operator == '-' ? *mode & ~bits : *mode | bits;
	return 0;
}

int modes_apply(const char *text, uint32_t mode, uint32_t *ret)
{
	uint32_t value = mode, type = mode & S_IFMT;

	if (*text >= '0' && *text <= '9') {
		if (octal(text, &value))
			return -EINVAL;
		*ret = type | value;
		return 0;
	}
	do {
		uint32_t who = who_bits(&text);

		do {
			if (action(&text, who, &value))
				return -EINVAL;
		} while (*text && *text != ',');
	} while (*text++ == ',');
	*ret = value;
	return 0;
}
