// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_shadow_line - one object's line: opened, read, written
 */
#include "meta_shadow.h"

#include <sys/uio.h>

/* A directory of HMETA_DIRS that has its line under another name. */
static int open_other_line(struct hmeta_shadow *shadow, char *path, int flags)
{
	char name[HOST_COMPONENT_MAX + 1];
	int dir, fd;

	/* In version 1 everything in the directory is a file's line. */
	if (shadow->version == 1)
		return -EIO;
	dir = hmeta_shadow_open_at(shadow->parts[HMETA_DIRS], path,
				   O_PATH | O_DIRECTORY);
	if (dir < 0)
		return dir;
	fd = hmeta_shadow_line_name(dir, name);
	if (fd == 0)
		fd = HOST_OPEN(openat(dir, name, flags | O_CLOEXEC |
				      O_NOFOLLOW));
	host_close_fd(dir);
	return fd;
}

/* The path of a directory's line is made and unmade in place. */
static int open_dir_line(struct hmeta_shadow *shadow, char *path, int flags)
{
	size_t length = strlen(path);
	struct host_attr attr;
	int fd;

	memcpy(path + length, "/" HMETA_SHADOW_LINE,
	       sizeof("/" HMETA_SHADOW_LINE));
	fd = hmeta_shadow_open_at(shadow->parts[HMETA_DIRS],
				  length ? path : path + 1, flags);
	path[length] = '\0';
	/* A directory of the guest's has that name? */
	if (fd >= 0 && host_statx(fd, "", &attr) == 0 && S_ISDIR(attr.mode)) {
		host_close_fd(fd);
		fd = -EISDIR;
	}
	if (fd == -EISDIR || (fd == -ENOENT && shadow->version != 1))
		fd = open_other_line(shadow, path, flags);
	return fd;
}

int hmeta_shadow_line(struct hmeta_shadow *shadow, char *path, bool is_dir,
		      int flags)
{
	int fd;

	/* Whatever else may be there does not keep us waiting. */
	flags |= O_NONBLOCK | O_NOCTTY;
	fd = is_dir ? open_dir_line(shadow, path, flags) :
	     hmeta_shadow_open_at(shadow->parts[HMETA_FILES], path, flags);
	if (fd == -ELOOP || fd == -ENXIO || fd == -EISDIR)
		return -EIO;
	return fd == -ENOTDIR ? -ENOENT : fd;
}

/* Return: the length; more than HMETA_SHADOW_MAX is not asked for. */
static int read_text(struct hmeta_shadow *shadow, char *path, bool is_dir,
		     char text[HMETA_SHADOW_MAX])
{
	struct iovec iov = { text, HMETA_SHADOW_MAX };
	int fd = hmeta_shadow_line(shadow, path, is_dir, O_RDONLY), result;

	if (fd < 0)
		return fd;
	result = HOST_CALL(READ, preadv2(fd, &iov, 1, 0, 0));
	host_close_fd(fd);
	/* What is no file. */
	return result == -EISDIR || result == -ESPIPE || result == -EINVAL ?
	       -EIO : result;
}

int hmeta_shadow_read(struct hmeta_shadow *shadow, char *path, uint32_t mode,
		      struct hmeta_record *ret, enum hmeta_fault *ret_fault)
{
	char text[HMETA_SHADOW_MAX];
	struct hmeta_record record;
	enum hmeta_fault fault;
	int length = read_text(shadow, path, S_ISDIR(mode), text);

	if (length == -ENOENT)
		return -ENODATA;
	if (length < 0 && length != -EIO)
		return length;
	fault = length < 0 ? HMETA_TYPE : shadow->version == 1 ?
		hmeta_shadow1_parse(text, length, mode, &record) :
		hmeta_shadow_parse(text, length, mode, &record);
	if (fault == HMETA_FINE)
		*ret = record;
	else if (ret_fault)
		*ret_fault = fault;
	return fault ? -EIO : 0;
}

/* --- writing ------------------------------------------------------------ */

int hmeta_shadow_put_file(struct hmeta_shadow *shadow, const char *text,
			  size_t length, int fd, const char *name)
{
	struct iovec iov = { (void *)text, length };
	int64_t result;
	int file;

	file = HOST_OPEN(openat(shadow->fd, HMETA_SHADOW_NEW, O_WRONLY |
				O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
				0600));
	if (file < 0)
		return file;
	result = HOST_CALL(WRITE, pwritev2(file, &iov, 1, 0, 0));
	host_close_fd(file);
	if (result >= 0)
		result = result < (int64_t)length ? -ENOSPC :
			 HOST_CALL(OTHER, syscall(SYS_renameat2, shadow->fd,
						  HMETA_SHADOW_NEW, fd, name,
						  0));
	if (result)
		(void)HOST_CALL(OTHER, unlinkat(shadow->fd, HMETA_SHADOW_NEW,
						0));
	return result;
}

