// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c - counters: /sys/fs/hostfs/MAJOR:MINOR/ of a mount, /sys/fs/hostfs/host/
 * of the process, whose descriptors all mounts share
 *
 * Per CPU and never reset; readers take differences.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "hostfs.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static struct kset *hostfs_kset;

#define OP(name)	[HOSTFS_OP(name)] = #name

static const char * const hostfs_op_names[HOSTFS_OPS] = {
	OP(unmount), OP(root), OP(statfs), OP(sync),
	OP(node), OP(place), OP(put),
	OP(path), OP(handle), OP(find),
	OP(lookup), OP(create), OP(mknod), OP(symlink), OP(link), OP(unlink),
	OP(rename), OP(tmpfile),
	OP(getattr), OP(peek), OP(setattr), OP(readlink), OP(open),
	OP(getxattr), OP(setxattr), OP(listxattr), OP(removexattr),
	OP(close), OP(read), OP(write), OP(readdir), OP(fsync), OP(fallocate),
	OP(seek), OP(copy), OP(clone), OP(dedupe), OP(getflags), OP(setflags),
	OP(setlock), OP(getlock),
};

static u64 hostfs_sum(const struct hostfs_stats *stats, size_t offset)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *(u64 *)((char *)per_cpu_ptr(stats->counts, cpu) +
				offset);
	return sum;
}

/* --- one mount ---------------------------------------------------------- */

struct hostfs_attribute {
	struct attribute attr;
	size_t offset;		/* in struct hostfs_counts */
};

#define HOSTFS_COUNT(member) {						\
	.attr	= { .name = #member, .mode = 0444 },			\
	.offset	= offsetof(struct hostfs_counts, member),		\
}

static struct hostfs_attribute hostfs_calls = {
	.attr = { .name = "calls", .mode = 0444 },
};
static struct hostfs_attribute hostfs_revalidations =
	HOSTFS_COUNT(revalidations);
static struct hostfs_attribute hostfs_replaced = HOSTFS_COUNT(replaced);
static struct hostfs_attribute hostfs_fresh_attrs = HOSTFS_COUNT(fresh);

static struct attribute *hostfs_stats_attrs[] = {
	&hostfs_calls.attr,
	&hostfs_revalidations.attr,
	&hostfs_replaced.attr,
	&hostfs_fresh_attrs.attr,
	NULL
};
ATTRIBUTE_GROUPS(hostfs_stats);

/* A line for each operation that was called: its name, how often. */
static ssize_t hostfs_show_calls(const struct hostfs_stats *stats, char *buf)
{
	ssize_t at = 0;
	size_t op;
	u64 n;

	for (op = 0; op < HOSTFS_OPS; op++) {
		n = hostfs_sum(stats, offsetof(struct hostfs_counts, call[op]));
		if (n && hostfs_op_names[op])
			at += sysfs_emit_at(buf, at, "%s %llu\n",
					    hostfs_op_names[op], n);
	}
	return at;
}

static ssize_t hostfs_stats_read(struct kobject *kobject,
				 struct attribute *attr, char *buf)
{
	const struct hostfs_stats *stats =
		container_of(kobject, struct hostfs_stats, kobject);
	const struct hostfs_attribute *a =
		container_of(attr, struct hostfs_attribute, attr);

	if (a == &hostfs_calls)
		return hostfs_show_calls(stats, buf);
	return sysfs_emit(buf, "%llu\n", hostfs_sum(stats, a->offset));
}

static const struct sysfs_ops hostfs_stats_ops = {
	.show	= hostfs_stats_read,
};

static void hostfs_stats_release(struct kobject *kobject)
{
	struct hostfs_stats *stats =
		container_of(kobject, struct hostfs_stats, kobject);

	free_percpu(stats->counts);
	kfree(stats);
}

static const struct kobj_type hostfs_stats_type = {
	.release	= hostfs_stats_release,
	.sysfs_ops	= &hostfs_stats_ops,
	.default_groups	= hostfs_stats_groups,
};

struct hostfs_stats *hostfs_stats_new(void)
{
	struct hostfs_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (!stats)
		return NULL;
	stats->counts = alloc_percpu(struct hostfs_counts);
	if (!stats->counts) {
		kfree(stats);
		return NULL;
	}
	kobject_init(&stats->kobject, &hostfs_stats_type);
	return stats;
}

int hostfs_stats_show(struct hostfs_stats *stats, struct super_block *sb)
{
	int err;

	stats->kobject.kset = hostfs_kset;
	err = kobject_add(&stats->kobject, NULL, "%u:%u", MAJOR(sb->s_dev),
			  MINOR(sb->s_dev));
	stats->shown = !err;
	return err;
}

void hostfs_stats_end(struct hostfs_stats *stats)
{
	if (!stats)
		return;
	if (stats->shown)
		kobject_del(&stats->kobject);
	kobject_put(&stats->kobject);
}

/* --- the process -------------------------------------------------------- */

static struct kobject *hostfs_host_kobject;
static struct kobj_attribute hostfs_host_attr[HOST_COUNT_MAX];
static struct attribute *hostfs_host_attrs[HOST_COUNT_MAX + 1];

static const struct attribute_group hostfs_host_group = {
	.attrs	= hostfs_host_attrs,
};

static ssize_t hostfs_host_read(struct kobject *kobject,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", host_count(attr - hostfs_host_attr));
}

int __init hostfs_stats_init(void)
{
	int i, err;

	hostfs_kset = kset_create_and_add("hostfs", NULL, fs_kobj);
	if (!hostfs_kset)
		return -ENOMEM;
	hostfs_host_kobject = kobject_create_and_add("host",
						     &hostfs_kset->kobj);
	if (!hostfs_host_kobject) {
		kset_unregister(hostfs_kset);
		return -ENOMEM;
	}
	for (i = 0; i < HOST_COUNT_MAX; i++) {
		struct kobj_attribute *a = &hostfs_host_attr[i];

		sysfs_attr_init(&a->attr);
		a->attr.name = host_count_name(i);
		a->attr.mode = 0444;
		a->show = hostfs_host_read;
		hostfs_host_attrs[i] = &a->attr;
	}
	err = sysfs_create_group(hostfs_host_kobject, &hostfs_host_group);
	if (err) {
		kobject_put(hostfs_host_kobject);
		kset_unregister(hostfs_kset);
	}
	return err;
}
