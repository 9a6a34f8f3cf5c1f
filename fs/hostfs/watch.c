// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - marks of the guest become watches on the host
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "watch.h"

#define SELF	(HOST_EVENT_ATTRIB | HOST_EVENT_DELETE_SELF | \
		 HOST_EVENT_MOVE_SELF)
#define MOVED	(HOST_EVENT_MOVED_FROM | HOST_EVENT_MOVED_TO)
#define COVER	(HOST_EVENT_CREATE | HOST_EVENT_DELETE | MOVED)

DEFINE_XARRAY(hostfs_watch_table);
static DEFINE_MUTEX(watch_lock);

/* --- the table ---------------------------------------------------------- */

static void watch_link(struct hostfs_watch *w, s32 wd)
{
	struct hostfs_watch *first;

	/* Room first: with the lock held there is none to be made. */
	if (xa_reserve(&hostfs_watch_table, wd, GFP_KERNEL))
		return;
	xa_lock(&hostfs_watch_table);
	first = xa_load(&hostfs_watch_table, wd);
	w->next = first;
	w->wd = wd;
	__xa_store(&hostfs_watch_table, wd, w, GFP_ATOMIC);
	xa_unlock(&hostfs_watch_table);
}

/* Under the table's lock. */
static void watch_unlink(struct hostfs_watch *w)
{
	struct hostfs_watch *at;

	if (w->wd < 0)
		return;
	at = xa_load(&hostfs_watch_table, w->wd);
	if (at == w) {
		if (w->next)
			__xa_store(&hostfs_watch_table, w->wd, w->next,
				   GFP_ATOMIC);
		else
			__xa_erase(&hostfs_watch_table, w->wd);
		return;
	}
	while (at && at->next != w)
		at = at->next;
	if (at)
		at->next = w->next;
}

/* What all inodes of one host watch ask for together. */
static u32 watch_total(s32 wd)
{
	struct hostfs_watch *w;
	u32 mask = 0;

	xa_lock(&hostfs_watch_table);
	for (w = xa_load(&hostfs_watch_table, wd); w; w = w->next)
		mask |= w->mask;
	xa_unlock(&hostfs_watch_table);
	return mask;
}

/* Any inode of a host watch: a reference. */
static struct inode *watch_other(s32 wd)
{
	struct hostfs_watch *w;
	struct inode *inode = NULL;

	xa_lock(&hostfs_watch_table);
	w = xa_load(&hostfs_watch_table, wd);
	if (w)
		inode = igrab(w->inode);
	xa_unlock(&hostfs_watch_table);
	return inode;
}

bool hostfs_watched(const struct inode *inode)
{
	struct hostfs_watch *w;
	bool watched;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(inode)->watch;
	watched = w && w->wd >= 0;
	xa_unlock(&hostfs_watch_table);
	return watched;
}

/* --- the worker's view --------------------------------------------------- */

/* Under the table's lock. Return: is there something to release? */
static bool watch_hold(struct hostfs_watch *w, struct hostfs_held *ret)
{
	struct super_block *sb = w->inode->i_sb;

	/* Else it is being unmounted, and all this ends soon. */
	if (!atomic_inc_not_zero(&sb->s_active))
		return false;
	*ret = (struct hostfs_held){ sb, igrab(w->inode) };
	return true;
}

/**
 * hostfs_watch_hold - the inodes behind a watch of the host
 * @wd: its number
 * @ret: the inodes, for hostfs_watch_release()
 * @size: of @ret
 *
 * Return: how many; more than @size mounts of one share are not looked at.
 */
u32 hostfs_watch_hold(s32 wd, struct hostfs_held *ret, u32 size)
{
	struct hostfs_watch *w;
	u32 n = 0;

	xa_lock(&hostfs_watch_table);
	for (w = xa_load(&hostfs_watch_table, wd); w && n < size; w = w->next)
		n += watch_hold(w, &ret[n]);
	xa_unlock(&hostfs_watch_table);
	return n;
}

/**
 * hostfs_watch_find - walk over the host's watches
 * @wd: where to begin, and the number of the one found
 * @filter: which; a mark is taken off
 *
 * Return: is there one?
 */
