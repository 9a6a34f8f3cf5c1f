/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_store.h - where a humfs tree keeps what the host cannot hold
 *
 * Theory of operation
 *
 * An object of a humfs tree is an object of the host (a directory, a regular
 * file, a symbolic link; now and then a FIFO or a socket that the host made) and
 * perhaps a record: owner, mode, type, device number (meta_format.h). Without a
 * record it is the default owner's and has the host's mode. Privileged extended
 * attributes (trusted.*, security.*, the ACLs) are kept beside the record.
 *
 * A store knows how to find them for an object that the caller has at hand:
 *
 *   xattr   in extended attributes of the object itself, as podman has it. What
 *           has none on Linux (symbolic links) goes to the side store.
 *   side    in a folder outside the tree, by the object's identity.
 *   shadow  in folders beside the tree that mirror it, by the object's path: the
 *           original's layouts (meta_shadow.h).
 *
 * This is host half code (host.h's rules: small frames, no recursion, results 0
 * or a negative errno, outputs on success only), and compiled into the guest
 * kernel, humfs-meta and the tests alike. Stores lock nothing: each change is
 * one atomic replacement on the host, since other guests and the host's tools
 * may work on the same tree.
 */
#ifndef HUMFS_META_STORE_H
#define HUMFS_META_STORE_H

#include "host_user.h"
#include "meta_format.h"

/*
 * The object that is meant. Two ways to say which: a descriptor of it (also
 * O_PATH), or a directory's and a name below it (one component, checked by the
 * caller). attr is the host's statx of it: identity, type, mode.
 */
struct hmeta_object {
	int fd;
	const char *name;		/* NULL: fd is the object */
	bool open;			/* fd is the object's, and is not O_PATH */
	const struct host_attr *attr;
	/*
	 * Its place in the tree: where the shadow store has its record, and the side
	 * store's note of where it was. dir NULL: that of its node.
	 */
	struct host_node *dir;
	const char *dir_name;		/* below dir */
	/* NULL: unknown; then, without dir, it has no name, or none is known. */
	struct host_node *node;
	bool locked;			/* by the caller, see lock() */
};

struct hmeta_store;

/*
 * A store that goes by paths has to know when a name changes. Each of these is
 * called instead of the change, makes it by run(context), and does before and
 * after it what keeps records with their objects, also through a kill: then the
 * next one who takes the lock ends what was begun. The store's lock is held
 * meanwhile. Return: what run() has returned, or what kept it from being called.
 */
typedef int hmeta_run(void *context);

struct hmeta_change {
	hmeta_run *run;
	void *context;
	struct host_node *dir;		/* where a name changes */
	const char *name;
};

struct hmeta_name_ops {
	/* The name is to be that of a new object with the record. */
	int (*make)(struct hmeta_store *store, const struct hmeta_change *change,
		    const struct hmeta_record *record);
	/*
	 * ... one more of the node's object. file: an open file of it, or NULL.
	 * -ESTALE: the node is to be told a name that the object has.
	 */
	int (*link)(struct hmeta_store *store, const struct hmeta_change *change,
		    struct host_node *node, struct host_file *file);
	/* ... nobody's. */
	int (*unlink)(struct hmeta_store *store,
		      const struct hmeta_change *change, bool is_dir);
	/* It becomes (dir, name); flags: enum host_rename. */
	int (*rename)(struct hmeta_store *store,
		      const struct hmeta_change *change, struct host_node *dir,
		      const char *name, uint32_t flags);
	/* What a new node's object shows: for when it has lost its name. */
	int (*remember)(struct host_node *node,
			const struct hmeta_record *record);
};

struct hmeta_store_ops {
	const char *name;		/* as in meta= and superblocks */

	/*
	 * The record, settled against the object's type. Return: 0; -ENODATA:
	 * none; -EIO: there is one that cannot be (hmeta_fault_text() of
	 * *ret_fault, if not NULL, says why).
	 */
	int (*get)(struct hmeta_store *store, const struct hmeta_object *object,
		   struct hmeta_record *ret, enum hmeta_fault *ret_fault);
	/* Replace it, atomically. */
	int (*set)(struct hmeta_store *store, const struct hmeta_object *object,
		   const struct hmeta_record *record);
	/* No record any more. Return: 0 also when there was none. */
	int (*remove)(struct hmeta_store *store,
		      const struct hmeta_object *object);

	/*
	 * The object lost its last name: forget all there is. Called after the
	 * fact, with a descriptor or the attr alone (fd -1). Nothing to do for
	 * a store whose records go with the object: NULL.
	 */
	void (*forget)(struct hmeta_store *store,
		       const struct hmeta_object *object);
	/*
	 * Privileged attributes, by the guest's name. As getxattr(2) and its
	 * like: size 0 asks for the length, -ERANGE, -ENODATA; setx: XATTR_CREATE,
	 * XATTR_REPLACE. listx appends to nothing: it returns the bytes of all
	 * names with their NULs, as the guest has them.
	 */
	int (*getx)(struct hmeta_store *store, const struct hmeta_object *object,
		    const char *name, void *value, uint64_t size);
	int (*setx)(struct hmeta_store *store, const struct hmeta_object *object,
		    const char *name, const void *value, uint64_t size,
		    int flags);
	int (*listx)(struct hmeta_store *store,
		     const struct hmeta_object *object, char *list,
		     uint64_t size);
	int (*removex)(struct hmeta_store *store,
		       const struct hmeta_object *object, const char *name);

