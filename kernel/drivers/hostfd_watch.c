// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_watch - wake guest tasks when a host descriptor becomes ready
 *
 * Theory of operation
 *
 * arch/um's um_request_irq() sets O_ASYNC and O_NONBLOCK on the description it
 * is given. A foreign description is shared with processes outside, so it must
 * not go there. Instead all foreign descriptors are members of one epoll set
 * of ours, and only that set is registered as an interrupt source (setting
 * flags on it is our own affair). An epoll set sends no SIGIO; arch/um has a
 * helper thread for such descriptors (add_sigio_fd()), which waits for it on the
 * host and signals CPU 0.
 *
 * A member is armed on demand for one report. The order that loses nothing:
 *
 *	task:      join the wait queue, ask the host (poll), not ready: arm, sleep
 *	host:      reports once, at once if it has become ready before the arming
 *	interrupt: note what is no longer armed, wake the queue
 *
 * Reports name a watch by number, looked up under the table's lock: a report
 * for a watch that has been stopped meanwhile finds nothing.
 *
 * A guest epoll set polls only once with a wait entry and later relies on the
 * queue alone; in edge-triggered use it may not even poll before it expects the
 * next edge. So whoever finds a descriptor drained while somebody is in the
 * queue arms it again: hostfd_watch_poll() and the read and write paths.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>
#include <irq_kern.h>
#include <os.h>

#include "hostfd.h"

#define WATCH_EVENTS	(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDNORM | \
			 EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND | EPOLLRDHUP)
#define WATCH_ALWAYS	((__force u32)(EPOLLERR | EPOLLHUP))

static DEFINE_XARRAY_FLAGS(watches, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);
static u32 next_id;
static int epoll = -1;

/*
 * What to ask the host for, given what is armed and what is wanted; 0 when the
 * arming covers it already. POLLHUP and POLLERR are always reported, and stand
 * for "armed at all".
 */
u32 hostfd_watch_to_arm(u32 armed, u32 want)
{
	want |= WATCH_ALWAYS;
	return (armed & want) == want ? 0 : armed | want;
}

/*
 * What must be armed anew when @came was reported: a report disarms all. Not
 * after a hang-up, which would be reported again at once, for ever; everybody
 * is woken by it and will find out.
 */
u32 hostfd_watch_left(u32 armed, u32 came)
{
	u32 left = armed & ~(came | WATCH_ALWAYS);

	if (!left || (came & WATCH_ALWAYS))
		return 0;
	return left | WATCH_ALWAYS;
}

/**
 * hostfd_watch_start - begin to watch a host descriptor
 * @w:		the watch
 * @fd:		the descriptor; -1 for one that is always ready
 *
 * Return: 0 or a negative errno.
 */
int hostfd_watch_start(struct hostfd_watch *w, int fd)
{
	int err;

	init_waitqueue_head(&w->wait);
	spin_lock_init(&w->lock);
	w->armed = 0;
	w->fd = -1;
	if (fd < 0)
		return 0;
	if (epoll < 0)
		return epoll;
	err = xa_alloc_cyclic_irq(&watches, &w->id, w, xa_limit_32b, &next_id,
				  GFP_KERNEL);
	if (err < 0)
		return err;
	w->fd = fd;
	err = hostfd_host_epoll_add(epoll, fd, w->id);
	if (err) {
		xa_erase_irq(&watches, w->id);
		w->fd = -1;
	}
	return err;
}

/* End a watch, before its descriptor is closed. Nobody waits any more. */
void hostfd_watch_stop(struct hostfd_watch *w)
{
	if (w->fd < 0)
		return;
	hostfd_host_epoll_del(epoll, w->fd);
	xa_erase_irq(&watches, w->id);
	w->fd = -1;
}

/* Have the queue woken when one of @events is there. */
void hostfd_watch_arm(struct hostfd_watch *w, u32 events)
{
	unsigned long flags;
	u32 ask;

	if (w->fd < 0)
		return;
	spin_lock_irqsave(&w->lock, flags);
	ask = hostfd_watch_to_arm(w->armed, events);
	if (ask && !hostfd_host_epoll_arm(epoll, w->fd, w->id, ask))
		w->armed = ask;
	spin_unlock_irqrestore(&w->lock, flags);
}

static bool ready_or_armed(struct hostfd_watch *w, u32 events)
{
	if (hostfd_host_poll(w->fd, events))
		return true;
	hostfd_watch_arm(w, events);
	return false;
}

/**
 * hostfd_watch_wait - sleep until a descriptor is ready
 * @w:		its watch
 * @events:	EPOLL* to wait for
 *
 * Return: 0; -ERESTARTSYS when a signal came first.
 */
int hostfd_watch_wait(struct hostfd_watch *w, u32 events)
{
	if (w->fd < 0)
		return 0;
	return wait_event_interruptible(w->wait, ready_or_armed(w, events));
}

/**
 * hostfd_watch_poll - the poll operation of a watched file
 * @w:		the watch
 * @file:	the guest file
 * @wait:	the caller's poll table
 *
 * Return: the EPOLL* that are there now.
 */
__poll_t hostfd_watch_poll(struct hostfd_watch *w, struct file *file,
			   poll_table *wait)
{
	u32 want = (__force u32)poll_requested_events(wait);
	u32 there;

	poll_wait(file, &w->wait, wait);
	there = hostfd_host_poll(w->fd, (__force u32)WATCH_EVENTS);
	want &= (__force u32)WATCH_EVENTS;
	want &= ~there;
	if ((there & WATCH_ALWAYS) == 0 && (want || !there) &&
	    wq_has_sleeper(&w->wait))
		hostfd_watch_arm(w, want);
	return (__force __poll_t)there;
}

static void watch_report(struct hostfd_watch *w, u32 came)
{
	u32 left;

	spin_lock(&w->lock);
	left = hostfd_watch_left(w->armed, came);
	if (came & WATCH_ALWAYS)
		came |= w->armed;
	if (left && hostfd_host_epoll_arm(epoll, w->fd, w->id, left))
		left = 0;
	w->armed = left;
	spin_unlock(&w->lock);
	wake_up_poll(&w->wait, came);
}

static irqreturn_t watch_interrupt(int irq, void *unused)
{
	struct hostfd_event events[16];
	struct hostfd_watch *w;
	int n, i;

	do {
		n = hostfd_host_epoll_take(epoll, events, ARRAY_SIZE(events));
		xa_lock(&watches);
		for (i = 0; i < n; i++) {
			w = xa_load(&watches, events[i].id);
			if (w)
				watch_report(w, events[i].events);
		}
		xa_unlock(&watches);
	} while (n == ARRAY_SIZE(events));
	return IRQ_HANDLED;
}

static int __init hostfd_watch_init(void)
{
	int fd, irq, err;

	fd = hostfd_host_epoll();
	if (fd < 0) {
		epoll = fd;
		return fd;
	}
	epoll = fd;
	irq = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, watch_interrupt, 0,
			     "hostfd", &watches);
	if (irq < 0)
		return irq;
	sigio_broken();
	err = add_sigio_fd(fd);
	if (err)
		pr_err("hostfd: no helper thread watches the host: %d\n", err);
	return err;
}
subsys_initcall(hostfd_watch_init);
