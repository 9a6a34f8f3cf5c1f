// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_job - threads that wait for the host in a virtual CPU's place
 *
 * Theory of operation
 *
 * Each pool has a queue and threads, which are made when a job finds none idle
 * and stay. A pool at its limit lets jobs wait in the queue, except the pool of
 * locks: a lock can be waited for for ever, so a job there gets a thread at once
 * or is refused. Finished jobs go on one list without a lock; whoever puts the
 * first one there writes a byte into a pipe, whose other end is an interrupt of
 * the guest.
 *
 * A worker has all signals blocked but one, whose handler does nothing: it ends
 * a wait for a lock with EINTR. To the guest kernel a worker is nobody: it has
 * no virtual CPU and no task, so it neither allocates nor frees the kernel's
 * memory. What an operation needs is reserved when the job is started, what it
 * lets go is freed when finished jobs are taken, both on a virtual CPU.
 *
 * Locks: `lock` of a pool guards its queue, its counts and the `worker` of its
 * jobs. It is held for short, never across a host call that waits.
 */
#include "host_watch_user.h"

#include <signal.h>

#define JOB_STACK	(256 * 1024)
#define JOB_SIGNAL	(SIGRTMIN + 8)

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct host_job *first, **last;
	uint32_t queued, busy, threads;
	const uint32_t limit;
};

static struct pool pools[HOST_POOL_MAX] = {
	[HOST_POOL_DISK]   = { .limit = 8 },
	[HOST_POOL_REMOTE] = { .limit = 32 },
	[HOST_POOL_LOCK]   = { .limit = 128 },
};

struct garbage {
	struct garbage *next;
};

static _Atomic(struct host_job *) finished;
static _Atomic(struct garbage *) garbage;
static int wake_pipe[2] = { -1, -1 };
static _Thread_local struct host_job *running;

/* --- memory --------------------------------------------------------------- */

#define RESERVES	3

static const size_t reserve_size[RESERVES] = {
	HOST_PATH_MAX, sizeof(struct host_file), sizeof(struct host_watch)
};

_Static_assert(sizeof(((struct host_job *)NULL)->reserve) ==
	       RESERVES * sizeof(void *), "host.h has as many");

void *host_malloc(size_t size)
{
	struct host_job *job = running;

	if (!job)
		return malloc(size);
	for (uint32_t i = 0; i < RESERVES; i++) {
		if (size != reserve_size[i] || job->reserve_used & 1u << i)
			continue;
		job->reserve_used |= 1u << i;
		return job->reserve[i];
	}
	return NULL;
}

void host_free(void *memory)
{
	struct host_job *job = running;
	struct garbage *item = memory;

	if (!job) {
		free(memory);
		return;
	}
	if (!memory)
		return;
	for (uint32_t i = 0; i < RESERVES; i++) {
		if (memory == job->reserve[i]) {
			job->reserve_used &= ~(1u << i);
			return;
		}
	}
	item->next = atomic_load(&garbage);
	while (!atomic_compare_exchange_weak(&garbage, &item->next, item))
		;
}

static void garbage_free(void)
{
	struct garbage *item, *next;

	if (!atomic_load_explicit(&garbage, memory_order_relaxed))
		return;
	for (item = atomic_exchange(&garbage, NULL); item; item = next) {
		next = item->next;
		free(item);
	}
}

/* What only has open files and buffers to do with allocates nothing. */
static bool job_allocates(const struct host_job *job)
{
	switch (job->op) {
	case HOST_JOB_read: case HOST_JOB_write: case HOST_JOB_readdir:
	case HOST_JOB_fsync: case HOST_JOB_setlock: case HOST_JOB_close:
	case HOST_JOB_seek: case HOST_JOB_fallocate:
		return false;
	default:
		return true;
	}
}

static int job_reserve(struct host_job *job)
{
	memset(job->reserve, 0, sizeof(job->reserve));
	job->reserve_used = 0;
	if (!job_allocates(job))
		return 0;
	/* The last one is a watch's. */
	for (uint32_t i = 0; i < RESERVES - (job->op != HOST_JOB_watch); i++) {
		job->reserve[i] = malloc(reserve_size[i]);
		if (!job->reserve[i]) {
			host_job_end(job);
			return -ENOMEM;
		}
	}
	return 0;
}

void host_job_end(struct host_job *job)
{
	for (uint32_t i = 0; i < RESERVES; i++) {
		if (job->reserve[i] && !(job->reserve_used & 1u << i))
			free(job->reserve[i]);
		job->reserve[i] = NULL;
	}
	garbage_free();
}

/* --- operations ------------------------------------------------------------- */

