/* SPDX-License-Identifier: GPL-2.0-only */
/* ops - the calls of syscalls.def as a table */
#ifndef FSCONF_OPS_H
#define FSCONF_OPS_H

#include "../harness/fsconf.h"

enum op_flags {
	OP_E = 1, OP_C = 2, OP_F = 4, OP_W = 8, OP_D = 16, OP_L = 32, OP_P = 64,
	OP_A = 128, OP_N = 256, OP_I = 512,
};

struct fc_op {
	const char *name;
	unsigned int flags;
	enum fc_need need;		/* FC_NEEDS = none */
	long (*call)(const char *path);
	long (*call_at)(int dirfd, const char *path);
};

extern const struct fc_op fc_ops[];		/* ends with name == NULL */
extern const struct fc_op fc_at_ops[];

/* Walk the operations that can be tried here and have all of @flags. */
#define for_each_op(op, table, want)					\
	for (const struct fc_op *op = (table); op->name; op++)		\
		if (fc_op_usable(op, (want)))

bool fc_op_usable(const struct fc_op *op, unsigned int want);

/* Make "base" and "bdir", so that an operation can be called from here. */
void fc_op_stage(void);
/* Remove "other" and restore "base" and "bdir" after a call. */
void fc_op_restage(void);
/* Make at @path what @op needs there, as the owner's; remove what was there. */
void fc_op_target(const struct fc_op *op, const char *path);

#endif
