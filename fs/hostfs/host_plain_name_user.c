// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_name - names in a directory: looked up, made, linked, moved, removed
 */
#include "host_own_user.h"

#ifndef RENAME_NOREPLACE
# include <linux/fs.h>
#endif

/* Name, rights and directory of an operation that changes (dir, name). */
static int change_begin(struct host_node *dir, const char *name,
			enum host_change change, int *ret_fd)
{
	int error = host_name_check(name);

	if (error == 0)
		error = host_tree_may(dir->tree, change);
	return error ? error : host_node_pin(dir, ret_fd);
}

int host_plain_lookup(struct host_node *dir, const char *name, uint32_t flags,
		      struct host_attr *ret)
{
	struct host_attr attr;
	int fd, error;

	error = host_name_check(name);
	if (error)
		return error;
	error = flags & HOST_CACHED ? host_node_pin_cached(dir, &fd) :
				      host_node_pin(dir, &fd);
	if (error)
		return error;
	error = host_statx(fd, name, &attr);
	host_node_unpin(dir);
	if (error == 0)
		error = host_tree_shows(dir->tree, &attr);
	if (error == 0)
		*ret = attr;
	return error;
}

/* The object just made as (fd, name): put right and read. */
static int name_settle(struct host_node *dir, int fd, const char *name,
		       const struct host_new *new, struct host_attr *ret)
{
	struct host_attr attr, opened;
	int object_fd, error;

	error = host_statx(fd, name, &attr);
	if (error)
		return error;
	if (host_owner_differs(new, &attr) &&
	    host_open_path(dir->tree, fd, name, &opened, &object_fd) == 0) {
		/* Only what we have made: somebody may have replaced it. */
		if (host_id_equal(&opened.id, &attr.id) &&
		    (opened.mode & S_IFMT) == (new->mode & S_IFMT) &&
		    (opened.uid == host_features.uid || opened.uid == new->uid))
			error = host_owner_settle(object_fd, new, &opened);
		host_close_fd(object_fd);
		attr = opened;
	}
	if (error == 0)
		*ret = attr;
	return error;
}

static int make_node(int fd, const char *name, const struct host_new *new)
{
	dev_t rdev = makedev(new->rdev_major, new->rdev_minor);

	if ((new->mode & S_IFMT) == S_IFDIR)
		return HOST_CALL(OTHER, mkdirat(fd, name, new->mode & 07777));
	return HOST_CALL(OTHER, mknodat(fd, name, new->mode, rdev));
}

int host_plain_mknod(struct host_node *dir, const char *name,
		     const struct host_new *new, struct host_attr *ret)
{
	struct host_owner owner;
	int fd, error;

	error = change_begin(dir, name, HOST_GROW, &fd);
	if (error)
		return error;
	host_owner_begin(new, &owner);
	error = HOST_OWN_NAME(fd, name, HOST_EVENT_CREATE, 0,
			      make_node(fd, name, new));
	host_owner_end(&owner);
	if (error == 0)
		error = name_settle(dir, fd, name, new, ret);
	host_node_unpin(dir);
	return error;
}

int host_plain_symlink(struct host_node *dir, const char *name,
		       const char *target, const struct host_new *new,
		       struct host_attr *ret)
{
	struct host_new link = *new;
	struct host_owner owner;
	int fd, error;

	link.mode = S_IFLNK | 0777;
	error = change_begin(dir, name, HOST_GROW, &fd);
	if (error)
		return error;
	host_owner_begin(&link, &owner);
	error = HOST_OWN_NAME(fd, name, HOST_EVENT_CREATE, 0,
			      HOST_CALL(OTHER, symlinkat(target, fd, name)));
	host_owner_end(&owner);
	if (error == 0)
		error = name_settle(dir, fd, name, &link, ret);
	host_node_unpin(dir);
	return error;
}

/*
 * AT_EMPTY_PATH takes a capability before Linux 6.10; through /proc anyone may
 * who could link the object by name.
 */