	/*
	 * Has it attributes apart from itself, which go by its record (that notes where
	 * it was)? Then it has a record, if only the default one. NULL: never.
	 */
	bool (*anchored)(struct hmeta_store *store,
			 const struct hmeta_object *object);

	/*
	 * Keep other guests and tools from changing the records of objects with
	 * this inode number, for reading one, altering and setting it. NULL: not
	 * possible (no side store to hold the lock).
	 */
	int (*lock)(struct hmeta_store *store, uint64_t ino);
	void (*unlock)(struct hmeta_store *store, uint64_t ino);

	/* NULL: records go with objects, or by their identity. */
	const struct hmeta_name_ops *names;

	void (*close)(struct hmeta_store *store);
};

/* Every store begins with this. */
struct hmeta_store {
	const struct hmeta_store_ops *ops;
	/* The tree's root: paths and the device of keys are relative to it. */
	struct host_tree *tree;
	/* Do records show in the object's ctime? Then they may be cached. */
	bool by_ctime;
};

/*
 * The side store in the folder `fd` (taken over, also on failure; O_PATH will
 * do). It is made ready when it is empty. -EINVAL: it is something else.
 */
int hmeta_side_open(struct host_tree *tree, int fd, struct hmeta_store **ret);
/*
 * Records in xattrs. side (taken over, may be NULL) has those of symbolic links;
 * without one they are the default owner's, and changing them is -EOPNOTSUPP.
 */
int hmeta_xattr_open(struct host_tree *tree, struct hmeta_store *side,
		     struct hmeta_store **ret);
/*
 * The original's folders beside the tree; version 1 is for reading: what would
 * change it is -EROFS. fd (taken over): the folder with superblock and data/.
 */
int hmeta_shadow_open(struct host_tree *tree, int fd, uint32_t version,
		      struct hmeta_store **ret);

/* See anchored(). */
static inline bool hmeta_anchored(struct hmeta_store *store,
				  const struct hmeta_object *object)
{
	return store->ops->anchored && store->ops->anchored(store, object);
}

static inline void hmeta_close(struct hmeta_store *store)
{
	if (store)
		store->ops->close(store);
}

/* The key of an object in the side store. */
void hmeta_key_of(const struct host_tree *tree, const struct host_attr *attr,
		  struct hmeta_key *ret);
/*
 * The path of (dir, name) below the tree's root, no slash at the front.
 * Return: its length; -ENAMETOOLONG; -ESTALE: no longer below the root.
 */
int hmeta_path(struct host_node *dir, const char *name, char *path,
	       uint32_t size);

/*
 * Take a lock of this process's. A task of the guest may lose its virtual CPU in
 * malloc() while it holds one; who waits in the host then would keep that CPU from
 * it for ever.
 */
void hmeta_lock_wait(pthread_mutex_t *lock);

/* --- one side store, seen as a whole (humfs-meta check, convert) ------------- */

/* Files of a side store, below its folder. */
#define HMETA_SIDE_FORMAT	"format"	/* "humfs-side 1" */
#define HMETA_SIDE_OBJECTS	"objects"	/* objects/3f/KEY: a link, the record */
#define HMETA_SIDE_ATTRS	".attrs"	/* suffix: objects/3f/KEY.attrs */
#define HMETA_SIDE_TEMPORARY	'.'		/* first byte: left by a crash */
#define HMETA_SIDE_LOCK		"lock"		/* locked bytewise, see lock() */
#define HMETA_SIDE_VERSION	"humfs-side 1"

/* --- where a tree and its store are ------------------------------------------- */

/* Files of a tree that `humfs-meta create` made, below its folder. */
#define HMETA_TREE_SUPER	"superblock"
#define HMETA_TREE_DATA		"data"
#define HMETA_TREE_SIDE		"side"
#define HMETA_TREE_COUNT	"count"

/*
 * Is the folder `fd` a tree with a superblock (versions 1 to 3)?
 * Return: 0; -ENOENT: no superblock, a bare directory; -EIO: a broken one.
 */
int hmeta_super_read(int fd, struct hmeta_super *ret,
		     enum hmeta_fault *ret_fault);
/* Replace it, atomically and on the disk when this returns. */
int hmeta_super_write(int fd, const struct hmeta_super *super);

/*
 * The name, below $XDG_STATE_HOME/humfs, of a bare directory's side store: its
 * identity, so that it survives being renamed. Return: the length.
 */
size_t hmeta_state_name(const struct host_attr *root, char name[HMETA_KEY_MAX]);
/*
 * That folder for the directory fd; `make`: made when it is not there. Return:
 * O_PATH, or a negative errno; -ELOOP: it would lie in the directory itself.
 */
int hmeta_state_open(int fd, bool make);

#endif /* HUMFS_META_STORE_H */
