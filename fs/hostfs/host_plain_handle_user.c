// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_handle - where an object is: by its node, by the host's file handle
 *
 * Handles of the host say nothing about shares: they open any object of a file
 * system. So what a handle opens (with O_PATH, which touches nothing) is only
 * asked for its path, and is closed again. The caller walks that path from the
 * root of the tree, and compares identities at its end.
 */
#include "host_user.h"


struct host_handle {
	struct file_handle head;
	unsigned char bytes[MAX_HANDLE_SZ];
};

int host_plain_handle(struct host_node *node, struct host_file *file,
		      void *handle, uint32_t size)
{
	const struct host_id *root = &node->tree->root_attr.id;
	struct host_handle h = { .head.handle_bytes = MAX_HANDLE_SZ };
	struct host_object object;
	int error, mount;
	uint32_t type, length;

	/* Only a privileged process may open them again; and only on the file
	 * system of the root do we have a descriptor to do it with. */
	if (!host_features.privileged || node->id.dev_major != root->dev_major ||
	    node->id.dev_minor != root->dev_minor)
		return 0;
	error = host_object_begin(node, file, &object);
	if (error)
		return error;
	error = HOST_CALL(OTHER, syscall(SYS_name_to_handle_at, object.fd, "",
					 &h, &mount, AT_EMPTY_PATH));
	host_object_end(&object);
	if (error == -EOPNOTSUPP || error == -EOVERFLOW || error == -EPERM)
		return 0;
	if (error)
		return error;
	length = h.head.handle_bytes;
	type = h.head.handle_type;
	if (length > MAX_HANDLE_SZ || length + 2 * sizeof(uint32_t) > size)
		return 0;
	memcpy(handle, &type, sizeof(type));
	memcpy((char *)handle + sizeof(type), &length, sizeof(length));
	memcpy((char *)handle + 2 * sizeof(type), h.bytes, length);
	return length + 2 * sizeof(uint32_t);
}

/* The path that /proc shows for fd, terminated. */
static int path_of(int fd, char path[HOST_PATH_MAX])
{
	struct host_proc_path proc;
	int64_t n;

	if (host_proc_path(fd, &proc))
		return -ESTALE;
	n = HOST_CALL(OTHER, readlinkat(host_features.proc_fd,
					proc.path + proc.prefix, path,
					HOST_PATH_MAX));
	if (n <= 0 || n == HOST_PATH_MAX)
		return -ESTALE;
	path[n] = '\0';
	return 0;
}

/* The part of `of` below `root`. Return: NULL: it is not below it. */
static const char *part_below(const char *root, const char *of)
{
	size_t length = strlen(root);

	if (root[length - 1] == '/')
		length--;
	if (strncmp(root, of, length) || of[length] != '/')
		return NULL;
	return of + length;
}

/* Where below root_fd is what fd has open? */
static int find_path(int root_fd, int fd, char *path, uint64_t size)
{
	char *paths = malloc(2 * HOST_PATH_MAX);
	const char *below = NULL;
	int error;

	if (!paths)
		return -ENOMEM;
	error = path_of(root_fd, paths);
	if (error == 0)
		error = path_of(fd, paths + HOST_PATH_MAX);
	if (error == 0)
		below = part_below(paths, paths + HOST_PATH_MAX);
	if (!below || strlen(below) >= size)
		error = -ESTALE;
	else
		memcpy(path, below, strlen(below) + 1);
	free(paths);
	return error;
}

int host_plain_find(struct host_fs *fs, const void *handle, uint32_t length,
		    char *path, uint64_t size)
{
	struct host_node *root = ((struct host_tree *)fs)->root;
	int path_fd, root_fd, fd, error;
	struct host_handle h;
	uint32_t words[2];

	if (length < sizeof(words))
		return -ESTALE;
	memcpy(words, handle, sizeof(words));
	if (words[1] > MAX_HANDLE_SZ || words[1] > length - sizeof(words))
		return -ESTALE;
	h.head.handle_type = words[0];
	h.head.handle_bytes = words[1];
	memcpy(h.bytes, (const char *)handle + sizeof(words), words[1]);
	error = host_node_pin(root, &path_fd);
	if (error)
		return error;
	/* open_by_handle_at(2) takes no O_PATH descriptor. */
	root_fd = host_open_node(root, path_fd, HOST_READ);
	host_node_unpin(root);
	if (root_fd < 0)
		return root_fd;
	fd = HOST_OPEN(syscall(SYS_open_by_handle_at, root_fd, &h,
			       O_PATH | O_CLOEXEC));
	error = fd < 0 ? fd : find_path(root_fd, fd, path, size);
	if (fd >= 0)
		host_close_fd(fd);
	host_close_fd(root_fd);
	return error;
}

/* The names that lead to node, by where it and its parents were last seen. */
int host_node_path(struct host_node *node, char *path, uint64_t size)
{
	char *at = path + size;
	int error = size ? 0 : -ENAMETOOLONG;

	pthread_mutex_lock(&host_lock);
	if (!error)
		*--at = '\0';
	for (; !error && node != node->tree->root; node = node->parent) {
		size_t length = strlen(node->name);

		if (!node->parent)
			error = -ESTALE;
		else if ((uint64_t)(at - path) < length + 1)
			error = -ENAMETOOLONG;
		else
			memcpy(at -= length, node->name, length);
		if (!error)
			*--at = '/';
	}
	pthread_mutex_unlock(&host_lock);
	if (!error)
		memmove(path, at, path + size - at);
	return error;
}
