/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminal - the user's terminal while a -t command has it
 */
#ifndef HUM_TERMINAL_H
#define HUM_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#include "ctl.h"

struct terminal {
	int fd;			/* our own descriptor of it, -1 = none */
	bool raw;		/* it is in raw mode, by us */
	struct termios saved;
};

/* Keep @fd's terminal at hand. Return: 0 or a negative errno. */
int terminal_open(struct terminal *t, int fd);

/* Raw mode: every key goes to the guest. Return: 0 or a negative errno. */
int terminal_raw(struct terminal *t);

/* Give it back as it was. Nothing happens unless it is raw. */
void terminal_restore(struct terminal *t);

/* Its size, all 0 when it does not tell. */
struct ctl_tty terminal_size(const struct terminal *t);

/* Restore and close. */
void terminal_close(struct terminal *t);

#endif /* HUM_TERMINAL_H */
