// SPDX-License-Identifier: GPL-2.0-only
/* notify - inotify and fanotify: which event for which call, in what order */
#include <poll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

static const struct {
	uint32_t bit;
	const char *name;
} event_names[] = {
	{ IN_ACCESS, "access" }, { IN_MODIFY, "modify" },
	{ IN_ATTRIB, "attrib" }, { IN_CLOSE_WRITE, "close-write" },
	{ IN_CLOSE_NOWRITE, "close" }, { IN_OPEN, "open" },
	{ IN_MOVED_FROM, "from" }, { IN_MOVED_TO, "to" },
	{ IN_CREATE, "create" }, { IN_DELETE, "delete" },
	{ IN_DELETE_SELF, "delete-self" }, { IN_MOVE_SELF, "move-self" },
	{ IN_UNMOUNT, "unmount" }, { IN_Q_OVERFLOW, "overflow" },
	{ IN_IGNORED, "ignored" },
};

/* All events that are there as "create:x, modify:x", "/" for directories. */
static const char *events(int fd)
{
	static char text[2048];
	char buf[8192] __attribute__((aligned(8)));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int at = 0;

	text[0] = '\0';
	while (poll(&p, 1, 0) > 0) {
		ssize_t n = read(fd, buf, sizeof(buf));

		for (char *e = buf; n > 0 && e < buf + n;) {
			struct inotify_event *ev = (void *)e;

			for (size_t i = 0; i < ARRAY_SIZE(event_names); i++) {
				if (ev->mask & event_names[i].bit)
					at += snprintf(text + at,
						sizeof(text) - at, "%s%s%s%s%s",
						at ? ", " : "",
						event_names[i].name,
						ev->len ? ":" : "",
						ev->len ? ev->name : "",
						ev->mask & IN_ISDIR ? "/" : "");
			}
			e += sizeof(*ev) + ev->len;
		}
	}
	return text;
}

static int watch(const char *path, uint32_t mask)
{
	int fd = MUST(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));

	MUST(inotify_add_watch(fd, path, mask));
	return fd;
}

/* A step, what a watch of the directory "d" says, what one of "d/x" says. */
struct step {
	const char *name;
	long (*call)(void);
	const char *dir, *file;
};

#define STEP(id, expr) static long step_##id(void) { return (expr); }
STEP(open_close, fc_try_open("d/x", O_RDONLY, 0))
STEP(open_write, fc_try_open("d/x", O_WRONLY, 0))
STEP(open_trunc, fc_try_open("d/x", O_WRONLY | O_TRUNC, 0))
STEP(truncate, truncate("d/x", 3))
STEP(chmod, chmod("d/x", 0600))
STEP(utimens, utimensat(AT_FDCWD, "d/x", NULL, 0))
STEP(stat, access("d/x", F_OK))
STEP(link, link("d/x", "d/y"))
STEP(unlink_y, unlink("d/y"))
STEP(rename, rename("d/x", "d/z"))
STEP(rename_back, rename("d/z", "d/x"))
STEP(rename_out, rename("d/x", "x"))
STEP(rename_in, rename("x", "d/x"))
STEP(mkdir, mkdir("d/sub", 0755))
STEP(rmdir, rmdir("d/sub"))
STEP(symlink, symlink("t", "d/link"))
STEP(unlink_link, unlink("d/link"))
STEP(create, fc_try_open("d/new", O_CREAT | O_EXCL | O_WRONLY, 0644))
STEP(unlink_new, unlink("d/new"))

static long step_write(void)
{
	int fd = open("d/x", O_WRONLY);
	long n = write(fd, "text", 4);

	close(fd);
	return n;
}

static long step_read(void)
{
	char buf[8];

	return fc_slurp("d/x", buf, sizeof(buf));
}

