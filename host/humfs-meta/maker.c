// SPDX-License-Identifier: GPL-2.0-only
/*
 * maker - objects put into a tree, whatever they come from
 */
#include "maker.h"
#include "msg.h"
#include "place.h"

void maker_begin(struct maker *maker, struct tree *tree, bool layer)
{
	*maker = (struct maker){ .tree = tree, .layer = layer };
}

void maker_refuse(struct maker *maker, const char *path, const char *text)
{
	msg("'%s': %s", path, text);
	maker->failed++;
}

/* --- directories ------------------------------------------------------------ */

/* The directory (dir, name), made if it is missing: a reference. */
static int step_into(struct maker *maker, struct host_node *dir,
		     const char *name, struct host_node **ret)
{
	struct host_attr attr;
	int error = host_plain_lookup(dir, name, 0, &attr);

	/* The source did not name it: the default owner's. */
	if (error == -ENOENT)
		error = place_dir(maker->tree, dir, name, 0755, &attr);
	if (error)
		return error;
	if (!S_ISDIR(attr.mode))
		return S_ISLNK(attr.mode) ? -ELOOP : -ENOTDIR;
	return host_node_make(&maker->tree->host.fs, dir, name, &attr, ret);
}

void maker_forget(struct maker *maker)
{
	host_node_put(maker->last);
	free(maker->last_path);
	maker->last = NULL;
	maker->last_path = NULL;
}

/* The directory with that path (joined), a reference. */
static int find_dir(struct maker *maker, const char *path,
		    struct host_node **ret)
{
	_cleanup_free_ char *names = strdup(path);
	struct host_node *dir = maker->tree->host.root, *below;
	char *rest = names, *name;
	int error = 0;

	if (maker->last && !strcmp(maker->last_path, path)) {
		*ret = host_node_get(maker->last);
		return 0;
	}
	if (!names)
		return -ENOMEM;
	host_node_get(dir);
	while (error == 0 && (name = strsep(&rest, "/")) && *name) {
		error = step_into(maker, dir, name, &below);
		host_node_put(dir);
		dir = error ? NULL : below;
	}
	if (error)
		return error;
	maker_forget(maker);
	maker->last_path = strdup(path);
	maker->last = maker->last_path ? host_node_get(dir) : NULL;
	*ret = dir;
	return 0;
}

/* --- one object --------------------------------------------------------------- */

/* Remove what is in the way; a directory stays when a directory is to come. */
static int make_way(struct maker *maker, struct object *old,
		    const struct entry *entry)
{
	bool is_dir = S_ISDIR(old->host.mode);

	if (is_dir && !entry->hardlink &&
	    (entry->record.mode & HMETA_IFMT) == HMETA_IFDIR)
		return 1;
	if (is_dir)
		maker_forget(maker);
	return maker_remove(maker, old, maker->layer);
}

static int make_file(struct tree *tree, struct host_node *dir, const char *name,
		     const struct entry *entry)
{
	struct host_file *file;
	int error = place_file(tree, dir, name, &file);

	if (error)
		return error;
	if (entry->data)
		error = entry->data(entry, file);
	host_plain_close(file);
	if (error)
		(void)place_unlink(tree, dir, name, false); /* the first error counts */
	return error;
}

static int make_host(struct tree *tree, struct host_node *dir, const char *name,
		     const struct entry *entry)
{
	struct host_attr attr;

	switch (entry->record.mode & HMETA_IFMT) {
	case HMETA_IFDIR:
		return place_dir(tree, dir, name, 0700, &attr);
	case HMETA_IFLNK:
		return place_symlink(tree, dir, name, entry->target);
	default:
		return make_file(tree, dir, name, entry);
	}
}

static int later_add(struct maker *maker, struct host_node *node,
		     const struct host_time *mtime)
{
	if (maker->later_n == maker->later_room) {
		size_t room = maker->later_room ? maker->later_room * 2 : 256;
		struct later *later = realloc(maker->later,
					      room * sizeof(*later));

		if (!later)
			return -ENOMEM;
		maker->later = later;
		maker->later_room = room;
	}
	maker->later[maker->later_n++] = (struct later){
		.node = host_node_get(node), .mtime = *mtime,
	};
	return 0;
}

static int set_mtime(struct host_node *node, const struct host_time *mtime)
{
	const struct host_setattr set = {
		.set = HOST_SET_MTIME, .mtime = *mtime,
	};
	struct host_attr attr;

	return host_plain_setattr(node, NULL, &set, &attr);
}

