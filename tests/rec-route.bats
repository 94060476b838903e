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
	[ "$(cat peak)" -lt 16384 ]
}
