// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_watch_read - news from the host, without what the guest did itself
 *
 * Theory of operation
 *
 * One change puts an event into the inotify queue and one into the fanotify
 * queue, in one call in the host kernel, one after the other, either first. A
 * round reads the first queue until it is empty, then the second. What the
 * second says is kept as deeds: for a key (an object, or a name in a directory)
 * the events that we caused and those that others did.
 *
 *	ours only	left out
 *	others' too	told: rather twice than never
 *	nothing		its deed is still on its way: -EBUSY, the caller comes
 *			back soon, and after some patience it is told
 *
 * A deed ends with its round if an event was matched with it, else with the
 * next: it may have come before its event. So a deed of ours does not hide what
 * others do to the same file later. It can hide it within one round, if both
 * happen within the few microseconds between the two queues; the guest was then
 * woken by its own change at that very moment.
 *
 * Watches without fanotify go by the order in the first queue alone
 * (host_own_user.c).
 */
#include "host_own_user.h"
#include "host_watch_user.h"

#include <sys/fanotify.h>
#include <sys/inotify.h>

#define BUFFER		16384
#define DEEDS		4096		/* a power of 2 */
#define PROBES		16

struct deed {
	uint64_t key;
	uint32_t ours, others;		/* enum host_event */
	uint32_t round;			/* 0: free */
	bool matched;
};

enum verdict { OURS, OTHERS, UNKNOWN };

static struct {
	unsigned char *events;		/* from inotify, [at, end) not taken yet */
	uint32_t at, end;
	unsigned char *marks;		/* from fanotify */
	struct deed *deeds;
	uint32_t round;
	uint32_t lost_round;		/* fanotify lost events then; 0: never */
	int64_t self;			/* our process */
} reader;

/* --- deeds -------------------------------------------------------------- */

static bool deed_alive(const struct deed *deed)
{
	return deed->round && (deed->round == reader.round ||
			       (deed->round + 1 == reader.round &&
				!deed->matched));
}

static struct deed *deed_find(uint64_t key, bool make)
{
	struct deed *spare = NULL;

	for (uint32_t i = 0; i < PROBES; i++) {
		struct deed *deed = &reader.deeds[(key + i) & (DEEDS - 1)];

		if (deed->key == key && deed_alive(deed))
			return deed;
		if (!spare && !deed_alive(deed))
			spare = deed;
	}
	if (!make || !spare)
		return NULL;
	*spare = (struct deed){ .key = key, .round = reader.round };
	return spare;
}

static void deed_note(uint64_t key, uint32_t mask, bool ours)
{
	struct deed *deed = deed_find(key, true);

	if (!deed) {
		reader.lost_round = reader.round;
		return;
	}
	deed->round = reader.round;
	deed->matched = false;
	if (ours)
		deed->ours |= mask;
	else
		deed->others |= mask;
}

static enum verdict deed_judge(uint64_t key, uint32_t mask)
{
	struct deed *deed = deed_find(key, false);

	if (!deed || !((deed->ours | deed->others) & mask))
		return reader.lost_round == reader.round ? OTHERS : UNKNOWN;
	deed->matched = true;
	return deed->others & mask ? OTHERS : OURS;
}

/* --- fanotify ------------------------------------------------------------- */

/* One record of an event: the key that it names. Return: is it one? */
static bool mark_key(const unsigned char *info, uint32_t size, uint64_t *ret)
{
	const struct fanotify_event_info_fid *fid = (const void *)info;
	const struct file_handle *handle = (const void *)fid->handle;
	uint32_t head = sizeof(*fid) + sizeof(*handle);
	const char *name;
	uint64_t key;

	if (size < head || handle->handle_bytes > size - head)
		return false;
	key = host_key_handle(handle->handle_type, handle->f_handle,
			      handle->handle_bytes);
	name = (const char *)handle->f_handle + handle->handle_bytes;
	switch (fid->hdr.info_type) {
	case FAN_EVENT_INFO_TYPE_FID:
		*ret = key;
		return true;
	case FAN_EVENT_INFO_TYPE_DFID:
		*ret = host_key_name(key, ".", 1);
		return true;
	case FAN_EVENT_INFO_TYPE_DFID_NAME:
		*ret = host_key_name(key, name, strnlen(name, size - head -
							handle->handle_bytes));
		return true;
	default:
		return false;
	}
}

/* Events are aligned to 4 bytes only. */
static void mark_event(const unsigned char *at,
		       const struct fanotify_event_metadata *event)
{
	uint32_t offset = event->metadata_len;
	uint64_t key;

	if (event->mask & FAN_Q_OVERFLOW)
		reader.lost_round = reader.round;
	while (offset + sizeof(struct fanotify_event_info_header) <=
	       event->event_len) {
		const struct fanotify_event_info_header *info =
			(const void *)(at + offset);

		if (info->len < sizeof(*info) ||
		    info->len > event->event_len - offset)
			return;
		if (mark_key(at + offset, info->len, &key))
			deed_note(key, event->mask & HOST_EVENT_ALL,
				  event->pid == reader.self);
		offset += info->len;
	}
}

static void read_marks(void)
{
	struct fanotify_event_metadata event;
	int64_t size;

	while (host_fanotify >= 0) {
		size = HOST_CALL(READ, syscall(SYS_read, host_fanotify,
					       reader.marks, BUFFER));
		if (size <= 0)
			return;
		for (int64_t at = 0; at + (int64_t)sizeof(event) <= size;
		     at += event.event_len) {
			memcpy(&event, reader.marks + at, sizeof(event));
			if (event.event_len < sizeof(event) ||
			    event.event_len > size - at)
				break;
			mark_event(reader.marks + at, &event);
		}
	}
}

