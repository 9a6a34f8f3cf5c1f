// SPDX-License-Identifier: GPL-2.0-only
/*
 * xattr.c - extended attributes and POSIX ACLs: the host's own
 *
 * Every name is handed through. What a name means, and who may touch it, is
 * checked by the VFS for the guest and by the host for its process.
 */
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/slab.h>
#include <linux/xattr.h>
#include "hostfs.h"

#define HOSTFS_ACL_SIZE	256	/* 31 entries: what is tried first */

/* --- calls: by an open file if there is one, else by the place ---------- */

static int hostfs_getxattr(struct inode *inode, struct dentry *dentry,
			   const char *name, void *value, size_t size)
{
	struct hostfs_file *file = hostfs_file_get(inode, 0);
	int n = hostfs_call_node(inode, dentry, getxattr,
				 file ? file->host : NULL, name, value, size);

	hostfs_file_put(file);
	return n;
}

static int hostfs_setxattr(struct inode *inode, struct dentry *dentry,
			   const char *name, const void *value, size_t size,
			   int flags)
{
	struct hostfs_file *file = hostfs_file_get(inode, 0);
	int err;

	if (value)
		err = hostfs_call_node(inode, dentry, setxattr,
				       file ? file->host : NULL, name, value,
				       size, flags);
	else
		err = hostfs_call_node(inode, dentry, removexattr,
				       file ? file->host : NULL, name);
	hostfs_file_put(file);
	hostfs_changed(inode, NULL);
	spin_lock(&HOSTFS_I(inode)->lock);
	inode->i_flags &= ~S_NOSEC;	/* it may be what a write takes away */
	spin_unlock(&HOSTFS_I(inode)->lock);
	return err;
}

/* --- extended attributes ------------------------------------------------ */

static int hostfs_xattr_get(const struct xattr_handler *handler,
			    struct dentry *dentry, struct inode *inode,
			    const char *name, void *buffer, size_t size)
{
	return hostfs_getxattr(inode, dentry, name, buffer, size);
}

static int hostfs_xattr_set(const struct xattr_handler *handler,
			    struct mnt_idmap *idmap, struct dentry *dentry,
			    struct inode *inode, const char *name,
			    const void *value, size_t size, int flags)
{
	return hostfs_setxattr(inode, dentry, name, value, size, flags);
}

static const struct xattr_handler hostfs_xattr_handler = {
	.prefix	= "",
	.get	= hostfs_xattr_get,
	.set	= hostfs_xattr_set,
};

const struct xattr_handler * const hostfs_xattr_handlers[] = {
	&hostfs_xattr_handler,
	NULL
};

static ssize_t hostfs_list_host(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);
	struct hostfs_file *file = hostfs_file_get(inode, 0);
	int n = hostfs_call_node(inode, dentry, listxattr,
				 file ? file->host : NULL, list, size);

	hostfs_file_put(file);
	return n;
}

/* Take the names out that the caller may not know. Return: what is left. */
static ssize_t hostfs_list_visible(char *list, ssize_t length)
{
	ssize_t at, kept = 0, n;

	for (at = 0; at < length; at += n) {
		n = strnlen(list + at, length - at) + 1;
		if (at + n > length)
			return -EIO;
		if (!strncmp(list + at, XATTR_TRUSTED_PREFIX,
			     XATTR_TRUSTED_PREFIX_LEN))
			continue;
		memmove(list + kept, list + at, n);
		kept += n;
	}
	return kept;
}

/* The host lists for its process, which may see more than the guest's caller. */
ssize_t hostfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	ssize_t n;
	char *all;

	if (capable(CAP_SYS_ADMIN))
		return hostfs_list_host(dentry, list, size);
	n = hostfs_list_host(dentry, list, size);
	if (n > 0 && size)
		return hostfs_list_visible(list, n);
	if (n <= 0 && n != -ERANGE)
		return n;
	/* How long the visible rest is, only the whole list tells. */
	all = kmalloc(XATTR_LIST_MAX, GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	n = hostfs_list_host(dentry, all, XATTR_LIST_MAX);
	if (n > 0)
		n = hostfs_list_visible(all, n);
	if (n > 0 && size && n > size)
		n = -ERANGE;
	if (n > 0 && size)
		memcpy(list, all, n);
	kfree(all);
	return n;
}

/* --- POSIX ACLs --------------------------------------------------------- */

/* The value of the ACL's attribute, *value or one that was allocated. */
static int hostfs_acl_value(struct inode *inode, int type, void **value)
{
	const char *name = posix_acl_xattr_name(type);
	void *large;
	int n;

	n = hostfs_getxattr(inode, NULL, name, *value, HOSTFS_ACL_SIZE);
	if (n != -ERANGE)
		return n;
	large = kmalloc(XATTR_SIZE_MAX, GFP_KERNEL);
	if (!large)
		return -ENOMEM;
	*value = large;
	return hostfs_getxattr(inode, NULL, name, large, XATTR_SIZE_MAX);
}

struct posix_acl *hostfs_get_inode_acl(struct inode *inode, int type, bool rcu)
{
	char small[HOSTFS_ACL_SIZE];
	void *value = small;
	struct posix_acl *acl;
	int n;

	if (rcu)
		return ERR_PTR(-ECHILD);
	n = hostfs_acl_value(inode, type, &value);
	if (n > 0)
		acl = posix_acl_from_xattr(i_user_ns(inode), value, n);
	else if (!n || n == -ENODATA || n == -EOPNOTSUPP)
		acl = NULL;
	else
		acl = ERR_PTR(n);
	if (value != small)
		kfree(value);
	hostfs_owner_show_acl(inode, acl);
	return acl;
}

/*
 * The host derives the mode from the ACL; but it does so for its own process,
 * which may keep the set-group-id bit where the guest's caller may not.
 */
static int hostfs_acl_mode(struct mnt_idmap *idmap, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct host_setattr set = { .set = HOST_SET_MODE };
	struct host_attr attr;
	int err;

	err = hostfs_ask(inode, dentry, NULL, &attr);
	if (err || !(attr.mode & S_ISGID) ||
	    in_group_or_capable(idmap, inode, i_gid_into_vfsgid(idmap, inode)))
		return err;
	set.mode = attr.mode & S_IALLUGO & ~S_ISGID;
	err = hostfs_call_node(inode, dentry, setattr, NULL, &set, &attr);
	hostfs_changed(inode, err ? NULL : &attr);
	return err;
}

/* The attribute that says on the host what the ACL says in the guest. */
static int hostfs_acl_to_host(struct inode *inode, const struct posix_acl *acl,
			      void **ret_value, size_t *ret_size)
{
	struct posix_acl *copy = posix_acl_clone(acl, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = hostfs_owner_set_acl(inode, copy);
	if (!err) {
		*ret_value = posix_acl_to_xattr(i_user_ns(inode), copy,
						ret_size, GFP_KERNEL);
		if (!*ret_value)
			err = -ENOMEM;
	}
	posix_acl_release(copy);
	return err;
}

int hostfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type)
{
	struct inode *inode = d_inode(dentry);
	void *value = NULL;
	size_t size = 0;
	int err;

	if (acl) {
		err = hostfs_acl_to_host(inode, acl, &value, &size);
		if (err)
			return err;
	}
	err = hostfs_setxattr(inode, dentry, posix_acl_xattr_name(type), value,
			      size, 0);
	kfree(value);
	if (!acl && err == -ENODATA)
		err = 0;
	forget_all_cached_acls(inode);
	if (!err && type == ACL_TYPE_ACCESS)
		err = hostfs_acl_mode(idmap, dentry);
	return err;
}
