#!/usr/bin/env bats
# rec-meter: passes a record stream on, and shows how fast it goes.
# shellcheck disable=SC2016 # much here is for sh -c, awk and the commands of endpoints to expand

load helper

said() {
	[ -s "$1" ] && grep -q -- "$2" "$1"
}

usage() {
	local st=0

	rec-meter "${@:2}" <good.rec >out 2>err || st=$?
	[ $st -eq 64 ] && [ ! -s out ] && echo "rec-meter: $1 (rec-meter -h shows the usage)" | cmp - err
}

@test "rec-meter: the stream comes through as it is, with and without a rate" {
	mkstream data:0:a,b loss:2:5:9 mark:20 at:20=x,20=y,50=z gap:'\0' data:60:c,,d loss:70:?:80 gap:'\n' sum nogap data:90:last end \
		data:0:e gap:'\r\n' data:1:f,g mark:1000 end >in.rec
	mkstream records <in.rec >want
	for rate in '' '--rate 10k/s' '--rate 100/s' '--rate 30B/s' '--rate 1000000GB/s'; do
		# shellcheck disable=SC2086 # an option and its argument
		rec-meter $rate <in.rec 2>/dev/null | mkstream records | cmp - want
	done
	# Large blocks are cut into runs.
	seq 20000 >input
	rec-split input | rec-meter -q --rate 200k/s >out.rec
	rec-join <out.rec | cmp - input
	[ "$("$BUILD/tools/blocks" list <out.rec | grep -c ^data)" -ge 5 ]
	rec-split input | mkstream records >want
	mkstream records <out.rec | cmp - want
}

@test "rec-meter: the sum at the end, of records, bytes and losses, with the name" {
	seq 1234567 | rec-split | rec-meter 2>err | rec-join | tail -n 1 | grep -qx 1234567
	[ "$(lines err)" -eq 1 ]
	grep -qE '^rec-meter: 1,234,567 records, 8\.36 MB in [0-9.]+ s: [0-9.]+[kMG]? records/s, [0-9.]+ [KMG]?B/s$' err
	mkstream data:0:a loss:1:1200:1201 end | rec-meter --name "$(printf 'a\033[2Jb')" 2>err | mkstream records >out
	grep -qE '^rec-meter: a\^\[\[2Jb: 1 record, 2 B in 0\.[0-9]+ s: .*; 1,200 left out before$' err
	mkstream data:0:a 'loss:1:?:9' end | rec-meter 2>err >/dev/null
	grep -q '; more than 0 left out before$' err
	rec-split </dev/null | rec-meter 2>err >/dev/null
	grep -qE '^rec-meter: 0 records, 0 B in ' err
}

@test "rec-meter: if the input failed the sum comes first, then the reason" {
	st=0
	seq 10 | rec-split | head -c -40 | rec-meter 2>err >out.rec || st=$?
	[ $st -eq 65 ]
	[ "$(lines err)" -eq 2 ]
	sed -n 1p err | grep -q '^rec-meter: 10 records'
	sed -n 2p err | grep -q '^rec-meter: standard input: cut off after 10 whole records'
}

@test "rec-meter: a line every --interval, with the share done and the time left" {
	mkfifo in
	start sh -c 'exec rec-meter --interval 20ms --total 4 <in >out.rec 2>err'
	exec 9>in
	mkstream data:0:a,b >&9
	within said err '^rec-meter: 2 records, 4 B, 0:00:0[0-9], 50%, 0:00:0[0-9] left, [0-9.]* records/s (mean [0-9.]*), [0-9.]* B/s (mean [0-9.]* B/s)$'
	# Also while nothing comes.
	before=$(lines err)
	more() { [ "$(lines err)" -gt $((before + 3)) ]; }
	within more
	within said err ', 50%, .*, 0 records/s (mean'
	mkstream data:2:c,d,e total:5 end >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	tail -n 1 err | grep -q '^rec-meter: 5 records, 10 B in '
	# The size of a file is known, from its present offset on.
	mkstream fill:0:1000:1000 fill:1000:1000:1000 end >file.rec
	rec-meter -q --rate 1000MB/s <file.rec >/dev/null
	rm err
	start sh -c 'exec rec-meter --rate 1000/s --interval 50ms <file.rec 2>err >/dev/null'
	within said err ', [1-9][0-9]*%, 0:00:0[0-9] left, '
	finish
	# By bytes instead of records.
	rm err
	start sh -c 'exec rec-meter --rate 1000/s --interval 50ms --total 2002000B <file.rec 2>err >/dev/null'
	within said err ', [1-9][0-9]*%, 0:00:0[0-9] left, '
	finish
}

