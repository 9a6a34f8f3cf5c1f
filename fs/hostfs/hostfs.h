/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostfs.h - what the files of the kernel half share
 *
 * Theory of operation
 *
 * The host's answer is the truth; what the guest keeps is a copy with a date.
 * Names: in a strict mount every use of a dentry asks the host whether the name
 * still means the same object (namei.c). Attributes: every answer is kept in the
 * inode together with the number of the system call that got it. Within that
 * call it is fresh, in any later one the host is asked again (inode.c). Data:
 * read() and write() go to the host each time, from and to the caller's pages
 * (io.c); the page cache serves mappings only (addr.c).
 *
 * Two counters keep old answers from overwriting newer ones. hostfs_inode.call
 * is the system call of the last answer. hostfs_inode.version moves with every
 * change; an answer is kept only if the version is still what it was when the
 * question was asked, so that a size fetched before a write cannot come after it.
 *
 * Locks: hostfs_inode.lock (a spin lock, taken in RCU-walk too) guards attr,
 * call, version, pages and files. It is innermost. i_rwsem and the mapping's
 * invalidate_lock have the meaning the VFS gives them.
 */
#ifndef HOSTFS_H
#define HOSTFS_H

#include <linux/fs.h>
#include <linux/fs_parser.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include "host.h"
#include "owner.h"
#include "stats.h"
#include "trace.h"
#include "work.h"

#define HOSTFS_MAGIC	0x00c0ffee

enum hostfs_cache { HOSTFS_STRICT, HOSTFS_EXCLUSIVE };

struct hostfs_options {
	char *path;		/* below the hostfs= root, or NULL */
	unsigned int cache;	/* enum hostfs_cache */
	bool nosubmounts;
	struct hostfs_owners *owners;	/* owner.c; NULL: as on the host */
};

/* The st_dev that objects on another file system of the host get. */
struct hostfs_device {
	struct list_head link;
	u32 major, minor;	/* on the host */
	dev_t dev;		/* in the guest */
};

/* What a file system over the same core (humfs) does in its own way. */
struct hostfs_flavour {
	/* As host_plain_mount(). Messages are errorfc()'s. */
	int (*mount)(struct fs_context *fc, const char *tag, const char *path,
		     u32 flags, struct host_fs **ret);
	void (*show)(struct seq_file *m, struct super_block *sb);
};

/* May be the first member of a flavour's own; freed as one. */
struct hostfs_sb {
	struct host_fs *fs;
	const struct hostfs_flavour *flavour;	/* NULL: hostfs itself */
	struct hostfs_options options;
	struct hostfs_stats *stats;
	u32 major, minor;	/* the root's, on the host */
	struct hostfs_pace *pace;	/* the root's */
	spinlock_t lock;	/* guards devices */
	struct list_head devices;
	u32 watch_mask;		/* what marks of the superblock and its mounts want */
};

/* The state of the host's file that the pages in the cache are not older than. */
struct hostfs_stamp {
	struct host_time mtime, ctime;
	u64 size;
	bool sure;		/* false: the clock may not have ticked since */
};

struct hostfs_inode {
	struct host_node *node;
	struct hostfs_pace *pace;	/* of the host's file system that it is in */
	spinlock_t lock;
	bool dead;		/* evicted: nothing is stored any more */
	u32 version;
	u64 call;
	struct host_attr attr;
	dev_t dev;
	struct list_head files;	/* open files; those that can write come first */
	struct hostfs_stamp pages;
	struct hostfs_locks *locks;	/* NULL: nobody has asked for one (lock.c) */
	struct hostfs_watch *watch;	/* watch.h */
	unsigned long appeared;	/* jiffies when the host had made it; 0: long ago */
	struct llist_node free;
	struct inode vfs;
};

/* One open file or directory. Counted: write back borrows it. */
struct hostfs_file {
	struct host_file *host;
	struct hostfs_inode *inode;
	struct list_head link;
	refcount_t users;
	u32 flags;		/* enum host_open, as opened */
	u32 slow;		/* calls that a worker is to do (work.c) */
	struct hostfs_listing *listing;
};

static inline struct hostfs_inode *HOSTFS_I(const struct inode *inode)
{
	return container_of(inode, struct hostfs_inode, vfs);
}

static inline struct hostfs_sb *HOSTFS_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline const struct host_ops *hostfs_ops(const struct inode *inode)
{
	return HOSTFS_SB(inode->i_sb)->fs->ops;
}

