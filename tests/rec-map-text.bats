#!/usr/bin/env bats
# rec-map: the verbs for text: change, sub, gsub, extract, xlate, split, duplicate.

load helper
load map

# is VERB ... : the lines of standard input are what it gives.
is() {
	what "$@" >is && same - is
}

rows() {
	printf 'id,name,tags\n1,"Smith, J","[1,2]"\n2,bob,"[""a"",""b""]"\n3,,\n4\n'
}

@test "rec-map change: strings, at most so often, in ranges" {
	printf 'a-b-c\nx\n\n-b--\n' >in
	sed 's/-/+/g' in | is change '/-/+/'
	sed 's/-/+/' in | is change 1 '/-/+/'
	sed 's/-//' in | sed 's/-//' | is change 2 '/-//'
	sed 's/-/::/g' in | is change ',-,::,'
	sed 's/^/>/' in | is change '//>/'
	printf 'a+b-c\nx\n\n+b+-\n' | is change 1-3 '/-/+/'
	printf 'A-b-c\nx\n\n-b--\n' | is change -i '/a/A/'
	printf 'A-b-A\n' >in
	printf 'x-b-x\n' | is change -i '/a/x/'
	printf 'a:b:c\n' >in
	printf 'a:[b]:c\n' | is change -F : f2 '/b/[b]/'
	printf 'a b a\n' >in
	printf 'X b a\n' | is change 1 w1 w3 '/a/X/' # N counts in the whole record
	rows >in
	split='-f csv -H'
	rows | sed 's/"Smith, J"/Smith; J/' | is change .name '/,/;/'
	rows | sed 's/bob/"b""b"/' | is change .name '/o/"/'
	rows | sed 's/bob/BoB/; s/""b""/""B""/' | is change f2-3 '/b/B/'
	rows | sed '1!s/,/;/g' | is change '/,/;/'
}

@test "rec-map change: bad operands" {
	printf 'a\n' >in
	fails 64 'change: /FROM/TO/ is needed (rec-map -h shows the usage)' change
	fails 64 'change: /a/: /FROM/TO/ is expected, with one character of punctuation at three places (rec-map -h shows the usage)' change /a/
	fails 64 'change: b: one word too many: /FROM/TO/ comes last, in one word of the shell (rec-map -h shows the usage)' change /a/b/ b
	fails 64 'change: /a/b/c: there is more after the third /: if a / is part of a text, put another character between the texts, such as , (rec-map -h shows the usage)' change /a/b/c
	fails 64 'sub: /a/b/g: all matches are replaced by gsub /a/b/ (rec-map -h shows the usage)' sub /a/b/g
	fails 64 'sub: \2: the expression has 1 parentheses (rec-map -h shows the usage)' sub '/(a)/\2/'
	fails 64 'gsub: replacement: at "\q" (byte 1): no such escape; there are \1 to \9, \& \\ \n \t \r \f \v \a \xHH (rec-map -h shows the usage)' gsub '/a/\q/'
	rec-map replace 2>err && return 1
	grep -q '^rec-map: replace: no such verb; it is change here' err
}

@test "rec-map sub, gsub: as sed -E, with &, parentheses and escapes" {
	printf 'john smith 42\n\n7 and 77\n(x)\n' >in
	sed -E 's/[0-9]+/<&>/' in | is sub '/[0-9]+/<&>/'
	sed -E 's/[0-9]+/<&>/g' in | is gsub '/[0-9]+/<&>/'
	sed -E 's/([a-z]+) ([a-z]+)/\2, \1/' in | is sub '/([a-z]+) ([a-z]+)/\2, \1/'
	sed -E 's/(.)(.)/\2\1/g' in | is gsub '/(.)(.)/\2\1/'
	sed -E 's/x*/-/g' in | is gsub '/x*/-/'
	sed -E 's/o/\&/g' in | is gsub '/o/\&/'
	sed -E 's/ /\t/g' in | is gsub '/ /\t/'
	sed -E 's/o//g' in | is gsub '/o//'
	sed -E 's/and/AND/' in | is gsub -i '/AnD/AND/'
	sed -E 's/(x)|(7)/[\1\2]/g' in | is gsub '/(x)|(7)/[\1\2]/'
	printf 'john smith 42\n\n7 4nd 77\n(x)\n' | is gsub w2 '/a/4/'
	printf 'a:b:c\n' >in
	printf 'a:<>:c\n' | is gsub -F : f2 '/^b$/<>/'
}

