#!/usr/bin/env bats
# rec-reduce: one record of each group.

# shellcheck disable=SC2016 # expressions in single quotes

load helper

setup() {
	helper_setup
	printf 'id,user,price\n1,ann,0.1\n2,bob,5\n3,ann,0.2\n4,"x,y",\n' >o.csv
	rec-split -f csv -H o.csv >o.rec
}

# positions: of the records of standard input, and these.
positions() {
	mkstream records | grep '='
}

# gives WANT ARG ...: what comes of o.rec, as printf takes it.
gives() {
	# shellcheck disable=SC2059 # it is a format
	printf -- "$1" >want || return
	rec-reduce "${@:2}" <"${in:-o.rec}" | rec-join >got || return
	same want got || { echo "by: ${*:2}" >&2; return 1; }
}

# refused STATUS MESSAGE ARG ...: the command ends so, and says that.
refused() {
	local got=0

	rec-reduce "${@:3}" <"${in:-o.rec}" >out 2>err || got=$?
	printf '%s\n' "rec-reduce: $2" >want
	[ "$got" -eq "$1" ] && same want err
}

@test "rec-reduce: a table gives a table, with names" {
	gives 'user,price_sum,count,price_mean,price_max,id_list\nann,0.3,2,0.15,0.2,1;3\nbob,5,1,5,5,2\n"x,y",0,1,,,4\n' \
		--key .user sum .price count mean .price max .price list .id
	gives 'count,total,price_p90\n4,5.3,4.04\n' count total=sum .price percentile:90 .price
	gives 'key,id,x\na,1,0.2\nb,2,10\na,3,0.4\nx,4,0\n' --key 'substr(.user,1,1),.id' x=sum '.price * 2'
	gives 'u,user_first,user_last,user_mode,user_distinct\nann,ann,ann,ann,1\nbob,bob,bob,bob,1\n"x,y","x,y","x,y","x,y",1\n' \
		--key u=.user first .user last .user mode .user distinct .user
	gives 'price_min,price_max,user_min\n0.1,5,ann\n' min .price max .price min:text .user
	rec-split -f csv o.csv >bare.rec
	in=bare.rec gives 'id,1\n1,1\n2,1\n3,1\n4,1\n' --key f1 count f2
	printf 'id,price\n' | rec-split -f csv -H >empty.rec
	in=empty.rec gives 'count,price_sum,price_mean\n0,0,\n' count sum .price mean .price
	in=empty.rec gives 'id,count\n' --key .id count
	in=empty.rec gives 'id_list\n' -N 3 list .id
}

@test "rec-reduce: text without names gives text" {
	printf 'a 1\nb 2\na 3.5\n' | rec-split >t.rec
	in=t.rec
	gives 'a\t4.5\t2\t2\t1\nb\t2\t1\t1\t2\n' --key w1 sum w2 count distinct w2 mode w2
	gives 'a:4.5\nb:2\n' -O : --key w1 sum w2
	gives '6.5\n' sum w2
	gives '{"k":"a","n":2}\n{"k":"b","n":1}\n' --key k=w1 n=count
	gives 'a 1,b 2\na 3.5\n' -N 2 list
	gives 'a 1-b 2-a 3.5\n' list:-
	refused 64 "without a table, parts by name (.id) make JSON, and others (w2, f3) make text: all of one kind are expected" \
		--key w1 x=sum w2
}

