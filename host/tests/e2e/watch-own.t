#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# watch-own - what the guest does itself its watchers hear of once, what others do
# meanwhile once, too: hostfs and both stores of humfs, hosts with fanotify and
# without; host edits in a humfs tree wake the guest
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/watch.sh"
need mkfifo setfattr
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state" "$T/s"
times=40
[ -z "${HUM_SOAK:-}" ] || times=1000

# What a guest may do, and this user here as well.
cat >"$T/own.sh" <<'EOF2'
: >begin
echo a >own; chmod 600 own; echo b >>own; touch -d @1 own; touch -a own; touch -m own
mkdir own.d; mv own own.d/x; chmod 700 own.d; mv own.d/x own2; ln own2 own3; rm own2
echo c >other; mv -T own3 other; truncate -s 100 other; cat other >/dev/null
setfattr -n user.a -v b other; setfattr -x user.a other
ln -s nowhere link; mkfifo pipe; rm link pipe
cp -p other copy; sed -i s/a/b/ copy; ls own.d >/dev/null; rmdir own.d; rm other copy
EOF2
chmod 644 "$T/own.sh"

# same_own NAME: $T/own.sh in the guest, against the same here
same_own() {
	rm -rf ./*
	watch .
	guest "sh $T/own.sh"
	# told by the host: behind whatever it would tell twice
	: >end
	in_guest "grep -q 'CREATE end' $G.o"
	guest "kill \$w; cat $G.o"
	# sed -i has names at random
	printf '%s\n' "$out" | sed 's/ sed....../ sedXXXXXX/' >"$T/out"
	rm -rf ./*
	watch_here .
	sh "$T/own.sh"
	: >end
	until_ok "grep -q 'CREATE end' '$T/native'"
	kill "$native"
	wait "$native" 2>/dev/null
	sed -i 's/ sed....../ sedXXXXXX/' "$T/native"
	same "$1"
}

# churn WHO: files that are made, written, moved and removed; no name comes twice
churn() {
	echo "i=0; while [ \$i -lt $times ]; do i=\$((i + 1)); echo x >$1\$i.new; mv $1\$i.new $1\$i; chmod 600 $1\$i; rm $1\$i; done; : >$1-end"
}

# once WHO: what $T/out tells more or less than once of churn's doings
once() {
	for e in CREATE CLOSE_WRITE,CLOSE MOVED_FROM; do
		once_n=$(grep -c " $e $1[0-9]*\\.new\$" "$T/out")
		[ "$once_n" -eq "$times" ] || echo "$e of $1: $once_n"
	done
	for e in MOVED_TO ATTRIB DELETE; do
		once_n=$(grep -c " $e $1[0-9]*\$" "$T/out")
		[ "$once_n" -eq "$times" ] || echo "$e of $1: $once_n"
	done
}

both_once() {
	rm -rf ./*
	watch .
	guest "($(churn ours)) & c=\$!"
	eval "$(churn theirs)"
	guest "wait \$c"
	in_guest "grep -q 'CREATE theirs-end' $G.o"
	guest "kill \$w; cat $G.o"
	printf '%s\n' "$out" >"$T/out"
	is "$1" "$(once ours)$(once theirs)" ""
}

# --- every file system, every kind of host
for news in fanotify inotify; do
	for fs in hostfs xattr side; do
		rm -rf "$T/s" "$T/log"
		mkdir "$T/s"
		cd "$T/s" || bail "no $T/s"
		case $fs in
		hostfs) option='' ;;
		*) option=:humfs,meta=$fs ;;
		esac
		guest_up -q --log "$T/log" -v "$T/s:/s$option" --append "hostfs.news=$news"
		guest "cd /s && cat /sys/fs/hostfs/host/news"
		is "$news, $fs: this is what is used" "$out" "$news"
		same_own "$news, $fs: what the guest does is told once"
		both_once "$news, $fs: the guest and others at the same time"
		guest_down
		exits "$news, $fs: the guest ends" 0
		is "$news, $fs: nothing in the log" "$(grep -c 'hostfs:' "$T/log")" 0
	done
done

# --- humfs: what the host does to the data, and what the guest's root alone can do
for meta in xattr side; do
	rm -rf "$T/s"
	mkdir "$T/s"
	cd "$T/s" || bail "no $T/s"
	for news in fanotify inotify; do
		rm -rf ./*
		guest_up -q -u root -v "$T/s:/s:humfs,owner=0:0,meta=$meta" --append "hostfs.news=$news"
		guest "cd /s; echo 1 >f; mkdir d"
		watch ". d"
		echo 2 >>f
		echo 3 >f.new && mv f.new f
		echo 4 >d/g
		mkfifo hostpipe
		: >end
		in_guest "grep -q 'CREATE end' $G.o"
		guest "kill \$w; cat $G.o f d/g"
		like "$news, $meta: an edit in the data wakes the guest" "$out" \
			"./ OPEN f*./ MODIFY f*./ CLOSE_WRITE,CLOSE f*./ CREATE f.new*./ MOVED_FROM f.new*./ MOVED_TO f*d/ CREATE g*d/ CLOSE_WRITE,CLOSE g*./ CREATE hostpipe*./ CREATE end*3
4"
		rm -f end hostpipe
		watch .
		guest ': >own; chown 5:6 own; chmod 4755 own; mknod dev c 1 3; mkfifo pipe; ln -s x link; chown -h 5 link; mkdir dir; chown 7 dir; setfattr -n trusted.a -v b dir; rm -r own dev pipe link dir'
		: >end
		in_guest "grep -q 'CREATE end' $G.o"
		guest "kill \$w; grep -v -e OPEN -e CLOSE -e ACCESS $G.o"
		is "$news, $meta: records are nobody's news" "$out" "./ CREATE own
./ ATTRIB own
./ ATTRIB own
./ CREATE dev
./ CREATE pipe
./ CREATE link
./ ATTRIB link
./ CREATE,ISDIR dir
./ ATTRIB,ISDIR dir
./ ATTRIB,ISDIR dir
./ DELETE own
./ DELETE dev
./ DELETE pipe
./ DELETE link
./ DELETE,ISDIR dir
./ CREATE end"
		guest_down
		exits "$news, $meta: the guest ends" 0
	done
	# what a guest makes for somebody who is not the owner has its name for others
	rm -rf ./*
	watch_here .
	run -u root -v "$T/s:/s:humfs,owner=0:0,meta=$meta" -- sh -c \
		'chmod 777 /s; setpriv --reuid=5 --regid=6 --clear-groups sh -c "echo x >/s/f"'
	: >end
	until_ok "grep -q 'CREATE end' '$T/native'"
	kill "$native"
	wait "$native" 2>/dev/null
	like "$meta: what another user of the guest writes others hear of by its name" \
		"$(cat "$T/native")" "*CREATE f*MODIFY f*CLOSE_WRITE,CLOSE f*"
done
cd "$T" || exit 1
tap_end
