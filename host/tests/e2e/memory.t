#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# memory - processes use their memory as they like, and there is an end to it
. "$(dirname "$0")/tap.sh"

toucher=$HUM_HELPERS/toucher
limit=240

# inside OPTION... -- COMMAND...: a guest with the helpers
inside() { run -v "$HUM_HELPERS:$HUM_HELPERS:ro" "$@"; }

cat >"$T/odd" <<'END'
while read -r words; do
	$1 $words || echo "$words: status $?"
done
END
cat >"$T/odd.in" <<'END'
alone 2000
sparse 2000
run 6000
protect 4000 7
fork 12 7
replace
threads 6
END
sh "$T/odd" "$toucher" <"$T/odd.in" >"$T/native" 2>&1
is "the program itself does as it says, here" "$(cat "$T/native")" "alone
sparse
run
protected
apart
replaced
in parallel"
run -v "$T:$T" -v "$HUM_HELPERS:$HUM_HELPERS:ro" -m 512M -- \
	sh -c "sh $T/odd $toucher <$T/odd.in"
exits "lone pages, sparse maps, sequences, mprotect, forks, threads" 0
is "the same as here" "$(cat "$T/out")" "$(cat "$T/native")"
quiet "nothing was found where it should not be"

# --- all of it ---
cat >"$T/most" <<'END'
kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
$1 all $((kb * 9 / 10 / 1024)) 1
$1 all $((kb * 9 / 10 / 1024)) 2
for n in 3 4 5 6; do $1 all $((kb * 9 / 40 / 1024)) $n & done
wait
grep oom_kill /proc/vmstat
END
inside -m 384M -- sh -c "$(cat "$T/most")" sh "$toucher"
is "nine tenths of the memory in random order, twice, then by four at once" \
	"$(cat "$T/out")" "$(yes "all there" | head -n 6)
oom_kill 0"

# --- memory is prepared when it is first used, in blocks of 4 MiB (patch 0038) ---
cat >"$T/first" <<'END'
part() { awk '/^MemTotal/ { all = $2 } /^Unaccepted/ { print int($2 * 100 / all) }' /proc/meminfo; }
echo "unused $(part)"
kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
$1 all $((kb * 9 / 10 / 1024)) 1
echo "used $(part)"
grep -E 'oom_kill|allocstall_[nm]' /proc/vmstat
END
for size in 258M 511M; do
	inside -m $size -- sh -c "$(cat "$T/first")" sh "$toucher"
	before=$(sed -n 's/^unused //p' "$T/out")
	after=$(sed -n 's/^used //p' "$T/out")
	ok "$size: most of it is not prepared at first (${before:-none} %)" test "${before:-0}" -ge 70
	ok "$size: what was used is (${after:-none} % are not)" test "${after:-100}" -le 20
	is "$size: nobody had to wait for it" "$(grep -v used "$T/out")" "all there
allocstall_normal 0
allocstall_movable 0
oom_kill 0"
done

# --- a host that has few mappings to give: a limit of the whole machine's ---
few=/proc/sys/vm/max_map_count
few_mappings() (
	was=$(cat $few)
	trap 'echo "$was" >$few' EXIT
	echo 300 >$few
	limit=900
	inside -m 256M -- sh -c "$(cat "$T/most")" sh "$toucher"
	cat "$T/out"
)
if [ -n "${HUM_SOAK:-}" ] && [ -w $few ]; then
	is "the same where a process has 300 mappings" "$(few_mappings)" "$(yes "all there" |
		head -n 6)
oom_kill 0"
fi

# --- too much of it ---
cat >"$T/much" <<'END'
$1 run 2000 &
$1 hog
echo "hog $?"
wait $!
echo "bystander $?"
$1 all 30 1
grep oom_kill /proc/vmstat
END
# (the checkers of the debug kernel leave too little of 128 MB)
inside -m 256M -- sh -c "$(cat "$T/much")" sh "$toucher"
is "who takes too much is killed, the others go on" "$(sort "$T/out")" "all there
bystander 0
hog 137
oom_kill 1
run"

cat >"$T/group" <<'END'
cd /sys/fs/cgroup && echo +memory >cgroup.subtree_control && mkdir g && cd g || exit 1
echo 40M >memory.max
within() { sh -c 'echo $$ >cgroup.procs; exec "$@"' sh "$@"; }
within $1 run 3800
within $1 all 33 1
sed -n 's/^oom_kill //p' memory.events
within $1 hog
echo "hog $?"
sed -n 's/^oom_kill //p' memory.events
$1 all 60 1
END
inside -u root -m 256M -- sh -c "$(cat "$T/group")" sh "$toucher"
is "a control group's limit is reached by what is used, not by guesses" "$(cat "$T/out")" "run
all there
0
hog 137
1
all there"
tap_end
