#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# cwd - the guest works where the caller does, whatever the name
. "$(dirname "$0")/tap.sh"

run -- pwd
prints "the directory is the caller's" "$(pwd)"
run -- sh -c 'echo inside >made && cat made'
prints "it can be written" inside
is "and the host has the file" "$(cat made)" inside

# try NAME DIR: pwd, a write, a read, an empty argument list in DIR
try() {
	mkdir -p "$2"
	cd "$2" || bail "cannot go to '$2'"
	pwd >"$T/native"
	run -- pwd
	ok "$1: pwd" cmp "$T/out" "$T/native"
	run -- sh -c 'echo a >f'
	exits "$1: a write" 0
	is "$1: the file is there" "$(cat f 2>&1)" a
	cd "$T/work" || bail "no $T/work"
}
try "spaces" "  two  words "
try "a newline" "$(printf 'a\nb')"
try "a tab and control bytes" "$(printf 'a\tb\001\033[31m')"
try "bytes that are not UTF-8" "$(printf 'x\377\376\200y')"
try "commas, colons, backslashes, quotes" 'a,b:c\d"e'"'f"
try "a leading dash" ./-v
try "an equals sign" 'x=y'
try "a percent sign and a dollar" '%s$HOME*?'
long=$(head -c 240 /dev/zero | tr '\0' n)
try "240 bytes in one name" "$long"
try "ten of them" "$long/$long/$long/$long/$long/$long/$long/$long/$long/$long"

ln -s work "$T/link"
cd "$T/link" || bail "no link"
run -- sh -c 'pwd -P'
prints "reached through a symbolic link: the real path" "$(pwd -P)"
cd / || bail "no /"
run -- pwd
prints "the root" /
cd /usr || bail "no /usr"
run -- pwd
prints "a directory of the system's" /usr
cd "$T/work" || bail "no $T/work"

mkdir -p sub/dir
run -w "$T/work/sub" -- pwd
prints "-w with a path" "$T/work/sub"
run -w /usr -- pwd
prints "-w outside of the caller's directory" /usr
run -w /no/such/directory -- pwd
exits "-w that does not exist" 125
is "-w that does not exist: one line" "$(wc -l <"$T/err")" 1
like "-w that does not exist: it is named" "$(cat "$T/err")" "hum: */no/such/directory*"
ok "-w that does not exist is not made" test ! -e /no
run -w "$T/work/made" -- pwd
exits "-w that is a file" 125
like "-w that is a file: it is named" "$(cat "$T/err")" "hum: *$T/work/made*"
tap_end