@test "rec-meter: USR1 shows a line at once, also while it waits, and with -q" {
	mkfifo in
	for option in --interval=1h -q; do
		rm -f out.rec err
		start sh -c "exec rec-meter $option --name idle <in >out.rec 2>err"
		exec 9>in
		mkstream data:0:a >&9
		within test -s out.rec
		[ ! -s err ]
		kill -USR1 "$pid"
		within said err '^rec-meter: idle: 1 record, 2 B, '
		kill -USR1 "$pid"
		within sh -c '[ "$(wc -l <err)" -eq 2 ]'
		kill -TERM "$pid"
		finish
		exec 9>&-
	done
	# And while its reader does not read.
	mkfifo stuck
	seq 1000000 | rec-split >big.rec
	start sh -c 'exec rec-meter --interval 1h <big.rec >stuck 2>err'
	meter=$pid
	exec 8<stuck
	# The signal is caught from now on; before that it would kill.
	catches() { (((0x$(awk '/^SigCgt/ { print $2 }' "/proc/$meter/status") & 0x200) != 0)); }
	within catches
	sees() { kill -USR1 "$meter" && said err ' records, '; }
	within sees
	cat <&8 >out.rec
	finish "$meter"
	[ "$status" -eq 0 ]
	cmp out.rec big.rec || [ "$(mkstream records <out.rec | tail -n 1)" = "$(mkstream records <big.rec | tail -n 1)" ]
	exec 8<&-
}

@test "rec-meter: --json has lines that are JSON, and -q none" {
	seq 100 | rec-split | rec-meter --json --name 'a"\b' 2>err >/dev/null
	[ "$(lines err)" -eq 1 ]
	rec-split -f json err | rec-filter -c locate '/"name":"a\"\\b","records":100,"bytes":292,/' | grep -qx 1
	grep -q '"lost":0,"lost_unknown":false,"end":true}$' err
	mkstream fill:0:100:10 end >file.rec
	rec-meter --json --interval 10ms --rate 1000/s <file.rec 2>err >/dev/null
	grep -q '"share":0\.[0-9]*,"seconds_left":[0-9.]*,"end":false}$' err
	[ "$(rec-split -f json err | rec-filter -c locate)" -eq "$(lines err)" ]
	seq 100 | rec-split | rec-meter -q 2>err >/dev/null
	[ ! -s err ]
}

# This tests only that nothing comes too early: that cannot fail on a busy machine.
@test "rec-meter: --rate lets nothing through too early, and the first record at once" {
	mkfifo in
	start sh -c 'exec rec-meter -q --rate 1/h <in >out.rec 2>err'
	exec 9>in
	mkstream data:0:alpha,beta >&9
	# Records that come together are divided.
	within grep -qa alpha out.rec
	exec 9>&-
	kill -0 "$pid"
	[ "$(grep -ca beta out.rec)" -eq 0 ]
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	for rate in 100/s 6k/m 500B/s; do
		mkstream fill:0:21:4 end >in.rec
		begun=${EPOCHREALTIME/[.,]/}
		rec-meter -q --rate $rate <in.rec >out.rec
		took=$((${EPOCHREALTIME/[.,]/} - begun))
		[ "$took" -ge 180000 ]
		mkstream records <out.rec | cmp - <(mkstream records <in.rec)
	done
	# Evenly: no block of the output has more than 20 ms of it.
	mkstream fill:0:3000:4 end | rec-meter -q --rate 10k/s | "$BUILD/tools/blocks" list >blocks
	awk -F'[ =]' '/^data/ { if ($3 > 200) bad = 1; n += $3 } END { exit bad || n != 3000 }' blocks
}

