#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# coherence - the host changes a tree all the time; the guest never sees it stale,
# never another file's data, and no error for a name that is always there
#
# `churn` has the scenarios, each with what must hold. All run at once: a host
# process and a guest process for each.
. "$(dirname "$0")/tap.sh"

churn=$HUM_HELPERS/churn
seconds=2
[ -z "${HUM_SOAK:-}" ] || seconds=60
limit=$((seconds * 10 + 60))
all="replace recreate grow map list swap move append"
[ "$(id -u)" -ne 0 ] || all="$all mount"

for s in $all; do mkdir "$s"; done
echo start >replace/f
: >grow/f
truncate -s 65536 map/f
mkdir list/d swap/s swap/real mount mount/m mount/other 2>/dev/null
for n in a b c d e f g h i j k l m n o p q r s t; do echo $n >list/d/$n; done
printf directory >swap/s/who
printf linked >swap/real/who
ln -s real swap/t
for t in one two; do
	mkdir -p move/$t/a/b
	printf %s $t >move/$t/a/b/who
done
if [ -d mount/m ]; then
	printf below >mount/m/who
	printf above >mount/other/who
fi

# the host's side, until its stdin ends
mkfifo "$T/end"
for s in $all; do
	"$churn" host "$s" "$s" <"$T/end" >"$T/$s.ready" 2>&1 &
done
exec 3>"$T/end"
for s in $all; do
	tries=0
	until [ -s "$T/$s.ready" ] || [ $tries -ge 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	is "$s: the host has begun" "$(cat "$T/$s.ready")" ready
done
run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- sh -c "
	for s in $all; do $churn guest \$s \$s $seconds & done; wait"
exits "the guest ends" 0
exec 3>&-
wait
for s in $all; do
	like "$s" "$(grep "^$s:" "$T/out")" "$s: fine [1-9]*"
	is "$s: the host could go on" "$(cat "$T/$s.ready")" ready
done
quiet "and nobody has complained"

# what both appended: all of it, each in its order
is "appended lines are whole" "$(grep -cv '^[gh][0-9]\{14\}$' append/log)" 0
for who in g h; do
	is "what $who appended is all there, in order" \
		"$(sed -n "s/^${who}0*//p" append/log | cksum)" \
		"$(seq "$(grep -c ^$who append/log)" | cksum)"
done

tap_end
