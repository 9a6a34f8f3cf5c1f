// SPDX-License-Identifier: GPL-2.0-only
/*
 * caps - file capabilities: setcap's text and the kernel's bytes
 *
 * libcap knows the text; the bytes (linux/capability.h, struct vfs_ns_cap_data) it
 * writes only to files that it may alter itself.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <linux/capability.h>

#include "caps.h"

#define CAPS_WORDS	2	/* of 32 capabilities */

static uint32_t get_le32(const unsigned char *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put_le32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		at[i] = value & 0xff;
}

static bool has(cap_t caps, cap_value_t cap, cap_flag_t flag)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(caps, cap, flag, &value) == 0 && value == CAP_SET;
}

/*
 * A file has one effective bit for all: it goes with every permitted or
 * inheritable capability, or with none (cap_set_file(3)).
 */
static int effective_bit(cap_t caps, uint32_t *ret)
{
	bool all = true, any = false;

	for (cap_value_t cap = 0; cap < 32 * CAPS_WORDS; cap++) {
		bool used = has(caps, cap, CAP_PERMITTED) ||
			    has(caps, cap, CAP_INHERITABLE);
		bool effective = has(caps, cap, CAP_EFFECTIVE);

		if (effective && !used)
			return -EINVAL;
		any |= effective;
		all &= effective || !used;
	}
	if (any && !all)
		return -EINVAL;
	*ret = any ? VFS_CAP_FLAGS_EFFECTIVE : 0;
	return 0;
}

int caps_from_text(const char *text, unsigned char bytes[CAPS_BYTES_MAX])
{
	cap_t caps = cap_from_text(text);
	uint32_t words[2 * CAPS_WORDS] = { 0 }, effective;
	int error;

	if (!caps)
		return -EINVAL;
	for (cap_value_t cap = 0; cap < 32 * CAPS_WORDS; cap++) {
		uint32_t bit = 1u << cap % 32;

		if (has(caps, cap, CAP_PERMITTED))
			words[cap / 32 * 2] |= bit;
		if (has(caps, cap, CAP_INHERITABLE))
			words[cap / 32 * 2 + 1] |= bit;
	}
	error = effective_bit(caps, &effective);
	(void)cap_free(caps);	/* fails only for what is no cap_t */
	if (error)
		return error;
	put_le32(bytes, VFS_CAP_REVISION_2 | effective);
	for (int i = 0; i < 2 * CAPS_WORDS; i++)
		put_le32(bytes + 4 + 4 * i, words[i]);
	return XATTR_CAPS_SZ_2;
}

static bool length_fits(uint32_t revision, size_t length)
{
	return (revision == VFS_CAP_REVISION_1 && length == XATTR_CAPS_SZ_1) ||
	       (revision == VFS_CAP_REVISION_2 && length == XATTR_CAPS_SZ_2) ||
	       (revision == VFS_CAP_REVISION_3 && length == XATTR_CAPS_SZ_3);
}

/* Capabilities `from` a word's two masks, into caps. */
static void raise_word(cap_t caps, int word, uint32_t permitted,
		       uint32_t inheritable, bool effective)
{
	for (int bit = 0; bit < 32; bit++) {
		cap_value_t cap = word * 32 + bit;
		bool p = permitted >> bit & 1, i = inheritable >> bit & 1;

		/* Of a capability that libcap does not know nothing is shown. */
		if (p)
			(void)cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET);
		if (i)
			(void)cap_set_flag(caps, CAP_INHERITABLE, 1, &cap,
					   CAP_SET);
		if (effective && (p || i))
			(void)cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_SET);
	}
}

char *caps_to_text(const void *value, size_t length)
{
	const unsigned char *bytes = value;
	char *text = NULL, *found;
	uint32_t magic;
	cap_t caps;

	if (length < XATTR_CAPS_SZ_1 || length > CAPS_BYTES_MAX)
		return NULL;
	magic = get_le32(bytes);
	if (!length_fits(magic & VFS_CAP_REVISION_MASK, length))
		return NULL;
	caps = cap_init();
	if (!caps)
		return NULL;
	for (int word = 0; 4 + 8 * (size_t)(word + 1) <= length &&
	     word < CAPS_WORDS; word++)
		raise_word(caps, word, get_le32(bytes + 4 + 8 * word),
			   get_le32(bytes + 8 + 8 * word),
			   magic & VFS_CAP_FLAGS_EFFECTIVE);
	found = cap_to_text(caps, NULL);
	if (found)
		text = strdup(found);
	(void)cap_free(found);
	(void)cap_free(caps);
	return text;
}
