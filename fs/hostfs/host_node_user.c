// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_node - objects of a tree: their places, and the walk back to them
 *
 * Theory of operation
 *
 * A node whose descriptor was evicted is found again by the names that lead to
 * it. The climb looks for the nearest ancestor with a descriptor; the way down
 * is openat2(2) with as many names as fit a path, confined beneath that
 * ancestor with no link followed. What is at the end must have the identity
 * that the node has; else the host has moved or replaced something on the way,
 * and the answer is -ESTALE.
 *
 * A tree deeper than PATH_MAX takes several such steps, in a loop: the step's
 * goal is the deepest ancestor that one path reaches. A goal stays pinned until
 * the next step has started from it, so each step makes progress however small
 * the cache is.
 */
#include "host_user.h"

/* More steps than any tree needs; a tree that is moved all the time ends here. */
#define HOST_WALK_STEPS	65536

/* One step of a walk: from a pinned descriptor down to `goal`. */
struct host_step {
	struct host_node *base;		/* pinned, referenced */
	struct host_node *goal;		/* referenced */
	int fd;				/* base's */
	const char *path;		/* in buffer */
	char *buffer;			/* HOST_PATH_MAX bytes */
};

int host_name_check(const char *name)
{
	size_t length = strnlen(name, HOST_COMPONENT_MAX + 1);

	if (length > HOST_COMPONENT_MAX)
		return -ENAMETOOLONG;
	if (length == 0 || memchr(name, '/', length))
		return -EINVAL;
	if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
		return -EINVAL;
	return 0;
}

bool host_id_equal(const struct host_id *a, const struct host_id *b)
{
	return a->ino == b->ino && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor &&
	       a->btime.sec == b->btime.sec && a->btime.nsec == b->btime.nsec;
}

int host_node_check(const struct host_node *node, const struct host_attr *attr)
{
	if ((attr->mode & S_IFMT) != node->type)
		return -ESTALE;
	return host_id_equal(&node->id, &attr->id) ? 0 : -ESTALE;
}

/* --- places ------------------------------------------------------------- */

static bool name_is_long(size_t length)
{
	return length >= HOST_SHORT_NAME;
}

/* Under host_lock, or before anyone else sees node. Takes over `long_name`. */
static void node_set_name(struct host_node *node, const char *name,
			  size_t length, char *long_name)
{
	node->name = long_name ? long_name : node->short_name;
	memcpy(node->name, name, length + 1);
}

int host_node_make(struct host_fs *fs, struct host_node *dir, const char *name,
		   const struct host_attr *attr, struct host_node **ret)
{
	size_t length = dir ? strnlen(name, HOST_COMPONENT_MAX + 1) : 0;
	char *long_name = NULL;
	struct host_node *node;
	int error = dir ? host_name_check(name) : 0;

	if (error)
		return error;
	node = malloc(sizeof(*node));
	if (!node)
		return -ENOMEM;
	memset(node, 0, sizeof(*node));
	if (name_is_long(length)) {
		long_name = malloc(length + 1);
		if (!long_name) {
			free(node);
			return -ENOMEM;
		}
	}
	node->tree = (struct host_tree *)fs;
	node->parent = host_node_get(dir);
	node->id = attr->id;
	node->type = attr->mode & S_IFMT;
	atomic_init(&node->refs, 1);
	node_set_name(node, dir ? name : "", length, long_name);
	*ret = node;
	return 0;
}

/*
 * Would node, below dir, be its own ancestor? Then the place of one node on
 * the way up from dir is out of date: the one just below `node`. It loses that
 * place. Return: what it had as its parent (a reference to put), NULL.
 */
static struct host_node *break_circle(struct host_node *node,
				      struct host_node *dir)
{
	for (struct host_node *at = dir; at; at = at->parent) {
		if (at->parent != node)
			continue;
		at->parent = NULL;
		return node;
	}
	return NULL;
}

int host_node_place(struct host_node *node, struct host_node *dir,
		    const char *name)
{
	struct host_node *old_parent = NULL, *stale = NULL;
	char *old_name = NULL, *long_name = NULL;
	int error = host_name_check(name);
	size_t length;

	if (error)
		return error;
	if (node == node->tree->root || node == dir)
		return -EINVAL;
	pthread_mutex_lock(&host_lock);
	if (node->parent == dir && !strcmp(node->name, name)) {
		pthread_mutex_unlock(&host_lock);
		return 0;
	}
	pthread_mutex_unlock(&host_lock);

	length = strlen(name);
	if (name_is_long(length)) {
		long_name = malloc(length + 1);
		if (!long_name)
			return -ENOMEM;
	}
	host_node_get(dir);
	pthread_mutex_lock(&host_lock);
	if (node->type == S_IFDIR)
		stale = break_circle(node, dir);
	old_parent = node->parent;
	if (node->name != node->short_name)
		old_name = node->name;
	node->parent = dir;
	node_set_name(node, name, length, long_name);
	pthread_mutex_unlock(&host_lock);
	free(old_name);
	host_node_put(old_parent);
	host_node_put(stale);
	return 0;
}

