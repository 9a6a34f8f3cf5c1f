// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount_inode - inodes of the FUSE mount, found by identity
 */
#include "mount.h"

static struct inode **bucket(struct mount *mount, const struct host_id *id)
{
	uint64_t hash = (id->ino ^ (uint64_t)id->dev_minor << 40) *
			0x9e3779b97f4a7c15u;

	return &mount->buckets[hash >> 30 & (MOUNT_BUCKETS - 1)];
}

struct inode *mount_inode(struct mount *mount, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &mount->root :
				     (struct inode *)(uintptr_t)ino;
}

static struct inode *find(struct mount *mount, const struct host_id *id)
{
	struct inode *inode = *bucket(mount, id);

	while (inode && !host_id_equal(&inode->id, id))
		inode = inode->next;
	return inode;
}

static int make(struct mount *mount, struct host_node *dir, const char *name,
		const struct host_attr *attr, struct inode **ret)
{
	struct inode *inode = calloc(1, sizeof(*inode));
	struct inode **head = bucket(mount, &attr->id);
	int error;

	if (!inode)
		return -ENOMEM;
	error = mount->ops->node(mount->fs, dir, name, attr, &inode->node);
	if (error) {
		free(inode);
		return error;
	}
	inode->id = attr->id;
	inode->next = *head;
	*head = inode;
	*ret = inode;
	return 0;
}

void mount_stat(const struct host_attr *attr, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = attr->id.ino,
		.st_dev = makedev(attr->id.dev_major, attr->id.dev_minor),
		.st_mode = attr->mode, .st_nlink = attr->nlink,
		.st_uid = attr->uid, .st_gid = attr->gid,
		.st_rdev = makedev(attr->rdev_major, attr->rdev_minor),
		.st_size = (off_t)attr->size, .st_blocks = (blkcnt_t)attr->blocks,
		.st_blksize = attr->blksize,
		.st_atim = { attr->atime.sec, attr->atime.nsec },
		.st_mtim = { attr->mtime.sec, attr->mtime.nsec },
		.st_ctim = { attr->ctime.sec, attr->ctime.nsec },
	};
}

int mount_seen(struct mount *mount, struct host_node *dir, const char *name,
	       const struct host_attr *attr, struct fuse_entry_param *ret)
{
	struct inode *inode = find(mount, &attr->id);
	int error = 0;

	if (inode)
		error = mount->ops->place(inode->node, dir, name);
	else
		error = make(mount, dir, name, attr, &inode);
	if (error)
		return error;
	inode->lookups++;
	*ret = (struct fuse_entry_param){ .ino = (uintptr_t)inode };
	mount_stat(attr, &ret->attr);
	return 0;
}

void mount_forget(struct mount *mount, struct inode *inode, uint64_t count)
{
	struct inode **at;

	if (inode == &mount->root)
		return;
	inode->lookups -= count < inode->lookups ? count : inode->lookups;
	if (inode->lookups)
		return;
	at = bucket(mount, &inode->id);
	while (*at != inode)
		at = &(*at)->next;
	*at = inode->next;
	mount->ops->put(inode->node);
	free(inode);
}

void mount_drop(struct mount *mount)
{
	for (size_t i = 0; i < MOUNT_BUCKETS; i++)
		while (mount->buckets[i])
			mount_forget(mount, mount->buckets[i], UINT64_MAX);
	if (mount->root.node)
		mount->ops->put(mount->root.node);
}
