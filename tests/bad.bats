#!/usr/bin/env bats
# --bad of rec-split and rec-join, and --strict: what is not in the framing, or cannot be expressed
# in it, goes to another output.

# shellcheck disable=SC2094 # one file is named twice on purpose, and is read only
# shellcheck disable=SC2016,SC1003 # programs for other shells and backslashes are in single quotes

load helper

# aside INPUT GOOD BAD COUNT ARG ...: rec-split with these arguments and --bad: GOOD are the records
# as netstrings, BAD the rows of the other output (all as printf takes them), COUNT what is said of
# their number.
aside() {
	local input=$1 good=$2 bad=$3 count=$4 st=0

	shift 4
	# shellcheck disable=SC2059
	printf "$input" >input && printf "$good" >expected && printf "file,line,reason,bytes\n$bad" >rows || return
	for block in 1 131072; do
		st=0
		REC_BLOCK=$block rec-split --bad bad.rec "$@" <input >good.rec 2>said || st=$?
		[ "$st" -eq 1 ] || { echo "status $st of: $input, by: $*; $(<said)" >&2; return 1; }
		[ "$(lines said)" -eq 1 ] || return
		grep -q "^rec-split: standard input: record .*; $count\$" said || { cat said >&2; return 1; }
		rec-join -f netstring <good.rec >found || return
		same expected found || { echo "of: $input, by: $*" >&2; return 1; }
		rec-join <bad.rec >found || return
		same rows found || { echo "of: $input, by: $*" >&2; return 1; }
	done
	cases=$((${cases:-0} + 1))
}

one='it is in bad.rec' two='2 such in all, which are in bad.rec' three='3 such in all, which are in bad.rec'

@test "rec-split --bad: json: a line that is none, that was cut short, and values of several lines" {
	aside '{"a":1}\noops\n{"a":3}\n' '7:{"a":1},7:{"a":3},' "-,2,not JSON: 'o' instead of a value,oops\n" "$one" -f json
	aside '1\n{"a":\n{"b":2}\n{"c":3}\n4\n' '1:1,7:{"c":3},1:4,' \
		"-,2,\"not JSON: '{' instead of ',' or the end of an array or object\",\"{\"\"a\"\":\n{\"\"b\"\":2}\"\n" "$one" -f json
	aside '{"a":1\n{"b":2}\n' '7:{"b":2},' "-,1,\"not JSON: '{' instead of ',' or the end of an array or object\",\"{\"\"a\"\":1\"\n" "$one" -f json
	aside '{"a":"x\n{"b":2}\n' '7:{"b":2},' "-,1,not JSON: the byte 0x0A instead of a character of a string (control bytes are escaped),\"{\"\"a\"\":\"\"x\"\n" "$one" -f json
	aside '[1,\n 2,\n oops,\n "x"\n]\n[3]' '3:[3],' "-,1,not JSON: 'o' instead of a value,\"[1,\n 2,\n oops,\n \"\"x\"\"\n]\"\n" "$one" -f json
	aside '[1] [2,x] [3]\n\n\n[4]' '3:[1],3:[4],' "-,1,not JSON: 'x' instead of a value,\"[2,x] [3]\"\n" "$one" -f json
	aside '[1]\n[{}' '3:[1],' "-,2,\"the input ends before ',' or the end of an array or object\",[{}\n" "$one" -f json
	aside 'x\ny\nz' '' "-,1,not JSON: 'x' instead of a value,x\n-,2,not JSON: 'y' instead of a value,y\n-,3,not JSON: 'z' instead of a value,z\n" "$three" -f json
	aside '"\377"\n1\n' '1:1,' '-,1,not JSON: the byte 0xFF begins no valid UTF-8,"""\377"""\n' "$one" -f json
	aside '\357\273\277x\n1\n' '1:1,' "-,1,not JSON: 'x' instead of a value,x\n" "$one" -f json
	[ "$cases" -eq 10 ]
}

