// SPDX-License-Identifier: GPL-2.0-only
/*
 * access.c - may it be done? With the rights that the host has now
 *
 * What a path walk meets was revalidated by name and is fresh. Not so where the
 * walk starts: the current directory, a directory's descriptor, the root of a
 * mount. Their rights may have changed on the host since, so they are asked for
 * here, unless the answer makes no difference to the caller.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include "hostfs.h"

/* Does the caller pass whatever the mode says? */
static bool hostfs_overrides(const struct inode *inode)
{
	return S_ISDIR(inode->i_mode) &&
	       has_capability_noaudit(current, CAP_DAC_OVERRIDE) &&
	       current_user_ns() == &init_user_ns;
}

/* In RCU-walk: ask only if that takes no opening and no waiting. */
static int hostfs_peek(struct inode *inode)
{
	u32 version = hostfs_version(inode);
	struct host_attr attr;

	if (!hostfs_ops(inode)->peek ||
	    hostfs_call(inode, peek, HOSTFS_I(inode)->node, &attr) ||
	    !hostfs_same(inode, &attr))
		return -ECHILD;
	hostfs_store(inode, &attr, version);
	return 0;
}

int hostfs_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	if (!hostfs_fresh(inode) && !hostfs_overrides(inode)) {
		if (!(mask & MAY_NOT_BLOCK))
			/* It is gone: the call itself will say how. */
			(void)hostfs_refresh(inode, NULL, NULL);
		else if (hostfs_peek(inode))
			return -ECHILD;
	}
	return generic_permission(idmap, inode, mask);
}
