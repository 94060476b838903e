#!/usr/bin/env bats
# rec-sample: passes some of the records.

load helper
load partition

@test "rec-sample: --every takes the first record and each Nth after it" {
	input='0\n1\n2\n3\n4\n5\n6\n7\n'
	case_of "$input" '' --every 1
	case_of '0\n2\n4\n6\n' '1\n3\n5\n7\n' --every 2
	case_of '0\n3\n6\n' '1\n2\n4\n5\n7\n' --every 3
	case_of '0\n' '1\n2\n3\n4\n5\n6\n7\n' --every 8
	case_of '0\n' '1\n2\n3\n4\n5\n6\n7\n' --every 18446744073709551615
	case_of '1\n4\n7\n' '0\n2\n3\n5\n6\n' --every 3 --offset 1
	case_of '2\n5\n' '0\n1\n3\n4\n6\n7\n' --offset 2 --every 3
	case_of '5\n7\n' '0\n1\n2\n3\n4\n6\n' --every 2 --offset 5
	case_of '7\n' '0\n1\n2\n3\n4\n5\n6\n' --every 1 --offset 7
	case_of '' "$input" --every 1 --offset 8
	case_of '' "$input" --every 1 --offset 18446744073709551615
	input=''
	case_of '' '' --every 2
	input='one'
	case_of one '' --every 2
	case_of '' one --every 2 --offset 1
	[ "$cases" -eq 14 ]
	seq 0 99999 | rec-split | rec-sample --every 777 --offset 5 | rec-join >found
	seq 5 777 99999 >expected
	same expected found
}

@test "rec-sample: --rate takes each record with that probability, by the seed" {
	input='0\n1\n2\n3\n'
	case_of '' "$input" --rate 0
	case_of "$input" '' --rate 1
	case_of "$input" '' --rate 100%
	case_of '' "$input" --rate .0 --seed 3
	[ "$cases" -eq 4 ]
	seq 100000 | rec-split >input.rec
	for rate in 0.1 10% .100; do
		rec-sample --rate "$rate" --seed 7 --else other.rec <input.rec >kept.rec
		[ -e first ] || rec-join <kept.rec >first
		rec-join <kept.rec >kept
		same first kept
	done
	together
	n=$(lines first)
	[ "$n" -gt 9500 ] && [ "$n" -lt 10500 ]
	# The choice is the same whatever the blocks are; without a seed it differs from run to run.
	seq 100000 | REC_BLOCK=100 rec-split | rec-sample --rate 10% --seed 7 | rec-join >kept
	same first kept
	rec-sample --rate 10% <input.rec | rec-join >one
	rec-sample --rate 10% <input.rec | rec-join >two
	run ! cmp -s one two
}

@test "rec-sample: --reservoir takes K of all, each as likely, in their order" {
	seq 1000 | REC_BLOCK=100 rec-split >input.rec
	for k in 0 1 10 999 1000 5k; do
		rec-sample --reservoir $k --seed 1 <input.rec >kept.rec
		rec-join <kept.rec >kept
		[ "$(lines kept)" -eq $((${k/5k/1000})) ]
		sort -n kept | cmp - kept
		[ "$(sort -u kept | wc -l)" -eq "$(lines kept)" ]
		mkstream records <kept.rec | awk -F= '/=/ && $1 + 1 != $2 { exit 1 }'
	done
	seq 1000 | rec-split | rec-sample --reservoir 10 --seed 1 | rec-join >kept
	rec-sample --reservoir 10 --seed 1 <input.rec | rec-join | same kept /dev/stdin
	for seed in {1..100}; do
		seq 10 | rec-split | rec-sample --reservoir 3 --seed "$seed" | rec-join
	done | sort -n | uniq -c >counts
	# 300 choices of 10: 30 each, with a deviation of 5.
	awk '$1 < 10 || $1 > 50 { bad = 1 } END { exit bad || NR != 10 }' counts
	printf '' | rec-split | rec-sample --reservoir 3 | rec-join >kept
	[ ! -s kept ]
}

