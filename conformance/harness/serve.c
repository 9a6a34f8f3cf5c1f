// SPDX-License-Identifier: GPL-2.0-only
/* serve - the helper: does what the other side's cases order */
#include <dirent.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "fsconf.h"
#include "peer.h"

#define ARGS_MAX 4

struct request {
	char *arg[ARGS_MAX];
	char text[FC_PEER_LINE];	/* of the answer */
};

struct verb {
	const char *name;
	int args;		/* the last one goes on to the end of the line */
	long (*run)(struct request *rq);
};

static int held = -1;		/* by "hold" and the locks */

static long number(const char *s)
{
	return strtol(s, NULL, 0);
}

static long close_after(int fd, long ret)
{
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static long write_at(const char *name, int flags, off_t off, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		return -1;
	if (flags & O_APPEND)
		return close_after(fd, write(fd, text, strlen(text)));
	return close_after(fd, pwrite(fd, text, strlen(text), off));
}

static long do_create(struct request *rq)
{
	return write_at(rq->arg[0], O_CREAT | O_TRUNC, 0, rq->arg[1]);
}

static long do_write(struct request *rq)
{
	return write_at(rq->arg[0], 0, number(rq->arg[1]), rq->arg[2]);
}

static long do_append(struct request *rq)
{
	return write_at(rq->arg[0], O_APPEND, 0, rq->arg[1]);
}

static long do_replace(struct request *rq)
{
	const char *tmp = ".replace";

	if (write_at(tmp, O_CREAT | O_TRUNC, 0, rq->arg[1]) < 0)
		return -1;
	return rename(tmp, rq->arg[0]);
}

static long do_mmapwrite(struct request *rq)
{
	size_t off = number(rq->arg[1]), len = strlen(rq->arg[2]);
	int fd = open(rq->arg[0], O_RDWR | O_CLOEXEC);
	char *p;

	if (fd < 0)
		return -1;
	p = mmap(NULL, off + len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return -1;
	memcpy(p + off, rq->arg[2], len);
	return munmap(p, off + len);
}

static long do_read(struct request *rq)
{
	size_t len = number(rq->arg[2]);
	int fd = open(rq->arg[0], O_RDONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return -1;
	if (len >= sizeof(rq->text))
		len = sizeof(rq->text) - 1;
	n = close_after(fd, pread(fd, rq->text, len, number(rq->arg[1])));
	rq->text[n > 0 ? n : 0] = '\0';
	return n;
}

static long do_truncate(struct request *rq)
{
	return truncate(rq->arg[0], number(rq->arg[1]));
}

static long do_unlink(struct request *rq)
{
	return unlink(rq->arg[0]);
}

static long do_rmdir(struct request *rq)
{
	return rmdir(rq->arg[0]);
}

static long do_mkdir(struct request *rq)
{
	return mkdir(rq->arg[0], 0755);
}

static long do_mkfifo(struct request *rq)
{
	return mkfifo(rq->arg[0], 0644);
}

static long do_many(struct request *rq)
{
	for (long i = 0; i < number(rq->arg[1]); i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/n%ld", rq->arg[0], i);
		if (write_at(path, O_CREAT, 0, "n") < 0)
			return -1;
	}
	return 0;
}

static long do_rename(struct request *rq)
{
	return rename(rq->arg[0], rq->arg[1]);
}

static long do_exchange(struct request *rq)
{
	return renameat2(AT_FDCWD, rq->arg[0], AT_FDCWD, rq->arg[1],
			 RENAME_EXCHANGE);
}

static long do_link(struct request *rq)
{
	return link(rq->arg[0], rq->arg[1]);
}

static long do_symlink(struct request *rq)
{
	return symlink(rq->arg[0], rq->arg[1]);
}

static long do_readlink(struct request *rq)
{
	long n = readlink(rq->arg[0], rq->text, sizeof(rq->text) - 1);

	rq->text[n > 0 ? n : 0] = '\0';
	return n;
}

static long do_chmod(struct request *rq)
{
	return chmod(rq->arg[0], number(rq->arg[1]));
}

static long do_utimens(struct request *rq)
{
	const struct timespec t[2] = {
		{ .tv_sec = number(rq->arg[1]) },
		{ .tv_sec = number(rq->arg[2]) },
	};

	return utimensat(AT_FDCWD, rq->arg[0], t, AT_SYMLINK_NOFOLLOW);
}

/* "stat NAME" answers with size, mode, links and mtime in seconds. */
static long do_stat(struct request *rq)
{
	struct stat st;

	if (lstat(rq->arg[0], &st) < 0)
		return -1;
	snprintf(rq->text, sizeof(rq->text), "%lld %o %lu %lld",
		 (long long)st.st_size, st.st_mode, (unsigned long)st.st_nlink,
		 (long long)st.st_mtime);
	return 0;
}

static long do_count(struct request *rq)
{
	return fc_count_entries(rq->arg[0]);
}

static long do_setxattr(struct request *rq)
{
	return lsetxattr(rq->arg[0], rq->arg[1], rq->arg[2],
			 strlen(rq->arg[2]), 0);
}

static long do_getxattr(struct request *rq)
{
	long n = lgetxattr(rq->arg[0], rq->arg[1], rq->text,
			   sizeof(rq->text) - 1);

	rq->text[n > 0 ? n : 0] = '\0';
	return n;
}

static long do_rmxattr(struct request *rq)
{
	return lremovexattr(rq->arg[0], rq->arg[1]);
}

static long do_hold(struct request *rq)
{
	if (held >= 0)
		close(held);
	held = open(rq->arg[0], O_RDWR | O_CLOEXEC);
	return held < 0 ? -1 : 0;
}

static long do_hwrite(struct request *rq)
{
	return write(held, rq->arg[0], strlen(rq->arg[0]));
}

static long do_drop(struct request *rq)
{
	(void)rq;
	if (held >= 0)
		close(held);
	held = -1;
	return 0;
}

static const struct {
	const char *name;
	int cmd, type;
} lock_kinds[] = {
	{ "posix-read", F_SETLK, F_RDLCK }, { "posix-write", F_SETLK, F_WRLCK },
	{ "posix-none", F_SETLK, F_UNLCK }, { "ofd-read", F_OFD_SETLK, F_RDLCK },
	{ "ofd-write", F_OFD_SETLK, F_WRLCK },
};

/* "lock KIND START LENGTH" on the held file. */
static long do_lock(struct request *rq)
{
	for (size_t i = 0; i < ARRAY_SIZE(lock_kinds); i++) {
		struct flock fl = {
			.l_type = lock_kinds[i].type,
			.l_whence = SEEK_SET,
			.l_start = number(rq->arg[1]),
			.l_len = number(rq->arg[2]),
		};

		if (!strcmp(lock_kinds[i].name, rq->arg[0]))
			return fcntl(held, lock_kinds[i].cmd, &fl);
	}
	errno = EINVAL;
	return -1;
}

static long do_flock(struct request *rq)
{
	return flock(held, (int)number(rq->arg[0]) | LOCK_NB);
}

/* "quota UID BLOCKS INODES": hard limits, in KiB; 0 = none. */
static long do_quota(struct request *rq)
{
	return fc_quota_set(number(rq->arg[0]), number(rq->arg[1]),
			    number(rq->arg[2]));
}

static const struct verb verbs[] = {
	{ "create", 2, do_create },	{ "write", 3, do_write },
	{ "append", 2, do_append },	{ "replace", 2, do_replace },
	{ "mmapwrite", 3, do_mmapwrite }, { "read", 3, do_read },
	{ "truncate", 2, do_truncate },	{ "unlink", 1, do_unlink },
	{ "rmdir", 1, do_rmdir },	{ "mkdir", 1, do_mkdir },
	{ "mkfifo", 1, do_mkfifo },	{ "many", 2, do_many },
	{ "rename", 2, do_rename },	{ "exchange", 2, do_exchange },
	{ "link", 2, do_link },		{ "symlink", 2, do_symlink },
	{ "readlink", 1, do_readlink },	{ "chmod", 2, do_chmod },
	{ "utimens", 3, do_utimens },	{ "stat", 1, do_stat },
	{ "count", 1, do_count },	{ "setxattr", 3, do_setxattr },
	{ "getxattr", 2, do_getxattr },	{ "rmxattr", 2, do_rmxattr },
	{ "hold", 1, do_hold },		{ "hwrite", 1, do_hwrite },
	{ "drop", 0, do_drop },		{ "lock", 3, do_lock },
	{ "flock", 1, do_flock },	{ "quota", 3, do_quota },
};

/* Cut the next word off @rest; the last argument is all that is left. */
static char *next_word(char **rest, bool last)
{
	char *word = *rest, *end = last ? NULL : strchr(word, ' ');

	*rest = end ? end + 1 : word + strlen(word);
	if (end)
		*end = '\0';
	return word;
}

static long run_verb(const char *name, char *rest, struct request *rq)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const struct verb *v = &verbs[i];
		long ret;

		if (strcmp(v->name, name))
			continue;
		for (int a = 0; a < v->args; a++)
			rq->arg[a] = next_word(&rest, a == v->args - 1);
		ret = v->run(rq);
		return ret < 0 ? -errno : ret;
	}
	return -ENOSYS;
}

/* The names come from cases, but the place must not lead out of the tree. */
static long go_to(int root, const char *place)
{
	if (place[0] == '/' || strstr(place, ".."))
		return -EPERM;
	return fchdir(root) < 0 || chdir(place) < 0 ? -errno : 0;
}

static void answer_line(int root, char *line, int out)
{
	static struct request rq;
	static char reply[FC_PEER_LINE + 64];
	char *id = next_word(&line, false), *place = next_word(&line, false);
	char *verb = next_word(&line, false);
	long ret = go_to(root, place);
	int n;

	rq.text[0] = '\0';
	if (!ret)
		ret = run_verb(verb, line, &rq);
	n = snprintf(reply, sizeof(reply), "%s %ld %s\n", id, ret, rq.text);
	if (write(out, reply, n) != n)
		_exit(1);
}

int fc_serve(const char *dir, int in, int out)
{
	int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f = fdopen(in, "r");

	umask(0);
	if (root < 0 || !f)
		return 1;
	while ((n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		answer_line(root, line, out);
	}
	free(line);
	return 0;
}

int fc_serve_socket(const char *dir, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	(void)unlink(path);	/* of an earlier run; bind says if it stays */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    listen(fd, 1) < 0)
		return 1;
	for (;;) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0 || fc_serve(dir, dup(peer), peer))
			return 1;
		close(peer);
	}
}
