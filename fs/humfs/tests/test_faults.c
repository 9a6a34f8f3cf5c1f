// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_faults - the N-th host call fails, for every N, or nothing is done after it
 * (as after a kill), on each operation that changes something
 *
 * Then another guest looks at the tree. Every object must be there as it was
 * before, or as it was asked to be, or let nobody do what neither of the two let
 * them do; and nothing may be lost.
 */
#include "humfs_test.h"

#include <dirent.h>
#include <sys/xattr.h>

#define CONTENT	"precious"
#define OBJECTS	16

/* --- faults ----------------------------------------------------------------- */

static int fault_left, fault_calls;	/* 0: none is to fail */
static bool fault_kills, fault_hit;

bool host_fault(void)
{
	if (!fault_left)
		return false;
	fault_calls++;
	if (fault_hit && fault_kills)
		return true;
	if (fault_calls != fault_left)
		return false;
	fault_hit = true;
	return true;
}

static void fault_begin(int nth, bool kills)
{
	fault_left = nth;
	fault_calls = 0;
	fault_kills = kills;
	fault_hit = false;
}

static void fault_end(void)
{
	fault_left = 0;
}

/* --- what there is ------------------------------------------------------------ */

struct state {
	struct {
		char name[256];
		struct host_attr attr;
		char acl[64];
		int acl_size;
	} objects[OBJECTS];
	int count, precious;
};

static uint32_t store;

/* By a guest that knows nothing yet. */
static struct state state_of(void)
{
	struct state state = { .count = 0 };
	struct host_node *other_root;
	struct host_fs *other = humfs_other(store, &other_root);
	DIR *dir = opendir(at("."));
	struct dirent *entry;

	must(dir ? 0 : -1);
	while ((entry = readdir(dir))) {
		int i = state.count;
		struct host_node *node;
		int error;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		must(i < OBJECTS ? 0 : -1);
		snprintf(state.objects[i].name, 256, "%s", entry->d_name);
		error = ops->lookup(other_root, entry->d_name, 0,
				    &state.objects[i].attr);
		CHECK_INT(error, 0);
		if (error)
			continue;
		state.count++;
		/* By its size: the host's mode may be one that does not let us. */
		state.precious += S_ISREG(host_mode(entry->d_name)) &&
				  state.objects[i].attr.size == strlen(CONTENT);
		must(ops->node(other, other_root, entry->d_name,
			       &state.objects[i].attr, &node) ? -1 : 0);
		state.objects[i].acl_size = ops->getxattr(node, NULL,
					HMETA_ACL_ACCESS, state.objects[i].acl,
					64);
		ops->put(node);
	}
	closedir(dir);
	ops->put(other_root);
	ops->unmount(other);
	return state;
}

static int find_in(const struct state *state, const char *name)
{
	for (int i = 0; i < state->count; i++) {
		if (!strcmp(state->objects[i].name, name))
			return i;
	}
	return -1;
}

/* What somebody may do with it: rwx, and become its owner or group by it. */
static uint32_t rights(const struct host_attr *attr, uint32_t uid, uint32_t gid)
{
	uint32_t shift = uid == attr->uid ? 6 : gid == attr->gid ? 3 : 0;

	return attr->mode >> shift & 7;
}

/* Nobody had it before, and nobody has put anything into it. */
static bool staged(const struct host_attr *attr)
{
	return (attr->mode & 07777) == 0200 && attr->uid == OWNER &&
	       (S_ISDIR(attr->mode) || attr->size == 0);
}

/* Unwritable before: its owner, who could chmod(2) it, may write; nobody else. */
static bool opened_up(const struct host_attr *attr,
		      const struct host_attr *before)
{
	return attr->mode == (S_IFREG | 0200) && !(before->mode & 0200) &&
	       attr->uid == before->uid && attr->gid == before->gid;
}

static const uint32_t people[][2] = {
	{ OWNER, GROUP }, { 1, 1 }, { 2, 2 }, { 99, 99 }, { 99, 1 },
	{ 99, GROUP }, { 1, 2 }, { OWNER, 1 },
};

