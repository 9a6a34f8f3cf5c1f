// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_objects - objects as the guest made them, in every store
 */
#include "humfs_test.h"

#include <dirent.h>
#include <sys/xattr.h>

static const uint32_t metas[] = { HUMFS_META_XATTR, HUMFS_META_SIDE,
				  HUMFS_TEST_V2 };

#define EACH_STORE(meta)						\
	for (uint32_t i_ = 0, meta; i_ < 3 && (meta = metas[i_], 1); i_++)
/* Those that know an object by what it is, not by where it is. */
#define EACH_BY_OBJECT(meta)						\
	for (uint32_t i_ = 0, meta; i_ < 2 && (meta = metas[i_], 1); i_++)

static void without_a_record_the_default_owner(void)
{
	EACH_STORE(meta) {
		humfs_begin(meta);
		host_put(at("f"), "x");
		must(chmod(at("f"), 0640));
		host_dir(at("d"));
		must(symlink("f", at("l")));
		humfs_shows("f", S_IFREG | 0640, OWNER, GROUP);
		humfs_shows("d", S_IFDIR | 0755, OWNER, GROUP);
		humfs_shows("l", S_IFLNK | 0777, OWNER, GROUP);
		humfs_end();
	}
}

static void what_is_made_is_shown(void)
{
	static const struct {
		const char *name;
		uint32_t mode, host;
	} rows[] = {
		{ "file", S_IFREG | 0644, S_IFREG | 0644 },
		{ "none", S_IFREG | 0000, S_IFREG | 0600 },
		{ "suid", S_IFREG | 06755, S_IFREG | 0755 },
		{ "dir", S_IFDIR | 0755, S_IFDIR | 0755 },
		{ "sticky", S_IFDIR | 01777, S_IFDIR | 0777 },
		{ "closed", S_IFDIR | 0000, S_IFDIR | 0700 },
		{ "link", S_IFLNK | 0777, S_IFLNK | 0777 },
		{ "fifo", S_IFIFO | 0644, S_IFREG | 0600 },
		{ "socket", S_IFSOCK | 0755, S_IFREG | 0600 },
		{ "null", S_IFCHR | 0666, S_IFREG | 0600 },
		{ "disk", S_IFBLK | 0660, S_IFREG | 0600 },
	};
	static const uint32_t owners[][2] = { { OWNER, GROUP }, { 0, 0 },
					      { 4294967294u, 7 } };

	EACH_STORE(meta) {
		for (int o = 0; o < 3; o++) {
			uint32_t uid = owners[o][0], gid = owners[o][1];

			humfs_begin(meta);
			for (size_t i = 0; i < 11; i++)
				CHECK_INT(humfs_make(rows[i].name, rows[i].mode,
						     uid, gid), 0);
			for (int again = 0; again < 2; again++) {
				for (size_t i = 0; i < 11; i++)
					humfs_shows(rows[i].name, rows[i].mode,
						    uid, gid);
				humfs_again(meta);
			}
			for (size_t i = 0; i < 11; i++)
				CHECK_INT(host_mode(rows[i].name), rows[i].host);
			CHECK_INT(look(root, "null").rdev_major, 1);
			CHECK_INT(look(root, "null").rdev_minor, 3);
			humfs_end();
		}
	}
}

static int entries_of_the_store(void)
{
	int count = 0;

	for (int i = 0; i < 256; i++) {
		DIR *dir = opendir(outside("side/objects/%02x", i));

		while (dir && readdir(dir))
			count++;
		count -= dir ? 2 : 0;	/* . and .. */
		if (dir)
			closedir(dir);
	}
	return count;
}

/* Its inode number is free at once, and soon another's. */
static void what_could_not_be_made_leaves_no_record(void)
{
	static const uint32_t types[] = { S_IFREG, S_IFCHR, S_IFDIR, S_IFLNK };
	int before;

	EACH_STORE(meta) {
		humfs_begin(meta);
		host_put(at("f"), "x");
		CHECK_INT(humfs_make("mine", S_IFREG | 0600, 1, 1), 0);
		before = entries_of_the_store();
		for (int i = 0; i < 4; i++) {
			CHECK_INT(humfs_make("f", types[i] | 04711, 7, 8),
				  -EEXIST);
			CHECK_INT(humfs_make("mine", types[i] | 04711, 7, 8),
				  -EEXIST);
		}
		CHECK_INT(entries_of_the_store(), before);
		humfs_end();
	}
}

