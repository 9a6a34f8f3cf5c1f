// SPDX-License-Identifier: GPL-2.0-only
/* mount - flags of a mount of the directory: ro, nosuid, nodev, noexec, ... */
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "../harness/idmap.h"
#include "ops.h"
#include "prog.h"

/* A directory "m" mounted on itself with @flags, in a namespace of our own. */
static void mounted(unsigned long flags)
{
	MUST(fc_own_mounts());
	fc_dir("m", 0777);
	MUST(mount("m", "m", NULL, MS_BIND, NULL));
	if (flags)
		MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | flags,
			   NULL));
}

/* What changes fails; what exists is seen; with the mount as our directory. */
static void read_only(void)
{
	mounted(0);
	MUST(chdir("m"));
	fc_op_stage();
	for_each_op(op, fc_ops, OP_E)
		fc_op_target(op, fc_fmt("x-%s", op->name));
	MUST(chdir(".."));
	MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	MUST(chdir("m"));
	for_each_op(op, fc_ops, OP_W) {
		const char *name = fc_fmt("x-%s", op->name);

		if (op->flags & OP_E)
			CHECK_ERR(op->call(name), EROFS, "%s", op->name);
		else
			CHECK_ERR(op->call("new"), EROFS, "%s of a new name",
				  op->name);
	}
	for_each_op(op, fc_ops, OP_E) {
		if (!(op->flags & (OP_W | OP_N)))
			CHECK_OK(op->call(fc_fmt("x-%s", op->name)),
				 "%s works", op->name);
	}
}

static void read_only_existing(void)
{
	mounted(0);
	for_each_type(t)
		fc_make(t, fc_fmt("m/x%d", t));
	MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	for_each_type(t) {
		const char *path = fc_fmt("m/x%d", t);
		const char *n = fc_type_names[t];
		int want = t == FC_REG ? EROFS : t == FC_DIR ? EISDIR :
			   t == FC_SOCK ? ENXIO : 0;

		CHECK_ERR(mkdir(path, 0755), EEXIST, "mkdir over a %s", n);
		CHECK_ERR(fc_try_open(path, O_CREAT | O_EXCL | O_RDWR, 0644),
			  EEXIST, "O_EXCL of a %s", n);
		if (t != FC_LNK && t != FC_BLK && t != FC_CHR)
			CHECK_CALL(fc_try_open(path, O_RDWR | O_NONBLOCK, 0),
				   want, "open of a %s to write", n);
		if (t != FC_LNK)
			CHECK_CALL(access(path, W_OK), t == FC_REG ||
				   t == FC_DIR ? EROFS : 0,
				   "access of a %s to write", n);
	}
}

/* A file that is open for writing keeps the mount writable. */
static void read_only_busy(void)
{
	int fd;

	mounted(0);
	fc_file("m/x", 0644, "");
	fd = MUST(open("m/x", O_WRONLY));
	CHECK_ERR(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
			NULL), EBUSY, "while a file is open for writing");
	MUST(close(fd));
	CHECK_OK(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
		       NULL), "when it is closed");
}

