#!/usr/bin/env bats
# rec-fanout: deals a record stream to workers and gathers what they write. tests/unit/work/fanout.c
# compares it with its definition at random; here are the single promises, each loss with what other
# programs do (measured on GNU coreutils 9 and parallel 20231122).

load helper

# numbers N: a stream of the numbers from 1 to N.
numbers() {
	seq "$1" | rec-split
}

# ordered N ARG ...: rec-fanout -k over the numbers up to N, with a filter, gives what the filter
# alone gives, byte for byte.
ordered() {
	local n=$1

	shift
	numbers "$n" >in.rec
	rec-filter locate /7/ <in.rec >want.rec
	rec-fanout -k "$@" rec-filter locate /7/ <in.rec >got.rec || return
	shown want.rec >want && shown got.rec >got || return
	same want got
}

shown() {
	mkstream records <"$1"
}

@test "rec-fanout: -k is what one worker alone would write, however records are dealt" {
	ordered 100000 -j 1
	ordered 100000 -j 4
	ordered 100000 -j 4 -N 7
	ordered 100000 -j 4 -N 1000
	ordered 100000 -j 3 --round-robin
	ordered 100000 -j 3 --round-robin -N 3
	ordered 100000 -j 4 --key 1-2
	ordered 100000 -j 4 --retries 2
	ordered 10 -j 4
	ordered 0 -j 4
	REC_BLOCK=10 ordered 2000 -j 3
}

@test "rec-fanout: a block of large records is divided after any number of them" {
	local i

	# Blocks of an even count and a size above the usual lie in memory of just their size; unit/stream/rec_out_exact.c tries all shapes.
	RANDOM=7
	for i in {1..60}; do
		head -c $((RANDOM * 12)) /dev/zero | tr '\0' y
		echo
	done >in
	rec-split in >in.rec
	for i in 1 2 3 4 5; do
		rec-fanout -k -j 2 rec-filter locate // <in.rec | rec-join >out
		same in out
	done
}

@test "rec-fanout: without -k nothing is lost or doubled, and it is a new stream" {
	numbers 200000 | rec-fanout -j 4 rec-filter locate // >out.rec
	rec-join <out.rec | sort -n >got
	seq 200000 >want
	same want got
	shown out.rec | tail -n 1 | grep -qx 'end 200000 0 '
	shown out.rec | head -n 200000 | awk -F = '$1 != NR - 1 { exit 1 }'
}

@test "rec-fanout: --round-robin deals in turn, --key by parts, --copy to all" {
	numbers 9 | rec-fanout -j 3 --round-robin -N 2 --sink sh -c 'rec-join >part.{%}'
	[ "$(paste -sd, part.1)$(paste -sd, part.2)$(paste -sd, part.3)" = '1,2,7,83,4,95,6' ]
	seq 3000 | awk '{ print "key" $1 % 100, $1 }' | REC_BLOCK=500 rec-split |
		rec-fanout -j 4 --key 'word 1' --sink sh -c 'rec-join >part.{%}'
	cat part.? | sort -k 2n >got
	seq 3000 | awk '{ print "key" $1 % 100, $1 }' >want
	same want got
	# Each key is in one part only, and its records are in order there.
	for part in part.?; do
		awk '{ print $1 }' "$part" | sort -u
	done | sort | uniq -d >twice
	[ ! -s twice ]
	for part in part.?; do
		sort -c -k 2n "$part"
	done
	rm part.?
	numbers 5000 | rec-fanout -j 3 --copy --sink sh -c 'rec-join >part.{%}'
	seq 5000 >want
	for part in part.?; do
		same want "$part"
	done
}

@test "rec-fanout: --key takes a name in quotes that has spaces, among other ranges" {
	for n in 1 2 3; do
		for i in $(seq 50); do echo "{\"n\":$n,\"odd name\":$i,\"x\":\"\"}"; done
	done >in
	rec-split in | rec-fanout --key '.x	."odd name" ' --to x.rec --to y.rec
	rec-join <x.rec | grep -o 'name":[0-9]*' | sort | uniq -c | sort -k 2 >x
	rec-join <y.rec | grep -o 'name":[0-9]*' | sort | uniq -c | sort -k 2 >y
	# Three records of each key, all of them in one of both outputs.
	[ -s x ] && [ -s y ]
	[ "$(cat x y | grep -c '^ *3 name')" -eq 50 ]
	[ "$(cat x y | wc -l)" -eq 50 ]
}

