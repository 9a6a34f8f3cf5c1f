/* SPDX-License-Identifier: GPL-2.0-only */
/* doubt - calls that lie at one moment of a case, to see each check fail (--doubt) */
#ifndef FSCONF_DOUBT_H
#define FSCONF_DOUBT_H

#include "fsconf.h"

enum fc_lie_kind {
	FC_LIE_ERROR,	/* does nothing, fails with EIO */
	FC_LIE_ZERO,	/* does nothing, reports success */
	FC_LIE_WRONG,	/* does it, and reports something else */
	FC_LIES
};

/* When a check was made, by the calls of its process; and where it stands. */
struct fc_moment {
	unsigned int checked, begun, done;
};

#define FC_MOMENTS	3

struct fc_site {
	const char *file;
	int line;
	int count;
	struct fc_moment moments[FC_MOMENTS];	/* the first two, and the last */
};

/* A child's calls are counted from its parent's number on, and this. */
#define FC_CHILD	(1u << 24)

#define FC_SITES	512	/* of one case */

/* Shared by the driver and the processes of a case. */
struct fc_doubts {
	int count;			/* of sites, in the order of their first check */
	struct fc_site sites[FC_SITES];
	bool failed[FC_SITES];
	/* The lie: calls from..to-1 of each process, until the check at file:line */
	bool lying;
	enum fc_lie_kind kind;
	unsigned int from, to;
	const char *file;
	int line;
	bool noticed;
	const char *call;		/* that has lied last */
};

extern struct fc_doubts *fc_doubts;	/* NULL: nobody doubts */

/* A check has its verdict. */
void fc_doubt_checked(const struct fc_here *at, bool held);
/* Is the call that begins now to lie? Counts it. */
bool fc_doubt_call(const char *name, enum fc_lie_kind *ret_kind);

#endif
