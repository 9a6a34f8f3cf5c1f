// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_owner - new objects belong to whom the guest says, as far as we may
 *
 * Theory of operation
 *
 * As root (of the host or of a user namespace) the thread takes the new
 * owner's file system ids for the one call that creates. So an object is never
 * somebody else's in between, nothing has to be given away by name afterwards,
 * set-id bits survive, and the host's ACL inheritance works. The kernel drops
 * the file system capabilities when the fsuid leaves 0; they are put back, for
 * whether the guest may create was for the guest to decide. Ids are the
 * thread's own (raw system calls, not libc's), and nothing between begin and
 * end sleeps in the guest's sense.
 *
 * As an ordinary user objects are that user's; another group of that user's is
 * set afterwards. What is not permitted is left as the host made it, and the
 * attributes that are returned say so.
 */
#include "host_own_user.h"

#include <linux/capability.h>

#ifdef SYS_setfsuid32
# define HOST_SETFSUID	SYS_setfsuid32
# define HOST_SETFSGID	SYS_setfsgid32
#else
# define HOST_SETFSUID	SYS_setfsuid
# define HOST_SETFSGID	SYS_setfsgid
#endif

#define KEEP_ID		((uint32_t)-1)

void host_owner_begin(const struct host_new *new, struct host_owner *ret)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	bool have_caps;

	ret->switched = host_features.privileged &&
			(new->uid != host_features.uid ||
			 new->gid != host_features.gid);
	if (!ret->switched)
		return;
	have_caps = HOST_CALL(OTHER, syscall(SYS_capget, &header, data)) == 0;
	/* setfs*id() have no error; an id that is not ours to take stays. */
	(void)HOST_CALL(OTHER, syscall(HOST_SETFSGID, new->gid));
	if (new->uid == host_features.uid)
		return;
	(void)HOST_CALL(OTHER, syscall(HOST_SETFSUID, new->uid));
	/* Without them the host's own check of permissions stands. */
	if (have_caps)
		(void)HOST_CALL(OTHER, syscall(SYS_capset, &header, data));
}

/* Back at fsuid 0 the kernel gives the file system capabilities back itself. */
void host_owner_end(const struct host_owner *owner)
{
	if (!owner->switched)
		return;
	(void)HOST_CALL(OTHER, syscall(HOST_SETFSUID, host_features.uid));
	(void)HOST_CALL(OTHER, syscall(HOST_SETFSGID, host_features.gid));
}

/* As root the ids were right from the start, or are not ours to give. */
static bool group_differs(const struct host_new *new,
			  const struct host_attr *attr)
{
	if (host_features.privileged || attr->gid == new->gid)
		return false;
	for (uint32_t i = 0; i < host_features.group_count; i++) {
		if (host_features.groups[i] == new->gid)
			return true;
	}
	return new->gid == host_features.gid;
}

/*
 * Bits 0777 are not compared: they may be fewer than asked by the directory's
 * default ACL, which is right.
 */
bool host_owner_differs(const struct host_new *new,
			const struct host_attr *attr)
{
	if (group_differs(new, attr))
		return true;
	return (attr->mode & S_IFMT) != S_IFLNK &&
	       ((attr->mode ^ new->mode) & 07000);
}

int host_owner_settle(int fd, const struct host_new *new,
		      struct host_attr *attr)
{
	uint32_t mode = (attr->mode & 0777) | (new->mode & 07000);

	if (!host_owner_differs(new, attr))
		return 0;
	/* Refusals leave the object as it is: *attr tells. Group first, for
	 * chown strips the set-id bits. */
	if (group_differs(new, attr))
		(void)host_chown_fd(fd, KEEP_ID, new->gid);
	if ((attr->mode & S_IFMT) != S_IFLNK && ((attr->mode | mode) & 07000))
		(void)host_chmod_fd(fd, attr->mode & S_IFMT, mode);
	return host_statx(fd, "", attr);
}

int host_chown_fd(int fd, uint32_t uid, uint32_t gid)
{
	return HOST_OWN_OBJECT(fd, HOST_EVENT_ATTRIB,
			       HOST_CALL(OTHER, fchownat(fd, "", uid, gid,
							 AT_EMPTY_PATH)));
}

static int chmod_fd(int fd, uint32_t mode)
{
	struct host_proc_path proc;
	int error;

	if (host_features.fchmodat2)
		return HOST_CALL(OTHER, syscall(SYS_fchmodat2, fd, "", mode,
						AT_EMPTY_PATH));
	/* Before Linux 6.6: fchmod(2) refuses O_PATH descriptors. */
	error = HOST_CALL(OTHER, fchmod(fd, mode));
	if (error != -EBADF)
		return error;
	error = host_proc_path(fd, &proc);
	return error ? -EOPNOTSUPP : HOST_CALL(OTHER, chmod(proc.path, mode));
}

int host_chmod_fd(int fd, uint32_t type, uint32_t mode)
{
	if (type == S_IFLNK)
		return -EOPNOTSUPP;
	return HOST_OWN_OBJECT(fd, HOST_EVENT_ATTRIB, chmod_fd(fd, mode));
}
