// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_xattr - extended attributes: the host's user.*, and privileged ones from
 * the store
 *
 * An access ACL and the mode's bits 0777 are two views of one thing, as on a
 * local file system: setting one sets the other.
 */
#include "humfs_user.h"

#include <sys/xattr.h>

/* The object, its lock if it is to be changed, and its host attributes. */
struct humfs_target {
	struct humfs *fs;
	struct host_object object;
	struct humfs_view view;
	bool locked;
};

static void target_end(struct humfs_target *target)
{
	if (target->locked)
		humfs_unlock(target->fs, target->view.attr.id.ino);
	host_object_end(&target->object);
}

static int target_begin(struct host_node *node, struct host_file *file,
			bool change, struct humfs_target *ret)
{
	struct humfs_view *view = &ret->view;
	int error;

	memset(ret, 0, sizeof(*ret));
	ret->fs = humfs_of_object(node, file);
	error = change ? host_tree_may(&ret->fs->tree, HOST_ALTER) : 0;
	if (error == 0)
		error = host_object_begin(node, file, &ret->object);
	if (error)
		return error;
	view->object.fd = ret->object.fd;
	view->object.attr = &view->attr;
	view->object.node = node;
	error = host_statx(ret->object.fd, "", &view->attr);
	if (error == 0 && change) {
		error = humfs_lock(ret->fs, view->attr.id.ino);
		ret->locked = view->object.locked = error == 0;
	}
	if (error)
		target_end(ret);
	return error;
}

/* --- ACLs ------------------------------------------------------------------- */

/* The access ACL of an object, malloc'd. Return: its size; 0: none. */
static int acl_get(struct humfs *fs, const struct hmeta_object *object,
		   void **ret)
{
	const struct hmeta_store_ops *ops = fs->store->ops;
	void *acl;
	int size;

	size = ops->getx(fs->store, object, HMETA_ACL_ACCESS, NULL, 0);
	if (size == -ENODATA || size == -EOPNOTSUPP || size == 0)
		return 0;
	if (size < 0)
		return size;
	acl = malloc(size);
	if (!acl)
		return -ENOMEM;
	size = ops->getx(fs->store, object, HMETA_ACL_ACCESS, acl, size);
	if (size >= 0 && !hmeta_acl_valid(acl, size))
		size = -EIO;
	if (size < 0) {
		free(acl);
		return size;
	}
	*ret = acl;
	return size;
}

int humfs_acl_chmod(struct humfs *fs, const struct hmeta_object *object,
		    uint32_t mode)
{
	void *acl = NULL;
	int size = acl_get(fs, object, &acl);
	int error;

	if (size <= 0)
		return size;
	hmeta_acl_chmod(acl, size, mode);
	error = fs->store->ops->setx(fs->store, object, HMETA_ACL_ACCESS, acl,
				     size, XATTR_REPLACE);
	free(acl);
	return error;
}

/* Set the ACL and the mode that goes with it. */
static int acl_set_access(struct humfs_target *target, const void *acl,
			  uint64_t size)
{
	const struct hmeta_store_ops *ops = target->fs->store->ops;
	struct humfs_view *view = &target->view;
	struct hmeta_record want;
	uint32_t mode;
	int error = humfs_look(target->fs, view);

	if (error)
		return error;
	if (hmeta_acl_mode(acl, size, &mode)) {
		error = ops->removex(target->fs->store, &view->object,
				     HMETA_ACL_ACCESS);
		if (error == -ENODATA)
			error = 0;
	} else {
		error = humfs_anchor(target->fs, &view->object);
		if (error == 0)
			error = ops->setx(target->fs->store, &view->object,
					  HMETA_ACL_ACCESS, acl, size, 0);
		/* It may be there now. */
		if (error == 0)
			error = humfs_look(target->fs, view);
	}
	want = view->record;
	want.mode = (want.mode & ~0777u) | mode;
	if (error || hmeta_equal(&want, &view->record))
		return error;
	return humfs_record_apply(target->fs, view, &want);
}

static int set_privileged(struct humfs_target *target, const char *name,
			  const void *value, uint64_t size, int flags)
{
	const struct hmeta_store_ops *ops = target->fs->store->ops;
	bool access = !strcmp(name, HMETA_ACL_ACCESS);
	uint32_t type = target->view.attr.mode & S_IFMT;
	int error;

	if (access || !strcmp(name, HMETA_ACL_DEFAULT)) {
		if (!hmeta_acl_valid(value, size))
			return -EINVAL;
		if (!access && type != S_IFDIR)
			return -EACCES;
	}
	if (access)
		return acl_set_access(target, value, size);
	error = humfs_anchor(target->fs, &target->view.object);
	return error ? error : ops->setx(target->fs->store, &target->view.object,
					 name, value, size, flags);
}

/* --- the operations --------------------------------------------------------- */

