#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fetch - sources given by hand: what is taken, what is refused, in one line
. "$(dirname "$0")/common.sh"
fetch=$top/kernel/fetch
export XDG_CACHE_HOME="$dir/cache"
unset LINUX_SOURCE

# a_source FOLDER VERSION PATCHLEVEL - something that looks like Linux
a_source()
{
	mkdir -p "$1/arch/um" "$1/drivers/gpu" "$1/fs"
	printf 'VERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = 1\n' "$2" "$3" >"$1/Makefile"
	: >"$1/arch/um/Makefile"
	: >"$1/fs/Kconfig"
	: >"$1/drivers/gpu/driver.c"
	: >"$1/drivers/gpu/Kconfig"
}

# refused SENTENCE TEXT [ARGUMENT] - fetch fails with one line that has TEXT
refused()
{
	what=$1 text=$2
	shift 2
	"$fetch" "$@" >"$dir/out" 2>"$dir/err"
	is "$what: status" "$?" 1
	is "$what: nothing on standard output" "$(cat "$dir/out")" ""
	is "$what: one line" "$(grep -c . "$dir/err")" 1
	check "$what: it says so" grep -qF -- "$text" "$dir/err"
}

a_source "$dir/linux-7.3" 7 3
a_source "$dir/linux-6.1" 6 1
is "a directory is taken as it is" "$("$fetch" "$dir/linux-7.3")" "$dir/linux-7.3"
is "LINUX_SOURCE does the same" "$(LINUX_SOURCE=$dir/linux-7.3 "$fetch")" "$dir/linux-7.3"
refused "a release that is not supported" "Linux 6.1 in '$dir/linux-6.1'" "$dir/linux-6.1"
refused "a directory without Linux" "'$dir' is not a Linux source" "$dir"
refused "a file that is not there" "cannot read the Linux source '/nowhere'" /nowhere
refused "an unknown option" "unknown option '--odd'" --odd

(cd "$dir" && tar -cJf good.tar.xz linux-7.3 && tar -cJf old.tar.xz linux-6.1)
tree=$("$fetch" "$dir/good.tar.xz" 2>"$dir/err")
check "a tarball is unpacked" test -f "$tree/Makefile"
check "in the cache" test "${tree#"$XDG_CACHE_HOME/hum/"}" != "$tree"
check "without what ARCH=um never reads" test ! -e "$tree/drivers/gpu/driver.c"
check "with every Kconfig" test -f "$tree/drivers/gpu/Kconfig"
: >"$tree/mark"
check "and unpacked once only" test -e "$("$fetch" "$dir/good.tar.xz")/mark"
refused "a tarball of an old release" "Linux 6.1" "$dir/old.tar.xz"
head -c 300 "$dir/good.tar.xz" >"$dir/cut.tar.xz"
"$fetch" "$dir/cut.tar.xz" >"$dir/out" 2>"$dir/err"
is "a broken tarball: status" "$?" 1
check "a broken tarball: it says so" grep -qF "cannot unpack '$dir/cut.tar.xz'" "$dir/err"
is "failures leave nothing in the cache" "$(ls "$XDG_CACHE_HOME/hum")" \
	"$(printf '%s\nlock' "${tree##*/}")"
tap_end
