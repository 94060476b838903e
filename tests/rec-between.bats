#!/usr/bin/env bats
# rec-between: passes groups of records.

load helper
load partition

@test "rec-between: groups from a record that begins with FROM to one that begins with TO" {
	input='a\nB1\nb\nE1\nc\nB2\nB3\nd\nE2\nf\n'
	case_of 'B1\nb\nE1\nB2\nB3\nd\nE2\n' 'a\nc\nf\n' /B/ /E/
	case_of 'b\nB3\nd\n' 'a\nB1\nE1\nc\nB2\nE2\nf\n' --inside /B/ /E/
	case_of 'a\nc\nf\n' 'B1\nb\nE1\nB2\nB3\nd\nE2\n' -v /B/ /E/
	case_of 'a\nB1\nE1\nc\nB2\nE2\nf\n' 'b\nB3\nd\n' --inside --invert /B/ /E/
	case_of 'B1\nb\nE1\nB2\nB3\nd\nE2\n' 'a\nc\nf\n' -i /b/ /e/
	case_of 'B2\nB3\nd\nE2\n' 'a\nB1\nb\nE1\nc\nf\n' /B2/ /E2/
	# No group; a text that is in a record, but not at its beginning; the first record; the last
	# one; a group that does not end.
	case_of '' "$input" /X/ /E/
	case_of '' "$input" /1/ /E/
	case_of 'a\nB1\n' 'b\nE1\nc\nB2\nB3\nd\nE2\nf\n' /a/ /B1/
	case_of "$input" '' /a/ /f/
	case_of 'f\n' 'a\nB1\nb\nE1\nc\nB2\nB3\nd\nE2\n' /f/ /f/
	case_of 'B2\nB3\nd\nE2\nf\n' 'a\nB1\nb\nE1\nc\n' /B2/ /X/
	case_of 'B3\nd\nE2\nf\n' 'a\nB1\nb\nE1\nc\nB2\n' --inside /B2/ /X/
	# TO is looked for after the first record; the next group may begin right after the one
	# before.
	case_of 'B1\nb\nE1\nc\nB2\n' 'a\nB3\nd\nE2\nf\n' /B1/ /B/
	case_of "$input" '' // //
	case_of '' "$input" --inside // //
	input=''
	case_of '' '' /a/ /b/
	case_of '' '' -v /a/ 3
	input='a'
	case_of a '' /a/ /b/
	case_of '' a --inside /a/ /b/
	case_of '' a /ab/ /b/
	[ "$cases" -eq 21 ]
}

@test "rec-between: groups of N records" {
	input='a\nB1\nb\nB2\nc\nd\nB3\n'
	case_of 'B1\nB2\nB3\n' 'a\nb\nc\nd\n' /B/ 1
	case_of 'B1\nb\nB2\nc\nB3\n' 'a\nd\n' /B/ 2
	case_of 'b\nc\n' 'a\nB1\nB2\nd\nB3\n' --inside /B/ 2
	case_of 'B1\nb\nB2\nB3\n' 'a\nc\nd\n' /B/ 3
	case_of '' "$input" --inside /B/ 1
	case_of 'B1\nb\nB2\nc\nd\nB3\n' 'a\n' /B/ 5k
	case_of 'a\n' 'B1\nb\nB2\nc\nd\nB3\n' -v /B/ 18446744073709551615
	[ "$cases" -eq 7 ]
}

@test "rec-between: texts as words of their own, in hexadecimal, in either case" {
	input='1\n/a/\nx\nB\n2\n'
	case_of '/a/\nx\nB\n' '1\n2\n' -e /a/ -e B
	case_of '/a/\nx\nB\n' '1\n2\n' -e /a/ /B/
	case_of '/a/\nx\n' '1\nB\n2\n' -e /a/ 2
	case_of '/a/\nx\nB\n2\n' '1\n' -- x2f61 /2/
	case_of '1\n/a/\nx\nB\n2\n' '' /1/ /2/
	case_of '2\n' '1\n/a/\nx\nB\n' -e 2 -e 2
	case_of '/a/\nx\nB\n' '1\n2\n' --ignore-case ,/A, /b/
	[ "$cases" -eq 7 ]
}

