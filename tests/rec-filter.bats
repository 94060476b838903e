#!/usr/bin/env bats
# rec-filter: keeps the records that satisfy a verb.
# Conditions have a $ of their own within single quotes.
# shellcheck disable=SC2016

load helper

# keeps LINES KEPT ARG ...: of these lines (as printf takes them) rec-filter with these arguments
# keeps KEPT; --else gets the others, all with their positions. -c counts those kept, -q finds
# whether there are any, -v does the opposite.
keeps() {
	local input=$1 kept=$2 want st

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf -- "$input" >input && printf -- "$kept" >expected && REC_BLOCK=9 rec-split <input >input.rec || return
	rec-filter --else other.rec "$@" <input.rec >kept.rec && rec-join <kept.rec >found && rec-join <other.rec >other || return
	same expected found || { echo "by: $*" >&2; return 1; }
	# Together they are all records at their positions.
	for name in input kept other; do
		mkstream records <$name.rec >$name.records || return
		sed -i /^end/d $name.records
	done
	sort -n kept.records other.records | cmp - input.records || { echo "together, by: $*" >&2; return 1; }
	want=$(wc -l <expected)
	[ "$(rec-filter -c "$@" <input.rec)" = "$want" ] || { echo "-c: $*" >&2; return 1; }
	st=0
	rec-filter -q "$@" <input.rec >out || st=$?
	[ ! -s out ] || return
	[ "$st" -eq $((want == 0)) ] || { echo "-q: $*: $st" >&2; return 1; }
	rec-filter -v "$@" <input.rec | rec-join >found || return
	same other found || return
	cases=$((${cases:-0} + 1))
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	rec-filter "$@" <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || { echo "it wrote: $*" >&2; return 1; }
	echo "rec-filter: $message (rec-filter -h shows the usage)" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

@test "rec-filter: locate keeps the records that hold any of the texts, nlocate those that hold none" {
	input='one\ntwo\n\nthree\nfour two\n'
	keeps "$input" 'two\nfour two\n' locate /two/
	keeps "$input" 'one\n\nthree\n' nlocate /two/
	keeps "$input" 'two\nthree\nfour two\n' locate /two/ /three/
	keeps "$input" 'one\n\n' nlocate /two/ /three/
	keeps "$input" '' locate /five/
	keeps "$input" "$input" nlocate /five/
	keeps "$input" "$input" locate /e/ /o/ //
	keeps "$input" 'four two\n' locate '/r t/'
	# The empty text is in every record. Without a text, records that are not empty are kept.
	keeps "$input" "$input" locate //
	keeps "$input" '' nlocate //
	keeps "$input" 'one\ntwo\nthree\nfour two\n' locate
	keeps "$input" '\n' nlocate
	[ "$cases" -eq 12 ]
}

@test "rec-filter: a text is delimited by its first character, or bytes by xHEX, or a word by -e" {
	input='/usr/bin\na b\nx41\nA\n500\n-e\n%%\na,b\ntab\there\n'
	keeps "$input" '/usr/bin\n' locate ,/usr,
	keeps "$input" 'a,b\n' locate /,/
	keeps "$input" 'a b\n' locate '/a b/'
	keeps "$input" 'a b\n' locate '!a b!'
	keeps "$input" 'A\n' locate x41
	keeps "$input" 'A\n' locate X41
	keeps "$input" 'tab\there\n' locate x096865
	keeps "$input" 'tab\there\n' locate x6572
	keeps "$input" 'x41\n' locate /x41/
	keeps "$input" 'x41\n' -e x41 locate
	keeps "$input" 'x41\n500\n' locate -e x4 -e 500
	keeps "$input" 'x41\n500\n' -e x4 locate /500/
	keeps "$input" '/usr/bin\n' locate --text=/usr/
	keeps "$input" '-e\n' locate -e -e
	keeps "$input" '-e\n' locate /-e/
	keeps "$input" '-e\ntab\there\n' locate -- -e-
	keeps "$input" '%%\n' locate /%/
	keeps "$input" "$input" locate -e ''
	[ "$cases" -eq 18 ]
}

@test "rec-filter: -i ignores the case of the letters A to Z, and of nothing else" {
	input='Error\nERROR\nerror\nerr0r\nEr@OR\nEr`OR\n\303\211\n\303\251\n'
	keeps "$input" 'Error\nERROR\nerror\n' -i locate /erRor/
	keeps "$input" 'Error\nERROR\nerror\n' locate -i /erRor/
	keeps "$input" 'Error\nERROR\nerror\n' --ignore-case locate -e ERROR
	keeps "$input" 'Error\nERROR\nerror\n' locate -e ERROR --ignore-case
	keeps "$input" 'Er@OR\n' -i locate /er@or/
	keeps "$input" '\303\251\n' -i locate xc3A9
	keeps "$input" 'error\n' locate /error/
	keeps "$input" 'err0r\nEr@OR\nEr`OR\n\303\211\n\303\251\n' -i nlocate /error/
	[ "$cases" -eq 8 ]
}

@test "rec-filter: a hit that spans two records does not count" {
	printf 'ab\ncd\nb\nc\n' | rec-split >a.rec
	for text in x620a x0a63 x620a63 x0a x0a620a x0a62; do
		[ "$(rec-filter -c locate "$text" <a.rec)" = 0 ]
	done
	[ "$(rec-filter -c nlocate x0a <a.rec)" = 4 ]
	# The separator is a word that is looked for. It is no part of any record.
	printf 'onesepse sep twosepthreeps' | rec-split -d sep >a.rec
	[ "$(rec-filter -c locate /sep/ <a.rec)" = 0 ]
	printf 'three' >expected
	rec-filter locate /thr/ <a.rec | rec-join >found
	[ "$(rec-filter -c locate /th/ /one/ <a.rec)" = 2 ]
	[ "$(rec-filter -c locate /es/ <a.rec)" = 0 ]
	[ "$(rec-filter -c locate /ps/ <a.rec)" = 1 ]
	printf 'AsEpBsEpCsep' | rec-split -d sEp >a.rec
	[ "$(rec-filter -c -i locate /sep/ <a.rec)" = 1 ]
	[ "$(rec-filter -c -i locate /csep/ <a.rec)" = 1 ]
	# No bytes at all lie between these records, and a true hit begins within a false one.
	printf 'aabaaabb' | rec-split -f fixed:2 >a.rec
	rec-filter locate /ab/ <a.rec | rec-join -f netstring >found
	printf '' >expected
	same expected found
	rec-filter locate /ba/ /bb/ <a.rec | rec-join -f netstring >found
	printf '2:ba,2:bb,' >expected
	same expected found
	printf 'xaaaaaay' | rec-split -f fixed:4 >a.rec
	[ "$(rec-filter -c locate /aaaa/ <a.rec)" = 0 ]
	[ "$(rec-filter -c locate /aaa/ <a.rec)" = 2 ]
	printf 'abcabcabc' | rec-split -f fixed:3 >a.rec
	[ "$(rec-filter -c locate /cab/ /bca/ <a.rec)" = 0 ]
	[ "$(rec-filter -c locate /abc/ <a.rec)" = 3 ]
}

@test "rec-filter: random records of few letters, side by side, against grep" {
	awk 'BEGIN { srand(7); for (i = 0; i < 20000; i++) { s = ""; for (j = 0; j < 6; j++) s = s substr("aab", 1 + int(rand() * 3), 1); print s } }' >lines
	tr -d '\n' <lines | rec-split -f fixed:6 >a.rec
	for text in a b aa ab ba bab aaaa abab aaaaa ababa aaaaaa abaaba bbbbbbb aaaaaaa; do
		for way in plain sse2 avx2; do
			REC_SCAN=$way rec-filter locate "/$text/" <a.rec | rec-join >found
			{ grep -F -- "$text" lines || :; } >expected
			same expected found || { echo "$text, $way" >&2; return 1; }
			cases=$((${cases:-0} + 1))
		done
		upper=$(tr ab AB <<<"$text")
		rec-filter -i nlocate "/$upper/" <a.rec | rec-join >found
		{ grep -vF -- "$text" lines || :; } >expected
		same expected found || { echo "$upper" >&2; return 1; }
	done
	[ "$cases" -eq 42 ]
}

@test "rec-filter: a block whose records are all kept passes unchanged, and one whose records are all rejected goes to --else" {
	seq 100000 | rec-split >a.rec
	rec-filter locate // <a.rec >found
	same a.rec found
	rec-filter --else found nlocate // <a.rec >kept.rec
	same a.rec found
	"$BUILD/tools/blocks" list <kept.rec | tail -n 1 | grep -q '^end .*base=0 next=100000 '
	# The last line without its newline too.
	printf 'a\nb' | rec-split >a.rec
	rec-filter locate // <a.rec >found
	same a.rec found
}

@test "rec-filter: positions are the source's, and the watermark tells how far the stream has come" {
	seq 0 9 | rec-split | rec-filter locate /3/ /7/ >a.rec
	"$BUILD/tools/blocks" list <a.rec >blocks
	grep -q '^data count=2 .*base=3 next=[0-9]* .*flags=3$' blocks
	grep -q '^end .*base=2 next=10 status=0 ' blocks
	# A stream of which nothing is kept tells that, too.
	seq 0 9 | rec-split | rec-filter locate /x/ >a.rec
	"$BUILD/tools/blocks" list <a.rec >blocks
	tail -n 1 blocks | grep -q '^end .*base=0 next=10 status=0 '
	# -n ends at the first record not taken.
	seq 0 9 | rec-split | rec-filter -n 1 --else other.rec locate /3/ /7/ >a.rec
	"$BUILD/tools/blocks" list <a.rec | tail -n 1 | grep -q '^end .*base=1 next=4 status=0 '
	"$BUILD/tools/blocks" list <other.rec | tail -n 1 | grep -q '^end .*base=3 next=4 status=0 '
}

@test "rec-filter: -n stops after that number of kept records" {
	seq 100 | rec-split >a.rec
	rec-filter -n 3 --else other.rec locate /2/ <a.rec | rec-join >found
	printf '2\n12\n20\n' >expected
	same expected found
	rec-join <other.rec >found
	seq 20 | grep -v 2 >expected
	same expected found
	rec-filter --limit 1k locate /2/ <a.rec | rec-join >found
	seq 100 | grep 2 >expected
	same expected found
	rec-filter -n 0 locate /2/ <a.rec | rec-join >found
	[ ! -s found ]
	[ "$(rec-filter -c -n 3 locate /2/ <a.rec)" = 3 ]
	rec-filter -n 2 -v locate /1/ <a.rec | rec-join >found
	printf '2\n3\n' >expected
	same expected found
	for n in 1 2 64 65 99 100 101; do
		rec-filter -n "$n" locate // <a.rec | rec-join >found
		seq 100 | head -n "$n" >expected
		same expected found
	done
	# What follows is not looked at: neither an endless input nor damage.
	statuses 'timeout 20 yes | rec-split | rec-filter -n 3 locate /y/ | rec-join'
	[ "${statuses#* }" = '0 0 0' ]
	[ "$(lines out)" -eq 3 ]
	seq 10 | REC_BLOCK=6 rec-split >a.rec
	head -c -10 a.rec >cut.rec
	statuses 'cat cut.rec | rec-filter -n 3 locate // | rec-join'
	[ "$statuses" = '0 0 0' ]
	[ "$(lines out)" -eq 3 ]
	statuses 'cat cut.rec | rec-filter -n 100 locate // | rec-join'
	[ "$statuses" = '0 65 65' ]
}

@test "rec-filter: -q tells by its status, and stops at the first record found" {
	printf 'a\nb\n' | REC_BLOCK=2 rec-split >a.rec
	for case in '0 locate /a/' '1 locate /x/' '0 nlocate /a/' '1 nlocate //' '1 -v locate //' '0 -v locate /a/'; do
		st=0
		# shellcheck disable=SC2086 # words
		rec-filter -q ${case#* } <a.rec >out 2>err || st=$?
		[ "$st" -eq "${case%% *}" ] || { echo "$case: $st" >&2; return 1; }
		[ ! -s out ]
		[ ! -s err ]
	done
	statuses 'timeout 20 yes | rec-split | rec-filter --quiet locate /y/'
	[ "${statuses#* }" = '0 0' ]
	# A record that is found is 0; else damage is reported rather than that none was found.
	head -c -1 a.rec >cut.rec
	st=0
	rec-filter -q locate /a/ <cut.rec 2>err || st=$?
	[ "$st" -eq 0 ]
	[ ! -s err ]
	st=0
	rec-filter -q locate /x/ <cut.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(lines err)" -eq 1 ]
	# Standard output is not used.
	rec-filter -q locate /a/ <a.rec >&-
	rec-filter -q locate /a/ <a.rec >/dev/full
}

@test "rec-filter: -c writes a number, also of what came before a fault" {
	seq 1000 | rec-split >a.rec
	[ "$(rec-filter --count locate /7/ <a.rec)" = 271 ]
	[ "$(rec-filter -c locate /x/ <a.rec)" = 0 ]
	statuses "rec-split cmd:'seq 1000; exit 3' | rec-filter -c locate /7/"
	[ "$statuses" = '65 65' ]
	[ "$(<out)" = 271 ]
	grep -q '^rec-filter: standard input: its producer failed: rec-split: cmd:' err
	# Rejected records may go to another output meanwhile.
	[ "$(rec-filter -c --else other.rec locate /7/ <a.rec)" = 271 ]
	[ "$(rec-join <other.rec | grep -vc 7)" -eq 729 ]
	# It still counts when the reader of the rejected ones has gone.
	[ "$(seq 300000 | rec-split | rec-filter -c --else cmd:'head -c 10 >/dev/null' locate /7/)" = "$(seq 300000 | grep -c 7)" ]
	st=0
	rec-filter -c locate /7/ <a.rec >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-filter -c locate /7/ <a.rec >&- 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(lines err)" -eq 1 ]
}

@test "rec-filter: --else writes a file, appends to one, and feeds a descriptor, a command or a FIFO" {
	seq 1000 >input
	grep 7 input >kept
	grep -v 7 input >rejected
	rec-split input >a.rec
	rec-filter --else file.rec locate /7/ <a.rec | rec-join | cmp kept -
	rec-join <file.rec | cmp rejected -
	# A file is replaced.
	rec-filter --else file.rec locate /7/ <a.rec | rec-join | cmp kept -
	rec-join <file.rec | cmp rejected -
	# Another stream after it makes one stream with it.
	rec-filter --else append:file.rec locate /7/ <a.rec | rec-join | cmp kept -
	rec-join <file.rec | cmp <(cat rejected rejected) -
	rec-filter --else append:new.rec locate /7/ <a.rec | rec-join | cmp kept -
	rec-join <new.rec | cmp rejected -
	rec-filter --else fd:5 locate /7/ 5>fd.rec <a.rec | rec-join | cmp kept -
	rec-join <fd.rec | cmp rejected -
	rec-filter --else ./a:b locate /7/ <a.rec | rec-join | cmp kept -
	rec-join <a:b | cmp rejected -
	# The command is waited for: its file is whole.
	rec-filter --else cmd:'rec-join >cmd.txt' locate /7/ <a.rec | rec-join | cmp kept -
	same rejected cmd.txt
	start sh -c 'exec rec-filter --else fifo:f locate /7/ <a.rec >kept.rec'
	rec-split --raw fifo:f 2>/dev/null | rec-join --as-is >/dev/null || true
	finish
	[ "$status" -eq 0 ]
	[ ! -e f ]
	rec-join <kept.rec | cmp kept -
	mkfifo f
	start sh -c 'exec rec-join <f >found'
	rec-filter --else fifo:f locate /7/ <a.rec | rec-join | cmp kept -
	finish
	[ "$status" -eq 0 ]
	[ ! -e f ]
	same rejected found
	# A descriptor that the shell opens.
	rec-filter --else >(rec-join >found; echo over >ended) locate /7/ <a.rec | rec-join | cmp kept -
	within test -s ended
	same rejected found
}

@test "rec-filter: a --else that cannot be opened or fails" {
	seq 10 | rec-split >a.rec
	mkdir dir
	for case in 'dir 73' 'nodir/x 73' 'fd:9 73' 'fd:0 73'; do
		statuses "rec-filter --else ${case% *} locate /1/ < <(cat a.rec) | rec-join"
		[ "$statuses" = "${case#* } 65" ] || { echo "$case: $statuses" >&2; return 1; }
		[ "$(lines err)" -eq 2 ]
		grep -q "^rec-filter: ${case% *}: " err
		grep -q "^rec-join: standard input: its producer failed: rec-filter: ${case% *}: " err
	done
	statuses "rec-filter --else cmd:'cat >/dev/null; exit 3' locate /1/ <a.rec | rec-join"
	[ "$statuses" = '74 65' ]
	[ "$(lines out)" -eq 2 ]
	grep -q '^rec-filter: cmd:cat >/dev/null; exit 3: exit status 3' err
	statuses "rec-filter --else cmd:no-such-command locate /1/ <a.rec 2>/dev/null | rec-join"
	[ "$statuses" = '127 65' ]
	statuses "rec-filter --else cmd:'rec-join >/dev/full' locate /1/ <a.rec | rec-join"
	[ "$statuses" = '74 65' ]
	statuses 'rec-filter --else /dev/full locate /1/ <a.rec | rec-join'
	[ "$statuses" = '74 65' ]
	[ "$(grep -c '^rec-filter: /dev/full: No space left on device' err)" -eq 1 ]
	# A reader of --else that wants no more is not an error, and the kept records go on.
	seq 300000 >input
	statuses "rec-split input | rec-filter --else cmd:'rec-filter -n 1 locate // >/dev/null' locate /7/ | rec-join"
	[ "$statuses" = '0 0 0' ]
	grep 7 input | cmp - out
	# Nor is a reader of the kept ones that wants no more: all records are rejected.
	statuses 'rec-split input | rec-filter --else other.rec locate /7/ | rec-filter -n 1 locate // | rec-join'
	[ "$statuses" = '0 0 0 0' ]
	[ "$(<out)" = 7 ]
	rec-join <other.rec >found
	grep -v 7 input | cmp - found
}

@test "rec-filter: the fault of an input is in the end marks of both outputs" {
	statuses "rec-split cmd:'seq 20; exit 3' | rec-filter --else other.rec locate /7/ | rec-join"
	[ "$statuses" = '65 65 65' ]
	[ "$(tr '\n' ' ' <out)" = '7 17 ' ]
	statuses 'rec-join <other.rec'
	[ "$statuses" = 65 ]
	[ "$(lines out)" -eq 18 ]
	grep -qx 'rec-join: standard input: its producer failed: rec-split: cmd:seq 20; exit 3: exit status 3' err
	seq 20 | rec-split | head -c -1 >cut.rec
	statuses 'rec-filter --else other.rec locate /7/ <cut.rec | rec-join'
	[ "$statuses" = '65 65' ]
	statuses 'rec-join <other.rec'
	[ "$statuses" = 65 ]
	grep -q 'its producer failed: rec-filter: standard input: cut off' err
}

@test "rec-filter: losses pass to both outputs and are reported at the end of the stream" {
	printf '\0361\n\0362\036' | rec-split -f json-seq >a.rec 2>/dev/null || true
	"$BUILD/tools/blocks" list <a.rec | grep -q '^loss '
	rec-filter --else other.rec locate /1/ <a.rec >kept.rec || true
	"$BUILD/tools/blocks" list <kept.rec | grep -q '^loss '
	"$BUILD/tools/blocks" list <other.rec | grep -q '^loss '
	rec-join <other.rec >out 2>err || true
	grep -q '^rec-join: .*left out' err
}

@test "rec-filter: wrong texts are refused, and the message says what to write" {
	seq 3 | rec-split >good.rec
	usage 'locate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis is locate [RANGE ...] [TEXT ...]' locate timeout
	usage 'nlocate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis is nlocate [RANGE ...] [TEXT ...]' nlocate timeout
	usage 'locate: a/b: write ,a/b,, or -e a/b; the synopsis is locate [RANGE ...] [TEXT ...]' locate a/b
	[ "$cases" -eq 3 ]
	for word in 500 x x4 x414 /a /a/b '' ' a' é /a/b/ ','; do
		st=0
		rec-filter locate "$word" <good.rec >out 2>err || st=$?
		[ "$st" -eq 64 ] || { echo "$word: $st" >&2; return 1; }
		[ ! -s out ]
		[ "$(lines err)" -eq 1 ]
		grep -q -F "rec-filter: locate: $word" err || [ -z "$word" ]
		# What the message says to write is right.
		cases=$((cases + 1))
	done
	[ "$cases" -eq 14 ]
	# It works.
	for word in timeout a/b a/b,c x 'a b'; do
		rec-filter locate "$word" <good.rec >out 2>err && return 1
		mend=$(sed 's/^.*: write \(.*\), or -e .*$/\1/' err)
		echo "$word" | rec-split >word.rec
		[ "$(rec-filter -c locate "$mend" <word.rec)" = 1 ] || { echo "$word: $mend" >&2; return 1; }
		[ "$(rec-filter -c locate "$mend" <good.rec)" = 0 ]
	done
	usage 'locate: 500: a column range is 500-500 or 500-*, a string is /500/; the synopsis is locate [RANGE ...] [TEXT ...]' locate 500
}

@test "rec-filter: wrong usage is 64 with one line, and nothing is written" {
	seq 3 | rec-split >good.rec
	usage 'a verb is needed, such as locate'
	usage 'a verb is needed, such as locate' -i
	usage '-n x: not a number of records such as 10 or 5k' -n x locate /a/
	usage '-q does not go with -c, -n or --else: it writes nothing and stops at the first record' -q -c locate /a/
	usage '-q does not go with -c, -n or --else: it writes nothing and stops at the first record' -q locate -n 3 /a/
	usage '-q does not go with -c, -n or --else: it writes nothing and stops at the first record' -q --else x locate /a/
	usage '--else -: standard output is taken already' --else - locate /a/
	usage '--else fd:1: standard output is taken already' --else fd:1 locate /a/
	usage '--else csv:-: standard output is taken already' --else csv:- locate /a/
	usage '-x: unknown option' -x locate /a/
	usage '-x: unknown option' locate -x /a/
	usage '-e: an argument is needed' locate -e
	usage '--else: an argument is needed' locate --else
	# After the first operand there are no options; after the verb, a - without a letter after
	# it begins an operand.
	[ "$(seq 5 | rec-split | rec-filter -c where '-$1 < -2')" = 3 ]
	[ "$(seq 5 | rec-split | rec-filter -c where '-(3) + $1 > 0')" = 2 ]
	[ "$(seq 5 | rec-split | rec-take while where -.5-\$1\>-3 | rec-join)" = "$(seq 2)" ]
	[ "$(seq 5 | rec-split | rec-only 'where -$1<-4' rec-take 0 | rec-filter -c locate)" = 4 ]
	usage 'locate: -i: options come before the first operand; a string is /-i/, or -e -i; the synopsis is locate [RANGE ...] [TEXT ...]' locate /a/ -i
	usage 'locate: -5x: not a range such as 3, 3-8, 3-*, 3.5 or -8:-1; a string is /-5x/; the synopsis is locate [RANGE ...] [TEXT ...]' locate -5x
	[ "$cases" -eq 15 ]
	st=0
	rec-filter nosuch /a/ <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ]
	[ ! -s out ]
	grep -q '^rec-filter: nosuch: no such verb; there are .*locate' err
	for bad in fd:x append: cmd: fifo:; do
		st=0
		rec-filter --else "$bad" locate /a/ <good.rec >out 2>err || st=$?
		[ "$st" -eq 64 ] || { echo "$bad: $st" >&2; return 1; }
		[ "$(lines err)" -eq 1 ]
		grep -q "^rec-filter: .*$bad: " err
		# If it wrote an end mark too, that is not a good one.
		if rec-join <out >joined 2>err; then return 1; fi
		[ ! -s joined ]
	done
	[ -z "$(find . -name x)" ]
}

@test "rec-filter: -h and -V answer on standard output" {
	rec-filter -h >out
	grep -q '^usage: rec-filter ' out
	for option in count text ignore-case limit quiet invert else help version; do
		grep -q -e "--$option" out
	done
	for verb in locate nlocate; do
		grep -q -w "$verb" out
	done
	rec-filter --help | cmp - out
	rec-filter locate -h | cmp - out
	rec-filter -V | grep -q '^rec-filter [0-9]'
}

@test "rec-filter: a full disk and a closed standard output are 74 with one line" {
	seq 10 | rec-split >a.rec
	st=0
	rec-filter locate /1/ <a.rec >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-filter: standard output: No space left on device' err
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-filter locate /1/ <a.rec >&- 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-filter: standard output: Bad file descriptor' err
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-filter locate /x/ <&- >out 2>err || st=$?
	[ "$st" -eq 74 ] || [ "$st" -eq 66 ]
	[ "$(lines err)" -eq 1 ]
	mkdir dir
	statuses 'rec-filter locate // <dir | rec-join'
	[ "$statuses" = '66 65' ]
	[ "$(lines err)" -eq 2 ]
	# The other output gets the reason.
	st=0
	seq 100000 | rec-split | rec-filter --else other.rec locate /1/ >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	statuses 'rec-join <other.rec'
	[ "$statuses" = 65 ]
	grep -q 'its producer failed: rec-filter: standard output: No space left on device' err
}

# ---- where ----

@test "rec-filter: where keeps the records that satisfy the condition" {
	input='GET a 100\nPUT b 50\n\nGET  c 99 x\n'
	keeps "$input" 'GET a 100\n' where '$3 >= 100 && $1 == "GET"'
	keeps "$input" 'PUT b 50\n' where '/PUT/'
	keeps "$input" 'PUT b 50\n' where '$1 ~ /^P/'
	keeps "$input" 'PUT b 50\n\nGET  c 99 x\n' where '$3 < 100'
	keeps "$input" 'PUT b 50\nGET  c 99 x\n' where '$3 < 100 && NF'
	keeps "$input" '\n' where '$1 == null'
	keeps "$input" '\n' where '$0 == ""'
	keeps "$input" 'GET  c 99 x\n' where '$NF == "x" && $(NF-1) == 99'
	keeps "$input" 'GET a 100\nPUT b 50\n' where 'NF == 3'
	keeps "$input" 'PUT b 50\nGET  c 99 x\n' where '$2 in ("b", "c")'
	keeps "$input" 'GET a 100\n' where 'POS == 0'
	keeps "$input" '\nGET  c 99 x\n' where 'POS > 1'
	keeps "$input" "$input" where 1
	keeps "$input" '' where 0
	keeps "$input" '' where '""'
	keeps "$input" 'GET a 100\nGET  c 99 x\n' where 'substr($1, 1, 1) == "G"'
	keeps "$input" 'GET a 100\nGET  c 99 x\n' -i where '$1 == "get" && /geT/'
	keeps "$input" '' where '$1 == "get" || /geT/'
	keeps "$input" 'PUT b 50\n' where -i '$1 ~ "^p"'
	# By -e, before the verb and after it; a condition may contain any delimiters.
	keeps "$input" 'PUT b 50\n' -e '/PUT/' where
	keeps "$input" 'PUT b 50\n' where -e '/PUT/'
	keeps "$input" 'PUT b 50\n' where --text '$2 == "b"'
	# -v with --else, and a division by zero, which no record satisfies.
	keeps "$input" 'PUT b 50\n' where '1 / ($3 - 100) && $2 == "b"'
	[ "$cases" -eq 23 ]
}

@test "rec-filter: where takes fields by -F, with the contents that -F says" {
	input='a\tb c\t7\n\t\t\nx,y, 7 ,z\n::1::2\n'
	keeps "$input" 'a\tb c\t7\n' -F TAB where '$2 == "b c" && $3 == 7'
	keeps "$input" 'a\tb c\t7\n' where -F '\t' '$3 > 6'
	keeps "$input" '\t\t\n' -F TAB where 'NF == 3 && $1 == "" && $1 != null && $4 == null'
	keeps "$input" 'x,y, 7 ,z\n' -F , where '$3 == 7 && $3 != "7"'
	keeps "$input" 'x,y, 7 ,z\n' -F , where '$NF == "z" && $(NF - 2) ~ /y/'
	keeps "$input" '::1::2\n' -F :: where '$1 == "" && $2 == 1 && $3 == 2'
	keeps "$input" 'x,y, 7 ,z\n' -F , where 'csv(2) == "y"'
	[ "$cases" -eq 7 ]
	rec-split <input >good.rec
	usage '-F abc: a separator is one character, two hexadecimal digits, BLANK, SPACE, TAB, or a string such as /abc/' -F abc where 1
}

@test "rec-filter: -F takes punctuation with a backslash before it, as awk does" {
	printf '%s\n' 'a|b|c' 'a||b|c' 'a\|b|c' 'a\b.c' | rec-split >in.rec
	[ "$(rec-filter -F '\|' where '$2 == "b" && NF == 3' <in.rec | rec-join)" = 'a|b|c
a\|b|c' ]
	[ "$(rec-filter -F '\|\|' where '$2 == "b|c"' <in.rec | rec-join)" = 'a||b|c' ]
	for backslash in "\\\\" "\\"; do
		[ "$(rec-filter -F "$backslash" where '$2 == "b.c"' <in.rec | rec-join)" = 'a\b.c' ]
	done
	[ "$(rec-filter -F '/\|/' where '$2 == "b|c"' <in.rec | rec-join)" = 'a\|b|c' ]
	[ "$(rec-filter -F '\.' locate f2 /c/ <in.rec | rec-join)" = 'a\b.c' ]
	[ "$(rec-filter locate fs '\.' f2 /c/ <in.rec | rec-join)" = 'a\b.c' ]
}

@test "rec-filter: where compares columns of a table, by name and by number" {
	printf 'id,"unit price",note\n1,2.5,"a, ""b"""\n2,10,"two\nlines"\n3,,\n4\n' >in.csv
	printf 'id,"unit price",note\n2,10,"two\nlines"\n' >expected
	for size in 1 9 100000; do
		REC_BLOCK=$size rec-split -H -f csv in.csv >in.rec
		for condition in '."unit price" > 9' '.id == 2' '.note ~ /o\nl/' 'csv(2) == "10"' '$2 == 10' 'range("f2") == 10' '$(NF-1) > 9'; do
			rec-filter where "$condition" <in.rec | rec-join >found
			same expected found
		done
	done
	[ "$(rec-filter -v -c where '.id == 2' <in.rec)" -eq 3 ]
	[ "$(rec-filter -c where '.note == "a, \"b\""' <in.rec)" -eq 1 ]
	[ "$(rec-filter -c where '."unit price" == ""' <in.rec)" -eq 2 ]
	[ "$(rec-filter -c where '."unit price" == null' <in.rec)" -eq 1 ]
	[ "$(rec-filter -c where 'NF == 3 && $0 !~ /id/' <in.rec)" -eq 3 ]
	cp in.rec good.rec
	usage 'where: at "csv(id) == 2" (byte 1): a column is named by a dot: .id, and rec-split -f csv -H takes the names from the first row; the synopsis is where EXPR' where 'csv(id) == 2'
	usage 'where: at "csv("unit price") ==" (byte 1): a column is named by a dot: ."unit price", and rec-split -f csv -H takes the names from the first row; the synopsis is where EXPR' where 'csv("unit price") == 2'
	st=0
	rec-filter where '.nothing == 2' <in.rec >out 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -qx 'rec-filter: where: .nothing: no such column (the table has id, "unit price", note)' err
}

@test "rec-filter: locate finds a text in a part of a part, also if the record writes it in another way" {
	printf 'id\tnote\n1\t"a""b",c\n2\t{"k":"t\\u0065st"}\n3\ttest\n' >in.tsv
	rec-split -f tsv -H in.tsv | rec-filter locate substr csv 1 of .note '/a"b/' | rec-join --no-header >out
	printf '1\t"a""b",c\n' | same - out
	for part in .note w2; do
		rec-split -f tsv -H in.tsv | rec-filter locate substr .k of $part /test/ | rec-join --no-header >out
		printf '2\t{"k":"t\\u0065st"}\n' | same - out
	done
	rec-split in.tsv | rec-filter locate substr .k of w2 /test/ | rec-join | same out -
}

@test "rec-filter: where looks into JSON" {
	printf '%s\n' '{"id":5,"user":{"name":"\u00e9l"},"ok":true}' '{"id":"5","items":[{"sku":"a1"}],"odd name":0}' \
		'{"s":"{\"id\":5}","id":4,"ok":false}' '[5]' >in.json
	rec-split -f json in.json >in.rec
	try() {
		[ "$(rec-filter where "$1" <in.rec | rec-view | awk '{ printf "%s", $1 }')" = "$2" ] || { echo "$1" >&2; return 1; }
		cases=$((${cases:-0} + 1))
	}
	try '.id == 5' 0
	try '.id >= 5' 0
	try '.id == "5"' 1
	try '.id + 0 > 3 && .id < 10' 02
	try '.id in (4, 5)' 02
	try '.user.name == "él"' 0
	try '.user.name ~ /^.l$/' 0
	try '.user.name != null' 0
	try '.ok' 0
	try '.ok == false' 2
	try '!.ok' 123
	try '.items[0].sku == "a1"' 1
	try '.items[-1].sku > "a"' 1
	try '."odd name" == 0 && ."odd name" != null' 1
	try '.[0] == 5' 3
	try '.id == null' 3
	try '.id' 012
	[ "$cases" -eq 17 ]
}

@test "rec-filter: where: a missing field or member is no number, of equal members the last counts, and a record that is not JSON has none" {
	keeps '1 2 0\n1 2\n1\n\n' '1 2 0\n' where '$3 == 0'
	keeps '1 2 0\n1 2\n' '1 2\n' where '$3 != 0'
	keeps '1,2,0\n1,2,\n1,2\n' '1,2\n' -F , where '$3 == null'
	keeps '007\n7\n7.0\n' '007\n' where '$1 == "007"'
	local records='{"exit_code":0}\n{}\n{"exit_code":null}\n{"exit_code":"0"}\n{"exit_code":1,"exit_code":0}\n{"exit_code":0,\nno\n'
	keeps "$records" '{"exit_code":0}\n{"exit_code":1,"exit_code":0}\n' where '.exit_code == 0'
	keeps "$records" '{}\n{"exit_code":null}\n{"exit_code":"0"}\n' where '!(.exit_code == 0)'
	keeps "$records" '{}\n{"exit_code":null}\n' where '.exit_code == null'
	# shellcheck disable=SC2059
	[ "$(printf "$records" | rec-split | rec-filter -c -v where '.exit_code != null')" = 4 ]
}

@test "rec-filter: where compares integers by all their digits" {
	keeps '1297353019288453121\n1297353019288453122\n' '1297353019288453122\n' where '$1 == 1297353019288453122'
	keeps '1297353019288453121\n1297353019288453122\n' '1297353019288453121\n' where '$1 in (1297353019288453121)'
	keeps '-100000000000000000001 -100000000000000000000\n' '-100000000000000000001 -100000000000000000000\n' where '$1 < $2'
	keeps '{"id":1297353019288453121}\n{"id":1297353019288453122}\n' '{"id":1297353019288453121}\n' where '.id == 1297353019288453121'
	keeps '9223372036854775807\n' '9223372036854775807\n' where '$1 + 1 "" == "9223372036854775808"'
}

@test "rec-filter: where takes any bytes, positions as they are, and no records" {
	# NULs and newlines are bytes like others; a newline separates fields, as a space does.
	printf 'a\0b 1;c\nd\n2;\377\303 3;' | rec-split -d ';' >in.rec
	[ "$(rec-filter where '$1 == "a\0b"' <in.rec | rec-view | wc -l)" -eq 1 ]
	[ "$(rec-filter -c where '$3 == 2 && $1 == "c" && $2 == "d"' <in.rec)" -eq 1 ]
	[ "$(rec-filter -c where 'length == 4' <in.rec)" -eq 1 ]
	[ "$(LC_ALL=C rec-filter -c where '$1 == "\377\303" && length($1) == 2' <in.rec)" -eq 1 ]
	[ "$(rec-filter -c where '/a\0b/' <in.rec)" -eq 1 ]
	# Positions are those of the source.
	seq 0 999 | REC_BLOCK=100 rec-split | rec-filter locate /7/ | rec-filter where 'POS % 2 == 0 && POS == $1 && POS > 700' | rec-join >found
	seq 700 999 | grep 7 | awk '$1 % 2 == 0 && $1 > 700' >expected
	same expected found
	rec-split </dev/null | rec-filter where '$1 == 2' | rec-join >found
	[ ! -s found ]
	[ "$(rec-split </dev/null | rec-filter -c where 'NF == 0')" = 0 ]
	# The locale says what a character is.
	printf 'é\n' | rec-split >in.rec
	[ "$(rec-filter -c where 'length == 1 && toupper($0) == "É"' <in.rec)" = 1 ]
	[ "$(LC_ALL=C rec-filter -c where 'length == 2' <in.rec)" = 1 ]
	# A large record, whose fields are looked up from both ends.
	seq 200000 | tr '\n' ' ' >big
	rec-split --whole big >in.rec 2>/dev/null || { cat big; echo; } | rec-split >in.rec
	[ "$(rec-filter -c where '$100000 == 100000 && $NF == 200000 && NF == 200000 && $(NF-1) == 199999' <in.rec)" = 1 ]
}

@test "rec-filter: where refuses what is no condition, with the place and what to write" {
	printf 'a\n' | rec-split >good.rec
	local end='; the synopsis is where EXPR'

	usage "where: at \"= 3\" (byte 4): a comparison is ==$end" where '$1 = 3'
	usage "where: at the end (byte 1): a value is expected$end" where ''
	usage "where: at the end (byte 5): a value is expected$end" where '$1 +'
	usage "where: at \"{ print }\" (byte 8): a condition has no actions: what satisfies it is kept$end" where '$1 > 2 { print }'
	usage "where: at \"~ /x/\" (byte 5): awks do not agree on ! before ~: write !(A ~ B), or (!A) ~ B$end" where '!$1 ~ /x/'
	usage "where: at \"/a(/\" (byte 6): within the regular expression at \"(\" (byte 2): no ) closes the parenthesis$end" where '$1 ~ /a(/'
	usage "where: at \"GET\" (byte 7): no such word; a string is \"GET\", a column or a member of JSON .GET$end" where '$1 == GET'
	usage "where: a condition is needed, one word of the shell: '\$3 > 100'$end" where
	usage "where: 3: one condition is expected, one word of the shell, not 3$end" where '$1' '>' 3
	usage "where: -e: one condition is expected, one word of the shell, not 2$end" where -e 1 -e 2
	usage "where: 1: one condition is expected, one word of the shell, not 2$end" -e 1 where 1
	[ "$cases" -eq 11 ]
	rec-filter help where >out
	grep -qx 'where EXPR' out
	grep -q 'rec-expr(7)' out
}

@test "rec-filter: where is quoted alike in bash and dash" {
	command -v dash >/dev/null || skip 'dash is not installed'
	printf 'it'"'"'s $1 \\ "x"\n' | rec-split >in.rec
	cat >script <<-'EOT'
		limit=0
		rec-filter -c where '$0 ~ /^it.s/ && $2 == "$1" && $3 == "\\"' <in.rec
		rec-filter -c where "\$1 == \"it's\" && NF > $limit" <in.rec
		rec-filter -c where '$4 == "\"x\"" && $1 ~ "\x27s$"' <in.rec
	EOT
	printf '1\n1\n1\n' >expected
	for shell in bash dash sh; do
		"$shell" script >found
		same expected found
	done
}

# Each line: an expression of rec, one of awk with the same value, of a random string S. Numbers are
# made of what S begins with.
functions_of_awk() {
	cat <<-'EOT'
		toupper(S)	toupper(s)
		lower(S)	tolower(s)
		length(S)	length(s)
		substr(S, 3)	substr(s, 3)
		substr(S, 2, 4)	substr(s, 2, 4)
		index(S, "a1")	index(s, "a1")
		gsub(S, /a/, "<&>")	gs(s, "a", "<&>")
		gsub(S, /[0-9]+/, "N")	gs(s, "[0-9]+", "N")
		gsub(S, /[^a-c]*/, "-")	gs(s, "[^a-c]*", "-")
		gsub(S, /b*/, "")	gs(s, "b*", "")
		gsub(S, /y*/, "_")	gs(s, "y*", "_")
		gsub(S, /^.|.$/, "[\\&]")	gs(s, "^.|.$", "[\\&]")
		gsub(S, /(ab|a|b1)+/, "[&]")	gs(s, "(ab|a|b1)+", "[&]")
		gsub(S, / |,/, "")	gs(s, " |,", "")
		gsub(S, /$/, "!")	gs(s, "$", "!")
		sub(S, /[0-9]/, "(&)")	sb(s, "[0-9]", "(&)")
		sub(S, /b*/, "-")	sb(s, "b*", "-")
		sub(S, /[a-c]+,?/, "")	sb(s, "[a-c]+,?", "")
		split(S, ",")	split(s, a, ",")
		split(S, ",", 2)	part(s, ",", 2)
		split(S, /[,.]+/)	split(s, a, /[,.]+/)
		split(S, /[,.]+/, 3)	part(s, "[,.]+", 3)
		split(S, /ab?/)	split(s, a, /ab?/)
		split(S, " ")	split(s, a, " ")
		split(S, " ", 1)	part(s, " ", 1)
		int(S)	int(s)
		int(S * 1.7)	int(s * 1.7)
		sqrt(S ^ 2)	sqrt(s ^ 2)
		log(S ^ 2 + 1)	log(s ^ 2 + 1)
		exp(1 / (S ^ 2 + 1))	exp(1 / (s ^ 2 + 1))
		sprintf("%s|%5s|%-5s|%.2s|%7.3s|", S, S, S, S, S)	sprintf("%s|%5s|%-5s|%.2s|%7.3s|", s, s, s, s, s)
		sprintf("%d|%5d|%-5d|%05d|%+d|% d|%.3d", S, S, S, S, S, S, S)	sprintf("%d|%5d|%-5d|%05d|%+d|% d|%.3d", s, s, s, s, s, s, s)
		sprintf("%f|%.1f|%8.2f|%e|%G|%g|%#.3g", S, S, S, S, S, S, S)	sprintf("%f|%.1f|%8.2f|%e|%G|%g|%#.3g", s, s, s, s, s, s, s)
		sprintf("%x|%X|%o|%#x|%i%%", int(S ^ 2) % 65536, int(S ^ 2) % 65536, int(S ^ 2) % 65536, int(S ^ 2) % 65536, S)	sprintf("%x|%X|%o|%#x|%i%%", int(s ^ 2) % 65536, int(s ^ 2) % 65536, int(s ^ 2) % 65536, int(s ^ 2) % 65536, s)
		sprintf("%c%c", "a" S, length(S) + 40)	sprintf("%c%c", "a" s, length(s) + 40)
	EOT
}

@test "rec-filter: where: functions give what those of awk give" {
	local awks=() name rec awk n=0

	for name in gawk mawk original-awk; do
		command -v "$name" >/dev/null && awks+=("$name")
	done
	[ "${#awks[@]}" -gt 0 ] || skip 'none of mawk, gawk and original-awk is installed'
	"${awks[0]}" -v seed="${REC_SEED:-1}" 'BEGIN {
		srand(seed)
		while (n++ < 1500) {
			s = rand() < .5 ? int(rand() * 2000) / (rand() < .5 ? 1 : 8) : ""
			for (i = int(rand() * 12); i > 0; i--)
				s = s substr("aabbcy11205,,. ", int(rand() * 15) + 1, 1)
			print s
		}
	}' >in
	functions_of_awk >cases
	while IFS=$'\t' read -r rec awk; do
		for name in "${awks[@]}"; do
			LC_ALL=C "$name" '
			function gs(s, e, t) { gsub(e, t, s); return s }
			function sb(s, e, t) { sub(e, t, s); return s }
			function part(s, e, n,   a) { split(s, a, e); return a[n] }
			{ s = $0 ""; v = '"$awk"'; print s "\t" v }' in >values
			rec-split values | LC_ALL=C rec-filter -v -F TAB where -e "${rec//S/\$1} \"\" == \$2 \"\"" | rec-join >differ
			[ ! -s differ ] || { echo "$name: $rec"; head -n 3 differ; } >&2
			[ ! -s differ ] || return 1
			[ "$(rec-split values | rec-filter -c -F TAB where NF)" -eq 1500 ]
			n=$((n + 1))
		done
	done <cases
	[ "$n" -eq $((35 * ${#awks[@]})) ]
}

@test "rec-filter: where keeps what awk prints" {
	local awks=() name n=0

	# busybox awk is not used: 010 is 8 for it, and it may have been built without powers.
	for name in gawk mawk original-awk; do
		command -v "$name" >/dev/null && awks+=("$name")
	done
	[ "${#awks[@]}" -gt 0 ] || skip 'none of mawk, gawk and original-awk is installed'
	# Each record has four fields: about a missing one, awks differ from POSIX; about 0x10, too.
	for i in 0 1 10 9 -3 1.5 010 1e2 +2 abc x1 3x .5 -0 1e; do
		for k in 1 9a 10 b 100 -2; do
			echo "$i $k $i 1.0"
			echo " $k 2	$i $k "
		done
	done >in
	rec-split in >in.rec
	cat >conditions <<-'EOT'
		$1 == 10
		$1 > $2
		$1 <= $2 && $3 != $4
		$1 < "2" || $2 == "b"
		$1 + $2 > 10
		$1 * 2 - $2 ^ 2 < -3 * -1
		-$1 > 2
		-.5 - $1 > 2 && -(3) < $1
		!$1
		!$1 + $2 > 1
		$1 $2 < "5"
		$1 " " -1 == "10 -1" || $1 -1 == 9
		($1 > 3) ($2 > 3) == "11"
		$1 % 3 == 1
		2 ^ 3 ^ 1 == 8 && $1 / 4 > 1
		$0 ~ /^[0-9]/ && $1 !~ /x/
		/1[0.]/
		$1 ~ "^[+-]" || $2 ~ "a$"
		$NF == $4 && $(NF-2) > 1
		NF == 4 && $(1 + 1) == 10
		length($1) == 2 || length > 14
		substr($1, 2) == "" && substr($1 $2, 1, 2) == "11"
		substr($1 $2, 2, 2) == "00" || substr($2, 3) == "0"
		index($0, "0") > 3
		index($1, "") == 1 && index($2, "x") == 0 && $1 > 9
		toupper($1) == "ABC" || tolower($2) == "9A"
		$1 ? $2 > 5 : $2 < 5
		$1 == "abc" ? 1 : $1 > 50 ? 0 : $2 == 9
		$1 == $3
		$1 "" == $2
		$1 + 0 == $1
		($1 < 5) == ($2 < 5)
		1e2 == $1
	EOT
	while IFS= read -r condition; do
		rec-filter where -e "$condition" <in.rec | rec-join >found
		for name in "${awks[@]}"; do
			"$name" -- "$condition" in >expected
			same expected found || { echo "$name: $condition" >&2; return 1; }
			n=$((n + 1))
		done
	done <conditions
	[ "$n" -eq $((33 * ${#awks[@]})) ]
}

@test "rec-filter: --texts, strings from a file, one a line" {
	printf 'apple\npear\n\ncherry\nPEAR\n' | rec-split >input.rec
	printf 'ea\nerr\n' >list
	: >none
	while read -r want words; do
		eval "rec-filter $words" <input.rec | rec-join | paste -sd . - | same - <(echo "$want")
		cases=$((${cases:-0} + 1))
	done <<-'END'
		pear.cherry          locate --texts list
		pear.cherry          --texts=list locate
		pear.cherry.PEAR     --texts list -i locate
		apple..PEAR          --texts list nlocate
		apple..PEAR          --texts list -v locate
		apple.pear.cherry    --texts list locate /pp/
		apple.pear.cherry    --texts list -e pp locate
		pear.cherry          --texts list --texts none locate
		pear                 --texts list locate 3-4 2-3
		pear.cherry          --texts <(printf 'ea\nerr') locate
		apple.pear..cherry.PEAR --texts <(printf 'x\n\n') locate
		pear                 --texts <(printf 'ea\r\nea\n') locate
		apple                --texts none locate /pp/
	END
	[ "$cases" -eq 13 ]
	# A file without a line has no string, and every record lacks that; an empty line is the
	# empty string.
	for verb in locate 'locate 1-1' match 'match w1'; do
		case $verb in locate*) list=--texts ;; *) list=--eres ;; esac
		# shellcheck disable=SC2086 # words
		[ "$(rec-filter -c $list none $verb <input.rec)" -eq 0 ] && [ "$(rec-filter -c $list none n$verb <input.rec)" -eq 5 ]
		printf '\n' >blank
		# shellcheck disable=SC2086 # words
		[ "$(rec-filter -c $list blank $verb <input.rec)" -eq $((${#verb} > 6 ? 4 : 5)) ]
	done
	# Any bytes but a newline.
	printf '3:a\0b,2:\377c,1:c,' | rec-split -f netstring >input.rec
	printf '\0b\n\377\n' >list
	[ "$(rec-filter -c --texts list locate <input.rec)" -eq 2 ]
}

@test "rec-filter: --eres, expressions from a file, one a line" {
	printf 'apple\npear\n\ncherry\nPEAR\na)\n' | rec-split >input.rec
	printf '^p|e$\n(r)+y\n' >list
	: >none
	while read -r want words; do
		eval "rec-filter $words" <input.rec | rec-join | paste -sd . - | same - <(echo "$want")
		cases=$((${cases:-0} + 1))
	done <<-'END'
		apple.pear.cherry    match --eres list
		apple.pear.cherry.PEAR --eres list -i match
		.PEAR.a)             --eres list nmatch
		apple.pear.cherry.a) --eres list match '/\)/'
		apple.pear.cherry.a) --eres list -e '^a' match
		apple.pear.cherry    --eres list --eres none match
		pear                 --eres <(echo ^e) match 2-3
		apple.a)             --eres <(printf '^a\n)\n') match
		apple.pear..cherry.PEAR.a) --eres <(printf 'x\n\n') match
		pear                 --eres none match /pea/
	END
	[ "$cases" -eq 10 ]
	printf '3:a\nb,1:c,' | rec-split -f netstring >input.rec
	[ "$(rec-filter -c --each-line --eres <(printf '^b$\n^x\n') match <input.rec)" -eq 1 ]
	[ "$(rec-filter -c --eres <(printf '^b$\n^x\n') match <input.rec)" -eq 0 ]
	# More than one automaton takes, and lines that fill one.
	seq 20000 30000 | sed 's/$/(a|b)+$/' >list
	printf '20000a\n29999bbb\n19999a\n25000\n31000b\n' | rec-split >input.rec
	rec-filter --eres list match <input.rec | rec-join | same - <(printf '20000a\n29999bbb\n')
	printf '%s\n' '(x{100}){200}y' '(z{100}){300}' '(w{150}){200}' w >list
	printf 'xxy\nwww\n%020000dy\n' 0 | tr 0 x | rec-split >input.rec
	rec-filter --eres list match <input.rec | rec-join | cut -c 1-3 | same - <(printf 'www\nxxx\n')
}

# bats test_tags=random
@test "rec-filter: lists of strings and of expressions against grep -F -f and grep -E -f" {
	while rounds; do
		for ((i = RANDOM % 200; i > 0; i--)); do
			echo "$RANDOM$((RANDOM % 4))"
		done >input
		REC_BLOCK=$((RANDOM % 900 + 1)) rec-split <input >input.rec
		for ((i = RANDOM % 40 * (RANDOM % 20); i > 0; i--)); do
			echo $((RANDOM % 1000 + 100))
		done >list
		grep -F -f list input >kept.want || :
		rec-filter --else other.rec --texts list locate <input.rec >kept.rec
		rec-join <kept.rec | same kept.want -
		"$BUILD/tools/divided" input.rec <<<'kept.rec other.rec ?'
		sed 's/^\(.\)\(.\)/^[\1-9]*\2+/; s/7$/(8|9)$/; s/6$/./' list >eres
		grep -E -f eres input >kept.want || :
		rec-filter --else other.rec --eres eres match <input.rec >kept.rec
		rec-join <kept.rec | same kept.want -
		"$BUILD/tools/divided" input.rec <<<'kept.rec other.rec ?'
	done
}

@test "rec-filter: a list that cannot be read, or has a wrong line, is one line with its status" {
	seq 3 | rec-split >good.rec
	mkdir dir
	printf 'ok\na(b\nx[\n' >bad
	cases=0
	while IFS='|' read -r status words message; do
		st=0
		eval "rec-filter $words" <good.rec >out 2>err || st=$?
		[ "$st" -eq "$status" ] || { echo "$words: $st" >&2; return 1; }
		[ "$status" -ne 64 ] || message="$message (rec-filter -h shows the usage)"
		echo "rec-filter: $message" | same - <(sed 's,/dev/fd/[0-9]*,LIST,' err)
		! rec-join <out >joined 2>/dev/null && [ ! -s joined ]
		cases=$((cases + 1))
	done <<-'END'
		64|--texts bad match /a/|--texts goes with locate and nlocate
		64|--eres bad locate /a/|--eres goes with match and nmatch
		64|--texts bad where 1|--texts goes with locate and nlocate
		64|--eres bad strfind /a/|--eres goes with match and nmatch
		66|--texts nosuch locate|--texts nosuch: No such file or directory
		66|--eres dir match|--eres dir: Is a directory
		64|--eres bad match|--eres bad: line 2: at "(b" (byte 2): no ) closes the parenthesis
		64|--eres <(printf 'a\n\nb\\') match|--eres LIST: line 3: at "\" (byte 2): a backslash at the end; a backslash itself is \\
		64|--eres <(echo 'x{9}'; echo '((a{99}){99}){99}') match|--eres LIST: line 2: the expression is too large: its automaton would have more than 40000 states
		64|--eres <(printf '%040000d\n' 0) match|--eres LIST: line 1: the expression has 40000 bytes; at most 32768 are allowed
		64|--texts - locate|--texts -: the records come from standard input; name a file, a FIFO, or <(PROGRAM) in bash
		64|--eres bad -e a -e b match|--eres bad: line 2: at "(b" (byte 2): no ) closes the parenthesis
		64|--eres <(echo x) match /a/ /b/|match: /b/: one expression is expected, not 2; the synopsis is match [RANGE ...] ERE
		64|--texts|--texts: an argument is needed
	END
	[ "$cases" -eq 14 ]
	# Not under another name either: it would take the records.
	st=0
	rec-split <<<x | rec-filter --texts /dev/stdin locate >out 2>err || st=$?
	[ "$st" -eq 64 ] && grep -q -e '--texts /dev/stdin: the records come from standard input' err
	if [ "$(id -u)" -ne 0 ]; then
		chmod 0 bad
		run -77 rec-filter --texts bad locate <good.rec
	fi
}

@test "rec-filter: every command with a verb takes lists, in words and in a phrase" {
	printf '3\n5\n' >list
	printf '^[35]$\n' >eres
	seq 9 | rec-split >input.rec
	while read -r want words; do
		eval "$words" <input.rec | rec-join | paste -sd ' ' - | same - <(echo "${want//./ }")
		cases=$((${cases:-0} + 1))
	done <<-'END'
		1.2            rec-take until locate --texts list
		1.2            rec-take --eres eres until match
		5.6.7.8.9      rec-drop --after while nlocate --texts list | rec-drop 1
		2.3.4.5.6      rec-around -C 1 locate --texts list
		2.3.4.5.6      rec-around -C 1 match --eres eres
		3.5            rec-route 'locate --texts list' - /dev/null
		3.5            rec-route 'match --eres=eres' - /dev/null
		1.2.3.4.6.7.8.9 rec-only '--texts list locate' rec-take 1
	END
	[ "$cases" -eq 8 ]
	for words in "rec-take until locate --texts nosuch" "rec-only 'locate --texts nosuch' cat" "rec-route 'locate --texts nosuch' x" \
		"rec-around -C 1 locate --texts nosuch" "rec-drop while --texts nosuch locate"; do
		st=0
		eval "$words" <input.rec >out 2>err || st=$?
		[ "$st" -eq 66 ] && [ "$(<err)" = "${words%% *}: --texts nosuch: No such file or directory" ]
	done
}
