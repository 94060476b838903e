#!/usr/bin/env bats
# endpoints: framings as endpoints, csv:PATH and its like: read as rec-split reads them, written as rec-join writes them.

load helper

setup() {
	helper_setup
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	printf '\357\273\277"id","unit price"\r\n1,"5\r\n6"\r\n2,7' >w.csv
}

# refused STATUS MESSAGE COMMAND ...: ends with that status and that line alone.
refused() {
	run -"$1" --separate-stderr "${@:3}"
	[ "$stderr" = "$2" ] || { echo "$stderr" >&2; return 1; }
}

@test "endpoints: an input in a framing is what rec-split would make of it" {
	local name

	rec-fanin csv:w.csv >a.rec
	rec-split -f csv -H w.csv >b.rec
	mkstream bytes <a.rec >a
	mkstream bytes <b.rec >b
	cmp a b
	cmp a w.csv
	grep -q '"id","unit price"' a
	printf 'a\tb\n1\t\n' >x.tsv
	printf '{"a":[1]} 2\n[3]' >x.json
	printf '{"a": [1]}\r\n2\n\n[3]' >x.jsonl
	printf 'one\ntwo' >x.lines
	printf 'one\0\0two\0' >x.nul
	printf 'a\\nb\n\\\n' >x.escaped
	for name in tsv json jsonl lines nul escaped; do
		rec-fanin "$name:x.$name" | mkstream records >a
		rec-split -f "$name" ${name/#*/$([ "$name" = tsv ] && echo -H)} "x.$name" | mkstream records >b
		cmp a b
		rec-fanin "$name:-" <"x.$name" | mkstream records | cmp - a
		rec-split -f netstring "$name:x.$name" | mkstream records | cmp - a
	done
	[ "$(mkstream records <a.rec | wc -l)" -eq 4 ]
}

@test "endpoints: large inputs come whole, in whatever pieces, and from a FIFO" {
	seq 200000 | sed 's/.*/&,"a\n&"/; 1i n,text' >big.csv
	rec-split -f csv -H big.csv | mkstream records >want
	rec-fanin csv:big.csv | mkstream records | cmp - want
	rec-fanin csv:- < <(cat big.csv) | mkstream records | cmp - want
	fault rec-fanin csv:big.csv | mkstream records | cmp - want
	REC_BLOCK=100 rec-fanin csv:big.csv | mkstream records | cmp - want
	mkfifo f
	cat big.csv >f 3>&- &
	rec-fanin --round-robin csv:f csv:o.csv >out 2>err || true
	wait $!
	grep -q 'its table differs from that of' err
	cat big.csv >f 3>&- &
	rec-fanin csv:f | mkstream records | cmp - want
	wait $!
}

@test "endpoints: an output in a framing is what rec-join would make of it, and standard output too" {
	rec-split csv:w.csv | rec-tee csv:w2.csv lines:l >a.rec
	cmp w.csv w2.csv
	printf '1,"5\r\n6"\n2,7\n' | cmp - l
	rec-split csv:w.csv | rec-filter --else csv:rest.csv where 'POS > 0' | rec-join >kept.csv
	printf '\357\273\277"id","unit price"\r\n2,7' | cmp - kept.csv
	printf '\357\273\277"id","unit price"\r\n1,"5\r\n6"\r\n' | cmp - rest.csv
	# A table without records publishes its header.
	rec-split csv:o.csv | rec-filter --else csv:none.csv where 'POS >= 0' >a.rec
	[ "$(<none.csv)" = id,price ]
	printf 'a\0b\n' | rec-split | rec-tee nul:n escaped:e json:j jsonl:j2 >a.rec 2>err || status=$?
	[ "$status" -eq 65 ]
	[ "$(<err)" = 'rec-tee: nul:n: record 0: it holds a NUL byte
rec-tee: json:j: record 0: it is not a JSON value (RFC 8259)
rec-tee: jsonl:j2: record 0: it is not a JSON value (RFC 8259)' ]
	# Nor is another one published, because rec-tee has failed.
	[ ! -e n ] && [ ! -e j ] && [ ! -e j2 ] && [ ! -e e ]
	printf 'a\0b\n' | rec-split | rec-tee escaped:e >a.rec
	[ "$(<e)" = 'a\0b' ]
}

@test "endpoints: a file is replaced after a good end mark only, and may be an input" {
	cp o.csv x.csv
	rec-split csv:x.csv | rec-filter --else csv:x.csv where 'POS == 1' | rec-join >out
	[ "$(<x.csv)" = $'id,price\n1,5\n3,7' ]
	cp o.csv x.csv
	# The stream is cut off; fails; the command is ended.
	rec-split csv:o.csv | head -c -40 >cut.rec
	refused 65 'rec-tee: standard input: cut off after 3 whole records, without an end mark' rec-tee csv:x.csv <cut.rec
	cmp o.csv x.csv
	mkstream 'table:{"framing":"csv"}\nid,price\n' 'data:0:9,9' end:3:no | rec-tee csv:x.csv >out 2>&1 || status=$?
	[ "$status" -eq 65 ]
	cmp o.csv x.csv
	mkfifo f
	rec-tee csv:x.csv <f >out 3>&- &
	pid=$!
	exec 9>f
	head -c 200 cut.rec >&9
	within sh -c '[ -e .rec.?????? ]'
	kill -TERM $pid
	wait $pid || true
	exec 9>&-
	cmp o.csv x.csv
	run ls .rec.??????
	[ "$status" -ne 0 ]
}

# stands PID FILE SIZE: the file has that many bytes, and the command sleeps; or the command has ended.
stands() {
	ended "$1" || { [ "$(stat -c %s "$2")" -eq "$3" ] && asleep "$1"; }
}

@test "endpoints: the records before one that cannot be written reach a slow reader, too" {
	mkfifo f go
	# Of a file two blocks are made, and the second one has the bad record near its end.
	{ seq 40000; printf 'a\0b\n'; seq 10; } >in
	rec-split <in >in.rec
	[ "$(mkstream dump <in.rec | grep -c '^data')" -eq 2 ]
	# The reader stops within that block, which is larger than the FIFO, until the command waits for it.
	exec 9<>go
	{ head -c 140000 && read -r _ <go && cat; } <f >got 3>&- 9>&- &
	reader=$!
	start env LD_PRELOAD="$(preload narrow)" rec-tee nul:f <in.rec >out.rec 2>err 9>&-
	within stands "$pid" got 140000
	echo >&9
	finish
	[ "$status" -eq 65 ]
	wait $reader
	exec 9>&-
	[ "$(<err)" = 'rec-tee: nul:f: record 40000: it holds a NUL byte' ]
	seq 40000 | tr '\n' '\0' | cmp - got
}

# watermark FILE: that of the stream's end mark.
watermark() {
	mkstream dump <"$1" | sed -n '$ s/^end .*next=\([0-9]*\) .*/\1/p'
}

@test "endpoints: nothing counts as done that is in no file yet" {
	local fail

	rec-split csv:o.csv >o.rec
	{ seq 30000; printf 'a\0b\n'; seq 10; } | rec-split >in.rec
	rec-tee nul:n <in.rec >out.rec 2>err || status=$?
	[ "$status $(watermark out.rec)" = '65 0' ]
	[ ! -e n ]
	rec-tee csv:c <o.rec >out.rec
	[ "$(watermark out.rec)" -eq 3 ]
	cmp c o.csv
	# Its name cannot be replaced: all other ends report it, wherever they stand.
	for fail in 'csv:d/c a.rec' 'a.rec csv:d/c'; do
		mkdir d
		mkfifo in
		# Its own shell opens the FIFO, which waits for the writer.
		# shellcheck disable=SC2016 # expanded there
		start sh -c 'exec rec-tee "$1" "$2" <in' sh "${fail% *}" "${fail#* }" >out.rec 2>err
		exec 9>in
		within sh -c '[ -e d/.rec.?????? ]'
		rm -r d
		cat o.rec >&9
		exec 9>&-
		finish
		[ "$status" -eq 74 ]
		[ "$(<err)" = 'rec-tee: csv:d/c: No such file or directory' ]
		for f in out.rec a.rec; do
			mkstream dump <$f | tail -n 1 | grep -q 'status=74 .*rec-tee: csv:d/c: No such file'
			[ "$(mkstream records <$f | grep -c =)" -eq 3 ]
		done
		[ "$(watermark out.rec)" -eq 0 ]
		rm in a.rec out.rec
	done
	refused 64 'rec-tee: csv:c: with --durable a file has its records at once, not at the end (rec-tee -h shows the usage)' \
		rec-tee --durable csv:c <o.rec
}

@test "endpoints: records go to a pipe as they come" {
	mkfifo in out
	rec-tee csv:out <in >rest 3>&- &
	exec 8>in 9<out
	mkstream 'table:{"framing":"csv"}\nid,price\n' 'data:0:1\,5' >&8
	IFS= read -r -t 60 header <&9
	IFS= read -r -t 60 row <&9
	[ "$header $row" = 'id,price 1,5' ]
	exec 8>&-
	wait $! || true
	exec 9<&-
}

@test "endpoints: what is not in the framing is 65 with its place, and the records before it pass" {
	printf 'id\n1\n"2' >bad.csv
	rec-fanin csv:bad.csv >out 2>err || status=$?
	[ "$status" -eq 65 ]
	[ "$(<err)" = 'rec-fanin: csv:bad.csv: record 1 at byte 5 (line 3): the quote that opens here is never closed' ]
	[ "$(mkstream records <out | grep -c =)" -eq 1 ]
	rec-split o.csv >o.rec
	refused 65 'rec-fanin: csv:o.rec: it is a record stream already: leave the framing before its name out' rec-fanin csv:o.rec
	refused 65 'rec-tee: tsv:t: the records are CSV: put rec-map to tsv before it' \
		rec-tee tsv:t < <(rec-split csv:o.csv)
	[ ! -e t ]
}

@test "endpoints: jsonl: lines that are no JSON, compressed ones, a file in place of another, a FIFO as it goes" {
	printf '{"a": 1}\r\n[2, "b c"]\n' >x.jsonl
	printf '{"a":1}\r\n[2,"b c"]\n' >want
	# Each command reads and writes it.
	rec-fanin jsonl:x.jsonl | rec-route 'locate /b/' jsonl:b jsonl:rest >/dev/null
	same b <(tail -n 1 want)
	same rest <(head -n 1 want)
	# The same file is read, and then replaced.
	rec-split jsonl:x.jsonl | rec-filter --else jsonl:x.jsonl locate /a/ >a.rec
	same x.jsonl <(tail -n 1 want)
	# A line that is no value: the records before it pass, and what they were to replace stays.
	printf '[1]\n[2] 3\n' >bad.jsonl
	rec-fanin jsonl:bad.jsonl >out.rec 2>err || status=$?
	[ "$status" -eq 65 ]
	[ "$(<err)" = 'rec-fanin: jsonl:bad.jsonl: record 1 at byte 8 (line 2): the line has more after its JSON value' ]
	[ "$(mkstream records <out.rec | grep -c =)" -eq 1 ]
	status=0
	rec-tee jsonl:x.jsonl <out.rec >again.rec 2>said || status=$?
	[ "$status" -eq 65 ] && [ ! -s said ] # its end mark says it
	status=0
	rec-split lines:want lines:bad.jsonl | rec-tee jsonl:x.jsonl >out.rec 2>err || status=$?
	[ "$status" -eq 65 ]
	[ "$(<err)" = 'rec-tee: jsonl:x.jsonl: record 3: it is not a JSON value (RFC 8259)' ]
	same x.jsonl <(tail -n 1 want)
	[ "$(compgen -G '.rec.*')" = '' ]
	gzip -c want >want.gz
	refused 65 'rec-fanin: jsonl:want.gz: compressed by gzip: rec-split -z reads it' rec-fanin jsonl:want.gz
	rec-split -z jsonl:want.gz | rec-join -f jsonl | same want -
	refused 65 'rec-fanin: jsonl:a.rec: it is a record stream already: leave the framing before its name out' rec-fanin jsonl:a.rec
	# A table is no JSON.
	refused 65 'rec-tee: jsonl:t: the records are CSV: put rec-map to json before it' rec-tee jsonl:t < <(rec-split csv:o.csv)
	[ ! -e t ]
	refused 64 "rec-fanin: jsonl:cmd:x: a command's bytes are read so: rec-split -f jsonl cmd:'x' (rec-fanin -h shows the usage)" \
		rec-fanin jsonl:cmd:x
	refused 64 "rec-tee: append:jsonl:x: only records are appended: cmd:'rec-join -f jsonl >>x' (rec-tee -h shows the usage)" \
		rec-tee append:jsonl:x
	# Each line goes to a pipe when it comes, and is read from one.
	mkfifo in out
	rec-fanin jsonl:in 2>err 3>&- | rec-tee jsonl:out >rest 3>&- &
	exec 8>in 9<out
	echo '{ "a" : 1 }' >&8
	IFS= read -r -t 60 line <&9
	[ "$line" = '{"a":1}' ]
	exec 8>&-
	wait $!
	exec 9<&-
	[ ! -s err ]
}

@test "endpoints: names that are none, and two outputs with one target, are 64" {
	local usage='(rec-tee -h shows the usage)'

	refused 64 "rec-tee: csv:cmd:x: a command gets bytes so: cmd:'rec-join -f csv | x' $usage" rec-tee csv:cmd:x
	refused 64 "rec-tee: append:csv:x: only records are appended: cmd:'rec-join -f csv >>x' $usage" rec-tee append:csv:x
	refused 64 "rec-fanin: csv:cmd:x: a command's bytes are read so: rec-split -f csv -H cmd:'x' (rec-fanin -h shows the usage)" \
		rec-fanin csv:cmd:x
	refused 64 "rec-tee: csv:: not an endpoint such as csv:FILE $usage" rec-tee csv:
	refused 64 "rec-fanin: json:cmd:x: a command's bytes are read so: rec-split -f json cmd:'x' (rec-fanin -h shows the usage)" \
		rec-fanin json:cmd:x
	: >csv:here
	refused 64 "rec-tee: csv:here: a file of that name exists: write ./csv:here for the file $usage" rec-tee csv:here
	mkdir d
	ln -s "$PWD" d/up
	for pair in 'csv:a csv:./a' 'csv:a csv:d/up/a' 'csv:a a' 'a csv:a'; do
		rec-split csv:o.csv | rec-tee "${pair% *}" "${pair#* }" >out 2>err || status=$?
		[ "$status" -eq 64 ]
		grep -q 'another output of this command goes there already' err
		status=0
		tried=$((${tried:-0} + 1))
		rm -f a
	done
	[ "$tried" -eq 4 ]
	for pair in '- csv:-' 'csv:- tsv:-' 'csv:- fd:01'; do # whatever standard output is
		# shellcheck disable=SC2016 # expanded there
		refused 64 "rec-route: ${pair#* }: another output of this command goes there already" \
			sh -c 'rec-split csv:o.csv | rec-route "where .price > 6" "$1" "$2" >/dev/null' sh "${pair% *}" "${pair#* }"
	done
	# Two names of one file.
	echo old >a
	ln a b
	for pair in 'csv:a csv:b' 'csv:a b' 'b csv:a'; do
		rec-split csv:o.csv | rec-tee "${pair% *}" "${pair#* }" >out 2>err || status=$?
		[ "$status" -eq 64 ]
		grep -qF 'another output of this command goes there already' err
		status=0
		[ "${pair#b }" != "$pair" ] || [ "$(cat a b)" = $'old\nold' ]
		tried=$((tried + 1))
	done
	[ "$tried" -eq 7 ]
	refused 66 "rec-fanin: csv:missing: No such file or directory" rec-fanin csv:missing
}

@test "endpoints: a link to a file that is not there yet is another name of it" {
	local taken='another output of this command goes there already' pair

	mkdir d
	ln -s ../a d/l
	ln -s d/l l
	rec-split csv:o.csv >o.rec
	for pair in 'csv:a csv:l' 'csv:l csv:a' 'csv:l csv:d/l' 'csv:l a' 'a csv:l' 'csv:l append:a'; do
		refused 64 "rec-tee: ${pair#* }: $taken" rec-tee "${pair% *}" "${pair#* }" <o.rec
		refused 64 "rec-route: ${pair#* }: $taken" rec-route 'where .price > 6' "${pair% *}" "${pair#* }" <o.rec
		refused 64 "rec-fanout: ${pair#* }: $taken" rec-fanout --to "${pair% *}" --to "${pair#* }" <o.rec
		[ "$(compgen -G '.rec.*')" = '' ]
		rm -f a
	done
	run -64 --separate-stderr sh -c 'rec-tee csv:l fd:8 <o.rec 8>a'
	[ "$stderr" = "rec-tee: fd:8: $taken" ]
	rm a
	run -64 --separate-stderr sh -c 'rec-filter --else csv:l where ".price > 6" <o.rec >a'
	[ "$stderr" = "rec-filter: csv:l: $taken" ]
	rm a
	# Files of one name in two folders are two.
	mkdir e
	rec-tee csv:d/a csv:e/a csv:l <o.rec >out.rec
	cmp o.csv d/a
	cmp o.csv e/a
	cmp o.csv a
	[ "$(readlink l d/l)" = $'d/l\n../a' ]
	rec-filter --else csv:l where '.price > 6' <o.rec | rec-join >kept
	[ "$(cat a kept)" = $'id,price\n1,5\nid,price\n2,20\n3,7' ]
}

@test "endpoints: a target that cannot be replaced is one line, and nothing is left" {
	local case path name

	mkdir d
	ln -s loop loop
	loop=$(rec-split loop 2>&1) || : # it ends with the words of the C library
	ln -s no/x far
	rec-split csv:o.csv >o.rec
	for case in 'd:Is a directory' 'd/:Is a directory' "loop:${loop##*: }" \
		'far:No such file or directory' 'no/x:No such file or directory' 'o.csv/x:Not a directory'; do
		path=${case%:*} name="${case%:*}: ${case#*:}"
		refused 73 "rec-join: $name" rec-join -o "$path" <o.rec
		refused 73 "rec-tee: csv:$name" rec-tee csv:a "csv:$path" <o.rec
		refused 73 "rec-route: csv:$name" rec-route 'where .price > 6' csv:a "csv:$path" <o.rec
		[ ! -e a ]
		[ "$(compgen -G '.rec.*')$(ls -A d)" = '' ]
	done
	echo old >old
	chmod 444 old
	chmod 777 d
	cp o.csv d/old
	chmod 555 d
	for path in old d/old d/new; do
		status=0
		unreadable rec-tee "csv:$path" <o.rec >out.rec 2>err || status=$?
		[ "$status $(<err)" = "77 rec-tee: csv:$path: Permission denied" ]
		status=0
		unreadable rec-join -o "$path" <o.rec 2>err || status=$?
		[ "$status $(<err)" = "77 rec-join: $path: Permission denied" ]
	done
	[ "$(<old)" = old ]
	[ "$(ls -A d)" = old ]
	cmp o.csv d/old
	chmod 755 d
}

@test "endpoints: rec-split takes a framing before a name for that input alone" {
	printf 'x\ty\n' >t.tsv
	rec-split -0 lines:o.csv nul:o.csv | mkstream records >out
	[ "$(grep -c = out)" -eq 5 ]
	rec-split -f json csv:o.csv csv:o.csv | rec-join >out
	[ "$(<out)" = $'id,price\n1,5\n2,20\n3,7\n1,5\n2,20\n3,7' ]
	refused 65 'rec-split: tsv:t.tsv: its table differs from that of csv:o.csv: it is TSV, not CSV' \
		rec-split csv:o.csv tsv:t.tsv
}

@test "endpoints: an option after the operands is refused before anything is read, unless a file has that name" {
	refused 64 'rec-split: -f: options come before the operands (a file of that name is written ./-f) (rec-split -h shows the usage)' \
		rec-split o.csv -f csv
	refused 64 'rec-fanin: --align: options come before the operands (a file of that name is written ./--align) (rec-fanin -h shows the usage)' \
		rec-fanin csv:o.csv --align
	refused 64 'rec-tee: -x: options come before the operands (a file of that name is written ./-x) (rec-tee -h shows the usage)' \
		rec-tee -- -x
	[ ! -e -x ]
	rec-split lines:o.csv | rec-tee ./-x >out
	rec-fanin -- -x | rec-join | cmp - o.csv
}
