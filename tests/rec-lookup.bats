# rec-lookup: what is joined, what is added in each form, where the others go, and that two sorted
# streams give the same.

# shellcheck disable=SC2016,SC2094 # programs of awk in single quotes; a file is written and then read

load helper

helper_setup_files() {
	printf 'order,customer,price\n10,2,5\n11,1,6\n12,9,7\n13,,8\n' >o.csv
	printf 'id,name,city\n1,"Ann, A",X\n2,Bob,Y\n3,Cy,Z\n2,Bobby,\n' >c.csv
	rec-split csv:o.csv >o.rec
}

setup() {
	helper_setup
	helper_setup_files
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1

	shift
	run -64 --separate-stderr rec-lookup "$@" <o.rec
	[ "$stderr" = "rec-lookup: $message (rec-lookup -h shows the usage)" ] || {
		echo "$stderr" >&2
		return 1
	}
}

# fails MESSAGE ARG ...: 65 with that message.
fails() {
	local message=$1

	shift
	run -65 --separate-stderr rec-lookup "$@"
	[ "$stderr" = "rec-lookup: $message" ] || {
		echo "$stderr" >&2
		return 1
	}
}

@test "rec-lookup: a record goes out once for each of its masters, with their other columns" {
	local size

	printf 'order,customer,price,name,city\n10,2,5,Bob,Y\n10,2,5,Bobby,\n11,1,6,"Ann, A",X\n' >want
	for size in 1 5 262080; do
		REC_BLOCK=$size rec-lookup .customer=.id csv:c.csv <o.rec >out.rec
		rec-join <out.rec | same want /dev/stdin
	done
	mkstream records <out.rec | grep -v ^table >got
	printf '0=10,2,5,Bob,Y\n0=10,2,5,Bobby,\n1=11,1,6,"Ann, A",X\nend 4 0 \n' | same /dev/stdin got
	# The masters as a record stream, from a command, through a FIFO.
	rec-split csv:c.csv >c.rec
	rec-lookup .customer=.id c.rec <o.rec | rec-join | same want /dev/stdin
	rec-lookup .customer=.id cmd:'rec-split csv:c.csv' <o.rec | rec-join | same want /dev/stdin
	# In workers.
	rec-fanout -k -j 2 -N 1 rec-lookup .customer=.id csv:c.csv <o.rec | rec-join | same want /dev/stdin
}

@test "rec-lookup: --left, -v, --semi, --else and --unused" {
	rec-lookup --left .customer=.id csv:c.csv <o.rec | rec-join >got
	printf 'order,customer,price,name,city\n10,2,5,Bob,Y\n10,2,5,Bobby,\n11,1,6,"Ann, A",X\n12,9,7,,\n13,,8,,\n' | same /dev/stdin got
	rec-lookup -v --else csv:rest.csv .customer=.id csv:c.csv <o.rec | rec-join >got
	printf 'order,customer,price\n12,9,7\n13,,8\n' | same /dev/stdin got
	printf 'order,customer,price\n10,2,5\n11,1,6\n' | same /dev/stdin rest.csv
	rec-lookup --semi --else csv:rest.csv --unused csv:unused.csv .customer=.id csv:c.csv <o.rec | rec-join >got
	printf 'order,customer,price\n10,2,5\n11,1,6\n' | same /dev/stdin got
	printf 'order,customer,price\n12,9,7\n13,,8\n' | same /dev/stdin rest.csv
	printf 'id,name,city\n3,Cy,Z\n' | same /dev/stdin unused.csv
	rec-lookup --else rest.rec --unused unused.rec .customer=.id csv:c.csv <o.rec >out.rec
	mkstream records <unused.rec | grep -v ^table >got
	grep -qx '2=3,Cy,Z' got
	mkstream records <rest.rec | grep -v ^table >got
	printf '2=12,9,7\n3=13,,8\nend 4 0 \n' | same /dev/stdin got
	# The other streams have the table, too, even without records.
	rec-lookup --semi --unused csv:unused.csv .id csv:c.csv < <(rec-split csv:c.csv) >out.rec
	printf 'id,name,city\n' | same /dev/stdin unused.csv
}

