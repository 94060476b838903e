# rec-queue: durable queues in directories. Crashes, full disks, clocks and damage are tried by
# tests/unit/queue.

load helper

# Makes the queue q, with the attributes, and sends it the numbers from 1 to N.
queue() {
	local n=$1

	shift
	rec-queue create "$@" q
	seq "$n" | rec-split | rec-queue send q
}

# counts VISIBLE FLIGHT DELAYED [QUEUE]: so many messages are there.
counts() {
	[ "$(rec-queue stat "${4-q}" | awk 'NR < 4 { printf "%s%s", sep, $NF; sep = " " }' | tr -d ,)" = "$1 $2 $3" ]
}

# Another process has the queue q open.
waits() {
	[ "$(rec-queue stat --json q | grep -o '"processes":[0-9]*')" != '"processes":0' ]
}

# All processes of the group that start began sleep.
waits_all() {
	local p

	for p in $(pgrep -g "$pid"); do
		asleep "$p" || return
	done
}

# word N: that word of each line.
word() {
	awk -v n="$1" '{ print $n }'
}

@test "rec-queue create: twice is no error if the attributes agree; two at once both succeed" {
	rec-queue create --visibility 1m q
	rec-queue create --visibility 1m q
	rec-queue create q
	rec-queue create --delay 0s q
	run -73 rec-queue create --visibility 2m q
	[[ $output == *'q: the queue is there already, with other attributes'* ]]
	[ "$(stat -c %a q)" = 700 ]
	for ((i = 0; i < 5; i++)); do
		start rec-queue create "two$i"
		a=$pid
		start rec-queue create "two$i"
		finish "$a"
		[ "$status" -eq 0 ]
		finish
		[ "$status" -eq 0 ]
		counts 0 0 0 "two$i"
	done
	[ -z "$(find . -name '.rec-queue*')" ]
	mkdir folder
	run -73 rec-queue create folder
	[[ $output == *'folder: this is there already, and is no queue'* ]]
	run -73 rec-queue create missing/q
	run -64 rec-queue create
	run -64 rec-queue create --visibility 13h x
	run -64 rec-queue create --retention 59s x
	run -64 rec-queue create --retention 15d x
	rec-queue create --retention none --max-flight 5 --max-size 4G y || rec-queue create --retention none --max-flight 5 --max-size 1G y
}

@test "rec-queue: a queue that is not there, or is none" {
	for verb in 'send' 'receive --envelope' 'ack' 'commit --session s' stat peek dump load purge check rm; do
		# shellcheck disable=SC2086 # words
		run -66 rec-queue $verb nothing <<<'' 2>&1
		[[ $output == *'rec-queue: nothing: there is no such queue: rec-queue create nothing makes it'* ]]
	done
	mkdir folder
	run -66 rec-queue stat folder
	[[ $output == 'rec-queue: folder: this directory is no queue' ]]
	: >file
	run -66 rec-queue stat file
	rec-queue create q
	sed -i 's/^rec queue 1/rec queue 9/' q/queue
	run -69 rec-queue stat q
	[[ $output == *'format 9'* ]]
	sed -i 's/^rec queue 9/rec queue 1/; s/^incompatible 0/incompatible 1/' q/queue
	run -69 rec-queue stat q
	[[ $output == *'features that this rec-queue does not know'* ]]
	# No link is followed.
	rec-queue create p
	mv p/00000001.log elsewhere
	ln -s ../elsewhere p/00000001.log
	rm p/index
	run ! rec-queue stat p
}

