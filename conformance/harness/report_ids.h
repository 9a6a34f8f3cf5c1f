/* SPDX-License-Identifier: GPL-2.0-only */
/* report_ids - what a copy of fsconf says of itself when a case runs it */
#ifndef FSCONF_REPORT_IDS_H
#define FSCONF_REPORT_IDS_H

/* The name under which the copy is run. */
#define FC_REPORT_NAME "fsconf-report"

/* Return: exit status: the id that @what names, modulo 100; "zero" is 0. */
int fc_report_ids(const char *what);

#endif