@test "rec-fanout: with --key, records that a dead worker leaves are dealt before newer records of their keys" {
	seq 20000 | REC_BLOCK=300 rec-split >in.rec
	# shellcheck disable=SC2016 # the worker's own
	rec-fanout -j 3 --key 1-1 --retries 9 sh -c '
		mkdir died.{%} 2>/dev/null && { rec-filter locate // | head -c 5000; kill -KILL $$; }
		exec rec-filter locate //' <in.rec 2>err | rec-join >out
	sort -n out >got
	seq 20000 >want
	same want got
	[ "$(grep -c 'dealt again' err)" -ge 1 ]
	for digit in 1 2 3 4 5 6 7 8 9; do
		grep "^$digit" out | sort -c -n
	done
}

# split -n r/4 --filter lost more than half of a million lines and ended with 0 when one of four
# filters stopped early. parallel --pipe --round-robin died of it.
@test "rec-fanout: a worker that ends well but early leaves the rest to the others" {
	for order in '' -k; do
		# shellcheck disable=SC2086 # no word or one
		numbers 100000 | rec-fanout $order -j 4 sh -c '[ {%} -eq 2 ] && exec rec-take 3; exec rec-filter locate //' |
			rec-join | sort -n >got
		seq 100000 >want
		same want got
	done
	# When no worker wants more, rec-fanout stops.
	statuses 'yes | rec-split | rec-fanout -j 2 rec-take 3 | rec-join'
	[ "$statuses" = '141 0 0 0' ]
	[ "$(lines out)" -eq 6 ]
}

# split and parallel end with 0 or with a status that does not name the worker.
@test "rec-fanout: a worker that dies, fails, is mute or writes garbage fails the whole, by name" {
	numbers 50000 >in.rec
	# fails STATUS MESSAGE COMMAND ...
	fails() {
		local want=$1 message=$2 st=0

		shift 2
		for order in '' -k; do
			st=0
			# shellcheck disable=SC2086 # no word or one
			timeout 60 rec-fanout $order -j 3 "$@" <in.rec >out.rec 2>err || st=$?
			[ "$st" -eq "$want" ] || { echo "status $st: $* $(<err)"; return 1; }
			grep -q "^rec-fanout: worker [0-9].*$message" err || { cat err; return 1; }
			shown out.rec | tail -n 1 | grep -q "^end [0-9]* $want rec-fanout: worker " || return
		done
	}
	# shellcheck disable=SC2016 # the worker's own
	fails 65 'killed by signal 9 (Killed): [0-9]* records at positions [0-9]* to [0-9]* are unanswered' sh -c '[ {%} = 2 ] && kill -KILL $$; exec rec-filter locate //'
	fails 65 'exit status 3' sh -c 'rec-filter locate //; exit 3'
	fails 77 'exit status 77' sh -c 'rec-filter locate //; exit 77'
	fails 65 'no bytes at all, not even an end mark (--sink is' true
	fails 65 'no bytes at all, not even an end mark (--sink is' sh -c 'rec-join >/dev/null'
	fails 65 'not a record stream (it begins "hello^J") (rec-each runs any program)' sh -c 'echo hello; rec-join >/dev/null'
	fails 65 'cut off' sh -c 'rec-filter locate // | head -c 100'
	fails 65 'loses positions.*rec-each' sh -c 'rec-join | rec-split'
	fails 65 'loses positions' sh -c 'rec-join >/dev/null; rec-split </dev/null'
}

# placed WANT ARG ...: rec-fanout -k ARG ... over the lines from 0 to 29999, each of which is its
# own position, gives the lines of WANT.
placed() {
	local want=$1

	shift
	rec-fanout -k "$@" <in.rec >got.rec || return
	rec-join <got.rec >got
	same "$want" got || return
	# Each of them is at its own position.
	shown got.rec | sed '$d' | awk -F = '$1 != $2 { exit 1 }'
}

@test "rec-fanout: POS is the source's position in every worker, however records are dealt" {
	seq 0 29999 >all
	rec-split all >in.rec
	seq 0 2 >three
	placed three -j 2 rec-filter where 'POS < 3'
	rec-fanout -j 2 rec-filter where 'POS < 3' <in.rec | rec-join | sort -n >got
	same three got
	# shellcheck disable=SC2016 # of the expression
	{
		placed all -j 1 rec-filter where 'POS == $0'
		placed all -j 3 -N 7 rec-filter where 'POS == $0'
		placed all -j 3 --round-robin -N 1 rec-filter where 'POS == $0'
		placed all -j 3 --key 2-2 rec-filter where 'POS == $0'
		placed all --hosts a,2/b --launch 'env -i PATH={host}:/nowhere:'"$PATH" rec-filter where 'POS == $0'
		# In a pipeline, in workers of workers, in a rec-only within a worker.
		placed all -j 2 sh -c 'rec-filter where "POS == \$0" | rec-filter where "POS == \$0"'
		placed all -j 2 rec-fanout -k -j 2 -N 100 rec-filter where 'POS == $0'
		placed all -j 2 rec-only 'locate /7/' rec-filter where 'POS == $0'
		placed all -j 2 rec-route 'where POS == $0' - /dev/null
		# A filter before it leaves gaps.
		seq 0 29999 | grep 3 >want
		rec-filter locate /3/ <in.rec >some.rec
		mv some.rec in.rec
		placed want -j 3 -N 50 rec-filter where 'POS == $0'
		placed want -j 3 --key 1-1 rec-filter where 'POS == $0'
		# A worker that wants no more leaves its records, which come before those that the
		# other workers were sent.
		placed want -j 3 -N 5 sh -c '[ $REC_RANK = 1 ] && exec rec-take 3; exec rec-filter where "POS == \$0"'
		placed want -j 3 --round-robin sh -c '[ $REC_RANK = 1 ] && exec rec-take 3; exec rec-filter where "POS == \$0"'
		# Workers that die; their records go to other workers and to those that take their
		# places.
		placed want -j 3 -N 50 --retries 100 sh -c 'mkdir died.$((REC_RANK * 10 + $$ % 10)) 2>/dev/null && exec head -c 3000
			exec rec-filter where "POS == \$0"' 2>err
	}
	[ "$(grep -c 'dealt again' err)" -ge 2 ]
	# In a worker that is a sink; and in a file that a worker writes, which has the right
	# positions when it is read elsewhere.
	seq 0 99 | rec-split | rec-fanout -j 2 --sink sh -c 'rec-view >seen.{%}'
	cat seen.1 seen.2 | awk '$1 != $3 { exit 1 } END { exit NR != 100 }'
	seq 0 99 | rec-split | rec-fanout -k -j 2 -N 10 --round-robin rec-filter --else 'rest.{%}.rec' locate /nothing/ | rec-filter -c locate // >count
	[ "$(<count)" -eq 0 ]
	rec-fanin -k rest.1.rec rest.2.rec | rec-filter where 'POS >= 95' | rec-join | cmp - <(seq 95 99)
}

@test "rec-fanout: other commands that look at positions see the source's in a worker" {
	seq 0 9 | rec-split >in.rec
	rec-fanout -j 1 sh -c 'rec-view >view; rec-split </dev/null' <in.rec >/dev/null 2>&1 || true
	rec-view <in.rec | same view -
	rec-fanout -j 1 sh -c 'rec-view --info >info; rec-split </dev/null' <in.rec >/dev/null 2>&1 || true
	grep -qx 'positions   0 to 9' info
	grep -qx 'watermark   10' info
	rec-fanout -j 1 sh -c 'rec-view --info --json >info; rec-split </dev/null' <in.rec >/dev/null 2>&1 || true
	grep -q '"first":0,"last":9,"skipped":0,"watermark":10,"largest":{"bytes":1,"position":0}' info
	# shellcheck disable=SC2016 # the task's own
	rec-fanout -k -j 1 rec-each -k sh -c 'echo "$REC_POSITION $1"' x {} <in.rec | rec-join | awk '$1 != $2 { exit 1 } END { exit NR != 10 }'
	rec-fanout -k -j 1 rec-each -k sh -c 'exit 4' <in.rec >out.rec 2>err || [ $? -eq 65 ]
	grep -q 'position 0: exit status 4' err
	# Each worker takes some of its share, and says so by its watermark.
	rec-fanout -k -j 1 rec-take 3 <in.rec | rec-join | cmp - <(seq 0 2)
	rec-fanout -k -j 1 rec-filter -n 2 where 'POS > 3' <in.rec | rec-join | cmp - <(seq 4 5)
	rec-fanout -k -j 1 sh -c 'rec-drop 3 | rec-filter where "POS < 5"' <in.rec | rec-join | cmp - <(seq 3 4)
}

@test "rec-fanout: a COMMAND that numbers its records anew is noticed, in whichever worker" {
	local how command st

	seq 0 999 | rec-split >in.rec
	for how in '-j 1' '-j 2' '-j 3 -N 10' '-j 3 --round-robin' '-k -j 1' '-k -j 3 -N 1' '-k -j 3 --key 1-1' '-k -j 2 --retries 2'; do
		# shellcheck disable=SC2016 # the worker's own
		for command in 'rec-join | rec-split' 'rec-drop 5 | rec-join | rec-split' 'rec-join >/dev/null; rec-split </dev/null' \
			'rec-fanout -j 1 rec-filter locate //' 'rec-filter locate // | rec-fanin -' 'rec-each echo' \
			'[ $REC_RANK -gt 0 ] && exec rec-filter locate //; rec-join | rec-split'; do
			st=0
			# shellcheck disable=SC2086 # words
			timeout 60 rec-fanout $how sh -c "$command" <in.rec >out.rec 2>err || st=$?
			[ "$st" -eq 65 ] || { echo "$how: $command: $st"; return 1; }
			grep -q 'COMMAND loses positions: it makes a new stream' err || { echo "$how: $command: $(<err)"; return 1; }
		done
	done
	# A COMMAND that gives back a position between those of its own records.
	mkstream at:0=a,2=b,4=c next:5 end >in.rec
	st=0
	# shellcheck disable=SC2016 # the worker's own
	rec-fanout -j 1 sh -c 'cat >/dev/null; "$BUILD/tools/mkstream" at:281474976710657=x next:281474976710661 end' <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q 'COMMAND loses positions' err
}

@test "rec-fanout: if positions repeat, workers count on, and the output has the original ones" {
	mkstream at:0=a,0=b,1=c,1=d,1=e,2=f,9=g,9=h,20=i,20=j mark:21 at:21=k,22=l mark:23 end >in.rec
	printf '%s\n' '0 a' '1 b' '2 c' '3 d' '4 e' '5 f' '9 g' '10 h' '20 i' '21 j' '22 k' '23 l' >want
	for how in '-j 1' '-j 3' '-j 2 -N 1' '-j 2 -N 3' '-j 3 --round-robin -N 1' '-j 3 --key 1-1' '-j 2 --retries 1'; do
		# shellcheck disable=SC2016,SC2086 # words; the task's own
		rec-fanout -k $how rec-each -k sh -c 'echo "$REC_POSITION $1"' x {} <in.rec >out.rec
		rec-join <out.rec >got
		same want got
		shown out.rec | sed 's/=.*//' >numbers
		printf '%s\n' 0 0 1 1 1 2 9 9 20 20 21 22 'end 23 0 ' | same numbers -
	done
}

@test "rec-fanout: positions of any height are dealt, also again" {
	local words=() i

	# From 2^63 on nothing can be added to positions: a worker that has been sent more than what
	# was left gets a new process for that.
	for i in {10..99}; do
		words+=("data:92233720368547759$i:$i")
	done
	mkstream "${words[@]}" next:9223372036854776000 end >in.rec
	shown in.rec >want
	for how in '' '--round-robin -N 1' '-N 1' '-N 3'; do
		rm -rf died
		# shellcheck disable=SC2016,SC2086 # words; the worker's own
		timeout 60 rec-fanout -k -j 2 $how --retries 3 sh -c 'mkdir died 2>/dev/null && kill -KILL $$; exec rec-filter locate //' <in.rec 2>err |
			shown /dev/stdin >got
		same want got
		grep -q 'dealt again' err
		# shellcheck disable=SC2016,SC2086
		timeout 60 rec-fanout -k -j 2 $how sh -c '[ $REC_RANK = 0 ] && exec rec-take 1; exec rec-filter locate //' <in.rec | shown /dev/stdin >got
		same want got
	done
	# A watermark above the last record must be possible; here it is not.
	mkstream next:18446744073709551615 data:18446744073709551615:x next:18446744073709551615 end >in.rec
	rec-fanout -j 1 rec-filter locate // <in.rec >out.rec 2>err || [ $? -eq 65 ]
	grep -qx 'rec-fanout: standard input: the positions of its records are too high to be dealt' err
}

@test "rec-fanout: a COMMAND that is not there is 127, one that cannot be run 126" {
	numbers 10 >in.rec
	run -127 rec-fanout /no/such/command <in.rec
	run -126 rec-fanout . <in.rec
}

@test "rec-fanout: with -k, what comes before the first failure comes out, and nothing after it" {
	numbers 30000 >in.rec
	# shellcheck disable=SC2016 # the worker's own
	run -65 --separate-stderr bash -c 'rec-fanout -k -j 3 sh -c "[ {%} = 3 ] && exit 9; exec rec-filter locate //" <in.rec >out.rec'
	n=$(shown out.rec | grep -vc '^end')
	rec-join <out.rec >got 2>/dev/null || :
	seq "$n" >want
	same want got
}

childless() {
	[ -z "$(children "$pid")" ]
}

@test "rec-fanout: with -k a reader that begins late gets the same, to the end mark or to the first failure" {
	numbers 200000 >in.rec
	rec-filter nlocate /77/ <in.rec >want.rec
	shown want.rec >want
	# late WORKER: out is read only when all workers have ended; more waits for it by then than
	# a pipe holds.
	late() {
		rm -f out ended.*
		mkfifo out
		exec 8<>out
		start rec-fanout -k -j 3 sh -c "$1" <in.rec >out 2>err 8>&-
		exec 7<out 8>&-
		within eval '[ -e ended.1 ] && [ -e ended.2 ] && [ -e ended.3 ] && childless'
		cat <&7 >got.rec
		finish
		exec 7>&-
	}
	# shellcheck disable=SC2016 # the worker's own
	late 'rec-filter nlocate /77/; >ended.{%}'
	[ "$status" -eq 0 ]
	shown got.rec >got
	same want got
	late '>ended.{%}; [ {%} != 2 ] || { rec-take 10 >/dev/null; exit 9; }; exec rec-filter nlocate /77/'
	[ "$status" -eq 65 ]
	shown got.rec | grep -v '^end' >got || :
	[ "$(lines got)" -lt "$(lines want)" ]
	head -n "$(lines got)" want | cmp - got
	# Answers that wait for earlier ones come out at once: small ones and then a large one. The
	# buffer in which the small ones were put together has no room for the large one, and must
	# not be waited for. All of it is less than the gather's window.
	seq 700 | rec-split >few.rec
	seq 30000 | rec-split >many.rec
	for _ in 1 2; do
		for _ in $(seq 120); do cat few.rec; done
		cat many.rec
	done >in.rec
	shown in.rec >want
	late '[ {%} != 1 ] || until [ -e ended.2 ] && [ -e ended.3 ]; do sleep 0.05; done; rec-filter locate //; >ended.{%}'
	[ "$status" -eq 0 ]
	shown got.rec >got
	same want got
}

@test "rec-fanout: a worker that has stopped holds two runs of records, and not a ring full of them" {
	has_ring() { grep -q 'memfd:rec ring' "/proc/$1/maps"; }
	mkfifo in
	export REC_RING=16
	# shellcheck disable=SC2016 # the worker's own
	REC_HOP=1 start bash -c 'rec-split <in | rec-fanout -j 2 -N 100 sh -c "echo \$\$ >pid.\$REC_RANK; exec rec-filter locate" | rec-join >out'
	exec 9>in
	seq 2000 >&9
	come() { [ "$(lines out)" -ge "$1" ]; }
	within come 2000
	within has_ring "$(<pid.0)"
	kill -STOP "$(<pid.0)"
	seq 20000 >&9
	within come 21700
	kill -CONT "$(<pid.0)"
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	{ seq 2000; seq 20000; } | sort >want
	sort out >got
	same want got
}

@test "rec-fanout: sinks that read late get all that they were sent, unchanged" {
	seq 1500000 >want
	sort want >sorted
	# shellcheck disable=SC2016 # the worker's own
	late='head -c 70000 >first.$REC_RANK; until [ -e first.0 ] && [ -e first.1 ] && [ -e first.2 ]; do sleep 0.05; done
		cat first.$REC_RANK -'
	# A block is sent from the memory that it lies in. What a pipe or a ring has no room for is
	# copied before that memory is used again.
	for sink in "{ $late; } | rec-join" "rec-join | { $late; }"; do
		rm -f first.* got.*
		# shellcheck disable=SC2002 # by a pipe, so that blocks are small
		cat want | rec-split | rec-fanout -j 3 --sink sh -c "{ $sink; } >got.\$REC_RANK"
		sort got.* >got
		same sorted got
	done
}

@test "rec-fanout: --retries gives the exact result though workers die, hundreds of times" {
	numbers 20000 >in.rec
	seq 20000 | grep 7 >want
	# Every second process is killed at some point of its work.
	# shellcheck disable=SC2016 # the worker's own
	worker='mkdir life.$$ && [ "$(($(ls -d life.* | wc -l) % 2))" = 1 ] && { rec-filter locate /7/ | head -c $(($$ * 37 % 3000)); kill -KILL $$; }
		exec rec-filter locate /7/'
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		rec-fanout -k -j 3 --retries 50 -N 500 sh -c "$worker" <in.rec 2>>err | rec-join >got
		same want got
		rec-fanout -j 3 --retries 50 -N 500 sh -c "$worker" <in.rec 2>>err | rec-join | sort -n >got
		same want got
	done
	[ "$(grep -c 'signal 9' err)" -ge 20 ]
}

@test "rec-fanout: --retries gives up after that number, and names the positions" {
	numbers 1000 >in.rec
	# shellcheck disable=SC2016 # the worker's own
	run -65 rec-fanout -j 2 --retries 2 sh -c 'rec-take 1 >/dev/null; kill -KILL $$' <in.rec
	[[ $output == *'records at positions '*' are unanswered'* ]]
}

# split and parallel do not check that.
@test "rec-fanout: a sink that ends before it has read all has failed" {
	numbers 500000 >in.rec
	run -65 rec-fanout -j 2 --sink true <in.rec
	[[ $output == *'worker '*'ended before it had read all'* ]]
	numbers 10 >few.rec
	run -65 rec-fanout -j 1 --sink true <few.rec
	run -65 rec-fanout -j 2 --sink sh -c 'rec-join >/dev/null; exit 5' <in.rec
	[[ $output == *'exit status 5'* ]]
	run -0 rec-fanout -j 2 --sink sh -c 'cat >/dev/null' <in.rec
}

@test "rec-fanout: --to deals to endpoints, with the positions of the input" {
	numbers 100000 | rec-fanout --round-robin -N 10 --to a.rec --to b.rec
	{ shown a.rec; shown b.rec; } | grep -v ^end | sort -n >got
	numbers 100000 >in.rec
	shown in.rec | grep -v ^end >want
	same want got
	[ "$(shown a.rec | grep ^end)" = "$(shown b.rec | grep ^end)" ]
	run -74 rec-fanout --to a.rec --to cmd:'exit 0' <in.rec
	run -0 rec-fanout --copy --to a.rec --to cmd:'rec-take 3 >/dev/null' <in.rec
	same <(rec-join <a.rec) <(seq 100000)
	run -73 rec-fanout --to no/such/dir/x <in.rec
}

@test "rec-fanout: --to: when the reader of one output has gone all of it ends, with whole streams at the others" {
	local how st

	numbers 1000000 >in.rec
	for how in '' '--round-robin -N 10' '--key w1'; do
		rm -f gone
		st=0
		# shellcheck disable=SC2086 # words
		{ numbers 1000; within test -e gone; cat in.rec; } 2>/dev/null |
			timeout 60 rec-fanout $how --to cmd:'rec-take 1 >/dev/null; exec <&-; >gone' --to b.rec 2>err || st=$?
		[ "$st" -eq 74 ]
		same err <(echo "rec-fanout: cmd:rec-take 1 >/dev/null; exec <&-; >gone: its reader has gone, and records that were dealt to it may be lost")
		shown b.rec | tail -n 1 | grep -q '^end [0-9]* 74 rec-fanout: '
		rec-join <b.rec >b 2>/dev/null || :
		[ -s b ] && [ "$(lines b)" -lt 1000000 ]
	done
}

@test "rec-fanout: no watermark passes records that were given up" {
	# watermark WANT FILE: the watermark of its end mark, which reports a failure
	watermark() {
		mkstream dump <"$2" | tail -n 1 | grep -q "^end .*next=$1 .*status=[1-9]" || { mkstream dump <"$2"; return 1; }
	}
	seq 0 9 | rec-split >in.rec
	# An output that failed had no records, or some that it has lost again.
	for how in '-N 5' '--round-robin -N 5' '-N 1' '--copy' '--key 1-1' ''; do
		# shellcheck disable=SC2086 # words
		run -74 rec-fanout $how --to x.rec --to /dev/full <in.rec
		watermark 0 x.rec
	done
	# With -k the output ends before the first record without an answer, and so does its watermark.
	for n in 1 2 5 9; do
		rec-fanout -k -j 1 -N 1 sh -c "rec-take $n; exit 3" <in.rec >out.rec 2>err || [ $? -eq 65 ]
		watermark "$n" out.rec
		for how in '-j 2 --round-robin -N 1' '-j 3 -N 2' '-j 2 --retries 2'; do
			# shellcheck disable=SC2086 # words
			rec-fanout -k $how sh -c "rec-filter -n 1 where 'POS == $n' | head -c 1; kill -KILL \$\$" <in.rec >out.rec 2>err || [ $? -eq 65 ]
			watermark 0 out.rec
		done
	done
	# Records that a worker has given up, or a command before this one.
	for how in '-k -j 1' '-k -j 2 -N 1' '-k -j 2 -N 1 --retries 1' '-k -j 2 --round-robin -N 1'; do
		# shellcheck disable=SC2016,SC2086 # words; the task's own
		rec-fanout $how sh -c 'exec rec-each -k -j 1 sh -c "test \$1 != 5 || exit 9; echo \$1" x {}' <in.rec >out.rec 2>err || [ $? -eq 65 ]
		watermark '[45]' out.rec
	done
	# shellcheck disable=SC2016 # the task's own
	rec-each -k -j 1 sh -c 'test $1 != 5 && echo $1' x {} <in.rec 2>err | rec-fanout -k -j 2 rec-filter locate // >out.rec || [ $? -eq 65 ]
	watermark '[45]' out.rec
	# A worker whose watermark waits for its end does not hold up its answers.
	mkfifo in
	start sh -c 'exec rec-fanout -k -j 1 rec-filter --else cmd:"cat >rest" locate /1/ <in >out.rec'
	exec 9>in
	cat in.rec >&9
	within grep -q 1 out.rec
	exec 9>&-
	finish
	mkstream dump <out.rec | tail -n 1 | grep -q '^end .*next=10 count=1 status=0'
}

@test "rec-fanout: an upstream failure reaches sinks and endpoints" {
	rec-split cmd:'seq 10; exit 3' >in.rec 2>/dev/null || :
	run -65 rec-fanout --to a.rec <in.rec
	shown a.rec | tail -n 1 | grep -q '^end 10 65 rec-split: '
	# shellcheck disable=SC2016 # the worker's own
	run -65 rec-fanout -j 1 --sink sh -c 'cat >b.rec' <in.rec
	shown b.rec | tail -n 1 | grep -q '^end 10 65 rec-split: '
}

@test "rec-fanout: workers know their number and how many they are" {
	# shellcheck disable=SC2016 # the worker's own
	numbers 2 | rec-fanout -j 2 --sink sh -c 'rec-join >/dev/null; echo {%} x{%}y $REC_RANK $REC_SIZE >&2' 2>err
	[ "$(sort err | paste -sd,)" = '1 x1y 0 2,2 x2y 1 2' ]
}

@test "rec-fanout: standard error passes line by line, with --tag by name" {
	numbers 2 | rec-fanout -j 3 --sink sh -c 'for i in 1 2 3 4 5 6 7 8 9; do printf a >&2; printf "b\n" >&2; done; rec-join >/dev/null' 2>err
	[ "$(grep -cx ab err)" -eq 27 ]
	numbers 2 | rec-fanout --tag -j 2 --sink sh -c 'echo here >&2; rec-join >/dev/null' 2>err
	[ "$(sort err | paste -sd,)" = 'worker 1: here,worker 2: here' ]
}

@test "rec-fanout: commands that answer only at their end do not make it wait for ever" {
	numbers 500000 >in.rec
	seq 500000 >all
	# Without -k each worker gets its share; with it, or with --retries, one is replaced before
	# it has read too much.
	rec-fanout -j 3 rec-take last 5 <in.rec | rec-join >got
	[ "$(lines got)" -eq 15 ]
	for how in -k '-k --round-robin' '-k --key 1-1' '--retries 1'; do
		# shellcheck disable=SC2086 # words
		timeout 60 rec-fanout -j 3 $how rec-take last 5 <in.rec | rec-join >got
		[ "$(lines got)" -ge 15 ]
	done
	seq 20000 | REC_BLOCK=100 rec-split | timeout 60 rec-fanout -j 3 rec-take last 5 | rec-join >got
	[ "$(lines got)" -eq 15 ]
	# The window is full, and only one worker may go on. It reads just at the moment when it is
	# looked at.
	seq 128000 | rec-split | timeout 120 rec-fanout -k -j 4 -N 3 rec-each -j 1 -k -N 100000 cat | rec-join | sort -n >got
	same got <(seq 128000)
}

@test "rec-fanout: a worker that waits for nothing passes a record at once, also with -k" {
	for order in '' -k; do
		rm -f in out
		mkfifo in
		exec 9<>in
		# shellcheck disable=SC2086 # no word or one
		start rec-fanout $order -j 3 rec-filter locate // <in >out 9>&-
		for word in alpha beta gamma; do
			mkstream data:0:$word end >&9
			within grep -qa $word out
		done
		exec 9>&-
		finish
		[ "$status" -eq 0 ]
	done
}

# quiet: rec-fanout has not run during hundreds of starts of true.
quiet() {
	local before

	before=$(awk '{ print $3 }' "/proc/$pid/schedstat")
	for _ in {1..300}; do
		/bin/true
	done
	[ "$before" = "$(awk '{ print $3 }' "/proc/$pid/schedstat")" ]
}

@test "rec-fanout: it sleeps while nothing comes" {
	mkfifo in
	exec 9<>in
	start rec-fanout -j 3 rec-filter locate // <in >out 9>&-
	mkstream data:0:alpha >&9
	within grep -qa alpha out
	# Once it sleeps, it is not woken while other processes work for a while.
	within quiet
	exec 9>&-
}

@test "rec-fanout: a reader that wants no more ends all, in silence; nothing is left behind" {
	for order in '' -k; do
		statuses "yes | rec-split | rec-fanout $order -j 3 rec-filter locate /y/ | rec-take 5 | rec-join"
		[ "$statuses" = '141 0 0 0 0' ]
		[ ! -s err ]
	done
}

@test "rec-fanout: TERM ends the workers too" {
	mkfifo in
	exec 9<>in
	start rec-fanout -j 3 sh -c 'echo $$ >>pids; exec rec-filter locate //' <in >out 9>&-
	mkstream data:0:alpha >&9
	within grep -qa alpha out
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	exec 9>&-
	while read -r p; do
		within ended "$p"
	done <pids
	[ "$(lines pids)" -eq 3 ]
}

@test "rec-fanout: a worker gets no descriptors but its own" {
	sh -c 'ls /proc/self/fd >fds' </dev/null
	numbers 3 | rec-fanout -j 3 --sink sh -c 'ls /proc/self/fd >fds.{%}; rec-join >/dev/null'
	for f in fds.?; do
		same fds "$f"
	done
}

@test "rec-fanout: memory stays below 32 MiB with four workers, one of them slow" {
	[ -z "$SAN" ] || skip "sanitizers take memory of their own"
	type -P /usr/bin/time >/dev/null || skip "time is not installed"
	yes 'a line of some bytes, as lines are' | head -c 200M | rec-split |
		/usr/bin/time -f %M -o peak rec-fanout -k -j 4 sh -c '[ {%} = 1 ] || exec rec-filter locate //; rec-filter locate // | rec-filter locate //' |
		rec-join | cksum >got
	yes 'a line of some bytes, as lines are' | head -c 200M | cksum >want
	same want got
	[ "$(tail -n 1 peak)" -lt 32768 ]
}

@test "rec-fanout: after a failure of the whole nothing is dealt again, and it ends" {
	for i in 1 2 3 4; do head -c 3000000 /dev/zero | tr '\0' $i; echo; done | rec-split >in.rec
	# shellcheck disable=SC2016 # the worker's own
	worker='case $1 in 1) exit 9 ;; 2) until [ "$(grep -c "worker 1: exit status 9" err)" -ge 2 ]; do sleep 0.01; done; exit 9 ;; esac
		until grep -q "^rec-fanout: worker 2" err; do sleep 0.01; done
		exec rec-filter locate'
	st=0
	timeout 100 rec-fanout --copy --retries 1 -j 3 sh -c "$worker" sh '{%}' <in.rec >out.rec 2>err || st=$?
	[ $st -eq 65 ]
	grep -q '^rec-fanout: worker 2: exit status 9' err
	run ! grep 'worker 2.*dealt again' err
	# The whole fails by the positions that worker 1 gives back; the process of worker 1 has not
	# failed.
	# shellcheck disable=SC2016
	worker='case $1 in 1) rec-take 1 >/dev/null; echo x | rec-split; exit ;; 2) until grep -q "worker 1: COMMAND loses" err; do sleep 0.01; done; exit 9 ;; esac
		until grep -q "^rec-fanout: worker 2" err; do sleep 0.01; done
		exec rec-filter locate'
	for how in '' --round-robin; do
		st=0
		# shellcheck disable=SC2086 # words
		timeout 100 rec-fanout $how --retries 3 -j 3 sh -c "$worker" sh '{%}' <in.rec >out.rec 2>err || st=$?
		[ $st -eq 65 ]
		run ! grep 'dealt again' err
	done
}

@test "rec-fanout: the message counts the records without an answer" {
	seq 40 | rec-split >in.rec
	# shellcheck disable=SC2016 # the worker's own
	run -65 --separate-stderr rec-fanout --round-robin -N 10 -j 2 sh -c '[ {%} = 1 ] && { sleep 1; rec-take 5; exit 3; }; exec rec-filter locate' <in.rec
	[[ $stderr = 'rec-fanout: worker 1: exit status 3: 15 records at positions 5 to 29 are unanswered' ]]
	# A sink answers nothing.
	seq 100000 | rec-split >in.rec
	# shellcheck disable=SC2016
	run -65 --separate-stderr rec-fanout --sink -j 2 --copy sh -c '[ {%} = 2 ] && exec rec-take 5 >/dev/null; exec cat >/dev/null' <in.rec
	[[ $stderr = 'rec-fanout: worker 2: it ended before it had read all that it was sent' ]]
}

@test "rec-fanout: two outputs do not go to one file" {
	seq 5 | rec-split >in.rec
	run -64 --separate-stderr rec-fanout --to a.rec --to a.rec <in.rec
	[[ $stderr = 'rec-fanout: a.rec: another output of this command goes there already' ]]
}

# ---- other machines ----

@test "rec-fanout: a file of hosts that is missing ends the stream with the reason, unless nothing is gathered" {
	statuses "rec-fanout --hosts @missing cat </dev/null | rec-join"
	[ "$statuses" = '66 65' ]
	grep -q '^rec-join: standard input: its producer failed: rec-fanout: --hosts: missing: No such file or directory$' err
	statuses "rec-fanout --hosts @missing --sink cat </dev/null | cat"
	[ "$statuses" = '66 0' ]
	[ ! -s out ]
}

@test "rec-fanout: --tag makes a host's name harmless" {
	statuses "rec-split <<<x | rec-fanout --tag --hosts \$'a\\x9bb' --launch 'env H={host}' --sink sh -c 'echo here >&2; cat >/dev/null'"
	[ "$statuses" = '0 0' ]
	[ "$(<err)" = 'worker 1 (host a\x9Bb): here' ]
}

@test "rec-fanout: --hosts starts a launcher for each worker" {
	cat >launcher <<-'X'
		#!/bin/sh
		echo "$1" >>hosts
		shift
		exec "$@"
	X
	chmod +x launcher
	seq 20 | rec-split | rec-fanout -k --hosts '2/b,a,:' --launch './launcher {host}' rec-filter locate /1/ | rec-join >got
	seq 20 | grep 1 >want
	same want got
	[ "$(sort hosts | paste -sd,)" = a,b,b ]
	printf '# who\na, b\n\n2/c # two\n' >list
	rm hosts
	seq 20 | rec-split | rec-fanout --hosts @list --launch './launcher {host}' rec-filter locate /1/ | rec-join | sort -n >got
	same want got
	[ "$(sort hosts | paste -sd,)" = a,b,c,c ]
}

@test "rec-fanout: COMMAND reaches the other side of ssh unchanged, whatever is in it" {
	# sshd gives it to the user's shell as one string.
	mkdir bin
	cat >bin/ssh <<-'X'
		#!/bin/sh
		while [ "${1#-}" != "$1" ]; do
			[ "$1" = -o ] && shift
			shift
		done
		host=$1
		shift
		env -u REC_RANK -u REC_SIZE sh -c "$*"
	X
	chmod +x bin/ssh
	PATH=$PWD/bin:$PATH
	# shellcheck disable=SC1003,SC2016 # they are to arrive as they are
	words=("it's" 'a b' '$HOME `id` $(id)' 'x"y' '\' '' '*' $'two\nlines' '-n' '{%}' '~' '!x' ';|&<>')
	# shellcheck disable=SC2016 # the worker's own
	seq 3 | rec-split | rec-fanout --hosts a --sink sh -c 'rec-join >/dev/null; printf "%s\0" "$REC_RANK/$REC_SIZE" "$@" >got' - "${words[@]}"
	words[9]=1
	printf '%s\0' 0/1 "${words[@]}" >want
	same want got
	rm got
	# shellcheck disable=SC2016 # the worker's own
	seq 3 | rec-split | rec-fanout --hosts a --launch 'ssh {host} nice -n 1 {command}' --sink sh -c 'rec-join >/dev/null; printf "%s\0" "$REC_RANK/$REC_SIZE" "$@" >got; nice >level' - "${words[@]}"
	same want got
	[ "$(<level)" = "$(($(nice) < 19 ? $(nice) + 1 : 19))" ]
	rm got
	# shellcheck disable=SC2016 # the worker's own
	seq 3 | rec-split | rec-fanout --hosts a --launch 'sh -c {command}' --sink sh -c 'rec-join >/dev/null; printf "%s\0" "$REC_RANK/$REC_SIZE" "$@" >got' - "${words[@]}"
	same want got
}

# kubectl exec can cut the output off and end with 0.
@test "rec-fanout: a launcher that cuts the output off is noticed, and retried" {
	cat >cutter <<-'X'
		#!/bin/sh
		if [ "$1" = bad ] && mkdir cut 2>/dev/null; then
			shift
			"$@" | head -c 3000
			exit 0
		fi
		shift
		exec "$@"
	X
	chmod +x cutter
	seq 50000 | rec-split >in.rec
	run -65 rec-fanout -k --hosts bad,good --launch './cutter {host}' rec-filter locate // <in.rec
	[[ $output == *'worker 1 (host bad): cut off'* ]]
	rmdir cut
	rec-fanout -k --hosts bad,good --launch './cutter {host}' --retries 1 rec-filter locate // <in.rec 2>err | rec-join >got
	seq 50000 >want
	same want got
}

@test "rec-fanout: a host that cannot be reached is a dead worker" {
	cat >launcher <<-'X'
		#!/bin/sh
		[ "$1" != down ] || { echo 'no route to host' >&2; exit 255; }
		shift
		exec "$@"
	X
	chmod +x launcher
	seq 50000 | rec-split >in.rec
	run -65 rec-fanout --hosts down,up --launch './launcher {host}' rec-filter locate // <in.rec
	[[ $output == *'worker 1 (host down): exit status 255'* ]]
	seq 50000 >want
	for how in '' -k --round-robin '--key 1-*' '-k --key 1-*'; do
		# shellcheck disable=SC2086 # words
		rec-fanout $how --hosts down,up --launch './launcher {host}' --retries 1 rec-filter locate // <in.rec 2>err | rec-join | sort -n >got
		same want got
		grep -q 'host down' err
	done
	run -65 rec-fanout --hosts down,down --launch './launcher {host}' --retries 2 rec-filter locate // <in.rec
	[[ ${lines[-1]} == *': records from position 0 on are unanswered' ]]
	run -65 rec-fanout --copy --hosts down,up --launch './launcher {host}' --retries 2 rec-filter locate // <in.rec
}

# The launchers end as late as ssh does if a host does not answer: the other workers are done then,
# and were told that nothing more comes.
@test "rec-fanout: hosts that are given up late leave their records to one that has been up" {
	cat >launcher <<-'X'
		#!/bin/sh
		case $1 in
		down*)
			until [ -e through ]; do sleep 0.01; done
			exit 255 ;;
		esac
		shift
		"$@"
		status=$?
		: >through
		exit $status
	X
	chmod +x launcher
	seq 50000 | tee want | rec-split >in.rec
	for how in '' -k; do
		rm -f through
		# shellcheck disable=SC2086 # no word or one
		rec-fanout $how --hosts down1,down2,up --launch './launcher {host}' --retries 1 rec-filter locate // <in.rec 2>err | rec-join | sort -n >got
		same want got
		grep -q 'host down1' err
		grep -q 'host down2' err
	done
}

@test "rec-fanout: wrong usage is 64 and says what is wrong" {
	mkstream end >good
	# wrong MESSAGE ARG ...
	wrong() {
		local message=$1

		shift
		run -64 rec-fanout "$@" <good
		[[ $output == "rec-fanout: "*"$message"* ]] || { echo "$output"; return 1; }
	}
	wrong 'COMMAND is needed'
	wrong '-j 0: not a number' -j 0 cat
	wrong '-N 0: not a number' -N 0 cat
	wrong 'only one of --key' --copy --round-robin cat
	wrong '-k does not go with --copy' -k --copy cat
	wrong 'nothing is gathered' -k --sink cat
	wrong '--retries' --retries 1 --sink cat
	wrong '--retries x' --retries x cat
	wrong 'COMMAND does not go with --to' --to x cat
	wrong '--to: fd:x' --to fd:x
	wrong '--key' --key nonsense cat
	wrong '-F goes with --key' -F , cat
	wrong '--launch goes with --hosts' --launch 'x {host}' cat
	wrong 'not a host' --hosts 0/a cat
	wrong 'not a host' --hosts a,-oProxyCommand=x cat
	wrong 'names no host' --hosts , cat
	wrong '4/host' --hosts a -j 2 cat
	run -66 rec-fanout --hosts @none cat <good
}

@test "rec-fanout: killed, it leaves no worker behind, nor what a worker has started" {
	local mark="100000.$$" n=0

	numbers 10 >in.rec
	mkfifo in
	exec 9<>in
	# shellcheck disable=SC2016 # the worker's own
	start rec-fanout -j 3 --sink sh -c 'trap "" TERM; sleep "$1" & cat & sleep "$1"' - "$mark" <in >/dev/null 2>err 9>&-
	cat in.rec >&9
	enough() { n=$(left "$mark" | wc -l) && [ "$n" -ge 9 ]; }
	within enough
	kill -KILL "$pid"
	finish
	none() { [ -z "$(left "$mark")" ]; }
	within none
	exec 9>&-
}

@test "rec-fanout: too little memory for a worker is a failure, not a wait" {
	local size st said=0 ran=0

	[ -z "$SAN" ] || skip "memory is measured without sanitizers"
	numbers 100 >in.rec
	for size in $(seq 1000 100 8000); do
		st=0
		# shellcheck disable=SC2016 # bash's own
		timeout "$patience" bash -c 'ulimit -v "$1" && exec rec-fanout -j 4 --sink sh -c "exec cat >/dev/null"' - "$size" <in.rec >out 2>err || st=$?
		case $st in
		0) ran=1 ;;
		71) said=$((said + $(grep -cE '^rec-fanout: worker [1-4]: (Cannot allocate|Out of) memory' err || :))) ;;
		*) [ "$st" -ne 124 ] || { echo "$size: $st: $(<err)" >&2; return 1; } ;;
		esac
	done
	[ "$ran" -eq 1 ]
	[ "$said" -gt 0 ]
}

