#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# hum-usage - what hum prints, and its answers to bad input: one line, a status
set -eu
# shellcheck source=host/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${HUM:?}" "${FAKE:?}" "${HUM_SOURCE:?}"

cd "$dir"
chmod 755 "$dir"

# bad STATUS MESSAGE ARGUMENT...: hum prints exactly one line that matches the
# pattern MESSAGE to stderr, nothing to stdout, and exits with STATUS.
bad()
{
	want=$1 pattern=$2
	shift 2
	status=0
	"$HUM" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
	got="status $status, $(wc -l <"$dir/err") line(s), $(wc -c <"$dir/out") bytes: $(cat "$dir/err")"
	name=$(printf '%.60s' "refused: $*" | tr '\n' ' ')
	# shellcheck disable=SC2254 # it is a pattern
	case $got in
	"status $want, 1 line(s), 0 bytes: hum: "$pattern)
		result 0 "$name" ;;
	*)	printf '%s\n' "expected: status $want, 'hum: $pattern'" "actual:   $got" | sed 's/^/# /'
		result 1 "$name" ;;
	esac
}

: >file
mkdir real
ln -s /bin/true notkernel

bad 2 "no command given; see 'hum --help'"
bad 2 "unknown option '--bad'; see 'hum --help'" --bad
bad 2 "unknown command 'frob'; see 'hum --help'" frob
bad 125 "unknown option '--bad'; see 'hum run --help'" run --bad true
bad 125 "unknown option '-x'; see 'hum run --help'" run -qx true
bad 125 "unknown option '--bad'; see 'hum shell --help'" shell --bad
bad 125 "no argument given for option '-v'; see 'hum run --help'" run -v
bad 125 "no argument is taken by option '--tty'; see *" run --tty=x true
bad 125 "no command given; see 'hum run --help'" run
bad 125 "no command given; see 'hum run --help'" run -q --
bad 125 "'true': hum shell takes no command;*" shell true
bad 125 "no directory or tag given; see 'hum conformance --help'" conformance -q
bad 125 "cannot find the directory '/nonexistent': No such file or directory" conformance /nonexistent
bad 125 "cannot find the directory 'v0': No such file or directory" conformance v0
bad 125 "cannot find the directory 'v1': No such file or directory" conformance -v "$dir/real" v1
bad 125 "-v: cannot open the directory '/nonexistent': No such file or directory" conformance -v /nonexistent:/x v0
export HUM_KERNEL="$FAKE"
bad 125 "-v: cannot open the directory '/nonexistent': No such file or directory" run -v /nonexistent true
bad 125 "-v: '$dir/file' is not a directory;*" run -v "$dir/file" true
bad 125 "-v '$dir:dst': DST must be an absolute path*" run -v "$dir:dst" true
bad 125 "-v '$dir:/d:rx': unknown option in OPTS; it knows ro, rw,*" run -v "$dir:/d:rx" true
bad 125 "-v ':/d': SRC is empty*" run -v :/d true
bad 125 "-v '/': say where *" run -v / true
bad 125 "-v 'new?012line:x': DST *" run -v 'new
line:x' true
bad 125 "-e '=x': the variable has no name*" run -e =x true
bad 125 "-e '': the variable has no name*" run -e '' true
bad 125 "-u '': write *" run -u '' true
bad 125 "-u 'a b': write *" run -u 'a b' true
bad 125 "-m 'much': write a size *" run -m much true
bad 125 "-m '99999999999T': no memory has this size" run -m 99999999999T true
bad 125 "-m 1M: a guest needs at least *" run -m 1M true
bad 125 "-m *M: the host has *M for a guest; use less" run -m 9999T true
bad 125 "--cpus '0': write a number from 1 to 64" run --cpus 0 true
bad 125 "--cpus '65': *" run --cpus 65 true
bad 125 "--cpus 2: in ptrace mode a guest has one CPU; *" run --cpus 2 --mode ptrace true
bad 125 "--mode 'fast': write seccomp, ptrace or auto" run --mode fast true
bad 125 "--pin 'x': *" run --pin x true
bad 125 "--pin 4000: this process may not use that CPU" run --pin 4000 true
bad 125 "-w: the directory's name is empty" run -w '' true
bad 125 "--append 'a \"b': a quote is not closed" run --append 'a "b' true
bad 125 "--boot-timeout '0': *" run --boot-timeout 0 true
bad 125 "--log: cannot write '/nonexistent/log': No such file or directory" run --log /nonexistent/log true
bad 125 "-t: standard input is not a terminal; *" run -t true
bad 125 "cannot use the kernel '/nonexistent': No such file or directory" run --kernel /nonexistent true
bad 125 "cannot use the kernel '/': Is a directory" run --kernel / true
bad 125 "'$dir/notkernel' is not a kernel built for hum*" run --kernel "$dir/notkernel" true
bad 125 "'$HUM' is not a kernel built for hum*" run --kernel "$HUM" true
bad 125 "the kernel's command line is too long*" run --append "$(printf '%05000d' 1)" true
# A copy of hum that no build tree's kernel lies beside.
mkdir -p "$dir/alone/bin"
cp "$HUM" "$dir/alone/bin/hum"
built=$HUM
HUM=$dir/alone/bin/hum
HUM_KERNEL='' bad 125 "there is no kernel: neither '*/linux' nor *" run true
HUM=$built
(ulimit -f 2000 && bad 125 "-m *M: the guest's memory is a file, *" run true && [ $tap_failures -eq 0 ]) >"$dir/limited" || :
is "a limit of file size is named" "$(grep -c '^ok' "$dir/limited")" 1
# What may not be executed, entered, or is not there any more.
cp "$FAKE" plain
chmod 644 plain
bad 125 "cannot use the kernel '$dir/plain': Permission denied" run --kernel "$dir/plain" true
if [ "$(id -u)" -ne 0 ]; then
	mkdir -m 000 shut
	bad 125 "-v: cannot open the directory '$dir/shut': Permission denied" run -v "$dir/shut:/m" true
	chmod 700 shut