# bats test_tags=random
@test "rec-between: random records against awk" {
	while rounds; do
		for ((i = RANDOM % 40; i > 0; i--)); do
			echo "$((RANDOM % 5))$((RANDOM % 3))"
		done >input
		REC_BLOCK=$((RANDOM % 30 + 1)) rec-split <input >input.rec
		n=$((RANDOM % 5 + 1))
		rec-between --else other.rec /1/ /3/ <input.rec >kept.rec
		awk '!o && /^1/ { o = 1; print; next } o { print; if (/^3/) o = 0 }' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
		rec-between --inside --else other.rec /1/ /3/ <input.rec >kept.rec
		awk '!o && /^1/ { o = 1; next } o && /^3/ { o = 0 } o' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
		rec-between -v --else other.rec /1/ $n <input.rec >kept.rec
		awk -v n=$n '!o && /^1/ { o = n } o { o--; next } { print }' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
	done
}

@test "rec-between: --match, FROM and TO are expressions that match anywhere" {
	input='a\nxB1\nb\nyE\nc\nB2\nB3\nd E\nE2\nf\n'
	case_of 'xB1\nb\nyE\nB2\nB3\nd E\n' 'a\nc\nE2\nf\n' --match /B[0-9]/ /E/
	case_of 'b\nB3\n' 'a\nxB1\nyE\nc\nB2\nd E\nE2\nf\n' --match --inside /B/ '/E$/'
	case_of 'B2\nB3\nd E\nE2\n' 'a\nxB1\nb\nyE\nc\nf\n' --match '/^B/' '/^E/'
	case_of 'a\nxB1\nb\nyE\nc\nf\n' 'B2\nB3\nd E\nE2\n' --match -v '/^B/' '/^E/'
	case_of 'B2\nB3\nd E\nE2\n' 'a\nxB1\nb\nyE\nc\nf\n' -i --match '/^b[1-9]/' '/^e/'
	case_of 'xB1\nb\nB2\nB3\n' 'a\nyE\nc\nd E\nE2\nf\n' --match /B/ 2
	case_of 'b\nB3\n' 'a\nxB1\nyE\nc\nB2\nd E\nE2\nf\n' --match --inside /B/ 2
	case_of 'xB1\nB2\nB3\n' 'a\nb\nyE\nc\nd E\nE2\nf\n' --match /B/ 1
	case_of '' "$input" --match '/^$/' /E/
	case_of "$input" '' --match // //
	case_of '' "$input" --match --inside // '/()/'
	case_of 'B3\nd E\nE2\nf\n' 'a\nxB1\nb\nyE\nc\nB2\n' --match -e 'B3|/x/' -e '^$'
	case_of 'yE\nc\n' 'a\nxB1\nb\nB2\nB3\nd E\nE2\nf\n' --match -e '^y' ,c,
	input=''
	case_of '' '' --match /a/ /b/
	input='ab'
	case_of ab '' --match /b/ /b/
	case_of '' ab --match /^b/ /b/
	[ "$cases" -eq 16 ]
}

# bats test_tags=random
@test "rec-between: --match against awk, in blocks of any size" {
	while rounds; do
		for ((i = RANDOM % 300; i > 0; i--)); do
			echo "$((RANDOM % 50)) $((RANDOM % 7))"
		done >input
		REC_BLOCK=$((RANDOM % 300 + 1)) rec-split <input >input.rec
		n=$((RANDOM % 9 + 1))
		rec-between --match --else other.rec '/^1.* [0-3]$/' '/3 |[45]$/' <input.rec >kept.rec
		awk '!o && /^1.* [0-3]$/ { o = 1; print; next } o { print; if (/3 |[45]$/) o = 0 }' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
		rec-between --match --inside --else other.rec '/^1.* [0-3]$/' '/3 |[45]$/' <input.rec >kept.rec
		awk '!o && /^1.* [0-3]$/ { o = 1; next } o && /3 |[45]$/ { o = 0; next } o' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
		rec-between --match -v --else other.rec '/4 6|1 1/' $n <input.rec >kept.rec
		awk -v n=$n '!o && /4 6|1 1/ { o = n } o { o--; next } { print }' input >kept.want
		rec-join <kept.rec >kept
		same kept.want kept && together
	done
}

