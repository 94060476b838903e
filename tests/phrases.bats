#!/usr/bin/env bats
# rec-phrases(7): each line of another tool prints the same bytes as the rec line that the page has
# below it, on the files of tests/data, on files made here, and on random variations of them.
#
# phrases.printed has what the lines of tools that may be missing print on the first lines of these
# files: an old line after "= ", and its output. So the lines of rec are compared on every system.

load helper

page=${repo:?}/man/rec-phrases.7

setup() {
	helper_setup
	mkdir pairs
	count=$("$repo/tests/examples" -p pairs "$page")
	for ((i = 1; i <= count; i++)); do
		read -r "titles[i]" <"pairs/$i.title"
		IFS= read -r "olds[i]" <"pairs/$i.old"
	done
	mkdir bin
	PATH=$PWD/bin:$PATH
	for name in mawk gawk original-awk; do
		! type -P $name >/dev/null || { awk_is $name; break; }
	done
}

# awk_is NAME: NAME is awk in the pairs. A system's own may be busybox's, which loses its place
# between some paragraphs of RS="".
awk_is() {
	ln -sf "$(type -P "$1")" bin/awk
}

# ---- the files that the pairs read ----

# Random numbers that are the same in every awk: Park and Miller's x, exact in a double.
chance='function chance() { x = x * 16807 % 2147483647; return x / 2147483647 }'

# make_files DIR: a directory with every file that the page names.
make_files() {
	mkdir -p "$1" && cp "$repo"/tests/data/* "$1" && cd "$1" || return
	awk 'BEGIN {
		split("GET POST PUT", method)
		split("/ /orders /orders/17 /orders/17/pay /invoices/3.pdf", path)
		split("192.0.2.1 198.51.100.7 192.0.2.77 203.0.113.9", host)
		for (i = 0; i < 60; i++)
			printf "%02d:%02d\t%s\t%s %s\t%s\t%s\n", 9 + i / 30, i % 30, host[i * 7 % 4 + 1], method[i % 3 + 1], path[i * 3 % 5 + 1], \
				i % 11 == 5 ? "-" : i % 6 == 1 ? i * 3 ".5" : i * i % 311, i % 9 ? 200 : 503
	}' >access.tsv
	awk 'BEGIN {
		print "item,unit,price"
		split("box roll piece", unit)
		for (i = 0; i < 40; i++)
			print "thing " i "," unit[i % 3 + 1] "," (i % 8 ? i * 137 % 2900 / 100 : i % 16 ? "" : "1e1")
	}' >prices.csv
	printf '%s\n' unit,kilos box,12 roll,5 pallet,400 box,11 drum,200 >units.csv
	printf '%s\n' item,tags 'chair,wood;old' lamp, 'table,wood;round;new' 'vase,glass' >tags.csv
	printf '%s\n' item,q1,q2 chair,4,7 lamp,,2 table,1, vase,3,3 desk,8,1 bed,2,2 >quarters.csv
	printf '%s\n' item,quarter,sold chair,q1,4 chair,q2,7 lamp,q2,2 table,q1,1 vase,q1,3 vase,q2,3 desk,q1,8 desk,q2,1 >sold.csv
	printf '%s\n' Al Al alice alice Alice ALICE bob carol carol Carol dave erin erin erin Erin '' '' frank alice bob bob al >names
	printf '%s\n' '09:00 alice /a' '09:00 bob /a' '09:01 bob /a' '09:02 bob /b' '09:02 carol /b' '09:02 carol /b' '09:03 alice /a' \
		'09:04 alice /a' '09:04 dave /a' '09:05 dave /a' '09:05 dave /a' >visits
	sed 's/$/\r/' names >dos.txt
	printf '{ "depot": "north", "items": [{"sku": "a 1", "left": 3},\t{"sku": "b\\"2", "left": 17}, {"sku": "c", "left": 0}] }\n' >stock.json
	printf '[ {"name": "north"}, "a  b", {"open": [8, 17]} ]\n' >depots.json
	mkdir lib cmd
	touch lib/scan.c lib/scan.h cmd/main.c 'cmd/two words.c' "cmd/two
lines.c" cmd/x.cc
}

# some_files DIR SEED: the same files with random lines of them: some left out, some doubled, in
# another order. Lines stay whole, so that values stay values, and follow the names of columns, if
# there are any.
some_files() {
	local name

	make_files "$1" || return
	for name in *; do
		[ -f "$name" ] || continue
		awk -v seed="$2" "$chance"' BEGIN { x = seed }
			NR == 1 && FILENAME ~ /\.csv$/ { printf "-1\t%s\n", $0; next }
			{ for (n = int(chance() * 2.5); n > 0; n--) printf "%d\t%s\n", chance() < .5 ? NR : chance() * 300, $0 }' "$name" |
			sort -n -s -k 1,1 | cut -f 2- >../some
		cat ../some >"$name"
	done
}

# short_files DIR N: files of N lines.
short_files() {
	local name

	make_files "$1" || return
	for name in *; do
		[ -f "$name" ] || continue
		head -n "$2" "$name" >../some
		cat ../some >"$name"
	done
}

# all_files: the files of the page in every form: as they are, empty, of one line, and random. No
# pair may depend on one form.
all_files() {
	(make_files data) && (short_files few 16) && (short_files none 0) && (short_files one 1) && (some_files some1 11) && (some_files some2 12)
}

# ---- running pairs ----

# runner: beside a directory FROM of files, all of them old, runs the SIDES of the pairs whose
# numbers are read from list. It writes outputs and error messages to results, and the numbers of pairs that differ
# to differ. Each side has the files for itself, so that neither sees what the other one has
# written; a copy that has not been changed is used again.
# shellcheck disable=SC2016 # its own variables
runner='while read -r n; do
	for side in $SIDES; do
		[ ! -d own ] || [ -z "$(find own -newermt 2001-01-01 -print -quit)" ] || rm -rf own
		[ -d own ] || cp -Rp "$FROM" own
		(cd own && . "../pairs/$n.$side") >"results/$n.$side" 2>"results/$n.$side.err" </dev/null
	done
	# rec prints no message; another tool may, if it writes to a pipe that head has closed.
	cmp -s "results/$n.old" "results/$n.new" && [ ! -s "results/$n.new.err" ] || echo "$n" >>differ
done <list
:' # the last line may answer by its status

# printed_results: the outputs of phrases.printed go to results, as if the old sides had been run.
printed_results() {
	for ((i = 1; i <= count; i++)); do
		printf '%s\t%s\n' "$i" "${olds[i]}"
	done >numbers
	awk 'NR == FNR { n = $0; sub(/\t.*/, "", n); sub(/^[^\t]*\t/, ""); number[$0] = n; next }
		/^= / { close(to); $0 = substr($0, 3); if (!($0 in number)) { print "not in the page: " $0; bad = 1 }
			to = "results/" number[$0] ".old"; printf "" >to; next }
		{ print >to }
		END { exit bad }' numbers "$repo/tests/phrases.printed" >&2
}

