#!/usr/bin/env bats
# rec-sort: sorts records.

# shellcheck disable=SC2094 # a file is read twice

load helper

# usage MESSAGE ARGUMENT...: these arguments are refused, with the message.
usage() {
	local got=0

	rec-sort "${@:2}" </dev/null >out 2>err || got=$?
	echo "status $got: ${*:2}: $(<err)" >&2
	[ "$got" -eq 64 ] && [ ! -s out ] && [ "$(<err)" = "rec-sort: $1 (rec-sort -h shows the usage)" ] || return
	cases=$((${cases:-0} + 1))
}

# order WANT ARGUMENT...: what the records of the file in.rec are in the order of the keys, with a comma after each.
order() {
	rec-sort "${@:2}" <in.rec >out.rec || return
	echo "${*:2}: $(rec-join -f lines <out.rec | tr '\n' ,)" >&2
	[ "$(rec-join -f lines <out.rec | tr '\n' ,)" = "$1" ] || return
	rec-sort --check "${@:2}" <out.rec || return
	cases=$((${cases:-0} + 1))
}

records() {
	printf '%s\n' "$@" | rec-split >in.rec
}

# ---- keys ----

# words SEED COUNT: lines of three words, each of a kind that some letter means.
words() {
	awk -v seed="$1" -v count="$2" '
	function n(most) { return int(rand() * most) }
	function pick(list,   a) { return a[1 + n(split(list, a, " "))] }
	function word(   k, w) {
		k = n(8)
		if (k == 0)
			return n(40) - 20
		if (k == 1)
			return sprintf("%.3f", rand() * 10 - 5) (n(2) ? pick("K k M G Tx x") : "")
		if (k == 2)
			return pick("a b A B ab aB Ab x")
		if (k == 3) {
			w = "v"
			for (k = n(4); k >= 0; k--)
				w = w pick("0 1 01 10 1a ~b 2~ rc tar gz .x .x. -1 + _")
			return w
		}
		if (k == 4)
			return pick("007 000 0.000 -0 - 0.5 -0.50 1111111111111111111111111111111111111111112 111111111111111111111111111111111111111111")
		if (k == 5)
			return "a-beginning-that-many-have-in-common-" substr("cccccccccccccccccccc", 1 + n(20)) n(3)
		if (k == 6)
			return pick(". .. a.tar.gz a.tar a.1.gz ~ a~ A1 a01 a001 a1")
		return pick("\001 \377 ! [ _ \200")
	}
	BEGIN {
		srand(seed)
		while (count-- > 0)
			print word() " " word() " " word()
	}'
}

@test "rec-sort: an empty line is a whole record, and as a number it is 0" {
	printf '5\n\n-3\nx\n0\n' >in
	rec-split <in | rec-sort '*:n' | rec-join | same - <(LC_ALL=C sort -n -s in)
	rec-split <in | rec-sort '*:nr' | rec-join | same - <(LC_ALL=C sort -n -r -s in)
	rec-split <in | rec-sort '*:h' | rec-join | same - <(LC_ALL=C sort -h -s in)
	rec-split <in | rec-sort '*' | rec-join | same - <(LC_ALL=C sort in)
	rec-split <in | rec-sort --check '*:n' 2>err && return 1
	printf -- '-3\n\n5\n' | rec-split >a.rec
	printf -- '-4\n\n7\n' | rec-split >b.rec
	rec-fanin --merge '*:n' a.rec b.rec | rec-join | same - <(printf -- '-4\n-3\n\n\n5\n7\n')
	# A word that is not there is before all others.
	rec-split <in | rec-sort w1:n | rec-join | same - <(printf '\n-3\nx\n0\n5\n')
}

