// SPDX-License-Identifier: GPL-2.0-only
/*
 * export_v2 - a tree in the original humfs's layout, version 2
 *
 * data/, file_metadata/ and dir_metadata/ are made one beside the other in a new
 * folder; the superblock comes last, so that a folder with one is whole. A hard
 * link is one in both. What version 2 cannot hold (privileged attributes of links)
 * is told.
 */
#include <sys/xattr.h>

#include "copy.h"
#include "msg.h"
#include "walk.h"

enum { V2_DATA, V2_FILES, V2_DIRS, V2_PARTS };

static const char *const parts[V2_PARTS] = {
	HMETA_TREE_DATA, "file_metadata", "dir_metadata",
};

struct v2 {
	struct tree *tree;
	struct host_tree parts[V2_PARTS];
	struct hmeta_store *attrs;	/* of V2_DATA */
	int opened;			/* parts that are */
	struct ids links;
	uint64_t used;
	struct progress progress;
	uint64_t done;
	bool failed;
};

static struct host_new new_of(uint32_t mode)
{
	return (struct host_new){
		.mode = mode, .uid = host_features.uid,
		.gid = host_features.gid,
	};
}

/* The directory `path` of a part, a reference; nobody else is at work there. */
static int enter(struct v2 *v2, int part, const char *path,
		 struct host_node **ret)
{
	_cleanup_free_ char *names = strdup(path);
	struct host_node *dir = host_node_get(v2->parts[part].root), *below;
	char *rest = names, *name;
	struct host_attr attr;
	int error = names ? 0 : -ENOMEM;

	while (error == 0 && (name = strsep(&rest, "/")) && *name) {
		error = host_plain_lookup(dir, name, 0, &attr);
		if (error == 0)
			error = host_node_make(&v2->parts[part].fs, dir, name,
					       &attr, &below);
		host_node_put(dir);
		dir = error ? NULL : below;
	}
	if (error)
		host_node_put(dir);
	else
		*ret = dir;
	return error;
}

static int make_file(struct host_node *dir, const char *name, uint32_t mode,
		     struct host_file **ret)
{
	const struct host_new new = new_of(S_IFREG | mode);
	struct host_attr attr;
	int made;

	return host_plain_create(dir, name, &new, HOST_READ | HOST_WRITE |
				 HOST_EXCL, &attr, ret, &made);
}

static int put_line(struct host_node *dir, const char *name,
		    const struct hmeta_record *record)
{
	char text[HMETA_SHADOW_MAX];
	size_t length = hmeta_shadow_print(record, text);
	struct host_file *file;
	int error = make_file(dir, name, 0600, &file);

	if (error)
		return error;
	error = copy_write(file, text, length, 0);
	host_plain_close(file);
	return error;
}

/* In `at`, whose place among the directories is `dir`: a name that is free. */
static int put_dir_line(const struct object *at, struct host_node *dir)
{
	char name[HOST_COMPONENT_MAX + 1] = "metadata";
	struct host_attr attr;

	while (host_plain_lookup(at->node, name, 0, &attr) == 0 &&
	       S_ISDIR(attr.mode) && strlen(name) < HOST_COMPONENT_MAX)
		strcat(name, "-");
	return put_line(dir, name, &at->record);
}

static int copy_data(const struct object *object, struct host_node *dir,
		     const char *name)
{
	uint32_t mode = hmeta_host_mode(object->record.mode);
	struct host_file *in, *out = NULL;
	int error = make_file(dir, name, mode, &out);

	if (error == 0 && object_type(object) == HMETA_IFREG) {
		error = host_plain_open(object->node, NULL,
					HOST_READ | HOST_NOATIME, &in);
		if (error == 0) {
			error = copy_file(in, out);
			host_plain_close(in);
		}
	}
	if (out)
		host_plain_close(out);
	return error;
}

static int copy_link(const struct object *object, struct host_node *dir,
		     const char *name)
{
	const struct host_new new = new_of(S_IFLNK | 0777);
	char target[HOST_PATH_MAX];
	struct host_attr attr;
	int length = host_plain_readlink(object->node, target,
					 sizeof(target) - 1);

	if (length < 0)
		return length;
	target[length] = '\0';
	return host_plain_symlink(dir, name, target, &new, &attr);
}

/* Attributes and the time of what was made in data/. */
static int settle(struct v2 *v2, const struct object *object,
		  struct host_node *dir, const char *name)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	struct hmeta_object made = { .name = name };
	struct host_attr attr;
	int error = attrs_read(v2->tree, object, &attrs);

	if (error == 0)
		error = host_node_pin(dir, &made.fd);
	if (error)
		return error;
	error = host_statx(made.fd, name, &attr);
	made.attr = &attr;
	for (size_t i = 0; i < attrs.n && error == 0; i++) {
		const struct attr *a = &attrs.v[i];
		struct host_proc_path proc;
		char path[sizeof(proc) + HOST_COMPONENT_MAX + 2];

		if (hmeta_classify(a->name) == HMETA_PRIVILEGED) {
			error = v2->attrs->ops->setx(v2->attrs, &made, a->name,
						     a->value, a->length, 0);
		} else if (host_proc_path(made.fd, &proc) == 0) {
			snprintf(path, sizeof(path), "%s/%s", proc.path, name);
			if (lsetxattr(path, a->name, a->value, a->length, 0))
				error = -errno;
		}
	}
	host_node_unpin(dir);
	v2->used += attr.blocks * 512;
	return error;
}

