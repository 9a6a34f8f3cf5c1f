// SPDX-License-Identifier: GPL-2.0-only
/*
 * volume - the argument of -v: SRC[:DST][:OPTS]
 *
 * Pure code: bytes in, struct out, no I/O, no allocation.
 */
#include <stddef.h>
#include <string.h>

#include "volume.h"

#define PARTS_MAX 3

static const char *const fault_texts[] = {
	[VOLUME_NO_SOURCE] = "SRC is empty; write SRC[:DST][:OPTS]",
	[VOLUME_RELATIVE] = "DST must be an absolute path, or OPTS one of ro, rw",
	[VOLUME_DOTS] = "DST must not have '..' in it",
	[VOLUME_ROOT] = "DST must not be '/', the guest's root",
	[VOLUME_OPTION] = "unknown option in OPTS; it knows ro and rw",
	[VOLUME_CONFLICT] = "OPTS has both ro and rw",
	[VOLUME_PARTS] = "too many colons; write SRC[:DST][:OPTS], and \\: for a colon in a name",
	[VOLUME_LONG] = "a path in it is too long",
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

static int take_options(const char *text, struct volume *v)
{
	bool ro = false, rw = false;

	for (;;) {
		size_t n = strcspn(text, ",");

		if (n != 2 || (memcmp(text, "ro", 2) && memcmp(text, "rw", 2)))
			return VOLUME_OPTION;
		if (text[1] == 'o')
			ro = true;
		else
			rw = true;
		if (!text[n])
			break;
		text += n + 1;
	}
	if (ro && rw)
		return VOLUME_CONFLICT;
	v->read_only = ro;
	return 0;
}

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
	char part[PARTS_MAX - 1][PATH_MAX];
	int parts = 0, r;

	memset(ret, 0, sizeof(*ret));
	r = take_part(&text, ret->source, sizeof(ret->source));
	if (r)
		return r;
	if (!ret->source[0])
		return VOLUME_NO_SOURCE;
	while (*text == ':') {
		if (parts == PARTS_MAX - 1)
			return VOLUME_PARTS;
		text++;
		r = take_part(&text, part[parts], sizeof(part[parts]));
		if (r)
			return r;
		parts++;
	}
	if (parts == 0)
		return 0;
	if (parts == 2) {
		r = take_target(part[0], ret);
		return r ? r : take_options(part[1], ret);
	}
	r = take_options(part[0], ret);
	if (r != VOLUME_OPTION)
		return r;
	return take_target(part[0], ret);
}
