// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostctl - /dev/hostctl, the agent's end of the launcher's control socket
 *
 * The kernel parameter hum.control=FD names the socket, a descriptor that the
 * launcher left open across exec. This driver moves packets and turns the
 * descriptors that come with them into guest files; what the packets say is
 * between launcher and agent. Without the parameter there is no device.
 */
#include <linux/file.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hostctl.h"
#include "hostfd.h"

#define PACKET_MAX	(128 * 1024)

static_assert(HOSTCTL_FDS_MAX == HOSTFD_PASS_MAX);

static int control = -1;
static struct hostfd_watch watch;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "hum."
module_param(control, int, 0400);

/* Call the host, and again when @events are there, unless O_NONBLOCK. */
#define WAIT_FOR(file, events, call)					\
({									\
	long n_, err_ = 0;						\
	for (;;) {							\
		n_ = (call);						\
		if (n_ != -EAGAIN || ((file)->f_flags & O_NONBLOCK))	\
			break;						\
		err_ = hostfd_watch_wait(&watch, (__force u32)(events));\
		if (err_) {						\
			n_ = err_;					\
			break;						\
		}							\
	}								\
	n_;								\
})

/*
 * Make guest descriptors of host descriptors. One that is refused does not
 * hold up the packet: its place says why.
 */
static void adopt(s32 *fds, u32 nfds, struct file **files)
{
	struct file *file;
	int fd;
	u32 i;

	for (i = 0; i < nfds; i++) {
		files[i] = NULL;
		file = hostfd_file_create(fds[i]);
		if (IS_ERR(file)) {
			fds[i] = PTR_ERR(file);
			continue;
		}
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0)
			fput(file);
		else
			files[i] = file;
		fds[i] = fd;
	}
}

/* The message has reached user space (@ok), or has not: show or undo. */
static void settle(const s32 *fds, u32 nfds, struct file **files, bool ok)
{
	u32 i;

	for (i = 0; i < nfds; i++) {
		if (!files[i])
			continue;
		if (ok) {
			fd_install(fds[i], files[i]);
		} else {
			put_unused_fd(fds[i]);
			fput(files[i]);
		}
	}
}

static long receive(struct file *file, struct hostctl_message __user *user,
		    struct hostctl_message *m)
{
	struct file *files[HOSTCTL_FDS_MAX];
	void *buf;
	bool ok;
	long n;

	buf = kvmalloc(m->size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	n = WAIT_FOR(file, EPOLLIN,
		     hostctl_host_receive(control, buf, m->size, m->fds,
					  &m->nfds));
	if (n < 0)
		goto out;
	adopt(m->fds, m->nfds, files);
	m->size = n;
	ok = !copy_to_user(u64_to_user_ptr(m->data), buf, n) &&
	     !copy_to_user(user, m, sizeof(*m));
	settle(m->fds, m->nfds, files, ok);
	n = ok ? 0 : -EFAULT;
out:
	kvfree(buf);
	return n;
}

static long transmit(struct file *file, const struct hostctl_message *m)
{
	void *buf;
	long n;

	if (m->nfds || !m->size)
		return -EINVAL;
	buf = vmemdup_user(u64_to_user_ptr(m->data), m->size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	n = WAIT_FOR(file, EPOLLOUT, hostctl_host_send(control, buf, m->size));
	kvfree(buf);
	return n;
}

static long hostctl_ioctl(struct file *file, unsigned int command,
			  unsigned long arg)
{
	struct hostctl_message __user *user = (void __user *)arg;
	struct hostctl_message m;

	if (command != HOSTCTL_RECEIVE && command != HOSTCTL_SEND)
		return -ENOTTY;
	if (copy_from_user(&m, user, sizeof(m)))
		return -EFAULT;
	if (m.size > PACKET_MAX)
		return -EINVAL;
	return command == HOSTCTL_RECEIVE ? receive(file, user, &m) :
					    transmit(file, &m);
}

static __poll_t hostctl_poll(struct file *file, poll_table *wait)
{
	return hostfd_watch_poll(&watch, file, wait);
}

static const struct file_operations hostctl_fops = {
	.owner		= THIS_MODULE,
	.open		= nonseekable_open,
	.unlocked_ioctl	= hostctl_ioctl,
	.poll		= hostctl_poll,
};

static struct miscdevice hostctl_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "hostctl",
	.fops	= &hostctl_fops,
	.mode	= 0600,
};

static int __init hostctl_init(void)
{
	int err;

	if (control < 0)
		return 0;
	err = hostctl_host_check(control);
	if (!err)
		err = hostfd_watch_start(&watch, control);
	if (!err)
		err = misc_register(&hostctl_device);
	if (err)
		pr_err("hostctl: descriptor %d is no control socket: %d\n",
		       control, err);
	return err;
}
device_initcall(hostctl_init);