static int hard_link(struct v2 *v2, int part, const char *first,
		     struct host_node *dir, const char *name)
{
	struct host_node *from, *node;
	struct host_attr attr;
	const char *slash = strrchr(first, '/');
	_cleanup_free_ char *path = strndup(first, slash ? (size_t)(slash - first) : 0);
	int error = path ? enter(v2, part, path, &from) : -ENOMEM;

	if (error)
		return error;
	first = slash ? slash + 1 : first;
	error = host_plain_lookup(from, first, 0, &attr);
	if (error == 0)
		error = host_node_make(&v2->parts[part].fs, from, first, &attr,
				       &node);
	host_node_put(from);
	if (error)
		return error;
	error = host_plain_link(node, NULL, dir, name, &attr);
	host_node_put(node);
	return error;
}

/* data and line of what is no directory. */
static int put_other(struct v2 *v2, const struct object *object,
		     struct host_node *const dirs[V2_PARTS], const char *path)
{
	const char *first = NULL;
	int error = 0;

	if (object->host.nlink > 1) {
		first = ids_get(&v2->links, &object->host.id);
		if (!first)
			error = ids_add(&v2->links, &object->host.id, path);
	}
	if (first) {
		error = hard_link(v2, V2_DATA, first, dirs[V2_DATA],
				  object->name);
		return error ? error : hard_link(v2, V2_FILES, first,
						 dirs[V2_FILES], object->name);
	}
	if (error == 0)
		error = put_line(dirs[V2_FILES], object->name, &object->record);
	if (error)
		return error;
	error = S_ISLNK(object->host.mode) ?
		copy_link(object, dirs[V2_DATA], object->name) :
		copy_data(object, dirs[V2_DATA], object->name);
	return error ? error : settle(v2, object, dirs[V2_DATA], object->name);
}

static int put_dir(struct v2 *v2, const struct object *object,
		   struct host_node *const dirs[V2_PARTS])
{
	const struct host_new new = new_of(S_IFDIR | 0700);
	struct host_node *node;
	struct host_attr attr;
	int error = 0;

	for (int i = 0; i < V2_PARTS && error == 0; i++)
		error = host_plain_mknod(dirs[i], object->name, &new, &attr);
	if (error == 0)
		error = host_node_make(&v2->parts[V2_DIRS].fs, dirs[V2_DIRS],
				       object->name, &attr, &node);
	if (error)
		return error;
	error = put_dir_line(object, node);
	host_node_put(node);
	return error ? error : settle(v2, object, dirs[V2_DATA], object->name);
}

static int put_object(struct v2 *v2, const struct object *object,
		      const char *path)
{
	struct host_node *dirs[V2_PARTS] = { NULL };
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *above = strndup(path, slash ? (size_t)(slash - path) : 0);
	int error = above ? 0 : -ENOMEM;

	if (object->fault)
		return -EIO;
	if (!*path)
		return put_dir_line(object, v2->parts[V2_DIRS].root);
	for (int i = 0; i < V2_PARTS && error == 0; i++)
		error = enter(v2, i, above, &dirs[i]);
	if (error == 0)
		error = S_ISDIR(object->host.mode) ? put_dir(v2, object, dirs) :
			put_other(v2, object, dirs, path);
	for (int i = 0; i < V2_PARTS; i++)
		host_node_put(dirs[i]);
	return error;
}

static void put_all(struct v2 *v2)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(v2->tree, &root);

	if (result == 0)
		result = walk_begin(v2->tree, &root, "", &walk);
	if (result) {
		object_error(result, "export", "");
		v2->failed = true;
		return;
	}
	while ((result = walk_next(&walk, &object)) != 0) {
		if (result == 1)
			result = put_object(v2, object, walk.path);
		if (result < 0) {
			object_error(result, "export", walk.path);
			v2->failed = true;
		}
		progress_step(&v2->progress, ++v2->done, 0, "objects");
		if (result == -ENOMEM)
			return;
	}
}

static int open_parts(struct v2 *v2, int folder)
{
	for (; v2->opened < V2_PARTS; v2->opened++) {
		const char *name = parts[v2->opened];
		int fd, error;

		if (mkdirat(folder, name, 0700))
			return -errno;
		fd = openat(folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		error = fd < 0 ? -errno :
			host_tree_init(&v2->parts[v2->opened], &host_plain_ops,
				       fd, 0);
		if (error)
			return error;
	}
	return hmeta_xattr_open(&v2->parts[V2_DATA], NULL, &v2->attrs);
}

/* The original asks for a size that is not less than what is used. */
static int put_super(const struct v2 *v2, int folder)
{
	struct hmeta_super super = {
		.version = 2, .kind = HMETA_BY_SHADOW, .used = v2->used,
		.total = v2->tree->super.total,
	};

	if (super.used == 0)
		super.used = 4096;
	if (super.total < super.used)
		super.total = super.used * 2;
	return hmeta_super_write(folder, &super);
}

int export_v2(struct tree *tree, const char *target, const struct args *args)
{
	struct v2 v2 = { .tree = tree };
	_cleanup_close_ int folder = -1;
	int error = 0;

	if (mkdir(target, 0755) && errno != EEXIST)
		error = -errno;
	folder = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (error == 0 && folder < 0)
		error = -errno;
	if (error == 0)
		error = open_parts(&v2, folder);
	if (error == 0) {
		progress_begin(&v2.progress, "export", args->quiet);
		put_all(&v2);
		progress_end(&v2.progress);
		error = put_super(&v2, folder);
	}
	if (error)
		msg_errno(error, "cannot make a version 2 tree of '%s'", target);
	hmeta_close(v2.attrs);
	ids_free(&v2.links);
	while (v2.opened-- > 0)
		host_tree_fini(&v2.parts[v2.opened]);
	return error || v2.failed ? META_FAILED : META_DONE;
}
