// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode.c - inodes found by identity, and their attributes
 */
#include <linux/hash.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include "hostfs.h"

/* --- identity ----------------------------------------------------------- */

/*
 * A directory has one place in a tree. One that the host shows at a second place
 * by a bind mount is a second object, or both would take turns.
 */
static bool hostfs_same_id(const struct host_attr *a, const struct host_attr *b)
{
	return a->id.ino == b->id.ino &&
	       a->id.dev_major == b->id.dev_major &&
	       a->id.dev_minor == b->id.dev_minor &&
	       a->id.btime.sec == b->id.btime.sec &&
	       a->id.btime.nsec == b->id.btime.nsec &&
	       !((a->mode ^ b->mode) & S_IFMT) &&
	       (!S_ISDIR(a->mode) || a->mnt_id == b->mnt_id);
}

/* Are these the attributes of this very object? For RCU-walk too. */
bool hostfs_same(const struct inode *inode, const struct host_attr *attr)
{
	return hostfs_same_id(&HOSTFS_I(inode)->attr, attr);
}

static int hostfs_test(struct inode *inode, void *attr)
{
	return hostfs_same(inode, attr);
}

static int hostfs_set(struct inode *inode, void *data)
{
	const struct host_attr *attr = data;

	HOSTFS_I(inode)->attr = *attr;
	inode->i_ino = attr->id.ino;
	inode->i_mode = attr->mode;
	return 0;
}

u64 hostfs_hash(const struct host_id *id)
{
	return id->ino ^ hash_64(((u64)id->dev_major << 32) | id->dev_minor, 64);
}

/* --- attributes --------------------------------------------------------- */

/* The system call that is running; 0 in threads that make none. */
static u64 hostfs_running_call(void)
{
	if (current->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return 0;
	return current->thread.syscall_id;
}

/* Are the attributes what this system call may go by? */
bool hostfs_fresh(const struct inode *inode)
{
	u64 call = READ_ONCE(HOSTFS_I(inode)->call);

	if (HOSTFS_SB(inode->i_sb)->options.cache == HOSTFS_EXCLUSIVE)
		return call;
	return call && call == hostfs_running_call();
}

static bool hostfs_same_time(const struct host_time *a,
			     const struct host_time *b)
{
	return a->sec == b->sec && a->nsec == b->nsec;
}

/*
 * What a write takes away: set-id bits, which the host leaves to a privileged
 * process, and file capabilities, which it takes itself, whoever writes. Over
 * another table they are not the host's: the VFS looks for them, and S_NOSEC says
 * that there were none. That holds while the last change was one of the data
 * (those leave both times the same), not of an attribute.
 */
static void hostfs_apply_nosec(struct inode *inode, const struct host_attr *attr)
{
	if (attr->mode & (S_ISUID | S_ISGID))
		inode->i_flags &= ~S_NOSEC;
	else if (!HOSTFS_SB(inode->i_sb)->flavour ||
		 (attr->attributes & HOST_ATTR_NOSEC))
		inode->i_flags |= S_NOSEC;
	else if (!hostfs_same_time(&attr->ctime, &attr->mtime))
		inode->i_flags &= ~S_NOSEC;
}

/* Take over what differs. The lock is held. */
static void hostfs_apply(struct inode *inode, const struct host_attr *attr)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	/* A changed ctime: rights kept elsewhere may have changed as well. */
	if (!hostfs_same_time(&hi->attr.ctime, &attr->ctime))
		forget_all_cached_acls(inode);
	hostfs_apply_nosec(inode, attr);
	inode->i_flags &= ~(S_IMMUTABLE | S_APPEND);
	if (attr->attributes & STATX_ATTR_IMMUTABLE)
		inode->i_flags |= S_IMMUTABLE;
	if (attr->attributes & STATX_ATTR_APPEND)
		inode->i_flags |= S_APPEND;
	hi->attr = *attr;
	hostfs_owner_apply(inode, attr);
	if (inode->i_nlink != attr->nlink)
		set_nlink(inode, attr->nlink);
	i_size_write(inode, attr->size);
	WRITE_ONCE(inode->i_blocks, attr->blocks);
	inode_set_atime(inode, attr->atime.sec, attr->atime.nsec);
	inode_set_mtime(inode, attr->mtime.sec, attr->mtime.nsec);
	inode_set_ctime(inode, attr->ctime.sec, attr->ctime.nsec);
}

