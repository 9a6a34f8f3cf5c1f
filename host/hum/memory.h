/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory - how much memory a guest may have here
 */
#ifndef HUM_MEMORY_H
#define HUM_MEMORY_H

#include <stdint.h>

#define MEMORY_MIN	(64ull << 20)	/* less does not boot with every driver */
#define MEMORY_DEFAULT	(2ull << 30)	/* the default's upper bound */

/*
 * What this process can use: the machine's memory, or its control group's limit
 * when that is lower. @root is a descriptor of "/" (another one in tests).
 * Return: 0; -EIO when /proc/meminfo cannot be understood; another errno.
 */
int memory_limit(int root, uint64_t *ret);

/* Half of @limit, within MEMORY_MIN and MEMORY_DEFAULT, whole megabytes. */
uint64_t memory_default(uint64_t limit);

#endif /* HUM_MEMORY_H */
