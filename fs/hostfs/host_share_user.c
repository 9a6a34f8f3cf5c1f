// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_share - the directories that can be mounted: shares by tag, the hostfs=
 * root by path
 */
#include "host_user.h"

#define HOST_SHARES	256

struct host_share {
	char tag[HOST_TAG_MAX + 1];
	int fd;
	uint32_t flags;
};

static pthread_mutex_t share_lock = PTHREAD_MUTEX_INITIALIZER;
static struct host_share shares[HOST_SHARES];
static uint32_t share_count;
static struct host_share root = { .fd = -1 };

#define HOST_MOUNT_FLAGS (HOST_RDONLY | HOST_NOSUBMOUNTS | HOST_APPENDONLY)

/* Letters, digits, '.', '_', '-': a tag is a word of command lines and fstabs. */
static bool tag_valid(const char *tag)
{
	size_t i;

	for (i = 0; tag[i]; i++) {
		char c = tag[i];

		if (i == HOST_TAG_MAX)
			return false;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return i > 0;
}

/* Under share_lock. Entries are never removed, so the result stays valid. */
static const struct host_share *share_find(const char *tag)
{
	for (uint32_t i = 0; i < share_count; i++) {
		if (!strcmp(shares[i].tag, tag))
			return &shares[i];
	}
	return NULL;
}

static int share_insert(const char *tag, int fd, uint32_t flags)
{
	int error = 0;

	pthread_mutex_lock(&share_lock);
	if (share_find(tag)) {
		error = -EEXIST;
	} else if (share_count == HOST_SHARES) {
		error = -ENOSPC;
	} else {
		struct host_share *share = &shares[share_count++];

		memcpy(share->tag, tag, strlen(tag) + 1);
		share->fd = fd;
		share->flags = flags;
	}
	pthread_mutex_unlock(&share_lock);
	return error;
}

int host_share_add(const char *tag, int32_t fd, uint32_t flags)
{
	struct host_attr attr;
	int error;

	if (!tag_valid(tag) || (flags & ~HOST_MOUNT_FLAGS))
		return -EINVAL;
	error = host_statx(fd, "", &attr);
	if (error)
		return error;
	if ((attr.mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	error = HOST_CALL(OTHER, fcntl(fd, F_SETFD, FD_CLOEXEC));
	if (error)
		return error;
	return share_insert(tag, fd, flags);
}

int host_share_exists(const char *tag)
{
	const struct host_share *share;

	pthread_mutex_lock(&share_lock);
	share = share_find(tag);
	pthread_mutex_unlock(&share_lock);
	return share != NULL;
}

int host_share_root(const char *path, uint32_t flags)
{
	int fd, old;

	if (flags & ~HOST_MOUNT_FLAGS)
		return -EINVAL;
	/* The launcher's own word: links in it are followed. */
	fd = HOST_OPEN(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&share_lock);
	old = root.fd;
	root.fd = fd;
	root.flags = flags;
	pthread_mutex_unlock(&share_lock);
	if (old >= 0)
		host_close_fd(old);
	return 0;
}

/*
 * A descriptor of the hostfs= root's own, so that another host_share_root()
 * cannot close it under us. "/" when none was named.
 */
static int root_get(uint32_t *ret_flags)
{
	int fd = -1;

	pthread_mutex_lock(&share_lock);
	*ret_flags = root.flags;
	if (root.fd >= 0)
		fd = HOST_CALL(OTHER, fcntl(root.fd, F_DUPFD_CLOEXEC, 0));
	else
		fd = HOST_CALL(OPEN, open("/", O_PATH | O_DIRECTORY |
					  O_CLOEXEC));
	pthread_mutex_unlock(&share_lock);
	return fd;
}

/*
 * path below the hostfs= root. The root is the path's "/": ".." ends there and
 * links resolve from there, so that nothing leads out of it.
 */
static int open_below_root(const char *path, uint32_t *ret_flags)
{
	const struct host_open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int root_fd = root_get(ret_flags), fd;

	if (root_fd < 0 || !path || !path[strspn(path, "/")])
		return root_fd;
	do {
		fd = HOST_OPEN(syscall(SYS_openat2, root_fd, path, &how,
				       sizeof(how)));
	} while (fd == -EAGAIN);	/* a rename on the way: look again */
	host_close_fd(root_fd);
	return fd;
}

static int open_share(const char *tag, uint32_t *ret_flags)
{
	const struct host_share *share;

	pthread_mutex_lock(&share_lock);
	share = share_find(tag);
	pthread_mutex_unlock(&share_lock);
	if (!share)
		return -ENOENT;
	*ret_flags = share->flags;
	return HOST_OPEN(fcntl(share->fd, F_DUPFD_CLOEXEC, 0));
}

int host_plain_mount(const char *tag, const char *path, uint32_t flags,
		     struct host_fs **ret)
{
	uint32_t share_flags = 0;
	struct host_tree *tree;
	int fd, error;

	if (flags & ~HOST_MOUNT_FLAGS)
		return -EINVAL;
	fd = tag ? open_share(tag, &share_flags) :
		   open_below_root(path, &share_flags);
	if (fd < 0)
		return fd;
	tree = malloc(sizeof(*tree));
	if (!tree) {
		host_close_fd(fd);
		return -ENOMEM;
	}
	error = host_tree_init(tree, &host_plain_ops, fd, flags | share_flags);
	if (error) {
		free(tree);
		return error;
	}
	*ret = &tree->fs;
	return 0;
}
