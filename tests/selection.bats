#!/usr/bin/env bats
# selection: every form of every command that divides a stream between standard output and --else,
# over the same inputs. A form is a row below, with what it should keep as an expression of awk. A
# verb or an option without a row is a failure.

load helper
load partition

# ---- the forms ----

# row KEPT COMMAND ARGUMENT...: KEPT is true for a record that is kept. In KEPT, x is the record,
# with ~ for a newline, ^ for NUL and | for a tab; i is its number from 1 on; N is the number of
# records. "= EXPRESSION" gives the letter of a decision itself; ? and / leave it open (see
# tools/divided.c). head_row: the same for rows of a table of CSV with the columns key and val.
row() {
	kept+=("$1") forms+=("$(printf '%q ' "${@:2}")") headed+=('')
}

head_row() {
	row "$@"
	headed[-1]=1
}

# shellcheck disable=SC2016 # dollars of where
rows() {
	kept=() forms=() headed=()
	printf 'AB\n,\n' >texts.list
	printf '^A.*B$\n^$\n' >eres.list

	row 'x != ""' rec-filter locate
	row 'x == ""' rec-filter nlocate
	row 'x == ""' rec-filter -v locate
	row 1 rec-filter locate //
	row 0 rec-filter nlocate //
	row 'index(x, "AB")' rec-filter locate /AB/
	row '!index(x, "AB")' rec-filter nlocate /AB/
	row '!index(x, "AB")' rec-filter -v locate /AB/
	row 'index(x, "AB")' rec-filter --invert nlocate /AB/
	row 'index(x, "AB")' rec-filter -e AB locate
	row 'index(toupper(x), "AB")' rec-filter -i locate /ab/
	row '!index(toupper(x), "AB")' rec-filter -i nlocate /ab/
	row '!index(toupper(x), "AB")' rec-filter -iv locate /aB/
	row 'index(x, "AB") || index(x, "BA") || index(x, ",")' rec-filter -e , locate /AB/ /BA/
	row '!index(x, "A~") && !index(x, "^^")' rec-filter nlocate x410a x0000
	row 'index(x, "AB") || index(x, ",")' rec-filter --texts texts.list locate
	row '!index(x, "AB") && !index(x, ",") && !index(x, "bb")' rec-filter --texts texts.list nlocate /bb/
	row 'words(x) >= 2' rec-filter locate w2
	row 'words(x) < 2' rec-filter nlocate w2
	row 'words(x) < 2' rec-filter -v locate w2
	row 'index(word(x, 2), "A")' rec-filter locate w2 /A/
	row '!index(word(x, 2), "A")' rec-filter nlocate w2 /A/
	row '!index(word(x, 2), "A")' rec-filter -v locate w2 /A/
	row 'index(toupper(word(x, 1)), "A")' rec-filter -i locate w1 /a/
	row 'length(x) >= 3' rec-filter locate 3-3
	row 'index(substr(x, 2, 2), "A")' rec-filter locate 2-3 /A/
	row 'index(field(x, 1, "|"), "B")' rec-filter locate f1 /B/
	row 'fields(x, ",") >= 2' rec-filter -F , locate f2
	row 'index(field(x, 2, ","), "A")' rec-filter -F , locate f2 /A/
	row '!index(field(x, 2, ","), "A")' rec-filter -F , nlocate f2 /A/
	head_row 'index(field(x, 2, ","), "A")' rec-filter locate f2 /A/
	head_row '!index(field(x, 2, ","), "A")' rec-filter -v locate csv 2 /A/
	head_row 'index(field(x, 2, ","), "A")' rec-filter locate .val /A/
	head_row '!index(field(x, 1, ","), "B")' rec-filter nlocate .key /B/
	head_row 'index(toupper(field(x, 1, ",")), "B")' rec-filter -i locate .key /b/

	row 'begins(x, "A ")' rec-filter find /A_/
	row 'begins(x, "A") && substr(x, 3, 1) == "B"' rec-filter find '/A B/'
	row '!begins(x, "A ")' rec-filter nfind /A_/
	row '!begins(x, "A ")' rec-filter -v find /A_/
	row 'begins(toupper(x), "A")' rec-filter -i find /a/
	row 'begins(x, "A ")' rec-filter -e 'A ' find
	row 'begins(x, "AB")' rec-filter strfind /AB/
	row '!begins(x, "AB")' rec-filter strnfind /AB/
	row '!begins(x, "AB")' rec-filter -v strfind x4142
	row 'begins(toupper(x), "AB")' rec-filter -i strfind /ab/
	row '!begins(toupper(x), "AB")' rec-filter -i -e ab strnfind
	head_row 'begins(x, "A")' rec-filter strfind /A/

	row 'x ~ /^A.*B$/' rec-filter match '/^A.*B$/'
	row 'x !~ /^A.*B$/' rec-filter nmatch '/^A.*B$/'
	row 'x !~ /^A.*B$/' rec-filter -v match '/^A.*B$/'
	row 'x == ""' rec-filter match '/^$/'
	row 'x ~ /A[^B]?B/' rec-filter -e 'A[^B]?B' match
	row 'toupper(x) ~ /A+ ?B/' rec-filter -i match '/a+ ?b/'
	row 'word(x, 2) ~ /^A/' rec-filter match w2 /^A/
	row 'word(x, 2) !~ /^A/' rec-filter nmatch w2 /^A/
	row 'fields(x, ",") >= 2 && field(x, 2, ",") ~ /^A*$/' rec-filter -F , match f2 '/^A*$/'
	row '("~" x "~") ~ /~A[^~]*~/' rec-filter --each-line match '/^A.*$/'
	row '("~" x "~") !~ /~[^~]*B~/' rec-filter --each-line nmatch '/B$/'
	row '("~" x "~") !~ /~[^~]*B~/' rec-filter -v --each-line match '/B$/'
	row 'x ~ /^A.*B$|^$/' rec-filter match --eres eres.list
	row 'x !~ /^A.*B$|^$/' rec-filter -v match --eres eres.list
	head_row 'field(x, 2, ",") ~ /^A/' rec-filter match .val /^A/

	row 'length(x) > 2' rec-filter where 'length > 2'
	row 'length(x) <= 2' rec-filter -v where 'length > 2'
	row 'word(x, 1) == "A" || words(x) > 2' rec-filter where '$1 == "A" || NF > 2'
	row 'word(x, 2) ~ /A/' rec-filter where '$2 ~ /A/'
	row 'field(x, 2, ",") == "A"' rec-filter -F , where '$2 == "A"'
	row 'index(x, "AB")' rec-filter -e 'index($0, "AB")' where
	row 'toupper(x) ~ /AB/' rec-filter -i where '/ab/'
	head_row 'index(field(x, 2, ","), "A")' rec-filter where 'index(.val, "A")'
	head_row 'field(x, 2, ",") == "A"' rec-filter where '$2 == "A" && .val == $2'

	row '= limit(x != "", 1)' rec-filter -n 1 locate
	row '= limit(index(x, "A"), 3)' rec-filter --limit 3 locate /A/
	row '= limit(!index(x, "A"), 2)' rec-filter -v -n 2 locate /A/
	row '= limit(x ~ /B$/, 2)' rec-filter -n 2 match '/B$/'
	head_row '= limit(index(x, "A"), 1)' rec-filter -n 1 locate /A/

	row 'i <= 0' rec-take 0
	row 'i <= 1' rec-take 1
	row 'i <= 3' rec-take first 3
	row 1 rec-take 5k
	row 0 rec-take last 0
	row 'i > N - 1' rec-take last 1
	row 'i > N - 3' rec-take last 3
	row 1 rec-take last 5k
	row '= bytes(0, 0, 0)' rec-take 0 bytes
	row '= bytes(1, 0, 0)' rec-take 1 bytes
	row '= bytes(4, 0, 0)' rec-take 4 bytes
	row '= bytes(11, 0, 0)' rec-take first 11 bytes
	row 1 rec-take 1M bytes
	row '= bytes(0, 1, 1)' rec-take last 0 bytes
	row '= bytes(1, 1, 1)' rec-take last 1 bytes
	row '= bytes(5, 1, 1)' rec-take last 5 bytes
	row 1 rec-take last 1M bytes
	row 'until(index(x, "AB"), 0)' rec-take until locate /AB/
	row 'until(index(x, "AB"), 1)' rec-take --after until locate /AB/
	row 'until(!index(x, "A"), 0)' rec-take while locate /A/
	row 'until(!index(x, "A"), 1)' rec-take while --after locate /A/
	row 'until(index(x, "AB") || index(x, ","), 0)' rec-take until locate --texts texts.list
	row 'until(x !~ /^A.*B$|^$/, 0)' rec-take while --eres eres.list match
	row 'until(index(toupper(x), "AB"), 0)' rec-take -i until locate /ab/
	row 'until(begins(x, "A"), 1)' rec-take --after until -e A strfind
	row 'until(word(x, 2) ~ /^A/, 0)' rec-take until match w2 /^A/
	row 'until(x ~ /^$/, 0)' rec-take while nmatch '/^$/'
	row 'until(field(x, 2, ",") ~ /A/, 0)' rec-take -F , until locate f2 /A/
	row 'until(("~" x "~") ~ /~B[^~]*~/, 0)' rec-take until --each-line match '/^B.*$/'
	head_row 'until(index(field(x, 2, ","), "A"), 0)' rec-take until locate .val /A/
	head_row 'until(index(field(x, 2, ","), "A"), 1)' rec-take --after while nlocate .val /A/
	head_row 'i <= 3' rec-take 3
	head_row 'i > N - 3' rec-take last 3

	row 'i > 0' rec-drop 0
	row 'i > 1' rec-drop 1
	row 'i > 3' rec-drop first 3
	row 0 rec-drop 5k
	row 1 rec-drop last 0
	row 'i <= N - 1' rec-drop last 1
	row 'i <= N - 3' rec-drop last 3
	row 0 rec-drop last 5k
	row '= bytes(1, 0, 1)' rec-drop 1 bytes
	row '= bytes(4, 0, 1)' rec-drop 4 bytes
	row 0 rec-drop 1M bytes
	row '= bytes(1, 1, 0)' rec-drop last 1 bytes
	row '= bytes(5, 1, 0)' rec-drop last 5 bytes
	row 0 rec-drop last 1M bytes
	row '!until(index(x, "AB"), 0)' rec-drop until locate /AB/
	row '!until(index(x, "AB"), 1)' rec-drop --after until locate /AB/
	row '!until(!index(x, "A"), 0)' rec-drop while locate /A/
	row '!until(!index(x, "A"), 1)' rec-drop while --after locate /A/
	row '!until(index(x, "AB") || index(x, ","), 1)' rec-drop --after until locate --texts texts.list
	row '!until(x ~ /^A.*B$|^$/, 0)' rec-drop --eres eres.list until match
	row '!until(index(toupper(x), "AB"), 0)' rec-drop -i until locate /ab/
	row '!until(begins(x, "A"), 1)' rec-drop --after until -e A strfind
	row '!until(word(x, 2) ~ /^A/, 0)' rec-drop until match w2 /^A/
	row '!until(field(x, 2, ",") ~ /A/, 0)' rec-drop -F , until locate f2 /A/
	row '!until(("~" x "~") ~ /~B[^~]*~/, 0)' rec-drop until --each-line match '/^B.*$/'
	head_row '!until(index(field(x, 2, ","), "A"), 0)' rec-drop until locate .val /A/
	head_row '!until(index(field(x, 2, ","), "A"), 1)' rec-drop --after while nlocate .val /A/
	head_row 'i > 3' rec-drop 3
	head_row 'i <= N - 3' rec-drop last 3

	row 'group(begins(x, "A"), begins(x, "B"), 0)' rec-between /A/ /B/
	row '!group(begins(x, "A"), begins(x, "B"), 0)' rec-between -v /A/ /B/
	row 'group(begins(x, "A"), begins(x, "B"), 0, 1)' rec-between --inside /A/ /B/
	row '!group(begins(x, "A"), begins(x, "B"), 0, 1)' rec-between -v --inside /A/ /B/
	row 'group(begins(toupper(x), "A"), begins(toupper(x), "B"), 0)' rec-between -i /a/ /b/
	row 'group(begins(x, "A"), begins(x, "A"), 0)' rec-between /A/ /A/
	row 'group(begins(x, "A"), begins(x, "B "), 0)' rec-between -e A -e 'B '
	row 'group(begins(x, "A"), begins(x, "B"), 0)' rec-between -e A /B/
	row 'group(begins(x, "A"), 0, 1)' rec-between /A/ 1
	row 'group(begins(x, "AB"), 0, 3)' rec-between /AB/ 3
	row '!group(begins(x, "AB"), 0, 3)' rec-between -v /AB/ 3
	row 'group(begins(x, "AB"), 0, 3, 1)' rec-between --inside /AB/ 3
	row 'group(begins(x, "~"), begins(x, "^"), 0)' rec-between x0a x00
	row 'group(1, 1, 0)' rec-between // //
	row 'group(x ~ /A.*B/, x ~ /,/, 0)' rec-between --match /A.*B/ /,/
	row '!group(x ~ /A.*B/, x ~ /,/, 0)' rec-between -v --match /A.*B/ /,/
	row 'group(x ~ /^$/, x ~ /B$/, 0, 1)' rec-between --inside --match '/^$/' '/B$/'
	row 'group(toupper(x) ~ /^A/, toupper(x) ~ /^$|B$/, 0)' rec-between -i --match -e ^a -e '^$|b$'
	row 'group(x ~ / A/, 0, 2)' rec-between --match '/ A/' 2
	row 'group(("~" x "~") ~ /~B[^~]*~/, ("~" x "~") ~ /~[^~]*A~/, 0)' rec-between --match --each-line '/^B/' '/A$/'

	head_row 'group(begins(x, "A"), begins(x, "B"), 0)' rec-between /A/ /B/
	head_row 'group(x ~ /A.*B/, x ~ /,/, 0, 1)' rec-between --inside --match /A.*B/ /,/

	row 'around(0, 0, 0)' rec-around -C 0 locate /AB/
	row 'around(1, 0, 0)' rec-around -B 1 locate /AB/
	row 'around(0, 1, 0)' rec-around -A 1 locate /AB/
	row 'around(2, 2, 0)' rec-around -C 2 locate /AB/
	row 'around(1, 3, 0)' rec-around --before 1 --after 3 locate /AB/
	row 'around(3, 0, 0)' rec-around --context 3 -A 0 locate /AB/
	row 'around(1e9, 0, 0)' rec-around -B 1G locate /AB/
	row 'around(0, 1e9, 0)' rec-around -A 1G locate /AB/
	row 'around(1, 1, 1)' rec-around -v -C 1 locate /AB/
	row 'around(2, 1, 2)' rec-around -i -B 2 -A 1 locate /ab/
	row 'around(1, 1, 3)' rec-around -F , -C 1 locate f2 /A/
	row 'around(1, 2, 4)' rec-around -B 1 -A 2 --each-line match '/^A.*$/'
	row 'around(1, 1, 0)' rec-around -e AB -C 1 locate
	row 'around(1, 1, 5)' rec-around -C 1 locate --texts texts.list
	row 'around(2, 0, 6)' rec-around --eres eres.list -B 2 match
	row '= near(0, 0, 0, 1)' rec-around -C 0 -n 1 locate /AB/
	row '= near(1, 2, 0, 1)' rec-around -B 1 -A 2 -n 1 locate /AB/
	row '= near(2, 1, 1, 3)' rec-around -v -B 2 -A 1 --limit 3 locate /AB/
	head_row 'around(1, 1, 3)' rec-around -C 1 locate .val /A/
	head_row '= near(1, 1, 3, 2)' rec-around -C 1 -n 2 locate .val /A/

	row 'last(0)' rec-unique
	row 'last(0)' rec-unique last
	row 'first(0)' rec-unique first
	row 'first(0) && last(0)' rec-unique singles
	row '!(first(0) && last(0))' rec-unique multiple
	row 'last(0) && run(0) % 2' rec-unique pairwise
	row 'last(1)' rec-unique -i
	row 'first(1)' rec-unique -i first
	row 'first(1) && last(1)' rec-unique -i singles
	row '!(first(1) && last(1))' rec-unique --ignore-case multiple
	row 'last(1) && run(1) % 2' rec-unique -i pairwise
	row '!seen[r, key(i, 0)]++' rec-unique --all
	row '!seen[r, key(i, 1)]++' rec-unique --all -i
	row 'last(2)' rec-unique w2
	row 'first(2)' rec-unique first w2
	row 'first(3) && last(3)' rec-unique -i singles w2
	row '!(first(2) && last(2))' rec-unique multiple w2
	row '!seen[r, key(i, 2)]++' rec-unique --all w2
	row '?' rec-unique -F , first f1 f2
	row '?' rec-unique -F , --all f2
	head_row '?' rec-unique .key
	head_row '?' rec-unique --all .val
	head_row 'last(0)' rec-unique

	row '(i - 1) % 3 == 0' rec-sample --every 3
	head_row '(i - 1) % 3 == 0' rec-sample --every 3
	row 1 rec-sample --every 1
	row 'i == 1' rec-sample --every 5k
	row 'i > 1 && i % 2 == 0' rec-sample --every 2 --offset 1
	row 'i > 4 && (i - 5) % 3 == 0' rec-sample --every 3 --offset 4
	row 0 rec-sample --every 1 --offset 5k
	row 0 rec-sample --rate 0
	row 1 rec-sample --rate 100%
	row '?' rec-sample --rate .4 --seed 7
	row '?' rec-sample --rate 50%
}

