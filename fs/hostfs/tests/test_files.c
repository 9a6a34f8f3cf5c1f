// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_files - reading, writing, listing, ranges and locks of open files
 */
#include "test.h"

#include <dirent.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <signal.h>
#include <sys/wait.h>

static void read_and_write_scatter(void)
{
	char a[3] = "", b[4] = "";
	struct host_iovec out[] = { { "hel", 3 }, { "lo", 2 } };
	struct host_iovec in[] = { { a, 2 }, { b, 3 } };
	struct host_file *file;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(ops->write(file, out, 2, 1ull << 33, 0), 5);
	CHECK_INT(ops->read(file, in, 2, 1ull << 33, 0), 5);
	CHECK_STR(a, "he");
	CHECK_STR(b, "llo");
	CHECK_INT(ops->read(file, in, 2, (1ull << 33) + 3, 0), 2);
	CHECK_INT(ops->read(file, in, 2, 1ull << 34, 0), 0);
	CHECK_INT(ops->read(file, in, 0, 0, 0), 0);
	CHECK_INT(ops->read(file, in, 1, UINT64_MAX, 0), -EINVAL);
	CHECK_INT(ops->write(file, out, 1, UINT64_MAX, 0), -EINVAL);
	ops->close(file);
	end();
}

/* More pieces than the host takes at once: short, not refused. */
static void too_many_pieces_are_a_short_count(void)
{
	static struct host_iovec iov[3000];
	static char byte[1];
	struct host_file *file;

	begin(0);
	for (size_t i = 0; i < 3000; i++)
		iov[i] = (struct host_iovec){ byte, 1 };
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(ops->write(file, iov, 3000, 0, 0), 1024);
	CHECK_INT(ops->read(file, iov, 3000, 0, 0), 1024);
	ops->close(file);
	end();
}

static void io_flags_are_taken(void)
{
	struct host_file *file;
	struct host_iovec iov = { (char[8]){ 0 }, 8 };
	int64_t result;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "12345678", 0, HOST_IO_SYNC), 8);
	CHECK_INT(write_at(file, "12345678", 8, HOST_IO_DSYNC), 8);
	/* in the cache now; some file systems cannot promise */
	result = ops->read(file, &iov, 1, 0, HOST_NOWAIT);
	CHECK(result == 8 || result == -EOPNOTSUPP);
	result = write_at(file, "87654321", 0, HOST_NOWAIT);
	CHECK(result == 8 || result == -EAGAIN || result == -EOPNOTSUPP);
	CHECK_INT(ops->fsync(file, 0), 0);
	CHECK_INT(ops->fsync(file, 1), 0);
	ops->close(file);
	end();
}

static void append_is_the_hosts(void)
{
	struct host_file *file, *plain;
	struct host_node *node;

	begin(0);
	host_put(at("f"), "abc");
	node = find(root, "f");
	file = open_as(node, HOST_READ | HOST_WRITE | HOST_APPEND);
	plain = open_as(node, HOST_WRITE);
	CHECK_INT(write_at(file, "d", 0, 0), 1);
	CHECK(host_has(at("f"), "abcd"));
	/* fcntl(F_SETFL) of the guest, both ways */
	CHECK_INT(write_at(file, "A", 0, HOST_IO_NOAPPEND), 1);
	CHECK(host_has(at("f"), "Abcd"));
	CHECK_INT(write_at(file, "e", 0, HOST_IO_APPEND), 1);
	CHECK_INT(write_at(plain, "f", 0, HOST_IO_APPEND), 1);
	CHECK_INT(write_at(plain, "B", 1, HOST_IO_NOAPPEND), 1);
	CHECK_INT(write_at(file, "g", 0, 0), 1);
	CHECK(host_has(at("f"), "ABcdefg"));
	ops->close(plain);
	ops->close(file);
	ops->put(node);
	end();
}

#define ENTRIES 500

/* List from `position` with a buffer of `size`. Return: entries seen. */
static int list(struct host_file *dir, int64_t position, size_t size,
		uint8_t *seen, int64_t *ret_middle)
{
	_Alignas(8) char buffer[4096];
	int64_t bytes;
	int count = 0;

	while ((bytes = ops->readdir(dir, position, buffer, size)) > 0) {
		for (int64_t at = 0; at < bytes; ) {
			struct host_dirent *entry = (void *)(buffer + at);
			int n;

			position = entry->next;
			at += entry->reclen;
			if (sscanf(entry->name, "n%d", &n) == 1) {
				seen[n]++;
				if (++count == ENTRIES / 2 && ret_middle)
					*ret_middle = position;
			}
		}
	}
	CHECK_INT(bytes, 0);
	return count;
}

