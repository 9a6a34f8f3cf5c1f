#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# build - the main job: a build in the guest gives what the same build outside does
. "$(dirname "$0")/tap.sh"
need make gcc ar
limit=${HUM_TEST_LIMIT:-300}

# products: a sum of every file that a build makes
products() {
	find . '(' -name '*.o' -o -name '*.d' -o -name '*.a' -o -perm -100 ')' -type f \
		! -name 'Makefile*' ! -path './.git/*' -exec sha256sum {} + | sort -k 2
}

# a generated project of 61 C files
"$tap_dir/gen-project" project || bail "gen-project failed"
cd project || bail "no project"
make -s -j2 >/dev/null || bail "the project does not build outside"
products >"$T/outside"
./sum >"$T/sum.outside"
make -s clean
run -- make -s -j2
exits "make -j2 of 61 C files in the guest" 0
quiet "and the compiler says nothing"
products >"$T/inside"
is "as many objects, dependencies, archives and programs" "$(wc -l <"$T/inside")" \
	"$(wc -l <"$T/outside")"
ok "byte for byte those of the build outside" cmp "$T/inside" "$T/outside"
is "the program from the guest runs on the host" "$(./sum)" "$(cat "$T/sum.outside")"
run -- ./sum
prints "and in the guest" "$(cat "$T/sum.outside")"
is "the host's make has nothing to do" "$(make -q; echo $?)" 0
if [ "$(id -u)" -ne 0 ]; then
	is "everything belongs to the caller" "$(find . ! -user "$(id -u)")" ""
fi

# one guest goes on while files are edited outside
guest_up -q
guest 'make -q; echo $?'
is "a guest's make has nothing to do either" "$out" 0

sed -i 's/mix(x + 3u/mix(x + 4u/' part3/f3.c
guest 'make -j2 2>&1 | grep "^CC"'
is "a file edited outside: make compiles that one" "$out" "CC part3/f3.c"
sum=$(sha256sum <sum)
make -s clean
make -s -j2 >/dev/null
is "and the program is what a build outside gives" "$sum" "$(sha256sum <sum)"
printf '#define NEW 1\n' >>include/part2.h
guest 'make -j2 2>&1 | grep -c "^CC"'
is "a header edited outside: its ten files and main.c" "$out" 11
printf '/* new */\n' >>include/common.h
guest 'make -j2 2>&1 | grep -c "^CC"'
is "the header of all: all 61" "$out" 61
guest 'make -q; echo $?'
is "then nothing" "$out" 0
rm part4/f4.o
guest 'make 2>&1 | grep "^CC"'
is "an object removed outside" "$out" "CC part4/f4.c"
printf '#include "part1.h"\nuint32_t extra(void);\nuint32_t extra(void) { return 5; }\n' >part1/extra.c
guest 'make 2>&1 | grep "^CC"'
is "a file added outside" "$out" "CC part1/extra.c"
rm part1/extra.c
touch part1/f1.c
guest 'make 2>&1 | grep "^CC"; ar t libpart1.a | grep -c extra'
is "and removed" "$out" "$(printf 'CC part1/f1.c\n0')"
echo 'syntax error' >>part5/f5.c
guest 'make 2>/dev/null'
is "an error made outside fails the guest's make" "$status" 2
sed -i '$d' part5/f5.c
guest 'make >/dev/null 2>&1; ./sum'
is "mended outside: it builds" "$status $out" "0 $(./sum)"
n=0
bad=0
while [ $n -lt 30 ]; do
	n=$((n + 1))
	sed -i "s/^#define SCALE .*/#define SCALE ${n}u/" include/common.h
	printf '#include "common.h"\nint main(void) { printf("%%u\\n", SCALE); }\n' >one.c
	guest 'gcc -Iinclude -o one one.c && ./one'
	[ "$out" = $n ] || bad=$((bad + 1))
done
is "thirty edits outside, each followed by a compile inside" "$bad" 0
guest_down
exits "that guest ends" 0
cd "$T/work" || bail "no $T/work"

# this project's own host tools
if [ -z "${HUM_SOURCE:-}" ]; then
	skip "this project's host tools" "HUM_SOURCE is not set"
elif [ -z "${HUM_BIG:-}" ]; then
	diag "this project's host tools: in one cell of each mode"
elif ! command -v cmake >/dev/null; then
	skip "this project's host tools" "no cmake here"
else
	mkdir source
	(cd "$HUM_SOURCE" && tar -cf - --exclude=.git --exclude='build*' .) | tar -xf - -C source
	cd source || bail "no source"
	# a cache of compilers would only hand out what the build outside has made
	tools="export CCACHE_DISABLE=1; cmake -S . -B out -G 'Unix Makefiles' -DHUM_KERNEL=OFF -DBUILD_TESTING=OFF >/dev/null && make -s -j2 -C out"
	sh -c "$tools" >"$T/native" 2>&1 || {
		diag "$(tail -n 20 "$T/native")"
		bail "the host tools do not build outside"
	}
	cd out && products | grep -v -e CMakeFiles/3 -e CompilerId >"$T/outside"
	cd .. && rm -rf out
	run -- sh -c "$tools"
	exits "this project's host tools build in the guest" 0
	cd out && products | grep -v -e CMakeFiles/3 -e CompilerId >"$T/inside"
	cd ..
	ok "there are more than 20 objects" test "$(grep -c '\.o$' "$T/outside")" -gt 20
	ok "byte for byte those of the build outside" cmp "$T/inside" "$T/outside"
	# of the build outside
	rm -rf "$XDG_RUNTIME_DIR/ccache-tmp"
	cd "$T/work" || bail "no $T/work"
fi
tap_end
