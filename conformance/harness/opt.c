// SPDX-License-Identifier: GPL-2.0-only
/* opt - the command line, from one table */
#include <fnmatch.h>

#include "expect.h"
#include "peer.h"
#include "report_ids.h"
#include "run.h"

struct option_row {
	const char *name;
	const char *arg;	/* NULL = a switch */
	const char *help;
	bool (*set)(struct fc_options *o, const char *value);
};

static bool set_filter(struct fc_options *o, const char *value)
{
	if (o->filter_count == ARRAY_SIZE(o->filters))
		return false;
	o->filters[o->filter_count++] = value;
	return true;
}

static bool set_expected(struct fc_options *o, const char *value)
{
	if (o->expected_count == ARRAY_SIZE(o->expected))
		return false;
	o->expected[o->expected_count++] = value;
	return true;
}

/* Short names of the types, for --type. */
static const char *const type_words[FC_TYPES] = {
	"file", "dir", "fifo", "sock", "char", "block", "symlink",
};

static bool set_type(struct fc_options *o, const char *value)
{
	for (int t = 0; t < FC_TYPES; t++) {
		if (!strcmp(type_words[t], value)) {
			o->types |= 1u << t;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *value, int min, int max, int *ret)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

static bool set_shard(struct fc_options *o, const char *value)
{
	const char *slash = strchr(value, '/');
	char first[16];

	if (!slash || slash - value >= (int)sizeof(first))
		return false;
	memcpy(first, value, slash - value);
	first[slash - value] = '\0';
	return parse_number(slash + 1, 1, 10000, &o->shards) &&
	       parse_number(first, 1, o->shards, &o->shard);
}

static bool set_jobs(struct fc_options *o, const char *value)
{
	return parse_number(value, 1, 32, &o->jobs);
}

static bool set_timeout(struct fc_options *o, const char *value)
{
	return parse_number(value, 1, 86400, &o->timeout);
}

static bool set_lie(struct fc_options *o, const char *value)
{
	(void)o;
	return fc_lie_set(value);
}

#define TEXT(field)							\
	static bool set_##field(struct fc_options *o, const char *value) \
	{								\
		o->field = value;					\
		return true;						\
	}
#define SWITCH(field)							\
	static bool set_##field(struct fc_options *o, const char *value) \
	{								\
		(void)value;						\
		o->field = true;					\
		return true;						\
	}

TEXT(second)
TEXT(peer)
TEXT(serve)
TEXT(socket)
SWITCH(list)
SWITCH(needs)
SWITCH(json)
SWITCH(strict)
SWITCH(quiet)
SWITCH(keep)
SWITCH(help)
SWITCH(version)
SWITCH(doubt)

static const struct option_row rows[] = {
	{ "list", NULL, "list the cases that would run, and end", set_list },
	{ "needs", NULL, "list what was probed, and end", set_needs },
	{ "filter", "PATTERN", "only cases FAMILY.CASE that match (or a family)",
	  set_filter },
	{ "type", "TYPE", "only this file type: file, dir, fifo, sock, char, "
	  "block, symlink", set_type },
	{ "shard", "I/N", "only the I-th of N parts of the cases", set_shard },
	{ "jobs", "N", "cases that run at once (default 1)", set_jobs },
	{ "timeout", "SECONDS", "time that a case may take (default 60)",
	  set_timeout },
	{ "second", "DIR", "directory on another file system", set_second },
	{ "expected", "LIST", "file of known differences, built-in name or none",
	  set_expected },
	{ "strict", NULL, "a need that is missing and not listed is a failure",
	  set_strict },
	{ "peer", "HOW", "helper: self, exec:CMD, unix:SOCKET, fd:IN,OUT, "
	  "path:DEVICE", set_peer },
	{ "serve", "DIR", "be the helper for DIR on stdin and stdout",
	  set_serve },
	{ "socket", "PATH", "with --serve: listen on this Unix socket",
	  set_socket },
	{ "lie", "CALL", "a call that lies to the cases, CALL=ERRNO: a test of "
	  "the tests", set_lie },
	{ "doubt", NULL, "see each check fail: one call at a time lies, for a "
	  "moment", set_doubt },
	{ "json", NULL, "one JSON object a line instead of TAP", set_json },
	{ "quiet", NULL, "print failures and sums only", set_quiet },
	{ "keep", NULL, "leave the cases' directories behind", set_keep },
	{ "help", NULL, "print this", set_help },
	{ "version", NULL, "print the version", set_version },
};

static void usage(void)
{
	printf("Usage: fsconf [OPTION]... DIR\n"
	       "       fsconf --serve DIR [--socket PATH]\n"
	       "Test what the file system at DIR makes of POSIX and Linux.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *arg = rows[i].arg ? rows[i].arg : "";

		printf("  --%s%s%-*s %s\n", rows[i].name, *arg ? " " : "",
		       18 - (int)strlen(rows[i].name) - !!*arg, arg,
		       rows[i].help);
	}
	printf("\nExit status: 0 all held, 1 failures, 2 wrong usage, "
	       "77 nothing could be tested.\n");
}

static int complain(const char *what, const char *word)
{
	fprintf(stderr, "fsconf: %s '%s' (see fsconf --help)\n", what, word);
	return 2 + 1;
}

static const struct option_row *find_row(const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len &&
		    !strncmp(rows[i].name, word, len))
			return &rows[i];
	}
	return NULL;
}

