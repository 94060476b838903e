# rec-shm: named rings in shared memory. Each test uses names of its own, and must leave none behind.

load helper

# Names of a test: $n-WHAT. Objects of other tests, and of other users of the machine, are left
# alone.
setup() {
	helper_setup
	n=t$BATS_TEST_NUMBER.$$
	export n
}

teardown() {
	local left

	helper_teardown
	left=$(find /dev/shm -maxdepth 1 -name "rec-$(id -u)-$n*" -print -delete)
	[ -z "$left" ] || {
		echo "left behind: $left"
		return 1
	}
}

object() {
	echo "/dev/shm/rec-$(id -u)-$1"
}

# has NAME KEY VALUE: succeeds if stat --json reports VALUE for KEY.
has() {
	rec-shm stat --json "$1" 2>/dev/null | grep -q "\"$2\":$3[,}]"
}

gone() {
	! rec-shm stat "$1" >/dev/null 2>&1
}

@test "rec-shm: send and receive on a new name are a stream from one to one, which leaves nothing behind" {
	seq 200000 | rec-split >in.rec
	start rec-shm send "$n" <in.rec
	sender=$pid
	rec-shm receive "$n" | rec-join >out
	finish "$sender"
	[ "$status" -eq 0 ]
	seq 200000 | cmp - out
	gone "$n"
	# The reader first.
	start rec-shm receive "$n" >out.rec
	reader=$pid
	within has "$n" readers 1
	rec-shm send "$n" <in.rec
	finish "$reader"
	[ "$status" -eq 0 ]
	same in.rec out.rec || [ "$(mkstream records <in.rec)" = "$(mkstream records <out.rec)" ]
	gone "$n"
}

@test "rec-shm: a stream of no records" {
	# It has no index, and so no memory for one (clang's sanitizer notices an offset to a null
	# pointer).
	start rec-shm send "$n" < <(rec-split </dev/null)
	rec-shm receive "$n" >out.rec
	finish
	[ "$status" -eq 0 ]
	mkstream dump <out.rec >got
	echo 'end sum next=0 count=0 status=0 ' | same got -
	gone "$n"
}

@test "rec-shm: a stream keeps positions, losses, watermarks and the last record's lacking newline" {
	mkstream at:3=a,7=b loss:8:4:12 next:20 mark:20 nogap data:20:c end >in.rec
	start rec-shm send "$n" <in.rec
	rec-shm receive "$n" >out.rec
	finish
	[ "$status" -eq 0 ]
	[ "$(mkstream records <in.rec)" = "$(mkstream records <out.rec)" ]
}

@test "rec-shm: a second writer or reader of a stream is refused, and the message says what to do" {
	mkfifo in
	exec 9<>in
	start rec-shm send "$n" <in 9>&-
	sender=$pid
	within has "$n" writers 1
	run -69 --separate-stderr rec-shm send "$n" </dev/null
	[[ $stderr = *"has a writer already"*"--mode queue"* ]]
	start rec-shm receive "$n" >out.rec 9>&-
	reader=$pid
	within has "$n" readers 1
	statuses "rec-shm receive '$n' | mkstream records"
	[[ $statuses = 69* ]]
	[[ $(<err) = *"has a reader already"*"--mode queue"* ]]
	[[ $(<out) = 'end 0 69 rec-shm: '*'has a reader already'* ]]
	mkstream data:0:a end >&9
	exec 9>&-
	finish "$sender"
	[ "$status" -eq 0 ]
	finish "$reader"
	[ "$status" -eq 0 ]
	[ "$(mkstream records <out.rec)" = $'0=a\nend 1 0 ' ]
}

@test "rec-shm: a record passes an idle stream at once, and an idle end uses no processor time" {
	mkfifo in
	exec 9<>in
	start rec-shm send "$n" <in
	sender=$pid
	start rec-shm receive "$n" >out.rec
	reader=$pid
	mkstream data:0:alpha >&9
	within grep -qa alpha out.rec
	mkstream data:1:beta >&9
	within grep -qa beta out.rec
	ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
	before=$(($(ticks "$sender") + $(ticks "$reader")))
	# The reader's sleeps are counted, ten of them, not seconds, as the machine may be busy.
	sleeps() { awk '/^voluntary_ctxt/ { print $2 }' "/proc/$reader/status"; }
	first=$(sleeps)
	ten() { [ "$(sleeps)" -ge $((first + 10)) ]; }
	within ten
	# They are one wait; at most it is the third.
	waits=$(rec-shm stat --json "$n" | sed 's/.*"waits_out":\([0-9]*\).*/\1/')
	[ "$waits" -ge 1 ] && [ "$waits" -le 3 ]
	after=$(($(ticks "$sender") + $(ticks "$reader")))
	# These take a second and a half, which is 150 ticks for a process that spins. A short moment
	# in which a tick falls counts as a whole one.
	[ $((after - before)) -le 10 ]
	kill "$sender" "$reader"
	finish "$sender"
	finish "$reader"
	rec-shm rm --stale
	exec 9>&-
}

# sends FILE: a sender of FILE in the background, which begins when the file go is there. (A stream
# ends when all of its simultaneous writers have ended.)
sends() {
	# shellcheck disable=SC2016 # bash's own
	start bash -c '{ until [ -e go ]; do sleep 0.01; done; cat "$1"; } | rec-shm send "$n"' - "$1"
}

@test "rec-shm: each record of a queue comes to one reader, of any number of writers" {
	rec-shm create --mode queue "$n"
	for i in 1 2 3; do
		start rec-shm receive "$n" >out$i.rec
		readers[i]=$pid
	done
	within has "$n" readers 3
	for i in 1 2 3 4; do
		seq "${i}000001" "${i}050000" | rec-split >in$i.rec
		sends in$i.rec
		writers[i]=$pid
	done
	within has "$n" writers 4
	: >go
	for p in "${writers[@]}" "${readers[@]}"; do
		finish "$p"
		[ "$status" -eq 0 ]
	done
	for i in 1 2 3; do
		rec-join <out$i.rec
	done | sort >out
	for i in 1 2 3 4; do
		seq "${i}000001" "${i}050000"
	done | sort | cmp - out
	has "$n" records_in 200000
	has "$n" records_out 200000
	rec-shm rm "$n"
}

@test "rec-shm: every broadcast reader sees every record in the same order, with the same positions" {
	rec-shm create --mode broadcast "$n"
	for i in 1 2 3; do
		start rec-shm receive "$n" >out$i.rec
		readers[i]=$pid
	done
	for i in 1 2; do
		seq "${i}000001" "${i}050000" | rec-split >in$i.rec
		sends in$i.rec
		writers[i]=$pid
	done
	within has "$n" writers 2
	: >go
	for p in "${writers[@]}" "${readers[@]}"; do
		finish "$p"
		[ "$status" -eq 0 ]
	done
	for i in 1 2 3; do
		mkstream records <out$i.rec >records$i
	done
	same records1 records2
	same records1 records3
	[ "$(lines records1)" -eq 100001 ]
	[ "$(tail -n 1 records1)" = 'end 100000 0 ' ]
	rec-join <out1.rec | sort >out
	{ seq 1000001 1050000; seq 2000001 2050000; } | sort | cmp - out
	rec-shm rm "$n"
}

