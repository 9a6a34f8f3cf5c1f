/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * convert - what the files of `convert` share
 */
#ifndef HUMFS_META_CONVERT_H
#define HUMFS_META_CONVERT_H

#include "ids.h"
#include "object.h"
#include "progress.h"

struct convert {
	struct tree *tree;		/* tree->store is the old one */
	struct hmeta_store *new;
	uint32_t from, to;		/* HMETA_BY_* */
	bool no_xattrs;			/* the host has none: all is aside */
	struct ids links;		/* to v2: objects with several names */
	uint64_t used;			/* to v2: bytes */
	struct progress progress;
	uint64_t done, failed;
};

/* --- convert_v2.c: the original's layout, version 2 ---------------------------- */

/*
 * Make its folders beside the data, and the store, with its lock held until
 * convert_v2_end(). Prints why not. Return: 0 or a negative errno.
 */
int convert_v2_begin(struct convert *convert, struct hmeta_store **ret);
void convert_v2_end(struct hmeta_store *store);
/* The object's line. path: as a walk has it. */
int convert_v2_put(struct convert *convert, const struct object *object,
		   const char *path);
/* What its superblock says. */
int convert_v2_super(const struct convert *convert, struct hmeta_super *super);

/*
 * Has a folder that is not of that layout its mirrors, because a conversion was cut
 * short? Not those of one that is at work.
 */
bool convert_v2_left(const struct tree *tree);
/* Remove them all. Return: 0, or the first error, with the name. */
int convert_v2_remove(const struct tree *tree, const char **ret_name);

#endif /* HUMFS_META_CONVERT_H */