# run_pairs SHELL KIND TITLE...: runs the pairs of these subsections, except those that match
# $without, by that shell in the files of that kind. If $sides is new, it runs only the lines of
# rec, without those that need one of the tools, and takes the others from phrases.printed. Adds to ran, to wrong, and to silent (those
# that print nothing).
run_pairs() {
	local shell=$1 kind=$2 i title

	shift 2
	for ((i = 1; i <= count; i++)); do
		[ -z "${without-}" ] || [[ ${olds[i]} != *"$without"* ]] || continue
		[ -z "${sides-}" ] || ! grep -q mlr "pairs/$i.new" || continue
		for title; do
			[ "$title" != "${titles[i]}" ] || echo "$i"
		done
	done >list
	rm -rf results own && mkdir results
	[ -z "${sides-}" ] || printed_results || return
	: >differ
	find "$kind" -exec touch -d 2000-01-01 {} +
	FROM=$kind SIDES=${sides:-old new} timeout -k 2 300 "$shell" -c "$runner" 3>&- || return
	while read -r i; do
		ran=$((ran + 1))
		[ -s "results/$i.old" ] || silent=$((silent + 1))
	done <list
	while read -r i; do
		wrong=$((wrong + 1))
		echo "in $kind, by $shell: $(<"pairs/$i.old")"
		diff "results/$i.old" "results/$i.new" | head -n 10
		cat "pairs/$i.new" "results/$i.new.err"
	done <differ >&2
}

# The pairs of tools that are on every system.
always=(grep awk 'head and tail' sed 'cut and tr' uniq 'shuf and tr' 'tee and split' xargs 'sort, shuf and tac'
	'paste and sort -m' 'join and comm')

