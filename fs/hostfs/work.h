/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work.h - host calls that let the virtual CPU go while they wait
 *
 * A plain host call runs on the thread of the virtual CPU, which stands still
 * meanwhile: right for what the host answers from memory, and the fastest. What
 * may take long is handed to a worker (host.h), and the task sleeps until it is
 * done. Which of the two it is depends on the call and on the file system:
 *
 *			MEMORY		DISK			REMOTE
 *   hostfs_call()	here		here			worker
 *   hostfs_call_long()	here		worker			worker
 *   hostfs_read()	here		here, if the host has	worker
 *					the data in memory
 *   hostfs_write()	here		here; worker if it is	worker
 *					to reach the disk
 *
 * Where the host's file system cannot tell whether a read would wait, and for
 * writes, the clock tells: a file that has kept a call waiting gets workers for
 * its next calls.
 */
#ifndef HOSTFS_WORK_H
#define HOSTFS_WORK_H

#include <linux/args.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include "host.h"

struct hostfs_file;
struct inode;
struct super_block;

/* One file system of the host; as long as the guest runs. */
struct hostfs_pace {
	struct hostfs_pace *next;
	u32 major, minor;	/* its device on the host */
	u32 kind;		/* enum host_kind */
	bool tells;		/* RWF_NOWAIT works, as far as is known */
};

#define HOSTFS_ARG(x)	((u64)(x))
#define HOSTFS_ARGS_1(a)		HOSTFS_ARG(a)
#define HOSTFS_ARGS_2(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_1(__VA_ARGS__)
#define HOSTFS_ARGS_3(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_2(__VA_ARGS__)
#define HOSTFS_ARGS_4(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_3(__VA_ARGS__)
#define HOSTFS_ARGS_5(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_4(__VA_ARGS__)
#define HOSTFS_ARGS_6(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_5(__VA_ARGS__)
#define HOSTFS_ARGS_7(a, ...)		HOSTFS_ARG(a), HOSTFS_ARGS_6(__VA_ARGS__)
#define HOSTFS_ARGS(...)						\
	CONCATENATE(HOSTFS_ARGS_, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)

/* The operation on a worker of `pool`, whoever could have done it here. */
#define hostfs_call_worker(ops_, pool, op, ...)				\
({									\
	const u64 work_args_[] = { HOSTFS_ARGS(__VA_ARGS__) };		\
									\
	(typeof((ops_)->op(__VA_ARGS__)))				\
		hostfs_work(ops_, pool, HOST_JOB_##op, work_args_,	\
			    COUNT_ARGS(__VA_ARGS__));			\
})

/* A call that the host answers from memory, unless it is a remote one. */
#define hostfs_call_paced(ops_, pace, op, ...)				\
({									\
	unlikely((pace)->kind == HOST_KIND_REMOTE) ?			\
	hostfs_call_worker(ops_, HOST_POOL_REMOTE, op, __VA_ARGS__) :	\
	(ops_)->op(__VA_ARGS__);					\
})

/* A call that waits for the disk, or has much to do. */
#define hostfs_call_slow(ops_, pace, op, ...)				\
({									\
	(pace)->kind == HOST_KIND_MEMORY ? (ops_)->op(__VA_ARGS__) :	\
	hostfs_call_worker(ops_, hostfs_pool(pace), op, __VA_ARGS__);	\
})

static inline u32 hostfs_pool(const struct hostfs_pace *pace)
{
	return pace->kind == HOST_KIND_REMOTE ? HOST_POOL_REMOTE :
						HOST_POOL_DISK;
}

int hostfs_work_init(void);
s64 hostfs_work(const struct host_ops *ops, u32 pool, u32 op, const u64 *args,
		unsigned int nargs);
s64 hostfs_work_lock(const struct host_ops *ops, struct host_file *file,
		     const struct host_lock *lock);
struct hostfs_pace *hostfs_pace_of(const struct host_ops *ops,
				   struct host_node *node,
				   const struct host_id *id);
s64 hostfs_work_read(struct inode *inode, struct hostfs_file *hf,
		     struct host_iovec *iov, u32 n, u64 pos, u32 flags);
s64 hostfs_work_write(struct inode *inode, struct hostfs_file *hf,
		      const struct host_iovec *iov, u32 n, u64 pos, u32 flags);
void hostfs_work_close(struct inode *inode, struct host_file *host);

#endif /* HOSTFS_WORK_H */
