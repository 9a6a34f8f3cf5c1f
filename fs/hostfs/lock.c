// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - locks that processes of the host and other guests respect
 *
 * Theory of operation
 *
 * flock(2) and open-file-description locks belong to an open file, and every
 * open file of the guest has its own on the host: the host decides about them,
 * between guest processes too. The guest's own table only shows them.
 *
 * POSIX locks belong to a process. The guest is one process of the host, so the
 * guest's kernel decides among its processes by its own table, and the host is
 * shown the union of what they hold, as open-file-description locks of one
 * descriptor for each inode (the deputy). It is closed with the inode's last
 * open file, when nobody can hold a lock any more; closing other descriptors of
 * the file takes nothing away, as it would with POSIX locks of the host.
 *
 * A lock of type T that the guest's table admits is admitted next to nothing
 * (T = write) or to read locks only. So the union over its range is T, and one
 * host call puts it there. An unlock leaves what others hold in the range: the
 * host's locks are set, piece by piece, to what the table has left there
 * (hostfs_locks_settle()), and never to less in between.
 *
 * The mutex in struct hostfs_locks makes a question to the table, the host's
 * answer and the change of the table one step. Nobody waits with it held. Who
 * has to wait for a guest process waits in the VFS, who has to wait for the host
 * waits on a worker. That the host grants a lock there is only a hint: somebody
 * may have come in between. So then all is asked again from the start, and who
 * goes away without the lock settles the range.
 */
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hostfs.h"

struct hostfs_deputy {
	struct host_file *host;
	u32 flags;			/* HOST_READ, HOST_WRITE: its access */
	refcount_t users;
};

struct hostfs_locks {
	struct mutex mutex;
	struct hostfs_deputy *deputy;	/* holds the POSIX locks; NULL: none yet */
};

static int hostfs_set_host(struct inode *inode, struct host_file *host,
			   u32 kind, u32 type, loff_t start, loff_t end)
{
	struct host_lock lock = { .kind = kind, .type = type, .start = start };
	int err;

	if (end != OFFSET_MAX)
		lock.length = end - start + 1;
	err = hostfs_call(inode, setlock, host, &lock);
	/* fcntl(2) may say the one or the other. */
	return err == -EACCES ? -EAGAIN : err;
}

static u32 hostfs_lock_type(unsigned int type)
{
	return type == F_RDLCK ? HOST_LOCK_READ :
	       type == F_WRLCK ? HOST_LOCK_WRITE : HOST_LOCK_NONE;
}

static bool hostfs_is_ofd(const struct file_lock *fl)
{
	return fl->c.flc_flags & FL_OFDLCK;
}

static bool hostfs_is_unlock(const struct file_lock *fl)
{
	return fl->c.flc_type == F_UNLCK;
}

/* --- the deputy --------------------------------------------------------- */

static void hostfs_deputy_put(struct inode *inode, struct hostfs_deputy *deputy)
{
	if (!deputy || !refcount_dec_and_test(&deputy->users))
		return;
	hostfs_close(inode, deputy->host);
	kfree(deputy);
}

/* The inode's locks, made on first use; NULL: no memory. */
static struct hostfs_locks *hostfs_locks(struct inode *inode)
{
	struct hostfs_inode *hi = HOSTFS_I(inode);
	struct hostfs_locks *locks = smp_load_acquire(&hi->locks), *old = NULL;

	if (locks)
		return locks;
	locks = kzalloc(sizeof(*locks), GFP_KERNEL_ACCOUNT);
	if (!locks)
		return NULL;
	mutex_init(&locks->mutex);
	if (try_cmpxchg(&hi->locks, &old, locks))
		return locks;
	kfree(locks);
	return old;
}

/**
 * hostfs_locks_drop - the inode's last open file has been closed
 * @inode: the inode
 *
 * No process holds a POSIX lock any more: locks go before ->release(). A file
 * that is just being opened makes the deputy anew when it needs one.
 */
void hostfs_locks_drop(struct inode *inode)
{
	struct hostfs_locks *locks = smp_load_acquire(&HOSTFS_I(inode)->locks);
	struct hostfs_deputy *deputy = NULL;

	if (!locks)
		return;
	mutex_lock(&locks->mutex);
	if (list_empty_careful(&HOSTFS_I(inode)->files)) {
		deputy = locks->deputy;
		locks->deputy = NULL;
	}
	mutex_unlock(&locks->mutex);
	hostfs_deputy_put(inode, deputy);
}

/* The inode goes. */
void hostfs_locks_free(struct hostfs_inode *hi)
{
	kfree(hi->locks);
	hi->locks = NULL;
}

