#!/usr/bin/env bats
# rec-fanin: record streams brought together.

load helper

# stream FILE LINE ...: writes a stream of these lines.
stream() {
	printf '%s\n' "${@:2}" | rec-split >"$1"
}

# gives WANT ARG ...: rec-fanin with these arguments writes a good stream of these records, with a
# space after each.
gives() {
	local want=$1 got

	shift
	rec-fanin "$@" >out.rec && got=$(rec-join <out.rec | tr '\n' ' ') || return
	[ "$got" = "$want" ] || { echo "by $*: $got, wanted: $want" >&2; return 1; }
	cases=$((${cases:-0} + 1))
}

# fails STATUS MESSAGE ARG ...: it ends with that status after that one line.
fails() {
	local want=$1 message=$2 st=0

	shift 2
	timeout 60 rec-fanin "$@" >out.rec 2>err </dev/null || st=$?
	[ "$st" -eq "$want" ] || { echo "status $st: $*: $(<err)" >&2; return 1; }
	echo "rec-fanin: $message" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

usage() {
	fails 64 "$1 (rec-fanin -h shows the usage)" "${@:2}" || return
	[ ! -s out.rec ]
}

@test "rec-fanin: in turn, as they come, one of each, side by side" {
	stream a 1 2 3
	stream b 11 12
	stream c 21 22 23 24
	mkstream end >none
	gives '1 2 3 11 12 21 22 23 24 ' a b c
	gives '11 12 1 2 3 ' b none a
	gives '1 2 3 ' a
	gives '' none none
	gives '1 2 3 11 12 ' --any a b
	gives '1 11 21 2 12 22 3 23 24 ' --round-robin a b c
	gives '1 11 21 2 12 22 3 ' --round-robin --until any a b c
	gives '1 11 21 2 12 22 3 23 24 ' --round-robin --until all a none b c
	gives '' --round-robin --until any none a
	gives '1-11-21 2-12-22 3--23 --24 ' --zip -F - a b c
	gives '1-11-21 2-12-22 ' --zip --until any -F - a b c
	gives '11121 21222 323 24 ' --zip -F '' a b c
	gives '1 2 3 ' --zip a
	[ "$cases" -eq 13 ]
	# All of these make new streams.
	for how in '' --any --round-robin --zip '--merge w1'; do
		# shellcheck disable=SC2086 # words
		rec-fanin $how c b | mkstream records | cut -d = -f 1 >positions
		n=$(($(lines positions) - 1))
		{ seq 0 $((n - 1)); echo "end $n 0 "; } | cmp - positions
		[ "$n" -ge 4 ]
	done
}

@test "rec-fanin: --any gives a record as soon as it is there" {
	mkfifo a b
	exec 7<>a 8<>b
	start rec-fanin --any a b >out 2>err 7>&- 8>&-
	mkstream data:0:alpha >&8
	within grep -qa alpha out
	mkstream data:0:beta >&7
	within grep -qa beta out
	mkstream next:1 total:1 end >&8
	mkstream next:1 total:1 end >&7
	exec 7>&- 8>&-
	finish
	[ "$status" -eq 0 ]
	mkstream records <out >got
	printf '0=alpha\n1=beta\nend 2 0 \n' | cmp - got
}

# ---- -k ----

@test "rec-fanin: -k is the stream as it was before rec-filter divided it, whatever commands come between" {
	seq 3000 >input
	for size in 1 17 262080; do
		export REC_BLOCK=$size
		for phrase in 'locate /7/' 'nlocate /7/' 'locate /3000/' 'locate /x/' 'nlocate /x/' 'locate 1-2 /12/'; do
			# shellcheck disable=SC2086 # words
			statuses "rec-split input | rec-filter --else fifo:b $phrase | rec-filter locate | rec-fanin -k - fifo:b | rec-join"
			[ "$statuses" = '0 0 0 0 0' ] || { echo "$size $phrase: $statuses: $(<err)"; false; }
			same input out
			# shellcheck disable=SC2086
			statuses "rec-split input | rec-filter --else fifo:b $phrase | rec-drop 10 | rec-fanin -k fifo:b - | rec-join"
			# shellcheck disable=SC2086
			rec-split input | rec-filter $phrase | rec-take 10 | rec-join >dropped
			[ "$statuses" = '0 0 0 0 0' ]
			grep -vxFf dropped input >want || [ "$phrase" = 'nlocate /x/' ] || [ ! -s want ]
			[ -s dropped ] || cp input want
			same want out
		done
	done
	[ ! -e b ]
}

# All commands have pipes of one page; a stream of megabytes does not fit into them.
@test "rec-fanin: -k does not hang with pipes of one page and all records on one side" {
	seq 300000 >input
	for phrase in 'locate /x/' 'nlocate /x/' 'locate /77777/' 'nlocate /77777/' 'locate /9/'; do
		for shim in narrow ''; do
			statuses "$shim rec-split input | $shim rec-filter --else fifo:b $phrase | $shim rec-filter locate |
				$shim rec-fanin -k - fifo:b | $shim rec-join"
			[ "$statuses" = '0 0 0 0 0' ] || { echo "$shim $phrase: $statuses: $(<err)"; false; }
			same input out
			count=$((${count:-0} + 1))
		done
	done
	[ "$count" -eq 10 ]
}

@test "rec-fanin: -k with a branch that gets 1 record of 10 million spills nothing" {
	n=10000000
	[ -z "$SAN" ] || n=500000
	seq $n >input
	statuses "rec-split input | rec-filter --else fifo:b nlocate /$((n - 1))/ | rec-fanin -k --spill-max 0 - fifo:b | rec-join"
	[ "$statuses" = '0 0 0 0' ]
	same input out
	statuses "rec-split input | rec-filter --else fifo:b locate /$((n - 1))/ | rec-fanin -k --spill-max 0 - fifo:b | rec-join"
	[ "$statuses" = '0 0 0 0' ]
	same input out
}

# bats test_tags=random
@test "rec-fanin: -k restores random streams from random branches" {
	local n

	while rounds; do
		n=$((2 + seed % 5))
		# Blocks of random records at random positions for n branches and for the whole.
		awk -v seed="$seed" -v n=$n '
		# Some awks print whole numbers from 2^31 on with an exponent.
		function whole(x) {
			return sprintf("%.0f", x)
		}
		BEGIN {
			srand(seed)
			branch = 0
			for (k = 0; k < 300; k++) {
				at += 1 + int(rand() * 3) + (rand() < 0.02 ? 5000000000 : 0)
				branch = rand() < 0.5 ? branch : int(rand() * n)
				record = whole(at) "=r" k (rand() < 0.1 ? "\\n\\0" : "")
				print "all at:" record
				print branch " at:" record
				if (rand() < 0.2)
					print int(rand() * n) " mark:" whole(at + 1)
			}
			for (b = 0; b < n; b++)
				print b " next:" whole(at + 1) " end"
			print "all next:" whole(at + 1) " end"
		}' >words
		for name in all $(seq 0 $((n - 1))); do
			# shellcheck disable=SC2046 # words
			mkstream $(sed -n "s/^$name //p" words) >"$name.rec"
			mkstream records <"$name.rec" >"$name.records"
		done
		# shellcheck disable=SC2046
		rec-fanin -k $(seq -f %g.rec 0 $((n - 1)) | shuf) | mkstream records >got
		same all.records got
	done
}

@test "rec-fanin: --round-robin is the way back from dealing records in turn" {
	for n in 1 2 3 10 3000; do
		seq $n >input
		rec-split input | rec-sample --every 2 --else fifo:even | rec-fanin --round-robin - fifo:even | rec-join >out
		same input out
	done
}

@test "rec-fanin: -k: a record goes out when the silent branch has reported that it drops its own" {
	mkfifo in
	exec 9<>in
	start bash -c 'rec-filter --else fifo:b locate /a/ | rec-fanin -k - fifo:b >out' <in 2>err 9>&-
	mkstream data:0:alpha >&9
	within grep -qa alpha out
	mkstream data:1:berry next:2 total:2 end >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	grep -qa berry out
}

@test "rec-fanin: -k: one position in two streams is 65 and names both, --ties puts them in their order" {
	mkstream at:1=a,3=b,3=c,9=d end >a
	mkstream at:2=e,3=f,3=g end >b
	mkstream at:3=h,10=i end >c
	fails 65 'a and b both have a record at position 3 (--ties takes them in their order)' -k a b
	fails 65 'c and b both have a record at position 3 (--ties takes them in their order)' -k c b
	gives 'a e b c f g h d i ' -k --ties a b c
	gives 'a e h f g b c d i ' -k --ties c b a
	gives 'a b c d ' -k a
	[ "$cases" -eq 5 ]
	rec-fanin -k --ties a b c | mkstream records | tail -n 1 >end
	echo 'end 10 0 ' | cmp - end
}

@test "rec-fanin: -k: a loss from before the division is reported once, another one at its place" {
	mkstream data:0:a loss:2:5:7 data:7:b end >a
	mkstream data:1:c loss:2:5:7 data:8:d loss:9:1:10 end >b
	rec-fanin -k a b | mkstream records >got
	printf '0=a\n1=c\nloss 2 5\n7=b\n8=d\nloss 9 1\nend 10 0 \n' | cmp - got
	rec-split <<<x | rec-fanin a - b | mkstream records >got
	printf '0=a\nloss 1 5\n1=b\n2=x\n3=c\nloss 4 5\n4=d\nloss 5 1\nend 5 0 \n' | cmp - got
	# Several at one position, in files and as they come; the same words in one stream are another loss.
	mkstream data:0:a loss:2:5:2 loss:2:3:2 loss:2:5:7 data:12:b end >a
	mkstream data:1:c loss:2:5:2 loss:2:3:2 loss:2:5:7 data:13:d end >b
	printf '0=a\n1=c\nloss 2 5\nloss 2 3\nloss 2 5\n12=b\n13=d\nend 14 0 \n' >want
	rec-fanin -k a b | mkstream records | cmp - want
	rec-fanin -k cmd:'cat a' cmd:'sleep 0.1; cat b' | mkstream records | cmp - want
	rec-fanin -k cmd:'cat b; sleep 0.1' cmd:'cat a' | mkstream records | cmp - want
}

# ---- streams that wait for each other ----

# With tee instead this pipeline hangs for ever, as CMS Pipelines' stall does.
@test "rec-fanin: in turn over a stream that was copied (a stall elsewhere) works, through the file too" {
	n=600000
	seq $n >input
	mkfifo b
	statuses "rec-split input | tee b | rec-fanin - b | rec-join"
	[ "$statuses" = '0 0 0 0' ]
	cat input input | cmp - out
	statuses "rec-split input | tee b | rec-fanin b - | rec-join"
	[ "$statuses" = '0 0 0 0' ]
	cat input input | cmp - out
	statuses "rec-split input | tee b | rec-fanin --zip -F '' b - | rec-join"
	[ "$statuses" = '0 0 0 0' ]
	sed 's/.*/&&/' input | cmp - out
	statuses "rec-split input | rec-filter --else fifo:c locate /5/ | rec-fanin --round-robin - fifo:c | rec-join | sort -n"
	same input out
}

@test "rec-fanin: if --spill-max is too small for that, it is refused, and both streams are named" {
	n=2000000
	seq $n >input
	mkfifo b
	st=0
	rec-split input | tee b 2>tee.err | timeout 60 rec-fanin --spill-max 100K - b >out.rec 2>err || st=$?
	[ "$st" -eq 75 ]
	[ "$(lines err)" -eq 1 ]
	grep -q '^rec-fanin: b waits for standard input, which sends nothing, and more than --spill-max (102400 bytes) ' err
	mkstream records <out.rec | tail -n 1 | grep -q '75 rec-fanin: b waits for'
}

@test "rec-fanin: waiting records take no more memory than documented" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	seq 2000000 >input
	mkfifo b
	(
		ulimit -v 16000 # less than the input
		rec-split input | tee b | rec-fanin - b | rec-filter -c locate >out
	)
	[ "$(<out)" -eq 4000000 ]
}

