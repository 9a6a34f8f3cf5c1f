#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# maps - the README.md of a folder, or of one above it, names each of its files
. "$(dirname "$0")/common.sh"

# map_of FILE - print the nearest README.md above FILE
map_of()
{
	d=$1
	while :; do
		case $d in
		*/*) d=${d%/*} ;;
		*) echo README.md; return ;;
		esac
		[ ! -f "$d/README.md" ] || { echo "$d/README.md"; return; }
	done
}

# on_map MAP NAME - does a word `in back-quotes` there name it? The word may be a
# pattern: `test_*.c`, `hum.[ch]`
on_map()
{
	set -f
	for word in $(grep -o '`[^` ]*`' "$1" | tr -d '`'); do
		# shellcheck disable=SC2254 # a pattern
		case $2 in $word) return 0 ;; esac
	done
	return 1
}

# Patches, decisions and tables of data are named by their folder; the names of a
# folder's build files say what they are.
sources | grep -Ev -e '(^|/)(README\.md|CMakeLists\.txt|Makefile|Kconfig|\.[a-z]*)$' \
	-e '/(patches|expected|corpus|decisions)/|^\.ci/' >"$dir/files"
cd "$top" || exit 1
while IFS= read -r f; do
	map=$(map_of "$f")
	if [ "$map" != README.md ]; then
		on_map "$map" "${f#"${map%README.md}"}" || echo "$f: not in $map"
	else
		# top-level files are the README's own business
		case $f in */*) echo "$f: no README.md names it" ;; esac
	fi
done <"$dir/files" >"$dir/unnamed"
empty "every file is on a map" "$dir/unnamed"
tap_end
