/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_user.h - what the files of the host half share, and nobody else sees
 *
 * Theory of operation
 *
 * A host_tree is a mounted directory: the host_fs of the plain table, and the
 * first member of other tables' own state. A host_node knows its tree, its
 * parent node (a counted reference), the name it was last seen under and its
 * identity. Descriptors of nodes are a cache (host_cache_user.c):
 *
 *   host_node_pin()    a descriptor for the node, which stays open until
 *   host_node_unpin()  the same number of unpins. Always O_PATH (a root's may
 *                      be open for reading), always the right object: it was
 *                      found beneath the root and its identity was compared.
 *
 * The rule of confinement follows from that: a host call names either one
 * pinned descriptor and nothing else, or a pinned descriptor and one component
 * that host_name_check() accepted, with no link followed. Nothing else.
 *
 * Locks. `host_lock` guards the places of nodes (parent, name) and the ring of
 * cached descriptors. It is held for short and never across a host call or
 * malloc(), which may sleep in the guest kernel. Pins are atomic, without it.
 * A directory's position_lock is held over its two host calls, which is fine:
 * the guest's scheduler does not run inside a host call. It would with kernel
 * preemption, and then a virtual CPU could wait for a lock that it holds itself.
 */
#ifndef HOSTFS_HOST_USER_H
#define HOSTFS_HOST_USER_H

#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifdef CONFIG_PREEMPTION
# error "the host half's locks need a guest kernel that does not preempt itself"
#endif

#include "host.h"
#include "host_syscall_user.h"

#define HOST_PATH_MAX	4096	/* PATH_MAX of the host, its NUL included */

/* --- host calls -------------------------------------------------------- */

struct host_tally {
	_Alignas(64) _Atomic uint64_t count;
};

extern struct host_tally host_tallies[HOST_COUNT_MAX];

static inline void host_tally(enum host_count which)
{
	atomic_fetch_add_explicit(&host_tallies[which].count, 1,
				  memory_order_relaxed);
}

/*
 * The one form of a host call: counted, retried on EINTR (an interrupt of the
 * guest), the result or a negative errno. errno is read right behind the call.
 */