# ---- the expected decisions ----

# decisions: prints the decisions for the records of the file input.records, a line for each row.
# The rules that the commands have in C are here once more, in the simplest way.
decisions() {
	local r

	{
		cat <<'PROGRAM'
function begins(s, t) { return substr(s, 1, length(t)) == t }
function words(s,   p) { gsub(/^[ ~|]+|[ ~|]+$/, "", s); return s == "" ? 0 : split(s, p, /[ ~|]+/) }
function word(s, n,   p) { gsub(/^[ ~|]+|[ ~|]+$/, "", s); return s != "" && split(s, p, /[ ~|]+/) >= n ? p[n] : "" }
function fields(s, sep,   p) { return s == "" ? 0 : split(s, p, sep == "|" ? "[|]" : sep) }
function field(s, n, sep,   p) { return s != "" && split(s, p, sep == "|" ? "[|]" : sep) >= n ? p[n] : "" }
function limit(good, n) { return stopped ? "x" : !good ? "o" : (stopped = ++count == n) ? "k." : "k" }
# kept: 0 if the front is kept, 1 if the back is.
function bytes(n, from_end, kept,   away) {
	away = from_end ? after[i] : before[i]
	if (away < n && away + length(x) > n)
		return kept ? "O" : "K"
	return (away < n) == (from_end == kept) ? "k" : "o"
}
function until(good, also) { if (stopped) return 0; stopped = good; return !good || also }
function group(from, to, n, inside) {
	if (!open && from) {
		open = 1
		count = 1
		if (count == n)
			open = 0
		return !inside
	}
	if (!open)
		return 0
	count++
	if (n ? count == n : to) {
		open = 0
		return n ? 1 : !inside
	}
	return 1
}
# Of the records that are hits: how 0 with AB, 1 without, 2 in either case, 3 A in the second field, 4 a
# line begins with A, 5 with AB or a comma, 6 empty or from A to B.
function hit(s, how) {
	return how == 0 ? index(s, "AB") : how == 1 ? !index(s, "AB") : how == 2 ? index(toupper(s), "AB") : \
		how == 3 ? fields(s, ",") > 1 && index(field(s, 2, ","), "A") : how == 4 ? ("~" s "~") ~ /~A[^~]*~/ : \
		how == 5 ? index(s, "AB") || index(s, ",") : s ~ /^A.*B$|^$/
}
# around: 1 for a record if it is a hit, or one of the `after` records before it or the `before` records
# after it is.
function around(before, after, how,   n) {
	for (n = i > after ? i - after : 1; n <= i + before && n <= N; n++)
		if (hit(L[n], how))
			return 1
	return 0
}
# near: the same with a limit, as a letter: hits after the last one are none, and after its neighbours
# it stops.
function near(before, after, how, most,   n, last_one, found) {
	for (n = 1; n <= N && found < most; n++)
		if (hit(L[n], how)) {
			found++
			last_one = n
		}
	if (found < most)
		return around(before, after, how) ? "k" : "o"
	if (i > last_one + after)
		return "x"
	if (i == last_one + after)
		return "k."
	for (n = i > after ? i - after : 1; n <= i + before && n <= last_one; n++)
		if (hit(L[n], how))
			return "k"
	return "o"
}
# how: 0 the whole record, 1 in either case, 2 the second word, which may be missing, 3 that in
# either case
function key(n, how,   k) {
	k = how < 2 ? L[n] : words(L[n]) < 2 ? "" : word(L[n], 2)
	return how % 2 ? toupper(k) : k
}
function begin(n, how) { return n == 1 || loss[n] || key(n, how) != key(n - 1, how) }
function first(how) { return begin(i, how) }
function last(how) { return i == N || begin(i + 1, how) }
function run(how,   n) { for (n = i; !begin(n, how); n--) ; return i - n + 1 }
/^[0-9]+=/ {
	sub(/^[0-9]+=/, "")
	gsub(/\\n/, "~")
	gsub(/\\x00/, "^")
	gsub(/\\x09/, "|")
	L[++N] = $0
	before[N] = total + 0
	total += length($0)
}
/^loss / { loss[N + 1] = 1 }
END {
	N += 0
	for (i = 1; i <= N; i++)
		after[i] = total - before[i] - length(L[i])
PROGRAM
		for r in "${!forms[@]}"; do
			case ${kept[r]} in
			[?/]) echo "print \"${kept[r]}\"" ;;
			*)
				echo "s = N ? \"\" : \"-\"; stopped = open = count = 0; r = $r"
				echo "for (i = 1; i <= N; i++) { x = L[i]; "
				case ${kept[r]} in
				'= '*) echo "s = s (${kept[r]#= })" ;;
				*) echo "s = s ((${kept[r]}) ? \"k\" : \"o\")" ;;
				esac
				echo '}; print s'
				;;
			esac
		done
		echo '}'
	} >decide.awk
}

