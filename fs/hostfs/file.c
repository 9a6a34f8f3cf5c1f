// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - open files: opening, closing, positions, syncing
 *
 * Every open file of the guest has a descriptor of its own on the host, so that
 * access mode, O_DIRECT, O_SYNC and locks are the host's. The inode lists its
 * open files: they reach an object that has lost its name, and write back uses
 * them.
 */
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include "hostfs.h"

/* --- struct hostfs_file ------------------------------------------------- */

/**
 * hostfs_file_new - note an open file with its inode
 * @inode: what is open
 * @host: the host's file; the new object owns it
 * @flags: enum host_open, as it was opened
 *
 * Return: one reference, or NULL: no memory, and @host is still the caller's.
 */
struct hostfs_file *hostfs_file_new(struct inode *inode, struct host_file *host,
				    u32 flags)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	file->host = host;
	file->inode = hi;
	file->flags = flags;
	refcount_set(&file->users, 1);
	spin_lock(&hi->lock);
	if (flags & HOST_WRITE)
		list_add(&file->link, &hi->files);
	else
		list_add_tail(&file->link, &hi->files);
	spin_unlock(&hi->lock);
	return file;
}

/**
 * hostfs_file_get - borrow an open file of an inode
 * @inode: whose
 * @flags: HOST_READ, HOST_WRITE: what must be possible with it
 *
 * Return: a reference, or NULL if there is none.
 */
struct hostfs_file *hostfs_file_get(struct inode *inode, u32 flags)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_file *file, *found = NULL;

	if (list_empty_careful(&hi->files))
		return NULL;
	spin_lock(&hi->lock);
	list_for_each_entry(file, &hi->files, link) {
		if ((file->flags & flags) == flags &&
		    refcount_inc_not_zero(&file->users)) {
			found = file;
			break;
		}
	}
	spin_unlock(&hi->lock);
	return found;
}

/* NULL is nothing to put. */
void hostfs_file_put(struct hostfs_file *file)
{
	struct inode *inode;
	bool last;

	if (!file || !refcount_dec_and_test(&file->users))
		return;
	inode = &file->inode->vfs;
	spin_lock(&file->inode->lock);
	list_del(&file->link);
	last = list_empty(&file->inode->files);
	spin_unlock(&file->inode->lock);
	if (last)
		hostfs_locks_drop(inode);
	hostfs_close(inode, file->host);
	hostfs_listing_free(file);
	kfree(file);
}

/* --- open and release --------------------------------------------------- */

/*
 * The flags that the host opens a file of the guest with. inode is NULL if the
 * file is only to be made.
 */
u32 hostfs_open_flags(const struct file *file, const struct inode *inode)
{
	static const struct { unsigned int guest; u32 host; } map[] = {
		{ O_APPEND,	HOST_APPEND },
		{ O_DIRECT,	HOST_DIRECT },
		{ O_NOATIME,	HOST_NOATIME },
		{ O_DSYNC,	HOST_DSYNC },
		{ __O_SYNC,	HOST_SYNC },
	};
	u32 flags = 0;
	unsigned int i;

	if ((file->f_flags & O_ACCMODE) != O_WRONLY)
		flags |= HOST_READ;
	if ((file->f_flags & O_ACCMODE) != O_RDONLY)
		flags |= HOST_WRITE;
	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (file->f_flags & map[i].guest)
			flags |= map[i].host;
	if (file->f_path.mnt->mnt_flags & MNT_NOATIME)
		flags |= HOST_NOATIME;
	if (inode && S_ISDIR(inode->i_mode) &&
	    (file->f_path.mnt->mnt_flags & MNT_NODIRATIME))
		flags |= HOST_NOATIME;
	/*
	 * Where the host would refuse the wish, asking costs a second open.
	 * Another table's owners are not the host's.
	 */
	if (inode && !HOSTFS_SB(inode->i_sb)->flavour &&
	    !host_may_noatime(HOSTFS_I(inode)->attr.uid))
		flags &= ~HOST_NOATIME;
	return flags;
}

/**
 * hostfs_open_node - open an object on the host
 * @inode: a regular file or a directory
 * @dentry: under which name it was reached, or NULL
 * @near: an open file of it, or NULL; with one the host does not go by the name
 * @flags: enum host_open
 * @ret: the host's open file
 *
 * Whoever has a lease on it may take his time to give it back: a worker waits.
 *
 * Return: 0 or the host's error.
 */
int hostfs_open_node(struct inode *inode, struct dentry *dentry,
		     struct host_file *near, u32 flags, struct host_file **ret)
{
	int err;

	err = hostfs_call_node(inode, dentry, open, near,
			       flags | HOST_OPEN_NOWAIT, ret);
	if (err != -EAGAIN)
		return err;
	return hostfs_call_worker(hostfs_ops(inode), HOST_POOL_REMOTE, open,
				  HOSTFS_I(inode)->node, near, flags, ret);
}

/*
 * With cache=exclusive nobody asks what a name means, so while a rename in this
 * guest replaces a file, its name still leads to the object that the host has
 * replaced already. Let the rename end: the next lookup finds the new one.
 */
static void hostfs_rename_settles(struct dentry *dentry)
{
	struct dentry *parent = dget_parent(dentry);

	inode_lock_shared(d_inode(parent));
	inode_unlock_shared(d_inode(parent));
	dput(parent);
}