@test "rec-between: --match with records of several lines, any bytes, and the locale's characters" {
	printf '3:a\nB,2:\0x,3:E\na,1:z,' | rec-split -f netstring >input.rec
	rec-between --match '/^B$/' /E/ <input.rec | rec-filter -c locate // >found
	[ "$(<found)" -eq 0 ]
	rec-between --match --each-line '/^B$/' '/^a$/' <input.rec | rec-join -f netstring >kept
	printf '3:a\nB,2:\0x,3:E\na,' | same /dev/stdin kept
	rec-between --match '/\x00./' '/\na/' <input.rec | rec-join -f netstring >kept
	printf '2:\0x,3:E\na,' | same /dev/stdin kept
	printf '\303\244\n\303\204\nx\n' | rec-split >input.rec
	[ "$(rec-between --match -i "/^$(printf '\303\204')$/" 1 <input.rec | rec-filter -c locate)" -eq 2 ]
	[ "$(rec-between --match '/^.$/' 1 <input.rec | rec-filter -c locate)" -eq 3 ]
	[ "$(LC_ALL=C rec-between --match '/^.$/' 1 <input.rec | rec-filter -c locate)" -eq 1 ]
	sh -c 'seq 9 | rec-split | rec-between --match '"'/[34]/' '/^(6|7)\$/'"' | rec-join' | tr '\n' ' ' >kept
	printf '3 4 5 6 ' | same /dev/stdin kept
}

@test "rec-between: records of any bytes, losses, damage" {
	printf '3:a\nb,0:,4:\0\n\0x,2:\n\0,1:z,' | rec-split -f netstring >input.rec
	rec-between --else other.rec x00 x0a00 <input.rec | rec-join -f netstring >kept
	printf '4:\0\n\0x,2:\n\0,' >kept.want
	same kept.want kept
	mkstream data:0:B,a loss:2:3:5 data:5:E,b >input.rec
	st=0
	rec-between --else other.rec /B/ /E/ <input.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
	mkstream records <kept.rec >kept || :
	printf '0=B\n1=a\nloss 2 3\n5=E\n' >kept.want
	head -n 4 kept | same kept.want /dev/stdin
	mkstream records <other.rec >other || :
	printf 'loss 2 3\n6=b\n' >other.want
	head -n 2 other | same other.want /dev/stdin
	grep -q '^end .*65' kept && grep -q '^end .*65' other
}

@test "rec-between: a record passes at once" {
	mkfifo in
	start sh -c 'rec-split <in | rec-between /B/ /E/ | rec-join >out'
	exec 7>in
	printf 'a\nB\n' >&7
	within grep -q B out
	exec 7>&-
	finish
}

@test "rec-between: wrong words are 64 and one line that says what is expected" {
	usage 'FROM and TO are needed, each a string such as /begin/; or FROM and N, a number'
	behind='TO or N is needed after FROM: a string that ends a group, such as /end/, or its number of records'
	usage "$behind" /a/
	usage "$behind" -e a
	usage 'FROM: a: write /a/, or -e a' a /b/
	usage 'TO: b: write /b/, or -e b' /a/ b
	usage 'FROM: 3: write /3/, or -e 3' 3 /b/
	usage 'FROM: .region: ranges are not taken, records are matched whole; a string is /.region/' .region /a/ /b/
	usage '0: not a number of records such as 10 or 5k, from 1 on; a string is /0/' /a/ 0
	usage '5x: not a number of records such as 10 or 5k, from 1 on; a string is /5x/' /a/ 5x
	usage '/c/: no operand is expected after FROM and TO, or FROM and N' /a/ /b/ /c/
	usage '-e c: FROM and TO have been given already' -e a -e b -e c
	usage '--else -: standard output is taken already' --else - /a/ /b/
	usage '--each-line goes with --match' --each-line /a/ /b/
	usage "FROM: (a: the string is not closed by a second ( within the word: spaces need quotes of the shell; if the ( is part of it, write /(a/, or -e (a" --match '(a' /b/
	usage 'FROM: at "(a" (byte 1): no ) closes the parenthesis' --match '/(a/' /b/
	usage 'TO: at "[b" (byte 1): no ] closes the bracket expression' --match /a/ '/[b/'
	[ "$cases" -eq 16 ]
}
