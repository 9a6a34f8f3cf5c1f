// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownership_table - by humfs's own table, as the host's tools work on a tree; and the
 * host's hand, which adds, moves and removes files
 */
#include "humfs_user.h"

#include <stdio.h>

#include "ownership.h"

static struct host_fs *fs;
static struct host_node *root;
static char plain[4096];		/* the folder with the data */

int ownership_begin(const char *tree)
{
	const struct humfs_mount how = { .side_fd = -1 };
	int fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC), error;
	struct host_attr attr;

	(void)host_init(0);
	snprintf(plain, sizeof(plain), "%s/data", tree);
	error = fd < 0 ? -errno : humfs_mount_fd(fd, &how, &fs);
	return error ? error : fs->ops->root(fs, &attr, &root);
}

int ownership_get(const char *name, struct values *ret)
{
	struct host_attr attr;
	int error = fs->ops->lookup(root, name, 0, &attr);

	if (error == 0)
		*ret = (struct values){ { attr.uid, attr.gid,
					  ownership_count(attr.mode & 07777) } };
	return error;
}

int ownership_set(const char *name, enum ownership_what what, uint32_t value)
{
	static const uint32_t sets[WHATS] = { HOST_SET_UID, HOST_SET_GID,
					      HOST_SET_MODE };
	const struct host_setattr how = {
		.set = sets[what], .mode = ownership_mode(value),
		.uid = value, .gid = value,
	};
	struct host_node *node;
	struct host_attr attr;
	int error = fs->ops->lookup(root, name, 0, &attr);

	if (error == 0)
		error = fs->ops->node(fs, root, name, &attr, &node);
	if (error)
		return error;
	error = fs->ops->setattr(node, NULL, &how, &attr);
	fs->ops->put(node);
	return error;
}

void ownership_disturb(unsigned int n)
{
	char a[4200], b[4200];
	int fd;

	snprintf(a, sizeof(a), "%s/h%u", plain, n % 7);
	snprintf(b, sizeof(b), "%s/h%u", plain, n % 5);
	fd = open(a, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	(void)rename(a, b);
	if (n % 3 == 0)
		(void)unlink(b);
}