# bats test_tags=random
@test "rec-sort: random lines and keys are sorted as sort -s does, whatever the memory" {
	local LC_ALL=C keys olds i f letters ours theirs

	export LC_ALL
	while rounds; do
		words "$seed" $((RANDOM % 4 == 0 ? 5000 : RANDOM % 60)) >in
		rec-split in >in.rec
		keys=() olds=()
		for ((i = RANDOM % 4; i > 0; i--)); do
			f=$((RANDOM % 3 + 1))
			letters=$(shuf -n 1 -e '' n f V h --random-source=<(echo "$seed$i$f")) || return
			((RANDOM % 2)) || letters+=r
			keys+=("f$f${letters:+:$letters}") olds+=("-k$f,$f$letters")
		done
		ours=() theirs=()
		((RANDOM % 3)) || ours+=(--unique) theirs=(-u)
		sort -s -t ' ' "${theirs[@]}" "${olds[@]}" in >want
		((RANDOM % 2)) || ours+=(--memory 64K)
		((RANDOM % 3)) || { i=$((RANDOM % 90)); ours+=(-n "$i"); head -n "$i" want >first; mv first want; }
		echo "rec-sort -F ' ' ${ours[*]} ${keys[*]}; sort ${theirs[*]} ${olds[*]}"
		rec-sort -F ' ' "${ours[@]}" "${keys[@]}" <in.rec >out.rec
		rec-join <out.rec >got
		same want got
		rec-sort --check -F ' ' "${keys[@]}" <out.rec
	done
	[ "$round" -gt 0 ]
}

@test "rec-sort: many lines, sorted by two threads or in runs, are in the order of sort" {
	local LC_ALL=C memory

	export LC_ALL
	awk 'BEGIN { srand(3); for (i = 0; i < 70000; i++) print int(rand() * 40000) " " substr("same beginning of all lines", 1, rand() * 27) i % 7 }' >in
	rec-split in >in.rec
	sort -s in >want
	sort -s -k 1,1n in >numbers
	sort -s -r -k 2,2 in >reversed
	for memory in 64K 1M 1G; do
		rec-sort --memory $memory <in.rec | rec-join | same want -
		rec-sort --memory $memory w1:n <in.rec | rec-join | same numbers -
		rec-sort --memory $memory w1:n <in.rec >out.rec
		rec-sort --check w1:n <out.rec
		rec-sort --memory $memory -F ' ' f2:r <in.rec | rec-join >got
		sort -s -t ' ' -k 2,2r in | same - got
	done
}

@test "rec-sort: bytes of any kind, NULs at the ends of keys too, and empty records" {
	# Netstrings are compared by hand: each is a prefix of the next one.
	printf '0:,1:\0,2:\0\0,9:\0\0\0\0\0\0\0\0\0,1:a,2:a\0,9:a\0\0\0\0\0\0\0b,2:a\1,3:a\1\0,8:abcdefgh,9:abcdefgh\0,10:abcdefgh\0\0,1:\377,' >want
	rec-split -f netstring want | rec-sort --random --seed 5 >in.rec
	rec-sort <in.rec | rec-join -f netstring | same want -
	rec-sort '*' <in.rec | rec-join -f netstring | same want -
	rec-sort '*' '*' <in.rec | rec-join -f netstring | same want -
	rec-sort '*:r' <in.rec | rec-sort --tac | rec-join -f netstring | same want -
	rec-sort '*:r' '*' <in.rec | rec-sort --tac | rec-join -f netstring | same want -
	# The same many times, so that they are sorted by bytes, and not by insertion.
	for _ in {1..40}; do cat in.rec; done >many.rec
	for key in '*' '*:r' '1-* *'; do
		rec-sort "$key" <many.rec >out.rec
		rec-sort --check "$key" <out.rec
		[ "$(rec-sort --unique "$key" <out.rec | rec-join -f netstring | wc -c)" -eq "$(wc -c <want)" ]
	done
}

@test "rec-sort: n is exact, with signs, exponents and blanks" {
	records 'x 1e3' 'x -1' 'x 999.99' 'x 1000.0000000000000000000000000001' 'x 0' 'x -0.0' 'x' 'x none' 'x +5' 'x 5e-7' \
		'x -1e400' 'x 1e400' 'x 1e-400' 'x -1e99999999999999999999' 'x .5' 'x 00.50' 'x 5.'
	order 'x,x -1e99999999999999999999,x -1e400,x -1,x 0,x -0.0,x none,x 1e-400,x 5e-7,x .5,x 00.50,x +5,x 5.,x 999.99,x 1e3,x 1000.0000000000000000000000000001,x 1e400,' w2:n
	order 'x 1e400,x 1000.0000000000000000000000000001,x 1e3,x 999.99,x +5,x 5.,x .5,x 00.50,x 5e-7,x 1e-400,x 0,x -0.0,x none,x -1,x -1e400,x -1e99999999999999999999,x,' w2:nr
	[ "$cases" -eq 2 ]
}

