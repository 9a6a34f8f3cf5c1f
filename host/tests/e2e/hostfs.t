#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# hostfs - host and guest see each other's changes at once
#
# One guest runs all the time; its commands and the host's alternate, so each
# looks at what the other has done between two system calls of its own.
. "$(dirname "$0")/tap.sh"

guest_up -q
guest echo up
is "the guest takes commands" "$out" up

# both COMMAND NAME: the same words from both sides
both() {
	guest "$1"
	is "$2" "$out" "$(eval "$1")"
}

echo one >f
guest cat f
is "a file made on the host" "$out" one
echo longer text >f
guest cat f
is "overwritten on the host" "$out" "longer text"
echo x >f
guest cat f
is "and made shorter" "$out" x
echo y >>f
guest cat f
is "appended to" "$out" "$(printf 'x\ny')"
printf z | dd of=f bs=1 conv=notrunc 2>/dev/null
guest cat f
is "changed in place, the size the same" "$out" "$(printf 'z\ny')"
: >f
guest 'wc -c <f'
is "emptied" "$out" 0
rm f
guest 'cat f 2>&1; test -e f'
is "removed: the guest does not find it" "$status" 1
guest 'echo guest >f'
is "made in the guest" "$(cat f)" guest
rm f
echo host >f
guest cat f
is "removed and made anew on the host" "$out" host

guest 'test -e later; echo $?'
is "a name that is not there" "$out" 1
echo now >later
guest cat later
is "is found as soon as it is (no stale negative entry)" "$out" now

# rename
mv later moved
guest 'cat moved; cat later 2>/dev/null || echo gone'
is "renamed on the host" "$out" "$(printf 'now\ngone')"
echo other >other
mv other moved
guest cat moved
is "replaced by a rename on the host" "$out" other
guest 'mv moved again'
is "renamed in the guest" "$(cat again; ls moved 2>/dev/null)" other
guest 'echo new >tmp && mv tmp again'
is "replaced by a rename in the guest" "$(cat again)" new

# directories
mkdir -p d/e
echo deep >d/e/f
guest cat d/e/f
is "a directory made on the host" "$out" deep
guest 'cd d/e'
mv d d2
guest 'cat f; pwd -P'
is "the guest's own directory renamed above it: the file is still there" \
	"$(printf '%s\n' "$out" | head -n 1)" deep
guest "cd '$T/work'"
guest 'cat d2/e/f; test -e d; echo $?'
is "found under the new name, not under the old" "$out" "$(printf 'deep\n1')"
touch d2/a d2/b
both 'ls -A d2' "a listing"
rm d2/a
touch d2/c
both 'ls -A d2' "a listing after a change on the host"
guest 'touch d2/g; rm d2/b; mkdir d2/h'
both 'ls -A d2' "a listing after a change in the guest"
rm -r d2
mkdir d2
both 'ls -A d2' "a directory removed and made anew"
guest 'rmdir d2'
ok "removed in the guest" test ! -e d2

# descriptors that stay open while the host changes the file
echo first >log
guest 'exec 3<log; cat <&3'
is "an open file" "$out" first
echo second >>log
guest 'cat <&3'
is "goes on with what the host appends" "$out" second
mv log log.1
echo third >>log.1
guest 'cat <&3'
is "also after a rename on the host" "$out" third
rm log.1
guest 'cat <&3; exec 3<&-; echo ok'
is "and can be read to the end when it is unlinked" "$out" ok
echo keep >unl
guest 'exec 3<unl; rm unl; cat <&3; exec 3<&-'
is "unlinked in the guest, still open there" "$out" keep
ok "and gone on the host" test ! -e unl
echo content >gone
guest 'exec 3<gone'
rm gone
guest 'cat <&3; exec 3<&-'
is "unlinked on the host, still open in the guest" "$out" content
guest 'exec 3>>app; echo a >&3'
echo h >>app
guest 'echo b >&3; exec 3>&-'
is "both append to one file, nobody overwrites" "$(cat app)" "$(printf 'a\nh\nb')"

# what stat says
printf 'some bytes' >st
chmod 640 st
touch -d '2001-02-03 04:05:06.123456789' st
ln st st2
ln -s st st.link
for o in st st.link . f; do
	both "stat -c '%s %b %a %h %u %g %f %i %x %y %F' $o" "stat $o: the same on both sides"
done
# the root is an overlay: its numbers are its own
for o in /usr /etc/passwd /bin/sh; do
	both "stat -c '%s %b %a %u %g %f %x %y %F' $o" "stat $o: the same on both sides"
done
chmod 4711 st
guest 'stat -c %a st'
is "chmod on the host" "$out" 4711
guest 'chmod 600 st'
is "chmod in the guest" "$(stat -c %a st)" 600
guest 'touch -d "1999-01-01 00:00:00.000000001 UTC" st'
is "a time set in the guest, to the nanosecond" "$(TZ=UTC stat -c %y st)" \
	"1999-01-01 00:00:00.000000001 +0000"
