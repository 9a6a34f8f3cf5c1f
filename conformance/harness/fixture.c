// SPDX-License-Identifier: GPL-2.0-only
/* fixture - the objects that cases work on, and short questions about them */
#include <dirent.h>
#include <stdarg.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "fsconf.h"

const char *const fc_type_names[FC_TYPES] = {
	"file", "directory", "fifo", "socket", "char device", "block device",
	"symlink",
};

static const mode_t formats[FC_TYPES] = {
	S_IFREG, S_IFDIR, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK, S_IFLNK,
};

static const enum fc_need type_needs[FC_TYPES] = {
	FC_NEEDS, FC_NEEDS, FC_NEED_FIFO, FC_NEED_SOCK, FC_NEED_MKNOD,
	FC_NEED_MKNOD, FC_NEED_SYMLINK,
};

mode_t fc_type_fmt(enum fc_type type)
{
	return formats[type];
}

bool fc_type_usable(enum fc_type type)
{
	enum fc_need need = type_needs[type];

	return (fc_env.types & (1u << type)) &&
	       (need == FC_NEEDS || fc_have(need));
}

void fc_make(enum fc_type type, const char *path)
{
	switch (type) {
	case FC_REG:
		MUST(close(MUST(open(path, O_CREAT | O_EXCL | O_WRONLY, 0644))));
		break;
	case FC_DIR:
		MUST(mkdir(path, 0755));
		break;
	case FC_LNK:
		MUST(symlink("target-of-link", path));
		break;
	case FC_CHR:	/* the null device: harmless to open */
		MUST(mknod(path, S_IFCHR | 0644, makedev(1, 3)));
		break;
	case FC_BLK:
		MUST(mknod(path, S_IFBLK | 0644, makedev(7, 255)));
		break;
	default:
		MUST(mknod(path, formats[type] | 0644, 0));
	}
}

void fc_give(const char *path)
{
	if (fc_users())
		MUST(lchown(path, FC_UID_OWNER, FC_GID_OWNER));
}

void fc_make_owned(enum fc_type type, const char *path, mode_t mode)
{
	fc_make(type, path);
	fc_give(path);
	if (type != FC_LNK)
		MUST(chmod(path, mode));
}

void fc_file(const char *path, mode_t mode, const char *text)
{
	int fd = MUST(open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600));
	size_t len = strlen(text);

	if (len && write(fd, text, len) != (ssize_t)len)
		fc_abort_case(HERE, "cannot write %s", path);
	MUST(fchmod(fd, mode));
	MUST(close(fd));
}

void fc_dir(const char *path, mode_t mode)
{
	MUST(mkdir(path, 0700));
	MUST(chmod(path, mode));
}

void fc_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		MUST(rmdir(path));
}

const char *fc_fmt(const char *fmt, ...)
{
	static char bufs[8][512];
	static int turn;
	char *buf = bufs[turn++ % 8];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(bufs[0]), fmt, ap);
	va_end(ap);
	return buf;
}

struct stat fc_lstat(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		fc_abort_case(HERE, "expected lstat of %s to work, got %s",
			      path, strerrorname_np(errno));
	return st;
}

unsigned int fc_mode(const char *path)
{
	return fc_lstat(path).st_mode & 07777;
}

long long fc_size(const char *path)
{
	return fc_lstat(path).st_size;
}

long fc_nlink(const char *path)
{
	return fc_lstat(path).st_nlink;
}

uint64_t fc_ino(const char *path)
{
	return fc_lstat(path).st_ino;
}

bool fc_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* Return: bytes read (buf is terminated), or -1 with errno. */
int fc_slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	if (n >= 0)
		buf[n] = '\0';
	close(fd);
	return n;
}

bool fc_content_is(const char *path, const char *text)
{
	char buf[4096];

	return fc_slurp(path, buf, sizeof(buf)) >= 0 && !strcmp(buf, text);
}

/* Entries but "." and ".."; -1 with errno. */
int fc_count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return -1;
	for (struct dirent *d; (d = readdir(dir));) {
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			n++;
	}
	closedir(dir);
	return n;
}

int fc_close_of(int fd)
{
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int fc_try_open(const char *path, int flags, mode_t mode)
{
	return fc_close_of(open(path, flags, mode));
}

int fc_in_child(void (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = MUST(fork());

	if (!pid) {
		fn(arg);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			fc_abort_case(HERE, "lost a child");
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