bool hostfs_watch_find(unsigned long *wd, xa_mark_t filter)
{
	bool found;

	xa_lock(&hostfs_watch_table);
	found = xa_find(&hostfs_watch_table, wd, INT_MAX, filter);
	if (found && (__force unsigned int)filter <= 2)
		__xa_clear_mark(&hostfs_watch_table, *wd, filter);
	xa_unlock(&hostfs_watch_table);
	return found;
}

/* Walk over the covered directories of a superblock; a reference to each. */
bool hostfs_cover_next(struct super_block *sb, unsigned long *wd,
		       struct inode **ret)
{
	struct hostfs_watch *w;

	*ret = NULL;
	xa_lock(&hostfs_watch_table);
	for (w = xa_find(&hostfs_watch_table, wd, INT_MAX, XA_PRESENT); w;
	     w = xa_find(&hostfs_watch_table, wd, INT_MAX, XA_PRESENT)) {
		while (w && (w->inode->i_sb != sb || !w->cover))
			w = w->next;
		++*wd;
		if (w)
			*ret = igrab(w->inode);
		if (*ret)
			break;
	}
	xa_unlock(&hostfs_watch_table);
	return *ret;
}

/* May unmount the superblock, if it was the last user. */
void hostfs_watch_release(const struct hostfs_held *held)
{
	iput(held->inode);
	deactivate_super(held->sb);
}

/* --- asking the host ------------------------------------------------------ */

/**
 * hostfs_watch_refused - the host does not watch an object
 * @inode: the object
 * @err: why
 *
 * Who watches it here learns that something may be missed, if what is missing
 * is room; else there is nothing to wait for.
 */
void hostfs_watch_refused(struct inode *inode, int err)
{
	switch (err) {
	case -ENOSPC:
	case -ENOMEM:
		pr_warn_once("hostfs: no more watches on this host (fs.inotify.max_user_watches): not all of its changes reach those who watch for them\n");
		fsnotify_remote_lost(inode->i_sb, inode);
		break;
	case -EACCES:
	case -ESTALE:
		break;		/* not ours to see; gone */
	default:
		pr_notice_once("hostfs: this host does not tell what changes on it (error %d): watchers see what the guest does\n",
			       err);
	}
}

static int watch_ask(struct inode *inode, u32 mask, bool replace, s32 *ret_wd)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	int err;

	/* Not every table of operations has news. */
	if (!hostfs_ops(inode)->watch)
		return -EOPNOTSUPP;
	err = hostfs_call(inode, watch, hi->node, mask, replace, ret_wd);
	if (!err && hi->pace->kind == HOST_KIND_REMOTE)
		pr_notice_once("hostfs: a watched file system of the host does not tell what other machines or processes do to it\n");
	return err;
}

/* What is to be asked of the host for this inode. */
static u32 watch_wanted(const struct hostfs_watch *w)
{
	u32 mask = READ_ONCE(w->inode->i_fsnotify_mask);

	if (w->cover)
		mask |= READ_ONCE(HOSTFS_SB(w->inode->i_sb)->watch_mask) |
			COVER;
	if (mask & FS_RENAME)
		mask |= MOVED;
	mask &= HOST_EVENT_ALL;
	if (mask)
		mask |= SELF;
	if (w->children)
		mask |= HOST_EVENT_DELETE;
	return mask;
}

/* Make the host's watch what is wanted. Return: 0, -ESTALE: say where it is. */
static int watch_apply(struct hostfs_watch *w, u32 mask)
{
	u32 before = w->mask;
	s32 wd = w->wd;
	int err;

	if (w->wd >= 0 && w->mask == mask)
		return 0;
	w->mask = mask;
	err = hostfs_news_start();
	if (err >= 0 && w->wd < 0)
		err = watch_ask(w->inode, mask, false, &wd);
	else if (err >= 0)
		err = watch_ask(w->inode, watch_total(wd), true, &wd);
	if (err >= 0 && w->wd < 0) {
		watch_link(w, wd);
		if (w->wd < 0) {
			host_watch_drop(wd);
			err = -ENOMEM;
		}
	}
	if (err >= 0)
		return 0;
	if (mask & ~before)
		hostfs_watch_refused(w->inode, err);
	w->mask = before;
	return err == -ESTALE ? err : 0;
}