@test "rec-fanin: a full disk for the temporary file is 74, and names the stream" {
	[ -d /sys/fs/cgroup ] && mkdir full && mount -t tmpfs -o size=64k none full 2>/dev/null || skip 'a small file system cannot be mounted'
	seq 2000000 >input
	mkfifo b
	st=0
	rec-split input | tee b 2>tee.err | TMPDIR=$PWD/full timeout 60 rec-fanin - b >out.rec 2>err || st=$?
	umount full
	[ "$st" -eq 74 ]
	echo 'rec-fanin: b: the temporary file: No space left on device' | cmp - err
}

# ---- failures ----

@test "rec-fanin: a damaged branch ends there, the others are read to their ends, and it is 65" {
	mkstream at:0=a,2=b at:4=c end cut:1 >short
	mkstream at:1=d,3=e,5=f end >good
	for how in -k --any '' --round-robin; do
		# shellcheck disable=SC2086 # words
		fails 65 'short: cut off after 3 whole records, in the middle of a block' $how short good
		mkstream records <out.rec | grep -o '[a-f]$' | sort | paste -sd ' ' - >got || :
		echo 'a b c d e f' | cmp - got
		mkstream records <out.rec | tail -n 1 | grep -q '65 rec-fanin: short: cut off'
	done
	fails 65 'good2: no bytes at all: not even the end mark of an empty stream; what should have written it was not run or was killed' \
		-k good "$(: >good2; echo good2)"
	[ "$cases" -eq 5 ]
}

