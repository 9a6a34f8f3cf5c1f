// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta_tree - superblocks on the host, and where a bare directory's side store is
 */
#include "meta_store.h"

#include <sys/uio.h>

#define STATE_FOLDER	"humfs"
#define STATE_DEPTH	4096		/* more than any path has */

static int read_all(int fd, char *text, uint32_t size)
{
	struct iovec iov = { text, size };
	struct host_attr attr;
	int error = host_statx(fd, "", &attr);

	if (error)
		return error;
	if ((attr.mode & S_IFMT) != S_IFREG)
		return -EIO;
	return HOST_CALL(READ, preadv2(fd, &iov, 1, 0, 0));
}

int hmeta_super_read(int fd, struct hmeta_super *ret,
		     enum hmeta_fault *ret_fault)
{
	enum hmeta_fault fault = HMETA_LENGTH;
	int file, length;
	char *text;

	file = HOST_OPEN(openat(fd, HMETA_TREE_SUPER, O_RDONLY | O_CLOEXEC |
				O_NOFOLLOW | O_NONBLOCK));
	if (file < 0)
		return file == -ELOOP || file == -ENXIO ? -EIO : file;
	text = malloc(HMETA_SUPER_MAX + 1);
	length = text ? read_all(file, text, HMETA_SUPER_MAX + 1) : -ENOMEM;
	host_close_fd(file);
	if (length >= 0) {
		fault = hmeta_super_parse(text, length, ret);
		length = fault ? -EIO : 0;
	}
	free(text);
	if (length == -EIO && ret_fault)
		*ret_fault = fault;
	return length;
}

static int write_new(int fd, const char *name, const char *text, size_t size)
{
	struct iovec iov = { (void *)text, size };
	int64_t result;
	int file;

	file = HOST_OPEN(openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC |
				O_CLOEXEC | O_NOFOLLOW, 0600));
	if (file < 0)
		return file;
	result = HOST_CALL(WRITE, pwritev2(file, &iov, 1, 0, 0));
	if (result >= 0)
		result = result < (int64_t)size ? -ENOSPC :
			 HOST_CALL(OTHER, fdatasync(file));
	host_close_fd(file);
	return result;
}

int hmeta_super_write(int fd, const struct hmeta_super *super)
{
	static const char temporary[] = "." HMETA_TREE_SUPER;
	char *text = malloc(HMETA_SUPER_MAX);
	int error;

	if (!text)
		return -ENOMEM;
	error = write_new(fd, temporary, text, hmeta_super_print(super, text));
	if (error == 0)
		error = HOST_CALL(OTHER, syscall(SYS_renameat2, fd, temporary,
						 fd, HMETA_TREE_SUPER, 0));
	if (error)
		(void)HOST_CALL(OTHER, unlinkat(fd, temporary, 0));
	free(text);
	return error;
}

/* --- the state folder --------------------------------------------------------- */

size_t hmeta_state_name(const struct host_attr *root, char name[HMETA_KEY_MAX])
{
	const struct hmeta_key key = {
		.ino = root->id.ino,
		.btime_sec = root->id.btime.sec,
		.btime_nsec = root->id.btime.nsec,
		/* Device numbers change; without a birth they are all we have. */
		.foreign = !root->has_btime,
		.dev_major = root->id.dev_major,
		.dev_minor = root->id.dev_minor,
	};
	char text[HMETA_KEY_MAX];
	size_t length = hmeta_key_print(&key, text) - 3;

	memcpy(name, text + 3, length + 1);	/* without the folder */
	return length;
}

/* A folder below fd; `make`: made when it is not there. fd is closed. */
static int enter(int fd, const char *name, bool make)
{
	int error = -EEXIST, result;

	if (fd < 0)
		return fd;
	if (make)
		error = HOST_CALL(OTHER, mkdirat(fd, name, 0700));
	result = HOST_OPEN(openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
	host_close_fd(fd);
	if (result == -ENOENT && error && error != -EEXIST)
		return error;
	return result;
}

static int open_absolute(const char *path)
{
	if (!path || path[0] != '/')
		return -ENOENT;
	return HOST_OPEN(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* $XDG_STATE_HOME, or what stands for it. */
static int open_state_home(bool make)
{
	const char *state = getenv("XDG_STATE_HOME");

	if (state && state[0] == '/')
		return enter(open_absolute("/"), state + strspn(state, "/"),
			     make);
	return enter(enter(open_absolute(getenv("HOME")), ".local", make),
		     "state", make);
}

/* Is fd below the directory (or it itself)? All the way up from fd. */
static int is_below(int fd, const struct host_attr *top)
{
	struct host_attr attr, last = { 0 };
	int at = HOST_OPEN(fcntl(fd, F_DUPFD_CLOEXEC, 0));

	for (int left = STATE_DEPTH; at >= 0 && left; left--) {
		int error = host_statx(at, "", &attr), up;

		if (error || host_id_equal(&attr.id, &top->id) ||
		    host_id_equal(&attr.id, &last.id)) {
			host_close_fd(at);
			return error ? error :
			       host_id_equal(&attr.id, &top->id) ? -ELOOP : 0;
		}
		last = attr;
		up = HOST_OPEN(openat(at, "..", O_PATH | O_DIRECTORY |
				      O_CLOEXEC));
		host_close_fd(at);
		at = up;
	}
	return at < 0 ? at : -ELOOP;
}

int hmeta_state_open(int fd, bool make)
{
	char name[HMETA_KEY_MAX];
	struct host_attr root;
	int state, error;

	error = host_statx(fd, "", &root);
	if (error)
		return error;
	state = enter(open_state_home(make), STATE_FOLDER, make);
	if (state < 0)
		return state;
	/* In the tree, the guest could write its own records. */
	error = is_below(state, &root);
	if (error) {
		host_close_fd(state);
		return error;
	}
	(void)hmeta_state_name(&root, name);
	return enter(state, name, make);
}
