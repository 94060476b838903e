#!/usr/bin/env bats
# rec-around: passes what a verb keeps, with its neighbours.

load helper
load partition

@test "rec-around: records before and after those that the verb keeps, each once" {
	input='1\n2\nx3\n4\n5\n6\nx7\nx8\n9\n10\n11\n12\n'
	case_of 'x3\nx7\nx8\n' '1\n2\n4\n5\n6\n9\n10\n11\n12\n' -C 0 locate /x/
	case_of 'x3\n4\nx7\nx8\n9\n' '1\n2\n5\n6\n10\n11\n12\n' -A 1 locate /x/
	case_of '2\nx3\n6\nx7\nx8\n' '1\n4\n5\n9\n10\n11\n12\n' -B 1 locate /x/
	case_of '2\nx3\n4\n6\nx7\nx8\n9\n' '1\n5\n10\n11\n12\n' -C 1 locate /x/
	# Neighbourhoods that touch or overlap, and those that reach over an end of the stream.
	case_of '1\n2\nx3\n4\n5\n6\nx7\nx8\n9\n10\n' '11\n12\n' -C 2 locate /x/
	case_of '1\n2\nx3\n5\n6\nx7\nx8\n' '4\n9\n10\n11\n12\n' -B 2 locate /x/
	case_of 'x3\n4\n5\n6\nx7\nx8\n9\n10\n11\n' '1\n2\n12\n' -A 3 locate /x/
	case_of "$input" '' -C 4 locate /x/
	case_of "$input" '' -C 18446744073709551615 locate /x/
	case_of '1\n2\nx3\n4\n5\n6\nx7\nx8\n' '9\n10\n11\n12\n' -B 5k locate /x/
	case_of 'x3\n4\n5\n6\nx7\nx8\n9\n10\n11\n12\n' '1\n2\n' -A 5k locate /x/
	case_of '12\n' '1\n2\nx3\n4\n5\n6\nx7\nx8\n9\n10\n11\n' -A 3 locate /12/
	# -A and -B rank before -C, in any order.
	case_of 'x3\n4\n5\nx7\nx8\n9\n10\n' '1\n2\n6\n11\n12\n' -C 2 -B 0 locate /x/
	case_of '2\nx3\n6\nx7\nx8\n' '1\n4\n5\n9\n10\n11\n12\n' -A 0 --context 1 locate /x/
	case_of '2\nx3\n4\n5\n6\nx7\nx8\n9\n10\n' '1\n11\n12\n' --after 2 --before 1 locate /x/
	# Nothing is found.
	case_of '' "$input" -C 3 locate /y/
	input=''
	case_of '' '' -C 3 locate //
	input='x'
	case_of x '' -C 3 locate /x/
	case_of '' x -C 3 locate /y/
	input='1\nx\n2'
	case_of '1\nx\n2' '' -C 1 locate /x/
	case_of 'x\n2' '1\n' -A 9 locate /x/
	case_of '1\nx\n' 2 -B 9 locate /x/
	[ "$cases" -eq 22 ]
}

@test "rec-around: the options of the verbs, before and after them; -v; -n" {
	input='a,1\nb,2\nC,3\nd,4\ne,5\nf,6\ng,7\n'
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 -i locate /c/
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' locate -C 1 -i /c/
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C1 -F , locate f2 /3/
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 where 'POS == 2'
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 -F , where -e "\$2 == 3"
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 match '/^C/'
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 --each-line match '/^C/'
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -C 1 -- locate -- /C/
	case_of 'b,2\nC,3\nd,4\n' 'a,1\ne,5\nf,6\ng,7\n' -vC 1 nlocate /C/
	case_of 'a,1\nb,2\nC,3\n' 'd,4\ne,5\nf,6\ng,7\n' -v -A 1 where 'POS > 1'
	case_of 'f,6\ng,7\n' 'a,1\nb,2\nC,3\nd,4\ne,5\n' --invert --before 1 where 'POS < 6'
	[ "$cases" -eq 11 ]
	# With -n nothing is read after the last neighbour, and what comes later is in neither output.
	mkstream data:0:x,a,b,x,c data:5:d,x,e data:8:x 'raw:something_else_that_is_longer_than_forty_bytes' >input.rec
	while read -r words; do
		read -r kept && read -r other
		# shellcheck disable=SC2086 # words
		rec-around --else other.rec $words locate /x/ <input.rec >kept.rec
		rec-join <kept.rec | paste -sd ' ' - | sed 's/^$/none/' | same - <(echo "$kept")
		rec-join <other.rec | paste -sd ' ' - | sed 's/^$/none/' | same - <(echo "$other")
		cases=$((cases + 1))
	done <<-'END'
		-C 1 -n 1
		x a
		none
		-A 2 -n 2
		x a b x c d
		none
		-C 1 -n 2
		x a b x c
		none
		-B 1 -n 3
		x b x d x
		a c
		-A 1 --limit 3
		x a x c x e
		b d
		-C 5k -n 0
		none
		none
	END
	[ "$cases" -eq 17 ]
	# The end mark's watermark is the first record that was not looked at.
	rec-around -A 2 -n 1 locate /x/ <input.rec | mkstream dump >blocks
	grep '^end .*next=3 ' blocks
	statuses "yes | rec-split | rec-around -C 3 -n 2 locate /y/ | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 5 ]
	statuses "yes | rec-split | rec-around -C 3 -n 1 --else cmd:'rec-join >rest' locate /y/ | rec-take 0"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ ! -s rest ]
}

