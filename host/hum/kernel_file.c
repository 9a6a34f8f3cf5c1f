// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel_file - which file is the guest's kernel, and is it ours
 *
 * Theory of operation
 *
 * A file that is named as kernel gets executed, with the user's directories open.
 * One that is none (--kernel /sbin/reboot) must be noticed before that, so it is
 * looked at, not asked: an x86-64 ELF file with the kernel's banner in it, whose
 * release has the local version "-hum". Looking through 10 MB takes 1 to 2 ms.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel_file.h"

#define RELEASE_MAX 64		/* __NEW_UTS_LEN of the kernel */

/* Places relative to this program's directory, best first. */
static const char *const places[] = {
	"linux",			/* installed or copied side by side */
	"../libexec/hum/linux",		/* installed: bin/ and libexec/hum/ */
	"../lib/hum/linux",
	"../../kernel/linux",		/* build tree: host/hum/ and kernel/ */
};

/* "Linux version 7.3.4-hum (": the banner, with our local version in it. */
static bool banner_is_ours(const char *at, size_t size)
{
	size_t n = 0;

	while (n < size && n < RELEASE_MAX && at[n] > ' ' && at[n] < 0x7f)
		n++;
	return n > 0 && at[0] >= '0' && at[0] <= '9' &&
	       memmem(at, n, "-hum", 4);
}

int kernel_file_is_ours(const void *bytes, size_t size)
{
	/* Not one string: this program must not pass for a kernel itself. */
	static const char first[] = "Linux ", second[] = "version ";
	const char *at = bytes, *end = at + size;
	Elf64_Ehdr elf;

	if (size < sizeof(elf))
		return -ENOEXEC;
	memcpy(&elf, bytes, sizeof(elf));
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
	    elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_machine != EM_X86_64)
		return -ENOEXEC;
	while ((at = memmem(at, (size_t)(end - at), first, strlen(first)))) {
		at += strlen(first);
		if ((size_t)(end - at) < strlen(second))
			break;
		if (memcmp(at, second, strlen(second)))
			continue;
		at += strlen(second);
		if (banner_is_ours(at, (size_t)(end - at)))
			return 0;
	}
	return -ENOEXEC;
}

int kernel_file_check(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *bytes;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return -ENOEXEC;
	if (access(path, X_OK) < 0)
		return -errno;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ,
		     MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	r = kernel_file_is_ours(bytes, (size_t)st.st_size);
	(void)munmap(bytes, (size_t)st.st_size);	/* cannot fail here */
	return r;
}

/* The directory of this program, "" when /proc does not tell. */
static void program_directory(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);

	buf[n > 0 ? n : 0] = 0;
	if (strrchr(buf, '/'))
		*strrchr(buf, '/') = 0;
}

char *kernel_file_find(char **ret_first)
{
	char directory[PATH_MAX];
	char *path = NULL;
	size_t i;

	*ret_first = NULL;
	if (getenv("HUM_KERNEL") && *getenv("HUM_KERNEL"))
		return strdup(getenv("HUM_KERNEL"));
	program_directory(directory, sizeof(directory));
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (asprintf(&path, "%s/%s", directory, places[i]) < 0)
			return NULL;
		if (access(path, F_OK) == 0) {
			char *whole = realpath(path, NULL);

			free(path);
			return whole;
		}
		if (i == 0)
			*ret_first = path;
		else
			free(path);
	}
	errno = ENOENT;
	return NULL;
}
