/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn.h - what the scenarios of churn are made of
 */
#ifndef E2E_CHURN_H
#define E2E_CHURN_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* One step of the host's, which does its number n; one look of the guest's. */
struct churn {
	const char *name;
	void (*host)(uint64_t n);
	void (*guest)(void);
};

extern const struct churn churn_data[], churn_names[];	/* end with NULL */

/* Say what is wrong, and end. */
void churn_wrong(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#define MUST(call) ({							\
	long must_ = (long)(call);					\
	if (must_ < 0)							\
		churn_wrong("%s: %s", #call, strerror(errno));		\
	must_;								\
})


/* The host's last number that is done: said by it, heard by the guest. */
void churn_say(uint64_t count);
uint64_t churn_heard(void);
/* Write a whole file: `words` times the number. */
void churn_put(const char *name, uint64_t count, int words);

#endif /* E2E_CHURN_H */
