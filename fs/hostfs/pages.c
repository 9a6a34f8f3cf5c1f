// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages - private mappings of the host's own pages
 *
 * What is mapped to be read and executed needs no copy in the guest: the process
 * gets the host's pages (arch/um/kernel/host_pages.c). They are always those
 * that the host has at this moment. Not so where the guest may have something
 * newer in its own pages, and not where the host could make the process wait:
 * a virtual CPU cannot do anything else meanwhile.
 */
#include "hostfs.h"

#include <linux/pagemap.h>
#include <asm/um_host_pages.h>

/* How many places of an extent are looked at to tell if it is in memory */
#define HOSTFS_SAMPLES	8

/* Is there anything in the guest's pages that the host has not been told? */
static bool hostfs_pages_newer(struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;

	return mapping_writably_mapped(mapping) ||
	       mapping_tagged(mapping, PAGECACHE_TAG_DIRTY) ||
	       mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK);
}

/* Does the host have these pages in memory? A guess, from a few of them. */
static bool hostfs_pages_cached(struct inode *inode, struct hostfs_file *hf,
				loff_t offset, unsigned long pages)
{
	unsigned long n, step = DIV_ROUND_UP(pages, HOSTFS_SAMPLES);
	char byte;
	struct host_iovec iov = { .base = &byte, .length = 1 };

	if (HOSTFS_I(inode)->pace->kind == HOST_KIND_MEMORY)
		return true;
	for (n = 0; n < pages; n += step)
		if (hostfs_call_now(inode, read, hf->host, &iov, 1,
				    offset + ((loff_t)n << PAGE_SHIFT),
				    HOST_NOWAIT) < 0)
			return false;
	return true;
}

static int hostfs_pages_fd(struct vm_area_struct *vma, loff_t offset,
			   unsigned long pages)
{
	struct hostfs_file *hf = hostfs_file(vma->vm_file);
	struct inode *inode = file_inode(vma->vm_file);
	int fd;

	/* What spoils data on purpose does so when they are read */
	if (IS_ENABLED(CONFIG_HOSTFS_FAULT))
		return -EOPNOTSUPP;
	if (hf->flags & HOST_WRITE || hostfs_pages_newer(inode) ||
	    HOSTFS_I(inode)->pace->kind == HOST_KIND_REMOTE)
		return -EOPNOTSUPP;
	fd = host_file_pages(hf->host);
	if (fd < 0)
		return fd;
	if (!hostfs_pages_cached(inode, hf, offset, pages)) {
		host_file_ahead(hf->host, offset, (u64)pages << PAGE_SHIFT);
		return -EAGAIN;
	}
	return fd;
}

const struct um_host_vm_ops hostfs_private_vm_ops = {
	.vm = {
		.fault		= hostfs_page_fault,
		.map_pages	= filemap_map_pages,
		.close		= um_host_pages_close,
		.mprotect	= um_host_pages_mprotect,
	},
	.host_fd = hostfs_pages_fd,
};
