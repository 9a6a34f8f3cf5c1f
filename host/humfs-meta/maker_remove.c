// SPDX-License-Identifier: GPL-2.0-only
/*
 * maker_remove - objects taken out of a tree, with all that is below
 *
 * A directory is emptied from the bottom up: the walk gives parents first, so the
 * list of what it gave is gone through backwards.
 */
#include "maker.h"
#include "place.h"
#include "walk.h"

static int remove_one(struct maker *maker, const struct object *object)
{
	int error = place_remove(maker->tree, object);

	return error == -ENOENT ? 0 : error;
}

struct doomed {
	struct object *v;
	size_t n, room;
};

static int doom(struct doomed *list, const struct object *object)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct object *v = realloc(list->v, room * sizeof(*v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->room = room;
	}
	list->v[list->n] = *object;
	host_node_get(object->node);
	host_node_get(object->dir);
	list->n++;
	return 0;
}

int maker_empty(struct maker *maker, struct object *dir)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct doomed list = { 0 };
	struct object top = *dir, *object;
	int result;

	host_node_get(top.node);
	host_node_get(top.dir);
	result = walk_begin(maker->tree, &top, "", &walk);
	if (result == 0)
		result = walk_next(&walk, &object);	/* the directory itself */
	if (result == 1)
		walk.into = true;
	while (result == 1 && (result = walk_next(&walk, &object)) == 1) {
		if (ids_get(&maker->made, &object->host.id) &&
		    !S_ISDIR(object->host.mode))
			continue;
		if (doom(&list, object))
			result = -ENOMEM;
	}
	while (list.n-- > 0) {
		object = &list.v[list.n];
		if (result == 0 && !ids_get(&maker->made, &object->host.id))
			result = remove_one(maker, object);
		if (result == -ENOTEMPTY)
			result = 0;	/* this layer has put something there */
		object_put(object);
	}
	free(list.v);
	return result;
}

int maker_remove(struct maker *maker, struct object *object, bool deep)
{
	int error = 0;

	if (deep && S_ISDIR(object->host.mode))
		error = maker_empty(maker, object);
	return error ? error : remove_one(maker, object);
}
