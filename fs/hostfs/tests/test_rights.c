// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_rights - read-only and append-only mounts: every operation, from a table
 */
#include "test.h"

#include <linux/falloc.h>

/* What an operation works on. Opened through a mount that may everything. */
static struct {
	struct host_node *file, *dir;
	struct host_file *writer;	/* with HOST_APPEND */
	struct host_file *reader;
} t;

static const struct host_new new_file = { .mode = S_IFREG | 0644 };
static const struct host_new new_fifo = { .mode = S_IFIFO | 0644 };

/* What was opened is closed again. */
static int opened(int error, struct host_file **file)
{
	if (error == 0)
		ops->close(*file);
	return error;
}

static int do_create(void)
{
	struct host_attr attr;
	struct host_file *file;
	int made;

	return opened(ops->create(root, "new", &new_file, HOST_WRITE, &attr,
				  &file, &made), &file);
}

static int do_create_existing(uint32_t flags)
{
	struct host_attr attr;
	struct host_file *file;
	int made;

	return opened(ops->create(root, "f", &new_file, flags, &attr, &file,
				  &made), &file);
}

static int do_create_trunc(void)
{
	return do_create_existing(HOST_WRITE | HOST_TRUNC);
}

static int do_create_append(void)
{
	return do_create_existing(HOST_WRITE | HOST_APPEND);
}

static int do_mknod(void)
{
	struct host_attr attr;

	return ops->mknod(root, "fifo", &new_fifo, &attr);
}

static int do_symlink(void)
{
	struct host_attr attr;

	return ops->symlink(root, "link", "x", &new_file, &attr);
}

static int do_link(void)
{
	struct host_attr attr;

	return ops->link(t.file, NULL, root, "hard", &attr);
}

static int do_unlink(void)
{
	return ops->unlink(root, "f", 0);
}

static int do_rmdir(void)
{
	return ops->unlink(root, "d", 1);
}

static int do_rename(void)
{
	return ops->rename(root, "f", root, "g", 0);
}

static int do_tmpfile(void)
{
	struct host_attr attr;
	struct host_file *file;

	return opened(ops->tmpfile(root, &new_file, HOST_WRITE, &attr, &file),
		      &file);
}

static int do_open(uint32_t flags)
{
	struct host_file *file;

	return opened(ops->open(t.file, NULL, flags, &file), &file);
}

static int do_open_write(void)
{
	return do_open(HOST_WRITE);
}

static int do_open_append(void)
{
	return do_open(HOST_READ | HOST_WRITE | HOST_APPEND);
}

static int do_open_trunc(void)
{
	return do_open(HOST_READ | HOST_TRUNC);
}

static int do_open_read(void)
{
	return do_open(HOST_READ);
}

static int do_setattr(uint32_t what)
{
	struct host_setattr set = { .set = what, .mode = 0600,
				    .uid = geteuid(), .gid = getegid() };
	struct host_attr attr;

	return ops->setattr(t.file, NULL, &set, &attr);
}

static int do_chmod(void)
{
	return do_setattr(HOST_SET_MODE);
}

static int do_chown(void)
{
	return do_setattr(HOST_SET_UID | HOST_SET_GID);
}

static int do_truncate(void)
{
	return do_setattr(HOST_SET_SIZE);
}

static int do_utimes(void)
{
	return do_setattr(HOST_SET_ATIME | HOST_SET_MTIME);
}

static int do_touch(void)
{
	return do_setattr(HOST_SET_ATIME | HOST_SET_MTIME |
			  HOST_SET_ATIME_NOW | HOST_SET_MTIME_NOW);
}

static int do_setxattr(void)
{
	return ops->setxattr(t.file, NULL, "user.x", "1", 1, 0);
}

static int do_removexattr(void)
{
	return ops->removexattr(t.file, NULL, "user.x");
}

static int do_write(void)
{
	return write_at(t.writer, "x", 0, 0);
}

static int do_overwrite(void)
{
	return write_at(t.writer, "x", 0, HOST_IO_NOAPPEND);
}

static int do_allocate(void)
{
	return ops->fallocate(t.writer, FALLOC_FL_KEEP_SIZE, 0, 4096);
}

static int do_punch(void)
{
	return ops->fallocate(t.writer, FALLOC_FL_PUNCH_HOLE |
			      FALLOC_FL_KEEP_SIZE, 0, 4096);
}

static int do_copy(void)
{
	return ops->copy(t.reader, 0, t.writer, 0, 1);
}

static int do_clone(void)
{
	return ops->clone(t.reader, 0, t.writer, 0, 0);
}

static int do_dedupe(void)
{
	return ops->dedupe(t.reader, 0, t.writer, 0, 1);
}

static int do_setflags(void)
{
	return ops->setflags(t.writer, 0);
}

static int do_lookup(void)
{
	struct host_attr attr;

	return ops->lookup(root, "f", 0, &attr);
}