@test "rec-fanout: a list of hosts that cannot be read to its end is not mistaken for a whole one" {
	numbers 10 >in.rec
	printf ':\n:\0\nnowhere\n' >hosts
	run -66 --separate-stderr rec-fanout --hosts @hosts --launch 'false' rec-filter locate // <in.rec
	[[ $stderr = 'rec-fanout: --hosts: hosts: '* ]]
	[ -z "$SAN" ] || return 0
	{
		echo :
		head -c 60000000 /dev/zero | tr '\0' '#'
		printf '\nnowhere\n'
	} >hosts
	# shellcheck disable=SC2016 # bash's own
	run -71 --separate-stderr bash -c 'ulimit -v 50000 && exec "$@"' - rec-fanout --hosts @hosts --launch false rec-filter locate // <in.rec
	[[ $stderr =~ ^'rec-fanout: --hosts: hosts: '(Cannot allocate|Out of)' memory'$ ]]
}

# gone PID: the process has ended; a zombie has, too.
gone() {
	! grep -qs '^State:' "/proc/$1/status" || grep -q '^State:.Z' "/proc/$1/status"
}

# shellcheck disable=SC2016 # the workers' own
@test "rec-fanout: processes of a worker that remain after TERM get KILL" {
	local line

	numbers 9 >in.rec
	for line in 'trap "" TERM; echo $$ >>pids; exec sleep 1000' '(trap "" TERM; echo $BASHPID >>pids; exec sleep 1000)& exec sleep 1000'; do
		: >pids
		# The reader leaves when both are there.
		start bash -c 'rec-fanout -j 2 bash -c "$1" <in.rec | { until [ "$(wc -l <pids)" -ge 2 ]; do sleep 0.01; done; }' - "$line"
		finish
		[ "$(lines pids)" -eq 2 ]
		while read -r pid; do
			within gone "$pid"
		done <pids
	done
}

