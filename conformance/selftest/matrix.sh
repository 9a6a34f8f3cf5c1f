#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# matrix - what conformance/run makes of guests that hold, fail, die or complain,
# and conformance/mutate of faults that are noticed or not
#
# matrix.sh RUN MUTATE. The guests are a script's: it says what the row and mode tell.
set -u
run=$1 mutate=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/fsconf-matrix.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
count=0 bad=0

# shows NAME PATTERN [FILE]: a line of FILE (the table) matches
shows() {
	count=$((count + 1))
	if grep -qE -e "$2" "$dir/${3:-out}"; then
		echo "ok $count - $1"
	else
		bad=1
		echo "not ok $count - $1"
		echo "# expected a line like '$2', got:"
		sed 's/^/# /' "$dir/${3:-out}"
	fi
}

cat >"$dir/fsconf" <<'END'
#!/bin/sh
[ "$1" = --serve ] && exec cat >/dev/null
printf 'ok 1 - a.one: holds\nok 2 - a.one: as well\n1..2\n'
END
cat >"$dir/hum" <<'END'
#!/bin/sh
exec >&2
while [ "$1" != -- ]; do
	case $1 in --mode) mode=$2 ;; --cpus) cpus=$2 ;; --log) log=$2 ;; --append) append=$2 ;; esac
	shift
done
echo "$4 $mode-$cpus" >>"$TMPDIR/order"
case $append in
*hum.fault=cwd:*)
	printf 'ok 1 - a.one: holds\nnot ok 2 - a.one: always fails\n'
	fault=${append##*cwd:}
	[ "$fault" = none ] || echo "hostfs: share cwd is wrong on purpose: $fault" >"$log"
	case $fault in
	attr_size_32bit) printf 'not ok 3 - a.one: notices\n1..3\n' ;;
	attr_size_rounded) printf 'not ok 3 - a.one: known # TODO so\n1..3\n' ;;
	*) printf '1..2\n' ;;
	esac
	exit 1 ;;
esac
case $4-$mode-$cpus in
tmpfs-seccomp-1)
	printf 'ok 1 - a.one: holds\nnot ok 2 - a.one: known # TODO so\n1..2\n' ;;
tmpfs-seccomp-2)
	printf 'ok 1 - a.one: holds\nnot ok 2 - a.one: <fails>\n# expected 1, got 2\n1..2\n'
	exit 1 ;;
tmpfs-ptrace-1)
	printf 'ok 1 - a.one: holds\n'
	exit 125 ;;
ext4-seccomp-1)
	echo '1..0 # SKIP not in this kernel: ext4'
	exit 77 ;;
ext4-seccomp-2)
	printf 'ok 1 - a.one: holds\n1..1\n'
	echo 'WARNING: CPU: 0 PID: 1 at fs/x.c:1' >"$log" ;;
ext4-ptrace-1)
	printf 'ok 1 - a.one: holds\n1..1\n'
	exit 1 ;;
esac
END
chmod +x "$dir/hum" "$dir/fsconf"

# matrix ARGUMENT...
matrix() {
	HUM=$dir/hum HUM_KERNEL=$dir/hum FSCONF=$dir/fsconf TMPDIR=$dir \
		"$run" -o "$dir/report" "$@" >"$dir/out" 2>&1
	echo "status $?" >>"$dir/out"
}

