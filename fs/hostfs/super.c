// SPDX-License-Identifier: GPL-2.0-only
/*
 * super.c - the file system type, superblocks and the life of inodes
 *
 * The node of a directory may be in use by an RCU-walk when its inode goes, so
 * it outlives the inode by a grace period; and as putting it may close a
 * descriptor, that is left to a worker. Other nodes go with their inode.
 */
#include <linux/backing-dev.h>
#include <linux/fs_context.h>
#include <linux/fsnotify_backend.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <linux/workqueue.h>
#include "hostfs.h"
#include "params.h"

static struct kmem_cache *hostfs_inode_cache;
static LLIST_HEAD(hostfs_dead);

static void hostfs_free_dead(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&hostfs_dead);
	struct hostfs_inode *hi, *next;

	llist_for_each_entry_safe(hi, next, list, free) {
		if (hi->node)
			hostfs_put(hi->vfs.i_sb, hi->node);
		kmem_cache_free(hostfs_inode_cache, hi);
		cond_resched();
	}
}

static DECLARE_WORK(hostfs_free_work, hostfs_free_dead);

static struct inode *hostfs_alloc_inode(struct super_block *sb)
{
	struct hostfs_inode *hi;

	hi = alloc_inode_sb(sb, hostfs_inode_cache, GFP_KERNEL);
	if (!hi)
		return NULL;
	hi->node = NULL;
	hi->pace = NULL;
	hi->locks = NULL;
	hi->dead = false;
	hi->version = 0;
	hi->call = 0;
	hi->dev = 0;
	hi->watch = NULL;
	hi->appeared = 0;
	memset(&hi->attr, 0, sizeof(hi->attr));
	memset(&hi->pages, 0, sizeof(hi->pages));
	return &hi->vfs;
}

static void hostfs_inode_once(void *object)
{
	struct hostfs_inode *hi = object;

	spin_lock_init(&hi->lock);
	INIT_LIST_HEAD(&hi->files);
	inode_init_once(&hi->vfs);
}

/* After a grace period; in a soft interrupt. */
static void hostfs_free_inode(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	hostfs_inode_freed();
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	if (!hi->node)
		kmem_cache_free(hostfs_inode_cache, hi);
	else if (llist_add(&hi->free, &hostfs_dead))
		queue_work(system_dfl_wq, &hostfs_free_work);
}

static void hostfs_evict_inode(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	truncate_inode_pages_final(&inode->i_data);
	hostfs_watch_evict(inode);
	spin_lock(&hi->lock);
	hi->dead = true;
	spin_unlock(&hi->lock);
	clear_inode(inode);
	hostfs_locks_free(hi);
	if (!hi->node || S_ISDIR(inode->i_mode))
		return;
	hostfs_put(inode->i_sb, hi->node);
	hi->node = NULL;
}

static int hostfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct hostfs_sb *sbi = HOSTFS_SB(dentry->d_sb);
	struct host_statfs st;
	int err = hostfs_told(dentry->d_sb, 0, statfs,
			      hostfs_call_paced(sbi->fs->ops, sbi->pace, statfs,
						sbi->fs, &st));

	if (err)
		return err;
	buf->f_type = HOSTFS_MAGIC;
	buf->f_bsize = st.bsize;
	buf->f_frsize = st.frsize;
	buf->f_blocks = st.blocks;
	buf->f_bfree = st.bfree;
	buf->f_bavail = st.bavail;
	buf->f_files = st.files;
	buf->f_ffree = st.ffree;
	buf->f_namelen = st.namelen;
	buf->f_fsid = u64_to_fsid(huge_encode_dev(dentry->d_sb->s_dev));
	return 0;
}

static int hostfs_sync_fs(struct super_block *sb, int wait)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);

	if (!wait || sb_rdonly(sb))
		return 0;
	return hostfs_told(sb, 0, sync,
			   hostfs_call_slow(sbi->fs->ops, sbi->pace, sync,
					    sbi->fs));
}

static int hostfs_show(struct seq_file *m, struct dentry *root)
{
	hostfs_show_options(m, root->d_sb);
	return 0;
}

const struct super_operations hostfs_super_ops = {
	.alloc_inode	= hostfs_alloc_inode,
	.free_inode	= hostfs_free_inode,
	.evict_inode	= hostfs_evict_inode,
	.statfs		= hostfs_statfs,
	.sync_fs	= hostfs_sync_fs,
	.show_options	= hostfs_show,
};

