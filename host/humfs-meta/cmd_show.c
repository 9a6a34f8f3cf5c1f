// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_show - ls, stat: objects as the guest has them
 */
#include <time.h>

#include "acl.h"
#include "attrs.h"
#include "caps.h"
#include "json.h"
#include "msg.h"
#include "walk.h"

/* --- in words -------------------------------------------------------------------- */

static const struct {
	uint32_t type;
	char letter;
	const char *word;
} types[] = {
	{ HMETA_IFREG, '-', "file" }, { HMETA_IFDIR, 'd', "dir" },
	{ HMETA_IFLNK, 'l', "symlink" }, { HMETA_IFCHR, 'c', "char" },
	{ HMETA_IFBLK, 'b', "block" }, { HMETA_IFIFO, 'p', "pipe" },
	{ HMETA_IFSOCK, 's', "socket" },
};

static size_t type_index(const struct object *object)
{
	size_t i = 0;

	while (i + 1 < sizeof(types) / sizeof(types[0]) &&
	       types[i].type != object_type(object))
		i++;
	return i;
}

/* "-rwsr-xr-x" */
static void mode_text(const struct object *object, char text[11])
{
	uint32_t mode = object->record.mode;

	text[0] = types[type_index(object)].letter;
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode >> (8 - i) & 1 ? "rwx"[i % 3] : '-';
	if (mode & 04000)
		text[3] = text[3] == 'x' ? 's' : 'S';
	if (mode & 02000)
		text[6] = text[6] == 'x' ? 's' : 'S';
	if (mode & 01000)
		text[9] = text[9] == 'x' ? 't' : 'T';
	text[10] = '\0';
}

static bool is_device(const struct object *object)
{
	return object_type(object) == HMETA_IFCHR ||
	       object_type(object) == HMETA_IFBLK;
}

/* The target of a link; "" of everything else. */
static const char *link_target(const struct object *object,
			       char target[HOST_PATH_MAX])
{
	int length = 0;

	if (S_ISLNK(object->host.mode))
		length = host_plain_readlink(object->node, target,
					     HOST_PATH_MAX - 1);
	target[length > 0 ? length : 0] = '\0';
	return target;
}

static void time_text(const struct host_time *at, char *text, size_t size)
{
	time_t sec = at->sec;
	struct tm tm;

	*text = '\0';
	if (gmtime_r(&sec, &tm))
		(void)strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm);
}

/* Names are bytes; on a terminal's line they must not end it. */
static void put_name(const char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x20 || c == 0x7f || c == '\\')
			printf("\\%03o", c);
		else
			putchar(c);
	}
}

/* --- one object ------------------------------------------------------------------- */

static void print_line(const struct object *object, const char *path)
{
	char mode[11], time[32], target[HOST_PATH_MAX], size[32];
	const struct hmeta_record *record = &object->record;

	mode_text(object, mode);
	time_text(&object->host.mtime, time, sizeof(time));
	if (is_device(object))
		snprintf(size, sizeof(size), "%u,%u", record->rdev_major,
			 record->rdev_minor);
	else
		snprintf(size, sizeof(size), "%llu",
			 (unsigned long long)object->host.size);
	printf("%s %u %u %u %s %s ", object->fault ? "??????????" : mode,
	       object->host.nlink, record->uid, record->gid, size, time);
	put_name(*path ? path : "/");
	if (*link_target(object, target)) {
		printf(" -> ");
		put_name(target);
	}
	putchar('\n');
}

/* An attribute's value in words, to be freed; NULL: bytes only. */
static char *attr_text(const struct attr *attr)
{
	_cleanup_free_ struct acl *acl = NULL;
	const size_t size = 64 * 1024;
	char *text;

	if (!strcmp(attr->name, CAPS_NAME))
		return caps_to_text(attr->value, attr->length);
	if (strcmp(attr->name, ACL_ACCESS_NAME) &&
	    strcmp(attr->name, ACL_DEFAULT_NAME))
		return NULL;
	acl = malloc(sizeof(*acl));
	text = malloc(size);
	if (!acl || !text || acl_parse(attr->value, attr->length, acl)) {
		free(text);
		return NULL;
	}
	acl_text(acl, text, size);
	return text;
}

static char *attr_hex(const struct attr *attr)
{
	char *hex = malloc(2 * attr->length + 1);

	for (size_t i = 0; hex && i < attr->length; i++)
		snprintf(hex + 2 * i, 3, "%02x",
			 ((const unsigned char *)attr->value)[i]);
	if (hex)
		hex[2 * attr->length] = '\0';
	return hex;
}

static void print_attrs(const struct attrs *attrs)
{
	for (size_t i = 0; i < attrs->n; i++) {
		_cleanup_free_ char *text = attr_text(&attrs->v[i]);
		_cleanup_free_ char *hex = text ? NULL :
					   attr_hex(&attrs->v[i]);

		printf("  attribute: ");
		put_name(attrs->v[i].name);
		printf(" = %s%s\n", text ? "" : "0x",
		       text ? text : hex ? hex : "?");
	}
}

static void print_stat(const struct object *object, const struct attrs *attrs,
		       const char *path)
{
	char mode[11], time[32], target[HOST_PATH_MAX];
	const struct hmeta_record *record = &object->record;

	mode_text(object, mode);
	time_text(&object->host.mtime, time, sizeof(time));
	put_name(*path ? path : "/");
	if (*link_target(object, target)) {
		printf(" -> ");
		put_name(target);
	}
	printf("\n  type: %s", types[type_index(object)].word);
	if (is_device(object))
		printf(" %u,%u", record->rdev_major, record->rdev_minor);
	printf("\n  owner: %u:%u\n  mode: %04o %s\n", record->uid, record->gid,
	       record->mode & 07777, mode);
	printf("  size: %llu, links: %u, modified: %s UTC\n",
	       (unsigned long long)object->host.size, object->host.nlink, time);
	printf("  record: %s; on the host: %u:%u %06o\n",
	       object->fault ? hmeta_fault_text(object->fault) :
	       object->recorded ? "yes" : "none, so the default owner",
	       object->host.uid, object->host.gid, object->host.mode);
	print_attrs(attrs);
}

