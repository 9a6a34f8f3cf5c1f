/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * humfs_test.h - what the tests of humfs's host half share: a tree, mounted as
 * humfs, on fs/hostfs/tests/test.h's directory
 */
#ifndef HUMFS_TESTS_HUMFS_TEST_H
#define HUMFS_TESTS_HUMFS_TEST_H

#include "humfs_user.h"
#include "test.h"

/* Of objects without a record. */
#define OWNER	5000
#define GROUP	5001

/* Faults that were reported since humfs_begin(). */
extern int reports;
extern char last_report[256];

/* For meta: the original's layout, version 2; the tree is the folder "tree", and
 * "share" a link to its data. */
#define HUMFS_TEST_V2	100

/* A new tree, "share"; its side store is "side", outside. meta: enum humfs_meta. */
void humfs_begin(uint32_t meta);
/* Another guest on the same tree, which knows nothing yet: now `fs`. */
void humfs_again(uint32_t meta);
/* As humfs_again(), while `fs` stays: what another guest sees. */
struct host_fs *humfs_other(uint32_t meta, struct host_node **ret_root);
void humfs_end(void);

/* Make an object as that owner. Return: what make returned. */
int humfs_make(const char *name, uint32_t mode, uint32_t uid, uint32_t gid);
/* setattr by name. */
int humfs_chmod(const char *name, uint32_t mode);
int humfs_chown(const char *name, uint32_t uid, uint32_t gid);
/* lookup() says so, and so does getattr(). */
void humfs_shows(const char *name, uint32_t mode, uint32_t uid, uint32_t gid);
/* The host's mode of share/name. */
uint32_t host_mode(const char *name);
/* The text of a file below "tree" (version 2), "" if there is none. */
const char *tree_text(const char *path);
/* The host's record of share/name as text, "" if there is none. */
const char *host_record(const char *name);

#endif /* HUMFS_TESTS_HUMFS_TEST_H */
