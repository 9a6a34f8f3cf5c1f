// SPDX-License-Identifier: GPL-2.0-only
/*
 * convert_v2 - the original's layout made beside the data of a tree, and removed
 *
 * Everything is written with the layout's lock held, by which others know that
 * somebody is at work; the superblock, which comes last, makes it valid.
 */
#include <sys/statvfs.h>

#include "check.h"
#include "convert.h"
#include "meta_shadow.h"
#include "msg.h"

static const char *const mirrors[] = { "file_metadata", "dir_metadata" };

bool convert_v2_left(const struct tree *tree)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool found = false, busy;
	struct host_attr attr;
	int fd;

	if (tree->folder < 0 || tree->super.version != 3)
		return false;
	for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++)
		found |= host_statx(tree->folder, mirrors[i], &attr) == 0;
	if (!found)
		return false;
	fd = openat(tree->folder, HMETA_SHADOW_LOCK, O_RDWR | O_CLOEXEC |
		    O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT;
	busy = fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
	close(fd);
	return !busy;
}

int convert_v2_remove(const struct tree *tree, const char **ret_name)
{
	static const char *const names[] = {
		"file_metadata", "dir_metadata", HMETA_SHADOW_LOST,
		HMETA_SHADOW_NEW, HMETA_SHADOW_LOCK,
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int failed = check_remove_tree(tree->folder, names[i]);

		if (failed && error == 0) {
			error = failed;
			*ret_name = names[i];
		}
	}
	return error;
}

static int make_mirrors(const struct tree *tree)
{
	const char *name = "";
	int error = convert_v2_left(tree) ? convert_v2_remove(tree, &name) : 0;

	if (error) {
		msg_errno(error, "cannot remove '%s/%s'", tree->path, name);
		return error;
	}
	for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++) {
		if (mkdirat(tree->folder, mirrors[i], 0700) == 0)
			continue;
		error = -errno;
		msg_errno(error, "cannot make '%s/%s'", tree->path, mirrors[i]);
		return error;
	}
	return 0;
}

int convert_v2_begin(struct convert *convert, struct hmeta_store **ret)
{
	struct tree *tree = convert->tree;
	struct hmeta_store *store;
	int fd, error;

	if (tree->super.inodes) {
		msg("the original's layout has no limit of objects; use 'limit --inodes none' first");
		return -EINVAL;
	}
	error = make_mirrors(tree);
	if (error)
		return error;
	fd = fcntl(tree->folder, F_DUPFD_CLOEXEC, 0);
	error = fd < 0 ? -errno : hmeta_shadow_open(&tree->host, fd, 2, &store);
	if (error == 0) {
		error = hmeta_shadow_lock((struct hmeta_shadow *)store);
		if (error)
			hmeta_close(store);
	}
	if (error)
		msg_errno(error, "cannot convert '%s'", tree->path);
	else
		*ret = store;
	return error;
}

void convert_v2_end(struct hmeta_store *store)
{
	hmeta_shadow_unlock((struct hmeta_shadow *)store);
}

/* A second name: its line is a link to the first one's. */
static int put_link(struct hmeta_shadow *shadow, const char *first, char *path)
{
	_cleanup_free_ char *from = strdup(first);

	return from ? hmeta_shadow_link_line(shadow, from, path) : -ENOMEM;
}

int convert_v2_put(struct convert *convert, const struct object *object,
		   const char *path)
{
	struct hmeta_shadow *shadow = (struct hmeta_shadow *)convert->new;
	_cleanup_free_ char *own = malloc(strlen(path) +
					  sizeof(HMETA_SHADOW_LINE) + 1);
	bool is_dir = S_ISDIR(object->host.mode), several;
	const char *first;
	int error;

	if (!own)
		return -ENOMEM;
	strcpy(own, path);
	several = !is_dir && object->host.nlink > 1;
	first = several ? ids_get(&convert->links, &object->host.id) : NULL;
	if (first)
		return put_link(shadow, first, own);
	if (S_ISREG(object->host.mode))
		convert->used += object->host.blocks * 512;
	error = hmeta_shadow_put(shadow, own, is_dir, &object->record);
	return error || !several ? error :
	       ids_add(&convert->links, &object->host.id, path);
}

/* The original asks for a size: without one, all that the host has. */
int convert_v2_super(const struct convert *convert, struct hmeta_super *super)
{
	uint64_t total = convert->tree->super.total;
	struct statvfs host;

	if (!total) {
		if (fstatvfs(convert->tree->folder, &host))
			return -errno;
		total = (uint64_t)host.f_blocks * host.f_frsize;
	}
	if (total < convert->used)
		total = convert->used;
	*super = (struct hmeta_super){
		.version = 2, .kind = HMETA_BY_SHADOW,
		.total = total ? total : 4096,
	};
	hmeta_super_use(super, convert->used);
	return 0;
}
