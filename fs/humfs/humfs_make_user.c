// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_make - new objects that are complete when somebody can find them
 */
#include "humfs_user.h"

/* --- what it is to be ------------------------------------------------------- */

/* A directory's default ACL, malloc'd; none: NULL. -EIO: it is none. */
static int default_acl(struct humfs *fs, const struct hmeta_object *dir,
		       void **ret, uint32_t *ret_size)
{
	char small[256];
	void *acl;
	int size;

	size = fs->store->ops->getx(fs->store, dir, HMETA_ACL_DEFAULT, small,
				    sizeof(small));
	if (size == -ENODATA || size == -EOPNOTSUPP || size == 0)
		return 0;
	if (size == -ERANGE)
		size = HMETA_VALUE_MAX;
	if (size < 0)
		return size;
	acl = malloc(size);
	if (!acl)
		return -ENOMEM;
	if (size == HMETA_VALUE_MAX)
		size = fs->store->ops->getx(fs->store, dir, HMETA_ACL_DEFAULT,
					    acl, size);
	else
		memcpy(acl, small, size);
	if (size < 0 || !hmeta_acl_valid(acl, size)) {
		free(acl);
		return size < 0 ? size : -EIO;
	}
	*ret = acl;
	*ret_size = size;
	return 0;
}

/* The ACLs that an object made in dir begins with, and its mode. */
static int new_inherit(struct humfs_new *new, void *acl, uint32_t size)
{
	uint32_t mode = new->record.mode;
	void *copy;

	if (S_ISDIR(mode)) {
		copy = malloc(size);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, acl, size);
		new->default_acl = copy;
		new->default_size = size;
	}
	if (hmeta_acl_inherit(acl, size, &mode)) {
		free(acl);
	} else {
		new->acl = acl;
		new->acl_size = size;
	}
	new->record.mode = mode;
	return 0;
}

int humfs_new_begin(struct humfs *fs, struct host_node *dir,
		    const struct host_new *new, struct humfs_new *ret)
{
	struct hmeta_object object = { .fd = -1, .name = "." };
	struct host_attr attr = { .id = dir->id, .mode = S_IFDIR };
	void *acl = NULL;
	uint32_t size = 0;
	int error = 0;

	*ret = (struct humfs_new){ .record = {
		.uid = new->uid, .gid = new->gid,
		.mode = new->mode & (S_IFMT | 07777),
	} };
	if (S_ISCHR(new->mode) || S_ISBLK(new->mode)) {
		ret->record.rdev_major = new->rdev_major;
		ret->record.rdev_minor = new->rdev_minor;
	}
	if (!S_ISLNK(new->mode)) {
		error = host_node_pin(dir, &object.fd);
		if (error)
			return error;
		object.attr = &attr;
		error = default_acl(fs, &object, &acl, &size);
		host_node_unpin(dir);
	}
	if (error == 0 && acl) {
		error = new_inherit(ret, acl, size);
		if (error)
			free(acl);
	}
	ret->plain = !ret->acl && !ret->default_acl &&
		     humfs_needs_no_record(fs, &ret->record);
	return error;
}

void humfs_new_end(struct humfs_new *new)
{
	free(new->acl);
	free(new->default_acl);
}

int humfs_new_settle(struct humfs *fs, const struct hmeta_object *object,
		     const struct humfs_new *new)
{
	const struct hmeta_store_ops *ops = fs->store->ops;
	bool apart = ops->anchored && !fs->store->by_ctime;
	int error = 0;

	/*
	 * The ACLs first: the record has a mode that relies on them. Nobody knows the
	 * object yet, so one is as good as the other.
	 */
	if (new->acl)
		error = ops->setx(fs->store, object, HMETA_ACL_ACCESS, new->acl,
				  new->acl_size, 0);
	if (error == 0 && new->default_acl)
		error = ops->setx(fs->store, object, HMETA_ACL_DEFAULT,
				  new->default_acl, new->default_size, 0);
	/* A store that goes by names gets it with the name. */
	if (error == 0 && !ops->names &&
	    (!humfs_needs_no_record(fs, &new->record) ||
	     (apart && (new->acl || new->default_acl))))
		error = ops->set(fs->store, object, &new->record);
	return error;
}

