#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-quota - limits of a tree: held in guests, shared by them, altered meanwhile
. "$(dirname "$0")/tap.sh"

XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state"
need pgrep
meta() { "$HUM_HELPERS/humfs-meta" "$@"; }
t=$T/tree
meta create --owner 0:0 --size 8M --inodes 20 "$t"
# on OPTS COMMAND: in a guest, as its root, in the tree
on() {
	run -u root -v "$t:/t:humfs$1" -v "$HUM_HELPERS:/h:ro" -- sh -c "cd /t; $2"
}
# rounded: sizes to 64 KiB; the host counts a few blocks for its own lists of blocks
rounded() {
	awk '{ for (i = 1; i <= NF; i++)
			if ($i ~ /^[0-9]+$/ && $i >= 65536)
				$i = int(($i + 32768) / 65536) * 65536
		print }'
}
# df_is NAME "BYTES OBJECTS": what df says in the guest of guest_up
df_is() {
	guest 'df -B1 --output=used . | tail -n1; df --output=iused . | tail -n1'
	# shellcheck disable=SC2086 # two words
	set -- "$1" "$2" $out # two words
	is "$1" "$(echo "$3 $4" | rounded)" "$2"
}

# below PID: all processes below it
below() {
	for child in $(pgrep -P "$1"); do
		echo "$child"
		below "$child"
	done
}
# guest_kill: the guest of guest_up, and until nothing of it is left
guest_kill() {
	pids=$(below "$guest_pid")
	# shellcheck disable=SC2086 # several
	kill -KILL $pids
	tries=0
	for pid in $pids; do
		while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
	done
	ok "killed, nothing is left of it" [ $tries -lt 100 ]
	guest_down
}

on '' 'df -B1 --output=size . | tail -n 1; df --output=itotal . | tail -n 1
	grep -c quota /proc/self/mounts
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		touch f$i || { echo $i; break; }; done 2>&1
	for c in "mkdir d" "mknod n c 1 3" "mkfifo p" "ln -s x l"; do $c 2>&1 | grep -c "No space"; done
	ln f1 h && mv f2 f3 && touch f2 && echo fine; rm f* h; df --output=iused . | tail -n 1'
like "objects: df -i, and every way to make one" "$(cat "$T/out")" "*8388608
*20
1
touch: cannot touch 'f20': No space left on device
20
1
1
1
1
fine
*1"

on '' 'exec 2>&1; head -c 9M /dev/zero >f; stat -c %s f; head -c 1 /dev/zero >>f; echo y | dd of=f conv=notrunc status=none && echo over
	cp f g; rm g; fallocate -o 8M -l 256K f; rm f; truncate -s 1G hole && echo hole; fallocate -l 9M g; rm g hole
	dd if=/dev/zero of=c bs=1M count=5 status=none; cp --sparse=never c d; stat -c %s d; rm d
	truncate -s 1M c; fallocate -p -l 512K c
	df -B1 --output=used . | tail -n 1'
like "bytes: write, append, copy, fallocate; truncate and holes give back" "$(rounded <"$T/out")" \
	"*No space left on device
8388608
*No space left on device
over
cp: *No space left on device
fallocate: *No space left on device
hole
fallocate: *No space left on device
cp: *No space left on device
3145728
*524288"

on '' 'rm -f *; truncate -s 4M m; head -c 7M /dev/zero >f
	{ echo store 0 1024; echo sync; } | /h/mapper m 4194304; rm f m'
like "a store into a hole where there is no room is SIGBUS" "$(cat "$T/out")" "mapped
SIGBUS at *"

# --- two guests, the host ---
guest_up -u root -v "$t:/t:humfs" -w /t
guest 'head -c 5M /dev/zero >a; touch b c'
on '' 'head -c 5M /dev/zero 2>&1 >d; stat -c %s d'
like "two guests share the bytes" "$(rounded <"$T/out")" "*No space left on device
3145728"
df_is "the first sees what the second used" "8388608 5"
meta limit --size 10M "$t" && meta limit --inodes 5 "$t"
guest 'head -c 2M /dev/zero >>a; stat -c %s a; touch e 2>&1; touch b'
is "new limits hold at once" "$(echo "$out" | rounded)" "7340032
touch: cannot touch 'e': No space left on device"
meta limit --size 8M --inodes 20 "$t"
guest 'rm a; head -c 1 /dev/zero >>d && echo right'
is "less than what is used: full until enough was removed" "$out" "right"
guest 'exec 7<d; rm d'
df_is "removed, but open" "3145728 4"
guest 'exec 7<&-'
df_is "closed" "0 3"
guest_kill

# --- a kill, the host's changes ---
guest_up -u root -v "$t:/t:humfs" -w /t
guest 'head -c 3M /dev/zero >a; exec 7<>u; rm u; head -c 2M /dev/zero >&7; df -B1M --output=used . | tail -n 1'
is "before the kill" "${out##* }" 5
guest_kill
head -c 1M /dev/zero >"$t/data/of the host"
ok "check has nothing to mend" meta check "$t"
on '' 'df -B1M --output=used . | tail -n 1; df --output=iused . | tail -n 1'
like "the next guest counts anew, and what the host added" "$(cat "$T/out")" "*4
*5"
meta limit --size none --inodes none "$t"
on '' 'grep -c quota /proc/self/mounts; head -c 20M /dev/zero >f && rm f && echo free'
prints "a tree without limits is not counted" "0
free"
guest_up -u root -v "$t:/t:humfs,quota" -w /t
meta limit --size 6M "$t"
guest 'head -c 20M /dev/zero 2>&1 >f; stat -c %s f'
like "with quota it is, and takes limits later" "$(echo "$out" | rounded)" "*No space left on device
2097152"
guest_down
mkdir "$T/bare"
run -u root -v "$T/bare:/b:humfs,quota" -- true
is "a bare directory has none" "$status" 125
like "and it is said" "$(cat "$T/err")" "*quota*"
tap_end
