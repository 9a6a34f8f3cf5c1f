// SPDX-License-Identifier: GPL-2.0-only
/*
 * randops - random operations on files, the same ones for the same seed
 * Usage: randops [-d] SEED COUNT PAUSE_US
 *
 * Below the current directory, in d0 ... d5 and the directories s0 ... s2 in
 * them, which must exist. -d renames those, too. The pause, after each tenth
 * operation, keeps a slow watcher's queue from running over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRS	6
#define SUBS	3
#define FILES	8

static uint64_t state;

static unsigned int pick(unsigned int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % n;
}

static void name_dir(char *path, size_t size)
{
	unsigned int dir = pick(DIRS), sub = pick(SUBS + 1);

	if (sub == SUBS)
		snprintf(path, size, "d%u", dir);
	else
		snprintf(path, size, "d%u/s%u", dir, sub);
}

static void name_file(char *path, size_t size)
{
	char dir[32];

	name_dir(dir, sizeof(dir));
	snprintf(path, size, "%s/f%u", dir, pick(FILES));
}

/* Errors are part of it: what is not there cannot be removed. */
static void put(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	if (pick(2) && write(fd, path, strlen(path)) < 0)
		perror(path);
	if (pick(4) == 0 && write(fd, "\n", 1) < 0)
		perror(path);
	close(fd);
}

static void change(const char *path)
{
	static const struct timespec times[2] = { { 1, 1 }, { 2, 2 } };

	switch (pick(3)) {
	case 0: (void)chmod(path, pick(2) ? 0600 : 0644); break;
	case 1: (void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW); break;
	case 2: (void)truncate(path, pick(100)); break;
	}
}

static void rename_dir(void)
{
	char from[32], to[32];
	struct stat st;

	snprintf(from, sizeof(from), "d%u/s%u", pick(DIRS), pick(SUBS));
	snprintf(to, sizeof(to), "d%u/s%u", pick(DIRS), pick(SUBS));
	if (lstat(to, &st) && errno == ENOENT)
		(void)rename(from, to);
}

static void act(int dirs)
{
	char path[64], other[64];
	int fd;

	name_file(path, sizeof(path));
	name_file(other, sizeof(other));
	switch (pick(dirs ? 12 : 11)) {
	case 0: case 1: put(path, O_WRONLY | O_CREAT | O_TRUNC); break;
	case 2: put(path, O_WRONLY | O_CREAT | O_EXCL); break;
	case 3: put(path, O_WRONLY | O_APPEND); break;
	case 4: case 5: (void)rename(path, other); break;
	case 6: (void)unlink(path); break;
	case 7: (void)!link(path, other); break;
	case 8: (void)!symlink("nowhere", path); break;
	case 9: change(path); break;
	case 10:
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
		break;
	case 11: rename_dir(); break;
	}
}

int main(int argc, char **argv)
{
	int dirs = argc > 1 && !strcmp(argv[1], "-d");
	long count, pause;

	argv += dirs;
	if (argc - dirs != 4) {
		fprintf(stderr, "Usage: randops [-d] SEED COUNT PAUSE_US\n");
		return 2;
	}
	state = strtoull(argv[1], NULL, 10) * 2654435761u + 1;
	count = strtol(argv[2], NULL, 10);
	pause = strtol(argv[3], NULL, 10);
	for (long i = 0; i < count; i++) {
		act(dirs);
		if (pause && i % 10 == 9)
			usleep(pause);
	}
	return 0;
}
