// SPDX-License-Identifier: GPL-2.0-only
/* errno_path - errors of path resolution, for every call that takes a path */
#include <sys/mman.h>

#include "ops.h"

static void each(const char *path, int want, unsigned int flags,
		 const char *what)
{
	for_each_op(op, fc_ops, flags)
		CHECK_ERR(op->call(path), want, "%s: %s", op->name, what);
}

static void enoent_missing(void)
{
	fc_op_stage();
	each("missing", ENOENT, OP_E, "missing");
}

static void enoent_component(void)
{
	fc_op_stage();
	each("missing/x", ENOENT, 0, "missing/x");
}

static void enoent_empty(void)
{
	fc_op_stage();
	each("", ENOENT, 0, "empty path");
}

static void enoent_dangling(void)
{
	fc_op_stage();
	MUST(symlink("missing", "dangling"));
	each("dangling/x", ENOENT, 0, "below a dangling link");
	each("dangling", ENOENT, OP_E | OP_F, "a dangling link");
}

static void enoent_dotdot(void)
{
	fc_op_stage();
	each("missing/../base", ENOENT, 0, "missing/../base");
}

static void enotdir_component(void)
{
	fc_op_stage();
	for_each_type(t) {
		fc_make(t, "c");
		for_each_op(op, fc_ops, 0)
			CHECK_ERR(op->call("c/x"), ENOTDIR, "%s: below a %s",
				  op->name, fc_type_names[t]);
		fc_remove("c");
	}
}

static void enotdir_dot(void)
{
	fc_op_stage();
	fc_file("file", 0644, "");
	each("file/.", ENOTDIR, 0, "file/.");
	each("file/../x", ENOTDIR, 0, "file/../x");
}

static void enotdir_via_link(void)
{
	fc_op_stage();
	fc_file("file", 0644, "");
	MUST(symlink("file", "link"));
	each("link/x", ENOTDIR, 0, "below a link to a file");
}

static void enotdir_trailing_slash(void)
{
	fc_op_stage();
	fc_file("file", 0644, "");
	each("file/", ENOTDIR, OP_E, "file/");
}

static void enotdir_wanted(void)
{
	fc_op_stage();
	for_each_type(t) {
		fc_make(t, "c");
		for_each_op(op, fc_ops, OP_D)
			CHECK_ERR(op->call("c"), ENOTDIR, "%s: a %s", op->name,
				  fc_type_names[t]);
		fc_remove("c");
	}
}

static void eloop_component(void)
{
	fc_op_stage();
	MUST(symlink("b", "a"));
	MUST(symlink("a", "b"));
	MUST(symlink("self", "self"));
	each("a/x", ELOOP, 0, "below a loop of two links");
	each("self/x", ELOOP, 0, "below a link to itself");
}

static void eloop_final(void)
{
	fc_op_stage();
	MUST(symlink("b", "a"));
	MUST(symlink("a", "b"));
	each("a", ELOOP, OP_F, "a loop of two links");
}

/* Linux follows 40 links in one resolution, path_resolution(7). */
static void eloop_limit(void)
{
	fc_op_stage();
	fc_dir("l0", 0755);
	for (int i = 1; i <= 41; i++)
		MUST(symlink(fc_fmt("l%d", i - 1), fc_fmt("l%d", i)));
	for_each_op(op, fc_ops, OP_E) {
		if (op->flags & (OP_N | OP_P))
			continue;
		CHECK_ERR(op->call("l41/x"), ELOOP, "%s: 41 links", op->name);
		CHECK_ERR(op->call("l40/x"), ENOENT, "%s: 40 links", op->name);
	}
}

static void enametoolong_component(void)
{
	long max = MUST(pathconf(".", _PC_NAME_MAX));
	char name[600], deep[600];

	fc_op_stage();
	memset(name, 'n', max + 1);
	name[max + 1] = '\0';
	snprintf(deep, sizeof(deep), "%.*s/x", (int)max + 1, name);
	each(name, ENAMETOOLONG, 0, "NAME_MAX + 1 bytes");
	each(deep, ENAMETOOLONG, 0, "below NAME_MAX + 1 bytes");
	name[max] = '\0';
	each(name, ENOENT, OP_E, "NAME_MAX bytes, missing");
}

/* PATH_MAX counts the terminator: 4095 bytes are the longest path. */
static void enametoolong_path(void)
{
	char path[PATH_MAX + 8];

	fc_op_stage();
	for (int i = 0; i < PATH_MAX; i += 2)
		memcpy(path + i, "./", 3);
	each(path, ENAMETOOLONG, 0, "PATH_MAX bytes");
	strcpy(path + PATH_MAX - 8, "missing");
	each(path, ENOENT, OP_E, "PATH_MAX - 1 bytes, missing");
}