@test "rec-map gsub: columns, JSON, logfmt, paragraphs are written anew only if they change" {
	rows >in
	split='-f csv -H'
	rows | sed 's/bob/"b"",""b"/' | is gsub .name '/o/","/'
	rows | sed 's/"Smith, J"/J Smith/' | is sub .name '/(.*), (.*)/\2 \1/'
	printf '1,"a, b"\n4\n' >in
	fails 65 'gsub: .nope: no such column (the table has "1", "a, b")' gsub .nope /a/b/
	printf '{"id": 7, "u":{"n":"a\\"b"}, "x":[1]}\n' >in
	split='-f jsonl'
	printf '{"id": 7, "u":{"n":"aQ\\n\\"b"}, "x":[1]}\n' | is gsub .u.n '/"/Q\n"/'
	printf '{"id": 8, "u":{"n":"a\\"b"}, "x":[1]}\n' | is gsub .id '/7/8/'
	printf '{"id": "7x", "u":{"n":"a\\"b"}, "x":[1]}\n' | is gsub .id '/$/x/'
	is gsub .nope '/./x/' <in
	printf 'a=1 b="x y"\n' >in
	split='-f logfmt'
	printf 'a=1 b="z z y"\n' | is gsub .b '/x/z z/'
	printf 'Name: x\nSize: 1\n\n' >in
	split='-f fields'
	rec-split -f fields in | rec-map gsub .name '/x/y/' | rec-join | same - <(sed s/x/y/ in)
}

@test "rec-map sub: what cannot be changed goes to --else, or ends with its position" {
	printf 'a\tb\n1\t2\n3\t4\n' >in
	split='-f tsv -H'
	fails 65 'sub: record 1: it has the separator of the table, or a line'\''s end, in it' sub .a '/3/\t/'
	printf '{"x":[1]}\n{"x":1}\n' >in
	rec-split -f jsonl in | rec-map --else rest.rec gsub .x /1/2/ | rec-join | same - <(echo '{"x":2}')
	rec-join <rest.rec | same - <(echo '{"x":[1]}')
	# Longer than REC_MAX.
	printf 'aaaa\nb\n' | rec-split | REC_MAX=1024 rec-map --else rest.rec gsub /a/"$(printf '%0500d' 0)"/ >out.rec
	rec-join <out.rec | same - <(echo b)
	rec-join <rest.rec | same - <(echo aaaa)
	rec-split <in | rec-map --need --else rest.rec gsub f9 /a/b/ | rec-join -f lines >out
	[ ! -s out ]
}

@test "rec-map extract: matches, fields, columns" {
	printf 'k=1 v=22\nnothing\nx=3\n' >in
	grep -oE '[0-9]+' in | is extract '/[0-9]+/'
	printf 'k\t1\nv\t22\nx\t3\n' | is extract '/([a-z])=([0-9]+)/'
	printf 'k,1\nv,22\nx,3\n' | is extract -O , '/([a-z])=([0-9]+)/'
	printf '1\n3\n' | is extract w1 '/[0-9]+/'
	printf '{"key":"k","n":1}\n{"key":"v","n":22}\n{"key":"x","n":3}\n' | is extract '/(?<key>[a-z])=(?<n>([0-9])+)/'
	printf '{"n":"1"}\n{"n":"22"}\n{"n":"3"}\n' | is extract --strings '/=(?<n>[0-9]+)/'
	rec-split in | rec-map --need --else rest.rec extract '/[0-9]+/' | rec-join | same - <(printf '1\n22\n3\n')
	rec-join <rest.rec | same - <(echo nothing)
	# Positions are those of the records that they come from.
	rec-split in | rec-map extract '/[0-9]+/' | rec-filter where 'POS == 0' | rec-join | same - <(printf '1\n22\n')
	rows >in
	split='-f csv -H'
	printf 'first,rest\nS,mith\nJ,\nb,ob\n' | is extract .name '/(?<first>[A-Za-z])(?<rest>[a-z]*)/'
	printf 'mith\nbob\n' | is extract .name '/[a-z]+/'
	fails 64 'extract: at "?<1>x)" (byte 2): a name is written (?<name>...), of letters, digits and _, and no digit first (rec-map -h shows the usage)' extract '/(?<1>x)/'
	fails 65 'extract: two results are called "a"' extract '/(?<a>x)(?<a>y)/'
}

