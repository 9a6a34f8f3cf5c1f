#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-meta - trees made, filled, altered, checked and written out, in both
# stores. Run as root it runs once more as an ordinary user: humfs-meta.sh --as-user
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}" "${HUMFS_META_SOURCE:?}"

if [ "${1:-}" = --as-user ]; then
	shift
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid=65534 --regid=65534 --clear-groups \
			env HOME=/nonexistent sh "$here/humfs-meta.sh" "$@"
	fi
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

for store in xattr side; do
	t=tree-$store
	says "$store: create" " [0]" meta create --meta "$store" "$t"
	says "$store: import of a tar" " [0]" meta import "$t" list.tar
	is "$store: owners, modes, types" "$(lines "$t")" "$list"
	says "$store: check" "12 objects, 0 faults, 0 mended [0]" meta check "$t"
	is "$store: the host has no set-id bit, device or foreign owner" \
		"$(find "$t/data" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user "$(id -u)" \) -print)" ""
	is "$store: the host's user has access everywhere" \
		"$(find "$t/data" ! -type l ! -perm -600 -print; find "$t/data" -type d ! -perm -700 -print)" ""
	meta export "$t" "$t.tar"
	meta export "$t" "$t.again.tar"
	check "$store: exported twice, the same bytes" cmp "$t.tar" "$t.again.tar"
	tar --numeric-owner --full-time -tvf list.tar | sed 's|^\(.*\) \./$|\1 .|; s| \./| |' | sort >want.list
	tar --numeric-owner --full-time -tvf "$t.tar" | sed 's|^\(.*\) \./$|\1 .|; s| \./| |' | sort >have.list
	check "$store: GNU tar lists the same of both" diff want.list have.list
	is "$store: data" "$(tar -xOf "$t.tar" etc/passwd)" "root:x:0:0"
done
check "both stores export the same bytes" cmp tree-xattr.tar tree-side.tar
meta create again
meta import again tree-xattr.tar
meta export again again.tar
check "an export imported and exported again is the same" cmp tree-xattr.tar again.tar
for end in gz bz2 xz zst; do
	meta export again "packed.tar.$end"
	meta export again "packed2.tar.$end"
	check "$end: the same bytes twice" cmp "packed.tar.$end" "packed2.tar.$end"
	meta create "from-$end"
	meta import "from-$end" "packed.tar.$end"
	meta export "from-$end" "from-$end.tar"
	check "$end: import knows it" cmp tree-xattr.tar "from-$end.tar"
done
meta create piped
bsdtar -cf - @list.tar | meta import piped -
is "import from standard input" "$(lines piped)" "$list"

# --- single objects ------------------------------------------------------------


