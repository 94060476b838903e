#!/usr/bin/env bats
# rec-map: makes new records of each record.
# shellcheck disable=SC2016 # the $ is that of expressions

load helper
load map

# Rows with all that CSV may have in it.
rows() {
	printf 'id,price,"unit, x"\n1,5,"a,b"\n2,20,\n3\n4,"1""2",x"y\n5,007,"two\nlines"\n'
}

@test "rec-map cut: columns of a table, in any order, quoted as needed" {
	rows >in
	split='-f csv -H'
	what cut '.price,.id' | same - <(printf 'price,id\n5,1\n20,2\n,3\n"1""2",4\n007,5\n')
	what cut f3 .id | same - <(printf '"unit, x",id\n"a,b",1\n,2\n,3\nx"y,4\n"two\nlines",5\n')
	what cut f3 | same - <(printf '"unit, x"\n"a,b"\n""\n""\nx"y\n"two\nlines"\n')
	what cut f2-* | same - <(printf 'price,"unit, x"\n5,"a,b"\n20,\n,\n"1""2",x"y\n007,"two\nlines"\n')
	what cut f-1,f1 | same - <(printf '"unit, x",id\n"a,b",1\n,2\n,3\nx"y,4\n"two\nlines",5\n')
	what cut .id,.price,f3 | same - <(rows | sed 's/^3$/3,,/')
	what cut '."unit, x"' .id --need 2>err && return 1
	what cut --need '."unit, x"' .id | same - <(printf '"unit, x",id\n"a,b",1\n,2\nx"y,4\n"two\nlines",5\n')
	what cut -v .price | same - <(printf 'id,"unit, x"\n1,"a,b"\n2,\n3,\n4,x"y\n5,"two\nlines"\n')
	# Without quotes a block is cut at once, and the rows after it, too.
	for i in 1 2 3 4 5 6 7 8 9; do printf '%s\t%s\tx\n\n%s\n\t\t%s\n' $i $((i * i)) $i $i; done >in
	split='-f tsv'
	what cut f3,f1 | same - <(mawk -F '\t' '{ print $3 "\t" $1 }' in)
	what cut f2 | same - <(mawk -F '\t' '{ print $2 }' in)
	what cut f2-3 f1 | same - <(mawk -F '\t' '{ print (NF > 2 ? $2 "\t" $3 : $2) "\t" $1 }' in)
	what cut -v f2 | same - <(cut --complement -f 2 in | mawk '{ print }' | sed 's/^$//')
	# The end of a row stays, and a mark goes with the names that it was before.
	printf '\357\273\277id,price\r\n1,5\r\n' >in
	split='-f csv -H'
	what cut .price | same - <(printf 'price\r\n5\r\n')
	what cut .id,.price | same - in
	# A field too many is not lost in silence, in the fast way and in the other.
	for split in '-f csv -H' '-f tsv -H'; do
		printf 'a,b,c\n1,2,3\n4,5,6,7\n8,9,0\n' | case $split in *tsv*) tr , '\t' ;; *) cat ;; esac >in
		fails 65 'cut: record 1: it has more fields than its table has columns' cut .b
		fails 65 'cut: record 1: it has more fields than its table has columns' cut -v .b
		# shellcheck disable=SC2086 # words
		rec-split $split in | rec-map --else rest.rec cut f3 | rec-join | same - <(printf 'c\n3\n0\n')
		rec-join <rest.rec | same - <(sed -n '1p; 3p' in)
	done
}

# random_rows SEED SEP QUOTED FROM-TO ...: makes the file in, of rows with fields of all lengths, and the file
# want, of those columns of each.
random_rows() {
	# The separator is an argument: in a variable mawk would read escapes.
	mawk -v "seed=$1" -v "quoted=$3" 'BEGIN {
		srand(seed)
		sep = ARGV[1]
		spans = split(ARGV[2], span, " ")
		kinds = split(quoted ? "\"\" \"x,y\" \"p\"\"q\" x\"y" : "x\"y", odd, " ")
		for (row = 0; row < 300; row++) {
			count = int(rand() * 9)
			if (quoted && count < 2)
				count = 2
			line = ""
			for (i = 1; i <= count; i++) {
				n = int(rand() * 6)
				len = n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 14 + int(rand() * 4) : n == 3 ? 30 + int(rand() * 5) : n == 4 ? 60 + int(rand() * 80) : 5
				field[i] = substr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz", 1 + int(rand() * 8), len)
				if (rand() < 0.02)
					field[i] = odd[1 + int(rand() * kinds)]
				line = line (i > 1 ? sep : "") field[i]
			}
			print line >"in"
			line = ""
			for (k = 1; k <= spans; k++) {
				split(span[k], ends, "-")
				line = line (k > 1 ? sep : "")
				for (i = ends[1]; i <= ends[2] && i <= count; i++)
					line = line (i > ends[1] ? sep : "") field[i]
			}
			print line == "" && quoted && spans == 1 ? "\"\"" : line >"want"
		}
	}' "$2" "${*:4}"
}

