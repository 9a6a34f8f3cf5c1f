// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_name - names in a directory: looked up, made, linked, removed
 */
#include "humfs_user.h"

#define HUMFS_RACES	32	/* renames outrun before we give up */

/* --- lookup --------------------------------------------------------------- */

static bool same_object(const struct host_attr *a, const struct host_attr *b)
{
	return host_id_equal(&a->id, &b->id) &&
	       !((a->mode ^ b->mode) & S_IFMT);
}

/*
 * By name, twice: another object may have taken the name between the question
 * for the attributes and that for the record.
 */
static int show_name(struct humfs *fs, struct host_node *dir, int dir_fd,
		     const char *name, struct host_attr *attr)
{
	struct host_attr host = *attr, again;
	struct hmeta_object object = {
		.fd = dir_fd, .name = name, .attr = &host,
		.dir = dir, .dir_name = name,
	};
	int error;

	for (int left = HUMFS_RACES; left; left--) {
		*attr = host;
		if (humfs_cached(fs, attr))
			return 0;
		error = humfs_show(fs, &object, attr);
		if (error && error != -ENOENT && error != -ENOTDIR &&
		    error != -EIO && error != -ESTALE)
			return error;
		if (!fs->store->by_ctime && error != -ESTALE)
			return error;	/* found by identity, not by name */
		if (host_statx(dir_fd, name, &again))
			return -ENOENT;
		if (error != -ESTALE && same_object(&host, &again))
			return error;
		host = again;
	}
	return -ESTALE;
}

int humfs_lookup(struct host_node *dir, const char *name, uint32_t flags,
		 struct host_attr *ret)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct host_attr attr;
	int fd, error;

	/* What goes by paths takes memory. */
	if ((flags & HOST_CACHED) && fs->store->ops->names)
		return -EAGAIN;
	error = host_plain_lookup(dir, name, flags, &attr);
	if (error)
		return error;
	if (!humfs_cached(fs, &attr)) {
		error = flags & HOST_CACHED ? host_node_pin_cached(dir, &fd) :
					      host_node_pin(dir, &fd);
		if (error)
			return error;
		error = show_name(fs, dir, fd, name, &attr);
		host_node_unpin(dir);
	}
	if (error == 0)
		*ret = attr;
	return error;
}

/* --- making --------------------------------------------------------------- */

/* What is there, opened: only a regular file of the guest's. */
static int open_existing(struct humfs *fs, struct host_node *dir,
			 const char *name, uint32_t flags,
			 struct host_attr *ret_attr, struct host_file **ret)
{
	struct host_node *node;
	int error = humfs_lookup(dir, name, 0, ret_attr);

	if (error)
		return error;
	if ((ret_attr->mode & S_IFMT) != S_IFREG)
		return -EEXIST;
	error = host_node_make(&fs->tree.fs, dir, name, ret_attr, &node);
	if (error)
		return error;
	error = humfs_open(node, NULL, flags, ret);
	if (error == 0 && (flags & HOST_TRUNC)) {
		error = humfs_getattr(node, *ret, ret_attr);
		if (error)
			host_plain_close(*ret);
	}
	host_node_put(node);
	return error;
}

static int create_plain(struct humfs *fs, struct host_node *dir,
			const char *name, const struct humfs_new *what,
			uint32_t flags, struct host_attr *ret_attr,
			struct host_file **ret)
{
	const struct host_new host = {
		.mode = S_IFREG | hmeta_host_mode(what->record.mode),
		.uid = host_features.uid, .gid = host_features.gid,
	};
	int made, error;

	error = host_plain_create(dir, name, &host, flags | HOST_EXCL, ret_attr,
				  ret, &made);
	if (error)
		return error;
	humfs_cache_new(fs, ret_attr, false);
	ret_attr->uid = fs->uid;
	ret_attr->gid = fs->gid;
	return 0;
}

static int create_new(struct humfs *fs, struct host_node *dir, const char *name,
		      const struct humfs_new *what, uint32_t flags,
		      struct host_attr *attr, struct host_file **ret)
{
	if (what->plain)
		return HUMFS_ADOPTING(fs, dir, create_plain(fs, dir, name, what,
							    flags, attr, ret));
	return HUMFS_ADOPTING(fs, dir, humfs_make_file(fs, dir, name, what,
						       flags, attr, ret));
}

