/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * humfs_user.h - what the files of humfs's table of operations share
 *
 * Theory of operation
 *
 * humfs is the plain table with two views of each object: as the host has it
 * (host_plain_*, struct host_attr from statx), and as the guest has it, which is
 * the former with the record laid over (humfs_show). Data is the plain table's
 * alone. Nodes are made with the host's type, for the host half compares it.
 *
 * Crash rules. At any instant the process may be killed. Each step below leaves
 * an object that is as it was or as it was asked to be, and never one that more
 * people may use than either:
 *   make	with a record: without a name (O_TMPFILE), record, then the name.
 *		Directories, and hosts without O_TMPFILE: under the name with host
 *		mode 0200, of use to nobody; record; mode.
 *		Symbolic links: the link, then the record. A link's mode is 0777.
 *   chmod	to what needs no record: the host's mode while the record is still
 *		in force, then the record goes. Else: the record, then the host's
 *		mode, which nobody goes by any more.
 *   chown	the record, in one replacement with the mode.
 *   A store that goes by paths has rules of its own (meta_shadow.h).
 *   rename, link, unlink	one host call; records go with objects. With
 *		HOST_WHITEOUT: the whiteout and the object change places, then the
 *		object moves on. Killed in between, it has a name that begins with
 *		HUMFS_STAGED.
 */
#ifndef HUMFS_HUMFS_USER_H
#define HUMFS_HUMFS_USER_H

#include "host_own_user.h"
#include "humfs_host.h"
#include "humfs_quota.h"
#include "meta_acl.h"
#include "meta_store.h"

#define HUMFS_STAGED	".humfs-"	/* names that exist for an instant */
#define HUMFS_STAGED_MAX 40
#define HUMFS_STAGED_MODE 0200		/* of use to nobody, but we may go on */

struct humfs_cache;
struct humfs_count;
struct humfs_gone;

struct humfs {
	struct host_tree tree;		/* first: host.h's host_fs */
	struct hmeta_store *store;
	uint32_t uid, gid;		/* of objects without a record */
	bool no_xattrs;			/* the host has none: the store has all */
	struct humfs_cache *cache;	/* may be NULL */
	bool fine_ctime;		/* see humfs_show_user.c */
	pthread_mutex_t gone_lock;
	struct humfs_gone *gone;	/* names removed, object still in use */
	humfs_report *report;
	void *context;
	struct humfs_quota *quota;	/* NULL: nothing is counted */
	struct host_ops counted;	/* the table, if there is something */
	struct humfs_count *count;	/* humfs_count_user.c */
	int count_fd;
	int super_fd;			/* the folder, if its superblock has `used`; else -1 */
};

static inline struct humfs *humfs_of(const struct host_tree *tree)
{
	return (struct humfs *)tree;
}

static inline struct humfs *humfs_of_object(struct host_node *node,
					    struct host_file *file)
{
	return humfs_of(file ? file->tree : node->tree);
}

/* --- records over attributes (humfs_show_user.c) --------------------------- */

/* An object, its host attributes, and what its record says. */
struct humfs_view {
	struct hmeta_object object;
	struct host_attr attr;		/* of the host */
	struct hmeta_record record;	/* as shown, also when there is none */
	bool recorded;
};

/* Is *record what an object on the host shows without one? */
bool humfs_needs_no_record(const struct humfs *fs,
			   const struct hmeta_record *record);
/* Lay *record over the host's attributes. */
void humfs_show_record(const struct hmeta_record *record,
		       struct host_attr *attr);
/*
 * The same with the record looked up. *attr is the object's statx; it may come
 * from the cache. Return: 0, -EIO (reported), or the host's error.
 */
int humfs_show(struct humfs *fs, const struct hmeta_object *object,
	       struct host_attr *attr);