@test "rec-reduce: JSON gives JSON, by the types of values" {
	printf '%s\n' '{"a":1,"k":"x"}' '{"a":2.5,"k":"x"}' '{"a":1,"k":null}' '{"a":7}' '{"a":1e2,"k":1}' '{"a":0,"k":"1"}' |
		rec-split -f jsonl >j.rec
	in=j.rec gives '{"k":"x","a_sum":3.5,"a_list":[1,2.5]}\n{"k":null,"a_sum":1,"a_list":[1]}\n{"a_sum":7,"a_list":[7]}\n{"k":1,"a_sum":100,"a_list":[1e2]}\n{"k":"1","a_sum":0,"a_list":[0]}\n' \
		--key .k sum .a list .a
	in=j.rec gives '{"k_list":["x","x",1,"1"],"k_distinct":3,"k_mode":"x"}\n' list .k distinct .k mode .k
	in=j.rec gives '{"k":"x","count":2}\n{"k":null,"count":1}\n{"k":1,"count":1}\n{"k":"1","count":1}\n' --need --key .k count
	in=j.rec refused 65 'record 0: .k: it is no number: x' sum .k
	printf 'x\n' | rec-split >x.rec
	in=x.rec refused 65 'record 0: it is not JSON (for CSV: rec-split -f csv -H)' sum .k
}

@test "rec-reduce: --sorted and -N keep positions, groups are put out at once" {
	printf '%s\n' b b a b | rec-split >s.rec
	rec-reduce --sorted --key w1 count <s.rec | positions >got
	printf '%s\n' '1=b\x092' '2=a\x091' '3=b\x091' | same - got
	rec-reduce -N 3 list <s.rec | positions >got
	printf '%s\n' '2=b,b,a' '3=b' | same - got
	rec-reduce --key w1 count <s.rec | positions >got
	printf '%s\n' '0=b\x093' '1=a\x091' | same - got
	rec-reduce --top 1 --key w1 count <s.rec | positions >got
	printf '%s\n' '0=b\x093' | same - got
	printf '%s\n' c a b b a | rec-split >s.rec
	in=s.rec gives 'a\t2\nb\t2\n' --top 2 --key w1 count
	in=s.rec gives 'a\t2\nb\t2\nc\t1\n' --top 9 --key w1 count
}

@test "rec-reduce: --running lets each record out" {
	gives 'id,user,price,price_sum,price_delta,id_previous\n1,ann,0.1,0.1,,\n2,bob,5,5,,\n3,ann,0.2,0.3,0.1,1\n4,"x,y",,0,,\n' \
		--running --key .user sum .price delta .price previous .id
	seq 1 3 7 | rec-split >n.rec
	in=n.rec gives '1\t1\t\n4\t5\t3\n7\t12\t3\n' --running sum delta
	printf '%s\n' '{"a":1}' '{"a":2}' | rec-split -f jsonl >j.rec
	in=j.rec gives '{"a":1,"count":1,"a_sum":1}\n{"a":2,"count":2,"a_sum":3}\n' --running count sum .a
	refused 65 'price: the table has a column of that name (NAME=sum gives another)' --running price=sum .price
	# Members are further ones, and only an object has members.
	printf '%s\n' '{"k":1,"n":5}' '{"k":1}' >in
	rec-split -f jsonl in >j.rec
	in=j.rec refused 65 'record 0: n: it has that name already (NAME=OP gives another)' --running n=count
	in=j.rec gives '{"k":1,"n":1}\n' --running --else other.rec n=count
	[ "$(rec-join <other.rec)" = '{"k":1,"n":5}' ]
	printf '%s\n' 'n: 5' '' 'k: 1' >in
	rec-split -f fields in >f.rec
	in=f.rec refused 65 'record 0: N: it has that name already (NAME=OP gives another)' --running N=count
	for text in '[1]' x 5 '{"a":1} x' '{"a":1'; do
		printf '%s\n' "$text" | rec-split >x.rec
		run -65 rec-reduce --running n=count <x.rec
		[[ $output == *'rec-reduce: record 0: it is no'* ]]
		in=x.rec gives '' --running --else other.rec n=last w1
		[ "$(rec-join <other.rec)" = "$text" ]
	done
	printf '%s\n' a a b a | rec-split >s.rec
	in=s.rec gives 'a\t1\na\t2\nb\t1\na\t1\n' --running --sorted --key w1 count
}

