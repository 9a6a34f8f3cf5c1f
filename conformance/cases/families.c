// SPDX-License-Identifier: GPL-2.0-only
/* families - all families of cases, in the order in which they run */
#include "../harness/run.h"

#define FAMILIES(F)							\
	F(errno_path) F(path_forms) F(at) F(fd) F(open) F(openat2)	\
	F(tmpfile) F(create) F(link) F(rename) F(perm_file) F(perm_dir)	\
	F(setattr) F(chmod) F(times) F(stat) F(readdir) F(xattr) F(acl)	\
	F(io) F(space) F(full) F(lock) F(mmap) F(exec) F(handle)	\
	F(notify) F(flags) F(race) F(mount) F(userns) F(overlay) F(peer)

#define F(id) extern const struct fc_family fc_family_##id;
FAMILIES(F)
#undef F

const struct fc_family *const fc_families[] = {
#define F(id) &fc_family_##id,
	FAMILIES(F)
#undef F
	NULL
};
