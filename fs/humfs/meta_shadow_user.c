// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow - records by path, in the original's folders beside the tree
 *
 * What the original cannot hold (trusted.*, security.*, ACLs) is in xattrs of the
 * data, as in the xattr store; of symbolic links, in a side store in the folder.
 */
#include "meta_shadow.h"

#define READ_TRIES	8	/* before a reader waits for the lock */

static struct hmeta_shadow *shadow_of(struct hmeta_store *store)
{
	return (struct hmeta_shadow *)store;
}

/* --- what a node remembers ---------------------------------------------- */

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;

int hmeta_shadow_remember(struct host_node *node,
			  const struct hmeta_record *record)
{
	struct hmeta_record *own = NULL;

	pthread_mutex_lock(&memory_lock);
	if (node->own)
		*(struct hmeta_record *)node->own = *record;
	else
		own = (void *)1;
	pthread_mutex_unlock(&memory_lock);
	if (!own)
		return 0;
	own = malloc(sizeof(*own));
	if (!own)
		return -ENOMEM;
	*own = *record;
	pthread_mutex_lock(&memory_lock);
	if (!node->own) {
		node->own = own;
		own = NULL;
	}
	pthread_mutex_unlock(&memory_lock);
	free(own);
	return 0;
}

bool hmeta_shadow_recall(struct host_node *node, struct hmeta_record *ret)
{
	bool known = false;

	pthread_mutex_lock(&memory_lock);
	if (node && node->own) {
		*ret = *(struct hmeta_record *)node->own;
		known = true;
	}
	pthread_mutex_unlock(&memory_lock);
	return known;
}

/* --- records ------------------------------------------------------------ */

/* Is the object at path? Else path is freed. */
static int check(const struct hmeta_shadow *shadow,
		 const struct hmeta_object *object, char *path)
{
	struct host_attr attr;
	int error = hmeta_shadow_look(shadow->parts[HMETA_DATA], path, &attr);

	if (error == 0 && !host_id_equal(&attr.id, &object->attr->id))
		error = -ESTALE;
	if (error)
		free(path);
	return error;
}

int hmeta_shadow_find(struct hmeta_shadow *shadow,
		      const struct hmeta_object *object, char **ret)
{
	char *path;
	int error = hmeta_shadow_path_of(shadow, object, &path);

	if (error == 0)
		error = check(shadow, object, path);
	if (error == -ESTALE && object->fd >= 0) {
		error = hmeta_shadow_real(shadow, object->fd, object->name,
					  &path);
		if (error == 0)
			error = check(shadow, object, path);
	}
	if (error == 0)
		*ret = path;
	return error;
}

/* What is read belongs together if nobody changed anything meanwhile. */
static int read_once(struct hmeta_shadow *shadow,
		     const struct hmeta_object *object,
		     struct hmeta_record *ret, enum hmeta_fault *ret_fault)
{
	char *path;
	int error = hmeta_shadow_find(shadow, object, &path);

	if (error == -ESTALE)
		return hmeta_shadow_recall(object->node, ret) ? 0 : -ESTALE;
	if (error)
		return error;
	error = hmeta_shadow_read(shadow, path, object->attr->mode, ret,
				  ret_fault);
	free(path);
	if (error == 0 && object->node)
		(void)hmeta_shadow_remember(object->node, ret);
	return error;
}

static int shadow_get(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      struct hmeta_record *ret, enum hmeta_fault *ret_fault)
{
	struct hmeta_shadow *shadow = shadow_of(store);
	uint64_t count = 0;
	int result;

	if (object->locked || !shadow->count)
		return read_once(shadow, object, ret, ret_fault);
	for (int left = READ_TRIES; left; left--) {
		count = atomic_load(shadow->count);
		if (count & 1)
			break;
		result = read_once(shadow, object, ret, ret_fault);
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load(shadow->count) == count)
			return result;
	}
	result = hmeta_shadow_lock(shadow);
	if (result)
		return result;
	result = read_once(shadow, object, ret, ret_fault);
	hmeta_shadow_unlock(shadow);
	return result;
}

/* An object without a name keeps its record as long as its node. */
static int set_unnamed(const struct hmeta_object *object,
		       const struct hmeta_record *record)
{
	bool gone = object->attr->nlink == 0;

	if (!object->node || !gone)
		return gone ? 0 : -ESTALE;
	return hmeta_shadow_remember(object->node, record);
}

