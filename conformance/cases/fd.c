// SPDX-License-Identifier: GPL-2.0-only
/* fd - what calls on descriptors say to the wrong descriptor */
#include <dirent.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

static char buf[4096];
static struct stat st;
static struct statfs sfs;
static struct iovec iov = { buf, 1 };

/* The descriptors that calls are tried on. */
enum kind {
	CLOSED, PATHFD, RDONLY, WRONLY, RDWR, DIRFD, FIFOFD, KINDS
};

static const char *const kind_names[KINDS] = {
	"no descriptor", "an O_PATH descriptor", "O_RDONLY", "O_WRONLY",
	"O_RDWR", "a directory", "a fifo",
};

struct fd_call {
	const char *name;
	int want[KINDS];	/* errno, 0 = works, -1 = not asked */
	enum fc_need need;
	long (*call)(int fd);
};

#define FC_NEED_NONE	FC_NEEDS

static long do_mmap(int fd, int prot, int flags)
{
	void *p = mmap(NULL, 4096, prot, flags, fd, 0);

	return p == MAP_FAILED ? -1 : munmap(p, 4096);
}

static long do_copy_in(int fd)
{
	int to = MUST(open("other", O_CREAT | O_WRONLY, 0644));
	loff_t off = 0, out = 0;
	long ret = copy_file_range(fd, &off, to, &out, 1, 0);
	int err = errno;

	close(to);
	errno = err;
	return ret;
}

static long do_getdents(int fd)
{
	return syscall(SYS_getdents64, fd, buf, sizeof(buf));
}

static long do_fchdir(int fd)
{
	int here = MUST(open(".", O_PATH));
	long ret = fchdir(fd);
	int err = errno;

	MUST(fchdir(here));
	close(here);
	errno = err;
	return ret;
}

