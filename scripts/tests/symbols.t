#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# symbols - global names of our kernel code bear their owner's prefix
. "$(dirname "$0")/common.sh"
objects=${HUM_BUILD:?}/kernel/tree/release
[ -d "$objects" ] || skip "no kernel has been built in $HUM_BUILD"

# prefixed FOLDER REGEX
prefixed()
{
	find "$objects/$1" -name '*.o' ! -name 'built-in*' -exec nm -A --defined-only -g {} + |
		sed "s|^$objects/||" | awk -v ours="^($2)" \
		'$2 ~ /^[A-Z]$/ && $3 !~ ours && $3 !~ /^(__|init_module|cleanup_module|\.)/ { print }' \
		>"$dir/found"
	check "$1 has objects" test -n "$(find "$objects/$1/" -name '*.o' -print -quit)"
	empty "$1: every global name begins with $2" "$dir/found"
}

prefixed fs/hostfs 'host_|hostfs_'
prefixed fs/humfs 'humfs_|hmeta_'
prefixed drivers/hum 'hostfd_|hostctl_'
tap_end
