// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_xattr - records and privileged attributes in the host's xattrs
 *
 * Objects that are not open are reached through /proc/self/fd, for the calls on
 * descriptors refuse O_PATH ones; new hosts can read by directory and name. "/proc/self/fd/N/name" leads to the name below directory N by one
 * call; the last component is not followed (the calls that begin with l).
 *
 * Linux refuses user.* attributes on everything but regular files and
 * directories; what else is in a tree has its record in the side store.
 */
#include "host_own_user.h"
#include "meta_store.h"

#include <sys/xattr.h>

struct hmeta_xattr {
	struct hmeta_store store;
	struct hmeta_store *side;	/* may be NULL */
};

/* "/proc/self/fd/N[/name]" */
struct xattr_path {
	char path[32 + HOST_COMPONENT_MAX + 1];
};

static struct hmeta_store *side_of(struct hmeta_store *store)
{
	return ((struct hmeta_xattr *)store)->side;
}

/* Does the host let it have attributes? */
static bool has_xattrs(const struct hmeta_object *object)
{
	uint32_t type = object->attr->mode & S_IFMT;

	return type == S_IFREG || type == S_IFDIR;
}

static int path_of(const struct hmeta_object *object, struct xattr_path *ret)
{
	struct host_proc_path proc;
	size_t length;

	if (host_proc_path(object->fd, &proc))
		return -EOPNOTSUPP;	/* the host has no /proc */
	length = strlen(proc.path);
	memcpy(ret->path, proc.path, length + 1);
	if (!object->name)
		return 0;
	ret->path[length] = '/';
	memcpy(ret->path + length + 1, object->name, strlen(object->name) + 1);
	return 0;
}

/* Linux 6.13: by directory and name, without the way through /proc. */
#ifndef SYS_getxattrat
# define SYS_getxattrat	464
#endif

struct hmeta_xattr_args {
	_Alignas(8) uint64_t value;
	uint32_t size, flags;
};

/* -ENOSYS: the host has no such call, and is not asked again. */
static int64_t xattr_get_at(const struct hmeta_object *object, const char *name,
			    void *value, uint64_t size)
{
	const struct hmeta_xattr_args args = {
		.value = (uintptr_t)value, .size = size,
	};
	static _Atomic bool missing;
	int64_t result;

	if (atomic_load_explicit(&missing, memory_order_relaxed))
		return -ENOSYS;
	result = HOST_CALL(OTHER, syscall(SYS_getxattrat, object->fd,
					  object->name, AT_SYMLINK_NOFOLLOW,
					  name, &args, sizeof(args)));
	if (result == -ENOSYS)
		atomic_store_explicit(&missing, true, memory_order_relaxed);
	return result;
}

/* By number: some of these names are the kernel's as well. */
static int64_t xattr_get(const struct hmeta_object *object, const char *name,
			 void *value, uint64_t size)
{
	struct xattr_path path;
	int64_t result = -ENOSYS;
	int error;

	if (object->name)
		result = xattr_get_at(object, name, value, size);
	else if (object->open)
		return HOST_CALL(OTHER, fgetxattr(object->fd, name, value,
						  size));
	if (result != -ENOSYS)
		return result;
	error = path_of(object, &path);
	if (error)
		return error;
	return HOST_CALL(OTHER, syscall(object->name ? SYS_lgetxattr :
					SYS_getxattr, path.path, name, value,
					size));
}

static int set_value(const struct hmeta_object *object, const char *name,
		     const void *value, uint64_t size, int flags)
{
	struct xattr_path path;
	int error;

	if (object->open)
		return HOST_CALL(OTHER, fsetxattr(object->fd, name, value, size,
						  flags));
	error = path_of(object, &path);
	if (error)
		return error;
	return HOST_CALL(OTHER, syscall(object->name ? SYS_lsetxattr :
					SYS_setxattr, path.path, name, value,
					size, flags));
}

