// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_parse - numbers, sizes, words, quoting and lists of host/lib
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "parse.h"
#include "quote.h"
#include "strv.h"
#include "tap.h"

static void number_is_decimal_digits_only(void)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1",
					   "1a", "a" };
	uint64_t n = 77;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(parse_u64(bad[i], 0, 9, &n), -EINVAL);
	CHECK_INT(n, 77);
	CHECK_INT(parse_u64("007", 0, 9, &n), 0);
	CHECK_INT(n, 7);
}

static void number_keeps_its_range(void)
{
	uint64_t n = 0;

	CHECK_INT(parse_u64("0", 1, 64, &n), -ERANGE);
	CHECK_INT(parse_u64("65", 1, 64, &n), -ERANGE);
	CHECK_INT(parse_u64("64", 1, 64, &n), 0);
	CHECK_INT(parse_u64("18446744073709551616", 0, UINT64_MAX, &n), -ERANGE);
	CHECK_INT(parse_u64("18446744073709551615", 0, UINT64_MAX, &n), 0);
	CHECK(n == UINT64_MAX);
}

static void size_has_a_unit(void)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "512M", 512ull << 20 }, { "2G", 2ull << 30 },
		{ "1g", 1ull << 30 }, { "64k", 64 << 10 }, { "1T", 1ull << 40 },
		{ "2GiB", 2ull << 30 }, { "2MB", 2 << 20 }, { "4096", 4096 },
	};
	static const char *const bad[] = { "", "M", "1.5G", "2GG", "2Q", "-1M",
					   "2 G", "1iB", "2Gi", "0x2M" };
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		n = 0;
		CHECK_INT(parse_size(good[i].text, 1, UINT64_MAX, &n), 0);
		CHECK(n == good[i].bytes);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(parse_size(bad[i], 0, UINT64_MAX, &n), -EINVAL);
	CHECK_INT(parse_size("99999999999999T", 1, UINT64_MAX, &n), -ERANGE);
	CHECK_INT(parse_size("17179869184G", 1, UINT64_MAX, &n), -ERANGE);
}

/* The words of @text, each in brackets, in a static buffer. */
static const char *words(const char *text)
{
	static char out[256];
	char buf[128];
	size_t count, i;
	char *at = buf;
	int r = parse_words(text, buf, strlen(text) + 1, &count);

	if (r < 0)
		return r == -EINVAL ? "EINVAL" : "?";
	out[0] = 0;
	for (i = 0; i < count; i++, at += strlen(at) + 1) {
		strcat(out, "[");
		strcat(out, at);
		strcat(out, "]");
	}
	return out;
}

static void words_are_split_as_a_shell_does(void)
{
	CHECK_STR(words(""), "");
	CHECK_STR(words("  \t\n "), "");
	CHECK_STR(words("a  b\tc"), "[a][b][c]");
	CHECK_STR(words("a 'b c' d"), "[a][b c][d]");
	CHECK_STR(words("a\"b c\"d"), "[ab cd]");
	CHECK_STR(words("''"), "[]");
	CHECK_STR(words("a '' b"), "[a][][b]");
	CHECK_STR(words("a\\ b"), "[a b]");
	CHECK_STR(words("'a\\b'"), "[a\\b]");
	CHECK_STR(words("\"a\\b\\\"\\\\\\$\""), "[a\\b\"\\$]");
	CHECK_STR(words("$HOME *"), "[$HOME][*]");
}

static void open_quote_is_refused(void)
{
	CHECK_STR(words("a 'b"), "EINVAL");
	CHECK_STR(words("\"a"), "EINVAL");
	CHECK_STR(words("\"a\\"), "EINVAL");
	CHECK_STR(words("a\\"), "EINVAL");
}

static void words_do_not_pass_the_buffer(void)
{
	char buf[4];
	size_t count;

	CHECK_INT(parse_words("abcd", buf, sizeof(buf), &count), -ENOSPC);
	CHECK_INT(parse_words("abc", buf, sizeof(buf), &count), 0);
}

static void quoted_word_reads_back_as_itself(void)
{
	static const char *const texts[] = {
		"", "plain", "a b", "it's", "a\nb", "\"", "$x `y` \\", "*?[",
		"~", "A=1", "#", "\xff\xfe", "'", "''",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char quoted[128] = "", back[128];
		FILE *out = fmemopen(quoted, sizeof(quoted), "w");
		size_t count = 0;

		quote_word(out, texts[i]);
		fclose(out);
		CHECK_INT(parse_words(quoted, back, sizeof(back), &count), 0);
		CHECK_INT(count, 1);
		CHECK_STR(back, texts[i]);
	}
}

static void list_set_replaces_the_same_name(void)
{
	struct strv list = { 0 };

	CHECK(strv_get(&list, "A") == NULL);
	CHECK_INT(strv_set(&list, "A=1"), 0);
	CHECK_INT(strv_set(&list, "AB=2"), 0);
	CHECK_INT(strv_set(&list, "A=3"), 0);
	CHECK_INT(strv_addf(&list, "%s=%d", "C", 4), 0);
	CHECK_INT(list.n, 3);
	CHECK_STR(strv_get(&list, "A"), "3");
	CHECK_STR(strv_get(&list, "AB"), "2");
	CHECK_STR(strv_get(&list, "C"), "4");
	CHECK(list.v[3] == NULL);
	strv_clear(&list);
	CHECK_INT(list.n, 0);
}

static const struct tap_case cases[] = {
	TAP_CASE(number_is_decimal_digits_only),
	TAP_CASE(number_keeps_its_range),
	TAP_CASE(size_has_a_unit),
	TAP_CASE(words_are_split_as_a_shell_does),
	TAP_CASE(open_quote_is_refused),
	TAP_CASE(words_do_not_pass_the_buffer),
	TAP_CASE(quoted_word_reads_back_as_itself),
	TAP_CASE(list_set_replaces_the_same_name),
};

TAP_MAIN(cases)