@test "rec-reduce: numbers of very many digits have no false ones, too large ones are refused" {
	printf '%s\n' 1e39 123456789012345678901234567890123456789012 | rec-split >n.rec
	in=n.rec gives '1e+39\t1.2345678901234568e+41\n' min max
	printf '%s\n' 1e400 1 -1e400 | rec-split >n.rec
	in=n.rec refused 65 'record 0: *: it is no number: 1e400' sum
	in=n.rec gives '1\t1\n' --else other.rec sum max
	printf '{"n":1e400}\n{"n":1}\n' | rec-split >j.rec
	in=j.rec gives '{"n_sum":1}\n' --else other.rec sum .n
	[ "$(rec-join <other.rec)" = '{"n":1e400}' ]
	# And so is one with which a result is too large.
	printf '%s\n' a,1e308 a,1e308 b,1 a,-1e308 a,5 | rec-split -f csv >n.rec
	for op in sum mean; do
		in=n.rec refused 65 "record 1: f2_$op: with it a sum on the way to the result is too large for a number" --key f1 "$op" f2
	done
	in=n.rec gives 'a,5\nb,1\n' --else other.rec --key f1 sum f2
	[ "$(rec-join <other.rec)" = a,1e308 ]
	in=n.rec gives 'a,1e+308\nb,1\n' --key f1 max f2
	printf '%s\n' 1e308 -1e308 | rec-split >n.rec
	in=n.rec refused 65 'record 1: delta: with it a sum on the way to the result is too large for a number' --running delta
	in=n.rec gives '0\n' median
	printf '%s\n' 1e200 -1e200 | rec-split >n.rec
	in=n.rec refused 65 'record 1: stdev: with it a sum on the way to the result is too large for a number' stdev
}

@test "rec-reduce: sums are exact" {
	yes 0.1 | head -n 10 | rec-split >n.rec
	in=n.rec gives '1\n' sum
	printf '%s\n' 1701411834604692317316873037158841056 1 -0.25 | rec-split >n.rec
	in=n.rec gives '1701411834604692317316873037158841056.75\n' sum
	printf '%s\n' 9223372036854775807 9223372036854775807 | rec-split >n.rec
	in=n.rec gives '18446744073709551614\n' sum
	printf '%s\n' ' +12 ' 1.50 -.5 2e2 5e-1 | rec-split >n.rec
	in=n.rec gives '213.5\t-0.5\t200\n' sum min max
	printf '%s\n' 3 1 4 1 5 9 2 6 | rec-split >n.rec
	in=n.rec gives '3.5\t1.75\t5.25\t3.875\t2.74837614393871\n' median percentile:25 percentile:75 mean stdev
}

@test "rec-reduce: --else gets what cannot be reduced" {
	printf '%s\n' 'a 1' 'b x' 'a 3' | rec-split >t.rec
	in=t.rec gives 'a\t4\n' --else other.rec --key w1 sum w2
	positions <other.rec >got
	printf '1=b x\n' | same - got
	in=t.rec refused 65 'record 1: w2: it is no number: x' --key w1 sum w2
	printf '%s\n' 'a 1' 'b' | rec-split >t.rec
	in=t.rec gives '1\t1\n' --else other.rec --need --key w2 count
	positions <other.rec >got
	printf '1=b\n' | same - got
}

@test "rec-reduce: what begins with a name is an expression, with blanks and without" {
	printf '{"ms":400,"b":1}\n{"ms":600,"b":2}\n{"ms":700,"b":3}\n' | rec-split -f jsonl >m.rec
	in=m.rec gives '{"sum":2}\n' sum '.ms>500'
	in=m.rec gives '{"sum":2}\n' sum '.ms > 500'
	in=m.rec gives '{"slow":0,"sum":800}\n{"slow":1,"sum":2600}\n' --key 'slow=.ms>500' sum '.ms*2'
	in=m.rec gives '{"x":1694}\n' x=sum '.ms-.b'
	in=m.rec gives '{"key":401,"n":1}\n{"key":602,"n":1}\n{"key":703,"n":1}\n' --key .ms+.b n=count
	in=m.rec refused 64 ".ms:x: a name without quotes has letters, digits, _ @ and \$; a member or column of that name is written '.\"ms:x\"' (rec-reduce -h shows the usage)" \
		sum .ms:x
}

