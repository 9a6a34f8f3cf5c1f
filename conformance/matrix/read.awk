# SPDX-License-Identifier: GPL-2.0-only
# read - what the cells of the matrix have left, into arrays
#
# Cells are "ROW MODE"; all shards of one are added up. n[cell, VERDICT] counts
# checks: pass, fail, known (listed failures), skip. state[cell] is "" if it has
# run to its end, else why not. Failures go by their check: failures[1..nfailures],
# where[check] the cells, detail[check, cell]. Per case: in_case[cell, CASE, VERDICT].

# first_line FILE: or ""
function first_line(file,    line) {
	if ((getline line < file) <= 0)
		line = ""
	close(file)
	return line
}

function failed(cell, check, text) {
	if (!(check in where))
		failures[++nfailures] = check
	where[check] = where[check] (where[check] == "" ? "" : ", ") cell
	detail[check, cell] = text
	n[cell, "fail"]++
}

# A failure that no check reports: of the guest, not of the file system.
function trouble(cell, shard, text) {
	failed(cell, "guest: " text, "see " cell_file(cell, shard))
	in_case[cell, "guest", "fail"]++
	guest_text[cell] = guest_text[cell] text "\n"
}

function cell_file(cell, shard,    f) {
	f = cell
	sub(/ /, ".", f)
	return f "." shard
}

function count(cell, check, verdict,    case_) {
	case_ = check
	sub(/: .*/, "", case_)
	if (!(case_ in case_seen)) {
		case_seen[case_] = 1
		cases[++ncases] = case_
	}
	in_case[cell, case_, verdict]++
	if (verdict != "fail")
		n[cell, verdict]++
	return case_
}

# One line of TAP; last is the check that a "# ..." line belongs to.
function tap_line(cell, line,    check, at) {
	if (line ~ /^1\.\.0 # SKIP /) {
		state[cell] = substr(line, 13)
		return 1
	}
	if (line ~ /^1\.\.[0-9]+$/)
		return 1
	if (line !~ /^(not )?ok [0-9]+ - /) {
		if (last != "" && line ~ /^# /)
			detail[last, cell] = substr(line, 3)
		last = ""
		return 0
	}
	last = ""
	check = line
	sub(/^(not )?ok [0-9]+ - /, "", check)
	if ((at = index(check, " # SKIP "))) {
		reason = substr(check, at + 8)
		check = substr(check, 1, at - 1)
		count(cell, check, "skip")
		skipped[reason] = skipped[reason] == "" ? cell : skipped[reason]
	} else if ((at = index(check, " # TODO "))) {
		count(cell, substr(check, 1, at - 1), "known")
		known_text[substr(check, 1, at - 1)] = substr(check, at + 8)
	} else if (line ~ /^ok/) {
		count(cell, check, "pass")
	} else {
		failed(cell, check, "")
		case_fails[cell, count(cell, check, "fail")] = \
			case_fails[cell, count(cell, check, "none")] check "\n"
		last = check
	}
	return 0
}

function read_tap(cell, shard, file,    line, complete) {
	last = ""
	while ((getline line < file) > 0)
		if (tap_line(cell, line))
			complete = 1
	close(file)
	if (!complete)
		trouble(cell, shard, "it ended before fsconf did")
}

# What the guest's kernel complains about is a failure, whatever fsconf has seen.
function read_log(cell, shard, file,    line) {
	while ((getline line < file) > 0)
		if (line ~ /(BUG|WARNING|KASAN|UBSAN|Oops|Kernel panic|INFO: .* (blocked|stall))/)
			trouble(cell, shard, "its kernel said: " line)
	close(file)
}

function read_cell(row, mode, shard,    cell, folder, status) {
	cell = row " " mode
	folder = work "/" row "." mode "." shard
	modes_of[row, mode] = 1
	if (!(mode in mode_seen)) {
		mode_seen[mode] = 1
		columns[++ncolumns] = mode
	}
	state[cell] = first_line(folder "/why")
	if (state[cell] != "")
		return
	status = first_line(folder "/status")
	seconds_of[cell] += first_line(folder "/seconds")
	read_tap(cell, shard, folder "/tap")
	read_log(cell, shard, folder "/kernel.log")
	if (first_line(folder "/left") != "")
		trouble(cell, shard, first_line(folder "/left"))
	if (status != 0 && status != 1 && status != 77)
		trouble(cell, shard, "status " status)
	if (status == 1 && n[cell, "fail"] == 0)
		trouble(cell, shard, "status 1 without a failed check")
}

function read_all(    line, word) {
	while ((getline line < cells_file) > 0) {
		split(line, word, " ")
		read_cell(word[1], word[2], word[3])
	}
	close(cells_file)
}
