// SPDX-License-Identifier: GPL-2.0-only
/*
 * acl - POSIX ACLs: the kernel's bytes, setfacl's text
 *
 * The attribute's value, little-endian: the version, 2 (32 bits); then for each
 * entry tag (16 bits), permissions (16), id (32).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"

#define ACL_VERSION	2

static uint32_t get_le(const unsigned char *bytes, int count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 8 | bytes[count];
	return value;
}

static void put_le(unsigned char *bytes, int count, uint32_t value)
{
	for (int i = 0; i < count; i++, value >>= 8)
		bytes[i] = value & 0xff;
}

static bool tag_has_id(uint16_t tag)
{
	return tag == ACL_TAG_USER || tag == ACL_TAG_GROUP;
}

static int tag_known(uint16_t tag)
{
	return tag && !(tag & (tag - 1)) && tag <= ACL_TAG_OTHER;
}

int acl_parse(const void *bytes, size_t length, struct acl *ret)
{
	const unsigned char *at = bytes;
	size_t n = (length - 4) / 8;

	if (length < 4 || (length - 4) % 8 || n > ACL_ENTRIES_MAX ||
	    get_le(at, 4) != ACL_VERSION)
		return -EINVAL;
	ret->n = n;
	for (size_t i = 0; i < n; i++) {
		struct acl_item *item = &ret->v[i];

		at = (const unsigned char *)bytes + ACL_BYTES(i);
		item->tag = get_le(at, 2);
		item->perm = get_le(at + 2, 2);
		item->id = tag_has_id(item->tag) ? get_le(at + 4, 4) :
						   UINT32_MAX;
	}
	return acl_valid(ret) ? 0 : -EINVAL;
}

size_t acl_print(const struct acl *acl, unsigned char bytes[ACL_BYTES_MAX])
{
	put_le(bytes, 4, ACL_VERSION);
	for (size_t i = 0; i < acl->n; i++) {
		unsigned char *at = bytes + ACL_BYTES(i);

		put_le(at, 2, acl->v[i].tag);
		put_le(at + 2, 2, acl->v[i].perm);
		put_le(at + 4, 4, acl->v[i].id);
	}
	return ACL_BYTES(acl->n);
}

static int by_tag(const void *a, const void *b)
{
	const struct acl_item *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

const struct acl_item *acl_get(const struct acl *acl, uint16_t tag,
			       uint32_t id)
{
	for (size_t i = 0; i < acl->n; i++)
		if (acl->v[i].tag == tag &&
		    (!tag_has_id(tag) || acl->v[i].id == id))
			return &acl->v[i];
	return NULL;
}

int acl_set(struct acl *acl, uint16_t tag, uint32_t id, uint16_t perm)
{
	struct acl_item *item = (struct acl_item *)acl_get(acl, tag, id);

	if (!item && acl->n == ACL_ENTRIES_MAX)
		return -ENOSPC;
	if (!item)
		item = &acl->v[acl->n++];
	*item = (struct acl_item){
		.tag = tag, .perm = perm & 7,
		.id = tag_has_id(tag) ? id : UINT32_MAX,
	};
	return 0;
}

bool acl_valid(const struct acl *acl)
{
	bool named = false;

	for (size_t i = 0; i < acl->n; i++) {
		const struct acl_item *item = &acl->v[i];

		if (!tag_known(item->tag) || item->perm > 7 ||
		    (tag_has_id(item->tag) && item->id == UINT32_MAX) ||
		    (i && by_tag(item - 1, item) >= 0))
			return false;
		named |= tag_has_id(item->tag);
	}
	return acl_get(acl, ACL_TAG_USER_OBJ, 0) &&
	       acl_get(acl, ACL_TAG_GROUP_OBJ, 0) &&
	       acl_get(acl, ACL_TAG_OTHER, 0) &&
	       (!named || acl_get(acl, ACL_TAG_MASK, 0));
}

void acl_complete(struct acl *acl)
{
	uint16_t perm = 0;
	bool named = false;

	for (size_t i = 0; i < acl->n; i++) {
		uint16_t tag = acl->v[i].tag;

		named |= tag_has_id(tag);
		if (tag_has_id(tag) || tag == ACL_TAG_GROUP_OBJ)
			perm |= acl->v[i].perm;
	}
	if (named && !acl_get(acl, ACL_TAG_MASK, 0))
		(void)acl_set(acl, ACL_TAG_MASK, 0, perm);	/* or not valid */
	qsort(acl->v, acl->n, sizeof(acl->v[0]), by_tag);
}

bool acl_is_mode(const struct acl *acl)
{
	return acl->n == 3;
}

void acl_from_mode(uint32_t mode, struct acl *ret)
{
	ret->n = 0;
	(void)acl_set(ret, ACL_TAG_USER_OBJ, 0, mode >> 6 & 7);
	(void)acl_set(ret, ACL_TAG_GROUP_OBJ, 0, mode >> 3 & 7);
	(void)acl_set(ret, ACL_TAG_OTHER, 0, mode & 7);
}

