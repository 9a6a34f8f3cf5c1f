// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_record - all that humfs reads and somebody else may have written: records,
 * entries and attribute files of the side store, superblocks, the original's lines, notes
 * of renames
 *
 * The promise: what is accepted is within its bounds, and is the same after it
 * was printed and parsed again.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "meta_move.h"

static void bounds(const struct hmeta_record *record)
{
	MUST(record->uid <= HMETA_ID_MAX && record->gid <= HMETA_ID_MAX);
	MUST(record->rdev_major <= HMETA_MAJOR_MAX);
	MUST(record->rdev_minor <= HMETA_MINOR_MAX);
	MUST(!(record->mode & ~(HMETA_IFMT | 07777)));
}

static void try_record(const char *text, size_t size)
{
	static const uint32_t hosts[] = { HMETA_IFREG, HMETA_IFDIR, HMETA_IFLNK };
	struct hmeta_record record, again;
	char printed[HMETA_RECORD_MAX];
	const char *path;

	if (hmeta_entry_parse(text, size, &record, &path) == HMETA_FINE)
		MUST(path >= text && path <= text + size);
	if (hmeta_parse(text, size, &record))
		return;
	bounds(&record);
	for (int i = 0; i < 3; i++) {
		struct hmeta_record settled = record;

		if (hmeta_settle(&settled, hosts[i]))
			continue;
		MUST(hmeta_host_type(settled.mode) == hosts[i]);
		MUST(hmeta_print(&settled, printed) < sizeof(printed));
		MUST(!hmeta_parse(printed, strlen(printed), &again));
		MUST(hmeta_equal(&settled, &again));
	}
}

static void try_shadow(const char *text, size_t size)
{
	struct hmeta_record record, again;
	char printed[HMETA_SHADOW_MAX];

	if (!hmeta_shadow1_parse(text, size, HMETA_IFREG | 0644, &record))
		bounds(&record);
	if (hmeta_shadow_parse(text, size, HMETA_IFREG, &record))
		return;
	bounds(&record);
	MUST(hmeta_shadow_print(&record, printed) < sizeof(printed));
	MUST(!hmeta_shadow_parse(printed, strlen(printed), HMETA_IFREG, &again));
	MUST(hmeta_equal(&record, &again));
}

static void try_super(const char *text, size_t size)
{
	struct hmeta_super super, again;
	char printed[HMETA_SUPER_MAX];

	if (hmeta_super_parse(text, size, &super))
		return;
	MUST(super.version >= 1 && super.version <= 3);
	MUST(hmeta_super_print(&super, printed) < sizeof(printed));
	MUST(!hmeta_super_parse(printed, strlen(printed), &again));
	MUST(super.total == again.total && super.uid == again.uid &&
	     super.kind == again.kind && super.inodes == again.inodes);
}

static void try_attrs(const char *bytes, size_t size)
{
	struct hmeta_attr attr;
	size_t at = 0;

	if (hmeta_attrs_check(bytes, size))
		return;
	while (hmeta_attrs_next(bytes, size, &at, &attr)) {
		MUST(attr.name_length > 0 && attr.name_length <= HMETA_NAME_MAX);
		MUST(attr.length <= HMETA_VALUE_MAX);
		MUST((const char *)attr.value + attr.length <= bytes + size);
	}
	MUST(at == size);
}

/* Two paths that stay below the root. */
static void try_move(const char *text, size_t size)
{
	struct hmeta_move move, again;
	char *printed;

	if (hmeta_move_parse(text, size, &move))
		return;
	MUST(move.from + move.from_length < move.to);
	MUST(move.to + move.to_length == text + size);
	MUST(memcmp(move.from, "..", 2) || move.from_length == 1 ||
	     (move.from_length > 2 && move.from[2] != '/'));
	printed = malloc(HMETA_MOVE_HEAD + move.from_length + move.to_length);
	MUST(printed);
	MUST(!hmeta_move_parse(printed, hmeta_move_print(&move, printed),
			       &again));
	MUST(again.ino == move.ino && again.kind == move.kind &&
	     again.to_length == move.to_length &&
	     !memcmp(again.from, move.from, move.from_length));
	free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of the very size, so that a byte read too far is found. */
	char *text = malloc(size ? size : 1), *string = malloc(size + 1);
	struct hmeta_key key;

	MUST(text && string);
	if (size) {
		memcpy(text, data, size);
		memcpy(string, data, size);
	}
	string[size] = '\0';
	try_record(text, size);
	try_shadow(text, size);
	try_super(text, size);
	try_attrs(text, size);
	try_move(text, size);
	(void)hmeta_key_parse(string, &key);
	MUST(hmeta_classify(string) <= HMETA_FOREIGN);
	(void)hmeta_overridden(string);
	free(text);
	free(string);
	return 0;
}
