// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_copy - import, export: trees filled and written out
 */
#include "copy.h"
#include "msg.h"
#include "used.h"

static int option_layer(void *target, const char *arg)
{
	(void)arg;
	((struct args *)target)->layer = true;
	return 0;
}

static int option_fakeroot(void *target, const char *arg)
{
	((struct args *)target)->fakeroot = arg;
	return 0;
}

static int option_format(void *target, const char *arg)
{
	((struct args *)target)->format = arg;
	return 0;
}

/* --- import -------------------------------------------------------------------- */

static bool is_directory(const char *path)
{
	struct stat st;

	return strcmp(path, "-") && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int run_import(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	const struct args plain = { 0 };
	const char *source = args->words[1];
	bool directory = is_directory(source);
	struct maker maker;
	int error, status;

	if (args->fakeroot && !directory) {
		msg("--fakeroot: a save file goes with a directory");
		return META_USAGE;
	}
	if (tree_open(args->words[0], &plain, TREE_WRITE, &tree))
		return META_FAILED;
	maker_begin(&maker, &tree, args->layer);
	error = (directory ? import_dir : import_tar)(&maker, source, args);
	status = maker_finish(&maker);
	if (maker.failed)
		msg("%llu of the objects in '%s' could not be taken as they are",
		    (unsigned long long)maker.failed, source);
	if (used_note(&tree))
		status = META_FAILED;
	return error ? META_FAILED : status;
}

static const struct opt import_options[] = {
	{ "owner", 'o', "UID:GID", NULL,
	  "of a directory's objects without a record", option_owner },
	{ "layer", 'l', NULL, NULL,
	  "an OCI layer: whiteouts remove what is there", option_layer },
	{ "fakeroot", 0, "FILE", NULL,
	  "a directory's owners are in this fakeroot save file",
	  option_fakeroot },
	OPTION_QUIET,
	OPTIONS_COMMON
};

/* --- export -------------------------------------------------------------------- */

static const struct {
	const char *word;
	int (*run)(struct tree *tree, const char *target,
		   const struct args *args);
} formats[] = {
	{ "pax", export_tar },
	{ "plain", export_plain },
	{ "v2", export_v2 },
};

static int run_export(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	const char *target = args->count > 1 ? args->words[1] : "-";
	const char *format = args->format ? args->format : "pax";

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].word, format))
			continue;
		if (tree_open(args->words[0], args, TREE_READ, &tree))
			return META_FAILED;
		return formats[i].run(&tree, target, args);
	}
	msg("--format '%s': write pax, plain or v2", format);
	return META_USAGE;
}

static const struct opt export_options[] = {
	{ "format", 'f', "FORMAT", "pax",
	  "pax (an archive), plain or v2 (a directory)", option_format },
	OPTION_OWNER,
	OPTION_QUIET,
	OPTIONS_COMMON
};

const struct command commands_copy[] = {
	{ { "humfs-meta import", "[OPTION]... TREE SOURCE",
	    "fill a tree from a tar archive or a directory", import_options,
	    "SOURCE is a tar archive in any usual compression, - for standard input, or a\ndirectory: an ordinary one, an unpacked container layer, another tree.\n" },
	  2, 2, run_import },
	{ { "humfs-meta export", "[OPTION]... TREE [TARGET]",
	    "write a tree out", export_options,
	    "Without a TARGET, or with -, the archive goes to standard output. The name's\nend says how it is compressed: .gz .bz2 .xz .zst .lz4.\n" },
	  1, 2, run_export },
	{ .run = NULL },
};
