#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# locks - locks of guest processes, other guests and the host exclude each other
#
# Three sides run `locker` on one file and are told what to do step by step: two
# guests (a with three processes, b with two) and the host.
. "$(dirname "$0")/tap.sh"

: >file
mkfifo "$T/a.in" "$T/a.out" "$T/b.in" "$T/b.out" "$T/h.in" "$T/h.out"
lock=$HUM_HELPERS/locker
limit=300
hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- "$lock" file 3 <"$T/a.in" >"$T/a.out" 2>"$T/a.err" &
exec 3>"$T/a.in" 4<"$T/a.out"
hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -- "$lock" file 2 <"$T/b.in" >"$T/b.out" 2>"$T/b.err" &
exec 5>"$T/b.in" 6<"$T/b.out"
"$lock" file 2 <"$T/h.in" >"$T/h.out" 3>&- 4<&- 5>&- 6<&- &
exec 7>"$T/h.in" 8<"$T/h.out"

# hear SIDE: the next answer, into $got
hear() {
	case $1 in
	a) got=$(timeout "${patience:-20}" sh -c 'read -r l; echo "$l"' <&4 || echo silence) ;;
	b) got=$(timeout "${patience:-20}" sh -c 'read -r l; echo "$l"' <&6 || echo silence) ;;
	h) got=$(timeout "${patience:-20}" sh -c 'read -r l; echo "$l"' <&8 || echo silence) ;;
	esac
}

# tell SIDE LINE
tell() {
	case $1 in
	a) echo "$2" >&3 ;;
	b) echo "$2" >&5 ;;
	h) echo "$2" >&7 ;;
	esac
}

