// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_launcher - the launcher's parts that need no guest
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fileio.h"
#include "kernel_file.h"
#include "klog.h"
#include "memory.h"
#include "tap.h"

static struct klog klog;

static void tail_is_the_last_lines(void)
{
	char *tail;

	klog_init(&klog, -1);
	tail = klog_tail(&klog, 3);
	CHECK_STR(tail, "");
	free(tail);
	klog_add(&klog, "one\ntwo\nthree\nfour\n", 19);
	tail = klog_tail(&klog, 2);
	CHECK_STR(tail, "three\nfour\n");
	free(tail);
	tail = klog_tail(&klog, 9);
	CHECK_STR(tail, "one\ntwo\nthree\nfour\n");
	free(tail);
	klog_add(&klog, "five", 4);
	tail = klog_tail(&klog, 2);
	CHECK_STR(tail, "four\nfive");
	free(tail);
}

static void ring_keeps_the_newest(void)
{
	char line[64], *tail;
	int i;

	klog_init(&klog, -1);
	for (i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		klog_add(&klog, line, strlen(line));
	}
	tail = klog_tail(&klog, 1);
	CHECK_STR(tail, "line 9999\n");
	free(tail);
	tail = klog_tail(&klog, SIZE_MAX);
	CHECK_INT(strlen(tail), KLOG_SIZE);
	free(tail);
}

static void causes_are_recognised(void)
{
	CHECK(strstr(klog_diagnose("SECCOMP userspace requested but not functional!\n"),
		     "--mode ptrace"));
	CHECK(strstr(klog_diagnose("Checking that seccomp filters can be installed...error\n"
				   "ptrace: Operation not permitted\n"), "both"));
	CHECK(strstr(klog_diagnose("ptrace: Operation not permitted\n"),
		     "--mode seccomp"));
	CHECK(strstr(klog_diagnose("SMP is not supported with PTRACE userspace.\n"),
		     "--cpus 1"));
	CHECK(klog_diagnose("all is well") == NULL);
}

static void write_at(int dir, const char *name, const char *text)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC,
					0600);

	CHECK(fd >= 0 && fileio_write(fd, text, strlen(text)) == 0);
}

/* A root with a /proc and a /sys of our own making. */
static void control_group_lowers_the_memory(void)
{
	static const char *const dirs[] = { "proc", "proc/self", "sys", "sys/fs",
					    "sys/fs/cgroup", "sys/fs/cgroup/a",
					    "sys/fs/cgroup/a/b" };
	static const char *const files[] = { "proc/meminfo", "proc/self/cgroup",
					     "sys/fs/cgroup/a/memory.max",
					     "sys/fs/cgroup/a/b/memory.max" };
	char path[] = "/tmp/hum-test-XXXXXX";
	int dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY) : -1;
	uint64_t n = 0;
	size_t i;

	CHECK(dir >= 0);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		CHECK_INT(mkdirat(dir, dirs[i], 0700), 0);
	CHECK_INT(memory_limit(dir, &n), -ENOENT);
	write_at(dir, files[0], "nothing\n");
	CHECK_INT(memory_limit(dir, &n), -EIO);
	write_at(dir, files[0], "MemTotal:       8388608 kB\nMemFree: 1 kB\n");
	CHECK_INT(memory_limit(dir, &n), 0);
	CHECK(n == 8ull << 30);
	write_at(dir, files[1], "1:name=x:/y\n0::/a/b\n");
	write_at(dir, files[3], "max\n");
	write_at(dir, files[2], "1073741824\n");
	CHECK_INT(memory_limit(dir, &n), 0);
	CHECK(n == 1ull << 30);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		CHECK_INT(unlinkat(dir, files[i], 0), 0);
	for (i = sizeof(dirs) / sizeof(dirs[0]); i-- > 0;)
		CHECK_INT(unlinkat(dir, dirs[i], AT_REMOVEDIR), 0);
	close(dir);
	CHECK_INT(rmdir(path), 0);
}

static void default_memory_is_half_within_bounds(void)
{
	CHECK(memory_default(24ull << 30) == MEMORY_DEFAULT);
	CHECK(memory_default(1ull << 30) == 512ull << 20);
	CHECK(memory_default(1 << 20) == MEMORY_MIN);
}

static void kernel_is_known_by_its_banner(void)
{
	static const char ours[] = "xLinux version 7.3.4-hum (a@b)";
	static const char other[] = "xLinux version 7.3.4 (a-hum@b) Linux versio";
	char bytes[256] = { 0 };
	Elf64_Ehdr elf = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
			   .e_machine = EM_X86_64 };

	CHECK_INT(kernel_file_is_ours(bytes, 3), -ENOEXEC);
	memcpy(bytes + 100, ours, sizeof(ours));
	CHECK_INT(kernel_file_is_ours(bytes, sizeof(bytes)), -ENOEXEC);
	memcpy(bytes, &elf, sizeof(elf));
	CHECK_INT(kernel_file_is_ours(bytes, sizeof(bytes)), 0);
	memcpy(bytes + 100, other, sizeof(other));
	CHECK_INT(kernel_file_is_ours(bytes, 100 + sizeof(other) - 1), -ENOEXEC);
}

static void what_is_no_kernel_file_is_refused(void)
{
	CHECK_INT(kernel_file_check("/bin/sh"), -ENOEXEC);
	CHECK_INT(kernel_file_check("/"), -EISDIR);
	CHECK_INT(kernel_file_check("/dev/null"), -ENOEXEC);
	CHECK_INT(kernel_file_check("/nonexistent"), -ENOENT);
}

static const struct tap_case cases[] = {
	TAP_CASE(tail_is_the_last_lines),
	TAP_CASE(ring_keeps_the_newest),
	TAP_CASE(causes_are_recognised),
	TAP_CASE(control_group_lowers_the_memory),
	TAP_CASE(default_memory_is_half_within_bounds),
	TAP_CASE(kernel_is_known_by_its_banner),
	TAP_CASE(what_is_no_kernel_file_is_refused),
};

TAP_MAIN(cases)