static const struct step steps[] = {
	{ "write", step_write, "open:x, modify:x, close-write:x",
	  "open, modify, close-write" },
	{ "read", step_read, "open:x, access:x, close:x",
	  "open, access, close" },
	{ "open to read", step_open_close, "open:x, close:x", "open, close" },
	{ "open to write", step_open_write, "open:x, close-write:x",
	  "open, close-write" },
	{ "truncate", step_truncate, "modify:x", "modify" },
	{ "chmod", step_chmod, "attrib:x", "attrib" },
	{ "utimensat", step_utimens, "attrib:x", "attrib" },
	{ "access", step_stat, "", "" },
	{ "link", step_link, "create:y", "attrib" },
	{ "unlink of the link", step_unlink_y, "delete:y", "attrib" },
	{ "rename", step_rename, "from:x, to:z", "move-self" },
	{ "rename back", step_rename_back, "from:z, to:x", "move-self" },
	{ "rename out", step_rename_out, "from:x", "move-self" },
	{ "rename in", step_rename_in, "to:x", "move-self" },
	{ "mkdir", step_mkdir, "create:sub/", "" },
	{ "rmdir", step_rmdir, "delete:sub/", "" },
	{ "symlink", step_symlink, "create:link", "" },
	{ "unlink of the symlink", step_unlink_link, "delete:link", "" },
	{ "create", step_create, "create:new, open:new, close-write:new", "" },
	{ "unlink", step_unlink_new, "delete:new", "" },
};

static void calls(void)
{
	int dir, file;

	fc_dir("d", 0755);
	fc_file("d/x", 0644, "text");
	fc_file("x2", 0644, "");
	dir = watch("d", IN_ALL_EVENTS);
	file = watch("d/x", IN_ALL_EVENTS);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		CHECK_OK(steps[i].call(), "%s", steps[i].name);
		CHECK_STR(events(dir), steps[i].dir, "%s: directory",
			  steps[i].name);
		CHECK_STR(events(file), steps[i].file, "%s: file",
			  steps[i].name);
	}
	MUST(step_open_trunc());	/* the order depends on the kernel */
	CHECK(strstr(events(file), "modify"), "open and truncate: file");
	CHECK_OK(rename("x2", "d/x"), "rename over");
	CHECK_STR(events(file), "attrib, delete-self, ignored",
		  "rename over: file");
	MUST(close(dir));
	MUST(close(file));
}

static void xattr_event(void)
{
	int fd;

	fc_file("x", 0644, "");
	fd = watch("x", IN_ALL_EVENTS);
	MUST(setxattr("x", "user.a", "v", 1, 0));
	CHECK_STR(events(fd), "attrib", "setxattr");
	MUST(removexattr("x", "user.a"));
	CHECK_STR(events(fd), "attrib", "removexattr");
	MUST(close(fd));
}

static void delete_self(void)
{
	int fd, held;

	fc_file("x", 0644, "");
	fd = watch("x", IN_DELETE_SELF | IN_ATTRIB);
	MUST(unlink("x"));
	CHECK_STR(events(fd), "attrib, delete-self, ignored",
		  "a file that is closed");
	MUST(close(fd));
	fc_file("x", 0644, "");
	held = MUST(open("x", O_RDONLY));
	fd = watch("x", IN_DELETE_SELF | IN_ATTRIB);
	MUST(unlink("x"));
	CHECK_STR(events(fd), "attrib", "a file that is open");
	MUST(close(held));
	CHECK_STR(events(fd), "delete-self, ignored", "when it is closed");
	MUST(close(fd));
	fc_dir("d", 0755);
	fd = watch("d", IN_ALL_EVENTS);
	MUST(rmdir("d"));
	CHECK_STR(events(fd), "delete-self, ignored", "a directory");
	MUST(close(fd));
}

static void masks(void)
{
	int fd, one;

	fc_dir("d", 0755);
	fc_file("file", 0644, "");
	fd = watch("d", IN_DELETE);
	fc_file("d/a", 0644, "");
	CHECK_STR(events(fd), "", "what is not asked for is not told");
	MUST(unlink("d/a"));
	CHECK_STR(events(fd), "delete:a", "what is asked for is");
	MUST(inotify_add_watch(fd, "d", IN_CREATE | IN_MASK_ADD));
	MUST(mkdir("d/b", 0755));
	MUST(rmdir("d/b"));
	CHECK_STR(events(fd), "create:b/, delete:b/", "IN_MASK_ADD adds");
	CHECK_ERR(inotify_add_watch(fd, "d", IN_CREATE | IN_MASK_CREATE),
		  EEXIST, "IN_MASK_CREATE of what is watched");
	CHECK_ERR(inotify_add_watch(fd, "file", IN_ALL_EVENTS | IN_ONLYDIR),
		  ENOTDIR, "IN_ONLYDIR of a file");
	CHECK_ERR(inotify_add_watch(fd, "d", 0), EINVAL, "no mask");
	one = inotify_add_watch(fd, "file", IN_ATTRIB | IN_ONESHOT);
	CHECK_OK(one, "IN_ONESHOT");
	MUST(chmod("file", 0600));
	MUST(chmod("file", 0644));
	CHECK_STR(events(fd), "attrib, ignored", "tells once");
	CHECK_ERR(inotify_rm_watch(fd, one), EINVAL, "and is gone");
	MUST(close(fd));
}

