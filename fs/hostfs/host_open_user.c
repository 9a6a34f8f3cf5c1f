// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_open - from names to O_PATH descriptors, and from those to open files
 *
 * Theory of operation
 *
 * A name is never opened for reading or writing: what is behind it may have
 * become a FIFO or a device, and opening those has effects. It is opened with
 * O_PATH, which touches nothing; its type and identity are looked at; then
 * that very object is opened through /proc/self/fd, or as "." when it is a
 * directory. No name is resolved a second time.
 */
#include "host_own_user.h"

#define HOST_RESOLVE	(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | \
			 RESOLVE_NO_SYMLINKS)
#define HOST_RACES	32	/* renames outrun before we give up */

/* statx(2) into our own form. */
static void attr_from(const struct statx *st, struct host_attr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->id.ino = st->stx_ino;
	ret->id.dev_major = st->stx_dev_major;
	ret->id.dev_minor = st->stx_dev_minor;
	if (st->stx_mask & STATX_BTIME) {
		ret->has_btime = 1;
		ret->id.btime.sec = st->stx_btime.tv_sec;
		ret->id.btime.nsec = st->stx_btime.tv_nsec;
	}
	ret->size = st->stx_size;
	ret->blocks = st->stx_blocks;
	ret->attributes = st->stx_attributes;
	ret->attributes_mask = st->stx_attributes_mask;
	if (st->stx_mask & STATX_MNT_ID)
		ret->mnt_id = st->stx_mnt_id;
	ret->mode = st->stx_mode;
	ret->nlink = st->stx_nlink;
	ret->uid = st->stx_uid;
	ret->gid = st->stx_gid;
	ret->rdev_major = st->stx_rdev_major;
	ret->rdev_minor = st->stx_rdev_minor;
	ret->blksize = st->stx_blksize;
	ret->atime.sec = st->stx_atime.tv_sec;
	ret->atime.nsec = st->stx_atime.tv_nsec;
	ret->mtime.sec = st->stx_mtime.tv_sec;
	ret->mtime.nsec = st->stx_mtime.tv_nsec;
	ret->ctime.sec = st->stx_ctime.tv_sec;
	ret->ctime.nsec = st->stx_ctime.tv_nsec;
}

int host_statx(int fd, const char *name, struct host_attr *ret)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
		    AT_STATX_SYNC_AS_STAT;
	struct statx st;
	int error;

	if (!*name)
		flags |= AT_EMPTY_PATH;
	error = HOST_CALL(STATX, statx(fd, name, flags, STATX_BASIC_STATS |
				       STATX_BTIME | STATX_MNT_ID, &st));
	if (error)
		return error;
	attr_from(&st, ret);
	return 0;
}

/* mnt_id is zero on hosts before Linux 5.8; there the device has to tell. */
int host_tree_shows(const struct host_tree *tree, const struct host_attr *attr)
{
	const struct host_attr *root = &tree->root_attr;

	if (!(tree->fs.flags & HOST_NOSUBMOUNTS))
		return 0;
	if (root->mnt_id)
		return attr->mnt_id == root->mnt_id ? 0 : -EXDEV;
	if (attr->id.dev_major != root->id.dev_major ||
	    attr->id.dev_minor != root->id.dev_minor)
		return -EXDEV;
	return 0;
}

/* -EAGAIN is openat2(2)'s "a rename came in between". */
static int open_beneath(const struct host_tree *tree, int fd, const char *name)
{
	const struct host_open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = HOST_RESOLVE | (tree->fs.flags & HOST_NOSUBMOUNTS ?
					   RESOLVE_NO_XDEV : 0),
	};
	int result;

	/* One name and no link followed: as confined as openat2(2). */
	if (!host_features.openat2)
		return HOST_OWN_NAME(fd, name, HOST_EVENT_OPEN, HOST_EVENT_OPEN,
				     HOST_OPEN(openat(fd, name, how.flags)));
	for (int left = HOST_RACES; left; left--) {
		/* Before Linux 6.10 O_PATH tells an event, too. */
		result = HOST_OWN_NAME(fd, name, HOST_EVENT_OPEN, HOST_EVENT_OPEN,
				       HOST_OPEN(syscall(SYS_openat2, fd, name,
							 &how, sizeof(how))));
		if (result != -EAGAIN)
			return result;
	}
	return -ESTALE;
}

int host_open_path(const struct host_tree *tree, int fd, const char *name,
		   struct host_attr *ret_attr, int *ret_fd)
{
	struct host_attr attr;
	int path_fd, error;

	path_fd = open_beneath(tree, fd, name);
	if (path_fd < 0)
		return path_fd;
	error = host_statx(path_fd, "", &attr);
	if (error == 0)
		error = host_tree_shows(tree, &attr);
	if (error) {
		host_close_fd(path_fd);
		return error;
	}
	*ret_attr = attr;
	*ret_fd = path_fd;
	return 0;
}