static void one_of_two(void)
{
	MUST(fc_own_mounts());
	fc_dir("a", 0755);
	fc_dir("b", 0755);
	MUST(mount("a", "b", NULL, MS_BIND, NULL));
	MUST(mount(NULL, "b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	CHECK_OK(fc_try_open("a/x", O_CREAT | O_WRONLY, 0644),
		 "the other mount is writable");
	CHECK(fc_exists("b/x"), "the read-only one sees it");
	CHECK_ERR(unlink("b/x"), EROFS, "but cannot remove it");
	CHECK_ERR(rename("a/x", "b/y"), EXDEV, "rename between the two");
	CHECK_ERR2(link("a/x", "b/y"), EXDEV, EROFS, "link between the two");
	CHECK_EQ(fc_lstat("a").st_dev, fc_lstat("b").st_dev, "one st_dev");
}

static void mount_points(void)
{
	mounted(0);
	CHECK_ERR(rmdir("m"), EBUSY, "rmdir of a mount point");
	CHECK_ERR(rename("m", "n"), EBUSY, "rename of a mount point");
	fc_dir("d", 0755);
	CHECK_ERR(rename("d", "m"), EBUSY, "rename over a mount point");
	CHECK_ERR(renameat2(AT_FDCWD, "d", AT_FDCWD, "m", RENAME_EXCHANGE),
		  EBUSY, "exchange with a mount point");
	CHECK_OK(umount2("m", 0), "umount");
	CHECK_OK(rmdir("m"), "rmdir after it");
}

static void nodev(void)
{
	mounted(MS_NODEV);
	MUST(mknod("m/null", S_IFCHR | 0666, 1 << 8 | 3));
	CHECK_ERR(fc_try_open("m/null", O_RDWR, 0), EACCES, "open of a device");
	CHECK_OK(fc_try_open("m/null", O_PATH, 0), "O_PATH");
	CHECK_OK(access("m/null", R_OK | W_OK), "access");
	CHECK_OK(fc_try_open("m/x", O_CREAT | O_RDWR, 0644), "a file");
}

static void nosymfollow(void)
{
	char buf[16];

	mounted(0);
	fc_file("m/x", 0644, "");
	MUST(symlink("x", "m/link"));
	if (mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | 256, NULL) < 0) {
		fc_skip("not in this kernel", "nosymfollow");
		return;
	}
	CHECK_ERR(fc_try_open("m/link", O_RDONLY, 0), ELOOP, "open of a link");
	CHECK_OK(readlink("m/link", buf, 16), "readlink");
	CHECK_OK(fc_try_open("m/x", O_RDONLY, 0), "open of the target");
}

static const struct timespec old_times[2] = { { 100, 0 }, { 200, 0 } };

static void atime_after_read(unsigned long flags, bool file, bool dir,
			     const char *name)
{
	char buf[8];

	fc_remove("m/d");
	fc_file("m/x", 0644, "text");
	fc_dir("m/d", 0755);
	MUST(utimensat(AT_FDCWD, "m/x", old_times, 0));
	MUST(utimensat(AT_FDCWD, "m/d", old_times, 0));
	MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | flags, NULL));
	fc_slurp("m/x", buf, sizeof(buf));
	fc_count_entries("m/d");
	CHECK_EQ(fc_lstat("m/x").st_atime != 100, file, "%s: of a file", name);
	CHECK_EQ(fc_lstat("m/d").st_atime != 100, dir, "%s: of a directory",
		 name);
}

static void atimes(void)
{
	mounted(0);
	atime_after_read(MS_NOATIME, false, false, "noatime");
	atime_after_read(MS_NODIRATIME | MS_STRICTATIME, true, false,
			 "nodiratime");
	atime_after_read(MS_RELATIME, true, true, "relatime, old");
	atime_after_read(MS_STRICTATIME, true, true, "strictatime");
}

/* relatime: not when the atime is newer than mtime and ctime. */
static void relatime(void)
{
	struct stat a, b;
	char buf[8];

	mounted(MS_RELATIME);
	fc_file("m/x", 0644, "text");
	a = fc_lstat("m/x");
	fc_tick(&a.st_ctim);
	fc_slurp("m/x", buf, sizeof(buf));
	a = fc_lstat("m/x");
	CHECK(!fc_later(&a.st_mtim, &a.st_atim), "the first read counts");
	fc_tick(&a.st_atim);
	fc_slurp("m/x", buf, sizeof(buf));
	b = fc_lstat("m/x");
	CHECK(fc_same_time(&a.st_atim, &b.st_atim), "the second does not");
	MUST(truncate("m/x", 2));
	b = fc_lstat("m/x");
	fc_tick(&b.st_mtim);
	fc_slurp("m/x", buf, sizeof(buf));
	b = fc_lstat("m/x");
	CHECK(fc_later(&b.st_atim, &a.st_atim), "after a change it does again");
}