static void moves_have_cookies(void)
{
	char buf[1024] __attribute__((aligned(8)));
	struct inotify_event *a = (void *)buf, *b;
	int fd;

	fc_dir("d", 0755);
	fc_file("d/x", 0644, "");
	fd = watch("d", IN_MOVE);
	MUST(rename("d/x", "d/y"));
	MUST(read(fd, buf, sizeof(buf)));
	b = (void *)(buf + sizeof(*a) + a->len);
	CHECK(a->cookie && a->cookie == b->cookie, "both halves have one");
	MUST(close(fd));
}

static void coalesced(void)
{
	int fd, f;

	fc_file("x", 0644, "");
	f = MUST(open("x", O_WRONLY));
	fd = watch("x", IN_MODIFY);
	for (int i = 0; i < 100; i++)
		MUST(write(f, "w", 1));
	CHECK_STR(events(fd), "modify", "equal events are one");
	MUST(close(f));
	MUST(close(fd));
}

static void needs_read(void)
{
	int fd = MUST(inotify_init1(IN_CLOEXEC));

	fc_make_owned(FC_REG, "x", 0333);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(inotify_add_watch(fd, "x", IN_ALL_EVENTS), EACCES,
			  "%s watches 0333", fc_who_names[w]);
		fc_back();
	}
	MUST(close(fd));
}

/* Unprivileged fanotify with the directory's handle and the name. */
static void fanotify_names(void)
{
	char buf[4096] __attribute__((aligned(8)));
	int fd = MUST(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME |
				    FAN_NONBLOCK | FAN_CLOEXEC, 0));
	uint64_t seen = 0;
	bool named = false;
	ssize_t n;

	fc_dir("d", 0755);
	MUST(fanotify_mark(fd, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE |
			   FAN_MODIFY | FAN_ATTRIB | FAN_MOVED_FROM |
			   FAN_MOVED_TO | FAN_EVENT_ON_CHILD, AT_FDCWD, "d"));
	fc_file("d/name", 0644, "text");
	MUST(rename("d/name", "d/other"));
	MUST(unlink("d/other"));
	n = read(fd, buf, sizeof(buf));
	CHECK(n > 0, "events are there");
	for (char *p = buf; n > 0 && p < buf + n;) {
		struct fanotify_event_metadata *m = (void *)p;

		seen |= m->mask;
		named |= memmem(p, m->event_len, "name", 5) != NULL;
		p += m->event_len;
	}
	CHECK(seen & FAN_CREATE, "create");
	CHECK(seen & FAN_MODIFY, "modify");
	CHECK(seen & FAN_MOVED_FROM, "moved from");
	CHECK(seen & FAN_MOVED_TO, "moved to");
	CHECK(seen & FAN_DELETE, "delete");
	CHECK(named, "with the name");
	MUST(close(fd));
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define I "inotify(7)"

static const struct fc_case cases[] = {
	ROW("inotify", calls, "each call makes its events",
	    FC_N(INOTIFY) | FC_N(LINK) | FC_N(SYMLINK), FC_T(REG), I),
	ROW("inotify", xattr_event, "attributes make events",
	    FC_N(INOTIFY) | FC_N(XATTR), FC_T(REG), I),
	ROW("inotify", delete_self, "removal ends a watch", FC_N(INOTIFY),
	    FC_T(REG) | FC_T(DIR), I),
	ROW("inotify", masks, "masks choose", FC_N(INOTIFY), FC_T(REG), I),
	ROW("inotify", moves_have_cookies, "moves are joined", FC_N(INOTIFY),
	    FC_T(REG), I),
	ROW("inotify", coalesced, "equal events are joined", FC_N(INOTIFY),
	    FC_T(REG), I),
	ROW("inotify", needs_read, "watching needs to read",
	    FC_N(INOTIFY) | FC_N(ACTOR) | FC_N(MODES), FC_T(REG), "inotify_add_watch(2)"),
	ROW("fanotify", fanotify_names, "events tell directory and name",
	    FC_N(FANOTIFY), FC_T(REG), "fanotify(7)"),
};

FC_FAMILY(notify, "notify", cases);
