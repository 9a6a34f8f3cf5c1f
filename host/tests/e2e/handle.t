#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# handle - file handles on hostfs: they open their object, or nothing
. "$(dirname "$0")/tap.sh"

H=$HUM_HELPERS/handle
mkdir -p "$T/s/d/e" "$T/out"
echo text >"$T/s/d/e/f"
echo outside >"$T/out/f"
# what is in memory only is found by the host where it lets root do so
may=$([ "$(id -u)" -eq 0 ] && echo yes || echo no)

guest_up -q -u root -v "$T/s:/s" -v "$T:/all:ro"
guest 'cd /tmp || mkdir -p /tmp && cd /tmp; exec 2>&1; mkdir h'
open="$H open /s <"
forget='sync; echo 3 >/proc/sys/vm/drop_caches'

guest "$H make /s/d/e/f >h/f; $H make /s/d/e >h/e; $H make /s >h/s; $H make /s/d/e/f | cmp - h/f && echo same"
is "a handle is the same each time" "$out" same
guest "$open h/f; $open h/e; $open h/s"
is "files, directories and the root are opened by theirs" "$out" "$(printf 'text\n/s/d/e\n/s')"
guest "mv /s/d/e /s/e2; $open h/f; $open h/e; $H make /s/e2/f | cmp - h/f && echo same"
is "after a rename in the guest as well" "$out" "$(printf 'text\n/s/e2\nsame')"
guest "$forget; $open h/s"
is "the root, when nothing else is in memory" "$out" /s

guest "cat /s/e2/f; $forget; $open h/f; $open h/e"
if [ "$may" = yes ]; then
	is "after the guest forgot them: the host finds them" "$out" \
		"$(printf 'text\ntext\n/s/e2')"
	mv "$T/s/e2" "$T/s/d/moved"
	guest "$open h/f; $open h/e"
	is "where the host moved them to" "$out" "$(printf 'text\n/s/d/moved')"
	guest "$forget"
	mkdir "$T/s/n"
	mv "$T/s/d/moved/f" "$T/s/n/g"
	guest "$open h/f"
	is "a file that it moved" "$out" text
	mv "$T/s/n/g" "$T/out/g"
	guest "$open h/f"
	is "not when it is outside of the share" "$out" "handle: open: Stale file handle"
	mv "$T/out/g" "$T/s/e2"
	mv "$T/s/d/moved" "$T/out/d"
	guest "$open h/e"
	is "nor a directory" "$out" "handle: open: Stale file handle"
	mkdir -p "$T/s/e2.d"
	mv "$T/s/e2" "$T/s/e2.d/f"
	mv "$T/s/e2.d" "$T/s/e2"
	guest "$H make /s/e2 >h/e; $open h/f"
	is "back in, it is there again" "$out" text
else
	is "after the guest forgot them: the host does not let an ordinary user find them" "$out" \
		"$(printf 'text\nhandle: open: Stale file handle\nhandle: open: Stale file handle')"
fi

guest "$H make /all/out/f >h/o; $H open /all <h/o; $open h/o"
is "a handle of something outside the share opens nothing there" "$out" \
	"$(printf 'outside\nhandle: open: Stale file handle')"

guest "cat /s/e2/f; rm /s/e2/f; $open h/f"
is "removed in the guest: stale" "$out" "$(printf 'text\nhandle: open: Stale file handle')"
echo other >"$T/s/e2/f"
guest "cat /s/e2/f; $open h/f"
is "made anew under the same name: stale, not the other" "$out" \
	"$(printf 'other\nhandle: open: Stale file handle')"
guest "$H make /s/e2/f >h/f; $open h/f"
is "the new one has a handle of its own" "$out" other
rm "$T/s/e2/f"
echo third >"$T/s/e2/f"
guest "$open h/f; $forget; $open h/f"
is "replaced on the host: stale, not the other" "$out" \
	"$(printf 'handle: open: Stale file handle\nhandle: open: Stale file handle')"
rm "$T/s/e2/f"
mkdir "$T/s/e2/f"
guest "$open h/f"
is "by a directory: stale" "$out" "handle: open: Stale file handle"
rmdir "$T/s/e2/f"
guest "echo open >/s/u; $H make /s/u >h/u; exec 3</s/u; rm /s/u; $open h/u; exec 3<&-; $open h/u"
is "unlinked but open: opened by its handle, until it is closed" "$out" \
	"$(printf 'open\nhandle: open: Stale file handle')"
guest "cd /s; i=0; while [ \$i -lt 300 ]; do echo \$i >n\$i; $H make n\$i >/tmp/h/n\$i; i=\$((i + 1)); done; mv n7 n300; mv n8 n7; rm n9; mv n300 n9; for i in 7 8 9 200; do $open /tmp/h/n\$i; done"
is "names that changed places do not matter" "$out" \
	"$(printf '7\n8\nhandle: open: Stale file handle\n200')"
guest "head -c 40 h/e >h/short; dd if=/dev/urandom of=h/noise bs=1 count=136 2>/dev/null; $open h/noise >/dev/null; head -c 4 /dev/urandom | dd of=/tmp/h/n200 bs=1 seek=30 conv=notrunc 2>/dev/null; $open /tmp/h/n200; echo alive"
like "bytes that are no handle open nothing" "$out" "*alive"
guest_down
exits "the guest ends" 0
tap_end
