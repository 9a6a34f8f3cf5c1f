// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_attrs - attribute files of the side store
 *
 * A header (8 bytes "humattr1", the file's length, zero), then one attribute
 * after the other: the name's length (1 byte), three zeros, the value's length,
 * the name, the value. Numbers are little-endian.
 */
#include "meta_format.h"

#include <string.h>

static const char magic[8] = { 'h', 'u', 'm', 'a', 't', 't', 'r', '1' };

#define HMETA_ATTR_HEADER	8

_Static_assert(HMETA_ATTRS_HEADER == sizeof(magic) + 8, "header of 16 bytes");

static uint32_t get32(const unsigned char *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = value >> (8 * i);
}

size_t hmeta_attrs_size(uint32_t name_length, uint32_t length)
{
	return (size_t)HMETA_ATTR_HEADER + name_length + length;
}

/* One attribute at `at`. Return: HMETA_FINE, and *at is behind it. */
static enum hmeta_fault attr_read(const unsigned char *bytes, size_t length,
				  size_t *at, struct hmeta_attr *ret)
{
	const unsigned char *head = bytes + *at;
	size_t left = length - *at;

	if (left < HMETA_ATTR_HEADER)
		return HMETA_TRUNCATED;
	ret->name_length = head[0];
	ret->length = get32(head + 4);
	if (ret->name_length == 0 || head[1] || head[2] || head[3])
		return HMETA_NAME;
	if (ret->length > HMETA_VALUE_MAX)
		return HMETA_VALUE;
	if (left < hmeta_attrs_size(ret->name_length, ret->length))
		return HMETA_TRUNCATED;
	ret->name = (const char *)head + HMETA_ATTR_HEADER;
	ret->value = ret->name + ret->name_length;
	*at += hmeta_attrs_size(ret->name_length, ret->length);
	return memchr(ret->name, 0, ret->name_length) ? HMETA_NAME : HMETA_FINE;
}

enum hmeta_fault hmeta_attrs_check(const void *data, size_t length)
{
	const unsigned char *bytes = data;
	size_t at = HMETA_ATTRS_HEADER;
	struct hmeta_attr attr;

	if (length < HMETA_ATTRS_HEADER)
		return HMETA_TRUNCATED;
	if (memcmp(bytes, magic, sizeof(magic)) || get32(bytes + 12))
		return HMETA_VERSION;
	if (length > HMETA_ATTRS_MAX)
		return HMETA_LENGTH;
	if (get32(bytes + 8) != length)
		return get32(bytes + 8) > length ? HMETA_TRUNCATED :
						   HMETA_TRAILING;
	while (at < length) {
		enum hmeta_fault fault = attr_read(bytes, length, &at, &attr);

		if (fault)
			return fault;
	}
	return HMETA_FINE;
}

bool hmeta_attrs_next(const void *bytes, size_t length, size_t *at,
		      struct hmeta_attr *ret)
{
	if (*at == 0)
		*at = HMETA_ATTRS_HEADER;
	return *at < length && attr_read(bytes, length, at, ret) == HMETA_FINE;
}

void hmeta_attrs_header(void *data, size_t length)
{
	unsigned char *bytes = data;

	memcpy(bytes, magic, sizeof(magic));
	put32(bytes + 8, length);
	put32(bytes + 12, 0);
}

size_t hmeta_attrs_append(void *data, const struct hmeta_attr *attr)
{
	unsigned char *bytes = data;

	memset(bytes, 0, HMETA_ATTR_HEADER);
	bytes[0] = attr->name_length;
	put32(bytes + 4, attr->length);
	memcpy(bytes + HMETA_ATTR_HEADER, attr->name, attr->name_length);
	if (attr->length)
		memcpy(bytes + HMETA_ATTR_HEADER + attr->name_length,
		       attr->value, attr->length);
	return hmeta_attrs_size(attr->name_length, attr->length);
}
