// SPDX-License-Identifier: GPL-2.0-only
/* xattr - extended attributes: values, names, lists, namespaces, rights */
#include <linux/capability.h>
#include <sys/xattr.h>

#include "../harness/fsconf.h"

#define CAP(c)	(1ull << (c))

/* A small block may be too small for all attributes: ENOSPC, setxattr(2). */
static void set_failed(const char *type, int len)
{
	if (len > 256 && errno == ENOSPC)
		fc_skip("the file system has less room", "%s: set of %d bytes",
			type, len);
	else
		CHECK_OK(-1, "%s: set of %d bytes", type, len);
}

static void set_get(void)
{
	static const int sizes[] = { 0, 1, 2, 100, 255, 256, 1000, 2000 };
	char value[2000], buf[2001];

	for_each_type(t) {
		fc_make(t, "x");
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			int len = sizes[i];

			memset(value, 'a' + i, len);
			if (setxattr("x", "user.a", value, len, 0) < 0) {
				set_failed(fc_type_names[t], len);
				continue;
			}
			CHECK_EQ(getxattr("x", "user.a", NULL, 0), len,
				 "%s: size of %d", fc_type_names[t], len);
			CHECK_EQ(getxattr("x", "user.a", buf, sizeof(buf)), len,
				 "%s: get of %d", fc_type_names[t], len);
			CHECK(!memcmp(buf, value, len), "%s: value of %d",
			      fc_type_names[t], len);
		}
		fc_remove("x");
	}
}

static void binary_value(void)
{
	char value[256], buf[256];

	fc_file("x", 0644, "");
	for (int i = 0; i < 256; i++)
		value[i] = i;
	MUST(setxattr("x", "user.a", value, 256, 0));
	CHECK_EQ(getxattr("x", "user.a", buf, 256), 256, "256 bytes");
	CHECK(!memcmp(buf, value, 256), "all bytes are kept");
	MUST(setxattr("x", "user.\xff\xfe", "v", 1, 0));
	CHECK_EQ(getxattr("x", "user.\xff\xfe", buf, 256), 1,
		 "names are bytes, too");
}

static void short_buffer(void)
{
	char buf[16] = "zzzzzzzzzzzzzzz";

	fc_file("x", 0644, "");
	MUST(setxattr("x", "user.a", "12345", 5, 0));
	CHECK_ERR(getxattr("x", "user.a", buf, 4), ERANGE, "getxattr");
	CHECK_EQ(getxattr("x", "user.a", buf, 5), 5, "an exact buffer");
	CHECK_EQ(buf[5], 'z', "is not overrun");
	CHECK_ERR(listxattr("x", buf, 1), ERANGE, "listxattr");
}

static void flags(void)
{
	char buf[8] = "";

	fc_file("x", 0644, "");
	CHECK_ERR(setxattr("x", "user.a", "v", 1, XATTR_REPLACE), ENODATA,
		  "XATTR_REPLACE of nothing");
	CHECK_OK(setxattr("x", "user.a", "v", 1, XATTR_CREATE), "XATTR_CREATE");
	CHECK_ERR(setxattr("x", "user.a", "w", 1, XATTR_CREATE), EEXIST,
		  "XATTR_CREATE a second time");
	MUST(getxattr("x", "user.a", buf, 8));
	CHECK_STR(buf, "v", "the value is the first");
	CHECK_OK(setxattr("x", "user.a", "w", 1, XATTR_REPLACE),
		 "XATTR_REPLACE");
	MUST(getxattr("x", "user.a", buf, 8));
	CHECK_STR(buf, "w", "the value is the second");
	CHECK_ERR(setxattr("x", "user.a", "v", 1, 4), EINVAL, "unknown flag");
	CHECK_OK(removexattr("x", "user.a"), "remove");
	CHECK_ERR(removexattr("x", "user.a"), ENODATA, "remove a second time");
	CHECK_ERR(getxattr("x", "user.a", buf, 8), ENODATA, "get after it");
}