# orders: a table of three rows in o.csv, and one of none in h.csv.
orders() {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	printf 'id,price\n' >h.csv
}

@test "rec-fanout: each worker gets the table, and the output has that of the answers" {
	orders
	for how in '-j 1' '-j 2 -N 1' '-j 8' '-j 3 --round-robin -N 1' '-j 3 --retries 2 -N 1' "-j 2 --key f1"; do
		for file in o.csv h.csv; do
			eval "rec-split -f csv -H $file | rec-fanout -k $how rec-filter locate /x/ | rec-join" >out
			same h.csv out
			eval "rec-split -f csv -H $file | rec-fanout -k $how rec-filter locate /,/ | rec-join" >out
			same $file out
			eval "rec-split -f csv -H $file | rec-fanout $how rec-filter locate /,/ | rec-join | sort" >out
			sort $file >want
			same want out
		done
	done
	# Every copy counts only rows.
	rec-split -f csv -H o.csv | rec-fanout --copy -j 3 rec-filter locate /,/ | rec-join | sort >out
	{ echo id,price; for i in 1 2 3; do sed 1d o.csv; done; } | sort >want
	same want out
}

@test "rec-fanout: workers get the table at once, before a record has come, and it goes out at once" {
	orders
	mkfifo in
	start bash -c 'rec-fanout -k -j 2 rec-filter locate /,/ <in | rec-join >got'
	rec-split -f csv -H o.csv >o.rec
	table_first o.rec in got
	[ "$status" = 0 ]
	same o.csv got
}

