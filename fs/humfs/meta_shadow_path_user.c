// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow_path - paths below the parts of a version 2 tree, and the mirrors'
 * directories
 */
#include "meta_shadow.h"

#define PIECE_MAX	3500	/* bytes of a path that one call gets */
#define PATH_LONGEST	(1u << 21)
#define RACES		32
#define SHADOW_ENTRIES	4096	/* bytes of directory entries at once */

/* --- paths -------------------------------------------------------------- */

int hmeta_shadow_path(struct host_node *dir, const char *name, char **ret)
{
	uint32_t size = HOST_PATH_MAX / 4;
	int length;
	char *path;

	do {
		size *= 4;
		path = malloc(size + sizeof(HMETA_SHADOW_LINE));
		if (!path)
			return -ENOMEM;
		length = hmeta_path(dir, name, path, size);
		if (length >= 0) {
			*ret = path;
			return 0;
		}
		free(path);
	} while (length == -ENAMETOOLONG && size < PATH_LONGEST);
	return length;
}

static int path_of_node(struct host_node *node, char **ret)
{
	char name[HOST_COMPONENT_MAX + 1];
	struct host_node *dir;
	int error = node ? host_node_where(node, &dir, name) : -ESTALE;

	if (error)
		return error;
	error = hmeta_shadow_path(dir, name, ret);
	host_node_put(dir);
	return error;
}

int hmeta_shadow_path_of(const struct hmeta_shadow *shadow,
			 const struct hmeta_object *object, char **ret)
{
	char *path;

	if (!host_id_equal(&object->attr->id, &shadow->store.tree->root_attr.id))
		return object->dir ? hmeta_shadow_path(object->dir,
						       object->dir_name, ret) :
				     path_of_node(object->node, ret);
	path = malloc(sizeof(HMETA_SHADOW_LINE) + 1);
	if (!path)
		return -ENOMEM;
	path[0] = '\0';
	*ret = path;
	return 0;
}

/* What the host says fd's path is. Return: its length. */
static int64_t host_path(int fd, char path[HOST_PATH_MAX])
{
	struct host_proc_path proc;
	int64_t length;

	if (host_proc_path(fd, &proc))
		return -ESTALE;
	length = HOST_CALL(OTHER, readlinkat(host_features.proc_fd,
					     proc.path + proc.prefix, path,
					     HOST_PATH_MAX));
	if (length >= HOST_PATH_MAX)
		return -ESTALE;
	if (length >= 0)
		path[length] = '\0';
	return length;
}

/* path without root in front of it, and with name behind it, in place. */
static int below_root(char *path, const char *root, int64_t length,
		      const char *name)
{
	char *end;

	if (length == 1)
		length = 0;		/* "/" */
	if (strncmp(path, root, length) || (path[length] && path[length] != '/'))
		return -ESTALE;
	if (path[length])
		length++;
	memmove(path, path + length, strlen(path + length) + 1);
	if (!name)
		return 0;
	end = path + strlen(path);
	if (end != path)
		*end++ = '/';
	memcpy(end, name, strlen(name) + 1);
	return 0;
}

int hmeta_shadow_real(const struct hmeta_shadow *shadow, int fd,
		      const char *name, char **ret)
{
	char *root = malloc(HOST_PATH_MAX);
	char *path = malloc(HOST_PATH_MAX + HOST_COMPONENT_MAX +
			    sizeof(HMETA_SHADOW_LINE) + 2);
	int64_t length = root && path ?
			 host_path(shadow->parts[HMETA_DATA], root) : -ENOMEM;
	int64_t error = length < 0 ? length : host_path(fd, path);

	if (error >= 0)
		error = below_root(path, root, length, name);
	free(root);
	if (error < 0)
		free(path);
	else
		*ret = path;
	return error < 0 ? error : 0;
}

/* As much of it as one call can have; without openat2(2), one name. */
static size_t piece_of(const char *path)
{
	size_t length = strlen(path);
	const char *slash;

	if (!host_features.openat2) {
		slash = strchr(path, '/');
		return slash ? (size_t)(slash - path) : length;
	}
	if (length > PIECE_MAX) {
		length = PIECE_MAX;
		while (length && path[length] != '/')
			length--;
	}
	return length;
}