@test "rec-fanin: a failed producer's reason is passed on, the others are drained" {
	mkstream data:0:a 'end:3:rec-x: it broke' >failed
	mkstream data:1:b,c end >good
	statuses 'rec-fanin -k failed good | rec-join'
	[ "$statuses" = '65 65' ]
	printf 'a\nb\nc\n' | cmp - out
	echo 'rec-join: standard input: its producer failed: rec-x: it broke' | cmp - err
	statuses "rec-fanin cmd:'rec-split good.txt' cmd:'cat good; exit 9' | rec-join"
	[ "$statuses" = '65 65' ]
	printf 'b\nc\n' | cmp - out
}

@test "rec-fanin: an input that cannot be opened is 66, and nothing is read" {
	stream a 1
	fails 66 'missing: No such file or directory' a missing
	mkstream records <out.rec >got
	echo 'end 0 66 rec-fanin: missing: No such file or directory' | cmp - got
	fails 66 '.: Is a directory' .
	fails 65 "text: not a record stream (it begins \"alpha^J\"); the operand is 'cmd:rec-split text'" "$(echo alpha >text; echo text)"
	[ "$cases" -eq 3 ]
}

@test "rec-fanin: wrong usage" {
	usage 'an endpoint is needed, such as - or fifo:b'
	usage '-: standard input can be read only once' - -
	usage 'fd:0: standard input can be read only once' - fd:0
	usage 'csv:-: standard input can be read only once' - csv:-
	usage '-: standard input can be read only once' tsv:- -
	usage 'append:x: append: is for outputs' append:x
	usage 'only one of --any, --order, --merge, --round-robin and --zip' -k --any a
	usage '--ties goes with -k' --ties a
	usage '--numeric: it is a letter after each key: --merge w2:n' --merge w2 --numeric a
	usage '--descending: it is a letter after each key: --merge w2:r, or '\''*:r'\'' for the whole record' --descending a
	usage '--overlay goes with --zip' --overlay a
	usage '--until goes with --round-robin or --zip' --until any a
	usage '-F goes with --merge or --zip' -F , a
	usage '--overlay does not go with -F: it puts nothing between records' --zip --overlay -F , a
	usage '--until never: any or all is expected' --zip --until never a
	usage '--spill-max much: not a size such as 100M or 2G' --spill-max much a
	usage '--merge: csv x: a column is named by a dot: .x, and rec-split -f csv -H takes the names from the first row' --merge 'csv x' a
	[ "$cases" -eq 17 ]
}

# ---- FIFOs ----

@test "rec-fanin: FIFOs are opened in whatever order their writers come, and are gone afterwards" {
	start rec-fanin fifo:a fifo:b fifo:c >out.rec 2>err
	within test -p c
	for name in c b a; do
		echo $name | rec-split | rec-filter --else fifo:$name nlocate >/dev/null
		[ ! -e $name ] || within test ! -e $name
	done
	finish
	[ "$status" -eq 0 ]
	rec-join <out.rec | paste -sd ' ' - >got
	echo 'a b c' | cmp - got
	# Writers that are no rec commands leave the name to the reader.
	start rec-fanin fifo:a fifo:b >out.rec 2>err
	within test -p b
	mkstream data:0:x end >b
	mkstream data:0:y end >a
	finish
	[ "$status" -eq 0 ]
	[ ! -e a ] && [ ! -e b ]
	rec-join <out.rec | paste -sd ' ' - >got
	echo 'y x' | cmp - got
	# FIFOs that the user has made stay.
	mkfifo a b
	start rec-fanin a b >out.rec 2>err
	mkstream data:0:x end >b
	mkstream data:0:y end >a
	finish
	[ "$status" -eq 0 ]
	[ -p a ] && [ -p b ]
	rec-join <out.rec | paste -sd ' ' - >got
	echo 'y x' | cmp - got
}

