// SPDX-License-Identifier: GPL-2.0-only
/*
 * search.c - directories that came into being a moment ago
 *
 * Whoever watches a tree adds a watch for each new directory when he hears of
 * it. The host may have made files in it by then, and has told nobody. So a
 * directory that the host has made lately is listed once its first watch is in
 * place, and what is in it is told as made, and a file that is not empty as
 * written. What is made between the watch and the listing would be told twice:
 * the listing's names are remembered until the queue of news is empty.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/xarray.h>
#include "watch.h"

#define LISTING		SZ_16K

/* Did the news of its making come a moment ago? */
bool hostfs_search_recent(const struct inode *inode)
{
	unsigned long appeared = READ_ONCE(HOSTFS_I(inode)->appeared);

	return appeared && time_before(jiffies, appeared + HOSTFS_NEW_JIFFIES);
}

static u32 search_hash(const char *name, u32 length)
{
	return full_name_hash(NULL, name, length);
}

/* Was this name told already? Only the worker calls this. */
bool hostfs_search_told(struct inode *dir, const char *name, u32 length)
{
	u32 hash = search_hash(name, length), i;
	struct hostfs_watch *w;
	bool told = false;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(dir)->watch;
	for (i = 0; w && w->told && i < w->told_n && !told; i++)
		told = w->told[i] == hash;
	xa_unlock(&hostfs_watch_table);
	return told;
}

static void search_remember(struct inode *dir, const char *name, u32 length)
{
	struct hostfs_watch *w;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(dir)->watch;
	if (w && w->told && w->told_n < HOSTFS_SEARCH_NAMES)
		w->told[w->told_n++] = search_hash(name, length);
	xa_unlock(&hostfs_watch_table);
}

static void search_entry(struct inode *dir, const struct host_dirent *entry)
{
	u32 length = strlen(entry->name);
	struct host_attr attr;

	if (host_name_check(entry->name))
		return;		/* "." and ".." */
	if (hostfs_call(dir, lookup, HOSTFS_I(dir)->node, entry->name, 0, &attr))
		return;
	search_remember(dir, entry->name, length);
	hostfs_raise_made(dir, entry->name, length, FS_CREATE |
			  (S_ISDIR(attr.mode) ? FS_ISDIR : 0), 0);
	if (S_ISREG(attr.mode) && attr.size)
		hostfs_raise_made(dir, entry->name, length, FS_CLOSE_WRITE, 0);
}

static void search_list(struct inode *dir, void *buffer)
{
	const struct host_dirent *entry;
	struct host_file *file;
	s64 size, at, position = 0;

	if (hostfs_call(dir, open, HOSTFS_I(dir)->node, NULL,
			HOST_READ | HOST_DIRECTORY, &file))
		return;		/* gone again */
	for (;;) {
		size = hostfs_call(dir, readdir, file, position, buffer, LISTING);
		if (size <= 0)
			break;
		for (at = 0; at < size; at += entry->reclen) {
			entry = buffer + at;
			position = entry->next;
			search_entry(dir, entry);
		}
	}
	hostfs_close(dir, file);
}

static bool search_wanted(struct inode *dir)
{
	struct hostfs_watch *w;
	bool wanted;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(dir)->watch;
	wanted = w && w->search;
	xa_unlock(&hostfs_watch_table);
	return wanted;
}

/* From now on it is searched, and remembers; takes over @told. */
static void search_begin(struct inode *dir, u32 *told)
{
	struct hostfs_watch *w;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(dir)->watch;
	if (w) {
		w->search = false;
		if (!w->told)
			swap(w->told, told);
		w->told_n = 0;
		__xa_set_mark(&hostfs_watch_table, w->wd, HOSTFS_TO_FORGET);
	}
	xa_unlock(&hostfs_watch_table);
	kfree(told);
}

/**
 * hostfs_search - tell what is in a new directory, if that is to be done
 * @dir: the directory
 *
 * Before the first news of it. Only the worker calls this.
 */
void hostfs_search(struct inode *dir)
{
	void *buffer;

	if (!S_ISDIR(dir->i_mode) || !search_wanted(dir))
		return;
	buffer = kmalloc(LISTING, GFP_KERNEL);
	if (!buffer) {
		fsnotify_remote_lost(dir->i_sb, dir);
		return;
	}
	search_begin(dir, kmalloc_array(HOSTFS_SEARCH_NAMES, sizeof(u32),
					GFP_KERNEL));
	search_list(dir, buffer);
	kfree(buffer);
}

/* Until there is none left: searching finds more to be searched. */
static void search_each(xa_mark_t filter, void (*act)(struct inode *))
{
	struct hostfs_held held[HOSTFS_MOUNTS];
	unsigned long wd;
	u32 n;

	for (wd = 0; hostfs_watch_find(&wd, filter); wd = 0) {
		n = hostfs_watch_hold(wd, held, HOSTFS_MOUNTS);
		while (n--) {
			if (held[n].inode)
				act(held[n].inode);
			hostfs_watch_release(&held[n]);
		}
	}
}

/* Whatever is to be searched. */
void hostfs_search_all(void)
{
	search_each(HOSTFS_TO_SEARCH, hostfs_search);
}

static void search_forget(struct inode *dir)
{
	struct hostfs_watch *w;
	u32 *told = NULL;

	xa_lock(&hostfs_watch_table);
	w = HOSTFS_I(dir)->watch;
	if (w)
		swap(w->told, told);
	xa_unlock(&hostfs_watch_table);
	kfree(told);
}

/* The queue of news is empty: what was told is over. */
void hostfs_search_end(void)
{
	search_each(HOSTFS_TO_FORGET, search_forget);
}
