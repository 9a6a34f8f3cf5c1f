// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_watch - news of what others do, and none of what we do ourselves
 *
 * "Others" is a child process, or a forked one that does what a test says.
 */
#include "test.h"
#include "../host_own_user.h"
#include "../host_watch_user.h"

#include <stdio.h>
#include <sys/wait.h>

#define MOST	4096

static char seen[MOST];
static uint32_t cookies[64];
static int cookie_count;

static const char *event_name(uint32_t mask)
{
	static const char *const names[] = {
		"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE",
		"OPEN", "MOVED_FROM", "MOVED_TO", "CREATE", "DELETE",
		"DELETE_SELF", "MOVE_SELF", "?", "UNMOUNT", "OVERFLOW",
		"IGNORED",
	};

	for (int i = 0; i < 16; i++) {
		if (mask & (1u << i))
			return names[i];
	}
	return "nothing";
}

static void note(const struct host_news *news)
{
	size_t length = strlen(seen);

	snprintf(seen + length, sizeof(seen) - length, "%s%s%s%s;",
		 event_name(news->mask),
		 news->mask & HOST_EVENT_DIR ? ",DIR" : "",
		 news->length ? " " : "", news->name);
	if (news->cookie && cookie_count < 64)
		cookies[cookie_count++] = news->cookie;
}

/* All that there is, as text: "CREATE f;OPEN f;". */
static const char *news(void)
{
	static _Alignas(8) unsigned char buffer[2048];
	int patience = 1000;
	int64_t size;

	seen[0] = '\0';
	cookie_count = 0;
	do {
		size = host_watch_read(buffer, sizeof(buffer), patience <= 0);
		if (size == -EBUSY) {
			patience--;
			(void)usleep(100);
			continue;
		}
		CHECK(size >= 0);
		for (int64_t at = 0; at < size; ) {
			const struct host_news *one = (const void *)(buffer + at);

			note(one);
			at += one->reclen;
		}
	} while (size > 0 || size == -EBUSY);
	return seen;
}

/* Watch node; the number. */
static int32_t watch(struct host_node *node, uint32_t mask)
{
	int32_t wd = -1;

	CHECK_INT(ops->watch(node, mask, 0, &wd), 0);
	return wd;
}

static void start(void)
{
	static bool begun;

	/* Before begin(), which counts descriptors. */
	if (!begun) {
		CHECK_INT(host_init(0), 0);
		CHECK(host_watch_start(HOST_WATCH_FANOTIFY, 0) >= 0);
		begun = true;
	}
	begin(0);
}

/* In a process of its own. */
static void others(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	must(pid);
	if (pid == 0) {
		act();
		_exit(0);
	}
	must(waitpid(pid, &status, 0));
	CHECK_INT(status, 0);
}

static void put_f(void)
{
	host_put(at("f"), "hello");
}

static void append_f(void)
{
	int fd = open(at("f"), O_WRONLY | O_APPEND);

	must(write(fd, "x", 1));
	must(close(fd));
}

static void remove_f(void)
{
	must(unlink(at("f")));
}

static void many_things(void)
{
	must(mkdir(at("d"), 0755));
	must(chmod(at("d"), 0700));
	must(rename(at("f"), at("d/g")));
	must(rename(at("d/g"), at("h")));
	must(rename(at("h"), at("i")));
	must(unlink(at("i")));
	must(rmdir(at("d")));
}

#define PUT	"CREATE f;OPEN f;MODIFY f;CLOSE_WRITE f;"