/* A symbolic link's mode is nothing that anybody goes by. */
static void check_object(const struct state *now, int i,
			 const struct state *before, const struct state *after)
{
	const struct host_attr *attr = &now->objects[i].attr;
	int b = find_in(before, now->objects[i].name);
	int a = find_in(after, now->objects[i].name);
	bool powers = attr->mode & 06000 && !S_ISDIR(attr->mode);

	if (!strncmp(now->objects[i].name, HUMFS_STAGED, 7))
		return;
	CHECK(a >= 0 || b >= 0);
	if (S_ISLNK(attr->mode) || staged(attr) ||
	    (b >= 0 && opened_up(attr, &before->objects[b].attr)))
		return;
	for (size_t p = 0; p < sizeof(people) / sizeof(people[0]); p++) {
		uint32_t uid = people[p][0], gid = people[p][1];
		uint32_t may = (b < 0 ? 0 : rights(&before->objects[b].attr,
						   uid, gid)) |
			       (a < 0 ? 0 : rights(&after->objects[a].attr,
						   uid, gid));

		CHECK_INT(rights(attr, uid, gid) & ~may, 0);
	}
	for (int k = 0; powers && k < 2; k++) {
		const struct host_attr *was = k ?
			(a < 0 ? NULL : &after->objects[a].attr) :
			(b < 0 ? NULL : &before->objects[b].attr);

		if (was && was->mode == attr->mode && was->uid == attr->uid &&
		    was->gid == attr->gid)
			powers = false;
	}
	CHECK(!powers);
}

static void check_state(const struct state *now, const struct state *before,
			const struct state *after)
{
	for (int i = 0; i < now->count; i++)
		check_object(now, i, before, after);
	for (int i = 0; i < before->count; i++) {
		const char *name = before->objects[i].name;

		if (find_in(after, name) >= 0)
			CHECK(find_in(now, name) >= 0 ||
			      before->count > now->count - 1);
	}
	if (before->precious && after->precious)
		CHECK(now->precious >= 1);
}

static bool same_state(const struct state *a, const struct state *b)
{
	if (a->count != b->count || a->precious != b->precious)
		return false;
	for (int i = 0; i < a->count; i++) {
		int j = find_in(b, a->objects[i].name);
		const struct host_attr *x = &a->objects[i].attr, *y;

		if (j < 0)
			return false;
		y = &b->objects[j].attr;
		if (x->mode != y->mode || x->uid != y->uid || x->gid != y->gid ||
		    x->rdev_minor != y->rdev_minor || x->nlink != y->nlink ||
		    a->objects[i].acl_size != b->objects[j].acl_size)
			return false;
	}
	return true;
}

/* --- operations ----------------------------------------------------------------- */

static void none(void) { }

static void precious_file(void)
{
	host_put(at("f"), CONTENT);
	must(chmod(at("f"), 0640));
}

static void recorded_file(void)
{
	precious_file();
	CHECK_INT(humfs_chown("f", 1, 1), 0);
	CHECK_INT(humfs_chmod("f", 0600), 0);
}

static void setuid_file(void)
{
	precious_file();
	CHECK_INT(humfs_chown("f", 1, 1), 0);
	CHECK_INT(humfs_chmod("f", 04755), 0);
}

static void unwritable_file(void)
{
	precious_file();
	must(chmod(at("f"), 0440));
}

static void two_files(void)
{
	recorded_file();
	CHECK_INT(humfs_make("g", S_IFREG | 0600, 2, 2), 0);
}

static void a_link(void)
{
	must(symlink("f", at("l")));
}

static void an_owned_link(void)
{
	CHECK_INT(humfs_make("l", S_IFLNK, 1, 1), 0);
}

static void with_acl(void)
{
	static const unsigned char acl[] = {
		2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 7, 0,
		0, 0, 4, 0, 0, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255,
		255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
	};
	struct host_node *node;

	recorded_file();
	node = find(root, "f");
	CHECK_INT(ops->setxattr(node, NULL, HMETA_ACL_ACCESS, acl, sizeof(acl),
				0), 0);
	ops->put(node);
}

