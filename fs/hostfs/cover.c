// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover.c - marks of a superblock or a mount: a watch on every directory
 *
 * The host has no watch for a whole tree that an ordinary user may have. So the
 * tree is walked once, before the mark's maker returns, and each directory gets
 * a watch and stays in memory for it. Directories that come later get theirs
 * when their inodes come into being: by the guest, or by the news of them. The
 * number of watches is bounded (host.h); whoever watches a larger tree finds an
 * overflow in his queue.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "watch.h"

#define LISTING		SZ_16K

/* A directory that is still to be walked. */
struct cover_step {
	struct list_head link;
	struct dentry *dentry;
};

static void cover_push(struct list_head *todo, struct dentry *dentry)
{
	struct cover_step *step = kmalloc(sizeof(*step), GFP_KERNEL);

	if (!step) {
		hostfs_watch_refused(d_inode(dentry), -ENOMEM);
		dput(dentry);
		return;
	}
	step->dentry = dentry;
	list_add_tail(&step->link, todo);
}

/* Watch what is a directory among the entries of a listing. */
static void cover_entries(struct dentry *parent, const void *entries, s64 size,
			  struct list_head *todo)
{
	const struct host_dirent *entry;
	struct dentry *child;
	struct qstr name;
	s64 at;

	for (at = 0; at < size; at += entry->reclen) {
		entry = entries + at;
		if (entry->type != DT_DIR && entry->type != DT_UNKNOWN)
			continue;
		name = (struct qstr)QSTR_INIT(entry->name, strlen(entry->name));
		child = lookup_noperm_unlocked(&name, parent);
		if (IS_ERR(child))
			continue;	/* "." and "..", too */
		if (d_is_dir(child))
			cover_push(todo, child);
		else
			dput(child);
	}
}

static void cover_list(struct dentry *parent, void *buffer,
		       struct list_head *todo)
{
	struct inode *dir = d_inode(parent);
	const struct host_dirent *entry;
	struct host_file *file;
	s64 size, at, position = 0;

	if (hostfs_call(dir, open, HOSTFS_I(dir)->node, NULL,
			HOST_READ | HOST_DIRECTORY, &file))
		return;		/* not ours to see */
	for (;;) {
		size = hostfs_call(dir, readdir, file, position, buffer, LISTING);
		if (size <= 0)
			break;
		cover_entries(parent, buffer, size, todo);
		for (at = 0; at < size; at += entry->reclen) {
			entry = buffer + at;
			position = entry->next;
		}
		cond_resched();
	}
	hostfs_close(dir, file);
}

static void cover_tree(struct super_block *sb)
{
	void *buffer = kmalloc(LISTING, GFP_KERNEL);
	struct cover_step *step;
	LIST_HEAD(todo);
	u32 limit;

	if (!buffer) {
		fsnotify_remote_lost(sb, NULL);
		return;
	}
	cover_push(&todo, dget(sb->s_root));
	while (!list_empty(&todo)) {
		step = list_first_entry(&todo, struct cover_step, link);
		list_del(&step->link);
		if (host_watch_count(&limit) < limit || limit == 0) {
			/* The watch first: what comes later is news. */
			hostfs_watch_update(d_inode(step->dentry), true);
			cover_list(step->dentry, buffer, &todo);
		} else {
			hostfs_watch_refused(d_inode(step->dentry), -ENOSPC);
			fsnotify_remote_lost(sb, NULL);
		}
		dput(step->dentry);
		kfree(step);
	}
	kfree(buffer);
}

/* Every covered directory of a superblock, once the mask has changed. */
static void cover_again(struct super_block *sb, bool end)
{
	unsigned long wd = 0;
	struct inode *inode;

	while (hostfs_cover_next(sb, &wd, &inode)) {
		if (end)
			hostfs_watch_uncover(inode);
		else
			hostfs_watch_update(inode, true);
		iput(inode);
	}
}

/* The marks of a superblock or of one of its mounts have changed. */
void hostfs_cover_update(struct super_block *sb)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	u32 mask = fsnotify_sb_mask(sb) & (HOST_EVENT_ALL | FS_RENAME);
	u32 before = xchg(&sbi->watch_mask, mask);

	if (mask == before)
		return;
	if (!before)
		cover_tree(sb);
	else
		cover_again(sb, !mask);
}

/**
 * hostfs_cover_new - an inode came into being
 * @inode: which
 */
void hostfs_cover_new(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode) &&
	    READ_ONCE(HOSTFS_SB(inode->i_sb)->watch_mask))
		hostfs_watch_update(inode, true);
}
