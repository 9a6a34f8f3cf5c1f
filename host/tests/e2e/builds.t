#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# builds - ten builds of the same tree at once in one guest: the same objects
. "$(dirname "$0")/tap.sh"
need make gcc ar
limit=${HUM_TEST_LIMIT:-600}

# products: a sum of every file that a build makes
products() {
	find . '(' -name '*.o' -o -name '*.d' -o -name '*.a' -o -perm -100 ')' -type f \
		! -name 'Makefile*' -exec sha256sum {} + | sort -k 2
}

builds=10
files=${HUM_SOAK:+60}
"$tap_dir/gen-project" outside "${files:-12}" || bail "gen-project failed"
# the folder's name would be in the debug information
sed -i 's|^CFLAGS := |&-fdebug-prefix-map=$(CURDIR)=. |' outside/Makefile
for n in $(seq $builds); do cp -pr outside "build$n"; done
(cd outside && make -s -j2 >/dev/null && products) >"$T/outside" || bail "no build outside"

# shellcheck disable=SC2016 # expands in the guest
run -m 1G -- sh -c 'for n in $(seq $1); do
		make -s -j2 -C build$n >/dev/null || echo "build$n failed" &
	done
	wait' sh "$builds"
exits "ten times make -j2 at once" 0
quiet "the compiler says nothing"
is "none fails" "$(cat "$T/out")" ""
for n in $(seq $builds); do
	(cd "build$n" && products) >"$T/inside"
	ok "build $n: byte for byte that of the build outside" cmp "$T/inside" "$T/outside"
done
tap_end
