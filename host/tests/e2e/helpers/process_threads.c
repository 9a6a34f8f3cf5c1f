/* SPDX-License-Identifier: GPL-2.0-only */
/* process_threads - checks of `process`: more threads than a CPU has time for */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "process.h"

/* As many as a Java or Go program has on a bad day */
#define THREADS 2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t here = PTHREAD_COND_INITIALIZER;
static pthread_cond_t begin = PTHREAD_COND_INITIALIZER;
static int waiting, begun, turns;

static void *runner(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	if (++waiting == THREADS)
		pthread_cond_signal(&here);
	while (!begun)
		pthread_cond_wait(&begin, &lock);
	pthread_mutex_unlock(&lock);

	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&lock);
		turns++;
		pthread_mutex_unlock(&lock);
		sched_yield();
	}
	return NULL;
}

/* They all wait at once, are woken at once, and take turns. */
const char *check_many_threads(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], &attr, runner, NULL) != 0)
			return "a thread cannot be made";
	pthread_mutex_lock(&lock);
	while (waiting < THREADS)
		pthread_cond_wait(&here, &lock);
	begun = 1;
	pthread_cond_broadcast(&begin);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		if (pthread_join(threads[i], NULL) != 0)
			return "a thread has not ended";
	return turns == 5 * THREADS ? NULL : "a turn got lost";
}

/* Pairs that hand a ball over by a pipe: a lost wake-up hangs them. */
enum { PAIRS = 20, BALLS = 500 };

static void *player(void *arg)
{
	int *fd = arg;
	char ball;

	for (int i = 0; i < BALLS; i++)
		if (read(fd[0], &ball, 1) != 1 || write(fd[1], &ball, 1) != 1)
			return arg;
	return NULL;
}

const char *check_many_pipes(void)
{
	static int fd[PAIRS][4];
	pthread_t threads[PAIRS];
	char ball = 'o';
	void *wrong;

	for (int i = 0; i < PAIRS; i++) {
		int there[2], back[2];

		if (pipe(there) < 0 || pipe(back) < 0)
			return "no pipe";
		fd[i][0] = there[0];
		fd[i][1] = back[1];
		fd[i][2] = back[0];
		fd[i][3] = there[1];
		if (pthread_create(&threads[i], NULL, player, fd[i]) != 0)
			return "a thread cannot be made";
	}
	for (int n = 0; n < BALLS; n++) {
		for (int i = 0; i < PAIRS; i++)
			if (write(fd[i][3], &ball, 1) != 1)
				return "a ball cannot be thrown";
		for (int i = 0; i < PAIRS; i++)
			if (read(fd[i][2], &ball, 1) != 1)
				return "a ball does not come back";
	}
	for (int i = 0; i < PAIRS; i++)
		if (pthread_join(threads[i], &wrong) != 0 || wrong)
			return "a player lost a ball";
	return NULL;
}
