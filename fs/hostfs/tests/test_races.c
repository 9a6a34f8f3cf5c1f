// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_races - the host changes things in tight loops; threads share the cache
 *
 * HOSTHALF_SECONDS says for how long each race runs (2).
 */
#include "test.h"

#include <stdio.h>
#include <time.h>

static atomic_bool stop;
static int seconds = 2;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Start the host's part; race_end() waits for it. */
static pthread_t race_begin(void *(*run)(void *), double *ret_until)
{
	const char *given = getenv("HOSTHALF_SECONDS");
	pthread_t thread;

	if (given)
		seconds = atoi(given);
	atomic_store(&stop, false);
	must(pthread_create(&thread, NULL, run, NULL) ? -1 : 0);
	*ret_until = now() + seconds;
	return thread;
}

static void race_end(pthread_t thread)
{
	atomic_store(&stop, true);
	must(pthread_join(thread, NULL) ? -1 : 0);
}

static void exchange(const char *a, const char *b)
{
	must(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}

/* at()'s buffers go round, and are not for threads: copies, made before. */
static char swap_a[256], swap_b[256];

static void *swapper(void *unused)
{
	while (!atomic_load(&stop))
		exchange(swap_a, swap_b);
	return unused;
}

static void will_swap(const char *a, const char *b)
{
	snprintf(swap_a, sizeof(swap_a), "%s", a);
	snprintf(swap_b, sizeof(swap_b), "%s", b);
}

/* What an operation may answer while its place is swapped. */
static void check_race(int error, const char *what)
{
	switch (error) {
	case 0:
	case -ENOENT:
	case -ESTALE:
	case -EEXIST:
	case -ENOTDIR:
		return;
	}
	printf("# %s\n", what);
	CHECK_INT(error, -ESTALE);
}

/* Everything that can be done below `d`, which is the host's link half the time. */
static void work_below(struct host_node *d, struct host_node *f)
{
	struct host_new new = new_of(S_IFIFO | 0600);
	struct host_setattr set = { .set = HOST_SET_MODE | HOST_SET_SIZE,
				    .mode = 0666, .size = 6 };
	struct host_file *file;
	struct host_attr attr;
	int error, made;

	host_cache_shrink(0);
	check_race(ops->lookup(d, "f", 0, &attr), "lookup");
	host_cache_shrink(0);
	check_race(ops->setattr(f, NULL, &set, &attr), "setattr");
	host_cache_shrink(0);
	error = ops->open(f, NULL, HOST_READ, &file);
	check_race(error, "open");
	if (error == 0) {
		CHECK(reads(file, "inside"));
		ops->close(file);
	}
	host_cache_shrink(0);
	check_race(ops->mknod(d, "p", &new, &attr), "mknod");
	host_cache_shrink(0);
	check_race(ops->symlink(d, "l", "x", &new, &attr), "symlink");
	host_cache_shrink(0);
	check_race(ops->link(f, NULL, d, "h", &attr), "link");
	host_cache_shrink(0);
	new.mode = S_IFREG | 0600;
	error = ops->create(d, "c", &new, HOST_WRITE, &attr, &file, &made);
	check_race(error, "create");
	if (error == 0) {
		CHECK_INT(write_at(file, "c", 0, 0), 1);
		ops->close(file);
	}
	host_cache_shrink(0);
	check_race(ops->rename(d, "c", d, "r", 0), "rename");
	for (const char **name = (const char *[]){ "p", "l", "h", "r", "c", NULL };
	     *name; name++) {
		host_cache_shrink(0);
		check_race(ops->unlink(d, *name, 0), "unlink");
	}
}

static void a_swapped_link_never_leads_outside(void)
{
	struct host_node *d, *f;
	struct host_attr attr;
	struct stat before, after, top_before, top_after;
	pthread_t thread;
	double until;
	uint64_t rounds = 0;

	begin_limited(0, 16);
	host_dir(outside("secret"));
	host_put(outside("secret/f"), "secret");
	host_dir(at("d"));
	host_put(at("d/f"), "inside");
	must(symlink(outside("secret"), at("link")));
	d = find(root, "d");
	f = find(d, "f");
	must(stat(outside("secret"), &top_before));
	must(stat(outside("secret/f"), &before));
	will_swap(at("d"), at("link"));
	for (thread = race_begin(swapper, &until); now() < until; rounds++)
		work_below(d, f);
	race_end(thread);
	must(stat(outside("secret"), &top_after));
	must(stat(outside("secret/f"), &after));
	CHECK_INT(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	CHECK_INT(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
	CHECK_INT(after.st_nlink, 1);
	CHECK_INT(top_after.st_mtim.tv_nsec, top_before.st_mtim.tv_nsec);
	CHECK_INT(top_after.st_mtim.tv_sec, top_before.st_mtim.tv_sec);
	CHECK(host_has(outside("secret/f"), "secret"));
	CHECK(rounds > 10);
	(void)attr;
	ops->put(f);
	ops->put(d);
	end();
}

static void a_swapped_link_is_not_mounted(void)
{
	struct host_node *top;
	struct host_fs *other;
	struct host_attr attr;
	pthread_t thread;
	double until;

	begin(0);
	host_dir(outside("secret"));
	host_put(outside("secret/f"), "secret");
	host_dir(at("d"));
	host_dir(at("d/e"));
	must(symlink(outside("secret"), at("link")));
	will_swap(at("d"), at("link"));
	for (thread = race_begin(swapper, &until); now() < until; ) {
		int error = host_plain_mount(NULL, "/d", 0, &other);

		check_race(error, "mount");
		if (error)
			continue;
		CHECK_INT(ops->root(other, &attr, &top), 0);
		CHECK_INT(ops->lookup(top, "f", 0, &attr), -ENOENT);
		CHECK_INT(ops->lookup(top, "e", 0, &attr), 0);
		ops->put(top);
		ops->unmount(other);
	}
	race_end(thread);
	end();
}

/* The FIFO has no writer and no reader: an open would wait for ever. */
static void a_swapped_fifo_is_never_opened(void)
{
	struct host_new new = new_of(S_IFREG | 0644);
	struct host_file *file;
	struct host_node *node;
	struct host_attr attr;
	pthread_t thread;
	double until;
	int error, made;

	begin(0);
	host_put(at("f"), "inside");
	must(mkfifo(at("fifo"), 0666));
	node = find(root, "f");
	will_swap(at("f"), at("fifo"));
	thread = race_begin(swapper, &until);
	alarm(seconds + 60);
	while (now() < until) {
		host_cache_shrink(0);
		error = ops->open(node, NULL, HOST_READ, &file);
		check_race(error, "open");
		if (error == 0) {
			CHECK(reads(file, "inside"));
			ops->close(file);
		}
		error = ops->create(root, "f", &new, HOST_WRITE, &attr, &file,
				    &made);
		check_race(error, "create");
		if (error == 0)
			ops->close(file);
		error = ops->create(root, "f", &new, HOST_READ, &attr, &file,
				    &made);
		check_race(error, "create");
		if (error == 0)
			ops->close(file);
	}
	race_end(thread);
	alarm(0);
	ops->put(node);
	end();
}

/* A node never becomes another file, whichever of two has its name. */
static void a_swapped_file_is_never_the_other(void)
{
	struct host_node *one, *two;
	struct host_file *file;
	pthread_t thread;
	double until;

	begin(0);
	host_put(at("f"), "one");
	host_put(at("g"), "two");
	one = find(root, "f");
	two = find(root, "g");
	will_swap(at("f"), at("g"));
	for (thread = race_begin(swapper, &until); now() < until; ) {
		host_cache_shrink(0);
		if (ops->open(one, NULL, HOST_READ, &file) == 0) {
			CHECK(reads(file, "one"));
			ops->close(file);
		}
		if (ops->open(two, NULL, HOST_READ, &file) == 0) {
			CHECK(reads(file, "two"));
			ops->close(file);
		}
	}
	race_end(thread);
	ops->put(two);
	ops->put(one);
	end();
}

/* --- threads --------------------------------------------------------------- */

#define THREADS	4
#define DIRS	8
#define FILES	32

static struct host_node *dirs[DIRS], *nodes[DIRS][FILES];
static _Atomic uint64_t wrong, done;

/* One random thing with one random file; each holds its own number. */
static bool hammer_once(unsigned int *seed)
{
	int d = rand_r(seed) % DIRS, f = rand_r(seed) % FILES;
	struct host_node *node = nodes[d][f], *again;
	struct host_file *file;
	struct host_attr attr;
	char text[32];
	bool fine;

	snprintf(text, sizeof(text), "%d-%d", d, f);
	switch (rand_r(seed) % 5) {
	case 0:
		return ops->getattr(node, NULL, &attr) == 0 &&
		       host_id_equal(&attr.id, &node->id);
	case 1:
		if (ops->open(node, NULL, HOST_READ, &file))
			return false;
		fine = reads(file, text);
		ops->close(file);
		return fine;
	case 2:
		if (ops->lookup(dirs[d], text, 0, &attr) ||
		    ops->node(fs, dirs[d], text, &attr, &again))
			return false;
		fine = ops->place(again, dirs[d], text) == 0 &&
		       ops->getattr(again, NULL, &attr) == 0;
		ops->put(again);
		return fine;
	case 3:
		/* a second name of each file: its place goes to and fro */
		return ops->place(node, rand_r(seed) % 2 ? dirs[d] : root,
				  text) == 0;
	default:
		host_cache_shrink(rand_r(seed) % 16);
		return true;
	}
}

static void *hammer(void *number)
{
	unsigned int seed = (uintptr_t)number;

	while (!atomic_load(&stop)) {
		if (!hammer_once(&seed))
			atomic_fetch_add(&wrong, 1);
		atomic_fetch_add(&done, 1);
	}
	return NULL;
}

static void hammer_tree(void)
{
	char name[32];

	for (int d = 0; d < DIRS; d++) {
		host_dir(at("dir%d", d));
		snprintf(name, sizeof(name), "dir%d", d);
		dirs[d] = find(root, name);
		for (int f = 0; f < FILES; f++) {
			snprintf(name, sizeof(name), "%d-%d", d, f);
			host_put(at("dir%d/%s", d, name), name);
			must(link(at("dir%d/%s", d, name), at("%s", name)));
			nodes[d][f] = find(dirs[d], name);
		}
	}
}

static void threads_share_a_tiny_cache(void)
{
	pthread_t threads[THREADS];
	double until;

	begin_limited(0, 16);
	hammer_tree();
	atomic_store(&wrong, 0);
	threads[0] = race_begin(hammer, &until);
	for (uintptr_t i = 1; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, hammer, (void *)i));
	while (now() < until)
		usleep(10000);	/* nothing to wait for but the time */
	for (int i = 0; i < THREADS; i++)
		race_end(threads[i]);
	CHECK_INT(atomic_load(&wrong), 0);
	CHECK(atomic_load(&done) > 1000);
	CHECK(host_count(HOST_COUNT_DESCRIPTORS) <= 16 + THREADS);
	for (int d = 0; d < DIRS; d++) {
		for (int f = 0; f < FILES; f++)
			ops->put(nodes[d][f]);
		ops->put(dirs[d]);
	}
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(a_swapped_link_never_leads_outside),
	TAP_CASE(a_swapped_link_is_not_mounted),
	TAP_CASE(a_swapped_fifo_is_never_opened),
	TAP_CASE(a_swapped_file_is_never_the_other),
	TAP_CASE(threads_share_a_tiny_cache),
};

TEST_MAIN(cases)
