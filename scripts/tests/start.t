#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# start - options of ./start and ./check, and what they say when they cannot go on
. "$(dirname "$0")/common.sh"

# a machine on which only $dir/installed is installed, and apt-get fails
mkdir "$dir/bin"
cat >"$dir/bin/dpkg-query" <<EOF
#!/bin/sh
sed 's/\$/ installed/' "$dir/installed"
EOF
cat >"$dir/bin/apt-get" <<EOF
#!/bin/sh
echo "\$*" >>"$dir/apt-get.ran"
echo "E: apt-get says no"
exit 100
EOF
cp "$dir/bin/apt-get" "$dir/bin/sudo"
chmod +x "$dir"/bin/*

# says SENTENCE STATUS TEXT COMMAND... - status, and one line on stderr with TEXT
says()
{
	what=$1 want=$2 text=$3
	shift 3
	rm -f "$dir/apt-get.ran"
	PATH=$dir/bin:$PATH "$@" >"$dir/out" 2>"$dir/err" </dev/null
	is "$what: status" "$?" "$want"
	check "$what: it says so" grep -qF -- "$text" "$dir/err"
}

for command in start check; do
	"$top/$command" --help >"$dir/out" 2>"$dir/err"
	is "$command --help: status" "$?" 0
	check "$command --help: on standard output" grep -q '^Usage: \./'"$command" "$dir/out"
	is "$command --help: nothing else" "$(cat "$dir/err")" ""
	# the options in the text are those that are read
	grep '^  -' "$dir/out" | grep -o -- '--[a-z][a-z-]*' >"$dir/told"
	while read -r option; do
		check "$command $option is read" grep -q -- "^	*[^#]*$option" "$top/scripts/setup.sh"
	done <"$dir/told"
	check "$command: its options are told" test "$(wc -l <"$dir/told")" -ge 4
	says "$command: an unknown option" 2 "$command: unknown option '--odd'" "$top/$command" --odd
	says "$command: an option without its value" 2 "--preset needs a value" "$top/$command" --preset
done

grep -v '^#' "$top/scripts/packages" | awk 'NF { print $2 }' >"$dir/all"
grep -vx -e gcc -e bison "$dir/all" >"$dir/installed"
says "start --no-install" 125 "start: missing packages: bison gcc" \
	"$top/start" --no-install --build-dir "$dir/b" -- true
check "start --no-install: apt-get is not called" test ! -e "$dir/apt-get.ran"
says "check --no-install" 1 "check: missing packages: bison gcc" \
	"$top/check" --no-install --build-dir "$dir/b"
cannot="start: cannot install: bison gcc"
[ "$(id -u)" = 0 ] || cannot="start: as root, run: apt-get install bison gcc"
says "start: packages that cannot be had" 125 "$cannot" \
	"$top/start" --build-dir "$dir/b" -- true
[ "$(id -u)" != 0 ] ||
	check "start: apt's own words are shown" grep -q 'apt-get says no' "$dir/err"
check "start: nothing was built" test ! -e "$dir/b"
grep -vx shellcheck "$dir/all" >"$dir/installed"
says "check needs more than start" 1 "check: missing packages: shellcheck" \
	"$top/check" --no-install --build-dir "$dir/b"
tap_end
