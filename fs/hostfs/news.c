// SPDX-License-Identifier: GPL-2.0-only
/*
 * news.c - the host's news arrives: an interrupt, and a worker
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <irq_kern.h>
#include "watch.h"

#define NEWS_SIZE	SZ_8K
#define NEWS_PATIENCE	40	/* waits of NEWS_WAIT_US for whose deed it was */
#define NEWS_WAIT_US	25

static struct workqueue_struct *news_queue;
static void *news_buffer;
static int news_fd = -1;

/* --- parameters ------------------------------------------------------------ */

static const char *const news_kinds[] = {
	[HOST_WATCH_NONE] = "none",
	[HOST_WATCH_INOTIFY] = "inotify",
	[HOST_WATCH_FANOTIFY] = "fanotify",
};

static enum host_watch_kind news_most = HOST_WATCH_FANOTIFY;
static bool news_tried;
static unsigned int news_limit;

static int news_kind_set(const char *value, const struct kernel_param *kp)
{
	int kind = sysfs_match_string(news_kinds, value);

	if (kind < 0)
		return kind;
	news_most = kind;
	return 0;
}

static int news_limit_set(const char *value, const struct kernel_param *kp)
{
	return kstrtouint(value, 0, &news_limit);
}

static const struct kernel_param_ops news_kind_ops = { .set = news_kind_set };
static const struct kernel_param_ops news_limit_ops = { .set = news_limit_set };

module_param_cb(news, &news_kind_ops, NULL, 0);
MODULE_PARM_DESC(news, "where others' changes are learnt from: none, inotify, fanotify (with inotify)");
module_param_cb(watches, &news_limit_ops, NULL, 0);
MODULE_PARM_DESC(watches, "watches on the host at most (default: half of the user's, 65536 at most)");

/* Before the first watch: what may be used; then: what is. */
static ssize_t news_read(struct kobject *kobject, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", news_kinds[!news_tried ? news_most :
						  host_watch_kind()]);
}

static ssize_t watches_read(struct kobject *kobject,
			    struct kobj_attribute *attr, char *buf)
{
	u32 limit, used = host_watch_count(&limit);

	return sysfs_emit(buf, "%u of %u\n", used, news_limit ?: limit);
}

static struct kobj_attribute news_attr = __ATTR(news, 0444, news_read, NULL);
static struct kobj_attribute watches_attr =
	__ATTR(watches, 0444, watches_read, NULL);

/* In /sys/fs/hostfs/host/: news, watches. */
int hostfs_news_show(struct kobject *kobject)
{
	return sysfs_create_file(kobject, &news_attr.attr) ?:
	       sysfs_create_file(kobject, &watches_attr.attr);
}

/* --- lost --------------------------------------------------------------- */

static void news_lost_inode(struct inode *inode, void *unused)
{
	hostfs_changed(inode, NULL);
	if (!inode->i_mapping->nrpages)
		return;
	(void)filemap_write_and_wait(inode->i_mapping);
	(void)invalidate_inode_pages2(inode->i_mapping);
}

/* Everything of a superblock that is cached and was not checked at its use. */
static void news_lost_sb(struct super_block *sb)
{
	struct inode *inode, *put = NULL;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		spin_lock(&inode->i_lock);
		if (!inode->i_mapping->nrpages ||
		    (inode_state_read(inode) &
		     (I_FREEING | I_WILL_FREE | I_NEW))) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		spin_unlock(&sb->s_inode_list_lock);
		iput(put);
		put = inode;
		news_lost_inode(inode, NULL);
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(put);
}

/* The host had more news than it keeps. */
static void news_lost(void)
{
	struct hostfs_held held[HOSTFS_MOUNTS];
	struct super_block *last = NULL;
	unsigned long wd = 0;
	u32 n;

	pr_warn_once("hostfs: the host had more news than fs.inotify.max_queued_events: watchers are told that some is lost\n");
	for (; hostfs_watch_find(&wd, XA_PRESENT); wd++) {
		n = hostfs_watch_hold(wd, held, HOSTFS_MOUNTS);
		while (n--) {
			if (held[n].inode) {
				hostfs_changed(held[n].inode, NULL);
				fsnotify_remote_lost(held[n].sb, held[n].inode);
			}
			/* Compared only: mostly they are all of one. */
			if (held[n].sb != last) {
				news_lost_sb(held[n].sb);
				fsnotify_remote_lost(held[n].sb, NULL);
			}
			last = held[n].sb;
			hostfs_watch_release(&held[n]);
		}
	}
}

/* --- the worker ------------------------------------------------------------ */

static void news_one(const struct host_news *news)
{
	struct hostfs_held held[HOSTFS_MOUNTS];
	u32 n;

	if (news->mask & HOST_EVENT_OVERFLOW) {
		news_lost();
		return;
	}
	n = hostfs_watch_hold(news->watch, held, HOSTFS_MOUNTS);
	while (n--) {
		if (held[n].inode) {
			hostfs_search(held[n].inode);
			hostfs_raise(&held[n], news);
		}
		hostfs_watch_release(&held[n]);
	}
	/* A new directory: what is in it before what comes after it. */
	if ((news->mask & HOST_EVENT_CREATE) && (news->mask & HOST_EVENT_DIR))
		hostfs_search_all();
}

static void news_work(struct work_struct *work)
{
	const struct host_news *news;
	int patience = NEWS_PATIENCE;
	s64 size, at;

	for (;;) {
		hostfs_search_all();
		size = host_watch_read(news_buffer, NEWS_SIZE, patience <= 0);
		if (size == -EBUSY) {
			patience--;
			usleep_range(NEWS_WAIT_US, 2 * NEWS_WAIT_US);
			continue;
		}
		if (size <= 0)
			break;
		patience = NEWS_PATIENCE;
		for (at = 0; at < size; at += news->reclen) {
			news = news_buffer + at;
			news_one(news);
		}
	}
	hostfs_raise_end();
	hostfs_search_end();
}

static DECLARE_WORK(news_job, news_work);

void hostfs_news_kick(void)
{
	queue_work(news_queue, &news_job);
}

static irqreturn_t news_interrupt(int irq, void *unused)
{
	hostfs_news_kick();
	return IRQ_HANDLED;
}

static int news_begin(void)
{
	int irq, fd = host_watch_start(news_most, news_limit);

	news_tried = true;
	if (fd < 0)
		return fd;
	if (!news_buffer)
		news_buffer = kmalloc(NEWS_SIZE, GFP_KERNEL);
	if (!news_queue)
		news_queue = alloc_ordered_workqueue("hostfs_news", WQ_HIGHPRI);
	if (!news_buffer || !news_queue)
		return -ENOMEM;
	irq = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, news_interrupt, 0,
			     "hostfs", &news_fd);
	return irq < 0 ? irq : fd;
}

/**
 * hostfs_news_start - be told what happens on the host
 *
 * At the first watch: a guest that watches nothing has none of this.
 * Serialized by the caller. Return: 0, or why there is no news.
 */
int hostfs_news_start(void)
{
	if (news_fd < 0)
		news_fd = news_begin();
	return news_fd < 0 ? news_fd : 0;
}