@test "rec-shm: a broadcast reader begins with the next record, or with --from start with what is still there" {
	rec-shm create --mode broadcast --keep "$n"
	seq 5 | rec-split | rec-shm send "$n"
	start rec-shm receive "$n" >now.rec
	start rec-shm receive --from start "$n" >start.rec
	within has "$n" readers 2
	seq 6 8 | rec-split | rec-shm send "$n"
	records() { mkstream records <"$1" 2>/dev/null | grep -c =; }
	all() { [ "$(records now.rec)" = 3 ] && [ "$(records start.rec)" = 8 ]; }
	within all
	[ "$(mkstream records <now.rec | head -n 1)" = 5=6 ]
	[ "$(mkstream records <start.rec | head -n 1)" = 0=1 ]
	rec-shm rm "$n"
}

# overrun POLICY: a reader does not read while more is sent than the ring holds.
overrun() {
	rec-shm create --mode broadcast --slow "$1" --size 1M "$n"
	rm -f stuck
	mkfifo stuck
	exec 8<>stuck
	seq 1000000 1400000 | rec-split >in.rec
	start rec-shm receive "$n" >stuck 8>&-
	reader=$pid
	within has "$n" readers 1
	rec-shm send "$n" <in.rec
	cat <stuck >out.rec 8>&- &
	cat=$!
	exec 8>&-
	finish "$reader"
	wait $cat
	rec-shm rm "$n"
}

@test "rec-shm: --slow skip reports to a slow reader how many records it lost, and leaves no gap unreported" {
	overrun skip
	[ "$status" -eq 0 ]
	mkstream records <out.rec >seen
	awk -F = '
	/^loss/ { split($0, w, " "); if (w[2] != next_one) exit 1; next_one += w[3]; lost += w[3]; next }
	/^end/ { ended = 1; exit next_one == 400001 && lost > 0 ? 0 : 1 }
	{ if ($1 != next_one || $2 != 1000000 + $1) exit 1; next_one++ }
	END { if (!ended) exit 1 }' seen
	[ "$(grep -c '^loss' seen)" -ge 1 ]
}

@test "rec-shm: --slow cut ends a slow reader with a loss and 65" {
	overrun cut
	[ "$status" -eq 65 ]
	mkstream records <out.rec >seen
	[ "$(tail -n 2 seen | cut -d ' ' -f 1 | tr '\n' ' ')" = 'loss end ' ]
	tail -n 1 seen | grep -q 'end [0-9]* 65 .*too slow'
}

@test "rec-shm: --slow wait makes writers wait for a slow reader, which loses nothing" {
	rec-shm create --mode broadcast --size 1M "$n"
	mkfifo stuck
	exec 8<>stuck
	seq 1000000 1400000 | rec-split >in.rec
	start rec-shm receive "$n" >stuck 8>&-
	reader=$pid
	within has "$n" readers 1
	start rec-shm send "$n" <in.rec 8>&-
	sender=$pid
	waits() { ! has "$n" waits_in 0; }
	within waits
	rec-join <stuck >out 8>&- &
	join=$!
	exec 8>&-
	finish "$sender"
	[ "$status" -eq 0 ]
	finish "$reader"
	[ "$status" -eq 0 ]
	wait $join
	seq 1000000 1400000 | cmp - out
	rec-shm rm "$n"
}

@test "rec-shm: a writer that is killed ends its readers with 65, after all that was complete" {
	for mode in stream queue broadcast; do
		rec-shm create --mode $mode "$n"
		rm -f in
		mkfifo in
		exec 9<>in
		start rec-shm receive "$n" >out.rec 2>err
		reader=$pid
		within has "$n" readers 1
		start rec-shm send "$n" <in
		mkstream data:0:alpha,beta >&9
		within grep -qa beta out.rec
		kill -KILL "$pid"
		finish "$reader"
		[ "$status" -eq 65 ]
		grep -q 'a writer was killed' err
		mkstream records <out.rec >seen
		[ "$(head -n 2 seen)" = $'0=alpha\n1=beta' ]
		grep -q '^end 2 65 ' seen
		has "$n" died 1
		rec-shm rm "$n"
		exec 9>&-
	done
}

@test "rec-shm: with --keep a killed writer is a loss of unknown number, and the stream of the next writer follows" {
	for mode in stream queue broadcast; do
		rec-shm create --keep --mode $mode "$n"
		rm -f in
		mkfifo in
		exec 9<>in
		start rec-shm receive "$n" >out.rec
		reader=$pid
		within has "$n" readers 1
		start rec-shm send "$n" <in
		mkstream data:0:alpha >&9
		within grep -qa alpha out.rec
		kill -KILL "$pid"
		within has "$n" died 1
		mkstream data:0:beta end | rec-shm send "$n"
		within grep -qa beta out.rec
		mkstream records <out.rec >seen || :
		[ "$(head -n 3 seen)" = $'0=alpha\nloss 1 -1\n1=beta' ] || [ "$(head -n 3 seen)" = $'0=alpha\nloss 0 -1\n0=beta' ]
		kill "$reader"
		finish "$reader"
		rec-shm rm "$n"
		exec 9>&-
	done
}

@test "rec-shm: if the reader of a stream goes or is killed, the writer stops quietly" {
	# shellcheck disable=SC2016 # bash's own
	start bash -c 'yes | rec-split | rec-shm send "$n"; echo "${PIPESTATUS[*]}"' >statuses 2>err
	sender=$pid
	rec-shm receive "$n" | rec-take 3 | rec-join >out
	finish "$sender"
	[ "$(<statuses)" = '141 0 0' ]
	[ ! -s err ]
	[ "$(lines out)" -eq 3 ]
	gone "$n"
	# shellcheck disable=SC2016 # bash's own
	start bash -c 'yes | rec-split | rec-shm send "$n"; echo "${PIPESTATUS[*]}"' >statuses 2>err
	sender=$pid
	start rec-shm receive "$n" >/dev/null
	within has "$n" writers 1
	within has "$n" readers 1
	kill -KILL "$pid"
	finish "$sender"
	[ "$(<statuses)" = '141 0 0' ]
	[ ! -s err ]
	gone "$n"
}

@test "rec-shm: a killed reader of a queue or broadcast holds up no other process" {
	for mode in queue broadcast; do
		rec-shm create --mode $mode --size 1M "$n"
		start rec-shm receive "$n" >/dev/null
		victim=$pid
		start rec-shm receive "$n" >out.rec
		reader=$pid
		within has "$n" readers 2
		kill -STOP "$victim"
		seq 400000 | rec-split >in.rec
		start rec-shm send "$n" <in.rec
		sender=$pid
		kill -KILL "$victim"
		finish "$sender"
		[ "$status" -eq 0 ]
		finish "$reader"
		[ "$status" -eq 0 ]
		[ $mode = queue ] || [ "$(rec-join <out.rec | lines /dev/stdin)" -eq 400000 ]
		rec-shm rm "$n"
	done
}

@test "rec-shm: a failure upstream travels through all modes, with its reason" {
	mkstream data:0:alpha 'end:3:rec-x: it broke' >failed.rec
	for mode in stream queue broadcast; do
		rec-shm create --mode $mode "$n"
		start rec-shm receive "$n" >out.rec 2>err
		reader=$pid
		within has "$n" readers 1
		run -65 rec-shm send "$n" <failed.rec
		finish "$reader"
		[ "$status" -eq 65 ]
		[ "$(mkstream records <out.rec)" = $'0=alpha\nend 1 3 rec-x: it broke' ]
		rec-shm rm "$n"
	done
}