@test "rec-queue send, receive: any bytes come back in their order; --ids prints UUIDs" {
	rec-queue create --max-size 2M q
	mkstream data:0:a,,bc data:3:d end >in.rec
	head -c 1000000 /dev/urandom >large
	head -c 300000 /dev/zero >zeros
	for f in large zeros; do
		printf '%s:' "$(stat -c %s $f)"
		cat $f
		printf ,
	done | rec-split -f netstring >large.rec
	rec-queue send --ids q <in.rec >ids
	[ "$(lines ids)" -eq 4 ]
	[ "$(sort -u ids | grep -cE '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')" -eq 4 ]
	rec-queue send q <large.rec
	cat in.rec large.rec | rec-join -f netstring >want
	rec-queue receive --ack auto q | rec-join -f netstring | same - want
	run -1 --separate-stderr rec-queue receive --ack auto q
	[ -z "$stderr" ]
	counts 0 0 0
	rec-queue check q
}

@test "rec-queue receive: how messages are acknowledged must be said, in one way" {
	queue 1
	run -64 rec-queue receive q
	for way in --session --envelope --json '--ack auto' --cursor; do
		[[ $output == *"$way"* ]]
	done
	run -64 rec-queue receive --envelope --session s q
	run -64 rec-queue receive --ack later q
	run -64 rec-queue receive --envelope --follow --until-empty q
	run -64 rec-queue receive --envelope --ids q
	[[ $output == *'--ids does not go with receive'* ]]
	counts 1 0 0
}

@test "rec-queue receive --envelope, ack: what is acknowledged is gone, the rest is hidden" {
	queue 10
	rec-queue receive --envelope -n 4 q | rec-join >taken
	[ "$(lines taken)" -eq 8 ]
	counts 6 4 0
	# The receipt, the id, the count, the time.
	sed -n 1p taken | grep -qE '^[0-9a-f]{48} [0-9a-f-]{36} 1 [0-9]{4}-[0-9-]{5}T[0-9:.]{12}Z$'
	awk 'NR % 2' taken | head -n 3 | rec-split | rec-queue ack q
	counts 6 1 0
	# Records of receive, as they are; and JSON.
	rec-queue receive --envelope -n 2 q | rec-queue ack q
	rec-queue receive --json -n 2 q | rec-queue ack q
	counts 2 1 0
}

@test "rec-queue receive --json: text, and bytes that are none; attributes" {
	rec-queue create q
	printf 'a "b"\n\xff\xfe\n' | rec-split | rec-queue send --attribute first=1-1 --attribute 'two=w2' q
	rec-queue receive --json q | rec-join >got
	grep -q '"count":1,"sent":"20.*","first":"20.*","attributes":{"first":"a","two":"\\"b\\""},"body":"a \\"b\\""}$' got
	grep -q '"base64":"//4="}$' got
	run -64 rec-queue send --attribute nothing q </dev/null
	run -64 rec-queue send --attribute 'a b=1-1' q </dev/null
}

@test "rec-queue ack: a receipt that is old, expired, malformed or of another queue" {
	queue 2
	rec-queue receive --envelope -n 1 q >old.rec
	rec-queue nack q <old.rec
	rec-queue receive --envelope -n 1 q >new.rec
	# An older one after a new receive does nothing.
	rec-queue ack q <old.rec
	rec-queue nack q <old.rec
	counts 1 1 0
	# One whose time is over still counts, if nobody else has the message.
	rec-queue extend --visibility 0s q <new.rec
	counts 2 0 0
	rec-queue extend --visibility 1h q <new.rec
	counts 2 0 0
	rec-queue ack q <new.rec
	counts 1 0 0
	# Wrong ones are told with their positions, and the others count.
	rec-queue create p
	seq 1 | rec-split | rec-queue send p
	rec-queue receive --envelope p | rec-join >foreign
	rec-queue receive --envelope q | rec-join >mine
	{ echo nonsense; head -n 1 foreign; head -n 1 mine; head -n 1 mine | tr 0-9 1-90; } | rec-split >all.rec
	statuses 'rec-queue ack q <all.rec'
	[ "$statuses" = 65 ]
	says 'position 0: this does not begin with a receipt of this queue'
	says 'position 1: '
	says 'position 3: '
	[ "$(grep -c 'position 2: ' err)" -eq 0 ]
	counts 0 0 0
	counts 0 1 0 p
}

