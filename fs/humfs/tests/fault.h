/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.h - host calls that fail, for the tests: included before everything else
 * in a second copy of the host half
 */
#ifndef HUMFS_TESTS_FAULT_H
#define HUMFS_TESTS_FAULT_H

#include "host_user.h"

/* Is the call that is about to be made to fail? Then it is not made. */
bool host_fault(void);

#undef HOST_CALL
#define HOST_CALL(kind, call)						\
({									\
	int64_t result_;						\
	do {								\
		host_tally(HOST_COUNT_##kind);				\
		if (host_fault()) {					\
			result_ = -EIO;					\
			break;						\
		}							\
		result_ = (call);					\
		if (result_ < 0)					\
			result_ = -errno;				\
	} while (result_ == -EINTR);					\
	result_;							\
})

#endif /* HUMFS_TESTS_FAULT_H */