for t in tree-xattr tree-side; do
	says "$t: chown" " [0]" meta chown $t 7:8 bin/su
	is "$t: chown takes set-id bits away, as chown(2)" "$(owner $t bin/su)" "7:8 0755 "
	says "$t: chmod" " [0]" meta chmod $t u+s,g-w,o= bin/su
	is "$t: chmod in words" "$(owner $t bin/su)" "7:8 4750 "
	meta chown $t :9 etc/link
	is "$t: a link's owner" "$(owner $t etc/link)" "5:9 0777 "
	meta chown -R $t 3:4 dev
	is "$t: chown -R" "$(owner $t dev)$(owner $t dev/null)$(owner $t dev/sda)" \
		"3:4 0755 3:4 0666 3:4 0660 "
	meta chmod -R $t go-rwx etc
	is "$t: chmod -R passes over links" "$(owner $t etc)$(owner $t etc/passwd)$(owner $t etc/link)" \
		"0:0 0700 0:42 0600 5:9 0777 "
	says "$t: mknod" " [0]" meta mknod $t dev/zero c 1 5
	is "$t: a device" "$(meta stat $t dev/zero | sed -n 's/^  type: //p')" "char 1,5"
	says "$t: mknod on what is there" "humfs-meta: cannot make 'dev/zero': File exists [1]" \
		meta mknod $t dev/zero p
	meta mknod $t dev/sock s
	is "$t: a socket" "$(meta stat $t dev/sock | sed -n 's/^  type: //p')" socket
	says "$t: setcap" " [0]" meta setcap $t cap_net_raw,cap_chown+ep bin/su
	is "$t: capabilities" "$(attribute $t bin/su security.capability)" "cap_chown,cap_net_raw=ep"
	meta setcap $t -r bin/su
	is "$t: setcap -r" "$(attribute $t bin/su security.capability)" ""
	says "$t: setcap of a directory" "humfs-meta: cannot set capabilities of 'bin': Invalid argument [1]" \
		meta setcap $t cap_chown+p bin
	meta setfacl $t u:1000:rw,g:50:r etc/passwd
	is "$t: setfacl" "$(attribute $t etc/passwd system.posix_acl_access)" \
		"user::rw-,user:1000:rw-,group::---,group:50:r--,mask::rw-,other::---"
	is "$t: the mode's group bits are the mask" "$(owner $t etc/passwd)" "0:42 0660 "
	meta chmod $t 640 etc/passwd
	is "$t: chmod sets the mask" "$(attribute $t etc/passwd system.posix_acl_access)" \
		"user::rw-,user:1000:rw-,group::---,group:50:r--,mask::r--,other::---"
	meta setfacl $t d:u:5:rx,u::rwx tmp
	is "$t: a default ACL" "$(attribute $t tmp system.posix_acl_default)" \
		"user::rwx,user:5:r-x,group::rwx,mask::rwx,other::rwx"
	meta setfacl $t -b etc/passwd
	is "$t: setfacl -b" "$(attribute $t etc/passwd system.posix_acl_access)$(owner $t etc/passwd)" "0:42 0600 "
	says "$t: check" "14 objects, 0 faults, 0 mended [0]" meta check $t
	meta setfacl $t u:4000000000:rwx,u:7:r bin
	says "$t: no archive holds a socket" \
		"humfs-meta: 'dev/sock' is a socket, which no tar archive can hold: left out [0]" \
		meta export $t acl.tar
	rm -rf acl
	meta create acl
	meta import acl acl.tar
	is "$t: ACLs go through a tar" \
		"$(attribute acl bin system.posix_acl_access)$(attribute acl tmp system.posix_acl_default)" \
		"user::rwx,user:7:r--,user:4000000000:rwx,group::r-x,mask::rwx,other::r-xuser::rwx,user:5:r-x,group::rwx,mask::rwx,other::rwx"
done
is "usage counts" "$(meta usage --json tree-side | tr -d '\n' | grep -o '"objects": [0-9]*')" '"objects": 14'
says "limits are none" "size none
inodes none [0]" meta limit tree-side
meta limit --size 1G --inodes 1000 tree-side
says "limits are kept" "size 1073741824
inodes 1000 [0]" meta limit tree-side

# --- directories -----------------------------------------------------------------

mkdir -p plain/sub
echo one >plain/file
ln plain/file plain/sub/hard
ln -s /nowhere plain/dangling
truncate -s 3M plain/sparse
echo end >>plain/sparse
setfattr -n user.note -v kept plain/file
: >plain/"new
line"
meta create dirtree
says "import of a directory" " [0]" meta import --owner 0:0 dirtree plain
is "one object under two names" "$(stat -c %h dirtree/data/file) $(stat -c %i dirtree/data/file dirtree/data/sub/hard | sort -u | wc -l)" "2 1"
check "data and holes" cmp plain/sparse dirtree/data/sparse
check "holes stay holes" test "$(stat -c %b dirtree/data/sparse)" -lt 1000
is "user attributes" "$(attribute dirtree file user.note)" 0x6b657074
is "a name with a newline" "$(meta ls dirtree | grep -c 'new\\012line')" 1
meta create copied
says "import of a tree" " [0]" meta import copied tree-side/data
meta create copied2
says "import of a tree with its store" " [0]" meta import copied2 tree-side
meta export tree-side a.tar 2>/dev/null
meta export copied2 b.tar 2>/dev/null
check "a tree imported from a tree is the same" cmp a.tar b.tar

# Deeper than one path reaches, built from the bottom: the shell keeps its path.
mkdir deep
ln -s nowhere deep/link
i=0
while [ $i -lt 30 ]; do
	mkdir above
	mv deep "above/$(printf '%0200d' 7)"
	mv above deep
	i=$((i + 1))
done
meta create deeptree
says "import of a tree deeper than PATH_MAX" " [0]" meta import --owner 0:0 deeptree deep
meta chown -R deeptree 3:4 /
meta export deeptree deep.tar
meta create deeptree2
says "and through an archive" " [0]" meta import deeptree2 deep.tar
is "owners at its bottom" "$(meta ls -R deeptree2 | grep -c ' 3 4 ')" 32

