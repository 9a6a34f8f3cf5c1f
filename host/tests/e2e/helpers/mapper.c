// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper - stores into a shared mapping, step by step
 *
 *	mapper FILE BYTES
 *
 * Maps BYTES of FILE, says "mapped", and then does what each line of stdin says:
 *
 *	store FROM TO	one 'x' into each page from page FROM to before page TO
 *	get PAGE	the first byte of a page, as a number
 *	sync		msync
 *
 * and answers with "ok", the number, or the error. SIGBUS is said as "SIGBUS at
 * PAGE", and ends the step.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096L

static sigjmp_buf back;

static void on_bus(int signal)
{
	siglongjmp(back, signal);
}

int main(int argc, char **argv)
{
	long bytes = argc > 2 ? atol(argv[2]) : 0;
	volatile long page = 0, from, to;
	volatile char *p;
	char line[100], verb[20];
	int fd;

	fd = argc > 2 ? open(argv[1], O_RDWR) : -1;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror("mapper");
		return 1;
	}
	signal(SIGBUS, on_bus);
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("mapped");
	while (fgets(line, sizeof(line), stdin)) {
		from = to = 0;
		if (sscanf(line, "%19s %ld %ld", verb, &from, &to) < 1)
			return 2;
		if (sigsetjmp(back, 1)) {
			printf("SIGBUS at %ld\n", page);
			continue;
		}
		page = from;
		if (!strcmp(verb, "get")) {
			printf("%d\n", p[page * PAGE]);
			continue;
		}
		if (!strcmp(verb, "store"))
			for (; page < to; page++)
				p[page * PAGE] = 'x';
		if (!strcmp(verb, "sync") && msync((void *)p, bytes, MS_SYNC))
			puts(strerror(errno));
		else
			puts("ok");
	}
	return 0;
}