@test "rec-split --bad: escaped: lines as they stood" {
	printf 'a\\nb\nc\\qd\\n\ne\n' | rec-split --bad bad.rec -f escaped 2>/dev/null | rec-join -f netstring >found
	printf '3:a\nb,1:e,' >expected
	same expected found
	cat >expected <<-'END'
		file,line,reason,bytes
		-,2,a backslash and 'q' is no escape: \\ \n \r \t \0 \xHH are,c\qd\n
	END
	rec-join <bad.rec >found
	same expected found
	printf '\\na\\\r\n\\\nx\\' | rec-split --bad bad.rec -f escaped 2>/dev/null | rec-join -f netstring >found
	printf '0:,' >expected
	same expected found
	printf 'file,line,reason,bytes\n' >expected
	rec-join <bad.rec | sed 1d | wc -l | grep -qx 2
}

@test "rec-split --bad: jsonl: a line that was cut, has two values, is not UTF-8, or has no end" {
	aside '{"a":1}\n{"a":\n{"c":3}\n' '7:{"a":1},7:{"c":3},' '-,2,the line ends before a value,"{""a"":"\n' "$one" -f jsonl
	aside '[1,2\n[3]\n{"a":"x' '3:[3],' "-,1,\"the line ends before ',' or the end of an array or object\",\"[1,2\"\n-,3,the line ends before a character of a string (control bytes are escaped),\"{\"\"a\"\":\"\"x\"\n" "$two" -f jsonl
	aside '1 2\n{} {}\n[]x\n5' '1:5,' '-,1,the line has more after its JSON value,1 2\n-,2,the line has more after its JSON value,{} {}\n-,3,the line has more after its JSON value,[]x\n' "$three" -f jsonl
	aside '"\377"\n1' '1:1,' '-,1,not JSON: the byte 0xFF begins no valid UTF-8,"""\377"""\n' "$one" -f jsonl
	# Blank lines are no records, and count as lines. Ends of lines are no part of the bytes.
	aside '\n \r\n\n 1 \r\n\t\n x \r\n\n2\r\n' '3: 1 ,1:2,' "-,6,not JSON: 'x' instead of a value, x \n" "$one" -f jsonl
	aside '1\r\n[\r\n2\n]\n3' "1:1,1:2,1:3," "-,2,the line ends before a value or ']',[\n-,4,not JSON: ']' instead of a value,]\n" "$two" -f jsonl
	aside '\357\273\277x\n1\n' '1:1,' "-,1,not JSON: 'x' instead of a value,x\n" "$one" -f jsonl
	aside '\357\273\277' '' '' '' -f jsonl && return 1
	aside 'x\ny\nz' '' "-,1,not JSON: 'x' instead of a value,x\n-,2,not JSON: 'y' instead of a value,y\n-,3,not JSON: 'z' instead of a value,z\n" "$three" -f jsonl
	aside '1\n-' '1:1,' "-,2,the line ends before a digit after '-',-\n" "$one" -f jsonl
	[ "$cases" -eq 9 ]
}

@test "rec-split --bad: csv: a quote that is never closed" {
	aside 'a,b\nc,"d\ne,f\n' '3:a,b,3:e,f,' '-,2,"a quote opens here, and the row does not end","c,""d"\n' "$one" -f csv
	aside 'a\r\n"b\r\nc\r\n' '1:a,1:c,' '-,2,"a quote opens here, and the row does not end","""b"\n' "$one" -f csv
	aside '"a' '' '-,1,"a quote opens here, and the row does not end","""a"\n' "$one" -f csv
	aside 'h\n"a\n""\nb' '2:"",1:b,' '-,2,"a quote opens here, and the row does not end","""a"\n' "$one" -f csv -H
	# A row of several lines, and one that is closed by what should have opened other quotes.
	aside 'a\n"b\n"c,"\nd\n' '1:a,4:"c,",1:d,' '-,2,"a quote opens here, and the row does not end","""b"\n' "$one" -f csv
	aside '1,"\nx"y,"\nx"y,"\n' '' '-,1,"a quote opens here, and the row does not end","1,"""\n-,2,"a quote opens here, and the row does not end","x""y,"""\n-,3,"a quote opens here, and the row does not end","x""y,"""\n' "$three" -f csv
	[ "$cases" -eq 6 ]
	# More than a record may hold.
	{ echo 1; echo '"2'; yes 3 | head -n 100; } >x
	REC_MAX=100 rec-split -f csv --bad bad.rec x 2>err | rec-join >found || :
	{ echo 1; yes 3 | head -n 100; } >expected
	same expected found
	[ "$(<err)" = 'rec-split: x: record 1 at byte 2 (line 2): a quote opens here, and the row does not end within REC_MAX bytes; it is in bad.rec' ]
}

