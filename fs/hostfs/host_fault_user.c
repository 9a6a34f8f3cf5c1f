// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_fault - a table of operations that is wrong in one way, on purpose
 *
 * Theory of operation
 *
 * A test that cannot fail shows nothing. The mutation run (conformance/mutate)
 * boots a guest with one fault after the other and demands that fsconf notices
 * each. A fault is a copy of the table that a tree has, with one operation, or one
 * thing that several of them tell, spoiled; the rest is the table's own. What a
 * fault hides from the guest's kernel half it hides wherever the same thing comes
 * through, or the kernel half would notice the contradiction itself.
 */
#include "host_fault_user.h"

const struct host_ops *host_fault_real;
static struct host_ops fault_ops;

_Static_assert(sizeof(struct host_ops) % sizeof(uintptr_t) == 0,
	       "struct host_ops is an array of pointers");

/* The operations that over has take their places in *ops. */
static void host_fault_put(struct host_ops *ops, const struct host_ops *over)
{
	const char *from = (const char *)over;
	char *to = (char *)ops;
	uintptr_t word;
	size_t at;

	for (at = 0; at < sizeof(*ops); at += sizeof(word)) {
		memcpy(&word, from + at, sizeof(word));
		if (word)
			memcpy(to + at, &word, sizeof(word));
	}
}

bool host_fault_find(const struct host_fault *faults, size_t n,
		     const char *name, struct host_ops *ops)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(faults[i].name, name)) {
			host_fault_put(ops, &faults[i].ops);
			return true;
		}
	}
	return false;
}

int host_fault_set(struct host_fs *fs, const char *name)
{
	if (fs->ops == &fault_ops)
		return 0;
	if (!host_fault_real) {
		fault_ops = *fs->ops;
		if (!host_fault_attr(name, &fault_ops) &&
		    !host_fault_name(name, &fault_ops) &&
		    !host_fault_file(name, &fault_ops))
			return -ENOENT;
		host_fault_real = fs->ops;
	}
	fs->ops = &fault_ops;
	return 0;
}
