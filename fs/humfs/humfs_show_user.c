// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_show - the guest's view of an object: the host's attributes with the
 * record laid over
 *
 * Theory of operation
 *
 * Records in xattrs change their object's ctime, so a record that was read is
 * good for as long as the ctime is the same, if the clock had moved on from that
 * ctime when it was read (two changes within one tick of the host's clock have
 * the same). Since Linux 6.13 the usual file systems give a change a time of its own
 * if the last one was looked at (multigrain timestamps): what is read after statx is
 * good at once there. The cache is a table of fixed size; an entry gives way to the
 * next one with its place. Records elsewhere are read each time.
 */
#include "humfs_user.h"

#include <time.h>

#define HUMFS_CACHE		8192	/* entries, a power of two */
#define HUMFS_CACHE_LOCKS	16
/* Coarser than the clock that any Linux takes its file times from. */
#define HUMFS_TICK		20000000	/* ns */

struct cache_entry {
	struct host_id id;
	struct host_time ctime;
	struct hmeta_record record;
	bool used, recorded;
};

struct humfs_cache {
	pthread_mutex_t locks[HUMFS_CACHE_LOCKS];
	struct cache_entry entries[HUMFS_CACHE];
};

static bool same_time(const struct host_time *a, const struct host_time *b)
{
	return a->sec == b->sec && a->nsec == b->nsec;
}

static uint32_t cache_place(const struct host_id *id)
{
	uint64_t hash = (id->ino ^ (uint64_t)id->dev_minor << 48) *
			0x9e3779b97f4a7c15ull;

	return hash >> 40 & (HUMFS_CACHE - 1);
}

static bool may_cache(const struct humfs *fs, const struct host_attr *attr)
{
	uint32_t type = attr->mode & S_IFMT;

	return fs->cache && (type == S_IFREG || type == S_IFDIR);
}

/* Had the clock left the ctime behind? Then a later change has another. */
static bool ctime_is_past(const struct host_attr *attr)
{
	struct timespec now;
	int64_t past;

	if (HOST_CALL(OTHER, syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE,
				     &now)))
		return false;
	past = (now.tv_sec - attr->ctime.sec) * 1000000000ll +
	       now.tv_nsec - attr->ctime.nsec;
	return past > HUMFS_TICK;
}

/* Has a change after this look another ctime? */
static bool ctime_tells(const struct humfs *fs, const struct host_attr *attr)
{
	const struct host_id *root = &fs->tree.root_attr.id;

	return fs->fine_ctime && attr->id.dev_major == root->dev_major &&
	       attr->id.dev_minor == root->dev_minor;
}

static void cache_put(struct humfs *fs, const struct host_attr *attr,
		      const struct hmeta_record *record)
{
	uint32_t place = cache_place(&attr->id);
	struct cache_entry *entry = &fs->cache->entries[place];
	pthread_mutex_t *lock = &fs->cache->locks[place % HUMFS_CACHE_LOCKS];

	pthread_mutex_lock(lock);
	entry->used = true;
	entry->id = attr->id;
	entry->ctime = attr->ctime;
	entry->recorded = record != NULL;
	if (record)
		entry->record = *record;
	pthread_mutex_unlock(lock);
}

/* Return: is it known? */
static bool cache_get(struct humfs *fs, const struct host_attr *attr,
		      struct hmeta_record *ret, bool *ret_recorded)
{
	uint32_t place = cache_place(&attr->id);
	struct cache_entry *entry = &fs->cache->entries[place];
	pthread_mutex_t *lock = &fs->cache->locks[place % HUMFS_CACHE_LOCKS];
	bool found;

	pthread_mutex_lock(lock);
	found = entry->used && host_id_equal(&entry->id, &attr->id) &&
		same_time(&entry->ctime, &attr->ctime);
	if (found) {
		*ret = entry->record;
		*ret_recorded = entry->recorded;
	}
	pthread_mutex_unlock(lock);
	return found;
}

void humfs_cache_new(struct humfs *fs, struct host_attr *attr, bool recorded)
{
	if (!ctime_tells(fs, attr))
		return;
	attr->attributes |= HOST_ATTR_NOSEC;
	/* Others look before they change anything; then it is not the first look. */
	if (!recorded && may_cache(fs, attr) && attr->has_btime &&
	    same_time(&attr->ctime, &attr->id.btime))
		cache_put(fs, attr, NULL);
}

static int64_t clock_ns(void)
{
	struct timespec now;

	if (HOST_CALL(OTHER, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now)))
		return 0;
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* Four changes, each looked at: within a tick only fine times tell them apart. */
static bool changes_differ(int fd)
{
	struct host_time last = { 0 };
	struct host_attr attr;

	for (int i = 0; i < 4; i++) {
		if (host_chmod_fd(fd, S_IFREG, i & 1 ? 0600 : 0400) ||
		    host_statx(fd, "", &attr) || same_time(&last, &attr.ctime))
			return false;
		last = attr.ctime;
	}
	return true;
}