static int remove_value(const struct hmeta_object *object, const char *name)
{
	struct xattr_path path;
	int error = path_of(object, &path);

	if (error)
		return error;
	return HOST_CALL(OTHER, syscall(object->name ? SYS_lremovexattr :
					SYS_removexattr, path.path, name));
}

/* Whoever watches the object on the host is told. */
static void own_attrib(struct host_own *own, const struct hmeta_object *object)
{
	if (object->name)
		host_own_name(own, object->fd, object->name, HOST_EVENT_ATTRIB,
			      HOST_EVENT_ATTRIB);
	else
		host_own_object(own, object->fd, HOST_EVENT_ATTRIB);
}

static int xattr_set(const struct hmeta_object *object, const char *name,
		     const void *value, uint64_t size, int flags)
{
	return HOST_OWN(own_attrib(&own_, object),
			set_value(object, name, value, size, flags));
}

static int xattr_remove(const struct hmeta_object *object, const char *name)
{
	return HOST_OWN(own_attrib(&own_, object), remove_value(object, name));
}

/* --- records ------------------------------------------------------------ */

static int record_get(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      struct hmeta_record *ret, enum hmeta_fault *ret_fault)
{
	struct hmeta_store *side = side_of(store);
	struct hmeta_record record;
	char text[HMETA_RECORD_MAX];
	enum hmeta_fault fault;
	int64_t length;

	if (!has_xattrs(object))
		return side ? side->ops->get(side, object, ret, ret_fault) :
			      -ENODATA;
	length = xattr_get(object, HMETA_XATTR, text, sizeof(text));
	/*
	 * -EACCES: not even we may read it, so that nobody has written a record
	 * who keeps to the rules. It is shown with the mode that forbids it.
	 */
	if (length == -EOPNOTSUPP || length == -EACCES)
		return -ENODATA;
	if (length < 0 && length != -ERANGE)
		return length;
	fault = length < 0 ? HMETA_LENGTH : hmeta_parse(text, length, &record);
	if (fault == HMETA_FINE)
		fault = hmeta_settle(&record, object->attr->mode);
	if (fault == HMETA_FINE)
		*ret = record;
	else if (ret_fault)
		*ret_fault = fault;
	return fault ? -EIO : 0;
}

static int record_set(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      const struct hmeta_record *record)
{
	struct hmeta_store *side = side_of(store);
	char text[HMETA_RECORD_MAX];
	size_t length;

	if (!has_xattrs(object))
		return side ? side->ops->set(side, object, record) :
			      -EOPNOTSUPP;
	length = hmeta_print(record, text);
	return xattr_set(object, HMETA_XATTR, text, length, 0);
}

static int record_remove(struct hmeta_store *store,
			 const struct hmeta_object *object)
{
	struct hmeta_store *side = side_of(store);
	int error;

	if (!has_xattrs(object))
		return side ? side->ops->remove(side, object) : 0;
	error = xattr_remove(object, HMETA_XATTR);
	return error == -ENODATA || error == -EOPNOTSUPP ? 0 : error;
}

static void record_forget(struct hmeta_store *store,
			  const struct hmeta_object *object)
{
	struct hmeta_store *side = side_of(store);

	if (side && !has_xattrs(object))
		side->ops->forget(side, object);
}

/* --- privileged attributes ------------------------------------------------ */

static int priv_get(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    void *value, uint64_t size)
{
	struct hmeta_store *side = side_of(store);
	char host_name[HMETA_NAME_MAX + 1];
	int64_t length;

	if (!has_xattrs(object))
		return side ? side->ops->getx(side, object, name, value, size) :
			      -ENODATA;
	if (!hmeta_override(name, host_name))
		return -ENODATA;
	length = xattr_get(object, host_name, value, size);
	return length == -EACCES ? -ENODATA : length;
}

static int priv_set(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    const void *value, uint64_t size, int flags)
{
	struct hmeta_store *side = side_of(store);
	char host_name[HMETA_NAME_MAX + 1];

	if (!has_xattrs(object))
		return side ? side->ops->setx(side, object, name, value, size,
					      flags) : -EOPNOTSUPP;
	if (!hmeta_override(name, host_name))
		return -ERANGE;
	return xattr_set(object, host_name, value, size, flags);
}

