# rec-route: which output a record goes to, what all outputs get, outputs that end; that no reader
# of one output waits for another.

# shellcheck disable=SC2016,SC2094 # conditions in single quotes; a file is written and then read

load helper

# route_of "INPUT" NAME="WANTED"... -- ARG...: from the lines in INPUT (as printf takes them) each
# output NAME gets WANTED, whatever the blocks are. Together the outputs are the input, in its
# order.
route_of() {
	local input=$1 size name wants=()

	shift
	while [ "$1" != -- ]; do
		wants+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2059 # they are formats
	printf -- "$input" >input
	for size in 1 5 262080; do
		rm -f ./*.rec
		REC_BLOCK=$size rec-split <input >in.all || return
		REC_BLOCK=$size rec-route "$@" <in.all >out.rec || return
		mkstream records <in.all | grep -v ^end | sort >want.sum || :
		: >sum
		for want in "${wants[@]}"; do
			name=${want%%=*}
			# shellcheck disable=SC2059
			printf -- "${want#*=}" >want
			rec-join <"$name.rec" >got || return
			same want got || { echo "$name of: $*" >&2; return 1; }
			mkstream records <"$name.rec" >records || return
			grep -v ^end records >>sum || :
			[ "$(tail -n 1 records | cut -d ' ' -f 3)" = 0 ] || return
			tail -n 1 records | cut -d ' ' -f 1,2 >>ends
		done
		sort sum >sum.sorted
		same want.sum sum.sorted || return
		cases=$((${cases:-0} + 1))
	done
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	mkstream data:0:a end >good
	rec-route "$@" <good >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || return
	echo "rec-route: $message (rec-route -h shows the usage)" >message
	same message err
}

@test "rec-route: the first phrase that holds decides, the rest goes to the last endpoint or standard output" {
	route_of 'a\nab\nb\nc\n' a='a\nab\n' b='b\n' rest='c\n' -- 'locate /a/' a.rec 'locate /b/' b.rec rest.rec
	route_of 'a\nab\nb\nc\n' b='ab\nb\n' a='a\n' out='c\n' -- 'locate /b/' b.rec 'locate /a/' a.rec
	route_of 'a\nb\n' a='a\n' out='b\n' -- 'locate /a/' a.rec
	route_of 'a\nb\n' a='' out='a\nb\n' -- 'locate /x/' a.rec
	route_of 'a\nb\n' a='a\nb\n' out='' -- 'locate' a.rec
	route_of '' a='' b='' out='' -- 'locate /a/' a.rec 'nlocate /a/' b.rec
	route_of '1\n2\n3\n4' a='1\n3\n' out='2\n4' -- 'match /[13]/' a.rec
	route_of '1\n2\n3\n4' a='2\n4' out='1\n3\n' -- 'match /[24]/' a.rec
	[ "$cases" -ge 24 ]
}

@test "rec-route: an endpoint named twice is one output, - and fd:1 are standard output" {
	route_of '1\n2\n3\n4\n5\n' a='1\n3\n5\n' b='2\n' out='4\n' -- 'match /[15]/' a.rec 'match /2/' b.rec 'match /3/' a.rec
	route_of '1\n2\n3\n4\n' b='2\n' out='1\n3\n4\n' -- 'match /1/' - 'match /2/' b.rec 'match /3/' fd:1
	route_of '1\n2\n3\n4\n' b='2\n4\n' out='1\n3\n' -- 'match /1/' - 'match /2/' b.rec 'match /3/' fd:1 b.rec
	# If the rest goes to /dev/null, there is nothing on standard output.
	seq 3 | rec-split | rec-route 'locate /1/' a.rec /dev/null >out
	[ ! -s out ]
}

@test "rec-route: every phrase means what it does for rec-filter" {
	local verb words

	seq 1 3000 | sed 's/5/five,/' >input
	rec-split <input >in.rec
	for verb in 'locate /7/ /five/' 'nlocate 2-3 /1/' 'find /1_/' 'strnfind /2/' 'match /^1.*9$/' 'where $1 > 100' '-F , locate f2 /1/' \
		'-i locate /FIVE/' 'locate -e 12'; do
		rec-route "$verb" yes.rec no.rec <in.rec
		words=()
		case $verb in
		where*) words=(where "${verb#where }") ;;
		*) read -ra words <<<"$verb" ;;
		esac
		rec-filter --else want.no "${words[@]}" <in.rec >want.yes
		for name in yes no; do
			mkstream records <$name.rec >got
			mkstream records <want.$name >want
			same want got
		done
		[ "$(grep -vc ^end want)" -gt 0 ]
	done
}

@test "rec-route: -F and -i hold for all phrases, and a phrase's own -F goes before" {
	route_of 'a,b\nB:x\n c\n' b='B:x\n' f='a,b\n' out=' c\n' -- -i -F , 'locate /b:/' b.rec 'locate f2 /B/' f.rec
	route_of 'a,c:x\nb:a\n' b='b:a\n' f='a,c:x\n' out='' -- -F , '-F : locate f1 =b=' b.rec 'locate f1 /a/' f.rec
}

@test "rec-route: a table goes to all outputs, and binds all phrases" {
	printf 'x,y\n1,2\n3,4\n5,6\n' | rec-split -f csv -H >in.rec
	rec-route 'where .y == 4' a.rec 'locate .x /5/' b.rec 'where $1 == 9' c.rec <in.rec >out.rec
	[ "$(rec-join <a.rec)" = $'x,y\n3,4' ]
	[ "$(rec-join <b.rec)" = $'x,y\n5,6' ]
	[ "$(rec-join <c.rec)" = x,y ]
	[ "$(rec-join <out.rec)" = $'x,y\n1,2' ]
	# A column that the table does not have.
	run -65 --separate-stderr rec-route 'where .y == 4' a.rec 'where .z == 4' b.rec <in.rec
	[ "$stderr" = 'rec-route: where: .z: no such column (the table has x, y)' ]
	for name in a b; do
		mkstream records <$name.rec | grep -v '^table ' >ended
		echo 'end 0 65 rec-route: where: .z: no such column (the table has x, y)' | same /dev/stdin ended
	done
	run -65 --separate-stderr rec-route -F , 'where $2 == 4' a.rec <in.rec
	[ "$stderr" = 'rec-route: where: -F: the table has its separator' ]
	# Without a table one phrase says that no record is JSON.
	printf 'x,y\n1,2\n' | rec-split | rec-route 'where .y == 4' a.rec 'where .x == 5' b.rec 2>err >out.rec
	echo 'rec-route: none of 2 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	run -64 --separate-stderr rec-route -H 'where .y == 4' a.rec
	[ "$stderr" = "rec-route: -H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9' (rec-route -h shows the usage)" ]
	run -64 --separate-stderr rec-route '-H where .y == 4' a.rec
	[ "$stderr" = "rec-route: -H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9' (rec-route -h shows the usage)" ]
}

@test "rec-route: losses and watermarks go to all outputs, and the end marks agree" {
	mkstream data:0:a loss:1:2:3 data:3:b mark:9 end >in.rec
	rec-route 'locate /a/' a.rec 'locate /b/' b.rec <in.rec >out.rec
	[ "$(mkstream records <a.rec)" = $'0=a\nloss 1 2\nend 9 0 ' ]
	[ "$(mkstream records <b.rec)" = $'loss 1 2\n3=b\nend 9 0 ' ]
	[ "$(mkstream records <out.rec)" = $'loss 1 2\nend 9 0 ' ]
}

@test "rec-route: wrong usage" {
	usage "a phrase is needed, such as 'locate /ERROR/', and an endpoint after it"
	usage "locate /a/: an endpoint is needed after the phrase" 'locate /a/'
	usage 'locate /b/: an endpoint is needed after the phrase (a file of that name is written ./locate /b/)' 'locate /a/' x 'locate /b/'
	usage 'an empty name is no endpoint' 'locate /a/' ''
	usage "/a/: a phrase is one word: 'locate /a/'" locate /a/ x
	usage ".qty > 40: a phrase is one word: 'where .qty > 40'" where '.qty > 40' csv:x
	usage '.qty > 40: no such verb; a condition is where .qty > 40' '.qty > 40' csv:x
	usage '.qty: no such verb; a string is found by locate .qty /TEXT/' '.qty /4/' csv:x
	usage "/b/: a phrase is one word: 'locate /b/'" 'locate /a/' x locate /b/ y
	run -64 rec-route 'lokate /a/' x </dev/null
	[[ $output == 'rec-route: lokate: no such verb; there are '* ]]
	run -64 rec-route 'locate a' x </dev/null
	[[ $output == *'write /a/'* ]]
	[ ! -e x ]
}

@test "rec-route: if an output cannot be opened nothing is read, and the others' end marks tell" {
	mkstream data:0:a end >in.rec
	run -73 --separate-stderr rec-route 'locate /a/' a.rec 'locate /b/' no/such/b <in.rec
	[ "$stderr" = 'rec-route: no/such/b: No such file or directory' ]
	[ "$(mkstream records <a.rec)" = 'end 0 73 rec-route: no/such/b: No such file or directory' ]
}

# tee cuts its other reader off: `tee >(true)` passed 1,859 of 100,000 lines.
@test "rec-route: a reader that goes away costs the others nothing; without any reader it stops" {
	local i

	seq 100000 | rec-split >in.rec
	rec-filter locate /7/ <in.rec | mkstream records >want
	for i in 1 2 3 4 5; do
		statuses "rec-route 'locate /7/' cmd:'cat >a' 'locate /8/' cmd:true 'locate /9/' cmd:'head -c 10 >/dev/null' <in.rec | head -c $((i * 1000)) >/dev/null"
		[ "$statuses" = '0 0' ]
		[ ! -s err ]
		mkstream records <a >got
		same want got
	done
	statuses "yes 78 | rec-split | rec-route 'locate /7/' cmd:true 'locate /8/' cmd:true | true"
	[ "$statuses" = '141 0 0 0' ]
	[ ! -s err ]
	# The failure of a command counts; the other outputs are whole.
	run -74 --separate-stderr rec-route 'locate /7/' a.rec 'locate /8/' cmd:'cat >/dev/null; exit 9' /dev/null <in.rec
	[ "$stderr" = "rec-route: cmd:cat >/dev/null; exit 9: exit status 9" ]
}

@test "rec-route: a full disk ends all outputs, and their end marks tell" {
	seq 100000 | rec-split >in.rec
	run -74 --separate-stderr rec-route 'locate /7/' /dev/full 'locate /8/' b.rec /dev/null <in.rec
	[ "$stderr" = 'rec-route: /dev/full: No space left on device' ]
	mkstream records <b.rec | tail -n 1 | grep -q '^end [0-9]* 74 rec-route: /dev/full: No space left'
}

# A reader like an ordered gather: it takes a record only if the other output's watermark has passed
# it.
@test "rec-route: outputs advance together: an ordered gather that has room for no more than a block ends" {
	local i

	for i in 1 2 3; do
		{
			seq 1 50000 | sed 's/$/ left/'
			seq 1 $((i * 10000)) | sed 's/$/ right/'
			paste -d '\n' <(seq 1 20000 | sed 's/$/ left/') <(seq 1 20000 | sed 's/$/ right/')
		} >input
		mkfifo a b
		start bash -c "rec-split <input | rec-route 'locate /left/' a 'locate /right/' b /dev/null"
		timeout 60 "$BUILD/tools/level" a b >got
		finish
		[ "$status" -eq 0 ]
		same input got
		# The same with rec-filter's two outputs.
		start bash -c "rec-split <input | rec-filter --else b locate /left/ >a"
		timeout 60 "$BUILD/tools/level" a b >got
		finish
		[ "$status" -eq 0 ]
		same input got
		rm a b
	done
}

@test "rec-route: two names of one file are refused, and one name twice is one output" {
	seq 50 | rec-split >in.rec
	run -64 --separate-stderr rec-route 'locate /1/' x.rec 'locate /2/' ./x.rec <in.rec
	[[ $stderr = *'./x.rec: another output of this command goes there already' ]]
	rec-route 'locate /1/' x.rec 'locate /2/' x.rec <in.rec | rec-join >got
	seq 50 | grep -v '[12]' | cmp - got
	rec-join <x.rec | cmp - <(seq 50 | grep '[12]')
}

@test "rec-route: memory stays small" {
	[ -z "$SAN" ] || skip 'memory is measured without sanitizers'
	yes 'a line of some length, for the left or for the right' | head -n 1000000 | rec-split >in.rec
	"$BUILD/tools/peak" peak rec-route 'locate /q/' a.rec 'locate /left/' /dev/null <in.rec >/dev/null
	[ "$(<peak)" -lt 16384 ]
}

# ---- --key ----

# hidden: prints the hidden folder that files are written into before they are published.
hidden() {
	find "${1:-.}" -maxdepth 2 -name '.rec.*'
}

@test "rec-route: --key writes a file for each value, with the table's header in each" {
	local size

	printf 'id,country,price\n1,DE,5\n2,US,7\n3,DE,9\n4,"DE",1\n5,FR,2' >o.csv
	for size in 1 5 262080; do
		mkdir d
		rec-split -f csv -H o.csv | REC_BLOCK=$size rec-route --key .country 'csv:d/{}.csv' >out
		[ ! -s out ]
		[ "$(ls -A d)" = $'DE.csv\nFR.csv\nUS.csv' ]
		printf 'id,country,price\n1,DE,5\n3,DE,9\n4,"DE",1\n' | same /dev/stdin d/DE.csv
		printf 'id,country,price\n2,US,7\n' | same /dev/stdin d/US.csv
		# The last row came without a newline.
		printf 'id,country,price\n5,FR,2' | same /dev/stdin d/FR.csv
		rm -r d
	done
	# Record streams keep positions, and their end marks have the watermark of the input.
	rec-split -f csv -H o.csv | rec-route --key .country '{}.rec'
	mkstream records <DE.rec | grep -v ^table >got
	printf '0=1,DE,5\n2=3,DE,9\n3=4,"DE",1\nend 5 0 \n' | same /dev/stdin got
	[ "$(rec-join <FR.rec)" = $'id,country,price\n5,FR,2' ]
	[ "$(rec-join <FR.rec | tail -c 1)" = 2 ]
}

@test "rec-route: --key: every framing writes what rec-join writes" {
	local f

	printf '{"k":"a","v":1}\n{"k":"b","v":[2]}\n{"k":"a","v":"x"}\n' >in.jsonl
	for f in json jsonl lines nul escaped; do
		rec-split -f jsonl in.jsonl | rec-route --key .k "$f:{}.$f"
		rec-split -f jsonl in.jsonl | rec-filter where '.k == "a"' | rec-join -f $f >want
		same want a.$f
		rec-split -f jsonl in.jsonl | rec-filter where '.k == "b"' | rec-join -f $f >want
		same want b.$f
	done
	printf 'k\tv\na\t1\nb\t2\r\na\t3\n' | rec-split -f tsv -H >in.rec
	rec-route --key .k 'tsv:{}.tsv' <in.rec
	printf 'k\tv\na\t1\na\t3\n' | same /dev/stdin a.tsv
	printf 'k\tv\nb\t2\r\n' | same /dev/stdin b.tsv
	# A byte order mark and the end of its row are the header's; every file has both.
	printf '\357\273\277k,v\r\na,1\r\nb,2\r\n' | rec-split -f csv -H | rec-route --key .k 'csv:{}.csv'
	printf '\357\273\277k,v\r\nb,2\r\n' | same /dev/stdin b.csv
	# A header without the end of its row gets one.
	run -65 --separate-stderr rec-route --key .k 'json:{}.x' <in.rec
	[ "$stderr" = 'rec-route: a.x: the records are TSV: put rec-map to json before it' ]
	[ ! -e a.x ]
	[ -z "$(hidden)" ]
}

@test "rec-route: --key: a name is safe whatever the key is, and no two keys have the same" {
	local long

	long=$(printf 'x%.0s' {1..300})
	mkdir d
	printf '%s\0' .. . '' a/b /etc/passwd '%2E' $'new\nline' $'\177' "${long}1" "${long}2" .hidden a,b 'a b' -x '*' $'\377' | rec-split -0 |
		rec-route --key 1-* 'nul:d/{}'
	find d -type f | sed 's:^d/::' | LC_ALL=C sort >got
	printf '%s\n' '%252E' '%2E' '%2E.' '%2Ehidden' '%2Fetc%2Fpasswd' '%7F' '%empty' '*' -x 'a b' a%2Fb a,b 'new%0Aline' >want
	grep -v '^xxx' got | grep -av $'\377' | same want /dev/stdin
	[ "$(find d -type f | wc -l)" -eq 16 ]
	# The two long ones: as long as a name may be, and their own.
	[ "$(grep -c '^xxx' got)" -eq 2 ]
	[ "$(grep '^xxx' got | awk '{print length($0)}' | sort -u)" = 255 ]
	grep -q "^x*%~$(printf '%s1' "$long" | sha256sum | head -c 32)\$" got
	tr -d '\0' <"d/$(grep "^x*%~$(printf '%s2' "$long" | sha256sum | head -c 32)\$" got)" | grep -q '2$'
	# A character of UTF-8 is not cut.
	printf 'ä%.0s' {1..200} | rec-split | rec-route --key 1-* 'lines:d/{}.u'
	[ "$(find d -name '*.u' | sed 's/%~.*//; s/ä//g')" = d/ ]
	# Several parts; {} twice.
	printf 'a,b;c\na;b,c\na;\n' | rec-split | rec-route -F ';' --key 'f1 f2' 'lines:d/{}-{}.k'
	[ "$(find d -name '*.k' | LC_ALL=C sort)" = $'d/a%2Cb,c-a%2Cb,c.k\nd/a,-a,.k\nd/a,b%2Cc-a,b%2Cc.k' ]
}