@test "rec-split --bad: csv: a row of several lines beyond REC_MAX is the same however the bytes come" {
	# In each of the lines a quote closes one and another one opens.
	{ echo h,i; echo '1,"'; yes 'x"y,"' | head -n 4000; echo 'z"'; echo 'k,l'; echo 'm,"n'; echo 'o"'; } >x
	for max in 100 999 1000 5000 24000; do
		for block in 1 999 131072; do
			st=0
			REC_MAX=$max REC_BLOCK=$block rec-split -f csv --bad cmd:'rec-join --no-header >bad' x 2>err >a.rec || st=$?
			[ "$st" -eq 1 ]
			grep -q '^rec-split: x: record 1 at byte 6 (line 2): a quote opens here, and the row does not end within REC_MAX bytes; ' err
			rec-join <a.rec >good
			# Nothing is lost or doubled, and what is good is within bounds.
			sed 's/^x,[0-9]*,"[^"]*",//; s/^"//; s/"$//; s/""/"/g' bad | cat - <(sed 1d good) >found
			sed 1d x >expected
			same expected found
			awk -v max="$max" '{ if (length($0) > max) exit 1 }' <(rec-join -f escaped <a.rec | sed 's/\\n/n/g')
			[ "$block" -ne 1 ] || { cp good good.1 && cp bad bad.1; }
			same good.1 good
			same bad.1 bad
			cases=$((${cases:-0} + 1))
		done
	done
	[ "$cases" -eq 15 ]
	# It ends within what a record may hold.
	rec-split -f csv --bad bad.rec x | rec-join >good
	same x good
	# A line that is too long by itself has no quote too many.
	{ echo 1; seq -s, 100; } >x
	st=0
	REC_MAX=100 rec-split -f csv --bad bad.rec x 2>err >a.rec || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-split: x: record 1 (line 2): larger than REC_MAX' err
}

@test "rec-split --bad: a large record after what was set aside, however it comes" {
	head -c 400000 /dev/zero | tr '\0' y >y
	large() {
		local framing=$1 good=$2 bad=$3 block
		shift 3
		# shellcheck disable=SC2059
		{ printf "$bad\n"; printf "$good\n" "$(<y)"; printf "$bad\n"; printf "$good\n" z; } >in
		# shellcheck disable=SC2059
		printf "$good\n" "$(<y)" z >expected
		for block in 1000 131072; do
			REC_BLOCK=$block rec-split -f "$framing" "$@" --bad bad.rec in 2>/dev/null | rec-join --no-header >found || :
			same expected found
			REC_BLOCK=$block rec-split -f "$framing" "$@" --bad bad.rec < <(cat in) 2>/dev/null | rec-join --no-header >found || :
			same expected found
			rec-join -f lines --no-header <bad.rec | wc -l | grep -qx 2
			cases=$((${cases:-0} + 1))
		done
	}
	large json '["%s"]' '{x'
	large jsonl '["%s"]' '{x'
	large escaped '%s' 'a\\q'
	large tsv '%s\tb' a --strict --names 1,2
	large csv '"%s",b' a --strict --names 1,2
	large csv '%s,"\nb"' a --strict --names 1,2
	[ "$cases" -eq 12 ]
}

