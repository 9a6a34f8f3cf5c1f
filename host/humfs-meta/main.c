// SPDX-License-Identifier: GPL-2.0-only
/*
 * main - humfs-meta's entry; everything is in libhumfsmeta, where tests reach it
 */
#include "command.h"

int main(int argc, char **argv)
{
	return humfs_meta_main(argc, argv);
}
