// SPDX-License-Identifier: GPL-2.0-only
/*
 * dir.c - listing directories
 *
 * Positions are the host's, so that they mean the same after any time, in any
 * other open file of the directory and for the host's own file systems with
 * hashed directories. What one host call returned is kept with the open file
 * until it has been handed on or the position is moved.
 */
#include <linux/fs.h>
#include <linux/slab.h>
#include "hostfs.h"

#define HOSTFS_LISTING_SIZE	SZ_32K

struct hostfs_listing {
	loff_t position;	/* of the entry at `at` */
	u32 at, length;		/* bytes in entries */
	u32 room;		/* of entries */
	char entries[] __aligned(8);
};

void hostfs_listing_free(struct hostfs_file *file)
{
	kfree(file->listing);
}

/*
 * Large if that is to be had: in a guest whose memory is full of inodes nobody
 * is to be killed for the sake of a few pages in a row.
 */
static struct hostfs_listing *hostfs_listing_new(void)
{
	size_t size = HOSTFS_LISTING_SIZE;
	struct hostfs_listing *l;

	for (; size > PAGE_SIZE; size /= 2) {
		l = kzalloc(size, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (l)
			break;
	}
	if (size == PAGE_SIZE)
		l = kzalloc(size, GFP_KERNEL);
	if (l)
		l->room = size - sizeof(*l);
	return l;
}

static struct hostfs_listing *hostfs_listing_get(struct hostfs_file *file)
{
	if (!file->listing)
		file->listing = hostfs_listing_new();
	return file->listing;
}

/* Is this an entry, whole and terminated, within `left` bytes? */
static bool hostfs_entry_ok(const struct host_dirent *e, u32 left)
{
	return left > offsetof(struct host_dirent, name) &&
	       e->reclen <= left &&
	       e->reclen > offsetof(struct host_dirent, name) &&
	       IS_ALIGNED(e->reclen, 8) &&
	       strnlen(e->name, e->reclen -
		       offsetof(struct host_dirent, name)) <
	       e->reclen - offsetof(struct host_dirent, name);
}

/* Return: 1 if there are entries at ctx->pos now, 0 at the end, or an error. */
static int hostfs_listing_fill(struct inode *inode, struct hostfs_file *file,
			       struct hostfs_listing *l, loff_t position)
{
	s64 n;

	/* From the start it is always asked anew: rewinddir(3). */
	if (l->at < l->length && l->position == position && position)
		return 1;
	l->at = l->length = 0;
	n = hostfs_call(inode, readdir, file->host, position, l->entries,
			l->room);
	if (n <= 0)
		return n;
	if (WARN_ON_ONCE(n > l->room))
		return -EIO;
	l->length = n;
	l->position = position;
	return 1;
}

static int hostfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct hostfs_file *hf = hostfs_file(file);
	struct hostfs_listing *l = hostfs_listing_get(hf);
	const struct host_dirent *e;
	int got;

	if (!l)
		return -ENOMEM;
	for (;;) {
		got = hostfs_listing_fill(file_inode(file), hf, l, ctx->pos);
		if (got <= 0)
			return got;
		while (l->at < l->length) {
			e = (const void *)(l->entries + l->at);
			if (!hostfs_entry_ok(e, l->length - l->at))
				return -EIO;
			if (!dir_emit(ctx, e->name, strlen(e->name), e->ino,
				      e->type))
				return 0;
			l->at += e->reclen;
			l->position = ctx->pos = e->next;
		}
	}
}

/* A position is the host's: any value may be one. There is no known end. */
static loff_t hostfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR && !offset)
		return file->f_pos;
	if (whence != SEEK_SET || offset < 0)
		return -EINVAL;
	if (offset != file->f_pos || !offset) {
		if (hostfs_file(file)->listing)
			hostfs_file(file)->listing->length = 0;
		file->f_pos = offset;
	}
	return offset;
}

const struct file_operations hostfs_dir_ops = {
	.open		= hostfs_open,
	.release	= hostfs_release,
	.llseek		= hostfs_dir_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= hostfs_iterate,
	.fsync		= hostfs_fsync,
	.flock		= hostfs_flock,
};
