/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session_impl - what the parts of a session share: session.c has the theory
 */
#ifndef HUM_SESSION_IMPL_H
#define HUM_SESSION_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "ctl.h"
#include "guest.h"
#include "klog.h"
#include "share.h"
#include "terminal.h"

/* The tests are built with less. */
#ifndef OFF_LIMIT
#define OFF_LIMIT	30	/* seconds from POWEROFF to the process's end */
#define END_LIMIT	5	/* from the socket's end to the process's */
#endif

enum phase { BOOT, SETUP, RUN, OFF };

struct session {
	const struct config *config;
	const struct shares *shares;
	struct guest *guest;
	struct klog *log;
	struct terminal terminal;
	int signals;
	enum phase phase;
	int64_t deadline;	/* of the phase, in ms; 0 = none */
	int status;		/* to exit with; -1 = not known yet */
	bool started;		/* the command runs */
	bool failed;		/* a message was printed, the log is to follow */
	bool hung_up;		/* the terminal is gone */
	bool ended;		/* the process has ended */
};

/* session.c: begin a phase that may take @limit seconds, 0 = any time. */
void session_enter(struct session *s, enum phase phase, unsigned int limit);

/* session.c: end with 125; the caller has printed why. */
void session_give_up(struct session *s);

/* session.c: the command is over, or never began: end in good order. */
void session_power_off(struct session *s, int status);

/* session_messages.c: act on a message of the guest. */
void session_message(struct session *s, const struct ctl_header *h,
		     const void *fields);

/* session_signals.c: take what the signalfd has. */
void session_take_signals(struct session *s);

#endif /* HUM_SESSION_IMPL_H */
