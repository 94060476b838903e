#!/usr/bin/env bats
# hop: pipes between commands that go through shared memory. Nobody may notice that. Each shape is
# run with rings from the second block on and compared with REC_HOP=0.

# shellcheck disable=SC2016 # pipelines are text for bash

load helper

setup() {
	helper_setup
	export REC_HOP=1 REC_RING=2
}

# Records of 1 to 20,000 bytes: around every size of slot that is used here.
mixed() {
	awk -v n="$1" 'BEGIN {
		srand(7)
		for (i = 0; i < n; i++) {
			size = 1
			for (k = int(rand() * 14); k > 0; k--)
				size *= 2
			size += int(rand() * size)
			line = i ":"
			while (length(line) < size)
				line = line line i
			print substr(line, 1, size)
		}
	}'
}

@test "hop: blocks larger than a slot, with the reader asleep or awake" {
	mixed 600 >in
	cp in wanted
	for REC_BLOCK in 1 16 64 1000; do
		for REC_RING in 1 2 3 8; do
			export REC_BLOCK REC_RING
			statuses 'rec-split in | rec-filter nlocate /nothing/ | rec-join'
			[ "$statuses" = '0 0 0' ]
			same out wanted
		done
	done
	# Each large one comes while the reader sleeps.
	export REC_BLOCK=16 REC_RING=1
	statuses 'while read -r line; do echo "$line"; done <in | rec-split | rec-join'
	[ "$statuses" = '0 0 0' ]
	same out wanted
}

# both PIPELINE: output and statuses with rings of 1 to 3 slots are the same as without rings, and
# no process has died.
both() {
	local n

	REC_HOP=0 statuses "$1" || return
	cp out wanted
	[ -s wanted ] || { echo "it gives nothing: $1" >&2; return 1; }
	wanted_statuses=$statuses
	for n in 1 2 3; do
		REC_RING=$n statuses "$1" || return
		[ "$statuses" = "$wanted_statuses" ] || {
			echo "$n slots: $statuses, not $wanted_statuses: $1: $(<err)" >&2
			return 1
		}
		same out wanted || return
	done
}

has_ring() {
	grep -q 'memfd:rec ring' "/proc/$1/maps"
}

# bats test_tags=long
@test "hop: what rec-split reads straight into slots" {
	# Lines of no bytes up to several slots, so that the open line before each read is small,
	# large, or more than a slot takes.
	{ mixed 800; seq 60000; awk 'BEGIN { for (i = 0; i < 200; i++) printf "%" (i * 999 + 1) "d\n", i }'; yes '' | head -n 100000; mixed 800; } >in
	truncate -s -1 in
	for REC_RING in 1 2 8; do
		export REC_RING
		for REC_BLOCK in 131072 ${long:+20000} 5000; do
			export REC_BLOCK
			for way in 'rec-split <in' 'cat in | rec-split' 'dd if=in bs=700 status=none | rec-split' 'rec-split in' \
				'rec-split cmd:"cat in"' 'fault rec-split in' 'cat in | fault rec-split'; do
				statuses "$way | rec-join"
				[[ $statuses =~ ^[0\ ]+$ ]]
				same in out
			done
		done
	done
	# Each file begins anew, in the middle of a slot; the last line of the first file lacks its
	# newline.
	statuses 'rec-split in in in | rec-join -0 | tr "\0" "\n"'
	[ "$statuses" = '0 0 0' ]
	{ cat in; echo; cat in; echo; cat in; echo; } >wanted
	same out wanted
	# Framings whose records take several lines.
	both "rec-split --start '^[0-9]*7' in | rec-join -f escaped"
	both 'rec-split -f fixed:10007 --short in | rec-join -f netstring'
	both "rec-split -d 99 in | rec-join -f escaped"
	both 'rec-split -p in | rec-join -f escaped'
	# It stops at the right record, whatever lies in the slot.
	both 'rec-split -n 5000 in | rec-join'
	both 'rec-split in missing in | rec-join'
	both 'REC_MAX=100000 rec-split in | rec-join'
}

@test "hop: the ring is taken up by a filter and by the last command" {
	seq 20000 >in
	mkfifo feed
	start bash -c '{ cat in; read -r line <feed; } | rec-split | { rec-filter nlocate /x/ & echo $! >one; wait; } |
		{ rec-join >out & echo $! >two; wait; }'
	within cmp in out
	has_ring "$(<one)"
	has_ring "$(<two)"
	echo go >feed
	finish
	[ "$status" -eq 0 ]
	same in out
}

