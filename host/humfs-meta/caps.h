/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caps - file capabilities: setcap's text and the kernel's bytes
 */
#ifndef HUMFS_META_CAPS_H
#define HUMFS_META_CAPS_H

#include <stddef.h>
#include <stdint.h>

#define CAPS_NAME	"security.capability"
#define CAPS_BYTES_MAX	24

/* "cap_net_raw+ep" as setcap(8) takes it. Return: the length, -EINVAL. */
int caps_from_text(const char *text, unsigned char bytes[CAPS_BYTES_MAX]);
/* The text for an attribute's value, to be freed; NULL: it is none. */
char *caps_to_text(const void *bytes, size_t length);

#endif /* HUMFS_META_CAPS_H */
