// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_watch - watches on host objects
 *
 * Theory of operation
 *
 * inotify(7) brings the news: every event, in order, with the pairs of a rename,
 * for any user, on every file system. It does not tell who did it, and what the
 * guest does itself the guest kernel reports by itself. fanotify(7) tells that,
 * but merges events of one process and one name, so that neither their number
 * nor their order survives. So each object gets both, an inotify watch and a
 * fanotify mark, and what fanotify says only decides which of inotify's events
 * are our own (host_watch_read_user.c).
 *
 * Where there is no fanotify for an ordinary user (before Linux 5.13, or
 * forbidden in a container), or no mark for this object (a file system without
 * file handles, the user's limit), our own host calls are told from others' by
 * their order in the queue (host_own_user.c).
 *
 * Both want a path: /proc/self/fd/N of the node's descriptor. Without /proc
 * nothing is watched.
 */
#include "host_own_user.h"
#include "host_watch_user.h"

#include <sys/fanotify.h>
#include <sys/inotify.h>

#define WATCH_HEADS	1024		/* a power of 2 */
#define WATCH_LIMIT	65536		/* each pins an inode of the host */

#define FANOTIFY_FLAGS	(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | \
			 FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME)
#define MARK_IN_DIR	(FAN_ONDIR | FAN_EVENT_ON_CHILD)
#define MARK_DIRENT	(FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO)

#ifndef AT_HANDLE_FID
# define AT_HANDLE_FID	0x200
#endif

/* Room for the largest handle (MAX_HANDLE_SZ). */
struct watch_handle {
	struct file_handle handle;
	unsigned char space[128];
};

int host_inotify = -1, host_fanotify = -1;
pthread_mutex_t host_watch_lock = PTHREAD_MUTEX_INITIALIZER;

static struct host_watch *heads[WATCH_HEADS], *id_heads[WATCH_HEADS];
static _Atomic uint32_t watches;
static uint32_t watch_limit = WATCH_LIMIT;

/* --- keys --------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash_more(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *at = data;

	while (size--)
		hash = (hash ^ *at++) * 0x100000001b3ull;
	return hash;
}

uint64_t host_key_handle(int type, const void *handle, uint32_t size)
{
	uint64_t hash = hash_more(0xcbf29ce484222325ull, &type, sizeof(type));

	return hash_more(hash, handle, size);
}

uint64_t host_key_name(uint64_t key, const char *name, size_t length)
{
	return hash_more(hash_more(key, "/", 1), name, length);
}

int host_key_of(int fd, const char *name, uint64_t *ret)
{
	int flags = name[0] ? 0 : AT_EMPTY_PATH, mnt_id, error;
	struct watch_handle space;

	/* AT_HANDLE_FID, Linux 6.5: for file systems that do not export */
	for (int fid = AT_HANDLE_FID; ; fid = 0) {
		space.handle.handle_bytes = sizeof(space.space);
		error = HOST_CALL(OTHER, syscall(SYS_name_to_handle_at, fd, name,
						 &space.handle, &mnt_id,
						 flags | fid));
		if (error != -EINVAL || !fid)
			break;
	}
	if (error == 0)
		*ret = host_key_handle(space.handle.handle_type,
				       space.handle.f_handle,
				       space.handle.handle_bytes);
	return error;
}

/* --- begin -------------------------------------------------------------- */