static int hostfs_open_host(struct inode *inode, struct file *file)
{
	u32 flags = hostfs_open_flags(file, inode);
	struct hostfs_file *hf, *near;
	struct host_file *host;
	int err;

	if (S_ISDIR(inode->i_mode))
		flags |= HOST_DIRECTORY;
	near = hostfs_file_get(inode, 0);
	err = hostfs_open_node(inode, file->f_path.dentry,
			       near ? near->host : NULL, flags, &host);
	hostfs_file_put(near);
	if (err == -ESTALE &&
	    HOSTFS_SB(inode->i_sb)->options.cache == HOSTFS_EXCLUSIVE)
		hostfs_rename_settles(file->f_path.dentry);
	if (err)
		return err;
	hf = hostfs_file_new(inode, host, flags);
	if (!hf) {
		hostfs_close(inode, host);
		return -ENOMEM;
	}
	file->private_data = hf;
	return 0;
}

int hostfs_open(struct inode *inode, struct file *file)
{
	int err;

	/* A file that was made by this open has its descriptor already. */
	if (!file->private_data) {
		err = hostfs_open_host(inode, file);
		if (err)
			return err;
	}
	if (S_ISREG(inode->i_mode))
		file->f_mode |= FMODE_CAN_ODIRECT | FMODE_NOWAIT;
	return 0;
}

int hostfs_release(struct inode *inode, struct file *file)
{
	struct hostfs_file *hf = hostfs_file(file);

	/* The last one that can write: what a mapping left must go now. */
	if (S_ISREG(inode->i_mode) && (hf->flags & HOST_WRITE) &&
	    inode->i_mapping->nrpages)
		(void)filemap_write_and_wait(inode->i_mapping);
	hostfs_file_put(hf);
	return 0;
}

/* --- the rest ----------------------------------------------------------- */

int hostfs_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file_inode(file);
	int err = file_write_and_wait_range(file, start, end);

	return err ?: hostfs_call_long(inode, fsync, hostfs_file(file)->host,
				       datasync);
}

static loff_t hostfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);
	loff_t found;
	int err;

	if (whence == SEEK_SET || whence == SEEK_CUR)
		return generic_file_llseek(file, offset, whence);
	err = hostfs_refresh(inode, file->f_path.dentry, hostfs_file(file));
	if (err)
		return err;
	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, offset, whence);
	if (offset < 0)
		return -ENXIO;
	err = filemap_write_and_wait(inode->i_mapping);
	if (err)
		return err;
	found = hostfs_call(inode, seek, hostfs_file(file)->host, offset,
			    whence == SEEK_DATA);
	return found < 0 ? found : vfs_setpos(file, found, MAX_LFS_FILESIZE);
}

static long hostfs_fallocate(struct file *file, int mode, loff_t offset,
			     loff_t length)
{
	struct inode *inode = file_inode(file);
	struct address_space *mapping = inode->i_mapping;
	int err;

	inode_lock(inode);
	err = file_modified(file);
	if (err)
		goto out;
	filemap_invalidate_lock(mapping);
	err = filemap_write_and_wait_range(mapping, offset, LLONG_MAX);
	if (!err)
		err = hostfs_call_long(inode, fallocate,
				       hostfs_file(file)->host, mode, offset,
				       length);
	if (!err) {
		(void)invalidate_inode_pages2_range(mapping,
						    offset >> PAGE_SHIFT, -1);
		hostfs_changed(inode, NULL);
		err = hostfs_refresh(inode, file->f_path.dentry,
				     hostfs_file(file));
	}
	filemap_invalidate_unlock(mapping);
out:
	inode_unlock(inode);
	return err;
}

const struct inode_operations hostfs_file_inode_ops = {
	.getattr	= hostfs_getattr,
	.setattr	= hostfs_setattr,
	.listxattr	= hostfs_listxattr,
	.get_inode_acl	= hostfs_get_inode_acl,
	.set_acl	= hostfs_set_acl,
	.fileattr_get	= hostfs_fileattr_get,
	.fileattr_set	= hostfs_fileattr_set,
};

/* FIFOs, sockets, devices: the guest's own; the host only keeps the name. */
const struct inode_operations hostfs_special_inode_ops = {
	.getattr	= hostfs_getattr,
	.setattr	= hostfs_setattr,
	.listxattr	= hostfs_listxattr,
	.get_inode_acl	= hostfs_get_inode_acl,
	.set_acl	= hostfs_set_acl,
};

const struct file_operations hostfs_file_ops = {
	.open		= hostfs_open,
	.release	= hostfs_release,
	.llseek		= hostfs_llseek,
	.read_iter	= hostfs_read_iter,
	.write_iter	= hostfs_write_iter,
	.splice_read	= copy_splice_read,
	.splice_write	= iter_file_splice_write,
	.mmap_prepare	= hostfs_mmap_prepare,
	.fsync		= hostfs_fsync,
	.fallocate	= hostfs_fallocate,
	.copy_file_range = hostfs_copy_file_range,
	.remap_file_range = hostfs_remap_file_range,
	.flock		= hostfs_flock,
	.lock		= hostfs_lock,
	.setlease	= generic_setlease,
};
