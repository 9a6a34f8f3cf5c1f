// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_count - what a tree uses, counted at mount and then shared by its guests
 *
 * Theory of operation
 *
 * The count is a page that every guest on the tree has mapped: the file `count`
 * beside the superblock. Who mounts the tree while nobody else has it counts all
 * objects; later ones find the page right. So there is nothing that a kill could
 * leave wrong, and what the host did between guests is counted.
 *
 * Who has it mounted is told by a lock on the file (OFD: of this mount, gone with
 * the process): shared by all, exclusive for who counts.
 *
 * The limits are the superblock's; the page has a copy, which `humfs-meta limit`
 * changes, too, and which holds at once.
 */
#include "humfs_user.h"

#include <sys/mman.h>

#define COUNT_SIZE	4096
#define COUNT_TRIES	64
#define NAMES_SIZE	32768

struct humfs_count {
	char magic[8];			/* COUNT_MAGIC */
	_Atomic uint32_t ready;		/* somebody has counted */
	uint32_t zero;
	struct humfs_quota quota;
};

static const char count_magic[8] = "humcnt1";

_Static_assert(sizeof(struct humfs_count) <= COUNT_SIZE, "one page");

/* --- all objects ------------------------------------------------------------------ */

/* A directory that is still to be read. */
struct pending {
	struct pending *next;
	struct host_node *node;
};

/* Sums; a link of n counts as one part in n (fixed point, 32 bits). */
struct sum {
	uint64_t objects, bytes, object_parts, byte_parts;
};

static void sum_add(struct sum *sum, const struct host_attr *attr)
{
	uint64_t bytes = humfs_quota_bytes(attr);
	uint64_t links = attr->nlink;

	if (links < 2 || S_ISDIR(attr->mode)) {
		sum->objects++;
		sum->bytes += bytes;
		return;
	}
	sum->object_parts += (1ull << 32) / links;
	sum->bytes += bytes / links;
	sum->byte_parts += ((bytes % links) << 32) / links;
}

static uint64_t parts(uint64_t sum)
{
	return (sum + (1ull << 31)) >> 32;
}

static int push(struct humfs *fs, struct pending **stack,
		struct host_node *dir, const char *name,
		const struct host_attr *attr)
{
	struct pending *new = malloc(sizeof(*new));
	int error;

	if (!new)
		return -ENOMEM;
	error = host_node_make(&fs->tree.fs, dir, name, attr, &new->node);
	if (error) {
		free(new);
		return error;
	}
	new->next = *stack;
	*stack = new;
	return 0;
}

static int count_names(struct humfs *fs, struct pending **stack,
		       struct host_node *dir, struct host_file *file,
		       char *names, int64_t length, struct sum *sum)
{
	struct host_attr attr;
	int error = 0;

	for (int64_t at = 0; at < length && error == 0; ) {
		struct host_dirent *entry = (void *)(names + at);

		if (entry->reclen == 0)
			break;
		at += entry->reclen;
		if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..") ||
		    host_statx(file->fd, entry->name, &attr) ||
		    host_tree_shows(&fs->tree, &attr))
			continue;
		sum_add(sum, &attr);
		if (S_ISDIR(attr.mode))
			error = push(fs, stack, dir, entry->name, &attr);
	}
	return error;
}

/* What cannot be read, or has gone, is passed over. */
static int count_directory(struct humfs *fs, struct pending **stack,
			   struct host_node *dir, char *names, struct sum *sum)
{
	struct host_file *file;
	int64_t length, position = 0;
	int error = host_plain_open(dir, NULL, HOST_READ | HOST_DIRECTORY |
				    HOST_NOATIME, &file);

	if (error)
		return error == -ENOMEM ? error : 0;
	while (error == 0) {
		length = host_plain_readdir(file, position, names, NAMES_SIZE);
		if (length <= 0)
			break;
		position = file->position;
		error = count_names(fs, stack, dir, file, names, length, sum);
	}
	host_plain_close(file);
	return error;
}

int humfs_count_all(struct humfs *fs, struct humfs_quota *quota)
{
	struct pending *stack = NULL, *at;
	struct sum sum = { .objects = 1 };	/* the root */
	char *names = malloc(NAMES_SIZE);
	int error = names ? count_directory(fs, &stack, fs->tree.root, names,
					    &sum) : -ENOMEM;

	while (stack) {
		at = stack;
		stack = at->next;
		if (error == 0)
			error = count_directory(fs, &stack, at->node, names,
						&sum);
		host_node_put(at->node);
		free(at);
	}
	free(names);
	if (error)
		return error;
	atomic_store(&quota->used[HUMFS_OBJECTS],
		     sum.objects + parts(sum.object_parts));
	atomic_store(&quota->used[HUMFS_BYTES],
		     sum.bytes + parts(sum.byte_parts));
	return 0;
}

