/* SPDX-License-Identifier: GPL-2.0-only */
/* record - the results of a case, on their way from its processes to the runner */
#ifndef FSCONF_RECORD_H
#define FSCONF_RECORD_H

#include <stdatomic.h>
#include <stddef.h>

#define FC_RECORD_SIZE	(4u << 20)

enum fc_verdict { FC_PASS = 'P', FC_FAIL = 'F', FC_SKIP = 'S' };

/*
 * Shared memory, not a pipe: it works for every identity, under every limit,
 * in every namespace, and what a case said before it crashed is there.
 * Lines "VERDICT label \t detail \n"; a writer reserves its bytes at once.
 */
struct fc_record {
	atomic_size_t used;
	atomic_int finished;	/* the case came to its end */
	char text[FC_RECORD_SIZE - 2 * sizeof(size_t)];
};

extern struct fc_record *fc_record;	/* of the running case */

struct fc_record *fc_record_new(void);
void fc_record_reset(struct fc_record *rec);
void fc_record_add(enum fc_verdict verdict, const char *label,
		   const char *detail);

#endif
