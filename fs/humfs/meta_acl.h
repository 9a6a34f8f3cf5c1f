/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_acl.h - POSIX ACLs as the bytes of their extended attribute. Pure code
 */
#ifndef HUMFS_META_ACL_H
#define HUMFS_META_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HMETA_ACL_ACCESS	"system.posix_acl_access"
#define HMETA_ACL_DEFAULT	"system.posix_acl_default"

/* Is it a whole and valid ACL, its entries in order? */
bool hmeta_acl_valid(const void *acl, size_t size);
/*
 * The bits 0777 that a valid ACL stands for. Return: true: they say all of it,
 * no ACL is needed.
 */
bool hmeta_acl_mode(const void *acl, size_t size, uint32_t *ret_mode);
/* What chmod(2) to mode makes of a valid ACL, in place. */
void hmeta_acl_chmod(void *acl, size_t size, uint32_t mode);
/*
 * From a directory's default ACL the access ACL of an object made in it with
 * *mode, in place; *mode gets what is left. Return: as hmeta_acl_mode().
 */
bool hmeta_acl_inherit(void *acl, size_t size, uint32_t *mode);

#endif /* HUMFS_META_ACL_H */
