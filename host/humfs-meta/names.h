/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names - numbers of users and groups that an archive has only by name
 */
#ifndef HUMFS_META_NAMES_H
#define HUMFS_META_NAMES_H

#include "object.h"

/*
 * The id of a name in the tree's own etc/passwd, or etc/group; names of this
 * host mean nothing in a guest. Return: 0, -ENOENT.
 */
int names_lookup(struct tree *tree, bool group, const char *name,
		 uint32_t *ret);

#endif /* HUMFS_META_NAMES_H */
