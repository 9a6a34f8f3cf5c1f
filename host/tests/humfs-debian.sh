#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-debian - Debian is installed inside a guest, on humfs, by the guest's root
#
# mmdebstrap makes a minbase root outside, for its packages, which are downloaded
# here. Then an ordinary user's guest, which has no network, installs the same
# packages with apt and dpkg into a humfs tree; that is run, verified, and compared
# with what was installed outside: names, types, owners, modes, devices, links,
# capabilities. HUMFS_DEBS, a folder with packages, spares the download. Takes 1 GB in
# $TMPDIR and some minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}" "${HUM:?}" "${HUM_KERNEL:?}"
TMPDIR=${TMPDIR:-/var/tmp}
export TMPDIR
# shellcheck source=host/tests/tap.sh
. "$here/tap.sh"
skip() { echo "1..0 # SKIP $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "making a root to compare with needs root"
for program in mmdebstrap dpkg-scanpackages setpriv bsdtar; do
	command -v "$program" >/dev/null || skip "$program is not here"
done
top=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/tests/debian.sh
. "$top/scripts/tests/debian.sh"
suite=$(debian_release)

mkdir "$dir/user" "$dir/repo"
cat >"$dir/keep" <<END
#!/bin/sh -e
cp "\$1"/var/cache/apt/archives/*.deb "$dir/repo"
END
chmod +x "$dir/keep"
if [ -n "${HUMFS_DEBS:-}" ]; then
	cp "$HUMFS_DEBS"/*.deb "$dir/repo"
else
	bare_debian "$dir/download.tar" --include=iputils-ping --skip=essential/unlink \
		"--customize-hook=$dir/keep" >"$dir/out" 2>&1 || {
		sed 's/^/# /' "$dir/out"
		skip "no packages can be had here"
	}
	rm "$dir/download.tar"
fi
(cd "$dir/repo" && dpkg-scanpackages . >Packages 2>/dev/null)
names=$(sed -n 's/^Package: //p' "$dir/repo/Packages" | sort -u | tr '\n' ',')
chmod -R a+rX "$dir"
chown 65534:65534 "$dir/user"
cp "$HUMFS_META" "$dir/humfs-meta"
cp "$HUM" "$dir/hum"
cp "$HUM_KERNEL" "$dir/linux"

# install TARGET REPOSITORY: with the same words outside and inside
install="mmdebstrap --quiet --mode=root --variant=apt --include=${names%,} --dpkgopt=force-unsafe-io $suite"
user()
{
	(cd "$dir/user" && setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -i PATH="$PATH" HOME="$dir/user" "$@")
}
guest() { user timeout 1500 ../hum run -q --kernel ../linux -u root "$@"; }
# holds ARCHIVE: all that does not tell when it was made
holds()
{
	bsdtar --numeric-owner -tvf "$1" |
		awk '{ size = $5; $2 = $6 = $7 = $8 = ""
			if ($0 ~ /(cache|log|\.pwd\.lock|shadow|passwd|group|machine-id|uuid|ld\.so\.cache|dev\/|sources\.list)/) $5 = ""
			sub(/ \.\//, " "); sub(/ -> \.\//, " -> "); print }' |
		sed -e 's/  */ /g' -e 's/ link to \.\// link to /' | sort
}

check "outside: installed" sh -c "$install $dir/outside.tar 'deb [trusted=yes] copy:$dir/repo ./'"
for store in xattr side; do
	check "$store: a tree" user ../humfs-meta create --owner 0:0 --meta "$store" "$store"
	start=$(date +%s)
	check "$store: inside: installed by the guest's root, without network" \
		guest -m 1G -e HOME=/tmp -e XDG_STATE_HOME="$dir/user" -v "$dir/user/$store:/t:humfs" \
		-v "$dir/repo:/repo:ro" -w / -- sh -c "$install /t 'deb [trusted=yes] copy:/repo ./'"
	echo "# $store: in $(($(date +%s) - start)) s"
	# shellcheck disable=SC2016 # for the guest
	guest --rootfs "$store" -- sh -c 'dpkg --verify && echo verified; stat -c "%A %U" /usr/bin/passwd
		su nobody -s /bin/sh -c "touch /root/x"; dpkg -l | grep -c ^ii' >"$dir/guest" 2>&1 || :
	is "$store: it is a system" "$(cat "$dir/guest")" "verified
-rwsr-xr-x root
touch: cannot touch '/root/x': Permission denied
$(grep -c '^Package:' "$dir/repo/Packages")"
	check "$store: check finds nothing" user ../humfs-meta check "$store"
	is "$store: the host has no set-id bit, device or foreign owner" \
		"$(find "$dir/user/$store/data" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user 65534 \) -print | head -n 5)" ""
	check "$store: export" user ../humfs-meta export "$store" "$store.tar"
	holds "$dir/outside.tar" >"$dir/1"
	holds "$dir/user/$store.tar" >"$dir/2"
	check "$store: the same names, types, owners, modes, devices, sizes, links" diff "$dir/1" "$dir/2"
	rm -rf "$dir/user/$store.tar"
done
tap_end
