/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tar_entry - libarchive's entries turned into ours, and ours into libarchive's
 */
#ifndef HUMFS_META_TAR_ENTRY_H
#define HUMFS_META_TAR_ENTRY_H

#include <archive.h>
#include <archive_entry.h>

#include "acl.h"
#include "maker.h"

/*
 * What an archive says of an object that is to go into the tree. Strings stay the
 * entry's; the attributes (but not ACLs) are the caller's to free.
 * Return: 0; or a negative errno with *ret_why = what cannot be, in words.
 */
int tar_entry_read(struct archive_entry *from, struct entry *ret,
		   struct attrs *ret_attrs, const char **ret_why);
/*
 * Its ACLs, as attributes; the mode in *entry follows. Names without numbers are
 * looked up in the tree. Return: as above, and the object is good without it.
 */
int tar_entry_acls(struct archive_entry *from, struct tree *tree,
		   struct entry *entry, struct attrs *attrs,
		   const char **ret_why);
/*
 * Everything but the data. path: "" is the root.
 * Return: 0 or a negative errno.
 */
int tar_entry_write(const struct object *object, const char *path,
		    const struct attrs *attrs, struct archive_entry *ret);

#endif /* HUMFS_META_TAR_ENTRY_H */