# bats test_tags=random
@test "rec-map cut: random rows against awk" {
	tab=$'\t'
	while rounds; do
		random_rows $RANDOM "$tab" 0 2-2 5-5
		split=
		what cut f2,f5 | same - want
		what cut -O "$tab" f2 f5 | same - want
		split='-f tsv'
		what cut f2,f5 | same - want
		random_rows $RANDOM , 0 7-7 1-1 7-7 3-3
		split=
		what cut -F , f7 f1 f7 f3 | same - want
		random_rows $RANDOM "$tab" 0 4-8 2-99 1-2
		what cut f4-8 f2-* f1-2 | same - want
		split='-f tsv'
		what cut f4-8 f2-* f1-2 | same - want
		random_rows $RANDOM , 1 6-6 2-2
		split='-f csv'
		what cut f6,f2 | same - want
		random_rows $RANDOM , 1 3-3
		what cut f3 | same - want
	done
}

@test "rec-map cut: other tables" {
	printf 'a::b::c\n1::2:::3\n' >in
	split='-H -F ::'
	what cut .c,.a | same - <(printf 'c::a\n:3::1\n')
	fails 65 'cut: record 0: b: it ends with a part of the table'\''s separator' cut .b,.a <<<x || true
	printf 'PID TTY  CMD\n 1 ? a  b c\n22 x d\n' >in
	split='-H -F WORDS'
	what cut .TTY,.PID | same - <(printf 'TTY PID\n? 1\nx 22\n')
	what cut .PID .CMD | same - <(printf 'PID CMD\n1 a  b c\n22 d\n')
	fails 65 'cut: record 0: CMD: fields between blanks cannot be empty or have a blank in them, but for the last one' \
		cut .CMD,.PID
	printf 'a=1 b="x y" c\nb=2 a=3\n' >in
	split='-f logfmt'
	what cut .c,.b | same - <(printf 'c=true b="x y"\nb=2\n')
	what cut -v .b | same - <(printf 'a=1 c\na=3\n')
	printf 'Name: x\nText: 1\n 2\n\nname: y\nOther: z\n' >in
	split='-f fields'
	what cut .text,.Name | same - <(printf 'text: 1\n 2\nName: x\n\nName: y\n\n')
	what cut -v .NAME | same - <(printf 'Text: 1\n 2\n\nOther: z\n\n')
	printf 'a,b\n1,2\n' >in
	split='-f csv'
	what cut f2 f1 f2 | same - <(printf 'b,a,b\n2,1,2\n')
	what cut -v f-1 | same - <(printf 'a\n1\n')
}

@test "rec-map cut: members of JSON" {
	printf '{"a": 1.50, "b":{"c": [1, 2]}, "d":"x\\u00e9", "n":null}\n{"d":"q","e":5}\n{}\n' >in
	split='-f jsonl'
	what cut .d,.a,.b | same - <(printf '{"d":"x\\u00e9","a":1.50,"b":{"c":[1,2]}}\n{"d":"q"}\n{}\n')
	what cut .b.c '.b.c[0]' .n | same - <(printf '{"b.c":[1,2],"b.c.0":1,"n":null}\n{}\n{}\n')
	what cut -v .d,.b | same - <(printf '{"a": 1.50, "n":null}\n{"e":5}\n{}\n')
	what cut --need .d | same - <(printf '{"d":"x\\u00e9"}\n{"d":"q"}\n')
	printf '[1]\n"x"\n{"a":1}\nnone\n' >in
	split=
	what cut --else rest.rec .a | same - <(echo '{"a":1}')
	rec-map --else rest.rec cut .a <in.rec >out.rec
	rec-join <rest.rec | same - <(printf '[1]\n"x"\nnone\n')
	rec-view <rest.rec | mawk '{ print $1 }' | same - <(printf '0\n1\n3\n')
	fails 65 'cut: record 0: it is no object of JSON' cut .a
	printf 'none\n' >in
	fails 65 'cut: record 0: it is not JSON (for CSV: rec-split -f csv -H)' cut .a
}

@test "rec-map cut: parts of text" {
	printf 'alpha beta  gamma\nx\n\n a b c d\n' >in
	what cut w2 w1 | same - <(printf 'beta alpha\n x\n \nb a\n')
	what cut -O : w2 w1 | same - <(printf 'beta:alpha\n:x\n:\nb:a\n')
	what cut 1-3,7-9 | same - <(cut -c 1-3,7-9 in)
	what cut w1 1-2 | same - <(printf 'alpha\tal\nx\tx\n\t\na\t a\n')
	what cut -v w2 | same - <(printf 'alpha gamma\nx\n\n a c d\n')
	what cut -v w1,w2 | same - <(printf 'gamma\n\n\n c d\n')
	what cut -v 2-3,8-9 | same - <(cut --complement -c 2-3,8-9 in)
	printf 'a,b,c\n1,"x,y",3\n' >in
	what cut -F , f3 f1 | same - <(printf 'c,a\ny",1\n')
	what cut 'csv 2' 'csv 1' | same - <(printf 'b,a\n"x,y",1\n')
	what cut -O ';' 'csv 2' 'csv 1' | same - <(printf 'b;a\nx,y;1\n')
	what cut -v -F , f2 | same - <(cut -d , --complement -f 2 in)
}

