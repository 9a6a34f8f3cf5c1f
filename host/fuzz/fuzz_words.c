// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_words - the words of --append, numbers and sizes
 *
 * The promise: strlen + 1 bytes always hold the words; words that are quoted and
 * split again are the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "parse.h"
#include "quote.h"

static void split_again(const char *words, size_t count)
{
	char *text = NULL, *again;
	size_t size = 0, n = 0, i;
	FILE *out = open_memstream(&text, &size);
	const char *at = words;

	MUST(out);
	for (i = 0; i < count; i++, at += strlen(at) + 1) {
		if (i)
			putc(' ', out);
		quote_word(out, at);
	}
	MUST(fclose(out) == 0);
	again = malloc(size + 1);
	MUST(again && parse_words(text, again, size + 1, &n) == 0);
	MUST(n == count && !memcmp(words, again, (size_t)(at - words)));
	free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *words = malloc(size + 1);
	size_t count = 0;
	uint64_t n;
	int r;

	MUST(text && words);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	r = parse_words(text, words, strlen(text) + 1, &count);
	MUST(r == 0 || r == -EINVAL);
	if (r == 0)
		split_again(words, count);
	(void)parse_size(text, 0, UINT64_MAX, &n);
	if (parse_u64(text, 1, 64, &n) == 0)
		MUST(n >= 1 && n <= 64);
	free(text);
	free(words);
	return 0;
}
