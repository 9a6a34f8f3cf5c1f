#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dryrun - what --dry-run prints can be pasted into a shell
. "$(dirname "$0")/tap.sh"

run --dry-run -- echo 'two  words' "it's" '$HOME' "$(printf 'a\nb')"
exits "--dry-run: status" 0
quiet "--dry-run: nothing on stderr"
ok "--dry-run prints something" test -s "$T/out"
cp "$T/out" "$T/pasted"
ok "--dry-run starts nothing" sh -c '! grep -q "^two" "$1"' sh "$T/out"
status=0
timeout -k 5 "$limit" sh "$T/pasted" >"$T/out" 2>"$T/err" || status=$?
exits "pasted into sh: status" 0
prints "pasted into sh: the same output" "two  words it's \$HOME a
b"

mkdir "$T/s p"
echo shared >"$T/s p/f"
run --dry-run -v "$T/s p:/mnt:ro" -w /mnt -e "A=x y'z" -m 256M -- sh -c 'cat f; echo "$A"; exit 9'
cp "$T/out" "$T/pasted"
status=0
timeout -k 5 "$limit" sh "$T/pasted" >"$T/out" 2>"$T/err" || status=$?
exits "with shares and an environment: status" 9
prints "with shares and an environment: output" "$(printf "shared\nx y'z")"
tap_end
