// SPDX-License-Identifier: GPL-2.0-only
/*
 * expect - the known differences of a file system, with their reasons
 *
 * One entry a line: "fail PATTERN -- reason" or "skip NEED -- reason". A check
 * that matches a "fail" entry and passes is a failure of the run: the list is
 * out of date. "skip" entries count with --strict only.
 */
#include <fnmatch.h>

#include "expect.h"
#include "fsconf.h"

static struct fc_expected *entries;
static size_t entry_count;

#define BUILTIN(id, file)						\
	__asm__(".section .rodata\n"					\
		".global fc_expect_" #id "\n"				\
		"fc_expect_" #id ":\n"					\
		".incbin \"" FC_EXPECTED_DIR "/" file "\"\n"		\
		".byte 0\n"						\
		".previous\n");						\
	extern const char fc_expect_##id[];

BUILTIN(btrfs, "btrfs.txt")
BUILTIN(ext4, "ext4.txt")
BUILTIN(hostfs, "hostfs.txt")
BUILTIN(hostfs_user, "hostfs-user.txt")
BUILTIN(humfs, "humfs.txt")
BUILTIN(humfs_exclusive, "humfs-exclusive.txt")
BUILTIN(humfs_v2, "humfs-v2.txt")
BUILTIN(humfs_overlay, "humfs-overlay.txt")
BUILTIN(overlay, "overlay.txt")
BUILTIN(tmpfs, "tmpfs.txt")
BUILTIN(xfs, "xfs.txt")

static const struct {
	const char *name, *text;
} builtins[] = {
	{ "btrfs", fc_expect_btrfs },
	{ "ext4", fc_expect_ext4 },
	{ "hostfs", fc_expect_hostfs },
	{ "hostfs-user", fc_expect_hostfs_user },
	{ "humfs", fc_expect_humfs },
	{ "humfs-exclusive", fc_expect_humfs_exclusive },
	{ "humfs-v2", fc_expect_humfs_v2 },
	{ "humfs-overlay", fc_expect_humfs_overlay },
	{ "overlay", fc_expect_overlay },
	{ "tmpfs", fc_expect_tmpfs },
	{ "xfs", fc_expect_xfs },
};

static bool add_entry(bool skip, const char *pattern, const char *reason)
{
	struct fc_expected *more;

	more = realloc(entries, (entry_count + 1) * sizeof(*entries));
	if (!more)
		return false;
	entries = more;
	entries[entry_count++] = (struct fc_expected){
		.pattern = strdup(pattern),
		.reason = strdup(reason),
		.skip = skip,
	};
	return true;
}

/* Return: false if the line has no verdict, no pattern or no reason. */
static bool parse_line(char *line)
{
	bool skip = !strncmp(line, "skip ", 5);
	char *reason;

	line[strcspn(line, "\n")] = '\0';
	if (!line[0] || line[0] == '#')
		return true;
	if (!skip && strncmp(line, "fail ", 5))
		return false;
	reason = strstr(line, " -- ");
	if (!reason || !reason[4])
		return false;
	*reason = '\0';
	return add_entry(skip, line + 5, reason + 4);
}

static int parse_stream(FILE *f, int *ret_line)
{
	char *line = NULL;
	size_t room = 0;
	int bad = 0;

	for (int nr = 1; !bad && getline(&line, &room, f) > 0; nr++) {
		if (!parse_line(line))
			bad = nr;
	}
	free(line);
	fclose(f);
	if (bad) {
		*ret_line = bad;
		errno = EINVAL;
	}
	return bad ? -1 : 0;
}

int fc_expect_builtin(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++) {
		const char *text = builtins[i].text;
		int line;
		FILE *f;

		if (strcmp(builtins[i].name, name))
			continue;
		if (!*text)
			return 0;
		f = fmemopen((void *)text, strlen(text), "r");
		return f ? parse_stream(f, &line) : -1;
	}
	return -1;
}

int fc_expect_file(const char *path, int *ret_line)
{
	FILE *f = fopen(path, "re");

	*ret_line = 0;
	return f ? parse_stream(f, ret_line) : -1;
}

struct fc_expected *fc_expect_find(const char *check)
{
	for (size_t i = 0; i < entry_count; i++) {
		if (!entries[i].skip &&
		    !fnmatch(entries[i].pattern, check, 0)) {
			entries[i].hits++;
			return &entries[i];
		}
	}
	return NULL;
}

struct fc_expected *fc_expect_skip(const char *need)
{
	for (size_t i = 0; i < entry_count; i++) {
		if (entries[i].skip && !strcmp(entries[i].pattern, need))
			return &entries[i];
	}
	return NULL;
}

void fc_expect_names(void (*each)(const char *name))
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		each(builtins[i].name);
}
