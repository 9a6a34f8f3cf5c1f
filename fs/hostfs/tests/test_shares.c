// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_shares - what can be mounted, and that nothing else can
 */
#include "test.h"

#include <sched.h>
#include <sys/mount.h>

static int dir_fd(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	must(fd);
	return fd;
}

static void tags_are_words(void)
{
	char longest[HOST_TAG_MAX + 1], longer[HOST_TAG_MAX + 2];
	int fd = dir_fd("/");

	memset(longest, 't', sizeof(longest));
	longest[HOST_TAG_MAX] = '\0';
	memset(longer, 't', sizeof(longer));
	longer[HOST_TAG_MAX + 1] = '\0';
	CHECK_INT(host_share_add("", fd, 0), -EINVAL);
	CHECK_INT(host_share_add("a/b", fd, 0), -EINVAL);
	CHECK_INT(host_share_add("a b", fd, 0), -EINVAL);
	CHECK_INT(host_share_add("a:b", fd, 0), -EINVAL);
	CHECK_INT(host_share_add("a,b", fd, 0), -EINVAL);
	CHECK_INT(host_share_add("\xe4", fd, 0), -EINVAL);
	CHECK_INT(host_share_add(longer, fd, 0), -EINVAL);
	CHECK_INT(host_share_add("tag", fd, 1 << 9), -EINVAL);
	CHECK_INT(host_share_add(longest, fd, 0), 0);
	CHECK_INT(host_share_exists(longest), 1);
	CHECK_INT(host_share_exists("tag"), 0);
}

static void a_share_is_a_directory(void)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	must(file);
	CHECK_INT(host_share_add("file", file, 0), -ENOTDIR);
	CHECK_INT(host_share_add("none", 1000000, 0), -EBADF);
	CHECK_INT(host_share_exists("file"), 0);
	must(close(file));
}

static void a_share_is_mounted_by_its_tag(void)
{
	struct host_node *top;
	struct host_fs *other;
	struct host_attr attr;
	struct host_file *file;
	int fd, made;
	struct host_new new = new_of(S_IFREG | 0644);

	begin(0);
	host_put(at("f"), "");
	fd = open(at("."), O_RDONLY | O_DIRECTORY);
	must(fd);
	CHECK_INT(host_share_add("ro-share_1.x", fd, HOST_RDONLY), 0);
	CHECK_INT(host_share_add("ro-share_1.x", fd, 0), -EEXIST);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK_INT(host_plain_mount("other", NULL, 0, &other), -ENOENT);
	CHECK_INT(host_plain_mount("ro-share_1.x", NULL, 0, &other), 0);
	/* what the share says holds, whatever the mount says */
	CHECK_INT(other->flags, HOST_RDONLY);
	CHECK_INT(other->ops->root(other, &attr, &top), 0);
	CHECK_INT(attr.mode & S_IFMT, S_IFDIR);
	CHECK_INT(other->ops->lookup(top, "f", 0, &attr), 0);
	CHECK_INT(other->ops->create(top, "g", &new, HOST_WRITE, &attr, &file,
				     &made), -EROFS);
	other->ops->put(top);
	other->ops->unmount(other);
	/* the share stays, and can be mounted again */
	CHECK_INT(host_plain_mount("ro-share_1.x", NULL, 0, &other), 0);
	other->ops->unmount(other);
	/* not the test's any more, but the process's */
	must(close(fd));
	end();
}

/* Nothing that a mount's path says leads out of the hostfs= root. */
static void paths_stay_below_the_root(void)
{
	static const struct {
		const char *path;
		int error;
		const char *sees;	/* a file in it */
	} table[] = {
		{ NULL,			0, "top" },
		{ "",			0, "top" },
		{ "/",			0, "top" },
		{ "///",		0, "top" },
		{ ".",			0, "top" },
		{ "..",			0, "top" },
		{ "/../..",		0, "top" },
		{ "../../../../etc",	-ENOENT, NULL },
		{ "/sub/../../..",	0, "top" },
		{ "/sub",		0, "low" },
		{ "sub/",		0, "low" },
		{ "/./sub/.",		0, "low" },
		{ "/etc",		-ENOENT, NULL },
		{ "/up",		0, "top" },	/* -> ../../.. */
		{ "/abs",		0, "low" },	/* -> /sub */
		{ "/out",		-ENOENT, NULL },	/* -> /etc */
		{ "/top",		-ENOTDIR, NULL },
		{ "/loop",		-ELOOP, NULL },
		{ "/proclink",		-ENOENT, NULL },
	};
	struct host_node *node;
	struct host_attr attr;
	struct host_fs *other;

	begin(0);
	host_put(at("top"), "");
	host_dir(at("sub"));
	host_put(at("sub/low"), "");
	must(symlink("../../..", at("up")));
	must(symlink("/sub", at("abs")));
	must(symlink("/etc", at("out")));
	must(symlink("loop", at("loop")));
	must(symlink("/proc/self/root", at("proclink")));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int error = host_plain_mount(NULL, table[i].path, 0, &other);

		if (error != table[i].error)
			printf("# path %s\n", table[i].path);
		CHECK_INT(error, table[i].error);
		if (error)
			continue;
		CHECK_INT(ops->root(other, &attr, &node), 0);
		CHECK_INT(ops->lookup(node, table[i].sees, 0, &attr), 0);
		ops->put(node);
		ops->unmount(other);
	}
	end();
}

static void the_root_has_flags_too(void)
{
	struct host_fs *other;

	begin(0);
	CHECK_INT(host_share_root(at("none"), 0), -ENOENT);
	CHECK_INT(host_share_root(at("."), 1 << 9), -EINVAL);
	CHECK_INT(host_share_root(at("."), HOST_APPENDONLY), 0);
	CHECK_INT(host_plain_mount(NULL, "/", HOST_RDONLY, &other), 0);
	CHECK_INT(other->flags, HOST_APPENDONLY | HOST_RDONLY);
	ops->unmount(other);
	CHECK_INT(host_plain_mount(NULL, "/", 1 << 9, &other), -EINVAL);
	end();
}

/* A host mount below the share: shown with its own device, or stopped at. */
static void submounts_are_shown_or_not(void)
{
	struct host_node *top, *mnt, *low;
	struct host_attr above, below, attr;
	struct host_fs *other;

	if (geteuid() || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		TAP_SKIP("needs a mount namespace");
	begin(0);
	host_dir(at("mnt"));
	must(mount("tmpfs", at("mnt"), "tmpfs", 0, NULL));
	host_put(at("mnt/low"), "low");
	host_put(at("file"), "");
	above = look(root, "file");
	below = look(root, "mnt");
	CHECK(below.id.dev_minor != above.id.dev_minor);
	CHECK(below.mnt_id != above.mnt_id);
	mnt = find(root, "mnt");
	low = find(mnt, "low");
	host_cache_shrink(0);
	ops->close(open_as(low, HOST_READ));
	ops->put(low);
	ops->put(mnt);
	other = mount_again(HOST_NOSUBMOUNTS, &top);
	CHECK_INT(ops->lookup(top, "mnt", 0, &attr), -EXDEV);
	CHECK_INT(ops->lookup(top, "file", 0, &attr), 0);
	ops->put(top);
	ops->unmount(other);
	must(umount2(at("mnt"), MNT_DETACH));
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(tags_are_words),
	TAP_CASE(a_share_is_a_directory),
	TAP_CASE(a_share_is_mounted_by_its_tag),
	TAP_CASE(paths_stay_below_the_root),
	TAP_CASE(the_root_has_flags_too),
	TAP_CASE(submounts_are_shown_or_not),
};

TEST_MAIN(cases)
