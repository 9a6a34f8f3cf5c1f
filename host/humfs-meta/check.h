/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check - what humfs-meta check finds, and how it is told
 */
#ifndef HUMFS_META_CHECK_H
#define HUMFS_META_CHECK_H

#include "ids.h"
#include "json.h"
#include "object.h"

#define CHECK_AGE	60	/* seconds; younger remains may be somebody's work */

struct check {
	struct tree *tree;
	bool repair, copied;		/* copied: the user says so */
	struct json json;		/* out NULL: lines of text */
	struct ids live;		/* keys of all objects, with their paths */
	uint64_t objects, found, mended;
	uint64_t bytes;			/* of regular files, as limits count them */
};

/*
 * Tell of a fault at `path`. error: of the attempt to mend it; 0: mended, and
 * CHECK_LEFT: nothing was tried.
 */
#define CHECK_LEFT	1
void check_tell(struct check *check, const char *path, const char *what,
		int error);

/* The identity under which the side store knows an object. */
struct host_id check_id(const struct hmeta_key *key);

/*
 * check_shadow.c: the original's layout. The note before anything is read, the rest
 * after the objects. Return: 0 or a negative errno.
 */
void check_note(struct check *check);
int check_shadow(struct check *check);
/* Remove (fd, name) and all below. */
int check_remove_tree(int fd, const char *name);

/* check_side.c: the side store's folder. Return: 0 or a negative errno. */
int check_side(struct check *check);

#endif /* HUMFS_META_CHECK_H */
