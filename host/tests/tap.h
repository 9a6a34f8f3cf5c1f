/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tap - unit tests that speak TAP: a table of cases, checks that say where
 */
#ifndef HUM_TAP_H
#define HUM_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tap_case {
	const char *name;	/* what must hold: rename_keeps_inode */
	void (*run)(void);
};

/* Weak: one of each, however many files a test has. */
__attribute__((weak)) bool tap_failed;
__attribute__((weak)) const char *tap_skipped;

/* What the case needs is not there: leave it, saying what was missing. */
#define TAP_SKIP(why)							\
	do {								\
		tap_skipped = (why);					\
		return;							\
	} while (0)

#define CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			tap_failed = true;				\
			printf("# %s:%d: expected: %s\n", __FILE__,	\
			       __LINE__, #condition);			\
		}							\
	} while (0)

#define CHECK_INT(actual, expected)					\
	do {								\
		long long a_ = (long long)(actual);			\
		long long e_ = (long long)(expected);			\
									\
		if (a_ != e_) {						\
			tap_failed = true;				\
			printf("# %s:%d: %s: expected %lld, actual %lld\n", \
			       __FILE__, __LINE__, #actual, e_, a_);	\
		}							\
	} while (0)

#define CHECK_STR(actual, expected)					\
	do {								\
		const char *a_ = (actual), *e_ = (expected);		\
									\
		if (!a_ || strcmp(a_, e_)) {				\
			tap_failed = true;				\
			printf("# %s:%d: %s: expected \"%s\", actual \"%s\"\n", \
			       __FILE__, __LINE__, #actual, e_,		\
			       a_ ? a_ : "(null)");			\
		}							\
	} while (0)

/* Run all cases. Return: the exit status. */
static inline int tap_run(const struct tap_case *cases, size_t count)
{
	int failures = 0;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", count);
	for (i = 0; i < count; i++) {
		tap_failed = false;
		tap_skipped = NULL;
		cases[i].run();
		failures += tap_failed;
		printf("%s %zu - %s%s%s\n", tap_failed ? "not ok" : "ok", i + 1,
		       cases[i].name, tap_skipped ? " # SKIP " : "",
		       tap_skipped ? tap_skipped : "");
	}
	return failures ? 1 : 0;
}

#define TAP_CASE(function) { #function, function }
#define TAP_MAIN(cases)							\
	int main(void)							\
	{								\
		return tap_run(cases, sizeof(cases) / sizeof(cases[0]));	\
	}

#endif /* HUM_TAP_H */
