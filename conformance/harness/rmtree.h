/* SPDX-License-Identifier: GPL-2.0-only */
/* rmtree - remove a tree of any depth, whatever its modes */
#ifndef FSCONF_RMTREE_H
#define FSCONF_RMTREE_H

/* Return: 0, or -1 with errno if something could not be removed. */
int fc_rmtree(int dirfd, const char *name);

#endif