# bats test_tags=random
@test "rec-around: random records against grep -A -B -C, with and without its separator" {
	while rounds; do
		for ((i = RANDOM % 60; i > 0; i--)); do
			echo "$((RANDOM % 12)) $((RANDOM % 3))"
		done >input
		REC_BLOCK=$((RANDOM % 60 + 1)) rec-split <input >input.rec
		a=$((RANDOM % 5)) b=$((RANDOM % 5)) text=$((RANDOM % 12))
		for sides in "-A $a -B $b" "-C $a" "-A $a" "-B $b" "-C 0"; do
			for v in '' -v; do
				# shellcheck disable=SC2086 # words
				{
					grep $v $sides --no-group-separator "^$text " input >kept.want || :
					rec-around $v $sides --else other.rec match "/^$text /" <input.rec >kept.rec
					rec-join <kept.rec | same kept.want -
					together
					grep $v $sides "^$text " input >kept.want || :
					REC_BLOCK=$((RANDOM % 60 + 1)) rec-around $v $sides --sep -- --else rest.rec match "/^$text /" <input.rec >parted.rec
					rec-join <parted.rec | same kept.want -
					same <(rec-join <other.rec) <(rec-join <rest.rec)
				}
			done
		done
	done
}

@test "rec-around: the record of --sep has the position of the record after it, and is in one output only" {
	mkstream data:0:x at:3=a,5=b,5=x,9=c at:9=d,12=x end >input.rec
	rec-around -B 1 --sep '-- x' --else other.rec locate /x/ <input.rec >kept.rec
	mkstream records <kept.rec | same - <(printf '%s\n' '0=x' '5=-- x' '5=b' '5=x' '9=-- x' '9=d' '12=x' 'end 12 0 ')
	mkstream records <other.rec | same - <(printf '%s\n' '3=a' '9=c' 'end 12 0 ')
	# Other gaps, an empty text, and a text of several lines.
	printf 'x\0a\0b\0x' | rec-split -0 >input.rec
	rec-around -C 0 --sep '' locate /x/ <input.rec | rec-join -0 | tr '\0' . | same - <(printf 'x..x')
	rec-around -C 0 --sep "$(printf 'a\nb')" locate /x/ <input.rec | rec-join -f netstring | same - <(printf '1:x,3:a\nb,1:x,')
	# A loss between two kept records does not part them: nothing was rejected.
	mkstream data:0:x loss:1:2:3 data:3:x,y,x end >input.rec
	rec-around -C 0 --sep -- locate /x/ <input.rec | mkstream records 2>/dev/null | head -n 5 |
		same - <(printf '%s\n' '0=x' 'loss 1 2' '3=x' '5=--' '5=x')
	REC_MAX=3 rec-around -C 0 --sep abc locate /x/ <input.rec >/dev/null 2>err || [ $? -eq 65 ]
	run ! grep -e --sep err
}

@test "rec-around: losses pass to both outputs, in their places among the records" {
	mkstream data:0:a loss:1:2:3 data:3:b,c loss:5:1:6 loss:6:2:8 data:8:d loss:9:1:10 data:10:x loss:11:?:12 data:12:e,f,g end >input.rec
	while read -r words; do
		read -r kept && read -r other
		# shellcheck disable=SC2086 # words
		rec-around $words --else other.rec locate /x/ <input.rec >kept.rec
		mkstream records <kept.rec | grep -v ^end | paste -sd , - | same - <(echo "$kept")
		mkstream records <other.rec | grep -v ^end | paste -sd , - | same - <(echo "$other")
		cases=$((${cases:-0} + 1))
	done <<-'END'
		-C 0
		loss 1 2,loss 5 1,loss 6 2,loss 9 1,10=x,loss 11 -1
		0=a,loss 1 2,3=b,4=c,loss 5 1,loss 6 2,8=d,loss 9 1,loss 11 -1,12=e,13=f,14=g
		-C 2
		loss 1 2,4=c,loss 5 3,8=d,loss 9 1,10=x,loss 11 -1,12=e,13=f
		0=a,loss 1 2,3=b,loss 5 3,loss 9 1,loss 11 -1,14=g
		-B 9
		0=a,loss 1 2,3=b,4=c,loss 5 3,8=d,loss 9 1,10=x,loss 11 -1
		loss 1 2,loss 5 3,loss 9 1,loss 11 -1,12=e,13=f,14=g
	END
	[ "$cases" -eq 3 ]
}