@test "rec-fanin: a FIFO whose writer failed before it opened it is not waited for" {
	local name

	# rec-filter does not know the verb: it opens nothing.
	statuses "rec-split <<<x | rec-filter --else fifo:b lokate /x/ | rec-fanin -k - fifo:b | rec-join"
	[ "$statuses" = '0 64 65 65' ]
	grep -q '^rec-fanin: fifo:b: no writer has opened it, and standard input brought nothing$' err
	grep -q '^rec-join: standard input: its producer failed: rec-filter: lokate' err
	[ ! -e b ]
	# No command writes even an end mark.
	statuses ": | rec-fanin -k - fifo:b | rec-join"
	[ "$statuses" = '0 65 65' ]
	grep -q '^rec-fanin: fifo:b: no writer has opened it, and standard input brought nothing$' err
	grep -q '^rec-fanin: standard input: no bytes at all' err
	# An output before the FIFO, or the FIFO itself, cannot be made.
	statuses "rec-split <<<x | rec-tee missing/x fifo:b | rec-fanin -k - fifo:b | rec-join"
	[ "$statuses" = '0 73 65 65' ]
	statuses "rec-split <<<x | rec-filter --else fifo:missing/b locate /x/ | rec-fanin -k - fifo:b | rec-join"
	[ "$statuses" = '0 73 65 65' ]
	[ ! -e b ]
	# A writer that was killed after it had written records, and had removed the ring that it
	# had made.
	mkstream data:0:x end:143:killed >killed.rec
	for name in fifo:b shm:rec-fanin-$$; do
		statuses "cat killed.rec | rec-fanin -k - $name | rec-join"
		[ "$statuses" = '0 65 65' ]
		grep -q "^rec-fanin: $name: no writer has opened it, and standard input has failed\$" err
	done
	# A writer that failed later has opened it.
	statuses "rec-split missing | rec-filter --else fifo:b locate /x/ | rec-fanin -k - fifo:b | rec-join"
	[ "$statuses" = '66 65 65 65' ]
	[ "$(lines err)" -eq 2 ]
}

@test "rec-fanin: FIFOs and rings whose writer was killed before it opened them are not waited for" {
	local name cases=0

	# The command that passes the failure on writes an end mark. A FIFO that the dead writer had
	# made goes, too.
	for name in fifo:b shm:rec-fanin-$$; do
		for through in '' '| rec-filter locate' '| rec-filter locate | rec-fanout -k -j 1 rec-filter locate'; do
			mkfifo b
			statuses ": $through | rec-fanin -k - $name | rec-join"
			[[ $statuses =~ ^0\ (65\ )*65\ 65$ ]]
			grep -q "^rec-fanin: $name: no writer has opened it, and standard input brought nothing\$" err
			[ ! -s out ]
			[ "$name" = fifo:b ] || rm b
			[ ! -e b ]
			[ ! -e "/dev/shm/rec-0-rec-fanin-$$" ]
			cases=$((cases + 1))
		done
		# The writer was ended between the output that it had open and the one that it waits
		# for.
		statuses "mkstream end:143:ended | rec-fanin -k - $name"
		[ "$statuses" = '0 65' ]
		cases=$((cases + 1))
	done
	[ "$cases" -eq 8 ]
}

@test "rec-fanin: a writer that comes after another stream has failed is read" {
	mkstream end:66:missing >failed.rec
	start rec-fanin --any failed.rec fifo:b >out.rec 2>err
	within test -p b
	# It must have noticed the other stream's failure. No output shows that before the end, so
	# its sleep is awaited.
	within asleep "$pid"
	mkstream data:0:x end >b
	finish
	[ "$status" -eq 65 ]
	rec-join <out.rec >got 2>/dev/null || :
	printf 'x\n' | cmp - got
	[ ! -s err ]
}

@test "rec-fanin: a command that has closed its output after a good end is waited for, and its failure counts" {
	seq 3 | rec-split >in.rec
	mkfifo go
	start rec-fanin 'cmd:cat in.rec; exec >&-; read -r x <go; touch over; exit 3' >out.rec 2>err
	# Before that the records have come through, but not the end.
	within test -s out.rec
	timeout "$patience" sh -c 'echo >go'
	finish
	[ "$status" -eq 65 ]
	[ -e over ]
	[[ $(cat err) = 'rec-fanin: cmd:cat in.rec;'*': exit status 3' ]]
}

@test "rec-fanin: TERM removes FIFOs that nobody has opened yet" {
	start rec-fanin fifo:a fifo:b >out.rec 2>err
	within test -p b
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	[ ! -e a ] && [ ! -e b ]
	[ ! -s err ]
}

# ---- --merge ----

@test "rec-fanin: --merge is what sort -m -s makes of the same files" {
	local LC_ALL=C i

	export LC_ALL
	for i in 1 2 3 4 5 6; do
		awk -v seed="$i" 'BEGIN {
			srand(seed)
			for (k = 0; k < 400 * (seed % 3); k++)
				printf "%c%c %d %s\n", 97 + rand() * 3, 97 + rand() * 20, rand() * 50 - 20, "id" seed "." k
		}' >raw.$i
	done
	# what SORT OPTIONS ...: rec-fanin with the options writes what sort writes.
	what() {
		local key=$1 f

		shift
		for f in 1 2 3 4 5 6; do
			# shellcheck disable=SC2086 # words
			sort -s $key raw.$f >sorted.$f && rec-split sorted.$f >sorted.$f.rec || return
		done
		# shellcheck disable=SC2086
		sort -m -s $key sorted.{1..6} >want && rec-fanin "$@" sorted.{1..6}.rec | rec-join >got && same want got || return
		count=$((${count:-0} + 1))
	}
	what '' --merge ''
	what '-k1,1' --merge w1
	what '-k1,1' --merge 1-2
	what '-k1.2,1.2' --merge 2-2
	what '-k2,2n' --merge w2:n
	what '-k2,2nr' --merge w2:nr
	what '-k1,1r' --merge w1:r
	what '-k1.2,1.2 -k1.1,1.1' --merge '2-2 1-1'
	what '-r' --merge '1-*:r'
	what '-t. -k2,2n' --merge 'f2:n' -F .
	what '-k1.1,1.1r -k2,2n -k1.2,1.2' --merge '1-1:r,w2:n 2-2'
	what '-k1.2,1.2f -k3,3V' --merge '2-2:f,w3:V'
	[ "$count" -eq 12 ]
	[ "$(lines want)" -gt 1000 ]
	REC_BLOCK=1 what '-k1,1' --merge w1
}

