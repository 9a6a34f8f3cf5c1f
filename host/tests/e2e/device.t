#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# device - what the guest kernel itself offers, reached by --append
. "$(dirname "$0")/tap.sh"
PATH=$PATH:/usr/sbin:/sbin
need mke2fs mkswap
A=$HUM_HELPERS/attrs
M=$HUM_HELPERS/mconsole

# ubd and ext4
truncate -s 32M disk.img
mkdir files
echo from the host >files/hello
ok "an ext4 image of a directory" mke2fs -q -t ext4 -d files -E root_owner=0:0 disk.img
run -u root --append ubd0=disk.img -- sh -c 'mount /dev/ubda /mnt && cat /mnt/hello && echo from the guest >/mnt/reply && umount /mnt'
exits "--append ubd0=disk.img: mounted in the guest" 0
prints "its file" "from the host"
run -u root --append "ubd0=$T/work/disk.img" -- sh -c 'mount -o ro /dev/ubda /mnt && cat /mnt/reply'
prints "what the first guest wrote, the second reads" "from the guest"
ok "the file system is whole" e2fsck -fn disk.img
run -u root --append ubd0r=disk.img -- sh -c 'mount /dev/ubda /mnt 2>/dev/null; echo x 2>/dev/null >/mnt/new || echo refused'
prints "ubd0r= is read-only" refused
run -u root --append "ubd0=disk.img ubd1r=$HUM_KERNEL" -- sh -c 'head -c 4 /dev/ubdb | tail -c 3; echo'
prints "two disks in one --append" ELF
truncate -s 1M second.img
run -u root --append ubd0=disk.img --append ubd1=second.img -- sh -c 'cat /sys/block/ubdb/size'
prints "two --append" 2048

# copy on write
sum=$(cksum <disk.img)
run -u root --append ubd0=cow.img,disk.img -- sh -c 'mount /dev/ubda /mnt && echo changed >/mnt/hello && rm /mnt/reply && umount /mnt'
exits "COW: a guest writes" 0
is "COW: the disk below is not touched" "$(cksum <disk.img)" "$sum"
run -u root --append ubd0=cow.img,disk.img -- sh -c 'mount /dev/ubda /mnt && cat /mnt/hello; ls /mnt/reply 2>/dev/null'
prints "COW: the next guest has the changes" changed
run -u root --append ubd0=cow.img -- sh -c 'mount /dev/ubda /mnt && cat /mnt/hello'
prints "COW: the cow file alone knows its disk" changed
run -u root --append ubd0r=disk.img -- sh -c 'mount -o ro /dev/ubda /mnt && cat /mnt/hello /mnt/reply'
prints "COW: the disk has what it had" "$(printf 'from the host\nfrom the guest')"

# swap
truncate -s 64M swap.img
chmod 600 swap.img
ok "a swap image" mkswap -q swap.img
run -u root -m 128M --append ubd0=swap.img -- sh -c '/sbin/swapon /dev/ubda && tail -n 1 /proc/swaps | cut -d" " -f1 && /sbin/swapoff /dev/ubda && wc -l </proc/swaps'
prints "swap on a ubd, on and off" "$(printf '/dev/ubda\n1')"
run -u root -m 128M --append ubd0=swap.img -- sh -c '/sbin/swapon /dev/ubda && mount -t tmpfs -o size=200M none /mnt && head -c 120000000 /dev/zero | tr "\0" s >/mnt/big && awk "NR == 2 { print (\$4 > 0) ? \"used\" : \$0 }" /proc/swaps && cksum </mnt/big'
prints "more than the memory: the swap is used, the data is right" \
	"$(echo used; head -c 120000000 /dev/zero | tr '\0' s | cksum)"