static struct hostfs_device *hostfs_find_device(struct hostfs_sb *sbi,
						const struct host_id *id)
{
	struct hostfs_device *d;

	list_for_each_entry(d, &sbi->devices, link)
		if (d->major == id->dev_major && d->minor == id->dev_minor)
			return d;
	return NULL;
}

/**
 * hostfs_device - the st_dev of an object
 * @sb: where it is shown
 * @id: its identity on the host
 *
 * Inode numbers are unique within one file system of the host only; each that
 * appears below the mount gets a device number of its own.
 *
 * Return: the number; the superblock's if there is none left.
 */
dev_t hostfs_device(struct super_block *sb, const struct host_id *id)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	struct hostfs_device *d, *new;

	if (id->dev_major == sbi->major && id->dev_minor == sbi->minor)
		return sb->s_dev;
	spin_lock(&sbi->lock);
	d = hostfs_find_device(sbi, id);
	spin_unlock(&sbi->lock);
	if (d)
		return d->dev;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new || get_anon_bdev(&new->dev)) {
		kfree(new);
		return sb->s_dev;
	}
	new->major = id->dev_major;
	new->minor = id->dev_minor;
	spin_lock(&sbi->lock);
	d = hostfs_find_device(sbi, id);
	if (!d) {
		list_add_tail(&new->link, &sbi->devices);
		d = new;
	}
	spin_unlock(&sbi->lock);
	if (d != new) {
		free_anon_bdev(new->dev);
		kfree(new);
	}
	return d->dev;
}

int hostfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	struct inode *root;
	int err;

	sb->s_magic = HOSTFS_MAGIC;
	sb->s_op = &hostfs_super_ops;
	sb->s_export_op = &hostfs_export_ops;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	sb->s_flags |= SB_POSIXACL;
	if (sbi->flavour)
		sb->s_flags |= SB_NOSEC;	/* see hostfs_apply_nosec() */
	sb->s_xattr = hostfs_xattr_handlers;
	if (sbi->options.cache != HOSTFS_EXCLUSIVE)
		set_default_d_op(sb, &hostfs_dentry_ops);
	err = super_setup_bdi(sb);
	/* With cache=exclusive nobody else changes anything. */
	if (!err && sbi->options.cache != HOSTFS_EXCLUSIVE)
		err = fsnotify_sb_set_ops(sb, &hostfs_notify_ops);
	if (!err)
		err = hostfs_stats_show(sbi->stats, sb);
	if (err)
		return err;
	root = hostfs_iget_root(sb);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

void hostfs_kill_sb(struct super_block *sb)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	struct hostfs_device *d, *next;

	if (sbi)
		hostfs_stats_hide(sbi->stats);
	kill_anon_super(sb);
	/* Nodes of directories are still on their way out. */
	rcu_barrier();
	flush_work(&hostfs_free_work);
	if (!sbi)
		return;
	list_for_each_entry_safe(d, next, &sbi->devices, link) {
		free_anon_bdev(d->dev);
		kfree(d);
	}
	hostfs_sb_free(sbi);
}

static struct file_system_type hostfs_type = {
	.owner		 = THIS_MODULE,
	.name		 = "hostfs",
	.init_fs_context = hostfs_init_fs_context,
	.parameters	 = hostfs_parameters,
	.kill_sb	 = hostfs_kill_sb,
	.fs_flags	 = FS_ALLOW_IDMAP,
};
MODULE_ALIAS_FS("hostfs");

static int __init hostfs_init(void)
{
	int err = host_init(hostfs_params_descriptors());

	if (err)
		return err;
	err = hostfs_work_init();
	if (err)
		pr_err("hostfs: no workers: error %d\n", err);
	hostfs_params_apply();
	err = hostfs_stats_init();
	if (err)
		return err;
	hostfs_inode_cache = kmem_cache_create("hostfs_inode",
			sizeof(struct hostfs_inode), 0,
			SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT, hostfs_inode_once);
	if (!hostfs_inode_cache)
		return -ENOMEM;
	err = hostfs_reclaim_init();
	if (!err)
		err = register_filesystem(&hostfs_type);
	if (err)
		kmem_cache_destroy(hostfs_inode_cache);
	return err;
}
fs_initcall(hostfs_init);
