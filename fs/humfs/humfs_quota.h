/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * humfs_quota.h - limits of a tree: what is used, what may be, and who counts
 *
 * Theory of operation
 *
 * A tree that is counted has a table of operations of its own: humfs's, with the
 * operations replaced that take room or give it back. A tree that is not counted
 * does not come near this code.
 *
 * Objects are counted one each, a hard link none. Bytes are those that regular
 * files occupy on the host (512 times st_blocks, what du says), so that a hole
 * takes nothing until something is written into it. Directories, links and
 * records have no bytes.
 *
 * An operation that may need room first takes as much as it can need at most. If
 * there is less than that, it is looked exactly (FIEMAP): what is overwritten needs
 * none. Afterwards the file is looked at again, and what was taken and not used is
 * given back. So used never runs past the limit, however many guests write.
 *
 * An object without a name keeps its room until the guest has closed it
 * (humfs_gone_user.c).
 */
#ifndef HUMFS_HUMFS_QUOTA_H
#define HUMFS_HUMFS_QUOTA_H

#include "host_user.h"

enum humfs_resource { HUMFS_BYTES, HUMFS_OBJECTS, HUMFS_RESOURCES };

/* May lie in memory that several guests share. */
struct humfs_quota {
	_Atomic uint64_t used[HUMFS_RESOURCES];
	_Atomic uint64_t limit[HUMFS_RESOURCES];	/* 0: none */
};

struct humfs;
struct hmeta_super;

/* --- the arithmetic (humfs_quota_user.c) ------------------------------------ */

/* Take `amount`, if there is so much. */
bool humfs_quota_take(struct humfs_quota *quota, enum humfs_resource what,
		      uint64_t amount);
/* Used more, or (negative) less, whatever the limit says. */
void humfs_quota_add(struct humfs_quota *quota, enum humfs_resource what,
		     int64_t amount);
/* What is left; UINT64_MAX: no limit. */
uint64_t humfs_quota_left(const struct humfs_quota *quota,
			  enum humfs_resource what);
/* The bytes of an object of the host's that count. */
uint64_t humfs_quota_bytes(const struct host_attr *attr);
/* An object came, or (-1) went. */
void humfs_quota_object(struct humfs *fs, const struct host_attr *attr,
			int sign);

/*
 * From now on the operations of the tree are counted in fs->quota, which the caller
 * has set up.
 */
void humfs_quota_begin(struct humfs *fs);

/* --- the operations on data (humfs_space_user.c) ------------------------------ */

void humfs_space_ops(struct host_ops *ops);

/* --- the count that guests share (humfs_count_user.c) -------------------------- */

/*
 * Set fs->quota up for the tree in `folder`: the first guest counts what is there.
 * Return: 0 or the host's error.
 */
int humfs_count_open(struct humfs *fs, int folder);
void humfs_count_close(struct humfs *fs);
/* Count all objects of the tree into *quota. */
int humfs_count_all(struct humfs *fs, struct humfs_quota *quota);

#endif /* HUMFS_HUMFS_QUOTA_H */
