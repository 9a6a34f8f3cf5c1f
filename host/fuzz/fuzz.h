/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz - the entry that every fuzz target has
 */
#ifndef HUM_FUZZ_H
#define HUM_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Any bytes are allowed; a broken promise of the tested code aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)					\
	do {						\
		if (!(condition))			\
			__builtin_trap();		\
	} while (0)

#endif /* HUM_FUZZ_H */
