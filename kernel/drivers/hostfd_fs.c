// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_fs - the file system that host descriptors live in
 *
 * A pseudo file system, as pipes and sockets have: nobody can mount it or walk
 * into it, but it gives each descriptor an inode, so that fstat(2) answers as
 * the host would and /proc/self/fd/N can be opened again. The inode's i_fop are
 * ours whatever its type is: a host character device is never looked for among
 * the guest's drivers.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#include "hostfd.h"

#define HOSTFD_MAGIC	0x68666421	/* "hfd!" */

static struct vfsmount *hostfd_mnt;

/* Bits HOSTFD_AVOID_*: for tests of what is behind the first choice. */
static unsigned int avoid;
module_param(avoid, uint, 0600);

/*
 * st_dev is the same for all of them, so st_ino must tell host files of
 * different devices apart: cat(1) and cp(1) compare the pair to find that input
 * is output. The multiplier (2^64 / golden ratio) spreads the device over all bits.
 */
static u64 inode_number(const struct hostfd_stat *st)
{
	return st->ino ^ (st->dev * 0x9e3779b97f4a7c15ull);
}

static void inode_fill(struct inode *inode, const struct hostfd_stat *st)
{
	inode->i_mode = st->mode & (S_IFMT | 07777);
	inode->i_uid = make_kuid(&init_user_ns, st->uid);
	inode->i_gid = make_kgid(&init_user_ns, st->gid);
	inode->i_rdev = MKDEV(st->rdev_major, st->rdev_minor);
	inode->i_size = st->size;
	inode_set_atime(inode, st->atime.sec, st->atime.nsec);
	inode_set_mtime(inode, st->mtime.sec, st->mtime.nsec);
	inode_set_ctime(inode, st->ctime.sec, st->ctime.nsec);
	set_nlink(inode, st->nlink);
}

/**
 * hostfd_get - count a user of the host descriptor
 * @hf:		the descriptor
 *
 * Return: false when it has been closed: only an O_PATH file still holds it.
 */
bool hostfd_get(struct hostfd *hf)
{
	return refcount_inc_not_zero(&hf->users);
}

/* The last user closes the descriptor at once: the host sees end of file. */
void hostfd_put(struct hostfd *hf)
{
	if (!refcount_dec_and_test(&hf->users))
		return;
	hostfd_watch_stop(&hf->watch);
	hostfd_host_close(&hf->io);
}

static int hostfd_getattr(struct mnt_idmap *idmap, const struct path *path,
			  struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct hostfd *hf = inode->i_private;
	struct hostfd_stat st = { .blksize = PAGE_SIZE };
	int err;

	if (hostfd_get(hf)) {
		err = hostfd_host_stat(hf->io.fd, &st);
		hostfd_put(hf);
		if (err)
			return err;
		inode_fill(inode, &st);
	}
	generic_fillattr(idmap, mask, inode, stat);
	stat->blksize = st.blksize;
	stat->blocks = st.blocks;
	return 0;
}

/* Only ftruncate(2) and O_TRUNC reach the host: the rest is the caller's. */
static int hostfd_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			  struct iattr *attr)
{
	struct hostfd *hf = d_inode(dentry)->i_private;
	int err;

	if (!(attr->ia_valid & ATTR_SIZE) ||
	    (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID)))
		return -EPERM;
	if ((hf->io.flags & O_ACCMODE) == O_RDONLY)
		return -EACCES;
	if (!hostfd_get(hf))
		return -ENXIO;
	err = hostfd_host_truncate(hf->io.fd, attr->ia_size);
	hostfd_put(hf);
	return err;
}

static const struct inode_operations hostfd_iops = {
	.getattr	= hostfd_getattr,
	.setattr	= hostfd_setattr,
};

static void hostfd_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	kfree(inode->i_private);
}

static const struct super_operations hostfd_sops = {
	.statfs		= simple_statfs,
	.drop_inode	= inode_just_drop,
	.evict_inode	= hostfd_evict_inode,
};

