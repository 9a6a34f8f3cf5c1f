// SPDX-License-Identifier: GPL-2.0-only
/*
 * tar_entry - libarchive's entries turned into ours, and ours into libarchive's
 *
 * libarchive keeps an ACL's three entries for owner, group and others in the mode
 * of the entry, so that there the mode's group bits are the group's own, not the
 * mask as stat(2) has it. That is turned around here, in both directions.
 */
#include "names.h"
#include "tar_entry.h"

/* --- ACLs ------------------------------------------------------------------------ */

static const struct {
	uint16_t tag;
	int theirs;
} tags[] = {
	{ ACL_TAG_USER_OBJ,  ARCHIVE_ENTRY_ACL_USER_OBJ },
	{ ACL_TAG_USER,      ARCHIVE_ENTRY_ACL_USER },
	{ ACL_TAG_GROUP_OBJ, ARCHIVE_ENTRY_ACL_GROUP_OBJ },
	{ ACL_TAG_GROUP,     ARCHIVE_ENTRY_ACL_GROUP },
	{ ACL_TAG_MASK,      ARCHIVE_ENTRY_ACL_MASK },
	{ ACL_TAG_OTHER,     ARCHIVE_ENTRY_ACL_OTHER },
};

#define TAGS (sizeof(tags) / sizeof(tags[0]))

static bool has_id(uint16_t tag)
{
	return tag == ACL_TAG_USER || tag == ACL_TAG_GROUP;
}

/* One of libarchive's; an entry may have a name and no number (GNU tar's). */
static int add_item(struct acl *acl, struct tree *tree, int theirs, int perm,
		    const char *name, uint32_t id)
{
	size_t i = 0;

	while (i < TAGS && tags[i].theirs != theirs)
		i++;
	if (i == TAGS)
		return -EINVAL;
	if (!has_id(tags[i].tag))
		id = UINT32_MAX;
	else if (id == UINT32_MAX &&
		 (!name || names_lookup(tree, tags[i].tag == ACL_TAG_GROUP,
					name, &id)))
		return -ENOENT;
	return acl_set(acl, tags[i].tag, id, perm & 7);
}

static int read_acl(struct archive_entry *from, struct tree *tree, int type,
		    struct acl *acl)
{
	int perm_type, perm, tag, id, error = 0;
	const char *name;

	acl->n = 0;
	if (archive_entry_acl_reset(from, type) == 0)
		return 0;
	while (error == 0 && archive_entry_acl_next(from, type, &perm_type,
			&perm, &tag, &id, &name) == ARCHIVE_OK)
		error = add_item(acl, tree, tag, perm, name, (uint32_t)id);
	acl_complete(acl);
	if (error)
		return error;
	return acl->n == 0 || acl_valid(acl) ? 0 : -EINVAL;
}

struct acl_work {
	struct acl acl;
	unsigned char bytes[ACL_BYTES_MAX];
};

static int add_acl(struct archive_entry *from, struct tree *tree, int type,
		   struct entry *entry, struct attrs *attrs)
{
	_cleanup_free_ struct acl_work *work = malloc(sizeof(*work));
	bool access = type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
	const char *name = access ? ACL_ACCESS_NAME : ACL_DEFAULT_NAME;
	int error;

	if (!work)
		return -ENOMEM;
	error = read_acl(from, tree, type, &work->acl);
	if (error || work->acl.n == 0)
		return error;
	if (access) {
		entry->record.mode = acl_to_mode(&work->acl,
						 entry->record.mode);
		if (acl_is_mode(&work->acl))
			return 0;
	}
	if (attrs_get(attrs, name))
		return 0;		/* as an attribute, byte for byte */
	return attrs_add(attrs, name, work->bytes,
			 acl_print(&work->acl, work->bytes));
}

int tar_entry_acls(struct archive_entry *from, struct tree *tree,
		   struct entry *entry, struct attrs *attrs,
		   const char **ret_why)
{
	int error;

	error = add_acl(from, tree, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, entry, attrs);
	if (error == 0)
		error = add_acl(from, tree, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
				entry, attrs);
	*ret_why = error == -ENOMEM ? "out of memory" : error == -ENOENT ?
		"its ACL has a name that the tree's etc/passwd or etc/group does not know" :
		"its ACL cannot be";
	return error;
}

/* --- reading --------------------------------------------------------------------- */

static int read_type(struct archive_entry *from, struct entry *ret,
		     const char **why)
{
	int64_t uid = archive_entry_uid(from), gid = archive_entry_gid(from);
	struct hmeta_record *record = &ret->record;

	record->mode = archive_entry_filetype(from) |
		       (archive_entry_perm(from) & 07777);
	if (uid < 0 || gid < 0 || uid > HMETA_ID_MAX || gid > HMETA_ID_MAX) {
		*why = "its owner is no user id";
		return -EINVAL;
	}
	record->uid = (uint32_t)uid;
	record->gid = (uint32_t)gid;
	switch (record->mode & HMETA_IFMT) {
	case HMETA_IFBLK: case HMETA_IFCHR:
		if (archive_entry_rdevmajor(from) > HMETA_MAJOR_MAX ||
		    archive_entry_rdevminor(from) > HMETA_MINOR_MAX) {
			*why = "no Linux has such a device number";
			return -EINVAL;
		}
		record->rdev_major = archive_entry_rdevmajor(from);
		record->rdev_minor = archive_entry_rdevminor(from);
		return 0;
	case HMETA_IFREG: case HMETA_IFDIR: case HMETA_IFLNK:
	case HMETA_IFIFO: case HMETA_IFSOCK:
		return 0;
	default:
		*why = "its type is not known";
		return -EINVAL;
	}
}

