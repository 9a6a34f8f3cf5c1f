#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# share - which host directories a guest has, and with which rights
. "$(dirname "$0")/tap.sh"

mkdir "$T/ro" "$T/rw" "$T/third" "$T/with space"
echo host >"$T/ro/file"
echo host >"$T/rw/file"

# the root is private to the guest
run -u root -- sh -c 'touch /usr/hum-e2e-touch && ls /usr/hum-e2e-touch'
exits "the guest may write to its root" 0
prints "and has the file" /usr/hum-e2e-touch
ok "the host has not" test ! -e /usr/hum-e2e-touch
run -u root -- sh -c 'rm /etc/hostname /etc/passwd; echo x >/etc/group; ls /etc/passwd 2>&1 | wc -l; cat /etc/group'
prints "it may remove and overwrite the system's files" "$(printf '1\nx')"
ok "the host's are untouched" grep -q root: /etc/passwd /etc/group
run -- sh -c 'test -e /usr/hum-e2e-touch || echo fresh'
prints "the next guest's root is fresh" fresh
run -- sh -c "echo changed >$T/rw/file"
is "a directory beside the current one is not written" "$(cat "$T/rw/file")" host
run -- cat "$T/rw/file"
prints "but can be read through the root" host

run -v "$T/rw" -- sh -c "echo guest >$T/rw/file; echo new >$T/rw/new; mkdir $T/rw/d; ln -s f $T/rw/l; mv $T/rw/d $T/rw/e"
exits "-v SRC: writes" 0
is "-v SRC: a write is seen on the host" "$(cat "$T/rw/file")" guest
is "-v SRC: a new file too" "$(cat "$T/rw/new")" new
ok "-v SRC: a directory and its new name" test -d "$T/rw/e" -a ! -e "$T/rw/d"
is "-v SRC: a link" "$(readlink "$T/rw/l")" f

before=$(stat -c "%s %y %z %a %h" "$T/ro/file")
run -v "$T/ro:$T/ro:ro" -- sh -c "cd $T/ro; for c in 'echo x >file' 'echo x >new' 'rm file' 'mkdir d' 'chmod 777 file' 'touch file' 'ln -s a b' 'ln file g' 'mv file g' 'truncate -s 0 file' 'mkfifo p'; do sh -c \"\$c\" 2>&1 | grep -c 'Read-only file system'; done"
prints "ro: every way to write fails with EROFS" "$(yes 1 | head -n 11)"
is "ro: the host's file is untouched" "$(stat -c "%s %y %z %a %h" "$T/ro/file")" "$before"
is "ro: nothing is added" "$(ls -A "$T/ro")" file
is "ro: the content is the same" "$(cat "$T/ro/file")" host
run -u root -v "$T/ro:/mnt:ro" -- sh -c 'mount -o remount,rw /mnt; echo x >/mnt/file; mount -o remount,rw,bind /mnt; echo x >/mnt/file'
is "ro: not even the guest's root gets behind it" "$(cat "$T/ro/file")" host

run -v "$T/ro:/mnt" -- cat /mnt/file
prints "-v SRC:DST" host
run -v "$T/rw:/new/place/deep:rw" -- sh -c 'echo deep >/new/place/deep/file'
exits "-v with a DST that does not exist" 0
is "-v with a DST that does not exist: written" "$(cat "$T/rw/file")" deep
ok "and not made on the host" test ! -e /new
run -v "$T/ro:/mnt/a:ro" -v "$T/rw:/mnt/b" -v "$T/third:/mnt/b/e" -- \
	sh -c 'cat /mnt/a/file; echo two >/mnt/b/file; echo three >/mnt/b/e/file'
prints "several -v: the first" host
is "several -v: the second" "$(cat "$T/rw/file")" two
is "several -v: one inside of another" "$(cat "$T/third/file")" three
ok "and its directory below stays empty" sh -c "! ls -A '$T/rw/e' | grep -q ."
run -v "$T/with space:/mnt/s p" -- sh -c 'echo ok >"/mnt/s p/f"'
is "-v with spaces" "$(cat "$T/with space/f" 2>&1)" ok
(cd "$T" && run -v rw:/mnt -- cat /mnt/file)
prints "-v with a relative SRC" two
(cd "$T" && run -v ./ro/../rw:/mnt -- cat /mnt/file)
prints "-v with dots in SRC" two
ln -s rw "$T/lnk"
run -v "$T/lnk:/mnt" -- cat /mnt/file
prints "-v with a symbolic link as SRC" two
run -v "$T/work:$T/work:ro" -- sh -c 'echo x >f 2>/dev/null || echo refused'
prints "-v can make the current directory read-only" refused

# what the caller may not do on the host, the guest's root may not do either
if [ "$(id -u)" -ne 0 ]; then
	run -u root -v /etc:/mnt -- sh -c 'echo x >>/mnt/passwd || echo refused; touch /mnt/hum-e2e || echo refused'
	is "the guest's root writes to a share as the caller, not as root" \
		"$(grep -c refused "$T/out")" 2
	ok "nothing has changed there" test ! -e /etc/hum-e2e
fi
tap_end
