/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export - what writing an archive and writing a plain directory share
 *
 * Both are libarchive's: one hands entries to an archive, the other to the disk.
 */
#ifndef HUMFS_META_EXPORT_H
#define HUMFS_META_EXPORT_H

#include "copy.h"
#include "ids.h"
#include "tar_entry.h"

struct export {
	struct archive *archive;
	struct archive_entry *entry;	/* the one at work */
	struct tree *tree;
	struct ids links;		/* first names of linked objects */
	struct progress progress;
	char *buffer;			/* COPY_BUFFER bytes */
	uint64_t done;
	bool plain;			/* to the disk */
	bool failed, fatal;
};

/* With ->archive set: the rest. Return: 0, -ENOMEM. */
int export_begin(struct export *tar);
/* Hand over all objects. */
void export_objects(struct export *tar);
/* Free everything. Return: the exit status. */
int export_end(struct export *tar);
/* An error of the archive itself: nothing more can be written. */
void export_broken(struct export *tar);

/* export_plain.c: what an ordinary user cannot have on the host is taken off. */
void export_plain_entry(struct export *tar);
/* The disk did not take the entry as it is. */
void export_failed(struct export *tar);

#endif /* HUMFS_META_EXPORT_H */
