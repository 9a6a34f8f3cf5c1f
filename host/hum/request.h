/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * request - the messages that hum sends to the guest's agent
 *
 * Each returns 0 or a negative errno: -E2BIG when arguments and environment are
 * more than CTL_FILE_MAX, otherwise ctl_sock_send()'s.
 */
#ifndef HUM_REQUEST_H
#define HUM_REQUEST_H

#include "config.h"
#include "ctl.h"
#include "share.h"

#define COMMAND_ID 1		/* hum run has one command a guest */

int request_setup(int sock, const struct shares *s);

/* @fds: those of 0, 1, 2 that are open, in this order. @tty NULL = none. */
int request_exec(int sock, const struct config *c, const struct ctl_tty *tty,
		 const int *fds, unsigned int nfds);
int request_signal(int sock, int signo);
int request_winsize(int sock, const struct ctl_tty *tty);
int request_poweroff(int sock);

#endif /* HUM_REQUEST_H */
