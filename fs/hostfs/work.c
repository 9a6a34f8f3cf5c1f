// SPDX-License-Identifier: GPL-2.0-only
/*
 * work.c - workers for what waits on the host, and the choice of who gets one
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <irq_kern.h>
#include <os.h>
#include "hostfs.h"

#define HOSTFS_SLOW_NS		(2 * NSEC_PER_MSEC)
#define HOSTFS_SLOW_CALLS	64
#define HOSTFS_LOCK_WAIT_MAX	(HZ / 20)

/* --- workers ------------------------------------------------------------ */

struct hostfs_job {
	struct host_job host;
	struct completion done;
};

static irqreturn_t hostfs_jobs_done(int irq, void *unused)
{
	struct host_job *job = host_jobs_take(), *next;

	for (; job; job = next) {
		next = job->next;
		complete(&container_of(job, struct hostfs_job, host)->done);
	}
	return IRQ_HANDLED;
}

int __init hostfs_work_init(void)
{
	int fd = host_jobs_init();

	if (fd < 0)
		return fd;
	fd = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, hostfs_jobs_done, 0,
			    "hostfs", &hostfs_jobs_done);
	return fd < 0 ? fd : 0;
}

/**
 * hostfs_work - run an operation of the host's on a worker, and sleep meanwhile
 * @ops: whose operation
 * @pool: enum host_job_pool
 * @op: enum host_job_op
 * @args: its arguments
 * @nargs: how many
 *
 * Without a worker it runs here.
 * Return: what the operation returns.
 */
s64 hostfs_work(const struct host_ops *ops, u32 pool, u32 op, const u64 *args,
		unsigned int nargs)
{
	struct hostfs_job job = { .host = { .ops = ops, .op = op, .pool = pool } };

	memcpy(job.host.args, args, nargs * sizeof(*args));
	init_completion(&job.done);
	if ((pool == HOST_POOL_REMOTE && ops->allocates) ||
	    host_job_start(&job.host)) {
		host_job_run(&job.host);
		return job.host.result;
	}
	wait_for_completion_io(&job.done);
	host_job_end(&job.host);
	return job.host.result;
}

/*
 * No thread is left: ask at growing intervals.
 */
static s64 hostfs_lock_poll(const struct host_ops *ops, struct host_file *file,
			    const struct host_lock *lock)
{
	struct host_lock once = *lock;
	long wait = 1;
	s64 err;

	once.wait = 0;
	for (;;) {
		err = ops->setlock(file, &once);
		if (err != -EAGAIN && err != -EACCES)
			return err;
		schedule_timeout_interruptible(wait);
		if (signal_pending(current))
			return -EINTR;
		wait = min(2 * wait, (long)HOSTFS_LOCK_WAIT_MAX);
	}
}

/**
 * hostfs_work_lock - wait for a lock of the host's
 * @ops: of the file
 * @file: which is to have the lock
 * @lock: what is wanted
 *
 * Return: 0: it has the lock; -EINTR: a signal came first; or the host's error.
 */
s64 hostfs_work_lock(const struct host_ops *ops, struct host_file *file,
		     const struct host_lock *lock)
{
	struct host_lock wanted = *lock;
	struct hostfs_job job = { .host = {
		.ops = ops, .op = HOST_JOB_setlock, .pool = HOST_POOL_LOCK,
		.args = { (u64)file, (u64)&wanted },
	} };

	wanted.wait = 1;
	init_completion(&job.done);
	if (host_job_start(&job.host))
		return hostfs_lock_poll(ops, file, lock);
	if (wait_for_completion_interruptible(&job.done)) {
		/* The worker reads `wanted`: it has to be done before we go. */
		do {
			host_job_cancel(&job.host);
		} while (!wait_for_completion_timeout(&job.done, 1));
	}
	host_job_end(&job.host);
	return job.host.result;
}

/* --- file systems of the host ------------------------------------------- */

static struct hostfs_pace *hostfs_paces;

