# SPDX-License-Identifier: GPL-2.0-only
# apt-archives.awk - the machine's Debian archives, for other suites of them.
#
# Reads apt's source files, one-line (*.list, sources.list) and deb822
# (*.sources), and prints every archive that serves the component "main" of a
# plain Debian release as deb822 stanzas with Suites: SUITE and, unchanged, the
# machine's own Signed-By. trusted=yes is never taken over: what is fetched
# through these stanzas is verified or refused.
#
# Variables: SUITE, the suite to ask for; ARCH, the machine's architecture.

function plain(suite) {
	sub(/\/$/, "", suite)
	sub(/-(updates|backports|proposed-updates)$/, "", suite)
	return suite ~ /^(bookworm|trixie|forky|duke|sid|oldstable|stable|testing|unstable)$/
}

function stanza(uri, key) {
	sub(/\/$/, "", uri)
	# apt refuses one archive with two different keys: the first one counts
	if (uri ~ /^cdrom:/ || uri in seen)
		return
	seen[uri] = 1
	printf "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n", uri, SUITE
	printf "Architectures: %s\n", ARCH
	if (key != "")
		printf "Signed-By:%s\n", key
	printf "\n"
}

# one_line - a line "deb [option=value ...] uri suite component ..."
function one_line(	n, i, at, word, key, main) {
	gsub(/\[/, " [ ")
	gsub(/\]/, " ] ")
	n = split($0, word)
	if (word[1] != "deb")
		return
	at = 2
	key = ""
	if (word[at] == "[") {
		for (at++; at <= n && word[at] != "]"; at++)
			if (tolower(word[at]) ~ /^signed-by=/)
				key = " " substr(word[at], 11)
		gsub(/,/, " ", key)
		at++
	}
	for (i = at + 2; i <= n; i++)
		if (word[i] == "main")
			main = 1
	if (main && plain(word[at + 1]))
		stanza(word[at], key)
}

# end_stanza - what a deb822 stanza said, once it is complete
function end_stanza(	n, i, uri, suite, fits) {
	n = split(field["suites"], suite)
	for (i = 1; i <= n; i++)
		if (plain(suite[i]))
			fits = 1
	if (fits && tolower(field["enabled"]) !~ /no|false|off/ &&
	    (" " field["types"] " ") ~ / deb / &&
	    (" " field["components"] " ") ~ / main /) {
		n = split(field["uris"], uri)
		for (i = 1; i <= n; i++)
			stanza(uri[i], field["signed-by"])
	}
	split("", field)
}

FNR == 1 { end_stanza() }
FILENAME !~ /\.sources$/ { sub(/#.*/, ""); one_line(); next }
/^#/ { next }
/^[ \t]*$/ { end_stanza(); next }
/^[ \t]/ {
	# an embedded key keeps its lines, other fields are words
	field[name] = field[name] (name == "signed-by" ? "\n" : " ") $0
	next
}
{
	name = tolower(substr($0, 1, index($0, ":") - 1))
	field[name] = substr($0, index($0, ":") + 1)
}
END { end_stanza() }