@test "hop: readers that share the pipe one after another" {
	seq 50000 >in
	export REC_BLOCK=1000
	for n in 1 5 300 20000; do
		both "rec-split in | { rec-take $n | rec-join; rec-take 1000 | rec-join; rec-join 2>/dev/null; }"
	done
	# A reader that does not use the ring comes between two that do.
	both 'rec-split in | { rec-take 50 | rec-join; REC_HOP=0 rec-take 50 | rec-join; rec-take 50 | rec-join; rec-join 2>/dev/null; }'
}

@test "hop: a reader that is killed leaves the rest to the next one" {
	seq 200000 >in
	export REC_BLOCK=1000
	for n in 1 2 8; do
		mkfifo first
		export REC_RING=$n
		# It is killed while it holds a slot and waits for its own reader.
		statuses 'rec-split in | {
			rec-join >first & p=$!
			exec 5<first
			read -r line <&5
			until grep -q "^State:.S" /proc/$p/status && grep -q "memfd:rec ring" /proc/$p/maps; do sleep 0.01; done
			kill -KILL $p
			exec 5<&-
			rec-join
		}'
		[ "$statuses" = '0 65' ]
		# What came is the end of the input. What did not come was in the first reader's
		# hands: a pipe and a block.
		[ "$(lines out)" -gt 0 ]
		tail -n "$(lines out)" in >wanted
		same out wanted
		[ "$(($(wc -c <in) - $(wc -c <out)))" -lt 140000 ]
		rm first
	done
}

@test "hop: writers that share the pipe one after another" {
	seq 30000 >a
	seq 30000 60000 >b
	export REC_BLOCK=1000
	both '(rec-split a; rec-split b) | rec-join'
	both '(rec-split a; rec-split b; rec-split a) | rec-filter locate /7/ | cat | rec-join'
	both '(rec-split a | rec-filter locate /1/; REC_HOP=0 rec-split b; rec-split a) | rec-drop 100 | rec-join'
}

@test "hop: a writer that has offered a ring and ended without it is not mistaken for the next writer" {
	# A pipe of one page, which the first block fills but for the room of the offer. The writer
	# waits there with its end mark, and is stopped until the ring is in use; then the reader is
	# stopped until the next writer has begun.
	awk 'BEGIN { printf "%3935s\n", "" }' >first
	echo x | rec-split >next.rec
	mkfifo go
	start bash -c '{
		narrow sh -c "echo \$\$ >writer; exec rec-split first"
		head -c -40 next.rec
		echo >begun
		read -r line <go
		tail -c 40 next.rec
	} | {
		until [ -e reads ]; do sleep 0.05; done
		rec-join >out 2>err & echo $! >reader; wait $!; echo $? >status; }'
	within test -s writer
	within has_ring "$(<writer)"
	within asleep "$(<writer)"
	kill -STOP "$(<writer)"
	echo >reads
	within test -s reader
	within has_ring "$(<reader)"
	within asleep "$(<reader)"
	kill -STOP "$(<reader)"
	kill -CONT "$(<writer)"
	within test -e begun
	kill -CONT "$(<reader)"
	cat first - <<<x >wanted
	within cmp -s wanted out
	within asleep "$(<reader)"
	echo >go
	finish
	[ "$(<status)" -eq 0 ]
	same wanted out
}

@test "hop: the reader notices that a writer was killed, though a shell holds the pipe" {
	mkfifo source held
	seq 50000 >in
	for sig in KILL TERM; do
		# The reader must end before the shell, which still could write, goes on.
		start bash -c '{ cat in; read -r line <source; } | {
			rec-split & echo $! >writer
			wait
			read -r line <held
		} | { rec-join >out 2>err; echo $? >status; }'
		within cmp in out
		within asleep "$(<writer)"
		kill -$sig "$(<writer)"
		within test -s status
		[ "$(<status)" -eq 65 ]
		case $sig in
		KILL) grep -q 'rec-join: standard input: cut off after 50000' err ;;
		*) grep -q 'rec-join: standard input: its producer failed: rec-split: ended by SIGTERM' err ;;
		esac
		same in out
		echo >held
		echo >source
		finish
		rm status out
	done
}

# written PID: how many bytes it has written, in $written. No command is started for that: it would
# take some milliseconds.
written() {
	local name value

	written=
	while read -r name value; do
		[ "$name" != wchar: ] || written=$value
	done <"/proc/$1/io"
	[ -n "$written" ]
}

