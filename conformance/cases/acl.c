// SPDX-License-Identifier: GPL-2.0-only
/* acl - POSIX access control lists: checking, mask, inheritance, mode */
#include <sys/xattr.h>

#include "../harness/fsconf.h"

#define ACCESS	"system.posix_acl_access"
#define DEFAULT	"system.posix_acl_default"

/* As acl(5) has it; tags as the kernel stores them. */
enum { U_OBJ = 1, U = 2, G_OBJ = 4, G = 8, MASK = 16, OTHER = 32 };

struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl {
	uint32_t version;
	struct acl_entry e[16];
};

#define NOID	0xffffffffu
#define ACL(...) { .version = 2, .e = { __VA_ARGS__ } }

static int acl_len(const struct acl *a)
{
	int n = 0;

	while (n < 16 && a->e[n].tag)
		n++;
	return 4 + n * (int)sizeof(struct acl_entry);
}

static long acl_set(const char *path, const char *kind, const struct acl *a)
{
	return setxattr(path, kind, a, acl_len(a), 0);
}

/* "u::rwx,u:64004:r--,m::r--" of what is stored, "" if there is none. */
static const char *acl_text(const char *path, const char *kind)
{
	static char text[512];
	struct acl a = { 0 };
	long len = lgetxattr(path, kind, &a, sizeof(a));
	int at = 0;

	text[0] = '\0';
	if (len >= 0 || (errno != ENODATA && errno != EOPNOTSUPP))
		snprintf(text, sizeof(text), "%s", len < 0 ?
			 strerrorname_np(errno) : "no entries");
	for (int i = 0; len > 4 && i < (len - 4) / 8; i++) {
		char id[16] = "";

		if (a.e[i].tag & (U | G))
			snprintf(id, sizeof(id), "%u", a.e[i].id);
		at += snprintf(text + at, sizeof(text) - at, "%s%c:%s:%o",
			       i ? "," : "", a.e[i].tag <= U ? 'u' :
			       a.e[i].tag <= G ? 'g' :
			       a.e[i].tag == MASK ? 'm' : 'o', id,
			       a.e[i].perm);
	}
	return text;
}

/* Each rule is checked for each identity and each of r, w, x. */
static const struct {
	const char *name;
	struct acl acl;
	mode_t mode;			/* what stat shows */
	int rights[FC_WHOS];		/* of owner, group, member, stranger */
} rules[] = {
	{ "minimal", ACL({ U_OBJ, 6, NOID }, { G_OBJ, 4, NOID },
			 { OTHER, 1, NOID }), 0641, { 0, 6, 4, 4, 1 } },
	{ "named user", ACL({ U_OBJ, 6, NOID }, { U, 7, FC_UID_STRANGER },
			    { G_OBJ, 0, NOID }, { MASK, 7, NOID },
			    { OTHER, 0, NOID }), 0670, { 0, 6, 0, 0, 7 } },
	{ "named user, masked", ACL({ U_OBJ, 6, NOID },
				    { U, 7, FC_UID_STRANGER },
				    { G_OBJ, 7, NOID }, { MASK, 4, NOID },
				    { OTHER, 2, NOID }), 0642,
	  { 0, 6, 4, 4, 4 } },
	{ "named user without rights", ACL({ U_OBJ, 7, NOID },
					   { U, 0, FC_UID_STRANGER },
					   { G_OBJ, 7, NOID },
					   { MASK, 7, NOID },
					   { OTHER, 7, NOID }), 0777,
	  { 0, 7, 7, 7, 0 } },
	{ "named user is the owner", ACL({ U_OBJ, 4, NOID },
					 { U, 7, FC_UID_OWNER },
					 { G_OBJ, 0, NOID }, { MASK, 7, NOID },
					 { OTHER, 0, NOID }), 0470,
	  { 0, 4, 0, 0, 0 } },
	{ "named group", ACL({ U_OBJ, 7, NOID }, { G_OBJ, 4, NOID },
			     { G, 2, FC_GID_STRANGER }, { MASK, 7, NOID },
			     { OTHER, 1, NOID }), 0771, { 0, 7, 4, 4, 2 } },
	{ "named group, masked", ACL({ U_OBJ, 7, NOID }, { G_OBJ, 7, NOID },
				     { G, 7, FC_GID_STRANGER },
				     { MASK, 1, NOID }, { OTHER, 6, NOID }),
	  0716, { 0, 7, 1, 1, 1 } },
	{ "two groups of the member", ACL({ U_OBJ, 0, NOID },
					  { G_OBJ, 4, NOID },
					  { G, 2, FC_GID_MEMBER },
					  { MASK, 7, NOID },
					  { OTHER, 7, NOID }), 0077,
	  { 0, 0, 4, -1, 7 } },
	/* Linux reads no list when the mask is 0: others have nothing here. */
	{ "mask 0", ACL({ U_OBJ, 7, NOID }, { U, 7, FC_UID_STRANGER },
			{ G_OBJ, 7, NOID }, { G, 7, FC_GID_MEMBER },
			{ MASK, 0, NOID }, { OTHER, 0, NOID }), 0700,
	  { 0, 7, 0, 0, 0 } },
};

