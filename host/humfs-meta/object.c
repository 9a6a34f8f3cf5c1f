// SPDX-License-Identifier: GPL-2.0-only
/*
 * object - one object of a tree, as the guest has it
 */
#include "msg.h"
#include "object.h"

int object_pin(const struct object *object, struct hmeta_object *ret)
{
	int fd, error = host_node_pin(object->node, &fd);

	if (error)
		return error;
	*ret = (struct hmeta_object){
		.fd = fd, .attr = &object->host, .dir = object->dir,
		.dir_name = object->name, .node = object->node,
	};
	return 0;
}

/* What the guest sees of an object that has no record. */
static struct hmeta_record default_record(const struct tree *tree,
					  const struct host_attr *host)
{
	return (struct hmeta_record){
		.uid = tree->uid, .gid = tree->gid,
		.mode = host->mode & (HMETA_IFMT | 07777),
		.rdev_major = host->rdev_major, .rdev_minor = host->rdev_minor,
	};
}

static int read_record(struct tree *tree, struct object *object,
		       const struct hmeta_object *pinned)
{
	struct hmeta_record record;
	enum hmeta_fault fault = HMETA_FINE;
	int error = tree->store->ops->get(tree->store, pinned, &record, &fault);

	object->fault = fault;
	object->recorded = error == 0 || fault != HMETA_FINE;
	if (error == 0)
		object->record = record;
	else
		object->record = default_record(tree, &object->host);
	return error == -ENODATA || fault ? 0 : error;
}

static int object_read(struct tree *tree, struct object *object)
{
	struct hmeta_object pinned;
	int error = object_pin(object, &pinned);

	if (error)
		return error;
	error = read_record(tree, object, &pinned);
	host_node_unpin(object->node);
	return error;
}

int object_root(struct tree *tree, struct object *ret)
{
	struct object root = { .node = tree->host.root };
	int error = host_plain_getattr(root.node, NULL, &root.host);

	if (error == 0)
		error = object_read(tree, &root);
	if (error)
		return error;
	host_node_get(root.node);
	*ret = root;
	return 0;
}

int object_at(struct tree *tree, struct host_node *dir, const char *name,
	      struct object *ret)
{
	struct object object = { .dir = dir };
	int error;

	error = host_plain_lookup(dir, name, 0, &object.host);
	if (error == 0)
		error = host_node_make(&tree->host.fs, dir, name, &object.host,
				       &object.node);
	if (error)
		return error;
	memcpy(object.name, name, strlen(name) + 1);
	error = object_read(tree, &object);
	if (error) {
		host_node_put(object.node);
		return error;
	}
	host_node_get(dir);
	*ret = object;
	return 0;
}

char *object_path(const char *path)
{
	char *joined = malloc(strlen(path) + 1), *to = joined;

	while (joined && *path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			free(joined);
			errno = EXDEV;
			return NULL;
		}
		if (length && !(length == 1 && path[0] == '.')) {
			if (to != joined)
				*to++ = '/';
			memcpy(to, path, length);
			to += length;
		}
		path += length;
		path += *path == '/';
	}
	if (joined)
		*to = '\0';
	return joined;
}

int object_find(struct tree *tree, const char *path, struct object *ret)
{
	_cleanup_free_ char *joined = object_path(path);
	struct object object, below;
	char *rest = joined, *name;
	int error;

	if (!joined)
		return -errno;
	error = object_root(tree, &object);
	while (error == 0 && (name = strsep(&rest, "/")) && *name) {
		error = S_ISLNK(object.host.mode) ? -ELOOP :
			S_ISDIR(object.host.mode) ? 0 : -ENOTDIR;
		if (error == 0)
			error = object_at(tree, object.node, name, &below);
		object_put(&object);
		if (error == 0)
			object = below;
	}
	if (error == 0)
		*ret = object;
	return error;
}

void object_put(struct object *object)
{
	host_node_put(object->node);
	host_node_put(object->dir);
	object->node = object->dir = NULL;
}

/* --- changes -------------------------------------------------------------- */

static int host_chmod(struct object *object, uint32_t mode)
{
	const struct host_setattr set = {
		.set = HOST_SET_MODE, .mode = mode,
	};

	if (S_ISLNK(object->host.mode) ||
	    (object->host.mode & 07777) == mode)
		return 0;
	return host_plain_setattr(object->node, NULL, &set, &object->host);
}

/*
 * Linux lets only those alter user.* who may write, and a file of the user's own
 * may be 0444. Access is taken first; nobody but the user has it in between.
 */