/* Record and attributes of an object at hand, not older than the call. */
int humfs_look(struct humfs *fs, struct humfs_view *view);
/* The same with view->attr, which is of this moment. */
int humfs_look_record(struct humfs *fs, struct humfs_view *view);
/* Is the record of that object known without asking the host? Then it is shown. */
bool humfs_cached(struct humfs *fs, struct host_attr *attr);
/* The type on the host of what is shown as *attr. */
uint32_t humfs_host_type(const struct host_attr *attr);

/*
 * *attr is the first look at a file that we have made: it says that there is nothing
 * for a write to take away; and without a record it is in the cache now.
 */
void humfs_cache_new(struct humfs *fs, struct host_attr *attr, bool recorded);
/*
 * Has each change of an object its own ctime, if that was looked at in between? A
 * directory of the tree's file system, for a file that is made there for a moment.
 */
bool humfs_ctime_is_fine(int dir_fd);
int humfs_cache_make(struct humfs *fs);
void humfs_cache_free(struct humfs *fs);

/* --- changing records (humfs_record_user.c) ---------------------------------- */

/*
 * Make the object show *want: record and host mode, in the order of the crash
 * rules. view: as it is now, object.fd a descriptor of it. The lock is held, or
 * nobody else can know the object.
 */
int humfs_record_apply(struct humfs *fs, const struct humfs_view *view,
		       const struct hmeta_record *want);
/*
 * The object is to get an attribute that is kept apart from it: with a record, which
 * comes first (a record too many does no harm). The lock is held.
 */
int humfs_anchor(struct humfs *fs, const struct hmeta_object *object);
/*
 * What is kept elsewhere does not touch the object when it is changed; its ctime
 * has to tell others.
 */
void humfs_touch(const struct humfs *fs, const struct humfs_view *view);
/*
 * The host refuses to let us use an object of ours because of its mode (a 0444
 * file of the host's): keep that mode in a record, and take access.
 * Return: 0: try again; -EACCES: it was not that.
 */
int humfs_adopt(struct humfs *fs, struct host_node *node,
		struct host_file *file);

/*
 * Before a record is replaced: can the one that is there be read? view->attr and
 * object.fd are the object's; the lock is held.
 */
int humfs_readable(struct humfs *fs, struct humfs_view *view);

/* call, and once more if the host refused for the mode of `node` */
#define HUMFS_ADOPTING(fs, node, call)					\
({									\
	int adopting_ = (call);						\
	if (adopting_ == -EACCES &&					\
	    humfs_adopt((fs), (node), NULL) == 0)			\
		adopting_ = (call);					\
	adopting_;							\
})

static inline int humfs_lock(struct humfs *fs, uint64_t ino)
{
	return fs->store->ops->lock ? fs->store->ops->lock(fs->store, ino) : 0;
}

static inline void humfs_unlock(struct humfs *fs, uint64_t ino)
{
	if (fs->store->ops->unlock)
		fs->store->ops->unlock(fs->store, ino);
}

/* --- making (humfs_make_user.c) ------------------------------------------------ */

/* What a new object is to be, and the ACLs that its directory hands down. */
struct humfs_new {
	struct hmeta_record record;
	void *acl, *default_acl;	/* malloc'd, or NULL */
	uint32_t acl_size, default_size;
	bool plain;			/* no record, no ACLs */
	bool staged;			/* under its name before its ACLs are there */
};

int humfs_new_begin(struct humfs *fs, struct host_node *dir,
		    const struct host_new *new, struct humfs_new *ret);
void humfs_new_end(struct humfs_new *new);
/* Record and ACLs of an object that nobody can use yet. */
int humfs_new_settle(struct humfs *fs, const struct hmeta_object *object,
		     const struct humfs_new *new);
/*
 * Run what gives a new object its name; with the record, if the store goes by
 * names. *attr: the object's on the host, when it has the name.
 */
int humfs_new_name(struct humfs *fs, const struct hmeta_change *change,
		   const struct humfs_new *new, const struct host_attr *attr);