# second OPTIONS WORD ...: three rows, of which the second goes to a worker that answers with mkstream WORD
# ..., after the first worker's answer has come out.
second() {
	local how=$1

	shift
	rm -f first
	# shellcheck disable=SC2016 # the worker's shell is meant
	printf '%s\n' '#!/bin/sh' '[ "$REC_RANK" = 0 ] && exec cat' 'cat >/dev/null' \
		'until [ -e first ]; do sleep 0.01; done' "exec $BUILD/tools/mkstream ${*@Q}" >worker
	chmod +x worker
	statuses "rec-split -f csv -H o.csv | rec-fanout -k -j 2 --round-robin -N 1 $how ./worker |
		{ head -c 128; : >first; cat; } >got.rec"
}

@test "rec-fanout: the table goes out before a watermark, also if the input begins in the middle" {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	rec-split csv:o.csv | rec-filter where 'POS == 1' >in.rec
	for words in '-k -j 2' '-k -j 1 -N 1' '-j 2'; do
		# shellcheck disable=SC2086
		rec-fanout $words cat <in.rec >out.rec
		mkstream dump <out.rec >out
		head -n 1 out | grep -q '^table'
		[ "$(grep -c '^end' out)" -eq 1 ]
		[ "$(rec-take 0 <out.rec | rec-join)" = id,price ]
		printf 'id,price\n2,20\n' >want
		rec-join <out.rec | same want -
	done
	rec-each -k --in csv --out csv cat <in.rec | mkstream dump >out
	head -n 1 out | grep -q '^table'
	[ "$(grep -c '^end' out)" -eq 1 ]
}

