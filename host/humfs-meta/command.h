/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command - the commands of humfs-meta: words, options, and what each runs
 *
 * Every command is one row here: its words, its table of options, a function.
 * All share one struct args; a command's table has the options that it knows.
 * A command prints its own messages and returns the exit status.
 */
#ifndef HUMFS_META_COMMAND_H
#define HUMFS_META_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "opt.h"

#define META_VERSION	"0.1.0"

enum { META_DONE = 0, META_FAILED = 1, META_USAGE = 2 };

struct args {
	bool help, list;
	bool json, recursive, repair, copied, quiet, layer;
	bool foreground, read_only, others;
	bool has_owner;
	uint32_t uid, gid;
	const char *meta;		/* xattr, side, auto */
	const char *format;		/* of export: pax, plain, v2 */
	const char *fakeroot;		/* save file */
	bool has_size, has_inodes;
	uint64_t size, inodes;
	const char *compress;
	char **words;			/* ended by NULL */
	int count;
};

struct command {
	struct opt_command usage;
	int min, max;			/* words; max -1: any number */
	int (*run)(struct args *args);
};

/* Rows of the groups, each ended by a row without a function. */
extern const struct command commands_tree[];	/* cmd_tree.c */
extern const struct command commands_copy[];	/* cmd_copy.c */
extern const struct command commands_show[];	/* cmd_show.c */
extern const struct command commands_change[];	/* cmd_change.c */
extern const struct command commands_check[];	/* cmd_check.c */
extern const struct command commands_mount[];	/* cmd_mount.c */
extern const struct command commands_convert[];	/* cmd_convert.c */

/* options.c: the rows that commands share */
int option_help(void *target, const char *arg);
int option_list(void *target, const char *arg);
int option_json(void *target, const char *arg);
int option_owner(void *target, const char *arg);
int option_recursive(void *target, const char *arg);
int option_quiet(void *target, const char *arg);
int option_meta(void *target, const char *arg);
int option_size(void *target, const char *arg);
int option_inodes(void *target, const char *arg);

#define OPTION_OWNER	{ "owner", 'o', "UID:GID", NULL, \
	"owner of objects without a record", option_owner }
#define OPTION_JSON	{ "json", 'j', NULL, NULL, \
	"print JSON", option_json }
#define OPTION_QUIET	{ "quiet", 'q', NULL, NULL, \
	"no progress on the terminal", option_quiet }
#define OPTION_RECURSIVE { "recursive", 'R', NULL, NULL, \
	"and all that is below", option_recursive }
#define OPTIONS_COMMON	{ "help", 'h', NULL, NULL, \
	"print this text", option_help }, \
	{ "list-options", 0, NULL, NULL, \
	"print the options for programs", option_list }, \
	{ NULL, 0, NULL, NULL, NULL, NULL }

/* UID:GID, UID or :GID. Return: 0, -EINVAL; what is not named stays. */
int parse_owner(const char *text, uint32_t *uid, uint32_t *gid);

int humfs_meta_main(int argc, char **argv);

#endif /* HUMFS_META_COMMAND_H */