static inline struct hostfs_file *hostfs_file(const struct file *file)
{
	return file->private_data;
}

#define hostfs_count(sb, member)					\
	this_cpu_inc(HOSTFS_SB(sb)->stats->counts->member)

/* `asked` is one of the host's `op`: counted, traced, a message of dynamic debug. */
#define hostfs_told(sb, ino, op, asked)					\
({									\
	struct super_block *told_sb_ = (sb);				\
	u64 told_ino_ = (ino);						\
	__auto_type told_ret_ = (asked);	\
									\
	hostfs_count(told_sb_, call[HOSTFS_OP(op)]);			\
	trace_hostfs_call(told_sb_->s_dev, told_ino_, #op, told_ret_);	\
	pr_debug("hostfs_call " #op " ino %llu = %lld\n", told_ino_,	\
		 (s64)told_ret_);					\
	told_ret_;							\
})

/*
 * One call of the host: every call goes through one of these (work.h says which
 * may leave the virtual CPU). _now: about the tree's own books, or in a place
 * that must not sleep. _long: what waits for a disk. _sb: where there is no inode
 * yet. _node: a node whose place went stale is told the dentry's place and asked
 * once more.
 */
#define hostfs_call_now(inode, op, ...)					\
	hostfs_told((inode)->i_sb, (inode)->i_ino, op,			\
		    hostfs_ops(inode)->op(__VA_ARGS__))

#define hostfs_call(inode, op, ...)					\
	hostfs_told((inode)->i_sb, (inode)->i_ino, op,			\
		    hostfs_call_paced(hostfs_ops(inode),		\
				      HOSTFS_I(inode)->pace, op, __VA_ARGS__))

#define hostfs_call_long(inode, op, ...)				\
	hostfs_told((inode)->i_sb, (inode)->i_ino, op,			\
		    hostfs_call_slow(hostfs_ops(inode),			\
				     HOSTFS_I(inode)->pace, op, __VA_ARGS__))

/* The one that answers nothing. */
#define hostfs_put(sb, node)						\
	hostfs_told(sb, 0, put, (HOSTFS_SB(sb)->fs->ops->put(node), 0))
#define hostfs_call_sb(sb, op, ...)					\
	hostfs_told(sb, 0, op, HOSTFS_SB(sb)->fs->ops->op(__VA_ARGS__))

/* Data, and the end of an open file: work.c chooses the way. */
#define hostfs_read(inode, ...)						\
	hostfs_told((inode)->i_sb, (inode)->i_ino, read,		\
		    hostfs_work_read(inode, __VA_ARGS__))
#define hostfs_write(inode, ...)					\
	hostfs_told((inode)->i_sb, (inode)->i_ino, write,		\
		    hostfs_work_write(inode, __VA_ARGS__))
#define hostfs_close(inode, host)					\
	hostfs_told((inode)->i_sb, (inode)->i_ino, close,		\
		    (hostfs_work_close(inode, host), 0))

#define hostfs_call_node(inode, dentry, op, ...)			\
({									\
	int call_err_ = hostfs_call(inode, op, HOSTFS_I(inode)->node,	\
				    __VA_ARGS__);			\
	if (call_err_ == -ESTALE && hostfs_place(inode, dentry))	\
		call_err_ = hostfs_call(inode, op,			\
					HOSTFS_I(inode)->node,		\
					__VA_ARGS__);			\
	call_err_;							\
})

/* super.c */
extern const struct super_operations hostfs_super_ops;
int hostfs_fill_super(struct super_block *sb, struct fs_context *fc);
void hostfs_kill_sb(struct super_block *sb);
dev_t hostfs_device(struct super_block *sb, const struct host_id *id);

/* options.c */
extern const struct fs_parameter_spec hostfs_parameters[];
int hostfs_init_fs_context(struct fs_context *fc);
/* The same with `size` bytes, of which a struct hostfs_sb is the first. */
int hostfs_init_flavour(struct fs_context *fc, size_t size,
			const struct hostfs_flavour *flavour);
int hostfs_parse_param(struct fs_context *fc, struct fs_parameter *param);
int hostfs_get_tree(struct fs_context *fc);
int hostfs_reconfigure(struct fs_context *fc);
void hostfs_free_fc(struct fs_context *fc);
void hostfs_show_options(struct seq_file *m, struct super_block *sb);
void hostfs_sb_free(struct hostfs_sb *sbi);

/* inode.c */
struct inode *hostfs_iget(struct super_block *sb, struct inode *dir,
			  const char *name, const struct host_attr *attr);
struct inode *hostfs_iget_root(struct super_block *sb);
u64 hostfs_hash(const struct host_id *id);
bool hostfs_same(const struct inode *inode, const struct host_attr *attr);
bool hostfs_place(struct inode *inode, struct dentry *dentry);
u32 hostfs_version(const struct inode *inode);
bool hostfs_fresh(const struct inode *inode);
bool hostfs_store(struct inode *inode, const struct host_attr *attr,
		  u32 version);
void hostfs_changed(struct inode *inode, const struct host_attr *attr);
int hostfs_refresh(struct inode *inode, struct dentry *dentry,
		   struct hostfs_file *file);
int hostfs_ask(struct inode *inode, struct dentry *dentry,
	       struct hostfs_file *file, struct host_attr *ret_attr);
int hostfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 request_mask, unsigned int flags);
int hostfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr);

