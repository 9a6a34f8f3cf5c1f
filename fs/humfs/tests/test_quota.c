// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_quota - limits of a tree: what takes room, what gives it back, who shares it
 */
#include "humfs_test.h"

#include <linux/falloc.h>

#define MEGA	(1024 * 1024)

static struct humfs_quota *quota;

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	must(fd);
	return fd;
}

static void superblock(uint64_t bytes, uint64_t objects)
{
	const struct hmeta_super super = {
		.version = 3, .kind = HMETA_BY_SIDE, .has_owner = true,
		.uid = OWNER, .gid = GROUP, .total = bytes, .inodes = objects,
	};
	int fd = open_dir(outside("tree"));

	must(hmeta_super_write(fd, &super) ? -1 : 0);
	must(close(fd));
}

static int mount_tree(uint32_t when, struct host_fs **ret,
		      struct host_node **ret_root)
{
	const struct humfs_mount how = { .side_fd = -1, .quota = when };
	int error = humfs_mount_fd(open_dir(outside("tree")), &how, ret);
	struct host_attr attr;

	return error ? error : (*ret)->ops->root(*ret, &attr, ret_root);
}

/* fs, root and ops are the tree's from now on. */
static void quota_begin(uint64_t bytes, uint64_t objects, uint32_t when)
{
	begin(0);
	ops->put(root);
	ops->unmount(fs);
	host_dir(outside("tree"));
	host_dir(outside("tree/data"));
	host_dir(outside("tree/side"));
	superblock(bytes, objects);
	CHECK_INT(mount_tree(when, &fs, &root), 0);
	ops = fs->ops;
	quota = ((struct humfs *)fs)->quota;
}

static void again(uint32_t when)
{
	ops->put(root);
	ops->unmount(fs);
	CHECK_INT(mount_tree(when, &fs, &root), 0);
	ops = fs->ops;
	quota = ((struct humfs *)fs)->quota;
}

static uint64_t used(enum humfs_resource what)
{
	return atomic_load(&quota->used[what]);
}

static uint64_t kept;

/* A file, made and written through the table. Return: bytes, or the error. */
static int64_t fill(const char *name, uint64_t offset, uint64_t length)
{
	static char bytes[4 * MEGA];
	const struct host_iovec iov = { bytes, length };
	const struct host_new new = new_of(S_IFREG | 0600);
	struct host_file *file;
	struct host_attr attr;
	int64_t result;
	int made;

	result = ops->create(root, name, &new, HOST_WRITE, &attr, &file, &made);
	if (result)
		return result;
	memset(bytes, 'x', sizeof(bytes));
	result = ops->write(file, &iov, 1, offset, 0);
	kept = used(HUMFS_BYTES);
	ops->close(file);
	return result;
}

/* As the kernel does it: the inode's node lives until the file is closed. */
static int drop(const char *name)
{
	struct host_node *node = find(root, name);
	int error = ops->unlink(root, name, 0);

	ops->put(node);
	return error;
}

static int cut(const char *name, uint64_t size)
{
	const struct host_setattr set = { .set = HOST_SET_SIZE, .size = size };
	struct host_node *node = find(root, name);
	struct host_attr attr;
	int error = ops->setattr(node, NULL, &set, &attr);

	ops->put(node);
	return error;
}

static void objects_end_at_the_limit(void)
{
	const struct host_new dir = new_of(S_IFDIR | 0755),
			      fifo = new_of(S_IFIFO | 0600),
			      file = new_of(S_IFREG | 0600);
	struct host_node *node;
	struct host_attr attr;
	struct host_file *open;
	int made;

	quota_begin(0, 4, HUMFS_QUOTA_LIMITS);
	CHECK_INT(used(HUMFS_OBJECTS), 1);
	CHECK_INT(ops->mknod(root, "d", &dir, &attr), 0);
	CHECK_INT(ops->mknod(root, "p", &fifo, &attr), 0);
	CHECK_INT(fill("f", 0, 10), 10);
	CHECK_INT(fill("g", 0, 10), -ENOSPC);
	CHECK_INT(ops->mknod(root, "e", &dir, &attr), -ENOSPC);
	CHECK_INT(ops->mknod(root, "q", &fifo, &attr), -ENOSPC);
	CHECK_INT(ops->symlink(root, "l", "t", &file, &attr), -ENOSPC);
	CHECK_INT(ops->tmpfile(root, &file, HOST_WRITE, &attr, &open), -ENOSPC);
	CHECK_INT(ops->rename(root, "p", root, "q", HOST_WHITEOUT), -ENOSPC);
	CHECK_INT(ops->create(root, "f", &file, HOST_WRITE | HOST_EXCL, &attr,
			      &open, &made), -EEXIST);
	/* What needs no object works. */
	CHECK_INT(fill("f", 0, 20), 20);
	node = find(root, "f");
	CHECK_INT(ops->link(node, NULL, root, "h", &attr), 0);
	ops->put(node);
	CHECK_INT(drop("f"), 0);
	CHECK_INT(used(HUMFS_OBJECTS), 4);
	CHECK_INT(ops->rename(root, "p", root, "r", 0), 0);
	CHECK_INT(drop("h"), 0);
	CHECK_INT(ops->unlink(root, "d", 1), 0);
	CHECK_INT(used(HUMFS_OBJECTS), 2);
	CHECK_INT(ops->rename(root, "r", root, "p", HOST_WHITEOUT), 0);
	CHECK_INT(used(HUMFS_OBJECTS), 3);
	end();
}

