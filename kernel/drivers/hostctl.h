/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * hostctl - what /dev/hostctl offers to the guest's agent
 *
 * The guest kernel is given the launcher's end of a SOCK_SEQPACKET socket by
 * `hum.control=FD` on its command line. /dev/hostctl receives its packets, with
 * the descriptors attached to each turned into guest files, and sends packets.
 */
#ifndef HUM_HOSTCTL_H
#define HUM_HOSTCTL_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define HOSTCTL_FDS_MAX	8

struct hostctl_message {
	__u64 data;		/* user address of the packet's bytes */
	__u32 size;		/* RECEIVE: room at data in, bytes received out */
	__u32 nfds;		/* descriptors in fds */
	__s32 fds[HOSTCTL_FDS_MAX];
};

/*
 * HOSTCTL_RECEIVE: take one packet. Blocks unless O_NONBLOCK; poll(2) says when
 * one is there. Return: 0; 0 with size 0 and nfds 0 at end of file (the
 * launcher is gone); -EMSGSIZE when the packet is larger than size (it is lost).
 * A descriptor that cannot be a guest file (a directory, an O_PATH one) does not
 * hold up its packet: its place in fds is a negative errno.
 * HOSTCTL_SEND: send one packet, without descriptors.
 */
#define HOSTCTL_RECEIVE	_IOWR('h', 1, struct hostctl_message)
#define HOSTCTL_SEND	_IOW('h', 2, struct hostctl_message)

#endif /* HUM_HOSTCTL_H */