static void check_rule(enum fc_type t, size_t i)
{
	const char *n = fc_fmt("%s of a %s", rules[i].name, fc_type_names[t]);

	fc_make_owned(t, "x", 0);
	CHECK_OK(acl_set("x", ACCESS, &rules[i].acl), "%s: set", n);
	CHECK_OCT(fc_mode("x"), rules[i].mode, "%s: mode", n);
	for_each_who(w, FC_OWNER) {
		if (rules[i].rights[w] < 0)
			continue;
		fc_as(w);
		for (int bit = 4; bit; bit >>= 1)
			CHECK_CALL(access("x", bit),
				   rules[i].rights[w] & bit ? 0 : EACCES,
				   "%s: %s asks %d", n, fc_who_names[w], bit);
		fc_back();
	}
	fc_remove("x");
}

static void checked(void)
{
	for_each_type(t) {
		for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
			check_rule(t, i);
	}
}

/* Of several groups one that grants all that is asked will do. */
static void several_groups(void)
{
	fc_make_owned(FC_REG, "x", 0);
	MUST(acl_set("x", ACCESS, &rules[7].acl));
	fc_as(FC_MEMBER);
	CHECK_OK(access("x", R_OK), "one group grants reading");
	CHECK_OK(access("x", W_OK), "the other grants writing");
	CHECK_ERR(access("x", R_OK | W_OK), EACCES, "none grants both");
	fc_back();
}

static const struct acl wide = ACL({ U_OBJ, 7, NOID },
				   { U, 7, FC_UID_STRANGER },
				   { G_OBJ, 7, NOID }, { MASK, 7, NOID },
				   { OTHER, 7, NOID });

static void chmod_sets_mask(void)
{
	fc_make_owned(FC_REG, "x", 0700);
	MUST(acl_set("x", ACCESS, &wide));
	MUST(chmod("x", 0640));
	CHECK_STR(acl_text("x", ACCESS), "u::6,u:64004:7,g::7,m::4,o::0",
		  "chmod 0640 sets owner, mask and other");
	CHECK_OCT(fc_mode("x"), 0640, "the mode is 0640");
	MUST(chmod("x", 0711));
	CHECK_STR(acl_text("x", ACCESS), "u::7,u:64004:7,g::7,m::1,o::1",
		  "chmod 0711 as well");
}

static void minimal_is_mode(void)
{
	const struct acl a = ACL({ U_OBJ, 6, NOID }, { G_OBJ, 5, NOID },
				 { OTHER, 4, NOID });

	fc_make_owned(FC_REG, "x", 0700);
	MUST(acl_set("x", ACCESS, &wide));
	CHECK_OK(acl_set("x", ACCESS, &a), "a minimal list");
	CHECK_OCT(fc_mode("x"), 0654, "is the mode");
	CHECK_ERR(getxattr("x", ACCESS, NULL, 0), ENODATA, "and not kept");
	MUST(acl_set("x", ACCESS, &wide));
	CHECK_OK(removexattr("x", ACCESS), "remove");
	CHECK_ERR(getxattr("x", ACCESS, NULL, 0), ENODATA, "it is gone");
	CHECK_OCT(fc_mode("x"), 0777, "the mode stays");
}

