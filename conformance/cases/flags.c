// SPDX-License-Identifier: GPL-2.0-only
/* flags - the immutable and append-only flags, and truncated-name handling */
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

#include "ops.h"

static void set_flag(const char *path, int flag, bool on)
{
	int fd = MUST(open(path, O_RDONLY | O_NONBLOCK)), flags;

	MUST(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags = on ? flags | flag : flags & ~flag;
	MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	MUST(close(fd));
}

#define STEP(id, expr) static long step_##id(void) { return (expr); }
STEP(read, fc_try_open("x", O_RDONLY, 0))
STEP(write, fc_try_open("x", O_WRONLY, 0))
STEP(append, fc_try_open("x", O_WRONLY | O_APPEND, 0))
STEP(trunc, fc_try_open("x", O_WRONLY | O_APPEND | O_TRUNC, 0))
STEP(truncate, truncate("x", 0))
STEP(chmod, chmod("x", 0600))
STEP(chown, chown("x", 0, 0))
STEP(now, utimensat(AT_FDCWD, "x", NULL, 0))
STEP(times, utimensat(AT_FDCWD, "x", (struct timespec[2]){ { 1, 0 } }, 0))
STEP(setxattr, setxattr("x", "user.a", "v", 1, 0))
STEP(unlink, unlink("x"))
STEP(rename, rename("x", "y"))
STEP(rename_over, rename("other", "x"))
STEP(link, link("x", "y"))
STEP(stat, access("x", F_OK))

static const struct {
	const char *name;
	long (*call)(void);
	int immutable, append;
} file_steps[] = {
	{ "open to read", step_read, 0, 0 },
	{ "stat", step_stat, 0, 0 },
	{ "open to write", step_write, EPERM, EPERM },
	{ "open to append", step_append, EPERM, 0 },
	{ "open to append and truncate", step_trunc, EPERM, EPERM },
	{ "truncate", step_truncate, EPERM, EPERM },
	{ "chmod", step_chmod, EPERM, EPERM },
	{ "chown", step_chown, EPERM, EPERM },
	{ "times to now", step_now, EPERM, 0 },
	{ "times to others", step_times, EPERM, EPERM },
	{ "setxattr", step_setxattr, EPERM, EPERM },
	{ "unlink", step_unlink, EPERM, EPERM },
	{ "rename", step_rename, EPERM, EPERM },
	{ "rename over", step_rename_over, EPERM, EPERM },
	{ "link", step_link, EPERM, EPERM },
};

static void file_flag(int flag, const char *name, bool append)
{
	fc_file("x", 0644, "text");
	fc_file("other", 0644, "");
	set_flag("x", flag, true);
	for (size_t i = 0; i < ARRAY_SIZE(file_steps); i++)
		CHECK_CALL(file_steps[i].call(), append ? file_steps[i].append :
			   file_steps[i].immutable, "%s: %s", name,
			   file_steps[i].name);
	CHECK(fc_content_is("x", "text"), "%s: the content stays", name);
	set_flag("x", flag, false);
	CHECK_OK(fc_try_open("x", O_WRONLY, 0), "%s: without it, writing", name);
	CHECK_OK(unlink("x"), "%s: without it, unlink", name);
}

static void files(void)
{
	file_flag(FS_IMMUTABLE_FL, "immutable", false);
	file_flag(FS_APPEND_FL, "append-only", true);
}

static void directories(void)
{
	static const struct {
		const char *name;
		int flag, create, remove;
	} kinds[] = {
		{ "immutable", FS_IMMUTABLE_FL, EPERM, EPERM },
		{ "append-only", FS_APPEND_FL, 0, EPERM },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *n = kinds[i].name;

		fc_dir("d", 0755);
		fc_file("d/x", 0644, "");
		fc_file("f", 0644, "");
		set_flag("d", kinds[i].flag, true);
		CHECK_CALL(fc_try_open("d/new", O_CREAT | O_WRONLY, 0644),
			   kinds[i].create, "%s: create", n);
		CHECK_CALL(mkdir("d/sub", 0755), kinds[i].create, "%s: mkdir",
			   n);
		CHECK_CALL(link("f", "d/l"), kinds[i].create, "%s: link", n);
		CHECK_CALL(rename("f", "d/f"), kinds[i].create,
			   "%s: rename in", n);
		CHECK_ERR(unlink("d/x"), kinds[i].remove, "%s: unlink", n);
		CHECK_ERR(rename("d/x", "x"), kinds[i].remove,
			  "%s: rename out", n);
		CHECK_ERR(chmod("d", 0700), EPERM, "%s: chmod", n);
		CHECK_ERR(rmdir("d"), EPERM, "%s: rmdir", n);
		CHECK_OK(fc_try_open("d/x", O_RDWR, 0),
			 "%s: files in it can be written", n);
		CHECK(fc_count_entries("d") > 0, "%s: list", n);
		set_flag("d", kinds[i].flag, false);
		for (int k = 0; k < 4; k++)
			fc_remove(fc_fmt("d/%s", (const char *[]){
				  "x", "new", "l", "f" }[k]));
		fc_remove("d/sub");
		fc_remove("d");
		fc_remove("f");
	}
}

static void needs_capability(void)
{
	int fd, flags = FS_IMMUTABLE_FL;

	fc_make_owned(FC_REG, "x", 0644);
	fc_as(FC_OWNER);
	fd = MUST(open("x", O_RDWR));
	CHECK_ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags), EPERM,
		  "the owner cannot set it");
	fc_back();
	MUST(close(fd));
	set_flag("x", FS_IMMUTABLE_FL, true);
	fc_as(FC_OWNER);
	CHECK_ERR(fc_try_open("x", O_WRONLY, 0), EPERM, "nor write it");
	CHECK_ERR(access("x", W_OK), EPERM, "access says so");
	fc_back();
	set_flag("x", FS_IMMUTABLE_FL, false);
}

static void shown(void)
{
	struct statx sx;

	fc_file("x", 0644, "");
	set_flag("x", FS_IMMUTABLE_FL, true);
	MUST(statx(AT_FDCWD, "x", 0, STATX_BASIC_STATS, &sx));
	CHECK(!(sx.stx_attributes_mask & STATX_ATTR_IMMUTABLE) ||
	      (sx.stx_attributes & STATX_ATTR_IMMUTABLE), "statx shows it");
	set_flag("x", FS_IMMUTABLE_FL, false);
	MUST(statx(AT_FDCWD, "x", 0, STATX_BASIC_STATS, &sx));
	CHECK(!(sx.stx_attributes & STATX_ATTR_IMMUTABLE), "and not without");
}

#define ROW(fn, text, needs, types) \
	{ "ioctl(FS_IOC_SETFLAGS)", #fn, text, FC_N(FLAGS) | FC_N(ROOT) | \
	  (needs), types, "ioctl_iflags(2)", fn }

static const struct fc_case cases[] = {
	ROW(files, "what may be done to the file", FC_N(XATTR) | FC_N(LINK),
	    FC_T(REG)),
	ROW(directories, "what may be done in the directory", FC_N(LINK),
	    FC_T(DIR)),
	ROW(needs_capability, "CAP_LINUX_IMMUTABLE is needed",
	    FC_N(USERS) | FC_N(CHOWN), FC_T(REG)),
	ROW(shown, "statx shows the flag", 0, FC_T(REG)),
};

FC_FAMILY(flags, "flags", cases);
