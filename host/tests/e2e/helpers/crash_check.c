// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash_check - which state did the kill leave?
 *
 * The tree is looked at through humfs's own table, by somebody who has never seen
 * it: as the next guest would.
 */
#include "humfs_user.h"

#include <dirent.h>
#include <stdio.h>

#include "crash.h"

struct seen {
	uint32_t mode, uid, gid, rdev, value, nlink;
	uint64_t ino;
};

struct sight {
	const char *tree;
	struct host_fs *fs;
	struct host_node *dirs[CRASH_DIRS];
	struct seen names[CRASH_NAMES];
	char staged[64];		/* dN/.humfs-..., if there is one */
};

/* --- looking -------------------------------------------------------------------- */

static int lookup_dir(struct sight *sight, struct host_node *root, uint32_t i)
{
	char name[4] = { 'd', (char)('0' + i), '\0' };
	struct host_attr attr;
	int error = sight->fs->ops->lookup(root, name, 0, &attr);

	return error ? error : sight->fs->ops->node(sight->fs, root, name, &attr,
						    &sight->dirs[i]);
}

static int sight_open(const char *tree, struct sight *sight)
{
	const struct humfs_mount how = { .side_fd = -1 };
	struct host_attr attr;
	struct host_node *root;
	int fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC), error;

	memset(sight, 0, sizeof(*sight));
	sight->tree = tree;
	error = fd < 0 ? -errno : humfs_mount_fd(fd, &how, &sight->fs);
	if (error)
		return error;
	error = sight->fs->ops->root(sight->fs, &attr, &root);
	for (uint32_t i = 0; i < CRASH_DIRS && error == 0; i++)
		error = lookup_dir(sight, root, i);
	sight->fs->ops->put(root);
	return error;
}

static void sight_close(struct sight *sight)
{
	for (int i = 0; i < CRASH_DIRS; i++)
		sight->fs->ops->put(sight->dirs[i]);
	sight->fs->ops->unmount(sight->fs);
}

static int look_at(struct sight *sight, struct host_node *dir, const char *name,
		   struct seen *ret)
{
	const struct host_ops *ops = sight->fs->ops;
	struct host_node *node;
	struct host_attr attr;
	char value[8] = "";
	int error = ops->lookup(dir, name, 0, &attr);

	memset(ret, 0, sizeof(*ret));
	if (error == -ENOENT)
		return 0;
	if (error == 0)
		error = ops->node(sight->fs, dir, name, &attr, &node);
	if (error)
		return error;
	*ret = (struct seen){
		.mode = attr.mode, .uid = attr.uid, .gid = attr.gid,
		.rdev = attr.rdev_minor, .nlink = attr.nlink,
		.ino = attr.id.ino,
	};
	error = ops->getxattr(node, NULL, "trusted.x", value, sizeof(value) - 1);
	if (error > 0)
		ret->value = (uint32_t)atoi(value);
	ops->put(node);
	return error == -ENODATA || error == -EOPNOTSUPP || error > 0 ? 0 : error;
}

/* Names that are none of ours: one may be staged. */
static int look_for_others(struct sight *sight, uint32_t i)
{
	char path[4096];
	struct dirent *entry;
	int bad = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/data/d%u", sight->tree, i);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (name[0] == 'n' || !strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (sight->staged[0] || strncmp(name, HUMFS_STAGED,
						strlen(HUMFS_STAGED))) {
			fprintf(stderr, "d%u/%s: whose is that?\n", i, name);
			bad = -1;
		} else {
			snprintf(sight->staged, sizeof(sight->staged),
				 "d%u/%.50s", i, name);
		}
	}
	closedir(dir);
	return bad;
}

static int look_at_all(struct sight *sight)
{
	char path[CRASH_PATH];
	int error = 0;

	for (uint32_t i = 0; i < CRASH_NAMES && error == 0; i++) {
		crash_path(i, path);
		error = look_at(sight, sight->dirs[i % CRASH_DIRS], path + 3,
				&sight->names[i]);
		if (error)
			fprintf(stderr, "%s: %s\n", path, strerror(-error));
	}
	for (uint32_t i = 0; i < CRASH_DIRS && error == 0; i++)
		error = look_for_others(sight, i);
	return error;
}

/* --- comparing --------------------------------------------------------------------- */

