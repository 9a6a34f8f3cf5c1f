// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_opt - option tables: how words are taken, and hum's own tables
 */
#include <errno.h>
#include <stdlib.h>

#include "opt.h"
#include "options.h"
#include "tap.h"

static char trace[256];

static int set(void *target, const char *arg)
{
	(void)target;
	strcat(trace, arg ? arg : "-");
	strcat(trace, ";");
	return arg && !strcmp(arg, "bad") ? -EINVAL : 0;
}

static const struct opt table[] = {
	{ "all", 'a', NULL, NULL, "all of it", set },
	{ "file", 'f', "FILE", "none", "a file", set },
	{ "long-only", 0, "N", NULL, "no letter", set },
	{ 0 }
};

static const struct opt_command command = {
	.name = "prog", .synopsis = "[OPTION]...", .about = "Does it.",
	.opts = table,
};

/* Parse a NULL-ended list. Return: the rest's index, or a negative errno. */
static int parse(struct opt_error *error, const char *const *words)
{
	int argc = 0, rest = -1, r;

	trace[0] = 0;
	while (words[argc])
		argc++;
	r = opt_parse(&command, argc, (char **)words, NULL, &rest, error);
	return r < 0 ? r : rest;
}

#define PARSE(error, ...) parse(error, (const char *const[]){ __VA_ARGS__, NULL })

static void words_are_taken_in_every_form(void)
{
	struct opt_error e;

	CHECK_INT(PARSE(&e, "-a", "--file=x", "--file", "y", "-fz", "-f", "w"), 7);
	CHECK_STR(trace, "-;x;y;z;w;");
	CHECK_INT(PARSE(&e, "-afx", "--file=", "cmd", "-a"), 2);
	CHECK_STR(trace, "-;x;;");
	CHECK_INT(PARSE(&e, "-f", "-a", "--", "-a"), 3);
	CHECK_STR(trace, "-a;");
	CHECK_INT(PARSE(&e, "-", "-a"), 0);
	CHECK_INT(PARSE(&e, "--long-only=1=2"), 1);
	CHECK_STR(trace, "1=2;");
}

static void faults_name_the_word(void)
{
	struct opt_error e;

	CHECK_INT(PARSE(&e, "-ax"), -EINVAL);
	CHECK_INT(e.fault, OPT_UNKNOWN);
	CHECK_STR(e.word, "-x");
	CHECK_INT(PARSE(&e, "--nope=3"), -EINVAL);
	CHECK_INT(e.fault, OPT_UNKNOWN);
	CHECK_STR(e.word, "--nope");
	CHECK_INT(PARSE(&e, "--fil=x"), -EINVAL);
	CHECK_INT(e.fault, OPT_UNKNOWN);
	CHECK_INT(PARSE(&e, "--file"), -EINVAL);
	CHECK_INT(e.fault, OPT_NO_ARG);
	CHECK_INT(PARSE(&e, "-af"), -EINVAL);
	CHECK_INT(e.fault, OPT_NO_ARG);
	CHECK_STR(e.word, "-f");
	CHECK_INT(PARSE(&e, "--all=1"), -EINVAL);
	CHECK_INT(e.fault, OPT_EXTRA_ARG);
	CHECK_INT(PARSE(&e, "-fbad"), -EINVAL);
	CHECK_INT(e.fault, OPT_REFUSED);
	CHECK(opt_error_text(OPT_REFUSED) == NULL);
}

static char *printed(void (*print)(const struct opt_command *, FILE *),
		     const struct opt_command *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(c, out);
	fclose(out);
	return text;
}

static void help_and_list_show_every_row(void)
{
	char *help = printed(opt_help, &command);
	char *list = printed(opt_list, &command);

	CHECK(strstr(help, "Usage: prog [OPTION]...\nDoes it.\n") != NULL);
	CHECK(strstr(help, "  -f, --file FILE") != NULL);
	CHECK(strstr(help, "a file (default: none)\n") != NULL);
	CHECK(strstr(help, "      --long-only N") != NULL);
	CHECK_STR(list, "--all\t-a\t\tall of it\n--file\t-f\tFILE\ta file\n"
			"--long-only\t\tN\tno letter\n");
	free(help);
	free(list);
}

/* Rows that shadow each other, or lack what --help needs, are mistakes. */
static void check_table(const struct opt_command *c)
{
	const struct opt *a, *b;

	for (a = c->opts; a->name; a++) {
		CHECK(a->help && *a->help && a->set);
		CHECK(a->help && a->help[strlen(a->help) - 1] != '.');
		for (b = a + 1; b->name; b++) {
			CHECK(strcmp(a->name, b->name));
			CHECK(!a->letter || a->letter != b->letter);
		}
	}
}

static void tables_have_no_row_twice(void)
{
	check_table(&command_hum);
	check_table(&command_run);
	check_table(&command_shell);
}

static void help_fits_eighty_columns(void)
{
	char *help = printed(opt_help, &command_run), *line;

	for (line = strtok(help, "\n"); line; line = strtok(NULL, "\n")) {
		if (strlen(line) > 80)
			printf("# %s\n", line);
		CHECK(strlen(line) <= 80);
	}
	free(help);
}

static const struct tap_case cases[] = {
	TAP_CASE(words_are_taken_in_every_form),
	TAP_CASE(faults_name_the_word),
	TAP_CASE(help_and_list_show_every_row),
	TAP_CASE(tables_have_no_row_twice),
	TAP_CASE(help_fits_eighty_columns),
};

TAP_MAIN(cases)