@test "rec-lookup: an empty key finds an empty key, unless --need is given" {
	local sorted

	printf 'id,name\n,nobody\n2,Bob\n' >e.csv
	rec-lookup .customer=.id csv:e.csv <o.rec | rec-join >got
	printf 'order,customer,price,name\n10,2,5,Bob\n13,,8,nobody\n' | same /dev/stdin got
	rec-lookup --need --else rest.rec .customer=.id csv:e.csv <o.rec | rec-join >got
	printf 'order,customer,price,name\n10,2,5,Bob\n' | same /dev/stdin got
	rec-lookup -v --need --else rest.rec .customer=.id csv:e.csv <o.rec | rec-join >got
	printf 'order,customer,price\n11,1,6\n12,9,7\n' | same /dev/stdin got
	rec-join <rest.rec >got
	printf 'order,customer,price\n10,2,5\n13,,8\n' | same /dev/stdin got
	# Two parts, one of them empty.
	printf ',1\na,2\n' | rec-split >in.rec
	printf ',1,x\na,2,y\n' >m
	rec-lookup -F , f1,f2 lines:m <in.rec | rec-join >got
	printf ',1,x\na,2,y\n' | same /dev/stdin got
	rec-lookup --need -F , f1,f2 lines:m <in.rec | rec-join >got
	printf 'a,2,y\n' | same /dev/stdin got
	# An empty line is a line.
	printf '\nb\n' >m
	for sorted in '' --sorted; do
		printf '\na\nb\n' | rec-split | rec-lookup $sorted --semi '1-*' lines:m | rec-join >got
		printf '\nb\n' | same /dev/stdin got
	done
}

@test "rec-lookup: a part that is missing finds nothing, and nothing finds it" {
	local sorted

	printf '\nb x\n,a\n' >m
	printf 'y\nz,\nx,b\n' >in
	for sorted in '' --sorted; do
		rec-split in | rec-lookup $sorted --unused lines:u -F , f2=f2 lines:m | rec-join >got
		[ ! -s got ]
		same m u
		rec-split in | rec-lookup $sorted -v -F , f2 lines:m | rec-join | same in /dev/stdin
		rec-split in | rec-lookup $sorted --left -F , f2 lines:m | rec-join >got
		printf ',y\n,z\nb,x\n' | same /dev/stdin got
		rec-split in | rec-lookup $sorted -v --need --else rest.rec -F , f2 lines:m | rec-join >got
		printf 'x,b\n' | same /dev/stdin got
		rec-join <rest.rec >got
		printf 'y\nz,\n' | same /dev/stdin got
		# Of several parts.
		printf 'a,1\nb\n' | rec-split | rec-lookup $sorted -F , f1,f2 lines:<(printf 'a,1,x\nb\n') | rec-join >got
		printf 'a,1,x\n' | same /dev/stdin got
	done
	printf '{"id":1}\n{"x":1}\n{"id":null}\n' >m.jsonl
	printf '{"idx":1}\n{"idd":1}\n' | rec-split -f jsonl | rec-lookup --semi .idx=.id jsonl:m.jsonl | rec-join >got
	printf '{"idx":1}\n' | same /dev/stdin got
}

@test "rec-lookup: masters of which none has the key are an error, before any record" {
	local sorted way

	printf '1\n2\n' >black
	printf '{"a":1}\n' >m.jsonl
	for sorted in '' --sorted; do
		for way in -v --semi --left --need; do
			fails 'lines:black: no master has .customer: they are no JSON and have no table; if the key is their first word: .customer=w1; the whole of them: .customer=*' \
				$sorted $way .customer lines:black <o.rec
		done
		rec-lookup $sorted -v .customer lines:black <o.rec 2>/dev/null | mkstream records >got || :
		grep -q '^end 0 65 rec-lookup: lines:black: no master has ' got
		[ "$(wc -l <got)" -le 2 ]
		fails 'jsonl:m.jsonl: no master has .b' $sorted .customer=.b jsonl:m.jsonl <o.rec
		fails 'jsonl:m.jsonl: no master has all parts of the key; the first one has no .c' \
			$sorted .customer=.a,.order=.c jsonl:m.jsonl <o.rec
		fails 'lines:black: no master has w2' $sorted -v .customer=w2 lines:black <o.rec
		# No masters at all are no error.
		printf 'a\nb\n' | rec-split | rec-lookup $sorted -v w1 lines:/dev/null | rec-join >got
		printf 'a\nb\n' | same /dev/stdin got
	done
	rec-lookup -v .customer=w1 lines:black <o.rec | rec-join >got
	printf 'order,customer,price\n12,9,7\n13,,8\n' | same /dev/stdin got
	rec-lookup -v '.customer=*' lines:black <o.rec | rec-join | same got /dev/stdin
}

