#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# submount - host mounts below a share, `nosubmounts`, access times, and the
# rights of the directory that a path starts in
. "$(dirname "$0")/tap.sh"
need unshare

mkdir -p "$T/s/m1" "$T/s/m2" "$T/s/dir" "$T/s/bind"
echo below >"$T/s/m1/below"
echo dir >"$T/s/dir/f"

as=
[ "$(id -u)" -eq 0 ] || as=--map-root-user

# hum in a mount namespace of its own, with mounts below the share
cat >"$T/hum-mounts" <<END
#!/bin/sh
exec unshare $as --mount sh -ec '
	mount -t tmpfs none "$T/s/m1"
	mount -t tmpfs none "$T/s/m2"
	mount --bind "$T/s/dir" "$T/s/bind"
	echo one >"$T/s/m1/f"
	echo two >"$T/s/m2/f"
	mkdir "$T/s/m1/d"
	exec "$HUM" "\$@"' sh "\$@"
END
chmod +x "$T/hum-mounts"

mounts() {
	# shellcheck disable=SC2086 # one word or none
	if unshare $as --mount \
		mount -t tmpfs none "$T/s/m1" 2>/dev/null; then
		HUM_PLAIN=$HUM
		HUM=$T/hum-mounts
	else
		return 1
	fi
}

if mounts; then
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; cat m1/f m2/f bind/f; ls m1'
	prints "host mounts below the share are there" "$(printf 'one\ntwo\ndir\nd\nf')"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; stat -c %d . dir m1 m1/f m1/d m2 m2/f |
		awk "{ d[NR] = \$1 } END { print d[1] == d[2], d[1] != d[3], d[3] == d[4], d[3] == d[5], d[3] != d[6], d[6] == d[7], d[1] != d[6] }"'
	prints "each with an st_dev of its own" "1 1 1 1 1 1 1"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; echo $(find . -xdev | sort); echo $(find . | sort)'
	prints "find -xdev stays on this side, find goes on" ". ./bind ./bind/f ./dir ./dir/f ./m1 ./m2
. ./bind ./bind/f ./dir ./dir/f ./m1 ./m1/d ./m1/f ./m2 ./m2/f"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s/bind; ls ../dir >/dev/null; pwd -P; cd ../dir; ls ../bind >/dev/null; pwd -P'
	prints "a directory and its bind mount are two places" "$(printf '/s/bind\n/s/dir')"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; echo new >m1/new; mv m1/new m2/new 2>&1 && cat m2/new; ln m1/f m2/l 2>&1; ln dir/f bind/l 2>&1; ls m1 m2'
	like "rename moves by copying, a link says EXDEV, also between a directory and its bind mount" \
		"$(cat "$T/out")" "new
ln: *Invalid cross-device link
ln: *Invalid cross-device link
m1:
d
f

m2:
f
new"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; rmdir m1/d && mkdir m1/e && rmdir m1 2>&1; rm -r m2 2>/dev/null; ls -d m1 m2'
	like "a mount point is busy, its content is not" "$(cat "$T/out")" "rmdir: *Device or resource busy
m1
m2"
	run -u root -v "$T/s:/s" -- sh -c 'cd /s; df --output=fstype . m1 2>&1 | tail -n 1; stat -f -c %T .'
	exits "statfs answers" 0

	run -u root -v "$T/s:/s:nosubmounts" -- sh -c 'cd /s; ls; cat m1/f 2>&1; ls bind 2>&1; stat m2 2>&1; cat dir/f'
	like "nosubmounts: the names, and nothing behind them" "$(cat "$T/out")" "bind
dir
m1
m2
cat: m1/f: Invalid cross-device link
ls: cannot access 'bind': Invalid cross-device link
stat: cannot statx 'm2': Invalid cross-device link
dir"
	run -u root -v "$T/s:/s:nosubmounts" -- sh -c 'cd /s; exec 2>/dev/null; rm -r m1; touch m2/x; mkdir bind/x; mv dir m1; ls -d dir; grep -c nosubmounts /proc/mounts'
	prints "nosubmounts: they cannot be changed either" "$(printf 'dir\n1')"
	ok "nosubmounts: what lies below the mount is untouched" test "$(cat "$T/s/m1/below")" = below
	run -v "$T/s/m1:/s:nosubmounts" -- cat /s/f
	prints "nosubmounts: the share itself may be a mount" one
	HUM=$HUM_PLAIN
