/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dryrun - what `hum run` would start, as text for a shell
 */
#ifndef HUM_DRYRUN_H
#define HUM_DRYRUN_H

#include <stdio.h>

#include "config.h"
#include "share.h"
#include "strv.h"

void dryrun_print(const struct config *c, const struct shares *s,
		  const struct strv *arguments, FILE *out);

#endif /* HUM_DRYRUN_H */
