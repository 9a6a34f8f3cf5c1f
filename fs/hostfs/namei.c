// SPDX-License-Identifier: GPL-2.0-only
/*
 * namei.c - names: looking them up, keeping them right, changing them
 *
 * A dentry says "this name in this directory is that object" (or: is nothing).
 * In a strict mount the host is asked each time that it is used, also in
 * RCU-walk, where the host half answers only if it need not open anything. The
 * same answer brings the attributes, so that walking a path costs one host call
 * a component and nothing more.
 */
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/posix_acl.h>
#include "hostfs.h"

/* --- revalidation ------------------------------------------------------- */

/*
 * Ask what a name means now. What it means may be on a slower file system than
 * the directory is.
 */
static int hostfs_ask_name(struct inode *dir, const char *name,
			   struct inode *inode, u32 flags,
			   struct host_attr *ret_attr)
{
	struct hostfs_pace *pace = HOSTFS_I(dir)->pace;

	if (inode && HOSTFS_I(inode)->pace->kind == HOST_KIND_REMOTE)
		pace = HOSTFS_I(inode)->pace;
	if ((flags & HOST_CACHED) && pace->kind == HOST_KIND_REMOTE)
		return -EAGAIN;
	return hostfs_told(dir->i_sb, dir->i_ino, lookup,
			   hostfs_call_paced(hostfs_ops(dir), pace, lookup,
					     HOSTFS_I(dir)->node, name, flags,
					     ret_attr));
}

static int hostfs_revalidate_name(struct inode *dir, const char *name,
				  struct inode *inode, unsigned int flags)
{
	bool rcu = flags & LOOKUP_RCU;
	struct host_attr attr;
	u32 version = 0;
	int err;

	if (inode)
		version = hostfs_version(inode);
	err = hostfs_ask_name(dir, name, inode, rcu ? HOST_CACHED : 0, &attr);
	if (err == -ENOENT)
		return !inode;
	if (err)
		return rcu ? -ECHILD : err;
	if (!inode || !hostfs_same(inode, &attr))
		return 0;
	hostfs_store(inode, &attr, version);
	return 1;
}

static int hostfs_revalidate_traced(struct inode *dir, const char *name,
				    struct inode *inode, unsigned int flags)
{
	int result = hostfs_revalidate_name(dir, name, inode, flags);

	hostfs_count(dir->i_sb, revalidations);
	if (!result)
		hostfs_count(dir->i_sb, replaced);
	trace_hostfs_revalidate(dir->i_sb->s_dev, dir->i_ino, name,
				flags & LOOKUP_RCU, result);
	return result;
}

static int hostfs_d_revalidate(struct inode *dir, const struct qstr *name,
			       struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode_rcu(dentry);
	char copy[HOST_COMPONENT_MAX + 1];

	/* A file is to be made: the host will say whether there is one. */
	if (!inode && (flags & LOOKUP_CREATE) && (flags & LOOKUP_OPEN))
		return 0;
	if (!name->name[name->len])
		return hostfs_revalidate_traced(dir, name->name, inode, flags);
	/* It points into a path; the host half wants one component. */
	if (name->len > HOST_COMPONENT_MAX)
		return -ENAMETOOLONG;
	memcpy(copy, name->name, name->len);
	copy[name->len] = '\0';
	return hostfs_revalidate_traced(dir, copy, inode, flags);
}

const struct dentry_operations hostfs_dentry_ops = {
	.d_revalidate	= hostfs_d_revalidate,
};

/* --- lookup ------------------------------------------------------------- */

/* The inode of a name, NULL if there is no such name, or an error. */
static struct inode *hostfs_find(struct inode *dir, const char *name)
{
	struct host_attr attr;
	int err;