/* --- inotify -------------------------------------------------------------- */

/* What became of the event's watch; false: it is not ours any more. */
static bool event_watch(const struct inotify_event *event,
			struct host_watch *ret)
{
	struct host_watch *watch;

	pthread_mutex_lock(&host_watch_lock);
	watch = host_watch_find(event->wd);
	if (watch) {
		*ret = *watch;
		host_node_get(ret->node);
	}
	pthread_mutex_unlock(&host_watch_lock);
	return watch;
}

#define DIRENT	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)

/*
 * An event on a directory in a watched directory: it goes by that directory's
 * own handle. If that has been moved or removed meanwhile, whoever did that.
 */
static enum verdict child_dir_judge(const struct inotify_event *event,
				    const struct host_watch *watch,
				    size_t length)
{
	const struct deed *deed;
	enum verdict verdict = OTHERS;
	uint64_t key;
	int fd;

	if (host_node_pin(watch->node, &fd))
		return OTHERS;
	if (host_key_of(fd, event->name, &key) == 0)
		verdict = deed_judge(host_key_name(key, ".", 1),
				     event->mask & HOST_EVENT_ALL);
	else
		verdict = UNKNOWN;
	host_node_unpin(watch->node);
	if (verdict != UNKNOWN)
		return verdict;
	deed = deed_find(host_key_name(watch->key, event->name, length), false);
	if (deed && (deed->ours & DIRENT) && !(deed->others & DIRENT))
		return OURS;
	return UNKNOWN;
}

static enum verdict watched_judge(const struct inotify_event *event,
				  const struct host_watch *watch,
				  size_t length)
{
	uint32_t mask = event->mask & HOST_EVENT_ALL;
	uint64_t key = watch->key;

	/*
	 * DELETE_SELF comes when the last of our descriptors goes, whoever
	 * removed the object.
	 */
	if (!(mask & ~IN_DELETE_SELF) || !watch->marked || host_fanotify < 0)
		return OTHERS;
	if (length && (event->mask & IN_ISDIR) && !(mask & DIRENT))
		return child_dir_judge(event, watch, length);
	if (length)
		key = host_key_name(key, event->name, length);
	else if (watch->node->type == S_IFDIR)
		key = host_key_name(key, ".", 1);
	return deed_judge(key, mask);
}

static enum verdict event_judge(const struct inotify_event *event,
				size_t length)
{
	struct host_watch watch;
	enum verdict verdict;

	if (event->mask & IN_Q_OVERFLOW) {
		host_own_lost();
		return OTHERS;
	}
	if (host_own_judge(event->wd, event->mask, event->name, length))
		return OURS;
	if (!event_watch(event, &watch))
		return OURS;	/* nobody listens any more */
	verdict = watched_judge(event, &watch, length);
	host_node_put(watch.node);
	return verdict;
}

/* Write one event down. Return: bytes, 0: it does not fit. */
static uint32_t event_tell(const struct inotify_event *event, size_t length,
			   unsigned char *out, uint64_t room)
{
	uint32_t size = (sizeof(struct host_news) + length + 8) & ~7u;
	struct host_news news = {
		.watch = event->wd, .mask = event->mask,
		.cookie = event->cookie, .reclen = size, .length = length,
	};

	if (size > room)
		return 0;
	memset(out, 0, size);
	memcpy(out, &news, sizeof(news));
	memcpy(out + sizeof(news), event->name, length);
	return size;
}

/* --- rounds --------------------------------------------------------------- */

static int reader_begin(void)
{
	if (reader.deeds)
		return 0;
	if (!reader.events)
		reader.events = malloc(BUFFER);
	if (!reader.marks)
		reader.marks = malloc(BUFFER);
	if (!reader.events || !reader.marks)
		return -ENOMEM;
	reader.deeds = calloc(DEEDS, sizeof(struct deed));
	if (!reader.deeds)
		return -ENOMEM;
	reader.self = syscall(SYS_getpid);
	reader.round = 1;
	return 0;
}

/* The next events, if the last ones are taken. Return: are there any? */
static bool reader_fill(void)
{
	int64_t size;

	if (reader.at < reader.end)
		return true;
	size = HOST_CALL(READ, syscall(SYS_read, host_inotify, reader.events,
				       BUFFER));
	reader.at = 0;
	reader.end = size > 0 ? size : 0;
	if (!reader.end) {
		host_own_drained();
		if (++reader.round == 0)
			reader.round = 1;
	}
	read_marks();
	return reader.end > 0;
}

int64_t host_watch_read(void *news, uint64_t size, int impatient)
{
	uint64_t done = 0;
	int error = host_inotify < 0 ? -EBADF : reader_begin();

	if (error)
		return error;
	if (reader.at < reader.end)
		read_marks();		/* what the last call waited for */
	while (reader_fill()) {
		const struct inotify_event *event =
			(const void *)(reader.events + reader.at);
		size_t length = event->len ? strnlen(event->name, event->len) : 0;
		enum verdict verdict = event_judge(event, length);
		uint32_t told = 0;

		if (verdict == UNKNOWN && !impatient)
			return done ? (int64_t)done : -EBUSY;
		if (verdict != OURS) {
			told = event_tell(event, length,
					  (unsigned char *)news + done,
					  size - done);
			if (!told)
				return done ? (int64_t)done : -EINVAL;
		}
		done += told;
		reader.at += sizeof(*event) + event->len;
	}
	return done;
}
