// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount_names - requests about names and attributes
 */
#include "mount.h"

#ifndef RENAME_NOREPLACE
# include <linux/fs.h>
#endif

static struct host_node *node_of(fuse_req_t request, fuse_ino_t ino)
{
	return mount_inode(mount_of(request), ino)->node;
}

/*
 * -ESTALE is asked once more by the kernel's own lookup. Everything else is the
 * answer.
 */
static void reply(fuse_req_t request, int error)
{
	(void)fuse_reply_err(request, -error);	/* the kernel may have gone */
}

static void reply_seen(fuse_req_t request, fuse_ino_t dir, const char *name,
		       const struct host_attr *attr, int error)
{
	struct mount *mount = mount_of(request);
	struct fuse_entry_param entry;

	if (error == 0)
		error = mount_seen(mount, node_of(request, dir), name, attr,
				   &entry);
	if (error) {
		reply(request, error);
		return;
	}
	if (fuse_reply_entry(request, &entry))
		mount_forget(mount, mount_inode(mount, entry.ino), 1);
}

/*
 * What is made belongs to the tree's default owner when the mounting user makes
 * it (root in the guest, as a rule), else to whoever does.
 */
static struct host_new new_of(fuse_req_t request, mode_t mode, dev_t rdev)
{
	const struct fuse_ctx *caller = fuse_req_ctx(request);
	const struct mount *mount = mount_of(request);
	bool own = caller->uid == geteuid();

	return (struct host_new){
		.mode = mode & ~caller->umask,
		.uid = own ? mount->uid : caller->uid,
		.gid = own ? mount->gid : caller->gid,
		.rdev_major = major(rdev), .rdev_minor = minor(rdev),
	};
}

static void do_lookup(fuse_req_t request, fuse_ino_t dir, const char *name)
{
	struct host_attr attr;
	int error = mount_of(request)->ops->lookup(node_of(request, dir), name,
						   0, &attr);

	reply_seen(request, dir, name, &attr, error);
}

static void do_forget(fuse_req_t request, fuse_ino_t ino, uint64_t count)
{
	struct mount *mount = mount_of(request);

	mount_forget(mount, mount_inode(mount, ino), count);
	fuse_reply_none(request);
}

static void do_getattr(fuse_req_t request, fuse_ino_t ino,
		       struct fuse_file_info *info)
{
	struct host_attr attr;
	struct stat st;
	int error = mount_of(request)->ops->getattr(node_of(request, ino),
						    mount_file(info), &attr);

	if (error) {
		reply(request, error);
		return;
	}
	mount_stat(&attr, &st);
	(void)fuse_reply_attr(request, &st, 0);
}

static void take_attr(const struct stat *st, int to_set,
		      struct host_setattr *ret)
{
	static const struct {
		int theirs;
		uint32_t ours;
	} map[] = {
		{ FUSE_SET_ATTR_MODE, HOST_SET_MODE },
		{ FUSE_SET_ATTR_UID, HOST_SET_UID },
		{ FUSE_SET_ATTR_GID, HOST_SET_GID },
		{ FUSE_SET_ATTR_SIZE, HOST_SET_SIZE },
		{ FUSE_SET_ATTR_ATIME, HOST_SET_ATIME },
		{ FUSE_SET_ATTR_MTIME, HOST_SET_MTIME },
		{ FUSE_SET_ATTR_ATIME_NOW, HOST_SET_ATIME | HOST_SET_ATIME_NOW },
		{ FUSE_SET_ATTR_MTIME_NOW, HOST_SET_MTIME | HOST_SET_MTIME_NOW },
	};

	*ret = (struct host_setattr){
		.mode = st->st_mode & 07777, .uid = st->st_uid,
		.gid = st->st_gid, .size = (uint64_t)st->st_size,
		.atime = { st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec, 0 },
		.mtime = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec, 0 },
	};
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (to_set & map[i].theirs)
			ret->set |= map[i].ours;
}

static void do_setattr(fuse_req_t request, fuse_ino_t ino, struct stat *st,
		       int to_set, struct fuse_file_info *info)
{
	struct host_setattr set;
	struct host_attr attr;
	struct stat result;
	int error;

	take_attr(st, to_set, &set);
	error = mount_of(request)->ops->setattr(node_of(request, ino),
						mount_file(info), &set, &attr);
	if (error) {
		reply(request, error);
		return;
	}
	mount_stat(&attr, &result);
	(void)fuse_reply_attr(request, &result, 0);
}

static void do_readlink(fuse_req_t request, fuse_ino_t ino)
{
	char target[HOST_PATH_MAX];
	int length = mount_of(request)->ops->readlink(node_of(request, ino),
						target, sizeof(target) - 1);

	if (length < 0) {
		reply(request, length);
		return;
	}
	target[length] = '\0';
	(void)fuse_reply_readlink(request, target);
}