/* To be read before the host is asked, and given to hostfs_store(). */
u32 hostfs_version(const struct inode *inode)
{
	return smp_load_acquire(&HOSTFS_I(inode)->version);
}

/**
 * hostfs_store - keep the host's answer
 * @inode: whose it is
 * @attr: the answer
 * @version: hostfs_version() from before the question
 *
 * Also in RCU-walk.
 * Return: false if something changed meanwhile, and the answer was not kept.
 */
bool hostfs_store(struct inode *inode, const struct host_attr *attr,
		  u32 version)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	bool kept = false;

	spin_lock(&hi->lock);
	if (hi->version == version && !hi->dead) {
		if (memcmp(&hi->attr, attr, sizeof(*attr))) {
			hostfs_apply(inode, attr);
			smp_store_release(&hi->version, version + 1);
		}
		WRITE_ONCE(hi->call, hostfs_running_call());
		kept = true;
	}
	spin_unlock(&hi->lock);
	return kept;
}

/**
 * hostfs_changed - the guest itself has changed an object
 * @inode: the object
 * @attr: what holds now, or NULL: to be asked for when it is wanted
 *
 * Answers to questions that are under way are not kept.
 */
void hostfs_changed(struct inode *inode, const struct host_attr *attr)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	spin_lock(&hi->lock);
	smp_store_release(&hi->version, hi->version + 1);
	if (attr && !hi->dead && hostfs_same(inode, attr)) {
		hostfs_apply(inode, attr);
		WRITE_ONCE(hi->call, hostfs_running_call());
	} else {
		WRITE_ONCE(hi->call, 0);
	}
	spin_unlock(&hi->lock);
}

/*
 * Tell the node the place where the dentry has it.
 * Return: true if there was a place to tell.
 */
bool hostfs_place(struct inode *inode, struct dentry *dentry)
{
	struct dentry *alias = NULL, *parent;
	struct name_snapshot name;
	bool told = false;

	/* Under a name that was removed it is not to be found. */
	if (dentry && d_unhashed(dentry) && d_inode(dentry) == inode) {
		alias = d_find_alias(inode);
		dentry = alias ?: dentry;
	}
	if (!dentry || d_inode(dentry) != inode)
		dentry = alias = d_find_any_alias(inode);
	if (!dentry)
		return false;
	parent = dget_parent(dentry);
	if (parent != dentry) {
		take_dentry_name_snapshot(&name, dentry);
		told = !hostfs_call_now(inode, place, HOSTFS_I(inode)->node,
				    HOSTFS_I(d_inode(parent))->node,
				    name.name.name);
		release_dentry_name_snapshot(&name);
	}
	dput(parent);
	dput(alias);
	return told;
}

/**
 * hostfs_ask - ask the host for attributes, and keep them
 * @inode: of what
 * @dentry: under which name it was reached, or NULL
 * @file: an open file of it, or NULL: any that there is
 * @ret_attr: the answer
 *
 * Return: 0, or the host's error.
 */
int hostfs_ask(struct inode *inode, struct dentry *dentry,
	       struct hostfs_file *file, struct host_attr *ret_attr)
{
	struct hostfs_file *borrowed = NULL;
	u32 version = hostfs_version(inode);
	struct host_attr attr;
	int err;

	if (!file)
		file = borrowed = hostfs_file_get(inode, 0);
	err = hostfs_call_node(inode, dentry, getattr,
			       file ? file->host : NULL, &attr);
	hostfs_file_put(borrowed);
	if (err)
		return err;
	if (!hostfs_same(inode, &attr))
		return -ESTALE;
	hostfs_store(inode, &attr, version);
	*ret_attr = attr;
	return 0;
}

/* Make the attributes those of the running system call. */
int hostfs_refresh(struct inode *inode, struct dentry *dentry,
		   struct hostfs_file *file)
{
	struct host_attr attr;

	if (hostfs_fresh(inode)) {
		hostfs_count(inode->i_sb, fresh);
		return 0;
	}
	return hostfs_ask(inode, dentry, file, &attr);
}

/* --- finding and making ------------------------------------------------- */

