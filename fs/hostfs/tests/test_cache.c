// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_cache - nodes, their places, and the bounded cache of descriptors
 */
#include "test.h"

#include <sys/resource.h>

static const char long_name[] =
	"a-component-of-sixty-bytes-so-that-eighty-of-them-exceed-path";

/* Does the node still lead to a file with that text? */
static bool holds(struct host_node *node, const char *text)
{
	struct host_file *file;
	bool result;

	if (ops->open(node, NULL, HOST_READ, &file))
		return false;
	result = reads(file, text);
	ops->close(file);
	return result;
}

#define DIRS	200
#define FILES	100

static struct host_node *dirs[DIRS], *files[DIRS][FILES];

static void grow_tree(void)
{
	char name[16];

	for (int d = 0; d < DIRS; d++) {
		host_dir(at("%d", d));
		for (int f = 0; f < FILES; f++)
			must(close(creat(at("%d/%d", d, f), 0644)));
		snprintf(name, sizeof(name), "%d", d);
		dirs[d] = find(root, name);
		for (int f = 0; f < FILES; f++) {
			snprintf(name, sizeof(name), "%d", f);
			files[d][f] = find(dirs[d], name);
		}
	}
}

static void a_big_tree_takes_few_descriptors(void)
{
	struct host_attr attr;
	int before, worst = 0;

	begin_limited(0, 16);
	before = descriptors();
	grow_tree();
	for (int f = 0; f < FILES; f++) {
		for (int d = 0; d < DIRS; d++) {
			CHECK_INT(ops->getattr(files[d][f], NULL, &attr), 0);
			if ((d + f) % 7 == 0)
				ops->close(open_as(files[d][f], HOST_READ));
		}
		CHECK(host_count(HOST_COUNT_DESCRIPTORS) <= 16);
		worst = descriptors() > worst ? descriptors() : worst;
	}
	CHECK(worst <= before + 17);
	for (int d = 0; d < DIRS; d++) {
		for (int f = 0; f < FILES; f++)
			ops->put(files[d][f]);
		ops->put(dirs[d]);
	}
	end();
}

/* A directory of `depth` long names below the root; *nodes has them all. */
static struct host_node *grow_deep(int depth, struct host_node **nodes)
{
	struct host_new new = new_of(S_IFDIR | 0755);
	struct host_node *dir = root;
	struct host_attr attr;

	for (int i = 0; i < depth; i++) {
		CHECK_INT(ops->mknod(dir, long_name, &new, &attr), 0);
		CHECK_INT(ops->node(fs, dir, long_name, &attr, &nodes[i]), 0);
		dir = nodes[i];
	}
	return dir;
}

#define DEPTH 300

static void depth_beyond_path_max_works(void)
{
	static struct host_node *nodes[DEPTH];
	struct host_node *deep, *file_node;
	struct host_file *file;
	struct host_attr attr;

	begin_limited(0, 16);
	deep = grow_deep(DEPTH, nodes);
	file = make(deep, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "deep", 0, 0), 4);
	ops->close(file);
	file_node = find(deep, "f");
	host_cache_shrink(0);
	CHECK_INT(host_count(HOST_COUNT_DESCRIPTORS), 0);
	CHECK(holds(file_node, "deep"));
	host_cache_shrink(0);
	CHECK_INT(ops->rename(deep, "f", nodes[DEPTH / 2], "g", 0), 0);
	CHECK_INT(ops->place(file_node, nodes[DEPTH / 2], "g"), 0);
	host_cache_shrink(0);
	CHECK(holds(file_node, "deep"));
	CHECK_INT(ops->getattr(deep, NULL, &attr), 0);
	ops->put(file_node);
	for (int i = 0; i < DEPTH; i++)
		ops->put(nodes[i]);
	end();
}

static void a_pinned_descriptor_stays(void)
{
	struct host_node *node;
	int fd, again;

	begin_limited(0, 16);
	host_dir(at("d"));
	node = find(root, "d");
	CHECK_INT(host_node_pin(node, &fd), 0);
	host_cache_shrink(0);
	CHECK(fcntl(fd, F_GETFD) >= 0);
	CHECK_INT(host_node_pin_cached(node, &again), 0);
	CHECK_INT(again, fd);
	host_node_unpin(node);
	host_node_unpin(node);
	CHECK_INT(host_cache_shrink(0), 1);
	CHECK_INT(host_node_pin_cached(node, &again), -EAGAIN);
	ops->put(node);
	end();
}

