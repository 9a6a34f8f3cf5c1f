// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_fallback - hosts that lack something: each thing is taken away, and the
 * same operations have to do the same
 *
 * What the host half knows of the host (host_features) is changed directly.
 * Single system calls are taken away by a seccomp filter, in a child.
 */
#include "test.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* A little of everything, from a cold cache each time. */
static void common_work(bool xattrs)
{
	struct host_new new = new_of(S_IFDIR | 02755);
	struct host_setattr set = {
		.set = HOST_SET_MODE | HOST_SET_SIZE | HOST_SET_MTIME,
		.mode = 0600, .size = 2, .mtime = { .sec = 9, .nsec = 8 },
	};
	struct host_node *a, *b, *f, *l;
	struct host_file *file, *again;
	struct host_attr attr;
	char value[8];
	int made;

	CHECK_INT(ops->mknod(root, "a", &new, &attr), 0);
	CHECK_INT(attr.mode, S_IFDIR | 02755);
	a = find(root, "a");
	CHECK_INT(ops->mknod(a, "b", &new, &attr), 0);
	b = find(a, "b");
	ops->close(make(b, "f", 04644, HOST_WRITE));
	f = find(b, "f");
	CHECK_INT(ops->symlink(b, "l", "f", &new, &attr), 0);
	l = find(b, "l");
	host_cache_shrink(0);
	file = open_as(f, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "text", 0, 0), 4);
	ops->close(file);
	host_cache_shrink(0);
	CHECK_INT(ops->setattr(f, NULL, &set, &attr), 0);
	CHECK_INT(attr.mode, S_IFREG | 0600);
	CHECK_INT(attr.size, 2);
	CHECK_INT(attr.mtime.sec, 9);
	CHECK_INT(attr.mtime.nsec, 8);
	set.set = HOST_SET_MTIME;
	CHECK_INT(ops->setattr(l, NULL, &set, &attr), 0);
	CHECK_INT(attr.mtime.sec, 9);
	host_cache_shrink(0);
	CHECK_INT(ops->create(b, "f", &new, HOST_READ, &attr, &file, &made), 0);
	CHECK(reads(file, "te"));
	CHECK_INT(ops->open(f, file, HOST_WRITE, &again), 0);
	ops->close(again);
	ops->close(file);
	host_cache_shrink(0);
	CHECK_INT(ops->link(f, NULL, root, "g", &attr), 0);
	CHECK_INT(attr.nlink, 2);
	CHECK_INT(ops->open(l, NULL, HOST_READ, &file), -ENXIO);
	CHECK_INT(ops->readlink(l, value, 8), 1);
	CHECK_INT(ops->getxattr(f, NULL, "user.none", value, 8),
		  xattrs ? -ENODATA : -EOPNOTSUPP);
	CHECK_INT(ops->getxattr(f, NULL, "security.selinux", value, 8),
		  getxattr(at("a/b/f"), "security.selinux", value, 8) < 0 ?
		  -errno : 0);
	ops->close(open_as(b, HOST_READ | HOST_DIRECTORY));
	CHECK_INT(ops->sync(fs), 0);
	must(rename(at("g"), at("h")));
	must(rename(at("a/b/f"), at("a/b/x")));
	host_put(at("a/b/f"), "other");
	host_cache_shrink(0);
	CHECK_INT(ops->open(f, NULL, HOST_READ, &file), -ESTALE);
	CHECK_INT(ops->setattr(f, NULL, &set, &attr), -ESTALE);
	ops->put(l);
	ops->put(f);
	ops->put(b);
	ops->put(a);
}

static bool have_user_xattrs(void)
{
	host_put(at("xattr"), "");
	return !setxattr(at("xattr"), "user.x", "1", 1, 0);
}

static void without_anything_missing(void)
{
	begin(0);
	common_work(have_user_xattrs());
	end();
}

static void without_openat2(void)
{
	bool before = host_features.openat2;

	begin(0);
	host_features.openat2 = false;
	common_work(have_user_xattrs());
	host_features.openat2 = before;
	end();
}

static void without_getxattrat(void)
{
	bool before = host_features.getxattrat;

	begin(0);
	host_features.getxattrat = false;
	common_work(have_user_xattrs());
	host_features.getxattrat = before;
	end();
}

static void without_fchmodat2(void)
{
	bool before = host_features.fchmodat2;

	begin(0);
	host_features.fchmodat2 = false;
	common_work(have_user_xattrs());
	host_features.fchmodat2 = before;
	end();
}

/* chmod of what is not open takes one of the two. */
static void without_proc(void)
{
	int before = host_features.proc_fd;

	if (!host_features.fchmodat2)
		TAP_SKIP("needs fchmodat2");
	begin(0);
	host_features.proc_fd = -1;
	common_work(false);
	host_features.proc_fd = before;
	end();
}

/* A swapped directory is not followed without openat2 either. */
static void without_openat2_links_are_not_followed(void)
{
	bool before = host_features.openat2;
	struct host_node *a, *f;
	struct host_file *file;
	struct host_attr attr;

	begin(0);
	host_dir(at("a"));
	host_put(at("a/f"), "inside");
	host_put(outside("f"), "outside");
	a = find(root, "a");
	f = find(a, "f");
	must(rename(at("a"), at("b")));
	must(symlink(outside("."), at("a")));
	host_cache_shrink(0);
	host_features.openat2 = false;
	CHECK_INT(ops->open(f, NULL, HOST_READ, &file), -ESTALE);
	CHECK_INT(ops->lookup(a, "f", 0, &attr), -ESTALE);
	host_features.openat2 = before;
	ops->put(f);
	ops->put(a);
	end();
}