@test "rec-fanin: --merge by numbers compares exactly, missing parts come first" {
	stream a 'x' 'x -10000000000000000000000000.5' 'x -3' 'x 0' 'x 0.25' 'x 1.5' 'x 00200' 'x 100000000000000000000000001'
	stream b 'y' 'y -10000000000000000000000000.25' 'y -3.0' 'y -0' 'y .25' 'y 1.50' 'y 200.0' 'y 100000000000000000000000000'
	rec-fanin --merge w2:n b a | rec-join | paste -sd , - >got
	echo 'y,x,x -10000000000000000000000000.5,y -10000000000000000000000000.25,y -3.0,x -3,y -0,x 0,y .25,x 0.25,y 1.50,x 1.5,y 200.0,x 00200,y 100000000000000000000000000,x 100000000000000000000000001' >want
	same want got
}

@test "rec-fanin: --merge by values of JSON, also escaped ones" {
	stream a '{"k":"a"}' '{"k":"a\u0063"}' '{"k":"b\n"}' '{"k":"d"}'
	stream b '{"k":"ab"}' '{"k":"ac"}' '{"k":"b\n"}'
	rec-fanin --merge .k a b | rec-join >got
	printf '%s\n' '{"k":"a"}' '{"k":"ab"}' '{"k":"a\u0063"}' '{"k":"ac"}' '{"k":"b\n"}' '{"k":"b\n"}' '{"k":"d"}' | cmp - got
}

@test "rec-fanin: --merge takes a name in quotes that has spaces, among other ranges" {
	stream a '{"k":1,"odd name":"b"}' '{"k":2,"odd name":"a"}'
	stream b '{"k":1,"odd name":"a"}' '{"k":2,"odd name":"b"}'
	rec-fanin --merge ' .k	."odd name" ' a b | rec-join >got
	printf '%s\n' '{"k":1,"odd name":"a"}' '{"k":1,"odd name":"b"}' '{"k":2,"odd name":"a"}' '{"k":2,"odd name":"b"}' | cmp - got
}

@test "rec-fanin: --merge refuses a stream that is not sorted, across blocks too" {
	for size in 1 262080; do
		stream a b c d
		printf 'a\nx\nc\n' | REC_BLOCK=$size rec-split >b
		fails 65 'b is not sorted: the record at position 2 belongs before the one before it' --merge '' a b
		mkstream records <out.rec | tail -n 1 | grep -q '65 rec-fanin: b is not sorted'
	done
	fails 65 'a is not sorted: the record at position 1 belongs before the one before it' --merge '*:r' a
	[ "$cases" -eq 3 ]
}

# ---- --zip ----

@test "rec-fanin: --zip is what paste makes of the same files" {
	seq 5000 >a
	seq 100 3 9000 >b
	seq -f %.3f 1 4000 >c
	for name in a b c; do
		rec-split $name >$name.rec
	done
	rec-fanin --zip a.rec b.rec c.rec | rec-join >got
	paste a b c | cmp - got
	for sep in ',' ';' ' '; do
		rec-fanin --zip -F "$sep" c.rec a.rec | rec-join >got
		paste -d "$sep" c a | cmp - got
	done
	rec-fanin --zip -F TAB b.rec c.rec | rec-join >got
	paste b c | cmp - got
	rec-fanin --zip -F BLANK b.rec c.rec | rec-join >got
	paste -d ' ' b c | cmp - got
}

@test "rec-fanin: --overlay takes in each column the first record with something other than a space there" {
	stream a 'a  c' '    ' ''
	stream b '1234' 'b' 'xyz'
	stream c '     56' ' c  d' ''
	gives 'a23c 56 bc  d xyz ' --zip --overlay a b c
	[ "$cases" -eq 1 ]
}

@test "rec-fanin: a row longer than REC_MAX is 65" {
	stream a abcd abcdef
	stream b x x
	REC_MAX=6 fails 65 'record 1 would be longer than REC_MAX (6 bytes)' --zip a b
	mkstream records <out.rec | grep -q '^0=abcd.*x$'
}

# ---- ends ----

@test "rec-fanin: when the reader wants no more the producers stop, and no process is left" {
	for how in '' --any -k\ --ties --round-robin --zip "--merge w9"; do
		statuses "rec-fanin $how cmd:'yes | rec-split' cmd:'yes | rec-split' | rec-take 5 | rec-join"
		[ "$statuses" = '0 0 0' ] || { echo "$how: $statuses: $(<err)"; false; }
		[ ! -s err ]
		[ "$(lines out)" -eq 5 ]
	done
}

@test "rec-fanin: it sleeps while nothing comes" {
	mkfifo a b
	exec 7<>a 8<>b
	start rec-fanin -k a b >out 2>err 7>&- 8>&-
	mkstream at:5=x >&7
	switches() { awk '/ctxt/ { n += $2 } END { print n }' "/proc/$pid/status"; }
	within asleep "$pid"
	before=$(switches)
	for i in {1..25}; do
		within asleep "$pid"
	done
	[ $(($(switches) - before)) -lt 20 ]
	kill -TERM "$pid"
	finish
}

# tables: streams with tables: o (id, price; three rows), d (id, amount), h (as o, no rows); n has none.
tables() {
	printf 'id,price\n1,5\n2,20\n3,7\n' >o.csv
	printf 'id,amount\n9,9\n' >d.csv
	printf 'id,price\n' >h.csv
	for f in o d h; do
		rec-split -f csv -H $f.csv >$f.rec
	done
	seq 2 | rec-split >n.rec
	printf '' | rec-split >nothing.rec
}

ways=('' --any '-k --ties' '--merge 1' --round-robin)

