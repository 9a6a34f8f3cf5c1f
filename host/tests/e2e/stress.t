#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# stress - loads of every kind at once, which check what they get: no error, no
# hang, no complaint of the kernel. The long run takes half an hour.
. "$(dirname "$0")/tap.sh"
need stress-ng

seconds=2
[ -z "${HUM_SOAK:-}" ] || seconds=300

cat >"$T/groups" <<'END'
processes --fork 1 --vfork 1 --clone 1 --exec 1 --mmapfork 1 --wait 1 --zombie 1 --ptrace 1
threads --pthread 1 --mutex 1 --futex 2 --sem 1 --switch 1 --context 1 --membarrier 1 --cpu 2
signals --sigfd 1 --sigq 1 --sigchld 1 --signal 1 --sigrt 1 --timer 1 --timerfd 1 --itimer 1 --bad-altstack 1
memory --vm 1 --vm-bytes 48M --mmap 1 --mmap-bytes 16M --mremap 1 --mremap-bytes 8M --mprotect 1 --tlb-shootdown 1 --madvise 1 --msync 1 --fault 1
files --hdd 1 --hdd-bytes 8M --dir 1 --dirmany 1 --rename 1 --link 1 --symlink 1 --flock 1 --fcntl 1 --locka 1 --utime 1
talk --pipe 1 --pipeherd 1 --fifo 1 --poll 1 --epoll 1 --eventfd 1 --sock 1 --splice 1 --mq 1 --msg 1
END

# What fills the log and is no fault of the kernel's is not looked for: programs
# that are told of old calls, memory that is asked for and not to be had.
guest_limit=$((seconds * 6 * 26 + 300))
guest_up -m 512M
guest 'nproc'
is "as many virtual CPUs as asked for" "$out" "$HUM_CPUS"
limit=$((seconds * 20 + 90))
while read -r name loads; do
	# a load whose time is over before it gets a CPU is told to lack resources (3)
	for longer in 1 5 20; do
		guest "stress-ng --temp-path . --timeout $((seconds * longer)) --verify $loads 2>&1"
		[ "$status" -eq 3 ] || break
	done
	is "$name: every load ends, and finds what it should" "$status" 0
	# where it has not hung, it has said what was wrong
	[ "$status" -eq 0 ] || diag "$out"
	is "$name: it says so itself" "$(echo "$out" | grep -E ' (fail|error):')" ""
done <"$T/groups"
guest 'dmesg | grep -E "WARNING|BUG|stall|blocked for|soft lockup|Call Trace|Error flushing|failed to|child stopped"'
is "the kernel has nothing to complain about" "$out" ""
guest 'ls -A'
is "nothing is left of their files" "$out" ""
guest_down
exits "the guest ends" 0
tap_end
