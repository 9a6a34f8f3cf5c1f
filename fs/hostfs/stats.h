/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - what a mount has asked the host for: /sys/fs/hostfs/MAJOR:MINOR/
 */
#ifndef HOSTFS_STATS_H
#define HOSTFS_STATS_H

#include <linux/kobject.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include "host.h"

struct super_block;

/* An operation's number: its place in the table. */
#define HOSTFS_OP(op)	(offsetof(struct host_ops, op) / sizeof(void *))
#define HOSTFS_OPS	(sizeof(struct host_ops) / sizeof(void *))

struct hostfs_counts {
	u64 call[HOSTFS_OPS];
	u64 revalidations;	/* names that were used again, and asked about */
	u64 replaced;		/* of these, such as meant something else now */
	u64 fresh;		/* attributes that the same call had got already */
};

struct hostfs_stats {
	struct kobject kobject;
	struct hostfs_counts __percpu *counts;
	bool shown;
};

/* Both halves of a mount's life; NULL is nothing to end. */
struct hostfs_stats *hostfs_stats_new(void);
/* Shown from now on, under the superblock's device number. */
int hostfs_stats_show(struct hostfs_stats *stats, struct super_block *sb);
void hostfs_stats_end(struct hostfs_stats *stats);
/* /sys/fs/hostfs */
int hostfs_stats_init(void);

#endif /* HOSTFS_STATS_H */
