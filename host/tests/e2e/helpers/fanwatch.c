// SPDX-License-Identifier: GPL-2.0-only
/*
 * fanwatch - print fanotify events, one a line: "EVENT[,EVENT] NAME"
 * Usage: fanwatch inode|mount|filesystem names|files PATH
 *
 * names: with FAN_REPORT_DFID_NAME, every kind of event, renames with both
 * names. files: with file descriptors, as scanners use it; the names are paths.
 * Prints "ready" first. Ends when killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#ifndef FAN_RENAME
# define FAN_RENAME			0x10000000
# define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME	10
# define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME	12
#endif

#define PATHS	(FAN_MODIFY | FAN_CLOSE_WRITE)
#define NAMES	(PATHS | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | \
		 FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR)

static const struct { uint64_t bit; const char *name; } events[] = {
	{ FAN_CREATE, "CREATE" }, { FAN_MODIFY, "MODIFY" },
	{ FAN_ATTRIB, "ATTRIB" }, { FAN_CLOSE_WRITE, "CLOSE_WRITE" },
	{ FAN_MOVED_FROM, "MOVED_FROM" }, { FAN_MOVED_TO, "MOVED_TO" },
	{ FAN_DELETE, "DELETE" }, { FAN_RENAME, "RENAME" },
	{ FAN_Q_OVERFLOW, "Q_OVERFLOW" }, { FAN_ONDIR, "ISDIR" },
};

static void print_mask(uint64_t mask)
{
	const char *comma = "";

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (!(mask & events[i].bit))
			continue;
		printf("%s%s", comma, events[i].name);
		comma = ",";
	}
}

static void print_names(const unsigned char *at, size_t size)
{
	while (size >= sizeof(struct fanotify_event_info_header)) {
		const struct fanotify_event_info_fid *fid = (const void *)at;
		const struct file_handle *handle = (const void *)fid->handle;
		int type = fid->hdr.info_type;

		if (type == FAN_EVENT_INFO_TYPE_DFID_NAME ||
		    type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME ||
		    type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
			printf(" %s", (const char *)handle->f_handle +
			       handle->handle_bytes);
		if (!fid->hdr.len || fid->hdr.len > size)
			break;
		at += fid->hdr.len;
		size -= fid->hdr.len;
	}
}

static void print_path(int fd)
{
	char link[64], path[4096];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = '\0';
	printf(" %s", path);
	close(fd);
}

static int watch(int fan)
{
	static _Alignas(8) unsigned char buffer[65536];
	struct fanotify_event_metadata event;
	ssize_t size;

	while ((size = read(fan, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at + (ssize_t)sizeof(event) <= size;
		     at += event.event_len) {
			memcpy(&event, buffer + at, sizeof(event));
			print_mask(event.mask);
			if (event.fd >= 0)
				print_path(event.fd);
			else
				print_names(buffer + at + event.metadata_len,
					    event.event_len - event.metadata_len);
			putchar('\n');
		}
		fflush(stdout);
	}
	perror("fanwatch: read");
	return 1;
}

int main(int argc, char **argv)
{
	unsigned int type = FAN_MARK_ADD, flags = FAN_CLASS_NOTIF | FAN_CLOEXEC;
	uint64_t mask;
	int fan, names;

	if (argc != 4) {
		fprintf(stderr, "Usage: fanwatch inode|mount|filesystem names|files PATH\n");
		return 2;
	}
	names = !strcmp(argv[2], "names");
	if (names)
		flags |= FAN_REPORT_DIR_FID | FAN_REPORT_NAME;
	mask = names ? NAMES : PATHS;
	if (!strcmp(argv[1], "mount")) {
		type |= FAN_MARK_MOUNT;
		mask &= PATHS | FAN_ONDIR;
	} else if (!strcmp(argv[1], "filesystem")) {
		type |= FAN_MARK_FILESYSTEM;
		mask |= names ? FAN_RENAME : 0;
	} else {
		mask |= FAN_EVENT_ON_CHILD | (names ? FAN_RENAME : 0);
	}
	fan = fanotify_init(flags, O_RDONLY | O_CLOEXEC);
	if (fan < 0 || fanotify_mark(fan, type, mask, AT_FDCWD, argv[3])) {
		fprintf(stderr, "fanwatch: %s\n", strerror(errno));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	return watch(fan);
}
