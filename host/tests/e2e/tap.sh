# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # out, status and limit are for the tests
# tap.sh - TAP, a directory of one's own and bounded waits for the end-to-end tests
#
# A test sources this file first and calls tap_end last. In between it runs
# guests with `run` (one command, one guest) or `guest_up` (one guest that takes
# many commands) and compares with is, like, ok. Nothing here waits without a
# limit: $limit seconds for one guest.
#
#	$T		the test's own directory, removed at the end
#	$T/work		where it starts; the directory that guests can write
#	$HOME, $TMPDIR	in $T, empty, and to be left empty
#	$HUM_MODE, $HUM_CPUS, $HUM_KERNEL	handed to every guest
#
# A failure says where: dash has no LINENO, so the test runs from a copy in which
# every check is told its line.
set -u
export LC_ALL=C
umask 022

# number_checks FILE: the test, each check with TAP_LINE=N before it
number_checks() {
	awk 'BEGIN { check = "(ok|is|like|exits|prints|quiet|driven|judge|skip|nothing_left) " }
		$0 ~ "^[\t ]*" check { sub(/^[\t ]*/, "&TAP_LINE=" NR " ") }
		$0 ~ "[|&][|&] " check { sub("[|&][|&] ", "&TAP_LINE=" NR " ") }
		{ print }' "$1"
}

tap_count=0
tap_failed=0
tap_file=${0##*/}
tap_dir=$(cd "$(dirname "$0")" && pwd)
limit=${HUM_TEST_LIMIT:-60}

# diag TEXT: lines for a person
diag() {
	printf '%s\n' "$*" | head -c 4000 | sed 's/^/# /'
}

tap_pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

# tap_fail NAME [GOT EXPECTED]
tap_fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	diag "at $tap_file:${TAP_LINE:-?}"
	if [ $# -eq 3 ]; then
		diag "expected: $3"
		diag "     got: $2"
	fi
}

# ok NAME COMMAND...: COMMAND succeeds
ok() {
	tap_name=$1
	shift
	if "$@"; then
		tap_pass "$tap_name"
	else
		tap_fail "$tap_name"
		diag "failed: $*"
	fi
}

# is NAME GOT EXPECTED
is() {
	if [ "$2" = "$3" ]; then tap_pass "$1"; else tap_fail "$1" "$2" "$3"; fi
}

# like NAME GOT PATTERN...: one of the patterns fits; they are the shell's
like() {
	tap_name=$1 tap_got=$2
	shift 2
	for tap_pattern; do
		# shellcheck disable=SC2254 # the pattern is meant as one
		case $tap_got in
		$tap_pattern)
			tap_pass "$tap_name"
			return
			;;
		esac
	done
	tap_fail "$tap_name" "$tap_got" "$*"
}

# exits NAME STATUS: the last guest's status, with its stderr when it differs
exits() {
	if [ "$status" = "$2" ]; then
		tap_pass "$1"
	else
		tap_fail "$1" "status $status" "status $2"
		diag "stderr: $(cat "$T/err" 2>/dev/null)"
	fi
}

# prints NAME TEXT: the last guest's whole stdout is TEXT and a newline
prints() {
	printf '%s\n' "$2" >"$T/expected"
	if cmp -s "$T/out" "$T/expected"; then
		tap_pass "$1"
	else
		tap_fail "$1" "$(head -c 2000 "$T/out" | od -An -c | head -40)" \
			"$(od -An -c "$T/expected" | head -40)"
		diag "stderr: $(cat "$T/err")"
	fi
}

# quiet NAME: the last guest's stderr is empty
quiet() {
	if [ ! -s "$T/err" ]; then
		tap_pass "$1"
	else
		tap_fail "$1" "$(cat "$T/err")" "nothing on stderr"
	fi
}

# skip NAME REASON: a need is missing. In CI nothing may be missing but what
# HUM_SKIP_OK (a shell pattern over reasons) allows.
skip() {
	# shellcheck disable=SC2254 # the pattern is meant as one
	case $2 in
	${HUM_SKIP_OK:-}) ;;
	*)
		if [ "${CI:-}" = true ]; then
			tap_fail "$1" "skipped: $2" "no skips in CI"
			return
		fi
		;;
	esac
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# skip_all REASON: ends the test file
skip_all() {
	# shellcheck disable=SC2254 # the pattern is meant as one
	case $1 in
	${HUM_SKIP_OK:-}) ;;
	*) [ "${CI:-}" != true ] || bail "skipped in CI: $1" ;;
	esac
	printf '1..0 # SKIP %s\n' "$1"
	exit 77
}

bail() {
	printf 'Bail out! %s\n' "$1"
	exit 1
}

# need COMMAND...: skips the file when one is not there
need() {
	for tap_need in "$@"; do
		command -v "$tap_need" >/dev/null || skip_all "no $tap_need here"
	done
}

# hum_run ARGS...: `hum run` of this cell of the matrix, bounded
hum_run() {
	timeout -k 5 "$limit" "$HUM" run --mode "$HUM_MODE" --cpus "$HUM_CPUS" \
		--kernel "$HUM_KERNEL" "$@"
}

# run ARGS...: hum_run with $status, $T/out and $T/err
run() {
	status=0
	hum_run "$@" >"$T/out" 2>"$T/err" || status=$?
}

