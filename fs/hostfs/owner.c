// SPDX-License-Identifier: GPL-2.0-only
/*
 * owner.c - whose objects are shown as whose: map=, squash=, owner=, umask=
 *
 * Theory of operation
 *
 * Without these options ids and modes are the host's. With them, ids change at
 * the seam, in this file alone, and all that the guest checks or stores is in
 * the guest's ids:
 *
 *   map=HOST:GUEST[:COUNT]   ids HOST... of the host are GUEST... in the guest,
 *                            both ways; map-uid= and map-gid= for one kind
 *   owner=UID[:GID]          what no map names on the host is shown as this
 *   squash=UID[:GID]         whom no map names in the guest is this on the host
 *   umask=OCTAL              mode bits that the guest neither sees nor sets
 *
 * With a map but no owner=, other ids of the host have no number in the guest:
 * the VFS shows 65534 and lets nobody write there, as for idmapped mounts. With
 * a map but no squash=, other ids of the guest cannot own anything: -EOVERFLOW.
 * With owner= alone, new objects belong to whoever runs the guest.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/posix_acl.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "hostfs.h"

#define HOSTFS_RANGES	32
#define HOSTFS_NO_ID	((u32)-1)	/* no user's; "leave it" to chown */

struct hostfs_range {
	u32 host, guest, count;
};

/* How the ids of one kind, users or groups, change. */
struct hostfs_ids {
	u32 ranges;
	struct hostfs_range range[HOSTFS_RANGES];
	bool has_owner, has_squash;
	u32 owner;		/* of the guest */
	u32 squash;		/* of the host */
};

struct hostfs_owners {
	struct hostfs_ids uid, gid;
	u32 umask;
};

/* --- the option's value ------------------------------------------------- */

/* Up to `most` decimal numbers with colons between. Return: how many; 0: bad. */
static unsigned int hostfs_numbers(const char *value, unsigned int most,
				   u32 *ret)
{
	char word[12];
	unsigned int n;
	size_t length;

	for (n = 0; n < most; n++) {
		length = strcspn(value, ":");
		if (!length || length >= sizeof(word) || !isdigit(*value))
			return 0;
		strscpy(word, value, length + 1);
		if (kstrtou32(word, 10, &ret[n]))
			return 0;
		value += length;
		if (!*value)
			return n + 1;
		value++;
	}
	return 0;
}

static bool hostfs_overlap(u32 a, u32 a_count, u32 b, u32 b_count)
{
	return a < (u64)b + b_count && b < (u64)a + a_count;
}

/* Return: NULL, or what is wrong with it. */
static const char *hostfs_add_range(struct hostfs_ids *ids,
				    const struct hostfs_range *new)
{
	const struct hostfs_range *r;

	/* The last number is no id. */
	if (!new->count || (u64)new->host + new->count > HOSTFS_NO_ID ||
	    (u64)new->guest + new->count > HOSTFS_NO_ID)
		return "no such range of ids";
	if (ids->ranges == HOSTFS_RANGES)
		return "too many ranges";
	for (r = ids->range; r < ids->range + ids->ranges; r++)
		if (hostfs_overlap(r->host, r->count, new->host, new->count) ||
		    hostfs_overlap(r->guest, r->count, new->guest, new->count))
			return "an id is in two ranges";
	ids->range[ids->ranges++] = *new;
	return NULL;
}

static const char *hostfs_parse_map(struct hostfs_owners *o,
				    enum hostfs_owner_option kind,
				    const char *value)
{
	u32 n[3] = { 0, 0, 1 };
	const char *wrong = NULL;
	struct hostfs_range r;

	if (hostfs_numbers(value, 3, n) < 2)
		return "HOSTID:GUESTID[:COUNT] was expected";
	r = (struct hostfs_range){ .host = n[0], .guest = n[1], .count = n[2] };
	if (kind != HOSTFS_OWNER_MAP_GID)
		wrong = hostfs_add_range(&o->uid, &r);
	if (!wrong && kind != HOSTFS_OWNER_MAP_UID)
		wrong = hostfs_add_range(&o->gid, &r);
	return wrong;
}

static const char *hostfs_parse_owner(struct hostfs_owners *o,
				      enum hostfs_owner_option kind,
				      const char *value)
{
	u32 n[2] = { 0, HOSTFS_NO_ID };
	unsigned int count = hostfs_numbers(value, 2, n);

	if (!count)
		return "UID[:GID] was expected";
	if (n[0] == HOSTFS_NO_ID || (count == 2 && n[1] == HOSTFS_NO_ID))
		return "no such id";
	if (kind == HOSTFS_OWNER_SQUASH) {
		o->uid.has_squash = true;
		o->uid.squash = n[0];
		o->gid.has_squash = count == 2;
		o->gid.squash = count == 2 ? n[1] : 0;
	} else {
		o->uid.has_owner = true;
		o->uid.owner = n[0];
		o->gid.has_owner = count == 2;
		o->gid.owner = count == 2 ? n[1] : 0;
	}
	return NULL;
}

