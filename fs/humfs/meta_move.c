// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_move - the note of a rename, parsed and printed
 */
#include "meta_move.h"

#include "meta_text.h"

static const char *const kinds[] = {
	[HMETA_MOVE]	 = "rename ",
	[HMETA_EXCHANGE] = "exchange ",
};

/* Names between slashes; none is empty, "." or "..". */
static bool path_fine(const char *path, size_t length)
{
	size_t at = 0;

	if (length == 0 || memchr(path, '\0', length))
		return false;
	while (at <= length) {
		const char *slash = memchr(path + at, '/', length - at);
		size_t end = slash ? (size_t)(slash - path) : length;
		size_t name = end - at;

		if (name == 0 || name > 255 ||
		    (path[at] == '.' && (name == 1 ||
					 (name == 2 && path[at + 1] == '.'))))
			return false;
		at = end + 1;
	}
	return true;
}

static bool parse_numbers(struct hmeta_text *text, struct hmeta_move *move)
{
	uint64_t *const numbers[] = {
		&move->ino,
		&move->mirror[HMETA_MIRROR_FILES].from,
		&move->mirror[HMETA_MIRROR_FILES].to,
		&move->mirror[HMETA_MIRROR_DIRS].from,
		&move->mirror[HMETA_MIRROR_DIRS].to,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!hmeta_number(text, 16, UINT64_MAX, numbers[i]) ||
		    !hmeta_char(text, ' '))
			return false;
	}
	return true;
}

enum hmeta_fault hmeta_move_parse(const char *bytes, size_t length,
				  struct hmeta_move *ret)
{
	struct hmeta_text text = { bytes, bytes + length };
	struct hmeta_move move = { .kind = 0 };
	uint64_t from;

	while (move.kind < 2 && !hmeta_word(&text, kinds[move.kind]))
		move.kind++;
	if (move.kind == 2)
		return HMETA_WORD;
	if (!parse_numbers(&text, &move) ||
	    !hmeta_number(&text, 10, UINT32_MAX, &from) ||
	    !hmeta_char(&text, ' '))
		return HMETA_VALUE;
	if ((size_t)(text.end - text.at) <= from || text.at[from] != ' ')
		return HMETA_TRUNCATED;
	move.from = text.at;
	move.from_length = from;
	move.to = text.at + from + 1;
	move.to_length = text.end - move.to;
	if (!path_fine(move.from, move.from_length) ||
	    !path_fine(move.to, move.to_length))
		return HMETA_VALUE;
	*ret = move;
	return HMETA_FINE;
}

size_t hmeta_move_print(const struct hmeta_move *move, char *text)
{
	const uint64_t numbers[] = {
		move->ino,
		move->mirror[HMETA_MIRROR_FILES].from,
		move->mirror[HMETA_MIRROR_FILES].to,
		move->mirror[HMETA_MIRROR_DIRS].from,
		move->mirror[HMETA_MIRROR_DIRS].to,
	};
	char *at = hmeta_puts(text, kinds[move->kind & 1]);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		at = hmeta_put(at, numbers[i], 16, 1);
		*at++ = ' ';
	}
	at = hmeta_put(at, move->from_length, 10, 1);
	*at++ = ' ';
	memcpy(at, move->from, move->from_length);
	at += move->from_length;
	*at++ = ' ';
	memcpy(at, move->to, move->to_length);
	at += move->to_length;
	*at = '\0';
	return at - text;
}