static void bytes_end_at_the_limit(void)
{
	quota_begin(2 * MEGA, 0, HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("f", 0, 3 * MEGA), 2 * MEGA);
	CHECK_INT(used(HUMFS_BYTES), 2 * MEGA);
	CHECK_INT(fill("f", 2 * MEGA, 1), -ENOSPC);
	CHECK_INT(fill("g", 0, 1), -ENOSPC);
	/* What is there already can be written once more. */
	CHECK_INT(fill("f", 0, MEGA), MEGA);
	CHECK_INT(fill("f", MEGA + 5, 100), 100);
	CHECK_INT(used(HUMFS_BYTES), 2 * MEGA);
	CHECK_INT(cut("f", MEGA), 0);
	CHECK_INT(used(HUMFS_BYTES), MEGA);
	CHECK_INT(fill("g", 0, 4096), 4096);
	/* A hole takes nothing until something is put into it. */
	CHECK_INT(cut("g", 64 * MEGA), 0);
	CHECK_INT(used(HUMFS_BYTES), MEGA + 4096);
	CHECK_INT(fill("g", 32 * MEGA, 4096), 4096);
	CHECK_INT(used(HUMFS_BYTES), MEGA + 8192);
	CHECK_INT(fill("g", 40 * MEGA, 2 * MEGA), MEGA - 8192);
	CHECK_INT(drop("f"), 0);
	CHECK_INT(drop("g"), 0);
	CHECK_INT(used(HUMFS_BYTES), 0);
	end();
}

static void room_set_aside_can_be_written(void)
{
	struct host_node *node;
	struct host_file *file;
	int error;

	quota_begin(2 * MEGA, 0, HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("f", 0, 1), 1);
	node = find(root, "f");
	file = open_as(node, HOST_WRITE | HOST_READ);
	CHECK_INT(ops->fallocate(file, 0, 0, 3 * MEGA), -ENOSPC);
	CHECK_INT(used(HUMFS_BYTES), 4096);
	error = ops->fallocate(file, 0, 0, 2 * MEGA);
	if (error != -EOPNOTSUPP) {
		CHECK_INT(error, 0);
		CHECK_INT(used(HUMFS_BYTES), 2 * MEGA);
		CHECK_INT(ops->fallocate(file, FALLOC_FL_PUNCH_HOLE |
					 FALLOC_FL_KEEP_SIZE, 0, MEGA), 0);
		CHECK_INT(used(HUMFS_BYTES), MEGA);
	}
	ops->close(file);
	ops->put(node);
	end();
}

static void an_open_file_keeps_its_room(void)
{
	const struct host_new new = new_of(S_IFREG | 0600);
	struct host_node *node;
	struct host_file *file;
	struct host_attr attr;

	quota_begin(2 * MEGA, 5, HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("f", 0, MEGA), MEGA);
	node = find(root, "f");
	file = open_as(node, HOST_WRITE);
	CHECK_INT(ops->unlink(root, "f", 0), 0);
	CHECK_INT(used(HUMFS_BYTES), MEGA);
	CHECK_INT(write_at(file, "x", MEGA, 0), 1);
	CHECK_INT(used(HUMFS_BYTES), MEGA + 4096);
	ops->close(file);
	ops->put(node);
	CHECK_INT(used(HUMFS_BYTES), 0);
	CHECK_INT(used(HUMFS_OBJECTS), 1);
	/* The same of one that never had a name. */
	CHECK_INT(ops->tmpfile(root, &new, HOST_WRITE, &attr, &file), 0);
	CHECK_INT(ops->node(fs, NULL, NULL, &attr, &node), 0);
	CHECK_INT(write_at(file, "x", 0, 0), 1);
	CHECK_INT(used(HUMFS_BYTES), 4096);
	CHECK_INT(used(HUMFS_OBJECTS), 2);
	ops->close(file);
	ops->put(node);
	CHECK_INT(used(HUMFS_BYTES), 0);
	CHECK_INT(used(HUMFS_OBJECTS), 1);
	/* Given a name it stays counted. */
	CHECK_INT(ops->tmpfile(root, &new, HOST_WRITE, &attr, &file), 0);
	CHECK_INT(ops->node(fs, NULL, NULL, &attr, &node), 0);
	CHECK_INT(ops->link(node, file, root, "named", &attr), 0);
	ops->close(file);
	ops->put(node);
	CHECK_INT(used(HUMFS_OBJECTS), 2);
	end();
}

