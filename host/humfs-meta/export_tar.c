// SPDX-License-Identifier: GPL-2.0-only
/*
 * export_tar - a tree as a pax archive, the same bytes for the same tree
 *
 * Objects come in the order of their names' bytes, hard links after the first
 * name; nothing of the host (its inode numbers, times of access, holes) is told.
 * Attributes are written as SCHILY.xattr, ACLs as SCHILY.acl with numbers, as GNU
 * tar, star and bsdtar read them.
 */
#include "export.h"
#include "msg.h"
#include "walk.h"

static void lost(struct export *tar, int error, const char *path)
{
	object_error(error, "export", path);
	tar->failed = true;
}

void export_broken(struct export *tar)
{
	const char *why = archive_error_string(tar->archive);

	msg("cannot write the archive: %s", why ? why : "out of memory");
	tar->failed = tar->fatal = true;
}

/* Return: 0; 1: this one has no place; negative: nothing more can be written. */
static int put_header(struct export *tar)
{
	int result = archive_write_header(tar->archive, tar->entry);

	/* ARCHIVE_WARN in archives: a name that is no UTF-8 goes as it is. */
	if (result == ARCHIVE_OK || (result == ARCHIVE_WARN && !tar->plain))
		return 0;
	if (tar->plain && result != ARCHIVE_FATAL) {
		export_failed(tar);
		return result == ARCHIVE_WARN ? 0 : 1;
	}
	export_broken(tar);
	return -EIO;
}

/* size bytes whatever becomes of the file meanwhile: the header has said so. */
static int put_data(struct export *tar, struct host_file *file,
		    uint64_t size, const char *path)
{
	bool short_told = false;

	for (uint64_t at = 0; at < size;) {
		size_t part = size - at < COPY_BUFFER ? size - at : COPY_BUFFER;
		int64_t got = short_told ? 0 :
			      copy_read(file, tar->buffer, part, at);

		if (got < (int64_t)part) {
			if (!short_told)
				lost(tar, got < 0 ? (int)got : -ENODATA, path);
			short_told = true;
			got = got < 0 ? 0 : got;
			memset(tar->buffer + got, 0, part - (size_t)got);
		}
		if (archive_write_data(tar->archive, tar->buffer, part) < 0) {
			export_broken(tar);
			return -EIO;
		}
		at += part;
		progress_step(&tar->progress, tar->done, 0, "objects");
	}
	return 0;
}

static int put_file(struct export *tar, const struct object *object,
		    const char *path)
{
	struct host_file *file;
	int error;

	error = host_plain_open(object->node, NULL, HOST_READ | HOST_NOATIME,
				&file);
	if (error) {
		lost(tar, error, path);
		return 0;
	}
	error = put_header(tar);
	if (error == 0)
		error = put_data(tar, file, object->host.size, path);
	host_plain_close(file);
	return error < 0 ? error : 0;
}

static int set_target(struct export *tar, const struct object *object)
{
	char target[HOST_PATH_MAX];
	int length = host_plain_readlink(object->node, target,
					 sizeof(target) - 1);

	if (length < 0)
		return length;
	target[length] = '\0';
	archive_entry_set_symlink(tar->entry, target);
	return 0;
}

/* Return: 0; else the archive is broken. */
static int put_object(struct export *tar, const struct object *object,
		      const char *path)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	const char *first = NULL;
	int error;

	if (object_type(object) == HMETA_IFSOCK) {
		msg("'%s' is a socket, which no tar archive can hold: left out",
		    path);
		return 0;
	}
	error = object->fault ? -EIO : attrs_read(tar->tree, object, &attrs);
	if (error == 0)
		error = tar_entry_write(object, path, &attrs, tar->entry);
	if (error == 0 && tar->plain)
		export_plain_entry(tar);
	if (error == 0 && object_type(object) == HMETA_IFLNK)
		error = set_target(tar, object);
	if (error == 0 && object->host.nlink > 1 &&
	    !S_ISDIR(object->host.mode)) {
		first = ids_get(&tar->links, &object->host.id);
		if (!first)
			error = ids_add(&tar->links, &object->host.id, path);
	}
	if (error) {
		lost(tar, error, path);
		return 0;
	}
	tar->done++;
	if (first) {
		archive_entry_set_hardlink(tar->entry, first);
		archive_entry_set_size(tar->entry, 0);
	} else if (object_type(object) == HMETA_IFREG) {
		return put_file(tar, object, path);
	}
	error = put_header(tar);
	return error < 0 ? error : 0;
}

