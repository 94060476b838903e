#!/usr/bin/env bats
# rec-drop: passes all but the front of a stream, or all but its back.

load helper
load sieve

@test "rec-drop: N records from the beginning or the end" {
	input='a\n\nb\nccc\nb\n'
	swapped '' "$input" 0
	swapped 'a\n' '\nb\nccc\nb\n' 1
	swapped 'a\n\nb\n' 'ccc\nb\n' 3
	swapped 'a\n\nb\n' 'ccc\nb\n' first 3
	swapped 'a\n\nb\nccc\n' 'b\n' 4
	swapped "$input" '' 5
	swapped "$input" '' 6
	swapped "$input" '' 18446744073709551615
	case_of "$input" '' last 0
	case_of 'a\n\nb\nccc\n' 'b\n' last 1
	case_of 'a\n\n' 'b\nccc\nb\n' last 3
	case_of '' "$input" last 5
	case_of '' "$input" last 7k
	input=''
	swapped '' '' 0
	swapped '' '' 2
	case_of '' '' last 0
	case_of '' '' last 2
	input='only'
	swapped '' only 0
	swapped only '' 1
	case_of '' only last 1
	case_of only '' last 0
	[ "$cases" -eq 21 ]
}

@test "rec-drop: N bytes; a record that they end in is divided, and both parts have its position" {
	# Where no record is divided, it is as with records.
	input='ab\n\ncd\nefg\n'
	swapped '' "$input" 0 bytes
	swapped 'ab\n' '\ncd\nefg\n' 2 bytes
	swapped 'ab\n\ncd\n' 'efg\n' 4 bytes
	swapped "$input" '' 7 bytes
	swapped "$input" '' 1K bytes
	case_of "$input" '' last 0 bytes
	case_of 'ab\n\ncd\n' 'efg\n' last 3 bytes
	case_of 'ab\n\n' 'cd\nefg\n' last 5 bytes
	case_of '' "$input" last 7 bytes
	case_of '' "$input" last 8 bytes
	[ "$cases" -eq 10 ]
	# shellcheck disable=SC2059
	for size in 1 3 262080; do
		printf "$input" | REC_BLOCK=$size rec-split >input.rec
		for n in 1 3 5 6; do
			rec-drop --else other.rec $n bytes <input.rec >kept.rec
			mkstream records <other.rec | grep -v ^end >front
			mkstream records <kept.rec | grep -v ^end >back
			# The parts of the divided record stand at one position, the first bytes in front.
			awk -F= -v n=$n '{ if (($1 in t) && t[$1] != "") split_at++; t[$1] = t[$1] $2; got += FILENAME == "front" ? length($2) : 0 }
				END { exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" && split_at == 1 && got == n) }' front back
			rec-drop --else other.rec last $n bytes <input.rec >kept.rec
			mkstream records <kept.rec | grep -v ^end >front
			mkstream records <other.rec | grep -v ^end >back
			awk -F= -v n=$n '{ t[$1] = t[$1] $2; got += FILENAME == "back" ? length($2) : 0 }
				END { exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" && got == n) }' front back
		done
	done
}

@test "rec-drop: until and while a verb decides; --after takes the deciding record too" {
	input='one\ntwo\n\nthree\ntwo\n'
	swapped 'one\n' 'two\n\nthree\ntwo\n' until locate /two/
	swapped 'one\ntwo\n' '\nthree\ntwo\n' until --after locate /two/
	swapped 'one\ntwo\n' '\nthree\ntwo\n' --after until locate /two/
	swapped 'one\ntwo\n' '\nthree\ntwo\n' until locate --after /two/
	swapped '' "$input" until locate /one/
	swapped 'one\n' 'two\n\nthree\ntwo\n' --after until locate /one/
	swapped 'one\ntwo\n\n' 'three\ntwo\n' until locate /three/ /four/
	swapped "$input" '' until locate /four/
	swapped "$input" '' --after until locate /four/
	swapped 'one\ntwo\n' '\nthree\ntwo\n' until nlocate
	swapped 'one\ntwo\n' '\nthree\ntwo\n' while locate
	swapped 'one\ntwo\n\n' 'three\ntwo\n' while --after locate
	swapped "$input" '' while locate //
	swapped '' "$input" while nlocate //
	swapped 'one\n' 'two\n\nthree\ntwo\n' while --after nlocate //
	swapped 'one\ntwo\n\n' 'three\ntwo\n' -i until locate /THREE/
	swapped 'one\ntwo\n\n' 'three\ntwo\n' until -e three locate
	swapped 'one\ntwo\n\n' 'three\ntwo\n' until locate -e THREE -i
	swapped 'one\n' 'two\n\nthree\ntwo\n' -- until locate -- /two/
	input=''
	swapped '' '' until locate /two/
	swapped '' '' while locate /two/
	input='last'
	swapped '' last until locate /last/
	swapped last '' until --after locate /last/
	[ "$cases" -eq 23 ]
}

@test "rec-drop: -F and -H belong to every verb; the first record of -H passes and is not judged, nor counted" {
	input='h1,h2\na,1\nb,2\nh1,h2\nc,3\n'
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' -H until locate csv h2 /2/
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' until -H locate csv h2 /2/
	case_of 'h1,h2\nh1,h2\nc,3\n' 'a,1\nb,2\n' -H --after until locate csv h2 /2/
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' -H while locate csv h2 /1/
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H until locate csv h1 /a/
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H while locate /2/
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H until locate csv h2 /9/
	case_of 'h1,h2\nh1,h2\nc,3\n' 'a,1\nb,2\n' -H until locate /h1/
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' -F , -H until locate f2 /2/
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' -H until locate -F, f2 /2/
	case_of 'h1,h2\nc,3\n' 'a,1\nb,2\nh1,h2\n' -H until match '/^c/'
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' -H 0
	case_of 'h1,h2\nb,2\nh1,h2\nc,3\n' 'a,1\n' -H 1
	case_of 'h1,h2\nc,3\n' 'a,1\nb,2\nh1,h2\n' -H 3
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H 4
	case_of 'h1,h2\n' 'a,1\nb,2\nh1,h2\nc,3\n' -H 9
	case_of 'h1,h2\nh1,h2\nc,3\n' 'a,1\nb,2\n' -H 6 bytes
	case_of 'h1,h2\na,1\nb,2\nh1,h2\nc,3\n' '' --header last 0
	case_of 'h1,h2\na,1\nb,2\nh1,h2\n' 'c,3\n' --header last 1
	case_of 'h1,h2\na,1\n' 'b,2\nh1,h2\nc,3\n' --header last 3
	case_of 'a,1\nb,2\nh1,h2\nc,3\n' 'h1,h2\n' -F , until locate f2 /1/
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

@test "rec-drop: --each-line, records of several lines and of any bytes" {
	printf '3:a\nb,3:b\na,4:\0\nbb,0:,1:b,' | rec-split -f netstring >input.rec
	rec-drop --each-line until match '/^b/' <input.rec | rec-join -f netstring >kept
	printf '3:a\nb,3:b\na,4:\0\nbb,0:,1:b,' >kept.want
	same kept.want kept
	rec-drop until match '/^b/' <input.rec | rec-join -f netstring >kept
	printf '3:b\na,4:\0\nbb,0:,1:b,' >kept.want
	same kept.want kept
	rec-drop -H until match --each-line '/^bb$/' <input.rec | rec-join -f netstring >kept
	printf '3:a\nb,4:\0\nbb,0:,1:b,' >kept.want
	same kept.want kept
	sh -c 'rec-drop until match '"'/^b\na/'"' <input.rec' | rec-join -f netstring >kept
	printf '3:b\na,4:\0\nbb,0:,1:b,' >kept.want
	same kept.want kept
}

@test "rec-drop: a first record that lacks the name asked for is 65, and nothing passes" {
	printf 'h1,h2\na,1\n' | rec-split >input.rec
	st=0
	rec-drop -H --else other.rec until locate csv h3 /1/ <input.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
	mkstream records <kept.rec >kept || :
	mkstream records <other.rec >other || :
	[ "$(grep -c = kept other | tr '\n' ' ')" = 'kept:0 other:0 ' ]
	grep -q '^end 0 65 .*h3' kept && grep -q '^end 0 65 .*h3' other
}

# bats test_tags=random
@test "rec-drop: random records, each way of dividing against head and tail" {
	while rounds; do
		many=$((RANDOM % 30)) n=$((RANDOM % 35))
		for ((i = 0; i < many; i++)); do
			echo "$((RANDOM % 9))$((RANDOM % 4 == 0 ? 100000 : RANDOM % 3))"
		done >input
		export REC_BLOCK=$((RANDOM % 40 + 1))
		rec-split <input >input.rec
		REC_BLOCK=$((RANDOM % 40 + 1)) rec-drop --else other.rec $n <input.rec >kept.rec
		head -n $n <input >front.want && tail -n +$((n + 1)) <input >back.want
		rec-join <other.rec >front && rec-join <kept.rec >back
		same front.want front && same back.want back && together
		rec-drop --else other.rec last $n <input.rec >kept.rec
		head -n -$n <input >front.want && tail -n $n <input >back.want
		rec-join <kept.rec >front && rec-join <other.rec >back
		same front.want front && same back.want back && together
		# Not divided, the same bytes: without newlines they are those of the input.
		for way in '' last; do
			# shellcheck disable=SC2086
			rec-drop --else other.rec $way $n bytes <input.rec >kept.rec
			rec-join <kept.rec | tr -d '\n' >kept && rec-join <other.rec | tr -d '\n' >other
			tr -d '\n' <input >bytes
			if [ "$way" ]; then cat kept other >both; else cat other kept >both; fi
			same bytes both
		done
		rec-drop --else other.rec until locate /5/ <input.rec >kept.rec
		awk '/5/ { d = 1 } !d' input >front.want && awk '/5/ { d = 1 } d' input >back.want
		rec-join <other.rec >front && rec-join <kept.rec >back
		same front.want front && same back.want back && together
	done
}

@test "rec-drop: records of any bytes, and a last line without its newline" {
	printf '3:a\nb,0:,4:\0\n\0x,5:12\n45,1:z,' >input
	rec-split -f netstring <input >input.rec
	rec-drop --else other.rec 2 <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	printf '3:a\nb,0:,' >front.want
	printf '4:\0\n\0x,5:12\n45,1:z,' >back.want
	same front.want other && same back.want kept
	rec-drop --else other.rec until locate x0a00 <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	same front.want other && same back.want kept
	rec-drop --else other.rec 4 bytes <input.rec | rec-join -f netstring >kept
	rec-join -f netstring <other.rec >other
	printf '3:a\nb,0:,1:\0,' >front.want
	printf '3:\n\0x,5:12\n45,1:z,' >back.want
	same front.want other && same back.want kept
	# In a record of 9 bytes, which is the last one, without its newline.
	printf 'one\nlast line' | rec-split >input.rec
	rec-drop --else other.rec last 4 bytes <input.rec | rec-join >kept
	rec-join <other.rec >other
	printf 'one\nlast \n' >front.want
	printf 'line' >back.want
	same front.want kept && same back.want other
}

@test "rec-drop: what is known to be lost stays known beside what is not" {
	# Losses between two records that are held become few, but not one.
	mkstream data:0:a loss:1:5:6 loss:6:?:6 loss:6:7:13 loss:13:?:13 loss:13:1:14 data:14:b,c end >in.rec
	rec-drop last 2 <in.rec >out.rec
	rec-drop last 2 <in.rec | rec-join 2>err >/dev/null
	grep -qx 'rec-join: standard input: records left out on the way: more than 13' err
	mkstream records <out.rec | grep -c '^loss' | grep -qx 2
	# More than a block counts.
	mkstream data:0:a loss:1:4294967294:6 loss:6:4294967294:6 loss:6:?:6 loss:6:7:13 data:13:b,c end | rec-drop last 2 >out.rec
	rec-view --info out.rec | grep -qx 'lost        more than 8,589,934,595 records, told by 4 blocks'
}

@test "rec-drop: losses pass to both outputs at their place, also where records are held" {
	mkstream data:0:a,b loss:2:5:7 loss:7:1:8 data:8:c,d loss:10:?:10 data:20:e end >input.rec
	for arguments in 1 3 9 'last 1' 'last 2' 'last 3' 'last 9' '2 bytes' 'last 2 bytes'; do
		# shellcheck disable=SC2086
		rec-drop --else other.rec $arguments <input.rec >kept.rec
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

@test "rec-drop: wrong words are 64 and one line that says what is expected" {
	how='a number is needed, such as 10, last 10 or 64K bytes; or until or while with a verb'
	usage "$how"
	usage "last: $how" last
	usage 'x: not a number of records such as 10 or 5k, nor until or while' x
	usage '10K: not a number of records such as 10 or 5k, nor until or while' 10K
	usage '10k: not a number of bytes such as 100 or 64K' 10k bytes
	usage '18446744073709551616: not a number of records such as 10 or 5k, nor until or while' 18446744073709551616
	usage '4: nothing is expected behind 3 but bytes' 3 4
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
	rec-drop until verb <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ] && grep -q '^rec-drop: verb: no such verb; there are locate' err
	[ "$cases" -ge 19 ]
}

@test "rec-drop: what was damaged is passed as far as it goes, and told" {
	mkstream data:0:a,b,c data:3:d,e >cut.rec
	for arguments in 4 'last 1' 'until locate /d/'; do
		st=0
		# shellcheck disable=SC2086
		rec-drop --else other.rec $arguments <cut.rec >kept.rec 2>err || st=$?
		[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
		mkstream records <other.rec >other.records || :
		grep -q '^end .*65' other.records
		[ "$({ mkstream records <kept.rec; cat other.records; } | grep -c =)" -eq 5 ]
	done
	st=0
	rec-drop --else /nowhere/x 1 <cut.rec >out 2>err || st=$?
	[ "$st" -eq 73 ] && [ "$(lines err)" -eq 1 ]
}

@test "rec-drop: stops when nobody wants what is kept" {
	statuses "yes | rec-split | rec-drop --else dropped.rec 10 | rec-take 5 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 5 ]
	rec-join <dropped.rec >dropped
	[ "$(lines dropped)" -eq 10 ]
}

@test "rec-drop: the last N are held, and no more than they" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	(
		ulimit -v 40000
		yes 'some line or other' | head -c 60M | rec-split | rec-drop last 10 | rec-filter -c locate
	) >out
	[ "$(cat out)" -eq 3311313 ] || [ "$(cat out)" -ge 3300000 ]
}

@test "rec-drop: a record passes as soon as it is certain" {
	mkfifo in
	start sh -c 'rec-split <in | rec-drop last 2 | rec-join >out'
	exec 7>in
	printf 'one\ntwo\nthree\n' >&7
	within grep -q one out
	exec 7>&-
	finish
	[ "$(cat out)" = one ]
}