	if (strlen(name) > HOST_COMPONENT_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	err = hostfs_call(dir, lookup, HOSTFS_I(dir)->node, name, 0, &attr);
	if (err == -ENOENT)
		return NULL;
	if (err)
		return ERR_PTR(err);
	return hostfs_iget(dir->i_sb, dir, name, &attr);
}

static struct dentry *hostfs_lookup(struct inode *dir, struct dentry *dentry,
				    unsigned int flags)
{
	return d_splice_alias(hostfs_find(dir, dentry->d_name.name), dentry);
}

/* --- making ------------------------------------------------------------- */

/*
 * What a new object is to be, by the guest's rules: who makes it, in which
 * directory, under which umask and default ACL.
 */
static int hostfs_new(struct mnt_idmap *idmap, struct inode *dir, umode_t mode,
		      dev_t rdev, struct host_new *ret)
{
	struct posix_acl *default_acl = NULL, *acl = NULL;
	int err;

	*ret = (struct host_new){
		.rdev_major = MAJOR(rdev),
		.rdev_minor = MINOR(rdev),
	};
	err = hostfs_owner_new(idmap, dir, ret);
	if (err)
		return err;
	if ((dir->i_mode & S_ISGID) && S_ISDIR(mode))
		mode |= S_ISGID;
	if (IS_POSIXACL(dir) && !S_ISLNK(mode)) {
		/* The host hands the ACLs down; the mode is what counts here. */
		err = posix_acl_create(dir, &mode, &default_acl, &acl);
		if (err)
			return err;
		posix_acl_release(default_acl);
		posix_acl_release(acl);
	}
	ret->mode = mode;
	if (!S_ISLNK(mode))
		ret->mode &= ~hostfs_owner_umask(dir->i_sb);
	return 0;
}

/* Give the name its new object. Consumes nothing; dentry is d_name's. */
static struct dentry *hostfs_made(struct inode *dir, struct dentry *dentry,
				  const struct host_attr *attr)
{
	struct inode *inode;

	hostfs_changed(dir, NULL);
	inode = hostfs_iget(dir->i_sb, dir, dentry->d_name.name, attr);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	if (!d_unhashed(dentry))
		d_drop(dentry);
	return d_splice_alias(inode, dentry);
}

/* As hostfs_made(), for operations that have nowhere to return a dentry. */
static int hostfs_made_here(struct inode *dir, struct dentry *dentry,
			    const struct host_attr *attr)
{
	struct dentry *other = hostfs_made(dir, dentry, attr);

	if (IS_ERR(other))
		return PTR_ERR(other);
	dput(other);
	return 0;
}

static int hostfs_mknod(struct mnt_idmap *idmap, struct inode *dir,
			struct dentry *dentry, umode_t mode, dev_t rdev)
{
	struct host_attr attr;
	struct host_new new;
	int err;

	err = hostfs_new(idmap, dir, mode, rdev, &new);
	if (!err)
		err = hostfs_call(dir, mknod, HOSTFS_I(dir)->node,
				  dentry->d_name.name, &new, &attr);
	return err ?: hostfs_made_here(dir, dentry, &attr);
}

static struct dentry *hostfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				   struct dentry *dentry, umode_t mode)
{
	struct host_attr attr;
	struct host_new new;
	int err;

	err = hostfs_new(idmap, dir, mode | S_IFDIR, 0, &new);
	if (!err)
		err = hostfs_call(dir, mknod, HOSTFS_I(dir)->node,
				  dentry->d_name.name, &new, &attr);
	return err ? ERR_PTR(err) : hostfs_made(dir, dentry, &attr);
}

static int hostfs_symlink(struct mnt_idmap *idmap, struct inode *dir,
			  struct dentry *dentry, const char *target)
{
	struct host_attr attr;
	struct host_new new;
	int err;

	err = hostfs_new(idmap, dir, S_IFLNK | 0777, 0, &new);
	if (!err)
		err = hostfs_call(dir, symlink, HOSTFS_I(dir)->node,
				  dentry->d_name.name, target, &new, &attr);
	return err ?: hostfs_made_here(dir, dentry, &attr);
}

/* Make a regular file, open on the host. Return: as ops->create(). */
static int hostfs_make_file(struct mnt_idmap *idmap, struct inode *dir,
			    struct dentry *dentry, umode_t mode, u32 flags,
			    struct host_attr *ret_attr, struct host_file **ret)
{
	struct host_new new;
	int err, made;

	err = hostfs_new(idmap, dir, mode | S_IFREG, 0, &new);
	if (err)
		return err;
	return hostfs_call(dir, create, HOSTFS_I(dir)->node,
			   dentry->d_name.name, &new, flags | HOST_EXCL,
			   ret_attr, ret, &made);
}