/* Where the host has no attributes at all, the store has the plain ones too. */
static enum hmeta_class class_of(const struct humfs *fs, const char *name)
{
	enum hmeta_class class = hmeta_classify(name);

	return class == HMETA_PLAIN && fs->no_xattrs ? HMETA_PRIVILEGED : class;
}

int humfs_getxattr(struct host_node *node, struct host_file *file,
		   const char *name, void *value, uint64_t size)
{
	struct humfs_target target;
	int result;

	switch (class_of(humfs_of_object(node, file), name)) {
	case HMETA_PLAIN:
		return host_plain_getxattr(node, file, name, value, size);
	case HMETA_PRIVILEGED:
		break;
	case HMETA_RESERVED:
		return -ENODATA;
	default:
		return -EOPNOTSUPP;
	}
	result = target_begin(node, file, false, &target);
	if (result)
		return result;
	result = target.fs->store->ops->getx(target.fs->store,
					     &target.view.object, name, value,
					     size);
	target_end(&target);
	return result;
}

static int setxattr_privileged(struct host_node *node, struct host_file *file,
			       const char *name, const void *value,
			       uint64_t size, int flags)
{
	struct humfs_target target;
	int error = target_begin(node, file, true, &target);

	if (error)
		return error;
	error = set_privileged(&target, name, value, size, flags);
	if (error == 0)
		humfs_touch(target.fs, &target.view);
	target_end(&target);
	return error;
}

int humfs_setxattr(struct host_node *node, struct host_file *file,
		   const char *name, const void *value, uint64_t size,
		   int flags)
{
	struct humfs *fs = humfs_of_object(node, file);

	switch (class_of(fs, name)) {
	case HMETA_PLAIN:
		return HUMFS_ADOPTING(fs, node, host_plain_setxattr(node, file,
						name, value, size, flags));
	case HMETA_PRIVILEGED:
		return HUMFS_ADOPTING(fs, node, setxattr_privileged(node, file,
						name, value, size, flags));
	case HMETA_RESERVED:
		return -EPERM;
	default:
		return -EOPNOTSUPP;
	}
}

static int removexattr_privileged(struct host_node *node,
				  struct host_file *file, const char *name)
{
	struct humfs_target target;
	int error = target_begin(node, file, true, &target);

	if (error)
		return error;
	error = target.fs->store->ops->removex(target.fs->store,
					       &target.view.object, name);
	if (error == 0)
		humfs_touch(target.fs, &target.view);
	target_end(&target);
	return error;
}

int humfs_removexattr(struct host_node *node, struct host_file *file,
		      const char *name)
{
	struct humfs *fs = humfs_of_object(node, file);

	switch (class_of(fs, name)) {
	case HMETA_PLAIN:
		return HUMFS_ADOPTING(fs, node, host_plain_removexattr(node,
								file, name));
	case HMETA_PRIVILEGED:
		return HUMFS_ADOPTING(fs, node, removexattr_privileged(node,
								file, name));
	case HMETA_RESERVED:
		return -ENODATA;
	default:
		return -EOPNOTSUPP;
	}
}

/* The host's names that are the guest's too, moved up in place. */
static int names_keep(char *list, int length)
{
	int kept = 0;

	for (int at = 0; at < length; ) {
		int bytes = strlen(list + at) + 1;

		if (hmeta_classify(list + at) == HMETA_PLAIN) {
			memmove(list + kept, list + at, bytes);
			kept += bytes;
		}
		at += bytes;
	}
	return kept;
}

/* The user.* names of the object, malloc'd. Return: their length. */
static int list_plain(struct host_node *node, struct host_file *file,
		      char **ret)
{
	char *list;
	int room, length;

	do {
		room = host_plain_listxattr(node, file, NULL, 0);
		if (room <= 0)
			return room == -EOPNOTSUPP ? 0 : room;
		list = malloc(room);
		if (!list)
			return -ENOMEM;
		length = host_plain_listxattr(node, file, list, room);
		if (length < 0)
			free(list);
	} while (length == -ERANGE);
	if (length < 0)
		return length;
	*ret = list;
	return names_keep(list, length);
}

/* Asked for its length, too, the list is filtered first: it tells nothing. */
int humfs_listxattr(struct host_node *node, struct host_file *file, char *list,
		    uint64_t size)
{
	struct humfs_target target;
	char *plain = NULL;
	int length, more;

	length = list_plain(node, file, &plain);
	if (length < 0)
		return length;
	if (size && (uint64_t)length > size) {
		free(plain);
		return -ERANGE;
	}
	if (size && length)
		memcpy(list, plain, length);
	free(plain);
	more = target_begin(node, file, false, &target);
	if (more)
		return more;
	more = target.fs->store->ops->listx(target.fs->store,
					    &target.view.object,
					    list + (size ? length : 0),
					    size ? size - length : 0);
	target_end(&target);
	if (size && more > 0 && (uint64_t)(length + more) > size)
		return -ERANGE;
	return more < 0 ? more : length + more;
}
