// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostfd_file - file operations on a host descriptor
 *
 * Theory of operation
 *
 * Data goes through a buffer of the kernel (a guest's pages are not mapped in
 * the process), at most CHUNK bytes per host call. Whatever could wait on the
 * host gives -EAGAIN instead, and the guest task then sleeps on the watch: the
 * virtual CPU goes on.
 *
 * Offsets. A regular file that the caller handed in has an offset that the
 * caller shares: `(hum run -- head -1; cat) <file` must go on where head
 * stopped. So read(2) and write(2) use the host's offset and the guest's own is
 * never looked at, but pread(2) and pwrite(2) must have theirs. The kernel does
 * not tell ->read_iter() which of them is being served, except by the position:
 * the guest file's own is kept at OFFSET_OF_HOST, below zero, where no
 * pread(2) can be. sendfile(2) and splice(2) may add to it, it stays below zero.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "hostfd.h"

#define CHUNK		(64 * 1024)
#define OFFSET_OF_HOST	LLONG_MIN

/**
 * hostfd_file_prepare - the part of opening that every way in shares
 * @file:	the guest file
 * @hf:		its descriptor, of which the caller has counted a user
 */
void hostfd_file_prepare(struct file *file, struct hostfd *hf)
{
	file->private_data = hf;
	file->f_flags |= hf->io.flags & O_APPEND;
	if (!hf->seekable) {
		stream_open(file_inode(file), file);
		return;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	file->f_mode &= ~FMODE_ATOMIC_POS;
	file->f_pos = OFFSET_OF_HOST;
}

/*
 * A regular file that is opened again starts at its beginning, as everywhere.
 * The host may not let us (Landlock, another user's file); then the offset is
 * shared, which is right for all that only append.
 */
static struct hostfd *open_own(struct hostfd *hf, struct file *file)
{
	struct hostfd *own;
	int fd;

	if (!S_ISREG(hf->type))
		return hf;
	own = kzalloc(sizeof(*own), GFP_KERNEL);
	if (!own)
		return hf;
	fd = hostfd_host_reopen(hf->io.fd, file->f_flags);
	if (fd < 0 || hostfd_watch_start(&own->watch, -1)) {
		kfree(own);
		return hf;
	}
	own->io = hf->io;
	own->io.fd = own->io.io = fd;
	own->io.flags = file->f_flags;
	own->type = hf->type;
	own->seekable = hf->seekable;
	own->parent = hf;
	refcount_set(&own->users, 1);
	return own;
}

/* Opening /proc/self/fd/N: another guest file on the same host descriptor. */
static int hostfd_open(struct inode *inode, struct file *file)
{
	struct hostfd *hf = inode->i_private;
	unsigned int mode = hf->io.flags & O_ACCMODE;

	if ((file->f_mode & FMODE_READ) && mode == O_WRONLY)
		return -EACCES;
	if ((file->f_mode & FMODE_WRITE) && mode == O_RDONLY)
		return -EACCES;
	/* Only an O_PATH file was left: the descriptor has been closed. */
	if (!hostfd_get(hf))
		return -ENXIO;
	hostfd_file_prepare(file, open_own(hf, file));
	return 0;
}

static int hostfd_release(struct inode *inode, struct file *file)
{
	struct hostfd *hf = hostfd_of(file), *parent = hf->parent;

	hostfd_put(hf);
	if (parent) {
		kfree(hf);
		hostfd_put(parent);
	}
	return 0;
}

/* A buffer of *@size bytes, or of a page when memory is in pieces. */
static void *buffer_get(size_t *size)
{
	void *buf;

	*size = min_t(size_t, *size, CHUNK);
	buf = kmalloc(*size, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (!buf && *size > PAGE_SIZE) {
		*size = PAGE_SIZE;
		buf = kmalloc(*size, GFP_KERNEL);
	}
	return buf;
}

/* One read of the host, waiting for it if the guest file may. */
static ssize_t read_once(struct kiocb *iocb, void *buf, size_t size)
{
	struct hostfd *hf = hostfd_of(iocb->ki_filp);
	ssize_t n;
	int err;

	if (iocb->ki_pos >= 0 && hf->seekable)
		return hostfd_host_pread(hf->io.fd, buf, size, iocb->ki_pos);
	for (;;) {
		n = hostfd_host_read(&hf->io, buf, size);
		if (n != -EAGAIN || (iocb->ki_filp->f_flags & O_NONBLOCK))
			break;
		err = hostfd_watch_wait(&hf->watch, (__force u32)EPOLLIN);
		if (err)
			return err;
	}
	/* Drained: an edge-triggered watcher wants the next edge. */
	if (n < (ssize_t)size && n != 0 && wq_has_sleeper(&hf->watch.wait))
		hostfd_watch_arm(&hf->watch, (__force u32)EPOLLIN);
	return n;
}

static ssize_t hostfd_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct hostfd *hf = hostfd_of(iocb->ki_filp);
	size_t size = iov_iter_count(to), want, copied;
	ssize_t n = 0, done = 0;
	void *buf;

	if (!size)
		return 0;
	buf = buffer_get(&size);
	if (!buf)
		return -ENOMEM;
	do {
		want = min(size, iov_iter_count(to));
		/* What has been read cannot be put back: fault before, not after. */
		want -= fault_in_iov_iter_writeable(to, want);
		n = want ? read_once(iocb, buf, want) : -EFAULT;
		if (n <= 0)
			break;
		copied = copy_to_iter(buf, n, to);
		done += copied;
		if (iocb->ki_pos >= 0)
			iocb->ki_pos += copied;
		if (copied < n) {
			n = -EFAULT;
			break;
		}
	} while (hf->seekable && n == want && iov_iter_count(to));
	kfree(buf);
	return done ? done : n;
}

/*
 * Wait for room. A terminal may say that there is room and then find that what
 * is to be written does not fit it (a newline takes two bytes); @again says
 * that this was just so: then a tick passes instead of a busy loop.
 */
static int wait_for_room(struct hostfd *hf, bool again)
{
	if (again) {
		schedule_timeout_interruptible(1);
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
	return hostfd_watch_wait(&hf->watch, (__force u32)EPOLLOUT);
}

/* Write all of @buf, waiting between the parts if the guest file may. */
static ssize_t write_all(struct kiocb *iocb, const char *buf, size_t size)
{
	struct hostfd *hf = hostfd_of(iocb->ki_filp);
	size_t done = 0;
	bool again = false;
	ssize_t n = 0;

	while (done < size) {
		if (iocb->ki_pos >= 0 && hf->seekable)
			n = hostfd_host_pwrite(hf->io.fd, buf + done,
					       size - done, iocb->ki_pos);
		else
			n = hostfd_host_write(&hf->io, buf + done, size - done);
		if (n > 0) {
			done += n;
			if (iocb->ki_pos >= 0)
				iocb->ki_pos += n;
			again = false;
			continue;
		}
		if (n != -EAGAIN || (iocb->ki_filp->f_flags & O_NONBLOCK))
			break;
		n = wait_for_room(hf, again);
		if (n)
			break;
		again = true;
	}
	if (n == -EPIPE && !(iocb->ki_flags & IOCB_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	if (n == -EAGAIN && wq_has_sleeper(&hf->watch.wait))
		hostfd_watch_arm(&hf->watch, (__force u32)EPOLLOUT);
	return done ? done : n;
}

static ssize_t hostfd_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	size_t size = iov_iter_count(from), want;
	ssize_t n = 0, done = 0;
	void *buf;

	if (!size)
		return 0;
	buf = buffer_get(&size);
	if (!buf)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		want = copy_from_iter(buf, min(size, iov_iter_count(from)), from);
		n = want ? write_all(iocb, buf, want) : -EFAULT;
		if (n < 0)
			break;
		done += n;
		if (n < want) {
			iov_iter_revert(from, want - n);
			break;
		}
	}
	kfree(buf);
	return done ? done : n;
}

static __poll_t hostfd_poll(struct file *file, poll_table *wait)
{
	return hostfd_watch_poll(&hostfd_of(file)->watch, file, wait);
}

static loff_t hostfd_llseek(struct file *file, loff_t offset, int whence)
{
	return hostfd_host_seek(hostfd_of(file)->io.fd, offset, whence);
}

static int hostfd_fsync(struct file *file, loff_t start, loff_t end,
			int data_only)
{
	return hostfd_host_sync(hostfd_of(file)->io.fd, data_only);
}

/*
 * Two tables, because the kernel takes a file with ->poll for one that knows
 * waiting: epoll_ctl(2) refuses regular files, and must go on to.
 */
const struct file_operations hostfd_poll_fops = {
	.owner		= THIS_MODULE,
	.open		= hostfd_open,
	.release	= hostfd_release,
	.read_iter	= hostfd_read_iter,
	.write_iter	= hostfd_write_iter,
	.poll		= hostfd_poll,
	.llseek		= hostfd_llseek,
	.fsync		= hostfd_fsync,
	.unlocked_ioctl	= hostfd_ioctl,
	.splice_read	= copy_splice_read,
	.splice_write	= iter_file_splice_write,
	.fop_flags	= FOP_UNSIGNED_OFFSET,
};

const struct file_operations hostfd_plain_fops = {
	.owner		= THIS_MODULE,
	.open		= hostfd_open,
	.release	= hostfd_release,
	.read_iter	= hostfd_read_iter,
	.write_iter	= hostfd_write_iter,
	.llseek		= hostfd_llseek,
	.fsync		= hostfd_fsync,
	.unlocked_ioctl	= hostfd_ioctl,
	.splice_read	= copy_splice_read,
	.splice_write	= iter_file_splice_write,
	.fop_flags	= FOP_UNSIGNED_OFFSET,
};
