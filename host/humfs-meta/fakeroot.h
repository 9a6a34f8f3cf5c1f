/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fakeroot - the save file of fakeroot(1): what its programs believed of objects
 */
#ifndef HUMFS_META_FAKEROOT_H
#define HUMFS_META_FAKEROOT_H

#include "ids.h"
#include "meta_format.h"

struct fakeroot {
	struct ids ids;			/* dev and ino -> the line */
};

/*
 * A line, "dev=HEX,ino=N,mode=OCTAL,uid=N,gid=N,nlink=N,rdev=N", in that order or
 * another. Pure. Return: 0 or -EINVAL.
 */
int fakeroot_parse(const char *line, struct host_id *ret_id,
		   struct hmeta_record *ret);

/* Prints why not. */
int fakeroot_read(const char *file, struct fakeroot *ret);
/* What the file says of that object, if anything, into *record. */
void fakeroot_apply(const struct fakeroot *fakeroot, const struct host_id *id,
		    struct hmeta_record *record);
void fakeroot_free(struct fakeroot *fakeroot);

#endif /* HUMFS_META_FAKEROOT_H */