# all_forms [HEAD]: every row over input.rec; with HEAD those of head_row, else the others. Checks
# what each row keeps and what it rejects, and, if $alone is set, what it keeps without --else. The
# commands are run by sh, which forks faster than bash.
all_forms() {
	local r form number what

	mkstream records <input.rec >input.records || return
	awk -f decide.awk input.records >wanted
	[ "$(lines wanted)" -eq ${#forms[@]} ] || return
	mapfile -t wanted <wanted
	for r in "${!forms[@]}"; do
		[ "${headed[r]}" = "${1-}" ] || continue
		form=${forms[r]} cases=$((cases + 1))
		echo "export REC_BLOCK=${blocks[RANDOM % ${#blocks[@]}]}"
		echo "${form%% *} --else other.$r ${form#* } <input.rec >kept.$r 2>err && [ ! -s err ] &&"
		echo "echo 'kept.$r other.$r ${wanted[r]}' || echo '$r' >>failed"
		case $alone${wanted[r]} in
		1[?/]) ;;
		1*) echo "$form <input.rec >alone.$r 2>err && echo 'alone.$r - ${wanted[r]}' || echo '$r' >>failed" ;;
		esac
	done >script
	: >failed
	sh ./script >lines
	"$BUILD/tools/divided" input.rec <lines >wrong || [ -s wrong ]
	while read -r number what; do
		wrongs=$((wrongs + 1))
		echo "${forms[number]}: ${what:-it failed} (wanted ${wanted[number]})"
	done < <(cat failed && sed 's/^[a-z]*\.//; s/:/ /' wrong) >&2
	[ ! -s failed ] && [ ! -s wrong ] || echo "in these records: $(tr '\n' ' ' <input.records)" >&2
}

