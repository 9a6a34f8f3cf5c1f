// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_mount - what a folder is (a bare directory, or a tree with a superblock),
 * and mounting it
 */
#include "humfs_user.h"

/*
 * Version 2 has what is used in the superblock, never none and never more than the
 * limit. It is only for others: who mounts the tree counts anew.
 */
static void note_used(struct humfs *fs)
{
	struct hmeta_super super;
	uint64_t used;

	if (fs->super_fd < 0 || !fs->quota || (fs->tree.fs.flags & HOST_RDONLY))
		return;
	used = atomic_load(&fs->quota->used[HUMFS_BYTES]);
	if (humfs_lock(fs, 0))
		return;
	if (hmeta_super_read(fs->super_fd, &super, NULL) == 0) {
		uint64_t noted = super.used;

		hmeta_super_use(&super, used);
		if (super.used != noted)
			(void)hmeta_super_write(fs->super_fd, &super);
	}
	humfs_unlock(fs, 0);
}

static void humfs_unmount(struct host_fs *fs)
{
	struct humfs *humfs = (struct humfs *)fs;

	if (humfs->store) {
		humfs_gone_end(humfs);
		note_used(humfs);
		hmeta_close(humfs->store);
	}
	if (humfs->super_fd >= 0)
		host_close_fd(humfs->super_fd);
	humfs_count_close(humfs);
	humfs_cache_free(humfs);
	pthread_mutex_destroy(&humfs->gone_lock);
	host_tree_fini(&humfs->tree);
	free(humfs);
}

static int humfs_root(struct host_fs *fs, struct host_attr *ret_attr,
		      struct host_node **ret)
{
	struct host_tree *tree = (struct host_tree *)fs;
	int error = humfs_getattr(tree->root, NULL, ret_attr);

	if (error == 0)
		*ret = host_node_get(tree->root);
	return error;
}

static int humfs_statfs(struct host_fs *fs, struct host_statfs *ret)
{
	return host_plain_ops.statfs(fs, ret);
}

static int humfs_sync(struct host_fs *fs)
{
	return host_plain_ops.sync(fs);
}

/* Nodes are compared with the host's type. */
static int humfs_node(struct host_fs *fs, struct host_node *dir,
		      const char *name, const struct host_attr *attr,
		      struct host_node **ret)
{
	const struct hmeta_name_ops *names =
		((struct humfs *)fs)->store->ops->names;
	const struct hmeta_record record = {
		.uid = attr->uid, .gid = attr->gid, .mode = attr->mode,
		.rdev_major = attr->rdev_major, .rdev_minor = attr->rdev_minor,
	};
	struct host_attr host = *attr;
	struct host_node *node;
	int error;

	host.mode = humfs_host_type(attr) | (attr->mode & 07777);
	error = host_node_make(fs, dir, name, &host, &node);
	if (error == 0 && names) {
		error = names->remember(node, &record);
		if (error)
			host_node_put(node);
	}
	if (error == 0)
		*ret = node;
	return error;
}

static void humfs_put(struct host_node *node)
{
	if (node)
		humfs_gone_put(humfs_of(node->tree), node);
}

const struct host_ops humfs_ops = {
	.name		= "humfs",

	.unmount	= humfs_unmount,
	.root		= humfs_root,
	.statfs		= humfs_statfs,
	.sync		= humfs_sync,

	.node		= humfs_node,
	.place		= host_node_place,
	.put		= humfs_put,
	.kind		= host_plain_kind,
	.watch		= host_plain_watch,

	.path		= host_node_path,
	.handle		= host_plain_handle,
	.find		= host_plain_find,

	.lookup		= humfs_lookup,
	.create		= humfs_create,
	.mknod		= humfs_mknod,
	.symlink	= humfs_symlink,
	.link		= humfs_link,
	.unlink		= humfs_unlink,
	.rename		= humfs_rename,
	.tmpfile	= humfs_tmpfile,

	.getattr	= humfs_getattr,
	.peek		= humfs_peek,
	.setattr	= humfs_setattr,
	.readlink	= host_plain_readlink,
	.open		= humfs_open,
	.getxattr	= humfs_getxattr,
	.setxattr	= humfs_setxattr,
	.listxattr	= humfs_listxattr,
	.removexattr	= humfs_removexattr,

	.close		= host_plain_close,
	.read		= host_plain_read,
	.write		= host_plain_write,
	.readdir	= humfs_readdir,
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

	.allocates	= 1,
};

/* --- stores ----------------------------------------------------------------- */