@test "rec-shm: records that a killed sender has put are not lost, and nothing remains; a new sender takes its place" {
	seq 5 | rec-split >in.rec
	start rec-shm send "$n" <in.rec
	within has "$n" records_in 5
	within has "$n" waits_in '[1-9][0-9]*'
	kill -KILL "$pid"
	within has "$n" state '"stale"'
	rec-shm list --stale | grep -q "^$n .* stale\$"
	rec-shm receive "$n" | rec-join | cmp - <(seq 5)
	gone "$n"
	start rec-shm send "$n" <in.rec
	within has "$n" waits_in '[1-9][0-9]*'
	kill -KILL "$pid"
	within has "$n" state '"stale"'
	seq 6 9 | rec-split >in2.rec
	start rec-shm send "$n" <in2.rec
	within has "$n" writers 1
	rec-shm receive "$n" | rec-join | cmp - <(seq 6 9)
	finish
	gone "$n"
}

@test "rec-shm: list and rm --stale find what killed processes left, and nothing else" {
	seq 5 | rec-split >in.rec
	start rec-shm send "$n" <in.rec
	dead=$pid
	rec-shm create --mode queue "$n-kept"
	mkfifo in
	exec 9<>in
	start rec-shm send "$n-living" <in
	living=$pid
	within has "$n" writers 1
	within has "$n-living" writers 1
	kill -KILL "$dead"
	within has "$n" state '"stale"'
	rec-shm list | grep "^$n" | awk '{ print $1, $2, $4, $5, $6 }' >listed
	[ "$(<listed)" = "$n stream 0 0 stale
$n-kept queue 0 0 idle
$n-living stream 1 0 in" ]
	rec-shm list --stale --json | grep -q "\"name\":\"$n\",.*\"state\":\"stale\""
	run rec-shm list --stale
	[[ $output != *"$n-kept"* && $output != *"$n-living"* ]]
	rec-shm rm --stale
	gone "$n"
	rec-shm stat "$n-kept" >/dev/null
	rec-shm stat "$n-living" >/dev/null
	kill "$living"
	finish "$living"
	exec 9>&-
	gone "$n-living"
	rec-shm rm "$n-kept"
}

@test "rec-shm: a stream made by create takes one writer and reader after another" {
	rec-shm create "$n"
	for i in 1 2 3; do
		seq $i | rec-split | rec-shm send "$n"
		rec-shm receive "$n" >out.rec
		rec-join <out.rec | cmp - <(seq $i)
	done
	# Two writers before a reader comes are two streams, one after the other.
	seq 3 | rec-split | rec-shm send "$n"
	seq 4 6 | rec-split | rec-shm send "$n"
	rec-shm receive "$n" | rec-join | cmp - <(seq 6)
	rec-shm rm "$n"
}

@test "rec-shm: receive that cannot begin ends its stream with the reason" {
	statuses "rec-shm receive --wait 10ms $BATS_TEST_NUMBER.none | rec-join"
	[ "$statuses" = '66 65' ]
	grep -q '^rec-join: standard input: its producer failed: rec-shm: .*no such shared memory$' err
	statuses "rec-shm receive --mode stream x | rec-join"
	[ "$statuses" = '64 65' ]
	grep -q '^rec-join: standard input: its producer failed: rec-shm: --mode does not go with receive$' err
	# Other verbs write text, or nothing.
	for verb in stat list send create rm lst ''; do
		statuses "rec-shm $verb --nosuch x | cat"
		[ "$statuses" = '64 0' ]
		[ ! -s out ]
	done
}

@test "rec-shm: receive --wait waits for a name, for that time" {
	run -66 --separate-stderr rec-shm receive --wait 50ms "$n"
	[[ $stderr = *"no such shared memory"* ]]
	gone "$n"
	start rec-shm receive --wait 60s "$n" >out.rec
	rec-shm create --mode queue "$n"
	seq 3 | rec-split | rec-shm send "$n"
	finish
	[ "$status" -eq 0 ]
	rec-join <out.rec | cmp - <(seq 3)
	rec-shm rm "$n"
}

@test "rec-shm: stat shows mode, size, ends, lag, records and bytes; --watch repeats that until it is ended" {
	rec-shm create --mode broadcast --size 2M --slow skip --keep "$n"
	rec-shm stat "$n" >shown
	grep -qx 'mode           broadcast, slow readers skip, kept open' shown
	grep -qx 'size           2,097,152' shown
	mkfifo stuck
	exec 8<>stuck
	start rec-shm receive "$n" >stuck 8>&-
	within has "$n" readers 1
	seq 1000 | rec-split | rec-shm send "$n"
	within has "$n" lag 0
	rec-shm stat "$n" >shown
	grep -qE "^reader         process $pid, records 1,000, lag 0\$" shown
	grep -qx 'records in     1,000' shown
	start rec-shm stat --watch "$n" >watched
	twice() { [ "$(grep -c '^records in' watched)" -ge 2 ]; }
	within twice
	kill "$pid"
	finish
	[ "$status" -eq 143 ]
	rec-shm rm "$n"
	exec 8>&-
}

@test "rec-shm: create is refused if the name exists, or /dev/shm has no room" {
	rec-shm create "$n"
	run -73 --separate-stderr rec-shm create "$n"
	[[ $stderr = *"there already"* ]]
	rec-shm rm "$n"
	unshare -m true 2>/dev/null || skip 'no right to mount a /dev/shm of its own'
	run -73 --separate-stderr unshare -m sh -c 'mount -t tmpfs -o size=1m none /dev/shm && exec rec-shm create --size 8M small'
	[[ $stderr = *"no room for it in /dev/shm"* ]]
	# Not only create is refused: send, too, before anything is read.
	seq 10 | rec-split >in.rec
	# shellcheck disable=SC2016 # the other shell's own
	run -73 --separate-stderr unshare -m sh -c 'mount -t tmpfs -o size=1m none /dev/shm && rec-shm send small <in.rec; s=$?; ls -A /dev/shm; exit $s'
	[ -z "$output" ]
}

@test "rec-shm: a limit of file sizes, and no /dev/shm, are errors" {
	seq 10 | rec-split >in.rec
	for words in "create $n" "send $n" "receive $n"; do
		# shellcheck disable=SC2016 # the other shell's own
		run -73 --separate-stderr bash -c 'ulimit -f 100; exec rec-shm $1 <in.rec' - "$words"
		[ "$stderr" = "rec-shm: shm:$n: no room for it in /dev/shm: File too large" ]
		gone "$n"
	done
	unshare -m true 2>/dev/null || skip 'no right to mount a /dev of its own'
	for words in "create $n" "send $n" "receive $n" list 'rm --stale'; do
		# shellcheck disable=SC2016 # the other shell's own
		run --separate-stderr unshare -m sh -c 'mount -t tmpfs none /dev && exec rec-shm $1 <in.rec' - "$words"
		case $words in
		create* | send*) [ "$status" -eq 73 ] ;;
		*) [ "$status" -eq 66 ] ;;
		esac
		[[ $stderr = "rec-shm: shm:"*": /dev/shm: No such file or directory" ]]
	done
}

