// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_convert - convert: records and attributes moved into another store, and to
 * and from the original's layout
 *
 * First all is copied, then the superblock says where it is, then the old is
 * removed: cut short at any instant the tree is whole, and what is left over is
 * found by `check`. No guest may use the tree meanwhile: it would go on writing
 * to the store that it knows.
 *
 * Records of links are in side/ with both of our stores, and so are their attributes,
 * with the original's layout too.
 */
#include "attrs.h"
#include "convert.h"
#include "msg.h"
#include "used.h"
#include "walk.h"

/* Has a tree of that kind this object's attributes in side/? */
static bool attrs_aside(const struct convert *convert, uint32_t kind,
			const struct object *object)
{
	return kind == HMETA_BY_SIDE || convert->no_xattrs ||
	       !(S_ISREG(object->host.mode) || S_ISDIR(object->host.mode));
}

static bool attrs_stay(const struct convert *convert,
		       const struct object *object)
{
	return attrs_aside(convert, convert->from, object) ==
	       attrs_aside(convert, convert->to, object);
}

static bool record_stays(const struct convert *convert,
			 const struct object *object)
{
	return convert->from != HMETA_BY_SHADOW &&
	       convert->to != HMETA_BY_SHADOW && attrs_stay(convert, object);
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
		if (!attrs_stay(convert, object))
			error = ops->setx(convert->new, pinned, attr->name,
					  attr->value, attr->length, 0);
		count++;
	}
	return error ? error : count;
}

static int copy_one(struct convert *convert, struct object *object,
		    const char *path)
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
	if (result >= 0 && convert->to == HMETA_BY_SHADOW)
		result = convert_v2_put(convert, object, path);
	/* Aside, attributes need a record beside them (object_anchor()). */
	else if (object->recorded ||
		 (result > 0 && attrs_aside(convert, convert->to, object)))
		result = result < 0 ? result :
			 ops->set(convert->new, &pinned, &object->record);
	host_node_unpin(object->node);
	return result < 0 ? result : 0;
}

/* By now tree->store is the new one, and convert->new the old. */
static int remove_attrs(struct convert *convert, const struct object *object,
			const struct hmeta_object *pinned)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	const struct hmeta_store_ops *ops = convert->new->ops;
	int error = attrs_read(convert->tree, object, &attrs);

	for (size_t i = 0; i < attrs.n && error == 0; i++) {
		if (hmeta_classify(attrs.v[i].name) != HMETA_PRIVILEGED)
			continue;
		error = ops->removex(convert->new, pinned, attrs.v[i].name);
		if (error == -ENODATA)
			error = 0;
	}
	return error;
}

static int remove_one(struct convert *convert, struct object *object,
		      const char *path)
{
	const struct hmeta_store_ops *ops = convert->new->ops;
	struct hmeta_object pinned;
	int error = object_pin(object, &pinned);

	(void)path;
	if (error)
		return error;
	if (!attrs_stay(convert, object))
		error = remove_attrs(convert, object, &pinned);
	/* The original's lines go with their folders. */
	if (error == 0 && convert->from != HMETA_BY_SHADOW)
		error = ops->remove(convert->new, &pinned);
	host_node_unpin(object->node);
	return error;
}

static void for_all(struct convert *convert, const char *action,
		    int (*one)(struct convert *, struct object *, const char *))
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
		if (result == 1 && !record_stays(convert, object))
			result = one(convert, object, walk.path);
		progress_step(&convert->progress, ++convert->done, 0, "objects");
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
	const char *name = "";
	int error = convert_v2_remove(convert->tree, &name);

	if (error == 0)
		return;
	msg_errno(error, "cannot remove '%s/%s'", convert->tree->path, name);
	convert->failed++;
}