static void a_record_is_written_only_when_it_says_something(void)
{
	humfs_begin(HUMFS_META_XATTR);
	CHECK_INT(humfs_make("plain", S_IFREG | 0644, OWNER, GROUP), 0);
	CHECK_STR(host_record("plain"), "");
	CHECK_INT(humfs_make("mine", S_IFREG | 0644, 0, 0), 0);
	CHECK_STR(host_record("mine"), "0:0:0644:file");
	CHECK_INT(humfs_make("null", S_IFCHR | 0666, 0, 0), 0);
	CHECK_STR(host_record("null"), "0:0:0666:char-1-3");
	CHECK_INT(humfs_chown("mine", OWNER, GROUP), 0);
	CHECK_STR(host_record("mine"), "");
	humfs_shows("mine", S_IFREG | 0644, OWNER, GROUP);
	CHECK_INT(humfs_chmod("plain", 0755), 0);
	CHECK_STR(host_record("plain"), "");
	CHECK_INT(host_mode("plain"), S_IFREG | 0755);
	CHECK_INT(humfs_chmod("plain", 0444), 0);
	CHECK_STR(host_record("plain"), "5000:5001:0444:file");
	CHECK_INT(host_mode("plain"), S_IFREG | 0644);
	humfs_end();
}

static void chmod_and_chown_are_kept(void)
{
	static const char *const names[] = { "f", "d", "p" };

	EACH_STORE(meta) {
		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0644, OWNER, GROUP), 0);
		CHECK_INT(humfs_make("d", S_IFDIR | 0755, OWNER, GROUP), 0);
		CHECK_INT(humfs_make("p", S_IFIFO | 0600, 1, 1), 0);
		for (int i = 0; i < 3; i++) {
			uint32_t type = look(root, names[i]).mode & S_IFMT;

			CHECK_INT(humfs_chmod(names[i], 07000), 0);
			humfs_again(meta);
			humfs_shows(names[i], type | 07000, i == 2 ? 1 : OWNER,
				    i == 2 ? 1 : GROUP);
			CHECK_INT(humfs_chown(names[i], 0, 12), 0);
			humfs_again(meta);
			humfs_shows(names[i], type | 07000, 0, 12);
			CHECK_INT(humfs_chmod(names[i], 0751), 0);
			humfs_shows(names[i], type | 0751, 0, 12);
			CHECK(!(host_mode(names[i]) & 07000));
		}
		humfs_end();
	}
}

static void symbolic_links_have_owners(void)
{
	EACH_STORE(meta) {
		char target[16];
		struct host_node *node;

		humfs_begin(meta);
		CHECK_INT(humfs_make("l", S_IFLNK | 0777, OWNER, GROUP), 0);
		CHECK_INT(humfs_chown("l", 3, 4), 0);
		humfs_again(meta);
		humfs_shows("l", S_IFLNK | 0777, 3, 4);
		CHECK_INT(humfs_chmod("l", 0600), -EOPNOTSUPP);
		node = find(root, "l");
		CHECK_INT(ops->readlink(node, target, sizeof(target)), 6);
		ops->put(node);
		CHECK_INT(humfs_chown("l", OWNER, GROUP), 0);
		humfs_shows("l", S_IFLNK | 0777, OWNER, GROUP);
		humfs_end();
	}
}

static void a_change_by_another_guest_is_seen_at_once(void)
{
	EACH_STORE(meta) {
		struct host_node *other_root;
		struct host_fs *other;
		struct host_attr attr;

		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0644, 1, 1), 0);
		other = humfs_other(meta, &other_root);
		for (uint32_t i = 0; i < 200; i++) {
			CHECK_INT(humfs_chown("f", 100 + i, i), 0);
			CHECK_INT(ops->lookup(other_root, "f", 0, &attr), 0);
			CHECK_INT(attr.uid, 100 + i);
			CHECK_INT(attr.gid, i);
			usleep(i % 8 == 0 ? 30000 : 0);
		}
		ops->put(other_root);
		ops->unmount(other);
		humfs_end();
	}
}