static void hostfs_init_inode(struct inode *inode, const struct host_attr *attr)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);

	hi->pace = hostfs_pace_of(hostfs_ops(inode), hi->node, &attr->id);
	spin_lock(&hi->lock);
	hostfs_apply(inode, attr);
	WRITE_ONCE(hi->call, hostfs_running_call());
	spin_unlock(&hi->lock);
	hi->dev = hostfs_device(inode->i_sb, &attr->id);
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	inode->i_mapping->a_ops = &hostfs_aops;
	switch (attr->mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &hostfs_file_inode_ops;
		inode->i_fop = &hostfs_file_ops;
		break;
	case S_IFDIR:
		inode->i_op = &hostfs_dir_inode_ops;
		inode->i_fop = &hostfs_dir_ops;
		break;
	case S_IFLNK:
		inode->i_op = &hostfs_symlink_inode_ops;
		break;
	default:
		inode->i_op = &hostfs_special_inode_ops;
		init_special_inode(inode, attr->mode,
				   MKDEV(attr->rdev_major, attr->rdev_minor));
	}
}

/* Is this what an inode can be made of? The host is not trusted to say so. */
static bool hostfs_type_known(const struct host_attr *attr)
{
	switch (attr->mode & S_IFMT) {
	case S_IFREG: case S_IFDIR: case S_IFLNK: case S_IFIFO:
	case S_IFSOCK: case S_IFCHR: case S_IFBLK:
		return (s64)attr->size >= 0;
	default:
		return false;
	}
}

/*
 * An object that has an inode already was looked up. If the answer differs from
 * what is stored, either may be the newer one (the question was asked before it
 * was known which inode it is about), so ask again.
 */
static void hostfs_met_again(struct inode *inode, const struct host_attr *attr)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct host_attr now;
	bool same;

	spin_lock(&hi->lock);
	same = !memcmp(&hi->attr, attr, sizeof(*attr));
	if (same)
		WRITE_ONCE(hi->call, hostfs_running_call());
	spin_unlock(&hi->lock);
	/* A failure will be met, and reported, by whatever comes next. */
	if (!same)
		(void)hostfs_ask(inode, NULL, NULL, &now);
}

/**
 * hostfs_iget - the inode of an object that was just looked up or made
 * @sb: where
 * @dir: the directory it was found in; NULL: it has no name (O_TMPFILE)
 * @name: its name there
 * @attr: what the host said
 *
 * Return: a new reference, or -ENOMEM, -EIO, or what the host half says.
 */
struct inode *hostfs_iget(struct super_block *sb, struct inode *dir,
			  const char *name, const struct host_attr *attr)
{
	struct host_fs *fs = HOSTFS_SB(sb)->fs;
	struct host_node *dirnode = dir ? HOSTFS_I(dir)->node : NULL;
	struct hostfs_inode *hi;
	struct inode *inode;
	int err;

	if (!hostfs_type_known(attr))
		return ERR_PTR(-EIO);
	inode = iget5_locked(sb, hostfs_hash(&attr->id), hostfs_test,
			     hostfs_set, (void *)attr);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	hi = HOSTFS_I(inode);
	if (!(inode_state_read_once(inode) & I_NEW)) {
		if (dirnode)
			hostfs_call_now(inode, place, hi->node, dirnode, name);
		hostfs_met_again(inode, attr);
		return inode;
	}
	err = hostfs_call_now(inode, node, fs, dirnode, name, attr, &hi->node);
	if (err) {
		hi->node = NULL;
		iget_failed(inode);
		return ERR_PTR(err);
	}
	hostfs_init_inode(inode, attr);
	unlock_new_inode(inode);
	hostfs_cover_new(inode);
	return inode;
}

struct inode *hostfs_iget_root(struct super_block *sb)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	struct host_attr attr;
	struct host_node *node;
	struct inode *inode;
	int err;

	err = hostfs_call_sb(sb, root, sbi->fs, &attr, &node);
	if (err)
		return ERR_PTR(err);
	sbi->major = attr.id.dev_major;
	sbi->minor = attr.id.dev_minor;
	inode = S_ISDIR(attr.mode) ?
		iget5_locked(sb, hostfs_hash(&attr.id), hostfs_test,
			     hostfs_set, &attr) : ERR_PTR(-ENOTDIR);
	if (IS_ERR_OR_NULL(inode)) {
		hostfs_put(sb, node);
		return inode ?: ERR_PTR(-ENOMEM);
	}
	HOSTFS_I(inode)->node = node;
	hostfs_init_inode(inode, &attr);
	sbi->pace = HOSTFS_I(inode)->pace;
	unlock_new_inode(inode);
	return inode;
}

/* --- getattr, setattr --------------------------------------------------- */

