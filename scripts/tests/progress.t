#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# progress - counts what is progress, shows everything else in full
. "$(dirname "$0")/common.sh"
progress=$top/scripts/progress

printf '  CC      a.o\na.c:1: warning: odd\n  CC      b.o\n' |
	"$progress" kernel 2 >"$dir/out" 2>"$dir/err"
is "nothing on standard output" "$(cat "$dir/out")" ""
check "a warning is shown" grep -qx 'a.c:1: warning: odd' "$dir/err"
check "a quick command ends with one line" grep -qx 'kernel  *100 %  0:0[0-9]  done' "$dir/err"
is "and nothing else" "$(wc -l <"$dir/err")" 2
check "no escape codes without a terminal" sh -c '! grep -q "$(printf "\033")" "$1"' sh "$dir/err"
: | "$progress" kernel 5 >"$dir/out" 2>"$dir/err"
is "a command with nothing to do is silent" "$(cat "$dir/err")" ""

script -qec "printf '  CC      a.o\\n#tar 50\\n[ 75%%] Linking c\\nerror: e\\n' | \
	'$progress' phase 100" "$dir/tty" >/dev/null 2>&1 </dev/null
check "a terminal's line is rewritten" grep -q "$(printf '\r\033')\[Kphase " "$dir/tty"
check "kbuild's lines are counted" grep -q '  1 %  0:0[0-9]  CC      a.o' "$dir/tty"
check "tar's checkpoints are read" grep -q ' 50 %' "$dir/tty"
check "CMake's percentage is read" grep -q ' 75 %  0:0[0-9]  Linking c' "$dir/tty"
check "an error is shown" grep -q 'error: e' "$dir/tty"
tap_end
