# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# setup.sh - what ./start and ./check have in common; sourced after $top is set.
#
# Options are read into: install (empty: only report), preset, build.

top=${top:?}
# shellcheck source=scripts/lib.sh
. "$top/scripts/lib.sh"
progress=$top/scripts/progress
install=1
build=

# setup_options ARGUMENTS... - read the common options; $used: how many words
setup_options()
{
	used=0
	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) usage; exit 0 ;;
		--no-install) install= ;;
		--build-dir=*) build=${1#*=} ;;
		--preset=*) preset=${1#*=} ;;
		--build-dir|--preset)
			[ $# -ge 2 ] || wrong "$1 needs a value"
			case $1 in
			--build-dir) build=$2 ;;
			--preset) preset=$2 ;;
			esac
			shift
			used=$((used + 1)) ;;
		--) used=$((used + 1)); break ;;
		-*) wrong "unknown option '$1'" ;;
		*) break ;;
		esac
		shift
		used=$((used + 1))
	done
	build=${build:-$top/build/$preset}
	case $build in /*) ;; *) build=$PWD/$build ;; esac
}

wrong() { note "$*; see --help"; exit 2; }

# missing SETS - print the packages of these sets that are not installed
missing()
{
	awk -v sets=" $1 " '!/^#/ && NF > 2 && index(sets, " " $1 " ") { print $2 }' \
		"$top/scripts/packages" | sort >"$lists/wanted"
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null |
		awk '$2 == "installed" { print $1 }' | sort >"$lists/there"
	comm -23 "$lists/wanted" "$lists/there" | paste -s -d ' '
}

# apt ARGUMENTS - apt-get as root; what it says is shown only if it fails
apt()
{
	set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 "$@"
	[ "$(id -u)" = 0 ] || set -- sudo "$@"
	"$@" </dev/null >"$lists/apt.log" 2>&1 || {
		cat "$lists/apt.log" >&2
		return 1
	}
}

# setup_packages SETS - install what is missing, or say what is
setup_packages()
{
	command -v dpkg-query >/dev/null || {
		note "not a Debian system: what scripts/packages lists must be there"
		return 0
	}
	lists=$(mktemp -d)
	need=$(missing "$1")
	if [ -n "$need" ]; then
		[ -n "$install" ] || {
			rm -rf "$lists"
			die "missing packages: $need"
		}
		[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
			die "as root, run: apt-get install $need"
		note "installing $need"
		[ "$(id -u)" = 0 ] || sudo -v ||
			die "as root, run: apt-get install $need"
		# a bare machine has no package lists yet, an old one outdated ones
		apt update || note "apt-get update failed; trying what is known"
		# shellcheck disable=SC2086 # a list of names
		apt install --no-install-recommends $need ||
			die "cannot install: $need"
	fi
	rm -rf "$lists"
}

# setup_configure - run CMake if it has not run here or was asked for another
setup_configure()
{
	mkdir -p "$build" || die "cannot make '$build': give --build-dir"
	if [ -f "$build/Makefile" ]; then return 0; fi
	note "configuring in $build"
	(cd "$top" && cmake --preset "$preset" -B "$build") \
		>"$build/configure.log" 2>&1 || {
		cat "$build/configure.log" >&2
		die "CMake failed"
	}
}

# setup_targets NAME... - build CMake targets, with progress
setup_targets()
{
	rm -f "$build/setup.failed"
	{
		cmake --build "$build" --parallel "$(jobs_wanted)" \
			--target "$@" 2>&1 || : >"$build/setup.failed"
	} | "$progress" "programs"
	[ ! -e "$build/setup.failed" ] || die "the build failed"
}

# setup_kernel TARGET - build a kernel; kernel/build shows its own progress
setup_kernel()
{
	cmake --build "$build" --target "$1" >"$build/kernel.log" ||
		die "the build of the guest kernel failed"
}
