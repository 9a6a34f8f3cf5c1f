// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_plain_xattr - extended attributes, POSIX ACLs among them
 *
 * The calls on descriptors refuse O_PATH ones, so nodes are reached through
 * /proc/self/fd. Its link leads to the very object, also when that is a
 * symbolic link, which is not followed from there.
 */
#include "host_own_user.h"

#include <sys/xattr.h>

/*
 * What an operation works on: fd when it is open for reading or writing, else a
 * path of /proc.
 */
struct xattr_target {
	struct host_object object;
	struct host_proc_path proc;
	bool by_path;
};

static int xattr_begin(struct host_node *node, struct host_file *file,
		       struct xattr_target *ret)
{
	int error = host_object_begin(node, file, &ret->object);

	if (error)
		return error;
	ret->by_path = ret->object.node != NULL;
	if (!ret->by_path)
		return 0;
	error = host_proc_path(ret->object.fd, &ret->proc);
	if (error) {
		/* Without /proc: as a file system without attributes. */
		host_object_end(&ret->object);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int xattr_begin_change(struct host_node *node, struct host_file *file,
			      struct xattr_target *ret)
{
	const struct host_tree *tree = file ? file->tree :
				       node ? node->tree : NULL;
	int error = tree ? host_tree_may(tree, HOST_ALTER) : -EBADF;

	return error ? error : xattr_begin(node, file, ret);
}

#ifndef SYS_getxattrat
# define SYS_getxattrat	464
#endif

int host_getxattrat(int dir_fd, const char *path, const char *name, void *value,
		    uint64_t size)
{
	const struct {
		_Alignas(8) uint64_t value;
		uint32_t size, flags;
	} args = { .value = (uintptr_t)value, .size = size };

	return HOST_CALL(OTHER, syscall(SYS_getxattrat, dir_fd, path,
					AT_SYMLINK_NOFOLLOW, name, &args,
					sizeof(args)));
}

/*
 * What is asked for with each object, by `ls -l` and by overlayfs. Labels may be
 * read by everybody and decide about nothing: whose they are need not be found
 * out with the answer.
 */
static bool is_label(const char *name)
{
	return !strcmp(name, "security.selinux") ||
	       !strcmp(name, "security.SMACK64");
}

static bool is_frequent(const char *name)
{
	static const char overlay[] = "trusted.overlay.";

	return !strcmp(name, "system.posix_acl_access") ||
	       !strcmp(name, "system.posix_acl_default") ||
	       !strncmp(name, overlay, sizeof(overlay) - 1);
}

/*
 * By its place: a call or two, where opening a descriptor takes as many and then
 * sits in the cache. Return: as getxattr(2), -ESTALE if node is not there.
 */
static int getxattr_by_name(struct host_node *node, const char *name,
			    void *value, uint64_t size)
{
	char place[HOST_COMPONENT_MAX + 1];
	struct host_node *dir;
	struct host_attr attr;
	int fd, result;

	result = host_node_where(node, &dir, place);
	if (result)
		return result;
	result = host_node_pin(dir, &fd);
	if (result == 0) {
		result = host_getxattrat(fd, place, name, value, size);
		if (!is_label(name) && (host_statx(fd, place, &attr) ||
					host_node_check(node, &attr)))
			result = -ESTALE;
		host_node_unpin(dir);
	}
	host_node_put(dir);
	return result == -ENOENT || result == -ENOTDIR ? -ESTALE : result;
}

/* Is that cheaper? */
static bool is_for_name(struct host_node *node, const char *name)
{
	int fd;

	if (!host_features.getxattrat)
		return false;
	if (!is_frequent(name))
		return is_label(name);
	if (host_node_pin_cached(node, &fd))
		return true;
	host_node_unpin(node);
	return false;
}

int host_plain_getxattr(struct host_node *node, struct host_file *file,
			const char *name, void *value, uint64_t size)
{
	struct xattr_target target;
	int result = -ESTALE;

	if (node && !file && is_for_name(node, name))
		result = getxattr_by_name(node, name, value, size);
	/* It has moved, or has no place that is known */
	if (result != -ESTALE)
		return result;
	result = xattr_begin(node, file, &target);
	if (result)
		return result;
	result = target.by_path ?
		HOST_CALL(OTHER, getxattr(target.proc.path, name, value, size)) :
		HOST_CALL(OTHER, fgetxattr(target.object.fd, name, value, size));
	host_object_end(&target.object);
	return result;
}

int host_plain_setxattr(struct host_node *node, struct host_file *file,
			const char *name, const void *value, uint64_t size,
			int flags)
{
	struct xattr_target target;
	int result = xattr_begin_change(node, file, &target);

	if (result)
		return result;
	result = HOST_OWN_OBJECT(target.object.fd, HOST_EVENT_ATTRIB,
		target.by_path ?
		HOST_CALL(OTHER, setxattr(target.proc.path, name, value, size,
					  flags)) :
		HOST_CALL(OTHER, fsetxattr(target.object.fd, name, value, size,
					   flags)));
	host_object_end(&target.object);
	return result;
}

int host_plain_listxattr(struct host_node *node, struct host_file *file,
			 char *list, uint64_t size)
{
	struct xattr_target target;
	int result = xattr_begin(node, file, &target);

	if (result)
		return result;
	result = target.by_path ?
		/* By number: the kernel has a listxattr() of its own. */
		HOST_CALL(OTHER, syscall(SYS_listxattr, target.proc.path, list,
					 size)) :
		HOST_CALL(OTHER, flistxattr(target.object.fd, list, size));
	host_object_end(&target.object);
	return result;
}

int host_plain_removexattr(struct host_node *node, struct host_file *file,
			   const char *name)
{
	struct xattr_target target;
	int result = xattr_begin_change(node, file, &target);

	if (result)
		return result;
	result = HOST_OWN_OBJECT(target.object.fd, HOST_EVENT_ATTRIB,
		target.by_path ?
		HOST_CALL(OTHER, removexattr(target.proc.path, name)) :
		HOST_CALL(OTHER, fremovexattr(target.object.fd, name)));
	host_object_end(&target.object);
	return result;
}