@test "rec-reduce: a text that is no time makes no time of 1970" {
	printf '{"t":"2026-01-01T00:06:00Z"}\n{"t":"x"}\n{}\n{"t":""}\n{"t":null}\n' | rec-split -f jsonl >t.rec
	in=t.rec refused 65 'record 1: date(int(time(.t)/300)*300): a text in it is no time' \
		--key 'date(int(time(.t)/300)*300)' count
	in=t.rec gives '{"bin":"2026-01-01T00:05:00Z","n":1}\n{"n":3}\n' --else bad.rec \
		--key 'bin=date(int(time(.t)/300)*300)' n=count
	[ "$(rec-join <bad.rec)" = '{"t":"x"}' ]
	in=t.rec refused 65 'record 1: time(.t): a text in it is no time' max 'time(.t)'
	in=t.rec gives '{"m":1767225960}\n' m=max 'coalesce(time(.t), 0)'
}

@test "rec-reduce: bad input, one line each" {
	refused 64 '--key: 1 is a number: a column is f1, w1 or .name (rec-reduce -h shows the usage)' --key 1 sum f2
	refused 64 '2 is a number: a column is f2, w2 or .name (rec-reduce -h shows the usage)' sum 2
	refused 64 '"a" is the same for all records: a column is f1, w1 or .name (rec-reduce -h shows the usage)' last '"a"'

	refused 65 '.prise: no such column (the table has id, user, price)' sum .prise
	refused 65 'two results are called "price_sum"' sum .price price_sum=count
	refused 64 'an operation is needed, such as count, or sum .price (rec-reduce -h shows the usage)'
	refused 64 'percentile:101: a number from 0 to 100 is expected after a colon: percentile:95 (rec-reduce -h shows the usage)' percentile:101 .price
	refused 64 "worth=sum .id * .price: an operation and what it is of are separate words of the shell: worth=sum '.id * .price' (rec-reduce -h shows the usage)" \
		count 'worth=sum .id * .price'
	refused 64 "percentile:95 .price: an operation and what it is of are separate words of the shell: percentile:95 '.price' (rec-reduce -h shows the usage)" \
		'percentile:95 .price'
	gives 'price_list\n0.1 and 5 and 0.2\n' 'list:/ and /' .price
	refused 64 'delta and previous are of each record: they need --running (rec-reduce -h shows the usage)' delta .price
	refused 64 '-N makes groups of its own: it does not go with --key, --sorted or --running (rec-reduce -h shows the usage)' \
		-N 2 --key .id count
	refused 64 '--memory 1: a size of at least 64K is expected, such as 512M (rec-reduce -h shows the usage)' --memory 1 count
	REC_MAX=20 refused 65 'row 1: it would be longer than REC_MAX allows' list .user list .id
	# A cut-off input: the results of what came, and the failure.
	head -c -40 o.rec >cut.rec
	statuses 'rec-reduce count <cut.rec | rec-join'
	[ "$statuses" = "65 65" ]
	printf 'count\n4\n' | same - out
}