@test "rec-shm: objects of others, links and other files of that name are left alone" {
	path=$(object "$n")
	mkdir "$path"
	run -77 rec-shm stat "$n"
	rmdir "$path"
	if [ "$(id -u)" -eq 0 ]; then
		: >"$path"
		chmod 600 "$path"
		chown 65534 "$path"
		for words in "send $n" "receive $n" "stat $n" "rm $n"; do
			# shellcheck disable=SC2086 # two words
			run -77 --separate-stderr rec-shm $words </dev/null
			[ "$stderr" = "rec-shm: shm:$n: what has its name in /dev/shm is not a file of this user alone" ]
		done
		rm "$path"
	fi
	ln -s /dev/null "$path"
	run -77 rec-shm send "$n" </dev/null
	run -77 rec-shm stat "$n"
	rm "$path"
	mkfifo "$path"
	run -77 timeout 10 rec-shm receive "$n"
	rm "$path"
	(umask 022 && echo hello >"$path")
	run -77 rec-shm receive "$n"
	chmod 600 "$path"
	run -65 --separate-stderr rec-shm receive "$n"
	[[ $stderr = *damaged* ]]
	head -c 100000 /dev/zero >"$path"
	run -65 rec-shm stat "$n"
	rec-shm list | grep -q "^$n .*not readable"
	rec-shm list --json | grep -qFx "{\"name\":\"$n\",\"state\":\"not readable\"}"
	rec-shm rm "$n"
	[ ! -e "$path" ]
	rec-shm create "$n"
	[ "$(stat -c %a "$path")" = 600 ]
	printf '\377' | dd of="$path" bs=1 seek=8 conv=notrunc status=none
	run -66 --separate-stderr rec-shm receive "$n"
	[[ $stderr = *"another version"* ]]
	rec-shm rm "$n"
}

@test "rec-shm: memory that is truncated under it is an error and 71, at both ends" {
	for mode in stream broadcast; do
		rec-shm create --mode $mode "$n"
		rm -f in
		mkfifo in
		exec 9<>in
		start rec-shm receive "$n" >out.rec 2>err.reader
		reader=$pid
		within has "$n" readers 1
		start rec-shm send "$n" <in 2>err.writer
		sender=$pid
		mkstream data:0:alpha >&9
		within grep -qa alpha out.rec
		truncate -s 0 "$(object "$n")"
		finish "$reader"
		[ "$status" -eq 71 ]
		grep -q 'its memory was truncated' err.reader
		mkstream data:1:beta >&9
		exec 9>&-
		finish "$sender"
		[ "$status" -eq 71 ] || [ "$status" -eq 65 ]
		[ "$(lines err.writer)" -ge 1 ]
		rec-shm rm "$n"
	done
}

@test "rec-shm: memory that is truncated while it is written to standard output is 71, too" {
	# More than a pipe takes: when the first of it has come the rest is still to be written,
	# from the ring.
	mkstream fill:0:1:3000000 end >in.rec
	for mode in stream broadcast; do
		rec-shm create --mode $mode "$n"
		rm -f stuck
		mkfifo stuck
		exec 8<>stuck
		REC_HOP=0 start rec-shm receive "$n" >stuck 2>err 8>&-
		reader=$pid
		within has "$n" readers 1
		rec-shm send "$n" <in.rec 8>&-
		head -c 40 <&8 >begun
		truncate -s 0 "$(object "$n")"
		cat <stuck >/dev/null 8>&- &
		cat=$!
		exec 8>&-
		finish "$reader"
		[ "$status" -eq 71 ]
		grep -q 'the shared memory that it was to be written from was truncated' err
		wait $cat
		rec-shm rm "$n"
	done
}

@test "rec-shm: records larger than usual take what the ring has; one that never fits is refused, and the message says what to do" {
	head -c 6000000 /dev/urandom >large
	mkstream fill:0:1:6000000 end >in.rec
	# The reader first: the sender may be done before another reader begins, which would wait
	# for a new stream.
	start rec-shm receive "$n" >out.rec
	reader=$pid
	within has "$n" readers 1
	st=0
	rec-shm send "$n" <in.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	finish "$reader"
	[ "$status" -eq 65 ]
	grep -q 'does not fit its ring of 4194304; make a larger one by rec-shm create --size' err
	for mode in stream queue broadcast; do
		rec-shm create --mode $mode --size 16M "$n"
		start rec-shm receive "$n" >out.rec
		reader=$pid
		within has "$n" readers 1
		for i in 1 2 3 4 5; do
			rec-split <large
			mkstream fill:0:1:6000000 end
		done >many.rec
		rec-shm send "$n" <many.rec
		finish "$reader"
		[ "$status" -eq 0 ]
		rec-join <many.rec >want
		rec-join <out.rec | cmp - want
		rec-shm rm "$n"
	done
}

@test "rec-shm: readers learn of a record that does not fit, and why" {
	{ seq 10; head -c 3000000 /dev/zero | tr '\0' x; } | rec-split >in.rec
	why='rec-shm: shm:'$n': a block of 3000048 bytes does not fit its ring of 1048576; make a larger one by rec-shm create --size'
	for mode in stream queue broadcast; do
		rec-shm create --mode $mode --size 1M "$n"
		start rec-shm receive "$n" >out.rec
		within has "$n" readers 1
		run -74 --separate-stderr rec-shm send "$n" <in.rec
		[ "$stderr" = "$why" ] || { echo "$mode: $stderr" >&2; false; }
		finish
		[ "$status" -eq 65 ]
		mkstream records <out.rec >got || :
		[ "$(grep -c = got)" -eq 10 ]
		grep -qF "$why" got
		rec-shm rm "$n"
		# If readers do not end, it is a loss at its place.
		rec-shm create --mode $mode --keep --size 1M "$n"
		start rec-shm receive "$n" >out.rec
		within has "$n" readers 1
		run -74 rec-shm send "$n" <in.rec
		seq 11 12 | rec-split | rec-shm send "$n"
		twelve() { mkstream records <out.rec 2>/dev/null | grep -q =12; }
		within twelve
		mkstream records <out.rec 2>/dev/null | grep -A 1 =10 | grep -q '^loss'
		rec-shm rm "$n"
		finish
	done
	# With an endpoint, too.
	rec-shm create --mode queue --size 1M "$n"
	start rec-shm receive "$n" >out.rec
	within has "$n" readers 1
	run -74 rec-filter --else shm:"$n" locate /never/ <in.rec
	finish
	[ "$status" -eq 65 ]
	mkstream records <out.rec | tail -n 1 | grep -q 'rec-filter: shm:.*does not fit'
	rec-shm rm "$n"
}

# killed_writer: a writer that puts a and b, and is killed before its end.
killed_writer() {
	local sender

	mkfifo held
	exec 8<>held
	start rec-shm send "$n" <held
	sender=$pid
	mkstream data:0:a,b >&8
	within has "$n" records_in 2
	kill -KILL "$sender"
	finish "$sender"
	exec 8>&-
	rm held
}

# received STATUS RECORDS [OPTION ...]: a reader gets RECORDS, and ends with STATUS.
received() {
	local st=0

	rec-shm receive "${@:3}" "$n" >got.rec 2>err || st=$?
	[ "$st" -eq "$1" ] || { echo "status $st: $(<err)" >&2; return 1; }
	[ "$(mkstream records <got.rec | sed -n 's/.*=//p' | paste -sd,)" = "$2" ]
}