static int parse_one(char **argv, int *i, struct fc_options *o)
{
	const char *word = argv[*i], *value;
	const struct option_row *row;

	if (strncmp(word, "--", 2)) {
		if (o->dir || word[0] == '-')
			return complain("unexpected argument", word);
		o->dir = word;
		return 0;
	}
	row = find_row(word + 2);
	if (!row)
		return complain("unknown option", word);
	value = strchr(word, '=');
	if (value)
		value++;
	else if (row->arg)
		value = argv[++*i];
	if (!row->arg != !value)
		return complain("wrong number of values for", word);
	if (!row->set(o, value))
		return complain("bad value for", word);
	return 0;
}

int fc_parse_options(int argc, char **argv, struct fc_options *o)
{
	memset(o, 0, sizeof(*o));
	o->shard = 1;
	o->shards = 1;
	o->jobs = 1;
	o->timeout = 60;
	for (int i = 1; i < argc; i++) {
		int ret = parse_one(argv, &i, o);

		if (ret)
			return ret;
	}
	if (o->help) {
		usage();
		return 0 + 1;
	}
	if (o->version) {
		printf("fsconf %s\n", FC_VERSION);
		return 0 + 1;
	}
	if (!o->dir && !o->serve && !o->list)
		return complain("missing argument", "DIR");
	return 0;
}

static void list_cases(const struct fc_options *o)
{
	for (int i = 0; fc_families[i]; i++) {
		const struct fc_family *f = fc_families[i];

		for (size_t c = 0; c < f->count; c++) {
			const struct fc_case *cs = &f->cases[c];

			if (fc_selected(o, f, cs))
				printf("%s.%s\t%s\t%s\t%s\n", f->name, cs->name,
				       cs->syscall, cs->origin, cs->sentence);
		}
	}
}

static bool case_matches(const char *filter)
{
	const struct fc_options one = { .filters = { filter }, .filter_count = 1 };

	for (int i = 0; fc_families[i]; i++) {
		for (size_t c = 0; c < fc_families[i]->count; c++) {
			if (fc_selected(&one, fc_families[i],
					&fc_families[i]->cases[c]))
				return true;
		}
	}
	return false;
}

/* A misspelt name must not pass for a test of nothing. */
static int check_filters(const struct fc_options *o)
{
	for (int i = 0; i < o->filter_count; i++) {
		if (!case_matches(o->filters[i])) {
			fprintf(stderr, "fsconf: no case matches '%s' "
				"(see fsconf --list)\n", o->filters[i]);
			return 2 + 1;
		}
	}
	return 0;
}

int fc_main(int argc, char **argv)
{
	struct fc_options o;
	int ret;

	/* Scripts are run by their interpreter's name, not by that of argv[0]. */
	if (argc > 1 && (!strcmp(argv[0], FC_REPORT_NAME) ||
			 !strcmp(argv[1], "zero")))
		return fc_report_ids(argv[1]);
	ret = fc_parse_options(argc, argv, &o);
	if (!ret)
		ret = check_filters(&o);
	if (ret)
		return ret - 1;
	if (o.list) {
		list_cases(&o);
		return 0;
	}
	if (o.serve)
		fc_lie(false);
	if (o.serve)
		return o.socket ? fc_serve_socket(o.serve, o.socket) :
				  fc_serve(o.serve, 0, 1);
	return fc_run(&o);
}
