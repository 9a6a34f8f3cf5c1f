/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_move.h - the shadow store's note of a rename that is under way, as bytes
 *
 * Pure code, as meta_format.h. The note says which object of the host is to be
 * where, in each of the mirrors, so that it can be acted on any number of times.
 */
#ifndef HUMFS_META_MOVE_H
#define HUMFS_META_MOVE_H

#include "meta_format.h"

enum hmeta_move_kind { HMETA_MOVE, HMETA_EXCHANGE };
enum hmeta_mirror { HMETA_MIRROR_FILES, HMETA_MIRROR_DIRS, HMETA_MIRRORS };

struct hmeta_move {
	uint32_t kind;
	uint64_t ino;		/* of the object, in the data */
	struct {
		uint64_t from, to;	/* inode numbers before; 0: nothing there */
	} mirror[HMETA_MIRRORS];
	const char *from, *to;	/* paths below the root, no NUL behind `from` */
	size_t from_length, to_length;
};

/* Bytes in front of the paths, at most. */
#define HMETA_MOVE_HEAD	192

/*
 * "rename INO FILES-FROM FILES-TO DIRS-FROM DIRS-TO LENGTH FROM TO", or exchange;
 * hexadecimal, LENGTH that of FROM in decimal. The paths point into the text.
 */
enum hmeta_fault hmeta_move_parse(const char *text, size_t length,
				  struct hmeta_move *ret);
/* Return: the length; text has room for HMETA_MOVE_HEAD and both paths. */
size_t hmeta_move_print(const struct hmeta_move *move, char *text);

#endif /* HUMFS_META_MOVE_H */
