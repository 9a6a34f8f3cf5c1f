// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow - the original humfs's metadata, by path: read, not written
 *
 * Version 2: file_metadata/PATH for everything but directories, and
 * dir_metadata/PATH/metadata; where the tree has a directory of that name, the one
 * non-directory there. Version 1: metadata/PATH, metadata/PATH/metadata. For the
 * host's tools, which know an object's path (hmeta_object.dir); privileged
 * attributes are xattrs of the data.
 */
#include "meta_store.h"

#include <sys/uio.h>

#define SHADOW_NAME	"metadata"
#define SHADOW_ENTRIES	4096		/* bytes of directory entries at once */

struct hmeta_shadow {
	struct hmeta_store store;
	struct hmeta_store *xattr;	/* of the data, for attributes */
	int fd;				/* the folder, O_PATH */
	uint32_t version;
};

static const char *folder_of(const struct hmeta_shadow *shadow, bool is_dir)
{
	if (shadow->version == 1)
		return "metadata/";
	return is_dir ? "dir_metadata/" : "file_metadata/";
}

/* "dir_metadata/PATH" without what stands in the directory itself. */
static int shadow_path(const struct hmeta_shadow *shadow,
		       const struct hmeta_object *object, char *path,
		       uint32_t size)
{
	bool is_dir = (object->attr->mode & S_IFMT) == S_IFDIR;
	const char *folder = folder_of(shadow, is_dir);
	size_t length = strlen(folder);
	int result;

	memcpy(path, folder, length + 1);
	if (host_id_equal(&object->attr->id, &shadow->store.tree->root_attr.id))
		return 0;
	if (!object->dir)
		return -EOPNOTSUPP;
	result = hmeta_path(object->dir, object->dir_name, path + length,
			    size - length);
	return result < 0 ? result : 0;
}

/* The one name in the directory that is no directory. */
static int other_name(int fd, char name[HOST_NAME_MAX + 1])
{
	char *entries = malloc(SHADOW_ENTRIES);
	struct host_attr attr;
	int64_t length = entries ? 0 : -ENOMEM;
	int dir = HOST_OPEN(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int result = -ENOENT;

	while (dir >= 0 && entries && result == -ENOENT &&
	       (length = HOST_CALL(READDIR, syscall(SYS_getdents64, dir,
					entries, SHADOW_ENTRIES))) > 0) {
		for (int64_t at = 0; at < length && result;) {
			struct host_dirent *entry =
				(struct host_dirent *)(entries + at);

			at += entry->reclen;
			if (host_statx(fd, entry->name, &attr) ||
			    (attr.mode & S_IFMT) == S_IFDIR)
				continue;
			memcpy(name, entry->name, strlen(entry->name) + 1);
			result = 0;
		}
	}
	free(entries);
	if (dir < 0)
		return dir;
	host_close_fd(dir);
	return length < 0 ? (int)length : result;
}

/* O_PATH of the file with the line of the directory whose shadow is fd. */
static int line_of_dir(const struct hmeta_shadow *shadow, int fd,
		       struct host_attr *attr)
{
	char name[HOST_NAME_MAX + 1] = SHADOW_NAME;
	int line, error;

	error = host_open_path(shadow->store.tree, fd, name, attr, &line);
	if (error || (attr->mode & S_IFMT) != S_IFDIR)
		return error ? error : line;
	host_close_fd(line);
	error = other_name(fd, name);
	if (error == 0)
		error = host_open_path(shadow->store.tree, fd, name, attr,
				       &line);
	return error ? error : line;
}

/* O_PATH of the file with the object's line. */
static int open_line(const struct hmeta_shadow *shadow,
		     const struct hmeta_object *object, struct host_attr *attr)
{
	char *path = malloc(HOST_PATH_MAX);
	int fd = -1, line, error;

	if (!path)
		return -ENOMEM;
	error = shadow_path(shadow, object, path, HOST_PATH_MAX);
	if (error == 0)
		error = host_open_path(shadow->store.tree, shadow->fd, path,
				       attr, &fd);
	free(path);
	if (error || (object->attr->mode & S_IFMT) != S_IFDIR)
		return error ? error : fd;
	line = line_of_dir(shadow, fd, attr);
	host_close_fd(fd);
	return line;
}

static int read_line(const struct hmeta_shadow *shadow, int path_fd,
		     const struct host_attr *attr, char *text)
{
	struct host_target target = {
		.tree = shadow->store.tree, .path_fd = path_fd,
		.id = &attr->id, .type = attr->mode & S_IFMT,
	};
	struct iovec iov = { text, HMETA_SHADOW_MAX };
	int fd, result;

	if (target.type != S_IFREG)
		return -EIO;
	fd = host_open_target(&target, HOST_READ);
	if (fd < 0)
		return fd;
	result = HOST_CALL(READ, preadv2(fd, &iov, 1, 0, 0));
	host_close_fd(fd);
	return result;
}

static int shadow_get(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      struct hmeta_record *ret, enum hmeta_fault *ret_fault)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;
	char text[HMETA_SHADOW_MAX];
	struct hmeta_record record;
	enum hmeta_fault fault;
	struct host_attr attr;
	int line, length;

	line = open_line(shadow, object, &attr);
	if (line == -ENOENT)
		return -ENODATA;
	if (line < 0)
		return line;
	length = read_line(shadow, line, &attr, text);
	host_close_fd(line);
	if (length < 0 && length != -EIO)
		return length;
	fault = length < 0 ? HMETA_TYPE : shadow->version == 1 ?
		hmeta_shadow1_parse(text, length, object->attr->mode, &record) :
		hmeta_shadow_parse(text, length, object->attr->mode, &record);
	if (fault == HMETA_FINE)
		fault = hmeta_settle(&record, object->attr->mode);
	if (fault == HMETA_FINE)
		*ret = record;
	else if (ret_fault)
		*ret_fault = fault;
	return fault ? -EIO : 0;
}