# ---- inputs ----

# The word of mkstream that declares the table of the rows of head_row.
table='table:{"framing":"csv"}\nkey,val\n'

# made: makes input.rec of records as mkstream writes them, each in a block of its own or all in
# one; before them $head, which is a word that declares a table, or empty.
made() {
	local how=$1 n=0 all='' record words=()

	shift
	for record; do
		words+=("data:$n:$record")
		all="$all,$record"
		n=$((n + 1))
	done
	[ "$how" = apart ] || [ $# -eq 0 ] || words=("data:0:${all#,}")
	mkstream ${head:+"$head"} "${words[@]}" end >input.rec
}

some_record() {
	local n=$((RANDOM % 4 ? RANDOM % 6 : 0)) parts=(A A B B AB a b ' ' ' ' '\,' '\n' '\0' '\t')

	for (( ; n > 0; n--)); do
		printf %s "${parts[RANDOM % ${#parts[@]}]}"
	done
}

# some_stream: a random stream of everything that may be in one: gaps and none, blocks of one record
# and of several, positions that jump and that several records share, blocks that only carry a
# watermark, losses, an end mark in the middle. Each segment begins with $head, if that is not empty.
some_stream() {
	local words=() position=0 n record gaps=('\n' '' '\r\n' '\0' ',') parts

	[ -z "$head" ] || words=("$head")
	for ((n = RANDOM % 9; n > 0; n--)); do
		words+=("gap:${gaps[RANDOM % 5]}")
		case $((RANDOM % 8)) in
		0 | 1 | 2)
			parts=
			for ((record = RANDOM % 5 + 1; record > 0; record--)); do
				parts="$parts,$(some_record)"
			done
			words+=("data:$position:${parts#,}")
			position=$((position + $(tr -dc , <<<"${parts//\\,/}" | wc -c)))
			;;
		3 | 4)
			parts=
			for ((record = RANDOM % 5 + 1; record > 0; record--)); do
				position=$((position + RANDOM % 3 * (RANDOM % 5)))
				parts="$parts,$position=$(some_record)"
			done
			words+=("at:${parts#,}")
			position=$((position + 1))
			;;
		5)
			position=$((position + RANDOM % 9))
			words+=("mark:$position")
			;;
		6)
			record=$((RANDOM % 3))
			words+=("loss:$position:${record/#2/?}:$((position + 2))")
			position=$((position + 2))
			;;
		7)
			words+=(end ${head:+"$head"})
			position=0
			;;
		esac
	done
	# The last record may lack its gap.
	[ $((RANDOM % 2)) -eq 0 ] || words+=(nogap "data:$position:$(some_record)")
	mkstream "${words[@]}" end >input.rec
}

