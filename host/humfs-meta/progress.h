/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress - one line on the user's terminal about long work
 *
 * Only on a terminal, and only after the first second: short work and scripts see
 * nothing. The line is removed at the end.
 */
#ifndef HUMFS_META_PROGRESS_H
#define HUMFS_META_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	const char *what;
	bool on, shown;
	struct timespec start, last;
};

void progress_begin(struct progress *progress, const char *what, bool quiet);
/* done of total; total 0: not known, done is a count of `unit`. */
void progress_step(struct progress *progress, uint64_t done, uint64_t total,
		   const char *unit);
void progress_end(struct progress *progress);

#endif /* HUMFS_META_PROGRESS_H */
