#!/usr/bin/env bats
# rec-split -z: compressed inputs, and where compressed bytes are refused. The programs that
# compress are those that are installed; gzip must be.

# shellcheck disable=SC2094 # one file is named twice on purpose, and is read only

load helper

setup() {
	helper_setup
	command -v gzip >/dev/null || skip 'gzip is not installed'
	programs=()
	for p in gzip zstd xz bzip2 lz4; do
		! command -v "$p" >/dev/null || programs+=("$p")
	done
}

# says LINE ...: the file err has these lines.
says() {
	printf '%s\n' "$@" >message
	same message err
}

# Begins of compressed bytes, as printf takes them, for formats whose programs need not be there.
begins=('gzip \037\213\010' 'zstd \050\265\057\375' 'zstd \120\052\115\030' 'xz \3757zXZ\0' 'bzip2 BZh91AY&SY'
	'bzip2 BZh1\027\162\105\070\120\220' 'lz4 \004\042\115\030' 'lz4 \002\041\114\030')

@test "rec-split -z: the programs that these tests use" {
	[[ ${programs[*]} = *gzip* ]]
	missing=()
	for p in zstd xz bzip2 lz4; do
		[[ " ${programs[*]} " = *" $p "* ]] || missing+=("$p")
	done
	[ "${#missing[@]}" -eq 0 ] || skip "not installed, so not tried: ${missing[*]}"
}