# ask SIDE LINE: into $got, without the number of the process
ask() {
	tell "$1" "$2"
	hear "$1"
	got=${got#* }
}

# says NAME SIDE LINE ANSWER
says() {
	ask "$2" "$3"
	is "$1" "$got" "$4"
}

# two LINE: something that is answered by two processes of a, in any order
two() {
	tell a "$1"
	hear a
	first=$got
	hear a
	got=$(printf '%s\n' "$first" "$got" | sort)
}

# interrupted NAME SIDE PROCESS: a signal may come before the wait has begun
interrupted() {
	tap_tries=0
	got=silence
	while [ "$got" = silence ] && [ "$tap_tries" -lt 50 ]; do
		tell "$2" "$3 signal"
		patience=0.3 hear "$2"
		tap_tries=$((tap_tries + 1))
	done
	is "$1" "$got" "$3 EINTR"
}

for side in a b h; do
	hear $side
	is "side $side is there" "$got" ready
done

for kind in posix ofd; do
	says "$kind: a guest locks a range" a "0 $kind w 0 10" ok
	says "$kind: the host may not have it" h "0 posix w 5 1" EAGAIN
	says "$kind: nor read it" h "0 ofd r 9 5" EAGAIN
	says "$kind: nor may the other guest" b "0 posix w 0 0" EAGAIN
	says "$kind: nor another process of the guest" a "1 posix r 3 1" EAGAIN
	says "$kind: nor with the other kind of lock" a "1 ofd r 3 1" EAGAIN
	says "$kind: but what is beside it, the host may" h "0 posix w 10 10" ok
	says "$kind: which the guest may not" a "0 $kind r 19 1" EAGAIN
	says "$kind: nor the other guest" b "0 $kind r 19 1" EAGAIN
	says "$kind: a part of it is given back" a "0 $kind u 4 2" ok
	says "$kind: the host may have that" h "0 posix w 4 2" ok
	says "$kind: and nothing more" h "0 posix w 3 2" EAGAIN
	says "$kind: all is given back" a "0 $kind u 0 0" ok
	says "$kind: the host has all" h "0 posix w 0 0" ok
	says "$kind: the guest sees by whom" a "1 get$kind r 0 0" "w 0 0 host"
	says "$kind: the host gives it back" h "0 posix u 0 0" ok
	says "$kind: free" a "0 get$kind w 0 0" free
done
says "the host locks by descriptor" h "0 ofd r 7 3" ok
says "who holds it cannot be named" a "0 getposix w 0 0" "r 7 3 none"
says "to read is allowed" a "0 posix r 0 20" ok
says "to write is not" a "0 posix w 0 20" EAGAIN
says "the host cannot write" h "0 ofd w 7 3" EAGAIN
says "the guest may, where the host is not" a "0 posix w 0 7" ok
says "there the host cannot read" h "1 posix r 6 1" EAGAIN
says "back to reading" a "0 posix r 0 7" ok
says "now the host can" h "1 posix r 6 1" ok
says "all go" h "1 posix u 0 0" ok
says "all go" h "0 ofd u 0 0" ok
says "all go" a "0 posix u 0 0" ok

# several processes of a guest are one to the host: the union counts
says "union: the first reads 0-9" a "0 posix r 0 10" ok
says "union: the second reads 5-14" a "1 posix r 5 10" ok
says "union: the third reads 20-29" a "2 posix r 20 10" ok
says "union: the first lets go" a "0 posix u 0 0" ok
says "union: 0-4 is free" h "0 posix w 0 5" ok
says "union: 5-14 is not" h "0 posix w 5 1" EAGAIN
says "union: nor its end" h "0 posix w 14 1" EAGAIN
says "union: between them is free" h "0 posix w 15 5" ok
says "union: 20 is not" h "0 posix w 20 1" EAGAIN
says "union: the third opens and closes the file, and so gives up its locks" a "2 extra" ok
says "union: 20-29 is free" h "0 posix w 20 10" ok
says "union: 5-14 is not" h "0 posix w 14 1" EAGAIN
tell a "1 exit"
hear a
is "union: the second ends" "$got" "1 gone"
says "union: the guest sees the host's" a "0 getposix w 0 1" "w 0 5 host"
says "union: what a process held is free when it has ended" h "0 posix w 0 0" ok
says "union: all goes" h "0 posix u 0 0" ok

# access: locks that the descriptor allows
says "read-only: a read lock" a "0 open ro" ok
says "read-only: a read lock" a "0 posix r 0 10" ok
says "read-only: no write lock" a "0 posix w 0 10" EBADF
says "another process writes elsewhere" a "2 posix w 50 10" ok
says "both are the host's: the read lock" h "0 posix w 9 1" EAGAIN
says "both are the host's: the write lock" h "0 posix r 59 1" EAGAIN
says "closed, the read lock has gone" a "0 open wo" ok
says "the host sees that" h "0 posix w 0 10" ok
says "write-only: no read lock" a "0 posix r 20 1" EBADF
says "write-only: a write lock" a "0 posix w 20 1" ok
says "the host sees that" h "0 posix r 20 1" EAGAIN
says "all go" h "0 posix u 0 0" ok
says "all go" a "0 open rw" ok
says "all go" a "2 posix u 0 0" ok

# waiting: the guest's other processes go on, and the wait ends
for kind in posix ofd; do
	says "$kind: the host has it" h "0 posix w 0 10" ok
	tell a "0 ${kind}w w 5 10"
	says "$kind: one waits, another goes on" a "2 posix w 100 1" ok
	says "$kind: the other guest as well" b "0 posix w 102 1" ok
	says "$kind: the host lets go" h "0 posix u 0 0" ok
	hear a
	is "$kind: who waited has it" "$got" "0 ok"
	says "$kind: and the host has not" h "0 posix w 14 1" EAGAIN
	tell h "1 posixw w 0 0"
	says "$kind: the host waits for the guests" a "0 $kind u 0 0" ok
	says "$kind: for all of a guest" a "2 posix u 0 0" ok
	says "$kind: for all guests" b "0 posix u 0 0" ok
	hear h
	is "$kind: then the host has it" "$got" "1 ok"
	tell a "0 ${kind}w r 0 0"
	interrupted "$kind: a signal ends the wait" a 0
	tell a "0 ${kind}w w 20 5"
	tell a "0 kill"
	hear a
	is "$kind: so does SIGKILL" "$got" "0 gone"
	says "$kind: the host lets go" h "1 posix u 0 0" ok
	says "$kind: the dead have not got it" h "1 posix w 0 0" ok
	says "$kind: the host lets go" h "1 posix u 0 0" ok
	says "$kind: a has it" a "2 $kind w 0 10" ok
	tell b "0 ${kind}w w 0 1"
	says "$kind: the other guest waits" a "2 $kind u 0 0" ok
	hear b
	is "$kind: and gets it" "$got" "0 ok"
	says "$kind: which the first guest sees" a "2 $kind w 0 1" EAGAIN
	says "$kind: all goes" b "0 $kind u 0 0" ok
done

# who waits for a process of its own guest is seen in a circle
says "circle: the first has a" a "0 posix w 0 1" ok
says "circle: the second has b" a "2 posix w 1 1" ok
tell a "0 posixw w 1 1"
tell a "2 posixw w 0 1"
hear a
like "circle: the one who would close it is refused" "$got" "? EDEADLK"
case $got in 0*) two "0 posix u 0 1" ;; *) two "2 posix u 1 1" ;; esac
is "circle: it lets go, and the other has both" "$got" "$(printf '0 ok\n2 ok')"
says "all goes" a "2 posix u 0 0" ok
says "all goes" a "0 posix u 0 0" ok

