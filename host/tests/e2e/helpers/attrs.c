/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attrs - extended attributes and ACLs for the tests, without libattr or libacl
 *
 *	attrs set FILE NAME VALUE
 *	attrs get FILE NAME		prints the value
 *	attrs list FILE			prints the names, one a line
 *	attrs acl FILE			the users in its ACL: UID:PERMS, one a line
 *	attrs allow FILE UID PERMS	an ACL: UID gets PERMS (octal digit), the
 *					owner rw, everybody else nothing
 *
 * Exit status: 0, or 1 with the reason on stderr.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <linux/posix_acl_xattr.h>
#include <linux/posix_acl.h>

static int report(const char *what)
{
	fprintf(stderr, "attrs: %s: %s\n", what, strerror(errno));
	return 1;
}

static int allow(const char *file, const char *uid, const char *perms)
{
	const struct { uint16_t tag, perm; uint32_t id; } rows[] = {
		{ ACL_USER_OBJ, 6, (uint32_t)-1 },
		{ ACL_USER, (uint16_t)atoi(perms), (uint32_t)atoi(uid) },
		{ ACL_GROUP_OBJ, 0, (uint32_t)-1 },
		{ ACL_MASK, 7, (uint32_t)-1 },
		{ ACL_OTHER, 0, (uint32_t)-1 },
	};
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[5];
	} acl = { .head.a_version = htole32(POSIX_ACL_XATTR_VERSION) };
	size_t i;

	for (i = 0; i < 5; i++) {
		acl.entries[i].e_tag = htole16(rows[i].tag);
		acl.entries[i].e_perm = htole16(rows[i].perm);
		acl.entries[i].e_id = htole32(rows[i].id);
	}
	if (setxattr(file, "system.posix_acl_access", &acl, sizeof(acl), 0) < 0)
		return report(file);
	return 0;
}

static int acl(const char *file)
{
	static struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[1024];
	} acl;
	ssize_t n = getxattr(file, "system.posix_acl_access", &acl, sizeof(acl));
	size_t i;

	if (n < 0)
		return report(file);
	for (i = 0; sizeof(acl.head) + i * sizeof(acl.entries[0]) < (size_t)n; i++)
		if (le16toh(acl.entries[i].e_tag) == ACL_USER)
			printf("%u:%o\n", le32toh(acl.entries[i].e_id),
			       le16toh(acl.entries[i].e_perm));
	return 0;
}

static int list(const char *file)
{
	static char names[65536];
	ssize_t n = listxattr(file, names, sizeof(names)), i;

	if (n < 0)
		return report(file);
	for (i = 0; i < n; i += (ssize_t)strlen(names + i) + 1)
		puts(names + i);
	return 0;
}

int main(int argc, char **argv)
{
	static char value[65536];
	ssize_t n;

	if (argc == 5 && !strcmp(argv[1], "set"))
		return setxattr(argv[2], argv[3], argv[4], strlen(argv[4]), 0) < 0 ?
			report(argv[3]) : 0;
	if (argc == 5 && !strcmp(argv[1], "allow"))
		return allow(argv[2], argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[1], "list"))
		return list(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "acl"))
		return acl(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "get")) {
		n = getxattr(argv[2], argv[3], value, sizeof(value));
		if (n < 0)
			return report(argv[3]);
		printf("%.*s\n", (int)n, value);
		return 0;
	}
	fprintf(stderr, "usage: attrs set|get|list|allow|acl FILE ...\n");
	return 2;
}
