/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostfd - what the kernel half of the drivers shares among its files
 */
#ifndef HUM_HOSTFD_H
#define HUM_HOSTFD_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "hostfd_host.h"

/**
 * struct hostfd_watch - guest tasks that wait for a host descriptor
 * @wait:	the tasks, and the guest's own poll and epoll sets
 * @lock:	protects @armed and its copy in the host's epoll set
 * @armed:	EPOLL* that the host was asked to report and has not yet
 * @fd:		the host descriptor; -1: never waits
 * @id:		its name in events
 */
struct hostfd_watch {
	wait_queue_head_t wait;
	spinlock_t lock;
	u32 armed;
	int fd;
	u32 id;
};

int hostfd_watch_start(struct hostfd_watch *w, int fd);
void hostfd_watch_stop(struct hostfd_watch *w);
void hostfd_watch_arm(struct hostfd_watch *w, u32 events);
int hostfd_watch_wait(struct hostfd_watch *w, u32 events);
__poll_t hostfd_watch_poll(struct hostfd_watch *w, struct file *file,
			   poll_table *wait);

/* The pure part of the watch, for its tests. */
u32 hostfd_watch_to_arm(u32 armed, u32 want);
u32 hostfd_watch_left(u32 armed, u32 came);

/**
 * struct hostfd - a host descriptor in the guest
 * @io:		how the host half uses it
 * @watch:	who waits for it
 * @users:	open guest files; the last one closes the host descriptor, also
 *		when an O_PATH file still holds the inode
 * @type:	S_IFMT bits
 * @seekable:	has an offset (the host's, shared with the host)
 * @terminal:	answers TCGETS
 * @parent:	the inode's one, when this one is a single file's own: a regular
 *		file that was opened again has an offset of its own
 */
struct hostfd {
	struct hostfd_io io;
	struct hostfd_watch watch;
	refcount_t users;
	umode_t type;
	bool seekable;
	bool terminal;
	struct hostfd *parent;
};

static inline struct hostfd *hostfd_of(struct file *file)
{
	return file->private_data;
}

struct file *hostfd_file_create(int fd);
bool hostfd_get(struct hostfd *hf);
void hostfd_put(struct hostfd *hf);

/* hostfd_file.c: the operations of a file with poll, and of one without */
extern const struct file_operations hostfd_poll_fops;
extern const struct file_operations hostfd_plain_fops;
void hostfd_file_prepare(struct file *file, struct hostfd *hf);

/* hostfd_ioctl.c */
bool hostfd_is_terminal(struct hostfd *hf);
long hostfd_ioctl(struct file *file, unsigned int command, unsigned long arg);

#endif /* HUM_HOSTFD_H */
