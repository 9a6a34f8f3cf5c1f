/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fileio - whole small files and whole writes
 */
#ifndef HUM_FILEIO_H
#define HUM_FILEIO_H

#include <stddef.h>

/*
 * Read a file of at most size - 1 bytes (of /proc, /sys) and end it with NUL.
 * Return: bytes read; -EFBIG when there is more; another negative errno.
 */
int fileio_read(int dirfd, const char *name, char *buf, size_t size);

/* Write all of @data. Return: 0 or a negative errno. */
int fileio_write(int fd, const void *data, size_t size);

#endif /* HUM_FILEIO_H */
