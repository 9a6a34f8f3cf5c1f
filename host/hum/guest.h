/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest - the kernel's process: its command line, its start, its end
 */
#ifndef HUM_GUEST_H
#define HUM_GUEST_H

#include <sys/types.h>

#include "config.h"
#include "share.h"
#include "strv.h"

struct guest {
	pid_t pid;		/* 0 = none */
	int pidfd;
	int control;		/* our end of the control socket, non-blocking */
	int log;		/* what the kernel prints, non-blocking */
};

/*
 * The kernel's argument list, argv[0] included.
 * Return: 0; -E2BIG when a kernel does not take so much; -ENOMEM.
 */
int guest_arguments(const struct config *c, const struct shares *s,
		    struct strv *ret);

/*
 * Start the kernel. It dies with this process, whatever kills that.
 * Prints why when it cannot. Return: 0 or a negative errno.
 */
int guest_start(const struct config *c, const struct shares *s,
		const struct strv *arguments, struct guest *ret);

void guest_kill(struct guest *g);

/* Wait for its end. Return: a status as waitpid(2) gives it. */
int guest_reap(struct guest *g);

/* Kill it if it is still there, and close everything. */
void guest_close(struct guest *g);

#endif /* HUM_GUEST_H */
