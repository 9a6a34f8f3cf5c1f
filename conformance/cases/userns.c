// SPDX-License-Identifier: GPL-2.0-only
/* userns - user namespaces and idmapped mounts: ids, rights, creation */
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "../harness/fsconf.h"
#include "../harness/idmap.h"

/* Enter a namespace in which we are root, and nobody else is known. */
static void become_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];
	int fd;

	MUST(unshare(CLONE_NEWUSER));
	fd = MUST(open("/proc/self/setgroups", O_WRONLY));
	MUST(write(fd, "deny", 4));
	MUST(close(fd));
	snprintf(map, sizeof(map), "0 %u 1", uid);
	fd = MUST(open("/proc/self/uid_map", O_WRONLY));
	MUST(write(fd, map, strlen(map)));
	MUST(close(fd));
	snprintf(map, sizeof(map), "0 %u 1", gid);
	fd = MUST(open("/proc/self/gid_map", O_WRONLY));
	MUST(write(fd, map, strlen(map)));
	MUST(close(fd));
}

static void own_objects(void)
{
	fc_file("before", 0600, "text");
	become_root();
	CHECK_EQ(geteuid(), 0, "we are root there");
	CHECK_EQ(fc_lstat("before").st_uid, 0, "our file is root's");
	CHECK_OK(fc_try_open("before", O_RDWR, 0), "and can be opened");
	CHECK_OK(fc_try_open("new", O_CREAT | O_WRONLY, 0600), "create");
	CHECK_EQ(fc_lstat("new").st_uid, 0, "what is made is root's");
	CHECK_OK(mkdir("d", 0700), "mkdir");
	CHECK_OK(chmod("before", 0), "chmod 0");
	CHECK_OK(fc_try_open("before", O_RDWR, 0),
		 "root of the namespace has CAP_DAC_OVERRIDE over its own");
	CHECK_OK(chown("new", 0, 0), "chown to the same");
	CHECK_ERR(chown("new", 1, -1), EINVAL, "chown to an unknown id");
	CHECK_ERR(mknod("dev", S_IFCHR | 0600, makedev(1, 3)), EPERM,
		  "devices cannot be made");
	CHECK_OK(mknod("whiteout", S_IFCHR | 0600, makedev(0, 0)),
		 "but whiteouts can");
}

static void foreign_objects(void)
{
	struct stat st;

	fc_make_owned(FC_REG, "theirs", 0600);
	fc_make_owned(FC_REG, "open", 0666);
	MUST(chmod(".", 0777));
	become_root();
	st = fc_lstat("theirs");
	CHECK_EQ(st.st_uid, 65534, "unknown users are the overflow id");
	CHECK_EQ(st.st_gid, 65534, "unknown groups are the overflow id");
	CHECK_ERR(fc_try_open("theirs", O_RDONLY, 0), EACCES,
		  "capabilities do not reach unknown owners: open");
	CHECK_ERR(chmod("theirs", 0666), EPERM, "chmod");
	CHECK_ERR(chown("theirs", 0, 0), EPERM, "chown");
	CHECK_OK(fc_try_open("open", O_RDWR, 0), "mode 0666 can be opened");
	CHECK_OK(fc_lstat("theirs").st_size == 0 ? 0 : -1, "stat");
}

/* In the namespace 0... are 100000... outside. */
static void enter(int ns)
{
	MUST(setns(ns, CLONE_NEWUSER));
	MUST(setresgid(0, 0, 0));
	MUST(setresuid(0, 0, 0));
}

static void mapped_child(void *arg)
{
	enter(*(int *)arg);
	CHECK_OK(fc_try_open("m/new", O_CREAT | O_WRONLY, 0600), "create");
	CHECK_EQ(fc_lstat("m/new").st_uid, 0, "inside it is root's");
	CHECK_OK(chown("m/new", 1000, 1001), "chown within the map");
	CHECK_EQ(fc_lstat("m/new").st_uid, 1000, "inside it is 1000's");
	CHECK_ERR(chown("m/new", 70000, -1), EINVAL, "chown beyond the map");
	CHECK_OK(chmod("m/new", 06755), "setuid and setgid");
	CHECK_EQ(fc_lstat("m").st_uid, 0, "the directory is root's");
}

static void mapped_ids(void)
{
	int ns = MUST(fc_userns(0, 100000, 65536));

	fc_dir("m", 0700);
	MUST(chown("m", 100000, 100000));
	CHECK_EQ(fc_in_child(mapped_child, &ns), 0, "the namespace");
	CHECK_EQ(fc_lstat("m/new").st_uid, 101000, "outside it is 101000's");
	CHECK_EQ(fc_lstat("m/new").st_gid, 101001, "and 101001's");
	CHECK_OCT(fc_mode("m/new"), 06755, "with its mode");
}