bool humfs_ctime_is_fine(int dir_fd)
{
	int fd = HOST_OPEN(openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
				  0600));
	bool fine = false;

	if (fd < 0)
		return false;
	/* What takes longer than the shortest tick shows nothing. */
	for (int left = 8; left && !fine; left--) {
		int64_t start = clock_ns();

		if (!changes_differ(fd))
			break;
		fine = clock_ns() - start < 1000000;
	}
	host_close_fd(fd);
	return fine;
}

int humfs_cache_make(struct humfs *fs)
{
	if (!fs->store->by_ctime)
		return 0;
	fs->cache = malloc(sizeof(*fs->cache));
	if (!fs->cache)
		return -ENOMEM;
	memset(fs->cache, 0, sizeof(*fs->cache));
	for (uint32_t i = 0; i < HUMFS_CACHE_LOCKS; i++)
		pthread_mutex_init(&fs->cache->locks[i], NULL);
	return 0;
}

void humfs_cache_free(struct humfs *fs)
{
	if (!fs->cache)
		return;
	for (uint32_t i = 0; i < HUMFS_CACHE_LOCKS; i++)
		pthread_mutex_destroy(&fs->cache->locks[i]);
	free(fs->cache);
}

/* --- the view ------------------------------------------------------------- */

bool humfs_needs_no_record(const struct humfs *fs,
			   const struct hmeta_record *record)
{
	return !fs->store->ops->names &&
	       record->uid == fs->uid && record->gid == fs->gid &&
	       hmeta_mode_is_plain(record->mode);
}

uint32_t humfs_host_type(const struct host_attr *attr)
{
	return attr->attributes & HUMFS_ATTR_RECORDED ? S_IFREG :
							attr->mode & S_IFMT;
}

void humfs_show_record(const struct hmeta_record *record,
		       struct host_attr *attr)
{
	uint32_t host_type = attr->mode & S_IFMT;

	attr->uid = record->uid;
	attr->gid = record->gid;
	if (host_type == S_IFLNK)
		return;			/* their mode is 0777 to everybody */
	attr->mode = record->mode;
	if ((record->mode & S_IFMT) == host_type)
		return;
	attr->attributes |= HUMFS_ATTR_RECORDED;
	attr->rdev_major = record->rdev_major;
	attr->rdev_minor = record->rdev_minor;
	attr->size = 0;
	attr->blocks = 0;
}

static void show_default(const struct humfs *fs, struct host_attr *attr)
{
	attr->uid = fs->uid;
	attr->gid = fs->gid;
}

static void show(const struct humfs *fs, const struct hmeta_record *record,
		 bool recorded, struct host_attr *attr)
{
	if (recorded)
		humfs_show_record(record, attr);
	else
		show_default(fs, attr);
}

bool humfs_cached(struct humfs *fs, struct host_attr *attr)
{
	struct hmeta_record record;
	bool recorded;

	if (!may_cache(fs, attr) || !cache_get(fs, attr, &record, &recorded))
		return false;
	show(fs, &record, recorded, attr);
	return true;
}

/* The store's answer. Return: 0, *recorded or not; -EIO, reported. */
static int ask(struct humfs *fs, const struct hmeta_object *object,
	       struct hmeta_record *ret, bool *ret_recorded)
{
	enum hmeta_fault fault = HMETA_FINE;
	int error = fs->store->ops->get(fs->store, object, ret, &fault);

	if (error == -EIO && fault && fs->report)
		fs->report(fs->context, object->name ? object->name :
			   object->dir ? object->dir_name : NULL,
			   object->attr->id.ino, hmeta_fault_text(fault));
	*ret_recorded = error == 0;
	return error == -ENODATA ? 0 : error;
}

int humfs_show(struct humfs *fs, const struct hmeta_object *object,
	       struct host_attr *attr)
{
	struct hmeta_record record;
	bool recorded, keep;
	int error;

	if (humfs_cached(fs, attr))
		return 0;
	/* Looked at before the record is, see above. */
	keep = may_cache(fs, attr) &&
	       (ctime_tells(fs, attr) || ctime_is_past(attr));
	error = ask(fs, object, &record, &recorded);
	if (error)
		return error;
	if (keep)
		cache_put(fs, attr, recorded ? &record : NULL);
	show(fs, &record, recorded, attr);
	return 0;
}

int humfs_look_record(struct humfs *fs, struct humfs_view *view)
{
	struct host_attr *attr = &view->attr;
	bool tells = may_cache(fs, attr) && ctime_tells(fs, attr);
	int error = 0;

	view->object.name = NULL;
	view->object.attr = attr;
	if (!tells || !cache_get(fs, attr, &view->record, &view->recorded))
		error = ask(fs, &view->object, &view->record, &view->recorded);
	if (error || view->recorded)
		return error;
	view->record = (struct hmeta_record){
		.uid = fs->uid, .gid = fs->gid, .mode = attr->mode,
		.rdev_major = attr->rdev_major, .rdev_minor = attr->rdev_minor,
	};
	return 0;
}

int humfs_look(struct humfs *fs, struct humfs_view *view)
{
	int error = host_statx(view->object.fd, "", &view->attr);

	return error ? error : humfs_look_record(fs, view);
}
