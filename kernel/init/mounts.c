// SPDX-License-Identifier: GPL-2.0-only
/*
 * mounts - the guest's file tree: from the initramfs to what SETUP asks for
 *
 * Theory of operation
 *
 * Pid 1 starts in the initramfs with nothing but /dev. SETUP's first mount has
 * the target "/": it is made at NEWROOT, gets the kernel's own file systems, and
 * becomes the root (MS_MOVE and chroot, as switch_root(8) does; pid 1 stays).
 * The others follow inside it. A SETUP without "/" keeps the initramfs.
 *
 * "overlay-root" is a share mounted read-only with a tmpfs laid over it: the
 * guest can change everything and the host's files stay as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

#define NEWROOT	"/.root"
#define LOWER	"/.lower"
#define UPPER	"/.upper"

#define NODEV_ETC	(MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The kernel's own file systems, in the order that they are mounted in. */
static const struct {
	const char *target, *type, *options;
	unsigned long flags;
	mode_t mode;
} fixed[] = {
	{ "/dev/pts", "devpts", "gid=5,mode=0620,ptmxmode=0666",
	  MS_NOSUID | MS_NOEXEC, 0755 },
	{ "/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, 01777 },
	{ "/dev/mqueue", "mqueue", NULL, NODEV_ETC, 01777 },
	{ "/proc", "proc", NULL, NODEV_ETC, 0555 },
	{ "/sys", "sysfs", NULL, NODEV_ETC, 0555 },
	{ "/sys/fs/cgroup", "cgroup2", "nsdelegate", NODEV_ETC, 0555 },
	{ "/run", "tmpfs", "mode=0755", MS_NOSUID | MS_NODEV, 0755 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

/* mount(8)'s options that are flags of mount(2). */
static const struct {
	const char *name;
	unsigned long set, clear;
} options[] = {
	{ "rw",		0,		MS_RDONLY },
	{ "ro",		MS_RDONLY,	0 },
	{ "suid",	0,		MS_NOSUID },
	{ "nosuid",	MS_NOSUID,	0 },
	{ "dev",	0,		MS_NODEV },
	{ "nodev",	MS_NODEV,	0 },
	{ "exec",	0,		MS_NOEXEC },
	{ "noexec",	MS_NOEXEC,	0 },
	{ "sync",	MS_SYNCHRONOUS,	0 },
	{ "async",	0,		MS_SYNCHRONOUS },
	{ "dirsync",	MS_DIRSYNC,	0 },
	{ "atime",	0,		MS_NOATIME },
	{ "noatime",	MS_NOATIME,	0 },
	{ "nodiratime",	MS_NODIRATIME,	0 },
	{ "relatime",	MS_RELATIME,	0 },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "lazytime",	MS_LAZYTIME,	0 },
	{ "bind",	MS_BIND,	0 },
	{ "rbind",	MS_BIND | MS_REC, 0 },
};

static bool flag_option(const char *word, size_t length, unsigned long *flags)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strlen(options[i].name) != length ||
		    memcmp(options[i].name, word, length))
			continue;
		*flags = (*flags & ~options[i].clear) | options[i].set;
		return true;
	}
	return false;
}

/* Split mount(8) options: flags out, the rest into @data (as long as @text). */
static unsigned long split_options(const char *text, char *data)
{
	unsigned long flags = 0;
	size_t used = 0, n;

	for (; *text; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		if (!n || flag_option(text, n, &flags))
			continue;
		if (used)
			data[used++] = ',';
		memcpy(data + used, text, n);
		used += n;
	}
	data[used] = 0;
	return flags;
}

/* mkdir -p. Return: 0 or a negative errno. */
static int make_directories(const char *path, mode_t mode)
{
	char *copy = xstrndup(path, strlen(path)), *slash;
	struct stat st;
	int err = 0;

	for (slash = copy + 1; !err && (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			err = -errno;
		*slash = '/';
	}
	if (!err && mkdir(copy, mode) < 0 && errno != EEXIST)
		err = -errno;
	/* A read-only root may have what could not be made. */
	if (err && stat(copy, &st) == 0 && S_ISDIR(st.st_mode))
		err = 0;
	free(copy);
	return err;
}

static int do_mount(const char *source, const char *target, const char *type,
		    unsigned long flags, const char *data)
{
	if (mount(source, target, type, flags, data && *data ? data : NULL) < 0)
		return -errno;
	return 0;
}

static int mount_options(const struct ctl_mount *m, const char *target,
			 const char *type, unsigned long more)
{
	char *data = xalloc(strlen(m->options) + 1);
	unsigned long flags = split_options(m->options, data) | more;
	int err;

	err = do_mount(m->source, target, type, flags, data);
	/* A bind mount takes no other flag the first time. */
	if (!err && (flags & MS_BIND) && (flags & ~(MS_BIND | MS_REC)))
		err = do_mount(NULL, target, NULL, flags | MS_REMOUNT, NULL);
	free(data);
	return err;
}

static int mount_overlay_root(const struct ctl_mount *m)
{
	int err;

	(void)mkdir(LOWER, 0755);	/* mount(2) tells */
	(void)mkdir(UPPER, 0755);
	err = mount_options(m, LOWER, "hostfs", MS_RDONLY);
	if (!err)
		err = do_mount("tmpfs", UPPER, "tmpfs", 0, "mode=0755");
	if (err)
		return err;
	(void)mkdir(UPPER "/upper", 0755);
	(void)mkdir(UPPER "/work", 0755);
	/* The upper is gone with the guest: syncing it would be in vain. */
	return do_mount("overlay", NEWROOT, "overlay", 0, "lowerdir=" LOWER
			",upperdir=" UPPER "/upper,workdir=" UPPER
			"/work,volatile");
}

/*
 * No compaction in advance: it looks twice a second whether there is something to
 * do, and an idle guest is to take nothing of the host.
 */
static void stay_idle(const char *root)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path),
		       "%s/proc/sys/vm/compaction_proactiveness", root);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;		/* a kernel without compaction */
	/* If it fails, the guest is a bit restless, nothing else */
	if (write(fd, "0", 1) < 0)
		errno = 0;
	(void)close(fd);
}