static void json_attrs(struct json *json, const struct attrs *attrs)
{
	json_open(json, "attributes", '{');
	for (size_t i = 0; i < attrs->n; i++) {
		_cleanup_free_ char *hex = attr_hex(&attrs->v[i]);
		_cleanup_free_ char *text = attr_text(&attrs->v[i]);

		json_open(json, attrs->v[i].name, '{');
		json_string(json, "hex", hex ? hex : "");
		if (text)
			json_string(json, "text", text);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void json_object(struct json *json, const struct object *object,
			const struct attrs *attrs, const char *path)
{
	const struct hmeta_record *record = &object->record;
	char target[HOST_PATH_MAX], mode[16];

	snprintf(mode, sizeof(mode), "%04o", record->mode & 07777);
	json_open(json, NULL, '{');
	json_string(json, "path", path);
	json_string(json, "type", types[type_index(object)].word);
	json_number(json, "uid", record->uid);
	json_number(json, "gid", record->gid);
	json_string(json, "mode", mode);
	if (is_device(object)) {
		json_number(json, "major", record->rdev_major);
		json_number(json, "minor", record->rdev_minor);
	}
	if (S_ISLNK(object->host.mode))
		json_string(json, "target", link_target(object, target));
	json_number(json, "size", object->host.size);
	json_number(json, "links", object->host.nlink);
	json_number(json, "mtime", (uint64_t)object->host.mtime.sec);
	json_bool(json, "record", object->recorded);
	if (object->fault)
		json_string(json, "fault", hmeta_fault_text(object->fault));
	if (attrs)
		json_attrs(json, attrs);
	json_close(json, '}');
}

/* --- the commands ------------------------------------------------------------------- */

static int ls_walk(struct tree *tree, struct object *object, const char *path,
		   const struct args *args, struct json *json)
{
	_cleanup_walk_ struct walk walk = { 0 };
	int result = walk_begin(tree, object, path, &walk), status = META_DONE;
	struct object *at;

	while (result == 0 || status == META_FAILED) {
		result = walk_next(&walk, &at);
		if (result == 0)
			break;
		if (result < 0) {
			object_error(result, "read", walk.path);
			status = META_FAILED;
			continue;
		}
		result = 0;
		/* Without -R what is in the directory, and not the directory. */
		if (!args->recursive && walk.depth == 0 &&
		    S_ISDIR(at->host.mode))
			continue;
		if (!args->recursive)
			walk_skip(&walk);
		status |= at->fault ? META_FAILED : META_DONE;
		if (json->out)
			json_object(json, at, NULL, walk.path);
		else
			print_line(at, walk.path);
	}
	return result < 0 ? META_FAILED : status;
}

static int run_ls(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct json json = { .out = args->json ? stdout : NULL };
	static char root[] = "", *nothing[] = { root, NULL };
	char **path = args->count > 1 ? args->words + 1 : nothing;
	int status = META_DONE;

	if (tree_open(args->words[0], args, TREE_READ, &tree))
		return META_FAILED;
	if (json.out)
		json_open(&json, NULL, '[');
	for (; *path; path++) {
		_cleanup_free_ char *joined = object_path(*path);
		struct object object;
		int error = joined ? object_find(&tree, joined, &object) :
				     -errno;

		if (error) {
			object_error(error, "list", *path);
			status = META_FAILED;
		} else {
			status |= ls_walk(&tree, &object, joined, args, &json);
		}
	}
	if (json.out) {
		json_close(&json, ']');
		json_end(&json);
	}
	return status;
}

static int stat_one(struct tree *tree, const char *path, struct json *json)
{
	_cleanup_attrs_ struct attrs attrs = { 0 };
	_cleanup_object_ struct object object = { 0 };
	int error = object_find(tree, path, &object);

	if (error == 0)
		error = attrs_read(tree, &object, &attrs);
	if (error) {
		object_error(error, "read", path);
		return META_FAILED;
	}
	if (json->out)
		json_object(json, &object, &attrs, path);
	else
		print_stat(&object, &attrs, path);
	return object.fault ? META_FAILED : META_DONE;
}

static int run_stat(struct args *args)
{
	_cleanup_tree_ struct tree tree = TREE_CLOSED;
	struct json json = { .out = args->json ? stdout : NULL };
	int status = META_DONE;

	if (tree_open(args->words[0], args, TREE_READ, &tree))
		return META_FAILED;
	if (json.out)
		json_open(&json, NULL, '[');
	for (char **path = args->words + 1; *path; path++)
		status |= stat_one(&tree, *path, &json);
	if (json.out) {
		json_close(&json, ']');
		json_end(&json);
	}
	return status;
}

static const struct opt ls_options[] = {
	OPTION_RECURSIVE,
	OPTION_OWNER,
	OPTION_JSON,
	OPTIONS_COMMON
};

static const struct opt stat_options[] = {
	OPTION_OWNER,
	OPTION_JSON,
	OPTIONS_COMMON
};

const struct command commands_show[] = {
	{ { "humfs-meta ls", "[OPTION]... TREE [PATH]...",
	    "list objects as the guest has them", ls_options, NULL },
	  1, -1, run_ls },
	{ { "humfs-meta stat", "[OPTION]... TREE PATH...",
	    "tell all about objects", stat_options, NULL }, 2, -1, run_stat },
	{ .run = NULL },
};
