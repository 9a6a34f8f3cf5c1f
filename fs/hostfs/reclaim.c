// SPDX-License-Identifier: GPL-2.0-only
/*
 * reclaim.c - what was given back must have arrived before somebody is killed
 *
 * A guest that has walked a big tree holds little but dentries and inodes. The
 * VFS gives them back under pressure, but an inode is free only after a grace
 * period of RCU, and the allocator, which does not count what is under way,
 * gives up after a few rounds. On a busy host, whose threads are the guest's
 * CPUs, grace periods take longer than that.
 */
#include <linux/atomic.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/rcupdate.h>
#include "hostfs.h"

/* Fewer may always be under way, and would only put the inevitable off. */
#define HOSTFS_WORTH_IT	64

static atomic_long_t hostfs_freed = ATOMIC_LONG_INIT(0);

void hostfs_inode_freed(void)
{
	atomic_long_inc(&hostfs_freed);
}

static int hostfs_out_of_memory(struct notifier_block *nb, unsigned long unused,
				void *freed)
{
	long before = atomic_long_read(&hostfs_freed), more;

	rcu_barrier();
	more = atomic_long_read(&hostfs_freed) - before;
	if (more >= HOSTFS_WORTH_IT)
		*(unsigned long *)freed += more;
	return NOTIFY_OK;
}

static struct notifier_block hostfs_oom_block = {
	.notifier_call	= hostfs_out_of_memory,
};

int __init hostfs_reclaim_init(void)
{
	return register_oom_notifier(&hostfs_oom_block);
}
