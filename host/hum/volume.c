// SPDX-License-Identifier: GPL-2.0-only
/*
 * volume - the argument of -v: SRC[:DST][:OPTS]
 *
 * Pure code: bytes in, struct out, no I/O, no allocation.
 */
#include <stddef.h>
#include <string.h>

#include "volume.h"

#define OPTIONS "ro, rw, humfs, meta=, map=, map-uid=, map-gid=, squash=, owner=, umask=, cache=, " \
		"quota, nosubmounts, nosuid, nodev, noexec, noatime"

static const char *const fault_texts[] = {
	[VOLUME_NO_SOURCE] = "SRC is empty; write SRC[:DST][:OPTS]",
	[VOLUME_RELATIVE] = "DST must be an absolute path, or OPTS of " OPTIONS,
	[VOLUME_DOTS] = "DST must not have '..' in it",
	[VOLUME_ROOT] = "DST must not be '/', the guest's root",
	[VOLUME_OPTION] = "unknown option in OPTS; it knows " OPTIONS,
	[VOLUME_CONFLICT] = "OPTS has both ro and rw",
	[VOLUME_LONG] = "a path in it is too long",
	[VOLUME_LONG_OPTIONS] = "OPTS is too long",
	[VOLUME_MAP] = "map=, map-uid= and map-gid= take HOSTID:GUESTID[:COUNT]",
	[VOLUME_OWNER] = "squash= and owner= take UID[:GID]",
	[VOLUME_UMASK] = "umask= takes an octal number up to 777",
	[VOLUME_CACHE] = "cache= is strict or exclusive",
	[VOLUME_META] = "meta= is xattr, side or auto",
	[VOLUME_FOR_HUMFS] = "meta= is for humfs; write humfs,meta=...",
	[VOLUME_FOR_HOSTFS] = "map=, squash= and umask= are not for humfs, whose owners are in its records",
};

const char *volume_fault_text(enum volume_fault fault)
{
	return fault_texts[fault];
}

/* Copy the next part to @buf; *text is then at its colon or at the end. */
static int take_part(const char **text, char *buf, size_t size)
{
	const char *at = *text;
	size_t n = 0;

	for (; *at && *at != ':'; at++) {
		if (*at == '\\' && (at[1] == ':' || at[1] == '\\'))
			at++;
		if (n + 1 == size)
			return VOLUME_LONG;
		buf[n++] = *at;
	}
	buf[n] = 0;
	*text = at;
	return 0;
}

/* --- OPTS ------------------------------------------------------------------- */

/* Numbers with colons between, `least` to `most` of them. */
static bool are_numbers(const char *text, size_t n, int least, int most)
{
	int count = 0;
	size_t digits, i = 0;

	for (;;) {
		for (digits = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
			digits++;
		if (!digits || digits > 10)
			return false;
		count++;
		if (i == n)
			return count >= least && count <= most;
		if (text[i++] != ':')
			return false;
	}
}

static bool is_map(const char *text, size_t n)
{
	return are_numbers(text, n, 2, 3);
}

static bool is_owner(const char *text, size_t n)
{
	return are_numbers(text, n, 1, 2);
}

static bool is_umask(const char *text, size_t n)
{
	return n && n <= 4 && strspn(text, "01234567") >= n &&
	       (n < 4 || *text == '0');
}

static bool is_cache(const char *text, size_t n)
{
	return (n == 6 && !memcmp(text, "strict", n)) ||
	       (n == 9 && !memcmp(text, "exclusive", n));
}

static bool is_meta(const char *text, size_t n)
{
	return (n == 5 && !memcmp(text, "xattr", n)) ||
	       (n == 4 && (!memcmp(text, "side", n) ||
			   !memcmp(text, "auto", n)));
}

/* Who may have an option */
enum { ANY, HOSTFS, HUMFS };

/* What the guest's mount takes besides ro and rw; it looks at it once more. */
static const struct {
	const char *name;
	bool (*valid)(const char *value, size_t n);	/* NULL: takes no value */
	enum volume_fault fault;
	int whose;
} options[] = {
	{ "map",		is_map,		VOLUME_MAP,	HOSTFS },
	{ "map-uid",		is_map,		VOLUME_MAP,	HOSTFS },
	{ "map-gid",		is_map,		VOLUME_MAP,	HOSTFS },
	{ "squash",		is_owner,	VOLUME_OWNER,	HOSTFS },
	{ "owner",		is_owner,	VOLUME_OWNER,	ANY },
	{ "umask",		is_umask,	VOLUME_UMASK,	HOSTFS },
	{ "cache",		is_cache,	VOLUME_CACHE,	ANY },
	{ "meta",		is_meta,	VOLUME_META,	HUMFS },
	{ "quota",		NULL,		VOLUME_OPTION,	HUMFS },
	{ "nosubmounts",	NULL,		VOLUME_OPTION,	ANY },
	{ "nosuid",		NULL,		VOLUME_OPTION,	ANY },
	{ "nodev",		NULL,		VOLUME_OPTION,	ANY },
	{ "noexec",		NULL,		VOLUME_OPTION,	ANY },
	{ "noatime",		NULL,		VOLUME_OPTION,	ANY },
};

/* The option's own fault; *whose it is is noted. */
static int check_option(const char *text, size_t n, unsigned int *whose)
{
	size_t name = 0, i;

	while (name < n && text[name] != '=')
		name++;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strlen(options[i].name) != name ||
		    memcmp(options[i].name, text, name))
			continue;
		*whose |= 1u << options[i].whose;
		if (!options[i].valid)
			return name == n ? 0 : VOLUME_OPTION;
		if (name == n)
			return options[i].fault;
		return options[i].valid(text + name + 1, n - name - 1) ?
		       0 : options[i].fault;
	}
	return VOLUME_OPTION;
}