@test "rec-shm: the reader of records from a dead or failed writer learns of that, though a newer writer has come" {
	for mode in queue broadcast; do
		from=(--from start)
		[ $mode = broadcast ] || from=()
		rec-shm create --mode $mode "$n"
		killed_writer
		seq 11 12 | rec-split | rec-shm send "$n"
		received 65 a,b,11,12 "${from[@]}"
		grep -q 'a writer was killed before its end' err
		# In a broadcast they are still there; in a queue they are not.
		if [ $mode = broadcast ]; then
			received 65 a,b,11,12 "${from[@]}"
		else
			received 0 ''
		fi
		rec-shm rm "$n"
		rec-shm create --mode $mode "$n"
		{ rec-split cmd:'seq 2; exit 3' 2>err || :; } | rec-shm send "$n" || :
		seq 11 12 | rec-split | rec-shm send "$n"
		received 65 1,2,11,12 "${from[@]}"
		mkstream records <got.rec | tail -n 1 | grep -q 'exit status 3'
		rec-shm rm "$n"
	done
	# A failure is not reported to those that come after its records were taken.
	rec-shm create --mode queue "$n"
	{ rec-split cmd:'seq 2; exit 3' 2>err || :; } | rec-shm send "$n" || :
	received 65 1,2
	seq 3 | rec-split | rec-shm send "$n"
	received 0 1,2,3
	rec-shm rm "$n"
}

@test "rec-shm: a stream that was killed, failed or left by its reader is not mixed with the next one" {
	# The first reader gets what is left and the reason, the second one the next stream.
	rec-shm create "$n"
	killed_writer
	seq 11 12 | rec-split | rec-shm send "$n"
	received 65 a,b
	grep -q 'cut off after 2 whole records: a writer was killed before its end' err
	received 0 11,12
	{ rec-split cmd:'seq 2; exit 3' 2>err || :; } | rec-shm send "$n" || :
	seq 11 12 | rec-split | rec-shm send "$n"
	received 65 1,2
	mkstream records <got.rec | tail -n 1 | grep -q 'exit status 3'
	received 0 11,12
	{ seq 2; head -c 5000000 /dev/zero | tr '\0' x; } | rec-split >wide.rec
	run -74 rec-shm send "$n" <wide.rec
	seq 11 12 | rec-split | rec-shm send "$n"
	received 65 1,2
	mkstream records <got.rec | tail -n 1 | grep -q 'does not fit its ring'
	received 0 11,12
	# Left by its reader: records that nobody has read are dropped.
	seq 5000000 | rec-split >large.rec
	start rec-shm send "$n" <large.rec
	within has "$n" writers 1
	rec-shm receive "$n" | rec-take 3 | rec-join | cmp - <(seq 3)
	finish
	[ "$status" -eq 0 ]
	seq 21 23 | rec-split | rec-shm send "$n"
	rec-shm receive "$n" | rec-join | cmp - <(seq 21 23)
	rec-shm rm "$n"
}

@test "rec-shm: a file that only looks like a ring is named as what it is" {
	own=/dev/shm/rec-$(id -u)-
	odd=$own$'\e[31m'$n
	: >"$odd"
	rec-shm list >listed
	rec-shm list --json >json
	run ! grep -F "$n" listed json
	rm "$odd"
	for kind in 'ln -s /etc/passwd' mkfifo mkdir; do
		$kind "$own$n"
		run -77 --separate-stderr rec-shm create "$n"
		[[ $stderr = *'is not a file of this user alone' ]]
		rm -r "$own$n"
	done
	(umask 077 && echo 'no ring' >"$own$n")
	run -65 --separate-stderr rec-shm create "$n"
	[[ $stderr = *'its contents make no sense' ]]
	rm "$own$n"
	rec-shm create "$n"
	run -73 rec-shm create "$n"
	for size in 100000 100 0; do
		truncate -s $size "$own$n"
		for verb in stat receive; do
			run -71 --separate-stderr rec-shm $verb "$n"
			[[ $stderr = *'its memory was truncated' ]]
		done
		run -71 --separate-stderr rec-shm create "$n"
	done
	rec-shm rm "$n"
}

@test "rec-shm: as an endpoint of other commands" {
	seq 100000 >lines
	rec-split lines >in.rec
	start rec-filter --else "shm:$n" locate /7/ <in.rec >sevens.rec
	rec-view --info "shm:$n" >info
	finish
	[ "$status" -eq 0 ]
	grep -vc 7 lines >want
	grep -q "^records *$(sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta' want)\$" info
	rec-join <sevens.rec | cmp - <(grep 7 lines)
	start rec-tee "shm:$n" <in.rec >teed.rec
	tee=$pid
	start rec-shm send "$n-2" <in.rec
	rec-fanin "shm:$n" "shm:$n-2" | rec-join | sort | cmp - <(sort lines lines)
	finish "$tee"
	[ "$status" -eq 0 ]
	finish
	[ "$status" -eq 0 ]
	rec-join <teed.rec | cmp - lines
	gone "$n-2"
	run -64 --separate-stderr rec-split "shm:$n"
	[[ $stderr = *"carries records, not bytes"* ]]
	run -64 rec-view shm:a/b
	run -64 rec-view shm:
	gone "$n"
}

@test "rec-shm: wrong words are 64" {
	for words in '' 'put x' 'send' 'receive' 'stat' 'create' 'send a b' 'rm' 'list x' 'rm --stale x' 'create --mode ring x' \
		'create --slow skip x' 'create --slow often --mode broadcast x' 'create --size 1K x' 'create --size x x' \
		'send --readers x x' 'send --keep x' 'receive --wait 5 x' 'receive --from here x' 'stat --json --watch x' 'send ../x' \
		'send .x' 'send a/b' 'list --watch' 'create --json x'; do
		# shellcheck disable=SC2086 # a list of words
		run -64 rec-shm $words </dev/null
		[ "${#lines[@]}" -eq 1 ] || {
			echo "$words: $output"
			false
		}
	done
	run -64 --separate-stderr rec-shm stat "shm:$n"
	[ "$stderr" = "rec-shm: shm:$n: only the name is expected: $n (rec-shm -h shows the usage)" ]
	run -64 --separate-stderr rec-shm stat shm:.x
	[[ $stderr == "rec-shm: shm:.x: not a name of shared memory: "* ]]
	run -64 rec-shm send "$(head -c 201 /dev/zero | tr '\0' a)" </dev/null
}

@test "rec-shm: signals end both ends, and the name of a stream that nobody else has joined goes" {
	for sig in TERM INT HUP; do
		start rec-shm receive "$n" >out.rec
		within has "$n" readers 1
		kill -$sig "$pid"
		finish
		[ "$status" -eq $((128 + $(kill -l $sig))) ]
		gone "$n"
	done
}

@test "rec-shm: a writer that a signal ends says so at its end, if readers do not wait for other writers" {
	for mode in stream queue broadcast; do
		rec-shm create --mode $mode "$n"
		for sig in TERM INT HUP; do
			rm -f in
			mkfifo in
			exec 9<>in
			start rec-shm send "$n" <in
			sender=$pid
			within has "$n" writers 1
			start rec-shm receive "$n" >out.rec 2>err
			reader=$pid
			within has "$n" readers 1
			mkstream data:0:alpha,beta >&9
			within grep -qa beta out.rec
			within asleep "$sender"
			kill -$sig "$sender"
			finish "$sender"
			[ "$status" -eq $((128 + $(kill -l $sig))) ]
			finish "$reader"
			[ "$status" -eq 65 ]
			# Except the positions, which count on.
			[ "$(mkstream records <out.rec | sed 's/^[0-9]*=//; s/^end [0-9]* /end /')" = $'alpha\nbeta\n'"end $((128 + $(kill -l $sig))) rec-shm: ended by SIG$sig" ]
			[ ! -s err ]
			exec 9>&-
		done
		rec-shm rm "$n"
	done
}

