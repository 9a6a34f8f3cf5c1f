#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# hum-launcher - statuses, descriptors, signals, failures: hum with a test double
set -eu
# shellcheck source=host/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${HUM:?}" "${FAKE:?}"

mkdir "$dir/cwd"
cd "$dir/cwd"
export HUM_KERNEL="$FAKE"
out=$dir/out err=$dir/err log=$dir/log

# status COMMAND...: run, print the exit status
status()
{
	s=0
	"$@" >"$out" 2>"$err" || s=$?
	echo "$s"
}

# says PATTERN: the first line of stderr is that, the rest are the kernel's
says()
{
	# shellcheck disable=SC2254 # it is a pattern
	case $(head -n 1 "$err") in
	$1)	return 0 ;;
	esac
	cat "$err"
	return 1
}

for n in 0 1 2 77 124 125 126 127 128 255; do
	is "exit status $n is passed on" "$(status "$HUM" run sh -c "exit $n")" $n
done
for n in 1 2 9 15; do
	is "signal $n gives 128+$n" "$(status "$HUM" run sh -c "kill -$n \$\$")" $((128 + n))
done
is "no such command gives 127" "$(status "$HUM" run /nonexistent)" 127
check "... and a line" says "hum: cannot run: No such file"
: >file
is "a command that cannot be run gives 126" "$(status "$HUM" run ./file)" 126
is "arguments arrive as they are" "$("$HUM" run printf '<%s>' 'a b' '' '*' '
x' -- --help)" "<a b><><*><
x><--><--help>"
is "-- ends the options" "$("$HUM" run -q -- echo ok)" ok
is "the directory is the same" "$("$HUM" run pwd)" "$PWD"
is "-w says another" "$("$HUM" run -w / pwd)" /
mkdir sub
is "-w may be relative" "$("$HUM" run -w sub pwd)" "$PWD/sub"
is "the mask is the same" "$(umask 027; "$HUM" run sh -c umask)" 0027

# Descriptors
is "stdin is passed" "$(echo text | "$HUM" run cat)" text
is "stdin at its end is at its end" "$("$HUM" run cat </dev/null)" ""
is "stderr is apart from stdout" "$("$HUM" run sh -c 'echo out; echo err >&2' 2>/dev/null)" out
# The bits of the status: which of the three the command has.
# shellcheck disable=SC2016
which='s=0; for n in 1 2 4; do [ ! -e /proc/$$/fd/$((n / 2)) ] || s=$((s + n)); done; exit $s'
is "open descriptors are open" "$(s=0; "$HUM" run sh -c "$which" || s=$?; echo $s)" 7
is "a closed stdin is closed" "$(s=0; "$HUM" run sh -c "$which" <&- || s=$?; echo $s)" 6
is "a closed stdout is closed" "$(s=0; "$HUM" run sh -c "$which" >&- || s=$?; echo $s)" 5
is "all three may be closed" "$(s=0; "$HUM" run sh -c "$which" <&- >&- 2>&- || s=$?; echo $s)" 0
is "nothing else is open in the command" \
	"$("$HUM" run ls /proc/self/fd 7</dev/null | tr '\n' ' ')" "0 1 2 3 "
