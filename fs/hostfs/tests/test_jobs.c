// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_jobs - operations that run on workers
 *
 * The test plays the kernel half: it starts jobs, waits for the pipe and takes
 * what has finished.
 */
#include "test.h"

#include <poll.h>
#include <sys/file.h>

static int wake = -1;

/* Take finished jobs until `count` have come. Return: how many did in 10 s. */
static int taken(int count)
{
	struct pollfd ready = { .fd = wake, .events = POLLIN };
	struct host_job *job;
	int got = 0;

	while (got < count && poll(&ready, 1, 10000) > 0)
		for (job = host_jobs_take(); job; job = job->next)
			got++;
	return got;
}

static struct host_job job_of(uint32_t op, uint32_t pool, uint64_t a,
			      uint64_t b, uint64_t c, uint64_t d)
{
	return (struct host_job){
		.ops = ops, .op = op, .pool = pool, .args = { a, b, c, d },
	};
}

#define PTR(p) ((uint64_t)(uintptr_t)(p))

/* Run it on a worker and wait. */
static int64_t done(struct host_job *job)
{
	CHECK_INT(host_job_start(job), 0);
	CHECK_INT(taken(1), 1);
	host_job_end(job);
	return job->result;
}

static void begin_jobs(void)
{
	wake = host_jobs_init();
	begin(0);
	CHECK(wake >= 0);
	CHECK_INT(host_jobs_init(), wake);
}

static void a_worker_does_what_the_operation_does(void)
{
	struct host_attr attr;
	struct host_node *node;
	struct host_file *file = NULL;
	struct host_job job;
	char text[8] = "";
	struct host_iovec iov = { text, 8 };

	begin_jobs();
	host_put(at("f"), "text");
	job = job_of(HOST_JOB_lookup, HOST_POOL_DISK, PTR(root), PTR("f"), 0,
		     PTR(&attr));
	CHECK_INT(done(&job), 0);
	CHECK_INT(attr.size, 4);
	job = job_of(HOST_JOB_lookup, HOST_POOL_REMOTE, PTR(root), PTR("g"), 0,
		     PTR(&attr));
	CHECK_INT(done(&job), -ENOENT);
	node = find(root, "f");
	job = job_of(HOST_JOB_open, HOST_POOL_DISK, PTR(node), 0, HOST_READ,
		     PTR(&file));
	CHECK_INT(done(&job), 0);
	job = job_of(HOST_JOB_read, HOST_POOL_DISK, PTR(file), PTR(&iov), 1, 0);
	CHECK_INT(done(&job), 4);
	CHECK_STR(text, "text");
	job = job_of(HOST_JOB_close, HOST_POOL_DISK, PTR(file), 0, 0, 0);
	CHECK_INT(done(&job), 0);
	/* freed on this thread: a worker may not */
	CHECK(host_jobs_take() == NULL);
	ops->put(node);
	end();
}

/* The watch comes from the job, too, and lives on. */
static void a_watch_on_a_worker(void)
{
	struct host_job job;
	uint32_t limit;
	int32_t wd, again;

	CHECK_INT(host_init(0), 0);
	CHECK(host_watch_start(HOST_WATCH_FANOTIFY, 0) >= 0);
	begin_jobs();
	job = job_of(HOST_JOB_watch, HOST_POOL_REMOTE, PTR(root),
		     HOST_EVENT_CREATE, 0, PTR(&wd));
	CHECK_INT(done(&job), 0);
	job = job_of(HOST_JOB_watch, HOST_POOL_REMOTE, PTR(root),
		     HOST_EVENT_DELETE, 0, PTR(&again));
	CHECK_INT(done(&job), 0);
	CHECK_INT(again, wd);
	CHECK_INT(host_watch_count(&limit), 1);
	host_watch_drop(wd);
	CHECK_INT(host_watch_count(&limit), 1);
	host_watch_drop(wd);
	CHECK_INT(host_watch_count(&limit), 0);
	end();
}

