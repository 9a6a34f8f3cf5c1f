// SPDX-License-Identifier: GPL-2.0-only
/*
 * test - what the tests of the host half share: a directory, mounted
 */
#include "test.h"

#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <sys/wait.h>

#define AS_USER		64123	/* no account needed, and better none */
#define BUFFERS		8

const struct host_ops *ops;
struct host_fs *fs;
struct host_node *root;
char base[64];

static int descriptors_before;

void must_(bool fine, const char *what, const char *file, int line)
{
	if (fine)
		return;
	printf("Bail out! %s:%d: %s: %s\n", file, line, what, strerror(errno));
	exit(1);
}

static const char *path_of(const char *where, const char *format, va_list args)
{
	static char buffers[BUFFERS][8192];
	static unsigned int next;
	char *buffer = buffers[next++ % BUFFERS];
	int length = snprintf(buffer, sizeof(buffers[0]), "%s%s", base, where);

	vsnprintf(buffer + length, sizeof(buffers[0]) - length, format, args);
	return buffer;
}

const char *at(const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = path_of("/share/", format, args);
	va_end(args);
	return path;
}

const char *outside(const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = path_of("/", format, args);
	va_end(args);
	return path;
}

int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	must(dir ? 0 : -1);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

void begin_limited(uint32_t mnt, uint32_t limit)
{
	const char *tmp = getenv("TMPDIR");

	host_cache_limit(limit ? limit : 4096);
	descriptors_before = descriptors();
	snprintf(base, sizeof(base), "%.40s/hosthalf-XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(base) ? 0 : -1);
	must(chmod(base, 0755));
	host_dir(outside("share"));
	fs = mount_again(mnt, &root);
	must(fs ? 0 : -1);
	ops = fs->ops;
}

void begin(uint32_t mnt)
{
	begin_limited(mnt, 0);
}

struct host_fs *mount_again(uint32_t mnt, struct host_node **ret_root)
{
	struct host_fs *mounted = NULL;
	struct host_attr attr;

	errno = -host_share_root(at("."), 0);
	must(errno ? -1 : 0);
	errno = -host_plain_mount(NULL, NULL, mnt, &mounted);
	must(errno ? -1 : 0);
	CHECK_INT(mounted->ops->root(mounted, &attr, ret_root), 0);
	return mounted;
}

static void remove_base(void)
{
	pid_t pid = vfork();	/* copying a sanitizer's memory takes long */
	int status;

	must(pid);
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", base, NULL);
		_exit(127);
	}
	must(waitpid(pid, &status, 0));
	must(status == 0 ? 0 : -1);
}

void end(void)
{
	ops->put(root);
	ops->unmount(fs);
	root = NULL;
	fs = NULL;
	/* Nothing is cached for nobody, and the hostfs= root is kept as "/". */
	CHECK_INT(host_count(HOST_COUNT_DESCRIPTORS), 0);
	CHECK_INT(host_share_root("/", 0), 0);
	CHECK_INT(descriptors(), descriptors_before);
	remove_base();
}

void host_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd);
	must(write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1);
	must(close(fd));
}

bool host_has(const char *path, const char *text)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, buffer, sizeof(buffer));
	must(close(fd));
	return length == (ssize_t)strlen(text) && !memcmp(buffer, text, length);
}

void host_dir(const char *path)
{
	must(mkdir(path, 0755));
}

struct host_node *find(struct host_node *dir, const char *name)
{
	struct host_node *node = NULL;
	struct host_attr attr;
	int error = ops->lookup(dir, name, 0, &attr);

	CHECK_INT(error, 0);
	if (error == 0)
		CHECK_INT(ops->node(dir->tree ? &dir->tree->fs : fs, dir, name,
				    &attr, &node), 0);
	must(node ? 0 : -1);
	return node;
}

struct host_attr look(struct host_node *dir, const char *name)
{
	struct host_attr attr = { .mode = 0 };

	CHECK_INT(ops->lookup(dir, name, 0, &attr), 0);
	return attr;
}

struct host_file *open_as(struct host_node *node, uint32_t flags)
{
	struct host_file *file = NULL;

	CHECK_INT(ops->open(node, NULL, flags, &file), 0);
	must(file ? 0 : -1);
	return file;
}

int64_t write_at(struct host_file *file, const char *text, uint64_t offset,
		 uint32_t flags)
{
	struct host_iovec iov = { (void *)text, strlen(text) };

	return ops->write(file, &iov, 1, offset, flags);
}

bool reads(struct host_file *file, const char *text)
{
	char buffer[4096];
	struct host_iovec iov = { buffer, sizeof(buffer) };
	int64_t length = ops->read(file, &iov, 1, 0, 0);

	return length == (int64_t)strlen(text) && !memcmp(buffer, text, length);
}

struct host_new new_of(uint32_t mode)
{
	return (struct host_new){ .mode = mode, .uid = geteuid(),
				  .gid = getegid() };
}

struct host_file *make(struct host_node *dir, const char *name, uint32_t mode,
		       uint32_t flags)
{
	struct host_new new = new_of(S_IFREG | mode);
	struct host_file *file = NULL;
	struct host_attr attr;
	int made = 0;

	CHECK_INT(ops->create(dir, name, &new, flags, &attr, &file, &made), 0);
	must(file ? 0 : -1);
	CHECK_INT(made, 1);
	return file;
}

int test_main(int argc, char **argv, const struct tap_case *cases, size_t count)
{
	if (argc > 1 && !strcmp(argv[1], "--as-user")) {
		if (geteuid() != 0) {
			printf("1..0 # SKIP not root, so a user already\n");
			return 77;
		}
		must(setgroups(0, NULL));
		must(setgid(AS_USER));
		must(setuid(AS_USER));
	} else if (argc > 1) {
		fprintf(stderr, "usage: %s [--as-user]\n", argv[0]);
		return 2;
	}
	umask(077);		/* what host_init() has to make harmless */
	if (host_init(0) || host_share_root("/", 0)) {
		printf("Bail out! host_init\n");
		return 1;
	}
	return tap_run(cases, count);
}
