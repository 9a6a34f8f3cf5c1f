// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_fault_file - faults of operations on open files
 */
#include "host_fault_user.h"

#include <dirent.h>
#include <linux/falloc.h>

static int64_t read_ends_at_64k(struct host_file *file,
				const struct host_iovec *iov, uint32_t count,
				uint64_t offset, uint32_t flags)
{
	if (offset >= 65536)
		return 0;
	return host_fault_real->read(file, iov, count, offset, flags);
}

static int64_t read_offset_32bit(struct host_file *file,
				 const struct host_iovec *iov, uint32_t count,
				 uint64_t offset, uint32_t flags)
{
	return host_fault_real->read(file, iov, count, offset & UINT32_MAX,
				     flags);
}

static int64_t read_zeroes_behind_end(struct host_file *file,
				      const struct host_iovec *iov,
				      uint32_t count, uint64_t offset,
				      uint32_t flags)
{
	int64_t n = host_fault_real->read(file, iov, count, offset, flags);

	if (n > 0 && (uint64_t)n < iov->length) {
		((char *)iov->base)[n] = 0;
		n++;
	}
	return n;
}

static int64_t read_vectors_swapped(struct host_file *file,
				    const struct host_iovec *iov,
				    uint32_t count, uint64_t offset,
				    uint32_t flags)
{
	int64_t n = host_fault_real->read(file, iov, count, offset, flags);
	char *a, *b, c;

	if (n < 2 || count < 2 || (uint64_t)n <= iov->length)
		return n;
	a = iov[0].base;
	b = iov[1].base;
	c = *a;
	*a = *b;
	*b = c;
	return n;
}

static int64_t read_one_byte_off(struct host_file *file,
				 const struct host_iovec *iov, uint32_t count,
				 uint64_t offset, uint32_t flags)
{
	return host_fault_real->read(file, iov, count,
				     offset & 1 ? offset - 1 : offset, flags);
}

static int64_t read_changes_a_byte(struct host_file *file,
				   const struct host_iovec *iov, uint32_t count,
				   uint64_t offset, uint32_t flags)
{
	int64_t n = host_fault_real->read(file, iov, count, offset, flags);

	if (n > 4096 && iov->length > 4095)
		((char *)iov->base)[4095] ^= 1;
	return n;
}

static uint64_t vector_length(const struct host_iovec *iov, uint32_t count)
{
	uint64_t sum = 0;

	while (count)
		sum += iov[--count].length;
	return sum;
}

static int64_t write_half_is_all(struct host_file *file,
				 const struct host_iovec *iov, uint32_t count,
				 uint64_t offset, uint32_t flags)
{
	struct host_iovec half = { iov->base, (iov->length + 1) / 2 };
	int64_t n = host_fault_real->write(file, &half, 1, offset, flags);

	return n < 0 ? n : (int64_t)vector_length(iov, count);
}

static int64_t write_offset_32bit(struct host_file *file,
				  const struct host_iovec *iov, uint32_t count,
				  uint64_t offset, uint32_t flags)
{
	return host_fault_real->write(file, iov, count, offset & UINT32_MAX,
				      flags);
}

static int64_t write_appends_at_start(struct host_file *file,
				      const struct host_iovec *iov,
				      uint32_t count, uint64_t offset,
				      uint32_t flags)
{
	if (flags & HOST_IO_APPEND) {
		flags ^= HOST_IO_APPEND | HOST_IO_NOAPPEND;
		offset = 0;
	}
	return host_fault_real->write(file, iov, count, offset, flags);
}

static int64_t write_always_appends(struct host_file *file,
				    const struct host_iovec *iov,
				    uint32_t count, uint64_t offset,
				    uint32_t flags)
{
	flags &= ~HOST_IO_NOAPPEND;
	return host_fault_real->write(file, iov, count, offset,
				      flags | HOST_IO_APPEND);
}

static int64_t write_first_page(struct host_file *file,
				const struct host_iovec *iov, uint32_t count,
				uint64_t offset, uint32_t flags)
{
	struct host_iovec first = *iov;
	int64_t n;

	if (first.length > 4096)
		first.length = 4096;
	n = host_fault_real->write(file, &first, 1, offset, flags);
	return n < 0 ? n : (int64_t)vector_length(iov, count);
}

static int64_t write_clears_next(struct host_file *file,
				 const struct host_iovec *iov, uint32_t count,
				 uint64_t offset, uint32_t flags)
{
	static char zero;
	const struct host_iovec next = { &zero, 1 };
	int64_t n = host_fault_real->write(file, iov, count, offset, flags);

	if (n > 0)
		(void)host_fault_real->write(file, &next, 1, offset + (uint64_t)n,
					     flags | HOST_IO_NOAPPEND);
	return n;
}

/* Calls visit(entry) for each; it may change all but the length. */
static int64_t each_entry(struct host_file *file, int64_t position,
			  void *entries, uint64_t size,
			  void (*visit)(struct host_dirent *d))
{
	int64_t at = 0, n = host_fault_real->readdir(file, position, entries,
						     size);

	while (at < n) {
		struct host_dirent *d = (void *)((char *)entries + at);

		visit(d);
		at += d->reclen;
	}
	return n;
}

static void hide_nine(struct host_dirent *d)
{
	/* the name of another entry that was there: listed twice, once missing */
	if (d->name[0] && !d->name[1] && d->name[0] == '9')
		d->name[0] = '8';
	else if (d->name[0] && d->name[1] && d->name[strlen(d->name) - 1] == '9')
		d->name[strlen(d->name) - 1] = '8';
}

