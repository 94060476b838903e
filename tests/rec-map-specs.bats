#!/usr/bin/env bats
# rec-map specs: records put together item by item (rec-specs(7)). tests/unit/change/specs.c has every
# form of item; this is what only the command shows.

load helper

cases=0

# of INPUT EXPECTED WORD ...: the specs make EXPECTED of the lines of INPUT. In both a middle dot is a space.
of() {
	local input=$1 expected=$2

	shift 2
	printf '%b' "${input//·/ }" | rec-split | rec-map specs "$@" | rec-join >made
	printf '%b' "${expected//·/ }" | same made - || {
		echo "by $*" >&2
		return 1
	}
	cases=$((cases + 1))
}

# wrong STATUS MESSAGE WORD ...: rec-map WORD ... on in.rec ends so, with that line.
wrong() {
	local status=$1 message=$2 got=0

	shift 2
	rec-map "$@" <in.rec >out.rec 2>err || got=$?
	if [ "$got" -ne "$status" ] || [ "$(lines err)" -ne 1 ] || ! grep -qF -e "$message" err; then
		echo "rec-map $*: status $got: $(<err)" >&2
		return 1
	fi
	cases=$((cases + 1))
}

@test "rec-map specs: what is known to come out" {
	of 'a b c\n' 'b·a\n' w2 1 w1 nextword
	of 'The rain\n' '····The·rain\n' '1-*' 5
	of 'abcdefgh\n' '····bc\n' 2-3 3.4 right
	of 'abcdefgh\n' '··de\n' 2-5 3.2 right
	of 'abcdefgh\n' '··cd\n' 2-5 3.2 center
	of 'abcdef\n' '··abc··def····abc\n' 1.3 nw.5 right 4.3 nw.5 c 1.3 nw.5 ri
	of '123\nABCD\n' '123ABC\n' '1-*' 1 read 1-3 4
	of 'ABC123\n' 'ABC\n···123\n' 1-3 1 write 4-6 4
	of 'one\n' '·········1·one\n' recno 1 word 1 nw
	of 'Short\n' '53686F72·74·······*Short···*\n' 1.4 c2x 1 5.4 c2x nextword '/*/' 19 1.8 next.8 '/*/' next
	of '123\n' '\n' 5-10 1
	of '' '' '1-*' 1
	# The same in one word of the shell, in upper case, and with options before the verb or after it.
	of 'a b c\n' 'b·a\n' 'W2 1 W1 NEXTWORD'
	of 'a,b c\n' 'b·c·a\n' -F , f2 1 f1 nw
	[ "$cases" -eq 14 ]
	printf 'a,b c\n' | rec-split | rec-map -F , specs f2 1 f1 nw | rec-join | same - <(echo 'b c a')
}

