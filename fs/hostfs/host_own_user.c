// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_own - news of what this process itself does, where the host cannot tell
 *
 * Theory of operation
 *
 * What the guest does, the guest kernel reports by itself; told by the host once
 * more it would come twice. Where fanotify does not say who did it, this is known
 * by order: the queue of inotify has every event in the order in which it
 * happened, and a host call that makes events is put between two marks in that
 * queue. The marks are events, too: a file of our own (a memfd) is watched, and a
 * byte of it is read. Two such files take turns, so that inotify, which merges an
 * event with an equal one just before it, never merges two marks; nor does it
 * merge events before and behind a mark.
 *
 *	queue:	... mark | MODIFY f | mark ... MODIFY f ...
 *		     our write()          somebody else's
 *
 * A call notes before the first mark what it may cause: of which watches, with
 * which names, each kind of event once. Between its marks the first event of that
 * kind is ours. Everything else is others', and so is a second one. Two that
 * differ in nothing and lie between the same two marks may have been merged by
 * the host; the guest reports its own after the call has returned, that is after
 * both.
 *
 * Calls that are noted and not read yet are bounded (CALLS); beyond that, and
 * between a loss of events and the next time that the queue is empty, nothing is
 * noted, and what we do is told twice.
 */
#include "host_own_user.h"
#include "host_watch_user.h"

#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define CALLS		256
#define MARKS		(2 * CALLS)	/* more cannot be unread */
#define PATH_ROOM	512		/* of longer paths nothing is noted */
#define UNNAMED		1		/* a hash: any name of O_TMPFILE's, "#123" */

struct call {
	struct call *next;		/* free, or between its marks */
	uint32_t count;
	struct host_own_deed deeds[HOST_OWN_DEEDS];
};

_Atomic uint32_t host_own_watches;

/* Never across a host call that could wait: a mark's is answered from memory. */
static pthread_mutex_t own_lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	struct call *calls;		/* NULL: nothing can be noted */
	struct call *unused, *begun;
	uint16_t order[MARKS];		/* of the marks: call * 2, + 1 at its end */
	uint32_t put, taken;		/* marks */
	uint32_t epoch;			/* one more with each loss */
	bool lost;
	int fd[2];
	int32_t wd[2];
} ring = { .fd = { -1, -1 }, .wd = { -1, -1 } };

/* --- what a call may cause -------------------------------------------------- */

static uint64_t name_hash(const char *name, size_t length)
{
	uint64_t hash = length ? host_key_name(0, name, length) : 0;

	return hash == UNNAMED ? hash + 1 : hash;
}

static void add_deed(struct host_own *own, const struct host_id *id,
		     uint64_t name, uint32_t mask)
{
	int32_t wd = mask ? host_watch_of(id) : -1;

	if (wd < 0 || own->count == HOST_OWN_DEEDS)
		return;
	own->deeds[own->count++] = (struct host_own_deed){
		.name = name, .wd = wd, .mask = mask,
	};
}

/* The name of an open file is the one that it was opened by, if that is gone. */
static size_t without_deleted(const char *name)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(name), tail = sizeof(deleted) - 1;

	if (length > tail && !strcmp(name + length - tail, deleted))
		length -= tail;
	return length;
}

/* The directory and the name under which the host knows fd. */
static void add_place(struct host_own *own, int fd, uint32_t mask)
{
	char path[PATH_ROOM], *name;
	struct host_proc_path proc;
	struct host_attr attr;
	int64_t length;

	if (host_proc_path(fd, &proc))
		return;
	length = HOST_CALL(OTHER, readlinkat(host_features.proc_fd,
					     proc.path + proc.prefix, path,
					     sizeof(path)));
	if (length <= 1 || length == sizeof(path) || path[0] != '/')
		return;
	path[length] = '\0';
	for (name = path + length; *name != '/'; name--)
		;
	*name++ = '\0';
	if (host_statx(AT_FDCWD, path[0] ? path : "/", &attr) == 0)
		add_deed(own, &attr.id, name_hash(name, without_deleted(name)),
			 mask);
}

void host_own_object(struct host_own *own, int fd, uint32_t mask)
{
	struct host_attr attr;

	if (host_statx(fd, "", &attr) == 0)
		add_deed(own, &attr.id, 0, mask);
	add_place(own, fd, mask);
}

void host_own_name(struct host_own *own, int dir_fd, const char *name,
		   uint32_t mask, uint32_t self)
{
	struct host_attr attr;

	/* Several names are the walk's alone. */
	if (memchr(name, '/', strlen(name)))
		return;
	if (host_statx(dir_fd, "", &attr) == 0)
		add_deed(own, &attr.id, name_hash(name, strlen(name)), mask);
	if (self && host_statx(dir_fd, name, &attr) == 0)
		add_deed(own, &attr.id, 0, self);
}

void host_own_unnamed(struct host_own *own, int dir_fd, uint32_t mask)
{
	struct host_attr attr;

	if (host_statx(dir_fd, "", &attr) == 0)
		add_deed(own, &attr.id, UNNAMED, mask);
}

/* --- marks -------------------------------------------------------------------- */

/* Under the lock, as the three below. */
static void ring_lost(void)
{
	ring.lost = true;
	ring.epoch++;
	ring.begun = NULL;
}

