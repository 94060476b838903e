#!/usr/bin/env bats
# rec-tee: copies a record stream to standard output and to endpoints.
# shellcheck disable=SC2016 # much here is for sh -c, awk and the commands of endpoints to expand

load helper

setup() {
	helper_setup
	ring=t$BATS_TEST_NUMBER.$$
}

teardown() {
	helper_teardown
	rec-shm rm "$ring" 2>/dev/null || :
}

# slow_reader NAME: a process that opens the FIFO NAME but reads nothing until a line comes through
# the FIFO NAME.go; then it copies all to NAME.rec. The process is $pid.
slow_reader() {
	mkfifo "$1" "$1.go"
	start sh -c "exec 5<$1; read -r go <$1.go; exec cat <&5 >$1.rec"
}

go() {
	timeout "$patience" sh -c "echo go >$1.go"
}

larger() {
	[ -e "$1" ] && [ "$(stat -c %s "$1")" -gt "$2" ]
}

said() {
	[ -s "$1" ] && grep -q -- "$2" "$1"
}

# tells FILE PATTERN: a line of mkstream's description of the stream in the file, as far as it has
# come, matches PATTERN.
tells() {
	{ mkstream dump <"$1" && mkstream records <"$1"; } 2>/dev/null | grep -q -- "$2"
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local st=0

	rec-tee "${@:2}" <good.rec >out 2>err || st=$?
	[ $st -eq 64 ] && [ ! -s out ] && echo "rec-tee: $1 (rec-tee -h shows the usage)" | cmp - err
}

@test "rec-tee: every kind of endpoint gets what standard output gets" {
	seq 30000 >input
	rec-split input >old.rec
	for size in 7 1000 262080; do
		mkfifo named
		start sh -c 'exec cat named >named.rec'
		named=$pid
		start sh -c 'exec rec-join fifo.rec 2>/dev/null; :'
		start sh -c 'until [ -p made ]; do sleep 0.02; done; exec cat made >made.rec'
		made=$pid
		cp old.rec appended.rec
		REC_BLOCK=$size rec-split input |
			rec-tee file.rec append:appended.rec fd:3 fifo:made cmd:'cat >command.rec' named ./a:b - 3>three.rec >out.rec
		finish "$named"
		finish "$made"
		mkstream records <out.rec >want
		[ "$(lines want)" -eq 30001 ]
		for name in file three made command named a:b; do
			[ $name = a:b ] || name=$name.rec
			mkstream records <"$name" | cmp - want
		done
		cat old.rec out.rec | mkstream records >twice
		mkstream records <appended.rec | cmp - twice
		[ ! -e made ]
		rm named
	done
}

@test "rec-tee: losses, watermarks, gaps, positions and ends within come through to all" {
	mkstream data:0:a,b loss:2:5:9 mark:20 at:20=x,20=y,50=z gap:'\0' data:60:c,d loss:70:?:80 gap:'\n' sum nogap data:90:last end \
		data:0:e mark:1000 end >in.rec
	mkstream records <in.rec >want
	for slow in wait skip spill cut; do
		rec-tee --slow $slow a.rec cmd:'cat >b.rec' <in.rec | cat >c.rec
		for name in a b c; do
			mkstream records <$name.rec | cmp - want
		done
	done
	rec-tee --durable a.rec cmd:'cat >b.rec' <in.rec | cat >c.rec
	for name in a b c; do
		mkstream records <$name.rec | cmp - want
	done
	# Without an endpoint it is a copy too.
	rec-tee <in.rec | mkstream records | cmp - want
}