# killed_in_large: kills a rec-split while a large block is on its way; the reader's message is in
# err. The shell still holds the pipe, which is of one page to gain time. Another writer follows at
# the end.
killed_in_large() {
	local writer reader before

	rm -f source held writer reader status second out
	mkfifo source held
	start bash -c '{ { narrow sh -c "echo \$\$ >writer; exec rec-split" <source; read -r line <held; rec-split in || echo $? >second; } |
		{ rec-join >out 2>err & echo $! >reader; wait $!; echo $? >status; }; }'
	exec 9>source
	cat in >&9
	within cmp in out
	writer=$(<writer)
	reader=$(<reader)
	within has_ring "$reader"
	kill -STOP "$reader"
	{ cat large; echo; } >&9
	written "$writer"
	before=$written
	kill -CONT "$reader"
	# Until some of it is in the pipe or through it.
	while written "$writer" && [ "$written" -lt $((before + 1000000)) ]; do :; done
	kill -STOP "$reader"
	kill -KILL "$writer"
	kill -CONT "$reader"
	within test -s status
	[ "$(<status)" -eq 65 ]
	exec 9>&-
	# The next writer finds no reader, which is not an error.
	echo >held
	finish
	[ "$status" -eq 0 ]
	[ ! -e second ]
}

@test "hop: the reader notices that a writer was killed in the middle of a large block, though a shell holds the pipe" {
	seq 50000 >in
	head -c 50000000 /dev/zero | tr '\0' a >large
	{ cat in large; echo; } >whole
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		killed_in_large
		case $(<err) in
		'rec-join: standard input: cut off after 50000 whole records, in the middle of a block')
			same out in
			break
			;;
		'rec-join: standard input: cut off after 50001 whole records, without an end mark')
			# The kill came too late.
			same out whole
			;;
		*)
			cat err
			return 1
			;;
		esac
	done
	[ "$(lines err)" -eq 1 ]
	grep -q 'in the middle of a block' err
}

@test "hop: a signal's end mark comes also after a large block" {
	mkfifo source
	export REC_BLOCK=16
	start bash -c '{ for i in 1 2 3; do printf "%01000d\n" $i; done; read -r line <source; } |
		{ rec-split & echo $! >writer; wait; } | { rec-join >out 2>err; echo $? >status; }'
	within eval '[ "$(lines out)" -eq 3 ]'
	within asleep "$(<writer)"
	kill -TERM "$(<writer)"
	within test -s status
	[ "$(<status)" -eq 65 ]
	grep -q 'its producer failed: rec-split: ended by SIGTERM' err
	echo >source
}

@test "hop: offers that end up in files, and what comes between them" {
	seq 100000 >in
	both 'rec-split in | cat | rec-join'
	both 'rec-split in | tee copy | rec-join'
	REC_RING=2 rec-split in | cat >kept
	rec-join <kept >out
	same out in
	rec-filter nlocate /x/ <kept | rec-join >out
	same out in
	rec-join <copy >out
	same out in
}

@test "hop: a FIFO with several writers one after another" {
	seq 20000 >a
	mkfifo pipe
	cat a a a >wanted
	for REC_RING in 1 3; do
		export REC_RING
		statuses 'rec-join <pipe & { for i in 1 2 3; do rec-split a; done; } >pipe; wait $!'
		[ "$statuses" = 0 ]
		same out wanted
	done
}

@test "hop: limits, and what they make impossible" {
	seq 100000 >in
	both 'bash -c "ulimit -f 100; rec-split in" | rec-join'
	both 'bash -c "ulimit -n 5; exec rec-split in" | rec-join'
	both 'bash -c "ulimit -n 4; exec rec-split in" | rec-join'
	both 'rec-split in | bash -c "ulimit -n 4; exec rec-join"'
	[ -n "$SAN" ] || REC_RING=1024 both 'bash -c "ulimit -v 100000; exec rec-split in" | rec-join'
}

@test "hop: another user, another process namespace, no /proc" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can be somebody else'
	type -P setpriv unshare >/dev/null || skip 'setpriv and unshare are not installed'
	seq 100000 >in
	chmod 755 .
	as='setpriv --reuid 65534 --clear-groups'
	$as "$(type -P rec-split)" -h >/dev/null 2>&1 || skip 'the commands cannot be run by others here'
	both "rec-split in | $as rec-join"
	both "cat in | $as rec-split | rec-join"
	unshare -pf --mount-proc true 2>/dev/null || skip 'no namespaces here'
	both 'rec-split in | unshare -pf --mount-proc rec-join'
	both 'unshare -pf --mount-proc rec-split in | rec-join'
	both 'unshare -m sh -c "mount -t tmpfs none /proc && exec rec-split in" | rec-join'
	both 'rec-split in | unshare -m sh -c "mount -t tmpfs none /proc && exec rec-join"'
}

