// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_object - attributes, link targets and opening of objects
 */
#include "host_user.h"

int host_object_begin(struct host_node *node, struct host_file *file,
		      struct host_object *ret)
{
	int fd, error;

	if (file) {
		*ret = (struct host_object){
			.tree = file->tree, .fd = file->fd, .type = file->type,
		};
		return 0;
	}
	if (!node)
		return -EBADF;
	error = host_node_pin(node, &fd);
	if (error)
		return error;
	*ret = (struct host_object){
		.tree = node->tree, .node = node, .fd = fd, .type = node->type,
	};
	return 0;
}

void host_object_end(const struct host_object *object)
{
	if (object->node)
		host_node_unpin(object->node);
}

/*
 * By its place: one call, where opening a descriptor takes two and then sits in
 * the cache. A listing with attributes asks each object once.
 */
static int getattr_by_name(struct host_node *node, struct host_attr *attr)
{
	char name[HOST_COMPONENT_MAX + 1];
	struct host_node *dir;
	int fd, error;

	error = host_node_where(node, &dir, name);
	if (error)
		return error;
	error = host_node_pin(dir, &fd);
	if (error == 0) {
		error = host_statx(fd, name, attr);
		host_node_unpin(dir);
	}
	host_node_put(dir);
	if (error == -ENOENT)
		return -ESTALE;
	return error ? error : host_node_check(node, attr);
}

int host_plain_getattr(struct host_node *node, struct host_file *file,
		       struct host_attr *ret)
{
	struct host_attr attr;
	int fd, error;

	if (file) {
		error = host_statx(file->fd, "", &attr);
	} else if (!node) {
		error = -EBADF;
	} else if (host_node_pin_cached(node, &fd) == 0) {
		error = host_statx(fd, "", &attr);
		host_node_unpin(node);
	} else {
		error = getattr_by_name(node, &attr);
	}
	if (error == 0)
		*ret = attr;
	return error;
}

int host_plain_peek(struct host_node *node, struct host_attr *ret)
{
	int fd, error = host_node_pin_cached(node, &fd);

	if (error)
		return error;
	error = host_statx(fd, "", ret);
	host_node_unpin(node);
	return error;
}

/* readlinkat(2) cuts silently: a full buffer is compared with the size. */
int host_plain_readlink(struct host_node *node, char *target, uint64_t size)
{
	struct host_attr attr;
	int64_t length;
	int fd, error;

	if (node->type != S_IFLNK || size == 0)
		return -EINVAL;
	if (size > INT32_MAX)
		size = INT32_MAX;
	error = host_node_pin(node, &fd);
	if (error)
		return error;
	length = HOST_CALL(OTHER, readlinkat(fd, "", target, size));
	if (length == (int64_t)size) {
		error = host_statx(fd, "", &attr);
		if (error == 0 && attr.size > size)
			error = -ENAMETOOLONG;
	}
	host_node_unpin(node);
	return error ? error : length;
}

/* What is open already is opened once more, whether it has a name or not. */
static int open_again(struct host_node *node, struct host_file *file,
		      uint32_t flags)
{
	struct host_proc_path proc;

	if (host_proc_path(file->fd, &proc))
		return -ENOSYS;		/* /proc is not there */
	return host_open_node(node, file->fd, flags);
}

static int open_placed(struct host_node *node, uint32_t flags)
{
	int fd, result = host_node_pin(node, &fd);

	if (result)
		return result;
	result = host_open_node(node, fd, flags);
	host_node_unpin(node);
	return result;
}

int host_plain_open(struct host_node *node, struct host_file *file,
		    uint32_t flags, struct host_file **ret)
{
	struct host_file *new;
	int error;

	if (node->type != S_IFREG && node->type != S_IFDIR)
		return -ENXIO;
	error = host_open_may(node->tree, flags);
	if (error)
		return error;
	new = host_file_new(node->tree, flags);
	if (!new)
		return -ENOMEM;
	new->fd = -ENOSYS;
	if (file)
		new->fd = open_again(node, file, flags);
	if (!file || new->fd == -ENOSYS)
		new->fd = open_placed(node, flags);
	if (new->fd < 0) {
		error = new->fd;
		host_free(new);
		return error;
	}
	new->type = node->type;
	*ret = new;
	return 0;
}
