// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_check - check: is everything in a tree what the formats say?
 *
 * Theory of operation
 *
 * First every object: its record, its mode on the host, its attributes. Then the
 * side store: entries whose object is gone, remains of a crash, and, when not one
 * entry has its object, a tree that was copied.
 *
 * Mending never gives anybody more than there was: an object whose record cannot
 * be read becomes the default owner's with no rights at all, and what cannot be
 * read is dropped. A guest may use the tree meanwhile.
 */
#include <time.h>

#include "acl.h"
#include "attrs.h"
#include "caps.h"
#include "check.h"
#include "humfs_user.h"
#include "msg.h"
#include "walk.h"

static int option_repair(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->repair = true;
	return 0;
}

static int option_copied(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->copied = true;
	return 0;
}

void check_tell(struct check *check, const char *path, const char *what,
		int error)
{
	const char *state = error == 0 ? "mended" :
			    error == CHECK_LEFT ? NULL : strerror(-error);

	path = *path ? path : "/";
	check->found++;
	check->mended += error == 0;
	if (check->json.out) {
		json_open(&check->json, NULL, '{');
		json_string(&check->json, "path", path);
		json_string(&check->json, "fault", what);
		json_bool(&check->json, "mended", error == 0);
		json_close(&check->json, '}');
		return;
	}
	for (const char *at = path; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x20 || c == 0x7f)
			printf("\\%03o", c);
		else
			putchar(c);
	}
	printf(": %s%s%s\n", what, state ? "; " : "", state ? state : "");
}

struct host_id check_id(const struct hmeta_key *key)
{
	struct host_id id = {
		.ino = key->ino,
		.btime = { .sec = key->btime_sec, .nsec = key->btime_nsec },
	};

	if (key->foreign) {
		id.dev_major = key->dev_major;
		id.dev_minor = key->dev_minor;
	}
	return id;
}

/* --- objects --------------------------------------------------------------------- */

/* No rights for anybody but the guest's root. */
static int lock_away(struct check *check, struct object *object)
{
	const struct hmeta_record record = {
		.uid = check->tree->uid, .gid = check->tree->gid,
		.mode = object->host.mode & HMETA_IFMT,
	};

	return object_set(check->tree, object, &record);
}

static void check_record(struct check *check, struct object *object,
			 const char *path)
{
	char what[128];

	if (!object->fault)
		return;
	snprintf(what, sizeof(what), "broken record: %s",
		 hmeta_fault_text(object->fault));
	check_tell(check, path, what,
		   check->repair ? lock_away(check, object) : CHECK_LEFT);
}

/* Without a record the host's mode is the guest's, and the host's own affair. */
static void check_mode(struct check *check, struct object *object,
		       const char *path)
{
	uint32_t mode = object->host.mode & 07777;
	uint32_t need = S_ISDIR(object->host.mode) ? 0700 : 0600;
	const struct host_setattr set = {
		.set = HOST_SET_MODE, .mode = (mode & 0777) | need,
	};

	if (!object->recorded || S_ISLNK(object->host.mode) ||
	    set.mode == mode)
		return;
	check_tell(check, path, mode & 07000 ?
		   "set-id or sticky bits on the host" :
		   "the host's user has no access",
		   check->repair ? host_plain_setattr(object->node, NULL, &set,
						      &object->host) :
				   CHECK_LEFT);
}

static bool attr_fine(const struct attr *attr)
{
	_cleanup_free_ struct acl *acl = malloc(sizeof(*acl));
	_cleanup_free_ char *text = NULL;

	if (!strcmp(attr->name, CAPS_NAME)) {
		text = caps_to_text(attr->value, attr->length);
		return text;
	}
	if (strcmp(attr->name, ACL_ACCESS_NAME) &&
	    strcmp(attr->name, ACL_DEFAULT_NAME))
		return true;
	return acl && acl_parse(attr->value, attr->length, acl) == 0;
}

static int clear_group(struct hmeta_record *record, void *context)
{
	(void)context;
	record->mode &= ~070u;
	return 0;
}

/* Of a lost access ACL the mode's group bits were the mask: nobody's rights. */
static int drop_attr(struct check *check, struct object *object,
		     const char *name)
{
	int error = 0;

	if (!strcmp(name, ACL_ACCESS_NAME) && !object->fault)
		error = object_update(check->tree, object, clear_group, NULL);
	return error ? error : attrs_remove(check->tree, object, name);
}

