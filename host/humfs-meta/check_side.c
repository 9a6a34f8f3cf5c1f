// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_side - the side store's folder: entries without an object, remains
 *
 * An entry without an object is harmless where the host has times of birth, and
 * is removed. Unless the tree was copied, which the store's note of its root tells:
 * then the paths in the entries are gone by, and the object there gets the record
 * if it has none of its own and the type fits. A store without that note, none of
 * whose entries has an object, is left alone: the user has to say (--copied).
 */
#include <time.h>

#include "check.h"
#include "walk.h"

/* One name in the store. */
struct side_entry {
	const char *folder, *name;
	char path[HMETA_KEY_MAX * 2];	/* "objects/3f/NAME" */
	struct hmeta_key key;
	bool is_key, is_attrs;
	const char *object;		/* path of the live object, or NULL */
};

struct side_check {
	struct check *check;
	int fd;
	bool copied, unsure;
	uint64_t live, keys;
	int (*visit)(struct side_check *side, struct side_entry *entry);
};

static void take_key(struct check *check, struct side_entry *entry)
{
	size_t length = strlen(entry->name), suffix = strlen(HMETA_SIDE_ATTRS);
	char text[HMETA_KEY_MAX], printed[HMETA_KEY_MAX];
	struct host_id id;

	if (length > suffix &&
	    !strcmp(entry->name + length - suffix, HMETA_SIDE_ATTRS)) {
		entry->is_attrs = true;
		length -= suffix;
	}
	if (length + 3 >= sizeof(text))
		return;
	memcpy(text, entry->name, length);
	text[length] = '\0';
	if (hmeta_key_parse(text, &entry->key))
		return;
	/* In a folder where it is not looked for it is none. */
	(void)hmeta_key_print(&entry->key, printed);
	if (strncmp(printed, entry->folder, strlen(entry->folder)) ||
	    strcmp(strchr(printed, '/') + 1, text))
		return;
	entry->is_key = true;
	id = check_id(&entry->key);
	entry->object = ids_get(&check->live, &id);
}

static int visit_folder(struct side_check *side, struct host_node *dir,
			const char *folder)
{
	_cleanup_strv_ struct strv names = { 0 };
	int error = walk_names(dir, &names);

	for (size_t i = 0; i < names.n && error == 0; i++) {
		struct side_entry entry = {
			.folder = folder, .name = names.v[i],
		};

		if (snprintf(entry.path, sizeof(entry.path), "%s/%s/%s",
			     HMETA_SIDE_OBJECTS, folder, names.v[i]) >=
		    (int)sizeof(entry.path))
			continue;	/* no name of ours is that long */
		take_key(side->check, &entry);
		error = side->visit(side, &entry);
	}
	return error;
}

