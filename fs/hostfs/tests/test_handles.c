// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_handles - places, the host's file handles, and looking without a walk
 */
#include "test.h"

static void path_is_where_a_node_was_last_seen(void)
{
	struct host_node *d, *e, *f;
	char path[64], small[5];

	begin(0);
	host_dir(at("d"));
	host_dir(at("d/e"));
	host_put(at("d/e/f"), "");
	d = find(root, "d");
	e = find(d, "e");
	f = find(e, "f");
	CHECK_INT(ops->path(root, path, sizeof(path)), 0);
	CHECK_STR(path, "");
	CHECK_INT(ops->path(f, path, sizeof(path)), 0);
	CHECK_STR(path, "/d/e/f");
	CHECK_INT(ops->path(e, small, sizeof(small)), 0);
	CHECK_STR(small, "/d/e");
	CHECK_INT(ops->path(f, small, sizeof(small)), -ENAMETOOLONG);
	CHECK_INT(ops->path(f, small, 0), -ENAMETOOLONG);
	CHECK_INT(ops->place(e, root, "g"), 0);
	CHECK_INT(ops->path(f, path, sizeof(path)), 0);
	CHECK_STR(path, "/g/f");
	ops->put(f);
	ops->put(e);
	ops->put(d);
	end();
}

/* A host that does not let us has no handles, and says so by 0. */
static void handle_finds_what_the_host_moved(void)
{
	char handle[128], again[128], path[64];
	struct host_node *d, *f;
	int n;

	begin(0);
	host_dir(at("d"));
	host_put(at("d/f"), "");
	d = find(root, "d");
	f = find(d, "f");
	n = ops->handle(f, NULL, handle, sizeof(handle));
	CHECK(n >= 0 && n <= (int)sizeof(handle));
	if (!host_features.privileged)
		CHECK_INT(n, 0);
	if (n > 0 && ops->find(fs, handle, n, path, sizeof(path)) == 0) {
		CHECK_STR(path, "/d/f");
		CHECK_INT(ops->handle(f, NULL, again, sizeof(again)), n);
		CHECK(memcmp(handle, again, n) == 0);
		must(rename(at("d"), at("e")));
		CHECK_INT(ops->find(fs, handle, n, path, sizeof(path)), 0);
		CHECK_STR(path, "/e/f");
		CHECK_INT(ops->find(fs, handle, n, path, 4), -ESTALE);
		must(rename(at("e/f"), outside("f")));
		CHECK_INT(ops->find(fs, handle, n, path, sizeof(path)),
			  -ESTALE);
		must(rename(outside("f"), at("f")));
		CHECK_INT(ops->find(fs, handle, n, path, sizeof(path)), 0);
	}
	ops->put(f);
	ops->put(d);
	end();
}

static void bytes_that_are_no_handle_find_nothing(void)
{
	const uint32_t lies[] = { 1, 1000, 0, 0 };
	char path[64], noise[64];

	begin(0);
	memset(noise, 0xff, sizeof(noise));
	CHECK(ops->find(fs, noise, sizeof(noise), path, sizeof(path)) < 0);
	CHECK(ops->find(fs, noise, 4, path, sizeof(path)) < 0);
	CHECK(ops->find(fs, noise, 0, path, sizeof(path)) < 0);
	CHECK_INT(ops->find(fs, lies, sizeof(lies), path, sizeof(path)),
		  -ESTALE);
	end();
}

static void peek_takes_a_descriptor_that_is_there(void)
{
	struct host_attr attr;
	struct host_node *d;
	int fd;

	begin(0);
	host_dir(at("d"));
	d = find(root, "d");
	CHECK_INT(ops->peek(root, &attr), 0);
	CHECK_INT(ops->peek(d, &attr), -EAGAIN);
	CHECK_INT(host_node_pin(d, &fd), 0);
	host_node_unpin(d);
	must(chmod(at("d"), 0711));
	CHECK_INT(ops->peek(d, &attr), 0);
	CHECK_INT(attr.mode, S_IFDIR | 0711);
	ops->put(d);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(path_is_where_a_node_was_last_seen),
	TAP_CASE(handle_finds_what_the_host_moved),
	TAP_CASE(bytes_that_are_no_handle_find_nothing),
	TAP_CASE(peek_takes_a_descriptor_that_is_there),
};

TEST_MAIN(cases)
