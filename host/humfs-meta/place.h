/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * place - names given and taken in a tree, with the records of a store that goes by
 * names
 */
#ifndef HUMFS_META_PLACE_H
#define HUMFS_META_PLACE_H

#include "object.h"

/*
 * What the host makes is ours and the default owner's, with a mode of use to nobody
 * else; the caller gives it its record. Return: 0 or a negative errno.
 */
int place_dir(struct tree *tree, struct host_node *dir, const char *name,
	      uint32_t mode, struct host_attr *ret);
/* An empty file, open for reading and writing. */
int place_file(struct tree *tree, struct host_node *dir, const char *name,
	       struct host_file **ret);
int place_symlink(struct tree *tree, struct host_node *dir, const char *name,
		  const char *target);
/* One more name of an object that is no directory. */
int place_link(struct tree *tree, const struct object *object,
	       struct host_node *dir, const char *name);
/* Take (object->dir, object->name) away; what the store knows, with the last name. */
int place_remove(struct tree *tree, const struct object *object);
/* The same of a name only, after a failure. */
int place_unlink(struct tree *tree, struct host_node *dir, const char *name,
		 bool is_dir);

#endif /* HUMFS_META_PLACE_H */
