// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_create - new regular files: made and opened in one operation
 */
#include "host_own_user.h"

#define HOST_CREATE_RACES	8	/* names that came and went while we tried */

/*
 * Make (dir_fd, name), or a file without a name (name "."), and open it.
 * Return: a descriptor.
 */
static int create_as(int dir_fd, const char *name, const struct host_new *new,
		     int o)
{
	struct host_owner owner;
	int fd;

	host_owner_begin(new, &owner);
	fd = HOST_OPEN(openat(dir_fd, name, o, new->mode & 07777));
	/* Not allowed by the file system there; the file is what matters. */
	if (fd == -EPERM && (o & O_NOATIME))
		fd = HOST_OPEN(openat(dir_fd, name, o & ~O_NOATIME,
				      new->mode & 07777));
	host_owner_end(&owner);
	return fd;
}

static int create_open(int dir_fd, const char *name,
		       const struct host_new *new, int o)
{
	if ((o & O_TMPFILE) == O_TMPFILE)
		return HOST_OWN(host_own_unnamed(&own_, dir_fd, HOST_EVENT_OPEN),
				create_as(dir_fd, name, new, o));
	return HOST_OWN_NAME(dir_fd, name, HOST_EVENT_CREATE | HOST_EVENT_OPEN,
			     0, create_as(dir_fd, name, new, o));
}

static int create_new(int dir_fd, const char *name, const struct host_new *new,
		      uint32_t flags, struct host_attr *ret_attr)
{
	int o = host_open_flags(flags & ~(HOST_TRUNC | HOST_DIRECTORY));
	int fd, error;

	fd = create_open(dir_fd, name, new, o | O_CREAT | O_EXCL | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	error = host_statx(fd, "", ret_attr);
	if (error == 0)
		error = host_owner_settle(fd, new, ret_attr);
	if (error) {
		host_close_fd(fd);
		return error;
	}
	return fd;
}

/* Open what is there, when it is a regular file. */
static int create_existing(const struct host_tree *tree, int dir_fd,
			   const char *name, uint32_t flags,
			   struct host_attr *ret_attr)
{
	struct host_target target = {
		.tree = tree, .dir_fd = dir_fd, .name = name,
	};
	struct host_attr attr;
	int fd, error;

	error = host_open_may(tree, flags);
	if (error == 0)
		error = host_open_path(tree, dir_fd, name, &attr,
				       &target.path_fd);
	if (error)
		return error;
	target.id = &attr.id;
	target.type = attr.mode & S_IFMT;
	fd = target.type == S_IFREG ? host_open_target(&target, flags) :
				      -EEXIST;
	host_close_fd(target.path_fd);
	if (fd < 0)
		return fd;
	/* O_TRUNC changed it. */
	error = flags & HOST_TRUNC ? host_statx(fd, "", &attr) : 0;
	if (error) {
		host_close_fd(fd);
		return error;
	}
	*ret_attr = attr;
	return fd;
}

/* Make it, or open what is there, until the name holds still. */
static int create_or_open(const struct host_tree *tree, int dir_fd,
			  const char *name, const struct host_new *new,
			  uint32_t flags, struct host_attr *attr, int *made)
{
	int fd = -ESTALE;

	for (int left = HOST_CREATE_RACES; left; left--) {
		*made = 1;
		fd = create_new(dir_fd, name, new, flags, attr);
		if (fd != -EEXIST || (flags & HOST_EXCL))
			return fd;
		*made = 0;
		fd = create_existing(tree, dir_fd, name, flags, attr);
		if (fd != -ENOENT && fd != -ESTALE)
			return fd;
	}
	return -ESTALE;
}

/* Hand out a file (NULL: no memory) whose fd is open, or a negative errno. */
static int file_made(struct host_file *file, const struct host_attr *attr,
		     struct host_attr *ret_attr, struct host_file **ret)
{
	int error;

	if (!file)
		return -ENOMEM;
	if (file->fd < 0) {
		error = file->fd;
		host_free(file);
		return error;
	}
	file->type = S_IFREG;
	*ret_attr = *attr;
	*ret = file;
	return 0;
}

int host_plain_create(struct host_node *dir, const char *name,
		      const struct host_new *new, uint32_t flags,
		      struct host_attr *ret_attr, struct host_file **ret,
		      int *ret_made)
{
	struct host_file *file;
	struct host_attr attr;
	int dir_fd, error, made;

	error = host_name_check(name);
	if (error == 0)
		error = host_tree_may(dir->tree, HOST_GROW);
	if (error == 0)
		error = host_node_pin(dir, &dir_fd);
	if (error)
		return error;
	file = host_file_new(dir->tree, flags);
	if (file)
		file->fd = create_or_open(dir->tree, dir_fd, name, new, flags,
					  &attr, &made);
	host_node_unpin(dir);
	error = file_made(file, &attr, ret_attr, ret);
	if (error == 0)
		*ret_made = made;
	return error;
}

static int tmpfile_open(struct host_node *dir, int dir_fd,
			const struct host_new *new, uint32_t flags,
			struct host_attr *attr)
{
	int o = host_open_flags(flags & ~(HOST_TRUNC | HOST_DIRECTORY |
					  HOST_APPEND));
	int fd, error;

	if (flags & HOST_APPEND)
		o |= O_APPEND;
	/* HOST_EXCL: it will never get a name. */
	if (flags & HOST_EXCL)
		o |= O_EXCL;
	fd = create_open(dir_fd, ".", new, o | O_TMPFILE);
	/* A kernel or file system without it sees a directory to be written. */
	if (fd == -EISDIR)
		return -EOPNOTSUPP;
	if (fd < 0)
		return fd;
	error = host_statx(fd, "", attr);
	if (error == 0)
		error = host_owner_settle(fd, new, attr);
	if (error == 0)
		error = host_tree_shows(dir->tree, attr);
	if (error) {
		host_close_fd(fd);
		return error;
	}
	return fd;
}

int host_plain_tmpfile(struct host_node *dir, const struct host_new *new,
		       uint32_t flags, struct host_attr *ret_attr,
		       struct host_file **ret)
{
	struct host_file *file;
	struct host_attr attr;
	int dir_fd, error;

	error = host_tree_may(dir->tree, HOST_GROW);
	if (error == 0)
		error = host_node_pin(dir, &dir_fd);
	if (error)
		return error;
	file = host_file_new(dir->tree, flags);
	if (file)
		file->fd = tmpfile_open(dir, dir_fd, new, flags, &attr);
	host_node_unpin(dir);
	return file_made(file, &attr, ret_attr, ret);
}
