/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share - the host's directories that a guest gets
 */
#ifndef HUM_SHARE_H
#define HUM_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

struct share {
	char tag[16];		/* its name on the kernel's command line */
	int fd;			/* O_PATH | O_DIRECTORY */
	bool read_only;
	char *target;		/* where the guest has it */
	const char *options;	/* mount options besides ro; the config's */
	bool humfs;		/* else hostfs; "/" as hostfs: under an overlay */
};

struct shares {
	struct share v[VOLUMES_MAX + 2];
	size_t n;
};

/*
 * Open them in the order of mounting: "/" (or --rootfs) as "root", the current directory as
 * "cwd" unless it is "/" or a -v takes its place or --rootfs has another, each -v as "v0", "v1", ...
 * Prints why when one cannot be opened. Return: 0 or a negative errno; in both
 * cases shares_close() ends them.
 */
int shares_open(const struct config *c, struct shares *ret);
void shares_close(struct shares *s);

#define _cleanup_shares_	_cleanup_(shares_close)

#endif /* HUM_SHARE_H */
