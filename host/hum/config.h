/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config - what a guest is to be: options, and defaults for the rest
 */
#ifndef HUM_CONFIG_H
#define HUM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "strv.h"
#include "volume.h"

#define HUM_VERSION	"0.1.0"

/*
 * Exit statuses (docs/decisions/0001-exit-statuses.md). Those of a launcher:
 * everything below 125, and 128 + N, belongs to the command.
 */
enum {
	EXIT_USAGE = 2,		/* wrong usage of hum itself, not of run, shell */
	EXIT_LAUNCH = 125,	/* the guest could not start, or ended too soon */
	EXIT_NOT_RUN = 126,	/* the command was found but cannot be run */
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128,	/* + the number of the signal */
};

enum config_mode {
	MODE_AUTO,		/* seccomp where the host lets us, else ptrace */
	MODE_SECCOMP,
	MODE_PTRACE,
};

enum {
	PIN_AUTO = -2,		/* one CPU for a guest with one CPU */
	PIN_OFF = -1,		/* others are a host CPU's number */
};

#define VOLUMES_MAX	64
#define CPUS_MAX	64

struct config {
	struct strv command;
	bool shell;		/* hum shell: the command is the user's shell */
	bool tty;
	bool dry_run;
	bool quiet;
	bool help;
	bool list;		/* --list-options: the table, for programs */
	enum config_mode mode;
	unsigned int cpus;
	int pin;		/* PIN_* or a host CPU */
	unsigned int boot_timeout;	/* seconds */
	uint64_t memory;	/* bytes; 0 until the default is filled in */
	uint64_t memory_limit;	/* what the host can give at most */
	const char *user;	/* NULL = whoever runs hum */
	const char *log;	/* NULL = none */
	const char *kernel;	/* as given, NULL = to be searched */
	char *kernel_path;	/* what was found */
	const char *workdir;	/* as given, NULL = cwd, "/" of --rootfs */
	const char *rootfs;	/* a directory, NULL = the host's "/" */
	char *cwd;		/* where hum runs, absolute, no symbolic links */
	struct strv env;	/* of the command */
	struct strv env_options;	/* -e, as given */
	struct strv append;	/* kernel arguments */
	struct volume *volumes;
	size_t nvolumes;
	/* Standard descriptors that were closed when hum began: bit N. */
	unsigned int closed_stdio;
};

void config_init(struct config *c);
void config_clear(struct config *c);

/*
 * Fill in what no option said: cwd, environment, memory, shell, kernel. Prints
 * why when it cannot. Return: 0 or a negative errno.
 */
int config_complete(struct config *c);

/* One more directory, to be filled in. Return: NULL = no memory. */
struct volume *config_add_volume(struct config *c);

/* Absolute working directory of the command, to be freed; NULL = no memory. */
char *config_workdir(const struct config *c);

#define _cleanup_config_	_cleanup_(config_clear)

#endif /* HUM_CONFIG_H */
