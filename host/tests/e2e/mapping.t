#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mapping - stores into shared mappings, and the host's hand on the file meanwhile
. "$(dirname "$0")/tap.sh"

mapper=$HUM_HELPERS/mapper
mkfifo "$T/m.in" "$T/m.out"

# map FILE BYTES: a guest that maps it
map() {
	hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- "$mapper" "$1" "$2" \
		<"$T/m.in" >"$T/m.out" 2>"$T/m.err" &
	exec 3>"$T/m.in" 4<"$T/m.out"
	hear
	is "mapped" "$got" mapped
}

hear() {
	got=$(timeout 20 sh -c 'read -r l; echo "$l"' <&4 || echo silence)
}

# says NAME LINE ANSWER
says() {
	echo "$2" >&3
	hear
	is "$1" "$got" "$3"
}

unmap() {
	exec 3>&- 4<&-
	wait
	is "no complaint" "$(cat "$T/m.err")" ""
}

truncate -s 1M f
map f 1048576
is "a file without blocks" "$(stat -c %b f)" 0
says "stores, here and there" "store 10 20" ok
ok "have space on the host at once" test "$(stat -c %b f)" -ge 80
says "and are there" sync ok
is "after msync" "$(tr -d '\0' <f)" xxxxxxxxxx
says "another store" "store 100 101" ok
printf y | dd of=f bs=4096 seek=200 conv=notrunc status=none
says "what the host has written" "get 200" 121
truncate -s 409600 f
printf '' >>f
says "cut off by the host: a page that is not loaded" "get 250" "SIGBUS at 250"
says "and one that is stored to" "store 251 252" "SIGBUS at 251"
truncate -s 1M f
says "made longer again" "get 250" 0
says "can be stored to" "store 250 251" ok
unmap
is "what was stored last is there as well" "$(tr -d '\0' <f | tail -c 1)" x
is "the length is the host's" "$(stat -c %s f)" 1048576

# no room: the store itself fails, as on a local file system
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=256k none small 2>/dev/null; then
	truncate -s 1M small/f
	map small/f 1048576
	says "as long as there is room" "store 0 60" ok
	says "no room: SIGBUS" "store 60 200" "SIGBUS at 64"
	says "what was stored is kept" sync ok
	unmap
	is "all of it is on the host" "$(tr -d '\0' <small/f | wc -c)" 64
	umount small
fi
tap_end
