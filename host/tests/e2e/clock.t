#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# clock - the time as the vDSO tells it is the guest kernel's, and costs no call
. "$(dirname "$0")/tap.sh"

clocks=$HUM_HELPERS/clocks
began=$(date +%s)

# guest NAME COMMAND [hum's options...]
guest() {
	name=$1 command=$2
	shift 2
	hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" "$@" -- "$clocks" "$command" >"$T/out" 2>&1
	is "$name" "$(cat "$T/out")" right
}

guest "each clock agrees with the system call" agree
guest "no thread sees the time go back" forward
guest "each CPU is told by its number" cpu
guest "a clock that is set is set for the vDSO" set -u root
guest "a time namespace" namespace -u root
# A host without a clock that can be read so makes system calls, and so do guests.
if "$clocks" quiet >"$T/out" 2>&1; then
	guest "no system call is made" quiet
fi
# A host that cannot read its clock so: its vDSO makes a system call. This one's is
# made to, where the host's compiler has left a place to jump to.
hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- "$clocks" host >"$T/out" 2>&1
case $(cat "$T/out") in
"no such instruction") diag "a host without a clock: not tried, $(cat "$T/out")" ;;
*) is "a host without a clock that can be read" "$(cat "$T/out")" right ;;
esac
ok "the host's clock is what it was" test "$(($(date +%s) - began))" -lt 1800

tap_end
