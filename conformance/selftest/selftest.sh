#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# selftest - each verdict of the harness, provoked and compared
# Usage: selftest.sh FSCONF-SELFTEST FSCONF MANPAGE
set -eu

self=$1
fsconf=$2
man=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0
failed=0

verdict() {	# verdict OK NAME
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=1
	fi
}

# run CASE STATUS PATTERN [OPTION...]: output has PATTERN, status is STATUS
run() {
	name=$1 want=$2 pattern=$3
	shift 3
	mkdir -p "$dir/t"
	status=0
	"$self" --filter "selftest.$name" --timeout "${limit:-60}" "$@" "$dir/t" \
		>"$dir/out" 2>"$dir/err" || status=$?
	bad=0
	[ "$status" = "$want" ] || bad=1
	grep -q -e "$pattern" "$dir/out" || bad=1
	[ -z "$(ls -A "$dir/t")" ] || bad=1	# nothing is left behind
	if [ $bad = 1 ]; then
		echo "# expected status $want and '$pattern', got $status and:"
		sed 's/^/# /' "$dir/out" "$dir/err"
	fi
	verdict $bad "$name${*:+ }$*"
}

# tool STATUS PATTERN NAME COMMAND...: the same for any command
tool() {
	want=$1 pattern=$2 name=$3
	shift 3
	status=0
	"$@" >"$dir/out" 2>&1 || status=$?
	bad=0
	[ "$status" = "$want" ] || bad=1
	grep -q -e "$pattern" "$dir/out" || bad=1
	[ $bad = 0 ] || sed 's/^/# /' "$dir/out"
	verdict $bad "$name"
}

run pass 0 '^# 1 cases, 6 checks: 6 passed, 0 failed'
run pass 0 '^1\.\.6$'
run pass 0 '"result":"pass"' --json
run fail_call 1 '^# expected EACCES, got ENOENT at selftest/provoke.c:[0-9]*$'
run fail_call 1 '^not ok 1 - selftest.fail_call: wrong errno$' --quiet
run fail_call 1 '"result":"fail"' --json
run fail_success 1 'expected EACCES, got success at'
run fail_either 1 'expected EEXIST or ENOTEMPTY, got EPERM at'
run fail_number 1 'expected 2, got 1 at'
run fail_mode 1 'expected 0644, got 0600 at'
run fail_text 1 "expected 'want this', got 'got this' at"
run fail_truth 1 'expected 1 == 2, got the contrary at'
run fail_stamp 1 "expected 'changed', got 'unchanged' at"
run duplicate 1 'two checks have this name'
run skip_check 77 '^ok 1 - selftest.skip_check: part # SKIP no reason at all$'
run must 1 'expected open("missing", O_RDONLY) to work, got ENOENT at'
run empty 1 'expected checks, got none'
run early 1 'expected the end of the case, got exit 3'
run early 1 '^ok 1 - selftest.early: before the end$'
run crash 1 'expected an exit, got SIGSEGV'
run crash 1 '^ok 1 - selftest.crash: before the crash$'
limit=2
run timeout 1 'expected an end within 2 s, got a timeout'
limit=60
run leak_process 1 'expected nothing left, got a running process'
run leak_file 1 "expected nothing left, got 'stray' outside its directory"
run unremovable 0 '2 passed, 0 failed'
run in_child 0 '^ok 1 - selftest.in_child: made by a child$'
run deep 0 '1 passed, 0 failed'
run types 0 '^ok 1 - selftest.types: fifo$' --type fifo
run types 0 '^1\.\.1$' --type fifo
run needs_both 77 '# SKIP needs '
run needs_both 1 'unexpected skip: needs ' --strict
run peer 77 '# SKIP needs peer'
run peer 0 '6 passed, 0 failed' --peer self
run peer 0 '6 passed, 0 failed' --peer "exec:$fsconf --serve $dir/t"
if [ "$(id -u)" = 0 ]; then
	run acting 0 'ok 4 - selftest.acting: stranger'
else
	run acting 77 '# SKIP needs users'
fi

"$fsconf" --serve "$dir/t" --socket "$dir/sock" &
server=$!
i=0
while [ ! -S "$dir/sock" ] && [ $i -lt 10000 ]; do i=$((i + 1)); done
run peer 0 '6 passed, 0 failed' --peer "unix:$dir/sock"
kill $server
wait $server 2>/dev/null || :

cat >"$dir/list" <<'LIST'
# a comment

fail selftest.fail_call: wrong * -- this file system is broken
skip root -- the run is unprivileged
skip user -- the run is privileged
LIST
run fail_call 0 '^not ok 1 .* # TODO this file system is broken (expected' \
	--expected "$dir/list"