@test "rec-sort: values of JSON are compared as jq does" {
	for v in '{"a":2}' '{"b":1}' '{"a":1,"b":0}' '{"b":0,"a":2}' '{}' '[2]' '[1,"x"]' '[1]' '[[]]' '[]' '"b"' '"a\u0062"' '""' \
		'"é"' '"\ud83d\ude00"' 10 9.5 -3 1E1 12345678901234567891 12345678901234567890 true false null '"A"'; do
		echo "{\"k\":$v}"
	done >in
	echo '{}' >>in
	rec-split -f jsonl in >in.rec
	cat >want <<-'END'
		{"k":null}
		{}
		{"k":false}
		{"k":true}
		{"k":-3}
		{"k":9.5}
		{"k":10}
		{"k":1E1}
		{"k":12345678901234567890}
		{"k":12345678901234567891}
		{"k":""}
		{"k":"A"}
		{"k":"a\u0062"}
		{"k":"b"}
		{"k":"é"}
		{"k":"\ud83d\ude00"}
		{"k":[]}
		{"k":[1]}
		{"k":[1,"x"]}
		{"k":[2]}
		{"k":[[]]}
		{"k":{}}
		{"k":{"a":2}}
		{"k":{"a":1,"b":0}}
		{"k":{"b":0,"a":2}}
		{"k":{"b":1}}
	END
	rec-sort .k <in.rec | rec-join | same want -
	rec-sort .k:r <in.rec | rec-sort .k | rec-sort --check .k
	rec-sort .k:r <in.rec | rec-join | head -n 1 | grep -qxF '{"k":{"b":1}}'
	# f folds letters, the others take the text.
	printf '%s\n' '{"k":"b"}' '{"k":"B"}' '{"k":"a"}' '{"k":["B"]}' '{"k":["a"]}' | rec-split -f jsonl >in.rec
	order '{"k":"a"},{"k":"b"},{"k":"B"},{"k":["a"]},{"k":["B"]},' .k:f
	printf '%s\n' '{"k":"10"}' '{"k":9}' '{"k":"8.5 EUR"}' | rec-split -f jsonl >in.rec
	order '{"k":"8.5 EUR"},{"k":9},{"k":"10"},' .k:n
	# A very deep value is compared, and costs no stack.
	{ echo '{"k":1}'; printf '{"k":%s}\n' "$(printf '[%.0s' {1..5000})$(printf ']%.0s' {1..5000})"; } | rec-split >in.rec
	rec-sort .k:r <in.rec | rec-take 1 | rec-filter -c locate '/[[[/' | grep -qx 1
}

@test "rec-sort: t is by the time, V by the version, h by the size" {
	records 2026-11-30T12:00+02:00 2026-11-30T10:30Z noon '2026-11-30 10:00:00.5' 20261130 0001-01-01
	order 'noon,0001-01-01,20261130,2026-11-30T12:00+02:00,2026-11-30 10:00:00.5,2026-11-30T10:30Z,' '*:t'
	order '2026-11-30T10:30Z,2026-11-30 10:00:00.5,2026-11-30T12:00+02:00,20261130,0001-01-01,noon,' '*:tr'
	records a-1.10.tgz a-1.9.tgz a-1.10~rc1.tgz a-1.tar.gz a.b a . .. .x a-01.9.tgz
	order '.,..,.x,a,a.b,a-1.tar.gz,a-1.9.tgz,a-01.9.tgz,a-1.10~rc1.tgz,a-1.10.tgz,' '*:V'
	records 2M 1.5G -1K 900 0G 2000K -3M 1e9 1k -5 x .5K 0
	order '-3M,-1K,-5,0G,x,0,1e9,900,.5K,1k,2000K,2M,1.5G,' '*:h'
	[ "$cases" -eq 4 ]
}

