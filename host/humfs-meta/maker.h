/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maker - objects put into a tree, whatever they come from
 *
 * Theory of operation
 *
 * Sources (tar, directories, the original's trees) describe an object as struct
 * entry; the maker finds its directory beneath the root, one name at a time and
 * following no link, removes what is in the way, and makes it. The source may be
 * hostile: ".." and links on the way are refused, absolute names are below the
 * root, a hard link is one to an object of the tree that is no directory.
 *
 * A file is made as the default owner's with mode 0600, filled, and only then
 * gets owner, mode and capabilities: an import that is cut short leaves nothing
 * that is more than it was to be. Times of directories come last of all, for
 * everything that is made in one changes them.
 */
#ifndef HUMFS_META_MAKER_H
#define HUMFS_META_MAKER_H

#include "attrs.h"
#include "ids.h"

struct entry;
/* Write the data of a regular file. Prints nothing. */
typedef int (*entry_data)(const struct entry *entry, struct host_file *file);

struct entry {
	const char *path;
	const char *hardlink;		/* of this object of the tree; or NULL */
	const char *target;		/* of a symbolic link */
	struct hmeta_record record;	/* with the type */
	struct host_time mtime;
	bool has_mtime;
	const struct attrs *attrs;	/* NULL: none */
	entry_data data;		/* NULL: empty */
	void *context;
};

struct later {				/* a directory's time */
	struct host_node *node;
	struct host_time mtime;
};

struct maker {
	struct tree *tree;
	bool layer;			/* whiteouts; files replace directories */
	struct host_node *last;		/* the directory last used, a reference */
	char *last_path;
	struct later *later;
	size_t later_n, later_room;
	struct ids made;		/* by this layer */
	uint64_t done, failed;
};

void maker_begin(struct maker *maker, struct tree *tree, bool layer);
/* Make one. A failure is printed and counted. Return: 0 or a negative errno. */
int maker_add(struct maker *maker, const struct entry *entry);
/* Print "'PATH': TEXT" and count a failure. */
void maker_refuse(struct maker *maker, const char *path, const char *text);
/* The end: times of directories. Return: META_DONE or META_FAILED. */
int maker_finish(struct maker *maker);

/* Make (dir, name), which is one component; what is in the way is removed. */
int maker_make(struct maker *maker, struct host_node *dir, const char *name,
	       const struct entry *entry);
/* maker_layer.c: the same of a layer, where it may be a whiteout. */
int maker_layered(struct maker *maker, struct host_node *dir, const char *name,
		  const struct entry *entry);
/* A directory is about to be removed: it may be the one last used. */
void maker_forget(struct maker *maker);

/* maker_remove.c: remove (dir, object->name) and, with `deep`, what is in it. */
int maker_remove(struct maker *maker, struct object *object, bool deep);
/* Remove what is in a directory, but not what this layer has made. */
int maker_empty(struct maker *maker, struct object *dir);

#endif /* HUMFS_META_MAKER_H */