# others TITLE KIND...: the pairs of a tool that may be missing, in the files of each kind. On the
# first kind all print something.
others() {
	local title=$1 first

	shift
	all_files
	ran=0 wrong=0 silent=0
	run_pairs sh "$1" "$title"
	first=$ran
	[ "$ran" -gt 0 ] && [ "$silent" -eq 0 ]
	shift
	for kind; do
		run_pairs sh "$kind" "$title"
	done
	echo "$ran ran, $wrong wrong" >&2
	[ "$wrong" -eq 0 ] && [ "$ran" -eq $((first * (1 + $#))) ]
}

sections() {
	local i

	for ((i = 1; i <= count; i++)); do
		cat "pairs/$i.title"
	done | uniq
}

@test "phrases: the page has pairs for each tool" {
	[ "$count" -ge 340 ]
	printf '%s\n' grep awk 'head and tail' sed 'cut and tr' uniq jq Miller csvkit datamash 'shuf and tr' 'tee and split' pee 'GNU parallel' xargs \
		'sort, shuf and tac' 'paste and sort -m' 'join and comm' pv >titles
	sections | same titles /dev/stdin
	for ((i = 1; i <= count; i++)); do
		grep -q rec-split "pairs/$i.new" || { cat "pairs/$i.new"; return 1; }
		! grep -q rec- "pairs/$i.old" || { cat "pairs/$i.old"; return 1; }
	done
	# No line is in the page twice.
	for ((i = 1; i <= count; i++)); do
		cat "pairs/$i.old"
	done | sort | uniq -d >doubled
	[ ! -s doubled ] || { cat doubled; return 1; }
}

# bats test_tags=examples
@test "phrases: each pair prints the same on the files of the page, and prints something" {
	(make_files data)
	ran=0 wrong=0 silent=0
	run_pairs sh data "${always[@]}"
	echo "$ran ran, $wrong wrong, $silent silent" >&2
	# A pair that prints nothing would be the same whatever it does. Only one does: it prints
	# something if it finds nothing.
	[ "$wrong" -eq 0 ] && [ "$ran" -ge 100 ] && [ "$silent" -eq 1 ] && [ ! -s "results/$(grep -l 'echo no' pairs/*.old | tr -dc 0-9).old" ]
}

# bats test_tags=examples,long
@test "phrases: each pair prints the same on no line, on one, and on random lines" {
	all_files
	ran=0 wrong=0 silent=0
	for kind in none some1 ${long:+one some2}; do
		run_pairs sh "$kind" "${always[@]}"
		kinds=$((${kinds:-0} + 1))
	done
	echo "$ran ran, $wrong wrong" >&2
	[ "$wrong" -eq 0 ] && [ "$ran" -ge $((85 * kinds)) ]
}

# bats test_tags=examples
@test "phrases: rec prints what tools that may be missing have printed" {
	(short_files few 16)
	ran=0 wrong=0 silent=0 sides=new
	run_pairs sh few jq Miller csvkit datamash
	echo "$ran ran, $wrong wrong, $silent silent" >&2
	[ "$wrong" -eq 0 ] && [ "$silent" -eq 0 ] && [ "$ran" -eq "$(grep -c '^= ' "$repo/tests/phrases.printed")" ]
}

# bats test_tags=examples,clients
@test "phrases: the pairs of jq on no line, on one, and on random lines" {
	command -v jq >/dev/null || skip 'jq is not installed'
	others jq few none some1 ${long:+data some2}
	[ "$ran" -ge 110 ]
}

# bats test_tags=examples,clients
@test "phrases: the pairs of Miller" {
	mlr --version 2>&1 </dev/null | grep -qE '^(mlr|Miller) (version )?v?([6-9]|[1-9][0-9])' || skip 'Miller 6 is not installed'
	others Miller few none some1 ${long:+data some2}
	[ "$ran" -ge 110 ]
}

# bats test_tags=examples,clients
@test "phrases: the pairs of csvkit" {
	command -v csvjson >/dev/null || skip 'csvkit is not installed'
	others csvkit few ${long:+data some1}
}

# bats test_tags=examples,clients
@test "phrases: the pairs of datamash" {
	command -v datamash >/dev/null || skip 'datamash is not installed'
	others datamash few none some1 ${long:+data some2}
}

# bats test_tags=examples,clients
@test "phrases: the pairs of pee" {
	command -v pee >/dev/null || skip 'pee, of moreutils, is not installed'
	others pee data none some1 ${long:+one some2}
}

# bats test_tags=examples,clients
@test "phrases: the pairs of GNU parallel" {
	# moreutils has another parallel.
	parallel --version 2>&1 </dev/null | grep -q '^GNU parallel' || skip 'GNU parallel is not installed'
	export PARALLEL_HOME=$PWD/home # a place that it may write to
	others 'GNU parallel' data none ${long:+one some1}
}

# bats test_tags=examples,clients
@test "phrases: the pairs of pv" {
	command -v pv >/dev/null || skip 'pv is not installed'
	others pv data none some1 ${long:+one some2}
}

# bats test_tags=examples
@test "phrases: the quoting is that of bash, too" {
	(make_files data)
	ran=0 wrong=0 silent=0
	run_pairs bash data "${always[@]}"
	command -v jq >have || echo 'without jq, which is not installed' >&2
	[ ! -s have ] || run_pairs bash data jq
	[ "$wrong" -eq 0 ] && [ "$ran" -ge 85 ]
}

# bats test_tags=examples
@test "phrases: the pairs of awk, by each awk there is" {
	all_files
	ran=0 wrong=0 awks=0
	for other in gawk mawk original-awk busybox; do
		type -P $other >/dev/null || continue
		awks=$((awks + 1))
		awk_is $other
		[ $other != busybox ] || without=RS
		for kind in data some1; do
			run_pairs sh $kind awk
		done
	done
	echo "$awks awks, $ran ran, $wrong wrong" >&2
	[ "$awks" -gt 0 ] || skip 'none of gawk, mawk, original-awk and busybox is installed'
	[ "$wrong" -eq 0 ] && [ "$ran" -ge $((awks * 50)) ]
}