static void efault(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fc_op_stage();
	if (page == MAP_FAILED)
		fc_abort_case(HERE, "no memory");
	MUST(mprotect(page + 4096, 4096, PROT_NONE));
	memset(page, 'e', 4096);
	each(page + 4096, EFAULT, 0, "unreadable address");
	each(page + 4000, EFAULT, 0, "name runs into unreadable memory");
}

static void eexist(void)
{
	fc_op_stage();
	for_each_type(t) {
		fc_make(t, "x");
		for_each_op(op, fc_ops, OP_C)
			CHECK_ERR(op->call("x"), EEXIST, "%s: over a %s",
				  op->name, fc_type_names[t]);
		fc_remove("x");
	}
	each(".", EEXIST, OP_C, "over '.'");
	each("..", EEXIST, OP_C, "over '..'");
	each("bdir/.", EEXIST, OP_C, "over 'bdir/.'");
}

/* One component without search permission for the class of the caller. */
static void eacces_search(void)
{
	static const mode_t without[FC_WHOS] = {
		[FC_OWNER] = 0677, [FC_GROUP] = 0767, [FC_MEMBER] = 0767,
		[FC_STRANGER] = 0776,
	};

	fc_op_stage();
	fc_dir("d", 0755);
	for_each_who(w, FC_OWNER) {
		for_each_op(op, fc_ops, 0) {
			if (op->flags & OP_P)
				continue;
			fc_op_target(op, "d/x");
			fc_give("d");
			MUST(chmod("d", without[w]));
			fc_as(w);
			CHECK_ERR(op->call("d/x"), EACCES,
				  "%s: %s may not search 0%o", op->name,
				  fc_who_names[w], without[w]);
			fc_back();
			MUST(chmod("d", 0755));
		}
	}
}

/* Symbolic links carry no permission: their directory's search decides. */
static void eacces_search_via_link(void)
{
	fc_op_stage();
	fc_dir("d", 0755);
	fc_dir("d/sub", 0777);
	MUST(symlink("d/sub", "link"));
	fc_give("d");
	MUST(chmod("d", 0));
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		for_each_op(op, fc_ops, 0) {
			if (!(op->flags & OP_P))
				CHECK_ERR(op->call("link/x"), EACCES,
					  "%s: %s", op->name, fc_who_names[w]);
		}
		fc_back();
	}
	MUST(chmod("d", 0755));
}

#define R "path_resolution(7)"
#define ROW(fn, text, needs, origin) \
	{ "*", #fn, text, needs, FC_T_ALL, origin, fn }
#define TROW(fn, text, types, origin) \
	{ "*", #fn, text, 0, types, origin, fn }

static const struct fc_case cases[] = {
	ROW(enoent_missing, "a missing object is ENOENT", 0, R),
	ROW(enoent_component, "a missing component is ENOENT", 0, R),
	ROW(enoent_empty, "the empty path is ENOENT", 0, R),
	ROW(enoent_dangling, "a dangling link is ENOENT", FC_N(SYMLINK), R),
	ROW(enoent_dotdot, "'..' does not cancel a missing component", 0,
	    "POSIX 4.13 Pathname Resolution"),
	TROW(enotdir_component, "a component of another type is ENOTDIR",
	     FC_T_PLAIN, R),
	ROW(enotdir_dot, "'.' and '..' need a directory before them", 0,
	    "POSIX 4.13 Pathname Resolution"),
	ROW(enotdir_via_link, "a component that leads to a file is ENOTDIR",
	    FC_N(SYMLINK), R),
	ROW(enotdir_trailing_slash, "a file with a trailing slash is ENOTDIR",
	    0, "POSIX 4.13 Pathname Resolution"),
	TROW(enotdir_wanted, "calls for directories refuse the rest",
	     FC_T_PLAIN, R),
	ROW(eloop_component, "a loop of links is ELOOP", FC_N(SYMLINK), R),
	ROW(eloop_final, "following a loop is ELOOP", FC_N(SYMLINK), R),
	ROW(eloop_limit, "40 links are followed, 41 are not", FC_N(SYMLINK), R),
	ROW(enametoolong_component, "a name longer than NAME_MAX is refused",
	    0, R),
	ROW(enametoolong_path, "a path of PATH_MAX bytes is refused", 0, R),
	ROW(efault, "a bad address is EFAULT", 0, "open(2)"),
	ROW(eexist, "what creates refuses an existing name", 0, "POSIX open()"),
	ROW(eacces_search, "each class needs search permission", FC_N(ACTOR) | FC_N(MODES),
	    R),
	ROW(eacces_search_via_link, "links do not lead around permissions",
	    FC_N(ACTOR) | FC_N(MODES) | FC_N(SYMLINK), R),
};

FC_FAMILY(errno_path, "errno", cases);