@test "rec-around: a table passes, names are its columns, and --sep is refused" {
	printf '"id", x\r\n1,a\r\n2,"b\n"\r\n3,c\r\n4,d' >in.csv
	rec-split -f csv -H in.csv >input.rec
	rec-around --else csv:other.csv -C 1 where '."id" == 2 && csv(2) == "b\n"' <input.rec | rec-join | same - <(printf '"id", x\r\n1,a\r\n2,"b\n"\r\n3,c\r\n')
	printf '"id", x\r\n4,d' | same other.csv -
	refuses_table 'locate: .no: no such column (the table has id, " x")' -C 1 locate .no /a/
	refuses_table '--sep: the records have a table, and the text would be one of its rows' -C 1 --sep -- locate /a/
	rec-split -f tsv in.csv >input.rec
	refuses_table '--sep: the records have a table, and the text would be one of its rows' -C 1 --sep -- locate /a/
	refuses_table 'where: .id: the table has no names (rec-split -H takes them from the first row)' -C 1 where '.id > 1'
	[ "$cases" -eq 4 ]
	printf 'h1,h2\na,1\nb,2\n' | rec-split | rec-around -C 1 where '.h1 == 1' 2>err >kept.rec
	echo 'rec-around: none of 3 records is JSON; for CSV: rec-split -f csv -H' | same - err
}

@test "rec-around: a record whose fate is known goes out at once" {
	mkfifo in
	start sh -c 'rec-split <in | rec-around -A 1 -B 2 --else cmd:"rec-join >other" locate /x/ | rec-join >out'
	exec 7>in
	# Of three records one is too far from whatever may come.
	printf '1\n2\n3\n' >&7
	within grep -q 1 other
	[ ! -s out ] && same other <(echo 1)
	echo x >&7
	within grep -q x out
	same out <(printf '2\n3\nx\n')
	echo 4 >&7
	within grep -q 4 out
	printf '5\n6\n' >&7
	exec 7>&-
	finish
	same out <(printf '2\n3\nx\n4\n') && same other <(printf '1\n5\n6\n')
}

@test "rec-around: a damaged stream is passed up to the damage, which is reported" {
	for words in '-C 0' '-C 1' '-A 5' '-B 5'; do
		mkstream data:0:a,x,b,c data:4:d 'raw:something_else_that_is_longer_than_forty_bytes' >input.rec
		# shellcheck disable=SC2086 # words
		rec-around $words --else other.rec locate /x/ <input.rec >kept.rec 2>err && return 1 || [ $? -eq 65 ]
		[ "$(lines err)" -eq 1 ]
		{ mkstream records <kept.rec && mkstream records <other.rec; } >both || :
		grep -v ^end both | sort | same - <(printf '%s\n' 0=a 1=x 2=b 3=c 4=d)
		[ "$(grep -c '^end 5 65 ' both)" -eq 2 ]
	done
}

@test "rec-around: the last -B records are all that is held" {
	[ -z "$SAN" ] || skip 'the sanitizers have memory of their own'
	seq 1000000 2000000 >numbers
	# In blocks of any size, down to a record for each.
	for size in 1 262080; do
		head -n $((size == 1 ? 100000 : 1000001)) numbers | REC_BLOCK=$size rec-split >input.rec
		"$BUILD/tools/peak" peak rec-around -B 1000 -A 1000 locate /999999/ <input.rec >kept.rec
		[ "$(<peak)" -lt 8192 ] || { cat peak; return 1; }
		rec-join <kept.rec | same - <(grep -C 1000 999999 <(head -n $((size == 1 ? 100000 : 1000001)) numbers))
	done
}

@test "rec-around: wrong words are 64 and one line that says what is expected" {
	usage 'a verb of rec-filter is needed, such as locate' -C 1
	usage '-A, -B or -C is needed, the number of neighbours: -C 2 keeps two before and two after' locate /a/
	usage '-A 1x: not a number of records such as 10 or 5k' -A 1x locate /a/
	usage '-B -1: not a number of records such as 10 or 5k' -B -1 locate /a/
	usage '-C : not a number of records such as 10 or 5k' -C '' locate /a/
	usage '-n 0x: not a number of records such as 10 or 5k' -C 1 -n 0x locate /a/
	usage 'locate: a: write /a/, or -e a; a column is .a; the synopsis is locate [RANGE ...] [TEXT ...]' -C 1 locate a
	usage '--else -: standard output is taken already' -C 1 --else - locate /a/
	usage "-H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9'" -C 1 -H locate /a/
	[ "$cases" -eq 9 ]
	mkstream data:0:a end | REC_MAX=3 rec-around -C 0 --sep abcd locate /a/ 2>err >out && return 1 || [ $? -eq 64 ]
	same err <(echo 'rec-around: --sep: the text is longer than a record may be (REC_MAX) (rec-around -h shows the usage)')
}