@test "rec-map set: columns" {
	rows >in
	split='-f csv -H'
	what set 'price=.price * 2' | same - <(printf 'id,price,"unit, x"\n1,10,"a,b"\n2,40,\n3,0\n4,2,x"y\n5,14,"two\nlines"\n')
	what set 'new=.id "," ."unit, x", id=7' |
		same - <(printf 'id,price,"unit, x",new\n7,5,"a,b","1,a,b"\n7,20,,"2,"\n7,,,"3,"\n7,"1""2",x"y,"4,x""y"\n7,007,"two\nlines","5,two\nlines"\n')
	# A later one sees the earlier ones; what is taken stays as it was written.
	what set 'a=.id + .5, b=.a * 2, c=.price, d=.id > 3, e=.nothing_' 2>err && return 1
	what set 'a=.id + .5, b=.a * 2, c=.price, d=.id > 3' |
		same - <(printf 'id,price,"unit, x",a,b,c,d\n1,5,"a,b",1.5,3,5,0\n2,20,,2.5,5,20,0\n3,,,3.5,7,,0\n4,"1""2",x"y,4.5,9,"1""2",1\n5,007,"two\nlines",5.5,11,007,1\n')
	fails 65 'set: record 1: x: something is divided by zero' set 'x=1 / (.id - 2)'
	rec-join <out.rec 2>&1 | head -n 2 | same - <(printf 'id,price,"unit, x",x\n1,5,"a,b",-1\n')
	what --else csv:rest.csv set 'x=1 / (.id - 2)' | same - <(printf 'id,price,"unit, x",x\n1,5,"a,b",-1\n3,,,1\n4,"1""2",x"y,0.5\n5,007,"two\nlines",0.333333333333333\n')
	rec-map --else csv:rest.csv set 'x=1 / (.id - 2)' <in.rec >out.rec && same rest.csv <(printf 'id,price,"unit, x"\n2,20,\n')
	printf 'a,b\n1,2,3\n' >in
	fails 65 'set: record 0: c: it has more fields than its table has columns' set c=1
	what set b=7 | same - <(printf 'a,b\n1,7,3\n')
	printf 'a\tb\n1\t2\n' >in
	split='-f tsv -H'
	fails 65 'set: record 0: b: it has the separator of the table, or a line'\''s end, in it' set 'b="x\ty"'
	what set 'b="x,\"y"' | same - <(printf 'a\tb\n1\tx,"y\n')
	printf 'PID CMD\n1  a b\n' >in
	split='-H -F WORDS'
	what set PID=7 CMD='.CMD "!"' 2>err && return 1
	what set 'PID=7, CMD=.CMD "!"' | same - <(printf 'PID CMD\n7  a b!\n')
}

@test "rec-map set: JSON, logfmt and fields" {
	printf '{"a":1, "b":{"c":"x"}}\n{ }\n{"b":true,"a":"q\\"r"} \n' >in
	split='-f jsonl'
	what set 'n=.a, b=.a == 1, "x y"="q\"r"' |
		same - <(printf '%s\n' '{"a":1, "b":true,"n":1,"x y":"q\"r"}' '{"b":false,"x y":"q\"r" }' '{"b":false,"a":"q\"r","n":"q\"r","x y":"q\"r"} ')
	what set a=null,b=.b | same - <(printf '{"a":null, "b":{"c":"x"}}\n{"a":null }\n{"b":true,"a":null} \n')
	what set a=.none | same - <(printf '{"b":{"c":"x"}}\n{ }\n{"b":true} \n')
	what set b=.none | same - <(printf '{"a":1}\n{ }\n{"a":"q\\"r"} \n')
	what set --need x=.a | same - <(printf '{"a":1, "b":{"c":"x"},"x":1}\n{"b":true,"a":"q\\"r","x":"q\\"r"} \n')
	printf '{"n":12345678901234567890123,"f":1.10,"a":1,"a":2}\n' >in
	what set 'm=.n, g=.f, a=3' | same - <(echo '{"n":12345678901234567890123,"f":1.10,"a":1,"a":3,"m":12345678901234567890123,"g":1.10}')
	fails 65 'set: record 0: x: it is no number that JSON has' set 'x=1e999'
	printf 'a=1 b="x y"\nb a=2 a=3\n' >in
	split='-f logfmt'
	what set 'a=.a + 1, c="p q", b=.b' | same - <(printf 'a=2 b="x y" c="p q"\nb=true a=2 a=4 c="p q"\n')
	printf 'Name: x\nB: y\n z\n\nb: q\n' >in
	split='-f fields'
	what set 'b="k", c=.name' | same - <(printf 'Name: x\nB: k\nc: x\n\nb: k\n\n')
	fails 65 'set: record 0: b: a field of the table'\''s format cannot hold it' set 'b="x\ny"'
	printf 'dn: a\ncn:: eA==\n' >in
	split='-f fields:ldif'
	what set 'cn=.cn .cn, x=" b"' | same - <(printf 'dn: a\ncn: xx\nx:: IGI=\n\n')
}