/* --- regular files on the host ------------------------------------------------- */

static int give_name(int fd, struct host_node *dir, const char *name)
{
	int dir_fd, error;

	error = host_node_pin(dir, &dir_fd);
	if (error)
		return error;
	error = host_link_fd(fd, dir_fd, name);
	host_node_unpin(dir);
	return error;
}

int humfs_new_name(struct humfs *fs, const struct hmeta_change *change,
		   const struct humfs_new *new, const struct host_attr *attr)
{
	const struct hmeta_name_ops *names = fs->store->ops->names;
	struct hmeta_object object = {
		.fd = -1, .attr = attr, .dir = change->dir,
		.dir_name = change->name,
	};
	struct hmeta_record record = new->record;
	bool staged = new->staged && (new->acl || new->default_acl);
	int error;

	if (!names)
		return change->run(change->context);
	/* The mode relies on ACLs that are not there yet. */
	if (staged)
		record.mode &= ~07777u;
	error = names->make(fs->store, change, &record);
	if (error == 0 && staged)
		error = fs->store->ops->set(fs->store, &object, &new->record);
	return error;
}

/* A name for an open file that has none. */
struct naming {
	int fd;
	struct host_node *dir;
	const char *name;
};

static int run_naming(void *context)
{
	const struct naming *at = context;

	return give_name(at->fd, at->dir, at->name);
}

/*
 * The descriptor of a file that was made without a name keeps the name that the
 * host gave it meanwhile ("#123"), and that is what others who watch the
 * directory would be told of each write. One of its name, if that is still it; and
 * *attr as it is then. Return: is it by its name now?
 */
static bool by_its_name(struct host_node *dir, const char *name, uint32_t flags,
			struct host_attr *attr, struct host_file *file)
{
	struct host_target target = { .tree = dir->tree, .type = S_IFREG };
	struct host_attr named;
	int dir_fd, fd = -1;

	if (host_node_pin(dir, &dir_fd))
		return false;
	if (host_open_path(dir->tree, dir_fd, name, &named,
			   &target.path_fd) == 0) {
		target.id = &named.id;
		target.dir_fd = dir_fd;
		target.name = name;
		if (host_id_equal(&named.id, &attr->id))
			fd = host_open_target(&target, flags);
		host_close_fd(target.path_fd);
	}
	host_node_unpin(dir);
	if (fd < 0)
		return false;	/* it goes by the other name */
	host_close_fd(file->fd);
	file->fd = fd;
	file->flags = flags;
	*attr = named;
	return true;
}

static struct host_new host_new_of(uint32_t mode)
{
	return (struct host_new){ .mode = mode, .uid = host_features.uid,
				  .gid = host_features.gid };
}

/* ext4 says EPERM to files without a name in a directory without one. */
static bool is_removed(struct host_node *dir)
{
	struct host_attr attr;

	return host_plain_getattr(dir, NULL, &attr) == 0 && attr.nlink == 0;
}

/* Without a name, record, name. -EOPNOTSUPP: the host has no such files. */
static int make_unnamed(struct humfs *fs, struct host_node *dir,
			const char *name, const struct humfs_new *new,
			uint32_t flags, struct host_attr *ret_attr,
			struct host_file **ret)
{
	uint32_t mode = S_IFREG | hmeta_host_mode(new->record.mode);
	struct host_new host = host_new_of(mode);
	struct hmeta_object object = { .open = true, .dir = name ? dir : NULL,
				       .dir_name = name };
	uint32_t asked = flags & ~(uint32_t)(HOST_EXCL | HOST_TRUNC);
	struct host_file *file;
	bool named = false;
	int error;

