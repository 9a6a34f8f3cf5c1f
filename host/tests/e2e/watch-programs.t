#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# watch-programs - what programs do to files and trees on the host, as watchers in
# the guest see it: the same events as here, and nothing that stays unnoticed
# shellcheck disable=SC2317 # save_NAME is called by its name
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/watch.sh"
need git

# vim, with its swap file, its probe of the directory and its backup
save_vim() {
	: >.text.swp && : >.text.swx && rm .text.swx .text.swp
	: >.text.swp && chmod 644 .text.swp && echo b0VIM >.text.swp
	: >./4913 && chmod 644 4913 && rm 4913
	mv text text~ && echo "$1" >text && chmod 644 text && rm text~
	echo b0VIM >>.text.swp && rm .text.swp
}

# rsync
save_rsync() {
	(umask 077 && echo "$1" >.text.Ab3dEf)
	touch -d @1700000000 .text.Ab3dEf && chmod 644 .text.Ab3dEf
	mv .text.Ab3dEf text
}

# emacs: a backup, a lock that is a link, an autosave
save_emacs() {
	ln -s user@host.1:2 .#text && echo draft >'#text#'
	mv text text~ && echo "$1" >text && rm '#text#' .#text
}

# gedit, kate and other users of a stream that replaces
save_replace() {
	echo "$1" >.goutputstream-XYZ && ln text text~ && mv .goutputstream-XYZ text
	rm text~
}

save_sed() {
	sed -i "s/.*/$1/" text
}

save_place() {
	echo "$1" >text
}

save_touch() {
	printf '%s\n' "$1" | dd of=text conv=notrunc status=none && touch text
}

# commit TEXT: in the repository
commit() {
	echo "$1" >text && mkdir -p "dir-$1/deep" && echo "$1" >"dir-$1/deep/file" &&
		git add . && git -c user.name=a -c user.email=a@b commit -qm "$1"
}

# --- editors: the same events as here, and the watcher reads what was saved
guest_up -q --log "$T/log"
guest "command -v inotifywait >/dev/null || exit 1"
for how in vim rsync emacs replace sed place touch; do
	rm -rf ./* ./.[!.]*
	echo old >text
	watch .
	watch_here .
	: >begin
	"save_$how" "$how-1"
	"save_$how" "$how-2"
	watched
	# sed has names at random
	sed -i 's/ sed....../ sedXXXXXX/' "$T/native" "$T/out"
	same "a file saved as $how does it"
	guest "cat text"
	is "and it reads what was saved" "$out" "$how-2"
done

# --- trees
rm -rf ./* ./.[!.]*
git init -q . && commit one && git checkout -q -b other && commit two
watch "-r -e modify,move,create,delete,attrib --exclude /[.]git/ ."
watch_here "-r -e modify,move,create,delete,attrib --exclude /[.]git/ ."
: >begin
git checkout -q -
watched
same "git checkout that removes a tree"
guest "cat text; ls"
is "and the guest has it" "$out" "$(printf 'one\ndir-one\ntext')"
watch "-r -e create,close_write,moved_to --exclude /[.]git/ ."
git checkout -q other
in_guest "grep -q ' file\$' $G.o"
: >end
in_guest "grep -q 'CREATE end' $G.o"
guest "kill \$w; cat $G.o text"
like "git checkout that brings it back" "$out" "*CREATE*dir-two*dir-two/deep/ * file*two"

rm -rf ./* ./.[!.]*
watch "-r -e create,close_write ."
mkdir -p a/b/c/d/e/f/g && echo x >a/b/c/d/e/f/g/leaf
in_guest "grep -q 'a/b/c/d/e/f/g/ .* leaf' $G.o"
is "a file at the bottom of a new tree" "$status" 0
echo y >a/b/c/d/e/f/g/leaf2
in_guest "grep -q 'a/b/c/d/e/f/g/ CLOSE_WRITE.* leaf2' $G.o"
is "and what is done there later" "$status" 0
cp -r a copy
in_guest "grep -q 'copy/b/c/d/e/f/g/ .* leaf2' $G.o"
is "a tree that is copied" "$status" 0
guest "kill \$w"

rm -rf ./*
mkdir -p "$T/outside/in/deep" in
echo x >"$T/outside/in/deep/f"
watch "-r ."
mv "$T/outside/in" in/moved
in_guest "grep -q 'in/ MOVED_TO,ISDIR moved' $G.o"
is "a tree that is moved in" "$status" 0
# inotifywait is still adding its watches
for i in $(seq 100); do
	echo "$i" >in/moved/deep/f
	guest "grep -q 'in/moved/deep/ MODIFY f' $G.o"
	[ "$status" -ne 0 ] || break
	sleep 0.02
done
is "and what is done in it" "$status" 0
mv in/moved in/again
in_guest "grep -q 'MOVED_TO,ISDIR again' $G.o"
echo y >>in/again/deep/f
in_guest "grep -q 'in/again/deep/ MODIFY f' $G.o || tail -3 $G.o | grep -q 'deep/ CLOSE_WRITE.* f'"
is "and after it was renamed" "$status" 0
mv in/again "$T/outside/in"
in_guest "grep -q 'in/ MOVED_FROM,ISDIR again' $G.o"
is "and moved out" "$status" 0
guest "kill \$w"

# --- followers of a log
rm -rf ./*
echo one >log
guest "tail -F log >$G.t 2>/dev/null & w=\$!"
in_guest "grep -q one $G.t"
for i in 2 3 4; do
	mv log "log.$i"
	echo "line $i" >log
	in_guest "grep -qx 'line $i' $G.t"
	echo "more $i" >>log
	in_guest "grep -qx 'more $i' $G.t"
done
: >log
echo last >>log
in_guest "grep -qx last $G.t"
guest "kill \$w; cat $G.t"
is "tail -F through rotations and truncation" "$out" "$(printf 'one\nline 2\nmore 2\nline 3\nmore 3\nline 4\nmore 4\nlast')"
guest_down
exits "the guest ends" 0

# --- the end of a mount
rm -rf ./*
mkdir sub
echo x >sub/f
guest_up -q -u root
guest "mkdir $G.m; mount -t hostfs cwd $G.m"
is "a share is mounted once more" "$status" 0
watch "$G.m $G.m/sub"
echo y >sub/f
in_guest "grep -q 'sub/ MODIFY f' $G.o"
guest "kill \$w; inotifywait -e unmount $G.m >$G.o 2>&1 & inotifywait -e unmount $G.m/sub >$G.o2 2>&1 &"
in_guest "grep -q established $G.o && grep -q established $G.o2"
guest "umount $G.m; echo \$?"
is "a mount that is watched can be unmounted" "$out" 0
in_guest "grep -q UNMOUNT $G.o && grep -q UNMOUNT $G.o2"
is "its watchers are told" "$status" 0
in_guest "grep -q '^0 of' /sys/fs/hostfs/host/watches"
guest 'cat /sys/fs/hostfs/host/watches'
like "and nothing of it is watched any more" "$out" "0 of *"
guest_down
exits "the guest ends" 0
tap_end