@test "rec-map print: text as awk and jq -r print it" {
	rows >in
	split='-f csv -H'
	what print '.id, .price + 1, ."unit, x"' | same - <(printf '1 6 a,b\n2 21 \n3 1 \n4 2 x"y\n5 8 two\nlines\n')
	what print -O '' '.id, .price' | same - <(printf '15\n220\n3\n41"2\n5007\n')
	printf '{"a":"x\\n","b":[1, {"c":2}],"n":null,"t":true}\n' >in
	split='-f jsonl'
	what print -O '|' '.a, .b, .n, .t, .z, .b[1].c' | same - <(printf 'x\n|[1,{"c":2}]||true||2\n')
	printf 'a 1.5 x\nb 2\n' >in
	split=
	what print '$2 * 2, $1, NF, NR, $3' | same - <(mawk '{ print $2 * 2, $1, NF, NR, $3 }' in)
	what print --need '$3' | same - <(echo x)
	what print '1234567.891 * 1, .1 + .2, 1 / 3, 2 ^ 53, $2 > 1' | same - <(printf '1234567.891 0.3 0.333333333333333 9007199254740992 1\n%.0s' 1 2)
	what print -i 'contains($1, "A"), $1 == "A"' 2>err | same - <(printf '1 1\n0 0\n')
}

@test "rec-map rename" {
	rows >in
	split='-f csv -H'
	what rename 'x=.id, "a,b"=."unit, x"' | same - <(rows | sed '1s/.*/x,price,"a,b"/')
	what rename 'id=.price, price=.id' | same - <(rows | sed '1s/.*/price,id,"unit, x"/')
	fails 65 'rename: .nope: no such column (the table has id, price, "unit, x")' rename x=.nope
	fails 65 'rename: .nope: no such column (the table has id, price, "unit, x"); it is written NEW=.OLD' rename id=.nope
	fails 65 'rename: two results are called "price"' rename price=.id
	fails 64 'rename: .id: it cannot get two names (rec-map -h shows the usage)' rename x=.id,y=.id
	fails 64 'rename: .x: two cannot get one name (rec-map -h shows the usage)' rename x=.id,x=.price
	printf '{"a":1, "b" : 2}\n{"b":[]}\n' >in
	split='-f jsonl'
	what rename 'b=.a,a=.b' | same - <(printf '{"b":1, "a" : 2}\n{"a":[]}\n')
	what rename '"x\"y"=.b' | same - <(printf '{"a":1, "x\\"y" : 2}\n{"x\\"y":[]}\n')
	fails 65 'rename: record 0: it has that name already' rename b=.a
	printf 'a=1 b\n' >in
	split='-f logfmt'
	what rename 'c=.b' | same - <(printf 'a=1 c\n')
	printf 'A : x\nb: y\n' >in
	split='-f fields'
	what rename 'c=.a' | same - <(printf 'c : x\nb: y\n\n')
}

@test "rec-map to: other formats" {
	rows >in
	split='-f csv -H'
	what to json | same - <(printf '%s\n' '{"id":1,"price":5,"unit, x":"a,b"}' '{"id":2,"price":20,"unit, x":""}' '{"id":3}' \
		'{"id":4,"price":"1\"2","unit, x":"x\"y"}' '{"id":5,"price":"007","unit, x":"two\nlines"}')
	what to json --strings .id | same - <(printf '{"id":"%s"}\n' 1 2 3 4 5)
	what to lines | same - <(printf '1\t5\ta,b\n2\t20\t\n3\t\t\n4\t1"2\tx"y\n5\t007\ttwo\nlines\n')
	what to lines -O , .price .id | same - <(printf '5,1\n20,2\n,3\n1"2,4\n007,5\n')
	what to csv cost=.price,.id | same - <(printf 'cost,id\n5,1\n20,2\n,3\n"1""2",4\n007,5\n')
	fails 65 'to: record 4: unit, x: it has the separator of the table, or a line'\''s end, in it' to tsv 2>err || {
		fails 65 'to: record 4: "unit, x": it has the separator of the table, or a line'\''s end, in it' to tsv
	}
	what --else rest.rec to tsv | same - <(printf 'id\tprice\tunit, x\n1\t5\ta,b\n2\t20\t\n3\t\t\n4\t1"2\tx"y\n')
	printf 'a,b\n1,2,3\n' >in
	fails 65 'to: record 0: it has more fields than its table has columns' to json
	# There and back.
	printf 'a;b\n"x;y";1\n' >in
	split='-f csv:; -H'
	what to csv | same - <(printf 'a,b\nx;y,1\n')
	printf 'a,b\n1\n' >in
	split='-f csv'
	what to tsv | same - <(printf 'a\tb\n1\n')
	fails 65 'to: the table has no names (rec-split -H takes them from the first row)' to json
	printf 'a b  c d\n' >in
	split=
	what to csv x=w1 'y=w2-*' | same - <(printf 'x,y\na,b  c d\n')
	what to json x=w1 y=w9 'z=1-3' | same - <(echo '{"x":"a","z":"a b"}')
	fails 64 'to: each part needs a name: NAME=w2' to json w1
	fails 64 'to: each part needs a name: NAME=w2' to csv x=w1 w2
}