#define HOST_CALL(kind, call)						\
({									\
	int64_t result_;						\
	do {								\
		host_tally(HOST_COUNT_##kind);				\
		result_ = (call);					\
		if (result_ < 0)					\
			result_ = -errno;				\
	} while (result_ == -EINTR);					\
	result_;							\
})

/*
 * A host call that makes a descriptor: as HOST_CALL, and when the process is
 * out of descriptors the cache gives some back first.
 */
#define HOST_OPEN(call)							\
({									\
	int64_t fd_;							\
	do {								\
		fd_ = HOST_CALL(OPEN, (call));				\
	} while ((fd_ == -EMFILE || fd_ == -ENFILE) && host_cache_relieve()); \
	(int)fd_;							\
})

void host_close_fd(int fd);

/* --- what the host can do (host_init_user.c) ---------------------------- */

struct host_features {
	bool openat2;		/* Linux 5.6 */
	bool fchmodat2;		/* Linux 6.6 */
	bool getxattrat;	/* Linux 6.13 */
	bool privileged;	/* may give objects to other users */
	int proc_fd;		/* /proc/self/fd, -1 without /proc */
	uint32_t uid, gid;	/* of the objects that the host makes for us */
	uint32_t *groups;	/* the other groups of an ordinary user */
	uint32_t group_count;
};

extern struct host_features host_features;

/* "/proc/self/fd/" and the number. */
struct host_proc_path {
	char path[32];
	uint32_t prefix;	/* length of the part before the number */
};

/* Return: 0, -ENOENT when the host has no /proc. */
int host_proc_path(int fd, struct host_proc_path *ret);

/*
 * getxattrat(2), by number: in no libc yet. A link at the end is not followed.
 * Return: the length of the value or -errno.
 */
int host_getxattrat(int dir_fd, const char *path, const char *name, void *value,
		    uint64_t size);

/* --- memory (host_job_user.c) -------------------------------------------- */

/*
 * malloc() and free() of whatever a worker may run: a worker is no thread of
 * the guest kernel's and must not come near its allocator. There host_malloc()
 * hands out what the job has brought (one buffer of HOST_PATH_MAX, one
 * host_file, one host_watch), and host_free() leaves the block to the next virtual CPU.
 */
void *host_malloc(size_t size);
void host_free(void *memory);

/* --- trees and nodes ---------------------------------------------------- */

struct host_tree {
	struct host_fs fs;
	struct host_node *root;
	struct host_attr root_attr;	/* as it was mounted */
};

#define HOST_SHORT_NAME	40

struct host_node {
	struct host_tree *tree;
	struct host_node *parent;	/* counted; NULL: the root, or no place */
	struct host_id id;
	uint16_t type;			/* S_IFMT */
	_Atomic uint8_t used;		/* since the hand passed (second chance) */
	_Atomic uint32_t refs;
	_Atomic uint64_t slot;		/* descriptor + 1 (high half), pins (low half) */
	struct host_node *ring_next, *ring_prev;	/* cached; else NULL */
	char *name;			/* short_name or malloc'd */
	void *own;			/* of the table; malloc'd, goes with the node */
	char short_name[HOST_SHORT_NAME];
};

struct host_file {
	struct host_tree *tree;
	int fd;
	uint32_t flags;			/* enum host_open */
	uint32_t type;			/* S_IFMT */
	struct host_node *dir;		/* a directory's own, if the table wants it; a reference */
	_Atomic int pages;		/* 1: they can be mapped; -errno: no; 0: not tried */
	_Atomic bool append_dropped;	/* O_APPEND was taken off again */
	pthread_mutex_t position_lock;
	int64_t position;		/* of fd, when it is a directory */
};

extern pthread_mutex_t host_lock;

/* Set up *tree over fd, which it takes over also on failure. */
int host_tree_init(struct host_tree *tree, const struct host_ops *ops, int fd,
		   uint32_t flags);
void host_tree_fini(struct host_tree *tree);

/* Take one more reference. */
static inline struct host_node *host_node_get(struct host_node *node)
{
	if (node)
		atomic_fetch_add_explicit(&node->refs, 1, memory_order_relaxed);
	return node;
}

/* host_ops.node, .place and .put of every table over host_tree. */
int host_node_make(struct host_fs *fs, struct host_node *dir, const char *name,
		   const struct host_attr *attr, struct host_node **ret);
int host_node_place(struct host_node *node, struct host_node *dir,
		    const char *name);
void host_node_put(struct host_node *node);

/* A pinned descriptor for node, walked to if need be. */
int host_node_pin(struct host_node *node, int *ret_fd);
/* The same without a walk: -EAGAIN when there is none. ATOMIC. */
int host_node_pin_cached(struct host_node *node, int *ret_fd);
void host_node_unpin(struct host_node *node);

/* --- the cache of descriptors (host_cache_user.c) ------------------------ */

void host_cache_limit(uint32_t limit);
/*
 * Hand fd to the cache as node's, pinned once. If the node has got one
 * meanwhile, that one is pinned and fd is closed. Return: the descriptor.
 */
int host_cache_insert(struct host_node *node, int fd);
/* fd is node's for as long as the node lives: a root's. */
void host_cache_keep(struct host_node *node, int fd);
/* Forget and close node's descriptor; nobody has it pinned. */
void host_cache_remove(struct host_node *node);
/* Close some cached descriptors. Return: has it closed any? */
bool host_cache_relieve(void);

/* --- attributes ----------------------------------------------------------- */

/* statx(2) of name below fd, or of fd itself (name ""). */
int host_statx(int fd, const char *name, struct host_attr *ret);
/* Where node was last seen: its directory (a reference) and a copy of its name. */
int host_node_where(struct host_node *node, struct host_node **ret_dir,
		    char name[HOST_COMPONENT_MAX + 1]);
bool host_id_equal(const struct host_id *a, const struct host_id *b);
/* Is attr node's object? Return: 0, -ESTALE. */
int host_node_check(const struct host_node *node, const struct host_attr *attr);
/* May the tree show it? Return: 0, -EXDEV (HOST_NOSUBMOUNTS). */
int host_tree_shows(const struct host_tree *tree, const struct host_attr *attr);

/*
 * Rights of a mount, asked before every change, here and nowhere else.
 * GROW: something is added. ALTER: what exists is removed, replaced or altered.
 * Return: 0, -EROFS (HOST_RDONLY), -EPERM (HOST_APPENDONLY and ALTER).
 */
enum host_change { HOST_GROW, HOST_ALTER };

static inline int host_tree_may(const struct host_tree *tree,
				enum host_change change)
{
	if (tree->fs.flags & HOST_RDONLY)
		return -EROFS;
	if (change == HOST_ALTER && (tree->fs.flags & HOST_APPENDONLY))
		return -EPERM;
	return 0;
}

/* --- opening (host_open_user.c) ------------------------------------------- */

/*
 * O_PATH of a name below fd (the walk: of several), no link followed, with its
 * attributes. Foreign FIFOs and devices are safe: O_PATH does not open them.
 */
int host_open_path(const struct host_tree *tree, int fd, const char *name,
		   struct host_attr *ret_attr, int *ret_fd);

/* A regular file or directory that is to be opened. */
struct host_target {
	const struct host_tree *tree;
	int path_fd;			/* its O_PATH descriptor */
	const struct host_id *id;
	uint32_t type;			/* S_IFMT */
	/* Where it is, for hosts without /proc; name NULL: no place. */
	int dir_fd;
	const char *name;
};

/* Open it. Return: a descriptor, -ENXIO for other types. flags: host_open. */
int host_open_target(const struct host_target *target, uint32_t flags);
/* The same for a node whose descriptor is fd. */
int host_open_node(struct host_node *node, int fd, uint32_t flags);
/* What flags ask for, against the rights of the mount. */
int host_open_may(const struct host_tree *tree, uint32_t flags);
/* The O_* of flags, O_CLOEXEC included. */
int host_open_flags(uint32_t flags);
/* A host_file without a descriptor yet, for free(); NULL: no memory. */
struct host_file *host_file_new(struct host_tree *tree, uint32_t flags);

/* --- owners of new objects (host_owner_user.c) ---------------------------- */

struct host_owner {
	bool switched;
};

/* Make objects as new->uid and new->gid, as far as we may, until _end(). */
void host_owner_begin(const struct host_new *new, struct host_owner *ret);
void host_owner_end(const struct host_owner *owner);
/* Is there something about a new object that _settle() could put right? */
bool host_owner_differs(const struct host_new *new,
			const struct host_attr *attr);
/*
 * Put right what creating could not: the group, and the bits 07000.
 * @fd: the new object, also O_PATH. *attr: read from it, and again at the end.
 */
int host_owner_settle(int fd, const struct host_new *new,
		      struct host_attr *attr);
/* chmod and chown of a descriptor of any kind. */
int host_chmod_fd(int fd, uint32_t type, uint32_t mode);
int host_chown_fd(int fd, uint32_t uid, uint32_t gid);

/* --- the plain table's operations, by file --------------------------------- */

/* An object's descriptor for one operation: its open file's or its node's. */
struct host_object {
	struct host_tree *tree;
	struct host_node *node;		/* pinned; NULL: the file's own */
	int fd;
	uint32_t type;			/* S_IFMT */
};

int host_object_begin(struct host_node *node, struct host_file *file,
		      struct host_object *ret);
void host_object_end(const struct host_object *object);

/* host_ops.path of every table over host_tree. */
int host_node_path(struct host_node *node, char *path, uint64_t size);
int host_plain_handle(struct host_node *node, struct host_file *file,
		      void *handle, uint32_t size);
int host_plain_find(struct host_fs *fs, const void *handle, uint32_t length,
		    char *path, uint64_t size);

int host_plain_kind(struct host_node *node);
int host_plain_lookup(struct host_node *dir, const char *name, uint32_t flags,
		      struct host_attr *ret);
int host_plain_create(struct host_node *dir, const char *name,
		      const struct host_new *new, uint32_t flags,
		      struct host_attr *ret_attr, struct host_file **ret,
		      int *ret_made);
int host_plain_tmpfile(struct host_node *dir, const struct host_new *new,
		       uint32_t flags, struct host_attr *ret_attr,
		       struct host_file **ret);
int host_plain_mknod(struct host_node *dir, const char *name,
		     const struct host_new *new, struct host_attr *ret);
int host_plain_symlink(struct host_node *dir, const char *name,
		       const char *target, const struct host_new *new,
		       struct host_attr *ret);
int host_plain_link(struct host_node *node, struct host_file *file,
		    struct host_node *dir, const char *name,
		    struct host_attr *ret);
/* A name below dir_fd for an open object (O_PATH or not). */
int host_link_fd(int object_fd, int dir_fd, const char *name);
int host_plain_unlink(struct host_node *dir, const char *name, int rmdir);
int host_plain_rename(struct host_node *olddir, const char *oldname,
		      struct host_node *newdir, const char *newname,
		      uint32_t flags);

int host_plain_getattr(struct host_node *node, struct host_file *file,
		       struct host_attr *ret);
int host_plain_peek(struct host_node *node, struct host_attr *ret);
int host_plain_setattr(struct host_node *node, struct host_file *file,
		       const struct host_setattr *set, struct host_attr *ret);
int host_plain_readlink(struct host_node *node, char *target, uint64_t size);
int host_plain_open(struct host_node *node, struct host_file *file,
		    uint32_t flags, struct host_file **ret);

int host_plain_getxattr(struct host_node *node, struct host_file *file,
			const char *name, void *value, uint64_t size);
int host_plain_setxattr(struct host_node *node, struct host_file *file,
			const char *name, const void *value, uint64_t size,
			int flags);
int host_plain_listxattr(struct host_node *node, struct host_file *file,
			 char *list, uint64_t size);
int host_plain_removexattr(struct host_node *node, struct host_file *file,
			   const char *name);

int host_plain_watch(struct host_node *node, uint32_t mask, int replace,
		     int32_t *ret_watch);

void host_plain_close(struct host_file *file);
int64_t host_plain_read(struct host_file *file, const struct host_iovec *iov,
			uint32_t count, uint64_t offset, uint32_t flags);
int64_t host_plain_write(struct host_file *file, const struct host_iovec *iov,
			 uint32_t count, uint64_t offset, uint32_t flags);
int64_t host_plain_readdir(struct host_file *file, int64_t position,
			   void *entries, uint64_t size);
int host_plain_fsync(struct host_file *file, int datasync);
int host_plain_fallocate(struct host_file *file, int mode, uint64_t offset,
			 uint64_t length);
int64_t host_plain_seek(struct host_file *file, uint64_t offset, int data);

int64_t host_plain_copy(struct host_file *in, uint64_t in_offset,
			struct host_file *out, uint64_t out_offset,
			uint64_t length);
int host_plain_clone(struct host_file *in, uint64_t in_offset,
		     struct host_file *out, uint64_t out_offset,
		     uint64_t length);
int64_t host_plain_dedupe(struct host_file *in, uint64_t in_offset,
			  struct host_file *out, uint64_t out_offset,
			  uint64_t length);
int host_plain_getflags(struct host_file *file, uint32_t *ret);
int host_plain_setflags(struct host_file *file, uint32_t flags);
int host_plain_setlock(struct host_file *file, const struct host_lock *lock);
int host_plain_getlock(struct host_file *file, struct host_lock *lock);

#endif /* HOSTFS_HOST_USER_H */
