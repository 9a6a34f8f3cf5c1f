# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# tap.sh - TAP for shell tests: sourced; then check and is, and tap_end at the end.
# Sets $dir, a directory of the test's own that is removed at its end.

tap_count=0
tap_failures=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP

# result STATUS NAME: one line of TAP
result()
{
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failures=$((tap_failures + 1))
		echo "not ok $tap_count - $2"
	fi
}

# is NAME ACTUAL EXPECTED
is()
{
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		printf '%s\n' "expected: $3" "actual:   $2" | sed 's/^/# /'
		result 1 "$1"
	fi
}

# check NAME COMMAND...: ok when the command succeeds
check()
{
	tap_name=$1
	shift
	tap_status=0
	"$@" >"$dir/check.out" 2>&1 || tap_status=$?
	[ "$tap_status" -eq 0 ] || sed 's/^/# /' "$dir/check.out"
	result "$tap_status" "$tap_name"
}

# says NAME WANTED COMMAND...: its output, errors included, and status
says()
{
	tap_name=$1 tap_wanted=$2
	shift 2
	tap_status=0
	tap_said=$("$@" 2>&1) || tap_status=$?
	is "$tap_name" "$tap_said [$tap_status]" "$tap_wanted"
}

tap_end()
{
	echo "1..$tap_count"
	[ "$tap_failures" -eq 0 ]
}