@test "rec-route: --key: --need sends records that lack a part to --else, else it is empty" {
	printf 'a,1\nb\n,2\na,\n' | rec-split -F , >in.rec
	rec-route --key f2 'lines:{}.o' <in.rec
	printf 'b\na,\n' | same /dev/stdin %empty.o
	rec-route --key f2 --need --else rest.rec 'lines:{}.n' <in.rec
	[ "$(rec-join <rest.rec)" = b ]
	[ "$(mkstream records <rest.rec | tail -n 1)" = 'end 4 0 ' ]
	printf 'a,\n' | same /dev/stdin %empty.n
	rec-route --key 'f2 f1' --need 'lines:{}.m' <in.rec
	[ "$(ls ./*.m)" = $'./%2C,a.m\n./1,a.m\n./2,.m' ] || [ "$(ls ./*.m)" = $'./,a.m\n./1,a.m\n./2,.m' ]
}

@test "rec-route: --key: nothing is published after a failure, and what was there stays" {
	mkdir d
	echo old >d/a
	chmod 640 d/a
	mkstream data:0:a data:1:b >cut.rec
	run -65 --separate-stderr rec-route --key 1-* 'lines:d/{}' <cut.rec
	[[ $stderr == 'rec-route: standard input: '* ]]
	[ "$(ls -A d)" = a ]
	[ "$(<d/a)" = old ]
	# The producer's failure is repeated: no end mark could tell.
	mkstream data:0:a end:9:gone >failed.rec
	run -65 --separate-stderr rec-route --key 1-* '{}.rec' <failed.rec
	[[ $stderr == *gone* ]]
	[ ! -e a.rec ]
	mkstream data:0:a,b end | rec-route --key 1-* 'lines:d/{}'
	[ "$(<d/a)" = a ]
	[ "$(stat -c %a d/a)" = 640 ]
	# A full disk.
	seq 20000 | rec-split >in.rec
	REC_FAULT_WRITE='*:5000:ENOSPC' run -74 fault rec-route --key 1 'lines:d/{}.f' <in.rec
	[[ $output == 'rec-route: d/'[0-9]'.f: No space left on device' ]]
	[ -z "$(find d -name '*.f')$(hidden d)" ]
}

