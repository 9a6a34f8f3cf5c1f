// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_names - names in a directory: looked up, made, linked, moved, removed
 */
#include "test.h"

#include <sys/xattr.h>

static void name_is_one_component(void)
{
	char longest[HOST_COMPONENT_MAX + 1], longer[HOST_COMPONENT_MAX + 2];

	memset(longest, 'n', sizeof(longest));
	longest[HOST_COMPONENT_MAX] = '\0';
	memset(longer, 'n', sizeof(longer));
	longer[HOST_COMPONENT_MAX + 1] = '\0';
	CHECK_INT(host_name_check("a"), 0);
	CHECK_INT(host_name_check("..."), 0);
	CHECK_INT(host_name_check(".a"), 0);
	CHECK_INT(host_name_check("..a"), 0);
	CHECK_INT(host_name_check("\xff\n"), 0);
	CHECK_INT(host_name_check(longest), 0);
	CHECK_INT(host_name_check(""), -EINVAL);
	CHECK_INT(host_name_check("."), -EINVAL);
	CHECK_INT(host_name_check(".."), -EINVAL);
	CHECK_INT(host_name_check("/"), -EINVAL);
	CHECK_INT(host_name_check("a/b"), -EINVAL);
	CHECK_INT(host_name_check("a/"), -EINVAL);
	CHECK_INT(host_name_check(longer), -ENAMETOOLONG);
}

/* Each operation with a name, and a bad one in it. */
static void every_operation_checks_names(void)
{
	struct host_new new = new_of(S_IFIFO | 0600);
	struct host_attr attr;
	struct host_file *file;
	struct host_node *node;
	int made;

	begin(0);
	host_put(at("f"), "");
	node = find(root, "f");
	CHECK_INT(ops->lookup(root, "..", 0, &attr), -EINVAL);
	CHECK_INT(ops->create(root, "../x", &new, HOST_WRITE, &attr, &file,
			      &made), -EINVAL);
	CHECK_INT(ops->mknod(root, "", &new, &attr), -EINVAL);
	CHECK_INT(ops->symlink(root, ".", "t", &new, &attr), -EINVAL);
	CHECK_INT(ops->link(node, NULL, root, "a/b", &attr), -EINVAL);
	CHECK_INT(ops->unlink(root, "..", 1), -EINVAL);
	CHECK_INT(ops->rename(root, "..", root, "x", 0), -EINVAL);
	CHECK_INT(ops->rename(root, "f", root, "..", 0), -EINVAL);
	CHECK_INT(ops->place(node, root, ".."), -EINVAL);
	CHECK_INT(ops->node(fs, root, "..", &attr, &node), -EINVAL);
	ops->put(node);
	end();
}

static void lookup_says_what_the_host_has(void)
{
	struct host_attr attr = { .mode = 1 };
	struct stat st;

	begin(0);
	host_put(at("f"), "hello");
	must(chmod(at("f"), 0640));
	must(symlink("f", at("l")));
	must(stat(at("f"), &st));
	CHECK_INT(ops->lookup(root, "none", 0, &attr), -ENOENT);
	CHECK_INT(attr.mode, 1);
	attr = look(root, "f");
	CHECK_INT(attr.mode, S_IFREG | 0640);
	CHECK_INT(attr.size, 5);
	CHECK_INT(attr.id.ino, st.st_ino);
	CHECK_INT(makedev(attr.id.dev_major, attr.id.dev_minor), st.st_dev);
	CHECK_INT(attr.mtime.sec, st.st_mtim.tv_sec);
	CHECK_INT(attr.mtime.nsec, st.st_mtim.tv_nsec);
	CHECK_INT(attr.uid, geteuid());
	CHECK_INT(attr.nlink, 1);
	CHECK(attr.blksize > 0);
	CHECK_INT(look(root, "l").mode & S_IFMT, S_IFLNK);
	end();
}

static void names_are_bytes(void)
{
	static const char odd[] = "\xff\xfe\n \"\\\x01";
	char longest[HOST_COMPONENT_MAX + 1];
	struct host_node *node;

	begin(0);
	memset(longest, 0xe4, HOST_COMPONENT_MAX);
	longest[HOST_COMPONENT_MAX] = '\0';
	ops->close(make(root, odd, 0644, HOST_WRITE));
	ops->close(make(root, longest, 0644, HOST_WRITE));
	CHECK_INT(access(at("%s", odd), F_OK), 0);
	CHECK_INT(access(at("%s", longest), F_OK), 0);
	node = find(root, longest);
	ops->close(open_as(node, HOST_READ));
	CHECK_INT(ops->place(node, root, odd), 0);
	ops->put(node);
	end();
}