@test "rec-sort: several keys, with commas or without, and the words of ranges" {
	records 'b 2 x' 'a 10 y' 'b 10 x' 'a 2 y' c
	order 'a 2 y,a 10 y,b 2 x,b 10 x,c,' w1 w2:n
	order 'a 2 y,a 10 y,b 2 x,b 10 x,c,' w1,w2:n
	order 'c,b 10 x,b 2 x,a 10 y,a 2 y,' w1:r,w2:nr
	order 'c,b 10 x,a 10 y,b 2 x,a 2 y,' substr 1-1 of w2 word 3 '1-1:r'
	order 'c,b 10 x,a 10 y,b 2 x,a 2 y,' '(substr 1-1 of w2 w3)' '1-1:r'
	order 'b 10 x,a 10 y,b 2 x,a 2 y,c,' fs ' ' f2:nr w3
	[ "$cases" -eq 6 ]
	# A column may have a colon and a letter in its name.
	printf 'a:n,b\n10,1\n9,2\n' | rec-split -f csv -H >in.rec
	order '10,1,9,2,' '."a:n"'
	order '9,2,10,1,' '."a:n":n'
	printf 'a,b\n"x ""y""",1\n"x ""a""",2\n"x",3\n' | rec-split -f csv -H >in.rec
	order '"x",3,"x ""a""",2,"x ""y""",1,' .a
	order '"x ""y""",1,"x ""a""",2,"x",3,' .a:r
	rec-sort --memory 64K .a <in.rec | rec-join | same - <(printf 'a,b\n"x",3\n"x ""a""",2\n"x ""y""",1\n')
}

@test "rec-sort: wrong usage, and what habit writes" {
	local option

	usage 'w2:x: after a colon come the letters n (numbers), r (reversed), f (any case), V (versions), t (times), h (sizes such as 2K)' w2:x
	usage 'w2:nV: only one of the letters n, f, V, t and h, with r or without' w2:nV
	usage '(w1 w2):n: letters come after one part, outside of parentheses: w1:n w3:nr' '(w1 w2):n'
	usage ' :r: letters come after one part, outside of parentheses: w1:n w3:nr' ' :r'
	usage 'w1 :r: letters come after one part, outside of parentheses: w1:n w3:nr' 'w1 :r'
	usage 'w1:n,: a part is expected after the comma' w1:n,
	usage '-n .price: after -n comes a number of records; a key of numbers is .price:n' -n .price
	usage '-nr: after -n comes a number of records; letters come after the key: .price:nr' -nr .price
	usage '-r: reversed is a letter after the key: w2:r, .price:nr, *:r for the whole record' -r .price
	usage '-k: a key is an operand: w2:n, or with -F f2:n' -k2,2
	usage '-u: it is written --unique' -u
	for option in --numeric --numeric-sort -g; do
		usage "$option: numbers are a letter after the key: w2:n, *:n for the whole record" $option w2
	done
	usage '-n: after -n comes a number of records; numbers are a letter after the key: w2:n, *:n for the whole record' -n
	usage '--reverse: reversed is a letter after the key: w2:r, .price:nr, *:r for the whole record' --reverse w2
	usage '--key: a key is an operand: w2:n, or with -F f2:n' --key=2
	usage '--merge: sorted streams are merged by rec-fanin --merge' --merge
	usage '-M: no letter is for names of months: rec-map set makes numbers of them before it' -M
	usage 'w2:rM: no letter is for names of months: rec-map set makes numbers of them before it' w2:rM
	usage 'desc: reversed is a letter after the key: .price:r' .price desc
	usage 'asc: that is the order of a key without a letter: .price' .price asc
	usage '-.price: reversed is a letter after the key: .price:r' -.price
	usage '-.price: reversed is a letter after the key: .price:r' -- -.price
	usage "time(.d): a part of a record is expected; an expression becomes one, .t, by rec-map set t='time(.d)' before this command" 'time(.d)'
	usage ".a + .b: a part of a record is expected; an expression becomes one, .t, by rec-map set t='.a + .b' before this command" '.a + .b'
	usage '--memory: given twice' --memory 1M --memory 2M
	usage '-t: the separator of fields is -F' -t,
	usage '--unique=all: first or last is expected' --unique=all
	usage '--memory 1K: not a size from 64K on, such as 500M' --memory 1K
	usage '--random does not go with --tac' --tac --random
	usage 'w1: --tac takes no keys' --tac w1
	usage '--unique does not go with --random, which looks at no keys' --random --unique
	usage '--seed goes with --random' --seed 3
	usage '--check goes only with keys, -F and --unique' --check -n 3
	usage '--tac: options come before the first operand' w1 --tac
	[ "$cases" -eq 36 ]
	: >some.txt
	usage 'some.txt: a file is no operand: rec-split lines:some.txt | rec-sort ...' some.txt
}

