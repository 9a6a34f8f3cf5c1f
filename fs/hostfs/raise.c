// SPDX-License-Identifier: GPL-2.0-only
/*
 * raise.c - news of the host becomes events of the guest
 *
 * Each piece of news is about a watched object itself, or about a name in a
 * watched directory. First what the guest has cached of it is brought up to
 * date, then the event is raised as the VFS raises it when the guest does such
 * a thing: to the directory with the name, to the object, to the superblock.
 *
 * The host tells a thing twice if it watches both the object and its directory.
 * The guest's event for the name goes to both already, so the second piece is
 * left out (`heard`).
 *
 * DELETE_SELF is raised by the dentry cache, when it lets go of the last name of
 * an inode without links, as for any file system.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/namei.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include "watch.h"

#define DIRENT	(FS_CREATE | FS_DELETE | FS_MOVED_FROM | FS_MOVED_TO)
#define HEARD	8

/* The worker's memory; it is one at a time. */
static struct {
	const struct inode *inode;	/* compared only */
	u32 mask;
} heard[HEARD];
static unsigned int heard_next;

/* A name that was moved away; its new one may come next. */
static struct {
	struct hostfs_held dir;		/* counted; sb NULL: there is none */
	u32 host_cookie, cookie;
	u32 length;
	bool isdir;
	char name[HOST_COMPONENT_MAX + 1];
} moved;

/* --- up to date ------------------------------------------------------------ */

static void raise_refresh(struct inode *inode, u32 mask)
{
	struct address_space *mapping = inode->i_mapping;
	struct host_attr attr;

	if (!(mask & (FS_MODIFY | FS_ATTRIB | FS_CLOSE_WRITE)))
		return;
	/* An error will be met by whoever wants to know. */
	(void)hostfs_ask(inode, NULL, NULL, &attr);
	if (!(mask & (FS_MODIFY | FS_CLOSE_WRITE)) || !mapping->nrpages)
		return;
	(void)filemap_write_and_wait(mapping);
	(void)invalidate_inode_pages2(mapping);
}

/* The host has removed it: its last name here goes, and its marks with it. */
static void raise_gone(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct dentry *alias;

	spin_lock(&hi->lock);
	if (inode->i_nlink)
		clear_nlink(inode);
	spin_unlock(&hi->lock);
	hostfs_changed(inode, NULL);
	d_prune_aliases(inode);
	while ((alias = d_find_alias(inode))) {
		bool more = !d_unhashed(alias);

		d_invalidate(alias);
		dput(alias);
		if (!more)
			break;
	}
	if (hlist_empty(&inode->i_dentry))
		fsnotify_inoderemove(inode);
}

/* A name of it was removed. */
static void raise_unlinked(struct inode *inode)
{
	struct host_attr attr;

	if (S_ISDIR(inode->i_mode)) {
		raise_gone(inode);
		return;
	}
	if (hostfs_ask(inode, NULL, NULL, &attr))
		hostfs_lost_name(inode);
	if (!inode->i_nlink)
		raise_gone(inode);
}

/* --- names ------------------------------------------------------------------ */

/* The dentry of a name as it is now; NULL: that is not to be had. */
static struct dentry *raise_lookup(struct dentry *parent, const char *name,
				   u32 length)
{
	struct qstr qname = QSTR_INIT(name, length);
	struct dentry *dentry = lookup_noperm_unlocked(&qname, parent);

	return IS_ERR(dentry) ? NULL : dentry;
}

/* The dentry that is cached under a name, and means something else by now. */
static struct dentry *raise_stale(struct dentry *parent, const char *name,
				  u32 length)
{
	struct inode *dir = d_inode(parent);
	struct qstr qname = QSTR_INIT(name, length);
	struct dentry *dentry = try_lookup_noperm(&qname, parent);
	struct host_attr attr;

	if (IS_ERR_OR_NULL(dentry))
		return NULL;
	if (d_is_positive(dentry) &&
	    (hostfs_call(dir, lookup, HOSTFS_I(dir)->node, name, 0, &attr) ||
	     !hostfs_same(d_inode(dentry), &attr)))
		return dentry;
	dput(dentry);
	return NULL;
}

/*
 * An inode to stand for one that was gone before it could be looked up. It has a
 * node without a place: whatever is asked of it is -ESTALE.
 */
