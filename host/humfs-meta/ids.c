// SPDX-License-Identifier: GPL-2.0-only
/*
 * ids - identities of the host's objects, each with a text: a hash table
 */
#include "ids.h"

/* The slot that has id, or is to have it. */
static struct ids_entry *find(const struct ids *ids, const struct host_id *id)
{
	uint64_t hash = (id->ino ^ (uint64_t)id->dev_minor << 40) *
			0x9e3779b97f4a7c15u;
	size_t i = hash >> 20 & (ids->room - 1);

	while (ids->v[i].text && !host_id_equal(&ids->v[i].id, id))
		i = (i + 1) & (ids->room - 1);
	return &ids->v[i];
}

const char *ids_get(const struct ids *ids, const struct host_id *id)
{
	return ids->room ? find(ids, id)->text : NULL;
}

static int grow(struct ids *ids)
{
	struct ids bigger = {
		.n = ids->n, .room = ids->room ? ids->room * 2 : 256,
	};

	bigger.v = calloc(bigger.room, sizeof(*bigger.v));
	if (!bigger.v)
		return -ENOMEM;
	for (size_t i = 0; i < ids->room; i++)
		if (ids->v[i].text)
			*find(&bigger, &ids->v[i].id) = ids->v[i];
	free(ids->v);
	*ids = bigger;
	return 0;
}

int ids_add(struct ids *ids, const struct host_id *id, const char *text)
{
	struct ids_entry *entry;

	if (ids->n * 2 >= ids->room && grow(ids))
		return -ENOMEM;
	entry = find(ids, id);
	if (entry->text)
		return 0;
	entry->text = strdup(text);
	if (!entry->text)
		return -ENOMEM;
	entry->id = *id;
	ids->n++;
	return 0;
}

void ids_free(struct ids *ids)
{
	for (size_t i = 0; i < ids->room; i++)
		free(ids->v[i].text);
	free(ids->v);
	*ids = (struct ids){ 0 };
}