# ---- what goes out ----

@test "rec-sort: --unique keeps the first or the last of a key" {
	records 'b 1' 'a 1' 'b 2' 'a 2' 'b 3'
	order 'a 1,b 1,' --unique w1
	order 'a 1,b 1,' --unique first w1
	order 'a 2,b 3,' --unique last w1
	order 'a 2,b 3,' --unique=last w1
	order 'b 3,a 2,' --unique=last w1:r
	rec-sort -n 1 --unique last w1:r <in.rec | rec-join | same - <(echo b 3)
	[ "$cases" -eq 5 ]
	seq 30000 | awk '{ print $1 % 5000, $1 }' | rec-split >in.rec
	for memory in 64K 1G; do
		rec-sort --memory $memory --unique last w1:n <in.rec | rec-join | same - <(seq 0 4999 | awk '{ print $1, $1 == 0 ? 30000 : 25000 + $1 }')
		rec-sort --memory $memory --unique w1:n <in.rec | rec-join | same - <(seq 0 4999 | awk '{ print $1, $1 == 0 ? 5000 : $1 }')
		rec-sort --memory $memory -n 3000 --unique last w1:n <in.rec | rec-join |
			same - <(seq 0 2999 | awk '{ print $1, $1 == 0 ? 30000 : 25000 + $1 }')
	done
}

@test "rec-sort: -n N is the beginning of the whole order" {
	awk 'BEGIN { srand(4); for (i = 0; i < 12000; i++) print int(rand() * 4000), i }' | rec-split >in.rec
	for key in w1:nr '*'; do
		rec-sort "$key" <in.rec >all.rec
		for n in 1 10 5000 12000 1G; do
			rec-take $n <all.rec >want.rec
			for memory in 64K 1G; do
				rec-sort -n $n --memory $memory "$key" <in.rec | rec-join | same <(rec-join <want.rec) -
			done
		done
	done
	rec-sort -n 0 .x <in.rec | mkstream records | same - <(echo 'end 0 0 ')
}

@test "rec-sort: --tac turns around, --random shuffles" {
	seq 30000 | rec-split >in.rec
	for memory in 64K 1G; do
		rec-sort --tac --memory $memory <in.rec | rec-join | same - <(seq 30000 | tac)
		rec-sort --tac -n 20000 --memory $memory <in.rec | rec-join | same - <(seq 30000 | tac | head -n 20000)
		rec-sort --tac -n 3 --memory $memory <in.rec | rec-join | same - <(seq 30000 | tac | head -n 3)
		rec-sort --random --seed 7 --memory $memory <in.rec | rec-join >shuffled.$memory
		sort -n shuffled.$memory | same - <(seq 30000)
		rec-sort --random --seed 7 -n 50 --memory $memory <in.rec | rec-join | same - <(head -n 50 shuffled.$memory)
	done
	same shuffled.64K shuffled.1G
	run ! cmp -s shuffled.1G <(seq 30000)
	run ! cmp -s shuffled.1G <(rec-sort --random <in.rec | rec-join)
	# Each of three comes first about as often.
	for i in {1..90}; do printf '1\n2\n3\n' | rec-split | rec-sort --random --seed "$i" -n 1 | rec-join; done |
		awk '{ n[$1]++ } END { exit !(n[1] > 15 && n[2] > 15 && n[3] > 15) }'
}