static void guests_share_the_count(void)
{
	struct humfs_quota *first;
	struct host_node *other_root;
	struct host_fs *other;
	struct host_statfs st;

	quota_begin(2 * MEGA, 10, HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("f", 0, MEGA), MEGA);
	first = quota;
	CHECK_INT(mount_tree(HUMFS_QUOTA_LIMITS, &other, &other_root), 0);
	quota = ((struct humfs *)other)->quota;
	CHECK_INT(used(HUMFS_BYTES), MEGA);
	CHECK_INT(fill("g", 0, MEGA), MEGA);
	CHECK_INT(used(HUMFS_BYTES), 2 * MEGA);
	CHECK_INT(other->ops->statfs(other, &st), 0);
	CHECK_INT(st.blocks * st.frsize, 2 * MEGA);
	CHECK_INT(st.bavail, 0);
	CHECK_INT(st.files, 10);
	CHECK_INT(st.ffree, 7);
	other->ops->put(other_root);
	other->ops->unmount(other);
	quota = first;
	CHECK_INT(used(HUMFS_OBJECTS), 3);
	end();
}

static void new_limits_hold_at_once(void)
{
	int fd;

	quota_begin(0, 0, HUMFS_QUOTA_ALWAYS);
	CHECK_INT(fill("f", 0, MEGA), MEGA);
	fd = open_dir(outside("tree"));
	superblock(MEGA, 2);
	CHECK_INT(humfs_limits_changed(fd, MEGA, 2), 0);
	CHECK_INT(fill("f", MEGA, 1), -ENOSPC);
	CHECK_INT(fill("g", 0, 0), -ENOSPC);
	superblock(2 * MEGA, 3);
	CHECK_INT(humfs_limits_changed(fd, 2 * MEGA, 3), 0);
	CHECK_INT(fill("g", 0, MEGA), MEGA);
	again(HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("h", 0, 0), -ENOSPC);
	must(close(fd));
	end();
}

static void who_comes_first_counts_anew(void)
{
	quota_begin(8 * MEGA, 100, HUMFS_QUOTA_LIMITS);
	CHECK_INT(fill("f", 0, MEGA), MEGA);
	/* What a kill may leave; and the host's hand. */
	humfs_quota_add(quota, HUMFS_BYTES, 12345678);
	humfs_quota_add(quota, HUMFS_OBJECTS, 77);
	must(link(outside("tree/data/f"), outside("tree/data/g")));
	must(link(outside("tree/data/f"), outside("tree/data/h")));
	host_dir(outside("tree/data/d"));
	host_put(outside("tree/data/d/x"), "hello");
	must(symlink("f", outside("tree/data/d/l")));
	again(HUMFS_QUOTA_LIMITS);
	CHECK_INT(used(HUMFS_OBJECTS), 5);
	CHECK_INT(used(HUMFS_BYTES), MEGA + 4096);
	/* More is removed than was counted. */
	humfs_quota_add(quota, HUMFS_BYTES, -4 * MEGA);
	CHECK_INT(used(HUMFS_BYTES), 0);
	end();
}

static uint64_t calls(void)
{
	uint64_t sum = 0;

	for (int i = HOST_COUNT_STATX; i <= HOST_COUNT_OTHER; i++)
		sum += host_count(i);
	return sum;
}

/* The fewest for one object: a tick of the clock between two calls costs a look. */
static uint64_t calls_of_a_load(uint32_t when, uint64_t limit)
{
	const struct host_new new = new_of(S_IFREG | 0600);
	uint64_t before, fewest = UINT64_MAX;
	struct host_file *file;
	struct host_attr attr;
	int made;

	quota_begin(limit, 0, when);
	for (int i = 0; i < 20; i++) {
		before = calls();
		CHECK_INT(ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
				      &made), 0);
		CHECK_INT(write_at(file, "text", 0, 0), 4);
		ops->close(file);
		CHECK_INT(cut("f", 1), 0);
		CHECK_INT(drop("f"), 0);
		before = calls() - before;
		if (before < fewest)
			fewest = before;
	}
	end();
	return fewest;
}

