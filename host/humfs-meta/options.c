// SPDX-License-Identifier: GPL-2.0-only
/*
 * options - the options that several commands share
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "meta_format.h"
#include "msg.h"
#include "parse.h"

int option_help(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->help = true;
	return 0;
}

int option_list(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->list = true;
	return 0;
}

int option_json(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->json = true;
	return 0;
}

int option_recursive(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->recursive = true;
	return 0;
}

int option_quiet(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->quiet = true;
	return 0;
}

static int parse_id(const char *text, size_t length, uint32_t *ret)
{
	char digits[16];
	uint64_t value;

	if (length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (parse_u64(digits, 0, HMETA_ID_MAX, &value))
		return -EINVAL;
	*ret = value;
	return 0;
}

int parse_owner(const char *text, uint32_t *uid, uint32_t *gid)
{
	size_t length = strcspn(text, ":");
	uint32_t new_uid = *uid, new_gid = *gid;
	int error = 0;

	if (!*text || !strcmp(text, ":"))
		return -EINVAL;
	if (length)
		error = parse_id(text, length, &new_uid);
	if (error == 0 && text[length])
		error = parse_id(text + length + 1, strlen(text + length + 1),
				 &new_gid);
	if (error)
		return error;
	*uid = new_uid;
	*gid = new_gid;
	return 0;
}

int option_owner(void *target, const char *arg)
{
	struct args *args = target;
	uint32_t uid = UINT32_MAX, gid = UINT32_MAX;

	if (parse_owner(arg, &uid, &gid) || uid == UINT32_MAX ||
	    gid == UINT32_MAX) {
		msg("--owner '%s': write UID:GID, two numbers", arg);
		return -EINVAL;
	}
	args->has_owner = true;
	args->uid = uid;
	args->gid = gid;
	return 0;
}

int option_meta(void *target, const char *arg)
{
	struct args *args = target;

	if (strcmp(arg, "xattr") && strcmp(arg, "side") && strcmp(arg, "auto")) {
		msg("--meta '%s': write xattr, side or auto", arg);
		return -EINVAL;
	}
	args->meta = arg;
	return 0;
}

/* "none" or 0 takes a limit away. */
int option_size(void *target, const char *arg)
{
	struct args *args = target;

	args->has_size = true;
	args->size = 0;
	if (!strcmp(arg, "none") || parse_size(arg, 0, INT64_MAX, &args->size) == 0)
		return 0;
	msg("--size '%s': write bytes with K, M, G or T behind, or none", arg);
	return -EINVAL;
}

int option_inodes(void *target, const char *arg)
{
	struct args *args = target;

	args->has_inodes = true;
	args->inodes = 0;
	if (!strcmp(arg, "none") ||
	    parse_u64(arg, 0, INT64_MAX, &args->inodes) == 0)
		return 0;
	msg("--inodes '%s': write a number, or none", arg);
	return -EINVAL;
}
