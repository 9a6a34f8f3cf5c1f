/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cleanup - resources of the host's programs that end with their scope
 *
 * Each destructor accepts the empty value (NULL, -1), and errno survives it.
 */
#ifndef HUM_CLEANUP_H
#define HUM_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)	__attribute__((cleanup(f)))

static inline void cleanup_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);	/* nothing was written, or it was checked */
	*fd = -1;
	errno = saved;
}

static inline void cleanup_fclose(FILE **file)
{
	int saved = errno;

	if (*file)
		(void)fclose(*file);	/* as above */
	*file = NULL;
	errno = saved;
}

#define _cleanup_free_		_cleanup_(cleanup_free)
#define _cleanup_close_		_cleanup_(cleanup_close)
#define _cleanup_fclose_	_cleanup_(cleanup_fclose)

/* Take the descriptor out of its scope's hands. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif /* HUM_CLEANUP_H */
