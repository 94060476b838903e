#!/usr/bin/env bats
# rec-only: a command for some of the records, in the original order.

load helper

# fails STATUS MESSAGE ARG ...: it ends with that status after that one line.
fails() {
	local want=$1 message=$2 st=0

	shift 2
	seq 20 | rec-split | timeout 60 rec-only "$@" >out.rec 2>err || st=$?
	[ "$st" -eq "$want" ] || { echo "status $st: $*: $(<err)" >&2; return 1; }
	echo "rec-only: $message" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

usage() {
	fails 64 "$1 (rec-only -h shows the usage)" "${@:2}" || return
	[ ! -s out.rec ]
}

@test "rec-only: a command that keeps all changes nothing, whatever the phrase and the blocks are" {
	seq 2000 >input
	for size in 1 17 262080; do
		export REC_BLOCK=$size
		rec-split input >in.rec
		mkstream records <in.rec >want
		for phrase in 'locate /7/' 'nlocate /7/' 'locate' 'locate /x/' 'locate /2000/' 'find /1/' '-i locate /A/' 'locate -i 2-2 /5/'; do
			rec-only "$phrase" rec-filter nlocate /x/ <in.rec | mkstream records >got
			same want got
			rec-only "$phrase" -- sh -c 'rec-filter locate | rec-drop 0' <in.rec | mkstream records >got
			same want got
			count=$((${count:-0} + 1))
		done
	done
	[ "$count" -eq 24 ]
}

@test "rec-only: a command that drops some drops only of those that it gets" {
	seq 5000 >input
	for size in 3 262080; do
		export REC_BLOCK=$size
		rec-split input >in.rec
		rec-only 'locate /1/' rec-filter nlocate /5/ <in.rec | rec-join >got
		grep -v '1.*5\|5.*1' input | cmp - got
		rec-only 'locate /1/' rec-filter locate /x/ <in.rec | rec-join >got
		grep -v 1 input | cmp - got
		rec-only 'nlocate /1/' rec-filter locate /x/ <in.rec | rec-join >got
		grep 1 input | cmp - got
	done
}

@test "rec-only: a command that makes several records of one, and one that is a rec-only or rec-fanin itself" {
	seq 300 >input
	rec-split input | rec-only 'locate /7/' sh -c 'rec-filter --else fifo:x locate /77/ | rec-fanin -k - fifo:x' | rec-join >got
	same input got
	rec-split input | rec-only 'locate /7/' rec-only 'locate /77/' rec-filter locate /x/ | rec-join >got
	grep -v 77 input | cmp - got
	mkfifo c
	rec-split input | rec-only 'locate /7/' sh -c 'tee c | rec-fanin -k --ties - c' | mkstream records >got
	awk '{ print NR - 1 "=" $0 } /7/ { print NR - 1 "=" $0 } END { print "end " NR " 0 " }' input >want
	same want got
}

@test "rec-only: positions of any kind come back" {
	mkstream at:3=a1,7=b,7=a2,1000000=a3 at:99999999999=a4,99999999999=a5 mark:123456789012 at:9999999999999=b,10000000000000=a6 end >in.rec
	mkstream records <in.rec >want
	rec-only 'locate /a/' rec-filter locate <in.rec | mkstream records >got
	# If several records share a position, those that pass by come first.
	sort -s -t = -k1,1n want | grep -v ^end >sorted
	grep -v ^end got | cmp - sorted
	tail -n 1 got | cmp - <(tail -n 1 want)
	mkstream data:0:a,b loss:2:5:7 data:7:a end >lossy
	rec-only 'locate /a/' rec-filter locate <lossy | mkstream records >got
	mkstream records <lossy | cmp - got
	# A block whose records are too far apart for one block of the output.
	mkstream at:0=a mark:5 at:8589934592=a mark:17179869184 at:17179869184=a end >far
	rec-only 'locate /a/' rec-filter locate <far | mkstream records >got
	mkstream records <far | cmp - got
}

@test "rec-only: POS is the source's position in COMMAND" {
	local n

	seq 0 2999 | rec-split >in.rec
	# shellcheck disable=SC2016 # of the expression
	{
		rec-only 'locate /1/' rec-filter where 'POS == $0' <in.rec | rec-join | cmp - <(seq 0 2999)
		rec-only 'locate /1/' rec-filter where 'POS > 20' <in.rec | rec-join | cmp - <(seq 0 2999 | awk '!/1/ || $1 > 20')
		rec-only 'locate /1/' sh -c 'rec-only "locate /2/" rec-filter where "POS == \$0" | rec-filter where "POS == \$0"' <in.rec |
			rec-join | cmp - <(seq 0 2999)
		REC_BLOCK=20 rec-split <(seq 0 2999) | rec-only 'locate /1/' rec-fanout -k -j 2 rec-filter where 'POS == $0' |
			rec-join | cmp - <(seq 0 2999)
	}
	# If positions repeat, POS counts on.
	mkstream at:0=a,0=b,1=-,1=c,1=d,2=-,9=e,9=f,20=g mark:21 end >in.rec
	# shellcheck disable=SC2016 # the task's own
	rec-only 'match /[a-z]/' rec-each -k sh -c 'echo "$REC_POSITION$1"' x {} <in.rec >out.rec
	mkstream records <out.rec | sed '$d' >got
	printf '%s\n' 0=0a 0=1b 1=- 1=2c 1=3d 2=- 9=9e 9=10f 20=20g >want
	same want got
	# Only the positions that COMMAND got come back.
	for n in 281474976710656 281474976710657 281474976710660; do
		run rec-only 'match /[a-f]/' sh -c "cat >/dev/null; \"\$BUILD/tools/mkstream\" at:$n=x next:281474976710666 end" <in.rec
		[ "$status" -eq $((n == 281474976710660 ? 65 : 0)) ]
	done
}

@test "rec-only: pipes of one page, and all records on one side" {
	seq 300000 >input
	for phrase in 'locate /x/' 'nlocate /x/' 'locate /77777/' 'nlocate /77777/' 'locate /9/'; do
		for shim in narrow ''; do
			statuses "$shim rec-split input | $shim rec-only '$phrase' rec-filter locate | $shim rec-join"
			[ "$statuses" = '0 0 0' ] || { echo "$shim $phrase: $statuses: $(<err)"; false; }
			same input out
			count=$((${count:-0} + 1))
		done
	done
	[ "$count" -eq 10 ]
}

@test "rec-only: 1 record of 10 million goes through the command, or all but one" {
	n=10000000
	[ -z "$SAN" ] || n=500000
	seq $n >input
	for phrase in "locate /$((n - 1))/" "nlocate /$((n - 1))/"; do
		statuses "rec-split input | rec-only --spill-max 0 '$phrase' rec-filter locate | rec-join"
		[ "$statuses" = '0 0 0' ] || { echo "$phrase: $statuses: $(<err)"; false; }
		same input out
	done
}

@test "rec-only: the phrase names columns of the table" {
	printf 'name,qty\na,5\nb,50\nc,7\n' | rec-split -f csv -H >in.rec
	rec-only 'locate .qty /5/' rec-filter locate /x/ <in.rec | rec-join | paste -sd ' ' - >got
	echo 'name,qty c,7' | cmp - got
	run -65 --separate-stderr rec-only 'locate .q /5/' rec-filter locate /x/ <in.rec
	[[ $stderr == 'rec-only: locate: .q: no such column (the table has name, qty)'* ]]
}

@test "rec-only: a record passes at once, by the command and past it" {
	mkfifo in
	exec 9<>in
	start rec-only 'locate /a/' rec-filter locate <in >out 2>err 9>&-
	mkstream data:0:xyz >&9
	within grep -qa xyz out
	mkstream data:1:alpha >&9
	within grep -qa alpha out
	mkstream data:2:zzz next:3 total:3 end >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	grep -qa zzz out
}

# ---- commands that end ----

@test "rec-only: a command that wants no more gets no more, the others go on" {
	seq 20 | rec-split | rec-only 'locate /1/' rec-take 2 | rec-join | paste -sd ' ' - >got
	echo '1 2 3 4 5 6 7 8 9 10 20' | cmp - got
	seq 20 | rec-split | rec-only 'locate /1/' sh -c 'rec-filter locate | rec-take 0' | rec-join | paste -sd ' ' - >got
	echo '2 3 4 5 6 7 8 9 20' | cmp - got
	seq 500000 >input
	statuses "rec-split input | rec-only 'locate /1/' rec-take 3 | rec-join"
	[ "$statuses" = '0 0 0' ]
	{ seq 11; grep -v 1 input | grep -vx '[2-9]'; } | cmp - out
}

@test "rec-only: a command that fails is named, with its status or signal, and what came before is not lost" {
	fails 65 'sh: exit status 7' 'locate /1/' sh -c 'rec-filter locate; exit 7'
	[ "$(rec-join <out.rec 2>/dev/null | lines /dev/stdin)" -eq 20 ]
	fails 69 'sh: exit status 69' 'locate /1/' sh -c 'rec-filter locate; exit 69'
	fails 65 'sh: killed by signal 9 (Killed)' 'locate /1/' sh -c 'rec-filter locate; kill -KILL $$'
	fails 65 'sh: killed by signal 9 (Killed)' 'locate /1/' sh -c 'kill -KILL $$'
	fails 127 'no-such-command: No such file or directory' 'locate /1/' no-such-command
	fails 126 './here: Permission denied' 'locate /1/' "$(: >here; echo ./here)"
	fails 65 'echo gives back something else than a record stream (rec-each runs any program)' 'locate /1/' echo alpha
	# shellcheck disable=SC2016 # for sh
	fails 65 'sh: cut off after 1 whole records, without an end mark' 'locate /1/' \
		sh -c 'head -c 40 >/dev/null; "$BUILD/tools/mkstream" at:281474976710656=x'
	[ "$cases" -eq 8 ]
	mkstream records <out.rec | tail -n 1 | grep -q '65 rec-only: sh: cut off'
}

@test "rec-only: a command that is not there is 127 also if a folder of PATH may not be read" {
	local st=0

	seq 20 | rec-split >in.rec
	unreadable rec-only 'locate /1/' no-such-command <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 127 ]
	[ "$(<err)" = 'rec-only: no-such-command: No such file or directory' ]
}

