/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strv - a growing, NULL-ended list of strings, as execve(2) takes it
 *
 * Zeroed memory is an empty list. Strings are copied and owned.
 */
#ifndef HUM_STRV_H
#define HUM_STRV_H

#include <stddef.h>

#include "cleanup.h"

struct strv {
	char **v;		/* NULL while nothing was added */
	size_t n;
};

/* Return: 0 or -ENOMEM. */
int strv_add(struct strv *list, const char *string);
int strv_addf(struct strv *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Add NAME=VALUE in place of an entry of the same NAME. Return: as strv_add(). */
int strv_set(struct strv *list, const char *assignment);

/* The value of NAME among NAME=VALUE entries, or NULL. */
const char *strv_get(const struct strv *list, const char *name);

void strv_clear(struct strv *list);

#define _cleanup_strv_	_cleanup_(strv_clear)

#endif /* HUM_STRV_H */