@test "rec-split --strict: rows of csv and tsv have the header's fields, and nothing follows a closing quote" {
	aside 'a,b\n1,2\n3\n4,5,6\n"7","8"\n' '3:1,2,7:"7","8",' '-,3,1 field instead of 2,3\n-,4,3 fields instead of 2,"4,5,6"\n' "$two" --strict -f csv -H
	aside 'a,b\n1,"2"x\n3,4' '3:3,4,' "-,2,'x' follows the quote that closes a field,\"1,\"\"2\"\"x\"\n" "$one" --strict -f csv -H
	aside 'a,b\n1,"2\n3,4\n5,"6"\n7,8\n' '3:7,8,' "-,2,'6' follows the quote that closes a field,\"1,\"\"2\n3,4\n5,\"\"6\"\"\"\n" "$one" --strict -f csv -H
	aside 'a;b\n1,2\n3;4' '3:3;4,' '-,2,1 field instead of 2,"1,2"\n' "$one" --strict -f 'csv:;' -H
	aside '1,2\n"3,4"\n"5,""",6' '3:1,2,8:"5,""",6,' '-,2,1 field instead of 2,"""3,4"""\n' "$one" --strict -f csv
	aside '1,2\n3\n' '' '-,1,2 fields instead of 3,"1,2"\n-,2,1 field instead of 3,3\n' "$two" --strict -f csv --names a,b,c
	aside 'a\tb\n1\t2\n\n"3\t4\n5' '3:1\t2,4:"3\t4,' '-,3,1 field instead of 2,\n-,5,1 field instead of 2,5\n' "$two" --strict -f tsv -H
	aside 'a,b\r\n1,2\r\n3\r\n4,5\n6,7,\n8,9' '3:1,2,3:4,5,3:8,9,' '-,3,1 field instead of 2,3\n-,5,3 fields instead of 2,"6,7,"\n' "$two" --strict -f csv -H
	[ "$cases" -eq 8 ]
	# Without --bad it is a fault like any other.
	printf 'a,b\n1,2\n3\n4,5\n' >x
	st=0
	rec-split --strict csv:x >a.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(<err)" = 'rec-split: csv:x: record 1 at byte 8 (line 3): 1 field instead of 2' ]
	rec-join <a.rec 2>/dev/null >found || :
	printf 'a,b\n1,2\n' >expected
	same expected found
}

@test "rec-split --bad: nothing is lost or doubled, however many there are and however they come" {
	awk 'BEGIN { for (i = 0; i < 30000; i++) print i % 3 == 1 ? i : i % 7 == 2 ? i ",x,y" : i ",x" }' >rows
	{ echo a,b; cat rows; } >x
	awk -F, 'NF == 2' rows >good
	awk -F, 'NF != 2' rows >bad
	for how in '' 'REC_BLOCK=1' 'REC_FAULT_SEED=5 fault' 'REC_HOP=0'; do
		st=0
		eval "$how rec-split --strict --bad cmd:'rec-join -f csv | sed 1d >rest' csv:x 2>err" >a.rec || st=$?
		[ "$st" -eq 1 ]
		rec-join --no-header <a.rec >found
		same good found
		sed 's/^[^,]*,[^,]*,[^,]*,//; s/"//g' rest >found
		same bad found
		# The lines are those of the file.
		awk -F, 'NR == FNR { line[$1] = FNR + 1; next } { gsub(/"/, "") } $2 != line[$4] { exit 1 }' rows rest
	done
}

@test "rec-split --bad: positions leave room, the other output has the input's name, and the file comes before its line" {
	printf '1\nx\n3\n' >a
	printf 'y\n5\n' >b
	st=0
	rec-split -f json --bad bad.rec a - b <a >good.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(<err)" = "rec-split: a: record 1 at byte 2 (line 2): not JSON: 'x' instead of a value; $three" ]
	[ "$(rec-view good.rec | awk '{ print $1 }' | tr '\n' ' ')" = '0 2 3 5 7 ' ]
	[ "$(rec-join <bad.rec | sed 1d | cut -d, -f 1,2 | tr '\n' ' ')" = 'a,2 -,2 b,1 ' ]
	rec-filter where 'POS == 4' <bad.rec | rec-join >found
	[ "$(sed -n 2p found | cut -d, -f 1)" = - ]
	rec-filter where '.file == "b"' <bad.rec | rec-filter -c where '.line == 1 && POS == 6' | grep -qx 1
	# The message of a fault after it counts as positions do.
	printf '1\nx\n{"file":1}\n' >c
	st=0
	rec-split -f json --name --bad bad.rec c >good.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-split: c: record 0 at byte 0 ' err
}