/*	 name, closed, path, rdonly, wronly, rdwr, directory, fifo */
#define CALLS(X)							\
	X(read, EBADF, EBADF, 0, EBADF, 0, EISDIR, -1, NONE,		\
	  read(fd, buf, 1))						\
	X(readv, EBADF, EBADF, 0, EBADF, 0, EISDIR, -1, NONE,		\
	  readv(fd, &iov, 1))						\
	X(pread, EBADF, EBADF, 0, EBADF, 0, EISDIR, ESPIPE, NONE,	\
	  pread(fd, buf, 1, 0))						\
	X(write, EBADF, EBADF, EBADF, 0, 0, EBADF, 0, NONE,		\
	  write(fd, buf, 1))						\
	X(writev, EBADF, EBADF, EBADF, 0, 0, EBADF, 0, NONE,		\
	  writev(fd, &iov, 1))						\
	X(pwrite, EBADF, EBADF, EBADF, 0, 0, EBADF, ESPIPE, NONE,	\
	  pwrite(fd, buf, 1, 0))					\
	X(lseek, EBADF, EBADF, 0, 0, 0, 0, ESPIPE, NONE,		\
	  lseek(fd, 0, SEEK_SET))					\
	X(ftruncate, EBADF, EBADF, EINVAL, 0, 0, EINVAL, EINVAL, NONE,	\
	  ftruncate(fd, 100))						\
	X(fallocate, EBADF, EBADF, EBADF, 0, 0, EBADF, ESPIPE, FALLOC,	\
	  fallocate(fd, 0, 0, 100))					\
	X(fsync, EBADF, EBADF, 0, 0, 0, 0, EINVAL, NONE, fsync(fd))	\
	X(fdatasync, EBADF, EBADF, 0, 0, 0, 0, EINVAL, NONE,		\
	  fdatasync(fd))						\
	X(syncfs, EBADF, EBADF, 0, 0, 0, 0, 0, NONE, syncfs(fd))	\
	X(sync_file_range, EBADF, EBADF, 0, 0, 0, 0, ESPIPE, NONE,	\
	  sync_file_range(fd, 0, 1, SYNC_FILE_RANGE_WRITE))		\
	X(posix_fadvise, EBADF, EBADF, 0, 0, 0, 0, ESPIPE, NONE,	\
	  (errno = posix_fadvise(fd, 0, 1, 0)) ? -1 : 0)		\
	X(readahead, EBADF, EBADF, 0, EBADF, 0, EINVAL, EINVAL, NONE,	\
	  readahead(fd, 0, 1))						\
	X(fstat, EBADF, 0, 0, 0, 0, 0, 0, NONE, fstat(fd, &st))		\
	X(fstatfs, EBADF, 0, 0, 0, 0, 0, 0, NONE, fstatfs(fd, &sfs))	\
	X(fchmod, EBADF, EBADF, 0, 0, 0, 0, 0, NONE, fchmod(fd, 0755))	\
	X(fchown, EBADF, EBADF, 0, 0, 0, 0, 0, NONE, fchown(fd, -1, -1)) \
	X(futimens, EBADF, EBADF, 0, 0, 0, 0, 0, NONE, futimens(fd, NULL)) \
	X(fchdir, EBADF, ENOTDIR, ENOTDIR, ENOTDIR, ENOTDIR, 0, ENOTDIR, \
	  NONE, do_fchdir(fd))						\
	X(getdents, EBADF, EBADF, ENOTDIR, ENOTDIR, ENOTDIR, 0, ENOTDIR, \
	  NONE, do_getdents(fd))					\
	X(flock, EBADF, EBADF, 0, 0, 0, 0, 0, FLOCK,			\
	  flock(fd, LOCK_SH | LOCK_NB))					\
	X(fgetxattr, EBADF, EBADF, 0, 0, 0, 0, -1, XATTR,		\
	  fgetxattr(fd, "user.fsconf", buf, 10))			\
	X(fsetxattr, EBADF, EBADF, 0, 0, 0, 0, EPERM, XATTR,		\
	  fsetxattr(fd, "user.fsconf", "v", 1, 0))			\
	X(flistxattr, EBADF, EBADF, 0, 0, 0, 0, 0, XATTR,		\
	  flistxattr(fd, buf, 100))					\
	X(fremovexattr, EBADF, EBADF, ENODATA, ENODATA, ENODATA, ENODATA, \
	  EPERM, XATTR, fremovexattr(fd, "user.missing"))		\
	X(mmap_private, EBADF, EBADF, 0, EACCES, 0, ENODEV, ENODEV, NONE, \
	  do_mmap(fd, PROT_READ, MAP_PRIVATE))				\
	X(mmap_shared_read, EBADF, EBADF, 0, EACCES, 0, ENODEV, ENODEV,	\
	  MMAPSHARED, do_mmap(fd, PROT_READ, MAP_SHARED))		\
	X(mmap_shared_write, EBADF, EBADF, EACCES, EACCES, 0, EACCES,	\
	  ENODEV, MMAPSHARED,						\
	  do_mmap(fd, PROT_READ | PROT_WRITE, MAP_SHARED))		\
	X(copy_file_range, EBADF, EBADF, 0, EBADF, 0, EISDIR, EINVAL,	\
	  COPYRANGE, do_copy_in(fd))					\
	X(dup, EBADF, 0, 0, 0, 0, 0, 0, NONE, fc_close_of(dup(fd)))	\
	X(fcntl_getfl, EBADF, 0, 0, 0, 0, 0, 0, NONE, fcntl(fd, F_GETFL)) \
	X(fcntl_setlk_read, EBADF, EBADF, 0, EBADF, 0, 0, -1, LOCKS,	\
	  fcntl(fd, F_SETLK, &read_lock))				\
	X(fcntl_setlk_write, EBADF, EBADF, EBADF, 0, 0, EBADF, -1, LOCKS, \
	  fcntl(fd, F_SETLK, &write_lock))

static struct flock read_lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
static struct flock write_lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

#define X(name, a, b, c, d, e, f, g, need, expr)			\
	static long call_##name(int fd) { return (expr); }
CALLS(X)
#undef X