static void a_name_that_is_replaced_never_has_the_old_record(void)
{
	EACH_BY_OBJECT(meta) {
		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 04755, 0, 0), 0);
		humfs_shows("f", S_IFREG | 04755, 0, 0);
		host_put(at("new"), "x");
		must(rename(at("new"), at("f")));
		humfs_shows("f", S_IFREG | 0644, OWNER, GROUP);
		must(unlink(at("f")));
		host_put(at("f"), "y");
		humfs_shows("f", S_IFREG | 0644, OWNER, GROUP);
		humfs_end();
	}
}

static void hard_links_share_a_record(void)
{
	EACH_STORE(meta) {
		struct host_node *node;
		struct host_attr attr;

		humfs_begin(meta);
		CHECK_INT(humfs_make("a", S_IFCHR | 0600, 1, 2), 0);
		node = find(root, "a");
		CHECK_INT(ops->link(node, NULL, root, "b", &attr), 0);
		CHECK_INT(attr.nlink, 2);
		CHECK_INT(attr.mode, S_IFCHR | 0600);
		ops->put(node);
		CHECK_INT(humfs_chown("b", 3, 4), 0);
		humfs_shows("a", S_IFCHR | 0600, 3, 4);
		CHECK_INT(ops->unlink(root, "a", 0), 0);
		humfs_again(meta);
		humfs_shows("b", S_IFCHR | 0600, 3, 4);
		humfs_end();
	}
}

static void rename_takes_the_record_along(void)
{
	EACH_STORE(meta) {
		humfs_begin(meta);
		CHECK_INT(humfs_make("a", S_IFREG | 04755, 1, 2), 0);
		CHECK_INT(humfs_make("b", S_IFLNK, 3, 4), 0);
		CHECK_INT(ops->rename(root, "a", root, "b", HOST_EXCHANGE), 0);
		humfs_shows("b", S_IFREG | 04755, 1, 2);
		humfs_shows("a", S_IFLNK | 0777, 3, 4);
		CHECK_INT(ops->rename(root, "b", root, "a", 0), 0);
		humfs_shows("a", S_IFREG | 04755, 1, 2);
		CHECK_INT(ops->rename(root, "a", root, "a2", HOST_WHITEOUT), 0);
		humfs_shows("a2", S_IFREG | 04755, 1, 2);
		CHECK_INT(look(root, "a").mode, S_IFCHR);
		CHECK_INT(look(root, "a").rdev_major, 0);
		CHECK_INT(look(root, "a").rdev_minor, 0);
		CHECK_INT(host_mode("a"), S_IFREG | 0600);
		CHECK_INT(ops->rename(root, "a2", root, "a",
				      HOST_WHITEOUT | HOST_NOREPLACE), -EEXIST);
		humfs_shows("a2", S_IFREG | 04755, 1, 2);
		humfs_end();
	}
}

/* Files in objects/, with or without a record. */
static int side_entries(void)
{
	FILE *pipe;
	int count = -1;
	char command[128];

	snprintf(command, sizeof(command), "find '%s' -type l | wc -l",
		 outside("side/objects"));
	pipe = popen(command, "r");
	if (pipe) {
		if (fscanf(pipe, "%d", &count) != 1)
			count = -1;
		pclose(pipe);
	}
	return count;
}

static void the_side_store_forgets_what_is_gone(void)
{
	EACH_STORE(meta) {
		struct host_file *file;
		struct host_node *node;
		struct host_attr attr;

		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0600, 1, 2), 0);
		CHECK_INT(humfs_make("l", S_IFLNK, 1, 2), 0);
		CHECK_INT(humfs_make("d", S_IFDIR | 0700, 1, 2), 0);
		node = find(root, "f");
		file = open_as(node, HOST_READ);
		CHECK_INT(ops->unlink(root, "f", 0), 0);
		CHECK_INT(ops->getattr(node, file, &attr), 0);
		CHECK_INT(attr.uid, 1);		/* as long as it is open */
		ops->close(file);
		ops->put(node);
		for (const char *const *name = (const char *const[]){ "l", "d",
				NULL }; *name; name++) {
			node = find(root, *name);
			CHECK_INT(ops->unlink(root, *name, **name == 'd'), 0);
			ops->put(node);
		}
		CHECK_INT(side_entries(), 0);
		humfs_end();
	}
}