@test "rec-map to csv: records that name their parts" {
	printf '%s\n' '{"a":1.50,"b":"x,y","c":null}' '{"c":[1, "z"],"a":true}' '{"b":{"k": 1}}' >in
	split='-f jsonl'
	rec-split -f jsonl <in >in.rec
	rec-map to csv <in.rec | rec-join | same - <(printf '%s\n' a,b,c '1.50,"x,y",' 'true,,"[1,""z""]"' ',"{""k"":1}",')
	echo '{"d":1}' >>in
	fails 65 'to: record 3: d: the first record has no such name (--fill finds all)' to csv
	rec-join <out.rec 2>err | same - <(printf '%s\n' a,b,c '1.50,"x,y",' 'true,,"[1,""z""]"' ',"{""k"":1}",')
	rec-map to csv --fill <in.rec | rec-join | same - <(printf '%s\n' a,b,c,d '1.50,"x,y",,' 'true,,"[1,""z""]",' ',"{""k"":1}",,' ,,,1)
	status=0
	rec-take 9 <in.rec | rec-map to csv --fill >out.rec 2>err || status=$?
	[ "$status" -eq 64 ] && same err <(echo 'rec-map: to: --fill reads the records twice: from a file, FILE.rec')
	# Within a file that another command has read from, too.
	{ rec-take 1 >/dev/null && rec-map to csv --fill; } <in.rec 2>err | rec-join | same - <(printf '%s\n' b,c,a,d | sed 's/.*/c,a,b,d/'; printf '%s\n' '"[1,""z""]",true,,' ',,"{""k"":1}",' ,,,1) ||
		grep -q . err
	what to csv .b .a | same - <(printf '%s\n' b,a '"x,y",1.50' ,true '"{""k"":1}",' ,)
	what to json | same - in
	printf 'a=1 b="x y"\nb=007 c\n' >in
	split='-f logfmt'
	what to json | same - <(printf '%s\n' '{"a":1,"b":"x y"}' '{"b":"007","c":"true"}')
	what --strings to json | same - <(printf '%s\n' '{"a":"1","b":"x y"}' '{"b":"007","c":"true"}')
	fails 65 'to: record 1: c: the first record has no such name (--fill finds all)' to csv
	printf 'Name: x\nText: 1\n 2\n\nText: y\n' >in
	split='-f fields'
	rec-split -f fields <in | rec-map to csv | rec-join | same - <(printf 'Name,Text\nx,"1\n 2"\n,y\n')
	printf 'a: 1\na: 2\n' >in
	fails 65 'to: record 0: a: it has the name twice' to json
	# No records, no table; and no record that can be made.
	rec-split -f jsonl </dev/null | rec-map to csv | rec-join | same - /dev/null
	echo '[1]' | rec-split | rec-map --else rest.rec to csv | rec-join | same - /dev/null
	rec-join <rest.rec | same - <(echo '[1]')
}

@test "rec-map compact, pretty, flatten, unflatten" {
	printf '%s\n' ' {"a" : [1 , {"b":"x y"}], "e":{} , "n":[]}' '[ ]' '"a b"' ' 5 ' >in
	what compact | same - <(printf '%s\n' '{"a":[1,{"b":"x y"}],"e":{},"n":[]}' '[]' '"a b"' 5)
	what pretty | same - <(cat <<-'END'
		{
		  "a": [
		    1,
		    {
		      "b": "x y"
		    }
		  ],
		  "e": {},
		  "n": []
		}
		[]
		"a b"
		5
	END
	)
	rec-split <in | rec-map pretty | rec-map compact | rec-join | same - <(rec-split <in | rec-map compact | rec-join)
	printf '%s\n' '{"a":{"b":[1,{"c": "x"}],"":2},"e":{},"n":[]}' '{}' '{"x\"y":[[[7]]]}' >in
	what flatten | same - <(printf '%s\n' '{"a.b.0":1,"a.b.1.c":"x","a.":2,"e":{},"n":[]}' '{}' '{"x\"y.0.0.0":7}')
	rec-split <in | rec-map flatten | rec-map unflatten | rec-join | same - <(rec-split <in | rec-map compact | rec-join)
	printf '%s\n' '{"a.1":1,"a.0":2}' '{"a.0":1,"a.1":2,"a.x":3}' '{"a":1,"a":2}' '{"b.00":1}' >in
	what unflatten | same - <(printf '%s\n' '{"a":{"1":1,"0":2}}' '{"a":{"0":1,"1":2,"x":3}}' '{"a":2}' '{"b":{"00":1}}')
	printf '{"a.b":1,"a":2}\n' >in
	fails 65 'unflatten: record 0: a: a part of the name has a value itself' unflatten
	printf '{"a":2,"a.b":1}\n' >in
	fails 65 'unflatten: record 0: "a.b": a part of the name has a value itself' unflatten
	printf '[1]\n' >in
	fails 65 'flatten: record 0: it is no object of JSON' flatten
	printf '{"a":1,}\n' >in
	fails 65 'compact: record 0: it is not JSON (for CSV: rec-split -f csv -H)' compact
	printf 'a,b\n' >in
	split='-f csv'
	fails 65 'pretty: the records are CSV: put rec-map to json before it' pretty
}