static int open_piece(int fd, const char *path, int flags)
{
	const struct host_open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};
	int result = -EAGAIN;

	if (!host_features.openat2 || !*path)
		return HOST_OPEN(openat(fd, *path ? path : ".", how.flags));
	for (int left = RACES; left && result == -EAGAIN; left--)
		result = HOST_OPEN(syscall(SYS_openat2, fd, path, &how,
					   sizeof(how)));
	return result;
}

int hmeta_shadow_open_at(int fd, char *path, int flags)
{
	int below = -1, next;
	size_t length;

	while (path[length = piece_of(path)]) {
		path[length] = '\0';
		next = open_piece(below < 0 ? fd : below, path,
				  O_PATH | O_DIRECTORY);
		path[length] = '/';
		if (below >= 0)
			host_close_fd(below);
		if (next < 0)
			return next;
		below = next;
		path += length + 1;
	}
	next = open_piece(below < 0 ? fd : below, path, flags);
	if (below >= 0)
		host_close_fd(below);
	return next;
}

int hmeta_shadow_parent(int part, char *path, const char **ret_name)
{
	char *slash = strrchr(path, '/');
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (!slash)
		return open_piece(part, "", O_PATH | O_DIRECTORY);
	*slash = '\0';
	fd = hmeta_shadow_open_at(part, path, O_PATH | O_DIRECTORY);
	*slash = '/';
	return fd;
}

int hmeta_shadow_look(int part, char *path, struct host_attr *ret)
{
	struct host_attr attr = { .mode = 0 };
	const char *name;
	int fd = hmeta_shadow_parent(part, path, &name), error;

	if (fd < 0)
		error = fd;
	else
		error = host_statx(fd, *path ? name : "", &attr);
	if (fd >= 0)
		host_close_fd(fd);
	if (error && error != -ENOENT && error != -ENOTDIR && error != -ELOOP)
		return error;
	*ret = attr;
	return 0;
}

/* --- mirrors ------------------------------------------------------------ */

/* The mirror of one directory in one part. */
static int make_parent(struct hmeta_shadow *shadow, enum hmeta_part part,
		       char *path)
{
	const char *name;
	int fd = hmeta_shadow_parent(shadow->parts[part], path, &name), error;
	struct host_attr attr;

	if (fd < 0)
		return fd;
	error = HOST_CALL(OTHER, mkdirat(fd, name, 0700));
	if (error == -EEXIST) {
		error = host_statx(fd, name, &attr);
		if (error == 0 && !S_ISDIR(attr.mode)) {
			/* A line that nobody has, or the directory's above. */
			error = part == HMETA_DIRS ?
				hmeta_shadow_make_way(shadow, path) :
				HOST_CALL(OTHER, unlinkat(fd, name, 0));
			if (error == 0)
				error = HOST_CALL(OTHER, mkdirat(fd, name,
								 0700));
		}
	}
	host_close_fd(fd);
	return error;
}

int hmeta_shadow_parents(struct hmeta_shadow *shadow, enum hmeta_part part,
			 char *path)
{
	char *slash = strrchr(path, '/');
	int fd, error = 0;

	if (!slash)
		return 0;
	*slash = '\0';
	fd = hmeta_shadow_open_at(shadow->parts[part], path,
				  O_PATH | O_DIRECTORY);
	*slash = '/';
	if (fd >= 0) {
		host_close_fd(fd);
		return 0;
	}
	for (slash = strchr(path, '/'); slash && error == 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		error = make_parent(shadow, part, path);
		*slash = '/';
	}
	return error;
}

int hmeta_shadow_mirror(struct hmeta_shadow *shadow, char *path)
{
	int error = *path ? make_parent(shadow, HMETA_FILES, path) : 0;

	if (error == 0 && *path)
		error = make_parent(shadow, HMETA_DIRS, path);
	return error;
}

/* The first name in the directory that is no directory's. */
static int other_name(int fd, int dir, char *entries,
		      char name[HOST_COMPONENT_MAX + 1])
{
	struct host_attr attr;
	int64_t length;

	while ((length = HOST_CALL(READDIR, syscall(SYS_getdents64, dir, entries,
						    SHADOW_ENTRIES))) > 0) {
		for (int64_t at = 0; at < length; ) {
			struct host_dirent *entry = (void *)(entries + at);

			at += entry->reclen;
			if (host_statx(fd, entry->name, &attr) ||
			    S_ISDIR(attr.mode))
				continue;
			memcpy(name, entry->name, strlen(entry->name) + 1);
			return 0;
		}
	}
	return length < 0 ? (int)length : -ENOENT;
}

