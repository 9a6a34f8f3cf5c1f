// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_quota - a tree's limits: the arithmetic, and the operations that make objects
 */
#include "humfs_user.h"

#define BLOCK_BYTES	512		/* of host_attr.blocks */

/* --- arithmetic --------------------------------------------------------------- */

bool humfs_quota_take(struct humfs_quota *quota, enum humfs_resource what,
		      uint64_t amount)
{
	uint64_t used = atomic_load(&quota->used[what]), limit;

	do {
		limit = atomic_load(&quota->limit[what]);
		if (limit && (used > limit || amount > limit - used))
			return false;
	} while (!atomic_compare_exchange_weak(&quota->used[what], &used,
					       used + amount));
	return true;
}

/* Not below nothing: the host may have added what the guest removes. */
void humfs_quota_add(struct humfs_quota *quota, enum humfs_resource what,
		     int64_t amount)
{
	uint64_t used = atomic_load(&quota->used[what]), want;

	if (amount == 0)
		return;
	do {
		want = used + (uint64_t)amount;
		if (amount < 0 && used < 0 - (uint64_t)amount)
			want = 0;
	} while (!atomic_compare_exchange_weak(&quota->used[what], &used,
					       want));
}

uint64_t humfs_quota_left(const struct humfs_quota *quota,
			  enum humfs_resource what)
{
	uint64_t limit = atomic_load(&quota->limit[what]);
	uint64_t used = atomic_load(&quota->used[what]);

	if (!limit)
		return UINT64_MAX;
	return used < limit ? limit - used : 0;
}

uint64_t humfs_quota_bytes(const struct host_attr *attr)
{
	return humfs_host_type(attr) == S_IFREG ? attr->blocks * BLOCK_BYTES :
						  0;
}

void humfs_quota_object(struct humfs *fs, const struct host_attr *attr,
			int sign)
{
	humfs_quota_add(fs->quota, HUMFS_OBJECTS, sign);
	humfs_quota_add(fs->quota, HUMFS_BYTES,
			sign * (int64_t)humfs_quota_bytes(attr));
}

/* --- objects -------------------------------------------------------------------- */

/* Make one: it has its bytes, too, if its attributes needed a block. */
#define MAKING(fs, ret, call)						\
({									\
	int making_ = -ENOSPC;						\
	if (humfs_quota_take((fs)->quota, HUMFS_OBJECTS, 1)) {		\
		making_ = (call);					\
		if (making_)						\
			humfs_quota_add((fs)->quota, HUMFS_OBJECTS, -1); \
		else							\
			humfs_quota_add((fs)->quota, HUMFS_BYTES,	\
					humfs_quota_bytes(ret));	\
	}								\
	making_;							\
})

static int quota_mknod(struct host_node *dir, const char *name,
		       const struct host_new *new, struct host_attr *ret)
{
	return MAKING(humfs_of(dir->tree), ret,
		      humfs_mknod(dir, name, new, ret));
}

static int quota_symlink(struct host_node *dir, const char *name,
			 const char *target, const struct host_new *new,
			 struct host_attr *ret)
{
	return MAKING(humfs_of(dir->tree), ret,
		      humfs_symlink(dir, name, target, new, ret));
}

static int quota_tmpfile(struct host_node *dir, const struct host_new *new,
			 uint32_t flags, struct host_attr *ret_attr,
			 struct host_file **ret)
{
	return MAKING(humfs_of(dir->tree), ret_attr,
		      humfs_tmpfile(dir, new, flags, ret_attr, ret));
}

/* What is there already needs nothing, and gives room back if it is cut. */
static int quota_create(struct host_node *dir, const char *name,
			const struct host_new *new, uint32_t flags,
			struct host_attr *ret_attr, struct host_file **ret,
			int *ret_made)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct host_attr before = { .mode = 0 };
	bool taken = humfs_quota_take(fs->quota, HUMFS_OBJECTS, 1);
	int made, error = 0;

	if (!(flags & HOST_EXCL) && (!taken || (flags & HOST_TRUNC)))
		error = host_plain_lookup(dir, name, 0, &before);
	if (!taken && (error || (flags & HOST_EXCL)))
		return host_plain_lookup(dir, name, 0, &before) == 0 ?
		       -EEXIST : -ENOSPC;
	error = humfs_create(dir, name, new, flags, ret_attr, ret, &made);
	if (taken)
		humfs_quota_add(fs->quota, HUMFS_OBJECTS, -1);
	if (error)
		return error;
	*ret_made = made;
	if (made)
		humfs_quota_object(fs, ret_attr, 1);
	else if ((flags & HOST_TRUNC) && host_id_equal(&before.id, &ret_attr->id))
		humfs_quota_add(fs->quota, HUMFS_BYTES,
				(int64_t)humfs_quota_bytes(ret_attr) -
				(int64_t)humfs_quota_bytes(&before));
	return 0;
}

/* A whiteout is an object. */
static int quota_rename(struct host_node *olddir, const char *oldname,
			struct host_node *newdir, const char *newname,
			uint32_t flags)
{
	struct humfs *fs = humfs_of(olddir->tree);
	bool makes = flags & HOST_WHITEOUT;
	int error;

	if (makes && !humfs_quota_take(fs->quota, HUMFS_OBJECTS, 1))
		return -ENOSPC;
	error = humfs_rename(olddir, oldname, newdir, newname, flags);
	if (makes && error)
		humfs_quota_add(fs->quota, HUMFS_OBJECTS, -1);
	return error;
}

/* --- df --------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The limit is the size; there is never more free than the host has. */
static int quota_statfs(struct host_fs *fs, struct host_statfs *ret)
{
	const struct humfs_quota *quota = ((struct humfs *)fs)->quota;
	uint64_t bytes = atomic_load(&quota->limit[HUMFS_BYTES]);
	uint64_t objects = atomic_load(&quota->limit[HUMFS_OBJECTS]);
	uint64_t unit;
	int error = host_plain_ops.statfs(fs, ret);

	if (error)
		return error;
	unit = ret->frsize ? ret->frsize : ret->bsize;
	if (bytes && unit) {
		uint64_t left = humfs_quota_left(quota, HUMFS_BYTES) / unit;

		ret->blocks = bytes / unit;
		ret->bfree = least(left, ret->bfree);
		ret->bavail = least(left, ret->bavail);
	}
	if (objects) {
		uint64_t left = humfs_quota_left(quota, HUMFS_OBJECTS);

		/* File systems without a table of inodes say 0 of 0. */
		ret->ffree = ret->files ? least(left, ret->ffree) : left;
		ret->files = objects;
	}
	return 0;
}

void humfs_quota_begin(struct humfs *fs)
{
	fs->counted = humfs_ops;
	fs->counted.statfs = quota_statfs;
	fs->counted.create = quota_create;
	fs->counted.mknod = quota_mknod;
	fs->counted.symlink = quota_symlink;
	fs->counted.tmpfile = quota_tmpfile;
	fs->counted.rename = quota_rename;
	humfs_space_ops(&fs->counted);
	fs->tree.fs.ops = &fs->counted;
}
