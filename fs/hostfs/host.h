/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h - the one line between the guest kernel and the host's libc
 *
 * Theory of operation
 *
 * Above this line is the kernel half (fs/hostfs/<name>.c): Linux's VFS on one
 * side, struct host_ops on the other. It knows neither system call numbers nor
 * libc. Below it is the host half (host_<name>_user.c): plain libc code that
 * knows nothing of the kernel, and is also linked into the host's tools, the
 * FUSE mount, the unit tests and the fuzzers. Only fixed-width integers, plain
 * structs and opaque handles cross.
 *
 * Objects
 *   host_fs    one mounted tree: a table of operations and its state.
 *   host_node  one object of it (a directory, a file, a link ...), found by the
 *              name it was last seen under and checked by its identity, never
 *              by name alone. The kernel half holds one node per inode.
 *              Descriptors behind nodes are a cache, bounded for the whole
 *              process; a node without one is reopened by walking down from
 *              the root of its share, and checked.
 *   host_file  one open file or directory: one host descriptor.
 *
 * Rules for everything below the line
 *   - It runs on a kernel stack of 16 KiB: no recursion, no frame over 1 KiB.
 *   - Interrupts are signals: every call is retried on EINTR, unless its text
 *     says otherwise.
 *   - malloc() is kmalloc(): never called by what is marked ATOMIC here.
 *   - Results: 0 or a count, or a negative errno of the host, which are the
 *     guest's too. Outputs are written only on success.
 *   - -ESTALE: the object is no longer where it was last seen (the host renamed
 *     or replaced it). The VFS looks it up anew.
 *   - Several virtual CPUs call at once; the host half locks for itself.
 *   - A name is one component: not empty, no '/', neither "." nor "..", at most
 *     255 bytes. host_name_check() is the one place that says so; every
 *     operation that takes a name calls it (-EINVAL, -ENAMETOOLONG).
 */
#ifndef HOSTFS_HOST_H
#define HOSTFS_HOST_H

#if defined(__KERNEL__) && !defined(__UM_HOST__)
# include <linux/types.h>
#else
# include <stdint.h>
# include <stddef.h>
#endif

#define HOST_COMPONENT_MAX		255

/*
 * host_attr.attributes: known to have nothing that a write takes away (set-id bits,
 * capabilities). Only tables that keep these themselves say so.
 */
#define HOST_ATTR_NOSEC		(1ull << 62)

struct host_fs;
struct host_node;
struct host_file;

struct host_time {
	int64_t sec;
	uint32_t nsec;
	uint32_t zero;
};

/*
 * What tells one object of the host from every other, also after its inode
 * number was used again (btime: zero where the file system has none).
 */
struct host_id {
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	struct host_time btime;
};

/* As statx(2) has it. mode has the type; attributes are STATX_ATTR_*. */
struct host_attr {
	struct host_id id;
	uint64_t size;		/* bytes */
	uint64_t blocks;	/* of 512 bytes */
	uint64_t attributes, attributes_mask;
	uint64_t mnt_id;
	uint32_t mode, nlink, uid, gid;
	uint32_t rdev_major, rdev_minor;
	uint32_t blksize;
	uint32_t has_btime;
	struct host_time atime, mtime, ctime;
};

enum host_set {
	HOST_SET_MODE		= 1 << 0,
	HOST_SET_UID		= 1 << 1,
	HOST_SET_GID		= 1 << 2,
	HOST_SET_SIZE		= 1 << 3,
	HOST_SET_ATIME		= 1 << 4,
	HOST_SET_MTIME		= 1 << 5,
	HOST_SET_ATIME_NOW	= 1 << 6,	/* with HOST_SET_ATIME: the host's clock */
	HOST_SET_MTIME_NOW	= 1 << 7,
};

struct host_setattr {
	uint32_t set;		/* enum host_set */
	uint32_t mode;		/* 07777 */
	uint32_t uid, gid;
	uint64_t size;
	struct host_time atime, mtime;
};

/* In host_new: whoever runs the guest. The host takes it as "leave it". */
#define HOST_OWN_ID		((uint32_t)-1)

/* What a new object is to be. uid and gid are those the guest gives it. */
struct host_new {
	uint32_t mode;		/* type and 07777; the guest's umask is applied already */
	uint32_t uid, gid;
	uint32_t rdev_major, rdev_minor;
};

