#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-kill - SIGKILL to a guest at random instants of a load of changes to owners,
# modes and names: each state is the one before or after the operation of that
# moment, or one that the crash rules allow; humfs-meta check finds and mends the rest
#
# The long run kills 1,000 times in each store.
. "$(dirname "$0")/tap.sh"

crash=$HUM_HELPERS/crash
meta=$HUM_HELPERS/humfs-meta
kills=20
[ -z "${HUM_SOAK:-}" ] || kills=1000
umask 0
chmod 1777 "$T/work"

# What a kill leaves, and nothing else, may be found; afterwards nothing is.
cat >"$T/check" <<'END'
"$1" check --repair "$2" >"$3/found" 2>&1 || { cat "$3/found" >&2; exit 1; }
grep -v -e ': its object is gone; mended$' -e ': left by a crash; mended$' \
	-e ': left by a crash while ' -e ": the host's user has no access; mended$" \
	-e ': a record, but no object; mended$' -e ': records of objects that are gone; mended$' \
	-e '^move: a rename was cut short; mended$' -e '^superblock: more is used than is noted there; mended$' \
	-e '^[0-9]* objects, ' "$3/found" >&2 && exit 1
grep -c -e 'is gone' -e 'no object' "$3/found" >>"$3/orphans"
# but what is left by a crash is only told when it is a minute old
"$1" check "$2" >"$3/again"
grep -v -e ': left by a crash$' -e ': left by a crash while ' -e '^[0-9]* objects, ' \
	"$3/again" >&2 && exit 1
exit 0
END
for store in xattr side v2; do
	tree=$T/$store
	rm -f "$T/orphans"
	if ! humfs_tree "$tree" $store ||
		! "$crash" start "$tree" "$T/model" "$$"; then
		bail "no tree"
	fi
	status=0
	timeout -k 5 $((kills * 5 + 60)) "$crash" kill "$kills" "$tree" "$T/model" "$T/work/journal" \
		"sh '$T/check' '$meta' '$tree' '$T'" -- \
		"$HUM" run -q --mode "$HUM_MODE" --cpus "$HUM_CPUS" --kernel "$HUM_KERNEL" -u root \
		-v "$tree:/t:humfs,owner=0:0" -v "$HUM_HELPERS:/h:ro" -v "$T:/m:ro" -- \
		/h/crashload /m/model "$T/work/journal" /t >"$T/out" 2>"$T/err" || status=$?
	exits "$store: $kills kills" 0
	diag "$store: $(cat "$T/out"), $(awk '{ n += $1 } END { print n + 0 }' "$T/orphans") orphans mended"
	is "$store: the host has no set-id bit, device or foreign owner" \
		"$(find "$tree/data" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user "$(id -u)" \) -print 2>"$T/err")" ""
done
tap_end
