// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress - one line on the user's terminal about long work
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define BAR		30
#define FIRST_MS	1000
#define EVERY_MS	200

static int64_t since_ms(const struct timespec *now, const struct timespec *then)
{
	return (int64_t)(now->tv_sec - then->tv_sec) * 1000 +
	       (now->tv_nsec - then->tv_nsec) / 1000000;
}

static void now(struct timespec *ret)
{
	(void)clock_gettime(CLOCK_MONOTONIC, ret);	/* cannot fail */
}

void progress_begin(struct progress *progress, const char *what, bool quiet)
{
	*progress = (struct progress){
		.what = what, .on = !quiet && isatty(STDERR_FILENO),
	};
	now(&progress->start);
	progress->last = progress->start;
}

static void show_bar(const struct progress *progress, uint64_t done,
		     uint64_t total, int64_t ms)
{
	uint64_t part = done < total ? done : total;
	unsigned int percent = (unsigned int)((double)part * 100 / total);
	unsigned int filled = percent * BAR / 100;

	fprintf(stderr, "\r%s [%.*s%*s] %3u %% %llds\033[K", progress->what,
		(int)filled, "##############################",
		(int)(BAR - filled), "", percent, (long long)(ms / 1000));
}

void progress_step(struct progress *progress, uint64_t done, uint64_t total,
		   const char *unit)
{
	struct timespec at;
	int64_t ms;

	if (!progress->on)
		return;
	now(&at);
	ms = since_ms(&at, &progress->start);
	if (ms < FIRST_MS || since_ms(&at, &progress->last) < EVERY_MS)
		return;
	progress->last = at;
	progress->shown = true;
	if (total)
		show_bar(progress, done, total, ms);
	else
		fprintf(stderr, "\r%s: %llu %s, %llds\033[K", progress->what,
			(unsigned long long)done, unit, (long long)(ms / 1000));
	(void)fflush(stderr);	/* a lost line of progress is no harm */
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->on = progress->shown = false;
}