/* The user's other programs want watches, too: at most half of them is ours. */
static uint32_t find_limit(void)
{
	uint64_t limit = 0;
	char text[24];
	int64_t length;
	int fd;

	fd = HOST_OPEN(open("/proc/sys/fs/inotify/max_user_watches",
			    O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return WATCH_LIMIT;
	length = HOST_CALL(READ, syscall(SYS_read, fd, text, sizeof(text)));
	host_close_fd(fd);
	for (int64_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		limit = limit * 10 + (text[i] - '0');
	limit /= 2;
	return limit && limit < WATCH_LIMIT ? limit : WATCH_LIMIT;
}

int host_watch_start(enum host_watch_kind most, uint32_t limit)
{
	int fd;

	if (host_inotify >= 0)
		return host_inotify;
	if (host_features.proc_fd < 0 || most < HOST_WATCH_INOTIFY)
		return -ENOSYS;
	fd = HOST_OPEN(syscall(SYS_inotify_init1, IN_CLOEXEC | IN_NONBLOCK));
	if (fd < 0)
		return fd;
	watch_limit = limit ? limit : find_limit();
	host_own_start(fd);
	host_inotify = fd;
	if (most >= HOST_WATCH_FANOTIFY)
		host_fanotify = HOST_OPEN(syscall(SYS_fanotify_init,
						  FANOTIFY_FLAGS,
						  O_RDONLY | O_CLOEXEC));
	return fd;
}

enum host_watch_kind host_watch_kind(void)
{
	if (host_inotify < 0)
		return HOST_WATCH_NONE;
	return host_fanotify < 0 ? HOST_WATCH_INOTIFY : HOST_WATCH_FANOTIFY;
}

uint32_t host_watch_count(uint32_t *ret_limit)
{
	*ret_limit = watch_limit;
	return atomic_load(&watches);
}

/* --- the table ------------------------------------------------------------ */

static struct host_watch **watch_head(int32_t wd)
{
	return &heads[wd & (WATCH_HEADS - 1)];
}

struct host_watch *host_watch_find(int32_t wd)
{
	struct host_watch *watch = *watch_head(wd);

	while (watch && watch->wd != wd)
		watch = watch->next;
	return watch;
}

static struct host_watch **watch_id_head(const struct host_id *id)
{
	return &id_heads[id->ino & (WATCH_HEADS - 1)];
}

int32_t host_watch_of(const struct host_id *id)
{
	struct host_watch *watch;
	int32_t wd = -1;

	pthread_mutex_lock(&host_watch_lock);
	watch = *watch_id_head(id);
	while (watch && !host_id_equal(&watch->node->id, id))
		watch = watch->next_id;
	if (watch && !watch->marked)
		wd = watch->wd;
	pthread_mutex_unlock(&host_watch_lock);
	return wd;
}

/* Under the lock. */
static void watch_unlink(struct host_watch *watch)
{
	struct host_watch **at = watch_head(watch->wd);

	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	at = watch_id_head(&watch->node->id);
	while (*at != watch)
		at = &(*at)->next_id;
	*at = watch->next_id;
	if (!watch->marked)
		atomic_fetch_sub(&host_own_watches, 1);
	atomic_fetch_sub(&watches, 1);
}

static void watch_link(struct host_watch *watch)
{
	struct host_watch **at = watch_head(watch->wd);

	watch->next = *at;
	*at = watch;
	at = watch_id_head(&watch->node->id);
	watch->next_id = *at;
	*at = watch;
	atomic_fetch_add(&host_own_watches, 1);
	atomic_fetch_add(&watches, 1);
}

static void watch_set_marked(struct host_watch *watch, bool marked)
{
	if (marked && !watch->marked)
		atomic_fetch_sub(&host_own_watches, 1);
	else if (!marked && watch->marked)
		atomic_fetch_add(&host_own_watches, 1);
	watch->marked = marked;
}

/* --- marks ---------------------------------------------------------------- */

static int mark_path(const char *path, unsigned int flags, uint64_t mask)
{
	return HOST_CALL(OTHER, syscall(SYS_fanotify_mark, host_fanotify, flags,
					mask, AT_FDCWD, path));
}

/* What of a mask can be in the mark of such an object. */
static uint64_t mark_mask(const struct host_node *node, uint32_t mask)
{
	/* fanotify numbers these events as inotify does. */
	return node->type == S_IFDIR ? mask : mask & ~MARK_DIRENT;
}

static bool mark_add(const struct host_node *node, const char *path,
		     uint32_t mask)
{
	uint64_t bits = mark_mask(node, mask);

	if (node->type == S_IFDIR)
		bits |= MARK_IN_DIR;
	if (host_fanotify < 0 || !bits)
		return false;
	return mark_path(path, FAN_MARK_ADD, bits) == 0;
}

static void mark_remove(const struct host_node *node, const char *path,
			uint32_t mask)
{
	uint64_t bits = mark_mask(node, mask);

	/* Bits too many only cost time. */
	if (bits)
		(void)mark_path(path, FAN_MARK_REMOVE, bits);
}

/* --- watching ------------------------------------------------------------- */

/*
 * Note a watch, or one user more of it.
 * *want: its wd, mask, marked, key. *ret_old: the mask that the mark had.
 */
static int watch_note(struct host_node *node, const struct host_watch *want,
		      int replace, uint32_t *ret_old)
{
	struct host_watch *watch, *new = host_malloc(sizeof(*new));

	if (!new)
		return -ENOMEM;
	memset(new, 0, sizeof(*new));
	pthread_mutex_lock(&host_watch_lock);
	watch = host_watch_find(want->wd);
	if (!watch) {
		watch = new;
		new = NULL;
		watch->node = host_node_get(node);
		watch->wd = want->wd;
		watch_link(watch);
	}
	*ret_old = watch->mask;
	watch->users += !replace || !watch->users;
	watch->mask = replace ? want->mask : watch->mask | want->mask;
	watch_set_marked(watch, want->marked);
	watch->key = want->key;
	pthread_mutex_unlock(&host_watch_lock);
	host_free(new);
	return 0;
}

/* The mark comes first: what inotify tells is then known to fanotify. */
static int watch_path(struct host_node *node, int fd, const char *path,
		      struct host_watch *want, int replace)
{
	uint32_t old;
	int error;

	want->marked = mark_add(node, path, want->mask) &&
		       host_key_of(fd, "", &want->key) == 0;
	want->wd = HOST_CALL(OTHER, syscall(SYS_inotify_add_watch, host_inotify,
					    path, want->mask |
					    (replace ? 0 : IN_MASK_ADD)));
	if (want->wd < 0) {
		if (want->marked && !replace)
			mark_remove(node, path, want->mask);
		return want->wd;
	}
	error = watch_note(node, want, replace, &old);
	if (error) {
		(void)HOST_CALL(OTHER, syscall(SYS_inotify_rm_watch,
					       host_inotify, want->wd));
		return error;
	}
	if (want->marked && replace && (old & ~want->mask))
		mark_remove(node, path, old & ~want->mask);
	return 0;
}

int host_plain_watch(struct host_node *node, uint32_t mask, int replace,
		     int32_t *ret_watch)
{
	struct host_watch want = { .mask = mask & HOST_EVENT_ALL };
	struct host_proc_path proc;
	int fd, error;

	if (host_inotify < 0 || !want.mask)
		return -EOPNOTSUPP;
	if (!replace && atomic_load(&watches) >= watch_limit)
		return -ENOSPC;
	error = host_node_pin(node, &fd);
	if (error)
		return error;
	error = host_proc_path(fd, &proc);
	if (error == 0)
		error = watch_path(node, fd, proc.path, &want, replace);
	host_node_unpin(node);
	if (error == 0)
		*ret_watch = want.wd;
	return error;
}

/* Take the mark off, as far as the object can still be found. */
static void unmark(const struct host_watch *watch)
{
	struct host_proc_path proc;
	int fd;

	if (!watch->marked)
		return;
	/* No watch is left: one call for all that could not be found. */
	if (atomic_load(&watches) == 0) {
		(void)HOST_CALL(OTHER, syscall(SYS_fanotify_mark, host_fanotify,
					       FAN_MARK_FLUSH, 0, AT_FDCWD, "/"));
		return;
	}
	if (host_node_pin(watch->node, &fd))
		return;
	if (host_proc_path(fd, &proc) == 0)
		mark_remove(watch->node, proc.path, watch->mask);
	host_node_unpin(watch->node);
}

void host_watch_drop(int32_t wd)
{
	struct host_watch *watch;

	pthread_mutex_lock(&host_watch_lock);
	watch = host_watch_find(wd);
	if (!watch || --watch->users) {
		pthread_mutex_unlock(&host_watch_lock);
		return;
	}
	watch_unlink(watch);
	pthread_mutex_unlock(&host_watch_lock);
	/* -EINVAL: the host has ended it already. */
	(void)HOST_CALL(OTHER, syscall(SYS_inotify_rm_watch, host_inotify, wd));
	unmark(watch);
	host_node_put(watch->node);
	free(watch);
}
