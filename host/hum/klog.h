/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * klog - what a guest's kernel says: kept for a failure, copied to a file
 */
#ifndef HUM_KLOG_H
#define HUM_KLOG_H

#include <stddef.h>

#define KLOG_SIZE (64 * 1024)

struct klog {
	char ring[KLOG_SIZE];
	size_t total;		/* bytes ever added; the last KLOG_SIZE are kept */
	int file;		/* --log, or -1 */
	int file_error;		/* the first failure to write it: 0 or negative */
};

void klog_init(struct klog *log, int file);
void klog_add(struct klog *log, const char *data, size_t size);

/*
 * The last @lines lines that are kept, as a string to be freed; NULL when there
 * is no memory.
 */
char *klog_tail(const struct klog *log, size_t lines);

/*
 * What a failed start was about, from what the kernel said.
 * Return: a sentence that says what to do, or NULL.
 */
const char *klog_diagnose(const char *text);

#endif /* HUM_KLOG_H */