@test "rec-map xlate: tables, pairs, delete and squeeze" {
	printf 'Hello,  World--\n\n"quoted" 0129\n' >in
	# shellcheck disable=SC2018,SC2019 # bytes
	tr a-z A-Z <in | is xlate upper
	# shellcheck disable=SC2018,SC2019
	tr A-Z a-z <in | is xlate lower
	# shellcheck disable=SC2018,SC2019
	tr a-z A-Z <in | is xlate a-z A-Z
	tr 0-9 '#' <in | is xlate 0-9 '#'
	tr '" ' "'_" <in | is xlate '/" /' "/'_/"
	tr -d '",' <in | is xlate delete '/",/'
	tr -s ' -' <in | is xlate squeeze BLANK squeeze -
	tr l L <in | is xlate 6c 4c
	printf 'HELLO,  World--\n\n"QUOTed" 0129\n' | is xlate 1-5 upper
	rec-split in | rec-map xlate a2e | rec-map xlate e2a | rec-join | same - in
	printf 'abc\n' | rec-split | rec-map xlate a2e | rec-join -f lines | od -An -tx1 | same - <(echo ' 81 82 83 0a')
	rows >in
	split='-f csv -H'
	rows | sed '2s/Smith/SMITH/; 3s/bob/BOB/' | is xlate .name upper
	rows | sed '2s/"Smith, J"/SmithXJ/' | is xlate .name /,/ X delete BLANK
	fails 64 'xlate: upper, lower, a2e, e2a, delete, squeeze or pairs of bytes are expected, such as a-z A-Z (rec-map -h shows the usage)' xlate .name
	fails 64 'xlate: a: what it becomes is expected after it (rec-map -h shows the usage)' xlate a
	fails 64 'xlate: a bc: bytes are one character' xlate a xyz 2>/dev/null ||
		grep -q '^rec-map: xlate: xyz: bytes are one character' err
}

@test "rec-map split: separators, words, before and after" {
	printf 'a,b,,c\n\n,x\n' >in
	tr , '\n' <in | is split ,
	printf 'a::b:c\n' >in
	printf 'a\nb:c\n' | is split /::/
	printf ' a  b \n\n\tc\n' >in
	printf 'a\nb\nc\n' | is split words
	printf 'a;b;c;\n;x\n\n' >in
	printf 'a;\nb;\nc;\n;\nx\n\n' | is split AFTER '/;/'
	printf 'a\n;b\n;c\n;\n;x\n\n' | is split before '/;/'
	rec-split in | rec-map split ';' | rec-filter where 'POS == 0' | rec-join | same - <(printf 'a\nb\nc\n\n')
	rows >in
	split='-f csv -H'
	printf '1,"Smith,\nJ","[1,2]"\n2,bob,"[""a"",""b""]"\n3,,\n4\n' | is split words
	fails 64 'split: --with: it goes with elements of an array, such as .items[] (rec-map -h shows the usage)' split --with .id ,
}

@test "rec-map split .items[]: elements, with members of the record" {
	printf '{"id":7,"items":[{"x":1},{ "x":2 },5,"s"],"o":{"a":1,"b":[2]}}\n{"id":8}\n{"items":[{}],"id":"z"}\n' >in
	split='-f jsonl'
	printf '{"x":1}\n{ "x":2 }\n5\n"s"\n{}\n' | is split '.items[]'
	printf '{"id":7,"x":1}\n{"id":7,"x":2 }\n{"id":7,"items":5}\n{"id":7,"items":"s"}\n{"id":"z"}\n' |
		is split --with .id '.items[]'
	printf '1\n[2]\n' | is split '.o[]'
	fails 65 'split: record 0: "o.a": it is no array' split '.o.a[]'
	printf '{"a":[{"a":1}]}\n' >in
	rec-split -f jsonl in | rec-map --else rest.rec split --with .a '.a[]' >out.rec
	rec-join <rest.rec | same - in
	printf '{"a":[1]}\n' >in
	fails 65 'split: record 0: a: an element has that name already' split --with .a '.a[]'
	rec-split -f jsonl in | rec-map --else rest.rec split --need --with .b '.a[]' | rec-join | same - /dev/null
	rec-join <rest.rec | same - in
	printf '[1,[2]]\n' >in
	printf '1\n[2]\n' | is split '.[]'
	rows >in
	# shellcheck disable=SC2034 # what and fails read it
	split='-f csv -H'
	printf 'id,tags\n1,1\n1,2\n2,a\n2,b\n' | is split --with .id '.tags[]'
	printf 'tags\n1\n2\na\nb\n' | is split '.tags[]'
}

@test "rec-map duplicate: copies, at the position of the record" {
	printf 'a\n\nb\n' >in
	printf 'a\na\n\n\nb\nb\n' | is duplicate
	printf 'a\na\na\n\n\n\nb\nb\nb\n' | is duplicate 2
	is duplicate 0 <in
	fails 64 'duplicate: x: the number of further copies of each record is expected (rec-map -h shows the usage)' duplicate x
}

# word N: random letters.
random_lines() {
	mawk -v seed="$1" 'BEGIN { srand(seed); n = split("a b c ab ba 1 2 - . :", s, " ")
		for (i = 0; i < 300; i++) { line = ""; for (k = int(rand() * 12); k > 0; k--) line = line s[1 + int(rand() * n)] (rand() < .2 ? " " : "")
			print line } }'
}