head=''

# ---- the tests ----

@test "selection: every command with --else, every verb and every option has its rows" {
	rows
	for file in "$repo"/cmd/*.c; do
		command=$(basename "$file" .c)
		"$command" -h >help
		grep -q -- --else help || continue
		# The first one's --else gets failed tasks. The others make new records, files for each key, or messages.
		[[ $command != rec-@(each|map|lookup|reduce|route|queue) ]] || continue
		printf '%s\n' "${forms[@]}" | grep "^$command " >mine || { echo "$command has no row"; return 1; }
		sed -n 's/^ *\(-[a-zA-Z]\)\(, --[a-z-]*\)\?  *.*/\1/p; s/^ *\(-[a-zA-Z]\)\(, --[a-z-]*\)\? [A-Z].*/\1/p; s/^ *\(--[a-z-]*\) .*/\1/p' help |
			sort -u >options
		[ -s options ]
		while read -r option; do
			case $command$option in
			*-h | *--else | rec-filter-[cq] | rec-unique-c | rec-sample--reservoir) continue ;; # these do not write two streams
			rec-around--sep) continue ;; # that adds records; rec-around.bats has it
			*--*) grep -q -e " $option " mine ;;
			*) grep -qE -e " -[a-zA-Z]*${option#-}[a-zA-Z]* " mine || grep -q -e " $(sed -n "s/^ *$option, \(--[a-z-]*\).*/\1/p" help) " mine ;;
			esac || { echo "no row of $command has $option"; return 1; }
		done <options
	done
	rec-filter help | sed -n '/^$/q; s/ .*//p' >verbs
	[ "$(lines verbs)" -ge 8 ]
	while read -r verb; do
		printf '%s\n' "${forms[@]}" | grep "^rec-filter " | grep -q " $verb " || { echo "no row has $verb"; return 1; }
	done <verbs
}