/* --- watches -------------------------------------------------------------- */

static struct hostfs_watch *watch_get(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_watch *w = hi->watch;

	if (w)
		return w;
	w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	if (!w)
		return NULL;
	w->inode = inode;
	w->wd = -1;
	hi->watch = w;
	return w;
}

/* Nobody can find it any more. */
static void watch_free(struct hostfs_watch *w)
{
	if (w->wd >= 0)
		host_watch_drop(w->wd);
	kfree(w->told);
	kfree(w);
}

static void watch_remove(struct hostfs_watch *w)
{
	struct inode *other;
	s32 wd = w->wd, again;

	xa_lock(&hostfs_watch_table);
	watch_unlink(w);
	HOSTFS_I(w->inode)->watch = NULL;
	xa_unlock(&hostfs_watch_table);
	watch_free(w);
	other = wd < 0 ? NULL : watch_other(wd);
	if (!other)
		return;
	/* An error: the host tells more than is wanted. */
	(void)watch_ask(other, watch_total(wd), true, &again);
	/* Watched by somebody else: not its last reference. */
	iput(other);
}

/* One watched directory less in this one. */
static void watch_childless(struct inode *parent)
{
	struct hostfs_watch *w = HOSTFS_I(parent)->watch;
	u32 mask;

	if (!w || !w->children)
		return;
	w->children--;
	mask = watch_wanted(w);
	if (mask)
		(void)watch_apply(w, mask);
	else
		watch_remove(w);
}

/* The directory that a directory is in, a reference; NULL for the root. */
static struct inode *watch_parent(struct inode *inode)
{
	struct dentry *dentry = d_find_any_alias(inode), *parent;
	struct inode *dir = NULL;

	if (!dentry)
		return NULL;
	parent = dget_parent(dentry);
	if (parent != dentry)
		dir = igrab(d_inode(parent));
	dput(parent);
	dput(dentry);
	return dir;
}

/*
 * While we have a descriptor of a directory the host does not tell that it was
 * removed; but the directory that it is in does. Takes over the reference @dir.
 * Return: a reference to be put.
 */
static struct inode *watch_ask_parent(struct hostfs_watch *w, struct inode *dir)
{
	struct inode *old = w->parent;
	struct hostfs_watch *p;

	if (dir == old)
		return dir;
	w->parent = NULL;
	if (old)
		watch_childless(old);
	p = dir ? watch_get(dir) : NULL;
	if (!p) {
		iput(dir);
		return old;
	}
	p->children++;
	(void)watch_apply(p, watch_wanted(p));
	w->parent = dir;
	return old;
}

/*
 * @dir: a reference to what a directory is in, or NULL
 * *ret_put: a reference to be put without the lock
 */
static int watch_update_locked(struct inode *inode, bool cover,
			       struct inode *dir, struct inode **ret_put)
{
	struct hostfs_watch *w = watch_get(inode);
	u32 mask;

	*ret_put = dir;
	if (!w) {
		hostfs_watch_refused(inode, -ENOMEM);
		return 0;
	}
	if (cover && !w->cover) {
		ihold(inode);
		w->cover = true;
	}
	mask = watch_wanted(w);
	/* Only for the children of it, that is no more than DELETE. */
	w->marked = mask & ~HOST_EVENT_DELETE;
	if (w->marked) {
		*ret_put = watch_ask_parent(w, dir);
		return watch_apply(w, mask);
	}
	iput(dir);
	*ret_put = w->parent;
	w->parent = NULL;
	if (*ret_put)
		watch_childless(*ret_put);
	if (mask)
		return watch_apply(w, mask);
	watch_remove(w);
	return 0;
}

/* Have a watched directory searched. */
static void watch_search(struct inode *inode)
{
	struct hostfs_watch *w;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(inode)->watch;
	if (w && w->wd >= 0 && w->marked) {
		w->search = true;
		__xa_set_mark(&hostfs_watch_table, w->wd, HOSTFS_TO_SEARCH);
	}
	xa_unlock(&hostfs_watch_table);
}

