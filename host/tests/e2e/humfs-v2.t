#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-v2 - a tree as the original humfs made it, mounted as it is: read, changed,
# shared, its size held, and still the original's afterwards
. "$(dirname "$0")/tap.sh"

XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state"
meta() { "$HUM_HELPERS/humfs-meta" "$@"; }
t=$T/tree

# As humfsify has it: modes in decimal, without set-id bits; all of data is 0755; a
# hard link has one line under both names.
mkdir "$t" "$t/data" "$t/file_metadata" "$t/dir_metadata"
printf 'version 2\nmetadata shadow_fs\nused 1\ntotal 16777216\n' >"$t/superblock"
printf '493 0 0\n' >"$t/dir_metadata/metadata"
for d in bin bin/sub; do
	mkdir "$t/data/$d" "$t/file_metadata/$d" "$t/dir_metadata/$d"
	printf '493 0 0\n' >"$t/dir_metadata/$d/metadata"
done
file() {	# PATH LINE CONTENTS
	printf '%s' "$3" >"$t/data/$1"
	chmod 755 "$t/data/$1"
	printf '%s\n' "$2" >"$t/file_metadata/$1"
}
file bin/su '493 0 0' tool
ln "$t/data/bin/su" "$t/data/bin/su2"
ln "$t/file_metadata/bin/su" "$t/file_metadata/bin/su2"
file secret '256 0 42' hidden
file null '438 0 0 c 1 3' ''
file pipe '420 7 8 p' ''
file sock '511 9 9 s' ''
file bad '493 4294967296 0' x
ln -s bin/su "$t/data/link"
printf '511 5 6\n' >"$t/file_metadata/link"

# on OPTS COMMAND: in a guest, as its root, in the tree
on() {
	run -u root -v "$t:/t:humfs$1" -- sh -c "cd /t; $2"
}

on '' 'stat -c "%n %A %u:%g %t,%T %h" . bin bin/su null pipe sock secret link; cat secret; echo
	echo >null; grep -c "meta=shadow_fs" /proc/self/mounts'
prints "it is shown as the original meant it" '. drwxr-xr-x 0:0 0,0 3
bin drwxr-xr-x 0:0 0,0 3
bin/su -rwxr-xr-x 0:0 0,0 2
null crw-rw-rw- 0:0 1,3 1
pipe prw-r--r-- 7:8 0,0 1
sock srwxrwxrwx 9:9 0,0 1
secret -r-------- 0:42 0,0 1
link lrwxrwxrwx 5:6 0,0 1
hidden
1'
run --log "$T/log" -u root -v "$t:/t:humfs" -- sh -c 'cat /t/bad'
like "a line that cannot be is an error" "$(cat "$T/err")" '*nput/output error*'
like "... and the log says which" "$(cat "$T/log")" "*humfs: 'bad' *bad user id*"
rm "$t/data/bad" "$t/file_metadata/bad"

on '' 'chmod 4711 bin/su; chown -h 1:2 link; mv bin sbin; mkdir metadata; mknod b b 8 1
	mv secret pipe; ln pipe hard; chown 3:4 hard; rm sock; touch -d @1 new; mkdir -p a/b; touch a/b/c; mv a/b sbin/sub'
line() { sed '/^$/d' "$t/$1" | tr '\n' ';'; }
is "set-id bits are in a second line" "$(line file_metadata/sbin/su2)" '457 0 0;mode 04711;'
is "a directory takes its records along" "$(line dir_metadata/sbin/sub/b/metadata)" '493 0 0;'
is "a file, too" "$(line file_metadata/sbin/sub/b/c)" '420 0 0;'
is "a directory called metadata has the place" "$(line dir_metadata/metadata-)" '493 0 0;'
is "devices" "$(line file_metadata/b)" '420 0 0 b 8 1;'
is "links" "$(line file_metadata/link)" '511 1 2;'
is "one line for a hard link" "$(line file_metadata/pipe) $(stat -c %h "$t/file_metadata/hard")" '256 3 4; 2'
on '' 'echo >l1; ln l1 l2; rm l1; ln l2 l3; sh -c "rm /t/l2; ln /proc/self/fd/0 /t/l4 2>/dev/null || ln /t/l3 /t/l4; ln /t/l3 /t/l5" <l2
	chown 8:9 l3'
is "... also when the first name is gone" "$(line file_metadata/l3) $(line file_metadata/l4) $(line file_metadata/l5)" \
	'420 8 9; 420 8 9; 420 8 9;'
on '' 'rm l3 l4 l5'
is "what is removed leaves nothing" "$(find "$t" -name sock -o -name 'bin' -o -name lost -o -name move)" ''
is "on the host nothing is set-id, and all is the user's" \
	"$(find "$t" -perm /7000 -o ! -user "$(id -un)" -o -type b -o -type c -o -type p)" ''