typedef struct host_fs *fs_p;
typedef struct host_node *node_p;
typedef struct host_file *file_p;
typedef struct host_attr *attr_p;
typedef const char *name_p;
typedef const struct host_new *new_p;
typedef const struct host_iovec *iov_p;

#define ARG(n, type)	((type)job->args[n])
#define RUN(op, ...)							\
	static int64_t run_##op(const struct host_job *job)		\
	{								\
		return job->ops->op(__VA_ARGS__);			\
	}

RUN(statfs, ARG(0, fs_p), ARG(1, struct host_statfs *))
RUN(sync, ARG(0, fs_p))
RUN(kind, ARG(0, node_p))
RUN(lookup, ARG(0, node_p), ARG(1, name_p), ARG(2, uint32_t), ARG(3, attr_p))
RUN(create, ARG(0, node_p), ARG(1, name_p), ARG(2, new_p), ARG(3, uint32_t),
    ARG(4, attr_p), ARG(5, file_p *), ARG(6, int *))
RUN(mknod, ARG(0, node_p), ARG(1, name_p), ARG(2, new_p), ARG(3, attr_p))
RUN(symlink, ARG(0, node_p), ARG(1, name_p), ARG(2, name_p), ARG(3, new_p),
    ARG(4, attr_p))
RUN(link, ARG(0, node_p), ARG(1, file_p), ARG(2, node_p), ARG(3, name_p),
    ARG(4, attr_p))
RUN(unlink, ARG(0, node_p), ARG(1, name_p), ARG(2, int))
RUN(rename, ARG(0, node_p), ARG(1, name_p), ARG(2, node_p), ARG(3, name_p),
    ARG(4, uint32_t))
RUN(tmpfile, ARG(0, node_p), ARG(1, new_p), ARG(2, uint32_t), ARG(3, attr_p),
    ARG(4, file_p *))
RUN(handle, ARG(0, node_p), ARG(1, file_p), ARG(2, void *), ARG(3, uint32_t))
RUN(getattr, ARG(0, node_p), ARG(1, file_p), ARG(2, attr_p))
RUN(setattr, ARG(0, node_p), ARG(1, file_p), ARG(2, const struct host_setattr *),
    ARG(3, attr_p))
RUN(readlink, ARG(0, node_p), ARG(1, char *), ARG(2, uint64_t))
RUN(open, ARG(0, node_p), ARG(1, file_p), ARG(2, uint32_t), ARG(3, file_p *))
RUN(getxattr, ARG(0, node_p), ARG(1, file_p), ARG(2, name_p), ARG(3, void *),
    ARG(4, uint64_t))
RUN(setxattr, ARG(0, node_p), ARG(1, file_p), ARG(2, name_p),
    ARG(3, const void *), ARG(4, uint64_t), ARG(5, int))
RUN(listxattr, ARG(0, node_p), ARG(1, file_p), ARG(2, char *), ARG(3, uint64_t))
RUN(removexattr, ARG(0, node_p), ARG(1, file_p), ARG(2, name_p))
RUN(watch, ARG(0, node_p), ARG(1, uint32_t), ARG(2, int), ARG(3, int32_t *))
RUN(read, ARG(0, file_p), ARG(1, iov_p), ARG(2, uint32_t), ARG(3, uint64_t),
    ARG(4, uint32_t))
RUN(write, ARG(0, file_p), ARG(1, iov_p), ARG(2, uint32_t), ARG(3, uint64_t),
    ARG(4, uint32_t))
RUN(readdir, ARG(0, file_p), ARG(1, int64_t), ARG(2, void *), ARG(3, uint64_t))
RUN(fsync, ARG(0, file_p), ARG(1, int))
RUN(fallocate, ARG(0, file_p), ARG(1, int), ARG(2, uint64_t), ARG(3, uint64_t))
RUN(seek, ARG(0, file_p), ARG(1, uint64_t), ARG(2, int))
RUN(copy, ARG(0, file_p), ARG(1, uint64_t), ARG(2, file_p), ARG(3, uint64_t),
    ARG(4, uint64_t))
RUN(clone, ARG(0, file_p), ARG(1, uint64_t), ARG(2, file_p), ARG(3, uint64_t),
    ARG(4, uint64_t))
RUN(dedupe, ARG(0, file_p), ARG(1, uint64_t), ARG(2, file_p), ARG(3, uint64_t),
    ARG(4, uint64_t))
RUN(getflags, ARG(0, file_p), ARG(1, uint32_t *))
RUN(setflags, ARG(0, file_p), ARG(1, uint32_t))
RUN(setlock, ARG(0, file_p), ARG(1, const struct host_lock *))
RUN(getlock, ARG(0, file_p), ARG(1, struct host_lock *))

static int64_t run_close(const struct host_job *job)
{
	job->ops->close(ARG(0, file_p));
	return 0;
}

