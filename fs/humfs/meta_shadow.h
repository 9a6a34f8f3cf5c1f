/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_shadow.h - what the files of the shadow store share
 *
 * Theory of operation
 *
 * The original keeps an object's record by its path: file_metadata/PATH, and for
 * directories dir_metadata/PATH/metadata (docs/metadata-format.md). So a name and
 * its record are two things on the host, and every change of names is several
 * calls. They are one change to everybody, by three means:
 *
 *   the lock	Who changes anything has the file `lock` (OFD, one for the tree)
 *		and its count, which all guests have mapped, odd. Who only reads
 *		takes no lock: if the count was even and is the same afterwards,
 *		all that was read belongs together. If not, the reader waits for
 *		the lock.
 *   the note	A rename is written down (the link `move`, meta_move.h) before the
 *		object moves. Who finds the note with nobody holding the lock, or
 *		the count odd, is after a kill, and ends what was begun.
 *   order	A record is there before its object has the name, and goes after it.
 *		So a kill leaves a record too many, never one too few.
 *
 * A record is read together with the object at its path: is that the one that is
 * meant? An object that is not where its node was last seen (unlinked while open,
 * renamed by another guest) shows what its node remembers (host_node.own).
 *
 * A line is overwritten by one call, as it may have several names (hard links),
 * and is filled up with newlines if it was longer.
 */
#ifndef HUMFS_META_SHADOW_H
#define HUMFS_META_SHADOW_H

#include "meta_move.h"
#include "meta_store.h"

#ifndef RENAME_NOREPLACE
# define RENAME_NOREPLACE	(1 << 0)
#endif
#ifndef RENAME_EXCHANGE
# define RENAME_EXCHANGE	(1 << 1)
#endif

#define HMETA_SHADOW_LOCK	"lock"
#define HMETA_SHADOW_MOVE	"move"		/* the note */
#define HMETA_SHADOW_NEW	"line.new"	/* before it has its name */
#define HMETA_SHADOW_LOST	"lost"		/* mirrors that nobody wants */
#define HMETA_SHADOW_LINE	"metadata"	/* of a directory, as a rule */

/* The parts of a tree. Version 1 has one for all metadata. */
enum hmeta_part { HMETA_DATA, HMETA_FILES, HMETA_DIRS, HMETA_PARTS };

struct hmeta_shadow {
	struct hmeta_store store;
	struct hmeta_store *xattr;	/* of the data, for attributes */
	uint32_t version;
	int fd;				/* the folder, O_PATH */
	int parts[HMETA_PARTS];		/* O_PATH */
	int lock_fd;			/* -1: none, nothing can be changed */
	bool writable;
	_Atomic bool recovered;		/* looked for the note since the mount */
	_Atomic uint64_t *count;	/* in the lock; NULL: no lock */
	pthread_mutex_t lock;		/* among this process's threads */
};

/* --- the lock (meta_shadow_lock_user.c) ------------------------------------- */

int hmeta_shadow_lock_open(struct hmeta_shadow *shadow);
void hmeta_shadow_lock_close(struct hmeta_shadow *shadow);
/* Return: 0, -EROFS, -EIO: the note cannot be read. What was begun is ended. */
int hmeta_shadow_lock(struct hmeta_shadow *shadow);
void hmeta_shadow_unlock(struct hmeta_shadow *shadow);

/* --- paths (meta_shadow_path_user.c) ------------------------------------------ */

/*
 * The path of (dir, name), of any length, malloc'd, with room for
 * "/" HMETA_SHADOW_LINE behind it.
 */
int hmeta_shadow_path(struct host_node *dir, const char *name, char **ret);
/* The same of where an object is; -ESTALE: nowhere. */
int hmeta_shadow_path_of(const struct hmeta_shadow *shadow,
			 const struct hmeta_object *object, char **ret);
/*
 * The path of what fd is (name NULL) or of a name below it, as the host has it: for
 * what is not where its node was last seen. A hint.
 */