@test "rec-queue receive: takes what is visible, and not again what is released meanwhile" {
	queue 20
	rec-queue receive --envelope q | rec-queue nack q
	counts 20 0 0
	rec-queue receive --envelope q | rec-join | awk 'NR % 2 == 1 && $3 != 2' >wrong
	[ ! -s wrong ]
}

@test "rec-queue nack --delay, extend: times count from now" {
	queue 2
	rec-queue receive --envelope q >got.rec
	rec-queue nack --delay 100ms q <got.rec
	counts 0 2 0 || counts 2 0 0
	# A waiter is woken when it is over.
	rec-queue receive --envelope --wait 60s -n 1 q | rec-join | head -n 1 | word 3 >count
	[ "$(<count)" -eq 2 ]
	run -64 rec-queue nack --delay 16m q
	run -64 rec-queue extend q
}

@test "rec-queue receive --wait: woken by a send, and by the end of a delay and of a visibility" {
	rec-queue create q
	start bash -c 'rec-queue receive --ack auto --wait 100s q | rec-join >got'
	within waits
	echo one | rec-split | rec-queue send q
	finish
	[ "$(<got)" = one ]
	start bash -c 'rec-queue receive --ack auto --wait 100s q | rec-join >got'
	echo two | rec-split | rec-queue send --delay 300ms q
	finish
	[ "$(<got)" = two ]
	echo three | rec-split | rec-queue send q
	rec-queue receive --envelope --visibility 300ms q >/dev/null
	rec-queue receive --ack auto --wait 100s q | rec-join >got
	[ "$(<got)" = three ]
	run -1 rec-queue receive --ack auto --wait 50ms q
	# The queue's own times.
	rec-queue set --visibility 200ms --wait 100s --delay 100ms q
	echo four | rec-split | rec-queue send q
	rec-queue receive --envelope q >/dev/null
	rec-queue receive --ack auto q | rec-join >got
	[ "$(<got)" = four ]
}

@test "rec-queue receive --until-empty, --follow" {
	queue 3
	rec-queue receive --envelope -n 1 --visibility 300ms q >/dev/null
	echo later | rec-split | rec-queue send --delay 200ms q
	rec-queue receive --ack auto --until-empty q | rec-join | sort >got
	printf '%s\n' 1 2 3 later | same - got
	counts 0 0 0
	# For ever, but not longer than somebody reads.
	start bash -c 'rec-queue receive --ack auto --follow q | rec-take 3 | rec-join >got'
	for i in 1 2 3; do echo $i | rec-split | rec-queue send q; done
	finish
	[ "$status" -eq 0 ]
	seq 3 | same - got
}

@test "rec-queue rm, purge: those that wait are woken" {
	queue 3
	rec-queue receive --envelope -n 1 q >/dev/null
	echo x | rec-split | rec-queue send --delay 1m q
	counts 2 1 1
	rec-queue purge q
	counts 0 0 0
	echo y | rec-split | rec-queue send q
	rec-queue receive --ack auto q | rec-join | grep -qx y
	start bash -c 'rec-queue receive --ack auto --wait 100s q >/dev/null 2>err'
	within waits
	rec-queue rm q
	finish
	[ "$status" -eq 69 ]
	says 'q: the queue was removed'
	[ ! -e q ]
	[ -z "$(find . -name '.rec-queue*')" ]
	rec-queue create q
	: >q/mine
	run -73 rec-queue rm q
	[[ $output == *'mine'* ]]
	rm q/mine
	rec-queue rm q
}

