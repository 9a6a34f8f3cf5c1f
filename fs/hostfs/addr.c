// SPDX-License-Identifier: GPL-2.0-only
/*
 * addr.c - the page cache, which serves mappings only
 *
 * Pages carry a stamp: mtime, ctime and size that the file had before any of
 * them was loaded. Each mmap(), and each read() of a file that has pages,
 * compares it with the host's answer of now; if they differ, what is dirty is
 * written and all pages are dropped, from mappings too. So a mapping never
 * begins with old data, and shows what was read. A ctime that is so young that
 * the host's clock may not have moved since proves nothing, and counts as
 * different.
 */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/timekeeping.h>
#include <linux/writeback.h>
#include "hostfs.h"

#include <asm/um_host_pages.h>

#define HOSTFS_BATCH	32			/* folios of one host call */
#define HOSTFS_TICK_NS	(20 * NSEC_PER_MSEC)	/* two ticks at 100 Hz */

/* Folios that follow one another, and where they are in memory. */
struct hostfs_batch {
	struct folio *folios[HOSTFS_BATCH];
	struct host_iovec iov[HOSTFS_BATCH];
	unsigned int n, niov;
	size_t bytes;
};

static void hostfs_batch_add(struct hostfs_batch *b, struct folio *folio,
			     size_t length)
{
	struct host_iovec *last = b->niov ? &b->iov[b->niov - 1] : NULL;
	void *base = folio_address(folio);

	b->folios[b->n++] = folio;
	b->bytes += length;
	if (last && last->base + last->length == base)
		last->length += length;
	else
		b->iov[b->niov++] = (struct host_iovec){ base, length };
}

/* --- loading ------------------------------------------------------------ */

/* A file to read through: the given one, else any of the inode's. */
static struct hostfs_file *hostfs_reader(struct inode *inode, struct file *file)
{
	struct hostfs_file *hf = file ? hostfs_file(file) : NULL;

	if (!hf || !(hf->flags & HOST_READ))
		return hostfs_file_get(inode, HOST_READ);
	refcount_inc(&hf->users);
	return hf;
}

static s64 hostfs_batch_fetch(struct inode *inode, struct hostfs_batch *b,
			      struct file *file)
{
	struct hostfs_file *hf = hostfs_reader(inode, file);
	loff_t pos = folio_pos(b->folios[0]);
	struct host_attr attr;
	s64 done;

	if (!hf)
		return -EBADF;
	done = hostfs_read(inode, hf, b->iov, b->niov, pos, 0);
	/* The host has cut the file: who faulted behind the end has to know. */
	if (done >= 0 && done < b->bytes && pos + done < i_size_read(inode))
		(void)hostfs_ask(inode, NULL, hf, &attr);
	hostfs_file_put(hf);
	return done;
}

/* Fill the batch from the host, zeroes behind the end, and unlock it. */
static int hostfs_batch_read(struct inode *inode, struct hostfs_batch *b,
			     struct file *file)
{
	s64 done = hostfs_batch_fetch(inode, b, file);
	size_t size, got = 0, have;
	unsigned int i;

	if (done > 0)
		got = done;
	for (i = 0; i < b->n; i++) {
		size = folio_size(b->folios[i]);
		have = min(got, size);
		got -= have;
		if (done >= 0 && have < size)
			folio_zero_segment(b->folios[i], have, size);
		folio_end_read(b->folios[i], done >= 0);
	}
	return done < 0 ? done : 0;
}

static int hostfs_read_folio(struct file *file, struct folio *folio)
{
	struct hostfs_batch b;

	b.n = b.niov = b.bytes = 0;
	hostfs_batch_add(&b, folio, folio_size(folio));
	return hostfs_batch_read(folio->mapping->host, &b, file);
}

static void hostfs_readahead(struct readahead_control *rac)
{
	struct inode *inode = rac->mapping->host;
	struct hostfs_batch b;
	struct folio *folio;

	do {
		b.n = b.niov = b.bytes = 0;
		while (b.n < HOSTFS_BATCH && (folio = readahead_folio(rac)))
			hostfs_batch_add(&b, folio, folio_size(folio));
		if (b.n)
			(void)hostfs_batch_read(inode, &b, rac->file);
	} while (b.n == HOSTFS_BATCH);
}

/* --- writing back ------------------------------------------------------- */

/* Write what the batch holds and end its write back. */
static int hostfs_batch_write(struct inode *inode, struct hostfs_file *hf,
			      struct hostfs_batch *b)
{
	struct host_iovec *iov = b->iov;
	loff_t pos;
	s64 done = 0;
	unsigned int i;
	int err = 0;

