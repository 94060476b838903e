#!/usr/bin/env bats
# stream: what a pipeline of record commands promises, shown by whole pipelines: the right answer, every framing there and back,
# no waiting, no silent loss, ends that travel both ways, bounded memory.

load helper

blocks=${BUILD:?}/tools/blocks

# gone GROUP: nothing but zombies is left of the process group.
gone() {
	cat /proc/[0-9]*/stat 2>/dev/null |
		awk -v group="$1" '{ sub(/^.*\) /, ""); if ($3 == group && $1 != "Z") left = 1 } END { exit left }'
}

not() {
	if "$@"; then return 1; fi
}

# larger FILE BYTES
larger() {
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge "$2" ]
}

# finder_and_last FINDER REASON: err has one line of the command that found the fault, and one of
# the last command with the same reason.
finder_and_last() {
	printf '%s\n' "$1: $2" "rec-join: standard input: its producer failed: $1: $2" >message
	same message err
}

# ---- the answer ----

@test "stream: paragraphs that hold a text are those that awk finds" {
	cat >paragraphs.awk <<-'AWK'
		function put() {
			if (paragraph != "" && index(paragraph, text) > 0)
				printf "%s\n", paragraph
			paragraph = ""
		}
		$0 == "" { put(); next }
		{ paragraph = paragraph $0 "\n" }
		END { put() }
	AWK
	found_any=0
	for file in "$repo/tests/data/status" /var/lib/dpkg/status; do
		[ -r "$file" ] || continue
		for text in libssl 'Priority: optional' Description no-such-text-anywhere; do
			LC_ALL=C awk -v text="$text" -f paragraphs.awk "$file" >expected
			statuses "rec-split -p <$file | rec-filter locate '/$text/' | rec-join -p"
			[ "$statuses" = '0 0 0' ]
			same expected out
			[ "$(rec-split -p "$file" | rec-filter -c locate "/$text/")" = "$(grep -c '^Package: ' expected)" ]
			! [ -s expected ] || found_any=$((found_any + 1))
			# And the rejected ones are all others.
			rec-split -p "$file" | rec-filter --else other.rec nlocate "/$text/" | rec-join -p >rest
			rec-join -p <other.rec | cmp expected -
			[ "$(cat rest expected | grep -c '^Package: ')" = "$(grep -c '^Package: ' "$file")" ]
			cases=$((${cases:-0} + 1))
		done
	done
	[ "$cases" -ge 4 ]
	[ "$found_any" -ge 3 ]
}

# ---- there and back ----

# there_and_back FRAMING SEED COUNT MOST: random records through rec-join and rec-split, and the bytes through both again, with
# short reads and writes.
there_and_back() {
	local framing=$1 n=$2

	"$BUILD/tools/records" make "$framing" "$n" "$3" "$4" >a.rec || return
	export REC_FAULT_SEED=$n
	statuses "fault rec-filter locate // <a.rec | fault rec-join -f '$framing'" || return
	[ "$statuses" = '0 0' ] || { cat err >&2; return 1; }
	mv out bytes
	statuses "fault rec-split -f '$framing' <bytes | fault rec-filter locate // | cat >b.rec" || return
	[ "$statuses" = '0 0 0' ] || { cat err >&2; return 1; }
	"$BUILD/tools/records" same a.rec b.rec >count || { cat count >&2; return 1; }
	[ "$(<count)" = "$3" ] || return
	statuses "cat bytes | fault rec-split -f '$framing' | fault rec-join -f '$framing'" || return
	[ "$statuses" = '0 0 0' ] || { cat err >&2; return 1; }
	same bytes out || return
	cases=$((${cases:-0} + 1))
	records=$((${records:-0} + $3))
}

framings='lines lines:3 crlf nul delim:; delim:abab paragraphs indented fixed:1 fixed:100 words escaped netstring
	u8 u16be u16le u32be u32le u64be u64le varint v vb csv csv:; csv-crlf tsv json jsonl json-seq start:^[a-z0-9] end:[a-z0-9]$
	logfmt fields fields:mail fields:ldif'

