#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-share - two guests and the host change owners and modes of the same objects:
# no update is lost, and nobody sees what was before
#
# The long run takes 10 minutes for each store.
. "$(dirname "$0")/tap.sh"

meta=$HUM_HELPERS/humfs-meta
seconds=4
[ -z "${HUM_SOAK:-}" ] || seconds=600
limit=$((seconds + 60))

for store in xattr side v2; do
	tree=$T/$store
	humfs_tree "$tree" $store
	run -u root -v "$tree:/t:humfs" -- sh -c 'cd /t && touch f0 f1 f2 f3 f4 f5 f6 f7 && mkdir d &&
		mknod n c 1 3 && mkfifo p && ln -s d l && chmod 0 f? d n p && chown -h 1:1 ./*'
	exits "$store: a guest makes the objects" 0
	for what in uid gid; do
		hum_run -u root -v "$tree:/t:humfs" -v "$HUM_HELPERS:/h:ro" -- \
			/h/ownership $what /t "$seconds" >"$T/$what" 2>"$T/$what.err" &
	done
	timeout "$limit" "$HUM_HELPERS/ownership-host" mode "$tree" "$seconds" >"$T/mode" 2>&1
	wait
	for what in uid gid mode; do
		like "$store: $what" "$(cat "$T/$what")" "$what: fine [1-9]*"
		diag "$(cat "$T/$what" "$T/$what.err" 2>/dev/null)"
	done
	rm -f "$tree"/data/h*
	[ $store != v2 ] || "$meta" check --repair "$tree" >"$T/found"
	is "$store: check finds nothing" "$("$meta" check "$tree")" "13 objects, 0 faults, 0 mended"
done
tap_end
