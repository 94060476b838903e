# shellcheck shell=bash
# take: the tests that rec-take and rec-drop share. Each function take_x is a test of the command
# whose test file calls it. After `load helper` and `load partition`.

# keeps_front ARG ...: succeeds if the command, with these words, keeps the front of the stream.
keeps_front() {
	case "$command $* " in
	rec-take*' last '*) return 1 ;;
	rec-take* | *' last '*) return 0 ;;
	*) return 1 ;;
	esac
}

# parts FRONT BACK ARG ...: case_of for a stream of $header, FRONT and BACK (as printf takes them),
# which the words ARG divide between FRONT and BACK. $header is the header of a table, if $split
# declares it, and then belongs to both.
parts() {
	input=$header$1$2
	if keeps_front "${@:3}"; then
		case_of "$header$1" "$header$2" "${@:3}"
	else
		case_of "$header$2" "$header$1" "${@:3}"
	fi
}

# divide ARG ...: divides input.rec. The lines of both parts are then in the files front and back.
divide() {
	"$command" --else other.rec "$@" <input.rec >kept.rec || return
	if keeps_front "$@"; then
		rec-join <kept.rec >front && rec-join <other.rec >back
	else
		rec-join <other.rec >front && rec-join <kept.rec >back
	fi
}

# records_of ARG ...: the same, with the records as "mkstream records" shows them.
records_of() {
	divide "$@" || return
	if keeps_front "$@"; then set -- kept other; else set -- other kept; fi
	mkstream records <"$1.rec" | grep -v ^end >front
	mkstream records <"$2.rec" | grep -v ^end >back
}

# netstrings FRONT BACK ARG ...: the parts of input.rec are these, as netstrings, with --else and
# without.
netstrings() {
	local kept=$2 other=$1

	if keeps_front "${@:3}"; then kept=$1 other=$2; fi
	# shellcheck disable=SC2059 # they are formats
	printf -- "$header$kept" >kept.want && printf -- "$other" >other.want || return
	"$command" --else other.rec "${@:3}" <input.rec | rec-join -f netstring >kept || return
	rec-join -f netstring <other.rec >other && same kept.want kept && same other.want other || return
	"$command" "${@:3}" <input.rec | rec-join -f netstring | same kept.want /dev/stdin
}

header=

take_numbers() {
	parts '' 'a\n\nb\nccc\nb\n' 0
	parts 'a\n' '\nb\nccc\nb\n' 1
	parts 'a\n\nb\n' 'ccc\nb\n' 3
	parts 'a\n\nb\n' 'ccc\nb\n' first 3
	parts 'a\n\nb\nccc\n' 'b\n' 4
	parts 'a\n\nb\nccc\nb\n' '' 5
	parts 'a\n\nb\nccc\nb\n' '' 6
	parts 'a\n\nb\nccc\nb\n' '' 18446744073709551615
	parts 'a\n\nb\nccc\nb\n' '' last 0
	parts 'a\n\nb\nccc\n' 'b\n' last 1
	parts 'a\n\n' 'b\nccc\nb\n' last 3
	parts '' 'a\n\nb\nccc\nb\n' last 5
	parts '' 'a\n\nb\nccc\nb\n' last 7k
	parts '' '' 0
	parts '' '' 2
	parts '' '' last 0
	parts '' '' last 2
	parts '' 'only' 0
	parts 'only' '' 1
	parts '' 'only' last 1
	parts 'only' '' last 0
	[ "$cases" -eq 21 ]
}

take_bytes() {
	# If no record is divided, bytes divide as records do.
	parts '' 'ab\n\ncd\nefg\n' 0 bytes
	parts 'ab\n' '\ncd\nefg\n' 2 bytes
	parts 'ab\n\ncd\n' 'efg\n' 4 bytes
	parts 'ab\n\ncd\nefg\n' '' 7 bytes
	parts 'ab\n\ncd\nefg\n' '' 1K bytes
	parts 'ab\n\ncd\nefg\n' '' last 0 bytes
	parts 'ab\n\ncd\n' 'efg\n' last 3 bytes
	parts 'ab\n\n' 'cd\nefg\n' last 5 bytes
	parts '' 'ab\n\ncd\nefg\n' last 7 bytes
	parts '' 'ab\n\ncd\nefg\n' last 8 bytes
	[ "$cases" -eq 10 ]
	for size in 1 3 262080; do
		printf 'ab\n\ncd\nefg\n' | REC_BLOCK=$size rec-split >input.rec
		for n in 1 3 5 6; do
			# The parts of the divided record have the same position; its first bytes belong to the front.
			records_of $n bytes
			awk -F= -v n=$n '{
					if (($1 in t) && t[$1] != "")
						split_at++
					t[$1] = t[$1] $2
					got += FILENAME == "front" ? length($2) : 0
				}
				END {
					exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" &&
						split_at == 1 && got == n)
				}' front back
			records_of last $n bytes
			awk -F= -v n=$n '{ t[$1] = t[$1] $2; got += FILENAME == "back" ? length($2) : 0 }
				END {
					exit !(t[0] == "ab" && t[1] == "" && t[2] == "cd" && t[3] == "efg" && got == n)
				}' front back
		done
	done
}