static void shown_flags(void)
{
	static const struct {
		const char *name;
		unsigned long ms, st;
	} flags[] = {
		{ "ro", MS_RDONLY, ST_RDONLY }, { "nosuid", MS_NOSUID, ST_NOSUID },
		{ "nodev", MS_NODEV, ST_NODEV }, { "noexec", MS_NOEXEC, ST_NOEXEC },
		{ "noatime", MS_NOATIME, ST_NOATIME },
		{ "nodiratime", MS_NODIRATIME | MS_STRICTATIME, ST_NODIRATIME },
		{ "relatime", MS_RELATIME, ST_RELATIME },
	};
	struct statvfs sv;

	mounted(0);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | flags[i].ms,
			   NULL));
		MUST(statvfs("m", &sv));
		CHECK(sv.f_flag & flags[i].st, "statvfs shows %s",
		      flags[i].name);
	}
}

static void noexec(void)
{
	char *const argv[] = { "x", NULL }, *const env[] = { NULL };

	mounted(MS_NOEXEC);
	fc_file("m/x", 0755, "#!/missing\n");
	CHECK_ERR(execve("m/x", argv, env), EACCES, "execve");
	CHECK_ERR(access("m/x", X_OK), EACCES, "access to execute");
	CHECK_OK(access("m", X_OK), "access to search");
	CHECK_OK(access("m/x", R_OK), "access to read");
}

/* setuid bits may be set on a nosuid mount; they are not honoured. */
static void nosuid(void)
{
	mounted(MS_NOSUID);
	fc_file("m/x", 0755, "");
	CHECK_OK(chmod("m/x", 06755), "chmod");
	CHECK_OCT(fc_mode("m/x"), 06755, "the bits are kept");
}

static void nosuid_program(void)
{
	mounted(0);
	prog_copy("m/prog", 0755);
	MUST(chown("m/prog", FC_UID_OWNER, FC_GID_OWNER));
	MUST(chmod("m/prog", 06755));
	CHECK_EQ(prog_run(FC_STRANGER, "m/prog", "euid"), FC_UID_OWNER % 100,
		 "before: the file's user");
	MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_NOSUID, NULL));
	CHECK_EQ(prog_run(FC_STRANGER, "m/prog", "euid"), FC_UID_STRANGER % 100,
		 "nosuid: the caller's user");
	CHECK_EQ(prog_run(FC_STRANGER, "m/prog", "egid"), FC_GID_STRANGER % 100,
		 "nosuid: the caller's group");
	MUST(mount(NULL, "m", NULL, MS_BIND | MS_REMOUNT | MS_NOEXEC, NULL));
	CHECK_EQ(prog_run(FC_STRANGER, "m/prog", "zero"), PROG_EACCES,
		 "noexec: nothing is run");
}

#define ROW(call, fn, text, needs, types) \
	{ call, #fn, text, FC_N(MOUNTNS) | (needs), types, "mount(2)", fn }

static const struct fc_case cases[] = {
	ROW("*", read_only, "what changes is EROFS", 0, FC_T_ALL),
	ROW("*", read_only_existing, "existing objects of each type", 0,
	    FC_T_ALL),
	ROW("mount", read_only_busy, "writers keep it writable", 0,
	    FC_T(REG)),
	ROW("rename, link", one_of_two, "mounts have flags of their own",
	    FC_N(LINK), FC_T(REG)),
	ROW("rmdir, rename", mount_points, "mount points are busy",
	    FC_N(EXCHANGE), FC_T(DIR)),
	ROW("open", nodev, "nodev", FC_N(MKNOD), FC_T(CHR)),
	ROW("open", nosymfollow, "nosymfollow", FC_N(SYMLINK), FC_T(LNK)),
	ROW("read", atimes, "which reads are stamped", FC_N(ATIME),
	    FC_T(REG) | FC_T(DIR)),
	ROW("read", relatime, "relatime stamps when it must", FC_N(ATIME),
	    FC_T(REG)),
	ROW("statvfs", shown_flags, "flags are told", 0, FC_T(DIR)),
	ROW("execve", noexec, "noexec", 0, FC_T(REG)),
	ROW("chmod", nosuid, "nosuid", FC_N(MODES), FC_T(REG)),
	ROW("execve", nosuid_program, "nosuid and noexec of a program",
	    FC_N(SUID) | FC_N(EXEC) | FC_N(USERS) | FC_N(CHOWN) | FC_N(PROC),
	    FC_T(REG)),
};

FC_FAMILY(mount, "mount", cases);
