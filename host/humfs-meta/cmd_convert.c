// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_convert - convert: records and attributes moved into the other store
 *
 * First all is copied, then the superblock says where it is, then the old is
 * removed: cut short at any instant the tree is whole, and what is left over is
 * found by `check`. No guest may use the tree meanwhile: it would go on writing
 * to the store that it knows.
 *
 * Version 2 of the original becomes version 3. Its privileged attributes are where
 * the store xattr has them, those of links in side/; then its mirrors go.
 */
#include "attrs.h"
#include "check.h"
#include "meta_shadow.h"
#include "msg.h"
#include "walk.h"

struct convert {
	struct tree *tree;		/* tree->store is the old one */
	struct hmeta_store *new;
	bool to_side;
	bool from_v2;
	uint64_t failed;
};

/* Objects whose record is elsewhere in the other store: links are always aside. */
static bool concerns(const struct convert *convert, const struct object *object)
{
	return convert->from_v2 || S_ISREG(object->host.mode) || S_ISDIR(object->host.mode);
}

/* Are its attributes there already? */
static bool has_attrs(const struct convert *convert, const struct object *object)
{
	return convert->from_v2 &&
	       (!convert->to_side || S_ISLNK(object->host.mode));
}

/* Return: how many, or a negative errno. */
static int copy_attrs(struct convert *convert, const struct object *object,
		      const struct hmeta_object *pinned)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	const struct hmeta_store_ops *ops = convert->new->ops;
	int error = attrs_read(convert->tree, object, &attrs), count = 0;

	for (size_t i = 0; error == 0 && i < attrs.n; i++) {
		const struct attr *attr = &attrs.v[i];

		if (hmeta_classify(attr->name) != HMETA_PRIVILEGED)
			continue;
		if (!has_attrs(convert, object))
			error = ops->setx(convert->new, pinned, attr->name,
					  attr->value, attr->length, 0);
		count++;
	}
	return error ? error : count;
}

static int copy_one(struct convert *convert, struct object *object)
{
	const struct hmeta_store_ops *ops = convert->new->ops;
	struct hmeta_object pinned;
	int result;

	if (object->fault)
		return -EIO;
	result = object_pin(object, &pinned);
	if (result)
		return result;
	result = copy_attrs(convert, object, &pinned);
	/* Aside, attributes need a record beside them (object_anchor()). */
	if (object->recorded || (result > 0 && convert->to_side))
		result = result < 0 ? result :
			 ops->set(convert->new, &pinned, &object->record);
	host_node_unpin(object->node);
	return result < 0 ? result : 0;
}

/* By now tree->store is the new one, and convert->new the old. */
static int remove_one(struct convert *convert, struct object *object)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	const struct hmeta_store_ops *ops = convert->new->ops;
	struct hmeta_object pinned;
	int error;

	if (has_attrs(convert, object))
		return 0;
	error = attrs_read(convert->tree, object, &attrs);
	if (error == 0)
		error = object_pin(object, &pinned);
	if (error)
		return error;
	for (size_t i = 0; i < attrs.n && error == 0; i++) {
		if (hmeta_classify(attrs.v[i].name) != HMETA_PRIVILEGED)
			continue;
		error = ops->removex(convert->new, &pinned, attrs.v[i].name);
		if (error == -ENODATA)
			error = 0;
	}
	if (error == 0)
		error = ops->remove(convert->new, &pinned);
	host_node_unpin(object->node);
	return error;
}

static void for_all(struct convert *convert, const char *action,
		    int (*one)(struct convert *, struct object *))
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(convert->tree, &root);

	if (result == 0)
		result = walk_begin(convert->tree, &root, "", &walk);
	if (result) {
		object_error(result, action, "");
		convert->failed++;
		return;
	}
	while ((result = walk_next(&walk, &object)) != 0) {
		if (result == 1 && concerns(convert, object))
			result = one(convert, object);
		if (result >= 0)
			continue;
		object_error(result, action, walk.path);
		convert->failed++;
		if (result == -ENOMEM)
			return;
	}
}

static void remove_mirrors(struct convert *convert)
{
	static const char *const names[] = {
		"file_metadata", "dir_metadata", HMETA_SHADOW_LOST,
		HMETA_SHADOW_LOCK, HMETA_SHADOW_NEW,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int error = check_remove_tree(convert->tree->folder, names[i]);

		if (error == 0)
			continue;
		msg_errno(error, "cannot remove '%s/%s'", convert->tree->path,
			  names[i]);
		convert->failed++;
	}
}

/* Its side store; tree_store() takes it as that of any tree. */
static int open_side(struct tree *tree)
{
	if (mkdirat(tree->folder, HMETA_TREE_SIDE, 0700) && errno != EEXIST)
		return -errno;
	tree->side = openat(tree->folder, HMETA_TREE_SIDE, O_PATH |
			    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tree->side < 0 ? -errno : 0;
}

static int convert_to(struct convert *convert, uint32_t kind)
{
	struct tree *tree = convert->tree;
	struct hmeta_store *old = tree->store;
	int error;

	for_all(convert, "convert", copy_one);
	if (convert->failed) {
		msg("'%s' stays as it was", tree->path);
		return META_FAILED;
	}
	tree->super.kind = kind;
	tree->super.version = 3;
	error = hmeta_super_write(tree->folder, &tree->super);
	if (error) {
		msg_errno(error, "cannot write the superblock of '%s'",
			  tree->path);
		return META_FAILED;
	}
	tree->store = convert->new;
	convert->new = old;
	for_all(convert, "remove the old record of", remove_one);
	if (convert->from_v2)
		remove_mirrors(convert);
	return convert->failed ? META_FAILED : META_DONE;
}

static int run_convert(struct args *args)
{
	_cleanup_tree_ struct tree tree;
	struct convert convert = { .tree = &tree };
	uint32_t kind = HMETA_BY_SIDE;
	int error, status;

	if (!strcmp(args->words[1], "xattr"))
		kind = HMETA_BY_XATTR;
	else if (strcmp(args->words[1], "side")) {
		msg("'%s': write xattr or side; 'export --format v2' writes the original's layout",
		    args->words[1]);
		return META_USAGE;
	}
	if (tree_open(args->words[0], args, TREE_WRITE, &tree))
		return META_FAILED;
	if (tree.folder < 0) {
		msg("'%s' is a bare directory; 'create' and 'import' make a tree of it",
		    tree.path);
		return META_FAILED;
	}
	if (tree.super.kind == kind)
		return META_DONE;
	convert.from_v2 = tree.store->ops->names;
	error = convert.from_v2 ? open_side(&tree) : 0;
	if (error == 0)
		error = tree_store(&tree, kind, &convert.new);
	if (error) {
		msg_errno(error, "cannot convert '%s'", tree.path);
		return META_FAILED;
	}
	convert.to_side = kind == HMETA_BY_SIDE;
	status = convert_to(&convert, kind);
	hmeta_close(convert.new);
	return status;
}

static const struct opt convert_options[] = {
	OPTIONS_COMMON
};

const struct command commands_convert[] = {
	{ { "humfs-meta convert", "[OPTION]... TREE KIND",
	    "keep the records elsewhere: xattr or side", convert_options,
	    "No guest may use the tree meanwhile.\n" }, 2, 2, run_convert },
	{ .run = NULL },
};
