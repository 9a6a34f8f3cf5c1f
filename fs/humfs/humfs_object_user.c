// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_object - attributes and opening of objects, and listing
 */
#include "humfs_user.h"

#include <dirent.h>

/* Overlay *attr, the object's own, with the record. */
static int show_object(struct humfs *fs, struct host_node *node,
		       struct host_file *file, struct host_attr *attr)
{
	const struct host_attr host = *attr;
	struct hmeta_object what = { .attr = &host, .node = node };
	struct host_object object;
	int error;

	if (humfs_cached(fs, attr))
		return 0;
	error = host_object_begin(node, file, &object);
	if (error)
		return error;
	what.fd = object.fd;
	error = humfs_show(fs, &what, attr);
	host_object_end(&object);
	return error;
}

int humfs_getattr(struct host_node *node, struct host_file *file,
		  struct host_attr *ret)
{
	struct host_attr attr;
	int error = host_plain_getattr(node, file, &attr);

	if (error == 0)
		error = show_object(humfs_of_object(node, file), node, file,
				    &attr);
	if (error == 0)
		*ret = attr;
	return error;
}

int humfs_peek(struct host_node *node, struct host_attr *ret)
{
	struct hmeta_object what = { .fd = -1 };
	struct host_attr host, attr;
	int error;

	/* What goes by paths takes memory. */
	if (humfs_of(node->tree)->store->ops->names)
		return -EAGAIN;
	error = host_node_pin_cached(node, &what.fd);
	if (error)
		return error;
	error = host_statx(what.fd, "", &host);
	if (error == 0) {
		attr = host;
		what.attr = &host;
		error = humfs_show(humfs_of(node->tree), &what, &attr);
	}
	host_node_unpin(node);
	if (error == 0)
		*ret = attr;
	return error;
}

int humfs_open(struct host_node *node, struct host_file *file, uint32_t flags,
	       struct host_file **ret)
{
	struct humfs *fs = humfs_of(node->tree);
	int error = HUMFS_ADOPTING(fs, node, host_plain_open(node, file, flags,
							     ret));

	/* Listing it asks for records by path. */
	if (error == 0 && fs->store->ops->names && node->type == S_IFDIR)
		(*ret)->dir = host_node_get(node);
	return error;
}

/* --- listing ---------------------------------------------------------------- */

/*
 * The type that a regular file of the host's has in the guest. What stands in for
 * something else is empty, so most files take one cheap call; and a record that is
 * in the cache is not read again.
 */
static uint8_t type_in_guest(struct humfs *fs, struct host_file *dir,
			     const char *name)
{
	struct hmeta_object object = {
		.fd = dir->fd, .name = name,
		.dir = dir->dir, .dir_name = name,
	};
	struct host_attr host, attr;

	if (host_statx(dir->fd, name, &host))
		return DT_UNKNOWN;
	if (host.size && S_ISREG(host.mode))
		return DT_REG;
	attr = host;
	object.attr = &host;
	if (humfs_show(fs, &object, &attr))
		return DT_UNKNOWN;
	return (attr.mode & S_IFMT) >> 12;
}

int64_t humfs_readdir(struct host_file *file, int64_t position, void *entries,
		      uint64_t size)
{
	int64_t length = host_plain_readdir(file, position, entries, size);
	struct humfs *fs = humfs_of(file->tree);

	for (int64_t at = 0; at < length; ) {
		struct host_dirent *entry = (void *)((char *)entries + at);

		if (entry->reclen == 0)
			break;
		if (entry->type == DT_REG)
			entry->type = type_in_guest(fs, file, entry->name);
		at += entry->reclen;
	}
	return length;
}
