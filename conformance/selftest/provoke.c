// SPDX-License-Identifier: GPL-2.0-only
/*
 * provoke - cases that provoke each verdict of the harness on purpose
 *
 * Linked with the harness into fsconf-selftest; selftest.sh runs them one by
 * one and compares what is reported.
 */
#include <signal.h>

#include "../harness/run.h"

static void pass(void)
{
	CHECK_OK(0, "a call that works");
	CHECK_ERR((errno = EPERM, -1), EPERM, "a call that fails as wanted");
	CHECK_EQ(7, 7, "a number");
	CHECK_OCT(0644, 0644, "a mode");
	CHECK_STR("a", "a", "a text");
	CHECK(1 == 1, "a truth");
}

static void fail_call(void)
{
	CHECK_ERR((errno = ENOENT, -1), EACCES, "wrong errno");
}

static void fail_success(void)
{
	CHECK_ERR(0, EACCES, "success instead of an errno");
}

static void fail_either(void)
{
	CHECK_ERR2((errno = EPERM, -1), EEXIST, ENOTEMPTY, "neither");
}

static void fail_number(void)
{
	CHECK_EQ(1, 2, "wrong number");
}

static void fail_mode(void)
{
	CHECK_OCT(0600, 0644, "wrong mode");
}

static void fail_text(void)
{
	CHECK_STR("got this", "want this", "wrong text");
}

static void fail_truth(void)
{
	CHECK(1 == 2, "wrong truth");
}

static void fail_stamp(void)
{
	struct fc_watch w;

	fc_file("f", 0644, "");
	WATCH(&w, "f");
	CHECK_STAMP(&w, 0, "m", "nothing happened");
}

static void duplicate(void)
{
	CHECK_OK(0, "same");
	CHECK_OK(0, "same");
}

static void skip_check(void)
{
	fc_skip("no reason at all", "part");
}

static void must(void)
{
	MUST(open("missing", O_RDONLY));
}

static void empty(void)
{
}

static void early(void)
{
	CHECK_OK(0, "before the end");
	_exit(3);
}

static void crash(void)
{
	CHECK_OK(0, "before the crash");
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void timeout(void)
{
	for (;;)
		pause();
}

static void leak_process(void)
{
	CHECK_OK(0, "leaves a child");
	if (!fork()) {
		for (;;)
			pause();
	}
}

static void leak_file(void)
{
	CHECK_OK(0, "leaves a file");
	fc_file("../stray", 0600, "");
}

static void unremovable(void)
{
	fc_dir("d", 0700);
	fc_dir("d/e", 0700);
	fc_file("d/e/f", 0, "");
	CHECK_OK(chmod("d/e", 0), "closed directory");
	CHECK_OK(chmod("d", 0), "closed directory above");
}

static void child_check(void *arg)
{
	(void)arg;
	CHECK_OK(0, "made by a child");
}

static void in_child(void)
{
	CHECK_EQ(fc_in_child(child_check, NULL), 0, "status of the child");
}

static void types(void)
{
	for_each_type(t)
		CHECK_OK(0, "%s", fc_type_names[t]);
}

static void deep(void)
{
	char name[32];

	for (int i = 0; i < 1200; i++) {
		snprintf(name, sizeof(name), "directory-%d", i);
		MUST(mkdir(name, 0700));
		MUST(chdir(name));
	}
	CHECK_OK(0, "made 1200 levels");
}

static void peer(void)
{
	CHECK_EQ(fc_peer("create f some text"), 9, "the peer writes");
	CHECK(fc_content_is("f", "some text"), "its text is here");
	CHECK_EQ(fc_peer("read f 5 100"), 4, "the peer reads");
	CHECK_STR(fc_peer_text(), "text", "its answer");
	CHECK_EQ(fc_peer("unlink missing"), -ENOENT, "the peer's errno");
	CHECK_EQ(fc_peer("nonsense"), -ENOSYS, "an unknown verb");
}

static void acting(void)
{
	fc_file("f", 0600, "");
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_ERR(access("f", R_OK), EACCES, "%s", fc_who_names[w]);
		fc_back();
	}
}

#define ROW(fn, needs) \
	{ "selftest", #fn, "verdict " #fn, needs, FC_T_ALL, "README.md", fn }

static const struct fc_case cases[] = {
	ROW(pass, 0), ROW(fail_call, 0), ROW(fail_success, 0),
	ROW(fail_either, 0), ROW(fail_number, 0), ROW(fail_mode, 0),
	ROW(fail_text, 0), ROW(fail_truth, 0), ROW(fail_stamp, 0),
	ROW(duplicate, 0), ROW(skip_check, 0), ROW(must, 0), ROW(empty, 0),
	ROW(early, 0), ROW(crash, 0), ROW(timeout, 0), ROW(leak_process, 0),
	ROW(leak_file, 0), ROW(unremovable, 0), ROW(in_child, 0),
	ROW(types, 0), ROW(deep, 0), ROW(peer, FC_N(PEER)),
	ROW(acting, FC_N(USERS)), { "selftest", "needs_both", "no run has both",
	FC_N(ROOT) | FC_N(USER), FC_T_ALL, "README.md", pass },
};

static FC_FAMILY(selftest, "selftest", cases);

const struct fc_family *const fc_families[] = { &fc_family_selftest, NULL };

int main(int argc, char **argv)
{
	return fc_main(argc, argv);
}
