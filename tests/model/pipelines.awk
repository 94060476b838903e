# pipelines.awk: a random pipeline of rec commands, its input, and what must come out of it: a model
# of the commands that shares no code with them. Any awk will do (mawk, gawk, busybox awk), with
# LC_ALL=C: all make the same pipeline from the same seed.
#
#	awk -v seed=N -v dir=DIR -f pipelines.awk
#
# writes to DIR, which exists:
#	in.N		inputs, plain bytes
#	prep		a script that makes other inputs, record streams, of these; run once in DIR
#	run.head run.tail	the pipeline, a script in two parts for an empty directory; DIR is $I in it
#	post		a script that is run after it, which makes plain outputs of record streams in files
#	want.N		what output N must be; the outputs are o.N, the status of the command that made one is in s.N
#	all.N		only for the way "some": the records of which some may come out, one a line, in order
#	meta		a line for each output and for each fact:
#			out N WAY STATUSES	output N
#			bounds N OFFSET ...	where its records end
#			tail N BYTES		this number of bytes at its end may be absent
#			info N			it is from rec-view --info --json, and has the members of want.N
#			old N FILE		it is from a file that was FILE before and was appended to
#			enough N		after a kill it may be good although other records came: a command took the first ones of these
#			last N			its status is that of the pipeline's last stage
#			stages STATUSES ...	of all stages of the pipeline
#			spared NAME		processes of this name are not killed
#			noisy 1			there are messages although all is well
#			alone 1			no kills: a process may wait for another one whose death it cannot notice
#	env		settings for the run
#
# WAY says how o.N is compared, and what it may be after a kill if its status is not 0 (if that is 0 it must be want.N):
#	bytes		equal; after a kill the first records of want.N (meta: "bounds N OFFSET ...")
#	lines		the same, each record a line: the first lines of want.N
#	some		equal; after a kill some of the lines of all.N, in their order
#	any		the same lines in any order; after a kill some of those of all.N, in any order
#	whole		equal; after a kill nothing at all
#	free		equal; after a kill anything
#	loose		the same lines in any order; after a kill anything
# STATUSES are those that are allowed without a kill, with commas between: 0 or 65 or 0,65.
#
# A stream is a number s. It has n[s] records, the bytes d[s, i] of each and its position p[s, i].
# w[s] is the watermark of its end (-1: it depends on how the records were divided into blocks).
# bad[s] is 1 if its producer failed. gap[s] is the bytes after each record, and tail[s] is 1 if the
# last one lacks them, 2 if that is not specified. After a kill, what comes of s is its beginning if
# head[s] is set; otherwise some records of whole[s], and nothing is known if that is 0. sorted[s]
# is 0 if the records come in any order, placed[s] is 0 if after a kill they may have other
# positions than here. tab[s] is 1 if the stream declares a table of CSV, and header[s] is its header,
# or nothing if its columns have no names. NUL is \001 in the model, and no record contains it.

BEGIN {
	setup()
	generate()
	finish()
}

# ---- random numbers, bytes, words of the shell ----

function setup(i) {
	for (i = 1; i < 256; i++) {
		char[i] = sprintf("%c", i)
		code[char[i]] = i
	}
	NUL = char[1]
	chance = seed % 67108859
	for (i = 0; i < 4; i++)
		chance = (chance * chance + 9973 * (i + 1) + seed % 1009) % 67108859
	chance++
	for (i = 0; i < 8; i++)
		R(2)
	HEX = "0123456789abcdef"
	words = split("a b ab ERR x 1 22 = - _ Zq q7 yz . $ * ; ,", token, " ")
	token[++words] = " "
	token[++words] = "\303\251"
	token[++words] = "\377"
	token[++words] = "\200"
	token[++words] = "\\"
	token[++words] = "'"
	token[++words] = "\t"
	tame = words
	token[++words] = "\n"
	token[++words] = "\r"
	token[++words] = NUL
	token[++words] = "\r\n"
	texts = split("a b ab ERR x 1 22 = Zq q7 yz x00 xff x0a x5c", text_word, " ")
}

function R(k) { # a number below k: "minimal standard", Park and Miller 1988
	chance = (chance * 16807) % 2147483647
	return int(chance / 2147483647 * k)
}

function num(x) {
	return sprintf("%.0f", x)
}

function hex(c) {
	return substr(HEX, int(c / 16) + 1, 1) substr(HEX, c % 16 + 1, 1)
}

function quote(s, parts, k, i, t) {
	if (s ~ /^[A-Za-z0-9_.:\/=-]+$/)
		return s
	k = split(s, parts, "'")
	t = parts[1]
	for (i = 2; i <= k; i++)
		t = t "'\\''" parts[i]
	return "'" t "'"
}

function repeat(s, len) {
	if (len <= 0)
		return ""
	if (s == "")
		s = "."
	while (length(s) < len)
		s = s s
	return substr(s, 1, len)
}

# ---- records ----

# What a token may be made of: 0 anything; 1 no NUL; 2 no newline; 3 no white space; 4 only harmless
# bytes
function a_token(how, t) {
	do
		t = token[R(how == 0 || how == 1 || how == 3 ? words : tame) + 1]
	while ((how == 1 && t == NUL) || (how == 3 && t ~ /[ \t\r\n]/) || (how == 4 && t !~ /^[A-Za-z0-9=_.-]*$/))
	return t
}

function some_text(how, k, s) {
	s = ""
	for (k = R(7); k > 0; k--)
		s = s a_token(how)
	return s
}

# A record of any size, from none to some hundred KB; budget is what is left for the whole input.
function a_record(how, s, r) {
	r = R(1000)
	if (r < 120)
		return ""
	s = some_text(how)
	if (r < 800)
		return s
	if (r < 960)
		r = R(300)
	else if (r < 990)
		r = R(5000)
	else if (r < 997)
		r = R(70000)
	else
		r = R(350000)
	if (r > budget)
		r = budget
	budget -= r
	return s repeat(substr("abcdefghijklmnopqrstuvwxyz", R(20) + 1, R(6) + 1), r) some_text(how)
}

function new_stream(s) {
	s = ++streams
	n[s] = 0
	w[s] = 0
	bad[s] = 0
	tail[s] = 0
	gap[s] = "\n"
	head[s] = sorted[s] = placed[s] = 1
	whole[s] = s
	either[s] = enough[s] = 0
	tab[s] = 0
	header[s] = ""
	return s
}

function push(s, content, position) {
	n[s]++
	d[s, n[s]] = content
	p[s, n[s]] = position
}

# The number of records; most inputs are small, some are not.
function a_count(r) {
	r = R(100)
	return r < 4 ? 0 : r < 10 ? 1 : r < 60 ? R(30) : r < 90 ? R(200) : R(2500)
}

function cut_to(s, len) {
	return length(s) < len ? s repeat("p", len - length(s)) : substr(s, 1, len)
}

# A record for a framing.
function framed_record(f, s, k, i) {
	if (f == "lines" || f == "crlf")
		return a_record(2)
	if (f == "nul")
		return a_record(1)
	if (f == "delim:<>" || f == "netstring" || f == "u32le" || f == "u64be" || f == "varint" || f == "escaped")
		return a_record(0)
	if (f == "u8")
		return substr(a_record(0), 1, 255)
	if (f == "u16be")
		return substr(a_record(0), 1, 65535)
	if (f == "fixed:5")
		return cut_to(some_text(0), 5)
	if (f == "fixed:1000")
		return cut_to(some_text(0), 1000)
	if (f == "words") {
		s = a_record(3)
		return s == "" ? "w" : s
	}
	if (f == "paragraphs") {
		do
			s = a_record(2)
		while (s == "")
		return R(3) ? s : s "\n" "z" some_text(2)
	}
	if (f == "indented") {
		s = a_record(2)
		if (s ~ /^[ \t]/)
			s = "i" s
		for (k = R(3); k > 0; k--)
			s = s "\n " some_text(2)
		return s
	}
	if (f == "start:^S" || f == "end:E$") {
		s = "S" a_record(2)
		for (k = R(3); k > 0; k--)
			s = s "\n" "m" some_text(4) "m"
		return f == "start:^S" ? s : s "\nE"
	}
	if (f == "regex:;+") {
		do
			s = a_record(0)
		while (s == "" || index(s, ";") > 0)
		return s
	}
	if (f == "csv") {
		s = "c" some_text(4)
		for (k = R(4); k > 0; k--)
			s = s "," (R(2) ? some_text(4) : "\"" some_text(4) (R(2) ? "\n" : "\"\"") "," "\"")
		return s
	}
	# json and json-seq
	k = R(4)
	if (k == 0)
		return num(R(100000))
	s = "{\"a\":" R(100) ",\"b\":\"" some_text(4) "\""
	if (k == 1)
		s = s ",\"c\":[1," R(3) (f == "json" ? ",\n" : ",") "null]"
	return s "}"
}

