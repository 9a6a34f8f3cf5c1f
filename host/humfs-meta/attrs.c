// SPDX-License-Identifier: GPL-2.0-only
/*
 * attrs - an object's extended attributes, as the guest has them
 *
 * user.* are the host's own; privileged ones come from the store. On the host,
 * devices and FIFOs of the guest are regular files that could have user.*
 * attributes; in the guest they cannot, so there they are not looked for.
 */
#include "attrs.h"

int attrs_add(struct attrs *attrs, const char *name, const void *value,
	      size_t length)
{
	struct attr *v = realloc(attrs->v, (attrs->n + 1) * sizeof(*v));
	struct attr attr = { .length = length };

	if (!v)
		return -ENOMEM;
	attrs->v = v;
	attr.name = strdup(name);
	attr.value = malloc(length ? length : 1);
	if (!attr.name || !attr.value) {
		free(attr.name);
		free(attr.value);
		return -ENOMEM;
	}
	if (length)
		memcpy(attr.value, value, length);
	v[attrs->n++] = attr;
	return 0;
}

const struct attr *attrs_get(const struct attrs *attrs, const char *name)
{
	for (size_t i = 0; i < attrs->n; i++)
		if (!strcmp(attrs->v[i].name, name))
			return &attrs->v[i];
	return NULL;
}

void attrs_free(struct attrs *attrs)
{
	for (size_t i = 0; i < attrs->n; i++) {
		free(attrs->v[i].name);
		free(attrs->v[i].value);
	}
	free(attrs->v);
	*attrs = (struct attrs){ 0 };
}

/* One kind of source: the host's user.* or the store's privileged ones. */
struct source {
	struct tree *tree;
	const struct object *object;
	const struct hmeta_object *pinned;
	bool privileged;
};

static int source_list(const struct source *s, char *list, size_t size)
{
	struct hmeta_store *store = s->tree->store;

	if (s->privileged)
		return store->ops->listx(store, s->pinned, list, size);
	return host_plain_listxattr(s->object->node, NULL, list, size);
}

static int source_get(const struct source *s, const char *name, void *value,
		      size_t size)
{
	struct hmeta_store *store = s->tree->store;

	if (s->privileged)
		return store->ops->getx(store, s->pinned, name, value, size);
	return host_plain_getxattr(s->object->node, NULL, name, value, size);
}

static int add_value(const struct source *s, const char *name,
		     struct attrs *attrs)
{
	_cleanup_free_ char *value = NULL;
	int length = source_get(s, name, NULL, 0);

	if (length > 0) {
		value = malloc((size_t)length);
		if (!value)
			return -ENOMEM;
		length = source_get(s, name, value, (size_t)length);
	}
	if (length == -ENODATA)
		return 0;		/* removed meanwhile */
	return length < 0 ? length :
		attrs_add(attrs, name, value, (size_t)length);
}

static int add_source(const struct source *s, struct attrs *attrs)
{
	_cleanup_free_ char *list = NULL;
	int length = source_list(s, NULL, 0), error = 0;

	if (length <= 0)
		return length == -EOPNOTSUPP ? 0 : length;
	list = malloc((size_t)length);
	if (!list)
		return -ENOMEM;
	length = source_list(s, list, (size_t)length);
	for (const char *name = list; error == 0 && name < list + length;
	     name += strlen(name) + 1) {
		if (s->privileged || hmeta_classify(name) == HMETA_PLAIN)
			error = add_value(s, name, attrs);
	}
	return length < 0 ? length : error;
}

static bool may_have_user(const struct object *object)
{
	return object_type(object) == HMETA_IFREG ||
	       object_type(object) == HMETA_IFDIR;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct attr *)a)->name,
		      ((const struct attr *)b)->name);
}

int attrs_read(struct tree *tree, const struct object *object,
	       struct attrs *ret)
{
	struct hmeta_object pinned;
	struct source source = {
		.tree = tree, .object = object, .pinned = &pinned,
		.privileged = true,
	};
	struct attrs attrs = { 0 };
	int error = object_pin(object, &pinned);

	if (error)
		return error;
	error = add_source(&source, &attrs);
	host_node_unpin(object->node);
	source.privileged = false;
	if (error == 0 && may_have_user(object))
		error = add_source(&source, &attrs);
	if (error) {
		attrs_free(&attrs);
		return error;
	}
	if (attrs.n)
		qsort(attrs.v, attrs.n, sizeof(*attrs.v), by_name);
	*ret = attrs;
	return 0;
}

/* With the store's lock, as the side store asks for. */
static int store_set(struct tree *tree, const struct object *object,
		     const char *name, const struct attr *attr)
{
	const struct hmeta_store_ops *ops = tree->store->ops;
	uint64_t ino = object->host.id.ino;
	struct hmeta_object pinned;
	int error = object_pin(object, &pinned);

	if (error)
		return error;
	error = ops->lock ? ops->lock(tree->store, ino) : 0;
	if (error == 0) {
		pinned.locked = true;
		error = attr ? ops->setx(tree->store, &pinned, name,
					 attr->value, attr->length, 0) :
			       ops->removex(tree->store, &pinned, name);
		if (error == 0 && attr)
			error = object_anchor(tree, &pinned);
		if (ops->unlock)
			ops->unlock(tree->store, ino);
	}
	host_node_unpin(object->node);
	return error;
}

int attrs_set(struct tree *tree, const struct object *object,
	      const struct attr *attr)
{
	switch (hmeta_classify(attr->name)) {
	case HMETA_PRIVILEGED:
		return store_set(tree, object, attr->name, attr);
	case HMETA_PLAIN:
		if (!may_have_user(object))
			return -EPERM;
		return host_plain_setxattr(object->node, NULL, attr->name,
					   attr->value, attr->length, 0);
	default:
		return -EPERM;
	}
}

int attrs_remove(struct tree *tree, const struct object *object,
		 const char *name)
{
	int error = hmeta_classify(name) == HMETA_PRIVILEGED ?
		store_set(tree, object, name, NULL) :
		host_plain_removexattr(object->node, NULL, name);

	return error == -ENODATA || error == -EOPNOTSUPP ? 0 : error;
}
