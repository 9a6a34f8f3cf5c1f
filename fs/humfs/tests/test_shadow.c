// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_shadow - the original's layout, as it was made, and as it is kept
 */
#include "humfs_test.h"

#include <dirent.h>
#include <stdio.h>

static struct host_new as(uint32_t mode, uint32_t uid, uint32_t gid)
{
	return (struct host_new){ .mode = mode, .uid = uid, .gid = gid };
}

static struct host_node *make_dir(struct host_node *dir, const char *name,
				  uint32_t uid)
{
	const struct host_new new = as(S_IFDIR | 0755, uid, uid);
	struct host_attr attr;

	CHECK_INT(ops->mknod(dir, name, &new, &attr), 0);
	return find(dir, name);
}

static void make_file(struct host_node *dir, const char *name, uint32_t uid)
{
	const struct host_new new = as(S_IFREG | 0600, uid, uid);
	struct host_file *file;
	struct host_attr attr;
	int made;

	CHECK_INT(ops->create(dir, name, &new, HOST_WRITE | HOST_EXCL, &attr,
			      &file, &made), 0);
	ops->close(file);
}

/* Is a file there, below "tree"? */
static bool there(const char *path)
{
	struct stat st;

	return lstat(outside("tree/%s", path), &st) == 0;
}

static void lines_are_as_the_original_has_them(void)
{
	humfs_begin(HUMFS_TEST_V2);
	CHECK_INT(humfs_make("f", S_IFREG | 0644, 1, 2), 0);
	CHECK_STR(tree_text("file_metadata/f"), "420 1 2\n");
	CHECK_INT(humfs_make("c", S_IFCHR | 0600, 0, 0), 0);
	CHECK_STR(tree_text("file_metadata/c"), "384 0 0 c 1 3\n");
	CHECK_INT(humfs_make("p", S_IFIFO | 0600, 0, 0), 0);
	CHECK_STR(tree_text("file_metadata/p"), "384 0 0 p\n");
	CHECK_INT(humfs_make("l", S_IFLNK, 3, 4), 0);
	CHECK_STR(tree_text("file_metadata/l"), "511 3 4\n");
	CHECK_INT(humfs_make("d", S_IFDIR | 0755, 5, 6), 0);
	CHECK_STR(tree_text("dir_metadata/d/metadata"), "493 5 6\n");
	CHECK(there("file_metadata/d"));
	/* Also of the default owner's. */
	CHECK_INT(humfs_make("o", S_IFREG | 0644, OWNER, GROUP), 0);
	CHECK_STR(tree_text("file_metadata/o"), "420 5000 5001\n");
	CHECK_INT(humfs_chmod("f", 06755), 0);
	CHECK_STR(tree_text("file_metadata/f"), "493 1 2\nmode 06755\n");
	/* What is shorter is filled up. */
	CHECK_INT(humfs_chmod("f", 0700), 0);
	CHECK_STR(tree_text("file_metadata/f"),
		  "448 1 2\n\n\n\n\n\n\n\n\n\n\n\n");
	humfs_shows("f", S_IFREG | 0700, 1, 2);
	CHECK_INT(ops->unlink(root, "f", 0), 0);
	CHECK_INT(ops->unlink(root, "d", 1), 0);
	CHECK(!there("file_metadata/f") && !there("file_metadata/d") &&
	      !there("dir_metadata/d") && !there("lost") && !there("move") &&
	      !there("line.new"));
	humfs_end();
}

