# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# lib.sh - the few functions that the project's shell scripts share; sourced.

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { note "$@"; exit 1; }

# hum_cache - print the user's cache folder, which outlives build folders.
hum_cache()
{
	[ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] ||
		die "neither HOME nor XDG_CACHE_HOME is set: set HOME"
	printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/hum"
}

# jobs_wanted - print how many compilers to run at once.
jobs_wanted() { printf '%s\n' "${HUM_JOBS:-$(nproc)}"; }

# fresher FILE NEW - move NEW to FILE if they differ, else remove NEW, so that
# what depends on FILE's time is not made again for nothing.
fresher()
{
	if cmp -s "$1" "$2"; then rm -f "$2"; else mv -f "$2" "$1"; fi
}