static void listings_have_the_guests_types(void)
{
	EACH_STORE(meta) {
		_Alignas(8) char buffer[4096];
		struct host_file *file;
		int64_t length;
		int seen = 0;

		humfs_begin(meta);
		CHECK_INT(humfs_make("c", S_IFCHR, 0, 0), 0);
		CHECK_INT(humfs_make("b", S_IFBLK, 0, 0), 0);
		CHECK_INT(humfs_make("p", S_IFIFO, 0, 0), 0);
		CHECK_INT(humfs_make("s", S_IFSOCK, 0, 0), 0);
		CHECK_INT(humfs_make("r", S_IFREG | 0644, OWNER, GROUP), 0);
		CHECK_INT(humfs_make("l", S_IFLNK, 0, 0), 0);
		file = open_as(root, HOST_READ | HOST_DIRECTORY);
		length = ops->readdir(file, 0, buffer, sizeof(buffer));
		for (int64_t p = 0; p < length; ) {
			struct host_dirent *e = (void *)(buffer + p);
			uint8_t want = e->name[0] == 'c' ? DT_CHR :
				e->name[0] == 'b' ? DT_BLK :
				e->name[0] == 'p' ? DT_FIFO :
				e->name[0] == 's' ? DT_SOCK :
				e->name[0] == 'r' ? DT_REG :
				e->name[0] == 'l' ? DT_LNK : DT_DIR;

			CHECK_INT(e->type, want);
			seen++;
			p += e->reclen;
		}
		CHECK_INT(seen, 8);
		ops->close(file);
		humfs_end();
	}
}

static void hostile_records_are_refused_and_reported(void)
{
	static const struct {
		const char *record;
		bool on_dir;
	} rows[] = {
		{ "4294967296:0:0755:file", false },
		{ "-1:0:0755:file", false },
		{ "0:0:0666:char--1-5", false },
		{ "0:0:0755:file ", false },
		{ "0:0:0755:file\n", false },
		{ "0:0:0777:symlink", false },
		{ "0:0:0777:symlink", true },
		{ "0:0:0755:file", true },
		{ "", false },
	};
	char huge[2000];

	humfs_begin(HUMFS_META_XATTR);
	host_put(at("f"), "x");
	host_dir(at("d"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].on_dir ? "d" : "f";
		struct host_attr attr;

		must(setxattr(at("%s", name), HMETA_XATTR, rows[i].record,
			      strlen(rows[i].record), 0));
		reports = 0;
		CHECK_INT(ops->lookup(root, name, 0, &attr), -EIO);
		CHECK_INT(reports, 1);
		CHECK(!strncmp(last_report, name, 1));
		CHECK_INT(humfs_chmod(name, 0755), -EIO);
	}
	memset(huge, '1', sizeof(huge));
	must(setxattr(at("f"), HMETA_XATTR, huge, sizeof(huge), 0));
	CHECK_INT(humfs_chown("f", 0, 0), -EIO);
	/* The others are fine, and so is this one when it was mended. */
	must(removexattr(at("f"), HMETA_XATTR));
	humfs_shows("f", S_IFREG | 0644, OWNER, GROUP);
	humfs_end();
}

static void what_the_host_made_unwritable_can_be_used(void)
{
	EACH_STORE(meta) {
		struct host_node *node;
		struct host_file *file;

		humfs_begin(meta);
		host_put(at("object"), "git");
		must(chmod(at("object"), 0444));
		host_dir(at("closed"));
		must(chmod(at("closed"), 0555));
		CHECK_INT(humfs_chown("object", 0, 0), 0);
		humfs_shows("object", S_IFREG | 0444, 0, 0);
		host_put(at("other"), "git");
		must(chmod(at("other"), 0444));
		node = find(root, "other");
		file = open_as(node, HOST_READ | HOST_WRITE);
		ops->close(file);
		ops->put(node);
		humfs_shows("other", S_IFREG | 0444, OWNER, GROUP);
		node = find(root, "closed");
		CHECK_INT(ops->mknod(node, "in", &(struct host_new){
			.mode = S_IFDIR | 0700, .uid = OWNER, .gid = GROUP },
			&(struct host_attr){ 0 }), 0);
		ops->put(node);
		humfs_shows("closed", S_IFDIR | 0555, OWNER, GROUP);
		humfs_end();
	}
}