/* In the directory's mirror, which may have a directory named "metadata". */
static int put_dir_line(struct hmeta_shadow *shadow, char *path,
			const char *text, size_t length)
{
	char name[HOST_COMPONENT_MAX + 1] = HMETA_SHADOW_LINE;
	size_t at = sizeof(HMETA_SHADOW_LINE) - 1;
	struct host_attr attr;
	int fd, error;

	fd = hmeta_shadow_open_at(shadow->parts[HMETA_DIRS], path,
				  O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	while (at < HOST_COMPONENT_MAX && host_statx(fd, name, &attr) == 0 &&
	       S_ISDIR(attr.mode)) {
		name[at++] = '-';
		name[at] = '\0';
	}
	error = hmeta_shadow_put_file(shadow, text, length, fd, name);
	host_close_fd(fd);
	return error;
}

static int put_file_line(struct hmeta_shadow *shadow, char *path,
			 const char *text, size_t length)
{
	const char *name;
	int fd = hmeta_shadow_parent(shadow->parts[HMETA_FILES], path, &name);
	int error;

	if (fd < 0)
		return fd;
	error = hmeta_shadow_put_file(shadow, text, length, fd, name);
	host_close_fd(fd);
	if (error != -EISDIR)
		return error;
	/* The mirror of a directory that is not there any more. */
	error = hmeta_shadow_discard(shadow, HMETA_FILES, path);
	if (error)
		return error;
	fd = hmeta_shadow_parent(shadow->parts[HMETA_FILES], path, &name);
	if (fd < 0)
		return fd;
	error = hmeta_shadow_put_file(shadow, text, length, fd, name);
	host_close_fd(fd);
	return error;
}

static int put(struct hmeta_shadow *shadow, char *path, bool is_dir,
	       const char *text, size_t length)
{
	int error;

	for (int tries = 0; ; tries++) {
		error = is_dir ? put_dir_line(shadow, path, text, length) :
				 put_file_line(shadow, path, text, length);
		if (tries || (error != -ENOENT && error != -ENOTDIR))
			return error;
		/* What leads to it is not there: the host made directories. */
		error = hmeta_shadow_parents(shadow, HMETA_FILES, path);
		if (error == 0 && is_dir)
			error = hmeta_shadow_parents(shadow, HMETA_DIRS, path);
		if (error == 0 && is_dir)
			error = hmeta_shadow_mirror(shadow, path);
		if (error)
			return error;
	}
}

int hmeta_shadow_put(struct hmeta_shadow *shadow, char *path, bool is_dir,
		     const struct hmeta_record *record)
{
	char text[HMETA_SHADOW_MAX];
	size_t length = hmeta_shadow_print(record, text);

	return put(shadow, path, is_dir, text, length);
}

/*
 * Over what is there, by one call: the line may have other names. What was longer
 * is filled up.
 */
int hmeta_shadow_write(struct hmeta_shadow *shadow, char *path, bool is_dir,
		       const struct hmeta_record *record)
{
	char text[HMETA_SHADOW_MAX];
	struct iovec iov = { text, hmeta_shadow_print(record, text) };
	struct host_attr attr;
	int64_t result;
	int fd;

	fd = hmeta_shadow_line(shadow, path, is_dir, O_WRONLY);
	if (fd < 0 && fd != -ENOENT && fd != -EIO)
		return fd;
	result = fd < 0 ? -ENOENT : host_statx(fd, "", &attr);
	/* None, or nothing that could be one. */
	if (fd < 0 || result || !S_ISREG(attr.mode) ||
	    attr.size >= HMETA_SHADOW_MAX) {
		if (fd >= 0)
			host_close_fd(fd);
		return fd >= 0 && result ? result :
		       put(shadow, path, is_dir, text, iov.iov_len);
	}
	if (attr.size > iov.iov_len) {
		memset(text + iov.iov_len, '\n', attr.size - iov.iov_len);
		iov.iov_len = attr.size;
	}
	result = HOST_CALL(WRITE, pwritev2(fd, &iov, 1, 0, 0));
	host_close_fd(fd);
	if (result >= 0 && result < (int64_t)iov.iov_len)
		return -ENOSPC;
	return result < 0 ? result : 0;
}
