#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-meta-v2 - the original's layouts: written, read, filled, altered and converted,
# both ways. Run as root it runs once more as an ordinary user: --as-user
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}"

if [ "${1:-}" = --as-user ] && [ "$(id -u)" = 0 ]; then
	exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		env HOME=/nonexistent sh "$here/humfs-meta-v2.sh"
fi
# shellcheck source=host/tests/tap.sh
. "$here/tap.sh"
for program in tar bsdtar setfattr; do
	command -v "$program" >/dev/null || { echo "1..0 # SKIP no $program"; exit 77; }
done
XDG_STATE_HOME=$dir/state
export XDG_STATE_HOME
cd "$dir"
setfattr -n user.x -v y . 2>/dev/null || { echo "1..0 # SKIP no user attributes in $dir"; exit 77; }
# shellcheck source=host/tests/humfs-meta-list.sh
. "$here/humfs-meta-list.sh"

# --- the original's layouts --------------------------------------------------------------

meta create now
meta import now list.tar
mkdir -p old/metadata/metadata old/x
echo d >old/metadata/file
meta import --owner 3:4 now old
says "export in the original's layout" " [0]" meta export --format v2 now v2
is "its line" "$(cat v2/file_metadata/etc/passwd)" "416 0 42"
is "a device" "$(cat v2/file_metadata/dev/null)" "438 0 0 c 1 3"
is "set-user-id is ours" "$(tr '\n' '|' <v2/file_metadata/bin/su)" "493 0 0|mode 04755|"
is "a directory beside one that is called metadata" "$(cat v2/dir_metadata/metadata/metadata-)" "493 3 4"
is "ls reads it" "$(lines v2)" "$(lines now)"
says "it is changed, too" " [0]" meta chown v2 1:1 bin
is "in its own form" "$(cat v2/dir_metadata/bin/metadata)" "493 1 1"
says "and back" " [0]" meta chown v2 0:0 bin
says "check finds nothing" "$(meta check v2 | sed -n '$s/,.*//p'), 0 faults, 0 mended [0]" meta check v2
says "its size" "size $(sed -n 's/^total //p' v2/superblock)
inodes none [0]" meta limit v2
says "a size it has" "humfs-meta: 'v2' has the original's layout, which has a size, and no limit of objects [1]" \
	meta limit --inodes 5 v2
for kind in xattr side; do
	cp -a v2 "v2-$kind"
	says "convert to $kind" " [0]" meta convert "v2-$kind" "$kind"
	is "holds the same" "$(lines "v2-$kind")" "$(lines now)"
	is "is ours" "$(cd "v2-$kind" && echo *) $(head -n 1 "v2-$kind/superblock")" "data side superblock version 3"
done
meta create after
says "import of it" " [0]" meta import after v2
is "gives the same" "$(lines after)" "$(lines now)"
mkdir -p one/data/d one/metadata/d
: >one/data/d/f
: >one/data/d/dev
chmod 640 one/data/d/f
printf 'version 1\nused 4096\ntotal 1048576\n' >one/superblock
echo "5 6" >one/metadata/metadata
echo "7 8" >one/metadata/d/metadata
echo "9 10" >one/metadata/d/f
echo "0 6 b 8 1" >one/metadata/d/dev
says "version 1 is only read" "humfs-meta: 'one' has the original's first layout, which is only read; use 'import' to make a new tree of it [1]" \
	meta chown one 1:1 d
meta create from1
says "import of version 1" " [0]" meta import from1 one
is "its owners" "$(owner from1 /)$(owner from1 d)$(owner from1 d/f)$(meta stat from1 d/dev | sed -n 's/^  type: //p')" \
	"5:6 $(stat -c 0%a one/data) 7:8 $(stat -c 0%a one/data/d) 9:10 0640 block 8,1"

# --- objects made in version 2 ----------------------------------------------------

# names DIR: what is in it
names() { (cd "$1" && echo *); }
# empty TREE: one in the original's layout
empty()
{
	meta create "$1.from"
	meta export --format v2 "$1.from" "$1"
	rm -rf "$1.from"
}
# sound NAME TREE: check finds nothing
sound() { is "$1" "$(meta check "$2" | sed 's/^[0-9]* objects/N objects/')" "N objects, 0 faults, 0 mended"; }

empty filled
says "import of a tar" " [0]" meta import filled list.tar
is "holds the same" "$(lines filled)" "$list"
# what was longer is filled up with newlines
is "lines as the original's" "$(cat filled/file_metadata/etc/passwd filled/file_metadata/dev/sda filled/file_metadata/etc/link filled/dir_metadata/metadata | grep .)" \
	"416 0 42
432 0 6 b 8 0
511 5 6
493 0 0"
sound "check of it" filled
meta export filled filled.tar
meta create ours
meta import ours list.tar
meta export ours ours.tar
check "the same bytes come out as from a tree of ours" cmp filled.tar ours.tar
check "used is noted" test "$(sed -n 's/^used //p' filled/superblock)" -ge 8192
is "its format" "$(head -n 2 filled/superblock | tr '\n' ' ')" "version 2 metadata shadow_fs "
says "imported again, over itself" " [0]" meta import filled list.tar
is "is the same" "$(lines filled)" "$list"
sound "and sound" filled
says "mknod" " [0]" meta mknod filled dev/zero c 1 5
is "its line" "$(grep . filled/file_metadata/dev/zero)" "420 $(id -u) $(id -g) c 1 5"
says "mknod on what is there" "humfs-meta: cannot make 'dev/zero': File exists [1]" meta mknod filled dev/zero p
says "mknod out of the tree" "humfs-meta: cannot make '../zero': it leads out of the tree [1]" meta mknod filled ../zero p
says "setcap, setfacl, chmod, chown" " [0]" sh -ec '"$1" setcap filled cap_chown+ep bin/su
	"$1" setfacl filled u:1000:rw etc/passwd; "$1" chmod filled 4711 bin/su; "$1" chown filled 8:9 etc/link' - "$HUMFS_META"
