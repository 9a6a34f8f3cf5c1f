/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * owner.h - whose objects are shown as whose: map=, squash=, owner=, umask=
 */
#ifndef HOSTFS_OWNER_H
#define HOSTFS_OWNER_H

#include <linux/types.h>
#include <linux/uidgid_types.h>
#include "host.h"

struct fs_context;
struct hostfs_owners;
struct iattr;
struct inode;
struct mnt_idmap;
struct posix_acl;
struct seq_file;
struct super_block;

enum hostfs_owner_option {
	HOSTFS_OWNER_MAP, HOSTFS_OWNER_MAP_UID, HOSTFS_OWNER_MAP_GID,
	HOSTFS_OWNER_SQUASH, HOSTFS_OWNER_OWNER, HOSTFS_OWNER_UMASK,
};

/* An option of one of these kinds. Return: 0, -EINVAL (told to fc), -ENOMEM. */
int hostfs_owner_parse(struct fs_context *fc, enum hostfs_owner_option kind,
		       const char *name, const char *value,
		       struct hostfs_owners **owners);
bool hostfs_owner_same(const struct hostfs_owners *a,
		       const struct hostfs_owners *b);
void hostfs_owner_show(struct seq_file *m, const struct hostfs_owners *owners);

/*
 * From the host to the guest: give the inode its owner and mode. Its lock is
 * held.
 */
void hostfs_owner_apply(struct inode *inode, const struct host_attr *attr);
/* The ids of an ACL's entries, and what the umask leaves of it. */
void hostfs_owner_show_acl(struct inode *inode, struct posix_acl *acl);

/*
 * From the guest to the host. Return: 0, -EOVERFLOW: an id that no map names,
 * -EPERM: the owner cannot be another.
 */
int hostfs_owner_new(struct mnt_idmap *idmap, struct inode *dir,
		     struct host_new *ret);
int hostfs_owner_set(struct mnt_idmap *idmap, struct inode *inode,
		     const struct iattr *attr, struct host_setattr *set);
int hostfs_owner_set_acl(struct inode *inode, struct posix_acl *acl);
/* The bits of a mode that the guest neither sees nor sets. */
u32 hostfs_owner_umask(const struct super_block *sb);

#endif /* HOSTFS_OWNER_H */
