#!/usr/bin/env bats
# range: rec-filter's verbs that look into a part of a record (rec-range(7)), and those that look at its beginning.

repo=$(cd "${BATS_TEST_DIRNAME:?}/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$repo/$BUILD ;;
esac

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$BUILD/bin:$PATH
	for name in $(compgen -v REC_); do
		unset "$name"
	done
	export LC_ALL=C.UTF-8
	cases=0
}

same() {
	cmp -- "$1" "$2" >&2 || { diff -u -- "$1" "$2" >&2 || :; return 1; }
}

# keeps LINES KEPT ARG ...: of LINES (as printf takes them) rec-filter with these arguments keeps
# KEPT; --else gets the others, and both together have all positions; in small blocks and in one. -c
# counts those kept, -q finds whether there are any, -v does the opposite.
keeps() {
	local input=$1 kept=$2 want st block

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf -- "$input" >input && printf -- "$kept" >expected || return
	for block in 9 100000; do
		REC_BLOCK=$block rec-split <input >input.rec || return
		rec-filter --else other.rec "$@" <input.rec >kept.rec && rec-join <kept.rec >found && rec-join <other.rec >other || return
		same expected found || { echo "by: $*" >&2; return 1; }
		rec-view input.rec >all.view && rec-view kept.rec >kept.view && rec-view other.rec >other.view || return
		sort -n kept.view other.view | cmp - all.view || { echo "together, by: $*" >&2; return 1; }
		rec-filter -v "$@" <input.rec | rec-join >found || return
		same other found || { echo "-v: $*" >&2; return 1; }
	done
	want=$(wc -l <expected)
	[ "$(rec-filter -c "$@" <input.rec)" = "$want" ] || { echo "-c: $*" >&2; return 1; }
	st=0
	rec-filter -q "$@" <input.rec >out || st=$?
	if [ -s out ] || [ "$st" -ne $((want == 0)) ]; then
		echo "-q: $*: $st" >&2
		return 1
	fi
	cases=$((cases + 1))
}

# usage MESSAGE ARG ...: 64, one line that begins so, nothing written.
usage() {
	local message="rec-filter: $1" st=0

	shift
	rec-filter "$@" </dev/null >out 2>err || st=$?
	if [ "$st" -ne 64 ] || [ -s out ] || [ "$(wc -l <err)" -ne 1 ]; then
		echo "status $st: $*" >&2
		cat err >&2
		return 1
	fi
	case $(<err) in
	"$message"*) ;;
	*) { echo "not: $message"; cat err; } >&2; return 1 ;;
	esac
	cases=$((cases + 1))
}

@test "rec-filter: locate in columns" {
	local input='abcdef\nabc\nb\n\n'

	keeps "$input" 'abcdef\nabc\n' locate 2-2 /b/
	keeps "$input" 'abcdef\nabc\nb\n' locate 1-2 /b/
	keeps "$input" 'b\n' locate 1.1 /b/
	keeps "$input" 'abcdef\n' locate 4-*
	keeps "$input" 'abc\nb\n\n' nlocate 4-*
	keeps "$input" 'abcdef\n' locate 4-4
	keeps "$input" 'abcdef\n' locate 4-* //
	keeps "$input" 'abc\n' locate -2:-1 /bc/
	keeps "$input" 'abc\n' locate '-2;-1' /bc/
	keeps "$input" 'abc\n' locate -1:-1 /c/
	keeps "$input" 'abcdef\nabc\n' locate 2:-2
	keeps "$input" 'abcdef\n' locate -5
	keeps "$input" 'abcdef\nabc\nb\n' locate '*'
	keeps "$input" '\n' nlocate '*'
	keeps "$input" 'abcdef\nabc\n' -i locate 2-2 /B/
	keeps "$input" '' locate 2-3 /a/
	keeps "$input" 'abcdef\nabc\n' locate 2-3 /x/ /b/
	keeps "$input" 'abcdef\nabc\n' -e b locate 2-3
	[ "$cases" -eq 18 ]
}

