# ends: how a command with several streams ends, whatever its readers and writers do. No end mark
# waits for the reader of another output, and no command waits for a process that will not come.
# What hung before only now and then is tried REC_ROUNDS times (5 unless set), beside two processes
# that only use up time.

load helper

setup() {
	helper_setup
	rounds=${REC_ROUNDS:-5}
	ring=ends-$$-$BATS_TEST_NUMBER
	seq 10 | rec-split >in.rec
	# More than a pipe holds, and less than a block.
	seq -f '%015g' 6000 | rec-split >more.rec
	# More than that, for rings.
	seq -f '%015g' 60000 >much
	rec-split much >much.rec
}

teardown() {
	helper_teardown
	rec-shm rm "$ring" 2>/dev/null || :
}

busy() {
	start bash -c 'while :; do :; done'
	start bash -c 'while :; do :; done'
}

# nothing_left: no FIFO and no ring has stayed.
nothing_left() {
	[ ! -e f ] && [ ! -e "/dev/shm/rec-$(id -u)-$ring" ]
}

@test "ends: a failure upstream reaches the readers of a named ring too, and the ring is left" {
	local i command

	busy
	for ((i = 0; i < rounds; i++)); do
		for command in "rec-filter --else shm:$ring locate /1/ | rec-fanin -k - shm:$ring" "rec-tee shm:$ring | rec-fanin - shm:$ring" \
			"rec-route 'locate /1/' shm:$ring | rec-fanin --any shm:$ring -"; do
			statuses "rec-split missing | $command | rec-join"
			[ "$statuses" = '66 65 65 65' ] || { echo "$command: $statuses" >&2; return 1; }
			nothing_left
		done
	done
}

