// SPDX-License-Identifier: GPL-2.0-only
/* families - all families of cases, in the order in which they run */
#include "../harness/run.h"

#define FAMILIES(F)							\
	F(peer) \
	F(overlay) \
	F(flags) \
	F(full) \
	F(openat2) \
	F(userns) \
	F(mount) \
	F(exec) \
	F(race) \
	F(notify) \
	F(handle) \
	F(mmap) \
	F(tmpfile) \
	F(lock) \
	F(space) \
	F(acl) \
	F(xattr) \
	F(readdir) \
	F(stat) \
	F(times) \
	F(io) \
	F(chmod) \
	F(rename) \
	F(link) \
	F(create) \
	F(setattr) \
	F(perm_dir) \
	F(fd) \
	F(perm_file) \
	F(at) \
	F(path_forms) \
	F(errno_path)						\
	F(open)

#define F(id) extern const struct fc_family fc_family_##id;
FAMILIES(F)
#undef F

const struct fc_family *const fc_families[] = {
#define F(id) &fc_family_##id,
	FAMILIES(F)
#undef F
	NULL
};
