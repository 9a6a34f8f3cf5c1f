/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super - the superblock of a tree's folder, read and replaced
 */
#ifndef HUMFS_META_SUPER_H
#define HUMFS_META_SUPER_H

#include "meta_store.h"

/* Return: 0; -ENOENT: no superblock; -EIO with *ret_fault: a broken one. */
int super_read(int folder, struct hmeta_super *ret,
	       enum hmeta_fault *ret_fault);
/* Atomically, and on the disk when this returns. */
int super_write(int folder, const struct hmeta_super *super);

#endif /* HUMFS_META_SUPER_H */
