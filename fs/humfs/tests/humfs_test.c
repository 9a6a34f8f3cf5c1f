// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs_test - a tree mounted as humfs, for the tests
 */
#include "humfs_test.h"

#include <stdio.h>
#include <sys/xattr.h>

int reports;
char last_report[256];

static void report(void *context, const char *name, uint64_t ino,
		   const char *what)
{
	(void)context;
	(void)ino;
	reports++;
	snprintf(last_report, sizeof(last_report), "%s: %s", name ? name : "?",
		 what);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	must(fd);
	return fd;
}

struct host_fs *humfs_other(uint32_t meta, struct host_node **ret_root)
{
	const struct humfs_mount how = {
		.meta = meta, .has_owner = 1, .uid = OWNER, .gid = GROUP,
		.side_fd = meta == HUMFS_TEST_V2 ? -1 :
			   open_dir(outside("side")),
		.report = report,
	};
	struct host_fs *mounted = NULL;
	struct host_attr attr;

	errno = -humfs_mount_fd(open_dir(meta == HUMFS_TEST_V2 ?
					 outside("tree") : at(".")), &how,
				&mounted);
	must(errno ? -1 : 0);
	CHECK_INT(mounted->ops->root(mounted, &attr, ret_root), 0);
	return mounted;
}

/* Empty, as the original made it; "share" becomes its data. */
static void make_v2(void)
{
	host_dir(outside("tree"));
	host_dir(outside("tree/file_metadata"));
	host_dir(outside("tree/dir_metadata"));
	host_put(outside("tree/superblock"), "version 2\nmetadata shadow_fs\n"
		 "used 4096\ntotal 1073741824\n");
	host_put(outside("tree/dir_metadata/metadata"), "493 0 0\n");
	must(rename(outside("share"), outside("tree/data")));
	must(symlink("tree/data", outside("share")));
}

void humfs_begin(uint32_t meta)
{
	begin(0);
	ops->put(root);
	ops->unmount(fs);
	host_dir(outside("side"));
	if (meta == HUMFS_TEST_V2)
		make_v2();
	fs = humfs_other(meta, &root);
	ops = fs->ops;
	reports = 0;
}

void humfs_again(uint32_t meta)
{
	ops->put(root);
	ops->unmount(fs);
	fs = humfs_other(meta, &root);
}

void humfs_end(void)
{
	end();
}

int humfs_make(const char *name, uint32_t mode, uint32_t uid, uint32_t gid)
{
	const struct host_new new = { .mode = mode, .uid = uid, .gid = gid,
				      .rdev_major = 1, .rdev_minor = 3 };
	struct host_file *file;
	struct host_attr attr;
	int made, error;

	switch (mode & S_IFMT) {
	case S_IFREG:
		error = ops->create(root, name, &new, HOST_WRITE | HOST_EXCL,
				    &attr, &file, &made);
		if (error == 0)
			ops->close(file);
		return error;
	case S_IFLNK:
		return ops->symlink(root, name, "target", &new, &attr);
	default:
		return ops->mknod(root, name, &new, &attr);
	}
}

static int set(const char *name, const struct host_setattr *what)
{
	struct host_node *node;
	struct host_attr attr;
	int error = ops->lookup(root, name, 0, &attr);

	if (error == 0)
		error = ops->node(fs, root, name, &attr, &node);
	if (error)
		return error;
	error = ops->setattr(node, NULL, what, &attr);
	ops->put(node);
	return error;
}

int humfs_chmod(const char *name, uint32_t mode)
{
	const struct host_setattr what = { .set = HOST_SET_MODE, .mode = mode };

	return set(name, &what);
}

int humfs_chown(const char *name, uint32_t uid, uint32_t gid)
{
	const struct host_setattr what = {
		.set = HOST_SET_UID | HOST_SET_GID, .uid = uid, .gid = gid,
	};

	return set(name, &what);
}

void humfs_shows(const char *name, uint32_t mode, uint32_t uid, uint32_t gid)
{
	struct host_attr attr = look(root, name);
	struct host_node *node = find(root, name);

	CHECK_INT(attr.mode, mode);
	CHECK_INT(attr.uid, uid);
	CHECK_INT(attr.gid, gid);
	CHECK_INT(ops->getattr(node, NULL, &attr), 0);
	CHECK_INT(attr.mode, mode);
	CHECK_INT(attr.uid, uid);
	CHECK_INT(attr.gid, gid);
	ops->put(node);
}

uint32_t host_mode(const char *name)
{
	struct stat st;

	must(lstat(at("%s", name), &st));
	return st.st_mode;
}

const char *tree_text(const char *path)
{
	static char text[4][256];
	static int next;
	char *at = text[next++ % 4];
	int fd = open(outside("tree/%s", path), O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, at, 255);

	if (fd >= 0)
		must(close(fd));
	at[length < 0 ? 0 : length] = '\0';
	return at;
}

const char *host_record(const char *name)
{
	static char text[128];
	ssize_t length = lgetxattr(at("%s", name), HMETA_XATTR, text,
				   sizeof(text) - 1);

	text[length < 0 ? 0 : length] = '\0';
	return text;
}