@test "rec-only: a command that keeps writing something else than a stream is not waited for" {
	fails 65 'yes gives back something else than a record stream (rec-each runs any program)' 'locate /1/' yes
	fails 65 'sh gives back something else than a record stream (rec-each runs any program)' 'locate /1/' \
		sh -c 'echo "$$" >sh.pid; echo garbage; exec sleep 100'
	run ! kill -0 "$(<sh.pid)"
	# shellcheck disable=SC2016 # for sh
	fails 65 'sh: block 2 at byte 56: no block begins there (the magic is missing)' 'locate /1/' \
		sh -c 'head -c 40 >/dev/null; "$BUILD/tools/mkstream" at:281474976710656=x; yes "$(printf %0100d 0)"'
	[ "$cases" -eq 3 ]
	# A command that soon fails by itself is named by its status.
	by_itself() { fails 64 'sh: exit status 64' 'locate /1/' sh -c 'echo "usage: sh"; exit 64'; }
	within by_itself
}

@test "rec-only: a command that loses positions is refused, even if it drops the first record" {
	local message='sh loses positions: it gives records back at other positions than it got them (rec-each -k keeps them for any program)'

	fails 65 "$message" 'locate /1/' sh -c 'rec-join | rec-split'
	fails 65 "$message" 'locate /1/' sh -c 'rec-join | rec-split | rec-drop 3'
	fails 65 "$message" 'locate' sh -c 'rec-join | rec-split'
	fails 65 "${message/#sh/$BUILD/tools/mkstream}" 'locate /1/' "$BUILD/tools/mkstream" at:1099511627787=x end
	[ "$cases" -eq 4 ]
}

