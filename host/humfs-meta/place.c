// SPDX-License-Identifier: GPL-2.0-only
/*
 * place - names given and taken in a tree, with the records of a store that goes by
 * names
 *
 * Such a store (the original's layout) makes a record before the object has its name
 * and removes it after: it is given what changes the name, and runs it (struct
 * hmeta_name_ops). Its lock is held meanwhile, so data is written later.
 */
#include "place.h"

/* The host makes objects for us; the guest's owner is in the record. */
static struct host_new new_of(uint32_t mode)
{
	return (struct host_new){
		.mode = mode, .uid = host_features.uid,
		.gid = host_features.gid,
	};
}

struct place {
	struct host_node *dir;
	const char *name;
	uint32_t mode;
	const char *target;
	struct host_node *node;
	struct host_attr *attr;
	struct host_file *file;
	bool is_dir;
};

static int make(struct tree *tree, hmeta_run *run, struct place *place)
{
	const struct hmeta_name_ops *names = tree->store->ops->names;
	const struct hmeta_change change = {
		run, place, place->dir, place->name,
	};
	const struct hmeta_record record = {
		.uid = tree->uid, .gid = tree->gid, .mode = place->mode,
	};

	return names ? names->make(tree->store, &change, &record) : run(place);
}

static int run_dir(void *context)
{
	struct place *place = context;
	const struct host_new new = new_of(place->mode);

	return host_plain_mknod(place->dir, place->name, &new, place->attr);
}

int place_dir(struct tree *tree, struct host_node *dir, const char *name,
	      uint32_t mode, struct host_attr *ret)
{
	struct place place = {
		.dir = dir, .name = name, .mode = S_IFDIR | mode, .attr = ret,
	};

	return make(tree, run_dir, &place);
}

static int run_file(void *context)
{
	struct place *place = context;
	const struct host_new new = new_of(place->mode);
	struct host_attr attr;
	int made;

	return host_plain_create(place->dir, place->name, &new, HOST_READ |
				 HOST_WRITE | HOST_EXCL, &attr, &place->file,
				 &made);
}

int place_file(struct tree *tree, struct host_node *dir, const char *name,
	       struct host_file **ret)
{
	struct place place = {
		.dir = dir, .name = name, .mode = S_IFREG | 0600,
	};
	int error = make(tree, run_file, &place);

	if (error && place.file)
		host_plain_close(place.file);
	if (error == 0)
		*ret = place.file;
	return error;
}

static int run_symlink(void *context)
{
	struct place *place = context;
	const struct host_new new = new_of(place->mode);
	struct host_attr attr;

	return host_plain_symlink(place->dir, place->name, place->target, &new,
				  &attr);
}

int place_symlink(struct tree *tree, struct host_node *dir, const char *name,
		  const char *target)
{
	struct place place = {
		.dir = dir, .name = name, .mode = S_IFLNK | 0777,
		.target = target,
	};

	return make(tree, run_symlink, &place);
}

static int run_link(void *context)
{
	const struct place *place = context;
	struct host_attr attr;

	return host_plain_link(place->node, NULL, place->dir, place->name,
			       &attr);
}

int place_link(struct tree *tree, const struct object *object,
	       struct host_node *dir, const char *name)
{
	const struct hmeta_name_ops *names = tree->store->ops->names;
	struct place place = {
		.dir = dir, .name = name, .node = object->node,
	};
	const struct hmeta_change change = { run_link, &place, dir, name };
	int error;

	if (!names)
		return run_link(&place);
	/* An object without a line gets one: that of what it shows. */
	error = names->remember(object->node, &object->record);
	return error ? error :
	       names->link(tree->store, &change, object->node, NULL);
}

static int run_unlink(void *context)
{
	const struct place *place = context;

	return host_plain_unlink(place->dir, place->name, place->is_dir);
}

int place_unlink(struct tree *tree, struct host_node *dir, const char *name,
		 bool is_dir)
{
	const struct hmeta_name_ops *names = tree->store->ops->names;
	struct place place = { .dir = dir, .name = name, .is_dir = is_dir };
	const struct hmeta_change change = { run_unlink, &place, dir, name };

	return names ? names->unlink(tree->store, &change, is_dir) :
		       run_unlink(&place);
}

int place_remove(struct tree *tree, const struct object *object)
{
	bool is_dir = S_ISDIR(object->host.mode);
	int error = place_unlink(tree, object->dir, object->name, is_dir);

	if (error == 0 && (is_dir || object->host.nlink <= 1))
		object_forget(tree, object);
	return error;
}