static void what_others_do_is_told_in_order(void)
{
	int32_t wd;

	start();
	wd = watch(root, HOST_EVENT_ALL);
	others(put_f);
	CHECK_STR(news(), PUT);
	CHECK_STR(news(), "");
	others(append_f);
	others(append_f);
	CHECK_STR(news(), "OPEN f;MODIFY f;CLOSE_WRITE f;"
			  "OPEN f;MODIFY f;CLOSE_WRITE f;");
	others(many_things);
	CHECK_STR(news(), "CREATE,DIR d;ATTRIB,DIR d;MOVED_FROM f;MOVED_TO h;"
			  "MOVED_FROM h;MOVED_TO i;DELETE i;DELETE,DIR d;");
	CHECK_INT(cookie_count, 4);
	CHECK(cookies[2] == cookies[3] && cookies[1] != cookies[2]);
	host_watch_drop(wd);
	end();
}

/* One process, so that fanotify merges what inotify tells one by one. */
static void twice(void)
{
	put_f();
	remove_f();
	put_f();
	append_f();
}

static void nothing_is_merged(void)
{
	int32_t wd;

	start();
	wd = watch(root, HOST_EVENT_ALL);
	others(twice);
	CHECK_STR(news(), PUT "DELETE f;" PUT "OPEN f;MODIFY f;CLOSE_WRITE f;");
	host_watch_drop(wd);
	end();
}

static void what_we_do_is_left_out(void)
{
	struct host_node *dir;
	int32_t wd, below;

	start();
	if (host_watch_kind() != HOST_WATCH_FANOTIFY) {
		tap_skipped = "this host has no fanotify for us";
		end();
		return;
	}
	wd = watch(root, HOST_EVENT_ALL);
	put_f();
	many_things();
	CHECK_STR(news(), "");
	must(mkdir(at("d"), 0755));
	dir = find(root, "d");
	below = watch(dir, HOST_EVENT_ALL);
	must(chmod(at("d"), 0700));
	must(rename(at("d"), at("e")));
	host_put(at("e/f"), "");
	must(chmod(at("e/f"), 0600));
	CHECK_STR(news(), "");
	/* and they do not hide what comes later */
	others(put_f);
	CHECK_STR(news(), PUT);
	host_watch_drop(below);
	ops->put(dir);
	host_watch_drop(wd);
	end();
}

/* Our own deeds between those of others, on the same name and on others. */
static void what_others_do_is_told_among_ours(void)
{
	int32_t wd;

	start();
	if (host_watch_kind() != HOST_WATCH_FANOTIFY) {
		tap_skipped = "this host has no fanotify for us";
		end();
		return;
	}
	host_put(at("f"), "");
	wd = watch(root, HOST_EVENT_MODIFY | HOST_EVENT_CREATE);
	for (int i = 0; i < 200; i++) {
		host_put(at("ours%d", i), "");
		append_f();
		if (i % 50 == 0)
			others(append_f);
	}
	CHECK(strstr(news(), "MODIFY f;"));
	CHECK(!strstr(seen, "ours"));
	append_f();
	CHECK_STR(news(), "");
	others(append_f);
	CHECK_STR(news(), "MODIFY f;");
	host_watch_drop(wd);
	end();
}

static void file_without_its_directory(void)
{
	struct host_node *node;
	int32_t wd;

	start();
	put_f();
	node = find(root, "f");
	wd = watch(node, HOST_EVENT_ALL);
	append_f();
	if (host_watch_kind() == HOST_WATCH_FANOTIFY)
		CHECK_STR(news(), "");
	(void)news();
	others(append_f);
	CHECK_STR(news(), "OPEN;MODIFY;CLOSE_WRITE;");
	others(remove_f);
	CHECK(strstr(news(), "ATTRIB;"));
	/* The end comes when nobody holds it any more: our cache did. */
	(void)host_cache_shrink(0);
	CHECK_STR(news(), "DELETE_SELF;IGNORED;");
	host_watch_drop(wd);
	ops->put(node);
	end();
}

