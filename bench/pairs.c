/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pairs - times commands against each other
 *
 *	pairs [-n ROUNDS] [-w WARM-UPS] [-j FILE] [-l ROW=MS]... ROWS
 *
 * ROWS is a file: one row a line, its name, a tab, a command for sh. The first
 * row is what the others are compared with.
 *
 * Theory of operation
 *
 * A machine drifts: clocks, caches, neighbours. So the rows take turns, one run
 * each a round, and each round begins with another row. A row's number is the
 * median of its runs, and a ratio is the median of the ratios within the rounds.
 * The time is that of fork, exec and wait on the monotonic clock; the CPU time,
 * of the command and of those descendants that it has waited for, from wait4(2).
 *
 * Prints a table; -j writes the same and every run as JSON. -l sets a limit:
 * exit status 1 when the row's median is above it. A command that fails: 2.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS_MAX 32

struct row {
	char *name, *command;
	double *ms, *cpu;	/* one for each round */
	double limit;		/* 0 = none */
};

static struct row rows[ROWS_MAX];
static size_t nrows;

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double tv_ms(struct timeval tv)
{
	return (double)tv.tv_sec * 1e3 + (double)tv.tv_usec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which the part @q of @n values lies; @v is left as it is. */
static double quantile(const double *v, size_t n, double q)
{
	double *sorted = malloc(n * sizeof(*v)), value;

	if (!sorted)
		exit(2);
	memcpy(sorted, v, n * sizeof(*v));
	qsort(sorted, n, sizeof(*v), by_value);
	value = sorted[(size_t)(q * (double)(n - 1) + 0.5)];
	free(sorted);
	return value;
}

/* One run. The shell gives way to the command: its start is in every row. */
static void run(const struct row *r, double *ret_ms, double *ret_cpu)
{
	struct rusage use;
	double start;
	int status;
	pid_t pid;

	start = now_ms();
	pid = vfork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", r->command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0) {
		perror("pairs");
		exit(2);
	}
	*ret_ms = now_ms() - start;
	*ret_cpu = tv_ms(use.ru_utime) + tv_ms(use.ru_stime);
	if (status) {
		fprintf(stderr, "pairs: %s: wait status %#x: %s\n", r->name,
			(unsigned int)status, r->command);
		exit(2);
	}
}

static void read_rows(const char *path, size_t rounds)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *tab;
	size_t room = 0;
	ssize_t n;

	if (!f) {
		fprintf(stderr, "pairs: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	while ((n = getline(&line, &room, f)) > 0 && nrows < ROWS_MAX) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		tab = strchr(line, '\t');
		if (!tab)
			continue;
		*tab = 0;
		rows[nrows].name = strdup(line);
		/* exec: the shell is not to wait for it */
		if (asprintf(&rows[nrows].command, "exec %s", tab + 1) < 0)
			exit(2);
		rows[nrows].ms = calloc(rounds, sizeof(double));
		rows[nrows].cpu = calloc(rounds, sizeof(double));
		nrows++;
	}
	free(line);
	fclose(f);
}

static double median_ratio(const struct row *r, size_t rounds)
{
	double *ratio = malloc(rounds * sizeof(*ratio)), value;
	size_t i;

	if (!ratio)
		exit(2);
	for (i = 0; i < rounds; i++)
		ratio[i] = r->ms[i] / rows[0].ms[i];
	value = quantile(ratio, rounds, 0.5);
	free(ratio);
	return value;
}

static void table(size_t rounds)
{
	size_t i;

	printf("%-32s %9s %9s %9s %9s %9s %9s\n", "ms", "median", "least", "90 %",
	       "most", "cpu", "x first");
	for (i = 0; i < nrows; i++)
		printf("%-32s %9.2f %9.2f %9.2f %9.2f %9.2f %9.1f\n", rows[i].name,
		       quantile(rows[i].ms, rounds, 0.5), quantile(rows[i].ms, rounds, 0),
		       quantile(rows[i].ms, rounds, 0.9), quantile(rows[i].ms, rounds, 1),
		       quantile(rows[i].cpu, rounds, 0.5), median_ratio(&rows[i], rounds));
}

static void json_values(FILE *f, const char *name, const double *v, size_t n)
{
	size_t i;

	fprintf(f, "      \"%s\": [", name);
	for (i = 0; i < n; i++)
		fprintf(f, "%s%.3f", i ? ", " : "", v[i]);
	fprintf(f, "]");
}

static int json(const char *path, size_t rounds)
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (!f) {
		fprintf(stderr, "pairs: %s: %s\n", path, strerror(errno));
		return 2;
	}
	fprintf(f, "{\n  \"unit\": \"ms\",\n  \"rounds\": %zu,\n  \"rows\": {\n", rounds);
	for (i = 0; i < nrows; i++) {
		fprintf(f, "    \"%s\": {\n      \"median\": %.3f,\n      \"ratio\": %.3f,\n",
			rows[i].name, quantile(rows[i].ms, rounds, 0.5),
			median_ratio(&rows[i], rounds));
		json_values(f, "wall", rows[i].ms, rounds);
		fprintf(f, ",\n");
		json_values(f, "cpu", rows[i].cpu, rounds);
		fprintf(f, "\n    }%s\n", i + 1 < nrows ? "," : "");
	}
	fprintf(f, "  }\n}\n");
	return fclose(f) ? 2 : 0;
}

/* -l ROW=MS. Return: 1 when a row is over its limit, after saying so. */
static int over_limit(char **limits, size_t nlimits, size_t rounds)
{
	int over = 0;
	size_t i, l;

	for (l = 0; l < nlimits; l++) {
		char *value = strrchr(limits[l], '=');
		double median;

		for (i = 0; value && i < nrows; i++) {
			if (strlen(rows[i].name) != (size_t)(value - limits[l]) ||
			    strncmp(rows[i].name, limits[l], (size_t)(value - limits[l])))
				continue;
			median = quantile(rows[i].ms, rounds, 0.5);
			if (median > atof(value + 1)) {
				fprintf(stderr, "pairs: %s: %.1f ms, at most %s ms\n",
					rows[i].name, median, value + 1);
				over = 1;
			}
		}
	}
	return over;
}

int main(int argc, char **argv)
{
	size_t rounds = 21, warm = 3, nlimits = 0, i, n;
	char *limits[ROWS_MAX], *out = NULL;
	double ms, cpu;
	int opt;

	while ((opt = getopt(argc, argv, "n:w:j:l:")) != -1) {
		switch (opt) {
		case 'n': rounds = (size_t)atoi(optarg); break;
		case 'w': warm = (size_t)atoi(optarg); break;
		case 'j': out = optarg; break;
		case 'l': if (nlimits < ROWS_MAX) limits[nlimits++] = optarg; break;
		default: return 2;
		}
	}
	if (optind + 1 != argc || !rounds) {
		fprintf(stderr, "usage: pairs [-n ROUNDS] [-w WARM-UPS] [-j FILE] [-l ROW=MS]... ROWS\n");
		return 2;
	}
	read_rows(argv[optind], rounds);
	if (!nrows)
		return 2;
	for (n = 0; n < warm; n++)
		for (i = 0; i < nrows; i++)
			run(&rows[i], &ms, &cpu);
	for (n = 0; n < rounds; n++)
		for (i = 0; i < nrows; i++) {
			struct row *r = &rows[(n + i) % nrows];

			run(r, &r->ms[n], &r->cpu[n]);
		}
	table(rounds);
	if (out && json(out, rounds))
		return 2;
	return over_limit(limits, nlimits, rounds);
}
