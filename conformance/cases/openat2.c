// SPDX-License-Identifier: GPL-2.0-only
/* openat2 - how the resolution of a path can be confined */
#include <linux/openat2.h>
#include <sys/mount.h>

#include "../harness/fsconf.h"

static long open2(int d, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	long ret;

	/* EAGAIN: something else moved meanwhile, openat2(2) says try again. */
	do
		ret = fc_close_of(syscall(SYS_openat2, d, path, &how,
					  sizeof(how)));
	while (ret < 0 && errno == EAGAIN && !(resolve & RESOLVE_CACHED));
	return ret;
}

/* d/file, d/sub/, and links in d: in, up, out, abs, subl (a directory). */
static int tree(void)
{
	fc_dir("d", 0755);
	fc_dir("d/sub", 0755);
	fc_file("d/file", 0644, "inside");
	fc_file("d/sub/file", 0644, "below");
	fc_file("file", 0644, "outside");
	MUST(symlink("file", "d/in"));
	MUST(symlink("sub/../file", "d/up"));
	MUST(symlink("../file", "d/out"));
	MUST(symlink("/file", "d/abs"));
	MUST(symlink("sub", "d/subl"));
	MUST(symlink("loop", "d/loop"));
	return MUST(open("d", O_PATH));
}

static const struct {
	const char *path;
	int plain, beneath, in_root, no_links;
} rules[] = {
	{ "file", 0, 0, 0, 0 },
	{ "sub/file", 0, 0, 0, 0 },
	{ "sub/../file", 0, 0, 0, 0 },
	{ "./file", 0, 0, 0, 0 },
	{ ".", 0, 0, 0, 0 },
	{ "in", 0, 0, 0, ELOOP },
	{ "up", 0, 0, 0, ELOOP },
	{ "subl/file", 0, 0, 0, ELOOP },
	{ "out", 0, EXDEV, 0, ELOOP },
	{ "abs", ENOENT, EXDEV, 0, ELOOP },
	{ "..", 0, EXDEV, 0, 0 },
	{ "../file", 0, EXDEV, 0, 0 },
	{ "sub/../../file", 0, EXDEV, 0, 0 },
	{ "../d/file", 0, EXDEV, ENOENT, 0 },
	{ "/file", ENOENT, EXDEV, 0, ENOENT },
	{ "loop", ELOOP, ELOOP, ELOOP, ELOOP },
	{ "missing", ENOENT, ENOENT, ENOENT, ENOENT },
	{ "file/x", ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR },
};

static void resolve(void)
{
	int d = tree();

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const char *p = rules[i].path;

		CHECK_CALL(open2(d, p, O_RDONLY, 0), rules[i].plain, "%s", p);
		CHECK_CALL(open2(d, p, O_RDONLY, RESOLVE_BENEATH),
			   rules[i].beneath, "%s, RESOLVE_BENEATH", p);
		CHECK_CALL(open2(d, p, O_RDONLY, RESOLVE_IN_ROOT),
			   rules[i].in_root, "%s, RESOLVE_IN_ROOT", p);
		CHECK_CALL(open2(d, p, O_RDONLY, RESOLVE_NO_SYMLINKS),
			   rules[i].no_links, "%s, RESOLVE_NO_SYMLINKS", p);
		CHECK_CALL(open2(d, p, O_RDONLY, RESOLVE_NO_MAGICLINKS),
			   rules[i].plain, "%s, RESOLVE_NO_MAGICLINKS", p);
		/* An absolute link leads to another mount, or to nothing. */
		CHECK_ERR2(open2(d, p, O_RDONLY, RESOLVE_NO_XDEV),
			   !strcmp(p, "abs") ? EXDEV : rules[i].plain,
			   rules[i].plain, "%s, RESOLVE_NO_XDEV", p);
	}
	MUST(close(d));
}