static void dropped_watches_are_counted(void)
{
	struct host_fs *again;
	struct host_node *root2;
	uint32_t limit;
	int32_t wd, wd2;

	start();
	CHECK_INT(host_watch_count(&limit), 0);
	CHECK(limit > 0);
	wd = watch(root, HOST_EVENT_CREATE);
	again = mount_again(0, &root2);
	wd2 = watch(root2, HOST_EVENT_DELETE);
	CHECK_INT(wd2, wd);
	CHECK_INT(host_watch_count(&limit), 1);
	host_watch_drop(wd);
	CHECK_INT(host_watch_count(&limit), 1);
	others(put_f);
	others(remove_f);
	CHECK_STR(news(), "CREATE f;DELETE f;");
	CHECK_INT(ops->watch(root2, HOST_EVENT_DELETE, 1, &wd2), 0);
	others(put_f);
	others(remove_f);
	CHECK_STR(news(), "DELETE f;");
	host_watch_drop(wd2);
	CHECK_INT(host_watch_count(&limit), 0);
	CHECK_STR(news(), "");
	others(put_f);
	CHECK_STR(news(), "");
	host_watch_drop(wd2);
	ops->put(root2);
	ops->unmount(again);
	end();
}

static void many(void)
{
	for (int i = 0; i < 10000; i++) {
		must(rename(at("f"), at("g")));
		must(rename(at("g"), at("f")));
	}
}

/* --- without fanotify ----------------------------------------------------- */

static int fanotify_was;

static int32_t start_without(void)
{
	start();
	fanotify_was = host_fanotify;
	host_fanotify = -1;
	CHECK_INT(host_watch_kind(), HOST_WATCH_INOTIFY);
	return watch(root, HOST_EVENT_ALL);
}

static void end_without(int32_t wd)
{
	host_watch_drop(wd);
	CHECK_INT(host_own_watches, 0);
	host_fanotify = fanotify_was;
	end();
}

static void set_of(struct host_node *node, struct host_file *file, uint32_t set)
{
	struct host_setattr what = { .set = set, .mode = 0640, .size = 3 };
	struct host_attr attr;

	CHECK_INT(ops->setattr(node, file, &what, &attr), 0);
}

/* Every operation that the host tells of. */
static void do_everything(void)
{
	static _Alignas(8) char entries[4096], value[64];
	struct host_iovec iov = { value, sizeof(value) };
	const struct host_new dir_new = new_of(S_IFDIR | 02755);
	const struct host_new pipe_new = new_of(S_IFIFO | 0644);
	struct host_file *file, *other, *list;
	struct host_node *node;
	struct host_attr attr;

	file = make(root, "own", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "hello", 0, 0), 5);
	CHECK_INT(ops->read(file, &iov, 1, 0, 0), 5);
	(void)ops->fallocate(file, 0, 0, 100);
	node = find(root, "own");
	set_of(node, NULL, HOST_SET_MODE);
	set_of(node, file, HOST_SET_SIZE);
	set_of(node, NULL, HOST_SET_SIZE);
	set_of(node, NULL, HOST_SET_MTIME | HOST_SET_ATIME | HOST_SET_ATIME_NOW);
	set_of(node, NULL, HOST_SET_MTIME);
	set_of(node, NULL, HOST_SET_ATIME);
	(void)ops->setxattr(node, NULL, "user.a", "b", 1, 0);
	(void)ops->removexattr(node, file, "user.a");
	other = open_as(node, HOST_READ | HOST_WRITE | HOST_TRUNC);
	CHECK_INT(write_at(other, "more", 0, 0), 4);
	(void)ops->copy(other, 0, file, 10, 4);
	CHECK_INT(ops->link(node, NULL, root, "own2", &attr), 0);
	CHECK_INT(ops->rename(root, "own", root, "own3", 0), 0);
	CHECK_INT(write_at(other, "renamed", 0, 0), 7);
	CHECK_INT(ops->mknod(root, "sub", &dir_new, &attr), 0);
	CHECK_INT(ops->mknod(root, "pipe", &pipe_new, &attr), 0);
	CHECK_INT(ops->symlink(root, "link", "x", &pipe_new, &attr), 0);
	CHECK_INT(ops->rename(root, "link", root, "pipe", HOST_EXCHANGE), 0);
	CHECK_INT(ops->rename(root, "own2", root, "pipe", 0), 0);
	list = open_as(root, HOST_READ | HOST_DIRECTORY);
	CHECK(ops->readdir(list, 0, entries, sizeof(entries)) > 0);
	ops->close(list);
	CHECK_INT(ops->unlink(root, "own3", 0), 0);
	CHECK_INT(ops->unlink(root, "pipe", 0), 0);
	CHECK_INT(ops->unlink(root, "link", 0), 0);
	CHECK_INT(ops->unlink(root, "sub", 1), 0);
	CHECK_INT(write_at(other, "gone", 0, 0), 4);
	ops->close(file);
	ops->close(other);
	ops->put(node);
	if (ops->tmpfile(root, &dir_new, HOST_READ | HOST_WRITE, &attr,
			 &file) == 0) {
		CHECK_INT(write_at(file, "unnamed", 0, 0), 7);
		ops->close(file);
	}
}