@test "rec-route: --key: what has the name and is no file, or is written or read otherwise, is refused" {
	mkstream data:0:a,b end >in.rec
	mkdir d d/a.dir
	ln -s b d/a.link
	mkfifo d/a.fifo
	run -73 --separate-stderr rec-route --key 1-* 'lines:d/{}.dir' <in.rec
	[ "$stderr" = 'rec-route: d/a.dir: Is a directory' ]
	run -73 --separate-stderr rec-route --key 1-* 'lines:d/{}.link' <in.rec
	[ "$stderr" = 'rec-route: d/a.link: a symbolic link has that name' ]
	run -73 --separate-stderr rec-route --key 1-* 'lines:d/{}.fifo' <in.rec
	[ "$stderr" = 'rec-route: d/a.fifo: what has that name is no regular file' ]
	run -73 --separate-stderr rec-route --key 1-* 'lines:none/{}.x' <in.rec
	[ "$stderr" = 'rec-route: lines:none/{}.x: No such file or directory' ]
	# --else is the file of a key.
	run -64 --separate-stderr rec-route --key 1-* --need --else d/b 'd/{}' <in.rec
	[ "$stderr" = 'rec-route: d/b: another output of this command, or its input, is that file' ]
	run -64 --separate-stderr rec-route --key 1-* --need --else lines:d/c 'lines:d/{}' < <(mkstream data:0:c end)
	[ "$stderr" = 'rec-route: d/c: another output of this command, or its input, is that file' ]
	cp in.rec b.rec
	run -64 --separate-stderr rec-route --key 1-* 'append:{}.rec' <b.rec
	[ "$stderr" = 'rec-route: b.rec: another output of this command, or its input, is that file' ]
	# Two names of one file.
	mkdir e
	: >e/a
	ln e/a e/b
	run -73 --separate-stderr rec-route --key 1-* 'append:e/{}' <in.rec
	[ "$stderr" = 'rec-route: e/b: to this file system the file of another key has the same name' ]
	[ -z "$(hidden d)$(hidden)" ]
}

