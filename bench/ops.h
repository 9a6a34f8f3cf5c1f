/* SPDX-License-Identifier: GPL-2.0-only */
/* ops - the table of single operations: see ops.c */
#ifndef BENCH_OPS_H
#define BENCH_OPS_H

/**
 * struct op - an operation that can be repeated
 * @name: what the harness calls it
 * @run: repeat it @n times or a little more; the repetitions done, -1 with errno
 * @begin, @end: preparation and removal, outside of the time; may be NULL
 *
 * All take the same argument, mostly a path.
 */
struct op {
	const char *name;
	long (*run)(long n, const char *arg);
	int (*begin)(const char *arg);
	void (*end)(const char *arg);
};

/* Return: the operation, or NULL. */
const struct op *op_find(const char *name);

#endif