# `tee >(true)` cut its other reader off after 1,859 of 100,000 lines.
@test "rec-tee: a reader that goes away takes nothing from the others" {
	seq 100000 >input
	for gone in cmd:true cmd:'head -c 100 >/dev/null' cmd:'rec-take 3 >/dev/null' skip:cmd:true spill:cmd:true cut:cmd:true; do
		statuses "rec-split input | rec-tee '$gone' cmd:'rec-join >other' | rec-join"
		[ "$statuses" = '0 0 0' ]
		same input out
		same input other
		[ ! -s err ]
	done
	# Standard output is a reader like the others.
	statuses "rec-split input | rec-tee cmd:'rec-join >other' | true"
	[ "$statuses" = '0 0 0' ]
	same input other
	statuses "rec-split input | rec-tee cmd:'rec-join >other' >&-"
	[ "$statuses" = '0 74' ]
	grep -qx 'rec-tee: standard output: Bad file descriptor' err
}

@test "rec-tee: a killed reader is reported, and the others get all" {
	seq 200000 >input
	for policy in wait skip spill cut; do
		statuses "rec-split input | rec-tee '$policy:cmd:head -c 5000 >/dev/null; kill -KILL \$\$' cmd:'rec-join >other' | rec-join"
		[ "$statuses" = '0 74 65' ]
		same input other
		same input out
		grep -q 'rec-tee: cmd:head.*killed by signal 9' err
	done
}

@test "rec-tee: --until any stops when the first reader has left, all when the last has" {
	# With an input without an end.
	for any in "cmd:'rec-take 3 >three.rec' | rec-join >rest" "cmd:'rec-join >rest' | rec-take 3 >three.rec"; do
		statuses "rec-split cmd:'yes line' | rec-tee --until any $any"
		[ "$statuses" = '0 0 0' ]
		[ ! -s err ]
		[ "$(mkstream records <three.rec | grep -c =line)" -eq 3 ]
		# The other copy ended well.
		[ "$(sort -u rest)" = line ]
	done
	statuses "rec-split cmd:'yes line' | rec-tee cmd:'rec-take 3 >a.rec' cmd:'rec-take 50k >b.rec' | rec-take 100k >c.rec"
	[ "$statuses" = '0 0 0' ]
	for n in a:3 b:50000 c:100000; do
		[ "$(rec-join <${n%:*}.rec | wc -l)" -eq "${n#*:}" ]
	done
	# Also if it is idle.
	mkfifo in
	start sh -c 'exec rec-tee --until any cmd:"rec-take 1 >one.rec" <in >rest.rec'
	exec 9>in
	mkstream data:0:a >&9
	finish
	[ "$status" -eq 0 ]
	exec 9>&-
	mkstream records <rest.rec | tail -n 1 | grep -q '^end [01] 0'
}

@test "rec-tee: wait: a slow reader makes the others wait, and nothing is lost" {
	seq 300000 >input
	slow_reader slow
	reader=$pid
	start sh -c 'rec-split input | rec-tee slow | rec-join >out'
	tee=$pid
	# As much as the pipe and a block hold has come through, and no more comes.
	within larger out 1000
	[ "$(stat -c %s out)" -lt 1000000 ]
	go slow
	finish "$tee"
	finish "$reader"
	[ "$status" -eq 0 ]
	same input out
	rec-join <slow.rec | cmp - input
}

# accounted FILE: the positions that a reader got, and those that it was told it lost, are all
# positions, each once and in order. Prints how many were lost.
accounted() {
	mkstream records <"$1" | awk -v n="$2" '
		/^loss/ { if ($2 < at) bad = 1; at = $2 + $3; lost += $3; next }
		/^end/ { ended = $2 == n && $3 == 0; next }
		{ split($0, part, "="); if (part[1] != at || part[2] != at + 1) bad = 1; at++ }
		END { if (bad || at != n || !ended) { print "bad at " at; exit 1 } print lost + 0 }'
}

