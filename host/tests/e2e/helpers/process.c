/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process - what a kernel has to do for a process, tried out
 *
 *	process			runs all checks: a line for each, the same on every
 *				kernel that is right
 *	process NAME...		runs these
 *	process exit N		ends with N; for the checks
 *
 * Exit status: 0, or 1 if a check failed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static const struct {
	const char *name;
	check_fn *run;
} checks[] = {
	{ "call-registers", check_call_registers },
	{ "call-vectors", check_call_vectors },
	{ "signal-vectors", check_signal_vectors },
	{ "thread-vectors", check_thread_vectors },
	{ "signal-edits-registers", check_signal_edits_registers },
	{ "storm", check_storm },
	{ "restart", check_restart },
	{ "altstack", check_altstack },
	{ "overflow", check_overflow },
	{ "status", check_status },
	{ "stop", check_stop },
	{ "trace-calls", check_trace_calls },
	{ "trace-blocked", check_trace_blocked },
	{ "trace-steps", check_trace_steps },
	{ "vfork", check_vfork },
	{ "spawn", check_spawn },
	{ "mremap", check_mremap },
	{ "growsdown", check_growsdown },
	{ "protect", check_protect },
	{ "no-exec", check_no_exec },
	{ "exec-rights", check_exec_rights },
	{ "mutexes", check_mutexes },
	{ "thread-exec", check_thread_exec },
	{ "thread-kill", check_thread_kill },
	{ "call-forbidden", check_call_forbidden },
	{ "call-dirties", check_call_dirties },
	{ "call-given-up", check_call_given_up },
	{ "futex-adds", check_futex_adds },
	{ "user-time", check_user_time },
	{ "protect-race", check_protect_race },
	{ "remap-race", check_remap_race },
	{ "fork-race", check_fork_race },
	{ "copy-race", check_copy_race },
	{ "file-race", check_file_race },
	{ "barriers", check_barriers },
	{ "many-threads", check_many_threads },
	{ "many-pipes", check_many_pipes },
};

void tick(long us)
{
	struct itimerval it = {
		.it_interval.tv_usec = us,
		.it_value.tv_usec = us,
	};

	setitimer(ITIMER_REAL, &it, NULL);
}

int ended(int pid, int status)
{
	int got;

	return waitpid(pid, &got, 0) == pid && got == status ? 0 : -1;
}

/* Each in a process of its own, which must not hang. */
static int run(const char *name, check_fn *check)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const char *wrong = check();

		printf("%s: %s\n", name, wrong ? wrong : "ok");
		fflush(stdout);
		_exit(wrong != NULL);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status & 0xff) {
		printf("%s: died\n", name);
		return 1;
	}
	return WEXITSTATUS(status);
}

int main(int argc, char *argv[])
{
	int failed = 0;

	if (argc == 3 && !strcmp(argv[1], "exit"))
		return atoi(argv[2]);

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int wanted = argc == 1;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], checks[i].name);
		if (wanted)
			failed |= run(checks[i].name, checks[i].run);
	}
	return failed;
}
