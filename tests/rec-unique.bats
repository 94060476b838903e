#!/usr/bin/env bats
# rec-unique: keeps one or some of each run of equal records.

load helper
load partition

# counted KEPT ARG ...: as case_of, for what is kept with -c; the other records are those without
# -c.
counted() {
	local kept=$1 size

	shift
	# shellcheck disable=SC2059
	printf -- "$input" >input && printf -- "$kept" >kept.want || return
	for size in 1 5 262080; do
		REC_BLOCK=$size rec-split <input >input.rec
		rec-unique -c --else other.rec "$@" <input.rec >kept.rec && rec-join <kept.rec | sed 's/^ *//' >kept || return
		same kept.want kept || { echo "by: -c $*" >&2; return 1; }
		rec-unique --else other2.rec "$@" <input.rec | mkstream records | sed 's/=.*//' >positions
		mkstream records <kept.rec | sed 's/=.*//' | same positions /dev/stdin
		mkstream records <other.rec >others || return
		mkstream records <other2.rec | same others /dev/stdin || return
	done
	cases=$((${cases:-0} + 1))
}

@test "rec-unique: last, first, singles, multiple and pairwise" {
	input='a\nb\nb\nc\nc\nc\nd\ne\ne\ne\ne\n\n\n'
	case_of 'a\nb\nc\nd\ne\n\n' 'b\nc\nc\ne\ne\ne\n\n'
	case_of 'a\nb\nc\nd\ne\n\n' 'b\nc\nc\ne\ne\ne\n\n' last
	case_of 'a\nb\nc\nd\ne\n\n' 'b\nc\nc\ne\ne\ne\n\n' first
	case_of 'a\nd\n' 'b\nb\nc\nc\nc\ne\ne\ne\ne\n\n\n' singles
	case_of 'b\nb\nc\nc\nc\ne\ne\ne\ne\n\n\n' 'a\nd\n' multiple
	case_of 'a\nc\nd\n' 'b\nb\nc\nc\ne\ne\ne\ne\n\n\n' pairwise
	counted '1 a\n2 b\n3 c\n1 d\n4 e\n2 \n'
	counted '1 a\n2 b\n3 c\n1 d\n4 e\n2 \n' first
	counted '1 a\n1 d\n' singles
	input=''
	for kind in last first singles multiple pairwise; do
		case_of '' '' $kind
	done
	input='a'
	for kind in last first singles pairwise; do
		case_of a '' $kind
	done
	case_of '' a multiple
	# A record is not equal to one that begins with it, nor to one that is no neighbour.
	input='a\nab\na\n\na\n'
	for kind in last first singles pairwise; do
		case_of "$input" '' $kind
	done
	case_of '' "$input" multiple
	input='x\nx\nx\nx\n'
	case_of 'x\n' 'x\nx\nx\n' last
	case_of 'x\n' 'x\nx\nx\n' first
	case_of '' "$input" singles
	case_of "$input" '' multiple
	case_of '' "$input" pairwise
	counted '4 x\n'
	[ "$cases" -eq 30 ]
}

@test "rec-unique: the position of a kept record, and its case with -i, show which one of the run it is" {
	printf 'a\nA\na\nb\nB\n' | REC_BLOCK=2 rec-split >input.rec
	[ "$(rec-unique -i <input.rec | rec-join | tr '\n' ' ')" = 'a B ' ]
	[ "$(rec-unique -i first <input.rec | rec-join | tr '\n' ' ')" = 'a b ' ]
	[ "$(rec-unique -i last <input.rec | mkstream records | tr '\n' ' ')" = '2=a 4=B end 5 0  ' ]
	[ "$(rec-unique -i first <input.rec | mkstream records | tr '\n' ' ')" = '0=a 3=b end 5 0  ' ]
	[ "$(rec-unique -i pairwise <input.rec | mkstream records | tr '\n' ' ')" = '2=a end 5 0  ' ]
	[ "$(rec-unique -i -c first <input.rec | rec-join | tr '\n' ',')" = '      3 a,      2 b,' ]
	[ "$(rec-unique -i --all <input.rec | rec-join | tr '\n' ' ')" = 'a b ' ]
	# The characters next to the letters in ASCII are no letters.
	printf '@\n`\n[\n{\n' | rec-split >input.rec
	[ "$(rec-unique -i <input.rec | rec-filter -c locate)" -eq 4 ]
}

