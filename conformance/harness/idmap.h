/* SPDX-License-Identifier: GPL-2.0-only */
/* idmap - user namespaces with chosen maps, and mounts mapped by them */
#ifndef FSCONF_IDMAP_H
#define FSCONF_IDMAP_H

#include <sys/types.h>

/*
 * A descriptor of a new user namespace in which the ids from @inside on are
 * the caller's ids from @outside on, for users and groups alike.
 * Return: the descriptor, or -1 with errno.
 */
int fc_userns(uid_t inside, uid_t outside, unsigned int count);

/*
 * Mount @path on itself so that the ids @on_disk... appear as @shown...
 * Return: 0, or -1 with errno.
 */
int fc_idmapped_mount(const char *path, uid_t on_disk, uid_t shown,
		      unsigned int count);

#endif