int humfs_create(struct host_node *dir, const char *name,
		 const struct host_new *new, uint32_t flags,
		 struct host_attr *ret_attr, struct host_file **ret,
		 int *ret_made)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct humfs_new what;
	struct host_attr attr;
	int made = 0, error;

	error = host_name_check(name);
	if (error == 0)
		error = host_tree_may(dir->tree, HOST_GROW);
	if (error)
		return error;
	error = humfs_new_begin(fs, dir, new, &what);
	for (int left = HUMFS_RACES; error == 0 && left; left--) {
		made = 1;
		error = create_new(fs, dir, name, &what, flags, &attr, ret);
		if (error != -EEXIST || (flags & HOST_EXCL))
			break;
		made = 0;
		error = open_existing(fs, dir, name, flags, &attr, ret);
		if (error != -ENOENT && error != -ESTALE)
			break;
		error = left > 1 ? 0 : -ESTALE;
	}
	humfs_new_end(&what);
	if (error)
		return error;
	*ret_attr = attr;
	*ret_made = made;
	return 0;
}

/*
 * A directory was made under its name, with the staged mode. Nobody but its
 * owner could have done anything with it. On errors it is removed.
 */
static int settle_directory(struct humfs *fs, struct host_node *dir,
			    int dir_fd, const char *name,
			    const struct humfs_new *what,
			    struct host_attr *attr)
{
	struct hmeta_object object = { .dir = dir, .dir_name = name };
	int error = host_open_path(dir->tree, dir_fd, name, attr, &object.fd);

	if (error && error != -ESTALE)
		(void)HOST_OWN_NAME(dir_fd, name, HOST_EVENT_DELETE, 0,
			HOST_CALL(OTHER, unlinkat(dir_fd, name, AT_REMOVEDIR)));
	if (error)
		return error;
	object.attr = attr;
	/* Not the one that we have made: leave it alone. */
	if ((attr->mode & (S_IFMT | 07777)) != (S_IFDIR | HUMFS_STAGED_MODE))
		error = -ESTALE;
	if (error == 0)
		error = humfs_new_settle(fs, &object, what);
	if (error == 0)
		error = host_chmod_fd(object.fd, S_IFDIR,
				      hmeta_host_mode(what->record.mode));
	if (error == 0)
		error = host_statx(object.fd, "", attr);
	/* The record goes last: without one it would be the default owner's. */
	if (error && error != -ESTALE &&
	    HOST_OWN_NAME(dir_fd, name, HOST_EVENT_DELETE, 0,
			  HOST_CALL(OTHER, unlinkat(dir_fd, name,
						    AT_REMOVEDIR))) == 0)
		humfs_gone_never(fs, attr);
	host_close_fd(object.fd);
	return error;
}

/* A directory as the guest wants it, under its name. */
struct directory {
	struct humfs *fs;
	struct host_node *dir;
	const char *name;
	const struct humfs_new *what;
	struct host_attr *attr;
};

static int run_directory(void *context)
{
	struct directory *at = context;
	struct humfs *fs = at->fs;
	struct host_node *dir = at->dir;
	const char *name = at->name;
	int dir_fd, error = host_node_pin(dir, &dir_fd);

	if (error)
		return error;
	error = HOST_OWN_NAME(dir_fd, name, HOST_EVENT_CREATE, 0,
			      HOST_CALL(OTHER, mkdirat(dir_fd, name,
						       HUMFS_STAGED_MODE)));
	if (error == 0)
		error = settle_directory(fs, dir, dir_fd, name, at->what,
					 at->attr);
	host_node_unpin(dir);
	return error;
}

static int make_directory(struct humfs *fs, struct host_node *dir,
			  const char *name, const struct humfs_new *what,
			  struct host_attr *attr)
{
	const struct host_new host = {
		.mode = S_IFDIR | hmeta_host_mode(what->record.mode),
		.uid = host_features.uid, .gid = host_features.gid,
	};
	struct directory at = { fs, dir, name, what, attr };
	struct humfs_new staged = *what;

	staged.staged = true;
	if (what->plain)
		return host_plain_mknod(dir, name, &host, attr);
	return humfs_new_name(fs, &(struct hmeta_change){
		run_directory, &at, dir, name }, &staged, attr);
}

static int make_special(struct humfs *fs, struct host_node *dir,
			const char *name, const struct humfs_new *what,
			struct host_attr *attr)
{
	struct host_file *file;
	int error = humfs_make_file(fs, dir, name, what, HOST_READ, attr, &file);

	if (error == 0)
		host_plain_close(file);
	return error;
}

int humfs_mknod(struct host_node *dir, const char *name,
		const struct host_new *new, struct host_attr *ret)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct humfs_new what;
	struct host_attr attr;
	int error;

	error = host_name_check(name);
	if (error == 0)
		error = host_tree_may(dir->tree, HOST_GROW);
	if (error)
		return error;
	error = humfs_new_begin(fs, dir, new, &what);
	if (error == 0 && S_ISDIR(new->mode)) {
		error = HUMFS_ADOPTING(fs, dir, make_directory(fs, dir, name,
							       &what, &attr));
		if (error == 0 && humfs_needs_no_record(fs, &what.record)) {
			attr.uid = fs->uid;
			attr.gid = fs->gid;
		} else if (error == 0) {
			humfs_show_record(&what.record, &attr);
		}
	} else if (error == 0) {
		error = HUMFS_ADOPTING(fs, dir, make_special(fs, dir, name,
							     &what, &attr));
	}
	humfs_new_end(&what);
	if (error == 0)
		*ret = attr;
	return error;
}