@test "rec-unique: --all keeps the first of equal records wherever they are" {
	input='b\na\nb\n\nc\na\n\nbb\n'
	case_of 'b\na\n\nc\nbb\n' 'b\na\n\n' --all
	case_of 'b\na\n\nc\nbb\n' 'b\na\n\n' --all first
	input=''
	case_of '' '' --all
	[ "$cases" -eq 3 ]
	seq 1 70000 >input
	cat input input input | awk '{ print $1 % 50000 }' >big
	awk '!seen[$0]++' big >expected
	rec-split <big | rec-unique --all --else other.rec | rec-join >found
	same expected found
	[ "$(rec-filter -c locate // <other.rec)" -eq 160000 ]
}

# bats test_tags=random
@test "rec-unique: random records against awk and uniq" {
	while rounds; do
		for ((i = RANDOM % 40; i > 0; i--)); do
			echo "$((RANDOM % 10 < 7 ? 1 : RANDOM % 3))"
		done >input
		REC_BLOCK=$((RANDOM % 30 + 1)) rec-split <input >input.rec
		for kind in last first singles multiple pairwise; do
			rec-unique --else other.rec $kind <input.rec >kept.rec
			case $kind in
			last | first) uniq input ;;
			singles) uniq -u input ;;
			multiple) uniq -D input ;;
			pairwise) uniq -c input | awk '$1 % 2 { print $2 }' ;;
			esac >kept.want
			rec-join <kept.rec >kept
			same kept.want kept && together
			case $kind in multiple | pairwise) continue ;; esac
			rec-unique -c $kind <input.rec | rec-join | awk '{ print $1, $2 }' >kept
			uniq -c input | awk -v kind=$kind 'kind != "singles" || $1 == 1 { print $1, $2 }' >kept.want
			same kept.want kept
		done
		rec-unique --all --else other.rec <input.rec >kept.rec
		rec-join <kept.rec >kept
		awk '!seen[$0]++' input >kept.want
		same kept.want kept && together
	done
}

@test "rec-unique: ranges say what is equal" {
	input='a\tx\t1\nb\tx\t2\nb\ty\t2\nB\ty\t3\n\ty\t3\n'
	case_of 'b\tx\t2\n\ty\t3\n' 'a\tx\t1\nb\ty\t2\nB\ty\t3\n' f2
	case_of 'a\tx\t1\nb\ty\t2\n' 'b\tx\t2\nB\ty\t3\n\ty\t3\n' first f2
	case_of 'a\tx\t1\nb\ty\t2\nB\ty\t3\n\ty\t3\n' 'b\tx\t2\n' last f1
	case_of 'a\tx\t1\nB\ty\t3\n\ty\t3\n' 'b\tx\t2\nb\ty\t2\n' -i f1
	case_of 'a\tx\t1\n' 'b\tx\t2\nb\ty\t2\nB\ty\t3\n\ty\t3\n' singles field 3
	case_of 'b\tx\t2\nb\ty\t2\nB\ty\t3\n\ty\t3\n' 'a\tx\t1\n' multiple f3
	case_of 'a\tx\t1\n' 'b\tx\t2\nb\ty\t2\nB\ty\t3\n\ty\t3\n' pairwise f3
	case_of "$input" '' f1 f2
	case_of 'a\tx\t1\nb\tx\t2\nB\ty\t3\n\ty\t3\n' 'b\ty\t2\n' -i first '(f1 f3)'
	case_of 'a\tx\t1\nb\ty\t2\n' 'b\tx\t2\nB\ty\t3\n\ty\t3\n' --all f2
	case_of 'a\tx\t1\nb\tx\t2\nb\ty\t2\nB\ty\t3\n' '\ty\t3\n' --all first f2 f3
	case_of 'b\tx\t2\n\ty\t3\n' 'a\tx\t1\nb\ty\t2\nB\ty\t3\n' -F x09 f2
	[ "$cases" -eq 12 ]
	counted '2 a\tx\t1\n3 b\ty\t2\n' first f2
	counted '2 b\tx\t2\n3 \ty\t3\n' last f2
	# It matters where one part ends and the next one begins.
	input='a\tbc\nab\tc\nabc\t\n\tabc\n'
	case_of "$input" '' f1 f2
	case_of "$input" '' --all f1 f2
	# A missing part differs from an empty one, and is equal to another missing one.
	input='a\na\t\na\t\t\nb\t\nb\nc\n'
	case_of 'a\nb\t\nc\n' 'a\t\na\t\t\nb\n' last f2
	case_of 'a\na\t\n' 'a\t\t\nb\t\nb\nc\n' --all f2
	# A number is a column.
	input='ax\nay\nbz\n'
	case_of 'ay\nbz\n' 'ax\n' 1
	case_of 'ax\nay\nbz\n' '' 2-*
	input='a'
	case_of a '' w1
	case_of a '' w2
	case_of a '' --all w2
	input=''
	case_of '' '' w1
	[ "$cases" -eq 24 ]
}

