#!/usr/bin/env bats
# rec-split: bytes to records. Most tests look at the records as netstrings, which show exactly what
# is in them.

load helper

# gives INPUT NETSTRINGS ARG ...: rec-split with these arguments makes these records from the input
# (both as printf takes them).
gives() {
	local input=$1 netstrings=$2

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf "$input" >input && printf "$netstrings" >expected || return
	rec-split "$@" <input >records && rec-join -f netstring <records >found || return
	same expected found || {
		echo "of: $input, by: $*" >&2
		return 1
	}
	cases=$((${cases:-0} + 1))
}

# refuses INPUT NETSTRINGS MESSAGE ARG ...: 65 with the message, after these records; the next
# command gets the reason.
refuses() {
	local input=$1 netstrings=$2 message=$3 st=0

	shift 3
	# shellcheck disable=SC2059
	printf "$input" >input && printf "$netstrings" >expected || return
	rec-split "$@" <input >records 2>said || st=$?
	[ "$st" -eq 65 ] || { echo "status $st of: $input, by: $*" >&2; return 1; }
	echo "rec-split: $message" >message
	same message said || return
	st=0
	rec-join -f netstring <records >found 2>said || st=$?
	[ "$st" -eq 65 ] || { echo "rec-join took it, of: $input, by: $*" >&2; return 1; }
	echo "rec-join: standard input: its producer failed: rec-split: $message" >message
	same message said && same expected found || return
	cases=$((${cases:-0} + 1))
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	echo x | rec-split "$@" >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || return
	echo "rec-split: $message (rec-split -h shows the usage)" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

@test "rec-split: lines are the default" {
	gives 'one\n\ntwo\n' '3:one,0:,3:two,'
	gives 'one\n\ntwo\n' '3:one,0:,3:two,' -f lines
	gives 'one\ntwo' '3:one,3:two,'
	gives '\n' '0:,'
	gives '\n\n' '0:,0:,'
	gives '' ''
	gives 'a\0b\r\nc\0' '4:a\0b\r,2:c\0,'
	[ "$cases" -eq 7 ]
}

@test "rec-split: lines come back byte for byte, the last one with or without its newline" {
	for input in '' '\n' 'a' 'a\n' 'a\n\n' '\n\na' 'a\0\nb\r\n\377' '\n\n\n'; do
		# shellcheck disable=SC2059
		printf "$input" >input
		rec-split <input >a.rec
		rec-join <a.rec >found
		same input found
		rec-split <input | rec-filter locate // | rec-join >found
		same input found
		REC_BLOCK=1 rec-split <input | REC_BLOCK=1 rec-filter locate // | rec-join >found
		same input found
	done
}

@test "rec-split: a newline that is missing in the middle is supplied, at the end it is not" {
	printf 'a1\nb1' | rec-split >a.rec
	printf 'a2\nb2' | rec-split >b.rec
	printf '' | rec-split >empty.rec
	printf 'a1\nb1\na2\nb2' >expected
	cat a.rec b.rec | rec-join >found
	same expected found
	cat a.rec b.rec | rec-filter locate // | rec-filter nlocate /x/ | rec-join >found
	same expected found
	cat a.rec empty.rec b.rec empty.rec | rec-filter locate // | rec-join >found
	same expected found
	# Commands that make new blocks of single records must know of it as well.
	cat a.rec b.rec | rec-filter locate /b/ | rec-join >found
	printf 'b1\nb2' >expected
	same expected found
	cat a.rec b.rec | REC_BLOCK=1 rec-filter locate /b/ | REC_BLOCK=1 rec-filter nlocate /a/ | rec-join >found
	same expected found
	printf 'b1' >a
	printf 'b2' >b
	rec-split a b | rec-join >found
	same expected found
	# In two-byte gaps the terminator is more than the byte in the header.
	printf 'ax\r\nq\r\nbx' | rec-split -f crlf >a.rec
	printf 'cx\r\nq\r\ndx' | rec-split -f crlf >b.rec
	cat a.rec b.rec | rec-filter locate /x/ | rec-join -f crlf >found
	printf 'ax\r\nbx\r\ncx\r\ndx' >expected
	same expected found
}

@test "rec-split: every framing makes the records that it should" {
	gives 'a\r\nb\nc\r\r\n\r\nd' '1:a,4:b\nc\r,0:,1:d,' -f crlf
	gives 'a\0\0b\nc\0d' '1:a,0:,3:b\nc,1:d,' -f nul
	gives 'a;;b;;;c;;' '1:a,1:b,2:;c,' -f 'delim:;;'
	gives 'a\tb\001c\t' '1:a,3:b\001c,' -f 'delim:\t'
	gives 'aABbxAB' '1:a,2:bx,' -f 'delim:\x41\102'
	gives '\n\na\nb\n\n\n\nc\n' '3:a\nb,1:c,' -f paragraphs
	gives 'a\n \nb\n\nc' '5:a\n \nb,1:c,' -f paragraphs
	gives 'a\n b\n\tc\nd\n\n e' '7:a\n b\n\tc,1:d,3:\n e,' -f indented
	gives ' a\nb' '2: a,1:b,' -f indented
	gives 'abcdef' '3:abc,3:def,' -f fixed:3
	gives 'abcdefg' '3:abc,3:def,1:g,' -f fixed:3 --short
	gives ' a bc\n\t\vd\f\re ' '1:a,2:bc,1:d,1:e,' -f words
	gives 'a\\nb\\\\\n\\\n\\x00\\0\\r\\t\n' '4:a\nb\\,0:,4:\0\0\r\t,' -f escaped
	gives '3:a\nb,0:,1:c,' '3:a\nb,0:,1:c,' -f netstring
	gives '\001a\000\003a\nb' '1:a,0:,3:a\nb,' -f u8
	gives '\000\001a\000\000\000\002bc' '1:a,0:,2:bc,' -f u16be
	gives '\001\000a\000\000\002\000bc' '1:a,0:,2:bc,' -f u16le
	gives '\000\000\000\001a' '1:a,' -f u32be
	gives '\001\000\000\000a' '1:a,' -f u32le
	gives '\000\000\000\001a\377\377\377\377' '1:a,0:,' -f u32be
	gives '\377\377\377\377\001\000\000\000a' '0:,1:a,' -f u32le
	gives '\000\000\000\000\000\000\000\001a' '1:a,' -f u64be
	gives '\001\000\000\000\000\000\000\000a' '1:a,' -f u64le
	gives '\001a\000\002bc' '1:a,0:,2:bc,' -f varint
	gives '\000\005\000\000a\000\004\000\000' '1:a,0:,' -f v
	gives '\000\015\000\000\000\005\000\000a\000\004\000\000' '1:a,0:,' -f vb
	gives 'a,"b\n""c"\r\nd,e\n"f"' '9:a,"b\n""c",3:d,e,3:"f",' -f csv
	gives 'a;"b\n;"\nc' '7:a;"b\n;",1:c,' -f 'csv:;'
	gives 'a,b\r\nc\r\n' '3:a,b,1:c,' -f csv-crlf
	gives '\na\n\r\n\n"b\n\n"\n""\n\n' '1:a,5:"b\n\n",2:"",' -f csv
	gives '\r\na\r\n\r\n' '1:a,' -f csv-crlf
	gives '1 {"a":\n [2]}"x"\n[]null' '1:1,11:{"a":\n [2]},3:"x",2:[],4:null,' -f json
	gives '@a\nAC\n@@\n\n' '5:@a\nAC,3:@@\n,' -f lines:2
	gives '1\n2\n3' '3:1\n2,1:3,' -f lines:2 --short
	gives '[1, {"a":[2]},\n"x"]' '1:1,9:{"a":[2]},3:"x",' -f 'json:.[]'
	gives '{"n":1,"items":[{"b":[0]},{"b c":[1,[2]]}]}{"items":[0,{"b c":[]}]}' '1:1,3:[2],' -f 'json:.items[1]."b c"[]'
	gives '1\n\n {"a":\t[2]}\r\n  \r\n"x"' '1:1,11: {"a":\t[2]},3:"x",' -f jsonl
	gives '1\n\n {"a":\t[2]}\r\n' '1:1,11: {"a":\t[2]},' -f ndjson
	gives '\036{"a":1}\n\0362\n\036"x"\n' '7:{"a":1},1:2,3:"x",' -f json-seq
	[ "$cases" -eq 39 ]
}

@test "rec-split: -0, -p and -d are framings by letter" {
	gives 'a\nb\0c\0' '3:a\nb,1:c,' -0
	gives 'a\nb\n\nc\n' '3:a\nb,1:c,' -p
	gives 'a, b, c' '1:a,1:b,1:c,' -d ', '
	gives 'a\tb' '1:a,1:b,' -d '\t'
	[ "$cases" -eq 4 ]
}

@test "rec-split: the records do not depend on how large a block is" {
	seq 3000 >input
	printf 'last' >>input
	rec-split <input | rec-join -f netstring >expected
	for n in 1 2 3 100 4096 65537 262080; do
		REC_BLOCK=$n rec-split <input | REC_BLOCK=$n rec-filter locate // | rec-join -f netstring >found
		same expected found
	done
}

@test "rec-split: input that is not in the framing is refused, with its place, after the records before it" {
	refuses 'abcdef' '4:abcd,' 'standard input: record 1 at byte 4: the input ends after 2 of the record'"'"'s 4 bytes' -f fixed:4
	refuses 'ok\na\\qb\n' '2:ok,' \
		"standard input: record 1 at byte 4 (line 2): a backslash and 'q' is no escape: \\\\ \\n \\r \\t \\0 \\xHH are" -f escaped
	refuses 'a,b\n1,"open\n2,c\n' '3:a,b,' 'standard input: record 1 at byte 6 (line 2): the quote that opens here is never closed' -f csv
	[ "$cases" -eq 3 ]
	while read -r framing record at byte place input; do
		case $framing in
		json | json:*) place="$place (line 1)" ;;
		jsonl) place="$place (line $((record + 1 + (record > 1))))" ;;
		esac
		# shellcheck disable=SC2059
		printf "$input" >input
		st=0
		rec-split -f "$framing" <input >records 2>said || st=$?
		[ "$st" -eq 65 ] || { echo "status $st of: $input, as $framing" >&2; return 1; }
		[ "$(lines said)" -eq 1 ]
		grep -q "^rec-split: standard input: record $record $at $byte $place: " said || { cat said >&2; return 1; }
		cases=$((cases + 1))
	done <<-'END'
		json 1 at byte 9 [1] {"a" 2}
		json 1 at byte 4 1 [2
		json 0 at byte 0 ]
		json:.[] 1 at byte 5 [1,[2
		json:.a[] 0 at byte 6 {"b":1}
		lines:2 1 at byte 4 1\n2\n3
		jsonl 1 at byte 6 [1]\n2\040[3]\n4\n
		jsonl 2 at byte 5 1\n\n2\n,\n
		netstring 0 at byte 5 3:abc;
		netstring 1 at byte 5 2:ab,x
		netstring 0 at byte 0 03:abc,
		netstring 0 at byte 0 3:ab
		u8 0 at byte 0 \003ab
		u16be 0 at byte 0 \001
		u32le 1 at byte 5 \001\000\000\000aa
		u64be 0 at byte 0 \000
		varint 0 at byte 0 \377\377\377\377\377\377\377\377\377\377\377
		varint 1 at byte 2 \001aa
		v 0 at byte 0 \000\003\000\000
		v 1 at byte 5 \000\005\000\000a\000\005
		vb 0 at byte 0 \000\005\000\000
		json-seq 0 at byte 0 1\n
	END
	[ "$cases" -eq 25 ]
}

@test "rec-split: a byte order mark before CSV or JSON is no part of the first record, and UTF-16 is refused with what to do" {
	gives '\357\273\277"id, new",n\r\n\r\n\n5,7\n' '11:"id, new",n,3:5,7,' -f csv
	gives '\357\273\277{"a":1}\n' '7:{"a":1},' -f json
	gives '\357\273\277a\n' '4:\357\273\277a,'
	printf '\357\273\277"id",n\n1,2\n' >in.csv
	[ "$(rec-split -f csv -H in.csv | rec-filter -c where '.id == 1')" -eq 1 ]
	[ "$(rec-split -f csv in.csv in.csv | rec-filter -c where 'csv(1) == "id"')" -eq 2 ]
	[ "$(printf '\357\273\277{"a":1}\n' | rec-split | rec-filter -c where '.a == 1')" -eq 1 ]
	for framing in csv csv-crlf json; do
		for text in '\377\376a\0,\0' '\376\377\0a\0,'; do
			st=0
			# shellcheck disable=SC2059
			printf "$text" | rec-split -f $framing 2>said >/dev/null || st=$?
			[ "$st" -eq 65 ] && grep -q 'record 0 at byte 0 (line 1): this is UTF-16.*iconv -f UTF-16 -t UTF-8' said
			cases=$((cases + 1))
		done
	done
	printf '[\0001\0]\0' | rec-split -f json 2>said >/dev/null || st=$?
	grep -q 'is it UTF-16? iconv' said
	[ "$cases" -eq 9 ]
}

@test "rec-split: the line and the byte that is wrong are named" {
	refuses '{"a":1}\n\n{"b":"\303"}\n' '7:{"a":1},' 'standard input: record 1 at byte 15 (line 3): not JSON: the byte 0xC3 begins no valid UTF-8' -f json
	refuses 'a\n\n"b\nc"\n"d' '1:a,5:"b\nc",' 'standard input: record 2 at byte 9 (line 5): the quote that opens here is never closed' -f csv
	# Over many reads, and for each file by itself.
	{ seq 100000; echo '"'; } >many
	st=0
	rec-split -f csv many 2>said >/dev/null || st=$?
	[ "$st" -eq 65 ] && grep -q 'many: record 100000 at byte 588895 (line 100001): the quote' said
	seq 7 >few
	rec-split -f csv few many 2>said >/dev/null || st=$?
	grep -q 'many: record 100007 at byte 588895 (line 100001): the quote' said
	[ "$cases" -eq 2 ]
}

@test "rec-split: -f json-seq leaves out a text that was cut off, and says so" {
	printf '\036{"a":1}\n\036{"b":\036"c"\n' >input
	statuses 'rec-split -f json-seq <input | rec-filter locate // | rec-join -f netstring'
	[ "$statuses" = '65 65 65' ]
	printf '7:{"a":1},3:"c",' >expected
	same expected out
	[ "$(grep -c '^rec-split: record 1: ' err)" -eq 1 ]
	[ "$(grep -c '^rec-join: standard input: its producer failed: rec-split: record 1: ' err)" -eq 1 ]
	[ "$(grep -c '^rec-join: .*left out' err)" -ge 1 ]
	[ "$(grep -c '^rec-filter' err)" -eq 0 ]
	"$BUILD/bin/rec-split" -f json-seq <input 2>/dev/null | "$BUILD/tools/blocks" list | grep -q '^loss count=1 .*base=1 '
}

@test "rec-split: wrong usage is 64 with one line, and nothing is written" {
	usage 'nosuch: no such framing; there are lines lines:N crlf nul delim:STRING paragraphs indented fixed:N words escaped netstring u8 u16be u16le u32be u32le u64be u64le varint v vb csv:SEP csv-crlf:SEP tsv json json:.PATH[] jsonl json-seq logfmt fields:KIND none regex:ERE start:ERE end:ERE' -f nosuch
	usage 'NDJSON: no such framing, but jsonl' -f NDJSON
	usage 'JSONL: no such framing, but jsonl' -f JSONL
	usage 'ndjson:x: this framing has no parameter: write jsonl' -f ndjson:x
	usage '-H does not go with jsonl: its records have names of their own' -f ndjson -H
	usage 'none: it only joins records, because nothing says where one ends' -f none
	usage 'json:items: the path of an array is expected, such as json:.items[], or json:.[] for the document' -f json:items
	usage 'lines:0: the number of lines in a record is expected, such as lines:4' -f lines:0
	usage 'fixed: a width is needed: fixed:80' -f fixed
	usage 'fixed: 0: the width is a number of bytes from 1 on: fixed:80, fixed:4K' -f fixed:0
	usage 'delim: a delimiter is needed: delim:STRING' -f delim
	usage 'delim: a delimiter is needed: delim:STRING' -d ''
	usage 'more than one framing is named' -0 -p
	usage 'more than one framing is named' -f lines -f lines
	usage '-n x: not a number of records such as 10 or 5k' -n x
	usage '-n -1: not a number of records such as 10 or 5k' -n -1
	usage 'more than one framing is named' --regex a --start b
	usage 'more than one framing is named' -0 --end b
	usage 'regex: a regular expression is needed: regex:ERE' --regex ''
	usage 'start: a regular expression is needed: start:ERE' -f start
	usage 'end: a(b: at "(b" (byte 2): no ) closes the parenthesis' --end 'a(b'
	usage '--idle x: not a time from 1ms to 24d such as 500ms or 2s' -p --idle x
	usage '--idle 5: not a time from 1ms to 24d such as 500ms or 2s' -p --idle 5
	usage '--idle 0s: not a time from 1ms to 24d such as 500ms or 2s' -p --idle 0s
	usage '--idle 25d: not a time from 1ms to 24d such as 500ms or 2s' -p --idle 25d
	for framing in lines crlf nul delim:x fixed:2 words escaped netstring u8 varint v csv json jsonl json-seq logfmt; do
		usage '--idle goes with a framing whose records are known to end by what follows: paragraphs, fields, indented, regex, start, end' \
			--idle 1s -f $framing
	done
	usage '-x: unknown option' -x
	usage '-f: an argument is needed' -f
	usage '--framing: an argument is needed' --framing
	usage '--nosuch: unknown or ambiguous option' --nosuch
	usage '--raw=x: no argument is allowed' --raw=x
	[ "$cases" -eq 46 ]
	for setting in REC_MAX=12x REC_MAX=0 REC_MAX=5G REC_BLOCK=0 REC_CHECKSUM=2; do
		st=0
		env "$setting" rec-split </dev/null >out 2>err || st=$?
		[ "$st" -eq 64 ]
		[ ! -s out ]
		[ "$(lines err)" -eq 1 ]
		grep -q "^rec-split: ${setting%%=*}: " err
	done
}

@test "rec-split: -h and -V answer on standard output" {
	rec-split -h >out
	grep -q '^usage: rec-split \[-0Hpz\]' out
	for option in framing regex start end idle limit raw short help version; do
		grep -q -e "--$option" out
	done
	rec-split --help | cmp - out
	rec-split -V >out
	grep -q '^rec-split [0-9]' out
	[ "$(lines out)" -eq 1 ]
}

@test "rec-split: -n stops after that number of records" {
	gives 'a\nb\nc\n' '1:a,1:b,' -n 2
	gives 'a\nb\nc' '1:a,1:b,1:c,' -n 3
	gives 'a\nb\nc' '1:a,1:b,1:c,' -n 4
	gives 'a\nb\nc' '' -n 0
	gives 'a b c d' '1:a,1:b,' -n 2 -f words
	# What follows is not looked at.
	gives '1 2 oops' '1:1,1:2,' -n 2 -f json
	[ "$cases" -eq 6 ]
	printf 'a\nb' >a
	printf 'c\nd' >b
	rec-split --limit 3 a b missing | rec-join >found
	printf 'a\nb\nc\n' >expected
	same expected found
	statuses 'timeout 20 yes | rec-split -n 1k | rec-join'
	[ "${statuses#* }" = '0 0' ]
	[ "$(lines out)" -eq 1000 ]
	statuses "timeout 20 rec-split -n 1 cmd:yes | rec-join"
	[ "$statuses" = '0 0' ]
	[ "$(<out)" = y ]
}

@test "rec-split: a record of REC_MAX bytes passes, a larger one is refused by its position" {
	export REC_MAX=10
	gives 'a\n0123456789\nb\n' '1:a,10:0123456789,1:b,'
	gives 'a\n0123456789' '1:a,10:0123456789,'
	gives '10:0123456789,' '10:0123456789,' -f netstring
	gives '0123456789\r\na' '10:0123456789,1:a,' -f crlf
	gives '0123456789\n\na' '10:0123456789,1:a,' -p
	gives '0123456789\n a' '10:0123456789,1:a,' -f words
	gives '"12345678"' '10:"12345678",' -f json
	gives '\036"12345678"\n' '10:"12345678",' -f json-seq
	gives '0\\x31\\x32\\x33\\x34\\x35\\x36\\x37\\x38\\x39\n' '10:0123456789,' -f escaped
	message='standard input: record 1: larger than REC_MAX, 10 bytes (is it the right framing?)'
	refuses 'a\n0123456789x\nb\n' '1:a,' "$message"
	refuses 'a\n0123456789x' '1:a,' "$message"
	refuses 'a\0000123456789x' '1:a,' "$message" -0
	refuses 'a\r\n0123456789x\r\n' '1:a,' "$message" -f crlf
	refuses 'a\n\n0123456789x\n\n' '1:a,' "$message" -p
	refuses 'a 0123456789x' '1:a,' "$message" -f words
	refuses '1:a,11:0123456789x,' '1:a,' "$message" -f netstring
	refuses '1 "123456789"' '1:1,' "$message" -f json
	refuses 'a\n0\\x31\\x32\\x33\\x34\\x35\\x36\\x37\\x38\\x39x\n' '1:a,' "$message" -f escaped
	[ "$cases" -eq 18 ]
	# If a prefix announces too much, it is refused before that comes: here it never does.
	mkfifo in
	start sh -c 'exec rec-split -f u32be <in >records 2>err'
	exec 4>in
	printf '\000\000\000\001a\000\000\000\013' >&4
	finish
	exec 4>&-
	[ "$status" -eq 65 ]
	grep -qx "rec-split: $message" err
	# A line that never ends is refused when it is too long, not at the end of the input.
	statuses "timeout 20 tr '\\0' x </dev/zero | rec-split | rec-join"
	[ "${statuses#* }" = '65 65' ]
	[ ! -s out ]
	# A reader with a smaller REC_MAX refuses what the writer was allowed.
	unset REC_MAX
	statuses 'echo 0123456789x | rec-split | REC_MAX=10 rec-join'
	[ "$statuses" = '0 0 65' ]
	[ ! -s out ]
	grep -q REC_MAX err
	# By default that is 64 MiB.
	statuses 'head -c 67108864 /dev/zero | rec-split | rec-join | cmp - <(head -c 67108864 /dev/zero)'
	[ "$statuses" = '0 0 0 0' ]
	statuses 'head -c 67108865 /dev/zero | rec-split | rec-join'
	[ "${statuses#* }" = '65 65' ]
}

@test "rec-split: a record stream is not split, unless --raw says so" {
	echo a | rec-split >a.rec
	message='already a record stream: leave rec-split out, or give --raw to split it as bytes'
	statuses 'rec-split <a.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
	grep -qx "rec-split: standard input: $message" err
	statuses 'rec-split a.rec | rec-join'
	[ "$statuses" = '65 65' ]
	grep -qx "rec-split: a.rec: $message" err
	# Nor is one that is not the first input.
	echo b >b
	statuses 'rec-split b a.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ "$(<out)" = b ]
	rec-split --raw a.rec | rec-join >found
	same a.rec found
	# Only the whole magic is meant, and only at the beginning.
	gives '\253re' '3:\253re,'
	gives '\253rex' '4:\253rex,'
	gives 'x\n\253rec\n' '1:x,4:\253rec,'
	# It may come byte by byte.
	mkfifo in
	start sh -c 'exec rec-split <in >out 2>err'
	exec 4>in
	printf '\253' >&4
	printf 're' >&4
	printf 'c' >&4
	finish
	exec 4>&-
	[ "$status" -eq 65 ]
	grep -q "$message" err
}

@test "rec-split: inputs are read one after another as one stream" {
	printf '1\n2\n' >a
	printf '3' >b
	printf '4\n' >./c:d
	: >empty
	echo 5 >five
	printf '1\n2\n3\n4\n0\n5\n6\n' >expected
	echo 0 | rec-split a b empty ./c:d - empty fd:4 'cmd:echo 6' 4<five | rec-filter locate // >all.rec
	rec-join <all.rec >found
	same expected found
	# The positions continue.
	"$BUILD/tools/blocks" list <all.rec >blocks
	tail -n 1 blocks | grep -q '^end .* status=0 '
	[ "$(rec-split a a a | "$BUILD/tools/blocks" list | grep -c '^data .*base=[024] ')" -eq 3 ]
	# A record does not continue from one input to the next.
	printf 'x y' >w
	rec-split -f words w w | rec-join -f netstring >found
	printf '1:x,1:y,1:x,1:y,' >expected
	same expected found
}

@test "rec-split: an input that cannot be opened is reported, the others are read, and the status is 66" {
	echo a >a
	echo c >c
	mkdir dir
	printf 'a\nc\n' >expected
	for bad in missing dir fd:9 fd:1; do
		statuses "rec-split a $bad c | rec-filter locate // | rec-join"
		[ "$statuses" = '66 65 65' ] || { echo "$bad: $statuses" >&2; return 1; }
		same expected out
		[ "$(lines err)" -eq 2 ]
		grep -q "^rec-split: $bad: " err
		grep -q "^rec-join: standard input: its producer failed: rec-split: $bad: " err
	done
	statuses 'rec-split <dir | rec-join'
	[ "$statuses" = '66 65' ]
	grep -q '^rec-split: .*: Is a directory' err
	# The first of several faults decides the status, and all are reported.
	statuses 'rec-split missing a dir | rec-join'
	[ "$statuses" = '66 65' ]
	[ "$(grep -c '^rec-split: ' err)" -eq 2 ]
	[ "$(<out)" = a ]
}

@test "rec-split: an input that may not be read is 77" {
	echo secret >locked
	echo a >a
	chmod 000 locked
	chmod 755 "$PWD"
	if [ "$(id -u)" -eq 0 ]; then
		# The superuser may read all, so another user tries, through descriptors, as that
		# user may not enter this directory.
		cp "$BUILD/bin/rec-split" split
		chmod 755 split
		dir=$PWD
		while [ "$dir" != / ] && [ "$dir" != /tmp ]; do
			chmod a+x "$dir"
			dir=${dir%/*}
		done
		as='setpriv --reuid=65534 --regid=65534 --clear-groups ./split'
	else
		as=rec-split
	fi
	statuses "$as locked a | rec-join"
	[ "$statuses" = '77 65' ]
	[ "$(<out)" = a ]
	grep -qx 'rec-split: locked: Permission denied' err
}

@test "rec-split: wrong endpoints are refused" {
	for bad in append:x fd:x fifo: cmd:; do
		st=0
		rec-split "$bad" >out 2>err </dev/null || st=$?
		[ "$st" -eq 64 ] || { echo "$bad: $st" >&2; return 1; }
		[ "$(lines err)" -eq 1 ]
		grep -q "^rec-split: $bad: " err
		[ ! -e x ]
	done
	echo a >plain
	statuses 'rec-split fifo:plain | rec-join'
	[ "$statuses" = '66 65' ]
	[ "$(<plain)" = a ]
}

@test "rec-split: cmd: is run by sh and its failure counts" {
	statuses "rec-split cmd:'echo hi; exit 3' | rec-filter locate /h/ | rec-join"
	[ "$statuses" = '65 65 65' ]
	echo hi >expected
	same expected out
	cat >expected <<-'END'
		rec-split: cmd:echo hi; exit 3: exit status 3
		rec-join: standard input: its producer failed: rec-split: cmd:echo hi; exit 3: exit status 3
	END
	same expected err
	statuses "rec-split cmd:'echo hi; kill -9 \$\$' | rec-join"
	[ "$statuses" = '65 65' ]
	[ "$(<out)" = hi ]
	grep -q '^rec-split: .*: killed by signal 9' err
	statuses "rec-split cmd:no-such-command 2>err1 | rec-join"
	[ "$statuses" = '65 65' ]
	grep -q '^rec-split: cmd:no-such-command: exit status 127$' err1
	# The next input is read nevertheless.
	echo b >b
	statuses "rec-split 'cmd:echo a; false' b | rec-join"
	[ "$statuses" = '65 65' ]
	[ "$(tr '\n' ' ' <out)" = 'a b ' ]
	# rec-split waits for the end of the process, which need not be the end of its output.
	statuses "rec-split 'cmd:printf x | gzip | zcat' 'cmd:echo y' | rec-join"
	[ "$statuses" = '0 0' ]
	[ "$(tr '\n' ' ' <out)" = 'x y ' ]
	# A command that has to stop because nobody wants more has not failed.
	statuses "timeout 20 rec-split cmd:'yes' | rec-filter -n 2 locate /y/ | rec-join"
	[ "$statuses" = '0 0 0' ]
	[ "$(lines out)" -eq 2 ]
	statuses "timeout 20 rec-split cmd:'echo y; exec sleep 60' | rec-filter -n 1 locate /y/ | rec-join"
	[ "$statuses" = '0 0 0' ]
	[ "$(lines out)" -eq 1 ]
}

@test "rec-split: fifo: waits for the writer, whichever side comes first, and leaves no name behind" {
	start rec-split fifo:f >a.rec
	within test -p f
	printf 'a\nb\n' >f
	finish
	[ "$status" -eq 0 ]
	[ ! -e f ]
	[ "$(rec-join <a.rec | tr '\n' ' ')" = 'a b ' ]
	mkfifo f
	start sh -c 'echo c >f'
	rec-split fifo:f >a.rec
	finish
	[ "$status" -eq 0 ]
	[ ! -e f ]
	[ "$(rec-join <a.rec)" = c ]
	# If it is ended while it waits, it removes the FIFO that it made.
	for sig in TERM INT; do
		start rec-split fifo:f >a.rec
		within test -p f
		kill -s "$sig" "$pid"
		finish
		[ "$status" -eq "$(kill -l "$sig" | awk '{ print 128 + $1 }')" ]
		[ ! -e f ]
	done
}

@test "rec-split: a complete record is never held back for the next one, and an open one waits for its rest" {
	cases=0
	while read -r framing first second; do
		rm -f in
		mkfifo in
		start sh -c "rec-split -f '$framing' <in | rec-join -f netstring >found"
		exec 4>in
		# shellcheck disable=SC2059
		printf "$first" >&4
		within grep -qx '1:1,' found || { echo "$framing: after $first: $(<found)" >&2; return 1; }
		# shellcheck disable=SC2059
		printf "$second" >&4
		within grep -qx '1:1,1:2,' found || { echo "$framing: after $second: $(<found)" >&2; return 1; }
		exec 4>&-
		finish
		[ "$status" -eq 0 ]
		cases=$((cases + 1))
	done <<-'END'
		lines 1\n2 \n
		crlf 1\r\n2\r \n
		nul 1\0002 \000
		delim:ab 1ab2a b
		paragraphs 1\n\n2\n \n
		indented 1\n2\n 3
		fixed:1 1 2
		words 1\n2 \n
		escaped 1\n\\x3 2\n
		netstring 1:1,1: 2,
		u8 \0011\001 2
		u16be \000\0011\000 \0012
		u64le \001\000\000\000\000\000\000\0001\001 \000\000\000\000\000\000\0002
		varint \0011\001 2
		v \000\005\000\0001\000 \005\000\0002
		vb \000\011\000\000\000\005\000\0001\000\011 \000\000\000\005\000\0002
		csv 1\n2 \n
		json 1\n2 \n
		jsonl 1\n2 \n
		lines:1 1\n2 \n
		json:.[] [1,2 ]
		json-seq \0361\n\0362 \n
		regex:\n+;? 1\n\n2 \n;
		regex:;|,x? 1;2 ;
		start:^[0-9] 1\n2\n 3\n
		end:[12] 1\n2 \n
	END
	[ "$cases" -eq 26 ]
}

@test "rec-split: --regex takes what matches for the separator" {
	gives 'a, b;c ,d\n' '1:a,1:b,1:c,1:d,' --regex ' *[,;] *|\n'
	gives 'a,,b' '1:a,0:,1:b,' --regex ,
	gives ',a' '0:,1:a,' --regex ,
	gives 'a,,b,,' '1:a,1:b,' --regex ,+
	gives '' '' --regex ,
	gives 'abc' '3:abc,' --regex x
	gives 'abc' '3:abc,' --regex 'x*'
	gives 'axxbc' '1:a,2:bc,' --regex 'x*'
	gives 'xax' '0:,2:ax,' --regex '^x'
	gives 'xax\nx' '4:xax\n,' --regex 'x$'
	gives 'a\0b\0\0c' '1:a,1:b,1:c,' --regex '\x00+'
	gives 'a\n\nb\n \nc\n' '1:a,1:b,2:c\n,' --regex '\n[[:space:]]*\n'
	gives 'a--b' '1:a,0:,1:b,' -f regex:-
	gives 'a:b' '1:a,1:b,' -f 'regex::'
	# By characters, if the locale has them: the two letters have their first byte in common.
	gives 'x\303\244y\303\245z' '1:x,4:y\303\245z,' --regex '[ä]'
	gives 'x\303\244y' '1:x,1:y,' --regex '[^a-z]'
	LC_ALL=C gives 'x\303\244y' '1:x,0:,1:y,' --regex '[^a-z]'
	[ "$cases" -eq 17 ]
	# ^ and $ match at the ends of each input.
	printf 'xaxb' >a
	rec-split --regex '^x|b$' a a | rec-join -f netstring >found
	printf '0:,2:ax,0:,2:ax,' >expected
	same expected found
	# Nothing says what rec-join should write.
	st=0
	rec-split --regex , a | rec-join -f regex:, 2>err >out || st=$?
	[ "$st" -eq 64 ]
	[ ! -s out ]
	grep -q '^rec-join: regex:,: it only splits bytes, ' err
}

@test "rec-split: if no line told where a record of lines begins or ends, a line says so" {
	printf 'a\nb\n' >two
	printf 'b\n c\n' >folded
	: >empty
	while read -r framing inputs; do
		st=0
		# shellcheck disable=SC2086 # some are several
		cat $inputs >all
		# shellcheck disable=SC2086
		rec-split -f "$framing" $inputs >records 2>err || st=$?
		[ "$st" -eq 0 ]
		IFS= read -r message
		# shellcheck disable=SC2059
		printf "${message:+rec-split: $message\n}" >expected
		same expected err || { echo "$framing: $inputs" >&2; return 1; }
		rec-join <records >out 2>err
		same all out
		[ ! -s err ]
		cases=$((cases + 1))
	done <<-'END'
		start:^x two
		two: no line matches start:^x: each input is one record
		end:x$ two
		two: no line matches end:x$: each input is one record
		indented two
		two: no line begins with a space or a tab: each line is a record by itself
		start:^x two two empty
		no line matches start:^x: each input is one record
		start:^x empty

		start:^x empty empty

		start:^b two

		start:^a two

		end:b two

		end:a two

		start:^c two folded
		no line matches start:^c: each input is one record
		start:\<c two folded

		indented two folded

		indented folded two

		paragraphs two

	END
	[ "$cases" -eq 15 ]
	# The last line may lack its newline, or be the only one.
	for framing in start:b end:b; do
		printf 'a\nb' | rec-split -f $framing >out 2>err
		[ ! -s err ]
		printf 'b' | rec-split -f $framing >out 2>err
		[ ! -s err ]
	done
	printf ' b' | rec-split -f indented >out 2>err
	[ ! -s err ]
	printf 'a' | rec-split -f start:b >out 2>err
	same err <(echo 'rec-split: standard input: no line matches start:b: each input is one record')
	# Not all was read; not all could be; records of another framing.
	rec-split -f start:^x -n 1 two >out 2>err
	[ ! -s err ]
	rec-split -f start:^x two missing >out 2>err || [ $? -eq 66 ]
	same err <(echo 'rec-split: missing: No such file or directory')
	rec-split -f start:^x lines:two empty >out 2>err
	[ ! -s err ]
}

@test "rec-split: elements of a large array need no more memory than one of them" {
	[ -z "$SAN" ] || skip "memory is measured"
	{
		printf '{"beside":"'
		head -c 20000000 /dev/zero | tr '\0' x
		printf '","items":['
		seq 300000 | sed 's/.*/{"n": &, "text": "an element of some bytes"},/'
		printf '{}]}\n'
	} >big
	"$BUILD/tools/peak" peak rec-split -f 'json:.items[]' big | rec-filter -c locate // >count
	[ "$(<count)" -eq 300001 ]
	[ "$(<peak)" -lt 10240 ]
	rec-split -f 'json:.items[]' big | rec-join | same - <(seq 300000 | sed 's/.*/{"n": &, "text": "an element of some bytes"}/'; echo '{}')
}

@test "rec-split: --start and --end make records of lines" {
	gives '1 a\n x\ny\n2 b\n' '8:1 a\n x\ny,3:2 b,' --start '^[0-9]'
	gives 'x\ny\n1 a\nz' '3:x\ny,5:1 a\nz,' --start '^[0-9]'
	gives 'x\n1' '1:x,1:1,' --start '^[0-9]'
	gives '\n\n1\n' '1:\n,1:1,' --start '^[0-9]'
	gives 'a\n\nb\n\n' '1:a,2:\nb,0:,' --start '^$'
	gives 'a\0b\nc\0\nd\n' '3:a\0b,4:c\0\nd,' --start '\x00$'
	gives 'a\nb;\n;\nc' '4:a\nb;,1:;,1:c,' --end ';$'
	gives 'a;b\nc;\n' '6:a;b\nc;,' --end ';$'
	gives 'a\n\nb\n' '2:a\n,1:b,' --end '^$'
	gives '' '' --end x
	gives '\303\244\nab\n\303\n\303\245\n' '7:\303\244\nab\n\303,2:\303\245,' --start '^.$'
	LC_ALL=C gives '\303\244\nab\n\303\n' '5:\303\244\nab,1:\303,' --start '^.$'
	[ "$cases" -eq 12 ]
	# What comes back is the input, with its last newline or without, by lines or strictly by
	# the same framing.
	for input in '' 'a' 'a\n' 'x\na\nx\n' 'a\n\n' '\n' 'a\na\nb' 'x\0\na\0'; do
		# shellcheck disable=SC2059
		printf "$input" >input
		for framing in start:^a end:^a start:x end:; do
			[ "$framing" != end: ] || framing='end:^$'
			for n in 1 2 3 4096; do
				REC_BLOCK=$n rec-split -f "$framing" <input >a.rec
				rec-join <a.rec >found
				same input found
				rec-join -f "$framing" <a.rec >found
				same input found
			done
		done
	done
	# From a log whose events have several lines, there are as many records as lines that begin
	# an event.
	rec-split --start '^2026' "$repo/tests/data/app.log" >a.rec
	rec-join <a.rec >found
	same "$repo/tests/data/app.log" found
	[ "$(rec-filter -c locate // <a.rec)" -eq "$(grep -c ^2026 found)" ]
	[ "$(grep -vc ^2026 found)" -gt 10 ]
}

@test "rec-split: records by expressions do not depend on how the input comes" {
	awk 'BEGIN { srand(7); for (i = 0; i < 4000; i++) { n = int(rand() * 7); s = ""; while (n-- > 0) s = s substr("ab,; 1\303\244", 1 + int(rand() * 8), 1); print s } }' >input
	for framing in 'regex:[,;]+a?' 'regex:(a.*zz)?|\n1*\n*' 'regex:\<a\>' 'regex:,$|;' start:^1 'start:^$|b$' 'end:;$' 'end:ä|a,'; do
		rec-split -f "$framing" <input | rec-join -f netstring >expected
		[ "$(rec-split -f "$framing" <input | rec-filter -c locate)" -gt 100 ]
		for n in 1 2 7 100 65537; do
			REC_BLOCK=$n rec-split -f "$framing" <input | rec-join -f netstring >found
			same expected found
		done
		for seed in 1 2 3; do
			REC_FAULT_SEED=$seed fault rec-split -f "$framing" <input | rec-join -f netstring >found
			same expected found
			# shellcheck disable=SC2002 # a pipe has other short reads than a file
			cat input | REC_BLOCK=50 REC_FAULT_SEED=$seed fault rec-split -f "$framing" | rec-join -f netstring >found
			same expected found
		done
	done
	# A long record that comes byte by byte costs time in proportion to its length, whatever the
	# expression must keep in mind.
	head -c 300000 /dev/zero | tr '\0' x >input
	echo 'a;' >>input
	for expression in ';' '(x.*y)?|;' 'x*y|;' '\<q|;'; do
		REC_BLOCK=1 timeout 50 rec-split --regex "$expression" <input | rec-join -f netstring >found
		{ printf '300001:' && head -c 300001 input && printf ',1:\n,'; } >expected
		same expected found
	done
}

@test "rec-split: records as large as REC_MAX allows may have others before and after them" {
	local max size turn=0 blocks=(98304 200000 262080)

	for max in 100000 200000 262144 300000 1048576; do
		for size in "$max" $((max - 1)) $((max - 50)) $((max - 50000)); do
			{
				echo first
				head -c "$size" /dev/zero | tr '\0' x
				seq -f '%g' 1 9 | sed '1s/^/\n/'
				head -c "$size" /dev/zero | tr '\0' y
				echo
				head -c "$size" /dev/zero | tr '\0' z
				printf '\nlast\n'
			} >in
			# Each framing and each block meet each limit, and most sizes.
			for framing in lines indented start:^ delim:'\n'; do
				block=${blocks[turn++ % 3]}
				REC_MAX=$max REC_BLOCK=$block rec-split -f "$framing" in >in.rec
				REC_MAX=$max rec-join <in.rec >out
				cmp out in
				REC_MAX=$max REC_BLOCK=$block REC_HOP=1 rec-split -f "$framing" <in |
					REC_MAX=$max rec-join >out
				cmp out in
			done
		done
	done
}

@test "rec-split: REC_MAX holds for records by expressions" {
	export REC_MAX=10
	gives 'a,0123456789,b' '1:a,10:0123456789,1:b,' --regex ,
	gives 'b1234\n6789\nba\n' '10:b1234\n6789,2:ba,' --start ^b
	gives 'b1234\n678;\nba\n' '10:b1234\n678;,2:ba,' --end ';'
	message='standard input: record 1: larger than REC_MAX, 10 bytes (is it the right framing?)'
	refuses 'a,0123456789x,b' '1:a,' "$message" --regex ,
	refuses 'a,0123456789x' '1:a,' "$message" --regex ,+
	refuses 'a\nb1234\n6789x\nb' '1:a,' "$message" --start ^b
	refuses 'a;\nb1234\n6789x\n;\n' '2:a;,' "$message" --end ';'
	[ "$cases" -eq 7 ]
	# Bytes that could be the beginning of a separator for ever are not kept for ever.
	statuses "timeout 20 tr '\\0' x </dev/zero | rec-split --regex 'x*y' | rec-join"
	[ "${statuses#* }" = '65 65' ]
	for option in --start --end; do
		statuses "timeout 20 yes | rec-split $option x | rec-join"
		[ "${statuses#* }" = '65 65' ]
		statuses "timeout 20 tr '\\0' x </dev/zero | rec-split $option y | rec-join"
		[ "${statuses#* }" = '65 65' ]
	done
}

# idles FRAMING FIRST RECORD SECOND ALL: after the bytes FIRST, RECORD comes out although the input
# stays open. After SECOND the input ends, and ALL has come out (RECORD and ALL as netstrings).
idles() {
	rm -f in found
	mkfifo in
	start sh -c "rec-split -f '$1' --idle 40ms <in | rec-join -f netstring >found"
	exec 4>in
	# shellcheck disable=SC2059
	printf "$2" >&4
	# shellcheck disable=SC2059
	printf "$3" >expected
	within cmp -s expected found || { echo "$1: after $2: $(<found)" >&2; return 1; }
	# shellcheck disable=SC2059
	printf "$4" >&4
	exec 4>&-
	finish
	[ "$status" -eq 0 ] || return
	# shellcheck disable=SC2059
	printf "$5" >expected
	same expected found || return
	cases=$((${cases:-0} + 1))
}

@test "rec-split: --idle closes the open record of a silent input" {
	idles start:^1 '1\n a\n' '4:1\n a,' ' b\n1\n' '4:1\n a,2: b,1:1,'
	idles start:^1 'x\n1\n a\nto' '1:x,4:1\n a,' 'rn\n1\n' '1:x,4:1\n a,4:torn,1:1,'
	idles end:^1 'a\nb\nto' '3:a\nb,' 'rn\n1\n' '3:a\nb,6:torn\n1,'
	idles indented 'a\n b\n' '4:a\n b,' ' c\nd\n' '4:a\n b,2: c,1:d,'
	idles paragraphs 'a\nb\n' '3:a\nb,' '\nc\n' '3:a\nb,1:c,'
	idles 'regex:;+' 'a;b;;' '1:a,1:b,' 'c;' '1:a,1:b,1:c,'
	idles 'regex:;+' 'a;' '1:a,' ';c' '1:a,0:,1:c,'
	[ "$cases" -eq 7 ]
	# A reader that goes away is noticed meanwhile.
	rm in
	mkfifo in
	start sh -c 'rec-split --start ^1 --idle 1d <in | rec-take 1 | rec-join >found'
	exec 4>in
	# In one write: the shell's printf makes one for each line, and after the third one the
	# reader may be gone.
	printf '1\n a\n1\n b\n' >lines
	cat lines >&4
	finish
	exec 4>&-
	[ "$status" -eq 0 ]
	[ "$(tr '\n' ' ' <found)" = '1  a ' ]
}

@test "rec-split: payloads have checksums if they go to a file, but not in a pipe" {
	flags() { "$BUILD/tools/blocks" list | sed -n '1s/.*flags=//p'; }
	echo a | rec-split >a.rec
	[ "$(flags <a.rec)" = 1 ]
	[ "$(echo a | rec-split | flags)" = 0 ]
	[ "$(echo a | REC_CHECKSUM=1 rec-split | flags)" = 1 ]
	echo a | REC_CHECKSUM=0 rec-split >a.rec
	[ "$(flags <a.rec)" = 0 ]
}

@test "rec-split: a usual block fits 256 KiB, and no block has more than 65,536 records" {
	yes '' | head -n 300000 | rec-split | "$BUILD/tools/blocks" list >many
	seq 300000 | rec-split | "$BUILD/tools/blocks" list >usual
	yes '' | head -n 300000 | REC_BLOCK=1 rec-split | "$BUILD/tools/blocks" list | sort -u >small
	yes a | head -n 300000 | REC_BLOCK=262080 rec-split | "$BUILD/tools/blocks" list >large
	for f in many usual small large; do
		awk -F '[ =]' '$1 == "data" { n++; if ($3 > 65536 || 40 + $5 + 8 + 4 * $3 + 8 > 262144 + 16) bad = 1 } END { exit bad || !n }' $f
	done
}

@test "rec-split: a full disk and a closed standard output are 74 with one line" {
	st=0
	echo a | rec-split >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-split: standard output: No space left on device' err
	[ "$(lines err)" -eq 1 ]
	st=0
	echo a | rec-split >&- 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-split: standard output: Bad file descriptor' err
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-split <&- >a.rec 2>err || st=$?
	[ "$st" -ge 65 ]
	grep -q '^rec-split: standard input: ' err
	[ "$(lines err)" -eq 1 ]
	# Even if there is nothing to write but the end mark.
	st=0
	rec-split </dev/null >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
}
