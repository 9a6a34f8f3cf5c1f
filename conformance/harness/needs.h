/* SPDX-License-Identifier: GPL-2.0-only */
/* needs - what a case may need from the machine and the file system */
#ifndef FSCONF_NEEDS_H
#define FSCONF_NEEDS_H

#include <stdint.h>

/* NEED(id, name, what it means); the probes are in needs.c, probes.c */
#define FC_NEED_TABLE(NEED)						\
	NEED(ROOT, "root", "uid 0 with the capabilities of root")	\
	NEED(USER, "user", "an ordinary user, without capabilities")	\
	NEED(USERS, "users", "can act as other users and groups")	\
	NEED(CHOWN, "chown", "ownership can be changed and is kept")	\
	NEED(ACTOR, "actor", "somebody without privilege to act as")	\
	NEED(OWNED, "owned", "what one makes belongs to oneself")	\
	NEED(IDS32, "ids32", "user and group ids above 65535 are kept")	\
	NEED(MKNOD, "mknod", "device nodes can be made")		\
	NEED(FIFO, "fifo", "FIFOs can be made")				\
	NEED(SOCK, "sock", "sockets can be made by mknod")		\
	NEED(SYMLINK, "symlink", "symbolic links can be made")		\
	NEED(LINK, "link", "hard links can be made")			\
	NEED(MODES, "modes", "mode bits can be changed and are kept")	\
	NEED(XATTR, "xattr", "user.* extended attributes")		\
	NEED(TRUSTED, "trusted", "trusted.* extended attributes")	\
	NEED(SECURITY, "security", "security.* extended attributes")	\
	NEED(FCAPS, "fcaps", "file capabilities can be set")		\
	NEED(ACL, "acl", "POSIX access control lists")			\
	NEED(SECOND, "second", "a writable directory on another file system") \
	NEED(BTIME, "btime", "statx reports the time of birth")		\
	NEED(NSEC, "nsec", "times are kept to the nanosecond")		\
	NEED(ATIME, "atime", "reading updates the time of access")	\
	NEED(REFLINK, "reflink", "FICLONE")				\
	NEED(DEDUPE, "dedupe", "FIDEDUPERANGE")				\
	NEED(COPYRANGE, "copyrange", "copy_file_range")			\
	NEED(TMPFILE, "tmpfile", "O_TMPFILE")				\
	NEED(DIRECT, "direct", "O_DIRECT")				\
	NEED(FALLOC, "fallocate", "fallocate, mode 0")			\
	NEED(PUNCH, "punch", "FALLOC_FL_PUNCH_HOLE")			\
	NEED(ZERO, "zero", "FALLOC_FL_ZERO_RANGE")			\
	NEED(COLLAPSE, "collapse", "FALLOC_FL_COLLAPSE_RANGE and INSERT_RANGE") \
	NEED(HOLES, "holes", "SEEK_HOLE finds holes")			\
	NEED(NOREPLACE, "noreplace", "RENAME_NOREPLACE")		\
	NEED(EXCHANGE, "exchange", "RENAME_EXCHANGE")			\
	NEED(WHITEOUT, "whiteout", "RENAME_WHITEOUT")			\
	NEED(OPENAT2, "openat2", "the openat2 system call")		\
	NEED(FACCESSAT2, "faccessat2", "the faccessat2 system call")	\
	NEED(FCHMODAT2, "fchmodat2", "the fchmodat2 system call")	\
	NEED(LOCKS, "locks", "POSIX record locks")			\
	NEED(OFD, "ofd", "open file description locks")			\
	NEED(FLOCK, "flock", "flock")					\
	NEED(LEASE, "lease", "file leases")				\
	NEED(HANDLE, "handle", "name_to_handle_at")			\
	NEED(OPENHANDLE, "openhandle", "open_by_handle_at")		\
	NEED(INOTIFY, "inotify", "inotify")				\
	NEED(FANOTIFY, "fanotify", "fanotify with FAN_REPORT_DFID_NAME") \
	NEED(MMAPSHARED, "mmapshared", "writable shared mappings")	\
	NEED(EXEC, "exec", "programs can be run from the directory")	\
	NEED(SUID, "suid", "the mount honours setuid programs")		\
	NEED(DEV, "dev", "the mount honours device nodes")		\
	NEED(FLAGS, "flags", "the immutable and append-only flags")	\
	NEED(MOUNTNS, "mountns", "mount namespaces and bind mounts")	\
	NEED(OVERLAY, "overlay", "overlayfs can be mounted over the directory") \
	NEED(USERNS, "userns", "user namespaces")			\
	NEED(IDMAP, "idmap", "idmapped mounts of the file system")	\
	NEED(SMALL, "small", "a file system small enough to be filled")	\
	NEED(QUOTA, "quota", "user quotas that are enforced")		\
	NEED(BIGFILE, "bigfile", "sparse files beyond 4 GiB")		\
	NEED(PROC, "proc", "/proc is mounted")				\
	NEED(PEER, "peer", "a helper on the other side (--peer)")

enum fc_need {
#define NEED(id, name, text) FC_NEED_##id,
	FC_NEED_TABLE(NEED)
#undef NEED
	FC_NEEDS
};

#define FC_N(id)	(1ull << FC_NEED_##id)

struct fc_need_row {
	const char *name;
	const char *text;
	const char *(*probe)(void);	/* NULL = present, else why not */
};

extern const struct fc_need_row fc_need_rows[FC_NEEDS];

/* Probe all; reasons are kept for fc_need_reason(). */
uint64_t fc_needs_probe(void);
const char *fc_need_reason(enum fc_need need);
/* First need of @needs that is missing, or FC_NEEDS. */
enum fc_need fc_need_missing(uint64_t needs);

#define FC_PROBE(id)	const char *fc_probe_##id(void);
#define NEED(id, name, text) FC_PROBE(id)
FC_NEED_TABLE(NEED)
#undef NEED

#endif
