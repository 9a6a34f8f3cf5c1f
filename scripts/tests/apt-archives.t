#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# apt-archives - the machine's Debian archives are read out of apt's sources
. "$(dirname "$0")/common.sh"

# stanzas FILE - SUITE's stanzas for it, fields joined by ';', lines by '|'
stanzas()
{
	awk -v SUITE=forky -v ARCH=amd64 -f "$top/kernel/apt-archives.awk" "$@" \
		/dev/null | sed 's/^$/;/' | tr '\n' '|'
}
common='Suites: forky|Components: main|Architectures: amd64|'

cat >"$dir/a.list" <<'E2'
# deb http://commented.example/debian trixie main
deb [arch=amd64 trusted=yes signed-by=/k/a.gpg,/k/b.gpg] http://m.example/debian/ bookworm main contrib # tail
deb http://m.example/debian bookworm-updates main
deb http://security.example/debian-security bookworm-security main
deb-src http://src.example/debian bookworm main
deb http://other.example/tool nodistro main
deb http://other.example/extra bookworm extra
deb cdrom:[Debian]/ bookworm main
E2
is "one-line: archive and keys; no trusted, security, source or foreign entry" \
	"$(stanzas "$dir/a.list")" \
	"Types: deb|URIs: http://m.example/debian|${common}Signed-By: /k/a.gpg /k/b.gpg|;|"

cat >"$dir/a.sources" <<'E2'
# a comment
Types: deb deb-src
URIs: http://a.example/debian
  mirror+file:/etc/apt/mirrors/debian.list
Suites: trixie trixie-updates
Components: main
# a comment within
  contrib
Trusted: yes
Signed-By:
 -----BEGIN-----
 .
 key
 -----END-----

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://src.example/debian
Suites: trixie
Components: main
E2
key='Signed-By:| -----BEGIN-----| .| key| -----END-----|;|'
is "deb822: all its addresses, an embedded key, nothing that is off" \
	"$(stanzas "$dir/a.sources")" \
	"Types: deb|URIs: http://a.example/debian|${common}${key}Types: deb|URIs: mirror+file:/etc/apt/mirrors/debian.list|${common}${key}"

printf 'Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /k/other.gpg\n' >"$dir/b.sources"
is "an archive that is named twice is asked once" \
	"$(stanzas "$dir/a.list" "$dir/b.sources" | tr '|' '\n' | grep -c URIs)" 1
is "nothing in, nothing out" "$(stanzas)" ""
tap_end