@test "rec-shm: with --keep a writer whose stream has failed is a loss of unknown number at its place" {
	for mode in queue broadcast; do
		rec-shm create --keep --mode $mode "$n"
		start rec-shm receive "$n" >out.rec
		reader=$pid
		within has "$n" readers 1
		run -65 rec-shm send "$n" < <(mkstream data:0:alpha 'end:3:rec-x: it broke')
		mkstream data:0:beta end | rec-shm send "$n"
		within grep -qa beta out.rec
		mkstream records <out.rec >seen || :
		[ "$(head -n 3 seen)" = $'0=alpha\nloss 1 -1\n1=beta' ]
		kill "$reader"
		finish "$reader"
		rec-shm rm "$n"
	done
}

@test "rec-shm: --readers makes a writer wait for that number of readers" {
	rec-shm create --mode broadcast "$n"
	seq 5 | rec-split >in.rec
	start rec-shm send --readers 2 "$n" <in.rec
	sender=$pid
	start rec-shm receive "$n" >out1.rec
	one=$pid
	within has "$n" readers 1
	within has "$n" writers 1
	has "$n" records_in 0
	start rec-shm receive "$n" >out2.rec
	for p in "$sender" "$one" "$pid"; do
		finish "$p"
		[ "$status" -eq 0 ]
	done
	rec-join <out1.rec | cmp - <(seq 5)
	rec-join <out2.rec | cmp - <(seq 5)
	rec-shm rm "$n"
}

@test "rec-shm: a stream has only one reader that a writer can wait for" {
	seq 5 | rec-split >in.rec
	run -64 --separate-stderr timeout 20 rec-shm send --readers 2 "$n" <in.rec
	[[ $stderr = *"is a stream from one to one"*"--mode queue or broadcast" ]]
	gone "$n"
	rec-shm create "$n"
	run -64 --separate-stderr timeout 20 rec-shm send --readers 2 "$n" <in.rec
	[[ $stderr = *"is a stream from one to one"* ]]
	has "$n" records_in 0
	start rec-shm send --readers 1 "$n" <in.rec
	rec-shm receive "$n" | rec-join | cmp - <(seq 5)
	finish
	[ "$status" -eq 0 ]
	rec-shm rm "$n"
}

@test "rec-shm: a reader can choose its beginning only in a broadcast" {
	run -64 --separate-stderr timeout 20 rec-shm receive --from now "$n"
	[[ $stderr = *"is no broadcast"*"--mode broadcast" ]]
	gone "$n"
	for mode in stream queue; do
		rec-shm create --mode $mode --keep "$n"
		run -64 --separate-stderr timeout 20 rec-shm receive --from start "$n"
		[[ $stderr = *"is no broadcast"* ]]
		has "$n" readers 0
		rec-shm rm "$n"
	done
	# A name that does not exist yet may become a broadcast.
	run -66 --separate-stderr timeout 20 rec-shm receive --wait 1ms --from start "$n"
	[[ $stderr = *'there is no such shared memory' ]]
}

@test "rec-shm: readers of a ring whose name was removed end when its writers have" {
	mkstream data:0:alpha >first.rec
	mkstream data:0:alpha data:1:beta end | tail -c +$(($(wc -c <first.rec) + 1)) >rest.rec
	sleeps() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status"; }
	for mode in queue broadcast; do
		rec-shm create --keep --mode $mode "$n"
		# The first reader waits by itself, the second one by poll.
		start rec-shm receive "$n" >out.rec
		one=$pid
		start rec-fanin "shm:$n" >other.rec
		two=$pid
		within has "$n" readers 2
		rm -f in
		mkfifo in
		exec 9<>in
		start rec-shm send "$n" <in 9>&-
		sender=$pid
		within has "$n" writers 1
		cat first.rec >&9
		within has "$n" records_in 1
		rec-shm rm "$n"
		gone "$n"
		# Both check a few times, and the writer is still there.
		first=$(sleeps "$one") second=$(sleeps "$two")
		looked() { [ "$(sleeps "$one")" -ge $((first + 5)) ] && [ "$(sleeps "$two")" -ge $((second + 5)) ]; }
		within looked
		cat rest.rec >&9
		exec 9>&-
		for p in "$sender" "$one" "$two"; do
			finish "$p"
			[ "$status" -eq 0 ]
		done
		{ rec-join <out.rec; rec-join <other.rec; } | sort >seen
		case $mode in
		queue) [ "$(<seen)" = $'alpha\nbeta' ] ;;
		broadcast) [ "$(<seen)" = $'alpha\nalpha\nbeta\nbeta' ] ;;
		esac
	done
	# A stream that never had a writer is not whole.
	start rec-shm receive "$n" >out.rec 2>err
	within has "$n" readers 1
	rec-shm rm "$n"
	finish
	[ "$status" -eq 65 ]
	grep -q 'no bytes at all' err
}

@test "rec-shm: a writer of a ring whose name was removed does not wait for readers that cannot come" {
	removed() {
		finish
		[ "$status" -eq 69 ]
		[ "$(<err)" = "rec-shm: shm:$n: its name was removed, and no reader is left for what was written" ]
	}
	seq 5 | rec-split >few.rec
	seq 3000000 | rec-split >many.rec
	for in in few many; do
		start rec-shm send "$n" <"$in.rec" 2>err
		within has "$n" writers 1
		rec-shm rm "$n"
		removed
	done
	for mode in queue broadcast; do
		rec-shm create --mode "$mode" --keep --size 1M "$n"
		start rec-shm send --readers 2 "$n" <few.rec 2>err
		within has "$n" writers 1
		rec-shm rm "$n"
		removed
	done
	rec-shm create --mode queue --size 1M "$n"
	start rec-shm send "$n" <many.rec 2>err
	within has "$n" writers 1
	rec-shm rm "$n"
	removed
	# A reader that is there already is waited for.
	mkfifo gate
	rec-shm create --mode queue --size 1M "$n"
	start sh -c "rec-shm receive $n | { read -r _ <gate; rec-join; } >got"
	reader=$pid
	within has "$n" readers 1
	start rec-shm send "$n" <many.rec 2>err
	within has "$n" writers 1
	rec-shm rm "$n"
	echo >gate
	finish
	[ "$status" -eq 0 ]
	finish "$reader"
	seq 3000000 | cmp - got
}

# Bytes that its readers have seen already are damaged: only a writer that needs the room again
# finds that.
@test "rec-shm: a writer that finds the ring damaged tells its readers, so that they do not mistake half of the records for all" {
	local keep mode size

	mkfifo go
	for mode in stream queue broadcast; do
		for keep in '' --keep; do
			# shellcheck disable=SC2086 # an option or none
			rec-shm create --mode $mode $keep --size 1M "$n"
			start rec-shm receive "$n" >out.rec 2>err
			reader=$pid
			within has "$n" readers 1
			start sh -c "{ seq 10; read -r line <go; seq 500000; } | rec-split | exec rec-shm send $n 2>senderr"
			writer=$pid
			within has "$n" records_out 10
			size=$(stat -c %s "/dev/shm/rec-$(id -u)-$n")
			dd if=/dev/zero of="/dev/shm/rec-$(id -u)-$n" bs=1 count=8 seek=$((size - 1048576)) conv=notrunc status=none
			echo >go
			finish "$writer"
			[ "$status" -eq 65 ]
			grep -q "^rec-shm: shm:$n: its memory is damaged" senderr
			if [ "$keep" ]; then
				# They do not end, and know that something is missing there.
				# shellcheck disable=SC2016 # for sh
				within sh -c '"$BUILD/tools/mkstream" records <out.rec | grep "^loss "'
				kill -TERM "$reader"
				finish "$reader"
			else
				finish "$reader"
				[ "$status" -eq 65 ]
				mkstream records <out.rec | tail -n 1 | grep -q '^end [0-9]* 65 rec-shm: shm:.*: its memory is damaged'
			fi
			rec-shm rm "$n"
		done
	done
}