/* An idmapped mount shows ids of the disk as others. */
static void idmapped_shows(void)
{
	uid_t uid;
	gid_t gid;

	MUST(fc_own_mounts());
	fc_dir("m", 0755);
	uid = fc_lstat("m").st_uid;
	gid = fc_lstat("m").st_gid;
	for_each_type(t)
		fc_make(t, fc_fmt("m/x%d", t));
	MUST(fc_idmapped_mount("m", 0, 100000, 65536));
	for_each_type(t)
		CHECK_EQ(fc_lstat(fc_fmt("m/x%d", t)).st_uid, 100000 + uid,
			 "the user of a %s", fc_type_names[t]);
	CHECK_EQ(fc_lstat("m").st_gid, 100000 + gid, "the directory's group");
}

static void idmapped_keep(void)
{
	MUST(fc_own_mounts());
	fc_dir("plain", 0777);
	fc_dir("m", 0777);
	MUST(mount("plain", "m", NULL, MS_BIND, NULL));
	MUST(fc_idmapped_mount("m", 0, FC_UID_OWNER, 1000));
	fc_as(FC_OWNER);
	CHECK_OK(fc_try_open("m/new", O_CREAT | O_WRONLY, 0644), "create");
	CHECK_OK(mkdir("m/dir", 0755), "mkdir");
	CHECK_OK(symlink("t", "m/link"), "symlink");
	fc_back();
	CHECK_EQ(fc_lstat("m/new").st_uid, FC_UID_OWNER, "shown as ours");
	CHECK_EQ(fc_lstat("plain/new").st_uid, 0, "kept as root's");
	CHECK_EQ(fc_lstat("plain/dir").st_uid, 0, "a directory as well");
	CHECK_EQ(fc_lstat("plain/link").st_uid, 0, "a link as well");
	CHECK_OK(chown("m/new", FC_UID_OWNER + 5, -1), "chown in the map");
	CHECK_EQ(fc_lstat("plain/new").st_uid, 5, "is kept as 5");
	CHECK_ERR2(chown("m/new", 7, -1), EOVERFLOW, EINVAL,
		   "chown to what the map does not have");
	CHECK_ERR(fc_try_open("m/theirs", O_CREAT | O_WRONLY, 0644), EOVERFLOW,
		  "root, which the map does not have, creates nothing");
	CHECK_ERR(mkdir("m/theirs", 0755), EOVERFLOW, "nor a directory");
}

static void idmapped_rights(void)
{
	MUST(fc_own_mounts());
	fc_dir("m", 0755);
	fc_file("m/root", 0600, "text");
	fc_file("m/five", 0600, "text");
	MUST(chown("m/five", 3, 3));
	MUST(fc_idmapped_mount("m", 0, FC_UID_OWNER, 1000));
	fc_as(FC_OWNER);
	CHECK_OK(fc_try_open("m/root", O_RDWR, 0), "root's file is ours");
	CHECK_OK(chmod("m/root", 0640), "its mode can be changed");
	CHECK_ERR(fc_try_open("m/five", O_RDONLY, 0), EACCES,
		  "another's is another's");
	CHECK_OK(fc_try_open("m/mine", O_CREAT | O_WRONLY, 0600),
		 "the directory is ours");
	CHECK_OK(unlink("m/mine"), "unlink");
	fc_back();
	fc_as(FC_STRANGER);	/* id 3 of the map */
	CHECK_OK(fc_try_open("m/five", O_RDWR, 0), "who maps to it may");
	CHECK_ERR(chmod("m/root", 0666), EPERM, "who does not may not");
	fc_back();
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }

static const struct fc_case cases[] = {
	ROW("*", own_objects, "root of a namespace owns what its user owns",
	    FC_N(USERNS) | FC_N(PROC) | FC_N(OWNED), FC_T(REG),
	    "user_namespaces(7)"),
	ROW("*", foreign_objects, "its capabilities do not reach others",
	    FC_N(USERNS) | FC_N(PROC) | FC_N(USERS) | FC_N(CHOWN), FC_T(REG),
	    "user_namespaces(7)"),
	ROW("chown", mapped_ids, "ids are mapped both ways",
	    FC_N(USERNS) | FC_N(ROOT) | FC_N(IDS32) | FC_N(PROC), FC_T(REG),
	    "user_namespaces(7)"),
	ROW("mount_setattr", idmapped_shows, "idmapped mounts show other ids",
	    FC_N(IDMAP), FC_T_ALL, "mount_setattr(2)"),
	ROW("mount_setattr", idmapped_keep, "and keep what is made as theirs",
	    FC_N(IDMAP) | FC_N(USERS) | FC_N(CHOWN) | FC_N(SYMLINK), FC_T(REG),
	    "mount_setattr(2)"),
	ROW("mount_setattr", idmapped_rights, "rights are those of the map",
	    FC_N(IDMAP) | FC_N(USERS) | FC_N(CHOWN), FC_T(REG), "mount_setattr(2)"),
};

FC_FAMILY(userns, "userns", cases);