@test "rec-filter: locate in words and fields" {
	local input='GET /a 200\n  POST\t/b  500 \n200\n\n'

	keeps "$input" 'GET /a 200\n' locate w3 /200/
	keeps "$input" 'GET /a 200\n  POST\t/b  500 \n' locate word 2
	keeps "$input" '200\n\n' nlocate w2
	keeps "$input" '  POST\t/b  500 \n' locate words 1-2 x09
	keeps "$input" '  POST\t/b  500 \n' locate w-1 /5/
	keeps "$input" '  POST\t/b  500 \n' locate w2-* '/  5/'
	keeps "$input" 'GET /a 200\n' locate ws / w2 /a/
	keeps "$input" '  POST\t/b  500 \n' locate f2 /b/
	keeps "$input" '  POST\t/b  500 \n' locate fields 2
	keeps "$input" 'GET /a 200\n  POST\t/b  500 \n' locate fs / f2
	keeps "$input" 'GET /a 200\n  POST\t/b  500 \n' -F / locate f2
	keeps "$input" 'GET /a 200\n  POST\t/b  500 \n' locate -F 2f f2
	keeps 'a::b:c\nb::a\na:b\n' 'a::b:c\n' locate fs :: f2 /b/
	keeps 'a::b:c\nb::a\na:b\n' 'a::b:c\n' -F :: locate f2 /b/
	keeps 'a,,b\na\n,\n' 'a,,b\n,\n' locate fs , f2
	keeps 'a,,b\na\n,\n' '' locate substr 1-1 of fs , f2
	keeps 'ab cd\nab xd\n' 'ab xd\n' locate substr 1-1 of w2 /x/
	keeps 'ab cd\nab xd\n' 'ab cd\nab xd\n' locate '(1-1 w2)' /a/ /c/
	keeps 'ab cd\nab xd\n' 'ab cd\n' locate 2.1,w2 /c/
	keeps 'ab cd\nab xd\n' 'ab cd\n' locate \( 2-2 w2 \) /c/
	[ "$cases" -eq 20 ]
}

@test "rec-filter: a text that is partly outside of a range is not in it" {
	keeps 'abcd\nxbcx\n' 'abcd\n' locate 2-4 /bcd/
	keeps 'abcd\nxbcx\n' '' locate 2-3 /bcd/
	keeps 'abcd\nxbcx\n' '' locate '(1-2 3-4)' /bc/
	keeps 'a b\nab\n' '' locate '(w1 w2)' '/a b/'
	# Found outside of the range first, and within it later.
	keeps 'x y x\nx y y\n' 'x y x\n' locate w3 /x/
}

@test "rec-filter: records with newlines and NULs have words and columns too" {
	printf 'a\nb c\0d\0e\0' | rec-split -f fixed:5 >in.rec
	rec-filter locate w2 /b/ <in.rec | rec-view >out
	printf '     0       5  a^Jb c\n' >want
	same want out
	rec-filter locate 2-2 /d/ <in.rec | rec-view >out
	printf '     1       5  ^@d^@e^@\n' >want
	same want out
	rec-filter locate fs 00 f3 /e/ <in.rec | rec-view >out
	same want out
}

