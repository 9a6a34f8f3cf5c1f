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
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "hostfs.h"

#define HOSTFS_SPAN_PAGES	257	/* 1 MiB at any alignment */
#define HOSTFS_BOUNCE_MAX	SZ_64K

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
	size_t want;		/* of the next host call, at most */
};

static s64 hostfs_span_io(const struct hostfs_transfer *t,
			  struct host_iovec *iov, unsigned int n,
			  loff_t pos)
{
	if (t->write)
		return hostfs_write(t->inode, t->file, iov, n, pos, t->flags);
	return hostfs_read(t->inode, t->file, iov, n, pos, t->flags);
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
 * Pin what comes next in the iterator, at most `most` bytes, and add it. The
 * iterator moves on.
 * Return: bytes, 0 at the end of the iterator, or a negative errno.
 */
static ssize_t hostfs_span_grow(struct hostfs_span *span, struct iov_iter *iter,
				size_t most)
{
	struct page **pages = span->pages + span->npages;
	ssize_t got, left;
	size_t offset, n;

	got = iov_iter_extract_pages(iter, &pages, most,
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
 * One host call, from or to the caller's pages.
 * Return: bytes, or a negative errno. -EFAULT: nothing could be pinned.
 * *ret_asked: how many it could have been.
 */
static ssize_t hostfs_span_transfer(const struct hostfs_transfer *t,
				    struct hostfs_span *span, loff_t pos,
				    size_t *ret_asked)
{
	size_t most = min(t->want, SZ_1M);
	ssize_t got;
	s64 done;

	do {
		got = hostfs_span_grow(span, t->iter, most - span->bytes);
	} while (got > 0 && span->npages < span->size && span->bytes < most &&
		 iov_iter_count(t->iter));
	if (!span->bytes)
		return got;
	done = hostfs_span_io(t, span->iov, span->niov, pos);
	if (WARN_ON_ONCE(done > (s64)span->bytes))
		done = -EIO;
	iov_iter_revert(t->iter, span->bytes - (done > 0 ? done : 0));
	*ret_asked = span->bytes;
	hostfs_span_release(span, t);
	return done;
}

static ssize_t hostfs_bounce_io(const struct hostfs_transfer *t,
				struct host_iovec *iov, loff_t pos)
{
	size_t copied;
	s64 done;

	if (!t->write) {
		done = hostfs_span_io(t, iov, 1, pos);
		if (done <= 0)
			return done;
		copied = copy_to_iter(iov->base, min_t(u64, done, iov->length),
				      t->iter);
		return copied ?: -EFAULT;
	}
	iov->length = copied = copy_from_iter(iov->base, iov->length, t->iter);
	if (!copied)
		return -EFAULT;
	done = hostfs_span_io(t, iov, 1, pos);
	iov_iter_revert(t->iter, copied - (done > 0 ? done : 0));
	return done;
}

/* As hostfs_span_transfer(), through a buffer of our own. */
static ssize_t hostfs_bounce_transfer(const struct hostfs_transfer *t,
				      loff_t pos, size_t *ret_asked)
{
	size_t size = min3(iov_iter_count(t->iter), t->want,
			   (size_t)HOSTFS_BOUNCE_MAX);
	struct host_iovec iov = { .length = size };
	ssize_t done;

	/*
	 * No failure only because free memory is in small pieces. Such a buffer
	 * is not there for host calls before the kernel has touched its pages.
	 */
	iov.base = kvmalloc(size, GFP_KERNEL);
	if (!iov.base)
		return -ENOMEM;
	if (is_vmalloc_addr(iov.base))
		memset(iov.base, 0, size);
	done = hostfs_bounce_io(t, &iov, pos);
	kvfree(iov.base);
	*ret_asked = size;
	return done;
}

/* Is the next host call worth pinning for, and can it be? */
static bool hostfs_span_wanted(const struct hostfs_transfer *t,
			       struct hostfs_span *span)
{
	if (min(iov_iter_count(t->iter), t->want) <= HOSTFS_BOUNCE_MAX)
		return false;
	if (span->iov)
		return true;
	span->iov = kmalloc_array(HOSTFS_SPAN_PAGES, sizeof(*span->iov) +
				  sizeof(*span->pages), GFP_KERNEL);
	if (!span->iov)
		return false;
	span->size = HOSTFS_SPAN_PAGES;
	span->pages = (void *)(span->iov + span->size);
	return true;
}

/*
 * Move all of the iterator, with as few host calls as that takes.
 * Return: bytes, or a negative errno if there were none.
 */
static ssize_t hostfs_transfer_with(struct hostfs_transfer *t,
				    struct hostfs_span *span, loff_t pos)
{
	ssize_t total = 0, done;
	size_t asked;

	while (iov_iter_count(t->iter)) {
		done = -EFAULT;
		if (hostfs_span_wanted(t, span))
			done = hostfs_span_transfer(t, span, pos + total, &asked);
		if (done == -EFAULT)
			done = hostfs_bounce_transfer(t, pos + total, &asked);
		if (done <= 0)
			return total ?: done;
		total += done;
		/* Short: the end of the file, or of the space, or of patience. */
		if (done < asked || fatal_signal_pending(current))
			break;
		t->want = SIZE_MAX;
	}
	return total;
}

static ssize_t hostfs_transfer(struct hostfs_transfer *t, loff_t pos)
{
	struct hostfs_span span = {};
	ssize_t done = hostfs_transfer_with(t, &span, pos);

	kfree(span.iov);
	return done;
}

/*
 * How much to ask for first. Readers bring large buffers to small files; what
 * is pinned or allocated for the part behind the end is wasted. The size may be
 * out of date, so one byte more is asked for, and if it comes, all the rest.
 */
static size_t hostfs_read_first(struct inode *inode, loff_t pos)
{
	loff_t size = i_size_read(inode);

	return size < pos + PAGE_SIZE ? PAGE_SIZE : size - pos + 1;
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
	t.want = hostfs_read_first(inode, iocb->ki_pos);
	done = hostfs_transfer(&t, iocb->ki_pos);
	if (done > 0)
		iocb->ki_pos += done;
	/* What was read here, mappings show from now on. */
	if (done > 0 && inode->i_mapping->nrpages &&
	    !(iocb->ki_flags & IOCB_NOWAIT))
		(void)hostfs_check_pages(inode, iocb->ki_filp);
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
		.want = SIZE_MAX,
	};
	loff_t start;
	ssize_t done;

	/* The limit is checked against the end of the file. */
	if ((iocb->ki_flags & IOCB_APPEND) &&
	    rlimit(RLIMIT_FSIZE) != RLIM_INFINITY) {
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