/* For those that make files without opening them: mknod(2), overlayfs. */
static int hostfs_create(struct mnt_idmap *idmap, struct inode *dir,
			 struct dentry *dentry, umode_t mode)
{
	struct host_file *host;
	struct host_attr attr;
	int err;

	err = hostfs_make_file(idmap, dir, dentry, mode, HOST_READ, &attr, &host);
	if (err)
		return err;
	hostfs_close(dir, host);
	return hostfs_made_here(dir, dentry, &attr);
}

/* Make the file of the dentry and finish the open of it. */
static int hostfs_create_open(struct inode *dir, struct dentry *dentry,
			      struct file *file, umode_t mode)
{
	u32 flags = hostfs_open_flags(file, NULL);
	struct hostfs_file *hf;
	struct host_file *host;
	struct host_attr attr;
	struct dentry *other;
	int err;

	err = hostfs_make_file(file_mnt_idmap(file), dir, dentry, mode, flags,
			       &attr, &host);
	if (err)
		return err;
	file->f_mode |= FMODE_CREATED;
	other = hostfs_made(dir, dentry, &attr);
	if (IS_ERR(other)) {
		hostfs_close(dir, host);
		return PTR_ERR(other);
	}
	if (!other)
		other = dget(dentry);
	hf = hostfs_file_new(d_inode(other), host, flags);
	if (!hf) {
		hostfs_close(dir, host);
		dput(other);
		return -ENOMEM;
	}
	file->private_data = hf;
	err = finish_open(file, other, hostfs_open);
	if (err)
		hostfs_file_put(hf);
	dput(other);
	return err;
}

/*
 * The last component of open(2), where it is not known to exist. A file that is
 * to be made is made and opened by one host call that refuses an existing one;
 * that one is then looked up and opened by the VFS with all its checks.
 */
static int hostfs_atomic_open(struct inode *dir, struct dentry *dentry,
			      struct file *file, unsigned int flags,
			      umode_t mode)
{
	struct inode *inode;
	int tries, err;

	/* Just revalidated: there is nothing. */
	if (!(flags & O_CREAT) && !d_in_lookup(dentry))
		return finish_no_open(file, NULL);
	if (!(flags & O_CREAT))
		return finish_no_open(file, hostfs_lookup(dir, dentry, 0));
	for (tries = 0; tries < 16; tries++) {
		err = hostfs_create_open(dir, dentry, file, mode);
		if (err != -EEXIST || (flags & O_EXCL))
			return err;
		inode = hostfs_find(dir, dentry->d_name.name);
		/* NULL: whoever made it has removed it again. */
		if (!inode)
			continue;
		if (!d_unhashed(dentry))
			d_drop(dentry);
		return finish_no_open(file, d_splice_alias(inode, dentry));
	}
	return -EBUSY;
}

static int hostfs_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
			  struct file *file, umode_t mode)
{
	u32 flags = hostfs_open_flags(file, NULL);
	struct hostfs_file *hf;
	struct host_file *host;
	struct host_attr attr;
	struct inode *inode;
	struct host_new new;
	int err;

	err = hostfs_new(idmap, dir, mode | S_IFREG, 0, &new);
	if (!err)
		err = hostfs_call(dir, tmpfile, HOSTFS_I(dir)->node, &new, flags,
				  &attr, &host);
	if (err)
		return err;
	inode = hostfs_iget(dir->i_sb, NULL, NULL, &attr);
	hf = IS_ERR(inode) ? NULL : hostfs_file_new(inode, host, flags);
	if (!hf) {
		hostfs_close(dir, host);
		if (IS_ERR(inode))
			return PTR_ERR(inode);
		iput(inode);
		return -ENOMEM;
	}
	/* d_tmpfile() counts a link down that the host never counted. */
	spin_lock(&HOSTFS_I(inode)->lock);
	set_nlink(inode, 1);
	spin_unlock(&HOSTFS_I(inode)->lock);
	d_tmpfile(file, inode);
	file->private_data = hf;
	err = finish_open(file, file->f_path.dentry, hostfs_open);
	if (err)
		hostfs_file_put(hf);
	return err;
}

