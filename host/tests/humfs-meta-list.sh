# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # for who sources it
# humfs-meta-list.sh - what the tests of humfs-meta share: sourced behind tap.sh, in the
# test's directory; makes list.tar there, a small root; $list is what `lines` says of it

meta() { "$HUMFS_META" "$@"; }

# lines TREE: ls -R without links, sizes and times
lines() { meta ls -R "$1" | sed -E 's/^(.{10}) [0-9]+ ([0-9]+ [0-9]+) ([0-9,]+) [^ ]+ [^ ]+ /\1 \2 \3 /; s/^(d.{9} [0-9]+ [0-9]+) [0-9]+/\1/'; }

# owner TREE PATH: "UID:GID MODE"
owner() { meta stat "$1" "$2" | sed -n 's/^  owner: //p; s/^  mode: \([0-7]*\).*/\1/p' | tr '\n' ' '; }

# attribute TREE PATH NAME
attribute() { meta stat "$1" "$2" | sed -n "s/^  attribute: $3 = //p"; }

# --- a tar made from a list: owners, devices, without being root ---------------

mkdir -p in
echo root:x:0:0 >in/passwd
echo tool >in/su
cat >list.mtree <<'EOF'
#mtree
. type=dir uid=0 gid=0 mode=0755 time=1000000000.0
./bin type=dir uid=0 gid=0 mode=0755 time=1000000001.0
./bin/su type=file uid=0 gid=0 mode=4755 contents=in/su time=1000000002.5
./dev type=dir uid=0 gid=0 mode=0755 time=1000000001.0
./dev/null type=char uid=0 gid=0 mode=0666 device=native,1,3 time=1000000003.0
./dev/sda type=block uid=0 gid=6 mode=0660 device=native,8,0 time=1000000003.0
./dev/pipe type=fifo uid=1 gid=2 mode=0600 time=1000000003.0
./etc type=dir uid=0 gid=0 mode=0755 time=1000000001.0
./etc/link type=link uid=5 gid=6 mode=0777 link=passwd time=1000000004.0
./etc/passwd type=file uid=0 gid=42 mode=0640 contents=in/passwd time=1000000004.0
./secret type=dir uid=1000 gid=1000 mode=0000 time=1000000005.0
./tmp type=dir uid=0 gid=0 mode=1777 time=1000000005.0
EOF
bsdtar --format pax -cf list.tar @list.mtree
list='drwxr-xr-x 0 0 /
drwxr-xr-x 0 0 bin
-rwsr-xr-x 0 0 5 bin/su
drwxr-xr-x 0 0 dev
crw-rw-rw- 0 0 1,3 dev/null
prw------- 1 2 0 dev/pipe
brw-rw---- 0 6 8,0 dev/sda
drwxr-xr-x 0 0 etc
lrwxrwxrwx 5 6 6 etc/link -> passwd
-rw-r----- 0 42 11 etc/passwd
d--------- 1000 1000 secret
drwxrwxrwt 0 0 tmp'