/* Does the file system of the tree's root have user.* attributes? */
static bool has_user_xattrs(struct host_tree *tree)
{
	char byte;
	int result = host_plain_getxattr(tree->root, NULL, HMETA_XATTR, &byte,
					 0);

	return result != -EOPNOTSUPP;
}

/*
 * The store of the tree. side_fd: the folder of the side store, taken over, or
 * the error that there is instead of one.
 */
static int open_store(struct humfs *fs, uint32_t meta, int side_fd)
{
	struct hmeta_store *side = NULL;
	int error = side_fd < 0 ? side_fd : 0;

	fs->no_xattrs = !has_user_xattrs(&fs->tree);
	if (meta == HUMFS_META_AUTO)
		meta = fs->no_xattrs ? HUMFS_META_SIDE : HUMFS_META_XATTR;
	if (meta == HUMFS_META_XATTR && fs->no_xattrs)
		error = -EOPNOTSUPP;
	if (side_fd >= 0 && error) {
		host_close_fd(side_fd);
		return error;
	}
	if (side_fd >= 0)
		error = hmeta_side_open(&fs->tree, side_fd, &side);
	if (meta == HUMFS_META_SIDE) {
		fs->store = side;
		return error;
	}
	/* No place for a side store (a home that is read-only): without. */
	if (error && error != -EACCES && error != -EROFS && error != -ENOENT &&
	    error != -ELOOP)
		return error;
	return hmeta_xattr_open(&fs->tree, side, &fs->store);
}

static void default_owner(struct humfs *fs, const struct humfs_mount *how,
			  const struct hmeta_super *super)
{
	fs->uid = host_features.uid;
	fs->gid = host_features.gid;
	if (super && super->has_owner) {
		fs->uid = super->uid;
		fs->gid = super->gid;
	}
	if (how->has_owner) {
		fs->uid = how->uid;
		fs->gid = how->gid;
	}
}

/* What is mounted, sorted out: both descriptors are to be taken over. */
struct humfs_place {
	int data_fd;
	int side_fd;			/* or a negative errno */
	uint32_t meta;			/* enum humfs_meta */
	const struct hmeta_super *super;	/* NULL: a bare directory */
	int folder;			/* with the superblock; not taken over */
};

/* The original's layouts have no side store. */
static int open_shadow(struct humfs *fs, const struct humfs_place *place)
{
	int fd = HOST_OPEN(fcntl(place->folder, F_DUPFD_CLOEXEC, 0));

	if (place->side_fd >= 0)
		host_close_fd(place->side_fd);
	if (fd >= 0 && place->super->version == 2)
		fs->super_fd = HOST_OPEN(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	return fd < 0 ? fd : hmeta_shadow_open(&fs->tree, fd,
					       place->super->version,
					       &fs->store);
}

/* Are the tree's limits to hold in this mount? */
static int count_begin(struct humfs *fs, const struct humfs_place *place,
		       const struct humfs_mount *how)
{
	int error;

	if (how->quota == HUMFS_QUOTA_ALWAYS && !place->super)
		return -ENODEV;
	if (!place->super || place->super->version == 1 ||
	    how->quota == HUMFS_QUOTA_NEVER ||
	    (how->quota == HUMFS_QUOTA_LIMITS && !place->super->total &&
	     !place->super->inodes))
		return 0;
	error = humfs_count_open(fs, place->folder);
	/* Nothing is written through this mount, so there is nothing to limit. */
	if ((how->flags & HOST_RDONLY) &&
	    (error == -EROFS || error == -EACCES || error == -EPERM))
		return 0;
	if (error == 0)
		humfs_quota_begin(fs);
	return error;
}

/*
 * Beside the tree if that is the same file system: in it, those who watch it would be
 * told.
 */
static bool has_fine_ctime(const struct humfs *fs,
			   const struct humfs_place *place)
{
	const struct host_id *root = &fs->tree.root_attr.id;
	int fd = place->side_fd >= 0 ? place->side_fd :
		 place->super ? place->folder : -1;
	struct host_attr attr;
	bool fine;

	if (fd >= 0 && host_statx(fd, "", &attr) == 0 &&
	    attr.id.dev_major == root->dev_major &&
	    attr.id.dev_minor == root->dev_minor)
		return humfs_ctime_is_fine(fd);
	if (host_node_pin(fs->tree.root, &fd))
		return false;
	fine = humfs_ctime_is_fine(fd);
	host_node_unpin(fs->tree.root);
	return fine;
}

static int mount_place(struct humfs_place *place, const struct humfs_mount *how,
		       struct host_fs **ret)
{
	struct humfs *fs = malloc(sizeof(*fs));
	uint32_t flags = how->flags;
	int error;

	if (!fs) {
		host_close_fd(place->data_fd);
		if (place->side_fd >= 0)
			host_close_fd(place->side_fd);
		return -ENOMEM;
	}
	memset(fs, 0, sizeof(*fs));
	fs->super_fd = -1;
	/* Version 1 is for reading. */
	if (place->super && place->super->version == 1)
		flags |= HOST_RDONLY;
	error = host_tree_init(&fs->tree, &humfs_ops, place->data_fd, flags);
	if (error) {
		if (place->side_fd >= 0)
			host_close_fd(place->side_fd);
		free(fs);
		return error;
	}
	pthread_mutex_init(&fs->gone_lock, NULL);
	fs->fine_ctime = !(flags & HOST_RDONLY) && has_fine_ctime(fs, place);
	fs->report = how->report;
	fs->context = how->context;
	default_owner(fs, how, place->super);
	if (place->super && place->super->version != 3)
		error = open_shadow(fs, place);
	else
		error = open_store(fs, place->meta, place->side_fd);
	if (error == 0)
		error = humfs_cache_make(fs);
	if (error == 0)
		error = count_begin(fs, place, how);
	if (error) {
		humfs_unmount(&fs->tree.fs);
		return error;
	}
	note_used(fs);
	*ret = &fs->tree.fs;
	return 0;
}

/* --- what a folder is --------------------------------------------------------- */

static int open_folder(int fd, const char *name)
{
	return HOST_OPEN(openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC |
				O_NOFOLLOW));
}

