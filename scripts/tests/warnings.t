#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# warnings - the programs compile without a warning, with gcc and with clang
. "$(dirname "$0")/common.sh"
commands=${HUM_BUILD:?}/compile_commands.json
[ -f "$commands" ] || skip "no $commands"

# "command" lines, without launcher, output, quoting of JSON, and what one
# compiler alone understands
sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$commands" | sed 's/\\"/"/g; s/\\\\/\\/g' |
	sed 's/^[^ ]*ccache //; s/ -o [^ ]*//; s/ -f\(no-\)\{0,1\}sanitize[^ ]*//g' | sort -u >"$dir/commands"
check "there are commands" test -s "$dir/commands"

# silent COMPILER - every command says nothing with it
silent()
{
	while IFS= read -r line; do
		(cd "$HUM_BUILD" && eval "$1 -Werror -fsyntax-only ${line#* }") 2>&1
	done <"$dir/commands" >"$dir/found"
	empty "$1 has nothing to say" "$dir/found"
}

silent gcc
if command -v clang >/dev/null; then silent clang; fi
tap_end
