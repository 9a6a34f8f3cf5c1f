// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_user - host half of hostfd: reads, writes and asks host descriptors
 *
 * Theory of operation
 *
 * A descriptor's open file description is shared with whoever handed it in:
 * the caller's shell has the same one. So nothing here may change it
 * (O_NONBLOCK, O_ASYNC, owner), and yet a virtual CPU must never block in it.
 * What each kind of descriptor offers instead is enum hostfd_how:
 *
 * - pipes: RWF_NOWAIT, since Linux 6.5 for reading and writing. Where that is
 *   missing, and for named FIFOs, a second description of the same pipe is
 *   opened through /proc/self/fd, which takes O_NONBLOCK without anybody
 *   noticing. The first one is kept for poll(): one that is opened when all
 *   writers have gone does not report their hang-up.
 * - terminals: a second description as well; write(2) to a stopped terminal
 *   can block even after POLLOUT. Not for the master of a pty (opening that
 *   makes a new pty).
 * - sockets: MSG_DONTWAIT.
 * - all else, and where /proc is out of reach or somebody else's pipe may not
 *   be opened: poll(), then as little as must fit. Another process that reads
 *   or writes the same description between the two calls can then hold up the
 *   virtual CPU; it is the last resort.
 *
 * SIGPIPE is blocked in every thread of the process (arch/um's main() and
 * helper threads); EPIPE is all that comes back.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>
#include <os.h>

#include "hostfd_host.h"

#define PIPEFS_MAGIC	0x50495045

/* What poll() promises room for; a terminal promises one byte, mostly more. */
#define ROOM_PIPE	PIPE_BUF
#define ROOM_OTHER	256

static int pipes_have_nowait;

/* The result of a host call, with errno read at once. */
static int64_t result(int64_t n)
{
	return n < 0 ? -errno : n;
}

#define RETRY(call)					\
({							\
	int64_t n_;					\
	do						\
		n_ = result(call);			\
	while (n_ == -EINTR);				\
	n_;						\
})

static int64_t read_nowait(int fd, void *buf, size_t size)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };

	return RETRY(preadv2(fd, &iov, 1, -1, RWF_NOWAIT));
}

static int64_t write_nowait(int fd, const void *buf, size_t size)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = size };

	return RETRY(pwritev2(fd, &iov, 1, -1, RWF_NOWAIT));
}

/**
 * hostfd_host_init - find out what the host's pipes can do
 *
 * Return: 0 or a negative errno.
 */
int hostfd_host_init(void)
{
	int fds[2];
	char byte;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pipes_have_nowait = read_nowait(fds[0], &byte, 1) == -EAGAIN &&
			    write_nowait(fds[1], "", 1) == 1;
	close(fds[0]);
	close(fds[1]);
	return 0;
}

/**
 * hostfd_host_poll - ask for readiness, without waiting
 * @fd:		the descriptor
 * @events:	POLL* to ask for; POLLERR and POLLHUP come unasked
 *
 * Return: the POLL* that are there.
 */
int hostfd_host_poll(int32_t fd, uint32_t events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };
	int n = (int)RETRY(poll(&p, 1, 0));

	return n < 0 ? POLLERR : p.revents & 0xffff;
}

/* A second description of @fd's object, or -1. */
static int reopen(int fd, int mode, int flags, const struct stat *st)
{
	struct stat own;
	char path[32];
	int n, io;

	if (S_ISCHR(st->st_mode) && ioctl(fd, TIOCGPTN, &n) == 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	io = open(path, mode | flags | O_NOCTTY | O_CLOEXEC);
	if (io < 0)
		return -1;
	if (fstat(io, &own) == 0 && own.st_dev == st->st_dev &&
	    own.st_ino == st->st_ino && own.st_rdev == st->st_rdev)
		return io;
	close(io);
	return -1;
}

/**
 * hostfd_host_reopen - another description of a regular file, with its own offset
 * @fd:		the file
 * @flags:	O_ACCMODE and O_APPEND bits
 *
 * Return: a descriptor; -EACCES and the like when the host does not want it.
 */
int hostfd_host_reopen(int32_t fd, uint32_t flags)
{
	struct stat st;
	int own;

	if (fstat(fd, &st) < 0)
		return -errno;
	own = reopen(fd, (int)(flags & O_ACCMODE), (int)(flags & O_APPEND), &st);
	return own < 0 ? -EACCES : own;
}

static int is_pipe_with_nowait(int fd)
{
	struct statfs fs;

	return pipes_have_nowait && fstatfs(fd, &fs) == 0 &&
	       fs.f_type == PIPEFS_MAGIC;
}

/* poll(2) does not tell objects that know no waiting from ready ones. */
static int knows_poll(int fd)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };
	int epoll = epoll_create1(EPOLL_CLOEXEC), n;

	if (epoll < 0)
		return 1;
	n = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	close(epoll);
	return n == 0;
}

static void choose_how(struct hostfd_io *io, uint32_t avoid,
		       const struct stat *st)
{
	int terminal = S_ISCHR(st->st_mode) && isatty(io->fd);
	int own;

	io->io = io->fd;
	io->how = HOSTFD_POLL;
	if (S_ISSOCK(st->st_mode)) {
		io->how = HOSTFD_SOCKET;
	} else if (S_ISREG(st->st_mode) || S_ISBLK(st->st_mode) ||
		   (!terminal && !knows_poll(io->fd))) {
		io->how = HOSTFD_PLAIN;
	} else if (S_ISFIFO(st->st_mode) && !(avoid & HOSTFD_AVOID_NOWAIT) &&
		   is_pipe_with_nowait(io->fd)) {
		io->how = HOSTFD_NOWAIT;
	} else if ((terminal || S_ISFIFO(st->st_mode)) &&
		   !(avoid & HOSTFD_AVOID_REOPEN)) {
		own = reopen(io->fd, (int)io->flags & O_ACCMODE, O_NONBLOCK,
			     st);
		if (own >= 0) {
			io->io = own;
			io->how = HOSTFD_OWN;
		}
	}
}

