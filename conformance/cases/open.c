// SPDX-License-Identifier: GPL-2.0-only
/* open - open(2) and creat(2): flags and results */
#include "../harness/fsconf.h"

static void excl(void)
{
	for_each_type(t) {
		fc_make(t, "x");
		CHECK_ERR(fc_try_open("x", O_CREAT | O_EXCL | O_RDWR, 0600),
			  EEXIST, "existing %s", fc_type_names[t]);
		fc_remove("x");
	}
}

static const struct fc_case cases[] = {
	{ "open", "excl", "O_CREAT|O_EXCL fails on every existing type", 0,
	  FC_T_ALL, "POSIX open()", excl },
};

FC_FAMILY(open, "open", cases);