int host_node_where(struct host_node *node, struct host_node **ret_dir,
		    char name[HOST_COMPONENT_MAX + 1])
{
	struct host_node *dir;

	pthread_mutex_lock(&host_lock);
	dir = host_node_get(node->parent);
	if (dir)
		memcpy(name, node->name, strlen(node->name) + 1);
	pthread_mutex_unlock(&host_lock);
	if (!dir)
		return -ESTALE;
	*ret_dir = dir;
	return 0;
}

/* The last reference to a node gives up one to its parent: a loop, all the way. */
void host_node_put(struct host_node *node)
{
	while (node && atomic_fetch_sub(&node->refs, 1) == 1) {
		struct host_node *parent = node->parent;

		host_cache_remove(node);
		if (node->name != node->short_name)
			host_free(node->name);
		host_free(node->own);
		host_free(node);
		node = parent;
	}
}

/* --- the walk ------------------------------------------------------------- */

/* Names that one step may take: all that fit, or one without openat2(2). */
static size_t step_room(void)
{
	return host_features.openat2 ? HOST_PATH_MAX : 1;
}

/*
 * Choose the next step towards node, under host_lock: climb to the nearest
 * ancestor with a descriptor, drawing the goal up behind so that the names
 * between the two fit.
 */
static int step_choose(struct host_node *node, struct host_step *step)
{
	struct host_node *top = node, *goal = node;
	size_t length = 0;

	while (host_node_pin_cached(top, &step->fd)) {
		length += strlen(top->name) + 1;
		while (length > step_room() && goal != top) {
			length -= strlen(goal->name) + 1;
			goal = goal->parent;
		}
		top = top->parent;
		if (!top)
			return -ESTALE;
	}
	step->base = host_node_get(top);
	step->goal = host_node_get(goal);
	return 0;
}

/* The names from base to goal, under host_lock: they may change meanwhile. */
static void step_name(struct host_step *step)
{
	char *at = step->buffer + HOST_PATH_MAX;

	*--at = '\0';
	for (struct host_node *n = step->goal; n != step->base; n = n->parent) {
		size_t length = strlen(n->name);

		if (n != step->goal)
			*--at = '/';
		at -= length;
		memcpy(at, n->name, length);
	}
	step->path = at;
}

/* Take a step. Return: goal's descriptor, pinned. */
static int step_take(const struct host_step *step)
{
	const struct host_tree *tree = step->goal->tree;
	struct host_attr attr;
	int fd, error;

	error = host_open_path(tree, step->fd, step->path, &attr, &fd);
	/* Something else is on the way: not where it was last seen. */
	if (error == -ENOENT || error == -ENOTDIR || error == -ELOOP ||
	    error == -EXDEV)
		return -ESTALE;
	if (error)
		return error;
	error = host_node_check(step->goal, &attr);
	if (error) {
		host_close_fd(fd);
		return error;
	}
	return host_cache_insert(step->goal, fd);
}

/* As far as one path goes. *pinned is the last goal, to be unpinned and put. */
static int walk_step(struct host_node *node, struct host_step *step,
		     struct host_node **pinned)
{
	int result;

	pthread_mutex_lock(&host_lock);
	result = step_choose(node, step);
	if (result == 0)
		step_name(step);
	pthread_mutex_unlock(&host_lock);
	if (result)
		return result;
	if (step->goal == step->base)
		result = step->fd;	/* another thread was here first */
	else
		result = step_take(step);
	if (*pinned) {
		host_node_unpin(*pinned);
		host_node_put(*pinned);
		*pinned = NULL;
	}
	if (step->goal != step->base)
		host_node_unpin(step->base);
	host_node_put(step->base);
	if (result < 0)
		host_node_put(step->goal);
	else
		*pinned = step->goal;
	return result;
}

/* Find node again. Return: its descriptor, pinned. */
static int node_walk(struct host_node *node)
{
	struct host_step step = { .fd = -1 };
	struct host_node *pinned = NULL;
	int result = -ESTALE;

	step.buffer = host_malloc(HOST_PATH_MAX);
	if (!step.buffer)
		return -ENOMEM;
	for (int left = HOST_WALK_STEPS; left; left--) {
		result = walk_step(node, &step, &pinned);
		if (result < 0 || pinned == node)
			break;
	}
	host_free(step.buffer);
	if (pinned && pinned != node) {
		host_node_unpin(pinned);
		result = result < 0 ? result : -ESTALE;
	}
	host_node_put(pinned);		/* the caller has a reference of its own */
	return result;
}

int host_node_pin(struct host_node *node, int *ret_fd)
{
	int fd;

	if (host_node_pin_cached(node, ret_fd) == 0) {
		host_tally(HOST_COUNT_CACHE_HIT);
		return 0;
	}
	host_tally(HOST_COUNT_CACHE_MISS);
	fd = node_walk(node);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}
