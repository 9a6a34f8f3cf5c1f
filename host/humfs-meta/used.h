/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * used - the original's note of how much is in a tree
 */
#ifndef HUMFS_META_USED_H
#define HUMFS_META_USED_H

#include "tree.h"

/* Has a guest the tree mounted? Then it is he who counts. */
bool used_by_guest(const struct tree *tree);
/*
 * Count what is in a tree of the original's layout, and note it; other trees have
 * no such note. Prints why not. Return: META_DONE or META_FAILED.
 */
int used_note(struct tree *tree);

#endif /* HUMFS_META_USED_H */