/* The side store of a tree that was the original's: tree_store() takes it. */
static int open_side(struct tree *tree)
{
	if (mkdirat(tree->folder, HMETA_TREE_SIDE, 0700) && errno != EEXIST)
		return -errno;
	tree->side = openat(tree->folder, HMETA_TREE_SIDE, O_PATH |
			    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tree->side < 0 ? -errno : 0;
}

static int write_super(struct convert *convert)
{
	struct hmeta_super *super = &convert->tree->super;
	int error = 0;

	if (convert->to == HMETA_BY_SHADOW)
		error = convert_v2_super(convert, super);
	super->kind = convert->to;
	if (convert->to != HMETA_BY_SHADOW)
		super->version = 3;
	return error ? error : hmeta_super_write(convert->tree->folder, super);
}

static int convert_all(struct convert *convert)
{
	struct tree *tree = convert->tree;
	struct hmeta_store *old = tree->store;
	int error;

	for_all(convert, "convert", copy_one);
	if (convert->failed) {
		msg("'%s' stays as it was", tree->path);
	} else {
		error = write_super(convert);
		convert->failed += error != 0;
		if (error)
			msg_errno(error, "cannot write the superblock of '%s'",
				  tree->path);
	}
	if (convert->to == HMETA_BY_SHADOW)
		convert_v2_end(convert->new);
	if (convert->failed) {
		if (convert->to == HMETA_BY_SHADOW)
			remove_mirrors(convert);
		return META_FAILED;
	}
	/* What is read from now on is read from the new one. */
	tree->store = convert->new;
	convert->new = old;
	for_all(convert, "remove the old record of", remove_one);
	if (convert->from == HMETA_BY_SHADOW)
		remove_mirrors(convert);
	/* Attributes take room, too. */
	return used_note(tree) || convert->failed ? META_FAILED : META_DONE;
}

static int open_new(struct convert *convert)
{
	struct tree *tree = convert->tree;
	int error;

	if (convert->to == HMETA_BY_SHADOW)
		return convert_v2_begin(convert, &convert->new);
	error = convert->from == HMETA_BY_SHADOW ? open_side(tree) : 0;
	if (error == 0 && convert->to == HMETA_BY_XATTR && convert->no_xattrs)
		error = -EOPNOTSUPP;
	if (error == 0)
		error = tree_store(tree, convert->to, &convert->new);
	if (error)
		msg_errno(error, "cannot convert '%s'", tree->path);
	return error;
}

/* Return: 0 or -EINVAL. */
static int kind_of(const char *word, uint32_t *ret)
{
	static const struct {
		const char *word;
		uint32_t kind;
	} kinds[] = {
		{ "xattr", HMETA_BY_XATTR }, { "side", HMETA_BY_SIDE },
		{ "v2", HMETA_BY_SHADOW },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word, kinds[i].word))
			continue;
		*ret = kinds[i].kind;
		return 0;
	}
	return -EINVAL;
}

static int run_convert(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct convert convert = { .tree = &tree };
	int status, fd;

	if (kind_of(args->words[1], &convert.to)) {
		msg("'%s': write xattr, side or v2", args->words[1]);
		return META_USAGE;
	}
	if (tree_open(args->words[0], args, TREE_WRITE, &tree))
		return META_FAILED;
	if (tree.folder < 0) {
		msg("'%s' is a bare directory; 'create' and 'import' make a tree of it",
		    tree.path);
		return META_FAILED;
	}
	convert.from = tree.super.kind;
	if (convert.from == convert.to)
		return META_DONE;
	if (host_node_pin(tree.host.root, &fd) == 0) {
		convert.no_xattrs = !tree_has_xattrs(fd);
		host_node_unpin(tree.host.root);
	}
	if (open_new(&convert))
		return META_FAILED;
	progress_begin(&convert.progress, "convert", args->quiet);
	status = convert_all(&convert);
	progress_end(&convert.progress);
	hmeta_close(convert.new);
	ids_free(&convert.links);
	return status;
}

static const struct opt convert_options[] = {
	OPTION_QUIET,
	OPTIONS_COMMON
};

const struct command commands_convert[] = {
	{ { "humfs-meta convert", "[OPTION]... TREE KIND",
	    "keep the records elsewhere: xattr, side or v2", convert_options,
	    "v2 is the original's layout. No guest may use the tree meanwhile.\n" },
	  2, 2, run_convert },
	{ .run = NULL },
};
