#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# hum-terminal - raw mode, size, stop and hang-up: hum in a terminal, with a test
# double (its command has the terminal itself, not a guest's)
set -eu
# shellcheck source=host/tests/tap.sh
. "$(dirname "$0")/tap.sh"
: "${HUM:?}" "${FAKE:?}" "${PTYRUN:?}"

export HUM_KERNEL="$FAKE"
cd "$dir"

# pty NAME COMMAND...: ptyrun with the script on stdin
pty()
{
	name=$1
	shift
	s=0
	"$PTYRUN" "$@" >"$dir/pty" 2>&1 || s=$?
	[ $s -eq 0 ] || sed 's/^/# /' "$dir/pty"
	result $s "$name"
}

pty "-t sets raw mode, and gives the terminal back" "$HUM" run -t sh -c 'echo up; read -r line; echo "<$line>"; exit 4' <<'EOF'
expect up
mode raw
send hello\n
expect <hello>
exit 4
mode cooked
EOF

pty "the size is handed over, and its changes" "$HUM" run -t --log log sh -c 'echo up
	until grep -q "^winsize 132x50" log; do sleep 0.05; done; echo sized; read -r line' <<'EOF'
expect up
mode raw
resize 40 100
resize 50 132
expect sized
send x\n
exit 0
EOF
check "... the first size" grep -q '^tty 80x24$' log
check "... and the last" grep -q '^winsize 132x50$' log

pty "Ctrl-C without -t is SIGINT for the command" "$HUM" run sh -c 'trap "echo int; exit 9" INT; echo up; while :; do sleep 0.1; done' <<'EOF'
expect up
mode cooked
send \003
expect int
exit 9
EOF

pty "Ctrl-Z without -t stops command and hum, fg continues them" "$HUM" run --log log sh -c 'echo up; read -r line; echo "<$line>"' <<'EOF'
expect up
send \032
stopped
fg
send on\n
expect <on>
exit 0
EOF
check "... SIGTSTP was passed on" grep -q '^signal 20$' log
check "... and SIGCONT" grep -q '^signal 18$' log

pty "SIGTSTP with -t gives the terminal back while stopped" "$HUM" run -t sh -c 'echo up; read -r line; echo "<$line>"' <<'EOF'
expect up
mode raw
signal 20
stopped
mode cooked
fg
mode raw
send on\n
expect <on>
exit 0
mode cooked
EOF

pty "SIGTERM restores the terminal" "$HUM" run -t sh -c 'echo up; exec sleep 1000' <<'EOF'
expect up
mode raw
signal 15
exit 143
mode cooked
EOF

pty "a closed terminal is SIGHUP for the command" "$HUM" run -t --log log sh -c 'trap "exit 6" HUP; echo up; while :; do sleep 0.1; done' <<'EOF'
expect up
mode raw
close
exit 6
EOF
check "... SIGHUP was passed on" grep -q '^signal 1$' log

pty "a failed command restores the terminal before the message" "$HUM" run -t /nonexistent <<'EOF'
expect cannot run: No such file\r\n
exit 127
mode cooked
EOF

pty "a dead guest restores the terminal" "$HUM" run -t --append fake=die-running sleep 0.2 <<'EOF'
expect ended by signal 9 (Killed) before the command did\r\n
exit 125
mode cooked
EOF

pty "hum shell has a terminal by itself" env SHELL=/bin/sh "$HUM" shell --log log <<'EOF'
mode raw
send exit 3\n
exit 3
EOF
check "... it was asked for" grep -q '^tty ' log

tap_end