static int64_t (*const run[HOST_JOB_MAX])(const struct host_job *) = {
#define RUN_ROW(op) [HOST_JOB_##op] = run_##op,
	HOST_JOB_OPS(RUN_ROW)
};

void host_job_run(struct host_job *job)
{
	job->result = run[job->op](job);
}

/* --- threads ------------------------------------------------------------------ */

static void signal_nothing(int signal)
{
	(void)signal;
}

int host_jobs_init(void)
{
	struct sigaction action = { .sa_handler = signal_nothing };

	if (wake_pipe[0] >= 0)
		return wake_pipe[0];
	for (int i = 0; i < HOST_POOL_MAX; i++) {
		pthread_mutex_init(&pools[i].lock, NULL);
		pthread_cond_init(&pools[i].more, NULL);
		pools[i].last = &pools[i].first;
	}
	if (sigaction(JOB_SIGNAL, &action, NULL))
		return -errno;
	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	return wake_pipe[0];
}

/* Does not wait for room: a pipe that is full wakes as well. */
static void job_finished(struct host_job *job)
{
	struct host_job *first = atomic_load(&finished);

	do {
		job->next = first;
	} while (!atomic_compare_exchange_weak(&finished, &first, job));
	if (!first)
		(void)!write(wake_pipe[1], "", 1);
}

struct host_job *host_jobs_take(void)
{
	char bytes[64];

	while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		;
	return atomic_exchange(&finished, NULL);
}

/* The next job; the pool's lock is held. */
static struct host_job *pool_next(struct pool *pool)
{
	struct host_job *job;

	while (!pool->first)
		pthread_cond_wait(&pool->more, &pool->lock);
	job = pool->first;
	pool->first = job->next;
	if (!pool->first)
		pool->last = &pool->first;
	pool->queued--;
	pool->busy++;
	return job;
}

static void *worker(void *arg)
{
	struct pool *pool = arg;
	pthread_t self = pthread_self();
	struct host_job *job;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, JOB_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;) {
		pthread_mutex_lock(&pool->lock);
		job = pool_next(pool);
		job->worker = &self;
		pthread_mutex_unlock(&pool->lock);
		running = job;
		host_job_run(job);
		running = NULL;
		pthread_mutex_lock(&pool->lock);
		job->worker = NULL;
		pool->busy--;
		pthread_mutex_unlock(&pool->lock);
		job_finished(job);	/* its owner may free it from here on */
	}
	return NULL;
}

/* The new thread inherits the mask: nothing of the guest's may interrupt it. */
static int pool_grow(struct pool *pool)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int error;

	sigfillset(&all);
	if (pthread_attr_init(&attr))
		return -EAGAIN;
	pthread_attr_setstacksize(&attr, JOB_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attr, worker, pool);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return error ? -EAGAIN : 0;
}

/*
 * Count a job in, and the thread that is to be made for it when all are taken;
 * making it is too long for the lock. Return: 1 when a thread is to be made, 0
 * when not, -EAGAIN when the job cannot be taken.
 */
static int pool_enter(struct pool *pool, bool at_once)
{
	int result = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->threads - pool->busy <= pool->queued) {
		if (pool->threads < pool->limit)
			result = 1;
		else if (at_once)
			result = -EAGAIN;
	}
	if (result >= 0)
		pool->queued++;
	pool->threads += result == 1;
	pthread_mutex_unlock(&pool->lock);
	return result;
}

/* No thread can be made: only a pool that has some can take the job. */
static int pool_do_without(struct pool *pool, bool at_once)
{
	int result = 0;

	pthread_mutex_lock(&pool->lock);
	pool->threads--;
	if (at_once || !pool->threads) {
		pool->queued--;
		result = -EAGAIN;
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

int host_job_start(struct host_job *job)
{
	struct pool *pool = &pools[job->pool];
	bool at_once = job->pool == HOST_POOL_LOCK;
	int result;

	if (wake_pipe[0] < 0)
		return -EAGAIN;
	result = job_reserve(job);
	if (result)
		return result;
	result = pool_enter(pool, at_once);
	if (result > 0 && pool_grow(pool))
		result = pool_do_without(pool, at_once);
	if (result < 0) {
		host_job_end(job);
		return result;
	}
	job->next = NULL;
	job->worker = NULL;
	pthread_mutex_lock(&pool->lock);
	*pool->last = job;
	pool->last = &job->next;
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

/* A wait that is still in the queue is as one that is about to begin. */
void host_job_cancel(struct host_job *job)
{
	struct pool *pool = &pools[job->pool];

	pthread_mutex_lock(&pool->lock);
	if (job->worker)
		(void)pthread_kill(*(pthread_t *)job->worker, JOB_SIGNAL);
	pthread_mutex_unlock(&pool->lock);
}
