// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_rename - moving names, and leaving a whiteout behind
 */
#include "humfs_user.h"

/* HUMFS_STAGED and a number that no other thread of this host has. */
static void staged_name(char name[HUMFS_STAGED_MAX])
{
	static _Atomic uint32_t count;
	uint64_t number = (uint64_t)syscall(SYS_gettid) << 32 |
			  atomic_fetch_add(&count, 1);
	size_t at = sizeof(HUMFS_STAGED) - 1;

	memcpy(name, HUMFS_STAGED, at);
	for (; number; number >>= 4)
		name[at++] = "0123456789abcdef"[number & 15];
	name[at] = '\0';
}

struct rename {
	struct host_node *olddir;
	const char *oldname;
	struct host_node *newdir;
	const char *newname;
	uint32_t flags;
};

static int run_rename(void *context)
{
	const struct rename *at = context;

	return host_plain_rename(at->olddir, at->oldname, at->newdir,
				 at->newname, at->flags);
}

/* With its records, if they go by names. */
static int rename_name(struct humfs *fs, struct host_node *olddir,
		       const char *oldname, struct host_node *newdir,
		       const char *newname, uint32_t flags)
{
	struct rename at = { olddir, oldname, newdir, newname, flags };
	const struct hmeta_change change = { run_rename, &at, olddir, oldname };

	if (!fs->store->ops->names)
		return run_rename(&at);
	return fs->store->ops->names->rename(fs->store, &change, newdir,
					     newname, flags);
}

/*
 * A whiteout is a device, which the host does not get: so not the host's own
 * RENAME_WHITEOUT. The object is under the staged name between the two renames.
 */
static int rename_whiteout(struct humfs *fs, struct host_node *olddir,
			   const char *oldname, struct host_node *newdir,
			   const char *newname, uint32_t flags)
{
	const struct host_new whiteout = {
		.mode = S_IFCHR, .uid = fs->uid, .gid = fs->gid,
	};
	char staged[HUMFS_STAGED_MAX];
	struct host_attr attr;
	int error;

	staged_name(staged);
	error = humfs_mknod(olddir, staged, &whiteout, &attr);
	if (error)
		return error;
	error = rename_name(fs, olddir, oldname, olddir, staged, HOST_EXCHANGE);
	if (error == 0) {
		error = rename_name(fs, olddir, staged, newdir, newname,
				    flags & ~(uint32_t)HOST_WHITEOUT);
		/* Nobody else knows the staged name; what fails is reported. */
		if (error && rename_name(fs, olddir, oldname, olddir, staged,
					 HOST_EXCHANGE))
			return error;
	}
	if (error)
		(void)humfs_unlink(olddir, staged, 0);
	return error;
}

int humfs_rename(struct host_node *olddir, const char *oldname,
		 struct host_node *newdir, const char *newname, uint32_t flags)
{
	struct humfs *fs = humfs_of(olddir->tree);
	struct humfs_last last = { .last = false };
	int error = host_name_check(newname);

	if (error)
		return error;
	if ((flags & HOST_WHITEOUT) && (flags & HOST_EXCHANGE))
		return -EINVAL;
	if (!(flags & (HOST_EXCHANGE | HOST_NOREPLACE)))
		humfs_last_name(fs, newdir, newname, HOST_NO_DIR, &last);
	if (flags & HOST_WHITEOUT)
		error = rename_whiteout(fs, olddir, oldname, newdir, newname,
					flags);
	else
		error = HUMFS_ADOPTING(fs, olddir, HUMFS_ADOPTING(fs, newdir,
			rename_name(fs, olddir, oldname, newdir, newname,
				    flags)));
	humfs_last_end(fs, &last, error);
	return error;
}