static void without_fanotify_own_calls_are_left_out(void)
{
	int32_t wd = start_without(), sub;
	struct host_node *dir, *node;
	struct host_file *file;

	do_everything();
	CHECK_STR(news(), "");
	/* A file and a directory that are watched themselves, and its parent. */
	ops->close(make(root, "file", 0644, HOST_READ | HOST_WRITE));
	host_dir(at("dir"));
	node = find(root, "file");
	dir = find(root, "dir");
	sub = watch(dir, HOST_EVENT_ALL);
	CHECK_INT(watch(node, HOST_EVENT_ALL) >= 0, 1);
	(void)news();
	file = open_as(node, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "x", 0, 0), 1);
	set_of(node, file, HOST_SET_MODE);
	set_of(dir, NULL, HOST_SET_MTIME | HOST_SET_ATIME);
	CHECK_INT(ops->rename(root, "file", dir, "file2", 0), 0);
	CHECK_INT(write_at(file, "y", 0, 0), 1);
	ops->close(file);
	CHECK_STR(news(), "");
	/* What others do to it is not. */
	must(truncate(at("dir/file2"), 1));
	must(chmod(at("dir/file2"), 0600));
	CHECK_STR(news(), "MODIFY file2;MODIFY;ATTRIB file2;ATTRIB;");
	host_watch_drop(host_watch_of(&node->id));
	host_watch_drop(sub);
	ops->put(node);
	ops->put(dir);
	end_without(wd);
}

/* The same events on the same name, as close together as they come. */
static void without_fanotify_equal_events_are_told_apart(void)
{
	int32_t wd = start_without();
	struct host_file *file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	int hand = open(at("f"), O_WRONLY);
	unsigned int told = 0;

	CHECK_STR(news(), "OPEN f;");
	for (int i = 0; i < 100; i++) {
		CHECK_INT(write_at(file, "ours", 0, 0), 4);
		must(write(hand, "theirs", 6));
		CHECK_INT(write_at(file, "ours", 0, 0), 4);
	}
	(void)news();
	for (const char *s = seen; (s = strstr(s, "MODIFY f;")); s++)
		told++;
	CHECK_INT(told, 100);
	CHECK_INT(write_at(file, "ours", 0, 0), 4);
	CHECK_STR(news(), "");
	must(close(hand));
	CHECK_STR(news(), "CLOSE_WRITE f;");
	ops->close(file);
	end_without(wd);
}