@test "rec-filter: locate in csv fields and in columns of a table" {
	printf 'name,"unit price",3\n"a ""x"", b",5,p\nc,"7",q\n' >in.csv
	rec-split in.csv >in.rec
	rec-split -f csv -H in.csv >table.rec
	{
		rec-filter -c locate csv 1 '/"x", b/' <in.rec
		rec-filter -c locate csv 2 /7/ <in.rec
		rec-filter -c locate csv -1 /p/ <in.rec
		rec-filter -c locate csv 1-2 '/b",5/' <in.rec
		rec-filter -c locate '."unit price"' /7/ <table.rec
		rec-filter -c locate .name /,/ <table.rec
		rec-filter -c locate '."3"' /q/ <table.rec
		rec-filter -c locate '(."unit price" csv 3)' /p/ /7/ <table.rec
		rec-filter -c locate f1 '/"x", b/' <table.rec
		rec-filter -c locate f1-2 '/b",5/' <table.rec
		rec-filter -c locate 1-3 '/"a /' <table.rec
		rec-filter -c locate w2 '/""x"",/' <table.rec
		rec-filter -c locate '*' '/""x"",/' <table.rec
		rec-filter -c match f-1 '/^[pq]$/' <table.rec
		rec-filter -c locate /name/ <table.rec
	} >out
	printf '1\n1\n1\n1\n1\n1\n1\n2\n1\n1\n1\n1\n1\n2\n0\n' >want
	same want out
	tr , ';' <in.csv | rec-split -H -f 'csv:;' | rec-filter locate '."unit price"' /7/ | rec-join >out
	printf 'name;"unit price";3\nc;"7";q\n' >want
	same want out
	printf 'PID CMD\n 5  a  b\n6 b c\n' | rec-split -H -F WORDS | rec-filter locate .CMD '/a  b/' | rec-join >out
	printf 'PID CMD\n 5  a  b\n' >want
	same want out
	printf 'id\tj\n1\t{"a":["\\u0078"]}\n' | rec-split -H -f tsv | rec-filter -c locate '.j.a[0]' /x/ >out
	[ "$(<out)" -eq 1 ]
}

@test "rec-filter: a table's header goes to both outputs, and is no record" {
	for block in 9 100000; do
		printf 'h1,h2\na,1\nb,2\nc,1\n' | REC_BLOCK=$block rec-split -f csv -H >in.rec
		for args in 'locate .h2 /1/' 'nlocate .h2 /2/' '-v locate .h2 /2/' 'locate f2 /1/'; do
			# shellcheck disable=SC2086 # words
			rec-filter --else other.rec $args <in.rec | rec-join >out
			printf 'h1,h2\na,1\nc,1\n' >want
			same want out
			rec-join <other.rec >out
			printf 'h1,h2\nb,2\n' >want
			same want out
		done
		[ "$(rec-filter -c locate .h2 /1/ <in.rec)" = 2 ]
		rec-filter -n 1 locate .h2 /1/ <in.rec | rec-join >out
		printf 'h1,h2\na,1\n' >want
		same want out
		st=0
		rec-filter -q locate /h1/ <in.rec || st=$?
		[ "$st" -eq 1 ]
		rec-filter -q locate .h1 /c/ <in.rec
	done
	cat in.rec in.rec | rec-filter -c locate .h2 /1/ >out
	[ "$(<out)" = 4 ]
	rec-split -f csv -H </dev/null | rec-filter locate .h2 /1/ >none.rec
	rec-join <none.rec >out
	[ ! -s out ]
	printf 'h1,h2' | rec-split -f csv -H | rec-filter locate .h2 /1/ | rec-join >out
	[ "$(<out)" = h1,h2 ]
}

# refused REASON ARG ...: rec-filter refuses the table of in.rec before any record, and says so
# downstream.
refused() {
	local st=0

	rec-filter "${@:2}" <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ] || { echo "status $st: $*" >&2; return 1; }
	echo "rec-filter: $1" | same /dev/stdin err || return
	"$BUILD/tools/mkstream" records <out.rec | grep -v '^table ' >ended
	printf 'end 0 65 rec-filter: %s\n' "${1//\\/\\\\}" | same /dev/stdin ended
}