# A bare directory: records in its attributes, links' in the state folder.
says "a bare directory is a tree" " [0]" meta chown -R --owner 0:0 plain 11:12 .
is "its objects" "$(owner plain file)$(owner plain dangling)" "11:12 0644 11:12 0777 "
echo r >plain/readonly
chmod 444 plain/readonly
says "a file that its owner may not write" " [0]" meta chown --owner 0:0 plain 5:6 readonly
is "keeps its mode" "$(owner plain readonly)" "5:6 0444 "
says "check of it" "8 objects, 0 faults, 0 mended [0]" meta check plain

# --- check -----------------------------------------------------------------------

meta create broken
meta import broken list.tar
setfattr -n user.containers.override_stat -v 0:0:04755:nonsense broken/data/bin/su
setfattr -n user.containers.override_system.posix_acl_access -v rubbish broken/data/etc/passwd
chmod 2755 broken/data/tmp
says "check finds" "bin/su: broken record: bad type
etc/passwd: broken attribute 'system.posix_acl_access'
tmp: set-id or sticky bits on the host
12 objects, 3 faults, 0 mended [1]" meta check broken
says "a broken record is an error" "humfs-meta: cannot change the owner of 'bin/su': its record is broken or cannot be read; see 'humfs-meta check' [1]" \
	meta chown broken 1:1 bin/su
says "a broken record is not exported" "humfs-meta: cannot export 'bin/su': its record is broken or cannot be read; see 'humfs-meta check'
humfs-meta: cannot export 'etc/passwd': its record is broken or cannot be read; see 'humfs-meta check' [1]" \
	meta export broken /dev/null
rm broken/data/etc/link
meta check --repair broken >repaired || :
is "check --repair" "$(tail -n 1 repaired)" "11 objects, 4 faults, 4 mended"
says "then all is well" "11 objects, 0 faults, 0 mended [0]" meta check broken
is "what was broken is locked away" "$(owner broken bin/su)$(owner broken etc/passwd)" "0:0 0000 0:42 0600 "

meta export tree-side a.tar 2>/dev/null
cp -a tree-side moved
says "a copy of a tree has lost its records" "1 [0]" sh -c '"$0" check moved >/dev/null; echo $? | tr -d "\n"; exit 0' "$HUMFS_META"
meta check --repair moved >/dev/null
meta export moved moved.tar 2>/dev/null
check "check --repair finds them by their paths" cmp a.tar moved.tar

# --- the other store ------------------------------------------------------------------

meta convert copied2 xattr
meta export copied2 b.tar 2>/dev/null
check "convert: side to xattr" cmp a.tar b.tar
is "convert says so in the superblock" "$(grep metadata copied2/superblock)" "metadata xattr"
is "only links are left aside" "$(find copied2/side/objects -type l | wc -l)" 1
meta convert copied2 side
meta export copied2 b.tar 2>/dev/null
check "convert: xattr to side" cmp a.tar b.tar
is "no record is left in attributes" "$(getfattr -dRhm user.containers copied2/data)" ""
says "check" "14 objects, 0 faults, 0 mended [0]" meta check copied2
cp -a copied2 moved2
meta check --repair moved2 >/dev/null
meta export moved2 b.tar 2>/dev/null
check "after that a copy can be mended too" cmp a.tar b.tar

# --- a plain directory ----------------------------------------------------------------

meta create simple
meta import --owner 0:0 simple plain
says "export to a directory" " [0]" meta export --format plain simple simple.out
is "the same names, data and links" "$(cd plain && find . -type f -printf '%P %n %s\n' | sort)" \
	"$(cd simple.out && find . -type f -printf '%P %n %s\n' | sort)"
check "and times" test "$(stat -c %y plain/file)" = "$(stat -c %y simple.out/file)"
if [ "$(id -u)" = 0 ]; then
	meta export --format plain tree-xattr real 2>/dev/null || :
	is "as root: devices, owners" "$(stat -c '%F %t %T %u:%g' real/dev/null)" "character special file 1 3 3:4"
else
	status=0
	meta export --format plain tree-xattr real 2>real.err || status=$?
	is "as a user: devices are told of" "$status $(grep -c "cannot write 'dev/null'" real.err)" "1 1"
fi
says "not into a directory that is used" "humfs-meta: cannot make a directory of 'real': Directory not empty [1]" \
	meta export --format plain simple real

# --- container layers -----------------------------------------------------------------

