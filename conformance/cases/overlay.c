// SPDX-License-Identifier: GPL-2.0-only
/* overlay - the directory as the upper and lower layer of an overlayfs */
#include <sys/mount.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

/* l has "file" and "dir/x"; m is mounted over l and u. */
static void stage(void)
{
	MUST(fc_own_mounts());
	fc_dir("l", 0755);
	fc_dir("u", 0755);
	fc_dir("w", 0755);
	fc_dir("m", 0755);
	fc_file("l/file", 0640, "lower");
	fc_dir("l/dir", 0750);
	fc_file("l/dir/x", 0644, "x");
	MUST(chown("l/file", FC_UID_OWNER, FC_GID_OWNER));
	MUST(mount("overlay", "m", "overlay", 0,
		   "lowerdir=l,upperdir=u,workdir=w"));
}

static void copy_up(void)
{
	stage();
	CHECK(fc_content_is("m/file", "lower"), "the lower file is seen");
	CHECK(!fc_exists("u/file"), "reading copies nothing");
	MUST(truncate("m/file", 2));
	CHECK(fc_content_is("m/file", "lo"), "writing is seen");
	CHECK(fc_content_is("l/file", "lower"), "the lower file stays");
	CHECK(fc_content_is("u/file", "lo"), "the upper file is written");
	CHECK_EQ(fc_lstat("u/file").st_uid, FC_UID_OWNER, "with its owner");
	CHECK_OCT(fc_mode("u/file"), 0640, "and its mode");
	MUST(chmod("m/dir/x", 0600));
	CHECK_OCT(fc_mode("u/dir/x"), 0600, "chmod copies up");
	CHECK_OCT(fc_mode("u/dir"), 0750, "with its directory");
	CHECK_OCT(fc_mode("l/dir/x"), 0644, "the lower mode stays");
}

static void whiteouts(void)
{
	struct stat st;

	stage();
	CHECK_OK(unlink("m/file"), "unlink of a lower file");
	CHECK(!fc_exists("m/file"), "it is gone");
	CHECK(fc_exists("l/file"), "but not below");
	st = fc_lstat("u/file");
	CHECK(S_ISCHR(st.st_mode) && !st.st_rdev, "a whiteout hides it");
	CHECK_EQ(fc_count_entries("m"), 1, "listings do not show it");
	fc_file("m/file", 0644, "new");
	CHECK(fc_content_is("u/file", "new"), "a new one replaces it");
	MUST(unlink("m/dir/x"));
	CHECK_OK(rmdir("m/dir"), "rmdir of a lower directory");
	MUST(mkdir("m/dir", 0755));
	CHECK_EQ(fc_count_entries("m/dir"), 0, "a new one is empty");
	CHECK_EQ(getxattr("u/dir", "trusted.overlay.opaque", NULL, 0), 1,
		 "and opaque");
}

static void renames(void)
{
	stage();
	CHECK_OK(rename("m/file", "m/renamed"), "rename of a lower file");
	CHECK(fc_content_is("m/renamed", "lower"), "the new name");
	CHECK(!fc_exists("m/file"), "the old name");
	fc_file("m/a", 0644, "a");
	MUST(link("m/a", "m/b"));
	CHECK_EQ(fc_nlink("m/a"), 2, "links in the upper layer");
	CHECK_OK(rename("m/a", "m/dir/a"), "rename into a lower directory");
	CHECK(fc_content_is("u/dir/a", "a"), "copies the directory up");
	CHECK_EQ(fc_count_entries("m/dir"), 2, "which is merged");
}

#define ROW(fn, text) \
	{ "mount", #fn, text, FC_N(OVERLAY) | FC_N(CHOWN) | FC_N(MODES), \
	  FC_T(REG) | FC_T(DIR), "Linux Documentation/filesystems/overlayfs", \
	  fn }

static const struct fc_case cases[] = {
	ROW(copy_up, "changes go to the upper layer"),
	ROW(whiteouts, "removals leave whiteouts"),
	ROW(renames, "renames and links"),
};

FC_FAMILY(overlay, "overlay", cases);