@test "rec-filter: names that the table does not have, or cannot have, are 65, told downstream" {
	printf 'id,price,a.b,id\n1,2,3,4\n' | rec-split -f csv -H >in.rec
	refused 'locate: .prise: no such column (the table has id, price, "a.b", id)' locate .prise /1/
	refused 'locate: .Price: no such column (the table has id, price, "a.b", id)' locate .Price /1/
	refused 'locate: .id: two columns have that name (the table has id, price, "a.b", id)' locate .id /1/
	refused 'locate: .a.b: no such column (the table has id, price, "a.b", id); that column is written '\''."a.b"'\''' locate .a.b
	refused 'locate: fs: the table has its separator' locate fs , f2 /1/
	refused 'locate: -F: the table has its separator' -F , locate w1 /1/
	refused 'where: .x: no such column (the table has id, price, "a.b", id)' where '1 || .x'
	[ "$(rec-filter -c locate .price /2/ <in.rec)" -eq 1 ]
	printf '\033[1m,b\001,c,d,e,f,g,h,i,j,k\n' | rec-split -f csv -H >in.rec
	refused 'match: .x: no such column (the table has "\u001b[1m", "b\u0001", c, d, e, f, g, h, i, j, ...)' match .x /1/
	for wrong in "x;y;z|'csv:;'|;" 'x,y,z|csv|,' 'x\ty\tz|tsv|TAB'; do
		IFS='|' read -r names framing separator <<<"$wrong"
		for framing_now in csv 'csv:;' tsv lines; do
			[ "$framing_now" != "${framing//\'/}" ] || continue
			printf '%b\n' "$names" | rec-split -f "$framing_now" -H >in.rec
			refused "where: .x: no such column (the table has \"$names\"); if $separator separates columns: rec-split -f $framing -H" where .x
			[ "$(printf '%b\n' "$names" 1 | eval "rec-split -f $framing -H" | rec-filter -c where '.x == 1')" -eq 1 ]
		done
	done
	printf '"a,b"\n' | rec-split -f csv -H >in.rec
	refused 'where: .x: no such column (the table has "a,b")' where .x
	printf '1,2\n' | rec-split -f csv >in.rec
	refused 'locate: .a: the table has no names (rec-split -H takes them from the first row)' locate .a /1/
	[ "$(rec-filter -c locate f2 /2/ <in.rec)" -eq 1 ]
	"$BUILD/tools/mkstream" 'table:{"framing":"json","columns":["a","b"]}\n' 'data:0:{"a":1}' end >in.rec
	refused 'where: .c: no such column (the table has a, b)' where '.c == 1'
	[ "$(rec-filter -c where '.a == 1 && .b == null' <in.rec)" -eq 1 ]
}

@test "rec-filter: the name that a message proposes is right as it is typed, in words and within a word" {
	printf '%s\n' '"a.b",its.so,"x[0]"' 1,2,3 | rec-split -f csv -H >in.rec
	for word in .a.b .its.so '.x[0]'; do
		! rec-filter -c locate "$word" /1/ /2/ /3/ <in.rec >/dev/null 2>err || return
		[ "$(eval "rec-filter -c locate $(sed 's/.* is written //' err) /1/ /2/ /3/" <in.rec)" -eq 1 ]
	done
	! rec-filter -c where '.a.b == 1' <in.rec >/dev/null 2>err || return
	grep -q 'that column is written \."a\.b"$' err
	! rec-only 'locate .a.b /1/' rec-filter where 1 <in.rec >/dev/null 2>err || return
	grep -q 'that column is written \."a\.b"$' err
}

@test "rec-filter: if no record is JSON and there is no table, a name gets a line at the end" {
	printf 'id,price\n1,2\n2,20\n3,7\n' >o.csv
	rec-split o.csv >in.rec
	for args in 'where .price' 'locate .price' 'match .price.x /1/' '-v where .price' '-c where .price'; do
		# shellcheck disable=SC2086 # words
		rec-filter $args <in.rec >out 2>err
		echo 'rec-filter: none of 4 records is JSON; for CSV: rec-split -f csv -H' | same /dev/stdin err
	done
	{ rec-split o.csv; echo '{"price":7}' | rec-split; } | rec-filter -c where .price >out 2>err
	[ "$(<out)" -eq 1 ] && [ ! -s err ]
	rec-split </dev/null | rec-filter -c where .price 2>err
	[ ! -s err ]
	rec-filter -c where 'POS > 0' <in.rec 2>err
	[ ! -s err ]
	rec-split -f csv -H o.csv | rec-filter -c where '.price > 9' >out 2>err
	[ "$(<out)" -eq 1 ] && [ ! -s err ]
}

