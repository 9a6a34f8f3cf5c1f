#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# watch - what the host does wakes those who watch for it in the guest
#
# The long run has 10,000 random operations.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/watch.sh"
randops=$HUM_HELPERS/randops fanwatch=$HUM_HELPERS/fanwatch
count=500
[ -z "${HUM_SOAK:-}" ] || count=10000

tree() {
	rm -rf ./* && for d in 0 1 2 3 4 5; do mkdir -p d$d/s0 d$d/s1 d$d/s2; done
}

# saves: the ways in which programs save a file
saves() {
	echo one >text
	echo two >text.new && mv text.new text			# write-new-rename
	mv text text~ && echo three >text && rm text~		# vim's backup
	echo four >text
	sed -i s/four/five/ text
	cp -p text text.bak && echo six >text && mv text.bak text
	ln text other && rm text && mv other text
	(umask 077 && echo seven >text) && chmod 644 text && touch text
	truncate -s 0 text && echo eight >>text
}

guest_up -q --log "$T/log"
guest 'cat /sys/fs/hostfs/host/watches'
like "nothing is watched before somebody asks for it" "$out" "0 of *"

# --- the same events as here
tree
watch "-r ."
watch_here "-r ."
: >begin
"$randops" 1 "$count" 1000
watched
same "$count random operations: the same events as here"

tree
events=modify,attrib,close_write,move,create,delete,delete_self,move_self
watch "-r -e $events ."
watch_here "-r -e $events ."
: >begin
"$randops" -d 2 "$count" 2000
watched
same "and with directories that are renamed"

rm -rf ./*
watch .
watch_here .
: >begin
saves
watched
same "files saved in all the usual ways"

# what others here do is told once, what the guest does too
rm -rf ./*
# shellcheck disable=SC2016 # expands where it runs
own='echo a >own; chmod 600 own; mkdir own.d; mv own own.d/x; mv own.d/x own2; ln own2 own3; rm own2 own3; rmdir own.d; : >end'
watch .
guest ": >begin; $own"
guest "kill \$w; cat $G.o"
printf '%s\n' "$out" >"$T/out"
rm -rf ./*
watch_here .
: >begin
eval "$own"
until_ok "grep -q 'CREATE end' '$T/native'"
kill "$native"
wait "$native" 2>/dev/null
same "what the guest does itself is told once"

# --- another guest is somebody else
rm -rf ./*
watch .
run -- sh -c 'echo x >theirs'
in_guest "grep -q 'CLOSE_WRITE.* theirs' $G.o"
is "what another guest does is told" "$status" 0
guest "kill \$w"

# --- ends
rm -rf ./*
mkdir gone moved
echo x >file
echo x >file2
watch "gone moved file file2"
rmdir gone
mv moved elsewhere
echo y >>file
rm file
echo z >new && mv new file2
in_guest "grep -q 'file2 DELETE_SELF' $G.o"
guest "kill \$w; cat $G.o"
like "a watched directory that is removed" "$out" "*gone/ DELETE_SELF*"
like "one that is moved" "$out" "*moved/ MOVE_SELF*"
like "a watched file that is changed and removed" "$out" \
	"*file OPEN*file MODIFY*file CLOSE_WRITE*file ATTRIB*file DELETE_SELF*"
like "one that is replaced" "$out" "*file2 ATTRIB*file2 DELETE_SELF*"

# --- new directories: nothing that is made in them is missed
rm -rf ./*
watch "-r -e create,close_write ."
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	mkdir -p "n$i/m" && echo x >"n$i/f" && echo y >"n$i/m/g"
done
in_guest "grep -q 'n20/m/ .* g' $G.o"
missed=
guest "cat $G.o"
printf '%s\n' "$out" >"$T/out"
for i in $(seq 20); do
	grep -q "n$i/ .* f\$" "$T/out" && grep -q "n$i/m/ .* g\$" "$T/out" ||
		missed="$missed n$i"
done
is "files made at once in new directories" "$missed" ""
guest "kill \$w"

# --- programs
rm -rf ./*
echo one >log
guest "tail -n 5 -f log >$G.t & w=\$!"
in_guest "grep -q one $G.t"
echo two >>log
in_guest "grep -q two $G.t"
guest "kill \$w; cat $G.t"
is "tail -f" "$out" "$(printf 'one\ntwo')"

# A development server: what it serves is what was saved last.
echo 0 >app
guest "(inotifywait -q -m -e close_write,moved_to . | while read d e f; do [ \"\$f\" != app ] || cp app $G.served; done) & w=\$!"
missed=
i=0
for save in 'echo $i >app' 'echo $i >app.new; mv app.new app' \
	'mv app app~; echo $i >app' 'sed -i "s/.*/$i/" app' \
	'cp app .app.swp; echo $i >app; rm .app.swp'; do
	i=$((i + 1))
	# the watcher has to be there for the first
	in_guest "grep -q '^1 of' /sys/fs/hostfs/host/watches"
	eval "$save"
	in_guest "grep -qx $i $G.served"
	guest "cat $G.served"
	[ "$out" = $i ] || missed="$missed, $save"
done
is "a development server loads what was saved, in five ways" "$missed" ""
guest "kill \$w; pkill inotifywait; true"

# --- mapped files: the page cache is brought up to date
rm -rf ./*
guest "command -v python3 || true"
if [ -n "$out" ]; then
	echo old >mapped
	watch .
	cat >map.py <<'EOF'
import mmap, os, time
m = mmap.mmap(os.open("mapped", os.O_RDONLY), 3, prot=mmap.PROT_READ)
print(m[:3], flush=True)
for i in range(200):
    if m[:3] != b"old":
        break
    time.sleep(0.02)
print(m[:3], flush=True)
EOF
	guest "python3 map.py >$G.m & m=\$!"
	in_guest "grep -q old $G.m"
	printf new | dd of=mapped conv=notrunc 2>/dev/null
	guest "wait \$m; cat $G.m; kill \$w"
	is "a mapping of a watched file changes" "$out" "$(printf "b'old'\nb'new'")"
else
	skip "a mapping of a watched file changes" "no python3 here"
fi

# --- more than the host keeps (inotifywait does not print that)
rm -rf ./*
tree
guest "$fanwatch inode names d0 >$G.o & w=\$!"
in_guest "grep -q ready $G.o"
kernel=$(ps -e -o pid= -o ppid= -o comm= | awk -v top="$guest_pid" \
	-v name="${HUM_KERNEL##*/}" '{ parent[$1] = $2; comm[$1] = $3 }
	END { for (p in comm) if (comm[p] == name)
		for (q = p; q in parent; q = parent[q])
			if (q == top && comm[parent[p]] != name) print p }')