@test "rec-split --bad: a file of CSV for it, which is there without bad ones too; and the first bad one at once" {
	printf 'a\n1\n' | rec-split -f csv -H --bad csv:bad.csv | rec-join >found
	printf 'file,line,reason,bytes\n' >expected
	same expected bad.csv
	printf 'a\n1\n' >expected
	same expected found
	mkfifo in out
	start sh -c 'rec-split -f json --bad cmd:"rec-join --no-header >out" in >good.rec'
	exec 4>in 5<out
	printf 'x\n1\n' >&4
	read -r -t "$patience" line <&5
	[ "$line" = "in,1,not JSON: 'x' instead of a value,x" ]
	exec 4>&-
	finish
	exec 5<&-
	[ "$status" -eq 1 ]
}

@test "rec-split --bad: -n counts good records, and what follows the last one is not looked at" {
	printf 'x\n1\ny\n2\nz\n' >in
	st=0
	rec-split -n 2 -f json --bad bad.rec in 2>err | rec-join >found || st=$?
	printf '1\n2\n' >expected
	same expected found
	grep -q "; $two\$" err
	rec-split -n 0 -f json --bad bad.rec in | rec-join >found
	[ ! -s found ]
}

@test "rec-split --bad: what ends the run all the same" {
	fails() {
		local message=$1 st=0
		shift
		rec-split --bad bad.rec "$@" <in >a.rec 2>err || st=$?
		[ "$st" -eq 65 ] && grep -q "^rec-split: standard input: $message" err && [ "$(lines err)" -eq 1 ]
	}
	printf '\377\376a\n' >in
	fails 'record 0 at byte 0 (line 1): this is UTF-16' -f csv
	fails 'record 0 at byte 0 (line 1): this is UTF-16' -f json
	fails 'record 0 at byte 0 (line 1): this is UTF-16' -f jsonl
	echo a | rec-split >in
	fails 'already a record stream' -f json
	fails 'already a record stream' -f jsonl
	printf '\037\213\010' >in
	fails 'compressed by gzip' -f json
	fails 'compressed by gzip' -f jsonl
	printf '"a\n' >in
	fails 'record 0 at byte 0 (line 1): the quote that opens here is never closed' -f csv -H
	printf '1\n[%s\n' "$(seq -s, 100)" >in
	REC_MAX=100 fails 'record 1: larger than REC_MAX' -f json
	REC_MAX=100 fails 'record 1 (line 2): larger than REC_MAX' -f tsv
	REC_MAX=100 fails 'record 1: larger than REC_MAX' -f escaped
	printf '1\n[%s]\n' "$(seq -s, 100)" >in
	REC_MAX=100 fails 'record 1 (line 2): larger than REC_MAX' -f jsonl
	REC_MAX=100 REC_BLOCK=1 fails 'record 1 (line 2): larger than REC_MAX' -f jsonl
	# Nor may what is set aside be larger with the name, the line and the reason.
	printf '1\n%090d\n' 0 >in
	REC_MAX=100 fails 'record 1 at byte 3 (line 2): not JSON: .*; in bad.rec it would be larger than REC_MAX, 100 bytes' -f json
	# A fault after bad ones: both are said.
	printf 'x\n[%s\n' "$(seq -s, 100)" >in
	st=0
	REC_MAX=100 rec-split --bad bad.rec -f json <in >a.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-split: standard input: record 0 .*; not in the framing: 1$' err
}

@test "rec-split --bad, --strict: wrong usage is 64 with one line" {
	usage() {
		local message=$1 st=0
		shift
		rec-split "$@" </dev/null >out 2>err || st=$?
		[ "$st" -eq 64 ] && [ ! -s out ] || { echo "$st: $*" >&2; return 1; }
		[ "$(<err)" = "rec-split: $message" ] || { cat err >&2; return 1; }
	}
	tail=' (rec-split -h shows the usage)'
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with lines$tail" --bad x
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with json-seq$tail" --bad x -f json-seq
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with nul$tail" --bad x -f csv csv:a nul:b
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with json:.[]$tail" --bad x -f json:.[]
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with lines:2$tail" --bad x -f lines:2
	usage "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with netstring$tail" --bad x -f netstring
	usage "--strict goes with csv and tsv, not with jsonl$tail" --strict -f csv csv:a jsonl:b
	usage "--bad -: standard output is taken already$tail" --bad - -f jsonl
	usage "--strict goes with csv and tsv, not with json$tail" --strict -f json
	usage "--bad -: standard output is taken already$tail" --bad - -f json
	usage "--bad: append:csv:x: only records are appended: cmd:'rec-join -f csv >>x'$tail" --bad append:csv:x -f json
	echo 1 >in
	usage 'in: in is the same file, which cannot be read and written at once' -f json --bad in in /dev/null
	# The file of a framing would be replaced by what is not in it.
	ln -s in link
	usage 'in: csv:in is the same file, which cannot be read and written at once' -f json --bad csv:in in
	usage 'json:in: csv:link is the same file, which cannot be read and written at once' --bad csv:link json:in
	[ "$(<in)" = 1 ]
}

