// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_objects - attributes, xattrs and opening of objects
 */
#include "test.h"

#include <sys/xattr.h>
#include <time.h>

static struct host_setattr set_mode(uint32_t mode)
{
	return (struct host_setattr){ .set = HOST_SET_MODE, .mode = mode };
}

static void setattr_sets_all_mode_bits(void)
{
	static const uint32_t modes[] = { 0, 0644, 04711, 02755, 01777, 06777 };
	struct host_setattr set;
	struct host_attr attr;
	struct host_node *node;

	begin(0);
	host_put(at("f"), "");
	node = find(root, "f");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set = set_mode(modes[i]);
		CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
		CHECK_INT(attr.mode, S_IFREG | modes[i]);
		CHECK_INT(look(root, "f").mode, S_IFREG | modes[i]);
	}
	ops->put(node);
	end();
}

/* Also of a file that can be neither read nor written, and through a reader. */
static void setattr_sets_the_size(void)
{
	struct host_setattr set = { .set = HOST_SET_SIZE, .size = 3 };
	struct host_attr attr;
	struct host_node *node, *link;
	struct host_file *file;

	begin(0);
	host_put(at("f"), "hello");
	must(symlink("f", at("l")));
	node = find(root, "f");
	link = find(root, "l");
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.size, 3);
	CHECK(host_has(at("f"), "hel"));
	file = open_as(node, HOST_READ);
	set.size = 2;
	CHECK_INT(ops->setattr(node, file, &set, &attr), 0);
	CHECK_INT(attr.size, 2);
	ops->close(file);
	file = open_as(node, HOST_WRITE);
	must(chmod(at("f"), 0));
	set.size = 1;
	CHECK_INT(ops->setattr(node, file, &set, &attr), 0);
	CHECK_INT(attr.size, 1);
	ops->close(file);
	set.size = 7;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr),
		  geteuid() ? -EACCES : 0);
	CHECK_INT(ops->setattr(root, NULL, &set, &attr), -EISDIR);
	CHECK_INT(ops->setattr(link, NULL, &set, &attr), -EINVAL);
	set.size = UINT64_MAX;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), -EINVAL);
	ops->put(link);
	ops->put(node);
	end();
}

static void setattr_sets_times_to_the_nanosecond(void)
{
	struct host_setattr set = {
		.set = HOST_SET_ATIME | HOST_SET_MTIME,
		.atime = { .sec = 1, .nsec = 123456789 },
		.mtime = { .sec = -1, .nsec = 999999999 },
	};
	struct host_attr attr;
	struct host_node *node;

	begin(0);
	host_put(at("f"), "");
	node = find(root, "f");
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.atime.sec, 1);
	CHECK_INT(attr.atime.nsec, 123456789);
	CHECK_INT(attr.mtime.sec, -1);
	CHECK_INT(attr.mtime.nsec, 999999999);
	/* one of them alone leaves the other */
	set.set = HOST_SET_MTIME;
	set.mtime.sec = 5;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.atime.sec, 1);
	CHECK_INT(attr.atime.nsec, 123456789);
	CHECK_INT(attr.mtime.sec, 5);
	set.set = HOST_SET_ATIME | HOST_SET_ATIME_NOW;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK(attr.atime.sec >= time(NULL) - 10);
	CHECK_INT(attr.mtime.sec, 5);
	ops->put(node);
	end();
}

/* The link itself, never what it leads to. */
static void setattr_of_a_link_is_the_links(void)
{
	struct host_setattr set = {
		.set = HOST_SET_MTIME | HOST_SET_UID | HOST_SET_GID,
		.mtime = { .sec = 77 }, .uid = geteuid(), .gid = getegid(),
	};
	struct host_attr attr, before;
	struct host_node *node;

	begin(0);
	host_put(at("f"), "");
	before = look(root, "f");
	must(symlink("f", at("l")));
	node = find(root, "l");
	if (geteuid() == 0)
		set.uid = set.gid = 4711;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.mtime.sec, 77);
	CHECK_INT(attr.uid, set.uid);
	CHECK_INT(look(root, "f").uid, before.uid);
	CHECK_INT(look(root, "f").mtime.sec, before.mtime.sec);
	set = set_mode(0600);
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), -EOPNOTSUPP);
	ops->put(node);
	end();
}

