// SPDX-License-Identifier: GPL-2.0-only
/* ownership_calls - by system calls: what a guest does */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ownership.h"

int ownership_begin(const char *dir)
{
	return chdir(dir);
}

int ownership_get(const char *name, struct values *ret)
{
	struct stat st;

	if (lstat(name, &st))
		return -errno;
	*ret = (struct values){ { st.st_uid, st.st_gid,
				  ownership_count(st.st_mode & 07777) } };
	return 0;
}

int ownership_set(const char *name, enum ownership_what what, uint32_t value)
{
	if (what == MODE)
		return chmod(name, ownership_mode(value)) ? -errno : 0;
	return lchown(name, what == UID ? value : (uid_t)-1,
		      what == GID ? value : (gid_t)-1) ? -errno : 0;
}

void ownership_disturb(unsigned int n)
{
	(void)n;
}
