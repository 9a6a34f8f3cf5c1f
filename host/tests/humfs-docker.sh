#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-docker - Docker, with its overlay2, in an ordinary user's guest on humfs
#
# mmdebstrap makes a Debian with docker.io outside, an ordinary user imports it into
# one humfs tree and gives Docker another one for its images. Images are imported,
# built (a file removed, a set-id bit, a device), run, committed and found again in the
# next guest. Neither guests nor containers have a network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}" "${HUM:?}" "${HUM_KERNEL:?}"
TMPDIR=${TMPDIR:-/var/tmp}
export TMPDIR
# shellcheck source=host/tests/tap.sh
. "$here/tap.sh"
skip() { echo "1..0 # SKIP $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "making a Debian needs root"
for program in mmdebstrap setpriv; do
	command -v "$program" >/dev/null || skip "$program is not here"
done
top=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/tests/debian.sh
. "$top/scripts/tests/debian.sh"

mkdir "$dir/user" "$dir/share"
# later releases have the command apart
cli=$(apt-cache pkgnames docker-cli 2>/dev/null | grep -x docker-cli || :)
bare_debian "$dir/debian.tar" "--include=docker.io,busybox-static${cli:+,$cli}" >"$dir/out" 2>&1 || {
	sed 's/^/# /' "$dir/out"
	skip "no packages can be had here"
}
cp "$HUMFS_META" "$dir/humfs-meta"
cp "$HUM" "$dir/hum"
cp "$HUM_KERNEL" "$dir/linux"

# up, and then the words of a test, a line each
cat >"$dir/share/docker" <<'END'
mount -t tmpfs none /run && mount -t tmpfs none /tmp
dockerd --iptables=false --ip6tables=false --bridge=none >/tmp/log 2>&1 &
n=0
until docker info >/tmp/info 2>/dev/null; do
	n=$((n + 1))
	[ $n -lt 300 ] || { cat /tmp/log; exit 1; }
	sleep 0.1
done
. /share/"$1"
kill "$(cat /run/docker.pid)"
wait
END
cat >"$dir/share/first" <<'END'
sed -n 's/^ *Storage Driver: *//p; s/^ *Native Overlay Diff: *//p' /tmp/info
mkdir -p /tmp/image/bin
cp /bin/busybox /tmp/image/bin && ln -s busybox /tmp/image/bin/sh
tar -cf - -C /tmp/image . | docker import - small:1 >/dev/null
cat >/tmp/Dockerfile <<'FILE'
FROM small:1
RUN ["/bin/busybox", "mknod", "/null", "c", "1", "3"]
RUN ["/bin/busybox", "cp", "/bin/busybox", "/bin/su"]
RUN ["/bin/busybox", "chmod", "4755", "/bin/su"]
RUN ["/bin/busybox", "rm", "/bin/sh"]
FILE
DOCKER_BUILDKIT=0 docker build --network none -q -t small:2 - </tmp/Dockerfile >/tmp/build 2>&1 || cat /tmp/build
docker run --rm --network none small:2 /bin/busybox stat -c '%n %A %u %T' /null /bin/su
docker run --rm --network none small:2 /bin/busybox ls /bin
docker run --name made --network none small:1 /bin/sh -c '/bin/busybox chown -h 7:8 /bin/sh; /bin/busybox touch /here'
docker diff made | sort
docker commit made small:3 >/dev/null
mkdir /tmp/saved && docker save small:2 | tar -xf - -C /tmp/saved
find /tmp/saved -type f -exec tar -tf {} \; 2>/dev/null | grep '\.wh\.'
END
cat >"$dir/share/second" <<'END'
docker images --format '{{.Repository}}:{{.Tag}}' | sort
docker run --rm --network none small:3 /bin/busybox stat -c '%n %u:%g' /bin/sh /here
docker rm made >/dev/null
docker rmi small:1 small:2 small:3 >/dev/null && docker images -q
END
chmod -R a+rX "$dir"
chown 65534:65534 "$dir/user"
user()
{
	(cd "$dir/user" && setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -i PATH="$PATH" HOME="$dir/user" "$@")
}
guest()
{
	user timeout 300 ../hum run -q --kernel ../linux -m 1G -u root --rootfs root -e HOME=/root \
		-v images:/var/lib/docker:humfs,cache=exclusive -v "$dir/share:/share:ro" -- \
		sh /share/docker "$1" >"$dir/guest" 2>&1 || sed 's/^/# /' "$dir/guest"
}

for tree in root images; do
	check "$tree: a tree" user ../humfs-meta create --owner 0:0 "$tree"
done
check "the Debian is imported" user ../humfs-meta import root "$dir/debian.tar"
guest first
is "images are imported, built, run, compared and saved" "$(cat "$dir/guest")" "overlay2
true
/null crw-r--r-- 0 3
/bin/su -rwsr-xr-x 0 0
busybox
su
A /here
C /bin
C /bin/sh
bin/.wh.sh"
is "the host has no set-id bit, device or foreign owner" \
	"$(find "$dir/user/images" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user 65534 \) -print | head -n 5)" ""
guest second
is "they are there in the next guest, and gone when removed" "$(cat "$dir/guest")" "small:1
small:2
small:3
/bin/sh 7:8
/here 0:0"
check "check finds nothing" user ../humfs-meta check images
tap_end