/* All entries of the store, through a plain tree of its own: no link followed. */
static int visit_all(struct side_check *side)
{
	_cleanup_strv_ struct strv folders = { 0 };
	struct host_tree tree;
	struct host_node *dir;
	struct host_attr attr;
	int error, fd;

	fd = openat(side->fd, HMETA_SIDE_OBJECTS, O_PATH | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	error = host_tree_init(&tree, &host_plain_ops, fd, HOST_RDONLY);
	if (error)
		return error;
	error = walk_names(tree.root, &folders);
	for (size_t i = 0; i < folders.n && error == 0; i++) {
		if (host_plain_lookup(tree.root, folders.v[i], 0, &attr) ||
		    !S_ISDIR(attr.mode))
			continue;
		error = host_node_make(&tree.fs, tree.root, folders.v[i], &attr,
				       &dir);
		if (error == 0) {
			error = visit_folder(side, dir, folders.v[i]);
			host_node_put(dir);
		}
	}
	host_tree_fini(&tree);
	return error;
}

static int count_entry(struct side_check *side, struct side_entry *entry)
{
	side->keys += entry->is_key;
	side->live += entry->is_key && entry->object;
	return 0;
}

/* --- faults ---------------------------------------------------------------------- */

static void drop(struct side_check *side, const struct side_entry *entry,
		 const char *what)
{
	int error = CHECK_LEFT;

	if (side->check->repair)
		error = unlinkat(side->fd, entry->path, 0) ? -errno : 0;
	check_tell(side->check, entry->path, what, error);
}

static bool is_old(const struct side_check *side,
		   const struct side_entry *entry)
{
	struct host_attr attr;

	return host_statx(side->fd, entry->path, &attr) == 0 &&
	       attr.ctime.sec + CHECK_AGE < time(NULL);
}

/* The object where the entry says that it was; its record goes to it. */
static int move_record(struct side_check *side, const struct side_entry *entry,
		       char *text, size_t length)
{
	_cleanup_object_ struct object object = { 0 };
	struct tree *tree = side->check->tree;
	struct hmeta_record record;
	const char *path;
	int error;

	if (hmeta_entry_parse(text, length, &record, &path) || !*path)
		return -EINVAL;
	error = object_find(tree, path, &object);
	if (error == 0 && (object.recorded ||
			   hmeta_settle(&record, object.host.mode)))
		error = -EEXIST;
	if (error == 0)
		error = object_set(tree, &object, &record);
	if (error == 0 && unlinkat(side->fd, entry->path, 0))
		error = -errno;
	return error;
}

/* The attributes go along, if there are any. */
static void move_attrs(struct side_check *side, const struct side_entry *entry,
		       const char *path)
{
	_cleanup_object_ struct object object = { 0 };
	char from[sizeof(entry->path) + 8], to[sizeof(entry->path) + 16];
	char key_text[HMETA_KEY_MAX];
	struct hmeta_key key;

	if (object_find(side->check->tree, path, &object))
		return;
	hmeta_key_of(&side->check->tree->host, &object.host, &key);
	(void)hmeta_key_print(&key, key_text);
	snprintf(from, sizeof(from), "%s%s", entry->path, HMETA_SIDE_ATTRS);
	snprintf(to, sizeof(to), "%s/%.2s", HMETA_SIDE_OBJECTS, key_text);
	(void)mkdirat(side->fd, to, 0700);	/* it may be there */
	snprintf(to, sizeof(to), "%s/%s%s", HMETA_SIDE_OBJECTS, key_text,
		 HMETA_SIDE_ATTRS);
	/* Without attributes there is nothing to rename. */
	(void)renameat(side->fd, from, side->fd, to);
}

static void check_copied(struct side_check *side,
			 const struct side_entry *entry)
{
	char text[HMETA_RECORD_MAX + HOST_PATH_MAX];
	ssize_t length = readlinkat(side->fd, entry->path, text,
				    sizeof(text) - 1);
	const char *path;
	int error;

	if (length < 0) {
		drop(side, entry, "no record");
		return;
	}
	text[length] = '\0';
	path = strchr(text, ' ');
	if (!path) {
		drop(side, entry, "of an object whose place is not known");
		return;
	}
	error = CHECK_LEFT;
	if (side->check->repair) {
		error = move_record(side, entry, text, (size_t)length);
		if (error == 0)
			move_attrs(side, entry, path + 1);
	}
	check_tell(side->check, path + 1,
		   "the tree was copied, its record not found", error);
}

/* Where the xattr store has records of its own nobody reads this one. */
static bool is_unused(const struct side_check *side,
		      const struct side_entry *entry)
{
	_cleanup_object_ struct object object = { 0 };

	if (side->check->tree->super.kind != HMETA_BY_XATTR ||
	    object_find(side->check->tree, entry->object, &object))
		return false;
	return S_ISREG(object.host.mode) || S_ISDIR(object.host.mode);
}

static int check_entry(struct side_check *side, struct side_entry *entry)
{
	if (entry->name[0] == HMETA_SIDE_TEMPORARY) {
		if (is_old(side, entry))
			drop(side, entry, "left by a crash");
	} else if (!entry->is_key) {
		drop(side, entry, "no object's entry");
	} else if (entry->object) {
		if (is_unused(side, entry))
			drop(side, entry, "not used: records are in xattrs");
	} else if (side->copied && !entry->is_attrs) {
		check_copied(side, entry);
	} else if (side->unsure) {
		check_tell(side->check, entry->path,
			   "no object of this store is here; was the tree copied? (--copied)",
			   CHECK_LEFT);
	} else if (!side->copied) {
		drop(side, entry, "its object is gone");
	}
	return 0;
}

/* Return: 1 the note is this root's, 0 another's, -ENOENT: there is none. */
static int read_note(const struct side_check *side)
{
	char own[HMETA_KEY_MAX], noted[HMETA_KEY_MAX];
	size_t known = hmeta_state_name(&side->check->tree->host.root_attr, own);
	ssize_t length = readlinkat(side->fd, TREE_SIDE_ROOT, noted,
				    sizeof(noted));

	if (length < 0)
		return -ENOENT;
	return (size_t)length == known && !memcmp(own, noted, known);
}

/* From now on the store is this root's. */
static int write_note(const struct side_check *side)
{
	char own[HMETA_KEY_MAX];

	(void)hmeta_state_name(&side->check->tree->host.root_attr, own);
	if (unlinkat(side->fd, TREE_SIDE_ROOT, 0) && errno != ENOENT)
		return -errno;
	return symlinkat(own, side->fd, TREE_SIDE_ROOT) ? -errno : 0;
}

int check_side(struct check *check)
{
	struct side_check side = {
		.check = check, .fd = check->tree->side, .visit = count_entry,
	};
	int error, noted;

	if (side.fd < 0)
		return 0;
	error = visit_all(&side);
	if (error)
		return error;
	noted = read_note(&side);
	side.copied = check->copied || noted == 0;
	side.unsure = !side.copied && noted < 0 && side.keys && !side.live;
	side.visit = check_entry;
	error = visit_all(&side);
	if (error == 0 && side.copied && check->repair)
		error = write_note(&side);
	return error;
}
