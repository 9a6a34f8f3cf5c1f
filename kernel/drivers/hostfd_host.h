/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostfd_host - what the drivers' host half (libc) offers to their kernel half
 *
 * The only header that both halves include: fixed-width integers, plain
 * structs, no type of either world. Values that Linux has the same on both
 * sides (errno, O_*, POLL*, S_IF*, SEEK_*, ioctl numbers) pass as they are.
 * Functions return 0 or more, or a negative errno. None of them waits: where
 * the host would block they return -EAGAIN, except on regular files, block
 * devices and devices without poll, which do not know that state.
 */
#ifndef HUM_HOSTFD_HOST_H
#define HUM_HOSTFD_HOST_H

#ifdef __UM_HOST__
#include <stdint.h>
#include <stddef.h>
#else
#include <linux/types.h>
#endif

#define HOSTFD_PASS_MAX		8	/* descriptors in one packet */

/* Ways that can be taken away, so that tests reach what comes behind them. */
#define HOSTFD_AVOID_NOWAIT	1
#define HOSTFD_AVOID_REOPEN	2

/* How a descriptor is read and written without blocking a virtual CPU. */
enum hostfd_how {
	HOSTFD_PLAIN,		/* never blocks: regular, block, no poll */
	HOSTFD_SOCKET,		/* MSG_DONTWAIT */
	HOSTFD_NOWAIT,		/* RWF_NOWAIT */
	HOSTFD_OWN,		/* O_NONBLOCK on a description of our own */
	HOSTFD_POLL,		/* poll first, then little */
};

struct hostfd_io {
	int32_t fd;		/* as it was given to us: poll, stat, seek */
	int32_t io;		/* read and write; == fd unless HOSTFD_OWN */
	uint32_t how;		/* enum hostfd_how */
	uint32_t flags;		/* its O_* flags */
};

struct hostfd_time {
	int64_t sec;
	uint32_t nsec;
};

struct hostfd_stat {
	uint64_t dev, ino, size, blocks;
	uint32_t mode, nlink, uid, gid, blksize;
	uint32_t rdev_major, rdev_minor;
	struct hostfd_time atime, mtime, ctime;
};

struct hostfd_event {
	uint32_t id, events;
};

int hostfd_host_init(void);
int hostfd_host_adopt(int32_t fd, uint32_t avoid, struct hostfd_io *ret_io,
		      struct hostfd_stat *ret_stat);
int hostfd_host_reopen(int32_t fd, uint32_t flags);
void hostfd_host_close(struct hostfd_io *io);
int64_t hostfd_host_read(struct hostfd_io *io, void *buf, size_t size);
int64_t hostfd_host_write(struct hostfd_io *io, const void *buf, size_t size);
int64_t hostfd_host_pread(int32_t fd, void *buf, size_t size, int64_t offset);
int64_t hostfd_host_pwrite(int32_t fd, const void *buf, size_t size,
			   int64_t offset);
int64_t hostfd_host_seek(int32_t fd, int64_t offset, int32_t whence);
int hostfd_host_sync(int32_t fd, int32_t data_only);
int hostfd_host_truncate(int32_t fd, int64_t size);
int hostfd_host_stat(int32_t fd, struct hostfd_stat *ret_stat);
int hostfd_host_ioctl(int32_t fd, uint32_t command, void *arg);
int hostfd_host_poll(int32_t fd, uint32_t events);

int hostfd_host_epoll(void);
int hostfd_host_epoll_add(int32_t epoll, int32_t fd, uint32_t id);
int hostfd_host_epoll_arm(int32_t epoll, int32_t fd, uint32_t id,
			  uint32_t events);
void hostfd_host_epoll_del(int32_t epoll, int32_t fd);
int hostfd_host_epoll_take(int32_t epoll, struct hostfd_event *events,
			   int32_t size);

int hostctl_host_check(int32_t fd);
int64_t hostctl_host_receive(int32_t fd, void *buf, size_t size, int32_t *fds,
			     uint32_t *ret_nfds);
int64_t hostctl_host_send(int32_t fd, const void *buf, size_t size);

#endif /* HUM_HOSTFD_HOST_H */
