// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_setattr - owner and mode in the record, size and times on the host
 *
 * Size first, as it cannot be undone; owner and mode in one replacement of the
 * record; times last, for all before changes them. If the times fail, the record
 * is put back.
 */
#include "humfs_user.h"

#define SET_RECORD	(HOST_SET_MODE | HOST_SET_UID | HOST_SET_GID)
#define SET_TIMES	(HOST_SET_ATIME | HOST_SET_MTIME | \
			 HOST_SET_ATIME_NOW | HOST_SET_MTIME_NOW)

/* The host's part, as far as it is in `which`. */
static int set_on_host(struct host_node *node, struct host_file *file,
		       const struct host_setattr *set, uint32_t which)
{
	struct humfs *fs = humfs_of_object(node, file);
	struct host_setattr part = *set;
	struct host_attr attr;

	part.set &= which;
	if (!part.set)
		return 0;
	if (!node)
		return host_plain_setattr(node, file, &part, &attr);
	return HUMFS_ADOPTING(fs, node, host_plain_setattr(node, file, &part,
							   &attr));
}

static void merge(const struct host_setattr *set, struct hmeta_record *record)
{
	if (set->set & HOST_SET_UID)
		record->uid = set->uid;
	if (set->set & HOST_SET_GID)
		record->gid = set->gid;
	if (set->set & HOST_SET_MODE)
		record->mode = (record->mode & S_IFMT) | (set->mode & 07777);
}

/* As now in *view, which gets what it was. */
static int change_record(struct humfs *fs, struct humfs_view *view,
			 const struct host_setattr *set)
{
	struct hmeta_record want;
	int error;

	if ((set->set & HOST_SET_MODE) && S_ISLNK(view->attr.mode))
		return -EOPNOTSUPP;
	want = view->record;
	merge(set, &want);
	if (set->set & HOST_SET_MODE) {
		error = humfs_acl_chmod(fs, &view->object, want.mode);
		if (error)
			return error;
	}
	return humfs_record_apply(fs, view, &want);
}

/* All of it, with the object's lock. */
static int set_locked(struct humfs *fs, struct host_node *node,
		      struct host_file *file, struct humfs_view *view,
		      const struct host_setattr *set)
{
	struct humfs_view now = *view;
	bool readable = view->attr.mode & 0400;
	int error = humfs_readable(fs, view);

	/* Else it was altered on the way. */
	if (error == 0)
		error = readable ? humfs_look_record(fs, view) :
				   humfs_look(fs, view);
	if (error == 0)
		error = change_record(fs, view, set);
	if (error)
		return error;
	error = set_on_host(node, file, set, SET_TIMES);
	if (error && humfs_look(fs, &now) == 0)
		(void)humfs_record_apply(fs, &now, &view->record);
	return error;
}

static int set_record(struct humfs *fs, struct host_node *node,
		      struct host_file *file, const struct host_setattr *set)
{
	struct humfs_view view = { 0 };
	struct host_object object;
	char name[HOST_COMPONENT_MAX + 1];
	uint64_t ino = node ? node->id.ino : 0;
	int error = host_tree_may(&fs->tree, HOST_ALTER);

	if (error == 0)
		error = host_object_begin(node, file, &object);
	if (error)
		return error;
	view.object.fd = object.fd;
	view.object.node = node;
	if (node && host_node_where(node, &view.object.dir, name) == 0)
		view.object.dir_name = name;
	if (!node) {
		error = host_statx(object.fd, "", &view.attr);
		ino = view.attr.id.ino;
	}
	if (error == 0)
		error = humfs_lock(fs, ino);
	if (error == 0) {
		view.object.locked = true;
		view.object.attr = &view.attr;
		error = host_statx(object.fd, "", &view.attr);
		if (error == 0)
			error = set_locked(fs, node, file, &view, set);
		humfs_unlock(fs, ino);
	}
	host_node_put(view.object.dir);
	host_object_end(&object);
	return error;
}

int humfs_setattr(struct host_node *node, struct host_file *file,
		  const struct host_setattr *set, struct host_attr *ret)
{
	struct humfs *fs;
	int error;

	if (!node && !file)
		return -EBADF;
	fs = humfs_of_object(node, file);
	error = set_on_host(node, file, set, HOST_SET_SIZE);
	if (error == 0 && (set->set & SET_RECORD))
		error = set_record(fs, node, file, set);
	else if (error == 0)
		error = set_on_host(node, file, set, SET_TIMES);
	return error ? error : humfs_getattr(node, file, ret);
}