@test "rec-lookup: JSON gets members, of JSON and of columns" {
	printf '{"c":1,"p":5}\n{"p":1,"c":"2"}\n{ "c": 7 }\n{}\n[1]\n' | rec-split -f jsonl >j.rec
	rec-lookup .c=.id csv:c.csv <j.rec | rec-join >got
	printf '%s\n' '{"c":1,"p":5,"name":"Ann, A","city":"X"}' '{"p":1,"c":"2","name":"Bob","city":"Y"}' \
		'{"p":1,"c":"2","name":"Bobby","city":""}' | same /dev/stdin got
	printf '%s\n' '{"id":1,"n":{"a":[1]},"p":007}' '{"id":1, "n" : {"a":[1]},"p":7}' '{"i\u0064":2}' '{"id":"x"}' >m.jsonl
	sed -i 1d m.jsonl
	rec-lookup --left --prefix m_ .c=.id jsonl:m.jsonl <j.rec | rec-join >got
	printf '%s\n' '{"c":1,"p":5,"n":{"a":[1]},"m_p":7}' '{"p":1,"c":"2"}' '{ "c": 7 }' '{}' '[1]' | same /dev/stdin got
	fails "record 0: it and its master have a member of one name: --prefix P puts P before the name of the master's" \
		.c=.id jsonl:m.jsonl <j.rec
	# With --else it goes there.
	rec-lookup --else rest.rec .c=.id jsonl:m.jsonl <j.rec | rec-join >got
	printf '%s\n' '{"p":1,"c":"2"}' | same /dev/stdin got
	[ "$(rec-join <rest.rec | head -n 1)" = '{"c":1,"p":5}' ]
	# Spaces before the last brace.
	printf '{ "c":1 }\n' | rec-split -f jsonl | rec-lookup .c=.id cmd:"echo '{\"a\":1,\"id\":1}' | rec-split -f jsonl" | rec-join >got
	printf '{ "c":1,"a":1 }\n' | same /dev/stdin got
	printf 'x\n' | rec-split | rec-lookup .c csv:c.csv 2>err >out.rec || :
	grep -q 'no such column' err
}

@test "rec-lookup: text is what join writes" {
	local a b

	printf 'a 1\nb 2\nc 3 x\n' >l
	printf 'b x y\nc z\nc w\n' >r
	rec-split l | rec-lookup w1 lines:r | rec-join | same <(join l r) /dev/stdin
	rec-split l | rec-lookup --left w1 lines:r | rec-join | same <(join -a 1 l r) /dev/stdin
	rec-split l | rec-lookup -v w1 lines:r | rec-join | same <(join -v 1 l r) /dev/stdin
	printf 'k,b,1\nl,c,2\nm,d\n' >l
	printf '1,b,5\n2,c,6\n3,d\n' >r
	for a in 1 2 3; do
		for b in 1 2 3; do
			LC_ALL=C sort -t , -k "$a,$a" l >left
			LC_ALL=C sort -t , -k "$b,$b" r >right
			# For join a field that is missing is an empty one.
			grep -E "^([^,]*,){$((a - 1))}" left >left.has
			LC_ALL=C join -t , -1 $a -2 $b left.has right >want
			rec-split left | rec-lookup -F , "f$a=f$b" lines:right | rec-join | same want /dev/stdin || return
			rec-split left | rec-lookup --sorted -F , "f$a=f$b" lines:right | rec-join | same want /dev/stdin || return
		done
	done
	rec-split l | rec-lookup -F , -O ' | ' f2 lines:r | rec-join >got
	printf 'b | k,1 | 1,5\nc | l,2 | 2,6\nd | m | 3\n' | same /dev/stdin got
	# The masters' columns.
	printf 'x 1\ny 7\n' | rec-split | rec-lookup w2=.id csv:c.csv | rec-join >got
	printf '1 x Ann, A X\n' | same /dev/stdin got
}

