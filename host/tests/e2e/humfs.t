#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs - a guest's own owners, modes, devices and attributes on this user's
# directory: -v ...:humfs, --rootfs, mount -t humfs
#
# The host's side is checked with the host's own tools.
. "$(dirname "$0")/tap.sh"

PATH=$PATH:/usr/sbin:/sbin
need getfattr setfattr setfacl getfacl setcap getcap
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state" "$T/s"
uid=$(id -u)

# on OPTS COMMAND: in a guest, as its root, in $T/s with OPTS
on() {
	run -u root -v "$T/s:/s:humfs,owner=0:0$1" -- sh -c "cd /s || exit 99; $2"
}

# shows NAME OPTS COMMAND EXPECTED
shows() {
	on "$2" "$3"
	prints "$1" "$4"
}

# --- both stores, each operation, seen again by another guest ---
for meta in xattr side; do
	rm -rf "$T/s"
	mkdir "$T/s"
	o=,meta=$meta
	shows "$meta: owners, modes, types" "$o" \
		'umask 22; touch f; chown 5:6 f; chmod 4751 f; mkdir d; chmod 1777 d
		mknod n c 1 3; mknod b b 7 9; mkfifo p; ln -s f l; chown -h 7:8 l; ln f h
		stat -c "%n %A %u:%g %t,%T" f d n b p l h' \
		'f -rwsr-x--x 5:6 0,0
d drwxrwxrwt 0:0 0,0
n crw-r--r-- 0:0 1,3
b brw-r--r-- 0:0 7,9
p prw-r--r-- 0:0 0,0
l lrwxrwxrwx 7:8 0,0
h -rwsr-x--x 5:6 0,0'
	shows "$meta: the next guest sees them" "$o" \
		'stat -c "%n %A %u:%g %t,%T" f d n b p l; find . -type c' \
		'f -rwsr-x--x 5:6 0,0
d drwxrwxrwt 0:0 0,0
n crw-r--r-- 0:0 1,3
b brw-r--r-- 0:0 7,9
p prw-r--r-- 0:0 0,0
l lrwxrwxrwx 7:8 0,0
./n'
	is "$meta: on the host all of it is this user's" \
		"$(find "$T/s" ! -user "$uid" | wc -l)" 0
	is "$meta: no set-id bits, no devices, access for this user" \
		"$(find "$T/s" -perm /7000 -o -type c -o -type b -o -type p -o \
			! -type l ! -perm -600)" ""
	is "$meta: a link is a link" "$(readlink "$T/s/l")" f
	shows "$meta: a device is the guest's" "$o" \
		'mknod z c 1 5; head -c 2 z | od -An -c; echo x >n; wc -c <n; rm z n' \
		'  \0  \0
0'
	shows "$meta: a FIFO is the guest's" "$o" 'echo hi >p & cat p; rm p' hi
	shows "$meta: set-user-id programs run as their owner" "$o" \
		'cp /usr/bin/id i; chown 12:13 i; chmod 6755 i; setpriv --reuid=9 --regid=9 --clear-groups ./i | grep -o "e[ug]id=[0-9]*"' \
		'euid=12
egid=13'
	shows "$meta: they lose that when they are written" "$o" \
		'chmod 6777 i; setpriv --reuid=9 --regid=9 --clear-groups sh -c "echo >>i"; stat -c %a i; chmod 6755 i; chown 1 i; stat -c %a i; rm i' \
		'777
755'
	shows "$meta: file capabilities, to the program that has them" "$o" \
		'cp /usr/bin/grep g; setcap cap_net_raw+ep g; getcap g; setpriv --reuid=9 --regid=9 --clear-groups ./g CapEff /proc/self/status; setpriv --reuid=9 --regid=9 --clear-groups grep CapEff /proc/self/status; echo >>g; getcap g; rm g' \
		'g cap_net_raw=ep
CapEff:	0000000000002000
CapEff:	0000000000000000'
	shows "$meta: attributes and ACLs" "$o" \
		'setfattr -n trusted.t -v 1 f; setfattr -hn trusted.t -v 2 l; setfattr -n user.u -v 3 f; setfacl -m u:33:rwx d
		getfattr -h --only-values -n trusted.t f l; getfattr --only-values -n user.u f; echo
		getfattr -d -m - f | sed 1d; getfacl -cn d | grep 33; setpriv --reuid=9 --regid=9 --clear-groups getfattr -m - f | sed 1d' \
		'123
trusted.t="1"
user.u="3"

user:33:rwx
user.u
'
	shows "$meta: an ACL is handed down" "$o" \
		'setfacl -d -m u:34:rwx d; touch d/f; mkdir d/d; getfacl -cn d/f | grep 34; getfacl -cn d/d | grep 34' \
		'user:34:rwx	#effective:rw-
user:34:rwx
default:user:34:rwx'
	shows "$meta: the guest does not know the records" "$o" \
		'getfattr -n user.containers.override_stat f 2>&1; setfattr -n user.containers.override_stat -v 0:0:4755:file f 2>&1; stat -c %u f' \
		'f: user.containers.override_stat: No such attribute
setfattr: f: Operation not permitted
5'
	shows "$meta: set-group-id directories" "$o" \
		'mkdir g; chgrp 50 g; chmod 2775 g; touch g/f; mkdir g/d; stat -c "%a %g" g/f g/d' \
		'644 50
2755 50'
done
rm -rf "$T/s"
mkdir "$T/s"