/* chown(2) strips set-id bits; asked for together, both hold. */
static void setattr_sets_owner_and_mode_together(void)
{
	struct host_setattr set = {
		.set = HOST_SET_MODE | HOST_SET_UID | HOST_SET_GID,
		.mode = 06755, .uid = 4711, .gid = 4712,
	};
	struct host_attr attr;
	struct host_node *node;

	if (geteuid())
		TAP_SKIP("needs root");
	begin(0);
	host_put(at("f"), "");
	node = find(root, "f");
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.mode, S_IFREG | 06755);
	CHECK_INT(attr.uid, 4711);
	CHECK_INT(attr.gid, 4712);
	/* only one of the ids */
	set.set = HOST_SET_GID;
	set.gid = 1;
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), 0);
	CHECK_INT(attr.uid, 4711);
	CHECK_INT(attr.gid, 1);
	ops->put(node);
	end();
}

static void setattr_refused_changes_nothing(void)
{
	struct host_setattr set = {
		.set = HOST_SET_MODE | HOST_SET_UID,
		.mode = 0777, .uid = 4711,
	};
	struct host_attr attr;
	struct host_node *node;

	if (geteuid() == 0)
		TAP_SKIP("root is not refused");
	begin(0);
	host_put(at("f"), "");
	must(chmod(at("f"), 0640));
	node = find(root, "f");
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), -EPERM);
	CHECK_INT(look(root, "f").mode, S_IFREG | 0640);
	CHECK_INT(look(root, "f").uid, geteuid());
	ops->put(node);
	end();
}

/* A later step that fails puts earlier ones back: a symlink has no mode. */
static void setattr_undoes_what_it_did(void)
{
	struct host_setattr set = {
		.set = HOST_SET_MODE | HOST_SET_UID | HOST_SET_GID,
		.mode = 0777, .uid = 4711, .gid = 4711,
	};
	struct host_attr attr;
	struct host_node *node;

	if (geteuid())
		TAP_SKIP("needs root");
	begin(0);
	must(symlink("x", at("l")));
	node = find(root, "l");
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), -EOPNOTSUPP);
	CHECK_INT(look(root, "l").uid, 0);
	CHECK_INT(look(root, "l").gid, 0);
	ops->put(node);
	end();
}

static void nothing_but_files_and_directories_is_opened(void)
{
	struct host_file *file = NULL;
	struct host_node *node;
	struct host_attr attr;

	begin(0);
	must(mkfifo(at("fifo"), 0666));
	must(symlink("fifo", at("link")));
	must(mknod(at("sock"), S_IFSOCK | 0666, 0));
	alarm(20);
	for (const char **name = (const char *[]){ "fifo", "link", "sock", NULL };
	     *name; name++) {
		node = find(root, *name);
		CHECK_INT(ops->open(node, NULL, HOST_READ, &file), -ENXIO);
		CHECK_INT(ops->open(node, NULL, HOST_WRITE, &file), -ENXIO);
		CHECK_INT(ops->getattr(node, NULL, &attr), 0);
		ops->put(node);
	}
	alarm(0);
	CHECK(!file);
	end();
}

static void open_gives_what_was_asked_for(void)
{
	struct host_node *node, *dir;
	struct host_file *file;
	struct host_iovec iov = { (char[4]){ 0 }, 4 };

	begin(0);
	host_put(at("f"), "hello");
	host_dir(at("d"));
	node = find(root, "f");
	dir = find(root, "d");
	file = open_as(node, HOST_READ);
	CHECK_INT(write_at(file, "x", 0, 0), -EBADF);
	ops->close(file);
	file = open_as(node, HOST_WRITE);
	CHECK_INT(ops->read(file, &iov, 1, 0, 0), -EBADF);
	ops->close(file);
	file = open_as(node, HOST_READ | HOST_WRITE | HOST_NOATIME);
	CHECK(reads(file, "hello"));
	ops->close(file);
	ops->close(open_as(node, HOST_WRITE | HOST_TRUNC));
	CHECK(host_has(at("f"), ""));
	CHECK_INT(ops->open(node, NULL, HOST_READ | HOST_DIRECTORY, &file), -ENOTDIR);
	CHECK_INT(ops->open(dir, NULL, HOST_WRITE, &file), -EISDIR);
	ops->close(open_as(dir, HOST_READ | HOST_DIRECTORY));
	ops->put(dir);
	ops->put(node);
	end();
}