static void ring_reset(void)
{
	ring.lost = false;
	ring.put = ring.taken = 0;
	ring.begun = ring.unused = NULL;
	for (uint32_t i = 0; i < CALLS; i++) {
		ring.calls[i].next = ring.unused;
		ring.unused = &ring.calls[i];
	}
}

static void put_mark(uint32_t call, bool end)
{
	struct iovec byte = { .iov_base = &(char){ 0 }, .iov_len = 1 };

	ring.order[ring.put % MARKS] = call * 2 + end;
	if (HOST_CALL(READ, preadv2(ring.fd[ring.put & 1], &byte, 1, 0, 0)) == 1)
		ring.put++;
	else
		ring_lost();
}

static void take_mark(void)
{
	uint32_t mark = ring.order[ring.taken++ % MARKS];
	struct call *call = &ring.calls[mark / 2], **at = &ring.begun;

	if (!(mark & 1)) {
		call->next = ring.begun;
		ring.begun = call;
		return;
	}
	while (*at && *at != call)
		at = &(*at)->next;
	if (*at)
		*at = call->next;
	call->next = ring.unused;
	ring.unused = call;
}

void host_own_begin(struct host_own *own)
{
	struct call *call;

	own->call = 0;
	if (!own->count)
		return;
	pthread_mutex_lock(&own_lock);
	call = ring.lost ? NULL : ring.unused;
	if (call) {
		ring.unused = call->next;
		call->count = own->count;
		memcpy(call->deeds, own->deeds, sizeof(own->deeds));
		own->call = call - ring.calls + 1;
		own->epoch = ring.epoch;
		put_mark(own->call - 1, false);
	}
	pthread_mutex_unlock(&own_lock);
}

void host_own_end(const struct host_own *own)
{
	if (!own->call)
		return;
	pthread_mutex_lock(&own_lock);
	if (own->epoch == ring.epoch)
		put_mark(own->call - 1, true);
	pthread_mutex_unlock(&own_lock);
}

/* A watched file of our own, to be read. Return: a descriptor. */
static int mark_file(int inotify, int32_t *ret_wd)
{
	struct host_proc_path proc;
	int32_t wd;
	int memory, fd = -ENOENT;

	memory = HOST_OPEN(syscall(SYS_memfd_create, "hum-marks", MFD_CLOEXEC));
	if (memory < 0)
		return memory;
	/* Opened once more: what memfd_create(2) has opened tells no events. */
	if (host_proc_path(memory, &proc) == 0)
		fd = HOST_OPEN(open(proc.path, O_RDWR | O_CLOEXEC));
	host_close_fd(memory);
	if (fd < 0 || host_proc_path(fd, &proc))
		return fd;
	if (HOST_CALL(OTHER, ftruncate(fd, 1)) < 0) {
		host_close_fd(fd);
		return -EIO;
	}
	wd = HOST_CALL(OTHER, syscall(SYS_inotify_add_watch, inotify, proc.path,
				      IN_ACCESS));
	if (wd < 0) {
		host_close_fd(fd);
		return wd;
	}
	*ret_wd = wd;
	return fd;
}

void host_own_start(int inotify)
{
	struct call *calls = calloc(CALLS, sizeof(*calls));

	for (int i = 0; calls && i < 2; i++) {
		ring.fd[i] = mark_file(inotify, &ring.wd[i]);
		if (ring.fd[i] < 0) {
			free(calls);
			calls = NULL;
		}
	}
	if (!calls)
		return;
	pthread_mutex_lock(&own_lock);
	ring.calls = calls;
	ring_reset();
	pthread_mutex_unlock(&own_lock);
}

/* --- the reader ----------------------------------------------------------------- */

/* Under the lock. */
static bool call_takes(struct call *call, int32_t wd, uint32_t mask,
		       uint64_t name, bool unnamed)
{
	for (uint32_t i = 0; i < call->count; i++) {
		struct host_own_deed *deed = &call->deeds[i];

		if (deed->wd != wd || !(deed->mask & mask))
			continue;
		if (deed->name != name && !(deed->name == UNNAMED && unnamed))
			continue;
		deed->mask &= ~mask;
		return true;
	}
	return false;
}

bool host_own_judge(int32_t wd, uint32_t mask, const char *name, size_t length)
{
	bool ours = wd == ring.wd[0] || wd == ring.wd[1];
	struct call *call;

	if (!ring.calls)
		return ours;
	pthread_mutex_lock(&own_lock);
	if (ours && !ring.lost) {
		if (ring.taken != ring.put && wd == ring.wd[ring.taken & 1])
			take_mark();
		else
			ring_lost();
	}
	for (call = ring.begun; call && !ours; call = call->next)
		ours = call_takes(call, wd, mask & HOST_EVENT_ALL,
				  name_hash(name, length),
				  length && name[0] == '#');
	pthread_mutex_unlock(&own_lock);
	return ours;
}

void host_own_lost(void)
{
	pthread_mutex_lock(&own_lock);
	ring_lost();
	pthread_mutex_unlock(&own_lock);
}

/* Since the loss no mark was put, so none is left in the queue. */
void host_own_drained(void)
{
	if (!ring.calls)
		return;
	pthread_mutex_lock(&own_lock);
	if (ring.lost)
		ring_reset();
	pthread_mutex_unlock(&own_lock);
}