# The bytes after a record, if they may be absent after the last one; otherwise nothing.
function framed_end(f) {
	if (f == "nul")
		return NUL
	if (f == "crlf")
		return "\r\n"
	if (f == "delim:<>")
		return "<>"
	return f == "lines" || f == "indented" || f == "start:^S" || f == "end:E$" || f == "csv" ? "\n" : ""
}

# ---- bytes into files ----

# Not by split(), see holds().
function put(file, s, k, n_bytes) {
	n_bytes = length(s)
	while ((k = index(s, NUL)) > 0) {
		printf "%s%c", substr(s, 1, k - 1), 0 >file
		s = substr(s, k + 1)
	}
	printf "%s", s >file
	return n_bytes
}

function put_number(file, x, bytes, big, i, byte) {
	for (i = 0; i < bytes; i++) {
		byte[i] = x % 256
		x = int(x / 256)
	}
	for (i = 0; i < bytes; i++)
		printf "%c", byte[big ? bytes - 1 - i : i] >file
	return bytes
}

# Writes a record in a framing; last: it is the last one, and lacks what may be absent. Returns the
# number of bytes.
function put_framed(file, f, s, last, k, n_bytes) {
	if (f == "netstring")
		return put(file, length(s) ":") + put(file, s) + put(file, ",")
	if (f == "u8")
		return put_number(file, length(s), 1, 1) + put(file, s)
	if (f == "u16be")
		return put_number(file, length(s), 2, 1) + put(file, s)
	if (f == "u32le")
		return put_number(file, length(s), 4, 0) + put(file, s)
	if (f == "u64be")
		return put_number(file, length(s), 8, 1) + put(file, s)
	if (f == "varint") {
		n_bytes = 1
		for (k = length(s); k >= 128; k = int(k / 128))
			n_bytes += put_number(file, 128 + k % 128, 1, 1)
		put_number(file, k, 1, 1)
		return n_bytes + put(file, s)
	}
	if (f ~ /^fixed/)
		return put(file, s)
	if (f == "escaped")
		return put(file, escaped(s)) + put(file, "\n")
	if (f == "json-seq")
		return put(file, "\036") + put(file, s) + put(file, "\n")
	if (f == "paragraphs")
		return put(file, s) + put(file, "\n\n")
	if (f == "regex:;+")
		return put(file, s) + put(file, repeat(";", 1 + R(3)))
	if (f == "words")
		return put(file, s) + put(file, substr(" \n\t ", 1 + R(3), 1 + R(2)))
	if (last)
		return put(file, s)
	return put(file, s) + put(file, framed_end(f) == "" ? "\n" : framed_end(f))
}

# The record as rec-join -f escaped writes it.
function escaped(s, out, c) {
	if (s == "")
		return "\\"
	out = ""
	while (match(s, /[^ -~]|\\/)) {
		out = out substr(s, 1, RSTART - 1)
		c = substr(s, RSTART, 1)
		s = substr(s, RSTART + 1)
		if (c == "\303" && substr(s, 1, 1) == "\251") {
			out = out "\303\251"
			s = substr(s, 2)
		} else if (c == "\\")
			out = out "\\\\"
		else if (c == "\n")
			out = out "\\n"
		else if (c == "\r")
			out = out "\\r"
		else if (c == "\t")
			out = out "\\t"
		else if (c == NUL)
			out = out "\\0"
		else
			out = out "\\x" hex(code[c])
	}
	return out s
}

# A row of rec-view if the locale is C.
function viewed(s, position, out, c, len) {
	out = ""
	len = length(s)
	while (match(s, /[^ -~]/)) {
		out = out substr(s, 1, RSTART - 1)
		c = substr(s, RSTART, 1)
		s = substr(s, RSTART + 1)
		if (c == NUL)
			out = out "^@"
		else if (code[c] < 32)
			out = out "^" char[code[c] + 64]
		else if (code[c] == 127)
			out = out "^?"
		else
			out = out "\\x" toupper(hex(code[c]))
	}
	out = out s
	c = sprintf("%6s %7s", num(position), len)
	# The content begins at a multiple of eight columns, at least two after that.
	return c (len > 0 ? repeat(" ", int((length(c) + 9) / 8) * 8 - length(c)) out : "")
}

# The record as a word of mkstream.
function mkstream_text(s, out, c) {
	out = ""
	while (match(s, /[^ -~]|\\|,/)) {
		out = out substr(s, 1, RSTART - 1)
		c = substr(s, RSTART, 1)
		s = substr(s, RSTART + 1)
		if (c == NUL)
			out = out "\\0"
		else if (c == "\\" || c == ",")
			out = out "\\" c
		else
			out = out "\\x" hex(code[c])
	}
	return out s
}

# ---- inputs ----

# Plain bytes in a framing, in a file in.N, after the header of stream s, if it has one. Returns N;
# the records are appended to those of s.
function an_input(s, f, most, name, k, i, r, last, end) {
	name = ++inputs
	printf "" >(dir "/in." name)
	k = a_count()
	if (k > most)
		k = most
	end = framed_end(f)
	if (header[s] != "")
		put(dir "/in." name, header[s] "\n")
	rough = rough || tail[s]
	tail[s] = n[s] > 0 && k == 0 && tail[s] ? 2 : 0
	gap[s] = end == "" ? "\n" : end
	for (i = 1; i <= k; i++) {
		if (i > 1 && r != "" && R(5) == 0)
			; # the same again
		else
			r = framed_record(f)
		last = i == k && end != "" && r != "" && R(3) == 0
		put_framed(dir "/in." name, f, r, last)
		push(s, r, n[s])
		if (last)
			tail[s] = 1
	}
	close(dir "/in." name)
	return name
}

# A record stream that prep makes by mkstream: positions with jumps and repeats, blocks of any size,
# one that fails or is cut off in the middle, with the table of the model's stream `as`, if it has
# one. Returns the name of the file; the stream is in made.
function a_made_stream(wrong, as, s, k, i, at, line, record, name, parts, mark, left, base) {
	name = "m" (++inputs) ".rec"
	s = new_stream()
	line = ""
	if (tab[as]) {
		with_table(s, as)
		line = " 'table:{\"framing\":\"csv\"}\\n" header[s] (header[s] == "" ? "'" : "\\n'")
	}
	at = R(3) ? 0 : R(1000)
	mark = 0
	left = 60000
	for (parts = R(4) + 1; parts > 0; parts--) {
		k = R(12)
		for (i = 1; i <= k; i++) {
			record = tab[s] ? framed_record("csv") : some_text(0)
			if (R(20) == 0)
				record = record repeat("fill", R(9000))
			if (length(record) > left)
				record = tab[s] ? "c" : ""
			left -= length(record)
			if (R(3) == 0)
				at += R(4) ? R(3) : R(50) == 0 ? 5000000000 : R(100000)
			push(s, record, at)
			if (i > 1 && at - base > 4294967295)
				line = line "' 'at:" # more than a block can have
			else
				line = line (i == 1 ? " 'at:" : ",")
			if (substr(line, length(line)) == ":")
				base = at
			line = line num(at) "=" inside_quotes(mkstream_text(record))
			mark = at
			if (R(4))
				at++
		}
		if (k > 0)
			line = line "'"
		if (R(3) == 0) {
			if (at < mark)
				at = mark
			mark = at = at + R(5)
			line = line " mark:" num(mark)
		}
	}
	if (wrong == "failed")
		line = line " end:" (R(2) ? 65 : 3) ":so"
	else
		line = line " end"
	if (wrong == "cut")
		line = line " cut:" (1 + R(40))
	bad[s] = wrong != ""
	w[s] = mark
	printf "mkstream%s >%s\n", line, name >(dir "/prep")
	made = s
	return name
}

# Stream t declares the same table as s, or none, too.
function with_table(t, s) {
	tab[t] = tab[s]
	header[t] = header[s]
}

