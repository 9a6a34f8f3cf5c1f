// SPDX-License-Identifier: GPL-2.0-only
/*
 * klog - what a guest's kernel says: kept for a failure, copied to a file
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fileio.h"
#include "klog.h"

/*
 * The kernel's own words for why it cannot start. All of @says must be in what
 * it said; the first row that fits is taken.
 */
static const struct {
	const char *says[2];
	const char *means;
} causes[] = {
	{ { "SMP is not supported with PTRACE", "" },
	  "this host allows only ptrace mode, which has one CPU; use --cpus 1" },
	{ { "SECCOMP userspace requested but not functional", "" },
	  "this host refuses seccomp filters; use --mode ptrace" },
	{ { "ptrace: Operation not permitted",
	    "Checking that seccomp filters can be installed" },
	  "this host refuses both seccomp filters and ptrace, and a guest needs one of them; in a container, allow ptrace" },
	{ { "ptrace: Operation not permitted", "" },
	  "this host refuses ptrace; use --mode seccomp" },
	{ { "check_ptrace", "Checking that seccomp filters can be installed" },
	  "this host refuses both seccomp filters and ptrace, and a guest needs one of them; in a container, allow ptrace" },
	{ { "check_ptrace", "" },
	  "this host does not let a guest use ptrace; use --mode seccomp" },
	{ { "check_sysemu", "" },
	  "this host's ptrace lacks PTRACE_SYSEMU; use --mode seccomp" },
	{ { "must be not mounted noexec", "" },
	  "/dev/shm is mounted noexec, and the guest's memory lies there; mount it without that option" },
	{ { "Bus error - the host", "" },
	  "the host has no memory left for the guest, or its /dev/shm is too small; use a smaller -m" },
	{ { "setup_physmem - mapping", "" },
	  "the host has no memory for the guest (see 'ulimit -v'); use a smaller -m" },
	{ { "Cannot allocate memory", "" },
	  "the host has no memory for the guest; use a smaller -m" },
	{ { "of guest memory, errno = 38", "" },
	  "this host refuses memfd_create(2), and the guest's memory is such a file; in a container, allow it" },
	{ { "of guest memory, errno", "" },
	  "the host does not give the guest its memory; use a smaller -m" },
	{ { "No space left on device", "" },
	  "no space for the guest's memory; use a smaller -m" },
	{ { "Out of memory", "" },
	  "the guest has too little memory; use a larger -m" },
	{ { "System is deadlocked on memory", "" },
	  "the guest has too little memory; use a larger -m" },
	{ { "Failed to allocate", "" },
	  "the guest has too little memory; use a larger -m" },
	{ { "No working init found", "" },
	  "the kernel has no /init of hum's; use the kernel that was built with it" },
};

void klog_init(struct klog *log, int file)
{
	log->total = 0;
	log->file = file;
	log->file_error = 0;
}

void klog_add(struct klog *log, const char *data, size_t size)
{
	size_t i;

	if (log->file >= 0 && !log->file_error)
		log->file_error = fileio_write(log->file, data, size);
	for (i = 0; i < size; i++)
		log->ring[(log->total + i) % KLOG_SIZE] = data[i];
	log->total += size;
}

char *klog_tail(const struct klog *log, size_t lines)
{
	size_t kept = log->total < KLOG_SIZE ? log->total : KLOG_SIZE;
	size_t first = log->total - kept, at = log->total, i;
	char *text;

	/* A newline at the very end does not begin another line. */
	while (at > first) {
		if (log->ring[(at - 1) % KLOG_SIZE] == '\n' &&
		    at != log->total && !--lines)
			break;
		at--;
	}
	text = malloc(log->total - at + 1);
	if (!text)
		return NULL;
	for (i = 0; at + i < log->total; i++) {
		char c = log->ring[(at + i) % KLOG_SIZE];

		text[i] = c ? c : ' ';
	}
	text[i] = 0;
	return text;
}

const char *klog_diagnose(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (strstr(text, causes[i].says[0]) &&
		    strstr(text, causes[i].says[1]))
			return causes[i].means;
	return NULL;
}