static char *hostfd_dname(struct dentry *dentry, char *buffer, int buflen)
{
	return dynamic_dname(buffer, buflen, "hostfd:[%llu]",
			     (unsigned long long)d_inode(dentry)->i_ino);
}

static const struct dentry_operations hostfd_dops = {
	.d_dname	= hostfd_dname,
};

static int hostfd_init_fs_context(struct fs_context *fc)
{
	struct pseudo_fs_context *ctx = init_pseudo(fc, HOSTFD_MAGIC);

	if (!ctx)
		return -ENOMEM;
	/* A host device is opened again like a pipe, never through its number. */
	fc->s_iflags &= ~SB_I_NODEV;
	ctx->ops = &hostfd_sops;
	ctx->dops = &hostfd_dops;
	return 0;
}

static struct file_system_type hostfd_type = {
	.name		= "hostfd",
	.init_fs_context = hostfd_init_fs_context,
	.kill_sb	= kill_anon_super,
};

static int hostfd_start(struct hostfd *hf, int fd, struct hostfd_stat *ret_stat)
{
	int err;

	err = hostfd_host_adopt(fd, avoid, &hf->io, ret_stat);
	if (err) {
		hf->io = (struct hostfd_io) { .fd = fd, .io = fd };
		return err;
	}
	refcount_set(&hf->users, 1);
	hf->type = ret_stat->mode & S_IFMT;
	hf->terminal = hostfd_is_terminal(hf);
	hf->seekable = hostfd_host_seek(fd, 0, SEEK_CUR) >= 0;
	return hostfd_watch_start(&hf->watch,
				  hf->io.how == HOSTFD_PLAIN ? -1 : fd);
}

static struct inode *hostfd_inode(struct hostfd *hf, const struct hostfd_stat *st)
{
	struct inode *inode = new_inode_pseudo(hostfd_mnt->mnt_sb);

	if (!inode)
		return NULL;
	inode->i_ino = inode_number(st);
	inode_fill(inode, st);
	inode->i_op = &hostfd_iops;
	inode->i_fop = hf->io.how == HOSTFD_PLAIN ? &hostfd_plain_fops :
						    &hostfd_poll_fops;
	inode->i_private = hf;
	return inode;
}

/**
 * hostfd_file_create - make a guest file of a host descriptor
 * @fd:		the descriptor; the file's from now on, closed also on failure
 *
 * Return: the file, not yet in any descriptor table; -EISDIR for a directory,
 * -EBADF for one opened with O_PATH, -EOPNOTSUPP for what is no file, -ENOMEM.
 */
struct file *hostfd_file_create(int fd)
{
	struct hostfd_stat st;
	struct inode *inode;
	struct hostfd *hf;
	struct file *file;
	int err = -ENOMEM;

	hf = kzalloc(sizeof(*hf), GFP_KERNEL);
	if (!hf) {
		struct hostfd_io io = { .fd = fd, .io = fd };

		hostfd_host_close(&io);
		return ERR_PTR(err);
	}
	err = hostfd_start(hf, fd, &st);
	if (err)
		goto out_close;
	err = -ENOMEM;
	inode = hostfd_inode(hf, &st);
	if (!inode)
		goto out_unwatch;
	file = alloc_file_pseudo(inode, hostfd_mnt, "", hf->io.flags &
				 (O_ACCMODE | O_APPEND), inode->i_fop);
	if (IS_ERR(file)) {
		hostfd_put(hf);
		iput(inode);
		return file;
	}
	hostfd_file_prepare(file, hf);
	return file;

out_unwatch:
	hostfd_watch_stop(&hf->watch);
out_close:
	hostfd_host_close(&hf->io);
	kfree(hf);
	return ERR_PTR(err);
}

static int __init hostfd_fs_init(void)
{
	int err;

	err = hostfd_host_init();
	if (err)
		return err;
	err = register_filesystem(&hostfd_type);
	if (err)
		return err;
	hostfd_mnt = kern_mount(&hostfd_type);
	if (IS_ERR(hostfd_mnt)) {
		unregister_filesystem(&hostfd_type);
		return PTR_ERR(hostfd_mnt);
	}
	return 0;
}
fs_initcall(hostfd_fs_init);
