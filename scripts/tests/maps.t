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

# on_map MAP NAME - does the map name it? By its path or its own name, by a pattern
# in back-quotes (`test_*.c`, `hum.[ch]`), or by its folder (`cases/`). A header
# may go with its C file.
on_map()
{
	set -f
	own=${2##*/}
	for word in $(grep -o '`[^` ]*`' "$1" | tr -d '`,'); do
		# shellcheck disable=SC2254 # a pattern
		case $2 in $word|${word%/}/*) return 0 ;; esac
		# shellcheck disable=SC2254
		case $own in $word) return 0 ;; esac
		word=${word##*/}
		[ "${own%.h}" != "${word%.c}" ] || return 0
	done
	grep -qwF -- "$own" "$1"
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