static void invalid(void)
{
	static const struct {
		const char *name;
		struct acl acl;
	} bad[] = {
		{ "no owner", ACL({ G_OBJ, 4, NOID }, { OTHER, 4, NOID }) },
		{ "no other", ACL({ U_OBJ, 4, NOID }, { G_OBJ, 4, NOID }) },
		{ "named user without mask",
		  ACL({ U_OBJ, 7, NOID }, { U, 7, 1 }, { G_OBJ, 7, NOID },
		      { OTHER, 7, NOID }) },
		{ "two owners", ACL({ U_OBJ, 7, NOID }, { U_OBJ, 7, NOID },
				    { G_OBJ, 7, NOID }, { OTHER, 7, NOID }) },
		{ "wrong order", ACL({ OTHER, 7, NOID }, { U_OBJ, 7, NOID },
				     { G_OBJ, 7, NOID }) },
		{ "unknown tag", ACL({ 64, 7, NOID }, { U_OBJ, 7, NOID },
				     { G_OBJ, 7, NOID }, { OTHER, 7, NOID }) },
		{ "unknown permission", ACL({ U_OBJ, 8, NOID },
					    { G_OBJ, 7, NOID },
					    { OTHER, 7, NOID }) },
	};
	struct acl v1 = ACL({ U_OBJ, 7, NOID }, { G_OBJ, 7, NOID },
			    { OTHER, 7, NOID });

	fc_make_owned(FC_REG, "x", 0640);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_ERR(acl_set("x", ACCESS, &bad[i].acl), EINVAL, "%s",
			  bad[i].name);
	v1.version = 1;
	CHECK_ERR(acl_set("x", ACCESS, &v1), EOPNOTSUPP, "version 1");
	CHECK_ERR(setxattr("x", ACCESS, &wide, 11, 0), EINVAL, "a cut list");
	CHECK_OCT(fc_mode("x"), 0640, "the mode is as it was");
}

static void who_may_set(void)
{
	fc_make_owned(FC_REG, "x", 0777);
	for_each_who(w, FC_OWNER) {
		fc_as(w);
		CHECK_CALL(acl_set("x", ACCESS, &wide), w == FC_OWNER ? 0 :
			   EPERM, "%s sets", fc_who_names[w]);
		CHECK_OK(getxattr("x", ACCESS, NULL, 0), "%s gets",
			 fc_who_names[w]);
		CHECK_CALL(removexattr("x", ACCESS), w == FC_OWNER ? 0 : EPERM,
			   "%s removes", fc_who_names[w]);
		fc_back();
		MUST(acl_set("x", ACCESS, &wide));
	}
}

static void on_types(void)
{
	for_each_type(t) {
		const char *n = fc_type_names[t];

		fc_make_owned(t, "x", 0700);
		if (t == FC_LNK) {
			CHECK_ERR(lsetxattr("x", ACCESS, &wide,
					    acl_len(&wide), 0), EOPNOTSUPP,
				  "a %s has none", n);
		} else {
			CHECK_OK(acl_set("x", ACCESS, &wide), "a %s has one", n);
			CHECK_CALL(acl_set("x", DEFAULT, &wide),
				   t == FC_DIR ? 0 : EACCES,
				   "a default one of a %s", n);
		}
		fc_remove("x");
	}
}

/* Default lists: the new object's rights are cut by its mode, not the umask. */
static const struct acl dflt = ACL({ U_OBJ, 7, NOID },
				   { U, 6, FC_UID_STRANGER },
				   { G_OBJ, 5, NOID }, { MASK, 7, NOID },
				   { OTHER, 4, NOID });

static void inherited(void)
{
	fc_dir("d", 0777);
	MUST(acl_set("d", DEFAULT, &dflt));
	umask(0077);
	MUST(fc_try_open("d/f", O_CREAT | O_WRONLY, 0666));
	MUST(mkdir("d/sub", 0777));
	MUST(mkdir("d/narrow", 0700));
	MUST(fc_try_open("d/none", O_CREAT | O_WRONLY, 0));
	if (fc_have(FC_NEED_FIFO))
		MUST(mkfifo("d/fifo", 0666));
	MUST(symlink("x", "d/link"));
	umask(0);
	CHECK_STR(acl_text("d/f", ACCESS), "u::6,u:64004:6,g::5,m::6,o::4",
		  "a file of mode 0666: its list");
	CHECK_OCT(fc_mode("d/f"), 0664, "its mode ignores the umask");
	CHECK_STR(acl_text("d/f", DEFAULT), "", "it has no default list");
	CHECK_STR(acl_text("d/sub", ACCESS), "u::7,u:64004:6,g::5,m::7,o::4",
		  "a directory of mode 0777: its list");
	CHECK_STR(acl_text("d/sub", DEFAULT), "u::7,u:64004:6,g::5,m::7,o::4",
		  "hands the default list down");
	CHECK_OCT(fc_mode("d/sub"), 0774, "its mode");
	CHECK_STR(acl_text("d/narrow", ACCESS), "u::7,u:64004:6,g::5,m::0,o::0",
		  "a directory of mode 0700: its list");
	CHECK_OCT(fc_mode("d/none"), 0, "a file of mode 0: its mode");
	if (fc_have(FC_NEED_FIFO))
		CHECK_OCT(fc_mode("d/fifo"), 0664, "a fifo inherits, too");
	CHECK_STR(acl_text("d/link", ACCESS), "", "a link does not");
}