static void a_cached_lookup_never_walks(void)
{
	struct host_node *node;
	struct host_attr attr;
	uint64_t opened;

	begin(0);
	host_dir(at("d"));
	host_put(at("d/f"), "");
	node = find(root, "d");
	opened = host_count(HOST_COUNT_OPEN);
	CHECK_INT(ops->lookup(node, "f", HOST_CACHED, &attr), -EAGAIN);
	CHECK_INT(host_count(HOST_COUNT_OPEN), opened);
	CHECK_INT(ops->lookup(root, "d", HOST_CACHED, &attr), 0);
	CHECK_INT(ops->lookup(node, "f", 0, &attr), 0);
	CHECK_INT(ops->lookup(node, "f", HOST_CACHED, &attr), 0);
	CHECK_INT(ops->lookup(node, "g", HOST_CACHED, &attr), -ENOENT);
	ops->put(node);
	end();
}

/* What the figures of the project promise, in host calls. */
static void calls_are_few(void)
{
	struct host_node *dir, *file;
	struct host_attr attr;
	uint64_t stat, opened;

	begin(0);
	host_dir(at("d"));
	host_put(at("d/f"), "");
	dir = find(root, "d");
	file = find(dir, "f");
	stat = host_count(HOST_COUNT_STATX);
	opened = host_count(HOST_COUNT_OPEN);
	CHECK_INT(ops->lookup(dir, "f", 0, &attr), 0);
	CHECK_INT(ops->getattr(file, NULL, &attr), 0);
	CHECK_INT(host_count(HOST_COUNT_STATX) - stat, 2);
	CHECK_INT(host_count(HOST_COUNT_OPEN) - opened, 0);
	ops->close(open_as(file, HOST_READ));
	opened = host_count(HOST_COUNT_OPEN);
	ops->close(open_as(file, HOST_READ));
	CHECK_INT(host_count(HOST_COUNT_OPEN) - opened, 1);
	opened = host_count(HOST_COUNT_OPEN);
	stat = host_count(HOST_COUNT_STATX);
	ops->close(make(dir, "g", 0644, HOST_WRITE));
	CHECK_INT(host_count(HOST_COUNT_OPEN) - opened, 1);
	CHECK_INT(host_count(HOST_COUNT_STATX) - stat, 1);
	ops->put(file);
	ops->put(dir);
	end();
}

static void a_moved_file_is_stale_or_right(void)
{
	struct host_node *node;
	struct host_attr attr;

	begin(0);
	host_put(at("a"), "mine");
	node = find(root, "a");
	CHECK(holds(node, "mine"));	/* has a descriptor now */
	must(rename(at("a"), at("b")));
	host_put(at("a"), "other");
	CHECK(holds(node, "mine"));
	host_cache_shrink(0);
	CHECK_INT(ops->getattr(node, NULL, &attr), -ESTALE);
	CHECK(!holds(node, "other"));
	CHECK_INT(ops->place(node, root, "b"), 0);
	CHECK(holds(node, "mine"));
	CHECK_INT(ops->getattr(node, NULL, &attr), 0);
	ops->put(node);
	end();
}

static void a_replaced_object_is_stale(void)
{
	struct host_setattr set = { .set = HOST_SET_MODE, .mode = 0 };
	struct host_file *file;
	struct host_node *node;
	struct host_attr attr;
	char value[8];

	begin(0);
	host_put(at("a"), "old");
	host_put(at("new"), "new");
	node = find(root, "a");
	must(rename(at("new"), at("a")));
	CHECK_INT(ops->getattr(node, NULL, &attr), -ESTALE);
	CHECK_INT(ops->setattr(node, NULL, &set, &attr), -ESTALE);
	CHECK_INT(ops->open(node, NULL, HOST_READ, &file), -ESTALE);
	CHECK_INT(ops->getxattr(node, NULL, "user.x", value, 8), -ESTALE);
	CHECK_INT(ops->getxattr(node, NULL, "system.posix_acl_access", value, 8),
		  -ESTALE);
	CHECK_INT(ops->link(node, NULL, root, "l", &attr), -ESTALE);
	must(unlink(at("a")));
	CHECK_INT(ops->getattr(node, NULL, &attr), -ESTALE);
	CHECK_INT(ops->open(node, NULL, HOST_READ, &file), -ESTALE);
	must(symlink("new", at("a")));
	CHECK_INT(ops->open(node, NULL, HOST_READ, &file), -ESTALE);
	must(unlink(at("a")));
	host_dir(at("a"));
	CHECK_INT(ops->open(node, NULL, HOST_READ, &file), -ESTALE);
	ops->put(node);
	end();
}

