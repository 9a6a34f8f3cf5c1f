#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# bad - bad input: one line that names the thing, the right status, nothing left
. "$(dirname "$0")/tap.sh"

# judge NAME STATUS PATTERN: the last command failed as it has to
judge() {
	exits "$1: status $2" "$2"
	is "$1: one line on stderr" "$(wc -l <"$T/err")" 1
	like "$1: the line names it" "$(cat "$T/err")" "hum: $3"
	ok "$1: nothing on stdout" test ! -s "$T/out"
}

# hum ARGS...: hum itself, bounded, with its stray processes counted (99)
hum() {
	status=0
	timeout -k 5 "$limit" "$HUM_HELPERS/strays" "$HUM" "$@" >"$T/out" 2>"$T/err" \
		</dev/null || status=$?
}
cell="--mode $HUM_MODE --cpus $HUM_CPUS --kernel $HUM_KERNEL"

# without OPTIONS ARGS...: hum run on a host that lacks something; OPTIONS is one
# word for deprive
without() {
	tap_opts=$1
	shift
	status=0
	# shellcheck disable=SC2086 # options without spaces
	timeout -k 5 "$limit" "$HUM_HELPERS/strays" "$HUM_HELPERS/deprive" $tap_opts \
		"$HUM" run $cell "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
}

# usage
hum run --no-such-option -- true
judge "an unknown option" 125 "*--no-such-option*"
hum run -Z -- true
judge "an unknown short option" 125 "*Z*"
hum run -m
judge "an option without its value" 125 "*-m*"
hum no-such-command
judge "an unknown sub-command" 2 "*no-such-command*"
hum run
judge "no command" 125 "*command*"
hum run --mode=fast -- true
judge "an unknown mode" 125 "*fast*"
for v in 0 -1 x 1000000 1.5 ''; do
	hum run --cpus "$v" -- true
	judge "--cpus '$v'" 125 "*--cpus*"
done
for v in 0 -1 x 5Q 1K '' 99999999999999999999 64T; do
	# shellcheck disable=SC2086
	hum run $cell -m "$v" -- true
	judge "-m '$v'" 125 "*-m*"
done

# shares
echo data >file
# shellcheck disable=SC2086
{
	hum run $cell -v /no/such/source -- true
	judge "a SRC that does not exist" 125 "*/no/such/source*"
	hum run $cell -v "$T/work/file:/mnt" -- true
	judge "a SRC that is no directory" 125 "*$T/work/file*"
	hum run $cell -v "$T/work:relative/path" -- true
	judge "a DST that is relative" 125 "*relative/path*"
	hum run $cell -v "$T/work:/mnt:nonsense" -- true
	judge "an unknown share option" 125 "*nonsense*"
	hum run $cell -v "$T/work:/mnt:ro,rw" -- true
	like "ro and rw at once: refused or the last one counts" "$status" 125 0
	hum run $cell -v "" -- true
	judge "an empty share" 125 "*-v*"
	hum run $cell -v "$T/work:/mnt/../../etc" -- true
	like "a DST with dots is refused or stays inside" "$status" 125 0
	hum run $cell -v "$T/work:/" -- true
	like "a DST that is the root ends, one way or the other" "$status" 125 126 127 0
}

# the kernel file
hum run --kernel /no/such/kernel -- true
judge "a kernel file that is missing" 125 "*/no/such/kernel*"
hum run --kernel "$T/work/file" -- true
judge "a kernel file that is no program" 125 "*$T/work/file*"
hum run --kernel "$T/work" -- true
judge "a kernel file that is a directory" 125 "*$T/work*"
cp /bin/true other
hum run --kernel "$T/work/other" -- true
judge "a kernel file that is another program" 125 "*$T/work/other*"
printf '#!/bin/sh\nexec sleep 1000\n' >hangs
chmod 755 hangs
limit=90 hum run --kernel "$T/work/hangs" -- true
judge "a kernel file that is a script" 125 "*$T/work/hangs*"
head -c 100000 "$HUM_KERNEL" >"cut"
chmod 755 cut
hum run --kernel "$T/work/cut" -- true
judge "a kernel file that is cut short" 125 "*$T/work/cut*"
cp "$HUM_KERNEL" noexec
chmod 644 noexec
hum run --kernel "$T/work/noexec" -- true
judge "a kernel file that is not executable" 125 "*$T/work/noexec*"

# the command: env(1)'s statuses
# shellcheck disable=SC2086
{
	hum run $cell -- no-such-command-here
	judge "a command that is not found" 127 "*no-such-command-here*"
	hum run $cell -- ./file
	judge "a command that is not executable" 126 "*./file*"
	hum run $cell -- "$T/work"
	judge "a command that is a directory" 126 "*$T/work*"
}