@test "rec-tee: skip: records that a slow reader has no room for are left out and counted exactly, and nobody waits" {
	seq 500000 >input
	for options in '' '--behind 0' '--behind 3M'; do
		for size in 100 262080; do
			rm -f slow slow.go slow.rec out # an old out would look as if all had come
			slow_reader slow
			reader=$pid
			# shellcheck disable=SC2086 # a list of options
			start sh -c "REC_BLOCK=$size rec-split input | rec-tee $options skip:slow | rec-join >out"
			tee=$pid
			# One reader has got all before the other one has read anything.
			within sh -c '[ "$(tail -n 1 out)" = 500000 ]'
			[ ! -s slow.rec ]
			go slow
			finish "$tee"
			[ "$status" -eq 0 ]
			finish "$reader"
			same input out
			lost=$(accounted slow.rec 500000)
			[ "$lost" -gt 0 ] || [ "$options" = '--behind 3M' ]
			[ "$lost" -lt 500000 ]
		done
	done
}

@test "rec-tee: skip: a loss is reported to an idle reader at once, and losses of the input within it are added" {
	mkfifo in
	slow_reader slow
	reader=$pid
	start sh -c 'exec rec-tee --behind 0 skip:slow <in >out.rec'
	tee=$pid
	exec 9>in
	# The pipe takes 64 KiB, one block is under way, one in the queue; the third has no room.
	mkstream fill:0:100:1000 fill:100:100:1000 fill:200:100:1000 loss:300:7:400 mark:500 >&9
	within larger out.rec 300000
	go slow
	within tells slow.rec '^loss next=500 base=200 count=107'
	mkstream data:500:x total:301 end >&9
	exec 9>&-
	finish "$tee"
	[ "$status" -eq 0 ]
	finish "$reader"
	mkstream records <slow.rec | tail -n 3 | cut -c 1-12 >last
	printf '%s\n' 'loss 200 107' '500=x' 'end 501 0 ' | cmp - last
}

@test "rec-tee: skip: losses of a known number stay known beside those of an unknown one" {
	mkfifo in
	slow_reader slow
	reader=$pid
	start sh -c 'exec rec-tee --behind 0 skip:slow <in >out.rec'
	tee=$pid
	exec 9>in
	mkstream fill:0:100:1000 fill:100:100:1000 fill:200:100:1000 loss:300:?:350 loss:350:7:400 mark:500 >&9
	within larger out.rec 300000
	go slow
	within tells slow.rec '^loss next=500 base=200'
	mkstream data:500:x total:301 end >&9
	exec 9>&-
	finish "$tee"
	[ "$status" -eq 0 ]
	finish "$reader"
	mkstream records <slow.rec | tail -n 4 | cut -c 1-12 >last
	printf '%s\n' 'loss 200 107' 'loss 200 -1' '500=x' 'end 501 0 ' | cmp - last
}

@test "rec-tee: spill: a slow reader gets everything, from a file, and nobody waits" {
	seq 700000 >input
	for size in 500 262080; do
		rm -f slow slow.go out
		slow_reader slow
		reader=$pid
		start sh -c "REC_BLOCK=$size rec-split input | rec-tee spill:slow | rec-join >out"
		tee=$pid
		within sh -c '[ "$(tail -n 1 out)" = 700000 ]'
		go slow
		finish "$tee"
		[ "$status" -eq 0 ]
		finish "$reader"
		same input out
		rec-join <slow.rec | cmp - input
	done
}

@test "rec-tee: spill: at --spill-max, or if there is no room for the file, one line says so and all wait" {
	seq 700000 >input
	for how in '--spill-max 1M' 'TMPDIR=/nowhere/at/all'; do
		rm -f slow slow.go err # an old err would have the line already
		slow_reader slow
		reader=$pid
		rec-split input >input.rec
		case $how in
		--*) start sh -c "rec-tee $how spill:slow <input.rec 2>err | rec-join >out" ;;
		*) start env "$how" sh -c "rec-tee spill:slow <input.rec 2>err | rec-join >out" ;;
		esac
		tee=$pid
		within said err 'slow: its reader lags too far, and is waited for from now on'
		go slow
		finish "$tee"
		[ "$status" -eq 0 ]
		finish "$reader"
		[ "$(lines err)" -eq 1 ]
		same input out
		rec-join <slow.rec | cmp - input
	done
	grep -q 'No such file or directory' err
}