@test "rec-sort: --check tells the first record out of order, and writes nothing" {
	records a b b a
	statuses 'rec-sort --check <in.rec'
	[ "$statuses" = 1 ] && [ ! -s out ]
	echo 'rec-sort: standard input is not sorted: the record at position 3 belongs before the one before it' | same - err
	REC_BLOCK=1 rec-split <(printf '%s\n' a b b c) >in.rec
	rec-sort --check <in.rec
	statuses 'rec-sort --check --unique <in.rec'
	[ "$statuses" = 1 ]
	echo 'rec-sort: standard input is not sorted: the record at position 2 has the key of the one before it' | same - err
	head -c -20 in.rec >cut.rec
	statuses 'rec-sort --check <cut.rec'
	[ "$statuses" = 65 ]
	statuses 'rec-sort --check </dev/null'
	[ "$statuses" = 65 ]
	rec-split </dev/null | rec-sort --check
}

@test "rec-sort: positions are new, gaps and the table stay" {
	printf 'id,x\r\n2,b\r\n1,"a\r\n"\r\n3,c' >in.csv
	rec-split -f csv -H in.csv >in.rec
	rec-sort .id <in.rec | rec-join | same - <(printf 'id,x\r\n1,"a\r\n"\r\n2,b\r\n3,c')
	rec-sort .id:r <in.rec | rec-join | same - <(printf 'id,x\r\n3,c\r\n2,b\r\n1,"a\r\n"\r\n')
	printf '{"a":2}\r\n{"a":1}\n' | rec-split -f jsonl | rec-sort .a | rec-join -f jsonl | same - <(printf '{"a":1}\n{"a":2}\r\n')
	# A last row without its end stays so if it is the last one of the order.
	rec-sort --tac <in.rec | rec-sort --tac | rec-join | same - <(cat in.csv; printf '\r\n')
	rec-sort '*:f' <in.rec | rec-sort .x | rec-join | same - <(printf 'id,x\r\n1,"a\r\n"\r\n2,b\r\n3,c')
	printf 'a\nb' | rec-split | rec-sort | rec-join | same - <(printf 'a\nb')
	printf 'b\na' | rec-split | rec-sort --memory 64K | rec-join | same - <(printf 'a\nb\n')
	printf 'b\0a\n\0' | rec-split -0 | rec-sort | rec-join -0 | same - <(printf 'a\n\0b\0')
	seq 0 9 | rec-split | rec-filter match /[3-7]/ | rec-sort '*:nr' | mkstream records >out
	printf '%s\n' 0=7 1=6 2=5 3=4 4=3 'end 5 0 ' | same - out
	statuses 'rec-sort .y <in.rec | rec-join'
	[ "$statuses" = '65 65' ]
	grep -qx 'rec-sort: .y: no such column (the table has id, x)' err
	printf 'b\na\n' | rec-split | rec-sort .x 2>err | rec-join | same - <(printf 'b\na\n')
	echo 'rec-sort: none of 2 records is JSON; for CSV: rec-split -f csv -H' | same - err
	# Losses are told at the end.
	mkstream data:0:b,a loss:2:3:5 data:5:c end | rec-sort | mkstream records >out
	cat out >&2
	grep -q '^loss' out
	[ "$(grep -c = out)" -eq 3 ]
}

# ---- limits and faults ----

@test "rec-sort: memory is bounded, and a record may be larger" {
	[ -z "$SAN" ] || skip "sanitizers take more"
	seq 400000 | awk '{ print ($1 * 7919) % 400009, "some text that makes it longer" }' >in
	rec-split in >in.rec
	(
		ulimit -v 20000
		exec rec-sort --memory 1M w1:n <in.rec >out.rec
	)
	rec-join <out.rec | same - <(sort -n in)
	# Not so much as --memory is granted: it takes less.
	(
		ulimit -v 60000
		exec rec-sort --memory 1G w1:n <in.rec >out.rec
	)
	rec-join <out.rec | same - <(sort -n in)
	(
		ulimit -v 60000
		exec rec-sort w1:n <in.rec >out.rec
	)
	rec-join <out.rec | same - <(sort -n in)
	{ head -c 3000000 /dev/zero | tr '\0' b; echo; head -c 2000000 /dev/zero | tr '\0' a; echo; seq 20000; } >in
	rec-split in | rec-sort --memory 64K '*:f' | rec-join | same - <(LC_ALL=C sort -f in)
	rec-split in | rec-sort --memory 64K -n 10 '*:r' | rec-join | same - <(LC_ALL=C sort -r in | head)
}