# ---- tables ----

# table NAMES ROW,...: a stream with a table of these names.
table() {
	mkstream "table:{\"framing\":\"csv\"}\\n${1//,/\\,}\\n" "data:0:$2" end
}

# first FILE TEXT: the stream begins with a table of that header, and no other table follows.
first() {
	mkstream dump <"$1" >dumped || :
	[[ $(head -n 1 dumped) = table\ *"$2"* ]]
	[ "$(grep -c ^table dumped)" -eq 1 ]
}

@test "rec-shm: a queue and a broadcast keep one table, and every reader gets it first" {
	local mode from

	for mode in queue broadcast; do
		rec-shm create --mode $mode "$n-$mode"
		table id,price 1 | rec-shm send "$n-$mode"
		from=()
		[ $mode = queue ] || from=(--from start)
		rec-shm receive "${from[@]}" "$n-$mode" >out.rec
		first out.rec id,price
		[ "$(mkstream records <out.rec | tail -n 2)" = $'0=1\nend 1 0 ' ]
		# An equal one is no other.
		mkstream 'table:{"framing":"csv-crlf"}\n"id",price\r\n' data:0:2 end | rec-shm send "$n-$mode"
		# It stays until the ring is removed, also if all has been taken and nobody is there.
		rec-shm receive "$n-$mode" >out.rec
		first out.rec id,price
		rec-shm receive "$n-$mode" | rec-join >out
		echo id,price | same - out
		run -65 rec-shm send "$n-$mode" < <(table a,b 1)
		rec-shm rm "$n-$mode"
		rec-shm create --mode $mode "$n-$mode"
		table a,b 1 | rec-shm send "$n-$mode"
		rec-shm rm "$n-$mode"
	done
}

@test "rec-shm: a reader that waits gets the table at once, before any record, and before a record that comes with it" {
	local mode reader

	mkfifo in
	for mode in queue broadcast; do
		exec 9<>in
		rec-shm create --mode $mode --keep "$n"
		start rec-shm receive "$n" >out.rec 9>&-
		reader=$pid
		start sh -c "rec-fanin shm:$n | rec-join >text" 9>&-
		within has "$n" readers 2
		start rec-shm send "$n" <in 9>&-
		mkstream 'table:{"framing":"csv"}\na\,b\n' >&9
		within grep -q a,b out.rec
		within grep -qx a,b text
		has "$n" records_in 0
		mkstream 'table:{"framing":"csv"}\na\,b\n' data:0:1,2,3,4,5 end >more.rec
		# The table is in the FIFO already.
		tail -c +65 more.rec >&9
		exec 9>&-
		finish
		[ "$status" -eq 0 ]
		within has "$n" records_out "$([ $mode = queue ] && echo 5 || echo 10)"
		kill "$reader"
		finish "$reader"
		first out.rec a,b
		rec-shm rm "$n"
		within gone "$n"
	done
}

@test "rec-shm: stat shows the table, and list does without" {
	local header='"a b",x\033[1m,\344,,"q""q"'

	rec-shm create --mode queue "$n"
	run -0 rec-shm stat "$n"
	[[ $output != *table* ]]
	[[ $(rec-shm stat --json "$n") != *'"table":'* ]]
	# shellcheck disable=SC2059 # its escapes are meant
	printf "$header\n1\n" | rec-split -f csv -H | rec-shm send "$n"
	rec-shm stat "$n" >out
	[ "$(sed -n 4p out)" = 'table          csv, separator ",", 5 columns: "a b", "x\u001b[1m", \xE4, "", "q\"q"' ]
	[[ $(rec-shm stat --json "$n") == *',"table":{"framing":"csv","separator":",","columns":["a b","x\u001b[1m","'$'\357\277\275''","","q\"q"]},"size":'* ]]
	[[ $(rec-shm list --json) != *'"table":'* ]]
	# rec-view --info has the same words for it.
	# shellcheck disable=SC2059
	printf "$header\n1\n" | rec-split -f csv -H >in
	[ "$(rec-view --info in | sed -n 's/^table  *//p')" = "$(rec-shm stat "$n" | sed -n 's/^table  *//p')" ]
	[ "$(rec-view --info --json in | grep -o '"table":{[^}]*}')" = "$(rec-shm stat --json "$n" | grep -o '"table":{[^}]*}')" ]
	rec-shm rm "$n"
	rec-shm create --mode queue "$n"
	echo 'a b' | rec-split -f csv -F ';' | rec-shm send "$n"
	[ "$(rec-shm stat "$n" | sed -n 4p)" = 'table          csv:;, separator ";", columns without names' ]
	[[ $(rec-shm stat --json "$n") == *',"table":{"framing":"csv:;","separator":";","columns":null},"size":'* ]]
	rec-shm rm "$n"
}

@test "rec-shm: a writer with another table, none, or one too late is 65, and disturbs nobody" {
	local mode says reader sender

	mkfifo in
	for mode in queue broadcast; do
		exec 9<>in
		rec-shm create --mode $mode "$n"
		start rec-shm receive "$n" >out.rec 9>&-
		reader=$pid
		within has "$n" readers 1
		start rec-shm send "$n" <in 9>&-
		sender=$pid
		table id,price 1 >&9
		within has "$n" records_in 1
		says="rec-shm: shm:$n: its table differs from that of the ring: column 2 is \"amount\", not \"price\""
		run -65 --separate-stderr rec-shm send "$n" < <(table id,amount 8)
		[ "$stderr" = "$says" ]
		run -65 --separate-stderr rec-shm send "$n" < <(mkstream data:0:9 end)
		[ "$stderr" = "rec-shm: shm:$n: its records have no table, but the ring has one" ]
		run -65 --separate-stderr rec-filter --else "shm:$n" where '.id > 9' < <(table id 8)
		[[ $stderr = *"shm:$n: its table differs from that of the ring: "* ]]
		# Without records there is nothing to refuse.
		mkstream end | rec-shm send "$n"
		table id,price 2 | rec-shm send "$n"
		table id,price 3 >&9
		exec 9>&-
		finish "$sender"
		[ "$status" -eq 0 ]
		finish "$reader"
		[ "$status" -eq 0 ]
		first out.rec id,price
		[ "$(mkstream records <out.rec | tail -n 4)" = $'0=1\n1=2\n2=3\nend 3 0 ' ]
		rec-shm rm "$n"
		rec-shm create --mode $mode "$n"
		start rec-shm receive "$n" >out.rec
		within has "$n" readers 1
		mkstream data:0:1 end | rec-shm send --readers 1 "$n"
		rec-shm create --mode $mode --keep "$n-late"
		mkstream data:0:1 end | rec-shm send "$n-late"
		run -65 --separate-stderr rec-shm send "$n-late" < <(table id,price 1)
		[ "$stderr" = "rec-shm: shm:$n-late: it has a table, but the records in the ring have none" ]
		mkstream data:0:2 end | rec-shm send "$n-late"
		has "$n-late" records_in 2
		finish
		[ "$status" -eq 0 ]
		[ "$(mkstream records <out.rec)" = $'0=1\nend 1 0 ' ]
		rec-shm rm "$n" "$n-late"
	done
}

