/* SPDX-License-Identifier: GPL-2.0-only */
/* expect - the known differences of a file system, with their reasons */
#ifndef FSCONF_EXPECT_H
#define FSCONF_EXPECT_H

#include <stdbool.h>

struct fc_expected {
	char *pattern;		/* fnmatch(3) over "family.case: check" */
	char *reason;
	bool skip;		/* a need that may be missing, not a failure */
	int hits;
};

/* The list built in under @name. Return: 0, or -1 if there is none. */
int fc_expect_builtin(const char *name);
/* Return: 0, or -1 with errno; EINVAL and a bad line in *@ret_line. */
int fc_expect_file(const char *path, int *ret_line);
/* The entry for a check that is expected to fail, or NULL. */
struct fc_expected *fc_expect_find(const char *check);
/* The entry that allows the need @name to be missing, or NULL. */
struct fc_expected *fc_expect_skip(const char *need);
void fc_expect_names(void (*each)(const char *name));

#endif
