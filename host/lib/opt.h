/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opt - options of the host's commands, as tables
 *
 * Theory of operation
 *
 * A command has one table, a row for each option. Parsing, --help, the shell's
 * completion and the check of the manual page all walk that table, so none of
 * them can know an option that another does not.
 *
 * Words are taken as POSIX has it: options end at the first word that is none,
 * or after "--"; short ones may be joined (-tq, -vSRC); a long one takes its
 * argument as --name=ARG or --name ARG. Long names are not abbreviated: a
 * script must not break when an option is added.
 */
#ifndef HUM_OPT_H
#define HUM_OPT_H

#include <stdio.h>

struct opt {
	const char *name;	/* long name, without the dashes */
	char letter;		/* short name or 0 */
	const char *arg;	/* what the argument is, NULL = none */
	const char *value;	/* the default, for people; NULL = none to tell */
	const char *help;	/* one line */
	/*
	 * Take the option; @arg is NULL where the row has none. It prints its
	 * own message. Return: 0 or a negative errno.
	 */
	int (*set)(void *target, const char *arg);
};

struct opt_command {
	const char *name;	/* "hum run" */
	const char *synopsis;	/* behind the name: "[OPTION]... COMMAND..." */
	const char *about;	/* one sentence */
	const struct opt *opts;	/* ended by a row without name */
	const char *notes;	/* behind the table of --help, NULL = none */
};

enum opt_fault {
	OPT_UNKNOWN,		/* no such option */
	OPT_NO_ARG,		/* it needs an argument */
	OPT_EXTRA_ARG,		/* --name=ARG for one that takes none */
	OPT_REFUSED,		/* set() failed, and has printed why */
};

struct opt_error {
	enum opt_fault fault;
	char word[64];		/* the option as it was written, maybe cut */
};

/*
 * Return: 0, *ret_rest = index of the first word that is no option; -EINVAL with
 * *ret_error filled.
 */
int opt_parse(const struct opt_command *command, int argc, char **argv,
	      void *target, int *ret_rest, struct opt_error *ret_error);

/* The message for a fault that set() did not report, NULL for OPT_REFUSED. */
const char *opt_error_text(enum opt_fault fault);

/* --help. */
void opt_help(const struct opt_command *command, FILE *out);

/* One line a row for programs: "--name<TAB>-x or empty<TAB>ARG or empty<TAB>help". */
void opt_list(const struct opt_command *command, FILE *out);

#endif /* HUM_OPT_H */