static int add_option(struct volume *v, const char *text, size_t n)
{
	size_t used = strlen(v->options);

	if (used + n + 2 > sizeof(v->options))
		return VOLUME_LONG_OPTIONS;
	if (used)
		v->options[used++] = ',';
	memcpy(v->options + used, text, n);
	v->options[used + n] = 0;
	return 0;
}

static int take_options(const char *text, struct volume *v)
{
	bool ro = false, rw = false;
	unsigned int whose = 0;

	for (;;) {
		size_t n = strcspn(text, ",");
		int r = 0;

		if (n == 2 && !memcmp(text, "ro", 2))
			ro = true;
		else if (n == 2 && !memcmp(text, "rw", 2))
			rw = true;
		else if (n == 5 && !memcmp(text, "humfs", 5))
			v->humfs = true;
		else
			r = check_option(text, n, &whose) ?:
			    add_option(v, text, n);
		if (r)
			return r;
		if (!text[n])
			break;
		text += n + 1;
	}
	if (ro && rw)
		return VOLUME_CONFLICT;
	if (v->humfs && (whose & 1u << HOSTFS))
		return VOLUME_FOR_HOSTFS;
	if (!v->humfs && (whose & 1u << HUMFS))
		return VOLUME_FOR_HUMFS;
	v->read_only = ro;
	return 0;
}

/* --- the parts -------------------------------------------------------------- */

/* Copy an absolute path without what means nothing in it. */
static int take_target(const char *path, struct volume *v)
{
	size_t length = 0;

	if (*path != '/')
		return VOLUME_RELATIVE;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2))
			return VOLUME_DOTS;
		if (n && !(n == 1 && *path == '.')) {
			if (length + n + 2 > sizeof(v->target))
				return VOLUME_LONG;
			v->target[length++] = '/';
			memcpy(v->target + length, path, n);
			length += n;
		}
		path += n;
		path += *path == '/';
	}
	v->target[length] = 0;
	return length ? 0 : VOLUME_ROOT;
}

int volume_parse(const char *text, struct volume *ret)
{
	char part[PATH_MAX];
	int r;

	memset(ret, 0, sizeof(*ret));
	r = take_part(&text, ret->source, sizeof(ret->source));
	if (r)
		return r;
	if (!ret->source[0])
		return VOLUME_NO_SOURCE;
	if (!*text)
		return 0;
	text++;
	if (*text != '/') {
		r = take_options(text, ret);
		return r == VOLUME_OPTION ? VOLUME_RELATIVE : r;
	}
	r = take_part(&text, part, sizeof(part));
	if (!r)
		r = take_target(part, ret);
	if (r || !*text)
		return r;
	return take_options(text + 1, ret);
}