static int set_locked(struct hmeta_shadow *shadow,
		      const struct hmeta_object *object,
		      const struct hmeta_record *record)
{
	char *path;
	int error = hmeta_shadow_find(shadow, object, &path);

	if (error == -ESTALE)
		return set_unnamed(object, record);
	if (error)
		return error;
	error = hmeta_shadow_write(shadow, path, S_ISDIR(object->attr->mode),
				   record);
	free(path);
	if (error == 0 && object->node)
		error = hmeta_shadow_remember(object->node, record);
	return error;
}

static int shadow_set(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      const struct hmeta_record *record)
{
	struct hmeta_shadow *shadow = shadow_of(store);
	int error;

	if (shadow->version == 1)
		return -EROFS;
	error = object->locked ? 0 : hmeta_shadow_lock(shadow);
	if (error)
		return error;
	error = set_locked(shadow, object, record);
	if (!object->locked)
		hmeta_shadow_unlock(shadow);
	return error;
}

static int remove_locked(struct hmeta_shadow *shadow,
			 const struct hmeta_object *object)
{
	bool is_dir = S_ISDIR(object->attr->mode);
	char line[HOST_COMPONENT_MAX + 1], *path;
	const char *name = line;
	int fd, error = hmeta_shadow_find(shadow, object, &path);

	if (error)
		return error == -ESTALE ? 0 : error;
	fd = is_dir ? hmeta_shadow_open_at(shadow->parts[HMETA_DIRS], path,
					   O_PATH | O_DIRECTORY) :
	     hmeta_shadow_parent(shadow->parts[HMETA_FILES], path, &name);
	error = fd < 0 ? fd : is_dir ? hmeta_shadow_line_name(fd, line) : 0;
	if (error == 0)
		error = HOST_CALL(OTHER, unlinkat(fd, name, 0));
	if (fd >= 0)
		host_close_fd(fd);
	free(path);
	return error == -ENOENT ? 0 : error;
}

static int shadow_remove(struct hmeta_store *store,
			 const struct hmeta_object *object)
{
	struct hmeta_shadow *shadow = shadow_of(store);
	int error;

	if (shadow->version == 1)
		return -EROFS;
	error = object->locked ? 0 : hmeta_shadow_lock(shadow);
	if (error)
		return error;
	error = remove_locked(shadow, object);
	if (!object->locked)
		hmeta_shadow_unlock(shadow);
	return error;
}

/* Its attributes aside; the record goes with the name. */
static void shadow_forget(struct hmeta_store *store,
			  const struct hmeta_object *object)
{
	struct hmeta_store *xattr = shadow_of(store)->xattr;

	if (xattr->ops->forget)
		xattr->ops->forget(xattr, object);
}

/* --- attributes --------------------------------------------------------- */

static int shadow_getx(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name,
		       void *value, uint64_t size)
{
	struct hmeta_store *xattr = shadow_of(store)->xattr;

	return xattr->ops->getx(xattr, object, name, value, size);
}

static int shadow_listx(struct hmeta_store *store,
			const struct hmeta_object *object, char *list,
			uint64_t size)
{
	struct hmeta_store *xattr = shadow_of(store)->xattr;

	return xattr->ops->listx(xattr, object, list, size);
}

static int shadow_setx(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name,
		       const void *value, uint64_t size, int flags)
{
	struct hmeta_store *xattr = shadow_of(store)->xattr;

	if (shadow_of(store)->version == 1)
		return -EROFS;
	return xattr->ops->setx(xattr, object, name, value, size, flags);
}

static int shadow_removex(struct hmeta_store *store,
			  const struct hmeta_object *object, const char *name)
{
	struct hmeta_store *xattr = shadow_of(store)->xattr;

	if (shadow_of(store)->version == 1)
		return -EROFS;
	return xattr->ops->removex(xattr, object, name);
}

/* --- the store ---------------------------------------------------------- */

/* One for the whole tree: paths of many objects change at once. */
static int shadow_lock(struct hmeta_store *store, uint64_t ino)
{
	(void)ino;
	return hmeta_shadow_lock(shadow_of(store));
}

static void shadow_unlock(struct hmeta_store *store, uint64_t ino)
{
	(void)ino;
	hmeta_shadow_unlock(shadow_of(store));
}