is "are kept" "$(attribute filled bin/su security.capability) $(attribute filled etc/passwd system.posix_acl_access) $(owner filled bin/su)$(owner filled etc/link)" \
	"cap_chown=ep user::rw-,user:1000:rw-,group::r--,mask::rw-,other::--- 0:0 4711 8:9 0777 "
sound "check" filled
# names that collide with the mirrors, hard links, a file for a directory
mkdir -p odd/metadata/metadata odd/d odd/x
echo 1 >odd/metadata/metadata/metadata
echo 2 >odd/d/one
ln odd/d/one odd/x/two
ln -s one odd/d/metadata
says "import of a directory" " [0]" meta import --owner 3:4 filled odd
is "a hard link is one in both" "$(stat -c %h filled/data/x/two filled/file_metadata/x/two | tr '\n' ' ')" "2 2 "
sound "check of odd names" filled
meta chown filled 5:6 d/one
is "one line for both names" "$(owner filled x/two)" "5:6 0644 "
rm -r odd/d
echo file >odd/d
tar -cf odd.tar -C odd d
says "a layer's file in the place of a directory" " [0]" meta import --layer filled odd.tar
sound "leaves no record behind" filled
check "and no mirror" test ! -d filled/file_metadata/d -a ! -e filled/dir_metadata/d
mkdir wh
touch wh/.wh.metadata wh/.wh.dev
tar -cf wh.tar -C wh .
says "whiteouts" " [0]" meta import --layer filled wh.tar
check "take the objects" test ! -e filled/data/metadata -a ! -e filled/data/dev
sound "and their records" filled

# --- converted to it, and back ---------------------------------------------------------

meta import --owner 3:4 ours odd
meta setcap ours cap_chown+ep bin/su
meta setfacl ours u:1000:rw etc/passwd
meta chown ours 5:6 x/two
ln ours/data/x/two ours/data/x/three
meta export ours want.tar
for kind in xattr side; do
	t=there-$kind
	cp -a ours $t
	meta check --repair $t >/dev/null
	meta convert $t $kind
	says "$kind to v2" " [0]" meta convert $t v2
	is "$kind: it has the original's layout" "$(names $t) $(head -n 2 $t/superblock | tr '\n' ' ')" \
		"data dir_metadata file_metadata lock side superblock version 2 metadata shadow_fs "
	meta export $t have.tar
	check "$kind: it holds the same" cmp want.tar have.tar
	sound "$kind: it is sound" $t
	is "$kind: no record of ours is left" "$(getfattr -dRhm user.containers.override_stat $t/data; find $t/side/objects -type l)" ""
	is "$kind: a hard link is one in both" "$(stat -c %h $t/file_metadata/x/three)" 2
	is "$kind: the size is the host's, if there was none" "$(sed -n 's/^total //p' $t/superblock)" \
		"$(($(stat -f -c '%b * %S' .)))"
	for back in side xattr v2; do
		says "$kind: then to $back" " [0]" meta convert $t $back
		meta export $t have.tar
		check "$kind, $back: it holds the same" cmp want.tar have.tar
		sound "$kind, $back: it is sound" $t
	done
	meta convert $t $kind
	is "$kind: back, nothing is left of the layout" "$(names $t)" "data side superblock"
done
says "to what it is" " [0]" meta convert ours xattr
says "to what is none" "humfs-meta: 'v1': write xattr, side or v2 [2]" meta convert ours v1
says "a bare directory" "humfs-meta: 'odd' is a bare directory; 'create' and 'import' make a tree of it [1]" meta convert odd v2
meta limit --inodes 1000 ours
says "a limit of objects" "humfs-meta: the original's layout has no limit of objects; use 'limit --inodes none' first [1]" meta convert ours v2
meta limit --inodes none --size 32M ours
is "nothing was begun" "$(names ours)" "data side superblock"
# cut short: the mirrors are there, the superblock is not yet
mkdir -p ours/file_metadata/etc ours/dir_metadata/etc
echo "420 0 0" >ours/file_metadata/etc/passwd
: >ours/lock
says "cut short: check tells" "file_metadata: left by a conversion that was cut short
N objects, 1 faults, 0 mended [1]" sh -c '"$0" check ours >out; s=$?; sed "s/^[0-9]* obj/N obj/" out; exit $s' "$HUMFS_META"
meta export ours have.tar
check "cut short: the tree is what it was" cmp want.tar have.tar
cp -a ours again
meta check --repair --copied again >/dev/null
is "cut short: --repair removes them" "$(names again)" "data side superblock"
says "cut short: once more" " [0]" meta convert ours v2
meta export ours have.tar
check "cut short: it holds the same" cmp want.tar have.tar
is "a size that it had stays" "$(sed -n 's/^total //p' ours/superblock)" 33554432
meta convert ours xattr
# a broken record keeps it from being converted
setfattr -n user.containers.override_stat -v 4294967296:0:0644:file ours/data/etc/passwd
says "a broken record" "humfs-meta: cannot convert 'etc/passwd': its record is broken or cannot be read; see 'humfs-meta check'
humfs-meta: 'ours' stays as it was [1]" meta convert ours v2
is "a broken record: nothing was begun" "$(names ours)" "data side superblock"
printf '420 0\n' >filled/file_metadata/etc/passwd
says "a broken line" "humfs-meta: cannot convert 'etc/passwd': its record is broken or cannot be read; see 'humfs-meta check'
humfs-meta: 'filled' stays as it was [1]" meta convert filled xattr
tap_end