struct host_statfs {
	uint64_t type, bsize, blocks, bfree, bavail, files, ffree;
	uint64_t namelen, frsize, flags;
	uint32_t fsid[2];
};

/* Same layout as struct iovec. */
struct host_iovec {
	void *base;
	uint64_t length;
};

/* Same layout as struct linux_dirent64 of getdents64(2). */
struct host_dirent {
	uint64_t ino;
	int64_t next;		/* position behind this entry */
	uint16_t reclen;
	uint8_t type;		/* DT_* */
	char name[];
};

/* Flags of open, create and tmpfile; the host half maps them to its O_*. */
enum host_open {
	HOST_READ		= 1 << 0,
	HOST_WRITE		= 1 << 1,
	HOST_APPEND		= 1 << 2,	/* O_APPEND, as the host does it */
	HOST_TRUNC		= 1 << 3,
	HOST_EXCL		= 1 << 4,	/* create: fail with -EEXIST */
	HOST_DIRECT		= 1 << 5,
	HOST_NOATIME		= 1 << 6,	/* a wish: dropped where not allowed */
	HOST_SYNC		= 1 << 7,
	HOST_DSYNC		= 1 << 8,
	HOST_DIRECTORY		= 1 << 9,
	/*
	 * -EAGAIN rather than wait for a process of the host to give back a
	 * lease. Files of the host that could wait to be read answer so, too.
	 */
	HOST_OPEN_NOWAIT	= 1 << 10,
};

/* Flags of read and write. */
enum host_io {
	/*
	 * -EAGAIN rather than wait for the disk, and a short count when only the
	 * first part is at hand; -EOPNOTSUPP: this file system cannot say.
	 */
	HOST_NOWAIT		= 1 << 0,
	HOST_IO_DSYNC		= 1 << 1,
	HOST_IO_SYNC		= 1 << 2,
	/*
	 * write: at the end of the file, or not there, whatever HOST_APPEND said
	 * at open (fcntl(F_SETFL) changes O_APPEND on the open file). None of
	 * the two: as opened.
	 */
	HOST_IO_APPEND		= 1 << 3,
	HOST_IO_NOAPPEND	= 1 << 4,
};

/* HOST_FILE is a hint: no symbolic link when it was last seen. */
enum host_unlink { HOST_FILE = -1, HOST_NO_DIR = 0, HOST_DIR = 1 };

enum host_rename {
	HOST_NOREPLACE		= 1 << 0,
	HOST_EXCHANGE		= 1 << 1,
	HOST_WHITEOUT		= 1 << 2,
};

enum host_lookup {
	HOST_CACHED		= 1 << 0,	/* ATOMIC: -EAGAIN if the directory has no
						 * descriptor at this moment */
};

enum host_mount {
	HOST_RDONLY		= 1 << 0,	/* every change is -EROFS; files are opened read-only */
	HOST_NOSUBMOUNTS	= 1 << 1,	/* objects on other mounts: -EXDEV */
	HOST_APPENDONLY		= 1 << 2,	/* hostfs=<root>,append: nothing is removed or
						 * replaced, files only grow (-EPERM) */
};

/*
 * What the file system of an object can make a call wait for.
 * MEMORY: nothing. DISK: data that is not in the host's memory, and syncing.
 * REMOTE: a server or a daemon, with any call, for any time.
 */
enum host_kind { HOST_KIND_MEMORY, HOST_KIND_DISK, HOST_KIND_REMOTE };

enum host_lock_kind { HOST_LOCK_POSIX, HOST_LOCK_OFD, HOST_LOCK_FLOCK };
enum host_lock_type { HOST_LOCK_READ, HOST_LOCK_WRITE, HOST_LOCK_NONE };

struct host_lock {
	uint32_t kind, type;
	int64_t start, length;	/* bytes; length 0: to the end of the file */
	int32_t pid;		/* getlock: the holder on the host, 0 unknown */
	uint32_t wait;		/* block; -EINTR is then returned, not retried */
};

/*
 * One file system's operations. Every node is of the host_fs whose table it is.
 * `file` in the operations on objects may be NULL; when it is not, it is an open
 * file of that node and is used instead of the node's place.
 */
struct host_ops {
	const char *name;