@test "rec-split --bad: a full disk there is 74, and no bad record passes as done" {
	seq 3 | sed 's/2/x/' >in
	st=0
	rec-split -f json --bad /dev/full in 2>err >a.rec || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-split: /dev/full: No space left on device' err
	grep -q "not in the framing: 1\$" err
	[ "$(lines err)" -eq 2 ]
	"$BUILD/tools/blocks" list <a.rec >listed
	# The first record is good, the second one went nowhere.
	awk '{ if (match($0, / next=[0-9]+/) && substr($0, RSTART + 6, RLENGTH - 6) + 0 > 1) bad = 1 } END { exit bad || !NR }' listed
	st=0
	rec-join <a.rec >/dev/null 2>said || st=$?
	[ "$st" -eq 65 ]
	grep -q 'its producer failed: rec-split: /dev/full: No space left on device' said
	# A file that cannot be made is 73, and nothing is read.
	st=0
	rec-split -f json --bad ./no/file in 2>err >a.rec || st=$?
	[ "$st" -eq 73 ]
	[ "$(lines err)" -eq 1 ]
}

@test "rec-split --bad: killed, or stopped by its reader, it has passed no watermark over a bad record that is not there" {
	# Nobody reads the bad ones; they fill the pipe, and the good ones must not be acknowledged over them.
	mkfifo rest
	awk 'BEGIN { for (i = 0; i < 200000; i++) print i % 2 ? "x" i : i }' >in
	exec 5<>rest 6<rest
	start sh -c 'rec-split -f json --bad rest in | cat >good.rec'
	within test -s good.rec
	split=''
	for child in $(children "$pid"); do
		[ "$(<"/proc/$child/comm")" != rec-split ] || split=$child
	done
	# It cannot go on, but may not have come to that yet: the watermark holds at any moment.
	kill -KILL "$split"
	finish
	exec 5>&-
	cat <&6 >rest.rec
	exec 6<&-
	"$BUILD/tools/blocks" list <good.rec >listed || :
	"$BUILD/tools/blocks" list <rest.rec >there || :
	highest() {
		awk 'match($0, / next=[0-9]+/) { n = substr($0, RSTART + 6, RLENGTH - 6) + 0; if (n > m) m = n } END { print m + 0 }' "$1"
	}
	[ "$(lines listed)" -ge 1 ]
	[ "$(lines there)" -ge 1 ]
	[ "$(highest listed)" -le "$(highest there)" ]
}

# ---- rec-join ----

