/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.h - the fault that the command line asks for (HOSTFS_FAULT)
 */
#ifndef HOSTFS_FAULT_H
#define HOSTFS_FAULT_H

struct host_fs;

#ifdef CONFIG_HOSTFS_FAULT
/* What was mounted by this tag (NULL: none) may be the one that gets it. */
void hostfs_fault(struct host_fs *fs, const char *tag);
#else
static inline void hostfs_fault(struct host_fs *fs, const char *tag)
{
}
#endif

#endif /* HOSTFS_FAULT_H */