@test "rec-sample: a reservoir keeps records of any bytes, a last line without newline, and losses at their place" {
	printf '3:a\nb,0:,4:\0\n\0x,2:\n\0,1:z,' >expected
	rec-split -f netstring <expected | rec-sample --reservoir 5 | rec-join -f netstring >found
	same expected found
	printf 'a\nb\nc' >expected
	rec-split <expected | rec-sample --reservoir 3 | rec-join >found
	same expected found
	mkstream data:0:a,b loss:2:5:7 loss:7:1:8 data:8:c,d loss:10:?:10 data:20:e end | rec-sample --reservoir 5 | mkstream records >found
	printf '%s\n' 0=a 1=b 'loss 2 6' 8=c 9=d 'loss 10 -1' 20=e >expected
	head -n 7 found | same expected /dev/stdin
	# Losses of a known number stay known beside those of an unknown one, also if they are too
	# many to keep their places.
	mkstream data:0:a loss:1:5:6 loss:6:?:6 loss:6:7:13 loss:13:4294967294:14 data:14:b end | rec-sample --reservoir 5 | mkstream records >found
	printf '%s\n' 0=a 'loss 1 12' 'loss 6 -1' 'loss 13 4294967294' 14=b 'end 15 0 ' >expected
	same found expected
	# shellcheck disable=SC2046 # words
	mkstream $(seq 0 4 19996 | awk '{ print "data:" $1 ":x loss:" $1 + 1 ":1:" $1 + 2 " loss:" $1 + 2 ":?:" $1 + 3 }') next:20000 end |
		rec-sample --reservoir 5000 | rec-view --info >found
	grep -qx 'lost        more than 5,000 records, reported by 4,096 blocks' found
	mkstream data:0:a,b loss:2:5:7 end | rec-sample --every 2 | mkstream records >found
	printf '%s\n' 0=a 'loss 2 5' 'end 7 0 ' >expected
	head -n 2 expected >e && head -n 2 found | same e /dev/stdin
}

@test "rec-sample: a damaged stream is passed up to the damage, which is reported" {
	mkstream data:0:a,b,c >cut.rec
	for arguments in '--every 1' '--rate 1' '--reservoir 3'; do
		st=0
		# shellcheck disable=SC2086
		rec-sample $arguments <cut.rec >kept.rec 2>err || st=$?
		[ "$st" -eq 65 ] && [ "$(lines err)" -eq 1 ]
		mkstream records <kept.rec >kept || :
		[ "$(grep -c = kept)" -eq 3 ] && grep -q '^end .*65' kept
	done
}

@test "rec-sample: memory is bounded by the held records" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	for arguments in '--reservoir 100' '--every 1000' '--rate 0.1%'; do
		(
			ulimit -v 40000
			# shellcheck disable=SC2086
			yes 'some line or other' | head -c 40M | rec-split | rec-sample $arguments | rec-filter -c locate
		) >out
		[ "$(<out)" -ge 100 ] && [ "$(<out)" -le 4000 ]
	done
}

@test "rec-sample: wrong words are 64 and one line that says what is expected" {
	usage 'one of --every N, --rate P and --reservoir K is needed'
	usage 'only one of --every, --rate and --reservoir, and once' --every 2 --rate 1
	usage 'only one of --every, --rate and --reservoir, and once' --every 2 --every 2
	usage '--every 0: not a number of records such as 10 or 5k, from 1 on' --every 0
	usage '--every x: not a number of records such as 10 or 5k, from 1 on' --every x
	usage '--offset -1: not a number of records such as 10 or 5k' --every 1 --offset -1
	for rate in 1.1 101% -1 1e-1 0x1 . % '' .5.5 5%% ' 1' nan inf 1,0; do
		usage "--rate $rate: not a probability from 0 to 1, such as 0.01 or 1%" --rate "$rate"
	done
	usage '--reservoir x: not a number of records such as 10 or 5k' --reservoir x
	usage '--seed x: not a whole number below 2^64' --rate 1 --seed x
	usage '--offset goes with --every' --rate 1 --offset 3
	usage '--seed goes with --rate and --reservoir: --every leaves nothing to chance' --every 1 --seed 3
	usage '--else does not go with --reservoir: a record that was in it may be put out of it long after later ones' --reservoir 1 --else x
	usage 'x: no operand is expected; K records by chance are --reservoir K' --every 1 x
	[ "$cases" -eq 26 ]
}
