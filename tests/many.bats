#!/usr/bin/env bats
# many: what holds for commands with many streams together. They leave nothing behind, whatever ends
# them; they change nothing that they inherit; they split a stream and bring it together again
# without a deadlock.

load helper

# each_way CMD ...: CMD without the hop, with small rings from the second block on, and for make
# check-long with the default settings.
ways=2
[ -z "$long" ] || ways=3
each_way() {
	local way

	for way in 'REC_HOP=0 REC_RING=' 'REC_HOP=1 REC_RING=2' ${long:+'REC_HOP= REC_RING='}; do
		eval "export $way"
		[ -n "$REC_HOP" ] || unset REC_HOP
		[ -n "$REC_RING" ] || unset REC_RING
		"$@" || {
			echo "with $way"
			return 1
		}
	done
}

# The living processes of a session, each as its number and name.
session() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '{
		name = $0
		sub(/^[0-9]+ \(/, "", name)
		sub(/\) [A-Z] .*/, "", name)
		process = $1
		sub(/.*\) /, "")
		if ($4 == session && $1 != "Z")
			print process, name
	}'
}

deserted() {
	local left

	left=$(session "$1")
	[ -z "$left" ] || {
		echo "$left"
		return 1
	}
}

# Pipelines from a stream of records to another one, with processes and FIFOs.
# shellcheck disable=SC2016 # the workers' own
shapes=(
	'rec-fanout -k -j 3 rec-filter locate //'
	'rec-fanout -j 3 --retries 2 sh -c "rec-filter locate // | rec-filter locate //"'
	'rec-fanout --tag -j 2 --copy sh -c "cat | rec-filter locate //"'
	'rec-only "locate /1/" sh -c "rec-filter locate | rec-filter locate"'
	'rec-tee --until any cmd:"rec-join >/dev/null" fifo:b | rec-fanin --any - fifo:b'
	'rec-filter --else fifo:b locate /1/ | rec-fanin -k - fifo:b'
	'rec-tee fifo:b | rec-only "locate /7/" cat | rec-fanin --round-robin - fifo:b'
	'rec-fanin --any cmd:"rec-split input" -'
	'rec-tee --until any cmd:"rec-fanout -j 2 --sink sh -c \"rec-join >/dev/null\""'
)

# nothing_left: no process of $pid's session is left, and no file that was not there when known was
# written.
nothing_left() {
	within deserted "$pid" || return
	ls >now
	comm -13 known now >new
	[ ! -s new ] || {
		echo "left behind: $(<new)"
		return 1
	}
}

# begin SHAPE SOURCE SINK: runs the pipeline in a session of its own.
begin() {
	rm -f begun statuses
	start bash -c "$2 | $1 | $3; echo \"\${PIPESTATUS[*]}\" >statuses" <&0 >out 2>err
}

# flowing: records come out of the pipeline, and its shell has reaped head. Before that the shell
# would ignore a Ctrl-C.
flowing() {
	[ -s begun ] && [ "$(stat -c %s begun)" -eq 100001 ]
}

# alone: nothing runs at the terminal but its shell.
alone() {
	[ "$(session "$(<shell)" | wc -l)" -le 1 ]
}