kill -STOP "$kernel"
for i in 1 2 3; do
	seq 1 6000 | (cd d0 && xargs touch) && seq 1 6000 | (cd d0 && xargs rm)
done
kill -CONT "$kernel"
in_guest "grep -q Q_OVERFLOW $G.o"
guest "grep -c Q_OVERFLOW $G.o; kill \$w"
is "an overflow of the host's queue is told" "$out" 1
echo x >d0/after
watch "d0"
echo y >d0/after
in_guest "grep -q after $G.o"
is "and watching goes on" "$status" 0
guest "kill \$w; true"
is "with one warning in the log" "$(grep -c 'hostfs: the host had more news' "$T/log")" 1

in_guest "grep -q '^0 of' /sys/fs/hostfs/host/watches"
guest 'cat /sys/fs/hostfs/host/watches'
like "the watches end with their users" "$out" "0 of *"
guest_down
exits "the guest ends" 0

# --- fanotify
rm -rf ./*
mkdir sub
guest_up -q -u 0
# fan KIND WHAT: fanwatch in the guest, operations here, what it printed
fan() {
	guest "rm -f $G.o; $fanwatch $1 $2 . >$G.o 2>&1 & w=\$!"
	in_guest "[ -s $G.o ]"
	echo x >f
	in_guest "grep -q 'CLOSE_WRITE.*f' $G.o"
	mv f g
	mkdir new
	echo z >new/z
	echo z >sub/s
	: >end
	in_guest "grep -q 'CLOSE_WRITE.*end' $G.o"
	guest "kill \$w; cat $G.o"
	rm -rf new f g end sub/s
}
guest "$fanwatch inode names /nonexistent; true"
fan inode names
like "fanotify: a directory, with names" "$out" \
	"ready*CREATE* f*MOVED_FROM f*RENAME f g*MOVED_TO* g*CREATE,ISDIR new*CLOSE_WRITE end"
fan inode files
like "a directory, with descriptors" "$out" "ready*CLOSE_WRITE $PWD/f*CLOSE_WRITE $PWD/end"
fan mount files
like "a mount: new directories, too" "$out" \
	"ready*CLOSE_WRITE $PWD/f*CLOSE_WRITE $PWD/new/z*CLOSE_WRITE $PWD/sub/s*CLOSE_WRITE $PWD/end"
fan filesystem names
like "a file system, with names" "$out" \
	"ready*CREATE* f*RENAME f g*CREATE,ISDIR new*z*CLOSE_WRITE s*CLOSE_WRITE end"
fan filesystem files
like "a file system: new directories, too" "$out" \
	"ready*CLOSE_WRITE $PWD/f*CLOSE_WRITE $PWD/new/z*CLOSE_WRITE $PWD/sub/s*CLOSE_WRITE $PWD/end"
in_guest "grep -q '^0 of' /sys/fs/hostfs/host/watches"
guest 'cat /sys/fs/hostfs/host/watches'
like "these end, too" "$out" "0 of *"
guest_down
exits "the guest ends" 0

# --- hosts with less
rm -rf ./*
for less in fanotify inotify; do
	# what there is is tried with the first watch
	timeout -k 5 "$limit" "$HUM_HELPERS/deprive" "--no-$less" "$HUM" run \
		--mode "$HUM_MODE" --cpus "$HUM_CPUS" --kernel "$HUM_KERNEL" -- sh -c \
		'inotifywait -q -t 1 . ; cat /sys/fs/hostfs/host/news' >"$T/out" 2>"$T/err"
	case $less in
	fanotify) prints "a host that forbids fanotify has inotify" inotify ;;
	*) prints "a host without inotify has nothing" none ;;
	esac
done

guest_up -q --log "$T/log" --append hostfs.news=inotify
watch .
echo x >f
in_guest "grep -q 'CLOSE_WRITE.* f' $G.o"
guest "kill \$w; cat $G.o /sys/fs/hostfs/host/news"
like "a host without fanotify" "$out" "*CREATE f*CLOSE_WRITE,CLOSE f*inotify"
guest_down

guest_up -q --log "$T/log" --append hostfs.news=none
watch .
echo x >f
guest ': >own'
in_guest "grep -q 'CLOSE_WRITE.* own' $G.o"
guest "kill \$w; grep -c ' f\$' $G.o; cat /sys/fs/hostfs/host/news"
is "a host without both: the guest's own changes only" "$out" "$(printf '0\nnone')"
guest_down
is "which the log says" \
	"$(grep -c 'hostfs: this host does not tell what changes' "$T/log")" 1

tree
guest_up -q --log "$T/log" --append hostfs.watches=1
watch .
guest "$fanwatch inode names d0 >$G.f 2>&1 & f=\$!"
in_guest "grep -q Q_OVERFLOW $G.f"
is "more directories than watches: an overflow is told" "$status" 0
echo x >top
in_guest "grep -q 'CREATE top' $G.o"
is "those that have one are told of changes" "$status" 0
guest "kill \$w \$f"
guest_down
is "and the log says so once" "$(grep -c 'hostfs: no more watches' "$T/log")" 1
tap_end