static void a_tree_of_the_original_is_shown(void)
{
	humfs_begin(HUMFS_TEST_V2);
	host_dir(at("dir"));
	host_dir(outside("tree/file_metadata/dir"));
	host_dir(outside("tree/dir_metadata/dir"));
	host_put(outside("tree/dir_metadata/dir/metadata"), "448 7 8\n");
	host_put(at("null"), "");
	must(chmod(at("null"), 0777));
	host_put(outside("tree/file_metadata/null"), "438 0 0 c 1 3\n");
	host_put(at("sh"), "#!");
	must(chmod(at("sh"), 0755));
	host_put(outside("tree/file_metadata/sh"), "256 9 10\n");
	humfs_shows("dir", S_IFDIR | 0700, 7, 8);
	humfs_shows("null", S_IFCHR | 0666, 0, 0);
	humfs_shows("sh", S_IFREG | 0400, 9, 10);
	/* What the host adds is the default owner's, until it is given away. */
	host_put(at("added"), "x");
	humfs_shows("added", S_IFREG | 0644, OWNER, GROUP);
	CHECK_INT(humfs_chown("added", 3, 3), 0);
	CHECK_STR(tree_text("file_metadata/added"), "420 3 3\n");
	/* The original has changed the mode: our bits go by the old one. */
	host_put(outside("tree/file_metadata/sh"), "493 0 0\nmode 04711\n");
	humfs_shows("sh", S_IFREG | 0755, 0, 0);
	host_put(outside("tree/file_metadata/sh"), "457 0 0\nmode 04711\n");
	humfs_shows("sh", S_IFREG | 04711, 0, 0);
	humfs_end();
}

static void directories_take_their_mirrors_along(void)
{
	struct host_node *a, *b;

	humfs_begin(HUMFS_TEST_V2);
	a = make_dir(root, "a", 1);
	b = make_dir(a, "b", 2);
	make_file(b, "f", 3);
	CHECK_INT(ops->rename(root, "a", root, "z", 0), 0);
	CHECK_STR(tree_text("dir_metadata/z/metadata"), "493 1 1\n");
	CHECK_STR(tree_text("dir_metadata/z/b/metadata"), "493 2 2\n");
	CHECK_STR(tree_text("file_metadata/z/b/f"), "384 3 3\n");
	CHECK(!there("file_metadata/a") && !there("dir_metadata/a"));
	/* The guest has not told the node its new place: it is found. */
	CHECK_INT(look(b, "f").uid, 3);
	CHECK_INT(ops->place(a, root, "z"), 0);
	CHECK_INT(look(b, "f").uid, 3);
	/* Over an empty one, whose line is not to be the other's. */
	ops->put(make_dir(root, "e", 9));
	CHECK_INT(ops->rename(root, "z", root, "e", 0), 0);
	humfs_shows("e", S_IFDIR | 0755, 1, 1);
	CHECK(!there("lost"));
	/* A file and a directory change places. */
	make_file(root, "x", 5);
	CHECK_INT(ops->rename(root, "x", root, "e", HOST_EXCHANGE), 0);
	humfs_shows("e", S_IFREG | 0600, 5, 5);
	humfs_shows("x", S_IFDIR | 0755, 1, 1);
	CHECK_STR(tree_text("file_metadata/x/b/f"), "384 3 3\n");
	ops->put(b);
	ops->put(a);
	humfs_end();
}

static void a_directory_may_be_called_metadata(void)
{
	struct host_node *d, *m;

	humfs_begin(HUMFS_TEST_V2);
	d = make_dir(root, "d", 1);
	m = make_dir(d, "metadata", 2);
	CHECK_STR(tree_text("dir_metadata/d/metadata-"), "493 1 1\n");
	CHECK_STR(tree_text("dir_metadata/d/metadata/metadata"), "493 2 2\n");
	ops->put(make_dir(d, "metadata-", 3));
	CHECK_STR(tree_text("dir_metadata/d/metadata--"), "493 1 1\n");
	humfs_shows("d", S_IFDIR | 0755, 1, 1);
	CHECK_INT(humfs_chown("d", 4, 4), 0);
	ops->put(m);
	ops->put(d);
	humfs_again(HUMFS_TEST_V2);
	humfs_shows("d", S_IFDIR | 0755, 4, 4);
	make_file(root, "metadata", 7);
	humfs_shows("metadata", S_IFREG | 0600, 7, 7);
	humfs_end();
}