static int shadow_set(struct hmeta_store *store,
		      const struct hmeta_object *object,
		      const struct hmeta_record *record)
{
	(void)store;
	(void)object;
	(void)record;
	return -EROFS;
}

static int shadow_remove(struct hmeta_store *store,
			 const struct hmeta_object *object)
{
	(void)store;
	(void)object;
	return -EROFS;
}

static int shadow_getx(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name,
		       void *value, uint64_t size)
{
	struct hmeta_store *xattr = ((struct hmeta_shadow *)store)->xattr;

	return xattr->ops->getx(xattr, object, name, value, size);
}

static int shadow_listx(struct hmeta_store *store,
			const struct hmeta_object *object, char *list,
			uint64_t size)
{
	struct hmeta_store *xattr = ((struct hmeta_shadow *)store)->xattr;

	return xattr->ops->listx(xattr, object, list, size);
}

static int shadow_setx(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name,
		       const void *value, uint64_t size, int flags)
{
	(void)name;
	(void)value;
	(void)size;
	(void)flags;
	return shadow_remove(store, object);
}

static int shadow_removex(struct hmeta_store *store,
			  const struct hmeta_object *object, const char *name)
{
	(void)name;
	return shadow_remove(store, object);
}

static void shadow_close(struct hmeta_store *store)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)store;

	hmeta_close(shadow->xattr);
	host_close_fd(shadow->fd);
	free(shadow);
}

static const struct hmeta_store_ops shadow_ops = {
	.name		= "shadow_fs",
	.get		= shadow_get,
	.set		= shadow_set,
	.remove		= shadow_remove,
	.getx		= shadow_getx,
	.setx		= shadow_setx,
	.listx		= shadow_listx,
	.removex	= shadow_removex,
	.close		= shadow_close,
};

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
	shadow->fd = fd;
	shadow->version = version;
	error = hmeta_xattr_open(tree, NULL, &shadow->xattr);
	if (error) {
		host_close_fd(fd);
		free(shadow);
		return error;
	}
	*ret = &shadow->store;
	return 0;
}
