// SPDX-License-Identifier: GPL-2.0-only
/*
 * doubt_calls - the C library's calls, and how each can lie (--doubt)
 *
 * The linker leads all calls of the names below here (--wrap, CMakeLists.txt).
 * They are called by one shape: whatever the C library declares, arguments and
 * results are integers and pointers, each of which fits a long and travels alike.
 */
#include <dirent.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "doubt.h"

#define SHAPE	long a, long b, long c, long d, long e, long f, long g
#define GIVEN	a, b, c, d, e, f, g

/* What a call gives back besides its result, and so can give back wrong. */
enum gives {
	NOTHING,
	AN_FD,			/* a descriptor */
	A_POINTER,		/* or NULL */
	A_MAP,
	BYTES_1, BYTES_2,	/* as many as it returns, at this argument */
	STAT_1, STAT_2, STATX_4,
	STATFS_1, STATVFS_1,
	A_STRING,
	AN_ENTRY,
	A_HANDLE,
	A_LOCK,			/* if that is what was asked for */
	A_LENGTH,		/* nothing, but takes a length: half of it */
	A_MASK,			/* nothing, but takes a mask of events: all */
};

static void flip(long address, long len, int bits)
{
	unsigned char *p = (unsigned char *)address;

	for (long i = 0; p && i < len; i++)
		p[i] ^= bits;
}

/* What was later is earlier. */
static void other_time(struct timespec *t)
{
	t->tv_sec *= -1;
	t->tv_nsec = 999999999 - t->tv_nsec;
}

static void other_stat(struct stat *st)
{
	st->st_dev++;
	st->st_ino++;
	st->st_mode ^= S_IFREG ^ S_IFCHR ^ 0111;
	st->st_nlink++;
	st->st_uid++;
	st->st_gid++;
	st->st_rdev++;
	st->st_size++;
	st->st_blocks += 1 << 20;
	other_time(&st->st_atim);
	other_time(&st->st_mtim);
	other_time(&st->st_ctim);
}

/* How much a call gives at that argument. */
static size_t given(enum gives gives)
{
	switch (gives) {
	case STAT_1:
	case STAT_2:
		return sizeof(struct stat);
	case STATX_4:
		return sizeof(struct statx);
	case STATFS_1:
		return sizeof(struct statfs);
	case STATVFS_1:
		return sizeof(struct statvfs);
	default:
		return 0;
	}
}

/* One more; where nothing is counted, a failure of what was done. */
static long other_number(long ret)
{
	if (ret)
		return ret + 1;
	errno = EIO;
	return -1;
}

static long spoil(enum gives gives, long ret, const long *args)
{
	if (gives == AN_ENTRY && ret) {
		((struct dirent *)ret)->d_ino++;
		((struct dirent *)ret)->d_type ^= 1;
		return ret;
	}
	if (gives == A_STRING && !ret)
		return (long)strcpy((char *)args[0], "?");
	if (gives == A_STRING)
		flip(ret + strlen((char *)ret) - 1, 1, 1);
	if (gives == A_STRING || gives == AN_ENTRY || gives == A_POINTER ||
	    gives == A_MAP || gives == AN_FD || gives == A_LENGTH ||
	    gives == A_MASK || (int)ret < 0)
		return ret;
	switch (gives) {
	case BYTES_1:		/* and one byte more than it tells */
	case BYTES_2:
		flip(args[gives - BYTES_1 + 1], ret + 1, 1);
		return ret;
	case STAT_1:
	case STAT_2:
		other_stat((struct stat *)args[gives - STAT_1 + 1]);
		return ret;
	case STATX_4:
		flip(args[4], given(gives), 1);
		return ret;
	case STATFS_1:
	case STATVFS_1:
		flip(args[1], given(gives), 0xff);
		if (gives == STATFS_1)	/* which was that of bfree, or less */
			((struct statfs *)args[1])->f_bavail++;
		return ret;
	case A_HANDLE:
		flip((long)((struct file_handle *)args[2])->f_handle, 8, 1);
		++*(int *)args[3];
		return ret;
	case A_LOCK:
		if (args[1] != F_GETLK && args[1] != F_OFD_GETLK)
			return other_number(ret);
		flip(args[2], sizeof(struct flock), 1);
		return ret;
	default:
		return other_number(ret);
	}
}

/* Memory that is no file's. */
static long other_memory(long len)
{
	void *p = (void *)syscall(SYS_mmap, NULL, len, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		memset(p, '?', len);
	return (long)p;
}

/* An answer without the call. */
static long invent(enum gives gives, enum fc_lie_kind kind, const long *args)
{
	bool failed = kind == FC_LIE_ERROR;

	if (failed)
		errno = EIO;
	switch (gives) {
	case A_POINTER:
	case A_STRING:
	case AN_ENTRY:
		return 0;
	case AN_FD:
		return failed ? -1 : memfd_create("lie", MFD_CLOEXEC);
	case A_MAP:
		return failed ? -1 : other_memory(args[1]);
	case STAT_1:
	case STATFS_1:
	case STATVFS_1:
		memset((void *)args[1], 0, given(gives));
		return failed ? -1 : 0;
	case STAT_2:
		memset((void *)args[2], 0, given(gives));
		return failed ? -1 : 0;
	default:
		return failed ? -1 : 0;
	}
}

/* The call with other arguments, where that is the lie. */
static void divert(enum gives gives, long *args)
{
	if (gives == A_MAP)
		args[3] ^= MAP_SHARED ^ MAP_PRIVATE;
	if (gives == A_LENGTH)
		args[1] /= 2;
	if (gives == A_MASK)
		args[2] = IN_ALL_EVENTS;
}

/* A directory's stream that stands still: what it gave last, again. */
static long again(enum gives gives, enum fc_lie_kind kind, long ret)
{
	static struct dirent last;

	if (gives != AN_ENTRY)
		return ret;
	if (kind == FC_LIE_ERROR && *last.d_name)
		return (long)&last;
	if (ret)
		memcpy(&last, (void *)ret, ((struct dirent *)ret)->d_reclen);
	return ret;
}

#define WRAP(name, gives)						\
	long __real_##name(SHAPE);					\
	long __wrap_##name(SHAPE);					\
	long __wrap_##name(SHAPE)					\
	{								\
		long args[] = { GIVEN };				\
		enum fc_lie_kind kind = FC_LIES;			\
									\
		if (!fc_doubt_call(#name, &kind))			\
			return again(gives, kind, __real_##name(GIVEN)); \
		if (kind != FC_LIE_WRONG) {				\
			long ret;					\
									\
			fc_doubt.honest++;				\
			ret = invent(gives, kind, args);		\
			fc_doubt.honest--;				\
			return again(gives, kind, ret);			\
		}							\
		divert(gives, args);					\
		return spoil(gives, __real_##name(args[0], args[1], args[2], \
						  args[3], args[4], args[5], \
						  args[6]), args);	\
	}
#include "doubt_calls.def"

/* A child's calls have numbers of their own. */
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	pid_t pid = __real_fork();

	if (!pid)
		fc_doubt.calls += FC_CHILD;
	return pid;
}
