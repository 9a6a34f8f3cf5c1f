/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_file - which file is the guest's kernel, and is it ours
 */
#ifndef HUM_KERNEL_FILE_H
#define HUM_KERNEL_FILE_H

#include <stddef.h>

/*
 * Find the kernel when no --kernel says where it is: $HUM_KERNEL, then beside
 * this program and in the places of an installation and of the build tree.
 * Return: its path, to be freed; NULL with errno = ENOENT, *ret_first then is the
 * first place that was searched, to be freed.
 */
char *kernel_file_find(char **ret_first);

/*
 * Check that @path is a kernel that was built for hum, without running it.
 * Return: 0; -ENOEXEC when it is something else; -EACCES when it may not be
 * executed; another negative errno.
 */
int kernel_file_check(const char *path);

/* The same of a file's bytes, pure. Return: 0 or -ENOEXEC. */
int kernel_file_is_ours(const void *bytes, size_t size);

#endif /* HUM_KERNEL_FILE_H */
