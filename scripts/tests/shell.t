#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shell - every shell script is clean to shellcheck, and to the plain sh
. "$(dirname "$0")/common.sh"
command -v shellcheck >/dev/null || skip "shellcheck is not here"

sources >"$dir/files"
cd "$top" || exit 1
while IFS= read -r f; do
	case $f in
	*.sh|*.t) ;;
	*.patch|*.c|*.h|*.md) continue ;;
	*)	case $(head -n 1 "$f" | tr -d '\0') in
		'#!/bin/sh'*) ;;
		*) continue ;;
		esac ;;
	esac
	check "$f" shellcheck -x -s sh -P SCRIPTDIR -P "$top" "$f"
done <"$dir/files"
tap_end