@test "rec-tee: spill: memory does not grow with what is in the file" {
	[ -z "$SAN" ] || skip "sanitizers use memory of their own"
	slow_reader slow
	reader=$pid
	yes 'a line of some fifty bytes, as logs have them, or so' | head -n 1500000 >input
	start sh -c 'rec-split input | sh -c "echo \$\$ >tee.pid; exec rec-tee spill:slow" | rec-join >out'
	tee=$pid
	within sh -c '[ "$(stat -c %s out)" = "$(stat -c %s input)" ]'
	peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$(<tee.pid)/status")
	go slow
	finish "$tee"
	finish "$reader"
	rec-join <slow.rec | cmp - input
	[ "$peak" -lt 16384 ]
}

@test "rec-tee: cut: a slow reader is cut off with an end mark that says so, and the others get all" {
	seq 700000 >input
	slow_reader slow
	reader=$pid
	mkfifo hold
	# The input does not end before the slow reader has come to read the end mark.
	start sh -c '{ cat input; read -r go <hold; } | rec-split | rec-tee cut:slow 2>err | rec-join >out'
	tee=$pid
	within said err 'slow: its reader is too slow and is cut off'
	go slow
	within tells slow.rec '^end [0-9]* 75 rec-tee: its reader was too slow and was cut off'
	echo go >hold
	finish "$tee"
	[ "$status" -eq 0 ]
	finish "$reader"
	same input out
	[ "$(lines err)" -eq 1 ]
	# What came before is whole.
	rec-join <slow.rec >front 2>/dev/null && false
	head -n "$(lines front)" input | cmp - front
	[ "$(lines front)" -gt 0 ]
}

@test "rec-tee: cut: a reader that never reads does not keep it from ending" {
	seq 700000 >input
	slow_reader slow
	statuses 'rec-split input | rec-tee cut:slow | rec-join'
	[ "$statuses" = '0 0 0' ]
	same input out
	go slow
	finish
	st=0
	rec-join <slow.rec >front 2>message || st=$?
	[ $st -eq 65 ]
	grep -q 'cut off after' message
}

@test "rec-tee: a policy for all, and for standard output" {
	seq 500000 >input
	rec-split input >input.rec
	slow_reader one
	slow_reader two
	start sh -c 'exec rec-tee --slow skip wait:file.rec two <input.rec >one'
	tee=$pid
	within larger file.rec 3000000
	go one
	go two
	finish "$tee"
	[ "$status" -eq 0 ]
	within accounted one.rec 500000
	within accounted two.rec 500000
	mkstream records <file.rec | cmp - <(mkstream records <input.rec)
	rm one two one.go two.go
	slow_reader one
	rm file.rec
	start sh -c 'exec rec-tee skip:- file.rec <input.rec >one'
	tee=$pid
	within larger file.rec 3000000
	go one
	finish "$tee"
	[ "$status" -eq 0 ]
	within accounted one.rec 500000
}

@test "rec-tee: a full disk is 74 and reported, and the other copies are complete" {
	seq 100000 >input
	statuses "rec-split input | rec-tee /dev/full cmd:'rec-join >other' | rec-join"
	[ "$statuses" = '0 74 65' ]
	same input out
	same input other
	[ "$(grep -c '^rec-tee: /dev/full: No space left on device$' err)" -eq 1 ]
	# It is reported at once, while the input is still open.
	mkfifo in
	start sh -c 'exec rec-tee /dev/full <in >out.rec 2>err'
	exec 9>in
	mkstream data:0:a >&9
	within said err '/dev/full: No space left'
	mkstream data:1:b data:2:c end | tail -c +1 >&9
	within larger out.rec 120
	exec 9>&-
	finish
	[ "$status" -eq 74 ]
	mkstream records <out.rec | tail -n 1 | grep -q '^end [0-9]* 74 rec-tee: /dev/full: No space left on device'
}

