// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn - one side changes a tree all the time, the other looks at it
 *
 *	churn host DIR SCENARIO			until its stdin ends
 *	churn guest DIR SCENARIO SECONDS	"SCENARIO: fine N" or what is wrong
 *
 * The host says in DIR/SCENARIO.said what it has done, after it has done it; the
 * guest reads that first and must then see at least as much.
 */
#include "churn.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *scenario;
static int said = -1;

void churn_wrong(const char *format, ...)
{
	va_list args;

	printf("%s: ", scenario);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

void churn_say(uint64_t count)
{
	MUST(pwrite(said, &count, sizeof(count), 0));
}

uint64_t churn_heard(void)
{
	uint64_t count = 0;

	if (MUST(pread(said, &count, sizeof(count), 0)) != sizeof(count))
		churn_wrong("%s.said is cut", scenario);
	return count;
}

void churn_put(const char *name, uint64_t count, int words)
{
	uint64_t text[1024];
	int fd = MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	for (int i = 0; i < words; i++)
		text[i] = count;
	MUST(write(fd, text, words * sizeof(*text)));
	MUST(close(fd));
}

static const struct churn *find(const struct churn *c)
{
	while (c->name && strcmp(c->name, scenario))
		c++;
	return c->name ? c : NULL;
}

static void as_host(void (*step)(uint64_t))
{
	struct pollfd end = { .fd = 0, .events = POLLIN };
	uint64_t n = 0;

	do {
		step(++n);
		if (n == 1) {
			puts("ready");
			fflush(stdout);
		}
	} while (poll(&end, 1, 0) == 0);
}

static void as_guest(void (*look)(void), long seconds)
{
	struct timespec now, end;
	long count = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		look();
		count++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec &&
					     now.tv_nsec < end.tv_nsec));
	printf("%s: fine %ld\n", scenario, count);
}

int main(int argc, char **argv)
{
	const struct churn *found;
	char name[64];

	if (argc < 4 || chdir(argv[2])) {
		fputs("usage: churn host|guest DIR SCENARIO [SECONDS]\n", stderr);
		return 2;
	}
	scenario = argv[3];
	snprintf(name, sizeof(name), "../%s.said", scenario);
	said = MUST(open(name, O_RDWR | O_CREAT, 0666));
	found = find(churn_data);
	if (!found)
		found = find(churn_names);
	if (!found)
		churn_wrong("no such scenario");
	if (!strcmp(argv[1], "host"))
		as_host(found->host);
	else
		as_guest(found->guest, argc > 4 ? atol(argv[4]) : 1);
	return 0;
}
