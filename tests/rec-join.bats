#!/usr/bin/env bats
# rec-join: records to bytes. Most tests give it records as netstrings, which show exactly what is
# in them.

load helper

# gives NETSTRINGS BYTES ARG ...: from these records rec-join makes these bytes (both as printf
# takes them).
gives() {
	local netstrings=$1 bytes=$2

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf "$netstrings" | rec-split -f netstring >records && printf "$bytes" >expected || return
	rec-join "$@" <records >found || return
	same expected found || {
		echo "of: $netstrings, by: $*" >&2
		return 1
	}
	cases=$((${cases:-0} + 1))
}

# refuses NETSTRINGS BYTES POSITION ARG ...: 65, one line that names the position, and the bytes of
# the records before.
refuses() {
	local netstrings=$1 bytes=$2 position=$3 st=0

	shift 3
	# shellcheck disable=SC2059
	printf "$netstrings" | rec-split -f netstring >records && printf "$bytes" >expected || return
	rec-join "$@" <records >found 2>said || st=$?
	[ "$st" -eq 65 ] || { echo "status $st of: $netstrings, by: $*" >&2; return 1; }
	[ "$(lines said)" -eq 1 ] || return
	grep -q "^rec-join: record $position: " said || { cat said >&2; return 1; }
	same expected found || return
	cases=$((${cases:-0} + 1))
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	echo x | rec-split | rec-join "$@" >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || return
	echo "rec-join: $message (rec-join -h shows the usage)" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

# clean: no temporary file is left of one that was to be published.
clean() {
	find . -name '.?*' ! -name .within >litter
	[ ! -s litter ] || { cat litter >&2; return 1; }
}

@test "rec-join: every framing makes the bytes that it should" {
	gives '3:one,0:,3:a\nb,' 'one\n\na\nb\n'
	gives '3:one,0:,3:a\nb,' 'one\n\na\nb\n' -f lines
	gives '3:one,0:,3:a\nb,' 'one\r\n\r\na\nb\r\n' -f crlf
	gives '3:one,0:,3:a\nb,' 'one\0\0a\nb\0' -f nul
	gives '3:one,0:,3:a\nb,' 'one\0\0a\nb\0' -0
	gives '3:one,0:,3:a\nb,' 'one::::a\nb::' -d ::
	gives '3:one,0:,3:a\nb,' 'one\t\ta\nb\t' -f 'delim:\t'
	gives '3:one,3:a\nb,' 'one\n\na\nb\n\n' -f paragraphs
	gives '3:one,3:a\nb,' 'one\n\na\nb\n\n' -p
	gives '3:one,4:a\n b,0:,' 'one\na\n b\n\n' -f indented
	gives '3:one,3:a\nb,' 'onea\nb' -f fixed:3
	gives '3:one,2:ab,' 'oneab' -f fixed:3 --short
	gives '3:one,2:ab,' 'one\nab\n' -f words
	gives '7:\\\n\r\t\0\377a,0:,' '\\\\\\n\\r\\t\\0\\xffa\n\\\n' -f escaped
	gives '3:one,0:,' '3:one,0:,' -f netstring
	gives '3:one,0:,' '\003one\000' -f u8
	gives '3:one,0:,' '\000\003one\000\000' -f u16be
	gives '3:one,0:,' '\003\000one\000\000' -f u16le
	gives '3:one,0:,' '\000\000\000\003one\000\000\000\000' -f u32be
	gives '3:one,0:,' '\003\000\000\000one\000\000\000\000' -f u32le
	gives '3:one,' '\000\000\000\000\000\000\000\003one' -f u64be
	gives '3:one,' '\003\000\000\000\000\000\000\000one' -f u64le
	gives '3:one,0:,' '\003one\000' -f varint
	gives '3:one,0:,' '\000\007\000\000one\000\004\000\000' -f v
	gives '3:one,0:,' '\000\017\000\000\000\007\000\000one\000\004\000\000' -f vb
	gives '3:a,b,5:"a\n",,' 'a,b\n"a\n",\n' -f csv
	gives '3:a;b,4:"\n;",' 'a;b\n"\n;"\n' -f 'csv:;'
	gives '3:a,b,' 'a,b\r\n' -f csv-crlf
	gives '2:{},5:[1,2],' '{}\n[1,2]\n' -f json
	gives '3:a\nb,1:\n,' 'a\nb\n\n\n' -f lines:2
	gives '3:a\nb,1:c,' 'a\nb\nc\n' -f lines:2 --short
	gives '3:one,0:,3:a\nb,' 'onea\nb' -f none
	gives '2:{},6:[1\n,2],5:"a b",' '{}\n[1,2]\n"a b"\n' -f jsonl
	gives '6:[1\n,2],' '[1,2]\n' -f ndjson
	gives '2:{},5:[1,2],' '\036{}\n\036[1,2]\n' -f json-seq
	[ "$cases" -eq 35 ]
}

@test "rec-join: a record that would not come back the same is refused by its position, after those before it" {
	refuses '1:a,3:b\0c,1:d,' 'a\0' 1 -0
	refuses '1:a,4:b\r\nc,' 'a\r\n' 1 -f crlf
	refuses '1:a,1:b,4:c::d,' 'a::b::' 2 -d ::
	refuses '1:a,2:c:,' 'a::' 1 -d ::
	refuses '1:a,0:,' 'a\n\n' 1 -p
	refuses '1:a,4:b\n\nc,' 'a\n\n' 1 -p
	refuses '1:a,2:b\n,' 'a\n\n' 1 -p
	refuses '1:a,2: b,' 'a\n' 1 -f indented
	refuses '1:a,3:b\nc,' 'a\n' 1 -f indented
	refuses '2:ab,1:c,' 'ab' 1 -f fixed:2
	refuses '2:ab,3:cde,' 'ab' 1 -f fixed:2
	refuses '2:ab,1:c,2:de,' 'abc' 2 -f fixed:2 --short
	refuses '1:a,3:b c,' 'a\n' 1 -f words
	refuses '1:a,0:,' 'a\n' 1 -f words
	refuses '1:a,3:b\nc,' 'a\n' 1 -f csv
	refuses '1:a,0:,' 'a\n' 1 -f csv
	refuses '4:\357\273\277a,1:b,' '' 0 -f csv-crlf
	refuses '1:a,2:"c,' 'a\n' 1 -f csv
	refuses '1:1,1:{,' '1\n' 1 -f json
	refuses '1:1,3:2 3,' '1\n' 1 -f json
	refuses '3:a\nb,1:c,' 'a\nb\n' 1 -f lines:2
	refuses '3:a\nb,5:c\nd\ne,' 'a\nb\n' 1 -f lines:2
	refuses '1:a,3:b\nc,' 'a\n' 1 -f lines:2 --short
	refuses '1:a,' '' 0 -f none --strict
	refuses '1:1,3:2 3,' '1\n' 1 -f jsonl
	refuses '4:[1 ],0:,' '[1]\n' 1 -f jsonl
	refuses '1:1,0:,' '\0361\n' 1 -f json-seq
	refuses '1:a,3:b\nc,' 'a\n' 1 --strict
	refuses '1:a,3:b\nc,' 'a\n' 1 -f lines --strict
	[ "$cases" -eq 29 ]
	# A record longer than the framing can say.
	head -c 256 /dev/zero | rec-split -f fixed:256 >large.rec
	statuses 'rec-join -f u8 <large.rec'
	[ "$statuses" = 65 ]
	[ ! -s out ]
	grep -q '^rec-join: record 0: it is longer than the 255 bytes' err
	# It is refused with --as-is, too: it cannot be written at all.
	statuses 'rec-join -f u8 --as-is <large.rec'
	[ "$statuses" = 65 ]
	[ ! -s out ]
	# The position is the source's, also after filters and in streams that were put together.
	printf 'a\nb\n' | rec-split >a.rec
	printf '1:x,3:p\nq,' | rec-split -f netstring >b.rec
	statuses 'cat a.rec b.rec | rec-filter nlocate /x/ | rec-join --strict'
	[ "$statuses" = '0 0 65' ]
	grep -q '^rec-join: record 3: it holds a newline' err
}

@test "rec-join: --as-is writes records that would not come back" {
	gives '1:a,3:b\nc,' 'a\nb\nc\n' --as-is
	gives '1:a,3:b\0c,' 'a\0b\0c\0' -0 --as-is
	gives '0:,4:b\n\nc,' '\n\nb\n\nc\n\n' -p --as-is
	gives '2:ab,1:c,' 'abc' -f fixed:2 --as-is
	gives '3:a b,' 'a b\n' -f words --as-is
	gives '1:{,' '{\n' -f json --as-is
	gives '8:{ "a":1},1:{,' '{ "a":1}\n{\n' -f jsonl --as-is
	[ "$cases" -eq 7 ]
}

@test "rec-join: terminators of another framing are replaced, of whatever length" {
	for from in lines crlf nul delim:: delim:ab delim:abc indented fixed:2; do
		for to in lines crlf nul delim:: delim:ab delim:xyz fixed:2; do
			printf '2:q1,2:q2,2:q3,' | rec-split -f netstring | rec-join -f "$from" >bytes
			printf '2:q1,2:q2,2:q3,' | rec-split -f netstring | rec-join -f "$to" >expected
			rec-split -f "$from" <bytes | rec-join -f "$to" >found
			same expected found || { echo "from $from to $to" >&2; return 1; }
			# A record alone in its block has no gap between it and another one.
			rec-split -n 1 -f "$from" <bytes | rec-join -f "$to" >found
			printf '2:q1,' | rec-split -f netstring | rec-join -f "$to" >expected
			same expected found || { echo "one record from $from to $to" >&2; return 1; }
			cases=$((${cases:-0} + 1))
		done
	done
	[ "$cases" -eq 56 ]
	# Gaps of the same length but of other bytes may come into one block.
	printf 'ax\r\nq\r\nbx\r\n' | rec-split -f crlf >a.rec
	printf 'cx::q::dx::' | rec-split -d :: >b.rec
	printf 'ax\r\nbx\r\ncx\r\ndx\r\n' >expected
	cat a.rec b.rec | rec-filter locate /x/ | rec-join -f crlf >found
	same expected found
	cat b.rec a.rec | rec-filter locate /x/ | rec-join -d :: >found
	printf 'cx::dx::ax::bx::' >expected
	same expected found
}

@test "rec-join: only a last line without its newline stays without it" {
	printf 'a\nb' | rec-split >open.rec
	rec-join -0 <open.rec >found
	printf 'a\0b\0' >expected
	same expected found
	rec-join -f crlf <open.rec >found
	printf 'a\r\nb\r\n' >expected
	same expected found
	rec-join --strict <open.rec >found
	printf 'a\nb' >expected
	same expected found
	# After a filter that dropped the open line, all lines have a newline.
	rec-filter locate /a/ <open.rec | rec-join >found
	printf 'a\n' >expected
	same expected found
	# If another stream follows, the newline is added.
	printf 'c\n' | rec-split | cat open.rec - | rec-join >found
	printf 'a\nb\nc\n' >expected
	same expected found
	printf 'c\0' | rec-split -0 | cat open.rec - | rec-join >found
	same expected found
}

@test "rec-join: wrong usage is 64 with one line, and nothing is written" {
	usage 'x: no operand is expected; the file to write is named by -o' x
	usage '--as-is does not go with --strict' --as-is --strict
	usage 'more than one framing is named' -0 -p
	usage '-x: unknown option' -x
	usage '-o: an argument is needed' -o
	usage 'fixed: a width is needed: fixed:80' -f fixed
	usage "-o: an empty name is no file's" -o ''
	for name in - fd:1 cmd:x append:x shm:x; do
		usage "-o $name: a file is expected, which is written ./$name if that is its name" -o "$name"
		[ ! -e "$name" ]
		echo x | rec-split | rec-join -o "./$name"
		[ -s "$name" ]
	done
	[ "$cases" -eq 12 ]
	[ -z "$(find . -name x)" ]
}

@test "rec-join: -h and -V answer on standard output" {
	rec-join -h >out
	grep -q '^usage: rec-join \[-0p\]' out
	for option in framing output whole strict as-is short help version; do
		grep -q -e "--$option" out
	done
	rec-join --help | cmp - out
	rec-join -V | grep -q '^rec-join [0-9]'
}

@test "rec-join: -o replaces the file when all has come well, and not before" {
	echo old >file
	mkfifo in
	start sh -c 'rec-split <in | rec-join -o file'
	exec 4>in
	seq 100000 >&4
	[ "$(<file)" = old ]
	within sh -c '[ -s .rec.?????? ]'
	[ "$(<file)" = old ]
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
	seq 100000 >expected
	same expected file
	clean
	# The file that is read may be the one that is written.
	rec-split file | rec-filter locate /9/ | rec-join -o file
	grep 9 expected >found
	same found file
	clean
	# Standard output is not needed.
	echo a | rec-split | rec-join -o file >&-
	[ "$(<file)" = a ]
}

@test "rec-join: -o leaves the old file and no other one when the producer fails, is cut off or is killed" {
	echo old >file
	seq 1000 | rec-split >good.rec
	head -c 1000 good.rec >cut.rec
	{ cat good.rec; tail -c 100 good.rec; } >damaged.rec
	for producer in "rec-split cmd:'seq 1000; exit 3'" 'cat cut.rec' 'cat damaged.rec' 'echo text' 'true' \
		"sh -c 'rec-split cmd:\"seq 1000; kill -9 \\\$PPID\"'"; do
		statuses "$producer | rec-join -o file"
		[ "${statuses#* }" = 65 ] || { echo "$producer: $statuses" >&2; return 1; }
		[ "$(<file)" = old ]
		clean
		grep -q '^rec-join: ' err
	done
	# A file that did not exist is not made.
	statuses 'cat cut.rec | rec-join -o new'
	[ "$statuses" = '0 65' ]
	[ ! -e new ]
	clean
	# A refused record is a failure, too.
	statuses "printf '1:a,3:b\\nc,' | rec-split -f netstring | rec-join --strict -o file"
	[ "$statuses" = '0 0 65' ]
	[ "$(<file)" = old ]
	clean
}

@test "rec-join: -o and a signal leave the old file and no other one" {
	echo old >file
	for sig in INT TERM HUP; do
		mkfifo "in$sig"
		start sh -c "exec rec-join -o file <in$sig"
		join=$pid
		start sh -c "seq 100000 | rec-split | { cat; exec sleep 60; } >in$sig"
		within sh -c '[ -s .rec.?????? ]'
		kill -s "$sig" "$join"
		finish "$join"
		[ "$status" -eq "$(kill -l "$sig" | awk '{ print 128 + $1 }')" ]
		[ "$(<file)" = old ]
		clean
	done
}

@test "rec-join: -o keeps the mode of the file, and gives a new one the usual mode" {
	echo a | rec-split >a.rec
	for mode in 600 640 755 444; do
		rm -f file
		echo old >file
		chmod "$mode" file
		if [ "$mode" = 444 ] && [ "$(id -u)" -ne 0 ]; then
			# Only the superuser may write to it.
			statuses 'rec-join -o file <a.rec'
			[ "$statuses" = 77 ]
			[ "$(<file)" = old ]
		else
			rec-join -o file <a.rec
			[ "$(<file)" = a ]
		fi
		[ "$(stat -c %a file)" = "$mode" ]
	done
	(umask 027 && rec-join -o new <a.rec)
	[ "$(stat -c %a new)" = 640 ]
	(umask 022 && rec-join -o new2 <a.rec)
	[ "$(stat -c %a new2)" = 644 ]
}

@test "rec-join: -o follows a symbolic link and keeps it" {
	echo a | rec-split >a.rec
	mkdir dir
	echo old >dir/target
	ln -s dir/target link
	ln -s link link2
	rec-join -o link2 <a.rec
	[ -L link ]
	[ -L link2 ]
	[ ! -L dir/target ]
	[ "$(<dir/target)" = a ]
	clean
	# A link that points to nothing gets what it points to.
	ln -s dir/nothing dangling
	rec-join -o dangling <a.rec
	[ "$(<dangling)" = a ]
	[ "$(<dir/nothing)" = a ]
	clean
}

@test "rec-join: -o FILE that is no regular file, or cannot be made" {
	echo a | rec-split >a.rec
	mkdir dir
	ln -s loop loop
	long=$(printf '%0300d' 0)
	for case in 'dir 73' 'nodir/file 73' 'a.rec/file 73' 'loop 73' "$long 73"; do
		st=0
		rec-join -o "${case% *}" <a.rec 2>err || st=$?
		[ "$st" -eq "${case#* }" ] || { echo "$case: $st" >&2; return 1; }
		[ "$(lines err)" -eq 1 ]
		grep -q "^rec-join: ${case% *}: " err
	done
	rec-join -o /dev/null <a.rec
	[ -c /dev/null ]
	rec-join -o /dev/stdout <a.rec | cat >found
	[ "$(<found)" = a ]
	mkfifo f
	start sh -c 'cat f >found'
	rec-join -o f <a.rec
	finish
	[ "$(<found)" = a ]
	[ -p f ]
	st=0
	rec-join -o /dev/full <a.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(lines err)" -eq 1 ]
	grep -q '^rec-join: /dev/full: ' err
	clean
}

@test "rec-join: -o into a directory that may not be written is 77" {
	echo a | rec-split >a.rec
	mkdir locked
	chmod 755 locked "$PWD"
	if [ "$(id -u)" -eq 0 ]; then
		cp "$BUILD/bin/rec-join" join
		dir=$PWD
		while [ "$dir" != / ] && [ "$dir" != /tmp ]; do
			chmod a+x "$dir"
			dir=${dir%/*}
		done
		as='setpriv --reuid=65534 --regid=65534 --clear-groups ./join'
	else
		chmod 555 locked
		as=rec-join
	fi
	statuses "$as -o locked/file <a.rec"
	[ "$statuses" = 77 ]
	[ "$(lines err)" -eq 1 ]
	[ ! -e locked/file ]
	clean
	chmod 755 locked
}

@test "rec-join: --whole writes nothing before all has come well" {
	mkfifo in
	start sh -c 'rec-split <in | tee passed | rec-join --whole >found'
	exec 4>in
	seq 1000 >&4
	within grep -q -a '^1000$' passed
	[ ! -s found ]
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
	seq 1000 >expected
	same expected found
	seq 1000 | rec-split >good.rec
	head -c 1000 good.rec >cut.rec
	statuses 'rec-join --whole <cut.rec'
	[ "$statuses" = 65 ]
	[ ! -s out ]
	statuses "rec-split cmd:'seq 1000; exit 3' | rec-join --whole"
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
}

@test "rec-join: --whole keeps xargs from seeing half a list" {
	touch 'a b' $'c\nd' e keep
	find . -type f ! -name keep -print0 >names
	statuses "rec-split -0 cmd:'head -c 10 names; exit 1' | rec-join -0 --whole | xargs -0 -r rm -f --"
	[ "$statuses" = '65 65 0' ]
	[ -e 'a b' ]
	[ -e $'c\nd' ]
	[ -e e ]
	statuses "rec-split -0 <names | rec-filter nlocate /names/ /out/ /err/ /status/ | rec-join -0 --whole | xargs -0 -r rm -f --"
	[ "$statuses" = '0 0 0 0' ]
	[ ! -e 'a b' ]
	[ ! -e $'c\nd' ]
	[ ! -e e ]
	[ -e keep ]
}

@test "rec-join: --whole holds more than fits its memory in a temporary file without a name" {
	mkdir tmp
	seq 1000000 >input
	mkfifo in
	TMPDIR=$PWD/tmp start sh -c 'rec-split <in | rec-join --whole >found'
	exec 4>in
	cat input >&4
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
	same input found
	[ -z "$(ls -A tmp)" ]
	# If there is no room for it, a message says so.
	statuses "rec-split input | TMPDIR=$PWD/none rec-join --whole"
	[ "${statuses#* }" = 74 ]
	[ ! -s out ]
	[ "$(grep -c '^rec-join: ' err)" -eq 1 ]
	# For what is held back, a full disk or a closed pipe is what it is for other output.
	st=0
	rec-split input | rec-join --whole >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-join: standard output: No space left on device' err
	statuses 'rec-split input | rec-join --whole | head -n 1'
	[ "$statuses" = '0 141 0' ]
	[ ! -s err ]
}

@test "rec-join: a full disk and a closed standard output are 74 with one line" {
	seq 10 | rec-split >a.rec
	st=0
	rec-join <a.rec >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-join: standard output: No space left on device' err
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-join <a.rec >&- 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-join: standard output: Bad file descriptor' err
	[ "$(lines err)" -eq 1 ]
	st=0
	rec-join <&- >out 2>err || st=$?
	[ "$st" -eq 74 ] || [ "$st" -eq 66 ]
	[ "$(lines err)" -eq 1 ]
	grep -q '^rec-join: standard input: ' err
	mkdir dir
	st=0
	rec-join <dir >out 2>err || st=$?
	[ "$st" -eq 66 ]
	grep -qx 'rec-join: standard input: Is a directory' err
	# The producer of the records does not have to know, as rec-join read them all.
	statuses 'cat a.rec | rec-join >/dev/full'
	[ "$statuses" = '0 74' ]
}

@test "rec-join: a closed pipe ends it as any filter that writes bytes" {
	statuses 'timeout 20 yes | rec-split | rec-join | head -n 1'
	[ "$statuses" = '141 0 141 0' ]
	[ "$(<out)" = y ]
	[ ! -s err ]
	# If SIGPIPE is ignored, quietly.
	statuses '(trap "" PIPE; exec 2>/dev/null; exec timeout 20 yes) | rec-split | (trap "" PIPE; exec rec-join) | head -n 1'
	[ "${statuses#* }" = '0 141 0' ]
	[ ! -s err ]
}

@test "rec-join: -o closes a FIFO or a device, and a failure to close is one" {
	seq 3 | rec-split >in.rec
	mkfifo pipe
	start sh -c 'cat <pipe >got; echo >over'
	REC_FAULT_CLOSE='*:EIO' run -74 --separate-stderr fault rec-join -o pipe <in.rec
	[[ $stderr =~ ^'rec-join: pipe: '(Input/output|I/O)' error'$ ]]
	within test -e over
	seq 3 >want
	same want got
}

# random_rows FORMAT SEED: a file of csv or tsv with a header: quotes, newlines in quotes, CR LF and
# mixed ends, a byte order mark, no newline at the end, no row or many.
random_rows() {
	LC_ALL=C mawk -v format="$1" -v seed="$2" 'BEGIN {
		srand(seed)
		if (format == "csv")
			n = split("1|a b|\"\"|\"\n\"|\"x\r\ny\"|\"say \"\"a, b\"\"\"|\303\251||\r1|\"\n\n\"|long " seed, cell, "|")
		else
			n = split("1|a b|\"|\"\"|\303\251||\r1|\377|long " seed, cell, "|")
		tab = format == "csv" ? "," : "\t"
		mixed = rand() < .5
		end = rand() < .5 ? "\n" : "\r\n"
		if (rand() < .3)
			printf "\357\273\277"
		if (rand() < .5)
			printf "id%sprice", tab
		else
			printf "%s", format == "csv" ? "\"id\",\"a \"\"b\"\"\n\"" : "\"id\"\t"
		rows = int(rand() * (rand() < .5 ? 4 : 500))
		for (i = 0; i < rows; i++) {
			printf "%s%d", end, i
			for (j = int(rand() * 4); j > 0; j--)
				printf "%s%s", tab, cell[1 + int(rand() * n)]
			if (mixed)
				end = rand() < .5 ? "\n" : "\r\n"
		}
		if (rand() < .7)
			printf "%s", end
	}'
}

@test "rec-join: rows of a table that were only passed on are the bytes that came in, whatever they are" {
	while rounds; do
		format=csv
		((RANDOM % 2)) || format=tsv
		random_rows "$format" "$seed" >in
		rec-split -f "$format" -H in >in.rec
		rec-filter where 'POS >= 0' <in.rec | rec-join >found
		same in found || { echo "seed $seed" >&2; return 1; }
		way=$((RANDOM % 5)) n=$((RANDOM % 37 + 1))
		case $way in
		0)
			REC_BLOCK=$n rec-split -f "$format" -H <in | REC_BLOCK=$n rec-filter where 'POS >= 0' |
				REC_BLOCK=$n rec-join -f "$format" >found
			;;
		1)
			REC_HOP=1 rec-split -f "$format" -H in | REC_HOP=1 rec-filter where 'POS >= 0' |
				REC_HOP=1 rec-join >found
			;;
		2)
			REC_FAULT_SEED=$seed fault rec-join <in.rec | cat >found
			;;
		3)
			REC_FAULT_SEED=$seed fault rec-join --strict -o found <in.rec
			;;
		4)
			# Twice: the header comes once, and what the last row lacks is supplied.
			rec-join -f escaped <in.rec >expected
			cat in.rec in.rec | rec-join >in
			rec-split -f "$format" -H in | rec-join -f escaped >found
			cat expected expected >in
			;;
		esac
		same in found || { echo "seed $seed, way $way" >&2; return 1; }
	done
	# Only empty lines of CSV are lost.
	printf '\nid,price\n\n1,5\n\r\n\n2,7\n\n' | rec-split -f csv -H | rec-join >found
	printf 'id,price\n1,5\n2,7\n' >expected
	same expected found
}

# tabled TABLE WORD ...: a stream with a table of CSV of this header.
tabled() {
	local header=$1

	shift
	mkstream "table:{\"framing\":\"csv\"}\\n$header" "$@" end
}

@test "rec-join: the header is written before the first row comes" {
	mkfifo in
	start sh -c 'rec-split -f csv -H <in | rec-join >found'
	exec 4>in
	printf 'id,price\n' >&4
	within grep -qx id,price found
	[ "$(<found)" = id,price ]
	printf '1,5\n' >&4
	within grep -qx 1,5 found
	exec 4>&-
	finish
	[ "$status" -eq 0 ]
}

@test "rec-join: a header alone, with and without its end, and without a header" {
	for header in 'id,price\n' 'id,price' 'id,price\r\n' '\357\273\277id,price\r\n'; do
		# shellcheck disable=SC2059
		printf "$header" >in
		rec-split -f csv -H in >in.rec
		rec-join <in.rec >found
		same in found
		rec-join --whole <in.rec >found
		same in found
		rec-join -o found <in.rec
		same in found
		rec-join -f csv <in.rec >found
		same in found
		for way in --no-header '-f lines' -0 '-f escaped' '-f u16be' '-d ::' '-f words'; do
			# shellcheck disable=SC2086
			rec-join $way <in.rec >found
			[ ! -s found ] || { echo "$header, $way" >&2; return 1; }
		done
	done
	# Rows without names have none.
	printf '1,5\n2,7' | rec-split -f csv | rec-join >found
	printf '1,5\n2,7' >expected
	same expected found
	rec-split -f csv --names a,b expected | rec-join >found
	same expected found
	printf '' | rec-split -f csv -H | rec-join >found
	[ ! -s found ]
}

@test "rec-join: a header without its end gets one if rows follow, and rows that were made get the header's" {
	gets() {
		"${@:2}" | rec-join >found
		# shellcheck disable=SC2059
		printf "$1" >expected
		same expected found
	}
	gets 'a,b\n1\n' tabled 'a,b' data:0:1
	gets 'a,b\r\n1\r\n' tabled 'a,b' 'gap:\r\n' data:0:1
	gets 'a,b\n1' tabled 'a,b' nogap data:0:1
	# A gap that is no row's end.
	gets 'a,b\r\n1\r\n2\r\n' tabled 'a,b\r\n' gap:x data:0:1,2
	gets 'a,b\n1\n2\n' tabled 'a,b\n' gap:xy data:0:1,2
	gets 'a,b\n1\n2\n' tabled 'a,b\n' gap: data:0:1,2
	gets 'a,b\r\n1\n2\r\n3' tabled 'a,b\r\n' data:0:1 'gap:\r\n' data:1:2 nogap data:2:3
	# What a last row lacks comes before the rows of the next segment.
	tabled 'a,b\r\n' nogap data:0:1 >one.rec
	gets 'a,b\r\n1\n1' cat one.rec one.rec
	tabled 'a,b\n' 'gap:\r\n' nogap data:0:1,2 >two.rec
	tabled 'a,b\n' data:0:3 >three.rec
	gets 'a,b\n1\r\n2\r\n3\n' cat two.rec three.rec
	# So the CR of a last row stays a part of it.
	printf 'a\n1\r' | rec-split -f csv -H >cr.rec
	gets 'a\n1\r\r\n1\r' cat cr.rec cr.rec
	# csv-crlf changes all ends.
	printf 'a,b\n1,2\n3,4\r\n' | rec-split -f csv -H | rec-join -f csv-crlf >found
	printf 'a,b\r\n1,2\r\n3,4\r\n' >expected
	same expected found
	# The declared separator is the one that csv means.
	printf 'a;b\n1;2\n' | rec-split -f 'csv:;' -H | rec-join -f csv-crlf >found
	printf 'a;b\r\n1;2\r\n' >expected
	same expected found
}

@test "rec-join: a last row without its end gets that of the row before it, whatever command has copied it" {
	local command pieces

	printf 'a,b\r\n1,2\r\n3,4' >crlf
	printf 'a,b\r\n3,4' >alone
	printf 'a,b\n1,2\n3,4' >lf
	printf 'a,b\n5,6\n7,8\n9,9\n' >next
	printf 'b,a\n6,5\n' >other
	for command in 'rec-split csv:%s csv:next' 'rec-fanin csv:%s csv:next' "rec-fanin csv:%s cmd:'rec-split csv:next'" \
		'rec-fanin -k --ties csv:%s csv:next' 'rec-split --name csv:%s csv:next' \
		'rec-split csv:%s csv:next | rec-fanout -k -j 2 -N 1 cat' "rec-split csv:%s csv:next | rec-only 'where .a==3' cat" \
		"rec-split csv:%s csv:next | rec-filter 'where' '.a > 2'" 'rec-split --align csv:%s csv:other'; do
		for pieces in 60000 1; do
			for input in crlf alone lf; do
				# shellcheck disable=SC2059
				REC_BLOCK=$pieces bash -c "$(printf "$command" $input) | rec-join" >got
				case $input in
				lf) ! grep -q $'\r' got ;;
				*) [ "$(grep -c '^3,4.*'$'\r' got)" = 1 ] ;;
				esac
				[ "$(grep -c '^3,4' got)" = 1 ]
				grep -q '^5,6' got
			done
		done
	done
}

@test "rec-join: a table in another format of parts is refused before the first byte" {
	printf 'id,price\n1,5\n' | rec-split -f csv -H >csv.rec
	printf 'id\tprice\n1\t5\n' | rec-split -f tsv -H >tsv.rec
	printf 'id\n' | rec-split -f csv -H >none.rec
	mkstream 'table:{"framing":"json","columns":["id"]}\n' 'data:0:{"id":1}' end >json.rec
	echo old >file
	while read -r from to message; do
		statuses "rec-join -f '$to' <$from.rec"
		[ "$statuses" = 65 ] || { echo "$from $to: $statuses" >&2; return 1; }
		[ ! -s out ]
		echo "rec-join: the records are $message before it" >message
		same message err
		statuses "rec-join -f '$to' -o file <$from.rec"
		[ "$statuses" = 65 ]
		[ "$(<file)" = old ]
		clean
	done <<-'END'
		csv tsv CSV: put rec-map to tsv
		csv json CSV: put rec-map to json
		csv jsonl CSV: put rec-map to json
		csv json-seq CSV: put rec-map to json
		none tsv CSV: put rec-map to tsv
		tsv csv TSV: put rec-map to csv
		tsv csv-crlf TSV: put rec-map to csv
		json csv JSON: put rec-map to csv
	END
	statuses "rec-join -f 'csv:;' <csv.rec"
	[ "$statuses" = 65 ]
	[ ! -s out ]
	[ "$(rec-join <json.rec)" = '{"id":1}' ]
	[ "$(rec-join -f json <json.rec)" = '{"id":1}' ]
	[ "$(rec-join -f jsonl <json.rec)" = '{"id":1}' ]
	# A format that this version does not know can be written in lines.
	mkstream 'table:{"framing":"strange"}\nh\n' data:0:1 end >strange.rec
	statuses 'rec-join <strange.rec'
	[ "$statuses" = 65 ]
	[ ! -s out ]
	[ "$(lines err)" -eq 1 ]
	[ "$(rec-join -f lines <strange.rec)" = 1 ]
}

@test "rec-join: a row that is none of the declared format is refused, unless --as-is" {
	tabled 'a,b\n' 'data:0:1,2\n3,4' >bad.rec
	statuses 'rec-join <bad.rec'
	[ "$statuses" = 65 ]
	printf 'a,b\n1\n' >expected
	same expected out
	grep -qx 'rec-join: record 1: it holds a newline outside of quotes: it is more than one row' err
	rec-join --as-is <bad.rec >found
	printf 'a,b\n1\n2\n3\n4\n' >expected
	same expected found
	rec-join -f lines <bad.rec >found
	printf '1\n2\n3\n4\n' >expected
	same expected found
	mkstream 'table:{"framing":"tsv"}\na\n' 'data:0:1,2\n3' end >bad.rec
	statuses 'rec-join <bad.rec'
	[ "$statuses" = 65 ]
	grep -qx 'rec-join: record 1: it holds a newline' err
	# An empty row of CSV would be lost.
	tabled 'a,b\n' data:0:1,,3 >bad.rec
	statuses 'rec-join <bad.rec'
	[ "$statuses" = 65 ]
	grep -q '^rec-join: record 1: it is empty' err
}

@test "rec-join: a table of JSON only says which members there are, and has no header" {
	local value

	mkstream 'table:{"framing":"json","columns":["id","price"]}\n' 'data:0:{"id":1\,"price":5}' 'data:1:{"price":20\,"id":2}' end >in.rec
	mkstream 'data:0:{"id":1\,"price":5}' 'data:1:{"price":20\,"id":2}' end >bare.rec
	printf '{"id":1,"price":5}\n{"price":20,"id":2}\n' >want
	for how in '' '-f json' '-f lines' --no-header; do
		# shellcheck disable=SC2086
		rec-join $how <in.rec | same want -
	done
	for how in csv tsv 'csv:;'; do
		statuses "rec-join -f '$how' <in.rec"
		[ "$statuses" = 65 ]
		[ ! -s out ]
		grep -qx "rec-join: the records are JSON: put rec-map to ${how%:*} before it" err
	done
	# Fields and words are those of the text, as without a table.
	# shellcheck disable=SC2016 # expressions
	for value in 'NF == 1' '$2 == null' '.price > 6' '.price.x == null' '$0 ~ /20/'; do
		rec-filter where "$value" <bare.rec | rec-join >want
		rec-filter where "$value" <in.rec | rec-join | same want -
	done
	[ "$(rec-filter -c where '.price > 6' <in.rec)" = 1 ]
	for value in f1 w1 'csv 2'; do
		rec-unique -F , first "$value" <bare.rec | rec-join >want
		rec-unique -F , first "$value" <in.rec | rec-join | same want -
	done
	statuses 'rec-filter where .prise <in.rec | rec-join'
	[ "$statuses" = '65 65' ]
	[ ! -s out ]
	grep -qx 'rec-filter: where: .prise: no such column (the table has id, price)' err
}

@test "rec-join: a table holds from its block on, with records or without" {
	{ tabled 'a,b'; mkstream data:0:x end; } >all.rec
	statuses 'rec-join <all.rec'
	[ "$statuses" = 65 ]
	printf 'a,b' >expected
	same expected out
	grep -q ': its records have no table, but one was declared before them (a, b)$' err
	{ mkstream end; tabled 'a,b\r\n'; } | rec-join >found
	printf 'a,b\r\n' >expected
	same expected found
	{ mkstream data:0:x end; tabled 'a,b\n'; } >all.rec
	[ "$(rec-join <all.rec)" = x ]
	{ mkstream data:0:x end; tabled 'a,b\n' data:0:y; } >all.rec
	statuses 'rec-join <all.rec'
	[ "$statuses" = 65 ]
	[ "$(<out)" = x ]
	grep -q 'it has a table (a, b), but the records before it have none$' err
}

@test "rec-join: a header that cannot be written is a full disk or a closed pipe like any bytes" {
	printf 'id,price\n' | rec-split -f csv -H >none.rec
	for way in '' --whole; do
		st=0
		# shellcheck disable=SC2086
		rec-join $way <none.rec >/dev/full 2>err || st=$?
		[ "$st" -eq 74 ]
		echo 'rec-join: standard output: No space left on device' >message
		same message err
	done
	st=0
	rec-join -o /dev/full <none.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -qx 'rec-join: /dev/full: No space left on device' err
	# The reader has gone before the header comes, or after it and before a row.
	mkfifo in
	for ignored in '' 'trap "" PIPE;'; do
		start sh -c "cat in | rec-split -f csv -H | { $ignored rec-join 2>err; echo \$? >st; } |
			{ head -n 1 >found; exec <&-; echo >gone; }"
		exec 4>in
		printf 'id,price\n' >&4
		within test -e gone
		rm gone
		printf '1,5\n' >&4
		exec 4>&-
		finish
		[ "$(<found)" = id,price ]
		[ "$(<st)" -eq 141 ]
		[ ! -s err ]
		statuses "{ sleep 0.1; $ignored exec rec-join <none.rec; } | true"
		[ "$statuses" = '141 0' ]
		[ ! -s err ]
	done
}

@test "rec-join: -f csv-crlf ends every row, and the header, with CR LF, whatever they came with" {
	local bytes

	for bytes in 'a,b\n1,2\n3,4' 'a,b\r\n1,2\r\n3,4' 'a,b\n1,2\r\n3,4' 'a,b\r\n1,2\n3,4' 'a,b\r\n1,2\r\n3,4\r\n'; do
		printf '%b' "$bytes" | rec-split -f csv -H | rec-join -f csv-crlf >out
		printf 'a,b\r\n1,2\r\n3,4\r\n' | cmp - out
	done
	printf 'a,b\r\n1,2' | rec-split -f csv -H | rec-join -f csv-crlf >out
	printf 'a,b\r\n1,2\r\n' | cmp - out
	for bytes in 'a,b' 'a,b\n' 'a,b\r\n'; do
		printf '%b' "$bytes" | rec-split -f csv -H | rec-join -f csv-crlf >out
		printf 'a,b\r\n' | cmp - out
	done
}

@test "rec-join: CSV with another separator is refused, and the message says what writes it" {
	run -65 --separate-stderr rec-join -f 'csv:;' < <(printf 'a,b\n' | rec-split -f csv -H)
	[ "$stderr" = 'rec-join: the records are CSV with the separator ",": the framing csv writes that' ]
	run -65 --separate-stderr rec-join -f csv:, < <(printf 'a\tb\n' | rec-split -f 'csv:\t' -H)
	[ "$stderr" = 'rec-join: the records are CSV with the separator "^I": the framing csv writes that' ]
	[ -z "$output" ]
}
