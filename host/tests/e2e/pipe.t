#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# pipe - stdin, stdout and stderr are the caller's own descriptors
. "$(dirname "$0")/tap.sh"

printf 'one\ntwo\nthree\n' >lines
run -- cat <lines
ok "stdin from a file" cmp "$T/out" lines
echo piped | run -- cat
# the pipeline's run was in a subshell: judge by its files
prints "stdin from a pipe" piped
: | run -- cat
ok "stdin at its end" test ! -s "$T/out"
run -- sh -c 'cat; echo done' </dev/null
prints "stdin is /dev/null" "done"
run -- sh -c 'cat 2>/dev/null; echo done' <&-
prints "stdin closed" "done"
run -- sh -c 'test -e /proc/self/fd/0 && readlink /proc/self/fd/0 || echo closed' <&-
like "nothing else is put where stdin was closed" "$(cat "$T/out")" closed /dev/null

{ hum_run -- sh -c 'read -r l; echo "guest $l"'; cat; } <lines >"$T/out" 2>"$T/err"
prints "a file's offset is shared with the caller" "$(printf 'guest one\ntwo\nthree')"
printf 'old\n' >appended
hum_run -- echo new >>appended
is "stdout to a file that is appended to" "$(cat appended)" "$(printf 'old\nnew')"
{ echo before; hum_run -- echo guest; echo after; } >"$T/out" 2>"$T/err"
prints "stdout's offset is shared with the caller" "$(printf 'before\nguest\nafter')"

run -- sh -c 'echo to out; echo to err >&2; exit 4'
exits "stdout and stderr: the status" 4
prints "stdout has only its own" "to out"
is "stderr has only its own" "$(cat "$T/err")" "to err"
hum_run -- sh -c 'i=0; while [ $i -lt 200 ]; do echo $i; echo $i >&2; i=$((i+1)); done' >"$T/both" 2>&1
i=0
while [ $i -lt 200 ]; do
	printf '%d\n%d\n' $i $i
	i=$((i + 1))
done >"$T/both.expected"
ok "both in one file keep their order" cmp "$T/both" "$T/both.expected"

# stdout closed early: the guest's writer gets SIGPIPE as a native one does
for c in 'yes' 'cat /dev/zero'; do
	# shellcheck disable=SC2086 # the command's words
	{ env --default-signal=PIPE timeout -k 5 "$limit" "$HUM" run --mode "$HUM_MODE" \
		--cpus "$HUM_CPUS" --kernel "$HUM_KERNEL" -- $c 2>"$T/err"
		echo $? >"$T/st"; } | head -c 1 >/dev/null
	is "$c | head -c 1 ends with 141" "$(cat "$T/st")" 141
	quiet "$c | head -c 1 makes no noise"
done
status=0
hum_run -- sh -c 'exit 3' >&- 2>"$T/err" || status=$?
exits "stdout closed: the status is right" 3
quiet "stdout closed: no noise"
status=0
hum_run -- sh -c 'exit 3' >&- 2>&- <&- || status=$?
is "all three closed: the status is right" "$status" 3
status=0
hum_run -- sh -c 'echo x; exit 8' >/dev/full 2>"$T/err" || status=$?
exits "stdout is /dev/full: the status is right" 8
run -- sh -c 'echo out >/dev/full'
exits "a write to the guest's own /dev/full fails" 1

# reopened by name
hum_run -- sh -c 'echo a >/dev/stdout; echo b >>/dev/stdout' 2>"$T/err" | cat >"$T/out"
prints "/dev/stdout on a pipe" "$(printf 'a\nb')"
run -- cat /dev/stdin <lines
ok "/dev/stdin on a file" cmp "$T/out" lines
echo x | run -- cat /dev/stdin
prints "/dev/stdin on a pipe" x
run -- sh -c 'echo e >/dev/stderr'
is "/dev/stderr" "$(cat "$T/err")" e
run -- sh -c 'echo x >/proc/self/fd/1'
prints "/proc/self/fd/1" x
run -- sh -c 'dd if=/dev/stdin bs=1 skip=4 count=4 2>/dev/null' <lines
prints "/dev/stdin on a file can be seeked in" two

# back-pressure, not a growing buffer: the writer stops while nobody reads
mkfifo fifo
limit=120 hum_run -- sh -c 'head -c 4000000 /dev/zero; echo written >&2' >fifo 2>"$T/err" &
pid=$!
exec 7<fifo
head -c 1 <&7 >/dev/null
is "a writer stops while nobody reads" "$(cat "$T/err")" ""
is "and goes on when somebody does" "$(cat <&7 | wc -c)" 3999999
wait $pid
is "and ends" "$(cat "$T/err")" written
exec 7<&-

# an endless reader of a pipe ends when the pipe does
mkfifo in
hum_run -- cat <in >"$T/out" 2>"$T/err" &
pid=$!
exec 7>in
echo now >&7
exec 7>&-
ok "end of file arrives at once" wait $pid
prints "and everything before it" now

if [ -n "${HUM_BIG:-}" ]; then
	head -c 200M /dev/urandom >"$T/random"
	sum=$(sha256sum <"$T/random")
	# shellcheck disable=SC2002 # the pipe is what is tested
	is "200 MB of random bytes through pipes both ways" \
		"$(cat "$T/random" | hum_run -- cat | sha256sum)" "$sum"
	# shellcheck disable=SC2002
	is "200 MB into the guest" "$(cat "$T/random" | hum_run -- sha256sum)" "$sum"
	is "200 MB from a file to a file" "$(hum_run -- cat <"$T/random" >"$T/copy"
		sha256sum <"$T/copy")" "$sum"
	rm -f "$T/random" "$T/copy"
fi
tap_end
