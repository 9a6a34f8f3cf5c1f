#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# names - nothing in the project is true on one machine only, or left open
. "$(dirname "$0")/common.sh"

sources | grep -v '^scripts/tests/names\.t$' >"$dir/files"
cd "$top" || exit 1

# nowhere SENTENCE REGEX [FILES] - no line of a file matches
nowhere()
{
	grep "${3:-.}" "$dir/files" | tr '\n' '\0' |
		xargs -0 grep -nIE -e "$2" /dev/null >"$dir/found"
	empty "$1" "$dir/found"
}

nowhere "no package archive is named: kernel/fetch derives it" \
	'(deb|security|snapshot|httpredir|archive|ftp)\.(debian|ubuntu)\.|registry\.npmjs|pypi\.org'
nowhere "no path of somebody's machine" \
	'/tmp/build-'
nowhere "no code knows somebody's home" '/home/[a-z]+/[a-z]' \
	'\.\(c\|h\|sh\|t\|awk\|config\|patch\)$\|/[^.]*$'
# (TAP's directive for a known failure is a "# TODO" after a result: in a string)
nowhere "nothing is left open" \
	'(^|[^A-Za-z_])(FIXME|XXX|HACK)([^A-Za-z_]|$)|(//|/?\*|^[^"'"'"']*#) *TODO'
nowhere "no trailing blanks" '[[:blank:]]$' '\.\(c\|h\|sh\|t\|awk\|cmake\|config\)$'
tap_end
