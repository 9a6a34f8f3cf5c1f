#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# owner - map=, squash=, owner=, umask= and idmapped mounts: who sees what
#
# `me` is the host user; as root the test also has files of others and can see
# what the guest's other users leave on the host.
. "$(dirname "$0")/tap.sh"

uid=$(id -u)
gid=$(id -g)
mkdir "$T/s"
echo mine >"$T/s/f"
chmod 644 "$T/s/f"
ln -s f "$T/s/l"

# shows NAME OPTS COMMAND EXPECTED: in a guest that has $T/s at /s with OPTS
shows() {
	run -u root -v "$T/s:/s:$2" -- sh -c "cd /s; $3"
	prints "$1" "$4"
}

# --- map ---
map=map-uid=$uid:70:1,map-gid=$gid:80:1
shows "map: my file is the mapped user's" "$map" "stat -c %u:%g f l ." \
	"$(printf '70:80\n70:80\n70:80')"
shows "map: for users and groups at once" "map=$uid:70" "stat -c %u f" 70
shows "map: nobody else can own anything" "$map" \
	"touch new 2>&1; test -e new || echo none" \
	"$(printf "touch: cannot touch 'new': Value too large for defined data type\nnone")"
shows "map: the mapped user can" "$map" \
	"setpriv --reuid=70 --regid=80 --clear-groups sh -c 'echo x >new; stat -c %u:%g new'" 70:80
is "map: and on the host it is me" "$(stat -c %u:%g "$T/s/new")" "$uid:$gid"
shows "map: another of the guest's is a stranger" "$map" \
	"chmod 600 f; setpriv --reuid=71 --regid=80 --clear-groups cat f 2>&1; chmod 644 f" \
	"cat: f: Permission denied"
shows "map: chown to what it is" "$map" "chown 70:80 f; stat -c %u:%g f" 70:80
shows "map: chown to who has no number on the host" "$map" "chown 71 f 2>&1; stat -c %u f" \
	"$(printf "chown: changing ownership of 'f': Value too large for defined data type\n70")"
is "map: the host's owner stays" "$(stat -c %u:%g "$T/s/f")" "$uid:$gid"
run -u root -v "$T/s:/s:map=$((uid + 1)):0:10" -- sh -c \
	'cd /s; stat -c %u:%g f; echo x >>f || echo refused; cat f; rm f || echo kept'
like "map: who has no number is 65534, may be read, not written or removed" \
	"$(cat "$T/out")" "$(printf '65534:65534\nrefused\nmine\nkept')"
shows "map: two ranges" "map-uid=$uid:0,map-uid=$((uid + 1)):500:100,map-gid=$gid:0" \
	"touch two; stat -c %u two" 0

# --- owner, squash ---
shows "owner: all is shown as its" owner=0:0 "stat -c %u:%g f l ." \
	"$(printf '0:0\n0:0\n0:0')"
shows "owner: without a group groups stay" owner=5 "stat -c %u:%g f" "5:$gid"
shows "owner: also what another makes" owner=70:80 \
	"chmod 777 .; setpriv --reuid=9 --regid=9 --clear-groups touch o; stat -c %u:%g o" 70:80
is "owner: it is mine on the host" "$(stat -c %u:%g "$T/s/o")" "$uid:$gid"
shows "owner: chown to it changes nothing" owner=70:80 "chown 70:80 f && echo ok" ok
shows "owner: chown to another is refused" owner=70:80 "chown 71 f 2>&1; chown :81 f 2>&1" \
	"$(printf "chown: changing ownership of 'f': Operation not permitted\nchown: changing group of 'f': Operation not permitted")"
shows "squash: whoever makes it, on the host it is that one's" "squash=$uid:$gid" \
	"touch sq; mkdir sqd; ln -s a sql; stat -c %u:%g sq sqd sql" \
	"$(printf '%s\n%s\n%s' "$uid:$gid" "$uid:$gid" "$uid:$gid")"
shows "squash and owner: a guest's tree that is all root's" \
	"squash=$uid:$gid,owner=0:0" \
	"tar -c f | tar -x --one-top-level=t --same-owner; chown 5:5 t/f; stat -c %u:%g t/f" 0:0
is "squash: on the host it is mine" "$(stat -c %u:%g "$T/s/t/f")" "$uid:$gid"
shows "map with owner: what has no number is the owner's" \
	"map=$((uid + 1)):500:100,owner=3:4" "stat -c %u:%g f" 3:4

# --- umask ---
chmod 4777 "$T/s/new"
shows "umask: its bits are not shown; links are as ever" umask=027 "stat -c %a new l" \
	"$(printf '4750\n777')"
shows "umask: nor set on new objects" umask=027 \
	"umask 0; touch um; mkdir umd; stat -c %a um umd" "$(printf '640\n750')"
is "umask: neither on the host" "$(stat -c %a "$T/s/um" "$T/s/umd")" "$(printf '640\n750')"
shows "umask: chmod leaves them alone" umask=027 "chmod 707 new; stat -c %a new" 700
is "umask: as they were on the host" "$(stat -c %a "$T/s/new")" 727

# --- the mount ---
run -u root -v "$T/s:/s:$map,squash=1:2,owner=3:4,umask=22,nosubmounts" -- \
	sh -c "grep ' /s ' /proc/mounts | cut -d' ' -f4; mount -o remount,ro /s && echo again"
prints "the mount shows its options, and a remount may repeat them" \
	"$(printf '%s\nagain' "rw,relatime,nosubmounts,$map,squash=1:2,owner=3:4,umask=022")"
