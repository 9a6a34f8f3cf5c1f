// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_shadow - check's part for the original's layout: records without objects,
 * and what a crash has left
 *
 * A guest makes a record before its object and removes it after: so what looks
 * like nobody's is looked at again with the tree's lock.
 */
#include <fts.h>

#include "check.h"
#include "convert.h"
#include "meta_shadow.h"
#include "used.h"

static struct hmeta_shadow *shadow_of(const struct check *check)
{
	return (struct hmeta_shadow *)check->tree->store;
}

/* Nobody has ever changed a tree that has no lock. */
static bool lock(struct hmeta_shadow *shadow)
{
	return hmeta_shadow_lock(shadow) == 0;
}

static void unlock(struct hmeta_shadow *shadow, bool locked)
{
	if (locked)
		hmeta_shadow_unlock(shadow);
}

/* --- files of the folder ---------------------------------------------------- */

/* Nothing in a tree can be read while there is a note that cannot. */
void check_note(struct check *check)
{
	struct hmeta_shadow *shadow = shadow_of(check);
	int error = CHECK_LEFT;
	bool locked;

	if (!shadow->store.ops->names || !hmeta_shadow_noted(shadow))
		return;
	locked = lock(shadow);
	if (!hmeta_shadow_noted(shadow)) {
		unlock(shadow, locked);	/* a guest's, which has ended */
		return;
	}
	unlock(shadow, locked);
	if (check->repair && !locked) {
		error = unlinkat(shadow->fd, HMETA_SHADOW_MOVE, 0) ? -errno : 0;
		if (error == 0 && lock(shadow))
			hmeta_shadow_unlock(shadow);
	}
	check_tell(check, HMETA_SHADOW_MOVE, check->repair ?
		   "the note of a rename cannot be read" :
		   "a rename was cut short", error);
}

static FTS *open_fts(int fd, const char *name)
{
	struct host_proc_path proc;
	char path[sizeof(proc) + HOST_COMPONENT_MAX + 2];
	char *const paths[] = { path, NULL };

	if (host_proc_path(fd, &proc))
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", proc.path, name);
	return fts_open(paths, FTS_PHYSICAL, NULL);
}

/* The entry of a walk that has its directory as the current one. */
static int drop(const FTSENT *entry)
{
	return unlinkat(AT_FDCWD, entry->fts_accpath,
			entry->fts_info == FTS_DP ? AT_REMOVEDIR : 0) ?
	       -errno : 0;
}

int check_remove_tree(int fd, const char *name)
{
	FTS *fts = open_fts(fd, name);
	FTSENT *entry;
	int error = 0, failed;

	if (!fts)
		return -errno;
	while ((entry = fts_read(fts))) {
		if (entry->fts_info == FTS_D)
			continue;
		failed = entry->fts_info == FTS_NS ? -entry->fts_errno :
						     drop(entry);
		error = error ? error : failed;
	}
	(void)fts_close(fts);
	return error == -ENOENT ? 0 : error;
}

static void check_leftovers(struct check *check)
{
	struct hmeta_shadow *shadow = shadow_of(check);
	bool locked = lock(shadow);
	struct host_attr attr;

	/* With the lock: nobody is just writing it. */
	if (host_statx(shadow->fd, HMETA_SHADOW_NEW, &attr) == 0)
		check_tell(check, HMETA_SHADOW_NEW, "left by a crash",
			   !check->repair ? CHECK_LEFT :
			   unlinkat(shadow->fd, HMETA_SHADOW_NEW, 0) ? -errno :
								       0);
	if (host_statx(shadow->fd, HMETA_SHADOW_LOST, &attr) == 0)
		check_tell(check, HMETA_SHADOW_LOST,
			   "records of objects that are gone", check->repair ?
			   check_remove_tree(shadow->fd, HMETA_SHADOW_LOST) :
			   CHECK_LEFT);
	unlock(shadow, locked);
}

/* --- the mirrors ---------------------------------------------------------------- */

/* Is there a directory, or something else, at that path? */
static bool has_object(struct hmeta_shadow *shadow, char *path, bool is_dir)
{
	struct host_attr attr;
	int error = hmeta_shadow_look(shadow->parts[HMETA_DATA], path, &attr);

	/* What cannot be told is left alone. */
	return error || (attr.id.ino && S_ISDIR(attr.mode) == is_dir);
}

static void check_mirror(struct check *check, const FTSENT *entry, char *path,
			 bool is_dir)
{
	struct hmeta_shadow *shadow = shadow_of(check);
	bool locked;

	if (has_object(shadow, path, is_dir))
		return;
	locked = lock(shadow);
	if (!has_object(shadow, path, is_dir) &&
	    faccessat(AT_FDCWD, entry->fts_accpath, F_OK,
		      AT_SYMLINK_NOFOLLOW) == 0)
		check_tell(check, path, "a record, but no object", check->repair ?
			   drop(entry) : CHECK_LEFT);
	unlock(shadow, locked);
}

/* A directory's line goes by the directory, which comes after it. */
static int check_part(struct check *check, const char *name, bool dirs)
{
	FTS *fts = open_fts(shadow_of(check)->fd, name);
	FTSENT *entry;
	size_t top = 0;

	if (!fts)
		return -errno;
	while ((entry = fts_read(fts))) {
		char *path = entry->fts_path + top, *slash;

		if (entry->fts_level == 0) {
			top = entry->fts_pathlen + 1;
			continue;
		}
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_NS)
			continue;
		if (!dirs || entry->fts_info == FTS_DP) {
			check_mirror(check, entry, path,
				     entry->fts_info == FTS_DP);
			continue;
		}
		if (entry->fts_level == 1)
			continue;	/* the root's */
		slash = strrchr(path, '/');
		*slash = '\0';
		check_mirror(check, entry, path, true);
		*slash = '/';
	}
	(void)fts_close(fts);
	return 0;
}

/* --- what is used ----------------------------------------------------------------- */

static void check_used(struct check *check)
{
	struct hmeta_super *super = &check->tree->super;
	uint64_t noted = super->used;
	int error = CHECK_LEFT;

	if (super->version != 2 || used_by_guest(check->tree))
		return;
	hmeta_super_use(super, check->bytes);
	/* The original counts directories as well, and in its own way. */
	if (super->used <= noted)
		return;
	if (check->repair)
		error = hmeta_super_write(check->tree->folder, super);
	check_tell(check, HMETA_TREE_SUPER, "more is used than is noted there",
		   error);
}

/* A conversion to that layout was cut short: nobody reads it. */
static void check_conversion(struct check *check)
{
	const char *name = "file_metadata";
	int error = CHECK_LEFT;

	if (!convert_v2_left(check->tree))
		return;
	if (check->repair)
		error = convert_v2_remove(check->tree, &name);
	check_tell(check, name, "left by a conversion that was cut short", error);
}

int check_shadow(struct check *check)
{
	int error;

	if (!check->tree->store->ops->names) {
		check_conversion(check);
		return 0;
	}
	check_leftovers(check);
	if (check->tree->super.version == 1)
		return 0;
	error = check_part(check, "file_metadata", false);
	if (error == 0)
		error = check_part(check, "dir_metadata", true);
	if (error == 0)
		check_used(check);
	return error;
}
