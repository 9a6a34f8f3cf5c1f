/* SPDX-License-Identifier: GPL-2.0-only */
/* ownership.h - how owners and modes are seen and changed: on either side */
#ifndef HUM_E2E_OWNERSHIP_H
#define HUM_E2E_OWNERSHIP_H

#include <stdint.h>

enum ownership_what { UID, GID, MODE, WHATS };

struct values {
	uint32_t v[WHATS];
};

/* A mode as a number that can be counted, and back. */
uint32_t ownership_mode(uint32_t n);
uint32_t ownership_count(uint32_t mode);

/* Return: 0 or a negative errno. */
int ownership_begin(const char *dir);
int ownership_get(const char *name, struct values *ret);
int ownership_set(const char *name, enum ownership_what what, uint32_t value);
/* Something else that this side does there meanwhile. */
void ownership_disturb(unsigned int n);

#endif /* HUM_E2E_OWNERSHIP_H */