static void a_record_that_the_mode_hides_is_not_lost(void)
{
	EACH_STORE(meta) {
		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 04751, 1, 2), 0);
		CHECK_INT(humfs_make("d", S_IFDIR | 0751, 1, 2), 0);
		must(chmod(at("f"), 0200));
		must(chmod(at("d"), 0000));
		CHECK_INT(humfs_chown("f", 3, 4), 0);
		humfs_shows("f", S_IFREG | 04751, 3, 4);
		CHECK_INT(humfs_chown("d", 3, 4), 0);
		humfs_shows("d", S_IFDIR | 0751, 3, 4);
		host_put(at("bare"), "x");
		must(chmod(at("bare"), 0));
		humfs_shows("bare", S_IFREG, OWNER, GROUP);
		CHECK_INT(humfs_chown("bare", 3, 4), 0);
		humfs_shows("bare", S_IFREG, 3, 4);
		humfs_end();
	}
}

static void an_existing_file_is_opened_by_create(void)
{
	EACH_STORE(meta) {
		const struct host_new new = { .mode = S_IFREG | 0600, .uid = 9,
					      .gid = 9 };
		struct host_file *file;
		struct host_attr attr;
		int made = -1;

		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0644, 1, 2), 0);
		CHECK_INT(humfs_make("p", S_IFIFO | 0644, 1, 2), 0);
		CHECK_INT(ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
				      &made), 0);
		CHECK_INT(made, 0);
		CHECK_INT(attr.uid, 1);
		ops->close(file);
		CHECK_INT(ops->create(root, "f", &new, HOST_WRITE | HOST_EXCL,
				      &attr, &file, &made), -EEXIST);
		CHECK_INT(ops->create(root, "p", &new, HOST_WRITE, &attr, &file,
				      &made), -EEXIST);
		humfs_end();
	}
}

static void an_unnamed_file_has_its_record(void)
{
	EACH_STORE(meta) {
		const struct host_new new = { .mode = S_IFREG | 04600, .uid = 9,
					      .gid = 8 };
		struct host_file *file;
		struct host_node *node;
		struct host_attr attr;

		humfs_begin(meta);
		CHECK_INT(ops->tmpfile(root, &new, HOST_READ | HOST_WRITE,
				       &attr, &file), 0);
		CHECK_INT(attr.uid, 9);
		CHECK_INT(attr.nlink, 0);
		CHECK_INT(ops->node(fs, NULL, NULL, &attr, &node), 0);
		CHECK_INT(ops->getattr(node, file, &attr), 0);
		CHECK_INT(attr.mode, S_IFREG | 04600);
		CHECK_INT(ops->link(node, file, root, "named", &attr), 0);
		humfs_shows("named", S_IFREG | 04600, 9, 8);
		ops->close(file);
		ops->put(node);
		humfs_end();
	}
}

static void reserved_names_are_the_hosts(void)
{
	humfs_begin(HUMFS_META_XATTR);
	CHECK_INT(humfs_make("f", S_IFREG | 0600, 1, 2), 0);
	struct host_node *node = find(root, "f");
	char list[512];

	CHECK_INT(ops->listxattr(node, NULL, NULL, 0), 0);
	CHECK_INT(ops->getxattr(node, NULL, HMETA_XATTR, list, 512), -ENODATA);
	CHECK_INT(ops->setxattr(node, NULL, HMETA_XATTR, "0:0:04755:file", 14,
				0), -EPERM);
	CHECK_INT(ops->setxattr(node, NULL,
				"user.containers.override_security.capability",
				"x", 1, 0), -EPERM);
	CHECK_INT(ops->removexattr(node, NULL, HMETA_XATTR), -ENODATA);
	ops->put(node);
	humfs_shows("f", S_IFREG | 0600, 1, 2);
	humfs_end();
}

