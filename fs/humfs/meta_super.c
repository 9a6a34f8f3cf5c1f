// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_super - superblocks, and the metadata lines of the original humfs
 */
#include "meta_format.h"

#include "meta_text.h"

/* --- superblocks ---------------------------------------------------------------- */

enum super_line { LINE_VERSION, LINE_METADATA, LINE_OWNER, LINE_USED,
		  LINE_TOTAL, LINE_INODES, LINES };

static const char *const line_words[LINES] = {
	[LINE_VERSION]	= "version ",
	[LINE_METADATA]	= "metadata ",
	[LINE_OWNER]	= "owner ",
	[LINE_USED]	= "used ",
	[LINE_TOTAL]	= "total ",
	[LINE_INODES]	= "inodes ",
};

static const char *const kind_words[] = {
	[HMETA_BY_XATTR]  = "xattr",
	[HMETA_BY_SIDE]	  = "side",
	[HMETA_BY_SHADOW] = "shadow_fs",
};

#define HMETA_KINDS	(sizeof(kind_words) / sizeof(kind_words[0]))

static bool parse_kind(struct hmeta_text *text, uint32_t *ret)
{
	for (uint32_t i = 0; i < HMETA_KINDS; i++) {
		if (hmeta_word(text, kind_words[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool parse_value(struct hmeta_text *text, enum super_line line,
			struct hmeta_super *super)
{
	switch (line) {
	case LINE_VERSION:
		return hmeta_number32(text, 10, UINT32_MAX, &super->version);
	case LINE_METADATA:
		return parse_kind(text, &super->kind);
	case LINE_OWNER:
		super->has_owner = true;
		return hmeta_number32(text, 10, HMETA_ID_MAX, &super->uid) &&
		       hmeta_char(text, ':') &&
		       hmeta_number32(text, 10, HMETA_ID_MAX, &super->gid);
	case LINE_USED:
		return hmeta_number(text, 10, INT64_MAX, &super->used);
	case LINE_TOTAL:
		return hmeta_number(text, 10, INT64_MAX, &super->total);
	case LINE_INODES:
		return hmeta_number(text, 10, INT64_MAX, &super->inodes);
	default:
		return false;
	}
}

/* Do the lines that were there make a superblock of that version? */
static enum hmeta_fault super_settle(struct hmeta_super *super, uint32_t seen)
{
	uint32_t ours = 1u << LINE_OWNER | 1u << LINE_INODES;

	if (!(seen & 1u << LINE_VERSION) || super->version < 1 ||
	    super->version > 3)
		return HMETA_VERSION;
	if (super->version == 3)
		return super->kind == HMETA_BY_SHADOW ||
		       !(seen & 1u << LINE_METADATA) ? HMETA_VALUE : HMETA_FINE;
	if (seen & ours)
		return HMETA_WORD;
	if (!(seen & 1u << LINE_METADATA))
		super->kind = HMETA_BY_SHADOW;
	if (super->kind != HMETA_BY_SHADOW)
		return HMETA_VALUE;
	/* As the original asks for: a size, and not more in use. */
	if (super->total == 0 || super->used > super->total)
		return HMETA_VALUE;
	return HMETA_FINE;
}

enum hmeta_fault hmeta_super_parse(const char *bytes, size_t length,
				   struct hmeta_super *ret)
{
	struct hmeta_text text = { bytes, bytes + length };
	struct hmeta_super super = { 0 };
	enum hmeta_fault fault;
	uint32_t seen = 0;

	if (length == 0 || length > HMETA_SUPER_MAX)
		return HMETA_LENGTH;
	while (!hmeta_at_end(&text)) {
		uint32_t line = 0;

		while (line < LINES && !hmeta_word(&text, line_words[line]))
			line++;
		if (line == LINES || (seen & 1u << line))
			return HMETA_WORD;
		seen |= 1u << line;
		if (!parse_value(&text, line, &super))
			return HMETA_VALUE;
		if (!hmeta_char(&text, '\n'))
			return hmeta_at_end(&text) ? HMETA_TRUNCATED :
						     HMETA_TRAILING;
	}
	fault = super_settle(&super, seen);
	if (fault == HMETA_FINE)
		*ret = super;
	return fault;
}

void hmeta_super_use(struct hmeta_super *super, uint64_t used)
{
	super->used = used ? used : 1;
	if (super->used > super->total)
		super->used = super->total;
}

static char *put_line(char *at, enum super_line line, uint64_t value)
{
	at = hmeta_put(hmeta_puts(at, line_words[line]), value, 10, 1);
	*at++ = '\n';
	return at;
}

size_t hmeta_super_print(const struct hmeta_super *super,
			 char text[HMETA_SUPER_MAX])
{
	char *at = put_line(text, LINE_VERSION, super->version);

	at = hmeta_puts(at, line_words[LINE_METADATA]);
	at = hmeta_puts(at, kind_words[super->kind % HMETA_KINDS]);
	*at++ = '\n';
	if (super->has_owner) {
		at = hmeta_puts(at, line_words[LINE_OWNER]);
		at = hmeta_put(at, super->uid, 10, 1);
		*at++ = ':';
		at = hmeta_put(at, super->gid, 10, 1);
		*at++ = '\n';
	}
	if (super->version < 3)
		at = put_line(at, LINE_USED, super->used);
	if (super->total)
		at = put_line(at, LINE_TOTAL, super->total);
	if (super->inodes)
		at = put_line(at, LINE_INODES, super->inodes);
	*at = '\0';
	return at - text;
}

/* --- the original's lines --------------------------------------------------------- */

static const struct {
	char letter;
	uint32_t type;
	bool device;
} letters[] = {
	{ 'c', HMETA_IFCHR, true },
	{ 'b', HMETA_IFBLK, true },
	{ 'p', HMETA_IFIFO, false },
	{ 's', HMETA_IFSOCK, false },
};

/* ` type[ major minor]`, or nothing: then the object is what it is in data/. */
static enum hmeta_fault parse_letter(struct hmeta_text *text,
				     uint32_t host_type,
				     struct hmeta_record *record)
{
	size_t i = 0;

	record->mode = (record->mode & 07777) | (host_type & HMETA_IFMT);
	if (!hmeta_char(text, ' '))
		return HMETA_FINE;
	while (i < 4 && !hmeta_char(text, letters[i].letter))
		i++;
	if (i == 4)
		return HMETA_TYPE;
	record->mode = (record->mode & 07777) | letters[i].type;
	if (!letters[i].device && hmeta_at_end(text))
		return HMETA_FINE;
	if (!hmeta_char(text, ' '))
		return letters[i].device ? HMETA_DEVICE : HMETA_FINE;
	if (!hmeta_number32(text, 10, HMETA_MAJOR_MAX, &record->rdev_major) ||
	    !hmeta_char(text, ' ') ||
	    !hmeta_number32(text, 10, HMETA_MINOR_MAX, &record->rdev_minor))
		return HMETA_DEVICE;
	if (!letters[i].device)
		record->rdev_major = record->rdev_minor = 0;
	return HMETA_FINE;
}

static enum hmeta_fault parse_ids(struct hmeta_text *text,
				  struct hmeta_record *record)
{
	if (!hmeta_number32(text, 10, HMETA_ID_MAX, &record->uid) ||
	    !hmeta_char(text, ' '))
		return HMETA_UID;
	if (!hmeta_number32(text, 10, HMETA_ID_MAX, &record->gid))
		return HMETA_GID;
	return HMETA_FINE;
}

/* What was a longer line before is filled up with them. */
static bool only_newlines(struct hmeta_text *text)
{
	const char *at = text->at;

	while (at < text->end && *at == '\n')
		at++;
	return at == text->end;
}

/* The end of the line, and ours behind it: the bits that the original lacks. */
static enum hmeta_fault parse_extension(struct hmeta_text *text,
					struct hmeta_record *record)
{
	uint32_t mode;

	if (!hmeta_char(text, '\n'))
		return hmeta_at_end(text) ? HMETA_FINE : HMETA_TRAILING;
	if (only_newlines(text))
		return HMETA_FINE;
	if (!hmeta_word(text, "mode ") ||
	    !hmeta_number32(text, 8, 07777, &mode) || !hmeta_char(text, '\n') ||
	    !only_newlines(text))
		return HMETA_TRAILING;
	/* The original has changed the mode since: then that is what counts. */
	if ((mode & 0777) == (record->mode & 0777))
		record->mode |= mode & 07000;
	return HMETA_FINE;
}

enum hmeta_fault hmeta_shadow_parse(const char *bytes, size_t length,
				    uint32_t host_type,
				    struct hmeta_record *ret)
{
	struct hmeta_text text = { bytes, bytes + length };
	struct hmeta_record record = { 0 };
	enum hmeta_fault fault;

	if (length == 0 || length >= HMETA_SHADOW_MAX)
		return HMETA_LENGTH;
	if (!hmeta_number32(&text, 10, 0177777, &record.mode) ||
	    !hmeta_char(&text, ' '))
		return HMETA_MODE;
	record.mode &= 0777;
	fault = parse_ids(&text, &record);
	if (fault == HMETA_FINE)
		fault = parse_letter(&text, host_type, &record);
	if (fault == HMETA_FINE)
		fault = parse_extension(&text, &record);
	if (fault == HMETA_FINE)
		fault = hmeta_settle(&record, host_type);
	if (fault == HMETA_FINE)
		*ret = record;
	return fault;
}

enum hmeta_fault hmeta_shadow1_parse(const char *bytes, size_t length,
				     uint32_t host_mode,
				     struct hmeta_record *ret)
{
	struct hmeta_text text = { bytes, bytes + length };
	struct hmeta_record record = { .mode = host_mode & 0777 };
	enum hmeta_fault fault;

	if (length == 0 || length >= HMETA_SHADOW_MAX)
		return HMETA_LENGTH;
	fault = parse_ids(&text, &record);
	if (fault == HMETA_FINE)
		fault = parse_letter(&text, host_mode, &record);
	if (fault == HMETA_FINE) {
		(void)hmeta_char(&text, '\n');	/* may be missing */
		if (!hmeta_at_end(&text))
			fault = HMETA_TRAILING;
	}
	if (fault == HMETA_FINE)
		fault = hmeta_settle(&record, host_mode);
	if (fault == HMETA_FINE)
		*ret = record;
	return fault;
}

size_t hmeta_shadow_print(const struct hmeta_record *record,
			  char text[HMETA_SHADOW_MAX])
{
	char *at = hmeta_put(text, record->mode & 0777, 10, 1);

	*at++ = ' ';
	at = hmeta_put(at, record->uid, 10, 1);
	*at++ = ' ';
	at = hmeta_put(at, record->gid, 10, 1);
	for (size_t i = 0; i < 4; i++) {
		if (letters[i].type != (record->mode & HMETA_IFMT))
			continue;
		*at++ = ' ';
		*at++ = letters[i].letter;
		if (!letters[i].device)
			continue;
		*at++ = ' ';
		at = hmeta_put(at, record->rdev_major, 10, 1);
		*at++ = ' ';
		at = hmeta_put(at, record->rdev_minor, 10, 1);
	}
	*at++ = '\n';
	if (record->mode & 07000) {
		at = hmeta_puts(at, "mode ");
		at = hmeta_put(at, record->mode & 07777, 8, 5);
		*at++ = '\n';
	}
	*at = '\0';
	return at - text;
}
