// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_acl - setfacl: access control lists
 *
 * The mode's bits are the ACL's entries of owner, mask and others: an access ACL
 * that is set changes the mode, and one that says no more than the mode is none.
 */
#include "acl.h"
#include "attrs.h"
#include "change.h"
#include "msg.h"

struct acl_work {
	struct acl access, dfl;
	unsigned char bytes[ACL_BYTES_MAX];
};

/* The ACL as it is; without one what the mode says, or nothing (the default's). */
static int read_acl(const struct attrs *attrs, const char *name,
		    struct acl *ret)
{
	const struct attr *attr = attrs_get(attrs, name);

	ret->n = 0;
	if (!attr)
		return 0;
	return acl_parse(attr->value, attr->length, ret) ? -EIO : 0;
}

static int write_acl(struct tree *tree, struct object *object,
		     const char *name, struct acl_work *work,
		     const struct acl *acl)
{
	struct attr attr = { .name = (char *)name, .value = work->bytes };

	attr.length = acl_print(acl, work->bytes);
	return attrs_set(tree, object, &attr);
}

static int set_bits(struct hmeta_record *record, void *context)
{
	record->mode = acl_to_mode(context, record->mode);
	return 0;
}

/* A mask that was there is made anew unless the text names one (setfacl(1)). */
static void renew_mask(struct acl *acl, bool named)
{
	if (named)
		return;
	for (size_t i = 0; i < acl->n; i++) {
		if (acl->v[i].tag != ACL_TAG_MASK)
			continue;
		acl->v[i] = acl->v[--acl->n];
		return;
	}
}

static int put_access(struct tree *tree, struct object *object,
		      struct acl_work *work)
{
	int error;

	acl_complete(&work->access);
	if (!acl_valid(&work->access))
		return -EINVAL;
	/* The bits first where they take rights away; the record is what counts. */
	error = object_update(tree, object, set_bits, &work->access);
	if (error)
		return error;
	if (acl_is_mode(&work->access))
		return attrs_remove(tree, object, ACL_ACCESS_NAME);
	return write_acl(tree, object, ACL_ACCESS_NAME, work, &work->access);
}

/* What the default ACL lacks is taken from the access ACL. */
static int put_default(struct tree *tree, struct object *object,
		       struct acl_work *work)
{
	static const uint16_t base[] = {
		ACL_TAG_USER_OBJ, ACL_TAG_GROUP_OBJ, ACL_TAG_OTHER,
	};

	for (size_t i = 0; i < 3; i++) {
		if (!acl_get(&work->dfl, base[i], 0))
			(void)acl_set(&work->dfl, base[i], 0,
				acl_get(&work->access, base[i], 0)->perm);
	}
	acl_complete(&work->dfl);
	if (!acl_valid(&work->dfl))
		return -EINVAL;
	return write_acl(tree, object, ACL_DEFAULT_NAME, work, &work->dfl);
}

static int apply(struct tree *tree, struct object *object, const char *text,
		 struct acl_work *work)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	_cleanup_free_ struct acl_work *asked = calloc(1, sizeof(*asked));
	const char *bad;
	int error = asked ? attrs_read(tree, object, &attrs) : -ENOMEM;

	if (error == 0)
		error = read_acl(&attrs, ACL_ACCESS_NAME, &work->access);
	if (error == 0)
		error = read_acl(&attrs, ACL_DEFAULT_NAME, &work->dfl);
	if (error)
		return error;
	if (work->access.n == 0)
		acl_from_mode(object->record.mode, &work->access);
	if (acl_apply_text(text, &asked->access, &asked->dfl, &bad) ||
	    acl_apply_text(text, &work->access, &work->dfl, &bad))
		return -EINVAL;
	if (asked->dfl.n && object_type(object) != HMETA_IFDIR)
		return -EACCES;		/* as the kernel has it */
	renew_mask(&work->access, acl_get(&asked->access, ACL_TAG_MASK, 0));
	renew_mask(&work->dfl, acl_get(&asked->dfl, ACL_TAG_MASK, 0));
	if (asked->access.n)
		error = put_access(tree, object, work);
	if (error == 0 && asked->dfl.n)
		error = put_default(tree, object, work);
	return error;
}

/* -b: the group gets what the mask left it. */
static int remove_all(struct tree *tree, struct object *object,
		      struct acl_work *work)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	int error = attrs_read(tree, object, &attrs);

	if (error == 0)
		error = read_acl(&attrs, ACL_ACCESS_NAME, &work->access);
	if (error == 0 && work->access.n) {
		uint16_t group = acl_get(&work->access, ACL_TAG_GROUP_OBJ, 0)->perm;
		const struct acl_item *mask = acl_get(&work->access,
						      ACL_TAG_MASK, 0);
		struct acl *rest = &work->dfl;

		acl_from_mode(object->record.mode, rest);
		if (mask)
			group &= mask->perm;
		(void)acl_set(rest, ACL_TAG_GROUP_OBJ, 0, group);
		error = object_update(tree, object, set_bits, rest);
	}
	if (error == 0)
		error = attrs_remove(tree, object, ACL_ACCESS_NAME);
	return error ? error : attrs_remove(tree, object, ACL_DEFAULT_NAME);
}

static int setfacl_one(struct tree *tree, struct object *object, void *context)
{
	_cleanup_free_ struct acl_work *work = malloc(sizeof(*work));
	const char *text = context;

	if (!work)
		return -ENOMEM;
	if (object_type(object) == HMETA_IFLNK)
		return 0;		/* has none; -R passes over it */
	if (object->fault)
		return -EIO;
	if (!strcmp(text, "-b"))
		return remove_all(tree, object, work);
	if (!strcmp(text, "-k"))
		return attrs_remove(tree, object, ACL_DEFAULT_NAME);
	return apply(tree, object, text, work);
}

int run_setfacl(struct args *args)
{
	_cleanup_free_ struct acl_work *work = calloc(1, sizeof(*work));
	const struct change change = {
		"set the ACL of", setfacl_one, args->words[1],
	};
	const char *text = args->words[1], *bad = text;

	if (!work) {
		msg("out of memory");
		return META_FAILED;
	}
	if (strcmp(text, "-b") && strcmp(text, "-k") &&
	    (!*text || acl_apply_text(text, &work->access, &work->dfl, &bad))) {
		msg("'%s': write an ACL as setfacl(1) takes it, with numbers: u:1000:rwx",
		    bad);
		return META_USAGE;
	}
	return change_paths(args, 2, &change);
}
