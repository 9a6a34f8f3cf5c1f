#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# exit - a guest's exit status is its command's, exactly
. "$(dirname "$0")/tap.sh"

run -- true
exits "true ends with 0" 0
quiet "a guest that works says nothing of its own"
ok "a guest that works adds nothing to stdout" test ! -s "$T/out"

# all of 0..255 take 256 guests: the long run does them, the short one those
# that a program on the way could take for its own
if [ -n "${HUM_SOAK:-}" ]; then
	numbers=$(seq 0 255)
else
	numbers="0 1 2 3 42 77 124 125 126 127 128 129 137 143 254 255"
fi
for n in $numbers; do
	run -- sh -c "exit $n"
	exits "exit $n ends with $n" "$n"
done

for s in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM; do
	n=$(env kill -l "$s")
	run -- sh -c "kill -$s \$\$"
	exits "killed by SIG$s ends with 128+$n" $((128 + n))
done
ok "a command that dumps core leaves no core file" sh -c '! ls core* 2>/dev/null'

# 126 and 127: what env(1) says here is what the guest has to say
printf 'echo hello; exit 9\n' >noshebang
printf '#!/no/such/interpreter\n' >nointerpreter
printf '#!/bin/sh\nexit 5\n' >script
echo data >plain
chmod 755 noshebang nointerpreter script
for c in /no/such/file no-such-command ./plain . ./noshebang ./nointerpreter \
	./script ./script/under ''; do
	env "$c" >/dev/null 2>&1
	expected=$?
	run -- "$c"
	exits "'$c' ends as with env(1)" "$expected"
	case $expected in 126 | 127)
		is "'$c': one line on stderr" "$(wc -l <"$T/err")" 1
		like "'$c': the line names it" "$(cat "$T/err")" "hum: *${c#./}*"
		;;
	esac
done

run -e PATH="$T/work" -- script
exits "the command is looked up in the PATH that it gets" 5

run -- sh -c 'exit 3' '' 'two words' "$(printf 'a\nb')"
exits "arguments do not disturb the status" 3
run -- printf '<%s>' '' 'two  words' '$HOME' "$(printf 'a\nb')" "$(printf '\377\376')" '*' "it's" '"'
printf '<%s>' '' 'two  words' '$HOME' "$(printf 'a\nb')" "$(printf '\377\376')" '*' "it's" '"' >"$T/native"
ok "arguments arrive byte for byte" cmp "$T/out" "$T/native"

# more than one packet of the control socket holds
long=$(head -c 100000 /dev/zero | tr '\0' x)
run -- sh -c 'echo ${#1} ${#2}' sh "$long" "$long"
prints "200,000 bytes of arguments arrive" "100000 100000"

# a process that outlives the command does not keep the guest
run -- sh -c 'setsid sleep 1000 >/dev/null 2>&1 & exit 6'
exits "a background process does not hold the guest" 6
tap_end