# the current directory
mkdir gone
cd gone || bail "no directory"
rmdir ../gone
# shellcheck disable=SC2086
hum run $cell -- true
judge "a current directory that was removed" 125 "*directory*"
cd "$T/work" || bail "no $T/work"
if [ "$(id -u)" -ne 0 ]; then
	mkdir closed
	cd closed || bail "no directory"
	chmod 000 ../closed
	# shellcheck disable=SC2086
	hum run $cell -- true
	judge "a current directory that cannot be read" 125 "*closed*"
	cd "$T/work" || bail "no $T/work"
	chmod 700 closed
	mkdir -m 000 shut
	# shellcheck disable=SC2086
	hum run $cell -v "$T/work/shut:/mnt" -- true
	like "a SRC that cannot be read: refused, or the guest may not read it either" "$status" 0 125
	chmod 700 shut
fi

# what containers do not have
without "--no-shm" -- echo fine
if [ "$status" -eq 77 ]; then
	skip "no /dev/shm" "$(cat "$T/err")"
else
	exits "no /dev/shm: the guest runs" 0
	prints "no /dev/shm: its output" fine
	without "--shm=64m" -- sh -c 'head -c 150000000 /dev/zero | tr "\0" x >/tmp/hum-e2e.big; cksum </tmp/hum-e2e.big'
	exits "a /dev/shm of 64 MB: a guest uses 150 MB" 0
	prints "a /dev/shm of 64 MB: they are right" \
		"$(head -c 150000000 /dev/zero | tr '\0' x | cksum)"
	without "--shm=64m --no-memfd" -- sh -c 'echo fine'
	like "neither memfd_create nor a large /dev/shm: the guest runs or says why" \
		"$status" 0 125
	[ "$status" -eq 0 ] || judge "neither memfd_create nor a large /dev/shm" 125 "*"
fi
without "--no-memfd" -- echo fine
like "no memfd_create: the guest runs or says why" "$status" 0 125
[ "$status" -eq 0 ] || judge "no memfd_create" 125 "*"

case $HUM_MODE in
seccomp)
	without "--no-seccomp" -- true
	judge "seccomp refused, and asked for" 125 "*seccomp*"
	without "--no-seccomp" --mode auto --cpus 1 -- echo fine
	exits "seccomp refused: --mode auto takes ptrace" 0
	prints "seccomp refused: --mode auto: its output" fine
	;;
ptrace)
	without "--no-ptrace" -- true
	judge "ptrace refused, and asked for" 125 "*ptrace*"
	without "--no-ptrace" --mode auto -- echo fine
	exits "ptrace refused: --mode auto takes seccomp" 0
	;;
esac
without "--no-seccomp --no-ptrace" --mode auto --cpus 1 -- true
judge "seccomp and ptrace both refused" 125 "*seccomp*ptrace*"
without "--no-seccomp --no-ptrace" -- true
judge "both refused, one asked for" 125 "*$HUM_MODE*"

# not enough of something
without "--as=50000000" -- true
judge "no memory: an address space of 50 MB" 125 "*memory*"
without "--fsize=1000000" -- true
like "files of at most 1 MB: the guest runs or says why" "$status" 0 125
[ "$status" -eq 0 ] || like "files of at most 1 MB: a line that says so" "$(cat "$T/err")" "hum: *"
for n in 4 6 10 16; do
	without "--nofile=$n" -- true
	like "$n descriptors: the guest runs or says why" "$status" 0 125
	if [ "$status" -ne 0 ]; then
		judge "$n descriptors" 125 "*"
	fi
done
if [ "$(id -u)" -ne 0 ]; then
	without "--nproc=1" -- true
	judge "no more processes" 125 "*"
fi
without "" -- sh -c 'exit 4'
exits "and with everything back, it runs" 4

# a full standard error does not change the status
status=0
"$HUM" run --kernel /no/such/kernel -- true 2>/dev/full >"$T/out" || status=$?
is "stderr is full: the status is still 125" "$status" 125
# a log that cannot be written
# shellcheck disable=SC2086
hum run $cell --log /no/such/dir/log -- true
judge "a log that cannot be made" 125 "*/no/such/dir/log*"
# kernel messages are hidden, but shown when the guest fails
# shellcheck disable=SC2086
hum run $cell --append "root=nonsense init=/no/such/init panic=-1" -- true
like "a guest whose arguments are nonsense ends" "$status" 0 125
tap_end
