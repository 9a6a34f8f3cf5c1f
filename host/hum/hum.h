/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hum - the launcher's program, for main.c and the tests
 */
#ifndef HUM_HUM_H
#define HUM_HUM_H

/* All of the program. Return: its exit status. */
int hum_main(int argc, char **argv);

#endif /* HUM_HUM_H */
