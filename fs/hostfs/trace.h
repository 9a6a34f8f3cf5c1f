/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - hostfs's trace events: each call of the host, each name that was checked
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hostfs

#if !defined(HOSTFS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HOSTFS_TRACE_H

#include <linux/kdev_t.h>
#include <linux/tracepoint.h>

/* ino: of the inode it is about, 0: of the whole file system. */
TRACE_EVENT(hostfs_call,
	TP_PROTO(dev_t dev, u64 ino, const char *op, s64 result),
	TP_ARGS(dev, ino, op, result),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(s64, result)
		__string(op, op)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->ino = ino;
		__entry->result = result;
		__assign_str(op);
	),
	TP_printk("dev %u:%u ino %llu %s = %lld", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->ino, __get_str(op),
		  __entry->result)
);

/* result: 1 the name still means the same, 0 it does not, or an error. */
TRACE_EVENT(hostfs_revalidate,
	TP_PROTO(dev_t dev, u64 dir, const char *name, bool rcu, int result),
	TP_ARGS(dev, dir, name, rcu, result),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, dir)
		__field(bool, rcu)
		__field(int, result)
		__string(name, name)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->dir = dir;
		__entry->rcu = rcu;
		__entry->result = result;
		__assign_str(name);
	),
	TP_printk("dev %u:%u dir %llu '%s'%s = %d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->dir, __get_str(name),
		  __entry->rcu ? " rcu" : "", __entry->result)
);

#endif /* HOSTFS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