/* Calls that nobody reads the marks of: bounded, and later all is well again. */
static void without_fanotify_unread_calls_are_bounded(void)
{
	static _Alignas(8) unsigned char buffer[65536];
	int32_t wd = start_without();
	struct host_file *file = make(root, "f", 0644, HOST_READ | HOST_WRITE);

	for (int i = 0; i < 5000; i++)
		CHECK_INT(write_at(file, "ours", 0, 0), 4);
	while (host_watch_read(buffer, sizeof(buffer), 1) > 0)
		;
	CHECK_INT(write_at(file, "ours", 0, 0), 4);
	CHECK_STR(news(), "");
	/* Events are lost: marks, too. */
	others(many);
	while (host_watch_read(buffer, sizeof(buffer), 1) > 0)
		;
	CHECK_INT(write_at(file, "ours", 0, 0), 4);
	CHECK_STR(news(), "");
	others(append_f);
	CHECK_STR(news(), "OPEN f;MODIFY f;CLOSE_WRITE f;");
	ops->close(file);
	CHECK_STR(news(), "");
	end_without(wd);
}

/* Several threads, several names; the reader reads meanwhile. */
static void *writer(void *name)
{
	struct host_file *file = make(root, name, 0644, HOST_READ | HOST_WRITE);

	for (int i = 0; i < 500; i++)
		CHECK_INT(write_at(file, "ours", 0, 0), 4);
	ops->close(file);
	CHECK_INT(ops->unlink(root, name, 0), 0);
	return NULL;
}

static void without_fanotify_threads_are_told_apart(void)
{
	static _Alignas(8) unsigned char buffer[2048];
	static char names[4][4] = { "a0", "a1", "a2", "a3" };
	int32_t wd = start_without();
	pthread_t threads[4];
	int64_t size, told = 0;

	for (int i = 0; i < 4; i++)
		must(-pthread_create(&threads[i], NULL, writer, names[i]));
	for (int i = 0; i < 20; i++) {
		others(put_f);
		others(remove_f);
		while ((size = host_watch_read(buffer, sizeof(buffer), 0)) > 0)
			told += size;
	}
	for (int i = 0; i < 4; i++)
		must(-pthread_join(threads[i], NULL));
	CHECK(told > 0);
	(void)news();
	CHECK(!strstr(seen, " a"));
	end_without(wd);
}

static void lost_events_are_told(void)
{
	static _Alignas(8) unsigned char buffer[65536];
	bool overflow = false;
	int64_t size;
	int32_t wd;

	start();
	put_f();
	wd = watch(root, HOST_EVENT_MOVED_FROM | HOST_EVENT_MOVED_TO);
	others(many);
	while ((size = host_watch_read(buffer, sizeof(buffer), 1)) > 0) {
		for (int64_t at = 0; at < size; ) {
			const struct host_news *one = (const void *)(buffer + at);

			overflow |= one->mask & HOST_EVENT_OVERFLOW;
			at += one->reclen;
		}
	}
	CHECK(overflow);
	others(remove_f);
	host_watch_drop(wd);
	end();
}

static void nothing_to_watch_is_an_error(void)
{
	struct host_node *node;
	int32_t wd;

	start();
	CHECK_INT(ops->watch(root, 0, 0, &wd), -EOPNOTSUPP);
	put_f();
	node = find(root, "f");
	(void)host_cache_shrink(0);
	remove_f();
	CHECK_INT(ops->watch(node, HOST_EVENT_ALL, 0, &wd), -ESTALE);
	ops->put(node);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(what_others_do_is_told_in_order),
	TAP_CASE(nothing_is_merged),
	TAP_CASE(what_we_do_is_left_out),
	TAP_CASE(what_others_do_is_told_among_ours),
	TAP_CASE(file_without_its_directory),
	TAP_CASE(dropped_watches_are_counted),
	TAP_CASE(without_fanotify_own_calls_are_left_out),
	TAP_CASE(without_fanotify_equal_events_are_told_apart),
	TAP_CASE(without_fanotify_unread_calls_are_bounded),
	TAP_CASE(without_fanotify_threads_are_told_apart),
	TAP_CASE(lost_events_are_told),
	TAP_CASE(nothing_to_watch_is_an_error),
};

TEST_MAIN(cases)