int hmeta_shadow_real(const struct hmeta_shadow *shadow, int fd,
		      const char *name, char **ret);
/* Open below a part: no link is followed. path is altered meanwhile. */
int hmeta_shadow_open_at(int fd, char *path, int flags);
/* O_PATH of the directory that the last name is in, and that name. */
int hmeta_shadow_parent(int part, char *path, const char **ret_name);
/* The object at `path` of a part; none: ino 0. */
int hmeta_shadow_look(int part, char *path, struct host_attr *ret);
/* Make directories so that `path` of the part can be made. */
int hmeta_shadow_parents(struct hmeta_shadow *shadow, enum hmeta_part part,
			 char *path);
/*
 * Nobody's mirror at `path` any more: removed, or out of the way in `lost`. For a
 * directory in HMETA_DIRS its line goes, too.
 */
int hmeta_shadow_discard(struct hmeta_shadow *shadow, enum hmeta_part part,
			 char *path);
/* The two mirrors of a directory, without a line; there already: fine. */
int hmeta_shadow_mirror(struct hmeta_shadow *shadow, char *path);
/* A directory is to be made in HMETA_DIRS: its parent's line may have the name. */
int hmeta_shadow_make_way(struct hmeta_shadow *shadow, char *path);

/* --- lines (meta_shadow_line_user.c) -------------------------------------------- */

/* Open the line of what is at `path`. Return: a descriptor, -ENOENT. */
int hmeta_shadow_line(struct hmeta_shadow *shadow, char *path, bool is_dir,
		      int flags);
/* The name of the line in the directory fd of HMETA_DIRS. */
int hmeta_shadow_line_name(int fd, char name[HOST_COMPONENT_MAX + 1]);
/* Read or replace it; put makes one, and what leads to it. */
int hmeta_shadow_read(struct hmeta_shadow *shadow, char *path, uint32_t mode,
		      struct hmeta_record *ret, enum hmeta_fault *ret_fault);
int hmeta_shadow_put(struct hmeta_shadow *shadow, char *path, bool is_dir,
		     const struct hmeta_record *record);
int hmeta_shadow_write(struct hmeta_shadow *shadow, char *path, bool is_dir,
		       const struct hmeta_record *record);
/* A file with that text as (fd, name), as a whole or not at all. */
int hmeta_shadow_put_file(struct hmeta_shadow *shadow, const char *text,
			  size_t length, int fd, const char *name);

/* --- records (meta_shadow_user.c) ------------------------------------------------ */

/* The path where the object is. -ESTALE: it has no name, or none that we find. */
int hmeta_shadow_find(struct hmeta_shadow *shadow,
		      const struct hmeta_object *object, char **ret);

/* --- names (meta_shadow_name_user.c, meta_shadow_move_user.c) ------------------- */

extern const struct hmeta_name_ops hmeta_shadow_names;

/* The line at `path` gets the name `other`, too. */
int hmeta_shadow_link_line(struct hmeta_shadow *shadow, char *path,
			   char *other);
/* The path of change->dir, change->name; -ESTALE: dir is not there any more. */
int hmeta_shadow_place(struct hmeta_shadow *shadow, struct host_node *dir,
		       const char *name, char **ret);
int hmeta_shadow_rename(struct hmeta_store *store,
			const struct hmeta_change *change,
			struct host_node *dir, const char *name,
			uint32_t flags);
/* Is there a note? */
bool hmeta_shadow_noted(struct hmeta_shadow *shadow);
/* End what the note says, if there is one. The lock is held. */
int hmeta_shadow_recover(struct hmeta_shadow *shadow);

/* What the node remembers: host_node.own. */
int hmeta_shadow_remember(struct host_node *node,
			  const struct hmeta_record *record);
bool hmeta_shadow_recall(struct host_node *node, struct hmeta_record *ret);

#endif /* HUMFS_META_SHADOW_H */
