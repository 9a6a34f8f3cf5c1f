// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_fault_name - faults of operations on names and on objects
 */
#include "host_fault_user.h"

static int lookup_names_ignore_case(struct host_node *dir, const char *name,
				    uint32_t flags, struct host_attr *ret)
{
	char lower[HOST_COMPONENT_MAX + 1];
	int error = host_fault_real->lookup(dir, name, flags, ret);
	size_t i;

	if (error != -ENOENT)
		return error;
	for (i = 0; name[i] && i < HOST_COMPONENT_MAX; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ?
			   (char)(name[i] + 32) : name[i];
	lower[i] = 0;
	return host_fault_real->lookup(dir, lower, flags, ret);
}

static int lookup_names_are_ascii(struct host_node *dir, const char *name,
				  uint32_t flags, struct host_attr *ret)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if ((unsigned char)name[i] > 127)
			return -EILSEQ;
	return host_fault_real->lookup(dir, name, flags, ret);
}

static int lookup_names_of_200(struct host_node *dir, const char *name,
			       uint32_t flags, struct host_attr *ret)
{
	if (strlen(name) > 200)
		return -ENAMETOOLONG;
	return host_fault_real->lookup(dir, name, flags, ret);
}

static int mknod_type_is_regular(struct host_node *dir, const char *name,
				 const struct host_new *new,
				 struct host_attr *ret)
{
	struct host_new n = *new;

	if (S_ISFIFO(n.mode))
		n.mode = (n.mode & ~S_IFMT) | S_IFREG;
	return host_fault_real->mknod(dir, name, &n, ret);
}

static int symlink_text_of_59(struct host_node *dir, const char *name,
			      const char *target, const struct host_new *new,
			      struct host_attr *ret)
{
	char cut[60];
	size_t n = strlen(target);

	if (n > 59)
		n = 59;
	memcpy(cut, target, n);
	cut[n] = 0;
	return host_fault_real->symlink(dir, name, cut, new, ret);
}

static int symlink_text_no_slash_end(struct host_node *dir, const char *name,
				     const char *target,
				     const struct host_new *new,
				     struct host_attr *ret)
{
	char cut[256];
	size_t n = strlen(target);

	if (n < 2 || n > sizeof(cut) || target[n - 1] != '/')
		return host_fault_real->symlink(dir, name, target, new, ret);
	memcpy(cut, target, n - 1);
	cut[n - 1] = 0;
	return host_fault_real->symlink(dir, name, cut, new, ret);
}

static int link_makes_a_file(struct host_node *node, struct host_file *file,
			     struct host_node *dir, const char *name,
			     struct host_attr *ret)
{
	const struct host_new new = { .mode = S_IFREG | 0644 };

	if (host_fault_real->getattr(node, file, ret) || !S_ISREG(ret->mode))
		return host_fault_real->link(node, file, dir, name, ret);
	return host_fault_real->mknod(dir, name, &new, ret);
}

static int unlink_does_nothing(struct host_node *dir, const char *name,
			       int rmdir)
{
	return rmdir == HOST_DIR ? host_fault_real->unlink(dir, name, rmdir) : 0;
}

static int unlink_rmdir_never_fails(struct host_node *dir, const char *name,
				    int rmdir)
{
	int error = host_fault_real->unlink(dir, name, rmdir);

	return error == -ENOTEMPTY ? 0 : error;
}

static int unlink_full_dir_is_ebusy(struct host_node *dir, const char *name,
				    int rmdir)
{
	int error = host_fault_real->unlink(dir, name, rmdir);

	return error == -ENOTEMPTY ? -EBUSY : error;
}

static int rename_does_nothing(struct host_node *olddir, const char *oldname,
			       struct host_node *newdir, const char *newname,
			       uint32_t flags)
{
	(void)olddir, (void)oldname, (void)newdir, (void)newname, (void)flags;
	return 0;
}

static int rename_replaces_full_dirs(struct host_node *olddir,
				     const char *oldname,
				     struct host_node *newdir,
				     const char *newname, uint32_t flags)
{
	int error = host_fault_real->rename(olddir, oldname, newdir, newname,
					    flags);

	return error == -ENOTEMPTY ? 0 : error;
}

static int rename_exchange_is_plain(struct host_node *olddir,
				    const char *oldname,
				    struct host_node *newdir,
				    const char *newname, uint32_t flags)
{
	return host_fault_real->rename(olddir, oldname, newdir, newname,
				       flags & ~HOST_EXCHANGE);
}

static int rename_no_whiteout(struct host_node *olddir, const char *oldname,
			      struct host_node *newdir, const char *newname,
			      uint32_t flags)
{
	return host_fault_real->rename(olddir, oldname, newdir, newname,
				       flags & ~HOST_WHITEOUT);
}

static int tmpfile_mode_0600(struct host_node *dir, const struct host_new *new,
			     uint32_t flags, struct host_attr *attr,
			     struct host_file **ret)
{
	struct host_new n = *new;

