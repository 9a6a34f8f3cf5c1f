/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_fault_user.h - what the files of the fault table share
 */
#ifndef HOSTFS_HOST_FAULT_USER_H
#define HOSTFS_HOST_FAULT_USER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "host_fault.h"

/* The table that is right. */
extern const struct host_ops *host_fault_real;

/* One that replaces a single operation: the only one that ops has. */
struct host_fault {
	const char *name;
	struct host_ops ops;
};

/* Put the fault of this name, if it is one of n faults, into *ops. Was it? */
bool host_fault_find(const struct host_fault *faults, size_t n,
		     const char *name, struct host_ops *ops);

/*
 * Put the fault of this name, if it is one of theirs, into the copy *ops.
 * Return: was it?
 */
bool host_fault_attr(const char *name, struct host_ops *ops);
bool host_fault_name(const char *name, struct host_ops *ops);
bool host_fault_file(const char *name, struct host_ops *ops);

#endif /* HOSTFS_HOST_FAULT_USER_H */
