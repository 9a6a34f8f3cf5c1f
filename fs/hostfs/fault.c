// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - hum.fault= on the kernel's command line
 */
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <init.h>
#include "fault.h"
#include "host_fault.h"

static const char *hostfs_fault_word;

static int __init hostfs_fault_param(char *line, int *add)
{
	hostfs_fault_word = line;
	return 0;
}

__uml_setup("hum.fault=", hostfs_fault_param,
"hum.fault=<tag>:<name>\n"
"    For tests of tests: the share is wrong in one way.\n\n"
);

void hostfs_fault(struct host_fs *fs, const char *tag)
{
	size_t n = tag ? strlen(tag) : 0;
	const char *word = hostfs_fault_word;

	if (!word || !n || strncmp(word, tag, n) || word[n] != ':')
		return;
	if (host_fault_set(fs, word + n + 1))
		pr_err("hostfs: hum.fault=%s: no such fault\n", word);
	else
		pr_warn("hostfs: share %s is wrong on purpose: %s\n", tag,
			word + n + 1);
}