	if (!b->n)
		return 0;
	pos = folio_pos(b->folios[0]);
	while (b->bytes && !err) {
		done = hostfs_write(inode, hf, iov, b->niov, pos,
				    hf->flags & HOST_APPEND ? HOST_IO_NOAPPEND : 0);
		if (done <= 0) {
			err = done ?: -EIO;
			break;
		}
		pos += done;
		b->bytes -= min_t(size_t, done, b->bytes);
		for (; done >= iov->length && b->niov; iov++, b->niov--)
			done -= iov->length;
		iov->base += done;
		iov->length -= done;
	}
	if (err)
		mapping_set_error(inode->i_mapping, err);
	for (i = 0; i < b->n; i++)
		folio_end_writeback(b->folios[i]);
	b->n = b->niov = b->bytes = 0;
	hostfs_changed(inode, NULL);
	return err;
}

/* Does the folio continue the batch? */
static bool hostfs_batch_takes(const struct hostfs_batch *b,
			       const struct folio *folio)
{
	return !b->n || (b->n < HOSTFS_BATCH &&
			 folio_pos(folio) ==
			 folio_pos(b->folios[0]) + (loff_t)b->bytes);
}

static int hostfs_writepages_with(struct address_space *mapping,
				  struct writeback_control *wbc,
				  struct hostfs_file *hf, loff_t end)
{
	struct inode *inode = mapping->host;
	struct folio *folio = NULL;
	struct hostfs_batch b;
	int err = 0, late;
	loff_t pos;

	b.n = b.niov = b.bytes = 0;
	while ((folio = writeback_iter(mapping, wbc, folio, &err))) {
		if (!hostfs_batch_takes(&b, folio))
			err = hostfs_batch_write(inode, hf, &b);
		pos = folio_pos(folio);
		folio_start_writeback(folio);
		folio_unlock(folio);
		/* A mapping does not make a file longer. */
		if (pos < end)
			hostfs_batch_add(&b, folio, min_t(loff_t, end - pos,
							  folio_size(folio)));
		else
			folio_end_writeback(folio);
	}
	late = hostfs_batch_write(inode, hf, &b);
	return err ?: late;
}

/*
 * A file to write back through. Pages get dirty by mappings, which keep their
 * file open, and closing writes back; but a page that was pinned may get dirty
 * after that.
 */
static struct hostfs_file *hostfs_writer(struct inode *inode)
{
	struct hostfs_file *hf = hostfs_file_get(inode, HOST_WRITE);
	struct host_file *host;
	int err;

	if (hf)
		return hf;
	err = hostfs_open_node(inode, NULL, NULL, HOST_WRITE, &host);
	if (err)
		return ERR_PTR(err);
	hf = hostfs_file_new(inode, host, HOST_WRITE);
	if (hf)
		return hf;
	hostfs_close(inode, host);
	return ERR_PTR(-ENOMEM);
}

/* Write back ends at the size that the file has on the host now. */
static int hostfs_writepages(struct address_space *mapping,
			     struct writeback_control *wbc)
{
	struct inode *inode = mapping->host;
	struct hostfs_file *hf = hostfs_writer(inode);
	struct host_attr attr;
	int err;

	if (IS_ERR(hf)) {
		mapping_set_error(mapping, PTR_ERR(hf));
		return PTR_ERR(hf);
	}
	err = hostfs_call(inode, getattr, HOSTFS_I(inode)->node, hf->host,
			  &attr);
	if (!err)
		err = hostfs_writepages_with(mapping, wbc, hf,
					     min_t(loff_t, attr.size,
						   i_size_read(inode)));
	else
		mapping_set_error(mapping, err);
	hostfs_file_put(hf);
	return err;
}

const struct address_space_operations hostfs_aops = {
	.read_folio	= hostfs_read_folio,
	.readahead	= hostfs_readahead,
	.writepages	= hostfs_writepages,
	.dirty_folio	= filemap_dirty_folio,
	.migrate_folio	= filemap_migrate_folio,
};

/* --- mapping ------------------------------------------------------------ */

/* Is a file that changed at this time certain to show a change after now? */
static bool hostfs_time_sure(const struct host_time *t)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	return now.tv_sec - t->sec > 1 ||
	       (now.tv_sec - t->sec) * NSEC_PER_SEC + now.tv_nsec - t->nsec >
	       HOSTFS_TICK_NS;
}

static bool hostfs_stamp_same(const struct hostfs_stamp *a,
			      const struct hostfs_stamp *b)
{
	return a->sure && !memcmp(&a->mtime, &b->mtime, sizeof(a->mtime)) &&
	       !memcmp(&a->ctime, &b->ctime, sizeof(a->ctime)) &&
	       a->size == b->size;
}

static void hostfs_stamp_set(struct hostfs_inode *hi,
			     const struct hostfs_stamp *stamp)
{
	spin_lock(&hi->lock);
	hi->pages = *stamp;
	spin_unlock(&hi->lock);
}

/*
 * Write what is dirty and drop all pages, from mappings too. A page that a
 * mapping makes dirty again meanwhile stays: the store came after the host's
 * change. Return: 0, -EBUSY: some stayed, or an error of writing.
 */