@test "rec-filter: locate in members of JSON values" {
	cat >in.json <<-'END'
	{"user":{"id":7,"name":"A\u0064a"},"items":[{"sku":"x1"},{"sku":"x2"}]}
	{"user":{"id":71,"name":"Bob \"B\""},"odd name":"x1","items":[]}
	{"id":7,"list":[7]}
	END
	rec-split -f json in.json >in.rec
	{
		rec-filter -c locate .user.id /7/ <in.rec
		rec-filter -c locate .user.id /71/ <in.rec
		rec-filter -c locate .user.name /Ada/ <in.rec
		rec-filter -c locate .user.name '/"B"/' <in.rec
		rec-filter -c locate '.items[1].sku' /2/ <in.rec
		rec-filter -c locate '.items[-1].sku' /x2/ <in.rec
		rec-filter -c locate '.items[0].sku' /x2/ <in.rec
		rec-filter -c locate '."odd name"' <in.rec
		rec-filter -c locate .items <in.rec
		rec-filter -c locate '.id,.user.id' /7/ <in.rec
		rec-filter -c locate substr 1-1 of .user.name /B/ <in.rec
		rec-filter -c nlocate .user <in.rec
	} >out
	printf '2\n1\n1\n1\n1\n1\n0\n1\n2\n3\n1\n1\n' >want
	same want out
	# A record that is not JSON reaches no member.
	keeps '{"a":1}\nno\n{"a"\n[1]\n' '{"a":1}\n' locate .a
}

@test "rec-filter: find and strfind look at the beginning" {
	local input='a b\na_b\naxb c\nA b\na\n\n'

	keeps "$input" 'a b\na_b\naxb c\n' find '/a b/'
	keeps "$input" 'A b\na\n\n' nfind '/a b/'
	keeps "$input" 'a b\n' find /a_b/
	keeps "$input" 'a b\nA b\n' -i find /A_b/
	keeps "$input" 'a b\na_b\naxb c\nA b\n' find '/   /'
	keeps "$input" "$input" find //
	keeps "$input" 'a b\n' find -e 'a b'
	keeps "$input" 'a_b\n' find -e a_b
	keeps "$input" 'a b\n' strfind '/a b/'
	keeps "$input" 'a_b\n' strfind /a_b/
	keeps "$input" 'a_b\naxb c\nA b\na\n\n' strnfind '/a b/'
	keeps "$input" 'a b\nA b\n' strfind -i '/a B/'
	keeps "$input" 'a b\n' strfind x612062
	keeps "$input" 'a b\n' strfind -e 'a b'
	keeps "$input" "$input" strfind //
	keeps "$input" 'a b\na_b\naxb c\nA b\na\n' find '/ /'
	[ "$cases" -eq 16 ]
}

@test "rec-filter: whatever the range, a prefilter changes nothing" {
	# Compared with awk's fields and columns.
	awk 'BEGIN { srand(7); for (i = 0; i < 3000; i++) { s = ""; n = int(rand() * 30); for (k = 0; k < n; k++) s = s substr("ab ,\t\"", 1 + int(rand() * 6), 1); print s } }' >in
	rec-split in >in.rec
	rec-filter locate w2 /a/ <in.rec | rec-join >out
	awk '$2 ~ /a/' in >want
	same want out
	rec-filter locate f2 /ab/ <in.rec | rec-join >out
	awk -F'\t' '$2 ~ /ab/' in >want
	same want out
	rec-filter locate fs , f-1 /b/ <in.rec | rec-join >out
	awk -F, '$NF ~ /b/' in >want
	same want out
	rec-filter locate 5-9 /ab/ <in.rec | rec-join >out
	awk 'substr($0, 5, 5) ~ /ab/' in >want
	same want out
	rec-filter locate w-2 /b/ <in.rec | rec-join >out
	awk 'NF > 1 && $(NF - 1) ~ /b/' in >want
	same want out
	rec-filter nlocate w4 <in.rec | rec-join >out
	awk 'NF < 4' in >want
	same want out
}