/*
 * A new empty regular file as (dir, name), complete before it has the name.
 * name NULL: it gets none. ret_attr: as the guest has it.
 */
int humfs_make_file(struct humfs *fs, struct host_node *dir, const char *name,
		    const struct humfs_new *new, uint32_t flags,
		    struct host_attr *ret_attr, struct host_file **ret);

/* --- objects whose names are gone (humfs_gone_user.c) ---------------------------- */

/*
 * (dir, name) is about to go: note it if it is its object's last name. type: enum
 * host_unlink.
 */
struct humfs_last {
	bool last;
	bool forget;		/* its record outlives it */
	bool counted;		/* and so does its room */
	int fd;			/* O_PATH; -1: none. See humfs_gone_user.c */
	struct host_attr attr;
};

void humfs_last_name(struct humfs *fs, struct host_node *dir, const char *name,
		     int type, struct humfs_last *ret);
/* It has gone (error 0), or stays. */
void humfs_last_end(struct humfs *fs, const struct humfs_last *last, int error);
/* A file was made without a name; it has got its first. */
void humfs_gone_unnamed(struct humfs *fs, const struct host_file *file,
			const struct host_attr *attr);
void humfs_gone_named(struct humfs *fs, const struct host_attr *attr);
/*
 * It could not be made after all, and still exists: its record must not wait for the
 * next object that gets its inode number in the same tick of the clock.
 */
void humfs_gone_never(struct humfs *fs, const struct host_attr *attr);
void humfs_gone_put(struct humfs *fs, struct host_node *node);
void humfs_gone_end(struct humfs *fs);

/* --- the table, by file ------------------------------------------------------------ */

extern const struct host_ops humfs_ops;

int humfs_lookup(struct host_node *dir, const char *name, uint32_t flags,
		 struct host_attr *ret);
int humfs_create(struct host_node *dir, const char *name,
		 const struct host_new *new, uint32_t flags,
		 struct host_attr *ret_attr, struct host_file **ret,
		 int *ret_made);
int humfs_tmpfile(struct host_node *dir, const struct host_new *new,
		  uint32_t flags, struct host_attr *ret_attr,
		  struct host_file **ret);
int humfs_mknod(struct host_node *dir, const char *name,
		const struct host_new *new, struct host_attr *ret);
int humfs_symlink(struct host_node *dir, const char *name, const char *target,
		  const struct host_new *new, struct host_attr *ret);
int humfs_link(struct host_node *node, struct host_file *file,
	       struct host_node *dir, const char *name, struct host_attr *ret);
int humfs_unlink(struct host_node *dir, const char *name, int rmdir);
int humfs_rename(struct host_node *olddir, const char *oldname,
		 struct host_node *newdir, const char *newname, uint32_t flags);
int humfs_getattr(struct host_node *node, struct host_file *file,
		  struct host_attr *ret);
int humfs_peek(struct host_node *node, struct host_attr *ret);
int humfs_setattr(struct host_node *node, struct host_file *file,
		  const struct host_setattr *set, struct host_attr *ret);
int humfs_open(struct host_node *node, struct host_file *file, uint32_t flags,
	       struct host_file **ret);
int64_t humfs_readdir(struct host_file *file, int64_t position, void *entries,
		      uint64_t size);
int humfs_getxattr(struct host_node *node, struct host_file *file,
		   const char *name, void *value, uint64_t size);
int humfs_setxattr(struct host_node *node, struct host_file *file,
		   const char *name, const void *value, uint64_t size,
		   int flags);
int humfs_listxattr(struct host_node *node, struct host_file *file, char *list,
		    uint64_t size);
int humfs_removexattr(struct host_node *node, struct host_file *file,
		      const char *name);
/* chmod's part of an access ACL, if the object has one. */
int humfs_acl_chmod(struct humfs *fs, const struct hmeta_object *object,
		    uint32_t mode);

#endif /* HUMFS_HUMFS_USER_H */