@test "rec-lookup: formats, quotes, short rows, names that both have" {
	# From CSV to TSV, and back.
	printf 'customer\tx\n2\ta\n' | rec-split -f tsv -H | rec-lookup .customer=.id csv:c.csv | rec-join >got
	printf 'customer\tx\tname\tcity\n2\ta\tBob\tY\n2\ta\tBobby\t\n' | same /dev/stdin got
	printf 'id\tname\n1\ta "b", c\n' >m.tsv
	rec-lookup .customer=.id tsv:m.tsv <o.rec | rec-join >got
	printf 'order,customer,price,name\n11,1,6,"a ""b"", c"\n' | same /dev/stdin got
	printf 'id,name\n1,"a\tb"\n' >t.csv
	run -65 --separate-stderr rec-lookup .customer=.id csv:t.csv < <(printf 'customer\tx\n1\ta\n' | rec-split -f tsv -H)
	[ "$stderr" = "rec-lookup: record 0: its master in csv:t.csv: a field has bytes that no field of the records' table can hold" ]
	# Short rows; the key is the last column of the masters.
	printf 'name,id,x\nA,1\nB,2,z\n' >s.csv
	printf 'k,customer\na,1\nb,2\nc\n' | rec-split -f csv -H | rec-lookup --left .customer=.id csv:s.csv | rec-join >got
	printf 'k,customer,name,x\na,1,A,\nb,2,B,z\nc,,,\n' | same /dev/stdin got
	printf 'id,price,name\n1,4,A\n' >d.csv
	fails 'csv:d.csv: .price: both have that column: --prefix P puts P before the name of the masters'\' .customer=.id csv:d.csv <o.rec
	rec-lookup --prefix c_ .customer=.id csv:d.csv <o.rec | rec-join >got
	printf 'order,customer,price,c_price,name\n11,1,6,4,A\n' | same /dev/stdin got
	fails 'csv:d.csv: .orprice: there is that column already; choose another --prefix' --prefix or .customer=.id csv:d.csv \
		< <(printf 'customer,price,orprice\n' | rec-split -f csv -H)
	# CR LF and a byte order mark stay.
	printf '\357\273\277customer,x\r\n2,a\r\n' | rec-split -f csv -H | rec-lookup .customer=.id csv:d.csv | rec-join >got
	printf 'customer,x,price,name\r\n' | same /dev/stdin got
	# Several parts.
	printf 'a,b,v\n1,2,x\n12,,y\n' >p.csv
	printf 'b,a\n2,1\n,12\n12,\n' | rec-split -f csv -H | rec-lookup .a,.b csv:p.csv | rec-join >got
	printf 'b,a,v\n2,1,x\n,12,y\n' | same /dev/stdin got
	printf 'c,"d,e"\n2,1\n' | rec-split -f csv -H | rec-lookup '."d,e"=.a,.c=.b' csv:p.csv | rec-join >got
	printf 'c,"d,e",v\n2,1,x\n' | same /dev/stdin got
	# No masters at all: no columns either.
	: >none.csv
	rec-lookup --left .customer=.id csv:none.csv <o.rec | rec-join | same o.csv /dev/stdin
	head -n 1 c.csv >none.csv
	rec-lookup --left .customer=.id csv:none.csv <o.rec | rec-join | head -n 2 >got
	printf 'order,customer,price,name,city\n10,2,5,,\n' | same /dev/stdin got
}

