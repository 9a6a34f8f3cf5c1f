// SPDX-License-Identifier: GPL-2.0-only
/*
 * symlink.c - symbolic links
 *
 * A link cannot be rewritten, only replaced, and then it is another object. So
 * where the host can tell objects apart for good (by their time of birth), the
 * target is read once and kept, and RCU-walk follows it.
 */
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "hostfs.h"

static const char *hostfs_get_link(struct dentry *dentry, struct inode *inode,
				   struct delayed_call *done)
{
	char *target = smp_load_acquire(&inode->i_link);
	int n;

	/* overlayfs calls without having looked. */
	if (target)
		return target;
	if (!dentry)
		return ERR_PTR(-ECHILD);
	target = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!target)
		return ERR_PTR(-ENOMEM);
	n = hostfs_call_node(inode, dentry, readlink, target, PATH_MAX - 1);
	if (n < 0) {
		kfree(target);
		return ERR_PTR(n);
	}
	target[n] = '\0';
	if (HOSTFS_I(inode)->attr.has_btime) {
		char *exact = kmemdup(target, n + 1, GFP_KERNEL);

		if (exact && cmpxchg_release(&inode->i_link, NULL, exact))
			kfree(exact);
	}
	set_delayed_call(done, kfree_link, target);
	return target;
}

const struct inode_operations hostfs_symlink_inode_ops = {
	.get_link	= hostfs_get_link,
	.getattr	= hostfs_getattr,
	.setattr	= hostfs_setattr,
	.listxattr	= hostfs_listxattr,
};