@test "selection: kept and rejected are what they should be, of no record, of one, of a label at every place" {
	rows && decisions
	RANDOM=2 cases=0 wrongs=0 alone=''
	blocks=(1 3 262080) how=apart
	while read -r -a records; do
		case $how in apart) alone='' ;; *) alone=1 ;; esac
		made $how "${records[@]}" && all_forms
		head=$table
		made $how "${records[@]}" && all_forms 1
		head=''
		case $how in apart) how=together ;; *) how=apart ;; esac
	done <<'END'

AB
b
AB AB AB AB
b a b c b b
AB b a c
b a c AB
b AB B b AB AB B AB
END
	# And with empty records, newlines, NULs, spaces and commas in them.
	made apart '' && all_forms
	for how in apart together; do
		set -- 'A\nB' '' '' '\0AB\n\0' 'AB' 'AB' 'A B\,A' 'b\,A' '\n' 'x A\,' 'X A\,' 'x A' 'A\n' 'AB\0' '\tA\tB\0\0' 'B\n\nA' '' 'A\,A' 'B A'
		made $how "$@" && all_forms
		head=$table
		made $how "$@" && all_forms 1
		head=''
	done
	echo "$cases cases, $wrongs wrong" >&2
	[ "$wrongs" -eq 0 ] && [ "$cases" -ge 1500 ]
}