static int link_fd(int object_fd, int fd, const char *name)
{
	struct host_proc_path proc;

	if (host_proc_path(object_fd, &proc))
		return HOST_CALL(OTHER, linkat(object_fd, "", fd, name,
					       AT_EMPTY_PATH));
	return HOST_CALL(OTHER, linkat(host_features.proc_fd,
				       proc.path + proc.prefix, fd, name,
				       AT_SYMLINK_FOLLOW));
}

int host_link_fd(int object_fd, int fd, const char *name)
{
	return HOST_OWN(({ host_own_name(&own_, fd, name, HOST_EVENT_CREATE, 0);
			   host_own_object(&own_, object_fd,
					   HOST_EVENT_ATTRIB); }),
			link_fd(object_fd, fd, name));
}

int host_plain_link(struct host_node *node, struct host_file *file,
		    struct host_node *dir, const char *name,
		    struct host_attr *ret)
{
	struct host_object object;
	struct host_attr attr;
	int fd, error;

	/* A link to an append-only object is refused, as chattr +a has it. */
	error = change_begin(dir, name, HOST_ALTER, &fd);
	if (error)
		return error;
	error = host_object_begin(node, file, &object);
	if (error == 0) {
		error = host_link_fd(object.fd, fd, name);
		if (error == 0)
			error = host_statx(object.fd, "", &attr);
		host_object_end(&object);
	}
	host_node_unpin(dir);
	if (error == 0)
		*ret = attr;
	return error;
}

int host_plain_unlink(struct host_node *dir, const char *name, int rmdir)
{
	int fd, error = change_begin(dir, name, HOST_ALTER, &fd);

	if (error)
		return error;
	error = HOST_OWN_NAME(fd, name, HOST_EVENT_DELETE, HOST_EVENT_ATTRIB,
			      HOST_CALL(OTHER, unlinkat(fd, name,
						    rmdir == HOST_DIR ?
						    AT_REMOVEDIR : 0)));
	host_node_unpin(dir);
	return error;
}

/* An exchange moves both; else what has the new name loses it. */
static void own_rename(struct host_own *own, int old_fd, const char *oldname,
		       int new_fd, const char *newname, bool exchange)
{
	uint32_t back = exchange ? HOST_EVENT_MOVED_FROM : 0;

	host_own_name(own, old_fd, oldname, HOST_EVENT_MOVED_FROM |
		      (exchange ? HOST_EVENT_MOVED_TO : 0), HOST_EVENT_MOVE_SELF);
	host_own_name(own, new_fd, newname, HOST_EVENT_MOVED_TO | back,
		      exchange ? HOST_EVENT_MOVE_SELF : HOST_EVENT_ATTRIB);
}

int host_plain_rename(struct host_node *olddir, const char *oldname,
		      struct host_node *newdir, const char *newname,
		      uint32_t flags)
{
	unsigned int how = (flags & HOST_NOREPLACE ? RENAME_NOREPLACE : 0) |
			   (flags & HOST_EXCHANGE ? RENAME_EXCHANGE : 0) |
			   (flags & HOST_WHITEOUT ? RENAME_WHITEOUT : 0);
	int old_fd, new_fd, error;

	if (flags & ~(HOST_NOREPLACE | HOST_EXCHANGE | HOST_WHITEOUT))
		return -EINVAL;
	error = host_name_check(newname);
	if (error == 0)
		error = change_begin(olddir, oldname, HOST_ALTER, &old_fd);
	if (error)
		return error;
	error = host_node_pin(newdir, &new_fd);
	if (error == 0) {
		error = HOST_OWN(own_rename(&own_, old_fd, oldname, new_fd,
					    newname, flags & HOST_EXCHANGE),
				 HOST_CALL(OTHER, syscall(SYS_renameat2, old_fd,
							  oldname, new_fd,
							  newname, how)));
		host_node_unpin(newdir);
	}
	host_node_unpin(olddir);
	return error;
}
