// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_fault_attr - faults of what is told and asked about objects
 *
 * An attribute comes back from nine operations. All of them are wrapped, and
 * three hooks, of which one is set, say what is wrong.
 */
#include "host_fault_user.h"

static void (*fault_attr)(struct host_attr *a);
static void (*fault_new)(struct host_new *n);
static void (*fault_set)(struct host_setattr *s);

/* --- attributes as the host tells them --------------------------------------- */

static void attr_size_32bit(struct host_attr *a)
{
	a->size &= UINT32_MAX;
}

static void attr_size_rounded(struct host_attr *a)
{
	if (S_ISREG(a->mode))
		a->size = (a->size + 511) & ~511ull;
}

static void attr_size_of_links(struct host_attr *a)
{
	if (S_ISLNK(a->mode))
		a->size = 0;
}

static void attr_nlink_one(struct host_attr *a)
{
	a->nlink = 1;
}

static void attr_nlink_never_zero(struct host_attr *a)
{
	if (!a->nlink)
		a->nlink = 1;
}

static void attr_no_sticky(struct host_attr *a)
{
	a->mode &= ~01000u;
}

static void attr_no_setid(struct host_attr *a)
{
	a->mode &= ~06000u;
}

static void attr_other_bits_lost(struct host_attr *a)
{
	a->mode &= ~07u;
}

static void attr_uid_root(struct host_attr *a)
{
	a->uid = 0;
}

static void attr_gid_root(struct host_attr *a)
{
	a->gid = 0;
}

static void attr_uid_16bit(struct host_attr *a)
{
	a->uid &= UINT16_MAX;
}

static void attr_mtime_seconds(struct host_attr *a)
{
	a->mtime.nsec = 0;
}

static void attr_atime_microseconds(struct host_attr *a)
{
	a->atime.nsec -= a->atime.nsec % 1000;
}

static void attr_mtime_32bit(struct host_attr *a)
{
	a->mtime.sec = (int32_t)a->mtime.sec;
}

static void attr_ctime_is_mtime(struct host_attr *a)
{
	a->ctime = a->mtime;
}

static void attr_atime_is_mtime(struct host_attr *a)
{
	a->atime = a->mtime;
}

static void attr_mtime_is_ctime(struct host_attr *a)
{
	a->mtime = a->ctime;
}

static void attr_blocks_none(struct host_attr *a)
{
	a->blocks = 0;
}

static void attr_blocks_of_size(struct host_attr *a)
{
	a->blocks = (a->size + 511) / 512;
}

static void attr_rdev_swapped(struct host_attr *a)
{
	uint32_t major = a->rdev_major;

	a->rdev_major = a->rdev_minor;
	a->rdev_minor = major;
}

static void attr_rdev_8bit(struct host_attr *a)
{
	a->rdev_minor &= 255;
}

static void attr_blksize_none(struct host_attr *a)
{
	a->blksize = 0;
}

static void attr_btime_is_ctime(struct host_attr *a)
{
	a->id.btime = a->ctime;
}

/* --- what is to be made ------------------------------------------------------- */

static void new_mode_0644(struct host_new *n)
{
	if (!S_ISDIR(n->mode))
		n->mode = (n->mode & S_IFMT) | 0644;
}

static void new_mode_umask_022(struct host_new *n)
{
	n->mode &= ~022u;
}

static void new_no_special_bits(struct host_new *n)
{
	n->mode &= ~07000u;
}

static void new_owner_root(struct host_new *n)
{
	n->uid = 0;
}

static void new_group_root(struct host_new *n)
{
	n->gid = 0;
}

static void new_rdev_swapped(struct host_new *n)
{
	uint32_t major = n->rdev_major;

	n->rdev_major = n->rdev_minor;
	n->rdev_minor = major;
}

static void new_fifo_for_socket(struct host_new *n)
{
	if (S_ISSOCK(n->mode))
		n->mode = (n->mode & ~S_IFMT) | S_IFIFO;
}

static void new_executable(struct host_new *n)
{
	if (!S_ISDIR(n->mode))
		n->mode |= 0111;
}

/* --- what is to be changed ------------------------------------------------------ */

static void set_mode_ignored(struct host_setattr *s)
{
	s->set &= ~HOST_SET_MODE;
}

static void set_mode_no_sticky(struct host_setattr *s)
{
	s->mode &= ~01000u;
}

static void set_mode_no_setid(struct host_setattr *s)
{
	s->mode &= ~06000u;
}

static void set_uid_ignored(struct host_setattr *s)
{
	s->set &= ~HOST_SET_UID;
}

static void set_gid_ignored(struct host_setattr *s)
{
	s->set &= ~HOST_SET_GID;
}

static void set_size_one_more(struct host_setattr *s)
{
	s->size++;
}

static void set_size_ignored(struct host_setattr *s)
{
	s->set &= ~HOST_SET_SIZE;
}

static void set_size_32bit(struct host_setattr *s)
{
	s->size &= UINT32_MAX;
}

static void set_atime_ignored(struct host_setattr *s)
{
	s->set &= ~(HOST_SET_ATIME | HOST_SET_ATIME_NOW);
}

