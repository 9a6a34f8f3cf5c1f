// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_test - KUnit tests of host descriptors, on real pipes of the host
 */
#include <kunit/test.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <os.h>

#include "hostfd.h"

#define IN	((__force u32)EPOLLIN)
#define OUT	((__force u32)EPOLLOUT)
#define HUP	((__force u32)EPOLLHUP)
#define ALWAYS	((__force u32)(EPOLLERR | EPOLLHUP))

static void arming_asks_only_for_what_is_new(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hostfd_watch_to_arm(0, IN), IN | ALWAYS);
	KUNIT_EXPECT_EQ(test, hostfd_watch_to_arm(IN | ALWAYS, IN), 0u);
	KUNIT_EXPECT_EQ(test, hostfd_watch_to_arm(IN | ALWAYS, OUT),
			IN | OUT | ALWAYS);
	/* Somebody who waits for the hang-up alone must be armed too. */
	KUNIT_EXPECT_EQ(test, hostfd_watch_to_arm(0, 0), ALWAYS);
	KUNIT_EXPECT_EQ(test, hostfd_watch_to_arm(ALWAYS, 0), 0u);
}

static void report_keeps_other_waiters_armed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hostfd_watch_left(IN | OUT | ALWAYS, IN),
			OUT | ALWAYS);
	KUNIT_EXPECT_EQ(test, hostfd_watch_left(IN | ALWAYS, IN), 0u);
}

static void hangup_is_not_armed_again(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hostfd_watch_left(IN | OUT | ALWAYS, HUP), 0u);
	KUNIT_EXPECT_EQ(test, hostfd_watch_left(IN | OUT | ALWAYS, IN | HUP), 0u);
}

int hostfd_test_pipe(s32 *ret_fds);

/* Two guest files on the ends of a host pipe, neither of which waits. */
struct ends {
	struct file *read, *write;
};

static struct ends host_pipe(struct kunit *test)
{
	struct ends e;
	int fds[2];

	KUNIT_ASSERT_EQ(test, hostfd_test_pipe(fds), 0);
	e.read = hostfd_file_create(fds[0]);
	e.write = hostfd_file_create(fds[1]);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e.read);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e.write);
	e.read->f_flags |= O_NONBLOCK;
	e.write->f_flags |= O_NONBLOCK;
	return e;
}

static void bytes_pass_and_end_of_file_is_exact(struct kunit *test)
{
	struct ends e = host_pipe(test);
	char buf[8] = "";

	KUNIT_EXPECT_EQ(test, kernel_read(e.read, buf, 8, NULL), (ssize_t)-EAGAIN);
	KUNIT_EXPECT_EQ(test, kernel_write(e.write, "abcd", 4, NULL), (ssize_t)4);
	KUNIT_EXPECT_EQ(test, kernel_read(e.read, buf, 8, NULL), (ssize_t)4);
	KUNIT_EXPECT_STREQ(test, buf, "abcd");
	KUNIT_EXPECT_EQ(test, kernel_write(e.write, "ef", 2, NULL), (ssize_t)2);
	__fput_sync(e.write);
	KUNIT_EXPECT_EQ(test, kernel_read(e.read, buf, 8, NULL), (ssize_t)2);
	KUNIT_EXPECT_EQ(test, kernel_read(e.read, buf, 8, NULL), (ssize_t)0);
	__fput_sync(e.read);
}

static void full_pipe_takes_a_part_then_nothing(struct kunit *test)
{
	struct ends e = host_pipe(test);
	size_t size = 1024 * 1024;
	ssize_t first, got = 0, n;
	void *buf = kvzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	first = kernel_write(e.write, buf, size, NULL);
	KUNIT_EXPECT_GT(test, first, (ssize_t)0);
	KUNIT_EXPECT_LT(test, first, (ssize_t)size);
	KUNIT_EXPECT_EQ(test, kernel_write(e.write, buf, 1, NULL),
			(ssize_t)-EAGAIN);
	while ((n = kernel_read(e.read, buf, size, NULL)) > 0)
		got += n;
	KUNIT_EXPECT_EQ(test, got, first);
	kvfree(buf);
	__fput_sync(e.write);
	__fput_sync(e.read);
}

static void reader_gone_gives_epipe(struct kunit *test)
{
	struct ends e = host_pipe(test);

	__fput_sync(e.read);
	KUNIT_EXPECT_EQ(test, kernel_write(e.write, "x", 1, NULL),
			(ssize_t)-EPIPE);
	__fput_sync(e.write);
	flush_signals(current);		/* SIGPIPE was for us */
}

static void regular_file_has_shared_and_own_offsets(struct kunit *test)
{
	int fd = os_open_file("/proc/self/exe", of_read(OPENFLAGS()), 0);
	struct file *file;
	char buf[8] = "";
	loff_t pos = 1;

	KUNIT_ASSERT_GE(test, fd, 0);
	file = hostfd_file_create(fd);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	/* pread(2): its own offset, the shared one stays */
	KUNIT_EXPECT_EQ(test, kernel_read(file, buf, 3, &pos), (ssize_t)3);
	KUNIT_EXPECT_STREQ(test, buf, "ELF");
	KUNIT_EXPECT_EQ(test, pos, (loff_t)4);
	/* read(2): the host's */
	pos = file->f_pos;
	KUNIT_EXPECT_EQ(test, kernel_read(file, buf, 1, &pos), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, buf[0], (char)0x7f);
	KUNIT_EXPECT_EQ(test, kernel_read(file, buf, 3, &pos), (ssize_t)3);
	KUNIT_EXPECT_STREQ(test, buf, "ELF");
	KUNIT_EXPECT_EQ(test, vfs_llseek(file, 0, SEEK_CUR), (loff_t)4);
	__fput_sync(file);
}

static struct kunit_case hostfd_cases[] = {
	KUNIT_CASE(arming_asks_only_for_what_is_new),
	KUNIT_CASE(report_keeps_other_waiters_armed),
	KUNIT_CASE(hangup_is_not_armed_again),
	KUNIT_CASE(bytes_pass_and_end_of_file_is_exact),
	KUNIT_CASE(full_pipe_takes_a_part_then_nothing),
	KUNIT_CASE(reader_gone_gives_epipe),
	KUNIT_CASE(regular_file_has_shared_and_own_offsets),
	{}
};

static struct kunit_suite hostfd_suite = {
	.name = "hostfd",
	.test_cases = hostfd_cases,
};
kunit_test_suite(hostfd_suite);
