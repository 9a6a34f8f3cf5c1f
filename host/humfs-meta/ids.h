/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ids - identities of the host's objects, each with a text: a hash table
 */
#ifndef HUMFS_META_IDS_H
#define HUMFS_META_IDS_H

#include "host_user.h"

struct ids_entry {
	struct host_id id;
	char *text;			/* NULL: a free slot */
};

struct ids {
	struct ids_entry *v;
	size_t n, room;			/* room: a power of two, or 0 */
};

/* The text of an identity, or NULL. */
const char *ids_get(const struct ids *ids, const struct host_id *id);
/* Add one that is not there yet, with a copy of text. Return: 0 or -ENOMEM. */
int ids_add(struct ids *ids, const struct host_id *id, const char *text);
void ids_free(struct ids *ids);

#endif /* HUMFS_META_IDS_H */
