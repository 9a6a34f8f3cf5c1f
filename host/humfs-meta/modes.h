/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * modes - chmod's words: octal, or u+s,go-w,a=rX
 */
#ifndef HUMFS_META_MODES_H
#define HUMFS_META_MODES_H

#include <stdint.h>

/*
 * Apply text to mode (with the type, which X and + of directories look at). Pure.
 * Return: 0 with the new mode (type kept), -EINVAL.
 */
int modes_apply(const char *text, uint32_t mode, uint32_t *ret);

#endif /* HUMFS_META_MODES_H */
