#!/usr/bin/env bats
# rec-view: what a person sees of records, and of a stream as a whole.

# Set by bats and by helper.bash.
# shellcheck disable=SC2154

load helper

# on_terminal: CMD's output on a terminal of COLUMNS columns, without the terminal's carriage
# returns. Its input is not the terminal.
on_terminal() { # COLUMNS CMD
	SHELL=/bin/sh script -qec "stty cols $1; $2 </dev/null" /dev/null </dev/null >tty.raw || return
	tr -d '\r' <tty.raw
}

@test "rec-view: position, length and content of each record" {
	printf 'one\n\nthree is longer\n' | rec-split >in
	rec-view in >out
	printf '     0       3  one\n     1       0\n     2      15  three is longer\n' >want
	same out want
	rec-view <in >out
	same out want
	rec-view - <in >out
	same out want
}

@test "rec-view: positions are the stream's own, also after a filter and in a second segment" {
	{
		mkstream at:7=a,11=b,11=c next:20 mark:20 end
		mkstream data:0:d end
	} >in
	rec-view in >out
	printf '     7       1  a\n    11       1  b\n    11       1  c\n    20       1  d\n' >want
	same out want
	mkstream data:18446744073709551614:y next:18446744073709551615 end >in
	rec-view in >out
	printf '18446744073709551614       1    y\n' >want
	same out want
}

@test "rec-view: control bytes, invalid UTF-8 and deceiving characters are made visible" {
	# C1 as a character, bidi override, byte order mark, overlong, surrogate, a lone byte; good UTF-8 stays.
	printf 'a\0b\nc\033[2J\r\t\177|\302\233|\342\200\256|\357\273\277|\300\200|\355\240\200|\377|\303\251\346\274\242' >rec
	rec-split -d '\n\n\n' rec | rec-view >out
	printf '     0      38  %s\n' 'a^@b^Jc^[[2J^M^I^?|\u{9B}|\u{202E}|\u{FEFF}|\xC0\x80|\xED\xA0\x80|\xFF|é漢' >want
	same out want
	# Whatever the bytes, no control byte and no C1 character comes out. (Which other characters
	# are printable depends on the libc.)
	head -c 300000 /dev/urandom >rnd
	rec-split -f fixed:1000 rnd | rec-view >out
	[ "$(LC_ALL=C grep -c '^ *[0-9]* *1000  ' out)" -eq 300 ]
	[ "$(lines out)" -eq 300 ]
	LC_ALL=C tr -d '\n' <out >row
	[ "$(LC_ALL=C tr -d '[:cntrl:]' <row | wc -c)" -eq "$(wc -c <row)" ]
	run -1 env LC_ALL=C grep -a -c -e "$(printf '\302[\200-\237]')" row
	[ "$output" = 0 ]
}

@test "rec-view: in a locale without UTF-8 only ASCII comes out" {
	printf 'caf\303\251\n' | rec-split >in
	LC_ALL=C rec-view in >out
	printf '     0       5  caf\\xC3\\xA9\n' >want
	same out want
}

@test "rec-view: a record of any length is shown whole if no width is set, without torn characters" {
	local i
	for i in 0 1 2 3; do
		{
			head -c "$i" /dev/zero | tr '\0' x
			for _ in 1 2 3 4 5 6 7 8 9; do printf 'é漢😀%.0s' {1..1500}; done
			printf '\n'
		} >text
		rec-split text | rec-view >out
		printf '%6d %7d  ' 0 $(($(stat -c %s text) - 1)) | cat - text >want
		same out want
	done
	# Characters with a stray byte after them, around the edges of the pieces in which a record
	# is made visible.
	for i in 16378 16379 16380 16381 16382 16383 16384; do
		head -c "$i" /dev/zero | tr '\0' x >text
		printf '😀\200%.0s' {1..5000} >>text
		rec-split text | rec-view | cut -c 17- >out
		head -c "$i" /dev/zero | tr '\0' x >want
		{
			printf '😀\\x80%.0s' {1..5000}
			echo
		} >>want
		same out want
	done
}

