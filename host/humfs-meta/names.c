// SPDX-License-Identifier: GPL-2.0-only
/*
 * names - numbers of users and groups that an archive has only by name
 */
#include "copy.h"
#include "meta_text.h"
#include "names.h"

#define NAMES_MAX	(1024 * 1024)	/* bytes of such a file */

/* "NAME:PASSWORD:ID:" at the beginning of a line */
static bool line_has(const char *line, const char *end, const char *name,
		     uint32_t *ret)
{
	struct hmeta_text text = { line, end };

	if (!hmeta_word(&text, name) || !hmeta_char(&text, ':'))
		return false;
	while (!hmeta_at_end(&text) && *text.at != ':')
		text.at++;
	return hmeta_char(&text, ':') &&
	       hmeta_number32(&text, 10, HMETA_ID_MAX, ret) &&
	       hmeta_char(&text, ':');
}

static int search(const char *bytes, size_t size, const char *name,
		  uint32_t *ret)
{
	const char *at = bytes, *end = bytes + size;

	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (!next)
			next = end;
		if (line_has(at, next, name, ret))
			return 0;
		at = next + (next < end);
	}
	return -ENOENT;
}

int names_lookup(struct tree *tree, bool group, const char *name, uint32_t *ret)
{
	_cleanup_object_ struct object object = { 0 };
	_cleanup_free_ char *bytes = NULL;
	struct host_file *file;
	int64_t size;

	if (object_find(tree, group ? "etc/group" : "etc/passwd", &object) ||
	    host_plain_open(object.node, NULL, HOST_READ, &file))
		return -ENOENT;
	bytes = malloc(NAMES_MAX);
	size = bytes ? copy_read(file, bytes, NAMES_MAX, 0) : -ENOMEM;
	host_plain_close(file);
	return size < 0 ? -ENOENT : search(bytes, (size_t)size, name, ret);
}