# bats test_tags=random
@test "selection: kept and rejected are what they should be, of random streams in random blocks" {
	rows && decisions
	cases=0 wrongs=0 alone=''
	blocks=(1 1 2 5 17 60 262080)
	while rounds; do
		some_stream && all_forms
		head=$table
		some_stream && all_forms 1
		head=''
		[ "$wrongs" -eq 0 ]
	done
	echo "$cases cases, $wrongs wrong" >&2
	[ "$wrongs" -eq 0 ] && [ "$cases" -ge $((round * 140)) ]
}

# bats test_tags=random
@test "selection: kept and rejected of any bytes and lengths, merged, are the input" {
	rows
	cases=0 wrongs=0 alone='' blocks=(1 100 262080)
	kept=("${kept[@]/*/?}")
	for r in "${!forms[@]}"; do
		case ${forms[r]} in
		*' bytes ') kept[r]=/ ;;
		*' -n '* | *' --limit '*) forms[r]='rec-filter locate ' ;;
		esac
	done
	decisions
	while rounds; do
		"$BUILD/tools/records" make netstring "$seed" 60 70000 >input.rec
		all_forms
		[ "$wrongs" -eq 0 ]
	done
	[ "$cases" -ge $((round * 120)) ]
}

@test "selection: the memory of every form is bounded" {
	[ -z "$SAN" ] || skip 'the sanitizers have memory of their own'
	rows
	{
		echo key,val
		for ((i = 0; i < 2000; i++)); do
			printf '%s A%d,B AB %d and more of it, which makes the line about as long as those of a log: %0*d\n' $((i % 7)) $((i % 5)) $i $((i % 60)) 0
		done
	} >some
	{ head -n 1 some; for ((i = 0; i < 500; i++)); do tail -n +2 some; done; } | head -c 32M >big
	rec-split big >input.rec
	rec-split -f csv -H big >head.rec
	n=0 wrongs=0
	for form in "${forms[@]}" 'rec-filter -c locate w2 ' 'rec-filter -q locate /nowhere/ ' 'rec-unique -c ' 'rec-unique -c singles '; do
		case $form in
		# These must hold records, and their pages say so.
		'rec-take last '* | 'rec-drop last '* | 'rec-unique '*--all* | 'rec-around -B 1G'*) continue ;;
		# These differ from their neighbours only in what is kept.
		*' -i '* | *' -v '* | *' nlocate '* | *' nfind '* | *' nmatch '* | *' strnfind '*) continue ;;
		esac
		case $form in *.key* | *.val*) stream='head' ;; *) stream='input' ;; esac
		eval "\"$BUILD/tools/peak\" peak $form" <"$stream.rec" >/dev/null 2>err || [ "$form" = 'rec-filter -q locate /nowhere/ ' ] || cat err
		[ ! -s err ] && [ "$(<peak)" -lt 8192 ] || {
			wrongs=$((wrongs + 1))
			echo "$form: $(<peak) KiB $(<err)"
		}
		n=$((n + 1))
	done >&2
	echo "$n forms" >&2
	[ "$n" -ge 80 ] && [ "$wrongs" -eq 0 ]
}

