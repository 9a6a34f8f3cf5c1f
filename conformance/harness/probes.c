// SPDX-License-Identifier: GPL-2.0-only
/* probes - identity, file types, modes, times, attributes */
#include <grp.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "fsconf.h"

/* NULL when @call works, else the name of the error. */
#define WORKS(call)	((call) >= 0 ? NULL : strerrorname_np(errno))

const char *fc_probe_ROOT(void)
{
	return geteuid() ? "not uid 0" : NULL;
}

const char *fc_probe_USER(void)
{
	return geteuid() ? NULL : "uid 0";
}

const char *fc_probe_USERS(void)
{
	const gid_t group = FC_GID_OWNER;

	if (setgroups(1, &group) < 0 || setresgid(group, group, 0) < 0 ||
	    setresuid(FC_UID_OWNER, FC_UID_OWNER, 0) < 0)
		return strerrorname_np(errno);
	return WORKS(setresuid(0, 0, 0));
}

static const char *keeps_ids(uid_t uid, gid_t gid)
{
	struct stat st;

	fc_file("f", 0644, "");
	if (chown("f", uid, gid) < 0 || stat("f", &st) < 0)
		return strerrorname_np(errno);
	return st.st_uid == uid && st.st_gid == gid ? NULL : "not kept";
}

const char *fc_probe_CHOWN(void)
{
	return keeps_ids(FC_UID_OWNER, FC_GID_OWNER);
}

/* An ordinary user is one; root can become one if files can be given. */
const char *fc_probe_ACTOR(void)
{
	return geteuid() || fc_users() ? NULL : "root only";
}

const char *fc_probe_OWNED(void)
{
	fc_file("f", 0644, "");
	return fc_lstat("f").st_uid == geteuid() ? NULL : "another's";
}

const char *fc_probe_IDS32(void)
{
	return keeps_ids(3000000001u, 3000000002u);
}

const char *fc_probe_MKNOD(void)
{
	struct stat st;

	if (mknod("n", S_IFCHR | 0600, makedev(1, 3)) < 0 || stat("n", &st) < 0)
		return strerrorname_np(errno);
	return S_ISCHR(st.st_mode) ? NULL : "not a device";
}

const char *fc_probe_FIFO(void)
{
	return WORKS(mkfifo("n", 0600));
}

const char *fc_probe_SOCK(void)
{
	return WORKS(mknod("n", S_IFSOCK | 0600, 0));
}

const char *fc_probe_SYMLINK(void)
{
	return WORKS(symlink("x", "n"));
}

const char *fc_probe_LINK(void)
{
	fc_file("f", 0644, "");
	return WORKS(link("f", "g"));
}

const char *fc_probe_MODES(void)
{
	fc_file("f", 0644, "");
	if (chmod("f", 0421) < 0)
		return strerrorname_np(errno);
	return fc_mode("f") == 0421 ? NULL : "not kept";
}

static const char *keeps_xattr(const char *name)
{
	char buf[8] = "";

	fc_file("f", 0644, "");
	if (setxattr("f", name, "val", 3, 0) < 0 ||
	    getxattr("f", name, buf, sizeof(buf)) < 0)
		return strerrorname_np(errno);
	return strcmp(buf, "val") ? "not kept" : NULL;
}

const char *fc_probe_XATTR(void)
{
	return keeps_xattr("user.fsconf");
}

const char *fc_probe_TRUSTED(void)
{
	return keeps_xattr("trusted.fsconf");
}

const char *fc_probe_SECURITY(void)
{
	return keeps_xattr("security.fsconf");
}

const char *fc_probe_FCAPS(void)
{
	/* struct vfs_cap_data, revision 2: effective, CAP_NET_RAW permitted */
	const uint32_t cap[5] = { 0x02000001, 1u << 13, 0, 0, 0 };

	fc_file("f", 0755, "");
	return WORKS(setxattr("f", "security.capability", cap, sizeof(cap), 0));
}