	/* --- the tree -------------------------------------------------- */
	/* Ends what a mount function made. All nodes and files are gone. */
	void (*unmount)(struct host_fs *fs);
	/* The root: a new reference, and its attributes. */
	int (*root)(struct host_fs *fs, struct host_attr *ret_attr,
		    struct host_node **ret);
	int (*statfs)(struct host_fs *fs, struct host_statfs *ret);
	/* Write back the host file system of the root (syncfs(2)). */
	int (*sync)(struct host_fs *fs);

	/* --- nodes ------------------------------------------------------ */
	/*
	 * A node for what lookup() or an operation that creates has found as
	 * (dir, name): a new reference. Takes a reference on dir. dir NULL: an
	 * object without a name (tmpfile), reached through its open files only.
	 */
	int (*node)(struct host_fs *fs, struct host_node *dir, const char *name,
		    const struct host_attr *attr, struct host_node **ret);
	/* The same object was seen as (dir, name): go by that from now on. */
	int (*place)(struct host_node *node, struct host_node *dir,
		     const char *name);
	void (*put)(struct host_node *node);
	/* Return: enum host_kind, of the file system that the node is in. */
	int (*kind)(struct host_node *node);

	/* --- file handles; a table may be without any of them ----------- */
	/*
	 * The names from the root to where the node was last seen, '/' before
	 * each. A hint: the host may have moved it since.
	 */
	int (*path)(struct host_node *node, char *path, uint64_t size);
	/*
	 * Bytes by which find() finds the object when there is no node of it any
	 * more. The same for each call. Return: their number, 0: the host does
	 * not let us.
	 */
	int (*handle)(struct host_node *node, struct host_file *file,
		      void *handle, uint32_t size);
	/* Where is it now? As path(), a hint. -ESTALE: nowhere below the root. */
	int (*find)(struct host_fs *fs, const void *handle, uint32_t length,
		    char *path, uint64_t size);

	/* --- names in a directory --------------------------------------- */
	/*
	 * statx(2) of the name itself (links are not followed, automounts not
	 * triggered). flags: enum host_lookup. -ENOENT: no such name.
	 */
	int (*lookup)(struct host_node *dir, const char *name, uint32_t flags,
		      struct host_attr *ret);
	/*
	 * Make a regular file and open it. Without HOST_EXCL an existing regular
	 * file is opened (anything else is -EEXIST and is not opened); *ret_made
	 * says which. The mode is exactly new->mode whatever the host's umask.
	 */
	int (*create)(struct host_node *dir, const char *name,
		      const struct host_new *new, uint32_t flags,
		      struct host_attr *ret_attr, struct host_file **ret,
		      int *ret_made);
	/* Directories, FIFOs, sockets, devices (as far as the host lets us). */
	int (*mknod)(struct host_node *dir, const char *name,
		     const struct host_new *new, struct host_attr *ret);
	int (*symlink)(struct host_node *dir, const char *name,
		       const char *target, const struct host_new *new,
		       struct host_attr *ret);
	int (*link)(struct host_node *node, struct host_file *file,
		    struct host_node *dir, const char *name,
		    struct host_attr *ret);
	/* Remove a name; rmdir: enum host_unlink. */
	int (*unlink)(struct host_node *dir, const char *name, int rmdir);
	/* flags: enum host_rename. */
	int (*rename)(struct host_node *olddir, const char *oldname,
		      struct host_node *newdir, const char *newname,
		      uint32_t flags);
	/* An open file without a name, in dir's file system (O_TMPFILE). */
	int (*tmpfile)(struct host_node *dir, const struct host_new *new,
		       uint32_t flags, struct host_attr *ret_attr,
		       struct host_file **ret);