@test "rec-split -z: what any of the programs has compressed, from files, pipes, FIFOs and commands" {
	seq 100000 >plain
	for p in "${programs[@]}"; do
		"$p" -c <plain >x
		for input in 'x' '- <x' "- < <(cat x)" "cmd:'cat x'" "fifo:f" 'lines:x' 'fd:3 3<x'; do
			[ "$input" != fifo:f ] || { mkfifo f; cat x >f 3>&- & }
			eval "rec-split -z $input" 2>err | rec-join >found
			[ ! -s err ]
			same plain found
			cases=$((${cases:-0} + 1))
		done
		wait
	done
	echo "# ${programs[*]}: $cases cases" >&3
	[ "$cases" -eq $((${#programs[@]} * 7)) ]
}

@test "rec-split -z: two files compressed together, an empty one, and one of several inputs among plain ones" {
	for p in "${programs[@]}"; do
		{ echo one | "$p" -c && echo two | "$p" -c; } >x
		printf '' | "$p" -c >none
		echo plain >y
		rec-split -z y x none - y <x >a.rec 2>err
		[ ! -s err ]
		rec-join <a.rec >found
		printf '%s\n' plain one two one two plain >expected
		same expected found
		# With the next reads, the positions go on.
		[ "$(rec-view --info a.rec | grep -c '6 records\|records *6')" -ge 1 ]
	done
}

@test "rec-split -z: however the bytes come, and whatever a block holds" {
	seq 20000 >plain
	for p in "${programs[@]}"; do
		"$p" -c <plain >x
		REC_BLOCK=1 rec-split -z x | rec-join >found
		same plain found
		for seed in 1 2 3; do
			REC_FAULT_SEED=$seed fault rec-split -z <x | rec-join >found
			same plain found
			REC_FAULT_SEED=$seed fault rec-split -z < <(cat x) | rec-join >found
			same plain found
		done
		# Byte after byte: the first one does not tell what it is.
		head -c 12 x >begin
		tail -c +13 x >rest
		{
			for i in $(seq 12); do head -c "$i" begin | tail -c 1; done
			cat rest
		} | rec-split -z | rec-join >found
		same plain found
	done
}

@test "rec-split -z: what is not compressed passes, also if it begins alike" {
	for input in '' B BZ BZh9 BZh91AY BZh01AY\&SY BZh91AY\&S. P 'P*M' '\037' '\037\213' '\037\213\007x' '(\265/' '\3757zXZ' \
		'\004"M' '\002!' 'plain\ntext' '\0' '\253re' '\253'; do
		# shellcheck disable=SC2059
		printf "$input" >input
		for framing in lines nul fixed:1; do
			rec-split -z -f "$framing" input | rec-join -f "$framing" >found
			same input found
			rec-split -z -f "$framing" < <(cat input) | rec-join -f "$framing" >found
			same input found
			cases=$((${cases:-0} + 1))
		done
	done
	[ "$cases" -eq 60 ]
}

@test "rec-split -z: bytes that are cut off or damaged are 65, the whole records before are there, and the next input is read" {
	seq 200000 >plain
	for p in "${programs[@]}"; do
		"$p" -c <plain >x
		head -c $(($(wc -c <x) - 20)) x >broken
		st=0
		rec-split -z broken - <<<next >a.rec 2>err || st=$?
		[ "$st" -eq 65 ]
		grep -qx "rec-split: broken: $p -dc: exit status [0-9]*" err
		# Its own line comes too, from the program.
		[ "$(lines err)" -ge 2 ]
		rec-join <a.rec >found 2>said || st=$?
		[ "$(tail -n 1 found)" = next ]
		sed '$d' found >whole
		head -n "$(lines whole)" plain >expected
		same expected whole
		grep -qx "rec-join: standard input: its producer failed: rec-split: broken: $p -dc: exit status [0-9]*" said
	done
	# A program with nothing to say: the header was cut off.
	head -c 12 x >broken
	printf '\037\213\010' >broken
	st=0
	rec-split -z -f csv -H broken >a.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-split: broken: gzip -dc: exit status ' err
}

@test "rec-split -z: without the program it is 69, with what to install, and the next input is read" {
	mkdir bin
	ln -s "$BUILD/bin/rec-split" bin
	for begin in "${begins[@]}"; do
		name=${begin%% *}
		# shellcheck disable=SC2059
		printf "${begin#* }" >x
		st=0
		PATH=$PWD/bin rec-split -z x - <<<next >a.rec 2>err || st=$?
		[ "$st" -eq 69 ]
		more=''
		[ "$name" != xz ] || more=' (xz-utils in Debian)'
		says "rec-split: x: compressed by $name, and there is no $name to decompress it: install $name$more"
		[ "$(rec-join <a.rec 2>/dev/null)" = next ]
		cases=$((${cases:-0} + 1))
	done
	[ "$cases" -eq 8 ]
	# One that cannot be run.
	echo '#!/nowhere' >bin/zstd
	chmod 644 bin/zstd
	printf '\050\265\057\375' >x
	st=0
	PATH=$PWD/bin rec-split -z x >a.rec 2>err || st=$?
	[ "$st" -eq 126 ]
	says 'rec-split: x: zstd -dc: Permission denied'
}

@test "rec-split: without -z compressed bytes are refused in framings of text, and by no other one" {
	echo plain >y
	for begin in "${begins[@]}"; do
		name=${begin%% *}
		# shellcheck disable=SC2059
		printf "${begin#* }"'rest\n' >x
		for how in '-f csv' '-f csv -H' '-f csv-crlf' '-f tsv' '-f json' '-f json-seq' '-f escaped' '-F ,' '-H' '--raw -f csv'; do
			st=0
			# shellcheck disable=SC2086
			rec-split $how x >a.rec 2>err || st=$?
			[ "$st" -eq 65 ]
			says "rec-split: x: compressed by $name: rec-split -z reads it"
			cases=$((${cases:-0} + 1))
		done
		for framing in csv tsv json lines nul escaped; do
			st=0
			rec-split "$framing:x" >a.rec 2>err || st=$?
			[ "$st" -eq 65 ]
			says "rec-split: $framing:x: compressed by $name: rec-split -z reads it"
			cases=$((cases + 1))
		done
		for how in '' '-p' '-f crlf' '-f lines:1' '-f indented' '-f words' '--start ^a'; do
			# shellcheck disable=SC2086
			rec-split $how x y x >a.rec 2>err
			says "rec-split: x: compressed by $name, and its bytes are taken as they are: rec-split -z reads it"
			cases=$((cases + 1))
		done
		for how in '-0' '-d .' '-f fixed:1' '-f delim:xyz' '--regex ^' '--raw' '--raw -f words'; do
			# shellcheck disable=SC2086
			rec-split $how x >a.rec 2>err
			[ ! -s err ]
			cases=$((cases + 1))
		done
		rec-split x | rec-join >found
		same x found
	done
	[ "$cases" -eq $((8 * 30)) ]
	# Nothing is said of what only begins alike.
	printf '\037\213\nBZh9\n' >z
	rec-split z >a.rec 2>err
	[ ! -s err ]
	for framing in csv tsv json lines nul escaped; do
		for command in rec-fanin rec-view; do
			st=0
			"$command" "$framing:x" >out 2>err || st=$?
			[ "$st" -eq 65 ]
			says "$command: $framing:x: compressed by lz4: rec-split -z reads it"
		done
	done
	# Byte after byte from a pipe.
	st=0
	{ printf '\037'; printf '\213'; printf '\010'; } | rec-split -f csv >a.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	says 'rec-split: standard input: compressed by gzip: rec-split -z reads it'
}

@test "rec-split -z: a record stream, and what is compressed twice" {
	seq 3 | rec-split >a.rec
	gzip -c a.rec >a.gz
	st=0
	rec-split -z a.gz >x.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	says "rec-split: a.gz: what gzip -dc makes of it is a record stream already: cmd:'gzip -dc FILE' is its name in other commands; --raw splits it as bytes"
	rec-split -z --raw a.gz | rec-join | cmp - a.rec
	echo a,b | gzip -c | gzip -c >twice.gz
	st=0
	rec-split -z -f csv twice.gz >x.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	says 'rec-split: twice.gz: what gzip -dc makes of it is compressed by gzip again'
	echo a,b | gzip -c >once.gz
	rec-split -z twice.gz | rec-join | cmp - once.gz
}

@test "rec-split -z: tables, also aligned, and with the names of the inputs" {
	printf 'id,price\n1,5\n' | gzip -c >may.csv.gz
	printf 'price,id,note\n7,2,late\n' >june.csv
	printf 'note,id\nnone,3\n' >july.csv
	{
		echo id,price,note,month
		echo 1,5,,may.csv.gz
		echo 2,7,late,june.csv
		echo 3,,none,-
	} >expected
	for input in '- < <(gzip -c <july.csv)' '- <july.csv'; do
		eval "rec-split -z --align --name=month -f csv -H may.csv.gz june.csv $input" | rec-join >found
		same expected found
	done
	rec-split -z csv:may.csv.gz csv:may.csv.gz | rec-join >found
	printf 'id,price\n1,5\n1,5\n' >expected
	same expected found
}

@test "rec-split -z: a reader that leaves early ends the program without a word" {
	for p in "${programs[@]}"; do
		seq 600000 | "$p" -c >x
		rec-split -z x 2>err | rec-take 2 | rec-join >found
		[ ! -s err ]
		printf '1\n2\n' >expected
		same expected found
		rec-split -z -n 2 x 2>err | rec-join >found
		[ ! -s err ]
		same expected found
	done
	# Even if nothing more comes: the program waits for an input that stays open.
	seq 1000000 | gzip -c >x
	mkfifo in
	start sh -c 'rec-split -z in 2>err | rec-take 2 | rec-join >found'
	exec 4>in
	# gzip reads much before it writes anything.
	head -c 1000000 x >&4 2>/dev/null || :
	finish
	exec 4>&-
	[ "$status" -eq 0 ]
	[ ! -s err ]
	same expected found
	[ -z "$(left gzip)" ]
}

@test "rec-split -z: TERM ends the program too" {
	mkfifo in
	start rec-split -z in >a.rec
	exec 4>in
	seq 100000 | gzip -c | head -c 1000 >&4
	within has_child "$pid"
	child=$(children "$pid")
	kill "$pid"
	finish
	[ "$status" -eq 143 ]
	within test ! -e "/proc/$child"
	exec 4>&-
}

@test "rec-split -z: memory does not depend on the size of the input" {
	[ -z "$SAN" ] || skip 'sanitizers have memory of their own'
	yes 'a line of some bytes' | head -n 5000000 | gzip -1 -c >x
	"$BUILD/tools/peak" peak rec-split -z x | rec-join | tail -c 1 >/dev/null
	[ "$(<peak)" -lt 8192 ]
}
