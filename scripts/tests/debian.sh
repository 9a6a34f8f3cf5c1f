# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# debian.sh - a bare Debian for tests, of this machine's release and from the
# archives that its own apt names; sourced. Needs $top and $dir (common.sh).
: "${top:?}" "${dir:?}"

# debian_release - print this machine's release
debian_release() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

# bare_debian TARGET [OPTION...] - make TARGET, a directory or NAME.tar, with
# mmdebstrap and this machine's archives and apt settings; needs root
bare_debian()
{
	debian_target=$1
	shift
	debian_options=$*
	set --
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
		/etc/apt/sources.list.d/*.sources; do
		[ ! -r "$f" ] || set -- "$@" "$f"
	done
	awk -v SUITE="$(debian_release)" -v ARCH="$(dpkg --print-architecture)" \
		-f "$top/kernel/apt-archives.awk" "$@" /dev/null >"$dir/debian.sources"
	apt-config dump | grep '^Acquire::.* "..*";' >"$dir/apt.conf"
	# shellcheck disable=SC2086 # options are words
	mmdebstrap --quiet --mode=root --variant=minbase --aptopt="$dir/apt.conf" \
		$debian_options "$(debian_release)" "$debian_target" "$dir/debian.sources"
}