@test "rec-only: a failure of the input goes through, once" {
	statuses "rec-split cmd:'seq 20; exit 4' | rec-only 'locate /1/' rec-filter locate | rec-join"
	[ "$statuses" = '65 65 65' ]
	seq 20 | cmp - out
	[ "$(lines err)" -eq 2 ]
	seq 20 | rec-split | head -c 100 >short.rec
	st=0
	rec-only 'locate /1/' rec-filter locate <short.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(lines err)" -eq 1 ]
}

@test "rec-only: when the reader wants no more, the command ends too" {
	# It learns that by a ring as by a pipe, at whatever point of its work.
	for _ in $(seq 10); do
		REC_HOP=1 REC_RING=2 statuses "yes | rec-split | rec-only locate rec-filter locate | rec-take 3 | rec-join"
		[ "$statuses" = '141 0 0 0 0' ]
	done
	statuses "yes | rec-split | rec-only locate rec-filter locate | rec-take 3 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ]
	[ ! -s err ]
	statuses "yes | rec-split | rec-only locate sh -c 'rec-filter locate; sleep 100 >/dev/null' | rec-take 3 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ]
	[ ! -s err ]
}

# ---- what waits ----

@test "rec-only: a command that answers late: the others wait in a file, up to the bound" {
	seq 1500000 >input
	rec-split input >in.rec
	rec-only 'locate /77/' sh -c 'cat >held; cat held' <in.rec | rec-join >got
	same input got
	st=0
	rec-only --spill-max 1M 'locate /77/' sh -c 'cat >held; cat held' <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 75 ]
	echo 'rec-only: the other records wait for sh, which gives nothing back, and more than --spill-max (1048576 bytes) has come meanwhile' | cmp - err
}

