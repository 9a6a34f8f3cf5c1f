// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory - how much memory a guest may have here
 *
 * Theory of operation
 *
 * A guest's memory is a sparse file: what the guest never touches costs nothing.
 * So the default may be generous. It is bounded because the guest's kernel sets
 * up 64 bytes for each page at boot (16 MB and about 17 ms a gigabyte, where the
 * rest of a boot takes 55 ms), and because a guest fills with cache whatever it
 * has. 2 GB hold a parallel build of C; who needs more knows it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "fileio.h"
#include "memory.h"
#include "parse.h"

/* A file of /sys/fs/cgroup with one number, or "max". Return: 0 or an errno. */
static int read_limit(int root, const char *name, uint64_t *ret)
{
	char text[64];
	int r = fileio_read(root, name, text, sizeof(text));

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = 0;
	if (!strcmp(text, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return parse_u64(text, 0, UINT64_MAX, ret);
}

/* The lowest memory.max from our control group up to the root (version 2). */
static void lower_to_cgroup2(int root, uint64_t *limit)
{
	char groups[4096], path[PATH_MAX];
	char *at, *slash;
	uint64_t n;

	if (fileio_read(root, "proc/self/cgroup", groups, sizeof(groups)) < 0)
		return;
	at = !strncmp(groups, "0::", 3) ? groups : strstr(groups, "\n0::");
	if (!at)
		return;
	at = strchr(at, '/');
	if (!at)
		return;
	at[strcspn(at, "\n")] = 0;
	for (;;) {
		snprintf(path, sizeof(path), "sys/fs/cgroup%s/memory.max", at);
		if (read_limit(root, path, &n) == 0 && n < *limit)
			*limit = n;
		slash = strrchr(at, '/');
		if (!slash)
			break;
		*slash = 0;
	}
}

int memory_limit(int root, uint64_t *ret)
{
	char text[8192];
	uint64_t kilobytes, limit, n;
	char *at;
	int r;

	r = fileio_read(root, "proc/meminfo", text, sizeof(text));
	if (r < 0)
		return r;
	at = strstr(text, "MemTotal:");
	if (!at)
		return -EIO;
	at += strcspn(at, "0123456789");
	at[strspn(at, "0123456789")] = 0;
	if (parse_u64(at, 1, UINT64_MAX >> 10, &kilobytes) < 0)
		return -EIO;
	limit = kilobytes << 10;
	lower_to_cgroup2(root, &limit);
	if (read_limit(root, "sys/fs/cgroup/memory/memory.limit_in_bytes",
		       &n) == 0 && n < limit)
		limit = n;
	*ret = limit;
	return 0;
}

uint64_t memory_default(uint64_t limit)
{
	uint64_t n = limit / 2 & ~((1ull << 20) - 1);

	if (n > MEMORY_DEFAULT)
		n = MEMORY_DEFAULT;
	return n < MEMORY_MIN ? MEMORY_MIN : n;
}
