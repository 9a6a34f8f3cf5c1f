// SPDX-License-Identifier: GPL-2.0-only
/*
 * opt - options of the host's commands, as tables
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "opt.h"

#define HELP_COLUMN 30		/* where the help of an option begins */

static int fault(struct opt_error *error, enum opt_fault what,
		 const char *prefix, const char *word, size_t length)
{
	error->fault = what;
	snprintf(error->word, sizeof(error->word), "%s%.*s", prefix,
		 (int)length, word);
	return -EINVAL;
}

static const struct opt *find_name(const struct opt *o, const char *name,
				   size_t length)
{
	for (; o->name; o++)
		if (strlen(o->name) == length && !memcmp(o->name, name, length))
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct opt *o, char letter)
{
	for (; o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

struct parse {
	const struct opt *opts;
	char **argv;
	int argc, next;		/* next = the first word not yet taken */
	void *target;
	struct opt_error *error;
};

/* --name, --name=ARG, --name ARG; @word is behind the dashes. */
static int parse_long(struct parse *p, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct opt *o = find_name(p->opts, word, length);
	const char *arg = NULL;

	if (!o)
		return fault(p->error, OPT_UNKNOWN, "--", word, length);
	if (!o->arg && word[length])
		return fault(p->error, OPT_EXTRA_ARG, "--", word, length);
	if (o->arg && word[length])
		arg = word + length + 1;
	else if (o->arg && p->next < p->argc)
		arg = p->argv[p->next++];
	else if (o->arg)
		return fault(p->error, OPT_NO_ARG, "--", word, length);
	if (o->set(p->target, arg) < 0)
		return fault(p->error, OPT_REFUSED, "--", word, length);
	return 0;
}

/* -x, -xyz, -xARG, -x ARG; @word is behind the dash. */
static int parse_letters(struct parse *p, const char *word)
{
	for (; *word; word++) {
		const struct opt *o = find_letter(p->opts, *word);
		const char *arg = NULL;

		if (!o)
			return fault(p->error, OPT_UNKNOWN, "-", word, 1);
		if (o->arg && word[1])
			arg = word + 1;
		else if (o->arg && p->next < p->argc)
			arg = p->argv[p->next++];
		else if (o->arg)
			return fault(p->error, OPT_NO_ARG, "-", word, 1);
		if (o->set(p->target, arg) < 0)
			return fault(p->error, OPT_REFUSED, "-", word, 1);
		if (o->arg)
			break;
	}
	return 0;
}

int opt_parse(const struct opt_command *command, int argc, char **argv,
	      void *target, int *ret_rest, struct opt_error *ret_error)
{
	struct parse p = {
		.opts = command->opts, .argv = argv, .argc = argc,
		.target = target, .error = ret_error,
	};
	int r;

	while (p.next < argc) {
		const char *word = argv[p.next];

		if (word[0] != '-' || !word[1])
			break;
		p.next++;
		if (!strcmp(word, "--"))
			break;
		r = word[1] == '-' ? parse_long(&p, word + 2) :
				     parse_letters(&p, word + 1);
		if (r < 0)
			return r;
	}
	*ret_rest = p.next;
	return 0;
}

const char *opt_error_text(enum opt_fault fault)
{
	switch (fault) {
	case OPT_UNKNOWN:
		return "unknown option";
	case OPT_NO_ARG:
		return "no argument given for option";
	case OPT_EXTRA_ARG:
		return "no argument is taken by option";
	case OPT_REFUSED:
		break;
	}
	return NULL;
}

static void help_row(const struct opt *o, FILE *out)
{
	char left[64];
	int n;

	n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s",
		     o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		     o->letter ? "," : " ", o->name,
		     o->arg ? " " : "", o->arg ? o->arg : "");
	if (n >= HELP_COLUMN)
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(out, "%-*s", HELP_COLUMN, left);
	fputs(o->help, out);
	if (o->value)
		fprintf(out, " (default: %s)", o->value);
	putc('\n', out);
}

void opt_help(const struct opt_command *command, FILE *out)
{
	const struct opt *o;

	fprintf(out, "Usage: %s %s\n%s\n\nOptions:\n", command->name,
		command->synopsis, command->about);
	for (o = command->opts; o->name; o++)
		help_row(o, out);
	if (command->notes)
		fprintf(out, "\n%s", command->notes);
}

void opt_list(const struct opt_command *command, FILE *out)
{
	const struct opt *o;

	for (o = command->opts; o->name; o++) {
		fprintf(out, "--%s\t", o->name);
		if (o->letter)
			fprintf(out, "-%c", o->letter);
		fprintf(out, "\t%s\t%s\n", o->arg ? o->arg : "", o->help);
	}
}