mkdir -p l1/a/deep l1/b l2/a l2/c l3/a
touch l1/a/x l1/a/y l1/a/deep/z l1/b/file l1/gone
touch l2/a/.wh.x l2/a/new l2/.wh.gone l2/b l2/c/file
touch l3/a/.wh..wh..opq l3/a/only
meta create image
for layer in l1 l2; do
	tar -cf $layer.tar -C $layer .
	says "layer $layer" " [0]" meta import --layer image $layer.tar
done
is "whiteouts remove, a file replaces a directory" "$(cd image/data && find . | sort | tr '\n' ' ')" \
	". ./a ./a/deep ./a/deep/z ./a/new ./a/y ./b ./c ./c/file "
says "an opaque directory, unpacked" " [0]" meta import --layer image l3
is "hides what is below" "$(cd image/data && find . | sort | tr '\n' ' ')" ". ./a ./a/only ./b ./c ./c/file "
meta create over
meta mknod over gone c 0 0
meta export over over.tar
meta create image2
meta import image2 l1.tar
says "overlayfs's whiteouts" " [0]" meta import --layer image2 over.tar
check "remove too" test ! -e image2/data/gone

# --- fakeroot --------------------------------------------------------------------------

mkdir fr
touch fr/dev fr/file
for f in dev file; do
	mode=100755 rdev=0
	[ $f = file ] || { mode=20600 rdev=1281; }
	# shellcheck disable=SC2046 # two words
	printf 'dev=%x,ino=%d,mode=%s,uid=12,gid=34,nlink=1,rdev=%s\n' $(stat -c '%d %i' fr/$f) $mode $rdev
done >save
meta create faked
says "a fakeroot save file" " [0]" meta import --fakeroot save faked fr
is "says who owns what" "$(owner faked file)$(owner faked dev)$(meta stat faked dev | sed -n 's/^  type: //p')" \
	"12:34 0755 12:34 0600 char 5,1"
echo dev=zz >save
says "another file" "humfs-meta: 'save': line 1 is none of a fakeroot save file [1]" meta import --fakeroot save faked fr

# --- hostile archives ---------------------------------------------------------------

mkdir outside
echo precious >outside/file
echo evil >evil
meta create jail

# hostile NAME MESSAGE TAR: refused with that message, and outside is untouched
hostile()
{
	status=0
	meta import jail "$3" >out 2>&1 || status=$?
	# shellcheck disable=SC2254 # a pattern
	case "$status $(head -n 1 out)" in
	"1 humfs-meta: "$2) result 0 "$1" ;;
	*)	sed 's/^/# /' out
		result 1 "$1" ;;
	esac
	if [ "$(cat outside/file)" != precious ] || [ "$(ls outside)" != file ] ||
		[ -e escape ] || [ -e jail/escape ]; then
		result 1 "$1: something got out"
	fi
}

tar -P -cf h.tar --transform 's,^evil$,../escape,' evil
hostile "'..' in a name" "cannot make '../escape': it leads out of the tree" h.tar
tar -P -cf h.tar --transform 's,^evil$,a/../../../escape,' evil
hostile "'..' after a directory" "cannot make 'a/../../../escape': it leads out of the tree" h.tar
mkdir links
ln -s "$dir/outside" links/way
tar -C links -cf h.tar way
tar -rf h.tar --transform 's,^evil$,way/file,' evil
hostile "through a symbolic link that the archive makes" "cannot make 'way/file': a symbolic link is on the way" h.tar
ln -s ../../outside links/up
tar -C links -cf h.tar up
tar -rf h.tar --transform 's,^evil$,up/file,' evil
hostile "through a relative link" "cannot make 'up/file': a symbolic link is on the way" h.tar
echo x >first
ln first second
tar -P -cf h.tar --transform 'flags=h;s,^first$,../../outside/file,' first second
hostile "a hard link to '..'" "cannot make 'second': it leads out of the tree" h.tar
tar -cf h.tar --transform 'flags=h;s,^first$,way/file,' first second
hostile "a hard link through a symbolic link" "cannot make 'second': a symbolic link is on the way" h.tar
tar -cf h.tar --transform 'flags=h;s,^first$,second,' first second
hostile "a hard link to itself" "cannot make 'second': *" h.tar
ln -s "$dir/outside/file" links/evil
tar -C links -cf h.tar evil
tar -rf h.tar evil
says "a link replaced by a file" " [0]" meta import jail h.tar
is "the file is in the tree, what the link named is as it was" "$(cat jail/data/evil outside/file)" "evil
precious"
tar -P -cf h.tar "$dir/evil"
says "an absolute name is below the root" " [0]" meta import jail h.tar
check "and is there" test -f "jail/data$dir/evil"
head -c 700 list.tar >h.tar
hostile "cut off in a header" "'h.tar': *" h.tar
head -c 1000000 /dev/zero >big
tar -cf whole.tar big
head -c 300000 whole.tar >h.tar
hostile "cut off in a file" "'h.tar': 'big': *" h.tar
check "half a file is not left" test ! -e jail/data/big
echo rubbish >h.tar
hostile "no archive at all" "'h.tar': *" h.tar
setfattr -n user.containers.override_stat -v 0:0:04755:file evil
tar --xattrs --xattrs-include='*' -cf h.tar evil
hostile "a forged record" "'evil': cannot keep the attribute 'user.containers.override_stat': *" h.tar
is "counts for nothing" "$(owner jail evil)" "$(stat -c %u:%g evil) 0644 "
tar -cf h.tar --transform 's,^evil$,way,' evil
says "a file in the place of a link to outside" " [0]" meta import jail h.tar
tar -cf h.tar --transform 's,^evil$,'"$(printf '%0300d' 0)"',' evil
hostile "a name that is too long" "cannot make '0*': File name too long" h.tar
says "the jail is sound" "0 [0]" sh -c '"$0" check jail >/dev/null; echo $? | tr -d "\n"; exit 0' "$HUMFS_META"