# flock(2)
says "flock: a guest shares" a "0 flock sh" ok
says "flock: with the host" h "0 flock sh" ok
says "flock: with the other guest" b "0 flock sh" ok
says "flock: no one is alone" b "0 flock ex" EAGAIN
says "flock: the host asks as well, and both have lost theirs" h "0 flock ex" EAGAIN
says "flock: so the guest can" a "0 flock ex" ok
says "flock: the host cannot share" h "0 flock sh" EAGAIN
says "flock: nor can its own processes" a "2 flock sh" EAGAIN
says "flock: ranges are another matter" h "0 posix w 0 0" ok
says "flock: ranges are another matter" h "0 posix u 0 0" ok
tell h "1 flockw sh"
tell b "0 flockw sh"
says "flock: the guest lets go" a "0 flock un" ok
hear b
is "flock: the other guest has it" "$got" "0 ok"
hear h
is "flock: and the host" "$got" "1 ok"
tell a "0 flockw ex"
interrupted "flock: a signal ends the wait" a 0
says "flock: b lets go" b "0 flock un" ok
tell a "0 flockw ex"
says "flock: another process goes on" a "2 flock un" ok
says "flock: the host lets go" h "1 flock un" ok
hear a
is "flock: who waited has it" "$got" "0 ok"
says "flock: back to sharing" a "0 flock sh" ok
says "flock: two share" a "2 flock sh" ok
tell a "0 flockw ex"
tell a "2 flockw ex"
hear a
like "flock: of two that want it alone one gets it: the other has given up its share" \
	"$got" "? ok"
case $got in 0*) two "0 flock un" ;; *) two "2 flock un" ;; esac
is "flock: then the other" "$got" "$(printf '0 ok\n2 ok')"
says "flock: free" a "2 flock un" ok
says "flock: one has it" a "0 flock ex" ok
tell h "0 flockw ex"
tell a "0 kill"
hear a
is "flock: its owner is killed" "$got" "0 gone"
hear h
is "flock: and the host has it" "$got" "0 ok"

# a lease on the host: who opens the file waits for it, and nobody else
: >leased
mkfifo "$T/l.in" "$T/l.out"
"$lock" leased <"$T/l.in" >"$T/l.out" 3>&- 4<&- 5>&- 6<&- 7>&- 8<&- &
exec 9>"$T/l.in"
{
	IFS= read -r got
	echo "0 lease w" >&9
	IFS= read -r got
	is "lease: the host has one" "$got" "0 ok"
	tell b "0 name leased"
	tell b "0 open ro"
	says "lease: its guest goes on" b "1 flock un" ok
	echo "0 lease u" >&9
	IFS= read -r got
	is "lease: the host gives it back" "$got" "0 ok"
	hear b
	is "lease: the file is open" "$got" "0 ok"
} <"$T/l.out"
exec 9>&-
tell b "0 name file"
says "back to the file" b "0 open rw" ok

# the end of a guest
says "b locks" b "0 posix w 0 0" ok
says "the host may not" h "1 posix r 0 1" EAGAIN
exec 5>&- 6<&-
tell h "1 posixw r 0 1"
hear h
is "b ends: the host has it" "$got" "1 ok"
exec 3>&- 4<&- 7>&- 8<&-
status=0
wait || status=$?
is "nobody has complained" "$(cat "$T/a.err" "$T/b.err")" ""
tap_end