static struct inode *raise_ghost(struct super_block *sb)
{
	const struct hostfs_sb *sbi = HOSTFS_SB(sb);
	const struct host_attr attr = {
		.id = { .dev_major = sbi->major, .dev_minor = sbi->minor },
		.mode = S_IFREG,
	};
	struct inode *inode = hostfs_iget(sb, NULL, NULL, &attr);

	return IS_ERR(inode) ? NULL : inode;
}

/* --- raising ------------------------------------------------------------------ */

/* Does anybody want events of that kind from this directory? */
static bool raise_wanted(const struct inode *dir, u32 mask)
{
	u32 want = READ_ONCE(dir->i_fsnotify_mask) |
		   READ_ONCE(HOSTFS_SB(dir->i_sb)->watch_mask);

	return want & mask & ALL_FSNOTIFY_EVENTS;
}

static void raise_dirent(struct inode *dir, struct dentry *dentry,
			 const struct qstr *name, u32 mask, u32 cookie)
{
	fsnotify_name(mask, dentry, FSNOTIFY_EVENT_DENTRY, dir, name, cookie);
}

/* An event whose object cannot be had any more. */
static void raise_of_ghost(struct inode *dir, const struct qstr *name, u32 mask,
			   u32 cookie)
{
	struct inode *ghost = raise_ghost(dir->i_sb);

	if (!ghost) {
		fsnotify_remote_lost(dir->i_sb, dir);
		return;
	}
	if (mask & DIRENT)
		fsnotify_name(mask, ghost, FSNOTIFY_EVENT_INODE, dir, name,
			      cookie);
	else
		fsnotify(mask | FS_EVENT_ON_CHILD, ghost, FSNOTIFY_EVENT_INODE,
			 dir, name, ghost, 0);
	iput(ghost);
}

/* Both names of a rename, for those who want them in one event. */
static void raise_rename(struct dentry *dentry, struct inode *olddir,
			 const struct qstr *oldname)
{
	struct fsnotify_rename_data rd = { .moved = dentry };

	fsnotify_name(FS_RENAME | (d_is_dir(dentry) ? FS_ISDIR : 0), &rd,
		      FSNOTIFY_EVENT_RENAME, olddir, oldname, 0);
}

static void raise_object(struct dentry *dentry, u32 mask)
{
	struct inode *inode = d_inode(dentry);

	if (hostfs_watched(inode)) {
		heard[heard_next % HEARD].inode = inode;
		heard[heard_next++ % HEARD].mask = mask;
	}
	fsnotify_remote(dentry, mask & ~FS_ISDIR);
}

/**
 * hostfs_raise_made - a name came, or something was done to what it names
 * @dir: the directory
 * @name: the name
 * @length: its length
 * @mask: FS_*: one event, and perhaps FS_ISDIR
 * @cookie: the guest's, of a move
 */
void hostfs_raise_made(struct inode *dir, const char *name, u32 length,
		       u32 mask, u32 cookie)
{
	struct qstr qname = QSTR_INIT(name, length);
	struct dentry *parent = d_find_any_alias(dir);
	struct dentry *dentry = parent ? raise_lookup(parent, name, length) : NULL;
	bool there = dentry && d_is_positive(dentry);

	if (there)
		raise_refresh(d_inode(dentry), mask);
	if (there && (mask & FS_CREATE) && (mask & FS_ISDIR))
		hostfs_watch_new_dir(d_inode(dentry));
	if (there && (mask & FS_MOVED_TO) && cookie && moved.dir.inode &&
	    moved.cookie == cookie)
		raise_rename(dentry, moved.dir.inode,
			     &QSTR_LEN(moved.name, moved.length));
	if (dentry && (mask & DIRENT))
		raise_dirent(dir, dentry, &qname, mask, cookie);
	else if (there)
		raise_object(dentry, mask);
	else
		raise_of_ghost(dir, &qname, mask, cookie);
	dput(dentry);
	dput(parent);
}

/* --- names that go ---------------------------------------------------------- */

/* What is cached under the name that was moved away. */
static void raise_moved_end(void)
{
	struct dentry *parent, *dentry = NULL;

	if (!moved.dir.sb)
		return;
	parent = d_find_any_alias(moved.dir.inode);
	if (parent)
		dentry = raise_stale(parent, moved.name, moved.length);
	if (dentry)
		d_invalidate(dentry);
	dput(dentry);
	dput(parent);
	hostfs_watch_release(&moved.dir);
	moved.dir = (struct hostfs_held){};
}

