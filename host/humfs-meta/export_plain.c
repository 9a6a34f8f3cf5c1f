// SPDX-License-Identifier: GPL-2.0-only
/*
 * export_plain - a tree as an ordinary directory of the host
 *
 * libarchive writes it. As root everything is real: owners, devices, set-id bits,
 * attributes. An ordinary user gets names, data, modes 0777, times, links and
 * user attributes, all of it the user's own; devices are told of and left out.
 */
#include "export.h"
#include "msg.h"

void export_plain_entry(struct export *tar)
{
	struct archive_entry *entry = tar->entry;
	const char *name;
	const void *value;
	size_t length;
	struct attrs keep = { 0 };

	if (host_features.privileged)
		return;
	archive_entry_set_perm(entry, archive_entry_perm(entry) & 0777);
	archive_entry_acl_clear(entry);
	(void)archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &length) ==
	       ARCHIVE_OK)
		if (hmeta_classify(name) == HMETA_PLAIN &&
		    attrs_add(&keep, name, value, length))
			tar->failed = true;
	archive_entry_xattr_clear(entry);
	for (size_t i = 0; i < keep.n; i++)
		archive_entry_xattr_add_entry(entry, keep.v[i].name,
					      keep.v[i].value, keep.v[i].length);
	attrs_free(&keep);
}

void export_failed(struct export *tar)
{
	const char *why = archive_error_string(tar->archive);

	msg("cannot write '%s' as it is: %s",
	    archive_entry_pathname(tar->entry), why ? why : "?");
	tar->failed = true;
}

/* A new or empty directory, and the process in it: libarchive knows paths only. */
static int enter(const char *target)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(target, 0700) && errno != EEXIST)
		return -errno;
	/* Only an empty one can be replaced by itself. */
	if (rmdir(target) || mkdir(target, 0700))
		return -errno;
	fd = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fchdir(fd))
		return -errno;
	return 0;
}

/* libarchive leaves the time of the directory that it stands in alone. */
static void root_time(struct tree *tree)
{
	struct object root;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (object_root(tree, &root))
		return;
	times[1].tv_sec = root.host.mtime.sec;
	times[1].tv_nsec = root.host.mtime.nsec;
	(void)utimensat(AT_FDCWD, ".", times, 0);	/* a time, no more */
	object_put(&root);
}

int export_plain(struct tree *tree, const char *target, const struct args *args)
{
	struct export tar = { .tree = tree, .plain = true };
	int flags = ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
		    ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_ACL |
		    ARCHIVE_EXTRACT_SECURE_SYMLINKS |
		    ARCHIVE_EXTRACT_SECURE_NODOTDOT;
	int error = strcmp(target, "-") ? enter(target) : -ENOTDIR;

	if (error) {
		msg_errno(error, "cannot make a directory of '%s'", target);
		return META_FAILED;
	}
	if (host_features.privileged)
		flags |= ARCHIVE_EXTRACT_OWNER;
	tar.archive = archive_write_disk_new();
	if (export_begin(&tar)) {
		msg("out of memory");
	} else {
		(void)archive_write_disk_set_options(tar.archive, flags);
		progress_begin(&tar.progress, "export", args->quiet);
		export_objects(&tar);
		progress_end(&tar.progress);
		if (!tar.fatal && archive_write_close(tar.archive))
			export_broken(&tar);
		root_time(tree);
	}
	return export_end(&tar);
}
