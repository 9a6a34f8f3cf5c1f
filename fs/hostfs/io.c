// SPDX-License-Identifier: GPL-2.0-only
/*
 * io.c - read() and write(): one host call, from and to the caller's memory
 *
 * The guest's memory is the host process's memory, so the host can read and
 * write the caller's pages where they are: no copy in between, nothing cached
 * that could go stale. The pages are pinned for the call. What cannot be pinned
 * (a mapping of device memory) goes through a bounce buffer, and so does what is
 * so small that copying it costs less than pinning.
 *
 * Pages that are mapped are written back before, and dropped after a write, as
 * any file system's direct I/O does it.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "hostfs.h"

#define HOSTFS_SMALL_PAGES	17	/* 64 KiB at any alignment */
#define HOSTFS_LARGE_PAGES	257	/* 1 MiB */
#define HOSTFS_BOUNCE_BELOW	2048

/* One host call's worth of memory. */
struct hostfs_span {
	struct page **pages;
	struct host_iovec *iov;
	unsigned int size;	/* of both arrays */
	unsigned int npages, niov;
	size_t bytes;
};

struct hostfs_transfer {
	struct inode *inode;
	struct hostfs_file *file;
	struct iov_iter *iter;
	bool write;
	u32 flags;		/* enum host_io */
};

static s64 hostfs_span_io(const struct hostfs_transfer *t,
			  const struct host_iovec *iov, unsigned int n,
			  loff_t pos)
{
	if (t->write)
		return hostfs_call(t->inode, write, t->file->host, iov, n, pos,
				   t->flags);
	return hostfs_call(t->inode, read, t->file->host, iov, n, pos, t->flags);
}

static void hostfs_span_add(struct hostfs_span *span, void *base, size_t length)
{
	struct host_iovec *last = span->niov ? &span->iov[span->niov - 1] : NULL;

	if (last && last->base + last->length == base) {
		last->length += length;
		return;
	}
	span->iov[span->niov++] = (struct host_iovec){ base, length };
}

/*
 * Pin what comes next in the iterator and add it. The iterator moves on.
 * Return: bytes, 0 at the end of the iterator, or a negative errno.
 */
static ssize_t hostfs_span_grow(struct hostfs_span *span, struct iov_iter *iter)
{
	struct page **pages = span->pages + span->npages;
	ssize_t got, left;
	size_t offset, n;

	got = iov_iter_extract_pages(iter, &pages, SZ_1M - span->bytes,
				     span->size - span->npages, 0, &offset);
	for (left = got; left > 0; left -= n, offset = 0) {
		n = min_t(size_t, left, PAGE_SIZE - offset);
		hostfs_span_add(span, page_address(span->pages[span->npages++])
				+ offset, n);
	}
	if (got > 0)
		span->bytes += got;
	return got;
}

static void hostfs_span_release(struct hostfs_span *span,
				const struct hostfs_transfer *t)
{
	if (iov_iter_extract_will_pin(t->iter))
		unpin_user_pages_dirty_lock(span->pages, span->npages,
					    !t->write);
	span->npages = span->niov = 0;
	span->bytes = 0;
}

/*
 * One host call.
 * Return: bytes, or a negative errno. -EFAULT: nothing could be pinned.
 */
static ssize_t hostfs_span_transfer(const struct hostfs_transfer *t,
				    struct hostfs_span *span, loff_t pos)
{
	ssize_t got;
	s64 done;

	do {
		got = hostfs_span_grow(span, t->iter);
	} while (got > 0 && span->npages < span->size && span->bytes < SZ_1M &&
		 iov_iter_count(t->iter));
	if (!span->bytes)
		return got;
	done = hostfs_span_io(t, span->iov, span->niov, pos);
	if (WARN_ON_ONCE(done > (s64)span->bytes))
		done = -EIO;
	iov_iter_revert(t->iter, span->bytes - (done > 0 ? done : 0));
	hostfs_span_release(span, t);
	return done;
}

/* The same through a buffer of our own. */
static ssize_t hostfs_bounce_transfer(const struct hostfs_transfer *t,
				      loff_t pos)
{
	size_t size = min_t(size_t, iov_iter_count(t->iter), SZ_32K);
	struct host_iovec iov = { .length = size };
	size_t copied;
	s64 done;

	iov.base = kmalloc(size, GFP_KERNEL);
	if (!iov.base)
		return -ENOMEM;
	if (t->write) {
		copied = copy_from_iter(iov.base, size, t->iter);
		iov.length = copied;
		done = copied ? hostfs_span_io(t, &iov, 1, pos) : -EFAULT;
		iov_iter_revert(t->iter, copied - (done > 0 ? done : 0));
	} else {
		done = hostfs_span_io(t, &iov, 1, pos);
		if (done > 0) {
			copied = copy_to_iter(iov.base, min_t(s64, done, size),
					      t->iter);
			done = copied ?: -EFAULT;
		}
	}
	kfree(iov.base);
	return done;
}

/*
 * Move all of the iterator, with as few host calls as that takes.
 * Return: bytes, or a negative errno if there were none.
 */
static ssize_t hostfs_transfer_with(const struct hostfs_transfer *t,
				    struct hostfs_span *span, loff_t pos)
{
	ssize_t total = 0, done;
	size_t want;

