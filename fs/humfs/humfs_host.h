/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * humfs_host.h - how a humfs tree is mounted: for humfs's kernel half and for the
 * host's tools
 *
 * Everything after that goes through struct host_ops (host.h): the table of a
 * humfs tree shows and changes objects as the guest has them.
 */
#ifndef HUMFS_HUMFS_HOST_H
#define HUMFS_HUMFS_HOST_H

#include "host.h"

/*
 * When are the limits of a tree's superblock counted and enforced? NEVER: for
 * tools that only look. LIMITS: if it has any when it is mounted. ALWAYS: also if
 * it will get them later; a bare directory has none (-ENODEV).
 */
enum humfs_quota_when { HUMFS_QUOTA_NEVER, HUMFS_QUOTA_LIMITS, HUMFS_QUOTA_ALWAYS };

enum humfs_meta { HUMFS_META_AUTO, HUMFS_META_XATTR, HUMFS_META_SIDE };

/* An object with a record that cannot be. name: NULL if it is not known. */
typedef void humfs_report(void *context, const char *name, uint64_t ino,
			  const char *what);

struct humfs_mount {
	uint32_t flags;		/* enum host_mount */
	uint32_t meta;		/* enum humfs_meta: of a bare directory */
	uint32_t has_owner;	/* uid, gid: of objects without a record; else as */
	uint32_t uid, gid;	/* the tree says, else this process's */
	int32_t side_fd;	/* the side store of a bare directory (taken over);
				 * -1: below $XDG_STATE_HOME */
	uint32_t quota;		/* enum humfs_quota_when */
	humfs_report *report;	/* may be NULL; ATOMIC */
	void *context;
};

/*
 * `private`, bit of host_attr.attributes in what a humfs table returns: the
 * mode's type is the record's; on the host it is a regular file.
 */
#define HUMFS_ATTR_RECORDED	(1ull << 63)

/* As host_plain_mount(): a share's tag, or a path below the hostfs= root. */
int humfs_mount(const char *tag, const char *path,
		const struct humfs_mount *how, struct host_fs **ret);
/*
 * The same of a folder's descriptor (taken over, also on failure; O_PATH will
 * do): a bare directory, or what humfs-meta create or humfsify made.
 */
int humfs_mount_fd(int32_t fd, const struct humfs_mount *how,
		   struct host_fs **ret);
/* "xattr", "side", "shadow_fs": where the records of a mounted tree are. */
const char *humfs_meta_name(const struct host_fs *fs);
/* Are limits counted in this mount? */
_Bool humfs_is_counted(const struct host_fs *fs);
/*
 * The superblock in `folder` has new limits (0: none): they hold at once in guests
 * that count. Return: 0 or the host's error.
 */
int humfs_limits_changed(int32_t folder, uint64_t bytes, uint64_t objects);

#endif /* HUMFS_HUMFS_HOST_H */