static int64_t readdir_nine_is_eight(struct host_file *file, int64_t position,
				     void *entries, uint64_t size)
{
	return each_entry(file, position, entries, size, hide_nine);
}

static int64_t readdir_ends_early(struct host_file *file, int64_t position,
				  void *entries, uint64_t size)
{
	int64_t n = host_fault_real->readdir(file, position, entries, size);

	return position ? 0 : n;
}

static int64_t readdir_misses_first(struct host_file *file, int64_t position,
				    void *entries, uint64_t size)
{
	int64_t n = host_fault_real->readdir(file, position, entries, size);
	struct host_dirent *d = entries;

	if (n <= 0 || d->reclen >= n)
		return n;
	n -= d->reclen;
	memmove(entries, (char *)entries + d->reclen, (size_t)n);
	return n;
}

static void type_is_file(struct host_dirent *d)
{
	if (d->type != DT_DIR)
		d->type = DT_REG;
}

static int64_t readdir_types_are_files(struct host_file *file, int64_t position,
				       void *entries, uint64_t size)
{
	return each_entry(file, position, entries, size, type_is_file);
}

static void next_inode(struct host_dirent *d)
{
	d->ino++;
}

static int64_t readdir_inodes_wrong(struct host_file *file, int64_t position,
				    void *entries, uint64_t size)
{
	return each_entry(file, position, entries, size, next_inode);
}

static void cut_name(struct host_dirent *d)
{
	if (strlen(d->name) > 100)
		d->name[100] = 0;
}

static int64_t readdir_names_of_100(struct host_file *file, int64_t position,
				    void *entries, uint64_t size)
{
	return each_entry(file, position, entries, size, cut_name);
}

static void same_position(struct host_dirent *d)
{
	d->next |= 1;
}

static int64_t readdir_positions_odd(struct host_file *file, int64_t position,
				     void *entries, uint64_t size)
{
	return each_entry(file, position, entries, size, same_position);
}

static int fsync_fails(struct host_file *file, int datasync)
{
	(void)file, (void)datasync;
	return -EIO;
}

static int fallocate_always_grows(struct host_file *file, int mode,
				  uint64_t offset, uint64_t length)
{
	if (mode == FALLOC_FL_KEEP_SIZE)
		mode = 0;
	return host_fault_real->fallocate(file, mode, offset, length);
}

static int fallocate_never_grows(struct host_file *file, int mode,
				 uint64_t offset, uint64_t length)
{
	if (!mode)
		mode = FALLOC_FL_KEEP_SIZE;
	return host_fault_real->fallocate(file, mode, offset, length);
}

static int fallocate_no_holes(struct host_file *file, int mode,
			      uint64_t offset, uint64_t length)
{
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return 0;
	return host_fault_real->fallocate(file, mode, offset, length);
}

static int fallocate_whole_pages(struct host_file *file, int mode,
				 uint64_t offset, uint64_t length)
{
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		length += offset % 4096;
		offset -= offset % 4096;
	}
	return host_fault_real->fallocate(file, mode, offset, length);
}

static int64_t seek_data_everywhere(struct host_file *file, uint64_t offset,
				    int data)
{
	int64_t found = host_fault_real->seek(file, offset, data);

	return data && found > 0 ? (int64_t)offset : found;
}

static int64_t seek_never_enxio(struct host_file *file, uint64_t offset,
				int data)
{
	int64_t found = host_fault_real->seek(file, offset, data);

	return found == -ENXIO ? (int64_t)offset : found;
}

static int64_t copy_half_is_all(struct host_file *in, uint64_t in_offset,
				struct host_file *out, uint64_t out_offset,
				uint64_t length)
{
	int64_t n = host_fault_real->copy(in, in_offset, out, out_offset,
					  (length + 1) / 2);

	return n > 0 ? (int64_t)length : n;
}

static int64_t copy_offset_ignored(struct host_file *in, uint64_t in_offset,
				   struct host_file *out, uint64_t out_offset,
				   uint64_t length)
{
	(void)out_offset;
	return host_fault_real->copy(in, in_offset, out, 0, length);
}

static int setlock_does_nothing(struct host_file *file,
				const struct host_lock *lock)
{
	(void)file, (void)lock;
	return 0;
}

static int setlock_always_exclusive(struct host_file *file,
				    const struct host_lock *lock)
{
	struct host_lock l = *lock;

	if (l.type == HOST_LOCK_READ)
		l.type = HOST_LOCK_WRITE;
	return host_fault_real->setlock(file, &l);
}

static int getflags_none(struct host_file *file, uint32_t *ret)
{
	int error = host_fault_real->getflags(file, ret);

	*ret = 0;
	return error;
}

static int setflags_does_nothing(struct host_file *file, uint32_t flags)
{
	(void)file, (void)flags;
	return 0;
}

static const struct host_fault faults[] = {
#define ATTR(name, filters)
#define NEW(name, filters)
#define SET(name, filters)
#define NAME(operation, name, filters)
#define DATA(operation, name, filters) \
	{ #operation "_" #name, { .operation = operation##_##name } },
#include "host_fault.def"
};

bool host_fault_file(const char *name, struct host_ops *ops)
{
	return host_fault_find(faults, sizeof(faults) / sizeof(faults[0]), name,
			       ops);
}