static void default_does_not_bind(void)
{
	const struct acl nobody = ACL({ U_OBJ, 0, NOID }, { G_OBJ, 0, NOID },
				      { OTHER, 0, NOID });

	fc_make_owned(FC_DIR, "d", 0700);
	MUST(acl_set("d", DEFAULT, &nobody));
	CHECK_OCT(fc_mode("d"), 0700, "the mode is untouched");
	fc_as(FC_OWNER);
	CHECK_OK(access("d", R_OK | W_OK | X_OK), "the owner has all rights");
	CHECK_OK(fc_try_open("d/x", O_CREAT | O_RDWR, 0666), "creates in it");
	fc_back();
	CHECK_OCT(fc_mode("d/x"), 0, "with the mode that the default leaves");
	CHECK_OK(removexattr("d", DEFAULT), "remove");
	MUST(fc_try_open("d/y", O_CREAT | O_WRONLY, 0666));
	CHECK_OCT(fc_mode("d/y"), 0666, "then the mode is as asked");
}

static void stamps(void)
{
	struct fc_watch w;

	fc_make_owned(FC_REG, "x", 0700);
	WATCH(&w, "x");
	MUST(acl_set("x", ACCESS, &wide));
	CHECK_STAMP(&w, 0, "c", "setting a list");
	WATCH(&w, "x");
	MUST(removexattr("x", ACCESS));
	CHECK_STAMP(&w, 0, "c", "removing a list");
	fc_dir("d", 0755);
	WATCH(&w, "d");
	MUST(acl_set("d", DEFAULT, &wide));
	CHECK_STAMP(&w, 0, "c", "setting a default list");
}

/* A list that sets the group's rights drops setgid of a foreign group. */
static void clears_setgid(void)
{
	fc_make(FC_REG, "x");
	MUST(chown("x", FC_UID_STRANGER, FC_GID_OWNER));
	MUST(chmod("x", 02755));
	fc_as(FC_STRANGER);
	CHECK_OK(acl_set("x", ACCESS, &wide), "set by a foreign owner");
	fc_back();
	CHECK_OCT(fc_mode("x"), 0777, "setgid is gone");
	MUST(chown("x", FC_UID_MEMBER, FC_GID_OWNER));
	MUST(chmod("x", 02755));
	fc_as(FC_MEMBER);
	MUST(acl_set("x", ACCESS, &wide));
	fc_back();
	CHECK_OCT(fc_mode("x"), 02777, "a member keeps it");
}

#define ROW(call, fn, text, needs, types) \
	{ call, #fn, text, FC_N(ACL) | (needs), types, "acl(5)", fn }
#define IDS (FC_N(USERS) | FC_N(CHOWN))

static const struct fc_case cases[] = {
	ROW("access", checked, "lists decide as acl(5) tells", IDS,
	    FC_T(REG) | FC_T(DIR) | FC_T(FIFO)),
	ROW("access", several_groups, "one group must grant all", IDS,
	    FC_T(REG)),
	ROW("chmod", chmod_sets_mask, "chmod changes owner, mask and other", 0,
	    FC_T(REG)),
	ROW("setxattr", minimal_is_mode, "a minimal list is a mode", 0,
	    FC_T(REG)),
	ROW("setxattr", invalid, "lists that are none are EINVAL", 0,
	    FC_T(REG)),
	ROW("setxattr", who_may_set, "lists are the owner's to set", FC_N(ACTOR),
	    FC_T(REG)),
	ROW("setxattr", on_types, "links have none, directories two", 0,
	    FC_T_ALL),
	ROW("open, mkdir, mknod", inherited, "default lists are handed down",
	    FC_N(SYMLINK), FC_T(REG) | FC_T(DIR) | FC_T(FIFO) | FC_T(LNK)),
	ROW("open", default_does_not_bind, "default lists bind no directory",
	    0, FC_T(DIR)),
	ROW("setxattr", stamps, "lists change the ctime", 0,
	    FC_T(REG) | FC_T(DIR)),
	ROW("setxattr", clears_setgid, "lists drop a foreign setgid", IDS,
	    FC_T(REG)),
};

FC_FAMILY(acl, "acl", cases);
