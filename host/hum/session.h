/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session - one command in one guest, from boot to power-off
 */
#ifndef HUM_SESSION_H
#define HUM_SESSION_H

#include "config.h"
#include "guest.h"
#include "klog.h"
#include "share.h"

/*
 * Block the signals that a session takes. Called before the guest is started,
 * so that none is lost or kills hum in between. Return: a signalfd or an errno.
 */
int session_signals(void);

/*
 * Talk to a guest that was just started until it has ended.
 * @signals: from session_signals()
 * Return: hum's exit status.
 */
int session_run(const struct config *c, const struct shares *s, struct guest *g,
		struct klog *log, int signals);

#endif /* HUM_SESSION_H */
