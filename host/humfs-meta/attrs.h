/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attrs - an object's extended attributes, as the guest has them
 */
#ifndef HUMFS_META_ATTRS_H
#define HUMFS_META_ATTRS_H

#include "object.h"

struct attr {
	char *name;
	void *value;
	size_t length;
};

struct attrs {
	struct attr *v;
	size_t n;
};

/* Add a copy. Return: 0 or -ENOMEM. */
int attrs_add(struct attrs *attrs, const char *name, const void *value,
	      size_t length);
const struct attr *attrs_get(const struct attrs *attrs, const char *name);
void attrs_free(struct attrs *attrs);
#define _cleanup_attrs_ _cleanup_(attrs_free)

/* All of an object's, sorted by name. */
int attrs_read(struct tree *tree, const struct object *object,
	       struct attrs *ret);
/*
 * Set one. Return: 0; -EPERM: a name that no guest may set; -EOPNOTSUPP: the host
 * file system cannot hold it; another negative errno.
 */
int attrs_set(struct tree *tree, const struct object *object,
	      const struct attr *attr);
/* Return: 0 also when there was none. */
int attrs_remove(struct tree *tree, const struct object *object,
		 const char *name);

#endif /* HUMFS_META_ATTRS_H */