@test "rec-fanout: an answer with another table than the first one is 65, and so is one beside none" {
	local at=$(((1 << 48) + 1)) how

	orders
	for how in '' '--retries 3'; do
		second "$how" 'table:{"framing":"csv"}\nid,amount\n' "data:$at:2\\,20" end
		[ "$statuses" = '0 65 0' ]
		grep -q 'worker 2: block 1 at byte 0: its table differs from that of worker 1: column 2 is "amount", not "price"' err
		[ "$(lines err)" = 1 ]
		second "$how" "data:$at:2\\,20" end
		[ "$statuses" = '0 65 0' ]
		grep -q 'worker 2: block 1 at byte 0: its records have no table, but worker 1 declares one (id, price)' err
		[ "$(lines err)" = 1 ]
		# What was before it has gone out.
		mkstream records <got.rec | grep -q '1,5'
	done
	# The same table in other words is the same, and without records none is needed.
	second '' 'table:{"framing":"csv-crlf"}\n"id",price\r\n' "data:$at:2\\,20" end
	[ "$statuses" = '0 0 0' ]
	rec-join <got.rec | same o.csv -
	second '' mark:$((at + 1)) end
	[ "$statuses" = '0 0 0' ]
	rec-join <got.rec >out
	printf 'id,price\n1,5\n3,7\n' | same - out
}