struct symlink {
	const char *target;
	struct host_node *dir;
	const char *name;
	struct host_attr *attr;
};

static int run_symlink(void *context)
{
	const struct symlink *at = context;
	const struct host_new host = {
		.mode = S_IFLNK | 0777,
		.uid = host_features.uid, .gid = host_features.gid,
	};

	return host_plain_symlink(at->dir, at->name, at->target, &host,
				  at->attr);
}

static int link_record(struct humfs *fs, struct host_node *dir,
		       const char *name, const struct hmeta_record *record,
		       const struct host_attr *attr)
{
	struct hmeta_object object = {
		.name = name, .attr = attr, .dir = dir, .dir_name = name,
	};
	int error = host_node_pin(dir, &object.fd);

	if (error)
		return error;
	error = fs->store->ops->set(fs->store, &object, record);
	host_node_unpin(dir);
	return error;
}

int humfs_symlink(struct host_node *dir, const char *name, const char *target,
		  const struct host_new *new, struct host_attr *ret)
{
	const struct humfs_new what = { .record = {
		.uid = new->uid, .gid = new->gid, .mode = S_IFLNK | 0777,
	} };
	struct humfs *fs = humfs_of(dir->tree);
	struct host_attr attr = { .mode = 0 };
	struct symlink at = { target, dir, name, &attr };
	const struct hmeta_change change = { run_symlink, &at, dir, name };
	const struct hmeta_record record = what.record;
	int error;

	error = HUMFS_ADOPTING(fs, dir, humfs_new_name(fs, &change, &what,
						       &attr));
	if (error)
		return error;
	if (!fs->store->ops->names && !humfs_needs_no_record(fs, &record)) {
		error = link_record(fs, dir, name, &record, &attr);
		if (error) {
			humfs_gone_never(fs, &attr);
			(void)host_plain_unlink(dir, name, 0);
			return error;
		}
	}
	attr.uid = new->uid;
	attr.gid = new->gid;
	*ret = attr;
	return 0;
}

/* --- links and removal ------------------------------------------------------ */

static int link_shown(struct humfs *fs, struct host_node *node,
		      struct host_file *file, struct host_attr *attr)
{
	if (humfs_cached(fs, attr))
		return 0;
	return humfs_getattr(node, file, attr);
}

struct link {
	struct host_node *node;
	struct host_file *file;
	struct host_node *dir;
	const char *name;
	struct host_attr *attr;
};

static int run_link(void *context)
{
	const struct link *at = context;

	return host_plain_link(at->node, at->file, at->dir, at->name, at->attr);
}

static int link_name(struct humfs *fs, struct link *at)
{
	const struct hmeta_change change = { run_link, at, at->dir, at->name };

	if (!fs->store->ops->names)
		return run_link(at);
	return fs->store->ops->names->link(fs->store, &change, at->node,
					   at->file);
}

int humfs_link(struct host_node *node, struct host_file *file,
	       struct host_node *dir, const char *name, struct host_attr *ret)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct host_attr attr;
	struct link at = { node, file, dir, name, &attr };
	int error;

	error = HUMFS_ADOPTING(fs, dir, link_name(fs, &at));
	if (error == 0)
		humfs_gone_named(fs, &attr);
	if (error == 0)
		error = link_shown(fs, node, file, &attr);
	if (error == 0)
		*ret = attr;
	return error;
}

struct unlink {
	struct host_node *dir;
	const char *name;
	int rmdir;			/* enum host_unlink */
};

static int run_unlink(void *context)
{
	const struct unlink *at = context;

	return host_plain_unlink(at->dir, at->name, at->rmdir);
}

static int unlink_name(struct humfs *fs, struct unlink *at)
{
	const struct hmeta_change change = { run_unlink, at, at->dir, at->name };

	if (!fs->store->ops->names)
		return run_unlink(at);
	return fs->store->ops->names->unlink(fs->store, &change,
					     at->rmdir == HOST_DIR);
}

int humfs_unlink(struct host_node *dir, const char *name, int rmdir)
{
	struct humfs *fs = humfs_of(dir->tree);
	struct unlink at = { dir, name, rmdir };
	struct humfs_last last;
	int error = host_name_check(name);

	if (error)
		return error;
	humfs_last_name(fs, dir, name, rmdir, &last);
	error = HUMFS_ADOPTING(fs, dir, unlink_name(fs, &at));
	humfs_last_end(fs, &last, error);
	return error;
}