static void names(void)
{
	static char large[XATTR_SIZE_MAX + 1];
	char name[300] = "user.", buf[8];

	fc_file("x", 0644, "");
	memset(name + 5, 'n', 250);
	CHECK_OK(setxattr("x", name, "v", 1, 0), "a name of 255 bytes");
	CHECK_EQ(getxattr("x", name, buf, 8), 1, "is kept");
	name[255] = 'n';
	CHECK_ERR(setxattr("x", name, "v", 1, 0), ERANGE, "of 256 bytes");
	CHECK_ERR(getxattr("x", name, buf, 8), ERANGE, "get of 256 bytes");
	CHECK_ERR(setxattr("x", "", "v", 1, 0), ERANGE, "an empty name");
	CHECK_ERR(setxattr("x", "none", "v", 1, 0), EOPNOTSUPP,
		  "no namespace");
	CHECK_ERR(setxattr("x", "nobody.a", "v", 1, 0), EOPNOTSUPP,
		  "an unknown namespace");
	CHECK_ERR2(setxattr("x", "user.", "v", 1, 0), EINVAL, EOPNOTSUPP,
		   "nothing behind the namespace");
	CHECK_ERR(setxattr("x", "user.a", large, sizeof(large), 0), E2BIG,
		  "a value above 64 KiB");
}

/* The names in a list, each behind a blank, in any order. */
static bool listed(const char *list, ssize_t len, const char *name)
{
	for (ssize_t at = 0; at < len; at += strlen(list + at) + 1) {
		if (!strcmp(list + at, name))
			return true;
	}
	return false;
}

static int list_count(const char *list, ssize_t len, const char *prefix)
{
	int n = 0;

	for (ssize_t at = 0; at < len; at += strlen(list + at) + 1)
		n += !strncmp(list + at, prefix, strlen(prefix));
	return n;
}

static void list(void)
{
	char buf[4096];
	ssize_t len;

	for_each_type(t) {
		const char *n = fc_type_names[t];

		fc_make(t, "x");
		for (int i = 0; i < 20; i++)
			MUST(setxattr("x", fc_fmt("user.n%d", i), "v", 1, 0));
		len = listxattr("x", buf, sizeof(buf));
		CHECK_EQ(listxattr("x", NULL, 0), len, "%s: size of list", n);
		CHECK_EQ(list_count(buf, len, "user."), 20, "%s: 20 names", n);
		CHECK(listed(buf, len, "user.n0") && listed(buf, len, "user.n19"),
		      "%s: the first and the last", n);
		MUST(removexattr("x", "user.n7"));
		len = listxattr("x", buf, sizeof(buf));
		CHECK_EQ(list_count(buf, len, "user."), 19, "%s: 19 names", n);
		CHECK(!listed(buf, len, "user.n7"), "%s: the removed is gone", n);
		fc_remove("x");
	}
}

static void stamps(void)
{
	for_each_type(t) {
		struct fc_watch w;
		const char *n = fc_type_names[t];
		char buf[8];

		fc_make(t, "x");
		WATCH(&w, "x", ".");
		MUST(setxattr("x", "user.a", "v", 1, 0));
		CHECK_STAMP(&w, 0, "c", fc_fmt("setxattr of a %s", n));
		CHECK_STAMP(&w, 1, "", fc_fmt("setxattr of a %s", n));
		WATCH(&w, "x");
		MUST(getxattr("x", "user.a", buf, 8));
		MUST(listxattr("x", NULL, 0));
		CHECK_STAMP(&w, 0, "", fc_fmt("getxattr of a %s", n));
		WATCH(&w, "x");
		MUST(removexattr("x", "user.a"));
		CHECK_STAMP(&w, 0, "c", fc_fmt("removexattr of a %s", n));
		fc_remove("x");
	}
}

/* user.* is for files and directories only, xsetxattr(2). */
static void user_on_others(void)
{
	char buf[8];

	for_each_type(t) {
		const char *n = fc_type_names[t];

		fc_make(t, "x");
		if (t == FC_SOCK && !lsetxattr("x", "user.a", "v", 1, 0)) {
			/* Linux 7 allows them on sockets. */
			CHECK_EQ(lgetxattr("x", "user.a", buf, 8), 1,
				 "get of a %s", n);
			CHECK_OK(lremovexattr("x", "user.a"),
				 "remove of a %s", n);
			fc_remove("x");
			continue;
		}
		CHECK_ERR(lsetxattr("x", "user.a", "v", 1, 0), EPERM,
			  "set on a %s", n);
		CHECK_ERR(lgetxattr("x", "user.a", buf, 8), ENODATA,
			  "get of a %s", n);
		CHECK_ERR(lremovexattr("x", "user.a"), EPERM,
			  "remove of a %s", n);
		CHECK_OK(llistxattr("x", NULL, 0), "list of a %s", n);
		fc_remove("x");
	}
}