static int mount_fixed(const char *root)
{
	char path[64];
	size_t i;
	int err;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root,
			       fixed[i].target);
		err = make_directories(path, fixed[i].mode);
		if (!err)
			err = do_mount(fixed[i].type, path, fixed[i].type,
				       fixed[i].flags, fixed[i].options);
		if (err) {
			control_error(0, err, 0, "cannot mount '%s': %m",
				      fixed[i].target);
			return err;
		}
	}
	stay_idle(root);
	return 0;
}

static int enter_root(void)
{
	int err;

	err = make_directories(NEWROOT "/dev", 0755);
	if (!err)
		err = do_mount("/dev", NEWROOT "/dev", NULL, MS_MOVE, NULL);
	if (err) {
		control_error(0, err, 0, "cannot mount '/dev': %m");
		return err;
	}
	err = mount_fixed(NEWROOT);
	if (err)
		return err;
	if (chdir(NEWROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0) {
		err = -errno;
		control_error(0, err, 0, "cannot enter the root file system: %m");
	}
	return err;
}

static int setup_root(const struct ctl_mount *m)
{
	int err;

	(void)mkdir(NEWROOT, 0755);
	if (!strcmp(m->type, "overlay-root"))
		err = mount_overlay_root(m);
	else
		err = mount_options(m, NEWROOT, m->type, 0);
	if (err) {
		control_error(0, err, 0, "cannot mount '%s' (%s) as the root: %m",
			      m->source, m->type);
		return err;
	}
	return enter_root();
}

static int setup_one(const struct ctl_mount *m)
{
	int err;

	if (m->target[0] != '/') {
		control_error(0, -EINVAL, 0, "mount target '%s' is not absolute",
			      m->target);
		return -EINVAL;
	}
	err = make_directories(m->target, 0755);
	if (!err)
		err = mount_options(m, m->target, m->type, 0);
	if (err)
		control_error(0, err, 0, "cannot mount '%s' (%s) on '%s': %m",
			      m->source, m->type, m->target);
	return err;
}

/* What the initramfs needs before anything can be asked. */
int mounts_early(void)
{
	(void)mkdir("/dev", 0755);
	return do_mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
}

/**
 * mounts_setup - do the mounts of a SETUP
 * @m:		the message
 *
 * Return: 0; else the launcher has been told.
 */
int mounts_setup(const struct message *m)
{
	bool rooted = false, first = true;
	struct ctl_mount mnt;
	struct ctl_reader r;
	struct ctl_value v;
	size_t i;
	int err = 0;

	ctl_open(&r, m->header.type, m->fields, m->header.length);
	while (!err && ctl_next(&r, &v) > 0) {
		if (v.tag != CTL_T_MOUNT)
			continue;
		mnt = ctl_mount(&v);
		if (first && !strcmp(mnt.target, "/")) {
			err = setup_root(&mnt);
			rooted = true;
		} else {
			if (!rooted)
				err = mount_fixed("");
			rooted = true;
			if (!err)
				err = setup_one(&mnt);
		}
		first = false;
	}
	if (!err && !rooted)
		err = mount_fixed("");
	for (i = 0; !err && i < sizeof(links) / sizeof(links[0]); i++)
		(void)symlink(links[i].to, links[i].name);
	return err;
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
				       (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
}

/*
 * Write back and let go of what lives on a device. Memory file systems and the
 * host's directories have nothing to write: unmounting them would only take
 * time. Device number 0:N in mountinfo tells them apart. humfs notes what its tree
 * uses, and forgets what was removed while it was open.
 */
void mounts_end(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, target[4096];
	size_t size = 0;
	unsigned int major;

	sync();
	while (f && getline(&line, &size, f) > 0) {
		if (sscanf(line, "%*u %*u %u:%*u %*s %4095s", &major,
			   target) != 2 ||
		    (!major && !strstr(line, " - humfs ")))
			continue;
		unescape(target);
		/* The root is busy with us: at least no write is left over. */
		if (umount2(target, UMOUNT_NOFOLLOW) < 0)
			(void)mount(NULL, target, NULL,
				    MS_REMOUNT | MS_RDONLY, NULL);
	}
	free(line);
	if (f)
		(void)fclose(f);
}
