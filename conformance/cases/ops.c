// SPDX-License-Identifier: GPL-2.0-only
/* ops - the calls of syscalls.def as a table */
#include <linux/openat2.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <utime.h>

#include "ops.h"

#define FC_NEED_NONE FC_NEEDS

static union {
	struct stat st;
	struct statx stx;
	struct statfs sfs;
	char text[4096];
} sink;

static char *const no_args[] = { NULL };

static long op_openat2_at(int d, const char *p)
{
	struct open_how how = { .flags = O_RDONLY | O_NONBLOCK };

	return fc_close_of(syscall(SYS_openat2, d, p, &how, sizeof(how)));
}

static long op_openat2(const char *p)
{
	return op_openat2_at(AT_FDCWD, p);
}

/* Comes back, so that the next relative name means what it did. */
static long op_chdir(const char *p)
{
	int here = open(".", O_PATH | O_CLOEXEC);
	long ret = chdir(p);
	int err = errno;

	MUST(fchdir(here));
	close(here);
	errno = err;
	return ret;
}

static long op_handle(int d, const char *p, int flags)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount;

	return name_to_handle_at(d, p, &h.handle, &mount, flags);
}

static long closing(int fd, long ret)
{
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static long op_inotify(const char *p, uint32_t mask)
{
	int fd = MUST(inotify_init1(IN_CLOEXEC));

	return closing(fd, inotify_add_watch(fd, p, mask));
}

static long op_fanotify(int d, const char *p)
{
	int fd = MUST(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME |
				    FAN_CLOEXEC, 0));

	return closing(fd, fanotify_mark(fd, FAN_MARK_ADD, FAN_ATTRIB, d, p));
}

#define OP(name, flags, need, expr)					\
	static long call_##name(const char *p) { return (expr); }
#define OP_AT(name, flags, need, expr)					\
	static long call_##name(int d, const char *p) { return (expr); }
#include "../syscalls.def"
#undef OP
#undef OP_AT

enum { E = OP_E, C = OP_C, F = OP_F, W = OP_W, D = OP_D, L = OP_L, P = OP_P,
       A = OP_A, N = OP_N, I = OP_I };

const struct fc_op fc_ops[] = {
#define OP(name, flags, need, expr) \
	{ #name, flags, FC_NEED_##need, call_##name, NULL },
#define OP_AT(name, flags, need, expr)
#include "../syscalls.def"
#undef OP
#undef OP_AT
	{ NULL, 0, FC_NEEDS, NULL, NULL }
};

const struct fc_op fc_at_ops[] = {
#define OP(name, flags, need, expr)
#define OP_AT(name, flags, need, expr) \
	{ #name, flags, FC_NEED_##need, NULL, call_##name },
#include "../syscalls.def"
#undef OP
#undef OP_AT
	{ NULL, 0, FC_NEEDS, NULL, NULL }
};

bool fc_op_usable(const struct fc_op *op, unsigned int want)
{
	if ((op->flags & want) != want)
		return false;
	if ((op->flags & OP_P) && !fc_have(FC_NEED_ROOT))
		return false;
	return op->need == FC_NEEDS || fc_have(op->need);
}

void fc_op_stage(void)
{
	fc_file("base", 0644, "base");
	fc_dir("bdir", 0755);
}

void fc_op_restage(void)
{
	fc_remove("other");
	if (!fc_exists("base"))
		fc_file("base", 0644, "base");
	if (!fc_exists("bdir"))
		fc_dir("bdir", 0755);
}

void fc_op_target(const struct fc_op *op, const char *path)
{
	fc_remove(path);
	if (!(op->flags & OP_E))
		return;
	if (op->flags & OP_L) {
		fc_make(FC_LNK, path);
		fc_give(path);
		return;
	}
	fc_make_owned(op->flags & OP_D ? FC_DIR : FC_REG, path, 0755);
	if (op->flags & OP_A)
		MUST(setxattr(path, "user.fsconf", "v", 1, 0));
}