static void create_gives_the_mode_asked_for(void)
{
	static const uint32_t modes[] = {
		0666, 0777, 0600, 0, 04755, 02755, 01644, 07777
	};
	struct host_new new;
	struct host_attr attr;
	struct host_file *file;
	int made;

	begin(0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const char *name = at("m%zu", i);

		new = new_of(S_IFREG | modes[i]);
		CHECK_INT(ops->create(root, strrchr(name, '/') + 1, &new,
				      HOST_WRITE, &attr, &file, &made), 0);
		CHECK_INT(made, 1);
		CHECK_INT(attr.mode, S_IFREG | modes[i]);
		/* a descriptor is good for what it was opened for */
		CHECK_INT(write_at(file, "x", 0, 0), 1);
		ops->close(file);
	}
	end();
}

static void create_excl_finds_what_is_there(void)
{
	struct host_new new = new_of(S_IFREG | 0644);
	struct host_file *file = NULL;
	struct host_attr attr;
	int made = -1;

	begin(0);
	host_put(at("f"), "old");
	CHECK_INT(ops->create(root, "f", &new, HOST_READ | HOST_EXCL, &attr,
			      &file, &made), -EEXIST);
	CHECK(!file);
	CHECK_INT(made, -1);
	CHECK_INT(ops->create(root, "f", &new, HOST_READ | HOST_WRITE, &attr,
			      &file, &made), 0);
	CHECK_INT(made, 0);
	CHECK_INT(attr.size, 3);
	CHECK(reads(file, "old"));
	ops->close(file);
	CHECK_INT(ops->create(root, "f", &new, HOST_WRITE | HOST_TRUNC, &attr,
			      &file, &made), 0);
	CHECK_INT(attr.size, 0);
	ops->close(file);
	CHECK(host_has(at("f"), ""));
	end();
}

/* A FIFO without a reader would block, a link would lead somewhere. */
static void create_opens_nothing_but_files(void)
{
	struct host_new new = new_of(S_IFREG | 0644);
	struct host_file *file = NULL;
	struct host_attr attr;
	int made;

	begin(0);
	must(mkfifo(at("fifo"), 0666));
	host_dir(at("dir"));
	must(symlink("../victim", at("link")));
	alarm(20);
	CHECK_INT(ops->create(root, "fifo", &new, HOST_WRITE, &attr, &file,
			      &made), -EEXIST);
	CHECK_INT(ops->create(root, "dir", &new, HOST_WRITE, &attr, &file,
			      &made), -EEXIST);
	CHECK_INT(ops->create(root, "link", &new, HOST_WRITE, &attr, &file,
			      &made), -EEXIST);
	alarm(0);
	CHECK(!file);
	CHECK_INT(access(outside("victim"), F_OK), -1);
	end();
}