	if (name)
		flags = (flags & ~(uint32_t)HOST_EXCL) | HOST_WRITE;
	error = host_plain_tmpfile(dir, &host, flags, ret_attr, &file);
	if (error)
		return error == -EPERM && is_removed(dir) ? -ENOENT : error;
	object.fd = file->fd;
	object.attr = ret_attr;
	error = humfs_new_settle(fs, &object, new);
	if (error == 0 && name)
		error = humfs_new_name(fs, &(struct hmeta_change){
			run_naming, &(struct naming){ file->fd, dir, name },
			dir, name }, new, ret_attr);
	named = name && error == 0;
	if (error == 0 && !(named && (asked & HOST_WRITE) &&
			    by_its_name(dir, name, asked, ret_attr, file)))
		error = host_statx(file->fd, "", ret_attr);
	if (error) {
		/* What has its name keeps its record. */
		if (!named)
			humfs_gone_never(fs, ret_attr);
		host_plain_close(file);
		return error;
	}
	*ret = file;
	return 0;
}

/* For hosts without O_TMPFILE: under its name, with a mode of use to nobody. */
struct staging {
	struct humfs *fs;
	struct host_node *dir;
	const char *name;
	const struct humfs_new *new;
	uint32_t flags;
	struct host_attr *attr;
	struct host_file *file;
};

static int run_staging(void *context)
{
	struct staging *at = context;
	struct host_new host = host_new_of(S_IFREG | HUMFS_STAGED_MODE);
	struct hmeta_object object = { .open = true, .dir = at->dir,
				       .dir_name = at->name };
	struct host_file *file;
	int made, error;

	error = host_plain_create(at->dir, at->name, &host,
				  at->flags | HOST_EXCL, at->attr, &file,
				  &made);
	if (error)
		return error;
	object.fd = file->fd;
	object.attr = at->attr;
	error = humfs_new_settle(at->fs, &object, at->new);
	if (error == 0)
		error = host_chmod_fd(file->fd, S_IFREG,
				      hmeta_host_mode(at->new->record.mode));
	if (error == 0)
		error = host_statx(file->fd, "", at->attr);
	if (error) {
		if (host_plain_unlink(at->dir, at->name, 0) == 0)
			humfs_gone_never(at->fs, at->attr);
		host_plain_close(file);
		return error;
	}
	at->file = file;
	return 0;
}

static int make_staged(struct humfs *fs, struct host_node *dir,
		       const char *name, const struct humfs_new *new,
		       uint32_t flags, struct host_attr *ret_attr,
		       struct host_file **ret)
{
	struct staging at = { fs, dir, name, new, flags, ret_attr, NULL };
	struct humfs_new staged = *new;
	int error;

	staged.staged = true;
	error = humfs_new_name(fs, &(struct hmeta_change){
		run_staging, &at, dir, name }, &staged, ret_attr);
	if (error && at.file)
		host_plain_close(at.file);
	if (error == 0)
		*ret = at.file;
	return error;
}

int humfs_make_file(struct humfs *fs, struct host_node *dir, const char *name,
		    const struct humfs_new *new, uint32_t flags,
		    struct host_attr *ret_attr, struct host_file **ret)
{
	struct host_attr attr;
	int error;

	error = make_unnamed(fs, dir, name, new, flags, &attr, ret);
	if (name && (error == -EOPNOTSUPP || error == -EINVAL))
		error = make_staged(fs, dir, name, new, flags, &attr, ret);
	if (error)
		return error;
	humfs_cache_new(fs, &attr, true);
	if (humfs_needs_no_record(fs, &new->record)) {
		attr.uid = fs->uid;
		attr.gid = fs->gid;
	} else {
		humfs_show_record(&new->record, &attr);
	}
	*ret_attr = attr;
	return 0;
}

int humfs_tmpfile(struct host_node *dir, const struct host_new *new,
		  uint32_t flags, struct host_attr *ret_attr,
		  struct host_file **ret)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct humfs_new what;
	int error = humfs_new_begin(fs, dir, new, &what);

	if (error == 0)
		error = humfs_make_file(fs, dir, NULL, &what, flags, ret_attr,
					ret);
	humfs_new_end(&what);
	if (error == 0)
		humfs_gone_unnamed(fs, *ret, ret_attr);
	return error;
}
