// SPDX-License-Identifier: GPL-2.0-only
/* quota - a user's limits on the file system of the current directory */
#include <sys/quota.h>
#include <sys/syscall.h>

#include "fsconf.h"

#ifndef SYS_quotactl_fd
# define SYS_quotactl_fd	443	/* Linux 5.14: without a block device */
#endif

int fc_quota_set(int uid, long blocks, long inodes)
{
	struct dqblk dq = {
		.dqb_bhardlimit = blocks, .dqb_ihardlimit = inodes,
		.dqb_valid = QIF_LIMITS,
	};
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long ret;
	int err;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, USRQUOTA), uid, &dq);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}
