// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_format - records, names of attributes and keys, parsed and printed
 */
#include "meta_format.h"

#include "meta_text.h"

const char *hmeta_fault_text(enum hmeta_fault fault)
{
	static const char *const texts[HMETA_FAULTS] = {
		[HMETA_FINE]	  = "fine",
		[HMETA_LENGTH]	  = "empty or too long",
		[HMETA_UID]	  = "bad user id",
		[HMETA_GID]	  = "bad group id",
		[HMETA_MODE]	  = "bad mode",
		[HMETA_TYPE]	  = "bad type",
		[HMETA_DEVICE]	  = "bad device number",
		[HMETA_TRAILING]  = "bytes behind the end",
		[HMETA_MISMATCH]  = "not for this kind of object",
		[HMETA_VERSION]	  = "unknown version",
		[HMETA_WORD]	  = "unknown or repeated line",
		[HMETA_VALUE]	  = "bad value",
		[HMETA_TRUNCATED] = "truncated",
		[HMETA_NAME]	  = "bad name of an attribute",
	};

	if ((unsigned int)fault >= HMETA_FAULTS)
		return "unknown fault";
	return texts[fault];
}

/* --- the record ----------------------------------------------------------- */

static const struct {
	uint32_t type;
	const char *word;
	bool device;
} hmeta_types[] = {
	{ HMETA_IFREG,	"file",	   false },
	{ HMETA_IFDIR,	"dir",	   false },
	{ HMETA_IFLNK,	"symlink", false },
	{ HMETA_IFIFO,	"pipe",	   false },
	{ HMETA_IFSOCK,	"socket",  false },
	{ HMETA_IFBLK,	"block-",  true },
	{ HMETA_IFCHR,	"char-",   true },
};

#define HMETA_TYPES	(sizeof(hmeta_types) / sizeof(hmeta_types[0]))

/* The word of the type and, of a device, its numbers. */
static enum hmeta_fault parse_type(struct hmeta_text *text,
				   struct hmeta_record *record)
{
	size_t i;

	for (i = 0; i < HMETA_TYPES; i++) {
		if (hmeta_word(text, hmeta_types[i].word))
			break;
	}
	if (i == HMETA_TYPES)
		return HMETA_TYPE;
	/* Some writers put the type's bits into the mode as well. */
	if ((record->mode & HMETA_IFMT) &&
	    (record->mode & HMETA_IFMT) != hmeta_types[i].type)
		return HMETA_TYPE;
	record->mode = (record->mode & 07777) | hmeta_types[i].type;
	if (!hmeta_types[i].device)
		return HMETA_FINE;
	if (!hmeta_number32(text, 10, HMETA_MAJOR_MAX, &record->rdev_major) ||
	    !hmeta_char(text, '-') ||
	    !hmeta_number32(text, 10, HMETA_MINOR_MAX, &record->rdev_minor))
		return HMETA_DEVICE;
	return HMETA_FINE;
}

static bool type_known(uint32_t type)
{
	for (size_t i = 0; i < HMETA_TYPES; i++) {
		if (hmeta_types[i].type == type)
			return true;
	}
	return false;
}

enum hmeta_fault hmeta_parse(const char *bytes, size_t length,
			     struct hmeta_record *ret)
{
	struct hmeta_text text = { bytes, bytes + length };
	struct hmeta_record record = { 0 };
	enum hmeta_fault fault = HMETA_FINE;
	uint32_t type;

	if (length == 0 || length >= HMETA_RECORD_MAX)
		return HMETA_LENGTH;
	if (!hmeta_number32(&text, 10, HMETA_ID_MAX, &record.uid) ||
	    !hmeta_char(&text, ':'))
		return HMETA_UID;
	if (!hmeta_number32(&text, 10, HMETA_ID_MAX, &record.gid) ||
	    !hmeta_char(&text, ':'))
		return HMETA_GID;
	if (!hmeta_number32(&text, 8, 0177777, &record.mode))
		return HMETA_MODE;
	type = record.mode & HMETA_IFMT;
	if (type && !type_known(type))
		return HMETA_MODE;
	if (hmeta_char(&text, ':'))
		fault = parse_type(&text, &record);
	else if (type == HMETA_IFBLK || type == HMETA_IFCHR)
		fault = HMETA_DEVICE;
	if (fault == HMETA_FINE && !hmeta_at_end(&text))
		fault = HMETA_TRAILING;
	if (fault == HMETA_FINE)
		*ret = record;
	return fault;
}

enum hmeta_fault hmeta_settle(struct hmeta_record *record, uint32_t host_type)
{
	uint32_t type = record->mode & HMETA_IFMT;

	host_type &= HMETA_IFMT;
	if (type == 0) {
		record->mode |= host_type;
		return HMETA_FINE;
	}
	if (type == host_type)
		return HMETA_FINE;
	if (host_type == HMETA_IFREG && type != HMETA_IFDIR &&
	    type != HMETA_IFLNK)
		return HMETA_FINE;
	return HMETA_MISMATCH;
}