static void readdir_lists_each_entry_once(void)
{
	uint8_t seen[ENTRIES] = { 0 }, rest[ENTRIES] = { 0 };
	struct host_file *dir;
	int64_t middle = 0;
	char byte[8];

	begin(0);
	for (int i = 0; i < ENTRIES; i++)
		host_put(at("n%d", i), "");
	dir = open_as(root, HOST_READ | HOST_DIRECTORY);
	CHECK_INT(list(dir, 0, 4096, seen, &middle), ENTRIES);
	for (int i = 0; i < ENTRIES; i++)
		CHECK_INT(seen[i], 1);
	/* again from the start, in small pieces, and from a position */
	CHECK_INT(list(dir, 0, 300, seen, NULL), ENTRIES);
	CHECK_INT(list(dir, middle, 4096, rest, NULL), ENTRIES - ENTRIES / 2);
	CHECK_INT(ops->readdir(dir, 0, byte, sizeof(byte)), -EINVAL);
	CHECK_INT(ops->readdir(dir, -1, seen, sizeof(seen)), -EINVAL);
	CHECK_INT(list(dir, 0, 4096, seen, NULL), ENTRIES);
	ops->close(dir);
	end();
}

/* An open file is no directory; a listing in one go takes no seek. */
static void readdir_counts(void)
{
	struct host_file *dir, *file;
	uint8_t seen[ENTRIES] = { 0 };
	uint64_t before;
	char buffer[64];

	begin(0);
	host_put(at("n1"), "");
	file = make(root, "f", 0644, HOST_READ);
	CHECK_INT(ops->readdir(file, 0, buffer, sizeof(buffer)), -ENOTDIR);
	ops->close(file);
	dir = open_as(root, HOST_READ);
	before = host_count(HOST_COUNT_READDIR);
	CHECK_INT(list(dir, 0, 4096, seen, NULL), 1);
	CHECK_INT(host_count(HOST_COUNT_READDIR) - before, 2);
	ops->close(dir);
	end();
}

static void holes_are_made_and_found(void)
{
	struct host_file *file;
	struct host_attr attr;
	int error;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	error = ops->fallocate(file, 0, 0, 1 << 20);
	if (error == -EOPNOTSUPP) {
		ops->close(file);
		end();
		TAP_SKIP("no fallocate here");
	}
	CHECK_INT(error, 0);
	CHECK_INT(ops->getattr(NULL, file, &attr), 0);
	CHECK_INT(attr.size, 1 << 20);
	CHECK_INT(ops->fallocate(file, FALLOC_FL_KEEP_SIZE, 1 << 20, 4096), 0);
	CHECK_INT(ops->getattr(NULL, file, &attr), 0);
	CHECK_INT(attr.size, 1 << 20);
	CHECK_INT(write_at(file, "data", 512 << 10, 0), 4);
	CHECK_INT(ops->fallocate(file, FALLOC_FL_PUNCH_HOLE |
				 FALLOC_FL_KEEP_SIZE, 0, 512 << 10), 0);
	CHECK_INT(ops->seek(file, 0, 0), 0);
	CHECK_INT(ops->seek(file, 0, 1), 512 << 10);
	CHECK_INT(ops->seek(file, 1 << 21, 1), -ENXIO);
	CHECK_INT(ops->seek(file, UINT64_MAX, 1), -ENXIO);
	CHECK_INT(ops->fallocate(file, 0, 0, 0), -EINVAL);
	CHECK_INT(ops->fallocate(file, 0, UINT64_MAX, 1), -EFBIG);
	ops->close(file);
	end();
}

