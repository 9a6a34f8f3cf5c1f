// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_gone - objects that have lost their last name
 *
 * A record in the side store does not go with its object. It must stay while the
 * object is in use, or an open file would become the default owner's; so it is
 * removed when the guest puts the node. Until then a descriptor keeps the host
 * from giving the inode number to a new object: within one tick of the clock that
 * would have the same key. What another guest still has open, and what a kill
 * leaves behind, is found by humfs-meta check.
 *
 * In a tree with limits the room of an object goes the same way: it is given back
 * when the guest has closed the last of its files.
 */
#include "humfs_user.h"

struct humfs_gone {
	struct humfs_gone *next;
	struct host_attr attr;
	int fd;
	bool forget, counted;
};

/* By name, too: all that can be left is attributes of symbolic links. */
static bool keeps_links_only(const struct humfs *fs)
{
	return fs->store->by_ctime || fs->store->ops->names;
}

/* Does the store keep records that outlive their objects? */
static bool outlives(const struct humfs *fs, const struct host_attr *attr)
{
	uint32_t type = attr->mode & S_IFMT;

	return fs->store->ops->forget &&
	       !(keeps_links_only(fs) && (type == S_IFREG || type == S_IFDIR));
}

static int gone_pin(struct host_node *dir, const char *name)
{
	int dir_fd, fd;

	if (host_node_pin(dir, &dir_fd))
		return -1;
	fd = HOST_OWN_NAME(dir_fd, name, HOST_EVENT_OPEN, HOST_EVENT_OPEN,
			   HOST_OPEN(openat(dir_fd, name, O_PATH | O_NOFOLLOW |
					    O_CLOEXEC)));
	host_node_unpin(dir);
	return fd < 0 ? -1 : fd;
}

void humfs_last_name(struct humfs *fs, struct host_node *dir, const char *name,
		     int type, struct humfs_last *ret)
{
	*ret = (struct humfs_last){ .fd = -1, .counted = fs->quota };
	/*
	 * Should it be a link by now, after all: what stays behind of it is found by
	 * humfs-meta check.
	 */
	if (!ret->counted && type != HOST_NO_DIR && keeps_links_only(fs))
		return;
	if ((!ret->counted && !fs->store->ops->forget) ||
	    host_plain_lookup(dir, name, 0, &ret->attr) ||
	    (ret->attr.nlink > 1 && !S_ISDIR(ret->attr.mode)))
		return;
	ret->forget = outlives(fs, &ret->attr);
	ret->last = ret->forget || ret->counted;
	/* A directory without a name has nothing in it and takes nothing more. */
	if (ret->forget || !S_ISDIR(ret->attr.mode))
		ret->fd = ret->last ? gone_pin(dir, name) : -1;
}

void humfs_last_end(struct humfs *fs, const struct humfs_last *last, int error)
{
	bool counted = last->counted && !S_ISDIR(last->attr.mode);
	struct humfs_gone *gone;

	if (!last->last)
		return;
	if (!error && last->counted && !counted)
		humfs_quota_object(fs, &last->attr, -1);
	gone = error || (!last->forget && !counted) ? NULL :
						       malloc(sizeof(*gone));
	if (!gone) {
		/* It stays; or there is no memory: left for humfs-meta check. */
		if (last->fd >= 0)
			host_close_fd(last->fd);
		return;
	}
	gone->attr = last->attr;
	gone->fd = last->fd;
	gone->forget = last->forget;
	gone->counted = counted;
	pthread_mutex_lock(&fs->gone_lock);
	gone->next = fs->gone;
	fs->gone = gone;
	pthread_mutex_unlock(&fs->gone_lock);
}

static struct humfs_gone *gone_take(struct humfs *fs, const struct host_id *id)
{
	struct humfs_gone **at, *found;

	pthread_mutex_lock(&fs->gone_lock);
	for (at = &fs->gone; *at; at = &(*at)->next) {
		if (host_id_equal(&(*at)->attr.id, id))
			break;
	}
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&fs->gone_lock);
	return found;
}

static void gone_free(struct humfs_gone *gone)
{
	if (gone && gone->fd >= 0)
		host_close_fd(gone->fd);
	free(gone);
}

static void gone_forget(struct humfs *fs, struct humfs_gone *gone)
{
	const struct hmeta_object object = { .fd = -1, .attr = &gone->attr };
	struct host_attr attr;

	if (gone->forget)
		fs->store->ops->forget(fs->store, &object);
	if (gone->counted && gone->fd >= 0 &&
	    host_statx(gone->fd, "", &attr) == 0)
		gone->attr.blocks = attr.blocks;	/* it was written since */
	if (gone->counted)
		humfs_quota_object(fs, &gone->attr, -1);
	gone_free(gone);
}

void humfs_gone_never(struct humfs *fs, const struct host_attr *attr)
{
	const struct hmeta_object object = { .fd = -1, .attr = attr };

	if (outlives(fs, attr))
		fs->store->ops->forget(fs->store, &object);
}

/* O_PATH of what has no name: it keeps no write access, and no lock. */
static int unnamed_pin(const struct host_file *file)
{
	struct host_proc_path proc;
	int fd;

	if (host_proc_path(file->fd, &proc))
		return -1;
	fd = HOST_OPEN(open(proc.path, O_PATH | O_CLOEXEC));
	return fd < 0 ? -1 : fd;
}

void humfs_gone_unnamed(struct humfs *fs, const struct host_file *file,
			const struct host_attr *attr)
{
	const struct humfs_last last = {
		.forget = outlives(fs, attr), .counted = fs->quota,
		.last = outlives(fs, attr) || fs->quota, .attr = *attr,
		.fd = fs->quota ? unnamed_pin(file) : -1,
	};

	humfs_last_end(fs, &last, 0);
}

void humfs_gone_named(struct humfs *fs, const struct host_attr *attr)
{
	if (fs->gone && attr->nlink == 1)
		gone_free(gone_take(fs, &attr->id));
}

void humfs_gone_put(struct humfs *fs, struct host_node *node)
{
	struct humfs_gone *gone = NULL;

	/* The last reference is the one that nobody else can take again. */
	if (fs->gone && atomic_load(&node->refs) == 1)
		gone = gone_take(fs, &node->id);
	host_node_put(node);
	if (gone)
		gone_forget(fs, gone);
}

void humfs_gone_end(struct humfs *fs)
{
	while (fs->gone) {
		struct humfs_gone *gone = fs->gone;

		fs->gone = gone->next;
		/* What no node was ever made of was not the guest's to count. */
		gone->counted = false;
		gone_forget(fs, gone);
	}
}
