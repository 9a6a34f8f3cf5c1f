# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# lib.sh - what conformance/run and conformance/mutate have in common
#
# The caller sets here (the folder conformance) and name (its own).
: "${here:?}" "${name:?}"
export LC_ALL=C

# usage: the head comment of the script
usage() {
	sed -n '5,/^set/s/^# \{0,1\}//p' "$0"
}

die() {
	echo "conformance/$name: $*" >&2
	exit 2
}

# number WORD OPTION
number() {
	case $1 in
	'' | *[!0-9]* | 0*) die "$2 '$1': expected a number from 1 on" ;;
	esac
	echo "$1"
}

# rows_of_table: the names of the rows
rows_of_table() {
	awk '!/^#/ && NF { print $1 }' "$here/matrix/rows"
}

# End what still runs, then remove: a guest ends with its launcher.
# shellcheck disable=SC2317 # the traps call it
clean() {
	[ -z "$pool" ] || kill "$pool" 2>/dev/null || :
	for p in "$work"/*/pid; do
		[ ! -e "$p" ] || kill "$(cat "$p")" 2>/dev/null || :
	done
	# a case that was stopped may leave chattr +i or +a
	rm -rf "$work" 2>/dev/null || {
		chattr -R -ia "$work" 2>/dev/null || :
		rm -rf "$work"
	}
}

# stage HUM KERNEL FSCONF: $work, with all that a guest needs, where another user
# can reach it and the guest, too; gone when the script ends
stage() {
	for f; do
		[ -x "$f" ] || { echo "1..0 # SKIP not built: $f"; exit 77; }
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/hum-conformance.XXXXXX")
	pool=
	trap clean EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$work"
	mkdir "$work/bin"
	cp -p "$here/matrix/cell" "$here/matrix/guest" "$here/matrix/rows" "$work/bin"
	cp -p "$1" "$work/bin/hum"
	cp -p "$2" "$work/bin/linux"
	cp -p "$3" "$work/bin/fsconf"
	chmod -R go+rX "$work/bin"
}

# run_cells JOBS FILE: cell, with the words of each line of FILE, JOBS at once
run_cells() {
	xargs -P "$1" -L 1 "$work/bin/cell" <"$2" &
	pool=$!
	wait "$pool" || :	# each cell's status is in its folder
	pool=
}
