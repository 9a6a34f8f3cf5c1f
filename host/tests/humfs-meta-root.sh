#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-meta-root - a Debian root goes through a humfs tree and comes out the same
#
# mmdebstrap makes the root tar as root; an ordinary user without subordinate ids
# imports it into a tree, runs a guest on it and exports it again. Then root unpacks
# both archives and compares: names, types, owners, modes, devices, times, sizes, contents, hard
# links, and every extended attribute. Takes 1 GB in $TMPDIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${HUMFS_META:?}"
TMPDIR=${TMPDIR:-/var/tmp}
export TMPDIR
# shellcheck source=host/tests/tap.sh
. "$here/tap.sh"
skip() { echo "1..0 # SKIP $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "making a root, and comparing, need root"
for program in mmdebstrap setfattr getfattr setpriv; do
	command -v "$program" >/dev/null || skip "$program is not here"
done
top=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/tests/debian.sh
. "$top/scripts/tests/debian.sh"

# What minbase lacks: an attribute, an ACL, an owner above 16 bits, odd names.
cat >"$dir/more" <<'EOF'
#!/bin/sh -e
setfattr -n user.hum -v kept "$1/etc/hostname"
setfattr -n trusted.hum -v kept "$1/etc"
setfattr -n system.posix_acl_access -v 0sAgAAAAEABgD/////AgAEAOgDAAAEAAQA/////xAABAD/////IAAEAP////8= "$1/etc/hostname"
chown 200000:300000 "$1/srv"
: >"$1/srv/$(printf 'new\nline')"
: >"$1/srv/$(printf 'bytes\377\376')"
EOF
chmod +x "$dir/more"
if [ -n "${HUMFS_ROOT_TAR:-}" ]; then
	cp "$HUMFS_ROOT_TAR" "$dir/root.tar"	# made before, with what is above
else
	bare_debian "$dir/root.tar" --include=iputils-ping \
		"--customize-hook=$dir/more" >"$dir/out" 2>&1 || {
		sed 's/^/# /' "$dir/out"
		skip "no Debian root can be made here"
	}
fi
chmod 755 "$dir"
chmod 644 "$dir/root.tar"
mkdir "$dir/user"
chown 65534:65534 "$dir/user"
cp "$HUMFS_META" "$dir/humfs-meta"
[ -z "${HUM:-}" ] || cp "$HUM" "$dir/hum"
[ -z "${HUM:-}" ] || cp "$HUM_KERNEL" "$dir/linux"

# user COMMAND... - as an ordinary user, in a folder of its own
user()
{
	(cd "$dir/user" && setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -i PATH="$PATH" HOME="$dir/user" "$@")
}

# guest ARG... - hum run ARG... as that user
guest()
{
	user timeout 300 ../hum run --kernel ../linux "$@"
}

# holds FOLDER: everything about it, in $1.*
holds()
{
	(cd "$1" && find . -printf '%p %M %U %G %y %n %l %T@\n' | sort) >"$1.list"
	(cd "$1" && find . -type f -printf '%s %p\n' | sort) >"$1.sizes"
	(cd "$1" && find . -type f -exec sha256sum {} + | sort) >"$1.sums"
	(cd "$1" && find . \( -type b -o -type c \) -exec stat -c '%n %t %T' {} + | sort) >"$1.devices"
	(cd "$1" && find . ! -type d -links +1 -printf '%i %p\n' | sort |
		awk '{ a[$1] = a[$1] " " $2 } END { for (i in a) print a[i] }' | sort) >"$1.links"
	(cd "$1" && find . -print0 | sort -z | xargs -0 getfattr -dh -m- -e hex 2>&1) >"$1.attributes"
}

for store in xattr side; do
	start=$(date +%s%N)
	check "$store: create" user ../humfs-meta create --meta "$store" "$store"
	check "$store: import by an ordinary user" user ../humfs-meta import "$store" ../root.tar
	echo "# $store: imported in $((($(date +%s%N) - start) / 1000000)) ms"
	check "$store: check finds nothing" user ../humfs-meta check "$store"
	is "$store: the host has no set-id bit, device or foreign owner" \
		"$(find "$dir/user/$store/data" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user 65534 \) -print | head -n 5)" ""
	if [ -n "${HUM:-}" ]; then
		# shellcheck disable=SC2016 # for the guest
		guest --rootfs "$store" -- sh -c 'id; stat -c "%A %U" /usr/bin/passwd; apt-get --version | head -n 1
			su nobody -s /bin/sh -c "touch /root/x"; dpkg --verify && echo verified' >"$dir/guest" 2>&1 || :
		is "$store: a guest on it: root, set-id, denied, as dpkg has it" "$(sed 's/apt [0-9.]* .*/apt/' "$dir/guest")" \
			"uid=0(root) gid=0(root) groups=0(root)
-rwsr-xr-x root
apt
touch: cannot touch '/root/x': Permission denied
verified"
	fi
	start=$(date +%s%N)
	check "$store: export" user ../humfs-meta export "$store" "$store.tar"
	echo "# $store: exported in $((($(date +%s%N) - start) / 1000000)) ms"
done
check "both stores give the same bytes" cmp "$dir/user/xattr.tar" "$dir/user/side.tar"

for which in root user/xattr; do
	into=$dir/unpacked-${which##*/}
	mkdir "$into"
	# mmdebstrap has ACLs as attributes, which --acls would drop
	acls=
	[ "$which" = root ] || acls=--acls
	# shellcheck disable=SC2086 # nothing, or one word
	tar -C "$into" --numeric-owner --xattrs --xattrs-include="*" $acls -xpf "$dir/$which.tar" 2>"$dir/tar.err" ||
		result 1 "tar unpacks $which.tar: $(head -n 3 "$dir/tar.err")"
	holds "$into"
done
before=$dir/unpacked-root after=$dir/unpacked-xattr
is "the root has capabilities, devices, hard links and attributes" \
	"$(for what in devices links attributes; do [ -s "$before.$what" ] && echo $what; done | tr '\n' ' ')$(grep -c security.capability "$before.attributes")" \
	"devices links attributes 1"
for what in list sizes sums devices links attributes; do
	check "the same $what" diff "$before.$what" "$after.$what"
done
tap_end
