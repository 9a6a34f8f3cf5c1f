#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# env - the environment, the user and what belongs to a user
. "$(dirname "$0")/tap.sh"

# bare VARIABLES ARGS: hum run with exactly these
bare() {
	status=0
	env -i "$@" >"$T/out.raw" 2>"$T/err" || status=$?
	sort "$T/out.raw" >"$T/out"
}
hum_bare() {
	printf '%s\n' timeout -k 5 "$limit" "$HUM" run --mode "$HUM_MODE" --cpus \
		"$HUM_CPUS" --kernel "$HUM_KERNEL"
}
# shellcheck disable=SC2046 # one word a line, none with spaces in the tests' paths
bare TERM=vt220 LANG=C.UTF-8 LC_ALL=C LC_TIME=C PATH="$PATH" HOME="$HOME" \
	USER=somebody LOGNAME=somebody SHELL=/bin/dash SECRET=1 LD_X=2 LCX=3 \
	TMPDIR="$TMPDIR" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" $(hum_bare) -- env
exits "an environment of the caller's" 0
prints "the guest has these and no others" "$(printf '%s\n' TERM=vt220 LANG=C.UTF-8 \
	LC_ALL=C LC_TIME=C PATH="$PATH" HOME="$HOME" USER=somebody LOGNAME=somebody \
	SHELL=/bin/dash | sort)"
# shellcheck disable=SC2046
bare PATH="$PATH" HOME="$HOME" TMPDIR="$TMPDIR" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" \
	$(hum_bare) -- env
is "what the caller has not is not made up, but for the user's own" \
	"$(grep -v -e '^HOME=' -e '^USER=' -e '^LOGNAME=' -e '^SHELL=' -e '^PATH=' \
		-e '^TERM=' "$T/out")" ""

SECRET=hidden run -- sh -c 'echo "${SECRET-unset}"'
prints "other variables stay outside" unset
SECRET=shown run -e SECRET -- sh -c 'echo "${SECRET-unset}"'
prints "-e NAME passes one on" shown
run -e SECRET_NOT_SET -- sh -c 'echo "${SECRET_NOT_SET-unset}"'
prints "-e NAME that is not set stays unset" unset
run -e A=1 -e B='x y=z' -e C= -e A=2 -- sh -c 'echo "$A|$B|${C-unset}|"'
prints "-e NAME=VALUE; the last one counts; a value may be empty" "2|x y=z||"
value=$(printf 'line 1\nline 2\n\377 end')
run -e V="$value" -- sh -c 'printf %s "$V"'
printf %s "$value" >"$T/native"
ok "a newline and any byte in a value" cmp "$T/out" "$T/native"
run -e HOME=/elsewhere -e PATH=/bin:/usr/bin -- sh -c 'echo "$HOME $PATH"'
prints "-e overrides the defaults" "/elsewhere /bin:/usr/bin"
big=$(head -c 100000 /dev/zero | tr '\0' v)
run -e BIG="$big" -- sh -c 'echo ${#BIG}'
prints "a value of 100,000 bytes" 100000
run -e =x -- true
exits "-e =x is refused" 125
is "-e =x: one line" "$(wc -l <"$T/err")" 1

# the user
run -- id
prints "the user and all groups are the caller's" "$(id)"
run -- sh -c 'grep -E "^(Uid|Gid|Groups):" /proc/self/status; cat /proc/self/loginuid 2>/dev/null | head -c 0'
prints "real, effective, saved and file ids too" \
	"$(grep -E '^(Uid|Gid|Groups):' /proc/self/status)"
for m in 022 027 077 000; do
	(umask $m && run -- sh -c 'umask; : >masked')
	prints "umask $m is the caller's" "0$m"
	is "umask $m: a file made in the guest has the right mode" "$(stat -c %a masked)" \
		"$(printf '%o' $((0666 & ~0$m)))"
	rm -f masked
done
run -- sh -c ': >mine; mkdir dir; ln -s x link'
is "files made in the guest are the caller's" \
	"$(stat -c '%u %g' mine dir link | sort -u)" "$(id -u) $(id -g)"
run -- sh -c 'grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status | wc -l'
prints "the guest tells about capabilities" 3
if [ "$(id -u)" -ne 0 ]; then
	run -- grep CapEff /proc/self/status
	prints "an ordinary user has no capabilities in the guest" \
		"$(printf 'CapEff:\t0000000000000000')"
fi

run -u root -- sh -c 'id -u; id -g; id -G'
prints "-u root is root in the guest" "$(printf '0\n0\n0')"
run -u root -- sh -c 'mount -t tmpfs none /mnt && hostname test && hostname'
prints "and may do there what root does" test
run -u nobody -- sh -c 'id -u; id -un'
prints "-u nobody" "$(printf '%s\nnobody' "$(id -u nobody)")"
run -u 12345 -- sh -c 'id -u'
prints "-u with a number that has no name" 12345
run -u 12345:23456 -- sh -c 'id -u; id -g; id -G'
prints "-u UID:GID" "$(printf '12345\n23456\n23456')"
run -u no-such-user -- true
exits "-u with an unknown name" 125
is "-u with an unknown name: one line" "$(wc -l <"$T/err")" 1
like "-u with an unknown name: it is named" "$(cat "$T/err")" "hum: *no-such-user*"

# the other things that a command inherits
run -- sh -c 'ls /proc/self/fd | wc -l'
prints "no descriptors but the three (and ls's own)" 4
run -- sh -c 'wc -l </proc/net/route; cat /sys/class/net/*/operstate | grep -c up'
prints "the network is off: no route, nothing is up" "$(printf '1\n0')"
run -- sh -c 'grep -E "^Sig(Ign|Blk)" /proc/self/status'
prints "no signal is ignored or blocked" \
	"$(printf 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000')"
run -m 300M -- awk '/MemTotal/ { print ($2 > 200000 && $2 < 320000) ? "right" : $2 }' /proc/meminfo
prints "-m is the guest's memory" right
run -- nproc
prints "--cpus is the guest's number of processors" "$HUM_CPUS"
run -- uname -sm
prints "the guest is Linux on x86_64" "Linux x86_64"
tap_end
