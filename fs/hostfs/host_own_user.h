/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_own_user.h - what this process itself does to objects that it watches
 */
#ifndef HOSTFS_HOST_OWN_USER_H
#define HOSTFS_HOST_OWN_USER_H

#include "host_user.h"

/* The most that one host call does: an exchange of two watched objects. */
#define HOST_OWN_DEEDS	6

/* An event that a host call may cause; `name` is a hash, 0 the object itself. */
struct host_own_deed {
	uint64_t name;
	int32_t wd;
	uint32_t mask;
};

/* New contents: may take away set-id bits, too. */
#define HOST_CHANGED	(HOST_EVENT_MODIFY | HOST_EVENT_ATTRIB)

/* One host call. */
struct host_own {
	uint32_t count;
	uint32_t call, epoch;		/* call 0: it is not noted */
	struct host_own_deed deeds[HOST_OWN_DEEDS];
};

/* Watches whose news do not say whose deed it was; mostly there is none. */
extern _Atomic uint32_t host_own_watches;

/* What is going to happen to fd, told by its own watch and its directory's. */
void host_own_object(struct host_own *own, int fd, uint32_t mask);
/* The same for a name below dir_fd: of the directory, of what has the name. */
void host_own_name(struct host_own *own, int dir_fd, const char *name,
		   uint32_t mask, uint32_t self);
/* A file without a name is made below dir_fd. */
void host_own_unnamed(struct host_own *own, int dir_fd, uint32_t mask);
void host_own_begin(struct host_own *own);
void host_own_end(const struct host_own *own);

/*
 * The one form of a host call that makes events: `note`, which may use own_,
 * says which. Without watches of that kind it costs a test of one variable.
 */
#define HOST_OWN(note, call)						\
({									\
	bool watched_ = atomic_load_explicit(&host_own_watches,		\
					     memory_order_relaxed);	\
	struct host_own own_;						\
	typeof(call) done_;						\
									\
	if (watched_) {							\
		own_.count = 0;						\
		note;							\
		host_own_begin(&own_);					\
	}								\
	done_ = (call);							\
	if (watched_)							\
		host_own_end(&own_);					\
	done_;								\
})

#define HOST_OWN_OBJECT(fd, mask, call)					\
	HOST_OWN(host_own_object(&own_, fd, mask), call)
#define HOST_OWN_NAME(dir_fd, name, mask, self, call)			\
	HOST_OWN(host_own_name(&own_, dir_fd, name, mask, self), call)

/* --- for the files about the host's news -------------------------------------- */

/* Before the first watch. Without it, own deeds are told as others'. */
void host_own_start(int inotify);
/* Is that event ours, or a mark between our own calls? In the queue's order. */
bool host_own_judge(int32_t wd, uint32_t mask, const char *name, size_t length);
/* The queue has lost events. */
void host_own_lost(void);
/* The queue is empty. */
void host_own_drained(void);

#endif /* HOSTFS_HOST_OWN_USER_H */
