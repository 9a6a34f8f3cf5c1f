// SPDX-License-Identifier: GPL-2.0-only
/* report - verdicts in TAP or JSON, and the sums at the end */
#include "expect.h"
#include "record.h"
#include "run.h"

static const struct fc_options *opts;

static struct {
	int line;		/* number of the last TAP line */
	int passed, failed, skipped, expected, cases;
} sum;

/* Names of the checks of one case, to find two of the same name. */
static const char *seen[65536];
static int seen_count;

void fc_report_start(const struct fc_options *o)
{
	opts = o;
	memset(&sum, 0, sizeof(sum));
	if (!o->json)
		printf("TAP version 13\n");
}

static void json_string(const char *key, const char *s)
{
	printf("\"%s\":\"", key);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		putchar((unsigned char)*s < ' ' ? ' ' : *s);
	}
	putchar('"');
}

static void json_line(const struct fc_result *r, const char *name,
		      const char *verdict, const char *detail)
{
	putchar('{');
	json_string("check", name);
	putchar(',');
	json_string("result", verdict);
	putchar(',');
	json_string("syscall", r->cs->syscall);
	putchar(',');
	json_string("origin", r->cs->origin);
	putchar(',');
	json_string("detail", detail);
	puts("}");
}

static void emit(const struct fc_result *r, const char *name,
		 const char *verdict, const char *detail)
{
	bool bad = !strcmp(verdict, "fail");

	sum.line++;
	if (opts->json) {
		json_line(r, name, verdict, detail);
		return;
	}
	if (opts->quiet && !bad)
		return;
	printf("%sok %d - %s", bad || !strcmp(verdict, "expected") ? "not " : "",
	       sum.line, name);
	if (!strcmp(verdict, "skip"))
		printf(" # SKIP %s", detail);
	else if (!strcmp(verdict, "expected"))
		printf(" # TODO %s", detail);
	else if (*detail)
		printf("\n# %s", detail);
	putchar('\n');
}

static void failure(const struct fc_result *r, const char *name,
		    const char *detail)
{
	struct fc_expected *known = fc_expect_find(name);

	if (known) {
		sum.expected++;
		emit(r, name, "expected", fc_fmt("%s (%s)", known->reason,
						 detail));
		return;
	}
	sum.failed++;
	emit(r, name, "fail", detail);
}

static void pass(const struct fc_result *r, const char *name)
{
	struct fc_expected *known = fc_expect_find(name);

	if (known) {
		sum.failed++;
		emit(r, name, "fail", fc_fmt("unexpected pass, listed as: %s",
					     known->reason));
		return;
	}
	sum.passed++;
	emit(r, name, "pass", "");
}

static void skip(const struct fc_result *r, const char *name,
		 const char *reason)
{
	sum.skipped++;
	emit(r, name, "skip", reason);
}

static bool duplicate(const char *name)
{
	for (int i = 0; i < seen_count; i++) {
		if (!strcmp(seen[i], name))
			return true;
	}
	if (seen_count < (int)ARRAY_SIZE(seen))
		seen[seen_count++] = name;
	return false;
}

/* One record: VERDICT label \t detail. */
static void report_record(const struct fc_result *r, char *rec)
{
	char name[768], *label = rec + 1, *detail = strchr(label, '\t');

	if (!detail)
		return;
	*detail++ = '\0';
	snprintf(name, sizeof(name), "%s.%s: %s", r->family->name, r->cs->name,
		 label);
	if (duplicate(label)) {
		sum.failed++;
		emit(r, name, "fail", "two checks have this name");
	} else if (*rec == FC_PASS) {
		pass(r, name);
	} else if (*rec == FC_SKIP) {
		skip(r, name, detail);
	} else {
		failure(r, name, detail);
	}
}

static void report_records(const struct fc_result *r)
{
	char *text = malloc(r->len + 1), *p = text, *end;

	if (!text)
		return;
	memcpy(text, r->text, r->len);
	text[r->len] = '\0';
	seen_count = 0;
	while (p < text + r->len) {
		while (p < text + r->len && !*p)
			p++;	/* a writer that died left zeroes */
		end = strchr(p, '\n');
		if (!end)
			break;
		*end = '\0';
		report_record(r, p);
		p = end + 1;
	}
	free(text);
}

static void report_skip(const struct fc_result *r, const char *name)
{
	struct fc_expected *known = fc_expect_skip(r->skip);

	if (opts->strict && !known) {
		sum.failed++;
		emit(r, name, "fail", fc_fmt("unexpected skip: needs %s",
					     r->skip));
		return;
	}
	skip(r, name, known ? fc_fmt("needs %s: %s", r->skip, known->reason) :
			      fc_fmt("needs %s", r->skip));
}

void fc_report_case(const struct fc_result *r)
{
	char name[256];

	sum.cases++;
	snprintf(name, sizeof(name), "%s.%s", r->family->name, r->cs->name);
	if (r->skip) {
		report_skip(r, name);
		return;
	}
	report_records(r);
	if (r->end == FC_END_TIMEOUT)
		failure(r, name, fc_fmt("expected an end within %d s, got a timeout",
					opts->timeout));
	else if (r->end == FC_END_SIGNAL)
		failure(r, name, fc_fmt("expected an exit, got SIG%s",
					sigabbrev_np(r->code)));
	else if (r->end == FC_END_EARLY)
		failure(r, name, fc_fmt("expected the end of the case, got exit %d",
					r->code));
	else if (!r->len)
		failure(r, name, "expected checks, got none");
	if (r->leak)
		failure(r, name, fc_fmt("expected nothing left, got %s",
					r->leak));
}

int fc_report_end(void)
{
	if (!opts->json) {
		printf("1..%d\n", sum.line);
		printf("# %d cases, %d checks: %d passed, %d failed, "
		       "%d expected failures, %d skipped\n",
		       sum.cases, sum.line, sum.passed, sum.failed,
		       sum.expected, sum.skipped);
	}
	if (fflush(stdout))
		return 1;
	if (sum.failed)
		return 1;
	return sum.passed || sum.expected ? 0 : 77;
}