int host_open_flags(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		int o;
	} map[] = {
		{ HOST_APPEND,	  O_APPEND },
		{ HOST_TRUNC,	  O_TRUNC },
		{ HOST_DIRECT,	  O_DIRECT },
		{ HOST_NOATIME,	  O_NOATIME },
		{ HOST_SYNC,	  O_SYNC },
		{ HOST_DSYNC,	  O_DSYNC },
		{ HOST_DIRECTORY, O_DIRECTORY },
		{ HOST_OPEN_NOWAIT, O_NONBLOCK },
	};
	int o = O_CLOEXEC | O_NOCTTY;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (flags & map[i].flag)
			o |= map[i].o;
	}
	if (!(flags & HOST_WRITE))
		return o | O_RDONLY;
	return o | (flags & HOST_READ ? O_RDWR : O_WRONLY);
}

/* As the rules of chattr +a have it: an append-only file is opened to append. */
int host_open_may(const struct host_tree *tree, uint32_t flags)
{
	if (flags & HOST_TRUNC)
		return host_tree_may(tree, HOST_ALTER);
	if (flags & HOST_WRITE)
		return host_tree_may(tree, flags & HOST_APPEND ? HOST_GROW :
				     HOST_ALTER);
	return 0;
}

/* Without /proc: by name once more, and see whether it is the same object. */
static int open_named(const struct host_target *target, int o)
{
	struct host_attr attr;
	int fd, error;

	if (!target->name)
		return -ESTALE;
	fd = HOST_OWN_NAME(target->dir_fd, target->name, HOST_EVENT_OPEN,
			   HOST_EVENT_OPEN,
			   HOST_OPEN(openat(target->dir_fd, target->name,
					    (o & ~O_TRUNC) | O_NOFOLLOW |
					    O_NONBLOCK)));
	if (fd < 0)
		return fd == -ELOOP || fd == -ENOENT ? -ESTALE : fd;
	error = host_statx(fd, "", &attr);
	if (error == 0 && !host_id_equal(&attr.id, target->id))
		error = -ESTALE;
	if (error == 0 && (o & O_TRUNC))
		error = HOST_OWN_OBJECT(fd, HOST_CHANGED,
					HOST_CALL(OTHER, ftruncate(fd, 0)));
	if (error) {
		host_close_fd(fd);
		return error;
	}
	return fd;
}

static int open_object(const struct host_target *target, int o)
{
	struct host_proc_path proc;
	int fd;

	if (target->type == S_IFDIR) {
		/* "." takes the right to search; /proc does not. */
		fd = HOST_OPEN(openat(target->path_fd, ".", o | O_DIRECTORY));
		if (fd != -EACCES)
			return fd;
	}
	if (host_proc_path(target->path_fd, &proc))
		return open_named(target, o);
	return HOST_OPEN(openat(host_features.proc_fd, proc.path + proc.prefix,
				o));
}

static int open_once(const struct host_target *target, int o)
{
	return HOST_OWN_OBJECT(target->path_fd, HOST_EVENT_OPEN |
			       (o & O_TRUNC ? HOST_CHANGED : 0),
			       open_object(target, o));
}

int host_open_target(const struct host_target *target, uint32_t flags)
{
	int fd, o = host_open_flags(flags);

	if (target->type != S_IFREG && target->type != S_IFDIR)
		return -ENXIO;
	if (target->type != S_IFDIR && (flags & HOST_DIRECTORY))
		return -ENOTDIR;
	fd = open_once(target, o);
	/* O_NOATIME is the owner's right, and here only a wish. */
	if (fd == -EPERM && (o & O_NOATIME))
		fd = open_once(target, o & ~O_NOATIME);
	return fd;
}

int host_open_node(struct host_node *node, int fd, uint32_t flags)
{
	struct host_target target = {
		.tree = node->tree,
		.path_fd = fd,
		.id = &node->id,
		.type = node->type,
	};
	struct host_node *dir;
	char name[HOST_COMPONENT_MAX + 1];
	int result;

	if (host_features.proc_fd >= 0 || node->type == S_IFDIR)
		return host_open_target(&target, flags);
	result = host_node_where(node, &dir, name);
	if (result)
		return result;
	result = host_node_pin(dir, &target.dir_fd);
	if (result == 0) {
		target.name = name;
		result = host_open_target(&target, flags);
		host_node_unpin(dir);
	}
	host_node_put(dir);
	return result;
}

struct host_file *host_file_new(struct host_tree *tree, uint32_t flags)
{
	struct host_file *file = host_malloc(sizeof(*file));

	if (!file)
		return NULL;
	memset(file, 0, sizeof(*file));
	file->tree = tree;
	file->flags = flags;
	file->fd = -1;
	pthread_mutex_init(&file->position_lock, NULL);
	return file;
}
