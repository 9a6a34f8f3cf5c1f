#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# boots - guests start every time, and side by side
. "$(dirname "$0")/tap.sh"

rounds=${HUM_SOAK:+1000}
rounds=${rounds:-100}
n=0
good=0
while [ $n -lt "$rounds" ]; do
	n=$((n + 1))
	run -- sh -c "echo $n; exit $((n % 100))"
	if [ "$status" -eq $((n % 100)) ] && [ "$(cat "$T/out")" = $n ] && [ ! -s "$T/err" ]; then
		good=$((good + 1))
	else
		diag "boot $n: status $status, stdout '$(head -c 200 "$T/out")', stderr:"
		diag "$(cat "$T/err")"
	fi
done
is "$rounds boots in a row: all give their output and status" "$good" "$rounds"
nothing_left "nothing is left of them"

# side by side, on one directory
n=0
while [ $n -lt 6 ]; do
	n=$((n + 1))
	hum_run -- sh -c "echo $n >own.$n; cat own.$n; exit $n" >"$T/out.$n" 2>&1 &
	echo $! >"$T/pid.$n"
done
n=0
while [ $n -lt 6 ]; do
	n=$((n + 1))
	status=0
	wait "$(cat "$T/pid.$n")" || status=$?
	is "six guests at once: number $n" "$status $(cat "$T/out.$n" "own.$n" 2>&1)" \
		"$n $(printf '%s\n%s' $n $n)"
done
tap_end
