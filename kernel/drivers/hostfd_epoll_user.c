// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_epoll_user - host half of hostfd_watch: one epoll set of ours
 *
 * Foreign descriptors are members of this set and of nothing else: membership
 * leaves their open file descriptions untouched. Each member is disarmed until
 * somebody waits for it (EPOLLONESHOT), so an idle guest costs nothing and a
 * descriptor that stays readable does not storm.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <os.h>

#include "hostfd_host.h"

#define BATCH	32

int hostfd_host_epoll(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int control(int epoll, int op, int fd, uint32_t id, uint32_t events)
{
	struct epoll_event ev = {
		.events = events | EPOLLONESHOT,
		.data.u32 = id,
	};

	return epoll_ctl(epoll, op, fd, &ev) < 0 ? -errno : 0;
}

/**
 * hostfd_host_epoll_add - make a descriptor a member
 * @epoll:	the set
 * @fd:		the descriptor
 * @id:		what its events are to bear
 *
 * It is armed for POLLHUP and POLLERR, which cannot be left out: one event may
 * come at once.
 *
 * Return: 0; -EPERM when its object has no poll and so is always ready.
 */
int hostfd_host_epoll_add(int32_t epoll, int32_t fd, uint32_t id)
{
	return control(epoll, EPOLL_CTL_ADD, fd, id, 0);
}

/* Report @events once; at once if they are there already. */
int hostfd_host_epoll_arm(int32_t epoll, int32_t fd, uint32_t id,
			  uint32_t events)
{
	return control(epoll, EPOLL_CTL_MOD, fd, id, events);
}

/*
 * Must come before close(): the description usually lives on in another
 * process, and with it the membership.
 */
void hostfd_host_epoll_del(int32_t epoll, int32_t fd)
{
	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* Take events that have come, without waiting. Return: how many. */
int hostfd_host_epoll_take(int32_t epoll, struct hostfd_event *events,
			   int32_t size)
{
	struct epoll_event ev[BATCH];
	int n, i;

	if (size > BATCH)
		size = BATCH;
	do
		n = epoll_wait(epoll, ev, size, 0);
	while (n < 0 && errno == EINTR);
	for (i = 0; i < n; i++)
		events[i] = (struct hostfd_event) { ev[i].data.u32, ev[i].events };
	return n < 0 ? 0 : n;
}
