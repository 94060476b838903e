#!/usr/bin/env bats
# headers: what rec-split makes of a header and of rows: the table that it declares, rows that keep
# their ends, columns in one order (--align), the input's name (--name).

load helper

setup() {
	helper_setup
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	printf '\357\273\277"id","unit price"\r\n1,"5\r\n6"\r\n2,7' >w.csv
}

# shows INPUT TEXT ARG ...: of that input (as printf takes it) rec-split makes this stream, shown by
# mkstream dump without checksums and the end mark.
shows() {
	local input=$1

	# shellcheck disable=SC2059 # it is a format
	printf "$input" >input
	echo "$2" >expected
	rec-split "${@:3}" <input >a.rec || return
	mkstream dump <a.rec | sed 's/^\([a-z]*\) sum /\1 /; /^end /d' >shown
	same expected shown || { echo "of: $input, by: ${*:3}" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

# fails STATUS MESSAGE RECORDS ARG ...: rec-split ends with that status and that line, after these
# records (as mkstream dump shows them, one line each); the next command gets the reason.
fails() {
	local st=0 message=$2

	rec-split "${@:4}" >a.rec 2>err || st=$?
	[ "$st" -eq "$1" ] || { echo "status $st: ${*:4}" >&2; return 1; }
	echo "rec-split: $message" >message
	same message err || return
	mkstream dump <a.rec | sed 's/^\([a-z]*\) sum /\1 /; /^end /d' >shown
	printf '%s' "$3" >expected
	same expected shown || { echo "${*:4}" >&2; return 1; }
	run -65 --separate-stderr rec-join --as-is -f lines <a.rec
	[[ "$stderr" == "rec-join: standard input: its producer failed: rec-split: $message" ]] || {
		echo "$stderr" >&2
		return 1
	}
	cases=$((${cases:-0} + 1))
}

# usage MESSAGE ARG ...: 64, one line, nothing read.
usage() {
	local st=0

	rec-split "${@:2}" <o.csv >a.rec 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: ${*:2}" >&2; return 1; }
	echo "rec-split: $1 (rec-split -h shows the usage)" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

@test "rec-split: -H takes the header out and declares it, byte for byte" {
	rec-split -f csv -H o.csv | od -An -v -tx1 >found
	cat >expected <<'END'
 ab 72 65 63 01 07 01 00 00 00 00 00 1b 00 00 00
 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
 00 00 00 00 fa 2a 5a 72 7b 22 66 72 61 6d 69 6e
 67 22 3a 22 63 73 76 22 7d 0a 69 64 2c 70 72 69
 63 65 0a 00 00 00 00 00 ab 72 65 63 01 01 04 01
 03 00 00 00 0d 00 00 00 00 00 00 00 00 00 00 00
 03 00 00 00 00 00 00 00 0a 00 00 00 e1 b3 05 9c
 31 2c 35 0a 32 2c 32 30 0a 33 2c 37 0a 00 00 00
 03 00 00 00 08 00 00 00 0c 00 00 00 00 00 00 00
 ab 72 65 63 01 02 05 00 00 00 00 00 00 00 00 00
 03 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00
 00 00 00 00 b9 93 b4 4d
END
	same expected found
}

@test "rec-split: what each framing declares, with and without -H" {
	shows 'a,b\n1,2\n' $'table {"framing":"csv"}\\na,b\\n\ndata next=1 gap=\\n tabled 0=1,2' -f csv -H
	shows 'a,b\n1,2\n' $'table {"framing":"csv"}\\n\ndata next=2 gap=\\n tabled 0=a,b 1=1,2' -f csv
	shows 'a;b\n1;2\n' $'table {"framing":"csv:;"}\\na;b\\n\ndata next=1 gap=\\n tabled 0=1;2' -f 'csv:;' -H
	shows 'a;b\n1;2\n' $'table {"framing":"csv:;"}\\na;b\\n\ndata next=1 gap=\\n tabled 0=1;2' -f csv -F ';' -H
	shows 'a,b\r\n1,2\r\n' $'table {"framing":"csv-crlf"}\\na,b\\x0d\\n\ndata next=1 gap=(2) tabled 0=1,2' -f csv-crlf -H
	shows 'a\tb\n"1\t2"\n' $'table {"framing":"tsv"}\\na\\x09b\\n\ndata next=1 gap=\\n tabled 0="1\\x092"' -f tsv -H
	shows 'a\n' $'table {"framing":"tsv"}\\n\ndata next=1 gap=\\n tabled 0=a' -f tsv
	shows 'a|b\n1|2\n' $'table {"framing":"lines","separator":"|"}\\na|b\\n\ndata next=1 gap=\\n tabled 0=1|2' -F '|' -H
	shows 'a\tb\n' $'table {"framing":"lines","separator":"\\\\u0009"}\\n\ndata next=1 gap=\\n tabled 0=a\\x09b' -F TAB
	shows 'a  b\n 1 2 3\n' $'table {"framing":"lines","separator":"WORDS"}\\na  b\\n\ndata next=1 gap=\\n tabled 0= 1 2 3' -F WORDS -H
	shows 'a\n1\n' $'table {"framing":"lines"}\\na\\n\ndata next=1 gap=\\n tabled 0=1' -H
	shows 'a:b\0001:2\000' $'table {"framing":"nul","separator":":"}\\na:b\\x00\ndata next=1 gap=\\x00 tabled 0=1:2' -0 -F : -H
	shows '1,2\n' $'table {"framing":"csv","columns":["a","b c"]}\\n\ndata next=1 gap=\\n tabled 0=1,2' -f csv --names 'a,"b c"'
	shows '1|2\n' $'table {"framing":"lines","separator":"|","columns":["a","b"]}\\n\ndata next=1 gap=\\n tabled 0=1|2' -F '|' --names a,b
	shows 'a\n' $'data next=1 gap=\\n 0=a'
	shows '{}\n' $'data next=1 gap=\\n 0={}' -f json
	shows '{}\r\n' $'data next=1 gap=(2) 0={}' -f jsonl
	shows '\036{}\n' $'data next=1 gap=\\n 0={}' -f json-seq
	shows '[1,"a"]' $'data next=2 gap=\\n 0=1 1="a"' -f 'json:.[]'
	shows 'a\nb\n' $'data next=1 gap=\\n 0=a\\nb' -f lines:2
	[ "$cases" -eq 20 ]
}

@test "rec-split: rows keep their ends; only blank lines of CSV are lost" {
	local csv='table {"framing":"csv"}\na\n'

	shows 'a\n1\r\n2\r\n3\n4' "$csv"$'\ndata next=2 gap=(2) tabled 0=1 1=2\ndata next=3 gap=\\n tabled 2=3\ndata next=4 gap=\\n nogap tabled 3=4' -f csv -H
	shows '\n\r\na\n1\n\n2\n' "$csv"$'\ndata next=1 gap=\\n tabled 0=1\ndata next=2 gap=\\n tabled 1=2' -f csv -H
	shows 'a\r\n\r\n\n1\n' 'table {"framing":"tsv"}\na\x0d\n'$'\ndata next=1 gap=(2) tabled 0=\ndata next=3 gap=\\n tabled 1= 2=1' -f tsv -H
	shows 'a\n1\r\n' 'table {"framing":"lines"}\na\n'$'\ndata next=1 gap=(2) tabled 0=1' -H
	# jsonl needs no table for it.
	shows '1\r\n2\r\n\n3\n\n4' $'data next=2 gap=(2) 0=1 1=2\ndata next=3 gap=\\n 2=3\ndata next=4 gap=\\n nogap 3=4' -f jsonl
	# Without a table the CR belongs to the line.
	shows '1\r\n' $'data next=1 gap=\\n 0=1\\x0d'
	[ "$cases" -eq 6 ]
}

@test "rec-split: jsonl comes back from rec-join with the ends that its lines had, but without white space" {
	printf '{"a b": 1 }\r\n [2]\n\n3\r\n"\\" 4"' >m.jsonl
	printf '{"a b":1}\r\n[2]\n3\r\n"\\" 4"' >want
	rec-split -f jsonl m.jsonl | rec-join -f jsonl | cmp - want
	rec-split jsonl:m.jsonl | rec-tee jsonl:copy | rec-join -f jsonl | cmp - want
	cmp copy want
	rec-split -f jsonl m.jsonl | rec-join -f jsonl --as-is | cmp - <(grep -v '^$' m.jsonl | head -c -1)
	# What is owed is written if more follows, and the record is copied by a filter and by others.
	rec-split -f jsonl want want | rec-filter locate // | rec-join -f jsonl | cmp - <(cat want; printf '\r\n'; cat want)
	printf '1\n2' >lf
	rec-split -f jsonl lf lf | rec-join -f jsonl | cmp - <(printf '1\n2\n1\n2')
	# Other records get a newline each.
	printf '1\0 [2 ]' | rec-split -0 | rec-join -f jsonl | cmp - <(printf '1\n[2]\n')
	rec-split -f json m.jsonl | rec-join -f jsonl | cmp - <(tr -d '\r' <want; echo)
}

@test "rec-split: rec-join gives the same bytes back, whatever ends rows have" {
	local input

	for input in 'a,b\n1,2\n' 'a,b\r\n1,2\r\n' 'a,b\n1,2' 'a,b\r\n1,2' 'a,b' 'a,b\n' 'a\n"x\ny","z\r\n"\r\n1\n2\r\n3' \
		'\357\273\277"a b",c\r\n"q""q",\n,\n' '\357\273\277a' 'a\n\r\r\n1\r' 'a\n"1"x\r' 'a\nx"y\n"'; do
		# shellcheck disable=SC2059
		printf "$input" >input
		rec-split -f csv -H input 2>err | rec-join >found 2>&1 || [ -s err ]
		if [ ! -s err ]; then
			same input found || { echo "of $input" >&2; return 1; }
			cases=$((${cases:-0} + 1))
		fi
	done
	[ "$cases" -ge 10 ]
	rec-split -f csv -H w.csv | rec-filter where 'POS >= 0' | rec-join | cmp - w.csv
	printf 'a\tb\r\n"1\t\r\n\n2\t\n' >x.tsv
	rec-split -f tsv -H x.tsv | rec-join | cmp - x.tsv
	printf 'a b\r\n1 2\n\n3 4' >x
	rec-split -F WORDS -H x | rec-join | cmp - x
}

# random_csv FILE: a header and random rows, with everything that CSV may have but blank lines.
random_csv() {
	local fields=(a 1 '' '""' '"x,y"' $'"l\nm"' $'"l\r\nm"' '"q""q"' 'a"b' ' "c" ' $'"\n\n"' '7' 'word') ends=($'\n' $'\r\n')
	local row i rows=$((RANDOM % 40)) columns=$((1 + RANDOM % 4)) mixed=$((RANDOM % 3)) end=${ends[RANDOM % 2]}

	{
		((RANDOM % 3)) || printf '\357\273\277'
		printf 'c1'
		for ((i = 2; i <= columns; i++)); do printf ',"c %s"' "$i"; done
		for ((row = 0; row < rows; row++)); do
			((mixed)) || end=${ends[RANDOM % 2]}
			printf '%s%s' "$end" "x${fields[RANDOM % 2]}"
			for ((i = 2; i <= columns; i++)); do printf ',%s' "${fields[RANDOM % ${#fields[@]}]}"; done
		done
		((RANDOM % 2)) || printf '%s' "$end"
	} >"$1"
}

# bats test_tags=random
@test "rec-split: random CSV comes back the same, however it comes, in blocks of any size" {
	while rounds; do
		random_csv in.csv
		rec-split -f csv -H in.csv >a.rec
		rec-join <a.rec >found
		same in.csv found || { echo "seed $seed" >&2; return 1; }
		mkstream records <a.rec >want
		size=$((1 + RANDOM % 60))
		REC_BLOCK=$size REC_FAULT_SEED=$seed fault rec-split -f csv -H <in.csv >b.rec
		mkstream records <b.rec | cmp - want || { echo "seed $seed" >&2; return 1; }
		rec-join <b.rec | cmp - in.csv
		REC_BLOCK=$size rec-split csv:- < <(cat in.csv) | rec-filter where 'POS >= 0' | rec-join | cmp - in.csv
		# As rows without a table, which are copied: without the header, these are the same records.
		rec-split -f csv in.csv | rec-drop 1 | rec-join -f netstring >want
		rec-join -f netstring <b.rec | cmp - want
	done
	[ "$round" -ge 1 ]
}

@test "rec-split: -H through rings, pipes of one page and in small blocks" {
	seq 300000 | sed 's/.*/&,"a\n&"/; 1i n,text' >big.csv
	rec-split -f csv -H big.csv | rec-filter where 'POS >= 0' | rec-join | cmp - big.csv
	narrow bash -c 'rec-split -f csv -H big.csv | rec-filter where "POS >= 0" | rec-join' | cmp - big.csv
	rec-split -f csv -H < <(cat big.csv) | rec-join | cmp - big.csv
	rec-split -f csv -H -n 2000 big.csv | REC_BLOCK=7 rec-filter where 'POS >= 0' | rec-join >part.csv
	REC_BLOCK=7 rec-split -f csv -H part.csv | rec-join | cmp - part.csv
	sed 's/$/\r/' part.csv >crlf.csv
	rec-split -f csv -H crlf.csv | rec-join | cmp - crlf.csv
}

@test "rec-split: the table goes out before the first row has come" {
	mkfifo f
	{
		echo id,price
		until grep -q id,price seen; do sleep 0.02; done
		echo 1,5
	} >f 3>&- &
	: >seen
	timeout "$patience" rec-split -f csv -H f | timeout "$patience" cat >seen
	wait $!
	rec-join <seen | cmp - <(printf 'id,price\n1,5\n')
}

@test "rec-split: an input of no bytes has no table, and a header alone has no records" {
	shows '' '' -f csv -H || [ ! -s shown ]
	shows 'a,b\n' 'table {"framing":"csv"}\na,b\n' -f csv -H
	shows 'a,b' 'table {"framing":"csv"}\na,b' -f csv -H
	rec-split -f csv -H </dev/null | rec-join | cmp - /dev/null
	printf 'a,b' | rec-split -f csv -H | rec-join | cmp - <(printf 'a,b')
	# A header without its row end gets one if rows follow.
	printf 'id,price' >one
	rec-split -f csv -H one o.csv | rec-join | cmp - o.csv
	rec-split -f csv -H /dev/null o.csv /dev/null | rec-join | cmp - o.csv
	[ "$(rec-split -f csv </dev/null | mkstream dump)" = 'end sum next=0 count=0 status=0 ' ]
}

@test "rec-split: several inputs have one table, or the first that differs is named" {
	printf '"id","price"\r\n4,1\r\n' >p.csv
	printf 'id,amount\n9,9\n' >q.csv
	rec-split -f csv -H o.csv p.csv >a.rec
	rec-join <a.rec | cmp - <(printf 'id,price\n1,5\n2,20\n3,7\n4,1\r\n')
	[ "$(mkstream dump <a.rec | grep -c ^table)" -eq 1 ]
	local head=$'table {"framing":"csv"}\\nid,price\\n\ndata next=3 gap=\\n tabled 0=1,5 1=2,20 2=3,7\n'

	fails 65 'q.csv: its table differs from that of o.csv: column 2 is "amount", not "price"' "$head" -f csv -H o.csv q.csv p.csv
	fails 65 'tsv:o.csv: its table differs from that of o.csv: it is TSV, not CSV' "$head" -f csv -H o.csv tsv:o.csv
	echo '[1]' >j
	fails 65 'json:j: its records have no table, but o.csv declares one (id, price)' "$head" -f csv -H o.csv json:j o.csv
	fails 65 'o.csv: it has a table (id, price), but those of json:j have none' \
		$'data next=1 gap=\\n 0=[1]\n' -f csv -H json:j o.csv
	# A table of no records holds; after records without one it says nothing.
	echo id >only
	fails 65 'json:j: its records have no table, but csv:only declares one (id)' $'table {"framing":"csv"}\\nid\\n\n' csv:only json:j
	[ "$(rec-split json:j csv:only | rec-join)" = '[1]' ]
	: >empty
	[ "$(rec-split csv:empty json:j | rec-join)" = '[1]' ]
	[ "$cases" -eq 5 ]
}

@test "rec-split: a header that is none is 65, and there is no table" {
	fails 65 'standard input: its first record is empty, and no header' '' -H < <(printf '\n\na\n')
	fails 65 'standard input: its first record is empty, and no header' '' -f tsv -H < <(printf '\na\n')
	fails 65 'standard input: record 0 at byte 2 (line 1): the quote that opens here is never closed' '' -f csv -H < <(printf 'a,"b\nc\n')
	fails 65 'standard input: its header is larger than 1 MiB (is it the right framing?)' '' -f csv -H < <(head -c 1100000 /dev/zero | tr '\0' x)
	head -c 1048560 /dev/zero | tr '\0' x >h
	fails 65 'standard input: the table is larger than 1 MiB' '' -f csv -H < <({ cat h; echo; echo 1; })
	fails 65 'standard input: the table has more than 65536 columns' '' -f csv -H < <(seq -s, 65537)
	seq -s, 65536 >many.csv
	fails 65 'many.csv: with 1 more column, the table has more than 65536 columns' '' -f csv -H --name many.csv
	echo a,b >two.csv
	fails 65 'many.csv: with 2 more columns, the table has more than 65536 columns' '' -f csv -H --align many.csv two.csv
	seq -s, 65536 | rec-split -f csv -H | rec-join | cmp - <(seq -s, 65536)
	fails 65 'standard input: record 0 at byte 0 (line 1): this is UTF-16, and what is needed is UTF-8: iconv -f UTF-16 -t UTF-8 makes UTF-8 of it' '' -f csv -H < <(printf '\377\376a\0')
	fails 65 'standard input: already a record stream: leave rec-split out, or give --raw to split it as bytes' '' -f csv -H < <(rec-split -f csv o.csv)
	[ "$cases" -eq 10 ]
}

@test "rec-split: messages number the records without the header, and name the line" {
	fails 65 'standard input: record 1 at byte 10 (line 3): the quote that opens here is never closed' \
		$'table {"framing":"csv"}\\na,b\\n\ndata next=1 gap=\\n tabled 0=1,2\n' -f csv -H < <(printf 'a,b\n1,2\n3,"4\n')
	for args in '-f csv' '-f tsv' ''; do
		# shellcheck disable=SC2086
	REC_MAX=10 fails 65 \
			'standard input: record 1 (line 3): larger than REC_MAX, 10 bytes (is it the right framing?)' \
			"table {\"framing\":\"$(set -- $args lines lines; echo "$2")\"}\\na\\n"$'\ndata next=1 gap=\\n tabled 0=1\n' $args -H < <(	printf 'a\n1\n12345678901\n2\n') || return
	done
	# Over several inputs, numbers go on; the line is that of the input.
	printf 'id,price\n7,"\n' >bad.csv
	fails 65 'bad.csv: record 3 at byte 11 (line 2): the quote that opens here is never closed' \
		$'table {"framing":"csv"}\\nid,price\\n\ndata next=3 gap=\\n tabled 0=1,5 1=2,20 2=3,7\n' -f csv -H o.csv bad.csv
	fails 65 'csv:bad.csv: record 3 at byte 11 (line 2): the quote that opens here is never closed' \
		$'table {"framing":"csv"}\\nid,price\\n\ndata next=3 gap=\\n tabled 0=1,5 1=2,20 2=3,7\n' csv:o.csv csv:bad.csv
	[ "$cases" -eq 6 ]
}

@test "rec-split: -n, --raw, --idle and --short go with -H" {
	rec-split -f csv -H -n 1 o.csv | rec-join | cmp - <(printf 'id,price\n1,5\n')
	rec-split -f csv -H -n 4 o.csv o.csv | rec-join | cmp - <(printf 'id,price\n1,5\n2,20\n3,7\n1,5\n')
	rec-split -f csv -H -n 0 /dev/null o.csv missing | rec-join | cmp - <(printf 'id,price\n')
	rec-split -n 0 csv:o.csv json:missing | rec-join | cmp - <(printf 'id,price\n')
	rec-split -n 0 --align csv:o.csv | rec-join | cmp - <(printf 'id,price\n')
	# Without a header to read, nothing is opened.
	rec-split -n 0 missing | rec-join | cmp - /dev/null
	printf '\253rec,b\n1,2\n' >magic
	rec-split --raw -f csv -H magic | rec-join | cmp - magic
	printf 'abcabdab' | rec-split -f fixed:3 -H --short | rec-join --short | cmp - <(printf 'abcabdab')
	# Silence closes a record, but no header.
	mkfifo f
	{
		printf '1 he'
		sleep 0.3
		printf 'ad\n2 x\n'
		until grep -q '2 x' seen; do sleep 0.02; done
		echo ' y'
	} >f 3>&- &
	: >seen
	timeout "$patience" rec-split --start '^[0-9]' --idle 100ms -H f | timeout "$patience" rec-join --as-is >seen
	wait $!
	[ "$(<seen)" = $'1 head\n2 x\n y' ]
}

@test "rec-split: options that do not go together are 64" {
	local f

	for f in json jsonl json-seq; do
		usage "-H does not go with $f: its records have names of their own" -f $f -H
		usage "-F does not go with $f: its records have names of their own" -f $f -F ,
		usage "--names does not go with $f: its records have names of their own" -f $f --names a
	done
	usage '-H does not go with json:.a[]: its records have names of their own' -f 'json:.a[]' -H
	usage '-H does not go with regex: rec-join cannot write it' --regex , -H
	usage '-H does not go with lines:4: a header is a line, or ends with a delimiter' -f lines:4 -H
	for f in netstring u8 u16be u32le u64be varint v vb escaped paragraphs; do
		usage "-H does not go with $f: a header is a line, or ends with a delimiter" -f $f -H
	done
	usage '-F does not go with tsv, whose separator is a tab' -f tsv -F ,
	usage '-F does not go with csv:;, which has its separator' -f 'csv:;' -F ,
	usage "-F ::: the separator of csv is one byte, not a quote or a line's end" -f csv -F ::
	usage '-H does not go with --names, which is for inputs without a header' -f csv -H --names a
	usage '--names: names are expected, such as --names id,price' -f csv --names ''
	usage '--names: the names are not UTF-8' -f csv --names $'a\377'
	usage '--align goes with -H: it puts columns together by their names' -f csv --align o.csv
	usage '--align goes with -H: it puts columns together by their names' --align csv:o.csv o.csv
	usage '--align goes with -H: it puts columns together by their names' --align csv:o.csv json:o.csv
	usage '--align: standard input is named twice' --align csv:- csv:-
	usage '--align: standard input is named twice' -f csv -H --align - fd:0
	usage '--name goes with csv, tsv, json and jsonl, not with lines' --name
	usage '--name month: there is no such file; the name of the column is given by --name=month' --name month -f csv -H o.csv
	usage '--name month: there is no such file; the name of the column is given by --name=month' --name month csv:o.csv
	usage '--name goes with csv, tsv, json and jsonl, not with lines' --name o.csv
	usage '--name goes with csv, tsv, json and jsonl, not with delim::::' -d ::: --name
	usage '--name goes with csv, tsv, json and jsonl, not with nul' --name csv:o.csv nul:o.csv
	usage '--name=COLUMN goes with -H or --names: without them columns have no names' -f csv --name=x
	usage '--name: an empty name is no column'"'"'s' -f csv -H --name=
	[ "$cases" -eq 41 ]
}

@test "rec-split: --align declares the columns of all inputs, and moves fields as they are written" {
	printf 'price,id,note\r\n"5",9,"x,\ny"\r\n7\r\n' >p.csv
	printf 'note,"id"\nn,"a ""b"""\n' >q.csv
	rec-split --align -f csv -H o.csv p.csv q.csv | rec-join >found
	printf 'id,price,note\n1,5,\n2,20,\n3,7,\n9,"5","x,\ny"\r\n,7,\r\n"a ""b""",,n\n' >expected
	same expected found
	# The same from pipes, commands and a FIFO, which are not read twice.
	rec-split --align -f csv -H cmd:'cat o.csv' csv:p.csv - < <(cat q.csv) | rec-join | cmp - expected
	fault rec-split --align -f csv -H o.csv p.csv q.csv | rec-join | cmp - expected
	REC_BLOCK=3 rec-split --align -f csv -H o.csv p.csv q.csv | rec-join | cmp - expected
	# Rows that are in order already pass untouched, and the first one's header too.
	rec-split --align -f csv -H w.csv | rec-join | cmp - w.csv
	rec-split --align csv:o.csv csv:o.csv | rec-split --raw >/dev/null
	printf '"price","id"\n1,2\n' >r.csv
	rec-split --align csv:w.csv csv:w.csv | rec-join | cmp - <(cat w.csv; printf '\r\n1,"5\r\n6"\r\n2,7')
	rec-split --align csv:o.csv csv:r.csv | rec-join | cmp - <(cat o.csv; printf '2,1\n')
	# Inputs of no bytes are passed over; others too that cannot be opened.
	rec-split --align csv:/dev/null csv:o.csv csv:/dev/null csv:r.csv | rec-join | cmp - <(cat o.csv; printf '2,1\n')
	rec-split --align csv:/dev/null >a.rec
	[ "$(mkstream dump <a.rec)" = 'end sum next=0 count=0 status=0 ' ]
	run -66 --separate-stderr rec-split --align csv:o.csv csv:missing csv:r.csv
	[ "$stderr" = 'rec-split: csv:missing: No such file or directory' ]
	printf 'b\ta\n1\t2\n' >b.tsv
	printf 'a\n3\n' >a.tsv
	rec-split --align tsv:b.tsv tsv:a.tsv | rec-join | cmp - <(printf 'b\ta\n1\t2\n\t3\n')
	printf 'b|a\n1|2\n' >b
	printf 'a|c\n3|4\n' >a
	rec-split --align -F '|' -H b a | rec-join | cmp - <(printf 'b|a|c\n1|2|\n|3|4\n')
	rec-split --align -F '|' -H -n 1 b a | rec-join | cmp - <(printf 'b|a|c\n1|2|\n')
}

@test "rec-split: --align refuses what has no place in the table" {
	local head=$'table {"framing":"csv"}\\nid,price\\n\ndata next=3 gap=\\n tabled 0=1,5 1=2,20 2=3,7\n'

	printf 'price,id\n1,2\n1,2,3\n' >p.csv
	fails 65 'p.csv: record 4 at byte 13 (line 3): it has more fields than its table has columns' \
		"$head"$'data next=4 gap=\\n tabled 3=2,1\n' --align -f csv -H o.csv p.csv
	printf 'id,price\n1,2\n1,2,3\n4,5\n' >p.csv
	fails 65 'p.csv: record 4 at byte 13 (line 3): it has more fields than its table has columns' \
		"$head"$'data next=4 gap=\\n tabled 3=1,2\n' --align -f csv -H o.csv p.csv
	printf 'id,id\n' >q.csv
	fails 65 'q.csv: two columns are called "id"' '' --align -f csv -H o.csv q.csv
	printf 'id;price\n' >q.csv
	fails 65 'tsv:q.csv: its table does not go with that of o.csv: it is TSV, not CSV' '' --align -f csv -H o.csv tsv:q.csv
	printf 'a b\n' >w1
	printf 'b a\n' >w2
	fails 65 'w2: its columns are in another order than those of w1, and cannot be moved' '' --align -H -F WORDS w1 w2
	[ "$cases" -eq 5 ]
}

@test "rec-split: --name adds the input's name as the last column, or as a member" {
	printf '1,5\r\n2' >'a,b.csv'
	printf 'id,price\n1\n' >short.csv
	rec-split --name -f csv -H o.csv short.csv | rec-join >found
	printf 'id,price,file\n1,5,o.csv\n2,20,o.csv\n3,7,o.csv\n1,,short.csv\n' >expected
	same expected found
	rec-split --name=src csv:- <w.csv | rec-join | cmp - <(printf '"id","unit price",src\r\n1,"5\r\n6",-\r\n2,7,-')
	rec-split --name -n 1 csv:o.csv | rec-join | cmp - <(printf 'id,price,file\n1,5,o.csv\n')
	# Quoted as needed; without names there is only the field.
	rec-split --name -f csv 'a,b.csv' | rec-join | cmp - <(printf '1,5,"a,b.csv"\r\n2,"a,b.csv"')
	rec-split --name -f csv --names id,n 'a,b.csv' >a.rec
	mkstream dump <a.rec | grep -qF '"columns":["id","n","file"]'
	rec-split --name -f csv --names id,n 'a,b.csv' | rec-join | cmp - <(printf '1,5,"a,b.csv"\r\n2,,"a,b.csv"')
	printf 'a\n\n1\n' >x.tsv
	rec-split --name tsv:x.tsv | rec-join | cmp - <(printf 'a\tfile\n\tx.tsv\n1\tx.tsv\n')
	printf '{"a":{"file":1}}{ } [] ' | sed 's/\[\]//' >j
	printf '{"r":[{"a":{"file":1}}, {}]}' >r
	rec-split --name -f 'json:.r[]' r | rec-join | cmp - <(printf '{"a":{"file":1},"file":"r"}\n{"file":"r"}\n')
	printf '{"a":1} \r\n\n{}' | rec-split --name -f jsonl | rec-join -f jsonl | cmp - <(printf '{"a":1,"file":"-"}\r\n{"file":"-"}')
	rec-split --name -f json j | rec-join | cmp - <(printf '{"a":{"file":1},"file":"j"}\n{"file":"j" }\n')
	printf '\036{"a":[{"file":1},"file"]}\n' | rec-split -f json-seq --name | rec-join | cmp - <(printf '{"a":[{"file":1},"file"],"file":"-"}\n')
	# The column comes after those of all inputs.
	printf 'note,id\nx,4\n' >p.csv
	rec-split --align --name csv:o.csv csv:p.csv | rec-join | cmp - <(printf 'id,price,note,file\n1,5,,o.csv\n2,20,,o.csv\n3,7,,o.csv\n4,,x,p.csv\n')
	REC_BLOCK=3 fault rec-split --name csv:o.csv | rec-join | cmp - <(printf 'id,price,file\n1,5,o.csv\n2,20,o.csv\n3,7,o.csv\n')
}

@test "rec-split: --name refuses what cannot have it" {
	printf 'id,file\n1,2\n' >f.csv
	fails 65 'f.csv: --name: there is a column "file" already: give the new one another name, --name=COLUMN' '' --name -f csv -H f.csv
	fails 65 'csv:f.csv: --name: there is a column "file" already: give the new one another name, --name=COLUMN' '' \
		--align --name csv:o.csv csv:f.csv
	printf 'a\n1\n1,2\n' >l.csv
	fails 65 'l.csv: record 1 at byte 4 (line 3): it has more fields than its table has columns' \
		$'table {"framing":"csv"}\\na,file\\n\ndata next=1 gap=\\n tabled 0=1,l.csv\n' --name -f csv -H l.csv
	printf 'a\n1\n' >$'t\tt'
	fails 65 $'tsv:t^It: --name: its name has a tab or a line'"'"'s end in it, which no column of TSV can hold' '' --name $'tsv:t\tt'
	printf '{"b":{}}\n[1]\n' >j
	fails 65 "j: record 1 at byte 9 (line 2): it is no JSON object, and so the input's name cannot be a member of it" \
		$'data next=1 gap=\\n 0={"b":{},"file":"j"}\n' --name -f json j
	printf '{"a":1,"fil\\u0065":2}\n' >j
	fails 65 'j: record 0 at byte 0 (line 1): it has a member of that name already: give the new one another name, --name=MEMBER' '' --name -f json j
	REC_MAX=8 fails 65 \
		'standard input: record 1 at byte 4 (line 3): with what is added it is larger than REC_MAX, 8 bytes' \
		$'table {"framing":"csv"}\\na,file\\n\ndata next=1 gap=\\n tabled 0=1,-\n' --name -f csv -H < <(printf 'a\n1\n12345678\n')
	[ "$cases" -eq 7 ]
}

@test "rec-split: a wrong separator, framing or pattern after a colon: the message has the right one" {
	mkdir only
	cd only
	printf 'id,price\n1,5\n' | tee a.csv >o.csv
	st=0
	rec-split 'csv:*.csv' >/dev/null 2>err || st=$?
	[ "$st" -eq 66 ]
	grep -qxF 'rec-split: csv:*.csv: No such file or directory; the shell expands nothing after the colon: rec-split -f csv -H *.csv' err
	[ "$(eval "$(sed 's/.*colon: //' err)" | rec-filter -c where '.price == 5')" -eq 2 ]
	rec-split 'csv:nosuch.csv' >/dev/null 2>err || true
	grep -qxF 'rec-split: csv:nosuch.csv: No such file or directory' err
	printf '1\n2\n3\n4\n' >'x y'
	echo '{"a":[1,2]}' >a.json
	while read -r name count; do
		rec-split "$name" >/dev/null 2>err || true
		grep -qF 'No such file or directory; a framing with a parameter is an option: rec-split -f ' err
		[ "$(eval "$(sed 's/.*option: //' err)" | rec-filter -c locate)" -eq "$count" ]
		parameters=$((${parameters:-0} + 1))
	done <<-'END'
		csv:;:a.csv 2
		json:.a[]:a.json 2
	END
	rec-split 'lines:4:x y' >/dev/null 2>err || true
	grep -qxF "rec-split: lines:4:x y: No such file or directory; a framing with a parameter is an option: rec-split -f lines:4 'x y'" err
	[ "$parameters" -eq 2 ]
	cases=0
	usage 'ldif: no such framing, but fields:ldif' -f ldif a.csv
	usage 'CSV: no such framing, but csv' -f CSV a.csv
	usage 'Csv:x: no such framing, but csv' -f Csv:x a.csv
	usage '-H does not go with words: a header is a line, or ends with a delimiter; columns between blanks are -F WORDS' -f words -H a.csv
	usage 'words: not a separator here; columns between blanks are rec-split -F WORDS' -F words a.csv
	usage '-F ab: a separator is UTF-8, without NUL bytes, and not the word WORDS; these are two hexadecimal digits, a string is /ab/' -F ab a.csv
	usage '-F \xFF\xFE: a separator is UTF-8, without NUL bytes, and not the word WORDS' -F $'\xff\xfe' a.csv
	[ "$cases" -eq 7 ]
	rec-split -F /ab/ a.csv >/dev/null
}
