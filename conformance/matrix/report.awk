# SPDX-License-Identifier: GPL-2.0-only
# report - the matrix as a table, as JUnit's XML and as one HTML page
#
# Variables: rows_file, cells_file, work, seconds, junit, html. Exit status 1 if
# anything failed, 77 if nothing has run.

function read_rows(    line, word) {
	while ((getline line < rows_file) > 0) {
		if (line ~ /^#/ || split(line, word, " ") == 0)
			continue
		row_names[++nrows] = word[1]
	}
	close(rows_file)
}

# in_table ROW: has a cell of this row been asked for?
function in_table(row,    i) {
	for (i = 1; i <= ncolumns; i++)
		if ((row, columns[i]) in modes_of)
			return 1
	return 0
}

# The columns in the order in which people think of them.
function sort_columns(    i, order, k, m) {
	m = split("seccomp-1 seccomp-2 ptrace-1 native", order, " ")
	for (i = 1; i <= m; i++)
		if (order[i] in mode_seen)
			columns[++k] = order[i]
}

# The text of one cell.
function verdict(row, mode,    cell, text) {
	cell = row " " mode
	if (!((row, mode) in modes_of))
		return "-"
	if (state[cell] != "" && !n[cell, "fail"])
		return state[cell]
	text = n[cell, "pass"] + 0 " ok"
	if (n[cell, "known"])
		text = text ", " n[cell, "known"] " known"
	if (n[cell, "fail"])
		text = text ", " n[cell, "fail"] " FAILED"
	return text
}

function table(    i, k, line) {
	line = sprintf("%-16s", "")
	for (k = 1; k <= ncolumns; k++)
		line = line sprintf("  %-28s", columns[k])
	sub(/ +$/, "", line)
	print line
	for (i = 1; i <= nrows; i++) {
		if (!in_table(row_names[i]))
			continue
		line = sprintf("%-16s", row_names[i])
		for (k = 1; k <= ncolumns; k++)
			line = line sprintf("  %-28s", verdict(row_names[i], columns[k]))
		sub(/ +$/, "", line)
		print line
	}
	printf "%d cells, %d checks, %d failed, %d s\n", total["cells"], \
		total["checks"], total["fail"], seconds
}

function list_failures(    i, check, cell, m, cells_of) {
	for (i = 1; i <= nfailures; i++) {
		check = failures[i]
		print "not ok - " check
		m = split(where[check], cells_of, ", ")
		print "#   in " where[check]
		for (cell = 1; cell <= m; cell++)
			if (cell == 1 || detail[check, cells_of[cell]] != \
			    detail[check, cells_of[cell - 1]])
				print "#   " detail[check, cells_of[cell]]
	}
}

function xml(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	gsub(/"/, "\\&quot;", text)
	gsub(/[\001-\010\013-\037]/, "?", text)
	return text
}

# A test suite for each cell, a test case for each case of fsconf.
function junit_cell(cell,    i, c, name, m, check) {
	printf "<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%d\">\n", \
		xml(cell), ncases, n[cell, "fail"], n[cell, "skip"], \
		seconds_of[cell] > junit
	name = cell
	sub(/ /, ".", name)
	if (state[cell] != "")
		printf "<testcase classname=\"%s\" name=\"guest\"><skipped message=\"%s\"/></testcase>\n", \
			name, xml(state[cell]) > junit
	if (guest_text[cell] != "")
		printf "<testcase classname=\"%s\" name=\"guest\"><failure message=\"the guest\">%s</failure></testcase>\n", \
			name, xml(guest_text[cell]) > junit
	for (i = 1; i <= ncases; i++) {
		c = cases[i]
		if (in_case[cell, c, "fail"]) {
			printf "<testcase classname=\"%s\" name=\"%s\"><failure message=\"%d checks\">", \
				name, xml(c), in_case[cell, c, "fail"] > junit
			m = split(case_fails[cell, c], check, "\n")
			for (k = 1; k < m; k++)
				print xml(check[k] ": " detail[check[k], cell]) > junit
			print "</failure></testcase>" > junit
		} else if (in_case[cell, c, "pass"] || in_case[cell, c, "known"]) {
			printf "<testcase classname=\"%s\" name=\"%s\"/>\n", \
				name, xml(c) > junit
		} else if (in_case[cell, c, "skip"]) {
			printf "<testcase classname=\"%s\" name=\"%s\"><skipped/></testcase>\n", \
				name, xml(c) > junit
		}
	}
	print "</testsuite>" > junit
}

function each_cell(what,    i, k) {
	for (i = 1; i <= nrows; i++)
		for (k = 1; k <= ncolumns; k++)
			if ((row_names[i], columns[k]) in modes_of) {
				if (what == "junit")
					junit_cell(row_names[i] " " columns[k])
				else
					add_up(row_names[i] " " columns[k])
			}
}

function add_up(cell) {
	total["cells"] += state[cell] == ""
	total["fail"] += n[cell, "fail"]
	total["checks"] += n[cell, "pass"] + n[cell, "known"] + n[cell, "fail"]
}

function write_junit() {
	printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fsconf\" failures=\"%d\" time=\"%d\">\n", \
		total["fail"], seconds > junit
	each_cell("junit")
	print "</testsuites>" > junit
	close(junit)
}

function html_table(    i, k, v, class) {
	print "<table><tr><th></th>" > html
	for (k = 1; k <= ncolumns; k++)
		print "<th>" columns[k] "</th>" > html
	print "</tr>" > html
	for (i = 1; i <= nrows; i++) {
		if (!in_table(row_names[i]))
			continue
		print "<tr><th>" row_names[i] "</th>" > html
		for (k = 1; k <= ncolumns; k++) {
			v = verdict(row_names[i], columns[k])
			class = v ~ /FAILED/ ? "bad" : v ~ /^[0-9]/ ? "good" : "none"
			printf "<td class=%s title=\"%d s\">%s</td>\n", class, \
				seconds_of[row_names[i] " " columns[k]], xml(v) > html
		}
		print "</tr>" > html
	}
	print "</table>" > html
}

function html_list(title, list, m, text,    i) {
	if (!m)
		return
	printf "<h2>%s</h2><dl>\n", title > html
	for (i = 1; i <= m; i++)
		printf "<dt>%s</dt><dd>%s</dd>\n", xml(list[i]), \
			xml(text[list[i]]) > html
	print "</dl>" > html
}

function write_html(    i, m, k, list, text, cells_of) {
	printf "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>fsconf</title>\n" > html
	print "<style>body{font:15px/1.4 sans-serif;margin:2em}td,th{padding:.3em .8em;text-align:left}" > html
	print ".good{background:#dfd}.bad{background:#fdd}.none{color:#777}dt{font-family:monospace;margin-top:.5em}</style>" > html
	printf "<h1>fsconf</h1><p>%d cells, %d checks, %d failed, %d s</p>\n", \
		total["cells"], total["checks"], total["fail"], seconds > html
	html_table()
	for (i = 1; i <= nfailures; i++) {
		text[failures[i]] = where[failures[i]]
		m = split(where[failures[i]], cells_of, ", ")
		for (k = 1; k <= m; k++)
			if (k == 1 || detail[failures[i], cells_of[k]] != \
			    detail[failures[i], cells_of[k - 1]])
				text[failures[i]] = text[failures[i]] "; " \
					detail[failures[i], cells_of[k]]
	}
	html_list("Failures", failures, nfailures, text)
	m = 0
	for (i in known_text)
		list[++m] = i
	sort(list, m)
	html_list("Known differences", list, m, known_text)
	m = 0
	for (i in skipped)
		list[++m] = i
	sort(list, m)
	html_list("Skipped", list, m, skipped)
	print "</html>" > html
	close(html)
}

function sort(list, m,    i, k, t) {
	for (i = 2; i <= m; i++) {
		t = list[i]
		for (k = i - 1; k > 0 && list[k] > t; k--)
			list[k + 1] = list[k]
		list[k + 1] = t
	}
}

BEGIN {
	read_rows()
	read_all()
	sort_columns()
	each_cell("sum")
	list_failures()
	table()
	write_junit()
	write_html()
	exit total["fail"] ? 1 : total["checks"] ? 0 : 77
}
