// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - mount options, by mount(2) and by fsconfig(2)
 *
 * What is mounted is either a share (the source is its tag) or a path below the
 * hostfs= root. The path has two spellings that both work with both calls:
 * "hostfs=/dir", and the bare "/dir" that User Mode Linux always had.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "fault.h"
#include "hostfs.h"

enum {
	OPT_PATH, OPT_CACHE, OPT_NOSUBMOUNTS,
	OPT_OWNER,		/* + enum hostfs_owner_option */
};

static const struct constant_table hostfs_caches[] = {
	{ "strict",	HOSTFS_STRICT },
	{ "exclusive",	HOSTFS_EXCLUSIVE },
	{}
};

const struct fs_parameter_spec hostfs_parameters[] = {
	fsparam_string("hostfs",	OPT_PATH),
	fsparam_enum("cache",		OPT_CACHE, hostfs_caches),
	fsparam_flag("nosubmounts",	OPT_NOSUBMOUNTS),
	fsparam_string("map",		OPT_OWNER + HOSTFS_OWNER_MAP),
	fsparam_string("map-uid",	OPT_OWNER + HOSTFS_OWNER_MAP_UID),
	fsparam_string("map-gid",	OPT_OWNER + HOSTFS_OWNER_MAP_GID),
	fsparam_string("squash",	OPT_OWNER + HOSTFS_OWNER_SQUASH),
	fsparam_string("owner",		OPT_OWNER + HOSTFS_OWNER_OWNER),
	fsparam_string("umask",		OPT_OWNER + HOSTFS_OWNER_UMASK),
	{}
};

static int hostfs_set_path(struct fs_context *fc, char *path)
{
	struct hostfs_sb *sbi = fc->s_fs_info;

	if (!path)
		return -ENOMEM;
	if (sbi->options.path) {
		kfree(path);
		return invalf(fc, "hostfs: one path only");
	}
	sbi->options.path = path;
	return 0;
}

/*
 * A parameter whose name begins with '/' is a path. If there was a '=' in the
 * path it has been split there.
 */
static int hostfs_bare_path(struct fs_context *fc, struct fs_parameter *param)
{
	if (param->type == fs_value_is_flag)
		return hostfs_set_path(fc, kstrdup(param->key, GFP_KERNEL));
	if (param->type == fs_value_is_string)
		return hostfs_set_path(fc, kasprintf(GFP_KERNEL, "%s=%s",
						     param->key, param->string));
	return invalf(fc, "hostfs: '%s': a path was expected", param->key);
}

int hostfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct hostfs_sb *sbi = fc->s_fs_info;
	struct fs_parse_result result;
	int opt;

	if (param->key[0] == '/')
		return hostfs_bare_path(fc, param);
	opt = fs_parse(fc, hostfs_parameters, param, &result);
	switch (opt) {
	case OPT_PATH:
		return hostfs_set_path(fc, kstrdup(param->string, GFP_KERNEL));
	case OPT_CACHE:
		sbi->options.cache = result.uint_32;
		return 0;
	case OPT_NOSUBMOUNTS:
		sbi->options.nosubmounts = true;
		return 0;
	default:
		if (opt < OPT_OWNER)
			return opt;
		return hostfs_owner_parse(fc, opt - OPT_OWNER, param->key,
					  param->string, &sbi->options.owners);
	}
}

