// SPDX-License-Identifier: GPL-2.0-only
/*
 * maker_layer - layers of container images: whiteouts in the spelling of OCI
 * archives, of overlayfs, and of fuse-overlayfs
 *
 * A whiteout hides what earlier layers brought, never what its own layer does,
 * whichever comes first.
 */
#include "maker.h"

#define WHITEOUT	".wh."
#define WHITEOUT_OPAQUE	".wh..wh..opq"

static bool says_yes(const struct attrs *attrs, const char *name)
{
	const struct attr *attr = attrs ? attrs_get(attrs, name) : NULL;

	return attr && attr->length == 1 && *(char *)attr->value == 'y';
}

/* A directory that hides what earlier layers have in it. */
static bool is_opaque(const struct entry *entry)
{
	return says_yes(entry->attrs, "trusted.overlay.opaque") ||
	       says_yes(entry->attrs, "user.overlay.opaque") ||
	       says_yes(entry->attrs, "user.fuseoverlayfs.opaque");
}

static bool is_whiteout_device(const struct entry *entry)
{
	const struct hmeta_record *record = &entry->record;

	return (record->mode & HMETA_IFMT) == HMETA_IFCHR &&
	       record->rdev_major == 0 && record->rdev_minor == 0;
}

static int remove_name(struct maker *maker, struct host_node *dir,
		       const char *name)
{
	_cleanup_object_ struct object object = { 0 };
	int error = object_at(maker->tree, dir, name, &object);

	if (error)
		return error == -ENOENT ? 0 : error;
	/* A layer may hide a name and bring it anew, in any order. */
	if (ids_get(&maker->made, &object.host.id))
		return 0;
	maker_forget(maker);
	return maker_remove(maker, &object, true);
}

static int empty_name(struct maker *maker, struct host_node *dir,
		      const char *name)
{
	_cleanup_object_ struct object object = { 0 };
	int error = object_at(maker->tree, dir, name, &object);

	if (error || !S_ISDIR(object.host.mode))
		return error == -ENOENT ? 0 : error;
	maker_forget(maker);
	return maker_empty(maker, &object);
}

/* What the directory itself holds, of whiteouts named ".wh..wh..opq". */
static int empty_dir(struct maker *maker, struct host_node *dir)
{
	struct object object = { .node = dir };

	maker_forget(maker);
	return maker_empty(maker, &object);
}

int maker_layered(struct maker *maker, struct host_node *dir, const char *name,
		  const struct entry *entry)
{
	int error = 0;

	if (!strcmp(name, WHITEOUT_OPAQUE))
		return empty_dir(maker, dir);
	if (!strncmp(name, WHITEOUT, strlen(WHITEOUT)))
		return remove_name(maker, dir, name + strlen(WHITEOUT));
	if (is_whiteout_device(entry))
		return remove_name(maker, dir, name);
	if (is_opaque(entry))
		error = empty_name(maker, dir, name);
	return error ? error : maker_make(maker, dir, name, entry);
}