static struct hostfs_pace *hostfs_pace_find(const struct host_id *id)
{
	struct hostfs_pace *pace = smp_load_acquire(&hostfs_paces);

	for (; pace; pace = pace->next)
		if (pace->major == id->dev_major && pace->minor == id->dev_minor)
			return pace;
	return NULL;
}

/**
 * hostfs_pace_of - what calls about an object can wait for
 * @ops: of its tree
 * @node: the object
 * @id: its identity
 *
 * Asks the host once for each of its file systems; that call can wait, so a
 * worker does it. The list only grows: by as many as the guest comes to see.
 *
 * Return: never NULL.
 */
struct hostfs_pace *hostfs_pace_of(const struct host_ops *ops,
				   struct host_node *node,
				   const struct host_id *id)
{
	static struct hostfs_pace unknown = { .kind = HOST_KIND_DISK };
	struct hostfs_pace *pace = hostfs_pace_find(id), *head;
	int kind;

	if (pace)
		return pace;
	pace = kzalloc(sizeof(*pace), GFP_KERNEL);
	kind = hostfs_call_worker(ops, HOST_POOL_REMOTE, kind, node);
	if (!pace || kind < 0) {
		kfree(pace);
		return &unknown;
	}
	pace->major = id->dev_major;
	pace->minor = id->dev_minor;
	pace->kind = kind;
	pace->tells = true;
	head = READ_ONCE(hostfs_paces);
	do {
		pace->next = head;
	} while (!try_cmpxchg(&hostfs_paces, &head, pace));
	return pace;
}

/* --- reading and writing ------------------------------------------------ */

/* A call of an unknown length here, by the clock; or a worker for it. */
#define hostfs_call_timed(inode, hf, op, ...)				\
({									\
	s64 timed_;							\
	u64 began_;							\
									\
	if (READ_ONCE((hf)->slow)) {					\
		WRITE_ONCE((hf)->slow, READ_ONCE((hf)->slow) - 1);	\
		timed_ = hostfs_call_worker(hostfs_ops(inode),		\
				HOST_POOL_DISK, op, __VA_ARGS__);	\
	} else {							\
		began_ = ktime_get_ns();				\
		timed_ = hostfs_ops(inode)->op(__VA_ARGS__);		\
		if (ktime_get_ns() - began_ > HOSTFS_SLOW_NS)		\
			WRITE_ONCE((hf)->slow, HOSTFS_SLOW_CALLS);	\
	}								\
	timed_;								\
})

/* The file system says, or is asked once whether it can. */
static s64 hostfs_read_nowait(struct inode *inode, struct hostfs_file *hf,
			      const struct host_iovec *iov, u32 n, u64 pos)
{
	struct hostfs_pace *pace = HOSTFS_I(inode)->pace;
	s64 done = -EOPNOTSUPP;

	if (READ_ONCE(pace->tells)) {
		done = hostfs_ops(inode)->read(hf->host, iov, n, pos, HOST_NOWAIT);
		if (done == -EOPNOTSUPP)
			WRITE_ONCE(pace->tells, false);
	}
	return done;
}

/* As much as the host has in memory; a worker, or the clock, for the rest. */
static s64 hostfs_read_disk(struct inode *inode, struct hostfs_file *hf,
			    const struct host_iovec *iov, u32 n, u64 pos)
{
	s64 done = -EAGAIN;

	if (!(hf->flags & HOST_DIRECT))
		done = hostfs_read_nowait(inode, hf, iov, n, pos);
	if (done == -EAGAIN)
		done = hostfs_call_worker(hostfs_ops(inode), HOST_POOL_DISK,
					  read, hf->host, iov, n, pos, 0);
	else if (done == -EOPNOTSUPP)
		done = hostfs_call_timed(inode, hf, read, hf->host, iov, n, pos,
					 0);
	return done;
}

static u64 hostfs_iov_bytes(const struct host_iovec *iov, u32 n)
{
	u64 bytes = 0;

	while (n--)
		bytes += iov[n].length;
	return bytes;
}

