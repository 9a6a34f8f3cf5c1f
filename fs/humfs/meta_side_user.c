// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_side - records in a folder outside the tree, by the object's identity
 *
 * Theory of operation
 *
 * A record is the target of a symbolic link: objects/3f/KEY -> "0:0:0755:file
 * usr/bin/x". The host makes such a link in one call and replaces it in another
 * (rename), so that a record is there as a whole or not at all, also after a
 * loss of power, without an fsync: the text is metadata to the host. Reading it
 * is one call as well.
 *
 * KEY has the inode number and the time of birth, which together are not used
 * twice; the device too when it is not that of the tree's root (whose number may
 * change with every boot). The path is a note, for humfs-meta to find objects
 * again whose identity was lost (a tree that was copied). Nothing in a guest
 * goes by it.
 *
 * A record whose object is gone is harmless: nobody will have its key again.
 * Where the host has no time of birth that is not so; there a record goes when
 * the guest removes the last name, and humfs-meta check finds the rest.
 */
#include <sys/syscall.h>

#include "meta_side.h"

#define SIDE_ENTRY	(HMETA_RECORD_MAX + 16)

/* --- places ------------------------------------------------------------- */

void hmeta_key_of(const struct host_tree *tree, const struct host_attr *attr,
		  struct hmeta_key *ret)
{
	const struct host_id *root = &tree->root_attr.id, *id = &attr->id;

	*ret = (struct hmeta_key){
		.ino = id->ino,
		.btime_sec = id->btime.sec,
		.btime_nsec = id->btime.nsec,
		.foreign = id->dev_major != root->dev_major ||
			   id->dev_minor != root->dev_minor,
		.dev_major = id->dev_major,
		.dev_minor = id->dev_minor,
	};
}

void hmeta_side_path(const struct hmeta_side *side,
		     const struct host_attr *attr, char path[HMETA_SIDE_PATH])
{
	static const char folder[] = HMETA_SIDE_OBJECTS "/";
	struct hmeta_key key;

	hmeta_key_of(side->store.tree, attr, &key);
	memcpy(path, folder, sizeof(folder) - 1);
	(void)hmeta_key_print(&key, path + sizeof(folder) - 1);
}

static char *put_number(char *at, uint64_t value)
{
	*at++ = '.';
	do {
		*at++ = 'a' + value % 16;
		value /= 16;
	} while (value);
	return at;
}

void hmeta_side_temporary(const char *path, char ret[HMETA_SIDE_PATH])
{
	static _Atomic uint32_t count;
	const char *slash = path;
	char *at = ret;

	for (const char *c = path; *c; c++) {
		if (*c == '/')
			slash = c;
	}
	memcpy(at, path, slash + 1 - path);
	at += slash + 1 - path;
	/* No need for the key: thread and count make it unique on this host. */
	*at = HMETA_SIDE_TEMPORARY;
	at = put_number(at + 1, syscall(SYS_gettid));
	at = put_number(at, atomic_fetch_add(&count, 1));
	*at = '\0';
}

int hmeta_side_folder(const struct hmeta_side *side, const char *path)
{
	char folder[HMETA_SIDE_PATH];
	size_t length = strlen(path);
	int error;

	memcpy(folder, path, length + 1);
	while (length && folder[length] != '/')
		length--;
	folder[length] = '\0';
	error = HOST_CALL(OTHER, mkdirat(side->fd, folder, 0700));
	return error == -EEXIST ? 0 : error;
}

/* Copied back to front while the places hold still. */
int hmeta_path(struct host_node *dir, const char *name, char *path,
	       uint32_t size)
{
	size_t length = strlen(name);
	char *at = path + size;
	struct host_node *n;

	if (length + 1 > size)
		return -ENAMETOOLONG;
	at -= length + 1;
	memcpy(at, name, length + 1);
	pthread_mutex_lock(&host_lock);
	for (n = dir; n->parent; n = n->parent) {
		length = strlen(n->name);
		if (length + 1 > (size_t)(at - path)) {
			pthread_mutex_unlock(&host_lock);
			return -ENAMETOOLONG;
		}
		*--at = '/';
		at -= length;
		memcpy(at, n->name, length);
	}
	pthread_mutex_unlock(&host_lock);
	if (n != dir->tree->root)
		return -ESTALE;
	length = path + size - 1 - at;
	memmove(path, at, length + 1);
	return length;
}

