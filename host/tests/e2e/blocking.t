#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# blocking - what waits for the host leaves the guest's other processes running
#
# heldfs is a FUSE file system that answers nothing while the test holds a lock.
# A guest process uses it; meanwhile the guest's shell has to answer. Then the
# lock goes, and the process has to end with the right result. With one virtual
# CPU that stood still, the shell would not answer.
. "$(dirname "$0")/tap.sh"

[ -x "$HUM_HELPERS/heldfs" ] || skip_all "heldfs was not built: no libfuse3"
if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
	skip_all "/dev/fuse is not for $ME"
fi
mkdir "$T/back" "$T/back/dir" "$T/work/mnt" "$T/work/plain"
: >"$T/hold"
head -c 300000 /dev/urandom >"$T/back/data"
cp "$T/back/data" "$T/back/data2"
cp /bin/true "$T/back/prog"
ln -s dir "$T/back/link"
for f in short moved gone chmodded cut; do echo $f >"$T/back/$f"; done
mkfifo "$T/held.out"
"$HUM_HELPERS/heldfs" "$T/back" "$T/work/mnt" "$T/hold" >"$T/held.out" 2>"$T/held.err" &
held=$!
trap 'umount -l "$T/work/mnt" 2>/dev/null; kill "$held" 2>/dev/null; tap_clean' EXIT
timeout 20 head -n 1 "$T/held.out" >"$T/ready"
[ "$(cat "$T/ready")" = ready ] || skip_all "FUSE cannot be mounted here: $(cat "$T/held.err")"

guest_up -q -v "$T/work/mnt:/mnt"
guest 'cat mnt/short /mnt/short'
is "the guest sees it, below a share and as a share" "$out" "$(printf 'short\nshort')"

# held NAME COMMAND RESULT: COMMAND runs while nothing answers
held() {
	exec 3>>"$T/hold"
	flock 3
	guest "rm -f /tmp/done; (r=\$( ($2) 2>&1 ); echo \"\$r\" >/tmp/r; mv /tmp/r /tmp/done) & "
	limit=20 guest 'echo alive; test ! -e /tmp/done && echo held'
	is "$1: the guest goes on" "$out" "$(printf 'alive\nheld')"
	exec 3>&-
	guest 'wait; cat /tmp/done'
	is "$1: and it ends" "$out" "$3"
}

sum=$(cksum <"$T/back/data")
held "stat" "stat -c %s /mnt/data" 300000
held "stat through a mount below" "stat -c %s mnt/data" 300000
held "a name that is not there" "test -e /mnt/nothing; echo \$?" 1
held "read" "cksum </mnt/data" "$sum"
held "read, opened before" "exec 4<mnt/data2; cksum <&4" "$sum"
held "list" "ls /mnt/dir; ls mnt | wc -l" 10
held "write" "echo text >/mnt/new; cat /mnt/new" text
held "append" "echo more >>mnt/new; cat mnt/new" "$(printf 'text\nmore')"
held "close after write and fsync" "dd if=/dev/zero of=/mnt/zero bs=1000 count=3 conv=fsync status=none; stat -c %s /mnt/zero" 3000
held "sync" "sync -f /mnt/zero; echo \$?" 0
held "truncate" "truncate -s 2 /mnt/cut; cat /mnt/cut" cu
held "make a directory" "mkdir /mnt/dir/a && rmdir /mnt/dir/a; echo \$?" 0
held "rename" "mv /mnt/moved /mnt/dir/moved && cat mnt/dir/moved" moved
held "link" "ln /mnt/short /mnt/dir/l && ln -s l /mnt/dir/s && cat mnt/dir/s" short
held "readlink" "readlink /mnt/link" dir
held "remove" "rm /mnt/gone; test -e mnt/gone; echo \$?" 1
held "chmod and times" "chmod 600 /mnt/chmodded && touch -d @1 /mnt/chmodded && stat -c '%a %Y' mnt/chmodded" "600 1"
held "statfs" "stat -f -c %S /mnt >/dev/null; echo \$?" 0
held "run a program, loaded by page faults" "/mnt/prog; echo \$?" 0
held "change directory" "cd /mnt/dir && pwd" /mnt/dir
held "watch" "timeout -s INT 1 inotifywait -q -m /mnt/dir mnt >/dev/null; cut -c 1-4 /sys/fs/hostfs/host/watches" "0 of"
held "lock" "flock /mnt/data echo locked" locked
held "two at once" "(cat /mnt/short & cat mnt/short & wait)" "$(printf 'short\nshort')"
is "all of it is on the host" "$(cat "$T/back/dir/moved" "$T/back/cut" "$T/back/new")" \
	"$(printf 'moved\ncutext\nmore')"

# more at once than there are workers: they take turns, and nothing is lost
exec 3>>"$T/hold"
flock 3
guest 'i=0; while [ $i -lt 50 ]; do cat /mnt/short >/tmp/many.$i & i=$((i + 1)); done'
limit=20 guest 'echo alive'
is "50 at once: the guest goes on" "$out" alive
exec 3>&-
guest 'wait; cat /tmp/many.* | sort | uniq -c | tr -s " "'
is "50 at once: all end" "$out" " 50 short"

# from the disk: the host forgets the data, wholly and in parts
i=0
for size in 0 1 4096 65536 300000 1048577; do
	head -c $size /dev/urandom >"plain/$i"
	for part in 0:2000000000 0:4096 4096:4096 65536:131072 8192:40960; do
		sync "plain/$i"
		dd "if=plain/$i" of=/dev/null iflag=nocache,skip_bytes,count_bytes \
			"skip=${part%:*}" "count=${part#*:}" status=none 2>/dev/null
		want=$(cksum <"plain/$i")
		sync "plain/$i"
		dd "if=plain/$i" iflag=nocache,skip_bytes,count_bytes count=0 \
			"skip=${part%:*}" of=/dev/null status=none
		guest "cksum <plain/$i; dd if=plain/$i bs=100k status=none | cksum; dd if=plain/$i bs=7777 status=none | cksum"
		is "$size bytes, $part not in the host's memory" "$out" "$(printf '%s\n%s\n%s' "$want" "$want" "$want")"
	done
	i=$((i + 1))
done
guest_down
exits "the guest ends with its input" 0
quiet "and has said nothing on stderr"
umount "$T/work/mnt"
wait "$held"
tap_end
