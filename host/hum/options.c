// SPDX-License-Identifier: GPL-2.0-only
/*
 * options - the option tables of hum's commands
 *
 * One row an option: parsing, --help, completion and the check of hum.1 walk
 * the tables (opt.h). `run`, `shell` and
 * `conformance` share one.
 */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "msg.h"
#include "options.h"
#include "parse.h"

static int set_tty(void *target, const char *arg)
{
	(void)arg;
	((struct config *)target)->tty = true;
	return 0;
}

static int set_dry_run(void *target, const char *arg)
{
	(void)arg;
	((struct config *)target)->dry_run = true;
	return 0;
}

static int set_quiet(void *target, const char *arg)
{
	(void)arg;
	((struct config *)target)->quiet = true;
	return 0;
}

static int set_help(void *target, const char *arg)
{
	(void)arg;
	((struct config *)target)->help = true;
	return 0;
}

static int set_list(void *target, const char *arg)
{
	(void)arg;
	((struct config *)target)->list = true;
	return 0;
}

static int set_volume(void *target, const char *arg)
{
	struct config *c = target;
	struct volume *volume;
	int fault;

	if (c->nvolumes == VOLUMES_MAX) {
		msg("-v '%s': a guest takes %d directories at most", arg,
		    VOLUMES_MAX);
		return -EINVAL;
	}
	volume = config_add_volume(c);
	if (!volume) {
		msg_errno(-ENOMEM, "-v '%s'", arg);
		return -ENOMEM;
	}
	fault = volume_parse(arg, volume);
	if (fault) {
		msg("-v '%s': %s", arg,
		    volume_fault_text((enum volume_fault)fault));
		return -EINVAL;
	}
	return 0;
}

static int set_rootfs(void *target, const char *arg)
{
	if (!*arg) {
		msg("--rootfs: the directory's name is empty");
		return -EINVAL;
	}
	((struct config *)target)->rootfs = arg;
	return 0;
}

static int set_workdir(void *target, const char *arg)
{
	if (!*arg) {
		msg("-w: the directory's name is empty");
		return -EINVAL;
	}
	((struct config *)target)->workdir = arg;
	return 0;
}

static int set_env(void *target, const char *arg)
{
	struct config *c = target;
	int r;

	if (!*arg || *arg == '=') {
		msg("-e '%s': the variable has no name; write NAME or NAME=VALUE",
		    arg);
		return -EINVAL;
	}
	r = strv_add(&c->env_options, arg);
	if (r < 0)
		msg_errno(r, "-e '%s'", arg);
	return r;
}

/* Who it is the guest looks up; here is only what can be no user anywhere. */
static int set_user(void *target, const char *arg)
{
	if (!*arg || *arg == ':' || strpbrk(arg, "/ \t\n")) {
		msg("-u '%s': write NAME, UID, NAME:GROUP or UID:GID", arg);
		return -EINVAL;
	}
	((struct config *)target)->user = arg;
	return 0;
}

static int set_memory(void *target, const char *arg)
{
	struct config *c = target;

	/* More than the host has is found later, when that is known. */
	switch (parse_size(arg, 1, UINT64_MAX, &c->memory)) {
	case 0:
		return 0;
	case -ERANGE:
		msg("-m '%s': no memory has this size", arg);
		break;
	default:
		msg("-m '%s': write a size such as 512M or 2G", arg);
	}
	return -EINVAL;
}

static int set_cpus(void *target, const char *arg)
{
	uint64_t n;

	if (parse_u64(arg, 1, CPUS_MAX, &n) < 0) {
		msg("--cpus '%s': write a number from 1 to %d", arg, CPUS_MAX);
		return -EINVAL;
	}
	((struct config *)target)->cpus = (unsigned int)n;
	return 0;
}

static int set_pin(void *target, const char *arg)
{
	struct config *c = target;
	uint64_t n;

	if (!strcmp(arg, "auto")) {
		c->pin = PIN_AUTO;
	} else if (!strcmp(arg, "off")) {
		c->pin = PIN_OFF;
	} else if (parse_u64(arg, 0, 4095, &n) == 0) {
		c->pin = (int)n;
	} else {
		msg("--pin '%s': write auto, off or the number of a host CPU",
		    arg);
		return -EINVAL;
	}
	return 0;
}

static int set_mode(void *target, const char *arg)
{
	static const char *const names[] = {
		[MODE_AUTO] = "auto",
		[MODE_SECCOMP] = "seccomp",
		[MODE_PTRACE] = "ptrace",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(arg, names[i])) {
			((struct config *)target)->mode = (enum config_mode)i;
			return 0;
		}
	}
	msg("--mode '%s': write seccomp, ptrace or auto", arg);
	return -EINVAL;
}

static int set_kernel(void *target, const char *arg)
{
	((struct config *)target)->kernel = arg;
	return 0;
}

static int set_log(void *target, const char *arg)
{
	((struct config *)target)->log = arg;
	return 0;
}

