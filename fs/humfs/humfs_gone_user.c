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
 */
#include "humfs_user.h"

struct humfs_gone {
	struct humfs_gone *next;
	struct host_attr attr;
	int fd;
};

/* Does the store keep records that outlive their objects? */
static bool outlives(const struct humfs *fs, const struct host_attr *attr)
{
	uint32_t type = attr->mode & S_IFMT;

	return fs->store->ops->forget &&
	       !(fs->store->by_ctime && (type == S_IFREG || type == S_IFDIR));
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
		     struct humfs_last *ret)
{
	ret->fd = -1;
	ret->last = fs->store->ops->forget &&
		    host_plain_lookup(dir, name, 0, &ret->attr) == 0 &&
		    (ret->attr.nlink == 1 || S_ISDIR(ret->attr.mode)) &&
		    outlives(fs, &ret->attr);
	if (ret->last)
		ret->fd = gone_pin(dir, name);
}

void humfs_last_end(struct humfs *fs, const struct humfs_last *last, int error)
{
	struct humfs_gone *gone;

	if (!last->last)
		return;
	gone = error ? NULL : malloc(sizeof(*gone));
	if (!gone) {
		/* It stays; or there is no memory: left for humfs-meta check. */
		if (last->fd >= 0)
			host_close_fd(last->fd);
		return;
	}
	gone->attr = last->attr;
	gone->fd = last->fd;
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

static void gone_forget(struct humfs *fs, struct humfs_gone *gone)
{
	const struct hmeta_object object = { .fd = -1, .attr = &gone->attr };

	fs->store->ops->forget(fs->store, &object);
	if (gone->fd >= 0)
		host_close_fd(gone->fd);
	free(gone);
}

void humfs_gone_unnamed(struct humfs *fs, const struct host_attr *attr)
{
	const struct humfs_last last = {
		.last = outlives(fs, attr), .fd = -1, .attr = *attr,
	};

	humfs_last_end(fs, &last, 0);
}

void humfs_gone_named(struct humfs *fs, const struct host_attr *attr)
{
	if (fs->gone && attr->nlink == 1)
		free(gone_take(fs, &attr->id));
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
		gone_forget(fs, gone);
	}
}