/* --- the page ----------------------------------------------------------------------- */

static int map_page(int fd, struct humfs_count **ret)
{
	long at = syscall(SYS_mmap, NULL, COUNT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	if (at == -1)
		return -errno;
	*ret = (struct humfs_count *)at;
	return 0;
}

static void unmap_page(struct humfs_count *count)
{
	(void)syscall(SYS_munmap, count, COUNT_SIZE);
}

/* The file, with blocks for the whole page: a store must not find the disk full. */
static int open_page(int folder, int flags, struct humfs_count **ret)
{
	int fd = HOST_OPEN(openat(folder, HMETA_TREE_COUNT, O_RDWR | O_CLOEXEC |
				  O_NOFOLLOW | O_NONBLOCK | flags, 0600));
	struct host_attr attr;
	int error;

	if (fd < 0)
		return fd;
	error = host_statx(fd, "", &attr);
	if (error == 0 && !S_ISREG(attr.mode))
		error = -EIO;
	if (error == 0 && attr.size < COUNT_SIZE) {
		error = flags ? HOST_CALL(OTHER, fallocate(fd, 0, 0,
							   COUNT_SIZE)) :
				-ENOENT;
		if (error == -EOPNOTSUPP)
			error = HOST_CALL(OTHER, ftruncate(fd, COUNT_SIZE));
	}
	if (error == 0)
		error = map_page(fd, ret);
	if (error) {
		host_close_fd(fd);
		return error;
	}
	return fd;
}

static int count_lock(int fd, int how, int type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	return HOST_CALL(OTHER, fcntl(fd, how, &lock));
}

static void store_limits(struct humfs_count *count, uint64_t bytes,
			 uint64_t objects)
{
	atomic_store(&count->quota.limit[HUMFS_BYTES], bytes);
	atomic_store(&count->quota.limit[HUMFS_OBJECTS], objects);
}

/* As the superblock has them; twice, for it may change between. */
static int take_limits(int folder, struct humfs_count *count)
{
	struct hmeta_super super;
	int error = 0;

	for (int times = 0; times < 2 && error == 0; times++) {
		error = hmeta_super_read(folder, &super, NULL);
		if (error == 0)
			store_limits(count, super.total, super.inodes);
	}
	return error;
}

/* We alone have it. */
static int count_first(struct humfs *fs, int folder, struct humfs_count *count)
{
	int error;

	atomic_store(&count->ready, 0);
	memcpy(count->magic, count_magic, sizeof(count->magic));
	error = humfs_count_all(fs, &count->quota);
	if (error == 0)
		error = take_limits(folder, count);
	if (error == 0)
		atomic_store(&count->ready, 1);
	return error;
}

/* The first counts, whoever comes meanwhile waits for it. */
static int join(struct humfs *fs, int folder, int fd, struct humfs_count *count)
{
	int error;

	for (int tries = 0; tries < COUNT_TRIES; tries++) {
		error = count_lock(fd, F_OFD_SETLK, F_WRLCK);
		if (error == 0) {
			error = count_first(fs, folder, count);
			return error ? error :
			       count_lock(fd, F_OFD_SETLK, F_RDLCK);
		}
		if (error != -EAGAIN && error != -EACCES)
			return error;
		error = count_lock(fd, F_OFD_SETLKW, F_RDLCK);
		if (error)
			return error;
		if (atomic_load(&count->ready) &&
		    !memcmp(count->magic, count_magic, sizeof(count->magic)))
			return 0;
		/* It was killed while it counted. */
		error = count_lock(fd, F_OFD_SETLK, F_UNLCK);
		if (error)
			return error;
	}
	return -EBUSY;
}

int humfs_count_open(struct humfs *fs, int folder)
{
	struct humfs_count *count;
	int fd = open_page(folder, O_CREAT, &count), error;

	if (fd < 0)
		return fd;
	error = join(fs, folder, fd, count);
	if (error) {
		unmap_page(count);
		host_close_fd(fd);
		return error;
	}
	fs->count = count;
	fs->count_fd = fd;
	fs->quota = &count->quota;
	return 0;
}

void humfs_count_close(struct humfs *fs)
{
	if (!fs->count)
		return;
	unmap_page(fs->count);
	host_close_fd(fs->count_fd);
	fs->count = NULL;
	fs->quota = NULL;
}

int humfs_limits_changed(int32_t folder, uint64_t bytes, uint64_t objects)
{
	struct humfs_count *count;
	int fd = open_page(folder, 0, &count);

	if (fd == -ENOENT)
		return 0;	/* nobody has ever counted */
	if (fd < 0)
		return fd;
	store_limits(count, bytes, objects);
	unmap_page(count);
	host_close_fd(fd);
	return 0;
}