@test "hop: commands that an output feeds inherit none of its descriptors" {
	seq 100000 >in
	statuses "rec-split in | rec-filter --else cmd:'ls -l /proc/self/fd >fds; rec-join >rest' locate /7/ | rec-join"
	[ "$statuses" = '0 0 0' ]
	grep -q ' 0 -> pipe' fds
	run ! grep memfd fds
	grep 7 in >wanted
	same out wanted
	grep -v 7 in >wanted
	same rest wanted
}

@test "hop: branches that come together again" {
	seq 200000 >in
	both "rec-split in | rec-filter --else cmd:'rec-take 5 | rec-join >/dev/null' locate /7/ | rec-take 500 | rec-join"
	# The first branch ends early, and its command must not hold up the second one.
	both "rec-split in | rec-filter --else fifo:b locate /77/ | rec-take 3 | {
		rec-join >one & until [ -p b ]; do sleep 0.01; done; rec-join <b >two; wait; cat one two; }"
}

# ---- tables ----

# wide N: a header of N columns, and rows.
wide() {
	seq -s , "$1"
	for i in {1..300}; do echo "$i,x"; done
}

@test "hop: a table goes through rings and tiny pipes, also one larger than a slot" {
	wide 3 >small.csv
	wide 60000 >large.csv
	[ "$(head -n 1 large.csv | wc -c)" -gt 300000 ]
	for csv in small large; do
		for REC_HOP in 0 1; do
			for REC_BLOCK in 16 1000 131072; do
				export REC_HOP REC_BLOCK
				statuses "rec-split -f csv -H $csv.csv | rec-filter locate // | rec-tee copy.rec | rec-take 100000 | rec-join"
				[ "$statuses" = '0 0 0 0 0' ]
				same $csv.csv out
				rec-join <copy.rec | cmp - $csv.csv
				narrow statuses "rec-split -f csv -H $csv.csv | rec-filter locate // | rec-join"
				[ "$statuses" = '0 0 0' ]
				same $csv.csv out
				cases=$((${cases:-0} + 1))
			done
		done
	done
	[ "$cases" -eq 12 ]
}

@test "hop: a second segment brings a table larger than a slot through the ring" {
	# The first segment's records lack their last newline, so that the writer begins another.
	wide 60000 | head -c -1 >a.csv
	for REC_RING in 1 2 8; do
		export REC_RING
		rec-split -f csv -H a.csv >a.rec
		cat a.rec a.rec >two.rec
		statuses 'cat two.rec two.rec | rec-filter locate // | rec-filter locate // | rec-join'
		[ "$statuses" = '0 0 0 0' ]
		{ cat a.csv; for i in 1 2 3; do echo; sed 1d a.csv; done; } | cmp - out
	done
	# Through a ring from the second block on: the table of the second segment comes after the
	# switch.
	statuses 'rec-filter locate // <two.rec | rec-filter locate // | mkstream dump'
	[ "$(grep -c '^table' out)" -eq 2 ]
	[ "$(grep -c '^end' out)" -eq 2 ]
	[ "$(grep -c '^broken' out)" -eq 0 ]
}

@test "hop: a reader that leaves the pipe, or a ring, takes the table with it" {
	wide 3 >in.csv
	for REC_HOP in 0 1; do
		for REC_BLOCK in 16 131072; do
			export REC_HOP REC_BLOCK
			# The end mark, too, is one of a stream whose table has gone.
			statuses 'rec-split -f csv -H in.csv | { rec-take 5 >first.rec; rec-join; }'
			[ "$statuses" = '0 65' ]
			[ ! -s out ]
			[ "$(<err)" = "rec-join: standard input: block 1 at byte 0: the stream's table is missing (has another command read it?)" ]
			rec-join <first.rec >first.csv
			head -n 6 in.csv | cmp - first.csv
			cases=$((${cases:-0} + 1))
		done
	done
	[ "$cases" -eq 4 ]
	# Even if only the end mark is left, and another stream follows with a table of its own.
	statuses '{ rec-split -f csv -H in.csv; rec-split -f csv -H in.csv; } | { rec-take 300 >first.rec; rec-join; }'
	[ "$statuses" = '0 65' ]
	rec-join <first.rec | cmp - in.csv
}

@test "hop: a reader that is killed takes the table with it, and the next one says so" {
	mkfifo feed
	wide 3 >in.csv
	start bash -c '{ cat in.csv; read -r line <feed; echo 7,7; } | rec-split -f csv -H | { rec-filter locate // >one.rec & echo $! >one; wait; rec-join >out 2>err; echo $? >status; }'
	within test -s one
	within grep -qa 300,x one.rec
	has_ring "$(<one)"
	kill -KILL "$(<one)"
	echo go >feed
	finish
	[ "$(<status)" = 65 ]
	[ ! -s out ]
	grep -q "the stream's table is missing" err
}