static int set_timeout(void *target, const char *arg)
{
	uint64_t n;

	if (parse_u64(arg, 1, 86400, &n) < 0) {
		msg("--boot-timeout '%s': write seconds, 1 to 86400", arg);
		return -EINVAL;
	}
	((struct config *)target)->boot_timeout = (unsigned int)n;
	return 0;
}

static int set_append(void *target, const char *arg)
{
	struct config *c = target;
	_cleanup_free_ char *words = malloc(strlen(arg) + 1);
	size_t count, i;
	const char *at;
	int r;

	if (!words) {
		msg_errno(-ENOMEM, "--append '%s'", arg);
		return -ENOMEM;
	}
	r = parse_words(arg, words, strlen(arg) + 1, &count);
	if (r < 0) {
		msg("--append '%s': a quote is not closed", arg);
		return r;
	}
	for (i = 0, at = words; i < count; i++, at += strlen(at) + 1) {
		r = strv_add(&c->append, at);
		if (r < 0) {
			msg_errno(r, "--append '%s'", arg);
			return r;
		}
	}
	return 0;
}

static const struct opt run_options[] = {
	{ "tty", 't', NULL, NULL,
	  "give the command a terminal, as ssh -t does", set_tty },
	{ "volume", 'v', "SRC[:DST][:OPTS]", NULL,
	  "show the host's directory SRC at DST (OPTS: ro)", set_volume },
	{ "rootfs", 0, "DIR", NULL,
	  "a humfs tree as the guest's root", set_rootfs },
	{ "workdir", 'w', "DIR", "here",
	  "where the command starts", set_workdir },
	{ "env", 'e', "NAME[=VALUE]", NULL,
	  "set a variable, or copy it from here", set_env },
	{ "user", 'u', "USER", "you",
	  "NAME, UID, NAME:GROUP or UID:GID", set_user },
	{ "memory", 'm', "MEM", "half, 2G at most",
	  "the guest's memory", set_memory },
	{ "cpus", 0, "N", "1",
	  "the guest's CPUs", set_cpus },
	{ "pin", 0, "CPU", "auto",
	  "host CPU to stay on: a number, off", set_pin },
	{ "mode", 0, "MODE", "auto",
	  "seccomp, ptrace or what works", set_mode },
	{ "kernel", 0, "FILE", "hum's own",
	  "the guest's kernel", set_kernel },
	{ "log", 0, "FILE", NULL,
	  "write the kernel's messages to FILE", set_log },
	{ "append", 0, "ARGS", NULL,
	  "more kernel arguments, split as a shell does", set_append },
	{ "boot-timeout", 0, "SECONDS", "60",
	  "how long the guest may take to start", set_timeout },
	{ "dry-run", 0, NULL, NULL,
	  "print what would be started, and start nothing", set_dry_run },
	{ "quiet", 'q', NULL, NULL,
	  "no kernel messages after a failure", set_quiet },
	{ "help", 'h', NULL, NULL,
	  "print this", set_help },
	{ "list-options", 0, NULL, NULL,
	  "print the options for programs", set_list },
	{ 0 }
};

static const char run_notes[] =
"Exit status: the command's own, 128+N when signal N ended it; 125 when the\n"
"guest could not start, 126 when the command cannot be run, 127 when there is\n"
"no such command.\n";

const struct opt_command command_run = {
	.name = "hum run",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.about = "Run COMMAND in a Linux guest with your directories.",
	.opts = run_options,
	.notes = run_notes,
};

const struct opt_command command_shell = {
	.name = "hum shell",
	.synopsis = "[OPTION]...",
	.about = "Run your shell in a Linux guest with your directories.",
	.opts = run_options,
	.notes = run_notes,
};

static const char conformance_notes[] =
"TAG is a share of the guest, tested as it is mounted there: cwd, or v0 for the\n"
"first -v, v1 for the second. A directory of that name is ./v0.\n"
"What FSCONF-OPTION may be tells 'fsconf --help'. Exit status: 0 when all held,\n"
"1 when something failed; 125 when the guest could not start.\n";

const struct opt_command command_conformance = {
	.name = "hum conformance",
	.synopsis = "[OPTION]... DIR|TAG [FSCONF-OPTION]...",
	.about = "Test what a guest makes of the file system at DIR, or of the share TAG.",
	.opts = run_options,
	.notes = conformance_notes,
};

static int want_version(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'V';
	return 0;
}

static int want_help(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'h';
	return 0;
}

static int want_list(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'l';
	return 0;
}

static const struct opt hum_options[] = {
	{ "help", 'h', NULL, NULL, "print this", want_help },
	{ "version", 'V', NULL, NULL, "print the version", want_version },
	{ "list-options", 0, NULL, NULL,
	  "print the options for programs", want_list },
	{ 0 }
};

const struct opt_command command_hum = {
	.name = "hum",
	.synopsis = "COMMAND [OPTION]...",
	.about = "Run a real Linux kernel as an ordinary process.",
	.opts = hum_options,
};