static int priv_remove(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name)
{
	struct hmeta_store *side = side_of(store);
	char host_name[HMETA_NAME_MAX + 1];

	if (!has_xattrs(object))
		return side ? side->ops->removex(side, object, name) :
			      -ENODATA;
	if (!hmeta_override(name, host_name))
		return -ENODATA;
	return xattr_remove(object, host_name);
}

static bool xattr_anchored(struct hmeta_store *store,
			   const struct hmeta_object *object)
{
	struct hmeta_store *side = side_of(store);

	return side && !has_xattrs(object) && hmeta_anchored(side, object);
}

/* The guest's names of the overrides in a host's list. Return: their length. */
static uint64_t names_filter(const char *host_list, int64_t host_length,
			     char *list, uint64_t size)
{
	uint64_t length = 0;

	for (const char *at = host_list; at < host_list + host_length;
	     at += strlen(at) + 1) {
		const char *name = hmeta_overridden(at);
		size_t bytes = name ? strlen(name) + 1 : 0;

		if (bytes && length + bytes <= size)
			memcpy(list + length, name, bytes);
		length += bytes;
	}
	return length;
}

static int priv_list(struct hmeta_store *store,
		     const struct hmeta_object *object, char *list,
		     uint64_t size)
{
	struct hmeta_store *side = side_of(store);
	struct xattr_path path;
	int64_t room, length;
	char *host_list;
	int error;

	if (!has_xattrs(object))
		return side ? side->ops->listx(side, object, list, size) : 0;
	error = path_of(object, &path);
	if (error)
		return error;
	do {
		room = HOST_CALL(OTHER, syscall(object->name ? SYS_llistxattr :
						SYS_listxattr, path.path, NULL,
						0));
		if (room <= 0)
			return room == -EOPNOTSUPP ? 0 : room;
		host_list = malloc(room);
		if (!host_list)
			return -ENOMEM;
		length = HOST_CALL(OTHER, syscall(object->name ?
						  SYS_llistxattr : SYS_listxattr,
						  path.path, host_list, room));
		if (length >= 0) {
			uint64_t found = names_filter(host_list, length, list,
						      size);

			length = size && found > size ? -EXFULL : (int64_t)found;
		}
		free(host_list);
	} while (length == -ERANGE);	/* it has grown meanwhile */
	return length == -EXFULL ? -ERANGE : length;
}

/* --- the store ------------------------------------------------------------ */

static int xattr_lock(struct hmeta_store *store, uint64_t ino)
{
	struct hmeta_store *side = side_of(store);

	return side ? side->ops->lock(side, ino) : 0;
}

static void xattr_unlock(struct hmeta_store *store, uint64_t ino)
{
	struct hmeta_store *side = side_of(store);

	if (side)
		side->ops->unlock(side, ino);
}

static void xattr_close(struct hmeta_store *store)
{
	hmeta_close(side_of(store));
	free(store);
}

static const struct hmeta_store_ops xattr_ops = {
	.name		= "xattr",
	.get		= record_get,
	.set		= record_set,
	.remove		= record_remove,
	.forget		= record_forget,
	.getx		= priv_get,
	.setx		= priv_set,
	.listx		= priv_list,
	.removex	= priv_remove,
	.anchored	= xattr_anchored,
	.lock		= xattr_lock,
	.unlock		= xattr_unlock,
	.close		= xattr_close,
};

int hmeta_xattr_open(struct host_tree *tree, struct hmeta_store *side,
		     struct hmeta_store **ret)
{
	struct hmeta_xattr *xattr = malloc(sizeof(*xattr));

	if (!xattr) {
		hmeta_close(side);
		return -ENOMEM;
	}
	memset(xattr, 0, sizeof(*xattr));
	xattr->store.ops = &xattr_ops;
	xattr->store.tree = tree;
	xattr->store.by_ctime = true;
	xattr->side = side;
	*ret = &xattr->store;
	return 0;
}
