// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownership - one of several who change owners and modes of the same objects
 *
 *	ownership guest uid|gid DIR SECONDS	by system calls
 *	ownership host mode TREE SECONDS	by humfs's table, and adds, moves and
 *						removes files as the host
 *
 * Each counts one attribute of each object up, and is the only one who does. Before
 * and after each change it must have the value that this one gave it last (no lost
 * update), and what the others count must never go back (nothing stale). It prints
 * "ATTRIBUTE: fine N", or what was wrong.
 */
#include "humfs_user.h"

#include <stdio.h>
#include <time.h>

#define OBJECTS		12
#define MODES		128		/* the mode counts in a circle */

enum what { UID, GID, MODE, WHATS };

static const char *const whats[WHATS] = { "uid", "gid", "mode" };
static const char *const names[OBJECTS] = {
	"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "d", "n", "p", "l",
};

struct values {
	uint32_t v[WHATS];
};

static struct host_fs *fs;		/* NULL: by system calls */
static struct host_node *root;
static char plain[4096];		/* data folder, for the host's hand */

/* Six bits of rw for three classes, and the sticky bit. */
static uint32_t mode_of(uint32_t n)
{
	return (n & 64) << 3 | (n & 32) << 3 | (n & 16) << 3 | (n & 8) << 2 |
	       (n & 4) << 2 | (n & 3) << 1;
}

static uint32_t count_of(uint32_t mode)
{
	return (mode >> 3 & 64) | (mode >> 3 & 32) | (mode >> 3 & 16) |
	       (mode >> 2 & 8) | (mode >> 2 & 4) | (mode >> 1 & 3);
}

static int get(int i, struct values *ret)
{
	struct host_attr attr;
	struct stat st;
	int error;

	if (!fs) {
		if (lstat(names[i], &st))
			return -errno;
		*ret = (struct values){ { st.st_uid, st.st_gid,
					  count_of(st.st_mode & 07777) } };
		return 0;
	}
	error = fs->ops->lookup(root, names[i], 0, &attr);
	if (error == 0)
		*ret = (struct values){ { attr.uid, attr.gid,
					  count_of(attr.mode & 07777) } };
	return error;
}

static int set(int i, enum what what, uint32_t value)
{
	const struct host_setattr how = {
		.set = HOST_SET_MODE, .mode = mode_of(value),
	};
	struct host_node *node;
	struct host_attr attr;
	int error;

	if (!fs)
		return lchown(names[i], what == UID ? value : (uid_t)-1,
			      what == GID ? value : (gid_t)-1) ? -errno : 0;
	error = fs->ops->lookup(root, names[i], 0, &attr);
	if (error == 0)
		error = fs->ops->node(fs, root, names[i], &attr, &node);
	if (error)
		return error;
	error = fs->ops->setattr(node, NULL, &how, &attr);
	fs->ops->put(node);
	return error;
}

static int wrong(const char *when, int i, enum what what, uint32_t got,
		 uint32_t last)
{
	printf("%s: %s: %s is %u, was %u\n", when, names[i], whats[what], got,
	       last);
	return -1;
}

static int look(const char *when, int i, enum what mine, struct values *last)
{
	struct values now;
	int error = get(i, &now);

	if (error) {
		printf("%s: %s: %s\n", when, names[i], strerror(-error));
		return -1;
	}
	for (int w = 0; w < WHATS; w++) {
		uint32_t step = now.v[w] - last->v[w];

		if (w == MODE)
			step %= MODES;
		if (w == (int)mine ? step : step > (w == MODE ? MODES / 2 :
						    UINT32_MAX / 2))
			return wrong(when, i, w, now.v[w], last->v[w]);
	}
	*last = now;
	return 0;
}

static int change(int i, enum what mine, struct values *last)
{
	uint32_t next = last->v[mine] + 1;
	int error;

	if (look("before", i, mine, last))
		return -1;
	if (mine == MODE)
		next %= MODES;
	error = set(i, mine, next);
	if (error) {
		printf("set: %s: %s\n", names[i], strerror(-error));
		return -1;
	}
	last->v[mine] = next;
	return look("after", i, mine, last);
}

/* What the host does to a directory meanwhile. */
static void disturb(unsigned int n)
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

static int run(enum what mine, long seconds)
{
	/* A link has no mode of its own. */
	int objects = mine == MODE ? OBJECTS - 1 : OBJECTS;
	time_t end = time(NULL) + seconds;
	struct values last[OBJECTS];
	unsigned int n;

	for (int i = 0; i < OBJECTS; i++)
		if (get(i, &last[i]))
			return wrong("begin", i, mine, 0, 0);
	for (n = 0; time(NULL) < end; n++) {
		if (change((int)(n * 7 % (unsigned int)objects), mine,
			   &last[n * 7 % (unsigned int)objects]))
			return 1;
		if (fs && n % 16 == 0)
			disturb(n / 16);
	}
	for (int i = 0; i < objects; i++)
		if (look("end", i, mine, &last[i]))
			return 1;
	printf("%s: fine %u\n", whats[mine], n);
	return 0;
}

static int mount_tree(const char *path)
{
	const struct humfs_mount how = { .side_fd = -1 };
	struct host_attr attr;
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), error;

	(void)host_init(0);
	snprintf(plain, sizeof(plain), "%s/data", path);
	error = fd < 0 ? -errno : humfs_mount_fd(fd, &how, &fs);
	return error ? error : fs->ops->root(fs, &attr, &root);
}

int main(int argc, char **argv)
{
	enum what mine = WHATS;

	for (int w = 0; argc == 5 && w < WHATS; w++)
		if (!strcmp(argv[2], whats[w]))
			mine = w;
	if (mine == WHATS) {
		fprintf(stderr, "usage: ownership guest|host uid|gid|mode DIR SECONDS\n");
		return 2;
	}
	if (!strcmp(argv[1], "host") ? mount_tree(argv[3]) : chdir(argv[3])) {
		perror(argv[3]);
		return 1;
	}
	return run(mine, atol(argv[4]));
}