take_verbs() {
	parts 'one\n' 'two\n\nthree\ntwo\n' until locate /two/
	parts 'one\ntwo\n' '\nthree\ntwo\n' until --after locate /two/
	parts 'one\ntwo\n' '\nthree\ntwo\n' --after until locate /two/
	parts 'one\ntwo\n' '\nthree\ntwo\n' until locate --after /two/
	parts '' 'one\ntwo\n\nthree\ntwo\n' until locate /one/
	parts 'one\n' 'two\n\nthree\ntwo\n' --after until locate /one/
	parts 'one\ntwo\n\n' 'three\ntwo\n' until locate /three/ /four/
	parts 'one\ntwo\n\nthree\ntwo\n' '' until locate /four/
	parts 'one\ntwo\n\nthree\ntwo\n' '' --after until locate /four/
	parts 'one\ntwo\n' '\nthree\ntwo\n' until nlocate
	parts 'one\ntwo\n' '\nthree\ntwo\n' while locate
	parts 'one\ntwo\n\n' 'three\ntwo\n' while --after locate
	parts 'one\ntwo\n\nthree\ntwo\n' '' while locate //
	parts '' 'one\ntwo\n\nthree\ntwo\n' while nlocate //
	parts 'one\n' 'two\n\nthree\ntwo\n' while --after nlocate //
	parts 'one\ntwo\n\n' 'three\ntwo\n' -i until locate /THREE/
	parts 'one\ntwo\n\n' 'three\ntwo\n' until -e three locate
	parts 'one\ntwo\n\n' 'three\ntwo\n' until locate -e THREE -i
	parts 'one\n' 'two\n\nthree\ntwo\n' -- until locate -- /two/
	parts '' '' until locate /two/
	parts '' '' while locate /two/
	parts '' 'last' until locate /last/
	parts 'last' '' until --after locate /last/
	[ "$cases" -eq 23 ]
}

take_tables() {
	local split='rec-split -f csv -H'

	header='h1,h2\n'
	parts 'a,1\n' 'b,2\nh1,h2\nc,3\n' until locate .h2 /2/
	parts 'a,1\nb,2\n' 'h1,h2\nc,3\n' --after until locate .h2 /2/
	parts 'a,1\n' 'b,2\nh1,h2\nc,3\n' while locate .h2 /1/
	parts '' 'a,1\nb,2\nh1,h2\nc,3\n' until locate .h1 /a/
	parts '' 'a,1\nb,2\nh1,h2\nc,3\n' while locate /2/
	parts 'a,1\nb,2\nh1,h2\nc,3\n' '' until locate .h2 /9/
	parts 'a,1\nb,2\n' 'h1,h2\nc,3\n' until locate /h1/
	parts 'a,1\n' 'b,2\nh1,h2\nc,3\n' until locate f2 /2/
	parts 'a,1\n' '"b,",2\nh1,h2\nc,3\n' until where '.h2 >= 2'
	parts 'a,1\nb,2\nh1,h2\n' 'c,3\n' until match '/^c/'
	parts '' 'a,1\nb,2\nh1,h2\nc,3\n' 0
	parts 'a,1\n' 'b,2\nh1,h2\nc,3\n' 1
	parts 'a,1\nb,2\nh1,h2\n' 'c,3\n' 3
	parts 'a,1\nb,2\nh1,h2\nc,3\n' '' 4
	parts 'a,1\nb,2\nh1,h2\nc,3\n' '' 9
	parts 'a,1\nb,2\nh1,h2\nc,3\n' '' last 0
	parts 'a,1\nb,2\nh1,h2\n' 'c,3\n' last 1
	parts 'a,1\n' 'b,2\nh1,h2\nc,3\n' last 3
	# The header's own bytes, and a header alone.
	header='"h1", h2\r\n'
	parts '"a\n",1\r\n' 'b,2' until locate f1 /b/
	header='h1,h2'
	parts '' '' 0
	parts '' '' 1
	parts '' '' last 1
	parts '' '' until locate .h2 /h/
	parts '' '' while locate .h2 /x/
	header=''
	parts '' '' 2
	parts '' '' last 2
	parts '' '' until locate .h2 /h/
	[ "$cases" -eq 27 ]
}

