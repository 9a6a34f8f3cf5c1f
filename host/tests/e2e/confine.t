#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# confine - what is mounted by path cannot be left: by names, links or races
#
# hostfs=<root> makes $T/jail the root of such mounts; $T/secret is beside it.
. "$(dirname "$0")/tap.sh"

m=$HUM_HELPERS/mounter
seconds=5
[ -z "${HUM_SOAK:-}" ] || seconds=60
limit=$((seconds * 10 + 60))
mkdir -p "$T/jail/dir/deep" "$T/jail/eq=al" "$T/jail/com,ma" "$T/secret/dir"
for d in "" /dir /dir/deep /eq=al /com,ma; do printf inside >"$T/jail$d/who"; done
printf outside >"$T/secret/who"
printf outside >"$T/secret/dir/who"
printf outside >"$T/secret/only-outside"
printf outside >"$T/secret/size"
ln -s ../secret "$T/jail/out"
ln -s "$T/secret" "$T/jail/absolute"
ln -s / "$T/jail/top"
ln -s dir "$T/jail/in"
mkfifo "$T/jail/fifo"
before=$(cd "$T/secret" && find . -printf '%p %m %s %T@ %C@\n' | sort)

# jailed COMMAND: in a guest, as its root
jailed() {
	run -u root -v "$HUM_HELPERS:$HUM_HELPERS:ro" --append "hostfs=$T/jail" -- sh -c "$1"
}

# Both spellings with both calls; then everything that must not lead out.
cat >words <<'END'
inside|/|hostfs=/
inside|/dir|hostfs=/dir
inside|/dir/deep|hostfs=/dir/deep
inside|/dir/../dir|hostfs=/dir/../dir
inside|/eq=al|hostfs=/eq=al
inside|hostfs=dir|hostfs=dir
safe|/..|hostfs=/..
safe|/../secret|hostfs=/../secret
safe|/../../../../../../../../../../../../..|hostfs=../..
safe|/dir/../../secret|hostfs=/dir/../../secret
safe|/out|hostfs=/out
safe|/out/dir|hostfs=out/dir
safe|/absolute|hostfs=/absolute
safe|/top|hostfs=/top
safe|/top/etc|hostfs=/top/etc
safe|/dir/../out|hostfs=/dir/../out
safe|/nothing|hostfs=/nothing
safe|/who|hostfs=/who
safe|/fifo|hostfs=/fifo
END
jailed "while IFS='|' read -r want bare key; do
	for words in old.\$bare old.\$key new.\$bare new.\$key; do
		umount /mnt 2>/dev/null
		got=\$($m \${words%%.*} hostfs none /mnt \${words#*.} && cat /mnt/who)
		case \$got in inside|outside) ;; *) got=no ;; esac
		case \$want.\$got in inside.inside|safe.inside|safe.no) continue ;; esac
		echo \$words: \$got
	done
done <words; echo end"
prints "mount(2) and fsconfig(2), '-o /dir' and 'hostfs=/dir': inside, or not at all" end
jailed "mount -t hostfs -o /dir none /mnt && cat /mnt/who; umount /mnt; mount -t hostfs none /mnt -o hostfs=/dir/deep,ro && cat /mnt/who; touch /mnt/x 2>/dev/null || echo ro"
prints "mount(8)" "insideinsidero"
jailed "mount -t hostfs none /mnt; cat /mnt/out/who /mnt/absolute/who 2>/dev/null >/tmp/x; cd /mnt/dir; cat ../../secret/who ../../../secret/who 2>/dev/null; cd ..; cd ..; pwd"
prints "'..' at the top is the guest's" /
jailed "mount -t hostfs none /mnt; $m new hostfs none /srv hostfs=/dir hostfs=/../secret; ls /srv; $m new hostfs nowhere /srv /dir/ && cat /srv/who"
like "two paths are refused" "$(cat "$T/out")" "*nvalid argument*inside"

# append: nothing is removed or replaced, files only grow
mkdir -p "$T/log/d"
printf 'old\n' >"$T/log/f"
run -u root --append "hostfs=$T/log,append" -- sh -c '
	mount -t hostfs none /mnt && cd /mnt || exit 1
	echo more >>f || echo no append
	echo first >new || echo no new file
	for c in "rm f" "rmdir d" "mv f g" "mv new f" "echo x >f" ": >f" "truncate -s 1 f" \
		"truncate -s 0 new" "dd if=/dev/zero of=f bs=1 count=1 conv=notrunc status=none" \
		"ln -sf x f" "mv -T d e" "fallocate -p -o 0 -l 1 f" "chmod 0 f" "touch -d @1 f"; do
		sh -c "$c" 2>/dev/null && echo "$c: done"
	done; true'
exits "append: the guest ends" 0
is "append: nothing was removed, replaced or altered" "$(cat "$T/out")" ""
is "append: what was there has grown" "$(cat "$T/log/f")" "$(printf 'old\nmore')"
is "append: and something new is there" "$(cat "$T/log/new")" first

# a FIFO of the host is the guest's own FIFO of that name
limit=60 run -v "$T/jail:/mnt" -- sh -c 'exec 3<>/mnt/fifo; echo open; echo through >&3; head -n 1 <&3; exec sleep 2' &
tries=0
until grep -q through "$T/out" 2>/dev/null || [ $tries -ge 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
like "a FIFO that the guest has open has no reader on the host" \
	"$(dd if=/dev/null of="$T/jail/fifo" oflag=nonblock conv=notrunc 2>&1)" "*No such device or address*"
wait
prints "it works in the guest" "$(printf 'open\nthrough')"

# the host swaps a directory with a link that leads out, all the time
rm "$T/jail/out" "$T/jail/absolute" "$T/jail/top"
mkdir "$T/jail/s"
printf inside >"$T/jail/s/who"
printf 1234567 >"$T/jail/s/size"
ln -s ../secret "$T/jail/t"
mkfifo "$T/end"
"$HUM_HELPERS/churn" host "$T/jail" jail <"$T/end" >"$T/jail.ready" 2>&1 3>&- &
exec 3>"$T/end"
limit=$((seconds * 10 + 60))
jailed "mount -t hostfs none /mnt
	$HUM_HELPERS/churn guest /mnt jail $seconds & $HUM_HELPERS/churn guest /mnt jail $seconds &
	end=\$((\$(date +%s) + $seconds))
	while [ \$(date +%s) -lt \$end ]; do
		if mount -t hostfs none /srv -o /s 2>/dev/null; then
			[ \$(cat /srv/who) = inside ] || echo mounted outside
			umount /srv
		fi
	done; wait"
like "swapped all the time: never outside" "$(cat "$T/out")" "jail: fine *jail: fine *"
exec 3>&-
wait
is "the host could go on" "$(cat "$T/jail.ready")" ready
is "nothing outside has changed" "$(cd "$T/secret" && find . -printf '%p %m %s %T@ %C@\n' | sort)" "$before"
tap_end
