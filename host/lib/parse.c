// SPDX-License-Identifier: GPL-2.0-only
/*
 * parse - numbers, sizes and words from strings: pure, strict, no allocation
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "parse.h"

/* Take digits from *@text on; it then points behind them. */
static int take_number(const char **text, uint64_t *ret)
{
	const char *at = *text;
	uint64_t n = 0;

	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (unsigned int)(*at - '0'), &n))
			return -ERANGE;
	}
	*text = at;
	*ret = n;
	return 0;
}

int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;
	int r = take_number(&text, &n);

	if (r < 0)
		return r;
	if (*text)
		return -EINVAL;
	if (n < min || n > max)
		return -ERANGE;
	*ret = n;
	return 0;
}

/* The power of two that a unit stands for, or -EINVAL. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMGT";
	char c = *unit;
	const char *at;

	if (!c)
		return 0;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	at = strchr(letters, c);
	if (!at || (unit[1] && strcmp(unit + 1, "B") && strcmp(unit + 1, "iB")))
		return -EINVAL;
	return 10 * (int)(at - letters + 1);
}

int parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;
	int r, shift;

	r = take_number(&text, &n);
	if (r < 0)
		return r;
	shift = unit_shift(text);
	if (shift < 0)
		return shift;
	if (n > UINT64_MAX >> shift)
		return -ERANGE;
	n <<= shift;
	if (n < min || n > max)
		return -ERANGE;
	*ret = n;
	return 0;
}

struct words {
	char *at, *end;
	size_t count;
	bool open;		/* a word has begun, perhaps an empty one ('') */
};

static int put(struct words *w, char c)
{
	if (w->at == w->end)
		return -ENOSPC;
	*w->at++ = c;
	w->open = true;
	return 0;
}

static int end_word(struct words *w)
{
	int r;

	if (!w->open)
		return 0;
	r = put(w, 0);
	w->open = false;
	w->count++;
	return r;
}

/* Take what stands in quotes; *@text is behind the first, then behind the last. */
static int take_quoted(struct words *w, const char **text, char quote)
{
	const char *at = *text;
	int r;

	w->open = true;
	for (; *at && *at != quote; at++) {
		if (quote == '"' && *at == '\\' && at[1] &&
		    strchr("\"\\$`", at[1]))
			at++;
		r = put(w, *at);
		if (r < 0)
			return r;
	}
	if (!*at)
		return -EINVAL;
	*text = at + 1;
	return 0;
}

int parse_words(const char *text, char *buf, size_t size, size_t *ret_count)
{
	struct words w = { .at = buf, .end = buf + size };
	int r = 0;

	while (*text && r == 0) {
		char c = *text++;

		if (c == ' ' || c == '\t' || c == '\n')
			r = end_word(&w);
		else if (c == '\'' || c == '"')
			r = take_quoted(&w, &text, c);
		else if (c == '\\' && !*text)
			r = -EINVAL;
		else
			r = put(&w, c == '\\' ? *text++ : c);
	}
	if (r == 0)
		r = end_word(&w);
	if (r == 0)
		*ret_count = w.count;
	return r;
}
