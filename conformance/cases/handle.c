// SPDX-License-Identifier: GPL-2.0-only
/* handle - name_to_handle_at and open_by_handle_at */
#include <linux/capability.h>

#include "../harness/fsconf.h"

union handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static union handle handle_of(const char *path, int *ret_mount)
{
	union handle u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };

	MUST(name_to_handle_at(AT_FDCWD, path, &u.h, ret_mount, 0));
	return u;
}

static bool same_handle(const union handle *a, const union handle *b)
{
	return a->h.handle_bytes == b->h.handle_bytes &&
	       a->h.handle_type == b->h.handle_type &&
	       !memcmp(a->h.f_handle, b->h.f_handle, a->h.handle_bytes);
}

static void identity(void)
{
	for_each_type(t) {
		const char *n = fc_type_names[t];
		union handle a, b;
		int mount, mount2;

		fc_make(t, "x");
		fc_file("other", 0644, "");
		a = handle_of("x", &mount);
		b = handle_of("x", &mount2);
		CHECK(same_handle(&a, &b), "%s: the same twice", n);
		CHECK_EQ(mount, mount2, "%s: one mount", n);
		b = handle_of("other", &mount2);
		CHECK(!same_handle(&a, &b), "%s: not another's", n);
		CHECK_EQ(mount, mount2, "%s: the mount of another", n);
		MUST(rename("x", "y"));
		b = handle_of("y", &mount2);
		CHECK(same_handle(&a, &b), "%s: kept by rename", n);
		fc_remove("y");
	}
}

static void size(void)
{
	union handle u = { .h = { .handle_bytes = 0 } };
	int mount;

	fc_file("x", 0644, "");
	CHECK_ERR(name_to_handle_at(AT_FDCWD, "x", &u.h, &mount, 0), EOVERFLOW,
		  "no room");
	CHECK(u.h.handle_bytes > 0 && u.h.handle_bytes <= MAX_HANDLE_SZ,
	      "the room that is needed is told");
	CHECK_OK(name_to_handle_at(AT_FDCWD, "x", &u.h, &mount, 0),
		 "with that room");
	u.h.handle_bytes = MAX_HANDLE_SZ + 1;
	CHECK_ERR(name_to_handle_at(AT_FDCWD, "x", &u.h, &mount, 0), EINVAL,
		  "too much room");
}

static void links(void)
{
	union handle a, b = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount;

	fc_file("x", 0644, "");
	MUST(symlink("x", "link"));
	a = handle_of("x", &mount);
	MUST(name_to_handle_at(AT_FDCWD, "link", &b.h, &mount, 0));
	CHECK(!same_handle(&a, &b), "links are not followed");
	b.h.handle_bytes = MAX_HANDLE_SZ;
	MUST(name_to_handle_at(AT_FDCWD, "link", &b.h, &mount,
			       AT_SYMLINK_FOLLOW));
	CHECK(same_handle(&a, &b), "AT_SYMLINK_FOLLOW follows");
	MUST(link("x", "hard"));
	b = handle_of("hard", &mount);
	CHECK(same_handle(&a, &b), "hard links have one handle");
}

static void opens(void)
{
	int dir = MUST(open(".", O_RDONLY | O_DIRECTORY)), mount, fd;

	for_each_type(t) {
		const char *n = fc_type_names[t];
		union handle u;
		struct stat st;

		fc_make(t, "x");
		u = handle_of("x", &mount);
		fd = open_by_handle_at(dir, &u.h, O_PATH);
		CHECK_OK(fd, "%s: opens", n);
		CHECK(fd >= 0 && !fstat(fd, &st) && st.st_ino == fc_ino("x"),
		      "%s: the inode", n);
		if (fd >= 0)
			close(fd);
		MUST(rename("x", "y"));
		fd = open_by_handle_at(dir, &u.h, O_PATH);
		CHECK_OK(fd, "%s: opens after a rename", n);
		if (fd >= 0)
			close(fd);
		fc_remove("y");
		CHECK_ERR(open_by_handle_at(dir, &u.h, O_PATH), ESTALE,
			  "%s: is stale when it is gone", n);
	}
}

static void content(void)
{
	int dir = MUST(open(".", O_RDONLY | O_DIRECTORY)), mount, fd;
	char buf[8] = "";
	union handle u;

	fc_file("x", 0644, "text");
	u = handle_of("x", &mount);
	fd = open_by_handle_at(dir, &u.h, O_RDWR);
	CHECK_OK(fd, "open for writing");
	CHECK_EQ(read(fd, buf, 8), 4, "read");
	CHECK_STR(buf, "text", "the content");
	MUST(unlink("x"));
	CHECK_OK(fc_close_of(open_by_handle_at(dir, &u.h, O_RDONLY)),
		 "an unlinked file that is open");
	MUST(close(fd));
}

static void needs_capability(void)
{
	int dir = MUST(open(".", O_RDONLY | O_DIRECTORY)), mount;
	union handle u;

	fc_file("x", 0666, "");
	u = handle_of("x", &mount);
	fc_as(FC_STRANGER);
	CHECK_OK(name_to_handle_at(AT_FDCWD, "x", &(union handle){
		 .h = { .handle_bytes = MAX_HANDLE_SZ } }.h, &mount, 0),
		 "a stranger gets a handle");
	CHECK_ERR(open_by_handle_at(dir, &u.h, O_RDONLY), EPERM,
		  "but cannot open it");
	fc_back();
	fc_as_caps(FC_STRANGER, 1ull << CAP_DAC_READ_SEARCH);
	CHECK_OK(fc_close_of(open_by_handle_at(dir, &u.h, O_RDONLY)),
		 "CAP_DAC_READ_SEARCH can");
	fc_back();
	u.h.handle_type = 0x7777;
	CHECK_ERR(open_by_handle_at(dir, &u.h, O_RDONLY), ESTALE,
		  "an unknown type of handle");
	u.h.handle_bytes = 0;
	CHECK_ERR(open_by_handle_at(dir, &u.h, O_RDONLY), EINVAL,
		  "a handle of no bytes");
}

#define ROW(call, fn, text, needs, types) \
	{ call, #fn, text, FC_N(HANDLE) | (needs), types, \
	  "open_by_handle_at(2)", fn }
#define NTH "name_to_handle_at"
#define OBH "open_by_handle_at"

static const struct fc_case cases[] = {
	ROW(NTH, identity, "a handle is the object's", 0, FC_T_ALL),
	ROW(NTH, size, "the room of handles", 0, FC_T(REG)),
	ROW(NTH, links, "links and their targets", FC_N(SYMLINK) | FC_N(LINK),
	    FC_T(LNK)),
	ROW(OBH, opens, "handles open what they are of", FC_N(OPENHANDLE),
	    FC_T_ALL),
	ROW(OBH, content, "what is opened can be used", FC_N(OPENHANDLE),
	    FC_T(REG)),
	ROW(OBH, needs_capability, "opening needs CAP_DAC_READ_SEARCH",
	    FC_N(OPENHANDLE) | FC_N(USERS), FC_T(REG)),
};

FC_FAMILY(handle, "handle", cases);
