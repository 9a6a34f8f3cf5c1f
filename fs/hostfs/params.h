/* SPDX-License-Identifier: GPL-2.0-only */
/* params.h - hostfs's words on the kernel's command line */
#ifndef HOSTFS_PARAMS_H
#define HOSTFS_PARAMS_H

#include <linux/types.h>

/* How many descriptors hostfs may keep; 0: not said. */
u32 hostfs_params_descriptors(void);

/* Hand what the command line said to the host half. */
void hostfs_params_apply(void);

#endif /* HOSTFS_PARAMS_H */