/* --- links and removal -------------------------------------------------- */

static int hostfs_link(struct dentry *old, struct inode *dir,
		       struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	struct hostfs_file *file = hostfs_file_get(inode, 0);
	struct host_attr attr;
	int err;

	/* The name that an open file was opened by may be gone; this one is not. */
	if (file)
		hostfs_place(inode, old);
	err = hostfs_call_node(inode, old, link, file ? file->host : NULL,
			       HOSTFS_I(dir)->node, dentry->d_name.name, &attr);
	hostfs_file_put(file);
	if (err)
		return err;
	hostfs_changed(dir, NULL);
	hostfs_changed(inode, &attr);
	ihold(inode);
	d_instantiate(dentry, inode);
	return 0;
}

/* A name of it is gone. The host is asked for the rest when it is wanted. */
void hostfs_lost_name(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	spin_lock(&hi->lock);
	if (S_ISDIR(inode->i_mode))
		clear_nlink(inode);
	else if (inode->i_nlink)
		drop_nlink(inode);
	spin_unlock(&hi->lock);
	hostfs_changed(inode, NULL);
}

static int hostfs_remove(struct inode *dir, struct dentry *dentry, int rmdir)
{
	int err;

	err = hostfs_call(dir, unlink, HOSTFS_I(dir)->node, dentry->d_name.name,
			  rmdir);
	if (err)
		return err;
	hostfs_changed(dir, NULL);
	hostfs_lost_name(d_inode(dentry));
	return 0;
}

static int hostfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return hostfs_remove(dir, dentry, S_ISLNK(d_inode(dentry)->i_mode) ?
				HOST_NO_DIR : HOST_FILE);
}

static int hostfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return hostfs_remove(dir, dentry, HOST_DIR);
}

static u32 hostfs_rename_flags(unsigned int flags)
{
	return (flags & RENAME_NOREPLACE ? HOST_NOREPLACE : 0) |
	       (flags & RENAME_EXCHANGE ? HOST_EXCHANGE : 0) |
	       (flags & RENAME_WHITEOUT ? HOST_WHITEOUT : 0);
}

static int hostfs_rename(struct mnt_idmap *idmap, struct inode *olddir,
			 struct dentry *old, struct inode *newdir,
			 struct dentry *new, unsigned int flags)
{
	struct host_node *from = HOSTFS_I(olddir)->node;
	struct host_node *to = HOSTFS_I(newdir)->node;
	struct inode *moved = d_inode(old), *target = d_inode(new);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	err = hostfs_call(olddir, rename, from, old->d_name.name, to,
			  new->d_name.name, hostfs_rename_flags(flags));
	if (err)
		return err;
	hostfs_call_now(moved, place, HOSTFS_I(moved)->node, to, new->d_name.name);
	hostfs_changed(moved, NULL);
	hostfs_changed(olddir, NULL);
	hostfs_changed(newdir, NULL);
	if (flags & RENAME_EXCHANGE) {
		hostfs_call_now(target, place, HOSTFS_I(target)->node, from,
			    old->d_name.name);
		hostfs_changed(target, NULL);
	} else if (target) {
		hostfs_lost_name(target);
	}
	return 0;
}

const struct inode_operations hostfs_dir_inode_ops = {
	.lookup		= hostfs_lookup,
	.create		= hostfs_create,
	.atomic_open	= hostfs_atomic_open,
	.tmpfile	= hostfs_tmpfile,
	.link		= hostfs_link,
	.unlink		= hostfs_unlink,
	.symlink	= hostfs_symlink,
	.mkdir		= hostfs_mkdir,
	.rmdir		= hostfs_rmdir,
	.mknod		= hostfs_mknod,
	.rename		= hostfs_rename,
	.permission	= hostfs_permission,
	.getattr	= hostfs_getattr,
	.setattr	= hostfs_setattr,
	.listxattr	= hostfs_listxattr,
	.get_inode_acl	= hostfs_get_inode_acl,
	.set_acl	= hostfs_set_acl,
	.fileattr_get	= hostfs_fileattr_get,
	.fileattr_set	= hostfs_fileattr_set,
};