/* The entry that the mode's group bits are: the mask, if there is one. */
static const struct acl_item *group_class(const struct acl *acl)
{
	const struct acl_item *mask = acl_get(acl, ACL_TAG_MASK, 0);

	return mask ? mask : acl_get(acl, ACL_TAG_GROUP_OBJ, 0);
}

uint32_t acl_to_mode(const struct acl *acl, uint32_t mode)
{
	return (mode & ~0777u) |
	       (uint32_t)acl_get(acl, ACL_TAG_USER_OBJ, 0)->perm << 6 |
	       (uint32_t)group_class(acl)->perm << 3 |
	       acl_get(acl, ACL_TAG_OTHER, 0)->perm;
}

void acl_chmod(struct acl *acl, uint32_t mode)
{
	(void)acl_set(acl, ACL_TAG_USER_OBJ, 0, mode >> 6);
	(void)acl_set(acl, group_class(acl)->tag, 0, mode >> 3);
	(void)acl_set(acl, ACL_TAG_OTHER, 0, mode);
}

/* --- text ------------------------------------------------------------------- */

static const struct {
	const char *word;
	uint16_t own, named;	/* without an id, with one (0: takes none) */
} acl_words[] = {
	{ "user",  ACL_TAG_USER_OBJ,  ACL_TAG_USER },
	{ "group", ACL_TAG_GROUP_OBJ, ACL_TAG_GROUP },
	{ "mask",  ACL_TAG_MASK,      0 },
	{ "other", ACL_TAG_OTHER,     0 },
};

/* Take "word:" or its first letter. Return: behind it, or NULL. */
static const char *take_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	if (!strncmp(text, word, length) && text[length] == ':')
		return text + length + 1;
	return text[0] == word[0] && text[1] == ':' ? text + 2 : NULL;
}

/* "rwx" with dashes, or one octal digit; up to a comma, blank or the end. */
static int take_perm(const char **text, uint16_t *ret)
{
	const char *at = *text;
	uint16_t perm = 0;

	if (*at >= '0' && *at <= '7') {
		perm = *at++ - '0';
	} else {
		for (; *at && strchr("rwx-", *at); at++)
			perm |= *at == 'r' ? 4 : *at == 'w' ? 2 : *at == 'x';
	}
	if (at == *text || (*at && !strchr(", \n\t", *at)))
		return -EINVAL;
	*text = at;
	*ret = perm;
	return 0;
}

static int take_id(const char **text, bool *ret_named, uint32_t *ret)
{
	unsigned long long value;
	char *end;

	*ret_named = **text != ':';
	if (*ret_named) {
		if (**text < '0' || **text > '9')
			return -EINVAL;
		errno = 0;
		value = strtoull(*text, &end, 10);
		if (errno || value >= UINT32_MAX)
			return -EINVAL;
		*ret = (uint32_t)value;
		*text = end;
	}
	if (**text != ':')
		return -EINVAL;
	++*text;
	return 0;
}

static int take_entry(const char **text, struct acl *acl)
{
	for (size_t i = 0; i < sizeof(acl_words) / sizeof(acl_words[0]); i++) {
		const char *at = take_word(*text, acl_words[i].word);
		uint32_t id = UINT32_MAX;
		uint16_t tag, perm;
		bool named = false;

		if (!at)
			continue;
		/* "other:r" and "mask:r" may leave the second colon out. */
		if ((acl_words[i].named || *at == ':') &&
		    take_id(&at, &named, &id))
			return -EINVAL;
		tag = named ? acl_words[i].named : acl_words[i].own;
		if (!tag || take_perm(&at, &perm))
			return -EINVAL;
		*text = at;
		return acl_set(acl, tag, id, perm);
	}
	return -EINVAL;
}

int acl_apply_text(const char *text, struct acl *access, struct acl *dfl,
		   const char **ret_bad)
{
	for (;;) {
		const char *entry, *rest;

		text += strspn(text, ", \n\t");
		if (!*text)
			return 0;
		entry = text;
		rest = take_word(text, "default");
		if (rest)
			text = rest;
		if (take_entry(&text, rest ? dfl : access)) {
			*ret_bad = entry;
			return -EINVAL;
		}
	}
}

void acl_text(const struct acl *acl, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (size_t i = 0; i < acl->n && length < size; i++) {
		const struct acl_item *item = &acl->v[i];
		char id[16] = "";
		size_t word = 0;

		while (item->tag != acl_words[word].own &&
		       item->tag != acl_words[word].named)
			word++;
		if (tag_has_id(item->tag))
			snprintf(id, sizeof(id), "%u", item->id);
		length += (size_t)snprintf(text + length, size - length,
			"%s%s:%s:%c%c%c", i ? "," : "", acl_words[word].word,
			id, item->perm & 4 ? 'r' : '-',
			item->perm & 2 ? 'w' : '-', item->perm & 1 ? 'x' : '-');
	}
}