static int make_owned(void) { return humfs_make("n", S_IFREG | 0600, 1, 1); }
static int make_plain(void) { return humfs_make("n", S_IFREG | 0644, OWNER, GROUP); }
static int make_setuid(void) { return humfs_make("n", S_IFREG | 06755, 1, 1); }
static int make_device(void) { return humfs_make("n", S_IFCHR | 0660, 1, 1); }
static int make_dir(void) { return humfs_make("n", S_IFDIR | 0700, 1, 1); }
static int make_plain_dir(void) { return humfs_make("n", S_IFDIR | 0755, OWNER, GROUP); }
static int make_link(void) { return humfs_make("n", S_IFLNK, 1, 1); }
static int chmod_less(void) { return humfs_chmod("f", 0600); }
static int chmod_none(void) { return humfs_chmod("f", 0000); }
static int chmod_more(void) { return humfs_chmod("f", 0666); }
static int chown_away(void) { return humfs_chown("f", 2, 2); }
static int chown_back(void) { return humfs_chown("f", OWNER, GROUP); }
static int chown_link(void) { return humfs_chown("l", 2, 2); }
static int unlink_f(void) { return ops->unlink(root, "f", 0); }
static int unlink_l(void) { return ops->unlink(root, "l", 0); }
static int rename_over(void) { return ops->rename(root, "f", root, "g", 0); }
static int exchange(void) { return ops->rename(root, "f", root, "g", HOST_EXCHANGE); }
static int whiteout(void) { return ops->rename(root, "f", root, "g", HOST_WHITEOUT); }

/* With the object at hand; what looking it up takes may fail as well. */
static int with_object(const char *name, int (*run)(struct host_node *node))
{
	struct host_attr attr;
	struct host_node *node;
	int error = ops->lookup(root, name, 0, &attr);

	if (error == 0)
		error = ops->node(fs, root, name, &attr, &node);
	if (error)
		return error;
	error = run(node);
	ops->put(node);
	return error;
}

static int link_node(struct host_node *node)
{
	struct host_attr attr;

	return ops->link(node, NULL, root, "n", &attr);
}

static int both_node(struct host_node *node)
{
	const struct host_setattr set = {
		.set = HOST_SET_MODE | HOST_SET_UID | HOST_SET_GID |
		       HOST_SET_MTIME | HOST_SET_SIZE,
		.mode = 0400, .uid = 2, .gid = 2, .size = strlen(CONTENT),
	};
	struct host_attr attr;

	return ops->setattr(node, NULL, &set, &attr);
}

static int trusted_node(struct host_node *node)
{
	return ops->setxattr(node, NULL, "trusted.x", "v", 1, 0);
}

static int acl_node(struct host_node *node)
{
	static const unsigned char plain[] = {
		2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 4, 0, 0, 0, 255,
		255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
	};

	return ops->setxattr(node, NULL, HMETA_ACL_ACCESS, plain, sizeof(plain),
			     0);
}

static int link_f(void) { return with_object("f", link_node); }
static int set_both(void) { return with_object("f", both_node); }
static int set_trusted(void) { return with_object("f", trusted_node); }
static int set_acl(void) { return with_object("f", acl_node); }

static const struct {
	const char *name;
	void (*prepare)(void);
	int (*run)(void);
} operations[] = {
	{ "create",		none,		 make_owned },
	{ "create, default",	none,		 make_plain },
	{ "create, set-id",	none,		 make_setuid },
	{ "mknod",		none,		 make_device },
	{ "mkdir",		none,		 make_dir },
	{ "mkdir, default",	none,		 make_plain_dir },
	{ "symlink",		none,		 make_link },
	{ "chmod, default",	precious_file,	 chmod_less },
	{ "chmod to 0",		precious_file,	 chmod_none },
	{ "chmod, wider",	precious_file,	 chmod_more },
	{ "chmod, record",	recorded_file,	 chmod_more },
	{ "chmod, set-id",	setuid_file,	 chmod_less },
	{ "chmod, unwritable",	unwritable_file, chmod_none },
	{ "chmod, ACL",		with_acl,	 chmod_less },
	{ "chown, default",	precious_file,	 chown_away },
	{ "chown, record",	recorded_file,	 chown_away },
	{ "chown, back",	recorded_file,	 chown_back },
	{ "chown, set-id",	setuid_file,	 chown_back },
	{ "chown, unwritable",	unwritable_file, chown_away },
	{ "chown, link",	a_link,		 chown_link },
	{ "chown, owned link",	an_owned_link,	 chown_link },
	{ "setattr of all",	recorded_file,	 set_both },
	{ "link",		recorded_file,	 link_f },
	{ "unlink",		recorded_file,	 unlink_f },
	{ "unlink, link",	an_owned_link,	 unlink_l },
	{ "rename over",	two_files,	 rename_over },
	{ "exchange",		two_files,	 exchange },
	{ "whiteout",		two_files,	 whiteout },
	{ "setxattr",		recorded_file,	 set_trusted },
	{ "setxattr, ACL",	with_acl,	 set_acl },
};

