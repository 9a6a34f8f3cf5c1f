// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_acl - POSIX ACLs as the bytes of their extended attribute
 *
 * acl(5): a version (32 bits, 2), then entries of a tag and permissions (16 bits
 * each) and an id (32 bits), little-endian; in the order of the tags.
 */
#include "meta_acl.h"

#define ACL_HEADER	4
#define ACL_ENTRY	8
#define ACL_VERSION	2

enum { USER_OBJ = 0x01, USER = 0x02, GROUP_OBJ = 0x04, GROUP = 0x08,
       MASK = 0x10, OTHER = 0x20 };

static size_t entries(size_t size)
{
	return (size - ACL_HEADER) / ACL_ENTRY;
}

static uint32_t get(const void *acl, size_t entry, size_t at)
{
	const unsigned char *b = (const unsigned char *)acl + ACL_HEADER +
				 entry * ACL_ENTRY + at;

	return b[0] | b[1] << 8;
}

static uint32_t tag_of(const void *acl, size_t entry)
{
	return get(acl, entry, 0);
}

static uint32_t perm_of(const void *acl, size_t entry)
{
	return get(acl, entry, 2);
}

static void set_perm(void *acl, size_t entry, uint32_t perm)
{
	((unsigned char *)acl)[ACL_HEADER + entry * ACL_ENTRY + 2] = perm;
}

bool hmeta_acl_valid(const void *acl, size_t size)
{
	const unsigned char *head = acl;
	uint32_t seen = 0, last = 0;

	if (size < ACL_HEADER || (size - ACL_HEADER) % ACL_ENTRY ||
	    head[0] != ACL_VERSION || head[1] || head[2] || head[3])
		return false;
	for (size_t i = 0; i < entries(size); i++) {
		uint32_t tag = tag_of(acl, i);

		if (perm_of(acl, i) > 7 || !tag || tag > OTHER ||
		    (tag & (tag - 1)) || tag < last)
			return false;
		if (tag == last && tag != USER && tag != GROUP)
			return false;
		seen |= tag;
		last = tag;
	}
	if ((seen & (USER | GROUP)) && !(seen & MASK))
		return false;
	return (seen & (USER_OBJ | GROUP_OBJ | OTHER)) ==
	       (USER_OBJ | GROUP_OBJ | OTHER);
}

/* The entry that stands for the mode's group bits. */
static size_t group_class(const void *acl, size_t size)
{
	size_t found = 0;

	for (size_t i = 0; i < entries(size); i++) {
		uint32_t tag = tag_of(acl, i);

		if (tag == GROUP_OBJ || tag == MASK)
			found = i;	/* the mask comes later, and counts */
	}
	return found;
}

/* How far the mode's bits of an entry are shifted; -1: it has none. */
static int shift_of(const void *acl, size_t size, size_t entry)
{
	if (entry == group_class(acl, size))
		return 3;
	switch (tag_of(acl, entry)) {
	case USER_OBJ:
		return 6;
	case OTHER:
		return 0;
	default:
		return -1;
	}
}

bool hmeta_acl_mode(const void *acl, size_t size, uint32_t *ret_mode)
{
	uint32_t mode = 0;

	for (size_t i = 0; i < entries(size); i++) {
		int shift = shift_of(acl, size, i);

		if (shift >= 0)
			mode |= perm_of(acl, i) << shift;
	}
	*ret_mode = mode;
	return entries(size) == 3;
}

void hmeta_acl_chmod(void *acl, size_t size, uint32_t mode)
{
	for (size_t i = 0; i < entries(size); i++) {
		int shift = shift_of(acl, size, i);

		if (shift >= 0)
			set_perm(acl, i, mode >> shift & 7);
	}
}

bool hmeta_acl_inherit(void *acl, size_t size, uint32_t *mode)
{
	uint32_t allowed;

	for (size_t i = 0; i < entries(size); i++) {
		int shift = shift_of(acl, size, i);

		if (shift >= 0)
			set_perm(acl, i, perm_of(acl, i) & *mode >> shift);
	}
	(void)hmeta_acl_mode(acl, size, &allowed);
	*mode = (*mode & ~0777u) | allowed;
	return entries(size) == 3;
}
