#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kill - SIGKILL to hum leaves no process, no file, no mount
#
# ptydrive is told of every process that hum's death orphans and fails when one
# lives on. The moments are arbitrary: boot takes 100 to 200 ms.
. "$(dirname "$0")/tap.sh"
cp /proc/self/mountinfo "$T/mounts"

n=0
rounds=${HUM_SOAK:+200}
while [ $n -lt "${rounds:-12}" ]; do
	# 0 to 360 ms, spread without a pattern that fits the boot
	ms=$((n * 37 % 360))
	drive "-n" run -- sh -c 'while :; do echo x >f; rm f; done' <<END
pause $ms
signal KILL
wait 137
END
	driven "killed $ms ms after its start"
	n=$((n + 1))
done
nothing_left "nothing is left of them"

drive "-n" run -v "$T:/mnt" -u root -- sh -c 'mount -t tmpfs none /mnt/work; for i in 1 2 3; do setsid sleep 1000 & done; echo ready; wait' <<'END'
expect ready
signal KILL
wait 137
END
driven "killed with many processes in the guest"

drive "-n" run -- sh -c 'echo ready; kill -STOP $$' <<'END'
expect ready
signal KILL
wait 137
END
driven "killed with a stopped process in the guest"

drive "" run -t -- sh -c 'echo ready; sleep 1000' <<'END'
expect ready
signal KILL
wait 137
END
driven "killed on a terminal"

drive "-n" run -m 512M -- sh -c 'head -c 200000000 /dev/zero >/tmp/hum-e2e.big; echo ready; sleep 1000' <<'END'
expect ready
signal KILL
wait 137
END
driven "killed with much memory in use"
nothing_left "nothing is left of these either"
# other tests may mount meanwhile, each below its own folder
grep -vxFf "$T/mounts" /proc/self/mountinfo | grep -e hum -e uml |
	grep -v " [^ ]*/hum-e2e[^ ]* " >"$T/new"
grep -vxFf "$T/mounts" /proc/self/mountinfo | grep -F "$T" >>"$T/new"
is "no mount is left" "$(cat "$T/new")" ""

drive "-n" run -- sh -c 'echo ready; sleep 1000' <<'END'
expect ready
signal TERM
wait 143
END
driven "after all that a guest still works"
tap_end
