/* SPDX-License-Identifier: GPL-2.0-only */
/* process.h - the checks of `process`, each with a line to print */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A check prints nothing. Return: NULL if all is as it should be, or what is
 * not. What a machine does not have is not checked.
 */
typedef const char *check_fn(void);

/* process_state.c: registers */
check_fn check_call_registers, check_call_vectors, check_signal_vectors,
	check_thread_vectors, check_signal_edits_registers;
/* process_signal.c: signals */
check_fn check_storm, check_restart, check_altstack, check_overflow,
	check_status, check_stop;
/* process_trace.c: ptrace */
check_fn check_trace_calls, check_trace_blocked, check_trace_steps;
/* process_memory.c: mappings, and who shares them */
check_fn check_vfork, check_spawn, check_mremap, check_growsdown,
	check_protect, check_mutexes, check_thread_exec, check_thread_kill;
/* process_exec.c: what may be executed */
check_fn check_no_exec, check_exec_rights;
/* process_access.c: the kernel's accesses for a process, and its time */
check_fn check_call_forbidden, check_call_dirties, check_call_given_up,
	check_futex_adds, check_user_time;
/* process_sharing.c: memory that threads use on several CPUs */
check_fn check_protect_race, check_remap_race, check_fork_race, check_copy_race,
	check_file_race, check_barriers;
/* process_threads.c: many at once */
check_fn check_many_threads, check_many_pipes;

/* Set a timer that sends SIGALRM every @us microseconds; 0: none. */
void tick(long us);

/* Return: 0 if @pid ended with @status, as waitpid() gives it. */
int ended(int pid, int status);

#endif