guest 'truncate -s 1000000 sparse; stat -c "%s %b" sparse'
is "a hole made in the guest" "$(stat -c '%s %b' sparse)" "$out"
guest 'ln st st3 && readlink st.link'
is "a link made in the guest, a link made on the host" "$out $(stat -c %h st)" "st 3"
rm st.link
ln -s elsewhere st.link
guest readlink st.link
is "a symbolic link replaced on the host" "$out" elsewhere
mkdir typed
guest 'test -d typed && echo dir'
rmdir typed
echo file >typed
guest 'cat typed'
is "a directory that became a file" "$out" file
both 'stat -f -c "%S %b %T" . | cut -d" " -f1,2' "statfs: block size and number of blocks"

# programs
cp /bin/true prog
guest './prog; echo $?'
is "a program runs" "$out" 0
cp /bin/false prog.new
mv prog.new prog
guest './prog; echo $?'
is "replaced by a rename on the host, the new one runs" "$out" 1
cp /bin/true prog
guest './prog; echo $?'
is "overwritten in place on the host, the new content runs" "$out" 0
printf '#!/bin/sh\necho v1\n' >script
chmod +x script
guest ./script
is "a script runs" "$out" v1
sed -i s/v1/v2/ script
guest ./script
is "edited on the host, the new one runs" "$out" v2
chmod -x script
guest './script 2>/dev/null; echo $?'
is "no longer executable" "$out" 126
cp /bin/sleep sleeper
guest './sleeper 1000 & sleep 0.1; kill -0 $! && echo runs'
cp /bin/true sleeper.new
mv sleeper.new sleeper
guest 'kill -0 $! && echo runs; ./sleeper 1000; echo $?; kill $!; wait $! 2>/dev/null'
is "a running program keeps its file when the host replaces it" "$out" "$(printf 'runs\n0')"

# a lot at once
i=0
mkdir many
while [ $i -lt 1000 ]; do
	echo $i >many/$i
	i=$((i + 1))
done
both 'ls many | cksum; cat many/* | cksum' "1,000 files made on the host"
guest 'cd many; for i in *; do echo g$i >$i; mv $i n$i; done; cd ..'
is "1,000 files changed and renamed in the guest" "$(cat many/* | cksum)" \
	"$(for i in many/*; do echo "g${i#many/n}"; done | cksum)"
guest 'rm -r many'
ok "removed in the guest" test ! -e many
head -c 20000000 /dev/urandom >blob
both 'cksum <blob' "20 MB written on the host"
guest 'head -c 20000000 /dev/urandom >blob2; cksum <blob2'
is "20 MB written in the guest" "$out" "$(cksum <blob2)"
printf changed | dd of=blob bs=1 seek=12345678 conv=notrunc 2>/dev/null
both 'cksum <blob' "a few bytes changed in the middle"

# names
n=$(printf 'bad\377\nname')
echo x >"$n"
both 'ls | cksum' "a name with any bytes, listed"
guest 'cat bad*'
is "and opened" "$out" x
rm "$n"

if command -v git >/dev/null; then
	git init -q repo
	cd repo || bail "no repo"
	git config user.email a@b
	git config user.name a
	i=0
	while [ $i -lt 100 ]; do
		mkdir -p s$((i % 7))
		echo $i >s$((i % 7))/$i
		i=$((i + 1))
	done
	git add .
	git commit -qm first
	guest 'cd repo; git status --porcelain=v2 --branch 2>&1'
	is "git status in the guest: as on the host" "$out" "$(git status --porcelain=v2 --branch)"
	is "and clean" "$(printf '%s\n' "$out" | grep -vc '^#')" 0
	echo edit >>s1/1
	rm s2/2
	echo new >s3/new
	git mv s4/4 s4/moved
	guest 'git status --porcelain=v2 --branch 2>&1'
	is "git status after edits on the host" "$out" "$(git status --porcelain=v2 --branch)"
	guest 'git add -A 2>&1; git commit -qm second 2>&1; git log --oneline | wc -l'
	is "git commit in the guest" "$out" 2
	is "the host agrees" "$(git status --porcelain; git log --oneline | wc -l)" 2
	ok "and the repository is whole" git fsck --strict --no-progress
	# the index that one side has refreshed must not look stale to the other
	guest 'git update-index --refresh; git diff-files --stat'
	is "git's index from the guest fits the host's files" "$out$(git diff-files)" ""
	guest 'cd ..'
	cd ..
else
	skip "git status" "no git here"
fi
guest_down
exits "the guest ends with its input" 0
quiet "and has said nothing on stderr"
tap_end