@test "rec-reduce: what habit writes gets a line with what is written here" {
	local hint='(rec-reduce -h shows the usage)' by='what the records of a group have in common is --key: --key .customer' option

	printf 'x\n1\n' | rec-split -f csv -H >in.rec
	refused 64 "avg: it is written mean $hint" avg .x
	refused 64 "m=average: it is written mean $hint" m=average .x
	refused 64 "p95: it is written percentile:95 $hint" p95 .x
	refused 64 "var: it is written stdev, the square root of the variance $hint" var .x
	refused 64 "sd: it is written stdev $hint" sd .x
	refused 64 "s=sum(.x): what an operation is of is a word after it: s=sum .x $hint" 's=sum(.x)'
	refused 64 "sum(.x * 2): what an operation is of is a word after it: sum '.x * 2' $hint" 'sum(.x * 2)'
	refused 64 "count(*): what an operation is of is a word after it: count $hint" 'count(*)'
	refused 64 "sum:.x: sum has nothing after a colon: write sum .x $hint" sum:.x
	refused 64 "sum:3: sum has nothing after a colon $hint" sum:3
	for option in -g -k --by --group; do
		refused 64 "$option: $by $hint" --need $option .x count
	done
	refused 64 "-k: $by $hint" --need -k1 count
	refused 64 "--key --top: --key needs a value, such as .customer $hint" --key --top 5 count
	refused 64 "--key: given twice: write --key a,b $hint" --key .x --key .y count
	refused 64 "-F: given twice $hint" -F , --separator ';' count
}

# bats test_tags=random
@test "rec-reduce: the smallest memory gives the same, by a model" {
	mawk 'BEGIN { srand(3); for (i = 0; i < 6000; i++) printf "%d,k%d,%s%d.%d\n", i, int(rand() * rand() * 2500),
		rand() < .2 ? "-" : "", int(rand() * 1000), int(rand() * 100) }' >r.csv
	rec-split -f csv r.csv >r.rec
	mawk -F, '{
		if (!($2 in n)) o[++c] = $2
		n[$2]++
		minus = substr($3, 1, 1) == "-"
		split(minus ? substr($3, 2) : $3, a, ".")
		s[$2] += (minus ? -1 : 1) * (a[1] * 100 + (length(a[2]) == 1 ? a[2] * 10 : a[2]))
	}
	END {
		for (i = 1; i <= c; i++) {
			x = sprintf("%.2f", s[o[i]] / 100)
			sub(/0+$/, "", x); sub(/\.$/, "", x)
			if (x == "-0") x = "0"
			print o[i] "," x "," n[o[i]]
		}
	}' r.csv >want
	for memory in 64K 256M; do
		rec-reduce --memory $memory --key f2 sum f3 count <r.rec | rec-join | same want -
		rec-reduce --memory $memory --key f2 list f1 mode f3 distinct f3 median f3 first f1 min:text f3 <r.rec | rec-join >all.$memory
	done
	same all.64K all.256M
	[ "$(lines want)" -gt 1000 ]
	rec-reduce --memory 64K --top 7 --key f2 sum f3 <r.rec | rec-join >top
	sort -t, -k2,2gr -s want | head -7 | cut -d, -f1,2 | same - top
	# So many groups that the files are divided again, and their rows are merged in several steps.
	mawk 'BEGIN { for (i = 1; i <= 40000; i++) print i * 7919 % 40009, i }' >many
	rec-split many >m.rec
	rec-reduce --memory 64K --key w1 first w2 <m.rec | rec-join | tr '\t' ' ' | same - many
	rec-reduce --memory 64K --top 9 --key w1 max w2 <m.rec | rec-join | tr '\t' ' ' | same - <(tail -n 9 many | tac)
	rec-reduce --memory 64K --key w1 first w2 <m.rec | rec-join | sed 3q >some
	tr '\t' ' ' <some | same - <(sed 3q many)
}

