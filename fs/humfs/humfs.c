// SPDX-License-Identifier: GPL-2.0-only
/*
 * humfs.c - the file system type: hostfs's core over another table of operations
 *
 * Everything that the guest does with objects is hostfs's; what owner, mode and
 * type they have is said below the seam. Here are the options, and the log's
 * lines about records that cannot be.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "hostfs.h"
#include "humfs_host.h"

struct humfs_sb {
	struct hostfs_sb hostfs;	/* first: hostfs frees it */
	struct humfs_mount how;
};

enum { OPT_OWNER, OPT_META, OPT_QUOTA };

static const struct constant_table humfs_metas[] = {
	{ "auto",	HUMFS_META_AUTO },
	{ "xattr",	HUMFS_META_XATTR },
	{ "side",	HUMFS_META_SIDE },
	{}
};

/* Ours; the others are hostfs's. */
static const struct fs_parameter_spec humfs_parameters[] = {
	fsparam_string("owner",	OPT_OWNER),
	fsparam_enum("meta",	OPT_META, humfs_metas),
	fsparam_flag("quota",	OPT_QUOTA),
	{}
};

static struct humfs_sb *humfs_context(struct fs_context *fc)
{
	return container_of(fc->s_fs_info, struct humfs_sb, hostfs);
}

/* ATOMIC: from below the seam. What a name has in it is not trusted. */
static void humfs_log(void *context, const char *name, u64 ino,
		      const char *what)
{
	pr_warn_ratelimited("humfs: '%*pE' (inode %llu): %s in its record\n",
			    name ? (int)strlen(name) : 1, name ?: "?", ino,
			    what);
}

/* UID[:GID]; one number is both. */
static int humfs_parse_owner(struct fs_context *fc, const char *text)
{
	struct humfs_mount *how = &humfs_context(fc)->how;
	char uid[12], *colon = strchrnul(text, ':');
	u32 ids[2];

	if (colon - text >= sizeof(uid))
		goto bad;
	strscpy(uid, text, colon - text + 1);
	if (kstrtou32(uid, 10, &ids[0]))
		goto bad;
	ids[1] = ids[0];
	if (*colon && kstrtou32(colon + 1, 10, &ids[1]))
		goto bad;
	if (ids[0] == U32_MAX || ids[1] == U32_MAX)
		goto bad;
	how->has_owner = 1;
	how->uid = ids[0];
	how->gid = ids[1];
	return 0;
bad:
	return invalf(fc, "humfs: owner=%s: UID:GID was expected", text);
}

static int humfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	static const char * const other[] = {
		"map", "map-uid", "map-gid", "squash", "umask",
	};
	struct fs_parse_result result;
	int opt;

	if (param->key[0] == '/')
		return hostfs_parse_param(fc, param);
	/* hostfs's ways to say who an object's owner is. */
	if (match_string(other, ARRAY_SIZE(other), param->key) >= 0)
		return invalf(fc, "humfs: no %s=: owners are in the records",
			      param->key);
	opt = fs_parse(fc, humfs_parameters, param, &result);
	switch (opt) {
	case OPT_OWNER:
		return humfs_parse_owner(fc, param->string);
	case OPT_META:
		humfs_context(fc)->how.meta = result.uint_32;
		return 0;
	case OPT_QUOTA:
		humfs_context(fc)->how.quota = HUMFS_QUOTA_ALWAYS;
		return 0;
	case -ENOPARAM:
		return hostfs_parse_param(fc, param);
	default:
		return opt;
	}
}

static const char *humfs_why(int err)
{
	switch (err) {
	case -EIO:
		return "its superblock is broken";
	case -EPROTONOSUPPORT:
		return "its version is not supported";
	case -ELOOP:
		return "the side store would lie in the tree: set XDG_STATE_HOME";
	case -EOPNOTSUPP:
		return "the host file system has no user attributes: meta=side";
	case -ENODEV:
		return "quota: a bare directory has no limits";
	default:
		return "the host refuses";
	}
}

static int humfs_mount_host(struct fs_context *fc, const char *tag,
			    const char *path, u32 flags, struct host_fs **ret)
{
	struct humfs_mount how = humfs_context(fc)->how;
	int err;

	how.flags = flags;
	how.side_fd = -1;
	how.report = humfs_log;
	if (how.quota != HUMFS_QUOTA_ALWAYS)
		how.quota = HUMFS_QUOTA_LIMITS;
	err = humfs_mount(tag, path, &how, ret);
	if (err)
		errorf(fc, "humfs: cannot mount '%s': %s: error %d",
		       tag ?: (*path ? path : "/"), humfs_why(err), err);
	return err;
}

static void humfs_show(struct seq_file *m, struct super_block *sb)
{
	struct hostfs_sb *sbi = HOSTFS_SB(sb);
	const struct humfs_mount *how =
		&container_of(sbi, struct humfs_sb, hostfs)->how;

	if (how->has_owner)
		seq_printf(m, ",owner=%u:%u", how->uid, how->gid);
	seq_printf(m, ",meta=%s", humfs_meta_name(sbi->fs));
	if (humfs_is_counted(sbi->fs))
		seq_puts(m, ",quota");
}

static const struct hostfs_flavour humfs_flavour = {
	.mount	= humfs_mount_host,
	.show	= humfs_show,
};

static int humfs_reconfigure(struct fs_context *fc)
{
	const struct humfs_mount *new = &humfs_context(fc)->how;
	const struct humfs_mount *now =
		&container_of(HOSTFS_SB(fc->root->d_sb), struct humfs_sb,
			      hostfs)->how;

	if (new->has_owner && (!now->has_owner || new->uid != now->uid ||
			       new->gid != now->gid))
		return invalf(fc, "humfs: owner= is set at mount only");
	return hostfs_reconfigure(fc);
}

static const struct fs_context_operations humfs_context_ops = {
	.parse_param	= humfs_parse_param,
	.get_tree	= hostfs_get_tree,
	.reconfigure	= humfs_reconfigure,
	.free		= hostfs_free_fc,
};

static int humfs_init_fs_context(struct fs_context *fc)
{
	int err = hostfs_init_flavour(fc, sizeof(struct humfs_sb),
				      &humfs_flavour);

	if (!err)
		fc->ops = &humfs_context_ops;
	return err;
}

static struct file_system_type humfs_type = {
	.owner		 = THIS_MODULE,
	.name		 = "humfs",
	.init_fs_context = humfs_init_fs_context,
	.parameters	 = humfs_parameters,
	.kill_sb	 = hostfs_kill_sb,
	.fs_flags	 = FS_ALLOW_IDMAP,
};
MODULE_ALIAS_FS("humfs");

static int __init humfs_init(void)
{
	return register_filesystem(&humfs_type);
}
late_initcall(humfs_init);