static void privileged_attributes_are_carried(void)
{
	EACH_STORE(meta) {
		static const char *const names[] = { "f", "d", "l" };

		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0600, 1, 2), 0);
		CHECK_INT(humfs_make("d", S_IFDIR | 0700, 1, 2), 0);
		CHECK_INT(humfs_make("l", S_IFLNK, 1, 2), 0);
		for (int i = 0; i < 3; i++) {
			struct host_node *node = find(root, names[i]);
			char value[64], list[128];

			CHECK_INT(ops->setxattr(node, NULL, "trusted.x", "v\0w",
						3, 0), 0);
			CHECK_INT(ops->setxattr(node, NULL, "trusted.x", "z", 1,
						XATTR_CREATE), -EEXIST);
			CHECK_INT(ops->setxattr(node, NULL, "security.y", "", 0,
						XATTR_REPLACE), -ENODATA);
			CHECK_INT(ops->setxattr(node, NULL, "security.y", "12",
						2, XATTR_CREATE), 0);
			CHECK_INT(ops->getxattr(node, NULL, "trusted.x", NULL,
						0), 3);
			CHECK_INT(ops->getxattr(node, NULL, "trusted.x", value,
						2), -ERANGE);
			CHECK_INT(ops->getxattr(node, NULL, "trusted.x", value,
						64), 3);
			CHECK(!memcmp(value, "v\0w", 3));
			CHECK_INT(ops->listxattr(node, NULL, NULL, 0), 21);
			CHECK_INT(ops->listxattr(node, NULL, list, 20), -ERANGE);
			CHECK_INT(ops->listxattr(node, NULL, list, 128), 21);
			CHECK_INT(ops->removexattr(node, NULL, "trusted.x"), 0);
			CHECK_INT(ops->removexattr(node, NULL, "trusted.x"),
				  -ENODATA);
			CHECK_INT(ops->listxattr(node, NULL, list, 128), 11);
			CHECK_STR(list, "security.y");
			CHECK_INT(ops->removexattr(node, NULL, "security.y"), 0);
			CHECK_INT(ops->listxattr(node, NULL, NULL, 0), 0);
			ops->put(node);
		}
		humfs_end();
	}
}

/* u::rwx u:7:rwx g::--- m::rwx o::--- */
static const unsigned char named_user[] = {
	2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 7, 0, 0, 0,
	4, 0, 0, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255,
	32, 0, 0, 0, 255, 255, 255, 255,
};

static void acls_and_modes_are_one(void)
{
	EACH_STORE(meta) {
		struct host_node *node;
		unsigned char value[64];

		humfs_begin(meta);
		CHECK_INT(humfs_make("f", S_IFREG | 0600, 1, 2), 0);
		node = find(root, "f");
		CHECK_INT(ops->setxattr(node, NULL, HMETA_ACL_ACCESS, named_user,
					sizeof(named_user), 0), 0);
		humfs_shows("f", S_IFREG | 0770, 1, 2);
		CHECK_INT(humfs_chmod("f", 0710), 0);
		CHECK_INT(ops->getxattr(node, NULL, HMETA_ACL_ACCESS, value, 64),
			  sizeof(named_user));
		CHECK_INT(value[30], 1);	/* the mask */
		CHECK_INT(value[22], 0);	/* the owning group's */
		CHECK_INT(ops->setxattr(node, NULL, HMETA_ACL_ACCESS, "junk", 4,
					0), -EINVAL);
		CHECK_INT(ops->setxattr(node, NULL, HMETA_ACL_DEFAULT,
					named_user, sizeof(named_user), 0),
			  -EACCES);
		ops->put(node);
		humfs_end();
	}
}

static void default_acls_are_handed_down(void)
{
	EACH_STORE(meta) {
		struct host_node *dir, *node;
		struct host_file *file;
		struct host_attr attr;
		struct host_new new = { .mode = S_IFREG | 0640, .uid = OWNER,
					.gid = GROUP };
		unsigned char value[64];
		int made;

		humfs_begin(meta);
		CHECK_INT(humfs_make("d", S_IFDIR | 0755, OWNER, GROUP), 0);
		dir = find(root, "d");
		CHECK_INT(ops->setxattr(dir, NULL, HMETA_ACL_DEFAULT, named_user,
					sizeof(named_user), 0), 0);
		CHECK_INT(ops->create(dir, "f", &new, HOST_WRITE | HOST_EXCL,
				      &attr, &file, &made), 0);
		ops->close(file);
		CHECK_INT(attr.mode, S_IFREG | 0640);
		node = find(dir, "f");
		CHECK_INT(ops->getxattr(node, NULL, HMETA_ACL_ACCESS, value, 64),
			  sizeof(named_user));
		CHECK_INT(value[30], 4);
		ops->put(node);
		new.mode = S_IFDIR | 0700;
		CHECK_INT(ops->mknod(dir, "sub", &new, &attr), 0);
		node = find(dir, "sub");
		CHECK_INT(ops->getxattr(node, NULL, HMETA_ACL_DEFAULT, value,
					64), sizeof(named_user));
		ops->put(node);
		ops->put(dir);
		humfs_end();
	}
}

