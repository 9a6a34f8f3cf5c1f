#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# defects - what mainline's hostfs does wrong, each as a test that it fails
#
# defects-guest does it inside; here is the host's hand. $HUM_STOCK, a kernel with
# mainline's hostfs, takes the guest's place: then nearly all has to fail.
. "$(dirname "$0")/tap.sh"

umask 077	# of the guest kernel's process
mkdir "$T/stage"
cp "$tap_dir/defects-guest" "$T/stage/defects-guest"
chmod 755 "$T/stage" "$T/stage/defects-guest"
mkfifo "$T/to" "$T/from"
if [ -n "${HUM_STOCK:-}" ]; then
	cat >"$T/stage/init" <<-END
		#!/bin/sh
		mount -t proc proc /proc
		stty raw -echo
		"$T/stage/defects-guest" "$T/work" "$HUM_HELPERS"
		echo end
		exec sleep 10
	END
	chmod 755 "$T/stage/init"
	timeout 60 "$HUM_STOCK" mem=512M seccomp=on root=/dev/root rootfstype=hostfs \
		rootflags=/ rw con0=fd:0,fd:1 con=null ssl=null quiet loglevel=0 panic=-1 \
		"init=$T/stage/init" <"$T/to" >"$T/from" 2>"$T/err" &
else
	hum_run -v "$HUM_HELPERS:$HUM_HELPERS:ro" -v "$T/stage:$T/stage:ro" -- \
		"$T/stage/defects-guest" "$T/work" "$HUM_HELPERS" <"$T/to" >"$T/from" 2>"$T/err" &
fi
guest_pid=$!
exec 3>"$T/to" 4<"$T/from"
ended=
while IFS=^ read -r what number got want name <&4; do
	case $what in
	host) # the rest of the line is a command, without a ^ in it
		(umask 0; TZ=UTC sh -c "$number" 2>&1 </dev/null | head -n 1) 3>&- 4<&- >"$T/said"
		tr -d '\n' <"$T/said" >&3
		echo >&3
		;;
	is) is "$number: $name" "$got" "$want" ;;
	end)
		ended=yes
		break
		;;
	esac
done
is "the guest has come to the end" "$ended" yes
exec 3>&- 4<&-
[ -z "${HUM_STOCK:-}" ] || kill "$guest_pid" 2>/dev/null
wait
quiet "and has said nothing on stderr"
tap_end
