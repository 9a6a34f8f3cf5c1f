// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_volume - the argument of -v
 */
#include "volume.h"
#include "tap.h"

static void check(const char *text, const char *source, const char *target,
		  bool read_only)
{
	static struct volume v;
	int fault = volume_parse(text, &v);

	if (fault)
		printf("# '%s': %s\n", text,
		       volume_fault_text((enum volume_fault)fault));
	CHECK_INT(fault, 0);
	CHECK_STR(v.source, source);
	CHECK_STR(v.target, target);
	CHECK_INT(v.read_only, read_only);
}

static void check_fault(const char *text, enum volume_fault expected)
{
	static struct volume v;

	CHECK_INT(volume_parse(text, &v), expected);
	CHECK(strlen(volume_fault_text(expected)) > 0);
}

static void one_to_three_parts_are_taken(void)
{
	check("/src", "/src", "", false);
	check("/src:/dst", "/src", "/dst", false);
	check("/src:/dst:ro", "/src", "/dst", true);
	check("/src:/dst:rw", "/src", "/dst", false);
	check("/src:ro", "/src", "", true);
	check("rel:/dst", "rel", "/dst", false);
	check("/s p:/d\np\xff:ro", "/s p", "/d\np\xff", true);
}

static void check_options(const char *text, const char *target, bool read_only,
			  const char *options)
{
	static struct volume v;

	check(text, "/s", target, read_only);
	CHECK_INT(volume_parse(text, &v), 0);
	CHECK_STR(v.options, options);
}

static void mount_options_are_handed_on(void)
{
	check_options("/s:/d", "/d", false, "");
	check_options("/s:/d:ro", "/d", true, "");
	check_options("/s:/d:map=1000:0:1", "/d", false, "map=1000:0:1");
	check_options("/s:map=1000:0", "", false, "map=1000:0");
	check_options("/s:ro,owner=0:0,umask=022,nosubmounts", "", true,
		      "owner=0:0,umask=022,nosubmounts");
	check_options("/s:/d:map-uid=1:2,map-gid=3:4:5,ro,squash=7", "/d", true,
		      "map-uid=1:2,map-gid=3:4:5,squash=7");
	check_options("/s:cache=exclusive,nosuid,nodev,noexec,noatime,umask=0777",
		      "", false,
		      "cache=exclusive,nosuid,nodev,noexec,noatime,umask=0777");
}

static void escaped_colon_is_part_of_the_name(void)
{
	check("/a\\:b:/c\\:d", "/a:b", "/c:d", false);
	check("/a\\\\:/c", "/a\\", "/c", false);
	check("/a\\b", "/a\\b", "", false);
	check("/a\\", "/a\\", "", false);
}

static void target_is_made_plain(void)
{
	check("/s://a//b/./c/:ro", "/s", "/a/b/c", true);
	check("/s:/a/.../b", "/s", "/a/.../b", false);
}

static void bad_arguments_are_named(void)
{
	check_fault("", VOLUME_NO_SOURCE);
	check_fault(":/dst", VOLUME_NO_SOURCE);
	check_fault("/s:dst", VOLUME_RELATIVE);
	check_fault("/s:dst:ro", VOLUME_RELATIVE);
	check_fault("/s:", VOLUME_RELATIVE);
	check_fault("/s::ro", VOLUME_RELATIVE);
	check_fault("/s:/a/../b", VOLUME_DOTS);
	check_fault("/s:/..", VOLUME_DOTS);
	check_fault("/s:/", VOLUME_ROOT);
	check_fault("/s:/.//", VOLUME_ROOT);
	check_fault("/s:/d:rx", VOLUME_OPTION);
	check_fault("/s:/d:", VOLUME_OPTION);
	check_fault("/s:/d:ro,", VOLUME_OPTION);
	check_fault("/s:/d:ro,rw", VOLUME_CONFLICT);
	check_fault("/s:rw,ro", VOLUME_CONFLICT);
	check_fault("/s:/d:ro:x", VOLUME_OPTION);
	check_fault("/s:/d:nosubmounts=1", VOLUME_OPTION);
	check_fault("/s:/d:hostfs=/etc", VOLUME_OPTION);
	check_fault("/s:/d:map", VOLUME_MAP);
	check_fault("/s:map=1000", VOLUME_MAP);
	check_fault("/s:map=1000:", VOLUME_MAP);
	check_fault("/s:map-uid=1:2:3:4", VOLUME_MAP);
	check_fault("/s:map-gid=a:0", VOLUME_MAP);
	check_fault("/s:squash=", VOLUME_OWNER);
	check_fault("/s:owner=0:0:1", VOLUME_OWNER);
	check_fault("/s:owner=-1", VOLUME_OWNER);
	check_fault("/s:umask=8", VOLUME_UMASK);
	check_fault("/s:umask=1777", VOLUME_UMASK);
	check_fault("/s:umask=", VOLUME_UMASK);
	check_fault("/s:cache=none", VOLUME_CACHE);
}

static void long_paths_are_refused(void)
{
	static char text[3 * PATH_MAX];

	memset(text, 'a', PATH_MAX);
	check_fault(text, VOLUME_LONG);
	memset(text, 0, sizeof(text));
	memcpy(text, "/s:/", 4);
	memset(text + 4, 'a', PATH_MAX);
	check_fault(text, VOLUME_LONG);
}

static void long_options_are_refused(void)
{
	char text[4096] = "/s:umask=0";

	while (strlen(text) + 8 < sizeof(text))
		strcat(text, ",umask=0");
	check_fault(text, VOLUME_LONG_OPTIONS);
}

static void humfs_has_options_of_its_own(void)
{
	static struct volume v;

	CHECK_INT(volume_parse("/s:/d:humfs", &v), 0);
	CHECK(v.humfs);
	CHECK_STR(v.options, "");
	CHECK_INT(volume_parse("/s:ro,humfs,meta=side,owner=0:0,cache=exclusive",
			       &v), 0);
	CHECK(v.humfs && v.read_only);
	CHECK_STR(v.options, "meta=side,owner=0:0,cache=exclusive");
	CHECK_INT(volume_parse("/s:/d", &v), 0);
	CHECK(!v.humfs);
	check_fault("/s:humfs,map=1:2", VOLUME_FOR_HOSTFS);
	check_fault("/s:squash=1,humfs", VOLUME_FOR_HOSTFS);
	check_fault("/s:umask=22,humfs", VOLUME_FOR_HOSTFS);
	check_fault("/s:meta=side", VOLUME_FOR_HUMFS);
	check_fault("/s:humfs,meta=v2", VOLUME_META);
	check_fault("/s:humfs,meta", VOLUME_META);
	check_fault("/s:humfs=1", VOLUME_RELATIVE);
	check_fault("/s:/d:humfs=1", VOLUME_OPTION);
}

static const struct tap_case cases[] = {
	TAP_CASE(one_to_three_parts_are_taken),
	TAP_CASE(escaped_colon_is_part_of_the_name),
	TAP_CASE(target_is_made_plain),
	TAP_CASE(bad_arguments_are_named),
	TAP_CASE(long_paths_are_refused),
	TAP_CASE(mount_options_are_handed_on),
	TAP_CASE(humfs_has_options_of_its_own),
	TAP_CASE(long_options_are_refused),
};

TAP_MAIN(cases)