/* The name stays until it is known where to: a directory moves with its tree. */
static void raise_moved_from(const struct hostfs_held *held,
			     const struct host_news *news)
{
	if (!atomic_inc_not_zero(&held->sb->s_active))
		return;
	ihold(held->inode);
	moved.dir = *held;
	moved.host_cookie = news->cookie;
	moved.cookie = fsnotify_get_cookie();
	moved.isdir = news->mask & HOST_EVENT_DIR;
	moved.length = news->length;
	memcpy(moved.name, news->name, news->length + 1);
}

static void raise_left(const struct hostfs_held *held,
		       const struct host_news *news)
{
	struct inode *dir = held->inode;
	struct qstr name = QSTR_INIT(news->name, news->length);
	struct dentry *parent = d_find_any_alias(dir);
	struct dentry *dentry = NULL;
	u32 mask = news->mask & (DIRENT | FS_ISDIR);
	u32 cookie = 0;

	if (mask & FS_MOVED_FROM) {
		raise_moved_from(held, news);
		cookie = moved.cookie;
	} else if (parent) {
		dentry = raise_stale(parent, news->name, news->length);
	}
	if (dentry) {
		raise_unlinked(d_inode(dentry));
		fsnotify_name(mask, d_inode(dentry), FSNOTIFY_EVENT_INODE, dir,
			      &name, cookie);
		d_invalidate(dentry);
	} else if (raise_wanted(dir, mask)) {
		raise_of_ghost(dir, &name, mask, cookie);
	}
	dput(dentry);
	dput(parent);
}

/* --- a watched object itself -------------------------------------------------- */

static bool raise_heard(const struct inode *inode, u32 mask)
{
	unsigned int i;

	for (i = 0; i < HEARD; i++) {
		if (heard[i].inode == inode && heard[i].mask == mask) {
			heard[i].inode = NULL;
			return true;
		}
	}
	return false;
}

static void raise_self(struct inode *inode, u32 mask)
{
	raise_refresh(inode, mask);
	if (mask & FS_DELETE_SELF) {
		raise_gone(inode);
	} else if (mask & FS_UNMOUNT) {
		fsnotify_inode(inode, FS_UNMOUNT);
		__fsnotify_inode_delete(inode);
	} else if (mask & FS_IN_IGNORED) {
		hostfs_watch_gone(inode);
	} else {
		if (!raise_heard(inode, mask))
			fsnotify_inode(inode, mask & ~FS_ISDIR);
		if ((mask & FS_ATTRIB) && !inode->i_nlink)
			raise_gone(inode);
		if (mask & FS_MOVE_SELF)
			hostfs_watch_update(inode, false);
	}
}

/**
 * hostfs_raise - bring the guest up to date, and tell it
 * @held: a watched inode
 * @news: of it
 */
void hostfs_raise(const struct hostfs_held *held, const struct host_news *news)
{
	struct inode *dir = held->inode;
	u32 cookie = 0;

	/* FS_IN_IGNORED, FS_UNMOUNT and the rest are numbered as HOST_EVENT_*. */
	if (!news->length) {
		raise_self(dir, news->mask);
		return;
	}
	if (!S_ISDIR(dir->i_mode))
		return;
	if ((news->mask & FS_MOVED_TO) && moved.dir.sb &&
	    moved.host_cookie == news->cookie)
		cookie = moved.cookie;
	else
		raise_moved_end();
	if ((news->mask & FS_MOVED_TO) && !cookie)
		cookie = fsnotify_get_cookie();
	if (news->mask & (FS_DELETE | FS_MOVED_FROM))
		raise_left(held, news);
	else if (!(news->mask & FS_CREATE) ||
		 !hostfs_search_told(dir, news->name, news->length))
		hostfs_raise_made(dir, news->name, news->length, news->mask,
				  cookie);
	if (news->mask & FS_MOVED_TO)
		raise_moved_end();
}

/* The queue is empty: nothing belongs together with what is yet to come. */
void hostfs_raise_end(void)
{
	raise_moved_end();
	memset(heard, 0, sizeof(heard));
}
