// SPDX-License-Identifier: GPL-2.0-only
/*
 * users - who a command runs as, from the guest's own /etc/passwd and /etc/group
 *
 * The files are read directly: a static program has no name service switch, and
 * the guest's root knows no other users than these.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

/* A number below 2^32 - 1 (which means "none" to the kernel). */
static bool parse_id(const char *s, uint32_t *ret_id)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; s[i]; i++) {
		if (s[i] < '0' || s[i] > '9' || i > 9)
			return false;
		n = n * 10 + (uint64_t)(s[i] - '0');
	}
	if (!i || n >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)n;
	return true;
}

/* The entry of @name, or when it is NULL of @uid, into @id. */
static bool find_user(const char *name, uid_t uid, struct identity *id)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p = NULL;

	if (!f)
		return false;
	while ((p = fgetpwent(f)))
		if (name ? !strcmp(p->pw_name, name) : p->pw_uid == uid)
			break;
	if (p) {
		id->uid = p->pw_uid;
		id->gid = p->pw_gid;
		id->name = xstrndup(p->pw_name, strlen(p->pw_name));
		id->home = xstrndup(p->pw_dir, strlen(p->pw_dir));
		id->shell = xstrndup(p->pw_shell, strlen(p->pw_shell));
	}
	(void)fclose(f);
	return p != NULL;
}

static bool find_group(const char *name, gid_t *ret_gid)
{
	FILE *f = fopen("/etc/group", "re");
	struct group *g = NULL;

	if (!f)
		return false;
	while ((g = fgetgrent(f)))
		if (!strcmp(g->gr_name, name))
			break;
	if (g)
		*ret_gid = g->gr_gid;
	(void)fclose(f);
	return g != NULL;
}

gid_t users_group(const char *name, gid_t otherwise)
{
	gid_t gid;

	return find_group(name, &gid) ? gid : otherwise;
}

static bool is_member(const struct group *g, const char *name)
{
	size_t i;

	for (i = 0; g->gr_mem[i]; i++)
		if (!strcmp(g->gr_mem[i], name))
			return true;
	return false;
}

static void add_group(struct identity *id, gid_t gid)
{
	size_t i;

	for (i = 0; i < id->ngroups; i++)
		if (id->groups[i] == gid)
			return;
	id->groups = xgrow(id->groups, (id->ngroups + 1) * sizeof(gid_t));
	id->groups[id->ngroups++] = gid;
}

static void find_groups(struct identity *id)
{
	FILE *f;
	struct group *g;

	add_group(id, id->gid);
	f = id->name ? fopen("/etc/group", "re") : NULL;
	if (!f)
		return;
	while ((g = fgetgrent(f)))
		if (is_member(g, id->name))
			add_group(id, g->gr_gid);
	(void)fclose(f);
}

/**
 * users_find - look up NAME, UID, NAME:GROUP or UID:GID
 * @spec:	the string
 * @ret_id:	who that is; users_free() ends it
 *
 * A number needs no entry; a name does. Without a GROUP the entry's, for a
 * number without an entry the group of the same number. With a GROUP no
 * supplementary groups, as chroot(1) and docker have it.
 *
 * Return: 0; -EINVAL for a name or group that the guest does not know.
 */
int users_find(const char *spec, struct identity *ret_id)
{
	struct identity id = { .uid = 0 };
	const char *colon = strchr(spec, ':');
	char *name = xstrndup(spec, colon ? (size_t)(colon - spec) :
					    strlen(spec));
	int err = 0;

	if (!find_user(name, 0, &id)) {
		if (!parse_id(name, &id.uid))
			err = -EINVAL;
		else if (!find_user(NULL, id.uid, &id))
			id.gid = id.uid;
	}
	free(name);
	if (!err && colon) {
		if (!find_group(colon + 1, &id.gid) &&
		    !parse_id(colon + 1, &id.gid))
			err = -EINVAL;
		add_group(&id, id.gid);
	} else if (!err) {
		find_groups(&id);
	}
	if (err)
		users_free(&id);
	else
		*ret_id = id;
	return err;
}

/* Fill in name, home and shell of an identity given by numbers. */
int users_describe(struct identity *id)
{
	struct identity found = { .uid = 0 };

	if (!find_user(NULL, id->uid, &found))
		return -ENOENT;
	id->name = found.name;
	id->home = found.home;
	id->shell = found.shell;
	return 0;
}

void users_free(struct identity *id)
{
	free(id->groups);
	free(id->name);
	free(id->home);
	free(id->shell);
	*id = (struct identity) { .uid = 0 };
}