/* The same inode number again: another birth, another object. */
static void a_reused_inode_number_is_stale(void)
{
	struct host_node *node;
	struct host_attr old, attr;
	bool again = false;

	begin(0);
	host_put(at("a"), "old");
	node = find(root, "a");
	old = look(root, "a");
	for (int i = 0; i < 100 && !again; i++) {
		must(unlink(at("a")));
		host_put(at("a"), "new");
		again = look(root, "a").id.ino == old.id.ino;
	}
	if (again && old.has_btime)
		CHECK_INT(ops->getattr(node, NULL, &attr), -ESTALE);
	ops->put(node);
	end();
	if (!again || !old.has_btime)
		TAP_SKIP("inode numbers are not used again here");
}

static void a_moved_directory_takes_its_files_along(void)
{
	struct host_node *a, *b, *file;
	struct host_attr attr;

	begin(0);
	host_dir(at("a"));
	host_dir(at("a/b"));
	host_put(at("a/b/f"), "mine");
	host_dir(at("elsewhere"));
	a = find(root, "a");
	b = find(a, "b");
	file = find(b, "f");
	must(rename(at("a"), at("elsewhere/a")));
	host_cache_shrink(0);
	CHECK_INT(ops->getattr(file, NULL, &attr), -ESTALE);
	{
		struct host_node *e = find(root, "elsewhere");

		CHECK_INT(ops->place(a, e, "a"), 0);
		ops->put(e);
	}
	CHECK(holds(file, "mine"));
	ops->put(file);
	ops->put(b);
	ops->put(a);
	end();
}

/* What a link in a directory's place leads to is not that directory. */
static void a_directory_swapped_for_a_link_is_stale(void)
{
	struct host_node *a, *file;
	struct host_attr attr;
	struct host_file *opened;

	begin(0);
	host_dir(at("a"));
	host_put(at("a/f"), "inside");
	a = find(root, "a");
	file = find(a, "f");
	must(rename(at("a"), at("b")));
	must(symlink("b", at("a")));
	host_cache_shrink(0);
	/* the very file is there, but by way of a link */
	CHECK_INT(ops->open(file, NULL, HOST_READ, &opened), -ESTALE);
	CHECK_INT(ops->lookup(a, "f", 0, &attr), -ESTALE);
	must(unlink(at("a")));
	must(symlink(outside("."), at("a")));
	host_put(outside("f"), "outside");
	CHECK_INT(ops->open(file, NULL, HOST_READ, &opened), -ESTALE);
	CHECK_INT(ops->lookup(a, "f", 0, &attr), -ESTALE);
	ops->put(file);
	ops->put(a);
	end();
}

static void a_removed_directory_is_empty(void)
{
	struct host_node *dir;
	struct host_attr attr;
	struct host_new new = new_of(S_IFDIR | 0755);

	begin(0);
	host_dir(at("d"));
	dir = find(root, "d");
	CHECK_INT(ops->lookup(dir, "x", 0, &attr), -ENOENT);
	must(rmdir(at("d")));
	CHECK_INT(ops->lookup(dir, "x", 0, &attr), -ENOENT);
	CHECK_INT(ops->mknod(dir, "x", &new, &attr), -ENOENT);
	host_cache_shrink(0);
	CHECK_INT(ops->lookup(dir, "x", 0, &attr), -ESTALE);
	ops->put(dir);
	end();
}

/* The host turned a/b into b/a, and only the second half has been seen. */
static void places_never_make_a_circle(void)
{
	struct host_node *a, *b;
	struct host_attr attr;

	begin(0);
	host_dir(at("a"));
	host_dir(at("a/b"));
	a = find(root, "a");
	b = find(a, "b");
	CHECK_INT(ops->lookup(b, "x", 0, &attr), -ENOENT);	/* cached */
	must(rename(at("a/b"), at("b")));
	must(rename(at("a"), at("b/a")));
	CHECK_INT(ops->lookup(b, "a", 0, &attr), 0);
	CHECK_INT(ops->place(a, b, "a"), 0);
	host_cache_shrink(0);
	CHECK_INT(ops->getattr(a, NULL, &attr), -ESTALE);
	CHECK_INT(ops->lookup(b, "a", 0, &attr), -ESTALE);
	CHECK_INT(ops->place(b, root, "b"), 0);
	CHECK_INT(ops->getattr(a, NULL, &attr), 0);
	CHECK_INT(ops->place(b, b, "b"), -EINVAL);
	CHECK_INT(ops->place(root, b, "b"), -EINVAL);
	ops->put(a);
	ops->put(b);
	end();
}

