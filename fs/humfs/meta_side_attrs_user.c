// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_side_attrs - privileged attributes in the side store: one file for all of
 * an object's, replaced as a whole
 *
 * The file is on the disk before it gets its name, or a loss of power could
 * leave an empty one. Attributes here are rare: those of symbolic links, and of
 * trees on a host file system that has none.
 */
#include "meta_side.h"

#include <sys/uio.h>
#include <sys/xattr.h>

/* A file's bytes; none: length 0. */
struct side_attrs {
	char *bytes;
	size_t length;
};

static void attrs_path(const struct hmeta_side *side,
		       const struct host_attr *attr, char path[HMETA_SIDE_PATH])
{
	hmeta_side_path(side, attr, path);
	memcpy(path + strlen(path), HMETA_SIDE_ATTRS, sizeof(HMETA_SIDE_ATTRS));
}

/* All of fd in one go. */
static int attrs_fill(int fd, struct side_attrs *ret)
{
	struct host_attr attr;
	struct iovec iov;
	int64_t length;
	int error;

	error = host_statx(fd, "", &attr);
	if (error)
		return error;
	if ((attr.mode & S_IFMT) != S_IFREG || attr.size > HMETA_ATTRS_MAX ||
	    attr.size < HMETA_ATTRS_HEADER)
		return -EIO;
	iov.iov_len = attr.size;
	iov.iov_base = malloc(attr.size);
	if (!iov.iov_base)
		return -ENOMEM;
	length = HOST_CALL(READ, preadv2(fd, &iov, 1, 0, 0));
	if (length >= 0 && hmeta_attrs_check(iov.iov_base, length))
		length = -EIO;
	if (length < 0) {
		free(iov.iov_base);
		return length;
	}
	ret->bytes = iov.iov_base;
	ret->length = length;
	return 0;
}

static int attrs_read(const struct hmeta_side *side,
		      const struct hmeta_object *object, struct side_attrs *ret)
{
	char path[HMETA_SIDE_PATH];
	int fd, error;

	*ret = (struct side_attrs){ 0 };
	attrs_path(side, object->attr, path);
	fd = HOST_OPEN(openat(side->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
			      O_NONBLOCK));
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd == -ELOOP ? -EIO : fd;
	error = attrs_fill(fd, ret);
	host_close_fd(fd);
	return error;
}

static bool attr_is(const struct hmeta_attr *attr, const char *name)
{
	return strlen(name) == attr->name_length &&
	       !memcmp(attr->name, name, attr->name_length);
}

static bool attrs_find(const struct side_attrs *attrs, const char *name,
		       struct hmeta_attr *ret)
{
	size_t at = 0;

	while (hmeta_attrs_next(attrs->bytes, attrs->length, &at, ret)) {
		if (attr_is(ret, name))
			return true;
	}
	return false;
}

int hmeta_side_getx(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    void *value, uint64_t size)
{
	struct side_attrs attrs;
	struct hmeta_attr attr;
	int result = attrs_read((struct hmeta_side *)store, object, &attrs);

	if (result)
		return result;
	result = -ENODATA;
	if (attrs_find(&attrs, name, &attr)) {
		result = attr.length;
		if (size && size < attr.length)
			result = -ERANGE;
		else if (size)
			memcpy(value, attr.value, attr.length);
	}
	free(attrs.bytes);
	return result;
}

/* One look: a file without attributes is removed. What cannot be told stays. */
bool hmeta_side_anchored(struct hmeta_store *store,
			 const struct hmeta_object *object)
{
	const struct hmeta_side *side = (struct hmeta_side *)store;
	char path[HMETA_SIDE_PATH];
	struct host_attr attr;

	attrs_path(side, object->attr, path);
	return host_statx(side->fd, path, &attr) != -ENOENT;
}

int hmeta_side_listx(struct hmeta_store *store,
		     const struct hmeta_object *object, char *list,
		     uint64_t size)
{
	struct side_attrs attrs;
	struct hmeta_attr attr;
	size_t at = 0, length = 0;
	int error = attrs_read((struct hmeta_side *)store, object, &attrs);

	if (error)
		return error;
	while (hmeta_attrs_next(attrs.bytes, attrs.length, &at, &attr)) {
		size_t next = length + attr.name_length + 1;

		if (next <= size) {
			memcpy(list + length, attr.name, attr.name_length);
			list[next - 1] = '\0';
		}
		length = next;
	}
	free(attrs.bytes);
	return size && length > size ? -ERANGE : (int)length;
}