static int hostfs_drop_pages(struct address_space *mapping)
{
	int tries, err = -EBUSY;

	for (tries = 0; tries < 3 && err == -EBUSY; tries++) {
		err = filemap_write_and_wait(mapping);
		if (!err)
			err = invalidate_inode_pages2(mapping);
	}
	return err;
}

/**
 * hostfs_check_pages - make sure that no page is older than this moment
 * @inode: whose pages
 * @file: an open file of it
 *
 * The attributes are fetched before it is looked whether there are pages: one
 * that is loaded after that is newer than they are.
 *
 * Return: 0, or an error of the host's.
 */
int hostfs_check_pages(struct inode *inode, struct file *file)
{
	struct address_space *mapping = inode->i_mapping;
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_stamp now;
	struct host_attr attr;
	int err;

	if (HOSTFS_SB(inode->i_sb)->options.cache == HOSTFS_EXCLUSIVE)
		return 0;
	err = hostfs_ask(inode, file->f_path.dentry, hostfs_file(file), &attr);
	if (err)
		return err;
	now = (struct hostfs_stamp){
		.mtime = attr.mtime, .ctime = attr.ctime, .size = attr.size,
		.sure = hostfs_time_sure(&attr.ctime),
	};
	if (smp_load_acquire(&mapping->nrpages)) {
		if (hostfs_stamp_same(&hi->pages, &now))
			return 0;
		err = hostfs_drop_pages(mapping);
		if (err == -EBUSY)
			now.sure = false;
		else if (err)
			return err;
	}
	hostfs_stamp_set(hi, &now);
	return 0;
}

/* A fault behind the end: the host may have made the file longer. */
vm_fault_t hostfs_page_fault(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct inode *inode = file_inode(file);
	struct host_attr attr;

	if (((loff_t)vmf->pgoff << PAGE_SHIFT) >= i_size_read(inode))
		(void)hostfs_ask(inode, NULL, hostfs_file(file), &attr);
	return filemap_fault(vmf);
}

/*
 * Have the host set space aside for what is about to be stored, so that there
 * is no room for it is the store's error, not one of write back. A file that
 * has blocks for all its bytes needs none.
 */
static int hostfs_reserve(struct inode *inode, struct hostfs_file *hf,
			  loff_t pos, loff_t length)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	bool whole;
	int err;

	spin_lock(&hi->lock);
	whole = hi->attr.blocks << 9 >= hi->attr.size;
	spin_unlock(&hi->lock);
	if (whole)
		return 0;
	err = hostfs_call(inode, fallocate, hf->host, FALLOC_FL_KEEP_SIZE, pos,
			  length);
	/* The host's file system cannot: then write back has to tell. */
	return err == -EOPNOTSUPP || err == -ENOSYS ? 0 : err;
}

/* The first store to a clean page of a shared mapping. */
static vm_fault_t hostfs_page_mkwrite(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct folio *folio = page_folio(vmf->page);
	struct inode *inode = file_inode(file);
	struct address_space *mapping = inode->i_mapping;
	vm_fault_t ret = VM_FAULT_LOCKED;
	loff_t pos = folio_pos(folio), size;
	int err = 0;

	/* Who reads by other mappings is to have this page, not the host's. */
	um_host_pages_drop(mapping);
	sb_start_pagefault(inode->i_sb);
	filemap_invalidate_lock_shared(mapping);
	size = i_size_read(inode);
	if (pos < size)
		err = hostfs_reserve(inode, hostfs_file(file), pos,
				     min_t(loff_t, folio_size(folio),
					   size - pos));
	folio_lock(folio);
	if (folio->mapping != mapping)
		ret = VM_FAULT_NOPAGE;
	else if (pos >= size)
		ret = VM_FAULT_SIGBUS;	/* the host has cut it off */
	else if (err)
		ret = vmf_fs_error(err);
	if (ret == VM_FAULT_LOCKED) {
		folio_mark_dirty(folio);
		folio_wait_stable(folio);
	} else {
		folio_unlock(folio);
	}
	filemap_invalidate_unlock_shared(mapping);
	sb_end_pagefault(inode->i_sb);
	return ret;
}

static const struct vm_operations_struct hostfs_vm_ops = {
	.fault		= hostfs_page_fault,
	.map_pages	= filemap_map_pages,
	.page_mkwrite	= hostfs_page_mkwrite,
};

int hostfs_mmap_prepare(struct vm_area_desc *desc)
{
	struct file *file = desc->file;
	int err = hostfs_check_pages(file_inode(file), file);

	if (err)
		return err;
	desc->vm_ops = vma_desc_test(desc, VMA_SHARED_BIT) ?
		       &hostfs_vm_ops : &hostfs_private_vm_ops.vm;
	return 0;
}
