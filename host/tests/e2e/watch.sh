# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the tests and of tap.sh
# watch.sh - inotifywait in the guest and here, and what the two print compared
#
# The measure is inotifywait run here beside the one in the guest: both have to
# print the same, directory by directory. Equal lines in a row count as one:
# inotify merges them or not, as they come. Sourced behind tap.sh.
need inotifywait
# The guest's own files. Its root shows what is in /tmp here: a name of our own.
G=/tmp/${T##*/}

# until_ok COMMAND: wait until it succeeds, with a limit
until_ok() {
	tap_tries=0
	until eval "$1"; do
		tap_tries=$((tap_tries + 1))
		[ "$tap_tries" -lt 1500 ] || return 1
		sleep 0.02
	done
}

# in_guest COMMAND: the same in the guest, silently
in_guest() {
	guest "n=0; until $1; do n=\$((n + 1)); [ \$n -lt 300 ] || break; sleep 0.02; done; [ \$n -lt 300 ]"
	[ "$status" -eq 0 ] || diag "in vain: $1"
}

# watch OPTIONS: inotifywait in the guest; what it prints is in $G.o there
watch() {
	guest "rm -f $G.o $G.e; inotifywait -m --format '%w %e %f' $1 >$G.o 2>$G.e & w=\$!"
	in_guest "grep -q established $G.e"
}

# watch_here OPTIONS: the same here, in $T/native
watch_here() {
	rm -f "$T/e"
	# shellcheck disable=SC2086 # options without spaces
	inotifywait -m --format '%w %e %f' $1 >"$T/native" 2>"$T/e" &
	native=$!
	until_ok 'grep -qs established "$T/e"'
}

# watched: end both, when the last event is there; $T/out and $T/native
watched() {
	: >end
	in_guest "grep -q 'CREATE end' $G.o"
	until_ok "grep -q 'CREATE end' '$T/native'"
	guest "kill \$w; cat $G.o"
	kill "$native"
	wait "$native" 2>/dev/null
	printf '%s\n' "$out" >"$T/out"
	rm -f begin end
}

# by_dir FILE: the events of the operations, sorted by directory only
by_dir() {
	sed -n '/ CREATE begin$/,/ CREATE end$/p' "$1" | sort -s -k1,1 | uniq
}

# same NAME
same() {
	by_dir "$T/native" >"$T/expected"
	by_dir "$T/out" >"$T/got"
	if [ -s "$T/expected" ] && cmp -s "$T/expected" "$T/got"; then
		tap_pass "$1"
	else
		tap_fail "$1" "$(diff "$T/expected" "$T/got" | head -40)" \
			"$(wc -l <"$T/expected") events, the same here and there"
	fi
}
