#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-checkout - a user's own git checkout as humfs: the guest's root builds and
# installs in it, gives files away and makes devices; git on the host sees nothing but
# what was added
. "$(dirname "$0")/tap.sh"

PATH=$PATH:/usr/sbin:/sbin
need git make cc setcap getcap
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state" "$T/c"
git() { command git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -C "$T/c" "$@"; }

(
	cd "$T/c" || exit
	git init -q .
	mkdir src doc
	printf '#include <stdio.h>\nint main(void) { puts("built"); return 0; }\n' >src/p.c
	echo text >doc/a
	ln -s a doc/link
	ln -s ../src doc/dir
	ln -s nowhere broken
	echo '#!/bin/sh' >run && chmod 755 run
	printf 'p: src/p.c\n\tcc -o p src/p.c\ninstall: p\n\tinstall -D -o root -g root -m 4755 p $(DESTDIR)/usr/bin/p\n\tinstall -d -m 1777 $(DESTDIR)/tmp\n\tmkdir -p $(DESTDIR)/dev\n\tmknod -m 666 $(DESTDIR)/dev/null c 1 3\n\tln -s p $(DESTDIR)/usr/bin/q\n\tchown -h 5:5 $(DESTDIR)/usr/bin/q\n' >Makefile
	git add -A
	git commit -qm first
)
git gc -q		# objects and packs are read-only files
run -u root -v "$T/c:/c:humfs" -- sh -c 'cd /c && make -s && make -s install DESTDIR=/c/root &&
	chown -R 1234:1234 doc src && chown root:root run && setcap cap_net_raw+ep root/usr/bin/p &&
	chown -h 7:7 doc/link broken && root/usr/bin/q && echo x >root/dev/null &&
	stat -c "%n %A %u:%g" root/usr/bin/p root/usr/bin/q root/tmp root/dev/null doc/a doc/link; getcap root/usr/bin/p'
prints "the guest's root builds, installs, gives away, makes devices" 'built
root/usr/bin/p -rwsr-xr-x 0:0
root/usr/bin/q lrwxrwxrwx 5:5
root/tmp drwxrwxrwt 0:0
root/dev/null crw-rw-rw- 0:0
doc/a -rw-r--r-- 1234:1234
doc/link lrwxrwxrwx 7:7
root/usr/bin/p cap_net_raw=ep'
is "git status: what was added, and nothing else" "$(git status --porcelain)" "?? p
?? root/"
ok "git fsck" git fsck --strict
is "symbolic links are links" "$(readlink "$T/c/doc/link" "$T/c/doc/dir" "$T/c/broken" "$T/c/root/usr/bin/q")" \
	"a
../src
nowhere
p"
is "nothing is setuid, a device, or somebody else's" \
	"$(find "$T/c" \( -perm /7000 -o -type b -o -type c -o -type p -o ! -user "$(id -u)" \) -print)" ""
is "no capability is the host's" "$(getcap -r "$T/c")" ""

# the host goes on with it
git mv doc/a doc/b && echo more >>"$T/c/doc/b" && git commit -qam second
is "the host commits" "$(git log --oneline | wc -l)" 2
run -u root -v "$T/c:/c:humfs" -- sh -c 'cd /c && stat -c "%n %u" doc/b doc/dir src/p.c &&
	git -c safe.directory=/c status --porcelain'
like "the next guest: owners as they were, git as clean" "$(cat "$T/out")" "doc/b 1234
doc/dir *
src/p.c 1234
?? p
?? root/"
git clean -qfdx
is "the host removes it" "$(git status --porcelain; ls "$T/c")" "Makefile
broken
doc
run
src"
tap_end