	while ((want = iov_iter_count(t->iter))) {
		done = -EFAULT;
		if (want >= HOSTFS_BOUNCE_BELOW)
			done = hostfs_span_transfer(t, span, pos + total);
		if (done == -EFAULT)
			done = hostfs_bounce_transfer(t, pos + total);
		if (done <= 0)
			return total ?: done;
		total += done;
		/* Short: the end of the file, or of the space. */
		if (iov_iter_count(t->iter) && done < want && done % PAGE_SIZE)
			break;
		if (fatal_signal_pending(current))
			break;
	}
	return total;
}

static ssize_t hostfs_transfer(const struct hostfs_transfer *t, loff_t pos)
{
	struct page *pages[HOSTFS_SMALL_PAGES];
	struct host_iovec iov[HOSTFS_SMALL_PAGES];
	struct hostfs_span span = {
		.pages = pages, .iov = iov, .size = HOSTFS_SMALL_PAGES,
	};
	ssize_t done;
	void *large;

	if (iov_iter_count(t->iter) <= SZ_64K)
		return hostfs_transfer_with(t, &span, pos);
	large = kvmalloc_array(HOSTFS_LARGE_PAGES,
			       sizeof(*pages) + sizeof(*iov), GFP_KERNEL);
	if (large) {
		span.size = HOSTFS_LARGE_PAGES;
		span.iov = large;
		span.pages = large + HOSTFS_LARGE_PAGES * sizeof(*iov);
	}
	done = hostfs_transfer_with(t, &span, pos);
	kvfree(large);
	return done;
}

ssize_t hostfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct hostfs_transfer t = {
		.inode = inode, .file = hostfs_file(iocb->ki_filp), .iter = to,
		.flags = iocb->ki_flags & IOCB_NOWAIT ? HOST_NOWAIT : 0,
	};
	ssize_t done;

	if (!iov_iter_count(to))
		return 0;
	if (inode->i_mapping->nrpages) {
		done = kiocb_write_and_wait(iocb, iov_iter_count(to));
		if (done)
			return done;
	}
	done = hostfs_transfer(&t, iocb->ki_pos);
	if (done > 0)
		iocb->ki_pos += done;
	return done;
}

static u32 hostfs_write_flags(const struct kiocb *iocb)
{
	bool opened = hostfs_file(iocb->ki_filp)->flags & HOST_APPEND;
	bool append = iocb->ki_flags & IOCB_APPEND;
	u32 flags = 0;

	if (iocb->ki_flags & IOCB_NOWAIT)
		flags |= HOST_NOWAIT;
	if (iocb->ki_flags & IOCB_SYNC)
		flags |= HOST_IO_SYNC;
	else if (iocb_is_dsync(iocb))
		flags |= HOST_IO_DSYNC;
	if (append != opened)
		flags |= append ? HOST_IO_APPEND : HOST_IO_NOAPPEND;
	return flags;
}

/*
 * After a write: where the file ends now. An appending write went to the end
 * that the file had on the host, which only the host knows.
 */
static void hostfs_wrote(struct kiocb *iocb, ssize_t done)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct host_attr attr;

	hostfs_changed(inode, NULL);
	if ((iocb->ki_flags & IOCB_APPEND) &&
	    !hostfs_ask(inode, NULL, hostfs_file(iocb->ki_filp), &attr)) {
		iocb->ki_pos = attr.size;
		return;
	}
	iocb->ki_pos += done;
	spin_lock(&hi->lock);
	if (iocb->ki_pos > i_size_read(inode)) {
		i_size_write(inode, iocb->ki_pos);
		hi->attr.size = iocb->ki_pos;
	}
	spin_unlock(&hi->lock);
}

/* The inode is locked: writes of the guest's processes do not mix. */
static ssize_t hostfs_write_locked(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct hostfs_transfer t = {
		.inode = inode, .file = hostfs_file(iocb->ki_filp), .iter = from,
		.write = true, .flags = hostfs_write_flags(iocb),
	};
	loff_t start;
	ssize_t done;

	/* generic_write_checks() wants to know the end. */
	if (iocb->ki_flags & IOCB_APPEND) {
		done = hostfs_refresh(inode, iocb->ki_filp->f_path.dentry,
				      t.file);
		if (done)
			return done;
	}
	done = generic_write_checks(iocb, from);
	if (done <= 0)
		return done;
	done = kiocb_modified(iocb);
	if (!done)
		done = kiocb_invalidate_pages(iocb, iov_iter_count(from));
	if (done)
		return done;
	start = iocb->ki_pos;
	done = hostfs_transfer(&t, start);
	if (done <= 0)
		return done;
	hostfs_wrote(iocb, done);
	if (inode->i_mapping->nrpages)
		(void)invalidate_inode_pages2_range(inode->i_mapping,
				min(start, iocb->ki_pos - done) >> PAGE_SHIFT,
				(iocb->ki_pos - 1) >> PAGE_SHIFT);
	return done;
}

ssize_t hostfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	ssize_t done;

	if (!(iocb->ki_flags & IOCB_NOWAIT))
		inode_lock(inode);
	else if (!inode_trylock(inode))
		return -EAGAIN;
	done = hostfs_write_locked(iocb, from);
	inode_unlock(inode);
	return done;
}