@test "rec-join --bad: what the framing cannot express goes there as it is, and the rest is written" {
	# joins RECORDS BYTES POSITIONS WHY COUNT ARG ...: the records as netstrings, what is written, the
	# positions of the others, and what is said.
	joins() {
		local records=$1 bytes=$2 positions=$3 said=$4 st=0
		shift 4
		# shellcheck disable=SC2059
		printf "$records" >in && printf "$bytes" >expected || return
		rec-split -f netstring <in | rec-join --bad bad.rec "$@" >found 2>err || st=$?
		[ "$st" -eq 1 ] || { echo "status $st: $*" >&2; return 1; }
		same expected found || { echo "$*" >&2; return 1; }
		[ "$(<err)" = "rec-join: $said" ] || { cat err >&2; return 1; }
		[ "$(rec-view bad.rec | awk '{ print $1 }' | tr '\n' ' ')" = "$positions" ] || return
		cases=$((${cases:-0} + 1))
	}
	joins '1:a,3:b\nc,1:d,' 'a\nd\n' '1 ' "record 1: it holds a newline; $one" --strict
	joins '3:b\nc,1:d,3:e\nf,' 'd\n' '0 2 ' "record 0: it holds a newline; $two" --strict
	joins '3:b\nc,' '' '0 ' "record 0: it holds a newline; $one" --strict
	joins '1:a,1:\0,1:b,' 'a\0b\0' '1 ' "record 1: it holds a NUL byte; $one" -0
	joins '3:a,b,0:,2:"x,3:"y",' 'a,b\n"y"\n' '1 2 ' "record 1: it is empty, as no row can be; an empty value is written \"\"; $two" -f csv
	joins '1:1,1:x,3:[2],' '1\n[2]\n' '1 ' "record 1: it is not a JSON value (RFC 8259); $one" -f json
	joins '1:1,1:x,5:[2, ],4:[ 2],' '1\n[2]\n' '1 2 ' "record 1: it is not a JSON value (RFC 8259); $two" -f jsonl
	joins '1:1,3:2 3,1:\377,' '1\n' '1 2 ' "record 1: it is not a JSON value (RFC 8259); $two" -f jsonl
	joins '1:a,1:b,3:c\nd,3:e\nf,' 'c\nd\ne\nf\n' '0 1 ' "record 0: it has fewer lines than the framing; $two" -f lines:2
	joins '1:a,0:,' '' '0 1 ' "record 0: nothing is written between records, so it would not come back; $two" -f none --strict
	joins '3:a\tb,1:c,3:d\ne,' 'a\tb\nc\n' '2 ' "record 2: it holds a newline; $one" -f tsv
	joins '1:1,1:x,3:[2],' '\0361\n\036[2]\n' '1 ' "record 1: it is not a JSON value (RFC 8259); $one" -f json-seq
	joins "1:a,300:$(printf '%0300d' 0),1:b," '\001a\001b' '1 ' "record 1: it is longer than the 255 bytes that its prefix can hold; $one" -f u8
	joins "1:a,300:$(printf '%0300d' 0),1:b," '\001a\001b' '1 ' "record 1: it is longer than the 255 bytes that its prefix can hold; $one" -f u8 --as-is
	joins '1:a,2:bc,1:d,' 'ad' '1 ' "record 1: it is longer than the framing's width; $one" -f fixed:1
	joins '2:ab,1:c,2:de,' 'abc' '2 ' "record 2: the record before it is shorter than the framing's width; $one" -f fixed:2 --short
	joins '0:,1:a,' 'a\n\n' '0 ' "record 0: it is empty, as no paragraph can be; $one" -p
	[ "$cases" -eq 17 ]
	# The records there are whole, and none is written twice.
	printf '1:a,3:b\nc,1:d,' | rec-split -f netstring | rec-join --strict --bad bad.rec >/dev/null 2>&1 || :
	[ "$(rec-join -f netstring <bad.rec)" = "$(printf '3:b\nc,')" ]
	# Lines express every record.
	printf '3:b\nc,' | rec-split -f netstring | rec-join --bad bad.rec >found
	[ "$(rec-view bad.rec | wc -l)" -eq 0 ]
}

@test "rec-join --bad: rows of a table keep their ends, and the other output has the table" {
	rec-split -f csv -H <(printf 'a,b\r\n1,2\r\n3,4') >tail.rec
	st=0
	rec-join -f nul --strict --bad csv:bad.csv <tail.rec >found 2>err || st=$?
	[ "$st" -eq 0 ]
	printf '1,2\0003,4\000' >expected
	same expected found
	printf 'a,b\r\n' >expected
	same expected bad.csv
	# Fields with newlines are no lines.
	printf 'a,b\r\n1,2\r\n3,"4\n5"\r\n6,7' | rec-split -f csv -H >new.rec
	st=0
	rec-join -f lines --strict --bad csv:bad.csv <new.rec >found 2>err || st=$?
	[ "$st" -eq 1 ]
	printf '1,2\n6,7\n' >expected
	same expected found
	printf 'a,b\r\n3,"4\n5"\r\n' >expected
	same expected bad.csv
}