@test "rec-view: COLUMNS cuts rows and says what was left out" {
	{
		seq -s ' ' 1 2000
		printf 'fits exactly in 40 columns\n'
		printf '123456789012345678901234\n1234567890123456789012345\n'
		printf '\033%.0s' {1..100}
		echo
	} | rec-split >in
	COLUMNS=40 rec-view in >out
	cat >want <<-'X'
		     0    8892  1 2 3 4 ... +8,884 bytes
		     1      26  fits exactl... +15 bytes
		     2      24  123456789012345678901234
		     3      25  12345678901... +14 bytes
		     4     100  ^[^[^[^[^[... +95 bytes
	X
	same out want
	[ "$(wc -L <out)" -eq 40 ]
	# A COLUMNS that is no width counts as not set.
	rec-view in >want
	for c in 0 x -3 '' 99999999999999999999; do
		COLUMNS=$c rec-view in >out
		same out want
	done
}

@test "rec-view: on a terminal rows are cut to its width, whatever COLUMNS says" {
	seq -s ' ' 1 2000 | rec-split >in
	needs_terminal
	on_terminal 50 'NO_COLOR=1 COLUMNS=33 rec-view in' >out
	printf '     0    8892  1 2 3 4 5 6 7 8 9 ... +8,874 bytes\n' >want
	same out want
	# If the terminal does not know its width, COLUMNS counts; without it 80.
	on_terminal 0 'NO_COLOR=1 COLUMNS=40 rec-view in' >out
	printf '     0    8892  1 2 3 4 ... +8,884 bytes\n' >want
	same out want
	on_terminal 0 'NO_COLOR=1 rec-view in' >out
	[ "$(wc -L <out)" -gt 70 ]
	[ "$(wc -L <out)" -le 80 ]
}

@test "rec-view: colour on a terminal only, never with NO_COLOR or TERM=dumb" {
	printf 'a\033b\n' | rec-split >in
	printf '     0       3  a^[b\n' >want
	rec-view in >out
	same out want
	needs_terminal
	on_terminal 80 'rec-view in' >out
	printf '\033[32m     0\033[m\033[2m       3\033[m  a\033[35m^[\033[39mb\n' >coloured
	same out coloured
	on_terminal 80 'NO_COLOR= rec-view in' >out
	same out coloured
	on_terminal 80 'NO_COLOR=0 rec-view in' >out
	same out want
	on_terminal 80 'TERM=dumb rec-view in' >out
	same out want
	on_terminal 80 'unset TERM; rec-view in' >out
	same out want
}

@test "rec-view: --lines shows a record's lines on rows of their own" {
	printf 'a: 1\n\tb\n\na: 2\n' | rec-split -p >in
	rec-view --lines in >out
	printf '     0       7  a: 1\n                \tb\n     1       4  a: 2\n' >want
	same out want
	# An empty line, a newline at the end, and other control bytes.
	mkstream 'gap:\0' 'data:0:x\n\ny\r\n,z' end >in
	rec-view --lines in >out
	printf '     0       6  x\n\n                y^M\n\n     1       1  z\n' >want
	same out want
	# Rows are cut each by itself.
	mkstream 'data:0:short\n123456789012345678901234567890\nend' end >in
	COLUMNS=40 rec-view --lines in >out
	printf '     0      40  short\n                12345678901... +19 bytes\n                end\n' >want
	same out want
	# Continuation rows begin in the same column as the first, also if that is farther to the
	# right.
	mkstream 'data:1000000:a\nb' end >in
	rec-view --lines in >out
	printf '1000000       3         a\n                        b\n' >want
	same out want
}

@test "rec-view: --hex" {
	mkstream 'data:5:\x00\x01ABCDEFGHIJKLMNOP~\x7f\xff,' end >in
	rec-view --hex in >out
	cat >want <<-'X'
		     5      21
		00000000  00 01 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e  |..ABCDEFGHIJKLMN|
		00000010  4f 50 7e 7f ff                                    |OP~..|
		     6       0
	X
	same out want
	# All the bytes are there, in their order.
	head -c 100000 /dev/urandom >rnd
	rec-split -f fixed:100000 rnd | rec-view --hex >out
	[ "$(lines out)" -eq 6251 ]
	od -A n -v -t x1 rnd | tr -d ' \n' >want
	tail -n +2 out | cut -c 11-58 | tr -d ' \n' >hex
	same hex want
}

@test "rec-view: -n stops after N records of each input and looks no farther" {
	mkstream data:0:a,b data:2:c,d data:4:e cut:1 >in
	printf '     0       1  a\n     1       1  b\n     2       1  c\n' >three
	run -65 rec-view in
	run -65 rec-view -n 5 in
	rec-view -n 3 <in >out 2>err
	same out three
	[ ! -s err ]
	rec-view --limit 3 in in >out
	{
		echo '==> in <=='
		cat three
		echo
		echo '==> in <=='
		cat three
	} >want
	same out want
	run -0 --separate-stderr rec-view -n 0 in
	[ -z "$output" ]
	[ -z "$stderr" ]
	# A producer whose output is no longer read has not failed.
	statuses 'yes | rec-split | rec-view -n 2'
	[ "${statuses#* }" = "0 0" ]
	printf '     0       1  y\n     1       1  y\n' >want
	same out want
}

@test "rec-view: losses are shown at their place and summed up at the end" {
	mkstream data:0:a loss:1:3:4 data:4:b loss:5:1:6 loss:6:?:9 end >in
	run -0 --separate-stderr rec-view in
	printf '%s\n' "$output" >out
	cat >want <<-'X'
		     0       1  a
		     1    lost  3 records
		     4       1  b
		     5    lost  1 record
		     6    lost  an unknown number of records
	X
	same out want
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "rec-view: in: "*"more than 4"* ]]
}

@test "rec-view: several streams have headings; a missing one is reported and passed over" {
	printf 'a\n' | rec-split >a
	printf 'b\n' | rec-split >'b
c'
	status=0
	rec-view missing a . 'b
c' cmd:'cat a' >out 2>err || status=$?
	[ "$status" -eq 66 ]
	cat >want <<-'X'
		==> a <==
		     0       1  a

		==> b^Jc <==
		     0       1  b

		==> cmd:cat a <==
		     0       1  a
	X
	same out want
	printf 'rec-view: missing: No such file or directory\nrec-view: .: Is a directory\n' >want
	same err want
}

@test "rec-view: the status is that of the first stream that went wrong" {
	mkstream data:0:a end >good
	mkstream data:0:a >short
	run -65 rec-view good short missing good
	run -66 rec-view good missing short good
	run -0 rec-view good good
	run -65 rec-view good cmd:'cat good; exit 3'
	[[ $output == *"cmd:cat good; exit 3: exit status 3"* ]]
	run -65 rec-view --info good short
}

@test "rec-view: shows what came whole before the damage, then the damage and its place, and ends with 65" {
	local i n whole
	mkstream sum data:0:a,b data:2:c data:3:d end >in
	n=$(stat -c %s in)
	printf '     0       1  a\n     1       1  b\n     2       1  c\n     3       1  d\n' >all
	rec-view in >out
	same out all
	for ((i = 0; i < n; i++)); do
		head -c "$i" in >short
		status=0
		rec-view short >out 2>err || status=$?
		[ "$status" -eq 65 ] || { echo "cut at $i: $status" >&2; false; }
		[ "$(lines err)" -eq 1 ]
		# Blocks end at 64, 112 and 160: 40 bytes of header, 8 of payload, 8 or 16 of index.
		whole=0
		((i < 56)) || whole=2
		((i < 112)) || whole=3
		((i < 168)) || whole=4
		head -n "$whole" all >want
		same out want || { echo "cut at $i" >&2; false; }
	done
	[ "$i" -eq "$n" ]
	mkstream sum data:0:a,b data:2:c data:3:d end flip:96.3 >in
	status=0
	rec-view in >out 2>err || status=$?
	[ "$status" -eq 65 ]
	head -n 2 all >want
	same out want
	grep -q '^rec-view: in: block 2 at byte 56: the checksum does not match$' err
}

@test "rec-view: an input that is no stream, one of no bytes at all, and a failed producer" {
	echo hello there >text
	run -65 --separate-stderr rec-view text
	[ -z "$output" ]
	[[ $stderr == "rec-view: text: not a record stream (it begins \"hello there^J\"); the operand is 'cmd:rec-split text'" ]]
	run -65 --separate-stderr rec-view /dev/null
	[[ $stderr == *"no bytes at all"* ]]
	mkstream data:0:a 'end:3:it \xc2\x9b31m broke \xe2\x80\xae' >in
	run -65 --separate-stderr rec-view in
	[ "$output" = "     0       1  a" ]
	[ "$stderr" = 'rec-view: in: its producer failed: it \u{9B}31m broke \u{202E}' ]
	statuses "rec-split cmd:'echo hi; exit 3' | rec-filter locate /h/ | rec-view"
	[ "$statuses" = "65 65 65" ]
	[ "$(<out)" = "     0       2  hi" ]
	[ "$(grep -c '^rec-view: .*exit status 3$' err)" -eq 1 ]
	[ "$(grep -c '^rec-split: .*exit status 3$' err)" -eq 1 ]
	[ "$(lines err)" -eq 2 ]
}

@test "rec-view: --info shows figures of a stream" {
	{
		mkstream sum data:0:a,bcd nosum next:5 data:2:e loss:5:2:7 'gap:\0' data:7:f 'gap:\r\n' at:9=g,12=hijkl offer end
		mkstream gap: data:0:x loss:1:?:2 end
	} >in
	rec-view --info in >out 2>err
	# The positions of the second segment continue from the watermark of the first, 12.
	cat >want <<-X
		stream      in
		end         good
		records     7
		positions   0 to 12, 7 of them skipped
		watermark   14
		largest     5 bytes, at position 12
		payload     21 bytes
		gaps        0 bytes, 1 byte (^@ ^J), 2 bytes
		lost        more than 2 records, reported by 2 blocks
		size        $(stat -c %s in) bytes
		blocks      10
		end marks   2
		checksums   1 of 5 data blocks
	X
	same out want
	mkstream end >in
	rec-view --info <in >out
	cat >want <<-X
		stream      standard input
		end         good
		records     0
		positions   none
		watermark   0
		largest     none
		payload     0 bytes
		gaps        none
		lost        none
		size        40 bytes
		blocks      1
		end marks   1
		checksums   0 of 0 data blocks
	X
	same out want
}

@test "rec-view: --info says how each stream ended, one after another" {
	mkstream data:0:a end:3:oh >failed
	mkstream data:0:a >short
	mkstream data:0:a data:1:b flip:56.0 >damaged
	echo text >text
	run -65 --separate-stderr rec-view --info failed short damaged text
	printf '%s\n' "$output" | grep -e '^stream ' -e '^end  ' -e '^size' -e '^$' >out
	cat >want <<-'X'
		stream      failed
		end         its producer failed, status 3: oh
		size        104 bytes

		stream      short
		end         cut off after 1 whole records, without an end mark
		size        56 bytes before the fault

		stream      damaged
		end         damaged: block 2 at byte 56: no block begins there (the magic is missing)
		size        56 bytes before the fault

		stream      text
		end         not a record stream (it begins "text^J"); put rec-split before it
		size        0 bytes before the fault
	X
	same out want
	[ "${#stderr_lines[@]}" -eq 4 ]
}

@test "rec-view: --info --json is one valid JSON object for each stream, whatever the names" {
	local name
	name=$'q"\\b\n\x1b\xff\xc2\x9b'
	mkstream data:0:a,bcd loss:2:1:3 data:5:c end >"$name"
	mkstream data:0:a 'end:3:it "broke" \\ here' >failed
	mkstream end >empty
	echo text >text
	run -65 --separate-stderr rec-view --info --json "$name" failed missing empty text
	printf '%s\n' "$output" >out
	cat >want <<-'X'
		{"stream":"q\"\\b\u000a\u001b�\u009b","end":"good","status":0,"reason":"","records":3,"first":0,"last":5,"skipped":3,"watermark":6,"largest":{"bytes":3,"position":1},"payload":8,"gaps":[1],"gap_bytes":[10],"lost":1,"lost_unknown":false,"losses":1,"size":192,"blocks":4,"data_blocks":2,"end_marks":1,"checksums":0}
		{"stream":"failed","end":"failed","status":3,"reason":"it \"broke\" \\ here","records":1,"first":0,"last":0,"skipped":0,"watermark":1,"largest":{"bytes":1,"position":0},"payload":2,"gaps":[1],"gap_bytes":[10],"lost":0,"lost_unknown":false,"losses":0,"size":120,"blocks":2,"data_blocks":1,"end_marks":1,"checksums":0}
		{"stream":"empty","end":"good","status":0,"reason":"","records":0,"first":null,"last":null,"skipped":0,"watermark":0,"largest":null,"payload":0,"gaps":[],"gap_bytes":[],"lost":0,"lost_unknown":false,"losses":0,"size":40,"blocks":1,"data_blocks":0,"end_marks":1,"checksums":0}
		{"stream":"text","end":"not a stream","status":65,"reason":"not a record stream (it begins \"text^J\"); put rec-split before it","records":0,"first":null,"last":null,"skipped":0,"watermark":0,"largest":null,"payload":0,"gaps":[],"gap_bytes":[],"lost":0,"lost_unknown":false,"losses":0,"size":0,"blocks":0,"data_blocks":0,"end_marks":0,"checksums":0}
	X
	same out want
	# rec-split checks JSON by RFC 8259.
	rec-split -f json out | rec-filter -c locate /stream/ >n
	[ "$(<n)" -eq 4 ]
}

@test "rec-view: --info names the table, and counts no header" {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	rec-split -f csv -H o.csv >in
	rec-view --info in >out
	sed -n 3,7p out >rows
	cat >want <<-'X'
		table       csv, separator ",", 2 columns: id, price
		records     3
		positions   0 to 2
		watermark   3
		largest     4 bytes, at position 1
	X
	same rows want
	rec-view --info --json in >out
	grep -o '"table":.*"records":3,"first":0,"last":2,' out >rows
	echo '"table":{"framing":"csv","separator":",","columns":["id","price"]},"records":3,"first":0,"last":2,' >want
	same rows want
	# Other tables: without names, of words, of many columns, of a header alone, with hostile names.
	{
		rec-split -f csv o.csv | rec-view --info
		rec-split -H -F WORDS o.csv | rec-view --info
		rec-split -H -F '/ x /' o.csv | rec-view --info
		{ seq -s ';' 12 | rec-split -f 'csv:;' -H; } | rec-view --info
		mkstream 'table:{"framing":"tsv"}\na\x1b[2J\tb\0\n' end | rec-view --info
	} >out
	grep '^table' out >rows
	cat >want <<-'X'
		table       csv, separator ",", columns without names
		table       lines, separator WORDS, 1 column: "id,price"
		table       lines, separator " x ", 1 column: "id,price"
		table       csv:;, separator ";", 12 columns: "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", ...
		table       tsv, separator "^I", 2 columns: "a\u001b[2J", "b\u0000"
	X
	same rows want
	seq -s ';' 12 | rec-split -f 'csv:;' -H | rec-view --info --json >out
	grep -q '"separator":";","columns":\["1","2","3","4","5","6","7","8","9","10","11","12"\]},' out
	rec-split -f csv o.csv | rec-view --info --json >out
	grep -q '"table":{"framing":"csv","separator":",","columns":null},' out
	rec-split -H -F WORDS o.csv | rec-view --info --json >out
	grep -q '"table":{"framing":"lines","separator":"WORDS","columns":\["id,price"\]},' out
	rec-split -H o.csv | rec-view --info --json >out
	grep -q '"table":{"framing":"lines","separator":null,"columns":\["id,price"\]},' out
	rec-split o.csv | rec-view --info --json >out
	run -1 grep table out
	# Streams of their own may have tables of their own.
	run -0 --separate-stderr rec-view --info in cmd:'rec-split -f tsv -H o.csv'
	[ -z "$stderr" ]
}

@test "rec-view: a file of text gets the endpoint that reads it as advice" {
	local name
	for name in csv:x.csv tsv:x.tsv json:x.json jsonl:x.jsonl jsonl:x.ndjson lines:x.txt lines:./x.log; do
		echo '"a"' >"${name#*:}"
		run -65 --separate-stderr rec-view "${name#*:}"
		[ -z "$output" ]
		[ "$stderr" = "rec-view: ${name#*:}: not a record stream (it begins \"\"a\"^J\"); rec-view $name shows it" ]
		rec-view "$name" >out
	done
	[ "$(<out)" = '     0       3  "a"' ]
	# As the shell must get it.
	echo '"a"' >"x y's.csv"
	run -65 --separate-stderr rec-view "x y's.csv"
	advice=${stderr##*; }
	[ "$advice" = "rec-view 'csv:x y'\\''s.csv' shows it" ]
	eval "${advice% shows it}" >out
	rec-view csv:"x y's.csv" | same out -
	run -65 --separate-stderr rec-view --info x.csv
	[ "${lines[1]}" = 'end         not a record stream (it begins ""a"^J"); rec-view csv:x.csv shows it' ]
	# Not if it is cut off or damaged, or another name.
	mkstream data:0:a >x.csv
	run -65 --separate-stderr rec-view x.csv
	[ "$stderr" = "rec-view: x.csv: cut off after 1 whole records, without an end mark" ]
	echo a >csv
	run -65 --separate-stderr rec-view csv
	[[ $stderr == *"; the operand is 'cmd:rec-split csv'" ]]
}

@test "rec-view: --table aligns the columns of a table, numbers to the right" {
	cat >orders.csv <<-'X'
		id,"unit price",note,漢字
		1,5,"a ""good"" one",é
		200,-17.25,,漢字漢字
		3,1e6,"two
		lines"
	X
	rec-split -f csv -H orders.csv >in
	rec-view --table in >out
	cat >want <<-'X'
		 id  unit price  note          漢字
		  1           5  a "good" one  é
		200      -17.25  -             漢字漢字
		  3         1e6  two^Jlines
	X
	same out want
	rec-view --table <in >out
	same out want
	# shown INPUT WANT OPTION ...: what --table shows of the input that rec-split reads with the options.
	# shellcheck disable=SC2059
	shown() {
		printf "$1" | rec-split "${@:3}" | rec-view --table >out
		printf "$2" | same out -
	}
	# A row of nothing has no column; one of an empty field has an empty one.
	shown 'a\tb\n\n\t\n1\t2\n' 'a  b\n\n-  -\n1  2\n' -f tsv -H
	shown 'a\n\n1\n' 'a\n\n1\n' -f tsv -H
	shown 'a b\n   \n1 2\n' 'a  b\n\n1  2\n' -F WORDS -H
	shown 'a\n""\n' 'a\n-\n' -f csv -H
	# The same columns from words, TSV and another separator; positions and counts do not matter.
	printf 'name  n rest\nx 1  a b\nlong 22 c\n' | rec-split -H -F WORDS | rec-view --table >out
	printf 'name   n  rest\nx      1  a b\nlong  22  c\n' >want
	same out want
	# A newline divides words as where has it.
	printf 'x\n1  a b\n\nlong 22\nc\n' | rec-split -f paragraphs -F WORDS --names name,n,rest >in
	[ "$(rec-filter -c where '.n == 22 && .rest == "c"' <in)" = 1 ]
	rec-view --table <in >out
	same out want
	printf 'name\tn\trest\nx\t1\ta b\nlong\t22\tc\n' | rec-split -f tsv -H | rec-view --table >out
	same out want
	printf 'name;n;rest\nx;1;a b\nlong;22;c\n' | rec-split -f csv -F ';' -H | rec-view --table >out
	same out want
}

@test "rec-view: --table shows rows that are too short or too long, and tables without names or rows" {
	printf 'a,b\n1,,3,4\n5\n' >in.csv
	rec-split -f csv -H in.csv | rec-view --table >out
	printf 'a  b  f3  f4\n1  -   3   4\n5\n' >want
	same out want
	rec-split -f csv in.csv | rec-view --table >out
	printf 'f1  f2  f3  f4\na   b\n1   -    3   4\n5\n' >want
	same out want
	head -n 1 in.csv | rec-split -f csv -H | rec-view --table >out
	printf 'a  b\n' >want
	same out want
	mkstream end >none
	run -0 --separate-stderr rec-view --table none
	[ -z "$output$stderr" ]
	# A table that no row has.
	mkstream data:0:1 end 'table:{"framing":"csv"}\na,b\n' end >bare
	rec-view --table bare >out 2>err
	printf '1\n' >want
	same out want
	grep -q '^rec-view: bare: none of 1 records is a JSON object' err
	mkstream 'table:{"framing":"csv"}\na,b\n' end data:0:1 end >late
	run -65 --separate-stderr rec-view --table late
	[ "$output" = 'a  b' ]
	[[ $stderr = "rec-view: late: block 3 "*": its records have no table, but one was declared before them (a, b)" ]]
}

@test "rec-view: --table shows members of JSON in the order met, nested values compact" {
	cat >in.json <<-'X'
		{"id":1, "name":"Ada", "tags":["a", "b c"], "x":null}
		{"name":"Gr\u00e9\n", "id":20, "y":"", "name":"last"}
		[1, 2]
		{"id":"300","o":{ "p": { } },"z":true}
		{}
	X
	rec-split -f json in.json | rec-view --table >out
	cat >want <<-'X'
		id   name  tags            x  y  o         z
		1    Ada   ["a","b c"]  null
		20   last                     -
		[1, 2]
		300                              {"p":{}}  true

	X
	same out want
	# Nothing is left out where there is no column.
	printf '{}\n' | rec-split -f json | rec-view --table >out
	printf '\n\n' | same - out
	# Columns that come later make another header.
	{
		mkstream 'data:0:{"a":1}' end
		mkstream 'data:0:{"bb":"x"\,"a":22}' end
		head -c 1048576 /dev/zero | tr '\0' ' ' | sed 's/$/{"a":3}/' | rec-split
		mkstream 'data:0:{"c":4}' end
	} >in
	rec-view --table in >out
	cat >want <<-'X'
		 a  bb
		 1
		22  x
		 3

		 a  bb  c
		        4
	X
	same out want
	# A table of JSON says which columns there are.
	mkstream 'table:{"framing":"json","columns":["b","a"]}\n' 'data:0:{"a":1\,"c":2}' end | rec-view --table >out
	printf 'b  a  c\n   1  2\n' >want
	same out want
}

@test "rec-view: --table keeps a bounded number of JSON's columns" {
	local i
	for ((i = 0; i < 3000; i++)); do echo "{\"k$i\":$i}"; done >in
	rec-split -f json in >keys
	rec-view --table keys >out
	[ "$(grep -c k out)" -lt 20 ]
	grep -Eo '[0-9]+$' out | tail -n 1 >last
	[ "$(<last)" = 2999 ]
	# One object may have as many as it likes, up to 65,536; then it is shown as it stands.
	{ printf '{"x":0}\n{"m0":0'; for ((i = 1; i < 70000; i++)); do printf ',"m%d":%d' "$i" "$i"; done; echo '}'; } >in
	rec-split in | rec-view --table >out
	tail -n 1 in >want
	tail -n 1 out >last
	same last want
	sed '2s/,"m6600".*/}/' in | rec-split | rec-view --table >out
	[ "$(tail -n 1 out | wc -w)" -eq 6600 ]
}

@test "rec-view: --table of records that have no columns shows them as they are, and says so" {
	printf 'one word\ntwo\n' | rec-split >in
	run -0 --separate-stderr rec-view --table in
	[ "$output" = $'one word\ntwo' ]
	[ "$stderr" = 'rec-view: in: none of 2 records is a JSON object, and no table is declared; for CSV: rec-split -f csv -H' ]
	# A framing that is not known here.
	mkstream 'table:{"framing":"new"}\nh\n' data:0:x end >in
	run -0 --separate-stderr rec-view --table in
	[ "$output" = x ]
	[ -z "$stderr" ]
}

@test "rec-view: --table fits COLUMNS, cuts the widest columns and leaves out the last" {
	{
		echo 'id,text,more,n'
		echo '1,a text that is rather long,short,5'
		echo '22,"漢字漢字漢字漢字漢字漢字漢字漢字漢字","a text that is still longer than that one",6'
	} | rec-split -f csv -H >in
	COLUMNS=30 rec-view --table in >out
	cat >want <<-'X'
		id  text         more        n
		 1  a text tha…  short       5
		22  漢字漢字漢…  a text th…  6
	X
	same out want
	printf 'a,b\nlonger than all that is there,x\n' | rec-split -f csv -H >long
	LC_ALL=C COLUMNS=30 rec-view --table long >out
	[ "$(tail -n 1 out)" = 'longer than all that is th~  x' ]
	COLUMNS=16 rec-view --table in >out
	printf 'id  text  +2\n 1  a t…  …\n22  漢…   …\n' >want
	same out want
	# Whole without a width, and with --full.
	rec-view --table in >want
	grep -q 'a text that is still longer than that one  6$' want
	COLUMNS=16 rec-view --table --full in >out
	same out want
	# No row is wider than the window, however many columns there are and however narrow it is.
	local i
	{ seq -s , 10000; seq -s , 10000; } | rec-split -f csv -H >in
	for i in 1 2 4 5 8 9 20 40 80 200; do
		COLUMNS=$i rec-view --table in >out
		[ "$(lines out)" -eq 2 ]
		[ "$i" -lt 12 ] || [ "$(wc -L <out)" -le "$i" ]
	done
	[ "$(rec-view --table in | sed -n '$p' | wc -w)" -eq 10000 ]
}

@test "rec-view: --table makes hostile names and cells harmless" {
	{
		printf 'a\033[2J,b\0c,\302\233,x\n'
		printf '1,\033]0;x\a,\300,'
		head -c 1048576 /dev/zero | tr '\0' '\033'
		printf '\n\342\200\256,'
		head -c 100000 /dev/urandom | tr -d '\n",'
		printf ',e\314\201'
		for ((i = 0; i < 1000; i++)); do printf '\314\201'; done
		printf ',z\n'
	} | rec-split -f csv -H >in
	COLUMNS=60 rec-view --table in >out
	[ "$(lines out)" -eq 3 ]
	[ "$(wc -L <out)" -le 60 ]
	grep -q '^a^\[\[2J  *b^@c  *\\u{9B}  *x$' out
	rec-view --table in >whole
	[ "$(lines whole)" -eq 3 ]
	[ "$(sed -n 2p whole | grep -o '\^\[' | wc -l)" -eq 1048577 ]
	cat out whole | LC_ALL=C tr -d '\n' >row
	[ "$(LC_ALL=C tr -d '[:cntrl:]' <row | wc -c)" -eq "$(wc -c <row)" ]
}

@test "rec-view: --table widens its columns for later rows, without waiting for them" {
	mkfifo in
	start rec-view --table in >out
	exec 5>in
	mkstream 'table:{"framing":"csv"}\nid,name\n' | tee head >&5
	mkstream 'table:{"framing":"csv"}\nid,name\n' 'data:0:1\,ab' >one
	mkstream 'table:{"framing":"csv"}\nid,name\n' 'data:0:1\,ab' 'data:1:2000\,longer' >two
	mkstream 'table:{"framing":"csv"}\nid,name\n' 'data:0:1\,ab' 'data:1:2000\,longer' 'data:2:3\,c' end >three
	tail -c "+$(($(stat -c %s head) + 1))" one >&5
	within grep -q '^ 1  ab$' out
	tail -c "+$(($(stat -c %s one) + 1))" two >&5
	within grep -q '^2000  longer$' out
	tail -c "+$(($(stat -c %s two) + 1))" three >&5
	exec 5>&-
	finish
	[ "$status" -eq 0 ]
	printf 'id  name\n 1  ab\n2000  longer\n   3  c\n' >want
	same out want
	# Rows after the window: 1 MiB.
	{ echo a,b; seq 150000 | sed 's/$/,x/'; echo 1000000000,y; } | rec-split -f csv -H | rec-view --table >out
	[ "$(lines out)" -eq 150002 ]
	[ "$(tail -n 1 out)" = '1000000000  y' ]
	sed -n 2p out | grep -q '^ *1  x$'
}

@test "rec-view: --table with -n, losses, failed, cut and damaged streams, and several of them" {
	local head='table:{"framing":"csv"}\na,b\n'
	mkstream "$head" 'data:0:1\,x,2\,y' loss:2:3:5 'data:5:3\,z' end >in
	run -0 --separate-stderr rec-view --table in
	printf '%s\n' "$output" >out
	printf 'a  b\n1  x\n2  y\n     2    lost  3 records\n3  z\n' >want
	same out want
	[ "$stderr" = 'rec-view: in: records left out on the way: 3' ]
	rec-view --table -n 1 in >out
	printf 'a  b\n1  x\n' >want
	same out want
	mkstream "$head" 'data:0:1\,x' end:3:oh >failed
	mkstream "$head" 'data:0:1\,x' >short
	run -65 --separate-stderr rec-view --table failed
	[ "$output" = $'a  b\n1  x' ]
	[ "$stderr" = 'rec-view: failed: its producer failed: oh' ]
	run -65 --separate-stderr rec-view --table short
	[ "$output" = $'a  b\n1  x' ]
	[ "$stderr" = 'rec-view: short: cut off after 1 whole records, without an end mark' ]
	mkstream "$head" 'data:0:1\,x' end 'table:{"framing":"csv"}\nc\n' data:0:1 end >other
	run -65 --separate-stderr rec-view --table other
	[ "$output" = $'a  b\n1  x' ]
	[[ $stderr == *'its table differs'* ]]
	# Each stream has a table of its own.
	printf 'c\nlong\n' | rec-split -f csv -H >second
	rec-view --table -n 1 in second >out
	printf '==> in <==\na  b\n1  x\n\n==> second <==\nc\nlong\n' >want
	same out want
}

@test "rec-view: a declared table is shown as one on a terminal" {
	printf 'id,price\n1,5\n20,\n' | rec-split -f csv -H >in
	rec-view in >out
	printf '     0       3  1,5\n     1       3  20,\n' >want
	same out want
	needs_terminal
	on_terminal 40 'rec-view in' >out
	printf '\033[1mid\033[m  \033[1mprice\033[m\n 1      5\n20      \033[2m-\033[m\n' >want
	same out want
	on_terminal 40 'NO_COLOR=1 rec-view --no-table in; NO_COLOR=1 rec-view --lines -n 1 in' >out
	printf '     0       3  1,5\n     1       3  20,\n     0       3  1,5\n' >want
	same out want
	# Without one records are rows, JSON too.
	on_terminal 40 'NO_COLOR=1 rec-view cmd:"echo {} | rec-split -f json"' >out
	printf '     0       2  {}\n' >want
	same out want
	# It fits the window.
	seq 30 | sed 's/.*/1&,a long text that is cut here, surely/' >rows
	on_terminal 20 'NO_COLOR=1 rec-view cmd:"cat rows | rec-split -f csv --names a,b"' >out
	[ "$(wc -L <out)" -le 20 ]
	[ "$(lines out)" -eq 31 ]
}

@test "rec-view: --bars draws a column of a table, with the other columns as label" {
	printf 'id,name,price\n1,apple,5\n2,banana and more,20\n3,é漢,"7.5"\n4,none,\n5\n6,x,y\n7,zero,0\n8,tiny,1e-9\n' |
		rec-split -f csv -H >in
	COLUMNS=40 rec-view --bars .price in >out
	cat >want <<-'X'
		1 apple           5  ████▊
		2 banana and…    20  ███████████████████
		3 é漢           7.5  ███████▏
		4 none
		5
		6 x               y
		7 zero            0
		8 tiny         1e-9  ▏
	X
	same out want
	for part in f3 'csv 3' '."price"'; do
		COLUMNS=40 rec-view --bars "$part" <in >out
		same out want
	done
	LC_ALL=C COLUMNS=40 rec-view --bars .price in | sed -n '1,2p;8p' >out
	cat >want <<-'X'
		1 apple           5  #####
		2 banana and~    20  ###################
		8 tiny         1e-9  .
	X
	same out want
	# 80 columns unless there is a width.
	rec-view --bars .price in >out
	[ "$(wc -L <out)" -eq 80 ]
	COLUMNS=1 rec-view --bars .price in >out
	[ "$(lines out)" -eq 8 ]
}

@test "rec-view: --bars has no row that is wider than the window, however long labels and values are" {
	local i
	printf '%s\n' 'ann 1' 'a long label of many words 24' 'eve 12345678901234567890123' 'é漢漢漢漢漢漢漢漢 -5' 'x' | rec-split >in
	printf '%s\n' 'ann 1' 'bob 24' | rec-split >short
	for i in 9 10 11 12 15 16 17 18 19 20 24 30 40 46 60 80; do
		for max in '' '--max 10'; do
			# shellcheck disable=SC2086
			COLUMNS=$i rec-view --bars w-1 $max in >out
			[ "$(lines out)" -eq 5 ]
			wc -L <out
			[ "$(wc -L <out)" -le "$i" ]
		done
		COLUMNS=$i rec-view --bars w-1 short >out
		[ "$(wc -L <out)" -eq "$i" ]
		# Bars on the left of the axis, alone and beside others.
		for rows in 'a -1\nb -2\nc 0\n' 'a -1000\nb 1\n' 'a -1\nb 1000\n' 'a -3\nb 3\n'; do
			# shellcheck disable=SC2059
			printf "$rows" | rec-split | COLUMNS=$i rec-view --bars w-1 >out
			[ "$(wc -L <out)" -le "$i" ]
			grep -q '[0-9]$' out || [ "$(wc -L <out)" -eq "$i" ]
		done
	done
	COLUMNS=15 rec-view --bars w-1 short >out
	printf '%s\n' 'ann   1  ▎' 'bob  24  ██████' >want
	same out want
	# Too narrow for a bar: the value.
	COLUMNS=8 rec-view --bars w-1 short >out
	printf '%s\n' 'ann   1' 'bob  24' >want
	same out want
	# Rows that come when the form is settled: a value takes room from its label, and the bars stay aligned.
	{ for i in {1..20000}; do echo 'a label of many words 1'; done; echo 'short 8123456'; } | rec-split |
		COLUMNS=40 rec-view --bars w-1 --max 9000000 >out
	[ "$(wc -L <out)" -le 40 ]
	tail -n 2 out >last
	printf '%s\n' 'a label of m…  1  ▏' 'short    8123456  ███████████████████' >want
	same last want
}

@test "rec-view: --bars of JSON, of words, and of numbers below 0 and far above" {
	printf '%s\n' '{"n":3,"who":"a","m":{"x":1}}' '{"who":"b","n":6.0}' '{"n":"6"}' '{"n":null}' '[]' |
		rec-split -f json >in
	COLUMNS=30 rec-view --bars .n in >out
	cat >want <<-'X'
		a {"x":1}     3  ██████▌
		b           6.0  █████████████
		              6  █████████████
		           null
		[]
	X
	same out want
	printf 'a -5\nb 10\nc -1\nd 0\n' | rec-split | COLUMNS=23 rec-view --bars w2 >out
	cat >want <<-'X'
		a  -5  █████│
		b  10       │██████████
		c  -1      █│
		d   0       │
	X
	same out want
	printf 'a -5\nb -10\n' | rec-split | LC_ALL=C COLUMNS=24 rec-view --bars w2 >out
	grep -q '^b  -10  ##############*|$' out
	printf '9e999 x\n1 y\n-9e999 z\n' | rec-split | COLUMNS=40 rec-view --bars w1 >out
	grep -q '^x   9e999 *│█*$' out
	grep -q '^y       1 *│▏$' out
	grep -q '^z  -9e999  █*│$' out
}

@test "rec-view: --bars and --table take for a number what where does" {
	local value number numbers=0

	for value in 5 -5 +5 .5 5. 5e2 5E-2 ' 5' '5 ' $'\t5' 05 1e999 x 5x 0x10 inf nan 1e +-5 . '' '5 5'; do
		printf 'id,n\na,"%s"\n' "$value" | rec-split -f csv -H >n.rec
		# A text differs from the number at its beginning.
		number=$(rec-filter -c where '.n + 0 == .n' <n.rec)
		rec-view --bars .n <n.rec >bars 2>err
		[ "$(grep -c 'no.* has a number' err)" = $((1 - number)) ]
		# The header of a column of numbers stands to the right; the other number makes the column wide.
		[ -n "$value" ] || continue
		printf 'id,n\na,"%s"\nb,1000000000\n' "$value" | rec-split -f csv -H | rec-view --table >table
		[ "$(grep -c '^id  *   n$' table)" = "$number" ]
		numbers=$((numbers + number))
	done
	[ "$numbers" = 12 ]
}

@test "rec-view: --bars makes one scale of up to 1 MiB, or takes that of --max and waits for nothing" {
	# The scale is known at the end: the first row has the right bar.
	mkstream data:0:1 data:1:100 end | COLUMNS=30 rec-view --bars w1 >out
	printf '    1  ▎\n  100  %s\n' "$(printf '█%.0s' {1..23})" >want
	same out want
	# A larger value after that.
	{ seq 200000 | sed 's/.*/1/'; echo 4; echo 2; } | rec-split | COLUMNS=20 rec-view --bars w1 >out
	tail -n 2 out >last
	printf '  %s\n' '4  ███████████████' '2  ███████▌' >want
	[ "$(grep -c '^-- the scale is 0 to 4 from here on --$' out)" -eq 1 ]
	same last want
	[ "$(sed -n 1p out)" = '  1  ███████████████' ]
	mkfifo fifo
	COLUMNS=40 start rec-view --bars w1 --max 10 fifo >out
	exec 5>fifo
	mkstream 'data:0:5 a' >&5
	within grep -q '^a  *5  █' out
	{ mkstream 'data:0:5 a' 'data:1:20 b' end | tail -c "+$(($(mkstream 'data:0:5 a' | wc -c) + 1))"; } >&5
	exec 5>&-
	finish
	[ "$status" -eq 0 ]
	grep -q '^b  *20  █*>$' out
}

@test "rec-view: --bars refuses what the table does not have, and says if there is no number" {
	printf 'id,price\n1,5\n' >x.csv
	rec-split -f csv -H x.csv >in
	run -65 --separate-stderr rec-view --bars .prise in
	[ -z "$output" ]
	[ "$stderr" = 'rec-view: in: --bars: .prise: no such column (the table has id, price)' ]
	rec-split -f csv x.csv >in
	run -65 --separate-stderr rec-view --bars .price in
	[[ $stderr == *'the table has no names'* ]]
	rec-split x.csv >in
	run -0 --separate-stderr rec-view --bars .price in
	[ "$output" = $'id,price\n1,5' ]
	[ "$stderr" = 'rec-view: in: none of 2 records has a number at .price' ]
	run -0 --separate-stderr rec-view --bars .price -n 0 in
	[ -z "$output$stderr" ]
	# Losses, failures, and hostile bytes.
	mkstream 'data:0:1 \x1b[2J\0,2 b' loss:2:1:3 'data:3:4 c' end:3:oh >in
	COLUMNS=40 run -65 --separate-stderr rec-view --bars w1 in
	[ "${lines[0]%% *}" = '^[[2J^@' ]
	[ "${lines[2]}" = '     2    lost  1 record' ]
	[ "${lines[3]}" = '-- the scale is 0 to 4 from here on --' ]
	[ "${#lines[@]}" -eq 5 ]
	[[ $stderr == *'its producer failed: oh'* ]]
}

@test "rec-view: records are shown at once while the producer is silent" {
	mkfifo in
	start rec-view in >out
	exec 5>in
	mkstream data:0:a >&5
	within grep -q '^     0       1  a$' out
	mkstream data:1:b >&5
	within grep -q '^     1       1  b$' out
	{ mkstream data:0:a,b end | tail -c 40; } >&5
	exec 5>&-
	finish
	[ "$status" -eq 0 ]
	[ "$(lines out)" -eq 2 ]
}

@test "rec-view: a reader that goes away ends it by SIGPIPE, also while it waits" {
	statuses 'yes | rec-split | rec-view | head -n 1'
	[ "${statuses#* }" = "0 141 0" ]
	[ "$(<out)" = "     0       1  y" ]
	[ ! -s err ]
	mkfifo in
	exec 5<>in
	mkstream data:0:a >&5
	statuses 'rec-view in | head -n 1'
	exec 5>&-
	[ "$statuses" = "141 0" ]
	[ "$(<out)" = "     0       1  a" ]
}

@test "rec-view: a full disk and a closed standard output are 74" {
	mkstream data:0:a end >in
	local mode
	for mode in '' --hex --lines --table '--bars w1' --info '--info --json'; do
		status=0
		# shellcheck disable=SC2086
		rec-view $mode in >/dev/full 2>err || status=$?
		[ "$status" -eq 74 ]
		[ "$(<err)" = "rec-view: standard output: No space left on device" ]
		status=0
		# shellcheck disable=SC2086
		rec-view $mode in >&- 2>err || status=$?
		[ "$status" -eq 74 ]
		[ "$(lines err)" -eq 1 ]
	done
}

@test "rec-view: memory does not grow with what is shown of a record" {
	local limit=60000
	# The sanitizers' own memory is many times that.
	[ -z "$SAN" ] || limit=unlimited
	head -c 20000000 /dev/urandom | rec-split -f fixed:20000000 >in
	local mode
	for mode in '' --hex --lines --table '--bars w1' --info; do
		# The record is 19,532 KiB; made visible it is three to five times that.
		# shellcheck disable=SC2086
		(ulimit -v "$limit"; rec-view $mode in) >out
		[ -s out ]
	done
	[ "$(rec-view --hex in | wc -l)" -eq 1250001 ]
}

@test "rec-view: wrong usage is 64, before anything is read" {
	mkstream data:0:a end >in
	local words n=0
	for words in '--hex --lines' '--info --hex' '--info --lines' '--info -n 3' '--json' '--table --hex' '--table --no-table' '--info --table' --full '--max 3' '--bars 5-' '--bars w1 --table' '--bars w1 --max 0' '--bars w1 --max x' '-n x' '-n -1' '-x' '--nonsense'; do
		# shellcheck disable=SC2086
		run -64 --separate-stderr rec-view $words in
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		n=$((n + 1))
	done
	[ "$n" -eq 18 ]
	needs_terminal
	run -64 script -qec 'rec-view' /dev/null
	[[ $output == *"put rec-split before"* ]]
	run -64 script -qec 'rec-view in -' /dev/null
	[[ $output != *"       1  a"* ]]
	[[ $output == *"put rec-split before"* ]]
}