@test "rec-sort: nothing is left of the temporary file, even after kill -9" {
	mkdir temp
	mkfifo in
	exec 9<>in
	TMPDIR=$PWD/temp start rec-sort --memory 64K <in >out 2>err 9>&-
	seq 100000 | rec-split >in.rec
	head -c 400000 in.rec >&9
	spilled() { find "/proc/$pid/fd" -lname "$PWD/temp/* (deleted)" | grep -q .; }
	within spilled
	[ -z "$(ls -A temp)" ]
	kill -KILL "$pid"
	finish || :
	exec 9>&-
	[ -z "$(ls -A temp)" ]
	# By TERM, too, and the end mark tells.
	exec 9<>in
	TMPDIR=$PWD/temp start rec-sort --memory 64K <in >out 2>err 9>&-
	head -c 400000 in.rec >&9
	within spilled
	kill -TERM "$pid"
	finish || :
	exec 9>&-
	[ "$status" -eq 143 ] && [ ! -s err ]
	[ -z "$(ls -A temp)" ]
	mkstream records <out | grep -q '^end 0 143'
}

@test "rec-sort: a full or missing TMPDIR is 74 and one line, and no record is lost in silence" {
	seq 100000 | rec-split >in.rec
	statuses 'TMPDIR=/nowhere rec-sort --memory 64K <in.rec | rec-join'
	[ "$statuses" = '74 65' ] && [ ! -s out ]
	sed 1q err | same - <(echo 'rec-sort: a temporary file in /nowhere: No such file or directory')
	mkdir temp
	statuses "(ulimit -f 200; TMPDIR=$PWD/temp exec rec-sort --memory 64K <in.rec) | rec-join"
	[ "$statuses" = '74 65' ] && [ ! -s out ]
	sed 1q err | same - <(echo "rec-sort: a temporary file in $PWD/temp: File too large")
	[ "$(lines err)" -eq 2 ]
	# It is not made if all is in memory.
	TMPDIR=/nowhere rec-sort <in.rec | rec-join | same - <(seq 100000 | LC_ALL=C sort)
}

@test "rec-sort: what came before a fault goes out sorted, and the status is 65" {
	seq 50000 | REC_BLOCK=1000 rec-split >in.rec
	for memory in 64K 1G; do
		head -c 200000 in.rec >cut.rec
		statuses "rec-sort --memory $memory '*:n' <cut.rec | rec-join"
		[ "$statuses" = '65 65' ]
		n=$(lines out)
		[ "$n" -gt 1000 ]
		seq "$n" | same - out
		statuses "mkstream data:0:c,a end:3:broken | rec-sort --memory $memory | rec-join"
		[ "$statuses" = '0 65 65' ]
		printf 'a\nc\n' | same - out
		# A reader that leaves early is no error.
		statuses "rec-sort --memory $memory '*:nr' <in.rec | rec-take 2 | rec-join"
		[ "$statuses" = '0 0 0' ]
		printf '50000\n49999\n' | same - out
	done
}

@test "rec-sort: short reads and writes change nothing" {
	seq 20000 | awk '{ print ($1 * 7919) % 20011 }' | rec-split >in.rec
	rec-sort '*:n' <in.rec | rec-join >want
	for i in 1 2 3; do
		REC_FAULT_SEED=$i fault rec-sort --memory 64K '*:n' <in.rec >out.rec
		rec-join <out.rec | same want -
	done
}

@test "rec-sort, rec-reduce: they end if their reader has gone, also if their input never makes them wait" {
	local command st

	mawk 'BEGIN { while (i++ < 300000) print "a line of fifty bytes or so, whose number is", i }' | rec-split >in.rec
	printf 'no block' >>in.rec
	for command in 'rec-sort w9' 'rec-reduce count' 'rec-reduce --key w1 list'; do
		# It begins after its reader has gone, and would find the damage at the end.
		st=$({ (trap '' PIPE; while echo; do :; done 2>/dev/null
			eval "$command" <in.rec 2>err; echo $? >&3) | :; } 3>&1)
		[ "$st" = 0 ] || { echo "$command: $st: $(<err)" >&2; return 1; }
	done
}