/* --- records ------------------------------------------------------------ */

static int side_get(struct hmeta_store *store,
		    const struct hmeta_object *object, struct hmeta_record *ret,
		    enum hmeta_fault *ret_fault)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	char path[HMETA_SIDE_PATH], entry[SIDE_ENTRY];
	struct hmeta_record record;
	enum hmeta_fault fault;
	const char *where;
	int64_t length;

	hmeta_side_path(side, object->attr, path);
	/* Cut behind the record, as a rule: the path is not of interest. */
	length = HOST_CALL(OTHER, readlinkat(side->fd, path, entry,
					     sizeof(entry)));
	if (length == -ENOENT)
		return -ENODATA;
	if (length < 0 && length != -EINVAL)
		return length;
	fault = length < 0 ? HMETA_TYPE :
		hmeta_entry_parse(entry, length, &record, &where);
	if (fault == HMETA_FINE)
		fault = hmeta_settle(&record, object->attr->mode);
	if (fault == HMETA_FINE)
		*ret = record;
	else if (ret_fault)
		*ret_fault = fault;
	return fault ? -EIO : 0;
}

/* "RECORD PATH", or "RECORD" if the path is not known or does not fit. */
static void entry_print(const struct hmeta_object *object,
			const struct hmeta_record *record,
			char entry[HOST_PATH_MAX])
{
	size_t length = hmeta_print(record, entry);

	if (!object->dir)
		return;
	entry[length] = ' ';
	if (hmeta_path(object->dir, object->dir_name, entry + length + 1,
		       HOST_PATH_MAX - length - 1) < 0)
		entry[length] = '\0';
}

/* Make the link, or put it into the place of the one that is there. */
static int entry_replace(struct hmeta_side *side, const char *entry,
			 const char *path)
{
	char temporary[HMETA_SIDE_PATH];
	int error;

	error = HOST_CALL(OTHER, symlinkat(entry, side->fd, path));
	if (error == -ENOENT) {
		error = hmeta_side_folder(side, path);
		if (error == 0)
			error = HOST_CALL(OTHER, symlinkat(entry, side->fd,
							   path));
	}
	if (error != -EEXIST)
		return error;
	hmeta_side_temporary(path, temporary);
	error = HOST_CALL(OTHER, symlinkat(entry, side->fd, temporary));
	if (error == -EEXIST) {
		/* Of a crash: a host counts its threads anew. */
		(void)HOST_CALL(OTHER, unlinkat(side->fd, temporary, 0));
		error = HOST_CALL(OTHER, symlinkat(entry, side->fd, temporary));
	}
	if (error)
		return error;
	error = HOST_CALL(OTHER, syscall(SYS_renameat2, side->fd, temporary,
					 side->fd, path, 0));
	if (error)
		(void)HOST_CALL(OTHER, unlinkat(side->fd, temporary, 0));
	return error;
}

static int side_set(struct hmeta_store *store,
		    const struct hmeta_object *object,
		    const struct hmeta_record *record)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	char path[HMETA_SIDE_PATH];
	char *entry = malloc(HOST_PATH_MAX);
	int error;

	if (!entry)
		return -ENOMEM;
	hmeta_side_path(side, object->attr, path);
	entry_print(object, record, entry);
	error = entry_replace(side, entry, path);
	free(entry);
	return error;
}

static int side_remove(struct hmeta_store *store,
		       const struct hmeta_object *object)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	char path[HMETA_SIDE_PATH];
	int error;

	hmeta_side_path(side, object->attr, path);
	error = HOST_CALL(OTHER, unlinkat(side->fd, path, 0));
	return error == -ENOENT ? 0 : error;
}

/* What stays behind is found by humfs-meta check. */
static void side_forget(struct hmeta_store *store,
			const struct hmeta_object *object)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	char path[HMETA_SIDE_PATH];

	hmeta_side_path(side, object->attr, path);
	(void)HOST_CALL(OTHER, unlinkat(side->fd, path, 0));
	memcpy(path + strlen(path), HMETA_SIDE_ATTRS, sizeof(HMETA_SIDE_ATTRS));
	(void)HOST_CALL(OTHER, unlinkat(side->fd, path, 0));
}

/* --- locks -------------------------------------------------------------- */

