// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_pages - the pages of an open file, for processes of the guest to map
 */
#include "host_user.h"

#include <fcntl.h>
#include <sys/mman.h>

#define HOST_PAGE	4096

/*
 * The host refuses to map what is on a noexec mount, and files of some file
 * systems. A stub that is refused is lost, so try it here.
 */
static int try_map(int fd)
{
	void *page = mmap(NULL, HOST_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	int error = page == MAP_FAILED ? -errno : 0;

	host_tally(HOST_COUNT_OTHER);
	if (!error)
		munmap(page, HOST_PAGE);
	return error;
}

int host_file_pages(struct host_file *file)
{
	int tried = atomic_load_explicit(&file->pages, memory_order_relaxed);

	if (!tried) {
		tried = try_map(file->fd);
		if (!tried)
			tried = 1;
		atomic_store_explicit(&file->pages, tried, memory_order_relaxed);
	}
	return tried < 0 ? tried : file->fd;
}

void host_file_ahead(struct host_file *file, uint64_t offset, uint64_t length)
{
	host_tally(HOST_COUNT_OTHER);
	(void)posix_fadvise(file->fd, offset, length, POSIX_FADV_WILLNEED);
}
