// SPDX-License-Identifier: GPL-2.0-only
/*
 * util - memory that does not run out quietly, descriptors closed once
 *
 * Pid 1 without memory cannot do anything useful: it ends the guest, which the
 * launcher reports.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

void *xalloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		agent_poweroff();
	return p;
}

void *xgrow(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		agent_poweroff();
	return p;
}

char *xstrndup(const void *s, size_t n)
{
	char *copy = xalloc(n + 1);

	memcpy(copy, s, n);
	return copy;
}

void xclose(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);	/* nothing to do about it, see close(2) */
	*fd = -1;
}