/* The walk's buffer and the file come from the job, and what is left goes back. */
static void a_walk_on_a_worker(void)
{
	struct host_node *dir, *below, *node;
	struct host_file *file;
	struct host_job job;

	begin_jobs();
	host_dir(at("d"));
	host_dir(at("d/e"));
	host_put(at("d/e/f"), "deep");
	dir = find(root, "d");
	below = find(dir, "e");
	node = find(below, "f");
	for (int i = 0; i < 3; i++) {
		host_cache_shrink(0);
		job = job_of(HOST_JOB_open, HOST_POOL_REMOTE, PTR(node), 0,
			     HOST_READ, PTR(&file));
		CHECK_INT(done(&job), 0);
		CHECK(reads(file, "deep"));
		ops->close(file);
	}
	must(unlink(at("d/e/f")));
	host_cache_shrink(0);
	job = job_of(HOST_JOB_open, HOST_POOL_REMOTE, PTR(node), 0, HOST_READ,
		     PTR(&file));
	CHECK_INT(done(&job), -ESTALE);
	ops->put(node);
	ops->put(below);
	ops->put(dir);
	end();
}

#define MANY 300

/* More than there are threads: they queue, and none is lost. */
static void many_jobs_at_once(void)
{
	static struct host_job jobs[MANY];
	static struct host_attr attrs[MANY];
	int fine = 0;

	begin_jobs();
	for (int i = 0; i < MANY; i++) {
		jobs[i] = job_of(HOST_JOB_getattr, i % HOST_POOL_LOCK, PTR(root),
				 0, PTR(&attrs[i]), 0);
		CHECK_INT(host_job_start(&jobs[i]), 0);
	}
	CHECK_INT(taken(MANY), MANY);
	for (int i = 0; i < MANY; i++) {
		host_job_end(&jobs[i]);
		fine += jobs[i].result == 0 && S_ISDIR(attrs[i].mode);
	}
	CHECK_INT(fine, MANY);
	end();
}

/* Each wait for a lock has a thread of its own, or is refused. */
static void waits_for_locks(void)
{
	static const struct host_lock lock = {
		.kind = HOST_LOCK_FLOCK, .type = HOST_LOCK_READ, .wait = 1,
	};
	static struct host_job jobs[MANY];
	struct host_file *file;
	int started = 0, fd, left;

	begin_jobs();
	file = make(root, "f", 0644, HOST_READ | HOST_WRITE);
	fd = open(at("f"), O_RDWR | O_CLOEXEC);
	must(flock(fd, LOCK_EX));
	for (; started < MANY; started++) {
		jobs[started] = job_of(HOST_JOB_setlock, HOST_POOL_LOCK,
				       PTR(file), PTR(&lock), 0, 0);
		if (host_job_start(&jobs[started]))
			break;
	}
	CHECK(started >= 100 && started < MANY);
	/* the first is told to stop, until it has heard */
	for (left = 1000; left; left--) {
		struct pollfd ready = { .fd = wake, .events = POLLIN };

		host_job_cancel(&jobs[0]);
		if (poll(&ready, 1, 10) > 0)
			break;
	}
	CHECK(host_jobs_take() == &jobs[0]);
	CHECK_INT(jobs[0].result, -EINTR);
	CHECK_INT(host_job_start(&jobs[0]), 0);
	must(flock(fd, LOCK_UN));
	CHECK_INT(taken(started), started);
	for (int i = 0; i < started; i++) {
		host_job_end(&jobs[i]);
		CHECK_INT(jobs[i].result, 0);
	}
	close(fd);
	ops->close(file);
	end();
}

static void kinds_of_file_systems(void)
{
	struct host_job job;
	int kind;

	begin_jobs();
	kind = ops->kind(root);
	CHECK(kind == HOST_KIND_MEMORY || kind == HOST_KIND_DISK ||
	      kind == HOST_KIND_REMOTE);
	job = job_of(HOST_JOB_kind, HOST_POOL_REMOTE, PTR(root), 0, 0, 0);
	CHECK_INT(done(&job), kind);
	end();
}

static const struct tap_case cases[] = {
	TAP_CASE(a_worker_does_what_the_operation_does),
	TAP_CASE(a_watch_on_a_worker),
	TAP_CASE(a_walk_on_a_worker),
	TAP_CASE(many_jobs_at_once),
	TAP_CASE(waits_for_locks),
	TAP_CASE(kinds_of_file_systems),
};

TEST_MAIN(cases)
