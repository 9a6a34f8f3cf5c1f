// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_change - chown, chmod, mknod, setcap: metadata of single objects or of all
 * that is below them
 */
#include "acl.h"
#include "caps.h"
#include "change.h"
#include "maker.h"
#include "modes.h"
#include "msg.h"
#include "parse.h"

/* --- chown -------------------------------------------------------------------------- */

struct owner {
	uint32_t uid, gid;		/* UINT32_MAX: as it is */
};

/* As chown(2): a file loses set-id bits, the group's only if it may run. */
static int set_owner(struct hmeta_record *record, void *context)
{
	const struct owner *owner = context;

	if (owner->uid != UINT32_MAX)
		record->uid = owner->uid;
	if (owner->gid != UINT32_MAX)
		record->gid = owner->gid;
	if ((record->mode & HMETA_IFMT) == HMETA_IFREG) {
		record->mode &= ~04000u;
		if (record->mode & 010)
			record->mode &= ~02000u;
	}
	return 0;
}

/* A broken record is not altered but replaced, so all of it has to be said. */
static int refuse_broken(const struct object *object)
{
	return object->fault ? -EIO : 0;
}

static int chown_one(struct tree *tree, struct object *object, void *context)
{
	int error = refuse_broken(object);

	if (error == 0)
		error = object_update(tree, object, set_owner, context);
	if (error || object_type(object) != HMETA_IFREG)
		return error;
	return attrs_remove(tree, object, CAPS_NAME);
}

static int run_chown(struct args *args)
{
	struct owner owner = { UINT32_MAX, UINT32_MAX };
	const struct change change = {
		"change the owner of", chown_one, &owner,
	};

	if (parse_owner(args->words[1], &owner.uid, &owner.gid)) {
		msg("'%s': write UID, UID:GID or :GID, in numbers",
		    args->words[1]);
		return META_USAGE;
	}
	return change_paths(args, 2, &change);
}

/* --- chmod -------------------------------------------------------------------------- */

static int set_mode(struct hmeta_record *record, void *context)
{
	return modes_apply(context, record->mode, &record->mode);
}

/* The ACL's entries of owner, mask and others are the mode's bits. */
static int follow_acl(struct tree *tree, const struct object *object)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	_cleanup_free_ struct acl *acl = malloc(sizeof(*acl));
	_cleanup_free_ unsigned char *bytes = malloc(ACL_BYTES_MAX);
	const struct attr *found;
	struct attr attr = { .name = (char *)ACL_ACCESS_NAME };
	int error;

	if (!acl || !bytes)
		return -ENOMEM;
	error = attrs_read(tree, object, &attrs);
	found = error ? NULL : attrs_get(&attrs, ACL_ACCESS_NAME);
	if (!found)
		return error;
	if (acl_parse(found->value, found->length, acl))
		return -EIO;
	acl_chmod(acl, object->record.mode);
	attr.value = bytes;
	attr.length = acl_print(acl, bytes);
	return attrs_set(tree, object, &attr);
}

static int chmod_one(struct tree *tree, struct object *object, void *context)
{
	int error;

	/* Links have no mode of their own; chmod -R passes over them. */
	if (object_type(object) == HMETA_IFLNK)
		return 0;
	error = refuse_broken(object);
	if (error == 0)
		error = object_update(tree, object, set_mode, context);
	return error ? error : follow_acl(tree, object);
}

static int run_chmod(struct args *args)
{
	const struct change change = {
		"change the mode of", chmod_one, args->words[1],
	};
	uint32_t mode;

	if (modes_apply(args->words[1], HMETA_IFREG, &mode)) {
		msg("'%s': write a mode as 4755 or u+s,go-w", args->words[1]);
		return META_USAGE;
	}
	return change_paths(args, 2, &change);
}

/* --- setcap ------------------------------------------------------------------------- */

static int setcap_one(struct tree *tree, struct object *object, void *context)
{
	const struct attr *attr = context;

	if (object_type(object) != HMETA_IFREG)
		return -EINVAL;
	return attr->length ? attrs_set(tree, object, attr) :
			      attrs_remove(tree, object, CAPS_NAME);
}