@test "rec-queue send: a record that is too large; an input that fails" {
	rec-queue create --max-size 5 q
	printf '%s\n' a bb toolong c | rec-split >in.rec
	statuses 'rec-queue send q <in.rec'
	[ "$statuses" = 65 ]
	says 'position 2: the record has 7 bytes, and a message of this queue at most 5'
	says '2 messages were sent'
	counts 2 0 0
	rec-queue send --else rest.rec q <in.rec
	[ "$(rec-join <rest.rec)" = toolong ]
	counts 5 0 0
	# An attribute counts.
	statuses 'echo abc | rec-split | rec-queue send --attribute n=1-1 q'
	[ "${statuses##* }" = 65 ]
	# What came before the input failed is there.
	mkstream data:0:x,y >cut.rec
	statuses 'rec-queue send q <cut.rec'
	[ "$statuses" = 65 ]
	says '2 messages were sent'
	counts 7 0 0
	statuses 'rec-queue send --all-or-none q <cut.rec'
	[ "$statuses" = 65 ]
	says '0 messages were sent'
	counts 7 0 0
	seq 5000 | rec-split | rec-queue send --all-or-none --ids q >ids
	[ "$(sort -u ids | wc -l)" -eq 5000 ]
	counts 5007 0 0
}

@test "rec-queue send: the messages of a producer that pauses are there at once" {
	rec-queue create q
	mkfifo in
	start bash -c 'rec-split <in | rec-queue send q'
	exec 9>in
	echo first >&9
	within counts 1 0 0
	echo second >&9
	within counts 2 0 0
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
}

@test "rec-queue: tables are part of the queue" {
	rec-queue create q
	printf 'id,price\n1,5\n2,20\n' | rec-split -f csv -H | rec-queue send q
	statuses "printf 'id,amount\n3,7\n' | rec-split -f csv -H | rec-queue send q"
	[ "${statuses##* }" = 65 ]
	says 'q: the messages in it have another table'
	statuses 'seq 3 | rec-split | rec-queue send q'
	[ "${statuses##* }" = 65 ]
	counts 2 0 0
	rec-queue stat q | grep -q '^table *csv, separator ",", 2 columns: id, price$'
	rec-queue receive --cursor c q | rec-join | same - <(printf 'id,price\n1,5\n2,20\n')
	rec-queue receive --ack auto q | rec-filter where '.price > 6' | rec-join | same - <(printf 'id,price\n2,20\n')
	# It stays over new segments, and may change once the queue is empty.
	printf 'x\n1\n' | rec-split -f csv -H | rec-queue send q
	rec-queue check --repair q
	rec-queue receive --ack auto q | rec-join | same - <(printf 'x\n1\n')
	rec-queue create p
	seq 3 | rec-split | rec-queue send p
	statuses "printf 'id\n3\n' | rec-split -f csv -H | rec-queue send p"
	[ "${statuses##* }" = 65 ]
	says 'p: the messages in it have no table'
}

@test "rec-queue commit: acknowledges what the watermark has passed" {
	queue 1000
	statuses 'rec-queue receive --session s q | rec-filter locate /7/ | rec-tee --durable out.rec | rec-queue commit --session s q'
	[ "$statuses" = '0 0 0 0' ]
	rec-join <out.rec | same - <(seq 1000 | grep 7)
	counts 0 0 0
	[ ! -s err ]
}

@test "rec-queue commit: positions are high and random, and a stream that was numbered anew is refused" {
	queue 3
	rec-queue receive --session s q >one.rec
	rec-queue receive --session s --wait 60s q >two.rec
	for f in one two; do
		first=$(rec-view $f.rec | word 1 | tr -d , | head -n 1)
		[ "$first" -ge $((1 << 40)) ]
		[ "$first" -lt $((1 << 48)) ]
		[ $((first % (1 << 20))) -eq 0 ]
		echo "$first" >>firsts
	done
	[ "$(sort -u firsts | wc -l)" -eq 2 ]
	# An earlier run's.
	statuses 'rec-queue commit --session s q <one.rec'
	[ "$statuses" = 65 ]
	says 'session s: position '
	counts 3 0 0
	statuses 'rec-queue receive --session s q | rec-join | awk 1 | rec-split | rec-queue commit --session s q'
	[ "${statuses##* }" = 65 ]
	says 'session s: position 0 is none of its present run'
	counts 3 0 0
	# Of a session that never was.
	statuses 'rec-queue commit --session never q <one.rec'
	[ "$statuses" = 65 ]
}