# attrs_on NAME MOUNT-COMMANDS: extended attributes and ACLs on what is at /mnt
attrs_on() {
	run -u root --append ubd0=disk.img -- sh -c "$2"' || exit 9
		cd /mnt; echo data >f; chmod 600 f
		'"$A"' set f user.test value1; '"$A"' get f user.test
		'"$A"' set f security.test value2; '"$A"' get f security.test
		'"$A"' set f trusted.test value3; '"$A"' get f trusted.test
		'"$A"' allow f 1234 4
		setpriv --reuid=1234 --regid=1234 --clear-groups cat f
		setpriv --reuid=1235 --regid=1235 --clear-groups cat f 2>/dev/null || echo refused'
	prints "$1: user, security and trusted attributes, and an ACL that is obeyed" \
		"$(printf 'value1\nvalue2\nvalue3\ndata\nrefused')"
}
attrs_on tmpfs 'mount -t tmpfs none /mnt'
attrs_on ext4 'mount /dev/ubda /mnt && chmod 755 /mnt'
attrs_on "overlayfs on tmpfs" 'mount -t tmpfs none /srv && mkdir /srv/l /srv/u /srv/w && mount -t overlay -o lowerdir=/srv/l,upperdir=/srv/u,workdir=/srv/w none /mnt'
attrs_on "the root" 'mkdir -p /mnt/x'

# loop, and an ISO image
run -u root -- sh -c 'mount -o loop disk.img /mnt && cat /mnt/hello && umount /mnt'
prints "a loop mount of a file on hostfs" "from the host"
if command -v bsdtar >/dev/null; then
	ok "an ISO image" bsdtar -cf iso.img --format=iso9660 -C files .
	run -u root --append ubd0r=iso.img -- sh -c 'mount -t iso9660 -o ro /dev/ubda /mnt && cat /mnt/hello'
	prints "iso9660" "from the host"
else
	skip iso9660 "no bsdtar here"
fi
run -- cat /proc/filesystems
for f in ext4 iso9660 tmpfs overlay hostfs fuseblk; do
	ok "the kernel has $f" grep -qw "$f" "$T/out"
done

# mconsole
guest_up --append "umid=hum-e2e"
guest echo up
s=$HOME/.uml/hum-e2e/mconsole
ok "umid=: the management console is there" test -S "$s"
like "mconsole: version" "$("$M" "$s" version 2>&1)" "*Linux*"
echo seen >proof
like "mconsole: proc reads the guest's /proc" "$("$M" "$s" 'proc version' 2>&1)" "*Linux version*"
like "mconsole: an unknown request is an error" "$("$M" "$s" nonsense 2>&1)" "*mconsole:*"
guest 'echo on'
is "the guest goes on after that" "$out" on
guest_down
exits "mconsole: the guest ends as usual" 0
ok "umid=: its directory is gone with it" test ! -e "$HOME/.uml/hum-e2e"
rm -rf "$HOME/.uml"
run -- true
ok "without a name the machine leaves no directory" test ! -e "$HOME/.uml"
run --append "umid=named uml_dir=$T/work/uml/" -- find "$T/work/uml/named" -type s
prints "uml_dir= goes through too" "$T/work/uml/named/mconsole"

# the other drivers that the issue names
run -u root -- sh -c 'test -c /dev/watchdog && echo yes'
prints "a watchdog" yes
run -- sh -c 'zcat /proc/config.gz'
for c in BLK_DEV_UBD BLK_DEV_COW_COMMON MCONSOLE UML_WATCHDOG UML_NET_VECTOR BLK_DEV_LOOP \
	EXT4_FS EXT4_FS_POSIX_ACL EXT4_FS_SECURITY ISO9660_FS TMPFS TMPFS_POSIX_ACL \
	TMPFS_XATTR OVERLAY_FS SWAP NULL_CHAN PORT_CHAN PTY_CHAN TTY_CHAN XTERM_CHAN SSL HOSTFS; do
	ok "the kernel has CONFIG_$c built in" grep -qx "CONFIG_$c=y" "$T/out"
done
run -u root --append "con2=null ssl0=null" -- sh -c 'test -c /dev/tty2 && test -c /dev/ttyS0 && echo yes'
prints "consoles and serial lines" yes
tap_end