void export_objects(struct export *tar)
{
	_cleanup_walk_ struct walk walk = { 0 };
	struct object root, *object;
	int result = object_root(tar->tree, &root);

	if (result == 0)
		result = walk_begin(tar->tree, &root, "", &walk);
	if (result) {
		lost(tar, result, "");
		return;
	}
	while (!tar->fatal && (result = walk_next(&walk, &object)) != 0) {
		if (result < 0)
			lost(tar, result, walk.path);
		else if (put_object(tar, object, walk.path))
			return;
		progress_step(&tar->progress, tar->done, 0, "objects");
		if (result == -ENOMEM)
			return;
	}
}

int export_begin(struct export *tar)
{
	tar->entry = archive_entry_new();
	tar->buffer = malloc(COPY_BUFFER);
	tar->failed = !tar->archive || !tar->entry || !tar->buffer;
	return tar->failed ? -ENOMEM : 0;
}

int export_end(struct export *tar)
{
	free(tar->buffer);
	archive_entry_free(tar->entry);
	(void)archive_write_free(tar->archive);	/* closed, or told */
	ids_free(&tar->links);
	return tar->failed ? META_FAILED : META_DONE;
}

/* By the target's name; "none" and plain names: not compressed. */
static int add_filter(struct archive *archive, const char *target)
{
	static const struct {
		const char *end;
		int (*add)(struct archive *);
	} filters[] = {
		{ ".gz", archive_write_add_filter_gzip },
		{ ".tgz", archive_write_add_filter_gzip },
		{ ".bz2", archive_write_add_filter_bzip2 },
		{ ".xz", archive_write_add_filter_xz },
		{ ".zst", archive_write_add_filter_zstd },
		{ ".lz4", archive_write_add_filter_lz4 },
	};
	size_t length = strlen(target);

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		size_t end = strlen(filters[i].end);

		if (length > end && !strcmp(target + length - end,
					    filters[i].end))
			return filters[i].add(archive);
	}
	return archive_write_add_filter_none(archive);
}

static int open_archive(struct export *tar, const char *target, int fd)
{
	if (archive_write_set_format_pax(tar->archive) != ARCHIVE_OK ||
	    archive_write_set_options(tar->archive,
				      "pax:xattrheader=SCHILY") != ARCHIVE_OK ||
	    add_filter(tar->archive, target) != ARCHIVE_OK ||
	    /* gzip tells the time of day otherwise */
	    archive_write_set_filter_option(tar->archive, "gzip", "timestamp",
					    NULL) == ARCHIVE_FATAL ||
	    archive_write_open_fd(tar->archive, fd) != ARCHIVE_OK)
		return -EIO;
	return 0;
}

static int write_archive(struct export *tar, const char *target, int fd,
			 const struct args *args)
{
	tar->archive = archive_write_new();
	if (export_begin(tar)) {
		msg("out of memory");
	} else if (open_archive(tar, target, fd)) {
		export_broken(tar);
	} else {
		progress_begin(&tar->progress, "export", args->quiet);
		export_objects(tar);
		progress_end(&tar->progress);
		if (!tar->fatal && archive_write_close(tar->archive))
			export_broken(tar);
	}
	return export_end(tar);
}

int export_tar(struct tree *tree, const char *target, const struct args *args)
{
	struct export tar = { .tree = tree };
	int fd = STDOUT_FILENO, status;

	if (strcmp(target, "-"))
		fd = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0600);
	if (fd < 0) {
		msg_errno(-errno, "cannot write '%s'", target);
		return META_FAILED;
	}
	if (isatty(fd)) {
		msg("an archive is not for a terminal; name a file");
		status = META_USAGE;
	} else {
		status = write_archive(&tar, target, fd, args);
	}
	if (fd != STDOUT_FILENO && close(fd) && status == META_DONE) {
		msg_errno(-errno, "cannot write '%s'", target);
		status = META_FAILED;
	}
	return status;
}