static void copy_copies_a_range(void)
{
	struct host_file *in, *out;

	begin(0);
	in = make(root, "in", 0644, HOST_READ | HOST_WRITE);
	out = make(root, "out", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(in, "0123456789", 0, 0), 10);
	CHECK_INT(ops->copy(in, 2, out, 1, 5), 5);
	CHECK_INT(ops->copy(in, 8, out, 6, 50), 2);
	CHECK_INT(ops->copy(in, 50, out, 6, 50), 0);
	CHECK_INT(ops->copy(in, UINT64_MAX, out, 6, 50), -EINVAL);
	{
		char buffer[16];
		struct host_iovec iov = { buffer, sizeof(buffer) };

		CHECK_INT(ops->read(out, &iov, 1, 0, 0), 8);
		CHECK(!memcmp(buffer, "\0" "2345689", 8));
	}
	ops->close(out);
	ops->close(in);
	end();
}

static void clone_and_dedupe_share_ranges(void)
{
	static char block[65536];
	struct host_iovec iov = { block, sizeof(block) };
	struct host_file *in, *out;
	int error;

	begin(0);
	memset(block, 'b', sizeof(block));
	in = make(root, "in", 0644, HOST_READ | HOST_WRITE);
	out = make(root, "out", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(ops->write(in, &iov, 1, 0, 0), sizeof(block));
	CHECK_INT(ops->write(out, &iov, 1, 0, 0), sizeof(block));
	error = ops->clone(in, 0, out, 0, 0);
	if (error) {
		/* ext4 and tmpfs cannot; the answer is still an answer */
		CHECK(error == -EOPNOTSUPP || error == -ENOTTY);
		CHECK(ops->dedupe(in, 0, out, 0, sizeof(block)) < 0);
		ops->close(out);
		ops->close(in);
		end();
		TAP_SKIP("no shared ranges here");
	}
	CHECK_INT(ops->dedupe(in, 0, out, 0, sizeof(block)), sizeof(block));
	CHECK_INT(write_at(out, "other", 0, 0), 5);
	CHECK_INT(ops->dedupe(in, 0, out, 0, sizeof(block)), -EBADE);
	ops->close(out);
	ops->close(in);
	end();
}

static void inode_flags_go_to_the_host(void)
{
	struct host_file *file;
	uint32_t flags, now;
	int error;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	error = ops->getflags(file, &flags);
	if (error) {
		ops->close(file);
		end();
		TAP_SKIP("no inode flags here");
	}
	CHECK_INT(ops->setflags(file, flags | FS_NODUMP_FL), 0);
	CHECK_INT(ops->getflags(file, &now), 0);
	CHECK_INT(now, flags | FS_NODUMP_FL);
	/* only with the capability */
	error = ops->setflags(file, flags | FS_IMMUTABLE_FL);
	CHECK(geteuid() == 0 ? error == 0 || error == -EPERM : error == -EPERM);
	CHECK_INT(ops->setflags(file, flags), 0);
	ops->close(file);
	end();
}

/* A process of the host: what does its own lock meet? Return: errno or 0. */
static int host_locks(const char *path, int operation, short type, off_t start)
{
	pid_t pid = fork();
	int status;

	must(pid);
	if (pid == 0) {
		struct flock lock = { .l_type = type, .l_start = start,
				      .l_len = 1 };
		int fd = open(path, O_RDWR);

		if (operation)
			_exit(flock(fd, operation | LOCK_NB) ? errno : 0);
		_exit(fcntl(fd, F_SETLK, &lock) ? errno : 0);
	}
	must(waitpid(pid, &status, 0));
	return WEXITSTATUS(status);
}

static void locks_exclude_the_host(void)
{
	struct host_lock lock = { .kind = HOST_LOCK_POSIX,
				  .type = HOST_LOCK_WRITE,
				  .start = 10, .length = 5 };
	struct host_file *file;

	begin(0);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(ops->setlock(file, &lock), 0);
	CHECK_INT(host_locks(at("f"), 0, F_RDLCK, 10), EAGAIN);
	CHECK_INT(host_locks(at("f"), 0, F_WRLCK, 15), 0);
	lock.type = HOST_LOCK_READ;
	CHECK_INT(ops->setlock(file, &lock), 0);
	CHECK_INT(host_locks(at("f"), 0, F_RDLCK, 10), 0);
	CHECK_INT(host_locks(at("f"), 0, F_WRLCK, 10), EAGAIN);
	lock.type = HOST_LOCK_NONE;
	CHECK_INT(ops->setlock(file, &lock), 0);
	CHECK_INT(host_locks(at("f"), 0, F_WRLCK, 10), 0);
	lock.kind = HOST_LOCK_FLOCK;
	lock.type = HOST_LOCK_WRITE;
	CHECK_INT(ops->setlock(file, &lock), 0);
	CHECK_INT(host_locks(at("f"), LOCK_SH, 0, 0), EAGAIN);
	ops->close(file);
	CHECK_INT(host_locks(at("f"), LOCK_EX, 0, 0), 0);
	end();
}

/* Two guests, or two open files of one: -EAGAIN, and who it was. */
static void locks_exclude_each_other(void)
{
	struct host_lock lock = { .kind = HOST_LOCK_OFD,
				  .type = HOST_LOCK_WRITE };
	struct host_file *one, *two;
	struct host_node *node;

	begin(0);
	one = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	node = find(root, "f");
	two = open_as(node, HOST_READ | HOST_WRITE);
	CHECK_INT(ops->getlock(two, &lock), 0);
	CHECK_INT(lock.type, HOST_LOCK_NONE);
	lock.type = HOST_LOCK_WRITE;
	CHECK_INT(ops->setlock(one, &lock), 0);
	CHECK_INT(ops->setlock(two, &lock), -EAGAIN);
	lock.type = HOST_LOCK_READ;
	CHECK_INT(ops->getlock(two, &lock), 0);
	CHECK_INT(lock.type, HOST_LOCK_WRITE);
	CHECK_INT(lock.start, 0);
	CHECK_INT(lock.length, 0);
	CHECK_INT(lock.pid, 0);
	lock.start = -1;
	CHECK_INT(ops->setlock(two, &lock), -EINVAL);
	lock.start = 0;
	lock.type = 7;
	CHECK_INT(ops->setlock(two, &lock), -EINVAL);
	lock = (struct host_lock){ .kind = HOST_LOCK_FLOCK };
	CHECK_INT(ops->getlock(two, &lock), -EINVAL);
	CHECK_INT(ops->setlock(one, &lock), 0);
	lock.type = HOST_LOCK_WRITE;
	CHECK_INT(ops->setlock(two, &lock), -EAGAIN);
	ops->close(one);
	CHECK_INT(ops->setlock(two, &lock), 0);
	ops->close(two);
	ops->put(node);
	end();
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* The one operation that a signal ends. */
static void a_wait_for_a_lock_is_interruptible(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct host_lock lock = { .type = HOST_LOCK_WRITE, .wait = 1 };
	struct host_file *one, *two;
	struct host_node *node;

	begin(0);
	sigaction(SIGALRM, &action, NULL);	/* without SA_RESTART */
	one = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	node = find(root, "f");
	two = open_as(node, HOST_READ | HOST_WRITE);
	for (lock.kind = HOST_LOCK_POSIX; lock.kind <= HOST_LOCK_FLOCK;
	     lock.kind++) {
		CHECK_INT(ops->setlock(one, &lock), 0);
		alarm(1);
		CHECK_INT(ops->setlock(two, &lock), -EINTR);
	}
	signal(SIGALRM, SIG_DFL);
	ops->close(two);
	ops->close(one);
	ops->put(node);
	end();
}

static void statfs_and_sync_are_the_roots(void)
{
	struct host_statfs st = { .bsize = 0 };

	begin(0);
	CHECK_INT(ops->statfs(fs, &st), 0);
	CHECK(st.bsize > 0 && st.blocks > 0 && st.namelen >= 255);
	CHECK(st.frsize > 0 && st.type != 0);
	CHECK_INT(ops->sync(fs), 0);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(read_and_write_scatter),
	TAP_CASE(too_many_pieces_are_a_short_count),
	TAP_CASE(io_flags_are_taken),
	TAP_CASE(append_is_the_hosts),
	TAP_CASE(readdir_lists_each_entry_once),
	TAP_CASE(readdir_counts),
	TAP_CASE(holes_are_made_and_found),
	TAP_CASE(copy_copies_a_range),
	TAP_CASE(clone_and_dedupe_share_ranges),
	TAP_CASE(inode_flags_go_to_the_host),
	TAP_CASE(locks_exclude_the_host),
	TAP_CASE(locks_exclude_each_other),
	TAP_CASE(a_wait_for_a_lock_is_interruptible),
	TAP_CASE(statfs_and_sync_are_the_roots),
};

TEST_MAIN(cases)