#define HOSTFS_STAT_ATTRIBUTES						\
	(STATX_ATTR_COMPRESSED | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | \
	 STATX_ATTR_NODUMP | STATX_ATTR_ENCRYPTED | STATX_ATTR_VERITY)

int hostfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct host_attr attr;
	int err;

	if (!(flags & AT_STATX_DONT_SYNC)) {
		err = hostfs_refresh(inode, path->dentry, NULL);
		if (err)
			return err;
	}
	spin_lock(&hi->lock);
	attr = hi->attr;
	spin_unlock(&hi->lock);
	generic_fillattr(idmap, request_mask, inode, stat);
	stat->dev = hi->dev;
	stat->blksize = attr.blksize;
	stat->attributes |= attr.attributes & HOSTFS_STAT_ATTRIBUTES;
	stat->attributes_mask |= attr.attributes_mask & HOSTFS_STAT_ATTRIBUTES;
	if (attr.has_btime) {
		stat->btime.tv_sec = attr.id.btime.sec;
		stat->btime.tv_nsec = attr.id.btime.nsec;
		stat->result_mask |= STATX_BTIME;
	}
	return 0;
}

static struct host_time hostfs_time(struct timespec64 t)
{
	return (struct host_time){ .sec = t.tv_sec, .nsec = t.tv_nsec };
}

/* What the VFS wants to have set, in the host half's words. */
static int hostfs_wanted(struct mnt_idmap *idmap, struct inode *inode,
			 const struct iattr *attr, struct host_setattr *ret)
{
	unsigned int valid = attr->ia_valid;
	struct host_setattr set = {};

	if (valid & ATTR_MODE) {
		set.set |= HOST_SET_MODE;
		set.mode = attr->ia_mode & S_IALLUGO;
	}
	if (valid & ATTR_SIZE) {
		set.set |= HOST_SET_SIZE;
		set.size = attr->ia_size;
		/* Truncation sets the time by itself, on the host's clock. */
		if (!(valid & ATTR_MTIME_SET))
			valid &= ~ATTR_MTIME;
	}
	if (valid & ATTR_ATIME) {
		set.set |= HOST_SET_ATIME;
		if (!(valid & ATTR_ATIME_SET))
			set.set |= HOST_SET_ATIME_NOW;
		set.atime = hostfs_time(attr->ia_atime);
	}
	if (valid & ATTR_MTIME) {
		set.set |= HOST_SET_MTIME;
		if (!(valid & ATTR_MTIME_SET))
			set.set |= HOST_SET_MTIME_NOW;
		set.mtime = hostfs_time(attr->ia_mtime);
	}
	*ret = set;
	return hostfs_owner_set(idmap, inode, attr, ret);
}

/*
 * Change the size. The pages behind the new end go first, after what is dirty
 * among them was written: else write back that is under way could make the file
 * longer again after the host has cut it.
 */
static int hostfs_truncate(struct inode *inode, struct dentry *dentry,
			   struct hostfs_file *file,
			   const struct host_setattr *set,
			   struct host_attr *ret_attr)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t old = i_size_read(inode);
	int err = 0;

	filemap_invalidate_lock(mapping);
	if (mapping->nrpages)
		err = filemap_write_and_wait_range(mapping, set->size,
						   LLONG_MAX);
	if (!err) {
		truncate_setsize(inode, set->size);
		err = hostfs_call_node(inode, dentry, setattr,
				       file ? file->host : NULL, set, ret_attr);
		if (err)
			i_size_write(inode, old);
	}
	filemap_invalidate_unlock(mapping);
	return err;
}

int hostfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct hostfs_file *file;
	struct host_setattr set;
	struct host_attr now;
	int err;

	/* Whose it is decides who may: fchmod(2) has looked nothing up. */
	if (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) {
		err = hostfs_refresh(inode, dentry, NULL);
		if (err)
			return err;
	}
	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	err = hostfs_wanted(idmap, inode, attr, &set);
	if (err || !set.set)
		return err;
	file = hostfs_file_get(inode, set.set & HOST_SET_SIZE ? HOST_WRITE : 0);
	if (set.set & HOST_SET_SIZE)
		err = hostfs_truncate(inode, dentry, file, &set, &now);
	else
		err = hostfs_call_node(inode, dentry, setattr,
				       file ? file->host : NULL, &set, &now);
	hostfs_file_put(file);
	hostfs_changed(inode, err ? NULL : &now);
	return err;
}