run -u root -v "$T/s:/s:$map" -- sh -c "mount -o remount,owner=1 /s 2>/dev/null || dmesg"
like "but not change them" "$(cat "$T/out")" "*hostfs: the owners: set at mount only*"
bad_mounts=
for bad in map=1 map=x:0 map=1:2:0 map=4294967295:0 map=0:4294967290:10 \
	map=0:0:10,map=5:20:1 map=0:0:10,map=20:5:1 map-uid=1:2:3:4 map-gid= \
	squash=a squash=1:2:3 owner=4294967296 owner=-1 umask=8 umask=1777 umask=; do
	bad_mounts="$bad_mounts mount -t hostfs v0 /mnt -o $bad && echo mounted;"
done
run -u root -v "$T/s:/s" -- sh -c "exec 2>/dev/null; $bad_mounts dmesg"
is "a bad value is refused with a line that names the option" \
	"$(grep -cE "hostfs: (Bad value for ')?(map|map-uid|map-gid|squash|owner|umask)['=]" "$T/out")" 16
is "and nothing is mounted" "$(grep -c '^mounted' "$T/out")" 0
run -v "$T/s:/s:map=1" -- true
exits "hum refuses it before the guest runs" 125
like "in one line" "$(cat "$T/err")" "hum: -v '*': map=*HOSTID:GUESTID*"

# --- idmapped mounts ---
# shellcheck disable=SC2016 # the guest expands it
idmapped='mkdir -p /i; "$3"/idmount /s /i "$1" "$2" 70 80 &&
	stat -c %u:%g /i/f /s/f &&
	setpriv --reuid=70 --regid=80 --clear-groups touch /i/idm && stat -c %u:%g /i/idm /s/idm'
run -u root -v "$T/s:/s" -- sh -c "$idmapped" sh "$uid" "$gid" "$HUM_HELPERS"
prints "an idmapped mount: other ids there, the same object" \
	"$(printf '70:80\n%s\n70:80\n%s' "$uid:$gid" "$uid:$gid")"
is "and me on the host" "$(stat -c %u:%g "$T/s/idm")" "$uid:$gid"
run -u root -v "$T/s:/s:map-uid=$uid:1070:1,map-gid=$gid:1080:1" -- sh -c "$idmapped" sh 1070 1080 "$HUM_HELPERS"
prints "over a mapped share" "$(printf '70:80\n1070:1080\n70:80\n1070:1080')"

# --- ACLs ---
if "$HUM_HELPERS/attrs" allow "$T/s/f" $((uid + 7)) 7 2>/dev/null; then
	shows "ACLs: their ids are mapped" "map-uid=$uid:0:10,map-gid=$gid:0" "$HUM_HELPERS/attrs acl f" 7:7
	shows "ACLs: and back" "map-uid=$uid:0:10,map-gid=$gid:0" "$HUM_HELPERS/attrs allow f 8 6 && echo ok" ok
	is "ACLs: as the host has it" "$("$HUM_HELPERS/attrs" acl "$T/s/f")" "$((uid + 8)):6"
	shows "ACLs: who has no number on the host cannot be in one" "map-uid=$uid:0:10,map-gid=$gid:0" \
		"$HUM_HELPERS/attrs allow f 99 6 2>&1" \
		"attrs: f: Value too large for defined data type"
	shows "ACLs: less the umask" "umask=022" "$HUM_HELPERS/attrs acl f" "$((uid + 8)):4"
else
	skip "ACLs: their ids are mapped" "no ACLs here"
fi

if [ "$uid" -ne 0 ]; then
	run -u root -v "/etc:/s:owner=0:0,ro" -- stat -c %u:%g /s/passwd
	prints "owner: of what others own, too" 0:0
	run -u root -v "/etc:/s:map=$uid:0" -- stat -c %u:%g /s/passwd
	prints "map: root of the host has no number" 65534:65534
	tap_end
fi

# --- what only root can show: the guest's users are others on the host ---
chown 1234:1235 "$T/s/new" "$T/s"
shows "map: a range" "map=1200:200:100" "stat -c %u:%g new" 234:235
shows "map: chown within it" "map=1200:200:100" "chown 210:211 new; stat -c %u:%g new" 210:211
is "map: is a chown on the host" "$(stat -c %u:%g "$T/s/new")" 1210:1211
shows "map: what is made within it" "map=1200:200:100" \
	"chmod 777 .; setpriv --reuid=250 --regid=251 --clear-groups mkdir r; stat -c %u:%g r" 250:251
is "map: belongs to the range on the host" "$(stat -c %u:%g "$T/s/r")" 1250:1251
chmod 2777 "$T/s/r"
shows "map: a set-group-id directory hands its group on" "map=1200:200:100" \
	"setpriv --reuid=250 --regid=260 --clear-groups touch r/x; stat -c %u:%g r/x" 250:251
is "map: on the host as well" "$(stat -c %u:%g "$T/s/r/x")" 1250:1251
shows "squash: all of the guest's are one" squash=1300:1301 \
	"chmod 777 .; setpriv --reuid=250 --regid=251 --clear-groups touch q; touch q0; chown 9:9 q0; stat -c %u:%g q q0" \
	"$(printf '1300:1301\n1300:1301')"
shows "default: as on the host" rw \
	"setpriv --reuid=250 --regid=251 --clear-groups touch d; stat -c %u:%g d new" \
	"$(printf '250:251\n1210:1211')"
is "default: both ways" "$(stat -c %u:%g "$T/s/d")" 250:251
tap_end