@test "rec-map: positions, losses, watermarks, and records that cannot be made" {
	printf '1\n0\n3\n0\n5\n' | rec-split | rec-filter where 'POS != 2' >in.rec
	rec-map --else rest.rec print '15 / $1, POS' <in.rec >out.rec
	rec-view <out.rec | mawk '{ print $1, $3, $4 }' | same - <(printf '0 15 0\n4 3 4\n')
	rec-view <rest.rec | mawk '{ print $1, $3 }' | same - <(printf '1 0\n3 0\n')
	rec-fanin --order out.rec rest.rec | rec-view | mawk '{ print $1 }' | paste -sd ' ' - | same - <(echo 0 1 3 4)
	status=0
	rec-map print '15 / $1' <in.rec >out.rec 2>err || status=$?
	[ "$status" -eq 65 ] && same err <(echo 'rec-map: print: record 1: something is divided by zero')
	rec-join <out.rec 2>err | same - <(echo 15)
	# A loss goes to both outputs, and a block of no records carries the watermark.
	mkstream data:0:a,b loss:2:3:5 mark:7 data:9:c end >in.rec
	rec-map --else rest.rec cut 1-* <in.rec >out.rec
	rec-view --info <out.rec | grep -q '3 records were lost' || rec-view --info <out.rec | grep -qi lost
	rec-view --info <rest.rec | grep -qi lost
	rec-view <out.rec | mawk '{ print $1 }' | same - <(rec-view <in.rec | mawk '{ print $1 }')
}

@test "rec-map: a record above REC_MAX" {
	printf 'abc,12345678\n' >in
	rec-split -f csv in >in.rec
	status=0
	REC_MAX=20 rec-map cut f2 f2 f2 <in.rec >out.rec 2>err || status=$?
	[ "$status" -eq 65 ] && same err <(echo 'rec-map: cut: record 0: it would be longer than REC_MAX allows')
	REC_MAX=20 rec-map --else rest.rec cut f2 f2 f2 <in.rec | rec-join | same - /dev/null
	rec-join <rest.rec | same - in
	status=0
	REC_MAX=20 rec-map set 'x=$0 $0' <in.rec >out.rec 2>err || status=$?
	[ "$status" -eq 65 ]
	head -c 3000 /dev/zero | tr '\0' '[' >deep
	head -c 3000 /dev/zero | tr '\0' ']' >>deep
	rec-split deep >in.rec
	status=0
	REC_MAX=7000 rec-map pretty <in.rec >out.rec 2>err || status=$?
	[ "$status" -eq 65 ] && same err <(echo 'rec-map: pretty: record 0: it would be longer than REC_MAX allows')
}