static void shadow_close(struct hmeta_store *store)
{
	struct hmeta_shadow *shadow = shadow_of(store);

	hmeta_shadow_lock_close(shadow);
	hmeta_close(shadow->xattr);
	for (int i = 0; i < HMETA_PARTS; i++) {
		if (shadow->parts[i] >= 0)
			host_close_fd(shadow->parts[i]);
	}
	host_close_fd(shadow->fd);
	pthread_mutex_destroy(&shadow->lock);
	free(shadow);
}

/* What side store there is; a new one if anything may be written. -1: none. */
static int open_side(const struct hmeta_shadow *shadow)
{
	int error = 0, fd;

	if (shadow->writable)
		error = HOST_CALL(OTHER, mkdirat(shadow->fd, HMETA_TREE_SIDE,
						 0700));
	if (error && error != -EEXIST)
		return -1;
	fd = HOST_OPEN(openat(shadow->fd, HMETA_TREE_SIDE, O_PATH |
			      O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return fd < 0 ? -1 : fd;
}

/* Attributes: in the data's own; what cannot have any, aside. */
static int open_attrs(struct hmeta_shadow *shadow)
{
	struct host_tree *tree = shadow->store.tree;
	struct hmeta_store *side = NULL;
	int fd = open_side(shadow), error = 0;
	char byte;

	if (fd >= 0)
		error = hmeta_side_open(tree, fd, &side);
	/* Only looked at, and not the side store that it should be. */
	if (error && !shadow->writable)
		error = 0;
	if (error)
		return error;
	if (side && host_plain_getxattr(tree->root, NULL, HMETA_XATTR, &byte,
					0) == -EOPNOTSUPP) {
		shadow->xattr = side;
		return 0;
	}
	return hmeta_xattr_open(tree, side, &shadow->xattr);
}

static const struct hmeta_store_ops shadow_ops = {
	.name		= "shadow_fs",
	.get		= shadow_get,
	.set		= shadow_set,
	.remove		= shadow_remove,
	.forget		= shadow_forget,
	.getx		= shadow_getx,
	.setx		= shadow_setx,
	.listx		= shadow_listx,
	.removex	= shadow_removex,
	.lock		= shadow_lock,
	.unlock		= shadow_unlock,
	.names		= &hmeta_shadow_names,
	.close		= shadow_close,
};

static int open_parts(struct hmeta_shadow *shadow)
{
	static const char *const names[2][HMETA_PARTS] = {
		{ HMETA_TREE_DATA, "metadata", "metadata" },
		{ HMETA_TREE_DATA, "file_metadata", "dir_metadata" },
	};

	for (int i = 0; i < HMETA_PARTS; i++) {
		shadow->parts[i] = HOST_OPEN(openat(shadow->fd,
					names[shadow->version == 2][i], O_PATH |
					O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		if (shadow->parts[i] < 0)
			return shadow->parts[i];
	}
	return 0;
}

int hmeta_shadow_open(struct host_tree *tree, int fd, uint32_t version,
		      struct hmeta_store **ret)
{
	struct hmeta_shadow *shadow = malloc(sizeof(*shadow));
	int error;

	if (!shadow) {
		host_close_fd(fd);
		return -ENOMEM;
	}
	memset(shadow, 0, sizeof(*shadow));
	shadow->store.ops = &shadow_ops;
	shadow->store.tree = tree;
	shadow->version = version;
	shadow->fd = fd;
	shadow->lock_fd = -1;
	shadow->writable = version == 2 && !(tree->fs.flags & HOST_RDONLY);
	for (int i = 0; i < HMETA_PARTS; i++)
		shadow->parts[i] = -1;
	pthread_mutex_init(&shadow->lock, NULL);
	error = open_parts(shadow);
	if (error == 0)
		error = open_attrs(shadow);
	if (error == 0 && version == 2)
		error = hmeta_shadow_lock_open(shadow);
	/* End what a kill has left; while it cannot be, nothing can be read. */
	if (error == 0 && shadow->writable && hmeta_shadow_lock(shadow) == 0)
		hmeta_shadow_unlock(shadow);
	if (error) {
		shadow_close(&shadow->store);
		return error;
	}
	*ret = &shadow->store;
	return 0;
}
