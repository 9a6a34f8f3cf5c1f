// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain - the plain table: host files as they are, and what a tree is
 */
#include "host_user.h"

#include <sys/vfs.h>

int host_tree_init(struct host_tree *tree, const struct host_ops *ops, int fd,
		   uint32_t flags)
{
	struct host_attr attr;
	int error;

	memset(tree, 0, sizeof(*tree));
	tree->fs.ops = ops;
	tree->fs.flags = flags;
	error = host_statx(fd, "", &attr);
	if (error == 0 && (attr.mode & S_IFMT) != S_IFDIR)
		error = -ENOTDIR;
	if (error == 0)
		error = host_node_make(&tree->fs, NULL, NULL, &attr,
				       &tree->root);
	if (error) {
		host_close_fd(fd);
		return error;
	}
	tree->root_attr = attr;
	host_cache_keep(tree->root, fd);
	return 0;
}

void host_tree_fini(struct host_tree *tree)
{
	host_node_put(tree->root);
}

static void plain_unmount(struct host_fs *fs)
{
	struct host_tree *tree = (struct host_tree *)fs;

	host_tree_fini(tree);
	free(tree);
}

static int plain_root(struct host_fs *fs, struct host_attr *ret_attr,
		      struct host_node **ret)
{
	struct host_tree *tree = (struct host_tree *)fs;
	int error = host_plain_getattr(tree->root, NULL, ret_attr);

	if (error)
		return error;
	*ret = host_node_get(tree->root);
	return 0;
}

static int plain_statfs(struct host_fs *fs, struct host_statfs *ret)
{
	struct host_node *root = ((struct host_tree *)fs)->root;
	struct statfs st;
	int fd, error;

	error = host_node_pin(root, &fd);
	if (error)
		return error;
	error = HOST_CALL(OTHER, fstatfs(fd, &st));
	host_node_unpin(root);
	if (error)
		return error;
	memset(ret, 0, sizeof(*ret));
	ret->type = st.f_type;
	ret->bsize = st.f_bsize;
	ret->blocks = st.f_blocks;
	ret->bfree = st.f_bfree;
	ret->bavail = st.f_bavail;
	ret->files = st.f_files;
	ret->ffree = st.f_ffree;
	ret->namelen = st.f_namelen;
	ret->frsize = st.f_frsize;
	ret->flags = st.f_flags;
	memcpy(ret->fsid, &st.f_fsid, sizeof(ret->fsid));
	return 0;
}

/* syncfs(2) takes no O_PATH descriptor. */
static int plain_sync(struct host_fs *fs)
{
	struct host_node *root = ((struct host_tree *)fs)->root;
	int path_fd, fd, error;

	error = host_node_pin(root, &path_fd);
	if (error)
		return error;
	fd = host_open_node(root, path_fd, HOST_READ);
	host_node_unpin(root);
	if (fd < 0)
		return fd;
	error = HOST_CALL(OTHER, syncfs(fd));
	host_close_fd(fd);
	return error;
}

const struct host_ops host_plain_ops = {
	.name		= "hostfs",

	.unmount	= plain_unmount,
	.root		= plain_root,
	.statfs		= plain_statfs,
	.sync		= plain_sync,

	.node		= host_node_make,
	.place		= host_node_place,
	.put		= host_node_put,

	.path		= host_node_path,
	.handle		= host_plain_handle,
	.find		= host_plain_find,

	.lookup		= host_plain_lookup,
	.create		= host_plain_create,
	.mknod		= host_plain_mknod,
	.symlink	= host_plain_symlink,
	.link		= host_plain_link,
	.unlink		= host_plain_unlink,
	.rename		= host_plain_rename,
	.tmpfile	= host_plain_tmpfile,

	.getattr	= host_plain_getattr,
	.peek		= host_plain_peek,
	.setattr	= host_plain_setattr,
	.readlink	= host_plain_readlink,
	.open		= host_plain_open,
	.getxattr	= host_plain_getxattr,
	.setxattr	= host_plain_setxattr,
	.listxattr	= host_plain_listxattr,
	.removexattr	= host_plain_removexattr,

	.close		= host_plain_close,
	.read		= host_plain_read,
	.write		= host_plain_write,
	.readdir	= host_plain_readdir,
	.fsync		= host_plain_fsync,
	.fallocate	= host_plain_fallocate,
	.seek		= host_plain_seek,
	.copy		= host_plain_copy,
	.clone		= host_plain_clone,
	.dedupe		= host_plain_dedupe,
	.getflags	= host_plain_getflags,
	.setflags	= host_plain_setflags,
	.setlock	= host_plain_setlock,
	.getlock	= host_plain_getlock,
};