matrix -r tmpfs -r ext4 -r native
shows "checks are counted, known failures apart" '^tmpfs +1 ok, 1 known  '
shows "failures are counted" '^tmpfs .* 1 ok, 1 FAILED  '
shows "and named" '^not ok - a\.one: <fails>'
shows "with their cells" '^# +in tmpfs seccomp-2'
shows "and their reasons" '^# +expected 1, got 2'
shows "a guest that dies has failed" '^not ok - guest: it ended before fsconf did'
shows "and its status is told" '^not ok - guest: status 125'
shows "what the kernel has not is not passed" '^ext4 +not in this kernel: ext4'
shows "a kernel that complains has failed" '^not ok - guest: its kernel said: WARNING'
shows "a status without a reason is a failure" '^not ok - guest: status 1 without'
shows "natively" '2 ok$'
shows "the sum" '^6 cells, 13 checks, 5 failed'
shows "the status" '^status 1$'
shows "a failure in JUnit's words" '<failure message="1 checks">a.one: &lt;fails&gt;: expected 1, got 2' report/junit.xml
shows "a cell that did not run" '<skipped message="not in this kernel: ext4"/>' report/junit.xml
shows "the page" '<td class=bad title="[0-9]+ s">1 ok, 1 FAILED</td>' report/report.html
matrix -r tmpfs -m seccomp-1
shows "all held" '^status 0$'
matrix -r ext4 -m seccomp-1
shows "nothing could be tested" '^status 77$'
matrix -r tmpfs -m seccomp-1 -s 3
shows "the shards of a cell are added up" '^tmpfs +3 ok, 3 known$'
cat >"$dir/report/junit.xml" <<'END'
<testsuite name="tmpfs seccomp-1" tests="1" failures="0" skipped="0" time="7">
<testsuite name="tmpfs seccomp-2" tests="1" failures="0" skipped="0" time="30">
END
rm -f "$dir/order"
matrix -r tmpfs -j 1
tr '\n' ' ' <"$dir/order" >"$dir/out"
shows "new cells first, then what took longest" \
	'^tmpfs ptrace-1 tmpfs seccomp-2 tmpfs seccomp-1 $'
matrix -r none
shows "an unknown row is wrong usage" '^status 2$'
HUM=$dir/hum HUM_KERNEL=$dir/hum FSCONF=$dir/fsconf TMPDIR=$dir "$mutate" \
	attr_size_32bit attr_size_rounded attr_nlink_one >"$dir/out" 2>&1
echo "status $?" >>"$dir/out"
shows "a fault that a check notices" '^ok 2 - attr_size_32bit: noticed by a.one: notices$'
shows "a failure that is known notices nothing" '^not ok 3 - attr_size_rounded: nothing in '
shows "nor one without the fault" '^not ok 4 - attr_nlink_one: nothing in '
shows "a fault that nobody notices is a failure" '^status 1$'
"$mutate" no_such_fault >"$dir/out" 2>&1
echo "status $?" >>"$dir/out"
shows "an unknown fault is wrong usage" '^status 2$'
here=$(dirname "$run")
printf '# as it is at cases/acl.c:1\n' >"$dir/report.tap"
"$here/sites" -c "$dir/report.tap" >"$dir/out" 2>&1
echo "status $?" >>"$dir/out"
shows "a check that never failed is told" '^cases/link.c:[0-9]* never failed$'
shows "and is a failure" '^status 1$'
# What is expected of our own file systems is what the document explains.
for list in hostfs hostfs-user humfs humfs-exclusive humfs-overlay humfs-v2 overlay; do
	sed -n 's/^skip \([a-z0-9]*\) .*/\1/p; s/^fail \([a-z0-9._]*\): .*/\1/p' \
		"$here/expected/$list.txt"
done | sort -u | while read -r word; do
	grep -q "^|.*\`$word\`.* |.* |$" "$here/../docs/consistency.md" || echo "$word"
done >"$dir/out"
echo "end" >>"$dir/out"
[ "$(wc -l <"$dir/out")" -eq 1 ] || sed -i '$d' "$dir/out"
shows "docs/consistency.md explains each expected difference" '^end$'
count=$((count + 1))
if [ -z "$(find "$dir" -maxdepth 1 -name 'hum-conformance.*')" ]; then
	echo "ok $count - nothing is left"
else
	bad=1
	echo "not ok $count - nothing is left"
fi
echo "1..$count"
exit $bad
