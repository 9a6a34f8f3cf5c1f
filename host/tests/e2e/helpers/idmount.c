/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * idmount - binds a directory elsewhere as an idmapped mount
 *
 *	idmount DIR AT UID GID TO-UID TO-GID
 *
 * What UID:GID owns in DIR belongs at AT to TO-UID:TO-GID, and back. Exit
 * status: 0, or 1 with the reason on stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "idmount: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put_map(pid_t pid, const char *file, const char *id, const char *to)
{
	char path[64], map[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	n = snprintf(map, sizeof(map), "%s %s 1\n", id, to);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, (size_t)n) != n)
		fail(path);
	close(fd);
}

/* A user namespace that maps so. It lives as long as the descriptor. */
static int namespace(char **ids)
{
	char path[64], byte;
	int ready[2], fd;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		fail("user namespace");
	put_map(pid, "uid_map", ids[0], ids[2]);
	put_map(pid, "gid_map", ids[1], ids[3]);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

int main(int argc, char **argv)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int tree;

	if (argc != 7) {
		fprintf(stderr, "usage: idmount DIR AT UID GID TO-UID TO-GID\n");
		return 2;
	}
	attr.userns_fd = (unsigned int)namespace(argv + 3);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[1],
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		fail(argv[1]);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr,
		    sizeof(attr)) < 0)
		fail("mount_setattr");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2],
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		fail(argv[2]);
	return 0;
}