static void without_limits_it_costs_no_host_call(void)
{
	uint64_t never = calls_of_a_load(HUMFS_QUOTA_NEVER, 0);

	CHECK_INT(calls_of_a_load(HUMFS_QUOTA_LIMITS, 0), never);
	CHECK(calls_of_a_load(HUMFS_QUOTA_LIMITS, MEGA) > never);
}

static void a_bare_directory_has_no_limits(void)
{
	const struct humfs_mount how = {
		.side_fd = -1, .quota = HUMFS_QUOTA_ALWAYS,
	};
	struct host_fs *other;
	int side;

	begin(0);
	host_dir(outside("side"));
	side = open_dir(outside("side"));
	CHECK_INT(humfs_mount_fd(open_dir(at(".")), &(struct humfs_mount){
		.side_fd = side, .quota = how.quota }, &other), -ENODEV);
	end();
}

/* --- the count is what counting finds, whatever was done ----------------------- */

#define FILES	12

static uint32_t seed = 1;

static uint32_t number(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* What fails is as good as what works. */
static void one_of_many(void)
{
	static const uint32_t types[] = { S_IFDIR, S_IFIFO, S_IFCHR };
	struct host_new new = new_of(S_IFREG | 0640);
	struct host_node *node;
	struct host_attr attr;
	char name[8], other[8];

	snprintf(name, sizeof(name), "n%u", number(FILES));
	snprintf(other, sizeof(other), "n%u", number(FILES));
	switch (number(7)) {
	case 0:
	case 1:
		(void)fill(name, number(40) * 50000, number(300000));
		break;
	case 2:
		new.mode = types[number(3)] | 0700;
		(void)ops->mknod(root, name, &new, &attr);
		break;
	case 3:
		(void)ops->symlink(root, name, "somewhere", &new, &attr);
		break;
	case 4:
		if (ops->lookup(root, name, 0, &attr))
			break;
		if (S_ISDIR(attr.mode))
			(void)ops->unlink(root, name, 1);
		else
			(void)drop(name);
		break;
	case 5:
		if (ops->lookup(root, name, 0, &attr) == 0 &&
		    S_ISREG(attr.mode))
			(void)cut(name, number(800000));
		break;
	default:
		node = ops->lookup(root, other, 0, &attr) ? NULL :
		       find(root, other);
		if (number(2) && node && !S_ISDIR(attr.mode))
			(void)ops->link(node, NULL, root, "n3", &attr);
		/* The guest's kernel does not pass on a rename to itself. */
		if (strcmp(name, other))
			(void)ops->rename(root, name, root, other,
					  number(4) ? 0 : HOST_EXCHANGE);
		ops->put(node);
	}
}

static void the_count_is_what_is_there(void)
{
	struct humfs_quota anew;

	quota_begin(3 * MEGA, 11, HUMFS_QUOTA_LIMITS);
	for (int i = 0; i < 3000; i++) {
		one_of_many();
		if (i % 50)
			continue;
		CHECK_INT(humfs_count_all((struct humfs *)fs, &anew), 0);
		CHECK_INT(used(HUMFS_OBJECTS), anew.used[HUMFS_OBJECTS]);
		/* The host's tables of extents are made when it writes back. */
		CHECK(used(HUMFS_BYTES) + FILES * 4096 >=
		      anew.used[HUMFS_BYTES] &&
		      used(HUMFS_BYTES) <=
		      anew.used[HUMFS_BYTES] + FILES * 4096);
		CHECK(anew.used[HUMFS_BYTES] <= 3 * MEGA + FILES * 4096);
		CHECK(used(HUMFS_OBJECTS) <= 11);
	}
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(objects_end_at_the_limit),
	TAP_CASE(bytes_end_at_the_limit),
	TAP_CASE(room_set_aside_can_be_written),
	TAP_CASE(an_open_file_keeps_its_room),
	TAP_CASE(guests_share_the_count),
	TAP_CASE(new_limits_hold_at_once),
	TAP_CASE(who_comes_first_counts_anew),
	TAP_CASE(without_limits_it_costs_no_host_call),
	TAP_CASE(a_bare_directory_has_no_limits),
	TAP_CASE(the_count_is_what_is_there),
};

TEST_MAIN(cases)