@test "rec-queue commit: the watermark of a failure is not used; what is left is visible at once" {
	queue 10 --visibility 1h
	# The fifth task fails: it, and what comes after it, is not acknowledged.
	statuses 'rec-queue receive --session s q | rec-each -k grep -vx 5 | rec-queue commit --session s q'
	[ "${statuses##* }" = 65 ]
	rec-queue receive --envelope q | rec-join | awk 'NR % 2 == 0' >left
	grep -qx 5 left
	grep -qx 10 left
	# A stream that is cut off counts as far as its blocks say.
	rec-queue purge q
	seq 10 | rec-split | rec-queue send q
	statuses 'rec-queue receive --session s q | head -c -40 | rec-queue commit --session s q'
	[ "${statuses##* }" = 65 ]
	counts 0 0 0
}

@test "rec-queue commit: several streams, the lowest watermark of all" {
	queue 100
	statuses 'rec-queue receive --session s q | rec-tee fifo:side | rec-queue commit --session s q fifo:side'
	[ "$statuses" = '0 0 0' ]
	counts 0 0 0
	# A branch that stops early holds all back.
	seq 100 | rec-split | rec-queue send q
	statuses 'rec-queue receive --session s q | rec-tee --until all "cmd:rec-take 30 >side.rec" | REC_BLOCK=100 rec-queue commit --session s q side.rec'
	rec-queue receive --ack auto q | rec-join | tail -n 1 | grep -qx 100
	# One that is no stream of the session.
	seq 5 | rec-split | rec-queue send q
	seq 3 | rec-split >foreign.rec
	statuses 'rec-queue receive --session s q | rec-queue commit --session s q foreign.rec'
	[ "${statuses##* }" = 65 ]
	counts 5 0 0
}

@test "rec-queue: one process receives by a session, one commits; the dead release at once" {
	queue 5 --visibility 1h
	mkfifo in
	start bash -c 'exec rec-queue receive --session s --follow q >got.rec'
	receiver=$pid
	within counts 0 5 0
	run -75 rec-queue receive --session s q
	[[ $output == *'another process receives by that name'* ]]
	start bash -c 'exec rec-queue commit --session s q <in'
	committer=$pid
	exec 9>in
	within asleep "$committer"
	within eval '! rec-queue commit --session s q </dev/null 2>busy && grep -q "another process commits by that name" busy'
	kill -KILL "$receiver"
	finish "$receiver"
	counts 0 5 0
	kill -KILL "$committer"
	finish "$committer"
	exec 9>&-
	counts 5 0 0
}

@test "rec-queue: a pipeline that is stopped loses its lease, and leaves alone what others have received since" {
	queue 3 --visibility 1s
	mkfifo go
	start bash -c 'rec-queue receive --session s q | { cat go; cat; } | rec-queue commit --session s q'
	within counts 0 3 0
	# One who is stopped while he has the lock stops all: so not before both sleep.
	within eval '! rec-queue commit --session s q </dev/null 2>busy && grep -q "commits by that name" busy'
	within waits_all
	kill -STOP -- "-$pid"
	within counts 3 0 0
	rec-queue receive --envelope --visibility 1h q >taken.rec
	kill -CONT -- "-$pid"
	: >go
	finish >out 2>&1
	counts 0 3 0
	rec-queue ack q <taken.rec
	counts 0 0 0
}

