#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# humfs-meta - the host's tool and guests on the same tree: what one makes, the
# other sees, and check finds nothing
. "$(dirname "$0")/tap.sh"

need bsdtar
XDG_STATE_HOME=$T/state
export XDG_STATE_HOME
mkdir "$T/state"
meta() { "$HUM_HELPERS/humfs-meta" "$@"; }

echo tool >"$T/tool"
cat >"$T/list" <<'EOF'
#mtree
. type=dir uid=0 gid=0 mode=0755
./d type=dir uid=1000 gid=1000 mode=1777
./null type=char uid=0 gid=0 mode=0666 device=native,1,3
./su type=file uid=0 gid=0 mode=4755 contents=tool
./link type=link uid=5 gid=6 mode=0777 link=su
EOF
(cd "$T" && bsdtar --format pax -cf tar @list)

for store in xattr side; do
	tree=$T/$store
	meta create --meta $store "$tree"
	meta import "$tree" "$T/tar"
	meta setcap "$tree" cap_net_raw+ep su
	meta setfacl "$tree" u:77:rwx d
	run -u root -v "$tree:/t:humfs" -- sh -c 'cd /t; stat -c "%n %A %u:%g %t,%T" d null su link
		echo >null; wc -c <null
		chown 7:8 d; chmod 640 d; mknod b b 8 1; mkfifo p; ln -s x s; chown -h 9:9 s; ln su hard; rm link'
	prints "$store: a guest sees what an import made" 'd drwxrwxrwt 1000:1000 0,0
null crw-rw-rw- 0:0 1,3
su -rwsr-xr-x 0:0 0,0
link lrwxrwxrwx 5:6 0,0
0'
	is "$store: the tool sees what the guest made" \
		"$(meta ls "$tree" d b p s hard | sed -E 's/^(.{10}) ([0-9]+) ([0-9]+ [0-9]+) ([0-9,]+) [^ ]+ [^ ]+ /\1 \2 \3 \4 /')" \
		"brw-r--r-- 1 0 0 8,1 b
prw-r--r-- 1 0 0 0 p
lrwxrwxrwx 1 9 9 1 s -> x
-rwsr-xr-x 2 0 0 5 hard"
	like "$store: chmod in the guest set the ACL's mask" "$(meta stat "$tree" d)" \
		'*mode: 0640*system.posix_acl_access = user::rw-,user:77:rwx,group::*mask::r--,other::---'
	is "$store: capabilities are there" "$(meta stat "$tree" hard | grep -c cap_net_raw=ep)" 1
	is "$store: check finds nothing" "$(meta check "$tree")" "8 objects, 0 faults, 0 mended"
	meta export "$tree" "$T/$store.tar"
done
ok "both stores hold the same" sh -c '
	bsdtar --numeric-owner -tvf "$0/xattr.tar" | sed "s/  *[A-Z][a-z][a-z]  *[0-9]*  *[0-9:]* / /" >"$0/1"
	bsdtar --numeric-owner -tvf "$0/side.tar" | sed "s/  *[A-Z][a-z][a-z]  *[0-9]*  *[0-9:]* / /" | cmp - "$0/1"' "$T"
tap_end