/* The wish for O_NOATIME is dropped where the file is another user's. */
static void noatime_is_a_wish(void)
{
	struct host_node *etc, *node, *slash;
	struct host_fs *other;
	struct host_attr attr;

	begin(0);
	CHECK_INT(host_share_root("/", 0), 0);
	CHECK_INT(host_plain_mount(NULL, "/etc", HOST_RDONLY, &other), 0);
	CHECK_INT(ops->root(other, &attr, &slash), 0);
	etc = slash;
	node = find(etc, "passwd");
	ops->close(open_as(node, HOST_READ | HOST_NOATIME));
	ops->put(node);
	ops->put(etc);
	ops->unmount(other);
	end();
}

/* A directory may be listed by one who may not search it, and the reverse. */
static void open_of_a_directory_takes_the_right_to_read(void)
{
	struct host_node *dir;
	struct host_file *file;

	if (geteuid() == 0)
		TAP_SKIP("root may everything");
	begin(0);
	host_dir(at("d"));
	dir = find(root, "d");
	must(chmod(at("d"), 0444));
	ops->close(open_as(dir, HOST_READ));
	must(chmod(at("d"), 0111));
	CHECK_INT(ops->open(dir, NULL, HOST_READ, &file), -EACCES);
	must(chmod(at("d"), 0755));
	ops->put(dir);
	end();
}

static void xattrs_go_to_the_object(void)
{
	struct host_node *node;
	struct host_file *file;
	char value[16], list[256];

	begin(0);
	host_put(at("f"), "");
	if (setxattr(at("f"), "user.host", "1", 1, 0)) {
		end();
		TAP_SKIP("no user xattrs here");
	}
	node = find(root, "f");
	CHECK_INT(ops->getxattr(node, NULL, "user.host", value, 16), 1);
	CHECK_INT(ops->getxattr(node, NULL, "user.none", value, 16), -ENODATA);
	CHECK_INT(ops->getxattr(node, NULL, "user.host", NULL, 0), 1);
	CHECK_INT(ops->setxattr(node, NULL, "user.g", "guest", 5,
				XATTR_REPLACE), -ENODATA);
	CHECK_INT(ops->setxattr(node, NULL, "user.g", "guest", 5,
				XATTR_CREATE), 0);
	CHECK_INT(ops->setxattr(node, NULL, "user.g", "guest", 5,
				XATTR_CREATE), -EEXIST);
	CHECK_INT(getxattr(at("f"), "user.g", value, 16), 5);
	CHECK_INT(ops->getxattr(node, NULL, "user.g", value, 4), -ERANGE);
	CHECK_INT(ops->listxattr(node, NULL, list, sizeof(list)),
		  listxattr(at("f"), NULL, 0));
	CHECK_INT(ops->listxattr(node, NULL, list, 1), -ERANGE);
	CHECK_INT(ops->removexattr(node, NULL, "user.g"), 0);
	CHECK_INT(ops->removexattr(node, NULL, "user.g"), -ENODATA);
	/* through an open file, whatever it was opened for */
	file = open_as(node, HOST_READ);
	CHECK_INT(ops->setxattr(node, file, "user.g", "", 0, 0), 0);
	CHECK_INT(ops->getxattr(node, file, "user.g", value, 16), 0);
	CHECK(ops->listxattr(node, file, list, sizeof(list)) > 0);
	CHECK_INT(ops->removexattr(node, file, "user.g"), 0);
	ops->close(file);
	ops->put(node);
	end();
}

