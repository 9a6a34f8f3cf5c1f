// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownership - one of several who change owners and modes of the same objects
 *
 *	ownership uid|gid DIR SECONDS		in a guest (ownership_calls.c)
 *	ownership-host mode TREE SECONDS	on the host (ownership_table.c)
 *
 * Each counts one attribute of each object up, and is the only one who does. Before
 * and after each change it must have the value that this one gave it last (no lost
 * update), and what the others count must never go back (nothing stale). It prints
 * "ATTRIBUTE: fine N", or what was wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ownership.h"

#define OBJECTS		12
#define MODES		128		/* the mode counts in a circle */

static const char *const whats[WHATS] = { "uid", "gid", "mode" };
static const char *const names[OBJECTS] = {
	"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "d", "n", "p", "l",
};

/* Six bits of rw for three classes, and the sticky bit. */
uint32_t ownership_mode(uint32_t n)
{
	return (n & 64) << 3 | (n & 32) << 3 | (n & 16) << 3 | (n & 8) << 2 |
	       (n & 4) << 2 | (n & 3) << 1;
}

uint32_t ownership_count(uint32_t mode)
{
	return (mode >> 3 & 64) | (mode >> 3 & 32) | (mode >> 3 & 16) |
	       (mode >> 2 & 8) | (mode >> 2 & 4) | (mode >> 1 & 3);
}

static int wrong(const char *when, int i, enum ownership_what what, uint32_t got,
		 uint32_t last)
{
	printf("%s: %s: %s is %u, was %u\n", when, names[i], whats[what], got,
	       last);
	return -1;
}

static int look(const char *when, int i, enum ownership_what mine, struct values *last)
{
	struct values now;
	int error = ownership_get(names[i], &now);

	if (error) {
		printf("%s: %s: %s\n", when, names[i], strerror(-error));
		return -1;
	}
	for (int w = 0; w < WHATS; w++) {
		uint32_t step = now.v[w] - last->v[w];

		if (w == MODE)
			step %= MODES;
		if (w == (int)mine ? step : step > (w == MODE ? MODES / 2 :
						    UINT32_MAX / 2))
			return wrong(when, i, w, now.v[w], last->v[w]);
	}
	*last = now;
	return 0;
}

static int change(int i, enum ownership_what mine, struct values *last)
{
	uint32_t next = last->v[mine] + 1;
	int error;

	if (look("before", i, mine, last))
		return -1;
	if (mine == MODE)
		next %= MODES;
	error = ownership_set(names[i], mine, next);
	if (error) {
		printf("set: %s: %s\n", names[i], strerror(-error));
		return -1;
	}
	last->v[mine] = next;
	return look("after", i, mine, last);
}

/*
 * The mode counts in a small circle: it waits for both others, so that nobody misses
 * half a turn of it, however slow he is.
 */
static int change_mode(int i, struct values *last, struct values *then)
{
	if (look("before", i, MODE, last))
		return -1;
	if (last->v[UID] == then->v[UID] || last->v[GID] == then->v[GID])
		return 0;
	*then = *last;
	return change(i, MODE, last) ? -1 : 1;
}

static int run(enum ownership_what mine, long seconds)
{
	/* A link has no mode of its own. */
	int objects = mine == MODE ? OBJECTS - 1 : OBJECTS;
	time_t end = time(NULL) + seconds;
	struct values last[OBJECTS], then[OBJECTS];
	unsigned int n, changes = 0;

	for (int i = 0; i < OBJECTS; i++)
		if (ownership_get(names[i], &last[i]))
			return wrong("begin", i, mine, 0, 0);
	memcpy(then, last, sizeof(then));
	for (n = 0; time(NULL) < end; n++) {
		int i = (int)(n * 7 % (unsigned int)objects);
		int done = mine == MODE ? change_mode(i, &last[i], &then[i]) :
			   change(i, mine, &last[i]) ? -1 : 1;

		if (done < 0)
			return 1;
		changes += (unsigned int)done;
		if (n % 16 == 0)
			ownership_disturb(n / 16);
	}
	for (int i = 0; i < objects; i++)
		if (look("end", i, mine, &last[i]))
			return 1;
	printf("%s: fine %u\n", whats[mine], changes);
	return 0;
}

int main(int argc, char **argv)
{
	enum ownership_what mine = WHATS;

	for (int w = 0; argc == 4 && w < WHATS; w++)
		if (!strcmp(argv[1], whats[w]))
			mine = w;
	if (mine == WHATS) {
		fprintf(stderr, "usage: ownership uid|gid|mode DIR SECONDS\n");
		return 2;
	}
	if (ownership_begin(argv[2])) {
		perror(argv[2]);
		return 1;
	}
	return run(mine, atol(argv[3]));
}