static const char *hostfs_parse_umask(struct hostfs_owners *o,
				      const char *value)
{
	u32 bits;

	if (!isdigit(*value) || kstrtou32(value, 8, &bits) || bits > 0777)
		return "an octal number up to 777 was expected";
	o->umask = bits;
	return NULL;
}

int hostfs_owner_parse(struct fs_context *fc, enum hostfs_owner_option kind,
		       const char *name, const char *value,
		       struct hostfs_owners **owners)
{
	const char *wrong;

	if (!*owners)
		*owners = kzalloc(sizeof(**owners), GFP_KERNEL);
	if (!*owners)
		return -ENOMEM;
	if (kind == HOSTFS_OWNER_UMASK)
		wrong = hostfs_parse_umask(*owners, value);
	else if (kind == HOSTFS_OWNER_SQUASH || kind == HOSTFS_OWNER_OWNER)
		wrong = hostfs_parse_owner(*owners, kind, value);
	else
		wrong = hostfs_parse_map(*owners, kind, value);
	if (wrong)
		return invalf(fc, "hostfs: %s=%s: %s", name, value, wrong);
	return 0;
}

bool hostfs_owner_same(const struct hostfs_owners *a,
		       const struct hostfs_owners *b)
{
	if (!a || !b)
		return a == b;
	return !memcmp(a, b, sizeof(*a));
}

static void hostfs_show_ranges(struct seq_file *m, const char *name,
			       const struct hostfs_ids *ids)
{
	const struct hostfs_range *r;

	for (r = ids->range; r < ids->range + ids->ranges; r++)
		seq_printf(m, ",%s=%u:%u:%u", name, r->host, r->guest,
			   r->count);
}

void hostfs_owner_show(struct seq_file *m, const struct hostfs_owners *owners)
{
	const struct hostfs_ids *uid, *gid;

	if (!owners)
		return;
	uid = &owners->uid;
	gid = &owners->gid;
	if (uid->ranges == gid->ranges &&
	    !memcmp(uid->range, gid->range, sizeof(uid->range))) {
		hostfs_show_ranges(m, "map", uid);
	} else {
		hostfs_show_ranges(m, "map-uid", uid);
		hostfs_show_ranges(m, "map-gid", gid);
	}
	if (uid->has_squash)
		seq_printf(m, ",squash=%u", uid->squash);
	if (gid->has_squash)
		seq_printf(m, ":%u", gid->squash);
	if (uid->has_owner)
		seq_printf(m, ",owner=%u", uid->owner);
	if (gid->has_owner)
		seq_printf(m, ":%u", gid->owner);
	if (owners->umask)
		seq_printf(m, ",umask=%03o", owners->umask);
}

/* --- from the host to the guest ----------------------------------------- */

/* Return: the guest's id, HOSTFS_NO_ID: it has none. */
static u32 hostfs_to_guest(const struct hostfs_ids *ids, u32 host)
{
	const struct hostfs_range *r;

	for (r = ids->range; r < ids->range + ids->ranges; r++)
		if (host - r->host < r->count)
			return r->guest + (host - r->host);
	if (ids->has_owner)
		return ids->owner;
	return ids->ranges ? HOSTFS_NO_ID : host;
}

void hostfs_owner_apply(struct inode *inode, const struct host_attr *attr)
{
	const struct hostfs_owners *o = HOSTFS_SB(inode->i_sb)->options.owners;

	if (!o) {
		WRITE_ONCE(inode->i_mode, attr->mode);
		i_uid_write(inode, attr->uid);
		i_gid_write(inode, attr->gid);
		return;
	}
	/* The mode of a link means nothing, and is the same for all links. */
	WRITE_ONCE(inode->i_mode,
		   attr->mode & (S_ISLNK(attr->mode) ? ~0 : ~o->umask));
	i_uid_write(inode, hostfs_to_guest(&o->uid, attr->uid));
	i_gid_write(inode, hostfs_to_guest(&o->gid, attr->gid));
}

u32 hostfs_owner_umask(const struct super_block *sb)
{
	const struct hostfs_owners *o = HOSTFS_SB(sb)->options.owners;

	return o ? o->umask : 0;
}

/* The bits of the umask that are about an entry of an ACL. */
static u32 hostfs_acl_umask(const struct posix_acl_entry *e, u32 umask)
{
	switch (e->e_tag) {
	case ACL_USER_OBJ:
		return umask >> 6 & 7;
	case ACL_OTHER:
		return umask & 7;
	default:
		return umask >> 3 & 7;
	}
}

void hostfs_owner_show_acl(struct inode *inode, struct posix_acl *acl)
{
	const struct hostfs_owners *o = HOSTFS_SB(inode->i_sb)->options.owners;
	struct user_namespace *ns = i_user_ns(inode);
	struct posix_acl_entry *e;

	if (!o || IS_ERR_OR_NULL(acl))
		return;
	for (e = acl->a_entries; e < acl->a_entries + acl->a_count; e++) {
		e->e_perm &= ~hostfs_acl_umask(e, o->umask);
		if (e->e_tag == ACL_USER)
			e->e_uid = make_kuid(ns, hostfs_to_guest(&o->uid,
						from_kuid(ns, e->e_uid)));
		else if (e->e_tag == ACL_GROUP)
			e->e_gid = make_kgid(ns, hostfs_to_guest(&o->gid,
						from_kgid(ns, e->e_gid)));
	}
}