# bats test_tags=long
@test "stream: random records come back through every framing, with short reads and writes" {
	local seeds=(1 ${long:+2})

	for framing in $framings; do
		for seed in "${seeds[@]}"; do
			there_and_back "$framing" "$seed" 50 2000 || { echo "$framing, seed $seed" >&2; return 1; }
		done
	done
	[ "$cases" -eq $((36 * ${#seeds[@]})) ]
	[ "$records" -eq $((50 * cases)) ]
	# No framing is missing here, except those that can only be read, or only written.
	for framing in $(rec-split -f '?' 2>&1 | sed 's/.*there are //; s/(rec-split.*//; s/regex:ERE,*//; s/ none / /'); do
		grep -q "\(^\|[[:space:]]\)${framing%%:*}\([[:space:]:]\|\$\)" <<<"$framings" || { echo "$framing is not tried" >&2; return 1; }
		known=$((${known:-0} + 1))
	done
	[ "$known" -ge 25 ]
}

@test "stream: random records of up to 3 MB come back" {
	for framing in lines delim:abab paragraphs escaped netstring varint csv json; do
		there_and_back "$framing" 3 12 3000000 || { echo "$framing" >&2; return 1; }
	done
	[ "$cases" -eq 8 ]
}

# ---- no waiting ----

@test "stream: a line comes out at once while its producer stays silent" {
	mkfifo in
	start sh -c 'rec-split <in | rec-filter locate /x/ | rec-join >out'
	exec 4>in
	for i in 1 2 3; do
		echo "x$i" >&4
		within grep -qx "x$i" out
	done
	# Also if it is among others in one write, and through more commands and another output.
	printf 'a\nb\nxyz\nc\n' >&4
	within grep -qx xyz out
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
	printf 'x1\nx2\nx3\nxyz\n' >expected
	same expected out
	start sh -c 'rec-split fifo:in2 | rec-filter --else cmd:"rec-join >rejected" locate /x/ | rec-filter nlocate /y/ | rec-filter locate // | rec-join -0 >kept'
	within test -p in2
	exec 4>in2
	printf 'x1\nz1\n' >&4
	within grep -qx z1 rejected
	within larger kept 3
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
}

@test "stream: a filter that keeps nothing reports how far the stream has come, when it waits and every MiB" {
	mkfifo in
	start sh -c "rec-split <in | rec-filter locate /x/ | $blocks list >told"
	exec 4>in
	printf 'a\nb\n' >&4
	within grep -q '^data count=0 .*next=2 ' told
	exec 4>&-
	finish
	seq 1000001 2400000 >lines # 8 bytes each
	rec-split lines | rec-filter locate /x/ | "$blocks" list >told
	tail -n 1 told | grep -q '^end .*base=0 next=1400000 status=0'
	# 1 MiB of the input is 131,072 lines; one block more may have been read since.
	awk -F 'next=' '/^data count=0/ { split($2, n, " "); if (n[1] - last > 131072 + 16384) late = 1; last = n[1]; marks++ }
		END { exit late || marks < 9 || 1400000 - last > 131072 + 16384 }' told
	# If the rejected ones go out, such blocks are not needed.
	rec-split lines | rec-filter --else all.rec locate /x/ >/dev/null
	[ "$("$blocks" list <all.rec | grep -c '^data count=0')" -eq 0 ]
}

# ---- no silent loss ----

# bats test_tags=long
@test "stream: cut at every byte and with every bit changed, only whole blocks come through and the reader knows" {
	# make check-long tries all of the 1,700 cases of a stream. A sanitizer makes the commands
	# slow: there it is every 7th.
	each=${long:+1}
	[ -z "$SAN" ] || each=7
	each=${each:-3}
	printf 'one\n\nthree\nfour\n' >lines
	REC_BLOCK=5 rec-split lines >summed.rec
	REC_BLOCK=5 rec-split lines | cat >plain.rec
	[ "$("$blocks" list <summed.rec | grep -c '^data .*flags=1')" -ge 2 ]
	[ "$("$blocks" list <plain.rec | grep -c '^data .*flags=0')" -ge 2 ]
	for file in summed plain; do
		"$BUILD/tools/damage" "$BUILD/bin" $file.rec 37 "$each" >said || { cat said >&2; return 1; }
		[ "$(sed -n 's/^ok damage: \([0-9]*\) checks$/\1/p' said)" -gt $((3000 / each)) ]
	done
	# With positions.
	printf 'one\ntwo\nxyz\nfour\n' | rec-split | rec-filter locate /o/ | cat >positions.rec
	"$blocks" list <positions.rec | grep -q '^data .*flags=2$'
	"$BUILD/tools/damage" "$BUILD/bin" positions.rec 11 "$each" >said || { cat said >&2; return 1; }
	# With a table.
	printf '"id",name\n1,one\n2,"x\ny"\n' | REC_BLOCK=5 rec-split -f csv -H >table.rec
	mkstream dump <table.rec | grep -q '^table'
	"$BUILD/tools/damage" "$BUILD/bin" table.rec 11 "$each" >said || { cat said >&2; return 1; }
}

@test "stream: a killed producer is noticed, after exactly what it had put out" {
	mkfifo a b
	for i in 1 2 3 4 5 6 7 8; do
		start sh -c "exec rec-split cmd:'seq 1000000000' >a"
		split=$pid
		start sh -c 'exec rec-filter locate /7/ <a >b 2>err1'
		filter=$pid
		start sh -c 'exec rec-join <b >out 2>err2'
		join=$pid
		within larger out $((RANDOM * 8 + 1))
		kill -KILL "$split"
		finish "$split"
		finish "$filter"
		[ "$status" -eq 65 ]
		finish "$join"
		[ "$status" -eq 65 ]
		[ "$(lines err1)" -eq 1 ]
		grep -q '^rec-filter: standard input: cut off after [0-9]* whole records' err1
		[ "$(lines err2)" -eq 1 ]
		grep -q '^rec-join: standard input: its producer failed: rec-filter: standard input: cut off after' err2
		n=$(lines out)
		[ "$n" -gt 0 ]
		seq 1000000000 | grep 7 | head -n "$n" >expected
		same expected out
		rm out
	done
}

@test "stream: a block that is missing, doubled or out of its place is noticed" {
	REC_HOP=0 REC_BLOCK=5 rec-split <<<$'one\ntwo\nthree\nfour\nfive' | cat >a.rec
	n=$("$blocks" list <a.rec | grep -c .)
	[ "$n" -ge 5 ]
	end=$n
	good=$((n - 1))
	# in_order BLOCK...: damaged; what comes before the fault comes through.
	in_order() {
		local records=$1

		shift
		"$blocks" pick a.rec "$@" >b.rec
		statuses 'rec-filter locate // <b.rec | rec-filter locate // | rec-join'
		[ "$statuses" = '65 65 65' ] || { echo "$*: $statuses" >&2; return 1; }
		[ "$(lines out)" -eq "$records" ] || { echo "$*: $(lines out) records" >&2; return 1; }
		[ "$(lines err)" -eq 2 ]
		grep -q '^rec-filter: standard input: ' err
		grep -q '^rec-join: standard input: its producer failed: rec-filter: standard input: ' err
		cases=$((${cases:-0} + 1))
	}
	# One line a block, so records count blocks.
	"$blocks" list <a.rec | sed '$d' >told
	[ "$(grep -c 'count=1 ' told)" -eq "$good" ]
	all=$(seq "$n")
	for i in $(seq "$good"); do
		# shellcheck disable=SC2046,SC2086 # numbers
		in_order $((good - 1)) $(echo $all | tr ' ' '\n' | grep -vx "$i")
		grep -q 'rec-filter: .*the end mark counts other records than came' err
		# shellcheck disable=SC2046
		in_order "$i" $(seq "$i") "$i" $(seq $((i + 1)) "$n")
		[ "$i" -eq "$good" ] || {
			# shellcheck disable=SC2046
			in_order "$i" $(seq $((i - 1))) $((i + 1)) "$i" $(seq $((i + 2)) "$n")
		}
	done
	# shellcheck disable=SC2046
	in_order "$good" $(seq "$good")
	# shellcheck disable=SC2086
	in_order "$good" $all "$end"
	[ "$cases" -eq $((3 * good + 1)) ]
	# A stream twice is two streams.
	# shellcheck disable=SC2086
	"$blocks" pick a.rec $all $all | rec-filter locate // | rec-join >found
	printf 'one\ntwo\nthree\nfour\nfive\none\ntwo\nthree\nfour\nfive\n' >expected
	same expected found
}

# broken RULE WORD...: the stream that mkstream makes of the words is refused by a filter and by
# rec-join, with one line that ends with RULE; what came before comes through.
broken() {
	local rule=$1

	shift
	mkstream "$@" >broken.rec
	statuses 'rec-filter locate // <broken.rec | rec-filter locate // | rec-join'
	[ "$statuses" = '65 65 65' ] || { echo "$*: $statuses" >&2; return 1; }
	[ "$(lines err)" -eq 2 ] || { cat err >&2; return 1; }
	[[ $(head -n 1 err) == "rec-filter: standard input: block "*": $rule" ]] || { cat err >&2; return 1; }
	grep -q '^rec-join: standard input: its producer failed: rec-filter: standard input: block ' err
	[ "$(LC_ALL=C tr -d '\n -~' <err | wc -c)" -eq 0 ] || { echo "$*: control bytes in: $(cat -v err)" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

@test "stream: a table that is damaged, doubled, out of its place or missing is 65, by its rule" {
	local csv='table:{"framing":"csv"}\n'

	broken 'a second table in one stream' "${csv}id\n" "${csv}id\n" data:0:1 end
	broken 'a second table in one stream' "${csv}id\n" data:0:1 "${csv}id\n" data:1:1 end
	[ "$(<out)" = $'id\n1' ]
	broken "a table that is not the stream's first block" data:0:1 "${csv}id\n" data:1:1 end
	[ "$(<out)" = 1 ]
	broken "a table that is not the stream's first block" mark:4 "${csv}id\n" data:4:1 end
	for kind in data:0:1 mark:1 loss:0:1:1 end end:3:why; do
		broken "the stream's table is missing (has another command read it?)" flags:4 "$kind" end
		broken 'it does not belong to the table before it' "${csv}id\n" flags:4 "$kind" end
	done
	# Offers and wakes may come before it, but have no flag.
	mkstream offer wake "${csv}id\n" offer data:0:1 wake end offer | rec-join >out
	[ "$(<out)" = $'id\n1' ]
	broken 'an unused field is not 0' flags:4 offer "${csv}id\n" end
	broken 'an unused field is not 0' flags:4 "${csv}id\n" end
	broken 'an unused field is not 0' flags:2 "${csv}id\n" end
	broken 'the checksum of a table does not cover it' flags:1 "${csv}id\n" end
	broken 'the checksum does not match' "${csv}id\n" end flip:60.0
	broken 'the table is empty' table: end
	broken 'the table has no line of JSON' 'table:{"framing":"csv"}' end
	broken "the table's first line is no JSON object" 'table:id,price\n1,2\n' end
	broken "the table's first line has blanks" 'table:{"framing": "csv"}\nid\n' end
	broken "the table's header is empty" "${csv}\r\n" end
	[ "$cases" -eq 24 ]
}

@test "stream: tables with hostile names pass, and messages of them are harmless" {
	local csv='table:{"framing":"csv"}\n'

	printf '\033[2J,"a\0b",""""\r\n1,2,3\n' >hostile.csv
	mkstream "$csv"'\x1b[2J,"a\0b",""""\r\n' 'data:0:1\,2\,3' end >hostile.rec
	rec-filter locate // <hostile.rec | rec-join | cmp - hostile.csv
	broken 'its table differs from the one before: column 1 is "\u001b[2J", not "id"' "${csv}id\n" data:0:1 end "$csv"'\x1b[2J\n' data:0:1 end
	broken 'its table differs from the one before: column 2 is "a\u0000b", and there are only 1' "${csv}id\n" end "$csv"'id,a\0b\n' end
	broken 'its table differs from the one before: column 1 is "\xFF\u{9B}", not "id"' "${csv}id\n" end "$csv"'\xff\xc2\x9b\n' end
	# 10,000 columns, and a name that is long.
	{ seq -s , 10000; seq -s , 10000; } >wide.csv
	rec-split -f csv -H wide.csv | rec-filter locate /77/ | rec-join | cmp - wide.csv
	{ seq -s , 9999 | tr -d '\n'; echo ,x; } >other.csv
	{ rec-split -f csv -H wide.csv; rec-split -f csv -H other.csv; } >both.rec
	statuses 'rec-join <both.rec'
	[ "$statuses" = 65 ]
	same wide.csv out
	grep -q 'column 10000 is "x", not "10000"$' err
	broken 'its table differs from the one before: column 1 is "000000000000000000000000... +2,976 bytes", not "id"' "${csv}id\n" end "$csv$(printf '%03000d' 7)\n" end
	[ "$(head -n 1 err | wc -c)" -lt 300 ]
}

@test "stream: a table's other members and bytes pass every way; REC_MAX, -n 0 and --rate leave it alone" {
	local table='table:{"framing":"csv","unit":["EUR",{"a":"b c"}]}\ncaf\xe9\,"price"\n'

	mkstream "$table" 'data:0:1\,5' 'data:1:2\,7' end >in.rec
	mkstream dump <in.rec | head -n 1 >want
	grep -qF '"unit":["EUR",{"a":"b c"}]' want
	rec-shm create --mode queue "t$$"
	# shellcheck disable=SC2016 # that shell expands
	for command in 'rec-filter where ".price > 6"' 'rec-fanout -j 2 rec-take 9' 'rec-only "locate /7/" rec-take 1' \
		'rec-fanin in.rec -' 'rec-route "locate /7/" - /dev/null' 'rec-take 0' 'rec-filter -n 0 locate //' \
		'REC_MAX=3 rec-take 1' 'rec-unique first .price' "rec-shm receive t$$"; do
		[[ $command != rec-shm* ]] || start rec-shm send "t$$" <in.rec
		bash -c "$command" <in.rec >out.rec
		mkstream dump <out.rec | head -n 1 | same want - || { echo "$command" >&2; return 1; }
		rec-join <out.rec | head -n 1 | cmp - <(printf 'caf\351,"price"\n')
	done
	finish
	REC_MAX=3 rec-split -f csv -H < <(printf 'a long header,b\n1,2\n') | rec-join >out
	[ "$(<out)" = $'a long header,b\n1,2' ]
	# At one record an hour the header does not wait.
	start bash -c 'rec-meter -q --rate 1rec/h <in.rec | rec-join >slow'
	within grep -qs price slow
	kill -TERM -- -"$pid"
	finish
}

@test "stream: a stream that is only a table, and one that ends with a table, are cut off" {
	mkstream 'table:{"framing":"csv"}\nid\n' >only.rec
	statuses 'rec-filter locate // <only.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ "$(<out)" = id ]
	grep -q 'cut off after 0 whole records, without an end mark' err
	mkstream 'table:{"framing":"csv"}\nid\n' data:0:1 end 'table:{"framing":"csv"}\nid\n' >two.rec
	statuses 'rec-filter locate // <two.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ "$(<out)" = $'id\n1' ]
	grep -q 'cut off after 1 whole records, without an end mark' err
}

@test "stream: a table of no records holds for records after it, at once or later, and not for those before" {
	printf 'id,price\n' | rec-split -f csv -H >h.rec
	seq 2 | rec-split >n.rec
	cat h.rec n.rec >hn.rec
	mkfifo in
	for command in 'rec-filter locate //' 'rec-take 9' 'rec-tee copy.rec' 'rec-fanin -' 'rec-fanout -k rec-take 9' 'rec-tee append:log.rec'; do
		statuses "$command <hn.rec | rec-join"
		[ "$statuses" = '65 65' ]
		printf 'id,price\n' | same - out
		grep -q '^rec-.*: its records have no table, but .* declare.* (id, price)$' err
		mv err err.at-once
		# The records come only after the header has been written.
		start bash -c "$command <in 2>err | rec-join >out 2>>err; echo \"\${PIPESTATUS[*]}\" >st"
		exec 9>in
		cat h.rec >&9
		within grep -qsx id,price out
		cat n.rec >&9
		exec 9>&-
		finish
		[ "$(<st)" = '65 65' ]
		printf 'id,price\n' | same - out
		same err.at-once err
		cat n.rec h.rec n.rec >nhn.rec
		statuses "$command <nhn.rec | rec-join"
		[ "$statuses" = '0 0' ]
		printf '%d\n' 1 2 1 2 | same - out
	done
	# In a file that is appended to.
	rec-tee append:all.rec <h.rec >h2.rec
	rec-tee append:all.rec <n.rec >n2.rec
	statuses 'rec-join <all.rec'
	[ "$statuses" = 65 ]
	printf 'id,price\n' | same - out
}

@test "stream: two writers at once on one pipe are noticed" {
	mkfifo in1 in2 p
	start sh -c 'exec rec-filter locate // <p >kept.rec 2>err1'
	filter=$pid
	start sh -c '{ rec-split <in1 & rec-split <in2 & wait; } >p'
	exec 4>in1 5>in2
	echo first >&4
	within grep -q -a first kept.rec
	echo second >&5
	finish "$filter"
	[ "$status" -eq 65 ]
	exec 4>&- 5>&-
	finish
	statuses 'rec-join <kept.rec'
	[ "$statuses" = 65 ]
	[ "$(<out)" = first ]
	grep -q '^rec-filter: standard input: block 2 ' err1
	# Even if one of them has no records.
	start sh -c '{ rec-split <in1 & rec-split </dev/null & wait; } >p'
	start sh -c 'exec rec-join <p >out 2>err1'
	join=$pid
	exec 4>in1
	echo first >&4
	{ seq 3 | rec-split | head -c -40; rec-split </dev/null; seq 3 | rec-split; } >mixed.rec
	exec 4>&-
	finish "$join"
	statuses 'rec-join <mixed.rec'
	[ "$statuses" = 65 ]
	[ "$(lines out)" -eq 3 ]
	# One after the other they are a stream, however.
	statuses '{ seq 3 | rec-split; rec-split </dev/null; seq 4 5 | rec-split; } | rec-filter locate // | rec-join'
	[ "$statuses" = '0 0 0' ]
	seq 5 | cmp - out
}

@test "stream: an input of no bytes at all, of plain text, or of shown records is refused with the way out" {
	for source in true 'cat /dev/null'; do
		statuses "$source | rec-filter locate // | rec-filter locate // | rec-join"
		[ "$statuses" = '0 65 65 65' ]
		[ ! -s out ]
		finder_and_last rec-filter 'standard input: no bytes at all: not even the end mark of an empty stream; what should have written it was not run or was killed'
	done
	for text in '2026-11-22 and so on, more than is shown here' 'x' '{"a": 1}' '\n' '\037\213\010' '\253rex' '\253re'; do
		# shellcheck disable=SC2059
		printf "$text" >text
		statuses 'cat text | rec-filter locate // | rec-filter locate // | rec-join'
		[ "$statuses" = '0 65 65 65' ]
		[ ! -s out ]
		[ "$(lines err)" -eq 2 ]
		finder_and_last rec-filter "$(sed -n '1s/^rec-filter: //p' err)"
		cases=$((${cases:-0} + 1))
	done
	[ "$cases" -eq 7 ]
	statuses 'echo 2026-11-22 and so on, more than is shown here | rec-join'
	[ "$statuses" = '0 65' ]
	grep -q '^rec-join: standard input: not a record stream (it begins "2026-11-22 and so on.*\.\.\."); put rec-split before it$' err
	# It is reported as soon as it is known.
	mkfifo in
	start sh -c 'exec rec-join <in >out 2>err'
	exec 4>in
	printf h >&4
	finish
	exec 4>&-
	[ "$status" -eq 65 ]
	# On a terminal records are shown as text; that text is recognized again.
	echo a | rec-split >a.rec
	needs_terminal
	script -qec 'rec-filter locate /a/ <a.rec' /dev/null >shown </dev/null
	tr -d '\r' <shown | grep -q 'a$'
	st=0
	rec-filter locate /a/ <shown >out 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q 'shown on a terminal' err
	# A terminal is no record stream.
	st=0
	script -qec 'rec-filter locate /a/' /dev/null >said </dev/null || st=$?
	[ "$st" -eq 64 ]
	grep -q 'rec-filter: standard input: a terminal' said
}

@test "stream: bytes after the end of a stream are noticed" {
	seq 3 | rec-split >a.rec
	statuses '{ cat a.rec; echo text that is longer than a header of forty bytes; } | rec-filter locate // | rec-join'
	[ "$statuses" = '0 65 65' ]
	[ "$(lines out)" -eq 3 ]
	finder_and_last rec-filter "$(sed -n '1s/^rec-filter: //p' err)"
	grep -q 'block 3 at byte ' err
	statuses '{ cat a.rec; echo short; } | rec-filter locate // | rec-join'
	[ "$statuses" = '0 65 65' ]
	[ "$(lines out)" -eq 3 ]
	# A failure in the middle ends the input: what follows is not read.
	statuses "{ rec-split cmd:'seq 2; exit 3'; cat a.rec; } 2>/dev/null | rec-filter locate // | rec-join"
	[ "${statuses#* }" = '65 65' ]
	[ "$(lines out)" -eq 2 ]
	[ "$(lines err)" -eq 1 ]
}

@test "stream: a producer that fails says why at the far end, once" {
	statuses "rec-split cmd:'echo hi; exit 3' | rec-filter locate /h/ | rec-filter nlocate /x/ | rec-join"
	[ "$statuses" = '65 65 65 65' ]
	echo hi >expected
	same expected out
	finder_and_last rec-split 'cmd:echo hi; exit 3: exit status 3'
	# A count is an end of the stream as well.
	statuses "rec-split cmd:'echo hi; exit 3' | rec-filter locate /h/ | rec-filter -c locate //"
	[ "$statuses" = '65 65 65' ]
	[ "$(<out)" = 1 ]
	[ "$(lines err)" -eq 2 ]
	grep -q '^rec-filter: standard input: its producer failed: rec-split: cmd:' err
	# Control bytes and newlines in a name stay harmless, and a long reason is cut.
	name=$(printf 'no\n\033[31msuch %02000d' 0)
	rec-split "$name" 2>err1 | rec-join >out 2>err || true
	[ "$(lines err)" -eq 1 ]
	[ "$(lines err1)" -eq 1 ]
	[ "$(wc -c <err)" -lt 1200 ]
	[ "$(grep -c $'\033' err)" -eq 0 ]
}

@test "stream: a killed reader leaves a fault where it should be, and none in its producer" {
	mkfifo p q
	start sh -c "exec rec-split cmd:'yes' >p"
	split=$pid
	start sh -c 'exec rec-filter locate // <p >q'
	filter=$pid
	start sh -c 'exec rec-join <q >out 2>err'
	join=$pid
	within larger out 100000
	kill -KILL "$filter"
	finish "$split"
	[ "$status" -eq 0 ]
	finish "$join"
	[ "$status" -eq 65 ]
	grep -q '^rec-join: standard input: cut off after' err
}

# ---- ends travel both ways ----

@test "stream: a reader that wants no more ends all commands before it, and that is no failure" {
	statuses 'timeout 20 yes | rec-split | rec-filter locate /y/ | head -c 10'
	[ "${statuses#* }" = '0 0 0' ]
	[ ! -s err ]
	larger out 10
	st=0
	bash -c 'set -o pipefail; rec-split cmd:yes | rec-filter locate /y/ | rec-filter -n 3 locate /y/ | rec-join >out' 3>&- || st=$?
	[ "$st" -eq 0 ]
	[ "$(lines out)" -eq 3 ]
	st=0
	bash -c 'set -o pipefail; rec-split cmd:yes | rec-filter locate /y/ | rec-filter -q locate /y/' 3>&- || st=$?
	[ "$st" -eq 0 ]
	# A fault that is known by then is reported nevertheless.
	seq 100000 | rec-split >a.rec
	statuses "rec-split missing cmd:yes 2>/dev/null | rec-filter -n 1 locate // | rec-join"
	[ "$statuses" = '66 0 0' ]
}

@test "stream: an idle command ends when its reader has gone" {
	mkfifo in p
	start sh -c 'exec rec-split <in >p'
	exec 4>in 5<p
	echo a >&4
	head -c 40 <&5 >begin
	exec 5<&-
	finish
	[ "$status" -eq 0 ]
	exec 4>&-
	# The whole pipeline, with its producer silent.
	mkfifo in2
	# shellcheck disable=SC2016
	start bash -c 'rec-split <in2 | rec-filter locate /a/ | rec-join | head -n 1 >out; echo "${PIPESTATUS[*]}" >statuses'
	exec 4>in2
	printf 'a\n' >&4
	finish
	exec 4>&-
	[ "$(<out)" = a ]
	[ "$(<statuses)" = '0 0 141 0' ]
	# With two outputs it continues for the one that is left, and ends with the last.
	mkfifo in3 kept rejected
	start sh -c 'exec rec-split <in3 >p'
	start sh -c 'exec rec-filter --else rejected locate /a/ <p >kept'
	filter=$pid
	exec 4>in3 5<kept 6<rejected
	printf 'a\nb\n' >&4
	head -c 40 <&5 >begin
	head -c 40 <&6 >begin
	exec 5<&-
	printf 'b2\n' >&4
	start sh -c 'grep -q -m 1 -a b2 <&6'
	finish
	not ended "$filter"
	exec 6<&-
	finish "$filter"
	[ "$status" -eq 0 ]
	exec 4>&-
}

@test "stream: a signal says in the end mark that this is not a good end, and kills" {
	mkfifo in p q
	for sig in TERM HUP INT; do
		number=$(kill -l "$sig")
		start sh -c 'exec rec-split <in >p'
		split=$pid
		start sh -c 'exec rec-filter locate /a/ <p >q 2>err1'
		filter=$pid
		start sh -c 'tee copy.rec <q | rec-join >out 2>err'
		join=$pid
		exec 4>in
		printf 'a\nb\n' >&4
		within test -s out
		# It is between two blocks now, and the watermark has gone out: it waits.
		within sh -c "$blocks list <copy.rec | grep -q 'next=2 '"
		kill -s "$sig" "$filter"
		finish "$filter"
		[ "$status" -eq $((128 + number)) ]
		[ ! -s err1 ]
		finish "$join"
		[ "$status" -eq 65 ]
		grep -qx "rec-join: standard input: its producer failed: rec-filter: ended by SIG$sig" err || { cat err >&2; return 1; }
		"$blocks" list <copy.rec | tail -n 1 | grep -q "^end .*status=$((128 + number)) "
		# Its producer has no reader any more.
		finish "$split"
		[ "$status" -eq 0 ]
		exec 4>&-
		rm out copy.rec
	done
	# The process of cmd: ends no later than rec-split.
	start rec-split "cmd:echo \$\$ >child; exec sleep 60" >a.rec
	within test -s child
	within grep -q -a sleep "/proc/$(<child)/cmdline"
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	child=$(<child)
	within ended "$child"
}

@test "stream: Ctrl-C at random moments ends all and leaves no file half published" {
	seq 3000 >old
	seq 100000 >new
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		cp old file
		start bash -c "rec-split new 'cmd:seq 100001 1000000000' | rec-filter --else cmd:'rec-join >rejected' locate /0/ /1/ | rec-filter --else append:rest.rec locate /1/ | rec-join -o file"
		within not gone "$pid" # it is the leader of its group from then on
		case $i in
		1) ;;
		2 | 3) within test -e rejected ;;
		*) within larger rejected $((RANDOM * 20)) ;;
		esac
		kill -INT -- "-$pid"
		within gone "$pid"
		finish
		same old file
		find . -name '.rec*' >litter
		[ ! -s litter ]
		rm -f rejected rest.rec
	done
}

@test "stream: a full disk in the middle is reported by the command that meets it, and ends the rest" {
	statuses 'rec-split cmd:yes | rec-filter locate /y/ >/dev/full'
	[ "$statuses" = '0 74' ]
	[ "$(lines err)" -eq 1 ]
	statuses 'rec-split cmd:yes | rec-filter locate /y/ | rec-join >/dev/full'
	[ "$statuses" = '0 0 74' ]
	[ "$(lines err)" -eq 1 ]
	# An error of the disk that comes late is an error; so is one at the close.
	seq 100000 >input
	st=0
	REC_FAULT_WRITE=1:200000:ENOSPC fault rec-split input >a.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(lines err)" -eq 1 ]
	statuses 'rec-join <a.rec'
	[ "$statuses" = 65 ]
	head -n "$(lines out)" input | cmp - out
	for command in 'rec-split input' 'rec-filter locate // <good.rec' 'rec-join <good.rec'; do
		rec-split input >good.rec
		for setting in REC_FAULT_CLOSE=1:EIO REC_FAULT_WRITE=1:5000:EIO REC_FAULT_WRITE=1:0:EDQUOT; do
			statuses "$setting fault $command | cat >/dev/null"
			[ "$statuses" = '74 0' ] || { echo "$setting $command: $statuses" >&2; return 1; }
			[ "$(grep -c '^rec-[a-z]*: standard output: ' err)" -eq 1 ]
		done
		[ "$command" = 'rec-split input' ] || {
			statuses "REC_FAULT_READ=0:100000:EIO fault $command | cat >/dev/null"
			[ "$statuses" = '74 0' ] || { echo "read: $command: $statuses" >&2; return 1; }
		}
	done
}

# ---- several outputs ----

@test "stream: an output that is not read does not keep records from the other output" {
	seq 400000 >input
	for stuck in kept rejected; do
		mkfifo kept rejected gate
		other=$([ $stuck = kept ] && echo rejected || echo kept)
		start sh -c 'rec-split input | rec-filter --else rejected locate /7/ /8/ /9/ >kept'
		filter=$pid
		start sh -c "exec 5<$stuck; read -r go <gate; exec rec-join <&5 >$stuck.out"
		start sh -c "rec-join <$other >$other.out"
		# Nothing of one output is read. The other one comes nevertheless, and lacks no more
		# than what its pipe holds.
		within larger "$other.out" 20000
		[ ! -e $stuck.out ]
		echo go >gate
		finish "$filter"
		[ "$status" -eq 0 ]
		within sh -c "cat kept.out rejected.out | wc -l | grep -qx 400000"
		grep '[789]' input | cmp - kept.out
		grep -v '[789]' input | cmp - rejected.out
		rm kept rejected gate kept.out rejected.out
	done
}

@test "stream: an output that is not read does not keep the other one from reporting how far it has come" {
	mkfifo kept rejected
	start sh -c 'exec sleep 60 <kept'
	start sh -c "exec $blocks list <rejected >told"
	start sh -c 'exec rec-split cmd:"yes 123456789" >p.rec'
	yes=$pid
	within larger p.rec 5000000
	kill -KILL "$yes"
	finish "$yes"
	# Everything is kept, and nobody reads it. A reader that wants order waits to hear how far
	# the other output has come; its watermark stays.
	start sh -c 'exec rec-filter --else rejected locate /1/ <p.rec >kept'
	within grep -q "^data count=0 .*base=[1-9].* next=0" told
}

@test "stream: both outputs of a filter, read at different speeds, come out whole" {
	seq 300000 >input
	mkfifo b
	start sh -c 'exec rec-join <b >rejected'
	rejected=$pid
	statuses 'rec-split input | rec-filter --else fifo:b locate /3/ /7/ | REC_BLOCK=1000 rec-filter nlocate /x/ | rec-join'
	[ "$statuses" = '0 0 0 0' ]
	finish "$rejected"
	[ "$status" -eq 0 ]
	grep '[37]' input | cmp - out
	grep -v '[37]' input | cmp - rejected
}

# ---- memory ----

@test "stream: memory does not grow with the length of the stream" {
	mkfifo in p q r
	start sh -c 'exec rec-split <in >p'
	split=$pid
	start sh -c 'exec rec-filter --else /dev/null locate /5/ <p >q'
	filter=$pid
	start sh -c 'exec rec-join <q >r'
	join=$pid
	start sh -c 'exec grep --line-buffered "^part" <r >parts'
	line='203.0.113.195 - - [22/Nov/2026:10:15:32 +0000] "GET /index/5/item.html HTTP/1.1" 200 48211 "-" "Mozilla/5.0 (X11; Linux)"'
	exec 4>in
	peak() {
		awk '/^VmHWM:/ { print $2 }' "/proc/$1/status"
	}
	# Other lines too, so that blocks are copied and not only passed.
	{ yes "$line
$line
other" | head -c 20000000; printf '\npart 5 one\n'; } >&4
	early=
	within grep -q one parts
	for process in $split $filter $join; do
		early="$early $(peak "$process")"
	done
	{ yes "$line
$line
other" | head -c 180000000; printf '\npart 5 two\n'; } >&4
	n=0
	within grep -q two parts
	for process in $split $filter $join; do
		n=$((n + 1))
		late=$(peak "$process")
		echo "command $n: $(echo "$early" | cut -d ' ' -f $((n + 1))) kB after 20 MB, $late kB after 200 MB"
		[ "$late" -le $(($(echo "$early" | cut -d ' ' -f $((n + 1))) + 1024)) ]
		[ -n "$SAN" ] || [ "$late" -lt 8192 ]
	done
	[ "$n" -eq 3 ]
	exec 4>&-
	finish "$join"
	[ "$status" -eq 0 ]
}

@test "stream: a header that announces much takes no memory for it" {
	# A block of 60 MB is announced, and 3 MB of it come.
	head -c 62000000 /dev/zero | rec-split -f fixed:62000000 | head -c 3000000 >claim.rec
	mkfifo p
	start sh -c 'exec rec-join <p >out 2>err'
	exec 4>p
	cat claim.rec >&4
	[ -n "$SAN" ] || [ "$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status")" -lt 20000 ]
	exec 4>&-
	finish
	[ "$status" -eq 65 ]
	[ ! -s out ]
}