/* trusted.* works on every type, and is hidden without CAP_SYS_ADMIN. */
static void trusted(void)
{
	char buf[256];

	for_each_type(t) {
		const char *n = fc_type_names[t];
		ssize_t len;

		fc_make_owned(t, "x", 0777);
		CHECK_OK(lsetxattr("x", "trusted.a", "val", 3, 0), "%s: set", n);
		CHECK_EQ(lgetxattr("x", "trusted.a", buf, 8), 3, "%s: get", n);
		len = llistxattr("x", buf, sizeof(buf));
		CHECK(listed(buf, len, "trusted.a"), "%s: listed", n);
		if (fc_users()) {
			fc_as(FC_OWNER);
			CHECK_ERR(lsetxattr("x", "trusted.a", "v", 1, 0), EPERM,
				  "%s: owner sets", n);
			CHECK_ERR(lgetxattr("x", "trusted.a", buf, 8), ENODATA,
				  "%s: owner gets", n);
			len = llistxattr("x", buf, sizeof(buf));
			CHECK(!listed(buf, len, "trusted.a"),
			      "%s: hidden from its owner", n);
			fc_back();
			fc_as_caps(FC_STRANGER, CAP(CAP_SYS_ADMIN));
			CHECK_EQ(lgetxattr("x", "trusted.a", buf, 8), 3,
				 "%s: CAP_SYS_ADMIN gets", n);
			fc_back();
		}
		CHECK_OK(lremovexattr("x", "trusted.a"), "%s: remove", n);
		fc_remove("x");
	}
}

static void security(void)
{
	char buf[64];

	for_each_type(t) {
		const char *n = fc_type_names[t];

		fc_make_owned(t, "x", 0777);
		CHECK_OK(lsetxattr("x", "security.fsconf", "val", 3, 0),
			 "%s: set", n);
		CHECK_EQ(lgetxattr("x", "security.fsconf", buf, 8), 3,
			 "%s: get", n);
		if (fc_users()) {
			fc_as(FC_OWNER);
			CHECK_ERR(lsetxattr("x", "security.fsconf", "v", 1, 0),
				  EPERM, "%s: owner sets", n);
			CHECK_EQ(lgetxattr("x", "security.fsconf", buf, 8), 3,
				 "%s: owner gets", n);
			fc_back();
		}
		fc_remove("x");
	}
}

static void file_caps(void)
{
	const uint32_t v2[5] = { 0x02000001, CAP(CAP_NET_RAW), 0, 0, 0 };
	const uint32_t bad[5] = { 0x07000001, 0, 0, 0, 0 };
	uint32_t got[6];

	fc_make_owned(FC_REG, "x", 0755);
	CHECK_OK(setxattr("x", "security.capability", v2, 20, 0), "set");
	CHECK_EQ(getxattr("x", "security.capability", got, 24), 20, "get");
	CHECK(!memcmp(got, v2, 20), "the same");
	CHECK_ERR(setxattr("x", "security.capability", v2, 19, 0), EINVAL,
		  "a wrong size");
	CHECK_ERR(setxattr("x", "security.capability", bad, 20, 0), EINVAL,
		  "an unknown revision");
	if (fc_users()) {
		fc_as(FC_OWNER);
		CHECK_ERR(setxattr("x", "security.capability", v2, 20, 0),
			  EPERM, "set by the owner");
		fc_back();
		fc_as_caps(FC_OWNER, CAP(CAP_SETFCAP));
		CHECK_OK(setxattr("x", "security.capability", v2, 20, 0),
			 "set with CAP_SETFCAP");
		fc_back();
	}
	CHECK_OK(removexattr("x", "security.capability"), "remove");
	CHECK_ERR(getxattr("x", "security.capability", got, 24), ENODATA,
		  "gone");
}

static void follow(void)
{
	char buf[8];
	int fd;

	fc_file("x", 0644, "");
	MUST(symlink("x", "link"));
	CHECK_OK(setxattr("link", "user.a", "v", 1, 0), "setxattr follows");
	CHECK_EQ(lgetxattr("x", "user.a", buf, 8), 1, "the target has it");
	CHECK_ERR(lgetxattr("link", "user.a", buf, 8), ENODATA,
		  "lgetxattr does not follow");
	fd = MUST(open("x", O_RDONLY));
	CHECK_OK(fsetxattr(fd, "user.b", "v", 1, 0),
		 "fsetxattr of a read-only descriptor");
	CHECK_EQ(fgetxattr(fd, "user.b", buf, 8), 1, "fgetxattr");
	CHECK_OK(fremovexattr(fd, "user.b"), "fremovexattr");
	MUST(close(fd));
}