on '' 'stat -c "%n %a %u:%g" sbin/su pipe link metadata sbin/sub/b/c; su nobody -s /bin/sh -c "cat pipe" 2>&1 | grep -c denied'
prints "another guest sees it" 'sbin/su 4711 0:0
pipe 400 3:4
link 777 1:2
metadata 755 0:0
sbin/sub/b/c 644 0:0
1'
is "the tool sees it" "$(meta stat "$t" sbin/su | grep mode:)" "  mode: 4711 -rws--x--x"
is "check finds nothing" "$(meta check "$t" | tail -n 1)" "$(meta check "$t" | sed -n '$s/, .*//p'), 0 faults, 0 mended"
meta chown "$t" 70:71 new
meta chmod "$t" 2750 new
is "the tool's changes are in the line" "$(line file_metadata/new)" '488 70 71;mode 02750;'

on '' 'df -B1 --output=size . | tail -n1; head -c 20000000 /dev/zero >big; wc -c <big | tr -d " "; rm big; df -B1 --output=used . | tail -n1'
like "the size holds" "$(cat "$T/out" "$T/err")" '*16777216*No space left*'
ok "... and what is used is in the superblock" sh -c 'grep -q "^used [0-9]" "$0" && ! grep -qx "used 1" "$0"' "$t/superblock"
meta limit --size 32M "$t"
on '' 'df -B1 --output=size . | tail -n1'
like "limit changes it" "$(cat "$T/out")" '*33554432'
is "the layout is the original's" "$(head -n 2 "$t/superblock" | tr '\n' ';')" 'version 2;metadata shadow_fs;'

# What a crash, or the host's rm, leaves; and a note that nobody understands.
mkdir -p "$t/file_metadata/gone/dir" "$t/dir_metadata/gone/dir" "$t/lost/1-2.3"
echo '493 0 0' | tee "$t/file_metadata/gone/x" "$t/file_metadata/orphan" "$t/line.new" "$t/lost/1-2.3/y" \
	>"$t/dir_metadata/gone/dir/metadata"
echo '493 0' >"$t/file_metadata/new"
ln -s 'rename 1 2' "$t/move"
meta check --repair "$t" >"$T/told"
is "check finds what is left" "$(sed '$d' "$T/told" | sort)" "$(cat <<'EOF'
gone/dir: a record, but no object; mended
gone/dir: a record, but no object; mended
gone/dir: a record, but no object; mended
gone/x: a record, but no object; mended
gone: a record, but no object; mended
gone: a record, but no object; mended
line.new: left by a crash; mended
lost: records of objects that are gone; mended
move: the note of a rename cannot be read; mended
new: broken record: bad user id; mended
orphan: a record, but no object; mended
EOF
)"
like "... and mends it" "$(meta check "$t")" '*, 0 faults, 0 mended'
is "a broken record is nobody's but root's" "$(meta ls "$t" new | cut -c 1-10)" '----------'

# By path, as the book has it; made, filled and converted by humfs-meta.
humfs_tree "$T/c" xattr
meta mknod "$T/c" null c 1 3
meta convert "$T/c" v2
meta mknod "$T/c" pipe p
run -u root -- sh -c "mkdir /mnt/h && mount none /mnt/h -t humfs -o '$T/c' && cd /mnt/h &&
	stat -c '%n %F %a %u:%g' null; echo x >null && chown 5:6 pipe && mkdir -m 1777 tmp && ln pipe tmp/pipe &&
	mv tmp d && rm d/pipe && stat -c '%n %a %u:%g %h' d pipe; df -B1 --output=size . | tail -n 1 | tr -d ' '"
is "mount none /mnt -t humfs -o /path" "$(cat "$T/out" "$T/err")" "null character special file 644 0:0
d 1777 0:0 2
pipe 644 5:6 1
$(sed -n 's/^total //p' "$T/c/superblock")"
is "its lines are the original's" "$(grep . "$T/c/file_metadata/pipe" "$T/c/dir_metadata/d/metadata" | sed 's|.*/c/||')" \
	"file_metadata/pipe:420 5 6 p
dir_metadata/d/metadata:511 0 0
dir_metadata/d/metadata:mode 01777"
meta convert "$T/c" side
is "back among ours" "$(meta ls -R "$T/c" | awk '{ print $1, $3, $4, $NF }')" "drwxr-xr-x 0 0 /
drwxrwxrwt 0 0 d
crw-r--r-- 0 0 null
prw-r--r-- 5 6 pipe"

# Version 1: for reading.
o=$T/v1
mkdir "$o" "$o/data" "$o/metadata" "$o/data/d" "$o/metadata/d"
printf 'version 1\nmetadata shadow_fs\nused 4096\ntotal 1048576\n' >"$o/superblock"
echo '0 0' >"$o/metadata/metadata"
echo '3 4' >"$o/metadata/d/metadata"
echo text >"$o/data/f"
chmod 640 "$o/data/f"
echo '1 2' >"$o/metadata/f"
run -u root -v "$o:/t:humfs" -- sh -c 'cd /t; stat -c "%n %a %u:%g" . d f; touch f 2>&1 | grep -c "Read-only"; cat f'
prints "version 1 is read, and only read" '. 755 0:0
d 755 3:4
f 640 1:2
1
text'
tap_end