@test "rec-reduce: a temporary file that cannot be written is 74, and none is left" {
	seq 20000 | rec-split >n.rec
	mkdir none
	TMPDIR=$PWD/none/such in=n.rec refused 74 'a temporary file in '"$PWD"'/none/such: No such file or directory' \
		--memory 64K --key w1 count
	(ulimit -f 1 && TMPDIR=$PWD/none rec-reduce --memory 64K --key w1 count <n.rec 2>err | rec-filter -c locate >out) || :
	grep -qx "rec-reduce: a temporary file in $PWD/none: File too large" err
	mkfifo in
	TMPDIR=$PWD/none start sh -c 'exec rec-reduce --memory 64K --key w1 count <in >out'
	exec 9>in
	cat n.rec >&9
	kill -9 "$pid"
	exec 9>&-
	finish "$pid" || :
	[ -z "$(ls none)" ]
	in=n.rec refused 71 'the groups take more memory than --memory allows' --memory 64K --running --key w1 count
}

@test "rec-reduce: a reader that leaves early ends it" {
	seq 20000 | rec-split >n.rec
	statuses 'rec-reduce --key w1 count <n.rec | rec-take 1 | rec-join'
	[ "$statuses" = "0 0 0" ]
	[ "$(<out)" = "1	1" ]
}

@test "rec-reduce: --interval puts out running results" {
	mkfifo in
	start sh -c 'exec rec-reduce --interval 50ms sum <in >got.rec'
	exec 9>in
	printf '%s\n' 1 2 | rec-split >a.rec
	head -c -40 a.rec >&9
	within has 1
	printf '%s\n' 3 | rec-split >b.rec
	tail -c 40 a.rec >&9
	cat b.rec >&9
	exec 9>&-
	finish "$pid"
	[ "$status" -eq 0 ]
	positions <got.rec >got
	printf '%s\n' 0=3 1=6 | same - got
}

has() {
	[ -s got.rec ]
}

@test "rec-reduce: --key takes lists as the other commands do, and commas within parts" {
	printf 'id,user\n1,"x,y"\n2,b\n3,"x,y"\n' | rec-split -f csv -H >o.rec
	gives 'key,count\n1,2\n0,1\n' --key '.user ~ /x,y/' count
	gives 'q,id,count\n1,1,1\n0,2,1\n1,3,1\n' --key 'q=.user ~ /x\/*,y/,.id' count
	gives 'key,id,count\n0,1,1\n1,2,1\n0,3,1\n' --key '.user !~ /,/, .id' count
	gives 'key,count\nx;y,2\nb,1\n' --key 'gsub(.user, /,/, ";")' count
	gives 'id,user,count\n1,"x,y",1\n2,b,1\n3,"x,y",1\n' --key '(.id .user)' count
	gives 'key,count\n0.5,1\n1,1\n1.5,1\n' --key '.id / 2' count
	printf 'a,b c\nd,b e\n' | rec-split >t.rec
	in=t.rec gives 'b c\t1\nb e\t1\n' --key 'fs , f2' count
	# What fs sets holds for the ranges after it.
	for key in 'fs , f2,f1' 'fs , f2 f1' '(fs , f2 f1)' '(fs , f2,f1)' 'fs , f2, f1' 'fs , f2,fs , f1'; do
		in=t.rec gives 'b c\ta\t1\nb e\td\t1\n' --key "$key" count
	done
	in=t.rec gives 'c\ta\tb c\t1\ne\td\tb e\t1\n' --key 'w2 fs , f1-2' count
	in=t.rec gives 'c\t0\ta\t1\ne\t0\td\t1\n' --key 'w2,$0 ~ /x[/,]/,fs , f1' count
	in=t.rec gives 'a\t1\nd\t1\n' --key 'substr 1 of fs , f1' count
	printf 'abcdef\n' | rec-split >u.rec
	in=u.rec gives 'bcd\t1\n' --key 2.3 count
	in=u.rec gives 'abcdef\tbcd\tef\t1\n' --key '(w1 2.3 -2:-1)' count
	in=u.rec gives 'a\tbc\t1\n' --key '1.1 substr 2-3 of w1' count
	in=u.rec gives 'abcdef\tbcd\n' --key w1 first 2.3
	in=t.rec gives 'a\t1\nd\t1\n' --key '/a|d/ ? substr($0,1,1) : "n,o"' count
}