@test "rec-fanout: a worker that takes another's place gets the table again" {
	orders
	for how in '-k' ''; do
		rm -rf died
		# shellcheck disable=SC2086
		rec-split -f csv -H o.csv |
			rec-fanout $how -j 1 -N 1 --retries 3 \
				sh -c 'mkdir died 2>/dev/null && { head -c 80 >/dev/null; kill -KILL $$; }; exec rec-filter locate /,/' 2>err |
			rec-join >out
		same o.csv out
		grep -q 'worker 1: .*dealt again' err
	done
}

@test "rec-fanout: sinks and endpoints get the table, records or not" {
	orders
	for file in o.csv h.csv; do
		# shellcheck disable=SC2016 # the worker's shell is meant
		rec-split -f csv -H $file | rec-fanout -j 3 -N 1 --sink sh -c 'rec-join >got.$REC_RANK'
		for i in 0 1 2; do
			[ "$(head -n 1 got.$i)" = id,price ]
		done
		cat got.? | sort -u >out
		sort $file >want
		same want out
		rec-split -f csv -H $file |
			rec-fanout -N 1 --to a.rec --to cmd:'rec-join >b.csv' --to fifo:f 3>&- &
		rec-fanin fifo:f | rec-join >c.csv
		wait $!
		rec-join <a.rec | cat - b.csv c.csv | sort -u >out
		same want out
	done
}