static void without_mount_ids(void)
{
	struct host_tree *tree;
	struct host_attr attr;

	begin(HOST_NOSUBMOUNTS);
	tree = (struct host_tree *)fs;
	tree->root_attr.mnt_id = 0;
	attr = tree->root_attr;
	CHECK_INT(host_tree_shows(tree, &attr), 0);
	attr.id.dev_minor++;
	CHECK_INT(host_tree_shows(tree, &attr), -EXDEV);
	end();
}

/* From now on `call` with a bit of `mask` in argument `number` fails. */
static void take_away(int call, int number, uint32_t mask, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args) + 8 * number),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* In a child, because a filter stays. */
static void in_child(void (*run)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	must(pid);
	if (pid == 0) {
		tap_failed = false;
		run();
		fflush(stdout);
		_exit(tap_failed);
	}
	must(waitpid(pid, &status, 0));
	CHECK_INT(status, 0);
}

static void work_without_noappend(void)
{
	struct host_node *node;
	struct host_file *file;

	begin(0);
	take_away(SYS_pwritev2, 5, 0x20, EOPNOTSUPP);
	host_put(at("f"), "abc");
	node = find(root, "f");
	file = open_as(node, HOST_READ | HOST_WRITE | HOST_APPEND);
	CHECK_INT(write_at(file, "d", 0, 0), 1);
	CHECK_INT(write_at(file, "A", 0, HOST_IO_NOAPPEND), 1);
	CHECK_INT(write_at(file, "e", 0, 0), 1);
	CHECK_INT(write_at(file, "B", 1, HOST_IO_NOAPPEND), 1);
	CHECK_INT(write_at(file, "f", 0, HOST_IO_APPEND), 1);
	CHECK(reads(file, "ABcdef"));
	ops->close(file);
	ops->put(node);
	end();
}

static void without_rwf_noappend(void)
{
	in_child(work_without_noappend);
}

static void work_without_nowait(void)
{
	struct host_iovec iov = { (char[8]){ 0 }, 8 };
	struct host_file *file;

	begin(0);
	take_away(SYS_preadv2, 5, 0x08, EOPNOTSUPP);
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	CHECK_INT(write_at(file, "text", 0, 0), 4);
	CHECK_INT(ops->read(file, &iov, 1, 0, HOST_NOWAIT), -EOPNOTSUPP);
	CHECK_INT(ops->read(file, &iov, 1, 0, 0), 4);
	ops->close(file);
	end();
}

static void without_rwf_nowait(void)
{
	in_child(work_without_nowait);
}

static void work_without_empty_utimensat(void)
{
	begin(0);
	take_away(SYS_utimensat, 3, AT_EMPTY_PATH, EINVAL);
	common_work(have_user_xattrs());
	end();
}

static void without_utimensat_of_descriptors(void)
{
	in_child(work_without_empty_utimensat);
}

/* The child of a fork has a /proc/self/fd of its own. */
static void work_after_fork(void)
{
	begin(0);
	common_work(have_user_xattrs());
	end();
}

static void a_forked_process_goes_on(void)
{
	CHECK(host_features.proc_fd >= 0);
	in_child(work_after_fork);
}

/* The launcher confines the guest to its shares; /proc is not one of them. */
static void work_confined(void)
{
	struct landlock_ruleset_attr rules = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_REFER << 1) - 1,
	};
	struct landlock_path_beneath_attr rule = {
		.allowed_access = (LANDLOCK_ACCESS_FS_REFER << 1) - 1,
	};
	bool xattrs = have_user_xattrs();
	int fd;

	fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	must(fd);
	rule.parent_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(rule.parent_fd);
	must(syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH,
		     &rule, 0));
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	must(syscall(SYS_landlock_restrict_self, fd, 0));
	must(close(fd));
	must(close(rule.parent_fd));
	CHECK_INT(open("/etc/passwd", O_RDONLY), -1);
	common_work(xattrs);
}

static void inside_a_landlock_domain(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION) < 2)
		TAP_SKIP("no Landlock here");
	begin(0);
	in_child(work_confined);
	end();
}

/* The whole of host_init() on an old kernel. */
static void work_without_calls(void)
{
	take_away(SYS_openat2, 0, 0xffffffff, ENOSYS);
	take_away(SYS_fchmodat2, 0, 0xffffffff, ENOSYS);
	CHECK_INT(host_init(0), 0);
	CHECK(!host_features.openat2);
	CHECK(!host_features.fchmodat2);
}

static void init_finds_what_is_missing(void)
{
	in_child(work_without_calls);
}

static const struct tap_case cases[] = {
	TAP_CASE(without_anything_missing),
	TAP_CASE(without_openat2),
	TAP_CASE(without_openat2_links_are_not_followed),
	TAP_CASE(without_getxattrat),
	TAP_CASE(without_fchmodat2),
	TAP_CASE(without_proc),
	TAP_CASE(without_mount_ids),
	TAP_CASE(without_rwf_noappend),
	TAP_CASE(without_rwf_nowait),
	TAP_CASE(without_utimensat_of_descriptors),
	TAP_CASE(a_forked_process_goes_on),
	TAP_CASE(inside_a_landlock_domain),
	TAP_CASE(init_finds_what_is_missing),
};

TEST_MAIN(cases)
