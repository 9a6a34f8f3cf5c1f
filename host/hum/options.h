/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options - the option tables of hum's commands
 */
#ifndef HUM_OPTIONS_H
#define HUM_OPTIONS_H

#include "opt.h"

extern const struct opt_command command_hum, command_run, command_shell,
				command_conformance;

#endif /* HUM_OPTIONS_H */