@test "rec-meter: an idle one uses no processor, with a rate or without" {
	local n=0 meters=() befores=() rate m

	mkfifo in.0 in.1 in.2
	exec 6<>in.0 7<>in.1 8<>in.2
	switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"; }
	for rate in '' '--rate 1/h' '--rate 1MB/s'; do
		start sh -c "exec rec-meter $rate --interval 1h <in.$n >out.$n 2>err.$n" 6>&- 7>&- 8>&-
		mkstream data:0:alpha,beta >in.$n
		within grep -qa alpha out.$n
		within asleep "$pid"
		meters+=("$pid")
		n=$((n + 1))
	done
	for m in 0 1 2; do
		befores[m]=$(switches "${meters[m]}")
	done
	sleep 2 # a timer would have fired by then
	for m in 0 1 2; do
		[ $(($(switches "${meters[m]}") - befores[m])) -le 5 ]
		kill -TERM "${meters[m]}"
		finish "${meters[m]}"
	done
	exec 6>&- 7>&- 8>&-
}

# terminal ...: a terminal of 60 columns on which the command in the file `on` runs; its output goes
# to the file typed.
terminal() {
	needs_terminal
	timeout 60 script -qec 'stty rows 10 cols 60; sh ./on' typed </dev/null >/dev/null
}

@test "rec-meter: on a terminal one line is written anew, within the width, and the last one stays" {
	mkstream fill:0:30:1000 end >file.rec
	printf '%s\n' 'rec-meter --name "$(printf "wide\033[2J")" --rate 100/s --interval 50ms <file.rec >out.rec' >on
	terminal
	# Lines are begun anew and erased to their ends, none is too long, and the name's own
	# escapes do not appear.
	[ "$(grep -ao $'\r[^\r]*\033\\[K\r' typed | wc -l)" -ge 2 ]
	grep -ao $'\r[^\r]*\033\\[K\r' typed | tr -d '\r' | sed $'s/\033\\[K//' | awk 'length($0) > 59 { bad = 1 } END { exit bad || NR < 2 }'
	[ "$(grep -ca $'\033\\[2J' typed)" -eq 0 ]
	grep -qaF 'wide^[[2J: 30 records, 29.3 KB in ' typed
	mkstream records <out.rec | cmp - <(mkstream records <file.rec)
}

@test "rec-meter: several on one terminal have a line each" {
	mkstream fill:0:40:10 end >file.rec
	echo 'rec-meter --name one --rate 100/s --interval 20ms <file.rec | rec-meter --name two --interval 20ms | cat >out.rec' >on
	terminal
	# One of them writes its line below the other's and goes back.
	grep -qa $'\033\\[K\r\033\\[1A' typed
	grep -qa 'one: 40 records, 440 B in ' typed
	grep -qa 'two: 40 records, 440 B in ' typed
}

@test "rec-meter: words that mean nothing are refused" {
	mkstream data:0:a end >good.rec
	usage '--rate 5M/s: not a rate such as 1000/s, 5Mrec/m or 3GB/s' --rate 5M/s
	usage '--rate 5: not a rate such as 1000/s, 5Mrec/m or 3GB/s' --rate 5
	usage '--rate 0/s: not a rate such as 1000/s, 5Mrec/m or 3GB/s' --rate 0/s
	usage '--rate 5/x: not a rate such as 1000/s, 5Mrec/m or 3GB/s' --rate 5/x
	usage '--rate 5/ss: not a rate such as 1000/s, 5Mrec/m or 3GB/s' --rate 5/ss
	usage '--total 3G: not an amount such as 5Mrec, 10k or 3GB' --total 3G
	usage '--total 3kB: not an amount such as 5Mrec, 10k or 3GB' --total 3kB
	usage '--json does not go with -q' -q --json
	usage '--interval 0s: not a time such as 500ms or 10s' --interval 0s
	usage '--interval 5: not a time such as 500ms or 10s' --interval 5
	usage 'x: no operand is expected; the stream is standard input' x
}

@test "rec-meter: a table passes at once, and is not counted" {
	printf 'id,n\n1,5\n2,6\n' >o.csv
	rec-split -f csv -H o.csv | rec-meter 2>err | rec-join | same o.csv -
	grep -q '2 records' err
	mkfifo in
	start sh -c 'rec-meter -q --rate 1/s <in | rec-join >out'
	rec-split -f csv -H o.csv >o.rec
	table_first o.rec in out
	[ "$status" -eq 0 ]
	same o.csv out
}