@test "rec-route: --key: append: adds to record streams, is seen at once, and tells a failure" {
	rec-split -f csv -H < <(printf 'k,v\na,1\nb,2\na,3\n') >in.rec
	rec-route --key .k 'append:{}.rec' <in.rec
	rec-route --key .k 'append:{}.rec' <in.rec
	[ "$(rec-join <a.rec)" = $'k,v\na,1\na,3\na,1\na,3' ]
	[ "$(rec-join <b.rec)" = $'k,v\nb,2\nb,2' ]
	mkfifo in
	start bash -c "exec rec-route --key w1 'append:{}.live' <in"
	exec 9>in
	mkstream data:0:a,b >part
	mkstream data:0:a,b data:2:a end >all
	cat part >&9
	within test -s b.live
	mkstream records <a.live 2>/dev/null | grep -qx 0=a
	tail -c "+$(($(stat -c %s part) + 1))" all >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	[ "$(mkstream records <a.live)" = $'0=a\n2=a\nend 3 0 ' ]
	run -65 --separate-stderr rec-route --key w1 'append:{}.cut' < <(mkstream data:0:a,b)
	mkstream records <b.cut | grep -q '^end 2 65 rec-route: standard input: '
}

@test "rec-route: --key: TERM removes what is not published" {
	mkdir d
	mkfifo in
	start bash -c "exec rec-route --memory 1 --key w1 'lines:d/{}' <in"
	exec 9>in
	mkstream data:0:a,b data:2:a >&9
	within eval '[ -n "$(find d -type f)" ]'
	[ -n "$(hidden d)" ]
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	exec 9>&-
	[ -z "$(ls -A d)" ]
}

