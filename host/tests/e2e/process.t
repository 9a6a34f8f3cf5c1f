#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# process - registers, signals, ptrace, mappings and threads as on the host
. "$(dirname "$0")/tap.sh"

P=$HUM_HELPERS/process
limit=240

# What hands over to guest code, where there is a choice: both
ways=auto
[ "$HUM_MODE" = ptrace ] || ways='notify futex'

timeout 120 "$P" >"$T/host"
is "all is right on the host" "$?" 0

for way in $ways; do
	set --
	[ "$way" = auto ] || set -- --append "handover=$way"
	run "$@" -- "$P"
	exits "$way: every check passes" 0
	while read -r line; do
		is "$way: $line" "$(grep "^${line%%:*}:" "$T/out")" "$line"
	done <"$T/host"
	quiet "$way: nothing else is said"
done
tap_end