/* --- from the guest to the host ----------------------------------------- */

/*
 * The host's id of a guest's one.
 * Return: 0; -EOVERFLOW: it has none; -ENOENT: it has none as all the host's
 * are shown as one.
 */
static int hostfs_to_host(const struct hostfs_ids *ids, u32 guest, u32 *ret)
{
	const struct hostfs_range *r;

	for (r = ids->range; r < ids->range + ids->ranges; r++) {
		if (guest - r->guest < r->count) {
			*ret = r->host + (guest - r->guest);
			return 0;
		}
	}
	if (ids->has_squash)
		*ret = ids->squash;
	else if (ids->has_owner)
		return -ENOENT;
	else if (ids->ranges || guest == HOSTFS_NO_ID)
		return -EOVERFLOW;
	else
		*ret = guest;
	return 0;
}

/* Whom a new object belongs to. HOST_OWN_ID: whoever runs the guest. */
static int hostfs_new_id(const struct hostfs_ids *ids, u32 guest, u32 *ret)
{
	int err = hostfs_to_host(ids, guest, ret);

	if (err != -ENOENT)
		return err;
	*ret = HOST_OWN_ID;
	return 0;
}

int hostfs_owner_new(struct mnt_idmap *idmap, struct inode *dir,
		     struct host_new *ret)
{
	const struct hostfs_owners *o = HOSTFS_SB(dir->i_sb)->options.owners;
	struct user_namespace *ns = i_user_ns(dir);
	u32 uid = from_kuid(ns, mapped_fsuid(idmap, ns));
	u32 gid = from_kgid(ns, mapped_fsgid(idmap, ns));
	int err = 0;

	if (o)
		err = hostfs_new_id(&o->uid, uid, &uid);
	if (o && !err)
		err = hostfs_new_id(&o->gid, gid, &gid);
	if (err)
		return err;
	/* The directory's group goes on as it is on the host. */
	if (dir->i_mode & S_ISGID)
		gid = READ_ONCE(HOSTFS_I(dir)->attr.gid);
	ret->uid = uid;
	ret->gid = gid;
	return 0;
}

/* One id of chown(2). *set keeps the bit if the host has something to do. */
static int hostfs_set_id(const struct hostfs_ids *ids, u32 guest, u32 now,
			 u32 bit, u32 *set, u32 *ret)
{
	int err = hostfs_to_host(ids, guest, ret);

	if (err != -ENOENT)
		return err;
	/* Shown as the one that it is to be: it is that already. */
	*set &= ~bit;
	return guest == ids->owner && hostfs_to_guest(ids, now) == guest ?
	       0 : -EPERM;
}

int hostfs_owner_set(struct mnt_idmap *idmap, struct inode *inode,
		     const struct iattr *attr, struct host_setattr *set)
{
	const struct hostfs_owners *o = HOSTFS_SB(inode->i_sb)->options.owners;
	struct user_namespace *ns = i_user_ns(inode);
	struct host_attr *now = &HOSTFS_I(inode)->attr;
	int err = 0;

	if (attr->ia_valid & ATTR_UID) {
		set->set |= HOST_SET_UID;
		set->uid = from_kuid(ns, from_vfsuid(idmap, ns,
						     attr->ia_vfsuid));
		if (o)
			err = hostfs_set_id(&o->uid, set->uid, now->uid,
					    HOST_SET_UID, &set->set, &set->uid);
	}
	if (!err && (attr->ia_valid & ATTR_GID)) {
		set->set |= HOST_SET_GID;
		set->gid = from_kgid(ns, from_vfsgid(idmap, ns,
						     attr->ia_vfsgid));
		if (o)
			err = hostfs_set_id(&o->gid, set->gid, now->gid,
					    HOST_SET_GID, &set->set, &set->gid);
	}
	/* What the guest does not see stays as it is. */
	if (o && (set->set & HOST_SET_MODE))
		set->mode = (set->mode & ~o->umask) | (now->mode & o->umask);
	return err;
}

int hostfs_owner_set_acl(struct inode *inode, struct posix_acl *acl)
{
	const struct hostfs_owners *o = HOSTFS_SB(inode->i_sb)->options.owners;
	struct user_namespace *ns = i_user_ns(inode);
	struct posix_acl_entry *e;
	int err = 0;
	u32 id;

	if (!o)
		return 0;
	for (e = acl->a_entries; e < acl->a_entries + acl->a_count; e++) {
		e->e_perm &= ~hostfs_acl_umask(e, o->umask);
		if (e->e_tag == ACL_USER) {
			err = hostfs_to_host(&o->uid, from_kuid(ns, e->e_uid),
					     &id);
			e->e_uid = make_kuid(ns, id);
		} else if (e->e_tag == ACL_GROUP) {
			err = hostfs_to_host(&o->gid, from_kgid(ns, e->e_gid),
					     &id);
			e->e_gid = make_kgid(ns, id);
		}
		if (err)
			return err == -ENOENT ? -EPERM : err;
	}
	return 0;
}
