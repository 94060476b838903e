#!/usr/bin/env bats
# names: records with names of their own: the framings logfmt, fields, fields:mail and fields:ldif,
# the tables that they declare, and .name in ranges and conditions.

# shellcheck disable=SC2016 # $3 is of conditions

load helper

# gives INPUT RECORDS FRAMING: rec-split finds these records (as netstrings), with any size of block,
# and the table; both as printf takes them.
gives() {
	# shellcheck disable=SC2059
	printf "$1" >input && printf "$2" >expected || return
	for block in 1 7 131072; do
		REC_BLOCK=$block rec-split -f "$3" <input >a.rec || return
		rec-join -f netstring <a.rec >found || return
		same expected found || { echo "of: $1, as $3" >&2; return 1; }
	done
	[ ! -s expected ] || [ "$(mkstream dump <a.rec | sed -n 's/^table sum //p')" = "{\"framing\":\"$3\"}\\n" ] || return
	cases=$((${cases:-0} + 1))
}

# refuses INPUT PLACE REASON FRAMING: 65, and one line; the record before it, which is a=1 or a: 1,
# goes out.
refuses() {
	local st=0

	# shellcheck disable=SC2059
	printf "$1" >input
	rec-split -f "$4" <input >a.rec 2>err || st=$?
	[ "$st" -eq 65 ] || { echo "status $st of: $1, as $4" >&2; return 1; }
	echo "rec-split: standard input: record $2: $3" >message
	same message err || return
	rec-join -f lines <a.rec >found 2>/dev/null || st=$?
	[ "$(<found)" = "$([[ $4 == logfmt ]] && echo a=1 || echo 'a: 1')" ] || { cat found >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

# holds COUNT CONDITION: fails unless COUNT records of a.rec satisfy it.
holds() {
	local n

	n=$(rec-filter -c where "$2" <a.rec) || return
	[ "$n" = "$1" ] || { echo "$2: $n" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

# fails STATUS MESSAGE COMMAND: of bash, with that status and, as the only line, that message.
fails() {
	local st=0

	bash -c "$3" >out 2>err </dev/null || st=$?
	[ "$st" -eq "$1" ] || { echo "status $st: $3" >&2; cat err >&2; return 1; }
	echo "$2" >message
	same message err || { echo "$3" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

a_log() {
	cat >a.log <<-'END'
		level=error msg="no such \"file\" \u00e4" n=5 retry
		level=info msg=ok n=" 12 " url=/?a=b empty= Level=x

		level=error level=warn zip=007 odd="{\"a\":{\"b\":[7,8]}}" x-y=1 q=""
	END
	rec-split -f logfmt a.log >a.rec
}

@test "rec-split: logfmt: lines and their ends, blank lines, and what may be in one" {
	gives 'a=1 b="x y"\nc\n' '11:a=1 b="x y",1:c,' logfmt
	gives '\n \t\na=1\r\n\r\nb' '3:a=1,1:b,' logfmt
	gives '\357\273\277a=\n' '2:a=,' logfmt
	gives ' a=b=c,{}\\\\ \t\n' '13: a=b=c,{}\\\\ \t,' logfmt
	gives 'a="\\u00e4\\\\\\"/\\n \t=\001\377"\n' '22:a="\\u00e4\\\\\\"/\\n \t=\001\377",' logfmt
	gives '' '' logfmt
	gives '\n\n' '' logfmt
	[ "$cases" -eq 7 ]
}

@test "rec-split: logfmt: a line that is none is 65 with its place and the reason" {
	refuses 'a=1\n\nb="x\nc\n' '1 at byte 7 (line 3)' 'a quote that is never closed' logfmt
	refuses 'a=1\nb="x"y\n' '1 at byte 9 (line 2)' 'no blank after the quote that closes a value' logfmt
	refuses 'a=1\nb="\\x41"\n' '1 at byte 7 (line 2)' 'an escape that JSON does not have' logfmt
	refuses 'a=1\nb = c\n' '1 at byte 6 (line 2)' 'a value without a key' logfmt
	refuses 'a=1\nb=5"\n' '1 at byte 7 (line 2)' 'a quote within a value that does not begin with one' logfmt
	refuses 'a=1\nb"c"\n' '1 at byte 5 (line 2)' 'a quote within a key' logfmt
	refuses 'a=1\n"b"\n' '1 at byte 4 (line 2)' 'a quote before a key' logfmt
	refuses 'a=1\nb\000=c\n' '1 at byte 5 (line 2)' 'a control byte outside of quotes' logfmt
	[ "$cases" -eq 8 ]
}

@test "rec-split: fields: paragraphs, continuations and names with blanks" {
	gives 'a: 1\nB: 2\n\n\n\nc:3' '9:a: 1\nB: 2,3:c:3,' fields
	gives '\n\na:\n b\n\tc\n' '8:a:\n b\n\tc,' fields
	gives 'model name\t: x\n\n' '14:model name\t: x,' fields
	gives 'a: 1\r\n b\r\n\r\nc:\r\n' '9:a: 1\r\n b\r,3:c:\r,' fields
	gives '\357\273\277a:\n' '2:a:,' fields
	gives 'a:\000\n' '3:a:\000,' fields
	gives '' '' fields
	gives '\n\r\n\n' '' fields
	gives 'A: 1\n b\n\nC:\n' '7:A: 1\n b,2:C:,' fields:mail
	gives 'A : 1\n \n b\n' '10:A : 1\n \n b,' fields:mail
	gives 'version: 1\n\n#x\n y\ndn: a\n b\n-\n' '16:#x\n y\ndn: a\n b\n-,' fields:ldif
	gives 'version: 1\ndn: a\n\n# only\n\nb:: YQ==\nc:< u\n' '16:version: 1\ndn: a,14:b:: YQ==\nc:< u,' fields:ldif
	gives '# only a comment\n' '' fields:ldif
	gives '#\nVERSION:1\r\n#\n x\n\ndn: a\n' '5:dn: a,' fields:ldif
	# Only a version as RFC 2849 has it is passed over if it stands alone: nothing else of that name.
	gives 'version: 2.0\n\nversion: x\n' '12:version: 2.0,10:version: x,' fields:ldif
	gives 'version:\n\nversion:: MQ==\n' '8:version:,14:version:: MQ==,' fields:ldif
	gives 'version: 1\n x\n\nversion: 1\nversion: 2\n' '13:version: 1\n x,21:version: 1\nversion: 2,' fields:ldif
	[ "$cases" -eq 17 ]
}

@test "rec-split: fields: a line that is none is 65 with its place and the reason" {
	refuses 'a: 1\n\nb: 2\nno\n' '1 at byte 11 (line 4)' 'a line without a colon' fields
	refuses 'a: 1\n\n b: 2\n' '1 at byte 6 (line 3)' 'a continuation without a field before it' fields
	refuses 'a: 1\n\nb: 2\n \t\nc: 3\n' '1 at byte 11 (line 4)' 'a line of nothing but blanks' fields
	refuses 'a: 1\n\n : 2\n' '1 at byte 6 (line 3)' 'a continuation without a field before it' fields:mail
	refuses 'a: 1\n\n: 2\n' '1 at byte 6 (line 3)' 'a field without a name' fields:mail
	refuses 'a: 1\n\nFrom x 1:2\n' '1 at byte 10 (line 3)' 'a blank in the name of a field' fields:mail
	refuses 'a: 1\n\nb\001:\n' '1 at byte 7 (line 3)' 'a control byte in the name of a field' fields
	refuses 'a: 1\n\n\303\244:\n' '1 at byte 6 (line 3)' 'a byte that is not ASCII in the name of a field' fields:ldif
	refuses 'a: 1\n\nb:: YQ\nc:\n' '1 at byte 6 (line 3)' 'a value that is not base64' fields:ldif
	refuses 'a: 1\n\n-\n b\n' '1 at byte 8 (line 4)' 'a continuation without a field before it' fields:ldif
	[ "$cases" -eq 10 ]
}

@test "rec-split --bad: of logfmt a line is set aside, of fields the paragraph" {
	printf 'a=1\nb="\nc=2\n=\r\nd="e"f' >input
	run -1 --separate-stderr rec-split -f logfmt --bad csv:bad.csv input
	[ "$stderr" = 'rec-split: input: record 1 at byte 6 (line 2): a quote that is never closed; 3 such in all, which are in csv:bad.csv' ]
	cat >expected <<-'END'
		file,line,reason,bytes
		input,2,a quote that is never closed,"b="""
		input,4,a value without a key,=
		input,5,no blank after the quote that closes a value,"d=""e""f"
	END
	same expected bad.csv
	rec-split -f logfmt --bad csv:bad.csv input 2>/dev/null | rec-join >found || true
	printf 'a=1\nc=2\n' | cmp - found

	printf 'a: 1\n\nb: 2\nno\nc: 3\n\n\nd: 4\n\n e\nf: 5\r\n\r\ng: 6' >input
	for block in 1 131072; do
		run -1 --separate-stderr env REC_BLOCK=$block rec-split -f fields --bad csv:bad.csv input
		[ "$stderr" = 'rec-split: input: record 1 at byte 11 (line 4): a line without a colon; 2 such in all, which are in csv:bad.csv' ]
		printf 'file,line,reason,bytes\ninput,3,a line without a colon,"b: 2\nno\nc: 3"\ninput,10,a continuation without a field before it," e\nf: 5"\n' >expected
		same expected bad.csv
		REC_BLOCK=$block rec-split -f fields --bad csv:bad.csv input 2>/dev/null | rec-join >found || true
		printf 'a: 1\n\nd: 4\n\ng: 6\n\n' | cmp - found
	done
	# Reading goes on, with the right numbers, after a paragraph that is larger than a block.
	{ printf 'a: 1\n\nno\n'; seq -f ' %g' 60000; printf '\n\nb: 2\n\nno\n'; } >input
	rec-split -f fields --bad csv:bad.csv input 2>/dev/null | rec-join >found || true
	printf 'a: 1\n\nb: 2\n\n' | cmp - found
	[ "$(cut -d, -f2 bad.csv | grep -c '^60008$')" -eq 1 ]
}

@test "rec-join: logfmt and fields come back byte for byte, with their ends of lines" {
	printf 'a=1 \r\nb\n\tc="x"\r\nd=' >input
	rec-split -f logfmt input | rec-filter where 'POS >= 0' | rec-join | cmp - input
	rec-split -f logfmt input | rec-filter locate .c | rec-join | cmp - <(printf '\tc="x"\r\n')
	[ "$(rec-split -f logfmt input | rec-filter -c locate .d)" -eq 1 ]
	printf 'A: 1\n b\nC:\n\nD: 2\r\n e\r\n\r\nF:3\n\n' >input
	for kind in fields fields:mail; do
		rec-split -f $kind input | rec-filter where 'POS >= 0' | rec-fanout -k -j 2 -N 1 rec-filter locate // |
			rec-join | cmp - input
		rec-split -f $kind input | rec-join -f $kind | cmp - input
	done
	printf 'dn: a\n b\n#c\nx:: YQ==\n\ndn: b\n\n' >input
	rec-split -f fields:ldif input | rec-join | cmp - input
	# Several empty lines become one, and one is added at the end.
	printf '\n\na: 1\n\n\n\nb: 2' | rec-split -f fields | rec-join >found
	printf 'a: 1\n\nb: 2\n\n' | cmp - found
	# A framing that only divides writes them alone.
	printf 'a: 1\n b\n\n' | rec-split -f fields | rec-join -0 | cmp - <(printf 'a: 1\n b\0')
	[ ! -r /var/lib/dpkg/status ] || rec-split -f fields /var/lib/dpkg/status | rec-join | cmp - /var/lib/dpkg/status
}

@test "rec-join: a record that would not come back the same is refused, or written --as-is" {
	refuses() {
		local st=0

		# shellcheck disable=SC2059
		printf "$2" | rec-split -0 >a.rec
		rec-join -f "$1" <a.rec >out 2>err || st=$?
		[ "$st" -eq 65 ] && [ ! -s out ] || { echo "status $st: $*" >&2; return 1; }
		[ "$(<err)" = "rec-join: record 0: $3" ] || { cat err >&2; return 1; }
		rec-join -f "$1" --as-is <a.rec >out && [ -s out ] || return
		cases=$((${cases:-0} + 1))
	}
	refuses logfmt 'a="\0' 'a quote that is never closed'
	refuses logfmt 'a\nb\0' 'it holds a newline'
	refuses logfmt 'a\r\0' "it ends with CR, which would be part of the line's end"
	refuses logfmt '\0' 'it has no key: a reader would pass it over'
	refuses logfmt ' \t\0' 'it has no key: a reader would pass it over'
	refuses logfmt '\357\273\277a\0' 'it begins with a byte order mark, which would not be part of the first record'
	refuses fields '\0' 'it is empty, as no paragraph can be'
	refuses fields 'no\0' 'a line without a colon'
	refuses fields 'a:\n\nb:\0' 'it holds an empty line, or ends with a newline'
	refuses fields 'a:\n\0' 'it holds an empty line, or ends with a newline'
	refuses fields 'a:\n\r\0' 'it holds an empty line, or ends with a newline'
	refuses fields ' a:\0' 'a continuation without a field before it'
	refuses fields '\357\273\277a:\0' 'it begins with a byte order mark, which would not be part of the first record'
	refuses fields:mail 'a b:\0' 'a blank in the name of a field'
	refuses fields:ldif '#a\0' 'it has no field: a reader would pass it over'
	refuses fields:ldif 'Version: 1\n#a\0' 'it has no field: a reader would pass it over'
	refuses fields:ldif 'a:: YQ\0' 'a value that is not base64'
	[ "$cases" -eq 17 ]
	printf 'a: 1\0no\0b: 2\0' | rec-split -0 | rec-join -f fields --bad lines:bad >found 2>err || [ $? -eq 1 ]
	printf 'a: 1\n\nb: 2\n\n' | cmp - found
}

@test "rec-filter: .name of logfmt: quotes and escapes are resolved, a key alone is true, the last one counts" {
	a_log
	holds 1 '.level == "error"'
	holds 1 '.level == "warn"'
	holds 1 '.msg == "no such \"file\" ä"'
	holds 1 '.n == 5'
	holds 1 '.n > 5'
	holds 1 '.zip == 7'
	holds 1 '.zip == "007"'
	holds 1 '.url == "/?a=b"'
	holds 1 '.retry == true'
	holds 1 '.retry'
	holds 2 '.retry == null'
	holds 1 '.empty == ""  && .empty != null'
	holds 1 '.q == "" && .q != null'
	# Names are exact; odd ones are written in quotes.
	holds 1 '.Level == "x"'
	holds 0 '.LEVEL != null'
	holds 0 '.leve != null || ."" != null || ."a b" != null || ."level=error" != null'
	holds 1 '."x-y" == 1'
	# JSON in a value.
	holds 1 '.odd.a.b[1] == 8'
	holds 1 '.odd.a.b[] == 7'
	holds 0 '.odd.a.b[] == "7"'
	holds 0 '.msg.a == 1'
	# The row and its words are as they stand.
	holds 1 '$0 ~ /^level=info/'
	holds 1 'range("w2") == "level=warn"'
	holds 3 'length > 40'
	[ "$(rec-filter locate .msg '/"file"/' <a.rec | rec-join | wc -l)" -eq 1 ]
	[ "$(rec-filter -c locate .retry /tru/ <a.rec)" -eq 1 ]
	[ "$(rec-filter -c locate .q <a.rec)" -eq 1 ]
	[ "$(rec-filter -c locate substr 2-3 of .level /ar/ <a.rec)" -eq 1 ]
	[ "$(rec-filter -c match .url '/^.[?]/' <a.rec)" -eq 1 ]
	[ "$(rec-filter -c nlocate .level <a.rec)" -eq 0 ]
	[ "$cases" -eq 24 ]
}

@test "rec-filter: .name of fields: case does not count, the first one is .name, .name[n] and .name[] are the others" {
	sed 's/_$//' >m <<-'END'
		Received: from a
		 	by  b _
		SUBJECT:   Hello
		 world
		received : from c
		N: 12
		X:
		 y
		J: {"a":
		 [1,2]}
		E:
		Received: 5

	END
	rec-split -f fields:mail m >a.rec
	for e in '.received == "from a 	by  b"' '.RECEIVED[0] == .received' '.received[1] == "from c"' '.received[-1] == 5' \
		'.received[-3] == .received' '.received[3] == null' '.received[-4] == null' '.received[] == "from c"' \
		'.received[] > 4' '!(.received[] == "x")' '.received[] ~ /^from/' '.received[] in (1, 5)' \
		'.subject == "Hello world"' '.n > 9' '.x == "y"' '.e == "" && .e != null' '.z == null' '!(.z[] == null)' \
		'.j.a[1] == 2' '.j.a[] == 2' '.j[].a[] == 1' '.j[0].a[0] == 1' '."Received" ~ /by/' \
		'$0 ~ /^Received: from a/' 'range("w2") == "from"'; do
		holds 1 "$e"
	done
	[ "$cases" -eq 25 ]
	holds 0 '.receive != null || .received2 != null || ."received " != null || ."received:" != null'

	# dpkg: a continuation keeps its newline, and what is before it.
	printf 'Package: a\r\nDescription: short\r\n long\r\n .\r\nmodel name\t: x \r\n\r\n' >d
	rec-split -f fields d >a.rec
	holds 1 '.description == "short\n long\n ."'
	holds 1 '."Model Name" == "x" && .package == "a"'
	printf 'Files:\n a\n b\nn: 5 \n\n' | rec-split -f fields >a.rec
	holds 1 '.files == "\n a\n b" && .n == 5'
	[ "$(rec-filter -c locate .FILES x0a2062 <a.rec)" -eq 1 ]
}

@test "rec-filter: .name of LDIF: folds, base64, comments and addresses" {
	sed 's/_$//' >l.ldif <<-'END'
		version: 1

		# Ann
		# dn: wrong
		dn: cn=Ann,dc=example
		 ,dc=org
		objectClass: top
		# objectClass: none
		  objectClass: none
		objectClass: person
		sn:: w4
		 RybA==
		cn;lang-en: Ann
		jpegPhoto:< file:///x.jpg
		description:  a _
		empty::

		dn:: Y249Qm9i
		changetype: modify
		-
	END
	rec-split -f fields:ldif l.ldif >a.rec
	[ "$(rec-view --info <a.rec | sed -n 's/^records *//p')" -eq 2 ]
	holds 1 '.dn == "cn=Ann,dc=example,dc=org"'
	holds 1 '.dn == "cn=Bob"'
	holds 1 '.objectclass[] == "person"'
	holds 0 '.objectclass[] == "none"'
	holds 1 '.objectclass[-1] == "person" && .objectclass[2] == null'
	holds 1 '.SN == "Ärl"'
	holds 1 '.sn ~ /^Ä/'
	holds 1 '."cn;lang-en" == "Ann"'
	holds 1 '.jpegphoto == "< file:///x.jpg"'
	# Blanks at the end are part of a value of LDIF.
	holds 1 '.description == "a "'
	holds 1 '.empty == "" && .empty != null'
	holds 0 '.version != null'
	[ "$(rec-filter -c locate .sn /Ärl/ <a.rec)" -eq 1 ]
	rec-filter where '.dn ~ /Ann/' <a.rec | rec-join | cmp - <(sed -n '3,/^$/p' l.ldif)
}

@test "names of records: all commands with ranges find them" {
	a_log
	[ "$(rec-unique --all .level <a.rec | rec-join | wc -l)" -eq 3 ]
	printf 'k=1 v=a\nv=b k="1"\nk=2 v=c\n' | rec-split -f logfmt >k.rec
	rec-unique .k <k.rec | rec-join | cmp - <(printf 'v=b k="1"\nk=2 v=c\n')
	# -c adds a name where it counts, if the record has one already.
	printf 'count=9 k=1\ncount=9 k=1\nk=2\n' | rec-split -f logfmt | rec-unique -c .k >c.rec
	rec-join <c.rec | cmp - <(printf 'count=9 k=1 count=2\nk=2 count=1\n')
	[ "$(rec-filter -c where '.count == 2' <c.rec)" -eq 1 ]
	printf 'K: 1\r\ncount: 9\r\n\r\nk: 1\r\ncount: 9\r\n\r\nK: 2\n\n' | rec-split -f fields | rec-unique -c .k >c.rec
	rec-join <c.rec | cmp - <(printf 'count: 2\r\nk: 1\r\ncount: 9\r\n\r\ncount: 1\nK: 2\n\n')
	[ "$(rec-filter -c where '.count == 2' <c.rec)" -eq 1 ]
	rec-fanin --merge .k:n k.rec k.rec | rec-join | tr -d '\n' >found
	[ "$(<found)" = 'k=1 v=av=b k="1"k=1 v=av=b k="1"k=2 v=ck=2 v=c' ]
	rec-fanout -j 2 --key .k --tag rec-unique -c .k <k.rec | rec-join | sort | cmp - <(printf 'k=2 v=c count=1\nv=b k="1" count=2\n')
	rec-fanout -k -j 2 -N 1 rec-filter where '.k == 1' <k.rec | rec-join | cmp - <(printf 'k=1 v=a\nv=b k="1"\n')
	rec-route 'where .k == 1' one.rec two.rec <k.rec
	rec-join <two.rec | cmp - <(printf 'k=2 v=c\n')
	rec-join <one.rec | cmp - <(printf 'k=1 v=a\nv=b k="1"\n')
	rec-take until where '.k == 2' <k.rec | rec-join | cmp - <(printf 'k=1 v=a\nv=b k="1"\n')
	rec-drop while locate .v /a/ <k.rec | rec-join | cmp - <(printf 'v=b k="1"\nk=2 v=c\n')
	rec-around -B 1 where '.k == 2' <k.rec | rec-join | cmp - <(printf 'v=b k="1"\nk=2 v=c\n')
}

@test "names of records: fields by number, -F and other tables are refused with a line" {
	a_log
	for e in '$3 == 1' 'NF > 2' '$NF == 1' '$(1 + 1) == 2'; do
		fails 65 'rec-filter: where: $3, NF: logfmt has no columns, but names, such as .name; words are range("w3")' \
			"rec-filter -c where '$e' <a.rec"
	done
	for r in f3 'field 2' 'csv 3' f-1 'substr 1-2 of f2'; do
		fails 65 'rec-filter: locate: f3, csv 3: logfmt has no columns, but names, such as .name; words are w3' \
			"rec-filter -c locate $r <a.rec"
	done
	fails 65 'rec-filter: where: f3, csv 3: logfmt has no columns, but names, such as .name; words are w3' \
		"rec-filter -c where 'csv(3) == 1' <a.rec"
	printf 'a: 1\n\n' | rec-split -f fields:mail >f.rec
	fails 65 'rec-filter: where: $3, NF: fields:mail has no columns, but names, such as .name; words are range("w3")' \
		"rec-filter -c where '\$1' <f.rec"
	fails 65 'rec-filter: locate: -F: the table has its separator' "rec-filter -c -F , locate .a <a.rec"
	fails 65 'rec-filter: where: -F: the table has its separator' "rec-filter -c -F , where '.a' <a.rec"
	fails 65 'rec-filter: locate: fs: the table has its separator' "rec-filter -c locate fs , f2 <a.rec"
	fails 65 'rec-filter: where: .[0].a: the name of a column is expected before the bracket, such as .items[0]' \
		"rec-filter -c where '.[0].a == 1' <a.rec"
	# A part of a value may have fields of its own.
	[ "$(rec-filter -c locate substr fs = f2 of .url /b/ <a.rec)" -eq 1 ]
	for to in csv tsv json jsonl fields fields:mail; do
		family=${to/jsonl/json}
		fails 65 "rec-join: the records are logfmt: put rec-map to $family before it" "rec-join -f $to <a.rec"
	done
	for to in csv logfmt fields fields:ldif; do
		fails 65 "rec-join: the records are fields:mail: put rec-map to $to before it" "rec-join -f $to <f.rec"
	done
	printf 'a,b\n' | rec-split -f csv >c.rec
	fails 65 'rec-join: the records are CSV: put rec-map to logfmt before it' "rec-join -f logfmt <c.rec"
	fails 65 'rec-join: standard input: block 4 at byte 332: its table differs from the one before: it is fields:mail, not logfmt' \
		"cat a.rec f.rec | rec-join -f lines >x 2>&1; st=\$?; tail -n 1 x | sed 's/block [0-9]* at byte [0-9]*/block 4 at byte 332/' >&2; exit \$st"
	fails 65 'rec-fanin: side by side: records with names of their own would become one; -F SEP joins them as text' \
		"rec-fanin --zip a.rec a.rec"
	rec-fanin --zip -F ' | ' f.rec f.rec | rec-join | cmp - <(printf 'a: 1 | a: 1\n')
	fails 65 'rec-fanin: a.rec: its records are logfmt, which have no columns to be put in order' "rec-fanin --align a.rec a.rec"
	fails 65 'rec-take: bytes: a table is divided between rows: give a number of records' "rec-take 3 bytes <a.rec"
	[ "$cases" -ge 28 ]
}

@test "rec-split: logfmt and fields: options that go with columns are 64" {
	tail=' (rec-split -h shows the usage)'
	for f in logfmt fields fields:mail fields:ldif; do
		fails 64 "rec-split: -H does not go with $f: its records have names of their own$tail" "rec-split -f $f -H"
		fails 64 "rec-split: -F does not go with $f: its records have names of their own$tail" "rec-split -f $f -F ,"
		fails 64 "rec-split: --names does not go with $f: its records have names of their own$tail" "rec-split -f $f --names a"
		fails 64 "rec-split: --align does not go with $f: its records have no columns to be put in order$tail" "rec-split -f $f --align"
		fails 64 "rec-split: --name goes with csv, tsv, json and jsonl, not with $f$tail" "rec-split -f $f --name=x"
		fails 64 "rec-split: --strict goes with csv and tsv, not with $f$tail" "rec-split -f $f --strict"
	done
	fails 64 "rec-split: fields:x: there are fields, fields:mail and fields:ldif$tail" "rec-split -f fields:x"
	fails 64 "rec-split: fields:: there are fields, fields:mail and fields:ldif$tail" "rec-split -f fields:"
	fails 64 "rec-split: logfmt:x: this framing has no parameter: write logfmt$tail" "rec-split -f logfmt:x"
	[ "$cases" -eq 27 ]
	# They are no endpoints, but names of files.
	echo a=1 >logfmt:x
	echo a:1 >fields:mail
	rec-split logfmt:x fields:mail | rec-join | cmp - <(printf 'a=1\na:1\n')
}

@test "rec-split --idle: fields: what is whole goes out, and line numbers stay right" {
	mkfifo in
	start sh -c 'rec-split -f fields --idle 50ms <in 2>err | rec-join -f escaped >out'
	exec 4>in
	printf 'a: 1\n b\nc' >&4
	within grep -qx 'a: 1\\n b' out
	printf ': 2\n\n\nno\n' >&4
	within grep -qx 'c: 2' out
	exec 4>&-
	within grep -qx 'rec-split: standard input: record 2 at byte 15 (line 6): a line without a colon' err
}

@test "rec-split: logfmt and fields: the stream that they declare" {
	printf 'a=1\r\nb\n' | rec-split -f logfmt | mkstream dump | sed 's/ sum / /; /^end /d' >found
	cat >expected <<-'END'
		table {"framing":"logfmt"}\n
		data next=1 gap=(2) tabled 0=a=1
		data next=2 gap=\n tabled 1=b
	END
	same expected found
	printf 'a: 1\n\n\nb:\n c\n' | rec-split -f fields:ldif | mkstream dump | sed 's/ sum / /; /^end /d' >found
	cat >expected <<-'END'
		table {"framing":"fields:ldif"}\n
		data next=2 gap=\n tabled 0=a: 1 1=b:\n c
	END
	same expected found
}

@test "rec-split: a paragraph, a line and a continuation of several MB; larger than REC_MAX is 65" {
	{ printf 'a: x\nb:\n'; head -c 3000000 /dev/zero | tr '\0' ' '; printf 'y\n\nc: 1\n\n'; } >large
	rec-split -f fields:mail large >a.rec
	rec-join <a.rec | cmp - large
	holds 1 '.b == "y"'
	holds 1 '.c == 1'
	{ printf 'a="'; head -c 3000000 /dev/zero | tr '\0' ' '; printf '" b=1\nb=2\n'; } >large
	rec-split -f logfmt large >a.rec
	rec-join <a.rec | cmp - large
	holds 1 '.b == 1'
	fails 65 'rec-split: large: record 0 (line 1): larger than REC_MAX, 1000000 bytes (is it the right framing?)' \
		"REC_MAX=1000000 rec-split -f logfmt large"
	fails 65 'rec-split: large: record 0: larger than REC_MAX, 1000000 bytes (is it the right framing?)' \
		"{ echo a:; head -c 3000000 /dev/zero; } >large; REC_MAX=1000000 rec-split -f fields large"
	fails 65 'rec-split: cat: compressed by gzip: rec-split -z reads it' "echo a=1 | gzip >cat; rec-split -f logfmt cat"
}

@test "rec-each: --in and --out logfmt and fields" {
	printf 'a=1\nb="x"\n' | rec-split -f logfmt | rec-each -k --in logfmt --out logfmt cat >e.rec
	rec-join -f logfmt <e.rec | cmp - <(printf 'a=1\nb="x"\n')
	printf 'a: 1\n b\n\nc:\n\n' | rec-split -f fields | rec-each -k --in fields --out fields cat | rec-join -f fields |
		cmp - <(printf 'a: 1\n b\n\nc:\n\n')
	# What they write has names, whatever they have read.
	[ "$(rec-filter -c where '.b == "x"' <e.rec)" -eq 1 ]
	seq 3 | rec-split | rec-each -k --out fields:mail sh -c 'read n; echo "N: $n"; echo' >n.rec
	[ "$(rec-filter -c where '.n == 2' <n.rec)" -eq 1 ]
	rec-join <n.rec | cmp - <(printf 'N: 1\n\nN: 2\n\nN: 3\n\n')
	rec-split -f csv -H <(printf 'id\n1\n') | rec-each --in csv --out logfmt sh -c 'tail -n 1 | sed s/^/id=/' |
		rec-join | cmp - <(echo id=1)
	fails 65 'rec-each: --in csv: the records are logfmt: put rec-map to csv before it' \
		"echo a=1 | rec-split -f logfmt | rec-each --in csv cat"
}

@test "rec-view: names of records are columns of --table, and without it records are as they stand" {
	a_log
	rec-view --table <a.rec >found
	cut -c1-6 found | cmp - <(printf 'level \nerror \ninfo  \nwarn  \n')
	[ "$(head -n 1 found | tr -s ' ')" = 'level msg n retry url empty Level zip odd x-y q' ]
	printf 'A: 1\nb: 2\nB: 3\n\na: 4\n c\n\n' | rec-split -f fields | rec-view --table | sed 's/  *$//' >found
	cat >expected <<-'END'
		A      b
		1      2
		4^J c
	END
	same expected found
	[ "$(rec-view --info <a.rec | sed -n 's/^table *//p')" = 'logfmt, names in each record' ]
	rec-view --info --json <a.rec | grep -qF '"table":{"framing":"logfmt","separator":null,"columns":null}'
	[ "$(rec-view <a.rec | head -n 1)" = '     0      51  level=error msg="no such \"file\" \u00e4" n=5 retry' ]
	rec-view --bars .n <a.rec | grep -q '^error .* 5  '
}

# lacks LINE COMMAND...: it reads in.rec, ends with 0, and says only this line, or with '' none.
lacks() {
	local name=$2

	"${@:2}" <in.rec >out 2>err || return
	[ -z "$1" ] && : >want || echo "$name: $1" >want
	same want err || { echo "of: ${*:2}" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

@test "names: a name that no record has gets a line at the end" {
	printf '%s\n' '{"ms":400,"user":{"id":1},"no":null}' '{"ms":600,"user.id":2}' '{"ms":700}' | rec-split -f jsonl >in.rec
	lacks 'no record has .eror' rec-sort .eror:n
	lacks 'no record has .eror' rec-sort --check .eror
	lacks 'no record has .eror, .x' rec-sort --unique .eror .ms .x:r
	lacks 'no record has .eror' rec-unique .eror .ms
	lacks 'no record has .usr, .mss' rec-reduce --key .usr count sum .mss max .mss
	lacks 'no record has .mss' rec-reduce sum .mss+1
	lacks 'no record has .x' rec-map cut .ms,.x
	lacks 'no record has .x, .y' rec-map print '.x, .ms + .y * .y'
	lacks 'no record has .x' rec-map set 'a=.x + 1'
	lacks 'no record has .x' rec-map to json a=.x
	lacks 'no record has .tags' rec-map split '.tags[]'
	lacks 'no record has .idd' rec-lookup .idd=.ms in.rec
	lacks "no record has .user.no (one member of that name is written '.\"user.no\"')" rec-sort .user.no
	# What one record has, if only as null; what may be missing; what was not asked of all.
	lacks '' rec-sort .no
	lacks '' rec-sort .user.id .'"user.id"'
	lacks '' rec-reduce --key .user.id max .no
	lacks '' rec-map set 'a=coalesce(.x, 1), b=.y == null, c=.z != null ? 1 : 2'
	lacks '' rec-map print '.ms > 600 ? .ms : .user.id'
	rec-take 0 <in.rec >none && mv none in.rec
	lacks '' rec-sort .eror
	# Only a part of the records has come.
	printf '{"a":1}\n' | rec-split -f jsonl | head -c -20 >cut.rec
	! rec-map cut .x <cut.rec >out 2>err || return
	! grep 'no record' err || return
	# A column that the table has, and names of logfmt.
	printf 'a,b\n1\n' | rec-split -f csv -H >in.rec
	lacks '' rec-sort .b
	printf 'a=1\nb=2\n' | rec-split -f logfmt >in.rec
	lacks 'no record has .c' rec-sort .a .c
	printf '1,2\n' | rec-split >in.rec
	lacks 'the record is not JSON; for CSV: rec-split -f csv -H' rec-sort .c
	[ "$cases" -eq 22 ]
}

@test "names: keys of rec-sort that are no times get a line at the end" {
	printf '%s\n' '{"t":"2026-01-01"}' '{}' '{"t":"27.10.2026"}' '{"t":""}' '{"t":5}' | rec-split -f jsonl >in.rec
	for check in '' --check; do
		rec-sort $check .t:tr <in.rec >out 2>err || [ "$check" ]
		grep -x "rec-sort: keys with the letter t that are no times such as 2026-11-30T10:15:30Z: [12], the first in record 2; rec-map set t='time(.t, FORMAT)' makes numbers of others" err
	done
	printf '%s\n' '{"t":"2026-01-01"}' '{}' | rec-split -f jsonl >in.rec
	lacks '' rec-sort .t:t
}