/* access.c */
int hostfs_permission(struct mnt_idmap *idmap, struct inode *inode, int mask);

/* namei.c */
extern const struct inode_operations hostfs_dir_inode_ops;
extern const struct dentry_operations hostfs_dentry_ops;
void hostfs_lost_name(struct inode *inode);

/* file.c */
extern const struct inode_operations hostfs_file_inode_ops;
extern const struct inode_operations hostfs_special_inode_ops;
extern const struct file_operations hostfs_file_ops;
u32 hostfs_open_flags(const struct file *file, const struct inode *inode);
struct hostfs_file *hostfs_file_new(struct inode *inode, struct host_file *host,
				    u32 flags);
struct hostfs_file *hostfs_file_get(struct inode *inode, u32 flags);
void hostfs_file_put(struct hostfs_file *file);
int hostfs_open_node(struct inode *inode, struct dentry *dentry,
		     struct host_file *near, u32 flags, struct host_file **ret);
int hostfs_open(struct inode *inode, struct file *file);
int hostfs_release(struct inode *inode, struct file *file);
int hostfs_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* io.c */
ssize_t hostfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t hostfs_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* addr.c */
extern const struct address_space_operations hostfs_aops;
int hostfs_check_pages(struct inode *inode, struct file *file);
vm_fault_t hostfs_page_fault(struct vm_fault *vmf);
int hostfs_mmap_prepare(struct vm_area_desc *desc);

/* pages.c */
extern const struct um_host_vm_ops hostfs_private_vm_ops;

/* dir.c */
extern const struct file_operations hostfs_dir_ops;
void hostfs_listing_free(struct hostfs_file *file);

/* xattr.c */
extern const struct xattr_handler * const hostfs_xattr_handlers[];
ssize_t hostfs_listxattr(struct dentry *dentry, char *list, size_t size);
struct posix_acl *hostfs_get_inode_acl(struct inode *inode, int type, bool rcu);
int hostfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type);

/* range.c */
ssize_t hostfs_copy_file_range(struct file *in, loff_t in_pos, struct file *out,
			       loff_t out_pos, size_t length,
			       unsigned int flags);
loff_t hostfs_remap_file_range(struct file *in, loff_t in_pos, struct file *out,
			       loff_t out_pos, loff_t length,
			       unsigned int flags);
int hostfs_fileattr_get(struct dentry *dentry, struct file_kattr *fa);
int hostfs_fileattr_set(struct mnt_idmap *idmap, struct dentry *dentry,
			struct file_kattr *fa);

/* reclaim.c */
void hostfs_inode_freed(void);
int hostfs_reclaim_init(void);

/* export.c */
extern const struct export_operations hostfs_export_ops;

/* lock.c */
void hostfs_locks_drop(struct inode *inode);
void hostfs_locks_free(struct hostfs_inode *hi);
int hostfs_flock(struct file *file, int cmd, struct file_lock *fl);
int hostfs_lock(struct file *file, int cmd, struct file_lock *fl);

/* watch.c, cover.c: see watch.h */
extern const struct fsnotify_sb_ops hostfs_notify_ops;
void hostfs_watch_evict(struct inode *inode);
void hostfs_cover_new(struct inode *inode);

/* symlink.c */
extern const struct inode_operations hostfs_symlink_inode_ops;

#endif /* HOSTFS_H */
