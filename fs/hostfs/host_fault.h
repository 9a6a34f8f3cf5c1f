/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_fault.h - a table of operations that is wrong on purpose (HOSTFS_FAULT)
 */
#ifndef HOSTFS_HOST_FAULT_H
#define HOSTFS_HOST_FAULT_H

#include "host.h"

/*
 * From now on fs is wrong in the way that host_fault.def names. One name in the
 * life of a process. Return: 0, -ENOENT: there is no such fault.
 */
int host_fault_set(struct host_fs *fs, const char *name);

#endif /* HOSTFS_HOST_FAULT_H */