#define CHAIN 100000

/* No recursion: neither up, nor when the last reference goes. */
static void a_very_deep_chain_takes_no_stack(void)
{
	struct host_node *node, *below;
	struct host_attr attr;
	int fd;

	begin(0);
	CHECK_INT(ops->getattr(root, NULL, &attr), 0);
	CHECK_INT(ops->root(fs, &attr, &node), 0);
	for (int i = 0; i < CHAIN; i++) {
		CHECK_INT(ops->node(fs, node, long_name, &attr, &below), 0);
		ops->put(node);
		node = below;
	}
	CHECK_INT(host_node_pin(node, &fd), -ESTALE);
	ops->put(node);
	end();
}

/* Out of descriptors: the cache gives way to open files. */
static void open_files_come_before_the_cache(void)
{
	enum { NODES = 200, OPEN = 60, LIMIT = 100 };
	static struct host_node *nodes[NODES];
	static struct host_file *opened[NODES];
	struct rlimit before, few;
	char name[16];
	int failed = 0;

	begin(0);
	for (int i = 0; i < NODES; i++) {
		host_put(at("%d", i), "x");
		snprintf(name, sizeof(name), "%d", i);
		nodes[i] = find(root, name);
	}
	must(getrlimit(RLIMIT_NOFILE, &before));
	few = before;
	few.rlim_cur = LIMIT;
	must(setrlimit(RLIMIT_NOFILE, &few));
	for (int i = 0; i < NODES; i++) {
		ops->close(open_as(nodes[i], HOST_READ));
		if (i < OPEN)
			opened[i] = open_as(nodes[i], HOST_READ);
	}
	for (int i = 0; i < OPEN; i++) {
		CHECK(reads(opened[i], "x"));
		ops->close(opened[i]);
	}
	/* and when nothing is left to give, the answer is -EMFILE */
	for (int i = 0; i < NODES; i++) {
		int error = ops->open(nodes[i], NULL, HOST_READ, &opened[i]);

		if (error == 0)
			continue;
		CHECK_INT(error, -EMFILE);
		opened[i] = NULL;
		failed++;
	}
	CHECK(failed >= NODES - LIMIT && failed < NODES - LIMIT / 2);
	for (int i = 0; i < NODES; i++) {
		ops->close(opened[i]);
		ops->put(nodes[i]);
	}
	must(setrlimit(RLIMIT_NOFILE, &before));
	end();
}

static void counts_have_names(void)
{
	for (int i = 0; i < HOST_COUNT_MAX; i++)
		CHECK(host_count_name(i) && *host_count_name(i));
	CHECK(!host_count_name(HOST_COUNT_MAX));
	CHECK_INT(host_count(HOST_COUNT_MAX), 0);
}

static void init_raises_the_limit_of_descriptors(void)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	CHECK_INT(limit.rlim_cur, limit.rlim_max);
	CHECK_INT(umask(0), 0);
}

static const struct tap_case cases[] = {
	TAP_CASE(init_raises_the_limit_of_descriptors),
	TAP_CASE(counts_have_names),
	TAP_CASE(a_big_tree_takes_few_descriptors),
	TAP_CASE(depth_beyond_path_max_works),
	TAP_CASE(a_pinned_descriptor_stays),
	TAP_CASE(a_cached_lookup_never_walks),
	TAP_CASE(calls_are_few),
	TAP_CASE(a_moved_file_is_stale_or_right),
	TAP_CASE(a_replaced_object_is_stale),
	TAP_CASE(a_reused_inode_number_is_stale),
	TAP_CASE(a_moved_directory_takes_its_files_along),
	TAP_CASE(a_directory_swapped_for_a_link_is_stale),
	TAP_CASE(a_removed_directory_is_empty),
	TAP_CASE(places_never_make_a_circle),
	TAP_CASE(a_very_deep_chain_takes_no_stack),
	TAP_CASE(open_files_come_before_the_cache),
};

TEST_MAIN(cases)
