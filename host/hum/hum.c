// SPDX-License-Identifier: GPL-2.0-only
/*
 * hum - the launcher's commands: which there are, and what each does
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "conformance.h"
#include "dryrun.h"
#include "guest.h"
#include "hum.h"
#include "klog.h"
#include "msg.h"
#include "options.h"
#include "session.h"
#include "share.h"

static const struct command {
	const char *name;
	const struct opt_command *usage;
	bool shell;
	/* What makes a guest of the words, if it is not that they are the command. */
	int (*prepare)(struct config *c, int argc, char **argv);
} commands[] = {
	{ "run", &command_run, false, NULL },
	{ "shell", &command_shell, true, NULL },
	{ "conformance", &command_conformance, false, conformance_prepare },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Return: EXIT_SUCCESS, or EXIT_FAILURE when what was printed is lost. */
static int finish_output(void)
{
	int failed = ferror(stdout);

	if (fflush(stdout) == 0 && !failed)
		return EXIT_SUCCESS;
	msg_errno(-errno, "cannot write to standard output");
	return EXIT_FAILURE;
}

static void print_commands(void)
{
	size_t i;

	printf("\nCommands:\n");
	for (i = 0; i < COMMANDS; i++)
		printf("  %-12s %s\n", commands[i].name,
		       commands[i].usage->about);
	printf("\n'hum COMMAND --help' tells about one of them; hum(1) is the manual.\n");
}

static void list_commands(void)
{
	size_t i;

	opt_list(&command_hum, stdout);
	for (i = 0; i < COMMANDS; i++)
		printf("%s\t\t\t%s\n", commands[i].name,
		       commands[i].usage->about);
}

/*
 * A standard descriptor that is closed must not become one of our own files.
 * Return: which were, bit N for descriptor N; -1 when /dev/null is missing.
 */
static int fill_stdio(void)
{
	int fd, closed = 0;

	for (fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != fd)
			return -1;
		closed |= 1 << fd;
	}
	return closed;
}

static void usage_error(const struct opt_command *usage,
			const struct opt_error *error)
{
	const char *text = opt_error_text(error->fault);

	if (text)
		msg("%s '%s'; see '%s --help'", text, error->word, usage->name);
}

static int take_words(struct config *c, const struct command *cmd, int argc,
		      char **argv)
{
	int i, r = 0;

	if (cmd->prepare)
		return cmd->prepare(c, argc, argv);
	if (cmd->shell && argc) {
		msg("'%s': hum shell takes no command; see 'hum shell --help'",
		    argv[0]);
		return -EINVAL;
	}
	if (!cmd->shell && !argc) {
		msg("no command given; see 'hum run --help'");
		return -EINVAL;
	}
	for (i = 0; i < argc && r == 0; i++)
		r = strv_add(&c->command, argv[i]);
	if (r < 0)
		msg_errno(r, "cannot take the command");
	return r;
}

static int open_log(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
		      0666);

	if (fd < 0) {
		fd = -errno;
		msg_errno(fd, "--log: cannot write '%s'", name);
	}
	return fd;
}

static int start(const struct config *c, const struct shares *s,
		 const struct strv *arguments)
{
	static struct klog log;
	_cleanup_close_ int file = -1, signals = -1;
	struct guest guest;
	int status;

	if (c->log) {
		file = open_log(c->log);
		if (file < 0)
			return EXIT_LAUNCH;
	}
	klog_init(&log, file);
	signals = session_signals();
	if (signals < 0) {
		msg_errno(signals, "cannot take signals");
		return EXIT_LAUNCH;
	}
	if (guest_start(c, s, arguments, &guest) < 0)
		return EXIT_LAUNCH;
	status = session_run(c, s, &guest, &log, signals);
	guest_close(&guest);
	return status;
}

static int run_guest(struct config *c)
{
	_cleanup_strv_ struct strv arguments = { 0 };
	_cleanup_shares_ struct shares shares = { .n = 0 };
	int r;

	if (config_complete(c) < 0 || shares_open(c, &shares) < 0)
		return EXIT_LAUNCH;
	r = guest_arguments(c, &shares, &arguments);
	if (r == -E2BIG)
		msg("the kernel's command line is too long (4096 bytes); use fewer -v or a shorter --append");
	else if (r < 0)
		msg_errno(r, "cannot make the kernel's command line");
	if (r < 0)
		return EXIT_LAUNCH;
	if (!c->dry_run)
		return start(c, &shares, &arguments);
	dryrun_print(c, &shares, &arguments, stdout);
	return finish_output() ? EXIT_LAUNCH : EXIT_SUCCESS;
}

static int run_command(const struct command *cmd, int argc, char **argv,
		       unsigned int closed)
{
	_cleanup_config_ struct config c;
	struct opt_error error;
	int rest;

	config_init(&c);
	c.shell = cmd->shell;
	c.closed_stdio = closed;
	if (opt_parse(cmd->usage, argc, argv, &c, &rest, &error) < 0) {
		usage_error(cmd->usage, &error);
		return EXIT_LAUNCH;
	}
	if (c.help || c.list) {
		if (c.help)
			opt_help(cmd->usage, stdout);
		else
			opt_list(cmd->usage, stdout);
		return finish_output();
	}
	if (take_words(&c, cmd, argc - rest, argv + rest) < 0)
		return EXIT_LAUNCH;
	return run_guest(&c);
}

/* hum's own options: one letter says which was wanted. */
static int answer(int what)
{
	if (what == 'V') {
		printf("hum %s\n", HUM_VERSION);
	} else if (what == 'l') {
		list_commands();
	} else {
		opt_help(&command_hum, stdout);
		print_commands();
	}
	return finish_output();
}

int hum_main(int argc, char **argv)
{
	struct opt_error error;
	int rest, what = 0, closed;
	size_t i;

	closed = fill_stdio();
	if (closed < 0)
		return EXIT_LAUNCH;	/* and no descriptor to say so */
	if (argc > 0) {
		argc--;
		argv++;
	}
	if (opt_parse(&command_hum, argc, argv, &what, &rest, &error) < 0) {
		usage_error(&command_hum, &error);
		return EXIT_USAGE;
	}
	if (what)
		return answer(what);
	if (rest == argc) {
		msg("no command given; see 'hum --help'");
		return EXIT_USAGE;
	}
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[rest], commands[i].name))
			return run_command(&commands[i], argc - rest - 1,
					   argv + rest + 1,
					   (unsigned int)closed);
	msg("unknown command '%s'; see 'hum --help'", argv[rest]);
	return EXIT_USAGE;
}