# drive OPTIONS SUBCOMMAND ARGS...: `hum SUBCOMMAND` under ptydrive, whose script
# is stdin; OPTIONS is one word, e.g. drive "-r 30 -c 100" run -t -- vi
drive() {
	tap_opts=$1 tap_sub=$2
	shift 2
	status=0
	# shellcheck disable=SC2086 # options without spaces
	"$HUM_HELPERS/ptydrive" $tap_opts "$HUM" "$tap_sub" --mode "$HUM_MODE" \
		--cpus "$HUM_CPUS" --kernel "$HUM_KERNEL" "$@" >"$T/out" 2>"$T/err" ||
		status=$?
}

# driven NAME: the last drive succeeded
driven() {
	if [ "$status" -eq 0 ]; then
		tap_pass "$1"
	else
		tap_fail "$1"
		diag "$(cat "$T/err")"
	fi
}

# humfs_tree DIR KIND: an empty humfs tree, root's; KIND as `humfs-meta convert` has it
humfs_tree() {
	"$HUM_HELPERS/humfs-meta" create --owner 0:0 "$1" &&
		"$HUM_HELPERS/humfs-meta" convert "$1" "$2"
}

# guest_up [OPTIONS]: a guest whose shell takes the commands of `guest`
guest_up() {
	rm -f "$T/g.in" "$T/g.out"
	mkfifo "$T/g.in" "$T/g.out"
	# shellcheck disable=SC2016 # expands in the guest
	limit=${guest_limit:-300} hum_run "$@" -- sh -c \
		'while IFS= read -r l; do eval "$l"; printf "\n@@ %s\n" "$?"; done' \
		<"$T/g.in" >"$T/g.out" 2>"$T/g.err" &
	guest_pid=$!
	exec 8>"$T/g.in" 9<"$T/g.out"
}

# guest COMMAND: one line of shell in that guest; $out and $status tell
guest() {
	printf '%s\n' "$*" >&8
	status=0
	# shellcheck disable=SC2016 # expands in the inner shell
	out=$(timeout "$limit" sh -c 'while IFS= read -r l; do
		case $l in "@@ "*) exit "${l#@@ }" ;; esac
		printf "%s\n" "$l"
	done; exit 255' <&9) || status=$?
	cp "$T/g.err" "$T/err"
}

# guest_down: end of the guest's input; $status is hum's
guest_down() {
	exec 8>&- 9<&-
	status=0
	wait "$guest_pid" || status=$?
	cp "$T/g.err" "$T/err"
}

# leftovers: what the guests so far have left in the places where they could
leftovers() {
	find "$HOME" "$TMPDIR" "$XDG_RUNTIME_DIR" -mindepth 1 2>/dev/null
	# these two are shared with everything else on the machine: only what is
	# ours and new counts, and root's only by name
	if [ "$(id -u)" -eq 0 ]; then
		set -- '(' -name 'hum*' -o -name '.hum*' -o -name '*uml*' -o -name 'vm_file*' ')'
	else
		set --
	fi
	find /tmp /dev/shm /var/tmp -maxdepth 1 -user "$(id -u)" -newer "$T/.start" \
		! -name 'hum-e2e*' ! -name 'hum-conformance*' ! -name 'hum-bench*' \
		"$@" 2>/dev/null
	grep -F "$T" /proc/self/mountinfo
}

# nothing_left NAME
nothing_left() {
	tap_left=$(leftovers)
	if [ -z "$tap_left" ]; then
		tap_pass "$1"
	else
		tap_fail "$1" "$tap_left" "nothing"
	fi
}

tap_clean() {
	cd / || exit 1
	[ -z "${guest_pid:-}" ] || kill "$guest_pid" 2>/dev/null
	chmod -R u+rwX "$T" 2>/dev/null
	rm -rf "$T"
}

# tap_end: plan and exit status
tap_end() {
	TAP_LINE=end
	nothing_left "nothing is left in HOME, TMPDIR, /tmp and /dev/shm"
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || diag "$tap_failed of $tap_count failed"
	[ "$tap_failed" -eq 0 ]
	exit
}

if [ -z "${TAP_COPY:-}" ]; then
	TAP_COPY=$(mktemp "${TMPDIR:-/tmp}/hum-e2e.XXXXXX") || exit 1
	number_checks "$0" >"$TAP_COPY"
	export TAP_COPY
	# the copy goes by the name of the test
	exec sh -c '. "$TAP_COPY"' "$0"
fi
rm -f "$TAP_COPY"
unset TAP_COPY
: "${HUM:?the path of hum}" "${HUM_KERNEL:?the path of the guest kernel}"
: "${HUM_HELPERS:?the folder of ptydrive and the other helpers}"
HUM_MODE=${HUM_MODE:-seccomp}
HUM_CPUS=${HUM_CPUS:-1}
ME=$(id -un)
T=$(mktemp -d "${TMPDIR:-/tmp}/hum-e2e.XXXXXX") || bail "no temporary directory"
trap tap_clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$T"
mkdir "$T/work" "$T/home" "$T/tmp" "$T/run" && chmod 700 "$T/run"
HOME=$T/home TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/run
export HOME TMPDIR XDG_RUNTIME_DIR
: >"$T/.start"
cd "$T/work" || bail "no $T/work"
