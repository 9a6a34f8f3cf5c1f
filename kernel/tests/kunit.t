#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kunit - the kernel's unit tests: linux-kunit runs them at boot and halts
#
# Usage: kernel/tests/kunit.t LINUX_KUNIT
# Prints the suites' results as TAP; the kernel's whole log if anything failed.
set -u
linux=${1:?usage: kunit.t LINUX_KUNIT}
[ -x "$linux" ] || {
	echo "1..0 # SKIP no $linux: cmake --build BUILD --target kernel-kunit"
	exit 77
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

timeout -k 5 120 "$linux" mem=256M con=null con0=null,fd:1 console=tty0 \
	printk.time=0 kunit.enable=1 kunit.autorun=1 kunit_shutdown=halt </dev/null >"$log" 2>&1
status=$?

# a test is indented by four, a suite by nothing: both have a row
awk '
	{ sub(/\r$/, "") }
	/^ *KTAP version/ { said = 1 }
	/^ *1\.\.[0-9]+$/ && !planned { planned = substr($0, index($0, "..") + 2) }
	/^(not )?ok / { suites++; if (/^not/) failed++ }
	/^    (not )?ok / {
		row++
		sub(/^ */, "")
		sub(/ok [0-9]+/, "ok " row)
		print
		if (/^not/) failed++
	}
	END {
		row++
		printf "%sok %d - all %d suites ended\n", \
			said && planned == suites ? "" : "not ", row, planned
		printf "1..%d\n", row
		exit !(said && planned > 0 && planned == suites && row > 1 && !failed)
	}' "$log"
verdict=$?
if [ "$verdict" -ne 0 ]; then
	echo "# status of the kernel: $status"
	sed 's/^/# /' "$log"
fi
exit "$verdict"
