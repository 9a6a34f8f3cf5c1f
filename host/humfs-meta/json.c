// SPDX-License-Identifier: GPL-2.0-only
/*
 * json - output for programs: objects, lists, strings, numbers
 */
#include <string.h>

#include "json.h"

/* Bytes of the UTF-8 character at text, 0: it is none. */
static int utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int length = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2 :
		     *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
	uint32_t value = length > 1 ? *text & (0x7fu >> length) : 0;

	for (int i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (length > 1 && (value < least[length] || value > 0x10ffff ||
			   (value >= 0xd800 && value < 0xe000)))
		return 0;
	return length;
}

static void put_text(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', out);
	while (*at) {
		int length = utf8_length(at);

		if (length == 0)
			fprintf(out, "\\udc%02x", *at);
		else if (*at < 0x20 || *at == 0x7f)
			fprintf(out, "\\u%04x", *at);
		else if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else
			fwrite(at, 1, (size_t)length, out);
		at += length ? length : 1;
	}
	putc('"', out);
}

static void begin(struct json *json, const char *key)
{
	if (json->more)
		fputs(",\n", json->out);
	json->more = true;
	if (key) {
		put_text(json->out, key);
		fputs(": ", json->out);
	}
}

void json_open(struct json *json, const char *key, char open)
{
	begin(json, key);
	putc(open, json->out);
	json->more = false;
}

void json_close(struct json *json, char close)
{
	putc(close, json->out);
	json->more = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
	begin(json, key);
	put_text(json->out, value);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fprintf(json->out, "%llu", (unsigned long long)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_end(struct json *json)
{
	putc('\n', json->out);
	json->more = false;
}
