/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash.h - a load of changes to metadata that is killed, and what must be there then
 *
 * Theory of operation
 *
 * Operation n of a seed is always the same (crash_op), so who knows the state before
 * and how far the load came knows the state after: crash_apply() does to a model
 * what crash_do() does to the tree. The load says in its journal which operation it
 * begins, and again when it has ended. After a kill the tree must be the model
 * before that operation or after it, or one of the states in between that
 * fs/humfs/humfs_user.h allows, all of use to nobody.
 */
#ifndef HUM_E2E_CRASH_H
#define HUM_E2E_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#define CRASH_NAMES	24
#define CRASH_DIRS	3
#define CRASH_PATH	16

enum crash_kind {
	CRASH_CREATE, CRASH_MKNOD, CRASH_MKDIR, CRASH_SYMLINK, CRASH_LINK,
	CRASH_UNLINK, CRASH_RENAME, CRASH_WHITEOUT, CRASH_CHMOD, CRASH_CHOWN,
	CRASH_XATTR, CRASH_KINDS
};

struct crash_op {
	enum crash_kind kind;
	uint32_t a, b;			/* names */
	uint32_t mode, uid, gid;	/* mode: with the type */
	uint32_t value;
};

struct crash_object {
	uint32_t mode, uid, gid;	/* mode 0: there is none */
	uint32_t rdev;			/* its minor */
	uint32_t value;			/* of trusted.x, 0: none */
};

struct crash_model {
	uint32_t names[CRASH_NAMES];	/* object + 1; 0: nothing */
	struct crash_object objects[CRASH_NAMES];
	uint64_t next;			/* operation */
	uint64_t seed;
};

struct crash_journal {
	volatile uint64_t begun, ended;
};

void crash_path(uint32_t name, char path[CRASH_PATH]);
struct crash_op crash_op(uint64_t seed, uint64_t n);
/* Return: 0 or the errno that the operation has; then nothing is changed. */
int crash_apply(struct crash_model *model, const struct crash_op *op);
const char *crash_text(enum crash_kind kind);

/* On the host, once, before the next two. */
void crash_host(void);
/* On the host: make the tree's directories and an empty model (crash_check.c). */
int crash_start(const char *tree, const char *model, uint64_t seed);

struct crash_result {
	uint64_t operations, before, after, between, ended;
};

/*
 * On the host, after the kill: find out which state it is, make it a clean one, and
 * leave its model. Return: 0, or -1: it is none that may be (said to stderr).
 */
int crash_check(const char *tree, const char *model, const char *journal,
		struct crash_result *sum);

#endif /* HUM_E2E_CRASH_H */