@test "selection: a command that has all that it wants ends an endless producer" {
	n=0
	for form in 'rec-take 10' 'rec-take 10 bytes' 'rec-take until locate /y/' 'rec-take while nlocate /y/' 'rec-take --after until match /y/' \
		'rec-filter -n 10 locate' 'rec-filter -v -n 10 nlocate /y/' 'rec-filter -n 10 match /^y$/' 'rec-filter -n 10 find /y/' \
		'rec-filter -n 10 strfind /y/' 'rec-filter -n 10 locate w1 /y/' \
		'rec-filter -q locate /y/' 'rec-filter -c -n 10 locate /y/' 'rec-unique multiple | rec-take 10' 'rec-between /y/ 2 | rec-take 10' \
		'rec-sample --every 100 | rec-take 10' 'rec-sample --rate 1% | rec-take 10' 'rec-drop 1000 | rec-take 10' \
		'rec-drop last 1000 | rec-take 10' 'rec-around -C 3 -n 2 locate /y/' 'rec-around -B 9 -n 1 nlocate /n/' 'rec-around -B 1k locate /y/ | rec-take 10'; do
		statuses "yes | rec-split | { $form; } | cat >/dev/null"
		case $statuses in
		'141 0 0 0') n=$((n + 1)) ;;
		*) echo "$form: $statuses $(<err)" >&2 ;;
		esac
	done
	[ "$n" -eq 22 ]
}

# bats test_tags=examples
@test "selection: the examples of the pages print the same by bash and by dash" {
	local shells=() shell

	# family.bats runs them by sh.
	for shell in bash dash; do
		! type -P $shell >/dev/null || [ "$(type -P $shell | xargs realpath)" = "$(type -P sh | xargs realpath)" ] || shells+=("$shell")
	done
	[ ${#shells[@]} -gt 0 ]
	pages=()
	for page in rec-{filter,take,drop,between,around,unique,sample}.1 rec-{range,regex,expr,phrases}.7; do
		[ ! -e "$repo/man/$page" ] || pages+=("$repo/man/$page")
	done
	[ ${#pages[@]} -ge 9 ]
	for shell in "${shells[@]}"; do
		"$repo/tests/examples" -s "$shell" "${pages[@]}" >"$shell.out" || { cat "$shell.out" >&2; return 1; }
	done
}
