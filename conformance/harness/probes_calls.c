// SPDX-License-Identifier: GPL-2.0-only
/* probes_calls - which Linux system calls and flags the file system knows */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "fsconf.h"
#include "idmap.h"
#include "peer.h"

#define WORKS(call)	((call) >= 0 ? NULL : strerrorname_np(errno))

/* A file "f" of 64 KiB of data, open for reading and writing. */
static int data_file(void)
{
	static char block[65536];
	int fd = open("f", O_CREAT | O_RDWR, 0600);

	memset(block, 'd', sizeof(block));
	if (fd < 0 || write(fd, block, sizeof(block)) != sizeof(block))
		return -1;
	return fd;
}

const char *fc_probe_REFLINK(void)
{
	int from = data_file();
	int to = open("g", O_CREAT | O_RDWR, 0600);

	return WORKS(ioctl(to, FICLONE, from));
}

const char *fc_probe_DEDUPE(void)
{
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) +
			  sizeof(struct file_dedupe_range_info)];
	} arg = { .range = { .src_length = 4096, .dest_count = 1 } };
	int from = data_file();

	rename("f", "g");
	arg.range.info[0].dest_fd = data_file();
	if (ioctl(from, FIDEDUPERANGE, &arg.range) < 0)
		return strerrorname_np(errno);
	return arg.range.info[0].status ? "refused" : NULL;
}

const char *fc_probe_COPYRANGE(void)
{
	int from = data_file();
	int to = open("g", O_CREAT | O_RDWR, 0600);
	loff_t in = 0, out = 0;

	return WORKS(copy_file_range(from, &in, to, &out, 4096, 0));
}

const char *fc_probe_TMPFILE(void)
{
	return WORKS(open(".", O_TMPFILE | O_RDWR, 0600));
}

const char *fc_probe_DIRECT(void)
{
	return WORKS(open("f", O_CREAT | O_RDWR | O_DIRECT, 0600));
}

static const char *falloc(int mode)
{
	return WORKS(fallocate(data_file(), mode, 4096, 4096));
}

const char *fc_probe_FALLOC(void)
{
	return falloc(0);
}

const char *fc_probe_PUNCH(void)
{
	return falloc(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
}

const char *fc_probe_ZERO(void)
{
	return falloc(FALLOC_FL_ZERO_RANGE);
}

const char *fc_probe_COLLAPSE(void)
{
	struct statvfs st;
	int fd = data_file();

	if (statvfs(".", &st) < 0)
		return strerrorname_np(errno);
	return WORKS(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, st.f_bsize));
}

const char *fc_probe_HOLES(void)
{
	int fd = open("f", O_CREAT | O_RDWR, 0600);

	if (fd < 0 || pwrite(fd, "x", 1, 1 << 20) != 1)
		return strerrorname_np(errno);
	return lseek(fd, 0, SEEK_HOLE) == 0 ? NULL : "no hole seen";
}

static const char *rename_flag(unsigned int flag)
{
	fc_file("f", 0600, "");
	if (flag == RENAME_EXCHANGE)
		fc_file("g", 0600, "");
	return WORKS(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", flag));
}

const char *fc_probe_NOREPLACE(void)
{
	return rename_flag(RENAME_NOREPLACE);
}

const char *fc_probe_EXCHANGE(void)
{
	return rename_flag(RENAME_EXCHANGE);
}

const char *fc_probe_WHITEOUT(void)
{
	return rename_flag(RENAME_WHITEOUT);
}

const char *fc_probe_OPENAT2(void)
{
	struct open_how how = { .flags = O_RDONLY };

	return WORKS(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how)));
}

const char *fc_probe_FACCESSAT2(void)
{
	return WORKS(syscall(439, AT_FDCWD, ".", R_OK, AT_EACCESS));
}

const char *fc_probe_FCHMODAT2(void)
{
	fc_file("f", 0600, "");
	return WORKS(syscall(452, AT_FDCWD, "f", 0640, 0));
}

static const char *lock(int cmd)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return WORKS(fcntl(data_file(), cmd, &fl));
}

const char *fc_probe_LOCKS(void)
{
	return lock(F_SETLK);
}

const char *fc_probe_OFD(void)
{
	return lock(F_OFD_SETLK);
}

const char *fc_probe_FLOCK(void)
{
	return WORKS(flock(data_file(), LOCK_EX | LOCK_NB));
}

const char *fc_probe_LEASE(void)
{
	return WORKS(fcntl(data_file(), F_SETLEASE, F_WRLCK));
}

static union {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
} handle = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };

const char *fc_probe_HANDLE(void)
{
	int mount;

	fc_file("f", 0600, "");
	return WORKS(name_to_handle_at(AT_FDCWD, "f", &handle.handle, &mount,
				       0));
}

const char *fc_probe_OPENHANDLE(void)
{
	const char *why = fc_probe_HANDLE();

	if (why)
		return why;
	return WORKS(open_by_handle_at(open(".", O_RDONLY), &handle.handle,
				       O_RDONLY));
}

const char *fc_probe_INOTIFY(void)
{
	return WORKS(inotify_add_watch(inotify_init1(0), ".", IN_CREATE));
}

const char *fc_probe_FANOTIFY(void)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME, 0);

	return WORKS(fanotify_mark(fd, FAN_MARK_ADD, FAN_CREATE, AT_FDCWD,
				   "."));
}

const char *fc_probe_FLAGS(void)
{
	int flags, fd = data_file();

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return strerrorname_np(errno);
	flags |= FS_IMMUTABLE_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
		return strerrorname_np(errno);
	flags &= ~FS_IMMUTABLE_FL;
	return WORKS(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

const char *fc_probe_MOUNTNS(void)
{
	if (fc_own_mounts() < 0)
		return strerrorname_np(errno);
	fc_dir("m", 0755);
	return WORKS(fc_bind("m", MS_RDONLY));
}

const char *fc_probe_OVERLAY(void)
{
	if (fc_own_mounts() < 0)
		return strerrorname_np(errno);
	fc_dir("l", 0755);
	fc_dir("u", 0755);
	fc_dir("w", 0755);
	fc_dir("m", 0755);
	return WORKS(mount("overlay", "m", "overlay", 0,
			   "lowerdir=l,upperdir=u,workdir=w"));
}

const char *fc_probe_USERNS(void)
{
	return WORKS(unshare(CLONE_NEWUSER));
}

const char *fc_probe_IDMAP(void)
{
	if (fc_own_mounts() < 0)
		return strerrorname_np(errno);
	fc_dir("m", 0755);
	return WORKS(fc_idmapped_mount("m", 0, 100000, 65536));
}

const char *fc_probe_QUOTA(void)
{
	long ret;

	if (!fc_peer_connected())
		return WORKS(fc_quota_set(FC_UID_OWNER, 0, 0));
	ret = fc_peer("quota %d 0 0", FC_UID_OWNER);
	return ret < 0 ? strerrorname_np(-ret) : NULL;
}

const char *fc_probe_PEER(void)
{
	return fc_peer_connected() ? NULL : "no helper (--peer)";
}
