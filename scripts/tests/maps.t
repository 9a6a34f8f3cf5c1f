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

# Tables of data (expected results, patches) are named by their folder; the
# names of a folder's build files say what they are.
sources | grep -Ev -e '(^|/)(README\.md|CMakeLists\.txt|Makefile|Kconfig|\.[a-z]*)$' \
	-e '/(patches|expected|corpus)/|^\.ci/' >"$dir/files"
cd "$top" || exit 1
while IFS= read -r f; do
	map=$(map_of "$f")
	# top-level files are the README's own business
	[ "$map" != README.md ] || case $f in
	*/*) echo "$f: no README.md names it"; continue ;;
	*) continue ;;
	esac
	in_folder=${f#"${map%README.md}"}
	grep -qF -- "$in_folder" "$map" || {
		# foo.c and foo.h may share a row: `foo`
		grep -qF -- "\`${in_folder%.*}\`" "$map" ||
			echo "$f: not in $map"
	}
done <"$dir/files" >"$dir/unnamed"
empty "every file is on a map" "$dir/unnamed"
tap_end
