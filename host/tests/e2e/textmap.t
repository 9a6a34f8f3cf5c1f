#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# textmap - private mappings, of programs and others, have what the host has
. "$(dirname "$0")/tap.sh"

X=$HUM_HELPERS/textmap
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
limit=120
mkdir host hostfs humfs
timeout 120 "$X" host >"$T/right"
is "all is right on the host" "$?" 0

# same NAME ARGUMENT...: the checks in a guest say the same
same() {
	what=$1
	shift
	run "$@"
	exits "$what: every check passes" 0
	while read -r line; do
		is "$what: $line" "$(grep "^${line%%:*}:" "$T/out")" "$line"
	done <"$T/right"
	quiet "$what: nothing else is said"
}
same hostfs -v "$PWD/hostfs:/mnt" -- "$X" /mnt
same humfs -v "$PWD/humfs:/mnt:humfs" -- "$X" /mnt
same exclusive -v "$PWD/humfs:/mnt:humfs,cache=exclusive" -- "$X" /mnt

# what the host does to a file that is mapped
hear() {
	got=$(timeout 20 sh -c 'read -r l; echo "$l"' <&4 || echo silence)
}

# sees NAME BYTES: of each 64 KiB, now
sees() {
	echo >&3
	hear
	is "$1" "$got" "$2"
}

fill() {
	head -c 262144 /dev/zero | tr '\0' "$1"
}

mkfifo "$T/m.in" "$T/m.out"
fill a >f
hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- "$X" wait f <"$T/m.in" >"$T/m.out" 2>"$T/m.err" &
exec 3>"$T/m.in" 4<"$T/m.out"
hear
is "mapped" "$got" mapped
sees "as it is" aaaa
fill b | dd of=f bs=65536 conv=notrunc status=none
if [ "$HUM_MODE" = seccomp ]; then
	sees "written to by the host" bbbb
	printf c | dd of=f bs=65536 seek=2 conv=notrunc status=none
	sees "and again" bbcb
	truncate -s 131072 f
	sees "cut off by the host" "bb-7-7"
	truncate -s 262144 f
	sees "made longer again" "bb00"
	fill d >g
	mv g f
	sees "replaced: the one that was mapped" "bb00"
	rm f
	sees "removed" "bb00"
fi
exec 3>&- 4<&-
wait
is "no complaint" "$(cat "$T/m.err")" ""

# a program on a mount whose files the host does not map to be run
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o noexec none small 2>/dev/null; then
	cp "$X" small/x
	run -v "$PWD/small:/mnt" -- /mnt/x /mnt
	umount small
	exits "a noexec mount of the host: the guest's business" 0
fi
tap_end