@test "rec-route: --key: a loss is in every stream, also in one that begins later" {
	mkstream data:0:a loss:1:2:3 data:3:b loss:4:1:5 data:5:a,c end >in.rec
	rec-route --key w1 '{}.rec' <in.rec 2>err
	[ "$(mkstream records <a.rec)" = $'0=a\nloss 1 2\nloss 4 1\n5=a\nend 7 0 ' ]
	[ "$(mkstream records <b.rec)" = $'loss 1 2\n3=b\nloss 4 1\nend 7 0 ' ]
	[ "$(mkstream records <c.rec)" = $'loss 1 3\n6=c\nend 7 0 ' ]
	grep -q 'records left out on the way: 3' err
}

@test "rec-route: --key: thousands of keys with few descriptors and little memory" {
	local memory

	awk 'BEGIN { for (i = 0; i < 8000; i++) print i * 7919 % 1000 "," i }' >big
	mkdir want
	awk -F , '{ f = "want/" $1; print >>f; close(f) }' big
	for memory in 1 10K 64M; do
		mkdir got
		rec-split big >in.rec
		(ulimit -n 20; rec-route -F , --key f1 --memory $memory 'lines:got/{}' <in.rec)
		diff -r want got
		rm -r got
	done
	mkdir got
	(ulimit -n 20; rec-route -F , --key f1 --memory 100K 'append:got/{}' <in.rec)
	[ "$(cd got && echo *)" = "$(cd want && echo *)" ]
	cat got/* | rec-join | same - <(cat want/*)
}

# bats test_tags=random
@test "rec-route: --key: random records are divided as by a model" {
	while rounds; do
		rm -rf want got input
		mkdir want got
		RANDOM=$seed
		n=$((RANDOM % 300)) keys=$((RANDOM % 40 + 1))
		for ((i = 0; i < n; i++)); do
			printf 'k%d %s\n' $((RANDOM % keys)) "$(printf '%*s' $((RANDOM % 60)) '' | tr ' ' $((i % 10)))"
		done >input
		mawk '{ f = "want/" $1; print >>f; close(f) }' input
		REC_BLOCK=$((RANDOM % 200 + 1)) rec-split input |
			rec-route --key w1 --memory $((RANDOM % 3000 + 1)) 'lines:got/{}' || return
		diff -r want got || return
	done
}

@test "rec-route: --key: a column that is not there, and no names" {
	printf 'x,y\n1,2\n' | rec-split -f csv -H >in.rec
	run -65 --separate-stderr rec-route --key .z 'csv:{}.csv' <in.rec
	[ "$stderr" = 'rec-route: --key: .z: no such column (the table has x, y)' ]
	printf 'x,y\n1,2\n' | rec-split | rec-route --key .y 'lines:{}.l' 2>err
	echo 'rec-route: none of 2 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	[ -z "$(hidden)" ]
}

@test "rec-route: --key: record streams in files that are called .csv get a line" {
	printf 'a\nb\n' | rec-split >in.rec
	rec-route --key w1 '{}.csv' <in.rec 2>err
	[ "$(<err)" = 'rec-route: {}.csv: a record stream is written there; csv:{}.csv writes CSV' ]
	[ "$(rec-join <a.csv)" = a ]
	rec-route --key w1 'lines:{}.txt' <in.rec 2>err
	rec-route --key w1 '{}.rec' <in.rec 2>>err
	[ ! -s err ]
}

@test "rec-route: --key: wrong usage" {
	usage '--key: a path with {} is needed, such as csv:dir/{}.csv' --key w1
	usage 'x: {} is missing, in whose place the key is put, as in csv:dir/{}.csv' --key w1 x
	usage '{}/x: {} is for the last part of the path only, such as dir/{}.rec' --key w1 '{}/x'
	usage 'cmd:gzip >{}: a file for each key is a path with {}, such as csv:dir/{}.csv' --key w1 'cmd:gzip >{}'
	usage 'shm:x: a file for each key is a path with {}, such as csv:dir/{}.csv' --key w1 shm:x
	usage '-: a file for each key is a path with {}, such as csv:dir/{}.csv' --key w1 -
	usage 'fifo:{}: a file for each key is a path with {}, such as csv:dir/{}.csv' --key w1 'fifo:{}'
	usage 'append:csv:{}: only records are appended to a file for each key: append:dir/{}.rec; rec-join -f csv <FILE makes text of one' \
		--key w1 'append:csv:{}'
	usage '--key: given twice: write --key a,b' --key w1 --key w2 '{}'
	usage '--key --need: --key needs a value, such as .customer' --key --need '{}'
	usage ".customer: a file for each value is written --key .customer csv:{}.csv" .customer 'csv:{}.csv'
	usage "--key: date(.d): a part of a record is expected; an expression becomes one, .t, by rec-map set t='date(.d)' before this command" \
		--key 'date(.d)' '{}'
	usage 'b: only one endpoint is expected with --key' --key w1 '{}' b
	usage '--else goes with --need: without it no record is rejected' --key w1 --else x '{}'
	usage '-i goes with phrases, not with --key' -i --key w1 '{}'
	usage '--need goes with --key' --need locate -
	usage "--key: the parts that decide are needed, such as .country or 'field 1'" --key '' '{}'
	usage '--memory x: not a size such as 64M' --key w1 --memory x '{}'
}
