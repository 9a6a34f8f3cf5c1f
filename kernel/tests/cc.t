#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# cc - an object that embeds a file is made anew when that file changes
set -u
cc=$(cd "$(dirname "$0")/.." && pwd)/cc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export CCACHE_DIR="$dir/cache" CCACHE_DEPEND=1
printf '.section .rodata\n.incbin "data"\n' >embeds.S
printf 'int plain;\n' >plain.c

# compile FILE - as kbuild does, the source last
compile() { "$cc" -MMD -MF "$dir/d" -c -o "${1%.*}.o" "$1"; }

failed=0
# result NAME STATUS
result()
{
	n=$((${n:-0} + 1))
	if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failed=1; fi
}

echo first-data >data
compile embeds.S && grep -q first-data embeds.o && echo second-data >data &&
	compile embeds.S && grep -q second-data embeds.o
result "an embedded file is the one of now" $?
compile plain.c && [ -s plain.o ]
result "other sources compile" $?
echo "1..$n"
exit $failed