int hmeta_shadow_line_name(int fd, char name[HOST_COMPONENT_MAX + 1])
{
	struct host_attr attr;
	char *entries;
	int dir, error = host_statx(fd, HMETA_SHADOW_LINE, &attr);

	if (error == 0 && !S_ISDIR(attr.mode)) {
		memcpy(name, HMETA_SHADOW_LINE, sizeof(HMETA_SHADOW_LINE));
		return 0;
	}
	if (error && error != -ENOENT)
		return error;
	entries = malloc(SHADOW_ENTRIES);
	if (!entries)
		return -ENOMEM;
	dir = HOST_OPEN(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	error = dir < 0 ? dir : other_name(fd, dir, entries, name);
	if (dir >= 0)
		host_close_fd(dir);
	free(entries);
	return error;
}

/* "metadata", or that with as many dashes as it takes to be free. */
int hmeta_shadow_make_way(struct hmeta_shadow *shadow, char *path)
{
	char other[HOST_COMPONENT_MAX + 1] = HMETA_SHADOW_LINE;
	size_t length = sizeof(HMETA_SHADOW_LINE) - 1;
	struct host_attr attr;
	const char *name;
	int fd = hmeta_shadow_parent(shadow->parts[HMETA_DIRS], path, &name);
	int error;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	error = host_statx(fd, name, &attr);
	if (error || S_ISDIR(attr.mode)) {
		host_close_fd(fd);
		return error == -ENOENT ? 0 : error;
	}
	do {
		error = strcmp(other, name) ?
			HOST_CALL(OTHER, syscall(SYS_renameat2, fd, name, fd,
						 other, RENAME_NOREPLACE)) :
			-EEXIST;
		other[length++] = '-';
		other[length] = '\0';
	} while (error == -EEXIST && length < HOST_COMPONENT_MAX);
	host_close_fd(fd);
	return error;
}

/* A directory that is not empty: its identity is a name that is free. */
static int put_aside(struct hmeta_shadow *shadow, int fd, const char *name)
{
	static const char folder[] = HMETA_SHADOW_LOST "/";
	char aside[sizeof(folder) + HMETA_KEY_MAX];
	struct host_attr attr;
	int error = host_statx(fd, name, &attr);

	if (error)
		return error;
	error = HOST_CALL(OTHER, mkdirat(shadow->fd, HMETA_SHADOW_LOST, 0700));
	if (error && error != -EEXIST)
		return error;
	memcpy(aside, folder, sizeof(folder));
	(void)hmeta_state_name(&attr, aside + sizeof(folder) - 1);
	return HOST_CALL(OTHER, syscall(SYS_renameat2, fd, name, shadow->fd,
					aside, RENAME_NOREPLACE));
}

/* An empty directory, but for its line. */
static int remove_dir(int fd, const char *name, enum hmeta_part part)
{
	int error = HOST_CALL(OTHER, unlinkat(fd, name, AT_REMOVEDIR));
	char line[HOST_COMPONENT_MAX + 1];
	int below;

	if (error != -ENOTEMPTY || part != HMETA_DIRS)
		return error;
	below = open_piece(fd, name, O_PATH | O_DIRECTORY);
	if (below < 0)
		return below;
	error = HOST_CALL(OTHER, unlinkat(below, HMETA_SHADOW_LINE, 0));
	if (error == -EISDIR || error == -EPERM || error == -ENOENT) {
		error = hmeta_shadow_line_name(below, line);
		if (error == 0)
			error = HOST_CALL(OTHER, unlinkat(below, line, 0));
	}
	host_close_fd(below);
	if (error)
		return error == -ENOENT ? -ENOTEMPTY : error;
	return HOST_CALL(OTHER, unlinkat(fd, name, AT_REMOVEDIR));
}

int hmeta_shadow_discard(struct hmeta_shadow *shadow, enum hmeta_part part,
			 char *path)
{
	const char *name;
	int fd = hmeta_shadow_parent(shadow->parts[part], path, &name), error;

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	error = HOST_CALL(OTHER, unlinkat(fd, name, 0));
	if (error == -EISDIR || error == -EPERM)
		error = remove_dir(fd, name, part);
	if (error == -ENOTEMPTY)
		error = put_aside(shadow, fd, name);
	host_close_fd(fd);
	return error == -ENOENT ? 0 : error;
}
