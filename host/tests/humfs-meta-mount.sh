#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-meta-mount - a tree through FUSE: what the guest would see and make, seen
# and made on the host. --as-user: by an ordinary user, in a mount namespace where
# /dev/fuse is everybody's (as it is on most machines).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}"
skip() { echo "1..0 # SKIP $*"; exit 77; }
command -v fusermount3 >/dev/null || skip "no fusermount3"
[ -c /dev/fuse ] || skip "no /dev/fuse"
if [ "${1:-}" = --as-user ] && [ "$(id -u)" = 0 ]; then
	unshare -m true 2>/dev/null || skip "no mount namespaces"
	# shellcheck disable=SC2016
	exec unshare -m --propagation private sh -euc '
		mount -t tmpfs -o mode=755,dev tmpfs /mnt
		mknod -m 666 /mnt/fuse c 10 229
		mount --bind /mnt/fuse /dev/fuse
		exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent sh "$0"
	' "$here/humfs-meta-mount.sh"
fi
[ -w /dev/fuse ] || skip "/dev/fuse is not for this user"
# shellcheck source=host/tests/tap.sh
. "$here/tap.sh"
trap 'fusermount3 -uqz "$dir/mnt" || :; rm -rf "$dir"' EXIT
cd "$dir"
mkdir mnt

# gone PID: wait for its end, and pass on its status
gone() { wait "$1"; }

mounted()
{
	tries=0
	until grep -q " $dir/mnt fuse.humfs " /proc/self/mountinfo ||
		grep -q " $dir/mnt .* - fuse.humfs " /proc/self/mountinfo; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

for store in xattr side; do
	t=tree-$store
	"$HUMFS_META" create --meta $store $t
	"$HUMFS_META" mknod $t null c 1 3
	"$HUMFS_META" mount -f $t mnt 2>mount.err &
	pid=$!
	check "$store: mount" mounted
	is "$store: the root is the default owner's" "$(stat -c '%u:%g %a' mnt)" "0:0 755"
	is "$store: a device" "$(stat -c '%F %t,%T' mnt/null)" "character special file 1,3"
	echo data >mnt/file
	is "$store: what is made is the default owner's" "$(stat -c '%u:%g' mnt/file)" "0:0"
	ln mnt/file mnt/hard
	says "$store: chown" " [0]" chown 1000:70000 mnt/file
	says "$store: chmod" " [0]" chmod 4751 mnt/file
	mkfifo mnt/fifo
	ln -s nowhere mnt/link
	chown -h 5:6 mnt/link
	mkdir -p mnt/a/b/c
	mv mnt/a/b mnt/moved
	echo more >>mnt/file
	is "$store: appending, and the other name" "$(cat mnt/hard)" "data
more"
	chmod 4751 mnt/file
	is "$store: owner, mode, links" "$(stat -c '%u:%g %a %h' mnt/hard)" "1000:70000 4751 2"
	dd if=/dev/urandom of=random bs=64k count=40 2>/dev/null
	cp random mnt/random
	check "$store: data" cmp random mnt/random
	truncate -s 100 mnt/random
	is "$store: truncate" "$(stat -c %s mnt/random)" 100
	setfattr -n user.note -v kept mnt/file
	is "$store: attributes" "$(getfattr --only-values -n user.note mnt/file)" kept
	check "$store: the tool's names are not the guest's to set" \
		sh -c '! setfattr -n user.containers.override_stat -v 0:0:04755 mnt/file'
	i=0
	mkdir mnt/many
	while [ $i -lt 500 ]; do : >mnt/many/$i; i=$((i + 1)); done
	is "$store: a long directory" "$(find mnt/many -type f | wc -l)" 500
	rm -r mnt/many
	exec 7<mnt/random
	rm mnt/random
	is "$store: unlinked while open" "$(wc -c <&7)" 100
	exec 7<&-
	"$HUMFS_META" chown $t 42:43 file
	is "$store: a change beside the mount is seen" "$(stat -c '%u:%g' mnt/file)" 42:43
	find mnt -printf '%P %M %U:%G\n' | sort >seen
	says "$store: unmount" " [0]" fusermount3 -u mnt
	check "$store: the mount's process ends well" gone $pid
	is "$store: and said nothing" "$(cat mount.err)" ""
	"$HUMFS_META" ls -R --json $t | tr -d '\n' | grep -o '"path": "[^"]*","type": "[^"]*","uid": [0-9]*,"gid": [0-9]*' |
		sed 's/"path": "\([^"]*\)","type": "[^"]*","uid": \([0-9]*\),"gid": \(.*\)/\1 \2:\3/' | sort >listed
	sed 's/ [^ ]* \([^ ]*\)$/ \1/' seen | sort >seen.owners
	check "$store: ls says the same" diff seen.owners listed
	is "$store: check" "$("$HUMFS_META" check $t)" "$(wc -l <seen) objects, 0 faults, 0 mended"
done

"$HUMFS_META" mount --read-only tree-xattr mnt
check "read-only: nothing is made" sh -c '! touch mnt/new'
says "read-only: unmount" " [0]" fusermount3 -u mnt
says "no directory to mount on" "1 [0]" sh -c '"$0" mount tree-xattr nowhere 2>/dev/null; echo $? | tr -d "\n"' "$HUMFS_META"
tap_end