static void mknod_makes_every_type(void)
{
	struct host_new new;
	struct host_attr attr;

	begin(0);
	new = new_of(S_IFIFO | 0666);
	CHECK_INT(ops->mknod(root, "fifo", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFIFO | 0666);
	new = new_of(S_IFSOCK | 0777);
	CHECK_INT(ops->mknod(root, "sock", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFSOCK | 0777);
	new = new_of(S_IFDIR | 01777);
	CHECK_INT(ops->mknod(root, "dir", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFDIR | 01777);
	CHECK_INT(ops->mknod(root, "dir", &new, &attr), -EEXIST);
	new = new_of(S_IFDIR | 02750);
	CHECK_INT(ops->mknod(root, "sgid", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFDIR | 02750);
	new = new_of(S_IFCHR | 0666);
	new.rdev_major = 1;
	new.rdev_minor = 3;
	if (geteuid() == 0) {
		CHECK_INT(ops->mknod(root, "null", &new, &attr), 0);
		CHECK_INT(attr.rdev_major, 1);
		CHECK_INT(attr.rdev_minor, 3);
	} else {
		CHECK_INT(ops->mknod(root, "null", &new, &attr), -EPERM);
	}
	end();
}

/* In a setgid directory the kernel half passes the group and, for directories,
 * the bit; what it asks for is what is there. */
static void setgid_directories_pass_on(void)
{
	struct host_new new = new_of(S_IFDIR | 02755);
	struct host_attr attr;

	begin(0);
	host_dir(at("d"));
	must(chmod(at("d"), 02777));
	CHECK_INT(ops->mknod(root, "e", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFDIR | 02755);
	new.mode = S_IFDIR | 0755;
	{
		struct host_node *d = find(root, "d");

		CHECK_INT(ops->mknod(d, "plain", &new, &attr), 0);
		CHECK_INT(attr.mode, S_IFDIR | 0755);
		ops->put(d);
	}
	end();
}

/* Root gives new objects away at once; an ordinary user keeps them. */
static void new_objects_belong_to_whom_was_said(void)
{
	bool may = geteuid() == 0;
	uint32_t uid = may ? 4711 : geteuid(), gid = may ? 4712 : getegid();
	struct host_new new = { .mode = S_IFREG | 06755, .uid = 4711,
				.gid = 4712 };
	struct host_file *file;
	struct host_attr attr;
	int made;

	begin(0);
	CHECK_INT(ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
			      &made), 0);
	ops->close(file);
	CHECK_INT(attr.uid, uid);
	CHECK_INT(attr.gid, gid);
	CHECK_INT(attr.mode, S_IFREG | 06755);
	new.mode = S_IFDIR | 0700;
	CHECK_INT(ops->mknod(root, "d", &new, &attr), 0);
	CHECK_INT(attr.uid, uid);
	CHECK_INT(attr.gid, gid);
	CHECK_INT(ops->symlink(root, "l", "t", &new, &attr), 0);
	CHECK_INT(attr.uid, uid);
	CHECK_INT(attr.gid, gid);
	/* and the thread is itself again, with its capabilities */
	new = new_of(S_IFREG | 0600);
	CHECK_INT(ops->create(root, "g", &new, HOST_WRITE, &attr, &file,
			      &made), 0);
	ops->close(file);
	CHECK_INT(attr.uid, geteuid());
	CHECK_INT(attr.gid, getegid());
	must(chmod(at("d"), 0));
	if (may)
		CHECK_INT(access(at("d/x"), F_OK) ? errno : 0, ENOENT);
	end();
}

/* Not writable for the new owner: the guest has decided that already. */
static void root_creates_for_others_anywhere(void)
{
	struct host_new new = { .mode = S_IFREG | 0600, .uid = 4711,
				.gid = 4712 };
	struct host_file *file;
	struct host_attr attr;
	int made;

	if (geteuid())
		TAP_SKIP("needs root");
	begin(0);
	must(chmod(at("."), 0700));
	CHECK_INT(ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
			      &made), 0);
	ops->close(file);
	CHECK_INT(attr.uid, 4711);
	end();
}

static void default_acls_are_inherited(void)
{
	/* u::rwx u:4711:rwx g::r-x m::r-x o::--- , as linux/posix_acl_xattr.h */
	static const uint8_t acl[] = {
		2, 0, 0, 0,
		1, 0, 7, 0, 255, 255, 255, 255,
		2, 0, 7, 0, 0x67, 0x12, 0, 0,
		4, 0, 5, 0, 255, 255, 255, 255,
		16, 0, 5, 0, 255, 255, 255, 255,
		32, 0, 0, 0, 255, 255, 255, 255,
	};
	struct host_new new = new_of(S_IFREG | 0666);
	struct host_node *node;
	struct host_file *file;
	struct host_attr attr;
	uint64_t opened;
	char value[64];
	int made, length;

	begin(0);
	if (setxattr(at("."), "system.posix_acl_default", acl, sizeof(acl), 0)) {
		end();
		TAP_SKIP("no ACLs here");
	}
	CHECK_INT(ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
			      &made), 0);
	ops->close(file);
	CHECK_INT(attr.mode, S_IFREG | 0640);
	length = getxattr(at("f"), "system.posix_acl_access", NULL, 0);
	CHECK(length > 0);

	/* Told without a descriptor, where the host can */
	host_cache_shrink(0);
	node = find(root, "f");
	opened = host_count(HOST_COUNT_OPEN);
	CHECK_INT(ops->getxattr(node, NULL, "system.posix_acl_access", value,
				sizeof(value)), length);
	CHECK_INT(ops->getxattr(node, NULL, "system.posix_acl_access", NULL, 0),
		  length);
	CHECK_INT(ops->getxattr(node, NULL, "system.posix_acl_access", value,
				4), -ERANGE);
	if (host_features.getxattrat)
		CHECK_INT(host_count(HOST_COUNT_OPEN) - opened, 0);
	ops->put(node);
	end();
}

static void symlinks_are_kept_as_written(void)
{
	struct host_new new = new_of(S_IFLNK | 0777);
	char target[4096], buffer[4096];
	struct host_attr attr;
	struct host_node *node;

	begin(0);
	memset(target, 't', sizeof(target));
	target[4095] = '\0';
	CHECK_INT(ops->symlink(root, "l", target, &new, &attr), 0);
	CHECK_INT(attr.size, 4095);
	node = find(root, "l");
	CHECK_INT(ops->readlink(node, buffer, 4096), 4095);
	CHECK(!memcmp(buffer, target, 4095));
	CHECK_INT(ops->readlink(node, buffer, 4095), 4095);
	CHECK_INT(ops->readlink(node, buffer, 4094), -ENAMETOOLONG);
	ops->put(node);
	CHECK_INT(ops->symlink(root, "l", "x", &new, &attr), -EEXIST);
	CHECK_INT(ops->symlink(root, "m", "", &new, &attr), -ENOENT);
	CHECK_INT(ops->readlink(root, buffer, 10), -EINVAL);
	end();
}

static void link_names_the_same_object(void)
{
	struct host_attr attr;
	struct host_node *node, *dir;

	begin(0);
	host_put(at("f"), "text");
	must(symlink("f", at("l")));
	host_dir(at("d"));
	node = find(root, "f");
	dir = find(root, "d");
	CHECK_INT(ops->link(node, NULL, dir, "g", &attr), 0);
	CHECK_INT(attr.nlink, 2);
	CHECK(host_id_equal(&attr.id, &node->id));
	CHECK(host_has(at("d/g"), "text"));
	CHECK_INT(ops->link(node, NULL, dir, "g", &attr), -EEXIST);
	CHECK_INT(ops->link(dir, NULL, root, "e", &attr), -EPERM);
	ops->put(node);
	node = find(root, "l");
	CHECK_INT(ops->link(node, NULL, root, "l2", &attr), 0);
	CHECK_INT(attr.mode & S_IFMT, S_IFLNK);
	ops->put(node);
	ops->put(dir);
	end();
}

static void unlink_takes_the_right_kind(void)
{
	begin(0);
	host_put(at("f"), "");
	host_dir(at("d"));
	host_dir(at("full"));
	host_put(at("full/x"), "");
	must(symlink("f", at("l")));
	CHECK_INT(ops->unlink(root, "f", 1), -ENOTDIR);
	CHECK_INT(ops->unlink(root, "d", 0), -EISDIR);
	CHECK_INT(ops->unlink(root, "full", 1), -ENOTEMPTY);
	CHECK_INT(ops->unlink(root, "none", 0), -ENOENT);
	CHECK_INT(ops->unlink(root, "l", 0), 0);
	CHECK_INT(access(at("f"), F_OK), 0);
	CHECK_INT(ops->unlink(root, "f", 0), 0);
	CHECK_INT(ops->unlink(root, "d", 1), 0);
	CHECK_INT(access(at("f"), F_OK), -1);
	CHECK_INT(access(at("d"), F_OK), -1);
	end();
}

static void rename_does_what_its_flags_say(void)
{
	struct host_node *dir;

	begin(0);
	host_put(at("a"), "a");
	host_put(at("b"), "b");
	host_dir(at("d"));
	dir = find(root, "d");
	CHECK_INT(ops->rename(root, "a", root, "b", HOST_NOREPLACE), -EEXIST);
	CHECK_INT(ops->rename(root, "a", root, "b", HOST_EXCHANGE), 0);
	CHECK(host_has(at("a"), "b") && host_has(at("b"), "a"));
	CHECK_INT(ops->rename(root, "a", root, "b", 0), 0);
	CHECK(host_has(at("b"), "b"));
	CHECK_INT(ops->rename(root, "a", root, "b", 0), -ENOENT);
	CHECK_INT(ops->rename(root, "b", dir, "c", HOST_NOREPLACE), 0);
	CHECK(host_has(at("d/c"), "b"));
	CHECK_INT(ops->rename(root, "d", dir, "d", 0), -EINVAL);
	CHECK_INT(ops->rename(dir, "c", root, "c",
			      HOST_NOREPLACE | HOST_EXCHANGE), -EINVAL);
	CHECK_INT(ops->rename(dir, "c", root, "c", 1 << 7), -EINVAL);
	ops->put(dir);
	end();
}

static void rename_leaves_a_whiteout(void)
{
	struct host_attr attr;
	int error;

	begin(0);
	host_put(at("a"), "a");
	error = ops->rename(root, "a", root, "b", HOST_WHITEOUT);
	if (error == -EINVAL || error == -EPERM) {
		end();
		TAP_SKIP("the host file system has no whiteouts for us");
	}
	CHECK_INT(error, 0);
	attr = look(root, "a");
	CHECK_INT(attr.mode & S_IFMT, S_IFCHR);
	CHECK_INT(attr.rdev_major, 0);
	CHECK_INT(attr.rdev_minor, 0);
	CHECK(host_has(at("b"), "a"));
	end();
}

static void tmpfile_gets_a_name_later(void)
{
	struct host_new new = new_of(S_IFREG | 0640);
	struct host_file *file, *other;
	struct host_node *node;
	struct host_attr attr;
	int error;

	begin(0);
	error = ops->tmpfile(root, &new, HOST_READ | HOST_WRITE, &attr, &file);
	if (error == -EOPNOTSUPP) {
		end();
		TAP_SKIP("the host file system has no O_TMPFILE");
	}
	CHECK_INT(error, 0);
	CHECK_INT(attr.mode, S_IFREG | 0640);
	CHECK_INT(attr.nlink, 0);
	CHECK_INT(write_at(file, "hello", 0, 0), 5);
	CHECK_INT(ops->node(fs, NULL, NULL, &attr, &node), 0);
	/* reached through its open files only */
	CHECK_INT(ops->getattr(node, NULL, &attr), -ESTALE);
	CHECK_INT(ops->open(node, NULL, HOST_READ, &other), -ESTALE);
	CHECK_INT(ops->getattr(node, file, &attr), 0);
	CHECK_INT(attr.size, 5);
	CHECK_INT(ops->link(node, file, root, "f", &attr), 0);
	CHECK_INT(attr.nlink, 1);
	CHECK_INT(ops->place(node, root, "f"), 0);
	CHECK_INT(ops->getattr(node, NULL, &attr), 0);
	other = open_as(node, HOST_READ);
	CHECK(reads(other, "hello"));
	ops->close(other);
	ops->close(file);
	/* HOST_EXCL: never a name */
	CHECK_INT(ops->tmpfile(root, &new, HOST_WRITE | HOST_EXCL, &attr,
			       &file), 0);
	CHECK_INT(ops->link(NULL, file, root, "g", &attr), -ENOENT);
	ops->close(file);
	ops->put(node);
	end();
}

/* errno values that only a file where a directory was expected gives. */
static void a_file_is_no_directory(void)
{
	struct host_attr attr;
	struct host_node *node;

	begin(0);
	host_put(at("f"), "");
	node = find(root, "f");
	CHECK_INT(ops->lookup(node, "x", 0, &attr), -ENOTDIR);
	CHECK_INT(ops->unlink(node, "x", 0), -ENOTDIR);
	ops->put(node);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(name_is_one_component),
	TAP_CASE(every_operation_checks_names),
	TAP_CASE(lookup_says_what_the_host_has),
	TAP_CASE(names_are_bytes),
	TAP_CASE(create_gives_the_mode_asked_for),
	TAP_CASE(create_excl_finds_what_is_there),
	TAP_CASE(create_opens_nothing_but_files),
	TAP_CASE(mknod_makes_every_type),
	TAP_CASE(setgid_directories_pass_on),
	TAP_CASE(new_objects_belong_to_whom_was_said),
	TAP_CASE(root_creates_for_others_anywhere),
	TAP_CASE(default_acls_are_inherited),
	TAP_CASE(symlinks_are_kept_as_written),
	TAP_CASE(link_names_the_same_object),
	TAP_CASE(unlink_takes_the_right_kind),
	TAP_CASE(rename_does_what_its_flags_say),
	TAP_CASE(rename_leaves_a_whiteout),
	TAP_CASE(tmpfile_gets_a_name_later),
	TAP_CASE(a_file_is_no_directory),
};

TEST_MAIN(cases)