@test "rec-unique: a table's header goes to both outputs, and is no record; its names are keys" {
	export split='rec-split -f csv -H'
	input='k,v\na,1\nb,1\nb,2\nk,v\n'
	case_of 'k,v\nb,1\nb,2\nk,v\n' 'k,v\na,1\n' .v
	case_of 'k,v\na,1\nb,2\nk,v\n' 'k,v\nb,1\n' first .v
	case_of 'k,v\na,1\nb,1\nk,v\n' 'k,v\nb,2\n' --all .k
	case_of 'k,v\na,1\nb,2\nk,v\n' 'k,v\nb,1\n' first f2
	case_of 'k,v\na,1\nb,1\nb,2\nk,v\n' 'k,v\n'
	case_of 'k,v\nb,1\nb,2\n' 'k,v\na,1\nk,v\n' multiple .k
	input='k,v\nk,v\nk,v\n'
	case_of 'k,v\nk,v\n' 'k,v\nk,v\n'
	case_of 'k,v\n' 'k,v\nk,v\nk,v\n' singles
	input='k,v\n"a""",1\n"a""",2\n'
	case_of 'k,v\n"a""",1\n' 'k,v\n"a""",2\n' first .k
	input='k,v'
	case_of 'k,v' 'k,v' .v
	case_of 'k,v' 'k,v' multiple
	input=''
	case_of '' '' .v
	[ "$cases" -eq 12 ]
	printf 'k,v\na,1\n' | rec-split -f csv -H >input.rec
	refuses_table '.w: no such column (the table has k, v)' .w
	refuses_table '-F: the table has its separator' -F , f2
	refuses_table 'fs: the table has its separator' fs , f2
	[ "$cases" -eq 15 ]
	printf 'k,v\na,1\n' | rec-split | rec-unique .k 2>err | rec-join >found
	echo 'rec-unique: none of 2 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	[ "$(<found)" = a,1 ]
}

@test "rec-unique: keys of CSV, JSON and any bytes" {
	printf 'a,"x ""y"\nb,"x ""y"\nc,x\nd,"x"\n' | rec-split | rec-unique first csv 2 | rec-join >found
	printf 'a,"x ""y"\nc,x\n' | same /dev/stdin found
	printf '{"k":"a\\u0062"}\n{"k":"ab"}\n{"k":"AB"}\n{"j":1}\n{}\n{"k":""}\n' >json
	rec-split json | rec-unique first .k | mkstream records | grep -c = >found
	[ "$(<found)" -eq 4 ]
	rec-split json | rec-unique -i --all .k | rec-join >found
	printf '{"k":"a\\u0062"}\n{"j":1}\n{"k":""}\n' | same /dev/stdin found
	printf '5:a\0\nbc,5:a\0\nde,4:a\nbc,0:,0:,' | rec-split -f netstring | rec-unique first 1.3 | rec-join -f netstring >found
	printf '5:a\0\nbc,4:a\nbc,0:,' | same /dev/stdin found
	sh -c 'printf "a b\na  b\n" | rec-split | rec-unique first "(w1 w2)" | rec-join' >found
	echo 'a b' | same /dev/stdin found
}