fi
mkdir gone
cd gone
rmdir ../gone
bad 125 "the current directory does not exist any more; *" run true
cd "$dir"

many=
i=0
while [ $i -lt 65 ]; do many="$many -v $dir/real:/m$i"; i=$((i + 1)); done
# shellcheck disable=SC2086
bad 125 "-v '*': a guest takes 64 directories at most" run $many true

is "the version is told" "$("$HUM" --version)" "hum 0.1.0"
check "help of hum names its commands" sh -c '"$HUM" --help | grep -q "^  shell "'
check "help of run is on stdout" sh -c '"$HUM" run --help | grep -q "^Usage: hum run "'
if [ -w /dev/full ]; then
	status=0
	"$HUM" --help 2>err >/dev/full || status=$?
	is "a full output is an error" "$status $(wc -l <err)" "1 1"
fi

# The manual page has every option of the tables, and no other.
for command in "" run shell; do
	# shellcheck disable=SC2086
	"$HUM" $command --list-options | cut -f 1 | grep -e '^--'
done | sort -u | grep -v list-options >table
tr -d '\134' <"$HUM_SOURCE/hum.1" | sed -n '/^\.TP/{n;p;}' |
	grep -oe '--[a-z][a-z-]*' | sort -u >page
check "hum.1 has the options of the tables" diff table page

# Completion: whatever the table has is offered.
cat >complete.bash <<'EOF'
. "$1/completion.bash"
COMP_WORDS=("$HUM" run --) COMP_CWORD=2
_hum
printf '%s\n' "${COMPREPLY[@]}" | sort
EOF
if command -v bash >/dev/null; then
	bash complete.bash "$HUM_SOURCE" >offered 2>&1
	"$HUM" run --list-options | cut -f 1 | sort >wanted
	check "completion offers the table" diff wanted offered
	sed -i 's|run --) COMP_CWORD=2|conformance -v /a -v /b v) COMP_CWORD=6|' complete.bash
	bash complete.bash "$HUM_SOURCE" 2>/dev/null | grep . >offered
	printf '%s\n' v0 v1 >wanted
	check "completion offers the shares' tags" diff wanted offered
fi

tap_end