/* A new deputy that can do `need`, and more if that is allowed. */
static struct hostfs_deputy *hostfs_deputy_new(struct file *file, u32 need)
{
	struct inode *inode = file_inode(file);
	struct hostfs_file *hf = hostfs_file(file);
	u32 wish = need | (hf->flags & (HOST_READ | HOST_WRITE));
	u32 append = hf->flags & HOST_APPEND;
	struct hostfs_deputy *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	int err;

	if (!new)
		return ERR_PTR(-ENOMEM);
	/* Who can write will want write locks, and read locks next to them. */
	new->flags = wish & HOST_WRITE ? wish | HOST_READ : wish;
	refcount_set(&new->users, 1);
	err = hostfs_open_node(inode, NULL, hf->host, new->flags | append,
			       &new->host);
	if (err == -EACCES || err == -EPERM) {
		new->flags = need;
		err = hostfs_open_node(inode, NULL, hf->host, need | append,
				       &new->host);
	}
	if (!err)
		return new;
	kfree(new);
	return ERR_PTR(err);
}

/* Take over what the old deputy has: read locks, all of them (else it would do). */
static int hostfs_deputy_succeed(struct inode *inode, struct host_file *new)
{
	struct file_lock_context *ctx = locks_inode_context(inode);
	loff_t pos = 0, start, end;
	struct file_lock *fl;
	int err = 0;

	while (!err) {
		start = OFFSET_MAX;
		end = -1;
		spin_lock(&ctx->flc_lock);
		list_for_each_entry(fl, &ctx->flc_posix, c.flc_list) {
			if (hostfs_is_ofd(fl) || fl->fl_end < pos ||
			    max(fl->fl_start, pos) >= start)
				continue;
			start = max(fl->fl_start, pos);
			end = fl->fl_end;
		}
		spin_unlock(&ctx->flc_lock);
		if (end < 0)
			return 0;
		err = hostfs_set_host(inode, new, HOST_LOCK_OFD, HOST_LOCK_READ,
				      start, end);
		if (end == OFFSET_MAX)
			break;
		pos = end + 1;
	}
	return err;
}

/*
 * See to a deputy that can hold a lock of `type`. The mutex is held.
 * Return: 0, -ENOLCK: the host's permissions do not allow for one, or the
 * host's error.
 */
static int hostfs_deputy(struct file *file, struct hostfs_locks *locks,
			 unsigned int type)
{
	struct inode *inode = file_inode(file);
	u32 need = type == F_WRLCK ? HOST_WRITE : HOST_READ;
	struct hostfs_deputy *old = locks->deputy, *new;
	int err;

	if (old && (old->flags & need))
		return 0;
	new = hostfs_deputy_new(file, need | (old ? old->flags : 0));
	err = PTR_ERR_OR_ZERO(new);
	if (err)
		return err == -EACCES || err == -EPERM ? -ENOLCK : err;
	if (old && hostfs_deputy_succeed(inode, new->host)) {
		hostfs_deputy_put(inode, new);
		return -ENOLCK;
	}
	locks->deputy = new;
	hostfs_deputy_put(inode, old);
	return 0;
}

/* --- what the table says ------------------------------------------------ */

/* Does the lock count for the host's file that the request is about? */
static bool hostfs_same_holder(const struct file_lock *fl,
			       const struct file_lock *request)
{
	if (hostfs_is_ofd(request))
		return hostfs_is_ofd(fl) &&
		       fl->c.flc_owner == request->c.flc_owner;
	return !hostfs_is_ofd(fl);
}

/* What the table has at pos, for that host file, and how far that goes. */
static u32 hostfs_held_at(struct inode *inode, const struct file_lock *request,
			  loff_t pos, loff_t *ret_end)
{
	struct file_lock_context *ctx = locks_inode_context(inode);
	u32 held = HOST_LOCK_NONE;
	loff_t end = OFFSET_MAX;
	struct file_lock *fl;

	if (!ctx)
		goto out;
	spin_lock(&ctx->flc_lock);
	list_for_each_entry(fl, &ctx->flc_posix, c.flc_list) {
		if (!hostfs_same_holder(fl, request) || fl->fl_end < pos)
			continue;
		if (fl->fl_start > pos) {
			end = min(end, fl->fl_start - 1);
			continue;
		}
		end = min(end, fl->fl_end);
		if (held != HOST_LOCK_WRITE)
			held = hostfs_lock_type(fl->c.flc_type);
	}
	spin_unlock(&ctx->flc_lock);
out:
	*ret_end = end;
	return held;
}

/*
 * Make the host's locks in a range those of the table. The mutex is held. They
 * are what the host had granted, or less, so it has nothing to refuse.
 */
