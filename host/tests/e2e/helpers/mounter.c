// SPDX-License-Identifier: GPL-2.0-only
/*
 * mounter - mounts with exactly these words
 *
 *	mounter old TYPE SOURCE TARGET OPTIONS		mount(2), the string as it is
 *	mounter new TYPE SOURCE TARGET [KEY[=VALUE]]...	fsconfig(2), word by word
 *
 * mount(8) chooses one of the two and parses options itself. Prints the error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than some libc: by number. */
#define NR_MOVE_MOUNT	429
#define NR_FSOPEN	430
#define NR_FSCONFIG	431
#define NR_FSMOUNT	432

enum { SET_FLAG = 0, SET_STRING = 1, CREATE = 6, EMPTY_PATH = 4 };

static int set(int fs, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return syscall(NR_FSCONFIG, fs, SET_FLAG, word, NULL, 0);
	*value++ = '\0';
	return syscall(NR_FSCONFIG, fs, SET_STRING, word, value, 0);
}

static int mount_new(int count, char **words)
{
	int fs = syscall(NR_FSOPEN, words[0], 0), fd;

	if (fs < 0 || syscall(NR_FSCONFIG, fs, SET_STRING, "source", words[1], 0))
		return -1;
	for (int i = 3; i < count; i++)
		if (set(fs, words[i]))
			return -1;
	if (syscall(NR_FSCONFIG, fs, CREATE, NULL, NULL, 0))
		return -1;
	fd = syscall(NR_FSMOUNT, fs, 0, 0);
	if (fd < 0)
		return -1;
	return syscall(NR_MOVE_MOUNT, fd, "", AT_FDCWD, words[2], EMPTY_PATH);
}

int main(int argc, char **argv)
{
	int result;

	if (argc < 5) {
		fputs("usage: mounter old|new TYPE SOURCE TARGET OPTION...\n",
		      stderr);
		return 2;
	}
	if (!strcmp(argv[1], "old"))
		result = mount(argv[3], argv[4], argv[2], 0, argc > 5 ? argv[5] : "");
	else
		result = mount_new(argc - 2, argv + 2);
	if (result)
		puts(strerror(errno));
	return result ? 1 : 0;
}
