// SPDX-License-Identifier: GPL-2.0-only
/*
 * params.c - hostfs's words on the kernel's command line
 *
 * They are read before there is any memory to allocate, so they are only noted,
 * and handed to the host half when the file system starts. The words stay in
 * the process's arguments, which last.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <init.h>
#include "host.h"
#include "params.h"

#define HOSTFS_MAX_SHARES	64

static const char *hostfs_shares[HOSTFS_MAX_SHARES] __initdata;
static unsigned int hostfs_nshares __initdata;
static const char *hostfs_root __initdata;
static const char *hostfs_descriptors __initdata;

static int __init hostfs_share_param(char *line, int *add)
{
	if (hostfs_nshares < HOSTFS_MAX_SHARES)
		hostfs_shares[hostfs_nshares] = line;
	hostfs_nshares++;
	return 0;
}

__uml_setup("hum.share=", hostfs_share_param,
"hum.share=<tag>:<fd>:<ro|rw>\n"
"    A directory of the host that the guest may mount by its tag:\n"
"    mount -t hostfs <tag> /mnt. The descriptor is inherited. May be\n"
"    given more than once.\n\n"
);

static int __init hostfs_root_param(char *line, int *add)
{
	*add = 0;
	hostfs_root = line;
	return 0;
}

__uml_setup("hostfs=", hostfs_root_param,
"hostfs=<root dir>[,append]\n"
"    Where the paths of hostfs mounts start; they cannot leave it.\n"
"    Default: /. With 'append' nothing is removed or replaced, and\n"
"    files only grow.\n\n"
);

static int __init hostfs_descriptors_param(char *line, int *add)
{
	hostfs_descriptors = line;
	return 0;
}

__uml_setup("hum.descriptors=", hostfs_descriptors_param,
"hum.descriptors=<number>\n"
"    How many descriptors of the host hostfs may keep open besides those\n"
"    of the guest's open files, whatever the size of its trees. Default:\n"
"    three quarters of the limit of open files (ulimit -Hn).\n\n"
);

u32 __init hostfs_params_descriptors(void)
{
	u32 n;

	if (!hostfs_descriptors)
		return 0;
	if (!kstrtou32(hostfs_descriptors, 10, &n) && n)
		return n;
	pr_err("hostfs: hum.descriptors=%s: a number above 0 was expected; the default is taken\n",
	       hostfs_descriptors);
	return 0;
}

/* TAG:FD:ro|rw. Return: 0, -EINVAL, or what the host half says. */
static int __init hostfs_add_share(const char *word)
{
	const char *fd = strchr(word, ':');
	char tag[HOST_TAG_MAX + 1], number[12];
	const char *mode;
	u32 flags;
	int n;

	mode = fd ? strchr(fd + 1, ':') : NULL;
	if (!mode || fd - word > HOST_TAG_MAX || mode - fd > sizeof(number))
		return -EINVAL;
	strscpy(tag, word, fd - word + 1);
	strscpy(number, fd + 1, mode - fd);
	if (kstrtoint(number, 10, &n))
		return -EINVAL;
	if (!strcmp(mode, ":ro"))
		flags = HOST_RDONLY;
	else if (!strcmp(mode, ":rw"))
		flags = 0;
	else
		return -EINVAL;
	return host_share_add(tag, n, flags);
}

/* DIR[,append] */
static int __init hostfs_set_root(const char *word)
{
	const char *option = strchrnul(word, ',');
	u32 flags = 0;
	char *path;
	int err;

	if (!strcmp(option, ",append"))
		flags = HOST_APPENDONLY;
	else if (*option)
		return -EINVAL;
	path = kstrndup(word, option - word, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	err = host_share_root(path, flags);
	kfree(path);
	return err;
}

void __init hostfs_params_apply(void)
{
	unsigned int i;
	int err;

	if (hostfs_nshares > HOSTFS_MAX_SHARES) {
		pr_err("hostfs: more than %d shares; the rest is ignored\n",
		       HOSTFS_MAX_SHARES);
		hostfs_nshares = HOSTFS_MAX_SHARES;
	}
	for (i = 0; i < hostfs_nshares; i++) {
		err = hostfs_add_share(hostfs_shares[i]);
		if (err)
			pr_err("hostfs: hum.share=%s: error %d\n",
			       hostfs_shares[i], err);
	}
	if (!hostfs_root)
		return;
	err = hostfs_set_root(hostfs_root);
	if (err)
		pr_err("hostfs: hostfs=%s: error %d\n", hostfs_root, err);
}
