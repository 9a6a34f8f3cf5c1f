// SPDX-License-Identifier: GPL-2.0-only
/* report_ids - what a copy of fsconf says of itself when a case runs it */
#include <linux/capability.h>

#include "fsconf.h"
#include "report_ids.h"

static int has_net_raw(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return 2;
	return data[0].effective >> CAP_NET_RAW & 1;
}

/* Says that it runs, and stays until it is killed. */
static int wait_for_end(void)
{
	if (write(1, "r", 1) != 1)
		return 1;
	for (;;)
		pause();
}

int fc_report_ids(const char *what)
{
	if (!strcmp(what, "euid"))
		return geteuid() % 100;
	if (!strcmp(what, "ruid"))
		return getuid() % 100;
	if (!strcmp(what, "egid"))
		return getegid() % 100;
	if (!strcmp(what, "netraw"))
		return has_net_raw();
	if (!strcmp(what, "wait"))
		return wait_for_end();
	return 0;
}
