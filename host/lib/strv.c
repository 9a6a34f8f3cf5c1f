// SPDX-License-Identifier: GPL-2.0-only
/*
 * strv - a growing, NULL-ended list of strings, as execve(2) takes it
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "strv.h"

/* Add a string that the list takes over, also when that fails. */
static int add_owned(struct strv *list, char *string)
{
	char **v;

	if (!string)
		return -ENOMEM;
	v = reallocarray(list->v, list->n + 2, sizeof(*v));
	if (!v) {
		free(string);
		return -ENOMEM;
	}
	v[list->n++] = string;
	v[list->n] = NULL;
	list->v = v;
	return 0;
}

int strv_add(struct strv *list, const char *string)
{
	return add_owned(list, strdup(string));
}

int strv_addf(struct strv *list, const char *format, ...)
{
	char *string = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&string, format, args);
	va_end(args);
	return n < 0 ? -ENOMEM : add_owned(list, string);
}

int strv_set(struct strv *list, const char *assignment)
{
	size_t name = strcspn(assignment, "="), i;
	char *copy;

	for (i = 0; i < list->n; i++) {
		if (strncmp(list->v[i], assignment, name) ||
		    list->v[i][name] != '=')
			continue;
		copy = strdup(assignment);
		if (!copy)
			return -ENOMEM;
		free(list->v[i]);
		list->v[i] = copy;
		return 0;
	}
	return strv_add(list, assignment);
}

const char *strv_get(const struct strv *list, const char *name)
{
	size_t length = strlen(name), i;

	for (i = 0; i < list->n; i++)
		if (!strncmp(list->v[i], name, length) &&
		    list->v[i][length] == '=')
			return list->v[i] + length + 1;
	return NULL;
}

void strv_clear(struct strv *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	list->v = NULL;
	list->n = 0;
}