@test "rec-unique: long runs and runs of many blocks, records of one length, against uniq" {
	awk 'BEGIN { srand(5); for (i = 0; i < 400; i++) { r = int(rand() * 9); n = r < 3 ? 1 : r < 6 ? 2 : int(rand() * 90);
		while (n-- > 0) printf "%020d-%s-common end of line\n", 7, i % 3 } }' >input
	for size in 500 262080; do
		REC_BLOCK=$size rec-split <input >input.rec
		for kind in last first singles multiple pairwise; do
			rec-unique --else other.rec $kind <input.rec >kept.rec
			case $kind in
			last | first) uniq input ;;
			singles) uniq -u input ;;
			multiple) uniq -D input ;;
			pairwise) uniq -c input | awk '$1 % 2 { sub(/^ *[0-9]+ /, ""); print }' ;;
			esac >kept.want
			rec-join <kept.rec >kept
			same kept.want kept && together
			# The same by a key, and by a key in either case.
			rec-unique $kind '1-*' <input.rec >kept2.rec
			rec-unique -i $kind <input.rec >kept3.rec
			mkstream records <kept.rec >kept.records
			mkstream records <kept2.rec | same kept.records /dev/stdin
			mkstream records <kept3.rec | same kept.records /dev/stdin
		done
	done
}

@test "rec-unique: records of any bytes, and a last line without its newline" {
	printf '3:a\nb,3:a\nb,0:,0:,4:\0\n\0x,4:\0\n\0y,1:\0,1:\0,' | rec-split -f netstring >input.rec
	rec-unique <input.rec | rec-join -f netstring >found
	printf '3:a\nb,0:,4:\0\n\0x,4:\0\n\0y,1:\0,' >expected
	same expected found
	rec-unique --all <input.rec | rec-join -f netstring >found
	same expected found
	printf 'a\nb' | REC_BLOCK=2 rec-split | rec-unique | rec-join >found
	printf 'a\nb' >expected
	same expected found
}

@test "rec-unique: a loss ends a run, and is at its place" {
	mkstream data:0:a,a loss:2:1:3 data:3:a,b end >input.rec
	rec-unique --else other.rec <input.rec | mkstream records >found
	printf '%s\n' 1=a 'loss 2 1' 3=a 4=b 'end 5 0 ' >expected
	head -n 4 expected >e && head -n 4 found | same e /dev/stdin
	mkstream records <other.rec >found
	printf '%s\n' 0=a 'loss 2 1' >expected
	head -n 2 found | same expected /dev/stdin
	rec-unique --all <input.rec | mkstream records | head -n 3 >found
	printf '%s\n' 0=a 'loss 2 1' 4=b >expected
	same expected found
}

@test "rec-unique: a watermark does not pass the held record, and a record is held no longer than necessary" {
	mkstream data:0:a mark:9 data:9:a mark:20 end | rec-unique | mkstream records >found
	printf '9=a\n' >expected
	head -n 1 found | same expected /dev/stdin
	mkfifo in
	start sh -c 'rec-split <in | rec-unique | rec-join >out'
	exec 7>in
	printf 'one\none\ntwo\n' >&7
	within grep -q one out
	exec 7>&-
	finish
	printf 'one\ntwo\n' >expected
	same expected out
	rm out
	start sh -c 'rec-split <in | rec-unique first | rec-join >out'
	exec 7>in
	printf 'one\n' >&7
	within grep -q one out
	exec 7>&-
	finish
}

@test "rec-unique: a damaged stream is passed up to the damage, which is reported" {
	mkstream data:0:a,a,b >cut.rec
	for arguments in last first pairwise multiple --all -c; do
		st=0
		rec-unique --else other.rec $arguments <cut.rec >kept.rec 2>err || st=$?
		[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
		[ "$({ mkstream records <kept.rec; mkstream records <other.rec; } | grep -c =)" -eq 3 ]
	done
	printf 'a\nbb\n' | rec-split >input.rec
	st=0
	REC_MAX=9 rec-unique -c <input.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	echo 'rec-unique: record 1: with its count it is longer than REC_MAX allows' | same /dev/stdin err
}

@test "rec-unique: memory is bounded" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	for arguments in last first pairwise --all -c '-c first'; do
		(
			ulimit -v 40000
			# shellcheck disable=SC2086
			yes 'some line or other' | head -c 40M | rec-split | rec-unique $arguments | rec-filter -c locate
		) >out
		[ "$(<out)" -le 2 ]
	done
}