# bats test_tags=random
@test "rec-queue: any command of the commit pipeline is killed: every effect is there once at least, and the queue gets empty" {
	queue 0 --visibility 1h
	: >all
	n=0
	while rounds; do
		seq $((n + 1)) $((n + 300)) | rec-split | rec-queue send q
		seq $((n + 1)) $((n + 300)) >>all
		n=$((n + 300))
		start bash -c 'rec-queue receive --session s q | rec-filter locate // | rec-tee --durable append:out.rec | rec-queue commit --session s q'
		sleep "0.0$((RANDOM % 6))"
		mapfile -t victims < <(children "$pid")
		[ "${#victims[@]}" -eq 0 ] || kill -KILL "${victims[RANDOM % ${#victims[@]}]}" 2>/dev/null || :
		finish
		# What it left is whole up to a block; the next one begins after it.
		[ ! -s out.rec ] || { rec-join <out.rec 2>/dev/null || :; } >>effects
		rm -f out.rec
	done
	rec-queue receive --session s q | rec-tee --durable out.rec | rec-queue commit --session s q || :
	[ ! -s out.rec ] || rec-join <out.rec >>effects
	counts 0 0 0
	sort -u effects | same - <(sort -u all)
}

@test "rec-queue receive --cursor: reads and takes nothing, each at its own place" {
	queue 5
	rec-queue receive --cursor a -n 2 q | rec-join | same - <(seq 2)
	rec-queue receive --ack auto -n 4 q >/dev/null
	rec-queue receive --cursor b q | rec-join | same - <(seq 5)
	rec-queue receive --cursor a q | rec-join | same - <(seq 3 5)
	run -1 rec-queue receive --cursor a q
	run -1 rec-queue receive --cursor late --from now q
	echo 6 | rec-split | rec-queue send q
	for c in a b late; do
		rec-queue receive --cursor $c q | rec-join | same - <(echo 6)
	done
	# In the order of sending: it waits for one that is delayed.
	echo 7 | rec-split | rec-queue send --delay 300ms q
	echo 8 | rec-split | rec-queue send q
	rec-queue receive --cursor a --wait 100s -n 2 q | rec-join | head -n 1 | same - <(echo 7)
	rec-queue forget --cursor b q
	run -66 rec-queue forget --cursor b q
	counts 4 0 0
}

@test "rec-queue peek, stat: nothing is received, and all is harmless" {
	rec-queue create q
	printf 'a\033[31mb\n' | rec-split | rec-queue send q
	rec-queue peek q >shown
	grep -q 'visible  *0  .*a^\[\[31mb$' shown
	[ "$(rec-queue peek -n 1 --json q)" = "$(rec-queue peek --json q)" ]
	rec-queue receive --session $'s\033[31m' q >/dev/null &
	wait $!
	[ "$(rec-queue stat q | grep -c $'\033')" -eq 0 ]
	rec-queue stat --json q | rec-split -f jsonl | rec-map print .visible,.in_flight,.max_size | rec-join | same - <(echo 1 0 1048576)
	counts 1 0 0
}

@test "rec-queue dump, load: messages move with their attributes" {
	rec-queue create a
	rec-queue create b
	printf '%s\n' 'x 100%' 'y =' | rec-split | rec-queue send --attribute w=w2 --attribute all='*' a
	rec-queue dump a | rec-queue load b
	rec-queue peek --json a | sed 's/"id":"[^"]*",//; s/"sent":"[^"]*",//' >want
	rec-queue peek --json b | sed 's/"id":"[^"]*",//; s/"sent":"[^"]*",//' | same - want
	statuses 'echo nothing | rec-split | rec-queue load b'
	[ "${statuses##* }" = 65 ]
	says 'position 0: this is no message in an envelope'
}

@test "rec-queue check: damage is told, and repaired as far as it can be" {
	queue 100
	rec-queue check q
	printf 'XXXX' | dd of=q/00000001.log bs=1 seek=7100 conv=notrunc status=none
	rm q/index
	statuses 'rec-queue receive --ack auto q | rec-join >got'
	[ "$(lines got)" -le 100 ]
	rec-queue check --repair q >/dev/null
	rec-queue check q
	echo more | rec-split | rec-queue send q
	rec-queue receive --ack auto q | rec-join | grep -qx more
}

