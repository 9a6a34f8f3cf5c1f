// SPDX-License-Identifier: GPL-2.0-only
/*
 * ident - acting as somebody else, with chosen capabilities
 *
 * The saved user id stays 0, so a case can come back without a fork per
 * identity; the file system sees only the effective ids (and access(2) the
 * real ones). Effective capabilities fall with the effective user id and are
 * then set one by one.
 */
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "fsconf.h"

struct fc_env fc_env;

const char *const fc_who_names[FC_WHOS] = {
	"root", "owner", "group", "member", "stranger",
};

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t extra;
};

static const struct identity identities[FC_WHOS] = {
	[FC_ROOT]	= { 0, 0, 0 },
	[FC_OWNER]	= { FC_UID_OWNER, FC_GID_OWNER, FC_GID_OWNER },
	[FC_GROUP]	= { FC_UID_GROUP, FC_GID_OWNER, FC_GID_OWNER },
	[FC_MEMBER]	= { FC_UID_MEMBER, FC_GID_MEMBER, FC_GID_OWNER },
	[FC_STRANGER]	= { FC_UID_STRANGER, FC_GID_STRANGER, FC_GID_STRANGER },
};

static bool acting;

bool fc_can_be(enum fc_who who)
{
	if (fc_users())
		return true;
	return who == (fc_env.uid ? FC_OWNER : FC_ROOT);
}

uid_t fc_uid_of(enum fc_who who)
{
	return fc_users() ? identities[who].uid : fc_env.uid;
}

gid_t fc_gid_of(enum fc_who who)
{
	return fc_users() ? identities[who].gid : fc_env.gid;
}

static int set_effective(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].effective = (uint32_t)caps & data[0].permitted;
	data[1].effective = (uint32_t)(caps >> 32) & data[1].permitted;
	return syscall(SYS_capset, &head, data);
}

void fc_as_caps(enum fc_who who, uint64_t caps)
{
	const struct identity *id = &identities[who];

	if (!fc_users()) {
		if (who != FC_ROOT && !fc_can_be(who))
			fc_end_case(fc_fmt("cannot act as %s here",
					   fc_who_names[who]));
		return;
	}
	if (acting)
		fc_back();
	MUST(setgroups(1, &id->extra));
	MUST(setresgid(id->gid, id->gid, 0));
	MUST(setresuid(id->uid, id->uid, 0));
	MUST(set_effective(caps));
	/* Else /proc/self belongs to root and cannot be used from here. */
	MUST(prctl(PR_SET_DUMPABLE, 1));
	acting = true;
}

void fc_as(enum fc_who who)
{
	fc_as_caps(who, who == FC_ROOT ? ~0ull : 0);
}

void fc_back(void)
{
	int err = errno;
	const gid_t none = 0;

	if (acting) {
		MUST(setresuid(0, 0, 0));
		MUST(set_effective(~0ull));
		MUST(setresgid(0, 0, 0));
		MUST(setgroups(1, &none));
		MUST(prctl(PR_SET_DUMPABLE, 1));
		acting = false;
	}
	errno = err;
}
