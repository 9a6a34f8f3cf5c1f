// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree - opening humfs trees, and making new ones
 */
#include <sys/xattr.h>

#include "msg.h"
#include "tree.h"

bool tree_has_xattrs(int fd)
{
	struct host_proc_path proc;

	if (host_proc_path(fd, &proc))
		return false;
	return getxattr(proc.path, HMETA_XATTR, NULL, 0) >= 0 ||
	       errno != EOPNOTSUPP;
}

/*
 * A new store notes whose it is: `check` sees by that whether the tree was copied.
 * Losing the note only makes check ask.
 */
static void note_root(int side, const struct host_attr *root)
{
	struct host_attr attr;
	char key[HMETA_KEY_MAX];

	if (host_statx(side, HMETA_SIDE_FORMAT, &attr) != -ENOENT)
		return;
	(void)hmeta_state_name(root, key);
	(void)symlinkat(key, side, TREE_SIDE_ROOT);
}

int tree_store(struct tree *tree, uint32_t kind, struct hmeta_store **ret)
{
	struct hmeta_store *side = NULL;
	int fd = -1, error;

	if (kind == HMETA_BY_SHADOW) {
		fd = fcntl(tree->folder, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : hmeta_shadow_open(&tree->host, fd,
						tree->super.version, ret);
	}

	if (tree->side >= 0) {
		note_root(tree->side, &tree->host.root_attr);
		fd = fcntl(tree->side, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return -errno;
		error = hmeta_side_open(&tree->host, fd, &side);
		if (error)
			return error;
	}
	if (kind == HMETA_BY_XATTR)
		return hmeta_xattr_open(&tree->host, side, ret);
	if (!side)
		return -ENOENT;
	*ret = side;
	return 0;
}

/* What has no superblock: the directory itself is the data. */
static int open_bare(struct tree *tree, enum tree_how how)
{
	int data = steal_fd(&tree->folder);
	bool xattrs = tree_has_xattrs(data);
	int error;

	tree->super.kind = xattrs ? HMETA_BY_XATTR : HMETA_BY_SIDE;
	error = host_tree_init(&tree->host, &host_plain_ops, data,
			       how == TREE_READ ? HOST_RDONLY : 0);
	if (error)
		return error;
	tree->open = true;
	/* Nothing is made for somebody who only looks. */
	tree->side = hmeta_state_open(data, how == TREE_WRITE);
	if (tree->side >= 0)
		return 0;
	if (how == TREE_WRITE && !xattrs)
		return tree->side;
	/* Without: links are the default owner's. */
	tree->super.kind = HMETA_BY_XATTR;
	return 0;
}

static int open_made(struct tree *tree, enum tree_how how)
{
	int data, error;

	/* The original's first layout is for reading. */
	if (tree->super.version == 1 && how == TREE_WRITE)
		return -EROFS;
	if (tree->super.has_owner) {
		tree->uid = tree->super.uid;
		tree->gid = tree->super.gid;
	}
	data = openat(tree->folder, HMETA_TREE_DATA, O_PATH | O_DIRECTORY |
		      O_NOFOLLOW | O_CLOEXEC);
	if (data < 0)
		return -errno;
	error = host_tree_init(&tree->host, &host_plain_ops, data,
			       how == TREE_READ ? HOST_RDONLY : 0);
	if (error)
		return error;
	tree->open = true;
	if (tree->super.version < 3)
		return 0;
	tree->side = openat(tree->folder, HMETA_TREE_SIDE, O_PATH |
			    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tree->side < 0 ? -errno : 0;
}

static int open_parts(struct tree *tree, const struct args *args,
		      enum tree_how how, enum hmeta_fault *fault)
{
	int error;

	/* Whoever looks, where nothing else is said: as a guest has it. */
	tree->uid = host_features.uid;
	tree->gid = host_features.gid;
	tree->folder = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->folder < 0)
		return -errno;
	error = hmeta_super_read(tree->folder, &tree->super, fault);
	if (error && error != -ENOENT)
		return error;
	error = error ? open_bare(tree, how) : open_made(tree, how);
	if (error)
		return error;
	if (args->has_owner) {
		tree->uid = args->uid;
		tree->gid = args->gid;
	}
	return tree_store(tree, tree->super.kind, &tree->store);
}

int tree_open(const char *path, const struct args *args, enum tree_how how,
	      struct tree *ret)
{
	enum hmeta_fault fault = HMETA_FINE;
	int error;

	*ret = (struct tree){ .path = path, .folder = -1, .side = -1 };
	error = open_parts(ret, args, how, &fault);
	if (fault)
		msg("'%s/%s' is broken: %s", path, HMETA_TREE_SUPER,
		    hmeta_fault_text(fault));
	else if (error == -EROFS && ret->super.version == 1)
		msg("'%s' has the original's first layout, which is only read; use 'import' to make a new tree of it",
		    path);
	else if (error)
		msg_errno(error, "cannot open the tree '%s'", path);
	if (error)
		tree_close(ret);
	return error;
}

void tree_close(struct tree *tree)
{
	hmeta_close(tree->store);
	tree->store = NULL;
	if (tree->open)
		host_tree_fini(&tree->host);
	tree->open = false;
	cleanup_close(&tree->folder);
	cleanup_close(&tree->side);
}

/* --- new trees ------------------------------------------------------------ */

static int create_parts(int folder, const struct args *args)
{
	struct hmeta_super super = {
		.version = 3, .kind = HMETA_BY_XATTR, .has_owner = true,
		.uid = args->uid, .gid = args->gid, .total = args->size,
		.inodes = args->inodes,
	};
	_cleanup_close_ int data = -1;
	_cleanup_close_ int side = -1;
	struct host_attr root;
	bool xattrs;
	int error;

	if (mkdirat(folder, HMETA_TREE_DATA, 0755) ||
	    mkdirat(folder, HMETA_TREE_SIDE, 0700))
		return -errno;
	data = openat(folder, HMETA_TREE_DATA, O_PATH | O_CLOEXEC);
	side = openat(folder, HMETA_TREE_SIDE, O_PATH | O_CLOEXEC);
	if (data < 0 || side < 0)
		return -errno;
	error = host_statx(data, "", &root);
	if (error)
		return error;
	note_root(side, &root);
	xattrs = tree_has_xattrs(data);
	if (args->meta && !strcmp(args->meta, "xattr") && !xattrs)
		return -EOPNOTSUPP;
	if (!xattrs || (args->meta && !strcmp(args->meta, "side")))
		super.kind = HMETA_BY_SIDE;
	return hmeta_super_write(folder, &super);
}

int tree_create(const char *path, const struct args *args)
{
	_cleanup_close_ int folder = -1;
	int error = 0;

	/* An empty directory that is there already will do. */
	if (mkdir(path, 0755) && errno != EEXIST) {
		error = -errno;
		msg_errno(error, "cannot make '%s'", path);
		return error;
	}
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		error = -errno;
	if (error == 0)
		error = create_parts(folder, args);
	if (error == -EEXIST)
		msg("'%s' is a tree already, or has a '%s' or '%s'", path,
		    HMETA_TREE_DATA, HMETA_TREE_SIDE);
	else if (error == -EOPNOTSUPP)
		msg("the file system of '%s' has no extended attributes; use --meta side",
		    path);
	else if (error)
		msg_errno(error, "cannot make the tree '%s'", path);
	return error;
}