take_refuses() {
	printf 'h1,h2\na,1\n' | rec-split -f csv -H >input.rec
	refuses_table 'locate: .h3: no such column (the table has h1, h2)' until locate .h3 /1/
	refuses_table 'where: .h3: no such column (the table has h1, h2)' while where '.h1 > 1 || .h3 == 1'
	refuses_table 'locate: -F: the table has its separator' until -F , locate f2 /1/
	refuses_table 'locate: fs: the table has its separator' until locate fs , f2 /1/
	refuses_table 'bytes: a table is divided between rows: give a number of records' 3 bytes
	refuses_table 'bytes: a table is divided between rows: give a number of records' last 3 bytes
	printf 'h1,h2\na,1\n' | rec-split -f csv >input.rec
	refuses_table 'locate: .h1: the table has no names (rec-split -H takes them from the first row)' until locate .h1
	[ "$cases" -eq 7 ]
	# Without a table .h1 is a member of JSON.
	printf 'h1,h2\na,1\nb,2\n' | rec-split | "$command" --else other.rec until where '.h1 == 1' 2>err >kept.rec
	echo "$command: none of 3 records is JSON; for CSV: rec-split -f csv -H" | same /dev/stdin err
	printf '5\n{"h1":1}\n' | rec-split | "$command" --else other.rec until where '.h1 == 1' 2>err >kept.rec
	[ ! -s err ]
}

take_each_line() {
	printf '3:a\nb,3:b\na,4:\0\nbb,0:,1:b,' | rec-split -f netstring >input.rec
	netstrings '' '3:a\nb,3:b\na,4:\0\nbb,0:,1:b,' --each-line until match '/^b/'
	netstrings '3:a\nb,' '3:b\na,4:\0\nbb,0:,1:b,' until match '/^b/'
	netstrings '3:a\nb,3:b\na,' '4:\0\nbb,0:,1:b,' until match --each-line '/^bb$/'
	netstrings '3:a\nb,' '3:b\na,4:\0\nbb,0:,1:b,' until match '/^b\na/'
}

take_by_chance() {
	local many n i way

	while rounds; do
		many=$((RANDOM % 30)) n=$((RANDOM % 35))
		for ((i = 0; i < many; i++)); do
			echo "$((RANDOM % 9))$((RANDOM % 4 == 0 ? 100000 : RANDOM % 3))"
		done >input
		export REC_BLOCK=$((RANDOM % 40 + 1))
		rec-split <input >input.rec
		head -n $n <input >front.want && tail -n +$((n + 1)) <input >back.want
		REC_BLOCK=$((RANDOM % 40 + 1)) divide $n
		same front.want front && same back.want back && together
		head -n -$n <input >front.want && tail -n $n <input >back.want
		divide last $n
		same front.want front && same back.want back && together
		# By bytes: a record may be divided, but without newlines both parts together are
		# the input.
		for way in '' last; do
			# shellcheck disable=SC2086
			divide $way $n bytes
			cat front back | tr -d '\n' >both
			tr -d '\n' <input >bytes
			same bytes both
		done
		awk '/5/ { d = 1 } !d' input >front.want && awk '/5/ { d = 1 } d' input >back.want
		divide until locate /5/
		same front.want front && same back.want back && together
	done
}

take_any_bytes() {
	printf '3:a\nb,0:,4:\0\n\0x,5:12\n45,1:z,' | rec-split -f netstring >input.rec
	netstrings '3:a\nb,0:,' '4:\0\n\0x,5:12\n45,1:z,' 2
	netstrings '3:a\nb,0:,' '4:\0\n\0x,5:12\n45,1:z,' until locate x0a00
	netstrings '3:a\nb,0:,1:\0,' '3:\n\0x,5:12\n45,1:z,' 4 bytes
	# The division is in a record of 9 bytes, the last one, without its newline.
	printf 'one\nlast line' | rec-split >input.rec
	printf 'one\nlast \n' >front.want
	printf 'line' >back.want
	divide last 4 bytes
	same front.want front && same back.want back
}

