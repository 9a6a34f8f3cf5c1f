// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash - kill a guest at random instants of a load of changes to metadata
 *
 *	crash start TREE MODEL SEED
 *	crash kill TIMES TREE MODEL JOURNAL CHECK -- HUM...
 *
 * kill: TIMES times it starts HUM..., which runs crashload, kills it (SIGKILL) up to
 * 60 ms after the load has begun, waits until no process of it is left, runs the
 * shell command CHECK and compares the tree with the model. It prints what it has
 * seen, and fails at the first state that may not be.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"

#define SPREAD_US	60000
#define BEGIN_MS	20000

static int die(const char *what)
{
	fprintf(stderr, "crash: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct crash_journal *journal_map(const char *path)
{
	struct crash_journal *journal;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || ftruncate(fd, sizeof(*journal)))
		return NULL;
	journal = mmap(NULL, sizeof(*journal), PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	close(fd);
	return journal == MAP_FAILED ? NULL : journal;
}

static void pause_us(long us)
{
	const struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/* Until the load has begun its first operation. */
static int wait_for_begin(const struct crash_journal *journal)
{
	for (int left = BEGIN_MS; left; left--) {
		if (journal->begun)
			return 0;
		pause_us(1000);
	}
	errno = ETIMEDOUT;
	return -1;
}

static int kill_one(const struct crash_journal *journal, char **hum)
{
	pid_t pid = fork();
	int begun;

	if (pid == 0) {
		execvp(hum[0], hum);
		_exit(127);
	}
	begun = pid < 0 ? -1 : wait_for_begin(journal);
	if (begun == 0)
		pause_us(random() % SPREAD_US);
	if (pid > 0)
		kill(pid, SIGKILL);
	/* All that it has started is ours now: nobody works on the tree any more. */
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return begun;
}

static int kill_many(int times, char **words, char **hum)
{
	struct crash_journal *journal = journal_map(words[2]);
	struct crash_result sum = { 0 };
	int n;

	if (!journal || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return die(words[2]);
	srandom((unsigned int)getpid());
	for (n = 0; n < times; n++) {
		journal->begun = journal->ended = 0;
		if (kill_one(journal, hum))
			return die("the load does not begin");
		if (system(words[3]))
			return die(words[3]);
		if (crash_check(words[0], words[1], words[2], &sum))
			break;
	}
	printf("%d kills in %llu operations: %llu times as before one, %llu as after it, %llu in between; %llu when it had just ended\n",
	       n, (unsigned long long)sum.operations,
	       (unsigned long long)sum.before, (unsigned long long)sum.after,
	       (unsigned long long)sum.between, (unsigned long long)sum.ended);
	return n == times ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "start"))
		return crash_start(argv[2], argv[3], strtoull(argv[4], NULL, 10)) ?
		       die(argv[2]) : 0;
	if (argc > 8 && !strcmp(argv[1], "kill") && !strcmp(argv[7], "--")) {
		crash_host();
		return kill_many(atoi(argv[2]), argv + 3, argv + 8);
	}
	fprintf(stderr, "usage: crash start|kill ...\n");
	return 2;
}