static void links_share_a_line(void)
{
	struct host_node *node;
	struct host_attr attr;
	struct stat st;

	humfs_begin(HUMFS_TEST_V2);
	make_file(root, "a", 1);
	node = find(root, "a");
	CHECK_INT(ops->link(node, NULL, root, "b", &attr), 0);
	must(stat(outside("tree/file_metadata/b"), &st));
	CHECK_INT(st.st_nlink, 2);
	CHECK_INT(humfs_chmod("b", 0751), 0);
	CHECK_STR(tree_text("file_metadata/a"), "489 1 1\n");
	/* The host's file gets a line of its own when it gets a second name. */
	host_put(at("h"), "x");
	ops->put(node);
	node = find(root, "h");
	CHECK_INT(ops->link(node, NULL, root, "h2", &attr), 0);
	CHECK_STR(tree_text("file_metadata/h2"), "420 5000 5001\n");
	CHECK_INT(humfs_chown("h", 2, 2), 0);
	humfs_shows("h2", S_IFREG | 0644, 2, 2);
	ops->put(node);
	humfs_end();
}

/* The node was last seen under a name that is gone. */
static void links_of_a_node_with_a_stale_place_share_a_line(void)
{
	struct host_node *node, *again;
	struct host_file *file;
	struct host_attr attr;
	struct stat st;

	humfs_begin(HUMFS_TEST_V2);
	make_file(root, "a", 1);
	node = find(root, "a");
	CHECK_INT(ops->link(node, NULL, root, "b", &attr), 0);
	CHECK_INT(ops->unlink(root, "a", 0), 0);
	CHECK_INT(ops->link(node, NULL, root, "c", &attr), -ESTALE);
	CHECK_INT(ops->place(node, root, "b"), 0);
	CHECK_INT(ops->link(node, NULL, root, "c", &attr), 0);
	must(stat(outside("tree/file_metadata/c"), &st));
	CHECK_INT(st.st_nlink, 2);
	/* Renamed by another guest: the open file tells where it is. */
	again = find(root, "b");
	file = open_as(again, HOST_READ);
	CHECK_INT(ops->rename(root, "b", root, "e", 0), 0);
	CHECK_INT(ops->link(again, file, root, "f", &attr), 0);
	must(stat(outside("tree/file_metadata/f"), &st));
	CHECK_INT(st.st_nlink, 3);
	CHECK_INT(humfs_chmod("c", 0751), 0);
	humfs_shows("e", S_IFREG | 0751, 1, 1);
	humfs_shows("f", S_IFREG | 0751, 1, 1);
	ops->close(file);
	ops->put(again);
	ops->put(node);
	humfs_end();
}

static void an_open_file_keeps_its_record_without_a_name(void)
{
	const struct host_setattr set = { .set = HOST_SET_MODE, .mode = 0751 };
	struct host_node *node;
	struct host_file *file;
	struct host_attr attr;

	humfs_begin(HUMFS_TEST_V2);
	make_file(root, "f", 1);
	node = find(root, "f");
	file = open_as(node, HOST_READ);
	CHECK_INT(ops->unlink(root, "f", 0), 0);
	make_file(root, "f", 9);	/* not ours */
	CHECK_INT(ops->getattr(node, file, &attr), 0);
	CHECK_INT(attr.uid, 1);
	CHECK_INT(ops->setattr(node, file, &set, &attr), 0);
	CHECK_INT(attr.mode, S_IFREG | 0751);
	humfs_shows("f", S_IFREG | 0600, 9, 9);
	ops->close(file);
	ops->put(node);
	/* Removed by the host. */
	node = find(root, "f");
	file = open_as(node, HOST_READ);
	must(unlink(at("f")));
	must(unlink(outside("tree/file_metadata/f")));
	CHECK_INT(ops->getattr(node, file, &attr), 0);
	CHECK_INT(attr.uid, 9);
	ops->close(file);
	ops->put(node);
	humfs_end();
}

