// SPDX-License-Identifier: GPL-2.0-only
/*
 * change - one change, of single objects or of all that is below them
 */
#include "change.h"
#include "walk.h"

static int change_walk(struct tree *tree, struct object *object,
		       const char *path, const struct change *change)
{
	_cleanup_walk_ struct walk walk = { 0 };
	int result = walk_begin(tree, object, path, &walk), status = META_DONE;
	struct object *at;

	if (result) {
		object_error(result, change->word, path);
		return META_FAILED;
	}
	while ((result = walk_next(&walk, &at)) != 0) {
		if (result == 1)
			result = change->one(tree, at, change->context);
		if (result < 0) {
			object_error(result, change->word, walk.path);
			status = META_FAILED;
		}
		if (result == -ENOMEM)
			break;
	}
	return status;
}

static int change_path(struct tree *tree, const char *path, bool recursive,
		       const struct change *change)
{
	_cleanup_object_ struct object object = { 0 };
	int error = object_find(tree, path, &object);

	if (error == 0 && recursive)
		return change_walk(tree, &object, path, change);
	if (error == 0)
		error = change->one(tree, &object, change->context);
	if (error)
		object_error(error, change->word, path);
	return error ? META_FAILED : META_DONE;
}

int change_paths(const struct args *args, int first,
			const struct change *change)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	int status = META_DONE;

	if (tree_open(args->words[0], args, TREE_WRITE, &tree))
		return META_FAILED;
	for (int i = first; i < args->count; i++)
		status |= change_path(&tree, args->words[i], args->recursive,
				      change);
	return status;
}