# The field of a row of CSV, without its quotes; missing is 1 if the row ends before it.
function csv_field(row, k, value) {
	missing = 0
	for (; ; k--) {
		if (substr(row, 1, 1) == "\"") {
			value = ""
			row = substr(row, 2)
			while (match(row, /^[^"]*""/)) {
				value = value substr(row, 1, RLENGTH - 1)
				row = substr(row, RLENGTH + 1)
			}
			match(row, /^[^"]*"/)
			value = value substr(row, 1, RLENGTH - 1)
			row = substr(row, RLENGTH + 1)
		} else {
			match(row, /^[^,]*/)
			value = substr(row, 1, RLENGTH)
			row = substr(row, RLENGTH + 1)
		}
		if (k == 1)
			return value
		if (row == "") {
			missing = 1
			return ""
		}
		row = substr(row, 2)
	}
}

# The columns that the header of a table names.
function columns(row, k) {
	for (k = 1; ; k++) {
		csv_field(row, k + 1)
		if (missing)
			return k
	}
}

# No row of stream s has more fields than its table has columns.
function fits(s, i) {
	for (i = 1; i <= n[s]; i++)
		if (columns(d[s, i]) > columns(header[s]))
			return 0
	return 1
}

# Each row of stream s gets the empty fields that it lacks.
function fill(s, i) {
	for (i = 1; i <= n[s]; i++)
		d[s, i] = d[s, i] repeat(",", columns(header[s]) - columns(d[s, i]))
}

# One column of the table of stream s, as a range: by its number, or by its name if no other one has
# it. Its number is in column.
function a_column(s, k, i, name) {
	column = 1 + R(3)
	if (header[s] == "" || R(3) == 0)
		return "f" column
	k = columns(header[s])
	column = 1 + R(k)
	name = csv_field(header[s], column)
	for (i = 1; i <= k; i++)
		if (i != column && csv_field(header[s], i) == name)
			return "f" column
	return name ~ /^[A-Za-z_]+$/ ? "." name : ".\"" name "\""
}

# The table of a new stream s: with names, or without.
function a_table(s) {
	tab[s] = 1
	header[s] = R(4) == 0 ? "" : R(2) ? "id,price,\"unit,price\"" : R(2) ? "a.b,x" : "c"
}

function inside_quotes(s, k, parts, i, t) {
	k = split(s, parts, "'")
	t = parts[1]
	for (i = 2; i <= k; i++)
		t = t "'\\''" parts[i]
	return t
}

# Appends stream t to stream s, as cat does: the positions of t begin at the watermark of s. Only
# for a good s.
function append(s, t, i, base) {
	base = w[s]
	for (i = 1; i <= n[t]; i++)
		push(s, d[t, i], base + p[t, i])
	w[s] = w[t] < 0 ? -1 : base + w[t]
	bad[s] = bad[t]
	with_table(s, t)
	rough = rough || tail[s]
	tail[s] = n[t] > 0 ? tail[t] : tail[s] ? 2 : 0
	if (n[t] > 0)
		gap[s] = gap[t]
}

# A record stream that prep makes by rec-split, with the table of stream `as`, if it has one, and
# that number of records at most. Returns the name of the file; the stream is in made.
function a_split_stream(most, as, t, i) {
	t = new_stream()
	with_table(t, as)
	i = an_input(t, tab[t] ? "csv" : "lines", most)
	w[t] = n[t]
	printf "rec-split%s in.%d >s%d.rec\n", (tab[t] ? " -f csv" : "") (header[t] == "" ? "" : " -H"), i, i >(dir "/prep")
	made = t
	return "s" i ".rec"
}

# If no line told where the records of stream s begin or end, rec-split says so.
function unmatched(s, f, i) {
	if (f != "indented" && f != "start:^S" && f != "end:E$")
		return
	for (i = 1; i <= n[s]; i++)
		if (f == "indented" ? d[s, i] ~ /\n[ \t]/ : f == "start:^S" ? d[s, i] ~ /^S/ : d[s, i] ~ /E$/)
			return
	noisy = 1
}

# The source: the first stage, and its stream.
function source(s, k, f, r, files, i, t, was) {
	split("lines lines lines lines lines nul crlf delim:<> netstring u8 u16be u32le u64be varint escaped fixed:5 " \
	      "fixed:1000 words paragraphs indented start:^S end:E$ regex:;+ csv json json-seq", framings, " ")
	budget = R(20) == 0 ? 2000000 : 300000
	r = R(100)
	if (r < 60) {
		# rec-split of one file or several
		f = framings[R(26) + 1]
		s = new_stream()
		if (f == "csv")
			a_table(s)
		k = R(4) ? 1 : 1 + R(3)
		files = ""
		for (i = 1; i <= k; i++)
			files = files " $I/in." an_input(s, f, f ~ /^(lines|nul)$/ ? 3000 : 300)
		w[s] = n[s]
		unmatched(s, f)
		f = f == "lines" && R(2) ? "" : f == "nul" && R(2) ? " -0" : f == "paragraphs" && R(2) ? " -p" : \
			" -f " quote(f) (header[s] == "" ? "" : " -H")
		if (k == 1 && R(4) == 0)
			stage("cat" files, "0", 0)
		if (stages == 0 && R(12) == 0) {
			# One of them is missing, in the middle or not: the others are read.
			bad[s] = 1
			files = R(2) ? " missing" files : files " missing"
			stage("rec-split" f files, "66", 0)
		} else if (stages == 0 && k == 1 && R(10) == 0) {
			bad[s] = 1
			if (tail[s])
				tail[s] = 2
			stage("rec-split" f " cmd:" quote("cat" files "; exit 3"), "65", 0)
		} else if (R(10) == 0) {
			k = 1 + R(n[s] + 3)
			if (tail[s])
				tail[s] = k < n[s] ? 0 : 2
			i = k <= n[s]
			if (i)
				n[s] = w[s] = k
			stage("rec-split" f " -n " k (stages ? "" : files), "0", i)
		} else if (stages > 0)
			stage("rec-split" f, "0", 0)
		else if (k == 1 && R(2))
			stage("rec-split" f " <" substr(files, 2), "0", 0)
		else
			stage("rec-split" f files, "0", 0)
		return s
	}
	if (r < 70) {
		# Input that is not in the framing at its end
		s = new_stream()
		f = R(3)
		t = f = f == 0 ? "fixed:5" : f == 1 ? "netstring" : "csv"
		if (f == "csv")
			a_table(s)
		i = an_input(s, f, 300)
		f = f == "fixed:5" ? "abc" : f == "netstring" ? "12:abc" : (tail[s] ? "\n" : "") "x,\"never closed\n"
		tail[s] = 0
		printf "%s", f >>(dir "/in." i)
		close(dir "/in." i)
		bad[s] = 1
		w[s] = -1
		stage("rec-split -f " t (header[s] == "" ? "" : " -H") " $I/in." i, "65", 0)
		return s
	}
	# Record streams one after another, from files
	s = new_stream()
	if (R(3) == 0)
		a_table(s)
	files = ""
	for (k = 1 + R(3); k > 0; k--) {
		i = R(10)
		was = i < 2 ? "failed" : i < 3 ? "cut" : ""
		if (R(2)) {
			files = files " $I/" a_made_stream(was, s)
			t = made
		} else {
			files = files " $I/" a_split_stream(200, s)
			t = made
		}
		if (n[s] == 0 && w[s] == 0 && files !~ / .* /) {
			s = t
			whole[s] = s
		} else
			append(s, t)
		if (bad[s]) {
			w[s] = -1
			break
		}
	}
	if (bad[s] && was == "failed")
		files = files " $I/" a_made_stream("", s) # it is not read any more
	stage("cat" files, "0,141", 0)
	return s
}

# ---- the pipeline as text ----

function stage(command, statuses, early) {
	stages++
	stage_text[stages] = command
	stage_status[stages] = statuses
	stage_early[stages] = early    # may stop before its input ends
	# Wants its input to the end whichever reader leaves: the stages before it see no early stop of those after it.
	stage_barrier[stages] = 0
	stage_bad[stages] = 0
}

# For a command on stream s that passes the failure of s on as its own status.
function filter_stage(command, s, early) {
	stage(command, bad[s] && !early ? "65" : "0", early)
}

# ---- phrases: conditions on one record ----

# A new phrase about the records of s, as words of a command line in phrase_words and as one word in
# phrase_word. places: POS may be used.
function a_phrase(places, s, k, t, v, f) {
	k = ++phrases
	kind[k] = R(100)
	not[k] = 0
	fold[k] = 0
	opt[k] = ""
	if (kind[k] >= 85 && !places)
		kind[k] = R(85)
	t = text_word[R(texts) + 1]
	if (t ~ /^x../)
		text1[k] = t == "x00" ? NUL : t == "xff" ? "\377" : t == "x0a" ? "\n" : "\\"
	else {
		text1[k] = t
		t = "/" t "/"
	}
	text2[k] = ""
	if (kind[k] < 45) {
		# locate
		verb[k] = "locate"
		not[k] = R(2)
		body[k] = (not[k] ? "nlocate " : "locate ") t
		if (R(3) == 0) {
			text2[k] = R(2) ? "b" : "22"
			body[k] = body[k] " /" text2[k] "/"
		}
		if (R(4) == 0) {
			fold[k] = 1
			opt[k] = "-i "
		}
	} else if (kind[k] < 50) {
		verb[k] = "empty"
		body[k] = "locate"
		if (R(2)) {
			body[k] = "nlocate"
			not[k] = 1
		}
	} else if (kind[k] < 58) {
		verb[k] = "find"
		not[k] = R(2)
		body[k] = (not[k] ? "strnfind " : "strfind ") t
	} else if (kind[k] < 68) {
		verb[k] = "match"
		not[k] = R(2)
		f = R(6)
		ere[k] = f == 0 ? "^a" : f == 1 ? "b$" : f == 2 ? "[0-9]+x" : f == 3 ? "(a|22)(b|x)" : \
			f == 4 ? "x[^a]*y" : "^(a*b)*$"
		body[k] = (not[k] ? "nmatch /" : "match /") ere[k] "/"
	} else if (kind[k] < 74) {
		verb[k] = "columns"
		not[k] = R(2)
		col1[k] = 1 + R(4)
		col2[k] = col1[k] + R(4)
		body[k] = (not[k] ? "nlocate " : "locate ") col1[k] "-" col2[k] " " t
	} else if (kind[k] < 80) {
		verb[k] = "field"
		not[k] = R(2)
		if (tab[s]) {
			verb[k] = "column"
			f = a_column(s)
			col1[k] = column
		} else {
			col1[k] = 1 + R(3)
			f = "f" col1[k]
			opt[k] = "-F , "
		}
		body[k] = (not[k] ? "nlocate " : "locate ") f " " t
	} else if (kind[k] < 85) {
		verb[k] = "length"
		col1[k] = R(2) ? R(8) : R(4000)
		body[k] = "where length > " col1[k]
	} else {
		verb[k] = "pos"
		col1[k] = 2 + R(5)
		col2[k] = R(col1[k])
		body[k] = "where POS % " col1[k] " == " col2[k]
	}
	if (verb[k] ~ /^(length|pos)$/) {
		phrase_word[k] = body[k]
		phrase_words[k] = "where '" substr(body[k], 7) "'"
	} else {
		phrase_word[k] = opt[k] body[k]
		phrase_words[k] = opt[k] shell_words(body[k])
	}
	return k
}

function shell_words(s, k, parts, i, t) {
	k = split(s, parts, " ")
	t = parts[1]
	for (i = 2; i <= k; i++)
		t = t " " quote(parts[i])
	return t
}

function holds(k, s, position, yes, r, i) {
	if (verb[k] == "locate") {
		if (fold[k])
			yes = index(tolower(s), tolower(text1[k])) > 0 || \
				(text2[k] != "" && index(tolower(s), text2[k]) > 0)
		else
			yes = index(s, text1[k]) > 0 || (text2[k] != "" && index(s, text2[k]) > 0)
	} else if (verb[k] == "empty")
		yes = s != ""
	else if (verb[k] == "find")
		yes = substr(s, 1, length(text1[k])) == text1[k]
	else if (verb[k] == "match")
		yes = s ~ ere[k]
	else if (verb[k] == "columns")
		yes = index(substr(s, col1[k], col2[k] - col1[k] + 1), text1[k]) > 0
	else if (verb[k] == "field") {
		# Not split(): it takes each newline for a separator, too, if awk is original-awk.
		for (r = col1[k]; r > 1 && (i = index(s, ",")) > 0; r--)
			s = substr(s, i + 1)
		i = index(s, ",")
		yes = r == 1 && index(i > 0 ? substr(s, 1, i - 1) : s, text1[k]) > 0
	} else if (verb[k] == "column") {
		r = csv_field(s, col1[k])
		yes = !missing && index(r, text1[k]) > 0
	} else if (verb[k] == "length")
		yes = length(s) > col1[k]
	else
		yes = position % col1[k] == col2[k]
	return not[k] ? !yes : yes
}

# ---- what commands do with streams ----

# A new stream made from s: it is like s in all but its records.
function like(s, t) {
	t = new_stream()
	w[t] = w[s]
	bad[t] = bad[s]
	gap[t] = gap[s]
	head[t] = head[s]
	sorted[t] = sorted[s]
	placed[t] = placed[s]
	whole[t] = whole[s]
	enough[t] = enough[s]
	with_table(t, s)
	return t
}

# The records of s with keep[i] == yes. each: each record is judged by itself, so that from a part
# of s a part comes.
function chosen(s, yes, each, t, i) {
	t = like(s)
	for (i = 1; i <= n[s]; i++)
		if (keep[i] == yes) {
			push(t, d[s, i], p[s, i])
			if (i == n[s])
				tail[t] = tail[s]
		}
	if (head[s])
		whole[t] = t
	return t
}

function all_of(s, t, i) {
	for (i = 1; i <= n[s]; i++)
		keep[i] = 1
	return chosen(s, 1)
}

# If the input is cut, t is not its own beginning, but some records of s.
function headless(t, s) {
	if (head[t]) {
		head[t] = 0
		whole[t] = whole[s]
	}
}

# Numbers the records anew.
function numbered(s, i) {
	for (i = 1; i <= n[s]; i++)
		p[s, i] = i - 1
	w[s] = n[s]
	if (!head[s] || !sorted[s])
		placed[s] = 0
	if (tail[s])
		tail[s] = 2
}

function judge(ph, s, i) {
	for (i = 1; i <= n[s]; i++)
		keep[i] = holds(ph, d[s, i], p[s, i])
}

function do_filter(s, how, ph, t, e, limit, i, k, text, early, places) {
	places = placed[s] && sorted[s]
	ph = a_phrase(places, s)
	judge(ph, s)
	limit = 0
	text = "rec-filter "
	if (R(6) == 0) {
		text = text "-v "
		for (i = 1; i <= n[s]; i++)
			keep[i] = !keep[i]
	}
	early = 0
	if (sorted[s] && R(5) == 0) {
		limit = 1 + R(20)
		text = text "-n " limit " "
		k = 0
		for (i = 1; i <= n[s]; i++)
			if (k >= limit)
				keep[i] = 2
			else
				k += keep[i]
		early = k >= limit
	}
	t = chosen(s, 1)
	if (limit && !head[s]) {
		whole[t] = whole[s]
		enough[t] = 1
	}
	if (early) {
		bad[t] = 0
		w[t] = -1
	}
	if (how != "plain" && R(4) == 0) {
		e = chosen(s, 0)
		if (early) {
			bad[e] = 0
			w[e] = -1
		}
		filter_stage(text "--else " side(e) " " phrase_words[ph], s, early)
		after_side(early)
	} else
		filter_stage(text phrase_words[ph], s, early)
	return t
}

# take and drop
function do_ends(s, how, k, i, text, t, e, last, drop, early, other, ph, decided, after, sum, len, at) {
	drop = R(2)
	other = how != "plain" && R(4) == 0
	text = drop ? "rec-drop " : "rec-take "
	early = 0
	last = 0
	i = R(10)
	if (i < 5) {
		last = R(3) == 0
		k = R(4) == 0 ? n[s] + R(3) - 1 : R(n[s] + 4)
		if (k < 0)
			k = 0
		for (i = 1; i <= n[s]; i++)
			keep[i] = (last ? i > n[s] - k : i <= k) != drop
		early = !last && k <= n[s]
		text = text "@" (last ? "last " : R(2) ? "first " : "") k
	} else if (i < 7 && !tab[s]) # a table is divided between rows
		return do_bytes(s, how, drop, other)
	else {
		ph = a_phrase(placed[s], s)
		after = R(3) == 0
		k = R(2)
		decided = 0
		for (i = 1; i <= n[s]; i++) {
			if (!decided && holds(ph, d[s, i], p[s, i]) == k) {
				decided = 1
				keep[i] = after
			} else
				keep[i] = !decided
			if (drop)
				keep[i] = !keep[i]
		}
		early = decided
		text = text (after ? "--after " : "") "@" (k ? "until " : "while ") phrase_words[ph]
		k = 1
	}
	decided = early
	early = early && !drop && !other
	wants_nothing = wants_nothing || (early && k == 0)
	t = chosen(s, 1)
	if (!head[s]) {
		whole[t] = whole[s]
		enough[t] = enough[t] || !last
	}
	if (last && !drop)
		headless(t, s)
	if (early) {
		bad[t] = 0
		w[t] = -1
	}
	if (other) {
		e = chosen(s, 0)
		if (!head[s])
			whole[e] = whole[s]
		if (last && drop)
			headless(e, s)
		# A command that drops the first records has no more for the other output then, and
		# may stop if nobody wants the rest.
		either[e] = drop && decided
		at = index(text, "@")
		text = substr(text, 1, at - 1) "--else " side(e) " " substr(text, at + 1)
		filter_stage(text, s, early)
		after_side(drop && decided)
	} else {
		at = index(text, "@")
		filter_stage(substr(text, 1, at - 1) substr(text, at + 1), s, early)
	}
	return t
}

# N bytes, first or last: a record may be divided
function do_bytes(s, how, drop, other, sum, i, last, k, len, a, b, t, early) {
	last = R(3) == 0
	sum = 0
	for (i = 1; i <= n[s]; i++)
		sum += length(d[s, i])
	k = R(4) == 0 ? sum + R(3) - 1 : R(sum + 10)
	if (k < 0)
		k = 0
	# a: before the division, b: after it
	a = like(s)
	b = like(s)
	len = last ? sum - k : k
	for (i = 1; i <= n[s]; i++) {
		# An empty record at the place where the last bytes begin does not belong to them.
		if (len <= 0 && !(last && len == 0 && n[b] == 0 && d[s, i] == ""))
			push(b, d[s, i], p[s, i])
		else if (length(d[s, i]) <= len) {
			push(a, d[s, i], p[s, i])
			len -= length(d[s, i])
		} else {
			push(a, substr(d[s, i], 1, len), p[s, i])
			push(b, substr(d[s, i], len + 1), p[s, i])
			len = 0
		}
	}
	if (tail[s] && n[s] > 0)
		tail[a] = tail[b] = 2
	early = !last && sum >= k && !drop && !other
	wants_nothing = wants_nothing || (early && k == 0)
	if (head[s]) {
		whole[a] = a
		whole[b] = b
	} else
		whole[a] = whole[b] = 0
	if (last)
		head[b] = whole[b] = 0
	t = (last != drop) ? b : a
	enough[a] = enough[b] = enough[s] || !head[s]
	if (early) {
		bad[t] = 0
		w[t] = -1
	}
	len = drop && !last && sum >= k
	either[t == a ? b : a] = len
	i = (drop ? "rec-drop " : "rec-take ") (other ? "--else " side(t == a ? b : a) " " : "") \
		(last ? "last " : "") k " bytes"
	filter_stage(i, s, early)
	if (other)
		after_side(len)
	return t
}

function do_between(s, how, from, to, count, k, i, inside, v, t, e, text, in_group, ere_too, a, b) {
	v = R(3) == 0
	inside = R(3) == 0
	from = substr("ab1xE", R(5) + 1, 1)
	to = substr("ab1xE", R(5) + 1, 1)
	count = R(2) ? 1 + R(5) : 0
	ere_too = R(4) == 0
	text = "rec-between " (ere_too ? "--match " : "") (v ? "-v " : "") (inside ? "--inside " : "")
	in_group = 0
	for (i = 1; i <= n[s]; i++) {
		a = ere_too ? index(d[s, i], from) > 0 : substr(d[s, i], 1, 1) == from
		b = ere_too ? index(d[s, i], to) > 0 : substr(d[s, i], 1, 1) == to
		if (!in_group) {
			keep[i] = a ? !inside : 0
			if (a)
				in_group = 1
		} else {
			in_group++
			keep[i] = inside && !count && b ? 0 : 1
			if (!count && b)
				in_group = 0
		}
		if (count && in_group == count)
			in_group = 0
		if (v)
			keep[i] = !keep[i]
	}
	t = chosen(s, 1)
	if (!head[s])
		whole[t] = whole[s]
	i = "/" from "/ " (count ? count : "/" to "/")
	if (how != "plain" && R(4) == 0) {
		e = chosen(s, 0)
		if (!head[s])
			whole[e] = whole[s]
		filter_stage(text "--else " side(e) " " i, s, 0)
		after_side(0)
	} else
		filter_stage(text i, s, 0)
	return t
}

function do_around(s, how, ph, t, e, i, last, text, before, after, v, hit) {
	ph = a_phrase(placed[s] && sorted[s], s)
	judge(ph, s)
	v = R(6) == 0
	before = R(4)
	after = R(4)
	last = -after
	for (i = 1; i <= n[s]; i++) {
		hit[i] = v ? !keep[i] : keep[i]
		if (hit[i])
			last = i
		keep[i] = i - last <= after && last > 0
	}
	last = 0
	for (i = n[s]; i >= 1; i--) {
		if (hit[i])
			last = i
		if (last && last - i <= before)
			keep[i] = 1
	}
	t = chosen(s, 1)
	if (!head[s])
		whole[t] = whole[s]
	text = "rec-around " (v ? "-v " : "") (before == after && R(2) ? "-C " after " " : \
		"-A " after " -B " before " ")
	if (how != "plain" && R(4) == 0) {
		e = chosen(s, 0)
		if (!head[s])
			whole[e] = whole[s]
		filter_stage(text "--else " side(e) " " phrase_words[ph], s, 0)
		after_side(0)
	} else
		filter_stage(text phrase_words[ph], s, 0)
	return t
}

function do_unique(s, how, what, i, j, k, t, e, text, fold_it, range, seen_it, key, count, len, v) {
	i = R(6)
	what = i == 0 ? "last" : i == 1 ? "first" : i == 2 ? "singles" : i == 3 ? "multiple" : \
		i == 4 ? "pairwise" : "--all"
	fold_it = R(4) == 0
	range = R(3) == 0 ? 1 + R(3) : 0
	text = "1-" range
	column = 0
	if (range && tab[s] && R(2))
		text = a_column(s)
	v = column
	count = (what == "last" || what == "first" || what == "singles") && how != "plain" && R(3) == 0 && \
		header[s] !~ /^count/
	for (i = 1; i <= n[s]; i++) {
		if (range && v) {
			key[i] = "=" csv_field(d[s, i], v)
			if (missing)
				key[i] = "none"
		} else
			key[i] = range ? (length(d[s, i]) < 1 ? "none" : "=" substr(d[s, i], 1, range)) : d[s, i]
		if (fold_it)
			key[i] = tolower(key[i])
	}
	split("", seen_it)
	for (i = 1; i <= n[s]; i = j + 1) {
		for (j = i; j < n[s] && key[j + 1] == key[i]; j++)
			;
		for (k = i; k <= j; k++) {
			len[k] = j - i + 1
			if (what == "last")
				keep[k] = k == j
			else if (what == "first")
				keep[k] = k == i
			else if (what == "singles")
				keep[k] = i == j
			else if (what == "multiple")
				keep[k] = i != j
			else if (what == "pairwise")
				keep[k] = k == j && (j - i) % 2 == 0
			else
				keep[k] = k == i && !(("k" key[i]) in seen_it)
		}
		seen_it["k" key[i]] = 1
	}
	t = chosen(s, 1)
	if (!head[s])
		whole[t] = whole[s]
	if (what == "last" || what == "singles" || what == "pairwise" || (what == "first" && count))
		headless(t, s)
	if (count) {
		j = 0
		for (i = 1; i <= n[s]; i++)
			if (keep[i] == 1) {
				j++
				k = len[i]
				while (!tab[s] && length(k) < 7)
					k = " " k
				d[t, j] = k (tab[s] ? "," : " ") d[s, i]
			}
		if (header[t] != "")
			header[t] = "count," header[t]
		whole[t] = head[t] = 0
		if (tail[t])
			tail[t] = 2
	}
	range = (what == "last" && R(2) ? "" : " " what) (range ? " " quote(text) : "")
	text = "rec-unique " (count ? "-c " : "") (fold_it ? "-i " : "")
	if (how != "plain" && R(4) == 0) {
		e = chosen(s, 0)
		if (!head[s])
			whole[e] = whole[s]
		headless(e, s)
		filter_stage(text "--else " side(e) range, s, 0)
		after_side(0)
	} else
		filter_stage(text range, s, 0)
	return t
}

function do_sample(s, how, k, m, i, t, e, text) {
	k = 1 + R(5)
	m = R(3) ? 0 : R(7)
	for (i = 1; i <= n[s]; i++)
		keep[i] = i > m && (i - m - 1) % k == 0
	t = chosen(s, 1)
	if (!head[s])
		whole[t] = whole[s]
	text = "rec-sample --every " k (m ? " --offset " m : "")
	if (how != "plain" && R(4) == 0) {
		e = chosen(s, 0)
		if (!head[s])
			whole[e] = whole[s]
		filter_stage(text " --else " side(e), s, 0)
		after_side(0)
	} else
		filter_stage(text, s, 0)
	return t
}

function do_meter(s) {
	filter_stage(R(2) ? "rec-meter -q" : "rec-meter 2>/dev/null", s, 0)
	return all_of(s)
}

function do_tee(s, k, i, text, wanted) {
	text = "rec-tee"
	wanted = 0
	for (k = 1 + R(3); k > 0; k--) {
		text = text " " (R(4) ? "" : R(2) ? "wait:" : "spill:") side(all_of(s))
		wanted += side_wants
	}
	if (R(6) == 0)
		text = text " skip:cmd:" quote("rec-join >/dev/null 2>&1; cat >/dev/null")
	filter_stage(text redirects(), s, 0)
	stage_barrier[stages] = wanted > 0
	return all_of(s)
}

function do_route(s, k, i, j, text, t, e, ph, wanted) {
	text = "rec-route"
	for (i = 1; i <= n[s]; i++)
		route[i] = 0
	k = 1 + R(3)
	wanted = 0
	for (j = 1; j <= k; j++) {
		ph = a_phrase(placed[s] && sorted[s], s)
		for (i = 1; i <= n[s]; i++) {
			if (route[i] == 0 && holds(ph, d[s, i], p[s, i]))
				route[i] = j
			keep[i] = route[i] == j
		}
		e = chosen(s, 1)
		text = text " " quote(phrase_word[ph]) " " side(e)
		wanted += side_wants
	}
	for (i = 1; i <= n[s]; i++)
		keep[i] = route[i] == 0
	t = chosen(s, 1)
	filter_stage(text redirects(), s, 0)
	stage_barrier[stages] = wanted > 0
	return t
}

# POS in other commands that get the records of s: the source's position, but at least one more than
# that of the record before. In seen.
function see_positions(s, i, last) {
	last = -1
	for (i = 1; i <= n[s]; i++)
		seen[i] = last = p[s, i] > last ? p[s, i] : last + 1
}

function judge_seen(ph, s, i) {
	for (i = 1; i <= n[s]; i++)
		keep[i] = keep[i] && holds(ph, d[s, i], seen[i])
}

# A worker that judges each record by itself: its words, and the records that it keeps in keep.
function a_worker(s, shell, ph, ph2, i, r, places) {
	places = placed[s] && sorted[s]
	see_positions(s)
	for (i = 1; i <= n[s]; i++)
		keep[i] = 1
	ph = a_phrase(places, s)
	r = R(5)
	if (r == 3 && !shell)
		return "rec-only " quote(phrase_word[ph]) " rec-meter -q"
	judge_seen(ph, s)
	if (r < 3 && !shell)
		return "rec-filter " phrase_words[ph]
	ph2 = a_phrase(places, s)
	judge_seen(ph2, s)
	r = "rec-filter " phrase_words[ph] " | rec-filter " phrase_words[ph2]
	return shell ? r : "sh -c " quote(r)
}

function do_fanout(s, k, ordered, text, t, r, worker, die) {
	if (!sorted[s])
		ordered = 0
	text = "rec-fanout " (ordered ? "-k " : "") "-j " (1 + R(4)) " "
	r = R(6)
	if (r == 0)
		text = text "--round-robin " (R(2) ? "-N " (1 + R(9)) " " : "")
	else if (r == 1)
		text = text "--key " (tab[s] && R(2) ? quote(a_column(s)) : "1-2") " "
	else if (r < 4)
		text = text "-N " (1 + R(9)) " "
	die = 0
	if (R(3) == 0) {
		k = R(3) + 1
		text = text "--retries " k " "
		die = k > 1 && R(2)
	}
	if (die) {
		worker = a_worker(s, 1)
		noisy = 1
		worker = "sh -c " quote("[ -e died." stages " ] || { >died." stages "; kill -KILL $$; }; " worker)
	} else
		worker = a_worker(s, 0)
	t = chosen(s, 1)
	if (ordered) {
		if (tail[t])
			tail[t] = 2
	} else {
		sorted[t] = head[t] = placed[t] = 0
		numbered(t)
		if (tail[s])
			tail[t] = 2
	}
	filter_stage(text worker, s, 0)
	return t
}

function do_only(s, ph, ph2, part, i, k, t, r, command, j, gone) {
	ph = a_phrase(placed[s], s)
	part = new_stream()
	for (i = 1; i <= n[s]; i++) {
		route[i] = holds(ph, d[s, i], p[s, i])
		if (route[i])
			push(part, d[s, i], p[s, i])
	}
	see_positions(part)
	r = R(6)
	if (r == 0) {
		k = R(n[part] + 2)
		command = "rec-take " k
		for (i = 1; i <= n[part]; i++)
			keep[i] = i <= k
	} else if (r == 1) {
		k = R(n[part] + 2)
		command = "rec-drop " k
		for (i = 1; i <= n[part]; i++)
			keep[i] = i > k
	} else if (r == 2) {
		command = "rec-unique first"
		for (i = 1; i <= n[part]; i++)
			keep[i] = i == 1 || d[part, i] != d[part, i - 1]
	} else {
		for (i = 1; i <= n[part]; i++)
			keep[i] = 1
		ph2 = a_phrase(placed[s], s)
		command = "rec-filter " phrase_words[ph2]
		judge_seen(ph2, part)
		if (r == 3) {
			ph2 = a_phrase(placed[s], s)
			command = "sh -c " quote(command " | rec-filter " phrase_words[ph2])
			judge_seen(ph2, part)
		}
	}
	# Of records at one position, those that pass by come first.
	t = like(s)
	k = 0
	for (i = 1; i <= n[s]; i = j + 1) {
		for (j = i; j < n[s] && p[s, j + 1] == p[s, i]; j++)
			;
		for (r = i; r <= j; r++)
			if (!route[r])
				push(t, d[s, r], p[s, r])
		for (r = i; r <= j; r++)
			if (route[r] && keep[++k])
				push(t, d[s, r], p[s, r])
	}
	if (tail[s])
		tail[t] = 2
	if (head[s])
		whole[t] = t
	filter_stage("rec-only " quote(phrase_word[ph]) " " command, s, 0)
	return t
}

function do_each(s, k, i, f, t, b, ordered) {
	ordered = R(4) > 0
	b = R(2) ? 1 : 1 + R(6)
	f = R(2) ? "netstring" : "u32le"
	t = like(s)
	if (header[s] != "" && R(2))
		f = "csv"
	if (f != "csv" || n[s] == 0) {
		# Processes that got no header have written none, nor have those that never ran.
		tab[t] = 0
		header[t] = ""
	}
	for (i = 1; i <= n[s]; i++) {
		k = int((i - 1) / b) * b + b
		if (k > n[s])
			k = n[s]
		push(t, d[s, i], p[s, k])
	}
	headless(t, s)
	if (b > 1)
		placed[t] = 0
	if (tail[s])
		tail[t] = 2
	if (!ordered) {
		sorted[t] = 0
		numbered(t)
	}
	filter_stage("rec-each " (ordered ? "-k " : "") "-j " (1 + R(3)) (b > 1 ? " -N " b : "") \
		" --in " f " --out " f " cat", s, 0)
	return t
}

# A file of records besides the input s, with the table of that: its stream in made.
function a_file(wrong, s) {
	return R(2) ? a_made_stream(wrong, s) : a_split_stream(60, s)
}

# Streams brought together: a and b, in the order of the operands.
function do_fanin(s, f, r, t, a, b, i, k, j, text, any, early, sep, turn) {
	f = a_file(R(8) ? "" : "failed", s)
	r = R(6)
	if (R(2)) {
		a = s
		b = made
		text = " - $I/" f
	} else {
		a = made
		b = s
		text = " $I/" f " -"
	}
	t = new_stream()
	bad[t] = bad[a] || bad[b]
	enough[t] = enough[s]
	with_table(t, s)
	early = 0
	if (tail[a] || tail[b])
		tail[t] = 2
	if (!sorted[s] || r == 0) {
		# as they come
		text = "rec-fanin --any" text
		put_all(t, a)
		put_all(t, b)
		sorted[t] = 0
		head[t] = 0
	} else if (r < 3) {
		text = "rec-fanin" text
		put_all(t, a)
		put_all(t, b)
		head[t] = 0
	} else if (r == 3) {
		text = "rec-fanin -k --ties" text
		merge_into(t, a, b)
		head[t] = 0
		placed[t] = placed[s]
		w[t] = -1
	} else {
		any = !bad[s] && !bad[made] && R(3) == 0
		i = j = 1
		turn = 0
		if (r == 4) {
			text = "rec-fanin --round-robin" (any ? " --until any" : "") text
			while (i <= n[a] || j <= n[b]) {
				if (any && (turn ? j > n[b] : i > n[a]))
					break
				if (turn ? j <= n[b] : i <= n[a]) {
					if (turn)
						push(t, d[b, j++], 0)
					else
						push(t, d[a, i++], 0)
				}
				turn = !turn
			}
		} else {
			k = ""
			if (header[s] != "" && fits(a) && fits(b) && R(2)) {
				# An input that has ended gives empty fields, and so does a row that is
				# too short.
				sep = ","
				k = repeat(",", columns(header[s]) - 1)
				fill(a)
				fill(b)
				header[t] = header[a] "," header[b]
			} else {
				sep = R(2) ? "," : "=="
				tab[t] = 0
				header[t] = ""
			}
			text = "rec-fanin --zip " (tab[t] ? "" : "-F " sep " ") (any ? "--until any" : "") text
			for (i = 1; any ? (i <= n[a] && i <= n[b]) : (i <= n[a] || i <= n[b]); i++)
				push(t, (i <= n[a] ? d[a, i] : k) sep (i <= n[b] ? d[b, i] : k), 0)
		}
		early = any
		enough[t] = enough[t] || any
		head[t] = 0
		whole[t] = 0
	}
	if (r != 3 || !sorted[s])
		numbered(t)
	if (whole[t]) {
		if (whole[s]) {
			k = new_stream()
			if (r == 3 && sorted[s])
				merge_into(k, a == s ? whole[s] : made, b == s ? whole[s] : made)
			else {
				put_all(k, a == s ? whole[s] : made)
				put_all(k, b == s ? whole[s] : made)
			}
			whole[t] = k
		} else
			whole[t] = 0
	}
	stage(text, bad[t] ? "65" : "0", early)
	return t
}

function put_all(t, s, i) {
	for (i = 1; i <= n[s]; i++)
		push(t, d[s, i], p[s, i])
}

function merge_into(t, a, b, i, j) {
	i = j = 1
	while (i <= n[a] || j <= n[b])
		if (j > n[b] || (i <= n[a] && p[a, i] <= p[b, j])) {
			push(t, d[a, i], p[a, i])
			i++
		} else {
			push(t, d[b, j], p[b, j])
			j++
		}
}

# A stream is divided, one branch changed, and both brought together again.
function do_diamond(s, t, e, ph, i, name, text, k, r, first, u, ties, last) {
	name = (R(3) ? "fifo:p" : "shm:" "$M.p") (++names)
	# If the reader of a ring is killed before it has come, the writer does not learn of that,
	# and waits for another one.
	if (name ~ /^shm/)
		spared = "rec-fanin"
	r = R(5)
	ties = 0
	if (r == 0) {
		# Whichever records were chosen, all come together again.
		filter_stage("rec-sample --rate 0." (1 + R(9)) " --seed " R(1000) " --else " name, s, 0)
		for (i = 1; i < n[s]; i++)
			ties = ties || p[s, i] == p[s, i + 1]
		first = stages
		t = all_of(s)
		stage_barrier[first] = 2
		stage("rec-fanin -k " (ties ? "--ties " : "") "- " name, bad[s] ? "65" : "0", 0)
		stage_barrier[stages] = 3
		if (ties) {
			sorted[t] = 0 # the records at one position
			placed[t] = 0
		}
		head[t] = 0
		if (tail[s])
			tail[t] = 2
		w[t] = -1
		return t
	}
	if (r == 1) {
		k = R(n[s] + 2)
		last = R(2)
		for (i = 1; i <= n[s]; i++)
			keep[i] = last ? i > n[s] - k : i <= k
		t = chosen(s, 1)
		e = chosen(s, 0)
		if (!head[s])
			whole[t] = whole[e] = whole[s]
		if (last)
			headless(t, s)
		text = "rec-take --else " name (last ? " last " : " ") k
	} else {
		ph = a_phrase(placed[s], s)
		judge(ph, s)
		t = chosen(s, 1)
		e = chosen(s, 0)
		if (r == 2)
			text = "rec-route " quote(phrase_word[ph]) " - " name
		else
			text = "rec-filter --else " name " " phrase_words[ph]
	}
	filter_stage(text, s, 0)
	first = stages
	stage_barrier[first] = 2
	wants_nothing = 0
	for (k = R(3); k > 0; k--)
		t = middle(t, "plain")
	# A command that takes nothing says so at once. If the first command was killed before it
	# could open the other output, rec-fanin does not learn of that.
	if (wants_nothing)
		alone = 1
	# If both branches have records at one position, --ties is needed.
	split("", at_position)
	for (i = 1; i <= n[t]; i++)
		at_position[p[t, i]] = 1
	for (i = 1; i <= n[e]; i++)
		if (p[e, i] in at_position)
			ties = 1
	for (i = 1; i < n[s]; i++)
		ties = ties || p[s, i] == p[s, i + 1]
	if (R(4) == 0)
		ties = 1
	u = new_stream()
	if (R(2)) {
		merge_into(u, t, e)
		text = "- " name
		i = t
		k = e
	} else {
		merge_into(u, e, t)
		text = name " -"
		i = e
		k = t
	}
	bad[u] = bad[t] || bad[e]
	enough[u] = enough[t] || enough[e]
	with_table(u, s)
	w[u] = -1
	placed[u] = placed[s] && placed[t]
	head[u] = 0
	gap[u] = gap[s]
	if (tail[t] || tail[e])
		tail[u] = 2
	if (whole[t] && whole[e]) {
		whole[u] = new_stream()
		merge_into(whole[u], whole[i], whole[k])
	} else
		whole[u] = 0
	stage("rec-fanin -k " (ties ? "--ties " : "") text, bad[u] ? "65" : "0", 0)
	stage_barrier[stages] = 3
	return u
}

# One stage on s; how: "plain" if it may have no other outputs and must keep order and positions.
function middle(s, how, r) {
	for (;;) {
		r = R(100)
		if (r < 20)
			return do_filter(s, how)
		if (r < 32 && sorted[s])
			return do_ends(s, how)
		if (r >= 32 && r < 38 && sorted[s])
			return R(2) ? do_between(s, how) : do_around(s, how)
		if (r >= 38 && r < 45 && sorted[s])
			return do_unique(s, how)
		if (r >= 45 && r < 49 && sorted[s])
			return do_sample(s, how)
		if (r >= 49 && r < 52)
			return do_meter(s)
		if (r >= 52 && r < 59 && sorted[s])
			return do_only(s)
		if (r >= 59 && r < 67 && sorted[s])
			return do_fanout(s, 0, 1)
		if (how == "plain")
			continue
		if (r >= 67 && r < 72)
			return do_fanout(s, 0, 0)
		if (r >= 72 && r < 78)
			return do_tee(s)
		if (r >= 78 && r < 83)
			return do_route(s)
		if (r >= 83 && r < 86 && n[s] <= 15)
			return do_each(s)
		if (r >= 86 && r < 92)
			return do_fanin(s)
		if (r >= 92 && sorted[s])
			return do_diamond(s)
	}
}

# ---- outputs ----

# The statuses that an output may have.
function end_status(s) {
	return !bad[s] ? "0" : either[s] ? "0,65" : "65"
}

function out_line(k, way, s, statuses) {
	printf "out %d %s %s\n", k, way, statuses >meta
	if (enough[s])
		printf "enough %d\n", k >meta
	if (way ~ /^(bytes|lines|whole|free|loose)$/)
		return
	out_all(k, s)
}

# all.N: the records of which some may come.
function out_all(k, s, i, file) {
	file = dir "/all." k
	printf "" >file
	for (i = 1; i <= n[s]; i++)
		printf "%s\n", escaped(d[s, i]) >file
	close(file)
}

# A command that stream s ends in, whose output is output k. to: the redirection, " >o.1".
function sink(s, k, to, r, f, i, file, at, way, long, nul, ends, bounds, ph, wanted) {
	way = head[s] ? "bytes" : !whole[s] ? (sorted[s] ? "free" : "loose") : sorted[s] ? "some" : "any"
	file = dir "/want." k
	printf "" >file
	long = 0
	nul = 0
	for (i = 1; i <= n[s]; i++) {
		if (length(d[s, i]) > long)
			long = length(d[s, i])
		if (index(d[s, i], NUL) > 0)
			nul = 1
	}
	r = R(20)
	if (r == 0 && to != "") {
		# Only their number, and the end
		printf "info %d\n", k >meta
		wanted = "\"records\":" n[s]
		if (n[s] > 0 && sorted[s])
			wanted = wanted ",\"first\":" num(p[s, 1]) ",\"last\":" num(p[s, n[s]])
		if (!bad[s] && w[s] >= 0 && sorted[s])
			wanted = wanted ",\"watermark\":" num(w[s])
		printf "%s\n", wanted >file
		close(file)
		out_line(k, "free", s, end_status(s))
		return "rec-view --info --json" to
	}
	if (r == 1) {
		ph = a_phrase(0, s)
		at = 0
		for (i = 1; i <= n[s]; i++)
			at += holds(ph, d[s, i], p[s, i])
		printf "%d\n", at >file
		close(file)
		out_line(k, "free", s, end_status(s))
		return "rec-filter -c " phrase_words[ph] to
	}
	if (r < 6 && sorted[s] && (way == "bytes" || placed[s])) {
		for (i = 1; i <= n[s]; i++)
			printf "%s\n", viewed(d[s, i], p[s, i]) >file
		close(file)
		if (way == "some") {
			# The same for the records that may come.
			printf "out %d some %s\n", k, end_status(s) >meta
			if (enough[s])
				printf "enough %d\n", k >meta
			file = dir "/all." k
			printf "" >file
			for (i = 1; i <= n[whole[s]]; i++)
				printf "%s\n", viewed(d[whole[s], i], p[whole[s], i]) >file
			close(file)
		} else
			out_line(k, way == "bytes" ? "lines" : way, s, end_status(s))
		return "rec-view" to
	}
	if (way != "bytes" || r < 9) {
		at = sorted[s] && r < 12 && to ~ /^ >o/
		for (i = 1; i <= n[s] && !(at && bad[s]); i++)
			printf "%s\n", escaped(d[s, i]) >file
		close(file)
		if (at) {
			out_line(k, "whole", s, end_status(s))
			return "rec-join -f escaped " (R(2) ? "--whole" to : "-o" substr(to, 3))
		}
		out_line(k, way == "bytes" ? "lines" : way, way ~ /^(some|any)$/ ? whole[s] : s, end_status(s))
		return "rec-join -f escaped" to
	}
	# bytes
	r = R(8)
	f = r < 3 ? (tab[s] && R(4) ? "csv" : "lines") : r == 3 ? "netstring" : r == 4 ? "u32le" : r == 5 ? "varint" : \
		r == 6 && !nul ? "nul" : "u64be"
	ends = framed_end(f)
	bounds = "bounds " k " 0"
	at = 0
	way = f == "csv" && R(4) == 0 ? " --no-header" : ""
	if (f == "csv" && way == "" && header[s] != "") {
		at = put(file, header[s] "\n")
		bounds = bounds " " at
	}
	for (i = 1; i <= n[s]; i++) {
		at += put_framed(file, f, d[s, i], i == n[s] && tail[s] == 1 && ends == gap[s])
		# The last record of an input that is not the last input may come unchanged, if
		# nothing comes after it.
		if (n[s] < 400)
			bounds = bounds (ends == gap[s] ? " " (at - length(ends)) : "") " " at
	}
	close(file)
	if ((tail[s] == 2 || (rough && tail[s] == 0)) && ends == gap[s])
		printf "tail %d %d\n", k, length(ends) >meta
	if (n[s] < 400)
		printf "%s\n", bounds >meta
	out_line(k, "bytes", s, end_status(s))
	if (f == "csv" || (f == "lines" && !tab[s]))
		return "rec-join" way to
	return "rec-join" (f == "nul" ? " -0" : " -f " f) to
}

# Another output for stream s: an endpoint as a word of the shell. side_wants: it takes all,
# whichever reader leaves.
function side(s, k, r, text, t, was, name, i) {
	k = ++outputs
	r = R(10)
	side_wants = 1
	if (r < 3 || (r == 6 && redirected != "") || (r == 7 && w[s] < 0)) {
		name = "f" k ".rec"
		after_all(s, k, name)
		return name
	}
	if (r == 6) {
		name = "f" k ".rec"
		after_all(s, k, name)
		redirected = " 3>" name
		return "fd:3"
	}
	if (r == 7) {
		# appended to a file
		name = "f" k ".rec"
		i = a_file("", s)
		printf "cp $I/%s %s\n", i, name >(dir "/run.head")
		t = new_stream()
		append(t, made)
		append(t, s)
		head[t] = head[s]
		whole[t] = 0
		placed[t] = placed[s]
		sorted[t] = sorted[s]
		if (head[t])
			whole[t] = t
		after_all(t, k, name)
		printf "old %d %s\n", k, i >meta
		return "append:" name
	}
	if (r == 8 && R(2)) {
		# another pipeline beside this one; if its writer is killed before it has come, the
		# reader does not learn of that
		name = R(2) ? "fifo:p" (++names) : "shm:$M.p" (++names)
		alone = 1
		t = like(s)
		put_all(t, s)
		if (tail[s])
			tail[t] = 2
		numbered(t)
		printf "{ rec-fanin %s | %s; echo $? >s.%d; } 9>&- &\n", \
			name, sink(t, k, " >o." k), k >(dir "/run.head")
		return name
	}
	text = sink(s, k, " >o." k)
	if (R(2) && sorted[s])
		text = "rec-meter -q | " text
	text = text "; s=$?; echo $s >s." k "; exit $s"
	return "cmd:" quote(text)
}

# What is done with the stream in a file afterwards. If a command was killed before it could make
# the file, there is none.
function after_all(s, k, name) {
	printf "[ -e %s ] && { %s; echo $? >s.%d; }\n", name, sink(s, k, " >o." k " <" name), k >(dir "/post")
}

# The redirection that side needs for the command that has it.
function redirects(t) {
	t = redirected
	redirected = ""
	return t
}

# The last stage has a side.
function after_side(early) {
	stage_text[stages] = stage_text[stages] redirects()
	if (side_wants && !early)
		stage_barrier[stages] = 1
}

# ---- all of it ----

# The last stage: most often one output.
function last_stage(s, r, k, i, j, size, t, text, ph, found) {
	r = R(12)
	if (r == 0 && sorted[s]) {
		# Dealt out to files
		size = R(3) ? 1 + R(5) : 0
		text = "rec-fanout " (size ? "--round-robin -N " size : "--copy")
		k = 1 + R(3)
		for (j = 0; j < k; j++) {
			for (i = 1; i <= n[s]; i++)
				keep[i] = size == 0 || int((i - 1) / size) % k == j
			t = chosen(s, 1)
			if (!head[s])
				whole[t] = whole[s]
			# In the middle no gap is missing; which output has the last record is not
			# specified.
			if (tail[t])
				tail[t] = 2
			w[t] = -1
			outputs++
			text = text " --to f" outputs ".rec"
			after_all(t, outputs, "f" outputs ".rec")
		}
		filter_stage(text, s, 0)
		last_output = 0
		return
	}
	i = last_output = ++outputs
	if (r == 1) {
		# A question
		ph = a_phrase(placed[s] && sorted[s], s)
		found = 0
		for (k = 1; k <= n[s] && !found; k++)
			found = holds(ph, d[s, k], p[s, k])
		printf "" >(dir "/want." i)
		close(dir "/want." i)
		text = found ? "0" : bad[s] ? "65" : "1"
		printf "out %d free %s\n", i, text >meta
		stage("rec-filter -q " phrase_words[ph], text, found)
		return
	}
	stage(sink(s, i, " >o." i), end_status(s), 0)
}

function generate(s, k) {
	meta = dir "/meta"
	printf "" >(dir "/prep")
	printf "" >(dir "/post")
	printf "" >(dir "/run.head")
	streams = stages = outputs = phrases = names = inputs = 0
	noisy = alone = 0
	# rough: an input that is not the last one lacks its last end, so an output that ends with that record may lack it.
	rough = 0
	spared = "nobody"
	redirected = ""
	s = source()
	for (k = R(6); k > 0; k--)
		s = middle(s, "")
	last_stage(s)
}

function finish(i, j, k, early, depth, text, statuses, file, outer) {
	# The stages that a later one may stop: all before an early one, up to one that continues
	# for another output.
	early = 0
	depth = 0
	for (i = stages; i > 0; i--) {
		if (stage_barrier[i] == 3)
			outer[++depth] = early
		else if (stage_barrier[i] == 2)
			early = outer[depth--]
		else if (stage_barrier[i] == 1)
			early = 0
		if (early) {
			if (stage_status[i] !~ /(^|,)0/)
				stage_status[i] = "0," stage_status[i]
			if (stage_text[i] ~ /^cat /)
				stage_status[i] = "0,141"
		}
		if (stage_early[i])
			early = 1
	}
	statuses = ""
	text = ""
	for (i = 1; i <= stages; i++) {
		statuses = statuses " " stage_status[i]
		text = text (i > 1 ? " |\n" : "") stage_text[i]
	}
	printf "stages%s\nnoisy %d\nalone %d\nspared %s\n", statuses, noisy, alone, spared >meta
	if (last_output)
		printf "last %d\n", last_output >meta
	# The settings: REC_HOP, REC_RING, REC_BLOCK or none; pipes of one page; another process
	# that uses up a processor
	file = dir "/env"
	i = R(8)
	printf "hop=%s\n", (i < 2 ? "0" : i < 3 ? "none" : i < 4 ? "100000" : "1") >file
	i = R(5)
	printf "ring=%s\n", (i == 0 ? "none" : i == 1 ? 1 : i == 2 ? 3 : 2) >file
	i = R(6)
	printf "block=%s\n", (i < 2 ? "none" : i == 2 ? 64 : i == 3 ? 1000 : i == 4 ? 5000 : 70000) >file
	printf "pages=%d\n", (R(5) == 0) >file
	printf "busy=%d\n", (R(10) == 0) >file
	close(meta)
	printf "%s\necho ${PIPESTATUS[*]} >statuses\n", text >(dir "/run.tail")
}