# --- the format, and records that are none ---
on "" 'touch f; chown 1:2 f; chmod 4750 f; touch plain'
is "a record is podman's" \
	"$(getfattr --absolute-names --only-values -n user.containers.override_stat "$T/s/f")" 1:2:4750:file
is "what is the default owner's has none" \
	"$(getfattr -d -m - "$T/s/plain" 2>/dev/null)" ""
echo host >"$T/s/new"
setfattr -n user.containers.override_stat -v 3:4:0640:block-8-1 "$T/s/new"
shows "a record of podman's is read" "" 'stat -c "%A %u:%g %t,%T" new' 'brw-r----- 3:4 8,1'
for record in 4294967296:0:0644:file 0:-1:0644:file 0:0:0644:char--1-5 0:0:0777:symlink '0:0:0644:file '; do
	setfattr -n user.containers.override_stat -v "$record" "$T/s/new"
	run -u root --log "$T/log" -v "$T/s:/s:humfs,owner=0:0" -- sh -c \
		'cat /s/new 2>&1; stat -c %u /s/f'
	prints "a record '$record' is refused, and only that object" \
		'cat: /s/new: Input/output error
1'
	ok "and there is a line about it in the log" grep -q "humfs: 'new' (inode .*record" "$T/log"
done
setfattr -x user.containers.override_stat "$T/s/new"
shows "mended on the host it is there again" "" 'cat new; stat -c %u:%g new' 'host
0:0'

# --- two sides ---
guest_up -u root -v "$T/s:/s:humfs,owner=0:0"
guest 'cd /s; stat -c "%u %a" f'
is "a guest sees a record" "$out" "1 4750"
on "" 'chown 9 f; chmod 700 f'
guest 'stat -c "%u %a" f'
is "changed by another guest: at once" "$out" "9 700"
echo again >"$T/s/t" && mv "$T/s/t" "$T/s/f"
guest 'stat -c "%u" f; cat f'
is "replaced on the host: the default owner's" "$out" "$(printf '0\nagain')"
chmod 444 "$T/s/f"
guest 'echo more >>f; stat -c %a f; cat f'
is "the guest's root writes what the host has as 0444" "$out" "$(printf '444\nagain\nmore')"
guest 'chown 5 f; stat -c "%u %a" f'
is "and gives it away" "$out" "5 444"
guest_down
exits "that guest ends well" 0

# --- overlayfs ---
mkdir "$T/s/o"
shows "cache=exclusive: upper and work directory of overlayfs" ,cache=exclusive \
	'cd o; mkdir up wk lo m; echo low >lo/f; echo r >lo/r; mkdir lo/d; echo q >lo/d/q; ln -s f lo/l
	mount -t overlay o m -o lowerdir=lo,upperdir=up,workdir=wk,redirect_dir=on || exit
	cd m; echo up >>f; rm r; rm -r d; mkdir d; touch d/new; mv f g; chown -h 9:9 l; mknod n c 1 3
	cat g; ls; ls d; stat -c %u l; cd ..; umount m; stat -c "%n %F %t,%T" up/r up/f; getfattr --only-values -n trusted.overlay.opaque up/d; echo' \
	'low
up
d
g
l
n
new
9
up/r character special file 0,0
up/f character special file 0,0
y'
is "whiteouts are no devices on the host" "$(find "$T/s/o" -type c)" ""

# --- as UML's book has it; the root ---
run -u root -- sh -c "mkdir /mnt/h; mount none /mnt/h -t humfs -o '$T/s',owner=0:0 && stat -c '%u %a' /mnt/h/f; umount /mnt/h; mount none /mnt/h -t humfs -o '$T/s',owner=x; mount none /mnt/h -t humfs -o '$T/s',map=0:1:1"
is "mount none /mnt -t humfs -o /path" "$(cat "$T/out")" "5 444"
exits "wrong options are refused" 32
mkdir "$T/r"
for f in /bin/sh /usr/bin/stat /usr/bin/id /usr/bin/setpriv; do
	echo "$f"
	ldd "$f" | grep -o '/[^ ]*'
done | sort -u | while read -r f; do
	mkdir -p "$T/r/${f%/*}"
	cp "$f" "$T/r/$f"
done
chmod 4755 "$T/r/usr/bin/id"
run --rootfs "$T/r" -- sh -c 'pwd; id -u; stat -c "%u %a" /usr/bin/id; echo >/secret
	setpriv --reuid=9 --regid=9 --clear-groups sh -c "id -ru; id -u; echo x >/secret || echo refused" 2>&1'
prints "--rootfs: that tree is the guest's root, and root's" '/
0
0 4755
9
0
sh: 1: cannot create /secret: Permission denied
refused'
ok "--rootfs: and it keeps what the guest writes" test -e "$T/r/secret"
run -v "$T/s:/s:humfs,squash=0" -- true
exits "-v: an option that is hostfs's is refused" 125
run -v "$T/s:/s:meta=side" -- true
exits "-v: meta= takes humfs" 125
run -u root -v "$T/s:/s:humfs,ro" -- sh -c 'touch /s/x; chown 1 /s/f; mount -o remount,rw /s; chmod 7 /s/f; true'
ok "ro holds on the host's side" test ! -e "$T/s/x"
is "and for records" "$(getfattr --absolute-names --only-values -n user.containers.override_stat "$T/s/f" | cut -d: -f1)" 5
tap_end