static void check_attrs(struct check *check, struct object *object,
			const char *path)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	int error = attrs_read(check->tree, object, &attrs);
	char what[HMETA_NAME_MAX + 64];

	if (error) {
		snprintf(what, sizeof(what), "its attributes cannot be read: %s",
			 strerror(-error));
		check_tell(check, path, what, CHECK_LEFT);
	}
	for (size_t i = 0; i < attrs.n; i++) {
		if (attr_fine(&attrs.v[i]))
			continue;
		snprintf(what, sizeof(what), "broken attribute '%s'",
			 attrs.v[i].name);
		check_tell(check, path, what, check->repair ?
			   drop_attr(check, object, attrs.v[i].name) :
			   CHECK_LEFT);
	}
}

static bool is_half_made(const struct object *object)
{
	return !object->recorded &&
	       (object->host.mode & 07777) == HUMFS_STAGED_MODE;
}

/*
 * Killed while it was made (a directory with a mode of use to nobody and no
 * record), or while it was renamed over a whiteout (fs/humfs/humfs_user.h).
 */
static void check_staged(struct check *check, struct object *object,
			 const char *path)
{
	bool made = is_half_made(object);
	int error = CHECK_LEFT;

	if (!object->dir || object->host.ctime.sec + CHECK_AGE > time(NULL))
		return;
	if (made) {
		if (check->repair)
			error = host_plain_unlink(object->dir, object->name,
						  S_ISDIR(object->host.mode));
		check_tell(check, path, "left by a crash while it was made",
			   error);
	} else if (!strncmp(object->name, HUMFS_STAGED, strlen(HUMFS_STAGED))) {
		check_tell(check, path,
			   "left by a crash while it was renamed; move it to its place",
			   CHECK_LEFT);
	}
}

static int check_object(struct check *check, struct object *object,
			const char *path)
{
	struct hmeta_key key;
	struct host_id id;

	check->objects++;
	hmeta_key_of(&check->tree->host, &object->host, &key);
	id = check_id(&key);
	if (S_ISREG(object->host.mode) && !ids_get(&check->live, &id))
		check->bytes += object->host.blocks * 512;
	check_staged(check, object, path);
	check_record(check, object, path);
	check_mode(check, object, path);
	check_attrs(check, object, path);
	return ids_add(&check->live, &id, path);
}

static int check_objects(struct check *check)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(check->tree, &root);

	if (result == 0)
		result = walk_begin(check->tree, &root, "", &walk);
	if (result)
		return result;
	while ((result = walk_next(&walk, &object)) != 0) {
		if (result == 1) {
			/* While it is made nobody can read it, and it is empty. */
			if (is_half_made(object))
				walk_skip(&walk);
			result = check_object(check, object, walk.path);
		}
		if (result == -ENOMEM)
			return result;
		if (result < 0)
			check_tell(check, walk.path, strerror(-result),
				   CHECK_LEFT);
	}
	return 0;
}

/* --- the command ----------------------------------------------------------------- */

static void begin(struct check *check)
{
	if (!check->json.out)
		return;
	json_open(&check->json, NULL, '{');
	json_open(&check->json, "faults", '[');
}

static void end(struct check *check)
{
	if (!check->json.out) {
		printf("%llu objects, %llu faults, %llu mended\n",
		       (unsigned long long)check->objects,
		       (unsigned long long)check->found,
		       (unsigned long long)check->mended);
		return;
	}
	json_close(&check->json, ']');
	json_number(&check->json, "objects", check->objects);
	json_number(&check->json, "found", check->found);
	json_number(&check->json, "mended", check->mended);
	json_close(&check->json, '}');
	json_end(&check->json);
}

static int run_check(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct check check = {
		.tree = &tree, .repair = args->repair, .copied = args->copied,
		.json = { .out = args->json ? stdout : NULL },
	};
	int error;

	if (tree_open(args->words[0], args, args->repair ? TREE_WRITE :
		      TREE_READ, &tree))
		return META_FAILED;
	begin(&check);
	check_note(&check);
	error = check_objects(&check);
	if (error == 0)
		error = check_side(&check);
	if (error == 0)
		error = check_shadow(&check);
	end(&check);
	ids_free(&check.live);
	if (error)
		msg_errno(error, "cannot check '%s' to the end", tree.path);
	return error || check.found > check.mended ? META_FAILED : META_DONE;
}

static const struct opt check_options[] = {
	{ "repair", 'r', NULL, NULL, "mend what can be mended", option_repair },
	{ "copied", 0, NULL, NULL,
	  "the tree was copied: go by the paths in the side store",
	  option_copied },
	OPTION_OWNER,
	OPTION_JSON,
	OPTIONS_COMMON
};

const struct command commands_check[] = {
	{ { "humfs-meta check", "[OPTION]... TREE",
	    "find broken records and what a crash left", check_options,
	    "The status is 0 when nothing is wrong, or all of it was mended.\n" },
	  1, 1, run_check },
	{ .run = NULL },
};