/* The text of the record of share/name in the side store, its note included. */
static const char *side_record(const char *name)
{
	static char text[4200];
	struct hmeta_key key;
	char path[HMETA_KEY_MAX];
	struct host_attr attr = look(root, name);
	ssize_t length;

	hmeta_key_of((struct host_tree *)fs, &attr, &key);
	(void)hmeta_key_print(&key, path);
	length = readlink(outside("side/objects/%s", path), text,
			  sizeof(text) - 1);
	text[length < 0 ? 0 : length] = '\0';
	return text;
}

static void aside_attributes_have_a_record(void)
{
	static const char acl[] = "\2\0\0\0\1\0\7\0\377\377\377\377"
		"\4\0\5\0\377\377\377\377\40\0\0\0\377\377\377\377";
	struct host_node *node, *dir;

	humfs_begin(HUMFS_META_SIDE);
	host_dir(at("d"));
	host_put(at("d/f"), "x");
	must(chmod(at("d/f"), 0644));
	dir = find(root, "d");
	node = find(dir, "f");
	CHECK_STR(side_record("d"), "");
	CHECK_INT(fs->ops->setxattr(dir, NULL, HMETA_ACL_DEFAULT, acl,
				    sizeof(acl) - 1, 0), 0);
	CHECK_STR(side_record("d"), "5000:5001:0755:dir d");
	CHECK_INT(fs->ops->setxattr(node, NULL, "trusted.x", "y", 1, 0), 0);
	fs->ops->put(node);
	fs->ops->put(dir);
	humfs_shows("d", S_IFDIR | 0755, OWNER, GROUP);
	/* chmod to what needs no record: it stays, as long as they do. */
	CHECK_INT(humfs_chmod("d", 01755), 0);
	CHECK_INT(humfs_chmod("d", 0755), 0);
	CHECK_STR(side_record("d"), "5000:5001:0755:dir d");
	humfs_again(HUMFS_META_SIDE);
	humfs_shows("d", S_IFDIR | 0755, OWNER, GROUP);
	dir = find(root, "d");
	CHECK_INT(fs->ops->removexattr(dir, NULL, HMETA_ACL_DEFAULT), 0);
	fs->ops->put(dir);
	CHECK_INT(humfs_chmod("d", 0700), 0);
	CHECK_STR(side_record("d"), "");
	/* What is made with an ACL handed down, too. */
	dir = find(root, "d");
	CHECK_INT(fs->ops->setxattr(dir, NULL, HMETA_ACL_DEFAULT, acl,
				    sizeof(acl) - 1, 0), 0);
	fs->ops->put(dir);
	humfs_end();
}

static const struct tap_case cases[] = {
	TAP_CASE(without_a_record_the_default_owner),
	TAP_CASE(what_is_made_is_shown),
	TAP_CASE(what_could_not_be_made_leaves_no_record),
	TAP_CASE(a_record_is_written_only_when_it_says_something),
	TAP_CASE(chmod_and_chown_are_kept),
	TAP_CASE(symbolic_links_have_owners),
	TAP_CASE(a_change_by_another_guest_is_seen_at_once),
	TAP_CASE(a_name_that_is_replaced_never_has_the_old_record),
	TAP_CASE(hard_links_share_a_record),
	TAP_CASE(rename_takes_the_record_along),
	TAP_CASE(the_side_store_forgets_what_is_gone),
	TAP_CASE(aside_attributes_have_a_record),
	TAP_CASE(listings_have_the_guests_types),
	TAP_CASE(hostile_records_are_refused_and_reported),
	TAP_CASE(what_the_host_made_unwritable_can_be_used),
	TAP_CASE(a_record_that_the_mode_hides_is_not_lost),
	TAP_CASE(an_existing_file_is_opened_by_create),
	TAP_CASE(an_unnamed_file_has_its_record),
	TAP_CASE(reserved_names_are_the_hosts),
	TAP_CASE(privileged_attributes_are_carried),
	TAP_CASE(acls_and_modes_are_one),
	TAP_CASE(default_acls_are_handed_down),
};

TEST_MAIN(cases)
