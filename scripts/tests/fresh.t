#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fresh - ./start on a bare Debian, from a clean clone: nothing may be missing
#
# Theory of operation
#
# mmdebstrap makes a minimal Debian of this machine's release from the archives
# that the machine's own apt names. In it, a clean clone of the project runs
# ./start three times: to say what is missing, to reach a guest, and once more.
# The Linux source is fetched in there as a newcomer's machine does. Only the
# compiler's cache is lent from here: it spares minutes and hides no package, for
# its results are found by what the compiler there has preprocessed.
#
# All mounts live in a mount namespace of this test's own and end with it. The
# folder takes 3 GB, which /tmp may not have.
TMPDIR=${TMPDIR:-/var/tmp}
export TMPDIR
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/tests/debian.sh
. "$(dirname "$0")/debian.sh"

[ "$(id -u)" = 0 ] || skip "a chroot needs root"
for program in mmdebstrap git unshare; do
	command -v "$program" >/dev/null || skip "$program is not here"
done
# the guest's memory is a file in here: a file system that may execute
root=$dir/root

# inside COMMAND... - run it in $root, with its own mounts and processes only
inside()
{
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child --propagation private sh -euc '
		root=$1; cache=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		mkdir -p "$root/root/.cache/ccache"
		[ -z "$cache" ] || mount --bind "$cache" "$root/root/.cache/ccache"
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root CCACHE_DIR=/root/.cache/ccache "$@"
	' sh "$root" "$cache" "$@" </dev/null
}

# start ARGUMENTS... - ./start of the clone; $status, $dir/out, $dir/err
start()
{
	inside sh -c 'cd /srv/hum && exec ./start "$@"' sh "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	sed 's/^/# /' "$dir/err"
}

cache=
if command -v ccache >/dev/null; then cache=$(ccache -k cache_dir); fi
[ -d "$cache" ] || cache=

check "a bare Debian is made" bare_debian "$root"
check "a clean clone" git -c safe.directory='*' clone -q --no-hardlinks "$top" "$root/srv/hum"

start --no-install -- true
is "--no-install: status" "$status" 125
check "--no-install: names what is missing" grep -q 'missing packages: .*\bgcc\b.*\bmake\b' "$dir/err"
check "--no-install: installs nothing" test ! -e "$root/usr/bin/gcc"

start -- sh -c 'uname -r; id -un; pwd'
is "a command in a guest: status" "$status" 0
check "it ran in our kernel" grep -q -- '-hum' "$dir/out"
is "as the same user, in the same folder" "$(sed 1d "$dir/out" | tr '\n' ' ')" "root /srv/hum "
check "without a terminal there are no escape codes" \
	sh -c '! grep -q "$(printf "\033")" "$1"' sh "$dir/err"
check "apt's configuration is as it was" \
	sh -c '! grep -rq "$1" "$2/etc/apt"' sh backports "$root"

start -- sh -c 'exit 42'
is "the command's status is start's" "$status" 42
is "the second call builds nothing" "$(cat "$dir/err")" ""

is "nothing is left mounted" "$(grep -c " $root" /proc/self/mountinfo)" 0
tap_end