/* A real kill would not have come to the end of what holds the lock. */
static void leave_count_odd(void)
{
	int fd = open(outside("tree/lock"), O_RDWR | O_CLOEXEC);
	uint64_t count;

	must(fd);
	must(pread(fd, &count, sizeof(count), 0) == sizeof(count) ? 0 : -1);
	count |= 1;
	must(pwrite(fd, &count, sizeof(count), 0) == sizeof(count) ? 0 : -1);
	must(close(fd));
}

/* One operation with its nth call failing. Return: was there such a call? */
static bool once(size_t which, int nth, bool kills, const struct state *before,
		 const struct state *after)
{
	struct state now;
	int error;

	humfs_begin(store);
	operations[which].prepare();
	humfs_again(store);
	fault_begin(nth, kills);
	error = operations[which].run();
	fault_end();
	if (kills && store == HUMFS_TEST_V2)
		leave_count_odd();
	now = state_of();
	check_state(&now, before, after);
	/* What is said to be done is done. */
	if (error == 0)
		CHECK(same_state(&now, after));
	/* One failure leaves nothing half-made. */
	for (int i = 0; !kills && i < now.count; i++)
		CHECK(!staged(&now.objects[i].attr));
	humfs_end();
	return fault_hit;
}

static void all_operations(bool kills)
{
	for (size_t which = 0; which < sizeof(operations) /
				       sizeof(operations[0]); which++) {
		struct state before, after;
		bool failed = tap_failed;
		int nth = 1;

		tap_failed = false;
		humfs_begin(store);
		operations[which].prepare();
		before = state_of();
		CHECK_INT(operations[which].run(), 0);
		after = state_of();
		humfs_end();
		while (!tap_failed && once(which, nth, kills, &before, &after))
			nth++;
		if (tap_failed)
			printf("# %s: call %d %s\n", operations[which].name, nth,
			       kills ? "and all after it" : "failed");
		tap_failed |= failed;
	}
}

static void a_failure_gives_nobody_more_xattr(void)
{
	store = HUMFS_META_XATTR;
	all_operations(false);
}

static void a_failure_gives_nobody_more_side(void)
{
	store = HUMFS_META_SIDE;
	all_operations(false);
}

static void a_kill_gives_nobody_more_xattr(void)
{
	store = HUMFS_META_XATTR;
	all_operations(true);
}

static void a_kill_gives_nobody_more_side(void)
{
	store = HUMFS_META_SIDE;
	all_operations(true);
}

static void a_failure_gives_nobody_more_v2(void)
{
	store = HUMFS_TEST_V2;
	all_operations(false);
}

static void a_kill_gives_nobody_more_v2(void)
{
	store = HUMFS_TEST_V2;
	all_operations(true);
}

static const struct tap_case cases[] = {
	TAP_CASE(a_failure_gives_nobody_more_v2),
	TAP_CASE(a_kill_gives_nobody_more_v2),
	TAP_CASE(a_failure_gives_nobody_more_xattr),
	TAP_CASE(a_failure_gives_nobody_more_side),
	TAP_CASE(a_kill_gives_nobody_more_xattr),
	TAP_CASE(a_kill_gives_nobody_more_side),
};

TEST_MAIN(cases)