@test "rec-fanin: equal tables become one, also of streams without records" {
	tables
	for how in "${ways[@]}"; do
		# shellcheck disable=SC2086
		rec-fanin $how o.rec h.rec o.rec nothing.rec | rec-join >out
		{ echo id,price; sed -s 1d o.csv o.csv; } | sort >want
		[ "$(head -n 1 out)" = id,price ]
		sort out | same want -
		# shellcheck disable=SC2086
		rec-fanin $how h.rec nothing.rec h.rec | rec-join | same h.csv -
	done
	# The bytes are the first one's.
	printf '"id",price\r\n1,5\r\n' | rec-split -f csv -H >crlf.rec
	rec-fanin crlf.rec o.rec | rec-join >out
	printf '"id",price\r\n1,5\r\n1,5\n2,20\n3,7\n' | same - out
}

@test "rec-fanin: a table that differs ends its input with 65, and all else goes out" {
	tables
	for how in "${ways[@]}"; do
		statuses "rec-fanin $how o.rec d.rec h.rec | rec-join"
		[ "$statuses" = '65 65' ]
		same o.csv out
		grep -qx 'rec-fanin: d.rec: its table differs from that of o.rec: column 2 is "amount", not "price"' err
		statuses "rec-fanin $how d.rec o.rec | rec-join"
		[ "$statuses" = '65 65' ]
		same d.csv out
		grep -qx 'rec-fanin: o.rec: its table differs from that of d.rec: column 2 is "price", not "amount"' err
		statuses "rec-fanin $how o.rec n.rec | rec-join"
		[ "$statuses" = '65 65' ]
		same o.csv out
		grep -qx 'rec-fanin: n.rec: its records have no table, but o.rec declares one (id, price)' err
		statuses "rec-fanin $how n.rec o.rec | rec-join"
		[ "$statuses" = '65 65' ]
		seq 2 | same - out
		grep -qx 'rec-fanin: o.rec: it has a table (id, price), but those of n.rec have none' err
	done
}

@test "rec-fanin: a table of no records beside records without one is 65, whichever comes first" {
	tables
	for how in "${ways[@]}"; do
		for files in 'h.rec n.rec' 'n.rec h.rec' 'nothing.rec n.rec h.rec' 'both.rec h.rec' 'h.rec both.rec'; do
			cat n.rec h.rec >both.rec
			statuses "rec-fanin $how $files | rec-join"
			[ "$statuses" = '65 65' ]
			grep -qxE -e 'rec-fanin: (n|both)\.rec: its records have no table, but h\.rec declares one \(id, price\)' \
				-e 'rec-fanin: h\.rec: it has a table \(id, price\), but those of (n|both)\.rec have none' err
			# A header is never above rows that are not its own.
			[ "$(<out)" = id,price ] || seq 2 | same - out
		done
		# An input without its own is no input that has none; in one stream records come first.
		statuses "rec-fanin $how nothing.rec n.rec both.rec | rec-join"
		[ "$statuses" = '0 0' ]
	done
	# Each order in which they may come.
	mkfifo a b
	for first in a b; do
		start rec-fanin --any a b >got.rec 2>err
		exec 8>a 9>b
		if [ $first = a ]; then
			cat h.rec >&8
			within test -s got.rec
			cat n.rec >&9
		else
			cat n.rec >&9
			within test -s got.rec
			cat h.rec >&8
		fi
		exec 8>&- 9>&-
		finish
		[ "$status" = 65 ]
	done
}

@test "rec-fanin: the first operand's table is the output's, whichever comes first" {
	tables
	mkfifo a b
	# shellcheck disable=SC2016 # that shell expands
	start bash -c 'rec-fanin a b | rec-join >out 2>err.join; echo "${PIPESTATUS[*]}" >st' 2>err
	exec 8>a 9>b
	cat d.rec >&9
	exec 9>&-
	# It has been read ahead, or waits in the pipe; it is not the first either way.
	cat o.rec >&8
	exec 8>&-
	finish
	[ "$(<st)" = '65 65' ]
	same o.csv out
	grep -q 'b: its table differs from that of a: column 2 is "amount", not "price"' err
}

@test "rec-fanin: the table goes out before a record has come" {
	tables
	mkfifo a
	for how in "${ways[@]}"; do
		rm -f out
		start bash -c "rec-fanin $how a h.rec | rec-join >out"
		table_first o.rec a out
		[ "$status" = 0 ]
		same o.csv out
	done
}

@test "rec-fanin: the writer of an input whose table differs is not waited for" {
	tables
	rec-split -f csv -H --raw >many.rec < <(echo id,amount; seq -f '%.0f,1' 200000)
	statuses "rec-split -f csv -H <o.csv | rec-fanin --any - cmd:'cat many.rec' >/dev/null"
	[ "${statuses% *}" = 0 ]
	grep -q 'cmd:.*its table differs\|standard input: its table differs' err
}

