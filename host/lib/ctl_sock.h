/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctl_sock - messages of ctl.h through the launcher's end of the control socket
 */
#ifndef HUM_CTL_SOCK_H
#define HUM_CTL_SOCK_H

#include <stddef.h>

#include "ctl.h"

/*
 * Finish the message in @b and send it with @nfds descriptors of @fds (which
 * stay the caller's). Fields that are too many for a packet go in a memory file.
 * Return: 0; -EMSGSIZE when it is too long even for that; -EAGAIN, -EPIPE, ...
 */
int ctl_sock_send(int sock, struct ctl_builder *b, const int *fds,
		  unsigned int nfds);

/*
 * Take one packet. The guest never attaches descriptors: one that does is
 * refused, and what it attached is closed.
 * Return: 1 with *ret_header and the fields at @buf + sizeof(struct ctl_header);
 * 0 at end of file; -EAGAIN; -EBADMSG or -EPROTONOSUPPORT for what is no message
 * of ours; another negative errno.
 */
int ctl_sock_receive(int sock, void *buf, size_t size,
		     struct ctl_header *ret_header);

#endif /* HUM_CTL_SOCK_H */
