/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_side.h - what the files of the side store share
 */
#ifndef HUMFS_META_SIDE_H
#define HUMFS_META_SIDE_H

#include "meta_store.h"

#define HMETA_SIDE_LOCKS	64
/* "objects/", a key, ".attrs", and room for a temporary name's parts. */
#define HMETA_SIDE_PATH		(HMETA_KEY_MAX + 64)

struct hmeta_side {
	struct hmeta_store store;
	int fd;				/* of the folder, O_PATH */
	int lock_fd;
	/* The host's locks are the process's; among its threads these are. */
	pthread_mutex_t locks[HMETA_SIDE_LOCKS];
};

/* Where an object's record is, below the folder. */
void hmeta_side_path(const struct hmeta_side *side,
		     const struct host_attr *attr, char path[HMETA_SIDE_PATH]);
/* A name beside path that nobody else uses. */
void hmeta_side_temporary(const char *path, char ret[HMETA_SIDE_PATH]);
/* The folder that path is in. Return: 0 also when it is there. */
int hmeta_side_folder(const struct hmeta_side *side, const char *path);

/* meta_side_attrs_user.c */
int hmeta_side_getx(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    void *value, uint64_t size);
int hmeta_side_setx(struct hmeta_store *store,
		    const struct hmeta_object *object, const char *name,
		    const void *value, uint64_t size, int flags);
int hmeta_side_listx(struct hmeta_store *store,
		     const struct hmeta_object *object, char *list,
		     uint64_t size);
bool hmeta_side_anchored(struct hmeta_store *store,
			 const struct hmeta_object *object);
int hmeta_side_removex(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name);

#endif /* HUMFS_META_SIDE_H */