const char *fc_probe_ACL(void)
{
	/* version 2; user_obj rwx, user 64004 r, group_obj r, mask r, other - */
	const uint32_t acl[] = {
		2, 0x00070001, ~0u, 0x00040002, FC_UID_STRANGER,
		0x00040004, ~0u, 0x00040010, ~0u, 0x00000020, ~0u,
	};

	fc_file("f", 0700, "");
	if (setxattr("f", "system.posix_acl_access", acl, sizeof(acl), 0) < 0)
		return strerrorname_np(errno);
	return fc_mode("f") == 0740 ? NULL : "the mode does not show it";
}

static bool is_second(const char *dir)
{
	struct stat here, there;

	if (stat(".", &here) < 0 || stat(dir, &there) < 0)
		return false;
	return here.st_dev != there.st_dev && !access(dir, W_OK | X_OK);
}

/* The runner has chosen one before (or was told by --second). */
const char *fc_probe_SECOND(void)
{
	return is_second(fc_env.second) ? NULL : "none found (--second DIR)";
}

const char *fc_probe_BTIME(void)
{
	struct statx stx;

	fc_file("f", 0644, "");
	if (statx(AT_FDCWD, "f", 0, STATX_BTIME, &stx) < 0)
		return strerrorname_np(errno);
	return stx.stx_mask & STATX_BTIME ? NULL : "not reported";
}

const char *fc_probe_NSEC(void)
{
	const struct timespec t[2] = { { 1000000, 123456789 },
				       { 1000001, 987654321 } };
	struct stat st;

	fc_file("f", 0644, "");
	if (utimensat(AT_FDCWD, "f", t, 0) < 0 || stat("f", &st) < 0)
		return strerrorname_np(errno);
	return st.st_mtim.tv_nsec == 987654321 &&
	       st.st_atim.tv_nsec == 123456789 ? NULL : "not kept";
}

/* With relatime an access time older than the change time is updated. */
const char *fc_probe_ATIME(void)
{
	const struct timespec t[2] = { { 1000000, 0 }, { 1000001, 0 } };
	struct stat st;
	char buf[8];

	fc_file("f", 0644, "text");
	if (utimensat(AT_FDCWD, "f", t, 0) < 0 ||
	    fc_slurp("f", buf, sizeof(buf)) < 0 || stat("f", &st) < 0)
		return strerrorname_np(errno);
	return st.st_atim.tv_sec > 1000000 ? NULL : "not updated";
}

const char *fc_probe_MMAPSHARED(void)
{
	int fd = open("f", O_CREAT | O_RDWR, 0600);
	void *p;

	if (fd < 0 || ftruncate(fd, 4096) < 0)
		return strerrorname_np(errno);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? strerrorname_np(errno) : NULL;
}

static const char *mount_lacks(unsigned long flag, const char *name)
{
	struct statvfs st;

	if (statvfs(".", &st) < 0)
		return strerrorname_np(errno);
	return st.f_flag & flag ? name : NULL;
}

const char *fc_probe_EXEC(void)
{
	return mount_lacks(ST_NOEXEC, "mounted noexec");
}

const char *fc_probe_SUID(void)
{
	return mount_lacks(ST_NOSUID, "mounted nosuid");
}

const char *fc_probe_DEV(void)
{
	return mount_lacks(ST_NODEV, "mounted nodev");
}

const char *fc_probe_PROC(void)
{
	return WORKS(access("/proc/self/fd", R_OK));
}

/* Free space, not size: a quota counts as a small file system as well. */
const char *fc_probe_SMALL(void)
{
	struct statvfs st;

	if (statvfs(".", &st) < 0)
		return strerrorname_np(errno);
	if (!st.f_blocks)
		return "no size is told";
	return (uint64_t)st.f_bavail * st.f_frsize <= 64u << 20 ?
		       NULL : "more than 64 MiB free";
}

const char *fc_probe_BIGFILE(void)
{
	int fd = open("f", O_CREAT | O_RDWR, 0600);
	struct stat st;

	if (fd < 0 || pwrite(fd, "x", 1, 1ll << 40) != 1 || fstat(fd, &st) < 0)
		return strerrorname_np(errno);
	return st.st_blocks < 1 << 20 ? NULL : "not sparse";
}
