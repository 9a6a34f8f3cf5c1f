// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy - file data, whole
 */
#include "copy.h"

int copy_write(struct host_file *file, const void *data, size_t size,
	       uint64_t offset)
{
	while (size) {
		const struct host_iovec iov = { (void *)data, size };
		int64_t done = host_plain_write(file, &iov, 1, offset, 0);

		if (done <= 0)
			return done ? (int)done : -EIO;
		data = (const char *)data + done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return 0;
}

int64_t copy_read(struct host_file *file, void *data, size_t size,
		  uint64_t offset)
{
	size_t got = 0;

	while (got < size) {
		const struct host_iovec iov = {
			(char *)data + got, size - got,
		};
		int64_t n = host_plain_read(file, &iov, 1, offset + got, 0);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (int64_t)got;
}

/* One run of data, by the host if it can, else through memory. */
static int copy_run(struct host_file *in, struct host_file *out, uint64_t at,
		    uint64_t end)
{
	_cleanup_free_ char *buffer = NULL;

	while (at < end) {
		int64_t done = buffer ? -EXDEV :
			       host_plain_copy(in, at, out, at, end - at);
		int error = 0;

		if (done < 0) {
			size_t part = end - at < COPY_BUFFER ? end - at :
				      COPY_BUFFER;

			if (!buffer)
				buffer = malloc(COPY_BUFFER);
			if (!buffer)
				return -ENOMEM;
			done = copy_read(in, buffer, part, at);
			if (done > 0)
				error = copy_write(out, buffer, (size_t)done,
						   at);
		}
		if (done < 0 || error)
			return error ? error : (int)done;
		if (done == 0)
			break;		/* cut short meanwhile */
		at += (uint64_t)done;
	}
	return 0;
}

int copy_file(struct host_file *in, struct host_file *out)
{
	struct host_setattr set = { .set = HOST_SET_SIZE };
	struct host_attr attr;
	int64_t data = 0, hole;
	int error;

	if (host_plain_clone(in, 0, out, 0, 0) == 0)
		return 0;
	error = host_plain_getattr(NULL, in, &attr);
	while (error == 0 && (uint64_t)data < attr.size) {
		data = host_plain_seek(in, (uint64_t)data, 1);
		if (data == -ENXIO)
			break;		/* a hole up to the end */
		hole = data < 0 ? data :
		       host_plain_seek(in, (uint64_t)data, 0);
		if (hole < 0)
			return (int)hole;
		error = copy_run(in, out, (uint64_t)data, (uint64_t)hole);
		data = hole;
	}
	set.size = attr.size;
	return error ? error : host_plain_setattr(NULL, out, &set, &attr);
}