/* Write new bytes beside path and put them in its place. */
static int attrs_write(const struct hmeta_side *side, const char *path,
		       const struct side_attrs *attrs)
{
	struct iovec iov = { attrs->bytes, attrs->length };
	char temporary[HMETA_SIDE_PATH];
	int64_t result;
	int fd;

	hmeta_side_temporary(path, temporary);
	fd = HOST_OPEN(openat(side->fd, temporary, O_WRONLY | O_CREAT | O_TRUNC |
			      O_CLOEXEC | O_NOFOLLOW, 0600));
	if (fd == -ENOENT && hmeta_side_folder(side, path) == 0)
		fd = HOST_OPEN(openat(side->fd, temporary, O_WRONLY | O_CREAT |
				      O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
	if (fd < 0)
		return fd;
	result = HOST_CALL(WRITE, pwritev2(fd, &iov, 1, 0, 0));
	if (result >= 0)
		result = result < (int64_t)attrs->length ? -ENOSPC :
			 HOST_CALL(OTHER, fdatasync(fd));
	host_close_fd(fd);
	if (result == 0)
		result = HOST_CALL(OTHER, syscall(SYS_renameat2, side->fd,
						  temporary, side->fd, path, 0));
	if (result)
		(void)HOST_CALL(OTHER, unlinkat(side->fd, temporary, 0));
	return result;
}

/* The file with `name` set to *value, or without it (NULL). */
static int attrs_replace(const struct hmeta_side *side,
			 const struct hmeta_object *object,
			 const struct side_attrs *old, const char *name,
			 const struct hmeta_attr *value)
{
	struct side_attrs new = { .length = HMETA_ATTRS_HEADER };
	char path[HMETA_SIDE_PATH];
	struct hmeta_attr attr;
	size_t at = 0;
	int error;

	attrs_path(side, object->attr, path);
	new.bytes = malloc(HMETA_ATTRS_HEADER + old->length +
			   (value ? hmeta_attrs_size(value->name_length,
						     value->length) : 0));
	if (!new.bytes)
		return -ENOMEM;
	while (hmeta_attrs_next(old->bytes, old->length, &at, &attr)) {
		if (!attr_is(&attr, name))
			new.length += hmeta_attrs_append(new.bytes + new.length,
							 &attr);
	}
	if (value)
		new.length += hmeta_attrs_append(new.bytes + new.length, value);
	hmeta_attrs_header(new.bytes, new.length);
	if (new.length > HMETA_ATTRS_MAX)
		error = -ENOSPC;
	else if (new.length == HMETA_ATTRS_HEADER)
		error = HOST_CALL(OTHER, unlinkat(side->fd, path, 0));
	else
		error = attrs_write(side, path, &new);
	free(new.bytes);
	return error;
}

/* The caller has the object's lock. */
int hmeta_side_setx(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    const void *value, uint64_t size, int flags)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	const struct hmeta_attr attr = {
		.name = name, .name_length = strlen(name),
		.value = value, .length = size,
	};
	struct side_attrs attrs;
	struct hmeta_attr found;
	int error;

	if (size > HMETA_VALUE_MAX)
		return -E2BIG;
	if (attr.name_length == 0 || attr.name_length > HMETA_NAME_MAX)
		return -ERANGE;
	error = attrs_read(side, object, &attrs);
	if (error)
		return error;
	if (attrs_find(&attrs, name, &found))
		error = flags & XATTR_CREATE ? -EEXIST : 0;
	else
		error = flags & XATTR_REPLACE ? -ENODATA : 0;
	if (error == 0)
		error = attrs_replace(side, object, &attrs, name, &attr);
	free(attrs.bytes);
	return error;
}

int hmeta_side_removex(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	struct side_attrs attrs;
	struct hmeta_attr found;
	int error = attrs_read(side, object, &attrs);

	if (error)
		return error;
	error = attrs_find(&attrs, name, &found) ?
		attrs_replace(side, object, &attrs, name, NULL) : -ENODATA;
	free(attrs.bytes);
	return error;
}