static void creates(void)
{
	struct open_how how = { .flags = O_CREAT | O_WRONLY, .mode = 0640,
				.resolve = RESOLVE_BENEATH };
	int d = tree();

	CHECK_OK(fc_close_of(syscall(SYS_openat2, d, "new", &how, sizeof(how))),
		 "O_CREAT beneath");
	CHECK_OCT(fc_mode("d/new"), 0640, "the mode");
	CHECK_ERR(fc_close_of(syscall(SYS_openat2, d, "../new", &how,
				      sizeof(how))), EXDEV, "O_CREAT above");
	CHECK(!fc_exists("new"), "nothing is made there");
	how.flags = O_RDONLY;
	CHECK_ERR(syscall(SYS_openat2, d, "file", &how, sizeof(how)), EINVAL,
		  "a mode without O_CREAT");
	how.mode = 0;
	how.flags = O_RDONLY | 1ull << 40;
	CHECK_ERR(syscall(SYS_openat2, d, "file", &how, sizeof(how)), EINVAL,
		  "an unknown flag");
	how.flags = O_RDONLY;
	how.resolve = 1ull << 40;
	CHECK_ERR(syscall(SYS_openat2, d, "file", &how, sizeof(how)), EINVAL,
		  "an unknown resolve flag");
	how.resolve = 0;
	CHECK_ERR(syscall(SYS_openat2, d, "file", &how, 8), EINVAL,
		  "a small structure");
	struct { struct open_how how; uint64_t more; } large = { how, 0 };
	CHECK_OK(fc_close_of(syscall(SYS_openat2, d, "file", &large,
				     sizeof(large))), "a large one with zeroes");
	large.more = 1;
	CHECK_ERR(syscall(SYS_openat2, d, "file", &large, sizeof(large)),
		  E2BIG, "a large one with more");
	MUST(close(d));
}

/* What has been looked up just now is in the cache; RESOLVE_CACHED opens it. */
static void cached(void)
{
	int d = tree();

	CHECK_OK(access("d/sub/file", F_OK), "look it up");
	CHECK_OK(open2(d, "sub/file", O_RDONLY, RESOLVE_CACHED),
		 "RESOLVE_CACHED");
	CHECK_ERR(open2(d, "new", O_CREAT | O_RDWR, RESOLVE_CACHED), EAGAIN,
		  "with O_CREAT");
	MUST(close(d));
}

static void crossing(void)
{
	int d;

	MUST(fc_own_mounts());
	d = tree();
	MUST(mount("d/sub", "d/sub", NULL, MS_BIND, NULL));
	CHECK_ERR(open2(d, "sub/file", O_RDONLY, RESOLVE_NO_XDEV), EXDEV,
		  "into a mount");
	CHECK_ERR(open2(d, "sub", O_RDONLY, RESOLVE_NO_XDEV), EXDEV,
		  "the mount point");
	CHECK_OK(open2(d, "sub/file", O_RDONLY, RESOLVE_BENEATH),
		 "RESOLVE_BENEATH crosses mounts");
	CHECK_OK(open2(d, "file", O_RDONLY, RESOLVE_NO_XDEV), "on this side");
	MUST(close(d));
}

static void magic_links(void)
{
	int d = tree(), fd = MUST(open("d/file", O_RDONLY));
	const char *path = fc_fmt("/proc/self/fd/%d", fd);

	CHECK_OK(open2(AT_FDCWD, path, O_RDONLY, 0), "/proc/self/fd");
	CHECK_ERR(open2(AT_FDCWD, path, O_RDONLY, RESOLVE_NO_MAGICLINKS),
		  ELOOP, "RESOLVE_NO_MAGICLINKS");
	CHECK_OK(open2(AT_FDCWD, path, O_PATH | O_NOFOLLOW,
		       RESOLVE_NO_MAGICLINKS), "the link itself");
	CHECK_ERR(open2(AT_FDCWD, path, O_RDONLY, RESOLVE_NO_SYMLINKS), ELOOP,
		  "RESOLVE_NO_SYMLINKS");
	MUST(close(fd));
	MUST(close(d));
}

#define ROW(fn, text, needs) \
	{ "openat2", #fn, text, FC_N(OPENAT2) | FC_N(SYMLINK) | (needs), \
	  FC_T(REG) | FC_T(DIR) | FC_T(LNK), "openat2(2)", fn }

static const struct fc_case cases[] = {
	ROW(resolve, "each resolve flag confines as told", 0),
	ROW(creates, "creation and arguments", 0),
	ROW(cached, "RESOLVE_CACHED asks the cache alone", 0),
	ROW(crossing, "mounts may be kept out", FC_N(MOUNTNS)),
	ROW(magic_links, "links of /proc may be kept out", FC_N(PROC)),
};

FC_FAMILY(openat2, "openat2", cases);