run fail_number 1 'expected 2, got 1' --expected "$dir/list"
run needs_both 77 '# SKIP needs .*: the run is' --expected "$dir/list" --strict
echo 'fail selftest.fail_number: * -- a second list' >"$dir/more"
run 'fail_[cn]*' 0 'TODO a second list' --expected "$dir/list" \
	--expected "$dir/more"
echo 'fail selftest.pass: a number -- thought to be broken' >"$dir/list"
run pass 1 'unexpected pass, listed as: thought to be broken' \
	--expected "$dir/list"
echo 'fail selftest.pass: a number' >"$dir/list"
tool 2 "list:1: expected 'fail PATTERN -- reason'" 'a list without reasons' \
	"$self" --expected "$dir/list" "$dir/t"
tool 2 'cannot read the list' 'a list that is missing' \
	"$self" --expected "$dir/missing" "$dir/t"

# A run that is told to stop leaves nothing behind.
"$self" --filter selftest.timeout "$dir/t" >"$dir/out" 2>&1 &
runner=$!
i=0
while ! grep -q '^# ' "$dir/out" && [ $i -lt 10000 ]; do i=$((i + 1)); done
kill -TERM $runner
status=0
wait $runner || status=$?
bad=0
[ $status = 143 ] && [ -z "$(ls -A "$dir/t")" ] || bad=1
verdict $bad 'SIGTERM ends a run cleanly'

# Three shards together are the whole, and no case is in two of them.
whole=$("$self" --filter 'selftest.fail_*' "$dir/t" | grep -c '^not ok' || :)
parts=0
for i in 1 2 3; do
	n=$("$self" --filter 'selftest.fail_*' --shard $i/3 "$dir/t" |
		grep -c '^not ok' || :)
	parts=$((parts + n))
done
bad=0
[ "$whole" = 8 ] && [ "$parts" = 8 ] || bad=1
verdict $bad 'three shards make the whole'

# Parallel runs report in the same order as serial ones.
"$self" --filter 'selftest.[fpd]*' --peer self "$dir/t" |
	grep ok >"$dir/a" || :
"$self" --filter 'selftest.[fpd]*' --peer self --jobs 4 "$dir/t" |
	grep ok >"$dir/b" || :
bad=0
cmp -s "$dir/a" "$dir/b" || bad=1
verdict $bad 'four jobs report like one'

tool 2 "unknown option '--bad'" 'an unknown option' "$fsconf" --bad
tool 2 "bad value for '--shard'" 'a bad shard' "$fsconf" --shard 3/2 "$dir"
tool 2 "bad value for '--type'" 'a bad type' "$fsconf" --type x "$dir"
tool 2 "no case matches 'nosuch'" 'a misspelt filter' "$fsconf" --filter nosuch "$dir/t"
tool 2 "bad value for '--lie'" 'a call that is none' "$fsconf" --lie frob "$dir/t"
tool 2 "--second '/nonexistent'" 'a second file system that is none' \
	"$fsconf" --second /nonexistent "$dir/t"
tool 1 '^not ok .*chmod.all_bits' 'a call that lies' \
	"$fsconf" --lie chmod --filter chmod.all_bits "$dir/t"
tool 0 '^# [1-9][0-9]* of [1-9]' 'checks that can fail' \
	"$fsconf" --doubt --filter chmod.all_bits "$dir/t"
tool 1 '^not ok .* no lie makes it fail' 'checks that cannot' \
	"$self" --doubt --filter selftest.pass "$dir/t"
tool 2 "missing argument 'DIR'" 'no directory' "$fsconf"
tool 2 "cannot work in" 'a missing directory' "$fsconf" "$dir/missing"
tool 0 '^errno\.' 'the list of cases' "$fsconf" --list
tool 0 '^root  *\(yes\|no\) ' 'the list of needs' "$fsconf" --needs "$dir/t"

# The man page has every option, and no other.
"$fsconf" --help | grep -o '^  --[a-z]*' | tr -d ' ' | sort >"$dir/a"
grep -o '^\.B[RI]* *\\-\\-[a-z]*' "$man" | sed 's/^.*\\-\\-/--/' | sort -u \
	>"$dir/b"
bad=0
cmp "$dir/a" "$dir/b" || bad=1
verdict $bad 'options and man page agree'

# Every case has a name of its own, a sentence and an origin.
bad=0
[ -z "$("$fsconf" --list | cut -f1 | sort | uniq -d)" ] || bad=1
[ -z "$("$fsconf" --list | awk -F'\t' 'NF != 4 || $3 == "" || $4 == ""')" ] ||
	bad=1
verdict $bad 'every case has a name, an origin and a sentence'

echo "1..$count"
exit $failed