@test "rec-map specs: any bytes, any length, blocks of any size" {
	{ head -c 100000 /dev/urandom && echo; } >bytes
	rec-split bytes | rec-map specs '1-*' c2x 1 | rec-map specs '1-*' x2c 1 | rec-join | same - bytes
	seq 200000 >numbers
	rec-split numbers | rec-map specs pad 0 w1 1.9 right | rec-join | same - <(awk '{ printf "%09d\n", $1 }' numbers)
	for block in 300 4096 100000; do
		REC_BLOCK=$block rec-split numbers |
			REC_BLOCK=$block rec-map specs w1 1 read w1 nw write read w1 3 | rec-join >made
		same made <(awk 'NR % 3 == 1 { a = $1 } NR % 3 == 2 { print a, $1 } NR % 3 == 0 { print "  " $1 }
			END { if (NR % 3 == 2) print "" }' numbers)
	done
	# A record may become as long as REC_MAX, and no longer.
	echo x | rec-split >in.rec
	rec-map specs w1 5000.6 <in.rec | rec-view --info >/dev/null
	REC_MAX=5005 rec-map specs w1 5000.6 <in.rec | rec-join | wc -c | same - <(echo 5006)
	REC_MAX=5004 wrong 65 'specs: record 0: the record that is made is longer than REC_MAX' specs w1 5000.6
}

@test "rec-map specs: a record of several has the last one's position, and so has each of one" {
	mkstream data:5:a,b,c at:9=d,20=e data:21:f,g end >in.rec
	rec-map specs w1 1 write w1 2 <in.rec | mkstream records >made
	rec-map specs w1 1 read w1 2 <in.rec | mkstream records >two
	rec-map specs w1 1 read w1 2 write recno 1 left <in.rec | mkstream records >three
	cat made two three
	for pos in 5 6 7 9 20 21 22; do
		[ "$(grep -c "^$pos=" made)" -eq 2 ]
	done
	cut -d = -f 1 two | grep '^[0-9]' | paste -sd ' ' - | same - <(echo 6 9 21 22)
	cut -d = -f 1 three | grep '^[0-9]' | paste -sd ' ' - | same - <(echo 6 6 9 9 21 21 22 22)
}

@test "rec-map specs: no watermark passes a record that waits for another one" {
	mkfifo in
	start sh -c 'exec rec-map specs w1 1 read w1 2 <in >out.rec'
	exec 5>in
	mkstream data:0:1,2,3 >&5
	# What is made goes out at once, though the third record waits.
	within eval 'mkstream records <out.rec | grep -q "^1=12"'
	mkstream dump <out.rec >blocks || :
	cat blocks
	[ "$(grep -o 'next=[0-9]*' blocks | tail -n 1)" = next=2 ]
	# The input is cut off: nothing is made of that record, and the end mark does not pass it either.
	exec 5>&-
	finish || :
	[ "$status" -eq 65 ]
	mkstream dump <out.rec >blocks
	cat blocks
	[ "$(grep -o 'next=[0-9]*' blocks | tail -n 1)" = next=2 ]
	mkstream records <out.rec | grep '^[0-9]' | same - <(echo '1=12')
}

@test "rec-map specs: a record goes out at once if nothing more is needed for it" {
	mkfifo in second
	start sh -c 'exec rec-map specs --second fifo:second w1 1 select 1 w1 nw <in >out.rec'
	exec 5>in 6>second
	mkstream data:0:a,b >&5
	mkstream data:7:1 >&6
	within eval 'mkstream records <out.rec | grep -q "^0=a 1"'
	mkstream data:8:2 >&6
	within eval 'mkstream records <out.rec | grep -q "^1=b 2"'
	mkstream data:2:c total:3 end >&5
	exec 5>&-
	mkstream data:9:3 total:3 end >&6
	exec 6>&-
	finish
	[ "$status" -eq 0 ]
	rec-join <out.rec | same - <(printf 'a 1\nb 2\nc 3\n')
}

@test "rec-map specs: the second stream" {
	seq 3 >numbers
	printf 'k,v\n7,x\n8,y\n' >kv.csv
	printf 'a\nb\n' | rec-split >in.rec
	rec-split numbers >second.rec
	specs() {
		rec-map specs --second "$@" <in.rec | rec-join
	}
	specs second.rec w1 1 select 1 w1 nw | same - <(printf 'a 1\nb 2\n3\n')
	specs lines:numbers stop anyeof w1 1 select second w1 nw | same - <(printf 'a 1\nb 2\n')
	specs cmd:'rec-split numbers' w1 1 select 1 w1 nw select 0 w1 nw | same - <(printf 'a 1 a\nb 2 b\n3\n')
	specs second.rec w1 1 select 1 read w1 nw | same - <(printf 'a 2\nb\n')
	specs second.rec w1 1 select 1 readstop w1 nw | same - <(printf 'a 2\nb\n')
	specs second.rec select 1 w1 1 | same - numbers
	# Each stream has its own table.
	rec-map specs --second csv:kv.csv .k 1 select 1 .v nw .k nw <in.rec 2>err | rec-join | same - <(printf 'x 7\ny 8\n')
	grep -q 'none of 2 records is JSON' err
	rec-split -f csv -H kv.csv | rec-map specs --second csv:kv.csv .k 1 select 1 .v nw | rec-join |
		same - <(printf '7 x\n8 y\n')
	# The input has fewer records, or none: positions go on from its end.
	: | rec-split | rec-map specs --second second.rec select 1 w1 1 | rec-join | same - numbers
	seq 200000 >many
	: | rec-split | rec-map specs --second lines:many select 1 w1 1 | rec-join | same - many
	mkstream data:5:a,b end | rec-map specs --second second.rec w1 1 select 1 w1 nw | mkstream records | grep '^[0-9]' |
		same - <(printf '5=a 1\n6=b 2\n7=3\n')
	# With STOP ANYEOF the input is read no further than it is used.
	mkstream data:0:a,b,c,d,e end | rec-map specs --second second.rec stop anyeof w1 1 select 1 w1 nw | mkstream dump >blocks
	tail -n 1 blocks | grep -q next=3
}

@test "rec-map specs: a second stream that fails, or is not there" {
	printf 'a\nb\nc\n' | rec-split >in.rec
	seq 2 | rec-split >two.rec
	mkstream data:0:1,2 >cut.rec
	mkstream data:0:1 end:3:broken >failed.rec
	for second in cut.rec failed.rec; do
		statuses "rec-map specs --second $second w1 1 select 1 w1 nw <in.rec | rec-join"
		[ "$statuses" = '65 65' ]
		grep -q '^a 1$' out
		[ "$(lines out)" -lt 3 ]
	done
	wrong 66 nosuch specs --second nosuch w1 1 select 1 w1 nw
	wrong 65 'no such column' specs --second csv:<(printf 'x,y\n1,2\n') w1 1 select 1 .z nw || {
		printf 'x,y\n1,2\n' >xy.csv
		wrong 65 'no such column' specs --second csv:xy.csv w1 1 select 1 .z nw
	}
	wrong 64 'that is the first stream' specs --second - w1 1 select 1 w1 nw
	wrong 64 'SELECT: --second ENDPOINT' specs w1 1 select 1 w1 nw
	wrong 64 'no item reads it' specs --second two.rec w1 1
	rec-map specs --second two.rec w1 1 select 1 w1 nw <in.rec | rec-join | same - <(printf 'a 1\nb 2\nc\n')
}

@test "rec-map specs: what cannot be converted: 65 with the position, or --else" {
	printf '1\nx\n3\n' | rec-split >in.rec
	statuses 'rec-map specs w1 d2x 1 <in.rec | rec-join'
	[ "$statuses" = '65 65' ]
	same out <(echo 00000001)
	grep -qxF 'rec-map: specs: record 1: d2x: "x": it is not a decimal integer' err
	[ "$(lines err)" -eq 2 ] # and rec-join says that its producer failed
	rec-map specs --else other.rec w1 d2x 1 <in.rec | rec-join | same - <(printf '00000001\n00000003\n')
	rec-join <other.rec | same - <(echo x)
	mkstream records <other.rec | grep -q '^1=x'
	# What was written of it before is taken back.
	rec-map specs --else other.rec w1 1 write w1 d2x 1 <in.rec | rec-join | same - <(printf '1\n00000001\n3\n00000003\n')
	# Control bytes are made harmless, and long values are cut.
	printf 'a\033[1mb\n' | rec-split >in.rec
	wrong 65 'd2c: "a^[[1mb": it is not a decimal integer' specs '1-*' d2c 1
	printf '%0100d\n' 0 | rec-split >in.rec
	wrong 65 '...": it is longer than the 8 bytes of an integer' specs '1-*' c2d 1
	wrong 64 '--else does not go with READ and READSTOP' specs --else other.rec w1 1 read w1 2
	# A READ of the second stream is no matter.
	seq 4 | rec-split >second.rec
	printf 'x\n2\n' | rec-split >in.rec
	rec-map specs --else other.rec --second second.rec stop anyeof w1 d2x 1 select 1 read w1 nw <in.rec | rec-join |
		same - <(echo '00000002 3')
	rec-join <other.rec | same - <(echo x)
}

@test "rec-map specs: what is refused before anything is read" {
	: >in.rec
	wrong 64 'specs: an input and an output are expected' specs
	wrong 64 'specs: w1: an output is expected after it' specs w1
	wrong 64 'specs: foo: not an output' specs w1 foo
	wrong 64 'specs: foo: not a part of a record' specs foo 1
	wrong 64 'specs: /abc: the text is not closed' specs /abc 1
	wrong 64 'specs: c2z: no such conversion' specs w1 c2z 1
	wrong 64 'specs: PAD ab: one character' specs pad ab w1 1 || wrong 64 'PAD xy: one character' specs pad xy w1 1
	wrong 64 '-O: specs does not take it' -O , specs w1 1
	[ "$cases" -ge 8 ]
}

@test "rec-map specs: a table gives its columns, and what is made has none" {
	printf 'id,name\n1,"Smith, A"\n2,"say ""x"""\n3\n' >in.csv
	rec-split -f csv -H in.csv | rec-map specs .name 1.10 .id next.3 right | rec-join |
		same - <(printf 'Smith, A    1\nsay "x"     2\n            3\n')
	rec-split -f csv -H in.csv | rec-map specs f2 1 | rec-join | same - <(printf 'Smith, A\nsay "x"\n\n')
	rec-split -f csv -H in.csv | rec-map specs '*' 1 | rec-join | same - <(tail -n +2 in.csv)
	rec-split -f csv -H in.csv | rec-map specs .id 1 | mkstream dump | grep -c table | same - <(echo 0)
	printf 'x\n' | rec-split -f csv -H >in.rec
	rec-map specs /a/ 1 <in.rec | rec-join | wc -c | same - <(echo 0)
	rec-split -f csv -H in.csv >in.rec
	wrong 65 '.nope: no such column' specs .nope 1
	wrong 65 'the table has its separator' specs fs , f2 1
	wrong 65 'the table has its separator' specs -F , f2 1
	[ "$cases" -eq 3 ]
}

@test "rec-map specs: names that find nothing, because no record is JSON" {
	printf 'a\nb\n' | rec-split | rec-map specs .id 1 2>err | rec-join | same - <(printf '\n\n')
	same err <(echo 'rec-map: none of 2 records is JSON; for CSV: rec-split -f csv -H')
	printf '{"id":5}\n' | rec-split | rec-map specs .id 1 2>err | rec-join | same - <(echo 5)
	[ ! -s err ]
}

# bats test_tags=random
@test "rec-map specs: columns as printf of awk makes them" {
	while rounds; do
		for ((i = 0; i < 200; i++)); do
			printf '%s %s %s\n' "$RANDOM" "${RANDOM:0:$((RANDOM % 5 + 1))}x" "$((RANDOM - 16000))"
		done >input
		a=$((RANDOM % 8 + 1)) b=$((RANDOM % 8 + 1)) c=$((RANDOM % 8 + 1))
		rec-split input | rec-map specs "w1 1.$a w2 next.$b right w3 nw.$c center /|/ n w1 n" | rec-join >made
		awk -v a=$a -v b=$b -v c=$c '
			function center(s, n,   l) {
				l = length(s)
				if (l >= n)
					return substr(s, int((l - n) / 2) + 1, n)
				return sprintf("%*s%s%*s", int((n - l) / 2), "", s, n - l - int((n - l) / 2), "")
			}
			{ printf "%-*.*s%*s %s|%s\n", a, a, $1, b, substr($2, length($2) > b ? length($2) - b + 1 : 1), center($3, c), $1 }
		' input | same made -
	done
}