static int mount_tree(int fd, const struct hmeta_super *super,
		      const struct humfs_mount *how, struct host_fs **ret)
{
	struct humfs_place place = {
		.super = super, .folder = fd, .side_fd = -ENOENT,
	};

	place.meta = super->kind == HMETA_BY_SIDE ? HUMFS_META_SIDE :
						    HUMFS_META_XATTR;
	place.data_fd = open_folder(fd, HMETA_TREE_DATA);
	if (place.data_fd < 0)
		return place.data_fd;
	if (super->version == 3)
		place.side_fd = open_folder(fd, HMETA_TREE_SIDE);
	return mount_place(&place, how, ret);
}

static int mount_bare(int fd, const struct humfs_mount *how,
		      struct host_fs **ret)
{
	struct humfs_place place = {
		.data_fd = HOST_OPEN(fcntl(fd, F_DUPFD_CLOEXEC, 0)),
		.meta = how->meta,
	};

	if (place.data_fd < 0)
		return place.data_fd;
	place.side_fd = how->side_fd >= 0 ?
			HOST_OPEN(fcntl(how->side_fd, F_DUPFD_CLOEXEC, 0)) :
			hmeta_state_open(fd, true);
	return mount_place(&place, how, ret);
}

int humfs_mount_fd(int32_t fd, const struct humfs_mount *how,
		   struct host_fs **ret)
{
	struct hmeta_super super;
	int error = hmeta_super_read(fd, &super, NULL);

	if (error == 0)
		error = mount_tree(fd, &super, how, ret);
	else if (error == -ENOENT)
		error = mount_bare(fd, how, ret);
	host_close_fd(fd);
	if (how->side_fd >= 0)
		host_close_fd(how->side_fd);
	return error;
}

int humfs_mount(const char *tag, const char *path,
		const struct humfs_mount *how, struct host_fs **ret)
{
	struct humfs_mount mount = *how;
	struct host_node *root;
	struct host_fs *plain;
	int fd = -1, error;

	/* Shares and the hostfs= root are hostfs's; so are the checks. */
	error = host_plain_mount(tag, path, how->flags, &plain);
	if (error == 0) {
		mount.flags = plain->flags;
		root = ((struct host_tree *)plain)->root;
		error = host_node_pin(root, &fd);
		if (error == 0) {
			fd = HOST_OPEN(fcntl(fd, F_DUPFD_CLOEXEC, 0));
			error = fd < 0 ? fd : 0;
			host_node_unpin(root);
		}
		plain->ops->unmount(plain);
	}
	if (error) {
		if (how->side_fd >= 0)
			host_close_fd(how->side_fd);
		return error;
	}
	return humfs_mount_fd(fd, &mount, ret);
}

_Bool humfs_is_counted(const struct host_fs *fs)
{
	return ((const struct humfs *)fs)->quota;
}

const char *humfs_meta_name(const struct host_fs *fs)
{
	return ((const struct humfs *)fs)->store->ops->name;
}