@test "rec-lookup: what cannot be joined is 65 and says why" {
	fails '.custom: no such column (the table has order, customer, price)' .custom=.id csv:c.csv <o.rec
	fails 'csv:c.csv: .nr: no such column (the table has id, name, city)' .customer=.nr csv:c.csv <o.rec
	fails 'lines:c.csv: the masters have no columns with names: csv:FILE, or rec-split -H' .customer=f1 lines:c.csv <o.rec
	fails '-O goes with text: the table has its separator' -O x .customer=.id csv:c.csv <o.rec
	fails 'records in the format logfmt get no further columns: put rec-map to csv or json before it' \
		.a=.id csv:c.csv < <(echo a=1 | rec-split -f logfmt)
	printf 'id,name\n1,a,b\n' >long.csv
	run -65 --separate-stderr rec-lookup .customer=.id csv:long.csv <o.rec
	[[ $stderr == 'rec-lookup: record 1: its master in csv:long.csv: it has more fields than '* ]]
	fails 'csv:c.csv: the masters need more than --memory allows; if both streams are sorted by the key, --sorted needs little' \
		--memory 100 .customer=.id csv:c.csv <o.rec
	printf 'a 0123456789\n' >m
	echo 'a 0123456789' | rec-split >in.rec
	REC_MAX=20 run -65 --separate-stderr rec-lookup w1 lines:m <in.rec
	[ "$stderr" = 'rec-lookup: record 0: with what its master adds it is longer than REC_MAX allows' ]
	run -66 --separate-stderr rec-lookup .customer=.id csv:none.csv <o.rec
	[ "$stderr" = 'rec-lookup: csv:none.csv: No such file or directory' ]
	# Masters cut off, damaged, or whose producer has failed: no record is joined to half of them.
	rec-split csv:c.csv >c.rec
	head -c -50 c.rec >cut.rec
	run -65 --separate-stderr rec-lookup .customer=.id cut.rec <o.rec
	[[ $stderr == 'rec-lookup: cut.rec: '* ]]
	rec-lookup .customer=.id cut.rec <o.rec 2>/dev/null | mkstream records >got || :
	grep -v ^table got | grep -q '^end 0 65 rec-lookup: cut.rec: '
	run -65 --separate-stderr rec-lookup .customer=.id cmd:'rec-split csv:c.csv; exit 3' <o.rec
	[ "$stderr" = 'rec-lookup: cmd:rec-split csv:c.csv; exit 3: exit status 3' ]
	head -c -50 o.rec >cut.rec
	run -65 --separate-stderr rec-lookup --unused csv:u.csv .customer=.id csv:c.csv <cut.rec
	[[ $stderr == 'rec-lookup: standard input: '* ]]
	[ ! -e u.csv ]
}

@test "rec-lookup: --sorted says where a stream is out of order" {
	printf 'a 1\nc 2\nb 3\n' >l
	printf 'a x\nb y\n' >r
	run -65 --separate-stderr rec-lookup --sorted w1 lines:r < <(rec-split l)
	[ "$stderr" = 'rec-lookup: record 2: its key is below that of the record before it: --sorted needs both streams in the order of their keys' ]
	run -65 --separate-stderr rec-lookup --sorted w1 lines:l < <(printf 'a\nb\nc\nd\n' | rec-split)
	[ "$stderr" = 'rec-lookup: lines:l: record 2: its key is below that of the record before it: --sorted needs both streams in the order of their keys' ]
	# What was found before that is there.
	rec-split l | rec-lookup --sorted w1 lines:r 2>/dev/null | mkstream records >got || :
	grep -qx '0=a 1 x' got
	rec-split r | rec-lookup --sorted --left --unused lines:u w1 lines:r | rec-join | same <(join r r) /dev/stdin
	[ ! -s u ]
	printf 'b\nd\n' | rec-split | rec-lookup --sorted --unused lines:u w1 lines:r >out.rec
	printf 'a x\n' | same /dev/stdin u
}

@test "rec-lookup: a reader that leaves, and TERM" {
	statuses "yes 'a b' | rec-split | rec-lookup w1 cmd:'echo a x | rec-split' | rec-take 3 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ]
	[ "$(<out)" = $'a b x\na b x\na b x' ]
	[ ! -s err ]
	mkfifo in
	start bash -c "exec rec-lookup --unused lines:u w1 cmd:'echo a | rec-split' <in >out.rec"
	exec 9>in
	mkstream data:0:a >&9
	within test -s out.rec
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	exec 9>&-
	[ ! -e u ]
	[ -z "$(find . -name '.rec.*')" ]
}

@test "rec-lookup: a record passes at once when its masters are there" {
	mkfifo in
	start bash -c "exec rec-lookup w1 cmd:'echo a x | rec-split' <in >out.rec"
	exec 9>in
	mkstream data:0:a >part
	cat part >&9
	within grep -q 'a x' out.rec
	mkstream data:0:a end >all
	tail -c "+$(($(stat -c %s part) + 1))" all >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
	# Sorted: what the masters so far decide does not wait for further ones of the same key.
	printf '%s\n' a b bb bc | rec-split >records.rec
	while read -r option sent want; do
		rm -f masters out.rec
		mkfifo masters
		# The FIFO stays open until the records have come.
		start bash -c "exec rec-lookup --sorted $option w1 cmd:'exec rec-split masters' <records.rec >out.rec"
		exec 9>masters
		tr , '\n' <<<"$sent" >&9
		within grep -qa "$want" out.rec
		exec 9>&-
		finish
		[ "$status" -eq 0 ]
	done <<-'END'
		--semi a,b ^b$
		-v a,c ^bb$
		--left a,c ^bb$
	END
}