@test "rec-fanin: --zip of tables joins rows by their separator, under the columns of all" {
	tables
	printf '\357\273\277x,"y ""z"\r\n8,8\r\n' | rec-split -f csv -H >e.rec
	rec-fanin --zip o.rec d.rec e.rec | rec-join >out
	printf 'id,price,id,amount,x,"y ""z"\n1,5,9,9,8,8\n2,20,,,,\n3,7,,,,\n' | same - out
	rec-fanin --zip e.rec o.rec | rec-join >out
	printf 'x,"y ""z",id,price\r\n8,8,1,5\r\n,,2,20\r\n,,3,7\r\n' | same - out
	rec-fanin --zip h.rec d.rec h.rec | rec-join >out
	printf 'id,price,id,amount,id,price\n,,9,9,,\n' | same - out
	rec-fanin --zip h.rec h.rec | rec-join >out
	printf 'id,price,id,price\n' | same - out
	rec-fanin --zip --until any o.rec d.rec | rec-join >out
	printf 'id,price,id,amount\n1,5,9,9\n' | same - out
	printf 'a\tb\n1\t2\n' | rec-split -f tsv -H >t.rec
	printf 'c\n3\n4\n' | rec-split -f tsv -H >u.rec
	rec-fanin --zip t.rec u.rec | rec-join >out
	printf 'a\tb\tc\n1\t2\t3\n\t\t4\n' | same - out
	printf 'a;b\n1;2\n' | rec-split -f 'csv:;' -H >s.rec
	rec-fanin --zip s.rec s.rec | rec-join >out
	printf 'a;b;a;b\n1;2;1;2\n' | same - out
	# Rows that end early, and one with too many fields.
	printf 'x,y\n1\n"2,3"\n\n4,5\n' | rec-split -f csv -H >short.rec
	rec-fanin --zip short.rec o.rec | rec-join >out
	printf 'x,y,id,price\n1,,1,5\n"2,3",,2,20\n4,5,3,7\n' | same - out
	rec-fanin --zip o.rec short.rec | rec-join >out
	printf 'id,price,x,y\n1,5,1,\n2,20,"2,3",\n3,7,4,5\n' | same - out
	printf 'x\n1\n2,3\n4\n' | rec-split -f csv -H >long.rec
	statuses 'rec-fanin --zip long.rec o.rec | rec-join'
	[ "$statuses" = '65 65' ]
	printf 'x,id,price\n1,1,5\n,2,20\n,3,7\n' | same - out
	grep -qxF 'rec-fanin: long.rec: the record at position 1: it has more fields than its table has columns' err
	# An empty file does not change what the others' rows are.
	: >empty.csv
	for args in 'csv:empty.csv csv:o.csv' 'o.rec csv:empty.csv' 'nothing.rec o.rec nothing.rec'; do
		# shellcheck disable=SC2086
		rec-fanin --zip $args | rec-join | same o.csv -
	done
	rec-fanin --zip o.rec nothing.rec d.rec | rec-join >out
	printf 'id,price,id,amount\n1,5,9,9\n2,20,,\n3,7,,\n' | same - out
	# Without names nothing can stand under a wrong one.
	printf '1\n2,3\n' | rec-split -f csv >bare.rec
	rec-fanin --zip bare.rec bare.rec | rec-join >out
	printf '1,1\n2,3,2,3\n' | same - out
}

@test "rec-fanin: --zip --until any waits for all tables: their header goes out if no row does" {
	tables
	mkfifo late
	{ within grep -q . shown && cat d.rec; } >late 3>&- &
	# The first input ends before the second one says what it is.
	{ cat h.rec && echo ended >shown; } | rec-fanin --zip --until any - late | rec-join >out
	wait $!
	printf 'id,price,id,amount\n' | same - out
	# Empty inputs, before and after.
	: >empty.csv
	for how in --zip --round-robin; do
		for args in 'csv:empty.csv csv:o.csv' 'csv:o.csv csv:empty.csv'; do
			# shellcheck disable=SC2086
			rec-fanin $how --until any $args | rec-join >out
			head -n 1 out | same h.csv -
		done
	done
	# A table without names has as many columns as its first row.
	echo 9,9 | rec-split -f csv >bare.rec
	rec-fanin --zip bare.rec o.rec | rec-join >out
	printf '9,9,1,5\n,,2,20\n,,3,7\n' | same - out
}

@test "rec-fanin: --align refuses a row whose last field and a separator after it would be another one" {
	printf 'a::b\n1::x:\n' | rec-split -F '/::/' -H >p.rec
	printf 'b::a\n' | rec-split -F '/::/' -H >q.rec
	statuses "rec-fanin --align q.rec p.rec | rec-join --no-header"
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
	grep -qx 'rec-fanin: p.rec: the record at position 0: it ends with a part of the separator, and other fields would follow' err
}

@test "rec-fanin: --zip with -F, --overlay, other separators or an input without a table has no table" {
	tables
	printf 'a;b\n1;2\n' | rec-split -f 'csv:;' -H >s.rec
	for args in '-F : o.rec o.rec' '--overlay o.rec o.rec' 'o.rec s.rec' 'o.rec n.rec' 'n.rec o.rec' 'h.rec n.rec' 'nothing.rec nothing.rec'; do
		# shellcheck disable=SC2086
		rec-fanin --zip $args | mkstream dump >out
		[ "$(grep -c table out)" = 0 ]
	done
	rec-fanin --zip o.rec n.rec | rec-join >out
	printf '1,5\t1\n2,20\t2\n3,7\t\n' | same - out
	rec-fanin --zip -F ' | ' o.rec d.rec | rec-join >out
	printf '1,5 | 9,9\n2,20 | \n3,7 | \n' | same - out
	# Without names the rows have none, but one separator.
	rec-split -f csv o.csv >bare.rec
	rec-fanin --zip bare.rec bare.rec | rec-take 1 | rec-join >out
	printf 'id,price,id,price\n' | same - out
}

@test "rec-fanin: --merge names columns of the tables" {
	printf 'id,name\n3,a\n1,b\n' >a.csv
	printf 'id,name\n9,a\n5,"b"\n2,c\n' >b.csv
	rec-fanin --merge .name csv:a.csv csv:b.csv | rec-join >out
	printf 'id,name\n3,a\n9,a\n1,b\n5,"b"\n2,c\n' | same - out
	statuses 'rec-fanin --merge .nam csv:a.csv csv:b.csv | rec-join'
	[ "$statuses" = '65 65' ]
	grep -qx 'rec-fanin: --merge: .nam: no such column (the table has id, name)' err
	# Without a table and without JSON, nothing is found.
	rec-fanin --merge .name lines:a.csv lines:b.csv >out 2>err
	echo 'rec-fanin: none of 7 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	echo '{"name":7}' >j
	REC_BLOCK=1 rec-fanin --merge .name lines:a.csv json:j >out 2>err
	[ ! -s err ]
	rec-fanin --merge .name csv:/dev/null lines:/dev/null >out 2>err
	[ ! -s err ]
	statuses 'rec-fanin --merge .name:n csv:b.csv csv:a.csv | rec-join | sort'
	[ "$statuses" = '0 0 0' ]
}