/* Not followed: what it leads to has the attribute, the link has not. */
static void xattrs_of_a_link_are_the_links(void)
{
	struct host_node *node;
	char value[16];

	begin(0);
	host_put(at("f"), "");
	must(symlink("f", at("l")));
	if (setxattr(at("f"), "user.host", "1", 1, 0)) {
		end();
		TAP_SKIP("no user xattrs here");
	}
	node = find(root, "l");
	CHECK_INT(ops->getxattr(node, NULL, "user.host", value, 16), -ENODATA);
	CHECK_INT(ops->setxattr(node, NULL, "user.l", "1", 1, 0), -EPERM);
	if (geteuid() == 0) {
		CHECK_INT(ops->setxattr(node, NULL, "trusted.l", "1", 1, 0), 0);
		CHECK_INT(lgetxattr(at("l"), "trusted.l", value, 16), 1);
		CHECK_INT(ops->removexattr(node, NULL, "trusted.l"), 0);
	}
	ops->put(node);
	end();
}

/* Neither node nor file: refused, not crashed. */
static void an_operation_needs_an_object(void)
{
	struct host_setattr set = set_mode(0);
	struct host_attr attr;
	char value[4];

	begin(0);
	CHECK_INT(ops->getattr(NULL, NULL, &attr), -EBADF);
	CHECK_INT(ops->setattr(NULL, NULL, &set, &attr), -EBADF);
	CHECK_INT(ops->getxattr(NULL, NULL, "user.x", value, 4), -EBADF);
	CHECK_INT(ops->setxattr(NULL, NULL, "user.x", value, 4, 0), -EBADF);
	CHECK_INT(ops->removexattr(NULL, NULL, "user.x"), -EBADF);
	CHECK_INT(ops->link(NULL, NULL, root, "x", &attr), -EBADF);
	ops->put(NULL);
	ops->close(NULL);
	end();
}

static void unlinked_but_open_works(void)
{
	struct host_setattr set = set_mode(0600);
	struct host_attr attr;
	struct host_file *file, *again;
	struct host_node *node;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	node = find(root, "f");
	must(unlink(at("f")));
	host_put(at("f"), "another");
	CHECK_INT(write_at(file, "mine", 0, 0), 4);
	CHECK(reads(file, "mine"));
	CHECK_INT(ops->getattr(node, file, &attr), 0);
	CHECK_INT(attr.nlink, 0);
	CHECK_INT(ops->open(node, NULL, HOST_READ, &again), -ESTALE);
	CHECK_INT(ops->open(node, file, HOST_READ, &again), 0);
	CHECK(reads(again, "mine"));
	ops->close(again);
	CHECK_INT(ops->setattr(node, file, &set, &attr), 0);
	CHECK_INT(attr.mode, S_IFREG | 0600);
	set = (struct host_setattr){ .set = HOST_SET_SIZE, .size = 1 };
	CHECK_INT(ops->setattr(node, file, &set, &attr), 0);
	CHECK(host_has(at("f"), "another"));
	ops->close(file);
	ops->put(node);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(setattr_sets_all_mode_bits),
	TAP_CASE(setattr_sets_the_size),
	TAP_CASE(setattr_sets_times_to_the_nanosecond),
	TAP_CASE(setattr_of_a_link_is_the_links),
	TAP_CASE(setattr_sets_owner_and_mode_together),
	TAP_CASE(setattr_refused_changes_nothing),
	TAP_CASE(setattr_undoes_what_it_did),
	TAP_CASE(nothing_but_files_and_directories_is_opened),
	TAP_CASE(open_gives_what_was_asked_for),
	TAP_CASE(noatime_is_a_wish),
	TAP_CASE(open_of_a_directory_takes_the_right_to_read),
	TAP_CASE(xattrs_go_to_the_object),
	TAP_CASE(xattrs_of_a_link_are_the_links),
	TAP_CASE(an_operation_needs_an_object),
	TAP_CASE(unlinked_but_open_works),
};

TEST_MAIN(cases)
