/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree - a humfs tree as a command works on it: its data and its store
 */
#ifndef HUMFS_META_TREE_H
#define HUMFS_META_TREE_H

#include "cleanup.h"
#include "command.h"
#include "meta_store.h"

struct tree {
	struct host_tree host;		/* the data; the plain table */
	struct hmeta_store *store;
	struct hmeta_super super;	/* a bare directory's: no limits */
	const char *path;		/* as the user wrote it */
	int folder;			/* with superblock and data/; bare: -1 */
	int side;			/* the side store's folder; -1: none yet */
	uint32_t uid, gid;		/* of objects without a record */
	bool open;
};

/* Not opened yet: tree_close() has nothing to do. */
#define TREE_CLOSED	{ .folder = -1, .side = -1 }

enum tree_how { TREE_READ, TREE_WRITE };

/*
 * Open the tree at path: a folder that `create` made, or a bare directory.
 * Prints why not. Return: 0 or a negative errno.
 */
int tree_open(const char *path, const struct args *args, /* Not opened yet: tree_close() has nothing to do. */
#define TREE_CLOSED	{ .folder = -1, .side = -1 }

enum tree_how how,
	      struct tree *ret);
void tree_close(struct tree *tree);

#define _cleanup_tree_ _cleanup_(tree_close)

/* Make the folder of a new tree at path. Prints why not. */
int tree_create(const char *path, const struct args *args);

/* Open a store of that kind (HMETA_BY_XATTR, HMETA_BY_SIDE) for the tree. */
int tree_store(struct tree *tree, uint32_t kind, struct hmeta_store **ret);

/* The side store's note of whose it is: a link, its target the root's key. */
#define TREE_SIDE_ROOT	"root"

/* Does the host file system there have user.* attributes? */
bool tree_has_xattrs(int fd);

#endif /* HUMFS_META_TREE_H */