	/* --- objects ---------------------------------------------------- */
	int (*getattr)(struct host_node *node, struct host_file *file,
		       struct host_attr *ret);
	/*
	 * getattr of a node whose descriptor is at hand; else -EAGAIN. ATOMIC.
	 * A table may be without it.
	 */
	int (*peek)(struct host_node *node, struct host_attr *ret);
	/* All or nothing as far as the host can; *ret is what holds now. */
	int (*setattr)(struct host_node *node, struct host_file *file,
		       const struct host_setattr *set, struct host_attr *ret);
	/* Return: the target's length, no NUL added; -ENAMETOOLONG over size. */
	int (*readlink)(struct host_node *node, char *target, uint64_t size);
	/*
	 * Regular files and directories; anything else is -ENXIO and is never
	 * opened on the host. Without a cached descriptor the identity is checked.
	 */
	int (*open)(struct host_node *node, struct host_file *file,
		    uint32_t flags, struct host_file **ret);
	int (*getxattr)(struct host_node *node, struct host_file *file,
			const char *name, void *value, uint64_t size);
	int (*setxattr)(struct host_node *node, struct host_file *file,
			const char *name, const void *value, uint64_t size,
			int flags);
	int (*listxattr)(struct host_node *node, struct host_file *file,
			 char *list, uint64_t size);
	int (*removexattr)(struct host_node *node, struct host_file *file,
			   const char *name);
	/*
	 * May be NULL. Ask for news of an object: of itself and, a directory, of what is in
	 * it. mask: enum host_event; added to what its watch asks for already, or
	 * with `replace` instead of it. One watch an object, counted: each add
	 * (not each replace) is undone by one host_watch_drop().
	 * Return: 0, -ENOSPC (the host user's limit, or ours), -EACCES,
	 * -EOPNOTSUPP, -ESTALE.
	 */
	int (*watch)(struct host_node *node, uint32_t mask, int replace,
		     int32_t *ret_watch);

	/* --- open files ------------------------------------------------- */
	void (*close)(struct host_file *file);
	/* One host call each; may be short. flags: enum host_io. */
	int64_t (*read)(struct host_file *file, const struct host_iovec *iov,
			uint32_t count, uint64_t offset, uint32_t flags);
	int64_t (*write)(struct host_file *file, const struct host_iovec *iov,
			 uint32_t count, uint64_t offset, uint32_t flags);
	/*
	 * Directory entries from `position` (0 or an entry's `next`) as many as
	 * fit, "." and ".." included. Return: bytes; 0 at the end.
	 */
	int64_t (*readdir)(struct host_file *file, int64_t position,
			   void *entries, uint64_t size);
	int (*fsync)(struct host_file *file, int datasync);
	/* mode: FALLOC_FL_* by number. */
	int (*fallocate)(struct host_file *file, int mode, uint64_t offset,
			 uint64_t length);
	/* data: 1 SEEK_DATA, 0 SEEK_HOLE. Return: the offset. */
	int64_t (*seek)(struct host_file *file, uint64_t offset, int data);
	int64_t (*copy)(struct host_file *in, uint64_t in_offset,
			struct host_file *out, uint64_t out_offset,
			uint64_t length);
	/* FICLONERANGE; length 0: to the end. */
	int (*clone)(struct host_file *in, uint64_t in_offset,
		     struct host_file *out, uint64_t out_offset,
		     uint64_t length);
	/* FIDEDUPERANGE of one range. Return: bytes shared; -EBADE: they differ. */
	int64_t (*dedupe)(struct host_file *in, uint64_t in_offset,
			  struct host_file *out, uint64_t out_offset,
			  uint64_t length);
	/* FS_IOC_GETFLAGS, FS_IOC_SETFLAGS. */
	int (*getflags)(struct host_file *file, uint32_t *ret);
	int (*setflags)(struct host_file *file, uint32_t flags);
	int (*setlock)(struct host_file *file, const struct host_lock *lock);
	int (*getlock)(struct host_file *file, struct host_lock *lock);

	/*
	 * What it does besides the data takes memory by malloc(), which workers
	 * must not (see jobs, below): then only calls for data are handed to them.
	 */
	uint64_t allocates;
};

/* Every host_fs begins with this. */
struct host_fs {
	const struct host_ops *ops;
	uint32_t flags;		/* enum host_mount: those in effect */
};

/* Is name one component? Return: 0, -EINVAL, -ENAMETOOLONG. ATOMIC. */
int host_name_check(const char *name);

/* --- shares ---------------------------------------------------------------
 * A share is a directory that the launcher opened and named (`hum.share=
 * TAG:FD:ro|rw` on the kernel's command line), or one below the `hostfs=` root.
 * The host half keeps the table; it is filled at boot.
 */
#define HOST_TAG_MAX	63