@test "rec-only: memory is bounded, whatever waits" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	seq 6000000 >input
	(
		ulimit -v 40000
		rec-split input | rec-only 'locate /7/' sh -c 'cat >held; cat held' | rec-filter -c locate >out
	)
	[ "$(<out)" -eq 6000000 ]
}

@test "rec-only: a command that closes its input or its output is not stopped" {
	# It reads nothing and answers with an empty stream.
	seq 300000 | rec-split | timeout 60 rec-only 'locate /1/' "$BUILD/tools/mkstream" end | rec-join >got
	seq 300000 | grep -v 1 | cmp - got
	# shellcheck disable=SC2016 # for sh
	seq 300000 | rec-split | timeout 60 rec-only 'locate /1/' sh -c '"$BUILD/tools/mkstream" end; exec >&-; cat >/dev/null' | rec-join >got
	seq 300000 | grep -v 1 | cmp - got
}

@test "rec-only: wrong usage" {
	usage "a phrase is needed, such as 'locate /ERROR/'"
	usage 'a command is needed after the phrase' locate
	usage 'a command is needed after the phrase' 'locate /x/' --
	usage '--spill-max x: not a size such as 100M or 2G' --spill-max x locate cat
	usage "/x/: a phrase is one word: 'locate /x/'" locate /x/ cat
	[ "$cases" -eq 5 ]
	st=0
	rec-only 'lokate /x/' cat </dev/null >out 2>err || st=$?
	[ "$st" -eq 64 ] && [ "$(lines err)" -eq 1 ] && grep -q 'lokate' err
}

@test "rec-only: a COMMAND whose input ends while it waits for its answers to be read" {
	# Its last records hold the only slot until it has put them, so there is no room for the end mark before that.
	seq 300000 >in
	for _ in $(seq 20); do
		REC_HOP=1 REC_RING=1 statuses 'rec-split in | rec-only "nlocate /x/" rec-filter locate | rec-join'
		[ "$statuses" = '0 0 0' ]
		same in out
	done
}

@test "rec-only: records after one that a dead COMMAND has left unanswered do not go out" {
	local st command n=0

	seq 12 | rec-split >in.rec
	# COMMAND has read the records 5, 6 and 7, and answers some of them or none.
	for command in 'head -c 1 >/dev/null; exit 3' 'rec-take 1; exit 3' 'head -c 1 >/dev/null; kill -KILL $$' \
		'head -c 1 >/dev/null; rec-split </dev/null; exit 3' 'rec-take 1 | head -c 90; head -c 1 >/dev/null; exit 3'; do
		st=0
		rec-only 'match /^[567]/' sh -c "$command" <in.rec >out.rec 2>err || st=$?
		[ "$st" -eq 65 ]
		case $command in
		rec-take*) seq 5 >want ;;
		*) seq 4 >want ;;
		esac
		rec-join <out.rec >got 2>/dev/null || :
		same want got
		# The watermark does not pass them.
		rec-view --info out.rec >info 2>/dev/null || :
		[ "$(sed -n 's/^watermark *//p' info)" -le "$(lines want)" ]
		n=$((n + 1))
	done
	[ "$n" -eq 5 ]
	# A COMMAND that reads nothing, and fails when more has come.
	mkfifo in go
	exec 9<>in
	# shellcheck disable=SC2016 # sh's own
	start rec-only 'match /^[567]/' sh -c 'exec <&-; read x <go; exit 3' <in >out.rec 2>err 9>&-
	cat in.rec in.rec >&9
	# shellcheck disable=SC2016 # eval's own
	within eval '[ "$(rec-view --info out.rec 2>/dev/null | sed -n "s/^records *//p")" = 4 ]'
	echo >go
	exec 9>&-
	finish
	[ "$status" -eq 65 ]
	rec-join <out.rec >got 2>/dev/null || :
	seq 4 >want
	same want got
}

@test "rec-only: killed, it leaves no COMMAND behind, nor what that has started" {
	local mark="100007.$$"

	mkfifo in
	exec 9<>in
	# shellcheck disable=SC2016 # sh's own
	start rec-only 'locate /1/' sh -c 'trap "" TERM; sleep "$1" & sleep "$1"' sh "$mark" <in >/dev/null 2>err 9>&-
	none() { [ -z "$(left "$mark")" ]; }
	all() { [ "$(left "$mark" | wc -l)" -ge 2 ]; }
	within all
	kill -KILL "$pid"
	finish
	[ "$status" -eq 137 ]
	within none
	exec 9>&-
}