@test "rec-unique: wrong words are 64 and one line that says what is expected" {
	usage 'lasts: last, first, singles, multiple or pairwise is expected, or a range such as w2 or f3; a column is .lasts' lasts
	usage 'first: not a part of a record such as 1-8, w2, f3 or csv 4; a column is .first' last first
	usage '.%CPU: last, first, singles, multiple or pairwise is expected, or a range such as w2 or f3; a column is '\''."%CPU"'\' .%CPU
	for kind in last singles multiple pairwise; do
		usage "--all does not go with $kind: it keeps the first of equal records" --all $kind
	done
	usage '--all does not go with -c: it passes a record before it can know how many there are' --all -c
	usage '-c does not go with multiple: it counts runs of which one record is kept' --count multiple
	usage '-c does not go with pairwise: it counts runs of which one record is kept' -c pairwise
	usage 'f1x: not a range such as 3, 3-8, 3-*, 3.5 or -8:-1' f1x
	usage 'csv k: a column is named by a dot: .k, and rec-split -f csv -H takes the names from the first row' csv k
	usage "-H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9'" -H .k
	usage '-F abc: a separator is one character, two hexadecimal digits, BLANK, SPACE, TAB, or a string such as /abc/' -F abc f2
	usage '/w2/: last, first, singles, multiple or pairwise is expected, or a range such as w2 or f3' /w2/
	[ "$cases" -eq 15 ]
}

@test "rec-unique: -c adds a column count before the others" {
	printf 'id,city\n1,Rome\n2,Rome\n3,"Oslo"\n' >o.csv
	rec-split -f csv -H o.csv | rec-unique -c .city | rec-join >out
	printf 'count,id,city\n2,2,Rome\n1,3,"Oslo"\n' | same - out
	rec-split -f csv -H o.csv | rec-unique -c --else csv:else.csv first .city | rec-join >out
	printf 'count,id,city\n2,1,Rome\n1,3,"Oslo"\n' | same - out
	printf 'id,city\n2,Rome\n' | same - else.csv
	printf 'id,city\n' | rec-split -f csv -H | rec-unique -c | rec-join | same - <(echo count,id,city)
	# The mark goes, the ends of rows stay.
	printf '\357\273\277a;b\r\n1;2\r\n1;2\r\n' | rec-split -f 'csv:;' -H | rec-unique -c | rec-join >out
	printf 'count;a;b\r\n2;1;2\r\n' | same - out
	printf 'a\tb\n1\t2\n' | rec-split -f tsv -H | rec-unique -c | rec-join >out
	printf 'count\ta\tb\n1\t1\t2\n' | same - out
	printf 'USER CMD\nroot a b\nroot a b\n' | rec-split -H -F WORDS | rec-unique -c | rec-join >out
	printf 'count USER CMD\n2 root a b\n' | same - out
	printf 'a::b\n1::2\n' | rec-split -H -F :: | rec-unique -c | rec-filter where '.count == 1' | rec-join >out
	printf 'count::a::b\n1::1::2\n' | same - out
	# Without names, and without a table.
	rec-split -f csv o.csv | rec-unique -c f2 | rec-join >out
	printf '1,id,city\n2,2,Rome\n1,3,"Oslo"\n' | same - out
	rec-split o.csv | rec-unique -c | rec-take 1 | rec-join >out
	printf '      1 id,city\n' | same - out
	mkstream 'table:{"framing":"json","columns":["a"]}\n' 'data:0:{"a":1}' end | rec-unique -c >out
	mkstream dump <out | grep -q '^data .*0=      1 {"a":1}$'
	[ "$(mkstream dump <out | grep -c '^table')" = 0 ]
	# Without -c the records are not changed, and neither is the table.
	rec-split -f csv -H o.csv | rec-unique --all | rec-join | same o.csv -
}

@test "rec-unique: if the table has no room for -c, no table comes out" {
	seq -s, 65536 >c.csv
	rec-split -f csv -H c.csv >in.rec
	statuses 'rec-unique -c --else rest.rec <in.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
	grep -qx 'rec-unique: -c: with one more column, the table has more than 65536 columns' err
	# A table that the command refuses reaches no output.
	! rec-join <rest.rec >rest 2>/dev/null || return
	[ ! -s rest ]
}