/*
 * fd is inherited, O_PATH or open for reading, and is kept. flags: enum
 * host_mount. Return: 0, -EBADF, -ENOTDIR, -EINVAL (the tag), -EEXIST, -ENOSPC.
 */
int host_share_add(const char *tag, int32_t fd, uint32_t flags);
/* UML's own `hostfs=<root>[,append]`: where `-o /path` starts. Default "/". */
int host_share_root(const char *path, uint32_t flags);
/* Is there a share of that name? */
int host_share_exists(const char *tag);

/*
 * Mount a share (tag), or a path below the hostfs= root (tag NULL; the path is
 * resolved beneath that root, so neither ".." nor a symbolic link leaves it).
 * flags: enum host_mount, added to the share's own. Ended by ops->unmount().
 */
int host_plain_mount(const char *tag, const char *path, uint32_t flags,
		     struct host_fs **ret);

extern const struct host_ops host_plain_ops;

/* --- pages for processes of the guest ---------------------------------------
 * A descriptor by which they can be mapped to be read and executed, of a file
 * that is open for reading only; valid until it is closed. -EPERM (a noexec
 * mount), -ENODEV ...: not these.
 */
int host_file_pages(struct host_file *file);
/* Have the host read this part ahead, without a wait. */
void host_file_ahead(struct host_file *file, uint64_t offset, uint64_t length);

/* --- operations that may wait for the host ----------------------------------
 * A worker is a thread of the host's that runs an operation of a host_ops, so
 * that the virtual CPU that wants it can run something else meanwhile. A job is
 * one such operation. Workers run no guest code; what an operation allocates
 * there was brought along by the job (host_malloc() in host_user.h).
 */
enum host_job_pool {
	HOST_POOL_DISK,		/* what the local disks take their time for */
	HOST_POOL_REMOTE,	/* file systems whose every answer may take for ever */
	HOST_POOL_LOCK,		/* waits for locks: a thread each */
	HOST_POOL_MAX
};

/* The operations of host_ops that can be jobs. */
#define HOST_JOB_OPS(X)							\
	X(statfs) X(sync) X(kind) X(lookup) X(create) X(mknod) X(symlink) \
	X(link) X(unlink) X(rename) X(tmpfile) X(handle) X(getattr) X(setattr) \
	X(readlink) X(open) X(getxattr) X(setxattr) X(listxattr) X(removexattr) \
	X(watch) X(close) \
	X(read) X(write) X(readdir) X(fsync) X(fallocate) X(seek) X(copy) \
	X(clone) X(dedupe) X(getflags) X(setflags) X(setlock) X(getlock)

enum host_job_op {
#define HOST_JOB_ENUM(op) HOST_JOB_##op,
	HOST_JOB_OPS(HOST_JOB_ENUM)
#undef HOST_JOB_ENUM
	HOST_JOB_MAX
};

#define HOST_JOB_ARGS	7

struct host_job {
	const struct host_ops *ops;
	uint64_t args[HOST_JOB_ARGS];	/* of the operation, in order */
	uint32_t op, pool;		/* enum host_job_op, enum host_job_pool */
	int64_t result;
	struct host_job *next;		/* the rest is the host half's */
	void *worker;
	void *reserve[3];
	uint32_t reserve_used;		/* a bit each */
};

/* Once, before the first job. Return: a descriptor that is readable while
 * finished jobs are waiting to be taken, or a negative errno. */
int host_jobs_init(void);
/* Return: 0, -EAGAIN: no thread can be had, -ENOMEM. */
int host_job_start(struct host_job *job);
/* Finished jobs, linked by `next`; NULL: none. ATOMIC. */
struct host_job *host_jobs_take(void);
/* End a wait for a lock: its result is then -EINTR, or 0 when it came first.
 * A signal can miss a worker that is just about to wait: repeat until the job
 * has finished. */
void host_job_cancel(struct host_job *job);
/* After a job was taken, by the thread that started it: frees what is left. */
void host_job_end(struct host_job *job);
/* Run it here and now. */
void host_job_run(struct host_job *job);

/* --- news of what others do ------------------------------------------------
 * Every watch of the process (ops->watch) feeds one queue. What the process has
 * done itself is left out of it, where the host can tell (HOST_WATCH_FANOTIFY).
 */

