// SPDX-License-Identifier: GPL-2.0-only
/*
 * main - the launcher's entry; everything is in libhum, where tests reach it
 */
#include "hum.h"

int main(int argc, char **argv)
{
	return hum_main(argc, argv);
}