static const struct fd_call calls[] = {
#define X(name, a, b, c, d, e, f, g, need, expr)			\
	{ #name, { a, b, c, d, e, f, g }, FC_NEED_##need, call_##name },
	CALLS(X)
#undef X
};

static int open_kind(enum kind k)
{
	switch (k) {
	case CLOSED:
		return 1000;
	case PATHFD:
		return MUST(open("file", O_PATH));
	case RDONLY:
		return MUST(open("file", O_RDONLY));
	case WRONLY:
		return MUST(open("file", O_WRONLY));
	case RDWR:
		return MUST(open("file", O_RDWR));
	case DIRFD:
		return MUST(open("dir", O_RDONLY));
	default:
		return MUST(open("fifo", O_RDWR | O_NONBLOCK));
	}
}

static void kinds(void)
{
	fc_file("file", 0644, "some text");
	fc_dir("dir", 0755);
	MUST(mkfifo("fifo", 0644));
	if (fc_have(FC_NEED_XATTR)) {
		MUST(setxattr("file", "user.fsconf", "v", 1, 0));
		MUST(setxattr("dir", "user.fsconf", "v", 1, 0));
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].need != FC_NEEDS && !fc_have(calls[i].need))
			continue;
		for (enum kind k = 0; k < KINDS; k++) {
			int fd = open_kind(k);

			if (calls[i].want[k] >= 0)
				CHECK_CALL(calls[i].call(fd), calls[i].want[k],
					   "%s on %s", calls[i].name,
					   kind_names[k]);
			if (k != CLOSED)
				close(fd);
		}
	}
}

static void bad_buffers(void)
{
	char *volatile bad = (char *)1;	/* else the compiler warns */
	int fd;

	fc_file("file", 0644, "text");
	fd = MUST(open("file", O_RDWR));
	CHECK_ERR(read(fd, bad, 1), EFAULT, "read");
	CHECK_ERR(pread(fd, bad, 1, 0), EFAULT, "pread");
	CHECK_ERR(write(fd, bad, 1), EFAULT, "write");
	CHECK_ERR(pwrite(fd, bad, 1, 0), EFAULT, "pwrite");
	CHECK_ERR(syscall(SYS_readlink, "file", bad, 0), EINVAL,
		  "readlink with size 0");
	CHECK_ERR(syscall(SYS_newfstatat, AT_FDCWD, "file", bad, 0), EFAULT,
		  "stat");
	CHECK_ERR(syscall(SYS_statfs, "file", bad), EFAULT, "statfs");
	CHECK_ERR(syscall(SYS_utimensat, AT_FDCWD, "file", bad, 0), EFAULT,
		  "utimensat");
	CHECK_EQ(fc_size("file"), 4, "nothing was written");
	MUST(close(fd));
}

static void bad_numbers(void)
{
	int fd;

	fc_file("file", 0644, "text");
	fd = MUST(open("file", O_RDWR));
	CHECK_ERR(pread(fd, buf, 1, -1), EINVAL, "pread at -1");
	CHECK_ERR(pwrite(fd, buf, 1, -1), EINVAL, "pwrite at -1");
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL, "lseek to -1");
	CHECK_ERR(lseek(fd, -5, SEEK_END), EINVAL, "lseek before the start");
	CHECK_ERR(lseek(fd, 0, 99), EINVAL, "lseek from nowhere");
	CHECK_ERR(ftruncate(fd, -1), EINVAL, "ftruncate to -1");
	CHECK_ERR(truncate("file", -1), EINVAL, "truncate to -1");
	CHECK_ERR(syscall(SYS_readv, fd, &iov, -1), EINVAL, "readv of -1 parts");
	CHECK_ERR(syscall(SYS_readv, fd, &iov, 2000), EINVAL, "readv of 2000 parts");
	CHECK_ERR(flock(fd, 0), EINVAL, "flock of nothing");
	CHECK_ERR(fcntl(fd, 9999), EINVAL, "fcntl of an unknown command");
	CHECK_ERR(ioctl(fd, 0x7fff, 0), ENOTTY, "ioctl of an unknown command");
	CHECK_EQ(read(fd, buf, 0), 0, "read of 0 bytes");
	CHECK_EQ(write(fd, buf, 0), 0, "write of 0 bytes");
	MUST(close(fd));
}

#define ROW(fn, text, needs, origin) \
	{ "fd", #fn, text, needs, FC_T_ALL, origin, fn }

static const struct fc_case cases[] = {
	ROW(kinds, "each call accepts the descriptors it is for", FC_N(FIFO),
	    "the manual page of each call"),
	ROW(bad_buffers, "bad addresses are EFAULT", 0, "read(2)"),
	ROW(bad_numbers, "numbers out of range are EINVAL", 0, "lseek(2)"),
};

FC_FAMILY(fd, "fd", cases);
