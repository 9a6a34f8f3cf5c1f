// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_tree - create, limit, usage: trees as a whole
 */
#include "humfs_host.h"
#include "ids.h"
#include "json.h"
#include "msg.h"
#include "walk.h"

static int run_create(struct args *args)
{
	return tree_create(args->words[0], args) ? META_FAILED : META_DONE;
}

static const struct opt create_options[] = {
	OPTION_OWNER,
	{ "meta", 0, "KIND", "auto",
	  "where records are: xattr, side, auto", option_meta },
	{ "size", 0, "BYTES", "none", "limit of space", option_size },
	{ "inodes", 0, "N", "none", "limit of objects", option_inodes },
	OPTIONS_COMMON
};

/* --- limit ------------------------------------------------------------------- */

static void print_limits(const struct tree *tree, bool as_json)
{
	struct json json = { .out = stdout };

	if (as_json) {
		json_open(&json, NULL, '{');
		json_number(&json, "size", tree->super.total);
		json_number(&json, "inodes", tree->super.inodes);
		json_close(&json, '}');
		json_end(&json);
		return;
	}
	if (tree->super.total)
		printf("size %llu\n", (unsigned long long)tree->super.total);
	else
		printf("size none\n");
	if (tree->super.inodes)
		printf("inodes %llu\n", (unsigned long long)tree->super.inodes);
	else
		printf("inodes none\n");
}

/* A guest may be about to note what is used there (version 2). */
static int write_limits(struct tree *tree)
{
	const struct hmeta_store_ops *ops = tree->store->ops;
	struct hmeta_super now;
	int error;

	if (tree->super.version != 2)
		return hmeta_super_write(tree->folder, &tree->super);
	error = ops->lock(tree->store, 0);
	if (error)
		return error;
	error = hmeta_super_read(tree->folder, &now, NULL);
	if (error == 0) {
		tree->super.used = now.used;
		hmeta_super_use(&tree->super, now.used);
		error = hmeta_super_write(tree->folder, &tree->super);
	}
	ops->unlock(tree->store, 0);
	return error;
}

static int run_limit(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	bool change = args->has_size || args->has_inodes;
	int error;

	if (tree_open(args->words[0], args, change ? TREE_WRITE : TREE_READ,
		      &tree))
		return META_FAILED;
	if (change && tree.folder < 0) {
		msg("'%s' is a bare directory, which has no limits; 'create' makes a tree that has",
		    tree.path);
		return META_FAILED;
	}
	if (change && tree.super.version == 2 &&
	    (args->has_inodes || (args->has_size && !args->size))) {
		msg("'%s' has the original's layout, which has a size, and no limit of objects",
		    tree.path);
		return META_FAILED;
	}
	if (args->has_size)
		tree.super.total = args->size;
	if (args->has_inodes)
		tree.super.inodes = args->inodes;
	error = change ? write_limits(&tree) : 0;
	if (error == 0 && change)
		error = humfs_limits_changed(tree.folder, tree.super.total,
					     tree.super.inodes);
	if (error) {
		msg_errno(error, "cannot write the limits of '%s'", tree.path);
		return META_FAILED;
	}
	if (!change)
		print_limits(&tree, args->json);
	return META_DONE;
}

static const struct opt limit_options[] = {
	{ "size", 0, "BYTES", NULL, "new limit of space, or none", option_size },
	{ "inodes", 0, "N", NULL, "new limit of objects, or none",
	  option_inodes },
	OPTION_JSON,
	OPTIONS_COMMON
};

/* --- usage ------------------------------------------------------------------- */

