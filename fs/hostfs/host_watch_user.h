/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_watch_user.h - what the two files about the host's news share
 */
#ifndef HOSTFS_HOST_WATCH_USER_H
#define HOSTFS_HOST_WATCH_USER_H

#include "host_user.h"

/*
 * A watch. `key` is a hash of the object's file handle; it says nothing where
 * the object has no mark (!marked): then fanotify does not know who did it.
 */
struct host_watch {
	struct host_watch *next;	/* with the same hash of wd */
	struct host_watch *next_id;	/* of the node's identity */
	struct host_node *node;		/* counted */
	int32_t wd;
	uint32_t mask;			/* of the mark */
	uint32_t users;
	bool marked;
	uint64_t key;
};

/* What news is read from; set once by host_watch_start(). */
extern int host_inotify, host_fanotify;
/* Guards the table of watches; short, never across a host call. */
extern pthread_mutex_t host_watch_lock;

/* The watch of that number, under the lock, or NULL. */
struct host_watch *host_watch_find(int32_t wd);
/* The watch of that object, if nobody knows who did it there; else -1. */
int32_t host_watch_of(const struct host_id *id);

/*
 * Keys: 64-bit hashes of a file handle, and of a name below it. Two objects
 * with the same key are taken for one.
 */
uint64_t host_key_handle(int type, const void *handle, uint32_t size);
uint64_t host_key_name(uint64_t key, const char *name, size_t length);
/* The key of a name below fd, "": of fd itself. Return: 0, negative errno. */
int host_key_of(int fd, const char *name, uint64_t *ret);

#endif /* HOSTFS_HOST_WATCH_USER_H */