/* What cannot be kept is told; the object is there nevertheless. */
static void put_attrs(struct maker *maker, struct object *object,
		      const struct entry *entry)
{
	for (size_t i = 0; entry->attrs && i < entry->attrs->n; i++) {
		const struct attr *attr = &entry->attrs->v[i];
		int error = attrs_set(maker->tree, object, attr);

		if (error == 0)
			continue;
		msg_errno(error, "'%s': cannot keep the attribute '%s'",
			  entry->path, attr->name);
		maker->failed++;
	}
}

/* Attributes, then the record, then the time. */
static int settle(struct maker *maker, struct object *object,
		  const struct entry *entry)
{
	struct hmeta_record record = entry->record;
	int error;

	if ((record.mode & HMETA_IFMT) == HMETA_IFLNK)
		record.mode = HMETA_IFLNK | 0777;
	put_attrs(maker, object, entry);
	error = object_set(maker->tree, object, &record);
	if (error || !entry->has_mtime)
		return error;
	if (S_ISDIR(object->host.mode))
		return later_add(maker, object->node, &entry->mtime);
	return set_mtime(object->node, &entry->mtime);
}

static int make_link(struct maker *maker, struct host_node *dir,
		     const char *name, const struct entry *entry)
{
	_cleanup_object_ struct object old = { 0 };
	int error = object_find(maker->tree, entry->hardlink, &old);

	if (error == 0 && S_ISDIR(old.host.mode))
		error = -EISDIR;
	return error ? error : place_link(maker->tree, &old, dir, name);
}

/* Is it a link to itself? Removing what is in the way would remove both. */
static bool same_path(const struct entry *entry, const char *path)
{
	_cleanup_free_ char *other = object_path(entry->hardlink);

	return other && !strcmp(other, path);
}

int maker_make(struct maker *maker, struct host_node *dir, const char *name,
	       const struct entry *entry)
{
	_cleanup_object_ struct object object = { 0 };
	int error = object_at(maker->tree, dir, name, &object), kept = 0;

	if (error == 0)
		kept = make_way(maker, &object, entry);
	if (kept < 0 || (error && error != -ENOENT))
		return kept < 0 ? kept : error;
	if (entry->hardlink)
		return make_link(maker, dir, name, entry);
	if (kept == 0) {
		object_put(&object);
		error = make_host(maker->tree, dir, name, entry);
		if (error == 0)
			error = object_at(maker->tree, dir, name, &object);
		if (error)
			return error;
	}
	if (maker->layer)
		error = ids_add(&maker->made, &object.host.id, "");
	return error ? error : settle(maker, &object, entry);
}

/* --- the whole ------------------------------------------------------------------ */

static int add_root(struct maker *maker, const struct entry *entry)
{
	_cleanup_object_ struct object root = { 0 };
	int error;

	if (entry->hardlink ||
	    (entry->record.mode & HMETA_IFMT) != HMETA_IFDIR)
		return -EISDIR;
	error = object_root(maker->tree, &root);
	return error ? error : settle(maker, &root, entry);
}

static int add(struct maker *maker, const struct entry *entry)
{
	_cleanup_free_ char *path = object_path(entry->path);
	struct host_node *dir;
	char *slash, *name;
	int error;

	if (!path)
		return -errno;
	if (!*path)
		return add_root(maker, entry);
	if (entry->hardlink && same_path(entry, path))
		return -ELOOP;
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	if (slash)
		*slash = '\0';
	error = find_dir(maker, slash ? path : "", &dir);
	if (error)
		return error;
	error = maker->layer ? maker_layered(maker, dir, name, entry) :
			       maker_make(maker, dir, name, entry);
	host_node_put(dir);
	return error;
}

int maker_add(struct maker *maker, const struct entry *entry)
{
	int error = add(maker, entry);

	if (error == 0) {
		maker->done++;
		return 0;
	}
	maker->failed++;
	if (entry->hardlink && error == -ENOENT)
		msg("cannot make '%s': it is a link to '%s', which is not there",
		    entry->path, entry->hardlink);
	else if (error != -ECANCELED)	/* the source has said why */
		object_error(error, "make", entry->path);
	return error;
}

int maker_finish(struct maker *maker)
{
	maker_forget(maker);
	/* In their order: what was told last of a directory holds. */
	for (size_t i = 0; i < maker->later_n; i++) {
		struct later *later = &maker->later[i];
		int error = set_mtime(later->node, &later->mtime);

		if (error && error != -ESTALE) {
			msg_errno(error, "cannot set a directory's time");
			maker->failed++;
		}
		host_node_put(later->node);
	}
	free(maker->later);
	ids_free(&maker->made);
	maker->later = NULL;
	return maker->failed ? META_FAILED : META_DONE;
}
