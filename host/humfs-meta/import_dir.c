// SPDX-License-Identifier: GPL-2.0-only
/*
 * import_dir - a directory: an ordinary one, a podman layer, another humfs tree
 *
 * An ordinary directory is a humfs tree without records: what it has of
 * `user.containers.override_stat` and the like is taken at its word, everything
 * else is as the host has it: owner, mode, type, attributes. A fakeroot save file
 * says what fakeroot's programs believed of the owners instead.
 */
#include "copy.h"
#include "fakeroot.h"
#include "msg.h"
#include "walk.h"

struct dir_source {
	struct tree tree;
	struct maker *maker;
	const struct args *args;
	struct ids links;
	struct fakeroot fakeroot;
	struct progress progress;
};

struct dir_context {
	struct host_node *node;
};

static int put_data(const struct entry *entry, struct host_file *file)
{
	const struct dir_context *context = entry->context;
	struct host_file *in;
	int error;

	error = host_plain_open(context->node, NULL, HOST_READ | HOST_NOATIME,
				&in);
	if (error)
		return error;
	error = copy_file(in, file);
	host_plain_close(in);
	return error;
}

/*
 * The host's own privileged attributes, of an object that has no override of the
 * same name. Those that this user may not read the host does not list.
 */
static int host_attrs(const struct object *object, struct attrs *attrs)
{
	_cleanup_free_ char *list = NULL, *value = NULL;
	int length = host_plain_listxattr(object->node, NULL, NULL, 0);
	int error = 0;

	if (length <= 0)
		return length == -EOPNOTSUPP ? 0 : length;
	list = malloc((size_t)length);
	value = malloc(HMETA_VALUE_MAX);
	if (!list || !value)
		return -ENOMEM;
	length = host_plain_listxattr(object->node, NULL, list, (size_t)length);
	for (const char *name = list; error == 0 && name < list + length;
	     name += strlen(name) + 1) {
		int size;

		if (hmeta_classify(name) != HMETA_PRIVILEGED ||
		    attrs_get(attrs, name))
			continue;
		size = host_plain_getxattr(object->node, NULL, name, value,
					   HMETA_VALUE_MAX);
		if (size >= 0)
			error = attrs_add(attrs, name, value, (size_t)size);
	}
	return error;
}

/* Whose the object is when no record says so. */
static void default_owner(const struct dir_source *source,
			  const struct object *object,
			  struct hmeta_record *record)
{
	if (source->args->has_owner) {
		record->uid = source->args->uid;
		record->gid = source->args->gid;
	} else if (source->tree.folder < 0) {
		record->uid = object->host.uid;
		record->gid = object->host.gid;
	}
}

static int read_attrs(struct dir_source *source, const struct object *object,
		      struct attrs *attrs)
{
	int error = attrs_read(&source->tree, object, attrs);

	if (error == 0 && source->tree.folder < 0)
		error = host_attrs(object, attrs);
	return error;
}

static int read_target(const struct object *object, char *target)
{
	int length = host_plain_readlink(object->node, target,
					 HOST_PATH_MAX - 1);

	if (length >= 0)
		target[length] = '\0';
	return length < 0 ? length : 0;
}

static int take(struct dir_source *source, const struct object *object,
		const char *path)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	struct dir_context context = { .node = object->node };
	char target[HOST_PATH_MAX];
	struct entry entry = {
		.path = *path ? path : "/", .record = object->record,
		.mtime = object->host.mtime, .has_mtime = true,
		.attrs = &attrs, .target = target, .context = &context,
	};
	int error = object->fault ? -EIO : 0;

	if (error == 0)
		error = read_attrs(source, object, &attrs);
	if (error == 0 && S_ISLNK(object->host.mode))
		error = read_target(object, target);
	if (error) {
		object_error(error, "read", entry.path);
		source->maker->failed++;
		return 0;
	}
	if (!object->recorded)
		default_owner(source, object, &entry.record);
	fakeroot_apply(&source->fakeroot, &object->host.id, &entry.record);
	/* Real data only of what is a file in both. */
	if (S_ISREG(object->host.mode) &&
	    (entry.record.mode & HMETA_IFMT) == HMETA_IFREG)
		entry.data = put_data;
	if (object->host.nlink > 1 && !S_ISDIR(object->host.mode)) {
		entry.hardlink = ids_get(&source->links, &object->host.id);
		if (!entry.hardlink &&
		    ids_add(&source->links, &object->host.id, path))
			return -ENOMEM;
	}
	(void)maker_add(source->maker, &entry);	/* printed and counted */
	return 0;
}

/* Is the tree that is filled below the one that is read? Then it would not end. */
static bool is_target(const struct dir_source *source,
		      const struct object *object)
{
	return host_id_equal(&object->host.id,
			     &source->maker->tree->host.root_attr.id);
}

static int take_all(struct dir_source *source)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(&source->tree, &root);

	if (result == 0)
		result = walk_begin(&source->tree, &root, "", &walk);
	if (result) {
		object_error(result, "read", source->tree.path);
		return result;
	}
	while ((result = walk_next(&walk, &object)) != 0) {
		if (result == 1 && is_target(source, object))
			walk_skip(&walk);
		else if (result == 1)
			result = take(source, object, walk.path);
		if (result == -ENOMEM) {
			msg("out of memory");
			return result;
		}
		if (result < 0) {
			object_error(result, "read", walk.path);
			source->maker->failed++;
		}
		progress_step(&source->progress, source->maker->done, 0,
			      "objects");
	}
	return 0;
}

int import_dir(struct maker *maker, const char *name, const struct args *args)
{
	struct dir_source source = { .maker = maker, .args = args };
	const struct args plain = { 0 };
	int error;

	error = tree_open(name, &plain, TREE_READ, &source.tree);
	if (error)
		return error;
	if (args->fakeroot)
		error = fakeroot_read(args->fakeroot, &source.fakeroot);
	if (error == 0) {
		progress_begin(&source.progress, "import", args->quiet);
		error = take_all(&source);
		progress_end(&source.progress);
	}
	fakeroot_free(&source.fakeroot);
	ids_free(&source.links);
	tree_close(&source.tree);
	return error;
}