static void set_mtime_ignored(struct host_setattr *s)
{
	s->set &= ~(HOST_SET_MTIME | HOST_SET_MTIME_NOW);
}

static void set_times_swapped(struct host_setattr *s)
{
	struct host_time atime = s->atime;

	s->atime = s->mtime;
	s->mtime = atime;
}

static void set_times_seconds(struct host_setattr *s)
{
	s->atime.nsec = 0;
	s->mtime.nsec = 0;
}

static void set_now_is_then(struct host_setattr *s)
{
	if (s->set & HOST_SET_ATIME_NOW)
		s->atime = (struct host_time){ .sec = 1 };
	if (s->set & HOST_SET_MTIME_NOW)
		s->mtime = (struct host_time){ .sec = 1 };
	s->set &= ~(HOST_SET_ATIME_NOW | HOST_SET_MTIME_NOW);
}

static void set_omitted_is_now(struct host_setattr *s)
{
	if (s->set & HOST_SET_ATIME)
		s->set |= s->set & HOST_SET_MTIME ? 0 :
			  HOST_SET_MTIME | HOST_SET_MTIME_NOW;
	else if (s->set & HOST_SET_MTIME)
		s->set |= HOST_SET_ATIME | HOST_SET_ATIME_NOW;
}

/* --- the operations --------------------------------------------------------------- */

static int spoil(int error, struct host_attr *attr)
{
	if (error == 0 && fault_attr)
		fault_attr(attr);
	return error;
}

static struct host_new spoil_new(const struct host_new *new)
{
	struct host_new n = *new;

	if (fault_new)
		fault_new(&n);
	return n;
}

static int attr_root(struct host_fs *fs, struct host_attr *attr,
		     struct host_node **ret)
{
	return spoil(host_fault_real->root(fs, attr, ret), attr);
}

static int attr_lookup(struct host_node *dir, const char *name, uint32_t flags,
		       struct host_attr *ret)
{
	return spoil(host_fault_real->lookup(dir, name, flags, ret), ret);
}

static int attr_create(struct host_node *dir, const char *name,
		       const struct host_new *new, uint32_t flags,
		       struct host_attr *attr, struct host_file **ret,
		       int *ret_made)
{
	struct host_new n = spoil_new(new);

	return spoil(host_fault_real->create(dir, name, &n, flags, attr, ret,
					     ret_made), attr);
}

static int attr_mknod(struct host_node *dir, const char *name,
		      const struct host_new *new, struct host_attr *ret)
{
	struct host_new n = spoil_new(new);

	return spoil(host_fault_real->mknod(dir, name, &n, ret), ret);
}

static int attr_symlink(struct host_node *dir, const char *name,
			const char *target, const struct host_new *new,
			struct host_attr *ret)
{
	struct host_new n = spoil_new(new);

	return spoil(host_fault_real->symlink(dir, name, target, &n, ret), ret);
}

static int attr_link(struct host_node *node, struct host_file *file,
		     struct host_node *dir, const char *name,
		     struct host_attr *ret)
{
	return spoil(host_fault_real->link(node, file, dir, name, ret), ret);
}

static int attr_tmpfile(struct host_node *dir, const struct host_new *new,
			uint32_t flags, struct host_attr *attr,
			struct host_file **ret)
{
	struct host_new n = spoil_new(new);

	return spoil(host_fault_real->tmpfile(dir, &n, flags, attr, ret), attr);
}

static int attr_getattr(struct host_node *node, struct host_file *file,
			struct host_attr *ret)
{
	return spoil(host_fault_real->getattr(node, file, ret), ret);
}

static int attr_setattr(struct host_node *node, struct host_file *file,
			const struct host_setattr *set, struct host_attr *ret)
{
	struct host_setattr s = *set;

	if (fault_set)
		fault_set(&s);
	return spoil(host_fault_real->setattr(node, file, &s, ret), ret);
}

static const struct {
	const char *name;
	void (*attr)(struct host_attr *a);
	void (*new)(struct host_new *n);
	void (*set)(struct host_setattr *s);
} faults[] = {
#define ATTR(name, filters)		{ "attr_" #name, attr_##name, NULL, NULL },
#define NEW(name, filters)		{ "new_" #name, NULL, new_##name, NULL },
#define SET(name, filters)		{ "set_" #name, NULL, NULL, set_##name },
#define NAME(operation, name, filters)
#define DATA(operation, name, filters)
#include "host_fault.def"
};

bool host_fault_attr(const char *name, struct host_ops *ops)
{
	size_t i, count = sizeof(faults) / sizeof(faults[0]);

	for (i = 0; i < count && strcmp(faults[i].name, name); i++)
		;
	if (i == count)
		return false;
	fault_attr = faults[i].attr;
	fault_new = faults[i].new;
	fault_set = faults[i].set;
	ops->root = attr_root;
	ops->lookup = attr_lookup;
	ops->create = attr_create;
	ops->mknod = attr_mknod;
	ops->symlink = attr_symlink;
	ops->link = attr_link;
	ops->tmpfile = attr_tmpfile;
	ops->getattr = attr_getattr;
	ops->setattr = attr_setattr;
	return true;
}