static void stat_give(const struct stat *st, struct hostfd_stat *ret)
{
	*ret = (struct hostfd_stat) {
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.blocks = (uint64_t)st->st_blocks,
		.mode = st->st_mode,
		.nlink = (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.blksize = (uint32_t)st->st_blksize,
		.rdev_major = major(st->st_rdev),
		.rdev_minor = minor(st->st_rdev),
		.atime = { st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec },
		.mtime = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
		.ctime = { st->st_ctim.tv_sec, (uint32_t)st->st_ctim.tv_nsec },
	};
}

int hostfd_host_stat(int32_t fd, struct hostfd_stat *ret_stat)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	stat_give(&st, ret_stat);
	return 0;
}

/**
 * hostfd_host_adopt - take over a descriptor and choose how to use it
 * @fd:		the descriptor, ours; on failure it stays open
 * @avoid:	HOSTFD_AVOID_*
 * @ret_io:	how to use it; hostfd_host_close() ends it
 * @ret_stat:	what it is
 *
 * Return: 0; -EISDIR for a directory, -EBADF for one opened with O_PATH,
 * -EOPNOTSUPP for what is no file (an eventfd, an epoll set).
 */
int hostfd_host_adopt(int32_t fd, uint32_t avoid, struct hostfd_io *ret_io,
		      struct hostfd_stat *ret_stat)
{
	struct hostfd_io io = { .fd = fd };
	struct stat st;
	int flags;

	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if (flags & O_PATH)
		return -EBADF;
	if (fstat(fd, &st) < 0)
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
	case S_IFCHR:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFDIR:
		return -EISDIR;
	default:
		return -EOPNOTSUPP;
	}
	io.flags = (uint32_t)flags;
	choose_how(&io, avoid, &st);
	stat_give(&st, ret_stat);
	*ret_io = io;
	return 0;
}

void hostfd_host_close(struct hostfd_io *io)
{
	if (io->io != io->fd)
		close(io->io);
	close(io->fd);
	io->fd = io->io = -1;
}

/**
 * hostfd_host_read - read what is there, at the description's own offset
 * @io:		the descriptor
 * @buf:	room
 * @size:	bytes of it
 *
 * Return: bytes; 0 at end of file; -EAGAIN when nothing is there yet.
 */
int64_t hostfd_host_read(struct hostfd_io *io, void *buf, size_t size)
{
	int64_t n;

	switch (io->how) {
	case HOSTFD_SOCKET:
		return RETRY(recv(io->fd, buf, size, MSG_DONTWAIT));
	case HOSTFD_NOWAIT:
		n = read_nowait(io->fd, buf, size);
		if (n != -EOPNOTSUPP)
			return n;
		io->how = HOSTFD_POLL;
		fallthrough;
	case HOSTFD_POLL:
		if (!hostfd_host_poll(io->fd, POLLIN))
			return -EAGAIN;
	}
	return RETRY(read(io->io, buf, size));
}

/**
 * hostfd_host_write - write what there is room for, at the shared offset
 * @io:		the descriptor
 * @buf:	the bytes
 * @size:	how many
 *
 * Return: bytes; -EAGAIN when there is no room yet; -EPIPE without a signal.
 */
int64_t hostfd_host_write(struct hostfd_io *io, const void *buf, size_t size)
{
	struct stat st;
	size_t room;
	int64_t n;

	switch (io->how) {
	case HOSTFD_SOCKET:
		return RETRY(send(io->fd, buf, size,
				  MSG_DONTWAIT | MSG_NOSIGNAL));
	case HOSTFD_NOWAIT:
		n = write_nowait(io->fd, buf, size);
		if (n != -EOPNOTSUPP)
			return n;
		io->how = HOSTFD_POLL;
		fallthrough;
	case HOSTFD_POLL:
		if (!hostfd_host_poll(io->fd, POLLOUT))
			return -EAGAIN;
		room = fstat(io->fd, &st) == 0 && S_ISFIFO(st.st_mode) ?
		       ROOM_PIPE : ROOM_OTHER;
		if (size > room)
			size = room;
	}
	return RETRY(write(io->io, buf, size));
}

int64_t hostfd_host_pread(int32_t fd, void *buf, size_t size, int64_t offset)
{
	return RETRY(pread(fd, buf, size, offset));
}

int64_t hostfd_host_pwrite(int32_t fd, const void *buf, size_t size,
			   int64_t offset)
{
	return RETRY(pwrite(fd, buf, size, offset));
}

int64_t hostfd_host_seek(int32_t fd, int64_t offset, int32_t whence)
{
	return result(lseek(fd, offset, whence));
}

int hostfd_host_sync(int32_t fd, int32_t data_only)
{
	if (data_only)
		return (int)RETRY(fdatasync(fd));
	return (int)RETRY(fsync(fd));
}

int hostfd_host_truncate(int32_t fd, int64_t size)
{
	return (int)RETRY(ftruncate(fd, size));
}

/* The kernel half decides which commands come here and how large @arg is. */
int hostfd_host_ioctl(int32_t fd, uint32_t command, void *arg)
{
	return (int)RETRY(ioctl(fd, command, arg));
}
