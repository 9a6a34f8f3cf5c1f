// SPDX-License-Identifier: GPL-2.0-only
/*
 * export.c - file handles: name_to_handle_at(2) and open_by_handle_at(2)
 *
 * A handle says which object it is (its identity on the host) and, where the
 * host lets us open its own handles, has the host's behind that. To open one,
 * the object's place is asked for: an inode that is still cached has one, else
 * the host may know. The place is only a hint. It is walked from the root of the
 * mount, as any path is, so no handle leads out of it; and what is at its end
 * must be the object of the handle. Anything else is -ESTALE.
 */
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "hostfs.h"

#define HOSTFS_FILEID		0x68	/* 'h'; nobody else's */
#define HOSTFS_HOST_HANDLE	80	/* bytes; longer ones are left out */

struct hostfs_fid {
	u64 ino;
	s64 birth_sec;
	u32 birth_nsec;
	u32 major, minor;
	u32 type;			/* S_IFMT */
};

#define HOSTFS_FID_WORDS	(sizeof(struct hostfs_fid) / sizeof(u32))

static struct hostfs_fid hostfs_fid_of(const struct inode *inode)
{
	const struct host_attr *attr = &HOSTFS_I(inode)->attr;

	return (struct hostfs_fid){
		.ino = attr->id.ino,
		.birth_sec = attr->id.btime.sec,
		.birth_nsec = attr->id.btime.nsec,
		.major = attr->id.dev_major,
		.minor = attr->id.dev_minor,
		.type = attr->mode & S_IFMT,
	};
}

/* The identity of an inode never changes: no lock. */
static int hostfs_fid_test(struct inode *inode, void *fid)
{
	struct hostfs_fid own = hostfs_fid_of(inode);

	return !memcmp(&own, fid, sizeof(own));
}

/* Return: bytes, 0: the host has none for us, or a negative errno. */
static int hostfs_host_handle(struct inode *inode, void *handle)
{
	struct hostfs_file *file;
	int n;

	if (!hostfs_ops(inode)->handle)
		return 0;
	file = hostfs_file_get(inode, 0);
	n = hostfs_call_node(inode, NULL, handle, file ? file->host : NULL,
			     handle, HOSTFS_HOST_HANDLE);
	hostfs_file_put(file);
	return n;
}

static int hostfs_encode_fh(struct inode *inode, u32 *fh, int *max_len,
			    struct inode *parent)
{
	struct hostfs_fid fid = hostfs_fid_of(inode);
	u32 host[HOSTFS_HOST_HANDLE / sizeof(u32)] = {};
	int n = hostfs_host_handle(inode, host), room = *max_len;

	if (n < 0 || WARN_ON_ONCE(n > sizeof(host)))
		return FILEID_INVALID;
	*max_len = HOSTFS_FID_WORDS + DIV_ROUND_UP(n, sizeof(u32));
	if (room < *max_len)
		return FILEID_INVALID;
	memcpy(fh, &fid, sizeof(fid));
	memcpy(fh + HOSTFS_FID_WORDS, host, round_up(n, sizeof(u32)));
	return HOSTFS_FILEID;
}

/* Walk a path below the root. Return: a dentry of that object, or an error. */
static struct dentry *hostfs_fid_walk(struct super_block *sb, char *path,
				      struct hostfs_fid *fid)
{
	struct dentry *dentry = dget(sb->s_root), *next;
	char *name;

	while ((name = strsep(&path, "/"))) {
		if (!*name)
			continue;
		next = d_can_lookup(dentry) ?
			lookup_noperm_unlocked(&QSTR(name), dentry) :
			ERR_PTR(-ESTALE);
		dput(dentry);
		if (IS_ERR(next))
			return next;
		dentry = next;
	}
	if (d_really_is_positive(dentry) &&
	    hostfs_fid_test(d_inode(dentry), fid))
		return dentry;
	dput(dentry);
	return ERR_PTR(-ESTALE);
}

/* By the place of an inode that is cached. */
static struct dentry *hostfs_fid_cached(struct inode *inode,
					struct hostfs_fid *fid, char *path)
{
	int err = -ESTALE;

	if (hostfs_ops(inode)->path)
		err = hostfs_call(inode, path, HOSTFS_I(inode)->node, path,
				  PATH_MAX);
	return err ? ERR_PTR(err) : hostfs_fid_walk(inode->i_sb, path, fid);
}

/* A file without a name that the guest still has open. */
static struct dentry *hostfs_fid_open(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode) ||
	    list_empty_careful(&HOSTFS_I(inode)->files))
		return ERR_PTR(-ESTALE);
	ihold(inode);
	return d_obtain_alias(inode);
}

/* By the host's own handle. */
static struct dentry *hostfs_fid_host(struct super_block *sb,
				      struct hostfs_fid *fid, const void *handle,
				      u32 length, char *path)
{
	struct host_fs *fs = HOSTFS_SB(sb)->fs;
	int err = -ESTALE;

	if (length && fs->ops->find)
		err = hostfs_call_sb(sb, find, fs, handle, length, path,
				     PATH_MAX);
	return err ? ERR_PTR(err) : hostfs_fid_walk(sb, path, fid);
}

static struct dentry *hostfs_fh_to_dentry(struct super_block *sb,
					  struct fid *raw, int words, int type)
{
	struct dentry *dentry = ERR_PTR(-ESTALE);
	struct hostfs_fid fid;
	struct inode *inode;
	struct host_id id;
	char *path;

	if (type != HOSTFS_FILEID || words < (int)HOSTFS_FID_WORDS)
		return ERR_PTR(-ESTALE);
	memcpy(&fid, raw, sizeof(fid));
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return ERR_PTR(-ENOMEM);
	id = (struct host_id){ .ino = fid.ino, .dev_major = fid.major,
			       .dev_minor = fid.minor };
	inode = ilookup5(sb, hostfs_hash(&id), hostfs_fid_test, &fid);
	if (inode)
		dentry = hostfs_fid_cached(inode, &fid, path);
	if (IS_ERR(dentry))
		dentry = hostfs_fid_host(sb, &fid,
					 (u32 *)raw + HOSTFS_FID_WORDS,
					 (words - HOSTFS_FID_WORDS) *
					 sizeof(u32), path);
	if (IS_ERR(dentry) && inode)
		dentry = hostfs_fid_open(inode);
	iput(inode);
	kfree(path);
	if (IS_ERR(dentry) && PTR_ERR(dentry) != -ENOMEM)
		return ERR_PTR(-ESTALE);
	return dentry;
}

const struct export_operations hostfs_export_ops = {
	.encode_fh	= hostfs_encode_fh,
	.fh_to_dentry	= hostfs_fh_to_dentry,
};
