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
#include <linux/mnt_idmapping.h>
#include "hostfs.h"

/* Does the caller pass whatever the mode says? (Not where ids have no number.) */
static bool hostfs_overrides(const struct inode *inode)
{
	return S_ISDIR(inode->i_mode) && uid_valid(inode->i_uid) &&
	       gid_valid(inode->i_gid) &&
	       ns_capable_noaudit(&init_user_ns, CAP_DAC_OVERRIDE);
}

/*
 * Does the host itself refuse to search the directory whenever the guest has to?
 * It does for its own user in that user's directories, so that a walk which may
 * go on by what is known of the directory needs no other answer than the next
 * name's. (access(2), chdir(2) and opening ask for more than MAY_EXEC.)
 */
static bool hostfs_host_checks(struct mnt_idmap *idmap,
			       const struct inode *inode, int mask)
{
	return !(mask & ~(MAY_EXEC | MAY_NOT_BLOCK)) &&
	       S_ISDIR(inode->i_mode) && idmap == &nop_mnt_idmap &&
	       !HOSTFS_SB(inode->i_sb)->options.owners &&
	       uid_eq(current_fsuid(), inode->i_uid) &&
	       host_checks_as(__kuid_val(inode->i_uid));
}

/* In RCU-walk: ask only if that takes no opening and no waiting. */
static int hostfs_peek(struct inode *inode)
{
	u32 version = hostfs_version(inode);
	struct host_attr attr;

	if (!hostfs_ops(inode)->peek ||
	    HOSTFS_I(inode)->pace->kind == HOST_KIND_REMOTE ||
	    hostfs_call_now(inode, peek, HOSTFS_I(inode)->node, &attr) ||
	    !hostfs_same(inode, &attr))
		return -ECHILD;
	hostfs_store(inode, &attr, version);
	return 0;
}

int hostfs_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	if (!hostfs_fresh(inode) && !hostfs_overrides(inode)) {
		if (hostfs_host_checks(idmap, inode, mask) &&
		    !generic_permission(idmap, inode, mask))
			return 0;
		if (!(mask & MAY_NOT_BLOCK))
			/* It is gone: the call itself will say how. */
			(void)hostfs_refresh(inode, NULL, NULL);
		else if (hostfs_peek(inode))
			return -ECHILD;
	}
	return generic_permission(idmap, inode, mask);
}
