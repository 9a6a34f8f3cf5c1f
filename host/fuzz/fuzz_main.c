// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_main - run a fuzz target as an ordinary test
 *
 * fuzz_main CORPUS ROUNDS: gives the target every file of the corpus directory,
 * every shorter beginning of it, and ROUNDS changed copies, by a fixed sequence
 * of pseudo-random numbers: what fails once fails each time. For a real search
 * the targets are built with clang's libFuzzer (the preset `fuzz`).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fileio.h"
#include "fuzz.h"

#define INPUT_MAX	65536

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64*: small, and the same everywhere. */
static uint32_t next_random(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1d) >> 32) % below;
}

/* In its own allocation, so that ASan sees a read past the end. */
static void give(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	if (size)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static void change(uint8_t *data, size_t size)
{
	static const uint8_t telling[] = { 0, 1, 7, 8, 0x7f, 0x80, 0xff, ':',
					   '/', '.', '\\', '\'', '"', ' ', ',' };
	uint32_t times = 1 + next_random(4);

	while (times--) {
		uint8_t *at = data + next_random((uint32_t)size);

		switch (next_random(3)) {
		case 0:
			*at ^= (uint8_t)(1u << next_random(8));
			break;
		case 1:
			*at = telling[next_random(sizeof(telling))];
			break;
		case 2:
			*at = (uint8_t)next_random(256);
			break;
		}
	}
}

static void run_file(const uint8_t *data, size_t size, unsigned int rounds)
{
	static uint8_t copy[INPUT_MAX];
	size_t n;

	for (n = 0; n <= size; n++)
		give(data, n);
	while (size && rounds--) {
		memcpy(copy, data, size);
		change(copy, size);
		give(copy, size);
	}
}

int main(int argc, char **argv)
{
	static char data[INPUT_MAX];
	struct dirent *e;
	int files = 0, n;
	DIR *dir;

	if (argc != 3)
		return 2;
	dir = opendir(argv[1]);
	if (!dir) {
		perror(argv[1]);
		return 1;
	}
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		n = fileio_read(dirfd(dir), e->d_name, data, sizeof(data));
		if (n < 0) {
			printf("not ok 1 - cannot read %s\n1..1\n", e->d_name);
			return 1;
		}
		run_file((const uint8_t *)data, (size_t)n,
			 (unsigned int)atoi(argv[2]));
		files++;
	}
	closedir(dir);
	printf("%s 1 - %d inputs and their variants keep the promises\n1..1\n",
	       files ? "ok" : "not ok", files);
	return files ? 0 : 1;
}