static void another_guest_moves_what_is_in_use(void)
{
	const struct host_setattr set = { .set = HOST_SET_MODE, .mode = 04711 };
	struct host_node *other_root, *d, *f;
	struct host_fs *other;
	struct host_attr attr;

	humfs_begin(HUMFS_TEST_V2);
	d = make_dir(root, "d", 1);
	make_file(d, "f", 2);
	f = find(d, "f");
	other = humfs_other(HUMFS_TEST_V2, &other_root);
	CHECK_INT(ops->rename(other_root, "d", other_root, "e", 0), 0);
	/* Another takes its place. */
	ops->put(make_dir(root, "d", 8));
	CHECK_INT(ops->getattr(d, NULL, &attr), 0);
	CHECK_INT(attr.uid, 1);
	make_file(d, "g", 3);
	CHECK_STR(tree_text("file_metadata/e/g"), "384 3 3\n");
	CHECK_INT(ops->setattr(f, NULL, &set, &attr), 0);
	CHECK_STR(tree_text("file_metadata/e/f"), "457 2 2\nmode 04711\n");
	CHECK_INT(ops->unlink(d, "f", 0), 0);
	CHECK(!there("file_metadata/e/f"));
	/* A directory that the host has removed takes nothing. */
	must(unlink(at("e/g")));
	must(rmdir(at("e")));
	CHECK_INT(ops->mknod(d, "x", &(struct host_new){ .mode = S_IFDIR },
			     &attr), -ENOENT);
	CHECK_INT(ops->create(d, "x", &(struct host_new){ .mode = S_IFREG },
			      HOST_WRITE, &attr, &(struct host_file *){ NULL },
			      &(int){ 0 }), -ENOENT);
	ops->put(f);
	ops->put(d);
	ops->put(other_root);
	ops->unmount(other);
	humfs_end();
}

static void what_was_left_is_nobodys(void)
{
	humfs_begin(HUMFS_TEST_V2);
	/* Lines without objects, as a crash or the host's rm leaves them. */
	host_put(outside("tree/file_metadata/f"), "493 0 0\nmode 04755\n");
	host_dir(outside("tree/file_metadata/d"));
	host_put(outside("tree/file_metadata/d/x"), "493 0 0\nmode 04755\n");
	host_dir(outside("tree/dir_metadata/d"));
	host_put(outside("tree/dir_metadata/d/metadata"), "511 0 0\n");
	make_file(root, "f", 1);
	humfs_shows("f", S_IFREG | 0600, 1, 1);
	ops->put(make_dir(root, "d", 2));
	humfs_shows("d", S_IFDIR | 0755, 2, 2);
	host_put(at("d/x"), "not root's");
	CHECK(!there("file_metadata/d/x"));
	CHECK(there("lost"));
	/* A file where a directory was, and the reverse. */
	host_dir(outside("tree/file_metadata/was"));
	make_file(root, "was", 3);
	humfs_shows("was", S_IFREG | 0600, 3, 3);
	host_put(outside("tree/file_metadata/file"), "493 0 0\n");
	ops->put(make_dir(root, "file", 4));
	humfs_shows("file", S_IFDIR | 0755, 4, 4);
	humfs_end();
}

static void hostile_lines_are_refused_and_reported(void)
{
	static const char *const lines[] = {
		"", "\n", "493", "493 0", "493 4294967296 0\n", "493 -1 0\n",
		"493 0 0 c 1\n", "493 0 0 c -1 5\n", "493 0 0 x\n",
		"493 0 0 d\n", "493 0 0\nroot\n", "493 0 0\nmode 04755",
		"99999999 0 0\n", "493 0 0\nmode 04755\n x", "0x1ff 0 0\n",
	};
	char huge[8192];
	struct host_attr attr;

	humfs_begin(HUMFS_TEST_V2);
	host_put(at("f"), "x");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		host_put(outside("tree/file_metadata/f"), lines[i]);
		reports = 0;
		CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
		CHECK_INT(reports, 1);
		CHECK_INT(humfs_chmod("f", 0755), -EIO);
	}
	memset(huge, '4', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	host_put(outside("tree/file_metadata/f"), huge);
	CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
	must(unlink(outside("tree/file_metadata/f")));
	must(mkfifo(outside("tree/file_metadata/f"), 0600));
	CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
	must(unlink(outside("tree/file_metadata/f")));
	must(symlink("/etc/passwd", outside("tree/file_metadata/f")));
	CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
	must(unlink(outside("tree/file_metadata/f")));
	host_dir(outside("tree/file_metadata/f"));
	CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
	humfs_end();
}