#define ANY 1		/* not refused because of the mount */

static const struct {
	const char *name;
	int (*run)(void);
	int rdonly, append;
} table[] = {
	{ "lookup",		do_lookup,	ANY,	ANY },
	{ "open to read",	do_open_read,	ANY,	ANY },
	{ "touch",		do_touch,	-EROFS,	ANY },
	{ "create",		do_create,	-EROFS,	ANY },
	{ "create, append",	do_create_append, -EROFS, ANY },
	{ "create, cut",	do_create_trunc, -EROFS, -EPERM },
	{ "mknod",		do_mknod,	-EROFS,	ANY },
	{ "symlink",		do_symlink,	-EROFS,	ANY },
	{ "link",		do_link,	-EROFS,	-EPERM },
	{ "unlink",		do_unlink,	-EROFS,	-EPERM },
	{ "rmdir",		do_rmdir,	-EROFS,	-EPERM },
	{ "rename",		do_rename,	-EROFS,	-EPERM },
	{ "tmpfile",		do_tmpfile,	-EROFS,	ANY },
	{ "open to write",	do_open_write,	-EROFS,	-EPERM },
	{ "open to append",	do_open_append,	-EROFS,	ANY },
	{ "open and cut",	do_open_trunc,	-EROFS,	-EPERM },
	{ "chmod",		do_chmod,	-EROFS,	-EPERM },
	{ "chown",		do_chown,	-EROFS,	-EPERM },
	{ "truncate",		do_truncate,	-EROFS,	-EPERM },
	{ "utimes",		do_utimes,	-EROFS,	-EPERM },
	{ "setxattr",		do_setxattr,	-EROFS,	-EPERM },
	{ "removexattr",	do_removexattr,	-EROFS,	-EPERM },
	{ "write",		do_write,	-EROFS,	ANY },
	{ "overwrite",		do_overwrite,	-EROFS,	-EPERM },
	{ "fallocate",		do_allocate,	-EROFS,	ANY },
	{ "punch",		do_punch,	-EROFS,	-EPERM },
	{ "copy",		do_copy,	-EROFS,	ANY },
	{ "clone",		do_clone,	-EROFS,	ANY },
	{ "dedupe",		do_dedupe,	-EROFS,	ANY },
	{ "setflags",		do_setflags,	-EROFS,	-EPERM },
};

/*
 * The files are opened before the mount loses its rights: the operations on
 * open files have to refuse by themselves.
 */
static void run_table(uint32_t flags, bool append)
{
	begin(0);
	host_put(at("f"), "text");
	host_dir(at("d"));
	t.file = find(root, "f");
	t.dir = find(root, "d");
	t.writer = open_as(t.file, HOST_WRITE | HOST_APPEND);
	t.reader = open_as(t.file, HOST_READ);
	fs->flags |= flags;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int expected = append ? table[i].append : table[i].rdonly;
		int result = table[i].run();

		if (expected == ANY ? result != -EROFS && result != -EPERM :
				      result == expected)
			continue;
		printf("# %s: expected %d\n", table[i].name, expected);
		CHECK_INT(result, expected);
	}
	ops->close(t.reader);
	ops->close(t.writer);
	ops->put(t.dir);
	ops->put(t.file);
	CHECK(!access(at("f"), F_OK) && !access(at("d"), F_OK));
	if (!append)
		CHECK(host_has(at("f"), "text"));
	end();
}

static void a_read_only_mount_changes_nothing(void)
{
	run_table(HOST_RDONLY, false);
}

static void an_append_only_mount_only_grows(void)
{
	run_table(HOST_APPENDONLY, true);
}

static void both_flags_are_read_only(void)
{
	run_table(HOST_APPENDONLY | HOST_RDONLY, false);
}

/* A new file of an append-only mount can be filled by the one who made it. */
static void an_append_only_mount_lets_new_files_be_filled(void)
{
	struct host_file *file;
	struct host_node *node, *other_root;
	struct host_fs *other;

	begin(0);
	other = mount_again(HOST_APPENDONLY, &other_root);
	CHECK_INT(other->flags, HOST_APPENDONLY);
	file = make(other_root, "f", 0644, HOST_WRITE);
	CHECK_INT(write_at(file, "one", 0, 0), 3);
	CHECK_INT(write_at(file, "two", 3, 0), 3);
	ops->close(file);
	node = find(other_root, "f");
	file = open_as(node, HOST_WRITE | HOST_APPEND);
	CHECK_INT(write_at(file, "three", 0, 0), 5);
	ops->close(file);
	ops->put(node);
	ops->put(other_root);
	ops->unmount(other);
	CHECK(host_has(at("f"), "onetwothree"));
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(a_read_only_mount_changes_nothing),
	TAP_CASE(an_append_only_mount_only_grows),
	TAP_CASE(both_flags_are_read_only),
	TAP_CASE(an_append_only_mount_lets_new_files_be_filled),
};

TEST_MAIN(cases)