static int run_setcap(struct args *args)
{
	unsigned char bytes[CAPS_BYTES_MAX];
	struct attr attr = { .name = (char *)CAPS_NAME, .value = bytes };
	const struct change change = {
		"set capabilities of", setcap_one, &attr,
	};
	int length = 0;

	if (strcmp(args->words[1], "-r"))
		length = caps_from_text(args->words[1], bytes);
	if (length < 0) {
		msg("'%s': write capabilities as setcap(8) takes them, or -r to remove them",
		    args->words[1]);
		return META_USAGE;
	}
	attr.length = (size_t)length;
	return change_paths(args, 2, &change);
}

static const struct opt change_options[] = {
	OPTION_RECURSIVE,
	OPTION_OWNER,
	OPTIONS_COMMON
};

static const struct opt single_options[] = {
	OPTION_OWNER,
	OPTIONS_COMMON
};

/* --- mknod -------------------------------------------------------------------------- */

static int take_number(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (parse_u64(text, 0, max, &value)) {
		msg("'%s': write a number, at most %u", text, max);
		return -EINVAL;
	}
	*ret = (uint32_t)value;
	return 0;
}

/* "c 1 3", "b 8 0", "p", "s" */
static int take_type(char **words, int count, struct hmeta_record *record)
{
	static const struct {
		const char *word;
		uint32_t type;
	} types[] = {
		{ "c", HMETA_IFCHR }, { "u", HMETA_IFCHR }, { "b", HMETA_IFBLK },
		{ "p", HMETA_IFIFO }, { "s", HMETA_IFSOCK },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		bool device = types[i].type == HMETA_IFCHR ||
			      types[i].type == HMETA_IFBLK;

		if (strcmp(words[0], types[i].word) ||
		    count != (device ? 3 : 1))
			continue;
		record->mode = types[i].type | 0644;
		if (!device)
			return 0;
		if (take_number(words[1], HMETA_MAJOR_MAX, &record->rdev_major))
			return -EINVAL;
		return take_number(words[2], HMETA_MINOR_MAX,
				   &record->rdev_minor);
	}
	msg("'%s': write c MAJOR MINOR, b MAJOR MINOR, p or s", words[0]);
	return -EINVAL;
}

static int mknod_add(struct tree *tree, const char *path,
		     const struct hmeta_record *record)
{
	const struct entry entry = { .path = path, .record = *record };
	struct object there;
	struct maker maker;
	int error = object_find(tree, path, &there);

	if (error == 0) {
		object_put(&there);
		error = -EEXIST;
	}
	if (error != -ENOENT) {
		object_error(error, "make", path);
		return META_FAILED;
	}
	maker_begin(&maker, tree, false);
	(void)maker_add(&maker, &entry);	/* printed and counted */
	return maker_finish(&maker);
}

static int run_mknod(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct hmeta_record record = { 0 };

	if (take_type(args->words + 2, args->count - 2, &record))
		return META_USAGE;
	if (tree_open(args->words[0], args, TREE_WRITE, &tree))
		return META_FAILED;
	record.uid = tree.uid;
	record.gid = tree.gid;
	return mknod_add(&tree, args->words[1], &record);
}

const struct command commands_change[] = {
	{ { "humfs-meta chown", "[OPTION]... TREE UID:GID PATH...",
	    "give objects to another owner", change_options, NULL }, 3, -1,
	  run_chown },
	{ { "humfs-meta chmod", "[OPTION]... TREE MODE PATH...",
	    "change modes", change_options, NULL }, 3, -1, run_chmod },
	{ { "humfs-meta mknod", "[OPTION]... TREE PATH TYPE [MAJOR MINOR]",
	    "make a device, FIFO or socket", single_options, NULL }, 3, 5,
	  run_mknod },
	{ { "humfs-meta setcap", "[OPTION]... TREE CAPABILITIES PATH...",
	    "set or remove file capabilities", change_options, NULL }, 3, -1,
	  run_setcap },
	{ { "humfs-meta setfacl", "[OPTION]... TREE ACL PATH...",
	    "alter access control lists", change_options,
	    "ACL is what setfacl(1) takes, with numbers: u:1000:rwx,g::rx,d:o::-. Entries are\nadded or replaced. -b removes all of the ACL, -k the default ACL.\n" }, 3, -1,
	  run_setfacl },
	{ .run = NULL },
};
