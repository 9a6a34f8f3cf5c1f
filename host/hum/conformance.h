/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conformance - `hum conformance DIR|TAG`: fsconf in a guest, its helper out here
 */
#ifndef HUM_CONFORMANCE_H
#define HUM_CONFORMANCE_H

#include "config.h"

/*
 * Make @c a guest that tests a directory: argv is DIR or the tag of a share that
 * @c has, and what else fsconf is told. Starts the helper of fsconf's two-sided cases, which is the other end of
 * the guest's standard input; not for a dry run. Prints why when it cannot.
 * Return: 0 or a negative errno.
 */
int conformance_prepare(struct config *c, int argc, char **argv);

#endif /* HUM_CONFORMANCE_H */
