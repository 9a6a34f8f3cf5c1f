/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - what watch.c, cover.c and news.c share
 *
 * Theory of operation
 *
 * A guest process that marks an object (inotify, fanotify, dnotify) makes
 * fsnotify call hostfs (kernel/patches/0030), which puts a watch on the host's
 * object before the mark's maker returns (watch.c). A mark on the superblock or
 * on a mount is a watch on every directory (cover.c). Others' changes arrive by
 * an interrupt; a worker first drops what they have made stale, then raises the
 * events (news.c).
 *
 *   hostfs_watch	one watched inode: what it asks for, and the host's
 *			watch, which inodes of two mounts of a share have in
 *			common. Those of one host watch form a list in an xarray
 *			by the host's number.
 *
 * Locks: watch_lock (mutex) is held while a watch is set up or changed, on a
 * server's file system as long as that takes to answer; never while an event is raised or an inode is put. watch_table.xa_lock guards the
 * lists and hostfs_inode.watch; the worker and the eviction of inodes take no
 * other. What the worker works on it holds by an active reference to the
 * superblock, so that an unmount waits for it instead of pulling it away.
 */
#ifndef HOSTFS_WATCH_H
#define HOSTFS_WATCH_H

#include <linux/fsnotify_backend.h>
#include <linux/xarray.h>
#include "hostfs.h"

/*
 * A directory that came into being on the host so recently is searched when it
 * gets its first watch: what was made in it before is told then.
 */
#define HOSTFS_NEW_JIFFIES	(10 * HZ)
#define HOSTFS_SEARCH_NAMES	1024
#define HOSTFS_TO_SEARCH	XA_MARK_0	/* has a watch with `search` */
#define HOSTFS_TO_FORGET	XA_MARK_1	/* has a watch with `told` */
#define HOSTFS_MOUNTS		8		/* of one share, that hear of its news */

struct hostfs_watch {
	struct hostfs_watch *next;	/* with the same wd */
	struct inode *inode;		/* not counted: ends before it does */
	struct inode *parent;		/* counted: it tells our removal */
	s32 wd;				/* -1: the host does not watch */
	u32 mask;			/* enum host_event: what is asked for */
	u32 children;			/* watches whose parent this is */
	bool marked;			/* somebody wants its news */
	bool cover;			/* a superblock mark wants it; inode counted */
	bool search;			/* to be searched by the worker */
	u32 told_n;			/* names that the search has told ... */
	u32 *told;			/* ... hashed; until the queue is empty */
};

/* A watched inode and its superblock, both held while its news is handled. */
struct hostfs_held {
	struct super_block *sb;
	struct inode *inode;	/* NULL: it is on its way out */
};

/* watch.c */
extern struct xarray hostfs_watch_table;
void hostfs_watch_update(struct inode *inode, bool cover);
void hostfs_watch_new_dir(struct inode *inode);
void hostfs_watch_uncover(struct inode *inode);
void hostfs_watch_gone(struct inode *inode);
bool hostfs_cover_next(struct super_block *sb, unsigned long *wd,
		       struct inode **ret);
u32 hostfs_watch_hold(s32 wd, struct hostfs_held *ret, u32 size);
bool hostfs_watch_find(unsigned long *wd, xa_mark_t filter);
void hostfs_watch_release(const struct hostfs_held *held);
bool hostfs_watched(const struct inode *inode);
void hostfs_watch_refused(struct inode *inode, int err);

/* cover.c */
void hostfs_cover_update(struct super_block *sb);

/* news.c */
int hostfs_news_start(void);
int hostfs_news_show(struct kobject *kobject);
void hostfs_news_kick(void);

/* raise.c */
void hostfs_raise_made(struct inode *dir, const char *name, u32 length,
		       u32 mask, u32 cookie);
void hostfs_raise(const struct hostfs_held *held, const struct host_news *news);
void hostfs_raise_end(void);

/* search.c */
bool hostfs_search_recent(const struct inode *inode);
void hostfs_search(struct inode *dir);
void hostfs_search_all(void);
bool hostfs_search_told(struct inode *dir, const char *name, u32 length);
void hostfs_search_end(void);

#endif /* HOSTFS_WATCH_H */
