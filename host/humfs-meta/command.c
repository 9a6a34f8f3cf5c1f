// SPDX-License-Identifier: GPL-2.0-only
/*
 * command - finding the command that was asked for, and its words and options
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "host_user.h"
#include "msg.h"

static const struct command *const groups[] = {
	commands_tree, commands_copy, commands_show, commands_change,
	commands_check, commands_convert, commands_mount,
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int option_version(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'V';
	return 0;
}

static int option_main_help(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'h';
	return 0;
}

static int option_main_list(void *target, const char *arg)
{
	(void)arg;
	*(int *)target = 'l';
	return 0;
}

static const struct opt main_options[] = {
	{ "help", 'h', NULL, NULL, "print this text", option_main_help },
	{ "version", 'V', NULL, NULL, "print the version", option_version },
	{ "list-options", 0, NULL, NULL,
	  "print options and commands for programs", option_main_list },
	{ NULL, 0, NULL, NULL, NULL, NULL }
};

static const struct opt_command usage_main = {
	.name = "humfs-meta",
	.synopsis = "COMMAND [OPTION]... TREE [WORD]...",
	.about = "Make, fill, look at, alter and check humfs trees.",
	.opts = main_options,
};

/* The command's own word, behind "humfs-meta ". */
static const char *word_of(const struct command *command)
{
	return command->usage.name + strlen("humfs-meta ");
}

static const struct command *find_command(const char *word)
{
	for (size_t i = 0; i < GROUPS; i++)
		for (const struct command *c = groups[i]; c->run; c++)
			if (!strcmp(word_of(c), word))
				return c;
	return NULL;
}

/* Return: META_DONE, or META_FAILED when what was printed is lost. */
static int finish_output(int status)
{
	int failed = ferror(stdout);

	if (fflush(stdout) == 0 && !failed)
		return status;
	msg_errno(-errno, "cannot write to standard output");
	return META_FAILED;
}

static int answer(int what)
{
	if (what == 'V')
		printf("humfs-meta %s\n", META_VERSION);
	else if (what == 'l')
		opt_list(&usage_main, stdout);
	else
		opt_help(&usage_main, stdout);
	if (what == 'h')
		printf("\nCommands:\n");
	for (size_t i = 0; i < GROUPS && what != 'V'; i++)
		for (const struct command *c = groups[i]; c->run; c++)
			printf(what == 'l' ? "%s\t\t\t%s\n" : "  %-10s %s\n",
			       word_of(c), c->usage.about);
	if (what == 'h')
		printf("\n'humfs-meta COMMAND --help' tells about one of them; humfs-meta(1) is the manual.\n");
	return finish_output(META_DONE);
}

static int usage_error(const struct opt_command *usage,
		       const struct opt_error *error)
{
	const char *text = opt_error_text(error->fault);

	if (text)
		msg("%s '%s'; see '%s --help'", text, error->word, usage->name);
	return META_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct args args = { 0 };
	struct opt_error error;
	int rest;

	if (opt_parse(&command->usage, argc, argv, &args, &rest, &error) < 0)
		return usage_error(&command->usage, &error);
	if (args.help || args.list) {
		(args.help ? opt_help : opt_list)(&command->usage, stdout);
		return finish_output(META_DONE);
	}
	args.words = argv + rest;
	args.count = argc - rest;
	if (args.count < command->min ||
	    (command->max >= 0 && args.count > command->max)) {
		msg("'%s' takes %s; see '%s --help'", word_of(command),
		    command->usage.synopsis, command->usage.name);
		return META_USAGE;
	}
	return finish_output(command->run(&args));
}

/* A standard descriptor that is closed must not become one of our own files. */
static int fill_stdio(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}

int humfs_meta_main(int argc, char **argv)
{
	const struct command *command;
	struct opt_error error;
	int rest, what = 0;

	msg_program("humfs-meta");
	if (fill_stdio())
		return META_FAILED;	/* and no descriptor to say so */
	/* Names in archives are UTF-8 whatever the caller's language is. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)signal(SIGXFSZ, SIG_IGN);	/* then write(2) says EFBIG */
	if (host_init(0)) {
		msg("out of memory");
		return META_FAILED;
	}
	if (argc > 0) {
		argc--;
		argv++;
	}
	if (opt_parse(&usage_main, argc, argv, &what, &rest, &error) < 0)
		return usage_error(&usage_main, &error);
	if (what)
		return answer(what);
	if (rest == argc) {
		msg("no command given; see 'humfs-meta --help'");
		return META_USAGE;
	}
	command = find_command(argv[rest]);
	if (command)
		return run_command(command, argc - rest - 1, argv + rest + 1);
	msg("unknown command '%s'; see 'humfs-meta --help'", argv[rest]);
	return META_USAGE;
}