static void hostfs_locks_settle(struct inode *inode, struct host_file *host,
				const struct file_lock *request,
				loff_t start, loff_t end)
{
	loff_t pos = start, last;
	u32 held;
	int err;

	for (;;) {
		held = hostfs_held_at(inode, request, pos, &last);
		last = min(last, end);
		err = hostfs_set_host(inode, host, HOST_LOCK_OFD, held, pos,
				      last);
		WARN_ONCE(err == -EAGAIN, "hostfs: lost a lock on the host\n");
		if (last == end)
			return;
		pos = last + 1;
	}
}

/* Would a process of the guest be in the way? */
static bool hostfs_table_conflict(struct file *file, const struct file_lock *fl)
{
	struct file_lock test;

	locks_init_lock(&test);
	locks_copy_conflock(&test, (struct file_lock *)fl);
	test.c.flc_owner = fl->c.flc_owner;
	test.c.flc_flags = fl->c.flc_flags & ~FL_SLEEP;
	test.c.flc_file = file;
	posix_test_lock(file, &test);
	return test.c.flc_type != F_UNLCK;
}

/* --- POSIX and open-file-description locks ------------------------------ */

static struct host_file *hostfs_holder(struct file *file,
				       const struct hostfs_locks *locks,
				       const struct file_lock *fl)
{
	if (hostfs_is_ofd(fl))
		return hostfs_file(file)->host;
	return locks->deputy ? locks->deputy->host : NULL;
}

static int hostfs_unlock(struct file *file, struct hostfs_locks *locks,
			 struct file_lock *fl)
{
	struct inode *inode = file_inode(file);
	loff_t start = fl->fl_start, end = fl->fl_end;
	struct host_file *host;
	int err;

	mutex_lock(&locks->mutex);
	fl->c.flc_flags |= FL_EXISTS;
	err = posix_lock_file(file, fl, NULL);
	host = hostfs_holder(file, locks, fl);
	if (err == -ENOENT)
		err = 0;
	else if (host)
		hostfs_locks_settle(inode, host, fl, start, end);
	mutex_unlock(&locks->mutex);
	return err;
}

/*
 * One attempt. The mutex is held.
 * Return: 0: locked. -EAGAIN: the host says no. Else what the table says:
 * -EAGAIN and FILE_LOCK_DEFERRED with *ret_table set.
 */
static int hostfs_lock_try(struct file *file, struct hostfs_locks *locks,
			   struct file_lock *fl, bool *ret_table)
{
	struct inode *inode = file_inode(file);
	loff_t start = fl->fl_start, end = fl->fl_end;
	struct host_file *host;
	int err = 0;

	*ret_table = hostfs_table_conflict(file, fl);
	if (*ret_table)
		return posix_lock_file(file, fl, NULL);
	if (!hostfs_is_ofd(fl))
		err = hostfs_deputy(file, locks, fl->c.flc_type);
	if (err)
		return err;
	host = hostfs_holder(file, locks, fl);
	err = hostfs_set_host(inode, host, HOST_LOCK_OFD,
			      hostfs_lock_type(fl->c.flc_type), start, end);
	if (err)
		return err;
	err = posix_lock_file(file, fl, NULL);
	if (err)
		hostfs_locks_settle(inode, host, fl, start, end);
	return err;
}

/*
 * The host says no: wait until it may say yes. The mutex is not held, so another
 * deputy may take over meanwhile; what the old one gets then ends with it.
 */
static int hostfs_lock_wait(struct file *file, struct hostfs_deputy *deputy,
			    const struct file_lock *fl)
{
	struct inode *inode = file_inode(file);
	struct host_lock lock = {
		.kind = HOST_LOCK_OFD,
		.type = hostfs_lock_type(fl->c.flc_type),
		.start = fl->fl_start,
	};
	int err;

	if (fl->fl_end != OFFSET_MAX)
		lock.length = fl->fl_end - fl->fl_start + 1;
	err = hostfs_work_lock(hostfs_ops(inode), deputy ? deputy->host :
			       hostfs_file(file)->host, &lock);
	hostfs_deputy_put(inode, deputy);
	return err;
}

static int hostfs_lock_set(struct file *file, struct hostfs_locks *locks,
			   struct file_lock *fl)
{
	loff_t start = fl->fl_start, end = fl->fl_end;
	bool again = false, waited = false, table = false;
	struct hostfs_deputy *deputy = NULL;
	int err, late = 0;

