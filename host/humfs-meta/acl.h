/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl - POSIX ACLs: the kernel's bytes, setfacl's text, libarchive's entries
 *
 * All three hold the same entries; struct acl is what they are turned into and
 * from. Parsing is pure and strict: bytes that are no valid ACL are refused.
 */
#ifndef HUMFS_META_TOOL_ACL_H
#define HUMFS_META_TOOL_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACL_ACCESS_NAME		"system.posix_acl_access"
#define ACL_DEFAULT_NAME	"system.posix_acl_default"
#define ACL_ENTRIES_MAX		1024

enum acl_tag {			/* as the kernel numbers them */
	ACL_TAG_USER_OBJ  = 0x01,
	ACL_TAG_USER	  = 0x02,
	ACL_TAG_GROUP_OBJ = 0x04,
	ACL_TAG_GROUP	  = 0x08,
	ACL_TAG_MASK	  = 0x10,
	ACL_TAG_OTHER	  = 0x20,
};

struct acl_item {
	uint16_t tag, perm;
	uint32_t id;		/* of users and groups; else UINT32_MAX */
};

struct acl {
	struct acl_item v[ACL_ENTRIES_MAX];
	size_t n;
};

#define ACL_BYTES(n)	(4 + 8 * (size_t)(n))
#define ACL_BYTES_MAX	ACL_BYTES(ACL_ENTRIES_MAX)

/* The kernel's attribute value. Return: 0, -EINVAL (also one that cannot be). */
int acl_parse(const void *bytes, size_t length, struct acl *ret);
/* Return: the length. */
size_t acl_print(const struct acl *acl, unsigned char bytes[ACL_BYTES_MAX]);

/* Add, or replace an entry of the same tag and id. Return: 0, -ENOSPC. */
int acl_set(struct acl *acl, uint16_t tag, uint32_t id, uint16_t perm);
const struct acl_item *acl_get(const struct acl *acl, uint16_t tag,
			       uint32_t id);
/* Is it a whole ACL, in the order that the kernel asks for? */
bool acl_valid(const struct acl *acl);
/* Sort it; add a mask (the union of the group class) when one is needed. */
void acl_complete(struct acl *acl);
/* Only what the mode says as well? */
bool acl_is_mode(const struct acl *acl);
/* Entries of the mode alone. */
void acl_from_mode(uint32_t mode, struct acl *ret);
/* The mode that goes with an access ACL, and the ACL after a chmod. */
uint32_t acl_to_mode(const struct acl *acl, uint32_t mode);
void acl_chmod(struct acl *acl, uint32_t mode);

/*
 * Text as setfacl(1) takes it: u[ser]:ID:rwx, g[roup], m[ask], o[ther], commas or
 * blanks between; ids are numbers; "d[efault]:" in front: the default ACL's.
 * The entries are set in *access and *dfl. Return: 0, -EINVAL with *ret_bad =
 * the entry at fault.
 */
int acl_apply_text(const char *text, struct acl *access, struct acl *dfl,
		   const char **ret_bad);
/* "u::rwx,u:1:r--,..." into text. */
void acl_text(const struct acl *acl, char *text, size_t size);

#endif /* HUMFS_META_TOOL_ACL_H */
