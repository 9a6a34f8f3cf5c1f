#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tty - a terminal behaves as with ssh -t
. "$(dirname "$0")/tap.sh"
[ -c /dev/ptmx ] || skip_all "no /dev/ptmx here"

drive "-r 33 -c 99" run -t -- sh -c 'tty; stty size; test -t 0 -a -t 1 -a -t 2 && echo three' <<'END'
expect /dev/pts/
expect 33 99
expect three
wait 0
modes
END
driven "the guest's terminal has the host's size, the modes are restored"

drive "" run -t -- sh -c 'exit 7' <<'END'
wait 7
modes
END
driven "the exit status is the command's"

drive "" run -t -- sh -c 'trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done' <<'END'
expect ready
resize 50 132
expect 50 132
resize 10 20
expect 10 20
send \x03
wait 130
modes
END
driven "a new size arrives as SIGWINCH; Ctrl-C ends with 130"

drive "" run -t -- sh -c 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.1; done' <<'END'
expect ready
send \x03
expect caught
wait 9
modes
END
driven "Ctrl-C is the guest's to catch"

drive "" run -t -- sh -c 'trap "echo caught; exit 9" QUIT; echo ready; while :; do sleep 0.1; done' <<'END'
expect ready
send \x1c
expect caught
wait 9
END
driven "Ctrl-\\ is SIGQUIT in the guest"

drive "" run -t -- cat <<'END'
send hello\r
expect hello
expect hello
send \x04
wait 0
modes
END
driven "Ctrl-D is the end of input"

# what an editor does: raw mode, single bytes, escape sequences, its own modes
drive "" run -t -- sh -c 'stty raw -echo; printf "raw\r\n"; dd bs=1 count=8 2>/dev/null | od -An -tx1; stty sane; echo end' <<'END'
expect raw
send \e[A\x03\x1a\x04\x11\r
expect 1b 5b 41 03 1a 04 11 0d
expect end
wait 0
modes
END
driven "raw mode passes every byte, Ctrl-C and Ctrl-Z too"

for vi in vi vim.tiny nvi busybox; do
	command -v $vi >/dev/null && break
	vi=
done
if [ -n "$vi" ]; then
	[ "$vi" != busybox ] || vi="busybox vi"
	# shellcheck disable=SC2086 # busybox vi
	drive "" run -t -e TERM=vt100 -- $vi text <<'END'
expect ~
send iwritten in the guest\e
send :wq\r
wait 0
modes
END
	driven "vi starts, edits and leaves the terminal as it was"
	is "vi has saved" "$(cat text 2>&1)" "written in the guest"
else
	skip "vi starts, edits and leaves the terminal as it was" "no vi here"
fi

SHELL=/bin/bash
export SHELL
if [ -x /bin/bash ]; then
	# \x24 is $, so that the echo of what is typed never matches
	drive "-r 40 -c 120" shell <<'END'
send PS1='<ready\x3e '; stty size\r
expect 40 120
expect <ready>
send echo $((40+2))\r
expect 42
expect <ready>
# cat is there and has the terminal when it repeats what is typed; a shell
# that forks would do for a Ctrl-Z in the wrong moment what it does natively
send echo up-$((1+1)); cat\r
expect up-2\r\n
send one\r
expect one\r\none\r\n
send \x1a
expect Stopped
expect <ready>
send jobs\r
expect Stopped
expect <ready>
send echo fg-$((1+1)); fg\r
expect fg-2\r\n
expect cat\r\n
send two\r
expect two\r\ntwo\r\n
send \x03
expect <ready>
send echo status=$?\r
expect status=130
expect <ready>
resize 25 90
send until [ "$(stty size)" = "25 90" ]; do sleep .1; done; echo is-$((1+1))\r
expect is-2
expect <ready>
send exit 5\r
wait 5
modes
END
	driven "hum shell: job control, Ctrl-Z, fg, Ctrl-C, size, exit status"
	drive "" shell <<'END'
send PS1='<ready\x3e '\r
expect <ready>
send cat &\r
expect <ready>
send until jobs | grep -q [S]topped; do sleep .1; done; echo is-$((1+1))\r
expect is-2
expect <ready>
send echo fg-$((1+1)); fg\r
expect fg-2\r\n
expect cat\r\n
send one\r
expect one\r\none\r\n
send \x03
expect <ready>
send \x04
wait *
modes
END
	driven "hum shell: a background job that reads is stopped; Ctrl-D ends"
else
	skip "hum shell: job control" "no /bin/bash here"
fi

drive "" run -t -- sh -c 'echo ready; sleep 1000' <<'END'
expect ready
hangup
wait 129
END
driven "a closed terminal ends the guest, 129 as from SIGHUP"

drive "" run -t -- sh -c "trap 'echo hup >$T/work/hup; exit' HUP; echo ready; while :; do sleep 0.1; done" <<'END'
expect ready
hangup
wait *
END
driven "a closed terminal is over for a guest that catches SIGHUP"
is "and the guest has seen SIGHUP" "$(cat hup 2>&1)" hup

for when in 'stty raw -echo; printf ready; sleep 1000' 'echo ready; sleep 1000'; do
	drive "" run -t -- sh -c "$when" <<'END'
expect ready
signal TERM
wait 143
modes
END
	driven "SIGTERM to hum ends with 143 and restores the modes ($when)"
done

# no -t: the terminal is only a file to the guest
drive "" run -- sh -c 'tty; (: </dev/tty) 2>/dev/null || echo none; read -r l; echo "got $l"' <<'END'
expect not a tty
expect none
send typed\r
expect got typed
wait 0
modes
END
driven "without -t the guest has no terminal of its own, and reads what is typed"

drive "" run -- sh -c 'echo ready; exec sleep 1000' <<'END'
expect ready
send \x03
wait 130
modes
END
driven "without -t Ctrl-C at the terminal still ends the guest with 130"

drive "-n" run -t -- sh -c 'echo ran' <<'END'
wait *
END
driven "-t without a terminal ends"

# much output through the terminal, and nothing lost at the end
drive "-l 60" run -t -- sh -c 'seq 1 20000; echo last' <<'END'
expect \n9999\r\n
expect \n20000\r\n
expect last
wait 0
END
driven "20,000 lines through the terminal, none lost at the end"
tap_end