	do {
		mutex_lock(&locks->mutex);
		err = late ?: hostfs_lock_try(file, locks, fl, &table);
		again = err == -EAGAIN && !table &&
			(fl->c.flc_flags & FL_SLEEP);
		/* A worker's wait may have got more than we can keep. */
		if (err && waited)
			hostfs_locks_settle(file_inode(file),
					    hostfs_holder(file, locks, fl), fl,
					    start, end);
		if (again && !hostfs_is_ofd(fl)) {
			deputy = locks->deputy;
			refcount_inc(&deputy->users);
		}
		mutex_unlock(&locks->mutex);
		if (again) {
			late = hostfs_lock_wait(file, deputy, fl);
			waited = true;
		}
	} while (again);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/* Who is in the way? Of the guest's processes first, then of the host's. */
static int hostfs_getlk(struct file *file, struct file_lock *fl)
{
	unsigned char wanted = fl->c.flc_type;
	struct inode *inode = file_inode(file);
	struct hostfs_locks *locks = hostfs_locks(inode);
	struct host_lock lock = {
		.kind = HOST_LOCK_OFD, .type = hostfs_lock_type(wanted),
		.start = fl->fl_start,
	};
	int err;

	if (!locks)
		return -ENOLCK;
	if (fl->fl_end != OFFSET_MAX)
		lock.length = fl->fl_end - fl->fl_start + 1;
	mutex_lock(&locks->mutex);
	posix_test_lock(file, fl);
	if (fl->c.flc_type != F_UNLCK || wanted == F_UNLCK) {
		mutex_unlock(&locks->mutex);
		return 0;
	}
	err = hostfs_call(inode, getlock, hostfs_holder(file, locks, fl) ?:
			  hostfs_file(file)->host, &lock);
	mutex_unlock(&locks->mutex);
	if (err || lock.type == HOST_LOCK_NONE)
		return err;
	fl->c.flc_type = lock.type == HOST_LOCK_READ ? F_RDLCK : F_WRLCK;
	fl->fl_start = lock.start;
	fl->fl_end = lock.length ? lock.start + lock.length - 1 : OFFSET_MAX;
	/* As of a lock on another machine: the negative pid. -1: nobody's. */
	fl->c.flc_pid = lock.pid ? -lock.pid : -1;
	fl->c.flc_flags &= ~FL_OFDLCK;
	return 0;
}

int hostfs_lock(struct file *file, int cmd, struct file_lock *fl)
{
	struct hostfs_locks *locks = hostfs_locks(file_inode(file));

	if (!locks)
		return -ENOLCK;
	if (cmd == F_CANCELLK)
		return 0;
	if (cmd == F_GETLK)
		return hostfs_getlk(file, fl);
	if (hostfs_is_unlock(fl))
		return hostfs_unlock(file, locks, fl);
	return hostfs_lock_set(file, locks, fl);
}

/* --- flock(2) ----------------------------------------------------------- */

/* In the guest's table, which only shows what the host has granted. */
static int hostfs_flock_show(struct file *file, const struct file_lock *fl,
			     unsigned int type)
{
	struct file_lock shown;

	locks_init_lock(&shown);
	shown.c.flc_file = fl->c.flc_file;
	shown.c.flc_owner = fl->c.flc_owner;
	shown.c.flc_pid = fl->c.flc_pid;
	shown.c.flc_flags = FL_FLOCK | FL_SLEEP;
	shown.c.flc_type = type;
	shown.fl_end = OFFSET_MAX;
	return locks_lock_file_wait(file, &shown);
}

/**
 * hostfs_flock - flock(2), decided by the host
 *
 * A changed lock is given up before the new one is asked for, as everywhere, so
 * what the table shows must go when the host has to be waited for: others who
 * are granted it would wait for the table.
 */
int hostfs_flock(struct file *file, int cmd, struct file_lock *fl)
{
	u32 type = hostfs_lock_type(fl->c.flc_type);
	struct inode *inode = file_inode(file);
	struct host_file *host = hostfs_file(file)->host;
	struct host_lock lock = { .kind = HOST_LOCK_FLOCK, .type = type };
	int err;

	if (type == HOST_LOCK_NONE) {
		(void)locks_lock_file_wait(file, fl);
		return hostfs_call(inode, setlock, host, &lock);
	}
	err = hostfs_call(inode, setlock, host, &lock);
	if (err == -EAGAIN) {
		(void)hostfs_flock_show(file, fl, F_UNLCK);
		if (fl->c.flc_flags & FL_SLEEP)
			err = hostfs_work_lock(hostfs_ops(inode), host, &lock);
	}
	if (!err) {
		err = hostfs_flock_show(file, fl, fl->c.flc_type);
		if (err) {
			lock.type = HOST_LOCK_NONE;
			(void)hostfs_call(inode, setlock, host, &lock);
		}
	}
	return err == -EINTR ? -ERESTARTSYS : err;
}