static int read_names(struct archive_entry *from, struct entry *ret,
		      const char **why)
{
	ret->path = archive_entry_pathname(from);
	ret->hardlink = archive_entry_hardlink(from);
	if (!ret->path || !*ret->path) {
		*why = "an entry has no name that can be read";
		return -EINVAL;
	}
	if ((ret->record.mode & HMETA_IFMT) != HMETA_IFLNK || ret->hardlink)
		return 0;
	ret->target = archive_entry_symlink(from);
	if (ret->target && *ret->target)
		return 0;
	*why = "a symbolic link without a target";
	return -EINVAL;
}

static int read_attrs(struct archive_entry *from, struct attrs *attrs)
{
	const char *name;
	const void *value;
	size_t length;
	int error = 0;

	(void)archive_entry_xattr_reset(from);	/* returns how many */
	while (error == 0 && archive_entry_xattr_next(from, &name, &value,
						      &length) == ARCHIVE_OK) {
		/* Two of one name: libarchive reads two spellings. */
		if (name && !attrs_get(attrs, name))
			error = attrs_add(attrs, name, value, length);
	}
	return error;
}

int tar_entry_read(struct archive_entry *from, struct entry *ret,
		   struct attrs *ret_attrs, const char **ret_why)
{
	struct entry entry = { .attrs = ret_attrs };
	int error;

	*ret_why = NULL;
	/* A hard link's type is not said, nor needed. */
	if (archive_entry_hardlink(from) && !archive_entry_filetype(from))
		archive_entry_set_filetype(from, AE_IFREG);
	error = read_type(from, &entry, ret_why);
	if (error == 0)
		error = read_names(from, &entry, ret_why);
	if (error == 0)
		error = read_attrs(from, ret_attrs);
	if (error)
		return error;
	entry.has_mtime = archive_entry_mtime_is_set(from);
	entry.mtime.sec = archive_entry_mtime(from);
	entry.mtime.nsec = (uint32_t)archive_entry_mtime_nsec(from);
	*ret = entry;
	return 0;
}

/* --- writing --------------------------------------------------------------------- */

static int write_acl(const struct attr *attr, int type,
		     struct archive_entry *ret)
{
	_cleanup_free_ struct acl *acl = malloc(sizeof(*acl));

	if (!acl)
		return -ENOMEM;
	if (acl_parse(attr->value, attr->length, acl))
		return -EIO;
	/* libarchive's ids are signed: what does not fit goes as bytes. */
	for (size_t i = 0; i < acl->n; i++) {
		if (acl->v[i].id > INT32_MAX && acl->v[i].id != UINT32_MAX) {
			archive_entry_xattr_add_entry(ret, attr->name,
						      attr->value,
						      attr->length);
			return 0;
		}
	}
	for (size_t i = 0; i < acl->n; i++) {
		const struct acl_item *item = &acl->v[i];

		for (size_t t = 0; t < TAGS; t++) {
			if (tags[t].tag == item->tag &&
			    archive_entry_acl_add_entry(ret, type, item->perm,
					tags[t].theirs, (int)item->id, NULL))
				return -ENOMEM;
		}
	}
	return 0;
}

static int write_attr(const struct attr *attr, struct archive_entry *ret)
{
	if (!strcmp(attr->name, ACL_ACCESS_NAME))
		return write_acl(attr, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ret);
	if (!strcmp(attr->name, ACL_DEFAULT_NAME))
		return write_acl(attr, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, ret);
	archive_entry_xattr_add_entry(ret, attr->name, attr->value,
				      attr->length);
	return 0;
}

int tar_entry_write(const struct object *object, const char *path,
		    const struct attrs *attrs, struct archive_entry *ret)
{
	const struct hmeta_record *record = &object->record;
	const struct host_time *mtime = &object->host.mtime;
	int error = 0;

	archive_entry_clear(ret);
	archive_entry_set_pathname(ret, *path ? path : "./");
	archive_entry_set_mode(ret, record->mode);
	archive_entry_set_uid(ret, record->uid);
	archive_entry_set_gid(ret, record->gid);
	archive_entry_set_mtime(ret, mtime->sec, mtime->nsec);
	archive_entry_set_size(ret, object_type(object) == HMETA_IFREG ?
			       (int64_t)object->host.size : 0);
	if (object_type(object) == HMETA_IFBLK ||
	    object_type(object) == HMETA_IFCHR) {
		archive_entry_set_rdevmajor(ret, record->rdev_major);
		archive_entry_set_rdevminor(ret, record->rdev_minor);
	}
	for (size_t i = 0; i < attrs->n && error == 0; i++)
		error = write_attr(&attrs->v[i], ret);
	return error;
}
