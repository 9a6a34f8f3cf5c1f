#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# signal - signals to hum, without a terminal
. "$(dirname "$0")/tap.sh"

for s in TERM INT HUP; do
	n=$(env kill -l $s)
	drive "-n" run -- sh -c 'echo ready; exec sleep 1000' <<END
expect ready
signal $s
wait $((128 + n))
END
	driven "SIG$s to hum ends the guest with 128+$n"
done

for s in TERM INT HUP QUIT USR1 USR2; do
	drive "-n" run -- sh -c "trap 'echo caught; exit 9' $s; echo ready; while :; do sleep 0.1; done" <<END
expect ready
signal $s
expect caught
wait 9
END
	driven "SIG$s to hum is the command's to catch, its status counts"
done

drive "-n" run -- sh -c 'trap "" TERM; echo ready; read -r l; echo "still $l"; exit 3' <<'END'
expect ready
signal TERM
send here\n
expect still here
wait 3
END
driven "a command that ignores SIGTERM goes on"

drive "-n" run -- sh -c '(trap "" HUP INT; exec sleep 1000) & echo ready; wait' <<'END'
expect ready
signal TERM
wait 143
END
driven "what ignores the signal beside the command does not hold the guest"

# before the guest is up: the moment is arbitrary on purpose
for ms in 0 10 30 60 100 150; do
	drive "-n" run -- sleep 1000 <<END
pause $ms
signal TERM
wait 143
END
	driven "SIGTERM to hum $ms ms after its start ends it with 143"
done

# setsid, and no terminal anywhere
drive "-n" run -- sh -c 'tty; ps -o tty= -p $$ 2>/dev/null || echo "?"; (: </dev/tty) 2>/dev/null || echo none' <<'END'
expect not a tty
expect none
wait 0
END
driven "no terminal at all: the guest runs and has none"
status=0
setsid -w timeout -k 5 "$limit" "$HUM" run --mode "$HUM_MODE" --cpus "$HUM_CPUS" \
	--kernel "$HUM_KERNEL" -- echo fine </dev/null >"$T/out" 2>"$T/err" || status=$?
exits "setsid with stdin /dev/null" 0
prints "setsid with stdin /dev/null: the output" fine

# stopped and continued from outside
drive "-n" run -- sh -c 'echo ready; read -r l; echo "got $l"' <<'END'
expect ready
signal TSTP
signal CONT
send x\n
expect got x
wait 0
END
driven "a stopped hum goes on after SIGCONT"
tap_end
