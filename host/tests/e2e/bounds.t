#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# bounds - big trees in few descriptors and little memory; what the counters say
#
# 100,000 objects; 2,000,000 in the long run.
. "$(dirname "$0")/tap.sh"

dirs=${HUM_SOAK:+20000}
dirs=${dirs:-1000}
limit=${HUM_SOAK:+1500}
limit=${limit:-120}
files=$(seq -f f%g 99)
i=0
mkdir "$T/big"
cd "$T/big" || bail "no $T/big"
while [ $i -lt "$dirs" ]; do
	mkdir $i
	cd $i || bail "no $i"
	# shellcheck disable=SC2086 # words
	touch $files
	cd ..
	i=$((i + 1))
done
cd "$T/work" || bail "no $T/work"
objects=$((dirs * 100 + 1))

# --- descriptors ---
(
	# shellcheck disable=SC3045 # dash has it, and so has bash
	ulimit -n 256
	run -v "$T/big:/big" -- sh -c 'find /big -ls | wc -l; find /big/5 -type f | xargs cat; cat /sys/fs/hostfs/host/descriptors'
	echo "$status" >"$T/status"
)
status=$(cat "$T/status")
exits "find over a big tree with 256 descriptors" 0
is "it sees everything" "$(head -n 1 "$T/out")" $objects
ok "the cache keeps within them" test "$(tail -n 1 "$T/out")" -le 192
quiet "and nobody complains"

run --append hum.descriptors=32 -v "$T/big:/big" -- sh -c '
	for d in /big/*; do [ -f $d/f7 ] || echo none; done
	cat /sys/fs/hostfs/host/descriptors; ls /big | wc -l'
exits "hum.descriptors=32" 0
ok "as many are kept" test "$(head -n 1 "$T/out")" -le 32
is "and all of it is there" "$(tail -n 1 "$T/out")" "$dirs"
run -u root --append hum.descriptors=many -- sh -c 'dmesg | grep hum.descriptors='
like "hum.descriptors=many: one line says what is wrong" "$(cat "$T/out")" \
	"*hostfs: hum.descriptors=many: a number above 0 was expected*"

# a directory that was walked long ago, deep down, comes back
(
	cd "$T/work" && i=0
	while [ $i -lt 150 ]; do
		mkdir deep && cd deep || exit 1
		i=$((i + 1))
	done
	echo bottom >f
)
run --append hum.descriptors=16 -- sh -c '
	cd "$(printf "deep/%.0s" $(seq 150))" || exit 1
	find "$1" >/dev/null; cat f; echo more >>f; cat f; pwd | tr -cd / | wc -c' sh "$T/work"
like "a deep directory is found again when its descriptor was given back" "$(cat "$T/out")" \
	"bottom
bottom
more
*"
rm -r "$T/work/deep"

# --- memory: more inodes and dentries than fit ---
cat >"$T/pressure" <<'END'
available() { sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
free() { sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
before=$(available)
find /big -ls | wc -l
after=$(available)
echo "available $((after * 100 / before)) %"
# what the caches hold is handed over to whoever needs it
head -c $((before * 600)) /dev/zero | tail | wc -c
echo "status $?"
sync
# memory is free a grace period after it was given back
for n in $(seq 50); do
	echo 3 >/proc/sys/vm/drop_caches
	part=$(($(free) * 100 / before))
	[ $part -lt 85 ] || break
	sleep 0.1
done
echo "free $part %"
find /big -ls | wc -l
grep oom_kill /proc/vmstat
END
run -u root -m 64M -v "$T/big:/big" -- sh "$T/pressure"
exits "find over a tree that does not fit into the guest's memory" 0
is "sees everything, twice" "$(grep -cx $objects "$T/out")" 2
kb=$(sed -n 's/^available \([0-9]*\) %/\1/p' "$T/out")
ok "what it left in memory counts as available (${kb:-none} %)" test "${kb:-0}" -ge 60
like "more than half of the memory can be had at once" "$(cat "$T/out")" "*
[1-9]*[0-9]
status 0
*"
kb=$(sed -n 's/^free \([0-9]*\) %/\1/p' "$T/out")
ok "all is given back when it is dropped (free: ${kb:-none} %)" test "${kb:-0}" -ge 85
like "nobody was killed for it" "$(cat "$T/out")" "*oom_kill 0"

# --- counters ---
mkdir -p "$T/work/a/b"
echo text >"$T/work/a/b/f"
cat >"$T/count" <<'END'
cd /w
m=$(awk '$5 == "/w" { print $3 }' /proc/self/mountinfo)
calls() { awk -v op="$1" '$1 == op { n = $2 } END { print n + 0 }' "/sys/fs/hostfs/$m/calls"; }
read -r _ <a/b/f
n=$(calls lookup) r=$(cat "/sys/fs/hostfs/$m/revalidations") o=$(calls open)
[ -e a/b/f ]
echo "lookups $(($(calls lookup) - n)) revalidations $(($(cat "/sys/fs/hostfs/$m/revalidations") - r))"
read -r _ <a/b/f
echo "opens $(($(calls open) - o))"
o=$(cat /sys/fs/hostfs/host/read)
read -r _ <a/b/f
[ "$(cat /sys/fs/hostfs/host/read)" -gt "$o" ] && echo reads
ls /sys/fs/hostfs/host | tr '\n' ' '
echo
cd / && umount /w
[ -e "/sys/fs/hostfs/$m" ] || echo gone
END
run -u root -v "$T/work:/w" -w / -- sh "$T/count"
is "counters: a cached path of three names is three calls" "$(head -n 1 "$T/out")" \
	"lookups 3 revalidations 3"
is "counters: opening is one" "$(sed -n 2p "$T/out")" "opens 1"
is "counters: the process's reads" "$(sed -n 3p "$T/out")" reads
like "counters: of the process" "$(sed -n 4p "$T/out")" "*descriptors*statx*"
is "counters: they end with the mount" "$(sed -n 5p "$T/out")" gone
tap_end