size_t hmeta_print(const struct hmeta_record *record,
		   char text[HMETA_RECORD_MAX])
{
	char *at = text;

	at = hmeta_put(at, record->uid, 10, 1);
	*at++ = ':';
	at = hmeta_put(at, record->gid, 10, 1);
	*at++ = ':';
	at = hmeta_put(at, record->mode & 07777, 8, 4);
	*at++ = ':';
	for (size_t i = 0; i < HMETA_TYPES; i++) {
		if (hmeta_types[i].type != (record->mode & HMETA_IFMT))
			continue;
		at = hmeta_puts(at, hmeta_types[i].word);
		if (!hmeta_types[i].device)
			continue;
		at = hmeta_put(at, record->rdev_major, 10, 1);
		*at++ = '-';
		at = hmeta_put(at, record->rdev_minor, 10, 1);
	}
	*at = '\0';
	return at - text;
}

bool hmeta_equal(const struct hmeta_record *a, const struct hmeta_record *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->mode == b->mode &&
	       a->rdev_major == b->rdev_major && a->rdev_minor == b->rdev_minor;
}

uint32_t hmeta_host_type(uint32_t mode)
{
	switch (mode & HMETA_IFMT) {
	case HMETA_IFDIR: case HMETA_IFLNK:
		return mode & HMETA_IFMT;
	default:
		return HMETA_IFREG;
	}
}

uint32_t hmeta_host_mode(uint32_t mode)
{
	switch (mode & HMETA_IFMT) {
	case HMETA_IFDIR:
		return (mode & 0777) | 0700;
	case HMETA_IFREG:
		return (mode & 0777) | 0600;
	case HMETA_IFLNK:
		return 0777;
	default:
		return 0600;
	}
}

bool hmeta_mode_is_plain(uint32_t mode)
{
	switch (mode & HMETA_IFMT) {
	case HMETA_IFDIR: case HMETA_IFREG: case HMETA_IFLNK:
		return hmeta_host_mode(mode) == (mode & 07777);
	default:
		return false;
	}
}

/* --- names of attributes ---------------------------------------------------- */

static bool begins(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

enum hmeta_class hmeta_classify(const char *name)
{
	if (begins(name, HMETA_HIDDEN))
		return HMETA_RESERVED;
	if (begins(name, "user."))
		return HMETA_PLAIN;
	if (begins(name, "trusted.") || begins(name, "security.") ||
	    !strcmp(name, "system.posix_acl_access") ||
	    !strcmp(name, "system.posix_acl_default"))
		return HMETA_PRIVILEGED;
	return HMETA_FOREIGN;
}

size_t hmeta_override(const char *name, char host_name[HMETA_NAME_MAX + 1])
{
	size_t prefix = sizeof(HMETA_OVERRIDE) - 1, length = strlen(name);

	if (length > HMETA_NAME_MAX - prefix)
		return 0;
	memcpy(host_name, HMETA_OVERRIDE, prefix);
	memcpy(host_name + prefix, name, length + 1);
	return prefix + length;
}

const char *hmeta_overridden(const char *host_name)
{
	const char *name = host_name + sizeof(HMETA_OVERRIDE) - 1;

	if (!begins(host_name, HMETA_OVERRIDE) ||
	    hmeta_classify(name) != HMETA_PRIVILEGED)
		return NULL;
	return name;
}

/* --- keys and entries of the side store ---------------------------------------- */

size_t hmeta_key_print(const struct hmeta_key *key, char text[HMETA_KEY_MAX])
{
	char *at = hmeta_put(text, key->ino & 0xff, 16, 2);

	*at++ = '/';
	at = hmeta_put(at, key->ino, 16, 1);
	*at++ = '-';
	at = hmeta_put(at, (uint64_t)key->btime_sec, 16, 1);
	*at++ = '.';
	at = hmeta_put(at, key->btime_nsec, 16, 1);
	if (key->foreign) {
		*at++ = '@';
		at = hmeta_put(at, key->dev_major, 16, 1);
		*at++ = '.';
		at = hmeta_put(at, key->dev_minor, 16, 1);
	}
	*at = '\0';
	return at - text;
}

enum hmeta_fault hmeta_key_parse(const char *bytes, struct hmeta_key *ret)
{
	struct hmeta_text text = { bytes, bytes + strlen(bytes) };
	struct hmeta_key key = { 0 };
	uint64_t sec;

	if (!hmeta_number(&text, 16, UINT64_MAX, &key.ino) ||
	    !hmeta_char(&text, '-') ||
	    !hmeta_number(&text, 16, UINT64_MAX, &sec) ||
	    !hmeta_char(&text, '.') ||
	    !hmeta_number32(&text, 16, 999999999, &key.btime_nsec))
		return HMETA_VALUE;
	key.btime_sec = (int64_t)sec;
	if (hmeta_char(&text, '@')) {
		key.foreign = true;
		if (!hmeta_number32(&text, 16, UINT32_MAX, &key.dev_major) ||
		    !hmeta_char(&text, '.') ||
		    !hmeta_number32(&text, 16, UINT32_MAX, &key.dev_minor))
			return HMETA_VALUE;
	}
	if (!hmeta_at_end(&text))
		return HMETA_VALUE;
	*ret = key;
	return HMETA_FINE;
}

enum hmeta_fault hmeta_entry_parse(const char *text, size_t length,
				   struct hmeta_record *ret,
				   const char **ret_path)
{
	const char *blank = length ? memchr(text, ' ', length) : NULL;
	enum hmeta_fault fault;

	fault = hmeta_parse(text, blank ? (size_t)(blank - text) : length, ret);
	if (fault == HMETA_FINE)
		*ret_path = blank ? blank + 1 : text + length;
	return fault;
}
