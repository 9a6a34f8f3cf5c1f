#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# hum - `hum conformance` tests a directory, from both sides, and passes the status on
#
# hum.sh HUM KERNEL FSCONF
set -u
hum=$1 HUM_KERNEL=$2 HUM_FSCONF=$3
export HUM_KERNEL HUM_FSCONF
[ -x "$HUM_KERNEL" ] || { echo "1..0 # SKIP the guest kernel is not built"; exit 77; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/fsconf-hum.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/a"
count=0 bad=0

# is NAME GOT EXPECTED
is() {
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		bad=1
		echo "not ok $count - $1"
		printf '%s\n' "expected '$3', got '$2'" "$(cat "$dir/out")" | sed 's/^/# /'
	fi
}

# test_dir ARGUMENT...
test_dir() {
	status=0
	timeout -k 5 120 "$hum" conformance -q "$@" >"$dir/out" 2>&1 </dev/null ||
		status=$?
}

test_dir "$dir/a" --strict --filter link.same_object --filter peer.names --filter peer.content
is "all holds" "$status" 0
is "on hostfs" "$(grep -c '^# hostfs at ' "$dir/out")" 1
is "with the helper out here" "$(grep -c '^ok .* peer.names: seen after create$' "$dir/out")" 1
is "nothing is left" "$(ls -A "$dir/a")" ""
printf 'fail link.*: * -- does not fail\n' >"$dir/list"
test_dir "$dir/a" --filter link.same_object --expected "$dir/list"
is "a failure is the status" "$status" 1
# the shares that the guest has, as it has them
test_dir -v "$dir/a:/srv:humfs" v0 --strict --filter link.same_object --filter peer.names \
	--filter create.mknod_types
is "a tag: all holds" "$status" 0
is "at its place" "$(grep -c ' at /srv, uid 0' "$dir/out")" 1
is "with the helper out here" "$(grep -c '^ok .* peer.names: seen after create$' "$dir/out")" 1
test_dir -v "$dir/a:/srv:humfs,cache=exclusive" v0 --filter peer.names --filter link.same_object
is "a tag that nobody else changes: no helper" "$status" 0
cd "$dir/a" || exit 1
test_dir cwd --filter link.same_object
is "the current directory" "$status" 0
mkdir "$dir/a/v0"
test_dir ./v0 --filter link.same_object
is "a directory that is called like a tag" "$status" 0
rmdir "$dir/a/v0"
cd / || exit 1
is "nothing is left there, either" "$(ls -A "$dir/a")" ""
test_dir "$dir/missing"
is "no such directory" "$status" 125
test_dir --dry-run "$dir/a" --filter x
is "a dry run" "$status" 0
is "says what would run" "$(grep -c " --peer self .*--filter x $dir/a" "$dir/out")" 1
echo "1..$count"
exit $bad
