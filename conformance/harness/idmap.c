// SPDX-License-Identifier: GPL-2.0-only
/* idmap - user namespaces with chosen maps, and mounts mapped by them */
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "fsconf.h"
#include "idmap.h"

int fc_own_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int fc_bind(const char *path, unsigned long flags)
{
	if (mount(path, path, NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | flags, NULL);
}

static int write_map(pid_t pid, const char *what, uid_t inside, uid_t outside,
		     unsigned int count)
{
	char path[64], text[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = snprintf(text, sizeof(text), "%u %u %u", inside, outside, count);
	n = write(fd, text, n) == n ? 0 : -1;
	close(fd);
	return n;
}

static int userns_of(pid_t pid, uid_t inside, uid_t outside,
		     unsigned int count)
{
	char path[64];

	if (write_map(pid, "uid_map", inside, outside, count) < 0 ||
	    write_map(pid, "gid_map", inside, outside, count) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The child only has to live until its namespace is open. */
static void namespace_child(int ready, int done)
{
	char c;

	if (unshare(CLONE_NEWUSER) < 0 || write(ready, "r", 1) != 1)
		_exit(1);
	(void)read(done, &c, 1);	/* ends with the parent's pipe */
	_exit(0);
}

int fc_userns(uid_t inside, uid_t outside, unsigned int count)
{
	int ready[2], done[2], fd = -1, err;
	pid_t pid;
	char c;

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		close(done[1]);
		namespace_child(ready[1], done[0]);
	}
	close(ready[1]);
	close(done[0]);
	errno = EPERM;
	if (read(ready[0], &c, 1) == 1)
		fd = userns_of(pid, inside, outside, count);
	err = errno;
	close(done[1]);
	close(ready[0]);
	waitpid(pid, NULL, 0);
	errno = err;
	return fd;
}

int fc_idmapped_mount(const char *path, uid_t on_disk, uid_t shown,
		      unsigned int count)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int ns, tree, ret, err;

	ns = fc_userns(on_disk, shown, count);
	if (ns < 0)
		return -1;
	attr.userns_fd = ns;
	tree = syscall(SYS_open_tree, AT_FDCWD, path,
		       OPEN_TREE_CLONE | O_CLOEXEC);
	ret = tree;
	if (ret >= 0)
		ret = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr,
			      sizeof(attr));
	if (ret >= 0)
		ret = syscall(SYS_move_mount, tree, "", AT_FDCWD, path,
			      MOVE_MOUNT_F_EMPTY_PATH);
	err = errno;
	close(tree);
	close(ns);
	errno = err;
	return ret < 0 ? -1 : 0;
}
