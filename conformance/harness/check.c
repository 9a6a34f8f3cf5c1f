// SPDX-License-Identifier: GPL-2.0-only
/* check - the checks a case makes, and how their results are recorded */
#include <stdarg.h>
#include <sys/mman.h>

#include "fsconf.h"
#include "doubt.h"
#include "record.h"

struct fc_record *fc_record;

struct fc_record *fc_record_new(void)
{
	void *p = mmap(NULL, sizeof(struct fc_record), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The bytes in use are zeroed: a writer that died half-way leaves zeroes. */
void fc_record_reset(struct fc_record *rec)
{
	size_t used = atomic_load(&rec->used);

	if (used > sizeof(rec->text))
		used = sizeof(rec->text);
	memset(rec->text, 0, used);
	atomic_store(&rec->finished, 0);
	atomic_store(&rec->used, 0);
}

/* Tabs and newlines separate fields and records: none may be in a field. */
static void flatten(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ')
			*s = ' ';
	}
}

void fc_record_add(enum fc_verdict verdict, const char *label,
		   const char *detail)
{
	char name[512], why[1024], line[1600];
	size_t at;
	int n;

	snprintf(name, sizeof(name), "%s", label);
	snprintf(why, sizeof(why), "%s", detail);
	flatten(name);
	flatten(why);
	n = snprintf(line, sizeof(line), "%c%s\t%s\n", verdict, name, why);
	at = atomic_fetch_add(&fc_record->used, (size_t)n);
	if (at + n <= sizeof(fc_record->text))
		memcpy(fc_record->text + at, line, n);
}

static const char *error_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "success";

	return name ? name : "an unknown errno";
}

#define FORMAT_LABEL(label, fmt)					\
	do {								\
		va_list ap;						\
		va_start(ap, fmt);					\
		vsnprintf(label, sizeof(label), fmt, ap);		\
		va_end(ap);						\
	} while (0)

static bool verdict(const struct fc_here *at, bool held, const char *label,
		    const char *want, const char *got)
{
	char detail[1024];

	fc_doubt_checked(at, held);
	if (held) {
		fc_record_add(FC_PASS, label, "");
		return true;
	}
	snprintf(detail, sizeof(detail), "expected %s, got %s at %s:%d",
		 want, got, at->file, at->line);
	fc_record_add(FC_FAIL, label, detail);
	return false;
}

bool fc_check_call(const struct fc_here *at, long ret, int want,
		   const char *fmt, ...)
{
	int err = ret >= 0 ? 0 : errno;
	char label[512];

	FORMAT_LABEL(label, fmt);
	return verdict(at, err == want, label, error_name(want),
		       error_name(err));
}

bool fc_check_either(const struct fc_here *at, long ret, int want, int other,
		     const char *fmt, ...)
{
	int err = ret >= 0 ? 0 : errno;
	char label[512], both[64];

	FORMAT_LABEL(label, fmt);
	snprintf(both, sizeof(both), "%s or %s", error_name(want),
		 error_name(other));
	return verdict(at, err == want || err == other, label, both,
		       error_name(err));
}

bool fc_check_num(const struct fc_here *at, long long got, long long want,
		  const char *fmt, ...)
{
	char label[512], a[32], b[32];

	FORMAT_LABEL(label, fmt);
	snprintf(a, sizeof(a), "%lld", want);
	snprintf(b, sizeof(b), "%lld", got);
	return verdict(at, got == want, label, a, b);
}

bool fc_check_oct(const struct fc_here *at, unsigned int got,
		  unsigned int want, const char *fmt, ...)
{
	char label[512], a[32], b[32];

	FORMAT_LABEL(label, fmt);
	snprintf(a, sizeof(a), "%04o", want);
	snprintf(b, sizeof(b), "%04o", got);
	return verdict(at, got == want, label, a, b);
}

bool fc_check_str(const struct fc_here *at, const char *got, const char *want,
		  const char *fmt, ...)
{
	char label[512], a[256], b[256];

	FORMAT_LABEL(label, fmt);
	snprintf(a, sizeof(a), "'%s'", want);
	snprintf(b, sizeof(b), "'%s'", got);
	return verdict(at, !strcmp(got, want), label, a, b);
}

bool fc_check_true(const struct fc_here *at, bool held, const char *what,
		   const char *fmt, ...)
{
	char label[512];

	FORMAT_LABEL(label, fmt);
	return verdict(at, held, label, what, "the contrary");
}

void fc_skip(const char *reason, const char *fmt, ...)
{
	char label[512];

	FORMAT_LABEL(label, fmt);
	fc_record_add(FC_SKIP, label, reason);
}

void fc_abort_case(const struct fc_here *at, const char *fmt, ...)
{
	char label[512], detail[600];

	FORMAT_LABEL(label, fmt);
	snprintf(detail, sizeof(detail), "%s at %s:%d", label, at->file,
		 at->line);
	fc_record_add(FC_FAIL, "preparation", detail);
	atomic_store(&fc_record->finished, 1);
	_exit(1);
}

void fc_end_case(const char *reason)
{
	fc_record_add(FC_SKIP, "the rest", reason);
	atomic_store(&fc_record->finished, 1);
	_exit(0);
}

long fc_must(const struct fc_here *at, long ret, const char *what)
{
	int err = errno;

	if (ret < 0)
		fc_abort_case(at, "expected %s to work, got %s", what,
			      error_name(err));
	return ret;
}
