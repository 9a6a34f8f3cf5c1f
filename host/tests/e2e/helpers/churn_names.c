// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn_names - scenarios about names, directories and links
 *
 * What every name must always be, and what may never be seen, stands with each.
 */
#include "churn.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- list: a..t are always there, what else there is comes and goes ----------- */

static void list_host(uint64_t n)
{
	char name[32];

	snprintf(name, sizeof(name), "d/x%lu", (long)n % 97);
	churn_put(name, n, 1);
	snprintf(name, sizeof(name), "d/x%lu", (long)(n + 40) % 97);
	(void)unlink(name);
	churn_say(n);
}

static void list_guest(void)
{
	int seen[20] = { 0 };
	struct dirent *entry;
	DIR *dir = opendir("d");

	if (!dir)
		churn_wrong("opendir: %s", strerror(errno));
	errno = 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= 'a' && entry->d_name[0] < 'a' + 20)
			seen[entry->d_name[0] - 'a']++;
	if (errno)
		churn_wrong("readdir: %s", strerror(errno));
	closedir(dir);
	for (int i = 0; i < 20; i++)
		if (seen[i] != 1)
			churn_wrong("%c listed %d times", 'a' + i, seen[i]);
}

/* --- swap: a directory and a link change places; outside must not be seen ---- */

static void exchange(const char *a, const char *b)
{
	MUST(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}

static void swap_host(uint64_t n)
{
	exchange("s", "t");
	churn_say(n);
}

/* The text of a small file, which is what it should be called. */
static const char *text_of(const char *name)
{
	static char text[32];
	int fd = open(name, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return strerror(errno);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got < 0 ? strerror(errno) : text;
}

static void one_of(const char *name, const char *a, const char *b)
{
	const char *text = text_of(name);

	if (strcmp(text, a) && strcmp(text, b))
		churn_wrong("%s: %s", name, text);
}

static void swap_guest(void)
{
	one_of("s/who", "directory", "linked");
	one_of("t/who", "directory", "linked");
}

/* --- move: two whole trees change places ---------------------------------------- */

static void move_host(uint64_t n)
{
	exchange("one", "two");
	churn_say(n);
}

static void move_guest(void)
{
	static int fd = -1;
	const char *text;

	if (fd < 0) {
		fd = MUST(open("one/a/b", O_PATH | O_DIRECTORY));
		MUST(fchdir(fd));
		MUST(chdir("../../.."));
	}
	one_of("one/a/b/who", "one", "two");
	one_of("two/a/b/who", "one", "two");
	/* By descriptor it is one and the same, wherever it is. */
	MUST(fchdir(fd));
	text = text_of("who");
	static char first[32];
	if (!*first)
		strcpy(first, text);
	if (strcmp(text, first))
		churn_wrong("an open directory was '%s', is '%s'", first, text);
	MUST(chdir("../../.."));
}

/* --- mount: another file system is mounted over a directory, and goes ----------- */

static void mount_host(uint64_t n)
{
	MUST(mount("other", "m", NULL, MS_BIND, NULL));
	churn_say(n);
	MUST(umount2("m", MNT_DETACH));
}

static void mount_guest(void)
{
	one_of("m/who", "below", "above");
}

/* --- jail: a directory of a mounted tree changes places with a link out of it -- */

static void jail_host(uint64_t n)
{
	exchange("s", "t");
	churn_say(n);
}

/*
 * The link leads to ../secret: on the host that is beside the tree, in the guest
 * it is nothing. Whatever is done below `s` is done inside or not at all.
 */
static void jail_guest(void)
{
	static const char *const made[] = {
		"s/new", "s/dir", "s/link", "s/hard", "s/moved",
	};
	const char *text = text_of("s/who");
	struct stat st;
	int fd;

	if (strcmp(text, "inside") && strcmp(text, strerror(ENOENT)))
		churn_wrong("s/who: %s", text);
	if (!stat("s/only-outside", &st) || !access("s/only-outside", F_OK))
		churn_wrong("s/only-outside was seen");
	fd = open("s/new", O_CREAT | O_WRONLY, 0644);
	if (fd >= 0)
		close(fd);
	(void)!chmod("s/who", 0600);
	(void)!truncate("s/size", 7);
	(void)!mkdir("s/dir", 0755);
	(void)!symlink("x", "s/link");
	(void)!link("s/new", "s/hard");
	(void)!rename("s/new", "s/moved");
	(void)!rename("s/only-outside", "s/stolen");
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		(void)!remove(made[i]);
}

const struct churn churn_names[] = {
	{ "list", list_host, list_guest },
	{ "swap", swap_host, swap_guest },
	{ "move", move_host, move_guest },
	{ "mount", mount_host, mount_guest },
	{ "jail", jail_host, jail_guest },
	{ NULL, NULL, NULL }
};