static void do_mknod(fuse_req_t request, fuse_ino_t dir, const char *name,
		     mode_t mode, dev_t rdev)
{
	const struct host_ops *ops = mount_of(request)->ops;
	struct host_new new = new_of(request, mode, rdev);
	struct host_file *file;
	struct host_attr attr;
	int error, made;

	if (S_ISREG(mode)) {
		error = ops->create(node_of(request, dir), name, &new,
				    HOST_READ | HOST_EXCL, &attr, &file, &made);
		if (error == 0)
			ops->close(file);
	} else {
		error = ops->mknod(node_of(request, dir), name, &new, &attr);
	}
	reply_seen(request, dir, name, &attr, error);
}

static void do_mkdir(fuse_req_t request, fuse_ino_t dir, const char *name,
		     mode_t mode)
{
	struct host_new new = new_of(request, S_IFDIR | mode, 0);
	struct host_attr attr;
	int error = mount_of(request)->ops->mknod(node_of(request, dir), name,
						  &new, &attr);

	reply_seen(request, dir, name, &attr, error);
}

static void do_symlink(fuse_req_t request, const char *target, fuse_ino_t dir,
		       const char *name)
{
	struct host_new new = new_of(request, S_IFLNK | 0777, 0);
	struct host_attr attr;
	int error;

	new.mode = S_IFLNK | 0777;
	error = mount_of(request)->ops->symlink(node_of(request, dir), name,
						target, &new, &attr);
	reply_seen(request, dir, name, &attr, error);
}

static void do_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t dir,
		    const char *name)
{
	struct host_attr attr;
	int error = mount_of(request)->ops->link(node_of(request, ino), NULL,
				node_of(request, dir), name, &attr);

	reply_seen(request, dir, name, &attr, error);
}

static void do_unlink(fuse_req_t request, fuse_ino_t dir, const char *name)
{
	reply(request, mount_of(request)->ops->unlink(node_of(request, dir),
						      name, 0));
}

static void do_rmdir(fuse_req_t request, fuse_ino_t dir, const char *name)
{
	reply(request, mount_of(request)->ops->unlink(node_of(request, dir),
						      name, 1));
}

static void do_rename(fuse_req_t request, fuse_ino_t olddir,
		      const char *oldname, fuse_ino_t newdir,
		      const char *newname, unsigned int flags)
{
	uint32_t how = (flags & RENAME_NOREPLACE ? HOST_NOREPLACE : 0) |
		       (flags & RENAME_EXCHANGE ? HOST_EXCHANGE : 0) |
		       (flags & RENAME_WHITEOUT ? HOST_WHITEOUT : 0);

	reply(request, mount_of(request)->ops->rename(
		node_of(request, olddir), oldname, node_of(request, newdir),
		newname, how));
}

static void do_statfs(fuse_req_t request, fuse_ino_t ino)
{
	struct mount *mount = mount_of(request);
	struct host_statfs fs;
	struct statvfs st;
	int error = mount->ops->statfs(mount->fs, &fs);

	(void)ino;
	if (error) {
		reply(request, error);
		return;
	}
	st = (struct statvfs){
		.f_bsize = fs.bsize, .f_frsize = fs.frsize,
		.f_blocks = fs.blocks, .f_bfree = fs.bfree,
		.f_bavail = fs.bavail, .f_files = fs.files,
		.f_ffree = fs.ffree, .f_favail = fs.ffree,
		.f_namemax = fs.namelen,
	};
	(void)fuse_reply_statfs(request, &st);
}

static void do_create(fuse_req_t request, fuse_ino_t dir, const char *name,
		      mode_t mode, struct fuse_file_info *info)
{
	struct mount *mount = mount_of(request);
	struct host_new new = new_of(request, S_IFREG | (mode & 07777), 0);
	struct fuse_entry_param entry;
	struct host_file *file;
	struct host_attr attr;
	uint32_t flags = HOST_READ | HOST_WRITE |
			 (info->flags & O_EXCL ? HOST_EXCL : 0) |
			 (info->flags & O_TRUNC ? HOST_TRUNC : 0);
	int made, error;

	error = mount->ops->create(node_of(request, dir), name, &new, flags,
				   &attr, &file, &made);
	if (error == 0) {
		error = mount_seen(mount, node_of(request, dir), name, &attr,
				   &entry);
		if (error)
			mount->ops->close(file);
	}
	if (error) {
		reply(request, error);
		return;
	}
	info->fh = (uintptr_t)file;
	if (fuse_reply_create(request, &entry, info)) {
		mount->ops->close(file);
		mount_forget(mount, mount_inode(mount, entry.ino), 1);
	}
}

void mount_names_ops(struct fuse_lowlevel_ops *ops)
{
	ops->lookup = do_lookup;
	ops->forget = do_forget;
	ops->getattr = do_getattr;
	ops->setattr = do_setattr;
	ops->readlink = do_readlink;
	ops->mknod = do_mknod;
	ops->mkdir = do_mkdir;
	ops->symlink = do_symlink;
	ops->link = do_link;
	ops->unlink = do_unlink;
	ops->rmdir = do_rmdir;
	ops->rename = do_rename;
	ops->statfs = do_statfs;
	ops->create = do_create;
}