static int mount_tree(struct host_fs **ret)
{
	const struct humfs_mount how = { .side_fd = -1 };
	int fd = open(outside("tree"), O_PATH | O_CLOEXEC);

	must(fd);
	return humfs_mount_fd(fd, &how, ret);
}

static void hostile_superblocks_are_refused(void)
{
	static const char *const supers[] = {
		"", "version 2", "version 4\n", "version 2\nused 1\ntotal 0\n",
		"version 2\nused 2\ntotal 1\n", "version 2\ntotal -1\nused 0\n",
		"version 2\nmetadata tdb\nused 1\ntotal 2\n",
		"version 2\nused 1\ntotal 2\nowner 0:0\n",
		"version 2\nversion 2\nused 1\ntotal 2\n",
		"version 2\nused 1\ntotal 99999999999999999999\n",
	};
	struct host_fs *mounted;

	humfs_begin(HUMFS_TEST_V2);
	for (size_t i = 0; i < sizeof(supers) / sizeof(supers[0]); i++) {
		host_put(outside("tree/superblock"), supers[i]);
		CHECK_INT(mount_tree(&mounted), -EIO);
	}
	host_put(outside("tree/superblock"), "version 2\nused 1\ntotal 2\n");
	CHECK_INT(mount_tree(&mounted), 0);
	mounted->ops->unmount(mounted);
	humfs_end();
}

static void version_1_is_read(void)
{
	struct host_fs *v2, *v1;
	struct host_node *v2_root = NULL;
	struct host_attr attr;

	humfs_begin(HUMFS_TEST_V2);
	host_put(at("f"), "x");
	must(chmod(at("f"), 0640));
	host_dir(at("d"));
	host_dir(outside("tree/metadata"));
	host_dir(outside("tree/metadata/d"));
	host_put(outside("tree/metadata/metadata"), "0 0\n");
	host_put(outside("tree/metadata/f"), "1 2\n");
	host_put(outside("tree/metadata/d/metadata"), "3 4");
	host_put(outside("tree/superblock"), "version 1\nused 1\ntotal 2\n");
	CHECK_INT(mount_tree(&v1), 0);
	v2 = fs;
	v2_root = root;
	fs = v1;
	CHECK_INT(ops->root(v1, &attr, &root), 0);
	CHECK_INT(attr.uid, 0);
	humfs_shows("f", S_IFREG | 0640, 1, 2);
	humfs_shows("d", S_IFDIR | 0755, 3, 4);
	CHECK_INT(humfs_make("n", S_IFREG | 0600, 1, 1), -EROFS);
	CHECK_INT(humfs_make("l", S_IFLNK, 1, 1), -EROFS);
	CHECK_INT(humfs_chmod("f", 0600), -EROFS);
	CHECK_INT(ops->unlink(root, "f", 0), -EROFS);
	CHECK_INT(ops->rename(root, "f", root, "g", 0), -EROFS);
	ops->put(root);
	ops->unmount(v1);
	fs = v2;
	root = v2_root;
	humfs_end();
}

static uint64_t ino_of(const char *path)
{
	struct stat st;

	must(lstat(outside("tree/%s", path), &st));
	return st.st_ino;
}

