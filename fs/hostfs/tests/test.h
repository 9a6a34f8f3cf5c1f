/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test.h - what the tests of the host half share: a directory, mounted
 *
 * Theory of operation
 *
 * A case begins with begin(flags): a new directory `base`, in it "share",
 * which is mounted; everything beside it is outside and must stay untouched.
 * end() unmounts, removes the directory, and checks that no descriptor is left.
 * The tests play the host with ordinary system calls on paths.
 */
#ifndef HOSTFS_TESTS_TEST_H
#define HOSTFS_TESTS_TEST_H

#include "../host_user.h"
#include "tap.h"

#include <stdarg.h>

extern const struct host_ops *ops;
extern struct host_fs *fs;
extern struct host_node *root;
extern char base[64];

/* mnt: enum host_mount. limit: of the descriptor cache, 0: the default. */
void begin(uint32_t mnt);
void begin_limited(uint32_t mnt, uint32_t limit);
void end(void);
/* Mount once more, with other flags. */
struct host_fs *mount_again(uint32_t mnt, struct host_node **ret_root);

/* A path of the host in a buffer of its own (of eight), "%s" below the share. */
const char *at(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same beside the share. */
const char *outside(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The host's hand. They abort the program when they fail: nothing was tested. */
void host_put(const char *path, const char *text);
bool host_has(const char *path, const char *text);
void host_dir(const char *path);
#define must(call) must_((call) != -1, #call, __FILE__, __LINE__)
void must_(bool fine, const char *what, const char *file, int line);

/* lookup() and node() in one; NULL and a failed check when it is not there. */
struct host_node *find(struct host_node *dir, const char *name);
/* lookup()'s attributes */
struct host_attr look(struct host_node *dir, const char *name);
struct host_file *open_as(struct host_node *node, uint32_t flags);
int64_t write_at(struct host_file *file, const char *text, uint64_t offset,
		 uint32_t flags);
/* Does the file, read through the table, hold exactly that? */
bool reads(struct host_file *file, const char *text);
/* A file made through the table. */
struct host_file *make(struct host_node *dir, const char *name, uint32_t mode,
		       uint32_t flags);
struct host_new new_of(uint32_t mode);

/* Descriptors that the process has open. */
int descriptors(void);

/* As which user: --as-user drops root for an id without an account. */
int test_main(int argc, char **argv, const struct tap_case *cases, size_t count);
#define TEST_MAIN(cases)						\
	int main(int argc, char **argv)					\
	{								\
		return test_main(argc, argv, cases,			\
				 sizeof(cases) / sizeof(cases[0]));	\
	}

#endif /* HOSTFS_TESTS_TEST_H */