# Some of these wait for some seconds for a process that will not come, so they are run side by
# side, each in a directory of its own.
# beside PIPELINE: its statuses go to the file statuses there; the directory is added to $places, its process to $pids.
beside() {
	local place=place.${#places[@]}

	mkdir "$place"
	# shellcheck disable=SC2016 # of bash
	start env -C "$place" bash -c "$1"$'\necho "${PIPESTATUS[*]}" >statuses' >"$place/out" 2>"$place/err"
	places+=("$place") pids+=("$pid")
}

# all_beside EXPRESSION: waits for all. The statuses of each are as the expression says, and none has left a name.
all_beside() {
	local i

	for ((i = 0; i < ${#places[@]}; i++)); do
		finish "${pids[i]}"
		[[ $(<"${places[i]}/statuses") =~ $1 ]] || {
			echo "${places[i]}: $(<"${places[i]}/statuses"): $(cat "${places[i]}/err")" >&2
			return 1
		}
		[ -z "$(find "${places[i]}" -name 'f' -o -name 'f.[0-9]*')" ]
	done
	[ -z "$(find /dev/shm -maxdepth 1 -name "rec-$(id -u)-$ring*")" ]
}

@test "ends: a tail that ends at once ends the head, and no name is left" {
	local i command tail places=() pids=()

	busy
	for ((i = 0; i < rounds; i++)); do
		for command in "rec-filter --else END locate /1/ | rec-fanin -k - END" "rec-tee END | rec-fanin --any END -" \
			"rec-route 'locate /1/' END | rec-fanin - END"; do
			for tail in true 'rec-take 0 | rec-join'; do
				beside "seq 10 | rec-split | ${command//END/fifo:f} | $tail"
				beside "seq 10 | rec-split | ${command//END/shm:$ring.${#places[@]}} | $tail"
			done
		done
		[ $((i % 10)) -ne 9 ] && [ $((i + 1)) -lt "$rounds" ] || {
			all_beside '^(0|141)( 0)+$'
			rm -r "${places[@]}"
			places=() pids=()
		}
	done
}

@test "ends: an output whose reader has not come is given up if standard output has no reader" {
	local command input places=() pids=()

	mkfifo named
	for command in "rec-filter --else END locate /1/" "rec-filter -c --else END locate /1/" "rec-tee END" "rec-tee END file.rec" "rec-tee file.rec END" "rec-tee skip:END" \
		"rec-tee END END2" "rec-route 'locate /1/' END" "rec-take --else END 3" "rec-each --else END true"; do
		beside "${command//END/fifo:f} <../in.rec | true"
		beside "mkfifo f; ${command//END/fifo:f} <../in.rec | true"
		beside "mkfifo named; ${command//END/named} <../in.rec | true"
		# A ring that has room takes what comes; a command with a full one has to notice it
		# too.
		for input in in.rec much.rec; do
			beside "{ until [ -e ended ]; do sleep 0.01; done; cat ../$input; } | ${command//END/shm:$ring.${#places[@]}} | touch ended"
		done
	done
	[ ${#places[@]} -eq 50 ]
	# A count that nobody reads is status 141, as with any text.
	all_beside '^(0|141)( 141)?( 0)+$'
	# FIFOs that the user has made stay, and the others get all.
	[ "$(find . -path './place.*/named' -type p | wc -l)" -eq 10 ]
	[ "$(find . -name file.rec | wc -l)" -eq 10 ]
	for input in place.*/file.rec; do
		rec-join <"$input" >got
		cmp got <(seq 10) || cmp got much
	done
	# A pipe that is not named, and has lost its reader before it was opened.
	run -0 timeout "$patience" rec-tee >(exec true) <in.rec
}

@test "ends: if the reader of standard output wants no more, that does not end another output whose reader is late" {
	local i end places=() pids=()

	seq 4 10 >wanted
	: | rec-split >empty.rec
	for end in fifo:f "shm:$ring"; do
		for ((i = 0; i < rounds; i++)); do
			# The one in the middle leaves before the last one has begun, and reads nothing: a
			# command that wants no record would still wait for a table, which cannot come
			# before the output's reader has.
			beside "{ cat ../in.rec; } | rec-take --else $end.$i 3 | { rec-take 0 <../empty.rec; touch ended; } |
				{ until [ -e ended ]; do sleep 0.01; done; rec-fanin -k - $end.$i; } | rec-join"
		done
	done
	all_beside '^(0|141)( 0)+$'
	for ((i = 0; i < ${#places[@]}; i++)); do
		cmp wanted "${places[i]}/out"
	done
	[ "$i" -eq $((2 * rounds)) ]
}

@test "ends: an input whose writer has not come is given up if nobody wants the output" {
	local command

	mkfifo named
	for command in 'rec-split END' 'rec-split much END' 'rec-fanin END' 'rec-fanin -k in.rec END' 'rec-view END'; do
		statuses "${command//END/fifo:f} | true"
		[ "$statuses" = '0 0' ] || [ "$statuses" = '141 0' ] || { echo "$command: $statuses" >&2; return 1; }
		nothing_left
		statuses "${command//END/named} | true"
		[ "$statuses" = '0 0' ] || [ "$statuses" = '141 0' ] || { echo "$command: $statuses" >&2; return 1; }
		[ -p named ]
	done
	# A writer that comes is read.
	start sh -c 'rec-split fifo:f >out.rec'
	within test -p f
	seq 10 >f
	finish
	[ "$status" -eq 0 ]
	same in.rec out.rec
	nothing_left
}

@test "ends: TERM ends a wait for a FIFO's other side, and the name goes" {
	local command

	for command in 'rec-filter --else fifo:f locate /1/' 'rec-tee fifo:f' 'rec-split fifo:f' 'rec-fanin fifo:f'; do
		start sh -c "exec $command <in.rec >out.rec"
		within test -p f
		kill -TERM "$pid"
		finish
		[ "$status" -eq 143 ]
		nothing_left
	done
}

@test "ends: TERM, INT and HUP end a command that is the first process of a container, and nothing follows its end mark" {
	local sig n

	unshare -pf --mount-proc true 2>/dev/null || skip 'no namespaces here, or unshare is not installed: apt-get install util-linux'
	mkfifo in
	for sig in TERM INT HUP; do
		n=$((128 + $(kill -l $sig)))
		exec 9<>in
		start unshare -pf --mount-proc rec-filter locate /1/ <in >out.rec 2>err 9>&-
		seq 1 | rec-split >&9
		within test -s out.rec
		within asleep "$(children "$pid")"
		kill -$sig "$(children "$pid")"
		# Its input ends well, if it has not ended by the signal.
		exec 9>&-
		finish
		[ "$status" -eq $n ]
		run -65 --separate-stderr rec-join <out.rec
		[ "$output" = 1 ]
		[ "$stderr" = "rec-join: standard input: its producer failed: rec-filter: ended by SIG$sig" ]
	done
}

# others_end COMMAND READER: COMMAND sends what READER writes to the file rest. READER stops after
# 200,000 bytes (rings are in use by then) until COMMAND's standard output has ended.
others_end() {
	local reader

	start bash -c "$2 | { head -c 200000; until [ -e ended ]; do sleep 0.01; done; cat; } >rest"
	reader=$pid
	statuses "$1 | { rec-join >got; touch ended; }"
	[ "$statuses" = '0 0 0' ] || return
	finish "$reader"
	rm ended
}

@test "ends: standard output ends before the reader of another output has taken all of it" {
	local command

	for command in "rec-filter --else END locate /1/" "rec-route 'locate /1/' - END" "rec-tee spill:END"; do
		# In the pipe, and on the way into it.
		mkfifo f
		start bash -c '{ until [ -e ended ]; do sleep 0.01; done; cat; } <f >rest'
		statuses "${command//END/f} <more.rec | { rec-join >got; touch ended; }"
		[ "$statuses" = '0 0' ]
		finish
		[ "$(rec-join <rest | cat - got | wc -l)" -ge 6000 ]
		rm f ended
		# In a ring beside the pipe, whose reader waits for something else.
		mkfifo f
		REC_HOP=1 REC_RING=8 others_end "rec-split much | ${command//END/f}" 'rec-join <f'
		rm f
		[ "$(cat rest got | wc -l)" -ge 60000 ]
		# In a named ring.
		others_end "rec-split much | ${command//END/shm:$ring}" "rec-shm receive --wait 60s $ring | rec-join"
		[ "$(cat rest got | wc -l)" -ge 60000 ]
		nothing_left
	done
}

@test "ends: rec-tee: a reader that the others do not wait for does not delay their end" {
	local policy

	mkfifo go
	for policy in skip spill cut; do
		start bash -c "rec-tee $policy:cmd:'read -r line <go; cat >late.rec' <in.rec | { rec-filter -c locate >count; touch ended; }"
		within test -e ended
		[ "$(<count)" = 10 ]
		[ ! -s late.rec ]
		echo >go
		finish
		[ "$(mkstream records <late.rec)" = "$(mkstream records <in.rec)" ]
		rm ended late.rec
	done
	# The failure of a reader that the others wait for is in the others' end marks.
	run -74 --separate-stderr rec-tee cmd:'cat >/dev/null; exit 3' fd:5 5>five.rec <in.rec
	[[ "$(mkstream records <five.rec | tail -n 1)" = 'end 0 74 rec-tee: cmd:cat >/dev/null; exit 3: exit status 3' ]]
}

@test "ends: rec-tee: a reader that begins at the end of another's copy gets all" {
	local names='' i

	# Its pipe is full when it is to be told its end, and empty by the time when the many others have been told theirs.
	mkfifo one last
	for i in {1..40}; do
		mkfifo "f$i"
		names+=" f$i"
	done
	for _ in {1..10}; do
		# shellcheck disable=SC2016 # for bash
		start bash -c 'for i in {1..40}; do cat f$i >/dev/null & done; exec 3<one 4<last; cat <&3 >/dev/null; cat <&4 >last.rec; wait'
		statuses "seq 100000 | rec-split | rec-tee$names one spill:last | cat >/dev/null"
		[ "$statuses" = '0 0 0 0' ]
		finish
		[ "$(rec-filter -c locate <last.rec)" = 100000 ]
	done
}

@test "ends: records of a command that has closed its output but still runs are not held back, and it ends if nobody wants them" {
	mkfifo go
	seq 10 >ten
	start bash -c "rec-split cmd:'cat ten; exec >&-; read -r line <go; exit 3' >out.rec"
	# shellcheck disable=SC2016 # for sh
	within sh -c '"$BUILD/tools/mkstream" records <out.rec | grep 9=10'
	echo >go
	finish
	[ "$status" -eq 65 ]
	statuses "rec-split cmd:'cat ten; exec >&-; exec sleep 1000' | rec-take 3 | rec-join"
	[ "$statuses" = '0 0 0' ]
	[ "$(lines out)" -eq 3 ]
}

@test "ends: a writer ended by a signal and its reader leave no name, in whatever order they end" {
	local i writer reader

	both() { rec-shm stat "$ring" 2>/dev/null | tr -s ' ' | tr '\n' ';' | grep -q ';writers 1;readers 1;'; }
	mkfifo open && exec 7<>open
	for ((i = 0; i < 6 * rounds; i++)); do
		start rec-fanin "shm:$ring" >out.rec
		reader=$pid
		start rec-filter --else "shm:$ring" locate // <open >/dev/null
		writer=$pid
		within both
		kill -TERM "$writer"
		finish "$writer"
		[ "$status" -eq 143 ]
		finish "$reader"
		[ "$status" -eq 65 ]
		# Between its joining the ring and its opening of the output it has no last words yet.
		grep -qaE 'rec-filter: ended by SIGTERM|a writer was killed before its end' out.rec
		nothing_left
	done
	exec 7>&-
}