static uint32_t links(const struct crash_model *model, uint32_t object)
{
	uint32_t n = 0;

	for (int i = 0; i < CRASH_NAMES; i++)
		n += model->names[i] == object;
	return n;
}

static bool same(const struct crash_object *want, const struct seen *seen)
{
	return want->mode == seen->mode && want->uid == seen->uid &&
	       want->gid == seen->gid && want->rdev == seen->rdev &&
	       want->value == seen->value;
}

static bool is_object(const struct crash_model *model, uint32_t object,
		      const struct seen *seen)
{
	return same(&model->objects[object - 1], seen) &&
	       (S_ISDIR(seen->mode) || seen->nlink == links(model, object));
}

/* Return: CRASH_NAMES, or the first name that is not as in the model. */
static uint32_t differs(const struct crash_model *model,
			const struct sight *sight)
{
	for (uint32_t i = 0; i < CRASH_NAMES; i++) {
		uint32_t object = model->names[i];
		const struct seen *seen = &sight->names[i];

		if (!object && !seen->mode)
			continue;
		if (!object || !is_object(model, object, seen))
			return i;
		for (uint32_t k = 0; k < i; k++)
			if ((sight->names[k].ino == seen->ino) !=
			    (model->names[k] == object))
				return i;
	}
	return CRASH_NAMES;
}

static void tell(const char *which, const struct crash_model *model,
		 const struct sight *sight)
{
	uint32_t i = differs(model, sight);
	const struct crash_object none = { .mode = 0 }, *want = &none;
	const struct seen *seen = sight->names + i;

	if (i == CRASH_NAMES) {
		fprintf(stderr, "%s: as expected\n", which);
		return;
	}
	if (model->names[i])
		want = &model->objects[model->names[i] - 1];
	fprintf(stderr, "%s: n%02u: expected %06o %u:%u %u x%u, got %06o %u:%u %u x%u, %u links\n",
		which, i, want->mode, want->uid, want->gid, want->rdev,
		want->value, seen->mode, seen->uid, seen->gid, seen->rdev,
		seen->value, seen->nlink);
}

/* --- what may be in between ------------------------------------------------------- */

/* Of "dN/NAME": by the table, as a record may go by the path. */
static struct host_node *dir_of(const struct sight *sight, const char *path)
{
	return sight->dirs[path[1] - '0'];
}

static bool take_away(const struct sight *sight, const char *path)
{
	const struct host_ops *ops = sight->fs->ops;

	return ops->unlink(dir_of(sight, path), path + 3, HOST_NO_DIR) == 0 ||
	       ops->unlink(dir_of(sight, path), path + 3, HOST_DIR) == 0;
}

/* A directory or a file while it was made: of use to nobody. It is removed. */
static bool half_made(struct sight *sight, const struct crash_op *op)
{
	struct seen *seen = &sight->names[op->a];
	char path[CRASH_PATH];

	if ((op->kind != CRASH_MKDIR && op->kind != CRASH_CREATE &&
	     op->kind != CRASH_MKNOD) ||
	    (seen->mode & 07777) != HUMFS_STAGED_MODE || seen->uid || seen->gid)
		return false;
	crash_path(op->a, path);
	if (!take_away(sight, path))
		return false;
	memset(seen, 0, sizeof(*seen));
	return true;
}

/* A symbolic link, still the default owner's: its model is that. */
static bool half_linked(const struct sight *sight, const struct crash_op *op,
			struct crash_model *after)
{
	const struct seen *seen = &sight->names[op->a];

	if (op->kind != CRASH_SYMLINK || !S_ISLNK(seen->mode) || seen->uid ||
	    seen->gid || !after->names[op->a])
		return false;
	after->objects[after->names[op->a] - 1].uid = 0;
	after->objects[after->names[op->a] - 1].gid = 0;
	return true;
}

/*
 * A whiteout has a staged name: it is removed; or the object has it and the whiteout
 * is in its place: the object, which may be a whiteout as well, goes on to where it
 * was to be.
 */
