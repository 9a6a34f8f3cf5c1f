/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json - output for programs: objects, lists, strings, numbers
 *
 * Names are bytes. What is no UTF-8 in them comes out as \udcXX, one for each
 * byte, as Python's surrogateescape has it, so that nothing is lost.
 */
#ifndef HUMFS_META_JSON_H
#define HUMFS_META_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool more;			/* a comma is due */
};

/* key NULL: in a list. open: '{' or '['. */
void json_open(struct json *json, const char *key, char open);
void json_close(struct json *json, char close);
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* Behind the last thing. */
void json_end(struct json *json);

#endif /* HUMFS_META_JSON_H */