# --- wrong use ---------------------------------------------------------------------

says "no command" "humfs-meta: no command given; see 'humfs-meta --help' [2]" meta
says "an unknown one" "humfs-meta: unknown command 'frob'; see 'humfs-meta --help' [2]" meta frob
says "words missing" "humfs-meta: 'chown' takes [OPTION]... TREE UID:GID PATH...; see 'humfs-meta chown --help' [2]" meta chown x
says "no tree" "humfs-meta: cannot open the tree 'nowhere': No such file or directory [1]" meta ls nowhere
says "a bad owner" "humfs-meta: 'bob': write UID, UID:GID or :GID, in numbers [2]" meta chown jail bob evil
says "a bad mode" "humfs-meta: '9': write a mode as 4755 or u+s,go-w [2]" meta chmod jail 9 evil
says "a bad ACL" "humfs-meta: 'u:bob:r': write an ACL as setfacl(1) takes it, with numbers: u:1000:rwx [2]" meta setfacl jail u:bob:r evil
says "a path out of the tree" "humfs-meta: cannot read '../x': it leads out of the tree [1]" meta stat jail ../x
printf 'version 3\nmetadata xattr\nmetadata xattr\n' >jail/superblock
says "a broken superblock" "humfs-meta: 'jail/superblock' is broken: unknown or repeated line [1]" meta ls jail

# --- manual page and completion ------------------------------------------------------

commands=$(meta --list-options | cut -f 1 | grep -v '^-')
for command in "" $commands; do
	# shellcheck disable=SC2086 # no word or one
	meta $command --list-options | cut -f 1 | grep -e '^--'
done | sort -u >table
tr -d '\134' <"$HUMFS_META_SOURCE/humfs-meta.1" | sed -n '/^\.TP/{n;p;}' |
	grep -oe '--[a-z][a-z-]*' | sort -u >page
check "humfs-meta.1 has the options of the tables" diff table page
for command in $commands; do echo "$command"; done | sort >table
sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/{/^\.TP/{n;s/^\.B[IR] \([a-z]*\).*/\1/p;};}' \
	"$HUMFS_META_SOURCE/humfs-meta.1" | sort >page
check "and the commands" diff table page

# complete WORD...: what is offered for the last word
cat >complete.bash <<'EOF'
compopt() { :; }
. "$1/completion.bash"
shift
COMP_WORDS=("$HUMFS_META" "$@") COMP_CWORD=$#
_humfs_meta
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
EOF
offered() { bash complete.bash "$HUMFS_META_SOURCE" "$@"; }
if command -v bash >/dev/null; then
	is "completion: commands" "$(offered set)" "setcap setfacl "
	is "completion: options" "$(offered chown --re)" "--recursive "
	is "completion: a tree" "$(offered ls tree-x)" "tree-xattr "
	is "completion: paths in it" "$(offered stat tree-xattr bin/s)" "bin/su "
	is "completion: kinds" "$(offered convert tree-xattr s)" "side "
fi
tap_end
