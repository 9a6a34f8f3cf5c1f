/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk - all objects below one, parents first, names in byte order
 *
 * No recursion: a stack of directories, each with its names. What vanishes
 * meanwhile is passed over; a directory that cannot be read is told to the caller.
 */
#ifndef HUMFS_META_WALK_H
#define HUMFS_META_WALK_H

#include "object.h"
#include "strv.h"

struct walk_level {
	struct host_node *dir;		/* a reference */
	struct strv names;
	size_t next;
	size_t path_length;		/* of the directory's path */
};

struct walk {
	struct tree *tree;
	struct walk_level *levels;
	size_t depth, room;
	char *path;			/* of the object last given */
	size_t path_room;
	bool started, into;		/* the last one is to be entered */
	struct object at;		/* owned */
};

/* Begin with *root (taken over), whose path is path. */
int walk_begin(struct tree *tree, struct object *root, const char *path,
	       struct walk *ret);
/*
 * The next object; it and its path stay the walk's.
 * Return: 1; 0 at the end; a negative errno about walk->path: go on if you like.
 */
int walk_next(struct walk *walk, struct object **ret);
/* Do not enter the directory that was last given. */
void walk_skip(struct walk *walk);
void walk_end(struct walk *walk);
#define _cleanup_walk_ _cleanup_(walk_end)

/* The names of a directory, in byte order. */
int walk_names(struct host_node *dir, struct strv *ret);

#endif /* HUMFS_META_WALK_H */
