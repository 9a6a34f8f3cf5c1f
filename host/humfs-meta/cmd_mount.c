// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_mount - mount: a tree through FUSE, as the guest sees it
 */
#include "mount.h"
#include "cleanup.h"
#include "command.h"
#include "meta_store.h"
#include "msg.h"

static int option_foreground(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->foreground = true;
	return 0;
}

static int option_read_only(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->read_only = true;
	return 0;
}

static int option_others(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->others = true;
	return 0;
}

/* Printed while the mount is in the foreground; behind it nobody reads. */
static void report(void *context, const char *name, uint64_t ino,
		   const char *what)
{
	(void)context;
	msg("inode %llu%s%s: broken record: %s", (unsigned long long)ino,
	    name ? " " : "", name ? name : "", what);
}

/*
 * The kernel is to leave the caller's umask to us, and not to send set-id
 * clearing separately: the table does both.
 */
static void do_init(void *userdata, struct fuse_conn_info *connection)
{
	(void)userdata;
	if (connection->capable & FUSE_CAP_DONT_MASK)
		connection->want |= FUSE_CAP_DONT_MASK;
	/* POSIX ACLs are attributes that the table checks. */
	connection->want &= ~(unsigned int)FUSE_CAP_POSIX_ACL;
}

static int open_tree(const struct args *args, struct mount *mount)
{
	struct humfs_mount how = {
		.flags = args->read_only ? HOST_RDONLY : 0,
		.has_owner = args->has_owner, .uid = args->uid,
		.gid = args->gid, .side_fd = -1, .report = report,
		.quota = HUMFS_QUOTA_LIMITS,
	};
	struct host_attr attr;
	int fd, error;

	fd = open(args->words[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = fd < 0 ? -errno : humfs_mount_fd(fd, &how, &mount->fs);
	if (error)
		return error;
	mount->ops = mount->fs->ops;
	error = mount->ops->root(mount->fs, &attr, &mount->root.node);
	if (error) {
		mount->ops->unmount(mount->fs);
		return error;
	}
	mount->root.id = attr.id;
	return 0;
}

/* Whose is what the mounting user makes? The default owner's, as the tree says. */
static void take_owner(const struct args *args, struct mount *mount)
{
	struct hmeta_super super = { 0 };
	int fd = open(args->words[0], O_PATH | O_DIRECTORY | O_CLOEXEC);

	mount->uid = host_features.uid;
	mount->gid = host_features.gid;
	if (args->has_owner) {
		mount->uid = args->uid;
		mount->gid = args->gid;
	} else if (fd >= 0 && hmeta_super_read(fd, &super, NULL) == 0 &&
		   super.has_owner) {
		mount->uid = super.uid;
		mount->gid = super.gid;
	}
	if (fd >= 0)
		host_close_fd(fd);
}

static int serve(struct fuse_session *session, const struct args *args)
{
	int result;

	if (fuse_set_signal_handlers(session))
		return META_FAILED;
	if (fuse_session_mount(session, args->words[1])) {
		fuse_remove_signal_handlers(session);
		return META_FAILED;	/* libfuse has said why */
	}
	result = fuse_daemonize(args->foreground);
	if (result == 0)
		result = fuse_session_loop(session);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	/* A signal (SIGTERM, ctrl-C) is a way to end it. */
	return result < 0 ? META_FAILED : META_DONE;
}

static int run_session(const struct args *args, struct mount *mount)
{
	static const char plain[] = "fsname=humfs,subtype=humfs",
		others[] = "fsname=humfs,subtype=humfs,allow_other,default_permissions";
	char name[] = "humfs-meta", dash_o[] = "-o";
	char *words[] = {
		name, dash_o, (char *)(args->others ? others : plain), NULL,
	};
	struct fuse_args options = FUSE_ARGS_INIT(3, words);
	struct fuse_lowlevel_ops ops = { .init = do_init };
	struct fuse_session *session;
	int status;

	mount_names_ops(&ops);
	mount_files_ops(&ops);
	session = fuse_session_new(&options, &ops, sizeof(ops), mount);
	if (!session) {
		fuse_opt_free_args(&options);
		return META_FAILED;
	}
	status = serve(session, args);
	fuse_session_destroy(session);
	fuse_opt_free_args(&options);
	return status;
}

static int run_mount(struct args *args)
{
	_cleanup_free_ struct mount *mount = calloc(1, sizeof(*mount));
	int error = mount ? open_tree(args, mount) : -ENOMEM, status;

	if (error == -EPROTONOSUPPORT)
		msg("'%s' has the original's layout; use 'import' to make a new tree of it",
		    args->words[0]);
	else if (error)
		msg_errno(error, "cannot open the tree '%s'", args->words[0]);
	if (error)
		return META_FAILED;
	take_owner(args, mount);
	status = run_session(args, mount);
	mount_drop(mount);
	mount->ops->unmount(mount->fs);
	return status;
}

static const struct opt mount_options[] = {
	{ "foreground", 'f', NULL, NULL, "stay in the foreground",
	  option_foreground },
	{ "read-only", 'r', NULL, NULL, "let nothing be changed",
	  option_read_only },
	{ "allow-other", 0, NULL, NULL,
	  "other users too, with the rights that modes give them",
	  option_others },
	OPTION_OWNER,
	OPTIONS_COMMON
};

const struct command commands_mount[] = {
	{ { "humfs-meta mount", "[OPTION]... TREE DIR",
	    "show a tree on the host as guests see it (FUSE)", mount_options,
	    "'fusermount3 -u DIR' ends it. Only you can use it, with all rights; what you make\nis the default owner's.\n" },
	  2, 2, run_mount },
	{ .run = NULL },
};
