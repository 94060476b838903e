#!/usr/bin/env bats
# rec-take: passes the front of a stream, or its back, and stops reading when it has it.

load helper
load sieve

@test "rec-take: N records from the beginning or the end" {
	input='a\n\nb\nccc\nb\n'
	case_of '' "$input" 0
	case_of 'a\n' '\nb\nccc\nb\n' 1
	case_of 'a\n\nb\n' 'ccc\nb\n' 3
	case_of 'a\n\nb\n' 'ccc\nb\n' first 3
	case_of 'a\n\nb\nccc\n' 'b\n' 4
	case_of "$input" '' 5
	case_of "$input" '' 6
	case_of "$input" '' 18446744073709551615
	swapped "$input" '' last 0
	swapped 'a\n\nb\nccc\n' 'b\n' last 1
	swapped 'a\n\n' 'b\nccc\nb\n' last 3
	swapped '' "$input" last 5
	swapped '' "$input" last 7k
	input=''
	case_of '' '' 0
	case_of '' '' 2
	swapped '' '' last 0
	swapped '' '' last 2
	input='only'
	case_of '' only 0
	case_of only '' 1
	swapped '' only last 1
	swapped only '' last 0
	[ "$cases" -eq 21 ]
}

@test "rec-take: N bytes; a record that they end in is divided, and both parts have its position" {
	# Where no record is divided, it is as with records.
	input='ab\n\ncd\nefg\n'
	case_of '' "$input" 0 bytes
	case_of 'ab\n' '\ncd\nefg\n' 2 bytes
	case_of 'ab\n\ncd\n' 'efg\n' 4 bytes
	case_of "$input" '' 7 bytes
	case_of "$input" '' 1K bytes
	swapped "$input" '' last 0 bytes
	swapped 'ab\n\ncd\n' 'efg\n' last 3 bytes
	swapped 'ab\n\n' 'cd\nefg\n' last 5 bytes
	swapped '' "$input" last 7 bytes
	swapped '' "$input" last 8 bytes
	[ "$cases" -eq 10 ]
	# shellcheck disable=SC2059
	for size in 1 3 262080; do
		printf "$input" | REC_BLOCK=$size rec-split >input.rec
		for n in 1 3 5 6; do
			rec-take --else other.rec $n bytes <input.rec >kept.rec
			mkstream records <kept.rec | grep -v ^end >front
			mkstream records <other.rec | grep -v ^end >back
			# The parts of the divided record stand at one position, the first bytes in front.
			awk -F= -v n=$n '{ if (($1 in t) && t[$1] != "") split_at++; t[$1] = t[$1] $2; got += FILENAME == "front" ? length($2) : 0 }
				END { exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" && split_at == 1 && got == n) }' front back
			rec-take --else other.rec last $n bytes <input.rec >kept.rec
			mkstream records <other.rec | grep -v ^end >front
			mkstream records <kept.rec | grep -v ^end >back
			awk -F= -v n=$n '{ t[$1] = t[$1] $2; got += FILENAME == "back" ? length($2) : 0 }
				END { exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" && got == n) }' front back
		done
	done
}

@test "rec-take: until and while a verb decides; --after takes the deciding record too" {
	input='one\ntwo\n\nthree\ntwo\n'
	case_of 'one\n' 'two\n\nthree\ntwo\n' until locate /two/
	case_of 'one\ntwo\n' '\nthree\ntwo\n' until --after locate /two/
	case_of 'one\ntwo\n' '\nthree\ntwo\n' --after until locate /two/
	case_of 'one\ntwo\n' '\nthree\ntwo\n' until locate --after /two/
	case_of '' "$input" until locate /one/
	case_of 'one\n' 'two\n\nthree\ntwo\n' --after until locate /one/
	case_of 'one\ntwo\n\n' 'three\ntwo\n' until locate /three/ /four/
	case_of "$input" '' until locate /four/
	case_of "$input" '' --after until locate /four/
	case_of 'one\ntwo\n' '\nthree\ntwo\n' until nlocate
	case_of 'one\ntwo\n' '\nthree\ntwo\n' while locate
	case_of 'one\ntwo\n\n' 'three\ntwo\n' while --after locate
	case_of "$input" '' while locate //
	case_of '' "$input" while nlocate //
	case_of 'one\n' 'two\n\nthree\ntwo\n' while --after nlocate //
	case_of 'one\ntwo\n\n' 'three\ntwo\n' -i until locate /THREE/
	case_of 'one\ntwo\n\n' 'three\ntwo\n' until -e three locate
	case_of 'one\ntwo\n\n' 'three\ntwo\n' until locate -e THREE -i
	case_of 'one\n' 'two\n\nthree\ntwo\n' -- until locate -- /two/
	input=''
	case_of '' '' until locate /two/
	case_of '' '' while locate /two/
	input='last'
	case_of '' last until locate /last/
	case_of last '' until --after locate /last/
	[ "$cases" -eq 23 ]
}

@test "rec-take: -F and -H belong to every verb; the first record of -H passes and is not judged, nor counted" {
	input='h1,h2\na,1\nb,2\nh1,h2\nc,3\n'
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' -H until locate csv h2 /2/
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' until -H locate csv h2 /2/
	case_of 'h1,h2\na,1\nb,2\n' 'h1,h2\nc,3\n' -H --after until locate csv h2 /2/
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' -H while locate csv h2 /1/
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H until locate csv h1 /a/
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H while locate /2/
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H until locate csv h2 /9/
	case_of 'h1,h2\na,1\nb,2\n' 'h1,h2\nc,3\n' -H until locate /h1/
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' -F , -H until locate f2 /2/
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' -H until locate -F, f2 /2/
	case_of 'h1,h2\na,1\nb,2\nh1,h2\n' 'c,3\n' -H until match '/^c/'
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H 0
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' -H 1
	case_of 'h1,h2\na,1\nb,2\nh1,h2\n' 'c,3\n' -H 3
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H 4
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H 9
	case_of 'h1,h2\na,1\nb,2\n' 'h1,h2\nc,3\n' -H 6 bytes
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' --header last 0
	case_of 'h1,h2\nc,3\n' 'a,1\nb,2\nh1,h2\n' --header last 1
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' --header last 3
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -F , until locate f2 /1/
	input='h1,h2'
	case_of 'h1,h2' '' -H 0
	case_of 'h1,h2' '' -H 1
	case_of 'h1,h2' '' -H last 1
	case_of 'h1,h2' '' -H until locate csv h2 /h/
	case_of 'h1,h2' '' -H while locate csv h2 /x/
	input=''
	case_of '' '' -H 0
	case_of '' '' -H 2
	case_of '' '' -H last 2
	case_of '' '' -H until locate csv h2 /h/
	[ "$cases" -eq 30 ]
}

@test "rec-take: --each-line, records of several lines and of any bytes" {
	printf '3:a\nb,3:b\na,4:\0\nbb,0:,1:b,' | rec-split -f netstring >input.rec
	rec-take --each-line until match '/^b/' <input.rec | rec-join -f netstring >kept
	printf '' >kept.want
	same kept.want kept
	rec-take until match '/^b/' <input.rec | rec-join -f netstring >kept
	printf '3:a\nb,' >kept.want
	same kept.want kept
	rec-take -H until match --each-line '/^bb$/' <input.rec | rec-join -f netstring >kept
	printf '3:a\nb,3:b\na,' >kept.want
	same kept.want kept
	sh -c 'rec-take until match '"'/^b\na/'"' <input.rec' | rec-join -f netstring >kept
	printf '3:a\nb,' >kept.want
	same kept.want kept
}

@test "rec-take: a first record that lacks the name asked for is 65, and nothing passes" {
	printf 'h1,h2\na,1\n' | rec-split >input.rec
	st=0
	rec-take -H --else other.rec until locate csv h3 /1/ <input.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
	mkstream records <kept.rec >kept || :
	mkstream records <other.rec >other || :
	[ "$(grep -c = kept other | tr '\n' ' ')" = 'kept:0 other:0 ' ]
	grep -q '^end 0 65 .*h3' kept && grep -q '^end 0 65 .*h3' other
}

# bats test_tags=random
@test "rec-take: random records, each way of dividing against head and tail" {
	while rounds; do
		many=$((RANDOM % 30)) n=$((RANDOM % 35))
		for ((i = 0; i < many; i++)); do
			echo "$((RANDOM % 9))$((RANDOM % 4 == 0 ? 100000 : RANDOM % 3))"
		done >input
		export REC_BLOCK=$((RANDOM % 40 + 1))
		rec-split <input >input.rec
		REC_BLOCK=$((RANDOM % 40 + 1)) rec-take --else other.rec $n <input.rec >kept.rec
		head -n $n <input >front.want && tail -n +$((n + 1)) <input >back.want
		rec-join <kept.rec >front && rec-join <other.rec >back
		same front.want front && same back.want back && together
		rec-take --else other.rec last $n <input.rec >kept.rec
		head -n -$n <input >front.want && tail -n $n <input >back.want
		rec-join <other.rec >front && rec-join <kept.rec >back
		same front.want front && same back.want back && together
		# Not divided, the same bytes: without newlines they are those of the input.
		for way in '' last; do
			# shellcheck disable=SC2086
			rec-take --else other.rec $way $n bytes <input.rec >kept.rec
			rec-join <kept.rec | tr -d '\n' >kept && rec-join <other.rec | tr -d '\n' >other
			tr -d '\n' <input >bytes
			if [ "$way" ]; then cat other kept >both; else cat kept other >both; fi
			same bytes both
		done
		rec-take --else other.rec until locate /5/ <input.rec >kept.rec
		awk '/5/ { d = 1 } !d' input >front.want && awk '/5/ { d = 1 } d' input >back.want
		rec-join <kept.rec >front && rec-join <other.rec >back
		same front.want front && same back.want back && together
	done
}

@test "rec-take: records of any bytes, and a last line without its newline" {
	printf '3:a\nb,0:,4:\0\n\0x,5:12\n45,1:z,' >input
	rec-split -f netstring <input >input.rec
	rec-take --else other.rec 2 <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	printf '3:a\nb,0:,' >front.want
	printf '4:\0\n\0x,5:12\n45,1:z,' >back.want
	same front.want kept && same back.want other
	rec-take --else other.rec until locate x0a00 <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	same front.want kept && same back.want other
	rec-take --else other.rec 4 bytes <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	printf '3:a\nb,0:,1:\0,' >front.want
	printf '3:\n\0x,5:12\n45,1:z,' >back.want
	same front.want kept && same back.want other
	# In a record of 9 bytes, which is the last one, without its newline.
	printf 'one\nlast line' | rec-split >input.rec
	rec-take --else other.rec last 4 bytes <input.rec | rec-join >kept
	rec-join <other.rec >other
	printf 'one\nlast \n' >front.want
	printf 'line' >back.want
	same front.want other && same back.want kept
}

@test "rec-take: what is known to be lost stays known beside what is not" {
	# Losses between two records that are held become few, but not one.
	mkstream data:0:a loss:1:5:6 loss:6:?:6 loss:6:7:13 loss:13:?:13 loss:13:1:14 data:14:b,c end >in.rec
	rec-take last 2 <in.rec >out.rec
	rec-take last 2 <in.rec | rec-join 2>err >/dev/null
	grep -qx 'rec-join: standard input: records left out on the way: more than 13' err
	mkstream records <out.rec | grep -c '^loss' | grep -qx 2
	# More than a block counts.
	mkstream data:0:a loss:1:4294967294:6 loss:6:4294967294:6 loss:6:?:6 loss:6:7:13 data:13:b,c end | rec-take last 2 >out.rec
	rec-view --info out.rec | grep -qx 'lost        more than 8,589,934,595 records, told by 4 blocks'
}

@test "rec-take: losses pass to both outputs at their place, also where records are held" {
	mkstream data:0:a,b loss:2:5:7 loss:7:1:8 data:8:c,d loss:10:?:10 data:20:e end >input.rec
	for arguments in 1 3 9 'last 1' 'last 2' 'last 3' 'last 9' '2 bytes' 'last 2 bytes'; do
		# shellcheck disable=SC2086
		rec-take --else other.rec $arguments <input.rec >kept.rec
		for name in kept other; do
			mkstream records <$name.rec >$name.records
			awk -v name="$name" '/^loss/ { n++; if ($3 < 0) unknown++; else sum += $3; if ($2 < at) bad = 1; at = $2; next }
				/^[0-9]/ { if ($1 + 0 < at) bad = 1; at = $1 + 0 }
				END { exit !(sum == 6 && unknown == 1 && n >= 2 && !bad) }' $name.records
		done
		rec-join <kept.rec | cat - <(rec-join <other.rec 2>err) 2>err2 | sort | tr -d '\n' >letters
		[ "$(cat letters)" = abcde ]
	done
}

@test "rec-take: wrong words are 64 and one line that says what is expected" {
	how='a number is needed, such as 10, last 10 or 64K bytes; or until or while with a verb'
	usage "$how"
	usage "last: $how" last
	usage 'x: not a number of records such as 10 or 5k, nor until or while' x
	usage '10K: not a number of records such as 10 or 5k, nor until or while' 10K
	usage '10k: not a number of bytes such as 100 or 64K' 10k bytes
	usage '18446744073709551616: not a number of records such as 10 or 5k, nor until or while' 18446744073709551616
	usage '4: nothing is expected behind 3 but bytes' 3 4
	usage 'until: not a number of records such as 10 or 5k' last until locate
	usage 'bytes: not a number of records such as 10 or 5k, nor until or while' bytes 5
	usage '4: nothing is expected behind 3 bytes' last 3 bytes 4
	usage 'until: a verb of rec-filter is needed, such as locate' until
	usage 'while: a verb of rec-filter is needed, such as locate' while -i
	usage 'locate: foo: write /foo/, or -e foo; the synopsis is locate [RANGE ...] [TEXT ...]' until locate foo
	goes='-e, -F, -i, --after and --each-line go with until or while and a verb'
	usage "$goes" -i 3
	usage "$goes" -e x 3
	usage "$goes" --after last 3
	usage "$goes" -F , 3
	usage "$goes" --each-line 3 bytes
	usage 'locate: csv h2: a column is named only with -H, where the first record names the columns; the synopsis is locate [RANGE ...] [TEXT ...]' until locate csv h2 /x/
	usage '-F abc: a separator is one character, two hexadecimal digits, BLANK, SPACE, TAB, or a text such as /abc/' until locate -F abc f1
	usage '--else -: standard output is taken already' --else - 3
	usage '--else: fd:x: fd: is followed by the number of a descriptor that is open, such as fd:3' --else fd:x 3 || grep -q -- '--else' err
	st=0
	rec-take until verb <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ] && grep -q '^rec-take: verb: no such verb; there are locate' err
	[ "$cases" -ge 19 ]
}

@test "rec-take: what was damaged is passed as far as it goes, and told" {
	mkstream data:0:a,b,c data:3:d,e >cut.rec
	for arguments in 4 'last 1' 'until locate /d/'; do
		st=0
		# shellcheck disable=SC2086
		rec-take --else other.rec $arguments <cut.rec >kept.rec 2>err || st=$?
		[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
		mkstream records <other.rec >other.records || :
		grep -q '^end .*65' other.records
		[ "$({ mkstream records <kept.rec; cat other.records; } | grep -c =)" -eq 5 ]
	done
	st=0
	rec-take --else /nowhere/x 1 <cut.rec >out 2>err || st=$?
	[ "$st" -eq 73 ] && [ "$(lines err)" -eq 1 ]
}

@test "rec-take: stops reading when it has all, and looks at no later block" {
	statuses "yes | rec-split | rec-take 10 | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 10 ]
	statuses "yes | rec-split | rec-take --after until locate /y/ | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 1 ]
	statuses "yes | rec-split | rec-take 5 bytes | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 5 ]
	# The rest is no stream at all, which a look would find.
	mkstream data:0:a,b,c data:3:d,e 'raw:something_else_that_is_longer_than_forty_bytes' >bad.rec
	for arguments in 5 '5 bytes' 'until --after locate /e/'; do
		# shellcheck disable=SC2086
		rec-take $arguments <bad.rec >kept.rec
		[ "$(mkstream records <kept.rec | tail -n 1)" = 'end 5 0 ' ]
	done
	rec-take 0 <bad.rec >kept.rec
	[ "$(mkstream records <kept.rec)" = 'end 0 0 ' ]
	st=0
	rec-take 6 <bad.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	# The end mark's watermark is the first record that was not taken.
	rec-take 2 <bad.rec | "$BUILD/tools/mkstream" dump >blocks
	grep '^end .*next=2 ' blocks
}

@test "rec-take: with --else it stops when nobody wants the rest" {
	statuses "yes | rec-split | rec-take --else cmd:'rec-take 100 >rest.rec' 10 | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 10 ]
	rec-join <rest.rec >rest
	[ "$(lines rest)" -eq 100 ]
}

@test "rec-take: a record that is taken passes at once" {
	mkfifo in
	start sh -c 'rec-split <in | rec-take 5 | rec-join >out'
	exec 7>in
	echo one >&7
	within grep -q one out
	exec 7>&-
	finish
}
