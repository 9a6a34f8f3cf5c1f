// SPDX-License-Identifier: GPL-2.0-only
/*
 * share - the host's directories that a guest gets
 *
 * A share is opened here, once, by the user's own rights; from then on the name
 * plays no role: who renames or replaces the directory does not redirect it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "share.h"

static int add(struct shares *s, int fd, bool read_only, const char *target)
{
	struct share *share = &s->v[s->n];

	share->target = strdup(target);
	if (!share->target) {
		msg_errno(-ENOMEM, "cannot share '%s'", target);
		(void)close(fd);	/* O_PATH: nothing to be lost */
		return -ENOMEM;
	}
	share->fd = fd;
	share->read_only = read_only;
	share->options = "";
	share->humfs = false;
	s->n++;
	return 0;
}

/* O_PATH alone also opens what nobody may enter, and the guest would find out. */
static int open_directory(const char *path)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* Where a descriptor's directory is, for a -v without DST. */
static int own_place(int fd, char *buf, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = 0;
	return buf[0] == '/' ? 0 : -ENOENT;
}

static int add_volume(struct shares *s, const struct volume *v, size_t number)
{
	char place[PATH_MAX];
	const char *target = v->target;
	int fd, r;

	fd = open_directory(v->source);
	if (fd == -ENOTDIR) {
		msg("-v: '%s' is not a directory; give the one that it is in",
		    v->source);
		return fd;
	}
	if (fd < 0) {
		msg_errno(fd, "-v: cannot open the directory '%s'", v->source);
		return fd;
	}
	if (!*target) {
		r = own_place(fd, place, sizeof(place));
		if (r < 0 || !strcmp(place, "/")) {
			msg("-v '%s': say where the guest is to have it: '%s:/DST'",
			    v->source, v->source);
			(void)close(fd);	/* O_PATH: nothing to be lost */
			return r < 0 ? r : -EINVAL;
		}
		target = place;
	}
	snprintf(s->v[s->n].tag, sizeof(s->v[s->n].tag), "v%zu", number);
	r = add(s, fd, v->read_only, target);
	if (r == 0) {
		s->v[s->n - 1].options = v->options;
		s->v[s->n - 1].humfs = v->humfs;
	}
	return r;
}

static bool replaces_cwd(const struct config *c)
{
	char place[PATH_MAX];
	size_t i;

	for (i = 0; i < c->nvolumes; i++) {
		const struct volume *v = &c->volumes[i];

		if (!strcmp(v->target, c->cwd))
			return true;
		if (!*v->target && realpath(v->source, place) &&
		    !strcmp(place, c->cwd))
			return true;
	}
	return false;
}

static int add_cwd(const struct config *c, struct shares *s)
{
	int fd;

	if (c->rootfs || !strcmp(c->cwd, "/") || replaces_cwd(c))
		return 0;
	fd = open_directory(".");
	if (fd < 0) {
		msg_errno(fd, "cannot open the current directory '%s'; change to one that you may read",
			  c->cwd);
		return fd;
	}
	strcpy(s->v[s->n].tag, "cwd");
	return add(s, fd, false, c->cwd);
}

/*
 * --rootfs: what has no record belongs to root, as in any root file system,
 * unless the tree itself says whose it is (a superblock, docs/metadata-format.md).
 */
static int add_rootfs(const struct config *c, struct shares *s)
{
	int fd = open_directory(c->rootfs), r;
	bool bare;

	if (fd < 0) {
		msg_errno(fd, "--rootfs: cannot open the directory '%s'",
			  c->rootfs);
		return fd;
	}
	bare = faccessat(fd, "superblock", F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	r = add(s, fd, false, "/");
	if (r == 0) {
		s->v[0].humfs = true;
		s->v[0].options = bare ? "owner=0:0" : "";
	}
	return r;
}

static int add_root(const struct config *c, struct shares *s)
{
	int fd;

	strcpy(s->v[0].tag, "root");
	if (c->rootfs)
		return add_rootfs(c, s);
	fd = open_directory("/");
	if (fd < 0) {
		msg_errno(fd, "cannot open '/'");
		return fd;
	}
	return add(s, fd, true, "/");
}

int shares_open(const struct config *c, struct shares *ret)
{
	size_t i;
	int r;

	ret->n = 0;
	r = add_root(c, ret);
	if (r == 0)
		r = add_cwd(c, ret);
	for (i = 0; i < c->nvolumes && r == 0; i++)
		r = add_volume(ret, &c->volumes[i], i);
	return r;
}

void shares_close(struct shares *s)
{
	while (s->n) {
		s->n--;
		free(s->v[s->n].target);
		(void)close(s->v[s->n].fd);	/* O_PATH: nothing to be lost */
	}
}