@test "rec-join --bad: jsonl: lines keep their ends, also if the last one is not written" {
	ends() {
		# shellcheck disable=SC2059
		printf "$1" | rec-split -f lines >in.rec && printf "$2" >expected
		st=0
		rec-join -f jsonl --bad bad.rec <in.rec >found 2>err || st=$?
		[ "$st" -eq "$3" ]
		same expected found
		[ "$(rec-join -f escaped <bad.rec)" = "$4" ]
		cases=$((${cases:-0} + 1))
	}
	ends '1\nx' '1\n' 1 x
	ends 'x' '' 1 x
	ends 'x\n1' '1' 1 x
	ends '1\nx\n2' '1\n2' 1 x
	ends '1\n2' '1\n2' 0 ''
	ends '1\nx\n' '1\n' 1 x
	[ "$cases" -eq 6 ]
	# Several streams, each with a last line that lacks its end.
	{ printf '1\nx' | rec-split -f lines; printf '2' | rec-split -f jsonl; printf '[3]\r\n{' | rec-split -f lines; } >in.rec
	rec-join -f jsonl --bad bad.rec <in.rec >found 2>err || :
	printf '1\n2\n[3]\n' >expected
	same expected found
}

@test "rec-join --bad: -o and --whole write all the same; failures are told" {
	printf '3:b\nc,1:d,' | rec-split -f netstring >in.rec
	echo old >file
	st=0
	rec-join --strict --bad bad.rec -o file <in.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(<file)" = d ]
	st=0
	rec-join --strict --bad bad.rec --whole <in.rec >found 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(<found)" = d ]
	# A full disk there: FILE stays.
	echo old >file
	st=0
	rec-join --strict --bad /dev/full -o file <in.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(<file)" = old ]
	grep -qx 'rec-join: /dev/full: No space left on device' err
	# The producer's failure is repeated here, where the stream ends.
	{ seq 3; echo '"a'; } >x
	st=0
	rec-split -f csv x 2>/dev/null | rec-join -f csv --bad bad.rec 2>err >found || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-join: standard input: its producer failed: rec-split: x: record 3 ' err
	# The same file or pipe twice.
	st=0
	rec-join --bad found <in.rec >found 2>err || st=$?
	[ "$st" -eq 64 ]
	[ "$(<err)" = 'rec-join: found: another output of this command goes there already' ]
	st=0
	rec-join --bad file -o file <in.rec 2>err || st=$?
	[ "$st" -eq 64 ]
	[ "$(<file)" = old ]
	st=0
	rec-join --bad in.rec <in.rec >found 2>err || st=$?
	[ "$st" -eq 64 ]
	st=0
	rec-filter -c --else counted locate a <in.rec >counted 2>err || st=$?
	[ "$st" -eq 64 ]
}

@test "rec-join --bad: a reader of either output that leaves" {
	printf '3:b\nc,1:d,' | rec-split -f netstring >in.rec
	# That of the others: the bytes are written all the same.
	rec-join --strict --bad cmd:true <in.rec >found 2>err || st=$?
	[ "$(<found)" = d ]
	# That of the bytes: it dies as a filter does, and the other output has a good end.
	yes x | head -n 300000 | rec-split >many.rec
	cat in.rec many.rec >both.rec
	statuses 'rec-join --strict --bad bad.rec <both.rec | true'
	[ "$statuses" = '141 0' ] || [ "$statuses" = '0 0' ]
	rec-view bad.rec >/dev/null
	says 'record 0: it holds a newline; it is in bad.rec'
}

@test "rec-join --bad: a reader of the bytes that leaves takes no bad record away" {
	# More than a pipe can hold, even one of 1 MiB.
	seq 400000 | sed '2~4s/^/bad /' >in
	statuses 'rec-split in | rec-join -f jsonl --bad bad.rec | head -n 1'
	[ "$statuses" = '0 141 0' ]
	[ "$(rec-filter -c locate /bad/ <bad.rec)" -eq 100000 ]
	says 'record 1: it is not a JSON value (RFC 8259); 100000 such in all, which are in bad.rec'
	# If nobody wants either, it ends although more comes.
	mkfifo feed
	start sh -c 'rec-split feed | rec-join -f jsonl --bad cmd:"head -c 100 >/dev/null" | head -n 1 >/dev/null'
	exec 9>feed
	trap '' PIPE
	while cat in >&9 2>/dev/null; do :; done
	exec 9>&-
	finish
}