@test "rec-fanout: --key names columns of the table" {
	printf 'id,name\n1,"a,b"\n2,c\n3,"a,b"\n4,c\n5,d\n6,"c"\n' >n.csv
	# shellcheck disable=SC2016 # the worker's shell expands
	rec-split -f csv -H n.csv | rec-fanout -j 4 --key .name --sink sh -c 'rec-join -f lines --no-header >got.$REC_RANK'
	cat got.? | sort | same - <(sed 1d n.csv)
	for name in '"a,b"' 'c$\|"c"' d; do
		[ "$(grep -l -- "$name" got.? | wc -l)" = 1 ]
	done
	# Without a table and without JSON, nothing is found.
	for args in '-k -j 2 --key .name rec-filter locate //' '--key .name --to all.rec' '-j 1 --key .name --sink rec-join -o all'; do
		# shellcheck disable=SC2086 # words
		rec-split n.csv | rec-fanout $args >out 2>err
		echo 'rec-fanout: none of 7 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	done
	{ rec-split n.csv; echo '{"name":7}' | rec-split; } | rec-fanout -k -j 2 --key .name rec-filter locate // >out 2>err
	[ ! -s err ]
	rec-split n.csv | rec-fanout -k -j 2 --key w1 rec-filter locate // >out 2>err
	[ ! -s err ]
	statuses "rec-split -f csv -H n.csv | rec-fanout -k -j 2 --key .prise rec-filter locate /,/ | rec-join"
	[ "$statuses" = '0 65 65' ]
	grep -qx 'rec-fanout: --key: .prise: no such column (the table has id, name)' err
	! rec-fanout --key id cat </dev/null 2>err || return
	grep -q '^rec-fanout: --key: id: not a part of a record .*; a column is \.id (' err
	! rec-fanout --key '.customer name' cat </dev/null 2>err || return
	grep -q "^rec-fanout: --key: name: not a part of a record .*; a column is \.name or '\.\"customer name\"' (" err
	statuses "rec-split -f csv -H n.csv | rec-fanout -j 2 -F , --key f2 rec-filter locate /,/ | rec-join"
	[ "$statuses" = '0 65 65' ]
	grep -q 'the table has its separator' err
}

@test "rec-fanout: a worker that is killed leaves the others' rows, under their table" {
	orders
	for how in '-k' ''; do
		# shellcheck disable=SC2016 # the worker's shell expands
		statuses "rec-split -f csv -H o.csv |
			rec-fanout $how -j 2 --round-robin -N 1 sh -c '[ \$REC_RANK = 1 ] && { head -c 90 >/dev/null; kill -KILL \$\$; }; exec cat' |
			rec-join"
		[ "$statuses" = '0 65 65' ]
		[ "$(head -n 1 out)" = id,price ]
		sed 1d out | grep -vx -e 1,5 -e 3,7 | same - /dev/null
		grep -q 'rec-fanout: worker 2: .*the record at position 1 is unanswered' err
	done
	# More workers than rows: all of them have the table, and one row, or none, comes out.
	printf 'id,price\n1,5\n' >one.csv
	for file in one.csv h.csv; do
		for how in '-k' '' '--retries 2'; do
			# shellcheck disable=SC2016,SC2086 # the worker's shell expands; options are words
			rec-split -f csv -H $file | rec-fanout $how -j 8 sh -c 'rec-tee csv:got.$REC_RANK' | rec-join | same $file -
			[ "$(cat got.? | grep -c id,price)" = 8 ]
			rm got.?
		done
	done
}

@test "rec-fanout: --retries: workers that die before they have answered that there are no records are started again" {
	local how

	for how in -k ''; do
		rm -f died
		printf 'id,v\n' | rec-split -f csv -H |
			rec-fanout $how -j 1 --retries 3 sh -c '[ -e died ] || { >died; kill -KILL $$; }; exec rec-filter where 1' 2>err |
			rec-join >out
		[ "$(<out)" = id,v ]
		[ -e died ]
		# If all attempts die, nothing is taken for an answer.
		statuses "printf 'id,v\\n' | rec-split -f csv -H | rec-fanout $how -j 2 --retries 3 sh -c 'exit 3'"
		[ "$statuses" = '0 0 65' ]
		statuses "printf '' | rec-split | rec-fanout $how -j 2 --retries 3 false"
		[ "$statuses" = '0 0 65' ]
	done
}