is "a reader that leaves is noticed" "$("$HUM" run sh -c 'yes; echo $? >"$0"' "$dir/yes" | head -c 10 >/dev/null; cat "$dir/yes")" 141
# The end of the command's output, not of hum, is what a reader sees.
mkfifo "$dir/fifo"
"$HUM" run sh -c 'exec >&-; read -r line <"$0"' "$dir/fifo" | cat >/dev/null &
cat_pid=$!
wait_pipe() { timeout 20 sh -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.05; done' - "$1"; }
check "closing stdout early ends the reader's wait" wait_pipe $cat_pid
echo go >"$dir/fifo"
wait
head -c 3000000 /dev/urandom >"$dir/bytes"
"$HUM" run cat <"$dir/bytes" >"$out"
check "bytes pass unchanged" cmp "$dir/bytes" "$out"

# The environment
is "the environment is small" \
	"$(env -i PATH="$PATH" HOME=/h LANG=C LC_ALL=C TERM=x USER=u LOGNAME=u SHELL=/s X=1 HUM_KERNEL="$FAKE" "$HUM" run env | cut -d = -f 1 | sort | tr '\n' ' ')" \
	"HOME LANG LC_ALL LOGNAME PATH SHELL TERM USER "
is "-e sets and copies" "$(X=1 "$HUM" run -e X -e Y=2 -e NONE -e HOME=/z sh -c 'echo "$X $Y $HOME ${NONE-unset}"')" "1 2 /z unset"
is "the last -e counts" "$("$HUM" run -e A=1 -e A=2 sh -c 'echo $A')" 2
is "PATH has a default" "$(env -u PATH HUM_KERNEL="$FAKE" "$HUM" run sh -c 'echo $PATH')" \
	/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
big=$(head -c 100000 /dev/zero | tr '\0' x)
is "a long environment arrives" "$("$HUM" run -e A="$big" -e B="$big" sh -c 'echo ${#A} ${#B}')" "100000 100000"
is "the user is the one who asked" "$("$HUM" run --log "$log" true; sed -n 's/^field [56] //p' "$log" | tr '\n' ' ')" "$(id -u) $(id -g) "
is "-u is left to the guest" "$("$HUM" run -u nobody:tty --log "$log" env | grep -c '^\(HOME\|USER\|LOGNAME\|SHELL\)=' || :; grep -a '^field [4567] ' "$log")" "0
field 4 nobody:tty"

# The kernel's command line and the directories
"$HUM" run -m 512M --cpus 3 --mode seccomp --append 'a=1 "b c"' -v "$dir:/mnt/a:ro" -v "$dir/cwd" --log "$log" true
is "the kernel's arguments" "$(sed -n 's/^arg //p' "$log" | tr '\n' '|')" \
	"mem=524288K|ncpus=3|seccomp=on|con0=null,fd:1|con=null|ssl=null|panic=-1|hum.control=3|hum.share=root:4:ro|hum.share=v0:5:ro|hum.share=v1:6:rw|a=1|b c|"
is "the mounts, a -v in place of the current directory" "$(grep '^mount' "$log" | sed 's/ $//')" \
	"mount root / overlay-root rw
mount v0 /mnt/a hostfs ro
mount v1 $dir/cwd hostfs rw"
is "the current directory is a share" "$("$HUM" run --log "$log" true; grep -c "^mount cwd $dir/cwd hostfs" "$log")" 1
is "but not in /" "$(cd / && "$HUM" run --log "$log" true; grep -c '^mount' "$log")" 1
odd="$dir/a b
c$(printf '\377')'"
mkdir "$odd"
is "any directory's name will do" "$(cd "$odd" && "$HUM" run sh -c 'pwd; echo x >y'; cat "$odd/y")" "$odd
x"

# --dry-run: what it prints does the same as what it stands for
dry() { (cd "$odd" && "$HUM" run "$@" -v "$odd:/o\\:p:ro" -e "V=a'b
c" --append 'x "y z"' -w / --log "$log" sh -c 'printf "%s\n" "$V"; pwd'); }
dry >"$out"
grep -av '^arg hum.control' "$log" >"$dir/direct"
dry --dry-run >"$dir/dry"
rm -f "$log"
(cd / && sh "$dir/dry") >"$dir/out2"
check "--dry-run's text runs, with the same output" cmp "$out" "$dir/out2"
grep -av '^arg hum.control' "$log" | sed 's/^\(mount\|arg hum.share=\)\(.*\)v1/\1\2v0/' >"$dir/pasted"
sed 's/cwd \(.*\)/\1/; s/v0/X/; s/v1/X/; s/cwd/X/' "$dir/direct" | grep -av '^mount\|share' >"$dir/direct.plain"
sed 's/v0/X/; s/v1/X/' "$dir/pasted" | grep -av '^mount\|share' >"$dir/pasted.plain"
check "... and the same command line and environment" diff "$dir/direct.plain" "$dir/pasted.plain"
is "... and as many mounts" "$(grep -ac ^mount "$dir/pasted")" "$(grep -ac ^mount "$dir/direct")"
rm -f "$log"
dry --dry-run >/dev/null
check "--dry-run starts nothing and writes nothing" test ! -e "$log"

# Failures of the guest
fails() { is "$1" "$(status "$HUM" run --boot-timeout 1 --append "fake=$2" true)" 125; }
fails "a panic gives 125" panic
check "... is named" says "hum: the guest's kernel panicked before it was up"
check "... and the kernel's words follow" grep -q '^first line$' "$err"
is "-q leaves them out" "$(status "$HUM" run -q --append fake=panic true; wc -l <"$err")" "125
1"
fails "an end at boot gives 125" end
check "... is named" says "hum: the guest ended with status 3 before it was up"
fails "a guest that hangs gives 125" hang
check "... is named" says "hum: the guest did not come up within 1 s and was killed;*"
fails "a guest that goes mute gives 125" mute
check "... is named" says "hum: the guest closed its control socket but did not end*"
fails "rubbish from the guest gives 125" garbage
check "... is named" says "hum: the guest sent a message that hum cannot read"
fails "another version gives 125" version
check "... is named" says "hum: hum and its kernel '*' are not of the same version;*"
fails "a message out of turn gives 125" unexpected
check "... is named" says "hum: the guest sent a message that hum does not expect*"
fails "no user mode at all gives 125" no-modes
check "... is named" says "hum: the guest cannot start: this host refuses both seccomp filters and ptrace*"
is "... by that one line" "$(wc -l <"$err")" 1
fails "a failed set-up gives 125" setup-error
check "... is named" says "hum: cannot mount 'root': Input/output error"
fails "a guest that dies under the command gives 125" die-running
check "... is named" says "hum: the guest was ended by signal 9 (Killed) before the command did"
is "a guest that does not power off is killed" "$(status "$HUM" run --append fake=no-power-off sh -c 'exit 5')" 5
check "... is named" says "hum: the guest did not power off within 1 s and was killed"

# Signals. The command says on a fifo that it is ready.
for sig in HUP INT QUIT USR1 USR2 ALRM TERM WINCH; do
	[ $sig = WINCH ] && continue
	rm -f "$dir/ready"; mkfifo "$dir/ready"
	# An asynchronous command of sh ignores INT and QUIT: env gives them back.
	env --default-signal "$HUM" run bash -c 'trap "echo got; exit 3" '$sig'; echo r >"$0"; while :; do sleep 0.1; done' "$dir/ready" >"$out" &
	pid=$!
	read -r _ <"$dir/ready"
	kill -$sig $pid
	s=0
	wait $pid || s=$?
	is "SIG$sig reaches the command" "$s $(cat "$out")" "3 got"
done
rm -f "$dir/ready"; mkfifo "$dir/ready"
"$HUM" run --log "$log" sh -c 'echo r >"$0"; exec sleep 1000' "$dir/ready" &
pid=$!
read -r _ <"$dir/ready"
guest=$(pgrep -P $pid)
child=$(pgrep -P "$guest")
kill -9 $pid
wait $pid 2>/dev/null || :
gone() { timeout 20 sh -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.05; done' - "$1"; }
check "SIGKILL of hum ends the guest" gone "$guest"
kill "$child" 2>/dev/null || :	# only the test double's command outlives it
(exec "$HUM" run --append fake=hang true) 2>"$err" &
pid=$!
while ! guest=$(pgrep -P $pid); do :; done
kill -TERM $pid
s=0
wait $pid || s=$?
is "SIGTERM before there is a command ends hum" "$s $(wc -l <"$err")" "143 0"
check "... and the guest" gone "$guest"

is "the kernel stays on one CPU" "$("$HUM" run sh -c 'grep Cpus_allowed_list /proc/self/status' | grep -c '[-,]')" 0
allowed() { sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status; }
is "--pin off lets it move" "$("$HUM" run --pin off sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" "$(allowed)"
is "two CPUs let it move" "$("$HUM" run --cpus 2 sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" "$(allowed)"
is "there is no core file's room" "$("$HUM" run sh -c 'ulimit -c')" 0
is "hum shell runs the shell" "$(echo 'echo $0 $-' | SHELL=/bin/sh "$HUM" shell)" "/bin/sh s"

tap_end
