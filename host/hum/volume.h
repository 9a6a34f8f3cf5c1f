/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * volume - the argument of -v: SRC[:DST][:OPTS]
 */
#ifndef HUM_VOLUME_H
#define HUM_VOLUME_H

#include <limits.h>
#include <stdbool.h>

struct volume {
	char source[PATH_MAX];
	char target[PATH_MAX];	/* "" = the place that SRC has on the host */
	bool read_only;
	bool humfs;		/* the guest's own ownership; else hostfs */
	char options[1024];	/* the others of OPTS, for the guest's mount */
};

enum volume_fault {
	VOLUME_NO_SOURCE = 1,
	VOLUME_RELATIVE,	/* DST does not begin with a slash */
	VOLUME_DOTS,		/* DST has a ".." in it */
	VOLUME_ROOT,		/* DST is "/" */
	VOLUME_OPTION,		/* unknown word in OPTS */
	VOLUME_CONFLICT,	/* ro and rw */
	VOLUME_LONG,		/* longer than PATH_MAX */
	VOLUME_LONG_OPTIONS,
	VOLUME_MAP,		/* the values of options */
	VOLUME_OWNER,
	VOLUME_UMASK,
	VOLUME_CACHE,
	VOLUME_META,
	VOLUME_FOR_HUMFS,	/* an option that needs humfs */
	VOLUME_FOR_HOSTFS,	/* one that humfs has not */
};

/*
 * Take @text apart; "\:" and "\\" stand for the characters themselves. DST comes
 * out without doubled slashes, "." parts and slashes at the end. What is behind
 * SRC is DST if it begins with a slash, else OPTS; OPTS may have colons in it.
 * Return: 0; an enum volume_fault (above 0), *ret is then undefined.
 */
int volume_parse(const char *text, struct volume *ret);

/* What is wrong, and what to write instead. */
const char *volume_fault_text(enum volume_fault fault);

#endif /* HUM_VOLUME_H */
