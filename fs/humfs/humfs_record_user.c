// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_record - changing what an object shows
 */
#include "humfs_user.h"

#define KEEP_ID		((uint32_t)-1)

static int chmod_object(const struct humfs_view *view, uint32_t mode)
{
	uint32_t type = view->attr.mode & S_IFMT;

	if (type == S_IFLNK || (view->attr.mode & 07777) == mode)
		return 0;
	return host_chmod_fd(view->object.fd, type, mode);
}

/*
 * Linux sets user.* attributes of what may be written only. The owner could
 * give that right at any time; nobody else gets one, here or by a kill.
 */
static int set_unwritable(struct humfs *fs, const struct humfs_view *view,
			  const struct hmeta_record *want)
{
	uint32_t type = view->attr.mode & S_IFMT;
	uint32_t mode = view->attr.mode & 07777;
	int error;

	if ((mode & 0200) || (type != S_IFREG && type != S_IFDIR))
		return -EACCES;
	error = host_chmod_fd(view->object.fd, type,
			      type == S_IFDIR ? (mode & 0500) | 0200 : 0200);
	if (error)
		return -EACCES;
	error = fs->store->ops->set(fs->store, &view->object, want);
	/* Without a record the old mode is what counts. */
	if (error)
		(void)host_chmod_fd(view->object.fd, type, mode);
	return error;
}

void humfs_touch(const struct humfs *fs, const struct humfs_view *view)
{
	uint32_t type = view->attr.mode & S_IFMT;

	if (fs->store->by_ctime && (type == S_IFREG || type == S_IFDIR))
		return;
	(void)host_chown_fd(view->object.fd, KEEP_ID, KEEP_ID);
}

static int apply_record(struct humfs *fs, const struct humfs_view *view,
			const struct hmeta_record *want)
{
	uint32_t type = view->attr.mode & S_IFMT;
	uint32_t mode = hmeta_host_mode(want->mode);
	int error, again;

	error = fs->store->ops->set(fs->store, &view->object, want);
	again = error == -EACCES;
	if (again)
		error = set_unwritable(fs, view, want);
	if (error)
		return error;
	humfs_touch(fs, view);
	if (type == S_IFLNK || (!again && (view->attr.mode & 07777) == mode))
		return 0;
	error = host_chmod_fd(view->object.fd, type, mode);
	/* Nobody goes by it, unless it is one that keeps us from the record. */
	if (error && again)
		error = host_chmod_fd(view->object.fd, type, mode);
	return again ? error : 0;
}

int humfs_record_apply(struct humfs *fs, const struct humfs_view *view,
		       const struct hmeta_record *want)
{
	int error;

	/* Hosts skip writing what is there already; the ctime is to tell. */
	if (hmeta_equal(want, &view->record))
		return host_chown_fd(view->object.fd, KEEP_ID, KEEP_ID);
	if ((want->mode & S_IFMT) != (view->attr.mode & S_IFMT) ||
	    !humfs_needs_no_record(fs, want) ||
	    (view->recorded && hmeta_anchored(fs->store, &view->object)))
		return apply_record(fs, view, want);
	error = chmod_object(view, want->mode & 0777);
	if (error == 0 && view->recorded)
		error = fs->store->ops->remove(fs->store, &view->object);
	if (error == 0)
		humfs_touch(fs, view);
	return error;
}

int humfs_anchor(struct humfs *fs, const struct hmeta_object *object)
{
	struct hmeta_record record = {
		.uid = fs->uid, .gid = fs->gid,
		.mode = object->attr->mode & (S_IFMT | 07777),
		.rdev_major = object->attr->rdev_major,
		.rdev_minor = object->attr->rdev_minor,
	};
	const struct hmeta_store_ops *ops = fs->store->ops;
	struct hmeta_object placed = *object;
	char name[HOST_COMPONENT_MAX + 1];
	struct hmeta_record found;
	int error;

	if (!ops->anchored ||
	    (fs->store->by_ctime && (S_ISREG(record.mode) || S_ISDIR(record.mode))))
		return 0;
	error = ops->get(fs->store, object, &found, NULL);
	if (error != -ENODATA)
		return error;
	/* Its place is what the record is for. */
	placed.dir = NULL;
	if (object->node &&
	    host_node_where(object->node, &placed.dir, name) == 0)
		placed.dir_name = name;
	error = ops->set(fs->store, &placed, &record);
	host_node_put(placed.dir);
	return error;
}

/* Ours, but for its mode we cannot read what record it has. */
static bool is_unreadable(const struct host_attr *attr)
{
	uint32_t type = attr->mode & S_IFMT;

	return (type == S_IFREG || type == S_IFDIR) && !(attr->mode & 0400) &&
	       attr->uid == host_features.uid && !host_features.privileged;
}

/* view->attr is the object's. */
static int adopt_locked(struct humfs *fs, struct humfs_view *view)
{
	uint32_t type = view->attr.mode & S_IFMT, mode = view->attr.mode;
	uint32_t least = type == S_IFDIR ? 0700 : 0600;
	bool unreadable = is_unreadable(&view->attr);
	int error = 0;

	if (view->attr.uid != host_features.uid || (mode & least) == least ||
	    (type != S_IFREG && type != S_IFDIR))
		return -EACCES;
	if (unreadable)
		error = host_chmod_fd(view->object.fd, type, least);
	if (error == 0)
		error = humfs_look(fs, view);
	if (error == 0) {
		/* Without a record it was the old mode that counted. */
		if (!view->recorded)
			view->record.mode = mode;
		error = apply_record(fs, view, &view->record);
	}
	if (error && unreadable)
		(void)host_chmod_fd(view->object.fd, type, mode & 07777);
	return error;
}

int humfs_readable(struct humfs *fs, struct humfs_view *view)
{
	return is_unreadable(&view->attr) ? adopt_locked(fs, view) : 0;
}

int humfs_adopt(struct humfs *fs, struct host_node *node,
		struct host_file *file)
{
	struct humfs_view view = { 0 };
	struct host_object object;
	int error;

	if (host_tree_may(&fs->tree, HOST_ALTER))
		return -EACCES;
	error = host_object_begin(node, file, &object);
	if (error)
		return -EACCES;
	view.object.fd = object.fd;
	view.object.node = node;
	error = host_statx(object.fd, "", &view.attr);
	if (error == 0)
		error = humfs_lock(fs, view.attr.id.ino);
	if (error == 0) {
		view.object.locked = true;
		error = adopt_locked(fs, &view);
		humfs_unlock(fs, view.attr.id.ino);
	}
	host_object_end(&object);
	return error ? -EACCES : 0;
}