# bats test_tags=long
@test "many: whatever ends a pipeline, no process and no FIFO is left" {
	seq 50000 >input
	rec-split input >in.rec
	touch begun statuses out err new now known gone
	ls >known
	ends() {
		local shape

		for shape in "${shapes[@]}"; do
			# The end of the stream.
			begin "$shape" 'cat in.rec' 'rec-join'
			finish && nothing_left || { echo "at the end: $shape"; return 1; }
			[[ $(<statuses) =~ ^[0\ ]+$ ]] || { echo "$(cat statuses err): $shape"; return 1; }
			# A reader that wants no more.
			begin "$shape" 'yes 1 | rec-split' 'rec-take 5 | rec-join'
			finish && nothing_left || { echo "reader has enough: $shape"; return 1; }
			[ "$(lines out)" -eq 5 ]
			# A writer that is cut off.
			begin "$shape" 'head -c 100000 in.rec' 'rec-join'
			finish && nothing_left || { echo "input cut off: $shape"; return 1; }
			[[ $(<statuses) == *65* ]]
			# A full disk.
			begin "$shape" 'yes 1 | rec-split' 'cat >/dev/full'
			finish && nothing_left || { echo "disk full: $shape"; return 1; }
			cases=$((${cases:-0} + 4))
		done
	}
	each_way ends
	[ "$cases" -eq $((4 * ways * ${#shapes[@]})) ]
}

# bats test_tags=long
@test "many: a part that is killed or told to end takes the others with it, and no FIFO stays" {
	seq 50000 >input
	touch begun statuses out err new now known gone
	ls >known
	killed() {
		local shape signal name target

		for shape in "${shapes[@]}"; do
			for signal in KILL TERM HUP INT; do
				begin "$shape" 'yes 1 | rec-split' 'rec-join | { { head -c 100000; echo; } >begun; exec cat >/dev/null; }'
				within flowing || { cat err; return 1; }
				name=${shape%% *}
				target=$(session "$pid" | awk -v name="$name" '$2 == name { print $1; exit }')
				kill "-$signal" "$target"
				finish && nothing_left || { echo "$signal: $shape"; return 1; }
				cases=$((${cases:-0} + 1))
			done
		done
	}
	each_way killed
	[ "$cases" -eq $((4 * ways * ${#shapes[@]})) ]
}

@test "many: a command that waits for the other side of a FIFO removes it when it is told to end" {
	local signal

	touch out err new now known in.rec
	mkstream data:0:a end >in.rec
	ls >known
	for signal in TERM HUP INT; do
		for command in 'rec-tee fifo:b' 'rec-filter --else fifo:b locate' 'rec-fanin - fifo:b' 'rec-fanout --to fifo:b'; do
			# shellcheck disable=SC2086 # words
			start $command <in.rec >out 2>err
			within test -p b
			kill "-$signal" "$pid"
			finish
			[ "$status" -gt 128 ]
			nothing_left
		done
	done
}

@test "many: workers that fail leave nothing behind" {
	seq 50000 >input
	rec-split input >in.rec
	touch begun statuses out err new now known gone
	ls >known
	fails() {
		local worker how each

		# shellcheck disable=SC2016 # the worker's own
		for worker in 'exit 3' 'kill -KILL $$' 'sleep 1000 & rec-filter locate /5/; exit 9' 'head -c 5000; exit 0' 'rec-filter locate | head -c 3000'; do
			for how in 'rec-fanout -k -j 3' 'rec-fanout -j 3' 'rec-fanout -j 3 --sink' 'rec-only locate'; do
				begin "$how sh -c '$worker'" 'cat in.rec' 'cat'
				finish || { echo "$how $worker"; return 1; }
				read -ra each <statuses
				[ "${each[1]}" -ge 65 ] && [ "${each[1]}" -lt 128 ] || { echo "$how $worker: ${each[*]} $(<err)"; return 1; }
				# A process that a worker leaves running is not ended by rec-fanout.
				session "$pid" | awk '$2 == "sleep" { print $1 }' >sleeping
				while read -r p; do
					kill "$p"
				done <sleeping
				rm sleeping
				nothing_left || { echo "$how $worker"; return 1; }
				cases=$((${cases:-0} + 1))
			done
		done
	}
	fails
	[ "$cases" -eq 20 ]
}

# bats test_tags=long
@test "many: Ctrl-C at a terminal ends the whole pipeline at once, without a message" {
	local shape

	needs_terminal
	seq 50000 >input
	interrupted() {
		for shape in "${shapes[@]}"; do
			rm -f keys begun ended shell typed
			mkfifo keys
			exec 9<>keys
			start env SHELL=/bin/bash script -qefc 'bash --norc --noprofile --noediting -i' typed <keys >/dev/null 9>&-
			printf 'stty -echo; PS1= PS2=; unset PROMPT_COMMAND; echo $$ >shell\n' >&9
			within test -s shell || return
			printf 'echo; echo ready\n' >&9
			within grep -q '^ready' typed || { cat typed; return 1; }
			printf '%s\n' "yes 1 | rec-split | $shape | rec-join | { { head -c 100000; echo; } >begun; exec cat >/dev/null; }" >&9
			within flowing || { cat typed; return 1; }
			printf '\003' >&9
			within alone || { session "$(<shell)"; return 1; }
			# shellcheck disable=SC2016 # the other shell's
			printf 'echo "${PIPESTATUS[*]}" >ended; echo over\n' >&9
			within grep -q '^over' typed || { cat typed; session "$(<shell)"; return 1; }
			# Every process that the shell waited for died of it, and nothing runs any
			# more. A process that gets the signal a little later than the one that
			# reads its output may end before that, as it does for any reader that leaves.
			[[ $(<ended) =~ ^((0|130|141) ?)+$ && $(<ended) = *130* ]] || { echo "$(<ended): $shape"; return 1; }
			sed -n '/^ready/,/^over/p' typed | tr -d '\r' | grep -vx -e ready -e over -e '\^C' -e '' >said && { cat said; return 1; }
			[ ! -e b ]
			printf 'exit\n' >&9
			exec 9>&-
			finish
			cases=$((${cases:-0} + 1))
		done
	}
	each_way interrupted
	[ "$cases" -eq $((ways * ${#shapes[@]})) ]
}

# ---- what is inherited, and what is passed on ----

# bats test_tags=long
@test "many: whatever a command starts has descriptors 0, 1 and 2, and no others" {
	rec-split <<<'one' >in.rec
	seq 300000 | rec-split >large.rec
	cat >look <<-'X'
		#!/bin/sh
		ls /proc/self/fd >"seen.$$"
		exec "$@"
	X
	chmod +x look
	# bare CMD ...: without the test's own descriptors, but with those that endpoints name.
	bare() (
		for fd in /proc/"$BASHPID"/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || [ "$fd" -eq 255 ] || eval "exec $fd>&-"
		done
		case " $* " in
		*' fd:6 '*) exec 6<in.rec ;;
		esac
		case " $* " in
		*' fd:7 '*) exec 7>/dev/null ;;
		esac
		"$@"
	)
	bare sh -c 'ls /proc/self/fd >want' </dev/null
	# shows N CMD ...: N processes have looked.
	shows() {
		local n=$1 st=0

		shift
		rm -f seen.*
		bare timeout 60 "$@" <large.rec >/dev/null 2>err || st=$?
		set -- "$st" "$@" seen.*
		[ "$(find . -name 'seen.*' | wc -l)" -ge "$n" ] || { echo "$* $(<err)"; return 1; }
		for seen in seen.*; do
			same want "$seen" || { echo "$*"; return 1; }
		done
		looked=$((${looked:-0} + 1))
	}
	all() {
		shows 3 rec-fanout -k -j 3 ./look rec-filter locate
		shows 3 rec-fanout -j 3 --sink ./look cat
		# shellcheck disable=SC2016 # the worker's own
		shows 4 rec-fanout -k -j 3 --retries 3 ./look sh -c 'mkdir "died.{%}" 2>/dev/null && exit 3; exec rec-filter locate'
		rm -rf died.*
		shows 2 rec-fanout --hosts a,b --launch './look env {host}=1' rec-filter locate
		shows 1 rec-only 'locate /7/' ./look rec-filter locate
		shows 2 rec-tee cmd:'./look cat' "cmd:./look rec-join" out
		shows 2 rec-tee fd:7 cmd:'./look cat' "cmd:./look rec-join"
		shows 2 rec-fanin --any - cmd:'./look cat in.rec' cmd:'./look cat in.rec'
		shows 1 rec-fanin fd:6 cmd:'./look cat in.rec'
		shows 1 rec-filter --else cmd:'./look cat' locate /7/
		shows 2 rec-fanout --to cmd:'./look cat' --to cmd:'./look cat'
	}
	each_way all
	[ "$looked" -eq $((11 * ways)) ]
}

# The flags of an open file belong to everyone that shares it. These are the test's own open files,
# which a command was given.
flags() {
	local fd

	for fd; do
		sed -n "s/^flags:/$fd/p" "/proc/$BASHPID/fdinfo/$fd"
	done
}

# opened: waits for the gate, but only as long as its directory exists.
opened() {
	until [ -e gate ] || [ ! -e good ]; do
		sleep 0.01
	done
}

# Each row of the table in tests/family.bats, and other commands that take descriptors by number.
rows() {
	sed -n "/^table='/,/^'/p" "$repo/tests/family.bats" | awk '$1 ~ /^rec-/ && $2 != "-" {
		line = $1
		for (i = 5; i <= NF; i++)
			line = line " " $i
		print ($2 == "bytes" ? "text" : "good"), line
	}'
	printf 'good %s\n' 'rec-tee fd:8' 'rec-tee --slow spill fd:8' 'rec-filter --else fd:8 locate /al/' 'rec-fanin --any fd:7 -' \
		'rec-fanin -k --ties fd:7 -' 'rec-fanout --to fd:8 --to cmd:cat' 'rec-fanout --copy --to fd:8' \
		'rec-sample --every 2 --else fd:8' 'rec-fanout -j 2 --sink cat' 'rec-meter --interval 1s'
}

@test "many: no flag of a descriptor that was inherited is changed, while a command runs and when it has ended" {
	mkstream data:0:alpha,beta end >good
	printf 'alpha\nbeta\n' >text
	rows >table
	# The first line is what the others are compared with.
	while read -r input line <&4; do
		for kind in pipe file; do
			rm -f gate out told second
			case $kind in
			pipe)
				# The writer stays until the gate is there, so that the command waits for more.
				exec 5< <(cat "$input"; opened) 6> >(exec cat >out) 7< <(cat good; opened) 8> >(exec cat >second) 9> >(exec cat >told)
				;;
			file)
				exec 5<"$input" 6>out 7<good 8>second 9>told
				;;
			esac
			flags 5 6 7 8 9 >before
			start sh -c "exec $line" <&5 >&6 2>&9 5<&- 6>&- 9>&- 4<&-
			if [ $kind = pipe ]; then
				case $line in
				*--sink* | *'--to '* | rec-sort* | 'rec-fanin --any'* | *locate\ /al/*) ;;
				*) within eval 'grep -qa alpha out second' ;;
				esac
				flags 5 6 7 8 9 >during
				same before during || { echo "$line"; false; }
				: >gate
			fi
			finish
			flags 5 6 7 8 9 >after
			same before after || { echo "$line"; false; }
			[ "$status" -eq 0 ] || { echo "$status $(<told): $line"; false; }
			exec 5<&- 6>&- 7<&- 8>&- 9>&-
			cases=$((${cases:-0} + 1))
		done
	done 4<table
	[ "$cases" -eq "$((2 * $(lines table)))" ] && [ "$cases" -ge 40 ]
}

@test "many: a terminal is left as it was" {
	needs_terminal
	mkstream data:0:alpha,beta end >good
	printf 'alpha\nbeta\n' >text
	rows >table
	{
		# shellcheck disable=SC2016 # the other shell's
		echo 'look() { stty -g; for n in 0 1 2; do sed -n "s/^flags:/$n/p" "/proc/$$/fdinfo/$n"; done; }'
		echo 'exec 7<good 8>second; look >before'
		while read -r input line; do
			echo "$line <$input; look >after; cmp before after || echo '$line' >>changed; echo >>cases"
		done <table
	} >all
	timeout 60 script -qec 'bash ./all' typed </dev/null >/dev/null
	[ ! -e changed ] || { cat changed; false; }
	[ "$(lines cases)" -eq "$(lines table)" ]
}

# ---- memory ----

@test "many: rec-fanout -k with four workers stays below 32 MiB, whatever the stream" {
	[ -z "$SAN" ] || skip 'sanitizers take memory of their own'
	for size in 48 384; do
		statuses "yes 'a line of some bytes, as lines are' | head -c ${size}M | rec-split |
			\"\$BUILD/tools/peak\" peak.$size rec-fanout -k -j 4 sh -c '[ {%} = 1 ] || exec rec-filter locate; cat | rec-filter locate' | rec-join | cksum"
		[ "$statuses" = '141 0 0 0 0 0' ]
		same out <(yes 'a line of some bytes, as lines are' | head -c "${size}M" | cksum)
		[ "$(<"peak.$size")" -lt 32768 ]
	done
	# Records dealt singly are runs of one record, each of which takes more memory than the
	# record.
	for how in '--key 1-1' '--round-robin -N 1'; do
		# shellcheck disable=SC2086 # words
		seq 3000000 | rec-split | "$BUILD/tools/peak" peak.runs rec-fanout -k $how -j 4 sh -c '[ {%} = 1 ] || exec rec-filter locate; cat | rec-filter locate' |
			rec-join | cmp - <(seq 3000000)
		[ "$(<peak.runs)" -lt 32768 ]
	done
}

# ---- split and rejoin ----

# rejoined WANT PIPELINE: the pipeline prints what is in WANT, with pipes of one page too. An X in
# it is replaced by a prefix of each command.
rejoined() {
	local shim

	for shim in '' narrow; do
		statuses "${2//X/$shim}" || return
		[[ $statuses =~ ^[0\ ]+$ ]] || { echo "$shim $2: $statuses: $(<err)"; return 1; }
		same "$1" out || { echo "$shim $2"; return 1; }
		[ ! -e b ] || { echo "$2 has left its FIFO"; return 1; }
		cases=$((${cases:-0} + 1))
	done
}

# bats test_tags=long
@test "many: a stream that is split and brought together is what it was" {
	seq 300000 >input
	for way in 'locate /x/' 'nlocate /x/' 'locate /77777/' 'nlocate /77777/' 'locate /9/'; do
		each_way rejoined input "X rec-split input | X rec-filter --else fifo:b $way | X rec-filter locate | X rec-fanin -k - fifo:b | X rec-join"
		each_way rejoined input "X rec-split input | X rec-only '$way' sh -c 'rec-filter locate | rec-filter locate' | X rec-join"
		each_way rejoined input "X rec-split input | X rec-fanout -k -j 3 rec-only '$way' rec-filter locate | X rec-join"
	done
	[ "$cases" -eq $((30 * ways)) ]
}

# CMS Pipelines' own example of a stall, a: fanout | b: fanin ? a: | b:, hangs with tee(1), too.
# bats test_tags=long
@test "many: a copy that comes back to its stream does not stall" {
	seq 400000 >input
	cat input input >twice
	{ grep 7 input; cat input; } >sevens
	sort -s -n -k 1,1 sevens >ties
	each_way rejoined twice 'X rec-split input | X rec-tee fifo:b | X rec-fanin - fifo:b | X rec-join'
	each_way rejoined twice 'X rec-split input | X rec-tee fifo:b | X rec-fanin fifo:b - | X rec-join'
	each_way rejoined sevens 'X rec-split input | X rec-tee fifo:b | X rec-filter locate /7/ | X rec-fanin - fifo:b | X rec-join'
	each_way rejoined ties 'X rec-split input | X rec-tee fifo:b | X rec-filter locate /7/ | X rec-fanin -k --ties - fifo:b | X rec-join'
	[ "$cases" -eq $((8 * ways)) ]
}

@test "many: with 1 record of 10 million on one side" {
	n=10000000
	[ -z "$SAN" ] || n=500000
	seq $n >input
	# come CMD: once without the complaint that a part sends nothing. A part does that if it got
	# no processor for too long.
	come() {
		local try

		for try in 1 2 3 4 5; do
			statuses "$1" || return
			[[ $statuses = *75* ]] || return 0
			echo "try $try: $statuses: $(<err)"
		done
	}
	rare() {
		for way in "locate /$((n - 1))/" "nlocate /$((n - 1))/"; do
			come "rec-split input | rec-filter --else fifo:b $way | rec-filter locate | rec-fanin -k --spill-max 0 - fifo:b | rec-join" || return
			[ "$statuses" = '0 0 0 0 0' ] || { echo "$way: $statuses: $(<err)"; return 1; }
			same input out || return
			come "rec-split input | rec-only --spill-max 0 '$way' rec-filter locate | rec-join" || return
			[ "$statuses" = '0 0 0' ] || { echo "$way: $statuses: $(<err)"; return 1; }
			same input out || return
		done
	}
	each_way rare
}
