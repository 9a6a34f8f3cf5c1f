// SPDX-License-Identifier: GPL-2.0-only
/*
 * locker - processes that lock ranges of one file, as they are told
 *
 *	locker FILE [PROCESSES]
 *
 * Each process opens FILE for itself. A line of stdin is for one of them:
 *
 *	N posix|ofd r|w|u START LENGTH		F_SETLK, F_OFD_SETLK
 *	N posixw|ofdw ...			F_SETLKW, F_OFD_SETLKW
 *	N getposix|getofd r|w START LENGTH	who is in the way?
 *	N flock|flockw sh|ex|un			with and without LOCK_NB
 *	N name FILE				no answer: FILE instead, from the next open on
 *	N open ro|wo|rw				open it anew, which closes the old one
 *	N lease r|w|u				F_SETLEASE
 *	N extra					open it once more and close that
 *	N exit, N kill				it ends: "N gone"
 *	N signal				no answer, but what it waits for ends
 *
 * The answer is a line as well: "N ok", "N EAGAIN", "N w 0 10 host", "N free". It
 * comes when there is one; another process can be told something meanwhile. A
 * pid is shown as what it is: another guest's or the host's (`host`: negative,
 * as of another machine), nobody's (`none`: -1), `pid`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES	8

static const char *path;
static int file = -1;

static const char *name_of(int error)
{
	static const struct { int error; const char *name; } names[] = {
		{ EAGAIN, "EAGAIN" }, { EACCES, "EACCES" }, { EINTR, "EINTR" },
		{ EDEADLK, "EDEADLK" }, { ENOLCK, "ENOLCK" },
		{ EBADF, "EBADF" }, { EINVAL, "EINVAL" }, { EIO, "EIO" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return strerror(error);
}

static void answer(int result)
{
	puts(result < 0 ? name_of(errno) : "ok");
}

static void range(const char *verb, const char *type, long start, long length)
{
	static const struct { const char *verb; int cmd; } verbs[] = {
		{ "posix", F_SETLK }, { "posixw", F_SETLKW },
		{ "getposix", F_GETLK }, { "ofd", F_OFD_SETLK },
		{ "ofdw", F_OFD_SETLKW }, { "getofd", F_OFD_GETLK },
	};
	struct flock fl = {
		.l_type = *type == 'r' ? F_RDLCK : *type == 'w' ? F_WRLCK : F_UNLCK,
		.l_whence = SEEK_SET, .l_start = start, .l_len = length,
	};
	int cmd = -1, result;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].verb, verb))
			cmd = verbs[i].cmd;
	result = fcntl(file, cmd, &fl);
	if (result < 0 || strncmp(verb, "get", 3)) {
		answer(result);
		return;
	}
	if (fl.l_type == F_UNLCK)
		puts("free");
	else
		printf("%c %lld %lld %s\n", fl.l_type == F_RDLCK ? 'r' : 'w',
		       (long long)fl.l_start, (long long)fl.l_len,
		       fl.l_pid == -1 ? "none" : fl.l_pid < 0 ? "host" : "pid");
}

static void whole(const char *verb, const char *type)
{
	int operation = *type == 's' ? LOCK_SH : *type == 'e' ? LOCK_EX : LOCK_UN;

	if (strcmp(verb, "flockw"))
		operation |= LOCK_NB;
	answer(flock(file, operation));
}

static void reopen(const char *mode)
{
	int new = open(path, !strcmp(mode, "ro") ? O_RDONLY :
		       !strcmp(mode, "wo") ? O_WRONLY : O_RDWR);

	if (new >= 0 && file >= 0)
		close(file);
	if (new >= 0)
		file = new;
	answer(new);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void child(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	char line[200], verb[20], type[20];
	long start, length;
	int n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGIO, SIG_IGN);		/* a lease is wanted back */
	setvbuf(stdout, NULL, _IOLBF, 0);
	file = open(path, O_RDWR);
	for (;;) {
		clearerr(stdin);
		if (!fgets(line, sizeof(line), stdin)) {
			if (errno == EINTR && !feof(stdin))
				continue;
			break;
		}
		start = length = 0;
		strcpy(type, "rw");
		n = sscanf(line, "%19s %19s %ld %ld", verb, type, &start, &length);
		if (n < 1 || !strcmp(verb, "exit"))
			break;
		if (!strcmp(verb, "name"))
			path = strdup(type);
		else if (!strcmp(verb, "open"))
			reopen(type);
		else if (!strcmp(verb, "extra"))
			answer(close(open(path, O_RDONLY)));
		else if (!strcmp(verb, "lease"))
			answer(fcntl(file, F_SETLEASE, *type == 'r' ? F_RDLCK :
				     *type == 'w' ? F_WRLCK : F_UNLCK));
		else if (!strncmp(verb, "flock", 5))
			whole(verb, type);
		else
			range(verb, type, start, length);
	}
	exit(0);
}

static struct {
	pid_t pid;
	int to;
	FILE *from;
} peers[PROCESSES];

/* A new process in this place, which has the file open before it is spoken to. */
static void start(int i)
{
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) {
		perror("locker: pipe");
		exit(1);
	}
	fflush(stdout);
	peers[i].pid = fork();
	if (peers[i].pid == 0) {
		dup2(down[0], 0);
		dup2(up[1], 1);
		close(down[1]);
		close(up[0]);
		for (int j = 0; j < PROCESSES; j++)
			if (peers[j].from && j != i) {
				close(peers[j].to);
				close(fileno(peers[j].from));
			}
		child();
	}
	close(down[0]);
	close(up[1]);
	peers[i].to = down[1];
	peers[i].from = fdopen(up[0], "r");
	setvbuf(peers[i].from, NULL, _IONBF, 0);
}

/* "N words": pass the words on. */
static void pass(const char *line, int count)
{
	int i = atoi(line);
	const char *words = strchr(line, ' ');

	if (i < 0 || i >= count || !words) {
		fprintf(stderr, "locker: what is '%s'?\n", line);
		exit(2);
	}
	words++;
	if (!strncmp(words, "signal", 6)) {
		kill(peers[i].pid, SIGUSR1);
		return;
	}
	if (!strncmp(words, "kill", 4))
		kill(peers[i].pid, SIGKILL);
	else if (write(peers[i].to, words, strlen(words)) < 0)
		perror("locker: write");
	if (!strncmp(words, "kill", 4) || !strncmp(words, "exit", 4)) {
		waitpid(peers[i].pid, NULL, 0);
		fclose(peers[i].from);
		close(peers[i].to);
		start(i);
		printf("%d gone\n", i);
	}
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 1;
	struct pollfd polls[PROCESSES + 1];
	char line[200];

	if (argc < 2 || count < 1 || count > PROCESSES) {
		fputs("usage: locker FILE [PROCESSES]\n", stderr);
		return 2;
	}
	path = argv[1];
	if (access(path, F_OK)) {
		perror(path);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < count; i++) {
		start(i);
		polls[i] = (struct pollfd){ fileno(peers[i].from), POLLIN, 0 };
	}
	polls[count] = (struct pollfd){ 0, POLLIN, 0 };
	puts("ready");
	while (poll(polls, count + 1, -1) > 0 || errno == EINTR) {
		for (int i = 0; i < count; i++) {
			if (polls[i].revents &&
			    fgets(line, sizeof(line), peers[i].from))
				printf("%d %s", i, line);
		}
		if (!polls[count].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		pass(line, count);
		for (int i = 0; i < count; i++)
			polls[i].fd = fileno(peers[i].from);
	}
	return 1;
}
