// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk - all objects below one, parents first, names in byte order
 */
#include "walk.h"

#define WALK_BUFFER	32768

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_names(const char *buffer, int64_t length, struct strv *names)
{
	int error = 0;

	for (int64_t at = 0; at < length && error == 0;) {
		const struct host_dirent *entry =
			(const struct host_dirent *)(buffer + at);

		if (strcmp(entry->name, ".") && strcmp(entry->name, ".."))
			error = strv_add(names, entry->name);
		at += entry->reclen;
	}
	return error;
}

int walk_names(struct host_node *dir, struct strv *ret)
{
	_cleanup_free_ char *buffer = malloc(WALK_BUFFER);
	struct strv names = { 0 };
	struct host_file *file;
	int64_t position = 0, length = 0;
	int error;

	if (!buffer)
		return -ENOMEM;
	error = host_plain_open(dir, NULL, HOST_READ | HOST_DIRECTORY, &file);
	if (error)
		return error;
	while (error == 0 && (length = host_plain_readdir(file, position,
						buffer, WALK_BUFFER)) > 0) {
		error = add_names(buffer, length, &names);
		/* Behind the last entry: the file's own position is there. */
		for (int64_t at = 0; at < length;) {
			const struct host_dirent *entry =
				(const struct host_dirent *)(buffer + at);

			position = entry->next;
			at += entry->reclen;
		}
	}
	host_plain_close(file);
	if (error == 0 && length < 0)
		error = (int)length;
	if (error) {
		strv_clear(&names);
		return error;
	}
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_bytes);
	*ret = names;
	return 0;
}

static int set_path(struct walk *walk, size_t length, const char *name)
{
	size_t room = length + strlen(name) + 2;
	char *path = walk->path;

	if (room > walk->path_room) {
		path = realloc(path, room * 2);
		if (!path)
			return -ENOMEM;
		walk->path = path;
		walk->path_room = room * 2;
	}
	if (length)
		path[length++] = '/';
	memcpy(path + length, name, strlen(name) + 1);
	return 0;
}

int walk_begin(struct tree *tree, struct object *root, const char *path,
	       struct walk *ret)
{
	*ret = (struct walk){ .tree = tree, .at = *root };
	*root = (struct object){ 0 };
	return set_path(ret, 0, path);
}

/* Enter the directory that was last given. */
static int enter(struct walk *walk)
{
	struct walk_level *levels = walk->levels, *level;
	int error;

	if (walk->depth == walk->room) {
		size_t room = walk->room ? walk->room * 2 : 16;

		levels = realloc(levels, room * sizeof(*levels));
		if (!levels)
			return -ENOMEM;
		walk->levels = levels;
		walk->room = room;
	}
	level = &levels[walk->depth];
	*level = (struct walk_level){ .path_length = strlen(walk->path) };
	error = walk_names(walk->at.node, &level->names);
	if (error)
		return error;
	level->dir = host_node_get(walk->at.node);
	walk->depth++;
	return 0;
}

static void leave(struct walk *walk)
{
	struct walk_level *level = &walk->levels[--walk->depth];

	host_node_put(level->dir);
	strv_clear(&level->names);
}

static int step(struct walk *walk)
{
	while (walk->depth) {
		struct walk_level *level = &walk->levels[walk->depth - 1];
		const char *name;
		int error;

		if (level->next == level->names.n) {
			leave(walk);
			continue;
		}
		name = level->names.v[level->next++];
		error = set_path(walk, level->path_length, name);
		if (error)
			return error;
		error = object_at(walk->tree, level->dir, name, &walk->at);
		if (error == -ENOENT || error == -ESTALE)
			continue;	/* gone, or about to be another */
		return error ? error : 1;
	}
	return 0;
}

int walk_next(struct walk *walk, struct object **ret)
{
	int result = 1;

	if (walk->started) {
		result = walk->into ? enter(walk) : 0;
		walk->into = false;
		object_put(&walk->at);
		if (result == -ENOENT || result == -ESTALE)
			result = 0;
		if (result == 0)
			result = step(walk);
	}
	walk->started = true;
	if (result <= 0)
		return result;
	walk->into = S_ISDIR(walk->at.host.mode);
	*ret = &walk->at;
	return 1;
}

void walk_skip(struct walk *walk)
{
	walk->into = false;
}

void walk_end(struct walk *walk)
{
	while (walk->depth)
		leave(walk);
	object_put(&walk->at);
	free(walk->levels);
	free(walk->path);
	*walk = (struct walk){ 0 };
}