/* As inotify(7) and the guest's fsnotify number them. */
enum host_event {
	HOST_EVENT_ACCESS	= 0x0001,
	HOST_EVENT_MODIFY	= 0x0002,
	HOST_EVENT_ATTRIB	= 0x0004,
	HOST_EVENT_CLOSE_WRITE	= 0x0008,
	HOST_EVENT_CLOSE_NOWRITE = 0x0010,
	HOST_EVENT_OPEN		= 0x0020,
	HOST_EVENT_MOVED_FROM	= 0x0040,
	HOST_EVENT_MOVED_TO	= 0x0080,
	HOST_EVENT_CREATE	= 0x0100,
	HOST_EVENT_DELETE	= 0x0200,
	HOST_EVENT_DELETE_SELF	= 0x0400,
	HOST_EVENT_MOVE_SELF	= 0x0800,
	HOST_EVENT_ALL		= 0x0fff,	/* what can be asked for */
	HOST_EVENT_UNMOUNT	= 0x2000,	/* the rest comes unasked */
	HOST_EVENT_OVERFLOW	= 0x4000,	/* watch -1: events were lost */
	HOST_EVENT_IGNORED	= 0x8000,	/* the watch is no more: drop it */
	HOST_EVENT_DIR		= 0x40000000,	/* what it happened to is a directory */
};

/* One event, in a buffer of host_watch_read(). Multiples of 8 bytes. */
struct host_news {
	int32_t watch;
	uint32_t mask;		/* enum host_event: one, and perhaps _DIR */
	uint32_t cookie;	/* the same in MOVED_FROM and its MOVED_TO */
	uint16_t reclen;
	uint16_t length;	/* of name; 0: the watched object itself */
	char name[];		/* NUL-terminated */
};

enum host_watch_kind { HOST_WATCH_NONE, HOST_WATCH_INOTIFY, HOST_WATCH_FANOTIFY };

#define HOST_NEWS_MAX		(sizeof(struct host_news) + HOST_COMPONENT_MAX + 9)

/*
 * Begin. most: what may be used; limit: of watches, 0: a bound that leaves the
 * user's other programs enough. Return: a descriptor that becomes readable when
 * there is news, the same at each call; -ENOSYS, -EMFILE (too many inotify
 * instances) ...
 */
int host_watch_start(enum host_watch_kind most, uint32_t limit);
/* What news is taken from, once begun. ATOMIC. */
enum host_watch_kind host_watch_kind(void);
/* Watches in use, and how many there may be. ATOMIC. */
uint32_t host_watch_count(uint32_t *ret_limit);
/* One user less. The last one's watch ends, and its event IGNORED comes. */
void host_watch_drop(int32_t watch);
/*
 * Take news, without waiting, as much as fits; size at least HOST_NEWS_MAX. One
 * caller at a time. Return: bytes, 0: there is none, -EBUSY: there is, but whose
 * deed it was is not known yet; with `impatient` it is taken for others'.
 */
int64_t host_watch_read(void *news, uint64_t size, int impatient);

/* --- process-wide limits and counts ---------------------------------------- */

/*
 * Raise RLIMIT_NOFILE to its hard limit, clear the umask, set the size of the
 * descriptor cache (0: from RLIMIT_NOFILE). Once, before the first mount.
 */
int host_init(uint32_t max_descriptors);
/* May a file of this host user be opened with HOST_NOATIME? ATOMIC. */
int host_may_noatime(uint32_t owner);
/* Is this the user as whom the host checks what we do, and does it check? ATOMIC. */
int host_checks_as(uint32_t uid);
/* Close cached descriptors until at most `keep` are open. Return: closed. */
uint32_t host_cache_shrink(uint32_t keep);

enum host_count {
	HOST_COUNT_STATX, HOST_COUNT_OPEN, HOST_COUNT_CLOSE, HOST_COUNT_READ,
	HOST_COUNT_WRITE, HOST_COUNT_READDIR, HOST_COUNT_OTHER,
	HOST_COUNT_CACHE_HIT, HOST_COUNT_CACHE_MISS, HOST_COUNT_DESCRIPTORS,
	HOST_COUNT_MAX
};
/* Host calls by kind since the start. ATOMIC. */
uint64_t host_count(enum host_count which);
const char *host_count_name(enum host_count which);

#endif /* HOSTFS_HOST_H */
