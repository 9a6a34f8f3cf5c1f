// SPDX-License-Identifier: GPL-2.0-only
/* crash_model - the operations of a load, and what they do to the state */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "crash.h"

void crash_path(uint32_t name, char path[CRASH_PATH])
{
	snprintf(path, CRASH_PATH, "d%u/n%02u", name % CRASH_DIRS, name % 100);
}

const char *crash_text(enum crash_kind kind)
{
	static const char *const texts[] = {
		"create", "mknod", "mkdir", "symlink", "link", "unlink",
		"rename", "whiteout", "chmod", "chown", "setxattr",
	};

	return texts[kind];
}

/* splitmix64 */
static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

struct crash_op crash_op(uint64_t seed, uint64_t n)
{
	static const uint32_t ids[] = { 0, 0, 1, 7, 70000 };
	static const uint32_t types[] = { S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	uint64_t state = seed * 1000003 + n;
	struct crash_op op = { .kind = mix(&state) % CRASH_KINDS };

	op.a = mix(&state) % CRASH_NAMES;
	op.b = mix(&state) % CRASH_NAMES;
	op.mode = mix(&state) & (mix(&state) & 1 ? 07777 : 0755);
	op.uid = ids[mix(&state) % 5];
	op.gid = ids[mix(&state) % 5];
	op.value = 1 + mix(&state) % 1000;
	switch (op.kind) {
	case CRASH_CREATE:
		op.mode |= S_IFREG;
		break;
	case CRASH_MKDIR:
		/* mkdir(2) takes no set-id bits. */
		op.mode = S_IFDIR | (op.mode & 01777);
		break;
	case CRASH_SYMLINK:
		op.mode = S_IFLNK | 0777;
		break;
	case CRASH_MKNOD:
		op.mode |= types[mix(&state) % 4];
		op.uid = op.gid = 0;
		break;
	default:
		break;
	}
	return op;
}

static struct crash_object *object_of(struct crash_model *model, uint32_t name)
{
	uint32_t object = model->names[name];

	return object ? &model->objects[object - 1] : NULL;
}

static void unname(struct crash_model *model, uint32_t name)
{
	uint32_t object = model->names[name];

	model->names[name] = 0;
	for (int i = 0; i < CRASH_NAMES; i++)
		if (model->names[i] == object)
			return;
	if (object)
		model->objects[object - 1].mode = 0;
}

static void make(struct crash_model *model, uint32_t name,
		 const struct crash_object *what)
{
	for (uint32_t i = 0; i < CRASH_NAMES; i++) {
		if (model->objects[i].mode)
			continue;
		model->objects[i] = *what;
		model->names[name] = i + 1;
		return;
	}
}

static int rename_errno(const struct crash_object *a,
			const struct crash_object *b)
{
	if (!a)
		return ENOENT;
	if (b && S_ISDIR(a->mode) && !S_ISDIR(b->mode))
		return ENOTDIR;
	if (b && !S_ISDIR(a->mode) && S_ISDIR(b->mode))
		return EISDIR;
	return 0;
}

static int apply_rename(struct crash_model *model, const struct crash_op *op)
{
	struct crash_object *a = object_of(model, op->a);
	const struct crash_object whiteout = { .mode = S_IFCHR };
	uint32_t object;
	int error = rename_errno(a, object_of(model, op->b));

	/* Two names of one object: nothing is done. */
	if (error || model->names[op->a] == model->names[op->b])
		return error;
	object = model->names[op->a];
	unname(model, op->b);
	model->names[op->b] = object;
	model->names[op->a] = 0;
	if (op->kind == CRASH_WHITEOUT)
		make(model, op->a, &whiteout);
	return 0;
}

static int apply_new(struct crash_model *model, const struct crash_op *op)
{
	bool device = S_ISCHR(op->mode) || S_ISBLK(op->mode);
	const struct crash_object new = {
		.mode = op->mode, .uid = op->uid, .gid = op->gid,
		.rdev = device ? op->value % 200 + 1 : 0,
	};

	if (model->names[op->a])
		return EEXIST;
	make(model, op->a, &new);
	return 0;
}

/* Set-id bits go, but for a setgid that is none (no execution). */
static void apply_chown(struct crash_object *a, const struct crash_op *op)
{
	a->uid = op->uid;
	a->gid = op->gid;
	if (S_ISDIR(a->mode) || S_ISLNK(a->mode))
		return;
	a->mode &= ~(uint32_t)S_ISUID;
	if (a->mode & S_IXGRP)
		a->mode &= ~(uint32_t)S_ISGID;
}

static int apply_change(struct crash_model *model, const struct crash_op *op)
{
	struct crash_object *a = object_of(model, op->a);

	if (!a)
		return ENOENT;
	if (op->kind == CRASH_CHOWN)
		apply_chown(a, op);
	else if (op->kind == CRASH_XATTR)
		a->value = op->value;
	else if (S_ISLNK(a->mode))
		return EOPNOTSUPP;
	else
		a->mode = (a->mode & S_IFMT) | (op->mode & 07777);
	return 0;
}

int crash_apply(struct crash_model *model, const struct crash_op *op)
{
	struct crash_object *a = object_of(model, op->a);

	switch (op->kind) {
	case CRASH_CREATE:
	case CRASH_MKNOD:
	case CRASH_MKDIR:
	case CRASH_SYMLINK:
		return apply_new(model, op);
	case CRASH_LINK:
		if (!a)
			return ENOENT;
		if (model->names[op->b])
			return EEXIST;
		if (S_ISDIR(a->mode))
			return EPERM;
		model->names[op->b] = model->names[op->a];
		return 0;
	case CRASH_UNLINK:
		if (!a)
			return ENOENT;
		unname(model, op->a);
		return 0;
	case CRASH_RENAME:
	case CRASH_WHITEOUT:
		return apply_rename(model, op);
	default:
		return apply_change(model, op);
	}
}