@test "rec-queue: the endpoint queue:, of any command" {
	rec-queue create q
	seq 10 | rec-split | rec-filter --else queue:q locate /1/ | rec-join | same - <(printf '1\n10\n')
	counts 8 0 0
	statuses 'rec-fanin queue:q'
	[ "$statuses" = 64 ]
	says "queue: is for outputs; messages come by cmd:'rec-queue receive"
	statuses 'seq 3 | rec-split | rec-tee queue:none'
	[ "${statuses##* }" = 66 ]
	says 'rec-tee: none: there is no such queue'
	rec-queue set --max-size 1 q
	statuses 'seq 9 11 | rec-split | rec-tee queue:q >/dev/null'
	says 'queue:q: position 1: the record has 2 bytes, and a message of this queue at most 1'
}

@test "rec-queue: four send and four receive at once: nothing is lost, nothing comes twice" {
	rec-queue create --visibility 1h q
	for i in 1 2 3 4; do
		start bash -c "seq $i 4 2000 | rec-split | rec-queue send q"
		senders[i]=$pid
		start bash -c "rec-queue receive --envelope --until-empty q | rec-tee got$i.rec | rec-queue ack q"
		receivers[i]=$pid
	done
	for i in 1 2 3 4; do
		finish "${senders[i]}"
		[ "$status" -eq 0 ]
		finish "${receivers[i]}"
	done
	rec-queue receive --envelope q >rest.rec || :
	cat got?.rec rest.rec | rec-join | awk 'NR % 2 == 0' | sort -n | same - <(seq 2000)
}

@test "rec-queue: too many in flight; a message that is received too often is counted" {
	queue 10 --max-flight 3
	rec-queue receive --envelope q | rec-join >got
	[ "$(lines got)" -eq 6 ]
	run -75 rec-queue receive --envelope q
	[[ $output == *'too many messages are in flight'* ]]
	awk 'NR == 1' got | rec-split | rec-queue ack q
	rec-queue receive --envelope q | rec-join | sed -n 2p | grep -qx 4
	# A session goes on as commit acknowledges.
	rec-queue purge q
	seq 100 | rec-split | rec-queue send q
	rec-queue receive --session s q | rec-queue commit --session s q
	counts 0 0 0
}

@test "rec-queue: a copy of a queue in use opens to a state that was, or is refused" {
	queue 100
	start bash -c 'seq 100000 | rec-split | rec-fanout -j 1 rec-filter locate // | rec-queue send q'
	for ((i = 0; i < 10; i++)); do
		rm -rf copy
		cp -r q copy 2>/dev/null || :
		rec-queue receive --ack auto copy 2>/dev/null | rec-join 2>/dev/null >got || :
		[ "$(grep -cvxE '[0-9]+' got)" -eq 0 ]
	done
	finish
	[ "$status" -eq 0 ]
}

# The folders of tests/queues are named after the format's version. Each has a queue with a table of
# CSV and four messages: the first is done, the second is in flight, and cursor c has read two.
@test "rec-queue: queues of all released versions can be used" {
	n=0
	for old in "$repo"/tests/queues/*; do
		rm -rf q
		cp -r "$old" q
		chmod -R u+w q
		truncate -s 32768 q/lock
		rec-queue check q
		counts 2 1 0 || counts 3 0 0 # the lease of 12 hours may be over
		rec-queue receive --cursor c q | rec-join | same - <(printf 'id,price\n3,7\n4,9\n')
		rec-queue receive --ack auto q | rec-join | grep -cE '^(2,20|3,7|4,9)$' >got
		[ "$(<got)" -ge 2 ]
		printf 'id,price\n5,1\n' | rec-split -f csv -H | rec-queue send q
		rec-queue receive --ack auto q | rec-join | same - <(printf 'id,price\n5,1\n')
		n=$((n + 1))
	done
	[ "$n" -ge 1 ]
}