static void a_rename_cut_short_is_ended(void)
{
	char note[512];

	humfs_begin(HUMFS_TEST_V2);
	make_file(root, "f", 1);
	make_file(root, "g", 2);
	ops->put(make_dir(root, "d", 3));
	ops->put(make_dir(root, "e", 4));
	/* Both have moved; the mirrors have not. */
	snprintf(note, sizeof(note), "rename %llx %llx %llx 0 0 1 f g",
		 (unsigned long long)ino_of("data/f"),
		 (unsigned long long)ino_of("file_metadata/f"),
		 (unsigned long long)ino_of("file_metadata/g"));
	must(rename(at("f"), at("g")));
	must(symlink(note, outside("tree/move")));
	humfs_again(HUMFS_TEST_V2);
	humfs_shows("g", S_IFREG | 0600, 1, 1);
	CHECK(!there("move") && !there("file_metadata/f"));
	snprintf(note, sizeof(note), "rename %llx %llx %llx %llx %llx 1 d e",
		 (unsigned long long)ino_of("data/d"),
		 (unsigned long long)ino_of("file_metadata/d"),
		 (unsigned long long)ino_of("file_metadata/e"),
		 (unsigned long long)ino_of("dir_metadata/d"),
		 (unsigned long long)ino_of("dir_metadata/e"));
	must(rename(at("d"), at("e")));
	must(symlink(note, outside("tree/move")));
	humfs_again(HUMFS_TEST_V2);
	humfs_shows("e", S_IFDIR | 0755, 3, 3);
	CHECK(!there("move") && !there("dir_metadata/d"));
	humfs_end();
}

/* Nothing is guessed while there is a note that nobody understands. */
static void a_broken_note_lets_nothing_be_read(void)
{
	static const char *const notes[] = {
		"rename", "rename 1 2 3 4 5 1 f", "rename 1 2 3 4 5 9 f g",
		"rename 1 2 3 4 5 4 ../f g", "exchange 1 2 3 4 5 1 f g/../..",
		"move 1 2 3 4 5 1 f g",
	};
	struct host_attr attr;

	humfs_begin(HUMFS_TEST_V2);
	make_file(root, "f", 1);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		struct host_fs *mounted;

		must(symlink(notes[i], outside("tree/move")));
		CHECK_INT(mount_tree(&mounted), 0);
		mounted->ops->unmount(mounted);
		CHECK_INT(ops->lookup(root, "f", 0, &attr), -EIO);
		must(unlink(outside("tree/move")));
		CHECK_INT(ops->lookup(root, "f", 0, &attr), 0);
	}
	humfs_end();
}

static void paths_have_any_length(void)
{
	char name[201];
	struct host_node *dir, *below;
	struct host_attr attr;

	memset(name, 'n', 200);
	name[200] = '\0';
	humfs_begin(HUMFS_TEST_V2);
	dir = host_node_get(root);
	for (uint32_t i = 0; i < 30; i++) {
		below = make_dir(dir, name, i + 1);
		ops->put(dir);
		dir = below;
	}
	make_file(dir, "f", 77);
	CHECK_INT(look(dir, "f").uid, 77);
	CHECK_INT(ops->rename(dir, "f", dir, "g", 0), 0);
	make_file(dir, "f", 78);
	CHECK_INT(ops->rename(dir, "f", dir, "g", 0), 0);
	CHECK_INT(look(dir, "g").uid, 78);
	CHECK_INT(ops->unlink(dir, "g", 0), 0);
	CHECK_INT(ops->lookup(dir, "g", 0, &attr), -ENOENT);
	ops->put(dir);
	humfs_end();
}

static const struct tap_case cases[] = {
	TAP_CASE(lines_are_as_the_original_has_them),
	TAP_CASE(a_tree_of_the_original_is_shown),
	TAP_CASE(directories_take_their_mirrors_along),
	TAP_CASE(a_directory_may_be_called_metadata),
	TAP_CASE(links_share_a_line),
	TAP_CASE(links_of_a_node_with_a_stale_place_share_a_line),
	TAP_CASE(an_open_file_keeps_its_record_without_a_name),
	TAP_CASE(another_guest_moves_what_is_in_use),
	TAP_CASE(what_was_left_is_nobodys),
	TAP_CASE(hostile_lines_are_refused_and_reported),
	TAP_CASE(hostile_superblocks_are_refused),
	TAP_CASE(version_1_is_read),
	TAP_CASE(a_rename_cut_short_is_ended),
	TAP_CASE(a_broken_note_lets_nothing_be_read),
	TAP_CASE(paths_have_any_length),
};

TEST_MAIN(cases)
