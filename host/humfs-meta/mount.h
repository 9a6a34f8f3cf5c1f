/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount - a humfs tree through FUSE on the host, by humfs's own table
 *
 * Theory of operation
 *
 * Each request of the kernel is one call of struct host_ops, the very table that a
 * guest uses. A FUSE inode is a struct inode: a host_node and how often the kernel
 * has looked it up; they are found by identity, so that all names of an object are
 * one inode. Nothing is cached by the kernel: guests may use the tree as well.
 *
 * One thread serves: the user's own hand on a tree, not a server's.
 */
#ifndef HUMFS_META_MOUNT_H
#define HUMFS_META_MOUNT_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include "humfs_host.h"
#include "host_user.h"

struct inode {
	struct inode *next;		/* in its bucket */
	struct host_node *node;
	struct host_id id;
	uint64_t lookups;
};

#define MOUNT_BUCKETS	16384

struct mount {
	struct host_fs *fs;
	const struct host_ops *ops;
	struct inode root;
	struct inode *buckets[MOUNT_BUCKETS];
	uint32_t uid, gid;		/* of what the mounting user makes */
};

static inline struct mount *mount_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

static inline struct host_file *mount_file(const struct fuse_file_info *info)
{
	return info ? (struct host_file *)(uintptr_t)info->fh : NULL;
}

/* mount_inode.c */
struct inode *mount_inode(struct mount *mount, fuse_ino_t ino);
/* The inode of what was seen as (dir, name); looked up once more. */
int mount_seen(struct mount *mount, struct host_node *dir, const char *name,
	       const struct host_attr *attr, struct fuse_entry_param *ret);
void mount_forget(struct mount *mount, struct inode *inode, uint64_t count);
void mount_stat(const struct host_attr *attr, struct stat *ret);
/* The end: what the kernel has not forgotten. */
void mount_drop(struct mount *mount);

/* Rows of the kernel's requests: mount_names.c, mount_files.c */
void mount_names_ops(struct fuse_lowlevel_ops *ops);
void mount_files_ops(struct fuse_lowlevel_ops *ops);

#endif /* HUMFS_META_MOUNT_H */