take_known_losses() {
	# Losses between two held records are merged, but not all into one.
	mkstream data:0:a loss:1:5:6 loss:6:?:6 loss:6:7:13 loss:13:?:13 loss:13:1:14 data:14:b,c end >in.rec
	"$command" last 2 <in.rec >out.rec
	"$command" last 2 <in.rec | rec-join 2>err >/dev/null
	grep -qx 'rec-join: standard input: records left out on the way: more than 13' err
	mkstream records <out.rec | grep -c '^loss' | grep -qx 2
	# More losses than one block can count.
	mkstream data:0:a loss:1:4294967294:6 loss:6:4294967294:6 loss:6:?:6 loss:6:7:13 data:13:b,c end |
		"$command" last 2 >out.rec
	rec-view --info out.rec | grep -qx 'lost        more than 8,589,934,595 records, reported by 4 blocks'
}

take_losses() {
	mkstream data:0:a,b loss:2:5:7 loss:7:1:8 data:8:c,d loss:10:?:10 data:20:e end >input.rec
	for arguments in 1 3 9 'last 1' 'last 2' 'last 3' 'last 9' '2 bytes' 'last 2 bytes'; do
		# shellcheck disable=SC2086
		"$command" --else other.rec $arguments <input.rec >kept.rec
		for name in kept other; do
			mkstream records <$name.rec >$name.records
			awk -v name="$name" '/^loss/ {
					n++
					if ($3 < 0) unknown++; else sum += $3
					if ($2 < at) bad = 1
					at = $2
					next
				}
				/^[0-9]/ { if ($1 + 0 < at) bad = 1; at = $1 + 0 }
				END { exit !(sum == 6 && unknown == 1 && n >= 2 && !bad) }' $name.records
		done
		rec-join <kept.rec | cat - <(rec-join <other.rec 2>err) 2>err2 | sort | tr -d '\n' >letters
		[ "$(<letters)" = abcde ]
	done
}

take_wrong_words() {
	how='a number is needed, such as 10, last 10 or 64K bytes; or until or while with a verb'
	usage "$how"
	usage "last: $how" last
	usage 'x: not a number of records such as 10 or 5k, nor until or while' x
	usage '10K: not a number of records such as 10 or 5k, nor until or while' 10K
	usage '10k: not a number of bytes such as 100 or 64K' 10k bytes
	usage '18446744073709551616: not a number of records such as 10 or 5k, nor until or while' 18446744073709551616
	usage '4: no operand is expected after 3 but bytes' 3 4
	usage 'until: not a number of records such as 10 or 5k' last until locate
	usage 'bytes: not a number of records such as 10 or 5k, nor until or while' bytes 5
	usage '4: no operand is expected after 3 bytes' last 3 bytes 4
	usage 'until: a verb of rec-filter is needed, such as locate' until
	usage 'while: a verb of rec-filter is needed, such as locate' while -i
	usage 'locate: foo: write /foo/, or -e foo; a column is .foo; the synopsis is locate [RANGE ...] [TEXT ...]' until locate foo
	goes='-e, -F, -i, --after, --each-line, --eres and --texts go with until or while and a verb'
	usage "$goes" -i 3
	usage "$goes" -e x 3
	usage "$goes" --after last 3
	usage "$goes" -F , 3
	usage "$goes" --each-line 3 bytes
	usage 'locate: csv h2: a column is named by a dot: .h2, and rec-split -f csv -H takes the names from the first row; the synopsis is locate [RANGE ...] [TEXT ...]' until locate csv h2 /x/
	moved="-H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9'"
	usage "$moved" -H 3
	usage "$moved" --header until locate /a/
	usage "$moved" until locate -H .price /a/
	usage '-F abc: a separator is one character, two hexadecimal digits, BLANK, SPACE, TAB, or a string such as /abc/' until locate -F abc f1
	usage '--else -: standard output is taken already' --else - 3
	usage '--else: fd:x: fd: is followed by the number of a descriptor that is open, such as fd:3' --else fd:x 3 || grep -q -- '--else' err
	st=0
	"$command" until verb <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ] && grep -q "^$command: verb: no such verb; there are locate" err
	[ "$cases" -ge 19 ]
}

take_damaged() {
	mkstream data:0:a,b,c data:3:d,e >cut.rec
	for arguments in 4 'last 1' 'until locate /d/'; do
		st=0
		# shellcheck disable=SC2086
		"$command" --else other.rec $arguments <cut.rec >kept.rec 2>err || st=$?
		[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
		mkstream records <other.rec >other.records || :
		grep -q '^end .*65' other.records
		[ "$({ mkstream records <kept.rec; cat other.records; } | grep -c =)" -eq 5 ]
	done
	st=0
	"$command" --else /nowhere/x 1 <cut.rec >out 2>err || st=$?
	[ "$st" -eq 73 ] && [ "$(lines err)" -eq 1 ]
}