static const struct {
	const char *word;
	uint32_t type;
} types[] = {
	{ "files", HMETA_IFREG }, { "directories", HMETA_IFDIR },
	{ "links", HMETA_IFLNK }, { "devices", HMETA_IFCHR },
	{ "blocks", HMETA_IFBLK }, { "pipes", HMETA_IFIFO },
	{ "sockets", HMETA_IFSOCK },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

struct usage {
	uint64_t objects, bytes, apparent, records, broken, by_type[TYPES];
	struct ids seen;
};

static int count(struct usage *usage, const struct object *object)
{
	if (object->host.nlink > 1 && !S_ISDIR(object->host.mode)) {
		if (ids_get(&usage->seen, &object->host.id))
			return 0;
		if (ids_add(&usage->seen, &object->host.id, ""))
			return -ENOMEM;
	}
	usage->objects++;
	usage->bytes += object->host.blocks * 512;
	if (S_ISREG(object->host.mode))
		usage->apparent += object->host.size;
	usage->records += object->recorded;
	usage->broken += object->fault != HMETA_FINE;
	for (size_t i = 0; i < TYPES; i++)
		usage->by_type[i] += types[i].type == object_type(object);
	return 0;
}

static int count_all(struct tree *tree, struct usage *usage)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(tree, &root), status = META_DONE;

	if (result == 0)
		result = walk_begin(tree, &root, "", &walk);
	if (result) {
		object_error(result, "read", "");
		return META_FAILED;
	}
	while ((result = walk_next(&walk, &object)) != 0) {
		if (result == 1)
			result = count(usage, object);
		if (result < 0) {
			object_error(result, "read", walk.path);
			status = META_FAILED;
		}
		if (result == -ENOMEM)
			break;
	}
	return status;
}

static void print_usage(const struct tree *tree, const struct usage *usage)
{
	printf("%llu bytes on the host, %llu in files\n",
	       (unsigned long long)usage->bytes,
	       (unsigned long long)usage->apparent);
	printf("%llu objects:", (unsigned long long)usage->objects);
	for (size_t i = 0; i < TYPES; i++)
		printf(" %llu %s", (unsigned long long)usage->by_type[i],
		       types[i].word);
	printf("\n%llu records, %llu broken\n",
	       (unsigned long long)usage->records,
	       (unsigned long long)usage->broken);
	if (tree->super.total)
		printf("limit: %llu bytes\n",
		       (unsigned long long)tree->super.total);
	if (tree->super.inodes)
		printf("limit: %llu objects\n",
		       (unsigned long long)tree->super.inodes);
}

static void print_usage_json(const struct tree *tree, const struct usage *usage)
{
	struct json json = { .out = stdout };

	json_open(&json, NULL, '{');
	json_number(&json, "bytes", usage->bytes);
	json_number(&json, "apparent", usage->apparent);
	json_number(&json, "objects", usage->objects);
	for (size_t i = 0; i < TYPES; i++)
		json_number(&json, types[i].word, usage->by_type[i]);
	json_number(&json, "records", usage->records);
	json_number(&json, "broken", usage->broken);
	json_number(&json, "size_limit", tree->super.total);
	json_number(&json, "inodes_limit", tree->super.inodes);
	json_close(&json, '}');
	json_end(&json);
}

static int run_usage(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct usage usage = { 0 };
	int status;

	if (tree_open(args->words[0], args, TREE_READ, &tree))
		return META_FAILED;
	status = count_all(&tree, &usage);
	ids_free(&usage.seen);
	(args->json ? print_usage_json : print_usage)(&tree, &usage);
	return status;
}

static const struct opt usage_options[] = {
	OPTION_JSON,
	OPTIONS_COMMON
};

const struct command commands_tree[] = {
	{ { "humfs-meta create", "[OPTION]... TREE",
	    "make an empty tree", create_options, NULL }, 1, 1, run_create },
	{ { "humfs-meta usage", "[OPTION]... TREE",
	    "count objects and bytes", usage_options, NULL }, 1, 1, run_usage },
	{ { "humfs-meta limit", "[OPTION]... TREE",
	    "show or set the limits of a tree", limit_options, NULL }, 1, 1,
	  run_limit },
	{ .run = NULL },
};
