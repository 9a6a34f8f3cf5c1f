// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_format - records, keys, attribute files and superblocks as bytes
 */
#include "meta_format.h"
#include "tap.h"

#include <stdlib.h>

static struct hmeta_record record;

static enum hmeta_fault parse(const char *text)
{
	record = (struct hmeta_record){ .uid = 77 };
	return hmeta_parse(text, strlen(text), &record);
}

static void records_of_other_programs_are_read(void)
{
	static const struct {
		const char *text;
		struct hmeta_record want;
	} rows[] = {
		{ "0:0:0755:dir", { 0, 0, HMETA_IFDIR | 0755, 0, 0 } },
		{ "1000:100:4755:file", { 1000, 100, HMETA_IFREG | 04755, 0, 0 } },
		{ "4294967294:0:0777:symlink",
		  { 4294967294u, 0, HMETA_IFLNK | 0777, 0, 0 } },
		{ "0:5:0620:char-136-3", { 0, 5, HMETA_IFCHR | 0620, 136, 3 } },
		{ "0:6:0660:block-8-1048575",
		  { 0, 6, HMETA_IFBLK | 0660, 8, 1048575 } },
		{ "0:0:0600:pipe", { 0, 0, HMETA_IFIFO | 0600, 0, 0 } },
		{ "0:0:0600:socket", { 0, 0, HMETA_IFSOCK | 0600, 0, 0 } },
		{ "0:0:0555", { 0, 0, 0555, 0, 0 } },
		{ "0:0:0100755", { 0, 0, HMETA_IFREG | 0755, 0, 0 } },
		{ "0:0:0:file", { 0, 0, HMETA_IFREG, 0, 0 } },
		{ "0:0:0100644:file", { 0, 0, HMETA_IFREG | 0644, 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(parse(rows[i].text), HMETA_FINE);
		CHECK(hmeta_equal(&record, &rows[i].want));
	}
}

static void hostile_records_are_faults(void)
{
	static const struct {
		const char *text;
		enum hmeta_fault want;
	} rows[] = {
		{ "", HMETA_LENGTH },
		{ "4294967295:0:0755:dir", HMETA_UID },
		{ "4294967296:0:0755:dir", HMETA_UID },
		{ "18446744073709551616:0:0755:dir", HMETA_UID },
		{ "-1:0:0755:dir", HMETA_UID },
		{ " 0:0:0755:dir", HMETA_UID },
		{ "+0:0:0755:dir", HMETA_UID },
		{ "0x0:0:0755:dir", HMETA_UID },
		{ ":0:0755:dir", HMETA_UID },
		{ "0", HMETA_UID },
		{ "0:", HMETA_GID },
		{ "0:4294967295:0755:dir", HMETA_GID },
		{ "0:-1:0755:dir", HMETA_GID },
		{ "0:0:", HMETA_MODE },
		{ "0:0:x", HMETA_MODE },
		{ "0:0:888:dir", HMETA_MODE },
		{ "0:0:0888:dir", HMETA_TRAILING },
		{ "0:0:-755:dir", HMETA_MODE },
		{ "0:0:0200000:dir", HMETA_MODE },
		{ "0:0:0170755:dir", HMETA_MODE },
		{ "0:0:0755:", HMETA_TYPE },
		{ "0:0:0755:door", HMETA_TYPE },
		{ "0:0:0755:FILE", HMETA_TYPE },
		{ "0:0:0100755:dir", HMETA_TYPE },
		{ "0:0:0020666", HMETA_DEVICE },
		{ "0:0:0666:char", HMETA_TYPE },
		{ "0:0:0666:char-", HMETA_DEVICE },
		{ "0:0:0666:char-1", HMETA_DEVICE },
		{ "0:0:0666:char--1-5", HMETA_DEVICE },
		{ "0:0:0666:char-1--5", HMETA_DEVICE },
		{ "0:0:0666:char-4096-0", HMETA_DEVICE },
		{ "0:0:0666:block-1-1048576", HMETA_DEVICE },
		{ "0:0:0666:char-1-5-6", HMETA_TRAILING },
		{ "0:0:0755:dirx", HMETA_TRAILING },
		{ "0:0:0755:dir\n", HMETA_TRAILING },
		{ "0:0:0755:dir ", HMETA_TRAILING },
		{ "0:0:0755 dir", HMETA_TRAILING },
		{ "00000000000000000000000000000000000000000000000000000000000"
		  "000000000000000000000:0:0755:dir", HMETA_LENGTH },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum hmeta_fault fault = parse(rows[i].text);

		if (fault != rows[i].want)
			printf("# of '%s'\n", rows[i].text);
		CHECK_INT(fault, rows[i].want);
		CHECK_INT(record.uid, 77);	/* untouched */
	}
	CHECK_INT(hmeta_parse("0:0:0755:dir\0", 13, &record), HMETA_TRAILING);
	CHECK_INT(hmeta_parse("0\0:0:0755:dir", 13, &record), HMETA_UID);
}

static void a_huge_record_is_a_fault(void)
{
	char *huge = malloc(65536);

	CHECK(huge);
	memset(huge, '0', 65536);
	CHECK_INT(hmeta_parse(huge, 65536, &record), HMETA_LENGTH);
	free(huge);
}

static void every_cut_of_a_record_is_a_fault_or_shorter(void)
{
	static const char text[] = "10:20:0644:char-12-34";

	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		char *copy = malloc(length ? length : 1);
		enum hmeta_fault fault;

		memcpy(copy, text, length);
		fault = hmeta_parse(copy, length, &record);
		/* A number may be cut and still be one; a type may be left out. */
		if (fault == HMETA_FINE)
			CHECK(record.uid == 10 && record.gid == 20);
		free(copy);
	}
}

static void what_is_printed_is_read_back(void)
{
	static const uint32_t types[] = { HMETA_IFREG, HMETA_IFDIR, HMETA_IFLNK,
		HMETA_IFIFO, HMETA_IFSOCK, HMETA_IFBLK, HMETA_IFCHR };
	char text[HMETA_RECORD_MAX];

	for (size_t i = 0; i < 7; i++) {
		struct hmeta_record in = { HMETA_ID_MAX, HMETA_ID_MAX,
					   types[i] | 07777, 0, 0 };

		if (types[i] == HMETA_IFBLK || types[i] == HMETA_IFCHR) {
			in.rdev_major = HMETA_MAJOR_MAX;
			in.rdev_minor = HMETA_MINOR_MAX;
		}
		CHECK_INT(hmeta_print(&in, text), strlen(text));
		CHECK_INT(parse(text), HMETA_FINE);
		CHECK(hmeta_equal(&in, &record));
	}
	record = (struct hmeta_record){ 0, 0, HMETA_IFREG | 0644, 0, 0 };
	hmeta_print(&record, text);
	CHECK_STR(text, "0:0:0644:file");
}

static void a_record_fits_its_kind_of_object(void)
{
	static const struct {
		uint32_t record, host;
		enum hmeta_fault want;
	} rows[] = {
		{ HMETA_IFDIR, HMETA_IFDIR, HMETA_FINE },
		{ HMETA_IFLNK, HMETA_IFDIR, HMETA_MISMATCH },
		{ HMETA_IFREG, HMETA_IFDIR, HMETA_MISMATCH },
		{ HMETA_IFCHR, HMETA_IFDIR, HMETA_MISMATCH },
		{ HMETA_IFDIR, HMETA_IFREG, HMETA_MISMATCH },
		{ HMETA_IFLNK, HMETA_IFREG, HMETA_MISMATCH },
		{ HMETA_IFCHR, HMETA_IFREG, HMETA_FINE },
		{ HMETA_IFIFO, HMETA_IFREG, HMETA_FINE },
		{ HMETA_IFLNK, HMETA_IFLNK, HMETA_FINE },
		{ HMETA_IFREG, HMETA_IFLNK, HMETA_MISMATCH },
		{ HMETA_IFIFO, HMETA_IFIFO, HMETA_FINE },
		{ HMETA_IFCHR, HMETA_IFIFO, HMETA_MISMATCH },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record = (struct hmeta_record){ .mode = rows[i].record | 0755 };
		CHECK_INT(hmeta_settle(&record, rows[i].host | 0600),
			  rows[i].want);
	}
	record = (struct hmeta_record){ .mode = 0555 };
	CHECK_INT(hmeta_settle(&record, HMETA_IFDIR | 0700), HMETA_FINE);
	CHECK_INT(record.mode, HMETA_IFDIR | 0555);
}

static void the_host_keeps_access_and_gets_no_power(void)
{
	for (uint32_t mode = 0; mode <= 07777; mode++) {
		uint32_t file = hmeta_host_mode(HMETA_IFREG | mode);
		uint32_t dir = hmeta_host_mode(HMETA_IFDIR | mode);

		CHECK((file & 0600) == 0600 && !(file & 07000));
		CHECK((dir & 0700) == 0700 && !(dir & 07000));
		CHECK_INT(hmeta_host_mode(HMETA_IFCHR | mode), 0600);
		CHECK(hmeta_mode_is_plain(HMETA_IFREG | mode) == (file == mode));
		CHECK(!hmeta_mode_is_plain(HMETA_IFSOCK | mode));
	}
}

static void names_of_attributes_have_their_class(void)
{
	char name[HMETA_NAME_MAX + 1], longest[HMETA_NAME_MAX + 1];

	CHECK_INT(hmeta_classify("user.x"), HMETA_PLAIN);
	CHECK_INT(hmeta_classify("user.containersx"), HMETA_PLAIN);
	CHECK_INT(hmeta_classify(HMETA_XATTR), HMETA_RESERVED);
	CHECK_INT(hmeta_classify("user.containers.any"), HMETA_RESERVED);
	CHECK_INT(hmeta_classify("trusted.overlay.opaque"), HMETA_PRIVILEGED);
	CHECK_INT(hmeta_classify("security.capability"), HMETA_PRIVILEGED);
	CHECK_INT(hmeta_classify("system.posix_acl_access"), HMETA_PRIVILEGED);
	CHECK_INT(hmeta_classify("system.nfs4_acl"), HMETA_FOREIGN);
	CHECK_INT(hmeta_classify(""), HMETA_FOREIGN);

	CHECK_INT(hmeta_override("security.capability", name), strlen(name));
	CHECK_STR(name, "user.containers.override_security.capability");
	CHECK_STR(hmeta_overridden(name), "security.capability");
	CHECK(!hmeta_overridden(HMETA_XATTR));
	CHECK(!hmeta_overridden("user.containers.override_user.x"));
	CHECK(!hmeta_overridden("security.capability"));
	memset(longest, 't', HMETA_NAME_MAX);
	longest[HMETA_NAME_MAX - 24] = '\0';
	CHECK_INT(hmeta_override(longest, name), 0);
	longest[HMETA_NAME_MAX - 25] = '\0';
	CHECK_INT(hmeta_override(longest, name), HMETA_NAME_MAX);
}

static void keys_are_read_back(void)
{
	struct hmeta_key in = { .ino = 0x1234, .btime_sec = -2,
				.btime_nsec = 999999999 }, out;
	char text[HMETA_KEY_MAX];

	CHECK_INT(hmeta_key_print(&in, text), strlen(text));
	CHECK_STR(text, "34/1234-fffffffffffffffe.3b9ac9ff");
	CHECK_INT(hmeta_key_parse(text + 3, &out), HMETA_FINE);
	CHECK(!memcmp(&in, &out, sizeof(in)));
	in.foreign = true;
	in.dev_major = in.dev_minor = UINT32_MAX;
	in.ino = UINT64_MAX;
	CHECK(hmeta_key_print(&in, text) < HMETA_KEY_MAX);
	CHECK_INT(hmeta_key_parse(text + 3, &out), HMETA_FINE);
	CHECK(out.foreign && out.ino == UINT64_MAX && out.dev_minor == UINT32_MAX);
	CHECK_INT(hmeta_key_parse("", &out), HMETA_VALUE);
	CHECK_INT(hmeta_key_parse("1-2", &out), HMETA_VALUE);
	CHECK_INT(hmeta_key_parse("1-2.3x", &out), HMETA_VALUE);
	CHECK_INT(hmeta_key_parse("10000000000000000-2.3", &out), HMETA_VALUE);
	CHECK_INT(hmeta_key_parse("1-2.3b9aca00", &out), HMETA_VALUE);
	CHECK_INT(hmeta_key_parse("1-2.3@4", &out), HMETA_VALUE);
}

static void entries_have_a_path_or_none(void)
{
	const char *path = NULL;

	CHECK_INT(hmeta_entry_parse("0:0:0777:symlink a b", 20, &record, &path),
		  HMETA_FINE);
	CHECK_STR(path, "a b");
	CHECK_INT(hmeta_entry_parse("0:0:0777:symlink", 16, &record, &path),
		  HMETA_FINE);
	CHECK_STR(path, "");
	CHECK_INT(hmeta_entry_parse("", 0, &record, &path), HMETA_LENGTH);
	CHECK_INT(hmeta_entry_parse(" a", 2, &record, &path), HMETA_LENGTH);
}

static void attribute_files_are_read_back(void)
{
	static const struct hmeta_attr in[] = {
		{ "trusted.a", 9, "v\0w", 3 }, { "security.b", 10, "", 0 },
	};
	unsigned char bytes[128];
	size_t length = HMETA_ATTRS_HEADER, at = 0;
	struct hmeta_attr out;

	for (int i = 0; i < 2; i++)
		length += hmeta_attrs_append(bytes + length, &in[i]);
	hmeta_attrs_header(bytes, length);
	CHECK_INT(hmeta_attrs_check(bytes, length), HMETA_FINE);
	for (int i = 0; i < 2; i++) {
		CHECK(hmeta_attrs_next(bytes, length, &at, &out));
		CHECK(out.name_length == in[i].name_length &&
		      !memcmp(out.name, in[i].name, out.name_length));
		CHECK(out.length == in[i].length &&
		      !memcmp(out.value, in[i].value, out.length));
	}
	CHECK(!hmeta_attrs_next(bytes, length, &at, &out));
	for (size_t cut = 0; cut < length; cut++)
		CHECK(hmeta_attrs_check(bytes, cut) == HMETA_TRUNCATED);
	CHECK_INT(hmeta_attrs_check(bytes, length + 1), HMETA_TRAILING);
	bytes[0] ^= 1;
	CHECK_INT(hmeta_attrs_check(bytes, length), HMETA_VERSION);
}

static void superblocks_of_each_version(void)
{
	static const struct {
		const char *text;
		enum hmeta_fault want;
	} rows[] = {
		{ "version 2\nmetadata shadow_fs\nused 10\ntotal 100\n",
		  HMETA_FINE },
		{ "total 100\nused 100\nversion 2\n", HMETA_FINE },
		{ "version 1\nused 1\ntotal 2\n", HMETA_FINE },
		{ "version 3\nmetadata xattr\nowner 0:0\ntotal 5\ninodes 6\n",
		  HMETA_FINE },
		{ "version 3\nmetadata side\n", HMETA_FINE },
		{ "", HMETA_LENGTH },
		{ "metadata xattr\n", HMETA_VERSION },
		{ "version 0\n", HMETA_VERSION },
		{ "version 4\nmetadata xattr\n", HMETA_VERSION },
		{ "version 3\n", HMETA_VALUE },
		{ "version 3\nmetadata shadow_fs\n", HMETA_VALUE },
		{ "version 3\nmetadata tdb\n", HMETA_VALUE },
		{ "version 3\nmetadata xattr", HMETA_TRUNCATED },
		{ "version 3\nmetadata xattr \n", HMETA_TRAILING },
		{ "version 3\nversion 3\nmetadata xattr\n", HMETA_WORD },
		{ "version 3\nmetadata xattr\nsize 3\n", HMETA_WORD },
		{ "version 3\nmetadata xattr\nowner 4294967295:0\n",
		  HMETA_VALUE },
		{ "version 3\nmetadata xattr\nowner 0\n", HMETA_VALUE },
		{ "version 3\nmetadata xattr\ntotal 9223372036854775808\n",
		  HMETA_VALUE },
		{ "version 2\nused 10\n", HMETA_VALUE },
		{ "version 2\nused 101\ntotal 100\n", HMETA_VALUE },
		{ "version 2\nused 1\ntotal 100\nowner 0:0\n", HMETA_WORD },
		{ "version 2\nmetadata xattr\nused 1\ntotal 2\n", HMETA_VALUE },
	};
	char text[HMETA_SUPER_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hmeta_super super = { 0 }, again = { 0 };
		enum hmeta_fault fault = hmeta_super_parse(rows[i].text,
					strlen(rows[i].text), &super);

		if (fault != rows[i].want)
			printf("# of '%s'\n", rows[i].text);
		CHECK_INT(fault, rows[i].want);
		if (fault)
			continue;
		CHECK_INT(hmeta_super_print(&super, text), strlen(text));
		CHECK_INT(hmeta_super_parse(text, strlen(text), &again),
			  HMETA_FINE);
		CHECK(!memcmp(&super, &again, sizeof(super)));
	}
}

static void lines_of_the_original(void)
{
	static const struct {
		const char *text;
		uint32_t host;
		enum hmeta_fault fault;
		struct hmeta_record want;
	} rows[] = {
		{ "493 0 0\n", HMETA_IFREG, 0, { 0, 0, HMETA_IFREG | 0755, 0, 0 } },
		{ "493 0 5", HMETA_IFDIR, 0, { 0, 5, HMETA_IFDIR | 0755, 0, 0 } },
		{ "511 7 8\n", HMETA_IFLNK, 0, { 7, 8, HMETA_IFLNK | 0777, 0, 0 } },
		{ "438 0 0 c 1 3\n", HMETA_IFREG, 0,
		  { 0, 0, HMETA_IFCHR | 0666, 1, 3 } },
		{ "432 0 6 b 8 0\n", HMETA_IFBLK, 0,
		  { 0, 6, HMETA_IFBLK | 0660, 8, 0 } },
		{ "420 0 0 s\n", HMETA_IFREG, 0,
		  { 0, 0, HMETA_IFSOCK | 0644, 0, 0 } },
		{ "420 0 0 p 0 0\n", HMETA_IFREG, 0,
		  { 0, 0, HMETA_IFIFO | 0644, 0, 0 } },
		{ "493 0 0\nmode 04755\n", HMETA_IFREG, 0,
		  { 0, 0, HMETA_IFREG | 04755, 0, 0 } },
		/* the original's chmod leaves our line; its own counts */
		{ "448 0 0\nmode 04755\n", HMETA_IFREG, 0,
		  { 0, 0, HMETA_IFREG | 0700, 0, 0 } },
		{ "2541 0 0\n", HMETA_IFREG, 0, { 0, 0, HMETA_IFREG | 0755, 0, 0 } },
		{ "", HMETA_IFREG, HMETA_LENGTH, { 0 } },
		{ "493\n", HMETA_IFREG, HMETA_MODE, { 0 } },
		{ "493 0\n", HMETA_IFREG, HMETA_UID, { 0 } },
		{ "493 -1 0\n", HMETA_IFREG, HMETA_UID, { 0 } },
		{ "493 0 x\n", HMETA_IFREG, HMETA_GID, { 0 } },
		{ "493 0 0 d\n", HMETA_IFREG, HMETA_TYPE, { 0 } },
		{ "493 0 0 c\n", HMETA_IFREG, HMETA_DEVICE, { 0 } },
		{ "493 0 0 c 1 -3\n", HMETA_IFREG, HMETA_DEVICE, { 0 } },
		{ "493 0 0 c 1 3\n", HMETA_IFDIR, HMETA_MISMATCH, { 0 } },
		{ "493 0 0\nmore\n", HMETA_IFREG, HMETA_TRAILING, { 0 } },
		{ "493 0 0\nmode 0755", HMETA_IFREG, HMETA_TRAILING, { 0 } },
	};
	char text[HMETA_SHADOW_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum hmeta_fault fault = hmeta_shadow_parse(rows[i].text,
				strlen(rows[i].text), rows[i].host, &record);

		if (fault != rows[i].fault)
			printf("# of '%s'\n", rows[i].text);
		CHECK_INT(fault, rows[i].fault);
		if (fault)
			continue;
		CHECK(hmeta_equal(&record, &rows[i].want));
		hmeta_shadow_print(&rows[i].want, text);
		CHECK_INT(hmeta_shadow_parse(text, strlen(text), rows[i].host,
					     &record), HMETA_FINE);
		CHECK(hmeta_equal(&record, &rows[i].want));
	}
	CHECK_INT(hmeta_shadow1_parse("3 4\n", 4, HMETA_IFREG | 0640, &record),
		  HMETA_FINE);
	CHECK_INT(record.mode, HMETA_IFREG | 0640);
	CHECK_INT(hmeta_shadow1_parse("3 4\n\n", 5, HMETA_IFREG, &record),
		  HMETA_TRAILING);
}

static const struct tap_case cases[] = {
	TAP_CASE(records_of_other_programs_are_read),
	TAP_CASE(hostile_records_are_faults),
	TAP_CASE(a_huge_record_is_a_fault),
	TAP_CASE(every_cut_of_a_record_is_a_fault_or_shorter),
	TAP_CASE(what_is_printed_is_read_back),
	TAP_CASE(a_record_fits_its_kind_of_object),
	TAP_CASE(the_host_keeps_access_and_gets_no_power),
	TAP_CASE(names_of_attributes_have_their_class),
	TAP_CASE(keys_are_read_back),
	TAP_CASE(entries_have_a_path_or_none),
	TAP_CASE(attribute_files_are_read_back),
	TAP_CASE(superblocks_of_each_version),
	TAP_CASE(lines_of_the_original),
};

TAP_MAIN(cases)
