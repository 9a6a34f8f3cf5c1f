/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object - one object of a tree, as the guest has it
 *
 * Everything is found by names that are looked at one by one, beneath the tree's
 * root, through the host half's nodes: no link is followed, ".." is refused.
 */
#ifndef HUMFS_META_OBJECT_H
#define HUMFS_META_OBJECT_H

#include "tree.h"

struct object {
	struct host_node *node;		/* a reference */
	struct host_node *dir;		/* a reference; NULL: the root */
	char name[HOST_COMPONENT_MAX + 1];	/* below dir */
	struct host_attr host;		/* as the host has it */
	struct hmeta_record record;	/* as the guest has it */
	bool recorded;			/* not only by default */
	enum hmeta_fault fault;		/* of a record that cannot be */
};

/* The tree's root; (dir, name); a path below the root. Return: 0, negative errno. */
int object_root(struct tree *tree, struct object *ret);
int object_at(struct tree *tree, struct host_node *dir, const char *name,
	      struct object *ret);
int object_find(struct tree *tree, const char *path, struct object *ret);
void object_put(struct object *object);
#define _cleanup_object_ _cleanup_(object_put)

/*
 * The names of path joined by single slashes, without "." and a slash at the
 * front: "" is the root. NULL: one of them is ".." (errno EXDEV), or too long.
 */
char *object_path(const char *path);

/*
 * Change the record: *change gets it as it is now, under the store's lock. The
 * host's mode follows. Return: 0, or a negative errno (change()'s too).
 */
typedef int (*object_change)(struct hmeta_record *record, void *context);
int object_update(struct tree *tree, struct object *object,
		  object_change change, void *context);
/* Make it the record, whatever was there. */
int object_set(struct tree *tree, struct object *object,
	       const struct hmeta_record *record);
/* The object is gone, or its last name soon will be: forget what is known. */
void object_forget(struct tree *tree, const struct object *object);

/*
 * Attributes in the side store have no path by which `check` finds their object
 * again in a copied tree: a record beside them has it, though it may only repeat
 * the default. Under the store's lock.
 */
int object_anchor(struct tree *tree, const struct hmeta_object *pinned);

/* Pin it for a store. To be ended by host_node_unpin(object->node). */
int object_pin(const struct object *object, struct hmeta_object *ret);

static inline uint32_t object_type(const struct object *object)
{
	return object->record.mode & HMETA_IFMT;
}

/* Print "cannot ACTION 'PATH': why". */
void object_error(int error, const char *action, const char *path);

#endif /* HUMFS_META_OBJECT_H */
