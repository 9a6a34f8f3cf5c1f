// SPDX-License-Identifier: GPL-2.0-only
/* main - the fsconf program: the harness with all families of cases */
#include "harness/run.h"

int main(int argc, char **argv)
{
	return fc_main(argc, argv);
}