/* Where the iov is `done` bytes on; *offset: in that piece. */
static u32 hostfs_iov_at(const struct host_iovec *iov, u64 done, u64 *offset)
{
	u32 i = 0;

	for (; done >= iov[i].length; i++)
		done -= iov[i].length;
	*offset = done;
	return i;
}

/**
 * hostfs_work_read - read from a file of the host, without stopping the virtual CPU
 * @inode: of the file
 * @hf: the open file
 * @iov: where to; changed meanwhile, as before afterwards
 * @n: how many
 * @pos: where from
 * @flags: enum host_io; HOST_NOWAIT: the caller cannot wait
 *
 * One host call where the host has the data in memory, and a short answer is
 * the end of the file: a call that does not wait stops where a page of the
 * host's cache ends, so an answer that stops there is gone on with.
 *
 * Return: bytes, or a negative errno.
 */
s64 hostfs_work_read(struct inode *inode, struct hostfs_file *hf,
		     struct host_iovec *iov, u32 n, u64 pos, u32 flags)
{
	const struct host_ops *ops = hostfs_ops(inode);
	struct hostfs_pace *pace = HOSTFS_I(inode)->pace;
	struct host_iovec saved;
	u64 offset, want;
	s64 done = 0, more;
	u32 i = 0;

	if (flags & HOST_NOWAIT) {
		done = ops->read(hf->host, iov, n, pos, flags);
		return done == -EOPNOTSUPP ? -EAGAIN : done;
	}
	if (pace->kind != HOST_KIND_DISK)
		return hostfs_call_paced(ops, pace, read, hf->host, iov, n, pos,
					 flags);
	done = hostfs_read_disk(inode, hf, iov, n, pos);
	if (done <= 0 || (pos + done) & ~PAGE_MASK || !READ_ONCE(pace->tells))
		return done;
	want = hostfs_iov_bytes(iov, n);
	while ((u64)done < want) {
		i = hostfs_iov_at(iov, done, &offset);
		saved = iov[i];
		iov[i].base += offset;
		iov[i].length -= offset;
		more = hostfs_read_disk(inode, hf, iov + i, n - i, pos + done);
		iov[i] = saved;
		if (more <= 0)
			break;
		done += more;
		if ((pos + done) & ~PAGE_MASK)
			break;
	}
	return done;
}

/**
 * hostfs_work_write - write to a file of the host
 *
 * As hostfs_work_read(). What has to reach the disk is a worker's.
 */
s64 hostfs_work_write(struct inode *inode, struct hostfs_file *hf,
		      const struct host_iovec *iov, u32 n, u64 pos, u32 flags)
{
	const u32 disk = HOST_DIRECT | HOST_SYNC | HOST_DSYNC;
	const struct host_ops *ops = hostfs_ops(inode);
	struct hostfs_pace *pace = HOSTFS_I(inode)->pace;
	s64 done;

	if (flags & HOST_NOWAIT) {
		done = ops->write(hf->host, iov, n, pos, flags);
		return done == -EOPNOTSUPP ? -EAGAIN : done;
	}
	if (pace->kind != HOST_KIND_DISK)
		return hostfs_call_paced(ops, pace, write, hf->host, iov, n, pos,
					 flags);
	if ((hf->flags & disk) || (flags & (HOST_IO_DSYNC | HOST_IO_SYNC)))
		return hostfs_call_worker(ops, HOST_POOL_DISK, write, hf->host,
					  iov, n, pos, flags);
	return hostfs_call_timed(inode, hf, write, hf->host, iov, n, pos, flags);
}

void hostfs_work_close(struct inode *inode, struct host_file *host)
{
	const struct host_ops *ops = hostfs_ops(inode);
	const u64 arg = (u64)host;

	if (HOSTFS_I(inode)->pace->kind == HOST_KIND_REMOTE)
		(void)hostfs_work(ops, HOST_POOL_REMOTE, HOST_JOB_close, &arg, 1);
	else
		ops->close(host);
}