# bats test_tags=random
@test "rec-lookup: random streams are joined as by a model, by hashes and sorted" {
	local model='
		FILENAME == ARGV[1] { rest = NF > 1 ? substr($0, index($0, ",") + 1) : ""; n[$1]++; m[$1, n[$1]] = NF > 1 ? "," rest : ""; next }
		kind == "semi" { if ($1 in n) print; next }
		kind == "v" { if (!($1 in n)) print; next }
		{ for (i = 1; i <= n[$1]; i++) print $0 m[$1, i] }
		kind == "left" && !n[$1]'
	local kind
	local -A options=([add]='' [left]=--left [semi]=--semi [v]=-v)

	while rounds; do
		RANDOM=$seed
		keys=$((RANDOM % 30 + 1))
		for f in masters records; do
			n=$((RANDOM % 80))
			for ((i = 0; i < n; i++)); do
				if ((RANDOM % 9)); then
					echo "k$((RANDOM % keys)),$i,$RANDOM"
				else
					echo "k$((RANDOM % keys))"
				fi
			done >$f
			LC_ALL=C sort -s -t , -k 1,1 $f >$f.sorted
		done
		for kind in add left semi v; do
			for sorted in '' .sorted; do
				mawk -F , -v kind=$kind "$model" masters$sorted records$sorted >want
				# shellcheck disable=SC2086 # options are words
				REC_BLOCK=$((RANDOM % 100 + 1)) rec-split records$sorted |
					rec-lookup ${sorted:+--sorted} ${options[$kind]} -F , f1 lines:masters$sorted | rec-join >got || return
				same want got || return
			done
		done
		mawk -F , 'FILENAME == ARGV[1] { seen[$1]; next } !($1 in seen)' records masters >want
		rec-split records | rec-lookup --unused lines:unused -F , f1 lines:masters >out.rec || return
		same want unused || return
		mawk -F , 'FILENAME == ARGV[1] { seen[$1]; next } !($1 in seen)' records.sorted masters.sorted >want
		rec-split records.sorted | rec-lookup --sorted --unused lines:unused -F , f1 lines:masters.sorted >out.rec || return
		same want unused || return
	done
}

@test "rec-lookup: thousands of masters of one key, and many keys" {
	seq 5000 | sed 's/^/a /' >m
	printf 'a 0\n' | rec-split | rec-lookup w1 lines:m | rec-join | cmp - <(seq 5000 | sed 's/^/a 0 /')
	seq 100000 | rec-split | rec-lookup --semi w1 cmd:'seq 2 2 300000 | rec-split' | rec-join | cmp - <(seq 2 2 100000)
	[ -z "$SAN" ] || skip 'memory is measured without sanitizers'
	seq 1000000 | rec-split >m.rec
	printf '5\n' | rec-split | "$BUILD/tools/peak" peak rec-lookup w1 m.rec >out.rec
	[ "$(<peak)" -lt 100000 ]
	# Sorted streams need little.
	seq -w 1000000 | rec-split >m.rec
	"$BUILD/tools/peak" peak rec-lookup --sorted --memory 100K --semi w1 m.rec <m.rec | rec-filter -c locate >count
	[ "$(<count)" = 1000000 ]
	[ "$(<peak)" -lt 16384 ]
}