static int lock_byte(struct hmeta_side *side, uint32_t which, short type)
{
	struct flock range = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = which,
		.l_len = 1,
	};

	return HOST_CALL(OTHER, fcntl(side->lock_fd, F_OFD_SETLKW, &range));
}

/* In malloc() the guest's scheduler takes over when it is time. */
void hmeta_lock_wait(pthread_mutex_t *lock)
{
	while (pthread_mutex_trylock(lock)) {
		host_free(host_malloc(1));
		(void)HOST_CALL(OTHER, syscall(SYS_sched_yield));
	}
}

static int side_lock(struct hmeta_store *store, uint64_t ino)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	uint32_t which = ino % HMETA_SIDE_LOCKS;
	int error;

	hmeta_lock_wait(&side->locks[which]);
	error = lock_byte(side, which, F_WRLCK);
	/* A host file system without locks: between guests there are none. */
	if (error == -ENOLCK || error == -EINVAL || error == -EOPNOTSUPP)
		error = 0;
	if (error)
		pthread_mutex_unlock(&side->locks[which]);
	return error;
}

static void side_unlock(struct hmeta_store *store, uint64_t ino)
{
	struct hmeta_side *side = (struct hmeta_side *)store;
	uint32_t which = ino % HMETA_SIDE_LOCKS;

	/* It can fail only where locking failed. */
	(void)lock_byte(side, which, F_UNLCK);
	pthread_mutex_unlock(&side->locks[which]);
}

/* --- the folder --------------------------------------------------------- */

static void side_close(struct hmeta_store *store)
{
	struct hmeta_side *side = (struct hmeta_side *)store;

	if (side->lock_fd >= 0)
		host_close_fd(side->lock_fd);
	host_close_fd(side->fd);
	for (uint32_t i = 0; i < HMETA_SIDE_LOCKS; i++)
		pthread_mutex_destroy(&side->locks[i]);
	free(side);
}

/*
 * The format is a link too, for the same reasons. Several guests may make a new
 * folder ready at the same time.
 */
static int side_ready(struct hmeta_side *side)
{
	static const char version[] = HMETA_SIDE_VERSION;
	char found[sizeof(version)];
	int64_t length;
	int error;

	error = HOST_CALL(OTHER, symlinkat(version, side->fd,
					   HMETA_SIDE_FORMAT));
	if (error && error != -EEXIST && error != -EROFS)
		return error;
	length = HOST_CALL(OTHER, readlinkat(side->fd, HMETA_SIDE_FORMAT, found,
					     sizeof(found)));
	if (length != sizeof(version) - 1 || memcmp(found, version, length))
		return -EINVAL;
	error = HOST_CALL(OTHER, mkdirat(side->fd, HMETA_SIDE_OBJECTS, 0700));
	if (error && error != -EEXIST && error != -EROFS)
		return error;
	side->lock_fd = HOST_OPEN(openat(side->fd, HMETA_SIDE_LOCK,
					 O_RDWR | O_CREAT | O_CLOEXEC |
					 O_NOFOLLOW, 0600));
	/* Nothing can be changed then, so nothing need be locked. */
	return side->lock_fd < 0 && side->lock_fd != -EROFS ? side->lock_fd : 0;
}

static const struct hmeta_store_ops side_ops = {
	.name		= "side",
	.get		= side_get,
	.set		= side_set,
	.remove		= side_remove,
	.forget		= side_forget,
	.getx		= hmeta_side_getx,
	.setx		= hmeta_side_setx,
	.listx		= hmeta_side_listx,
	.removex	= hmeta_side_removex,
	.anchored	= hmeta_side_anchored,
	.lock		= side_lock,
	.unlock		= side_unlock,
	.close		= side_close,
};

int hmeta_side_open(struct host_tree *tree, int fd, struct hmeta_store **ret)
{
	struct hmeta_side *side = malloc(sizeof(*side));
	int error;

	if (!side) {
		host_close_fd(fd);
		return -ENOMEM;
	}
	memset(side, 0, sizeof(*side));
	side->store.ops = &side_ops;
	side->store.tree = tree;
	side->fd = fd;
	side->lock_fd = -1;
	for (uint32_t i = 0; i < HMETA_SIDE_LOCKS; i++)
		pthread_mutex_init(&side->locks[i], NULL);
	error = side_ready(side);
	if (error) {
		side_close(&side->store);
		return error;
	}
	*ret = &side->store;
	return 0;
}
