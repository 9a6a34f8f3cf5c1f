/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy - what import and export read and write
 */
#ifndef HUMFS_META_COPY_H
#define HUMFS_META_COPY_H

#include "maker.h"
#include "progress.h"

#define COPY_BUFFER	(256 * 1024)

/* Write all of data at offset. Return: 0 or a negative errno. */
int copy_write(struct host_file *file, const void *data, size_t size,
	       uint64_t offset);
/* Fill data as far as the file goes. Return: bytes, negative errno. */
int64_t copy_read(struct host_file *file, void *data, size_t size,
		  uint64_t offset);

/* All of a file, its holes kept, shared with the host's help where it can. */
int copy_file(struct host_file *in, struct host_file *out);

/* Sources of an import. Failures are printed and counted in maker. */
int import_tar(struct maker *maker, const char *source,
	       const struct args *args);
int import_dir(struct maker *maker, const char *source,
	       const struct args *args);

/* Where an export goes; prints why not. Return: META_DONE, META_FAILED. */
int export_tar(struct tree *tree, const char *target, const struct args *args);
int export_plain(struct tree *tree, const char *target,
		 const struct args *args);
int export_v2(struct tree *tree, const char *target, const struct args *args);

#endif /* HUMFS_META_COPY_H */
