// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_setattr - mode, owner, size and times, together as far as possible
 *
 * Theory of operation
 *
 * The host has a call for each, so the order decides. Size first: it is what
 * cannot be undone, and cutting strips set-id bits. Owner before mode, for the
 * same reason. Times last, for everything before changes them. If a later one
 * fails, the owner and the mode are put back as they were.
 */
#include "host_own_user.h"

#define KEEP_ID		((uint32_t)-1)

#define SET_OWNER	(HOST_SET_UID | HOST_SET_GID)
#define SET_TIMES	(HOST_SET_ATIME | HOST_SET_MTIME)

/* As notify_change() rules for append-only inodes: only touch(1) is left. */
static int setattr_may(const struct host_tree *tree,
		       const struct host_setattr *set)
{
	uint32_t times = set->set & SET_TIMES;
	uint32_t now = 0;

	if (set->set & HOST_SET_ATIME_NOW)
		now |= HOST_SET_ATIME;
	if (set->set & HOST_SET_MTIME_NOW)
		now |= HOST_SET_MTIME;
	if ((set->set & (HOST_SET_MODE | SET_OWNER | HOST_SET_SIZE)) ||
	    (times & ~now))
		return host_tree_may(tree, HOST_ALTER);
	return host_tree_may(tree, HOST_GROW);
}

static int set_size(const struct host_object *object, struct host_file *file,
		    uint64_t size)
{
	struct host_proc_path proc;
	int fd, error;

	if (object->type == S_IFDIR)
		return -EISDIR;
	if (object->type != S_IFREG || size > INT64_MAX)
		return -EINVAL;
	if (file && (file->flags & HOST_WRITE))
		return HOST_OWN_OBJECT(file->fd, HOST_CHANGED,
				       HOST_CALL(OTHER, ftruncate(file->fd,
								  size)));
	if (host_proc_path(object->fd, &proc) == 0)
		return HOST_OWN_OBJECT(object->fd, HOST_CHANGED,
				       HOST_CALL(OTHER, truncate(proc.path,
								 size)));
	if (!object->node)
		return -EINVAL;		/* a file open for reading only */
	fd = host_open_node(object->node, object->fd, HOST_WRITE);
	if (fd < 0)
		return fd;
	error = HOST_OWN_OBJECT(fd, HOST_CHANGED,
				HOST_CALL(OTHER, ftruncate(fd, size)));
	host_close_fd(fd);
	return error;
}

static void time_to(const struct host_setattr *set, uint32_t which,
		    uint32_t now, const struct host_time *from,
		    struct timespec *to)
{
	to->tv_sec = from->sec;
	to->tv_nsec = from->nsec;
	if (!(set->set & which))
		to->tv_nsec = UTIME_OMIT;
	else if (set->set & now)
		to->tv_nsec = UTIME_NOW;
}

/* AT_EMPTY_PATH is known to utimensat(2) since Linux 5.8. */
static int utimens_fd(int fd, const struct host_setattr *set)
{
	struct host_proc_path proc;
	struct timespec times[2];
	int error;

	time_to(set, HOST_SET_ATIME, HOST_SET_ATIME_NOW, &set->atime, &times[0]);
	time_to(set, HOST_SET_MTIME, HOST_SET_MTIME_NOW, &set->mtime, &times[1]);
	error = HOST_CALL(OTHER, utimensat(fd, "", times, AT_EMPTY_PATH));
	if (error == -EINVAL && host_proc_path(fd, &proc) == 0)
		error = HOST_CALL(OTHER, utimensat(AT_FDCWD, proc.path, times,
						   0));
	return error;
}

/* One of the times alone is told as a read or a write. */
static int set_times(int fd, const struct host_setattr *set)
{
	return HOST_OWN_OBJECT(fd, HOST_EVENT_ATTRIB | HOST_EVENT_ACCESS |
			       HOST_EVENT_MODIFY, utimens_fd(fd, set));
}

/* Put owner and mode back. Refusals change nothing: what holds is read. */
static void setattr_undo(const struct host_object *object,
			 const struct host_attr *before)
{
	(void)host_chown_fd(object->fd, before->uid, before->gid);
	if (object->type != S_IFLNK)
		(void)host_chmod_fd(object->fd, object->type,
				    before->mode & 07777);
}

static int setattr_apply(const struct host_object *object,
			 struct host_file *file, const struct host_setattr *set,
			 uint32_t *done)
{
	int error = 0;

	if (set->set & HOST_SET_SIZE)
		error = set_size(object, file, set->size);
	if (error == 0 && (set->set & SET_OWNER)) {
		error = host_chown_fd(object->fd,
				      set->set & HOST_SET_UID ? set->uid : KEEP_ID,
				      set->set & HOST_SET_GID ? set->gid : KEEP_ID);
		if (error == 0)
			*done |= SET_OWNER;
	}
	if (error == 0 && (set->set & HOST_SET_MODE)) {
		error = host_chmod_fd(object->fd, object->type,
				      set->mode & 07777);
		if (error == 0)
			*done |= HOST_SET_MODE;
	}
	if (error == 0 && (set->set & SET_TIMES))
		error = set_times(object->fd, set);
	return error;
}

/* Is there more than one step, so that a later one may find an earlier done? */
static bool setattr_steps(const struct host_setattr *set)
{
	int steps = !!(set->set & SET_OWNER) + !!(set->set & HOST_SET_MODE) +
		    !!(set->set & SET_TIMES);

	return steps > 1;
}

int host_plain_setattr(struct host_node *node, struct host_file *file,
		       const struct host_setattr *set, struct host_attr *ret)
{
	struct host_object object;
	struct host_attr before, after;
	uint32_t done = 0;
	int error;

	error = host_object_begin(node, file, &object);
	if (error)
		return error;
	error = setattr_may(object.tree, set);
	if (error == 0 && setattr_steps(set))
		error = host_statx(object.fd, "", &before);
	if (error == 0) {
		error = setattr_apply(&object, file, set, &done);
		if (error && done)
			setattr_undo(&object, &before);
	}
	if (error == 0)
		error = host_statx(object.fd, "", &after);
	host_object_end(&object);
	if (error == 0)
		*ret = after;
	return error;
}