@test "rec-map: what is refused" {
	cases=0
	echo 'a b' >in
	split=
	fails 64 'cut: without a table, parts by name (.id) make JSON, and others (w2, f3) make text: all of one kind are expected' cut .a w2
	fails 64 'cut: -O: parts by name (.id) make JSON, which has its separators' cut -O , .a
	fails 64 'cut: -v: parts of one kind are expected: fields f2, words w2 or columns 1-8' cut -v w1 2-3
	echo a,b >in
	split='-f csv -H'
	fails 65 'cut: .c: no such column (the table has a, b)' cut .c
	fails 65 'cut: two results are called "a"' cut .a f1
	fails 65 'cut: -O: the table has its separator' cut -O , .a
	fails 65 'cut: part 2 has no name, and columns of this table have: set NAME='\''range("w2")'\'' makes one' cut .a w2
	fails 65 'cut: part 1 is beyond the columns: the table has 2' cut f3
	fails 65 'cut: -v: no column is left' cut -v f1-2
	fails 65 'print: .c: no such column (the table has a, b)' print .c
	# shellcheck disable=SC2034 # what and fails read it
	split='-f csv'
	fails 65 'set: the table has no names (rec-split -H takes them from the first row)' set a=1
	[ "$cases" -eq 11 ]
	while IFS='|' read -r words line; do
		status=0
		# shellcheck disable=SC2086 # words
		rec-map $words </dev/null >out 2>err || status=$?
		[ "$status" -eq 64 ] && same err <(echo "rec-map: $line (rec-map -h shows the usage)")
		cases=$((cases + 1))
	done <<-'END'
		select .a|select: no such verb; it is cut here
		.a|.a: no verb; the columns or members alone are cut .a
		cut|cut: the parts of the record are expected: .id, f2, w3 or 1-8
		cut --strings .a|--strings: cut does not take it
		cut -v --need .a|cut: --need does not go with -v, which leaves the rest of the record as it is
		-F , cut -F ; f1|-F: given twice
		cut w1 -v|-v: options come before the first operand
		to|to: csv, tsv, json or lines is expected: to json
		to xml|to: csv, tsv, json or lines is expected: to json
		to json -O ,|to: -O goes with to lines; json has its separator
		to csv --strings|to: --strings goes with to json
		to json --fill|to: --fill goes with to csv and to tsv
		to csv x=w1-2,w3,y=|to: y=: one part of the record is expected after it
		set a|set: at the end (byte 2): = is expected after the name: total=.price * 2
		set 5=3|set: at "5=3" (byte 1): a name that begins with a digit is written in quotes: ."3"=5
		rename a=b=c|rename: at "=c" (byte 4): a comma is expected after the name, or the end: new=.old, other=.name
		drop .a|drop: no such verb; it is cut -v here
		del .a|del: no such verb; it is cut -v here
		json|json: no such verb; it is to json here
		upper|upper: no such verb; it is xlate upper here
		printf x|printf: no such verb; it is print 'sprintf(FORMAT, VALUE, ...)' here
		s/a/b/|s/a/b/: no such verb; it is sub /a/b/ here
		s,a,b,g|s,a,b,g: no such verb; it is gsub ,a,b, here
		cut -f 1,3|-f: fields are cut f1,f3
		cut --complement f2|--complement: all but these parts are cut -v
		extract -e [0-9]|-e: a string or an expression is written /TEXT/
		extract ^([0-9]+)|extract: ^([0-9]+): the string is not closed by a second ^ within the word: spaces need quotes of the shell; if the ^ is part of it, write /^([0-9]+)/
		cut id=.user.id|cut: id=.user.id: it gives no names: to json id=.user.id
		cut -F , 2,3|cut: -F: 2,3 is bytes of the record: fields are f1, f2-3
		cut f2-|cut: f2-: up to the last one is f2-*
		cut $1|cut: $1: that word is w1 here, that field f1
		cut .a>5|cut: .a>5: no part of a record, but an expression, as where, rec-map set and rec-reduce take it; a member or column of that name is written '."a>5"'
		sub name /a/b/|sub: name: no part of a record; a column is .name
		split .tags|split: .tags: the elements of that array are '.tags[]'
		print {$1}|print: expressions are expected, without braces: print '$2, $1'
		rename date,datum|rename: it is written NEW=.OLD: datum=.date
		set t=1 u=2|set: at "u=2" (byte 5): a comma is expected before the next name and =: a=1, b=2
		compact .a|compact: .a: it takes no operands: the record is the JSON
	END
	[ "$cases" -eq 49 ]
}

# bats test_tags=random
@test "rec-map: random rows, against a model" {
	while rounds; do
		mawk -v seed="$seed" 'BEGIN {
			srand(seed)
			split("a,b,c d,\",x y,,7,1.50,-0,00,[1],{},é,0x1,\t", values, ",")
			n = int(rand() * 40) + 1 # JSON has no header that could come back without rows
			print "a,b,c"
			for (i = 0; i < n; i++) {
				row = ""
				for (k = 0; k < 3; k++) {
					v = rand() < .3 ? "p,q" : values[int(rand() * 15) + 1]
					if (v ~ /[",]/ || rand() < .1) {
						gsub(/"/, "\"\"", v)
						v = "\"" v "\""
					}
					row = row (k > 0 ? "," : "") v
					if (rand() < .05)
						break
				}
				print row == "" ? "\"\"" : row
			}
		}' >in
		rec-split -f csv -H in >in.rec
		# What a model in mawk makes of each row, field by field.
		model 3,1 <in >want
		REC_BLOCK=$((RANDOM % 400 + 1)) rec-map cut .c,.a <in.rec | rec-join | same - want
		model 2 <in >want
		rec-map cut .b <in.rec | rec-join | same - want
		# There and back is the same, but for quotes, numbers and short rows.
		rec-map cut .a,.b,.c <in.rec | rec-map to csv | rec-join >want
		rec-map to json --strings <in.rec | rec-map to csv .a .b .c | rec-join | same - want
		rec-map set x=.a,.b='.c .a' <in.rec | rec-map print -O '|' '.x == .a, .b == .c .a' | rec-join >same
		! grep -vx '1|1' same
	done
}

# model COLUMNS: rec-map cut of these columns of CSV without lines in its fields, in mawk.
model() {
	mawk -v order="$1" '
	{
		n = 0
		rest = $0
		for (more = 1; more;) {
			if (rest ~ /^"/) {
				match(rest, /^"([^"]|"")*"[^,]*/)
				field = substr(rest, 1, RLENGTH)
			} else {
				match(rest, /^[^,]*/)
				field = substr(rest, 1, RLENGTH)
			}
			fields[++n] = field
			more = substr(rest, length(field) + 1, 1) == ","
			rest = substr(rest, length(field) + 2)
		}
		count = split(order, at, ",")
		row = ""
		for (i = 1; i <= count; i++)
			row = row (i > 1 ? "," : "") (at[i] <= n ? fields[at[i]] : "")
		print row == "" ? "\"\"" : row
	}'
}