/* A directory got its first watch: was it made so lately as to be searched? */
static void watch_look_back(struct inode *inode, const struct inode *dir)
{
	if (!S_ISDIR(inode->i_mode) || !hostfs_watched(inode))
		return;
	if (!hostfs_search_recent(inode) && !(dir && hostfs_search_recent(dir)))
		return;
	WRITE_ONCE(HOSTFS_I(inode)->appeared, jiffies);
	watch_search(inode);
	hostfs_news_kick();
}

/**
 * hostfs_watch_new_dir - the news of the making of a directory has come
 * @inode: the directory
 *
 * The worker's: what is watched already will be searched before its own news.
 */
void hostfs_watch_new_dir(struct inode *inode)
{
	WRITE_ONCE(HOSTFS_I(inode)->appeared, jiffies ?: 1);
	watch_search(inode);
}

static int watch_update_once(struct inode *inode, bool cover)
{
	/* Dentries are not put with the lock held: the last one may end marks. */
	struct inode *dir = S_ISDIR(inode->i_mode) ? watch_parent(inode) : NULL;
	struct inode *put = dir;
	unsigned int nofs;
	bool first;
	int err = 0;

	mutex_lock(&watch_lock);
	nofs = memalloc_nofs_save();
	first = !HOSTFS_I(inode)->watch || !HOSTFS_I(inode)->watch->marked;
	if (!HOSTFS_I(inode)->dead &&
	    (cover || HOSTFS_I(inode)->watch || inode->i_fsnotify_mask))
		err = watch_update_locked(inode, cover, dir, &put);
	if (first)
		watch_look_back(inode, dir);
	memalloc_nofs_restore(nofs);
	mutex_unlock(&watch_lock);
	iput(put);
	return err;
}

/**
 * hostfs_watch_update - the marks of an inode have changed
 * @inode: which
 * @cover: a mark of the superblock wants this directory, too
 */
void hostfs_watch_update(struct inode *inode, bool cover)
{
	if (watch_update_once(inode, cover) == -ESTALE &&
	    hostfs_place(inode, NULL))
		(void)watch_update_once(inode, cover);
	/* What the host does not watch need not stay in memory for that. */
	if (cover && !hostfs_watched(inode))
		hostfs_watch_uncover(inode);
}

/* No mark of the superblock wants it any more. */
void hostfs_watch_uncover(struct inode *inode)
{
	struct hostfs_watch *w;
	bool covered = false;

	mutex_lock(&watch_lock);
	w = HOSTFS_I(inode)->watch;
	if (w && w->cover) {
		w->cover = false;
		covered = true;
	}
	mutex_unlock(&watch_lock);
	if (!covered)
		return;
	hostfs_watch_update(inode, false);
	iput(inode);
}

/**
 * hostfs_watch_gone - the host has ended a watch
 * @inode: one of those behind it
 */
void hostfs_watch_gone(struct inode *inode)
{
	struct hostfs_watch *w;

	mutex_lock(&watch_lock);
	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(inode)->watch;
	if (w && w->wd >= 0) {
		watch_unlink(w);
		host_watch_drop(w->wd);
		w->wd = -1;
		w->next = NULL;
		w->mask = 0;
	}
	xa_unlock(&hostfs_watch_table);
	mutex_unlock(&watch_lock);
	hostfs_watch_uncover(inode);
}

/* An inode is on its way out: only evictable marks let it go with a watch. */
void hostfs_watch_evict(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_watch *w;

	if (!READ_ONCE(hi->watch))
		return;
	xa_lock(&hostfs_watch_table);
	w = hi->watch;
	if (w)
		watch_unlink(w);
	hi->watch = NULL;
	xa_unlock(&hostfs_watch_table);
	if (!w)
		return;
	/* Its `children` there stays too high: one watch more than needed. */
	iput(w->parent);
	watch_free(w);
}

static void hostfs_marks_changed(struct super_block *sb, struct inode *inode)
{
	if (inode)
		hostfs_watch_update(inode, false);
	else
		hostfs_cover_update(sb);
}

const struct fsnotify_sb_ops hostfs_notify_ops = {
	.marks_changed	= hostfs_marks_changed,
};
