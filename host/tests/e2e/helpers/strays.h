/* SPDX-License-Identifier: GPL-2.0-only */
/* strays.h - finds what a command leaves running */
#ifndef HUM_STRAYS_H
#define HUM_STRAYS_H

/* Become the parent of every process that a descendant orphans. */
int strays_adopt(void);

/*
 * strays_end - wait until no descendant is left
 * @limit_ms: how long they may take
 *
 * Those that take longer are named on stderr and killed.
 * Return: how many that were.
 */
int strays_end(int limit_ms);

/* Milliseconds on a clock that only goes forward. */
long long strays_now(void);

#endif /* HUM_STRAYS_H */
