// SPDX-License-Identifier: GPL-2.0-only
/*
 * used - the original's note of how much is in a tree
 *
 * Regular files only, and as the host counts blocks: what a guest counts at mount
 * (fs/humfs/humfs_count_user.c).
 */
#include "ids.h"
#include "msg.h"
#include "used.h"
#include "walk.h"

bool used_by_guest(const struct tree *tree)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(tree->folder, HMETA_TREE_COUNT, O_RDWR | O_CLOEXEC |
			O_NOFOLLOW);
	bool used;

	if (fd < 0)
		return errno != ENOENT;
	used = fcntl(fd, F_OFD_GETLK, &range) || range.l_type != F_UNLCK;
	close(fd);
	return used;
}

static int count(struct tree *tree, struct ids *seen, uint64_t *ret)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(tree, &root);

	if (result == 0)
		result = walk_begin(tree, &root, "", &walk);
	if (result)
		return result;
	while ((result = walk_next(&walk, &object)) == 1) {
		if (!S_ISREG(object->host.mode) ||
		    ids_get(seen, &object->host.id))
			continue;
		*ret += object->host.blocks * 512;
		if (object->host.nlink > 1 &&
		    ids_add(seen, &object->host.id, ""))
			return -ENOMEM;
	}
	return result;
}

int used_note(struct tree *tree)
{
	struct ids seen = { 0 };
	uint64_t used = 0;
	int error;

	if (tree->super.version != 2 || used_by_guest(tree))
		return META_DONE;
	error = count(tree, &seen, &used);
	ids_free(&seen);
	if (error == 0) {
		hmeta_super_use(&tree->super, used);
		error = hmeta_super_write(tree->folder, &tree->super);
	}
	if (error)
		msg_errno(error, "cannot note what is used in '%s'", tree->path);
	return error ? META_FAILED : META_DONE;
}
