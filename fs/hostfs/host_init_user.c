// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_init - process-wide limits, what the host can do, and counts
 */
#include "host_own_user.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#define HOST_DESCRIPTORS_MIN	16
#define HOST_DESCRIPTORS_MAX	65536	/* each pins an inode of the host */

struct host_tally host_tallies[HOST_COUNT_MAX];

struct host_features host_features = { .proc_fd = -1 };

static const char *const host_count_names[HOST_COUNT_MAX] = {
	[HOST_COUNT_STATX]	 = "statx",
	[HOST_COUNT_OPEN]	 = "open",
	[HOST_COUNT_CLOSE]	 = "close",
	[HOST_COUNT_READ]	 = "read",
	[HOST_COUNT_WRITE]	 = "write",
	[HOST_COUNT_READDIR]	 = "readdir",
	[HOST_COUNT_OTHER]	 = "other",
	[HOST_COUNT_CACHE_HIT]	 = "cache_hit",
	[HOST_COUNT_CACHE_MISS]	 = "cache_miss",
	[HOST_COUNT_DESCRIPTORS] = "descriptors",
};

uint64_t host_count(enum host_count which)
{
	if ((unsigned int)which >= HOST_COUNT_MAX)
		return 0;
	return atomic_load_explicit(&host_tallies[which].count,
				    memory_order_relaxed);
}

const char *host_count_name(enum host_count which)
{
	if ((unsigned int)which >= HOST_COUNT_MAX)
		return NULL;
	return host_count_names[which];
}

/* Raise the soft limit to the hard one. Return: what holds now. */
static uint64_t host_raise_nofile(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		rlim_t soft = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			limit.rlim_cur = soft;
	}
	return limit.rlim_cur;
}

/*
 * Three quarters of the process's descriptors are the cache's; the rest is for
 * the guest's open files, which take from the cache when that is not enough.
 */
static uint32_t host_default_limit(uint64_t nofile)
{
	uint64_t limit = nofile / 4 * 3;

	if (limit > HOST_DESCRIPTORS_MAX)
		limit = HOST_DESCRIPTORS_MAX;
	if (limit < HOST_DESCRIPTORS_MIN)
		limit = HOST_DESCRIPTORS_MIN;
	return limit;
}

/*
 * A directory handle on /proc/self/fd saves three components at each open. It
 * belongs to this process: after a fork the child must not use it.
 */
static void host_forget_proc(void)
{
	if (host_features.proc_fd >= 0)
		(void)close(host_features.proc_fd);	/* O_PATH: cannot fail */
	host_features.proc_fd = -1;
}

static void host_find_proc(void)
{
	struct statfs fs;
	int fd;

	host_forget_proc();
	fd = HOST_CALL(OPEN, open("/proc/self/fd",
				  O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return;
	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC) {
		host_close_fd(fd);
		return;
	}
	host_features.proc_fd = fd;
}

/* In the child of a fork: its own /proc/self/fd. */
static void host_after_fork(void)
{
	host_find_proc();
}

/* The groups that objects may be given to by an ordinary user. */
static int host_find_groups(void)
{
	int count = getgroups(0, NULL);

	free(host_features.groups);
	host_features.groups = NULL;
	host_features.group_count = 0;
	if (count <= 0)
		return 0;
	host_features.groups = malloc(count * sizeof(gid_t));
	if (!host_features.groups)
		return -ENOMEM;
	count = getgroups(count, host_features.groups);
	if (count > 0)
		host_features.group_count = count;
	return 0;
}

static void host_probe(void)
{
	const struct host_open_how how = { .flags = O_PATH | O_CLOEXEC };
	int64_t result;

	result = HOST_CALL(OPEN, syscall(SYS_openat2, AT_FDCWD, "/", &how,
					 sizeof(how)));
	host_features.openat2 = result >= 0;
	if (result >= 0)
		host_close_fd(result);

	/* A file system check, not a permission check: -EBADF when it exists. */
	result = HOST_CALL(OTHER, syscall(SYS_fchmodat2, -1, "", 0,
					  AT_EMPTY_PATH));
	host_features.fchmodat2 = result == -EBADF;

	result = host_getxattrat(-1, "x", "security.x", NULL, 0);
	host_features.getxattrat = result == -EBADF;

	host_features.uid = geteuid();
	host_features.gid = getegid();
	host_features.privileged = host_features.uid == 0;
}

int host_init(uint32_t max_descriptors)
{
	static bool fork_handled;
	uint64_t nofile = host_raise_nofile();

	(void)umask(0);		/* returns the old one, cannot fail */
	host_find_proc();
	host_probe();
	if (!fork_handled && pthread_atfork(NULL, NULL, host_after_fork) == 0)
		fork_handled = true;
	if (!fork_handled || host_find_groups())
		return -ENOMEM;
	host_cache_limit(max_descriptors ? max_descriptors :
			 host_default_limit(nofile));
	return 0;
}

int host_may_noatime(uint32_t owner)
{
	return host_features.privileged || owner == host_features.uid;
}

int host_checks_as(uint32_t uid)
{
	return !host_features.privileged && uid == host_features.uid;
}

int host_proc_path(int fd, struct host_proc_path *ret)
{
	static const char prefix[] = "/proc/self/fd/";
	char digits[12];
	size_t length = 0, at = sizeof(prefix) - 1;

	if (host_features.proc_fd < 0)
		return -ENOENT;
	memcpy(ret->path, prefix, at);
	ret->prefix = at;
	do {
		digits[length++] = '0' + fd % 10;
		fd /= 10;
	} while (fd);
	while (length)
		ret->path[at++] = digits[--length];
	ret->path[at] = '\0';
	return 0;
}

void host_close_fd(int fd)
{
	host_tally(HOST_COUNT_CLOSE);
	/* Linux has closed it, whatever it says; write errors were reported
	 * by the writes and by fsync. */
	(void)HOST_OWN_OBJECT(fd, HOST_EVENT_CLOSE_WRITE |
			      HOST_EVENT_CLOSE_NOWRITE, close(fd));
}