static int set_unwritable(struct tree *tree, struct object *object,
			  const struct hmeta_object *pinned,
			  const struct hmeta_record *record)
{
	uint32_t mode = object->host.mode & 07777;
	uint32_t least = S_ISDIR(object->host.mode) ? 0700 : 0600;
	int error;

	if ((mode & least) == least)
		return -EACCES;
	error = host_chmod(object, mode | least);
	if (error == 0)
		error = tree->store->ops->set(tree->store, pinned, record);
	if (error)
		(void)host_chmod(object, mode);	/* as it was */
	return error;
}

/* Would the host show the same without a record? */
static bool needs_no_record(const struct tree *tree,
			    const struct object *object,
			    const struct hmeta_record *record)
{
	return !tree->store->ops->names &&
	       record->uid == tree->uid && record->gid == tree->gid &&
	       hmeta_mode_is_plain(record->mode) &&
	       (record->mode & HMETA_IFMT) == (object->host.mode & HMETA_IFMT);
}

int object_anchor(struct tree *tree, const struct hmeta_object *pinned)
{
	const struct hmeta_store_ops *ops = tree->store->ops;
	struct hmeta_record record = default_record(tree, pinned->attr);
	int error;

	if (!hmeta_anchored(tree->store, pinned))
		return 0;
	error = ops->get(tree->store, pinned, &record, NULL);
	return error == -ENODATA ? ops->set(tree->store, pinned, &record) : error;
}

/*
 * The record first, then the host's mode; when the record goes, the other way
 * round. So at no instant does the guest see more than it was or is to be.
 */
static int put_record(struct tree *tree, struct object *object,
		      const struct hmeta_object *pinned,
		      const struct hmeta_record *record)
{
	const struct hmeta_store_ops *ops = tree->store->ops;
	bool plain = needs_no_record(tree, object, record);
	int error = 0;

	if (plain && object->recorded && hmeta_anchored(tree->store, pinned))
		plain = false;
	if (!plain)
		error = ops->set(tree->store, pinned, record);
	if (error == -EACCES)
		error = set_unwritable(tree, object, pinned, record);
	if (error == 0)
		error = host_chmod(object, hmeta_host_mode(record->mode));
	if (error == 0 && plain && object->recorded)
		error = ops->remove(tree->store, pinned);
	if (error)
		return error;
	object->record = *record;
	object->recorded = !plain;
	object->fault = HMETA_FINE;
	return 0;
}

int object_update(struct tree *tree, struct object *object,
		  object_change change, void *context)
{
	const struct hmeta_store_ops *ops = tree->store->ops;
	uint64_t ino = object->host.id.ino;
	struct hmeta_record record;
	struct hmeta_object pinned;
	int error = object_pin(object, &pinned);

	if (error)
		return error;
	error = ops->lock ? ops->lock(tree->store, ino) : 0;
	if (error == 0) {
		pinned.locked = true;
		error = read_record(tree, object, &pinned);
		record = object->record;
		if (error == 0)
			error = change(&record, context);
		if (error == 0)
			error = hmeta_settle(&record, object->host.mode) ?
				-EINVAL : 0;
		if (error == 0)
			error = put_record(tree, object, &pinned, &record);
		if (ops->unlock)
			ops->unlock(tree->store, ino);
	}
	host_node_unpin(object->node);
	return error;
}

static int change_all(struct hmeta_record *record, void *context)
{
	*record = *(const struct hmeta_record *)context;
	return 0;
}

int object_set(struct tree *tree, struct object *object,
	       const struct hmeta_record *record)
{
	struct hmeta_record copy = *record;

	return object_update(tree, object, change_all, &copy);
}

void object_forget(struct tree *tree, const struct object *object)
{
	const struct hmeta_object gone = { .fd = -1, .attr = &object->host };

	if (tree->store->ops->forget)
		tree->store->ops->forget(tree->store, &gone);
}

void object_error(int error, const char *action, const char *path)
{
	const char *shown = *path ? path : "/";

	if (error == -EXDEV)
		msg("cannot %s '%s': it leads out of the tree", action, shown);
	else if (error == -ELOOP)
		msg("cannot %s '%s': a symbolic link is on the way", action,
		    shown);
	else if (error == -EIO)
		msg("cannot %s '%s': its record is broken or cannot be read; see 'humfs-meta check'",
		    action, shown);
	else
		msg_errno(error, "cannot %s '%s'", action, shown);
}
