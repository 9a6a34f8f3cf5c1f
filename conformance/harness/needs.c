// SPDX-License-Identifier: GPL-2.0-only
/*
 * needs - probe what the machine and the file system can do
 *
 * Each probe runs in a forked child in an empty directory of its own, so it
 * may change identity, namespace and limits. Probes look at results, never at
 * versions. They run in the order of the table and may use earlier ones.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "fsconf.h"
#include "rmtree.h"

const struct fc_need_row fc_need_rows[FC_NEEDS] = {
#define NEED(id, name, text) [FC_NEED_##id] = { name, text, fc_probe_##id },
	FC_NEED_TABLE(NEED)
#undef NEED
};

static char (*reasons)[128];

static void probe_child(const struct fc_need_row *row, char *reason)
{
	const char *why;

	umask(0);
	if (fchdir(fc_env.work_fd) < 0 || mkdir("probe", 0755) < 0 ||
	    chdir("probe") < 0)
		why = "cannot make a directory for the probe";
	else
		why = row->probe();
	snprintf(reason, sizeof(*reasons), "%s", why ? why : "");
	_exit(0);
}

static void probe_one(enum fc_need need)
{
	const struct fc_need_row *row = &fc_need_rows[need];
	int status = -1;
	pid_t pid;

	snprintf(reasons[need], sizeof(*reasons), "the probe died");
	pid = fork();
	if (!pid)
		probe_child(row, reasons[need]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	fc_rmtree(fc_env.work_fd, "probe");
	if (!reasons[need][0])
		fc_env.have |= 1ull << need;
}

uint64_t fc_needs_probe(void)
{
	reasons = mmap(NULL, FC_NEEDS * sizeof(*reasons),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (reasons == MAP_FAILED)
		return 0;
	fc_env.have = 0;
	for (enum fc_need n = 0; n < FC_NEEDS; n++)
		probe_one(n);
	return fc_env.have;
}

const char *fc_need_reason(enum fc_need need)
{
	return reasons[need];
}

enum fc_need fc_need_missing(uint64_t needs)
{
	for (enum fc_need n = 0; n < FC_NEEDS; n++) {
		if ((needs & 1ull << n) && !fc_have(n))
			return n;
	}
	return FC_NEEDS;
}