/* A source that names nothing, as mount(8) users write it. */
static bool hostfs_no_source(const char *source)
{
	static const char * const none[] = {
		"none", "hostfs", "humfs", "/dev/root",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (!strcmp(source, none[i]))
			return true;
	return false;
}

static int hostfs_mount_host(struct fs_context *fc)
{
	struct hostfs_sb *sbi = fc->s_fs_info;
	const char *tag = NULL, *path = sbi->options.path;
	u32 flags = 0;
	int err;

	if (fc->source && host_share_exists(fc->source))
		tag = fc->source;
	else if (!path && fc->source && !hostfs_no_source(fc->source))
		return invalf(fc, "hostfs: no share has the tag '%s'",
			      fc->source);
	if (fc->sb_flags & SB_RDONLY)
		flags |= HOST_RDONLY;
	if (sbi->options.nosubmounts)
		flags |= HOST_NOSUBMOUNTS;
	if (sbi->flavour)
		return sbi->flavour->mount(fc, tag, path ?: "", flags, &sbi->fs);
	err = host_plain_mount(tag, path ?: "", flags, &sbi->fs);
	if (err)
		errorf(fc, "hostfs: cannot mount '%s': error %d",
		       tag ?: (path ?: "/"), err);
	else
		hostfs_fault(sbi->fs, tag);
	return err;
}

int hostfs_get_tree(struct fs_context *fc)
{
	struct hostfs_sb *sbi = fc->s_fs_info;
	int err = hostfs_mount_host(fc);

	if (err)
		return err;
	if (sbi->fs->flags & HOST_RDONLY)
		fc->sb_flags |= SB_RDONLY;
	return get_tree_nodev(fc, hostfs_fill_super);
}

/*
 * What a mount is, is settled when it is made. mount(8) repeats all options
 * when it remounts: what they say is compared, what is left out stays.
 */
static const char *hostfs_other_option(const struct hostfs_options *now,
				       const struct hostfs_options *new)
{
	if (new->path && (!now->path || strcmp(new->path, now->path)))
		return "the path";
	if (new->cache != now->cache)
		return "cache=";
	if (new->nosubmounts && !now->nosubmounts)
		return "nosubmounts";
	if (new->owners && !hostfs_owner_same(new->owners, now->owners))
		return "the owners";
	return NULL;
}

int hostfs_reconfigure(struct fs_context *fc)
{
	struct hostfs_sb *sbi = HOSTFS_SB(fc->root->d_sb), *new = fc->s_fs_info;
	const char *other = hostfs_other_option(&sbi->options, &new->options);

	if (other)
		return invalf(fc, "hostfs: %s: set at mount only", other);
	sync_filesystem(fc->root->d_sb);
	if ((sbi->fs->flags & HOST_RDONLY) && !(fc->sb_flags & SB_RDONLY)) {
		errorf(fc, "hostfs: mounted read-only on the host's side");
		return -EROFS;
	}
	return 0;
}

/* NULL is nothing to free. */
void hostfs_sb_free(struct hostfs_sb *sbi)
{
	if (!sbi)
		return;
	/* Not counted: the counters' mount is gone, or never was. */
	if (sbi->fs)
		sbi->fs->ops->unmount(sbi->fs);
	hostfs_stats_end(sbi->stats);
	kfree(sbi->options.path);
	kfree(sbi->options.owners);
	kfree(sbi);
}

void hostfs_free_fc(struct fs_context *fc)
{
	hostfs_sb_free(fc->s_fs_info);
}

static const struct fs_context_operations hostfs_context_ops = {
	.parse_param	= hostfs_parse_param,
	.get_tree	= hostfs_get_tree,
	.reconfigure	= hostfs_reconfigure,
	.free		= hostfs_free_fc,
};

int hostfs_init_flavour(struct fs_context *fc, size_t size,
			const struct hostfs_flavour *flavour)
{
	struct hostfs_sb *sbi = kzalloc(size, GFP_KERNEL);

	if (!sbi)
		return -ENOMEM;
	sbi->stats = hostfs_stats_new();
	if (!sbi->stats) {
		kfree(sbi);
		return -ENOMEM;
	}
	sbi->flavour = flavour;
	spin_lock_init(&sbi->lock);
	INIT_LIST_HEAD(&sbi->devices);
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		sbi->options.cache = HOSTFS_SB(fc->root->d_sb)->options.cache;
	fc->s_fs_info = sbi;
	fc->ops = &hostfs_context_ops;
	return 0;
}

int hostfs_init_fs_context(struct fs_context *fc)
{
	return hostfs_init_flavour(fc, sizeof(struct hostfs_sb), NULL);
}

static const char *hostfs_cache_name(unsigned int cache)
{
	const struct constant_table *c;

	for (c = hostfs_caches; c->name; c++)
		if (c->value == cache)
			return c->name;
	return "";
}

void hostfs_show_options(struct seq_file *m, struct super_block *sb)
{
	const struct hostfs_options *o = &HOSTFS_SB(sb)->options;
	const struct fs_parameter_spec *p;

	for (p = hostfs_parameters; p->name; p++) {
		if (p->opt == OPT_PATH && o->path)
			seq_show_option(m, p->name, o->path);
		if (p->opt == OPT_CACHE && o->cache != HOSTFS_STRICT)
			seq_show_option(m, p->name, hostfs_cache_name(o->cache));
		if (p->opt == OPT_NOSUBMOUNTS && o->nosubmounts)
			seq_show_option(m, p->name, NULL);
	}
	hostfs_owner_show(m, o->owners);
	if (HOSTFS_SB(sb)->flavour)
		HOSTFS_SB(sb)->flavour->show(m, sb);
}
