// SPDX-License-Identifier: GPL-2.0-only
/*
 * range.c - ranges of files moved by the host itself, and inode flags
 */
#include <linux/fs.h>
#include <linux/fileattr.h>
#include <linux/pagemap.h>
#include <linux/splice.h>
#include "hostfs.h"

/* What mappings have changed goes to the host before it copies. */
static int hostfs_flush_two(struct file *in, loff_t in_pos, struct file *out,
			    loff_t out_pos, loff_t length)
{
	loff_t more = length ? length - 1 : LLONG_MAX - max(in_pos, out_pos);
	int err;

	err = filemap_write_and_wait_range(in->f_mapping, in_pos,
					   in_pos + more);
	return err ?: filemap_write_and_wait_range(out->f_mapping, out_pos,
						   out_pos + more);
}

/* The host has changed the file from pos on: pages and attributes follow. */
static void hostfs_range_changed(struct file *file, loff_t pos)
{
	struct inode *inode = file_inode(file);
	struct host_attr attr;

	if (file->f_mapping->nrpages)
		(void)invalidate_inode_pages2_range(file->f_mapping,
						    pos >> PAGE_SHIFT, -1);
	hostfs_changed(inode, NULL);
	(void)hostfs_ask(inode, NULL, hostfs_file(file), &attr);
}

static ssize_t hostfs_copy_locked(struct file *in, loff_t in_pos,
				  struct file *out, loff_t out_pos,
				  size_t length)
{
	struct inode *inode = file_inode(out);
	ssize_t done;

	done = file_modified(out);
	if (!done)
		done = hostfs_flush_two(in, in_pos, out, out_pos, length);
	if (done)
		return done;
	done = hostfs_call(inode, copy, hostfs_file(in)->host, in_pos,
			   hostfs_file(out)->host, out_pos, length);
	if (done > 0)
		hostfs_range_changed(out, out_pos);
	return done;
}

ssize_t hostfs_copy_file_range(struct file *in, loff_t in_pos, struct file *out,
			       loff_t out_pos, size_t length,
			       unsigned int flags)
{
	struct inode *inode = file_inode(out);
	ssize_t done = -EXDEV;

	if (hostfs_ops(file_inode(in)) == hostfs_ops(inode)) {
		inode_lock(inode);
		done = hostfs_copy_locked(in, in_pos, out, out_pos, length);
		inode_unlock(inode);
	}
	if (done == -EXDEV || done == -EOPNOTSUPP || done == -EINVAL)
		done = splice_copy_file_range(in, in_pos, out, out_pos, length);
	return done;
}

loff_t hostfs_remap_file_range(struct file *in, loff_t in_pos, struct file *out,
			       loff_t out_pos, loff_t length,
			       unsigned int flags)
{
	struct inode *from = file_inode(in), *to = file_inode(out);
	bool dedupe = flags & REMAP_FILE_DEDUP;
	loff_t done;

	if (flags & ~(REMAP_FILE_DEDUP | REMAP_FILE_ADVISORY))
		return -EINVAL;
	if (hostfs_ops(from) != hostfs_ops(to))
		return -EXDEV;
	lock_two_nondirectories(from, to);
	done = dedupe ? 0 : file_modified(out);
	if (!done)
		done = hostfs_flush_two(in, in_pos, out, out_pos, length);
	if (!done && dedupe)
		done = hostfs_call(to, dedupe, hostfs_file(in)->host, in_pos,
				   hostfs_file(out)->host, out_pos, length);
	else if (!done)
		done = hostfs_call(to, clone, hostfs_file(in)->host, in_pos,
				   hostfs_file(out)->host, out_pos, length);
	if (done >= 0)
		hostfs_range_changed(out, out_pos);
	unlock_two_nondirectories(from, to);
	if (dedupe || done < 0)
		return done;
	return length ?: i_size_read(from) - in_pos;
}

/* --- FS_IOC_GETFLAGS, FS_IOC_SETFLAGS ----------------------------------- */

/* An open file of the inode: one there is, or one opened for the purpose. */
static struct hostfs_file *hostfs_any_file(struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct hostfs_file *file = hostfs_file_get(inode, 0);
	struct host_file *host;
	int err;

	if (file)
		return file;
	if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
		return ERR_PTR(-ENOTTY);
	err = hostfs_call_node(inode, dentry, open, NULL, HOST_READ, &host);
	if (err)
		return ERR_PTR(err);
	file = hostfs_file_new(inode, host, HOST_READ);
	if (file)
		return file;
	hostfs_call(inode, close, host);
	return ERR_PTR(-ENOMEM);
}

int hostfs_fileattr_get(struct dentry *dentry, struct file_kattr *fa)
{
	struct hostfs_file *file = hostfs_any_file(dentry);
	u32 flags;
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = hostfs_call(d_inode(dentry), getflags, file->host, &flags);
	hostfs_file_put(file);
	if (!err)
		fileattr_fill_flags(fa, flags);
	return err;
}

int hostfs_fileattr_set(struct mnt_idmap *idmap, struct dentry *dentry,
			struct file_kattr *fa)
{
	struct hostfs_file *file;
	struct host_attr attr;
	int err;

	if (fileattr_has_fsx(fa))
		return -EOPNOTSUPP;
	file = hostfs_any_file(dentry);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = hostfs_call(d_inode(dentry), setflags, file->host, fa->flags);
	hostfs_changed(d_inode(dentry), NULL);
	(void)hostfs_ask(d_inode(dentry), dentry, file, &attr);
	hostfs_file_put(file);
	return err;
}