@test "rec-tee: an endpoint that cannot be opened is 73, before a record is read" {
	mkstream data:0:a end >good.rec
	st=0
	rec-tee a.rec /nowhere/at/all b.rec <good.rec >out.rec 2>err || st=$?
	[ $st -eq 73 ]
	[ "$(lines err)" -eq 1 ]
	[ ! -e b.rec ]
	for name in a out; do
		mkstream records <$name.rec | grep -q '^end 0 73 rec-tee: /nowhere/at/all: No such file or directory'
	done
}

@test "rec-tee: a fault upstream is reported in every copy" {
	seq 10 | rec-split | rec-filter locate /1/ >cut.rec
	head -c -40 cut.rec >in.rec
	st=0
	rec-tee a.rec skip:cmd:'cat >b.rec' <in.rec >out.rec 2>err || st=$?
	[ $st -eq 65 ]
	for name in a b out; do
		mkstream records <$name.rec | tail -n 1 | grep -q '^end [0-9]* 65 rec-tee: standard input: cut off after'
	done
}

@test "rec-tee: --durable: the disk has the records before any other reader gets them" {
	type -P strace >/dev/null || skip "strace is not installed"
	[ -z "$SAN" ] || skip "the leak sanitizer cannot be traced"
	seq 300000 | rec-split >in.rec
	strace -o trace -e trace=openat,writev,pwritev2,write,fdatasync,fsync,close rec-tee --durable a.rec append:b.rec <in.rec | rec-join >out
	seq 300000 | cmp - out
	cmp a.rec b.rec
	# After a write to a file, nothing is written to standard output before that file was
	# synced.
	awk '
		/^openat.*"a.rec"/ { a = $NF } /^openat.*"b.rec"/ { b = $NF }
		/^fsync/ { folders++ }
		match($0, /^(writev|pwritev2|write)\([0-9]+/) {
			fd = substr($0, RSTART, RLENGTH); sub(/.*\(/, "", fd)
			if (fd == a || fd == b) dirty[fd] = 1
			if (fd == 1) { out++; if (dirty[a] || dirty[b]) bad++ }
		}
		match($0, /^fdatasync\([0-9]+/) { fd = substr($0, 11, RLENGTH - 10); if (/= 0$/) { dirty[fd] = 0; synced++ } }
		END { print folders, out, bad + 0, synced; exit !(folders == 2 && out > 5 && !bad && synced > 5 && !dirty[a] && !dirty[b]) }' trace
}

@test "rec-tee: --durable: no record is reported as safe before every file has it on disk" {
	local n records mark

	seq 600000 | rec-split >in.rec
	for n in 0 1 3; do
		st=0
		REC_FAULT_SYNC="*:$n:EIO" fault rec-tee --durable a.rec append:b.rec <in.rec 2>err >out.rec || st=$?
		[ $st -eq 74 ]
		grep -qxE 'rec-tee: [^ ]*.rec: (Input/output|I/O) error' err
		rec-view --info <out.rec >info 2>/dev/null || :
		records=$(sed -n 's/,//g; s/^records *//p' info)
		mark=$(sed -n 's/,//g; s/^watermark *//p' info)
		[ "$records" -lt 600000 ]
		[ "$mark" -le "$records" ]
	done
	[ "$records" -gt 0 ]
}

@test "rec-tee: --durable: if a file cannot be written all stops; without a file it is refused" {
	seq 100000 | rec-split >in.rec
	st=0
	(
		ulimit -f 100
		trap '' XFSZ
		exec rec-tee --durable a.rec <in.rec 2>err | cat >/dev/null
		exit "${PIPESTATUS[0]}"
	) || st=$?
	[ $st -eq 74 ]
	grep -qx 'rec-tee: a.rec: File too large' err
	st=0
	(
		trap '' XFSZ
		ulimit -f 100
		rec-tee --durable a.rec <in.rec 2>err
	) | mkstream records >got || :
	# All records that came through are in the file.
	grep -c = got >n || :
	[ "$(head -c 102400 a.rec | mkstream records 2>/dev/null | grep -c =)" -ge "$(<n)" ]
	tail -n 1 got | grep -q '^end [0-9]* 74 rec-tee: a.rec: File too large'
	st=0
	rec-tee --durable cmd:'cat >/dev/null' <in.rec >out 2>err || st=$?
	[ $st -eq 64 ]
	grep -q -- '--durable: no endpoint is a file' err
	# That is said before a reader is waited for, or anything begun.
	run -64 --separate-stderr timeout 20 rec-tee --durable shm:"t$$" fifo:none cmd:'touch begun' <in.rec
	[[ $stderr = 'rec-tee: --durable: no endpoint is a file'* ]]
	[ ! -e none ] && [ ! -e begun ]
	run -64 --separate-stderr timeout 20 rec-tee --durable /dev/null <in.rec
	[[ $stderr = *'--durable: no endpoint is a file'* ]]
}

@test "rec-tee: --durable: no file misses a record, whatever is done for slow readers" {
	seq 500000 | tee want | rec-split >in.rec
	for slow in skip cut spill; do
		rm -f d.rec
		rec-tee --durable --slow $slow --behind 1K wait:- d.rec <in.rec | rec-join >got
		same want got
		rec-join <d.rec >got
		same want got
	done
	for slow in skip cut; do
		for name in d.rec append:d.rec new.rec; do
			run -64 --separate-stderr rec-tee --durable $slow:$name <in.rec
			[[ $stderr = "rec-tee: $slow:$name: with --durable a file misses no record"* ]]
		done
	done
	[ ! -e new.rec ]
	rec-join <d.rec >got
	same want got
}

@test "rec-tee: two copies do not go to one file or pipe" {
	seq 5 | rec-split >in.rec
	refused() {
		run -64 --separate-stderr rec-tee "$@" <in.rec
		[[ $stderr = "rec-tee: ${*: -1}: another output of this command goes there already" ]]
	}
	refused a.rec a.rec
	refused a.rec ./a.rec
	refused a.rec append:a.rec
	exec 8>b.rec
	refused fd:8 b.rec
	refused /dev/stdout
	exec 8>&-
	echo kept >c.rec
	st=0
	# shellcheck disable=SC2094 # that is what is refused
	rec-tee c.rec <in.rec >>c.rec 2>err || st=$?
	[ $st -eq 64 ]
	[ "$(head -n 1 c.rec)" = kept ]
	rec-tee /dev/null /dev/null <in.rec >d.rec
	same in.rec d.rec
}

@test "rec-tee: nothing is left behind" {
	seq 200000 >input
	slow_reader slow
	start sh -c 'rec-split input | sh -c "echo \$\$ >tee.pid; exec rec-tee --behind 1K spill:slow cmd:\"cat >/dev/null; exec sleep 1000\" fifo:made" | rec-join >out'
	tee=$pid
	within test -p made
	start sh -c 'exec cat made >made.rec'
	within sh -c '[ "$(tail -n 1 out)" = 200000 ]'
	children=$(cat "/proc/$(<tee.pid)/task/$(<tee.pid)/children")
	[ -n "$children" ]
	kill -TERM "$(<tee.pid)"
	finish "$tee"
	for child in $children; do
		within ended "$child"
	done
	[ ! -e made ]
	go slow
}

@test "rec-tee: words that mean nothing are refused" {
	mkstream data:0:a end >good.rec
	usage '--slow drop: wait, skip, spill or cut is expected' --slow drop
	usage '--until one: any or all is expected' --until one
	usage '--behind 1x: not a size such as 64K or 20G' --behind 1x
	usage '--spill-max -1: not a size such as 100M or 2G' --spill-max -1
	usage 'fd:1: standard output is taken already' fd:1
	usage 'fd:01: standard output is taken already' fd:01
	usage 'csv:-: standard output is taken already' csv:-
	usage 'skip:fd:1: standard output is taken already' skip:fd:1
	usage 'wait:-: standard output is taken already' - wait:-
	: >skip:x
	usage 'skip:x: a file of that name exists: write ./skip:x for the file' skip:x
	usage 'an empty name is no endpoint' skip:
	# A file of that name.
	rec-tee ./skip:x <good.rec >out
	same out skip:x
}

@test "rec-tee: every copy gets the table, whatever is done for a slow reader" {
	{ echo id,n; seq -f '%.0f,x' 300000; } >o.csv
	rec-split -f csv -H o.csv >o.rec
	rec-tee a.rec cmd:'rec-join >b.csv' csv:c.csv append:d.rec <o.rec | rec-join | same o.csv -
	for copy in a d; do
		rec-join <$copy.rec | same o.csv -
	done
	same o.csv b.csv
	same o.csv c.csv
	for policy in wait skip spill cut; do
		for options in '--behind 0' '--behind 1M'; do
			rm -f slow slow.go slow.rec out
			slow_reader slow
			reader=$pid
			start sh -c "rec-tee $options $policy:slow <o.rec | rec-join >out"
			tee=$pid
			within larger out 1000
			[ "$policy" = wait ] || within sh -c '[ "$(tail -n 1 out)" = 300000,x ]'
			go slow
			finish "$tee"
			finish "$reader"
			same o.csv out
			mkstream dump <slow.rec >blocks || :
			[ "$(head -n 1 blocks)" = 'table sum {"framing":"csv"}\nid,n\n' ]
			[ "$(grep -c ^table blocks)" = 1 ]
			# All that follows is of the table: losses and the end too.
			[ "$(grep -v '^broken: cut off' blocks | grep -vc ' tabled')" = 1 ]
		done
	done
}

@test "rec-tee: the table goes to all copies before a record has come" {
	mkfifo in
	start sh -c 'rec-tee --slow skip --behind 0 cmd:"rec-join >a" spill:b.rec <in | rec-join >c'
	printf 'id,n\n' | rec-split -f csv -H >o.rec
	table_first o.rec in a b.rec c
	[ "$status" -eq 0 ]
	rec-join <b.rec | same a -
}

@test "rec-tee: a reader of a named ring that comes late gets the table first" {
	local mode policy

	{ echo id,n; seq -f '%.0f,and more of it' 100000; } >o.csv
	rec-split -f csv -H o.csv >o.rec
	for mode in queue broadcast; do
		for policy in wait skip spill cut; do
			rm -f out late
			rec-shm create --keep --size 1M --mode $mode "$ring"
			# The ring has room for a part of the records. For a broadcast without a reader nobody waits, and
			# neither for a queue, unless the policy says so.
			start sh -c "rec-tee $policy:shm:$ring <o.rec | rec-join >out"
			tee=$pid
			if [ $policy$mode = waitqueue ]; then
				within larger out 1000
			else
				within sh -c '[ "$(tail -n 1 out)" = "100000,and more of it" ]'
			fi
			start sh -c "exec rec-shm receive $([ $mode = queue ] || echo --from start) $ring >late"
			reader=$pid
			within test -s late
			finish "$tee"
			# The reader has the ring open, and takes what is in it, though the name is gone.
			rec-shm rm "$ring"
			finish "$reader"
			same o.csv out
			mkstream dump <late >blocks || :
			[ "$(head -n 1 blocks)" = 'table sum {"framing":"csv"}\nid,n\n' ]
			[ "$(grep -c ^table blocks)" = 1 ]
			# Rows only, each once and in their order; all of them, if that is the policy of the queue.
			rec-join <late >got || :
			[ "$(head -n 1 got)" = id,n ]
			[ "$(lines got)" -gt 1 ]
			sed 1d got | sort -n -u -c
			comm -13 <(sort o.csv) <(sort got) | same /dev/null -
			case $policy$mode in
			waitqueue | spillqueue) same o.csv got ;;
			esac
		done
	done
}
