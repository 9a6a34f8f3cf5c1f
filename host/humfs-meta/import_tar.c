// SPDX-License-Identifier: GPL-2.0-only
/*
 * import_tar - a tar archive, in any compression that libarchive knows itself
 *
 * libarchive's filters that start other programs are not used: an archive from
 * somebody else is not to say what runs here.
 */
#include "copy.h"
#include "msg.h"
#include "tar_entry.h"

struct tar_source {
	struct archive *archive;
	const char *name;
	struct maker *maker;
	struct progress progress;
	uint64_t size;			/* of the file; 0: not known */
	bool broken;			/* nothing more can be read */
};

static void tell(struct tar_source *tar, const char *path)
{
	const char *why = archive_error_string(tar->archive);

	if (path)
		msg("'%s': '%s': %s", tar->name, path, why ? why : "broken");
	else
		msg("'%s': %s", tar->name, why ? why : "broken");
}

static void step(struct tar_source *tar)
{
	uint64_t read = archive_filter_bytes(tar->archive, -1);

	progress_step(&tar->progress, tar->size ? read : tar->maker->done,
		      tar->size, "objects");
}

/* The data of the entry that was just read, holes left out. */
static int put_data(const struct entry *entry, struct host_file *file)
{
	struct tar_source *tar = entry->context;
	struct host_attr attr;
	const void *block;
	size_t size;
	la_int64_t offset, end = 0;
	int result, error = 0;

	while (error == 0 && (result = archive_read_data_block(tar->archive,
				&block, &size, &offset)) == ARCHIVE_OK) {
		if (offset < 0)
			error = -EINVAL;
		else if (size)
			error = copy_write(file, block, size, offset);
		end = offset + (la_int64_t)size;
		step(tar);
	}
	if (error == 0 && result != ARCHIVE_EOF) {
		tell(tar, entry->path);
		tar->broken = result == ARCHIVE_FATAL;
		return -ECANCELED;
	}
	/* A hole at the end */
	if (error == 0 && host_plain_getattr(NULL, file, &attr) == 0 &&
	    attr.size < (uint64_t)end) {
		const struct host_setattr set = {
			.set = HOST_SET_SIZE, .size = (uint64_t)end,
		};

		error = host_plain_setattr(NULL, file, &set, &attr);
	}
	return error;
}

static void take(struct tar_source *tar, struct archive_entry *from)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	struct entry entry;
	const char *why;

	if (tar_entry_read(from, &entry, &attrs, &why)) {
		const char *path = archive_entry_pathname(from);

		maker_refuse(tar->maker, path ? path : "?",
			     why ? why : "out of memory");
		return;
	}
	if (tar_entry_acls(from, tar->maker->tree, &entry, &attrs, &why))
		maker_refuse(tar->maker, entry.path, why);
	entry.context = tar;
	if (!entry.hardlink && archive_entry_size(from) > 0 &&
	    (entry.record.mode & HMETA_IFMT) == HMETA_IFREG)
		entry.data = put_data;
	(void)maker_add(tar->maker, &entry);	/* printed and counted */
}

/* Is the warning that a name is no UTF-8? The bytes are taken as they are. */
static bool only_bytes(struct archive *archive)
{
	const char *why = archive_error_string(archive);

	return why && strstr(why, "can't be converted");
}

static int take_all(struct tar_source *tar)
{
	struct archive_entry *entry;
	int result = ARCHIVE_OK;

	while (!tar->broken && (result = archive_read_next_header(tar->archive,
						&entry)) != ARCHIVE_EOF) {
		if (result == ARCHIVE_RETRY)
			continue;
		if (result == ARCHIVE_FATAL)
			break;
		/* ARCHIVE_WARN: something of it was not understood. */
		if (result == ARCHIVE_WARN && !only_bytes(tar->archive)) {
			tell(tar, archive_entry_pathname(entry));
			tar->maker->failed++;
		}
		take(tar, entry);
		step(tar);
	}
	if (!tar->broken && result == ARCHIVE_FATAL) {
		tell(tar, NULL);
		tar->maker->failed++;
	}
	return 0;
}

static int add_filters(struct archive *archive)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip,
		archive_read_support_filter_bzip2,
		archive_read_support_filter_xz,
		archive_read_support_filter_lzma,
		archive_read_support_filter_lzip,
		archive_read_support_filter_compress,
		archive_read_support_filter_lz4,
		archive_read_support_filter_zstd,
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		/* ARCHIVE_WARN: this libarchive would start a program. */
		if (filters[i](archive) == ARCHIVE_FATAL)
			return -ENOMEM;
	}
	return archive_read_support_format_tar(archive) ? -ENOMEM : 0;
}

static int open_source(const char *source, uint64_t *ret_size)
{
	struct stat st;
	int fd;

	*ret_size = 0;
	if (!strcmp(source, "-"))
		return STDIN_FILENO;
	fd = open(source, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		*ret_size = (uint64_t)st.st_size;
	return fd;
}

int import_tar(struct maker *maker, const char *source,
	       const struct args *args)
{
	struct tar_source tar = { .name = source, .maker = maker };
	int fd = open_source(source, &tar.size), error;

	if (fd < 0) {
		msg_errno(fd, "cannot read '%s'", source);
		return fd;
	}
	tar.archive = archive_read_new();
	error = tar.archive ? add_filters(tar.archive) : -ENOMEM;
	if (error) {
		msg_errno(error, "cannot read '%s'", source);
	} else if (archive_read_open_fd(tar.archive, fd, COPY_BUFFER)) {
		tell(&tar, NULL);
		error = -EINVAL;
	} else {
		progress_begin(&tar.progress, "import", args->quiet);
		error = take_all(&tar);
		progress_end(&tar.progress);
	}
	(void)archive_read_free(tar.archive);	/* all was read, or told */
	if (fd != STDIN_FILENO)
		host_close_fd(fd);
	return error;
}