@test "rec-map: half a range is refused by every verb, and parts of several kinds are text" {
	local verb word

	printf 'a\tb\tc\n' | rec-split | rec-map cut f3,3,f1 | rec-join >got
	printf 'c\tb\ta\n' >want
	same want got
	printf 'a b\n' | rec-split >in.rec
	for verb in cut 'cut -v' 'to csv' change extract xlate sub; do
		for word in f- 'f- ' 1- w fs '.a,' 'f2,'; do
			# shellcheck disable=SC2086 # a verb and its option
			run -64 rec-map $verb "$word" <in.rec
			[[ $output == 'rec-map: '* ]]
		done
	done
}

@test "rec-map flatten, unflatten: names are compared by what they mean, and none is there twice" {
	printf '%s\n' '{"a":{"b":1},"a.b":2}' '{"a":{"b":1,"b":3}}' '{"a\u002eb":1,"a":{"b":2}}' >in
	rec-split in >in.rec
	rec-map flatten --else other.rec <in.rec | rec-join >got
	[ ! -s got ]
	rec-join <other.rec | same in -
	run -65 rec-map flatten <in.rec
	[[ $output == *'rec-map: flatten: record 0: "a.b": two results have that name'* ]]
	printf '%s\n' '{"x\u002ey":1}' '{"a.\u0062":1,"a.c\n":2,"d":"\u0041"}' | rec-split | rec-map unflatten | rec-join >got
	printf '%s\n' '{"x":{"y":1}}' '{"a":{"b":1,"c\n":2},"d":"\u0041"}' | same - got
	printf '%s\n' '{"\u0061":1,"a.b":2}' | rec-split >in.rec
	run -65 rec-map unflatten <in.rec
	[[ $output == *'"a.b": a part of the name has a value itself'* ]]
	# 50,000 levels, and as many members: once through all bytes.
	mawk 'BEGIN { for (i = 0; i < 50000; i++) printf "{\"a\":"; printf "1"; for (i = 0; i < 50000; i++) printf "}"; print "" }' |
		rec-split | rec-map flatten | rec-join >got
	mawk 'BEGIN { printf "{\"a"; for (i = 1; i < 50000; i++) printf ".a"; print "\":1}" }' | same - got
}

@test "rec-map to csv: thousands of members, in any order" {
	mawk 'BEGIN { for (k = 0; k < 2; k++) { printf "{"; for (i = 0; i < 20000; i++)
		printf "%s\"m%d\":%d", i ? "," : "", k ? 19999 - i : i, i; print "}" } }' | rec-split | rec-map to csv | rec-join >got
	mawk 'BEGIN { for (k = 0; k < 3; k++) { for (i = 0; i < 20000; i++)
		printf "%s%s", i ? "," : "", k == 0 ? "m" i : k == 1 ? i : 19999 - i; print "" } }' | same - got
}

@test "rec-map: names of fields have no case, of equal keys of logfmt the last one counts, columns may be doubled" {
	printf 'To: a\nto: b\n' | rec-split -f fields >in.rec
	run -65 rec-map cut .to,.TO <in.rec
	[[ $output == *'rec-map: cut: two results are called "T'* || $output == *'two results are called "t'* ]]
	printf 'A: 1\nb: 2\n\na: 3\nB: 4\n' | rec-split -f fields >in.rec
	printf 'A,b\n1,2\n3,4\n' >want
	rec-map to csv <in.rec | rec-join | same want -
	rec-map to --fill csv <in.rec | rec-join | same want -
	printf '{"A":1,"b":2}\n{"a":3,"B":4}\n' >want
	rec-map to json <in.rec | rec-join | same want -
	printf 'a: 1\nA: 2\n' | rec-split -f fields >two.rec
	run -65 rec-map to json <two.rec
	[[ $output == *'it has the name twice'* ]]
	# Each record has its own members, in its own order.
	printf 'a=1 b=2\nb=3 a=4\nc=5\na=6 a=7\n' | rec-split -f logfmt | rec-map to json | rec-join >got
	printf '%s\n' '{"a":1,"b":2}' '{"b":3,"a":4}' '{"c":5}' '{"a":7}' | same - got
	printf 'a=1 b=2 a=3\n' | rec-split -f logfmt >in.rec
	rec-map to json <in.rec | rec-join >got
	echo '{"a":3,"b":2}' | same - got
	rec-map to csv <in.rec | rec-join >got
	printf 'a,b\n3,2\n' | same - got
	printf 'id,id,x\n1,2,3\n' | rec-split -f csv -H >in.rec
	rec-map rename y=.x <in.rec | rec-join >got
	printf 'id,id,y\n1,2,3\n' | same - got
	rec-map cut f2,f1 <in.rec | rec-join >got
	printf 'id,id\n2,1\n' | same - got
	rec-map to tsv <in.rec | rec-join >got
	printf 'id\tid\tx\n1\t2\t3\n' | same - got
	rec-map to csv <in.rec | rec-join >got
	printf 'id,id,x\n1,2,3\n' | same - got
	for verb in 'rename id=.x' 'cut f1,f1' 'to csv id=f1 id=f2' 'to json'; do
		# shellcheck disable=SC2086 # a verb and its operands
		run -65 rec-map $verb <in.rec
		[[ $output == *'two results are called "id"'* ]]
	done
}