# bats test_tags=random
@test "rec-map gsub, sub, xlate, extract: random lines, as sed, tr and grep have them" {
	local seed=$RANDOM ere

	echo "seed $seed"
	random_lines "$seed" >in
	for ere in 'a' 'ab' '[ab]+' '[0-9]' 'a*b' '(a|b)+:' '^a' 'b$' '[^ ]+ ' '(a*)(b*)' '([ab]+)([0-9])' '((a)|b)([:.])' '(.)(.)(.)'; do
		rec-split in | rec-map gsub "/$ere/<&>/" | rec-join | same - <(sed -E "s/$ere/<&>/g" in)
		rec-split in | rec-map sub "/$ere/-/" | rec-join | same - <(sed -E "s/$ere/-/" in)
		# shellcheck disable=SC2016 # rec-map's
		rec-split in | rec-map extract "/$ere/" | rec-map print '$0' | rec-join >out || true
		case $ere in
		*'('*) rec-split in | rec-map gsub "/$ere/{\1}/" | rec-join | same - <(sed -E "s/$ere/{\1}/g" in) ;;
		*) same out <(grep -oE -- "$ere" in) ;;
		esac
	done
	rec-split in | rec-map gsub '/(a*)(b*)([0-9]?)/\3\2\1/' | rec-join | same - <(sed -E 's/(a*)(b*)([0-9]?)/\3\2\1/g' in)
	rec-split in | rec-map xlate a-c 1-3 | rec-join | same - <(tr a-c 1-3 <in)
	rec-split in | rec-map xlate delete /ab/ | rec-join | same - <(tr -d ab <in)
	rec-split in | rec-map xlate squeeze a-b | rec-join | same - <(tr -s ab <in)
}

# replaced FROM TO MOST LONGEST <LINES: in each line the first MOST texts are replaced; longer lines are written to the
# file rest instead, as they were.
replaced() {
	: >rest
	FROM=$1 TO=$2 mawk -v "most=$3" -v "longest=$4" '{
		left = $0
		line = ""
		for (n = 0; n < most && (at = index(left, ENVIRON["FROM"])) > 0; n++) {
			line = line substr(left, 1, at - 1) ENVIRON["TO"]
			left = substr(left, at + length(ENVIRON["FROM"]))
		}
		if (length(line left) > longest)
			print >>"rest"
		else
			print line left
	}'
}

# bats test_tags=random
@test "rec-map change, sub, gsub: one text, in random lines, against awk" {
	texts=(a b ab aa aba bab x abx)
	while rounds; do
		mawk -v "seed=$RANDOM" 'BEGIN {
			srand(seed)
			for (i = 0; i < 400; i++) {
				line = ""
				for (n = rand() < 0.2 ? 0 : int(rand() * 90); n > 0; n--)
					line = line (rand() < 0.4 ? "a" : rand() < 0.5 ? "b" : rand() < 0.1 ? "x" : "-")
				print line
			}
			print "ab" # not empty: without its newline it would be no record
		}' >in
		from=${texts[RANDOM % ${#texts[@]}]} n=$((RANDOM % 4 + 1))
		to=$(printf '%*s' $((RANDOM % 3 * (RANDOM % 9))) '' | tr ' ' y)
		replaced "$from" "$to" 9999 9999 <in | is gsub "/$from/$to/"
		replaced "$from" "$to" 9999 9999 <in | is change "/$from/$to/"
		replaced "$from" "$to" 1 9999 <in | is sub "/$from/$to/"
		replaced "$from" "$to" $n 9999 <in | is change $n "/$from/$to/"
		# Between records of other gaps; and without the last one.
		head -c -1 in | tr '\n' '\0' | rec-split -0 | rec-map gsub "/$from/$to/" | rec-join -0 | tr '\0' '\n' |
			same - <(replaced "$from" "$to" 9999 9999 <in)
		head -c -1 in | rec-split | rec-map gsub "/$from/$to/" | rec-join |
			same - <(replaced "$from" "$to" 9999 9999 <in)
		# Only some of the records, which have jumps in their positions.
		rec-split <in | rec-filter locate /x/ | rec-map gsub "/$from/$to/" >some.rec
		rec-split <in | rec-filter locate /x/ | rec-map gsub "/$from|ccc/$to/" >other.rec
		same <(rec-view <some.rec) <(rec-view <other.rec)
		# Blocks that become much larger, and records that become too large.
		long=$(printf '%*s' 1500 '' | tr ' ' y)
		replaced "$from" "$long" 9999 30000 <in >want
		rec-split <in | REC_MAX=30000 rec-map --else rest.rec gsub "/$from/$long/" | rec-join | same - want
		rec-join <rest.rec | same - rest
	done
}