	n.mode = S_IFREG | 0600;
	return host_fault_real->tmpfile(dir, &n, flags, attr, ret);
}

static int readlink_one_less(struct host_node *node, char *target, uint64_t size)
{
	int n = host_fault_real->readlink(node, target, size);

	return n > 1 ? n - 1 : n;
}

static int readlink_first_char(struct host_node *node, char *target,
			       uint64_t size)
{
	int n = host_fault_real->readlink(node, target, size);

	if (n > 1 && target[0] == '.')
		target[0] = '_';
	return n;
}

static int open_never_atime(struct host_node *node, struct host_file *file,
			    uint32_t flags, struct host_file **ret)
{
	return host_fault_real->open(node, file, flags | HOST_NOATIME, ret);
}

static int open_always_atime(struct host_node *node, struct host_file *file,
			     uint32_t flags, struct host_file **ret)
{
	return host_fault_real->open(node, file, flags & ~HOST_NOATIME, ret);
}

static int getxattr_one_less(struct host_node *node, struct host_file *file,
			     const char *name, void *value, uint64_t size)
{
	int n = host_fault_real->getxattr(node, file, name, value, size);

	return n > 0 ? n - 1 : n;
}

static int getxattr_never_erange(struct host_node *node, struct host_file *file,
				 const char *name, void *value, uint64_t size)
{
	int n = host_fault_real->getxattr(node, file, name, value, size);

	return n == -ERANGE ? (int)size : n;
}

static int getxattr_none_is_empty(struct host_node *node,
				  struct host_file *file, const char *name,
				  void *value, uint64_t size)
{
	int n = host_fault_real->getxattr(node, file, name, value, size);

	return n == -ENODATA && !strncmp(name, "user.", 5) ? 0 : n;
}

static int setxattr_ignores_flags(struct host_node *node,
				  struct host_file *file, const char *name,
				  const void *value, uint64_t size, int flags)
{
	(void)flags;
	return host_fault_real->setxattr(node, file, name, value, size, 0);
}

static int setxattr_value_of_100(struct host_node *node, struct host_file *file,
				 const char *name, const void *value,
				 uint64_t size, int flags)
{
	if (size > 100)
		size = 100;
	return host_fault_real->setxattr(node, file, name, value, size, flags);
}

static int setxattr_no_empty_value(struct host_node *node,
				   struct host_file *file, const char *name,
				   const void *value, uint64_t size, int flags)
{
	if (!size)
		return 0;
	return host_fault_real->setxattr(node, file, name, value, size, flags);
}

static int setxattr_acl_ignored(struct host_node *node, struct host_file *file,
				const char *name, const void *value,
				uint64_t size, int flags)
{
	if (!strcmp(name, "system.posix_acl_access"))
		return 0;
	return host_fault_real->setxattr(node, file, name, value, size, flags);
}

static int setxattr_default_acl_ignored(struct host_node *node,
					struct host_file *file,
					const char *name, const void *value,
					uint64_t size, int flags)
{
	if (!strcmp(name, "system.posix_acl_default"))
		return 0;
	return host_fault_real->setxattr(node, file, name, value, size, flags);
}

static int listxattr_misses_last(struct host_node *node, struct host_file *file,
				 char *list, uint64_t size)
{
	int n = host_fault_real->listxattr(node, file, list, size);

	if (n <= 0 || !size)
		return n;
	while (--n > 0 && list[n - 1])
		;
	return n;
}

static int listxattr_never_erange(struct host_node *node,
				  struct host_file *file, char *list,
				  uint64_t size)
{
	int n = host_fault_real->listxattr(node, file, list, size);

	return n == -ERANGE ? 0 : n;
}

static int removexattr_does_nothing(struct host_node *node,
				    struct host_file *file, const char *name)
{
	(void)node, (void)file, (void)name;
	return 0;
}

static int removexattr_never_enodata(struct host_node *node,
				     struct host_file *file, const char *name)
{
	int error = host_fault_real->removexattr(node, file, name);

	return error == -ENODATA ? 0 : error;
}

static int statfs_no_name_length(struct host_fs *fs, struct host_statfs *ret)
{
	int error = host_fault_real->statfs(fs, ret);

	ret->namelen = 0;
	return error;
}

static int statfs_no_blocks(struct host_fs *fs, struct host_statfs *ret)
{
	int error = host_fault_real->statfs(fs, ret);

	ret->blocks = 0;
	return error;
}

static const struct host_fault faults[] = {
#define ATTR(name, filters)
#define NEW(name, filters)
#define SET(name, filters)
#define DATA(operation, name, filters)
#define NAME(operation, name, filters) \
	{ #operation "_" #name, { .operation = operation##_##name } },
#include "host_fault.def"
};

bool host_fault_name(const char *name, struct host_ops *ops)
{
	return host_fault_find(faults, sizeof(faults) / sizeof(faults[0]), name,
			       ops);
}