@test "rec-shm: losses go with a table and without one" {
	local mode

	for mode in stream queue broadcast; do
		# A writer that is killed, whose place another one takes.
		rec-shm create --keep --mode $mode "$n"
		rm -f in
		mkfifo in
		exec 9<>in
		start rec-shm receive "$n" >out.rec 9>&-
		reader=$pid
		within has "$n" readers 1
		start rec-shm send "$n" <in 9>&-
		mkstream 'table:{"framing":"csv"}\nid\,price\n' data:0:alpha >&9
		within grep -qa alpha out.rec
		kill -KILL "$pid"
		within has "$n" died 1
		table id,price beta | rec-shm send "$n"
		within grep -qa beta out.rec
		mkstream records <out.rec >seen || :
		grep -q '^loss . -1$' seen
		[ "$(grep -c = seen)" -eq 2 ]
		[ "$(mkstream dump <out.rec | grep -c ^table)" -eq 1 ]
		kill "$reader"
		finish "$reader"
		rec-shm rm "$n"
		exec 9>&-
	done
	# The first thing that comes is a loss, of a stream that has no table.
	for mode in queue broadcast; do
		rec-shm create --keep --mode $mode "$n"
		start rec-shm receive "$n" >out.rec
		reader=$pid
		within has "$n" readers 1
		mkstream loss:0:3:3 end | rec-shm send "$n"
		within [ -s out.rec ]
		table id,price beta | rec-shm send "$n"
		mkstream loss:0:2:2 end | rec-shm send "$n"
		within has "$n" records_out 6
		kill "$reader"
		finish "$reader"
		mkstream records <out.rec >seen || :
		grep -q '=beta$' seen
		[ "$(grep -c '^loss' seen)" -eq 2 ]
		rec-shm rm "$n"
	done
}

@test "rec-shm: --slow skip never drops the table" {
	rec-shm create --mode broadcast --slow skip --size 1M "$n"
	mkfifo slow
	exec 8<>slow
	exec 7<slow
	# Its output is not read, so it stops early.
	start rec-shm receive "$n" >slow 7<&- 8>&-
	reader=$pid
	exec 8>&-
	within has "$n" readers 1
	{ echo id; seq 1000000 1400000; } | rec-split -f csv -H | rec-shm send "$n"
	cat <&7 >out.rec
	exec 7<&-
	finish "$reader"
	[ "$status" -eq 0 ]
	first out.rec id
	mkstream records <out.rec >seen
	grep -q '^loss' seen
	grep -q '=1400000$' seen
	rec-shm rm "$n"
}

@test "rec-shm: a table that is too large is 74, and names --size; a stream passes any table" {
	local says

	{
		seq -s, -f 'column%g' 20000
		echo 1
	} | rec-split -f csv -H >in.rec
	rec-shm create --mode queue --size 1M "$n"
	start rec-shm receive "$n" >out.rec
	reader=$pid
	within has "$n" readers 1
	run -74 --separate-stderr rec-shm send "$n" <in.rec
	says="$stderr"
	[[ $says == "rec-shm: shm:$n: a table of "*" bytes does not fit the 65536 that its ring has for one; make a larger one by rec-shm create --size" ]]
	# The records that are missing are a fault for those that read them.
	finish "$reader"
	[ "$status" -eq 65 ]
	[[ $(mkstream records <out.rec) == "end 0 74 $says"* ]]
	# The ring takes another one.
	table id,price 1 | rec-shm send "$n"
	rec-shm rm "$n"
	rec-shm create --mode queue --size 8M "$n"
	rec-shm send "$n" <in.rec
	rec-shm receive "$n" >out.rec
	first out.rec column20000
	rec-shm rm "$n"
	start rec-shm send "$n" <in.rec
	rec-shm receive "$n" >out.rec
	finish
	[ "$status" -eq 0 ]
	same in.rec out.rec
	# In a stream it is a block, and must fit as any other.
	{
		seq -s, -f 'a-name-of-many-bytes-%g' 30000
		echo 1
	} | rec-split -f csv -H >in.rec
	rec-shm create --size 1M "$n"
	start rec-shm send "$n" <in.rec
	rec-shm receive "$n" >out.rec
	finish
	[ "$status" -eq 0 ]
	same in.rec out.rec
	rec-shm rm "$n"
	{
		head -c 1048500 /dev/zero | tr '\0' a
		printf '\n1\n'
	} | rec-split -f csv -H >in.rec
	rec-shm create --size 1M "$n"
	run -74 --separate-stderr rec-shm send "$n" <in.rec
	[[ $stderr == "rec-shm: shm:$n: a block of "*" bytes does not fit its ring of 1048576; make a larger one by rec-shm create --size" ]]
	rec-shm rm "$n"
}

@test "rec-shm: several rings, read side by side, have one table" {
	local other

	for other in id,price id,amount; do
		rec-shm create --mode queue "$n-1"
		rec-shm create --mode broadcast "$n-2"
		start sh -c "rec-fanin shm:$n-1 shm:$n-2 >out.rec 2>err"
		within has "$n-1" readers 1
		within has "$n-2" readers 1
		table id,price 1 | rec-shm send "$n-1"
		within grep -q id,price out.rec
		table $other 2 | rec-shm send "$n-2"
		finish
		if [ $other = id,price ]; then
			[ "$status" -eq 0 ]
			[ "$(mkstream records <out.rec | grep -c =)" -eq 2 ]
		else
			[ "$status" -eq 65 ]
			grep -q "shm:$n-2: .*its table differs from that of shm:$n-1: column 2 is \"amount\", not \"price\"" err
		fi
		first out.rec id,price
		rec-shm rm "$n-1" "$n-2"
	done
}

@test "rec-shm: a table comes whole through policies for slow readers" {
	local policy

	table id,price 1,2,3 >in.rec
	for policy in wait skip spill cut; do
		rec-shm create --mode queue "$n"
		rec-tee "$policy:shm:$n" <in.rec >copy.rec
		rec-shm receive "$n" >out.rec
		first out.rec id,price
		[ "$(mkstream records <out.rec | grep -c =)" -eq 3 ]
		rec-shm rm "$n"
	done
}

# patch FILE FROM TO: replaces the bytes, which are in the file once, by others of the same length.
patch() {
	local at

	at=$(grep -abo -- "$2" "$1" | cut -d: -f1)
	[ "$(wc -w <<<"$at")" -eq 1 ]
	printf '%s' "$3" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

@test "rec-shm: a table that was changed in the ring's memory is found by readers, writers and stat" {
	local change says words

	says="rec-shm: shm:$n: its memory is damaged: its contents make no sense"
	for change in '"framing":"csv"} "framinx":"csv"}' 'id,price id,prise'; do
		for words in receive send stat; do
			rec-shm create --mode queue "$n"
			table id,price 1 | rec-shm send "$n"
			patch "$(object "$n")" "${change% *}" "${change#* }"
			run -65 --separate-stderr rec-shm $words "$n" < <(table id,price 2)
			[ "$stderr" = "$says" ] || [ "$words" = receive ]
			[[ $stderr = "$says"* ]]
			rec-shm rm "$n"
		done
	done
}