else
	skip "host mounts below the share are there" "no mount namespaces here"
fi

# --- access times: as the mount says, where the host takes O_NOATIME ---
mkdir "$T/a" "$T/a/d"
echo text >"$T/a/f"
echo x >"$T/a/d/x"
old() { touch -a -d '2001-01-01 00:00:00 UTC' "$T/a/f" "$T/a/d"; }
seen() { for o in f d; do [ "$(stat -c %X "$T/a/$o")" -eq 978307200 ] && echo "$o old" || echo "$o new"; done; }
old
cat "$T/a/f" >"$T/out"
if [ "$(seen | head -n 1)" = "f new" ]; then
	old
	run -v "$T/a:/s:noatime" -- sh -c 'cat /s/f; ls /s/d'
	is "noatime: reads are not stamped on the host" "$(seen)" "$(printf 'f old\nd old')"
	run -v "$T/a:/s" -- sh -c 'cat /s/f; ls /s/d; stat -c %X /s/f /s/d' 
	is "relatime, the default: they are" "$(seen)" "$(printf 'f new\nd new')"
	is "and the guest sees the same times" "$(tail -n 2 "$T/out")" "$(stat -c %X "$T/a/f" "$T/a/d")"
	old
	run -u root -v "$T/a:/s" -- sh -c 'mount -o remount,bind,nodiratime,strictatime /s; cat /s/f; ls /s/d'
	is "nodiratime: only of files" "$(seen)" "$(printf 'f new\nd old')"
	old
	run -u root -v "$T/a:/s" -- dd if=/s/f iflag=noatime of=/dev/null
	is "O_NOATIME" "$(seen | head -n 1)" "f old"
else
	skip "noatime: reads are not stamped on the host" "the host does not stamp reads"
fi

# --- the rights of the directory that a path starts in ---
mkdir -p "$T/w/in"
echo secret >"$T/w/in/f"
chmod 755 "$T/w" "$T/w/in"
# root's guest has a user that the modes are about; other hosts users' are their own
who=$([ "$(id -u)" -ne 0 ] || echo "-u 1234")
# shellcheck disable=SC2086 # two words or none
guest_up -q $who -v "$T/w:/w"
guest 'cd /w/in; cat f'
is "a file in the current directory" "$out" secret
chmod 600 "$T/w/in"
guest 'cat f 2>&1; stat f >/dev/null 2>&1 || echo none'
is "its directory was closed on the host: no more" "$out" "$(printf 'cat: f: Permission denied\nnone')"
chmod 755 "$T/w/in"
guest 'cat f'
is "and opened again" "$out" secret
chmod 000 "$T/w"
guest 'cat /w/in/f 2>&1'
is "the root of the share was closed" "$out" "cat: /w/in/f: Permission denied"
chmod 755 "$T/w"
guest 'cat /w/in/f; exec 3<.'
is "and opened again" "$out" secret
if [ "$(id -u)" -eq 0 ]; then
	guest 'touch new 2>/dev/null || echo refused'
	is "the current directory is not writable" "$out" refused
	chmod 777 "$T/w/in"
	guest 'touch new && echo made'
	is "made writable on the host, it is" "$out" made
fi
mv "$T/w/in" "$T/w/moved"
chmod 600 "$T/w/moved"
guest 'cat f 2>&1'
is "closed and renamed on the host: no more" "$out" "cat: f: Permission denied"
chmod 755 "$T/w/moved"
guest 'cat f'
is "and opened again under its new name" "$out" secret
rm -r "$T/w/moved"
guest 'cat f 2>&1; ls'
is "removed on the host: it is empty" "$out" "cat: f: No such file or directory"
guest_down
exits "the guest ends" 0
tap_end