@test "rec-filter: words that are no operands are 64, with what was expected and the synopsis" {
	usage 'locate: 500: a column range is 500-500 or 500-*, a string is /500/; the synopsis is locate [RANGE ...] [TEXT ...] (' locate 500
	usage 'locate: 500: a column range is 500-500 or 500-*' locate w1 500
	usage 'nlocate: 5-3: its end is before its beginning; a string is /5-3/; the synopsis is nlocate' nlocate 5-3
	usage 'locate: 0-3: columns, words and fields are counted from 1' locate 0-3 /a/
	usage 'locate: w2x: not a range such as' locate w2x
	usage 'locate: word: a number is expected after it: word 2, words 3-5; that word itself is /word/;' locate word /a/
	usage 'locate: w2: ranges come before the strings; a string is /w2/' locate /a/ w2
	usage 'locate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis' locate timeout
	usage 'locate: timeout: write /timeout/, or -e timeout; a column is .timeout; the synopsis' locate w2 timeout
	usage '.qty > 40: no such verb; a condition is where '\''.qty > 40'\'' (' '.qty > 40'
	usage ".a == \"it's\": no such verb; a condition is where '.a == \"it'\\''s\"' (" ".a == \"it's\""
	usage '/a b/: no such verb; a string is found by locate '\''/a b/'\'' (' '/a b/'
	usage '.region: no such verb; a string is found by locate .region /TEXT/ (' .region /a/
	usage 'w2: no such verb; a string is found by locate w2 /TEXT/ (' w2 /a/
	usage 'x==: no such verb; there are locate, nlocate, find' x==
	usage 'locate: region: write /region/, or -e region; a column is .region; the synopsis' locate region /a/
	usage 'locate: name: write /name/, or -e name; a column is .name or '\''."customer name"'\''; the' locate .customer name /a/
	usage 'locate: .customer name: a column is '\''."customer name"'\''; a string is /.customer name/' locate '.customer name' /a/
	usage 'locate: .%CPU: a column is '\''."%CPU"'\'', a string /.%CPU/; the synopsis' locate .%CPU /3/
	usage 'match: .%a.b: a column is '\''."%a.b"'\'', a string /.%a.b/; the synopsis' match .%a.b /3/
	usage 'locate: sales.csv: write /sales.csv/, or -e sales.csv; the synopsis' locate sales.csv
	usage 'locate: region: not a part of a record such as 1-8, w2, f3 or csv 4; a column is .region; a string' locate '(w1' region
	usage 'locate: csv price: a column is named by a dot: .price, and rec-split -f csv -H takes the names' locate csv price /a/
	usage 'locate: csv unit price: a column is named by a dot: '\''."unit price"'\'', and' locate csv 'unit price' /a/
	usage 'locate: .3: a name that begins with a digit is written '\''."3"'\'', column 3 f3' locate .3 /a/
	usage "locate: .ms>500: no part of a record, but an expression, as where, rec-map set and rec-reduce take it; a member or column of that name is written '.\"ms>500\"'; the synopsis" locate '.ms>500'
	usage "locate: .a.b-c: no part of a record, but an expression, as where, rec-map set and rec-reduce take it; a member or column of that name is written '.a.\"b-c\"'; the" locate 'w1,.a.b-c' /x/
	usage "locate: .it's.so: a name without quotes has letters, digits, _ @ and $; a member or column of that name is written '.\"it'\\''s\"'; the" locate ".it's.so"
	usage 'locate: csv(price): a column is named by a dot: .price, and rec-split -f csv -H takes the names' locate 'csv(price)' /a/
	usage 'locate: csv(unit): a column is named by a dot: .unit, and' locate 'csv( unit price )' /a/
	usage 'locate: csv .price: a column is named by a dot: .price, and' locate csv .price /a/
	usage 'locate: csv(3): a column is written csv 3 here, and csv(3) in expressions' locate 'csv(3)' /a/
	usage "-H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9' (rec-filter" -H locate /a/
	usage "-H: the header is declared at the edge: rec-split -f csv -H … | rec-filter where '.price > 9' (rec-filter" locate --header /a/
	usage 'locate: (w1: the list is not closed' locate '(w1'
	usage 'locate: /a/: a part of the record is expected before the string, or the parenthesis' locate '(w1' /a/
	usage 'locate: /a/: a part of the record is expected before the string; the synopsis' locate fs , /a/
	usage 'locate: an empty word' locate ''
	usage '-F foo: a separator is one character' -F foo locate f2
	[ "$(printf 'a b\nc d\n\0e\n' | rec-split -0 | rec-filter -F '\n' -c locate f2 '/c d/')" = 1 ]
	usage '-F WORDS: not a separator here; columns between blanks are rec-split -F WORDS' -F WORDS locate f2
	usage 'find: a string is needed; the synopsis is find TEXT' find
	usage 'find: b: write /b/, or -e b; the synopsis is find TEXT' find b
	usage 'strfind: /b/: one string is expected, not 2; the synopsis is strfind TEXT' strfind /a/ /b/
	usage 'nfind: -e: one string is expected, not 2' nfind -e a -e b
	usage 'strfind: w2: write /w2/, or -e w2; the synopsis is strfind TEXT' strfind w2 /a/
	usage 'match: an expression is needed, such as '"'/^a.*[0-9]$/'" match w2
	usage 'match: -e: one expression is expected, not 2' match -e a -e b
	usage 'nmatch: foo: write /foo/, or -e foo' nmatch foo bar
	usage 'search: no such verb; there are locate, nlocate, find, nfind, strfind, strnfind' search /a/
	usage 'help: search: no such verb; there are' help search
	usage 'help: find: one verb is expected, or none' help locate find
	[ "$cases" -eq 51 ]
}

@test "rec-filter: help lists the verbs, and explains one" {
	rec-filter help >out
	for verb in locate nlocate find nfind strfind strnfind; do
		grep -q "^$verb " out
		rec-filter help "$verb" >one
		head -n 1 one | grep -q "^$verb "
		[ "$(wc -l <one)" -eq 2 ]
	done
	st=0
	rec-filter help >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
}

@test "rec-filter: ranges in dash, as the page quotes them" {
	command -v dash >/dev/null || skip 'there is no dash'
	# shellcheck disable=SC2016 # dash expands it
	dash -c 'printf "a b;c\n" | rec-split | rec-filter -c locate "(1-1 fs ; f2)" /c/ &&
		printf "a b;c\n" | rec-split | rec-filter -c locate fs \; f2 /c/ &&
		printf "abc\n" | rec-split | rec-filter -c locate -2:-1 /bc/ &&
		printf "abc\n" | rec-split | rec-filter -c locate "2;3" /bc/' >out
	printf '1\n1\n1\n1\n' >want
	same want out
}

@test "rec-filter: as in other commands, no header goes out before a table is refused" {
	local command count=0

	printf 'id,price\n1,5\n' | rec-split -f csv -H >in.rec
	while read -r command; do
		# shellcheck disable=SC2086 # the command's words
		! $command <in.rec 2>err | rec-join >out 2>/dev/null || return
		grep -q ': .zz: no such column (the table has id, price)$' err || return
		[ ! -s out ] || return
		count=$((count + 1))
	done <<-'END'
		rec-filter locate .zz /1/
		rec-unique .zz
		rec-around -C 1 locate .zz /1/
		rec-map cut .zz
		rec-map set a=.zz
		rec-map rename a=.zz
		rec-map specs .zz 1
		rec-sort .zz
		rec-reduce --key .zz count
		rec-lookup .zz=.id in.rec
	END
	[ "$count" -gt 9 ]
}