@test "rec-fanin: --align puts the columns of all tables in one order" {
	printf 'id,price\n1,5\n2,"a\nb"\n' >a.csv
	printf 'price,id,city\r\n7,3,Rome\r\n"x,y",4,"""Oslo"""\r\n' >b.csv
	printf 'city\n' >c.csv
	printf '' >nothing.csv
	printf 'id,price,city\n1,5,\n2,"a\nb",\n' >want.1
	printf '3,7,Rome\r\n4,"x,y","""Oslo"""\r\n' >want.2
	rec-fanin --align csv:a.csv csv:c.csv csv:nothing.csv csv:b.csv | rec-join | same - <(cat want.1 want.2)
	for how in --any '-k --ties' '--merge .id' --round-robin; do
		# shellcheck disable=SC2086
		rec-fanin $how --align csv:a.csv csv:c.csv csv:b.csv csv:nothing.csv | rec-join -f nul >out
		[ "$(head -z -n 1 out | tr '\0' '\n')" = 1,5, ]
		tr '\n\0' '~\n' <out | sort | tr '~\n' '\n\0' >got
		printf '1,5,\0002,"a\nb",\0003,7,Rome\0004,"x,y","""Oslo"""\000' | same - got
	done
	# Rows in order pass as they are, and a table alone is one.
	rec-fanin --align csv:a.csv csv:a.csv | rec-join >out
	{ cat a.csv; sed 1d a.csv; } | same - out
	rec-fanin --align csv:c.csv csv:a.csv | rec-take 0 | rec-join | same - <(echo city,id,price)
	rec-fanin --align csv:nothing.csv csv:nothing.csv | rec-join | same - /dev/null
	seq 3 | rec-split >n.rec
	rec-fanin --align n.rec n.rec | rec-filter -c locate >n
	[ "$(<n)" = 6 ]
}

@test "rec-fanin: --align of rows that are large, many, or come through a pipe" {
	seq -f '%.0f,a' 100000 >rows
	{ echo id,x; cat rows; } >a.csv
	{ echo x,id; sed 's/\(.*\),\(.*\)/\2,\1/' rows; } >b.csv
	rec-fanin --align csv:a.csv csv:b.csv | rec-join | same - <(cat a.csv rows)
	rec-fanin --align --merge .id:n csv:a.csv csv:b.csv | rec-join | same - <(echo id,x; sed p rows)
	rec-fanin --align -k --ties csv:b.csv csv:a.csv | rec-filter -c where '.x == "a"' >n
	[ "$(<n)" = 200000 ]
	# One producer writes both, and the second only after much of the first.
	rec-split -f csv -H b.csv | rec-tee fifo:g | rec-fanin --align - fifo:g | rec-join --no-header >out
	[ "$(lines out)" = 200000 ]
	# A row that grows above REC_MAX is refused.
	{ echo x,id; head -c 70000 /dev/zero | tr '\0' y; echo ,2; } >big.csv
	rec-split -f csv -H big.csv >big.rec
	printf 'id,c,x\n1,2,3\n' | rec-split -f csv -H >c.rec
	REC_MAX=70003 rec-fanin --align c.rec big.rec | rec-filter -c where '.id == 2' >n
	[ "$(<n)" = 1 ]
	statuses 'REC_MAX=70002 rec-fanin --align c.rec big.rec | rec-join'
	[ "$statuses" = '65 65' ]
	printf 'id,c,x\n1,2,3\n' | same - out
	grep -q 'rec-fanin: big.rec: the record at position 0: with the columns of all it is longer than REC_MAX allows' err
}

@test "rec-fanin: --align refuses rows that are too long, names that come twice, and other separators" {
	printf 'id,price\n1,5\n' >a.csv
	printf 'price,id\n5,1\n6,2,3\n7,3\n' >long.csv
	printf 'id,price\n2,6\n6,2,3\n7,3\n' >long2.csv
	printf 'id,id\n1,2\n' >twice.csv
	printf 'a;b\n1;2\n' | rec-split -f 'csv:;' -H >semi.rec
	seq 2 | rec-split >n.rec
	for how in '' --any '-k --ties' '--merge .id' --round-robin; do
		statuses "rec-fanin $how --align csv:a.csv csv:long.csv | rec-join"
		[ "$statuses" = '65 65' ]
		printf 'id,price\n1,5\n1,5\n' | same - out
		grep -qx 'rec-fanin: csv:long.csv: the record at position 1: it has more fields than its table has columns' err
	done
	statuses 'rec-fanin --align csv:a.csv csv:long2.csv csv:a.csv | rec-join'
	[ "$statuses" = '65 65' ]
	printf 'id,price\n1,5\n2,6\n1,5\n' | same - out
	statuses 'rec-fanin --align csv:a.csv csv:twice.csv | rec-join'
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
	grep -qx 'rec-fanin: csv:twice.csv: two columns are called "id"' err
	statuses 'rec-fanin --align csv:a.csv semi.rec | rec-join'
	[ "$statuses" = '65 65' ]
	grep -q 'rec-fanin: semi.rec: its table does not go with that of csv:a.csv: its separator is ";", not ","' err
	statuses 'rec-fanin --align csv:a.csv n.rec | rec-join'
	[ "$statuses" = '65 65' ]
	grep -qx 'rec-fanin: n.rec: its records have no table' err
	status=0
	rec-fanin --zip --align n.rec n.rec >out 2>err || status=$?
	[ "$status" = 64 ]
}

@test "rec-fanin: a file that is no record stream: the message has the operand that reads it" {
	printf 'id,price\n1,5\n' >may.csv
	printf 'id\tprice\n1\t5\n' >'my file.tsv'
	echo '{"id":1}' >e.json
	echo x >other.dat
	for file in may.csv 'my file.tsv' e.json other.dat; do
		statuses "rec-fanin '$file' | rec-join"
		[ "$statuses" = '65 65' ]
		operand=$(sed -n 's/^rec-fanin: .*: not a record stream (it begins .*); the operand is //p' err)
		[ "$(eval "rec-fanin $operand" | rec-join -f lines --no-header | wc -l)" -eq 1 ]
	done
	statuses 'rec-fanin - <may.csv | rec-join'
	grep -q 'standard input: not a record stream (.*); put rec-split before it$' err
}
