/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * change - one change, of single objects or of all that is below them
 */
#ifndef HUMFS_META_CHANGE_H
#define HUMFS_META_CHANGE_H

#include "object.h"

/* A change of one object; context is the command's. Prints nothing. */
typedef int (*change_one)(struct tree *tree, struct object *object,
			  void *context);

struct change {
	const char *word;		/* "change the owner of" */
	change_one one;
	void *context;
};

/*
 * Change what the words from args->words[first] on name in the tree words[0].
 * Failures are printed. Return: the exit status.
 */
int change_paths(const struct args *args, int first,
		 const struct change *change);

int run_setfacl(struct args *args);	/* cmd_acl.c */

#endif /* HUMFS_META_CHANGE_H */