@test "rec-lookup: wrong usage" {
	local option

	usage 'KEY and MASTERS are needed, such as .customer=.id csv:customers.csv'
	usage 'after KEY the MASTERS are needed, such as .customer=.id csv:customers.csv' .a
	usage 'x: only KEY and MASTERS are expected; several parts of a key have commas between them' .a csv:c.csv x
	usage '.a=w1-2 w3: both sides of = must have as many parts' '.a=w1-2 w3' csv:c.csv
	usage '-: the records come from standard input, and the masters cannot' .a -
	usage 'csv:-: the records come from standard input, and the masters cannot' .a csv:-
	usage '-v does not go with --left' --left -v .a csv:c.csv
	usage '--prefix: nothing is added to the records' --semi --prefix x .a csv:c.csv
	usage '--memory x: not a size such as 64M' --memory x .a csv:c.csv
	usage '--left: options come before the first operand' .a csv:c.csv --left
	usage 'KEY is needed, such as .customer=.id' '' csv:c.csv
	for option in -1 -2 -j --on; do
		usage "$option: KEY=MASTERKEY is one operand: join -1 3 -2 1 is w3=w1, with -F f3=f1; a column is .customer=.id" \
			--need $option 1 c.csv
	done
	usage '-a: join -a 1 is written --left; the masters of -a 2 go to --unused' -a 1 .a csv:c.csv
	usage '1: join -v 1 is written -v, and the masters of -v 2 go to --unused' -v 1 .a csv:c.csv
	usage '-t: the separator of fields is -F' -t, f1 lines:c.csv
	usage '--anti: it is written -v' --anti .a csv:c.csv
	usage '--outer: it is written --left, and --unused is where masters go that no record has asked for' --outer .a csv:c.csv
	usage '--inner: that is what it does without an option' --inner .a csv:c.csv
	usage "time(.a): a part of a record is expected; an expression becomes one, .t, by rec-map set t='time(.a)' before this command" \
		'time(.a)' csv:c.csv
	usage '--else: given twice' --else a --else b .a csv:c.csv
	cp o.rec same.rec
	run -64 --separate-stderr rec-lookup --unused same.rec .customer=.id same.rec <o.rec
	[ "$stderr" = 'rec-lookup: same.rec: same.rec is the same file, which cannot be read and written at once' ]
	cmp o.rec same.rec
}

@test "rec-lookup: no result has a name twice, and no part is twice in a key" {
	printf 'k,n,nn\n1,5,6\n' >m.csv
	printf '{"k":1,"n":1}\n' | rec-split >j.rec
	fails 'record 0: there is such a member already; choose another --prefix' --prefix n .k csv:m.csv <j.rec
	printf '{"k":1,"n":5,"nn":6}\n' >m.json
	fails 'record 0: there is such a member already; choose another --prefix' --prefix n .k json:m.json <j.rec
	printf 'k,n\n1,1\n' | rec-split -f csv -H >t.rec
	fails 'csv:m.csv: .nn: there is that column already; choose another --prefix' --prefix n .k csv:m.csv <t.rec
	rec-lookup --prefix p_ .k csv:m.csv <t.rec | rec-join >got
	printf 'k,n,p_n,nn\n1,1,5,6\n' | same - got
	printf 'k,n,n\n1,5,6\n' >m.csv
	fails 'csv:m.csv: .n: two columns have that name, and members of a JSON object cannot' --prefix p .k csv:m.csv <j.rec
	usage '.k is twice in the key of the masters: the form for several parts is .a=.x,.b=.y' .k,.n=.k,.n csv:m.csv
	usage 'f1 is twice in the key of the records: the form for several parts is .a=.x,.b=.y' -F , f1,f1=f2 lines:m.csv
}

@test "rec-lookup: of several results all go out, or none" {
	printf 'k,v\n1,a\n1,bbbbbbbbbbbbbbbbb\n1,c\n2,d\n3,eeeeeeeeeeeeeeeee\n3,f\n3,fffffffffffffffff\n' >m.csv
	printf '{"k":%d}\n' 1 2 3 | rec-split >j.rec
	REC_MAX=20 rec-lookup --else other.rec .k csv:m.csv <j.rec | rec-join >got
	printf '{"k":2,"v":"d"}\n' | same - got
	rec-join <other.rec >got
	printf '{"k":1}\n{"k":3}\n' | same - got
	REC_MAX=20 fails 'record 0: with what its master adds it is longer than REC_MAX allows' .k csv:m.csv <j.rec
}

@test "rec-lookup: it ends if nobody wants the masters that are not used, either" {
	seq 5 >m
	for sorted in '' --sorted; do
		# shellcheck disable=SC2086 # no word, or one
		yes 1 | rec-split | rec-lookup $sorted --unused cmd:'exec true' w1 lines:m | rec-take 1 | rec-join >got
		echo 1 | same - got
	done
}