/* Attributes belong to the object, not to its name. */
static void belongs_to_object(void)
{
	char buf[8];

	fc_file("x", 0644, "");
	MUST(setxattr("x", "user.a", "v", 1, 0));
	MUST(rename("x", "y"));
	CHECK_EQ(getxattr("y", "user.a", buf, 8), 1, "kept by rename");
	MUST(link("y", "z"));
	CHECK_EQ(getxattr("z", "user.a", buf, 8), 1, "seen by a link");
	MUST(unlink("y"));
	CHECK_EQ(getxattr("z", "user.a", buf, 8), 1, "kept by unlink");
	fc_file("z", 0644, "new");
	CHECK_EQ(getxattr("z", "user.a", buf, 8), 1, "kept by writing");
	fc_file("w", 0644, "");
	MUST(rename("w", "z"));
	CHECK_ERR(getxattr("z", "user.a", buf, 8), ENODATA,
		  "not inherited by what replaces it");
	fc_dir("d", 0755);
	MUST(setxattr("d", "user.a", "v", 1, 0));
	fc_file("d/x", 0644, "");
	CHECK_ERR(getxattr("d/x", "user.a", buf, 8), ENODATA,
		  "not inherited from the directory");
}

/* In a sticky directory only its owner sets user.* of the directory. */
static void sticky_directory(void)
{
	fc_make_owned(FC_DIR, "d", 01777);
	fc_as(FC_OWNER);
	CHECK_OK(setxattr("d", "user.a", "v", 1, 0), "owner");
	fc_back();
	fc_as(FC_STRANGER);
	CHECK_ERR(setxattr("d", "user.a", "v", 1, 0), EPERM, "stranger");
	fc_back();
}

#define ROW(call, fn, text, needs, types, origin) \
	{ call, #fn, text, needs, types, origin, fn }
#define U FC_N(XATTR)
#define RD (FC_T(REG) | FC_T(DIR))

static const struct fc_case cases[] = {
	ROW("setxattr, getxattr", set_get, "values are kept", U, RD,
	    "setxattr(2)"),
	ROW("setxattr, getxattr", binary_value, "any bytes are kept", U,
	    FC_T(REG), "setxattr(2)"),
	ROW("getxattr", short_buffer, "short buffers are ERANGE", U, FC_T(REG),
	    "getxattr(2)"),
	ROW("setxattr", flags, "XATTR_CREATE and XATTR_REPLACE", U, FC_T(REG),
	    "setxattr(2)"),
	ROW("setxattr", names, "limits of names and values", U, FC_T(REG),
	    "xsetxattr(2)"),
	ROW("listxattr", list, "lists are complete", U, RD, "listxattr(2)"),
	ROW("setxattr", stamps, "changing an attribute changes the ctime", U,
	    RD, "inode(7)"),
	ROW("lsetxattr", user_on_others, "user.* is for files and directories",
	    U, FC_T_ALL & ~RD, "xsetxattr(2)"),
	ROW("lsetxattr", trusted, "trusted.* is for CAP_SYS_ADMIN",
	    FC_N(TRUSTED) | FC_N(ROOT), FC_T_ALL, "xsetxattr(2)"),
	ROW("lsetxattr", security, "security.* is set by the privileged",
	    FC_N(SECURITY) | FC_N(ROOT), FC_T_ALL, "xsetxattr(2)"),
	ROW("setxattr", file_caps, "file capabilities are checked",
	    FC_N(FCAPS) | FC_N(ROOT), FC_T(REG), "capabilities(7)"),
	ROW("lsetxattr, fsetxattr", follow, "links and descriptors",
	    U | FC_N(SYMLINK), FC_T(REG), "setxattr(2)"),
	ROW("setxattr", belongs_to_object, "attributes belong to the object",
	    U | FC_N(LINK), FC_T(REG), "xsetxattr(2)"),
	ROW("setxattr", sticky_directory, "sticky directories protect theirs",
	    U | FC_N(USERS) | FC_N(CHOWN), FC_T(DIR), "xsetxattr(2)"),
};

FC_FAMILY(xattr, "xattr", cases);
