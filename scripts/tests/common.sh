# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# common.sh - what the tests of this folder share, over host/tests/tap.sh; sourced.
# $top is the project, $dir a folder of the test's own.
set -u
top=${HUM_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=host/tests/tap.sh
. "$top/host/tests/tap.sh"

# empty SENTENCE FILE - holds if there is nothing in the file
empty() { check "$1" sh -c '! grep "" "$1"' sh "$2"; }

skip() { echo "1..0 # SKIP $*"; exit 77; }

# sources - print the files of the project, one a line, relative to $top
sources()
{
	cd "$top" || exit 1
	if git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
		git -c safe.directory='*' ls-files -co --exclude-standard |
			while IFS= read -r f; do [ ! -f "$f" ] || echo "$f"; done
	else
		find . -type f -not -path './build/*' | sed 's|^\./||'
	fi
}