@test "rec-only: too little memory for COMMAND's streams is a failure, not a wait" {
	local size st said=0 ran=0

	[ -z "$SAN" ] || skip "memory is measured without sanitizers"
	seq 100 | rec-split >in.rec
	for size in $(seq 1000 100 8000); do
		st=0
		# shellcheck disable=SC2016 # bash's own
		timeout "$patience" bash -c 'ulimit -v "$1" && exec rec-only "locate /1/" sh -c "trap \"\" PIPE TERM; exec cat"' - "$size" <in.rec >out 2>err || st=$?
		case $st in
		0) ran=1 ;;
		71) said=$((said + $(grep -c '^rec-only: out of memory' err || :))) ;;
		*) [ "$st" -ne 124 ] || { echo "$size: $st: $(<err)" >&2; return 1; } ;;
		esac
	done
	[ "$ran" -eq 1 ]
	[ "$said" -gt 0 ]
}

@test "rec-only: answers that have ended by a failure are closed, so that COMMAND can end" {
	mkstream data:0:a,b data:2:c,d data:4:e end:3:so >bad.rec
	# With rings of one slot and pipes of one page COMMAND has more to write after its end mark
	# than its pipe takes.
	for _ in 1 2 3 4 5 6 7 8; do
		statuses "LD_PRELOAD='$(preload narrow)' REC_HOP=1 REC_RING=1 rec-only 'nlocate /b/' rec-filter strnfind /q7/ <bad.rec | cat >out.rec"
		[ "$statuses" = '65 0' ]
		mkstream records <out.rec | grep '^end [0-9]* 3 so'
	done
}

@test "rec-only: COMMAND gets the table at once, and its records go among the others under it" {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	printf 'id,price\n' >h.csv
	for file in o.csv h.csv; do
		rec-split -f csv -H $file | rec-only 'locate /2/' rec-filter locate /,/ | rec-join >out
		same $file out
		rec-split -f csv -H $file | rec-only 'locate /2/' rec-filter locate /x/ | rec-join >out
		grep -v 20 $file | same - out
		rec-split -f csv -H $file | rec-only 'locate /2/' sh -c 'rec-tee cmd:"rec-join >got"' | rec-join >out
		same $file out
		grep -e id -e 20 $file | same - got
	done
	# The table is not held back until records come.
	mkfifo in
	start bash -c 'rec-only "locate /2/" sh -c "rec-tee cmd:\"rec-join >seen\"" <in | rec-join >out'
	rec-split -f csv -H o.csv >o.rec
	table_first o.rec in out seen
	[ "$status" = 0 ]
	same o.csv out
}

@test "rec-only: a COMMAND that declares another table, or none, is 65" {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	at=$((1 << 48))
	only() {
		printf '%s\n' '#!/bin/sh' 'cat >/dev/null' "exec $BUILD/tools/mkstream ${*@Q}" >worker
		chmod +x worker
		statuses 'rec-split -f csv -H o.csv | rec-only "locate /2/" ./worker | rec-join'
	}
	only 'table:{"framing":"csv"}\nid,amount\n' "data:$((at + 1)):2\\,9" end
	[ "$statuses" = '0 65 65' ]
	grep -q 'worker: .*its table differs from that of standard input: column 2 is "amount", not "price"' err
	printf 'id,price\n1,5\n' | same - out
	only "data:$((at + 1)):2\\,9" end
	[ "$statuses" = '0 65 65' ]
	grep -q 'worker: .*its records have no table, but standard input declares one (id, price)' err
	only 'table:{"framing":"csv"}\n"id",price\r\n' "data:$((at + 1)):2\\,9" end
	[ "$statuses" = '0 0 0' ]
	printf 'id,price\n1,5\n2,9\n3,7\n' | same - out
	# A table out of nothing.
	seq 3 >o.csv
	statuses 'seq 3 | rec-split | rec-only "locate /2/" ./worker | rec-join'
	[ "$statuses" = '0 0 65 65' ]
	grep -q 'worker: .*it has a table (id, price), but those of standard input have none' err
	# Without records it is one as well, whether it comes before the first record or after the last one.
	for when in ': >gone' 'cat >/dev/null'; do
		printf '%s\n' '#!/bin/sh' "[ '$when' = 'cat >/dev/null' ] && cat >/dev/null" \
			"$BUILD/tools/mkstream 'table:{\"framing\":\"csv\"}\nid,price\n' mark:$at end" "$when; cat >/dev/null" >worker
		mkfifo in
		start bash -c 'rec-only "locate /2/" ./worker <in >got.rec 2>err'
		exec 9>in
		seq 3 | rec-split >o.rec
		[ "$when" = 'cat >/dev/null' ] || within test -e gone
		cat o.rec >&9
		exec 9>&-
		finish
		[ "$status" = 65 ]
		rm -f in gone
	done
}