static bool half_renamed(struct sight *sight, const struct crash_op *op,
			 const struct crash_model *before)
{
	uint32_t object = before->names[op->a];
	char path[CRASH_PATH];
	struct seen seen;

	if (op->kind != CRASH_WHITEOUT || !sight->staged[0] ||
	    look_at(sight, sight->dirs[sight->staged[1] - '0'],
		    sight->staged + 3, &seen))
		return false;
	if (seen.mode == S_IFCHR && object &&
	    is_object(before, object, &sight->names[op->a]))
		return take_away(sight, sight->staged);
	crash_path(op->b, path);
	return sight->fs->ops->rename(dir_of(sight, sight->staged),
				      sight->staged + 3, dir_of(sight, path),
				      path + 3, 0) == 0;
}

/* --- the whole ---------------------------------------------------------------------- */

static int read_whole(const char *path, void *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, to, size);

	if (fd >= 0)
		close(fd);
	return got == (ssize_t)size ? 0 : -1;
}

static int write_model(const char *path, const struct crash_model *model)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	ssize_t done = fd < 0 ? -1 : write(fd, model, sizeof(*model));

	if (fd >= 0)
		close(fd);
	return done == (ssize_t)sizeof(*model) ? 0 : -1;
}

/* Is it a state that may be? Then *before or *after is made to be it. */
static const struct crash_model *judge(struct sight *sight,
				       const struct crash_op *op,
				       const struct crash_model *before,
				       struct crash_model *after,
				       struct crash_result *sum)
{
	bool half;

	if (!sight->staged[0] && differs(before, sight) == CRASH_NAMES) {
		sum->before++;
		return before;
	}
	if (!sight->staged[0] && differs(after, sight) == CRASH_NAMES) {
		sum->after++;
		return after;
	}
	half = half_made(sight, op) || half_linked(sight, op, after) ||
	       half_renamed(sight, op, before);
	if (half) {
		sum->between++;
		sight->staged[0] = '\0';
		if (look_at_all(sight))
			return NULL;
		if (differs(before, sight) == CRASH_NAMES)
			return before;
		if (differs(after, sight) == CRASH_NAMES)
			return after;
	}
	fprintf(stderr, "killed in %s of n%02u, n%02u%s%s\n", crash_text(op->kind),
		op->a, op->b, sight->staged[0] ? ", there is " : "",
		sight->staged);
	tell("before", before, sight);
	tell("after", after, sight);
	return NULL;
}

static int check_with(struct sight *sight, struct crash_model *model,
		      const struct crash_journal *journal,
		      struct crash_result *sum)
{
	const struct crash_model *is;
	struct crash_model after;
	struct crash_op op;

	for (; model->next < journal->begun; model->next++, sum->operations++) {
		op = crash_op(model->seed, model->next);
		(void)crash_apply(model, &op);
	}
	after = *model;
	op = crash_op(model->seed, model->next);
	(void)crash_apply(&after, &op);
	after.next++;
	if (look_at_all(sight))
		return -1;
	if (journal->ended == journal->begun) {
		sum->ended++;
		*model = after;
	}
	is = judge(sight, &op, model, &after, sum);
	if (!is)
		return -1;
	*model = *is;
	/* The same operation again would be another one. */
	model->next = after.next;
	return 0;
}

int crash_check(const char *tree, const char *model_path,
		const char *journal_path, struct crash_result *sum)
{
	struct crash_journal journal;
	struct crash_model model;
	struct sight sight;
	int error;

	if (read_whole(model_path, &model, sizeof(model)) ||
	    read_whole(journal_path, &journal, sizeof(journal)))
		return -1;
	if (journal.begun < model.next)
		return 0;		/* killed before it began */
	error = sight_open(tree, &sight);
	if (error) {
		fprintf(stderr, "%s: %s\n", tree, strerror(-error));
		return -1;
	}
	error = check_with(&sight, &model, &journal, sum);
	sight_close(&sight);
	return error ? error : write_model(model_path, &model);
}

void crash_host(void)
{
	(void)host_init(0);	/* without it there are few descriptors */
}

int crash_start(const char *tree, const char *model_path, uint64_t seed)
{
	const struct crash_model model = { .seed = seed, .next = 1 };
	char path[4096];

	for (int i = 0; i < CRASH_DIRS; i++) {
		snprintf(path, sizeof(path), "%s/data/d%d", tree, i);
		if (mkdir(path, 0777) || chmod(path, 0777))
			return -1;
	}
	return write_model(model_path, &model);
}
