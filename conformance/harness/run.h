/* SPDX-License-Identifier: GPL-2.0-only */
/* run - options of a run, the runner and the report */
#ifndef FSCONF_RUN_H
#define FSCONF_RUN_H

#include <stdbool.h>

#include "fsconf.h"

struct fc_options {
	const char *dir;
	const char *filters[256];	/* fnmatch patterns over family.case */
	int filter_count;
	unsigned int types;
	int shard, shards;		/* 1-based */
	int jobs;
	int timeout;			/* seconds a case may take */
	const char *second;
	const char *peer;
	const char *serve;
	const char *socket;
	const char *expected[8];	/* files, built-in names or "none" */
	int expected_count;
	bool list, needs, json, strict, quiet, keep, help, version, doubt;
};

/* How a case ended, apart from its checks. */
enum fc_end { FC_END_DONE, FC_END_TIMEOUT, FC_END_SIGNAL, FC_END_EARLY };

struct fc_result {
	const struct fc_family *family;
	const struct fc_case *cs;
	enum fc_end end;
	int code;		/* the signal or the exit status */
	const char *skip;	/* name of a missing need, or NULL */
	const char *leak;	/* what it left behind, or NULL */
	const char *text;	/* records, see record.h */
	size_t len;
};

/* All families of the program, NULL at the end. */
extern const struct fc_family *const fc_families[];

/* lie.c: Return: is CALL[=ERROR] one? */
bool fc_lie_set(const char *word);
/*
 * From now on, in this process and what it starts. own_input: descriptor 0 may be
 * replaced by one that a lie of open() can do no harm to.
 */
void fc_lie(bool own_input);

bool fc_selected(const struct fc_options *o, const struct fc_family *f,
		 const struct fc_case *c);
/* A child becomes @c, in the directory @dir of work_fd; it does not return. */
_Noreturn void fc_case_child(const struct fc_case *c, const char *dir);
/* Kill what is left of the process group. Return: true if something was. */
bool fc_sweep_group(pid_t pid);
/* Each check in turn, with a call that lies (doubt.c). Return: exit status. */
int fc_doubt_run(const struct fc_options *o);
/* Return: exit status, 0, 1, 2 or 77. */
int fc_run(const struct fc_options *o);

void fc_report_start(const struct fc_options *o);
void fc_report_case(const struct fc_result *r);
int fc_report_end(void);

/* Return: 0 to run, else the exit status + 1 (--help ends with 1). */
int fc_parse_options(int argc, char **argv, struct fc_options *ret_o);
int fc_main(int argc, char **argv);

#endif
