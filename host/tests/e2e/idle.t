#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# idle - a guest with nothing to do takes next to nothing of the host
. "$(dirname "$0")/tap.sh"

# wakeups: how often a thread of the kernel has gone to sleep so far
wakeups() { cat /proc/"$kernel"/task/*/status | awk '/^voluntary/ { n += $2 } END { print n }'; }

guest_up -m 2G
guest 'cat /proc/sys/vm/compaction_proactiveness'
is "no compaction in advance" "$out" 0
kernel=$guest_pid
while [ -n "$kernel" ] &&
	[ "$(tr '\0' '\n' <"/proc/$kernel/cmdline" | head -n 1)" != "$HUM_KERNEL" ]; do
	kernel=$(pgrep -P "$kernel" | head -n 1)
done
like "below hum is the kernel" "$kernel" "[1-9]*[0-9]"
# before anything has filled the page cache
kb=$(sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$kernel/smaps_rollup")
# each further virtual CPU takes its own
limit_kb=$((25600 + (HUM_CPUS - 1) * 1024))
# the host's own pages of programs are not mapped in this mode, they are copied
[ "$HUM_MODE" != ptrace ] || limit_kb=27136
ok "resident: $limit_kb kB at most (${kb:-?} kB)" test "${kb:-99999}" -le $limit_kb

guest 'looks() { for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != kcompactd0 ] || awk "/^voluntary/ { print \$2 }" $p/status; done; }'
guest 'before=$(looks); sleep 3; echo $(($(looks) - before))'
ok "kcompactd does not look up twice a second (${out:-?} times in three)" test "${out:-9}" -le 2

# What has been begun comes to its end first. This is the time that is measured,
# not a wait for something.
sleep 10
before=$(wakeups)
sleep 10
woken=$(($(wakeups) - before))
# A tick would be 1000. What is left is the scheduler's fair server, once a
# second, and the statistics of memory and the random numbers, now and then.
ok "no tick: woken $woken times in ten seconds" test "$woken" -le 60
guest 'echo there'
is "and there at once" "$out" there
guest_down
tap_end
